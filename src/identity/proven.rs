//! Tokens that were found good a moment ago (TOK-25). Only success is kept, for at most a minute and never
//! past the token's own end; a key set that was fetched since makes every entry that it did not verify
//! worthless, so a key that left the set stops counting with the next fetch. What a caller may do is never
//! kept here: that is read in each request's own transaction.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::domain::caller::Principal;

/// Entries; about 5 MB when full.
const CAPACITY: usize = 10_000;
/// Longest life of an entry.
const LIFE: Duration = Duration::from_mins(1);

/// SHA-256 of a token: the token itself is not kept in memory.
pub(super) type Fingerprint = [u8; 32];

/// What a verified token proved.
#[derive(Debug, Clone)]
pub(super) struct Proven {
    /// Who.
    pub(super) principal: Principal,
    /// Second since 1970 from which the token is too old, leeway included.
    pub(super) ends: i64,
    /// When it was verified.
    pub(super) at: Instant,
    /// When the key set that verified it was fetched.
    pub(super) keys: Instant,
}

impl Proven {
    /// Whether it still holds, by both clocks and with the present key set of its issuer.
    fn holds(&self, now: DateTime<Utc>, at: Instant, keys: Option<Instant>) -> bool {
        now.timestamp() < self.ends && at.saturating_duration_since(self.at) < LIFE && keys == Some(self.keys)
    }
}

/// A bounded cache of verified tokens.
#[derive(Debug)]
pub(super) struct ProvenTokens(Cache<Fingerprint, Proven>);

impl ProvenTokens {
    pub(super) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    pub(super) fn fingerprint(token: &str) -> Fingerprint {
        Sha256::digest(token).into()
    }

    /// What the token proved, while that still holds: `keys_of` tells when the present key set of an issuer
    /// was fetched, none when it may not be used any more.
    pub(super) fn find(
        &self,
        fingerprint: &Fingerprint,
        now: DateTime<Utc>,
        keys_of: impl FnOnce(&str) -> Option<Instant>,
    ) -> Option<Principal> {
        let proven = self.0.get(fingerprint)?;
        if proven.holds(now, Instant::now(), keys_of(&proven.principal.issuer)) {
            return Some(proven.principal);
        }
        self.0.remove(fingerprint);
        None
    }

    pub(super) fn keep(&self, fingerprint: Fingerprint, proven: Proven) {
        self.0.insert(fingerprint, proven);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::caller::{PrincipalKind, SignOn};
    use crate::identity::testing::{ISSUER, now};

    fn proven(at: Instant, keys: Instant) -> Proven {
        Proven {
            principal: Principal {
                kind: PrincipalKind::User,
                issuer: ISSUER.to_owned(),
                subject: "someone".to_owned(),
                display_name: None,
                client_id: None,
                personnel_code: None,
                token_grants: Vec::new(),
                sign_on: SignOn::default(),
            },
            ends: now().timestamp() + 300,
            at,
            keys,
        }
    }

    #[test]
    fn what_was_proven_holds_until_the_first_of_its_ends() {
        let at = Instant::now();
        let keys = at + Duration::from_secs(7);
        let proven = proven(at, keys);
        let moment = Duration::from_nanos(1);
        for (seconds, later, fetched, holds) in [
            (0, Duration::ZERO, Some(keys), true),
            (299, LIFE.saturating_sub(moment), Some(keys), true),
            (300, Duration::ZERO, Some(keys), false),
            (301, Duration::ZERO, Some(keys), false),
            (0, LIFE, Some(keys), false),
            (0, LIFE + moment, Some(keys), false),
            (0, Duration::ZERO, Some(keys + moment), false),
            (0, Duration::ZERO, None, false),
        ] {
            let now = now() + TimeDelta::seconds(seconds);
            assert_eq!(
                proven.holds(now, at + later, fetched),
                holds,
                "{seconds} s by the calendar, {later:?} by the clock, {fetched:?}"
            );
        }
    }

    /// TOK-25: whoever is issued tokens without end takes no more memory than the others.
    #[test]
    fn no_number_of_tokens_fills_the_memory() {
        let tokens = ProvenTokens::new();
        let at = Instant::now();
        for number in 0..3 * CAPACITY {
            tokens.keep(ProvenTokens::fingerprint(&number.to_string()), proven(at, at));
        }
        let kept = tokens.0.len();
        assert!((CAPACITY / 2..=CAPACITY).contains(&kept), "{kept}");
    }

    #[test]
    fn only_the_same_token_is_found_and_only_while_it_holds() {
        let tokens = ProvenTokens::new();
        let at = Instant::now();
        let [kept, other] = ["a.b.c", "a.b.d"].map(ProvenTokens::fingerprint);
        tokens.keep(kept, proven(at, at));
        let fetched = |issuer: &str| (issuer == ISSUER).then_some(at);
        let found = |fingerprint| tokens.find(fingerprint, now(), fetched);
        assert_eq!(found(&kept), Some(proven(at, at).principal));
        assert_eq!(found(&other), None);
        // Once it holds no more it is gone.
        assert_eq!(tokens.find(&kept, now(), |_| None), None);
        assert_eq!(found(&kept), None);
    }
}
