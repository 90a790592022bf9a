//! What a merge patch may say (RFC 7396), made of the schema of what it changes: no member is obligatory,
//! none has a default, objects inside are patches themselves, and `null` takes a member away. Items of
//! lists keep their own schema, because a list is replaced whole.

use serde_json::{Map, Value, json};

const SCHEMAS: &str = "#/components/schemas/";

/// What makes one schema of another; components that it names are added to all.
type Make = fn(&mut Map<String, Value>, Value) -> Value;

/// Writes the schema of every component that says `x-patch-of` or `x-clearable-of`, and those of the objects inside.
pub(super) fn expand(document: &mut Value) {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let marks: [(&str, Make); 2] = [("x-patch-of", patch_of), ("x-clearable-of", clearable)];
    for (mark, make) in marks {
        let marked: Vec<(String, String)> = schemas
            .iter()
            .filter_map(|(name, schema)| Some((name.clone(), schema.get(mark)?.as_str()?.to_owned())))
            .collect();
        for (name, of) in &marked {
            let made = schemas.get(of).cloned().map(|whole| make(schemas, whole));
            if let Some(made) = made {
                schemas.insert(name.clone(), made);
            }
        }
    }
}

/// Name of the twin of a component that `null` takes away.
pub fn clearable_name(of: &str) -> String {
    format!("{of}Clearable")
}

/// The patch of one schema; those of the components that it names are added.
fn patch_of(schemas: &mut Map<String, Value>, mut schema: Value) -> Value {
    if let Some(own) = schema.as_object_mut() {
        for taken in ["required", "default", "example", "examples"] {
            own.remove(taken);
        }
        let members = own.get_mut("properties").and_then(Value::as_object_mut);
        for member in members.into_iter().flat_map(Map::values_mut) {
            *member = clearable(schemas, member.take());
        }
    }
    schema
}

/// The schema of a member that `null` takes away.
fn clearable(schemas: &mut Map<String, Value>, schema: Value) -> Value {
    let mut patch = patch_of(schemas, schema);
    let Some(own) = patch.as_object_mut() else {
        return patch;
    };
    let referred = own.get("$ref").and_then(Value::as_str);
    if let Some(name) = referred.and_then(|reference| reference.strip_prefix(SCHEMAS)) {
        let twin = clearable_name(name);
        let reference = json!(format!("{SCHEMAS}{twin}"));
        if !schemas.contains_key(&twin)
            && let Some(whole) = schemas.get(name).cloned()
        {
            // The name is taken first: a schema may name itself.
            schemas.insert(twin.clone(), Value::Null);
            let made = clearable(schemas, whole);
            schemas.insert(twin, made);
        }
        own.insert("$ref".to_owned(), reference);
        return patch;
    }
    if let Some(kind) = own.get("type").and_then(Value::as_str).map(str::to_owned) {
        own.insert("type".to_owned(), json!([kind, "null"]));
    }
    if let Some(values) = own.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    patch
}
