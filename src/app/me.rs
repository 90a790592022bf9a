//! The caller about itself: which roles and seats it holds and how far each action reaches.

use std::collections::BTreeMap;

use super::Tx;
use crate::domain::caller::{HeldGrant, Seat};
use crate::domain::error::Result;
use crate::domain::ids::{CouncilId, OrganizationId};
use crate::domain::policy::{Action, RULES, Reach, Visibility};
use crate::store::individuals::Individual;
use crate::store::{councils, individuals, organizations};

/// What the service knows of its caller.
#[derive(Debug, Clone)]
pub struct Me {
    /// The individual behind the identity.
    pub individual: Option<Individual>,
    /// Roles with the names of their organisations.
    pub roles: Vec<(HeldGrant, Option<String>)>,
    /// Seats with the names of their councils.
    pub seats: Vec<(Seat, String)>,
    /// Every action that reaches anything, and how.
    pub permissions: Vec<(Action, Vec<Reach>)>,
}

/// Reads what the service knows of the caller.
///
/// # Errors
/// The driver's error.
pub fn read(tx: &mut Tx<'_>) -> Result<Me> {
    let caller = tx.caller.clone();
    let individual = match caller.individual_id {
        Some(id) => individuals::find(tx.conn, id)?,
        None => None,
    };
    let mut organization_names: BTreeMap<OrganizationId, String> = BTreeMap::new();
    for id in caller.grants.iter().filter_map(|grant| grant.organization_id) {
        if let Some(organization) = organizations::find(tx.conn, id)? {
            organization_names.insert(id, organization.name);
        }
    }
    let mut council_names: BTreeMap<CouncilId, String> = BTreeMap::new();
    for seat in &caller.seats {
        if let Some(council) = councils::find(tx.conn, seat.council_id)? {
            council_names.insert(seat.council_id, council.name);
        }
    }
    let roles = caller.grants.iter().map(|grant| {
        let name = grant
            .organization_id
            .and_then(|id| organization_names.get(&id).cloned());
        (grant.clone(), name)
    });
    let seats = caller.seats.iter().map(|seat| {
        let name = council_names.get(&seat.council_id).cloned();
        (seat.clone(), name.unwrap_or_default())
    });
    Ok(Me {
        individual,
        roles: roles.collect(),
        seats: seats.collect(),
        permissions: permissions(tx),
    })
}

/// The actions that the caller can do somewhere, with the reaches of the rules that give them.
fn permissions(tx: &Tx<'_>) -> Vec<(Action, Vec<Reach>)> {
    Action::ALL
        .iter()
        .filter(|action| tx.sees(**action) != Visibility::default())
        .map(|action| {
            let mut reaches: Vec<Reach> = RULES
                .iter()
                .filter(|rule| rule.actions.contains(action) && tx.caller.holds(rule.role))
                .filter(|rule| rule.reach != Reach::Own || tx.caller.individual_id.is_some())
                .map(|rule| {
                    // A role without organisation holds for the whole province.
                    let everywhere = tx
                        .caller
                        .grants
                        .iter()
                        .any(|grant| grant.role == rule.role && grant.organization_id.is_none());
                    if everywhere { Reach::Everything } else { rule.reach }
                })
                .collect();
            reaches.sort_unstable();
            reaches.dedup();
            (*action, reaches)
        })
        .collect()
}
