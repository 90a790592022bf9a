//! `/v1/me`.

use actix_web::get;
use utoipa::ToSchema;

use super::Routes;
use super::answer::Reply;
use super::call::Call;
use crate::app::Tx;
use crate::app::me::{self, Me};
use crate::domain::caller::{PrincipalKind, Role};
use crate::domain::ids::{CouncilId, IdentityId, IndividualId, OrganizationId};
use crate::domain::policy::{Action, Reach};

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config.service(show);
}

/// Who the caller is.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// Pseudonymous id, as in the journal; absent before the first write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identity_id: Option<IdentityId>,
    /// Person or machine.
    pub kind: PrincipalKind,
    /// `iss` of the token.
    pub issuer: String,
    /// `sub` of a person, client id of a machine.
    pub subject: String,
    /// Name in the token; for display only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub display_name: Option<String>,
    /// The individual behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub individual: Option<MyIndividual>,
    /// Roles in force now.
    pub roles: Vec<MyRole>,
    /// Council seats held today.
    pub seats: Vec<MySeat>,
    /// Every action that reaches anything.
    pub permissions: Vec<MyPermission>,
}

/// The individual behind the caller.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct MyIndividual {
    /// Identifier.
    pub id: IndividualId,
    /// Full name.
    pub full_name: String,
    /// Unit.
    pub unit_id: OrganizationId,
}

/// A role that the caller holds.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct MyRole {
    /// The role.
    pub role: Role,
    /// Where; absent for the whole province.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<OrganizationId>,
    /// Name of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_name: Option<String>,
}

/// A seat that the caller holds.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct MySeat {
    /// The council.
    pub council_id: CouncilId,
    /// Its name.
    pub council_name: String,
    /// Chair, secretary or member.
    pub role: Role,
}

/// An action and how far it reaches.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct MyPermission {
    /// The action, as in `x-action` of the operations.
    pub action: Action,
    /// How far.
    pub reaches: Vec<Reach>,
}

fn view(tx: &Tx<'_>, me: Me) -> MeView {
    let principal = &tx.caller.principal;
    MeView {
        identity_id: Some(tx.caller.identity_id).filter(|id| !id.0.is_nil()),
        kind: principal.kind,
        issuer: principal.issuer.clone(),
        subject: principal.subject.clone(),
        display_name: principal.display_name.clone(),
        individual: me.individual.map(|individual| MyIndividual {
            id: individual.id,
            full_name: individual.full_name,
            unit_id: individual.unit_id,
        }),
        roles: me
            .roles
            .into_iter()
            .map(|(grant, organization_name)| MyRole {
                role: grant.role,
                organization_id: grant.organization_id,
                organization_name,
            })
            .collect(),
        seats: me
            .seats
            .into_iter()
            .map(|(seat, council_name)| MySeat {
                council_id: seat.council_id,
                council_name,
                role: seat.role,
            })
            .collect(),
        permissions: me
            .permissions
            .into_iter()
            .map(|(action, reaches)| MyPermission { action, reaches })
            .collect(),
    }
}

/// Who am I
///
/// Roles and seats as of this request, the individual behind the identity, and how far every action
/// reaches. Everyone with a valid token may ask.
#[utoipa::path(tag = "me", operation_id = "getMe", extensions(("x-self" = json!(true))),
    responses((status = 200, description = "The caller.", body = MeView)))]
#[get("/v1/me")]
async fn show(call: Call) -> Reply {
    call.compute(|tx, _| {
        let me = me::read(tx)?;
        Ok(view(tx, me))
    })
    .await
}
