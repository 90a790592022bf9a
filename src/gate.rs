//! A bounded crowd: so many inside, so many waiting, and everybody else is told at once (OVL-01).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::error::{Code, Error, Result};

/// Lets a number of pieces of work run at a time; a number more may wait for their turn, for a while.
#[derive(Debug)]
pub struct Gate {
    /// What is scarce inside, for the cause of a refusal.
    scarce: &'static str,
    inside: Arc<Semaphore>,
    /// Places of those inside and of those who wait.
    places: Arc<Semaphore>,
    patience: Duration,
}

/// The right to be inside; ends when it is dropped.
#[derive(Debug)]
pub struct Pass {
    _inside: OwnedSemaphorePermit,
    _place: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// A gate to what is `scarce`, with `inside` running at most and `waiting` more before it, each for at most
    /// `patience`.
    pub fn new(scarce: &'static str, inside: usize, waiting: usize, patience: Duration) -> Self {
        let places = inside.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            scarce,
            inside: Arc::new(Semaphore::new(inside)),
            places: Arc::new(Semaphore::new(places)),
            patience,
        }
    }

    /// Takes its turn.
    ///
    /// # Errors
    /// `service.overloaded` at once when too many wait already, `service.busy` when the turn did not come.
    pub async fn enter(&self) -> Result<Pass> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Error::new(Code::ServiceOverloaded))?;
        self.pass(Some(place)).await
    }

    /// As [`Gate::enter`], but beside the crowd: for the service's own work, which nobody repeats when it is
    /// refused and of which there is little.
    ///
    /// # Errors
    /// `service.busy` when the turn did not come.
    pub async fn enter_beside(&self) -> Result<Pass> {
        self.pass(None).await
    }

    /// Goes in where nobody need wait.
    pub fn enter_if_free(&self) -> Option<Pass> {
        let inside = Arc::clone(&self.inside).try_acquire_owned().ok()?;
        Some(Pass {
            _inside: inside,
            _place: None,
        })
    }

    /// How many more may be inside now.
    pub fn free(&self) -> usize {
        self.inside.available_permits()
    }

    async fn pass(&self, place: Option<OwnedSemaphorePermit>) -> Result<Pass> {
        let inside = tokio::time::timeout(self.patience, Arc::clone(&self.inside).acquire_owned())
            .await
            .map_err(|_| Error {
                cause: Some(format!(
                    "no {} became free in {} s",
                    self.scarce,
                    self.patience.as_secs()
                )),
                ..Error::new(Code::DatabaseBusy)
            })?
            .map_err(Error::internal)?;
        Ok(Pass {
            _inside: inside,
            _place: place,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn beyond_those_who_wait_everybody_is_refused_at_once() {
        let gate = Arc::new(Gate::new("seat", 1, 1, Duration::from_mins(1)));
        let first = gate.enter().await.expect("inside");
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter().await.map(drop) }
        });
        while gate.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = gate.enter().await.expect_err("the places are taken");
        assert_eq!(refused.code, Code::ServiceOverloaded);
        drop(first);
        assert!(waiting.await.expect("no panic").is_ok());
        assert!(gate.enter().await.is_ok());
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_so() {
        let gate = Gate::new("seat", 1, 1, Duration::ZERO);
        let _first = gate.enter().await.expect("inside");
        let tired = gate.enter().await.expect_err("no turn");
        assert_eq!(tired.code, Code::DatabaseBusy);
        assert_eq!(tired.cause.as_deref(), Some("no seat became free in 0 s"));
        assert!(gate.enter_beside().await.is_err());
    }
}
