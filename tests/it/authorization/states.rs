//! AZN-01 over the states: the table names for each operation whom some object lets do it. Everybody else is refused it
//! at every object of that noun, in whatever state that is, but for those few whom a state lets in; what the state itself
//! allows is asked afterwards, and `allowed_actions` is held to it.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{EVERYONE, Row};
use super::{Asked, rows};
use crate::allowed_actions::OBJECTS;
use crate::support::world::World;
use crate::support::{Database, announce, run};

/// One of each kind of caller.
const CALLERS: [&str; 15] = [
    "director",
    "chief",
    "reviewer",
    "clerk",
    "head1",
    "officer1",
    "officer2",
    "nominee",
    "board",
    "chairman",
    "auditor",
    "administrator",
    "stranger",
    "other-head",
    "nobody",
];

/// Operation, object and caller where who may depends on how far the object is.
const LET_IN: [(&str, &str, &str); 7] = [
    // Papers of a nomination that waits to go up are added by the office.
    ("addAttachment", "forwarded_submission", "chief"),
    ("addAttachment", "forwarded_submission", "reviewer"),
    // Whoever may hold what lies before it may release it.
    ("releaseNomination", "forwarded", "board"),
    ("releaseNomination", "received_nomination", "board"),
    // This batch lies before the Chairman's office, those of the table before the Board.
    ("returnForwarding", "above", "chairman"),
    ("declineForwarding", "above", "chairman"),
    ("recordForwardingDecision", "above", "chairman"),
];

/// The objects that stand in the collection of a path, if this is one of them.
fn states(template: &str, object: &str) -> Option<Vec<&'static str>> {
    OBJECTS
        .iter()
        .filter(|(collection, _)| template.starts_with(&format!("/v1/{collection}/{{")))
        .map(|(_, names)| names.split(' ').collect::<Vec<_>>())
        .find(|names| names.contains(&object))
}

#[test]
fn no_state_opens_what_no_role_opens() {
    run(Database::Sqlite, |world: World| async move {
        let asked = Asked::prepare(&world).await;
        let rows = rows::all();
        let mut let_through: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in &rows {
            let known = let_through.entry(row.operation).or_default();
            known.extend(row.allowed.iter().chain(&row.unfit));
        }
        let (mut wrong, mut cases, mut seen) = (Vec::new(), 0, BTreeSet::new());
        let mut let_in = BTreeSet::new();
        for row in &rows {
            let (method, template) = &asked.operations[row.operation];
            let Some((first, rest)) = row.objects.split_first() else {
                continue;
            };
            let Some(states) = states(template, first).filter(|_| method != "GET") else {
                continue;
            };
            let known = &let_through[row.operation];
            if known.contains(EVERYONE) || !seen.insert(row.operation) {
                continue;
            }
            for state in states {
                let there = Row {
                    operation: row.operation,
                    objects: [&[state], rest].concat(),
                    query: row.query,
                    body: row.body.clone(),
                    allowed: Vec::new(),
                    forbidden: Vec::new(),
                    unfit: Vec::new(),
                    others: 403,
                };
                for subject in CALLERS.into_iter().filter(|one| !known.contains(one)) {
                    let (what, reply) = asked.ask(&there, subject).await;
                    cases += 1;
                    if [403, 404].contains(&reply.status) {
                        continue;
                    }
                    let known = (row.operation, state, subject);
                    if LET_IN.contains(&known) {
                        let_in.insert(known);
                    } else {
                        wrong.push(format!("{what} ({state}): {} {}", reply.status, reply.json));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(let_in, LET_IN.into(), "nobody else, and all of them");
        assert!(seen.len() > 40, "{}", seen.len());
        announce(&format!(
            "authorisation over the states: {} operations, {cases} cases",
            seen.len()
        ));
    });
}
