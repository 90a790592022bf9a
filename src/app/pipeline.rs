//! The one door: reads in a snapshot, writes through the steps of C-2.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::request::{Answer, Bootstrap, Request};
use super::tx::Tx;
use super::{callers, individuals};
use crate::domain::caller::Caller;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::FileId;
use crate::domain::policy::Regard;
use crate::domain::time::{Clock, Instant};
use crate::store::authority::{Asked, Authority};
use crate::store::connection::Conn;
use crate::store::idempotency::{self, Scope, Stored};
use crate::store::sql_types::JsonText;
use crate::store::tx::{Db, Finish, Manner, within_snapshot};
use crate::store::{dialect, files, journal, statistics};
use crate::telemetry::seen;

/// Entries that are sealed at once.
const BATCH: i64 = 500;

/// Settings that use cases know.
#[derive(Debug, Clone)]
pub struct Config {
    /// The installation's time zone (M-8).
    pub zone: chrono_tz::Tz,
    /// Issuers whose tokens are accepted.
    pub issuers: Vec<String>,
    /// Administrators named in the settings.
    pub bootstrap: Vec<Bootstrap>,
    /// How long an idempotency key lives (IDM-09).
    pub idempotency_life: Duration,
    /// Key of the cursors' signature (LST-04).
    pub cursor_key: Vec<u8>,
    /// Largest evidence file in bytes (UPL-02).
    pub max_file_bytes: i64,
    /// Most attachments of one submission.
    pub max_attachments: i64,
    /// How long an unfinished upload may take (UPL-10).
    pub upload_life: Duration,
}

/// The application: database, clock, settings. Cheap to clone, without state of its own.
#[derive(Clone)]
pub struct App {
    /// Both pools.
    pub db: Db,
    /// Business time.
    pub clock: Arc<dyn Clock>,
    /// Settings of the use cases.
    pub config: Arc<Config>,
    /// Wakes this process's sealer after a commit.
    pub written: Arc<Notify>,
}

/// A use case that changes data.
pub trait Command: serde::Serialize + Send + Sync + 'static {
    /// What `load` finds.
    type Target;
    /// What `act` answers; the HTTP floor presents it.
    type Output;
    /// Whether `If-Match` is required (CND-03): for every change of an existing versioned object.
    const VERSIONED: bool;
    /// Whether it goes before other writes that wait (N21): only what is of no use any more after an hour that is
    /// the same for everybody.
    const FIRST: bool = false;

    /// Finds the target and asks the policy. It checks nothing else: a replay ends right after it.
    ///
    /// # Errors
    /// `resource.not_found`, `access.forbidden`.
    fn load(&self, tx: &mut Tx<'_>) -> Result<Self::Target>;

    /// Version of the object that the path names, or the body where an object is added to, against which `If-Match` is held, required or not.
    fn version(_target: &Self::Target) -> Option<i64> {
        None
    }

    /// Checks state and rules, changes rows, records what happened.
    ///
    /// # Errors
    /// Whatever the rules refuse.
    fn act(&self, tx: &mut Tx<'_>, target: Self::Target) -> Result<Self::Output>;
}

/// Finds one object together with the authority of who asks, in one statement and so in one snapshot.
pub trait Find<L>: Fn(&mut Conn, Asked<'_>) -> Result<(L, Authority)> + Send + Sync + 'static {}

impl<L, F> Find<L> for F where F: Fn(&mut Conn, Asked<'_>) -> Result<(L, Authority)> + Send + Sync + 'static {}

impl App {
    /// Reads in one snapshot of the primary as the caller.
    ///
    /// # Errors
    /// What `work` answers.
    pub async fn read<T, F>(&self, request: Request, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (now, config) = (self.clock.now(), Arc::clone(&self.config));
        self.db
            .read(move |conn| {
                let caller = caller_of(conn, &request, &config, now)?;
                work(&mut Tx::new(conn, caller, now, &config, &request))
            })
            .await
    }

    /// Reads one object as the caller, where one statement finds both. What is asked beside, of no weight for what the
    /// caller may see, need not be of the same snapshot.
    ///
    /// # Errors
    /// What `find` and `work` answer.
    pub async fn read_one<L, T, S, F>(&self, request: Request, find: S, work: F) -> Result<T>
    where
        L: 'static,
        T: Send + 'static,
        S: Find<L>,
        F: FnOnce(&mut Tx<'_>, L) -> Result<T> + Send + 'static,
    {
        let (now, config) = (self.clock.now(), Arc::clone(&self.config));
        let asked = Arc::new((request, find));
        let asks = Arc::clone(&asked);
        let settings = Arc::clone(&config);
        let first = move |conn: &mut Conn| {
            let (request, find) = asks.as_ref();
            find(conn, callers::asked(request.principal()?, &settings, now))
        };
        let then = move |conn: &mut Conn, (found, authority): (L, Authority)| {
            let (request, find) = asked.as_ref();
            let asked = callers::asked(request.principal()?, &config, now);
            let caller = if asked.principal.token_grants.is_empty() {
                Some(callers::with(conn, asked, &config, authority)?)
            } else {
                None
            };
            match caller.filter(|caller| !Regard::of(caller).is_costly()) {
                Some(caller) => work(&mut Tx::new(conn, noted(caller), now, &config, request), found),
                // What the caller may see takes further statements: one snapshot answers them all.
                None => within_snapshot(conn, |conn| {
                    let (found, authority) = find(conn, asked)?;
                    let caller = callers::with(conn, asked, &config, authority)?;
                    work(&mut Tx::new(conn, noted(caller), now, &config, request), found)
                }),
            }
        };
        self.db.glance(first, then).await
    }

    /// As [`App::read`], of the copy of the database where it is as far as the primary: for lists,
    /// by which nobody decides a write (CON-05).
    ///
    /// # Errors
    /// What `work` answers.
    pub async fn read_anywhere<T, F>(&self, request: Request, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        let (now, config) = (self.clock.now(), Arc::clone(&self.config));
        self.db
            .read_anywhere(move |conn| {
                let caller = caller_of(conn, &request, &config, now)?;
                work(&mut Tx::new(conn, caller, now, &config, &request))
            })
            .await
    }

    /// Reads what is public, without a caller; of the copy as well.
    ///
    /// # Errors
    /// What `work` answers.
    pub async fn read_public<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn, Instant, &Config) -> Result<T> + Send + Sync + 'static,
    {
        let (now, config) = (self.clock.now(), Arc::clone(&self.config));
        let work = move |conn: &mut Conn| work(conn, now, &config);
        self.db.read_anywhere(work).await
    }

    /// Does a command in one transaction and answers what `present` makes of it; the answer is
    /// finished, and stored with the key, before the commit.
    ///
    /// # Errors
    /// `etag.required` before the database is touched; then what the steps answer, in their order.
    pub async fn write<C, P>(&self, request: Request, command: C, present: P) -> Result<Answer>
    where
        C: Command,
        P: Fn(&mut Tx<'_>, C::Output) -> Result<Answer> + Send + Sync + 'static,
    {
        if C::VERSIONED && request.if_match.is_none() {
            return Err(Error::new(Code::EtagRequired));
        }
        // One business instant per request, taken before it waits for anything (C-13).
        let (now, config) = (self.clock.now(), Arc::clone(&self.config));
        let fingerprint = fingerprint(&command)?;
        let dry_run = request.dry_run;
        let manner = Manner {
            overtaken: !request.names_versions(),
            // Who only tries it loses nothing by waiting.
            first: C::FIRST && !dry_run,
        };
        let answer = self
            .db
            .write_as(manner, move |conn| {
                let answer = steps(conn, &request, &config, now, &command, &fingerprint, &present)?;
                Ok((answer, if dry_run { Finish::Rollback } else { Finish::Commit }))
            })
            .await?;
        if !dry_run && !answer.replayed {
            self.written.notify_one();
        }
        Ok(answer)
    }

    /// Seals what is committed and brings the statistics forward with it; answers how many entries. Another
    /// process may be at it: then none. Called by the worker, and by tests.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn seal(&self) -> Result<usize> {
        let waiting = |conn: &mut Conn| Ok(journal::has_unsealed(conn)? || statistics::is_behind(conn)?);
        let db = self.db.for_own_work();
        if !db.read(waiting).await? {
            return Ok(0);
        }
        db.write(|conn| {
            if !dialect::try_hold_sealer(conn)? {
                return Ok((0, Finish::Rollback));
            }
            let sealed = journal::seal(conn, BATCH)?;
            let counted = statistics::advance(conn, BATCH)?;
            Ok((sealed.max(counted), Finish::Commit))
        })
        .await
    }

    /// Ends uploads that were not completed in time; answers how many.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn expire_uploads(&self) -> Result<usize> {
        let now = self.clock.now();
        self.db
            .for_own_work()
            .write(move |conn| Ok((files::expire(conn, now)?, Finish::Commit)))
            .await
    }

    /// Which of these storage keys a file still names.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn named_contents(&self, keys: Vec<String>) -> Result<Vec<String>> {
        self.db
            .for_own_work()
            .write(move |conn| Ok((files::named(conn, &keys)?, Finish::Rollback)))
            .await
    }

    /// Which of these files this database knows, or has known.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn known_files(&self, ids: Vec<FileId>) -> Result<HashSet<FileId>> {
        self.db
            .for_own_work()
            .write(move |conn| Ok((files::known(conn, &ids)?, Finish::Rollback)))
            .await
    }

    /// Removes expired idempotency keys; answers how many.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn sweep_keys(&self) -> Result<usize> {
        let now = self.clock.now();
        self.db
            .for_own_work()
            .write(move |conn| Ok((idempotency::sweep(conn, now)?, Finish::Commit)))
            .await
    }
}

fn caller_of(conn: &mut Conn, request: &Request, config: &Config, now: Instant) -> Result<Caller> {
    callers::load(conn, request.principal()?, config, now).map(noted)
}

/// Tells the log for which organisation the caller acts.
fn noted(caller: Caller) -> Caller {
    if let Some(organization) = caller.grants.iter().find_map(|grant| grant.organization_id) {
        seen::with(|seen| seen.organization.set(organization.0));
    }
    caller
}

fn steps<C, P>(
    conn: &mut Conn,
    request: &Request,
    config: &Config,
    now: Instant,
    command: &C,
    fingerprint: &str,
    present: &P,
) -> Result<Answer>
where
    C: Command,
    P: Fn(&mut Tx<'_>, C::Output) -> Result<Answer>,
{
    let (caller, linked) = callers::remember(conn, request.principal()?, config, now)?;
    let mut tx = Tx::new(conn, noted(caller), now, config, request);
    if let Some(individual) = linked {
        individuals::linked_by_claim(&mut tx, individual)?;
    }
    let before = tx.records();
    let scope = key_scope(&tx);
    let target = match command.load(&mut tx) {
        Err(error) if error.code == Code::ResourceNotFound => {
            return removed_before(&mut tx, scope.as_ref(), fingerprint)?.ok_or(error);
        }
        found => found?,
    };
    if let Some(scope) = &scope {
        let end = now.plus(config.idempotency_life);
        if let Some(stored) = idempotency::claim(tx.conn, scope, fingerprint, now, end)? {
            return replayed(&stored);
        }
    }
    match C::version(&target) {
        Some(version) => request.hold(version)?,
        // A versioned command without one here holds it in its act, against what it reads under its lock.
        None if C::VERSIONED => {}
        None => request.hold_none()?,
    }
    tx.forget();
    let output = command.act(&mut tx, target)?;
    if tx.records() == before && !tx.nothing_changed() {
        return Err(Error::internal(format!(
            "{} changed data without a journal entry",
            request.route
        )));
    }
    tx.keep_quotas()?;
    let answer = present(&mut tx, output)?;
    if let Some(scope) = &scope {
        let (headers, body) = (JsonText::of(&answer.headers)?, JsonText::raw(answer.body.clone()));
        idempotency::complete(tx.conn, scope, answer.status, &headers, &body)?;
    }
    Ok(answer)
}

/// The stored answer of a removal that is asked for again: its target is gone, so nothing can be found or
/// authorised any more (IDM-03). Only of the same caller and only without a body, so that whoever lost the
/// right is told nothing by it (IDM-07).
fn removed_before(tx: &mut Tx<'_>, scope: Option<&Scope>, fingerprint: &str) -> Result<Option<Answer>> {
    let Some(scope) = scope.filter(|scope| scope.method == "DELETE") else {
        return Ok(None);
    };
    let stored = idempotency::finished(tx.conn, scope, fingerprint, tx.now)?;
    let removal = stored.filter(|stored| stored.status == Some(204));
    removal.as_ref().map(replayed).transpose()
}

/// Whose key this is; none without a key and in a dry run.
fn key_scope(tx: &Tx<'_>) -> Option<Scope> {
    let request = tx.request;
    let key = request.idempotency_key.clone().filter(|_| !request.dry_run)?;
    let principal = &tx.caller.principal;
    Some(Scope {
        principal: format!("{} {} {}", principal.kind, principal.issuer, principal.subject),
        method: request.method.clone(),
        route: request.route.clone(),
        key,
    })
}

fn replayed(stored: &Stored) -> Result<Answer> {
    let (Some(status), Some(headers), Some(body)) = (stored.status, &stored.headers, &stored.body) else {
        return Err(Error::new(Code::IdempotencyInProgress));
    };
    Ok(Answer {
        status: u16::try_from(status).map_err(Error::internal)?,
        headers: headers.read()?,
        body: body.as_str().to_owned(),
        replayed: true,
    })
}

/// SHA-256 of the parsed, normalised command with its path parameters (C-25).
fn fingerprint(command: &impl serde::Serialize) -> Result<String> {
    let bytes = serde_json::to_vec(command).map_err(Error::internal)?;
    Ok(hex::encode(Sha256::digest(bytes)))
}
