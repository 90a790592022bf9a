//! Rows of `participants`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::participants;
use super::sql_types::AnyId;
use crate::domain::codes::{ParticipantSource, StaffKind, SubjectKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, OrganizationId, ParticipantId};
use crate::domain::time::Instant;

/// A line of a campaign's roll.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = participants, treat_none_as_null = true)]
pub struct Participant {
    /// Identifier.
    pub id: ParticipantId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The division it belongs to.
    pub division_id: OrganizationId,
    /// Subject kind.
    pub subject_kind: SubjectKind,
    /// The individual or collective.
    pub subject_id: AnyId,
    /// Name at the time.
    pub display_name: String,
    /// Sort key of the name.
    pub sort_name: String,
    /// Staff kind.
    pub staff_kind: Option<StaffKind>,
    /// Joined on.
    pub joined_on: Option<NaiveDate>,
    /// Left on.
    pub left_on: Option<NaiveDate>,
    /// Source.
    pub source: ParticipantSource,
    /// Counted.
    pub counted: bool,
    /// Frozen.
    pub frozen: bool,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Participant with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: ParticipantId) -> Result<Option<Participant>> {
    Ok(participants::table
        .find(id)
        .select(Participant::as_select())
        .first(conn)
        .optional()?)
}

/// The Participant with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: ParticipantId) -> Result<Participant> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Participant.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Participant) -> QueryResult<()> {
    diesel::insert_into(participants::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Participant.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Participant) -> QueryResult<()> {
    diesel::update(participants::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// The line of one subject on a campaign's roll (R-S5), if there is one.
///
/// # Errors
/// The driver's error.
pub fn of_subject(
    conn: &mut Conn,
    campaign: CampaignId,
    kind: SubjectKind,
    subject: impl Into<AnyId>,
) -> Result<Option<Participant>> {
    Ok(participants::table
        .filter(participants::campaign_id.eq(campaign))
        .filter(participants::subject_kind.eq(kind))
        .filter(participants::subject_id.eq(subject.into()))
        .select(Participant::as_select())
        .first(conn)
        .optional()?)
}
