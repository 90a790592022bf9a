//! The service about itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use thidua::domain::event::EVENTS;

use crate::support::on_both;
use crate::support::world::World;

on_both!(tells_machines_permissions_errors_and_events_to_everyone);

async fn tells_machines_permissions_errors_and_events_to_everyone(world: World) {
    let get = |path: &'static str| world.anonymous("GET", path).send();
    let machines = get("/v1/meta/state-machines").await.expect(200);
    assert_eq!(machines.header("cache-control"), Some("public, max-age=60"));
    let machines = machines.json["items"].as_array().unwrap().clone();
    assert_eq!(machines.len(), 7);
    let nomination = machines
        .iter()
        .find(|machine| machine["noun"] == "nomination")
        .unwrap();
    assert_eq!(nomination["initial"], "PROPOSED");
    for machine in &machines {
        let states: BTreeSet<&str> = machine["states"]
            .as_array()
            .unwrap()
            .iter()
            .map(|state| state.as_str().unwrap())
            .collect();
        for row in machine["transitions"].as_array().unwrap() {
            assert!(states.contains(row["to"].as_str().unwrap()));
            let act = row["act"].as_str().unwrap();
            assert!(machine["mermaid"].as_str().unwrap().contains(&format!(": {act}")));
        }
    }
    let permissions = get("/v1/meta/permissions").await.expect(200);
    let sign = permissions.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|permission| permission["action"] == "SIGN_DECISION")
        .unwrap()
        .clone();
    assert_eq!(sign["reads"], false);
    assert_eq!(sign["granted_to"][0]["role"], "DIRECTOR");
    let errors = get("/v1/meta/errors").await.expect(200);
    let quota = errors.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|error| error["code"] == "quota.exceeded")
        .unwrap()
        .clone();
    assert_eq!(quota["status"], 409);
    assert_eq!(quota["title_en"], "The quota is exceeded");
    assert_eq!(quota["title_vi"], "Vượt tỷ lệ khen thưởng cho phép");
    let events = get("/v1/meta/events").await.expect(200);
    assert_eq!(events.json["items"].as_array().unwrap().len(), EVENTS.len());
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Texts in `app` that have the form of an event's kind and a noun of the journal.
fn kinds_in_the_sources() -> BTreeSet<String> {
    let nouns: BTreeSet<&str> = EVENTS
        .iter()
        .filter_map(|event| event.kind.split_once('.').map(|(noun, _)| noun))
        .collect();
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app"), &mut files);
    let mut kinds = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for part in text.split('"').skip(1).step_by(2) {
            let Some((noun, verb)) = part.split_once('.') else {
                continue;
            };
            let named = |text: &str| {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            };
            if named(noun) && named(verb) && nouns.contains(noun) {
                kinds.insert(part.to_owned());
            }
        }
    }
    kinds
}

#[test]
fn every_kind_of_event_in_the_sources_is_described() {
    let known: BTreeSet<String> = EVENTS.iter().map(|event| event.kind.to_owned()).collect();
    let used = kinds_in_the_sources();
    assert!(used.contains("organization.created"));
    let undescribed: Vec<&String> = used.difference(&known).collect();
    assert!(undescribed.is_empty(), "not in domain/event.rs: {undescribed:?}");
}
