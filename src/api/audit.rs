//! `/v1/audit-entries` and the history of every noun.

use std::net::IpAddr;

use actix_web::get;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::schema::{Object as ObjectSchema, ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::Reply;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::query::Query;
use crate::app::AnyId;
use crate::app::journal::{self, Detailed, Object};
use crate::domain::caller::Role;
use crate::domain::error::{Error, Result};
use crate::domain::event::EVENTS;
use crate::domain::ids::{
    CampaignId, CollectiveId, CouncilId, DecisionId, ForwardingId, IdentityId, IndividualId, JournalEntryId,
    NominationId, OrganizationId, ReviewSessionId, RoleGrantId, SubmissionId,
};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(organization_history)
        .service(individual_history)
        .service(collective_history)
        .service(role_grant_history)
        .service(campaign_history)
        .service(submission_history)
        .service(nomination_history)
        .service(council_history)
        .service(review_session_history)
        .service(decision_history)
        .service(forwarding_history);
}

/// One change, as recorded in the transaction that made it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct EntryView {
    /// Identifier.
    pub id: JournalEntryId,
    /// Position in the sealed journal, from 1 without gaps; absent until sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub position: Option<i64>,
    /// What happened, see `/v1/meta/events`.
    #[schema(example = "submission.submitted")]
    pub kind: String,
    /// Noun of the object.
    #[schema(example = "submission")]
    pub object_noun: String,
    /// The object.
    pub object_id: Uuid,
    /// Its version after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub object_version: Option<i64>,
    /// The campaign it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub campaign_id: Option<CampaignId>,
    /// Who did it.
    pub actor: ActorView,
    /// Where the request came from; in `/v1/audit-entries` alone, and absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub origin: Option<OriginView>,
    /// The unit on whose behalf it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on_behalf_of: Option<OrganizationId>,
    /// State before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from_state: Option<String>,
    /// State after.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to_state: Option<String>,
    /// Why; absent also where the caller sees the object only because it is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Members that changed, with `before` and `after`; absent as `reason` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Differences>)]
    pub changes: Option<Value>,
    /// What else was recorded; absent as `reason` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Differences>)]
    pub details: Option<Value>,
    /// Business instant of the request.
    pub occurred_at: Instant,
    /// The request, as in logs and problem documents.
    pub request_id: String,
    /// SHA-256 of the salted names, reason and differences, in hex.
    pub detail_digest: String,
    /// Hash of the entry before; absent until sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub previous_hash: Option<String>,
    /// Hash of this entry; absent until sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hash: Option<String>,
}

/// Who did it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    /// Pseudonymous id.
    pub id: IdentityId,
    /// Name in the token of that request, or of the individual behind it where the token has none; absent
    /// once erased, and as `reason` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// The role by which it was allowed; of several the one with the least authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
    /// Client that obtained the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_id: Option<String>,
}

/// Where a request came from (OBS-08).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Origin)]
pub struct OriginView {
    /// `iss` of the token.
    #[schema(example = "https://sso.example.gov.vn/realms/tinh")]
    pub issuer: String,
    /// `sub` of a person, client id of a machine.
    pub subject: String,
    /// Address of the client, as the last trusted proxy saw it; absent where the connection has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, example = "192.0.2.17")]
    pub address: Option<IpAddr>,
    /// The trace of which the request was part (W3C Trace Context).
    #[schema(pattern = "^[0-9a-f]{32}$", example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub trace_id: String,
}

/// Members by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Differences {}

fn view((entry, detail): Detailed) -> Result<EntryView> {
    let mut detail: Map<String, Value> = match detail {
        Some(text) => text.read()?,
        None => Map::new(),
    };
    let mut text = |name: &str| match detail.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (name, client_id, reason) = (text("actor_name"), text("client_id"), text("reason"));
    let changes = detail.remove("changes");
    let origin = detail.remove("origin");
    let origin = origin
        .map(serde_json::from_value)
        .transpose()
        .map_err(Error::internal)?;
    Ok(EntryView {
        id: entry.id,
        position: entry.position,
        kind: entry.kind,
        object_noun: entry.object_noun,
        object_id: entry.object_id.0,
        object_version: entry.object_version,
        campaign_id: entry.campaign_id,
        actor: ActorView {
            id: entry.actor_id,
            name,
            role: entry.actor_role,
            client_id,
        },
        origin,
        on_behalf_of: entry.on_behalf_of,
        from_state: entry.from_state,
        to_state: entry.to_state,
        reason,
        changes,
        details: Some(detail).filter(|rest| !rest.is_empty()).map(Value::Object),
        occurred_at: entry.occurred_at,
        request_id: entry.request_id,
        detail_digest: entry.detail_digest,
        previous_hash: entry.previous_hash,
        hash: entry.hash,
    })
}

/// Addresses and accounts are for who reads the journal, not for everyone who sees the object.
fn without_origin(row: Detailed) -> Result<EntryView> {
    Ok(EntryView {
        origin: None,
        ..view(row)?
    })
}

/// Filters of the journal.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Of this campaign.
    #[param(nullable = false)]
    campaign_id: Option<CampaignId>,
    /// Of this kind, one of `/v1/meta/events`.
    #[param(schema_with = kinds)]
    kind: Option<String>,
    /// By this actor.
    #[param(nullable = false)]
    actor_id: Option<IdentityId>,
    /// Of this object, not yet sealed entries included.
    #[param(nullable = false)]
    object: Option<Uuid>,
    /// Sealed after this position: with that of the last entry that a copy has, the list goes on behind it. With
    /// `object`, too, only sealed entries are told then.
    #[param(nullable = false, minimum = 0, example = 4711)]
    after_position: Option<i64>,
}

/// The list of kinds is closed: a filter by another one is a mistake, not an empty page (LST-07).
fn kinds() -> ObjectSchema {
    let kinds: Vec<&str> = EVENTS.iter().map(|event| event.kind).collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Of this kind, one of `/v1/meta/events`."))
        .enum_values(Some(kinds))
        .build()
}

/// The journal
///
/// Sealed entries in the order of their positions, which never changes and has no gaps. With `object` also entries
/// that wait for their position. The last page has no cursor: a reader that keeps a copy asks later with
/// `after_position` and the position of the last entry that it has, and misses nothing. When the database was
/// restored to a state before the cursor's, the cursor is refused (410 `cursor.foreign`): start again from the last
/// entry of the copy that is found at its position.
#[utoipa::path(tag = "audit", operation_id = "listAuditEntries", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_JOURNAL")), ("x-problems" = json!([410]))),
    responses((status = 200, description = "A page.", body = Page<EntryView>)))]
#[get("/v1/audit-entries")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = journal::Wanted {
        campaign_id: filters.campaign_id,
        kind: filters.kind,
        actor_id: filters.actor_id,
        after_position: filters.after_position,
        ..journal::Wanted::default()
    };
    let object = filters.object.map(AnyId);
    call.list(move |tx, slice| journal::entries(tx, object, &wanted, slice)?.try_map(view))
        .await
}

async fn history(call: Call, object: Object) -> Reply {
    call.list(move |tx, slice| journal::history(tx, object, slice)?.try_map(without_origin))
        .await
}

/// One documented operation for the history of each noun.
macro_rules! histories {
    ($($handler:ident $path:tt $operation:tt $action:tt $object:ident($id:ident) $summary:tt;)+) => {$(
        #[doc = $summary]
        ///
        /// What happened to it, oldest first, for everyone who may read it; entries show at once and get
        /// their `position` when they are sealed.
        #[utoipa::path(tag = "audit", operation_id = $operation,
            params(("id" = $id, Path, description = "Identifier."), PageParams),
            extensions(("x-action" = json!($action))),
            responses((status = 200, description = "A page.", body = Page<EntryView>,
                example = json!({"items": [{
                    "id": "01990000-0000-7000-8000-0000000000e1", "position": 1, "kind": "organization.edited",
                    "object_noun": "organization", "object_id": "01990000-0000-7000-8000-000000000015",
                    "object_version": 2,
                    "actor": {"id": "01990000-0000-7000-8000-0000000000a1", "name": "Nguyễn Văn Mẫu",
                        "role": "SYSTEM_ADMINISTRATOR"},
                    "changes": {"short_name": {"before": "SNV", "after": "SNgV"}},
                    "occurred_at": "2026-03-20T02:00:00.000000Z",
                    "request_id": "01990000-0000-7000-8000-0000000000f1",
                    "detail_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "previous_hash": "0000000000000000000000000000000000000000000000000000000000000000",
                    "hash": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
                }]}))))]
        #[get($path)]
        async fn $handler(call: Call, id: Id<$id>) -> Reply {
            history(call, Object::$object(id.0)).await
        }
    )+};
}

histories! {
    organization_history "/v1/organizations/{id}/history" "listOrganizationHistory" "READ_ORGANIZATION"
        Organization(OrganizationId) "History of an organisation";
    individual_history "/v1/individuals/{id}/history" "listIndividualHistory" "READ_PERSON"
        Individual(IndividualId) "History of an individual";
    collective_history "/v1/collectives/{id}/history" "listCollectiveHistory" "READ_PERSON"
        Collective(CollectiveId) "History of a collective";
    role_grant_history "/v1/role-grants/{id}/history" "listRoleGrantHistory" "READ_ROLE_GRANT"
        RoleGrant(RoleGrantId) "History of a role grant";
    campaign_history "/v1/campaigns/{id}/history" "listCampaignHistory" "READ_CAMPAIGN"
        Campaign(CampaignId) "History of a campaign";
    submission_history "/v1/submissions/{id}/history" "listSubmissionHistory" "READ_SUBMISSION"
        Submission(SubmissionId) "History of a submission";
    nomination_history "/v1/nominations/{id}/history" "listNominationHistory" "READ_NOMINATION"
        Nomination(NominationId) "History of a nomination";
    council_history "/v1/councils/{id}/history" "listCouncilHistory" "READ_COUNCIL"
        Council(CouncilId) "History of a council";
    review_session_history "/v1/review-sessions/{id}/history" "listReviewSessionHistory" "READ_SESSION"
        ReviewSession(ReviewSessionId) "History of a review session";
    decision_history "/v1/decisions/{id}/history" "listDecisionHistory" "READ_DECISION"
        Decision(DecisionId) "History of a decision";
    forwarding_history "/v1/forwardings/{id}/history" "listForwardingHistory" "READ_FORWARDING"
        Forwarding(ForwardingId) "History of a forwarding";
}
