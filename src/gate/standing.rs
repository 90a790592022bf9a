//! Whether a queue only holds a burst, which it is there for, or stands: then everybody waits for as long as it is, and
//! nobody is served the sooner for it. While it stands only so many may wait as are served within [`WAIT`] (OVL-02);
//! the idea is that of CoDel (RFC 8289): the shortest wait of a while tells the two apart.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Beyond this the shortest wait of a second shows a queue that stands.
const WAIT: Duration = Duration::from_millis(50);
/// So many may always wait: a database that stops for a moment is no crowd.
const FEWEST: u64 = 16;
/// No bound but the places that there are.
const UNBOUND: u64 = u64::MAX;

/// What is seen of a queue, by the second. Counting is not exact at the turn, and need not be.
#[derive(Debug)]
pub(super) struct Standing {
    began: Instant,
    second: AtomicU64,
    served: AtomicU64,
    sent_away: AtomicU64,
    /// Microseconds.
    shortest: AtomicU64,
    bound: AtomicU64,
}

impl Standing {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            second: AtomicU64::new(0),
            served: AtomicU64::new(0),
            sent_away: AtomicU64::new(0),
            shortest: AtomicU64::new(u64::MAX),
            bound: AtomicU64::new(UNBOUND),
        }
    }

    /// One got in after waiting so long.
    pub(super) fn served(&self, waited: Duration) {
        self.turn();
        self.served.fetch_add(1, Ordering::Relaxed);
        let waited = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.shortest.fetch_min(waited, Ordering::Relaxed);
    }

    /// Whether one more would be too many when so many wait.
    pub(super) fn sends_away(&self, waiting: usize) -> bool {
        self.turn();
        let full = u64::try_from(waiting).unwrap_or(UNBOUND) >= self.bound.load(Ordering::Relaxed);
        if full {
            self.sent_away.fetch_add(1, Ordering::Relaxed);
        }
        full
    }

    fn turn(&self) {
        let now = self.began.elapsed().as_secs();
        let counted = self.second.load(Ordering::Relaxed);
        let turned = now != counted
            && self
                .second
                .compare_exchange(counted, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !turned {
            return;
        }
        let last = Second {
            served: self.served.swap(0, Ordering::Relaxed),
            sent_away: self.sent_away.swap(0, Ordering::Relaxed),
            shortest: Duration::from_micros(self.shortest.swap(u64::MAX, Ordering::Relaxed)),
        };
        let bound = if now == counted + 1 {
            last.bound(self.bound.load(Ordering::Relaxed))
        } else {
            // In between nobody came.
            UNBOUND
        };
        self.bound.store(bound, Ordering::Relaxed);
    }
}

/// What a second brought.
#[derive(Debug, Clone, Copy)]
struct Second {
    served: u64,
    sent_away: u64,
    shortest: Duration,
}

impl Second {
    /// How many may wait after it, where so many might before.
    fn bound(self, before: u64) -> u64 {
        if self.served == 0 {
            return before;
        }
        let stands = if before == UNBOUND {
            self.shortest > WAIT
        } else {
            // A bounded queue is short because it is bounded: it stands as long as somebody finds it full.
            self.sent_away > 0
        };
        if !stands {
            return UNBOUND;
        }
        let within = u128::from(self.served) * WAIT.as_millis() / 1000;
        u64::try_from(within).unwrap_or(UNBOUND).max(FEWEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_stands_is_bounded_until_nobody_finds_it_full() {
        let second = |served, sent_away, shortest| Second {
            served,
            sent_away,
            shortest: Duration::from_millis(shortest),
        };
        for (last, before, after) in [
            // A burst: somebody found it empty.
            (second(700, 0, 0), UNBOUND, UNBOUND),
            (second(700, 0, 50), UNBOUND, UNBOUND),
            // Everybody waited.
            (second(700, 0, 51), UNBOUND, 35),
            (second(4_000, 0, 900), UNBOUND, 200),
            // Slow, or stopped.
            (second(20, 0, 900), UNBOUND, FEWEST),
            (second(0, 0, 900), UNBOUND, UNBOUND),
            (second(0, 7, 900), 35, 35),
            // Bounded, and still too many.
            (second(700, 1, 0), 35, 35),
            (second(1_400, 1, 0), 35, 70),
            // It is over.
            (second(700, 0, 0), 35, UNBOUND),
        ] {
            assert_eq!(last.bound(before), after, "{last:?} after {before}");
        }
    }

    #[test]
    fn nobody_is_sent_away_from_a_queue_that_does_not_stand() {
        let standing = Standing::new();
        standing.served(Duration::from_secs(9));
        assert!(!standing.sends_away(1_000_000));
    }
}
