//! The parts that the OpenAPI document is made of: fields and conditions that are the same everywhere (OAS-10), lists
//! of values (OAS-07), alternatives (OAS-09), bounds (LIM-01) and the limits that it tells (RAT-04); and that nothing
//! is routed that it does not know (OAS-02).

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{App, HttpRequest, web};
use serde_json::{Value, json};
use thidua::settings::Settings;

use crate::commands::GOOD;
use crate::contract::{collect, each_schema, none, operations, resolve, schemas};
use crate::support::promises::document;

/// Names of the schemas that can be reached from a part of every operation.
fn reached(part: &str) -> BTreeSet<&'static str> {
    let mut waiting = Vec::new();
    for operation in operations() {
        collect(&operation.value[part], &mut waiting);
    }
    if part == "responses" {
        // Refusals are referred to.
        collect(&document()["components"]["responses"], &mut waiting);
    }
    let mut reached = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            collect(&schemas()[name], &mut waiting);
        }
    }
    reached
}

/// Every schema below a part of every operation, with its path.
fn each_reached(part: &str, visit: &mut impl FnMut(&'static Value, &str)) {
    for name in reached(part) {
        each_schema(&schemas()[name], name, visit);
    }
}

/// `{id:[0-9a-f-]+}` is `{id}` in the document.
fn template(pattern: &str) -> String {
    let segments: Vec<String> = pattern
        .split('/')
        .map(|segment| match segment.split_once(':') {
            Some((name, _)) if segment.starts_with('{') => format!("{name}}}"),
            _ => segment.to_owned(),
        })
        .collect();
    segments.join("/")
}

/// OAS-02, from the router to the document; the other way, and the methods of each path, are asked of a running
/// service (`contract::the_router_knows_what_the_document_knows`).
#[test]
fn the_document_knows_what_the_router_knows() {
    // Its map is told to a request alone.
    async fn map(request: HttpRequest) -> String {
        format!("{:?}", request.resource_map())
    }
    let told = actix_web::rt::System::new().block_on(async {
        let app = App::new()
            .configure(thidua::api::routes)
            .configure(thidua::api::documentation)
            .default_service(web::to(map));
        let app = actix_web::test::init_service(app).await;
        let nowhere = actix_web::test::TestRequest::get().uri("/nowhere").to_request();
        actix_web::test::call_and_read_body(&app, nowhere).await
    });
    let told = String::from_utf8(told.to_vec()).unwrap();
    let routed: BTreeSet<String> = told
        .split("patterns: Single(\"")
        .skip(1)
        .map(|rest| template(rest.split_once("\")").unwrap().0))
        .filter(|pattern| !pattern.is_empty())
        .collect();
    assert!(!told.contains("patterns: List("), "{told}");
    let mut known: BTreeSet<String> = operations().into_iter().map(|one| one.path).collect();
    assert!(known.len() > 50);
    // The document and its viewer are no operations of it (C-26).
    known.extend(["/openapi.json", "/docs", "/docs/{file}"].map(str::to_owned));
    assert_eq!(routed, known);
    // Nor does the server route anything beside these two.
    let server = include_str!("../../src/server.rs");
    assert!(server.contains(".configure(api::routes)") && server.contains("api::documentation(config)"));
    assert_eq!(server.matches(".configure(").count(), 2);
    for beside in [".route(", ".service(", "web::resource", "web::scope"] {
        assert!(!server.contains(beside), "{beside}");
    }
}

/// OAS-10.
#[test]
fn fields_and_conditions_are_components_everywhere() {
    let mut found = Vec::new();
    for operation in operations() {
        let mut fault = |text: String| found.push(format!("{}: {text}", operation.id()));
        let (mut named, mut query) = (BTreeSet::new(), BTreeSet::new());
        for parameter in operation.value["parameters"].as_array().unwrap() {
            let whole = &resolve_here(parameter);
            let name = whole["name"].as_str().unwrap().to_owned();
            if whole["in"] == "header" {
                if parameter["$ref"].is_null() {
                    fault(format!("{name} is no component"));
                }
                named.insert(name);
            } else {
                query.insert(name);
            }
        }
        let write = operation.method != "GET";
        let expected = |name: &str| match name {
            "Accept-Language" => true,
            "Idempotency-Key" => write,
            _ => false,
        };
        for name in ["Accept-Language", "Idempotency-Key"] {
            if named.contains(name) != expected(name) {
                fault(format!(
                    "{name} is {}",
                    if expected(name) { "missing" } else { "superfluous" }
                ));
            }
        }
        // What is there already is changed by its version, whatever is done to it; what adds to a collection may name
        // the version of what it adds to.
        let object = operation.path.contains('{');
        let conditions = operation.value["responses"]["428"].is_object();
        if conditions != (named.contains("If-Match") && obligatory(operation.value)) {
            fault("428 and If-Match do not go together".to_owned());
        }
        if ["PATCH", "DELETE"].contains(&operation.method.as_str()) && object && !conditions {
            fault("is changed without a version".to_owned());
        }
        if !write && named.contains("If-None-Match") != operation.value["responses"]["304"].is_object() {
            fault("304 and If-None-Match do not go together".to_owned());
        }
        for (status, answer) in operation.value["responses"].as_object().unwrap() {
            for (field, described) in answer["headers"].as_object().into_iter().flatten() {
                if described["$ref"].is_null() {
                    fault(format!("{field} of {status} is no component"));
                }
            }
        }
    }
    for (name, answer) in document()["components"]["responses"].as_object().unwrap() {
        for (field, described) in answer["headers"].as_object().into_iter().flatten() {
            if described["$ref"].is_null() {
                found.push(format!("{field} of {name} is no component"));
            }
        }
    }
    none("fields that are described on the spot", &found);
    for field in [
        "ETag",
        "Location",
        "Link",
        "RetryAfter",
        "RateLimit",
        "RateLimitPolicy",
        "RequestId",
    ] {
        assert!(document()["components"]["headers"][field].is_object(), "{field}");
    }
}

/// A parameter, wherever it is described.
fn resolve_here(parameter: &'static Value) -> Value {
    resolve(parameter).clone()
}

/// Whether an operation cannot do without `If-Match`.
fn obligatory(operation: &'static Value) -> bool {
    let parameters = operation["parameters"].as_array().unwrap().iter();
    parameters
        .map(resolve)
        .any(|parameter| parameter["name"] == "If-Match" && parameter["required"] == true)
}

/// OAS-07: whoever reads is told the known values and that more may come; whoever writes is held to a list.
#[test]
fn lists_of_values_are_open_in_answers_and_closed_in_requests() {
    let (mut found, mut open, mut closed) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    each_reached("responses", &mut |value, path| {
        let Some(known) = value["x-extensible-enum"].as_array() else {
            return;
        };
        open.insert(path.to_owned());
        if value["type"] != "string" {
            found.push(format!("{path}: of another type than string"));
        }
        if known.is_empty() || !known.iter().all(Value::is_string) {
            found.push(format!("{path}: without known values"));
        }
        let description = value["description"].as_str().unwrap_or_default();
        if !description.contains("New values may appear.") {
            found.push(format!("{path}: does not say that new values may appear"));
        }
    });
    each_reached("requestBody", &mut |value, path| {
        if value["enum"].is_array() {
            closed.insert(path.to_owned());
        }
        if value.get("x-extensible-enum").is_some() {
            found.push(format!("{path}: an open list in a request"));
        }
    });
    for operation in operations() {
        for parameter in operation.value["parameters"].as_array().unwrap() {
            if parameter["schema"].get("x-extensible-enum").is_some() {
                found.push(format!("{}: an open list in a parameter", operation.id()));
            }
        }
    }
    none("lists of values", &found);
    assert!(
        open.len() > 40 && closed.len() > 20,
        "{} {}",
        open.len(),
        closed.len()
    );
}

/// OAS-09: of alternatives that are objects a discriminator tells which it is, and each has a name.
#[test]
fn alternatives_of_objects_are_told_apart() {
    let mut found = Vec::new();
    for (name, schema) in schemas() {
        each_schema(schema, name, &mut |value, path| {
            for key in ["oneOf", "anyOf"] {
                let branches = value[key].as_array().into_iter().flatten();
                let objects = branches.filter(|branch| {
                    let whole = resolve(branch);
                    whole["type"] == "object" || whole["properties"].is_object() || whole["allOf"].is_array()
                });
                let objects: Vec<_> = objects.collect();
                let named = objects.iter().all(|branch| branch["$ref"].is_string());
                let told_apart = named && value["discriminator"]["propertyName"].is_string();
                if !objects.is_empty() && !told_apart {
                    found.push(format!("{path}: {key}"));
                }
            }
        });
    }
    none("alternatives that nobody can tell apart", &found);
}

/// LIM-01: every object of a request is closed and has fewer than 200 members, every list at most 1 000 items; the lines
/// of an import are 5 000 (M-32).
#[test]
fn lists_and_objects_of_requests_are_bounded() {
    let (mut found, mut long) = (Vec::new(), BTreeMap::new());
    each_reached("requestBody", &mut |value, path| {
        let kind = |wanted: &str| match &value["type"] {
            Value::String(kind) => kind == wanted,
            Value::Array(kinds) => kinds.contains(&json!(wanted)),
            _ => false,
        };
        if kind("array") {
            match value["maxItems"].as_u64() {
                Some(0..=1000) => {}
                Some(more) => {
                    long.insert(path.to_owned(), more);
                }
                None => found.push(format!("{path}: a list without an end")),
            }
        }
        if kind("object") {
            let members = value["properties"].as_object().map_or(0, serde_json::Map::len);
            if value["additionalProperties"] != json!(false) || members > 200 {
                found.push(format!("{path}: an object without an end"));
            }
        }
    });
    none("requests without bounds", &found);
    let imports = [
        "ImportCollectives.rows",
        "ImportIndividuals.rows",
        "ImportParticipants.rows",
    ];
    assert_eq!(long, imports.map(|path| (path.to_owned(), 5000)).into());
}

/// RAT-04: the limits that the document tells are those of the default settings. Those of the head, of a body's size and
/// of its depth are no settings; `shell::limits` and `problems` hold them to the byte.
#[test]
fn the_limits_of_the_document_are_the_defaults() {
    let variables = GOOD.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::read(None, Some(variables.into())).unwrap();
    let (server, limits, storage) = (&settings.server, &settings.limits, &settings.storage);
    let told = document()["info"]["description"].as_str().unwrap();
    assert_eq!(limits.window_seconds, 60);
    assert_eq!(limits.address_requests, limits.caller_requests);
    for sentence in [
        format!("Each caller has a quota of requests, {} a minute unless", limits.caller_requests),
        "requests without a valid token share that of their address".to_owned(),
        "There are no other quotas".to_owned(),
        format!("A body may pause for {} seconds", server.body_idle_seconds),
        format!(
            "must come within {} seconds and its size at {} KiB a second (408)",
            server.body_seconds,
            server.body_bytes_per_second / 1024
        ),
        format!("with the same key within {} hours", settings.idempotency.hours),
        format!("An evidence file has at most {} MiB", storage.max_file_bytes / 1024 / 1024),
        format!("a submission at most {} attachments", storage.max_attachments),
        format!(
            "{} uploads and {} searches run at a time, of one caller {} uploads",
            limits.uploads,
            limits.searches,
            thidua::api::UPLOADS_EACH
        ),
        format!("whose first head is not there within {} seconds", server.head_seconds),
        "Address up to 8 KiB (414), one header field up to 16 KiB, all up to 64 KiB and 96 in number (431), a JSON body up to \
         1 MiB (413) and 32 levels deep"
            .to_owned(),
    ] {
        assert!(told.contains(&sentence), "{sentence}: {told}");
    }
}
