//! What is asked of the database itself before it is trusted: that a commit is durable, that it is new
//! enough, and that its clock is not far from ours.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz};

use crate::domain::error::{Code, Error, Result};
use crate::domain::time::Instant;
use crate::store::connection::Conn;
use crate::store::prepared::Prepare as _;

/// The oldest PostgreSQL whose behaviour is tested.
const OLDEST_SERVER: i32 = 150_000;

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Text)]
    encoding: String,
    #[diesel(sql_type = Text)]
    fsync: String,
}

#[derive(QueryableByName)]
struct Embedded {
    #[diesel(sql_type = Text)]
    journal_mode: String,
    #[diesel(sql_type = Integer)]
    synchronous: i32,
}

/// Refuses a database on which a 2xx would not mean "on stable storage" (DUR-01), or that is too old.
///
/// # Errors
/// A sentence for the operator.
pub fn refuse_unsafe(conn: &mut Conn) -> std::result::Result<(), String> {
    let unknown =
        |error: diesel::result::Error| format!("the database cannot be asked how it is set up: {error}");
    let faults = match conn {
        Conn::Postgres(inner) => {
            let server: Server = diesel::sql_query(
                "SELECT current_setting('server_version_num')::int AS version, \
                    current_setting('synchronous_commit') AS synchronous_commit, \
                    current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync",
            )
            .get_result(inner)
            .map_err(unknown)?;
            if server.fsync == "off" {
                tracing::warn!(
                    "fsync of the PostgreSQL server is off: a power cut can lose confirmed decisions and destroy the database"
                );
            }
            [
                (server.version < OLDEST_SERVER).then(|| {
                    format!(
                        "PostgreSQL 15 or newer is needed, this is {}",
                        server.version / 10_000
                    )
                }),
                (server.synchronous_commit == "off").then(|| {
                    "synchronous_commit is off: a confirmed decision could be lost; set it to on".to_owned()
                }),
                (server.encoding != "UTF8")
                    .then(|| format!("the database's encoding is {}, UTF8 is needed", server.encoding)),
            ]
        }
        Conn::Sqlite(inner) => {
            let file: Embedded = diesel::sql_query(
                "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous",
            )
            .get_result(inner)
            .map_err(unknown)?;
            [
                (file.journal_mode != "wal").then(|| {
                    format!(
                        "SQLite's write-ahead log is not available here (journal mode {}): the file must lie on a \
                         local file system",
                        file.journal_mode
                    )
                }),
                // 2 is FULL, 3 EXTRA.
                (file.synchronous < 2).then(|| "SQLite does not flush each commit".to_owned()),
                None,
            ]
        }
    };
    let faults: Vec<String> = faults.into_iter().flatten().collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("; "))
    }
}

/// Writes the embedded database to a new file as it is at one instant (BKP-01). Copying the file itself would
/// miss what still stands in the write-ahead log.
///
/// # Errors
/// A sentence for the operator.
pub fn copy_to(conn: &mut Conn, path: &str) -> std::result::Result<(), String> {
    match conn {
        Conn::Postgres(_) => Err(
            "a PostgreSQL database is backed up by pg_basebackup or pg_dump (deploy/README.md, Backup)"
                .to_owned(),
        ),
        Conn::Sqlite(inner) => diesel::sql_query("VACUUM INTO ?")
            .bind::<Text, _>(path)
            .execute(inner)
            .map(drop)
            .map_err(|error| format!("{path} cannot be written: {error}")),
    }
}

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Takes {
    #[diesel(sql_type = Bool)]
    takes: bool,
}

/// Refuses a server that takes no writes: a standby, a restore that waits for somebody, one that is set to read only.
///
/// # Errors
/// `service.database_unavailable`, with which the connection goes: the next one may find the right server.
pub fn refuse_reader(conn: &mut Conn) -> Result<()> {
    match conn {
        // Found out by writing.
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(inner) => {
            // Not `transaction_read_only`, which is so wherever the service only asks.
            let asked = "SELECT NOT pg_is_in_recovery() \
                         AND current_setting('default_transaction_read_only') = 'off' AS takes";
            let row: Takes = diesel::sql_query(asked).get_result(inner)?;
            if row.takes {
                return Ok(());
            }
            Err(Error {
                cause: Some("the server takes no writes".to_owned()),
                ..Error::new(Code::DatabaseUnavailable)
            })
        }
    }
}

/// The clock of the database server; none where the database lives in this process and shares its clock.
///
/// # Errors
/// The driver's error.
pub fn clock(conn: &mut Conn) -> Result<Option<Instant>> {
    match conn {
        Conn::Sqlite(_) => Ok(None),
        Conn::Postgres(inner) => {
            let row: Now = diesel::sql_query("SELECT clock_timestamp() AS now").get_result(inner)?;
            Ok(Some(Instant::new(row.now)))
        }
    }
}

#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
}

fn position(conn: &mut Conn, sql: &str) -> QueryResult<Option<i64>> {
    match conn {
        Conn::Sqlite(_) => Ok(None),
        Conn::Postgres(inner) => diesel::sql_query(sql)
            .prepared()
            .get_result::<Position>(inner)
            .map(|row| row.position),
    }
}

/// How far the server's log is on stable storage: every commit that was answered lies below, and a standby gets
/// nothing beyond. None where it is a standby itself.
///
/// # Errors
/// The driver's error.
pub fn written(conn: &mut Conn) -> QueryResult<Option<i64>> {
    position(
        conn,
        "SELECT CASE WHEN NOT pg_is_in_recovery() \
            THEN CAST(pg_current_wal_flush_lsn() - '0/0' AS bigint) END AS position",
    )
}

/// How far a standby has replayed: what was committed below is visible to the next snapshot. None where it is no
/// standby: the log of one that was promoted is another one.
///
/// # Errors
/// The driver's error.
pub fn replayed(conn: &mut Conn) -> QueryResult<Option<i64>> {
    position(
        conn,
        "SELECT CASE WHEN pg_is_in_recovery() \
            THEN CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint) END AS position",
    )
}
