//! `/v1/decisions/{id}/items`.

use actix_web::{HttpRequest, delete, get, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::DecisionView;
use crate::api::Routes;
use crate::api::answer::Reply;
use crate::api::body::Body;
use crate::api::call::{Call, Id, path_id};
use crate::api::page::{Page, PageParams};
use crate::app::decisions::{self, ItemLine};
use crate::domain::codes::{DecisionItemState, SubjectKind};
use crate::domain::error::Result;
use crate::domain::ids::{DecisionId, DecisionItemId, NominationId};

/// Registers the items.
pub fn routes(config: &mut impl Routes) {
    config.service(list).service(add).service(remove).service(drop_);
}

/// One subject of a decision, as printed.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = DecisionItem)]
struct ItemView {
    /// Identifier.
    id: DecisionItemId,
    /// Place in the list: collectives and households first, then individuals.
    #[schema(minimum = 1)]
    ordinal: i32,
    /// The nomination, of an award.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    nomination_id: Option<NominationId>,
    /// The item of the original, of a revocation or correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    original_item_id: Option<DecisionItemId>,
    /// Kind of subject.
    subject_kind: SubjectKind,
    /// Name as printed.
    name: String,
    /// Position as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    position: Option<String>,
    /// Unit as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unit: Option<String>,
    /// Award form.
    form: String,
    /// Text as printed.
    print_text: String,
    /// Coefficient of the prize money in hundredths, fixed at issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    coefficient_hundredths: Option<i32>,
    /// Base salary in đồng, fixed at issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    base_salary_dong: Option<i64>,
    /// Prize money in đồng, fixed at issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    amount_dong: Option<i64>,
    /// Whether it is in force.
    state: DecisionItemState,
    /// True for awards of a theme campaign: they are no basis for a merit award (ND152 art. 4).
    not_basis_for_merit_award: bool,
}

impl ItemView {
    fn of(line: ItemLine) -> Result<Self> {
        let item = line.item;
        Ok(Self {
            id: item.id,
            ordinal: item.ordinal,
            nomination_id: item.nomination_id,
            original_item_id: item.original_item_id,
            subject_kind: item.subject_kind,
            name: item.subject_name,
            position: item.subject_position,
            unit: item.subject_unit,
            form: item.form,
            print_text: item.print_text,
            coefficient_hundredths: item.coefficient_hundredths,
            base_salary_dong: item.base_salary_dong,
            amount_dong: item.amount_dong,
            state: item.state,
            not_basis_for_merit_award: line.not_basis_for_merit_award,
        })
    }
}

/// Items of a decision
///
/// In their printed order.
#[utoipa::path(tag = "decisions", operation_id = "listDecisionItems",
    params(("id" = DecisionId, Path, description = "Identifier."), PageParams),
    extensions(("x-action" = json!("READ_DECISION"))),
    responses((status = 200, description = "A page.", body = Page<ItemView>)))]
#[get("/v1/decisions/{id}/items")]
async fn list(call: Call, id: Id<DecisionId>) -> Reply {
    call.list(move |tx, slice| decisions::items(tx, id.0, slice)?.try_map(ItemView::of))
        .await
}

/// How an item should have been printed; absent stays as it was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"original_item_id": "01990000-0000-7000-8000-000700000001", "name": "Nguyễn Văn Mẫu"}))]
struct CorrectedItem {
    /// The item of the original decision.
    original_item_id: DecisionItemId,
    /// Name.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    name: Option<String>,
    /// Position.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    position: Option<String>,
    /// Unit.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    unit: Option<String>,
    /// Text.
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    print_text: Option<String>,
}

/// Items to add: nominations to an award, items of the original to a revocation or correction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"nomination_ids": ["01990000-0000-7000-8000-000600000001"]}))]
struct AddDecisionItems {
    /// Nominations, of an award.
    #[serde(default)]
    #[schema(max_items = 500)]
    nomination_ids: Vec<NominationId>,
    /// Items that are revoked, of a revocation.
    #[serde(default)]
    #[schema(max_items = 500)]
    original_item_ids: Vec<DecisionItemId>,
    /// Items that are corrected, of a correction.
    #[serde(default)]
    #[schema(max_items = 500)]
    corrections: Vec<CorrectedItem>,
}

/// Add items to a draft
///
/// All or none: each item that may not be added is named. An award takes nominations that the council
/// recommended (or that need no council), once in all live decisions, and no subject that is rewarded or
/// pending in the campaign. `Location` names the list of items; the answer, and its `ETag`, is the decision.
#[utoipa::path(tag = "decisions", operation_id = "addDecisionItems", request_body = AddDecisionItems,
    params(("id" = DecisionId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PREPARE_DECISION")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "Added; the decision.", body = DecisionView)))]
#[post("/v1/decisions/{id}/items")]
async fn add(call: Call, id: Id<DecisionId>, body: Body<AddDecisionItems>) -> Reply {
    let Body(body) = body;
    let corrections = body
        .corrections
        .into_iter()
        .map(|one| decisions::Corrected {
            original_item_id: one.original_item_id,
            name: one.name,
            position: one.position,
            unit: one.unit,
            print_text: one.print_text,
        })
        .collect();
    let command = decisions::AddItems {
        id: id.0,
        nomination_ids: body.nomination_ids,
        original_item_ids: body.original_item_ids,
        corrections,
    };
    call.create_at(command, |decision: &DecisionView| {
        format!("/v1/decisions/{}/items", decision.id)
    })
    .await
}

/// Take an item out of a draft
///
/// `If-Match` names the decision's version.
#[utoipa::path(tag = "decisions", operation_id = "removeDecisionItem",
    params(("id" = DecisionId, Path, description = "Identifier."),
        ("item_id" = DecisionItemId, Path, description = "Identifier of the item.")),
    extensions(("x-action" = json!("PREPARE_DECISION")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Taken out.")))]
#[delete("/v1/decisions/{id}/items/{item_id}")]
async fn remove(call: Call, id: Id<DecisionId>, request: HttpRequest) -> Reply {
    let command = decisions::RemoveItem {
        id: id.0,
        item_id: path_id(&request, "item_id")?,
    };
    call.remove(command).await
}

/// Why a subject is dropped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Chưa đủ thời gian công tác"}))]
struct DropDecisionItem {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Drop a recommended subject
///
/// The Director drops a subject before he signs; its nomination is NOT_AWARDED at once. `If-Match` names
/// the decision's version.
#[utoipa::path(tag = "decisions", operation_id = "dropDecisionItem", request_body = DropDecisionItem,
    params(("id" = DecisionId, Path, description = "Identifier."),
        ("item_id" = DecisionItemId, Path, description = "Identifier of the item.")),
    extensions(("x-action" = json!("SIGN_DECISION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Dropped; the decision.", body = DecisionView)))]
#[post("/v1/decisions/{id}/items/{item_id}/drop")]
async fn drop_(call: Call, id: Id<DecisionId>, request: HttpRequest, body: Body<DropDecisionItem>) -> Reply {
    let command = decisions::Drop {
        id: id.0,
        item_id: path_id(&request, "item_id")?,
        reason: body.0.reason,
    };
    call.change::<DecisionView, _>(command).await
}
