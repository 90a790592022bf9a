//! Scripts of other origins (COR-01 to COR-04). Not actix-cors: its preflight knows one list of methods for
//! all routes, it words its refusals as plain text, and it adds nothing to the answer of a panic.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Marks a preflight.
pub const REQUEST_METHOD: HeaderName = header::ACCESS_CONTROL_REQUEST_METHOD;

/// Fields that a script may send; those of the safe list need no name.
const FIELDS: &str = "authorization, content-type, if-match, if-none-match, if-range, range, \
                      idempotency-key, accept, accept-language, prefer, traceparent, tracestate, x-request-id";
/// Fields that a script may read.
const EXPOSED: &str = "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Deprecation, Sunset, \
                       X-Request-Id, Idempotency-Replayed, Preference-Applied, Content-Language, Vary, \
                       Content-Disposition, Content-Range, Repr-Digest, WWW-Authenticate, Allow, Accept, \
                       Accept-Encoding, Accept-Patch, Accept-Ranges";

/// The origin of a request if it is listed: to the byte, one field, never `null`.
pub fn allowed(origins: &[String], headers: &HeaderMap) -> Option<HeaderValue> {
    let mut fields = headers.get_all(header::ORIGIN);
    let origin = fields.next().filter(|_| fields.next().is_none())?;
    let listed = origins
        .iter()
        .any(|listed| listed.as_bytes() == origin.as_bytes());
    listed.then(|| origin.clone())
}

/// What every answer carries where there are origins at all.
pub fn expose(headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    let exposed = HeaderValue::from_static(EXPOSED);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

/// The answer to a preflight of a listed origin: no token, no connection, no quota (COR-02).
pub fn preflight(methods: &BTreeSet<&str>, origin: &HeaderValue) -> HttpResponse {
    let methods = methods.iter().copied().collect::<Vec<_>>().join(", ");
    HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, FIELDS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "7200"))
        .append_header((
            header::VARY,
            "Access-Control-Request-Method, Access-Control-Request-Headers",
        ))
        .finish()
}
