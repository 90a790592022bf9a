//! Who tells the time. Business time comes from a [`Clock`]; tokens are checked elsewhere, always against
//! the system's clock (`decisions.md` M-6).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;

use super::Instant;

/// Tells the present instant. It is asked once for each request (`decisions.md` C-13).
pub trait Clock: Send + Sync {
    /// The present instant, cut to microseconds.
    fn now(&self) -> Instant;
}

/// The system's clock: the only reader of the wall clock for business time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one reader of the system's clock")]
    fn now(&self) -> Instant {
        Instant::new(Utc::now())
    }
}

/// A clock that stands where it is put, or runs on from there. For demonstrations and tests; `serve`
/// never uses it.
#[derive(Debug)]
pub struct SettableClock(Mutex<Hand>);

#[derive(Debug, Clone, Copy)]
struct Hand {
    at: Instant,
    running_since: Option<std::time::Instant>,
}

impl SettableClock {
    /// A clock that stands at `at`.
    pub fn fixed(at: Instant) -> Self {
        Self(Mutex::new(Hand {
            at,
            running_since: None,
        }))
    }

    /// A clock that runs on from `at` with the speed of real time.
    pub fn running(at: Instant) -> Self {
        Self(Mutex::new(Hand {
            at,
            running_since: Some(std::time::Instant::now()),
        }))
    }

    /// Puts the clock to `at`; it goes on standing or running as before.
    pub fn set(&self, at: Instant) {
        let mut hand = self.hand();
        hand.at = at;
        hand.running_since = hand.running_since.map(|_| std::time::Instant::now());
    }

    /// Puts the clock forward by `duration`.
    pub fn advance(&self, duration: Duration) {
        let mut hand = self.hand();
        hand.at = hand.at.plus(duration);
    }

    /// Stops the clock at `at`.
    pub fn stand(&self, at: Instant) {
        let mut hand = self.hand();
        hand.at = at;
        hand.running_since = None;
    }

    /// Lets a standing clock run on from where it stands.
    pub fn run(&self) {
        let mut hand = self.hand();
        if hand.running_since.is_none() {
            hand.running_since = Some(std::time::Instant::now());
        }
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Instant {
        let hand = *self.hand();
        hand.running_since
            .map_or(hand.at, |since| hand.at.plus(since.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_fixed_clock_stands_until_it_is_put() {
        let clock = SettableClock::fixed(at("2026-03-20T02:00:00Z"));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_mins(1));
        assert_eq!(clock.now(), at("2026-03-20T02:01:00Z"));
        clock.set(at("2026-01-01T00:00:00Z"));
        assert_eq!(clock.now(), at("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn a_running_clock_runs_on_from_where_it_is_put() {
        let clock = SettableClock::fixed(at("2026-03-20T02:00:00Z"));
        clock.run();
        let first = clock.now();
        while clock.now() == first {
            std::thread::yield_now();
        }
        assert!(clock.now() > at("2026-03-20T02:00:00Z"));
        clock.set(at("2030-01-01T00:00:00Z"));
        assert!(clock.now() >= at("2030-01-01T00:00:00Z"));
        assert!(SettableClock::running(at("2030-01-01T00:00:00Z")).now() >= at("2030-01-01T00:00:00Z"));
    }

    #[test]
    fn the_system_clock_is_cut_to_microseconds() {
        let now = SystemClock.now();
        assert_eq!(Instant::from_micros(now.micros()), Some(now));
    }

    #[test]
    fn a_running_clock_stands_where_it_is_stopped_and_a_standing_one_keeps_standing_when_put() {
        let clock = SettableClock::running(at("2026-03-20T02:00:00Z"));
        clock.stand(at("2026-03-21T02:00:00Z"));
        assert_eq!(clock.now(), at("2026-03-21T02:00:00Z"));
        assert!(clock.hand().running_since.is_none());
        clock.run();
        let since = clock.hand().running_since;
        assert!(since.is_some());
        clock.run();
        assert_eq!(
            clock.hand().running_since,
            since,
            "it runs on from where it was let run"
        );
    }
}
