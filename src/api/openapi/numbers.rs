//! Whole numbers have a largest one, so that a value that no program could hold is out of range and not of
//! another form.

use serde_json::{Value, json};

/// The largest whole number that JSON programs agree on (RFC 8259 6).
const LARGEST: i64 = 9_007_199_254_740_991;

/// Gives every whole number of a body without an upper bound the one of its format.
pub(super) fn mark(document: &mut Value) {
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        bound(schemas);
    }
}

fn bound(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(bound),
        Value::Object(members) => {
            if members.get("type").is_some_and(|kind| kind == "integer") && !members.contains_key("maximum") {
                let largest = match members.get("format").and_then(Value::as_str) {
                    Some("int32") => Some(i64::from(i32::MAX)),
                    Some("int64") => Some(LARGEST),
                    _ => None,
                };
                if let Some(largest) = largest {
                    members.insert("maximum".to_owned(), json!(largest));
                }
            }
            members.values_mut().for_each(bound);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_their_format_does() {
        let mut schema = json!({"properties": {
            "a": {"type": "integer", "format": "int32"},
            "b": {"type": "integer", "format": "int64"},
            "c": {"type": "integer", "format": "int32", "maximum": 7},
            "d": {"type": "integer"},
        }});
        bound(&mut schema);
        let maximum = |name: &str| schema["properties"][name].get("maximum").cloned();
        assert_eq!(maximum("a"), Some(json!(2_147_483_647)));
        assert_eq!(maximum("b"), Some(json!(LARGEST)));
        assert_eq!((maximum("c"), maximum("d")), (Some(json!(7)), None));
    }
}
