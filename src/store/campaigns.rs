//! Rows of `campaigns`, `campaign_versions`.

mod under_way;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::connection::{Backend, Conn, directly};
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{
    agenda_items, campaign_versions, campaigns, nominations, participants, quota_standings, search_words,
    submissions,
};
use super::sql_types::JsonText;
use super::{dialect, filter, search};
use crate::domain::codes::{CampaignKind, CampaignPhase, CampaignScope};
use crate::domain::document::DocumentRef;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CampaignId, CampaignVersionId, CouncilId, NominationId, OrganizationId, RuleSetId};
use crate::domain::plan::Plan;
use crate::domain::policy::Visibility;
use crate::domain::states::{CampaignState, NominationState, SubmissionState};
use crate::domain::time::Instant;

pub use under_way::{FirstUnderWay, UnderWay, first_under_way, under_way};

const NOUN: &str = "campaign";

/// A campaign; the columns repeat what is queried or enforced of the current terms.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = campaigns, treat_none_as_null = true)]
pub struct Campaign {
    /// Identifier.
    pub id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// Code.
    pub code: Option<String>,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: CampaignKind,
    /// Scope.
    pub scope: CampaignScope,
    /// State; changes through the machine only.
    pub state: CampaignState,
    /// Parent campaign id.
    pub parent_campaign_id: Option<CampaignId>,
    /// Rule set id.
    pub rule_set_id: RuleSetId,
    /// Intake unit id.
    pub intake_unit_id: Option<OrganizationId>,
    /// Council id.
    pub council_id: Option<CouncilId>,
    /// Number of the version of the plan.
    pub terms_number: i32,
    /// Period from.
    pub period_from: Option<NaiveDate>,
    /// Period to.
    pub period_to: Option<NaiveDate>,
    /// Opens at.
    pub opens_at: Option<Instant>,
    /// Deadline at.
    pub deadline_at: Option<Instant>,
    /// Launch number.
    pub launch_number: Option<String>,
    /// Launched on.
    pub launched_on: Option<NaiveDate>,
    /// Issuer name.
    pub issuer_name: Option<String>,
    /// Published at.
    pub published_at: Option<Instant>,
    /// Roll frozen at.
    pub roll_frozen_at: Option<Instant>,
    /// Final report.
    pub final_report: Option<JsonText>,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Campaign with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: CampaignId) -> Result<Option<Campaign>> {
    let found = directly!(conn => campaigns::table.find(id).select(Campaign::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The Campaign with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: CampaignId) -> Result<Campaign> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// The state of the Campaign with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn state_of(conn: &mut Conn, id: CampaignId) -> Result<CampaignState> {
    let state = directly!(conn => campaigns::table.find(id).select(campaigns::state).first(conn));
    state.optional()?.ok_or_else(Error::not_found)
}

/// Stores a new Campaign.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Campaign) -> QueryResult<()> {
    diesel::insert_into(campaigns::table).values(row).execute(conn)?;
    Ok(())
}

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = campaign_versions, treat_none_as_null = true)]
pub struct CampaignVersion {
    /// Identifier.
    pub id: CampaignVersionId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Number.
    pub number: i32,
    /// Plan.
    pub plan: JsonText,
    /// Document.
    pub document: Option<JsonText>,
    /// Reason.
    pub reason: Option<String>,
    /// Made at.
    pub made_at: Instant,
}

/// The CampaignVersion with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_campaign_version(conn: &mut Conn, id: CampaignVersionId) -> Result<Option<CampaignVersion>> {
    let found =
        directly!(conn => campaign_versions::table.find(id).select(CampaignVersion::as_select()).first(conn));
    Ok(found.optional()?)
}

/// Stores a new CampaignVersion.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_campaign_version(conn: &mut Conn, row: &CampaignVersion) -> QueryResult<()> {
    diesel::insert_into(campaign_versions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed campaign if nobody changed it since it was read.
///
/// # Errors
/// `etag.stale`; see `dialect::unique` for a violated uniqueness.
pub fn save_if(conn: &mut Conn, row: &Campaign, read_version: i64) -> Result<()> {
    let saved = diesel::update(
        campaigns::table
            .find(row.id)
            .filter(campaigns::version.eq(read_version)),
    )
    .set(row)
    .prepared()
    .execute(conn)
    .map_err(dialect::unique(Code::CampaignCodeTaken))?;
    if saved == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Removes a draft with everything that hangs on it; the caller has checked that it is one.
///
/// # Errors
/// The driver's error.
pub fn delete(conn: &mut Conn, id: CampaignId) -> Result<()> {
    search::index(conn, NOUN, id, &[])?;
    // With the words under which its lines are found.
    let lines = participants::table.filter(participants::campaign_id.eq(id));
    let words = search_words::table
        .filter(search_words::noun.eq(super::participants::NOUN))
        .filter(search_words::object_id.eq_any(lines.select(participants::id)));
    diesel::delete(words).execute(conn)?;
    diesel::delete(lines).execute(conn)?;
    diesel::delete(quota_standings::table.find(id)).execute(conn)?;
    diesel::delete(campaign_versions::table.filter(campaign_versions::campaign_id.eq(id))).execute(conn)?;
    diesel::delete(campaigns::table.find(id)).execute(conn)?;
    Ok(())
}

/// Keeps the words under which a campaign is found.
///
/// # Errors
/// The driver's error.
pub fn index(conn: &mut Conn, campaign: &Campaign) -> Result<()> {
    let texts = [
        campaign.name.as_str(),
        campaign.code.as_deref().unwrap_or_default(),
    ];
    search::index(conn, NOUN, campaign.id, &texts)
}

/// A campaign and the plan that is in force in it, or being written, in one statement.
///
/// # Errors
/// `resource.not_found`, the driver's error.
pub fn with_plan(conn: &mut Conn, id: CampaignId) -> Result<(Campaign, Plan)> {
    let current = campaign_versions::campaign_id
        .eq(campaigns::id)
        .and(campaign_versions::number.eq(campaigns::terms_number));
    let found = directly!(conn => campaigns::table
        .inner_join(campaign_versions::table.on(current))
        .filter(campaigns::id.eq(id))
        .select((Campaign::as_select(), campaign_versions::plan))
        .first(conn));
    let (campaign, plan): (Campaign, JsonText) = found.optional()?.ok_or_else(Error::not_found)?;
    Ok((campaign, plan.read()?))
}

/// The plan that is in force, or being written.
///
/// # Errors
/// `resource.not_found`, the driver's error.
pub fn current_plan(conn: &mut Conn, campaign: &Campaign) -> Result<Plan> {
    version_of(conn, campaign.id, campaign.terms_number)?.plan.read()
}

/// The plan as it stood at an instant.
///
/// # Errors
/// The driver's error.
pub fn plan_at(conn: &mut Conn, campaign: CampaignId, at: Instant) -> Result<Option<Plan>> {
    let version: Option<CampaignVersion> = campaign_versions::table
        .filter(campaign_versions::campaign_id.eq(campaign))
        .filter(campaign_versions::made_at.le(at))
        .order(campaign_versions::number.desc())
        .select(CampaignVersion::as_select())
        .first(conn)
        .optional()?;
    version.map(|version| version.plan.read()).transpose()
}

/// One version of a plan by its number.
///
/// # Errors
/// `resource.not_found`.
pub fn version_of(conn: &mut Conn, campaign: CampaignId, number: i32) -> Result<CampaignVersion> {
    campaign_versions::table
        .filter(campaign_versions::campaign_id.eq(campaign))
        .filter(campaign_versions::number.eq(number))
        .select(CampaignVersion::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(Error::not_found)
}

/// Replaces the plan of a version that is not yet published.
///
/// # Errors
/// The driver's error.
pub fn save_plan(conn: &mut Conn, campaign: CampaignId, number: i32, plan: &Plan) -> Result<()> {
    let row = campaign_versions::table
        .filter(campaign_versions::campaign_id.eq(campaign))
        .filter(campaign_versions::number.eq(number));
    diesel::update(row)
        .set(campaign_versions::plan.eq(JsonText::of(plan)?))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Versions of a plan from a number on, in their order.
///
/// # Errors
/// The driver's error.
pub fn versions(
    conn: &mut Conn,
    campaign: CampaignId,
    from: i32,
    slice: &Slice,
) -> Result<Rows<CampaignVersion>> {
    let after = slice
        .after
        .as_ref()
        .and_then(|after| after.key.parse::<i32>().ok());
    let query = campaign_versions::table
        .filter(campaign_versions::campaign_id.eq(campaign))
        .filter(campaign_versions::number.ge(after.map_or(from, |last| last.saturating_add(1))))
        .order(campaign_versions::number.asc())
        .limit(slice.fetch())
        .select(CampaignVersion::as_select());
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &CampaignVersion| After {
        key: row.number.to_string(),
        id: row.id.0,
    }))
}

/// Whether `wanted` is this campaign or stands above it.
///
/// # Errors
/// The driver's error.
pub fn is_above(conn: &mut Conn, start: CampaignId, wanted: CampaignId) -> Result<bool> {
    let mut current = Some(start);
    // A chain of campaigns is as long as the levels of the state; the bound only guards the loop.
    for _ in 0..32 {
        match current {
            None => return Ok(false),
            Some(id) if id == wanted => return Ok(true),
            Some(id) => current = find(conn, id)?.and_then(|campaign| campaign.parent_campaign_id),
        }
    }
    Ok(true)
}

/// Whether another campaign stands below this one.
///
/// # Errors
/// The driver's error.
pub fn is_parent(conn: &mut Conn, id: CampaignId) -> Result<bool> {
    let below = campaigns::table.filter(campaigns::parent_campaign_id.eq(id));
    Ok(diesel::select(diesel::dsl::exists(below)).get_result(conn)?)
}

/// The documents with which an organisation launched and amended campaigns.
///
/// # Errors
/// The driver's error.
pub fn documents_of(conn: &mut Conn, owner: OrganizationId) -> Result<Vec<(CampaignId, DocumentRef)>> {
    let launched: Vec<(CampaignId, JsonText)> = campaign_versions::table
        .inner_join(campaigns::table.on(campaigns::id.eq(campaign_versions::campaign_id)))
        .filter(campaigns::owner_organization_id.eq(owner))
        .filter(campaigns::published_at.is_not_null())
        .filter(campaign_versions::number.eq(1))
        .select((campaigns::id, campaign_versions::plan))
        .load(conn)?;
    let amended: Vec<(CampaignId, Option<JsonText>)> = campaign_versions::table
        .inner_join(campaigns::table.on(campaigns::id.eq(campaign_versions::campaign_id)))
        .filter(campaigns::owner_organization_id.eq(owner))
        .filter(campaign_versions::document.is_not_null())
        .select((campaigns::id, campaign_versions::document))
        .load(conn)?;
    let mut documents = Vec::new();
    for (id, plan) in launched {
        let document = plan.read::<Plan>()?.launch_document;
        documents.extend(document.map(|document| (id, document)));
    }
    for (id, document) in amended {
        if let Some(document) = document {
            documents.push((id, document.read()?));
        }
    }
    Ok(documents)
}

/// Nominations that still await something (5.3).
#[derive(Debug, Clone, Copy)]
pub struct Awaiting<'a> {
    /// Of this campaign.
    pub campaign: CampaignId,
    /// Of these forms alone; none = of any.
    pub forms: Option<&'a [String]>,
    /// After the deadline: without dossiers that can be handed in no more, as seen at this instant.
    pub closed_at: Option<Instant>,
}

/// The nominations that an [`Awaiting`] means.
macro_rules! awaiting {
    ($wanted:expr) => {{
        let mut query = nominations::table
            .inner_join(submissions::table.on(submissions::id.eq(nominations::submission_id)))
            .filter(nominations::campaign_id.eq($wanted.campaign))
            .filter(nominations::live.eq(true))
            .filter(is_open())
            .filter(submissions::state.ne(SubmissionState::Withdrawn))
            .into_boxed::<Backend>();
        if let Some(forms) = $wanted.forms {
            // Its own, or the one that a council under way considers it for.
            let considered = agenda_items::table
                .filter(agenda_items::nomination_id.eq(nominations::id))
                .filter(agenda_items::live.eq(true))
                .filter(agenda_items::form.eq_any(forms.to_vec()));
            query = query.filter(
                nominations::form
                    .eq_any(forms.to_vec())
                    .or(diesel::dsl::exists(considered)),
            );
        }
        if let Some(now) = $wanted.closed_at {
            let with_the_unit = vec![SubmissionState::Draft, SubmissionState::Returned];
            query = query.filter(
                submissions::state
                    .ne_all(with_the_unit)
                    .nullable()
                    .or(submissions::supplement_due_at.gt(now))
                    .or(submissions::late_until.gt(now)),
            );
        }
        query
    }};
}

impl Awaiting<'_> {
    /// How many.
    ///
    /// # Errors
    /// The driver's error.
    pub fn count(self, conn: &mut Conn) -> Result<i64> {
        Ok(awaiting!(self).count().get_result(conn)?)
    }

    /// The first so many of them.
    ///
    /// # Errors
    /// The driver's error.
    pub fn first(self, conn: &mut Conn, most: i64) -> Result<Vec<NominationId>> {
        Ok(awaiting!(self)
            .order(nominations::id.asc())
            .limit(most)
            .select(nominations::id)
            .load(conn)?)
    }
}

/// Not settled; or found ineligible, but handed in again with its dossier and not appraised since.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_open() -> _ {
    let settled: Vec<NominationState> = settled();
    let asked_again: Vec<SubmissionState> = vec![SubmissionState::Submitted, SubmissionState::Received];
    let ineligible: NominationState = NominationState::Ineligible;
    nominations::state.ne_all(settled).or(nominations::state
        .eq(ineligible)
        .and(submissions::state.eq_any(asked_again)))
}

fn settled() -> Vec<NominationState> {
    NominationState::ALL
        .iter()
        .copied()
        .filter(|state| state.is_settled())
        .collect()
}

/// Which campaigns are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// With these words in name or code.
    pub words: Vec<String>,
    /// In these states.
    pub states: Vec<CampaignState>,
    /// Launched by this organisation.
    pub owner: Option<OrganizationId>,
    /// Running on a day of this year.
    pub year: Option<i32>,
    /// In these phases on a day.
    pub phases: Vec<CampaignPhase>,
    /// The day of the phase.
    pub today: NaiveDate,
    /// Directly below this campaign.
    pub parent: Option<CampaignId>,
}

/// A page of campaigns that the caller may see, the latest made first.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    visibility: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Campaign>> {
    let mut query = campaigns::table
        .filter(filter::campaigns(visibility))
        .order(campaigns::id.desc())
        .limit(slice.fetch())
        .select(Campaign::as_select())
        .into_boxed();
    if let Some(named) = search::having(conn, NOUN, "campaigns.id", &wanted.words)? {
        query = query.filter(named);
    }
    if !wanted.states.is_empty() {
        query = query.filter(campaigns::state.eq_any(wanted.states.clone()));
    }
    if let Some(owner) = wanted.owner {
        query = query.filter(campaigns::owner_organization_id.eq(owner));
    }
    if let Some(parent) = wanted.parent {
        query = query.filter(campaigns::parent_campaign_id.eq(parent));
    }
    if let Some((first, last)) = wanted.year.and_then(days_of_year) {
        query = query
            .filter(campaigns::period_from.le(last))
            .filter(campaigns::period_to.ge(first));
    }
    if !wanted.phases.is_empty() {
        query = query.filter(in_phases(&wanted.phases, wanted.today));
    }
    if let Some(after) = &slice.after {
        query = query.filter(campaigns::id.lt(CampaignId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Campaign| After {
        key: String::new(),
        id: row.id.0,
    }))
}

fn days_of_year(year: i32) -> Option<(NaiveDate, NaiveDate)> {
    Some((
        NaiveDate::from_ymd_opt(year, 1, 1)?,
        NaiveDate::from_ymd_opt(year, 12, 31)?,
    ))
}

/// Phases are never stored: they follow from the period and the day.
fn in_phases(phases: &[CampaignPhase], today: NaiveDate) -> filter::Condition<campaigns::table> {
    let mut condition: filter::Condition<campaigns::table> =
        Box::new(diesel::dsl::sql::<Nullable<Bool>>("1 = 0"));
    for phase in phases {
        condition = match phase {
            CampaignPhase::NotStarted => Box::new(condition.or(campaigns::period_from.gt(today))),
            CampaignPhase::Running => Box::new(
                condition.or(campaigns::period_from
                    .le(today)
                    .and(campaigns::period_to.ge(today))),
            ),
            CampaignPhase::Ended => Box::new(condition.or(campaigns::period_to.lt(today))),
        };
    }
    condition
}
