//! When whoever is sent away shall come again: the more are sent away for each that is served, the later. Otherwise all
//! would be back while the service is still busy refusing, which costs it a part of what it could do (OVL-02).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Nobody waits longer, in seconds: an overload passes.
const LONGEST: u32 = 60;
/// What a few are told, in seconds.
const SHORTEST: u32 = 5;

/// How many were served and sent away, by the second.
#[derive(Debug)]
pub(super) struct Later {
    began: Instant,
    /// The second that is counted.
    second: AtomicU64,
    served: AtomicU64,
    refused: AtomicU64,
    /// The latest time that is told, by the second before.
    latest: AtomicU64,
}

impl Later {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            second: AtomicU64::new(0),
            served: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            latest: AtomicU64::new(u64::from(SHORTEST)),
        }
    }

    /// One was answered.
    pub(super) fn served(&self) {
        self.turn();
        self.served.fetch_add(1, Ordering::Relaxed);
    }

    /// One is sent away; when it shall come again, in seconds. Not everybody is told the same moment: all would be
    /// back together.
    pub(super) fn refused(&self) -> u64 {
        self.turn();
        self.refused.fetch_add(1, Ordering::Relaxed);
        rand::random_range(1..=self.latest.load(Ordering::Relaxed))
    }

    /// Begins a new second where the last one is over. Counting is not exact at the turn, and need not be.
    fn turn(&self) {
        let now = self.began.elapsed().as_secs();
        let counted = self.second.load(Ordering::Relaxed);
        if now == counted {
            return;
        }
        let turned = self
            .second
            .compare_exchange(counted, now, Ordering::Relaxed, Ordering::Relaxed);
        if turned.is_err() {
            return;
        }
        let served = self.served.swap(0, Ordering::Relaxed);
        let refused = self.refused.swap(0, Ordering::Relaxed);
        // A pause between is one without refusals.
        let refused = if now == counted + 1 { refused } else { 0 };
        self.latest
            .store(u64::from(latest(served, refused)), Ordering::Relaxed);
    }
}

/// The latest second at which somebody is told to come again: those who were sent away within one second come back at a
/// tenth of the rate at which others are served.
fn latest(served: u64, refused: u64) -> u32 {
    let needed = refused.saturating_mul(10) / served.max(1);
    u32::try_from(needed).unwrap_or(LONGEST).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_are_sent_away_the_later_they_come_again() {
        let told = [
            (1000, 0),
            (1000, 900),
            (1000, 2_000),
            (1000, 8_000),
            (0, 7),
            (0, 0),
        ]
        .map(|(served, refused)| latest(served, refused));
        assert_eq!(told, [5, 9, 20, 60, 60, 5]);
    }

    #[test]
    fn nobody_is_told_to_come_at_once() {
        let later = Later::new();
        later.served();
        assert!((0..1000).all(|_| (1..=5).contains(&later.refused())));
    }
}
