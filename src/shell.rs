//! The hard shell of the server as plain values, made by `settings`; `api/shell` is made of them.

use std::time::Duration;

use ipnet::IpNet;

pub mod deprecated;

use deprecated::{DEPRECATED, Deprecated};

/// The shell as plain values; made by `settings`.
#[derive(Debug, Clone)]
pub struct ShellSettings {
    /// Origins whose scripts may read answers, to the byte.
    pub allowed_origins: Vec<String>,
    /// Whether clients reach the service by TLS; then it tells them to stay with it.
    pub behind_tls: bool,
    /// Whether the OpenAPI document and its viewer are served.
    pub documentation: bool,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Longest time for the head of a connection's first request.
    pub head: Duration,
    /// Pace of bodies.
    pub body: BodyPace,
    /// Most memory of bodies under way, in bytes (OVL-05).
    pub body_memory: usize,
    /// Longest idle time of a connection.
    pub keep_alive: Duration,
    /// Most connections of the process.
    pub max_connections: usize,
    /// Longest time for what is under way when the listener has closed.
    pub finish: Duration,
    /// Quotas of requests.
    pub rates: RateSettings,
    /// Searches that run at a time.
    pub searches: usize,
    /// Uploads that run at a time.
    pub uploads: usize,
    /// How many more may wait for their turn, and how long.
    pub waiting: usize,
    /// How long one waits.
    pub patience: Duration,
    /// Operations that will go; no setting, but another table in tests.
    pub deprecated: Vec<Deprecated>,
}

/// How slowly a body may come (NET-02).
#[derive(Debug, Clone, Copy)]
pub struct BodyPace {
    /// Longest time without a byte.
    pub idle: Duration,
    /// Time that every body has.
    pub grace: Duration,
    /// What must come beyond that, in bytes a second.
    pub bytes_per_second: u64,
}

/// Requests that are answered in a window of time; 0 is no limit.
#[derive(Debug, Clone, Copy)]
pub struct RateSettings {
    /// Length of the window.
    pub window: Duration,
    /// For one caller.
    pub caller: u32,
    /// For one address without a valid token.
    pub address: u32,
    /// Callers, and addresses, that are remembered.
    pub remembered: usize,
}

impl Default for ShellSettings {
    /// The default settings, without quotas: for the demo and the tests, which are callers in a hurry.
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            behind_tls: false,
            documentation: true,
            trusted_proxies: Vec::new(),
            head: Duration::from_secs(5),
            body: BodyPace {
                idle: Duration::from_secs(10),
                grace: Duration::from_secs(30),
                bytes_per_second: 51_200,
            },
            body_memory: 256 * 1024 * 1024,
            keep_alive: Duration::from_secs(75),
            max_connections: 25_000,
            finish: Duration::from_secs(30),
            rates: RateSettings {
                window: Duration::from_mins(1),
                caller: 0,
                address: 0,
                remembered: 1,
            },
            searches: 4,
            uploads: 32,
            waiting: 256,
            patience: Duration::from_secs(10),
            deprecated: DEPRECATED.to_vec(),
        }
    }
}
