//! Rows of `reviews`.

use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::filter;
use super::nominations::Nomination;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{attachments, nominations, reviews};
use super::sql_types::JsonText;
use crate::domain::caller::Role;
use crate::domain::codes::{AppraisalConclusion, AttachmentKind, ReviewKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CampaignId, IdentityId, NominationId, OrganizationId, ReviewId, SubmissionId};
use crate::domain::policy::Visibility;
use crate::domain::time::Instant;

/// A review act on a nomination; never changed, a later one supersedes it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = reviews, treat_none_as_null = true)]
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
    let found = directly!(conn => reviews::table.find(id).select(Review::as_select()).first(conn));
    Ok(found.optional()?)
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

/// The review of one kind that holds now for a nomination.
///
/// # Errors
/// The driver's error.
pub fn current(conn: &mut Conn, nomination: NominationId, kind: ReviewKind) -> Result<Option<Review>> {
    Ok(reviews::table
        .filter(reviews::nomination_id.eq(nomination))
        .filter(reviews::kind.eq(kind))
        .filter(reviews::superseded_by.is_null())
        .order(reviews::id.desc())
        .select(Review::as_select())
        .first(conn)
        .optional()?)
}

/// Marks a review as superseded by a later one; nothing else of a review ever changes.
///
/// # Errors
/// The driver's error.
pub fn supersede(conn: &mut Conn, old: ReviewId, by: ReviewId) -> Result<()> {
    diesel::update(reviews::table.find(old))
        .set(reviews::superseded_by.eq(Some(by)))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Papers of a dossier: kind and the nomination they stand for.
///
/// # Errors
/// The driver's error.
pub fn papers_of(
    conn: &mut Conn,
    submission: SubmissionId,
) -> Result<Vec<(AttachmentKind, Option<NominationId>)>> {
    Ok(attachments::table
        .filter(attachments::submission_id.eq(submission))
        .select((attachments::kind, attachments::nomination_id))
        .load(conn)?)
}

/// Stores a nomination that nobody changed since `version`.
///
/// # Errors
/// `etag.stale` when somebody did.
pub fn move_nomination(conn: &mut Conn, row: &Nomination, version: i64) -> Result<()> {
    let stored = diesel::update(
        nominations::table
            .find(row.id)
            .filter(nominations::version.eq(version)),
    )
    .set(row)
    .prepared()
    .execute(conn)?;
    if stored == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Which reviews are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this nomination.
    pub nomination_id: Option<NominationId>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Of these kinds.
    pub kinds: Vec<ReviewKind>,
    /// With these conclusions.
    pub conclusions: Vec<AppraisalConclusion>,
    /// Those that hold now (true), or the superseded ones (false).
    pub current: Option<bool>,
}

/// A page of reviews in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn list(conn: &mut Conn, seen: &Visibility, wanted: &Wanted, slice: &Slice) -> Result<Rows<Review>> {
    let mut query = reviews::table
        .filter(filter::reviews(seen))
        .order(reviews::id.asc())
        .limit(slice.fetch())
        .select(Review::as_select())
        .into_boxed();
    if let Some(nomination) = wanted.nomination_id {
        query = query.filter(reviews::nomination_id.eq(nomination));
    }
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(reviews::campaign_id.eq(campaign));
    }
    if !wanted.kinds.is_empty() {
        query = query.filter(reviews::kind.eq_any(wanted.kinds.clone()));
    }
    if !wanted.conclusions.is_empty() {
        query = query.filter(reviews::conclusion.eq_any(wanted.conclusions.clone()));
    }
    match wanted.current {
        Some(true) => query = query.filter(reviews::superseded_by.is_null()),
        Some(false) => query = query.filter(reviews::superseded_by.is_not_null()),
        None => {}
    }
    if let Some(after) = &slice.after {
        query = query.filter(reviews::id.gt(ReviewId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Review| After {
        key: String::new(),
        id: row.id.0,
    }))
}
