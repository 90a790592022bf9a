//! Duplicate members, the compact form, and signatures changed or of another form (TOK-20…23).

use aws_lc_rs::signature::{self, EcdsaKeyPair};
use serde_json::json;

use super::Bench;
use crate::identity::TokenError;
use crate::identity::testing::{Answer, TestKey, auth_settings, b64, claims, header, issuer_settings, with};
use crate::identity::token::{MAX_KEY_ID_BYTES, MAX_TOKEN_BYTES, Rules, key_id, refuse_oversize, times};

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
                &bench.p256.token_of(&doubled(&good_header, member), &good_claims),
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
                &bench.p256.token_of(&good_header, &doubled(&good_claims, member)),
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
        ("empty signature of an unknown key", {
            let token = bench
                .p256
                .token(&with(&header(), json!({ "kid": "unknown" })), &claims());
            token[..=token.rfind('.').unwrap()].to_owned()
        }),
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
        ("padding of the header", format!("{head}=.{body}.{signature}")),
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
        ("header array", bench.p256.token_of("[]", &claims().to_string())),
        (
            "payload no JSON",
            bench.p256.token_of(&header().to_string(), "sub=1"),
        ),
        (
            "payload text",
            bench.p256.token_of(&header().to_string(), "\"{}\""),
        ),
        ("payload null", bench.p256.token_of(&header().to_string(), "null")),
        (
            "deep payload",
            bench
                .p256
                .token_of(&header().to_string(), &format!("{{\"a\":{}", "[".repeat(4000))),
        ),
        (
            "too long",
            bench
                .p256
                .token(&header(), &with(&claims(), json!({ "x": "x".repeat(16 * 1024) }))),
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
    let fixed =
        EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    let der =
        EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap();
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
    bench.refused("DER", &format!("{der_signed}.{}", b64(der))).await;

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
        bench.refused(what, &format!("{signed}.{}", b64(bytes))).await;
    }
    bench
        .accepted("untouched", &format!("{signed}.{}", b64(raw)))
        .await;
}

#[test]
fn a_token_may_have_as_many_bytes_as_the_limit_says_and_no_more() {
    for (bytes, accepted) in [(MAX_TOKEN_BYTES, true), (MAX_TOKEN_BYTES + 1, false)] {
        assert_eq!(refuse_oversize(&"a".repeat(bytes)).is_ok(), accepted, "{bytes}");
    }
}

#[test]
fn the_name_of_a_key_has_a_longest_form() {
    for (bytes, accepted) in [(MAX_KEY_ID_BYTES, true), (MAX_KEY_ID_BYTES + 1, false)] {
        let name = "k".repeat(bytes);
        let found = key_id(json!({ "kid": name }).as_object().unwrap());
        assert_eq!(found.is_ok_and(|found| found == Some(name)), accepted, "{bytes}");
    }
}

#[test]
fn the_first_end_of_a_token_is_the_second_after_the_epoch() {
    let rules = Rules::new(&auth_settings([]));
    let issuer = issuer_settings("https://sso.example/jwks");
    let ends = |exp: i64, now: i64| times(json!({ "exp": exp }).as_object().unwrap(), &rules, &issuer, now);
    assert_eq!(ends(1, 0), Ok(31));
    assert_eq!(ends(1, 30), Ok(31));
    assert_eq!(ends(1, 31), Err(TokenError::Expired));
    assert!(matches!(ends(0, 0), Err(TokenError::Invalid(_))));
}
