//! AZN-01, AZN-02: every operation of the document × every subject, with the status expected. A change is
//! tried as a dry run, so that one fixture serves all; each row proves by its allowed callers that the
//! request is a good one, so that a 403 or 404 is no coincidence. On PostgreSQL each row is asked by one
//! caller of each kind.

pub mod fixture;
mod places;
mod rows;
mod several_roles;
mod states;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use self::fixture::Fixture;
use self::table::{EVERYONE, Row};
use crate::support::files::pdf;
use crate::support::promises;
use crate::support::world::{Reply, World};
use crate::support::{Database, announce, nameless, run};

/// Method and path of every operation.
fn operations() -> BTreeMap<String, (String, String)> {
    promises::operations()
        .into_iter()
        .map(|(method, path, value)| (value["operationId"].as_str().unwrap().to_owned(), (method, path)))
        .collect()
}

/// The identifier of nothing.
const ABSENT: &str = "0199ffff-0000-7000-8000-00000000dead";

/// The path of a row: its objects in place of the template's parameters, or of nothing.
fn path(template: &str, fixture: &Fixture, row: &Row, absent: bool) -> String {
    let mut objects = row.objects.iter();
    let segments: Vec<&str> = template
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            Some(_) => {
                let object = objects.next().expect("an object for each parameter");
                if absent { ABSENT } else { fixture.id(object) }
            }
            None => segment,
        })
        .collect();
    assert_eq!(
        objects.next(),
        None,
        "{}: more objects than parameters",
        row.operation
    );
    match row.query {
        Some(query) => format!("{}?{}", segments.join("/"), fixture.filled(query)),
        None => segments.join("/"),
    }
}

/// The table before one world.
struct Asked<'w> {
    world: &'w World,
    fixture: Fixture,
    operations: BTreeMap<String, (String, String)>,
}

impl<'w> Asked<'w> {
    async fn prepare(world: &'w World) -> Self {
        Self {
            world,
            fixture: Fixture::build(world).await,
            operations: operations(),
        }
    }

    /// Asks, and answers what is not as the table says. What is hidden is refused as what is absent is (AZN-03).
    async fn check(&self, row: &Row, subject: &str) -> Option<String> {
        let (asked, reply) = self.ask(row, subject).await;
        let expected = row.expected(subject);
        if !expected.contains(&reply.status) {
            let wanted = expected.start;
            return Some(format!("{asked}: {} for {wanted} {}", reply.status, reply.json));
        }
        if reply.status != 404 || row.objects.is_empty() {
            return None;
        }
        let (_, absent) = self.ask_about(row, subject, true).await;
        let (hidden, absent) = (
            (404, nameless(reply.json)),
            (absent.status, nameless(absent.json)),
        );
        (hidden != absent).then(|| format!("{asked}: {hidden:?}, and of nothing {absent:?}"))
    }

    /// Asks for a row as a subject; what was asked, and the answer.
    async fn ask(&self, row: &Row, subject: &str) -> (String, Reply) {
        self.ask_about(row, subject, false).await
    }

    /// As [`Asked::ask`], of the row's objects or of such that are not there.
    async fn ask_about(&self, row: &Row, subject: &str, absent: bool) -> (String, Reply) {
        let (method, template) = self
            .operations
            .get(row.operation)
            .unwrap_or_else(|| panic!("{} is no operation", row.operation));
        let mut path = path(template, &self.fixture, row, absent);
        // Bytes cannot be tried; their upload is repeatable.
        let bytes = row.operation == "uploadFileContent";
        let write = method != "GET";
        if write && !bytes {
            path.push_str("?dry_run=true");
        }
        let mut ask = places::caller(self.world, subject).ask(method, &path);
        if write {
            ask = ask.if_match("*");
        }
        ask = match &row.body {
            Some(body) => ask.json(&self.fixture.filled_body(body)),
            None if bytes => ask.body(pdf("b")),
            None => ask,
        };
        let reply = ask.send().await;
        (format!("{method} {path} as {subject}"), reply)
    }
}

#[test]
fn every_subject_gets_what_the_table_says() {
    run(Database::Sqlite, |world: World| async move {
        let asked = Asked::prepare(&world).await;
        let (rows, subjects) = (rows::all(), places::subjects());
        let mut wrong = Vec::new();
        for row in &rows {
            for subject in &subjects {
                wrong.extend(asked.check(row, subject).await);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let operations: BTreeSet<&str> = rows.iter().map(|row| row.operation).collect();
        let (operations, cases) = (operations.len(), rows.len() * subjects.len());
        announce(&format!("authorisation: {operations} operations, {cases} cases"));
    });
}

#[test]
fn one_of_each_kind_gets_the_same_from_postgres() {
    run(Database::Postgres, |world: World| async move {
        let asked = Asked::prepare(&world).await;
        for row in rows::all() {
            let allowed = row.allowed.first().filter(|one| **one != EVERYONE);
            for subject in allowed
                .into_iter()
                .chain(row.forbidden.first())
                .chain([&"other-head"])
            {
                assert_eq!(asked.check(&row, subject).await, None);
            }
        }
    });
}

/// A misspelt subject would be taken for one of the others, and one in two lists for the first.
#[test]
fn every_named_subject_asks_and_stands_in_one_list() {
    let subjects = places::subjects();
    for row in rows::all() {
        let mut seen = BTreeSet::new();
        for list in [&row.allowed, &row.forbidden, &row.unfit] {
            let list: BTreeSet<&str> = list.iter().copied().filter(|one| *one != EVERYONE).collect();
            for subject in list {
                assert!(
                    subjects.contains(&subject),
                    "{}: who is {subject}?",
                    row.operation
                );
                assert!(seen.insert(subject), "{}: {subject} stands twice", row.operation);
            }
        }
    }
}

/// A new operation without a row fails here.
#[test]
fn every_operation_has_a_row() {
    let rows: BTreeSet<&str> = rows::all().iter().map(|row| row.operation).collect();
    for (_, path, value) in promises::operations() {
        let id = value["operationId"].as_str().unwrap();
        let public = value["security"] == json!([]);
        assert!(
            public || rows.contains(id),
            "{id} ({path}) has no row in tests/it/authorization/rows"
        );
    }
}
