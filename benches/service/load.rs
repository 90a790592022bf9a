//! The load generator. [`closed`] asks again as soon as it is answered: throughput at saturation. [`open`]
//! asks at a constant rate and takes each latency from the moment at which the request was due, so that a
//! stalled service cannot hide the requests that it held up (no coordinated omission).

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hdrhistogram::Histogram;

use crate::Outcome;
use crate::http::Client;
use crate::operations::Operation;

/// Before a request is due the generator sleeps; the rest of the time it waits actively, because the
/// runtime's timer has a resolution of a millisecond only.
const ACTIVE_WAIT: Duration = Duration::from_millis(3);
/// Connections of the open loop: more than the service ever answers at once, so that none is waited for.
const OPEN_CONNECTIONS: usize = 64;

/// What a phase brought.
pub struct Phase {
    /// Requests answered as expected.
    pub done: u64,
    /// Requests answered otherwise.
    pub failed: u64,
    /// What the first of them was answered.
    pub failure: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// Latencies in microseconds.
    pub latencies: Histogram<u64>,
}

struct Tally {
    done: Cell<u64>,
    failed: Cell<u64>,
    failure: RefCell<Option<String>>,
    latencies: RefCell<Histogram<u64>>,
}

impl Tally {
    fn new() -> Outcome<Self> {
        Ok(Self {
            done: Cell::new(0),
            failed: Cell::new(0),
            failure: RefCell::new(None),
            latencies: RefCell::new(Histogram::new_with_bounds(1, 60_000_000, 3)?),
        })
    }

    fn count(&self, outcome: Result<(), String>, since: Instant) {
        let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.latencies.borrow_mut().saturating_record(micros.max(1));
        match outcome {
            Ok(()) => self.done.set(self.done.get() + 1),
            Err(sentence) => {
                self.failed.set(self.failed.get() + 1);
                self.failure.borrow_mut().get_or_insert(sentence);
            }
        }
    }

    fn finish(self, began: Instant) -> Phase {
        Phase {
            done: self.done.get(),
            failed: self.failed.get(),
            failure: self.failure.into_inner(),
            seconds: began.elapsed().as_secs_f64(),
            latencies: self.latencies.into_inner(),
        }
    }
}

/// Asks from so many connections as fast as answers come, for a time or a number of requests.
pub async fn closed(address: SocketAddr, operation: &Operation, time: Duration, most: u64) -> Outcome<Phase> {
    let tally = Tally::new()?;
    let mut clients = connect(address, operation.connections).await?;
    let left = Cell::new(most);
    let began = Instant::now();
    join_all(clients.iter_mut().map(async |client| {
        while began.elapsed() < time && left.get() > 0 {
            left.set(left.get() - 1);
            let Some(asked) = operation.next() else { return };
            let since = Instant::now();
            tally.count(operation.ask(client, asked).await, since);
        }
    }))
    .await;
    Ok(tally.finish(began))
}

/// Asks at a constant rate.
pub async fn open(
    address: SocketAddr,
    operation: &Operation,
    rate: f64,
    time: Duration,
    most: u64,
) -> Outcome<Phase> {
    let tally = Tally::new()?;
    let mut clients = connect(address, OPEN_CONNECTIONS.min(operation.at_once)).await?;
    let due_requests = ((time.as_secs_f64() * rate) as u64).min(most);
    let ticket = Cell::new(0_u64);
    let began = Instant::now();
    join_all(clients.iter_mut().map(async |client| {
        loop {
            let number = ticket.get();
            if number >= due_requests {
                return;
            }
            ticket.set(number + 1);
            let due = began + Duration::from_secs_f64(number as f64 / rate);
            wait_until(due).await;
            let Some(asked) = operation.next() else { return };
            tally.count(operation.ask(client, asked).await, due);
        }
    }))
    .await;
    Ok(tally.finish(began))
}

async fn wait_until(due: Instant) {
    loop {
        let wait = due.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return;
        }
        if wait > ACTIVE_WAIT {
            tokio::time::sleep(wait.saturating_sub(ACTIVE_WAIT)).await;
        } else {
            tokio::task::yield_now().await;
        }
    }
}

async fn connect(address: SocketAddr, count: usize) -> Outcome<Vec<Client>> {
    let mut clients = Vec::new();
    for _ in 0..count.max(1) {
        clients.push(Client::connect(address).await?);
    }
    Ok(clients)
}
