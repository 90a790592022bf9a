//! Rows of `review_sessions`, `session_members`, `agenda_items`, `votes`.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{agenda_items, review_sessions, session_members, votes};
use super::sql_types::JsonText;
use crate::domain::codes::{
    Attendance, MembershipFunction, ReceivedChannel, SessionMode, VoteChoice, VotingMethod,
};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{
    AgendaItemId, CampaignId, CouncilId, CouncilMemberId, IdentityId, IndividualId, NominationId,
    OrganizationId, ReviewSessionId, SessionMemberId, VoteId,
};
use crate::domain::states::ReviewSessionState;
use crate::domain::time::Instant;

/// A meeting of a council.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = review_sessions, treat_none_as_null = true)]
pub struct ReviewSession {
    /// Identifier.
    pub id: ReviewSessionId,
    /// Council id.
    pub council_id: CouncilId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// Title.
    pub title: String,
    /// State; changes through the machine only.
    pub state: ReviewSessionState,
    /// Mode.
    pub mode: SessionMode,
    /// Method.
    pub method: VotingMethod,
    /// Held at.
    pub held_at: Instant,
    /// Place.
    pub place: Option<String>,
    /// Policy.
    pub policy: Option<JsonText>,
    /// Total members.
    pub total_members: Option<i32>,
    /// Present members.
    pub present_members: Option<i32>,
    /// Opened at.
    pub opened_at: Option<Instant>,
    /// Closed at.
    pub closed_at: Option<Instant>,
    /// Confirmed at.
    pub confirmed_at: Option<Instant>,
    /// Minutes.
    pub minutes: Option<JsonText>,
    /// Secretary signed at.
    pub secretary_signed_at: Option<Instant>,
    /// Secretary signed by.
    pub secretary_signed_by: Option<IdentityId>,
    /// Chair signed by.
    pub chair_signed_by: Option<IdentityId>,
    /// Why the quota was exceeded with the Director's word (R-Q1).
    pub quota_override_reason: Option<String>,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The ReviewSession with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: ReviewSessionId) -> Result<Option<ReviewSession>> {
    Ok(review_sessions::table
        .find(id)
        .select(ReviewSession::as_select())
        .first(conn)
        .optional()?)
}

/// The ReviewSession with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: ReviewSessionId) -> Result<ReviewSession> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new ReviewSession.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &ReviewSession) -> QueryResult<()> {
    diesel::insert_into(review_sessions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed ReviewSession.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &ReviewSession) -> QueryResult<()> {
    diesel::update(review_sessions::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// A member entitled in one session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = session_members, treat_none_as_null = true)]
pub struct SessionMember {
    /// Identifier.
    pub id: SessionMemberId,
    /// Session id.
    pub session_id: ReviewSessionId,
    /// Council member id.
    pub council_member_id: CouncilMemberId,
    /// Individual id.
    pub individual_id: IndividualId,
    /// Name at the time.
    pub display_name: String,
    /// Function.
    pub function: MembershipFunction,
    /// Attendance.
    pub attendance: Option<Attendance>,
    /// Substitute id.
    pub substitute_id: Option<IndividualId>,
    /// Substitute name.
    pub substitute_name: Option<String>,
    /// Note.
    pub note: Option<String>,
}

/// The SessionMember with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_session_member(conn: &mut Conn, id: SessionMemberId) -> Result<Option<SessionMember>> {
    Ok(session_members::table
        .find(id)
        .select(SessionMember::as_select())
        .first(conn)
        .optional()?)
}

/// The SessionMember with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_session_member(conn: &mut Conn, id: SessionMemberId) -> Result<SessionMember> {
    find_session_member(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new SessionMember.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_session_member(conn: &mut Conn, row: &SessionMember) -> QueryResult<()> {
    diesel::insert_into(session_members::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed SessionMember.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save_session_member(conn: &mut Conn, row: &SessionMember) -> QueryResult<()> {
    diesel::update(session_members::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// A nomination on an agenda, with its tally and result.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agenda_items, treat_none_as_null = true)]
pub struct AgendaItem {
    /// Identifier.
    pub id: AgendaItemId,
    /// Session id.
    pub session_id: ReviewSessionId,
    /// Nomination id.
    pub nomination_id: NominationId,
    /// Ordinal.
    pub ordinal: i32,
    /// Whether it still takes the place of its subject; false once given up.
    pub live: bool,
    /// Form.
    pub form: Option<String>,
    /// Form reason.
    pub form_reason: Option<String>,
    /// Consensus note.
    pub consensus_note: Option<String>,
    /// Consensus.
    pub consensus: bool,
    /// Agree.
    pub agree: Option<i32>,
    /// Disagree.
    pub disagree: Option<i32>,
    /// Abstain.
    pub abstain: Option<i32>,
    /// Absent.
    pub absent: Option<i32>,
    /// Base members.
    pub base_members: Option<i32>,
    /// Percentage hundredths.
    pub percentage_hundredths: Option<i32>,
    /// Outcome.
    pub outcome: Option<String>,
    /// Outcome reason.
    pub outcome_reason: Option<String>,
}

/// The AgendaItem with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_agenda_item(conn: &mut Conn, id: AgendaItemId) -> Result<Option<AgendaItem>> {
    Ok(agenda_items::table
        .find(id)
        .select(AgendaItem::as_select())
        .first(conn)
        .optional()?)
}

/// The AgendaItem with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_agenda_item(conn: &mut Conn, id: AgendaItemId) -> Result<AgendaItem> {
    find_agenda_item(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new AgendaItem.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_agenda_item(conn: &mut Conn, row: &AgendaItem) -> QueryResult<()> {
    diesel::insert_into(agenda_items::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed AgendaItem.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save_agenda_item(conn: &mut Conn, row: &AgendaItem) -> QueryResult<()> {
    diesel::update(agenda_items::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// One vote of a member on one nomination.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = votes, treat_none_as_null = true)]
pub struct Vote {
    /// Identifier.
    pub id: VoteId,
    /// Session id.
    pub session_id: ReviewSessionId,
    /// Agenda item id.
    pub agenda_item_id: AgendaItemId,
    /// Session member id.
    pub session_member_id: SessionMemberId,
    /// Choice.
    pub choice: VoteChoice,
    /// Channel.
    pub channel: ReceivedChannel,
    /// Cast by.
    pub cast_by: IdentityId,
    /// Cast at.
    pub cast_at: Instant,
    /// Changes.
    pub changes: i32,
}

/// The Vote with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_vote(conn: &mut Conn, id: VoteId) -> Result<Option<Vote>> {
    Ok(votes::table
        .find(id)
        .select(Vote::as_select())
        .first(conn)
        .optional()?)
}

/// The Vote with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_vote(conn: &mut Conn, id: VoteId) -> Result<Vote> {
    find_vote(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Vote.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_vote(conn: &mut Conn, row: &Vote) -> QueryResult<()> {
    diesel::insert_into(votes::table).values(row).execute(conn)?;
    Ok(())
}

/// Stores a changed Vote.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save_vote(conn: &mut Conn, row: &Vote) -> QueryResult<()> {
    diesel::update(votes::table.find(row.id)).set(row).execute(conn)?;
    Ok(())
}
