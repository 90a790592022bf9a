//! The acts of a decision's life.

use actix_web::post;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::DecisionView;
use crate::api::Routes;
use crate::api::answer::Reply;
use crate::api::body::{Body, Nothing};
use crate::api::call::{Call, Id};
use crate::app::decisions;
use crate::domain::document::Signature;
use crate::domain::ids::DecisionId;

/// Registers the acts.
pub fn routes(config: &mut impl Routes) {
    config
        .service(check)
        .service(return_)
        .service(sign)
        .service(number)
        .service(issue)
        .service(publish)
        .service(cancel);
}

/// Check a draft
///
/// The office's chief confirms that content and list are right.
#[utoipa::path(tag = "decisions", operation_id = "checkDecision", request_body = Nothing,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("CHECK_DECISION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Checked.", body = DecisionView)))]
#[post("/v1/decisions/{id}/check")]
async fn check(call: Call, id: Id<DecisionId>, _body: Body<Nothing>) -> Reply {
    call.change::<DecisionView, _>(decisions::Check { id: id.0 })
        .await
}

/// Why a decision goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Sai chức vụ của một cá nhân"}))]
struct ReturnDecision {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Give a decision back to the drafter
///
/// Before it has a number; by the office's chief or the Director. A signature is gone with it.
#[utoipa::path(tag = "decisions", operation_id = "returnDecision", request_body = ReturnDecision,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SIGN_DECISION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "A draft again.", body = DecisionView)))]
#[post("/v1/decisions/{id}/return")]
async fn return_(call: Call, id: Id<DecisionId>, body: Body<ReturnDecision>) -> Reply {
    let command = decisions::Return {
        id: id.0,
        reason: body.0.reason,
    };
    call.change::<DecisionView, _>(command).await
}

/// A signature.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"signature": {"mode": "KT", "title": "Phó Giám đốc", "name": "Nguyễn Thị Mẫu"}}))]
struct SignDecision {
    /// In whose place, title and name as printed.
    signature: Signature,
}

/// Sign a decision
///
/// Who signs a list that names himself gets the remark `duty.conflict` (a deputy should sign).
#[utoipa::path(tag = "decisions", operation_id = "signDecision", request_body = SignDecision,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SIGN_DECISION")), ("x-versioned" = json!(true)),
        ("x-step-up" = json!(true))),
    responses((status = 200, description = "Signed.", body = DecisionView)))]
#[post("/v1/decisions/{id}/sign")]
async fn sign(call: Call, id: Id<DecisionId>, body: Body<SignDecision>) -> Reply {
    let command = decisions::Sign {
        id: id.0,
        signature: body.0.signature,
    };
    call.change::<DecisionView, _>(command).await
}

/// Number and date of a signed decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": 615, "issued_on": "2026-06-30", "place": "Cao Bằng"}))]
struct NumberDecision {
    /// Running number of the register.
    #[schema(minimum = 1, maximum = 999_999)]
    number: i32,
    /// Register of the issuer, printed in capitals before its short name; `QĐ` when absent.
    #[serde(default = "super::default_register")]
    #[schema(min_length = 1, max_length = 40, pattern = r"^[^\s/]+$")]
    register: String,
    /// Date as printed: it decides the register's year and the base salary of the prize money.
    issued_on: NaiveDate,
    /// Place as printed.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    place: Option<String>,
    /// In force from; the date itself when absent.
    #[schema(nullable = false)]
    effective_on: Option<NaiveDate>,
}

/// Number a signed decision
///
/// Unique for issuer, register and year of the date. A gap to the number before is remarked.
#[utoipa::path(tag = "decisions", operation_id = "numberDecision", request_body = NumberDecision,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("NUMBER_DECISION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Numbered.", body = DecisionView)))]
#[post("/v1/decisions/{id}/number")]
async fn number(call: Call, id: Id<DecisionId>, body: Body<NumberDecision>) -> Reply {
    let Body(body) = body;
    let command = decisions::Number {
        id: id.0,
        number: body.number,
        register: body.register,
        issued_on: body.issued_on,
        place: body.place,
        effective_on: body.effective_on,
    };
    call.change::<DecisionView, _>(command).await
}

/// How a decision is issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
struct IssueDecision {
    /// Why the quota may be exceeded; needs the right to override it.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    quota_override_reason: Option<String>,
}

/// Issue a decision
///
/// Quota, holds and money are decided here; afterwards the decision is immutable. A revocation makes its
/// items REVOKED and opens a recovery task for each.
#[utoipa::path(tag = "decisions", operation_id = "issueDecision", request_body = IssueDecision,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("ISSUE_DECISION")), ("x-versioned" = json!(true)),
        ("x-step-up" = json!(true))),
    responses((status = 200, description = "Issued.", body = DecisionView)))]
#[post("/v1/decisions/{id}/issue")]
async fn issue(call: Call, id: Id<DecisionId>, body: Body<IssueDecision>) -> Reply {
    let command = decisions::Issue {
        id: id.0,
        quota_override_reason: body.0.quota_override_reason,
    };
    call.change::<DecisionView, _>(command).await
}

/// Make an issued decision public
#[utoipa::path(tag = "decisions", operation_id = "publishDecision", request_body = Nothing,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("NUMBER_DECISION")), ("x-versioned" = json!(true)),
        ("x-step-up" = json!(true))),
    responses((status = 200, description = "Published.", body = DecisionView)))]
#[post("/v1/decisions/{id}/publish")]
async fn publish(call: Call, id: Id<DecisionId>, _body: Body<Nothing>) -> Reply {
    call.change::<DecisionView, _>(decisions::Publish { id: id.0 })
        .await
}

/// Why a decision is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Gộp vào quyết định khác"}))]
struct CancelDecision {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Give a decision up before it is issued
///
/// Its subjects are free for another decision.
#[utoipa::path(tag = "decisions", operation_id = "cancelDecision", request_body = CancelDecision,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("ISSUE_DECISION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Cancelled.", body = DecisionView)))]
#[post("/v1/decisions/{id}/cancel")]
async fn cancel(call: Call, id: Id<DecisionId>, body: Body<CancelDecision>) -> Reply {
    let command = decisions::Cancel {
        id: id.0,
        reason: body.0.reason,
    };
    call.change::<DecisionView, _>(command).await
}
