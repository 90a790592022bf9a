//! What the standing office does with a dossier: receive, return, admit late, consolidate.

use super::hand_in::{Handed, obstacles, unchanged};
use super::{Submission, keep, next};
use crate::app::closing::close_if_settled;
use crate::app::dossiers::{in_force, permitted, undraftable};
use crate::app::guards::refuse;
use crate::app::{Command, Tx};
use crate::domain::codes::LatePolicy;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::SubmissionId;
use crate::domain::policy::Action;
use crate::domain::states::{NominationState, SubmissionAct};
use crate::domain::time::Instant;
use crate::store::{campaigns, dialect, nominations, reference, submissions};

/// Enters the dossier in the office's register.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Receive {
    /// Which.
    pub id: SubmissionId,
}

impl Command for Receive {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        permitted(tx, self.id, Action::ReceiveSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        // The register's numbers have no gaps and no doubles: one at a time (M-23).
        dialect::hold(tx.conn, before.campaign_id)?;
        let before = unchanged(tx, before)?;
        let state = next(&before, SubmissionAct::Receive)?;
        refuse(obstacles(tx, &before, SubmissionAct::Receive)?)?;
        Handed::of(tx, &before)?.warn_of_council(tx, before.procedure);
        let number = match before.received_no {
            Some(number) => number,
            None => submissions::next_received_no(tx.conn, before.campaign_id)?,
        };
        let after = Submission {
            state,
            received_no: Some(number),
            received_at: Some(tx.now),
            ..before.clone()
        };
        keep(tx, &before, after, "submission.received", None)
    }
}

/// Gives the dossier back for supplement.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Return {
    /// Which.
    pub id: SubmissionId,
    /// What is missing or wrong.
    pub reason: String,
    /// Working days for the answer; the plan's when absent.
    pub supplement_working_days: Option<u16>,
}

impl Command for Return {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        permitted(tx, self.id, Action::ReceiveSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        // Alone, so that no nomination goes before the council meanwhile.
        dialect::hold(tx.conn, before.campaign_id)?;
        let before = unchanged(tx, before)?;
        let state = next(&before, SubmissionAct::Return)?;
        refuse(obstacles(tx, &before, SubmissionAct::Return)?)?;
        let terms = in_force(tx, &before)?;
        let days = self
            .supplement_working_days
            .unwrap_or(terms.plan.submission.supplement_working_days);
        let due = reference::calendar(tx.conn)?.due(tx.now, days, tx.config.zone);
        let after = Submission {
            state,
            return_reason: Some(self.reason.clone()),
            supplement_due_at: Some(due),
            ..before.clone()
        };
        keep(tx, &before, after, "submission.returned", Some(&self.reason))
    }
}

/// Lets a late dossier in, until an instant (C-7).
#[derive(Debug, Clone, serde::Serialize)]
pub struct AdmitLate {
    /// Which.
    pub id: SubmissionId,
    /// Why.
    pub reason: String,
    /// First instant at which it is too late again.
    pub until: Instant,
}

impl Command for AdmitLate {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        permitted(tx, self.id, Action::AdmitLate)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        dialect::hold_shared(tx.conn, before.campaign_id)?;
        if !before.state.is_editable() {
            return Err(Error::new(Code::SubmissionLocked));
        }
        refuse(not_admissible(tx, &before)?)?;
        let deadline = campaigns::get(tx.conn, before.campaign_id)?.deadline_at;
        let least = deadline.map_or(tx.now, |deadline| deadline.max(tx.now));
        if self.until <= least {
            let fault = Fault::before("/until", least);
            return Err(Error::invalid(vec![fault]));
        }
        let after = Submission {
            late_reason: Some(self.reason.clone()),
            late_until: Some(self.until),
            ..before.clone()
        };
        keep(tx, &before, after, "submission.admitted_late", Some(&self.reason))
    }
}

/// What stands in the way of admitting it late: the campaign, or its plan.
pub(super) fn not_admissible(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Fault>> {
    let closed = undraftable(tx, submission)?;
    if !closed.is_empty() {
        return Ok(closed);
    }
    let terms = in_force(tx, submission)?;
    let admits = terms.plan.submission.late_policy == LatePolicy::AcceptWithApproval;
    let fault = (!admits).then(|| Fault::new(Code::SubmissionLateNotAdmissible));
    Ok(fault.into_iter().collect())
}

/// Puts the nominations of the dossier into the consolidated list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Consolidate {
    /// Which.
    pub id: SubmissionId,
}

impl Command for Consolidate {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        permitted(tx, self.id, Action::ConsolidateSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        // Alone, so that no appraisal is corrected meanwhile.
        dialect::hold(tx.conn, before.campaign_id)?;
        let before = unchanged(tx, before)?;
        let state = next(&before, SubmissionAct::Consolidate)?;
        refuse(obstacles(tx, &before, SubmissionAct::Consolidate)?)?;
        let after = Submission {
            state,
            ..before.clone()
        };
        let kept = keep(tx, &before, after, "submission.consolidated", None)?;
        // Nothing may be awaited any more where all was decided without a council.
        close_if_settled(tx, kept.id)?;
        submissions::get(tx.conn, kept.id)
    }
}

/// Every nomination has an appraisal that concludes something.
pub(super) fn all_appraised(tx: &mut Tx<'_>, submission: &Submission) -> Result<()> {
    let open: Vec<String> = nominations::of_submission(tx.conn, submission.id)?
        .iter()
        .filter(|line| line.state == NominationState::Proposed)
        .map(|line| line.id.to_string())
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::SubmissionNotAppraised).with("nomination_ids", open))
}
