use super::*;
use crate::identity::testing::{AUDIENCE, auth_settings, now};
use crate::identity::{TokenError, Verifier};

fn request(kind: PrincipalKind) -> TokenRequest {
    TokenRequest {
        subject: "can-bo-1".into(),
        kind,
        name: Some("Tô Thị Trang".into()),
        client_id: None,
        audience: AUDIENCE.into(),
        lifetime: Duration::from_mins(10),
    }
}

#[test]
fn only_loopback_addresses_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let refused = [
        "http://0.0.0.0:8081",
        "http://192.168.1.5:8081",
        "http://sso.example",
        "https://127.0.0.1:8081",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1:8081/realms/x",
        "http://127.0.0.1:8081?x",
        "http://127.0.0.1:8081#x",
        "http://user@127.0.0.1:8081",
        "http://[::]:8081",
        "127.0.0.1:8081",
        "",
    ];
    for address in refused {
        let fault = DevelopmentIssuer::open(folder.path(), address).unwrap_err();
        assert!(
            matches!(fault, DevelopmentError::NotLoopback(_)),
            "{address}: {fault}"
        );
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is written before the check"
    );
    for address in [
        "http://127.0.0.1:8081",
        "http://localhost:8081/",
        "http://[::1]:8081",
        "http://127.0.0.2",
    ] {
        let issuer = DevelopmentIssuer::open(folder.path(), address).unwrap();
        assert_eq!(issuer.url(), address.trim_end_matches('/'));
    }
}

#[test]
fn the_key_is_kept_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("data");
    let first = DevelopmentIssuer::open(&inner, "http://127.0.0.1:8081").unwrap();
    let again = DevelopmentIssuer::open(&inner, "http://127.0.0.1:8081").unwrap();
    assert_eq!(first.jwks(), again.jwks());
    let files: Vec<_> = fs::read_dir(&inner)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files, [inner.join(KEY_FILE)], "no draft is left behind");
    let permissions =
        |mode| fs::set_permissions(inner.join(KEY_FILE), fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(
        fs::metadata(inner.join(KEY_FILE)).unwrap().permissions().mode() & 0o777,
        0o600
    );
    permissions(0o640);
    let fault = DevelopmentIssuer::open(&inner, "http://127.0.0.1:8081").unwrap_err();
    assert!(matches!(fault, DevelopmentError::OpenToOthers(_)), "{fault}");
    permissions(0o600);
    fs::write(inner.join(KEY_FILE), b"no key").unwrap();
    let fault = DevelopmentIssuer::open(&inner, "http://127.0.0.1:8081").unwrap_err();
    assert!(matches!(fault, DevelopmentError::Key(_)), "{fault}");
}

#[test]
fn of_two_that_start_at_once_one_makes_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(KEY_FILE);
    make_key(folder.path(), &file).unwrap();
    let first = fs::read(&file).unwrap();
    make_key(folder.path(), &file).unwrap();
    assert_eq!(fs::read(&file).unwrap(), first);
    let nowhere = folder.path().join("nowhere").join(KEY_FILE);
    let fault = make_key(folder.path(), &nowhere).unwrap_err();
    assert!(matches!(fault, DevelopmentError::Storage(..)), "{fault}");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no draft is left behind"
    );
}

/// RFC 7638, as the library computes it.
#[test]
fn the_key_is_named_by_its_thumbprint() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = DevelopmentIssuer::open(folder.path(), "http://127.0.0.1:8081").unwrap();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(issuer.jwks()).unwrap();
    let key = keys.keys.first().unwrap();
    let print = key.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
    assert_eq!(key.common.key_id.as_ref(), Some(&print));
}

#[actix_web::test]
async fn its_tokens_go_through_the_same_verification() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let issuer = Arc::new(DevelopmentIssuer::open(folder.path(), &address).unwrap());
    let server = actix_web::rt::spawn(Arc::clone(&issuer).serve(listener));
    let verifier = Verifier::new(&auth_settings([("main", issuer.settings(AUDIENCE))])).unwrap();
    verifier.refresh().await;
    assert!(verifier.ready());

    let token = issuer.token(&request(PrincipalKind::User), now()).unwrap();
    let user = verifier.verify(&token, now()).await.unwrap();
    assert_eq!(
        (user.kind, user.subject.as_str()),
        (PrincipalKind::User, "can-bo-1")
    );
    assert_eq!(user.display_name.as_deref(), Some("Tô Thị Trang"));
    assert_eq!(user.client_id.as_deref(), Some(DEFAULT_CLIENT));
    assert_eq!(user.issuer, address);

    let machine = TokenRequest {
        subject: "board-system".into(),
        name: None,
        ..request(PrincipalKind::Client)
    };
    let machine = verifier
        .verify(&issuer.token(&machine, now()).unwrap(), now())
        .await
        .unwrap();
    assert_eq!(
        (machine.kind, machine.subject.as_str()),
        (PrincipalKind::Client, "board-system")
    );

    let later = now() + chrono::TimeDelta::hours(1);
    assert_eq!(verifier.verify(&token, later).await, Err(TokenError::Expired));
    let foreign = TokenRequest {
        audience: "another".into(),
        ..request(PrincipalKind::User)
    };
    assert!(
        verifier
            .verify(&issuer.token(&foreign, now()).unwrap(), now())
            .await
            .is_err()
    );

    for (path, expected) in document_paths()
        .into_iter()
        .zip([issuer.discovery(), issuer.jwks()])
    {
        let served: Value = reqwest::get(format!("{address}{path}"))
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(served, expected);
    }
    assert!(!issuer.jwks().to_string().contains("\"d\""));
    server.abort();
}

#[actix_web::test]
async fn a_listener_open_to_the_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = DevelopmentIssuer::open(folder.path(), "http://127.0.0.1:8081").unwrap();
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let fault = Arc::new(issuer).serve(listener).await.unwrap_err();
    assert!(fault.to_string().contains("loopback"), "{fault}");
}
