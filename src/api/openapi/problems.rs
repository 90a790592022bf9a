//! The problem document as a schema, with the members that single codes add to it.

use serde_json::{Map, Value, json};

use crate::domain::error::Code;

/// What a member of its own holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Texts,
    Number,
    Numbers,
    Objects,
    Any,
}

/// Members that some codes add; the tests hold every refusal against them.
const MEMBERS: &[(&str, Kind, &str)] = &[
    (
        "object",
        Kind::Text,
        "Noun of the thing whose state forbids the act.",
    ),
    ("current_state", Kind::Text, "Its state."),
    (
        "allowed_actions",
        Kind::Texts,
        "Acts that the state permits, by name.",
    ),
    (
        "current_version",
        Kind::Number,
        "Version of now; `If-Match` named another one.",
    ),
    (
        "required_action",
        Kind::Text,
        "What the caller may not do, as `/v1/meta/permissions` names it.",
    ),
    ("required_role", Kind::Text, "Role that the act asks for."),
    (
        "acr_values",
        Kind::Texts,
        "Strengths of a sign-on one of which is needed, the preferred one first.",
    ),
    (
        "max_age",
        Kind::Number,
        "Seconds that may have passed since the sign-on.",
    ),
    (
        "accepted",
        Kind::Texts,
        "Media types or content codings that are accepted.",
    ),
    (
        "violated-policies",
        Kind::Texts,
        "Quotas that are used up, as `RateLimit-Policy` names them.",
    ),
    ("accepted_types", Kind::Texts, "Types that a file may have."),
    ("limit_bytes", Kind::Number, "Most bytes that are taken in."),
    ("size_bytes", Kind::Number, "Length of the content."),
    ("declared_bytes", Kind::Number, "Bytes that were declared."),
    ("received_bytes", Kind::Number, "Bytes that came."),
    ("line", Kind::Number, "Line of the body, from 1."),
    ("column", Kind::Number, "Column of the line, from 1."),
    (
        "rejected_rows",
        Kind::Numbers,
        "Lines that cannot be taken, counted from 0.",
    ),
    (
        "rejected_lines",
        Kind::Numbers,
        "The same as lines of the file, from 1.",
    ),
    ("rows", Kind::Number, "Lines that were read."),
    ("opens_at", Kind::Text, "When the window opens."),
    ("deadline_at", Kind::Text, "When the window closed."),
    ("received_at", Kind::Text, "When the dossier came in."),
    (
        "supplement_due_at",
        Kind::Text,
        "Until when a returned dossier could be completed.",
    ),
    ("submission_id", Kind::Text, "The dossier."),
    ("nomination_id", Kind::Text, "The nomination."),
    (
        "nomination_ids",
        Kind::Texts,
        "The nominations, as many as are told at once.",
    ),
    ("council_member_id", Kind::Text, "The membership."),
    ("decision_id", Kind::Text, "The decision on whose list it is."),
    ("item_id", Kind::Text, "The item of the decision."),
    ("session_id", Kind::Text, "The session that decided on it."),
    ("ordinal", Kind::Number, "Its number."),
    (
        "criteria",
        Kind::Texts,
        "Criteria that are not met or not proven.",
    ),
    ("papers", Kind::Texts, "Papers that are missing."),
    ("paper", Kind::Text, "Paper that is missing."),
    ("kind", Kind::Text, "Kind of the paper that is missing."),
    (
        "missing",
        Kind::Any,
        "What is missing: a name, or places in the plan.",
    ),
    (
        "sessions",
        Kind::Number,
        "Sessions that are neither confirmed nor called off.",
    ),
    (
        "decisions",
        Kind::Number,
        "Decisions that are neither issued nor given up.",
    ),
    (
        "forwardings",
        Kind::Number,
        "Forwardings that lie at the level above.",
    ),
    (
        "session_ids",
        Kind::Texts,
        "The first of those sessions; told to the one who acts.",
    ),
    (
        "decision_ids",
        Kind::Texts,
        "The first of those decisions; told to the one who acts.",
    ),
    (
        "forwarding_ids",
        Kind::Texts,
        "The first of those forwardings; told to the one who acts.",
    ),
    ("open", Kind::Number, "Nominations that are not decided."),
    ("maximum", Kind::Number, "As many as there may be."),
    ("date", Kind::Text, "Day for which nothing is known."),
    ("form", Kind::Text, "The award form."),
    ("subject_kind", Kind::Text, "Kind of subject."),
    (
        "which",
        Kind::Text,
        "Reading of the quota clause that is enforced.",
    ),
    ("lines", Kind::Objects, "Figures of that reading, by limit."),
    ("readings", Kind::Objects, "All readings with their figures."),
    ("present", Kind::Number, "Members who are present."),
    ("total", Kind::Number, "Members who are entitled."),
    ("numerator", Kind::Number, "The quorum, above the line."),
    ("denominator", Kind::Number, "The quorum, below the line."),
];

fn member(kind: Kind, description: &str) -> Value {
    let list = |items: Value| json!({"type": "array", "items": items, "description": description});
    match kind {
        Kind::Text => json!({"type": "string", "description": description}),
        Kind::Texts => list(json!({"type": "string"})),
        Kind::Number => json!({"type": "integer", "format": "int64", "description": description}),
        Kind::Numbers => list(json!({"type": "integer", "format": "int64"})),
        Kind::Objects => list(json!({"type": "object", "additionalProperties": true})),
        Kind::Any => json!({
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "description": description
        }),
    }
}

/// A refusal.
pub(super) fn problem() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let mut properties = Map::new();
    for (name, kind, description) in MEMBERS {
        properties.insert((*name).to_owned(), member(*kind, description));
    }
    let shared = json!({
        "current": {
            "type": "object", "additionalProperties": true,
            "description": "With `etag.stale`: the object as it is now, where the act would have answered it."
        },
        "type": {"type": "string", "format": "uri-reference", "description": "Reference of the code's description."},
        "title": {"type": "string", "description": "Title of the code in the language of the answer."},
        "status": {"type": "integer", "format": "int32", "description": "HTTP status."},
        "detail": {"type": "string", "description": "This case in a sentence."},
        "instance": {"type": "string", "format": "uri-reference", "description": "Path of the request."},
        "code": {"type": "string", "description": "Stable code. New values may appear.", "x-extensible-enum": codes},
        "trace_id": {"type": "string", "description": "Id of the trace, as in the logs of the service: the one of `traceparent` (W3C Trace Context), or a new one."},
        "errors": {
            "type": "array", "description": "Every violation found, at most 100.",
            "items": {"$ref": "#/components/schemas/Violation"}
        }
    });
    properties.extend(shared.as_object().cloned().unwrap_or_default());
    json!({
        "type": "object",
        "description": "A refusal (RFC 9457). What is not obligatory is there for some codes only.",
        "required": ["type", "title", "status", "detail", "instance", "code", "trace_id"],
        "properties": properties
    })
}

/// One violation.
pub(super) fn violation() -> Value {
    json!({
        "type": "object", "description": "One violation.", "required": ["code", "detail"],
        "properties": {
            "pointer": {"type": "string", "description": "JSON pointer into the body."},
            "parameter": {"type": "string", "description": "Name of a query parameter."},
            "header": {"type": "string", "description": "Name of a header field."},
            "code": {"type": "string", "description": "Stable code."},
            "detail": {"type": "string", "description": "Sentence in the language of the answer."},
            "params": {"type": "object", "description": "Figures and names of the case.", "additionalProperties": true}
        }
    })
}
