//! What all parameters have in common. Their examples are told in their description: a viewer fills a field with
//! every `example` that it finds, and a list asked with all filters at once is empty.

use serde_json::{Map, Value, json};

use super::for_each_operation;

/// Moves the example of every parameter into its description.
pub(super) fn tell_examples(document: &mut Value) {
    if let Some(shared) = document
        .pointer_mut("/components/parameters")
        .and_then(Value::as_object_mut)
    {
        shared.values_mut().for_each(tell);
    }
    for_each(document, tell);
}

/// Puts the component in the place of a header field that an operation names for itself (OAS-10).
pub(super) fn refer(document: &mut Value) {
    let known = super::parameters();
    for_each(document, |parameter| {
        let field = parameter.get("in").is_some_and(|place| place == "header");
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        if field && known.get(name).is_some() {
            *parameter = json!({"$ref": format!("#/components/parameters/{name}")});
        }
    });
}

/// Changes each parameter that an operation has for itself.
pub(super) fn for_each(document: &mut Value, change: impl Fn(&mut Value)) {
    for_each_operation(document, |_, _, operation| {
        let own = operation.get_mut("parameters").and_then(Value::as_array_mut);
        own.into_iter().flatten().for_each(&change);
    });
}

/// A page takes whatever is more than it holds as a page; a list that is given is of something, and so is a text: a
/// filter whose value got lost is not taken for no filter.
pub(super) fn bound(document: &mut Value) {
    for_each(document, |parameter| {
        let size_of_page = parameter.get("name").is_some_and(|name| name == "limit");
        let in_query = parameter.get("in").is_some_and(|place| place == "query");
        let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) else {
            return;
        };
        if size_of_page {
            schema.remove("format");
        }
        if schema.get("type").is_some_and(|kind| kind == "array") {
            schema.insert("minItems".to_owned(), json!(1));
        }
        if in_query {
            say_something(schema);
            if let Some(items) = schema.get_mut("items").and_then(Value::as_object_mut) {
                say_something(items);
                hold_no_comma(items);
            }
        }
    });
}

/// A text whose schema says nothing else of its form has at least one character.
fn say_something(schema: &mut Map<String, Value>) {
    let free = ["enum", "pattern"].iter().all(|key| !schema.contains_key(*key))
        && schema
            .get("format")
            .is_none_or(|format| format == super::texts::SINGLE_LINE);
    if free && schema.get("type").is_some_and(|kind| kind == "string") {
        schema.entry("minLength").or_insert_with(|| json!(1));
    }
}

/// The comma parts the items of a list, written as `%2C` too: an item that is text has none.
fn hold_no_comma(schema: &mut Map<String, Value>) {
    if schema
        .get("format")
        .is_some_and(|format| format == super::texts::SINGLE_LINE)
    {
        schema.insert("pattern".to_owned(), json!("^[^,]*$"));
    }
}

fn tell(parameter: &mut Value) {
    let Some(members) = parameter.as_object_mut() else {
        return;
    };
    let own = members.remove("example");
    let of_schema = members
        .get_mut("schema")
        .and_then(Value::as_object_mut)
        .and_then(|schema| schema.remove("example"));
    let Some(example) = own.or(of_schema) else {
        return;
    };
    let shown = match &example {
        Value::String(text) => text.clone(),
        // As it stands in an address.
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(",")
        }
        other => other.to_string(),
    };
    let before = members
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if before.contains(&format!("`{shown}`")) {
        return;
    }
    let told = format!("{before} Example: `{shown}`.");
    members.insert(
        "description".to_owned(),
        Value::String(told.trim_start().to_owned()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_once_and_fill_nothing() {
        let mut document = json!({
            "components": {"parameters": {"Language": {
                "description": "`vi` or `en`.", "schema": {"type": "string", "example": "vi"}
            }}},
            "paths": {"/v1/things": {"get": {"parameters": [
                {"name": "year", "description": "Year.", "example": 2026, "schema": {"type": "integer"}},
                {"name": "state", "description": "States.", "example": ["A", "B"], "schema": {"type": "array"}},
                {"$ref": "#/components/parameters/Language"},
            ]}}},
        });
        tell_examples(&mut document);
        let expected = json!({
            "components": {"parameters": {"Language": {
                "description": "`vi` or `en`.", "schema": {"type": "string"}
            }}},
            "paths": {"/v1/things": {"get": {"parameters": [
                {"name": "year", "description": "Year. Example: `2026`.", "schema": {"type": "integer"}},
                {"name": "state", "description": "States. Example: `A,B`.", "schema": {"type": "array"}},
                {"$ref": "#/components/parameters/Language"},
            ]}}},
        });
        assert_eq!(document, expected);
    }
}
