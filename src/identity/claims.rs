//! What the claims of a verified token mean: from claims and the issuer's settings to a [`Principal`]
//! (CLM-01…07). Nothing here widens authority: a claim of a wrong type, an unknown role or an ambiguous
//! organisation gives nothing.

use serde_json::{Map, Value};

use super::TokenError;
use super::settings::IssuerSettings;
use super::token::{Fraction, TIMES, seconds};
use crate::domain::caller::{Principal, PrincipalKind, Role, SignOn, TokenGrant};

/// The claims of one token after the strict parse: no member name occurs twice.
pub(crate) type Claims = Map<String, Value>;

/// Longest identifier taken from a token, in characters; OpenID Connect Core 2 limits `sub` to it.
const IDENTIFIER_CHARS: usize = 255;
/// Longest official or personnel code taken from a token, in characters.
const CODE_CHARS: usize = 64;

/// Where a granted role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// At one organisation, which the token must name.
    Organization,
    /// In the whole province.
    Province,
    /// Follows from the service's own records: council membership, or the link to an individual.
    NeverGranted,
}

/// Where `role` holds when a token grants it.
pub(crate) fn reach(role: Role) -> Reach {
    match role {
        Role::DivisionOfficer
        | Role::DivisionHead
        | Role::OfficeReviewer
        | Role::OfficeChief
        | Role::Director
        | Role::Clerk
        // Who is addressed answers what is sent to his organisation, and no other's (M-4).
        | Role::BoardOfficer
        | Role::BoardSystem
        | Role::ChairmanOffice => Reach::Organization,
        Role::Auditor | Role::SystemAdministrator => Reach::Province,
        Role::CouncilChair | Role::CouncilSecretary | Role::CouncilMember | Role::Nominee => {
            Reach::NeverGranted
        }
    }
}

/// The identity and the token's own grants, from the claims of a token whose signature was verified.
///
/// # Errors
///
/// [`TokenError::SubjectMissing`] when a person's token names no subject, [`TokenError::Invalid`] when an
/// identifier has a wrong type, is empty, longer than 255 characters or contains control characters.
pub(crate) fn principal(claims: &Claims, issuer: &IssuerSettings) -> Result<Principal, TokenError> {
    let client_id = client(claims)?;
    let kind = kind(claims, client_id.as_deref(), issuer);
    let subject = match kind {
        PrincipalKind::Client => client_id
            .clone()
            .ok_or(TokenError::Invalid("The token names no client."))?,
        PrincipalKind::User => subject(claims, issuer)?,
    };
    Ok(Principal {
        kind,
        issuer: issuer.url.clone(),
        subject,
        display_name: display_name(claims, issuer),
        client_id,
        personnel_code: personnel_code(claims, kind, issuer),
        token_grants: token_grants(claims, issuer),
        sign_on: sign_on(claims, kind, issuer)?,
    })
}

/// The client that obtained the token: `azp` (OpenID Connect, Keycloak) or `client_id` (RFC 9068).
///
/// # Errors
///
/// [`TokenError::Invalid`] when one of them is no usable identifier or the two contradict each other.
pub(crate) fn client(claims: &Claims) -> Result<Option<String>, TokenError> {
    const REFUSED: TokenError = TokenError::Invalid("The token names no usable client.");
    let mut found: Option<&str> = None;
    for value in ["azp", "client_id"]
        .into_iter()
        .filter_map(|name| claims.get(name))
    {
        let text = value.as_str().and_then(identifier).ok_or(REFUSED)?;
        if found.is_some_and(|other| other != text) {
            return Err(REFUSED);
        }
        found = Some(text);
    }
    Ok(found.map(String::from))
}

/// WSO2 states the kind itself; with every other issuer the operator lists the machine clients, because
/// nothing in a token separates a service account from a person reliably.
fn kind(claims: &Claims, client: Option<&str>, issuer: &IssuerSettings) -> PrincipalKind {
    let listed = client.is_some_and(|client| issuer.machine_clients.iter().any(|known| known == client));
    match claims.get("aut").and_then(Value::as_str) {
        Some("APPLICATION") => PrincipalKind::Client,
        // A person who signed in by way of a machine's client does not become that machine.
        Some("APPLICATION_USER") => PrincipalKind::User,
        _ if listed => PrincipalKind::Client,
        _ => PrincipalKind::User,
    }
}

fn subject(claims: &Claims, issuer: &IssuerSettings) -> Result<String, TokenError> {
    let Some(value) = at(claims, &issuer.subject_path) else {
        tracing::warn!(
            issuer = %issuer.url,
            "a verified token names no subject; with Keycloak 25 and later the client needs the `basic` client scope"
        );
        return Err(TokenError::SubjectMissing);
    };
    let text = value.as_str().and_then(identifier);
    text.map(String::from)
        .ok_or(TokenError::Invalid("The token names no usable subject."))
}

fn display_name(claims: &Claims, issuer: &IssuerSettings) -> Option<String> {
    let texts = issuer
        .name_paths
        .iter()
        .filter_map(|path| at(claims, path)?.as_str());
    let clean = |text: &str| -> String {
        let visible: String = text.chars().filter(|c| !c.is_control()).collect();
        visible.trim().chars().take(IDENTIFIER_CHARS).collect()
    };
    texts.map(clean).find(|name| !name.is_empty())
}

/// Only of a person: a machine is never linked to an individual in the roll.
fn personnel_code(claims: &Claims, kind: PrincipalKind, issuer: &IssuerSettings) -> Option<String> {
    let path = issuer
        .personnel_code_path
        .as_ref()
        .filter(|_| kind == PrincipalKind::User)?;
    at(claims, path)?.as_str().and_then(code).map(String::from)
}

/// Only as far as the settings ask for it: what nobody asks for may be of any form, as before it could be asked for.
fn sign_on(claims: &Claims, kind: PrincipalKind, issuer: &IssuerSettings) -> Result<SignOn, TokenError> {
    const REFUSED: TokenError = TokenError::Invalid("The token names no usable strength of its sign-on.");
    let strength = claims
        .get("acr")
        .filter(|_| !issuer.acr_for_decisions.is_empty())
        .map(|value| value.as_str().and_then(identifier).ok_or(REFUSED))
        .transpose()?;
    let at = claims
        .get("auth_time")
        .filter(|_| issuer.max_age_for_decisions_seconds.is_some())
        .map(|value| seconds(value, Fraction::RoundedUp).ok_or(TIMES))
        .transpose()?;
    Ok(match kind {
        // Keycloak writes `acr` for service accounts too, though nobody signed on.
        PrincipalKind::Client => SignOn::default(),
        PrincipalKind::User => SignOn {
            strength: strength.map(String::from),
            at,
        },
    })
}

fn token_grants(claims: &Claims, issuer: &IssuerSettings) -> Vec<TokenGrant> {
    if !issuer.grants {
        return Vec::new();
    }
    let organization = issuer
        .organization_path
        .as_ref()
        .and_then(|path| organization(at(claims, path)?));
    let mut grants: Vec<TokenGrant> = Vec::new();
    let names = issuer
        .role_paths
        .iter()
        .filter_map(|path| at(claims, path))
        .flat_map(names);
    for role in names.filter_map(|name| issuer.role_map.get(name)?.parse::<Role>().ok()) {
        let grant = match reach(role) {
            Reach::Province => TokenGrant {
                role,
                organization_code: None,
            },
            // Without an organisation such a role would hold everywhere; it is dropped instead.
            Reach::Organization if organization.is_none() => continue,
            Reach::Organization => TokenGrant {
                role,
                organization_code: organization.clone(),
            },
            Reach::NeverGranted => continue,
        };
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    grants
}

/// The names in a role claim: one text separated by spaces or commas, or an array of whole names.
/// An array that holds anything but texts gives no name at all.
fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => text.split([' ', ',']).filter(|name| !name.is_empty()).collect(),
        Value::Array(items) => items
            .iter()
            .map(Value::as_str)
            .collect::<Option<_>>()
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// One organisation code: a text, an array of one text, or an object of one member (Keycloak's
/// `organization`). Several are ambiguous and give none.
fn organization(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Array(items) => match items.as_slice() {
            [only] => only.as_str()?,
            _ => return None,
        },
        Value::Object(members) if members.len() == 1 => members.keys().next()?.as_str(),
        _ => return None,
    };
    code(text).map(String::from)
}

/// RFC 6901 on a claims object, without making a `Value` of it first.
fn at<'a>(claims: &'a Claims, pointer: &str) -> Option<&'a Value> {
    let rest = pointer.strip_prefix('/')?;
    let (first, rest) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let name = first.replace("~1", "/").replace("~0", "~");
    claims.get(&name)?.pointer(rest)
}

fn identifier(text: &str) -> Option<&str> {
    bounded(text, IDENTIFIER_CHARS)
}

fn code(text: &str) -> Option<&str> {
    bounded(text, CODE_CHARS)
}

/// Control characters are refused because a database or a log would not keep them as they are.
fn bounded(text: &str, chars: usize) -> Option<&str> {
    let sound = !text.is_empty() && text.chars().count() <= chars && !text.contains(char::is_control);
    sound.then_some(text)
}

#[cfg(test)]
mod tests;
