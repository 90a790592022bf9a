//! Holds of nominations: proposed by the office's reviewer, set, released and dismissed by its chief. What a
//! hold may end in: the head drops the nomination.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;

use super::NominationView;
use crate::api::Routes;
use crate::api::answer::Reply;
use crate::api::body::Body;
use crate::api::call::{Call, Id};
use crate::app::nominations;
use crate::domain::codes::HoldReason;
use crate::domain::ids::NominationId;
use crate::domain::time::Instant;

/// Registers the acts.
pub(super) fn routes(config: &mut impl Routes) {
    config
        .service(propose)
        .service(dismiss)
        .service(hold)
        .service(release)
        .service(drop_);
}

/// A hold.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Hold)]
pub struct HoldView {
    /// Why.
    pub reason: HoldReason,
    /// What is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// Since when.
    pub since: Instant,
}

/// A hold that is proposed.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = ProposedHold)]
pub struct ProposedHoldView {
    /// Why.
    pub reason: HoldReason,
    /// What is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// When it was proposed.
    pub proposed_at: Instant,
}

/// Why a hold is proposed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "COMPLAINT", "note": "Văn phòng nhận được đơn"}))]
struct ProposeHold {
    /// Why.
    reason: HoldReason,
    /// What is known, for those who decide.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    note: Option<String>,
}

/// Propose a hold
///
/// To the head of the office, who sets it or dismisses the proposal. It stops nothing by itself, and the
/// unit and the nominee do not see it.
#[utoipa::path(tag = "submissions", operation_id = "proposeHold", request_body = ProposeHold,
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PROPOSE_HOLD")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Proposed.", body = NominationView)))]
#[post("/v1/nominations/{id}/propose-hold")]
async fn propose(call: Call, id: Id<NominationId>, body: Body<ProposeHold>) -> Reply {
    let Body(body) = body;
    let command = nominations::ProposeHold {
        id: id.0,
        reason: body.reason,
        note: body.note,
    };
    call.change::<NominationView, _>(command).await
}

/// Why a proposed hold is dismissed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"conclusion": "Đơn không thuộc trường hợp phải tạm dừng"}))]
struct DismissHoldProposal {
    /// Why nothing is held.
    #[schema(min_length = 1, max_length = 1000)]
    conclusion: String,
}

/// Dismiss a proposed hold
#[utoipa::path(tag = "submissions", operation_id = "dismissHoldProposal", request_body = DismissHoldProposal,
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("HOLD_NOMINATION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Dismissed.", body = NominationView)))]
#[post("/v1/nominations/{id}/dismiss-hold-proposal")]
async fn dismiss(call: Call, id: Id<NominationId>, body: Body<DismissHoldProposal>) -> Reply {
    let command = nominations::DismissHoldProposal {
        id: id.0,
        conclusion: body.0.conclusion,
    };
    call.change::<NominationView, _>(command).await
}

/// Why a nomination is put on hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "COMPLAINT", "note": "Đơn đang được giải quyết"}))]
struct HoldNomination {
    /// Why.
    reason: HoldReason,
    /// What is known, for those who decide.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    note: Option<String>,
}

/// Put on hold
///
/// While discipline, an investigation or a complaint is pending (Nghị định 152/2025 Điều 4 khoản 4).
/// Answers a proposal of it.
#[utoipa::path(tag = "submissions", operation_id = "holdNomination", request_body = HoldNomination,
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("HOLD_NOMINATION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "On hold.", body = NominationView)))]
#[post("/v1/nominations/{id}/hold")]
async fn hold(call: Call, id: Id<NominationId>, body: Body<HoldNomination>) -> Reply {
    let Body(body) = body;
    let command = nominations::Hold {
        id: id.0,
        reason: body.reason,
        note: body.note,
    };
    call.change::<NominationView, _>(command).await
}

/// What was found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"conclusion": "Không có vi phạm"}))]
struct ReleaseNomination {
    /// What the competent authority concluded.
    #[schema(min_length = 1, max_length = 1000)]
    conclusion: String,
}

/// Release from hold
#[utoipa::path(tag = "submissions", operation_id = "releaseNomination", request_body = ReleaseNomination,
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("HOLD_NOMINATION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Released.", body = NominationView)))]
#[post("/v1/nominations/{id}/release")]
async fn release(call: Call, id: Id<NominationId>, body: Body<ReleaseNomination>) -> Reply {
    let command = nominations::Release {
        id: id.0,
        conclusion: body.0.conclusion,
    };
    call.change::<NominationView, _>(command).await
}

/// Why a nomination is dropped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Đã có kết luận vi phạm"}))]
struct DropNomination {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Drop a recommended nomination
///
/// The head decides against what the council recommended, also for a form that goes up and for what came back
/// from above; its place of the quota is free again. What is on the list of a decision is dropped there.
#[utoipa::path(tag = "submissions", operation_id = "dropNomination", request_body = DropNomination,
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DROP_NOMINATION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "NOT_AWARDED.", body = NominationView)))]
#[post("/v1/nominations/{id}/drop")]
async fn drop_(call: Call, id: Id<NominationId>, body: Body<DropNomination>) -> Reply {
    let command = nominations::Drop {
        id: id.0,
        reason: body.0.reason,
    };
    call.change::<NominationView, _>(command).await
}
