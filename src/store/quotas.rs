//! What the quota needs to know (R-Q1): the rule of the current plan, the roll in numbers, and who
//! takes a place. The caller holds the campaign alone where it decides on this.

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::campaigns::{self, Campaign};
use super::connection::{Backend, Conn, directly};
use super::dialect;
use super::prepared::Prepare as _;
use super::schema::{nominations, participants, quota_standings, submissions};
use super::sql_types::{AnyId, JsonText};
use crate::domain::codes::{Denominator, ParticipantSource, Route, SubjectKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, NominationId, OrganizationId};
use crate::domain::plan::Plan;
use crate::domain::quota::{self, Counted, Headcount, Participants, QuotaRule, SubjectKey};
use crate::domain::states::{NominationState, SubmissionState};

type OnTheRoll = Box<dyn BoxableExpression<participants::table, Backend, SqlType = Nullable<Bool>>>;

/// Rule, denominator and numerator of a campaign as of now.
///
/// # Errors
/// `resource.not_found`, the driver's error.
pub fn standing(conn: &mut Conn, campaign: CampaignId) -> Result<(QuotaRule, Participants, Vec<Counted>)> {
    let campaign = campaigns::get(conn, campaign)?;
    let plan = campaigns::current_plan(conn, &campaign)?;
    let participants = participants_of(conn, &campaign, &plan)?;
    let counted = counted(conn, campaign.id)?;
    Ok((plan.quota, participants, counted))
}

/// What the quota of a campaign comes to.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = quota_standings, treat_none_as_null = true)]
pub struct Standing {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Day of the roll.
    pub roll_date: Option<NaiveDate>,
    /// The denominator, a `Headcount`.
    pub participants: JsonText,
    /// Lines of the roll that do not count.
    pub left_out: i64,
    /// The rule of the current plan, a `QuotaRule`.
    pub rule: JsonText,
    /// All four readings, a list of `Reading`.
    pub readings: JsonText,
}

/// Counts what the quota of a campaign comes to.
///
/// # Errors
/// `resource.not_found`, the driver's error.
pub fn count(conn: &mut Conn, id: CampaignId) -> Result<Standing> {
    let (campaign, plan) = campaigns::with_plan(conn, id)?;
    let participants = participants_of(conn, &campaign, &plan)?;
    let counted = counted(conn, id)?;
    let left_out = on_the_roll(conn, id)?.saturating_sub(participants.total.of(None));
    Ok(Standing {
        campaign_id: id,
        roll_date: counted_on(conn, &campaign, &plan)?,
        participants: JsonText::of(&participants.total)?,
        left_out: i64::try_from(left_out).map_err(Error::internal)?,
        readings: JsonText::of(&quota::readings(&plan.quota, &participants, &counted))?,
        rule: JsonText::of(&plan.quota)?,
    })
}

/// What the quota of a campaign comes to, as it was kept by the last act that changed it; counted where none
/// did.
///
/// # Errors
/// `resource.not_found`, the driver's error.
pub fn kept_or_counted(conn: &mut Conn, id: CampaignId) -> Result<Standing> {
    match kept(conn, id)? {
        Some(standing) => Ok(standing),
        None => count(conn, id),
    }
}

/// What is kept of a campaign's quota.
///
/// # Errors
/// The driver's error.
pub fn kept(conn: &mut Conn, id: CampaignId) -> Result<Option<Standing>> {
    let found = directly!(conn => quota_standings::table.find(id).select(Standing::as_select()).first(conn));
    Ok(found.optional()?)
}

/// Counts anew and keeps it, as the last thing that an act does. The row is taken first: whoever counts after
/// another one counts what that one committed.
///
/// # Errors
/// The driver's error.
pub fn keep(conn: &mut Conn, id: CampaignId) -> Result<()> {
    if campaigns::find(conn, id)?.is_none() {
        return Ok(());
    }
    if take(conn, id)? == 0 {
        let first = count(conn, id)?;
        let made = dialect::savepoint(conn, |conn| {
            diesel::insert_into(quota_standings::table)
                .values(&first)
                .execute(conn)
        });
        match made {
            Ok(_) => return Ok(()),
            Err(error) if dialect::is_unique_violation(&error) => take(conn, id)?,
            Err(error) => return Err(error.into()),
        };
    }
    let standing = count(conn, id)?;
    diesel::update(quota_standings::table.find(id))
        .set(&standing)
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Keeps others from counting until the transaction ends.
fn take(conn: &mut Conn, id: CampaignId) -> QueryResult<usize> {
    diesel::update(quota_standings::table.find(id))
        .set(quota_standings::left_out.eq(quota_standings::left_out))
        .prepared()
        .execute(conn)
}

/// The day of the roll that is counted: a frozen one keeps its day, whatever is amended later.
fn counted_on(conn: &mut Conn, campaign: &Campaign, plan: &Plan) -> Result<Option<NaiveDate>> {
    let frozen = match campaign.roll_frozen_at {
        Some(at) if campaign.terms_number > 1 => campaigns::plan_at(conn, campaign.id, at)?,
        _ => None,
    };
    Ok(roll_date(frozen.as_ref().unwrap_or(plan)))
}

/// The day whose roll is the denominator: the quota's own, the plan's, or the last day (5.8).
pub fn roll_date(plan: &Plan) -> Option<NaiveDate> {
    plan.quota
        .denominator_date
        .or(plan.participation.roll_date)
        .or(plan.period.map(|period| period.to))
}

/// The denominator: numbers entered by hand, the frozen roll, or the roll as it would be frozen now.
///
/// # Errors
/// The driver's error.
pub fn participants_of(conn: &mut Conn, campaign: &Campaign, plan: &Plan) -> Result<Participants> {
    let forms = plan
        .award_options
        .iter()
        .map(|option| option.form.clone())
        .collect();
    if let (Denominator::Manual, Some(manual)) = (plan.quota.denominator, plan.quota.manual) {
        return Ok(Participants {
            total: manual,
            forms,
            ..Participants::default()
        });
    }
    let rows: Vec<(OrganizationId, SubjectKind, i64)> = participants::table
        .filter(participants::campaign_id.eq(campaign.id))
        .filter(in_the_denominator(campaign, plan))
        .group_by((participants::division_id, participants::subject_kind))
        .select((
            participants::division_id,
            participants::subject_kind,
            count_star(),
        ))
        .load(conn)?;
    let mut all = Participants {
        forms,
        ..Participants::default()
    };
    for (division, kind, number) in rows {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        all.total.add(kind, number);
        all.divisions.entry(Some(division)).or_default().add(kind, number);
    }
    Ok(all)
}

/// Which lines of the roll count. After the freeze those that were marked then; before it those who
/// had joined by the roll date and had not left before it.
pub fn in_the_denominator(campaign: &Campaign, plan: &Plan) -> OnTheRoll {
    if campaign.roll_frozen_at.is_some() {
        return Box::new(participants::frozen.eq(true).nullable());
    }
    let mut condition: OnTheRoll = Box::new(participants::counted.eq(true).nullable());
    if plan.quota.denominator == Denominator::Registered {
        let registered = participants::source.eq(ParticipantSource::Registration);
        condition = Box::new(condition.and(registered.nullable()));
    }
    if let Some(day) = roll_date(plan) {
        let joined = participants::joined_on
            .is_null()
            .nullable()
            .or(participants::joined_on.le(day));
        let stayed = participants::left_on
            .is_null()
            .nullable()
            .or(participants::left_on.ge(day));
        condition = Box::new(condition.and(joined).and(stayed));
    }
    condition
}

/// How many went up in this form and take a place of the limit set above, over all forwardings (5.8).
///
/// # Errors
/// The driver's error.
pub fn above(conn: &mut Conn, campaign: CampaignId, form: &str) -> Result<Headcount> {
    let states: Vec<NominationState> = NominationState::ALL
        .iter()
        .copied()
        .filter(|state| state.counts_above())
        .collect();
    let rows: Vec<(SubjectKind, i64)> = nominations::table
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::form.eq(form))
        .filter(nominations::route.eq(Route::Up))
        .filter(nominations::state.eq_any(states))
        .group_by(nominations::subject_kind)
        .select((nominations::subject_kind, count_star()))
        .load(conn)?;
    let mut above = Headcount::default();
    for (kind, number) in rows {
        above.add(kind, u32::try_from(number).unwrap_or(u32::MAX));
    }
    Ok(above)
}

type Row = (
    NominationId,
    SubjectKind,
    AnyId,
    String,
    OrganizationId,
    NominationState,
);

/// Every nomination that takes a place (C-1), those of withdrawn dossiers left out. Within a division the places
/// are those of its people on the roll, whoever nominated them (5.8 Q4).
///
/// # Errors
/// The driver's error.
pub fn counted(conn: &mut Conn, campaign: CampaignId) -> Result<Vec<Counted>> {
    let states: Vec<NominationState> = NominationState::ALL
        .iter()
        .copied()
        .filter(|state| state.counts_against_quota())
        .collect();
    let rows: Vec<Row> = nominations::table
        .inner_join(submissions::table.on(submissions::id.eq(nominations::submission_id)))
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::state.eq_any(states))
        .filter(submissions::state.ne(SubmissionState::Withdrawn))
        .select((
            nominations::id,
            nominations::subject_kind,
            nominations::subject_id,
            nominations::form,
            nominations::unit_id,
            nominations::state,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(nomination, kind, id, form, unit, state)| Counted {
            nomination,
            subject: SubjectKey { kind, id: id.0 },
            form,
            division: Some(unit),
            used: state.has_used_quota(),
        })
        .collect())
}

/// How many lines a roll has, counted or not.
///
/// # Errors
/// The driver's error.
pub fn on_the_roll(conn: &mut Conn, campaign: CampaignId) -> Result<u64> {
    let lines: i64 = participants::table
        .filter(participants::campaign_id.eq(campaign))
        .count()
        .get_result(conn)?;
    Ok(u64::try_from(lines).unwrap_or_default())
}
