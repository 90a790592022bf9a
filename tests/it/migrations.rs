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
use crate::support::servers::until;

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
        let (own, theirs) = (indexes(&mut embedded), indexes(&mut server));
        assert!(own.len() > 60, "{}", own.len());
        assert_eq!(own, theirs);
        let (own, theirs) = (references(&mut embedded), references(&mut server));
        assert!(own.len() > 80, "{}", own.len());
        assert_eq!(own, theirs);
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

/// The indexes that have a name of ours: of which table and columns in which order, whether unique, and of which rows.
fn indexes(conn: &mut Conn) -> BTreeMap<String, String> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT name AS a, sql AS b FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        }
        Conn::Postgres(_) => {
            "SELECT indexrelid::regclass::text AS a, pg_get_indexdef(indexrelid) AS b FROM pg_index \
             JOIN pg_class r ON r.oid = indrelid WHERE r.relnamespace = current_schema()::regnamespace \
               AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = indexrelid AND c.contype IN ('p', 'u'))"
        }
    };
    let plain = |text: String| {
        let (what, rows) = text.split_once(" WHERE ").unwrap_or((&text, ""));
        let what = what
            .replace(" USING btree", "")
            .replace(" ON public.", " ON ")
            .replace('"', "");
        // The server puts conditions into brackets, and its own words into quotes.
        let rows = rows
            .strip_prefix('(')
            .and_then(|rows| rows.strip_suffix(')'))
            .unwrap_or(rows);
        format!(
            "{} WHERE {rows}",
            what.split_whitespace().collect::<Vec<_>>().join(" ")
        )
    };
    let all = pairs(conn, sql).into_iter();
    all.map(|(name, text)| (name, plain(text))).collect()
}

/// What refers to what, by which columns, and what becomes of it when that is deleted.
fn references(conn: &mut Conn) -> BTreeSet<(String, String)> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT m.name AS a, group_concat(k.\"from\", ',') || ' ' || k.\"table\" || ' ' || group_concat(k.\"to\", ',') \
                || ' ' || k.on_delete || ' ' || k.on_update AS b \
             FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k WHERE m.type = 'table' GROUP BY m.name, k.id"
        }
        Conn::Postgres(_) => {
            "SELECT r.relname::text AS a, (SELECT string_agg(attname, ',') FROM pg_attribute \
                    WHERE attrelid = conrelid AND attnum = ANY (conkey)) \
                || ' ' || f.relname || ' ' || (SELECT string_agg(attname, ',') FROM pg_attribute \
                    WHERE attrelid = confrelid AND attnum = ANY (confkey)) \
                || ' ' || CASE confdeltype WHEN 'a' THEN 'NO ACTION' ELSE confdeltype::text END \
                || ' ' || CASE confupdtype WHEN 'a' THEN 'NO ACTION' ELSE confupdtype::text END AS b \
             FROM pg_constraint c JOIN pg_class r ON r.oid = conrelid JOIN pg_class f ON f.oid = confrelid \
             WHERE contype = 'f' AND r.relnamespace = current_schema()::regnamespace"
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

const WIDER: Further = Further {
    name: "0003_nicknames",
    up: "ALTER TABLE individuals ADD COLUMN nickname TEXT;",
    down: "ALTER TABLE individuals DROP COLUMN nickname;",
    metadata: None,
};

/// MIG-05: somebody reads a table for long. The migration that needs it waits, and those who come after it do not wait for
/// longer than it does.
#[test]
fn a_migration_that_waits_for_a_lock_lets_others_by() {
    on_postgres(|location| {
        dialect::migrate(&mut open(location.clone())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let next = NextRelease::with(folder.path(), &WIDER);
        let mut reader = open(location.clone());
        reader
            .batch_execute("BEGIN; SELECT count(*) FROM individuals;")
            .unwrap();
        std::thread::scope(|scope| {
            let migrating = scope.spawn(|| dialect::migrate_by(&mut open(location.clone()), &next).unwrap());
            let mut other = open(location.clone());
            let Conn::Postgres(inner) = &mut other else {
                panic!("a server");
            };
            let waiting = "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock' AND query LIKE '%nickname%'";
            for _ in 0..2 {
                until("the migration waits", || number(inner, waiting) == 1);
                // Behind it in the queue, until it gives up.
                assert_eq!(number(inner, "SELECT count(*) AS number FROM individuals"), 0);
            }
            reader.batch_execute("COMMIT").unwrap();
            assert_eq!(migrating.join().unwrap(), ["0003"]);
        });
    });
}

/// What of a migration would stop those who serve, or cannot be done while the release before serves: expand first, take
/// away later, build indexes CONCURRENTLY, check constraints apart.
fn dangers(sql: &str) -> Vec<&'static str> {
    let code: String = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ")
        .to_uppercase();
    let mut made = BTreeSet::new();
    let mut found = Vec::new();
    for statement in code.split(';') {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let text = words.join(" ");
        let has = |part: &str| text.contains(part);
        if let ["CREATE", "TABLE", name, ..] = words.as_slice() {
            made.insert((*name).to_owned());
            continue;
        }
        let of_new = words
            .iter()
            .any(|word| made.contains(word.split('(').next().unwrap_or_default()));
        if of_new {
            continue;
        }
        let index = has("CREATE INDEX") || has("CREATE UNIQUE INDEX");
        for (danger, name) in [
            (has("DROP TABLE"), "a table is dropped"),
            (has("DROP COLUMN"), "a column is dropped"),
            (has(" RENAME "), "something is renamed"),
            (has("ALTER COLUMN") && has(" TYPE "), "a column changes its type"),
            (has("SET NOT NULL"), "a column is made NOT NULL"),
            (
                has("ADD COLUMN") && has("NOT NULL") && !has("DEFAULT"),
                "a column without a default is NOT NULL",
            ),
            (
                index && !has("CONCURRENTLY"),
                "an index is not built CONCURRENTLY",
            ),
            (
                has("ADD CONSTRAINT") && !has("NOT VALID") && !has("USING INDEX"),
                "a constraint is not NOT VALID",
            ),
        ] {
            if danger {
                found.push(name);
            }
        }
    }
    found
}

/// MIG-05. One that takes away on purpose, in a later release, says so in its text: `-- takes-away:` and why nobody needs
/// it.
#[test]
fn no_migration_is_dangerous_by_mistake() {
    for (sql, wanted) in [
        ("ALTER TABLE campaigns ADD COLUMN motto TEXT", None),
        (
            "CREATE TABLE mottos (id TEXT); CREATE INDEX m ON mottos (id)",
            None,
        ),
        ("CREATE INDEX CONCURRENTLY m ON campaigns (name)", None),
        (
            "ALTER TABLE c ADD CONSTRAINT k CHECK (a > 0) NOT VALID; ALTER TABLE c VALIDATE CONSTRAINT k",
            None,
        ),
        ("-- DROP TABLE campaigns\nSELECT 1", None),
        ("drop table campaigns", Some("a table is dropped")),
        ("ALTER TABLE c\n  DROP COLUMN a", Some("a column is dropped")),
        ("ALTER TABLE c RENAME TO d", Some("something is renamed")),
        (
            "ALTER TABLE c ALTER COLUMN a TYPE BIGINT",
            Some("a column changes its type"),
        ),
        (
            "ALTER TABLE c ALTER a SET NOT NULL",
            Some("a column is made NOT NULL"),
        ),
        (
            "ALTER TABLE c ADD COLUMN a TEXT NOT NULL",
            Some("a column without a default is NOT NULL"),
        ),
        (
            "CREATE UNIQUE INDEX m ON campaigns (name)",
            Some("an index is not built CONCURRENTLY"),
        ),
        (
            "ALTER TABLE c ADD CONSTRAINT k CHECK (a > 0)",
            Some("a constraint is not NOT VALID"),
        ),
    ] {
        assert_eq!(dangers(sql), wanted.into_iter().collect::<Vec<_>>(), "{sql}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    for migration in std::fs::read_dir(folder).unwrap() {
        let migration = migration.unwrap();
        let name = migration.file_name().into_string().unwrap();
        // Nobody serves before these.
        if name.starts_with("0001_") || name.starts_with("0002_") {
            continue;
        }
        let text = std::fs::read_to_string(migration.path().join("up.sql")).unwrap();
        if !text.lines().any(|line| line.starts_with("-- takes-away:")) {
            assert_eq!(dangers(&text), Vec::<&str>::new(), "{name}");
        }
    }
}

/// MIG-02: whoever holds the lock dies, and the others do not wait for him.
#[test]
fn the_lock_of_a_process_that_died_is_free() {
    on_postgres(|location| {
        let Location::Postgres(url) = &location else {
            panic!("a server");
        };
        let mut holder = PgConnection::establish(url).unwrap();
        // As `migrate` takes it: any other would be seen not to be waited for.
        holder
            .batch_execute(&format!("SELECT pg_advisory_lock({})", dialect::MIGRATION_LOCK))
            .unwrap();
        let mut watching = PgConnection::establish(url).unwrap();
        std::thread::scope(|scope| {
            let migrating = scope.spawn(|| dialect::migrate(&mut open(location.clone())).unwrap());
            let polling = "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() \
                 AND query LIKE 'SELECT pg_try_advisory_lock%'";
            until("the other one asks for it", || {
                number(&mut watching, polling) == 1
            });
            assert!(!migrating.is_finished());
            // The server notices that nobody is at the other end.
            drop(holder);
            assert_eq!(migrating.join().unwrap(), ["0001", "0002"]);
        });
    });
}
