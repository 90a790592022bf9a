//! Reads that the copy of the database may answer (CON-05). The copy is asked only when it has replayed all
//! that the primary had written when the request came: so whoever wrote reads it back, through whichever
//! process, and a right that was taken away is gone there, too. A copy that is late, away or busy costs no
//! answer: the primary gives it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use diesel::r2d2::PooledConnection;
use prometheus_client::metrics::counter::Counter;

use super::{Db, DbSettings, Doors, Inner, Lane, asks, begun, off, within_snapshot};
use crate::domain::error::{Class, Code, Result};
use crate::gate::Pass;
use crate::store::connection::{Conn, Location, Manager, Use};
use crate::store::dialect;
use crate::telemetry::seen;

/// How long the copy may take to say how far it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a copy that failed is looked at again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Who answered the reads that the copy may answer.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// The copy.
    pub copy: Counter,
    /// The primary, because the copy had not replayed everything yet.
    pub behind: Counter,
    /// The primary, because all connections to the copy were in use.
    pub busy: Counter,
    /// The primary, because the copy did not answer or is no standby.
    pub away: Counter,
}

/// What the copy says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it answers, and is a standby: reads go to it when it is not late.
    pub usable: bool,
    /// Bytes of the primary's log that it has not replayed yet.
    pub behind: Option<i64>,
}

pub(super) struct Copy {
    pub(super) lane: Lane,
    probes: Lane,
    /// It failed, and has not answered since.
    resting: AtomicBool,
    pub(super) answered: Answered,
}

impl Copy {
    pub(super) fn new(location: &Location, settings: &DbSettings, doors: &Arc<Doors>) -> Self {
        let lane = |size| Lane::new(location.clone(), Use::Read, size, settings, doors);
        Self {
            lane: lane(settings.readers),
            probes: lane(1),
            resting: AtomicBool::new(false),
            answered: Answered::default(),
        }
    }
}

impl Db {
    /// Reads in one snapshot, of the copy where it is as far as the primary: for what nobody decides a write by.
    ///
    /// # Errors
    /// What `work` answers, `service.busy` when no connection became free in time.
    pub async fn read_anywhere<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T> + Send + Sync + 'static,
    {
        let work = Arc::new(work);
        if let Some(copy) = &self.inner.copy
            && let Some(answer) = self.ask_copy(copy, &work).await?
        {
            return answer;
        }
        self.read(move |conn| work(conn)).await
    }

    /// The copy's answer; none where the primary has to give it.
    async fn ask_copy<T, F>(&self, copy: &Copy, work: &Arc<F>) -> Result<Option<Result<T>>>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T> + Send + Sync + 'static,
    {
        if copy.resting.load(Ordering::Relaxed) {
            copy.answered.away.inc();
            return Ok(None);
        }
        let Some(pass) = copy.lane.gate.enter_if_free() else {
            copy.answered.busy.inc();
            return Ok(None);
        };
        let Some(written) = self.written().await? else {
            copy.answered.away.inc();
            return Ok(None);
        };
        let Some((pass, connection, replayed)) = reached(&copy.lane, pass).await else {
            self.rest();
            return Ok(None);
        };
        if replayed < written {
            copy.answered.behind.inc();
            return Ok(None);
        }
        let outcome = within(pass, connection, Arc::clone(work), self.inner.work / 2).await;
        match outcome {
            Some(Err(error)) if error.code == Code::DatabaseUnavailable => self.rest(),
            None => self.rest(),
            // The standby had to give way to what it replays: the primary has no such conflict.
            Some(Err(error)) if matches!(error.code.class(), Class::Unavailable | Class::Internal) => {
                tracing::debug!(%error, "the copy did not finish a read; the primary does it");
                copy.answered.away.inc();
            }
            Some(answer) => {
                copy.answered.copy.inc();
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// How far the primary has written: what was acknowledged before lies below. None where it is a standby
    /// itself.
    async fn written(&self) -> Result<Option<i64>> {
        let lane = &self.inner.reader;
        let pass = lane.turn(self.waits()).await?;
        let limit = Some(self.inner.work);
        off(pass, lane, asks(dialect::written), limit, |_, written| {
            Ok(written)
        })
        .await
    }

    /// Asks the copy no more until it answers again. What it costs to find out, no request pays.
    fn rest(&self) {
        let Some(copy) = &self.inner.copy else { return };
        copy.answered.away.inc();
        if copy.resting.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!("the copy of the database does not answer; the primary does the reads");
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(look_until_it_answers(inner));
    }

    /// How the copy stands, asked on connections that requests do not take; none where there is no copy.
    pub async fn copy_standing(&self) -> Option<Standing> {
        let copy = self.inner.copy.as_ref()?;
        let lane = &self.inner.probes;
        let asked = async {
            let pass = lane.gate.enter_beside().await.ok()?;
            let limit = Some(PATIENCE);
            let written = off(pass, lane, asks(dialect::written), limit, |_, at| Ok(at)).await;
            let pass = copy.probes.gate.enter_beside().await.ok()?;
            let (_, _, replayed) = reached(&copy.probes, pass).await?;
            let written = written.ok().flatten();
            Some(written.map(|written| written.saturating_sub(replayed).max(0)))
        };
        let behind = asked.await;
        Some(Standing {
            usable: behind.is_some(),
            behind: behind.flatten(),
        })
    }
}

async fn look_until_it_answers(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(inner) = inner.upgrade() else { return };
        let Some(copy) = &inner.copy else { return };
        let Ok(pass) = copy.probes.gate.enter_beside().await else {
            continue;
        };
        if reached(&copy.probes, pass).await.is_some() {
            copy.resting.store(false, Ordering::Relaxed);
            tracing::info!("the copy of the database answers again");
            return;
        }
    }
}

type Reached = (Pass, PooledConnection<Manager>, i64);

/// A connection to the copy, and how far it has replayed, asked outside of a transaction: a snapshot that were
/// taken first would be older than the answer. None where it does not say so in time, or is no standby.
async fn reached(lane: &Lane, pass: Pass) -> Option<Reached> {
    let pool = lane.pool.clone();
    let asking = tokio::task::spawn_blocking(move || {
        let asked = begun(&pool, &asks(dialect::replayed));
        if let Err(error) = &asked {
            tracing::debug!(%error, "the copy does not say how far it is");
        }
        let (mut connection, replayed) = asked.ok()?;
        if replayed.is_none() {
            // It was promoted, or the URL leads elsewhere by now: another connection may find a standby.
            dialect::condemn(&mut connection);
        }
        Some((pass, connection, replayed?))
    });
    tokio::time::timeout(PATIENCE, asking).await.ok()?.ok()?
}

/// Reads on the connection; none when it took too long.
async fn within<T, F>(
    pass: Pass,
    mut connection: PooledConnection<Manager>,
    work: Arc<F>,
    limit: Duration,
) -> Option<Result<T>>
where
    T: Send + 'static,
    F: Fn(&mut Conn) -> Result<T> + Send + Sync + 'static,
{
    let seen = seen::current();
    let reading = tokio::task::spawn_blocking(move || {
        let _pass = pass;
        seen::within(seen, || {
            let outcome = within_snapshot(&mut connection, |conn| work(conn));
            super::let_go_if_away(&mut connection, &outcome);
            outcome
        })
    });
    tokio::time::timeout(limit, reading).await.ok()?.ok()
}
