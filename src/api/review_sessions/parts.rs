//! Agenda, attendance, votes and minutes of a session.

use actix_web::{HttpRequest, delete, get, patch, post, put};
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::{Agenda, AttendanceList, MinutesView, ReviewSessionView, VoteList, VoteView};
use crate::api::Routes;
use crate::api::answer::Reply;
use crate::api::body::Body;
use crate::api::call::{self, Call, Id};
use crate::app::review_sessions::{self, Attended, Opinion};
use crate::domain::codes::{Attendance, ConsensusOutcome, ReceivedChannel, VoteChoice};
use crate::domain::document::DocumentRef;
use crate::domain::ids::{CouncilMemberId, IndividualId, NominationId, ReviewSessionId};

/// Registers what belongs to a session.
pub(super) fn routes(config: &mut impl Routes) {
    config
        .service(get_agenda)
        .service(add)
        .service(remove)
        .service(change_form)
        .service(consent)
        .service(get_attendance)
        .service(attend)
        .service(get_votes)
        .service(vote)
        .service(get_minutes)
        .service(write_minutes);
}

/// The agenda
///
/// With the counts and results once the session is closed.
#[utoipa::path(tag = "review-sessions", operation_id = "getAgenda",
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_SESSION"))),
    responses((status = 200, description = "The agenda.", body = Agenda)))]
#[get("/v1/review-sessions/{id}/agenda")]
async fn get_agenda(call: Call, id: Id<ReviewSessionId>) -> Reply {
    call.show_part(move |tx, language| {
        let whole = review_sessions::read(tx, id.0)?;
        let lines = review_sessions::read_agenda(tx, id.0)?;
        let agenda = Agenda::of(tx, lines, language)?;
        Ok((whole.version, agenda))
    })
    .await
}

/// What comes on the agenda.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"nomination_ids": ["01990000-0000-7000-8000-000000000001"]}))]
struct AddToAgenda {
    /// Eligible nominations of consolidated dossiers of the campaign, in this order.
    #[schema(min_items = 1, max_items = 500)]
    nomination_ids: Vec<NominationId>,
}

/// Put nominations on the agenda
///
/// Each stands on one agenda at a time; a held nomination is refused. `Location` names the agenda.
#[utoipa::path(tag = "review-sessions", operation_id = "addToAgenda", request_body = AddToAgenda,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PLAN_SESSION")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "The agenda.", body = Agenda)))]
#[post("/v1/review-sessions/{id}/agenda")]
async fn add(call: Call, id: Id<ReviewSessionId>, body: Body<AddToAgenda>) -> Reply {
    let Body(body) = body;
    let command = review_sessions::Add {
        id: id.0,
        nomination_ids: body.nomination_ids,
    };
    let location = format!("/v1/review-sessions/{}/agenda", id.0);
    call.add(command, move |tx, lines, language| {
        let whole = review_sessions::read(tx, id.0)?;
        Ok((location.clone(), whole.version, Agenda::of(tx, lines, language)?))
    })
    .await
}

/// Take a nomination off the agenda
///
/// It is eligible again. What was voted or agreed on stays, unless it was put on hold since. `If-Match` names the
/// session's version, as the tag of the agenda does.
#[utoipa::path(tag = "review-sessions", operation_id = "removeFromAgenda",
    params(("id" = ReviewSessionId, Path, description = "Identifier."),
        ("nomination_id" = NominationId, Path, description = "The nomination.")),
    extensions(("x-action" = json!("PLAN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Taken off.")))]
#[delete("/v1/review-sessions/{id}/agenda/{nomination_id}")]
async fn remove(call: Call, id: Id<ReviewSessionId>, request: HttpRequest) -> Reply {
    let command = review_sessions::Remove {
        id: id.0,
        nomination_id: call::path_id(&request, "nomination_id")?,
    };
    call.remove(command).await
}

/// Another form for a nomination.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"form": "GIAY_KHEN_SO", "form_reason": "Hội đồng đề nghị hình thức khác"}))]
struct ChangeForm {
    /// A form that the plan offers.
    #[schema(min_length = 1, max_length = 40)]
    form: String,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    form_reason: String,
}

/// Propose another form
///
/// It holds once the result is confirmed.
#[utoipa::path(tag = "review-sessions", operation_id = "changeAgendaForm", request_body = ChangeForm,
    params(("id" = ReviewSessionId, Path, description = "Identifier."),
        ("nomination_id" = NominationId, Path, description = "The nomination.")),
    extensions(("x-action" = json!("RUN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "The agenda.", body = Agenda)))]
#[patch("/v1/review-sessions/{id}/agenda/{nomination_id}")]
async fn change_form(
    call: Call,
    id: Id<ReviewSessionId>,
    request: HttpRequest,
    body: Body<ChangeForm>,
) -> Reply {
    let Body(body) = body;
    let command = review_sessions::ChangeForm {
        id: id.0,
        nomination_id: call::path_id(&request, "nomination_id")?,
        form: body.form,
        form_reason: body.form_reason,
    };
    call.perform(command, Agenda::of).await
}

/// What those present agree on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "nomination_ids": ["01990000-0000-7000-8000-000000000001"],
    "outcome": "RECOMMENDED",
    "note": "Các thành viên dự họp thống nhất"
}))]
struct RecordConsensus {
    /// Lines of the agenda.
    #[schema(min_items = 1, max_items = 500)]
    nomination_ids: Vec<NominationId>,
    /// What is agreed on for each of them.
    outcome: ConsensusOutcome,
    /// What the minutes say.
    #[schema(min_length = 1, max_length = 2000)]
    note: String,
}

/// Record consensus on a list
///
/// In an open session that works by consensus (R-V5), for all lines or for none; recording a line again
/// replaces what was recorded. Counts those present, but for whom a line concerns (C-8).
#[utoipa::path(tag = "review-sessions", operation_id = "recordConsensus", request_body = RecordConsensus,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RUN_SESSION")), ("x-versioned" = json!("if-sent"))),
    responses((status = 200, description = "The agenda.", body = Agenda)))]
#[post("/v1/review-sessions/{id}/consensus")]
async fn consent(call: Call, id: Id<ReviewSessionId>, body: Body<RecordConsensus>) -> Reply {
    let Body(body) = body;
    let command = review_sessions::Consent {
        id: id.0,
        nomination_ids: body.nomination_ids,
        outcome: body.outcome,
        note: body.note,
    };
    call.perform(command, Agenda::of).await
}

/// Attendance
#[utoipa::path(tag = "review-sessions", operation_id = "getAttendance",
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_SESSION"))),
    responses((status = 200, description = "The members.", body = AttendanceList)))]
#[get("/v1/review-sessions/{id}/attendance")]
async fn get_attendance(call: Call, id: Id<ReviewSessionId>) -> Reply {
    call.show_part(move |tx, _| {
        let whole = review_sessions::read(tx, id.0)?;
        let members = review_sessions::read_attendance(tx, id.0)?;
        Ok((whole.version, AttendanceList::of(members)))
    })
    .await
}

/// How one member takes part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberAttendance {
    /// The membership.
    council_member_id: CouncilMemberId,
    /// How.
    attendance: Attendance,
    /// Who votes instead; due with SUBSTITUTE.
    #[schema(nullable = false)]
    substitute_individual_id: Option<IndividualId>,
    /// Why absent, or the paper that names the substitute.
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    note: Option<String>,
}

/// Attendance of members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"members": [
    {"council_member_id": "01990000-0000-7000-8000-000000000001", "attendance": "PRESENT"}
]}))]
struct RecordAttendance {
    /// Members; those that are not named stay as they are.
    #[schema(max_items = 200)]
    members: Vec<MemberAttendance>,
}

/// Record attendance
///
/// In a planned session the members are those of its day; in an open one latecomers are added. A
/// substitute sees the session and votes instead of the member.
#[utoipa::path(tag = "review-sessions", operation_id = "recordAttendance", request_body = RecordAttendance,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RUN_SESSION")), ("x-versioned" = json!("if-sent"))),
    responses((status = 200, description = "The members.", body = AttendanceList)))]
#[put("/v1/review-sessions/{id}/attendance")]
async fn attend(call: Call, id: Id<ReviewSessionId>, body: Body<RecordAttendance>) -> Reply {
    let Body(body) = body;
    let members = body.members.into_iter().map(|member| Attended {
        council_member_id: member.council_member_id,
        attendance: member.attendance,
        substitute_individual_id: member.substitute_individual_id,
        note: member.note,
    });
    let command = review_sessions::Attend {
        id: id.0,
        members: members.collect(),
    };
    call.perform(command, |_, members, _| Ok(AttendanceList::of(members)))
        .await
}

/// Votes
///
/// The caller's own; all of them once the session is closed, for secretary, chair, office and auditor.
#[utoipa::path(tag = "review-sessions", operation_id = "getVotes",
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_SESSION"))),
    responses((status = 200, description = "The votes.", body = VoteList)))]
#[get("/v1/review-sessions/{id}/votes")]
async fn get_votes(call: Call, id: Id<ReviewSessionId>) -> Reply {
    call.compute(move |tx, _| {
        let lines = review_sessions::read_votes(tx, id.0)?;
        Ok(VoteList {
            items: lines.into_iter().map(VoteView::from).collect(),
        })
    })
    .await
}

/// A vote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"choice": "AGREE"}))]
struct CastVote {
    /// How.
    choice: VoteChoice,
    /// `PAPER` when the secretary enters the written answer of `member_id`; `ONLINE` otherwise.
    #[schema(nullable = false)]
    channel: Option<ReceivedChannel>,
    /// The absent member whose written answer it is.
    #[schema(nullable = false)]
    member_id: Option<CouncilMemberId>,
}

/// Vote
///
/// One vote for each member and nomination, changed by voting again until the session is closed (R-V3).
/// Nobody votes on himself.
#[utoipa::path(tag = "review-sessions", operation_id = "castVote", request_body = CastVote,
    params(("id" = ReviewSessionId, Path, description = "Identifier."),
        ("nomination_id" = NominationId, Path, description = "The nomination.")),
    extensions(("x-action" = json!("VOTE")), ("x-versioned" = json!("if-sent"))),
    responses((status = 200, description = "The vote.", body = VoteView)))]
#[put("/v1/review-sessions/{id}/votes/{nomination_id}")]
async fn vote(call: Call, id: Id<ReviewSessionId>, request: HttpRequest, body: Body<CastVote>) -> Reply {
    let Body(body) = body;
    let command = review_sessions::Cast {
        id: id.0,
        nomination_id: call::path_id(&request, "nomination_id")?,
        choice: body.choice,
        channel: body.channel.unwrap_or(ReceivedChannel::Online),
        member_id: body.member_id,
    };
    call.perform(command, |_, line, _| Ok(VoteView::from(line))).await
}

/// The minutes
///
/// What the secretary wrote, with attendance, method, counts and results from the session itself.
#[utoipa::path(tag = "review-sessions", operation_id = "getMinutes",
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_SESSION"))),
    responses((status = 200, description = "The minutes.", body = MinutesView)))]
#[get("/v1/review-sessions/{id}/minutes")]
async fn get_minutes(call: Call, id: Id<ReviewSessionId>) -> Reply {
    call.show_part(move |tx, language| {
        let whole = review_sessions::read(tx, id.0)?;
        let record = review_sessions::read_minutes(tx, id.0)?;
        let minutes = MinutesView::of(tx, record, language)?;
        Ok((whole.version, minutes))
    })
    .await
}

/// What the secretary writes into the minutes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "course": "Thư ký báo cáo danh sách; Hội đồng thảo luận và biểu quyết.",
    "conclusion": "Hội đồng thống nhất đề nghị khen thưởng theo kết quả biểu quyết."
}))]
struct WriteMinutes {
    /// Course of the meeting.
    #[schema(min_length = 1, max_length = 20000)]
    course: String,
    /// Opinions given in the meeting.
    #[serde(default)]
    #[schema(max_items = 200)]
    opinions: Vec<Opinion>,
    /// Opinions of absent members in writing; due when a member answered in writing.
    #[serde(default)]
    #[schema(max_items = 200)]
    written_opinions: Vec<Opinion>,
    /// What the publication of the list for comments brought.
    #[schema(nullable = false, min_length = 1, max_length = 10000)]
    public_comment_report: Option<String>,
    /// Conclusion of the chair.
    #[schema(min_length = 1, max_length = 10000)]
    conclusion: String,
    /// The minutes as a document.
    #[schema(nullable = false)]
    document: Option<DocumentRef>,
}

/// Write the minutes
///
/// Of a closed session, until the secretary has signed them. `If-Match` names the session's version, as the tag of
/// the minutes does.
#[utoipa::path(tag = "review-sessions", operation_id = "writeMinutes", request_body = WriteMinutes,
    params(("id" = ReviewSessionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RUN_SESSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Written.", body = ReviewSessionView)))]
#[put("/v1/review-sessions/{id}/minutes")]
async fn write_minutes(call: Call, id: Id<ReviewSessionId>, body: Body<WriteMinutes>) -> Reply {
    let Body(body) = body;
    let minutes = review_sessions::Minutes {
        course: body.course,
        opinions: body.opinions,
        written_opinions: body.written_opinions,
        public_comment_report: body.public_comment_report,
        conclusion: body.conclusion,
        document: body.document,
    };
    call.change::<ReviewSessionView, _>(review_sessions::WriteMinutes { id: id.0, minutes })
        .await
}
