//! The real plan 579/KH-SNgV played through the HTTP API, step by step, as its people would: an HTTP
//! client with a token for each person, and nothing of the service's own floors.
//!
//! Names of people and organisation codes are made up; the plan's facts and dates are the real ones.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent member of a JSON value reads as null"
)]

mod cast;
mod council;
mod decide;
mod discovered;
mod dossiers;
mod launch;
mod preparation;
mod revoke;
mod stage;
mod words;

pub use cast::{ACTORS, Cast};
pub use stage::{Actor, Failure, Machine, Stage};

/// The whole way, from an empty database to a revocation and the final review.
///
/// # Errors
/// The first step that ends otherwise than the plan says.
pub async fn play(stage: &mut Stage<'_>, issuer: &str) -> Result<(), Failure> {
    let mut cast = Cast::default();
    preparation::play(stage, &mut cast, issuer).await?;
    launch::play(stage, &mut cast).await?;
    dossiers::play(stage, &mut cast).await?;
    council::play(stage, &mut cast).await?;
    decide::play(stage, &mut cast).await
}
