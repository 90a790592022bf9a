//! The strict reading of one token (RFC 7515, RFC 8725, RFC 9068): form, header and claims are checked by
//! own code before the signature, because the library looks at neither `crit` nor `typ`, takes the last of
//! two equal members and reads the system clock. The library only verifies the signature.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use crate::domain::json;

use super::TokenError;
use super::claims::{self, Claims};
use super::settings::{AuthSettings, IssuerSettings};

/// Longest accepted token in bytes; Keycloak tokens with many roles reach 8 to 10 KiB.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Longest accepted key identifier in bytes.
const MAX_KEY_ID_BYTES: usize = 512;

const FORM: TokenError = TokenError::Invalid("The token is malformed.");
const HEADER: TokenError = TokenError::Invalid("The token is of a kind that is not accepted.");
pub(super) const TIMES: TokenError = TokenError::Invalid("The token's times are not acceptable.");
const AUDIENCE: TokenError = TokenError::Invalid("The token is not meant for this service.");
pub(super) const ISSUER: TokenError = TokenError::Invalid("The token's issuer is not accepted.");
const SIGNATURE: TokenError = TokenError::Invalid("The token's signature is not valid.");

/// The algorithm of this name. `Ed25519` is the fully specified name (RFC 9864) of what the library calls
/// `EdDSA`, for which only keys on that curve are ever used here.
pub(super) fn algorithm_named(name: &str) -> Option<Algorithm> {
    let name = if name == "Ed25519" { "EdDSA" } else { name };
    name.parse().ok()
}

/// Refuses what is longer than any token, before anything else is done with it (TOK-05).
///
/// # Errors
///
/// [`TokenError::Invalid`].
pub(super) fn refuse_oversize(token: &str) -> Result<(), TokenError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(FORM);
    }
    Ok(())
}

/// What every token must fulfil, whoever issued it.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    algorithms: HashSet<Algorithm>,
    leeway_seconds: i64,
    max_lifetime_seconds: i64,
    require_at_jwt: bool,
}

impl Rules {
    /// The rules from settings without faults; algorithm names that are not known are left out.
    pub(crate) fn new(settings: &AuthSettings) -> Self {
        Self {
            algorithms: settings
                .algorithms
                .iter()
                .filter_map(|name| algorithm_named(name))
                .collect(),
            leeway_seconds: i64::from(settings.leeway_seconds),
            max_lifetime_seconds: i64::from(settings.max_lifetime_hours) * 3600,
            require_at_jwt: settings.require_at_jwt,
        }
    }

    /// Tolerated difference of clocks.
    pub(crate) const fn leeway_seconds(&self) -> i64 {
        self.leeway_seconds
    }
}

/// A token whose form and header were found acceptable. Its signature is not verified yet. Deliberately
/// without `Debug`: a token must not reach a log.
pub(crate) struct Unverified<'a> {
    /// `alg`, on the allow-list.
    pub(crate) algorithm: Algorithm,
    /// `kid`, if the header names one.
    pub(crate) key_id: Option<String>,
    /// The payload, without duplicate members at any depth.
    pub(crate) claims: Claims,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Reads the compact serialisation; no cryptography and no I/O happens here (TOK-05, TOK-21).
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`] when the form or the header is not acceptable.
    pub(crate) fn read(token: &'a str, rules: &Rules) -> Result<Self, TokenError> {
        refuse_oversize(token)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(FORM)?;
        let (header, payload) = signed.split_once('.').ok_or(FORM)?;
        // A fourth segment leaves a dot in the payload, which is no character of the alphabet.
        let header = json::object(&decode(header)?).ok_or(FORM)?;
        let payload = json::object(&decode(payload)?).ok_or(FORM)?;
        decode(signature)?;
        Ok(Self {
            algorithm: algorithm(&header, rules)?,
            key_id: key_id(&header)?,
            claims: payload,
            signed,
            signature,
        })
    }

    /// `iss`; only a text can be an issuer (TOK-14).
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`] when it is absent or of another type.
    pub(crate) fn issuer(&self) -> Result<&str, TokenError> {
        self.claims.get("iss").and_then(Value::as_str).ok_or(ISSUER)
    }

    /// Checks every claim that decides whether the token may be used here at `now`, and answers the second
    /// since 1970 from which it may not be used any more.
    ///
    /// # Errors
    ///
    /// [`TokenError::Expired`] when nothing but its age is wrong so far, else [`TokenError::Invalid`].
    pub(crate) fn check(
        &self,
        rules: &Rules,
        issuer: &IssuerSettings,
        now: DateTime<Utc>,
    ) -> Result<i64, TokenError> {
        if self.issuer()? != issuer.url {
            return Err(ISSUER);
        }
        access_token_only(&self.claims)?;
        audience(&self.claims, issuer)?;
        allowed_client(&self.claims, issuer)?;
        times(&self.claims, rules, issuer, now.timestamp())
    }

    /// Verifies the signature with exactly this key.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`] when the signature was not made with the key's private half.
    pub(crate) fn verify_signature(&self, key: &DecodingKey) -> Result<(), TokenError> {
        match jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), key, self.algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(SIGNATURE),
        }
    }
}

/// Strict base64url (RFC 7515 2): no padding, no other alphabet, no stray trailing bits, not empty.
fn decode(segment: &str) -> Result<Vec<u8>, TokenError> {
    if segment.is_empty() {
        return Err(FORM);
    }
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| FORM)
}

/// TOK-06, TOK-07, TOK-10 and TOK-12. `jku`, `x5u`, `jwk` and `x5c` are never looked at (TOK-11).
fn algorithm(header: &Claims, rules: &Rules) -> Result<Algorithm, TokenError> {
    if ["crit", "b64", "zip", "enc"]
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(HEADER);
    }
    let kind = match header.get("typ") {
        None => None,
        Some(value) => Some(value.as_str().ok_or(HEADER)?.to_ascii_lowercase()),
    };
    match kind.as_deref() {
        Some("at+jwt" | "application/at+jwt") => {}
        None | Some("jwt") if !rules.require_at_jwt => {}
        _ => return Err(HEADER),
    }
    let name = header.get("alg").and_then(Value::as_str).ok_or(HEADER)?;
    let algorithm = algorithm_named(name).ok_or(HEADER)?;
    rules
        .algorithms
        .contains(&algorithm)
        .then_some(algorithm)
        .ok_or(HEADER)
}

fn key_id(header: &Claims) -> Result<Option<String>, TokenError> {
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= MAX_KEY_ID_BYTES => Ok(Some(text.clone())),
        Some(_) => Err(HEADER),
    }
}

/// Refuses ID, refresh and logout tokens (TOK-13, RFC 8725 3.12) and tokens bound to a proof of
/// possession that this service does not verify (TOK-28, RFC 7800, RFC 9449).
fn access_token_only(claims: &Claims) -> Result<(), TokenError> {
    let foreign = ["nonce", "at_hash", "c_hash", "events", "cnf"];
    if foreign.iter().any(|name| claims.contains_key(*name)) {
        return Err(HEADER);
    }
    let kind = match claims.get("typ") {
        None => return Ok(()),
        Some(value) => value.as_str().ok_or(HEADER)?.to_ascii_lowercase(),
    };
    // Keycloak writes `Bearer` into access tokens and `ID`, `Refresh`, `Offline`, `Logout` into the rest.
    matches!(kind.as_str(), "bearer" | "jwt" | "at+jwt")
        .then_some(())
        .ok_or(HEADER)
}

/// TOK-15: a text or an array of texts that contains the configured audience.
fn audience(claims: &Claims, issuer: &IssuerSettings) -> Result<(), TokenError> {
    let named: Vec<&str> = match claims.get("aud") {
        Some(Value::String(text)) => vec![text.as_str()],
        Some(Value::Array(items)) => items
            .iter()
            .map(Value::as_str)
            .collect::<Option<_>>()
            .ok_or(AUDIENCE)?,
        _ => return Err(AUDIENCE),
    };
    let for_front_end = named
        .iter()
        .any(|name| issuer.front_end_clients.iter().any(|client| client == name));
    if for_front_end || !named.contains(&issuer.audience.as_str()) {
        return Err(AUDIENCE);
    }
    Ok(())
}

/// TOK-16. A token that names no client cannot be on the list.
fn allowed_client(claims: &Claims, issuer: &IssuerSettings) -> Result<(), TokenError> {
    let client = claims::client(claims)?;
    if issuer.allowed_clients.is_empty()
        || client.is_some_and(|client| issuer.allowed_clients.contains(&client))
    {
        return Ok(());
    }
    Err(AUDIENCE)
}

/// TOK-17 and TOK-18, in seconds since 1970; answers the end with its leeway. Age is reported only when the
/// times are sound otherwise.
fn times(claims: &Claims, rules: &Rules, issuer: &IssuerSettings, now: i64) -> Result<i64, TokenError> {
    let of_sign_on = issuer.max_age_for_decisions_seconds.map(|_| "auth_time");
    for name in ["nbf", "iat"].into_iter().chain(of_sign_on) {
        if let Some(value) = claims.get(name) {
            let at = seconds(value, Fraction::RoundedUp).ok_or(TIMES)?;
            if at > now.saturating_add(rules.leeway_seconds) {
                return Err(TIMES);
            }
        }
    }
    let expires = claims
        .get("exp")
        .and_then(|value| seconds(value, Fraction::Refused))
        .ok_or(TIMES)?;
    if expires < 1 || expires > now.saturating_add(rules.max_lifetime_seconds) {
        return Err(TIMES);
    }
    let ends = expires.saturating_add(rules.leeway_seconds);
    if now >= ends {
        return Err(TokenError::Expired);
    }
    Ok(ends)
}

/// What becomes of a part of a second.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fraction {
    /// It makes the time unusable.
    Refused,
    /// It counts as the whole second.
    RoundedUp,
}

/// A NumericDate (RFC 7519 2) as whole seconds; none when it is no number or too large to be a time.
pub(super) fn seconds(value: &Value, fraction: Fraction) -> Option<i64> {
    /// Seconds up to which a float is exact enough and any time is sensible (beyond the year 30 000).
    const LIMIT: f64 = 1e12;
    let number = value.as_number()?;
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    let float = number.as_f64().filter(|float| float.abs() <= LIMIT)?;
    if fraction == Fraction::Refused && float.fract() != 0.0 {
        return None;
    }
    // Through text, because there is no lossless conversion from a float to an integer.
    format!("{:.0}", float.ceil()).parse().ok()
}

#[cfg(test)]
mod tests;
