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
pub use papers::{Attach, Detach, Paper, papers};
pub use receipt::{Receipt, ReceiptFile, ReceiptLine, ReceiptWarning, receipt};

pub use crate::store::nominations::Nomination;
pub use crate::store::submissions::{Submission, Wanted};

use super::{Event, Possible, Rows, Slice, Tx};
use crate::domain::caller::Role;
use crate::domain::codes::Procedure;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::SubmissionId;
use crate::domain::plan::Plan;
use crate::domain::policy::{Action, Decision, Place, decide};
use crate::domain::states::{CampaignState, SUBMISSION, SubmissionAct, SubmissionState};
use crate::store::campaigns::{self, Campaign};
use crate::store::{filter, nominations, submissions};

pub(super) const NOUN: &str = "submission";

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
    nominations::of_submission(tx.conn, submission.id)
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Possible>> {
    let place = place(tx, submission)?;
    let mut acts = Vec::new();
    let mut offer = |tx: &Tx<'_>, verb, action, rules| {
        acts.push(tx.possible(verb, action, &place, rules));
    };
    if submission.state.is_editable() {
        let own = standing(tx, submission, &place, Action::DraftSubmission);
        offer(tx, "edit", Action::DraftSubmission, own.clone());
        if submission.first_submitted_at.is_none() {
            offer(tx, "delete", Action::DraftSubmission, own);
        }
        offer(tx, "admit-late", Action::AdmitLate, Vec::new());
    }
    for act in SUBMISSION.allowed(submission.state) {
        let (verb, action, by_proposer) = match act {
            SubmissionAct::Submit => ("submit", Action::SubmitSubmission, true),
            SubmissionAct::Recall => ("recall", Action::SubmitSubmission, true),
            SubmissionAct::Withdraw => ("withdraw", Action::SubmitSubmission, true),
            SubmissionAct::Receive => ("receive", Action::ReceiveSubmission, false),
            SubmissionAct::Return => ("return", Action::ReceiveSubmission, false),
            SubmissionAct::Consolidate => ("consolidate", Action::ConsolidateSubmission, false),
            SubmissionAct::BeginAppraisal | SubmissionAct::Close => continue,
        };
        let mut rules = hand_in::obstacles(tx, submission, act)?;
        if by_proposer {
            rules.extend(standing(tx, submission, &place, action));
        }
        offer(tx, verb, action, rules);
    }
    Ok(acts)
}

/// Where a dossier stands.
fn place(tx: &mut Tx<'_>, submission: &Submission) -> Result<Place> {
    filter::place_of_submission(
        tx.conn,
        submission.id,
        submission.owner_organization_id,
        submission.division_id,
    )
}

/// A dossier with which the caller may do this.
fn permitted(tx: &mut Tx<'_>, id: SubmissionId, action: Action) -> Result<Submission> {
    let submission = submissions::get(tx.conn, id)?;
    let place = place(tx, &submission)?;
    tx.require(action, &place)?;
    Ok(submission)
}

/// A dossier with which the caller may do what its proposing unit does: the unit itself, or the
/// standing office where the office entered it (M-29).
pub(super) fn proposed(tx: &mut Tx<'_>, id: SubmissionId, action: Action) -> Result<Submission> {
    let submission = permitted(tx, id, action)?;
    let place = place(tx, &submission)?;
    match standing(tx, &submission, &place, action).into_iter().next() {
        Some(fault) => Err(Error::new(fault.code).with("required_action", action.as_str())),
        None => Ok(submission),
    }
}

/// The office acts only for dossiers that it entered itself; a unit leaves those that the head of the
/// agency discovered to the office.
pub(super) fn standing(tx: &Tx<'_>, submission: &Submission, place: &Place, action: Action) -> Vec<Fault> {
    let Decision::Allow(role) = decide(&tx.caller, action, place) else {
        return Vec::new();
    };
    let allowed = if is_office(role) {
        submission.on_behalf
    } else {
        submission.procedure != Procedure::HeadDiscovered
    };
    if allowed {
        Vec::new()
    } else {
        vec![Fault::new(Code::AccessForbidden).with("required_action", action.as_str())]
    }
}

pub(super) const fn is_office(role: Role) -> bool {
    matches!(role, Role::OfficeReviewer | Role::OfficeChief)
}

/// The campaign while it takes dossiers, with its current terms.
pub(super) fn in_force(tx: &mut Tx<'_>, submission: &Submission) -> Result<(Campaign, Plan)> {
    let campaign = campaigns::get(tx.conn, submission.campaign_id)?;
    if campaign.state != CampaignState::Published {
        return Err(Error::new(Code::CampaignNotPublished));
    }
    let plan = campaigns::current_plan(tx.conn, &campaign)?;
    Ok((campaign, plan))
}

/// The state after an act, or the refusal that names what is possible.
fn next(submission: &Submission, act: SubmissionAct) -> Result<SubmissionState> {
    SUBMISSION.next(submission.state, act).ok_or_else(|| {
        let allowed = SUBMISSION.allowed(submission.state);
        let allowed = allowed.iter().map(|act| act.as_str().to_lowercase()).collect();
        Error::transition(submission.state.as_str(), allowed)
    })
}

/// An event about a dossier, with on whose behalf it happened.
pub(super) fn event(tx: &Tx<'_>, kind: &'static str, submission: &Submission) -> Event {
    let event = Event::new(kind, NOUN, submission.id)
        .version(submission.version)
        .within(submission.owner_organization_id, Some(submission.division_id))
        .campaign(submission.campaign_id);
    let by_office = tx.caller.holds(Role::OfficeReviewer) || tx.caller.holds(Role::OfficeChief);
    Event {
        on_behalf_of: (submission.on_behalf && by_office).then_some(submission.division_id),
        ..event
    }
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
