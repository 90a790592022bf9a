//! Rows of `reviews`.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::reviews;
use super::sql_types::JsonText;
use crate::domain::caller::Role;
use crate::domain::codes::{AppraisalConclusion, ReviewKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, IdentityId, NominationId, OrganizationId, ReviewId};
use crate::domain::time::Instant;

/// A review act on a nomination; never changed, a later one supersedes it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reviews, treat_none_as_null = true)]
pub struct Review {
    /// Identifier.
    pub id: ReviewId,
    /// Nomination id.
    pub nomination_id: NominationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The division it belongs to.
    pub division_id: OrganizationId,
    /// Kind.
    pub kind: ReviewKind,
    /// Submission round.
    pub submission_round: i32,
    /// Number of the version of the plan.
    pub terms_number: i32,
    /// Reviewer id.
    pub reviewer_id: IdentityId,
    /// Reviewer role.
    pub reviewer_role: Role,
    /// Checklist.
    pub checklist: JsonText,
    /// Conclusion.
    pub conclusion: AppraisalConclusion,
    /// Legal reason.
    pub legal_reason: Option<String>,
    /// Note.
    pub note: Option<String>,
    /// Superseded by.
    pub superseded_by: Option<ReviewId>,
    /// When it was made.
    pub created_at: Instant,
}

/// The Review with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: ReviewId) -> Result<Option<Review>> {
    Ok(reviews::table
        .find(id)
        .select(Review::as_select())
        .first(conn)
        .optional()?)
}

/// The Review with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: ReviewId) -> Result<Review> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Review.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Review) -> QueryResult<()> {
    diesel::insert_into(reviews::table).values(row).execute(conn)?;
    Ok(())
}
