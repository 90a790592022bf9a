//! Operations that will go, as the document tells of them (DEP-01).

use serde_json::{Map, Value, json};

use crate::shell::deprecated::Deprecated;

/// Fields of the answers of such an operation, and the components that describe them.
pub(super) const FIELDS: [(&str, &str); 3] = [
    ("Deprecation", "Deprecation"),
    ("Sunset", "Sunset"),
    ("Link", "Link"),
];

/// Marks an operation that is in the table.
pub(super) fn mark(operation: &mut Map<String, Value>, rows: &[Deprecated]) {
    let id = operation.get("operationId").and_then(Value::as_str);
    let Some(row) = rows.iter().find(|row| Some(row.operation) == id) else {
        return;
    };
    operation.insert("deprecated".to_owned(), json!(true));
    let own = operation
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let text = format!(
        "{own}\n\nDeprecated since {}; from {} on it may be gone. See <{}>.",
        row.since, row.sunset, row.notice
    );
    operation.insert(
        "description".to_owned(),
        Value::String(text.trim_start().to_owned()),
    );
    let answers = operation.get_mut("responses").and_then(Value::as_object_mut);
    // The refusals that operations share have the fields already.
    for answer in answers.into_iter().flat_map(Map::values_mut) {
        let Some(headers) = answer.get_mut("headers").and_then(Value::as_object_mut) else {
            continue;
        };
        for (field, name) in FIELDS {
            headers.insert(
                field.to_owned(),
                json!({"$ref": format!("#/components/headers/{name}")}),
            );
        }
    }
}
