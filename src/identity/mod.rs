//! Who is calling: from the `Authorization` field to a proven [`Principal`]. Knows tokens, issuers and
//! their keys; knows nothing of campaigns and dossiers, and decides nothing about permissions.
//!
//! The rules follow RFC 8725 (JWT best current practices), RFC 9068 (JWT access tokens), RFC 6750 (bearer
//! tokens) and OpenID Connect Discovery.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::caller::Principal;

mod claims;
pub mod development;
mod keys;
mod proven;
pub mod settings;
mod step_up;
#[cfg(test)]
mod testing;
mod token;

pub use keys::KeyStatus;
pub use settings::{AuthSettings, IssuerSettings};
pub use step_up::{Lack, StepUp};

use keys::{KeySet, Limits};
use proven::{Proven, ProvenTokens};
use token::{Rules, Unverified};

/// Why a token proves no identity. No variant carries anything from the token, from a key or from a
/// library, so every text may be sent to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token was good once: the caller should get a new one (401, `token.expired`).
    #[error("The token has expired.")]
    Expired,
    /// A person's token without the subject claim (401, `token.subject_missing`); the issuer's
    /// configuration is to be corrected.
    #[error("The token names no subject.")]
    SubjectMissing,
    /// Anything else that is wrong with the token (401, `token.invalid`), as a neutral sentence.
    #[error("{0}")]
    Invalid(&'static str),
    /// Whether the token is good cannot be said now (503, `auth.keys_unavailable`); never a reason to
    /// sign a user out.
    #[error("Tokens cannot be verified at the moment.")]
    KeysUnavailable,
}

/// Why the `Authorization` fields of a request lead to no bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// More than one field, or several credentials joined in one: ambiguous, hence a malformed request
    /// (400; RFC 9110 11.6.2 allows one).
    #[error("The request carries more than one authorization.")]
    Several,
    /// Another scheme, or none at all: to be treated like an invalid token (401).
    #[error("The authorization is of another scheme than Bearer.")]
    OtherScheme,
}

/// The bearer token of a request, from the values of all its `Authorization` fields (RFC 6750 2.1).
///
/// No field gives `None`: the caller is anonymous. The scheme is compared without regard to case. The
/// token is returned as it stands; its form is checked by [`Verifier::verify`].
///
/// # Errors
///
/// [`BearerError::Several`] for two fields or a comma-joined one, [`BearerError::OtherScheme`] for
/// anything that is no bearer token.
pub fn bearer<'a>(values: &[&'a str]) -> Result<Option<&'a str>, BearerError> {
    fn token(value: &str) -> Option<&str> {
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }
    match values {
        [] => Ok(None),
        [value] => {
            // A comma is no character of a bearer token, but stands inside the fields of other schemes.
            if value.contains(',') && value.split(',').any(|part| token(part.trim()).is_some()) {
                return Err(BearerError::Several);
            }
            token(value).map(Some).ok_or(BearerError::OtherScheme)
        }
        _ => Err(BearerError::Several),
    }
}

/// Verifies access tokens of the configured issuers. Clones share all state and cost nothing.
#[derive(Debug, Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    rules: Rules,
    /// By the exact `iss` value, so that a key of one issuer never meets a token of another (JWK-12).
    issuers: HashMap<String, Issuer>,
    proven: ProvenTokens,
}

#[derive(Debug)]
struct Issuer {
    settings: IssuerSettings,
    keys: Arc<KeySet>,
}

impl Verifier {
    /// A verifier without keys; [`Verifier::refresh`] or [`Verifier::spawn_refresh`] fetches them.
    ///
    /// # Errors
    ///
    /// All faults of the settings ([`AuthSettings::faults`]) in one text, line by line, or why the means
    /// to fetch keys cannot be set up.
    pub fn new(settings: &AuthSettings) -> Result<Self, String> {
        let faults = settings.faults();
        if !faults.is_empty() {
            return Err(faults.join("\n"));
        }
        let mut issuers = HashMap::new();
        for (name, issuer) in &settings.issuers {
            let keys = Arc::new(KeySet::new(name, issuer, Limits::default())?);
            issuers.insert(
                issuer.url.clone(),
                Issuer {
                    settings: issuer.clone(),
                    keys,
                },
            );
        }
        Ok(Self {
            shared: Arc::new(Shared {
                rules: Rules::new(settings),
                issuers,
                proven: ProvenTokens::new(),
            }),
        })
    }

    /// The identity that `token` proves at `now`.
    ///
    /// Form and claims are checked first, because they cost nothing and only a token that would be
    /// accepted may cause a fetch of keys. A token that was verified less than a minute ago with the present
    /// key set is not verified again (TOK-25).
    ///
    /// # Errors
    ///
    /// [`TokenError`]; which rule failed is not told apart beyond its variants.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Principal, TokenError> {
        let Shared {
            rules,
            issuers,
            proven,
        } = self.shared.as_ref();
        token::refuse_oversize(token)?;
        let fingerprint = ProvenTokens::fingerprint(token);
        let keys_of = |issuer: &str| issuers.get(issuer)?.keys.fetched();
        if let Some(principal) = proven.find(&fingerprint, now, keys_of) {
            return Ok(principal);
        }
        let token = Unverified::read(token, rules)?;
        let issuer = issuers.get(token.issuer()?).ok_or(token::ISSUER)?;
        let ends = token.check(rules, &issuer.settings, now)?;
        let (key, keys) = issuer.keys.key(token.key_id.as_deref(), token.algorithm).await?;
        token.verify_signature(&key.decoding)?;
        let principal = claims::principal(&token.claims, &issuer.settings)?;
        proven.keep(
            fingerprint,
            Proven {
                principal: principal.clone(),
                ends,
                at: std::time::Instant::now(),
                keys,
            },
        );
        Ok(principal)
    }

    /// What the caller's next sign-on must be before he may decide at `now`; none where the present one suffices. Asked
    /// with each request: a token that is remembered grows older.
    pub fn step_up(&self, principal: &Principal, now: DateTime<Utc>) -> Option<StepUp> {
        let issuer = self.shared.issuers.get(&principal.issuer)?;
        let leeway = self.shared.rules.leeway_seconds();
        step_up::needed(&principal.sign_on, &issuer.settings, leeway, now.timestamp())
    }

    /// Fetches the keys of every issuer once and returns when all fetches have ended. Failures are logged
    /// and leave the former keys in use; [`Verifier::ready`] tells the outcome.
    pub async fn refresh(&self) {
        let mut fetches = tokio::task::JoinSet::new();
        for issuer in self.shared.issuers.values() {
            let keys = Arc::clone(&issuer.keys);
            // A fault is logged where it arises.
            fetches.spawn(async move { keys.fetch().await.is_ok() });
        }
        while fetches.join_next().await.is_some() {}
    }

    /// Starts one endless task per issuer that fetches its keys now and then again and again: every few
    /// seconds until there is a set, afterwards at the configured interval. Must be called inside a Tokio
    /// runtime; abort the handles to end the tasks.
    pub fn spawn_refresh(&self) -> Vec<tokio::task::JoinHandle<()>> {
        let sets = self
            .shared
            .issuers
            .values()
            .map(|issuer| Arc::clone(&issuer.keys));
        sets.map(|keys| tokio::spawn(keys.keep_fresh())).collect()
    }

    /// Whether every issuer has usable keys.
    pub fn ready(&self) -> bool {
        self.shared.issuers.values().all(|issuer| issuer.keys.usable())
    }

    /// Whether the keys of every issuer were asked for at least once, with or without success.
    pub fn asked(&self) -> bool {
        let status = self.key_status();
        status
            .iter()
            .all(|one| one.fetches_good > 0 || one.fetches_failed > 0)
    }

    /// The state of every issuer's keys, ordered by the issuer's name.
    pub fn key_status(&self) -> Vec<KeyStatus> {
        let mut status: Vec<_> = self
            .shared
            .issuers
            .values()
            .map(|issuer| issuer.keys.status())
            .collect();
        status.sort_by(|a, b| a.issuer.cmp(&b.issuer));
        status
    }
}

#[cfg(test)]
mod tests;
