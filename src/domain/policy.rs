//! Who may do what where: one table ([`RULES`]), printed into `tests/it/snapshots/policy-matrix.txt`.
//!
//! A rule says that a role may do an action within a [`Reach`]. What a caller reaches is one value,
//! [`Visibility`]: [`Visibility::covers`] answers for one object, `store/filter.rs` turns the same
//! value into a `WHERE`; a property test holds the two together (AZN-14).

mod action;
mod rules;

pub use action::Action;
pub use rules::{RULES, Reach, Rule};

use super::caller::{Caller, Role};
use super::ids::{CouncilId, IndividualId, OrganizationId};

/// Where an object stands, as far as authority is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The organisation that owns it.
    pub owner: Option<OrganizationId>,
    /// The division it belongs to.
    pub division: Option<OrganizationId>,
    /// Councils that it is before.
    pub councils: Vec<CouncilId>,
    /// Organisations that it was forwarded to (from SENT on).
    pub receivers: Vec<OrganizationId>,
    /// The individual whom it concerns.
    pub individual: Option<IndividualId>,
    /// Whether it is public.
    pub published: bool,
}

impl Place {
    /// An object of an organisation.
    pub fn of(owner: OrganizationId) -> Self {
        Self {
            owner: Some(owner),
            ..Self::default()
        }
    }

    /// An object of a division of an organisation.
    pub fn in_division(owner: OrganizationId, division: OrganizationId) -> Self {
        Self {
            owner: Some(owner),
            division: Some(division),
            ..Self::default()
        }
    }
}

/// The parts of a place that must be looked up, as far as any role of a caller looks at them. What no role
/// looks at may be left out of the [`Place`]: the decision is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regard {
    /// Whether councils matter.
    pub councils: bool,
    /// Whether receivers of forwardings matter.
    pub receivers: bool,
}

impl Regard {
    /// Everything, for any caller.
    pub const ALL: Self = Self {
        councils: true,
        receivers: true,
    };

    /// What matters for this caller.
    pub fn of(caller: &Caller) -> Self {
        let matters = |reach: Reach| {
            RULES
                .iter()
                .any(|rule| rule.reach == reach && caller.holds(rule.role))
        };
        Self {
            councils: matters(Reach::Council),
            receivers: matters(Reach::Addressed),
        }
    }

    /// Whether anything has to be looked up.
    pub const fn is_costly(self) -> bool {
        self.councils || self.receivers
    }
}

/// The answer of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes, in this role.
    Allow(Role),
    /// The caller sees the object but may not do this: 403.
    Forbid,
    /// The caller does not see the object: 404.
    Hide,
}

/// What the policy said no to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied {
    /// What was asked for.
    pub action: Action,
    /// Why not.
    pub reason: DenialReason,
}

/// Why the policy said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DenialReason {
    /// The caller sees the object, but none of its roles allows the action there.
    NotAllowed,
    /// The caller does not even see the object; to it, it is absent.
    NotVisible,
}

impl DenialReason {
    /// Its name in the log and the numbers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::NotVisible => "not_visible",
        }
    }
}

/// Everything that a caller reaches with one action; the same value becomes a `WHERE` in lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visibility {
    /// Every object.
    pub everything: bool,
    /// Objects owned by these organisations.
    pub owners: Vec<OrganizationId>,
    /// Objects of these divisions.
    pub divisions: Vec<OrganizationId>,
    /// Objects before these councils.
    pub councils: Vec<CouncilId>,
    /// Objects forwarded to these organisations.
    pub receivers: Vec<OrganizationId>,
    /// Objects that concern this individual.
    pub individual: Option<IndividualId>,
    /// Published objects.
    pub published: bool,
}

impl Visibility {
    /// Whether the place is within.
    pub fn covers(&self, place: &Place) -> bool {
        self.everything
            || place.owner.is_some_and(|owner| self.owners.contains(&owner))
            || place
                .division
                .is_some_and(|division| self.divisions.contains(&division))
            || place
                .councils
                .iter()
                .any(|council| self.councils.contains(council))
            || place
                .receivers
                .iter()
                .any(|receiver| self.receivers.contains(receiver))
            || (place.individual.is_some() && place.individual == self.individual)
            || (self.published && place.published)
    }

    /// How many organisations and councils it names.
    pub const fn breadth(&self) -> usize {
        self.owners.len() + self.divisions.len() + self.councils.len() + self.receivers.len()
    }

    /// Whether objects are within for no other reason than that they were forwarded to somebody.
    pub const fn is_only_addressed(&self) -> bool {
        !self.everything
            && !self.published
            && self.owners.is_empty()
            && self.divisions.is_empty()
            && self.councils.is_empty()
            && self.individual.is_none()
    }

    fn add(&mut self, rule: &Rule, caller: &Caller) {
        match rule.reach {
            Reach::Everything => self.everything = true,
            Reach::Published => self.published = true,
            Reach::Own => self.individual = caller.individual_id,
            Reach::Council => self.councils.extend(
                caller
                    .seats
                    .iter()
                    .filter(|seat| seat.role == rule.role)
                    .map(|seat| seat.council_id),
            ),
            Reach::Owner | Reach::Division | Reach::Addressed => {
                for grant in caller.grants.iter().filter(|grant| grant.role == rule.role) {
                    if grant.organization_id.is_none() {
                        self.everything = true;
                        continue;
                    }
                    let list = match rule.reach {
                        Reach::Owner => &mut self.owners,
                        Reach::Division => &mut self.divisions,
                        _ => &mut self.receivers,
                    };
                    list.extend(grant.covers.iter().copied());
                }
            }
        }
    }
}

/// What the caller reaches with `action`, over all of its roles.
pub fn visibility(caller: &Caller, action: Action) -> Visibility {
    let mut reached = Visibility::default();
    for rule in RULES.iter().filter(|rule| rule.actions.contains(&action)) {
        reached.add(rule, caller);
    }
    reached
}

/// Decides one action at one place. Of several roles that allow it the first in the table names the act:
/// the table goes from the proposing unit up, so that is the role with the least authority that suffices.
pub fn decide(caller: &Caller, action: Action, place: &Place) -> Decision {
    decide_as(caller, Role::ALL, action, place)
}

/// As [`decide`], where other rules leave the act to some roles: only they allow it.
pub fn decide_as(caller: &Caller, roles: &[Role], action: Action, place: &Place) -> Decision {
    let reaching = |action: Action| {
        RULES
            .iter()
            .filter(move |rule| rule.actions.contains(&action) && rule.reaches(caller, place))
    };
    if let Some(rule) = reaching(action).find(|rule| roles.contains(&rule.role)) {
        return Decision::Allow(rule.role);
    }
    if reaching(action.reading()).next().is_some() && !action.is_read() {
        Decision::Forbid
    } else {
        Decision::Hide
    }
}

impl Rule {
    /// Whether the caller reaches the place by this rule: what [`Visibility`] says of it, without making the
    /// lists that only a `WHERE` needs (a list asks this for every row).
    fn reaches(&self, caller: &Caller, place: &Place) -> bool {
        let granted = |covers: &dyn Fn(&[OrganizationId]) -> bool| {
            caller
                .grants
                .iter()
                .filter(|grant| grant.role == self.role)
                .any(|grant| grant.organization_id.is_none() || covers(&grant.covers))
        };
        match self.reach {
            Reach::Everything => true,
            Reach::Published => place.published,
            Reach::Own => place.individual.is_some() && place.individual == caller.individual_id,
            Reach::Council => caller
                .seats
                .iter()
                .any(|seat| seat.role == self.role && place.councils.contains(&seat.council_id)),
            Reach::Owner => granted(&|covers| place.owner.is_some_and(|owner| covers.contains(&owner))),
            Reach::Division => {
                granted(&|covers| place.division.is_some_and(|division| covers.contains(&division)))
            }
            Reach::Addressed => granted(&|covers| place.receivers.iter().any(|one| covers.contains(one))),
        }
    }
}

/// The matrix action × role as text, one line per action; frozen by a test and served by the meta
/// endpoint.
pub fn matrix() -> String {
    use std::fmt::Write as _;
    let mut text = String::from("# action: role(reach) …\n");
    for action in Action::ALL {
        let _ = write!(text, "{action}:");
        for rule in RULES.iter().filter(|rule| rule.actions.contains(action)) {
            let _ = write!(text, " {}({})", rule.role, rule.reach);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
