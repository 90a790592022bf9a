//! Rows of `nominations`.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::nominations;
use super::sql_types::{AnyId, JsonText};
use crate::domain::codes::{HoldReason, Route, SubjectKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{
    CampaignId, CollectiveId, IdentityId, IndividualId, NominationId, OrganizationId, SubmissionId,
};
use crate::domain::states::NominationState;
use crate::domain::time::Instant;

/// One subject proposed in a dossier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = nominations, treat_none_as_null = true)]
pub struct Nomination {
    /// Identifier.
    pub id: NominationId,
    /// Submission id.
    pub submission_id: SubmissionId,
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
    /// Individual id.
    pub individual_id: Option<IndividualId>,
    /// Collective id.
    pub collective_id: Option<CollectiveId>,
    /// Name at the time.
    pub display_name: String,
    /// Position.
    pub position: Option<String>,
    /// Proposed form.
    pub proposed_form: String,
    /// Form.
    pub form: String,
    /// Form reason.
    pub form_reason: Option<String>,
    /// Route.
    pub route: Route,
    /// Achievement summary.
    pub achievement_summary: String,
    /// Criteria.
    pub criteria: JsonText,
    /// State; changes through the machine only.
    pub state: NominationState,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Whether it still takes the place of its subject; false once given up.
    pub live: bool,
    /// Hold reason.
    pub hold_reason: Option<HoldReason>,
    /// Hold note.
    pub hold_note: Option<String>,
    /// Hold since.
    pub hold_since: Option<Instant>,
    /// Who drafted it; may not appraise it (C-8).
    pub drafted_by: IdentityId,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Nomination with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: NominationId) -> Result<Option<Nomination>> {
    Ok(nominations::table
        .find(id)
        .select(Nomination::as_select())
        .first(conn)
        .optional()?)
}

/// The Nomination with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: NominationId) -> Result<Nomination> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Nomination.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Nomination) -> QueryResult<()> {
    diesel::insert_into(nominations::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Nomination.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Nomination) -> QueryResult<()> {
    diesel::update(nominations::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}
