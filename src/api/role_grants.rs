//! `/v1/role-grants`.

use actix_web::{get, post};
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
use crate::app::role_grants::{self, RoleGrant};
use crate::domain::caller::{PrincipalKind, Role};
use crate::domain::error::Result;
use crate::domain::ids::{OrganizationId, RoleGrantId};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config.service(list).service(create).service(get).service(end);
}

/// A role given to a principal at an organisation for a time.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = RoleGrant)]
pub struct RoleGrantView {
    /// Identifier.
    pub id: RoleGrantId,
    /// Person or machine.
    pub principal_kind: PrincipalKind,
    /// `iss` of its tokens.
    pub issuer: String,
    /// `sub` of a person, client id of a machine.
    pub subject: String,
    /// The role.
    pub role: Role,
    /// Where; absent for the whole province.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<OrganizationId>,
    /// From this instant.
    pub valid_from: Instant,
    /// First instant without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<Instant>,
    /// Why it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
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

impl RoleGrantView {
    #[expect(clippy::unnecessary_wraps, reason = "the shape that `try_map` takes")]
    fn item(grant: RoleGrant) -> Result<Self> {
        Ok(Self {
            id: grant.id,
            principal_kind: grant.principal_kind,
            issuer: grant.issuer,
            subject: grant.subject,
            role: grant.role,
            organization_id: grant.organization_id,
            valid_from: grant.valid_from,
            valid_to: grant.valid_to,
            reason: grant.reason,
            version: grant.version,
            created_at: grant.created_at,
            updated_at: grant.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for RoleGrantView {
    type Record = RoleGrant;
    const PATH: &'static str = "/v1/role-grants";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        role_grants::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: RoleGrant, language: Language) -> Result<Self> {
        let possible = role_grants::possible(tx, &record);
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
    /// Of this `sub` or client id.
    #[param(nullable = false)]
    subject: Option<String>,
    /// Of this role.
    #[param(nullable = false)]
    role: Option<Role>,
    /// At this organisation.
    #[param(nullable = false)]
    organization_id: Option<OrganizationId>,
    /// In force at this instant.
    #[param(nullable = false, example = "2026-03-20T02:00:00Z")]
    in_force_at: Option<Instant>,
}

/// Role grants
///
/// Oldest first.
#[utoipa::path(tag = "role-grants", operation_id = "listRoleGrants", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_ROLE_GRANT"))),
    responses((status = 200, description = "A page.", body = Page<RoleGrantView>)))]
#[get("/v1/role-grants")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = role_grants::Wanted {
        subject: filters.subject,
        role: filters.role,
        organization_id: filters.organization_id,
        in_force_at: filters.in_force_at,
    };
    call.list(move |tx, slice| {
        let page = role_grants::list(tx, &wanted, slice)?;
        page.try_map(RoleGrantView::item)
    })
    .await
}

/// One role grant
#[utoipa::path(tag = "role-grants", operation_id = "getRoleGrant",
    params(("id" = RoleGrantId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_ROLE_GRANT"))),
    responses((status = 200, description = "The grant.", body = RoleGrantView)))]
#[get("/v1/role-grants/{id}")]
async fn get(call: Call, id: Id<RoleGrantId>) -> Reply {
    call.show::<RoleGrantView, _>(move |tx| role_grants::read(tx, id.0))
        .await
}

/// A new grant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "principal_kind": "USER", "issuer": "https://sso.example.gov.vn/realms/tinh", "subject": "a1b2c3",
    "role": "DIVISION_HEAD", "organization_id": "01990000-0000-7000-8000-000000000152",
    "reason": "Quyết định bổ nhiệm"
}))]
struct GrantRole {
    /// Person or machine.
    principal_kind: PrincipalKind,
    /// `iss` of its tokens.
    #[schema(min_length = 1, max_length = 500)]
    issuer: String,
    /// `sub` of a person, client id of a machine.
    #[schema(min_length = 1, max_length = 255)]
    subject: String,
    /// The role; council roles and `NOMINEE` follow from membership and identity and are not granted.
    role: Role,
    /// Where; only `AUDITOR` and `SYSTEM_ADMINISTRATOR` may hold for the whole province.
    #[schema(nullable = false)]
    organization_id: Option<OrganizationId>,
    /// From this instant; now when absent.
    #[schema(nullable = false)]
    valid_from: Option<Instant>,
    /// First instant without it.
    #[schema(nullable = false)]
    valid_to: Option<Instant>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Grant a role
///
/// In force with the next request of the principal. An issuer that is not configured is accepted with the
/// warning `grant.issuer_unknown`, a role of divisions at a whole organisation with `grant.role_misplaced`.
#[utoipa::path(tag = "role-grants", operation_id = "grantRole", request_body = GrantRole,
    extensions(("x-action" = json!("MANAGE_ROLE_GRANT"))),
    responses((status = 201, description = "Granted.", body = RoleGrantView)))]
#[post("/v1/role-grants")]
async fn create(call: Call, body: Body<GrantRole>) -> Reply {
    let Body(body) = body;
    call.create::<RoleGrantView, _>(role_grants::Grant {
        principal_kind: body.principal_kind,
        issuer: body.issuer,
        subject: body.subject,
        role: body.role,
        organization_id: body.organization_id,
        valid_from: body.valid_from,
        valid_to: body.valid_to,
        reason: body.reason,
    })
    .await
}

/// How a grant ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Chuyển công tác"}))]
struct EndGrant {
    /// First instant without the role; now when absent, never in the past.
    #[schema(nullable = false)]
    valid_to: Option<Instant>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// End a role grant
///
/// The role is gone with the next request after that instant; what was done in it stays.
#[utoipa::path(tag = "role-grants", operation_id = "endRoleGrant", request_body = EndGrant,
    params(("id" = RoleGrantId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_ROLE_GRANT")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Ended.", body = RoleGrantView)))]
#[post("/v1/role-grants/{id}/end")]
async fn end(call: Call, id: Id<RoleGrantId>, body: Body<EndGrant>) -> Reply {
    let Body(body) = body;
    call.change::<RoleGrantView, _>(role_grants::End {
        id: id.0,
        valid_to: body.valid_to,
        reason: body.reason,
    })
    .await
}
