//! Schemas as clients want them: items of pages by their name (OAS-09), answers apart from requests and
//! open both ways (OAS-07, OAS-08), nothing that is not referred to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

const SCHEMAS: &str = "#/components/schemas/";

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str().and_then(|text| text.strip_prefix(SCHEMAS)) {
                    Some(component) if name == "$ref" => {
                        found.insert(component.to_owned());
                    }
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Every schema that can be reached from the given ones.
pub(super) fn closure(schemas: &Map<String, Value>, mut waiting: BTreeSet<String>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    while let Some(name) = waiting.pop_first() {
        if let Some(schema) = schemas.get(&name)
            && reached.insert(name)
        {
            references(schema, &mut waiting);
        }
    }
    reached
}

pub(super) fn used_by(document: &Value, part: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for (_, operation) in item.1.as_object().into_iter().flatten() {
            if let Some(value) = operation.get(part) {
                references(value, &mut found);
            }
        }
    }
    found
}

/// A generic list (`Page_Organization`) carries its item's schema inside; it gets the item's name instead.
pub(super) fn name_items(document: &mut Value) {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let mut named = Map::new();
    for (page, schema) in schemas.iter_mut() {
        let Some((_, item)) = page.split_once('_') else {
            continue;
        };
        if let Some(slot) = schema.pointer_mut("/properties/items/items")
            && slot.get("properties").is_some()
        {
            let reference = serde_json::json!({"$ref": format!("{SCHEMAS}{item}")});
            named.insert(item.to_owned(), std::mem::replace(slot, reference));
        }
    }
    for (name, schema) in named {
        schemas.entry(name).or_insert(schema);
    }
}

/// Gives answers schemas of their own where a request uses the same one, and opens what answers use:
/// lists of values become `x-extensible-enum`, unknown members are no longer refused.
pub(super) fn answers(document: &mut Value) {
    let mut requests = used_by(document, "requestBody");
    requests.extend(used_by(document, "parameters"));
    let mut answers = used_by(document, "responses");
    if let Some(responses) = document.pointer("/components/responses") {
        references(responses, &mut answers);
    }
    let Some(schemas) = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .cloned()
    else {
        return;
    };
    let requests = closure(&schemas, requests);
    let answers = closure(&schemas, answers);
    let renamed: BTreeMap<String, String> = answers
        .intersection(&requests)
        .map(|name| (name.clone(), format!("{name}Answer")))
        .collect();
    let mut separated = schemas.clone();
    for name in &answers {
        let Some(mut schema) = schemas.get(name).cloned() else {
            continue;
        };
        open(&mut schema);
        rename(&mut schema, &renamed);
        separated.insert(renamed.get(name).unwrap_or(name).clone(), schema);
    }
    if let Some(slot) = document.pointer_mut("/components/schemas") {
        *slot = Value::Object(separated);
    }
    if let Some(responses) = document.pointer_mut("/components/responses") {
        rename(responses, &renamed);
    }
    for item in document
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        for (_, operation) in item.1.as_object_mut().into_iter().flatten() {
            if let Some(responses) = operation.get_mut("responses") {
                rename(responses, &renamed);
            }
        }
    }
}

fn open(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(values) = members.remove("enum") {
                members.insert("x-extensible-enum".to_owned(), values);
                let own = members
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let text = format!("{own} New values may appear.").trim_start().to_owned();
                members.insert("description".to_owned(), Value::String(text));
            }
            // What is asked of a request is not promised of an answer.
            let asked = [super::texts::SINGLE_LINE, super::texts::PROSE];
            if members
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(|format| asked.contains(&format))
            {
                members.remove("format");
            }
            if members.get("additionalProperties") == Some(&Value::Bool(false)) {
                members.remove("additionalProperties");
            }
            members.values_mut().for_each(open);
        }
        Value::Array(items) => items.iter_mut().for_each(open),
        _ => {}
    }
}

fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let own = member.as_str().and_then(|text| text.strip_prefix(SCHEMAS));
                match own.and_then(|component| renamed.get(component)) {
                    Some(other) if name == "$ref" => *member = Value::String(format!("{SCHEMAS}{other}")),
                    _ => rename(member, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        _ => {}
    }
}

/// Leaves out schemas that nothing refers to.
pub(super) fn drop_unused(document: &mut Value) {
    let mut roots = BTreeSet::new();
    for part in ["requestBody", "parameters", "responses"] {
        roots.extend(used_by(document, part));
    }
    if let Some(responses) = document.pointer("/components/responses") {
        references(responses, &mut roots);
    }
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        let used = closure(schemas, roots);
        schemas.retain(|name, _| used.contains(name));
    }
}

/// A member that may be left out has no default of `null`, which its type does not allow (OAS-06).
pub(super) fn drop_null_defaults(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("default") == Some(&Value::Null) {
                members.remove("default");
            }
            members.values_mut().for_each(drop_null_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null_defaults),
        _ => {}
    }
}
