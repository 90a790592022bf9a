//! Keys of every kind, tokens of every making, and the server that publishes the key set.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://sso.example/realms/tinh";

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(segment: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(segment).unwrap()
}

/// A private key with the identifier under which its public half is published.
pub struct Signer {
    pub id: &'static str,
    pub algorithm: Algorithm,
    key: EncodingKey,
    pkcs8: Vec<u8>,
}

impl Signer {
    pub fn rsa(id: &'static str) -> Self {
        let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let pkcs8 = AsDer::<Pkcs8V1Der>::as_der(&pair).unwrap().as_ref().to_vec();
        Self {
            id,
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_pem(pem("PRIVATE KEY", &pkcs8).as_bytes()).unwrap(),
            pkcs8,
        }
    }

    pub fn p256(id: &'static str) -> Self {
        Self::elliptic(id, Algorithm::ES256, &signature::ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub fn p384(id: &'static str) -> Self {
        Self::elliptic(id, Algorithm::ES384, &signature::ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn elliptic(
        id: &'static str,
        algorithm: Algorithm,
        curve: &'static signature::EcdsaSigningAlgorithm,
    ) -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        Self {
            id,
            algorithm,
            key: EncodingKey::from_ec_der(document.as_ref()),
            pkcs8: document.as_ref().to_vec(),
        }
    }

    pub fn ed25519(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        Self {
            id,
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(document.as_ref()),
            pkcs8: document.as_ref().to_vec(),
        }
    }

    /// The published half, with `kid`, `alg` and `use`, changed as wanted; null takes a member away.
    pub fn jwk(&self, changes: Value) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(self.id);
        jwk["use"] = json!("sig");
        with(&jwk, changes)
    }

    /// Header that suits the key.
    pub fn header(&self) -> Value {
        json!({"alg": self.algorithm, "typ": "JWT", "kid": self.id})
    }

    pub fn sign(&self, message: &str, algorithm: Algorithm) -> Vec<u8> {
        decode(&crypto::sign(message.as_bytes(), &self.key, algorithm).unwrap())
    }

    /// A token of texts that need not be JSON.
    pub fn token_of(&self, header: &str, claims: &str, algorithm: Algorithm) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = encode(self.sign(&signed, algorithm));
        format!("{signed}.{signature}")
    }

    pub fn token(&self, header: &Value, claims: &Value) -> String {
        self.token_of(&header.to_string(), &claims.to_string(), self.algorithm)
    }

    /// A token with the key's own header changed.
    pub fn headed(&self, changes: Value) -> String {
        self.token(&with(&self.header(), changes), &claims())
    }

    /// A token with good claims changed.
    pub fn claiming(&self, changes: Value) -> String {
        self.token(&self.header(), &with(&claims(), changes))
    }

    pub fn good(&self) -> String {
        self.claiming(json!({}))
    }

    /// A token signed as X.509 does, in place of the fixed form.
    pub fn signed_in_der(&self) -> String {
        let pair = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8).unwrap();
        let good = self.good();
        let (signed, _) = good.rsplit_once('.').unwrap();
        let der = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(der))
    }

    /// Forms of the public half that are at hand as a shared secret.
    pub fn public_forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let (der, raw) = if self.algorithm == Algorithm::RS256 {
            let pair = RsaKeyPair::from_pkcs8(&self.pkcs8).unwrap();
            let public = pair.public_key();
            let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
            (
                AsDer::<PublicKeyX509Der>::as_der(public)
                    .unwrap()
                    .as_ref()
                    .to_vec(),
                modulus,
            )
        } else {
            let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_pkcs8(curve, &self.pkcs8).unwrap();
            let public = pair.public_key();
            (
                AsDer::<PublicKeyX509Der>::as_der(public)
                    .unwrap()
                    .as_ref()
                    .to_vec(),
                public.as_ref().to_vec(),
            )
        };
        let pem = pem("PUBLIC KEY", &der);
        let text = pem.trim_end().as_bytes().to_vec();
        vec![
            ("PEM", pem.into_bytes()),
            ("PEM without its last line break", text),
            ("DER", der),
            ("modulus or point", raw),
            ("JWK", self.jwk(json!({})).to_string().into_bytes()),
            ("nothing", Vec::new()),
        ]
    }
}

/// A token whose last segment is an HMAC with this secret.
pub fn shared_secret(header: &Value, secret: &[u8], algorithm: Algorithm) -> String {
    let signed = format!("{}.{}", encode(header.to_string()), encode(claims().to_string()));
    let tag = crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(secret), algorithm).unwrap();
    format!("{signed}.{tag}")
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}

/// A member of `changes` replaces, adds or – when null – removes a member of `value`.
pub fn with(value: &Value, changes: Value) -> Value {
    let mut value = value.clone();
    for (name, change) in changes.as_object().unwrap() {
        let members = value.as_object_mut().unwrap();
        match change {
            Value::Null => members.remove(name),
            other => members.insert(name.clone(), other.clone()),
        };
    }
    value
}

/// Claims of a good access token.
pub fn claims() -> Value {
    let now = chrono::Utc::now().timestamp();
    json!({
        "iss": ISSUER, "aud": crate::support::world::AUDIENCE, "sub": "can-bo-7", "azp": "portal",
        "typ": "Bearer", "iat": now - 10, "nbf": now - 10, "exp": now + 600
    })
}

/// Answers each path with what was put there, and counts how often each was asked for.
#[derive(Clone)]
pub struct KeyServer {
    pub url: String,
    answers: Arc<Mutex<HashMap<String, Value>>>,
    counts: Arc<Mutex<HashMap<String, usize>>>,
}

impl KeyServer {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let this = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::default(),
            counts: Arc::default(),
        };
        let served = this.clone();
        let server = HttpServer::new(move || {
            let served = served.clone();
            App::new().default_service(web::to(move |request: HttpRequest| {
                let path = request.path().to_owned();
                let answer = served.answers.lock().unwrap().get(&path).cloned();
                *served.counts.lock().unwrap().entry(path).or_default() += 1;
                async move { HttpResponse::Ok().json(answer.unwrap_or_default()) }
            }))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap();
        tokio::spawn(server.run());
        this
    }

    pub fn publish(&self, path: &str, keys: &[Value]) {
        let set = json!({"keys": keys});
        self.answers.lock().unwrap().insert(path.to_owned(), set);
    }

    pub fn count(&self, path: &str) -> usize {
        self.counts.lock().unwrap().get(path).copied().unwrap_or(0)
    }
}
