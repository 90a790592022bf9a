//! Real answers as examples of the OpenAPI document: with `RECORD_EXAMPLES=1` every operation that has none
//! yet gets the first one that a test receives. Identifiers and instants are made stable.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use serde_json::{Map, Value, json};

use super::promises::operation;

static FILE: Mutex<()> = Mutex::new(());
static RECORDING: LazyLock<bool> =
    LazyLock::new(|| std::env::var("RECORD_EXAMPLES").is_ok_and(|value| value == "1"));

/// Keeps an answer, if it is the first one of its operation and examples are being recorded.
pub fn record(method: &str, path: &str, status: u16, body: &Value) {
    if !*RECORDING || !(200..300).contains(&status) || !body.is_object() || path.contains("dry_run") {
        return;
    }
    // An empty page shows nothing.
    if body["items"].as_array().is_some_and(Vec::is_empty) {
        return;
    }
    let Some(id) = operation(method, path).and_then(|operation| operation["operationId"].as_str()) else {
        return;
    };
    let _held = FILE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/examples.json");
    let mut all: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    if all.contains_key(id) {
        return;
    }
    let mut body = body.clone();
    scrub(&mut body, &mut BTreeMap::new());
    all.insert(id.to_owned(), json!({"status": status, "body": body}));
    let sorted: BTreeMap<String, Value> = all.into_iter().collect();
    std::fs::write(&file, serde_json::to_string_pretty(&sorted).unwrap() + "\n").unwrap();
}

fn scrub(value: &mut Value, ids: &mut BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if is_instant(text) {
                *text = "2026-03-20T02:00:00.000000Z".to_owned();
            } else {
                *text = stable_ids(text, ids);
            }
        }
        Value::Array(items) => {
            items.truncate(2);
            items.iter_mut().for_each(|item| scrub(item, ids));
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if name == "next_cursor" {
                    *member = json!("Y3Vyc29y");
                } else {
                    scrub(member, ids);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_instant(text: &str) -> bool {
    text.len() >= 20 && text.ends_with('Z') && text.parse::<thidua::domain::time::Instant>().is_ok()
}

/// Every UUID in the text by its order of appearance.
fn stable_ids(text: &str, ids: &mut BTreeMap<String, String>) -> String {
    let mut out = text.to_owned();
    for start in 0..text.len().saturating_sub(35) {
        if let Some(part) = text.get(start..start + 36)
            && part.matches('-').count() == 4
            && uuid::Uuid::parse_str(part).is_ok()
        {
            let next = ids.len() + 1;
            let stable = ids
                .entry(part.to_owned())
                .or_insert_with(|| format!("01990000-0000-7000-8000-{next:012}"));
            out = out.replace(part, stable);
        }
    }
    out
}
