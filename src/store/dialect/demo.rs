//! How the demo's PostgreSQL database starts empty.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use crate::store::connection::Conn;

/// Says that the database is the demo's own and may be emptied (M-27).
const MARKER: &str = "__thidua_demo";

/// First key of the advisory lock that a running demo holds; the second is the schema's.
const LOCK: i32 = 579;

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

#[derive(QueryableByName)]
struct Tables {
    #[diesel(sql_type = BigInt)]
    tables: i64,
    #[diesel(sql_type = BigInt)]
    markers: i64,
}

/// Empties the demo's own database; marks an empty one as the demo's own; refuses any other, and one on
/// which another demo runs. The database is this demo's as long as the connection stays open.
///
/// # Errors
/// A sentence for the person at the terminal.
pub fn empty_for_demo(conn: &mut Conn) -> Result<(), String> {
    let text = |error: diesel::result::Error| format!("the database cannot be emptied: {error}");
    let Conn::Postgres(inner) = conn else {
        return Err("the embedded database is emptied with its folder".to_owned());
    };
    let lock: Lock = diesel::sql_query(format!(
        "SELECT pg_try_advisory_lock({LOCK}, hashtext(current_schema())) AS taken"
    ))
    .get_result(inner)
    .map_err(text)?;
    if !lock.taken {
        return Err(
            "another demo is running on this database; stop it, or name another with --database".to_owned(),
        );
    }
    let found: Tables = diesel::sql_query(format!(
        "SELECT count(*) AS tables, count(*) FILTER (WHERE tablename = '{MARKER}') AS markers \
         FROM pg_tables WHERE schemaname = current_schema()"
    ))
    .get_result(inner)
    .map_err(text)?;
    if found.tables > 0 && found.markers == 0 {
        return Err(
            "the database has tables and is not the demo's own: it will not be emptied. Name an empty one"
                .to_owned(),
        );
    }
    inner
        .transaction(|inner| {
            inner.batch_execute(&format!(
                "DO $$ DECLARE own text := current_schema(); BEGIN \
                    EXECUTE format('DROP SCHEMA %I CASCADE', own); \
                    EXECUTE format('CREATE SCHEMA %I', own); \
                 END $$; \
                 CREATE TABLE {MARKER} (note text NOT NULL); \
                 INSERT INTO {MARKER} VALUES ('made by `thidua demo`; emptied at each start');"
            ))
        })
        .map_err(text)
}
