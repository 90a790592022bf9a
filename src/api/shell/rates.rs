//! Quotas of requests (RAT-01 to RAT-03): so many in a window of time that begins with the first of them.
//! Not the crate governor: nothing can be given back to its buckets, and 304 must cost nothing (RAT-02).
//! The counts are this process's own; a replica beside it has its own.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use quick_cache::sync::Cache;

use crate::domain::caller::{Principal, PrincipalKind};
use crate::domain::error::{Code, Error};
use crate::shell::RateSettings;

/// `RateLimit-Policy`.
pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// `RateLimit`.
pub const REMAINING: HeaderName = HeaderName::from_static("ratelimit");

/// The quotas of a process. Its memory is bounded: who was not seen for long is forgotten for who is new.
pub struct Rates {
    callers: Quota<(PrincipalKind, String, String)>,
    addresses: Quota<IpAddr>,
}

struct Quota<K> {
    name: &'static str,
    limit: u32,
    window: Duration,
    windows: Cache<K, Arc<Mutex<Window>>>,
}

struct Window {
    began: Instant,
    used: u32,
}

/// One request that was counted.
pub struct Count {
    /// Whether the quota was used up before it.
    pub exceeded: bool,
    name: &'static str,
    limit: u32,
    length: Duration,
    used: u32,
    left: Duration,
    began: Instant,
    window: Arc<Mutex<Window>>,
}

impl Rates {
    /// Fresh quotas.
    pub fn new(settings: RateSettings) -> Self {
        Self {
            callers: Quota::new("user", settings.caller, settings),
            addresses: Quota::new("address", settings.address, settings),
        }
    }

    /// Counts a request for its caller; for its address only where it proves none.
    pub fn count(&self, principal: Option<&Principal>, address: Option<IpAddr>) -> Option<Count> {
        match principal {
            Some(caller) => {
                let key = || (caller.kind, caller.issuer.clone(), caller.subject.clone());
                self.callers.count(key)
            }
            None => address.and_then(|address| self.addresses.count(|| subscriber(address))),
        }
    }
}

/// Who has one address of IPv6 has 2^64 of them.
fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64)).into(),
    }
}

impl<K: Eq + Hash + Clone> Quota<K> {
    fn new(name: &'static str, limit: u32, settings: RateSettings) -> Self {
        Self {
            name,
            limit,
            window: settings.window,
            windows: Cache::new(if limit == 0 { 1 } else { settings.remembered }),
        }
    }

    fn count(&self, key: impl FnOnce() -> K) -> Option<Count> {
        if self.limit == 0 {
            return None;
        }
        let now = Instant::now();
        let fresh =
            || Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(Window { began: now, used: 0 })));
        let Ok(window) = self.windows.get_or_insert_with(&key(), fresh);
        let mut held = window.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(held.began) >= self.window {
            *held = Window { began: now, used: 0 };
        }
        let exceeded = held.used >= self.limit;
        if !exceeded {
            held.used = held.used.saturating_add(1);
        }
        let (used, began) = (held.used, held.began);
        drop(held);
        Some(Count {
            exceeded,
            name: self.name,
            limit: self.limit,
            length: self.window,
            used,
            left: self.window.saturating_sub(now.saturating_duration_since(began)),
            began,
            window,
        })
    }
}

impl Count {
    /// As if the request had not been made.
    pub fn take_back(&mut self) {
        let mut held = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if held.began == self.began {
            held.used = held.used.saturating_sub(1);
        }
        self.used = self.used.saturating_sub(1);
    }

    /// The refusal of a caller who has used up its quota.
    pub fn refusal(&self) -> Error {
        Error::new(Code::RateExceeded).with("violated-policies", vec![self.name])
    }

    /// Writes what the quota is and what is left of it (draft-ietf-httpapi-ratelimit-headers-10).
    pub fn tell(&self, headers: &mut HeaderMap) {
        let seconds = self.left.as_secs().saturating_add(1).min(self.length.as_secs());
        let left = self.limit.saturating_sub(self.used);
        let fields = [
            (
                POLICY,
                format!("\"{}\";q={};w={}", self.name, self.limit, self.length.as_secs()),
            ),
            (REMAINING, format!("\"{}\";r={left};t={seconds}", self.name)),
        ];
        let retry = self.exceeded.then(|| (RETRY_AFTER, seconds.to_string()));
        for (name, value) in fields.into_iter().chain(retry) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_subscriber() {
        let of = |text: &str| subscriber(text.parse().expect("an address")).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn memory_is_bounded() {
        let rates = Rates::new(RateSettings {
            window: Duration::from_mins(1),
            caller: 1,
            address: 1,
            remembered: 100,
        });
        for number in 0..10_000_u32 {
            rates.count(None, Some(IpAddr::V4(number.into())));
        }
        assert!(
            rates.addresses.windows.len() <= 110,
            "{}",
            rates.addresses.windows.len()
        );
    }
}
