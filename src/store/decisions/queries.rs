//! Lists and special queries of decisions, their items and the recovery that follows them.

use chrono::NaiveDate;
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::{Decision, DecisionItem, RecoveryTask};
use crate::domain::codes::{DecisionItemState, DecisionType, Procedure, SubjectKind};
use crate::domain::document::{DocumentNumber, same_number};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{
    CampaignId, DecisionId, DecisionItemId, NominationId, OrganizationId, RecoveryTaskId, SubmissionId,
};
use crate::domain::states::{DecisionState, NominationState, SubmissionState};
use crate::store::connection::{Backend, Conn};
use crate::store::dialect;
use crate::store::filter::Condition;
use crate::store::nominations::Nomination;
use crate::store::page::{After, Rows, Slice};
use crate::store::prepared::Prepare as _;
use crate::store::schema::{decision_items, decisions, nominations, recovery_tasks, submissions};
use crate::store::sql_types::AnyId;

/// States in which a decision is in force.
pub const IN_FORCE: [DecisionState; 2] = [DecisionState::Issued, DecisionState::Published];

/// Stores a changed decision, unless somebody else changed it since `before`.
///
/// # Errors
/// `etag.stale`, `decision.number_taken`.
pub fn save_if(conn: &mut Conn, row: &Decision, before: i64) -> Result<()> {
    let saved = diesel::update(
        decisions::table
            .filter(decisions::id.eq(row.id))
            .filter(decisions::version.eq(before)),
    )
    .set(row)
    .prepared()
    .execute(conn)
    .map_err(dialect::unique(Code::DecisionNumberTaken))?;
    if saved == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Which decisions are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Issued by this organisation.
    pub organization_id: Option<OrganizationId>,
    /// Of these types.
    pub kinds: Vec<DecisionType>,
    /// In these states.
    pub states: Vec<DecisionState>,
    /// With this number as printed.
    pub number_raw: Option<String>,
    /// Of this year of the register.
    pub year: Option<i32>,
}

/// A page of decisions, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    visible: Condition<decisions::table>,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Decision>> {
    let mut query = decisions::table
        .filter(visible)
        .order(decisions::id.desc())
        .limit(slice.fetch())
        .select(Decision::as_select())
        .into_boxed();
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(decisions::campaign_id.eq(campaign));
    }
    if let Some(organization) = wanted.organization_id {
        query = query.filter(decisions::owner_organization_id.eq(organization));
    }
    if !wanted.kinds.is_empty() {
        query = query.filter(decisions::kind.eq_any(wanted.kinds.clone()));
    }
    if !wanted.states.is_empty() {
        query = query.filter(decisions::state.eq_any(wanted.states.clone()));
    }
    if let Some(number) = &wanted.number_raw {
        query = query.filter(decisions::number_raw.eq(number.clone()));
    }
    if let Some(year) = wanted.year {
        query = query.filter(decisions::register_year.eq(year));
    }
    if let Some(after) = &slice.after {
        query = query.filter(decisions::id.lt(DecisionId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Decision| After {
        key: String::new(),
        id: row.id.0,
    }))
}

/// The items of a decision in their printed order.
///
/// # Errors
/// The driver's error.
pub fn items(conn: &mut Conn, decision: DecisionId) -> Result<Vec<DecisionItem>> {
    Ok(decision_items::table
        .filter(decision_items::decision_id.eq(decision))
        .order(decision_items::ordinal.asc())
        .select(DecisionItem::as_select())
        .load(conn)?)
}

/// A page of a decision's items in their printed order.
///
/// # Errors
/// The driver's error.
pub fn items_page(conn: &mut Conn, decision: DecisionId, slice: &Slice) -> Result<Rows<DecisionItem>> {
    let mut query = decision_items::table
        .filter(decision_items::decision_id.eq(decision))
        .order(decision_items::ordinal.asc())
        .limit(slice.fetch())
        .select(DecisionItem::as_select())
        .into_boxed();
    if let Some(after) = &slice.after {
        let ordinal: i32 = after.key.parse().map_err(Error::internal)?;
        query = query.filter(decision_items::ordinal.gt(ordinal));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &DecisionItem| After {
        key: row.ordinal.to_string(),
        id: row.id.0,
    }))
}

/// The nominations that an award names.
///
/// # Errors
/// The driver's error.
pub fn nominations_of(conn: &mut Conn, decision: DecisionId) -> Result<Vec<NominationId>> {
    Ok(decision_items::table
        .filter(decision_items::decision_id.eq(decision))
        .filter(decision_items::nomination_id.is_not_null())
        .select(decision_items::nomination_id.assume_not_null())
        .load(conn)?)
}

/// How many items a decision has.
///
/// # Errors
/// The driver's error.
pub fn count_items(conn: &mut Conn, decision: DecisionId) -> Result<i64> {
    Ok(decision_items::table
        .filter(decision_items::decision_id.eq(decision))
        .count()
        .get_result(conn)?)
}

/// Takes an item out of a decision that is not issued.
///
/// # Errors
/// The driver's error.
pub fn remove_item(conn: &mut Conn, item: DecisionItemId) -> Result<()> {
    diesel::delete(decision_items::table.find(item)).execute(conn)?;
    Ok(())
}

/// Gives the places of a cancelled decision's subjects free.
///
/// # Errors
/// The driver's error.
pub fn release_items(conn: &mut Conn, decision: DecisionId) -> Result<()> {
    diesel::update(decision_items::table.filter(decision_items::decision_id.eq(decision)))
        .set(decision_items::live.eq(false))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Numbers the items anew: collectives and households first, then individuals, each in the order in
/// which they were added.
///
/// # Errors
/// The driver's error.
pub fn renumber(conn: &mut Conn, decision: DecisionId) -> Result<()> {
    let mut rows = items(conn, decision)?;
    rows.sort_by_key(|item| (item.subject_kind == SubjectKind::Individual, item.ordinal));
    for (item, ordinal) in rows.iter().zip(1_i32..) {
        // Negative for the moment: the ordinals of a decision are unique at every statement.
        diesel::update(decision_items::table.find(item.id))
            .set(decision_items::ordinal.eq(-ordinal))
            .prepared()
            .execute(conn)?;
    }
    diesel::update(decision_items::table.filter(decision_items::decision_id.eq(decision)))
        .set(decision_items::ordinal.eq(decision_items::ordinal * -1))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// The highest ordinal of a decision; 0 without items.
///
/// # Errors
/// The driver's error.
pub fn last_ordinal(conn: &mut Conn, decision: DecisionId) -> Result<i32> {
    let last: Option<i32> = decision_items::table
        .filter(decision_items::decision_id.eq(decision))
        .select(diesel::dsl::max(decision_items::ordinal))
        .first(conn)?;
    Ok(last.unwrap_or(0))
}

/// Which of these nominations stand in a decision that was not given up, and in which.
///
/// # Errors
/// The driver's error.
pub fn taken(conn: &mut Conn, wanted: &[NominationId]) -> Result<Vec<(NominationId, DecisionId)>> {
    let rows: Vec<(Option<NominationId>, DecisionId)> = decision_items::table
        .filter(decision_items::nomination_id.eq_any(wanted.to_vec()))
        .filter(decision_items::live.eq(true))
        .select((decision_items::nomination_id, decision_items::decision_id))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(nomination, decision)| nomination.map(|nomination| (nomination, decision)))
        .collect())
}

/// Items of revocations or corrections that name one of these original items and were not given up,
/// with the state of their decision.
///
/// # Errors
/// The driver's error.
pub fn followers(
    conn: &mut Conn,
    originals: &[DecisionItemId],
    kind: DecisionType,
) -> Result<Vec<(DecisionItem, DecisionState)>> {
    Ok(decision_items::table
        .inner_join(decisions::table.on(decisions::id.eq(decision_items::decision_id)))
        .filter(decision_items::original_item_id.eq_any(originals.to_vec()))
        .filter(decision_items::live.eq(true))
        .filter(decisions::kind.eq(kind))
        .order(decision_items::id.asc())
        .select((DecisionItem::as_select(), decisions::state))
        .load(conn)?)
}

/// The highest number that was given in a register's year.
///
/// # Errors
/// The driver's error.
pub fn highest_number(conn: &mut Conn, owner: OrganizationId, register: &str, year: i32) -> Result<i32> {
    let highest: Option<i32> = decisions::table
        .filter(decisions::owner_organization_id.eq(owner))
        .filter(decisions::register.eq(register))
        .filter(decisions::register_year.eq(year))
        .select(diesel::dsl::max(decisions::number))
        .first(conn)?;
    Ok(highest.unwrap_or(0))
}

/// Whom the items of a decision reward.
///
/// # Errors
/// The driver's error.
pub fn subjects_of(conn: &mut Conn, decision: DecisionId) -> Result<Vec<(SubjectKind, AnyId)>> {
    Ok(decision_items::table
        .inner_join(nominations::table.on(decision_items::nomination_id.eq(nominations::id.nullable())))
        .filter(decision_items::decision_id.eq(decision))
        .select((nominations::subject_kind, nominations::subject_id))
        .load(conn)?)
}

/// Whether an award that was issued is dated on this day or later.
///
/// # Errors
/// The driver's error.
pub fn are_priced_since(conn: &mut Conn, day: NaiveDate) -> Result<bool> {
    let priced = decisions::table
        .filter(decisions::kind.eq(DecisionType::Award))
        .filter(decisions::issued_at.is_not_null())
        .filter(decisions::issued_on.ge(day));
    Ok(diesel::select(diesel::dsl::exists(priced)).get_result(conn)?)
}

/// Whether an issuer has given this number in a register's year, whatever symbol stood behind it then (R-D3).
///
/// # Errors
/// The driver's error.
pub fn is_number_given(
    conn: &mut Conn,
    owner: OrganizationId,
    register: &str,
    year: i32,
    number: i32,
) -> Result<bool> {
    let given = decisions::table
        .filter(decisions::owner_organization_id.eq(owner))
        .filter(decisions::register.eq(register))
        .filter(decisions::register_year.eq(year))
        .filter(decisions::number.eq(number))
        .filter(decisions::external.eq(false));
    Ok(diesel::select(diesel::dsl::exists(given)).get_result(conn)?)
}

/// Decisions that an issuer's register may know under this number in that year, own and recorded ones; the
/// same number may be printed otherwise.
///
/// # Errors
/// The driver's error.
pub fn numbered_alike(
    conn: &mut Conn,
    owner: OrganizationId,
    register: &str,
    year: i32,
    raw: &str,
) -> Result<Vec<Decision>> {
    let found: Vec<Decision> = decisions::table
        .filter(decisions::owner_organization_id.eq(owner))
        .filter(decisions::register.eq(register))
        .filter(decisions::register_year.eq(year))
        .filter(number_like(raw))
        .order(decisions::id.asc())
        .select(Decision::as_select())
        .load(conn)?;
    let alike = |one: &Decision| {
        one.number_raw
            .as_deref()
            .is_some_and(|other| same_number(other, raw))
    };
    Ok(found.into_iter().filter(alike).collect())
}

/// With the same running number, or without a recognised one: which of those is the same is seen by how they are
/// printed.
fn number_like(raw: &str) -> Box<dyn BoxableExpression<decisions::table, Backend, SqlType = Nullable<Bool>>> {
    let unknown = decisions::number.is_null();
    match DocumentNumber::printed(raw).and_then(|number| i32::try_from(number.number).ok()) {
        Some(number) => Box::new(unknown.nullable().or(decisions::number.eq(number))),
        None => Box::new(unknown.nullable()),
    }
}

/// Nominations of a campaign with the procedure and the state of their dossiers.
///
/// # Errors
/// The driver's error.
pub fn candidates(
    conn: &mut Conn,
    campaign: CampaignId,
    wanted: &[NominationId],
) -> Result<Vec<(Nomination, Procedure, SubmissionState)>> {
    Ok(nominations::table
        .inner_join(submissions::table.on(submissions::id.eq(nominations::submission_id)))
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::id.eq_any(wanted.to_vec()))
        .select((
            Nomination::as_select(),
            submissions::procedure,
            submissions::state,
        ))
        .load(conn)?)
}

/// The decision on whose list a nomination is, and its line.
///
/// # Errors
/// The driver's error.
pub fn listing(conn: &mut Conn, nomination: NominationId) -> Result<Option<(DecisionId, DecisionItemId)>> {
    Ok(decision_items::table
        .filter(decision_items::nomination_id.eq(nomination))
        .filter(decision_items::live.eq(true))
        .select((decision_items::decision_id, decision_items::id))
        .first(conn)
        .optional()?)
}

/// A nomination of this dossier that is on the list of a decision which the Director has signed and which is not in
/// force yet.
///
/// # Errors
/// The driver's error.
pub fn signed_for(conn: &mut Conn, submission: SubmissionId) -> Result<Option<NominationId>> {
    let signed = [DecisionState::Signed, DecisionState::Numbered];
    Ok(decision_items::table
        .inner_join(decisions::table.on(decisions::id.eq(decision_items::decision_id)))
        .inner_join(nominations::table.on(decision_items::nomination_id.eq(nominations::id.nullable())))
        .filter(nominations::submission_id.eq(submission))
        .filter(decision_items::live.eq(true))
        .filter(decisions::state.eq_any(signed))
        .select(nominations::id)
        .first(conn)
        .optional()?)
}

/// Nominations of these subjects in the campaign that are rewarded or pending (R-N3).
///
/// # Errors
/// The driver's error.
pub fn rewarded_or_pending(
    conn: &mut Conn,
    campaign: CampaignId,
    subjects: &[AnyId],
) -> Result<Vec<(NominationId, SubjectKind, AnyId)>> {
    let states: Vec<NominationState> = NominationState::ALL
        .iter()
        .copied()
        .filter(|state| state.is_rewarded_or_pending())
        .collect();
    Ok(nominations::table
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::subject_id.eq_any(subjects.to_vec()))
        .filter(nominations::state.eq_any(states))
        .select((
            nominations::id,
            nominations::subject_kind,
            nominations::subject_id,
        ))
        .load(conn)?)
}

/// Subjects that hold a valid award of another campaign for an overlapping time (R-N3, a warning only).
///
/// # Errors
/// The driver's error.
pub fn awarded_elsewhere(
    conn: &mut Conn,
    campaign: CampaignId,
    subjects: &[AnyId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(AnyId, Option<String>)>> {
    Ok(decision_items::table
        .inner_join(decisions::table.on(decisions::id.eq(decision_items::decision_id)))
        .inner_join(nominations::table.on(decision_items::nomination_id.eq(nominations::id.nullable())))
        .filter(nominations::subject_id.eq_any(subjects.to_vec()))
        .filter(decisions::campaign_id.ne(campaign))
        .filter(decisions::state.eq_any(IN_FORCE))
        .filter(decision_items::state.ne(DecisionItemState::Revoked))
        .filter(decisions::achievement_from.le(to))
        .filter(decisions::achievement_to.ge(from))
        .select((nominations::subject_id, decisions::number_raw))
        .distinct()
        .load(conn)?)
}

/// Dossiers of these nominations.
///
/// # Errors
/// The driver's error.
pub fn submissions_of(conn: &mut Conn, wanted: &[NominationId]) -> Result<Vec<SubmissionId>> {
    Ok(nominations::table
        .filter(nominations::id.eq_any(wanted.to_vec()))
        .select(nominations::submission_id)
        .distinct()
        .load(conn)?)
}

/// An item together with its decision.
///
/// # Errors
/// `resource.not_found` when the item is not of this decision.
pub fn item_of(conn: &mut Conn, decision: DecisionId, item: DecisionItemId) -> Result<DecisionItem> {
    decision_items::table
        .find(item)
        .filter(decision_items::decision_id.eq(decision))
        .select(DecisionItem::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(Error::not_found)
}

/// Which recovery tasks are wanted.
#[derive(Debug, Clone, Default)]
pub struct TasksWanted {
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Of this revocation.
    pub decision_id: Option<DecisionId>,
    /// In this state.
    pub state: Option<String>,
    /// Due on this day or before.
    pub due_by: Option<NaiveDate>,
}

/// A page of recovery tasks of these owners (none = all), the most urgent first.
///
/// # Errors
/// The driver's error.
pub fn recovery_tasks(
    conn: &mut Conn,
    owners: Option<&[OrganizationId]>,
    wanted: &TasksWanted,
    slice: &Slice,
) -> Result<Rows<RecoveryTask>> {
    let mut query = recovery_tasks::table
        .order((recovery_tasks::due_on.asc(), recovery_tasks::id.asc()))
        .limit(slice.fetch())
        .select(RecoveryTask::as_select())
        .into_boxed();
    if let Some(owners) = owners {
        query = query.filter(recovery_tasks::owner_organization_id.eq_any(owners.to_vec()));
    }
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(recovery_tasks::campaign_id.eq(campaign));
    }
    if let Some(decision) = wanted.decision_id {
        query = query.filter(recovery_tasks::decision_id.eq(decision));
    }
    if let Some(state) = &wanted.state {
        query = query.filter(recovery_tasks::state.eq(state.clone()));
    }
    if let Some(day) = wanted.due_by {
        query = query.filter(recovery_tasks::due_on.le(day));
    }
    if let Some(after) = &slice.after {
        let day: NaiveDate = after.key.parse().map_err(Error::internal)?;
        let id = RecoveryTaskId(after.id);
        query = query.filter(
            recovery_tasks::due_on
                .gt(day)
                .or(recovery_tasks::due_on.eq(day).and(recovery_tasks::id.gt(id))),
        );
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &RecoveryTask| After {
        key: row.due_on.to_string(),
        id: row.id.0,
    }))
}

/// Stores a changed recovery task, unless somebody else changed it since `before`.
///
/// # Errors
/// `etag.stale`.
pub fn save_recovery_task_if(conn: &mut Conn, row: &RecoveryTask, before: i64) -> Result<()> {
    let saved = diesel::update(
        recovery_tasks::table
            .filter(recovery_tasks::id.eq(row.id))
            .filter(recovery_tasks::version.eq(before)),
    )
    .set(row)
    .prepared()
    .execute(conn)?;
    if saved == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}
