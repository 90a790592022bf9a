//! What the quota counts: the roll, and the nominations that take a place.

use diesel::prelude::*;

use crate::domain::codes::SubjectKind;
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, OrganizationId};
use crate::domain::states::NominationState;
use crate::store::connection::Conn;
use crate::store::nominations::Nomination;
use crate::store::schema::{nominations, participants};

/// Nominations that take a place of the campaign's quota (C-1).
///
/// # Errors
/// The driver's error.
pub fn taking_places(conn: &mut Conn, campaign: CampaignId) -> Result<Vec<Nomination>> {
    let states: Vec<NominationState> = NominationState::ALL
        .iter()
        .copied()
        .filter(|state| state.counts_against_quota())
        .collect();
    Ok(nominations::table
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::state.eq_any(states))
        .select(Nomination::as_select())
        .load(conn)?)
}

/// The counted lines of the roll: kind and division of each.
///
/// # Errors
/// The driver's error.
pub fn roll(conn: &mut Conn, campaign: CampaignId) -> Result<Vec<(SubjectKind, OrganizationId, i64)>> {
    Ok(participants::table
        .filter(participants::campaign_id.eq(campaign))
        .filter(participants::counted.eq(true))
        .group_by((participants::subject_kind, participants::division_id))
        .select((
            participants::subject_kind,
            participants::division_id,
            diesel::dsl::count_star(),
        ))
        .load(conn)?)
}
