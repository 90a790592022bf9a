//! `/v1/campaigns/{id}/participants`, `/v1/participants/{id}`, `/v1/campaigns/{id}/quota`.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::{self, Body, Nothing};
use super::call::{Call, Id};
use super::import::{Import, ImportParams, ImportReport};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use crate::app::campaigns::Campaign;
use crate::app::participants::{self, Line, Participant, Quota};
use crate::app::{Tx, search};
use crate::domain::codes::{ParticipantSource, StaffKind, SubjectKind};
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, OrganizationId, ParticipantId};
use crate::domain::quota::{Headcount, QuotaRule, Reading};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(add)
        .service(admit)
        .service(import)
        .service(from_roll)
        .service(freeze)
        .service(get)
        .service(change)
        .service(remove)
        .service(show_quota);
}

/// A line of a campaign's roll.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Participant)]
pub struct ParticipantView {
    /// Identifier.
    pub id: ParticipantId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The division or office that it belongs to.
    pub division_id: OrganizationId,
    /// Kind of the subject.
    pub subject_kind: SubjectKind,
    /// The individual or collective.
    pub subject_id: Uuid,
    /// Its name when it was put on the roll.
    pub display_name: String,
    /// Employment of an individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub staff_kind: Option<StaffKind>,
    /// Since when it takes part; absent = from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub joined_on: Option<NaiveDate>,
    /// Last day of taking part; absent = to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub left_on: Option<NaiveDate>,
    /// How it came onto the roll.
    pub source: ParticipantSource,
    /// Whether it may stand in the denominator.
    pub counted: bool,
    /// Whether the frozen roll counts it.
    pub frozen: bool,
    /// Version for `If-Match`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

impl From<Participant> for ParticipantView {
    fn from(row: Participant) -> Self {
        Self {
            id: row.id,
            campaign_id: row.campaign_id,
            division_id: row.division_id,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id.0,
            display_name: row.display_name,
            staff_kind: row.staff_kind,
            joined_on: row.joined_on,
            left_on: row.left_on,
            source: row.source,
            counted: row.counted,
            frozen: row.frozen,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            allowed_actions: None,
            outcome: None,
        }
    }
}

impl Resource for ParticipantView {
    type Record = Participant;
    const PATH: &'static str = "/v1/participants";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        participants::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Participant, language: Language) -> Result<Self> {
        let possible = participants::possible(tx, &record)?;
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        Ok(Self {
            allowed_actions: Some(actions),
            ..Self::from(record)
        })
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Words of the name, without regard to accents and case.
    #[param(max_length = 100, nullable = false)]
    q: Option<String>,
    /// Of this division.
    #[param(nullable = false)]
    division_id: Option<OrganizationId>,
    /// Kinds of subjects, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<SubjectKind>>, style = Form, explode = false, nullable = false, example = json!(["COLLECTIVE"]))]
    subject_kind: Csv<SubjectKind>,
}

/// The roll of a campaign
///
/// By name. A division sees its own lines.
#[utoipa::path(tag = "campaigns", operation_id = "listParticipants",
    params(("id" = CampaignId, Path, description = "Identifier of the campaign."), PageParams, Filters),
    extensions(("x-action" = json!("READ_PARTICIPANT"))),
    responses((status = 200, description = "A page.", body = Page<ParticipantView>)))]
#[get("/v1/campaigns/{id}/participants")]
async fn list(call: Call, id: Id<CampaignId>, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = participants::Wanted {
        words: filters.q.as_deref().map(search::words).unwrap_or_default(),
        division: filters.division_id,
        kinds: filters.subject_kind.0,
    };
    call.list(move |tx, slice| {
        let page = participants::list(tx, id.0, &wanted, slice)?;
        page.try_map(|row| Ok(ParticipantView::from(row)))
    })
    .await
}

const fn yes() -> bool {
    true
}

const fn from_the_roll() -> ParticipantSource {
    ParticipantSource::Roll
}

/// A subject that takes part, named by its identifier or, for an individual, by the personnel code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject_kind": "INDIVIDUAL", "subject_id": "01990000-0000-7000-8000-000200000010"}))]
struct AddParticipant {
    /// Kind of the subject.
    subject_kind: SubjectKind,
    /// The individual or collective.
    #[schema(nullable = false)]
    subject_id: Option<Uuid>,
    /// Personnel code, in place of an individual's identifier; not beside it.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    personnel_code: Option<String>,
    /// Since when it takes part; from the beginning when absent.
    #[schema(nullable = false)]
    joined_on: Option<NaiveDate>,
    /// Last day of taking part; to the end when absent.
    #[schema(nullable = false)]
    left_on: Option<NaiveDate>,
    /// Whether it may stand in the denominator.
    #[serde(default = "yes")]
    #[schema(default = true)]
    counted: bool,
    /// How it came onto the roll.
    #[serde(default = "from_the_roll")]
    source: ParticipantSource,
}

impl From<AddParticipant> for Line {
    fn from(body: AddParticipant) -> Self {
        Self {
            subject_kind: body.subject_kind,
            subject_id: body.subject_id,
            personnel_code: body.personnel_code,
            joined_on: body.joined_on,
            left_on: body.left_on,
            counted: body.counted,
            source: body.source,
        }
    }
}

/// Put a subject on the roll
#[utoipa::path(tag = "campaigns", operation_id = "addParticipant", request_body = AddParticipant,
    params(("id" = CampaignId, Path, description = "Identifier of the campaign.")),
    extensions(("x-action" = json!("MANAGE_PARTICIPANT")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "Added.", body = ParticipantView)))]
#[post("/v1/campaigns/{id}/participants")]
async fn add(call: Call, id: Id<CampaignId>, body: Body<AddParticipant>) -> Reply {
    call.create::<ParticipantView, _>(participants::Add {
        campaign_id: id.0,
        line: body.0.into(),
    })
    .await
}

/// A subject admitted after the freeze, named by its identifier or, for an individual, by the personnel
/// code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "subject_kind": "INDIVIDUAL", "subject_id": "01990000-0000-7000-8000-000200000010",
    "reason": "Bỏ sót khi lập danh sách"
}))]
struct AdmitParticipant {
    /// Kind of the subject.
    subject_kind: SubjectKind,
    /// The individual or collective.
    #[schema(nullable = false)]
    subject_id: Option<Uuid>,
    /// Personnel code, in place of an individual's identifier; not beside it.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    personnel_code: Option<String>,
    /// Why it is not on the frozen roll.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Admit a subject after the freeze
///
/// It may be nominated from now on (R-S5). The denominator stays as it was frozen.
#[utoipa::path(tag = "campaigns", operation_id = "admitParticipant", request_body = AdmitParticipant,
    params(("id" = CampaignId, Path, description = "Identifier of the campaign.")),
    extensions(("x-action" = json!("ADMIT_PARTICIPANT")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "Admitted.", body = ParticipantView)))]
#[post("/v1/campaigns/{id}/participants/admit")]
async fn admit(call: Call, id: Id<CampaignId>, body: Body<AdmitParticipant>) -> Reply {
    let Body(body) = body;
    call.create::<ParticipantView, _>(participants::Admit {
        campaign_id: id.0,
        line: Line {
            subject_kind: body.subject_kind,
            subject_id: body.subject_id,
            personnel_code: body.personnel_code,
            joined_on: None,
            left_on: None,
            counted: false,
            source: ParticipantSource::Roll,
        },
        reason: body.reason,
    })
    .await
}

/// A list of participants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents the list; the extractor reads it line by line")]
#[schema(example = json!({"atomic": true, "rows": [{"subject_kind": "INDIVIDUAL", "personnel_code": "NV016"}]}))]
struct ImportParticipants {
    /// Store nothing unless every line can be stored.
    #[schema(nullable = false, default = true)]
    atomic: Option<bool>,
    /// The participants.
    #[schema(min_items = 1, max_items = 5000)]
    rows: Vec<AddParticipant>,
}

/// Import a list of participants
///
/// As JSON, or as CSV whose header row names the members. Every line is checked and reported; nothing
/// is stored when one is refused, unless `atomic` is false.
#[utoipa::path(tag = "campaigns", operation_id = "importParticipants",
    request_body(content((ImportParticipants = "application/json"), (String = "text/csv"))),
    params(("id" = CampaignId, Path, description = "Identifier of the campaign."), ImportParams),
    extensions(("x-action" = json!("MANAGE_PARTICIPANT")), ("x-versioned" = json!("if-sent"))),
    responses((status = 200, description = "What became of every line.", body = ImportReport)))]
#[post("/v1/campaigns/{id}/participants/import")]
async fn import(call: Call, id: Id<CampaignId>, body: Import<AddParticipant>) -> Reply {
    let Import(lines, _room) = body;
    let command = participants::ImportLines {
        campaign_id: id.0,
        list: lines.map(Line::from),
    };
    call.perform(command, |tx, report, language| {
        Ok(ImportReport::of(report, tx.request.dry_run, language))
    })
    .await
}

/// Put the whole staff on the roll
///
/// Every active individual of the plan's kinds of staff and every collective of the launching
/// organisation that is not on the roll yet.
#[utoipa::path(tag = "campaigns", operation_id = "importParticipantsFromRoll", request_body = Nothing,
    params(("id" = CampaignId, Path, description = "Identifier of the campaign.")),
    extensions(("x-action" = json!("MANAGE_PARTICIPANT")), ("x-versioned" = json!("if-sent"))),
    responses((status = 200, description = "The lines that were made.", body = ImportReport)))]
#[post("/v1/campaigns/{id}/participants/from-roll")]
async fn from_roll(call: Call, id: Id<CampaignId>, _: Body<Nothing>) -> Reply {
    let command = participants::FromRoll { campaign_id: id.0 };
    call.perform(command, |tx, report, language| {
        Ok(ImportReport::of(report, tx.request.dry_run, language))
    })
    .await
}

/// Freeze the roll
///
/// The denominator of the quota stays as it is now; before the roll's day of the plan that is remarked. `If-Match`
/// and `ETag` are the campaign's.
#[utoipa::path(tag = "campaigns", operation_id = "freezeParticipants", request_body = Nothing,
    params(("id" = CampaignId, Path, description = "Identifier of the campaign.")),
    extensions(("x-action" = json!("MANAGE_PARTICIPANT")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "The quota with its final basis.", body = QuotaView)))]
#[post("/v1/campaigns/{id}/participants/freeze")]
async fn freeze(call: Call, id: Id<CampaignId>, _: Body<Nothing>) -> Reply {
    let command = participants::Freeze { campaign_id: id.0 };
    call.change::<QuotaView, _>(command).await
}

/// One line of a roll
#[utoipa::path(tag = "campaigns", operation_id = "getParticipant",
    params(("id" = ParticipantId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_PARTICIPANT"))),
    responses((status = 200, description = "The line.", body = ParticipantView)))]
#[get("/v1/participants/{id}")]
async fn get(call: Call, id: Id<ParticipantId>) -> Reply {
    call.show::<ParticipantView, _>(move |tx| participants::read(tx, id.0))
        .await
}

/// Changes of a line; absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"left_on": "2026-04-30"}))]
struct ChangeParticipant {
    /// Since when it takes part.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    joined_on: Option<Option<NaiveDate>>,
    /// Last day of taking part.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    left_on: Option<Option<NaiveDate>>,
    /// Whether it may stand in the denominator.
    #[schema(nullable = false)]
    counted: Option<bool>,
}

/// Change a line of the roll
#[utoipa::path(tag = "campaigns", operation_id = "changeParticipant", request_body = ChangeParticipant,
    params(("id" = ParticipantId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_PARTICIPANT")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = ParticipantView)))]
#[patch("/v1/participants/{id}")]
async fn change(call: Call, id: Id<ParticipantId>, body: Body<ChangeParticipant>) -> Reply {
    let Body(body) = body;
    call.change::<ParticipantView, _>(participants::Change {
        id: id.0,
        joined_on: body.joined_on,
        left_on: body.left_on,
        counted: body.counted,
    })
    .await
}

/// Take a subject off the roll
#[utoipa::path(tag = "campaigns", operation_id = "removeParticipant",
    params(("id" = ParticipantId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_PARTICIPANT")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/participants/{id}")]
async fn remove(call: Call, id: Id<ParticipantId>) -> Reply {
    call.remove(participants::Remove { id: id.0 }).await
}

/// The quota of a campaign in all readings.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(as = Quota)]
pub struct QuotaView {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The rule of the current plan.
    #[schema(value_type = QuotaRule)]
    pub rule: Box<RawValue>,
    /// What the figures rest on.
    pub basis: QuotaBasis,
    /// The four readings; `enforced` names the one that counts.
    #[schema(value_type = Vec<Reading>)]
    pub readings: Box<RawValue>,
    /// What the act did; absent on reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

/// It has the version of its campaign.
impl Resource for QuotaView {
    type Record = Campaign;
    const PATH: &'static str = "/v1/campaigns";

    fn present(tx: &mut Tx<'_>, campaign: Campaign, _: Language) -> Result<Self> {
        Self::of(participants::quota(tx, campaign.id)?)
    }

    fn id(&self) -> Uuid {
        self.campaign_id.0
    }

    fn version(&self) -> i64 {
        self.basis.campaign_version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// What the figures of a quota rest on.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct QuotaBasis {
    /// False while the roll may still change.
    pub frozen: bool,
    /// When the roll was frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub roll_frozen_at: Option<Instant>,
    /// Day whose roll counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub roll_date: Option<NaiveDate>,
    /// The denominator.
    pub participants: Headcount,
    /// Lines of the roll that do not count: left before the day, joined after it, or not counted.
    #[schema(minimum = 0)]
    pub left_out: i64,
    /// Version of the campaign, for `If-Match` of the freeze.
    #[schema(minimum = 1)]
    pub campaign_version: i64,
}

impl QuotaView {
    fn of(quota: Quota) -> Result<Self> {
        let Quota { campaign, standing } = quota;
        Ok(Self {
            campaign_id: campaign.id,
            basis: QuotaBasis {
                frozen: campaign.roll_frozen_at.is_some(),
                roll_frozen_at: campaign.roll_frozen_at,
                roll_date: standing.roll_date,
                participants: standing.participants.read()?,
                left_out: standing.left_out,
                campaign_version: campaign.version,
            },
            rule: standing.rule.into_raw()?,
            readings: standing.readings.into_raw()?,
            outcome: None,
        })
    }
}

/// The quota of a campaign
///
/// All four readings of "không quá 30%", what is reserved and used, and what the figures rest on.
#[utoipa::path(tag = "campaigns", operation_id = "getQuota",
    params(("id" = CampaignId, Path, description = "Identifier of the campaign.")),
    extensions(("x-action" = json!("READ_QUOTA"))),
    responses((status = 200, description = "The quota.", body = QuotaView)))]
#[get("/v1/campaigns/{id}/quota")]
async fn show_quota(call: Call, id: Id<CampaignId>) -> Reply {
    call.compute(move |tx, _| QuotaView::of(participants::quota(tx, id.0)?))
        .await
}
