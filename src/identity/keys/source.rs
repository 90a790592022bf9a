//! Where the keys of one issuer are fetched from, and the careful way of doing so (JWK-01, JWK-11).

use std::error::Error;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

use super::jwk::{Keys, SetFault};
use crate::identity::settings::IssuerSettings;
use crate::telemetry::seen;

/// Largest accepted discovery document or key set, in bytes.
pub(super) const MAX_DOCUMENT_BYTES: usize = 512 * 1024;

/// Why a fetch brought no set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchFault {
    /// No connection, no answer in time, or an answer cut short; with all causes in one text.
    #[error("no answer: {0}")]
    Transport(String),
    /// Any status but 200; redirects are not followed.
    #[error("the answer has status {0}")]
    Status(u16),
    /// More than [`MAX_DOCUMENT_BYTES`].
    #[error("the answer is larger than 512 KiB")]
    TooLarge,
    /// The discovery document does not lead to a key set of this issuer.
    #[error("the discovery document is not usable: {0}")]
    Discovery(&'static str),
    /// The document is there, but cannot be used.
    #[error("{0}")]
    Set(#[from] SetFault),
}

impl From<reqwest::Error> for FetchFault {
    /// The library's own text leaves out the cause, such as a refused connection or a bad certificate.
    fn from(fault: reqwest::Error) -> Self {
        let mut text = fault.to_string();
        let mut cause = fault.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        Self::Transport(text)
    }
}

#[derive(Debug)]
enum Place {
    KeySet(Url),
    Discovery(Url),
}

/// Fetches the key set of one issuer.
#[derive(Debug)]
pub(crate) struct Source {
    issuer: String,
    place: Place,
    insecure_http: bool,
    client: reqwest::Client,
}

impl Source {
    /// The source that the settings name; `timeout` bounds each of its HTTP exchanges.
    ///
    /// # Errors
    ///
    /// A sentence for the operator, when an address is none or TLS cannot be set up.
    pub(crate) fn new(settings: &IssuerSettings, timeout: Duration) -> Result<Self, String> {
        let url = |text: &str| Url::parse(text).map_err(|_| format!("{text:?} is not an address"));
        let place = match (&settings.jwks_uri, &settings.discovery_uri) {
            (Some(fixed), _) => Place::KeySet(url(fixed)?),
            (None, Some(discovery)) => Place::Discovery(url(discovery)?),
            // OpenID Connect Discovery 4.1: a terminating slash of the issuer is removed first.
            (None, None) => Place::Discovery(url(&format!(
                "{}/.well-known/openid-configuration",
                settings.url.trim_end_matches('/')
            ))?),
        };
        let (Place::KeySet(address) | Place::Discovery(address)) = &place;
        Ok(Self {
            issuer: settings.url.clone(),
            client: client(settings.insecure_http, address.scheme(), timeout)?,
            place,
            insecure_http: settings.insecure_http,
        })
    }

    /// The keys as the issuer publishes them now.
    ///
    /// # Errors
    ///
    /// [`FetchFault`] says what was wrong with the answer.
    pub(crate) async fn keys(&self) -> Result<Keys, FetchFault> {
        let address = match &self.place {
            Place::KeySet(address) => address.clone(),
            Place::Discovery(document) => self.discover(document.clone()).await?,
        };
        Ok(Keys::parse(&self.get(address).await?)?)
    }

    /// The address of the key set, from the issuer's own document (JWK-01). It is read again with every
    /// fetch, so that a moved key set is followed.
    async fn discover(&self, document: Url) -> Result<Url, FetchFault> {
        let read = serde_json::from_slice(&self.get(document).await?);
        let document: Value = read.map_err(|_| FetchFault::Discovery("it is no JSON"))?;
        if document.get("issuer").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(FetchFault::Discovery("its issuer is not the configured one"));
        }
        let address = document.get("jwks_uri").and_then(Value::as_str);
        let address = address.and_then(|text| Url::parse(text).ok());
        let address = address.ok_or(FetchFault::Discovery("it names no key set"))?;
        if may_serve(&address, self.insecure_http) {
            Ok(address)
        } else {
            Err(FetchFault::Discovery("its key set is not served by https"))
        }
    }

    async fn get(&self, address: Url) -> Result<Vec<u8>, FetchFault> {
        let mut request = self.client.get(address).header("accept", "application/json");
        // Where a request waits for this fetch, the issuer's side of it is found by the same trace (OBS-03).
        let trace = seen::with(|seen| (seen.trace.parent(), seen.trace.state().map(str::to_owned)));
        if let Some((parent, state)) = trace {
            request = request.header("traceparent", parent);
            if let Some(state) = state {
                request = request.header("tracestate", state);
            }
        }
        let mut answer = request.send().await?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchFault::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len().saturating_add(chunk.len()) > MAX_DOCUMENT_BYTES {
                return Err(FetchFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Whether keys are taken from this address.
pub(super) fn may_serve(address: &Url, insecure_http: bool) -> bool {
    address.scheme() == "https" || (address.scheme() == "http" && insecure_http)
}

/// No redirects and no proxy from the environment: keys come from where the settings say (JWK-11).
fn client(insecure_http: bool, scheme: &str, timeout: Duration) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(timeout)
        .connect_timeout(timeout)
        // One exchange in minutes gains nothing from a kept connection, which may be dead by then.
        .pool_max_idle_per_host(0)
        .https_only(!insecure_http);
    if scheme == "http" {
        // A development machine without any certificate store must still start.
        builder = builder.tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|fault| format!("TLS cannot be set up: {fault}"))
}
