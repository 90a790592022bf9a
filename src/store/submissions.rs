//! Rows of `submissions`.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::submissions;
use super::sql_types::JsonText;
use crate::domain::codes::{Procedure, ReceivedChannel};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, IdentityId, OrganizationId, SubmissionId};
use crate::domain::states::SubmissionState;
use crate::domain::time::Instant;

/// A dossier of a division.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = submissions, treat_none_as_null = true)]
pub struct Submission {
    /// Identifier.
    pub id: SubmissionId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The division it belongs to.
    pub division_id: OrganizationId,
    /// Procedure.
    pub procedure: Procedure,
    /// State; changes through the machine only.
    pub state: SubmissionState,
    /// Letter.
    pub letter: Option<JsonText>,
    /// Note.
    pub note: Option<String>,
    /// Round.
    pub round: i32,
    /// Number of the version of the plan.
    pub terms_number: Option<i32>,
    /// First submitted at.
    pub first_submitted_at: Option<Instant>,
    /// Submitted at.
    pub submitted_at: Option<Instant>,
    /// Receipt.
    pub receipt: Option<JsonText>,
    /// Received at.
    pub received_at: Option<Instant>,
    /// Received no.
    pub received_no: Option<i32>,
    /// Received channel.
    pub received_channel: ReceivedChannel,
    /// On behalf.
    pub on_behalf: bool,
    /// Late.
    pub late: bool,
    /// Late reason.
    pub late_reason: Option<String>,
    /// Late until.
    pub late_until: Option<Instant>,
    /// Return reason.
    pub return_reason: Option<String>,
    /// Supplement due at.
    pub supplement_due_at: Option<Instant>,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Who drafted it; may not appraise it (C-8).
    pub drafted_by: IdentityId,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Submission with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: SubmissionId) -> Result<Option<Submission>> {
    Ok(submissions::table
        .find(id)
        .select(Submission::as_select())
        .first(conn)
        .optional()?)
}

/// The Submission with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: SubmissionId) -> Result<Submission> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Submission.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Submission) -> QueryResult<()> {
    diesel::insert_into(submissions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Submission.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Submission) -> QueryResult<()> {
    diesel::update(submissions::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}
