//! What is asked of the service, one operation after the other. Every request asks for another id, as one of
//! several callers; [`targets`] reads the ids from the database, [`walk`] the cursors from the service.

mod reading;
mod targets;
mod walk;
mod writing;

use std::cell::Cell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;

use crate::Outcome;
use crate::data::world::Persona;
use crate::http::{Client, Request};
use crate::sizes::Numbers;
pub use reading::pick;
pub use targets::Targets;
pub use writing::{CREATED, SAVED_BYTES};

/// The callers' tokens.
pub type Tokens = HashMap<Persona, Rc<str>>;

/// A request of its number, with the target that it takes from a [`targets::Stock`], if it does.
type Make = Box<dyn Fn(u64) -> Option<(Request, usize)>>;

/// One operation.
pub struct Operation {
    /// Its name in the results.
    pub name: &'static str,
    /// Connections at saturation.
    pub connections: usize,
    /// Most requests under way at once: fewer than there are targets that a request changes.
    pub at_once: usize,
    /// Most requests of one phase, where requests use their targets up.
    pub most: u64,
    /// Share of a phase for which it is asked before anything is counted, as a divisor.
    pub warm_up: u32,
    /// Whether it is also asked at half load; not where there are only a few targets.
    pub half_load: bool,
    /// Whether it writes; then the sealing of its journal entries belongs to it.
    pub writes: bool,
    /// Remark in the table.
    pub remark: Option<String>,
    /// Bytes of the last body that was answered.
    pub answered: Cell<usize>,
    number: Cell<u64>,
    make: Make,
    status: u16,
    /// Gives the target back; whether the answer was as expected.
    give: Box<dyn Fn(usize, bool)>,
}

impl Operation {
    /// One that reads.
    pub fn reading(name: &'static str, make: impl Fn(u64) -> Option<Request> + 'static) -> Self {
        Self {
            name,
            connections: 8,
            at_once: usize::MAX,
            most: u64::MAX,
            warm_up: 8,
            half_load: true,
            writes: false,
            remark: None,
            answered: Cell::new(0),
            number: Cell::new(0),
            make: Box::new(move |number| Some((make(number)?, 0))),
            status: 200,
            give: Box::new(|_, _| {}),
        }
    }

    /// One that makes another row each time. `sealed`: whether it is journalled.
    pub fn creating(
        name: &'static str,
        status: u16,
        sealed: bool,
        make: impl Fn(u64) -> Option<Request> + 'static,
    ) -> Self {
        Self {
            connections: 16,
            writes: sealed,
            status,
            ..Self::reading(name, make)
        }
    }

    fn writing(name: &'static str, at_once: usize) -> Self {
        Self {
            connections: at_once.clamp(1, 16),
            at_once: at_once.max(1),
            writes: true,
            ..Self::reading(name, |_| None)
        }
    }

    /// The next request with its target; none when the targets are used up.
    pub fn next(&self) -> Option<(Request, usize)> {
        let number = self.number.get();
        self.number.set(number + 1);
        (self.make)(number)
    }

    /// Sends a request and holds the answer against what is expected.
    ///
    /// # Errors
    /// What was answered instead.
    pub async fn ask(&self, client: &mut Client, (request, target): (Request, usize)) -> Result<(), String> {
        let answer = client.send(&request).await;
        let expected = answer.as_ref().is_ok_and(|answer| answer.status == self.status);
        (self.give)(target, expected);
        let answer = answer.map_err(|error| error.to_string())?;
        if expected {
            self.answered.set(answer.body.len());
            return Ok(());
        }
        let body = String::from_utf8_lossy(&answer.body);
        let body: String = body.chars().take(300).collect();
        Err(format!(
            "{} {}: {} {body}",
            request.method, request.path, answer.status
        ))
    }
}

/// An operation that cannot be measured, with the reason.
pub struct LeftOut {
    /// Its name.
    pub name: &'static str,
    /// Why.
    pub reason: String,
}

/// All operations on a running service.
///
/// `phases` is how often the operations that use up their targets are asked in the whole run; `peers`, whether
/// also what is there only to be held to a peer.
pub async fn all(
    address: SocketAddr,
    tokens: &Rc<Tokens>,
    numbers: &Numbers,
    targets: &Rc<Targets>,
    phases: u64,
    peers: bool,
) -> Outcome<(Vec<Operation>, Vec<LeftOut>)> {
    let mut operations = reading::baselines(tokens, numbers);
    operations.extend(reading::by_id(address, tokens, targets).await?);
    let mut left_out = Vec::new();
    operations.extend(reading::lists(address, tokens, numbers, targets, &mut left_out).await?);
    operations.extend(writing::operations(tokens, targets, phases));
    if peers {
        operations.push(writing::create(tokens, targets, numbers));
    }
    Ok((operations, left_out))
}
