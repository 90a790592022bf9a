//! Tokens: a changed one is none; and of what the issuer itself signs, only what an independent reading of the
//! rules allows is accepted.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use jsonwebtoken::Algorithm;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use thidua::identity::{AuthSettings, IssuerSettings, TokenError, Verifier};

use super::mutation::{mutated, mutated_text};
use super::{corpus, target};
use crate::support::world::AUDIENCE;
use crate::token_attacks::forge::{ISSUER, KeyServer, Signer, encode};

/// The instant of all tokens of the corpus: 2026-11-22T00:00:00Z.
const NOW: i64 = 1_795_305_600;
const HEADER_WORDS: &[&[u8]] = &[
    b"\"alg\":\"none\",",
    b"\"alg\":\"HS256\",",
    b"\"crit\":[],",
    b"\"kid\":\"x\",",
    b"\"typ\":\"at+jwt\",",
    b"\"b64\":false,",
    b"\"zip\":\"DEF\",",
    b"\"jku\":\"x\",",
    b"ES256",
    b"\\u0061",
    b"{",
    b"}",
    b"\"",
    b",",
    b"null",
    b"\"\":0,",
];
const CLAIM_WORDS: &[&[u8]] = &[
    b"\"exp\":1,",
    b"\"exp\":1e300,",
    b"\"exp\":1795305700.0,",
    b"\"nbf\":1e30,",
    b"\"aud\":[],",
    b"\"aud\":\"thidua-api\",",
    b"\"sub\":\"admin\",",
    b"\"nonce\":0,",
    b"\"cnf\":{},",
    b"\"typ\":\"ID\",",
    b"\"azp\":\"x\",",
    b"\"client_id\":\"portal\",",
    b"\"iss\":\"x\",",
    b"thidua-api",
    b"1795305600",
    b"-",
    b"e9",
    b".5",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b"null",
    b"\\u0000",
];

struct Bench {
    runtime: tokio::runtime::Runtime,
    verifier: Verifier,
    signer: Signer,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let signer = Signer::p256("k1");
        let verifier = runtime.block_on(async {
            let server = KeyServer::start();
            server.publish("/keys", &[signer.jwk(json!({}))]);
            let main = IssuerSettings {
                url: ISSUER.to_owned(),
                audience: AUDIENCE.to_owned(),
                jwks_uri: Some(format!("{}/keys", server.url)),
                insecure_http: true,
                ..IssuerSettings::default()
            };
            let settings = AuthSettings {
                issuers: [("main".to_owned(), main)].into(),
                ..AuthSettings::default()
            };
            let verifier = Verifier::new(&settings).unwrap();
            verifier.refresh().await;
            verifier
        });
        Self {
            runtime,
            verifier,
            signer,
        }
    }

    fn verify(&self, token: &str) -> Result<thidua::domain::caller::Principal, TokenError> {
        let now: DateTime<Utc> = DateTime::from_timestamp(NOW, 0).unwrap();
        self.runtime.block_on(self.verifier.verify(token, now))
    }

    fn signed(&self, header: &[u8], claims: &[u8]) -> String {
        let text = format!("{}.{}", encode(header), encode(claims));
        format!("{text}.{}", encode(self.signer.sign(&text, Algorithm::ES256)))
    }
}

fn bytes(kind: &str) -> Vec<Vec<u8>> {
    corpus(kind).into_iter().map(|(_, bytes)| bytes).collect()
}

/// Why these bytes must not pass, read without any of the service's code.
fn objection(header: &[u8], claims: &[u8]) -> Option<&'static str> {
    let object = |bytes| serde_json::from_slice::<Map<String, Value>>(bytes).ok();
    let (Some(header), Some(claims)) = (object(header), object(claims)) else {
        return Some("no objects");
    };
    let has =
        |members: &Map<String, Value>, names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    let typ = header
        .get("typ")
        .map(|typ| typ.as_str().unwrap_or("?").to_lowercase());
    let time = |name: &str| {
        claims
            .get(name)
            .map(|value| value.as_f64().unwrap_or(f64::INFINITY))
    };
    let now = f64::from(i32::try_from(NOW).unwrap());
    let audience = match &claims.get("aud") {
        Some(Value::String(one)) => one == AUDIENCE,
        Some(Value::Array(all)) => all.iter().all(Value::is_string) && all.contains(&json!(AUDIENCE)),
        _ => false,
    };
    let checks = [
        (header.get("alg") == Some(&json!("ES256")), "alg"),
        (header.get("kid").is_none_or(|kid| kid == "k1"), "kid"),
        (!has(&header, &["crit", "b64", "zip", "enc"]), "a critical member"),
        (
            typ.is_none_or(|typ| ["jwt", "at+jwt", "application/at+jwt"].contains(&typ.as_str())),
            "typ",
        ),
        (claims.get("iss") == Some(&json!(ISSUER)), "iss"),
        (audience, "aud"),
        (
            !has(&claims, &["nonce", "at_hash", "c_hash", "events", "cnf"]),
            "a member of another kind of token",
        ),
        (
            time("exp").is_some_and(|end| end > now - 30.0 && end <= now + 86_400.0),
            "exp",
        ),
        (time("nbf").is_none_or(|begin| begin <= now + 30.0), "nbf"),
        (time("iat").is_none_or(|made| made <= now + 30.0), "iat"),
        (
            claims
                .get("sub")
                .and_then(Value::as_str)
                .is_some_and(|sub| !sub.is_empty() && sub.chars().count() <= 255),
            "sub",
        ),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map(|(_, what)| what)
}

#[test]
fn kept_tokens_are_accepted() {
    let bench = Bench::new();
    for header in bytes("headers") {
        for claims in bytes("claims") {
            let outcome = bench.verify(&bench.signed(&header, &claims));
            assert!(
                outcome.is_ok(),
                "{outcome:?}: {}",
                String::from_utf8_lossy(&claims)
            );
            assert_eq!(objection(&header, &claims), None);
        }
    }
}

#[test]
fn signed_by_the_issuer() {
    let bench = Bench::new();
    let inputs = (
        mutated(bytes("headers"), HEADER_WORDS, 3),
        mutated(bytes("claims"), CLAIM_WORDS, 4),
    );
    target("signed tokens", 500, inputs, |((_, header), (_, claims))| {
        let Ok(principal) = bench.verify(&bench.signed(&header, &claims)) else {
            return Ok(());
        };
        prop_assert_eq!(objection(&header, &claims), None, "accepted");
        // What is accepted means the same when it is written anew, so no two parsers can differ about it.
        let anew =
            |bytes: &[u8]| serde_json::to_vec(&serde_json::from_slice::<Value>(bytes).unwrap()).unwrap();
        prop_assert_eq!(
            bench.verify(&bench.signed(&anew(&header), &anew(&claims))),
            Ok(principal)
        );
        Ok(())
    });
}

#[test]
fn changed_afterwards() {
    let bench = Bench::new();
    let kept: Vec<String> = bytes("headers")
        .iter()
        .flat_map(|header| {
            bytes("claims")
                .into_iter()
                .map(|claims| bench.signed(header, &claims))
                .collect::<Vec<_>>()
        })
        .collect();
    let known: HashSet<String> = kept.iter().cloned().collect();
    let inputs = mutated_text(kept, &[b".", b"=", b"==", b" ", b"..", b"eyJ", b"AAAA"], 3);
    target("changed tokens", 500, inputs, |token| {
        prop_assert_eq!(bench.verify(&token).is_ok(), known.contains(&token), "{}", token);
        Ok(())
    });
}
