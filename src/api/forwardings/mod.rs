//! `/v1/forwardings`: what is prepared, signed, sent and read.

mod answers;

use actix_web::{delete, get, patch, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use super::review_sessions::MinutesView;
use super::schema::DocumentRefClearable;
use crate::app::Tx;
use crate::app::forwardings::{self, Forwarding, ForwardingItem};
use crate::app::nominations;
use crate::app::review_sessions::MinutesRecord;
use crate::domain::document::{DocumentRef, DocumentRefPatch, Signature};
use crate::domain::error::Result;
use crate::domain::ids::{
    CampaignId, DecisionId, ForwardingId, NominationId, OrganizationId, ReviewSessionId,
};
use crate::domain::ranking::DirectWorkerShare;
use crate::domain::states::ForwardingState;
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(get)
        .service(edit)
        .service(remove)
        .service(sign)
        .service(send)
        .service(recall)
        .service(minutes);
    answers::routes(config);
}

/// A batch of nominations of one award form for the level above.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Forwarding)]
pub struct ForwardingView {
    /// Identifier.
    pub id: ForwardingId,
    /// State.
    pub state: ForwardingState,
    /// Who proposes.
    pub organization_id: OrganizationId,
    /// Who receives it.
    pub receiver_organization_id: OrganizationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Award form.
    #[schema(example = "BANG_KHEN_TINH")]
    pub form: String,
    /// The letter (tờ trình).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub letter: Option<DocumentRef>,
    /// Who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signature: Option<Signature>,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signed_at: Option<Instant>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_at: Option<Instant>,
    /// When the receiver confirmed the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub acknowledged_at: Option<Instant>,
    /// When the receiver last gave it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub returned_at: Option<Instant>,
    /// Number in the receiver's register.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub receipt_number: Option<String>,
    /// The recorded decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision_id: Option<DecisionId>,
    /// Why the quota was exceeded (R-Q1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub quota_override_reason: Option<String>,
    /// Why it was returned or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state_reason: Option<String>,
    /// The nominations in their order; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub items: Option<Vec<ForwardingItemView>>,
    /// Those who work directly against those who lead, among the individuals; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub direct_worker_share: Option<DirectWorkerShare>,
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

/// One nomination of a forwarding.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = ForwardingItem)]
pub struct ForwardingItemView {
    /// Place in the list.
    #[schema(minimum = 1)]
    pub ordinal: i32,
    /// The nomination.
    pub nomination_id: NominationId,
    /// What the level above decided: `AWARDED` or `DECLINED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "AWARDED")]
    pub outcome: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome_reason: Option<String>,
}

impl From<ForwardingItem> for ForwardingItemView {
    fn from(item: ForwardingItem) -> Self {
        Self {
            ordinal: item.ordinal,
            nomination_id: item.nomination_id,
            outcome: item.outcome,
            outcome_reason: item.outcome_reason,
        }
    }
}

impl ForwardingView {
    fn item(forwarding: Forwarding) -> Result<Self> {
        Ok(Self {
            id: forwarding.id,
            state: forwarding.state,
            organization_id: forwarding.owner_organization_id,
            receiver_organization_id: forwarding.receiver_organization_id,
            campaign_id: forwarding.campaign_id,
            form: forwarding.form,
            letter: forwarding.letter.map(|text| text.read()).transpose()?,
            signature: forwarding.signature.map(|text| text.read()).transpose()?,
            signed_at: forwarding.signed_at,
            sent_at: forwarding.sent_at,
            acknowledged_at: forwarding.acknowledged_at,
            returned_at: forwarding.returned_at,
            receipt_number: forwarding.receipt_number,
            decision_id: forwarding.decision_id,
            quota_override_reason: forwarding.quota_override_reason,
            state_reason: forwarding.state_reason,
            items: None,
            direct_worker_share: None,
            version: forwarding.version,
            created_at: forwarding.created_at,
            updated_at: forwarding.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for ForwardingView {
    type Record = Forwarding;
    const PATH: &'static str = "/v1/forwardings";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        forwardings::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Forwarding, language: Language) -> Result<Self> {
        let possible = forwardings::possible(tx, &record)?;
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        let items = forwardings::items(tx, &record)?;
        let share = nominations::direct_workers(tx, items.iter().map(|item| item.nomination_id))?;
        Ok(Self {
            direct_worker_share: Some(share),
            items: Some(items.into_iter().map(ForwardingItemView::from).collect()),
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
    /// Sent to this organisation.
    #[param(nullable = false)]
    receiver_organization_id: Option<OrganizationId>,
    /// States, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<ForwardingState>>, style = Form, explode = false, nullable = false, example = json!(["SENT", "ACKNOWLEDGED"]))]
    state: Csv<ForwardingState>,
}

/// Forwardings
///
/// Newest first: the caller's own, and those sent to its organisation.
#[utoipa::path(tag = "forwardings", operation_id = "listForwardings", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_FORWARDING"))),
    responses((status = 200, description = "A page.", body = Page<ForwardingView>)))]
#[get("/v1/forwardings")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = forwardings::Wanted {
        campaign_id: filters.campaign_id,
        receiver_id: filters.receiver_organization_id,
        states: filters.state.0,
    };
    call.list(move |tx, slice| forwardings::list(tx, &wanted, slice)?.try_map(ForwardingView::item))
        .await
}

/// One forwarding
#[utoipa::path(tag = "forwardings", operation_id = "getForwarding",
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_FORWARDING"))),
    responses((status = 200, description = "The forwarding.", body = ForwardingView)))]
#[get("/v1/forwardings/{id}")]
async fn get(call: Call, id: Id<ForwardingId>) -> Reply {
    call.show::<ForwardingView, _>(move |tx| forwardings::read(tx, id.0))
        .await
}

/// A new batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "campaign_id": "01990000-0000-7000-8000-000400000001", "form": "BANG_KHEN_TINH",
    "receiver_organization_id": "01990000-0000-7000-8000-000100000079",
    "nomination_ids": ["01990000-0000-7000-8000-000600000001"],
    "letter": {"type": "TTr", "number_raw": "715/TTr-SNgV", "issued_on": "2026-06-05"}
}))]
struct CreateForwarding {
    /// The campaign.
    campaign_id: CampaignId,
    /// Award form, decided above.
    #[schema(min_length = 1, max_length = 40)]
    form: String,
    /// Who receives it.
    receiver_organization_id: OrganizationId,
    /// Nominations, in their order.
    #[schema(min_items = 1, max_items = 500)]
    nomination_ids: Vec<NominationId>,
    /// The letter (tờ trình); needed before it is sent.
    #[schema(nullable = false)]
    letter: Option<DocumentRef>,
}

/// Prepare a forwarding
///
/// Of nominations that the council recommended for a form of the level above, or that were given back.
#[utoipa::path(tag = "forwardings", operation_id = "createForwarding", request_body = CreateForwarding,
    extensions(("x-action" = json!("PREPARE_FORWARDING"))),
    responses((status = 201, description = "Prepared.", body = ForwardingView)))]
#[post("/v1/forwardings")]
async fn create(call: Call, body: Body<CreateForwarding>) -> Reply {
    let Body(body) = body;
    call.create::<ForwardingView, _>(forwardings::Create {
        campaign_id: body.campaign_id,
        form: body.form,
        receiver_organization_id: body.receiver_organization_id,
        nomination_ids: body.nomination_ids,
        letter: body.letter,
    })
    .await
}

/// Another letter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"letter": {"type": "TTr", "number_raw": "715/TTr-SNgV", "issued_on": "2026-06-05"}}))]
struct EditForwarding {
    /// The letter (tờ trình): members that change; `null` takes it away.
    #[serde(deserialize_with = "super::body::clearable")]
    #[schema(nullable = false, required, value_type = Option<DocumentRefClearable>)]
    letter: Option<Option<DocumentRefPatch>>,
}

/// Change the letter
///
/// Before it is sent; a signature is gone with the old letter.
#[utoipa::path(tag = "forwardings", operation_id = "editForwarding", request_body = EditForwarding,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PREPARE_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = ForwardingView)))]
#[patch("/v1/forwardings/{id}")]
async fn edit(call: Call, id: Id<ForwardingId>, body: Body<EditForwarding>) -> Reply {
    let command = forwardings::Edit {
        id: id.0,
        letter: body.0.letter.flatten(),
    };
    call.change::<ForwardingView, _>(command).await
}

/// Remove a draft
#[utoipa::path(tag = "forwardings", operation_id = "removeForwarding",
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("PREPARE_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/forwardings/{id}")]
async fn remove(call: Call, id: Id<ForwardingId>) -> Reply {
    call.remove(forwardings::Remove { id: id.0 }).await
}

/// A signature.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"signature": {"mode": "KT", "title": "Phó Giám đốc", "name": "Nguyễn Thị Mẫu"}}))]
struct SignForwarding {
    /// In whose place, title and name as printed.
    signature: Signature,
    /// Why the quota may be exceeded; needs the right to override it. It holds for the sending of this list.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    quota_override_reason: Option<String>,
}

/// Sign the letter
///
/// Who signs a list that names himself gets the remark `duty.conflict`. Where the list exceeds the quota, whoever
/// may override it says so here: the clerk who sends may not. Without that word the excess is remarked
/// (`quota.exceeded`), and the list is not sent while it lasts.
#[utoipa::path(tag = "forwardings", operation_id = "signForwarding", request_body = SignForwarding,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SIGN_FORWARDING")), ("x-versioned" = json!(true)),
        ("x-step-up" = json!(true))),
    responses((status = 200, description = "Signed.", body = ForwardingView)))]
#[post("/v1/forwardings/{id}/sign")]
async fn sign(call: Call, id: Id<ForwardingId>, body: Body<SignForwarding>) -> Reply {
    let command = forwardings::Sign {
        id: id.0,
        signature: body.0.signature,
        quota_override_reason: body.0.quota_override_reason,
    };
    call.change::<ForwardingView, _>(command).await
}

/// How a batch is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
struct SendForwarding {
    /// Why the quota may be exceeded; needs the right to override it.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    quota_override_reason: Option<String>,
}

/// Send a signed forwarding
///
/// Needs letter, signature, the minutes of a confirmed session and a report of each nomination. The
/// receiver sees it, and the dossiers in it, from now on. A limit that the level above sets is remarked when
/// all forwardings of the form exceed it together.
#[utoipa::path(tag = "forwardings", operation_id = "sendForwarding", request_body = SendForwarding,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SEND_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Sent.", body = ForwardingView)))]
#[post("/v1/forwardings/{id}/send")]
async fn send(call: Call, id: Id<ForwardingId>, body: Body<SendForwarding>) -> Reply {
    let command = forwardings::Send {
        id: id.0,
        quota_override_reason: body.0.quota_override_reason,
    };
    call.change::<ForwardingView, _>(command).await
}

/// Why a batch is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Gửi nhầm nơi nhận"}))]
struct RecallForwarding {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Take a sent batch back
///
/// As long as its receiver has not acknowledged it. It is a draft again, which the receiver sees no more: it can be
/// signed and sent anew, or removed so that its nominations go up in another one.
#[utoipa::path(tag = "forwardings", operation_id = "recallForwarding", request_body = RecallForwarding,
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("SEND_FORWARDING")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Taken back.", body = ForwardingView)))]
#[post("/v1/forwardings/{id}/recall")]
async fn recall(call: Call, id: Id<ForwardingId>, body: Body<RecallForwarding>) -> Reply {
    let command = forwardings::Recall {
        id: id.0,
        reason: body.0.reason,
    };
    call.change::<ForwardingView, _>(command).await
}

/// Minutes of a session that considered nominations of a batch.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct ForwardedMinutesView {
    /// The session.
    pub session_id: ReviewSessionId,
    /// Its title.
    pub title: String,
    /// When it was held.
    pub held_at: Instant,
    /// What was written, who took part, and the results of the nominations of the batch.
    pub minutes: MinutesView,
}

/// Minutes behind a batch.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct ForwardedMinutesList {
    /// In the order of the sessions' making.
    pub items: Vec<ForwardedMinutesView>,
}

/// The minutes behind a batch
///
/// Of the confirmed sessions that considered its nominations (R-F1): for the sender, and for the receiver from SENT on.
/// Results of other nominations are left out.
#[utoipa::path(tag = "forwardings", operation_id = "getForwardingMinutes",
    params(("id" = ForwardingId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_FORWARDING"))),
    responses((status = 200, description = "The minutes.", body = ForwardedMinutesList)))]
#[get("/v1/forwardings/{id}/minutes")]
async fn minutes(call: Call, id: Id<ForwardingId>) -> Reply {
    call.compute(move |tx, language| {
        let mut items = Vec::new();
        for (session, members, agenda) in forwardings::minutes(tx, id.0)? {
            let record = MinutesRecord {
                session: session.clone(),
                members,
                agenda,
            };
            items.push(ForwardedMinutesView {
                session_id: session.id,
                title: session.title,
                held_at: session.held_at,
                minutes: MinutesView::of(tx, record, language)?,
            });
        }
        Ok(ForwardedMinutesList { items })
    })
    .await
}
