//! The OpenAPI document: what the handlers declare, plus what every operation shares.
//!
//! Handlers say what is their own. From the extensions `x-action` (the policy's action), `x-step-up` (an act that
//! decides), `x-versioned` and `x-problems` (statuses that few operations have) this file adds roles, header parameters, problem
//! answers and response headers, and it separates request schemas (closed lists, no unknown members) from
//! answer schemas (open both ways, OAS-07, OAS-08).

mod deprecation;
mod fields;
mod numbers;
mod parameters;
mod patches;
mod problems;
mod refusals;
mod separate;
pub mod texts;

pub(super) use patches::clearable_name;

use std::collections::BTreeSet;

use actix_web::App;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt as _;

use crate::domain::policy::{Action, RULES};
use crate::shell::deprecated::{DEPRECATED, Deprecated};

#[derive(OpenApi)]
#[openapi(info(
    title = "thidua",
    version = "1.0.0",
    description = "Phong trào thi đua và khen thưởng của một tỉnh: phát động, đề nghị, thẩm định, Hội đồng, \
                   quyết định. Emulation campaigns and commendations of a Vietnamese province.\n\n\
                   * Changes need `If-Match` with the resource's `ETag` (or `\"{version}\"`); without it 428, stale 412.\n\
                   * Every POST, PUT, PATCH and DELETE takes `Idempotency-Key`; the same request with the same key \
                   within 72 hours gives the stored answer with `Idempotency-Replayed: true`.\n\
                   * `dry_run=true` on a write (not of a file's content) checks and answers everything and keeps nothing.\n\
                   * Lists are paged by `next_cursor`; `Prefer: count=exact` adds their `total`, except to the public \
                   `/v1/honors`, which everyone may keep as it is.\n\
                   * A query parameter that the operation does not have, that is there twice or has no value is \
                   refused with 400. The probes and this document pass over whatever stands in their query.\n\
                   * `x-required-roles` and \"Roles\" name the roles one of which an operation needs; where the objects \
                   lie decides over which of them. `NOMINEE` is everyone with a valid token.\n\
                   * `x-step-up` marks the acts that decide. An installation may ask for a stronger or more recent sign-on \
                   there: 401 `auth.step_up_required`, with `acr_values` and `max_age` in `WWW-Authenticate` (RFC 9470).\n\
                   * A PATCH that changes nothing is answered with 200 and gives no new version.\n\
                   * Each caller has a quota of requests, 600 a minute unless the installation says otherwise; requests \
                   without a valid token share that of their address. `RateLimit-Policy` and `RateLimit` tell it with \
                   every answer but those that everyone may keep, 304 costs nothing, beyond it 429 with `Retry-After`. There are no other quotas; an \
                   overloaded service answers 503 with `Retry-After`.\n\
                   * Address up to 8 KiB (414), one header field up to 16 KiB, all up to 64 KiB and 96 in number (431), a JSON \
                   body up to 1 MiB (413) and 32 levels deep. A body may pause for 10 seconds and must come within 30 \
                   seconds and its size at 50 KiB a second (408).\n\
                   * A new connection whose first head is not there within 5 seconds ends with 408 without a body. A client \
                   that kept one ready and gets this answer sends its request again on another (RFC 9110, 15.5.9).\n\
                   * An evidence file has at most 50 MiB and a submission at most 100 attachments unless the installation says \
                   otherwise. 32 uploads and 4 searches run at a time, of one caller 4 uploads; others wait for their turn.\n\
                   * Another method on a known path is answered with 405 and `Allow`, OPTIONS with 204 and `Allow`.\n\
                   * New members, new values of code lists, new optional parameters and new event types may appear at any \
                   time and are not a breaking change.\n\
                   * What will go is `deprecated` here, and its answers say so for 180 days at least: `Deprecation` (RFC 9745), \
                   `Sunset` (RFC 8594) and `Link` with `rel=\"deprecation\"`, which leads to what takes its place.\n\
                   * Refusals are RFC 9457 problem documents in Vietnamese or English (`Accept-Language`).",
    license(name = "Apache-2.0", identifier = "Apache-2.0"),
    contact(name = "thidua", url = "https://example.gov.vn/thidua")
), servers((url = "/", description = "This service")))]
struct Base;

/// Tags in the order of the way of a campaign.
const TAGS: &[(&str, &str)] = &[
    ("me", "Who the caller is and what waits for it."),
    (
        "organizations",
        "Organisations and their internal units, as a tree with validity in time.",
    ),
    ("role-grants", "Who may do what where."),
    ("persons", "Individuals and collectives that can be rewarded."),
    (
        "reference",
        "Effective-dated legal data: award forms, base salaries, holidays, rule sets.",
    ),
    (
        "campaigns",
        "Campaigns with their plan, its amendments, the roll, the quota and the statistics.",
    ),
    ("submissions", "Dossiers of the divisions and their nominations."),
    ("files", "Evidence files."),
    ("reviews", "Review acts on nominations."),
    ("councils", "Councils and their dated members."),
    (
        "review-sessions",
        "Meetings of a council: agenda, attendance, votes, minutes.",
    ),
    (
        "decisions",
        "Decisions, their revocation and correction, recovery.",
    ),
    ("forwardings", "What is forwarded to the province."),
    ("honors", "The public list of honours."),
    ("audit", "The journal."),
    (
        "meta",
        "The service about itself: state machines, permissions, error codes, events.",
    ),
    ("service", "Probes."),
];

/// The document as served at `/openapi.json` and kept in `openapi/openapi.json`.
pub fn document() -> Value {
    document_with(DEPRECATED)
}

/// The document with these operations that will go.
pub fn document_with(deprecated: &[Deprecated]) -> Value {
    let (_, api) = App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .configure(|config| super::routes(config))
        .split_for_parts();
    let mut document = serde_json::to_value(&api).unwrap_or_default();
    if let Some(tags) = document.as_object_mut() {
        let list = TAGS
            .iter()
            .map(|(name, text)| json!({"name": name, "description": text}))
            .collect();
        tags.insert("tags".to_owned(), Value::Array(list));
        tags.insert("security".to_owned(), json!([{"bearer": []}]));
    }
    shared_components(&mut document);
    let resources = resources(&document);
    for_each_operation(&mut document, |path, method, operation| {
        complete(path, method, operation, &resources);
        deprecation::mark(operation, deprecated);
    });
    let examples = examples();
    for_each_operation(&mut document, |_, _, operation| {
        show_example(&examples, operation);
    });
    fields::refer(&mut document);
    parameters::refer(&mut document);
    parameters::tell_examples(&mut document);
    may_be_absent(&mut document);
    separate::name_items(&mut document);
    texts::mark(&mut document);
    patches::expand(&mut document);
    separate::answers(&mut document);
    separate::drop_unused(&mut document);
    separate::drop_null_defaults(&mut document);
    numbers::mark(&mut document);
    parameters::bound(&mut document);
    document
}

/// Whether an object has members that must be there.
fn has_obligatory_members(schema: &Value) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| !required.is_empty())
}

/// A body without obligatory members may be left out: nothing at all means `{}`.
fn may_be_absent(document: &mut Value) {
    let schemas = document
        .pointer("/components/schemas")
        .cloned()
        .unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(Map::values_mut) {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let optional = operation
                .pointer("/requestBody/content/application~1json/schema/$ref")
                .and_then(Value::as_str)
                .and_then(|reference| schemas.get(reference.rsplit('/').next()?))
                .is_some_and(|schema| !has_obligatory_members(schema));
            if optional && let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) {
                body.insert("required".to_owned(), json!(false));
            }
        }
    }
}

fn for_each_operation(document: &mut Value, change: impl Fn(&str, &str, &mut Map<String, Value>)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                change(path, method, operation);
            }
        }
    }
}

fn shared_components(document: &mut Value) {
    let Some(document) = document.as_object_mut() else {
        return;
    };
    let components = document.entry("components").or_insert_with(|| json!({}));
    let Some(components) = components.as_object_mut() else {
        return;
    };
    components.insert(
        "securitySchemes".to_owned(),
        json!({"bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "Access token of the provincial SSO with this service as audience."
        }}),
    );
    components.insert("parameters".to_owned(), parameters());
    components.insert("headers".to_owned(), fields::headers());
    components.insert("responses".to_owned(), refusals::responses());
    let schemas = components.entry("schemas").or_insert_with(|| json!({}));
    if let Some(schemas) = schemas.as_object_mut() {
        schemas.insert("Problem".to_owned(), problems::problem());
        schemas.insert("Violation".to_owned(), problems::violation());
    }
}

/// Strong tags (RFC 9110 8.8.3), or any.
const TAGS_PATTERN: &str = r#"^(\*|"[!#-+\--~]+"( *, *"[!#-+\--~]+")*)$"#;
/// A key, bare or as a structured field's string.
const KEY_PATTERN: &str = r#"^([!#-~][!-~]{0,254}|"[!#-~]{1,255}")$"#;

fn parameters() -> Value {
    json!({
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "schema": {"type": "string", "pattern": TAGS_PATTERN, "example": "\"3\""},
            "description": "`ETag` of the resource as last seen, `\"{version}\"`, or `*`."
        },
        "IfMatchIfSent": {
            "name": "If-Match", "in": "header", "required": false,
            "schema": {"type": "string", "pattern": TAGS_PATTERN, "example": "\"3\""},
            "description": "Not needed. When it is sent, it must hold for the resource that the path names, or that the \
                            body names to add to: \
                            `ETag` of that resource, `\"{version}\"`, or `*`."
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "schema": {"type": "string", "example": "\"3-0a1b2c3d4e5f\""},
            "description": "`ETag` that the client has; 304 if it is current."
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": {"type": "string", "pattern": KEY_PATTERN, "example": "8e03978e-40d5-43dd-bc93-6894a57f9324"},
            "description": "Makes repeating safe: same key and request within 72 hours, same answer, one effect."
        },
        "AcceptLanguage": {
            "name": "Accept-Language", "in": "header", "required": false,
            "schema": {"type": "string", "example": "vi"}, "description": "`vi` (default) or `en`."
        },
        "Prefer": {
            "name": "Prefer", "in": "header", "required": false, "schema": {"type": "string", "example": "count=exact"},
            "description": "`count=exact` (RFC 7240): `total` tells how many items the whole list has, up to 10 000; \
                            `Preference-Applied` says that it does."
        },
        "Range": {
            "name": "Range", "in": "header", "required": false,
            "schema": {"type": "string", "example": "bytes=0-1023"}, "description": "One byte range (RFC 9110 14.2)."
        },
        "DryRun": {
            "name": "dry_run", "in": "query", "required": false, "schema": {"type": "boolean", "default": false},
            "description": "Check and answer everything, keep nothing."
        },
    })
}

/// References of the schemas that are resources: what a write answers of them has remarks, and a tag.
fn resources(document: &Value) -> BTreeSet<String> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let resources = schemas.into_iter().flatten().filter(|(_, schema)| {
        let outcome = schema.pointer("/properties/outcome/$ref");
        outcome.is_some_and(|reference| reference == "#/components/schemas/Outcome")
    });
    resources
        .map(|(name, _)| format!("#/components/schemas/{name}"))
        .collect()
}

/// Adds what an operation shares with the others.
fn complete(path: &str, method: &str, operation: &mut Map<String, Value>, resources: &BTreeSet<String>) {
    // `true`: needed; `"if-sent"`: held when it is sent.
    let versioned = operation.remove("x-versioned");
    let if_match = versioned.map(|value| if value == true { "IfMatch" } else { "IfMatchIfSent" });
    let action = operation
        .get("x-action")
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<Action>().ok());
    if let Some(action) = action {
        describe_roles(operation, action);
    }
    let public = operation
        .get("security")
        .is_some_and(|value| value == &json!([{}]));
    if public {
        operation.insert("security".to_owned(), json!([]));
    }
    let write = method != "get";
    let single = path.contains('{');
    let list = is_list(operation);
    let conditional = !write && !public && !list;
    add_parameters(operation, write, if_match, conditional);
    // What is public may be kept by everyone, whatever one of them prefers.
    if list && !public {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        let prefer = json!({"$ref": "#/components/parameters/Prefer"});
        parameters.into_iter().for_each(|all| all.push(prefer.clone()));
    }
    let has_body = operation.contains_key("requestBody");
    let mut names = vec!["InternalError", "Unavailable"];
    if !public {
        let decides = operation.get("x-step-up") == Some(&json!(true));
        names.push(if decides {
            "StepUpRequired"
        } else {
            "Unauthenticated"
        });
        names.push("Forbidden");
    }
    // A body may name what is absent or invisible, too.
    if single || has_body {
        names.push("NotFound");
    }
    if write {
        names.extend(["Conflict", "Invalid"]);
    }
    if has_body {
        names.extend(["BodyTimeout", "TooLarge", "UnsupportedMediaType"]);
    }
    // The probes are outside of every limit, and pass over what stands in their query: whoever asks them adds what
    // it likes, and takes the process out of service when it is refused.
    if path.starts_with("/v1/") {
        names.extend([
            "BadRequest",
            "NotAcceptable",
            "UriTooLong",
            "TooManyRequests",
            "HeadTooLarge",
        ]);
    }
    if if_match.is_some() {
        names.push("PreconditionFailed");
    }
    if if_match == Some("IfMatch") {
        names.push("PreconditionRequired");
    }
    let own = operation.remove("x-problems").unwrap_or_default();
    let own = own.as_array().into_iter().flatten().filter_map(Value::as_u64);
    names.extend(own.filter_map(|status| {
        let mut known = refusals::PROBLEMS
            .iter()
            .filter(|problem| u64::from(problem.1) == status);
        known.next().map(|problem| problem.0)
    }));
    let kind = match (write, list, conditional) {
        (true, ..) => Kind::Write,
        (_, true, _) => Kind::List,
        (.., true) => Kind::Conditional,
        _ => Kind::Plain,
    };
    add_responses(operation, &names, kind, !public, resources);
}

/// What an operation answers, as far as its header fields go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A change.
    Write,
    /// A page of a list.
    List,
    /// A representation with a tag.
    Conditional,
    /// Anything else that is read.
    Plain,
}

/// Lists are what takes a cursor.
fn is_list(operation: &Map<String, Value>) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters
        .into_iter()
        .flatten()
        .any(|parameter| parameter.get("name").is_some_and(|name| name == "cursor"))
}

/// Real answers of the tests, by operationId (`RECORD_EXAMPLES=1 cargo test --test it` writes them).
fn examples() -> Map<String, Value> {
    serde_json::from_str(include_str!("../../openapi/examples.json")).unwrap_or_default()
}

/// Shows a recorded answer at the operation's main answer.
fn show_example(examples: &Map<String, Value>, operation: &mut Map<String, Value>) {
    let recorded = operation
        .get("operationId")
        .and_then(Value::as_str)
        .and_then(|id| examples.get(id));
    let Some((status, body)) = recorded.and_then(|one| Some((one.get("status")?, one.get("body")?))) else {
        return;
    };
    let content = operation
        .get_mut("responses")
        .and_then(|responses| responses.get_mut(status.to_string()))
        .and_then(|response| response.pointer_mut("/content/application~1json"))
        .and_then(Value::as_object_mut);
    if let Some(content) = content {
        content.entry("example").or_insert_with(|| body.clone());
    }
}

fn describe_roles(operation: &mut Map<String, Value>, action: Action) {
    let roles: BTreeSet<&str> = RULES
        .iter()
        .filter(|rule| rule.actions.contains(&action))
        .map(|rule| rule.role.as_str())
        .collect();
    operation.insert("x-required-roles".to_owned(), json!(roles));
    let names = roles.into_iter().collect::<Vec<_>>().join(", ");
    let own = operation
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let text = format!("{own}\n\nRoles: {names}.").trim_start().to_owned();
    operation.insert("description".to_owned(), Value::String(text));
}

fn add_parameters(
    operation: &mut Map<String, Value>,
    write: bool,
    if_match: Option<&str>,
    conditional: bool,
) {
    let list = operation.entry("parameters").or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else { return };
    let mut add = |name: &str| list.push(json!({"$ref": format!("#/components/parameters/{name}")}));
    add("AcceptLanguage");
    if write {
        add("IdempotencyKey");
        add("DryRun");
    } else if conditional {
        add("IfNoneMatch");
    }
    if let Some(name) = if_match {
        add(name);
    }
}

fn add_responses(
    operation: &mut Map<String, Value>,
    names: &[&str],
    kind: Kind,
    counted: bool,
    resources: &BTreeSet<String>,
) {
    let Some(responses) = operation
        .entry("responses")
        .or_insert_with(|| json!({}))
        .as_object_mut()
    else {
        return;
    };
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else {
            continue;
        };
        let resource = response
            .get("content")
            .and_then(|content| content.pointer("/application~1json/schema/$ref")?.as_str())
            .is_some_and(|reference| resources.contains(reference));
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        let Some(headers) = headers.as_object_mut() else {
            continue;
        };
        let file = headers.contains_key("Content-Disposition");
        let mut add = |field: &str, name: &str| {
            headers.insert(
                field.to_owned(),
                json!({"$ref": format!("#/components/headers/{name}")}),
            );
        };
        for (field, name) in fields::COMMON {
            // What somebody uploaded is in whatever language it is in.
            if !(file && field == "Content-Language") {
                add(field, name);
            }
        }
        if kind == Kind::Write && status.starts_with('2') {
            add("Idempotency-Replayed", "IdempotencyReplayed");
        }
        match (status.as_str(), kind) {
            ("200", Kind::Conditional) | ("201", Kind::Write) => add("ETag", "ETag"),
            ("200", Kind::List) => {
                add("Link", "Link");
                if counted {
                    add("Preference-Applied", "PreferenceApplied");
                }
            }
            ("200", Kind::Write) if resource => add("ETag", "ETag"),
            ("206", _) => {
                add("ETag", "ETag");
                add("Content-Range", "ContentRange");
            }
            _ => {}
        }
        if status == "201" {
            add("Location", "Location");
        }
    }
    if kind == Kind::Conditional && responses.contains_key("200") {
        let mut headers = fields::common();
        headers.insert("ETag".to_owned(), json!({"$ref": "#/components/headers/ETag"}));
        let text = json!({"description": "The client's representation is current.", "headers": headers});
        responses.entry("304").or_insert(text);
    }
    for (name, status, _, _) in refusals::PROBLEMS {
        if names.contains(name) {
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            responses.entry(status.to_string()).or_insert(reference);
        }
    }
}
