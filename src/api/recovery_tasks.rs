//! `/v1/recovery-tasks`.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::Query;
use crate::app::Tx;
use crate::app::decisions::{self, RecoveryTask};
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, DecisionId, DecisionItemId, OrganizationId, RecoveryTaskId};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config.service(list).service(get).service(complete);
}

/// The return of objects and money after a revocation.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = RecoveryTask)]
pub struct RecoveryTaskView {
    /// Identifier.
    pub id: RecoveryTaskId,
    /// The revocation.
    pub decision_id: DecisionId,
    /// The revoked item of the original.
    pub decision_item_id: DecisionItemId,
    /// Who must chase it.
    pub organization_id: OrganizationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Last day for the return.
    pub due_on: NaiveDate,
    /// Money to return, in đồng.
    pub amount_dong: i64,
    /// `OPEN` or `COMPLETED`.
    #[schema(example = "OPEN")]
    pub state: String,
    /// The day of the return.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub completed_on: Option<NaiveDate>,
    /// What was returned, to whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
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

impl RecoveryTaskView {
    fn item(task: RecoveryTask) -> Result<Self> {
        Ok(Self {
            id: task.id,
            decision_id: task.decision_id,
            decision_item_id: task.decision_item_id,
            organization_id: task.owner_organization_id,
            campaign_id: task.campaign_id,
            due_on: task.due_on,
            amount_dong: task.amount_dong,
            state: task.state,
            completed_on: task.completed_on,
            note: task.note,
            version: task.version,
            created_at: task.created_at,
            updated_at: task.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for RecoveryTaskView {
    type Record = RecoveryTask;
    const PATH: &'static str = "/v1/recovery-tasks";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        decisions::read_recovery_task(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: RecoveryTask, language: Language) -> Result<Self> {
        let possible = decisions::recovery_possible(tx, &record);
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        Ok(Self {
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
    /// Of this revocation.
    #[param(nullable = false)]
    decision_id: Option<DecisionId>,
    /// `OPEN` or `COMPLETED`.
    #[param(nullable = false, pattern = "^(OPEN|COMPLETED)$", example = "OPEN")]
    state: Option<String>,
    /// Due on this day or before.
    #[param(nullable = false)]
    due_by: Option<NaiveDate>,
}

/// Recovery tasks
///
/// The most urgent first.
#[utoipa::path(tag = "decisions", operation_id = "listRecoveryTasks", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_DECISION"))),
    responses((status = 200, description = "A page.", body = Page<RecoveryTaskView>)))]
#[get("/v1/recovery-tasks")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = decisions::TasksWanted {
        campaign_id: filters.campaign_id,
        decision_id: filters.decision_id,
        state: filters.state,
        due_by: filters.due_by,
    };
    call.list(move |tx, slice| {
        decisions::list_recovery_tasks(tx, &wanted, slice)?.try_map(RecoveryTaskView::item)
    })
    .await
}

/// One recovery task
#[utoipa::path(tag = "decisions", operation_id = "getRecoveryTask",
    params(("id" = RecoveryTaskId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_DECISION"))),
    responses((status = 200, description = "The task.", body = RecoveryTaskView)))]
#[get("/v1/recovery-tasks/{id}")]
async fn get(call: Call, id: Id<RecoveryTaskId>) -> Reply {
    call.show::<RecoveryTaskView, _>(move |tx| decisions::read_recovery_task(tx, id.0))
        .await
}

/// That objects and money were returned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"completed_on": "2026-07-10", "note": "Đã nộp lại Giấy khen và tiền thưởng"}))]
struct CompleteRecoveryTask {
    /// The day.
    completed_on: NaiveDate,
    /// What was returned, to whom.
    #[schema(min_length = 1, max_length = 1000)]
    note: String,
}

/// Complete a recovery task
#[utoipa::path(tag = "decisions", operation_id = "completeRecoveryTask", request_body = CompleteRecoveryTask,
    params(("id" = RecoveryTaskId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("RECOVER_AWARD")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Completed.", body = RecoveryTaskView)))]
#[post("/v1/recovery-tasks/{id}/complete")]
async fn complete(call: Call, id: Id<RecoveryTaskId>, body: Body<CompleteRecoveryTask>) -> Reply {
    let Body(body) = body;
    let command = decisions::CompleteRecovery {
        id: id.0,
        completed_on: body.completed_on,
        note: body.note,
    };
    call.change::<RecoveryTaskView, _>(command).await
}
