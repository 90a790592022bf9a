//! The OpenAPI document is the service: it equals the file that is kept, it is complete, its examples are
//! valid, and the router answers exactly what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};
use thidua::domain::caller::Role;
use thidua::domain::error::Code;

use crate::support::promises::{self, document};
use crate::support::world::{Reply, World};
use crate::support::{Database, run, snapshot};

pub struct Operation {
    pub method: String,
    pub path: String,
    pub value: &'static Value,
}

impl Operation {
    pub fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap_or("?")
    }

    fn is_public(&self) -> bool {
        self.value["security"] == json!([])
    }

    fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// A real path: every parameter is an identifier of nothing.
    fn concrete(&self) -> String {
        let absent = "0199ffff-0000-7000-8000-00000000dead";
        let segments: Vec<&str> = self
            .path
            .split('/')
            .map(|segment| if segment.starts_with('{') { absent } else { segment })
            .collect();
        segments.join("/")
    }

    fn answers(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.value["responses"].as_object().unwrap().iter()
    }

    /// Status, media type and content of the answers with 2xx.
    fn contents(&self) -> Vec<(&str, &str, &Value)> {
        self.answers()
            .filter(|(status, _)| status.starts_with('2'))
            .flat_map(|(status, answer)| {
                let contents = answer["content"].as_object().into_iter().flatten();
                contents.map(move |(media, content)| (status.as_str(), media.as_str(), content))
            })
            .collect()
    }
}

pub fn operations() -> Vec<Operation> {
    let all: Vec<Operation> = promises::operations()
        .into_iter()
        .map(|(method, path, value)| Operation { method, path, value })
        .collect();
    assert!(all.len() > 8);
    all
}

pub fn schemas() -> &'static Map<String, Value> {
    document()["components"]["schemas"].as_object().unwrap()
}

pub fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => document().pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

#[track_caller]
pub fn none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

#[test]
fn the_kept_file_is_the_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let made = format!("{}\n", serde_json::to_string_pretty(document()).unwrap());
    if snapshot::renewing() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == made,
        "openapi/openapi.json is not what the handlers say. If the change is wanted: \
         cargo run -- openapi > openapi/openapi.json"
    );
}

#[test]
fn every_operation_is_complete() {
    let tags: BTreeSet<&str> = document()["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for operation in operations() {
        let value = operation.value;
        let mut fault = |text: &str| found.push(format!("{} {}: {text}", operation.method, operation.path));
        let id = operation.id();
        let camel = id.starts_with(|first: char| first.is_ascii_lowercase())
            && id.chars().all(|letter| letter.is_ascii_alphanumeric());
        if !camel || !ids.insert(id.to_owned()) {
            fault("operationId is not unique lowerCamelCase");
        }
        let own: Vec<&str> = value["tags"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        if own.len() != 1 || !tags.contains(own[0]) {
            fault("not one known tag");
        }
        for member in ["summary", "description"] {
            if value[member].as_str().is_none_or(str::is_empty) {
                fault(&format!("no {member}"));
            }
        }
        if value["summary"]
            .as_str()
            .is_some_and(|summary| summary.ends_with('.'))
        {
            fault("the summary is a title, without a full stop");
        }
        if !operation.is_public() && value["x-action"].as_str().is_none() && operation.path != "/v1/me" {
            fault("neither x-action nor public");
        }
        let declared: BTreeSet<&str> = value["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let used: BTreeSet<&str> = operation
            .path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        if declared != used {
            fault(&format!("path parameters declared {declared:?}, used {used:?}"));
        }
        check_answers(&operation, &mut fault);
    }
    none("incomplete operations", &found);
}

fn check_answers(operation: &Operation, fault: &mut impl FnMut(&str)) {
    let statuses: BTreeSet<&str> = operation.answers().map(|(status, _)| status.as_str()).collect();
    if !statuses.iter().any(|status| status.starts_with('2')) {
        fault("no 2xx answer");
    }
    let mut wanted = vec!["500", "503"];
    // Probes pass over what stands in their query.
    if operation.path.starts_with("/v1/") {
        wanted.push("400");
    }
    if !operation.is_public() {
        wanted.extend(["401", "403"]);
    }
    for status in wanted {
        if !statuses.contains(status) {
            fault(&format!("no answer {status}"));
        }
    }
    for (status, answer) in operation.answers() {
        let answer = match answer["$ref"].as_str() {
            Some(reference) => document().pointer(reference.trim_start_matches('#')).unwrap(),
            None => answer,
        };
        if answer["description"].as_str().is_none_or(str::is_empty) {
            fault(&format!("{status} has no description"));
        }
        let has_schema = answer["content"]
            .as_object()
            .is_some_and(|contents| contents.values().all(|content| content["schema"].is_object()));
        if status.starts_with('2') && status != "204" && !has_schema {
            fault(&format!("{status} has no schema"));
        }
        let problem = answer["content"]["application/problem+json"].is_object();
        let own = operation.path == "/readyz" || operation.path == "/startupz";
        if (status.starts_with('4') || status.starts_with('5')) && !problem && !own {
            fault(&format!("{status} is no problem document"));
        }
    }
}

/// Calls `visit` for every schema below a value, with its path.
pub fn each_schema(value: &'static Value, path: &str, visit: &mut impl FnMut(&'static Value, &str)) {
    visit(value, path);
    for (name, member) in value["properties"].as_object().into_iter().flatten() {
        each_schema(member, &format!("{path}.{name}"), visit);
    }
    for key in ["items", "additionalProperties"] {
        if value[key].is_object() {
            each_schema(&value[key], &format!("{path}[]"), visit);
        }
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for branch in value[key].as_array().into_iter().flatten() {
            each_schema(branch, &format!("{path}|"), visit);
        }
    }
}

#[test]
fn every_schema_is_a_clear_one() {
    let mut found = Vec::new();
    for (name, schema) in schemas() {
        each_schema(schema, name, &mut |value, path| {
            for (member, inner) in value["properties"].as_object().into_iter().flatten() {
                let described = inner["description"]
                    .as_str()
                    .or_else(|| resolve(inner)["description"].as_str());
                if described.is_none_or(str::is_empty) {
                    found.push(format!("{path}.{member}: no description"));
                }
            }
            for key in ["oneOf", "anyOf"] {
                let null = |branch: &Value| branch["type"] == "null";
                if value[key]
                    .as_array()
                    .is_some_and(|branches| branches.iter().any(null))
                {
                    found.push(format!("{path}: {key} with null"));
                }
            }
            if value["allOf"]
                .as_array()
                .is_some_and(|branches| branches.len() == 1)
            {
                found.push(format!("{path}: allOf around one"));
            }
            if value.get("nullable").is_some() {
                found.push(format!("{path}: nullable is OpenAPI 3.0"));
            }
            if path != name && value["properties"].is_object() {
                found.push(format!("{path}: an object without a name of its own"));
            }
        });
    }
    found.sort();
    none("unclear schemas", &found);
}

#[test]
fn answers_are_open_and_requests_are_closed() {
    let mut waiting: Vec<&str> = Vec::new();
    let mut requests = BTreeSet::new();
    let reference = |value: &'static Value| value["$ref"].as_str().and_then(|text| text.rsplit('/').next());
    for operation in operations() {
        for (_, _, content) in operation.contents() {
            collect(&operation.value["responses"], &mut waiting);
            let _ = content;
        }
        for content in operation.value["requestBody"]["content"]
            .as_object()
            .into_iter()
            .flatten()
        {
            requests.extend(reference(&content.1["schema"]));
        }
    }
    let mut reached = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(name) = waiting.pop() {
        if !reached.insert(name) {
            continue;
        }
        let schema = &schemas()[name];
        collect(schema, &mut waiting);
        each_schema(schema, name, &mut |value, path| {
            if value.get("enum").is_some() {
                found.push(format!("{path}: a closed list in an answer"));
            }
            if value["additionalProperties"] == json!(false) {
                found.push(format!("{path}: a closed object in an answer"));
            }
        });
    }
    for name in requests {
        let schema = &schemas()[name];
        if schema["type"] == "object" && schema["additionalProperties"] != json!(false) {
            found.push(format!("{name}: a request that takes unknown members"));
        }
    }
    none("open requests or closed answers", &found);
}

pub fn collect(value: &'static Value, found: &mut Vec<&'static str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member
                    .as_str()
                    .and_then(|text| text.strip_prefix("#/components/schemas/"))
                {
                    Some(component) if name == "$ref" => found.push(component),
                    _ => collect(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

fn validator(schema: &Value) -> jsonschema::Validator {
    let mut whole = schema.clone();
    whole["components"] = document()["components"].clone();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap()
}

/// The example of a body: beside the schema, or in the component.
fn example(content: &'static Value) -> Option<&'static Value> {
    let schema = resolve(&content["schema"]);
    [&content["example"], &schema["example"], &schema["examples"][0]]
        .into_iter()
        .find(|value| !value.is_null())
}

#[test]
fn examples_are_there_and_valid() {
    let mut missing = BTreeSet::new();
    let mut wrong = Vec::new();
    for operation in operations() {
        let mut bodies: Vec<(String, &Value)> = Vec::new();
        let body = operation.value["requestBody"]["content"].as_object();
        for (media, content) in body.into_iter().flatten() {
            // An act without parameters, and bytes, need none.
            let nothing = content["schema"]["$ref"] == "#/components/schemas/Nothing";
            if media.ends_with("json") && !nothing {
                bodies.push((format!("{} request", operation.id()), content));
            }
        }
        for (status, media, content) in operation.contents() {
            if media.ends_with("json") {
                bodies.push((format!("{} {status} {media}", operation.id()), content));
            }
        }
        for (name, content) in bodies {
            let content: &'static Value = content_of(content);
            match example(content) {
                None => {
                    missing.insert(name);
                }
                Some(example) => {
                    let validator = validator(&content["schema"]);
                    wrong.extend(
                        validator
                            .iter_errors(example)
                            .map(|error| format!("{name}: {error}")),
                    );
                }
            }
        }
    }
    none("examples that their own schema refuses", &wrong);
    snapshot::shrinking("missing-examples.txt", &missing);
}

/// OAS-04: a type that is described on the spot has no name and no example of its own. A text, or bytes, needs neither.
#[test]
fn bodies_and_answers_are_components() {
    let mut found = Vec::new();
    let mut look = |name: String, contents: &Value| {
        for (media, content) in contents.as_object().into_iter().flatten() {
            let schema = &content["schema"];
            let named =
                schema.as_object().is_some_and(|schema| schema.len() == 1) && schema["$ref"].is_string();
            let plain = !media.ends_with("json") && *schema == json!({"type": "string"});
            if !named && !plain {
                found.push(format!("{name} {media}: {schema}"));
            }
        }
    };
    for operation in operations() {
        look(
            format!("{} request", operation.id()),
            &operation.value["requestBody"]["content"],
        );
        for (status, answer) in operation.answers() {
            look(format!("{} {status}", operation.id()), &answer["content"]);
        }
    }
    let problem = json!("#/components/schemas/Problem");
    for (name, answer) in document()["components"]["responses"].as_object().unwrap() {
        look(name.clone(), &answer["content"]);
        // OAS-03.
        let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(schema, &problem, "{name}");
    }
    none("types that are described on the spot", &found);
}

/// OAS-11: of every operation it is told who may; where everybody may, too.
#[test]
fn every_operation_tells_the_roles_that_it_needs() {
    let schemes = document()["components"]["securitySchemes"].as_object().unwrap();
    let bearer = &schemes["bearer"];
    assert_eq!(
        (&bearer["type"], &bearer["scheme"]),
        (&json!("http"), &json!("bearer"))
    );
    assert_eq!(document()["security"], json!([{"bearer": []}]));
    let known: BTreeSet<String> = Role::ALL.iter().map(ToString::to_string).collect();
    let (mut found, mut told) = (Vec::new(), 0);
    for operation in operations() {
        let description = operation.value["description"].as_str().unwrap();
        let roles: Vec<&str> = operation.value["x-required-roles"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|role| role.as_str().unwrap())
            .collect();
        if operation.value["x-action"].is_string() {
            let line = format!("\n\nRoles: {}.", roles.join(", "));
            if roles.is_empty() || !description.ends_with(line.trim_start()) {
                found.push(format!("{}: {roles:?}", operation.id()));
            }
            if let Some(role) = roles.iter().find(|role| !known.contains(**role)) {
                found.push(format!("{}: {role} is no role", operation.id()));
            }
            told += 1;
        } else if !roles.is_empty() {
            found.push(format!("{}: roles without an action", operation.id()));
        } else if !operation.is_public() && !description.contains("Everyone with a valid token may") {
            found.push(format!("{}: does not say that everybody may", operation.id()));
        }
    }
    assert!(told > 100, "{told}");
    none("operations without roles", &found);
}

/// Parts of the document live as long as the process.
fn content_of(value: &Value) -> &'static Value {
    Box::leak(Box::new(value.clone()))
}

#[test]
fn the_codes_of_the_document_are_those_of_the_source() {
    let listed: Vec<&str> = schemas()["Problem"]["properties"]["code"]["x-extensible-enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap())
        .collect();
    let own: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, own);
}

/// Methods by path.
fn methods() -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        all.entry(operation.path.clone())
            .or_default()
            .insert(operation.method);
    }
    all
}

async fn called(world: &World, token: Option<&str>, method: &str, path: &str) -> Reply {
    match token {
        Some(token) => world.bearer(token).ask(method, path).send().await,
        None => world.anonymous(method, path).send().await,
    }
}

#[test]
fn the_router_knows_what_the_document_knows() {
    run(Database::Sqlite, |world: World| async move {
        let token = world.persona("auditor").token().to_owned();
        let all = methods();
        for operation in operations() {
            let path = operation.concrete();
            let reply = called(&world, Some(&token), &operation.method, &path).await;
            let code = reply.json["code"].as_str().unwrap_or_default().to_owned();
            assert!(
                !matches!(code.as_str(), "route.not_found" | "method.not_allowed"),
                "{} {path} is not routed: {code}",
                operation.method
            );
            assert!(
                reply.status < 500 || path == "/readyz",
                "{} {path}: {}",
                operation.method,
                reply.json
            );
        }
        for (path, known) in &all {
            let concrete = operations()
                .into_iter()
                .find(|one| one.path == *path)
                .unwrap()
                .concrete();
            // Of a path without parameters no other template counts, even where it would fit.
            let mut allowed: BTreeSet<String> = known.clone();
            if allowed.contains("GET") {
                allowed.insert("HEAD".to_owned());
            }
            allowed.insert("OPTIONS".to_owned());
            let allow = allowed.iter().cloned().collect::<Vec<_>>().join(", ");
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                if !allowed.contains(method) {
                    let reply = called(&world, Some(&token), method, &concrete).await;
                    let reply = reply.refused(405, "method.not_allowed");
                    assert_eq!(reply.header("allow"), Some(allow.as_str()), "{method} {concrete}");
                }
            }
            let reply = called(&world, None, "OPTIONS", &concrete).await.expect(204);
            assert_eq!(reply.header("allow"), Some(allow.as_str()), "OPTIONS {concrete}");
        }
    });
}

#[test]
fn a_token_is_needed_wherever_the_document_says_so() {
    run(Database::Sqlite, |world: World| async move {
        for operation in operations().iter().filter(|operation| !operation.is_public()) {
            let path = operation.concrete();
            let bare = called(&world, None, &operation.method, &path)
                .await
                .refused(401, "token.missing");
            assert_eq!(
                bare.header("www-authenticate"),
                Some("Bearer realm=\"thidua\""),
                "{path}"
            );
            let garbage = called(&world, Some("a.b.c"), &operation.method, &path).await;
            let garbage = garbage.refused(401, "token.invalid");
            assert!(
                garbage
                    .header("www-authenticate")
                    .unwrap()
                    .contains("invalid_token")
            );
            assert_eq!(garbage.header("cache-control"), Some("no-store"));
        }
    });
}

#[test]
fn unknown_query_parameters_are_refused_and_head_is_get() {
    run(Database::Sqlite, |world: World| async move {
        let token = world.persona("auditor").token().to_owned();
        for operation in operations() {
            let path = operation.concrete();
            // Probes and static files are asked by machines that add what they like.
            if !operation.is_public() || path.starts_with("/v1/") {
                let reply = called(
                    &world,
                    Some(&token),
                    &operation.method,
                    &format!("{path}?colour=red"),
                )
                .await;
                let reply = reply.refused(400, "query.unknown");
                assert_eq!(reply.json["errors"][0]["parameter"], "colour", "{path}");
            }
            if operation.is_read() {
                let get = called(&world, Some(&token), "GET", &path).await;
                let head = called(&world, Some(&token), "HEAD", &path).await;
                assert_eq!(head.status, get.status, "{path}");
                assert!(head.bytes.is_empty(), "{path}");
                assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
            }
        }
    });
}

/// A caller without any of the roles that the document names gets nothing: 403 or 404, whatever the body;
/// an id that is hidden and one that is absent are the same to it (AZN-01, AZN-03, AZN-12).
#[test]
fn without_a_role_of_the_operation_nothing_is_done() {
    run(Database::Sqlite, |world: World| async move {
        let roles: BTreeMap<&str, &str> = [
            ("nobody", "NOMINEE"),
            ("clerk", "CLERK"),
            ("officer1", "DIVISION_OFFICER"),
            ("auditor", "AUDITOR"),
            ("administrator", "SYSTEM_ADMINISTRATOR"),
            ("chairman", "CHAIRMAN_OFFICE"),
        ]
        .into();
        let mut asked = 0;
        for operation in operations() {
            let required: BTreeSet<&str> = operation.value["x-required-roles"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            if required.is_empty() || required.contains("NOMINEE") {
                continue;
            }
            for (subject, role) in &roles {
                if required.contains(role) {
                    continue;
                }
                let persona = world.persona(subject);
                let mut ask = persona.ask(&operation.method, &operation.concrete());
                if !operation.is_read() {
                    ask = ask.if_match("*");
                }
                let content = &operation.value["requestBody"]["content"]["application/json"];
                if content.is_object() {
                    ask = ask.json(example(content_of(content)).unwrap_or(&json!({})));
                }
                let reply = ask.send().await;
                // Lists are filtered: whoever may read nothing gets an empty page.
                let empty = operation.is_read() && reply.status == 200 && reply.json["items"] == json!([]);
                assert!(
                    empty || matches!(reply.status, 403 | 404),
                    "{} as {subject}: {} {}",
                    operation.id(),
                    reply.status,
                    reply.json
                );
                asked += 1;
            }
        }
        assert!(asked > 20, "{asked}");
    });
}

/// TXT-02: one mechanism says of every text of a request what it may hold.
#[test]
fn every_text_of_a_request_is_one_line_or_prose_or_has_a_form() {
    fn walk(path: &str, schema: &Value, found: &mut Vec<String>) {
        let text = match &schema["type"] {
            Value::String(kind) => kind == "string",
            Value::Array(kinds) => kinds.contains(&json!("string")),
            _ => false,
        };
        let said = ["enum", "pattern", "format"]
            .iter()
            .any(|key| !schema[key].is_null());
        if text && !said {
            found.push(path.to_owned());
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            walk(&format!("{path}/{name}"), member, found);
        }
        if schema["items"].is_object() {
            walk(&format!("{path}/*"), &schema["items"], found);
        }
    }
    fn references(value: &Value, waiting: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member
                        .as_str()
                        .and_then(|text| text.strip_prefix("#/components/schemas/"))
                    {
                        Some(component) if name == "$ref" => waiting.push(component.to_owned()),
                        _ => references(member, waiting),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, waiting)),
            _ => {}
        }
    }
    let mut waiting = Vec::new();
    for operation in operations() {
        references(&operation.value["requestBody"], &mut waiting);
    }
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(name) = waiting.pop() {
        if seen.insert(name.clone()) {
            walk(&name, &schemas()[&name], &mut found);
            references(&schemas()[&name], &mut waiting);
        }
    }
    assert!(seen.len() > 40);
    none("texts without a rule", &found);
    let name = &schemas()["CreateOrganization"]["properties"]["name"];
    assert_eq!(name["format"], "single-line");
}

/// API-15: what is put into a collection is answered with 201, its place and its tag, that of the whole where it
/// is a part; other answers have a tag where they are a resource, or have a version.
#[test]
fn what_is_made_is_answered_with_its_place() {
    let paths = methods();
    let (mut found, mut collections) = (Vec::new(), 0);
    for operation in operations().iter().filter(|one| one.method == "POST") {
        // A collection is read, or has its members below it; any other POST is an act.
        let below = format!("{}/{{", operation.path);
        let read = paths[&operation.path].contains("GET");
        let collection = read || paths.keys().any(|path| path.starts_with(&below));
        let answers: Vec<&str> = operation.contents().iter().map(|content| content.0).collect();
        collections += usize::from(collection);
        if collection && answers != ["201"] {
            found.push(format!("{}: answers {answers:?}", operation.path));
        }
        for (status, _, content) in operation.contents() {
            let headers = &operation.value["responses"][status]["headers"];
            let schema = resolve(content_of(&content["schema"]));
            let has = |member: &str| schema["properties"][member].is_object();
            let tagged = status == "201" || has("outcome") || has("version");
            if headers["ETag"].is_object() != tagged {
                found.push(format!("{}: {status} and its tag", operation.path));
            }
            if headers["Location"].is_object() != (status == "201") {
                found.push(format!("{}: {status} and its Location", operation.path));
            }
        }
    }
    assert!(collections > 20, "{collections}");
    none("answers to what is made", &found);
}

/// A body without obligatory members may be absent, and only such a one.
#[test]
fn bodies_are_required_where_they_have_obligatory_members() {
    for operation in operations() {
        let body = &operation.value["requestBody"];
        let reference = body["content"]["application/json"]["schema"]["$ref"].as_str();
        let Some(schema) = reference.and_then(|text| text.strip_prefix("#/components/schemas/")) else {
            continue;
        };
        let obligatory = schemas()[schema]["required"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
        assert_eq!(body["required"] == true, obligatory, "{}", operation.id());
    }
}

/// What is true of all operations but some is told with these.
#[test]
fn the_general_part_tells_what_is_special() {
    let told = document()["info"]["description"].as_str().unwrap();
    for sentence in [
        "`Prefer: count=exact` adds their `total`, except to the public `/v1/honors`",
        "`NOMINEE` is everyone with a valid token",
        "The probes and this document pass over whatever stands in their query",
        // DEP-03.
        "New members, new values of code lists, new optional parameters and new event types may appear at any time and \
         are not a breaking change",
    ] {
        assert!(told.contains(sentence), "{sentence}: {told}");
    }
}
