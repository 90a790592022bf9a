//! Who may do what: the printed matrix, every decision against the table of the domain, and the two
//! readings of one visibility (yes or no, and SQL) against each other.

use std::fmt::Write as _;

use thidua::domain::caller::{Caller, HeldGrant, Principal, PrincipalKind, Role, Seat, SignOn};
use thidua::domain::error::Code;
use thidua::domain::ids::{CouncilId, IdentityId, IndividualId, OrganizationId};
use thidua::domain::machine::Machine;
use thidua::domain::policy::{self, Action, Decision, Place, decide, decide_as};
use thidua::domain::states;

use crate::support::snapshot;

#[test]
fn the_matrix_is_as_printed() {
    snapshot::same("policy-matrix.txt", &policy::matrix());
}

fn machine<S, A>(text: &mut String, machine: &Machine<S, A>)
where
    S: Copy + PartialEq + std::fmt::Display + 'static,
    A: Copy + PartialEq + std::fmt::Display + 'static,
{
    let _ = writeln!(text, "{}: starts in {}", machine.noun, machine.initial);
    for row in machine.transitions {
        for from in row.from {
            let _ = writeln!(text, "  {from} --{}--> {}", row.act, row.to);
        }
    }
}

#[test]
fn the_state_machines_are_as_printed() {
    let mut text = String::new();
    machine(&mut text, &states::CAMPAIGN);
    machine(&mut text, &states::SUBMISSION);
    machine(&mut text, &states::NOMINATION);
    machine(&mut text, &states::FILE);
    machine(&mut text, &states::REVIEW_SESSION);
    machine(&mut text, &states::DECISION);
    machine(&mut text, &states::FORWARDING);
    snapshot::same("state-machines.txt", &text);
}

#[test]
fn the_error_codes_are_as_printed() {
    let mut text = String::new();
    for code in Code::ALL {
        let _ = writeln!(
            text,
            "{} {:?} | {} | {}",
            code.as_str(),
            code.class(),
            code.title_vi(),
            code.title_en()
        );
    }
    snapshot::same("error-codes.txt", &text);
}

/// The table of the domain (5.5 with M-3, M-4, M-29, C-7) in its own shorthand. Roles: `do` and `dh`
/// officer and head of a division, `or` and `oc` reviewer and chief of the office, `cs` `cm` `cc`
/// secretary, member, chair of the council, `di` Director, `cl` clerk, `bo` and `bs` officer and system
/// of the Board, `co` Chairman's office, `no` anyone (a possible nominee), `au` auditor, `sa` system
/// administrator. Scopes: A everything, O own organisation, D own division, C own council, R received,
/// P published, S oneself.
const EXPECTED: &[(Action, &str)] = &[
    (Action::ReadOrganization, "no:A"),
    (Action::ManageOrganization, "sa:A"),
    (Action::ReadReference, "no:A"),
    (Action::ManageReference, "sa:A"),
    (Action::ReadRoleGrant, "au:A sa:A"),
    (Action::ManageRoleGrant, "sa:A"),
    (Action::ReadPerson, "no:S do:D dh:D or:O oc:O di:O au:A"),
    (Action::ManagePerson, "or:O oc:O"),
    (Action::LinkIdentity, "oc:O"),
    (
        Action::ReadCampaign,
        "no:P or:O oc:O cs:C cm:C cc:C di:O cl:O bo:O co:O au:A",
    ),
    (Action::DraftCampaign, "or:O oc:O di:O bo:O"),
    (Action::ApproveCampaign, "di:O co:O"),
    (Action::PublishCampaign, "cl:O bo:O"),
    (Action::CancelCampaign, "di:O co:O"),
    (Action::ReadParticipant, "do:D dh:D or:O oc:O di:O au:A"),
    (Action::ManageParticipant, "or:O oc:O"),
    (Action::AdmitParticipant, "oc:O"),
    (Action::ReadQuota, "or:O oc:O cs:C cm:C cc:C di:O au:A"),
    (Action::ReadStatistics, "or:O oc:O cs:C cm:C cc:C di:O au:A"),
    (Action::OverrideQuota, "di:O"),
    (Action::ReadSubmission, "do:D dh:D or:O oc:O di:O bo:R bs:R au:A"),
    (Action::DraftSubmission, "do:D dh:D or:O oc:O"),
    (Action::SubmitSubmission, "dh:D or:O oc:O"),
    (Action::ReceiveSubmission, "or:O oc:O"),
    (Action::AdmitLate, "oc:O"),
    (Action::ConsolidateSubmission, "or:O oc:O"),
    (
        Action::ReadNomination,
        "no:S do:D dh:D or:O oc:O cs:C cm:C cc:C di:O bo:R bs:R au:A",
    ),
    (Action::ProposeHold, "or:O"),
    (Action::HoldNomination, "oc:O di:O bo:R bs:R"),
    (Action::DropNomination, "di:O"),
    (
        Action::ReadReview,
        "do:D dh:D or:O oc:O cs:C cm:C cc:C di:O bo:R bs:R au:A",
    ),
    (Action::Appraise, "or:O oc:O"),
    (Action::ReadCouncil, "or:O oc:O cs:C cm:C cc:C di:O au:A"),
    (Action::ManageCouncil, "oc:O di:O"),
    (Action::ReadSession, "or:O oc:O cs:C cm:C cc:C di:O au:A"),
    (Action::PlanSession, "or:O oc:O cs:C"),
    (Action::RunSession, "cs:C"),
    (Action::Vote, "cs:C cm:C cc:C"),
    (Action::ConfirmSession, "cc:C"),
    (
        Action::ReadDecision,
        "no:P or:O oc:O di:O cl:O bo:O bo:R co:O au:A",
    ),
    (Action::PrepareDecision, "or:O oc:O di:O bo:O bo:R co:O"),
    (Action::CheckDecision, "oc:O co:O"),
    (Action::SignDecision, "di:O co:O"),
    (Action::NumberDecision, "cl:O bo:O co:O"),
    (Action::IssueDecision, "di:O co:O"),
    (Action::RecoverAward, "oc:O di:O co:O"),
    (Action::ReadForwarding, "or:O oc:O di:O cl:O bo:R bs:R co:R au:A"),
    (Action::PrepareForwarding, "or:O oc:O"),
    (Action::SignForwarding, "di:O"),
    (Action::SendForwarding, "cl:O"),
    (Action::AnswerForwarding, "bo:R bs:R co:R"),
    (Action::ReadJournal, "oc:O di:O au:A"),
];

const ROLES: &[(Role, &str)] = &[
    (Role::DivisionOfficer, "do"),
    (Role::DivisionHead, "dh"),
    (Role::OfficeReviewer, "or"),
    (Role::OfficeChief, "oc"),
    (Role::CouncilSecretary, "cs"),
    (Role::CouncilMember, "cm"),
    (Role::CouncilChair, "cc"),
    (Role::Director, "di"),
    (Role::Clerk, "cl"),
    (Role::BoardOfficer, "bo"),
    (Role::BoardSystem, "bs"),
    (Role::ChairmanOffice, "co"),
    (Role::Nominee, "no"),
    (Role::Auditor, "au"),
    (Role::SystemAdministrator, "sa"),
];

/// The organisations of the table: the caller's, its units, and those around it.
struct Tree {
    province: OrganizationId,
    own: OrganizationId,
    divisions: [OrganizationId; 2],
    below: OrganizationId,
    sibling: OrganizationId,
    sibling_division: OrganizationId,
}

fn tree() -> Tree {
    let id = OrganizationId::generate;
    Tree {
        province: id(),
        own: id(),
        divisions: [id(), id()],
        below: id(),
        sibling: id(),
        sibling_division: id(),
    }
}

fn caller(role: Role, tree: &Tree, council: CouncilId, individual: IndividualId) -> Caller {
    let (organization_id, covers) = match role {
        Role::Auditor | Role::SystemAdministrator => (None, Vec::new()),
        Role::DivisionOfficer | Role::DivisionHead => (Some(tree.divisions[0]), vec![tree.divisions[0]]),
        _ => (
            Some(tree.own),
            vec![tree.own, tree.divisions[0], tree.divisions[1]],
        ),
    };
    let seat = matches!(
        role,
        Role::CouncilSecretary | Role::CouncilMember | Role::CouncilChair
    );
    let granted = !seat && role != Role::Nominee;
    Caller {
        identity_id: IdentityId::generate(),
        principal: Principal {
            kind: PrincipalKind::User,
            issuer: "https://sso.example".into(),
            subject: "someone".into(),
            display_name: None,
            client_id: None,
            personnel_code: None,
            token_grants: Vec::new(),
            sign_on: SignOn::default(),
        },
        individual_id: Some(individual),
        grants: granted
            .then_some(HeldGrant {
                role,
                organization_id,
                covers,
            })
            .into_iter()
            .collect(),
        seats: seat
            .then_some(Seat {
                council_id: council,
                role,
            })
            .into_iter()
            .collect(),
    }
}

/// Every place with the scopes that reach it; A reaches all.
fn places(
    tree: &Tree,
    role: Role,
    council: CouncilId,
    individual: IndividualId,
) -> Vec<(&'static str, Place, &'static str)> {
    let elsewhere = Place::in_division(tree.sibling, tree.sibling_division);
    let with = |change: fn(&mut Place)| {
        let mut place = elsewhere.clone();
        change(&mut place);
        place
    };
    let receiver = match role {
        Role::DivisionOfficer | Role::DivisionHead => tree.divisions[0],
        _ => tree.own,
    };
    vec![
        ("own organisation", Place::of(tree.own), "O"),
        (
            "own division",
            Place::in_division(tree.own, tree.divisions[0]),
            "OD",
        ),
        (
            "another own division",
            Place::in_division(tree.own, tree.divisions[1]),
            "O",
        ),
        ("ancestor", Place::of(tree.province), ""),
        ("descendant with authority of its own", Place::of(tree.below), ""),
        ("sibling", elsewhere.clone(), ""),
        ("unrelated", Place::of(OrganizationId::generate()), ""),
        ("nowhere", Place::default(), ""),
        (
            "own council",
            Place {
                councils: vec![council],
                ..elsewhere.clone()
            },
            "C",
        ),
        (
            "another council",
            Place {
                councils: vec![CouncilId::generate()],
                ..elsewhere.clone()
            },
            "",
        ),
        (
            "received",
            Place {
                receivers: vec![receiver],
                ..elsewhere.clone()
            },
            "R",
        ),
        (
            "received by another",
            Place {
                receivers: vec![tree.sibling],
                ..elsewhere.clone()
            },
            "",
        ),
        ("published", with(|place| place.published = true), "P"),
        (
            "oneself",
            Place {
                individual: Some(individual),
                ..elsewhere.clone()
            },
            "S",
        ),
        (
            "another person",
            Place {
                individual: Some(IndividualId::generate()),
                ..elsewhere.clone()
            },
            "",
        ),
    ]
}

/// Whether the shorthand lets a role reach a place; everyone is a possible nominee.
fn reaches(line: &str, role: &str, scopes: &str) -> bool {
    line.split(' ').any(|entry| {
        let (who, scope) = entry.split_once(':').unwrap();
        (who == role || who == "no") && (scope == "A" || scopes.contains(scope))
    })
}

/// Which role the journal names when several allow the act; where a rule leaves it to some roles, only
/// these do.
#[test]
fn of_several_roles_the_first_in_the_table_names_the_act() {
    let tree = tree();
    let (council, individual) = (CouncilId::generate(), IndividualId::generate());
    let place = Place {
        councils: vec![council],
        receivers: vec![tree.own],
        ..Place::in_division(tree.own, tree.divisions[0])
    };
    for (held, action, among, named) in [
        (
            [Role::OfficeChief, Role::DivisionHead],
            Action::DraftSubmission,
            Role::ALL,
            Some(Role::DivisionHead),
        ),
        (
            [Role::OfficeChief, Role::DivisionHead],
            Action::DraftSubmission,
            &[Role::OfficeReviewer, Role::OfficeChief],
            Some(Role::OfficeChief),
        ),
        (
            [Role::OfficeReviewer, Role::DivisionHead],
            Action::DraftSubmission,
            &[Role::OfficeChief],
            None,
        ),
        (
            [Role::Director, Role::OfficeChief],
            Action::HoldNomination,
            Role::ALL,
            Some(Role::OfficeChief),
        ),
        (
            [Role::Director, Role::OfficeChief],
            Action::OverrideQuota,
            Role::ALL,
            Some(Role::Director),
        ),
        (
            [Role::CouncilSecretary, Role::CouncilMember],
            Action::Vote,
            Role::ALL,
            Some(Role::CouncilMember),
        ),
        (
            [Role::BoardSystem, Role::BoardOfficer],
            Action::AnswerForwarding,
            Role::ALL,
            Some(Role::BoardOfficer),
        ),
    ] {
        let mut several = caller(held[0], &tree, council, individual);
        let other = caller(held[1], &tree, council, individual);
        several.grants.extend(other.grants);
        several.seats.extend(other.seats);
        let found = match decide_as(&several, among, action, &place) {
            Decision::Allow(role) => Some(role),
            Decision::Forbid | Decision::Hide => None,
        };
        assert_eq!(found, named, "{action} by {held:?} among {among:?}");
    }
}

#[test]
fn every_role_at_every_place_is_decided_as_the_domain_says() {
    let line = |action: Action| {
        EXPECTED
            .iter()
            .find(|(known, _)| *known == action)
            .unwrap_or_else(|| panic!("{action} is missing from the table"))
            .1
    };
    let tree = tree();
    let (council, individual) = (CouncilId::generate(), IndividualId::generate());
    let mut asked = 0;
    for role in Role::ALL {
        let (_, short) = ROLES.iter().find(|(known, _)| known == role).unwrap();
        let caller = caller(*role, &tree, council, individual);
        for (name, place, scopes) in places(&tree, *role, council, individual) {
            for action in Action::ALL {
                let may = reaches(line(*action), short, scopes);
                let sees = reaches(line(action.reading()), short, scopes);
                let found = match decide(&caller, *action, &place) {
                    Decision::Allow(_) => "allowed",
                    Decision::Forbid => "forbidden",
                    Decision::Hide => "hidden",
                };
                let expected = match (may, sees) {
                    (true, _) => "allowed",
                    (false, true) if !action.is_read() => "forbidden",
                    _ => "hidden",
                };
                assert_eq!(found, expected, "{role} {action} at {name}");
                asked += 1;
            }
        }
    }
    assert_eq!(asked, Role::ALL.len() * 15 * Action::ALL.len());
}
