//! JSON without duplicate member names at any depth and without deep nesting (TOK-20, API-12).
//!
//! Two parsers that disagree about which of two equal members counts are a way around every check;
//! RFC 7515 4 and RFC 7519 4 allow refusing such texts.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{Code, Fault};

/// Deepest accepted nesting of a token's header and payload, the outermost object included.
const TOKEN_DEPTH: u8 = 16;
const TWICE: &str = "a member name occurs twice";
const TOO_DEEP: &str = "nested too deeply";

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFault {
    /// Not JSON, or not UTF-8.
    Syntax,
    /// One object names a member twice.
    Duplicate,
    /// More arrays and objects inside each other than accepted.
    TooDeep,
    /// A number beyond what can be held (`1e400`).
    Number,
    /// Half of a surrogate pair, which is no character.
    Surrogate,
}

/// A refusal with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub fault: JsonFault,
    /// JSON pointer of the value that was being read.
    pub pointer: String,
    /// Line of the fault, from 1.
    pub line: usize,
    /// Column of the fault, from 1.
    pub column: usize,
}

/// A value as one of the service's types, for what its schema does not say.
///
/// # Errors
/// The member that stands in the way; `base` is where the value itself stands.
pub fn typed<T: DeserializeOwned>(value: &Value, base: &str) -> Result<T, Fault> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let place = format!("{base}{}", pointer_of(&error.path().to_string()));
        // Which member it is stands only in the sentence: a tagged union is read as a whole.
        let text = error.inner().to_string();
        let member = |beginning: &str| Some(text.strip_prefix(beginning)?.split_once('`')?.0);
        if let Some(name) = member("missing field `") {
            Fault::at(format!("{place}/{}", escape(name)), Code::FieldRequired)
        } else if let Some(name) = member("unknown field `") {
            // Outside of a tagged union the way ends with the member already.
            let step = format!("/{}", escape(name));
            let place = place.strip_suffix(&step).unwrap_or(&place);
            Fault::at(format!("{place}{step}"), Code::FieldUnknown)
        } else {
            Fault::at(place, Code::FieldFormat)
        }
    })
}

/// `a.b[2].c` as a JSON pointer.
fn pointer_of(path: &str) -> String {
    if path == "." {
        return String::new();
    }
    let mut pointer = String::new();
    for part in path.split(['.', '[']) {
        pointer.push('/');
        pointer.push_str(part.trim_end_matches(']'));
    }
    pointer
}

/// The value that `bytes` are.
///
/// # Errors
/// What is wrong with the text, at most `depth` arrays and objects inside each other.
pub fn parse(bytes: &[u8], depth: u8) -> Result<Value, Refused> {
    let path: RefCell<Vec<String>> = RefCell::default();
    let refused = |error: serde_json::Error| {
        let text = error.to_string();
        let begins = |beginnings: &[&str]| beginnings.iter().any(|one| text.starts_with(one));
        let fault = if begins(&[TWICE]) {
            JsonFault::Duplicate
        } else if begins(&[TOO_DEEP, "recursion limit"]) {
            JsonFault::TooDeep
        } else if begins(&["number out of range"]) {
            JsonFault::Number
        } else if begins(&["lone leading surrogate", "unexpected end of hex escape"]) {
            JsonFault::Surrogate
        } else {
            JsonFault::Syntax
        };
        Refused {
            fault,
            pointer: path.borrow().iter().fold(String::new(), |pointer, step| {
                format!("{pointer}/{}", escape(step))
            }),
            line: error.line(),
            column: error.column(),
        }
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { depth, path: &path };
    let value = strict.deserialize(&mut deserializer).map_err(refused)?;
    deserializer.end().map_err(refused)?;
    Ok(value)
}

/// A member's name as a step of a JSON pointer (RFC 6901).
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The object that `bytes` are, or none when they are not UTF-8, not one JSON object, nested too deeply or
/// name a member twice.
pub fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    match parse(bytes, TOKEN_DEPTH).ok()? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// What is being read, with the way to it; a failure leaves the way as it is.
#[derive(Clone, Copy)]
struct Strict<'p> {
    depth: u8,
    path: &'p RefCell<Vec<String>>,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))?;
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate member names")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a finite number"))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        loop {
            self.path.borrow_mut().push(items.len().to_string());
            let item = seq.next_element_seed(inner)?;
            self.path.borrow_mut().pop();
            match item {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            self.path.borrow_mut().push(name.clone());
            if members.contains_key(&name) {
                return Err(de::Error::custom(TWICE));
            }
            let value = map.next_value_seed(inner)?;
            self.path.borrow_mut().pop();
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_its_place() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
        for (text, fault, pointer) in [
            (
                r#"{"a":{"b/c":[0,{"d":1,"d":2}]}}"#,
                JsonFault::Duplicate,
                "/a/b~1c/1/d",
            ),
            (r#"{"a":[1,1e400]}"#, JsonFault::Number, "/a/1"),
            (r#"{"a":"\ud800"}"#, JsonFault::Surrogate, "/a"),
            (r#"{"a":"\udc00x"}"#, JsonFault::Surrogate, "/a"),
            (r#"{"a":{"b":tru}}"#, JsonFault::Syntax, "/a/b"),
        ] {
            let refused = parse(text.as_bytes(), 16).expect_err(text);
            assert_eq!(
                (refused.fault, refused.pointer.as_str()),
                (fault, pointer),
                "{text}"
            );
            assert!(refused.line == 1 && refused.column > 1, "{text}");
        }
        let refused = parse(deep.as_bytes(), 16).expect_err("deep");
        assert_eq!(refused.fault, JsonFault::TooDeep);
        assert!(refused.pointer.starts_with("/a/0/0"));
    }

    #[test]
    fn refuses_what_two_parsers_could_read_differently() {
        let deep = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        let cases: Vec<(String, bool)> = vec![
            (r#"{"a":1,"b":[true,null,-1,1.5,"x",{"a":1}]}"#.into(), true),
            (r"{}".into(), true),
            (deep(15), true),
            (deep(16), false),
            (deep(5000), false),
            (r#"{"a":1,"a":1}"#.into(), false),
            (r#"{"a":1,"\u0061":2}"#.into(), false),
            (r#"{"a":{"b":{"c":1,"c":2}}}"#.into(), false),
            (r#"{"a":[{"c":1,"c":2}]}"#.into(), false),
            (r#"{"a":1}x"#.into(), false),
            (r#"{"a":1}{"a":1}"#.into(), false),
            ("\u{feff}{}".into(), false),
            (r#"{"a":1e999}"#.into(), false),
            (r#"{"a":NaN}"#.into(), false),
            (r#"{"a":1,}"#.into(), false),
            (r"[]".into(), false),
            (r#""a""#.into(), false),
            (r"null".into(), false),
            (String::new(), false),
        ];
        for (text, accepted) in cases {
            assert_eq!(object(text.as_bytes()).is_some(), accepted, "{text}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_none());
    }

    #[test]
    fn every_value_comes_back_as_it_is() {
        let text = r#"{"a":[null,true,false,-7,7,18446744073709551615,1.5,"x","\u00e1"],"b":{"c":{}}}"#;
        let read = parse(text.as_bytes(), 16).expect(text);
        assert_eq!(read, serde_json::from_str::<Value>(text).expect(text));
    }

    #[test]
    fn a_value_of_a_type_names_the_member_that_does_not_fit() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Inner {
            #[serde(rename = "x/y")]
            _number: u8,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Outer {
            #[serde(rename = "list", default)]
            _list: Vec<Inner>,
            #[serde(rename = "one", default)]
            _one: Option<Tagged>,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(tag = "kind", deny_unknown_fields)]
        enum Tagged {
            Known {
                #[serde(rename = "number")]
                _number: u8,
            },
        }
        for (value, place, code) in [
            (serde_json::json!(7), "/base", Code::FieldFormat),
            (
                serde_json::json!({"list": [{"x/y": 1}, {"x/y": "1"}]}),
                "/base/list/1/x/y",
                Code::FieldFormat,
            ),
            (
                serde_json::json!({"list": [{}]}),
                "/base/list/0/x~1y",
                Code::FieldRequired,
            ),
            (
                serde_json::json!({"list": [{"x/y": 1, "z": 2}]}),
                "/base/list/0/z",
                Code::FieldUnknown,
            ),
            (serde_json::json!({"z": 2}), "/base/z", Code::FieldUnknown),
            (
                serde_json::json!({"one": {"kind": "Known"}}),
                "/base/one/number",
                Code::FieldRequired,
            ),
            (
                serde_json::json!({"one": {"kind": "Known", "number": 1, "z": 2}}),
                "/base/one/z",
                Code::FieldUnknown,
            ),
        ] {
            let fault = typed::<Outer>(&value, "/base").expect_err("refused");
            let expected = super::super::error::Place::Pointer(place.to_owned());
            assert_eq!((fault.place, fault.code), (Some(expected), code), "{value}");
        }
        assert!(typed::<Outer>(&serde_json::json!({"list": [{"x/y": 1}]}), "").is_ok());
    }
}
