//! Every answer that any test receives is held against the OpenAPI document: the status is documented, the
//! body obeys the documented schema, and the header fields that clients rely on are named.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use reqwest::header::HeaderMap;
use serde_json::Value;
use thidua::api::Contract;

/// Fields that clients build on; others are the server's own affair.
const FIELDS: [&str; 21] = [
    "accept",
    "accept-encoding",
    "accept-patch",
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-language",
    "content-range",
    "deprecation",
    "etag",
    "location",
    "link",
    "idempotency-replayed",
    "ratelimit",
    "ratelimit-policy",
    "repr-digest",
    "retry-after",
    "sunset",
    "vary",
    "www-authenticate",
    "x-request-id",
];

/// The document as the handlers make it.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(thidua::api::openapi::document);
    &DOCUMENT
}

/// Every operation as (method, path, operation object), in the order of the paths.
pub fn operations() -> Vec<(String, String, &'static Value)> {
    let mut all: Vec<_> = document()["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(|(method, operation)| (method.to_ascii_uppercase(), path.clone(), operation))
        })
        .collect();
    all.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    all
}

/// The operation behind a request.
pub fn operation(method: &str, path: &str) -> Option<&'static Value> {
    type Known = Vec<(String, String, &'static Value)>;
    static ALL: LazyLock<Known> = LazyLock::new(operations);
    static FOUND: LazyLock<Mutex<HashMap<String, Option<usize>>>> = LazyLock::new(Mutex::default);
    let path = path.split('?').next().unwrap();
    let mut found = FOUND.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let index = *found.entry(format!("{method} {path}")).or_insert_with(|| {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let own: Vec<&str> = template.split('/').collect();
            own.len() == segments.len()
                && own
                    .iter()
                    .zip(&segments)
                    .all(|(own, given)| own == given || (own.starts_with('{') && !given.is_empty()))
        };
        // A path without parameters is nearer than one with them, whatever its methods.
        let parameters = |template: &str| template.matches('{').count();
        let fitting = || {
            ALL.iter()
                .enumerate()
                .filter(|(_, (_, template, _))| fits(template))
        };
        let least = fitting().map(|(_, (_, template, _))| parameters(template)).min();
        fitting()
            .find(|(_, (known, template, _))| known == method && Some(parameters(template)) == least)
            .map(|(index, _)| index)
    });
    index.map(|index| ALL[index].2)
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => document().pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// Words that would tell how the service is made (ERR-05).
pub const INNER: [&str; 11] = [
    "panicked",
    "diesel",
    "sqlx",
    "select ",
    ".rs:",
    "unwrap",
    "postgres",
    "sqlite",
    "stack",
    "127.0.0.1",
    "secret",
];

/// Fails when a refusal tells how the service is made.
#[track_caller]
pub fn tells_nothing_inner(text: &str) {
    let text = text.to_lowercase();
    for word in INNER {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

/// TOK-27: fails when a text holds a token, or the head of one.
#[track_caller]
pub fn holds_no_token(place: &str, text: &str) {
    // `{"` in base64url; what follows tells a head from chance.
    let found = text.split("eyJ").skip(1).any(|rest| {
        let of_head = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let head = rest.bytes().take_while(of_head).count();
        head > 8 && rest.as_bytes().get(head) == Some(&b'.')
    });
    assert!(!found, "{place} holds a token: {text}");
}

/// ERR-01, ERR-09: a refusal is a problem, and tells when to come back exactly where that makes sense.
#[track_caller]
fn is_a_refusal_as_promised(
    method: &str,
    path: &str,
    status: u16,
    headers: &HeaderMap,
    body: &Value,
    operation: Option<&'static Value>,
) {
    let probe = ["/livez", "/readyz", "/startupz"].contains(&path.split('?').next().unwrap());
    // The framework ends a connection on which nothing came with a bare 408.
    let of_the_framework = status == 408 && !headers.contains_key("content-type");
    if status < 400 || probe || of_the_framework {
        return;
    }
    let answer = operation.map(|operation| resolve(&operation["responses"][status.to_string()]));
    let without_body = answer.is_some_and(|answer| answer.is_object() && !answer["content"].is_object());
    let media = headers.get("content-type").and_then(|value| value.to_str().ok());
    let problem = media.is_some_and(|media| media.split(';').next() == Some("application/problem+json"));
    assert!(
        without_body || problem,
        "{method} {path} is refused with {status} as {media:?}"
    );
    let again = matches!(status, 408 | 429 | 503) || body["code"] == "idempotency.in_progress";
    let seconds = headers.get("retry-after").map(|value| value.to_str().unwrap());
    assert_eq!(
        seconds.is_some_and(|seconds| seconds.parse::<u64>().is_ok()),
        again,
        "{method} {path} is refused with {status} and Retry-After {seconds:?}: {body}"
    );
}

/// Fails when an answer is not what the document says.
#[track_caller]
pub fn hold(method: &str, path: &str, status: u16, headers: &HeaderMap, body: &Value) {
    // OBS-12: how long a part took is nobody's business outside.
    assert!(
        !headers.contains_key("server-timing"),
        "{method} {path} tells its times"
    );
    if status == 500 {
        tells_nothing_inner(&body.to_string());
    }
    let operation = operation(method, path);
    if method != "HEAD" {
        is_a_refusal_as_promised(method, path, status, headers, body, operation);
    }
    let Some(operation) = operation else {
        return;
    };
    let id = operation["operationId"].as_str().unwrap();
    let answer = &operation["responses"][status.to_string()];
    assert!(
        !answer.is_null(),
        "{id} answers {status}, which is not documented: {body}"
    );
    let answer = resolve(answer);
    let documented: Vec<String> = answer["headers"]
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys().map(|name| name.to_ascii_lowercase()))
        .collect();
    for field in FIELDS {
        assert!(
            !headers.contains_key(field) || documented.iter().any(|name| name == field),
            "{id} answers {status} with {field}, which is not documented"
        );
    }
    for field in ["etag", "location"] {
        let promised = status < 400 && documented.iter().any(|name| name == field);
        assert!(
            !promised || headers.contains_key(field),
            "{id} answers {status} without {field}, which is documented"
        );
    }
    // API-14, C-20: whose state it is, the state, and what it permits.
    if body["code"] == "state.transition_not_allowed" {
        let told = body["object"].is_string()
            && body["current_state"].is_string()
            && body["allowed_actions"].is_array();
        assert!(told, "{id} refuses a transition without its members: {body}");
    }
    let media = headers.get("content-type").and_then(|value| value.to_str().ok());
    let Some(media) = media.and_then(|media| media.split(';').next()) else {
        return;
    };
    let content = &answer["content"][media];
    assert!(
        !content.is_null() || answer["content"]["*/*"].is_object(),
        "{id} answers {status} as {media}, which is not documented"
    );
    if media == "application/problem+json" {
        let declared = &document()["components"]["schemas"]["Problem"]["properties"];
        let members = body.as_object().into_iter().flatten();
        for (name, _) in members {
            assert!(
                declared[name].is_object(),
                "{id} answers {status} with the member {name}, which is not documented: {body}"
            );
        }
    }
    // The bytes of a file are no JSON.
    if !media.ends_with("json") {
        return;
    }
    let Some(component) = content["schema"]["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
    else {
        return;
    };
    let validator = Contract::get().validator(component).unwrap();
    let found: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        found.is_empty(),
        "{id} answers {status} with a body that is no {component}:\n  {}\n{body}",
        found.join("\n  ")
    );
}
