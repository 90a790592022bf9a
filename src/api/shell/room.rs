//! The room for bodies under way (OVL-05): what is read and not yet understood. A body that finds none is refused at
//! once, so that many large ones at a time are answered instead of ending the process.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::error::{Code, Error, Result};

/// A body up to this size is not counted: ordinary requests go on whoever fills the room.
const SMALL: usize = 16 * 1024;

/// Room for so many bytes. Clones are the same room.
#[derive(Clone)]
pub struct Room(Arc<Semaphore>);

/// What one body takes of the room, until it is dropped.
pub struct Taken {
    room: Room,
    bytes: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Nothing is taken yet.
    pub fn enter(&self) -> Taken {
        Taken {
            room: self.clone(),
            bytes: 0,
            permit: None,
        }
    }
}

impl Taken {
    /// The body has become so large.
    ///
    /// # Errors
    /// `service.overloaded` when there is no room for it.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        let more = bytes.saturating_sub(self.bytes);
        if bytes <= SMALL || more == 0 {
            return Ok(());
        }
        let full = || Error::new(Code::ServiceOverloaded);
        let permits = u32::try_from(more).map_err(|_| full())?;
        let permit = Arc::clone(&self.room.0)
            .try_acquire_many_owned(permits)
            .map_err(|_| full())?;
        match &mut self.permit {
            Some(taken) => taken.merge(permit),
            none => *none = Some(permit),
        }
        self.bytes = bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_the_room_and_small_ones_need_none() {
        let room = Room::new(100_000);
        let (mut one, mut other) = (room.enter(), room.enter());
        one.grow(SMALL).expect("small");
        one.grow(60_000).expect("room");
        one.grow(70_000).expect("room");
        let full = other.grow(40_000).expect_err("no room");
        assert_eq!(full.code, Code::ServiceOverloaded);
        other.grow(SMALL).expect("small");
        drop(one);
        other.grow(100_000).expect("room again");
        assert!(other.grow(100_001).is_err());
        drop(other);
        room.enter().grow(100_000).expect("all of it is given back");
    }
}
