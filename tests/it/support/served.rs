//! The binary as it is run: `serve` as a process of its own on an empty embedded database, its log in a
//! file, its metrics on a second port.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::world::{AUDIENCE, issuer};

/// Who administers it.
pub const ADMINISTRATOR: &str = "first-administrator";

/// A running process; it is killed at the latest when it is dropped.
pub struct Served {
    folder: TempDir,
    process: Child,
    /// Address of the service.
    pub base: String,
    /// Address of the metrics.
    pub metrics: String,
}

impl Served {
    /// Starts it and waits until it is ready.
    pub async fn start(config: &str) -> Self {
        let (service, metrics) = (free_port(), free_port());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thidua.toml"), config).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_thidua"));
        command.arg("serve").current_dir(folder.path());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("THIDUA_")) {
            command.env_remove(name);
        }
        let listen = |port: u16| format!("127.0.0.1:{port}");
        let process = command
            .env("THIDUA_CONFIG", "thidua.toml")
            .env("THIDUA__SERVER__LISTEN", listen(service))
            .env("THIDUA__SERVER__DRAIN_SECONDS", "0")
            .env("THIDUA__SERVER__WORKERS", "1")
            .env("THIDUA__METRICS__LISTEN", listen(metrics))
            .env("THIDUA__SECRETS__CURSOR_KEY", "0123456789abcdef0123456789abcdef")
            .env("THIDUA__AUTH__ISSUERS__MAIN__URL", issuer().url())
            .env("THIDUA__AUTH__ISSUERS__MAIN__AUDIENCE", AUDIENCE)
            .env("THIDUA__AUTH__ISSUERS__MAIN__INSECURE_HTTP", "true")
            .env("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__ISSUER", issuer().url())
            .env("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__SUBJECT", ADMINISTRATOR)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        let mut served = Self {
            folder,
            process,
            base: format!("http://{}", listen(service)),
            metrics: format!("http://{}", listen(metrics)),
        };
        served.until_ready().await;
        served
    }

    async fn until_ready(&mut self) {
        let url = format!("{}/readyz", self.base);
        loop {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {}", self.log());
            let answer = reqwest::get(&url).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Where its database lies.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("var/thidua.db")
    }

    /// Its settings file.
    pub fn settings(&self) -> PathBuf {
        self.folder.path().join("thidua.toml")
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        read(&self.folder.path().join("log"))
    }

    /// Every line that it has logged; fails where one is no JSON.
    pub fn lines(&self) -> Vec<Value> {
        let log = self.log();
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        log.lines().map(parse).collect()
    }

    /// The lines about one request.
    pub fn lines_of(&self, request_id: &str) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line["request_id"] == request_id);
        lines
    }

    /// The metrics as text.
    pub async fn scrape(&self) -> String {
        let answer = reqwest::get(format!("{}/metrics", self.metrics)).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(path: &Path) -> String {
    String::from_utf8(std::fs::read(path).unwrap()).expect("a log in UTF-8")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
