//! Connections on which nothing happens. The framework's own timers know the head of a connection's first
//! request and a connection that is quite still; one that sends half a head after its first answer, or that
//! never takes its answer, would be kept for ever. So each has a watchman, who shuts it.

use std::any::Any;
use std::cell::Cell;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::rc::Rc;

use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::rt;
use tokio::time::{Duration, Instant};

/// A connection as its watchman sees it.
struct Connection {
    /// The same socket once more: the framework's own is out of reach.
    socket: TcpStream,
    busy: Cell<u32>,
    quiet_since: Cell<Instant>,
    /// Since when the client has had a piece of an answer to take; none while the service makes one.
    offered_since: Cell<Option<Instant>>,
}

/// Says that a request of a connection is under way, as long as it lives.
pub struct Busy(Rc<Connection>);

impl Busy {
    /// There is a new piece of the answer for the client: it has taken the one before.
    pub fn offered(&self) {
        self.0.offered_since.set(Some(Instant::now()));
    }

    /// The client has taken all there is; the next piece is not made yet.
    pub fn making(&self) {
        self.0.offered_since.set(None);
    }
}

/// Sets a watchman over a new connection: it is shut when no request is under way for longer than `longest`,
/// or when the client takes nothing of a long answer for as long.
pub fn watch(io: &dyn Any, data: &mut Extensions, longest: Duration) {
    let socket = io
        .downcast_ref::<rt::net::TcpStream>()
        .and_then(|stream| stream.as_fd().try_clone_to_owned().ok());
    let Some(socket) = socket else {
        tracing::warn!("a connection is not watched");
        return;
    };
    let connection = Rc::new(Connection {
        socket: socket.into(),
        busy: Cell::new(0),
        quiet_since: Cell::new(Instant::now()),
        offered_since: Cell::default(),
    });
    let watched = Rc::downgrade(&connection);
    data.insert(connection);
    rt::spawn(async move {
        let mut rest = longest;
        loop {
            tokio::time::sleep(rest).await;
            // Gone with the connection.
            let Some(connection) = watched.upgrade() else {
                return;
            };
            let idle = match connection.busy.get() {
                0 => connection.quiet_since.get().elapsed(),
                _ => connection
                    .offered_since
                    .get()
                    .map_or(Duration::ZERO, |since| since.elapsed()),
            };
            rest = longest.saturating_sub(idle);
            if rest.is_zero() {
                // Closed by the client meanwhile: all the better.
                let _closed = connection.socket.shutdown(Shutdown::Both);
                return;
            }
        }
    });
}

/// Tells the watchman of a request.
pub fn busy(request: &ServiceRequest) -> Option<Busy> {
    let connection = request.conn_data::<Rc<Connection>>()?;
    connection.busy.set(connection.busy.get().saturating_add(1));
    Some(Busy(Rc::clone(connection)))
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.set(self.0.busy.get().saturating_sub(1));
        self.0.quiet_since.set(Instant::now());
        self.0.offered_since.set(None);
    }
}
