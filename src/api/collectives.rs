//! `/v1/collectives`.

use actix_web::{get, patch, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::{self, Body};
use super::call::{Call, Id};
use super::import::{Import, ImportParams, ImportReport};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use crate::app::collectives::{self, Collective, Profile};
use crate::app::persons::Placed;
use crate::app::{Tx, search};
use crate::domain::codes::SubjectKind;
use crate::domain::error::Result;
use crate::domain::ids::{CollectiveId, OrganizationId};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(import)
        .service(get)
        .service(edit);
}

/// A collective or household that can be rewarded.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Collective)]
pub struct CollectiveView {
    /// Identifier.
    pub id: CollectiveId,
    /// The organisation with authority over the unit; derived.
    pub owner_organization_id: OrganizationId,
    /// The unit it is or belongs to.
    pub unit_id: OrganizationId,
    /// Name as printed.
    #[schema(example = "Phòng Lãnh sự")]
    pub name: String,
    /// `COLLECTIVE` or `HOUSEHOLD`.
    pub kind: SubjectKind,
    /// Number of members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub headcount: Option<i32>,
    /// Women among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub women_count: Option<i32>,
    /// Whether it still exists.
    pub active: bool,
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

impl CollectiveView {
    #[expect(clippy::unnecessary_wraps, reason = "the shape that `try_map` takes")]
    fn item(collective: Collective) -> Result<Self> {
        Ok(Self {
            id: collective.id,
            owner_organization_id: collective.owner_organization_id,
            unit_id: collective.unit_id,
            name: collective.name,
            kind: collective.kind,
            headcount: collective.headcount,
            women_count: collective.women_count,
            active: collective.active,
            version: collective.version,
            created_at: collective.created_at,
            updated_at: collective.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for CollectiveView {
    type Record = Collective;
    const PATH: &'static str = "/v1/collectives";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        collectives::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Collective, language: Language) -> Result<Self> {
        let possible = collectives::possible(tx, &record);
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
    /// Words of the name, without regard to accents and case.
    #[param(max_length = 100, nullable = false, example = "lanh su")]
    q: Option<String>,
    /// Of this unit.
    #[param(nullable = false)]
    unit_id: Option<OrganizationId>,
    /// Kinds, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<SubjectKind>>, style = Form, explode = false, nullable = false, example = json!(["COLLECTIVE", "HOUSEHOLD"]))]
    kind: Csv<SubjectKind>,
    /// Active, or no longer.
    #[param(nullable = false)]
    active: Option<bool>,
}

/// Collectives
///
/// In the Vietnamese order of names.
#[utoipa::path(tag = "persons", operation_id = "listCollectives", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_PERSON"))),
    responses((status = 200, description = "A page.", body = Page<CollectiveView>)))]
#[get("/v1/collectives")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = collectives::Wanted {
        words: filters.q.as_deref().map(search::words).unwrap_or_default(),
        unit_id: filters.unit_id,
        kinds: filters.kind.0,
        active: filters.active,
    };
    call.list(move |tx, slice| {
        let page = collectives::list(tx, &wanted, slice)?;
        page.try_map(CollectiveView::item)
    })
    .await
}

/// One collective
#[utoipa::path(tag = "persons", operation_id = "getCollective",
    params(("id" = CollectiveId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_PERSON"))),
    responses((status = 200, description = "The collective.", body = CollectiveView)))]
#[get("/v1/collectives/{id}")]
async fn get(call: Call, id: Id<CollectiveId>) -> Reply {
    call.show::<CollectiveView, _>(move |tx| collectives::read(tx, id.0))
        .await
}

/// A new collective.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "unit_id": "01990000-0000-7000-8000-000000000152", "name": "Phòng Lãnh sự", "kind": "COLLECTIVE",
    "headcount": 6, "women_count": 3
}))]
struct CreateCollective {
    /// The unit it is or belongs to; the owner follows from it.
    unit_id: OrganizationId,
    /// Name as printed, unique within the organisation.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// `COLLECTIVE` or `HOUSEHOLD`.
    kind: SubjectKind,
    /// Number of members.
    #[schema(nullable = false, minimum = 1, maximum = 100_000)]
    headcount: Option<i32>,
    /// Women among them.
    #[schema(nullable = false, minimum = 0, maximum = 100_000)]
    women_count: Option<i32>,
}

impl From<CreateCollective> for collectives::Create {
    fn from(body: CreateCollective) -> Self {
        Self {
            unit_id: body.unit_id,
            profile: Profile {
                name: body.name,
                kind: body.kind,
                headcount: body.headcount,
                women_count: body.women_count,
            },
        }
    }
}

/// Create a collective
#[utoipa::path(tag = "persons", operation_id = "createCollective", request_body = CreateCollective,
    extensions(("x-action" = json!("MANAGE_PERSON"))),
    responses((status = 201, description = "Created.", body = CollectiveView)))]
#[post("/v1/collectives")]
async fn create(call: Call, body: Body<CreateCollective>) -> Reply {
    call.create::<CollectiveView, _>(collectives::Create::from(body.0))
        .await
}

/// A line of a list of new collectives; it names its unit by `unit_id` or by `unit_code`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"unit_code": "H14.15.2", "name": "Phòng Lãnh sự", "kind": "COLLECTIVE"}))]
struct ImportedCollective {
    /// The unit.
    #[schema(nullable = false)]
    unit_id: Option<OrganizationId>,
    /// Its official code, in place of `unit_id`.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    unit_code: Option<String>,
    /// Name as printed, unique within the organisation.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// `COLLECTIVE` or `HOUSEHOLD`.
    kind: SubjectKind,
    /// Number of members.
    #[schema(nullable = false, minimum = 1, maximum = 100_000)]
    headcount: Option<i32>,
    /// Women among them.
    #[schema(nullable = false, minimum = 0, maximum = 100_000)]
    women_count: Option<i32>,
}

impl From<ImportedCollective> for Placed<Profile> {
    fn from(line: ImportedCollective) -> Self {
        Self {
            unit_id: line.unit_id,
            unit_code: line.unit_code,
            content: Profile {
                name: line.name,
                kind: line.kind,
                headcount: line.headcount,
                women_count: line.women_count,
            },
        }
    }
}

/// A list of new collectives.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents the list; the extractor reads it line by line")]
#[schema(example = json!({"atomic": true, "rows": [{
    "unit_code": "H14.15.2", "name": "Phòng Lãnh sự", "kind": "COLLECTIVE"
}]}))]
struct ImportCollectives {
    /// Store nothing unless every line can be stored.
    #[schema(nullable = false, default = true)]
    atomic: Option<bool>,
    /// The collectives.
    #[schema(min_items = 1, max_items = 5000)]
    rows: Vec<ImportedCollective>,
}

/// Import collectives
///
/// As JSON, or as CSV whose header row names the members. A unit is named by `unit_id` or by its official
/// code, `unit_code`. Every line is checked and reported; nothing is stored when one is refused, unless
/// `atomic` is false.
#[utoipa::path(tag = "persons", operation_id = "importCollectives", params(ImportParams),
    request_body(content((ImportCollectives = "application/json"), (String = "text/csv"))),
    extensions(("x-action" = json!("MANAGE_PERSON"))),
    responses((status = 200, description = "What became of every line.", body = ImportReport)))]
#[post("/v1/collectives/import")]
async fn import(call: Call, body: Import<ImportedCollective>) -> Reply {
    let Import(lines, _room) = body;
    let command = collectives::ImportAll(lines.map(Placed::from));
    call.perform(command, |tx, report, language| {
        Ok(ImportReport::of(report, tx.request.dry_run, language))
    })
    .await
}

/// Changes of a collective; absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"headcount": 7, "women_count": 3}))]
struct EditCollective {
    /// Its new unit; the owner follows from it.
    #[schema(nullable = false)]
    unit_id: Option<OrganizationId>,
    /// Name as printed, unique within the organisation.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    name: Option<String>,
    /// Number of members.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100_000)]
    headcount: Option<Option<i32>>,
    /// Women among them.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 100_000)]
    women_count: Option<Option<i32>>,
    /// `false` once it no longer exists.
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// Change a collective
///
/// Collectives are never deleted: with `active=false` they leave lists of candidates.
#[utoipa::path(tag = "persons", operation_id = "editCollective", request_body = EditCollective,
    params(("id" = CollectiveId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_PERSON")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = CollectiveView)))]
#[patch("/v1/collectives/{id}")]
async fn edit(call: Call, id: Id<CollectiveId>, body: Body<EditCollective>) -> Reply {
    let Body(body) = body;
    call.change::<CollectiveView, _>(collectives::Edit {
        id: id.0,
        unit_id: body.unit_id,
        name: body.name,
        headcount: body.headcount,
        women_count: body.women_count,
        active: body.active,
    })
    .await
}
