//! Names for people in the log: the same person has the same one, and nobody can tell from it who that is
//! without the installation's key (OBS-01). The journal says who made the request of an id.

use sha2::{Digest as _, Sha256};

/// Makes pseudonyms.
#[derive(Clone)]
pub struct Pseudonyms(Sha256);

impl Pseudonyms {
    /// Pseudonyms of an installation. The key is derived from its secret, so that they say nothing about
    /// what else the secret signs.
    pub fn new(secret: &[u8]) -> Self {
        let key = Sha256::digest(secret);
        Self(
            Sha256::new()
                .chain_update(b"thidua log subject\n")
                .chain_update(key),
        )
    }

    /// The pseudonym of a subject, 16 hexadecimal digits. What is cut off keeps the hash from being
    /// continued, so that no HMAC is needed.
    pub fn of(&self, issuer: &str, subject: &str) -> String {
        let keyed = self.0.clone().chain_update(issuer).chain_update("\n");
        let code = keyed.chain_update(subject).finalize();
        hex::encode(code.get(..8).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_of_one_person_and_one_installation() {
        let (ours, theirs) = (Pseudonyms::new(b"ours"), Pseudonyms::new(b"theirs"));
        let name = ours.of("https://a", "b");
        assert_eq!(name.len(), 16);
        assert_eq!(name, ours.of("https://a", "b"));
        assert_ne!(name, ours.of("https://a", "c"));
        assert_ne!(name, ours.of("https://c", "b"));
        assert_ne!(name, theirs.of("https://a", "b"));
    }
}
