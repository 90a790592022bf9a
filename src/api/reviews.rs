//! `/v1/reviews`.

use actix_web::{get, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use crate::app::Tx;
use crate::app::reviews::{self, CheckItem, Review};
use crate::domain::caller::Role;
use crate::domain::codes::{AppraisalConclusion, ReviewKind};
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, IdentityId, NominationId, ReviewId};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config.service(list).service(create).service(get);
}

/// A review act on a nomination; never changed, a later one supersedes it.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewView {
    /// Identifier.
    pub id: ReviewId,
    /// The nomination.
    pub nomination_id: NominationId,
    /// Its campaign.
    pub campaign_id: CampaignId,
    /// Kind of act.
    pub kind: ReviewKind,
    /// Which hand-in of the dossier was reviewed, from 1.
    #[schema(minimum = 0)]
    pub submission_round: i32,
    /// Number of the version of the plan whose criteria and papers were applied.
    #[schema(minimum = 1)]
    pub terms_number: i32,
    /// Who reviewed, by the service's own identifier.
    pub reviewer_id: IdentityId,
    /// In which role.
    pub reviewer_role: Role,
    /// What was checked.
    pub checklist: Vec<CheckItem>,
    /// What it comes to.
    pub conclusion: AppraisalConclusion,
    /// The legal reason against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub legal_reason: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// The later review that holds instead; absent while this one holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub superseded_by: Option<ReviewId>,
    /// When it was made.
    pub created_at: Instant,
    /// What the caller may do: nothing, a review is never changed. In single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

impl ReviewView {
    fn item(review: Review) -> Result<Self> {
        Ok(Self {
            id: review.id,
            nomination_id: review.nomination_id,
            campaign_id: review.campaign_id,
            kind: review.kind,
            submission_round: review.submission_round,
            terms_number: review.terms_number,
            reviewer_id: review.reviewer_id,
            reviewer_role: review.reviewer_role,
            checklist: review.checklist.read()?,
            conclusion: review.conclusion,
            legal_reason: review.legal_reason,
            note: review.note,
            superseded_by: review.superseded_by,
            created_at: review.created_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for ReviewView {
    type Record = Review;
    const PATH: &'static str = "/v1/reviews";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        reviews::read(tx, id.into())
    }

    fn present(_: &mut Tx<'_>, record: Review, _: Language) -> Result<Self> {
        Ok(Self {
            allowed_actions: Some(Vec::new()),
            ..Self::item(record)?
        })
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn version(&self) -> i64 {
        1
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Of this nomination.
    #[param(nullable = false)]
    nomination_id: Option<NominationId>,
    /// Of this campaign.
    #[param(nullable = false)]
    campaign_id: Option<CampaignId>,
    /// Kinds, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<ReviewKind>>, style = Form, explode = false, nullable = false, example = json!(["APPRAISAL"]))]
    kind: Csv<ReviewKind>,
    /// Conclusions, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<AppraisalConclusion>>, style = Form, explode = false, nullable = false, example = json!(["ELIGIBLE", "INELIGIBLE"]))]
    conclusion: Csv<AppraisalConclusion>,
    /// Those that hold now (`true`), or the superseded ones (`false`).
    #[param(nullable = false)]
    current: Option<bool>,
}

/// Reviews
///
/// In the order of their making.
#[utoipa::path(tag = "reviews", operation_id = "listReviews", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_REVIEW"))),
    responses((status = 200, description = "A page.", body = Page<ReviewView>)))]
#[get("/v1/reviews")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = reviews::Wanted {
        nomination_id: filters.nomination_id,
        campaign_id: filters.campaign_id,
        kinds: filters.kind.0,
        conclusions: filters.conclusion.0,
        current: filters.current,
    };
    call.list(move |tx, slice| {
        let page = reviews::list(tx, &wanted, slice)?;
        page.try_map(ReviewView::item)
    })
    .await
}

/// One review
#[utoipa::path(tag = "reviews", operation_id = "getReview",
    params(("id" = ReviewId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_REVIEW"))),
    responses((status = 200, description = "The review.", body = ReviewView)))]
#[get("/v1/reviews/{id}")]
async fn get(call: Call, id: Id<ReviewId>) -> Reply {
    call.show::<ReviewView, _>(move |tx| reviews::read(tx, id.0))
        .await
}

/// A review act.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "nomination_id": "01990000-0000-7000-8000-000000000001", "kind": "APPRAISAL",
    "checklist": [{"item": "TT1", "ok": true}, {"item": "BAO_CAO", "ok": true}],
    "conclusion": "ELIGIBLE", "note": "Đủ điều kiện"
}))]
struct CreateReview {
    /// The nomination.
    nomination_id: NominationId,
    /// Kind of act.
    kind: ReviewKind,
    /// What was checked: criteria of the plan and kinds of papers, each once.
    #[serde(default)]
    #[schema(max_items = 150)]
    checklist: Vec<CheckItem>,
    /// What it comes to.
    conclusion: AppraisalConclusion,
    /// The legal reason; due with INELIGIBLE.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    legal_reason: Option<String>,
    /// Anything else; why, where it opens a closed dossier again without a `legal_reason`.
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    note: Option<String>,
}

/// Review a nomination
///
/// The first review takes the dossier into appraisal. ELIGIBLE needs every mandatory criterion marked as
/// met, its evidence where the criterion has `evidence_required`, and every required paper (R-N1); criteria
/// and papers are those of the plan under which the dossier was handed in. Who drafted a nomination may not
/// appraise it. Until the campaign is concluded an appraisal that found somebody in a closed dossier ineligible
/// can be corrected, with the reason; the dossier opens again. `If-Match` is held against the nomination.
#[utoipa::path(tag = "reviews", operation_id = "createReview", request_body = CreateReview,
    extensions(("x-action" = json!("APPRAISE")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "Reviewed.", body = ReviewView)))]
#[post("/v1/reviews")]
async fn create(call: Call, body: Body<CreateReview>) -> Reply {
    let Body(body) = body;
    call.create::<ReviewView, _>(reviews::Create {
        nomination_id: body.nomination_id,
        kind: body.kind,
        checklist: body.checklist,
        conclusion: body.conclusion,
        legal_reason: body.legal_reason,
        note: body.note,
    })
    .await
}
