//! A bounded crowd: so many inside, so many waiting, and everybody else is told at once (OVL-01). Who goes first
//! (N21) waits beside the crowd, of which only one at a time stands at the door: so whoever goes first has at most
//! that one and its own kind before it, and of the crowd one gets in between any two of them.

mod standing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::error::{Code, Error, Result};
use standing::Standing;

/// Lets a number of pieces of work run at a time; a number more may wait for their turn, for a while.
#[derive(Debug)]
pub struct Gate {
    /// What is scarce inside, for the cause of a refusal.
    scarce: &'static str,
    inside: Arc<Semaphore>,
    /// Places of the crowd, inside and waiting.
    places: Arc<Semaphore>,
    /// As many for those who go first: a full crowd leaves them theirs.
    first_places: Arc<Semaphore>,
    /// Where one of the crowd stands until it is inside.
    door: Semaphore,
    patience: Duration,
    size: usize,
    /// All places of the crowd.
    most: usize,
    standing: Standing,
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
            first_places: Arc::new(Semaphore::new(places)),
            door: Semaphore::new(1),
            patience,
            size: inside,
            most: places,
            standing: Standing::new(),
        }
    }

    /// Takes its turn in the crowd.
    ///
    /// # Errors
    /// `service.overloaded` at once when too many wait already, `service.busy` when the turn did not come.
    pub async fn enter(&self) -> Result<Pass> {
        let (place, came) = (place(&self.places)?, Instant::now());
        let turn = async {
            // Given back when it is inside, or when it goes away.
            let _door = self.door.acquire().await.map_err(Error::internal)?;
            self.inside().await
        };
        let pass = self.pass(Some(place), turn).await?;
        self.standing.served(came.elapsed());
        Ok(pass)
    }

    /// Takes its turn before the crowd.
    ///
    /// # Errors
    /// As [`Gate::enter`], of those who go first.
    pub async fn enter_first(&self) -> Result<Pass> {
        let place = place(&self.first_places)?;
        self.pass(Some(place), self.inside()).await
    }

    /// As [`Gate::enter`], but beside the crowd: for the service's own work, which nobody repeats when it is
    /// refused and of which there is little.
    ///
    /// # Errors
    /// `service.busy` when the turn did not come.
    pub async fn enter_beside(&self) -> Result<Pass> {
        self.pass(None, self.inside()).await
    }

    /// Goes in where nobody need wait.
    pub fn enter_if_free(&self) -> Option<Pass> {
        let inside = Arc::clone(&self.inside).try_acquire_owned().ok()?;
        Some(Pass {
            _inside: inside,
            _place: None,
        })
    }

    /// Whether whoever comes now is to be sent away: the crowd has no place left, or waits long already and gets no
    /// shorter.
    pub fn is_crowded(&self) -> bool {
        let free = self.places.available_permits();
        let waiting = self.most.saturating_sub(free).saturating_sub(self.size);
        self.standing.sends_away(waiting) || free == 0
    }

    /// How many more may be inside now.
    pub fn free(&self) -> usize {
        self.inside.available_permits()
    }

    async fn inside(&self) -> Result<OwnedSemaphorePermit> {
        let inside = Arc::clone(&self.inside).acquire_owned();
        inside.await.map_err(Error::internal)
    }

    async fn pass(
        &self,
        place: Option<OwnedSemaphorePermit>,
        turn: impl Future<Output = Result<OwnedSemaphorePermit>>,
    ) -> Result<Pass> {
        let inside = tokio::time::timeout(self.patience, turn)
            .await
            .map_err(|_| Error {
                cause: Some(format!(
                    "no {} became free in {} s",
                    self.scarce,
                    self.patience.as_secs()
                )),
                ..Error::new(Code::DatabaseBusy)
            })??;
        Ok(Pass {
            _inside: inside,
            _place: place,
        })
    }
}

fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    let place = Arc::clone(places).try_acquire_owned();
    place.map_err(|_| Error::new(Code::ServiceOverloaded))
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
    async fn who_goes_first_overtakes_the_crowd_but_for_the_one_at_the_door() {
        let gate = Arc::new(Gate::new("seat", 1, 3, Duration::from_mins(1)));
        let inside = gate.enter().await.expect("inside");
        let (told, mut order) = tokio::sync::mpsc::unbounded_channel();
        for name in ["crowd 1", "crowd 2", "crowd 3", "first 1", "first 2"] {
            let (gate, told) = (Arc::clone(&gate), told.clone());
            tokio::spawn(async move {
                let pass = if name.starts_with("first") {
                    gate.enter_first().await
                } else {
                    gate.enter().await
                };
                pass.expect("a turn");
                told.send(name).expect("somebody listens");
            });
            // Everybody waits before the next one comes.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(
            gate.enter().await.expect_err("the crowd is full").code,
            Code::ServiceOverloaded
        );
        drop(inside);
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(order.recv().await.expect("a turn"));
        }
        assert_eq!(seen, ["crowd 1", "first 1", "first 2", "crowd 2", "crowd 3"]);
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
