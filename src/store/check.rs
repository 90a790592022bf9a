//! Queries of the invariant checker: whole tables as few columns as a rule needs. They only read.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{
    addressed, agenda_items, campaigns, decision_items, decisions, forwarding_items, forwardings, honors,
    journal_entries, nominations, organization_ancestors, organizations, participants, review_sessions,
    session_members, submissions, votes,
};
use super::sql_types::AnyId;
use crate::domain::codes::{DecisionItemState, DecisionType, OrganizationKind, SubjectKind, VoteChoice};
use crate::domain::error::Result;
use crate::domain::ids::{
    AgendaItemId, CampaignId, DecisionId, DecisionItemId, NominationId, OrganizationId, ParticipantId,
    SubmissionId, VoteId,
};
use crate::domain::states::{
    CampaignState, DecisionState, ForwardingState, NominationState, ReviewSessionState, SubmissionState,
};

/// Every organisation with the one above it and its kind.
///
/// # Errors
/// The driver's error.
pub fn parents(conn: &mut Conn) -> Result<Vec<(OrganizationId, (Option<OrganizationId>, OrganizationKind))>> {
    Ok(organizations::table
        .select((organizations::id, (organizations::parent_id, organizations::kind)))
        .load(conn)?)
}

/// The closure of the tree: organisation, ancestor, depth, whether only internal units lie between.
///
/// # Errors
/// The driver's error.
pub fn ancestors(conn: &mut Conn) -> Result<Vec<(OrganizationId, OrganizationId, i32, bool)>> {
    Ok(organization_ancestors::table
        .select((
            organization_ancestors::organization_id,
            organization_ancestors::ancestor_id,
            organization_ancestors::depth,
            organization_ancestors::internal,
        ))
        .load(conn)?)
}

/// Every campaign with its state.
///
/// # Errors
/// The driver's error.
pub fn campaign_states(conn: &mut Conn) -> Result<Vec<(CampaignId, CampaignState)>> {
    Ok(campaigns::table
        .select((campaigns::id, campaigns::state))
        .order(campaigns::id.asc())
        .load(conn)?)
}

/// Noun, object and present state of everything that has a life.
///
/// # Errors
/// The driver's error.
pub fn states(conn: &mut Conn) -> Result<Vec<(&'static str, AnyId, String)>> {
    let mut all = Vec::new();
    macro_rules! add {
        ($noun:literal, $table:ident, $state:ty) => {{
            let rows: Vec<(AnyId, $state)> = $table::table.select(($table::id, $table::state)).load(conn)?;
            all.extend(rows.into_iter().map(|(id, state)| ($noun, id, state.to_string())));
        }};
    }
    add!("campaign", campaigns, CampaignState);
    add!("submission", submissions, SubmissionState);
    add!("nomination", nominations, NominationState);
    add!("review_session", review_sessions, ReviewSessionState);
    // What the province decided is recorded as it is; it passed no state of this service.
    let own: Vec<(AnyId, DecisionState)> = decisions::table
        .filter(decisions::external.eq(false))
        .select((decisions::id, decisions::state))
        .load(conn)?;
    all.extend(
        own.into_iter()
            .map(|(id, state)| ("decision", id, state.to_string())),
    );
    add!("forwarding", forwardings, ForwardingState);
    Ok(all)
}

/// Every recorded change of state: object, before, after.
///
/// # Errors
/// The driver's error.
pub fn moves(conn: &mut Conn) -> Result<Vec<(AnyId, String, String)>> {
    let rows: Vec<(AnyId, Option<String>, Option<String>)> = journal_entries::table
        .filter(journal_entries::from_state.is_not_null())
        .filter(journal_entries::to_state.is_not_null())
        .select((
            journal_entries::object_id,
            journal_entries::from_state,
            journal_entries::to_state,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, from, to)| Some((id, from?, to?)))
        .collect())
}

/// Campaigns whose quota was overridden with a reason.
///
/// # Errors
/// The driver's error.
pub fn overridden(conn: &mut Conn) -> Result<Vec<CampaignId>> {
    let found: Vec<Option<CampaignId>> = journal_entries::table
        .filter(journal_entries::kind.eq("quota.overridden"))
        .select(journal_entries::campaign_id)
        .distinct()
        .load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

/// Every nomination with the state and the round of its submission.
///
/// # Errors
/// The driver's error.
pub fn nominations_of_submissions(
    conn: &mut Conn,
) -> Result<Vec<(SubmissionId, SubmissionState, i32, NominationId, NominationState)>> {
    Ok(submissions::table
        .inner_join(nominations::table.on(nominations::submission_id.eq(submissions::id)))
        .select((
            submissions::id,
            submissions::state,
            submissions::round,
            nominations::id,
            nominations::state,
        ))
        .order((submissions::id.asc(), nominations::id.asc()))
        .load(conn)?)
}

/// Submissions that came past the hand-in without any nomination.
///
/// # Errors
/// The driver's error.
pub fn empty_submissions(conn: &mut Conn) -> Result<Vec<SubmissionId>> {
    Ok(submissions::table
        .filter(submissions::state.ne_all([
            SubmissionState::Draft,
            SubmissionState::Returned,
            SubmissionState::Withdrawn,
        ]))
        .filter(diesel::dsl::not(diesel::dsl::exists(
            nominations::table.filter(nominations::submission_id.eq(submissions::id)),
        )))
        .select(submissions::id)
        .load(conn)?)
}

/// The stored tally of an agenda item of a closed session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct StoredTally {
    /// The item.
    pub item: AgendaItemId,
    /// Agreed.
    pub agree: Option<i32>,
    /// Disagreed.
    pub disagree: Option<i32>,
    /// Another opinion.
    pub abstain: Option<i32>,
}

/// The stored tallies of sessions that voted one by one and are over.
///
/// # Errors
/// The driver's error.
pub fn tallies(conn: &mut Conn) -> Result<Vec<StoredTally>> {
    Ok(agenda_items::table
        .inner_join(review_sessions::table.on(review_sessions::id.eq(agenda_items::session_id)))
        .filter(review_sessions::state.eq_any([ReviewSessionState::Closed, ReviewSessionState::Confirmed]))
        .filter(agenda_items::consensus.is_null())
        .filter(agenda_items::agree.is_not_null())
        .select((
            agenda_items::id,
            agenda_items::agree,
            agenda_items::disagree,
            agenda_items::abstain,
        ))
        .load(conn)?)
}

/// Every vote by item and choice.
///
/// # Errors
/// The driver's error.
pub fn votes_cast(conn: &mut Conn) -> Result<Vec<(AgendaItemId, VoteChoice)>> {
    Ok(votes::table
        .select((votes::agenda_item_id, votes::choice))
        .load(conn)?)
}

/// Votes whose item or member belongs to another session than the vote.
///
/// # Errors
/// The driver's error.
pub fn stray_votes(conn: &mut Conn) -> Result<Vec<VoteId>> {
    Ok(votes::table
        .inner_join(agenda_items::table.on(agenda_items::id.eq(votes::agenda_item_id)))
        .inner_join(session_members::table.on(session_members::id.eq(votes::session_member_id)))
        .filter(
            agenda_items::session_id
                .ne(votes::session_id)
                .or(session_members::session_id.ne(votes::session_id)),
        )
        .select(votes::id)
        .load(conn)?)
}

/// Members who voted more than once on an item.
///
/// # Errors
/// The driver's error.
pub fn double_votes(conn: &mut Conn) -> Result<Vec<AgendaItemId>> {
    Ok(votes::table
        .group_by((votes::agenda_item_id, votes::session_member_id))
        .having(diesel::dsl::count(votes::id).gt(1))
        .select(votes::agenda_item_id)
        .load(conn)?)
}

/// An item of a decision in force with what its money follows from.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AwardItem {
    /// The item.
    pub id: DecisionItemId,
    /// Its nomination.
    pub nomination: Option<NominationId>,
    /// Kind of the subject.
    pub subject_kind: SubjectKind,
    /// Award form.
    pub form: String,
    /// Coefficient as frozen at the issue, in hundredths.
    pub coefficient: Option<i32>,
    /// Base salary as frozen at the issue.
    pub base_salary: Option<i64>,
    /// Amount in đồng.
    pub amount: Option<i64>,
    /// State of the item.
    pub state: DecisionItemState,
    /// Decided by another service's authority and only recorded here.
    pub external: bool,
    /// Date of the decision.
    pub issued_on: Option<NaiveDate>,
}

/// Items of issued award decisions.
///
/// # Errors
/// The driver's error.
pub fn award_items(conn: &mut Conn) -> Result<Vec<AwardItem>> {
    Ok(decision_items::table
        .inner_join(decisions::table.on(decisions::id.eq(decision_items::decision_id)))
        .filter(decisions::kind.eq(DecisionType::Award))
        .filter(decisions::state.eq_any([DecisionState::Issued, DecisionState::Published]))
        .select((
            decision_items::id,
            decision_items::nomination_id,
            decision_items::subject_kind,
            decision_items::form,
            decision_items::coefficient_hundredths,
            decision_items::base_salary_dong,
            decision_items::amount_dong,
            decision_items::state,
            decisions::external,
            decisions::issued_on,
        ))
        .load(conn)?)
}

/// Every campaign with its parent.
///
/// # Errors
/// The driver's error.
pub fn campaign_parents(conn: &mut Conn) -> Result<Vec<(CampaignId, Option<CampaignId>)>> {
    Ok(campaigns::table
        .select((campaigns::id, campaigns::parent_campaign_id))
        .load(conn)?)
}

/// Campaigns that were given up although something was decided in them.
///
/// # Errors
/// The driver's error.
pub fn cancelled_with_decisions(conn: &mut Conn) -> Result<Vec<CampaignId>> {
    let decided = vec![DecisionState::Issued, DecisionState::Published];
    Ok(campaigns::table
        .inner_join(decisions::table.on(decisions::campaign_id.eq(campaigns::id)))
        .filter(campaigns::state.eq(CampaignState::Cancelled))
        .filter(decisions::state.eq_any(decided))
        .select(campaigns::id)
        .distinct()
        .load(conn)?)
}

/// Campaign, subject and state of every nomination.
///
/// # Errors
/// The driver's error.
pub fn subjects(conn: &mut Conn) -> Result<Vec<(NominationId, CampaignId, AnyId, NominationState)>> {
    Ok(nominations::table
        .select((
            nominations::id,
            nominations::campaign_id,
            nominations::subject_id,
            nominations::state,
        ))
        .load(conn)?)
}

/// A numbered decision.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Numbered {
    /// The decision.
    pub id: DecisionId,
    /// Whose register.
    pub owner: OrganizationId,
    /// Name of the register.
    pub register: Option<String>,
    /// Year of the register.
    pub year: Option<i32>,
    /// Number as printed.
    pub raw: Option<String>,
    /// Date of the decision.
    pub issued_on: Option<NaiveDate>,
    /// Whether the number belongs to another organisation's register.
    pub external: bool,
}

/// Decisions that have a number.
///
/// # Errors
/// The driver's error.
pub fn numbered(conn: &mut Conn) -> Result<Vec<Numbered>> {
    Ok(decisions::table
        .filter(decisions::number_raw.is_not_null())
        .select((
            decisions::id,
            decisions::owner_organization_id,
            decisions::register,
            decisions::register_year,
            decisions::number_raw,
            decisions::issued_on,
            decisions::external,
        ))
        .load(conn)?)
}

/// Participants that are frozen although the roll is not, or frozen without being counted.
///
/// # Errors
/// The driver's error.
pub fn wrongly_frozen(conn: &mut Conn) -> Result<Vec<ParticipantId>> {
    Ok(participants::table
        .inner_join(campaigns::table.on(campaigns::id.eq(participants::campaign_id)))
        .filter(participants::frozen.eq(true))
        .filter(
            campaigns::roll_frozen_at
                .is_null()
                .or(participants::counted.eq(false)),
        )
        .select(participants::id)
        .load(conn)?)
}

/// Receiver, nomination, dossier, and whether an answer is awaited.
pub type Addressed = (OrganizationId, NominationId, SubmissionId, bool);

/// What is kept of what was sent to whom, and what follows from the forwardings.
///
/// # Errors
/// The driver's error.
pub fn addressed(conn: &mut Conn) -> Result<(Vec<Addressed>, Vec<Addressed>)> {
    let kept = addressed::table
        .select((
            addressed::receiver_organization_id,
            addressed::nomination_id,
            addressed::submission_id,
            addressed::awaited,
        ))
        .load(conn)?;
    let sent: Vec<(OrganizationId, NominationId, SubmissionId, NominationState)> = forwarding_items::table
        .inner_join(forwardings::table.on(forwardings::id.eq(forwarding_items::forwarding_id)))
        .inner_join(nominations::table.on(nominations::id.eq(forwarding_items::nomination_id)))
        .filter(forwardings::state.ne(ForwardingState::Draft))
        .select((
            forwardings::receiver_organization_id,
            nominations::id,
            nominations::submission_id,
            nominations::state,
        ))
        .load(conn)?;
    let sent = sent.into_iter().map(|(receiver, nomination, submission, state)| {
        let awaited = state == NominationState::Forwarded;
        (receiver, nomination, submission, awaited)
    });
    Ok((kept, sent.collect()))
}

/// Award, day, campaign, organisation.
pub type Honored = (DecisionItemId, Option<NaiveDate>, CampaignId, OrganizationId);

/// What the public list of honours walks over, and what follows from the published decisions.
///
/// # Errors
/// The driver's error.
pub fn honored(conn: &mut Conn) -> Result<(Vec<Honored>, Vec<Honored>)> {
    let kept = honors::table
        .select((
            honors::item_id,
            honors::issued_on.nullable(),
            honors::campaign_id,
            honors::organization_id,
        ))
        .load(conn)?;
    let published = decision_items::table
        .inner_join(decisions::table.on(decisions::id.eq(decision_items::decision_id)))
        .filter(decisions::kind.eq(DecisionType::Award))
        .filter(decisions::state.eq(DecisionState::Published))
        .select((
            decision_items::id,
            decisions::issued_on,
            decisions::campaign_id,
            decisions::owner_organization_id,
        ))
        .load(conn)?;
    Ok((kept, published))
}
