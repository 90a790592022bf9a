//! A private PostgreSQL for the tests in a temporary folder; see [`cluster`].

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use thidua::store::Conn;

use super::cluster::{self, Afterwards};
use super::servers::until;
use super::{Database, announce, in_ci};

const URL_VARIABLE: &str = "THIDUA_TEST_POSTGRES_URL";

/// A server on which databases can be made.
pub struct Cluster {
    base: String,
}

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// The cluster where there is one; without it a test is left out, but not in CI.
pub fn wanted() -> Option<&'static Cluster> {
    let cluster = cluster();
    assert!(
        cluster.is_some() || !in_ci(),
        "PostgreSQL tests are part of CI, but there is no PostgreSQL"
    );
    cluster
}

/// Whether a test on this database is left out.
pub fn is_missing_for(database: Database) -> bool {
    database == Database::Postgres && wanted().is_none()
}

/// The cluster of this process, started at first use; none where there is no PostgreSQL.
pub fn cluster() -> Option<&'static Cluster> {
    CLUSTER
        .get_or_init(|| match std::env::var(URL_VARIABLE) {
            Ok(url) => Some(Cluster {
                base: url.trim_end_matches('/').to_owned(),
            }),
            Err(_) => match cluster::programs() {
                Some(folder) => Some(start(&folder)),
                None => {
                    announce(&format!(
                        "\nPostgreSQL tests LEFT OUT: no initdb found and {URL_VARIABLE} is not set.\n"
                    ));
                    None
                }
            },
        })
        .as_ref()
}

impl Cluster {
    /// URL of one database.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base)
    }

    fn run(&self, sql: &str) {
        let mut connection = PgConnection::establish(&self.url("postgres")).expect("the cluster answers");
        connection
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// An empty database with a name of its own.
    pub fn create_empty(&self) -> String {
        let name = unique("e");
        self.run(&format!("CREATE DATABASE {name}"));
        name
    }

    /// A private copy of a template.
    pub fn create_from(&self, template: &str) -> String {
        let name = unique("t");
        self.run(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        name
    }
}

fn unique(prefix: &str) -> String {
    format!(
        "thidua_{prefix}_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// The number that a query of one column `number` finds on a server.
pub fn number(conn: &mut Conn, sql: &str) -> i64 {
    let Conn::Postgres(conn) = conn else {
        panic!("a server");
    };
    diesel::sql_query(sql).get_result::<Number>(conn).unwrap().number
}

/// How many on this database wait for a lock.
pub fn waiting_for_a_lock(conn: &mut Conn) -> i64 {
    let waiting = "SELECT count(*) AS number FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    number(conn, waiting)
}

/// How many deadlocks there were in this database (CON-06); the embedded one has none. The server hears of them from a
/// connection when that ends at the latest, so all the others are ended.
pub fn deadlocks(conn: &mut Conn) -> i64 {
    if matches!(conn, Conn::Sqlite(_)) {
        return 0;
    }
    let micros = |instant: &str| format!("(extract(epoch FROM {instant}) * 1000000)::bigint");
    let now = number(conn, &format!("SELECT {} AS number", micros("clock_timestamp()")));
    let ended = format!(
        "SELECT count(pg_terminate_backend(pid)) AS number FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND {} <= {now}",
        micros("backend_start")
    );
    until("all others have ended", || number(conn, &ended) == 0);
    number(
        conn,
        "SELECT deadlocks AS number FROM pg_stat_database WHERE datname = current_database()",
    )
}

/// Removes a test's database, whoever is still connected.
pub fn drop_database(name: &str) {
    if let Some(cluster) = cluster() {
        cluster.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

fn start(folder: &Path) -> Cluster {
    let data = tempfile::Builder::new()
        .prefix("thidua-pg-")
        .tempdir_in(std::env::temp_dir())
        .expect("a folder")
        .keep();
    let settings = [
        "fsync=off",
        "full_page_writes=off",
        "synchronous_commit=on",
        "max_connections=400",
        "shared_buffers=128MB",
        "log_min_messages=fatal",
    ];
    let base = cluster::start(folder, &data, &settings, Afterwards::Remove)
        .unwrap_or_else(|sentence| panic!("{sentence}"));
    Cluster { base }
}
