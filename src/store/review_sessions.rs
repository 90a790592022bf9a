//! Rows of `review_sessions`, `session_members`, `agenda_items`, `votes`.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Text;

use super::connection::{Backend, Conn, directly};
use super::filter;
use super::nominations::Nomination;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{agenda_items, nominations, review_sessions, session_members, votes};
use super::sql_types::{JsonText, Stamp, Uid};
use crate::domain::codes::{
    Attendance, ConsensusOutcome, MembershipFunction, ReceivedChannel, SessionMode, VoteChoice, VotingMethod,
};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{
    AgendaItemId, CampaignId, CouncilId, CouncilMemberId, IdentityId, IndividualId, NominationId,
    OrganizationId, ReviewSessionId, SessionMemberId, VoteId,
};
use crate::domain::policy::Visibility;
use crate::domain::states::ReviewSessionState;
use crate::domain::time::Instant;

/// A meeting of a council.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = review_sessions, treat_none_as_null = true)]
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
    /// What was written before the session was opened again; no minutes until they are written anew.
    pub minutes_draft: Option<JsonText>,
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
    let found =
        directly!(conn => review_sessions::table.find(id).select(ReviewSession::as_select()).first(conn));
    Ok(found.optional()?)
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

/// Stores a session that nobody changed since `version`.
///
/// # Errors
/// `etag.stale` when somebody did.
pub fn save_if(conn: &mut Conn, row: &ReviewSession, version: i64) -> Result<()> {
    let stored = diesel::update(
        review_sessions::table
            .find(row.id)
            .filter(review_sessions::version.eq(version)),
    )
    .set(row)
    .prepared()
    .execute(conn)?;
    if stored == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Which sessions are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this council.
    pub council_id: Option<CouncilId>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// In these states.
    pub states: Vec<ReviewSessionState>,
}

/// A page of sessions in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    seen: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<ReviewSession>> {
    let mut query = review_sessions::table
        .filter(filter::review_sessions(seen))
        .order(review_sessions::id.asc())
        .limit(slice.fetch())
        .select(ReviewSession::as_select())
        .into_boxed();
    if let Some(council) = wanted.council_id {
        query = query.filter(review_sessions::council_id.eq(council));
    }
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(review_sessions::campaign_id.eq(campaign));
    }
    if !wanted.states.is_empty() {
        query = query.filter(review_sessions::state.eq_any(wanted.states.clone()));
    }
    if let Some(after) = &slice.after {
        query = query.filter(review_sessions::id.gt(ReviewSessionId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &ReviewSession| After {
        key: String::new(),
        id: row.id.0,
    }))
}

/// Members of a session in the order of their membership.
///
/// # Errors
/// The driver's error.
pub fn members(conn: &mut Conn, session: ReviewSessionId) -> Result<Vec<SessionMember>> {
    Ok(session_members::table
        .filter(session_members::session_id.eq(session))
        .order(session_members::council_member_id.asc())
        .select(SessionMember::as_select())
        .load(conn)?)
}

/// Takes a member out of a session that is still being planned.
///
/// # Errors
/// The driver's error.
pub fn remove_member(conn: &mut Conn, id: SessionMemberId) -> Result<()> {
    diesel::delete(session_members::table.find(id)).execute(conn)?;
    Ok(())
}

/// The agenda in its order, with the nominations.
///
/// # Errors
/// The driver's error.
pub fn agenda(conn: &mut Conn, session: ReviewSessionId) -> Result<Vec<(AgendaItem, Nomination)>> {
    Ok(agenda_items::table
        .inner_join(nominations::table.on(nominations::id.eq(agenda_items::nomination_id)))
        .filter(agenda_items::session_id.eq(session))
        .order((agenda_items::ordinal.asc(), agenda_items::id.asc()))
        .select((AgendaItem::as_select(), Nomination::as_select()))
        .load(conn)?)
}

/// One line of the agenda.
///
/// # Errors
/// `resource.not_found`.
pub fn agenda_line(
    conn: &mut Conn,
    session: ReviewSessionId,
    nomination: NominationId,
) -> Result<(AgendaItem, Nomination)> {
    agenda_items::table
        .inner_join(nominations::table.on(nominations::id.eq(agenda_items::nomination_id)))
        .filter(agenda_items::session_id.eq(session))
        .filter(agenda_items::nomination_id.eq(nomination))
        .filter(agenda_items::live.eq(true))
        .select((AgendaItem::as_select(), Nomination::as_select()))
        .first(conn)
        .optional()?
        .ok_or_else(Error::not_found)
}

/// Takes a line off the agenda, with the votes on it.
///
/// # Errors
/// The driver's error.
pub fn remove_agenda_item(conn: &mut Conn, id: AgendaItemId) -> Result<()> {
    diesel::delete(votes::table.filter(votes::agenda_item_id.eq(id))).execute(conn)?;
    diesel::delete(agenda_items::table.find(id)).execute(conn)?;
    Ok(())
}

/// Whether anybody voted on a line.
///
/// # Errors
/// The driver's error.
pub fn has_votes(conn: &mut Conn, id: AgendaItemId) -> Result<bool> {
    let votes = votes::table.filter(votes::agenda_item_id.eq(id));
    Ok(diesel::select(diesel::dsl::exists(votes)).get_result(conn)?)
}

/// Gives up all lines of a session; they stay readable.
///
/// # Errors
/// The driver's error.
pub fn give_up_agenda(conn: &mut Conn, session: ReviewSessionId) -> Result<()> {
    diesel::update(agenda_items::table.filter(agenda_items::session_id.eq(session)))
        .set(agenda_items::live.eq(false))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// All votes of a session in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn votes_of(conn: &mut Conn, session: ReviewSessionId) -> Result<Vec<Vote>> {
    Ok(votes::table
        .filter(votes::session_id.eq(session))
        .order(votes::id.asc())
        .select(Vote::as_select())
        .load(conn)?)
}

/// Whether an account has voted in a session that still takes votes.
///
/// # Errors
/// The driver's error.
pub fn has_voted_in_open(conn: &mut Conn, identity: IdentityId) -> Result<bool> {
    let cast = votes::table
        .inner_join(review_sessions::table.on(review_sessions::id.eq(votes::session_id)))
        .filter(review_sessions::state.eq(ReviewSessionState::Open))
        .filter(votes::cast_by.eq(identity));
    Ok(diesel::select(diesel::dsl::exists(cast)).get_result(conn)?)
}

/// Whether a membership sits in a session that takes votes.
///
/// # Errors
/// The driver's error.
pub fn seats_in_open(conn: &mut Conn, member: CouncilMemberId) -> Result<bool> {
    let seats = session_members::table
        .inner_join(review_sessions::table.on(review_sessions::id.eq(session_members::session_id)))
        .filter(review_sessions::state.eq(ReviewSessionState::Open))
        .filter(session_members::council_member_id.eq(member));
    Ok(diesel::select(diesel::dsl::exists(seats)).get_result(conn)?)
}

/// Whether a membership took part in a session that was opened, whatever became of that.
///
/// # Errors
/// The driver's error.
pub fn has_sat(conn: &mut Conn, member: CouncilMemberId) -> Result<bool> {
    let seats = session_members::table
        .inner_join(review_sessions::table.on(review_sessions::id.eq(session_members::session_id)))
        .filter(review_sessions::opened_at.is_not_null())
        .filter(session_members::council_member_id.eq(member));
    Ok(diesel::select(diesel::dsl::exists(seats)).get_result(conn)?)
}

/// Whether a council has a session that was opened and has no result yet.
///
/// # Errors
/// The driver's error.
pub fn council_is_sitting(conn: &mut Conn, council: CouncilId) -> Result<bool> {
    let begun = [ReviewSessionState::Open, ReviewSessionState::Closed];
    let sitting = review_sessions::table
        .filter(review_sessions::council_id.eq(council))
        .filter(review_sessions::state.eq_any(begun));
    Ok(diesel::select(diesel::dsl::exists(sitting)).get_result(conn)?)
}

/// Stores a member's vote on a line, or changes the one that is there: one row in any case (R-V3).
///
/// # Errors
/// The driver's error.
pub fn cast(conn: &mut Conn, vote: &Vote) -> Result<Vote> {
    Ok(Cast(vote).get_result(conn)?)
}

/// Written by hand, because the query builder has no conflict clause for both databases.
struct Cast<'a>(&'a Vote);

impl QueryId for Cast<'_> {
    type QueryId = Cast<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Cast<'_> {
    type SqlType = votes::SqlType;
}

impl RunQueryDsl<Conn> for Cast<'_> {}

impl QueryFragment<Backend> for Cast<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let vote = self.0;
        out.push_sql(
            "INSERT INTO votes (id, session_id, agenda_item_id, session_member_id, choice, channel, cast_by, \
             cast_at, changes) VALUES (",
        );
        out.push_bind_param::<Uid, _>(&vote.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Uid, _>(&vote.session_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Uid, _>(&vote.agenda_item_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Uid, _>(&vote.session_member_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&vote.choice)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&vote.channel)?;
        out.push_sql(", ");
        out.push_bind_param::<Uid, _>(&vote.cast_by)?;
        out.push_sql(", ");
        out.push_bind_param::<Stamp, _>(&vote.cast_at)?;
        out.push_sql(
            ", 0) ON CONFLICT (agenda_item_id, session_member_id) DO UPDATE SET choice = excluded.choice, \
             channel = excluded.channel, cast_by = excluded.cast_by, cast_at = excluded.cast_at, \
             changes = votes.changes + 1 RETURNING id, session_id, agenda_item_id, session_member_id, choice, \
             channel, cast_by, cast_at, changes",
        );
        Ok(())
    }
}

/// A member entitled in one session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = session_members, treat_none_as_null = true)]
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
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// A nomination on an agenda, with its tally and result.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = agenda_items, treat_none_as_null = true)]
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
    /// What those present agreed on; none where nothing was recorded.
    pub consensus: Option<ConsensusOutcome>,
    /// How many of those present agreed, when it was recorded: whoever comes later had no part in it.
    pub consenting: Option<i32>,
    /// How many were present then.
    pub consensus_present: Option<i32>,
    /// Whether the chair was among those who agreed.
    pub chair_consents: bool,
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
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// The confirmed sessions that decided on these nominations, each with its nomination.
///
/// # Errors
/// The driver's error.
pub fn decided_in(
    conn: &mut Conn,
    nominations: &[NominationId],
) -> Result<Vec<(NominationId, ReviewSessionId)>> {
    let found = agenda_items::table
        .inner_join(review_sessions::table.on(review_sessions::id.eq(agenda_items::session_id)))
        .filter(agenda_items::nomination_id.eq_any(nominations.to_vec()))
        .filter(review_sessions::state.eq(ReviewSessionState::Confirmed))
        .select((agenda_items::nomination_id, agenda_items::session_id))
        .load(conn)?;
    Ok(found)
}

/// One vote of a member on one nomination.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = votes, treat_none_as_null = true)]
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
