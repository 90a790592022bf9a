//! `/v1/councils` and their members.

use actix_web::{HttpRequest, get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{self, Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::Query;
use super::schema::DocumentRefClearable;
use crate::app::Tx;
use crate::app::councils::{self, Council, CouncilMember};
use crate::domain::codes::MembershipFunction;
use crate::domain::document::{DocumentRef, DocumentRefPatch};
use crate::domain::error::Result;
use crate::domain::ids::{CouncilId, CouncilMemberId, IndividualId, OrganizationId};
use crate::domain::time::Instant;
use crate::domain::votes::{CouncilPolicy, CouncilPolicyPatch};

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(get)
        .service(edit)
        .service(list_members)
        .service(add_member)
        .service(get_member)
        .service(end_member);
}

/// A council that considers nominations and recommends.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Council)]
pub struct CouncilView {
    /// Identifier.
    pub id: CouncilId,
    /// The organisation that it advises.
    pub owner_organization_id: OrganizationId,
    /// Name.
    pub name: String,
    /// Working rules; a session keeps those that held when it was opened.
    pub policy: CouncilPolicy,
    /// The document that sets it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub document: Option<DocumentRef>,
    /// Whether it works.
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

impl CouncilView {
    fn item(council: Council) -> Result<Self> {
        Ok(Self {
            id: council.id,
            owner_organization_id: council.owner_organization_id,
            name: council.name,
            policy: council.policy.read()?,
            document: council.document.map(|document| document.read()).transpose()?,
            active: council.active,
            version: council.version,
            created_at: council.created_at,
            updated_at: council.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for CouncilView {
    type Record = Council;
    const PATH: &'static str = "/v1/councils";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        councils::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Council, language: Language) -> Result<Self> {
        let possible = councils::possible(tx, &record);
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

/// A dated membership of a council.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = CouncilMember)]
pub struct CouncilMemberView {
    /// Identifier.
    pub id: CouncilMemberId,
    /// The council.
    pub council_id: CouncilId,
    /// Who.
    pub individual_id: IndividualId,
    /// Name when the membership began.
    pub display_name: String,
    /// As what.
    pub function: MembershipFunction,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; absent while there is no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
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

impl From<CouncilMember> for CouncilMemberView {
    fn from(member: CouncilMember) -> Self {
        Self {
            id: member.id,
            council_id: member.council_id,
            individual_id: member.individual_id,
            display_name: member.display_name,
            function: member.function,
            valid_from: member.valid_from,
            valid_to: member.valid_to,
            version: member.version,
            created_at: member.created_at,
            updated_at: member.updated_at,
            allowed_actions: None,
            outcome: None,
        }
    }
}

/// The members of one council.
fn members_of(council: CouncilId) -> String {
    format!("{}/{council}/members", CouncilView::PATH)
}

impl Resource for CouncilMemberView {
    type Record = CouncilMember;
    const PATH: &'static str = "/v1/councils/{id}/members";

    fn present(tx: &mut Tx<'_>, record: CouncilMember, language: Language) -> Result<Self> {
        let possible = councils::possible_of_member(tx, &record)?;
        let path = members_of(record.council_id);
        let actions = answer::actions(&path, record.id.0, &possible, language);
        Ok(Self {
            allowed_actions: Some(actions),
            ..Self::from(record)
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
    /// Of this organisation.
    #[param(nullable = false)]
    owner_organization_id: Option<OrganizationId>,
    /// Working ones (`true`), or the others.
    #[param(nullable = false)]
    active: Option<bool>,
}

/// Councils
///
/// In the order of their making.
#[utoipa::path(tag = "councils", operation_id = "listCouncils", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_COUNCIL"))),
    responses((status = 200, description = "A page.", body = Page<CouncilView>)))]
#[get("/v1/councils")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = councils::Wanted {
        owner_organization_id: filters.owner_organization_id,
        active: filters.active,
    };
    call.list(move |tx, slice| councils::list(tx, &wanted, slice)?.try_map(CouncilView::item))
        .await
}

/// One council
#[utoipa::path(tag = "councils", operation_id = "getCouncil",
    params(("id" = CouncilId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_COUNCIL"))),
    responses((status = 200, description = "The council.", body = CouncilView)))]
#[get("/v1/councils/{id}")]
async fn get(call: Call, id: Id<CouncilId>) -> Reply {
    call.show::<CouncilView, _>(move |tx| councils::read(tx, id.0))
        .await
}

/// A new council.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "owner_organization_id": "01990000-0000-7000-8000-000000000001",
    "name": "Hội đồng Thi đua - Khen thưởng Sở Ngoại vụ",
    "policy": {"quorum": {"numerator": 2, "denominator": 3}, "threshold_basis_points": 5000}
}))]
struct CreateCouncil {
    /// The organisation that it advises; not an internal unit.
    owner_organization_id: OrganizationId,
    /// Name.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// Working rules; absent members have the usual values.
    #[serde(default)]
    policy: CouncilPolicy,
    /// The document that sets it up.
    #[schema(nullable = false)]
    document: Option<DocumentRef>,
}

/// Set up a council
#[utoipa::path(tag = "councils", operation_id = "createCouncil", request_body = CreateCouncil,
    extensions(("x-action" = json!("MANAGE_COUNCIL"))),
    responses((status = 201, description = "Set up.", body = CouncilView)))]
#[post("/v1/councils")]
async fn create(call: Call, body: Body<CreateCouncil>) -> Reply {
    let Body(body) = body;
    call.create::<CouncilView, _>(councils::Create {
        owner_organization_id: body.owner_organization_id,
        name: body.name,
        policy: body.policy,
        document: body.document,
    })
    .await
}

/// What changes of a council.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Hội đồng Thi đua - Khen thưởng", "active": true}))]
struct EditCouncil {
    /// Name.
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    name: Option<String>,
    /// Working rules that change; sessions that were opened keep theirs.
    #[schema(nullable = false)]
    policy: Option<CouncilPolicyPatch>,
    /// The document that sets it up: members that change; `null` takes it away.
    #[serde(default, deserialize_with = "super::body::clearable")]
    #[schema(nullable = false, value_type = Option<DocumentRefClearable>)]
    document: Option<Option<DocumentRefPatch>>,
    /// Whether it works.
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// Change a council
#[utoipa::path(tag = "councils", operation_id = "editCouncil", request_body = EditCouncil,
    params(("id" = CouncilId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_COUNCIL")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = CouncilView)))]
#[patch("/v1/councils/{id}")]
async fn edit(call: Call, id: Id<CouncilId>, body: Body<EditCouncil>) -> Reply {
    let Body(body) = body;
    call.change::<CouncilView, _>(councils::Edit {
        id: id.0,
        name: body.name,
        policy: body.policy,
        document: body.document,
        active: body.active,
    })
    .await
}

/// Filters of the list of members.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MemberFilters {
    /// Members on this day.
    #[param(nullable = false)]
    on: Option<NaiveDate>,
}

/// Members of a council
///
/// In the order in which they were added.
#[utoipa::path(tag = "councils", operation_id = "listCouncilMembers",
    params(("id" = CouncilId, Path, description = "Identifier."), PageParams, MemberFilters),
    extensions(("x-action" = json!("READ_COUNCIL"))),
    responses((status = 200, description = "A page.", body = Page<CouncilMemberView>)))]
#[get("/v1/councils/{id}/members")]
async fn list_members(call: Call, id: Id<CouncilId>, filters: Query<MemberFilters>) -> Reply {
    let Query(filters) = filters;
    call.list(move |tx, slice| {
        let page = councils::list_members(tx, id.0, filters.on, slice)?;
        page.try_map(|member| Ok(CouncilMemberView::from(member)))
    })
    .await
}

/// A new member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "individual_id": "01990000-0000-7000-8000-000000000001", "function": "MEMBER", "valid_from": "2026-01-01"
}))]
struct AddCouncilMember {
    /// Who.
    individual_id: IndividualId,
    /// As what.
    function: MembershipFunction,
    /// First day.
    valid_from: NaiveDate,
    /// Last day.
    #[schema(nullable = false)]
    valid_to: Option<NaiveDate>,
}

/// Add a member
///
/// Nobody twice at a time, and one chair at a time. The seat gives its rights from the next request on.
#[utoipa::path(tag = "councils", operation_id = "addCouncilMember", request_body = AddCouncilMember,
    params(("id" = CouncilId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_COUNCIL")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "Added.", body = CouncilMemberView)))]
#[post("/v1/councils/{id}/members")]
async fn add_member(call: Call, id: Id<CouncilId>, body: Body<AddCouncilMember>) -> Reply {
    let Body(body) = body;
    let command = councils::AddMember {
        council_id: id.0,
        individual_id: body.individual_id,
        function: body.function,
        valid_from: body.valid_from,
        valid_to: body.valid_to,
    };
    call.create_at(command, |member: &CouncilMemberView| {
        format!("{}/{}", members_of(member.council_id), member.id)
    })
    .await
}

/// One membership of a council
#[utoipa::path(tag = "councils", operation_id = "getCouncilMember",
    params(("id" = CouncilId, Path, description = "Identifier."),
        ("member_id" = CouncilMemberId, Path, description = "Identifier of the membership.")),
    extensions(("x-action" = json!("READ_COUNCIL"))),
    responses((status = 200, description = "The membership.", body = CouncilMemberView)))]
#[get("/v1/councils/{id}/members/{member_id}")]
async fn get_member(call: Call, id: Id<CouncilId>, request: HttpRequest) -> Reply {
    let member = call::path_id(&request, "member_id")?;
    call.show::<CouncilMemberView, _>(move |tx| councils::read_member(tx, id.0, member))
        .await
}

/// How a membership ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"valid_to": "2026-12-31"}))]
struct EndCouncilMember {
    /// Last day.
    valid_to: NaiveDate,
}

/// End a membership
///
/// `If-Match` is the version of the membership.
#[utoipa::path(tag = "councils", operation_id = "endCouncilMember", request_body = EndCouncilMember,
    params(("id" = CouncilId, Path, description = "Identifier."),
        ("member_id" = CouncilMemberId, Path, description = "Identifier of the membership.")),
    extensions(("x-action" = json!("MANAGE_COUNCIL")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Ended.", body = CouncilMemberView)))]
#[post("/v1/councils/{id}/members/{member_id}/end")]
async fn end_member(
    call: Call,
    id: Id<CouncilId>,
    request: HttpRequest,
    body: Body<EndCouncilMember>,
) -> Reply {
    let Body(body) = body;
    let command = councils::EndMember {
        council_id: id.0,
        member_id: call::path_id(&request, "member_id")?,
        valid_to: body.valid_to,
    };
    call.change::<CouncilMemberView, _>(command).await
}
