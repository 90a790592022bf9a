//! JSON as two parsers read it, merge patches, and cursors.

use proptest::prelude::*;
use serde_json::{Map, Value};
use thidua::app::cursor;
use thidua::domain::json;
use thidua::domain::merge_patch::{MergePatch, merge};
use thidua::domain::plan::Plan;
use thidua::store::page::After;
use uuid::Uuid;

use super::mutation::{mutated, mutated_text};
use super::{corpus, target};

const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"null",
    b"true",
    b"1e400",
    b"-0",
    b"-0.0",
    b"18446744073709551616",
    b"\\u0000",
    b"\\ud800",
    b"\\u0061",
    b"\"a\":1,",
    b"\xef\xbb\xbf",
    b"{\"a\":",
    b"[[[[[[[[[[[[[[[[[[",
];

/// Objects whose names meet each other, so that patches touch something.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// RFC 7396 section 2 as it stands there, making a new value of each.
fn reference(target: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut result: Map<String, Value> = target.as_object().cloned().unwrap_or_default();
    for (name, change) in patch {
        let old = result.remove(name).unwrap_or(Value::Null);
        if !change.is_null() {
            result.insert(name.clone(), reference(&old, change));
        }
    }
    Value::Object(result)
}

#[test]
fn merge_patches() {
    target("merge patches", 500, (value(), value()), |(original, patch)| {
        let mut merged = original.clone();
        merge(&mut merged, &patch);
        prop_assert_eq!(&merged, &reference(&original, &patch));
        let once = merged.clone();
        merge(&mut merged, &patch);
        prop_assert_eq!(merged, once, "a second time");
        Ok(())
    });
}

/// What a patch of a plan accepts is a plan, stays the same when nothing is patched, and needs no patch to be read.
#[test]
fn patched_plans() {
    let kept: Vec<Vec<u8>> = corpus("patches").into_iter().map(|(_, bytes)| bytes).collect();
    let inputs = (mutated(kept.clone(), WORDS, 6), mutated(kept, WORDS, 6));
    target("patched plans", 300, inputs, |((_, current), (_, patch))| {
        let current = serde_json::from_slice::<Plan>(&current).ok();
        let Ok(patch) = serde_json::from_slice::<MergePatch<Plan>>(&patch) else {
            return Ok(());
        };
        let Ok(plan) = patch.apply(current.as_ref(), "/plan", |_| Ok(())) else {
            return Ok(());
        };
        let text = serde_json::to_string(&plan).unwrap();
        let read: Plan =
            serde_json::from_str(&text).map_err(|fault| TestCaseError::fail(format!("{text}: {fault}")))?;
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), text.clone());
        let nothing: MergePatch<Plan> = serde_json::from_str("{}").unwrap();
        let same = nothing.apply(Some(&plan), "/plan", |_| Ok(())).unwrap();
        prop_assert_eq!(serde_json::to_string(&same).unwrap(), text);
        Ok(())
    });
}

/// The strict parser accepts nothing that the lenient one does not, reads it alike, and reads what it wrote.
#[test]
fn strict_json() {
    let kept = ["headers", "claims", "patches"]
        .into_iter()
        .flat_map(corpus)
        .map(|(_, bytes)| bytes)
        .collect();
    target("strict JSON", 500, mutated(kept, WORDS, 8), |(_, bytes)| {
        let lenient = serde_json::from_slice::<Value>(&bytes);
        match json::parse(&bytes, 16) {
            Err(refused) => prop_assert!(refused.line > 0 || bytes.is_empty(), "{refused:?}"),
            Ok(strict) => {
                prop_assert_eq!(lenient.ok(), Some(strict.clone()));
                let again = serde_json::to_vec(&strict).unwrap();
                prop_assert_eq!(json::parse(&again, 16).ok(), Some(strict));
            }
        }
        Ok(())
    });
}

/// A cursor leads where it was made to, in its own list only, and no other text is one.
#[test]
fn cursors() {
    let key = b"0123456789abcdef0123456789abcdef";
    let place = (
        any::<String>(),
        any::<u128>(),
        "[a-z?=& ]{0,20}",
        "[a-z?=& ]{0,20}",
    );
    let edits = any::<prop::sample::Index>();
    target(
        "cursors",
        500,
        (place, edits, any::<char>()),
        |((text, id, own, other), at, put)| {
            let after = After {
                key: text,
                id: Uuid::from_u128(id),
            };
            let cursor = cursor::write(key, &own, &after).unwrap();
            prop_assert_eq!(cursor::read(key, &own, &cursor), Ok(after));
            prop_assert_eq!(cursor::read(key, &other, &cursor).is_ok(), own == other);
            let mut letters: Vec<char> = cursor.chars().collect();
            let at = at.index(letters.len());
            letters[at] = put;
            let changed: String = letters.iter().collect();
            prop_assert_eq!(cursor::read(key, &own, &changed).is_ok(), changed == cursor);
            let shorter: String = cursor.chars().take(at).collect();
            prop_assert!(cursor::read(key, &own, &shorter).is_err());
            Ok(())
        },
    );
    let cursor = cursor::write(
        key,
        "list",
        &After {
            key: "tô".to_owned(),
            id: Uuid::nil(),
        },
    )
    .unwrap();
    target(
        "texts as cursors",
        500,
        mutated_text(vec![cursor.clone(), String::new()], &[b"=", b"."], 4),
        |text| {
            prop_assert_eq!(cursor::read(key, "list", &text).is_ok(), text == cursor);
            Ok(())
        },
    );
}
