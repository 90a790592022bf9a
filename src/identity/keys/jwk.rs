//! From a JWK Set document (RFC 7517) to the keys that may verify a token. The set is read as generic
//! JSON, key by key: one key of a kind this service does not know must not cost the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::{Map, Value};

use crate::identity::token::algorithm_named;

/// Most keys in an accepted set; the largest real sets hold a few dozen.
const MAX_KEYS: usize = 500;

/// The kind of a key's material; it decides which algorithms the key can verify (RFC 7518 6, RFC 8037 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Material {
    /// RSA, 2048 to 8192 bits.
    Rsa,
    /// Elliptic curve P-256.
    P256,
    /// Elliptic curve P-384.
    P384,
    /// Edwards curve 25519.
    Ed25519,
}

impl Material {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Rsa, Self::P256, Self::P384, Self::Ed25519];

    /// The name in metrics, as RFC 7518 and RFC 8037 spell it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::Ed25519 => "Ed25519",
        }
    }

    fn verifies(self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa => AlgorithmFamily::Rsa.algorithms().contains(&algorithm),
            Self::P256 => algorithm == Algorithm::ES256,
            Self::P384 => algorithm == Algorithm::ES384,
            Self::Ed25519 => algorithm == Algorithm::EdDSA,
        }
    }
}

/// One key that may verify tokens.
#[derive(Debug)]
pub(crate) struct Key {
    /// `kid`, if the set names one.
    pub(crate) id: Option<String>,
    /// Kind of the material.
    pub(crate) material: Material,
    /// The key in the library's form.
    pub(crate) decoding: DecodingKey,
    algorithm: Option<Algorithm>,
}

impl Key {
    /// Whether this key may verify a signature made with `algorithm` (TOK-08).
    pub(crate) fn verifies(&self, algorithm: Algorithm) -> bool {
        self.material.verifies(algorithm) && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Whether some algorithm fits both keys, so that an equal `kid` would not tell them apart.
    fn rivals(&self, other: &Self) -> bool {
        self.material == other.material
            && match (self.algorithm, other.algorithm) {
                (Some(own), Some(others)) => own == others,
                _ => true,
            }
    }
}

/// Why a whole set is refused; the one before stays in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SetFault {
    /// Not JSON, or not an object with an array `keys`.
    #[error("the document is no key set")]
    Form,
    /// More keys than a real set has.
    #[error("the set holds too many keys")]
    TooMany,
    /// No key that may verify a token.
    #[error("the set holds no usable key")]
    Empty,
    /// Two keys with one identifier that the algorithm does not tell apart (JWK-09).
    #[error("two keys of the set have the same identifier")]
    Ambiguous,
}

/// What a token asks of a set.
#[derive(Debug)]
pub(crate) enum Found {
    /// The one key that fits.
    Key(Arc<Key>),
    /// No key has this identifier: the set may be outdated.
    UnknownId,
    /// The identifier is known but its key does not fit, or nothing singles a key out.
    Nothing,
}

/// Keys that were left out, by reason.
pub(crate) type Skipped = BTreeMap<&'static str, usize>;

/// The usable keys of one document.
#[derive(Debug)]
pub(crate) struct Keys {
    keys: Vec<Arc<Key>>,
    /// Unusable keys by reason.
    pub(crate) skipped: Skipped,
}

impl Keys {
    /// Reads a JWK Set.
    ///
    /// # Errors
    ///
    /// [`SetFault`] when the document as a whole cannot be used.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, SetFault> {
        let document: Value = serde_json::from_slice(document).map_err(|_| SetFault::Form)?;
        let entries = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(SetFault::Form)?;
        if entries.len() > MAX_KEYS {
            return Err(SetFault::TooMany);
        }
        let mut keys: Vec<Arc<Key>> = Vec::new();
        let mut skipped = BTreeMap::new();
        for entry in entries {
            match key(entry) {
                Ok(key) => keys.push(Arc::new(key)),
                Err(reason) => *skipped.entry(reason).or_insert(0) += 1,
            }
        }
        if keys.is_empty() {
            return Err(SetFault::Empty);
        }
        if keys.iter().enumerate().any(|(n, key)| {
            key.id.is_some()
                && keys
                    .iter()
                    .skip(n + 1)
                    .any(|other| other.id == key.id && other.rivals(key))
        }) {
            return Err(SetFault::Ambiguous);
        }
        Ok(Self { keys, skipped })
    }

    /// Exactly one key must fit identifier and algorithm (JWK-09, JWK-10).
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Found {
        let named = |key: &&Arc<Key>| id.is_none() || key.id.as_deref() == id;
        if id.is_some() && !self.keys.iter().any(|key| named(&key)) {
            return Found::UnknownId;
        }
        let mut fitting = self
            .keys
            .iter()
            .filter(named)
            .filter(|key| key.verifies(algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Found::Key(Arc::clone(only)),
            _ => Found::Nothing,
        }
    }

    /// How many keys there are of each kind.
    pub(crate) fn count_by_material(&self) -> BTreeMap<Material, usize> {
        let mut counts = BTreeMap::new();
        for key in &self.keys {
            *counts.entry(key.material).or_insert(0) += 1;
        }
        counts
    }
}

/// One entry of the set, or why it is never used (TOK-09, RFC 8725 3.5).
fn key(entry: &Value) -> Result<Key, &'static str> {
    let members = entry.as_object().ok_or("no object")?;
    if members.contains_key("d") || members.contains_key("k") {
        return Err("contains secret material");
    }
    match members.get("use") {
        None => {}
        Some(value) if value == "sig" => {}
        Some(_) => return Err("not for signatures"),
    }
    match members.get("key_ops").map(Value::as_array) {
        None => {}
        Some(Some(operations)) if operations.iter().any(|operation| operation == "verify") => {}
        Some(_) => return Err("not for signatures"),
    }
    let id = match members.get("kid") {
        None => None,
        Some(value) => Some(value.as_str().ok_or("kid is no text")?.to_owned()),
    };
    let algorithm = match members.get("alg") {
        None => None,
        Some(value) => Some(
            value
                .as_str()
                .and_then(algorithm_named)
                .ok_or("unknown algorithm")?,
        ),
    };
    let (material, decoding) = material(members)?;
    if algorithm.is_some_and(|algorithm| !material.verifies(algorithm)) {
        return Err("algorithm does not fit the key");
    }
    Ok(Key {
        id,
        material,
        decoding,
        algorithm,
    })
}

fn material(members: &Map<String, Value>) -> Result<(Material, DecodingKey), &'static str> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    match (text("kty"), text("crv")) {
        (Some("RSA"), _) => rsa(&bytes(members, "n")?, &bytes(members, "e")?),
        (Some("EC"), Some("P-256")) => point(members, Material::P256, 32, &ECDSA_P256_SHA256_FIXED),
        (Some("EC"), Some("P-384")) => point(members, Material::P384, 48, &ECDSA_P384_SHA384_FIXED),
        (Some("OKP"), Some("Ed25519")) => edwards(&bytes(members, "x")?),
        _ => Err("unknown kind"),
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<(Material, DecodingKey), &'static str> {
    let modulus = without_leading_zeros(modulus);
    let exponent = without_leading_zeros(exponent);
    let top = modulus.first().ok_or("malformed")?;
    let bits = modulus
        .len()
        .saturating_mul(8)
        .saturating_sub(usize::try_from(top.leading_zeros()).unwrap_or(0));
    if !(2048..=8192).contains(&bits) {
        return Err("unsuitable length");
    }
    // An exponent of 1 would make every message its own signature; even ones have no inverse.
    if exponent == [1] || exponent.last().is_none_or(|last| last % 2 == 0) || exponent.len() > 8 {
        return Err("unsuitable exponent");
    }
    RsaPublicKeyComponents {
        n: modulus,
        e: exponent,
    }
    .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
    .map_err(|_| "malformed")?;
    Ok((
        Material::Rsa,
        DecodingKey::from_rsa_raw_components(modulus, exponent),
    ))
}

fn point(
    members: &Map<String, Value>,
    material: Material,
    size: usize,
    curve: &'static dyn VerificationAlgorithm,
) -> Result<(Material, DecodingKey), &'static str> {
    let (x, y) = (bytes(members, "x")?, bytes(members, "y")?);
    if x.len() != size || y.len() != size {
        return Err("malformed");
    }
    let uncompressed = [&[4], x.as_slice(), y.as_slice()].concat();
    // Refuses a point that does not lie on the curve.
    UnparsedPublicKey::new(curve, &uncompressed)
        .parse()
        .map_err(|_| "malformed")?;
    Ok((material, DecodingKey::from_ec_der(&uncompressed)))
}

fn edwards(x: &[u8]) -> Result<(Material, DecodingKey), &'static str> {
    UnparsedPublicKey::new(&ED25519, x)
        .parse()
        .map_err(|_| "malformed")?;
    Ok((Material::Ed25519, DecodingKey::from_ed_der(x)))
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, &'static str> {
    let text = members.get(name).and_then(Value::as_str).ok_or("malformed")?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "malformed")
}

/// RFC 7518 6.3.1.1 forbids leading zeros, but some products write one.
fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

#[cfg(test)]
mod tests;
