//! `/v1/submissions`.

use actix_web::{delete, get, patch, post};
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
use super::receipts::{ReceiptSummary, ReceiptView};
use super::schema::DocumentRefClearable;
use super::submission_lines::{SubmissionLine, WithLines};
use crate::app::Tx;
use crate::app::submissions::{self, Submission};
use crate::domain::codes::{Procedure, ReceivedChannel};
use crate::domain::document::{DocumentRef, DocumentRefPatch};
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, OrganizationId, SubmissionId};
use crate::domain::ranking::DirectWorkerShare;
use crate::domain::states::SubmissionState;
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(get)
        .service(edit)
        .service(remove)
        .service(submit)
        .service(recall)
        .service(receive)
        .service(return_)
        .service(withdraw)
        .service(admit_late)
        .service(consolidate)
        .service(receipt);
}

/// A dossier of a division.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Submission)]
pub struct SubmissionView {
    /// Identifier.
    pub id: SubmissionId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The launching organisation.
    pub owner_organization_id: OrganizationId,
    /// The proposing unit.
    pub division_id: OrganizationId,
    /// Procedure.
    pub procedure: Procedure,
    /// State.
    pub state: SubmissionState,
    /// Letter of the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub letter: Option<DocumentRef>,
    /// Note to the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// How often it was handed in.
    #[schema(minimum = 0)]
    pub round: i32,
    /// The version of the plan under which it was handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub terms_number: Option<i32>,
    /// The first hand-in; the deadline is held against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_submitted_at: Option<Instant>,
    /// The last hand-in; for paper, its arrival.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub submitted_at: Option<Instant>,
    /// When the office entered it in its register.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
    /// Its number in the campaign's register.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub received_no: Option<i32>,
    /// How it came in.
    pub received_channel: ReceivedChannel,
    /// Whether the office entered it on the unit's behalf.
    pub on_behalf: bool,
    /// Whether it came after the deadline.
    pub late: bool,
    /// Why it is admitted late.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub late_reason: Option<String>,
    /// Until when it is admitted late, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub late_until: Option<Instant>,
    /// Why it was last returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub return_reason: Option<String>,
    /// Until when the last return is to be answered, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub supplement_due_at: Option<Instant>,
    /// Why it was withdrawn.
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
    /// The receipt of the last hand-in in short; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub receipt: Option<ReceiptSummary>,
    /// When it reached the office on paper, for what the office entered on the unit's behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handed_in_at: Option<Instant>,
    /// Its nominations in short, with `include=nominations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub nominations: Option<Vec<SubmissionLine>>,
    /// Those who work directly against those who lead, among the individuals, with `include=nominations`.
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

impl SubmissionView {
    fn item(submission: Submission) -> Result<Self> {
        Ok(Self {
            id: submission.id,
            campaign_id: submission.campaign_id,
            owner_organization_id: submission.owner_organization_id,
            division_id: submission.division_id,
            procedure: submission.procedure,
            state: submission.state,
            letter: submission.letter.map(|letter| letter.read()).transpose()?,
            note: submission.note,
            round: submission.round,
            terms_number: submission.terms_number,
            first_submitted_at: submission.first_submitted_at,
            submitted_at: submission.submitted_at,
            received_at: submission.received_at,
            received_no: submission.received_no,
            received_channel: submission.received_channel,
            on_behalf: submission.on_behalf,
            late: submission.late,
            late_reason: submission.late_reason,
            late_until: submission.late_until,
            return_reason: submission.return_reason,
            supplement_due_at: submission.supplement_due_at,
            state_reason: submission.state_reason,
            version: submission.version,
            created_at: submission.created_at,
            updated_at: submission.updated_at,
            receipt: None,
            handed_in_at: submission
                .submitted_at
                .filter(|_| submission.on_behalf && submission.procedure != Procedure::HeadDiscovered),
            nominations: None,
            direct_worker_share: None,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for SubmissionView {
    type Record = Submission;
    const PATH: &'static str = "/v1/submissions";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        submissions::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Submission, language: Language) -> Result<Self> {
        let possible = submissions::possible(tx, &record)?;
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        Ok(Self {
            receipt: record.receipt.as_ref().map(ReceiptSummary::read).transpose()?,
            allowed_actions: Some(actions),
            ..Self::item(record)?
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
    /// Of this unit.
    #[param(nullable = false)]
    division_id: Option<OrganizationId>,
    /// States, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<SubmissionState>>, style = Form, explode = false, nullable = false, example = json!(["SUBMITTED", "RECEIVED"]))]
    state: Csv<SubmissionState>,
    /// Procedures, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<Procedure>>, style = Form, explode = false, nullable = false, example = json!(["STANDARD"]))]
    procedure: Csv<Procedure>,
    /// Late ones only (`true`), or none of them (`false`).
    #[param(nullable = false)]
    late: Option<bool>,
}

/// Submissions
///
/// Newest first; a division sees its own, the office those of its organisation.
#[utoipa::path(tag = "submissions", operation_id = "listSubmissions", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_SUBMISSION"))),
    responses((status = 200, description = "A page.", body = Page<SubmissionView>)))]
#[get("/v1/submissions")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = submissions::Wanted {
        campaign_id: filters.campaign_id,
        division_id: filters.division_id,
        states: filters.state.0,
        procedures: filters.procedure.0,
        late: filters.late,
    };
    call.list(move |tx, slice| submissions::list(tx, &wanted, slice)?.try_map(SubmissionView::item))
        .await
}

/// What to put into the answer.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Include {
    /// `nominations` puts the dossier's nominations in short into the answer.
    #[param(value_type = Option<String>, nullable = false, pattern = "^nominations$", example = "nominations")]
    include: Option<Included>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Included {
    Nominations,
}

/// One submission
#[utoipa::path(tag = "submissions", operation_id = "getSubmission",
    params(("id" = SubmissionId, Path, description = "Identifier."), Include),
    extensions(("x-action" = json!("READ_SUBMISSION"))),
    responses((status = 200, description = "The submission.", body = SubmissionView)))]
#[get("/v1/submissions/{id}")]
async fn get(call: Call, id: Id<SubmissionId>, include: Query<Include>) -> Reply {
    if include.0.include.is_none() {
        return call
            .show::<SubmissionView, _>(move |tx| submissions::read(tx, id.0))
            .await;
    }
    call.show::<WithLines, _>(move |tx| submissions::read(tx, id.0))
        .await
}

/// A new submission.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "campaign_id": "01990000-0000-7000-8000-000000000001",
    "division_id": "01990000-0000-7000-8000-000000000002",
    "procedure": "STANDARD", "note": "Hồ sơ đợt 1"
}))]
struct CreateSubmission {
    /// The campaign.
    campaign_id: CampaignId,
    /// The proposing unit.
    division_id: OrganizationId,
    /// Procedure.
    procedure: Procedure,
    /// Letter of the unit; inside a Sở it needs no number of its own.
    #[schema(nullable = false)]
    letter: Option<DocumentRef>,
    /// Note to the office.
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    note: Option<String>,
    /// How it reached the office, when the office enters it: `PAPER` or `EMAIL`.
    #[schema(nullable = false)]
    received_channel: Option<ReceivedChannel>,
    /// When it reached the office, when the office enters it; this time counts for the deadline.
    #[schema(nullable = false)]
    handed_in_at: Option<Instant>,
}

/// Begin a submission
///
/// By the proposing unit, or by the standing office on its behalf.
#[utoipa::path(tag = "submissions", operation_id = "createSubmission", request_body = CreateSubmission,
    extensions(("x-action" = json!("DRAFT_SUBMISSION"))),
    responses((status = 201, description = "Created.", body = SubmissionView)))]
#[post("/v1/submissions")]
async fn create(call: Call, body: Body<CreateSubmission>) -> Reply {
    let Body(body) = body;
    call.create::<SubmissionView, _>(submissions::Create {
        campaign_id: body.campaign_id,
        division_id: body.division_id,
        procedure: body.procedure,
        letter: body.letter,
        note: body.note,
        received_channel: body.received_channel,
        handed_in_at: body.handed_in_at,
    })
    .await
}

/// Changes of a submission; absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "Bổ sung báo cáo"}))]
struct EditSubmission {
    /// Procedure.
    #[schema(nullable = false)]
    procedure: Option<Procedure>,
    /// Letter of the unit: members that change; `null` takes it away.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(nullable = false, value_type = Option<DocumentRefClearable>)]
    letter: Option<Option<DocumentRefPatch>>,
    /// Note to the office.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    note: Option<Option<String>>,
}

/// Change a draft or returned submission
#[utoipa::path(tag = "submissions", operation_id = "editSubmission", request_body = EditSubmission,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = SubmissionView)))]
#[patch("/v1/submissions/{id}")]
async fn edit(call: Call, id: Id<SubmissionId>, body: Body<EditSubmission>) -> Reply {
    let Body(body) = body;
    call.change::<SubmissionView, _>(submissions::Edit {
        id: id.0,
        procedure: body.procedure,
        letter: body.letter,
        note: body.note,
    })
    .await
}

/// Remove a draft
///
/// One that was never handed in; later it is withdrawn.
#[utoipa::path(tag = "submissions", operation_id = "deleteSubmission",
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/submissions/{id}")]
async fn remove(call: Call, id: Id<SubmissionId>) -> Reply {
    call.remove(submissions::Delete { id: id.0 }).await
}

/// A hand-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
struct SubmitSubmission {
    /// When it reached the office, for what the office enters on a unit's behalf; the time given with
    /// the draft, or now, when absent.
    #[schema(nullable = false)]
    handed_in_at: Option<Instant>,
}

/// Hand in
///
/// Held against the deadline of the campaign's current terms; an answer to a return against its own
/// period. Missing papers are remarks, or stop it where the plan says so.
#[utoipa::path(tag = "submissions", operation_id = "submitSubmission", request_body = SubmitSubmission,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SUBMIT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Handed in.", body = SubmissionView)))]
#[post("/v1/submissions/{id}/submit")]
async fn submit(call: Call, id: Id<SubmissionId>, body: Body<SubmitSubmission>) -> Reply {
    let command = submissions::Submit {
        id: id.0,
        handed_in_at: body.0.handed_in_at,
    };
    call.change::<SubmissionView, _>(command).await
}

/// Take back to draft
///
/// While the office has not received it.
#[utoipa::path(tag = "submissions", operation_id = "recallSubmission", request_body = Nothing,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SUBMIT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Recalled.", body = SubmissionView)))]
#[post("/v1/submissions/{id}/recall")]
async fn recall(call: Call, id: Id<SubmissionId>, _: Body<Nothing>) -> Reply {
    call.change::<SubmissionView, _>(submissions::Recall { id: id.0 })
        .await
}

/// Enter in the register
///
/// Gives the next number of the campaign's register.
#[utoipa::path(tag = "submissions", operation_id = "receiveSubmission", request_body = Nothing,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RECEIVE_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Received.", body = SubmissionView)))]
#[post("/v1/submissions/{id}/receive")]
async fn receive(call: Call, id: Id<SubmissionId>, _: Body<Nothing>) -> Reply {
    call.change::<SubmissionView, _>(submissions::Receive { id: id.0 })
        .await
}

/// What is to be supplemented.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Thiếu báo cáo thành tích", "supplement_working_days": 3}))]
struct ReturnSubmission {
    /// What is missing or wrong.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Working days for the answer; the plan's when absent.
    #[schema(nullable = false, minimum = 1, maximum = 60)]
    supplement_working_days: Option<u16>,
}

/// Return for supplement
#[utoipa::path(tag = "submissions", operation_id = "returnSubmission", request_body = ReturnSubmission,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RECEIVE_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Returned.", body = SubmissionView)))]
#[post("/v1/submissions/{id}/return")]
async fn return_(call: Call, id: Id<SubmissionId>, body: Body<ReturnSubmission>) -> Reply {
    let Body(body) = body;
    let command = submissions::Return {
        id: id.0,
        reason: body.reason,
        supplement_working_days: body.supplement_working_days,
    };
    call.change::<SubmissionView, _>(command).await
}

/// Why a submission is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Đề nghị lại ở đợt sau"}))]
struct WithdrawSubmission {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Withdraw
///
/// Before it is consolidated, also after its campaign was given up; others may propose its subjects again.
#[utoipa::path(tag = "submissions", operation_id = "withdrawSubmission", request_body = WithdrawSubmission,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SUBMIT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Withdrawn.", body = SubmissionView)))]
#[post("/v1/submissions/{id}/withdraw")]
async fn withdraw(call: Call, id: Id<SubmissionId>, body: Body<WithdrawSubmission>) -> Reply {
    let command = submissions::Withdraw {
        id: id.0,
        reason: body.0.reason,
    };
    call.change::<SubmissionView, _>(command).await
}

/// Until when and why a late submission is let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Mất điện diện rộng", "until": "2026-05-26T17:00:00Z"}))]
struct AdmitLateSubmission {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// First instant at which it is too late again.
    until: Instant,
}

/// Admit a late submission
///
/// By the chief of the office; the unit then hands in again.
#[utoipa::path(tag = "submissions", operation_id = "admitLateSubmission", request_body = AdmitLateSubmission,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("ADMIT_LATE")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Admitted.", body = SubmissionView)))]
#[post("/v1/submissions/{id}/admit-late")]
async fn admit_late(call: Call, id: Id<SubmissionId>, body: Body<AdmitLateSubmission>) -> Reply {
    let Body(body) = body;
    let command = submissions::AdmitLate {
        id: id.0,
        reason: body.reason,
        until: body.until,
    };
    call.change::<SubmissionView, _>(command).await
}

/// Put into the consolidated list
///
/// When every nomination has been appraised, also before it was handed in again.
#[utoipa::path(tag = "submissions", operation_id = "consolidateSubmission", request_body = Nothing,
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("CONSOLIDATE_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Consolidated.", body = SubmissionView)))]
#[post("/v1/submissions/{id}/consolidate")]
async fn consolidate(call: Call, id: Id<SubmissionId>, _: Body<Nothing>) -> Reply {
    call.change::<SubmissionView, _>(submissions::Consolidate { id: id.0 })
        .await
}

/// Receipt of the last hand-in
#[utoipa::path(tag = "submissions", operation_id = "getSubmissionReceipt",
    params(("id" = SubmissionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_SUBMISSION"))),
    responses((status = 200, description = "The receipt.", body = ReceiptView)))]
#[get("/v1/submissions/{id}/receipt")]
async fn receipt(call: Call, id: Id<SubmissionId>) -> Reply {
    call.compute(move |tx, language| Ok(ReceiptView::of(submissions::receipt(tx, id.0)?, language)))
        .await
}
