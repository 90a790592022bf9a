//! Queries and header fields of every list, over HTTP on both databases: a page or a refusal that names the
//! parameter, never a fault of the service.

use std::collections::BTreeSet;

use proptest::prelude::*;
use reqwest::header::HeaderValue;
use serde_json::Value;

use super::mutation::mutated_text;
use super::{lines, target};
use crate::support::runtime;
use crate::support::{Database, World, WorldSettings, postgres};

const WORDS: &[&[u8]] = &[
    b"%00",
    b"%ff",
    b"%C3%28",
    b"%",
    b"+",
    b"&",
    b"=",
    b"==",
    b",",
    b";",
    b"'",
    b"''",
    b"\"",
    b"%27%20OR%201%3D1--",
    b"\\",
    b"_",
    b"*",
    b"%25",
    b"limit=",
    b"cursor=",
    b"q=",
    b"sort=",
    b"state=",
    b"0",
    b"-1",
    b"9223372036854775808",
    b"1e9",
    b"null",
    b"true",
    b"2026-02-30",
    b"2026-03-20T00:00:00Z",
    b"0199ffff-0000-7000-8000-00000000dead",
    b"%E1%BA%BF",
    b"e%CC%81",
    b"%E2%80%AE",
    b"%F0%9F%98%80",
    b"[]",
    b"[a]",
];

/// A list: its path, and the names and values that its parameters have in the document.
#[derive(Debug, Clone)]
struct List {
    path: String,
    names: Vec<String>,
    values: Vec<String>,
}

fn lists() -> Vec<List> {
    let document: Value = serde_json::from_str(include_str!("../../../openapi/openapi.json")).unwrap();
    let resolved = |value: &Value| match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap()
            .clone(),
        None => value.clone(),
    };
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(resolved);
        let queries: Vec<Value> = parameters
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        if queries.is_empty() || path.contains('{') {
            continue;
        }
        let names = queries
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect();
        let mut values: BTreeSet<String> = BTreeSet::new();
        for schema in queries.iter().map(|one| resolved(&one["schema"])) {
            for place in [&schema["enum"], &schema["items"]["enum"]] {
                values.extend(
                    place
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .map(str::to_owned),
                );
            }
            values.extend(
                [&schema["example"], &schema["default"]]
                    .into_iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned),
            );
        }
        found.push(List {
            path: path.clone(),
            names,
            values: values.into_iter().collect(),
        });
    }
    assert!(found.len() > 15, "the lists of the document were not found");
    found
}

/// A query of known names and values, some of them changed afterwards.
fn query(list: List) -> impl Strategy<Value = (String, String)> {
    let kept = lines("queries");
    let mut values = kept;
    values.extend(list.values);
    let value = prop_oneof![
        prop::sample::select(values.clone()),
        mutated_text(values, WORDS, 3),
        "[\\PC]{0,12}".prop_map(|text: String| percent(&text)),
    ];
    let name = prop_oneof![8 => prop::sample::select(list.names), 1 => "[a-z_]{0,8}"];
    let pairs = prop::collection::vec((name, value), 0..4);
    pairs.prop_map(move |pairs| {
        let text = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&");
        // A client library writes a fragment or white space otherwise than it was meant.
        let text = text
            .chars()
            .filter(|letter| letter.is_ascii_graphic() && *letter != '#')
            .collect();
        (list.path.clone(), text)
    })
}

fn percent(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Not `Accept-Encoding`: a packed body could not be held against the document.
fn fields() -> impl Strategy<Value = Vec<(&'static str, HeaderValue)>> {
    let name = prop::sample::select(vec![
        "accept",
        "accept-language",
        "prefer",
        "if-none-match",
        "if-match",
        "range",
        "traceparent",
        "x-request-id",
        "idempotency-key",
        "origin",
        "content-type",
        "if-modified-since",
    ]);
    let value = mutated_text(
        lines("fields"),
        &[b",", b";", b"q=", b"\"", b"W/", b"*", b"*/*", b"-", b"=", b" "],
        3,
    );
    let field = (name, value).prop_filter_map("no header field", |(name, value)| {
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    prop::collection::vec(field, 0..3)
}

fn run(database: Database) {
    if postgres::is_missing_for(database) {
        return;
    }
    let runtime = runtime();
    let world = runtime.block_on(World::start(database, WorldSettings::default()));
    let personas = ["board", "chief", "auditor", "administrator", "officer1"].map(|who| world.persona(who));
    let all: Vec<_> = lists().into_iter().map(|list| query(list).boxed()).collect();
    let inputs = (proptest::strategy::Union::new(all), fields(), 0..personas.len());
    target(
        &format!("queries on {database:?}"),
        400,
        inputs,
        |((path, query), fields, who)| {
            let mut ask = personas[who].ask("GET", &format!("{path}?{query}"));
            for (name, value) in &fields {
                ask = ask.header(name, value.to_str().unwrap_or("ế"));
            }
            // The answer is held against the document on the way.
            let reply = runtime.block_on(ask.send());
            let seen = format!("{} {path}?{query} {fields:?}", reply.status);
            prop_assert!(reply.status < 500, "{}", seen);
            let refused = reply.status >= 400;
            prop_assert_eq!(refused, reply.json["code"].is_string(), "{}", seen);
            let names: Vec<String> = form_urlencoded::parse(query.as_bytes())
                .map(|(name, _)| name.into_owned())
                .collect();
            let doubled = names.iter().collect::<BTreeSet<_>>().len() < names.len();
            prop_assert!(!doubled || refused, "{}", seen);
            Ok(())
        },
    );
    let name = world.database_name();
    drop(world);
    if let Some(name) = name {
        postgres::drop_database(&name);
    }
}

#[test]
fn sqlite() {
    run(Database::Sqlite);
}

#[test]
fn postgres() {
    run(Database::Postgres);
}
