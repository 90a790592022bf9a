//! Migrations on both databases: the same schema, there and back, once only, and never on a schema that
//! is newer than the binary; on PostgreSQL also one that runs outside of a transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use thidua::store::connection::{Conn, Location, Manager, Use};
use thidua::store::dialect::{self, Schema, Steps};

use crate::support::next_release::{Further, NextRelease};
use crate::support::postgres;

fn sqlite() -> (tempfile::TempDir, Conn) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thidua.db").display().to_string();
    (folder, open(Location::Sqlite(path)))
}

fn open(location: Location) -> Conn {
    Manager::new(location, Use::Write).open().unwrap()
}

/// Runs a test on an empty PostgreSQL database, where there is one.
fn on_postgres(test: impl FnOnce(Location)) {
    let Some(cluster) = postgres::wanted() else {
        return;
    };
    let name = cluster.create_empty();
    test(Location::Postgres(cluster.url(&name)));
    postgres::drop_database(&name);
}

#[test]
fn both_databases_have_the_same_schema() {
    let (_folder, mut embedded) = sqlite();
    dialect::migrate(&mut embedded).unwrap();
    let described = dialect::describe_schema(&mut embedded).unwrap();
    assert!(described.len() > 300, "{} columns", described.len());
    on_postgres(|location| {
        let mut server = open(location);
        dialect::migrate(&mut server).unwrap();
        assert_eq!(described, dialect::describe_schema(&mut server).unwrap());
        assert_eq!(sqlite_checks(&mut embedded), postgres_checks(&mut server));
        assert_eq!(unique_columns(&mut embedded), unique_columns(&mut server));
    });
}

/// What `table!` says, as `describe_schema` would.
fn declared() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut table = None;
    for line in include_str!("../../src/store/schema.rs").lines() {
        let line = line.trim();
        match (table.as_ref(), line.split_once(" -> ")) {
            (Some(table), Some((column, kind))) => {
                let null = if kind.starts_with("Nullable") {
                    "null"
                } else {
                    "not null"
                };
                lines.insert(format!("{table}.{column} {null}"));
            }
            (_, None) if line.ends_with(") {") => {
                table = line.split_once(" (").map(|(name, _)| name.to_owned());
            }
            (Some(_), None) if line == "}" => table = None,
            _ => {}
        }
    }
    lines
}

#[test]
fn the_query_builder_knows_exactly_the_columns_of_the_database() {
    let (_folder, mut embedded) = sqlite();
    dialect::migrate(&mut embedded).unwrap();
    let real: BTreeSet<String> = dialect::describe_schema(&mut embedded)
        .unwrap()
        .into_iter()
        .collect();
    let declared = declared();
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        (only(&real, &declared), only(&declared, &real)),
        (String::new(), String::new()),
        "(only in the database, only in schema.rs)"
    );
}

/// Names of the named CHECK constraints by table.
fn sqlite_checks(conn: &mut Conn) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for (table, sql) in sqlite_tables(conn) {
        let names: BTreeSet<String> = sql
            .lines()
            .filter_map(|line| line.trim().strip_prefix("CONSTRAINT "))
            .filter(|rest| rest.contains(" CHECK "))
            .map(|rest| rest.split(' ').next().unwrap().to_owned())
            .collect();
        if !names.is_empty() {
            found.insert(table, names);
        }
    }
    found
}

#[derive(diesel::QueryableByName)]
struct Pair {
    #[diesel(sql_type = diesel::sql_types::Text)]
    a: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    b: String,
}

fn pairs(conn: &mut Conn, sql: &str) -> Vec<(String, String)> {
    let rows: Vec<Pair> = match conn {
        Conn::Sqlite(inner) => diesel::sql_query(sql).load(inner).unwrap(),
        Conn::Postgres(inner) => diesel::sql_query(sql).load(inner).unwrap(),
    };
    rows.into_iter().map(|row| (row.a, row.b)).collect()
}

fn sqlite_tables(conn: &mut Conn) -> Vec<(String, String)> {
    pairs(
        conn,
        "SELECT name AS a, sql AS b FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL",
    )
}

fn postgres_checks(conn: &mut Conn) -> BTreeMap<String, BTreeSet<String>> {
    let rows = pairs(
        conn,
        "SELECT r.relname::text AS a, c.conname::text AS b FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid \
         WHERE c.contype = 'c' AND r.relnamespace = current_schema()::regnamespace",
    );
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, name) in rows {
        found.entry(table).or_default().insert(name);
    }
    found
}

/// The column lists that are unique, by table.
fn unique_columns(conn: &mut Conn) -> BTreeSet<(String, String)> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT m.name AS a, (SELECT group_concat(name, ',') FROM (SELECT i.name FROM pragma_index_info(l.name) i \
                ORDER BY i.name)) AS b \
             FROM sqlite_master m JOIN pragma_index_list(m.name) l \
             WHERE m.type = 'table' AND l.\"unique\" = 1 AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'"
        }
        Conn::Postgres(_) => {
            "SELECT r.relname::text AS a, (SELECT string_agg(k.attname::text, ',' ORDER BY k.attname::text COLLATE \"C\") \
                FROM pg_attribute k WHERE k.attrelid = r.oid AND k.attnum = ANY (i.indkey)) AS b \
             FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid \
             WHERE i.indisunique AND r.relnamespace = current_schema()::regnamespace \
               AND r.relname NOT LIKE '\\_\\_%'"
        }
    };
    pairs(conn, sql).into_iter().collect()
}

fn up_down_up(conn: &mut Conn) {
    let ran = dialect::migrate(conn).unwrap();
    assert!(!ran.is_empty());
    assert_eq!(dialect::schema(conn).unwrap(), Schema::Current);
    let first = dialect::describe_schema(conn).unwrap();
    dialect::revert_all(conn).unwrap();
    assert_eq!(dialect::describe_schema(conn).unwrap(), Vec::<String>::new());
    assert_eq!(dialect::schema(conn).unwrap(), Schema::Older);
    assert_eq!(dialect::migrate(conn).unwrap(), ran);
    assert_eq!(dialect::describe_schema(conn).unwrap(), first);
    assert!(
        dialect::migrate(conn).unwrap().is_empty(),
        "a second run does nothing"
    );
}

#[test]
fn up_down_and_up_again_is_the_same() {
    up_down_up(&mut sqlite().1);
    on_postgres(|location| up_down_up(&mut open(location)));
}

fn refuses_the_unknown(conn: &mut Conn) {
    dialect::migrate(conn).unwrap();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
    conn.batch_execute(newer).unwrap();
    let sentence = dialect::migrate(conn).unwrap_err();
    assert!(
        sentence.contains("9999") && sentence.contains("newer"),
        "{sentence}"
    );
}

#[test]
fn a_newer_schema_is_refused() {
    refuses_the_unknown(&mut sqlite().1);
    on_postgres(|location| refuses_the_unknown(&mut open(location)));
}

/// A first migration that was rewritten since: the database is left as it is (M-26).
fn refuses_another_form(conn: &mut Conn) {
    dialect::migrate(conn).unwrap();
    conn.batch_execute(
        "UPDATE __thidua_migrations SET fingerprint = 'of an older form' WHERE version = '0001'",
    )
    .unwrap();
    let sentence = dialect::migrate(conn).unwrap_err();
    assert!(
        sentence.contains("0001") && sentence.contains("thidua migrate") && sentence.contains("createdb"),
        "{sentence}"
    );
    assert_eq!(dialect::schema(conn).unwrap(), Schema::Foreign("0001".to_owned()));
    conn.batch_execute("DELETE FROM __thidua_migrations").unwrap();
    assert!(dialect::migrate(conn).is_err(), "without a note it is as unknown");
}

#[test]
fn another_form_of_a_migration_is_refused() {
    refuses_another_form(&mut sqlite().1);
    on_postgres(|location| refuses_another_form(&mut open(location)));
}

#[test]
fn a_database_that_may_lose_commits_is_refused() {
    on_postgres(|location| {
        let mut conn = open(location.clone());
        dialect::refuse_unsafe(&mut conn).unwrap();
        conn.batch_execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$")
            .unwrap();
        let sentence = dialect::refuse_unsafe(&mut open(location)).unwrap_err();
        assert!(sentence.contains("synchronous_commit"), "{sentence}");
    });
    let (_folder, mut conn) = sqlite();
    dialect::refuse_unsafe(&mut conn).unwrap();
    conn.batch_execute("PRAGMA journal_mode = DELETE").unwrap();
    let sentence = dialect::refuse_unsafe(&mut conn).unwrap_err();
    assert!(sentence.contains("write-ahead log"), "{sentence}");
}

#[test]
fn five_processes_that_start_at_once_migrate_once() {
    on_postgres(|location| {
        let runs: Vec<Vec<String>> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..5)
                .map(|_| {
                    let location = location.clone();
                    scope.spawn(move || dialect::migrate(&mut open(location)).unwrap())
                })
                .collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let all: Vec<&String> = runs.iter().flatten().collect();
        let unique: BTreeSet<&&String> = all.iter().collect();
        assert_eq!(all.len(), unique.len(), "a migration ran twice");
        assert_eq!(runs.iter().filter(|ran| !ran.is_empty()).count(), 1);
        let mut conn = open(location);
        assert_eq!(dialect::schema(&mut conn).unwrap(), Schema::Current);
    });
}

/// A migration of the next release that is run when so many processes are waiting at the lock.
struct Awaited {
    next: NextRelease,
    waiting: i64,
    begun: AtomicBool,
}

const CONCURRENTLY: Further = Further {
    name: "0003_positions",
    up: "CREATE INDEX CONCURRENTLY individuals_by_position ON individuals (position);",
    down: "DROP INDEX individuals_by_position;",
    metadata: Some("run_in_transaction = false\n"),
};

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

fn number(conn: &mut PgConnection, sql: &str) -> i64 {
    diesel::sql_query(sql).get_result::<Number>(conn).unwrap().number
}

impl Steps for Awaited {
    fn texts(&self, conn: &Conn) -> Vec<(String, String)> {
        self.next.texts(conn)
    }

    fn run(&self, conn: &mut Conn) -> diesel::migration::Result<Vec<String>> {
        // Whoever asked for the lock and did not get it, and has not ended: what it said last is still shown.
        let polling = "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND query LIKE 'SELECT pg_try_advisory_lock%'";
        // The first: who comes after it finds nothing to do.
        if !self.begun.swap(true, Ordering::Relaxed)
            && let Conn::Postgres(inner) = conn
        {
            while number(inner, polling) < self.waiting {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        self.next.run(conn)
    }
}

/// MIG-03: building the index waits for every transaction that could still see the table without it. A replica that
/// waited for the lock in a statement would be one, and both would wait for each other.
#[test]
fn an_index_is_built_concurrently_while_others_wait() {
    on_postgres(|location| {
        let folder = tempfile::tempdir().unwrap();
        let next = Awaited {
            next: NextRelease::with(folder.path(), &CONCURRENTLY),
            waiting: 4,
            begun: AtomicBool::new(false),
        };
        let runs: Vec<Vec<String>> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..5)
                .map(|_| {
                    let (location, next) = (location.clone(), &next);
                    scope.spawn(move || dialect::migrate_by(&mut open(location), next).unwrap())
                })
                .collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let ran: Vec<&Vec<String>> = runs.iter().filter(|ran| !ran.is_empty()).collect();
        assert_eq!(ran, [&["0001", "0002", "0003"]]);
        let mut conn = open(location);
        let built = "SELECT count(*) AS number FROM pg_index WHERE indisvalid AND \
             indexrelid = 'individuals_by_position'::regclass";
        let Conn::Postgres(inner) = &mut conn else {
            panic!("a server");
        };
        assert_eq!(number(inner, built), 1);
        // This binary does not have the third one, which does not say that it may serve.
        assert_eq!(
            dialect::schema(&mut conn).unwrap(),
            Schema::Newer("0003".to_owned())
        );
    });
}
