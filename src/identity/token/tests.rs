//! The attack table: each row is one way to get a token accepted that must not be (TOK-05…23, 28).

#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "the tests make numbers of every shape"
)]

use aws_lc_rs::hmac;
use serde_json::json;

use crate::domain::caller::Principal;
use crate::identity::testing::{
    self, AUDIENCE, Answer, ISSUER, Server, TestKey, auth_settings, b64, claims, header, now, with,
};
use crate::identity::{AuthSettings, TokenError, Verifier};

struct Bench {
    server: Server,
    verifier: Verifier,
    p256: TestKey,
    p384: TestKey,
    ed: TestKey,
}

impl Bench {
    async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    async fn with(change: impl FnOnce(AuthSettings) -> AuthSettings) -> Self {
        let server = Server::start().await;
        let (p256, p384, ed) = (TestKey::p256(), TestKey::p384(), TestKey::ed25519());
        server.set(
            "/jwks",
            Answer::keys(&[
                p256.jwk("k1"),
                p384.jwk("p384"),
                ed.jwk("ed"),
                TestKey::rsa().jwk("rsa"),
            ]),
        );
        let settings = auth_settings([("main", testing::issuer_settings(&server.url("/jwks")))]);
        let verifier = Verifier::new(&change(settings)).unwrap();
        verifier.refresh().await;
        Self {
            server,
            verifier,
            p256,
            p384,
            ed,
        }
    }

    async fn verify(&self, token: &str) -> Result<Principal, TokenError> {
        self.verifier.verify(token, now()).await
    }

    async fn accepted(&self, what: &str, token: &str) {
        let outcome = self.verify(token).await;
        assert!(outcome.is_ok(), "{what}: {outcome:?}");
    }

    async fn refused(&self, what: &str, token: &str) {
        let outcome = self.verify(token).await;
        assert!(
            matches!(outcome, Err(TokenError::Invalid(_))),
            "{what}: {outcome:?}"
        );
    }

    fn good(&self) -> String {
        self.p256.token(&header(), &claims())
    }
}

#[tokio::test]
async fn good_tokens_of_every_accepted_algorithm() {
    let bench = Bench::new().await;
    let principal = bench.verify(&bench.good()).await.unwrap();
    assert_eq!(
        (principal.issuer.as_str(), principal.subject.as_str()),
        (ISSUER, "6f1c0a52")
    );
    let rows = [
        (TestKey::rsa(), "RS256", "rsa"),
        (TestKey::rsa(), "PS256", "rsa"),
        (&bench.ed, "EdDSA", "ed"),
        (&bench.ed, "Ed25519", "ed"),
    ];
    for (key, algorithm, kid) in rows {
        let header = with(&header(), json!({ "alg": algorithm, "kid": kid }));
        bench.accepted(algorithm, &key.token(&header, &claims())).await;
    }
    // Sound keys, but not on the allow-list.
    for (key, algorithm, kid) in [(TestKey::rsa(), "RS384", "rsa"), (&bench.p384, "ES384", "p384")] {
        let header = with(&header(), json!({ "alg": algorithm, "kid": kid }));
        bench.refused(algorithm, &key.token(&header, &claims())).await;
    }
}

#[tokio::test]
async fn header_rows() {
    let bench = Bench::new().await;
    let refused = [
        ("alg none", json!({ "alg": "none" })),
        ("alg None", json!({ "alg": "None" })),
        ("alg nOnE", json!({ "alg": "nOnE" })),
        ("alg missing", json!({ "alg": null })),
        ("alg empty", json!({ "alg": "" })),
        ("alg number", json!({ "alg": 7 })),
        ("alg array", json!({ "alg": ["ES256"] })),
        ("alg lower case", json!({ "alg": "es256" })),
        ("alg with space", json!({ "alg": "ES256 " })),
        ("alg of another key", json!({ "alg": "RS256" })),
        ("alg ES384 on P-256", json!({ "alg": "ES384" })),
        ("alg EdDSA on P-256", json!({ "alg": "EdDSA" })),
        ("kid of another key", json!({ "kid": "rsa" })),
        ("kid number", json!({ "kid": 1 })),
        ("kid array", json!({ "kid": ["k1"] })),
        ("kid empty", json!({ "kid": "" })),
        ("kid other case", json!({ "kid": "K1" })),
        ("kid traversal", json!({ "kid": "../../dev/null" })),
        ("kid injection", json!({ "kid": "x' UNION SELECT 'k1" })),
        ("kid with NUL", json!({ "kid": "k1\u{0}" })),
        ("kid too long", json!({ "kid": "k".repeat(513) })),
        ("crit", json!({ "crit": ["x-custom"] })),
        ("crit empty", json!({ "crit": [] })),
        ("crit exp", json!({ "crit": ["exp"] })),
        ("b64 false", json!({ "b64": false })),
        ("b64 true", json!({ "b64": true })),
        ("zip", json!({ "zip": "DEF" })),
        ("enc", json!({ "enc": "A256GCM" })),
        ("typ logout", json!({ "typ": "logout+jwt" })),
        ("typ dpop", json!({ "typ": "dpop+jwt" })),
        ("typ secevent", json!({ "typ": "secevent+jwt" })),
        ("typ id_token", json!({ "typ": "id_token" })),
        ("typ number", json!({ "typ": 1 })),
        ("typ empty", json!({ "typ": "" })),
    ];
    for (what, change) in refused {
        bench
            .refused(what, &bench.p256.token(&with(&header(), change), &claims()))
            .await;
    }
    let accepted = [
        ("typ absent", json!({ "typ": null })),
        ("typ at+jwt", json!({ "typ": "at+jwt" })),
        ("typ full", json!({ "typ": "application/at+jwt" })),
        ("typ any case", json!({ "typ": "AT+JWT" })),
        ("typ jwt", json!({ "typ": "jwt" })),
    ];
    for (what, change) in accepted {
        bench
            .accepted(what, &bench.p256.token(&with(&header(), change), &claims()))
            .await;
    }
}

#[tokio::test]
async fn at_jwt_can_be_made_mandatory() {
    let bench = Bench::with(|settings| AuthSettings {
        require_at_jwt: true,
        ..settings
    })
    .await;
    for (typ, good) in [
        (json!("JWT"), false),
        (json!(null), false),
        (json!("at+jwt"), true),
    ] {
        let token = bench
            .p256
            .token(&with(&header(), json!({ "typ": typ })), &claims());
        assert_eq!(bench.verify(&token).await.is_ok(), good, "{typ}");
    }
}

#[tokio::test]
async fn keys_that_the_header_brings_along_are_never_used() {
    let bench = Bench::new().await;
    let evil = TestKey::p256();
    let members = [
        ("jku", json!(bench.server.url("/evil"))),
        ("x5u", json!(bench.server.url("/evil"))),
        ("jwk", evil.jwk("k1")),
        ("x5c", json!(["AAAA"])),
    ];
    bench
        .server
        .set("/evil", Answer::keys(&[evil.jwk("k1"), evil.jwk("evil")]));
    for (member, value) in members {
        let own = with(&header(), json!({ (member): value }));
        bench.accepted(member, &bench.p256.token(&own, &claims())).await;
        bench.refused(member, &evil.token(&own, &claims())).await;
        bench
            .refused(
                member,
                &evil.token(&with(&own, json!({ "kid": "evil" })), &claims()),
            )
            .await;
    }
    assert_eq!(bench.server.count("/evil"), 0);
}

#[tokio::test]
async fn public_keys_are_no_shared_secrets() {
    let bench = Bench::new().await;
    for (key, kid) in [(&bench.p256, "k1"), (TestKey::rsa(), "rsa"), (&bench.ed, "ed")] {
        for secret in key.public_forms() {
            for (name, algorithm) in [
                ("HS256", hmac::HMAC_SHA256),
                ("HS384", hmac::HMAC_SHA384),
                ("HS512", hmac::HMAC_SHA512),
            ] {
                let header = with(&header(), json!({ "alg": name, "kid": kid }));
                let signed = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
                let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), signed.as_bytes());
                bench.refused(name, &format!("{signed}.{}", b64(tag))).await;
                // The same tag under the name of an accepted algorithm.
                let header = with(&header, json!({ "alg": "RS256" }));
                let signed = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
                let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), signed.as_bytes());
                bench.refused(name, &format!("{signed}.{}", b64(tag))).await;
            }
        }
    }
}

#[tokio::test]
async fn claim_rows() {
    let bench = Bench::with(|mut settings| {
        let main = settings.issuers.get_mut("main").unwrap();
        main.front_end_clients = vec!["spa".into()];
        settings
    })
    .await;
    let now = now().timestamp();
    let day = 24 * 3600;
    let refused = [
        ("iss absent", json!({ "iss": null })),
        ("iss array", json!({ "iss": [ISSUER] })),
        ("iss of two", json!({ "iss": ["https://evil", ISSUER] })),
        ("iss number", json!({ "iss": 1 })),
        ("iss slash", json!({ "iss": format!("{ISSUER}/") })),
        ("iss case", json!({ "iss": ISSUER.to_uppercase() })),
        ("iss other", json!({ "iss": "https://evil.example" })),
        ("aud absent", json!({ "aud": null })),
        ("aud number", json!({ "aud": 7 })),
        ("aud object", json!({ "aud": {} })),
        ("aud empty", json!({ "aud": "" })),
        ("aud empty array", json!({ "aud": [] })),
        ("aud mixed", json!({ "aud": [AUDIENCE, 5] })),
        ("aud nested", json!({ "aud": [[AUDIENCE]] })),
        ("aud account", json!({ "aud": "account" })),
        ("aud prefix", json!({ "aud": "thidua-api-2" })),
        ("aud case", json!({ "aud": "Thidua-API" })),
        ("aud joined", json!({ "aud": "account thidua-api" })),
        ("aud front end", json!({ "aud": "spa" })),
        ("aud front end too", json!({ "aud": [AUDIENCE, "spa"] })),
        ("exp absent", json!({ "exp": null })),
        ("exp text", json!({ "exp": (now + 300).to_string() })),
        ("exp zero", json!({ "exp": 0 })),
        ("exp negative", json!({ "exp": -1 })),
        ("exp fraction", json!({ "exp": now as f64 + 300.5 })),
        ("exp 1e18", json!({ "exp": 1e18 })),
        ("exp u64::MAX", json!({ "exp": u64::MAX })),
        ("exp i64::MAX", json!({ "exp": i64::MAX })),
        ("exp 10 years", json!({ "exp": now + 3650 * day })),
        ("exp beyond a day", json!({ "exp": now + day + 1 })),
        ("exp in milliseconds", json!({ "exp": (now + 300) * 1000 })),
        ("exp true", json!({ "exp": true })),
        ("nbf future", json!({ "nbf": now + 31 })),
        ("nbf fraction", json!({ "nbf": now as f64 + 30.5 })),
        ("nbf text", json!({ "nbf": "0" })),
        ("nbf huge", json!({ "nbf": u64::MAX })),
        ("iat future", json!({ "iat": now + 31 })),
        ("iat text", json!({ "iat": "0" })),
        ("iat array", json!({ "iat": [0] })),
        ("typ ID", json!({ "typ": "ID" })),
        ("typ Refresh", json!({ "typ": "Refresh" })),
        ("typ Offline", json!({ "typ": "Offline" })),
        ("typ Logout", json!({ "typ": "Logout" })),
        ("typ number", json!({ "typ": 1 })),
        ("nonce", json!({ "nonce": "n" })),
        ("at_hash", json!({ "at_hash": "x" })),
        ("c_hash", json!({ "c_hash": "x" })),
        ("logout events", json!({ "events": {} })),
        ("cnf jkt", json!({ "cnf": { "jkt": "x" } })),
        ("cnf x5t", json!({ "cnf": { "x5t#S256": "x" } })),
        ("cnf of any type", json!({ "cnf": false })),
        ("azp number", json!({ "azp": 1 })),
        ("azp against client_id", json!({ "client_id": "other" })),
        ("sub empty", json!({ "sub": "" })),
        ("sub number", json!({ "sub": 5 })),
        ("sub array", json!({ "sub": ["a"] })),
        ("sub too long", json!({ "sub": "x".repeat(256) })),
        ("sub with NUL", json!({ "sub": "a\u{0}b" })),
        ("sub with line break", json!({ "sub": "a\nb" })),
    ];
    for (what, change) in refused {
        bench
            .refused(what, &bench.p256.token(&header(), &with(&claims(), change)))
            .await;
    }
    let accepted = [
        ("aud array", json!({ "aud": ["account", AUDIENCE] })),
        ("exp whole float", json!({ "exp": now as f64 + 300.0 })),
        ("exp within a day", json!({ "exp": now + day })),
        ("exp within leeway", json!({ "exp": now - 29 })),
        ("nbf within leeway", json!({ "nbf": now + 30 })),
        ("nbf fraction", json!({ "nbf": now as f64 - 0.5 })),
        (
            "nbf, iat and typ absent",
            json!({ "nbf": null, "iat": null, "typ": null }),
        ),
        ("azp and client_id agree", json!({ "client_id": "portal" })),
        ("sub of 255", json!({ "sub": "ộ".repeat(255) })),
    ];
    for (what, change) in accepted {
        bench
            .accepted(what, &bench.p256.token(&header(), &with(&claims(), change)))
            .await;
    }
}

#[tokio::test]
async fn expiry_and_missing_subject_are_told_apart() {
    let bench = Bench::new().await;
    let expired = with(&claims(), json!({ "exp": now().timestamp() - 30 }));
    assert_eq!(
        bench.verify(&bench.p256.token(&header(), &expired)).await,
        Err(TokenError::Expired)
    );
    let no_subject = with(&claims(), json!({ "sub": null }));
    assert_eq!(
        bench.verify(&bench.p256.token(&header(), &no_subject)).await,
        Err(TokenError::SubjectMissing)
    );
    // Nothing is told about a token that the issuer did not sign.
    bench
        .refused("forged", &TestKey::p256().token(&header(), &no_subject))
        .await;
    // Expiry does not hide another fault.
    bench
        .refused(
            "expired, other audience",
            &bench
                .p256
                .token(&header(), &with(&expired, json!({ "aud": "x" }))),
        )
        .await;
}

#[tokio::test]
async fn client_list_is_enforced() {
    let bench = Bench::with(|mut settings| {
        settings.issuers.get_mut("main").unwrap().allowed_clients = vec!["portal".into()];
        settings
    })
    .await;
    bench.accepted("listed", &bench.good()).await;
    for (what, change) in [
        ("azp other", json!({ "azp": "other" })),
        ("client_id other", json!({ "azp": null, "client_id": "other" })),
        ("none named", json!({ "azp": null })),
        ("one of two", json!({ "client_id": "other" })),
    ] {
        bench
            .refused(what, &bench.p256.token(&header(), &with(&claims(), change)))
            .await;
    }
    let by_client_id = with(&claims(), json!({ "azp": null, "client_id": "portal" }));
    bench
        .accepted("client_id", &bench.p256.token(&header(), &by_client_id))
        .await;
}

mod form;

/// TOK-26 in small: nothing that a caller may send makes the reader panic.
mod any_input {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::token::{Rules, Unverified};

    proptest! {
        #[test]
        fn any_text(token in "\\PC{0,300}") {
            let _ = Unverified::read(&token, &Rules::new(&AuthSettings::default()));
        }

        #[test]
        fn any_bytes_in_the_segments(header in any::<Vec<u8>>(), payload in any::<Vec<u8>>()) {
            let token = format!("{}.{}.{}", b64(header), b64(payload), b64([0; 64]));
            let _ = Unverified::read(&token, &Rules::new(&AuthSettings::default()));
        }

        #[test]
        fn any_value_of_a_known_claim(
            name in prop::sample::select(vec!["iss", "aud", "exp", "nbf", "iat", "azp", "client_id", "typ", "sub", "acr", "auth_time"]),
            value in prop_oneof![
                any::<f64>().prop_map(|value| json!(value)),
                any::<i64>().prop_map(|value| json!(value)),
                any::<u64>().prop_map(|value| json!(value)),
                any::<String>().prop_map(|value| json!(value)),
                any::<Vec<String>>().prop_map(|value| json!(value)),
                any::<bool>().prop_map(|value| json!(value)),
            ],
        ) {
            let rules = Rules::new(&AuthSettings::default());
            let claims = with(&claims(), json!({ (name): value }));
            let token = format!("{}.{}.{}", b64(header().to_string()), b64(claims.to_string()), b64([0; 64]));
            let mut issuer = testing::issuer_settings("https://sso.example/jwks");
            issuer.acr_for_decisions = vec!["gold".into()];
            issuer.max_age_for_decisions_seconds = Some(300);
            if let Ok(token) = Unverified::read(&token, &rules) {
                let _ = token.check(&rules, &issuer, now());
                let _ = crate::identity::claims::principal(&token.claims, &issuer);
            }
        }
    }
}
