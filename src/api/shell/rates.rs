//! Quotas of requests (RAT-01 to RAT-03): so many in a window of time that begins with the first of them.
//! Not the crate governor: nothing can be given back to its buckets, and 304 must cost nothing (RAT-02).
//! The counts are this process's own; a replica beside it has its own.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use quick_cache::Equivalent;
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
    callers: Quota<CallerKey>,
    addresses: Quota<IpAddr>,
}

/// Who a caller is.
pub type CallerKey = (PrincipalKind, String, String);

/// The same, borrowed: most requests come from whom is known already. Its hash is that of the tuple.
#[derive(Hash)]
pub struct Caller<'p>(PrincipalKind, &'p str, &'p str);

impl<'p> Caller<'p> {
    /// Who a principal is.
    pub fn of(principal: &'p Principal) -> Self {
        Self(principal.kind, &principal.issuer, &principal.subject)
    }
}

impl Equivalent<CallerKey> for Caller<'_> {
    fn equivalent(&self, (kind, issuer, subject): &CallerKey) -> bool {
        self.0 == *kind && self.1 == issuer && self.2 == subject
    }
}

impl From<&Caller<'_>> for CallerKey {
    fn from(&Caller(kind, issuer, subject): &Caller<'_>) -> Self {
        (kind, issuer.to_owned(), subject.to_owned())
    }
}

struct Quota<K> {
    name: &'static str,
    /// `RateLimit-Policy`, which is always the same.
    policy: Option<HeaderValue>,
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
    policy: Option<HeaderValue>,
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
            Some(caller) => self
                .callers
                .count(&Caller::of(caller), |caller| CallerKey::from(caller)),
            None => address.and_then(|address| self.addresses.count(&subscriber(address), |own| *own)),
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
        let policy = format!("\"{name}\";q={limit};w={}", settings.window.as_secs());
        Self {
            name,
            policy: HeaderValue::try_from(policy).ok(),
            limit,
            window: settings.window,
            windows: Cache::new(if limit == 0 { 1 } else { settings.remembered }),
        }
    }

    fn count<Q: Hash + Equivalent<K>>(&self, key: &Q, owned: fn(&Q) -> K) -> Option<Count> {
        if self.limit == 0 {
            return None;
        }
        let now = Instant::now();
        let window = self.windows.get(key).unwrap_or_else(|| {
            let fresh =
                || Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(Window { began: now, used: 0 })));
            let Ok(window) = self.windows.get_or_insert_with(&owned(key), fresh);
            window
        });
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
            policy: self.policy.clone(),
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
        if let Some(policy) = &self.policy {
            headers.insert(POLICY, policy.clone());
        }
        if let Ok(remaining) = HeaderValue::try_from(format!("\"{}\";r={left};t={seconds}", self.name)) {
            headers.insert(REMAINING, remaining);
        }
        if self.exceeded {
            headers.insert(RETRY_AFTER, seconds.into());
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
