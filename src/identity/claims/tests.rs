//! Claim shapes of Keycloak and WSO2 Identity Server, and everything that a claim may be instead.

use serde_json::json;

use super::*;

fn object(value: Value) -> Claims {
    value.as_object().unwrap().clone()
}

/// An access token of Keycloak 26 for a person, with a client scope that adds the organisation.
fn keycloak() -> Claims {
    object(json!({
        "exp": 1_774_000_000, "iat": 1_773_999_100, "jti": "onrtac:8a1f", "iss": "https://sso.example/realms/tinh",
        "aud": ["thidua-api", "account"], "sub": "6f1c0a52-0a4e-4b8e-9f0e-1c5a7c1d2e3f", "typ": "Bearer",
        "azp": "portal-web", "sid": "c7b9", "acr": "1", "allowed-origins": ["https://portal.example"],
        "realm_access": { "roles": ["default-roles-tinh", "offline_access", "vp-reviewer"] },
        "resource_access": {
            "thidua-api": { "roles": ["auditor"] },
            "other-client": { "roles": ["admin"] },
            "account": { "roles": ["manage-account", "view-profile"] }
        },
        "scope": "openid profile email", "email_verified": true, "groups": ["/H14/H14.15/phong-a"],
        "organization": ["H14.15"], "ma_can_bo": "CB-00123",
        "name": "Tô Thị Trang", "preferred_username": "trangtt", "given_name": "Trang", "family_name": "Tô Thị",
        "email": "trangtt@example.vn"
    }))
}

/// A service account of Keycloak: nothing but the client tells it from a person.
fn keycloak_service_account() -> Claims {
    object(json!({
        "exp": 1_774_000_000, "iat": 1_773_999_100, "iss": "https://sso.example/realms/tinh", "aud": "thidua-api",
        "sub": "5e9f2c11-2f5a-4f0e-8e57-3c1d54b00001", "typ": "Bearer", "azp": "ban-tdkt", "acr": "1",
        "client_id": "ban-tdkt", "preferred_username": "service-account-ban-tdkt", "clientHost": "10.0.0.7",
        "clientAddress": "10.0.0.7", "realm_access": { "roles": ["board-system"] }, "scope": "profile email",
        "ma_can_bo": "CB-00001", "organization": ["H14.15"]
    }))
}

/// An access token of WSO2 Identity Server 7 for a person.
fn wso2() -> Claims {
    object(json!({
        "sub": "5b6d2a7e-90e8-4b4b-9d0a-6b1c8f6e0001", "aut": "APPLICATION_USER",
        "iss": "https://is.example/oauth2/token", "client_id": "oMs1pXn2", "aud": "oMs1pXn2", "nbf": 1_773_999_100,
        "azp": "oMs1pXn2", "org_id": "10084a8d", "scope": "openid profile", "exp": 1_774_000_000,
        "org_name": "Super", "iat": 1_773_999_100, "jti": "d0a1", "org_handle": "H14.15",
        "roles": "vp-reviewer", "groups": ["PRIMARY/chuyen-vien", "Internal/everyone"], "username": "trangtt"
    }))
}

fn wso2_application() -> Claims {
    object(json!({
        "sub": "oMs1pXn2", "aut": "APPLICATION", "iss": "https://is.example/oauth2/token", "client_id": "oMs1pXn2",
        "aud": "oMs1pXn2", "azp": "oMs1pXn2", "exp": 1_774_000_000, "iat": 1_773_999_100
    }))
}

fn granting() -> IssuerSettings {
    let map = [
        ("vp-reviewer", "OFFICE_REVIEWER"),
        ("auditor", "AUDITOR"),
        ("admin", "SYSTEM_ADMINISTRATOR"),
        ("board-system", "BOARD_SYSTEM"),
        ("PRIMARY/chuyen-vien", "DIVISION_OFFICER"),
        ("chair", "COUNCIL_CHAIR"),
    ];
    IssuerSettings {
        url: "https://sso.example/realms/tinh".into(),
        grants: true,
        role_paths: [
            "/realm_access/roles",
            "/resource_access/thidua-api/roles",
            "/roles",
            "/groups",
        ]
        .map(String::from)
        .to_vec(),
        role_map: map.map(|(name, code)| (name.into(), code.into())).into(),
        organization_path: Some("/organization".into()),
        ..IssuerSettings::default()
    }
}

fn at_office(role: Role) -> TokenGrant {
    TokenGrant {
        role,
        organization_code: Some("H14.15".into()),
    }
}

fn everywhere(role: Role) -> TokenGrant {
    TokenGrant {
        role,
        organization_code: None,
    }
}

#[test]
fn keycloak_person() {
    let settings = IssuerSettings {
        personnel_code_path: Some("/ma_can_bo".into()),
        ..granting()
    };
    let principal = principal(&keycloak(), &settings).unwrap();
    assert_eq!(principal.kind, PrincipalKind::User);
    assert_eq!(principal.subject, "6f1c0a52-0a4e-4b8e-9f0e-1c5a7c1d2e3f");
    assert_eq!(principal.display_name.as_deref(), Some("Tô Thị Trang"));
    assert_eq!(principal.client_id.as_deref(), Some("portal-web"));
    assert_eq!(principal.personnel_code.as_deref(), Some("CB-00123"));
    // `admin` of another client gives nothing (CLM-04).
    assert_eq!(
        principal.token_grants,
        [at_office(Role::OfficeReviewer), everywhere(Role::Auditor)]
    );
}

#[test]
fn keycloak_service_account_is_a_machine_only_when_listed() {
    let claims = keycloak_service_account();
    let person = principal(&claims, &granting()).unwrap();
    assert_eq!(
        (person.kind, person.subject.as_str()),
        (PrincipalKind::User, "5e9f2c11-2f5a-4f0e-8e57-3c1d54b00001")
    );
    let listed = IssuerSettings {
        machine_clients: vec!["ban-tdkt".into()],
        personnel_code_path: Some("/ma_can_bo".into()),
        ..granting()
    };
    let machine = principal(&claims, &listed).unwrap();
    assert_eq!(
        (machine.kind, machine.subject.as_str()),
        (PrincipalKind::Client, "ban-tdkt")
    );
    assert_eq!(machine.personnel_code, None);
    // Only what is sent to its own organisation is the Board's (M-4).
    assert_eq!(machine.token_grants, [at_office(Role::BoardSystem)]);
    let mut nowhere = claims;
    nowhere.remove("organization");
    assert_eq!(principal(&nowhere, &listed).unwrap().token_grants, []);
}

#[test]
fn wso2_shapes() {
    let settings = IssuerSettings {
        organization_path: Some("/org_handle".into()),
        ..granting()
    };
    let person = principal(&wso2(), &settings).unwrap();
    assert_eq!(person.kind, PrincipalKind::User);
    assert_eq!(person.display_name.as_deref(), Some("trangtt"));
    assert_eq!(
        person.token_grants,
        [at_office(Role::OfficeReviewer), at_office(Role::DivisionOfficer)]
    );
    let machine = principal(&wso2_application(), &settings).unwrap();
    assert_eq!(
        (machine.kind, machine.subject.as_str()),
        (PrincipalKind::Client, "oMs1pXn2")
    );
    // A person behind a client that is listed as a machine stays a person.
    let listed = IssuerSettings {
        machine_clients: vec!["oMs1pXn2".into()],
        ..settings
    };
    assert_eq!(principal(&wso2(), &listed).unwrap().kind, PrincipalKind::User);
}

#[test]
fn a_machine_needs_a_client_and_no_subject() {
    let mut claims = wso2_application();
    claims.remove("sub");
    assert!(principal(&claims, &granting()).is_ok());
    claims.remove("azp");
    claims.remove("client_id");
    assert!(matches!(
        principal(&claims, &granting()),
        Err(TokenError::Invalid(_))
    ));
}

#[test]
fn an_issuer_that_is_not_trusted_grants_nothing() {
    let settings = IssuerSettings {
        grants: false,
        ..granting()
    };
    assert_eq!(principal(&keycloak(), &settings).unwrap().token_grants, []);
}

#[test]
fn role_claims_of_every_shape() {
    let settings = IssuerSettings {
        role_paths: vec!["/roles".into()],
        ..granting()
    };
    let auditor = vec![everywhere(Role::Auditor)];
    let both = vec![everywhere(Role::Auditor), everywhere(Role::SystemAdministrator)];
    let rows = [
        (json!("auditor"), auditor.clone()),
        (json!("auditor admin"), both.clone()),
        (json!("auditor,admin"), both.clone()),
        (json!("auditor, admin"), both.clone()),
        (json!(["auditor", "admin"]), both),
        (json!(["auditor", "auditor"]), auditor.clone()),
        (json!(["auditor", "unknown", ""]), auditor),
        (json!(["Auditor"]), vec![]),
        (json!(["auditor "]), vec![]),
        (json!([" auditor"]), vec![]),
        (json!(["auditor admin"]), vec![]),
        (json!(["AUDITOR"]), vec![]),
        (json!(["audіtor"]), vec![]), // a Cyrillic letter
        (json!(["auditor\u{0}"]), vec![]),
        (json!("*"), vec![]),
        (json!(null), vec![]),
        (json!(true), vec![]),
        (json!(5), vec![]),
        (json!({ "auditor": true }), vec![]),
        (json!([["auditor"]]), vec![]),
        (json!(["auditor", 5]), vec![]),
        (json!(["auditor", ["admin"]]), vec![]),
        (json!([]), vec![]),
        (json!(""), vec![]),
        (json!(["chair"]), vec![]), // council membership is never granted
    ];
    for (value, expected) in rows {
        let claims = object(json!({ "sub": "a", "roles": value }));
        assert_eq!(
            principal(&claims, &settings).unwrap().token_grants,
            expected,
            "{value}"
        );
    }
    assert_eq!(
        principal(&object(json!({ "sub": "a" })), &settings)
            .unwrap()
            .token_grants,
        []
    );
}

#[test]
fn without_a_clear_organisation_its_roles_are_dropped() {
    let settings = IssuerSettings {
        role_paths: vec!["/roles".into()],
        ..granting()
    };
    let rows = [
        (json!("H14.15"), true),
        (json!(["H14.15"]), true),
        (json!({ "H14.15": { "id": "1" } }), true),
        (json!(null), false),
        (json!(""), false),
        (json!(14), false),
        (json!([]), false),
        (json!(["H14.15", "H14.16"]), false),
        (json!({ "H14.15": {}, "H14.16": {} }), false),
        (json!([["H14.15"]]), false),
        (json!("H14.15\n"), false),
        (json!("x".repeat(65)), false),
    ];
    for (value, holds) in rows {
        let claims =
            object(json!({ "sub": "a", "roles": ["vp-reviewer", "auditor"], "organization": value }));
        let mut expected = vec![everywhere(Role::Auditor)];
        if holds {
            expected.insert(0, at_office(Role::OfficeReviewer));
        }
        assert_eq!(
            principal(&claims, &settings).unwrap().token_grants,
            expected,
            "{value}"
        );
    }
}

#[test]
fn display_data_is_cleaned_and_never_a_reason_to_refuse() {
    let settings = granting();
    let rows = [
        (json!({ "name": "  Trang\u{0}\n " }), Some("Trang")),
        (
            json!({ "name": 5, "preferred_username": "trangtt" }),
            Some("trangtt"),
        ),
        (json!({ "name": " ", "username": "x" }), Some("x")),
        (json!({ "name": ["Trang"] }), None),
        (json!({}), None),
    ];
    for (value, expected) in rows {
        let mut claims = object(value.clone());
        claims.insert("sub".into(), json!("a"));
        assert_eq!(
            principal(&claims, &settings).unwrap().display_name.as_deref(),
            expected,
            "{value}"
        );
    }
    let long = object(json!({ "sub": "a", "name": "ộ".repeat(1000) }));
    assert_eq!(
        principal(&long, &settings)
            .unwrap()
            .display_name
            .unwrap()
            .chars()
            .count(),
        255
    );
}

#[test]
fn personnel_code_only_from_the_configured_path() {
    let settings = |path: Option<&str>| IssuerSettings {
        personnel_code_path: path.map(Into::into),
        ..granting()
    };
    let code = |claims: Value, path| {
        principal(&object(claims), &settings(path))
            .unwrap()
            .personnel_code
    };
    assert_eq!(code(json!({ "sub": "a", "ma": "1" }), None), None);
    assert_eq!(
        code(json!({ "sub": "a", "ma": "1" }), Some("/ma")).as_deref(),
        Some("1")
    );
    for other in [json!(1), json!(["1"]), json!(""), json!(null), json!("1\u{0}")] {
        assert_eq!(
            code(json!({ "sub": "a", "ma": other }), Some("/ma")),
            None,
            "{other}"
        );
    }
}

#[test]
fn pointers_follow_rfc_6901() {
    let claims = object(json!({ "a/b": { "m~n": [1, 2] }, "https://x/y": 3, "a": { "": 4 } }));
    let rows = [
        ("/a~1b/m~0n/1", Some(2)),
        ("/https:~1~1x~1y", Some(3)),
        ("/a/", Some(4)),
        ("/a~1b/m~0n/2", None),
        ("/b", None),
        ("a", None),
        ("", None),
    ];
    for (pointer, expected) in rows {
        assert_eq!(
            at(&claims, pointer).and_then(Value::as_i64),
            expected,
            "{pointer}"
        );
    }
}

#[test]
fn every_role_has_a_reach() {
    let never: Vec<_> = Role::ALL
        .iter()
        .filter(|role| reach(**role) == Reach::NeverGranted)
        .collect();
    assert_eq!(
        never,
        [
            &Role::CouncilChair,
            &Role::CouncilSecretary,
            &Role::CouncilMember,
            &Role::Nominee
        ]
    );
}

/// CLM-09: looked at only where it is asked for, and then strictly.
#[test]
fn a_sign_on_is_read_where_it_is_asked_for() {
    let off = IssuerSettings::default();
    let asks = IssuerSettings {
        acr_for_decisions: vec!["gold".into()],
        max_age_for_decisions_seconds: Some(300),
        ..IssuerSettings::default()
    };
    let signed_on = |strength: Option<&str>, at| SignOn {
        strength: strength.map(String::from),
        at,
    };
    let of = |members: Value, settings: &IssuerSettings| {
        let mut claims = object(json!({ "sub": "a" }));
        claims.extend(object(members));
        principal(&claims, settings).map(|principal| principal.sign_on)
    };
    for (members, expected) in [
        (json!({}), signed_on(None, None)),
        (
            json!({ "acr": "1", "auth_time": 5 }),
            signed_on(Some("1"), Some(5)),
        ),
        (json!({ "acr": "gold" }), signed_on(Some("gold"), None)),
        (json!({ "auth_time": 0 }), signed_on(None, Some(0))),
        (json!({ "auth_time": 4.5 }), signed_on(None, Some(5))),
    ] {
        assert_eq!(of(members.clone(), &asks), Ok(expected), "{members}");
        assert_eq!(of(members.clone(), &off), Ok(SignOn::default()), "{members}");
    }
    let wrong = [
        ("acr", json!(null)),
        ("acr", json!(1)),
        ("acr", json!(["gold"])),
        ("acr", json!({ "gold": true })),
        ("acr", json!("")),
        ("acr", json!("gold\u{0}")),
        ("acr", json!("x".repeat(256))),
        ("auth_time", json!(null)),
        ("auth_time", json!("1774000000")),
        ("auth_time", json!([1_774_000_000])),
        ("auth_time", json!(true)),
        ("auth_time", json!(1e300)),
        ("auth_time", json!(u64::MAX)),
    ];
    for (name, value) in wrong {
        let members = json!({ name: value });
        let refused = of(members.clone(), &asks);
        assert!(
            matches!(refused, Err(TokenError::Invalid(_))),
            "{members}: {refused:?}"
        );
        assert_eq!(of(members.clone(), &off), Ok(SignOn::default()), "{members}");
    }
    let listed = IssuerSettings {
        machine_clients: vec!["ban-tdkt".into()],
        acr_for_decisions: vec!["1".into()],
        ..asks
    };
    let machine = principal(&keycloak_service_account(), &listed).unwrap();
    assert_eq!(
        (machine.kind, machine.sign_on),
        (PrincipalKind::Client, SignOn::default())
    );
}
