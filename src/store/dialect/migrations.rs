//! Migrations: embedded twins, run under a polled lock, refused when the database is not one that this
//! binary made or may bring up to date (MIG-02, MIG-06, M-26).

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::{MigrationConnection, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use sha2::{Digest, Sha256};

use super::Taken;
use crate::domain::error::{Error, Result};
use crate::store::connection::Conn;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Version of each migration with its text for SQLite and for PostgreSQL: what the fingerprint is made
/// of. A test holds this list against the folders.
const TEXTS: [(&str, &str, &str); 2] = [
    (
        "0001",
        include_str!("../../../migrations/sqlite/0001_initial/up.sql"),
        include_str!("../../../migrations/postgres/0001_initial/up.sql"),
    ),
    (
        "0002",
        include_str!("../../../migrations/sqlite/0002_reference/up.sql"),
        include_str!("../../../migrations/postgres/0002_reference/up.sql"),
    ),
];

/// Version of the newest migration that this binary has.
pub fn newest_migration() -> &'static str {
    TEXTS.last().map_or("none", |(version, _, _)| *version)
}

/// Key of the advisory lock under which migrations run; any fixed number.
pub const MIGRATION_LOCK: i64 = 0x7468_6964_7561;

/// How a database stands to this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// Exactly what this binary needs.
    Current,
    /// A later release has migrated, in a way that lets this binary serve until it is replaced (MIG-04); the newest
    /// migration.
    Ahead(String),
    /// Migrations are missing, or all of them.
    Older,
    /// It has a migration that this binary does not know and that does not let it serve.
    Newer(String),
    /// A migration of this version ran in another form; before 0.1.0 the first ones are rewritten.
    Foreign(String),
}

impl Schema {
    /// Whether this binary serves on it.
    pub const fn serves(&self) -> bool {
        matches!(self, Self::Current | Self::Ahead(_))
    }

    /// Why the database cannot be used, and what to do; nothing for one that is current or can be
    /// brought up to date.
    pub fn refusal(&self) -> Option<String> {
        match self {
            Self::Current | Self::Ahead(_) | Self::Older => None,
            Self::Newer(version) => Some(format!(
                "the database has migration {version}, on which this version of thidua cannot serve; \
                 start a newer thidua or restore a matching backup"
            )),
            Self::Foreign(version) => Some(format!(
                "migration {version} of this database ran in another form than this version of thidua has \
                 (until 0.1.0 the first migrations may be rewritten); nothing was changed: keep the database \
                 with the thidua that made it, or move it aside (SQLite: the file with its -wal and -shm; \
                 PostgreSQL: dropdb and createdb) and run `thidua migrate` for an empty one"
            )),
        }
    }
}

/// Migrations that a database is brought up to date by: this binary's own ([`Embedded`]), and in tests of the runner
/// others beside them.
pub trait Steps {
    /// Version of each with its text for this database, which the fingerprint is made of.
    fn texts(&self, conn: &Conn) -> Vec<(String, String)>;

    /// Runs those that are missing; answers their versions. The harness gives each a transaction of its own, but for
    /// one whose `metadata.toml` says `run_in_transaction = false` (`CREATE INDEX CONCURRENTLY`, MIG-03).
    ///
    /// # Errors
    /// The harness's error.
    fn run(&self, conn: &mut Conn) -> diesel::migration::Result<Vec<String>>;
}

/// The migrations of this binary.
#[derive(Debug, Clone, Copy)]
pub struct Embedded;

impl Steps for Embedded {
    fn texts(&self, conn: &Conn) -> Vec<(String, String)> {
        let of = |(version, sqlite, postgres): (&str, &str, &str)| {
            let text = match conn {
                Conn::Sqlite(_) => sqlite,
                Conn::Postgres(_) => postgres,
            };
            (version.to_owned(), text.to_owned())
        };
        TEXTS.map(of).into()
    }

    fn run(&self, conn: &mut Conn) -> diesel::migration::Result<Vec<String>> {
        match conn {
            Conn::Sqlite(inner) => inner.run_pending_migrations(SQLITE).map(names),
            Conn::Postgres(inner) => run_on_server(inner, POSTGRES),
        }
    }
}

/// How often a migration that did not get its locks is tried.
const LOCK_ATTEMPTS: u32 = 30;

/// Runs what is missing on a server, where others serve meanwhile. A migration waits for a lock for two seconds at most:
/// everybody who comes later waits behind it. Then it lets them by and tries again (MIG-05). One outside of a
/// transaction has no such bound: `CREATE INDEX CONCURRENTLY` waits for older transactions and holds nobody up. How long
/// its statements take is not bounded, whatever the role's own setting is.
///
/// # Errors
/// The harness's error.
pub fn run_on_server(
    conn: &mut PgConnection,
    source: impl MigrationSource<Pg>,
) -> diesel::migration::Result<Vec<String>> {
    let mut ran = Vec::new();
    for migration in conn.pending_migrations(source)? {
        let bounded = migration.metadata().run_in_transaction();
        conn.batch_execute(if bounded {
            "SET lock_timeout = '2s'; SET statement_timeout = 0"
        } else {
            "SET lock_timeout = 0; SET statement_timeout = 0"
        })?;
        let mut attempt = 1;
        let version = loop {
            match conn.run_migration(&*migration) {
                Err(error) if attempt < LOCK_ATTEMPTS && error.to_string().contains("lock timeout") => {
                    attempt += 1;
                    std::thread::sleep(Duration::from_secs(1));
                }
                ended => break ended?.to_string(),
            }
        };
        ran.push(version);
    }
    conn.batch_execute("RESET lock_timeout; RESET statement_timeout")?;
    Ok(ran)
}

/// Runs what is missing under the lock; refuses a schema that this binary does not know. Answers the
/// versions that ran.
///
/// # Errors
/// A sentence for the operator.
pub fn migrate(conn: &mut Conn) -> std::result::Result<Vec<String>, String> {
    migrate_by(conn, &Embedded)
}

/// As [`migrate`], by these migrations.
///
/// # Errors
/// A sentence for the operator.
pub fn migrate_by(conn: &mut Conn, steps: &impl Steps) -> std::result::Result<Vec<String>, String> {
    // Without the lock, which a session holds: behind a pooler in transaction mode there is none to hold it.
    if schema_by(conn, steps).is_ok_and(|schema| schema.serves()) {
        return Ok(Vec::new());
    }
    take_lock(conn)?;
    let outcome = migrate_locked(conn, steps);
    if let Conn::Postgres(inner) = conn {
        let unlocked = diesel::sql_query("SELECT pg_advisory_unlock($1) AS taken")
            .bind::<diesel::sql_types::BigInt, _>(MIGRATION_LOCK)
            .get_result::<Taken>(inner);
        match unlocked {
            Ok(Taken { taken: true }) => {}
            Ok(_) => {
                return Err(
                    "the migration lock was another session's: migrate at the server itself, not through a \
                     pooler in transaction mode"
                        .to_owned(),
                );
            }
            Err(error) => return Err(format!("the migration lock could not be released: {error}")),
        }
    }
    outcome
}

/// Polls: a waiting statement would hold a snapshot for which `CREATE INDEX CONCURRENTLY` waits for
/// ever (MIG-02).
fn take_lock(conn: &mut Conn) -> std::result::Result<(), String> {
    let Conn::Postgres(inner) = conn else {
        return Ok(());
    };
    let mut pause = Duration::from_millis(250);
    for _ in 0..60 {
        let taken = diesel::sql_query("SELECT pg_try_advisory_lock($1) AS taken")
            .bind::<diesel::sql_types::BigInt, _>(MIGRATION_LOCK)
            .get_result::<Taken>(inner)
            .map_err(|error| format!("the migration lock could not be asked for: {error}"))?;
        if taken.taken {
            return Ok(());
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(5));
    }
    Err("another process has been migrating for minutes; nothing was changed".to_owned())
}

fn migrate_locked(conn: &mut Conn, steps: &impl Steps) -> std::result::Result<Vec<String>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the migration failed: {error}");
    make_ledgers(conn)?;
    let schema = schema_by(conn, steps).map_err(|error| failed(&error))?;
    if let Some(sentence) = schema.refusal() {
        return Err(sentence);
    }
    // Another process may have done it while this one waited.
    if schema.serves() {
        return Ok(Vec::new());
    }
    let applied = applied(conn).map_err(|error| failed(&error))?;
    // Before they run: one that runs and is not noted would be taken for another form. The note of one
    // that fails is overwritten by the next attempt.
    for (version, text) in steps.texts(conn) {
        if !applied.contains(&version) {
            note(conn, &version, &text).map_err(|error| failed(&error))?;
        }
    }
    steps.run(conn).map_err(|error| failed(&error))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `Result::map` hands over"
)]
fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

/// The table of diesel's harness and the one of fingerprints beside it.
fn make_ledgers(conn: &mut Conn) -> std::result::Result<(), String> {
    let text = |error: &dyn std::fmt::Display| format!("the table of migrations cannot be made: {error}");
    match conn {
        Conn::Sqlite(inner) => inner.setup().map_err(|error| text(&error))?,
        Conn::Postgres(inner) => inner.setup().map_err(|error| text(&error))?,
    };
    conn.batch_execute(
        "CREATE TABLE IF NOT EXISTS __thidua_migrations \
         (version VARCHAR(50) PRIMARY KEY NOT NULL, fingerprint VARCHAR(64) NOT NULL)",
    )
    .map_err(|error| text(&error))?;
    // Younger than the table.
    let has = match conn {
        Conn::Sqlite(inner) => diesel::sql_query(
            "SELECT count(*) > 0 AS taken FROM pragma_table_info('__thidua_migrations') \
             WHERE name = 'serves_from'",
        )
        .get_result::<Taken>(inner),
        Conn::Postgres(inner) => diesel::sql_query(
            "SELECT count(*) > 0 AS taken FROM pg_attribute \
             WHERE attrelid = '__thidua_migrations'::regclass AND attname = 'serves_from'",
        )
        .get_result::<Taken>(inner),
    };
    if !has.map_err(|error| text(&error))?.taken {
        conn.batch_execute("ALTER TABLE __thidua_migrations ADD COLUMN serves_from VARCHAR(50)")
            .map_err(|error| text(&error))?;
    }
    Ok(())
}

/// How a migration says from which one on releases serve on it: a line of its text. Without it only those serve that
/// have it.
const SERVES_FROM: &str = "-- serves-from:";

fn serves_from(text: &str) -> Option<&str> {
    text.lines()
        .find_map(|line| line.strip_prefix(SERVES_FROM))
        .map(str::trim)
}

fn fingerprint(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn note(conn: &mut Conn, version: &str, text: &str) -> QueryResult<()> {
    diesel::delete(migration_notes::table.filter(migration_notes::version.eq(version))).execute(conn)?;
    diesel::insert_into(migration_notes::table)
        .values((
            migration_notes::version.eq(version),
            migration_notes::fingerprint.eq(fingerprint(text)),
            migration_notes::serves_from.eq(serves_from(text)),
        ))
        .execute(conn)
        .map(drop)
}

fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    applied_migrations::table
        .select(applied_migrations::version)
        .order(applied_migrations::version)
        .load(conn)
}

/// How the database stands to this binary; reads only, so that `/readyz` and `serve` without migration
/// may ask. A database without the tables of migrations answers the driver's error.
///
/// # Errors
/// The driver's error.
pub fn schema(conn: &mut Conn) -> Result<Schema> {
    schema_by(conn, &Embedded)
}

fn schema_by(conn: &mut Conn, steps: &impl Steps) -> Result<Schema> {
    let applied = applied(conn)?;
    let noted: BTreeMap<String, String> = migration_notes::table
        .select((migration_notes::version, migration_notes::fingerprint))
        .load(conn)
        .map_err(Error::from)?
        .into_iter()
        .collect();
    let known: BTreeMap<String, String> = steps.texts(conn).into_iter().collect();
    let newest = known.last_key_value().map(|(version, _)| version.clone());
    let mut ahead = None;
    for version in &applied {
        match known.get(version) {
            Some(text) if noted.get(version) == Some(&fingerprint(text)) => {}
            Some(_) => return Ok(Schema::Foreign(version.clone())),
            // Asked only here: whoever has run what this binary does not know has made the column.
            None if allowed(conn, version)?.is_some_and(|from| Some(from) <= newest) => {
                ahead = Some(version.clone());
            }
            None => return Ok(Schema::Newer(version.clone())),
        }
    }
    let missing = known.keys().any(|version| !applied.contains(version));
    Ok(match ahead {
        // Two lines of releases met here.
        Some(version) if missing => Schema::Newer(version),
        Some(version) => Schema::Ahead(version),
        None if missing => Schema::Older,
        None => Schema::Current,
    })
}

/// From which migration on releases serve on this one, if it says so.
fn allowed(conn: &mut Conn, version: &str) -> Result<Option<String>> {
    let from = migration_notes::table
        .find(version)
        .select(migration_notes::serves_from)
        .first::<Option<String>>(conn)
        .optional()?;
    Ok(from.flatten())
}

mod ledgers {
    #![allow(missing_docs, reason = "written by the form of `table!`")]

    diesel::table! {
        #[sql_name = "__diesel_schema_migrations"]
        applied_migrations (version) {
            version -> Text,
        }
    }

    diesel::table! {
        #[sql_name = "__thidua_migrations"]
        migration_notes (version) {
            version -> Text,
            fingerprint -> Text,
            serves_from -> Nullable<Text>,
        }
    }
}
use ledgers::{applied_migrations, migration_notes};

/// Undoes every migration; for the test that goes up, down and up again (MIG-07).
///
/// # Errors
/// A sentence for the operator.
pub fn revert_all(conn: &mut Conn) -> std::result::Result<(), String> {
    let done = match conn {
        Conn::Sqlite(inner) => inner.revert_all_migrations(SQLITE).map(drop),
        Conn::Postgres(inner) => inner.revert_all_migrations(POSTGRES).map(drop),
    };
    done.map_err(|error| format!("the migrations could not be undone: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_migration_has_its_text() {
        let versions = |source: &EmbeddedMigrations| -> Vec<String> {
            MigrationSource::<Pg>::migrations(source)
                .expect("embedded")
                .iter()
                .map(|migration| migration.name().version().to_string())
                .collect()
        };
        let listed: Vec<&str> = TEXTS.iter().map(|(version, ..)| *version).collect();
        for mut embedded in [versions(&SQLITE), versions(&POSTGRES)] {
            embedded.sort();
            assert_eq!(embedded, listed);
        }
    }
}
