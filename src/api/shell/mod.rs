//! The hard shell: what a request meets before it is routed, and what every answer carries because of it.
//! Size of the head, other origins, quota of the caller, the crowd, the pace of the body, the way out.

mod accept;
mod arrival;
mod connection;
mod cors;
mod deprecation;
mod head;
mod later;
mod rates;
mod room;
mod tail;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, web};

pub use arrival::timed_out;
pub use connection::{busy, watch};
pub use deprecation::Deprecation;
use deprecation::Deprecations;
use quick_cache::sync::Cache;
use rates::{Caller, CallerKey};
use room::Room;
pub use room::Taken;
pub use tail::hold;

use super::call::{self, Proof};
use super::contract::Contract;
use super::middleware::{Context, answer_unknown};
use super::problem::Problem;
use crate::app::App;
use crate::domain::caller::Principal;
use crate::domain::error::{Code, Error, Result};
use crate::gate::{Gate, Pass};
use crate::shell::ShellSettings;
use crate::telemetry::metrics::{Operation, PROBES};

/// Most uploads of one caller at a time: they last as long as their clients take.
pub const UPLOADS_EACH: usize = 4;
/// Callers whose uploads are told apart.
const UPLOADERS: usize = 1024;

/// The shell of a process, shared by its threads.
pub struct Shell {
    settings: ShellSettings,
    rates: rates::Rates,
    searches: Gate,
    uploads: Gate,
    /// In front of it, for each caller. Who was not seen for long is forgotten.
    uploads_of: Cache<CallerKey, Arc<Gate>>,
    /// For bodies under way (OVL-05).
    room: Room,
    later: later::Later,
    deprecations: Deprecations,
    draining: Arc<AtomicBool>,
}

impl Shell {
    /// A shell whose answers end their connections once `draining` is set.
    pub fn new(settings: &ShellSettings, draining: Arc<AtomicBool>) -> Self {
        let gate = |scarce, inside| Gate::new(scarce, inside, settings.waiting, settings.patience);
        Self {
            rates: rates::Rates::new(settings.rates),
            searches: gate("place for a search", settings.searches),
            uploads: gate("place for an upload", settings.uploads),
            uploads_of: Cache::new(UPLOADERS),
            room: Room::new(settings.body_memory),
            later: later::Later::new(),
            deprecations: Deprecations::new(&settings.deprecated),
            settings: settings.clone(),
            draining,
        }
    }

    /// Takes its turn among the uploads of its caller, then among all (OVL-04).
    ///
    /// # Errors
    /// `service.overloaded`, `service.busy`.
    pub async fn upload(&self, caller: &Principal) -> Result<[Pass; 2]> {
        let caller = Caller::of(caller);
        let own = self.uploads_of.get(&caller).unwrap_or_else(|| {
            let (waiting, patience) = (self.settings.waiting, self.settings.patience);
            let fresh = Gate::new(
                "place for an upload of the caller",
                UPLOADS_EACH,
                waiting,
                patience,
            );
            let fresh = || Ok::<_, Infallible>(Arc::new(fresh));
            let Ok(own) = self
                .uploads_of
                .get_or_insert_with(&CallerKey::from(&caller), fresh);
            own
        });
        let own = own.enter().await?;
        Ok([own, self.uploads.enter().await?])
    }

    /// Room for a body that is about to come.
    pub(super) fn room(&self) -> Taken {
        self.room.enter()
    }

    /// Counts an answer; of one that sends somebody away because there are too many it says when to come again.
    pub(super) fn count(&self, error: Option<&Error>, headers: &mut HeaderMap) {
        match error.map(|error| error.code) {
            Some(Code::ServiceOverloaded | Code::DatabaseBusy) => {
                headers.insert(header::RETRY_AFTER, self.later.refused().into());
            }
            _ => self.later.served(),
        }
    }

    /// What is said of an operation that will go (DEP-01).
    pub(super) fn deprecation(&self, operation: Option<Operation>) -> Option<&Deprecation> {
        self.deprecations.of(operation?)
    }

    /// Whether the path is one of the document and its viewer, and these are served (CFG-03).
    pub(super) fn documents(&self, path: &str) -> bool {
        self.settings.documentation && super::docs::serves(path)
    }

    /// The origin of a request, if its scripts may read answers (COR-01).
    pub(super) fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        cors::allowed(&self.settings.allowed_origins, headers)
    }

    /// Adds to an answer what it carries because of the shell, refusals and answers of panics too (ERR-08).
    pub(super) fn dress(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if !self.settings.allowed_origins.is_empty() {
            cors::expose(headers, origin);
        }
        if self.settings.behind_tls {
            let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
    }

    /// How the connection goes on after an answer: not at all while the process drains (SHD-03).
    pub(super) fn ends_connections(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The address behind a connection; fields of peers that are not trusted are not looked at (SEC-02).
    fn client(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer?.ip().to_canonical();
        let trusted = |address: &IpAddr| {
            let networks = self.settings.trusted_proxies.iter();
            networks.into_iter().any(|network| network.contains(address))
        };
        if !trusted(&peer) {
            return Some(peer);
        }
        // The last address that no trusted proxy has: what stands before it, anybody may have written.
        let named: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .collect();
        let mut client = peer;
        for text in named.into_iter().rev() {
            let Ok(address) = text.trim().parse::<IpAddr>() else {
                break;
            };
            client = address.to_canonical();
            if !trusted(&client) {
                break;
            }
        }
        Some(client)
    }
}

type Admitted<B> = ServiceResponse<EitherBody<B>>;

/// Lets a request in, or refuses it before it is routed. Inside of `finish`, which words the refusals.
///
/// # Errors
/// None of its own.
pub async fn admit<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> std::result::Result<Admitted<B>, actix_web::Error> {
    let shell = request.app_data::<web::Data<Shell>>().cloned();
    let Some(shell) = shell.filter(|_| !PROBES.contains(&request.match_info().as_str())) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    arrival::watch(&mut request, shell.settings.body);
    if let Some(error) = head::refusal(request.head()) {
        return Ok(refuse(request, error));
    }
    if let Some(answer) = preflight(&shell, &request) {
        return Ok(request.into_response(answer).map_into_right_body());
    }
    // The router takes `next-number` for an identifier where the method is that of another path.
    if has_no_operation(&request) {
        let answer = answer_unknown(request.request().clone()).await?;
        return Ok(request.into_response(answer).map_into_right_body());
    }
    let proof = call::prove(request.request()).await;
    let address = shell.client(request.peer_addr(), request.headers());
    let count = shell.rates.count(proof.as_ref().ok(), address);
    request.extensions_mut().insert(Proof(proof, address));
    if let Some(count) = count.as_ref().filter(|count| count.exceeded) {
        let mut response = refuse(request, count.refusal());
        count.tell(response.headers_mut());
        return Ok(response);
    }
    // Who is nobody is told so without the database.
    let known = request
        .extensions()
        .get::<Proof>()
        .is_some_and(|proof| proof.0.is_ok());
    let refusal = accept::refusal(&request);
    let crowded = || (known && crowded(&request)).then(|| Error::new(Code::ServiceOverloaded));
    let mut response = match refusal.or_else(crowded) {
        Some(error) => refuse(request, error),
        None => past_the_crowd(&shell, request, next).await?,
    };
    if let Some(mut count) = count {
        // What the client already has costs it nothing (RAT-02).
        if response.status() == StatusCode::NOT_MODIFIED {
            count.take_back();
        }
        // What everybody may keep tells nobody's quota.
        if !kept_by_all(response.headers()) {
            count.tell(response.headers_mut());
        }
    }
    Ok(response)
}

/// Whether too many wait for the database already. Found out before its body is read: what it costs to refuse a request
/// is what the others wait for longer (OVL-02). Whoever hands in has places of its own (N21), and what is said
/// of the service itself needs none.
fn crowded(request: &ServiceRequest) -> bool {
    let path = request.match_info().as_str();
    let of_data = path.starts_with("/v1/") && !path.starts_with("/v1/meta/");
    let first = path.starts_with("/v1/submissions/") && path.ends_with("/submit");
    let writes = ![Method::GET, Method::HEAD].contains(request.method());
    let app = request.app_data::<web::Data<App>>();
    of_data && !first && app.is_some_and(|app| app.db.is_crowded(writes))
}

/// Whether the path is known, but not with this method.
fn has_no_operation(request: &ServiceRequest) -> bool {
    let known = request
        .extensions()
        .get::<Context>()
        .map(|context| context.operation.is_some());
    known == Some(false)
        && request.method() != Method::OPTIONS
        && !Contract::get().methods(request.match_info().as_str()).is_empty()
}

fn kept_by_all(headers: &HeaderMap) -> bool {
    let caching = headers
        .get(header::CACHE_CONTROL)
        .and_then(|value| value.to_str().ok());
    caching.is_some_and(|caching| caching.starts_with("public"))
}

async fn past_the_crowd<B: MessageBody + 'static>(
    shell: &Shell,
    request: ServiceRequest,
    next: Next<B>,
) -> std::result::Result<Admitted<B>, actix_web::Error> {
    let pass = if searches(&request) {
        shell.searches.enter().await.map(Some)
    } else {
        Ok(None)
    };
    let _pass = match pass {
        Ok(pass) => pass,
        Err(error) => return Ok(refuse(request, error)),
    };
    Ok(next.call(request).await?.map_into_left_body())
}

/// Lists that are searched for words, or counted, are the dear ones (OVL-04).
fn searches(request: &ServiceRequest) -> bool {
    if request.method() != Method::GET {
        return false;
    }
    let mut query = form_urlencoded::parse(request.query_string().as_bytes());
    query.any(|(name, _)| name == "q") || call::prefers_count(request.headers())
}

fn preflight(shell: &Shell, request: &ServiceRequest) -> Option<HttpResponse> {
    let origin = shell.allowed_origin(request.headers())?;
    if request.method() != Method::OPTIONS || !request.headers().contains_key(cors::REQUEST_METHOD) {
        return None;
    }
    let path = request.match_info().as_str();
    let mut methods = Contract::get().methods(path);
    if shell.documents(path) {
        methods.insert("GET");
    }
    if methods.is_empty() {
        // The ordinary 404, which the script may read.
        return None;
    }
    if methods.contains("GET") {
        methods.insert("HEAD");
    }
    Some(cors::preflight(&methods, &origin))
}

fn refuse<B: MessageBody>(request: ServiceRequest, error: Error) -> Admitted<B> {
    request.error_response(Problem(error)).map_into_right_body()
}

/// Fields that a refusal keeps when it is worded anew.
pub(super) const KEPT: [HeaderName; 3] = [header::RETRY_AFTER, rates::POLICY, rates::REMAINING];

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn client(trusted: &[&str], peer: &str, fields: &[&str]) -> String {
        let settings = ShellSettings {
            trusted_proxies: trusted
                .iter()
                .map(|one| one.parse().expect("a network"))
                .collect(),
            ..ShellSettings::default()
        };
        let shell = Shell::new(&settings, Arc::default());
        let mut request = TestRequest::default();
        for field in fields {
            request = request.append_header(("x-forwarded-for", *field));
        }
        let request = request.to_http_request();
        let peer = format!("{peer}:1").parse().expect("an address");
        let client = shell.client(Some(peer), request.headers()).expect("a client");
        client.to_string()
    }

    #[test]
    fn only_trusted_proxies_name_the_client() {
        for (trusted, peer, fields, expected) in [
            (&[][..], "192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            (&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
            (&["10.0.0.0/8"], "10.1.1.1", &[], "10.1.1.1"),
            (&["10.0.0.0/8"], "10.1.1.1", &["198.51.100.7"], "198.51.100.7"),
            // Written by the client itself, in front of what the proxy saw.
            (
                &["10.0.0.0/8"],
                "10.1.1.1",
                &["203.0.113.9, 198.51.100.7"],
                "198.51.100.7",
            ),
            (
                &["10.0.0.0/8"],
                "10.1.1.1",
                &["203.0.113.9", "198.51.100.7, 10.2.2.2"],
                "198.51.100.7",
            ),
            (&["10.0.0.0/8"], "10.1.1.1", &["unknown"], "10.1.1.1"),
            (&["::1/128"], "[::1]", &["2001:db8::5"], "2001:db8::5"),
        ] {
            assert_eq!(client(trusted, peer, fields), expected, "{peer} {fields:?}");
        }
    }
}
