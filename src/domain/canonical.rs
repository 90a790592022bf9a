//! One text for one JSON value, so that a digest over it can be computed by anybody.

use std::collections::BTreeMap;

use serde_json::Value;

/// The value as RFC 8785 writes it: members in the order of their names, no white space. Members that are `null` are
/// left out, as the API leaves them out. For names in ASCII and whole numbers, which is all that is hashed here.
pub fn text(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, &Value> =
                members.iter().filter(|(_, member)| !member.is_null()).collect();
            let members: Vec<String> = members
                .into_iter()
                .map(|(name, member)| format!("{}:{}", Value::from(name.as_str()), text(member)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            format!("[{}]", items.join(","))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_ordered_and_nothing_is_added() {
        for (value, expected) in [
            (json!({"b": 1, "a": [true, "x"]}), r#"{"a":[true,"x"],"b":1}"#),
            (
                json!({"z": null, "y": {"d": {}, "c": []}}),
                r#"{"y":{"c":[],"d":{}}}"#,
            ),
            (json!({"aa": 1, "a": 2, "B": 3}), r#"{"B":3,"a":2,"aa":1}"#),
            (json!("Đề nghị \"khen\"\n\u{1}"), r#""Đề nghị \"khen\"\n\u0001""#),
            (json!([null, -5]), "[null,-5]"),
        ] {
            assert_eq!(text(&value), expected);
        }
    }
}
