//! `/v1/decisions`.

mod acts;
mod items;

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use crate::api::Routes;
use crate::app::Tx;
use crate::app::decisions::{self, Decision};
use crate::app::nominations;
use crate::domain::codes::{DecisionType, RevocationGround};
use crate::domain::document::Signature;
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, DecisionId, ForwardingId, OrganizationId, ReviewSessionId};
use crate::domain::ranking::DirectWorkerShare;
use crate::domain::states::DecisionState;
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(next_number)
        .service(get)
        .service(edit)
        .configure(items::routes)
        .configure(acts::routes);
}

/// A decision.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView {
    /// Identifier.
    pub id: DecisionId,
    /// Kind.
    #[serde(rename = "type")]
    pub kind: DecisionType,
    /// State.
    pub state: DecisionState,
    /// The issuer.
    pub organization_id: OrganizationId,
    /// Name of the issuer as printed.
    pub issuer_name: String,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Title as printed.
    pub title: String,
    /// Award form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "GIAY_KHEN_SO")]
    pub form: Option<String>,
    /// The session whose result it carries out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub session_id: Option<ReviewSessionId>,
    /// The award that it revokes or corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub original_id: Option<DecisionId>,
    /// The forwarding that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub forwarding_id: Option<ForwardingId>,
    /// True when it was made outside of the service and only recorded here.
    pub external: bool,
    /// Legal grounds as printed.
    pub grounds: Vec<String>,
    /// First day of the achievement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub achievement_from: Option<NaiveDate>,
    /// Last day of the achievement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub achievement_to: Option<NaiveDate>,
    /// Ground of a revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ground: Option<RevocationGround>,
    /// The conclusion on which a revocation rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conclusion_reference: Option<String>,
    /// Why something is revoked or corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signature: Option<Signature>,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signed_at: Option<Instant>,
    /// Register of the issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "QĐ")]
    pub register: Option<String>,
    /// Running number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 615)]
    pub number: Option<i32>,
    /// Number as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "615/QĐ-SNgV")]
    pub number_raw: Option<String>,
    /// Place as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub place: Option<String>,
    /// Date as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub issued_on: Option<NaiveDate>,
    /// In force from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub effective_on: Option<NaiveDate>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub issued_at: Option<Instant>,
    /// When it was made public.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published_at: Option<Instant>,
    /// Why the quota was exceeded (R-Q1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub quota_override_reason: Option<String>,
    /// Why it was returned or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state_reason: Option<String>,
    /// Version for `If-Match`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Those who work directly against those who lead, among the individuals of an award; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub direct_worker_share: Option<DirectWorkerShare>,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

impl DecisionView {
    fn item(decision: Decision) -> Result<Self> {
        Ok(Self {
            id: decision.id,
            kind: decision.kind,
            state: decision.state,
            organization_id: decision.owner_organization_id,
            issuer_name: decision.issuer_name,
            campaign_id: decision.campaign_id,
            title: decision.title,
            form: decision.form,
            session_id: decision.session_id,
            original_id: decision.original_id,
            forwarding_id: decision.forwarding_id,
            external: decision.external,
            grounds: decision.grounds.read()?,
            achievement_from: decision.achievement_from,
            achievement_to: decision.achievement_to,
            ground: decision.ground,
            conclusion_reference: decision.conclusion_reference,
            reason: decision.reason,
            signature: decision.signature.map(|text| text.read()).transpose()?,
            signed_at: decision.signed_at,
            register: decision.register,
            number: decision.number,
            number_raw: decision.number_raw,
            place: decision.place,
            issued_on: decision.issued_on,
            effective_on: decision.effective_on,
            issued_at: decision.issued_at,
            published_at: decision.published_at,
            quota_override_reason: decision.quota_override_reason,
            state_reason: decision.state_reason,
            version: decision.version,
            created_at: decision.created_at,
            updated_at: decision.updated_at,
            direct_worker_share: None,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for DecisionView {
    type Record = Decision;
    const PATH: &'static str = "/v1/decisions";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        decisions::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Decision, language: Language) -> Result<Self> {
        let possible = decisions::possible(tx, &record)?;
        let share = if record.kind == DecisionType::Award {
            let awarded = decisions::awarded(tx, &record)?;
            Some(nominations::direct_workers(tx, awarded.into_iter())?)
        } else {
            None
        };
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        Ok(Self {
            direct_worker_share: share,
            allowed_actions: Some(actions),
            ..Self::item(decisions::as_told(tx, record)?)?
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
    /// Of this campaign.
    #[param(nullable = false)]
    campaign_id: Option<CampaignId>,
    /// Issued by this organisation.
    #[param(nullable = false)]
    organization_id: Option<OrganizationId>,
    /// Kinds, comma-separated.
    #[serde(default, rename = "type")]
    #[param(value_type = Option<Vec<DecisionType>>, style = Form, explode = false, nullable = false, example = json!(["AWARD", "REVOCATION"]))]
    kind: Csv<DecisionType>,
    /// States, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<DecisionState>>, style = Form, explode = false, nullable = false, example = json!(["ISSUED", "PUBLISHED"]))]
    state: Csv<DecisionState>,
    /// Number exactly as printed.
    #[param(nullable = false, max_length = 100, example = "615/QĐ-SNgV")]
    number_raw: Option<String>,
    /// Year of the register.
    #[param(nullable = false, example = 2026)]
    year: Option<i32>,
}

/// Decisions
///
/// Newest first: those of the caller's organisation, and the published ones.
#[utoipa::path(tag = "decisions", operation_id = "listDecisions", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_DECISION"))),
    responses((status = 200, description = "A page.", body = Page<DecisionView>)))]
#[get("/v1/decisions")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = decisions::Wanted {
        campaign_id: filters.campaign_id,
        organization_id: filters.organization_id,
        kinds: filters.kind.0,
        states: filters.state.0,
        number_raw: filters.number_raw,
        year: filters.year,
    };
    call.list(move |tx, slice| {
        decisions::list(tx, &wanted, slice)?
            .try_map(|decision| DecisionView::item(decisions::as_told(tx, decision)?))
    })
    .await
}

/// One decision
#[utoipa::path(tag = "decisions", operation_id = "getDecision",
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_DECISION"))),
    responses((status = 200, description = "The decision.", body = DecisionView)))]
#[get("/v1/decisions/{id}")]
async fn get(call: Call, id: Id<DecisionId>) -> Reply {
    call.show::<DecisionView, _>(move |tx| decisions::read(tx, id.0))
        .await
}

/// Which register is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Register {
    /// The issuer.
    organization_id: OrganizationId,
    /// Register of the issuer; `QĐ` when absent.
    #[param(nullable = false, min_length = 1, max_length = 40)]
    register: Option<String>,
    /// Year; the present one when absent.
    #[param(nullable = false, minimum = 1900, maximum = 2999)]
    year: Option<i32>,
}

/// The number that would come next.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = NextNumber)]
struct NextNumberView {
    /// The issuer.
    organization_id: OrganizationId,
    /// Register.
    #[schema(example = "QĐ")]
    register: String,
    /// Year of the register.
    #[schema(example = 2026)]
    year: i32,
    /// The number after the highest one given.
    #[schema(example = 616)]
    number: i32,
    /// As it would be printed.
    #[schema(example = "616/QĐ-SNgV")]
    number_raw: String,
}

/// Propose the next number
///
/// Nothing is reserved: the number that the clerk enters decides.
#[utoipa::path(tag = "decisions", operation_id = "getNextDecisionNumber", params(Register),
    extensions(("x-action" = json!("READ_DECISION"))),
    responses((status = 200, description = "The proposal.", body = NextNumberView)))]
#[get("/v1/decisions/next-number")]
async fn next_number(call: Call, register: Query<Register>) -> Reply {
    let Query(wanted) = register;
    call.compute(move |tx, _| {
        let register = wanted.register.unwrap_or_else(default_register);
        let next = decisions::next_number(tx, wanted.organization_id, &register, wanted.year)?;
        Ok(NextNumberView {
            organization_id: next.organization_id,
            register: next.register,
            year: next.year,
            number: next.number,
            number_raw: next.number_raw,
        })
    })
    .await
}

fn default_register() -> String {
    "QĐ".to_owned()
}

/// A new decision. An award names its form; a revocation or correction names its original.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "type": "AWARD", "campaign_id": "01990000-0000-7000-8000-000400000001", "form": "GIAY_KHEN_SO",
    "title": "Về việc tặng Giấy khen của Giám đốc Sở Ngoại vụ",
    "grounds": ["Căn cứ Luật Thi đua, khen thưởng ngày 15 tháng 6 năm 2022"]
}))]
struct CreateDecision {
    /// Kind.
    #[serde(rename = "type")]
    kind: DecisionType,
    /// The campaign.
    campaign_id: CampaignId,
    /// The issuer. When absent: of an award the launching organisation, of a revocation or correction the
    /// issuer of the original. A successor names itself.
    #[schema(nullable = false)]
    organization_id: Option<OrganizationId>,
    /// Title as printed.
    #[schema(min_length = 1, max_length = 500)]
    title: String,
    /// Award form, of an award.
    #[schema(nullable = false, min_length = 1, max_length = 40)]
    form: Option<String>,
    /// The session whose result it carries out, of an award; absent where it carries out several: no item comes from
    /// another one.
    #[schema(nullable = false)]
    session_id: Option<ReviewSessionId>,
    /// The award that is revoked or corrected.
    #[schema(nullable = false)]
    original_id: Option<DecisionId>,
    /// Ground of a revocation.
    #[schema(nullable = false)]
    ground: Option<RevocationGround>,
    /// The competent authority's conclusion on which a revocation rests.
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    conclusion_reference: Option<String>,
    /// Why something is revoked or corrected.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    reason: Option<String>,
    /// Legal grounds as printed.
    #[serde(default)]
    #[schema(max_items = 50)]
    grounds: Vec<String>,
    /// First day of the achievement; the campaign's when absent.
    #[schema(nullable = false)]
    achievement_from: Option<NaiveDate>,
    /// Last day of the achievement; the campaign's when absent.
    #[schema(nullable = false)]
    achievement_to: Option<NaiveDate>,
}

/// Prepare a decision
///
/// An award of a form that the plan offers and this issuer decides; a revocation or correction by the
/// issuer of the original or its successor.
#[utoipa::path(tag = "decisions", operation_id = "createDecision", request_body = CreateDecision,
    extensions(("x-action" = json!("PREPARE_DECISION"))),
    responses((status = 201, description = "Prepared.", body = DecisionView)))]
#[post("/v1/decisions")]
async fn create(call: Call, body: Body<CreateDecision>) -> Reply {
    let Body(body) = body;
    call.create::<DecisionView, _>(decisions::Create {
        kind: body.kind,
        campaign_id: body.campaign_id,
        organization_id: body.organization_id,
        title: body.title,
        form: body.form,
        session_id: body.session_id,
        original_id: body.original_id,
        ground: body.ground,
        conclusion_reference: body.conclusion_reference,
        reason: body.reason,
        grounds: body.grounds,
        achievement_from: body.achievement_from,
        achievement_to: body.achievement_to,
    })
    .await
}

/// Changes of a draft; absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Về việc tặng Giấy khen"}))]
struct EditDecision {
    /// Title as printed.
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    title: Option<String>,
    /// Legal grounds as printed; replaced whole.
    #[schema(nullable = false, max_items = 50)]
    grounds: Option<Vec<String>>,
    /// First day of the achievement.
    #[schema(nullable = false)]
    achievement_from: Option<NaiveDate>,
    /// Last day of the achievement.
    #[schema(nullable = false)]
    achievement_to: Option<NaiveDate>,
    /// Ground of a revocation.
    #[schema(nullable = false)]
    ground: Option<RevocationGround>,
    /// The conclusion on which a revocation rests.
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    conclusion_reference: Option<String>,
    /// Why something is revoked or corrected.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    reason: Option<String>,
}

/// Change a draft
#[utoipa::path(tag = "decisions", operation_id = "editDecision", request_body = EditDecision,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PREPARE_DECISION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = DecisionView)))]
#[patch("/v1/decisions/{id}")]
async fn edit(call: Call, id: Id<DecisionId>, body: Body<EditDecision>) -> Reply {
    let Body(body) = body;
    call.change::<DecisionView, _>(decisions::Edit {
        id: id.0,
        title: body.title,
        grounds: body.grounds,
        achievement_from: body.achievement_from,
        achievement_to: body.achievement_to,
        ground: body.ground,
        conclusion_reference: body.conclusion_reference,
        reason: body.reason,
    })
    .await
}
