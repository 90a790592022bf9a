//! `/v1/review-sessions`: the meeting itself; agenda, attendance, votes and minutes in `parts.rs`.

mod parts;
mod views;

use actix_web::{get, patch, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::answer::Reply;
use super::body::{self, Body, Nothing};
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::query::{Csv, Query};
use crate::api::Routes;
use crate::app::review_sessions;
use crate::domain::codes::{SessionMode, VotingMethod};
use crate::domain::ids::{CampaignId, CouncilId, ReviewSessionId};
use crate::domain::states::ReviewSessionState;
use crate::domain::time::Instant;
use views::ReviewSessionView;

pub use views::MinutesView;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(get)
        .service(edit)
        .service(open)
        .service(close)
        .service(reopen)
        .service(sign)
        .service(confirm)
        .service(cancel)
        .configure(parts::routes);
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Of this council.
    #[param(nullable = false)]
    council_id: Option<CouncilId>,
    /// Of this campaign.
    #[param(nullable = false)]
    campaign_id: Option<CampaignId>,
    /// States, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<ReviewSessionState>>, style = Form, explode = false, nullable = false, example = json!(["PLANNED", "OPEN"]))]
    state: Csv<ReviewSessionState>,
}

/// Review sessions
///
/// In the order of their making.
#[utoipa::path(tag = "review-sessions", operation_id = "listReviewSessions", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_SESSION"))),
    responses((status = 200, description = "A page.", body = Page<ReviewSessionView>)))]
#[get("/v1/review-sessions")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = review_sessions::Wanted {
        council_id: filters.council_id,
        campaign_id: filters.campaign_id,
        states: filters.state.0,
    };
    call.list(move |tx, slice| review_sessions::list(tx, &wanted, slice)?.try_map(ReviewSessionView::item))
        .await
}

/// One review session
#[utoipa::path(tag = "review-sessions", operation_id = "getReviewSession",
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_SESSION"))),
    responses((status = 200, description = "The session.", body = ReviewSessionView)))]
#[get("/v1/review-sessions/{id}")]
async fn get(call: Call, id: Id<ReviewSessionId>) -> Reply {
    call.show::<ReviewSessionView, _>(move |tx| review_sessions::read(tx, id.0))
        .await
}

/// A new session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "council_id": "01990000-0000-7000-8000-000000000001", "campaign_id": "01990000-0000-7000-8000-000000000002",
    "title": "Họp xét khen thưởng đợt 1", "mode": "MEETING", "method": "OPEN_VOTE",
    "held_at": "2026-06-05T01:00:00Z", "place": "Phòng họp tầng 2"
}))]
struct CreateReviewSession {
    /// The council.
    council_id: CouncilId,
    /// The campaign: in force, of the same organisation.
    campaign_id: CampaignId,
    /// Title.
    #[schema(min_length = 1, max_length = 300)]
    title: String,
    /// How it is held.
    mode: SessionMode,
    /// How votes are taken: `OPEN_VOTE` or `CONSENSUS`.
    method: VotingMethod,
    /// When it is held; the members of this day are entitled.
    held_at: Instant,
    /// Where it is held.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    place: Option<String>,
}

/// Plan a session
#[utoipa::path(tag = "review-sessions", operation_id = "createReviewSession",
    request_body = CreateReviewSession, extensions(("x-action" = json!("PLAN_SESSION"))),
    responses((status = 201, description = "Planned.", body = ReviewSessionView)))]
#[post("/v1/review-sessions")]
async fn create(call: Call, body: Body<CreateReviewSession>) -> Reply {
    let Body(body) = body;
    call.create::<ReviewSessionView, _>(review_sessions::Create {
        council_id: body.council_id,
        campaign_id: body.campaign_id,
        title: body.title,
        mode: body.mode,
        method: body.method,
        held_at: body.held_at,
        place: body.place,
    })
    .await
}

/// What changes of a planned session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"held_at": "2026-06-06T01:00:00Z", "place": "Hội trường"}))]
struct EditReviewSession {
    /// Title.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    title: Option<String>,
    /// How it is held.
    #[schema(nullable = false)]
    mode: Option<SessionMode>,
    /// How votes are taken.
    #[schema(nullable = false)]
    method: Option<VotingMethod>,
    /// When it is held.
    #[schema(nullable = false)]
    held_at: Option<Instant>,
    /// Where it is held.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300)]
    place: Option<Option<String>>,
}

/// Change a planned session
#[utoipa::path(tag = "review-sessions", operation_id = "editReviewSession", request_body = EditReviewSession,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PLAN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = ReviewSessionView)))]
#[patch("/v1/review-sessions/{id}")]
async fn edit(call: Call, id: Id<ReviewSessionId>, body: Body<EditReviewSession>) -> Reply {
    let Body(body) = body;
    call.change::<ReviewSessionView, _>(review_sessions::Edit {
        id: id.0,
        title: body.title,
        mode: body.mode,
        method: body.method,
        held_at: body.held_at,
        place: body.place,
    })
    .await
}

/// Open a session
///
/// Needs a frozen roll, an agenda and the quorum (R-V1); members whose attendance was not recorded count
/// as absent. Working rules and members are frozen.
#[utoipa::path(tag = "review-sessions", operation_id = "openReviewSession", request_body = Nothing,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RUN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Open.", body = ReviewSessionView)))]
#[post("/v1/review-sessions/{id}/open")]
async fn open(call: Call, id: Id<ReviewSessionId>, _body: Body<Nothing>) -> Reply {
    call.change::<ReviewSessionView, _>(review_sessions::Open { id: id.0 })
        .await
}

/// Close a session
///
/// No vote is taken any more; every line gets its counts. A line without any vote blocks it; who takes part and gave
/// no vote on a line is remarked (`session.votes_missing`).
#[utoipa::path(tag = "review-sessions", operation_id = "closeReviewSession", request_body = Nothing,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RUN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Closed.", body = ReviewSessionView)))]
#[post("/v1/review-sessions/{id}/close")]
async fn close(call: Call, id: Id<ReviewSessionId>, _body: Body<Nothing>) -> Reply {
    call.change::<ReviewSessionView, _>(review_sessions::Close { id: id.0 })
        .await
}

/// Why a session takes votes again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Danh sách vượt tỷ lệ 30%, biểu quyết lại"}))]
struct ReopenReviewSession {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Take votes again
///
/// By the chair, who does not sign what was counted: counts, minutes and the secretary's signature are void,
/// votes and recorded consensus stay until they are changed. What the secretary wrote stays as the draft of the minutes.
#[utoipa::path(tag = "review-sessions", operation_id = "reopenReviewSession",
    request_body = ReopenReviewSession, params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("CONFIRM_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Open again.", body = ReviewSessionView)))]
#[post("/v1/review-sessions/{id}/reopen")]
async fn reopen(call: Call, id: Id<ReviewSessionId>, body: Body<ReopenReviewSession>) -> Reply {
    let Body(body) = body;
    let command = review_sessions::Reopen {
        id: id.0,
        reason: body.reason,
    };
    call.change::<ReviewSessionView, _>(command).await
}

/// Sign the minutes
///
/// By the council's secretary; the minutes must be complete (R-V7).
#[utoipa::path(tag = "review-sessions", operation_id = "signReviewSession", request_body = Nothing,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RUN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Signed.", body = ReviewSessionView)))]
#[post("/v1/review-sessions/{id}/sign")]
async fn sign(call: Call, id: Id<ReviewSessionId>, _body: Body<Nothing>) -> Reply {
    call.change::<ReviewSessionView, _>(review_sessions::Sign { id: id.0 })
        .await
}

/// How a result is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
struct ConfirmReviewSession {
    /// Why the quota may be exceeded; needs the right to override it.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    override_reason: Option<String>,
}

/// Confirm the result
///
/// The chair's signature. The quota is checked here (R-Q1): what exceeds it is refused, and the session is
/// reopened to vote again, or confirmed with a reason by who may exceed it. A held nomination blocks it (R-N2).
/// Recommended nominations go on to the Director where he decides the form himself.
#[utoipa::path(tag = "review-sessions", operation_id = "confirmReviewSession",
    request_body = ConfirmReviewSession, params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("CONFIRM_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Confirmed.", body = ReviewSessionView)))]
#[post("/v1/review-sessions/{id}/confirm")]
async fn confirm(call: Call, id: Id<ReviewSessionId>, body: Body<ConfirmReviewSession>) -> Reply {
    let Body(body) = body;
    let command = review_sessions::Confirm {
        id: id.0,
        override_reason: body.override_reason,
    };
    call.change::<ReviewSessionView, _>(command).await
}

/// Why a session is called off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Không đủ thành viên"}))]
struct CancelReviewSession {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Call a session off
///
/// Before it is closed; its nominations can be put on another agenda.
#[utoipa::path(tag = "review-sessions", operation_id = "cancelReviewSession",
    request_body = CancelReviewSession, params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PLAN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Called off.", body = ReviewSessionView)))]
#[post("/v1/review-sessions/{id}/cancel")]
async fn cancel(call: Call, id: Id<ReviewSessionId>, body: Body<CancelReviewSession>) -> Reply {
    let Body(body) = body;
    let command = review_sessions::Cancel {
        id: id.0,
        reason: body.reason,
    };
    call.change::<ReviewSessionView, _>(command).await
}
