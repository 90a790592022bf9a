//! One connection type for both databases, chosen by the scheme of the URL, and the two pools.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection};

use crate::domain::error::{Code, Error, Result};

mod multi {
    #![expect(missing_docs, reason = "the derive makes undocumented items beside the enum")]

    use diesel::prelude::*;

    /// A connection to either database; one query body serves both.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// Embedded.
        Sqlite(SqliteConnection),
        /// Production.
        Postgres(PgConnection),
    }
}

pub use multi::{Conn, MultiBackend};

/// The backend that `MultiConnection` generates; boxed queries name it.
pub type Backend = <Conn as Connection>::Backend;

/// Runs a statement on the driver's own connection, by the name that it has in the statement. Through [`Conn`] the text
/// of a statement is put together anew at each execution, twice, though it is prepared already: for statements of many
/// columns that are needed all the time. Both arms are the same source.
macro_rules! directly {
    ($conn:ident => $statement:expr) => {
        match $conn {
            $crate::store::connection::Conn::Sqlite($conn) => $statement,
            $crate::store::connection::Conn::Postgres($conn) => $statement,
        }
    };
}

pub(super) use directly;

/// Where the data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Path of an SQLite file.
    Sqlite(String),
    /// URL of a PostgreSQL database.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite:<path>` or `postgres://…`; anything else is refused, because SQLite would open
    /// any string as a file.
    ///
    /// # Errors
    /// A sentence that names the accepted forms.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err("an SQLite database needs a file path: sqlite:var/thidua.db".to_owned());
            }
            return Ok(Self::Sqlite(path.to_owned()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            refuse_ambiguous(url)?;
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err("the database URL must begin with sqlite: or postgres://".to_owned())
    }
}

/// Of an address that it cannot read, the driver would tell the part that it stumbles over, and that may be the
/// password (CFG-02).
fn refuse_ambiguous(url: &str) -> Result<(), String> {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let before = rest.rsplit_once('@').map_or("", |(before, _)| before);
    let escaped = rest.split('%').skip(1).all(|after| {
        let digits = after.get(..2).unwrap_or_default();
        digits != "00" && digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    });
    if before.contains(['@', '/', '?', '#']) || !escaped {
        return Err(
            "user name, password and parameters must be percent-encoded: %40 for @, %2F for /, %25 for %"
                .to_owned(),
        );
    }
    Ok(())
}

/// What a pool's connections may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Reads only; on SQLite held by `query_only`, on PostgreSQL by the transaction.
    Read,
    /// Reads and writes.
    Write,
}

/// Makes connections for a pool.
#[derive(Debug, Clone)]
pub struct Manager {
    location: Location,
    usage: Use,
    refused: Refused,
}

/// When the database last refused a connection; none once it has given one again.
#[derive(Debug, Clone, Default)]
pub struct Refused(Arc<Mutex<Option<Instant>>>);

impl Refused {
    /// True when an attempt has failed since then and none has succeeded.
    fn since(&self, began: Instant) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|at| at >= began)
    }

    fn note(&self, at: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Manager {
    /// A manager of connections to `location`.
    pub fn new(location: Location, usage: Use) -> Self {
        Self {
            location,
            usage,
            refused: Refused::default(),
        }
    }

    /// Opens one connection outside of any pool.
    ///
    /// # Errors
    /// The driver's error.
    pub fn open(&self) -> ConnectionResult<Conn> {
        match &self.location {
            Location::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path)?;
                // WAL is a property of the file; FULL makes a 2xx mean "on stable storage" (DUR-01).
                let pragmas = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;";
                diesel::connection::SimpleConnection::batch_execute(&mut connection, pragmas)
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                if self.usage == Use::Read {
                    diesel::connection::SimpleConnection::batch_execute(
                        &mut connection,
                        "PRAGMA query_only = ON;",
                    )
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                }
                Ok(Conn::Sqlite(connection))
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::establish(&watched(url))?;
                diesel::connection::SimpleConnection::batch_execute(
                    &mut connection,
                    "SET TIME ZONE 'UTC'; SET client_min_messages = warning; \
                     SET idle_in_transaction_session_timeout = '30s';",
                )
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
                if self.usage == Use::Read {
                    // Writes bound theirs as they begin; for reads that would be one trip more each time.
                    let bound = "SET statement_timeout = '10s';";
                    diesel::connection::SimpleConnection::batch_execute(&mut connection, bound)
                        .map_err(ConnectionError::CouldntSetupConfiguration)?;
                }
                Ok(Conn::Postgres(connection))
            }
        }
    }
}

/// What `connect_timeout` below says, in seconds.
const CONNECT_SECONDS: u64 = 2;

/// What the client library does about a server that has fallen silent: it gives up connecting, and a
/// connection whose data nobody takes or whose other end does not answer is dead (DBF-02). Whatever the URL
/// says itself holds.
const WATCH: [(&str, &str); 5] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "10000"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
];

/// What a URL itself says of a parameter.
fn said<'u>(url: &'u str, name: &str) -> Option<&'u str> {
    let (_, given) = url.split_once('?')?;
    given
        .split('&')
        .find_map(|one| one.strip_prefix(name)?.strip_prefix('='))
}

fn watched(url: &str) -> String {
    let mut watched = url.to_owned();
    let mut joint = if url.contains('?') { '&' } else { '?' };
    for (name, value) in WATCH {
        if said(url, name).is_none() {
            watched.push(joint);
            watched.extend([name, "=", value]);
            joint = '&';
        }
    }
    watched
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, Self::Error> {
        let opened = self.open();
        let refused = opened.is_err().then(Instant::now);
        self.refused.note(refused);
        opened.map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut Conn) -> Result<(), Self::Error> {
        diesel::connection::SimpleConnection::batch_execute(connection, "SELECT 1")
            .map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut Conn) -> bool {
        // A connection that is still inside a transaction must never be handed on.
        std::thread::panicking() || super::dialect::is_broken(connection)
    }
}

/// How long a request waits for a connection to be made: the client library gives each server of the URL the time to
/// connect before it asks the next, and the first may be a machine that is gone (DBF-04).
fn patience(location: &Location) -> Duration {
    let (seconds, servers) = match location {
        Location::Sqlite(_) => (None, 1),
        // Zero and less wait for ever, as long as no request does.
        Location::Postgres(url) => (
            said(url, "connect_timeout").and_then(|text| text.parse().ok()),
            servers(url),
        ),
    };
    let each = Duration::from_secs(seconds.filter(|seconds| *seconds > 0).unwrap_or(CONNECT_SECONDS));
    match servers {
        1 => each,
        several => each
            .saturating_mul(several)
            .saturating_add(Duration::from_secs(1)),
    }
}

/// How many servers a URL names.
fn servers(url: &str) -> u32 {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    u32::try_from(hosts.split(',').count()).unwrap_or(u32::MAX)
}

/// A pool of connections that says at once when the database refuses them.
#[derive(Clone)]
pub struct Connections {
    pool: Pool<Manager>,
    refused: Refused,
    patience: Duration,
}

/// How often whoever waits for a connection looks whether the database refuses them.
const LOOK: Duration = Duration::from_millis(250);

impl Connections {
    /// A connection, waited for while one is being made; no longer than until the database has refused one, which is
    /// tried each second (DBF-01).
    ///
    /// # Errors
    /// `service.database_unavailable`.
    pub fn get(&self) -> Result<PooledConnection<Manager>> {
        let began = Instant::now();
        let end = began + self.patience;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.pool.get_timeout(left.min(LOOK)) {
                Ok(connection) => return Ok(connection),
                Err(error) => {
                    let none = self.pool.state().connections == 0;
                    if left <= LOOK || (none && self.refused.since(began)) {
                        return Err(Error {
                            cause: Some(error.to_string()),
                            ..Error::new(Code::DatabaseUnavailable)
                        });
                    }
                }
            }
        }
    }

    /// The most connections there may be.
    pub fn size(&self) -> u32 {
        self.pool.max_size()
    }

    /// How many are open.
    pub fn open(&self) -> u32 {
        self.pool.state().connections
    }
}

/// Builds a pool without opening a connection, so that a missing database does not stop the start.
pub fn pool(manager: Manager, size: u32) -> Connections {
    let (patience, refused) = (patience(&manager.location), manager.refused.clone());
    let pool = Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .test_on_check_out(false)
        // No request waits by it. It bounds how long the pool rests after a refusal: the half of it.
        .connection_timeout(Duration::from_secs(CONNECT_SECONDS))
        .max_lifetime(Some(Duration::from_mins(30)))
        .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
        .build_unchecked(manager);
    Connections {
        pool,
        refused,
        patience,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DBF-01: the pool would wait for more than an hour.
    #[test]
    fn a_server_that_refuses_is_not_waited_for() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = closed.local_addr().unwrap().to_string();
        drop(closed);
        let servers = vec![address; 2000].join(",");
        let location = Location::Postgres(format!("postgres://{servers}/thidua"));
        let refused = pool(Manager::new(location, Use::Read), 1).get().err().unwrap();
        assert_eq!(refused.code, Code::DatabaseUnavailable);
    }

    #[test]
    fn each_server_of_a_url_has_the_time_to_connect() {
        for (url, seconds) in [
            ("postgres://one/thidua", 2),
            ("postgres://me:a,b@one:5432/thidua?application_name=a,b", 2),
            (
                "postgres://me@one:5432,two:5432/thidua?target_session_attrs=read-write",
                5,
            ),
            ("postgresql://one,two,three/thidua", 7),
            ("postgres://one/thidua?sslmode=require&connect_timeout=20", 20),
            ("postgres://one,two/thidua?connect_timeout=5", 11),
            ("postgres://one/thidua?connect_timeout=0", 2),
        ] {
            let location = Location::Postgres(url.to_owned());
            assert_eq!(patience(&location), Duration::from_secs(seconds), "{url}");
        }
        assert_eq!(
            patience(&Location::Sqlite("x.db".to_owned())),
            Duration::from_secs(2)
        );
    }
}
