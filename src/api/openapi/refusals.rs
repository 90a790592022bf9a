//! The refusals that operations share, as answers of the document.

use serde_json::{Map, Value, json};

use super::{deprecation, fields};
use crate::domain::error::Code;

/// Problem answers that operations share: name, status, code of the example.
pub(super) const PROBLEMS: &[(&str, u16, Code, &str)] = &[
    (
        "BadRequest",
        400,
        Code::QueryUnknown,
        "The request cannot be read.",
    ),
    ("Unauthenticated", 401, Code::TokenMissing, "No valid token."),
    (
        "StepUpRequired",
        401,
        Code::AuthStepUpRequired,
        "No valid token; or the caller's sign-on is too weak or too long ago to decide, where the installation asks for \
         more (`auth.step_up_required`): the client lets its user sign on with the `acr_values` and `max_age` that are told.",
    ),
    (
        "Forbidden",
        403,
        Code::AccessForbidden,
        "The caller may not do this.",
    ),
    (
        "NotFound",
        404,
        Code::ResourceNotFound,
        "Absent, or invisible to the caller.",
    ),
    (
        "Conflict",
        409,
        Code::StateTransition,
        "The state of things does not permit it.",
    ),
    (
        "Gone",
        410,
        Code::CursorForeign,
        "What the cursor stands behind is not there any more.",
    ),
    (
        "PreconditionFailed",
        412,
        Code::EtagStale,
        "`If-Match` names another version.",
    ),
    (
        "NotAcceptable",
        406,
        Code::NotAcceptable,
        "The client takes no `application/json`.",
    ),
    (
        "BodyTimeout",
        408,
        Code::BodyTimeout,
        "The body came too slowly; the connection ends.",
    ),
    ("TooLarge", 413, Code::BodyTooLarge, "Too many bytes."),
    (
        "UriTooLong",
        414,
        Code::UriTooLong,
        "The address is longer than 8 KiB.",
    ),
    (
        "UnsupportedMediaType",
        415,
        Code::MediaTypeUnsupported,
        "Another media type than documented.",
    ),
    (
        "RangeNotSatisfiable",
        416,
        Code::RangeNotSatisfiable,
        "The asked part lies outside of the content.",
    ),
    (
        "Invalid",
        422,
        Code::BodyInvalid,
        "Well-formed, but not valid; every violation is listed.",
    ),
    (
        "PreconditionRequired",
        428,
        Code::EtagRequired,
        "`If-Match` is missing.",
    ),
    (
        "TooManyRequests",
        429,
        Code::RateExceeded,
        "The quota is used up; `Retry-After` says when there is a new one.",
    ),
    (
        "HeadTooLarge",
        431,
        Code::HeadTooLarge,
        "A header field is larger than 16 KiB, or all of them are larger than 64 KiB.",
    ),
    ("InternalError", 500, Code::Internal, "A fault of the service."),
    (
        "Unavailable",
        503,
        Code::DatabaseBusy,
        "Busy, or a dependency is down; try again.",
    ),
];

/// The shared problem answers as components.
pub(super) fn responses() -> Value {
    let mut all = Map::new();
    for (name, status, code, description) in PROBLEMS {
        let mut headers = fields::common();
        let own: &[(&str, &str)] = match status {
            401 | 403 => &[("WWW-Authenticate", "WWWAuthenticate")],
            // Only while the same key is being used by a request that has not ended.
            408 | 409 | 429 | 503 => &[("Retry-After", "RetryAfter")],
            412 => &[("ETag", "ETag")],
            415 => &[
                ("Accept", "Accept"),
                ("Accept-Encoding", "AcceptEncoding"),
                ("Accept-Patch", "AcceptPatch"),
            ],
            416 => &[("Content-Range", "ContentRange")],
            _ => &[],
        };
        for (field, name) in own.iter().chain(&deprecation::FIELDS) {
            headers.insert(
                (*field).to_owned(),
                json!({"$ref": format!("#/components/headers/{name}")}),
            );
        }
        let example = json!({
            "type": crate::api::problem::kind(*code),
            "title": code.title_en(), "status": status, "detail": code.title_en(),
            "instance": "/v1/campaigns", "code": code.as_str(),
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
        });
        all.insert(
            (*name).to_owned(),
            json!({
                "description": description, "headers": headers,
                "content": {"application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}, "example": example
                }}
            }),
        );
    }
    Value::Object(all)
}
