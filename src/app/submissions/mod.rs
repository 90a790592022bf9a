//! Dossiers of divisions: drafted ([`draft`]), handed in ([`hand_in`]), handled by the standing office
//! ([`office`]), with their papers ([`papers`]) and receipt ([`receipt`]).

mod draft;
mod hand_in;
mod office;
mod papers;
mod receipt;

pub use draft::{Create, Delete, Edit};
pub use hand_in::{Recall, Submit, Withdraw};
pub use office::{AdmitLate, Consolidate, Receive, Return};
pub use papers::{Attach, Detach, Paper, paper, papers};
pub use receipt::{Receipt, ReceiptFile, ReceiptLine, ReceiptWarning, receipt};

pub use crate::store::nominations::Nomination;
pub use crate::store::submissions::{Submission, Wanted};

use std::collections::BTreeSet;

use super::dossiers::{acting, campaign_in_force, event, permitted, place, standing, undraftable};
use super::guards::told;
use super::{Possible, Rows, Slice, Tx};
use crate::domain::error::{Error, Fault, Result};
use crate::domain::ids::{NominationId, SubmissionId};
use crate::domain::policy::Action;
use crate::domain::states::{SUBMISSION, SubmissionAct, SubmissionState};
use crate::store::{nominations, submissions};

/// Reads one dossier.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: SubmissionId) -> Result<Submission> {
    permitted(tx, id, Action::ReadSubmission)
}

/// A page of dossiers, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Submission>> {
    let seen = tx.sees(Action::ReadSubmission);
    submissions::list(tx.conn, &seen, wanted, slice)
}

/// The nominations of a dossier that the caller may read, for the short list inside it (LST-10).
///
/// # Errors
/// The driver's error.
pub fn lines(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Nomination>> {
    nominations::seen_of_submission(tx.conn, &tx.sees(Action::ReadNomination), submission.id)
}

/// Which nominations of a dossier the caller may read. Who was sent only some of them reads nothing of
/// the others through the dossier either (M-4).
enum Reads {
    /// All of them, also those that are no longer there.
    All,
    /// Only these.
    Some(BTreeSet<NominationId>),
}

impl Reads {
    fn of(tx: &mut Tx<'_>, submission: &Submission) -> Result<Self> {
        let all = nominations::of_submission(tx.conn, submission.id)?.len();
        let seen: BTreeSet<_> = lines(tx, submission)?.iter().map(|line| line.id).collect();
        Ok(if seen.len() == all {
            Self::All
        } else {
            Self::Some(seen)
        })
    }

    fn covers(&self, nomination: NominationId) -> bool {
        match self {
            Self::All => true,
            Self::Some(seen) => seen.contains(&nomination),
        }
    }
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Possible>> {
    let place = place(tx, submission)?;
    let roles = acting(tx, submission)?;
    let mut acts = Vec::new();
    if submission.state.is_editable() {
        let own = standing(tx, &roles, &place, Action::DraftSubmission);
        let draft = |tx: &Tx<'_>, verb, rules: Vec<Fault>| {
            let rules = own.iter().cloned().chain(rules).collect();
            tx.possible(verb, Action::DraftSubmission, &place, rules)
        };
        let closed = undraftable(tx, submission)?;
        acts.push(draft(tx, "edit", closed.clone()));
        if submission.first_submitted_at.is_none() {
            acts.push(draft(tx, "delete", Vec::new()));
        }
        let add = draft(tx, "add-nomination", closed.clone()).at("POST", "/v1/nominations");
        acts.push(add.unversioned());
        let mut rules = closed;
        rules.extend(papers::full(tx, submission)?);
        let attach = draft(tx, "attach", rules).below("POST", "attachments");
        acts.push(attach.unversioned());
        let late = office::not_admissible(tx, submission)?;
        acts.push(tx.possible("admit-late", Action::AdmitLate, &place, late));
    }
    if papers::takes_supplements(tx, submission)? {
        let rules = told(campaign_in_force(tx, submission))?;
        let attach = tx.possible("attach", Action::DraftSubmission, &place, rules);
        acts.push(attach.below("POST", "attachments").unversioned());
    }
    for act in SUBMISSION.allowed(submission.state) {
        let (verb, action, by_proposer) = match act {
            SubmissionAct::Submit => ("submit", Action::SubmitSubmission, true),
            SubmissionAct::Recall => ("recall", Action::SubmitSubmission, true),
            SubmissionAct::Withdraw => ("withdraw", Action::SubmitSubmission, true),
            SubmissionAct::Receive => ("receive", Action::ReceiveSubmission, false),
            SubmissionAct::Return => ("return", Action::ReceiveSubmission, false),
            SubmissionAct::Consolidate => ("consolidate", Action::ConsolidateSubmission, false),
            SubmissionAct::BeginAppraisal | SubmissionAct::Close | SubmissionAct::Reopen => continue,
        };
        let mut rules = Vec::new();
        if by_proposer {
            rules.extend(standing(tx, &roles, &place, action));
        }
        rules.extend(hand_in::obstacles(tx, submission, act)?);
        acts.push(tx.possible(verb, action, &place, rules));
    }
    Ok(acts)
}

/// The state after an act, or the refusal that names what is possible.
fn next(submission: &Submission, act: SubmissionAct) -> Result<SubmissionState> {
    SUBMISSION.next(submission.state, act).ok_or_else(|| {
        Error::transition(
            SUBMISSION.noun,
            submission.state.as_str(),
            SUBMISSION.verbs(submission.state),
        )
    })
}

/// Stores the change with its next version and journal entry.
fn keep(
    tx: &mut Tx<'_>,
    before: &Submission,
    after: Submission,
    kind: &'static str,
    reason: Option<&str>,
) -> Result<Submission> {
    let after = Submission {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    submissions::save_if(tx.conn, before.version, &after)?;
    tx.changed(before, &after);
    let mut event = event(tx, kind, &after)
        .with("reason", reason)
        .diff(before, &after);
    if before.state != after.state {
        event = event.moved(before.state, after.state);
    }
    tx.record(event)?;
    Ok(after)
}
