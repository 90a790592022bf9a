//! The end of a dossier: it closes inside the act that settles its last nomination (M-2). A rule that
//! several nouns share, not a use case.

use super::{Event, Tx};
use crate::domain::error::Result;
use crate::domain::ids::SubmissionId;
use crate::domain::states::{SUBMISSION, SubmissionAct};
use crate::store::nominations;
use crate::store::submissions::{self, Submission};

/// Closes the dossier when every one of its nominations has reached its end; otherwise does nothing.
/// The caller holds the campaign.
///
/// # Errors
/// The driver's error.
pub fn close_if_settled(tx: &mut Tx<'_>, id: SubmissionId) -> Result<()> {
    let before = submissions::get(tx.conn, id)?;
    let Some(state) = SUBMISSION.next(before.state, SubmissionAct::Close) else {
        return Ok(());
    };
    let settled = nominations::states_of_submission(tx.conn, id)?
        .iter()
        .all(|(_, state)| state.is_settled());
    if !settled {
        return Ok(());
    }
    let after = Submission {
        state,
        version: before.version + 1,
        updated_at: tx.now,
        ..before.clone()
    };
    submissions::save_if(tx.conn, before.version, &after)?;
    let event = Event::new("submission.closed", "submission", id)
        .version(after.version)
        .within(after.owner_organization_id, Some(after.division_id))
        .campaign(after.campaign_id)
        .moved(before.state, after.state);
    tx.record(event)
}
