use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::*;
use crate::domain::caller::{HeldGrant, Principal, PrincipalKind, Seat, SignOn};
use crate::domain::ids::IdentityId;

const SEATS: &[Role] = &[Role::CouncilChair, Role::CouncilSecretary, Role::CouncilMember];

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

fn ids<T: From<Uuid>>(count: u128) -> Vec<T> {
    (0..count).map(id).collect()
}

fn caller(individual_id: Option<IndividualId>, grants: Vec<HeldGrant>, seats: Vec<Seat>) -> Caller {
    Caller {
        identity_id: id::<IdentityId>(0),
        principal: Principal {
            kind: PrincipalKind::User,
            issuer: "https://sso.example".to_owned(),
            subject: "someone".to_owned(),
            display_name: None,
            client_id: None,
            personnel_code: None,
            token_grants: Vec::new(),
            sign_on: SignOn::default(),
        },
        individual_id,
        grants,
        seats,
    }
}

fn granted(role: Role) -> Caller {
    let grant = HeldGrant {
        role,
        organization_id: Some(id(1)),
        covers: ids(2),
    };
    caller(None, vec![grant], Vec::new())
}

fn seated(role: Role) -> Caller {
    let council_id = id(1);
    caller(None, Vec::new(), vec![Seat { council_id, role }])
}

#[test]
fn only_what_a_role_looks_at_is_looked_up() {
    for (caller, councils, receivers) in [
        (caller(None, Vec::new(), Vec::new()), false, false),
        (granted(Role::OfficeChief), false, false),
        (granted(Role::Auditor), false, false),
        (seated(Role::CouncilMember), true, false),
        (granted(Role::BoardOfficer), false, true),
        (granted(Role::ChairmanOffice), false, true),
    ] {
        let expected = Regard { councils, receivers };
        assert_eq!(
            Regard::of(&caller),
            expected,
            "{:?} {:?}",
            caller.grants,
            caller.seats
        );
        assert_eq!(expected.is_costly(), councils || receivers);
    }
}

#[test]
fn reasons_have_a_name_of_their_own() {
    assert_eq!(DenialReason::NotAllowed.as_str(), "not_allowed");
    assert_eq!(DenialReason::NotVisible.as_str(), "not_visible");
}

#[test]
fn one_reason_is_enough_and_none_is_not() {
    let place = Place {
        owner: Some(id(1)),
        division: Some(id(2)),
        councils: vec![id(3)],
        receivers: vec![id(4)],
        individual: Some(id(5)),
        published: true,
    };
    let nothing = Visibility::default();
    // Each names what stands elsewhere in the place, so that no reason is taken for another.
    let beside = Visibility {
        owners: vec![id(2), id(4)],
        divisions: vec![id(1), id(4)],
        councils: vec![id(4)],
        receivers: vec![id(1), id(2)],
        individual: Some(id(6)),
        ..Visibility::default()
    };
    assert!(!nothing.covers(&place) && !beside.covers(&place));
    for reason in reasons() {
        assert!(reason.covers(&place), "{reason:?}");
        let elsewhere = Place::in_division(id(7), id(8));
        assert_eq!(reason.covers(&elsewhere), reason.everything, "{reason:?}");
    }
    assert!(!nothing.covers(&Place::default()));
}

/// Every reason alone, for the place of [`one_reason_is_enough_and_none_is_not`].
fn reasons() -> Vec<Visibility> {
    let with = |change: fn(&mut Visibility)| {
        let mut visibility = Visibility::default();
        change(&mut visibility);
        visibility
    };
    vec![
        with(|reason| reason.everything = true),
        with(|reason| reason.published = true),
        with(|reason| reason.owners = vec![id(1)]),
        with(|reason| reason.divisions = vec![id(2)]),
        with(|reason| reason.councils = vec![id(3)]),
        with(|reason| reason.receivers = vec![id(4)]),
        with(|reason| reason.individual = Some(id(5))),
    ]
}

#[test]
fn what_was_only_forwarded_is_told_from_all_else() {
    for reason in reasons() {
        let addressed = Visibility {
            receivers: ids(2),
            ..reason.clone()
        };
        let only = !reason.receivers.is_empty();
        assert_eq!(reason.is_only_addressed(), only, "{reason:?}");
        assert_eq!(addressed.is_only_addressed(), only, "{reason:?}");
    }
}

#[test]
fn the_breadth_counts_every_list() {
    let wide = Visibility {
        owners: ids(2),
        divisions: ids(3),
        councils: ids(5),
        receivers: ids(7),
        individual: Some(id(1)),
        ..Visibility::default()
    };
    assert_eq!(wide.breadth(), 17);
}

#[test]
fn a_read_is_what_is_called_one() {
    for action in Action::ALL {
        assert_eq!(action.is_read(), action.as_str().starts_with("READ_"), "{action}");
        assert!(action.reading().is_read(), "{action}");
    }
}

/// A caller over few organisations and councils, so that places meet them often.
fn any_caller() -> impl Strategy<Value = Caller> {
    let grant = (
        select(Role::ALL),
        option::weighted(0.9, 0u128..4),
        vec(0u128..4, 0..3),
    )
        .prop_map(|(role, organization, covers)| HeldGrant {
            role,
            organization_id: organization.map(id),
            covers: covers.into_iter().map(id).collect(),
        });
    let seat = (select(SEATS), 0u128..3).prop_map(|(role, council)| Seat {
        council_id: id(council),
        role,
    });
    (option::of(0u128..2), vec(grant, 0..4), vec(seat, 0..3))
        .prop_map(|(individual, grants, seats)| caller(individual.map(id), grants, seats))
}

fn any_place() -> impl Strategy<Value = Place> {
    let four = || option::of(0u128..4);
    (
        four(),
        four(),
        vec(0u128..3, 0..3),
        vec(0u128..4, 0..3),
        four(),
        any::<bool>(),
    )
        .prop_map(
            |(owner, division, councils, receivers, individual, published)| Place {
                owner: owner.map(id),
                division: division.map(id),
                councils: councils.into_iter().map(id).collect(),
                receivers: receivers.into_iter().map(id).collect(),
                individual: individual.map(id),
                published,
            },
        )
}

proptest! {
    #[test]
    fn a_list_shows_what_may_be_read_alone_and_nothing_else(caller in any_caller(), place in any_place()) {
        for action in Action::ALL {
            let listed = visibility(&caller, *action).covers(&place);
            let allowed = matches!(decide(&caller, *action, &place), Decision::Allow(_));
            prop_assert_eq!(listed, allowed, "{}", action);
        }
    }

    #[test]
    fn what_no_role_looks_at_may_be_left_out_of_the_place(caller in any_caller(), place in any_place()) {
        let regard = Regard::of(&caller);
        let mut less = place.clone();
        if !regard.councils {
            less.councils.clear();
        }
        if !regard.receivers {
            less.receivers.clear();
        }
        for action in Action::ALL {
            prop_assert_eq!(
                decide(&caller, *action, &less),
                decide(&caller, *action, &place),
                "{}", action
            );
        }
    }
}
