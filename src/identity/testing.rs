//! What the tests of this floor share: keys of every kind, hand-made tokens and a loopback server that
//! serves whatever a test wants and counts the requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::settings::{AuthSettings, IssuerSettings};

pub(crate) const ISSUER: &str = "https://sso.example/realms/tinh";
pub(crate) const AUDIENCE: &str = "thidua-api";

/// 2026-11-22T00:00:00Z, the instant of every test.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_305_600, 0).unwrap()
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) enum TestKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl TestKey {
    pub(crate) fn rsa() -> &'static Self {
        static KEY: OnceLock<TestKey> = OnceLock::new();
        KEY.get_or_init(Self::new_rsa)
    }
    pub(crate) fn new_rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
    pub(crate) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }
    pub(crate) fn p384() -> Self {
        Self::P384(EcdsaKeyPair::generate(&signature::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap())
    }
    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    /// The public key as a JWK with nothing but its material and `kid`.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let half = |point: &[u8], n: usize| {
            let side = (point.len() - 1) / 2;
            b64(&point[(1 + n * side)..=((n + 1) * side)])
        };
        match self {
            Self::Rsa(key) => {
                let public = key.public_key();
                json!({ "kty": "RSA", "kid": kid, "n": b64(public.modulus().big_endian_without_leading_zero()),
                    "e": b64(public.exponent().big_endian_without_leading_zero()) })
            }
            Self::P256(key) | Self::P384(key) => {
                let curve = if matches!(self, Self::P256(_)) {
                    "P-256"
                } else {
                    "P-384"
                };
                let point = key.public_key().as_ref();
                json!({ "kty": "EC", "crv": curve, "kid": kid, "x": half(point, 0), "y": half(point, 1) })
            }
            Self::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(key.public_key()) })
            }
        }
    }

    /// Forms of the public key that an attacker might use as a shared secret.
    pub(crate) fn public_forms(&self) -> Vec<Vec<u8>> {
        fn forms(der: &[u8], raw: Vec<u8>) -> Vec<Vec<u8>> {
            let text = base64::engine::general_purpose::STANDARD.encode(der);
            let lines: Vec<&str> = text
                .as_bytes()
                .chunks(64)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            let pem = format!(
                "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
                lines.join("\n")
            );
            vec![
                pem.clone().into_bytes(),
                pem.trim_end().as_bytes().to_vec(),
                der.to_vec(),
                raw,
            ]
        }
        match self {
            Self::Rsa(key) => forms(
                AsDer::<aws_lc_rs::encoding::PublicKeyX509Der>::as_der(key.public_key())
                    .unwrap()
                    .as_ref(),
                key.public_key()
                    .modulus()
                    .big_endian_without_leading_zero()
                    .to_vec(),
            ),
            Self::P256(key) | Self::P384(key) => forms(
                AsDer::<aws_lc_rs::encoding::PublicKeyX509Der>::as_der(key.public_key())
                    .unwrap()
                    .as_ref(),
                key.public_key().as_ref().to_vec(),
            ),
            Self::Ed25519(key) => vec![key.public_key().as_ref().to_vec()],
        }
    }

    pub(crate) fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let encoding: &dyn signature::RsaEncoding = match algorithm {
                    "RS256" => &signature::RSA_PKCS1_SHA256,
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    other => panic!("no RSA algorithm {other}"),
                };
                let mut made = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut made)
                    .unwrap();
                made
            }
            Self::P256(key) | Self::P384(key) => {
                key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
            }
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with exactly this header and payload.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        self.token_of(&header.to_string(), &claims.to_string())
    }

    /// A token of texts that need not be JSON; signed with the algorithm that suits the key.
    pub(crate) fn token_of(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", b64(header), b64(claims));
        let named = serde_json::from_str::<Value>(header).ok();
        let named = named.and_then(|header| header["alg"].as_str().map(String::from));
        let algorithm = named.filter(|name| ["RS256", "RS384", "PS256"].contains(&name.as_str()));
        let signature = self.sign(algorithm.as_deref().unwrap_or("RS256"), signed.as_bytes());
        format!("{signed}.{}", b64(signature))
    }
}

/// A member of `changes` replaces, adds or – when null – removes a member of `value`.
pub(crate) fn with(value: &Value, changes: Value) -> Value {
    let mut value = value.clone();
    for (name, change) in changes.as_object().unwrap() {
        match change {
            Value::Null => value.as_object_mut().unwrap().remove(name),
            other => value.as_object_mut().unwrap().insert(name.clone(), other.clone()),
        };
    }
    value
}

pub(crate) fn header() -> Value {
    json!({ "alg": "ES256", "typ": "JWT", "kid": "k1" })
}

/// The claims of a good user token of [`ISSUER`] at [`now`].
pub(crate) fn claims() -> Value {
    let now = now().timestamp();
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "6f1c0a52", "azp": "portal", "typ": "Bearer",
        "iat": now - 10, "nbf": now - 10, "exp": now + 300, "name": "Tô Thị Trang" })
}

pub(crate) fn issuer_settings(jwks_uri: &str) -> IssuerSettings {
    IssuerSettings {
        url: ISSUER.into(),
        audience: AUDIENCE.into(),
        jwks_uri: Some(jwks_uri.into()),
        insecure_http: true,
        ..IssuerSettings::default()
    }
}

pub(crate) fn auth_settings(
    issuers: impl IntoIterator<Item = (&'static str, IssuerSettings)>,
) -> AuthSettings {
    let issuers: BTreeMap<_, _> = issuers
        .into_iter()
        .map(|(name, issuer)| (name.to_owned(), issuer))
        .collect();
    AuthSettings {
        issuers,
        ..AuthSettings::default()
    }
}

/// An answer of the loopback server.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Status line, extra header lines and body.
    Full(&'static str, String, Vec<u8>),
    /// Announces more bytes than it sends.
    Cut(Vec<u8>),
    /// Answers with these bytes once it is told to.
    Later(Arc<tokio::sync::Notify>, Vec<u8>),
    /// Accepts and never answers.
    Silent,
}

impl Answer {
    pub(crate) fn json(value: &Value) -> Self {
        Self::Full(
            "200 OK",
            "Content-Type: application/json\r\n".into(),
            value.to_string().into_bytes(),
        )
    }
    pub(crate) fn keys(keys: &[Value]) -> Self {
        Self::json(&json!({ "keys": keys }))
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) origin: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    counts: HashMap<String, usize>,
    /// The last request to each path, in lower case.
    requests: HashMap<String, String>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let server = Self {
            origin,
            state: Arc::clone(&state),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&state)));
            }
        });
        server
    }
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
    pub(crate) fn set(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(path.into(), answer);
    }
    pub(crate) fn count(&self, path: &str) -> usize {
        self.state.lock().unwrap().counts.get(path).copied().unwrap_or(0)
    }
    pub(crate) fn last_request(&self, path: &str) -> String {
        self.state
            .lock()
            .unwrap()
            .requests
            .get(path)
            .cloned()
            .unwrap_or_default()
    }
    pub(crate) fn total(&self) -> usize {
        self.state.lock().unwrap().counts.values().sum()
    }
}

async fn answer(mut stream: tokio::net::TcpStream, state: Arc<Mutex<State>>) {
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part).await {
            Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or("").to_owned();
    let answer = {
        let mut state = state.lock().unwrap();
        *state.counts.entry(path.clone()).or_default() += 1;
        state.requests.insert(path.clone(), request.to_ascii_lowercase());
        state.answers.get(&path).cloned()
    };
    let not_found = Answer::Full("404 Not Found", String::new(), Vec::new());
    let (status, fields, body, announced) = match answer.unwrap_or(not_found) {
        Answer::Full(status, fields, body) => (status, fields, body.clone(), body.len()),
        Answer::Cut(body) => ("200 OK", String::new(), body.clone(), body.len() + 100),
        Answer::Later(told, body) => {
            told.notified().await;
            ("200 OK", String::new(), body.clone(), body.len())
        }
        Answer::Silent => return std::future::pending().await,
    };
    let head =
        format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {announced}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
    let _ = stream.shutdown().await;
}
