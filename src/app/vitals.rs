//! What the operations room asks the database (OBS-05): whether it answers, how its clock stands, whether the
//! schema is this binary's, and how much of the journal waits for its seal.

use std::time::Duration;

use super::App;
use crate::domain::error::{Code, Error, Result};
use crate::domain::time::{Clock as _, SystemClock};
use crate::store::dialect;
use crate::store::tx::Finish;
use crate::store::{Conn, idempotency, journal};

/// How long the database may take to answer: a scrape must not wait for a stuck one.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the database said.
#[derive(Debug, Clone, Copy)]
pub struct Vitals {
    /// Whether this binary serves on its schema.
    pub serves_on_schema: bool,
    /// Microseconds by which this machine's clock is ahead of the database's; none where they are one.
    pub skew: Option<i64>,
    /// Entries of the journal that wait for their seal.
    pub unsealed: i64,
    /// How long the oldest of them has waited.
    pub oldest: Duration,
}

impl App {
    /// Asks.
    ///
    /// # Errors
    /// The driver's error; `service.busy` when it takes too long.
    pub async fn vitals(&self) -> Result<Vitals> {
        let now = self.clock.now();
        let asked = self.db.probe(move |conn| {
            let (unsealed, oldest) = journal::unsealed(conn)?;
            let serves_on_schema = dialect::schema(conn)?.serves();
            Ok(Vitals {
                serves_on_schema,
                skew: skew(conn)?,
                unsealed,
                oldest: oldest.map_or(Duration::ZERO, |oldest| now.since(oldest)),
            })
        });
        tokio::time::timeout(PATIENCE, asked)
            .await
            .map_err(|_| Error::new(Code::DatabaseBusy))?
    }

    /// Whether writes are taken and there is room for them. Room is tried only while the last one found none: otherwise nobody would notice
    /// that there is again, as an unready service gets no writes (DUR-05).
    pub async fn finds_room(&self) -> bool {
        // A standby, or a server that was set to read: every write would fail.
        let takes = tokio::time::timeout(PATIENCE, self.db.probe(dialect::refuse_reader));
        if !matches!(takes.await, Ok(Ok(()))) {
            return false;
        }
        // In maintenance no write tries whether there is room again, and reads go on (DBF-08).
        if !self.db.is_full() || self.db.is_read_only() {
            return true;
        }
        let now = self.clock.now();
        let db = self.db.for_own_work();
        let tried = db.write(move |conn| Ok((idempotency::try_room(conn, now)?, Finish::Commit)));
        tokio::time::timeout(PATIENCE, tried)
            .await
            .is_ok_and(|tried| tried.is_ok())
    }
}

/// Microseconds by which this machine's clock is ahead of the database's; none where they are one (C-13).
///
/// # Errors
/// The driver's error.
pub fn skew(conn: &mut Conn) -> Result<Option<i64>> {
    // The machine's clock, not the demo's; read right after the answer, so that a wait before it does not
    // count.
    Ok(dialect::clock(conn)?.map(|theirs| SystemClock.now().micros() - theirs.micros()))
}

/// The migration that this binary needs.
pub fn schema_version() -> &'static str {
    dialect::newest_migration()
}
