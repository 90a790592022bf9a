//! The binary as a process that can be signalled and killed, as `serve` runs in production.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use thidua::store::connection::Location;

use super::cluster;
use super::world::{AUDIENCE, BOOTSTRAP, issuer};

/// A running `serve` that trusts the tests' issuer; killed at the latest when it is dropped.
pub struct Process {
    child: Child,
    base: String,
}

/// The database as a URL of the settings.
pub fn url(location: &Location) -> String {
    match location {
        Location::Sqlite(path) => format!("sqlite:{path}"),
        Location::Postgres(url) => url.clone(),
    }
}

/// An address of this machine on which nobody listens.
pub fn free_address() -> String {
    format!("127.0.0.1:{}", cluster::free_port().unwrap())
}

impl Process {
    /// Starts the service in a folder with these settings over those that tests share, and none of this
    /// process's own.
    pub fn spawn(folder: &Path, settings: &[(&str, &str)], log: Stdio) -> Self {
        let listen = free_address();
        let mut command = Command::new(env!("CARGO_BIN_EXE_thidua"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("THIDUA_")) {
            command.env_remove(name);
        }
        command
            .arg("serve")
            .current_dir(folder)
            .envs([
                ("THIDUA__SERVER__LISTEN", listen.as_str()),
                ("THIDUA__SERVER__WORKERS", "1"),
                ("THIDUA__SERVER__DRAIN_SECONDS", "0"),
                ("THIDUA__SECRETS__CURSOR_KEY", "0123456789abcdef0123456789abcdef"),
                ("THIDUA__AUTH__ISSUERS__MAIN__URL", issuer().url()),
                ("THIDUA__AUTH__ISSUERS__MAIN__AUDIENCE", AUDIENCE),
                ("THIDUA__AUTH__ISSUERS__MAIN__INSECURE_HTTP", "true"),
                ("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__ISSUER", issuer().url()),
                ("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__SUBJECT", BOOTSTRAP),
            ])
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(log);
        Self {
            child: command.spawn().expect("the binary runs"),
            base: format!("http://{listen}"),
        }
    }

    /// Starts the service on a database and waits until it is ready. Many clients ask by one token: their quota of
    /// requests is not what is tried.
    pub async fn serve(location: &Location, folder: &Path) -> Self {
        let url = url(location);
        let settings = [
            ("THIDUA__DATABASE__URL", url.as_str()),
            ("THIDUA__LIMITS__CALLER_REQUESTS", "0"),
        ];
        let mut process = Self::spawn(folder, &settings, Stdio::null());
        process.ready().await;
        process
    }

    /// Waits until it is ready.
    pub async fn ready(&mut self) {
        let probe = format!("{}/readyz", self.base);
        for _ in 0..1200 {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {ended:?}");
            if let Ok(answer) = reqwest::get(&probe).await
                && answer.status().is_success()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the service was not ready in a minute");
    }

    /// Where it serves.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// SIGKILL: nothing is finished, nothing is cleaned up.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
