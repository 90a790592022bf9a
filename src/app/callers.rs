//! From a proven identity to a caller: grants, seats and the linked individual as of the request's
//! own transaction (CLM-08). A role that was ended is gone with the next request.

use std::collections::{BTreeMap, BTreeSet};

use super::pipeline::Config;
use crate::domain::caller::{Caller, HeldGrant, Principal, Role, Seat};
use crate::domain::codes::MembershipFunction;
use crate::domain::error::Result;
use crate::domain::ids::{IdentityId, OrganizationId};
use crate::domain::time::Instant;
use crate::store::connection::Conn;
use crate::store::grants::{self, Unit};
use crate::store::identities;

/// Reads everything that the policy needs to know of the caller. In a write the identity is
/// remembered, so that the journal can name it.
///
/// # Errors
/// The driver's error.
pub fn load(
    conn: &mut Conn,
    principal: &Principal,
    config: &Config,
    now: Instant,
    write: bool,
) -> Result<Caller> {
    let known = identities::find(conn, principal)?;
    let known = match known {
        None if write => Some(identities::remember(conn, principal, now)?),
        other => other,
    };
    let individual_id = known.as_ref().and_then(|identity| identity.individual_id);
    let mut held = grants::in_force(conn, principal, now)?;
    for granted in &principal.token_grants {
        match &granted.organization_code {
            None => held.push((granted.role, None)),
            Some(code) => {
                if let Some(id) = grants::organization_by_code(conn, code)? {
                    held.push((granted.role, Some(id)));
                }
            }
        }
    }
    if config
        .bootstrap
        .iter()
        .any(|named| named.issuer == principal.issuer && named.subject == principal.subject)
    {
        held.push((Role::SystemAdministrator, None));
    }
    let seats = match individual_id {
        Some(individual) => seats(&grants::memberships(conn, individual, now.date(config.zone))?),
        None => Vec::new(),
    };
    Ok(Caller {
        identity_id: known.map_or(IdentityId(uuid::Uuid::nil()), |identity| identity.id),
        principal: principal.clone(),
        individual_id,
        grants: with_units(conn, held)?,
        seats,
    })
}

fn seats(memberships: &[(crate::domain::ids::CouncilId, MembershipFunction)]) -> Vec<Seat> {
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

/// Adds to each grant the internal units below its organisation (M-4).
fn with_units(conn: &mut Conn, held: Vec<(Role, Option<OrganizationId>)>) -> Result<Vec<HeldGrant>> {
    let roots: BTreeSet<OrganizationId> = held.iter().filter_map(|(_, id)| *id).collect();
    let units = if roots.is_empty() {
        Vec::new()
    } else {
        grants::units_below(conn, &roots)?
    };
    let mut children: BTreeMap<OrganizationId, Vec<OrganizationId>> = BTreeMap::new();
    for Unit { id, parent_id, kind } in units {
        if kind.is_internal_unit()
            && let Some(parent) = parent_id
        {
            children.entry(parent).or_default().push(id);
        }
    }
    Ok(held
        .into_iter()
        .map(|(role, organization_id)| HeldGrant {
            role,
            organization_id,
            covers: organization_id
                .map(|root| reachable(root, &children))
                .unwrap_or_default(),
        })
        .collect())
}

fn reachable(
    root: OrganizationId,
    children: &BTreeMap<OrganizationId, Vec<OrganizationId>>,
) -> Vec<OrganizationId> {
    let mut seen = BTreeSet::from([root]);
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        for child in children.get(&id).into_iter().flatten() {
            if seen.insert(*child) {
                waiting.push(*child);
            }
        }
    }
    seen.into_iter().collect()
}
