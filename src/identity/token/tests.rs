//! The attack table: each row is one way to get a token accepted that must not be (TOK-05…23, 28).

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, EcdsaKeyPair};
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
        bench
            .accepted(algorithm, &key.token(&header, &claims()))
            .await;
    }
    // Sound keys, but not on the allow-list.
    for (key, algorithm, kid) in [
        (TestKey::rsa(), "RS384", "rsa"),
        (&bench.p384, "ES384", "p384"),
    ] {
        let header = with(&header(), json!({ "alg": algorithm, "kid": kid }));
        bench
            .refused(algorithm, &key.token(&header, &claims()))
            .await;
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
        bench
            .accepted(member, &bench.p256.token(&own, &claims()))
            .await;
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
    for (key, kid) in [
        (&bench.p256, "k1"),
        (TestKey::rsa(), "rsa"),
        (&bench.ed, "ed"),
    ] {
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
        bench
            .verify(&bench.p256.token(&header(), &no_subject))
            .await,
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
        (
            "client_id other",
            json!({ "azp": null, "client_id": "other" }),
        ),
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

#[tokio::test]
async fn duplicate_members_are_refused() {
    let bench = Bench::new().await;
    let (good_header, good_claims) = (header().to_string(), claims().to_string());
    let doubled = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for member in [
        r#""alg":"none""#,
        r#""kid":"x""#,
        r#""typ":"JWT""#,
        r#""x":{"a":1,"a":2}"#,
    ] {
        bench
            .refused(
                member,
                &bench
                    .p256
                    .token_of(&doubled(&good_header, member), &good_claims),
            )
            .await;
    }
    for member in [
        r#""exp":1"#,
        r#""iss":"https://evil""#,
        r#""aud":"x""#,
        r#""\u0073ub":"x""#,
        r#""role":"user","role":"admin""#,
        r#""x":[{"role":"user","role":"admin"}]"#,
    ] {
        bench
            .refused(
                member,
                &bench
                    .p256
                    .token_of(&good_header, &doubled(&good_claims, member)),
            )
            .await;
    }
    bench
        .accepted(
            "one more member",
            &bench
                .p256
                .token_of(&good_header, &doubled(&good_claims, r#""x":1"#)),
        )
        .await;
}

#[tokio::test]
async fn form_rows() {
    let bench = Bench::new().await;
    let good = bench.good();
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("three segments")
    };
    let standard = |segment: &str| segment.replace('-', "+").replace('_', "/");
    let rows: Vec<(&str, String)> = vec![
        ("empty", String::new()),
        ("one segment", head.into()),
        ("two segments", format!("{head}.{body}")),
        ("empty signature", format!("{head}.{body}.")),
        ("empty payload", format!("{head}..{signature}")),
        ("empty header", format!(".{body}.{signature}")),
        ("four segments", format!("{good}.{signature}")),
        ("empty fourth segment", format!("{good}.")),
        (
            "five segments (JWE)",
            format!("{head}.{body}.{signature}.{body}.{signature}"),
        ),
        ("dots only", "..".into()),
        ("leading space", format!(" {good}")),
        ("trailing space", format!("{good} ")),
        ("trailing line break", format!("{good}\n")),
        ("inner space", format!("{head}. {body}.{signature}")),
        ("padding of the signature", format!("{good}==")),
        (
            "padding of the header",
            format!("{head}=.{body}.{signature}"),
        ),
        ("not ASCII", format!("{good}ộ")),
        ("NUL", format!("{good}\0")),
        ("percent-encoded", good.replacen('.', "%2E", 1)),
        (
            "JSON serialisation",
            json!({ "protected": head, "payload": body, "signature": signature }).to_string(),
        ),
        (
            "header no JSON",
            bench.p256.token_of("alg=ES256", &claims().to_string()),
        ),
        (
            "header array",
            bench.p256.token_of("[]", &claims().to_string()),
        ),
        (
            "payload no JSON",
            bench.p256.token_of(&header().to_string(), "sub=1"),
        ),
        (
            "payload text",
            bench.p256.token_of(&header().to_string(), "\"{}\""),
        ),
        (
            "payload null",
            bench.p256.token_of(&header().to_string(), "null"),
        ),
        (
            "deep payload",
            bench.p256.token_of(
                &header().to_string(),
                &format!("{{\"a\":{}", "[".repeat(4000)),
            ),
        ),
        (
            "too long",
            bench.p256.token(
                &header(),
                &with(&claims(), json!({ "x": "x".repeat(16 * 1024) })),
            ),
        ),
    ];
    for (what, token) in rows {
        bench.refused(what, &token).await;
    }
    // Claims whose base64 surely holds characters outside the standard alphabet.
    let marked = with(&claims(), json!({ "x": "???>>>~~~ÿÿÿ" }));
    let token = bench.p256.token(&header(), &marked);
    bench.accepted("url-safe alphabet", &token).await;
    assert_ne!(standard(&token), token);
    bench.refused("standard alphabet", &standard(&token)).await;
    assert_eq!(bench.server.count("/jwks"), 1, "no row may cause a fetch");
}

#[tokio::test]
async fn every_changed_character_is_noticed() {
    let bench = Bench::new().await;
    let rsa = TestKey::rsa().token(
        &with(&header(), json!({ "alg": "RS256", "kid": "rsa" })),
        &claims(),
    );
    let ed = bench.ed.token(
        &with(&header(), json!({ "alg": "EdDSA", "kid": "ed" })),
        &claims(),
    );
    for token in [bench.good(), rsa, ed] {
        bench.accepted("unchanged", &token).await;
        for (at, original) in token.char_indices().filter(|(_, c)| *c != '.') {
            // The neighbour in the alphabet differs in the lowest bit, `A`/`B` from most in the highest.
            for other in [neighbour(original), if original == 'A' { 'B' } else { 'A' }] {
                let mut changed = token.clone();
                changed.replace_range(at..=at, &other.to_string());
                let outcome = bench.verify(&changed).await;
                assert!(outcome.is_err(), "position {at} of {token}");
            }
        }
    }
}

fn neighbour(c: char) -> char {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = ALPHABET.find(c).unwrap();
    ALPHABET.as_bytes()[at ^ 1].into()
}

#[tokio::test]
async fn ecdsa_signatures_of_wrong_form() {
    let bench = Bench::new().await;
    let good = bench.good();
    let (signed, _) = good.rsplit_once('.').unwrap();
    let raw = bench.p256.sign("ES256", signed.as_bytes());
    let document = EcdsaKeyPair::generate_pkcs8(
        &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        &aws_lc_rs::rand::SystemRandom::new(),
    )
    .unwrap();
    let fixed = EcdsaKeyPair::from_pkcs8(
        &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        document.as_ref(),
    )
    .unwrap();
    let der = EcdsaKeyPair::from_pkcs8(
        &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        document.as_ref(),
    )
    .unwrap();
    bench.server.set(
        "/jwks",
        Answer::keys(&[bench.p256.jwk("k1"), TestKey::P256(fixed).jwk("der")]),
    );
    bench.verifier.refresh().await;
    let der_signed = format!(
        "{}.{}",
        b64(with(&header(), json!({ "kid": "der" })).to_string()),
        b64(claims().to_string())
    );
    let der = der
        .sign(&aws_lc_rs::rand::SystemRandom::new(), der_signed.as_bytes())
        .unwrap();
    bench
        .refused("DER", &format!("{der_signed}.{}", b64(der)))
        .await;

    let zeros = [0; 32];
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("r = 0", [&zeros, &raw[32..]].concat()),
        ("s = 0", [&raw[..32], &zeros].concat()),
        ("both 0", vec![0; 64]),
        ("all ones", vec![0xff; 64]),
        ("one byte short", raw[..63].to_vec()),
        ("one byte long", [&raw[..], &[0]].concat()),
        ("half", raw[..32].to_vec()),
        ("twice", [&raw[..], &raw[..]].concat()),
        ("one byte", vec![0]),
    ];
    for (what, bytes) in rows {
        bench
            .refused(what, &format!("{signed}.{}", b64(bytes)))
            .await;
    }
    bench
        .accepted("untouched", &format!("{signed}.{}", b64(raw)))
        .await;
}
