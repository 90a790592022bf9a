//! `[server]` and `[limits]`: how the process listens, and what it bears of its clients.

use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use crate::identity::settings::list;
use crate::shell::deprecated::DEPRECATED;
use crate::shell::{BodyPace, RateSettings, ShellSettings};

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// Worker threads; 0 = one a core.
    pub workers: usize,
    /// Seconds of service after SIGTERM.
    pub drain_seconds: u64,
    /// Seconds for what is under way then.
    pub finish_seconds: u64,
    /// Most connections.
    pub max_connections: usize,
    /// Seconds that an idle connection is kept.
    pub keep_alive_seconds: u64,
    /// Seconds for the head of a request.
    pub head_seconds: u64,
    /// Seconds that a body may pause.
    pub body_idle_seconds: u64,
    /// Seconds that every body has.
    pub body_seconds: u64,
    /// Pace of a body beyond that.
    pub body_bytes_per_second: u64,
    /// Origins of scripts.
    #[serde(deserialize_with = "list")]
    pub allowed_origins: Vec<String>,
    /// Whether the document and its viewer are served.
    pub documentation: bool,
    /// Whether TLS ends in front.
    pub behind_tls: bool,
    /// Proxies in front.
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<String>,
}

const MOST_WORKERS: usize = 512;

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests of a caller in a window.
    pub caller_requests: u32,
    /// Requests of an address in a window.
    pub address_requests: u32,
    /// Seconds.
    pub window_seconds: u64,
    /// Counts that are kept.
    pub remembered: usize,
    /// Requests that wait.
    pub waiting: usize,
    /// Searches at a time.
    pub searches: usize,
    /// Uploads at a time.
    pub uploads: usize,
    /// MiB of bodies under way.
    pub body_memory_mib: usize,
}

impl Server {
    /// Everything that is wrong although each value has its type.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.listen.parse::<std::net::SocketAddr>().is_err() {
            faults.push(format!(
                "server.listen: {:?} is no address with a port",
                self.listen
            ));
        }
        for (name, seconds) in [
            ("drain_seconds", self.drain_seconds.max(1)),
            ("finish_seconds", self.finish_seconds),
            ("keep_alive_seconds", self.keep_alive_seconds),
            ("head_seconds", self.head_seconds),
            ("body_idle_seconds", self.body_idle_seconds),
            ("body_seconds", self.body_seconds),
        ] {
            if !(1..=3600).contains(&seconds) {
                faults.push(format!("server.{name}: must lie between 1 and 3600"));
            }
        }
        // The framework's own limit, at which it would panic.
        if self.workers > MOST_WORKERS {
            faults.push(format!("server.workers: must lie between 0 and {MOST_WORKERS}"));
        }
        if self.max_connections == 0 {
            faults.push("server.max_connections: must be positive".to_owned());
        }
        if self.body_bytes_per_second == 0 {
            faults.push("server.body_bytes_per_second: must be positive".to_owned());
        }
        for origin in self.allowed_origins.iter().filter(|origin| !is_origin(origin)) {
            faults.push(format!(
                "server.allowed_origins: {origin:?} is no origin (scheme://host, a port that is not the \
                 scheme's own, nothing after it)"
            ));
        }
        for proxy in self
            .trusted_proxies
            .iter()
            .filter(|proxy| network(proxy).is_none())
        {
            faults.push(format!(
                "server.trusted_proxies: {proxy:?} is no address and no network"
            ));
        }
        // Whom everybody's field is believed, the client names itself.
        let all = |proxy: &&String| network(proxy).is_some_and(|network| network.prefix_len() == 0);
        for proxy in self.trusted_proxies.iter().filter(all) {
            faults.push(format!(
                "server.trusted_proxies: {proxy:?} is every address; name the proxies"
            ));
        }
        faults
    }
}

impl Limits {
    /// Everything that is wrong although each value has its type.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !(1..=3600).contains(&self.window_seconds) {
            faults.push("limits.window_seconds: must lie between 1 and 3600".to_owned());
        }
        for (name, value, most) in [
            ("remembered", self.remembered, 10_000_000),
            ("waiting", self.waiting, 100_000),
            ("searches", self.searches, 10_000),
            ("uploads", self.uploads, 10_000),
        ] {
            if !(1..=most).contains(&value) {
                faults.push(format!("limits.{name}: must lie between 1 and {most}"));
            }
        }
        // Less than the largest body, read into a buffer that grows by doubling, would refuse it always.
        if !(16..=65_536).contains(&self.body_memory_mib) {
            faults.push("limits.body_memory_mib: must lie between 16 and 65536".to_owned());
        }
        faults
    }
}

/// As a browser writes it; `*`, `null` and patterns are none (COR-01).
fn is_origin(text: &str) -> bool {
    // The parser takes a star for a part of a name.
    !text.contains('*')
        && reqwest::Url::parse(text).is_ok_and(|url| {
            ["http", "https"].contains(&url.scheme()) && url.origin().ascii_serialization() == text
        })
}

fn network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse().ok().map(|address: std::net::IpAddr| address.into()))
}

/// What the server bears, as the HTTP floor knows it.
pub(super) fn shell(server: &Server, limits: &Limits, patience_seconds: u64) -> ShellSettings {
    ShellSettings {
        deprecated: DEPRECATED.to_vec(),
        allowed_origins: server.allowed_origins.clone(),
        behind_tls: server.behind_tls,
        documentation: server.documentation,
        trusted_proxies: server
            .trusted_proxies
            .iter()
            .filter_map(|text| network(text))
            .collect(),
        head: Duration::from_secs(server.head_seconds),
        body: BodyPace {
            idle: Duration::from_secs(server.body_idle_seconds),
            grace: Duration::from_secs(server.body_seconds),
            bytes_per_second: server.body_bytes_per_second,
        },
        keep_alive: Duration::from_secs(server.keep_alive_seconds),
        max_connections: server.max_connections,
        finish: Duration::from_secs(server.finish_seconds),
        rates: RateSettings {
            window: Duration::from_secs(limits.window_seconds),
            caller: limits.caller_requests,
            address: limits.address_requests,
            remembered: limits.remembered,
        },
        searches: limits.searches,
        uploads: limits.uploads,
        body_memory: limits.body_memory_mib.saturating_mul(1024 * 1024),
        waiting: limits.waiting,
        patience: Duration::from_secs(patience_seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        for good in [
            "https://portal.gov.vn",
            "http://localhost:3000",
            "https://[2001:db8::1]:8443",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "null",
            "",
            "portal.gov.vn",
            "https://portal.gov.vn/",
            "https://portal.gov.vn:443",
            "https://*.gov.vn",
            "https://Portal.gov.vn",
            "https://a@portal.gov.vn",
            "file:///x",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
