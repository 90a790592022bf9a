//! The built-in issuer for development and demonstrations: real keys, real documents and real signatures,
//! on a loopback address only. It goes through the same verification as any other issuer.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::settings::IssuerSettings;
use crate::domain::caller::PrincipalKind;

const KEY_FILE: &str = "development-issuer.pk8";
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";
const KEYS_PATH: &str = "/jwks.json";

/// Name under which tokens are obtained when a request names no client.
const DEFAULT_CLIENT: &str = "development";

/// Why the development issuer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentError {
    /// The address would be reachable from other machines, or is none.
    #[error("the development issuer only serves a loopback address such as http://127.0.0.1:8081, not {0:?}")]
    NotLoopback(String),
    /// The key file belongs to more than its owner.
    #[error("the key file {0} may be read by others; allow only its owner (chmod 600) or delete it")]
    OpenToOthers(PathBuf),
    /// The key file holds something else.
    #[error("the key file {0} holds no P-256 key; delete it to get a new one")]
    Key(PathBuf),
    /// The random source or the signature failed.
    #[error("the cryptographic library refused the operation")]
    Cryptography,
    /// The folder or the file cannot be read or written.
    #[error("the key of the development issuer cannot be kept in {0}: {1}")]
    Storage(PathBuf, io::Error),
}

/// What a development token shall state.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// `sub` of a person; client id of a machine.
    pub subject: String,
    /// Person or machine.
    pub kind: PrincipalKind,
    /// Display name of a person.
    pub name: Option<String>,
    /// Client that obtains the token; `development` when absent. A machine is always its own client.
    pub client_id: Option<String>,
    /// The service's audience.
    pub audience: String,
    /// Time from issue to expiry, rounded down to seconds.
    pub lifetime: Duration,
}

/// An issuer with one ES256 key.
#[derive(Debug)]
pub struct DevelopmentIssuer {
    url: String,
    key: EcdsaKeyPair,
    key_id: String,
}

/// The paths below the issuer's address at which its two documents are served: discovery and key set.
pub fn document_paths() -> [&'static str; 2] {
    [DISCOVERY_PATH, KEYS_PATH]
}

impl DevelopmentIssuer {
    /// The issuer at `base_url` (`http://127.0.0.1:8081`) with the key kept in `folder`; folder and key
    /// are made when absent, the key file readable by its owner only.
    ///
    /// # Errors
    ///
    /// [`DevelopmentError`]; an address that is not loopback is refused before anything is written.
    pub fn open(folder: &Path, base_url: &str) -> Result<Self, DevelopmentError> {
        let url = loopback(base_url).ok_or_else(|| DevelopmentError::NotLoopback(base_url.to_owned()))?;
        let file = folder.join(KEY_FILE);
        let document = stored_key(folder, &file)?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document)
            .map_err(|_| DevelopmentError::Key(file))?;
        let key_id = thumbprint(&key);
        Ok(Self { url, key, key_id })
    }

    /// The issuer's address, which is the `iss` of its tokens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Settings under which a [`super::Verifier`] accepts this issuer's tokens for `audience`.
    pub fn settings(&self, audience: &str) -> IssuerSettings {
        IssuerSettings {
            url: self.url.clone(),
            audience: audience.to_owned(),
            insecure_http: true,
            ..IssuerSettings::default()
        }
    }

    /// A signed access token (RFC 9068) issued at `now`.
    ///
    /// # Errors
    ///
    /// [`DevelopmentError::Cryptography`] when the signature fails.
    pub fn token(&self, request: &TokenRequest, now: DateTime<Utc>) -> Result<String, DevelopmentError> {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.key_id });
        let claims = self.claims(request, now);
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| DevelopmentError::Cryptography)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn claims(&self, request: &TokenRequest, now: DateTime<Utc>) -> Value {
        let lifetime = i64::try_from(request.lifetime.as_secs()).unwrap_or(i64::MAX);
        let mut claims = json!({
            "iss": self.url,
            "aud": request.audience,
            "sub": request.subject,
            "iat": now.timestamp(),
            "exp": now.timestamp().saturating_add(lifetime),
            "jti": uuid::Uuid::new_v4().to_string(),
        });
        let (client, kind) = match request.kind {
            PrincipalKind::Client => (request.subject.as_str(), "APPLICATION"),
            PrincipalKind::User => (
                request.client_id.as_deref().unwrap_or(DEFAULT_CLIENT),
                "APPLICATION_USER",
            ),
        };
        if let Some(members) = claims.as_object_mut() {
            members.insert("azp".into(), client.into());
            members.insert("client_id".into(), client.into());
            // The claim by which WSO2 tells machines from persons.
            members.insert("aut".into(), kind.into());
            if let Some(name) = &request.name {
                members.insert("name".into(), name.as_str().into());
            }
        }
        claims
    }

    /// The discovery document (OpenID Connect Discovery 3), as far as a resource server reads it.
    pub fn discovery(&self) -> Value {
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{}{KEYS_PATH}", self.url),
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        })
    }

    /// The key set with the public key (RFC 7517).
    pub fn jwks(&self) -> Value {
        let (x, y) = coordinates(&self.key);
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.key_id, "x": x, "y": y,
        }] })
    }

    /// Serves both documents on `listener` until the process ends or the server fails.
    ///
    /// # Errors
    ///
    /// The listener is not bound to a loopback address, or the server cannot start.
    pub async fn serve(self: Arc<Self>, listener: std::net::TcpListener) -> io::Result<()> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(io::Error::other(DevelopmentError::NotLoopback(
                address.to_string(),
            )));
        }
        tracing::warn!(issuer = %self.url, "serving the development issuer: for development only, anybody on this machine may obtain tokens");
        let server = HttpServer::new(move || {
            let (discovery, keys) = (self.discovery(), self.jwks());
            App::new()
                .route(DISCOVERY_PATH, web::get().to(move || document(discovery.clone())))
                .route(KEYS_PATH, web::get().to(move || document(keys.clone())))
        });
        server.workers(1).disable_signals().listen(listener)?.run().await
    }
}

async fn document(value: Value) -> web::Json<Value> {
    web::Json(value)
}

/// The address without a final slash, if it is plain HTTP to this machine and nothing more than an origin.
fn loopback(base_url: &str) -> Option<String> {
    let url = reqwest::Url::parse(base_url).ok()?;
    let host = url.host_str()?;
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<std::net::IpAddr>();
    let local = host == "localhost" || address.is_ok_and(|ip| ip.is_loopback());
    let text = base_url.trim_end_matches('/');
    // The origin as parsed, so that an unusual spelling of the address cannot differ from what is served; no path, query
    // or user beside it.
    let origin = url.origin().ascii_serialization();
    (url.scheme() == "http" && local && text == origin).then_some(origin)
}

/// The PKCS#8 document in `file`, made first when there is none.
fn stored_key(folder: &Path, file: &Path) -> Result<Vec<u8>, DevelopmentError> {
    let failed = |fault: io::Error| DevelopmentError::Storage(folder.to_owned(), fault);
    match fs::File::open(file) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
            make_key(folder, file)?;
            read_key(fs::File::open(file).map_err(failed)?, file)
        }
        opened => read_key(opened.map_err(failed)?, file),
    }
}

fn read_key(mut opened: fs::File, file: &Path) -> Result<Vec<u8>, DevelopmentError> {
    let failed = |fault: io::Error| DevelopmentError::Storage(file.to_owned(), fault);
    let mode = opened.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(DevelopmentError::OpenToOthers(file.to_owned()));
    }
    let mut document = Vec::new();
    opened.read_to_end(&mut document).map_err(failed)?;
    Ok(document)
}

/// Writes a new key beside its final place and links it there, so that of two processes which start at
/// once both end up with the same whole key.
fn make_key(folder: &Path, file: &Path) -> Result<(), DevelopmentError> {
    let failed = |fault: io::Error| DevelopmentError::Storage(folder.to_owned(), fault);
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| DevelopmentError::Cryptography)?;
    fs::create_dir_all(folder).map_err(failed)?;
    let draft = folder.join(format!("{KEY_FILE}.{}", uuid::Uuid::new_v4()));
    let mut opened = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(failed)?;
    let written = opened
        .write_all(document.as_ref())
        .and_then(|()| opened.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&draft, file) {
        Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    fs::remove_file(&draft).map_err(failed)?;
    linked.map_err(failed)
}

fn coordinates(key: &EcdsaKeyPair) -> (String, String) {
    // An uncompressed point (SEC 1, 2.3.3): one byte of form, then both coordinates of equal length.
    let point = key.public_key().as_ref();
    let (x, y) = point
        .get(1..)
        .and_then(|both| both.split_at_checked(32))
        .unwrap_or_default();
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

/// RFC 7638: the hash of the required members in lexicographic order.
fn thumbprint(key: &EcdsaKeyPair) -> String {
    let (x, y) = coordinates(key);
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

#[cfg(test)]
mod tests;
