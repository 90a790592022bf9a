//! A dossier closes inside the act that settles its last nomination (`decisions.md` M-2).

use super::{Event, Tx};
use crate::domain::error::Result;
use crate::domain::ids::NominationId;
use crate::domain::states::{SUBMISSION, SubmissionAct};
use crate::store::decisions;
use crate::store::submissions::{self, Submission};

/// Closes the dossiers of these nominations of which nothing is awaited any more.
///
/// # Errors
/// The driver's error.
pub fn close_settled(tx: &mut Tx<'_>, settled: &[NominationId]) -> Result<()> {
    for id in decisions::settled_submissions(tx.conn, settled)? {
        let before = submissions::get(tx.conn, id)?;
        let Some(state) = SUBMISSION.next(before.state, SubmissionAct::Close) else {
            continue;
        };
        let after = Submission {
            state,
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        submissions::save(tx.conn, &after)?;
        let event = Event::new("submission.closed", "submission", id)
            .version(after.version)
            .within(after.owner_organization_id, Some(after.division_id))
            .campaign(after.campaign_id)
            .moved(before.state, after.state);
        tx.record(event)?;
    }
    Ok(())
}
