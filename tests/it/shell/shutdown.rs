//! The way out (SHD-01 to SHD-06): the real binary, real signals.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use thidua::domain::caller::PrincipalKind;
use thidua::domain::time::{Clock as _, SystemClock};
use thidua::identity::development::{DevelopmentIssuer, TokenRequest};

use super::{post_head, unit};
use crate::commands::GOOD;
use crate::support::raw::Line;

struct Service {
    child: Child,
    base: String,
    token: String,
    _folder: tempfile::TempDir,
}

impl Service {
    /// Starts the binary with an issuer of its own and waits until it is ready.
    fn start(drain_seconds: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", keys.local_addr().unwrap());
        let issuer = Arc::new(DevelopmentIssuer::open(folder.path(), &url).unwrap());
        let served = Arc::clone(&issuer);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(served.serve(keys))
        });
        let request = TokenRequest {
            subject: "nobody".to_owned(),
            kind: PrincipalKind::User,
            name: None,
            client_id: None,
            audience: "thidua-api".to_owned(),
            lifetime: Duration::from_mins(10),
        };
        let token = issuer.token(&request, SystemClock.now().utc()).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_thidua"))
            .arg("serve")
            .current_dir(folder.path())
            .envs(GOOD)
            .env("THIDUA__SERVER__LISTEN", free.to_string())
            .env("THIDUA__SERVER__DRAIN_SECONDS", drain_seconds)
            .env("THIDUA__AUTH__ISSUERS__MAIN__URL", &url)
            .env("THIDUA__AUTH__ISSUERS__MAIN__INSECURE_HTTP", "true")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let service = Self {
            child,
            base: format!("http://{free}"),
            token,
            _folder: folder,
        };
        while std::net::TcpStream::connect(free).is_err() || service.get("/readyz").0 != 200 {
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }

    /// One request on a connection of its own: status, and whether the service goes on with it.
    fn get(&self, path: &str) -> (u16, bool) {
        let mut line = Line::open(&self.base);
        line.send(format!("GET {path} HTTP/1.1\r\nHost: thidua\r\n\r\n"));
        let reply = line.reply();
        (reply.status, reply.field("connection") != Some("close"))
    }

    /// A request whose body has not come to its end.
    fn under_way(&self) -> (Line, String) {
        let (mut line, body) = (Line::open(&self.base), unit());
        let (first, last) = body.split_at(5);
        line.send(format!(
            "{}Content-Length: {}\r\n\r\n{first}",
            post_head(&self.token),
            body.len()
        ));
        (line, last.to_owned())
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

#[test]
fn a_terminated_service_ends_what_it_began() {
    let mut service = Service::start("3");
    assert_eq!(service.get("/startupz"), (200, true));
    let (mut line, last) = service.under_way();
    let mut kept = Line::open(&service.base);
    kept.send("GET /livez HTTP/1.1\r\nHost: thidua\r\n\r\n");
    assert_eq!(kept.reply().status, 200);
    service.terminate();
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
    while std::net::TcpStream::connect(service.base.strip_prefix("http://").unwrap()).is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
    line.send(last);
    let reply = line.reply().refused(403, "access.forbidden");
    assert_eq!(reply.field("connection"), Some("close"));
    assert_eq!(line.rest(), b"");
    assert_eq!(service.ended().code(), Some(0));
}

#[test]
fn a_second_signal_waits_for_nothing() {
    let mut service = Service::start("3000");
    let (mut line, _) = service.under_way();
    service.terminate();
    while service.get("/readyz").0 == 200 {
        std::thread::sleep(Duration::from_millis(10));
    }
    service.terminate();
    assert_eq!(service.ended().code(), Some(1));
    assert_eq!(line.rest(), b"");
}
