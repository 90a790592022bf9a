//! The only begin and commit of the project. A piece of work is a closure that runs to its end in the
//! blocking pool even when the client goes away, so no transaction is ever left half done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::r2d2::PooledConnection;

use super::connection::{Conn, Connections, Location, Manager, Use, pool};
use super::dialect;
use super::load::{Load, Snapshot};
use crate::domain::error::{Code, Error, Result};
use crate::gate::{Gate, Pass};
use crate::telemetry::seen;

mod copy;
mod doors;

pub use copy::{Answered, Standing};
use doors::Doors;

/// How the database is reached; a plain value made by `settings`.
#[derive(Debug, Clone)]
pub struct DbSettings {
    /// Where the data lies.
    pub location: Location,
    /// A standby that may answer lists and statistics while it is not late (PostgreSQL only).
    pub replica: Option<Location>,
    /// Connections of the reader pool, 1 to 100.
    pub readers: u32,
    /// Connections of the writer pool, 1 to 100; always 1 on SQLite.
    pub writers: u32,
    /// How long a request waits for its turn before it is answered 503.
    pub patience: Duration,
    /// How long its work may then take before it is answered 503: the end of requests whose database has
    /// fallen silent (DBF-02).
    pub work: Duration,
    /// How many requests wait for their turn before others are answered 503 at once, for each pool.
    pub waiting: usize,
}

/// What becomes of a finished piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Keep it.
    Commit,
    /// Forget it (dry run).
    Rollback,
}

/// How a write stands to others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// It is repeated, too, when somebody else's change of the same row came first, for clients to whom any
    /// version will do.
    pub overtaken: bool,
    /// It goes before others that wait.
    pub first: bool,
}

/// Whose turn it is that is waited for.
#[derive(Debug, Clone, Copy)]
enum Waits {
    InTheCrowd,
    First,
    /// The service's own work.
    Beside,
}

/// Both pools. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
    /// Whether it is asked for the service's own work instead of for a request.
    own: bool,
}

struct Inner {
    reader: Lane,
    writer: Lane,
    work: Duration,
    /// One connection that only probes take: an overloaded service is not a dead one (OVL-03).
    probes: Lane,
    /// The last write could not be stored, because the disk is full, fails, or is not to be written.
    full: Arc<AtomicBool>,
    /// The standby that answers some reads, where there is one.
    copy: Option<copy::Copy>,
    doors: Arc<Doors>,
}

/// A pool and the gate in front of it: a thread of the blocking pool never waits for a connection.
struct Lane {
    usage: Use,
    doors: Arc<Doors>,
    pool: Connections,
    gate: Gate,
    size: u32,
    load: Load,
}

impl Lane {
    fn new(location: Location, usage: Use, size: u32, settings: &DbSettings, doors: &Arc<Doors>) -> Self {
        let inside = usize::try_from(size).unwrap_or(1);
        Self {
            usage,
            doors: Arc::clone(doors),
            pool: pool(Manager::new(location, usage), size),
            gate: Gate::new("connection", inside, settings.waiting, settings.patience),
            size,
            load: Load::default(),
        }
    }

    /// Waits for a turn; the service's own work is not refused because many wait.
    async fn turn(&self, waits: Waits) -> Result<Pass> {
        self.doors.pass(self.usage)?;
        let (waiting, began) = (self.load.waiting(), Instant::now());
        let turn = match waits {
            Waits::InTheCrowd => self.gate.enter().await,
            Waits::First => self.gate.enter_first().await,
            Waits::Beside => self.gate.enter_beside().await,
        };
        drop(waiting);
        let waited = began.elapsed();
        self.load.waited(waited);
        seen::with(|seen| seen.wait(waited));
        if turn.as_ref().is_err_and(|error| error.code == Code::DatabaseBusy) {
            self.load.timeouts.inc();
        }
        turn
    }

    fn snapshot(&self, name: &'static str) -> Snapshot {
        let open = self.pool.open();
        let free = u32::try_from(self.gate.free()).unwrap_or(self.size);
        Snapshot {
            name,
            size: self.size,
            open,
            in_use: self.size.saturating_sub(free),
            load: self.load.clone(),
        }
    }
}

/// How often a piece of work is begun again after a serialisation failure (CON-04), or a reference that was
/// changed meanwhile.
const ATTEMPTS: u32 = 4;
/// How often after an update that somebody else's overtook: of those who race one wins each time.
const OVERTAKEN_ATTEMPTS: u32 = 40;

impl Db {
    /// Builds both pools; no connection is opened yet.
    pub fn new(settings: &DbSettings) -> Self {
        let writers = match settings.location {
            Location::Sqlite(_) => 1,
            Location::Postgres(_) => settings.writers,
        };
        let copy = settings.replica.as_ref();
        let doors = Arc::default();
        let lane = |usage, size| Lane::new(settings.location.clone(), usage, size, settings, &doors);
        let read = |size| lane(Use::Read, size);
        Self {
            inner: Arc::new(Inner {
                probes: read(1),
                copy: copy.map(|location| copy::Copy::new(location, settings, &doors)),
                reader: read(settings.readers),
                writer: lane(Use::Write, writers),
                work: settings.work,
                full: Arc::default(),
                doors,
            }),
            own: false,
        }
    }

    /// Pieces of work that may run at a time, probes included; each takes a thread of the blocking pool.
    pub fn most_at_once(&self) -> usize {
        let lanes = self.inner.reader.size.saturating_add(self.inner.writer.size);
        // Of the copy, and its probe, too.
        let copied = self.inner.copy.as_ref().map_or(0, |copy| copy.lane.size + 1);
        let lanes = lanes.saturating_add(copied).saturating_add(1);
        usize::try_from(lanes).unwrap_or(usize::MAX)
    }

    /// The same pools for the service's own work: it is not refused because many requests wait.
    #[must_use]
    pub fn for_own_work(&self) -> Self {
        Self {
            own: true,
            ..self.clone()
        }
    }

    /// Reads for a probe, on a connection that requests do not take.
    ///
    /// # Errors
    /// What `work` answers, `service.database_unavailable`.
    pub async fn probe<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let lane = &self.inner.probes;
        let pass = lane.gate.enter_beside().await?;
        let limit = Some(self.inner.work);
        off(pass, lane, asks(dialect::begin_read), limit, |conn, ()| {
            look(conn, work)
        })
        .await
    }

    /// Reads in one snapshot of the primary.
    ///
    /// # Errors
    /// What `work` answers, `service.busy` when no connection became free in time.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.run(
            &self.inner.reader,
            dialect::begin_read,
            Some(self.inner.work),
            |conn| look(conn, work),
        )
        .await
    }

    /// Reads with `first`, whose one statement is a snapshot by itself, outside of a transaction: that would cost as
    /// much again. What `then` needs of the same snapshot beside, it reads [within](within_snapshot) another one.
    ///
    /// # Errors
    /// What `first` and `then` answer, `service.busy` when no connection became free in time.
    pub async fn glance<B, T, F>(
        &self,
        first: impl Fn(&mut Conn) -> Result<B> + Send + 'static,
        then: F,
    ) -> Result<T>
    where
        B: 'static,
        T: Send + 'static,
        F: FnOnce(&mut Conn, B) -> Result<T> + Send + 'static,
    {
        let lane = &self.inner.reader;
        let pass = lane.turn(self.waits()).await?;
        off(pass, lane, first, Some(self.inner.work), then).await
    }

    /// Reads in one snapshot, however long it takes: for the operator who looks at everything.
    ///
    /// # Errors
    /// What `work` answers, `service.busy` when no connection became free in time.
    pub async fn inspect<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.run(&self.inner.reader, dialect::begin_inspection, None, |conn| {
            look(conn, work)
        })
        .await
    }

    /// Writes in one transaction; `work` is repeated as a whole after a serialisation failure, so it
    /// must not have effects outside of the connection.
    ///
    /// # Errors
    /// What `work` answers, `service.busy` when it could not be done in time.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<(T, Finish)> + Send + 'static,
    {
        self.write_as(Manner::default(), work).await
    }

    /// As [`Db::write`], in a manner.
    ///
    /// # Errors
    /// What `work` answers, `service.busy` when it could not be done in time.
    pub async fn write_as<T, F>(&self, manner: Manner, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<(T, Finish)> + Send + 'static,
    {
        let limit = Some(self.inner.work);
        let retries = self.inner.writer.load.retries.clone();
        let full = Arc::clone(&self.inner.full);
        let waits = if manner.first { Waits::First } else { self.waits() };
        let pass = self.inner.writer.turn(waits).await?;
        let lane = &self.inner.writer;
        off(pass, lane, asks(dialect::begin_write), limit, move |conn, ()| {
            let mut attempt = 1;
            loop {
                let error = match finish(conn, &work, &full) {
                    Err(error) => error,
                    done => return done,
                };
                if dialect::is_full(&error) {
                    full.store(true, Ordering::Relaxed);
                }
                let most = match error.code {
                    // Looking again, the act finds what came between, and refuses it with a code of its own.
                    Code::DatabaseBusy | Code::ResourceReferenceChanged => ATTEMPTS,
                    Code::EtagStale if manner.overtaken => OVERTAKEN_ATTEMPTS,
                    _ => return Err(error),
                };
                if attempt >= most && error.code == Code::ResourceReferenceChanged {
                    // Not overtaken four times, but a rule that an act forgets: to be seen in the log.
                    tracing::warn!(%error, "a reference does not hold however often it is tried");
                    return Err(error);
                }
                if attempt >= most {
                    // Whoever named no version is not told of one.
                    return Err(Error {
                        code: Code::DatabaseBusy,
                        ..error
                    });
                }
                tracing::debug!(attempt, %error, "transaction begun again");
                std::thread::sleep(Duration::from_millis(
                    rand::random_range(5..40) * u64::from(attempt.min(ATTEMPTS)),
                ));
                attempt += 1;
                retries.inc();
                dialect::begin_write(conn)?;
            }
        })
        .await
    }

    /// Does `work` in a transaction that was begun. What takes longer than `limit` is answered for, but goes
    /// on: its thread keeps its permit, so a silent database never takes more threads than connections.
    async fn run<T, F>(
        &self,
        lane: &Lane,
        begin: fn(&mut Conn) -> QueryResult<()>,
        limit: Option<Duration>,
        work: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let pass = lane.turn(self.waits()).await?;
        off(pass, lane, asks(begin), limit, |conn, ()| work(conn)).await
    }

    const fn waits(&self) -> Waits {
        if self.own {
            Waits::Beside
        } else {
            Waits::InTheCrowd
        }
    }

    /// Whether the last write could not be stored, for want of room or of a disk that works.
    pub fn is_full(&self) -> bool {
        self.inner.full.load(Ordering::Relaxed)
    }

    /// Whether a request that came now would be refused because too many wait already.
    pub fn is_crowded(&self, writes: bool) -> bool {
        let lane = if writes {
            &self.inner.writer
        } else {
            &self.inner.reader
        };
        lane.gate.is_crowded()
    }

    /// How busy the pools are, for metrics.
    pub fn load(&self) -> Vec<Snapshot> {
        let copy = self.inner.copy.as_ref().map(|copy| copy.lane.snapshot("copy"));
        let own = [
            self.inner.reader.snapshot("reader"),
            self.inner.writer.snapshot("writer"),
        ];
        own.into_iter().chain(copy).collect()
    }

    /// Who answered what the copy may answer; none where there is no copy.
    pub fn answered(&self) -> Option<&Answered> {
        self.inner.copy.as_ref().map(|copy| &copy.answered)
    }
}

/// Hops to the blocking pool; the pass is given back when the work has ended, whoever still waits for it.
async fn off<B, T, F>(
    pass: Pass,
    lane: &Lane,
    begin: impl Fn(&mut Conn) -> Result<B> + Send + 'static,
    limit: Option<Duration>,
    work: F,
) -> Result<T>
where
    B: 'static,
    T: Send + 'static,
    F: FnOnce(&mut Conn, B) -> Result<T> + Send + 'static,
{
    let (seen, pool) = (seen::current(), lane.pool.clone());
    let (queued, busy) = (lane.load.queued(), lane.load.busy.clone());
    let task = tokio::task::spawn_blocking(move || {
        drop(queued);
        let _pass = pass;
        let outcome = seen::within(seen, || {
            let (mut connection, begin) = begun(&pool, &begin)?;
            let outcome = work(&mut connection, begin);
            let_go_if_away(&mut connection, &outcome);
            outcome
        });
        if outcome
            .as_ref()
            .is_err_and(|error| error.code == Code::DatabaseBusy)
        {
            busy.inc();
        }
        outcome
    });
    match limit {
        None => task.await,
        Some(limit) => tokio::time::timeout(limit, task)
            .await
            .map_err(|_| unavailable("the database did not answer in time"))?,
    }
    // The text of a panic may quote what somebody sent: where it was is told elsewhere.
    .map_err(|_| Error::internal("the work at the database panicked"))?
}

/// Reads in a snapshot on a connection that is in none.
///
/// # Errors
/// What `work` answers, the driver's error.
pub fn within_snapshot<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    dialect::begin_read(conn)?;
    look(conn, work)
}

fn look<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    let outcome = work(conn);
    dialect::rollback(conn)?;
    outcome
}

fn unavailable(cause: impl Into<String>) -> Error {
    Error {
        cause: Some(cause.into()),
        ..Error::new(Code::DatabaseUnavailable)
    }
}

/// A server that says it is none to write to is another one than it was (25006 after a failover): the
/// connection does not go back to the pool, though it works, so that the next one is looked for (DBF-04).
fn let_go_if_away<T>(connection: &mut Conn, outcome: &Result<T>) {
    if outcome
        .as_ref()
        .is_err_and(|error| error.code == Code::DatabaseUnavailable)
    {
        dialect::condemn(connection);
    }
}

/// A driver's question as ours.
fn asks<B>(question: fn(&mut Conn) -> QueryResult<B>) -> impl Fn(&mut Conn) -> Result<B> + Send + 'static
where
    B: 'static,
{
    move |conn| Ok(question(conn)?)
}

/// A connection with a transaction, or with what else is asked first. Those that the database closed while they lay in the pool (a restart)
/// are found here, before anything was done: they are let go, and another one is tried (DBF-01, DBF-06).
fn begun<B>(
    pool: &Connections,
    begin: &impl Fn(&mut Conn) -> Result<B>,
) -> Result<(PooledConnection<Manager>, B)> {
    let mut left = pool.size();
    loop {
        let mut connection = pool.get()?;
        match begin(&mut connection) {
            Ok(begin) => return Ok((connection, begin)),
            Err(error) if error.code == Code::DatabaseUnavailable && left > 0 => {
                dialect::condemn(&mut connection);
                left -= 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn finish<T>(
    conn: &mut Conn,
    work: &impl Fn(&mut Conn) -> Result<(T, Finish)>,
    full: &AtomicBool,
) -> Result<T> {
    match work(conn) {
        Ok((value, Finish::Commit)) => {
            dialect::commit(conn).map_err(|error| {
                // The answer was lost, not necessarily the work: the client asks again (IDM-11).
                let error = Error::from(error);
                if error.retryable() {
                    error
                } else {
                    Error {
                        code: Code::DatabaseUnavailable,
                        ..error
                    }
                }
            })?;
            full.store(false, Ordering::Relaxed);
            Ok(value)
        }
        Ok((value, Finish::Rollback)) => {
            dialect::rollback(conn)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(failed) = dialect::rollback(conn) {
                tracing::warn!(error = %failed, "rollback failed; the connection leaves the pool");
            }
            Err(error)
        }
    }
}
