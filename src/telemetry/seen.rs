//! What is learnt of one request while it is worked on, for its line in the log: the task of the request
//! carries it, so that no function has to hand it on.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use uuid::Uuid;

use super::trace::Trace;

tokio::task_local! {
    static CURRENT: Arc<Seen>;
}

/// One request, as the log tells of it.
#[derive(Debug)]
pub struct Seen {
    /// Its place in a trace.
    pub trace: Trace,
    /// Its id.
    pub request_id: String,
    /// Who asks.
    pub caller: OnceLock<SeenCaller>,
    /// Organisation of the caller's first grant.
    pub organization: OnceLock<Uuid>,
    /// Where work of this request panicked.
    pub panicked: OnceLock<String>,
    /// Whether its line is written already; its work may go on.
    told: AtomicBool,
    /// Microseconds that it waited for its turn at the database.
    waited: AtomicU64,
}

/// Who asks, without a name.
#[derive(Debug)]
pub struct SeenCaller {
    /// Keyed hash of issuer and subject.
    pub subject: String,
    /// The client that obtained the token.
    pub client: Option<String>,
}

impl Seen {
    /// A request of which nothing is known yet.
    pub const fn new(trace: Trace, request_id: String) -> Self {
        Self {
            trace,
            request_id,
            caller: OnceLock::new(),
            organization: OnceLock::new(),
            panicked: OnceLock::new(),
            told: AtomicBool::new(false),
            waited: AtomicU64::new(0),
        }
    }

    /// Its line is written now: what is learnt later needs one of its own.
    pub fn tell(&self) {
        self.told.store(true, Ordering::Release);
    }

    /// Notes where work panicked, if the line of the request can still say so.
    pub fn panicked(&self, place: String) -> bool {
        !self.told.load(Ordering::Acquire) && self.panicked.set(place).is_ok()
    }

    /// Adds time that the request waited for its turn at the database.
    pub fn wait(&self, waited: Duration) {
        let micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.waited.fetch_add(micros, Ordering::Relaxed);
    }

    /// How long it waited for its turn at the database.
    pub fn waited(&self) -> Duration {
        Duration::from_micros(self.waited.load(Ordering::Relaxed))
    }
}

/// The request that is being worked on here, if any.
pub fn current() -> Option<Arc<Seen>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Tells the request that is being worked on here something, if there is one.
pub fn with<T>(tell: impl FnOnce(&Seen) -> T) -> Option<T> {
    CURRENT.try_with(|seen| tell(seen)).ok()
}

/// Works on a request, or on none.
pub async fn during<F: Future>(seen: Option<Arc<Seen>>, work: F) -> F::Output {
    match seen {
        Some(seen) => CURRENT.scope(seen, work).await,
        None => work.await,
    }
}

/// As [`during`], for work that does not wait.
pub fn within<T>(seen: Option<Arc<Seen>>, work: impl FnOnce() -> T) -> T {
    match seen {
        Some(seen) => CURRENT.sync_scope(seen, work),
        None => work(),
    }
}
