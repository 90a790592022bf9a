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
        let holds = now.timestamp() < proven.ends
            && proven.at.elapsed() < LIFE
            && keys_of(&proven.principal.issuer) == Some(proven.keys);
        if holds {
            return Some(proven.principal);
        }
        self.0.remove(fingerprint);
        None
    }

    pub(super) fn keep(&self, fingerprint: Fingerprint, proven: Proven) {
        self.0.insert(fingerprint, proven);
    }
}
