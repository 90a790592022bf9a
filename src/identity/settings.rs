//! What an operator states about tokens: the accepted algorithms and, issuer by issuer, where its keys
//! are, which audience its tokens must name and what its claims mean.

use std::collections::BTreeMap;
use std::fmt;

use jsonwebtoken::AlgorithmFamily;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::claims::{self, Reach};
use super::token::algorithm_named;
use crate::domain::caller::Role;

/// Settings of `[auth]`: what every token must fulfil (RFC 8725) and the known issuers by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthSettings {
    /// Accepted signature algorithms; asymmetric only (RFC 8725 3.1 and 3.2).
    #[serde(deserialize_with = "list")]
    pub algorithms: Vec<String>,
    /// Tolerated difference between the clocks of issuer and service, in seconds.
    pub leeway_seconds: u32,
    /// Longest time, in hours, that an accepted token may still be valid.
    pub max_lifetime_hours: u32,
    /// Whether the header must say `typ: at+jwt` (RFC 9068 2.1). Off, because Keycloak and WSO2 say `JWT`.
    pub require_at_jwt: bool,
    /// The issuers by a name of the operator's choice, which appears in logs and readiness only.
    pub issuers: BTreeMap<String, IssuerSettings>,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            algorithms: ["RS256", "PS256", "ES256", "EdDSA"].map(String::from).to_vec(),
            leeway_seconds: 30,
            max_lifetime_hours: 24,
            require_at_jwt: false,
            issuers: BTreeMap::new(),
        }
    }
}

/// Settings of `[auth.issuers.<name>]`: one single sign-on service.
///
/// Paths into the claims are JSON pointers (RFC 6901): `/realm_access/roles`; a `/` inside a member name
/// is written `~1`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IssuerSettings {
    /// The exact value of the `iss` claim, compared byte by byte.
    pub url: String,
    /// The value that `aud` must contain; there is no way to accept any audience.
    pub audience: String,
    /// Fixed address of the key set; with it no discovery document is read.
    #[serde(deserialize_with = "optional")]
    pub jwks_uri: Option<String>,
    /// Address of the discovery document when it is not `{url}/.well-known/openid-configuration`.
    #[serde(deserialize_with = "optional")]
    pub discovery_uri: Option<String>,
    /// Allows plain `http` for this issuer. For development only: whoever sits on the line can sign in
    /// as anybody.
    pub insecure_http: bool,
    /// When not empty: only tokens obtained by these clients (`azp` or `client_id`) are accepted.
    #[serde(deserialize_with = "list")]
    pub allowed_clients: Vec<String>,
    /// Clients whose tokens stand for a machine, not for a person. WSO2 tokens that say
    /// `aut: APPLICATION` are recognised without being listed.
    #[serde(deserialize_with = "list")]
    pub machine_clients: Vec<String>,
    /// Client ids of browser and mobile front ends. A token whose `aud` names one of them is an ID token
    /// or was meant for the front end, and is refused.
    #[serde(deserialize_with = "list")]
    pub front_end_clients: Vec<String>,
    /// Path of the person's stable identifier; `/sub` unless the issuer is unusual.
    pub subject_path: String,
    /// Paths of the display name; the first that leads to a text is used.
    #[serde(deserialize_with = "list")]
    pub name_paths: Vec<String>,
    /// Path of the personnel code, when the issuer is trusted to state it.
    #[serde(deserialize_with = "optional")]
    pub personnel_code_path: Option<String>,
    /// Whether roles in this issuer's tokens count as granted.
    pub grants: bool,
    /// Paths of the role claims; the roles of all of them are joined.
    #[serde(deserialize_with = "list")]
    pub role_paths: Vec<String>,
    /// Role or group name in the token → role code of the service. Names not listed give nothing.
    #[serde(deserialize_with = "pairs")]
    pub role_map: BTreeMap<String, String>,
    /// Path of the official code of the organisation at which the token's roles hold.
    #[serde(deserialize_with = "optional")]
    pub organization_path: Option<String>,
    /// When not empty: whoever decides needs a sign-on of one of these strengths (`acr`), the preferred one first.
    #[serde(deserialize_with = "list")]
    pub acr_for_decisions: Vec<String>,
    /// Seconds that may have passed since the sign-on (`auth_time`) of whoever decides.
    pub max_age_for_decisions_seconds: Option<u32>,
    /// Seconds between two background fetches of the key set.
    pub refresh_seconds: u32,
    /// Hours for which the last good key set stays in use while the issuer cannot be reached.
    pub stale_hours: u32,
}

impl Default for IssuerSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            audience: String::new(),
            jwks_uri: None,
            discovery_uri: None,
            insecure_http: false,
            allowed_clients: Vec::new(),
            machine_clients: Vec::new(),
            front_end_clients: Vec::new(),
            subject_path: "/sub".into(),
            name_paths: ["/name", "/preferred_username", "/username"]
                .map(String::from)
                .to_vec(),
            personnel_code_path: None,
            grants: false,
            role_paths: Vec::new(),
            role_map: BTreeMap::new(),
            organization_path: None,
            acr_for_decisions: Vec::new(),
            max_age_for_decisions_seconds: None,
            refresh_seconds: 300,
            stale_hours: 24,
        }
    }
}

impl AuthSettings {
    /// Every fault of these settings, each beginning with the key it is about; empty when usable.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.algorithm_faults(&mut faults);
        between(&mut faults, "auth.leeway_seconds", self.leeway_seconds, 0, 300);
        between(
            &mut faults,
            "auth.max_lifetime_hours",
            self.max_lifetime_hours,
            1,
            168,
        );
        if self.issuers.is_empty() {
            faults.push("auth.issuers: at least one issuer is needed, as in [auth.issuers.main]".into());
        }
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, issuer) in &self.issuers {
            issuer.faults(&format!("auth.issuers.{name}"), &mut faults);
            if let Some(first) = seen.insert(&issuer.url, name) {
                faults.push(format!(
                    "auth.issuers.{name}.url: the same as that of auth.issuers.{first}"
                ));
            }
        }
        faults
    }

    /// What decisions ask for beyond a valid token, a line for each setting that is on.
    pub fn describe_step_up(&self) -> String {
        let lines = self.issuers.iter().flat_map(|(name, issuer)| {
            let accepted = &issuer.acr_for_decisions;
            let strength = (!accepted.is_empty()).then(|| {
                format!(
                    "auth.issuers.{name}.acr_for_decisions = {}\n",
                    accepted.join(", ")
                )
            });
            let age = issuer
                .max_age_for_decisions_seconds
                .map(|seconds| format!("auth.issuers.{name}.max_age_for_decisions_seconds = {seconds}\n"));
            strength.into_iter().chain(age)
        });
        lines.collect()
    }

    fn algorithm_faults(&self, faults: &mut Vec<String>) {
        if self.algorithms.is_empty() {
            faults.push("auth.algorithms: empty, so that no token could be accepted".into());
        }
        for name in &self.algorithms {
            match algorithm_named(name) {
                None => faults.push(format!("auth.algorithms: {name:?} is not a known algorithm")),
                Some(known) if AlgorithmFamily::Hmac.algorithms().contains(&known) => faults.push(format!(
                    "auth.algorithms: {name} signs with a shared secret; only algorithms with a public key are accepted"
                )),
                Some(_) => {}
            }
        }
    }
}

impl IssuerSettings {
    fn faults(&self, at: &str, faults: &mut Vec<String>) {
        self.address_faults(at, faults);
        self.client_faults(at, faults);
        self.path_faults(at, faults);
        self.grant_faults(at, faults);
        self.step_up_faults(at, faults);
        between(
            faults,
            &format!("{at}.refresh_seconds"),
            self.refresh_seconds,
            10,
            86_400,
        );
        between(faults, &format!("{at}.stale_hours"), self.stale_hours, 1, 168);
        if self.stale_hours > 0 && self.refresh_seconds >= self.stale_hours.saturating_mul(3600) {
            faults.push(format!(
                "{at}.refresh_seconds: keys that are fetched only every {} seconds are too old after {at}.stale_hours = {}",
                self.refresh_seconds, self.stale_hours
            ));
        }
    }

    fn address_faults(&self, at: &str, faults: &mut Vec<String>) {
        let addresses = [
            ("url", Some(&self.url)),
            ("jwks_uri", self.jwks_uri.as_ref()),
            ("discovery_uri", self.discovery_uri.as_ref()),
        ];
        for (key, address) in addresses {
            if let Some(fault) = address.and_then(|text| address_fault(text, self.insecure_http)) {
                faults.push(format!("{at}.{key}: {fault}"));
            }
        }
        if self.jwks_uri.is_some() && self.discovery_uri.is_some() {
            faults.push(format!(
                "{at}.discovery_uri: not used when jwks_uri is set; remove one of them"
            ));
        }
    }

    fn client_faults(&self, at: &str, faults: &mut Vec<String>) {
        if self.audience.trim().is_empty() {
            faults.push(format!(
                "{at}.audience: missing; name the audience that tokens for this service carry"
            ));
        } else if self.front_end_clients.contains(&self.audience) {
            faults.push(format!(
                "{at}.front_end_clients: contains the audience, so that every token would be refused"
            ));
        }
        if !self.allowed_clients.is_empty() {
            for client in self
                .machine_clients
                .iter()
                .filter(|client| !self.allowed_clients.contains(client))
            {
                faults.push(format!(
                    "{at}.machine_clients: {client:?} is not among the allowed_clients"
                ));
            }
        }
    }

    fn path_faults(&self, at: &str, faults: &mut Vec<String>) {
        let single = [
            ("subject_path", Some(&self.subject_path)),
            ("personnel_code_path", self.personnel_code_path.as_ref()),
            ("organization_path", self.organization_path.as_ref()),
        ];
        let single = single
            .into_iter()
            .filter_map(|(key, path)| path.map(|path| (key, path)));
        let names = self.name_paths.iter().map(|path| ("name_paths", path));
        let roles = self.role_paths.iter().map(|path| ("role_paths", path));
        for (key, path) in single.chain(names).chain(roles) {
            if !path.starts_with('/') || path.len() < 2 {
                faults.push(format!(
                    "{at}.{key}: {path:?} is not a JSON pointer such as \"/realm_access/roles\""
                ));
            }
        }
    }

    fn grant_faults(&self, at: &str, faults: &mut Vec<String>) {
        let mapped = [
            ("role_paths", self.role_paths.is_empty()),
            ("role_map", self.role_map.is_empty()),
        ];
        for (key, empty) in mapped {
            match (self.grants, empty) {
                (true, true) => faults.push(format!("{at}.{key}: missing, although grants is on")),
                (false, false) => faults.push(format!("{at}.{key}: has no effect unless grants is on")),
                _ => {}
            }
        }
        if !self.grants && self.organization_path.is_some() {
            faults.push(format!(
                "{at}.organization_path: has no effect unless grants is on"
            ));
        }
        for (name, code) in &self.role_map {
            match code.parse::<Role>() {
                Err(_) => faults.push(format!(
                    "{at}.role_map: {name:?} is mapped to {code:?}, which is no role code"
                )),
                Ok(role) => self.reach_fault(at, name, role, faults),
            }
        }
    }

    /// The values stand in a header field, separated by spaces (RFC 9470 3).
    fn step_up_faults(&self, at: &str, faults: &mut Vec<String>) {
        let sound = |text: &str| {
            (1..=255).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
        };
        for value in self.acr_for_decisions.iter().filter(|value| !sound(value)) {
            faults.push(format!(
                "{at}.acr_for_decisions: {value:?} is not of visible ASCII without quotation marks and backslashes, 255 characters at most"
            ));
        }
        if let Some(seconds) = self.max_age_for_decisions_seconds {
            let key = format!("{at}.max_age_for_decisions_seconds");
            between(faults, &key, seconds, 60, 86_400);
        }
    }

    fn reach_fault(&self, at: &str, name: &str, role: Role, faults: &mut Vec<String>) {
        match claims::reach(role) {
            Reach::NeverGranted => faults.push(format!(
                "{at}.role_map: {name:?} is mapped to {role}, which follows from the service's own records and cannot be granted"
            )),
            Reach::Organization if self.organization_path.is_none() => faults.push(format!(
                "{at}.role_map: {name:?} is mapped to {role}, which holds at an organisation, but organization_path is missing"
            )),
            Reach::Organization | Reach::Province => {}
        }
    }
}

fn between(faults: &mut Vec<String>, key: &str, value: u32, low: u32, high: u32) {
    if !(low..=high).contains(&value) {
        faults.push(format!("{key}: {value} is not between {low} and {high}"));
    }
}

fn address_fault(text: &str, insecure_http: bool) -> Option<String> {
    if text.is_empty() {
        return Some("missing".into());
    }
    let Ok(url) = reqwest::Url::parse(text) else {
        return Some(format!("{text:?} is not an absolute address"));
    };
    match url.scheme() {
        "https" => {}
        "http" if insecure_http => {}
        "http" => {
            return Some("plain http is refused unless insecure_http is set (development only)".into());
        }
        other => return Some(format!("the scheme {other:?} is not https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must not contain a user name or password".into());
    }
    url.fragment().map(|_| "must not contain a fragment".into())
}

/// A list from an array, or from one text separated by commas: environment variables hold no arrays.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct List;
    impl<'de> de::Visitor<'de> for List {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts, or one text separated by commas")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(separated(text).map(String::from).collect())
        }
        fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element::<String>()? {
                items.push(item);
            }
            Ok(items)
        }
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }
    deserializer.deserialize_any(List)
}

/// A mapping from a table, or from one text such as `vp-reviewer=OFFICE_REVIEWER,audit=AUDITOR`.
fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Pairs;
    impl<'de> de::Visitor<'de> for Pairs {
        type Value = BTreeMap<String, String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table of texts, or one text such as \"name=CODE,name=CODE\"")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            let pair = |item: &str| {
                let (name, code) = item
                    .rsplit_once('=')
                    .ok_or_else(|| E::custom(format!("{item:?} is not of the form name=CODE")))?;
                Ok((name.trim().to_owned(), code.trim().to_owned()))
            };
            separated(text).map(pair).collect()
        }
        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut items = BTreeMap::new();
            while let Some((name, code)) = map.next_entry::<String, String>()? {
                items.insert(name, code);
            }
            Ok(items)
        }
    }
    deserializer.deserialize_any(Pairs)
}

/// A text that counts as absent when blank: compose files pass unset variables as empty ones.
fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

fn separated(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests;
