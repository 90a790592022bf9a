//! How busy a pool is, counted where it is waited for (OBS-05).

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

/// Seconds; a wait of more than 0.1 s is worth a look, one of 10 s ends in a refusal.
const BUCKETS: [f64; 10] = [0.0, 0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Counters of one pool. Clones count together.
#[derive(Debug, Clone)]
pub struct Load {
    /// Requests that wait for their turn now.
    pub waiting: Gauge,
    /// How long they waited.
    pub wait: Histogram,
    /// Requests whose patience ended.
    pub timeouts: Counter,
    /// Transactions that were begun again after a conflict.
    pub retries: Counter,
    /// Pieces of work that have their turn and wait for a thread now.
    pub queued: Gauge,
    /// Pieces of work that were given up because the database was busy: `SQLITE_BUSY`, a lock that somebody else held.
    pub busy: Counter,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            waiting: Gauge::default(),
            wait: Histogram::new(BUCKETS),
            timeouts: Counter::default(),
            retries: Counter::default(),
            queued: Gauge::default(),
            busy: Counter::default(),
        }
    }
}

impl Load {
    /// One more waits, until this is dropped: also when its client goes away.
    pub fn waiting(&self) -> Waiting {
        self.waiting.inc();
        Waiting(self.waiting.clone())
    }

    /// One more waits for a thread, until this is dropped.
    pub fn queued(&self) -> Waiting {
        self.queued.inc();
        Waiting(self.queued.clone())
    }

    /// One has had its turn after this time.
    pub fn waited(&self, waited: Duration) {
        self.wait.observe(waited.as_secs_f64());
    }
}

/// One that waits.
#[derive(Debug)]
pub struct Waiting(Gauge);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A pool as it is now.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// `reader`, `writer` or `copy`.
    pub name: &'static str,
    /// Most connections.
    pub size: u32,
    /// Connections that are open.
    pub open: u32,
    /// Turns that are taken.
    pub in_use: u32,
    /// What was counted.
    pub load: Load,
}
