use serde_json::json;

use super::testing::{self, Answer, ISSUER, Server, TestKey, auth_settings, claims, header, now, with};
use super::*;

#[test]
fn bearer_rows() {
    type Outcome = Result<Option<&'static str>, BearerError>;
    let rows: &[(&[&str], Outcome)] = &[
        (&[], Ok(None)),
        (&["Bearer a.b.c"], Ok(Some("a.b.c"))),
        (&["bearer a.b.c"], Ok(Some("a.b.c"))),
        (&["BEARER a.b.c"], Ok(Some("a.b.c"))),
        (&["Bearer"], Ok(Some(""))),
        (&["Bearer  a.b.c"], Ok(Some(" a.b.c"))),
        (&["Bearer a", "Bearer a"], Err(BearerError::Several)),
        (&["Bearer a", "Basic b"], Err(BearerError::Several)),
        (&["Bearer a, Bearer b"], Err(BearerError::Several)),
        (&["Bearer a,Basic b"], Err(BearerError::Several)),
        (&["Basic a, bearer b"], Err(BearerError::Several)),
        (&["Basic dTpw"], Err(BearerError::OtherScheme)),
        (
            &["Digest username=\"x\", realm=\"y\""],
            Err(BearerError::OtherScheme),
        ),
        (&["DPoP a.b.c"], Err(BearerError::OtherScheme)),
        (&["Bearera.b.c"], Err(BearerError::OtherScheme)),
        (&["a.b.c"], Err(BearerError::OtherScheme)),
        (&[""], Err(BearerError::OtherScheme)),
    ];
    for (values, expected) in rows {
        assert_eq!(&bearer(values), expected, "{values:?}");
    }
}

#[tokio::test]
async fn what_follows_bearer_is_taken_as_it_stands() {
    let server = Server::start().await;
    let key = TestKey::p256();
    server.set("/jwks", Answer::keys(&[key.jwk("k1")]));
    let verifier = Verifier::new(&auth_settings([(
        "main",
        testing::issuer_settings(&server.url("/jwks")),
    )]))
    .unwrap();
    verifier.refresh().await;
    let token = key.token(&header(), &claims());
    for (field, good) in [
        (format!("Bearer {token}"), true),
        (format!("Bearer  {token}"), false),
        ("Bearer ".into(), false),
    ] {
        let taken = bearer(&[&field]).unwrap().unwrap();
        assert_eq!(verifier.verify(taken, now()).await.is_ok(), good, "{field:?}");
    }
}

#[test]
fn faulty_settings_make_no_verifier() {
    let mut settings = auth_settings([("main", testing::issuer_settings("https://sso.example/jwks"))]);
    settings.algorithms = vec!["RS256".into(), "HS256".into()];
    settings.leeway_seconds = 4000;
    let faults = Verifier::new(&settings).unwrap_err();
    assert!(
        faults.contains("auth.algorithms: HS256") && faults.contains("auth.leeway_seconds"),
        "{faults}"
    );
}

#[test]
fn an_https_issuer_makes_a_verifier_that_is_not_ready() {
    let mut issuer = testing::issuer_settings("https://sso.example/jwks");
    issuer.insecure_http = false;
    let verifier = Verifier::new(&auth_settings([("main", issuer)])).unwrap();
    assert!(!verifier.ready());
}

/// JWK-12: the same key identifier in the sets of two issuers.
#[tokio::test]
async fn a_key_of_one_issuer_never_verifies_a_token_of_another() {
    let server = Server::start().await;
    let (first, second) = (TestKey::p256(), TestKey::p256());
    server.set("/a", Answer::keys(&[first.jwk("k1")]));
    server.set("/b", Answer::keys(&[second.jwk("k1")]));
    let other = "https://other.example/realms/tinh";
    let mut b = testing::issuer_settings(&server.url("/b"));
    b.url = other.into();
    let verifier = Verifier::new(&auth_settings([
        ("a", testing::issuer_settings(&server.url("/a"))),
        ("b", b),
    ]))
    .unwrap();
    verifier.refresh().await;
    assert!(verifier.ready());
    let of = |issuer: &str| with(&claims(), json!({ "iss": issuer }));
    for (key, issuer, good) in [
        (&first, ISSUER, true),
        (&second, other, true),
        (&first, other, false),
        (&second, ISSUER, false),
    ] {
        let outcome = verifier.verify(&key.token(&header(), &of(issuer)), now()).await;
        assert_eq!(outcome.is_ok(), good, "{issuer}");
    }
    let names: Vec<_> = verifier
        .key_status()
        .into_iter()
        .map(|status| status.issuer)
        .collect();
    assert_eq!(names, ["a", "b"]);
}

#[tokio::test]
async fn one_issuer_without_keys_is_not_ready_and_costs_the_others_nothing() {
    let server = Server::start().await;
    let key = TestKey::p256();
    server.set("/a", Answer::keys(&[key.jwk("k1")]));
    let mut b = testing::issuer_settings(&server.url("/b"));
    b.url = "https://other.example".into();
    let settings = auth_settings([("a", testing::issuer_settings(&server.url("/a"))), ("b", b)]);
    let verifier = Verifier::new(&settings).unwrap();
    verifier.refresh().await;
    assert!(!verifier.ready());
    assert!(
        verifier
            .verify(&key.token(&header(), &claims()), now())
            .await
            .is_ok()
    );
    let orphan = key.token(
        &header(),
        &with(&claims(), json!({ "iss": "https://other.example" })),
    );
    assert_eq!(
        verifier.verify(&orphan, now()).await,
        Err(TokenError::KeysUnavailable)
    );
}

/// TOK-25, JWK-05: what is remembered of a token ends with the token and with its key.
#[tokio::test]
async fn a_remembered_token_ends_with_itself_and_with_its_key() {
    let server = Server::start().await;
    let (first, second) = (TestKey::p256(), TestKey::p256());
    server.set("/a", Answer::keys(&[first.jwk("k1")]));
    let settings = auth_settings([("a", testing::issuer_settings(&server.url("/a")))]);
    let verifier = Verifier::new(&settings).unwrap();
    verifier.refresh().await;
    let token = first.token(&header(), &claims());
    let proven = verifier.verify(&token, now()).await.unwrap();
    assert_eq!(verifier.verify(&token, now()).await, Ok(proven.clone()));
    // Another signature under the same claims is another token.
    let (signed, _) = token.rsplit_once('.').unwrap();
    let (_, foreign) = second
        .token(&header(), &claims())
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(
        verifier
            .verify(&format!("{signed}.{foreign}"), now())
            .await
            .is_err()
    );
    let leeway = 30;
    let end = now() + chrono::TimeDelta::seconds(300 + leeway);
    assert_eq!(verifier.verify(&token, end).await, Err(TokenError::Expired));
    assert_eq!(verifier.verify(&token, now()).await, Ok(proven.clone()));
    // The same set fetched again changes nothing but when it was fetched.
    verifier.refresh().await;
    assert_eq!(verifier.verify(&token, now()).await, Ok(proven));
    server.set("/a", Answer::keys(&[second.jwk("k2")]));
    verifier.refresh().await;
    assert!(matches!(
        verifier.verify(&token, now()).await,
        Err(TokenError::Invalid(_))
    ));
}

/// CLM-09: a remembered token grows older, and its sign-on with it.
#[tokio::test]
async fn the_age_of_a_sign_on_is_looked_at_each_time() {
    let server = Server::start().await;
    let key = TestKey::p256();
    server.set("/a", Answer::keys(&[key.jwk("k1")]));
    let mut issuer = testing::issuer_settings(&server.url("/a"));
    issuer.acr_for_decisions = vec!["gold".into()];
    issuer.max_age_for_decisions_seconds = Some(60);
    let verifier = Verifier::new(&auth_settings([("a", issuer)])).unwrap();
    verifier.refresh().await;
    let signed_on = now().timestamp();
    let saying = |changes: serde_json::Value| key.token(&header(), &with(&claims(), changes));
    let token = saying(json!({ "acr": "gold", "auth_time": signed_on }));
    let (leeway, most) = (30, 60);
    for (seconds, lack) in [
        (0, None),
        (most + leeway, None),
        (most + leeway + 1, Some(Lack::Freshness)),
        (0, None),
    ] {
        let now = now() + chrono::TimeDelta::seconds(seconds);
        let caller = verifier.verify(&token, now).await.unwrap();
        let needed = verifier.step_up(&caller, now);
        assert_eq!(needed.map(|needed| needed.lack), lack, "{seconds}");
    }
    let weak = saying(json!({ "auth_time": signed_on }));
    let caller = verifier.verify(&weak, now()).await.unwrap();
    let needed = verifier.step_up(&caller, now()).unwrap();
    let expected = StepUp {
        lack: Lack::Strength,
        acr_values: vec!["gold".into()],
        max_age_seconds: Some(60),
    };
    assert_eq!(needed, expected);
    // A caller of another issuer is none of this verifier's.
    let stranger = Principal {
        issuer: "https://other.example".into(),
        ..caller
    };
    assert_eq!(verifier.step_up(&stranger, now()), None);
    // A sign-on ahead of the clock by more than the leeway, and one that is told twice.
    for seconds in [30, 31] {
        let ahead = saying(json!({ "acr": "gold", "auth_time": signed_on + seconds }));
        let outcome = verifier.verify(&ahead, now()).await;
        assert_eq!(outcome.is_ok(), seconds == 30, "{seconds}: {outcome:?}");
    }
    let text = with(&claims(), json!({ "acr": "gold" })).to_string();
    let twice = text.replacen('{', "{\"acr\":\"gold\",", 1);
    let outcome = verifier
        .verify(&key.token_of(&header().to_string(), &twice), now())
        .await;
    assert!(matches!(outcome, Err(TokenError::Invalid(_))), "{outcome:?}");
}

#[test]
fn texts_of_errors_name_no_inner_part() {
    for error in [
        TokenError::Expired,
        TokenError::SubjectMissing,
        TokenError::KeysUnavailable,
        token::ISSUER,
    ] {
        let text = error.to_string().to_lowercase();
        for word in ["kid", "jwt", "jsonwebtoken", "exp ", "aud ", "alg", "https"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[tokio::test]
async fn every_issuer_is_asked_for_its_keys_with_or_without_success() {
    let server = Server::start().await;
    server.set("/a", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let mut silent = testing::issuer_settings(&server.url("/b"));
    silent.url = "https://other.example".into();
    let both = [("a", testing::issuer_settings(&server.url("/a"))), ("b", silent)];
    let verifier = Verifier::new(&auth_settings(both)).unwrap();
    assert!(!verifier.asked());
    verifier.refresh().await;
    let counts: Vec<_> = verifier
        .key_status()
        .iter()
        .map(|one| (one.fetches_good, one.fetches_failed))
        .collect();
    assert_eq!(counts, [(1, 0), (0, 1)]);
    assert!(verifier.asked() && !verifier.ready());
}

#[tokio::test]
async fn each_issuer_has_a_task_that_fetches_by_itself() {
    let server = Server::start().await;
    server.set("/a", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let issuer = testing::issuer_settings(&server.url("/a"));
    let verifier = Verifier::new(&auth_settings([("a", issuer)])).unwrap();
    let tasks = verifier.spawn_refresh();
    assert_eq!(tasks.len(), 1);
    while !verifier.ready() {
        tokio::task::yield_now().await;
    }
    assert!(tasks.iter().all(|task| !task.is_finished()));
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}
