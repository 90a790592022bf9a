//! `/v1/campaigns/{id}/versions`, `/v1/campaigns/{id}/amendments`.

use actix_web::{HttpRequest, get, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Routes;
use super::answer::Reply;
use super::body::Body;
use super::call::{Call, Id, path_number};
use super::campaigns::CampaignView;
use super::page::{Page, PageParams};
use crate::app::campaigns::{self, CampaignVersion};
use crate::domain::document::DocumentRef;
use crate::domain::error::Result;
use crate::domain::ids::CampaignId;
use crate::domain::plan::{Plan, PlanPatch};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list_versions)
        .service(get_version)
        .service(list_amendments)
        .service(amend);
}

/// One version of a campaign's plan.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = CampaignVersion)]
pub struct CampaignVersionView {
    /// Number, from 1.
    #[schema(minimum = 1)]
    pub number: i32,
    /// The plan.
    pub plan: Plan,
    /// The document that made it; absent for the first version, whose document is the launch's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub document: Option<DocumentRef>,
    /// Why it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// When it was made.
    pub made_at: Instant,
}

impl CampaignVersionView {
    fn item(version: CampaignVersion) -> Result<Self> {
        Ok(Self {
            number: version.number,
            plan: version.plan.read()?,
            document: version
                .document
                .as_ref()
                .map(crate::app::JsonText::read)
                .transpose()?,
            reason: version.reason,
            made_at: version.made_at,
        })
    }
}

async fn versions(call: Call, id: CampaignId, from: i32) -> Reply {
    call.list(move |tx, slice| {
        let page = campaigns::versions(tx, id, from, slice)?;
        page.try_map(CampaignVersionView::item)
    })
    .await
}

/// Versions of a plan
#[utoipa::path(tag = "campaigns", operation_id = "listCampaignVersions",
    params(("id" = CampaignId, Path, description = "Identifier."), PageParams),
    extensions(("x-action" = json!("READ_CAMPAIGN"))),
    responses((status = 200, description = "A page.", body = Page<CampaignVersionView>)))]
#[get("/v1/campaigns/{id}/versions")]
async fn list_versions(call: Call, id: Id<CampaignId>) -> Reply {
    versions(call, id.0, 1).await
}

/// One version of a plan
#[utoipa::path(tag = "campaigns", operation_id = "getCampaignVersion",
    params(("id" = CampaignId, Path, description = "Identifier."),
           ("number" = i32, Path, description = "Number, from 1.", minimum = 1)),
    extensions(("x-action" = json!("READ_CAMPAIGN"))),
    responses((status = 200, description = "The version.", body = CampaignVersionView)))]
#[get("/v1/campaigns/{id}/versions/{number}")]
async fn get_version(call: Call, id: Id<CampaignId>, request: HttpRequest) -> Reply {
    let number = path_number(&request, "number")?;
    call.compute(move |tx, _| CampaignVersionView::item(campaigns::version(tx, id.0, number)?))
        .await
}

/// Amendments of a plan
#[utoipa::path(tag = "campaigns", operation_id = "listCampaignAmendments",
    params(("id" = CampaignId, Path, description = "Identifier."), PageParams),
    extensions(("x-action" = json!("READ_CAMPAIGN"))),
    responses((status = 200, description = "A page.", body = Page<CampaignVersionView>)))]
#[get("/v1/campaigns/{id}/amendments")]
async fn list_amendments(call: Call, id: Id<CampaignId>) -> Reply {
    versions(call, id.0, 2).await
}

/// An amendment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "document": {"type": "CV", "number_raw": "700/SNgV-VP", "issued_on": "2026-05-12"},
    "reason": "Gia hạn nộp hồ sơ",
    "plan": {"submission": {"deadline": {"date": "2026-06-01"}}}
}))]
struct AmendCampaign {
    /// The document that amends.
    document: DocumentRef,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Members of the plan that change; what is not named stays, at any depth.
    plan: PlanPatch,
}

/// Amend published terms
///
/// Makes the next version of the plan: a merge patch on the one in force, so what is not named stays, and
/// `null` takes a member back to its default. A change of `quota`, or of the day of a roll that is not frozen
/// yet, needs the role that may exceed it (`quota.override_role`). Submissions keep the criteria and papers of the version they
/// were handed in under; deadline and quota are always the current version's. `Location` names the new
/// version of the plan; the answer, and its `ETag`, is the campaign.
#[utoipa::path(tag = "campaigns", operation_id = "amendCampaign", request_body = AmendCampaign,
    params(("id" = CampaignId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_CAMPAIGN")), ("x-versioned" = json!(true))),
    responses((status = 201, description = "Amended; the campaign.", body = CampaignView)))]
#[post("/v1/campaigns/{id}/amendments")]
async fn amend(call: Call, id: Id<CampaignId>, body: Body<AmendCampaign>) -> Reply {
    let Body(body) = body;
    let command = campaigns::Amend {
        id: id.0,
        document: body.document,
        reason: body.reason,
        plan: body.plan,
    };
    call.create_at(command, |campaign: &CampaignView| {
        format!("/v1/campaigns/{}/versions/{}", campaign.id, campaign.terms_number)
    })
    .await
}
