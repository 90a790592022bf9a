//! `/v1/campaigns`.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::{self, Body, Nothing};
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use crate::app::campaigns::{self, Act, Campaign, Shown, Step};
use crate::app::{Tx, search};
use crate::domain::codes::{CampaignKind, CampaignPhase, CampaignScope, DurationClass, Intake};
use crate::domain::document::DocumentRef;
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, OrganizationId, RuleSetId};
use crate::domain::plan::{Plan, PlanPatch};
use crate::domain::states::CampaignState;
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(get)
        .service(edit)
        .service(remove)
        .service(request_approval)
        .service(return_)
        .service(approve)
        .service(publish)
        .service(conclude)
        .service(archive)
        .service(cancel);
}

/// An emulation campaign.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Campaign)]
pub struct CampaignView {
    /// Identifier.
    pub id: CampaignId,
    /// The organisation that launches it.
    pub owner_organization_id: OrganizationId,
    /// Own code, unique within the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// Name.
    pub name: String,
    /// By theme or regular.
    pub kind: CampaignKind,
    /// Reach.
    pub scope: CampaignScope,
    /// State.
    pub state: CampaignState,
    /// Why it was returned or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state_reason: Option<String>,
    /// The campaign that it carries out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_campaign_id: Option<CampaignId>,
    /// Legal rules pinned at publication.
    pub rule_set_id: RuleSetId,
    /// Number of the plan's version, from 1; an amendment makes the next.
    #[schema(minimum = 1)]
    pub terms_number: i32,
    /// First day of the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub period_from: Option<NaiveDate>,
    /// Last day of the period, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub period_to: Option<NaiveDate>,
    /// Days of the period, both ends counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub days: Option<i64>,
    /// Duration class of form 0601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub duration_class: Option<DurationClass>,
    /// Phase on the day of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phase: Option<CampaignPhase>,
    /// Whether dossiers are taken at the instant of the answer.
    pub intake: Intake,
    /// First instant at which dossiers are taken; the publication when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub opens_at: Option<Instant>,
    /// First instant that is late.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deadline_at: Option<Instant>,
    /// Number of the launching document as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "579/KH-SNgV")]
    pub launch_number: Option<String>,
    /// Date of the launching document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub launched_on: Option<NaiveDate>,
    /// Name of the launching organisation at publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub issuer_name: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published_at: Option<Instant>,
    /// When its roll was frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub roll_frozen_at: Option<Instant>,
    /// Report of the final review.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub final_report: Option<DocumentRef>,
    /// The current plan; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub plan: Option<Plan>,
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

impl CampaignView {
    fn item(tx: &Tx<'_>, campaign: Campaign) -> Result<Self> {
        let period = campaigns::period(&campaign);
        Ok(Self {
            phase: campaigns::phase(tx, &campaign),
            intake: campaigns::intake_at(&campaign, tx.now),
            days: period.map(crate::domain::time::CampaignPeriod::days),
            duration_class: period.map(crate::domain::time::CampaignPeriod::duration_class),
            final_report: campaign
                .final_report
                .as_ref()
                .map(crate::app::JsonText::read)
                .transpose()?,
            id: campaign.id,
            owner_organization_id: campaign.owner_organization_id,
            code: campaign.code,
            name: campaign.name,
            kind: campaign.kind,
            scope: campaign.scope,
            state: campaign.state,
            state_reason: campaign.state_reason,
            parent_campaign_id: campaign.parent_campaign_id,
            rule_set_id: campaign.rule_set_id,
            terms_number: campaign.terms_number,
            period_from: campaign.period_from,
            period_to: campaign.period_to,
            opens_at: campaign.opens_at,
            deadline_at: campaign.deadline_at,
            launch_number: campaign.launch_number,
            launched_on: campaign.launched_on,
            issuer_name: campaign.issuer_name,
            published_at: campaign.published_at,
            roll_frozen_at: campaign.roll_frozen_at,
            plan: None,
            version: campaign.version,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for CampaignView {
    type Record = Shown;
    const PATH: &'static str = "/v1/campaigns";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        campaigns::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, shown: Shown, language: Language) -> Result<Self> {
        let possible = campaigns::possible(tx, &shown)?;
        let actions = answer::actions(Self::PATH, shown.campaign.id.0, &possible, language);
        Ok(Self {
            plan: Some(shown.plan),
            allowed_actions: Some(actions),
            ..Self::item(tx, shown.campaign)?
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
    /// Words of the name or code, without regard to accents and case.
    #[param(max_length = 100, nullable = false, example = "100 ngay dem")]
    q: Option<String>,
    /// States, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<CampaignState>>, style = Form, explode = false, nullable = false, example = json!(["PUBLISHED", "CONCLUDED"]))]
    state: Csv<CampaignState>,
    /// Launched by this organisation.
    #[param(nullable = false)]
    owner_organization_id: Option<OrganizationId>,
    /// With a day of the period in this year.
    #[param(nullable = false, minimum = 1900, maximum = 2200, example = 2026)]
    year: Option<i32>,
    /// Phases today, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<CampaignPhase>>, style = Form, explode = false, nullable = false, example = json!(["RUNNING"]))]
    phase: Csv<CampaignPhase>,
    /// Directly below this campaign.
    #[param(nullable = false)]
    parent_campaign_id: Option<CampaignId>,
}

/// Campaigns
///
/// The latest made first. Published campaigns are visible to everyone with a token.
#[utoipa::path(tag = "campaigns", operation_id = "listCampaigns", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_CAMPAIGN"))),
    responses((status = 200, description = "A page.", body = Page<CampaignView>)))]
#[get("/v1/campaigns")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = campaigns::Wanted {
        words: filters.q.as_deref().map(search::words).unwrap_or_default(),
        states: filters.state.0,
        owner: filters.owner_organization_id,
        year: filters.year,
        phases: filters.phase.0,
        parent: filters.parent_campaign_id,
        ..campaigns::Wanted::default()
    };
    call.list(move |tx, slice| {
        let page = campaigns::list(tx, &wanted, slice)?;
        page.try_map(|campaign| CampaignView::item(tx, campaign))
    })
    .await
}

/// One campaign
///
/// With its whole plan, and with phase and intake as of now.
#[utoipa::path(tag = "campaigns", operation_id = "getCampaign",
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_CAMPAIGN"))),
    responses((status = 200, description = "The campaign.", body = CampaignView)))]
#[get("/v1/campaigns/{id}")]
async fn get(call: Call, id: Id<CampaignId>) -> Reply {
    call.show::<CampaignView, _>(move |tx| campaigns::read(tx, id.0))
        .await
}

/// A new campaign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "owner_organization_id": "01990000-0000-7000-8000-00010000000f",
    "name": "Phong trào thi đua “100 ngày đêm”", "kind": "THEMATIC", "scope": "AGENCY",
    "plan": {"period": {"from": "2026-02-10", "to": "2026-05-20"}}
}))]
struct CreateCampaign {
    /// The organisation that launches it.
    owner_organization_id: OrganizationId,
    /// Own code, unique within the organisation.
    #[schema(nullable = false, max_length = 50, pattern = "^[A-Za-z0-9._/-]+$")]
    code: Option<String>,
    /// Name.
    #[schema(min_length = 1, max_length = 500)]
    name: String,
    /// By theme or regular.
    kind: CampaignKind,
    /// Reach.
    scope: CampaignScope,
    /// The campaign that it carries out.
    #[schema(nullable = false)]
    parent_campaign_id: Option<CampaignId>,
    /// The plan, as far as it is known.
    #[serde(default)]
    plan: Plan,
}

/// Draft a campaign
#[utoipa::path(tag = "campaigns", operation_id = "createCampaign", request_body = CreateCampaign,
    extensions(("x-action" = json!("DRAFT_CAMPAIGN"))),
    responses((status = 201, description = "Created.", body = CampaignView)))]
#[post("/v1/campaigns")]
async fn create(call: Call, body: Body<CreateCampaign>) -> Reply {
    let Body(body) = body;
    call.create::<CampaignView, _>(campaigns::Create {
        owner_organization_id: body.owner_organization_id,
        code: body.code,
        name: body.name,
        kind: body.kind,
        scope: body.scope,
        parent_campaign_id: body.parent_campaign_id,
        plan: body.plan,
    })
    .await
}

/// Changes of a draft; absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan": {"purposes": ["Tạo khí thế thi đua sôi nổi"]}}))]
struct EditCampaign {
    /// Own code.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, max_length = 50, pattern = "^[A-Za-z0-9._/-]+$")]
    code: Option<Option<String>>,
    /// Name.
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    name: Option<String>,
    /// By theme or regular.
    #[schema(nullable = false)]
    kind: Option<CampaignKind>,
    /// Reach.
    #[schema(nullable = false)]
    scope: Option<CampaignScope>,
    /// The campaign that it carries out.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, format = Uuid)]
    parent_campaign_id: Option<Option<CampaignId>>,
    /// Members of the plan that change; what is not named stays, at any depth.
    #[schema(nullable = false)]
    plan: Option<PlanPatch>,
}

/// Change a draft
///
/// Only in DRAFT; published terms change through an amendment.
#[utoipa::path(tag = "campaigns", operation_id = "editCampaign", request_body = EditCampaign,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = CampaignView)))]
#[patch("/v1/campaigns/{id}")]
async fn edit(call: Call, id: Id<CampaignId>, body: Body<EditCampaign>) -> Reply {
    let Body(body) = body;
    call.change::<CampaignView, _>(campaigns::Edit {
        id: id.0,
        code: body.code,
        name: body.name,
        kind: body.kind,
        scope: body.scope,
        parent_campaign_id: body.parent_campaign_id,
        plan: body.plan,
    })
    .await
}

/// Remove a draft
#[utoipa::path(tag = "campaigns", operation_id = "deleteCampaign",
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/campaigns/{id}")]
async fn remove(call: Call, id: Id<CampaignId>) -> Reply {
    call.remove(campaigns::Delete { id: id.0 }).await
}

async fn act(call: Call, id: Id<CampaignId>, step: Step) -> Reply {
    call.change::<CampaignView, _>(Act { id: id.0, step }).await
}

/// Ask for approval
///
/// The plan must be complete: what is approved cannot be edited any more.
#[utoipa::path(tag = "campaigns", operation_id = "requestCampaignApproval", request_body = Nothing,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Waiting for approval.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/request-approval")]
async fn request_approval(call: Call, id: Id<CampaignId>, _: Body<Nothing>) -> Reply {
    act(call, id, Step::RequestApproval).await
}

/// Why a campaign goes back or is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Cần bổ sung tiêu chí đối với cá nhân"}))]
struct CampaignReason {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Give a campaign back to its drafter
#[utoipa::path(tag = "campaigns", operation_id = "returnCampaign", request_body = CampaignReason,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("APPROVE_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Back in draft.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/return")]
async fn return_(call: Call, id: Id<CampaignId>, body: Body<CampaignReason>) -> Reply {
    let Body(CampaignReason { reason }) = body;
    act(call, id, Step::Return { reason }).await
}

/// Approve a campaign
#[utoipa::path(tag = "campaigns", operation_id = "approveCampaign", request_body = Nothing,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("APPROVE_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Approved.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/approve")]
async fn approve(call: Call, id: Id<CampaignId>, _: Body<Nothing>) -> Reply {
    act(call, id, Step::Approve).await
}

/// The launching document with its number and date.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"launch_document": {
    "type": "KH", "number_raw": "579/KH-SNgV", "issued_on": "2026-03-20", "place": "Cao Bằng",
    "signature": {"mode": "KT", "title": "Phó Giám đốc", "name": "Tô Thị Trang"}
}}))]
struct PublishCampaign {
    /// The document, as numbered by the clerk.
    launch_document: DocumentRef,
}

/// Number and publish a campaign
///
/// The deadline must lie after this instant (R-C3). The period may have begun before.
#[utoipa::path(tag = "campaigns", operation_id = "publishCampaign", request_body = PublishCampaign,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PUBLISH_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Published.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/publish")]
async fn publish(call: Call, id: Id<CampaignId>, body: Body<PublishCampaign>) -> Reply {
    let Body(body) = body;
    let launch_document = Box::new(body.launch_document);
    act(call, id, Step::Publish { launch_document }).await
}

/// The report of the final review.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"final_report": {
    "type": "BC", "number_raw": "901/BC-SNgV", "issued_on": "2026-07-15", "abstract": "Tổng kết phong trào thi đua"
}}))]
struct ConcludeCampaign {
    /// Report of the final review (báo cáo tổng kết).
    final_report: DocumentRef,
}

/// Conclude a campaign
///
/// With the final review's report, when no nomination is open any more.
#[utoipa::path(tag = "campaigns", operation_id = "concludeCampaign", request_body = ConcludeCampaign,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_CAMPAIGN")), ("x-versioned" = json!(true)),
        ("x-step-up" = json!(true))),
    responses((status = 200, description = "Concluded.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/conclude")]
async fn conclude(call: Call, id: Id<CampaignId>, body: Body<ConcludeCampaign>) -> Reply {
    let Body(body) = body;
    let final_report = Box::new(body.final_report);
    act(call, id, Step::Conclude { final_report }).await
}

/// File a concluded campaign
#[utoipa::path(tag = "campaigns", operation_id = "archiveCampaign", request_body = Nothing,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Filed.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/archive")]
async fn archive(call: Call, id: Id<CampaignId>, _: Body<Nothing>) -> Reply {
    act(call, id, Step::Archive).await
}

/// Give a campaign up
///
/// Before any decision was issued.
#[utoipa::path(tag = "campaigns", operation_id = "cancelCampaign", request_body = CampaignReason,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("CANCEL_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Cancelled.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/cancel")]
async fn cancel(call: Call, id: Id<CampaignId>, body: Body<CampaignReason>) -> Reply {
    let Body(CampaignReason { reason }) = body;
    act(call, id, Step::Cancel { reason }).await
}
