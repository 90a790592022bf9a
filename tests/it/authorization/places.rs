//! AZN-01 asks every role at every place: own organisation, ancestor, descendant, sibling, unrelated, none.
//! The personas of the world hold each role at its own place, and `nobody` none. At every other place one
//! subject holds *all* roles: rights only add up, so what is refused to it is refused to each role alone.

use thidua::domain::caller::{PrincipalKind, Role};
use thidua::domain::ids::OrganizationId;

use crate::support::world::{BOARD_CLIENT, BOOTSTRAP, PERSONAS, Persona, World, org, seed_grant};

/// Roles that are held for a division.
const OF_DIVISION: &[Role] = &[Role::DivisionOfficer, Role::DivisionHead];
/// Roles that are held for an organisation.
const OF_ORGANIZATION: &[Role] = &[
    Role::OfficeReviewer,
    Role::OfficeChief,
    Role::Director,
    Role::Clerk,
    Role::BoardOfficer,
    Role::BoardSystem,
    Role::ChairmanOffice,
    Role::Auditor,
    Role::SystemAdministrator,
];

/// Subject, lists of roles, where; seen from the department and its first division.
const PLACES: &[(&str, &[&[Role]], OrganizationId)] = &[
    // The ancestor.
    ("at-province", &[OF_DIVISION, OF_ORGANIZATION], org::PROVINCE),
    // A descendant, and a sibling of the division.
    ("at-office", &[OF_DIVISION, OF_ORGANIZATION], org::OFFICE),
    // The division itself, a descendant: what belongs to the department does not belong to it.
    ("in-division", &[OF_ORGANIZATION], org::DIVISIONS[0]),
    (
        "at-sibling",
        &[OF_DIVISION, OF_ORGANIZATION],
        org::OTHER_DEPARTMENT,
    ),
    // Unrelated.
    (
        "at-other-division",
        &[OF_DIVISION, OF_ORGANIZATION],
        org::OTHER_DIVISION,
    ),
    // The division's parent: a grant covers the internal units below it (M-4).
    ("over-divisions", &[OF_DIVISION], org::DEPARTMENT),
    // Roles that are usually held elsewhere, or everywhere.
    ("inspector", &[&[Role::Auditor]], org::DEPARTMENT),
    ("province-board", &[&[Role::BoardOfficer]], org::PROVINCE),
];

/// Gives the subjects of this module their roles.
pub async fn seed(world: &World) {
    world
        .database(|conn| {
            for (subject, lists, organization) in PLACES {
                for role in lists.iter().copied().flatten() {
                    seed_grant(conn, PrincipalKind::User, subject, *role, Some(*organization));
                }
            }
        })
        .await;
}

/// Everyone who asks.
pub fn subjects() -> Vec<&'static str> {
    PERSONAS
        .iter()
        .map(|(subject, ..)| *subject)
        .chain([BOARD_CLIENT, BOOTSTRAP, "unheard-of"])
        .chain(PLACES.iter().map(|(subject, ..)| *subject))
        .collect()
}

/// The caller behind a subject.
pub fn caller<'w>(world: &'w World, subject: &str) -> Persona<'w> {
    if subject == BOARD_CLIENT {
        world.board_system()
    } else {
        world.persona(subject)
    }
}

/// A role without a subject at another place would go unasked.
#[test]
fn every_grantable_role_is_asked_at_every_place() {
    for role in Role::ALL {
        let listed = OF_DIVISION.contains(role) || OF_ORGANIZATION.contains(role);
        assert_eq!(listed, thidua::app::role_grants::is_grantable(*role), "{role}");
    }
}
