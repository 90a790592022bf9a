//! The way out (SHD-01 to SHD-06): the real binary, real signals.

use std::process::Stdio;
use std::time::Duration;

use thidua::domain::caller::PrincipalKind;

use super::{post_head, unit};
use crate::support::process::Process;
use crate::support::raw::Line;
use crate::support::world::token;

struct Service {
    process: Process,
    _folder: tempfile::TempDir,
}

impl Service {
    /// Starts the binary and waits until it is ready.
    fn start(drain_seconds: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let drain = [("THIDUA__SERVER__DRAIN_SECONDS", drain_seconds)];
        let service = Self {
            process: Process::spawn(folder.path(), &drain, Stdio::null()),
            _folder: folder,
        };
        let address = service.process.base().strip_prefix("http://").unwrap();
        while std::net::TcpStream::connect(address).is_err() || service.get("/readyz").0 != 200 {
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }

    /// One request on a connection of its own: status, and whether the service goes on with it.
    fn get(&self, path: &str) -> (u16, bool) {
        let mut line = Line::open(self.process.base());
        line.send(format!("GET {path} HTTP/1.1\r\nHost: thidua\r\n\r\n"));
        let reply = line.reply();
        (reply.status, reply.field("connection") != Some("close"))
    }

    /// A request whose body has not come to its end.
    fn under_way(&self) -> (Line, String) {
        let (mut line, body) = (Line::open(self.process.base()), unit());
        let (first, last) = body.split_at(5);
        line.send(format!(
            "{}Content-Length: {}\r\n\r\n{first}",
            post_head(&token("nobody", PrincipalKind::User)),
            body.len()
        ));
        (line, last.to_owned())
    }
}

#[test]
fn a_terminated_service_ends_what_it_began() {
    let mut service = Service::start("3");
    assert_eq!(service.get("/startupz"), (200, true));
    let (mut line, last) = service.under_way();
    let mut kept = Line::open(service.process.base());
    kept.send("GET /livez HTTP/1.1\r\nHost: thidua\r\n\r\n");
    assert_eq!(kept.reply().status, 200);
    service.process.signal("TERM");
    while service.get("/readyz").0 == 200 {
        std::thread::sleep(Duration::from_millis(10));
    }
    // It drains: not ready, alive, still started, and every answer is the last of its connection.
    assert_eq!(service.get("/readyz"), (503, false));
    assert_eq!(service.get("/livez"), (200, false));
    assert_eq!(service.get("/startupz"), (200, false));
    assert_eq!(service.get("/v1/me"), (401, false));
    kept.send("GET /v1/me HTTP/1.1\r\nHost: thidua\r\n\r\n");
    let reply = kept.reply().refused(401, "token.missing");
    assert_eq!(reply.field("connection"), Some("close"));
    // Past the drain: nobody new comes in, but what is under way is answered.
    while std::net::TcpStream::connect(service.process.base().strip_prefix("http://").unwrap()).is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
    line.send(last);
    let reply = line.reply().refused(403, "access.forbidden");
    assert_eq!(reply.field("connection"), Some("close"));
    assert_eq!(line.rest(), b"");
    assert_eq!(service.process.ended().code(), Some(0));
}

#[test]
fn a_second_signal_waits_for_nothing() {
    let mut service = Service::start("3000");
    let (mut line, _) = service.under_way();
    service.process.signal("TERM");
    while service.get("/readyz").0 == 200 {
        std::thread::sleep(Duration::from_millis(10));
    }
    service.process.signal("TERM");
    assert_eq!(service.process.ended().code(), Some(1));
    assert_eq!(line.rest(), b"");
}
