//! A dossier closes inside the act that settles its last nomination (`decisions.md` M-2).

use super::Tx;
use super::closing::close_if_settled;
use crate::domain::error::Result;
use crate::domain::ids::NominationId;
use crate::store::decisions;

/// Closes the dossiers of these nominations of which nothing is awaited any more.
///
/// # Errors
/// The driver's error.
pub fn close_settled(tx: &mut Tx<'_>, settled: &[NominationId]) -> Result<()> {
    for id in decisions::settled_submissions(tx.conn, settled)? {
        close_if_settled(tx, id)?;
    }
    Ok(())
}
