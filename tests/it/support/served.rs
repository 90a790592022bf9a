//! The binary as the operations room sees it: on an empty embedded database, its log in a file, its metrics on
//! a second port.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, free_address};
use super::promises::holds_no_token;

/// A running process.
pub struct Served {
    folder: TempDir,
    process: Process,
    /// Address of the service.
    pub base: String,
    /// Address of the metrics.
    pub metrics: String,
}

impl Served {
    /// Starts it and waits until it is ready.
    pub async fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thidua.toml"), config).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let metrics = free_address();
        let settings = [
            ("THIDUA_CONFIG", "thidua.toml"),
            ("THIDUA__METRICS__LISTEN", metrics.as_str()),
        ];
        let mut process = Process::spawn(folder.path(), &settings, Stdio::from(log));
        process.ready().await;
        Self {
            folder,
            base: process.base().to_owned(),
            process,
            metrics: format!("http://{metrics}"),
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

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> std::process::ExitStatus {
        self.process.ended()
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        let log = read(&self.folder.path().join("log"));
        holds_no_token("the log", &log);
        log
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
        let metrics = answer.text().await.unwrap();
        holds_no_token("the metrics", &metrics);
        metrics
    }
}

fn read(path: &Path) -> String {
    String::from_utf8(std::fs::read(path).unwrap()).expect("a log in UTF-8")
}
