//! Sets of keys as they are read: what is left out, what is refused, which key is found.

use serde_json::{Value, json};

use super::*;
use crate::identity::testing::{TestKey, b64, with};

fn parsed(keys: &[Value]) -> Result<Keys, SetFault> {
    Keys::parse(json!({ "keys": keys }).to_string().as_bytes())
}

#[test]
fn unusable_keys_are_skipped_and_counted() {
    let (p256, p384, ed, rsa) = (
        TestKey::p256(),
        TestKey::p384(),
        TestKey::ed25519(),
        TestKey::rsa(),
    );
    let good = [
        p256.jwk("a"),
        with(
            &p256.jwk("b"),
            json!({ "use": "sig", "alg": "ES256", "key_ops": ["verify"] }),
        ),
        with(
            &rsa.jwk("c"),
            json!({ "alg": "PS256", "x5c": "not an array", "ext": 5 }),
        ),
        p384.jwk("d"),
        with(&ed.jwk("e"), json!({ "alg": "Ed25519" })),
        with(&p256.jwk(""), json!({ "kid": null })),
    ];
    let bad = [
        json!(null),
        json!("text"),
        json!([]),
        json!({}),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "x" }),
        json!({ "kty": "oct", "k": b64([1; 32]), "kid": "x" }),
        json!({ "kty": "oct", "alg": "HS256", "kid": "x" }),
        json!({ "kty": "OKP", "crv": "X25519", "x": b64([1; 32]), "kid": "x" }),
        json!({ "kty": "OKP", "crv": "Ed448", "x": b64([1; 57]), "kid": "x" }),
        with(&p256.jwk("x"), json!({ "crv": "secp256k1" })),
        with(&p256.jwk("x"), json!({ "crv": "P-521" })),
        with(&p256.jwk("x"), json!({ "crv": "P-384" })),
        with(&p256.jwk("x"), json!({ "kty": "RSA" })),
        with(&p256.jwk("x"), json!({ "kty": 5 })),
        with(&p256.jwk("x"), json!({ "alg": 5 })),
        with(&p256.jwk("x"), json!({ "alg": "RS256" })),
        with(&p256.jwk("x"), json!({ "alg": "HS256" })),
        with(&p256.jwk("x"), json!({ "alg": "ECDH-ES" })),
        with(&p256.jwk("x"), json!({ "use": "enc" })),
        with(&p256.jwk("x"), json!({ "use": ["sig"] })),
        with(&p256.jwk("x"), json!({ "key_ops": ["sign"] })),
        with(&p256.jwk("x"), json!({ "key_ops": "verify" })),
        with(&p256.jwk("x"), json!({ "kid": 5 })),
        with(&p256.jwk("x"), json!({ "y": null })),
        with(&p256.jwk("x"), json!({ "y": b64([1; 32]) })),
        with(&p256.jwk("x"), json!({ "x": b64([0; 31]) })),
        with(&p256.jwk("x"), json!({ "x": "!!" })),
        with(&p256.jwk("x"), json!({ "d": b64([1; 32]) })),
        with(&rsa.jwk("x"), json!({ "n": b64([0xff; 128]) })),
        with(
            &rsa.jwk("x"),
            json!({ "n": b64([&[0; 200][..], &[0xff; 128]].concat()) }),
        ),
        with(&rsa.jwk("x"), json!({ "n": b64([0xff; 2048]) })),
        with(&rsa.jwk("x"), json!({ "e": b64([1]) })),
        with(&rsa.jwk("x"), json!({ "e": b64([4]) })),
        with(&rsa.jwk("x"), json!({ "e": "" })),
        with(&rsa.jwk("x"), json!({ "n": null })),
        with(&ed.jwk("x"), json!({ "x": b64([1; 31]) })),
    ];
    for key in &bad {
        assert_eq!(
            parsed(std::slice::from_ref(key)).unwrap_err(),
            SetFault::Empty,
            "{key}"
        );
    }
    let keys = parsed(&[bad.as_slice(), good.as_slice()].concat()).unwrap();
    assert_eq!(keys.skipped.values().sum::<usize>(), bad.len());
    let counts: Vec<_> = keys
        .count_by_material()
        .into_iter()
        .map(|(kind, n)| (kind.as_str(), n))
        .collect();
    assert_eq!(counts, [("RSA", 1), ("P-256", 3), ("P-384", 1), ("Ed25519", 1)]);
}

#[test]
fn an_unsuitable_rsa_key_is_told_from_a_malformed_one() {
    let good = TestKey::rsa().jwk("k");
    let bits = |bits: usize| {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= modulus.len() * 8 - bits;
        modulus
    };
    let odd = |bytes: usize| [vec![1], vec![0; bytes - 2], vec![1]].concat();
    for (members, reason) in [
        (json!({ "n": "" }), Some("malformed")),
        (json!({ "n": b64(bits(2047)) }), Some("unsuitable length")),
        (json!({ "n": b64(bits(8193)) }), Some("unsuitable length")),
        (json!({ "e": b64([1]) }), Some("unsuitable exponent")),
        (json!({ "e": b64([0, 1]) }), Some("unsuitable exponent")),
        (json!({ "e": b64([4]) }), Some("unsuitable exponent")),
        (json!({ "e": b64([0]) }), Some("unsuitable exponent")),
        (json!({ "e": b64(odd(9)) }), Some("unsuitable exponent")),
        (json!({ "e": b64(odd(8)) }), None),
    ] {
        let found = key(&with(&good, members.clone())).err();
        assert_eq!(found, reason, "{members}");
    }
}

#[test]
fn documents_that_are_no_key_set() {
    for document in [
        "",
        "null",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":null}",
        "<html>",
        "{\"keys\":[",
    ] {
        assert_eq!(
            Keys::parse(document.as_bytes()).unwrap_err(),
            SetFault::Form,
            "{document}"
        );
    }
    assert_eq!(parsed(&[]).unwrap_err(), SetFault::Empty);
    for (entries, fault) in [(500, SetFault::Empty), (501, SetFault::TooMany)] {
        assert_eq!(parsed(&vec![json!({}); entries]).unwrap_err(), fault, "{entries}");
    }
}

#[test]
fn the_kind_of_a_key_says_what_it_verifies() {
    use Algorithm as A;
    let keys = parsed(&[
        TestKey::rsa().jwk("rsa"),
        TestKey::p256().jwk("p256"),
        TestKey::p384().jwk("p384"),
        TestKey::ed25519().jwk("ed"),
    ])
    .unwrap();
    for (algorithm, name) in [
        (A::RS256, "rsa"),
        (A::RS384, "rsa"),
        (A::RS512, "rsa"),
        (A::PS256, "rsa"),
        (A::PS384, "rsa"),
        (A::PS512, "rsa"),
        (A::ES256, "p256"),
        (A::ES384, "p384"),
        (A::EdDSA, "ed"),
        (A::HS256, "none"),
        (A::HS384, "none"),
        (A::HS512, "none"),
    ] {
        for id in ["rsa", "p256", "p384", "ed"] {
            let found = matches!(keys.find(Some(id), algorithm), Found::Key(_));
            assert_eq!(found, id == name, "{algorithm:?} by {id}");
        }
    }
}

#[test]
fn exactly_one_key_must_fit() {
    let (one, two, rsa) = (TestKey::p256(), TestKey::p256(), TestKey::rsa());
    let is = |found: Found, what: &str| {
        let name = match found {
            Found::Key(_) => "key",
            Found::UnknownId => "unknown",
            Found::Nothing => "nothing",
        };
        assert_eq!(name, what);
    };
    // JWK-09: the algorithm tells keys of equal identifier apart, or the set is refused.
    let mixed = parsed(&[one.jwk("k"), rsa.jwk("k")]).unwrap();
    is(mixed.find(Some("k"), Algorithm::ES256), "key");
    is(mixed.find(Some("k"), Algorithm::RS256), "key");
    is(mixed.find(Some("k"), Algorithm::EdDSA), "nothing");
    is(mixed.find(Some("other"), Algorithm::ES256), "unknown");
    assert_eq!(
        parsed(&[one.jwk("k"), two.jwk("k")]).unwrap_err(),
        SetFault::Ambiguous
    );
    let by_algorithm = |name: &str| with(&rsa.jwk("k"), json!({ "alg": name }));
    assert!(parsed(&[by_algorithm("RS256"), by_algorithm("PS256")]).is_ok());
    assert_eq!(
        parsed(&[by_algorithm("RS256"), rsa.jwk("k")]).unwrap_err(),
        SetFault::Ambiguous
    );
    // JWK-10: without an identifier only a single fitting key.
    is(mixed.find(None, Algorithm::ES256), "key");
    let several = parsed(&[one.jwk("a"), two.jwk("b"), rsa.jwk("c")]).unwrap();
    is(several.find(None, Algorithm::ES256), "nothing");
    is(several.find(None, Algorithm::PS256), "key");
    is(several.find(None, Algorithm::EdDSA), "nothing");
    // TOK-08: the key's own algorithm binds.
    is(
        parsed(&[by_algorithm("RS256")])
            .unwrap()
            .find(Some("k"), Algorithm::PS256),
        "nothing",
    );
    // A key without an identifier is never found by one.
    is(
        parsed(&[with(&one.jwk(""), json!({ "kid": null }))])
            .unwrap()
            .find(Some("k"), Algorithm::ES256),
        "unknown",
    );
}
