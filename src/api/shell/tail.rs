//! The end of an answer, for which something has to last that its handler is done with.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::ConnectionType;
use actix_web::web::Bytes;

use super::arrival::Arrival;
use super::connection::Busy;

/// Answers up to this size are in the socket's buffer as soon as they are made.
const SHORT: u64 = 64 * 1024;

/// Largest piece that is offered at once: whoever takes one within the time that a connection may be quiet is
/// still there.
const PIECE: usize = 64 * 1024;

/// The body of an answer with what must outlive its handler.
struct Tail {
    body: BoxBody,
    /// What was made already and does not belong to the last piece.
    rest: Bytes,
    _arrival: Option<Arrival>,
    busy: Option<Busy>,
}

/// Ends the connection after an answer that came before the end of the request's body, of which the rest would
/// be waited for without end; and lets the connection be busy until a long answer is sent.
pub fn hold<B: MessageBody + 'static>(
    response: ServiceResponse<EitherBody<B>>,
    busy: Option<Busy>,
) -> ServiceResponse<EitherBody<B>> {
    let arrival = response.request().extensions().get::<Arrival>().cloned();
    let arrival = arrival.filter(|arrival| !arrival.complete());
    let short = match response.response().body().size() {
        BodySize::None => true,
        BodySize::Sized(length) => length <= SHORT,
        BodySize::Stream => false,
    };
    if short && arrival.is_none() {
        return response;
    }
    let hasty = arrival.is_some();
    let mut response = response.map_body(|_, body| {
        let tail = Tail {
            body: body.boxed(),
            rest: Bytes::new(),
            _arrival: arrival,
            busy,
        };
        EitherBody::right(tail.boxed())
    });
    if hasty {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    response
}

impl MessageBody for Tail {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Ready(Some(Ok(made))) => self.rest = made,
                end @ Poll::Ready(_) => return end,
                Poll::Pending => {
                    if let Some(busy) = &self.busy {
                        busy.making();
                    }
                    return Poll::Pending;
                }
            }
        }
        if let Some(busy) = &self.busy {
            busy.offered();
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}
