//! `/v1/organizations`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::{self, Body};
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use crate::app::Tx;
use crate::app::organizations::{self, Organization};
use crate::app::search;
use crate::domain::codes::OrganizationKind;
use crate::domain::error::Result;
use crate::domain::ids::OrganizationId;
use crate::domain::text::OrganizationCode;
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(get)
        .service(edit)
        .service(move_)
        .service(close);
}

/// An organisation or one of its internal units.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Organization)]
pub struct OrganizationView {
    /// Identifier.
    pub id: OrganizationId,
    /// Official code (mã định danh điện tử).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "H14.15")]
    pub code: Option<String>,
    /// Earlier codes.
    pub legacy_codes: Vec<String>,
    /// Full name.
    #[schema(example = "Sở Ngoại vụ tỉnh Cao Bằng")]
    pub name: String,
    /// Symbol in document numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "SNgV")]
    pub short_name: Option<String>,
    /// Kind of organisation.
    pub kind: OrganizationKind,
    /// The organisation above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<OrganizationId>,
    /// First day of its existence.
    pub valid_from: NaiveDate,
    /// Last day of its existence; absent while it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// Who took over its rights and duties.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub successor_id: Option<OrganizationId>,
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

impl OrganizationView {
    fn item(organization: Organization) -> Result<Self> {
        Ok(Self {
            id: organization.id,
            code: organization.code,
            legacy_codes: organization.legacy_codes.read()?,
            name: organization.name,
            short_name: organization.short_name,
            kind: organization.kind,
            parent_id: organization.parent_id,
            valid_from: organization.valid_from,
            valid_to: organization.valid_to,
            successor_id: organization.successor_id,
            version: organization.version,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for OrganizationView {
    type Record = Organization;
    const PATH: &'static str = "/v1/organizations";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        organizations::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Organization, language: Language) -> Result<Self> {
        let possible = organizations::possible(tx, &record);
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
    /// Words of the name or symbol, without regard to accents and case.
    #[param(max_length = 100, nullable = false, example = "ngoai vu")]
    q: Option<String>,
    /// Kinds, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<OrganizationKind>>, style = Form, explode = false, nullable = false, example = json!(["DEPARTMENT", "DIVISION"]))]
    kind: Csv<OrganizationKind>,
    /// Directly below this organisation.
    #[param(nullable = false)]
    parent_id: Option<OrganizationId>,
    /// With this official code.
    #[param(nullable = false)]
    code: Option<String>,
    /// Existing on this day.
    #[param(nullable = false)]
    on: Option<NaiveDate>,
}

/// Organisations
///
/// By name.
#[utoipa::path(tag = "organizations", operation_id = "listOrganizations", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_ORGANIZATION"))),
    responses((status = 200, description = "A page.", body = Page<OrganizationView>)))]
#[get("/v1/organizations")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = organizations::Wanted {
        words: filters.q.as_deref().map(search::words).unwrap_or_default(),
        kinds: filters.kind.0,
        parent_id: filters.parent_id,
        code: filters.code,
        on: filters.on,
    };
    call.list(move |tx, slice| {
        let page = organizations::list(tx, &wanted, slice)?;
        page.try_map(OrganizationView::item)
    })
    .await
}

/// One organisation
#[utoipa::path(tag = "organizations", operation_id = "getOrganization",
    params(("id" = OrganizationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_ORGANIZATION"))),
    responses((status = 200, description = "The organisation.", body = OrganizationView)))]
#[get("/v1/organizations/{id}")]
async fn get(call: Call, id: Id<OrganizationId>) -> Reply {
    call.show::<OrganizationView, _>(move |tx| organizations::read(tx, id.0))
        .await
}

/// A new organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "H14.15", "name": "Sở Ngoại vụ tỉnh Cao Bằng", "short_name": "SNgV", "kind": "DEPARTMENT",
    "parent_id": "01990000-0000-7000-8000-000000000001", "valid_from": "2021-01-01"
}))]
struct CreateOrganization {
    /// Official code: `H14.15`, or the old form `000.00.15.H14`.
    #[schema(nullable = false, value_type = Option<OrganizationCode>)]
    code: Option<String>,
    /// Earlier codes.
    #[serde(default)]
    #[schema(max_items = 20, value_type = Vec<OrganizationCode>)]
    legacy_codes: Vec<String>,
    /// Full name.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// Symbol in document numbers.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    short_name: Option<String>,
    /// Kind.
    kind: OrganizationKind,
    /// The organisation above.
    #[schema(nullable = false)]
    parent_id: Option<OrganizationId>,
    /// First day of its existence; today when absent.
    #[schema(nullable = false)]
    valid_from: Option<NaiveDate>,
}

/// Create an organisation
#[utoipa::path(tag = "organizations", operation_id = "createOrganization", request_body = CreateOrganization,
    extensions(("x-action" = json!("MANAGE_ORGANIZATION"))),
    responses((status = 201, description = "Created.", body = OrganizationView)))]
#[post("/v1/organizations")]
async fn create(call: Call, body: Body<CreateOrganization>) -> Reply {
    let Body(body) = body;
    call.create::<OrganizationView, _>(organizations::Create {
        code: body.code,
        legacy_codes: body.legacy_codes,
        name: body.name,
        short_name: body.short_name,
        kind: body.kind,
        parent_id: body.parent_id,
        valid_from: body.valid_from,
    })
    .await
}

/// Changes of an organisation; absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Sở Ngoại vụ", "short_name": "SNgV"}))]
struct EditOrganization {
    /// Official code.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, max_length = 35,
        pattern = "^([A-Y][0-9]{2}(\\.[A-Z0-9]+)*|[0-9]{3}\\.[0-9]{2}\\.[0-9]{2}\\.[A-Y][0-9]{2})$")]
    code: Option<Option<String>>,
    /// Earlier codes; replaced whole.
    #[schema(nullable = false, max_items = 20, value_type = Option<Vec<OrganizationCode>>)]
    legacy_codes: Option<Vec<String>>,
    /// Full name.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    name: Option<String>,
    /// Symbol in document numbers.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50)]
    short_name: Option<Option<String>>,
}

/// Change names and codes
#[utoipa::path(tag = "organizations", operation_id = "editOrganization", request_body = EditOrganization,
    params(("id" = OrganizationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_ORGANIZATION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = OrganizationView)))]
#[patch("/v1/organizations/{id}")]
async fn edit(call: Call, id: Id<OrganizationId>, body: Body<EditOrganization>) -> Reply {
    let Body(body) = body;
    call.change::<OrganizationView, _>(organizations::Edit {
        id: id.0,
        code: body.code,
        legacy_codes: body.legacy_codes,
        name: body.name,
        short_name: body.short_name,
    })
    .await
}

/// Where an organisation goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"parent_id": "01990000-0000-7000-8000-000000000001", "reason": "Sắp xếp lại tổ chức bộ máy"}))]
struct MoveOrganization {
    /// The new organisation above; absent for the top.
    #[schema(nullable = false)]
    parent_id: Option<OrganizationId>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Move an organisation
///
/// With everything below it; all rights move in the same transaction.
#[utoipa::path(tag = "organizations", operation_id = "moveOrganization", request_body = MoveOrganization,
    params(("id" = OrganizationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_ORGANIZATION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Moved.", body = OrganizationView)))]
#[post("/v1/organizations/{id}/move")]
async fn move_(call: Call, id: Id<OrganizationId>, body: Body<MoveOrganization>) -> Reply {
    let Body(body) = body;
    let command = organizations::Move {
        id: id.0,
        parent_id: body.parent_id,
        reason: body.reason,
    };
    call.change::<OrganizationView, _>(command).await
}

/// How an organisation ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "valid_to": "2026-12-31", "successor_id": "01990000-0000-7000-8000-000000000002", "reason": "Hợp nhất"
}))]
struct CloseOrganization {
    /// Last day of its existence.
    valid_to: NaiveDate,
    /// Who takes over its rights and duties.
    #[schema(nullable = false)]
    successor_id: Option<OrganizationId>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Close an organisation
///
/// Its successor may correct and revoke its decisions. After its last day it hands in nothing any more: how many
/// dossiers have not ended is remarked (`organization.open_submissions`).
#[utoipa::path(tag = "organizations", operation_id = "closeOrganization", request_body = CloseOrganization,
    params(("id" = OrganizationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_ORGANIZATION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Closed.", body = OrganizationView)))]
#[post("/v1/organizations/{id}/close")]
async fn close(call: Call, id: Id<OrganizationId>, body: Body<CloseOrganization>) -> Reply {
    let Body(body) = body;
    call.change::<OrganizationView, _>(organizations::Close {
        id: id.0,
        valid_to: body.valid_to,
        successor_id: body.successor_id,
        reason: body.reason,
    })
    .await
}
