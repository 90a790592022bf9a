//! Every place where the two databases differ: beginning a transaction, locks, driver errors,
//! migrations. Nothing else may match on [`Conn`] (a house test holds it).

mod demo;
mod migrations;
mod server;

pub use demo::empty_for_demo;
pub use migrations::{
    Embedded, MIGRATION_LOCK, Schema, Steps, migrate, migrate_by, newest_migration, revert_all,
    run_on_server, schema,
};
pub use server::{clock, copy_to, refuse_reader, refuse_unsafe, replayed, written};

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::connection::Conn;
use super::prepared::Prepare as _;
use super::sql_types::AnyId;
use crate::domain::error::{Code, Error, Fault};
use crate::domain::ids::{CampaignId, OrganizationId};

/// Key of the advisory lock under which one process seals the journal.
const SEALER_LOCK: i64 = 0x7468_6964_7562;

/// Begins a read: one snapshot for all of its statements.
///
/// # Errors
/// The driver's error.
pub fn begin_read(conn: &mut Conn) -> QueryResult<()> {
    begin_snapshot(
        conn,
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    )
}

/// As [`begin_read`], for statements that look at everything.
///
/// # Errors
/// The driver's error.
pub fn begin_inspection(conn: &mut Conn) -> QueryResult<()> {
    begin_snapshot(
        conn,
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0",
    )
}

fn begin_snapshot(conn: &mut Conn, on_server: &str) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN DEFERRED"),
        Conn::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(inner, on_server),
    }
}

/// Begins a write. SQLite takes its one write lock at once, so no statement fails in the middle;
/// PostgreSQL gets its waits bounded for this transaction (`SET LOCAL`, so a pooler is fine, M-16): two
/// seconds for a row or a key that another one is changing (IDM-05, DBF-06), longer for a turn ([`hold`]).
///
/// # Errors
/// The driver's error.
pub fn begin_write(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE"),
        Conn::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(
            inner,
            "BEGIN ISOLATION LEVEL READ COMMITTED; \
             SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'",
        ),
    }
}

/// Has the statements of this transaction planned once for all values, instead of for each. For those that join much to
/// show little, and find it by an index whatever the values are: planning them costs PostgreSQL more than they do.
/// Not for those whose values decide which index is the right one.
///
/// # Errors
/// The driver's error.
pub fn plan_once(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(inner) => inner.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan"),
    }
}

/// Ends the transaction and keeps its work.
///
/// # Errors
/// The driver's error; the outcome is then unknown (IDM-11).
pub fn commit(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::commit_transaction(inner),
        Conn::Postgres(inner) => AnsiTransactionManager::commit_transaction(inner),
    }
}

/// Ends the transaction and forgets its work.
///
/// # Errors
/// The driver's error.
pub fn rollback(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::rollback_transaction(inner),
        Conn::Postgres(inner) => AnsiTransactionManager::rollback_transaction(inner),
    }
}

/// Whether the connection must leave the pool.
pub fn is_broken(conn: &mut Conn) -> bool {
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::is_broken_transaction_manager(inner),
        Conn::Postgres(inner) => AnsiTransactionManager::is_broken_transaction_manager(inner),
    }
}

/// Makes the connection leave the pool. A file is the same file again.
pub fn condemn(conn: &mut Conn) {
    match conn {
        Conn::Sqlite(_) => {}
        Conn::Postgres(inner) => AnsiTransactionManager::transaction_manager_status_mut(inner).set_in_error(),
    }
}

/// Runs `work` inside a savepoint: its failure leaves the surrounding transaction usable.
///
/// # Errors
/// What `work` answers.
pub fn savepoint<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> QueryResult<T>) -> QueryResult<T> {
    conn.transaction(work)
}

/// The random half of a version 7 UUID; a collision only makes two objects wait for each other.
fn low_half(id: uuid::Uuid) -> i64 {
    let (_, low) = id.as_u64_pair();
    i64::from_ne_bytes(low.to_ne_bytes())
}

/// Waits for an advisory lock, longer than for a row: whoever has its turn at a campaign may be deciding on
/// a hundred nominees.
fn take_turn(conn: &mut Conn, lock: &'static str, key: i64) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(inner) => diesel::sql_query(lock)
            .bind::<diesel::sql_types::BigInt, _>(key)
            .prepared()
            .get_result::<Waits>(inner)
            .map(drop),
    }
}

#[derive(diesel::QueryableByName)]
struct Waits {
    #[diesel(sql_type = diesel::sql_types::Text)]
    #[diesel(column_name = waits)]
    _as_long_as: String,
}

const ALONE: &str = "SELECT set_config('lock_timeout', '8s', true) AS waits, pg_advisory_xact_lock($1)";
const SHARED: &str =
    "SELECT set_config('lock_timeout', '8s', true) AS waits, pg_advisory_xact_lock_shared($1)";

/// Keys of the locks that are not those of one object.
const TREE_LOCK: i64 = 7310;
const REFERENCE_LOCK: i64 = 7311;
const CAMPAIGN_TREE_LOCK: i64 = 7312;

/// Holds the campaign against exclusive acts until the transaction ends (submit, appraise, vote).
/// A shared advisory lock: a row share lock starves the exclusive act for seconds (C-16).
///
/// # Errors
/// The driver's error, a lock time-out among them.
pub fn hold_shared(conn: &mut Conn, campaign: CampaignId) -> QueryResult<()> {
    take_turn(conn, SHARED, low_half(campaign.0))
}

/// Holds the campaign alone until the transaction ends (quota, numbers, conclusion).
///
/// # Errors
/// The driver's error, a lock time-out among them.
pub fn hold(conn: &mut Conn, campaign: CampaignId) -> QueryResult<()> {
    take_turn(conn, ALONE, low_half(campaign.0))
}

/// Holds an organisation's register of documents until the transaction ends; after a campaign, never
/// before one (C-15).
///
/// # Errors
/// The driver's error, a lock time-out among them.
pub fn hold_register(conn: &mut Conn, organization: OrganizationId) -> QueryResult<()> {
    take_turn(conn, ALONE, low_half(organization.0))
}

/// Holds all organisations' tree against a concurrent change of it: created in it, moved, closed (AZN-05).
///
/// # Errors
/// The driver's error.
pub fn hold_tree(conn: &mut Conn) -> QueryResult<()> {
    take_turn(conn, ALONE, TREE_LOCK)
}

/// Keeps the tree as it is, for who is put into a unit of it; with others of that kind.
///
/// # Errors
/// The driver's error, a lock time-out among them.
pub fn hold_tree_shared(conn: &mut Conn) -> QueryResult<()> {
    take_turn(conn, SHARED, TREE_LOCK)
}

/// Holds which campaign stands below which (R-C4) against a concurrent change; after a campaign, never before
/// one.
///
/// # Errors
/// The driver's error, a lock time-out among them.
pub fn hold_campaign_tree(conn: &mut Conn) -> QueryResult<()> {
    take_turn(conn, ALONE, CAMPAIGN_TREE_LOCK)
}

/// Holds the effective-dated reference data against a concurrent row.
///
/// # Errors
/// The driver's error.
pub fn hold_reference(conn: &mut Conn) -> QueryResult<()> {
    take_turn(conn, ALONE, REFERENCE_LOCK)
}

/// Keeps the reference data as they are, for who prices an award by them; with others of that kind. After a campaign
/// and a register.
///
/// # Errors
/// The driver's error.
pub fn hold_reference_shared(conn: &mut Conn) -> QueryResult<()> {
    take_turn(conn, SHARED, REFERENCE_LOCK)
}

#[derive(diesel::QueryableByName)]
struct Taken {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    taken: bool,
}

/// Tries to become the one that seals; the lock ends with the transaction (M-10).
///
/// # Errors
/// The driver's error.
pub fn try_hold_sealer(conn: &mut Conn) -> QueryResult<bool> {
    match conn {
        Conn::Sqlite(_) => Ok(true),
        Conn::Postgres(inner) => diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS taken")
            .bind::<diesel::sql_types::BigInt, _>(SEALER_LOCK)
            .prepared()
            .get_result::<Taken>(inner)
            .map(|row| row.taken),
    }
}

/// How a list of ids goes into a statement as one value: what is written before it, itself, what behind it.
pub fn list_of_ids(conn: &Conn, ids: &[AnyId]) -> (&'static str, String, &'static str) {
    let of = |quote: &str| {
        let ids: Vec<String> = ids
            .iter()
            .map(|id| format!("{quote}{}{quote}", id.0.simple()))
            .collect();
        ids.join(",")
    };
    match conn {
        Conn::Sqlite(_) => (
            " IN (SELECT unhex(value) FROM json_each(",
            format!("[{}]", of("\"")),
            "))",
        ),
        Conn::Postgres(_) => (" = ANY (CAST(", format!("{{{}}}", of("")), " AS uuid[]))"),
    }
}

/// What stands around the statement of a caller's authority to make one value of its rows: `;` between rows, `,`
/// between columns, and nothing where there is nothing. JSON would take both sides longer.
pub const fn authority_as_text(conn: &Conn) -> (&'static str, &'static str) {
    match conn {
        Conn::Sqlite(_) => (
            "(SELECT group_concat(part || ',' || COALESCE(word, '') || ',' || hex(place) || ',' || hex(below), \
             ';') FROM (",
            "))",
        ),
        Conn::Postgres(_) => (
            "(SELECT string_agg(part || ',' || COALESCE(word, '') || ',' || \
             COALESCE(CAST(place AS text), '') || ',' || COALESCE(CAST(below AS text), ''), ';') FROM (",
            ") AS authority)",
        ),
    }
}

/// The counts of a campaign as one value, in the same form: of 130 rows of seven columns, reading the columns one by
/// one is most of the work.
pub const fn counts_as_text(conn: &Conn) -> &'static str {
    match conn {
        Conn::Sqlite(_) => {
            "(SELECT group_concat(hex(division_id) || ',' || noun || ',' || state || ',' || subject_kind || ',' || \
             form || ',' || number || ',' || marked, ';') \
             FROM campaign_counts WHERE campaign_id = campaigns.id AND number <> 0)"
        }
        Conn::Postgres(_) => {
            "(SELECT string_agg(CAST(division_id AS text) || ',' || noun || ',' || state || ',' || \
             subject_kind || ',' || form || ',' || number || ',' || marked, ';') \
             FROM campaign_counts WHERE campaign_id = campaigns.id AND number <> 0)"
        }
    }
}

/// What stands before a condition by which no index is to be chosen: SQLite takes an owner of thousands of rows
/// for narrower than a hundred ids; PostgreSQL knows how many there are.
pub const fn checked_by_row(conn: &Conn) -> &'static str {
    match conn {
        Conn::Sqlite(_) => "+",
        Conn::Postgres(_) => "",
    }
}

/// A unique constraint was violated by this error.
pub fn is_unique_violation(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}

/// Turns a violated uniqueness into the refusal that the caller understands.
pub fn unique(code: Code) -> impl Fn(DieselError) -> Error {
    move |error| {
        if is_unique_violation(&error) {
            Error::new(code)
        } else {
            error.into()
        }
    }
}

/// As [`unique`], naming the member of the body that is taken.
pub fn unique_at(code: Code, pointer: &'static str) -> impl Fn(DieselError) -> Error {
    move |error| {
        let error = unique(code)(error);
        if error.code == code {
            error.fault(Fault::at(pointer, code))
        } else {
            error
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let code = match &error {
            DieselError::DatabaseError(kind, info) => classify(*kind, info.message()),
            DieselError::BrokenTransactionManager => Code::DatabaseUnavailable,
            _ => Code::Internal,
        };
        Self {
            cause: Some(error.to_string()),
            ..Self::new(code)
        }
    }
}

/// Full disk, I/O error, or a file that is no longer to be written: nothing was stored, others may go on reading.
const FULL: [&str; 5] = [
    "disk is full",
    "No space left on device",
    "disk I/O error",
    "attempt to write a readonly database",
    "unable to open database file",
];

/// Whether something could not be stored although the database is there.
pub fn is_full(error: &Error) -> bool {
    let cause = error.cause.as_deref().unwrap_or_default();
    FULL.iter().any(|text| cause.contains(text))
}

/// The drivers give PostgreSQL's SQLSTATE for few kinds only; the server's messages name the rest.
fn classify(kind: DatabaseErrorKind, message: &str) -> Code {
    const BUSY: [&str; 6] = [
        "database is locked",
        "database table is locked",
        "deadlock detected",
        "lock timeout",
        "statement timeout",
        "could not serialize",
    ];
    const AWAY: [&str; 9] = [
        "server closed the connection",
        "terminating connection",
        "connection not open",
        "no connection to the server",
        "SSL connection has been closed",
        "the database system is",
        "could not receive data",
        "recovery is in progress",
        "too many clients already",
    ];
    match kind {
        DatabaseErrorKind::SerializationFailure => Code::DatabaseBusy,
        // The act looked, and found it right; somebody else's change came between.
        DatabaseErrorKind::ForeignKeyViolation => Code::ResourceReferenceChanged,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction => {
            Code::DatabaseUnavailable
        }
        _ if BUSY.iter().any(|text| message.contains(text)) => Code::DatabaseBusy,
        _ if AWAY.iter().any(|text| message.contains(text)) => Code::DatabaseUnavailable,
        _ if FULL.iter().any(|text| message.contains(text)) => Code::DatabaseUnavailable,
        _ => Code::Internal,
    }
}

/// Version of the embedded SQLite library, for the start-up check (≥ 3.51.3: the WAL-reset fault).
pub fn sqlite_version() -> i32 {
    // 3.51.3 reads as 3051003.
    libsqlite3_sys::SQLITE_VERSION_NUMBER
}

/// A full copy of the schema as the database tells it, one line a column, alike for both databases.
///
/// # Errors
/// The driver's error.
pub fn describe_schema(conn: &mut Conn) -> QueryResult<Vec<String>> {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }
    let rows: Vec<Line> = match conn {
        Conn::Sqlite(inner) => diesel::sql_query(
            "SELECT m.name || '.' || p.name || ' ' || \
                CASE WHEN p.\"notnull\" THEN 'not null' ELSE 'null' END AS line \
             FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
             ORDER BY m.name, p.cid",
        )
        .load(inner)?,
        Conn::Postgres(inner) => diesel::sql_query(
            "SELECT table_name || '.' || column_name || ' ' || \
                CASE WHEN is_nullable = 'NO' THEN 'not null' ELSE 'null' END AS line \
             FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_%' \
             ORDER BY table_name COLLATE \"C\", ordinal_position",
        )
        .load(inner)?,
    };
    Ok(rows.into_iter().map(|row| row.line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violated_reference_is_no_fault_of_the_service() {
        let cause: Box<String> = Box::new("violates foreign key constraint".to_owned());
        let error = DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, cause);
        assert_eq!(Error::from(error).code, Code::ResourceReferenceChanged);
    }
}
