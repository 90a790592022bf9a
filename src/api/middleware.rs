//! What every request passes, outermost first: context and the last word on each answer (problem
//! documents, language, security fields, one log line), HEAD as GET, and the answer to unknown paths.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ResponseHead, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::FutureExt as _;

use super::contract::Contract;
use super::observe::{self, Watch};
use super::problem::{self, Language, Problem};
use super::shell::{self, Shell};
use crate::domain::error::{Class, Code, Error, Place};
use crate::telemetry::Observer;
use crate::telemetry::metrics::Operation;
use crate::telemetry::seen::{self, Seen};
use crate::telemetry::trace::Trace;

/// What is known of a request before it is routed.
#[derive(Debug, Clone)]
pub struct Context {
    /// Its id and its trace, as in logs, journal and problem documents; and what is learnt of it.
    pub seen: Arc<Seen>,
    /// Language of the answer's texts.
    pub language: Language,
    /// The operation that is asked for.
    pub operation: Option<Operation>,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            seen: Arc::new(Seen::new(Trace::begun(), new_id())),
            language: Language::Vi,
            operation: None,
        }
    }
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

impl Context {
    fn of(request: &ServiceRequest) -> Self {
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let given = text("x-request-id").filter(|id| {
            (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        });
        // Several lines of a list are one list (RFC 9110 5.3).
        let languages: Vec<&str> = request
            .headers()
            .get_all("accept-language")
            .filter_map(|line| line.to_str().ok())
            .collect();
        let parents = request.headers().get_all("traceparent");
        // A preflight is one of the operation that it asks for.
        let preflight = text("access-control-request-method").and_then(|method| method.parse().ok());
        let preflight = preflight.filter(|_| request.method() == Method::OPTIONS);
        let asked = preflight.as_ref().unwrap_or(request.method());
        let states = request.headers().get_all("tracestate");
        let mut trace = Trace::continued(
            parents.map(HeaderValue::as_bytes),
            states.map(HeaderValue::as_bytes),
        );
        let observer = request.app_data::<web::Data<Observer>>();
        if let Some(spans) = observer.and_then(|observer| observer.spans.as_ref()) {
            spans.sample(&mut trace);
        }
        Self {
            seen: Arc::new(Seen::new(trace, given.map_or_else(new_id, str::to_owned))),
            language: Language::preferred(&languages.join(",")),
            // As it is routed: by the path whose escapes are resolved.
            operation: observe::operation(asked, request.match_info().as_str()),
        }
    }
}

/// Gives the request its context, turns every refusal and panic into a problem document and adds the
/// fields that each answer has.
///
/// # Errors
/// None of its own.
pub async fn finish<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let context = Context::of(&request);
    request.extensions_mut().insert(context.clone());
    let watch = Watch::of(&request, &context);
    let uri = request.uri().clone();
    let path = uri.path();
    let busy = shell::busy(&request);
    let shell = request.app_data::<web::Data<Shell>>().cloned();
    let origin = shell
        .as_ref()
        .and_then(|shell| shell.allowed_origin(request.headers()));
    // Who asks what it may do has not asked for it.
    let asked = context.operation.filter(|_| request.method() != Method::OPTIONS);
    let deprecation = shell.as_ref().and_then(|shell| shell.deprecation(asked));
    // What every answer carries, that of a panic too.
    let dress = |head: &mut ResponseHead| {
        common_fields(path, &mut head.headers, &context);
        if let Some(deprecation) = deprecation {
            deprecation.tell(&mut head.headers);
        }
        if let Some(shell) = &shell {
            shell.dress(&mut head.headers, origin.as_ref());
            if shell.ends_connections() {
                head.set_connection_type(ConnectionType::Close);
            }
        }
    };
    // No copy of the request may outlive this call: routing needs it alone.
    let work = seen::during(Some(Arc::clone(&context.seen)), next.call(request));
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    let (response, error) = match outcome {
        Ok(Ok(mut response)) => match refusal(path, response.response_mut()) {
            Some(error) => {
                let (request, plain) = response.into_parts();
                let document = written(request.method(), path, plain.drop_body(), &error, &context);
                let response = ServiceResponse::new(request, document);
                (response.map_into_right_body(), Some(error))
            }
            None => (response.map_into_left_body(), None),
        },
        Ok(Err(failed)) => return Err(lost(watch, path, &failed.to_string(), &context, dress)),
        // A panic must not cost the client its connection (ERR-07).
        Err(_) => return Err(lost(watch, path, "a handler panicked", &context, dress)),
    };
    let mut response = shell::hold(response, busy);
    dress(response.response_mut().head_mut());
    if let Some(shell) = &shell {
        shell.count(error.as_ref(), response.headers_mut());
    }
    if let Some(deprecation) = deprecation {
        watch.deprecated(deprecation.operation);
    }
    watch.answered(path, response.response(), error.as_ref());
    Ok(response)
}

/// The answer where the request itself is gone: the framework sends it as it is.
fn lost(
    watch: Watch,
    path: &str,
    cause: &str,
    context: &Context,
    dress: impl FnOnce(&mut ResponseHead),
) -> actix_web::Error {
    let error = Error::internal(cause);
    watch.lost(&error);
    let mut document = written(
        &Method::GET,
        path,
        HttpResponse::InternalServerError().finish().drop_body(),
        &error,
        context,
    );
    dress(document.head_mut());
    actix_web::error::InternalError::from_response(error, document).into()
}

/// The refusal behind a response: the one attached to it, or what the framework meant by its status.
fn refusal<B>(path: &str, response: &mut HttpResponse<B>) -> Option<Error> {
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        return Some(error);
    }
    let own_body = response.headers().contains_key(header::CONTENT_TYPE)
        && response.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
            let text = value.to_str().unwrap_or_default();
            text.starts_with("application/")
        });
    if !(response.status().is_client_error() || response.status().is_server_error()) || own_body {
        return None;
    }
    Some(Error::new(match response.status() {
        StatusCode::NOT_FOUND => Code::RouteNotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::NOT_ACCEPTABLE => Code::NotAcceptable,
        StatusCode::REQUEST_TIMEOUT => Code::BodyTimeout,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::URI_TOO_LONG => Code::UriTooLong,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::MediaTypeUnsupported,
        status if status.is_client_error() => Code::BodySyntax,
        _ => {
            return Some(Error::internal(format!("{path} answered {}", response.status())));
        }
    }))
}

fn written(
    method: &Method,
    path: &str,
    plain: HttpResponse<()>,
    error: &Error,
    context: &Context,
) -> HttpResponse {
    let trace_id = context.seen.trace.id().to_string();
    let document = problem::document(error, context.language, path, &trace_id);
    let mut response = HttpResponse::build(problem::status(error.code.class()));
    for (name, value) in plain.headers() {
        let kept = [header::WWW_AUTHENTICATE, header::ALLOW, header::CONTENT_RANGE];
        if kept.contains(name) || shell::KEPT.contains(name) {
            response.append_header((name.clone(), value.clone()));
        }
    }
    if error.code.class() == Class::Forbidden && error.code == Code::AccessForbidden {
        let challenge = "Bearer realm=\"thidua\", error=\"insufficient_scope\"";
        response.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    if let Some(version) = error
        .members
        .get("current_version")
        .and_then(serde_json::Value::as_i64)
    {
        response.insert_header((header::ETAG, format!("\"{version}\"")));
    }
    if let Some(field) = accepted(error, method) {
        response.insert_header(field);
    }
    if let Some(seconds) = retry_after(error)
        && !plain.headers().contains_key(header::RETRY_AFTER)
    {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/problem+json; charset=utf-8")
        .body(document.to_string())
}

/// What would have been accepted (NEG-02, NEG-03).
fn accepted(error: &Error, method: &Method) -> Option<(&'static str, String)> {
    if error.code != Code::MediaTypeUnsupported {
        return None;
    }
    let names = error.members.get("accepted")?.as_array()?;
    let names: Vec<&str> = names.iter().filter_map(serde_json::Value::as_str).collect();
    let coding = Some(Place::Header("Content-Encoding"));
    let field = match *method {
        _ if error.faults.iter().any(|fault| fault.place == coding) => "Accept-Encoding",
        Method::PATCH => "Accept-Patch",
        _ => "Accept",
    };
    Some((field, names.join(", ")))
}

/// Seconds after which a repetition makes sense (ERR-09). What a crowd is told depends on its size ([`Shell::count`]).
fn retry_after(error: &Error) -> Option<&'static str> {
    match (error.code, error.code.class()) {
        (Code::IdempotencyInProgress, _) | (_, Class::Timeout) => Some("1"),
        (Code::AuthKeysUnavailable, _) => Some("5"),
        // Somebody is at work.
        (Code::ServiceReadOnly, _) => Some("30"),
        (_, Class::Unavailable) => Some("2"),
        _ => None,
    }
}

/// What nobody keeps a copy of: dates of birth, personnel codes, how members voted (CND-09). By the route, whose path a
/// client may write with escapes.
fn is_personal(route: &str) -> bool {
    let votes = route.strip_prefix("/v1/review-sessions/");
    route == "/v1/individuals"
        || route == "/v1/audit-entries"
        || route.starts_with("/v1/audit-entries/")
        || route.starts_with("/v1/individuals/")
        || votes.is_some_and(|rest| rest.split('/').nth(1) == Some("votes"))
}

fn common_fields(path: &str, headers: &mut HeaderMap, context: &Context) {
    let docs = path.starts_with("/docs");
    let policy = if docs {
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    let fields = [
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("content-security-policy"), policy),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
        (header::CONTENT_LANGUAGE, context.language.tag()),
        (header::CACHE_CONTROL, "no-store"),
    ];
    // It told the compressor to leave the content alone, and tells a client nothing (RFC 9110 8.4).
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding == "identity")
    {
        headers.remove(header::CONTENT_ENCODING);
    }
    // What somebody uploaded is in whatever language it is in.
    let file = headers.contains_key(header::CONTENT_DISPOSITION);
    for (name, value) in fields {
        if file && name == header::CONTENT_LANGUAGE {
            continue;
        }
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if context
        .operation
        .is_some_and(|operation| is_personal(operation.route))
    {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.append(
        header::VARY,
        HeaderValue::from_static("Accept-Language, Authorization, Accept-Encoding"),
    );
    if let Ok(value) = HeaderValue::from_str(&context.seen.request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
}

/// HEAD is GET without the body; the server drops it (API-04).
///
/// # Errors
/// None of its own.
pub async fn head_as_get<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// Where no route fits: 405 with `Allow` for a known path, 204 to OPTIONS, 404 otherwise (API-02, 03, 05).
///
/// # Errors
/// The refusal.
pub async fn answer_unknown(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let path = request.match_info().as_str();
    let mut methods = Contract::get().methods(path);
    let shell = request.app_data::<web::Data<Shell>>();
    if shell.is_some_and(|shell| shell.documents(path)) {
        methods.insert("GET");
    }
    if methods.is_empty() {
        return Err(Problem(Error::new(Code::RouteNotFound)).into());
    }
    if methods.contains("GET") {
        methods.insert("HEAD");
    }
    methods.insert("OPTIONS");
    let allow = methods.into_iter().collect::<Vec<_>>().join(", ");
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, allow))
            .finish());
    }
    let mut response = Problem(Error::new(Code::MethodNotAllowed)).error_response();
    if let Ok(value) = HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    Ok(response)
}
