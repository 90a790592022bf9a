//! TXT-02: every text of a request is one line without invisible characters, unless its member is prose.
//! The rule is a `format` of the published schema, and thereby what bodies are held against.

use serde_json::{Map, Value, json};

use super::parameters;
use super::separate::{closure, used_by};

/// A line of visible characters: names, titles, positions, numbers, symbols, places, codes.
pub const SINGLE_LINE: &str = "single-line";
/// Text of several lines.
pub const PROSE: &str = "prose";

/// Longest item of a list of texts, in scalar values, where its schema says nothing else: lines, prose.
const LONGEST_ITEMS: (u64, u64) = (300, 5000);

/// Members that are prose, wherever they stand.
const PROSE_MEMBERS: &[&str] = &[
    "abstract",
    "achievement_summary",
    "award_standards",
    "conclusion",
    "course",
    "evidence",
    "form_reason",
    "grounds",
    "items",
    "legal_reason",
    "monitoring",
    "note",
    "override_reason",
    "print_text",
    "public_comment_report",
    "purposes",
    "quota_override_reason",
    "reason",
    "requirements",
    "text",
    "text_as_received",
    "text_corrected",
];

/// Marks the texts of all requests.
pub(super) fn mark(document: &mut Value) {
    mark_parameters(document);
    let requests = used_by(document, "requestBody");
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for name in closure(schemas, requests) {
        if let Some(schema) = schemas.get_mut(&name) {
            mark_members(schema);
        }
    }
}

/// What stands in an address is one line.
fn mark_parameters(document: &mut Value) {
    parameters::for_each(document, |parameter| {
        let in_query = parameter.get("in").is_some_and(|place| place == "query");
        if let Some(schema) = parameter.get_mut("schema").filter(|_| in_query) {
            mark_text("", schema);
        }
    });
}

fn mark_members(schema: &mut Value) {
    let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, member) in members {
        mark_text(name, member);
    }
}

fn mark_text(name: &str, schema: &mut Value) {
    if let Some(items) = schema.get_mut("items") {
        mark_text(name, items);
        bound_item(items);
    }
    mark_members(schema);
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    if is_text(schema)
        && !["enum", "pattern", "format"]
            .iter()
            .any(|key| schema.contains_key(*key))
    {
        let format = if PROSE_MEMBERS.contains(&name) {
            PROSE
        } else {
            SINGLE_LINE
        };
        schema.insert("format".to_owned(), Value::from(format));
    }
}

/// An item of a list says something, and not without end: on a field there are no attributes for its items.
fn bound_item(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    let most = match schema.get("format").and_then(Value::as_str) {
        Some(PROSE) => LONGEST_ITEMS.1,
        Some(SINGLE_LINE) => LONGEST_ITEMS.0,
        _ => return,
    };
    schema.entry("minLength").or_insert_with(|| json!(1));
    schema.entry("maxLength").or_insert_with(|| json!(most));
}

fn is_text(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        _ => false,
    }
}
