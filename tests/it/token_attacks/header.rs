//! Rows about the header: algorithm, key, critical members, kind (TOK-06 to TOK-12).

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::forge::{self, claims, encode, with};
use super::{Answer, Bench, SECRET, Sent, Service, Table};

pub fn rows(bench: &Bench, table: &mut Table) {
    good(bench, table);
    algorithms(bench, table);
    shared_secrets(bench, table);
    keys(bench, table);
    members(bench, table);
    kinds(bench, table);
}

/// What is accepted, so that every refusal beside it is for its own reason.
fn good(bench: &Bench, table: &mut Table) {
    for signer in [&bench.rsa, &bench.rsa_any, &bench.ec, &bench.ed] {
        table.token(
            &["TOK-08"],
            format!("good, by {}", signer.id),
            signer.good(),
            Answer::Accepted,
        );
    }
    let header = with(&bench.rsa_any.header(), json!({"alg": "PS256"}));
    let token = bench
        .rsa_any
        .token_of(&header.to_string(), &claims().to_string(), Algorithm::PS256);
    table.token(&["TOK-08"], "PS256 by a key without alg", token, Answer::Accepted);
}

fn algorithms(bench: &Bench, table: &mut Table) {
    let names = [
        ("none", json!("none")),
        ("None", json!("None")),
        ("nOnE", json!("nOnE")),
        ("NONE", json!("NONE")),
        ("missing", Value::Null),
        ("empty", json!("")),
        ("a number", json!(7)),
        ("an array", json!(["ES256"])),
        ("an object", json!({"name": "ES256"})),
        ("true", json!(true)),
        ("in lower case", json!("es256")),
        ("with a space", json!("ES256 ")),
        ("with a NUL", json!("ES256\u{0}")),
        ("unknown", json!("ES257")),
    ];
    for (what, name) in names {
        let token = bench.ec.headed(json!({"alg": name}));
        let (signed, _) = token.rsplit_once('.').unwrap();
        table.token(
            &["TOK-06"],
            format!("alg {what}, unsigned"),
            format!("{signed}."),
            Answer::Invalid,
        );
        table.token(
            &["TOK-06"],
            format!("alg {what}, signed"),
            token.clone(),
            Answer::Invalid,
        );
    }
    // Sound signatures, but the key is published for another algorithm, or nobody allowed it.
    let rows = [
        ("PS256 by a key for RS256", &bench.rsa, "PS256", Algorithm::PS256),
        ("RS512 by a key for RS256", &bench.rsa, "RS512", Algorithm::RS512),
        (
            "RS384, which is not allowed",
            &bench.rsa_any,
            "RS384",
            Algorithm::RS384,
        ),
        (
            "ES384, which is not allowed",
            &bench.p384,
            "ES384",
            Algorithm::ES384,
        ),
        ("ES256 by P-384", &bench.p384, "ES256", Algorithm::ES384),
        ("RS256 by P-256", &bench.ec, "RS256", Algorithm::ES256),
        ("EdDSA by P-256", &bench.ec, "EdDSA", Algorithm::ES256),
        ("ES256 by Ed25519", &bench.ed, "ES256", Algorithm::EdDSA),
        ("ES256 by RSA", &bench.rsa, "ES256", Algorithm::RS256),
        (
            "RS256 in the name of PS256",
            &bench.rsa_any,
            "PS256",
            Algorithm::RS256,
        ),
    ];
    for (what, signer, name, algorithm) in rows {
        let header = with(&signer.header(), json!({"alg": name}));
        let token = signer.token_of(&header.to_string(), &claims().to_string(), algorithm);
        table.token(&["TOK-08"], what, token, Answer::Invalid);
    }
}

fn shared_secrets(bench: &Bench, table: &mut Table) {
    let hashes = [
        ("HS256", Algorithm::HS256),
        ("HS384", Algorithm::HS384),
        ("HS512", Algorithm::HS512),
    ];
    for signer in [&bench.rsa, &bench.ec] {
        for (form, secret) in signer.public_forms() {
            for (name, algorithm) in hashes {
                for (claimed, kid) in [
                    (json!(name), json!(signer.id)),
                    (json!(name), Value::Null),
                    // The same tag under the name of an allowed algorithm.
                    (json!(signer.algorithm), json!(signer.id)),
                ] {
                    let what = format!("{name} with {form} of {} as {claimed} of {kid}", signer.id);
                    let header = with(&signer.header(), json!({"alg": claimed, "kid": kid}));
                    table.token(
                        &["TOK-07"],
                        what,
                        forge::shared_secret(&header, &secret, algorithm),
                        Answer::Invalid,
                    );
                }
            }
        }
    }
    for (name, algorithm) in hashes {
        let header = json!({"alg": name, "typ": "JWT", "kid": "oct"});
        let token = forge::shared_secret(&header, SECRET, algorithm);
        table.token(
            &["TOK-07", "TOK-09"],
            format!("{name} with a published secret"),
            token,
            Answer::Invalid,
        );
    }
}

fn keys(bench: &Bench, table: &mut Table) {
    let rows = [
        ("key for encryption", bench.encryption.good()),
        ("key whose key_ops only sign", bench.signing.good()),
        ("curve secp256k1", bench.ec.headed(json!({"kid": "k1"}))),
        ("RSA of 1024 bits", bench.rsa.headed(json!({"kid": "short"}))),
    ];
    for (what, token) in rows {
        table.token(&["TOK-09"], what, token, Answer::Invalid);
    }
    let brought = [
        ("jku", json!(format!("{}/evil", bench.server.url))),
        ("x5u", json!(format!("{}/evil", bench.server.url))),
        ("jwk", bench.evil.jwk(json!({}))),
        ("x5c", json!([encode([0x30; 64])])),
        ("x5t", json!("AAAA")),
    ];
    for (member, value) in brought {
        let own = bench.ec.headed(json!({(member): value}));
        table.token(
            &["TOK-11"],
            format!("{member} beside a good signature"),
            own,
            Answer::Accepted,
        );
        let same = bench.evil.headed(json!({(member): value}));
        table.token(
            &["TOK-11"],
            format!("{member} with its key under a known kid"),
            same,
            Answer::Invalid,
        );
        let unknown = bench.evil.headed(json!({(member): value, "kid": "evil"}));
        table.token(
            &["TOK-11"],
            format!("{member} with its key under its kid"),
            unknown,
            Answer::Invalid,
        );
        let nameless = bench.evil.headed(json!({(member): value, "kid": null}));
        table.token(
            &["TOK-11"],
            format!("{member} with its key without a kid"),
            nameless,
            Answer::Invalid,
        );
    }
    let identifiers = [
        ("of another key", json!("rsa")),
        ("number", json!(1)),
        ("array", json!(["ec"])),
        ("object", json!({})),
        ("empty", json!("")),
        ("in another case", json!("EC")),
        ("path", json!("../../../../dev/null")),
        ("statement", json!("x' UNION SELECT 'ec")),
        ("command", json!("ec;id")),
        ("with a NUL", json!("ec\u{0}")),
        ("too long", json!("e".repeat(513))),
    ];
    for (what, kid) in identifiers {
        let token = bench.ec.headed(json!({"kid": kid}));
        table.token(&["TOK-08"], format!("kid {what}"), token, Answer::Invalid);
    }
    let without = bench.ec.headed(json!({"kid": null}));
    table.token(
        &["TOK-08"],
        "no kid, and one key that fits",
        without,
        Answer::Accepted,
    );
    let several = bench.rsa.headed(json!({"kid": null}));
    table.token(
        &["TOK-08"],
        "no kid, and two keys that fit",
        several,
        Answer::Invalid,
    );
    for signer in [&bench.rsa, &bench.rsa_any] {
        let token = signer.good();
        let sent = Sent::Fields(vec![format!("Bearer {token}")]);
        let what = format!("token of {} that is about to be known", signer.id);
        table.sent(&["TOK-25"], what, sent.clone(), Answer::Accepted);
        table.sent(
            &["TOK-25"],
            format!("known token of {}", signer.id),
            sent.clone(),
            Answer::Accepted,
        );
        let what = format!("known token of {}, the key of which is gone", signer.id);
        table.at(Service::AfterRemoval, &["TOK-25"], what, sent, Answer::Invalid);
    }
    let sent = Sent::Fields(vec![format!("Bearer {}", bench.ec.good())]);
    table.at(
        Service::AfterRemoval,
        &["TOK-25"],
        "token of a key that stays",
        sent,
        Answer::Accepted,
    );
}

fn members(bench: &Bench, table: &mut Table) {
    let rows = [
        ("crit", json!({"crit": ["exp"], "exp": 1})),
        (
            "crit with an unknown name",
            json!({"crit": ["http://example/unknown"]}),
        ),
        ("crit empty", json!({"crit": []})),
        ("crit text", json!({"crit": "b64"})),
        ("crit false", json!({"crit": false})),
        ("b64 false and critical", json!({"b64": false, "crit": ["b64"]})),
        ("b64 false", json!({"b64": false})),
        ("b64 true", json!({"b64": true})),
        ("zip", json!({"zip": "DEF"})),
        ("enc", json!({"enc": "A256GCM"})),
    ];
    for (what, change) in rows {
        table.token(&["TOK-10"], what, bench.ec.headed(change), Answer::Invalid);
    }
    // RFC 7797: the payload as it stands, not encoded.
    let header = with(&bench.ec.header(), json!({"b64": false, "crit": ["b64"]})).to_string();
    let signed = format!("{}.{}", encode(header), claims());
    let signature = encode(bench.ec.sign(&signed, Algorithm::ES256));
    table.token(
        &["TOK-10"],
        "payload that is not encoded",
        format!("{signed}.{signature}"),
        Answer::Ambiguous,
    );
}

fn kinds(bench: &Bench, table: &mut Table) {
    let good = [
        ("absent", Value::Null, Answer::Invalid),
        ("JWT", json!("JWT"), Answer::Invalid),
        ("jwt", json!("jwt"), Answer::Invalid),
        ("at+jwt", json!("at+jwt"), Answer::Accepted),
        ("AT+JWT", json!("AT+JWT"), Answer::Accepted),
        (
            "application/at+jwt",
            json!("application/at+jwt"),
            Answer::Accepted,
        ),
        (
            "Application/At+JWT",
            json!("Application/At+JWT"),
            Answer::Accepted,
        ),
    ];
    for (what, typ, strictly) in good {
        let token = bench.ec.headed(json!({"typ": typ}));
        table.token(
            &["TOK-12"],
            format!("typ {what}"),
            token.clone(),
            Answer::Accepted,
        );
        let sent = Sent::Fields(vec![format!("Bearer {token}")]);
        let what = format!("typ {what} where at+jwt is asked for");
        table.at(Service::AccessTokensOnly, &["TOK-12"], what, sent, strictly);
    }
    let others = [
        json!("logout+jwt"),
        json!("dpop+jwt"),
        json!("secevent+jwt"),
        json!("id_token"),
        json!("token-introspection+jwt"),
        json!("JWE"),
        json!("application/jwt+at"),
        json!("at+jwt "),
        json!(""),
        json!(1),
        json!(["at+jwt"]),
    ];
    for typ in others {
        let token = bench.ec.headed(json!({"typ": typ}));
        table.token(&["TOK-12"], format!("typ {typ}"), token, Answer::Invalid);
    }
}
