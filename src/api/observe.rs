//! What is told of each request: one line in the log, what is counted, and its span (OBS-01, 04, 05, 06, 07).

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, web};
use tracing::Level;
use uuid::Uuid;

use super::contract::Contract;
use super::middleware::Context;
use super::problem;
use crate::domain::caller::Principal;
use crate::domain::error::{Class, Error};
use crate::domain::policy::Denied;
use crate::telemetry::Observer;
use crate::telemetry::metrics::{Operation, PROBES};
use crate::telemetry::seen::{self, SeenCaller};

/// The checks that failed, attached to the answer of a probe: no fault of the service, but its task.
pub struct Unready(pub String);

/// How long the content of an answer is before a coding that hides it.
struct ContentLength(u64);

/// Notes how long the content is, inside of what compresses it (OBS-01).
///
/// # Errors
/// None of its own.
pub async fn measure<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut response = next.call(request).await?;
    if let BodySize::Sized(bytes) = response.response().body().size() {
        let noted = ContentLength(bytes);
        response.response_mut().extensions_mut().insert(noted);
    }
    Ok(response)
}

/// A request under way; tells of it when it is answered, or when it is dropped because its client went away.
pub struct Watch {
    observer: Option<web::Data<Observer>>,
    context: Context,
    method: Method,
    began: Instant,
    open: bool,
}

/// What the line of a request says beside what is known from its beginning.
#[derive(Default)]
struct Outcome {
    status: StatusCode,
    bytes: Option<u64>,
    code: Option<&'static str>,
    cause: Option<String>,
    denied: Option<Denied>,
    /// The object of a refused authorisation.
    object: Option<Uuid>,
}

impl Watch {
    /// Begins to watch.
    pub fn of(request: &ServiceRequest, context: &Context) -> Self {
        let observer = request.app_data::<web::Data<Observer>>().cloned();
        if let Some(observer) = &observer {
            observer.requests.active.inc();
        }
        Self {
            observer,
            context: context.clone(),
            method: request.method().clone(),
            began: Instant::now(),
            open: true,
        }
    }

    /// The request for this path has this answer, and this refusal is behind it.
    pub fn answered<B: MessageBody>(mut self, path: &str, response: &HttpResponse<B>, error: Option<&Error>) {
        let unready = response
            .extensions()
            .get::<Unready>()
            .map(|failed| failed.0.clone());
        let replayed = response.headers().contains_key("idempotency-replayed");
        self.close(
            Outcome {
                status: response.status(),
                bytes: match response.body().size() {
                    BodySize::Sized(bytes) => Some(bytes),
                    BodySize::None => Some(0),
                    BodySize::Stream => response.extensions().get::<ContentLength>().map(|noted| noted.0),
                },
                code: error.map(|error| error.code.as_str()),
                cause: unready.or_else(|| error.and_then(cause)),
                denied: error.and_then(|error| error.denied),
                object: error.filter(|error| is_denial(error)).and_then(|_| object(path)),
            },
            error,
            replayed,
        );
    }

    /// It asked for an operation that will go.
    pub fn deprecated(&self, operation: &'static str) {
        let caller = self.context.seen.caller.get();
        if let Some(observer) = &self.observer {
            let client = caller.and_then(|caller| caller.client.as_deref());
            observer.requests.deprecated(operation, client);
        }
    }

    /// The request itself was lost.
    pub fn lost(mut self, error: &Error) {
        let outcome = Outcome {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            bytes: None,
            code: Some(error.code.as_str()),
            cause: cause(error),
            ..Outcome::default()
        };
        self.close(outcome, Some(error), false);
    }

    fn close(&mut self, outcome: Outcome, error: Option<&Error>, replayed: bool) {
        self.open = false;
        if let Some(observer) = &self.observer {
            let requests = &observer.requests;
            requests.active.dec();
            // A preflight takes no part in how long the operation takes that it asks about.
            let operation = self.context.operation.filter(|_| self.method != Method::OPTIONS);
            requests.answered(operation, outcome.status.as_u16(), self.began.elapsed());
            if let Some(error) = error {
                requests.refused(error.code);
                if let Some(denied) = error.denied {
                    requests.denied(denied);
                }
            }
            if replayed {
                requests.replays.inc();
            }
        }
        self.line("request answered", &outcome);
        self.leave_span(&outcome);
    }

    /// For the collector, if there is one.
    fn leave_span(&self, outcome: &Outcome) {
        if let Some(spans) = self
            .observer
            .as_ref()
            .and_then(|observer| observer.spans.as_ref())
        {
            spans.leave(
                &self.context.seen.trace,
                self.method.as_str(),
                self.context.operation,
                (outcome.status.as_u16(), outcome.code),
                self.began.elapsed(),
            );
        }
    }

    /// One line: an error for what the service owes an answer for, so that nobody has to look for its cause
    /// in a second one.
    fn line(&self, message: &'static str, outcome: &Outcome) {
        let probe = self
            .context
            .operation
            .is_some_and(|operation| PROBES.contains(&operation.route));
        let level = match outcome.status {
            status if !status.is_server_error() => Level::INFO,
            // That it is not ready is what a probe is asked for; whoever drains or waits needs no help.
            _ if probe => Level::WARN,
            _ => Level::ERROR,
        };
        let seen = &self.context.seen;
        seen.tell();
        let milliseconds =
            |duration: std::time::Duration| (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0;
        let caller = seen.caller.get();
        macro_rules! tell {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    method = self.method.as_str(),
                    route = self
                        .context
                        .operation
                        .map_or("unknown", |operation| operation.route),
                    status = outcome.status.as_u16(),
                    duration_ms = milliseconds(self.began.elapsed()),
                    bytes = outcome.bytes,
                    client = caller.and_then(|caller| caller.client.as_deref()),
                    subject = caller.map(|caller| caller.subject.as_str()),
                    organization = seen.organization.get().map(tracing::field::display),
                    code = outcome.code,
                    denied_action = outcome.denied.map(|denied| denied.action.as_str()),
                    denied_reason = outcome.denied.map(|denied| denied.reason.as_str()),
                    object = outcome.object.map(tracing::field::display),
                    pool_wait_ms = milliseconds(seen.waited()),
                    cause = outcome.cause.as_deref(),
                    panicked_at = seen.panicked.get().map(String::as_str),
                    "{message}"
                )
            };
        }
        seen::within(Some(Arc::clone(seen)), || match level {
            Level::ERROR => tell!(Level::ERROR),
            Level::WARN => tell!(Level::WARN),
            _ => tell!(Level::INFO),
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Some(observer) = &self.observer {
            let requests = &observer.requests;
            requests.active.dec();
            requests.abandoned.inc();
        }
        // The status that nginx writes for it; nobody receives it.
        let status = StatusCode::from_u16(499).unwrap_or_default();
        let outcome = Outcome {
            status,
            ..Outcome::default()
        };
        self.line("the client went away before the answer", &outcome);
        self.leave_span(&outcome);
    }
}

/// The operation that a request asks for, if there is one.
pub fn operation(method: &Method, path: &str) -> Option<Operation> {
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    // A process that is only probed needs nothing of the document.
    if method == Method::GET
        && let Some(index) = PROBES.iter().position(|probe| *probe == path)
    {
        let route = PROBES.get(index)?;
        let method = "GET";
        return Some(Operation { method, route, index });
    }
    let (index, method, route) = Contract::get().operation(method.as_str(), path)?;
    let index = PROBES.len().saturating_add(index);
    Some(Operation { method, route, index })
}

/// Why, for the line; a failure that names no cause of its own is told by its title.
fn cause(error: &Error) -> Option<String> {
    let owed = problem::status(error.code.class()).is_server_error();
    let title = || owed.then(|| error.code.title_en().to_owned());
    error.cause.clone().or_else(title)
}

/// Whether the caller may not do what it asked for: by the policy, or by a rule such as the separation of duties.
fn is_denial(error: &Error) -> bool {
    error.denied.is_some() || error.code.class() == Class::Forbidden
}

/// The innermost object that a path names; escapes do not hide it from the log.
fn object(path: &str) -> Option<Uuid> {
    path.rsplit('/').find_map(|segment| {
        let segment = percent_encoding::percent_decode_str(segment).decode_utf8().ok()?;
        Uuid::try_parse(&segment).ok()
    })
}

/// Notes who asks, under a pseudonym.
pub fn note_caller(request: &HttpRequest, context: &Context, principal: &Principal) {
    let Some(observer) = request.app_data::<web::Data<Observer>>() else {
        return;
    };
    let caller = SeenCaller {
        subject: observer.pseudonyms.of(&principal.issuer, &principal.subject),
        client: principal.client_id.clone(),
    };
    // One caller a request.
    let _first = context.seen.caller.set(caller);
}
