//! What the receiver of a batch answers.

use actix_web::post;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ForwardingView;
use crate::api::Routes;
use crate::api::answer::Reply;
use crate::api::body::Body;
use crate::api::call::{Call, Id};
use crate::app::forwardings::{self, Outcome};
use crate::domain::ids::{ForwardingId, NominationId};

/// Registers the answers.
pub(super) fn routes(config: &mut impl Routes) {
    config
        .service(acknowledge)
        .service(return_)
        .service(decline)
        .service(record_decision);
}

/// A receipt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"receipt_number": "1204/BTĐKT"}))]
struct AcknowledgeForwarding {
    /// Number in the receiver's register.
    #[schema(min_length = 1, max_length = 100)]
    receipt_number: String,
}

/// Confirm the receipt
#[utoipa::path(tag = "forwardings", operation_id = "acknowledgeForwarding", request_body = AcknowledgeForwarding,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("ANSWER_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Acknowledged.", body = ForwardingView)))]
#[post("/v1/forwardings/{id}/acknowledge")]
async fn acknowledge(call: Call, id: Id<ForwardingId>, body: Body<AcknowledgeForwarding>) -> Reply {
    let command = forwardings::Acknowledge {
        id: id.0,
        receipt_number: body.0.receipt_number,
    };
    call.change::<ForwardingView, _>(command).await
}

/// Why a batch goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Thiếu báo cáo thành tích"}))]
struct ReturnForwarding {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Give a batch back for supplement
#[utoipa::path(tag = "forwardings", operation_id = "returnForwarding", request_body = ReturnForwarding,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("ANSWER_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Returned.", body = ForwardingView)))]
#[post("/v1/forwardings/{id}/return")]
async fn return_(call: Call, id: Id<ForwardingId>, body: Body<ReturnForwarding>) -> Reply {
    let command = forwardings::Return {
        id: id.0,
        reason: body.0.reason,
    };
    call.change::<ForwardingView, _>(command).await
}

/// Why a batch is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Không đủ tiêu chuẩn"}))]
struct DeclineForwarding {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Refuse a whole batch
///
/// Single nominations are refused with `record-decision`.
#[utoipa::path(tag = "forwardings", operation_id = "declineForwarding", request_body = DeclineForwarding,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("ANSWER_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Declined.", body = ForwardingView)))]
#[post("/v1/forwardings/{id}/decline")]
async fn decline(call: Call, id: Id<ForwardingId>, body: Body<DeclineForwarding>) -> Reply {
    let command = forwardings::Decline {
        id: id.0,
        reason: body.0.reason,
    };
    call.change::<ForwardingView, _>(command).await
}

/// Who decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"}))]
struct DeciderView {
    /// Title as printed.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// Full name as printed.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// What was decided about one nomination.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"nomination_id": "01990000-0000-7000-8000-000600000001", "outcome": "AWARDED"}))]
struct AnsweredItem {
    /// The nomination.
    nomination_id: NominationId,
    /// Awarded or declined.
    outcome: Outcome,
    /// Why it was declined.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    reason: Option<String>,
}

/// The decision of the level above.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "number_raw": "812/QĐ-UBND", "issued_on": "2026-07-15",
    "title": "Về việc tặng Bằng khen của Chủ tịch UBND tỉnh",
    "decider": {"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"},
    "items": [{"nomination_id": "01990000-0000-7000-8000-000600000001", "outcome": "AWARDED"}]
}))]
struct RecordForwardingDecision {
    /// Number as printed.
    #[schema(min_length = 1, max_length = 100)]
    number_raw: String,
    /// Date as printed.
    issued_on: NaiveDate,
    /// Title as printed.
    #[schema(min_length = 1, max_length = 500)]
    title: String,
    /// Who signed.
    decider: DeciderView,
    /// Every nomination of the forwarding, once.
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<AnsweredItem>,
}

/// Record the decision of the level above
///
/// Makes an external, published award decision over the awarded nominations; the others are declined. A
/// decision that answers several forwardings is recorded with each of them: number and date must agree
/// (`decision.recorded_otherwise`), other words in title or signature are remarked.
#[utoipa::path(tag = "forwardings", operation_id = "recordForwardingDecision",
    request_body = RecordForwardingDecision,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("ANSWER_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Decided.", body = ForwardingView)))]
#[post("/v1/forwardings/{id}/record-decision")]
async fn record_decision(call: Call, id: Id<ForwardingId>, body: Body<RecordForwardingDecision>) -> Reply {
    let Body(body) = body;
    let items = body
        .items
        .into_iter()
        .map(|line| forwardings::Answered {
            nomination_id: line.nomination_id,
            outcome: line.outcome,
            reason: line.reason,
        })
        .collect();
    let command = forwardings::RecordDecision {
        id: id.0,
        number_raw: body.number_raw,
        issued_on: body.issued_on,
        title: body.title,
        decider: forwardings::Decider {
            title: body.decider.title,
            name: body.decider.name,
        },
        items,
    };
    call.change::<ForwardingView, _>(command).await
}
