//! The binary as a process that can be killed, as `serve` runs in production.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thidua::store::connection::Location;

use super::world::{AUDIENCE, BOOTSTRAP, issuer};

/// A running `serve`; killed when it is dropped.
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

impl Process {
    /// Starts the service on a database, in a folder for its files, and waits until it is ready.
    pub async fn serve(location: &Location, folder: &Path, more: &[(&str, &str)]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_thidua"));
        command
            .arg("serve")
            .current_dir(folder)
            .envs([
                ("THIDUA__SERVER__LISTEN", listen.as_str()),
                ("THIDUA__SERVER__WORKERS", "1"),
                ("THIDUA__SERVER__DRAIN_SECONDS", "0"),
                ("THIDUA__DATABASE__URL", &url(location)),
                ("THIDUA__SECRETS__CURSOR_KEY", "0123456789abcdef0123456789abcdef"),
                ("THIDUA__AUTH__ISSUERS__TEST__URL", issuer().url()),
                ("THIDUA__AUTH__ISSUERS__TEST__AUDIENCE", AUDIENCE),
                ("THIDUA__AUTH__ISSUERS__TEST__INSECURE_HTTP", "true"),
                ("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__ISSUER", issuer().url()),
                ("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__SUBJECT", BOOTSTRAP),
                ("THIDUA__LOG__FILTER", "error"),
            ])
            .envs(more.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("the binary runs");
        let process = Self {
            child,
            base: format!("http://{listen}"),
        };
        process.ready().await;
        process
    }

    async fn ready(&self) {
        let client = reqwest::Client::new();
        let probe = format!("{}/readyz", self.base);
        for _ in 0..1200 {
            if let Ok(answer) = client.get(&probe).send().await
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
