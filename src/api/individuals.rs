//! `/v1/individuals`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
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
use super::schema::SexClearable;
use crate::app::individuals::{self, Individual, Profile};
use crate::app::persons::Placed;
use crate::app::{Tx, search};
use crate::domain::caller::PrincipalKind;
use crate::domain::codes::{LeadershipClass, Sex, StaffKind};
use crate::domain::error::Result;
use crate::domain::ids::{IdentityId, IndividualId, OrganizationId};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(import)
        .service(get)
        .service(edit)
        .service(link)
        .service(unlink);
}

/// A natural person who can be rewarded. There is no national number among its data.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Individual)]
pub struct IndividualView {
    /// Identifier.
    pub id: IndividualId,
    /// The organisation with authority over the unit; derived.
    pub owner_organization_id: OrganizationId,
    /// The unit it works in.
    pub unit_id: OrganizationId,
    /// Full name.
    #[schema(example = "Nguyễn Văn Mẫu")]
    pub full_name: String,
    /// How it is addressed on documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Ông")]
    pub honorific: Option<String>,
    /// Birth date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// Sex as registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sex: Option<Sex>,
    /// Position as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Chuyên viên")]
    pub position: Option<String>,
    /// Employment.
    pub staff_kind: StaffKind,
    /// Position class of statistical form 0603.
    pub leadership_class: LeadershipClass,
    /// Personnel code of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub personnel_code: Option<String>,
    /// Whether it still belongs to the staff.
    pub active: bool,
    /// Version for `If-Match`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Sign-on identities behind it; in single answers, for callers who may link them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identities: Option<Vec<IdentityView>>,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

/// A sign-on identity.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Identity)]
pub struct IdentityView {
    /// Pseudonymous id, as in the journal.
    pub id: IdentityId,
    /// Person or machine.
    pub principal_kind: PrincipalKind,
    /// `iss` of its tokens.
    pub issuer: String,
    /// `sub` of its tokens.
    pub subject: String,
}

impl IndividualView {
    #[expect(clippy::unnecessary_wraps, reason = "the shape that `try_map` takes")]
    fn item(individual: Individual) -> Result<Self> {
        Ok(Self {
            id: individual.id,
            owner_organization_id: individual.owner_organization_id,
            unit_id: individual.unit_id,
            full_name: individual.full_name,
            honorific: individual.honorific,
            birth_date: individual.birth_date,
            sex: individual.sex,
            position: individual.position,
            staff_kind: individual.staff_kind,
            leadership_class: individual.leadership_class,
            personnel_code: individual.personnel_code,
            active: individual.active,
            version: individual.version,
            created_at: individual.created_at,
            updated_at: individual.updated_at,
            identities: None,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for IndividualView {
    type Record = Individual;
    const PATH: &'static str = "/v1/individuals";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        individuals::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Individual, language: Language) -> Result<Self> {
        let linked = individuals::linked(tx, &record)?;
        let possible = individuals::possible(tx, &record, linked.as_deref().unwrap_or_default());
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        let identities = linked.map(|linked| {
            let view = |identity: individuals::Identity| IdentityView {
                id: identity.id,
                principal_kind: identity.principal_kind,
                issuer: identity.issuer,
                subject: identity.subject,
            };
            linked.into_iter().map(view).collect()
        });
        Ok(Self {
            identities,
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
    #[param(max_length = 100, nullable = false, example = "mau")]
    q: Option<String>,
    /// Of this unit.
    #[param(nullable = false)]
    unit_id: Option<OrganizationId>,
    /// Kinds of employment, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<StaffKind>>, style = Form, explode = false, nullable = false, example = json!(["CONG_CHUC"]))]
    staff_kind: Csv<StaffKind>,
    /// Position classes, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<LeadershipClass>>, style = Form, explode = false, nullable = false, example = json!(["DIRECT_WORKER"]))]
    leadership_class: Csv<LeadershipClass>,
    /// Active, or no longer.
    #[param(nullable = false)]
    active: Option<bool>,
}

/// Individuals
///
/// In the Vietnamese order of names, given name first.
#[utoipa::path(tag = "persons", operation_id = "listIndividuals", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_PERSON"))),
    responses((status = 200, description = "A page.", body = Page<IndividualView>)))]
#[get("/v1/individuals")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = individuals::Wanted {
        words: filters.q.as_deref().map(search::words).unwrap_or_default(),
        unit_id: filters.unit_id,
        staff_kinds: filters.staff_kind.0,
        leadership_classes: filters.leadership_class.0,
        active: filters.active,
    };
    call.list(move |tx, slice| {
        let page = individuals::list(tx, &wanted, slice)?;
        page.try_map(IndividualView::item)
    })
    .await
}

/// One individual
#[utoipa::path(tag = "persons", operation_id = "getIndividual",
    params(("id" = IndividualId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_PERSON"))),
    responses((status = 200, description = "The individual.", body = IndividualView)))]
#[get("/v1/individuals/{id}")]
async fn get(call: Call, id: Id<IndividualId>) -> Reply {
    call.show::<IndividualView, _>(move |tx| individuals::read(tx, id.0))
        .await
}

/// A new individual.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "unit_id": "01990000-0000-7000-8000-000000000151", "full_name": "Nguyễn Văn Mẫu", "honorific": "Ông",
    "position": "Chuyên viên", "staff_kind": "CONG_CHUC", "leadership_class": "DIRECT_WORKER",
    "personnel_code": "NV101"
}))]
struct CreateIndividual {
    /// The unit it works in; the owner follows from it.
    unit_id: OrganizationId,
    /// Full name.
    #[schema(min_length = 1, max_length = 300)]
    full_name: String,
    /// How it is addressed on documents.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    honorific: Option<String>,
    /// Birth date.
    #[schema(nullable = false)]
    birth_date: Option<NaiveDate>,
    /// Sex as registered.
    #[schema(nullable = false)]
    sex: Option<Sex>,
    /// Position as printed.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    position: Option<String>,
    /// Employment.
    staff_kind: StaffKind,
    /// Position class of statistical form 0603.
    leadership_class: LeadershipClass,
    /// Personnel code, unique within the organisation.
    #[schema(nullable = false, pattern = "^[A-Za-z0-9._/-]{1,50}$")]
    personnel_code: Option<String>,
}

impl From<CreateIndividual> for individuals::Create {
    fn from(body: CreateIndividual) -> Self {
        Self {
            unit_id: body.unit_id,
            profile: Profile {
                full_name: body.full_name,
                honorific: body.honorific,
                birth_date: body.birth_date,
                sex: body.sex,
                position: body.position,
                staff_kind: body.staff_kind,
                leadership_class: body.leadership_class,
                personnel_code: body.personnel_code,
            },
        }
    }
}

/// Create an individual
#[utoipa::path(tag = "persons", operation_id = "createIndividual", request_body = CreateIndividual,
    extensions(("x-action" = json!("MANAGE_PERSON"))),
    responses((status = 201, description = "Created.", body = IndividualView)))]
#[post("/v1/individuals")]
async fn create(call: Call, body: Body<CreateIndividual>) -> Reply {
    call.create::<IndividualView, _>(individuals::Create::from(body.0))
        .await
}

/// A line of a list of new individuals; it names its unit by `unit_id` or by `unit_code`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "unit_code": "H14.15.2", "full_name": "Nguyễn Văn Mẫu", "staff_kind": "CONG_CHUC",
    "leadership_class": "DIRECT_WORKER", "personnel_code": "NV101"
}))]
struct ImportedIndividual {
    /// The unit.
    #[schema(nullable = false)]
    unit_id: Option<OrganizationId>,
    /// Its official code, in place of `unit_id`.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    unit_code: Option<String>,
    /// Full name.
    #[schema(min_length = 1, max_length = 300)]
    full_name: String,
    /// How it is addressed on documents.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    honorific: Option<String>,
    /// Birth date.
    #[schema(nullable = false)]
    birth_date: Option<NaiveDate>,
    /// Sex as registered.
    #[schema(nullable = false)]
    sex: Option<Sex>,
    /// Position as printed.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    position: Option<String>,
    /// Employment.
    staff_kind: StaffKind,
    /// Position class of statistical form 0603.
    leadership_class: LeadershipClass,
    /// Personnel code, unique within the organisation.
    #[schema(nullable = false, pattern = "^[A-Za-z0-9._/-]{1,50}$")]
    personnel_code: Option<String>,
}

impl From<ImportedIndividual> for Placed<Profile> {
    fn from(line: ImportedIndividual) -> Self {
        Self {
            unit_id: line.unit_id,
            unit_code: line.unit_code,
            content: Profile {
                full_name: line.full_name,
                honorific: line.honorific,
                birth_date: line.birth_date,
                sex: line.sex,
                position: line.position,
                staff_kind: line.staff_kind,
                leadership_class: line.leadership_class,
                personnel_code: line.personnel_code,
            },
        }
    }
}

/// A list of new individuals.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents the list; the extractor reads it line by line")]
#[schema(example = json!({"atomic": true, "rows": [{
    "unit_code": "H14.15.2", "full_name": "Nguyễn Văn Mẫu",
    "staff_kind": "CONG_CHUC", "leadership_class": "DIRECT_WORKER", "personnel_code": "NV101"
}]}))]
struct ImportIndividuals {
    /// Store nothing unless every line can be stored.
    #[schema(nullable = false, default = true)]
    atomic: Option<bool>,
    /// The individuals.
    #[schema(min_items = 1, max_items = 5000)]
    rows: Vec<ImportedIndividual>,
}

/// Import individuals
///
/// As JSON, or as CSV whose header row names the members (dates as `2026-02-10` or `10/02/2026`). A unit is
/// named by `unit_id` or by its official code, `unit_code`. Every line is checked and reported; nothing is
/// stored when one is refused, unless `atomic` is false.
#[utoipa::path(tag = "persons", operation_id = "importIndividuals", params(ImportParams),
    request_body(content((ImportIndividuals = "application/json"), (String = "text/csv"))),
    extensions(("x-action" = json!("MANAGE_PERSON"))),
    responses((status = 200, description = "What became of every line.", body = ImportReport)))]
#[post("/v1/individuals/import")]
async fn import(call: Call, body: Import<ImportedIndividual>) -> Reply {
    let Import(lines, _room) = body;
    let command = individuals::ImportAll(lines.map(Placed::from));
    call.perform(command, |tx, report, language| {
        Ok(ImportReport::of(report, tx.request.dry_run, language))
    })
    .await
}

/// Changes of an individual; absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"position": "Phó Trưởng phòng", "leadership_class": "OTHER_LEADER"}))]
struct EditIndividual {
    /// Its new unit; the owner follows from it.
    #[schema(nullable = false)]
    unit_id: Option<OrganizationId>,
    /// Full name.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    full_name: Option<String>,
    /// How it is addressed on documents.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50)]
    honorific: Option<Option<String>>,
    /// Birth date.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    birth_date: Option<Option<NaiveDate>>,
    /// Sex as registered.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(nullable = false, value_type = Option<SexClearable>)]
    sex: Option<Option<Sex>>,
    /// Position as printed.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300)]
    position: Option<Option<String>>,
    /// Employment.
    #[schema(nullable = false)]
    staff_kind: Option<StaffKind>,
    /// Position class of statistical form 0603.
    #[schema(nullable = false)]
    leadership_class: Option<LeadershipClass>,
    /// Personnel code, unique within the organisation.
    #[serde(default, deserialize_with = "body::clearable")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._/-]{1,50}$")]
    personnel_code: Option<Option<String>>,
    /// `false` once it has left.
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// Change an individual
///
/// Individuals are never deleted: with `active=false` they leave lists of candidates.
#[utoipa::path(tag = "persons", operation_id = "editIndividual", request_body = EditIndividual,
    params(("id" = IndividualId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_PERSON")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = IndividualView)))]
#[patch("/v1/individuals/{id}")]
async fn edit(call: Call, id: Id<IndividualId>, body: Body<EditIndividual>) -> Reply {
    let Body(body) = body;
    call.change::<IndividualView, _>(individuals::Edit {
        id: id.0,
        unit_id: body.unit_id,
        full_name: body.full_name,
        honorific: body.honorific,
        birth_date: body.birth_date,
        sex: body.sex,
        position: body.position,
        staff_kind: body.staff_kind,
        leadership_class: body.leadership_class,
        personnel_code: body.personnel_code,
        active: body.active,
    })
    .await
}

/// A sign-on identity.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "principal_kind": "USER", "issuer": "https://sso.example.gov.vn/realms/tinh", "subject": "a1b2c3"
}))]
struct LinkIdentity {
    /// Person or machine.
    principal_kind: PrincipalKind,
    /// `iss` of its tokens.
    #[schema(min_length = 1, max_length = 500)]
    issuer: String,
    /// `sub` of its tokens.
    #[schema(min_length = 1, max_length = 255)]
    subject: String,
}

impl LinkIdentity {
    fn command(self, id: IndividualId, away: bool) -> individuals::Link {
        individuals::Link {
            id,
            principal_kind: self.principal_kind,
            issuer: self.issuer,
            subject: self.subject,
            unlink: away,
        }
    }
}

/// Link a sign-on identity
///
/// From the next request on, who signs on with it is this individual: its own nominations become
/// visible to it, and it cannot vote on them. The identity need not have been seen before.
#[utoipa::path(tag = "persons", operation_id = "linkIdentity", request_body = LinkIdentity,
    params(("id" = IndividualId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("LINK_IDENTITY")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Linked.", body = IndividualView)))]
#[post("/v1/individuals/{id}/link-identity")]
async fn link(call: Call, id: Id<IndividualId>, body: Body<LinkIdentity>) -> Reply {
    call.change::<IndividualView, _>(body.0.command(id.0, false))
        .await
}

/// Unlink a sign-on identity
#[utoipa::path(tag = "persons", operation_id = "unlinkIdentity", request_body = LinkIdentity,
    params(("id" = IndividualId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("LINK_IDENTITY")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Unlinked.", body = IndividualView)))]
#[post("/v1/individuals/{id}/unlink-identity")]
async fn unlink(call: Call, id: Id<IndividualId>, body: Body<LinkIdentity>) -> Reply {
    call.change::<IndividualView, _>(body.0.command(id.0, true)).await
}
