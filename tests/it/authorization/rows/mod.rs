//! The table: who may do what at which object. What is expected is what `domain.md` 5.5 and the policy's
//! table say, never what the service happens to answer.

mod campaigns;
mod common;
mod decisions;
mod dossiers;
mod forwardings;
mod sessions;

use super::table::Row;

/// Every row.
pub fn all() -> Vec<Row> {
    [
        common::rows(),
        campaigns::rows(),
        dossiers::rows(),
        sessions::rows(),
        decisions::rows(),
        forwardings::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
