//! `[secrets]`, and what is never shown of other settings: passwords in addresses (CFG-02). Secrets that were
//! copied from an example protect nothing and are refused (CFG-01).

use std::collections::BTreeSet;

use serde::Deserialize;

const SHORTEST_KEY: usize = 32;
/// A key made by chance has more.
const FEWEST_CHARACTERS: usize = 8;
/// What stands in examples where a secret belongs.
const PLACEHOLDERS: [&str; 8] = [
    "changeme",
    "changethis",
    "replaceme",
    "placeholder",
    "password",
    "secret",
    "example",
    "yourkey",
];

/// `[secrets]`; never printed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Key of the cursors' signature.
    pub cursor_key: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets { cursor_key: *** }")
    }
}

impl Secrets {
    /// Everything that is wrong although each value has its type.
    pub(super) fn faults(&self) -> Option<String> {
        let key = &self.cursor_key;
        if key.len() < SHORTEST_KEY {
            return Some(format!(
                "secrets.cursor_key: needs at least {SHORTEST_KEY} characters"
            ));
        }
        let letters = letters(key);
        let copied = PLACEHOLDERS.iter().any(|word| letters.contains(word));
        let different: BTreeSet<char> = key.chars().collect();
        (copied || different.len() < FEWEST_CHARACTERS).then(|| {
            "secrets.cursor_key: is a placeholder; make one by chance: openssl rand -hex 32".to_owned()
        })
    }
}

/// Whether the password in a database's address was never set.
pub(super) fn password_fault(key: &str, url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (_, password) = rest.rsplit_once('@')?.0.split_once(':')?;
    let letters = letters(password);
    PLACEHOLDERS
        .contains(&letters.as_str())
        .then(|| format!("{key}: its password is a placeholder"))
}

/// The letters of a secret in lower case: `change-me` and `ChangeMe` are the same.
fn letters(secret: &str) -> String {
    let letters = secret.chars().filter(char::is_ascii_alphabetic);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// An address without what signs in with it.
pub(super) fn hidden(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let rest = match rest.rsplit_once('@') {
        Some((_, rest)) => format!("***@{rest}"),
        None => rest.to_owned(),
    };
    let Some((place, query)) = rest.split_once('?') else {
        return format!("{scheme}://{rest}");
    };
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{scheme}://{place}?{}", parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(cursor_key: &str) -> Option<String> {
        let cursor_key = cursor_key.to_owned();
        Secrets { cursor_key }.faults()
    }

    #[test]
    fn keys_that_nobody_made_are_refused() {
        let long = |text: &str| text.repeat(10);
        for placeholder in [
            long("0000"),
            long("abcd"),
            "Change-Me-please-0123456789abcdef01".to_owned(),
            "CHANGE_ME_CHANGE_ME_0123456789abcde".to_owned(),
            "secret0123456789abcdef0123456789abc".to_owned(),
            "my-secret-key-0123456789-0123456789".to_owned(),
            "password-password-password-password".to_owned(),
            "<your-key: at least 32 characters!>".to_owned(),
        ] {
            let told = fault(&placeholder);
            assert!(
                told.is_some_and(|told| told.contains("placeholder")),
                "{placeholder}"
            );
        }
        assert!(fault("short").is_some_and(|told| told.contains("32")));
        for made in [
            "0123456789abcdef0123456789abcdef",
            "c6981610f283faba7dc434d34be244a22daa583fd6873c411656d1007a563e7a",
            "tH3sEcr8t+/Zq0LxkP9vYb2WmNcR4dUa",
        ] {
            assert_eq!(fault(made), None, "{made}");
        }
    }

    #[test]
    fn passwords_that_nobody_set_are_refused() {
        let fault = |url| password_fault("database.url", url);
        for url in [
            "postgres://thidua:secret@db.internal/thidua",
            "postgresql://thidua:Change-Me@one:5432,two:5432/thidua",
        ] {
            assert!(fault(url).is_some(), "{url}");
        }
        for url in [
            "postgres://thidua@db.internal/thidua",
            "postgres://thidua:secretary7@db.internal/thidua",
            "sqlite:var/secret.db",
        ] {
            assert_eq!(fault(url), None, "{url}");
        }
    }

    #[test]
    fn addresses_are_shown_without_passwords() {
        for (url, shown) in [
            ("sqlite:var/thidua.db", "sqlite:var/thidua.db"),
            ("postgres://u:p@db:5432/t", "postgres://***@db:5432/t"),
            ("postgres://u:p@q@db/t", "postgres://***@db/t"),
            (
                "postgresql://db/t?sslmode=require",
                "postgresql://db/t?sslmode=require",
            ),
            (
                "postgres://u:p@one,two/t?password=p&sslpassword=q&sslmode=require",
                "postgres://***@one,two/t?password=***&sslpassword=***&sslmode=require",
            ),
        ] {
            assert_eq!(hidden(url), shown);
        }
    }
}
