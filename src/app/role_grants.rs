//! Role grants: who may do what where (M-3). Council roles follow from membership and NOMINEE from the
//! identity link, so neither is granted. A grant is never changed: it is ended, and a new one is made.

use super::{Command, Event, Possible, Rows, Slice, Tx};
use crate::domain::caller::{PrincipalKind, Role};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{OrganizationId, RoleGrantId};
use crate::domain::policy::{Action, Place};
use crate::domain::time::Instant;
use crate::store::{dialect, grants, organizations};

pub use crate::store::grants::{RoleGrant, Wanted};

const NOUN: &str = "role_grant";

fn place(grant: &RoleGrant) -> Place {
    grant.organization_id.map(Place::of).unwrap_or_default()
}

/// Reads one grant.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: RoleGrantId) -> Result<RoleGrant> {
    let grant = grants::get(tx.conn, id)?;
    tx.require(Action::ReadRoleGrant, &place(&grant))?;
    Ok(grant)
}

/// A page of grants, oldest first.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<RoleGrant>> {
    let visibility = tx.sees(Action::ReadRoleGrant);
    grants::list(tx.conn, &visibility, wanted, slice)
}

/// What the caller may do with it.
pub fn possible(tx: &Tx<'_>, grant: &RoleGrant) -> Vec<Possible> {
    let rules = if is_over(grant, tx.now) {
        vec![ended().into()]
    } else {
        Vec::new()
    };
    vec![tx.possible("end", Action::ManageRoleGrant, &place(grant), rules)]
}

fn is_over(grant: &RoleGrant, now: Instant) -> bool {
    grant.valid_to.is_some_and(|end| end <= now)
}

fn ended() -> Error {
    Error::transition("role_grant", "ENDED", Vec::new()).says("Vai trò đã chấm dứt", "The grant has ended")
}

/// Whether a grant can give this role.
pub const fn is_grantable(role: Role) -> bool {
    !matches!(
        role,
        Role::CouncilChair | Role::CouncilSecretary | Role::CouncilMember | Role::Nominee
    )
}

/// Whether a grant of this role names an organisation. Only auditor and administrator may also be
/// granted for the whole province.
pub const fn is_bound(role: Role) -> bool {
    !matches!(role, Role::Auditor | Role::SystemAdministrator)
}

/// Whether a role can be held at an internal unit. What an organisation decides as a whole is decided above
/// its units: granted at one of them the role would reach nothing that it is for.
const fn is_held_in_units(role: Role) -> bool {
    matches!(
        role,
        Role::DivisionOfficer | Role::DivisionHead | Role::Auditor | Role::SystemAdministrator
    )
}

/// Whether it is the part of those who hand dossiers in.
const fn is_of_units(role: Role) -> bool {
    matches!(role, Role::DivisionOfficer | Role::DivisionHead)
}

/// Grants a role.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Grant {
    /// Person or machine.
    pub principal_kind: PrincipalKind,
    /// `iss` of its tokens.
    pub issuer: String,
    /// `sub` of a person, client id of a machine.
    pub subject: String,
    /// The role.
    pub role: Role,
    /// Where.
    pub organization_id: Option<OrganizationId>,
    /// From when; now otherwise.
    pub valid_from: Option<Instant>,
    /// Until when.
    pub valid_to: Option<Instant>,
    /// Why.
    pub reason: String,
}

impl Command for Grant {
    type Target = ();
    type Output = RoleGrant;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<()> {
        let place = self.organization_id.map(Place::of).unwrap_or_default();
        tx.permit(Action::ManageRoleGrant, &place).map(drop)
    }

    fn act(&self, tx: &mut Tx<'_>, (): ()) -> Result<RoleGrant> {
        self.check(tx)?;
        // Two administrators at once must not grant the same twice.
        dialect::hold_tree(tx.conn)?;
        let grant = RoleGrant {
            id: RoleGrantId::generate(),
            principal_kind: self.principal_kind,
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            role: self.role,
            organization_id: self.organization_id,
            valid_from: self.valid_from.unwrap_or(tx.now),
            valid_to: self.valid_to,
            reason: Some(self.reason.clone()),
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        if grants::overlaps(tx.conn, &grant)? {
            return Err(Error::new(Code::GrantDuplicate));
        }
        grants::insert(tx.conn, &grant)?;
        // Somebody may have to bring to its end what an organisation that is over has begun.
        if let Some(id) = self.organization_id
            && organizations::get(tx.conn, id)?.has_ended(tx.today())
        {
            tx.warn(Fault::at("/organization_id", Code::OrganizationClosed));
        }
        // An issuer may be granted to before it is configured; a slip of the pen must be seen, though.
        if !tx.config.issuers.contains(&self.issuer) {
            tx.warn(Fault::at("/issuer", Code::GrantIssuerUnknown));
        }
        tx.record(
            event("role_grant.granted", &grant)
                .with("after", &grant)
                .with("reason", &self.reason),
        )?;
        Ok(grant)
    }
}

impl Grant {
    fn check(&self, tx: &mut Tx<'_>) -> Result<()> {
        let mut faults = Vec::new();
        if !is_grantable(self.role) {
            faults.push(Fault::at("/role", Code::GrantRoleNotGrantable));
        } else if is_bound(self.role) && self.organization_id.is_none() {
            faults.push(Fault::at("/organization_id", Code::FieldRequired));
        }
        if self.role == Role::BoardSystem && self.principal_kind != PrincipalKind::Client {
            let fault = Fault::at("/principal_kind", Code::FieldChoice).with("choices", ["CLIENT"].to_vec());
            faults.push(fault.says(
                "Vai trò này dành cho hệ thống (CLIENT), không dành cho cá nhân",
                "This role is for a system (CLIENT), not for a person",
            ));
        }
        let own = &tx.caller.principal;
        let to_himself =
            self.principal_kind == own.kind && self.issuer == own.issuer && self.subject == own.subject;
        // M-3: who administers reads no business data, and does not take a part in it by his own hand.
        if to_himself && self.role != Role::SystemAdministrator {
            return Err(Error::new(Code::DutyConflict)
                .says(
                    "Không tự cấp vai trò nghiệp vụ cho chính mình; việc này do quản trị viên khác làm",
                    "Nobody grants himself a role in the business; another administrator does",
                )
                .fault(Fault::at("/subject", Code::DutyConflict)));
        }
        if let Some(organization) = self.organization_id {
            match organizations::find(tx.conn, organization)? {
                None => faults.push(Fault::at("/organization_id", Code::FieldReference)),
                Some(found) if found.kind.is_internal_unit() && !is_held_in_units(self.role) => {
                    faults.push(Fault::at("/organization_id", Code::GrantRoleMisplaced));
                }
                Some(found) if !found.kind.is_internal_unit() && is_of_units(self.role) => {
                    // An agency without divisions hands in for itself; elsewhere it is a slip of the pen.
                    tx.warn(Fault::at("/organization_id", Code::GrantRoleMisplaced).says(
                        "Vai trò của phòng được cấp ở cả cơ quan: có hiệu lực ở mọi phòng trực thuộc",
                        "A role of divisions is granted at the whole organisation: it holds in all its units",
                    ));
                }
                Some(_) => {}
            }
        }
        let begin = self.valid_from.unwrap_or(tx.now);
        if self.valid_to.is_some_and(|end| end <= begin) {
            faults.push(Fault::before("/valid_to", begin));
        }
        let only_role = matches!(faults.as_slice(), [fault] if fault.code == Code::GrantRoleNotGrantable);
        if only_role {
            return Err(Error {
                faults,
                ..Error::new(Code::GrantRoleNotGrantable)
            });
        }
        all_valid(faults)
    }
}

/// Ends a grant; the role is gone with the next request after that instant.
#[derive(Debug, Clone, serde::Serialize)]
pub struct End {
    /// Which.
    pub id: RoleGrantId,
    /// First instant without the role; now otherwise.
    pub valid_to: Option<Instant>,
    /// Why.
    pub reason: String,
}

impl Command for End {
    type Target = RoleGrant;
    type Output = RoleGrant;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<RoleGrant> {
        let grant = read(tx, self.id)?;
        tx.permit(Action::ManageRoleGrant, &place(&grant))?;
        Ok(grant)
    }

    fn version(target: &RoleGrant) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: RoleGrant) -> Result<RoleGrant> {
        if is_over(&before, tx.now) {
            return Err(ended());
        }
        let end = self.valid_to.unwrap_or(tx.now);
        // What was done in the role stays done: a role is never ended in the past.
        if end < tx.now {
            return Err(Error::invalid(vec![Fault::before("/valid_to", tx.now)]));
        }
        if let Some(present) = before.valid_to.filter(|present| end > *present) {
            return Err(Error::invalid(vec![Fault::after("/valid_to", present)]));
        }
        let after = RoleGrant {
            valid_to: Some(end),
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        grants::save_if(tx.conn, &after, before.version)?;
        tx.changed(&before, &after);
        tx.record(
            event("role_grant.ended", &after)
                .diff(&before, &after)
                .with("reason", &self.reason),
        )?;
        Ok(after)
    }
}

fn event(kind: &'static str, grant: &RoleGrant) -> Event {
    let event = Event::new(kind, NOUN, grant.id).version(grant.version);
    match grant.organization_id {
        Some(organization) => event.within(organization, None),
        None => event,
    }
}
