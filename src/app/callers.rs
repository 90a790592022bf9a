//! From a proven identity to a caller: grants, seats and the linked individual as of the request's
//! own transaction (CLM-08). A role that was ended is gone with the next request.

use super::pipeline::Config;
use crate::domain::caller::{Caller, HeldGrant, Principal, PrincipalKind, Role, Seat};
use crate::domain::codes::MembershipFunction;
use crate::domain::error::Result;
use crate::domain::ids::{CouncilId, IdentityId, IndividualId};
use crate::domain::time::Instant;
use crate::store::authority::{self, Asked, Authority};
use crate::store::connection::Conn;
use crate::store::{grants, identities};

/// Everything that the policy needs to know of the caller of a read.
///
/// # Errors
/// The driver's error.
pub fn load(conn: &mut Conn, principal: &Principal, config: &Config, now: Instant) -> Result<Caller> {
    let asked = asked(principal, config, now);
    let stored = authority::of(conn, asked)?;
    with(conn, asked, config, stored)
}

/// As [`load`] in a write, where the identity is remembered, so that the journal can name it; and the individual whom a
/// trusted claim named for it just now.
///
/// # Errors
/// The driver's error.
pub fn remember(
    conn: &mut Conn,
    principal: &Principal,
    config: &Config,
    now: Instant,
) -> Result<(Caller, Option<IndividualId>)> {
    let asked = asked(principal, config, now);
    let mut stored = authority::of(conn, asked)?;
    let named = match stored.identity {
        Some((_, Some(_))) => None,
        // Entered, or made the only one of his code, after he had first used the service.
        Some((id, None)) => identities::link_by_claim(conn, id, principal, now)?,
        None => {
            let (remembered, here) = identities::remember(conn, principal, now)?;
            stored.identity = Some((remembered.id, remembered.individual_id));
            remembered.individual_id.map(|individual| (individual, here))
        }
    };
    if named.is_some() {
        // His seats are read with it, whether this request has linked him or another one at the same time.
        stored = authority::of(conn, asked)?;
    }
    let linked = named.and_then(|(individual, here)| here.then_some(individual));
    Ok((with(conn, asked, config, stored)?, linked))
}

/// Whose authority is asked for, at the instant of a request.
pub fn asked<'p>(principal: &'p Principal, config: &Config, now: Instant) -> Asked<'p> {
    let day = now.date(config.zone);
    Asked { principal, now, day }
}

/// The caller whose stored authority is known; what the token and the settings grant is added. Whom a trusted claim
/// names is that individual before the first write links them, so that he finds his sessions.
///
/// # Errors
/// The driver's error.
pub fn with(conn: &mut Conn, asked: Asked<'_>, config: &Config, stored: Authority) -> Result<Caller> {
    let principal = asked.principal;
    let mut held = stored.grants;
    for granted in &principal.token_grants {
        let organization_id = match &granted.organization_code {
            None => None,
            Some(code) => match grants::organization_by_code(conn, code)? {
                None => continue,
                found => found,
            },
        };
        let covers = match organization_id {
            Some(root) => grants::covered(conn, root)?,
            None => Vec::new(),
        };
        held.push(HeldGrant {
            role: granted.role,
            organization_id,
            covers,
        });
    }
    let named =
        |one: &super::request::Bootstrap| one.issuer == principal.issuer && one.subject == principal.subject;
    // A person: the client of that name is somebody else.
    if principal.kind == PrincipalKind::User && config.bootstrap.iter().any(named) {
        held.push(HeldGrant {
            role: Role::SystemAdministrator,
            organization_id: None,
            covers: Vec::new(),
        });
    }
    let (identity_id, mut individual_id) = stored.identity.unwrap_or((IdentityId(uuid::Uuid::nil()), None));
    let mut memberships = stored.seats;
    if individual_id.is_none()
        && let Some(named) = identities::named_by_claim(conn, principal)?
    {
        individual_id = Some(named);
        memberships = authority::seats_of(conn, named, asked.day)?;
    }
    Ok(Caller {
        identity_id,
        principal: principal.clone(),
        individual_id,
        grants: held,
        seats: seats(&memberships),
    })
}

fn seats(memberships: &[(CouncilId, MembershipFunction)]) -> Vec<Seat> {
    let mut seats = Vec::new();
    for (council_id, function) in memberships {
        let special = match function {
            MembershipFunction::Chair => Some(Role::CouncilChair),
            MembershipFunction::Secretary => Some(Role::CouncilSecretary),
            _ => None,
        };
        seats.extend(special.into_iter().chain([Role::CouncilMember]).map(|role| Seat {
            council_id: *council_id,
            role,
        }));
    }
    seats
}
