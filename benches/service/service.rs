//! The service under test: the release binary as a process of its own, with every check on and the settings
//! that production has; and the issuer of its callers' tokens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use thidua::domain::caller::PrincipalKind;
use thidua::domain::time::{Clock as _, SystemClock};
use thidua::identity::development::{DevelopmentIssuer, TokenRequest};

use crate::data::world::Persona;
use crate::http::{Client, Request};
use crate::{Outcome, databases, process};

const AUDIENCE: &str = "thidua-api";
/// The core of service and database; the generator has the other one.
pub const CORE: usize = 0;
/// The generator's core.
pub const GENERATOR_CORE: usize = 1;

/// The issuer, serving its keys from this process.
pub struct Issuer {
    issuer: Arc<DevelopmentIssuer>,
}

impl Issuer {
    /// Starts the issuer on a free port.
    pub fn start() -> Outcome<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let issuer = Arc::new(DevelopmentIssuer::open(
            &databases::folder()?.join("issuer"),
            &url,
        )?);
        let served = Arc::clone(&issuer);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || runtime.block_on(served.serve(listener)));
        Ok(Self { issuer })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        self.issuer.url()
    }

    /// Signs a token for each caller.
    pub fn tokens(&self, personas: &[Persona]) -> Outcome<HashMap<Persona, Rc<str>>> {
        let mut tokens = HashMap::new();
        for persona in personas {
            let request = TokenRequest {
                subject: persona.subject(),
                kind: PrincipalKind::User,
                name: Some("Người gọi mẫu".to_owned()),
                client_id: Some("portal".to_owned()),
                audience: AUDIENCE.to_owned(),
                lifetime: Duration::from_hours(12),
            };
            let token = self.issuer.token(&request, SystemClock.now().utc())?;
            tokens.insert(*persona, Rc::from(token));
        }
        Ok(tokens)
    }
}

/// A running service, or another program in its place.
pub struct Service {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to its first 200.
    pub cold_start: Duration,
}

impl Service {
    /// Starts the service on a database and waits until it is ready.
    pub async fn start(binary: &Path, url: &str, issuer: &Issuer) -> Outcome<Self> {
        Self::start_with(binary, url, issuer, &[]).await
    }

    /// As [`Service::start`], with further settings.
    pub async fn start_with(
        binary: &Path,
        url: &str,
        issuer: &Issuer,
        settings: &[(&str, &str)],
    ) -> Outcome<Self> {
        let address = free_address()?;
        let files = databases::folder()?.join("files");
        let mut command = on_core(binary);
        command
            .arg("serve")
            .env("THIDUA__SERVER__LISTEN", address.to_string())
            .env("THIDUA__SERVER__DRAIN_SECONDS", "0")
            // The load has few callers, each in a hurry.
            .env("THIDUA__LIMITS__CALLER_REQUESTS", "0")
            .env("THIDUA__LIMITS__ADDRESS_REQUESTS", "0")
            .env("THIDUA__DATABASE__URL", url)
            .env("THIDUA__AUTH__ISSUERS__BENCH__URL", issuer.url())
            .env("THIDUA__AUTH__ISSUERS__BENCH__AUDIENCE", AUDIENCE)
            .env("THIDUA__AUTH__ISSUERS__BENCH__INSECURE_HTTP", "true")
            .env(
                "THIDUA__SECRETS__CURSOR_KEY",
                "bench-0123456789-0123456789-0123456789",
            )
            .env("THIDUA__STORAGE__URL", format!("file:{}", files.display()))
            .envs(settings.iter().copied());
        Self::launch(command, address, "/readyz").await
    }

    /// Starts a program that will listen at an address, and waits until it answers `ready` with 200.
    pub async fn launch(mut command: Command, address: SocketAddr, ready: &str) -> Outcome<Self> {
        let began = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // Its log costs what it costs in production, but for the disk.
            .stderr(Stdio::null())
            .spawn()?;
        let mut service = Self {
            child,
            address,
            cold_start: Duration::ZERO,
        };
        service.wait_until_ready(began, ready).await?;
        service.cold_start = began.elapsed();
        Ok(service)
    }

    async fn wait_until_ready(&mut self, began: Instant, ready: &str) -> Outcome<()> {
        let ready = Request::public(ready.to_owned());
        while began.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.ended()? {
                return Err(format!("the service ended at its start: {status}").into());
            }
            if let Ok(mut client) = Client::connect(self.address).await
                && client.send(&ready).await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err("the service did not become ready".into())
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Service {
    /// The process is ended without ceremony; what was answered is durable.
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// An address at which nobody listens.
pub fn free_address() -> Outcome<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A program on the core of service and database: `exec`d by taskset, so that it never runs elsewhere and the
/// process id is its own.
pub fn on_core(program: &Path) -> Command {
    if process::cores() > 1 && has("taskset") {
        let mut command = Command::new("taskset");
        command.args(["-c", &CORE.to_string()]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// Whether a program of util-linux is installed.
pub fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}
