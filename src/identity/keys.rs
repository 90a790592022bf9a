//! The keys of one issuer: where they come from, how long they are used and when they are fetched again
//! (JWK-01…12). No request waits for a fetch while a set is there, except the first token of a new key.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use jsonwebtoken::Algorithm;

use super::TokenError;
use super::settings::IssuerSettings;
use crate::telemetry::seen;

pub(crate) mod jwk;
mod source;

use jwk::{Found, Key, Keys, Material, Skipped};
use source::{FetchFault, Source};

const NO_KEY: TokenError = TokenError::Invalid("The token's signature is not valid.");

/// How long a fetch may take and how often an unknown key identifier may cause one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Whole time of one HTTP exchange.
    pub(crate) timeout: Duration,
    /// Least time between two fetches that unknown key identifiers cause.
    pub(crate) cooldown: Duration,
    /// Time between two background fetches while there is no set at all.
    pub(crate) retry: Duration,
}

impl Default for Limits {
    /// 5 s and 30 s, as in `jose` for JavaScript; 3 s, so that the service is ready soon after its issuer.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            cooldown: Duration::from_secs(30),
            retry: Duration::from_secs(3),
        }
    }
}

#[derive(Debug)]
struct Held {
    keys: Keys,
    /// When it was asked for.
    asked: Instant,
    since: Instant,
}

/// State of one issuer's keys, for readiness and metrics (JWK-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// Name of the issuer in the settings.
    pub issuer: String,
    /// Whether tokens of this issuer can be verified now.
    pub usable: bool,
    /// Time since the last good fetch; none before the first.
    pub age: Option<Duration>,
    /// Usable keys by kind: `RSA`, `P-256`, `P-384`, `Ed25519`.
    pub keys: BTreeMap<&'static str, usize>,
    /// Keys of the set that were left out.
    pub skipped: usize,
    /// Fetches that brought a usable set, since start.
    pub fetches_good: u64,
    /// Fetches that did not, since start.
    pub fetches_failed: u64,
    /// Tokens that named an unknown key, since start.
    pub unknown_keys: u64,
}

/// The current keys of one issuer and the means to fetch them again.
#[derive(Debug)]
pub(crate) struct KeySet {
    name: String,
    source: Source,
    refresh: Duration,
    stale: Duration,
    limits: Limits,
    current: ArcSwapOption<Held>,
    /// Held during a fetch that an unknown key identifier caused, so that all waiters share one.
    gate: tokio::sync::Mutex<()>,
    asked: Mutex<Option<Asked>>,
    good: AtomicU64,
    failed: AtomicU64,
    unknown: AtomicU64,
}

/// The last fetch that an unknown key identifier caused.
#[derive(Debug, Clone, Copy)]
struct Asked {
    at: Instant,
    answered: bool,
}

impl KeySet {
    /// An empty set; nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// A sentence for the operator, when an address is none or TLS cannot be set up.
    pub(crate) fn new(name: &str, settings: &IssuerSettings, limits: Limits) -> Result<Self, String> {
        let source = Source::new(settings, limits.timeout);
        Ok(Self {
            name: name.to_owned(),
            source: source.map_err(|fault| format!("auth.issuers.{name}: {fault}"))?,
            refresh: Duration::from_secs(u64::from(settings.refresh_seconds)),
            stale: Duration::from_secs(u64::from(settings.stale_hours) * 3600),
            limits,
            current: ArcSwapOption::empty(),
            gate: tokio::sync::Mutex::new(()),
            asked: Mutex::new(None),
            good: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
        })
    }

    /// The key that must have signed a token with this header, and when its set was fetched.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeysUnavailable`] when the question cannot be answered because no set is there or the
    /// issuer did not answer; [`TokenError::Invalid`] when no key fits.
    pub(crate) async fn key(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<(Arc<Key>, Instant), TokenError> {
        let held = self.held_at(Instant::now()).ok_or(TokenError::KeysUnavailable)?;
        match held.keys.find(id, algorithm) {
            Found::Key(key) => return Ok((key, held.since)),
            Found::Nothing => return Err(NO_KEY),
            Found::UnknownId => {}
        }
        self.unknown.fetch_add(1, Ordering::Relaxed);
        let answered = self.fetch_for_unknown(held.since).await;
        let held = self.held_at(Instant::now()).ok_or(TokenError::KeysUnavailable)?;
        match held.keys.find(id, algorithm) {
            Found::Key(key) => Ok((key, held.since)),
            // An issuer that cannot be asked has not said that the key is unknown.
            Found::UnknownId if !answered => Err(TokenError::KeysUnavailable),
            Found::UnknownId | Found::Nothing => Err(NO_KEY),
        }
    }

    /// When the set in use was fetched; none when there is none that may be used.
    pub(crate) fn fetched(&self) -> Option<Instant> {
        self.held_at(Instant::now()).map(|held| held.since)
    }

    /// Whether tokens can be verified now.
    pub(crate) fn usable(&self) -> bool {
        self.held_at(Instant::now()).is_some()
    }

    /// Fetches the set once and keeps it when it is good; a bad answer changes nothing.
    ///
    /// # Errors
    ///
    /// [`FetchFault`] says what was wrong with the answer.
    pub(crate) async fn fetch(&self) -> Result<(), FetchFault> {
        let asked = Instant::now();
        let fetched = self.source.keys().await;
        let counter = match &fetched {
            Ok(_) => &self.good,
            Err(fault) => {
                tracing::warn!(issuer = %self.name, cause = %fault, "the keys of the issuer could not be fetched");
                &self.failed
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let keys = fetched?;
        let before = self.current.load();
        if is_news(&keys.skipped, before.as_ref().map(|held| &held.keys.skipped)) {
            let count: usize = keys.skipped.values().sum();
            tracing::warn!(issuer = %self.name, count, reasons = ?keys.skipped, "unusable keys of the issuer are left out");
        }
        let fetched = Arc::new(Held {
            keys,
            asked,
            since: Instant::now(),
        });
        // An answer that was long on its way puts no older set over one that was asked for later.
        self.current.rcu(|held| match held {
            Some(held) if held.asked > asked => Some(Arc::clone(held)),
            _ => Some(Arc::clone(&fetched)),
        });
        Ok(())
    }

    /// Fetches for ever: soon again while there is no set, else at the configured interval.
    pub(crate) async fn keep_fresh(self: Arc<Self>) {
        loop {
            let pause = self.pause(self.fetch().await.is_ok());
            let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
            tokio::time::sleep(jittered(pause, random)).await;
        }
    }

    /// How long to wait after a fetch.
    fn pause(&self, fetched: bool) -> Duration {
        if fetched {
            self.refresh
        } else if self.usable() {
            self.refresh.min(self.limits.cooldown)
        } else {
            self.limits.retry
        }
    }

    /// What readiness and metrics tell about this issuer.
    pub(crate) fn status(&self) -> KeyStatus {
        let held = self.current.load_full();
        let counts = held
            .as_ref()
            .map(|held| held.keys.count_by_material())
            .unwrap_or_default();
        KeyStatus {
            issuer: self.name.clone(),
            usable: self.usable(),
            age: held.as_ref().map(|held| held.since.elapsed()),
            // A kind that left the set is told as none, not left at what it was.
            keys: Material::ALL
                .into_iter()
                .map(|material| (material.as_str(), counts.get(&material).copied().unwrap_or(0)))
                .collect(),
            skipped: held.as_ref().map_or(0, |held| held.keys.skipped.values().sum()),
            fetches_good: self.good.load(Ordering::Relaxed),
            fetches_failed: self.failed.load(Ordering::Relaxed),
            unknown_keys: self.unknown.load(Ordering::Relaxed),
        }
    }

    /// The set as usable at `at`: an outage is bridged for the configured hours only (JWK-06).
    fn held_at(&self, at: Instant) -> Option<Arc<Held>> {
        self.current
            .load_full()
            .filter(|held| at.saturating_duration_since(held.since) <= self.stale)
    }

    /// One fetch for all tokens with an unknown key, at most one per cool-down (JWK-03). Returns whether
    /// the issuer answered. The fetch runs in a task of its own: a caller that goes away must not take it
    /// from the others who wait for it.
    async fn fetch_for_unknown(self: &Arc<Self>, seen: Instant) -> bool {
        if let Some(answered) = self.cooling_at(Instant::now()) {
            // A fetch that is still under way may bring the key; otherwise the last answer stands.
            if self.gate.try_lock().is_ok() {
                return answered;
            }
        }
        let this = Arc::clone(self);
        let task = tokio::spawn(seen::during(seen::current(), async move {
            let _gate = this.gate.lock().await;
            if this.current.load().as_ref().is_some_and(|held| held.since > seen) {
                return true;
            }
            if let Some(answered) = this.cooling_at(Instant::now()) {
                return answered;
            }
            let at = Instant::now();
            this.set_asked(Asked { at, answered: false });
            let answered = this.fetch().await.is_ok();
            this.set_asked(Asked { at, answered });
            answered
        }));
        task.await.unwrap_or(false)
    }

    /// Where `at` lies within the cool-down: whether the issuer answered at its beginning.
    fn cooling_at(&self, at: Instant) -> Option<bool> {
        let asked = *self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .filter(|asked| at.saturating_duration_since(asked.at) < self.limits.cooldown)
            .map(|asked| asked.answered)
    }

    fn set_asked(&self, asked: Asked) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
    }
}

/// Whether the log has not told yet what is left out of a fetched set.
fn is_news(skipped: &Skipped, before: Option<&Skipped>) -> bool {
    !skipped.is_empty() && before != Some(skipped)
}

/// Between 80 and 100 per cent of `pause`, so that several processes do not fetch at one moment.
fn jittered(pause: Duration, random: u64) -> Duration {
    let part = u32::try_from(random % 21).unwrap_or(0);
    pause.saturating_sub(pause.saturating_mul(part) / 100)
}

#[cfg(test)]
mod tests;
