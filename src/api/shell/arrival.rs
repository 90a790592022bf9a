//! The pace of a body (NET-02): the framework would wait for one for ever. Only the time that the service
//! waits for the client counts, never the client's wait for the service.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream::LocalBoxStream;
use tokio::time::{Duration, Instant, Sleep};

use crate::shell::BodyPace;

/// Whether a body was given up because it came too slowly.
pub fn timed_out(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == ErrorKind::TimedOut)
}

/// A body under way, also after its handler let go of it. As long as this lives, the framework ends the
/// connection after the answer instead of waiting for the rest, for which it knows no end.
#[derive(Clone)]
pub struct Arrival {
    payload: Rc<RefCell<Payload>>,
    complete: Rc<Cell<bool>>,
}

impl Arrival {
    /// Whether it came to its end.
    pub fn complete(&self) -> bool {
        self.complete.get()
    }
}

/// Watches over the body of a request, if it has one.
pub fn watch(request: &mut ServiceRequest, pace: BodyPace) {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return;
    }
    let arrival = Arrival {
        payload: Rc::new(RefCell::new(payload)),
        complete: Rc::default(),
    };
    let body = Body {
        arrival: arrival.clone(),
        pace,
        waited: Duration::ZERO,
        since: None,
        received: 0,
        timer: Box::pin(tokio::time::sleep(pace.idle)),
    };
    let stream: LocalBoxStream<'static, _> = Box::pin(body);
    request.set_payload(stream.into());
    request.extensions_mut().insert(arrival);
}

struct Body {
    arrival: Arrival,
    pace: BodyPace,
    /// How long the service has waited for the client so far.
    waited: Duration,
    /// Since when it waits now; as long as it does, the timer runs.
    since: Option<Instant>,
    received: u64,
    timer: Pin<Box<Sleep>>,
}

impl Body {
    /// Until when the next byte must be there. What was sent so far buys time, not what was announced.
    fn deadline(&self, now: Instant) -> Instant {
        let bought = self.received.checked_div(self.pace.bytes_per_second).unwrap_or(0);
        let whole = self.pace.grace.saturating_add(Duration::from_secs(bought));
        now + self.pace.idle.min(whole.saturating_sub(self.waited))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut *self.arrival.payload.borrow_mut()).poll_next(context);
        match next {
            Poll::Ready(next) => {
                if let Some(since) = self.since.take() {
                    self.waited = self.waited.saturating_add(since.elapsed());
                }
                match &next {
                    None => self.arrival.complete.set(true),
                    Some(Ok(bytes)) => {
                        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                        self.received = self.received.saturating_add(length);
                    }
                    Some(Err(_)) => {}
                }
                return Poll::Ready(next);
            }
            Poll::Pending if self.since.is_some() => {}
            Poll::Pending => {
                let now = Instant::now();
                let deadline = self.deadline(now);
                self.timer.as_mut().reset(deadline);
                self.since = Some(now);
            }
        }
        match self.timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(PayloadError::Io(ErrorKind::TimedOut.into())))),
            Poll::Pending => Poll::Pending,
        }
    }
}
