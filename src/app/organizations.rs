//! Organisations: created, renamed, moved and closed by the administrator, read by everyone. Codes and
//! names change, the id stays; a closed one names its successor (scenario 13).

use chrono::NaiveDate;

use super::guards::{refuse, require_in_force};
use super::{Command, Event, JsonText, Possible, Rows, Slice, Tx};
use crate::domain::codes::OrganizationKind;
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::OrganizationId;
use crate::domain::policy::{Action, Place};
use crate::domain::text::{OrganizationCode, name_sort_key};
use crate::store::{collectives, dialect, grants, individuals, organizations, submissions};

pub use crate::store::organizations::{Organization, Wanted};

const NOUN: &str = "organization";

/// Reads one organisation.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: OrganizationId) -> Result<Organization> {
    tx.require(Action::ReadOrganization, &Place::default())?;
    organizations::get(tx.conn, id)
}

/// A page of organisations by name.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Organization>> {
    tx.permit(Action::ReadOrganization, &Place::default())?;
    organizations::list(tx.conn, wanted, slice)
}

/// What the caller may do with it.
pub fn possible(tx: &Tx<'_>, organization: &Organization) -> Vec<Possible> {
    let place = Place::of(organization.id);
    let closed = closed(tx, organization);
    let succeeded = closed.iter().filter(|_| organization.successor_id.is_some());
    let acts = [
        ("edit", closed.clone()),
        ("move", closed.clone()),
        // After its end its successor can still be told, who may not have been there yet.
        ("close", succeeded.cloned().collect()),
    ];
    acts.into_iter()
        .map(|(verb, rules)| tx.possible(verb, Action::ManageOrganization, &place, rules))
        .collect()
}

/// An organisation that has ended stays as it was; until its last day that can be put right.
fn closed(tx: &Tx<'_>, organization: &Organization) -> Vec<Fault> {
    let ended = organization.has_ended(tx.today());
    ended
        .then(|| Fault::new(Code::OrganizationClosed))
        .into_iter()
        .collect()
}

/// A code in its current or legacy form.
fn check_code(pointer: &str, code: Option<&str>, faults: &mut Vec<Fault>) {
    if code.is_some_and(|code| code.parse::<OrganizationCode>().is_err()) {
        faults.push(Fault::at(pointer, Code::FieldPattern));
    }
}

fn check_codes(code: Option<&str>, legacy: &[String]) -> Result<()> {
    let mut faults = Vec::new();
    check_code("/code", code, &mut faults);
    for (index, legacy) in legacy.iter().enumerate() {
        check_code(&format!("/legacy_codes/{index}"), Some(legacy), &mut faults);
    }
    all_valid(faults)
}

/// A code, the present one or a former one, is one organisation's: what a token says of it means nobody otherwise.
fn check_holders(
    tx: &mut Tx<'_>,
    code: Option<&str>,
    legacy: &[String],
    own: Option<OrganizationId>,
) -> Result<()> {
    let mut faults = Vec::new();
    if let Some(code) = code {
        let formerly = grants::legacy_holders(tx.conn, code)?;
        if formerly.into_iter().any(|holder| Some(holder) != own) {
            faults.push(Fault::at("/code", Code::OrganizationCodeTaken));
        }
    }
    for (index, code) in legacy.iter().enumerate() {
        let mut holders = grants::legacy_holders(tx.conn, code)?;
        holders.extend(grants::organization_by_code(tx.conn, code)?);
        if holders.into_iter().any(|holder| Some(holder) != own) {
            faults.push(Fault::at(
                format!("/legacy_codes/{index}"),
                Code::OrganizationCodeTaken,
            ));
        }
    }
    refuse(faults)
}

/// An organisation that is named as parent or successor.
fn referenced(tx: &mut Tx<'_>, pointer: &str, id: OrganizationId) -> Result<Organization> {
    organizations::find(tx.conn, id)?
        .ok_or_else(|| Error::invalid(vec![Fault::at(pointer, Code::FieldReference)]))
}

/// The organisation above, which must not be closed: it has no active units (`organization.in_use`).
fn parent_of(tx: &mut Tx<'_>, parent: Option<OrganizationId>) -> Result<Option<Organization>> {
    let Some(parent) = parent else { return Ok(None) };
    let parent = referenced(tx, "/parent_id", parent)?;
    if parent.valid_to.is_some() {
        return Err(Error::new(Code::OrganizationClosed));
    }
    Ok(Some(parent))
}

/// An organisation stands where its kind may stand.
fn check_place(kind: OrganizationKind, parent: Option<&Organization>) -> Result<()> {
    let above = parent.map(|parent| parent.kind);
    if kind.may_stand_under(above) {
        return Ok(());
    }
    let fault = Fault::at("/parent_id", Code::OrganizationMisplaced)
        .with("kind", kind.as_str())
        .with("parent_kind", above.map(OrganizationKind::as_str));
    Err(Error::invalid(vec![fault]))
}

/// Two units of one name beside each other are possible for a while (a merger), but seldom meant.
fn warn_of_namesake(
    tx: &mut Tx<'_>,
    parent: Option<OrganizationId>,
    name: &str,
    own: Option<OrganizationId>,
) -> Result<()> {
    let today = tx.today();
    if let Some(other) = organizations::namesake(tx.conn, parent, name, own, today)? {
        let id = other.to_string();
        tx.warn(Fault::at("/name", Code::OrganizationNamesake).with("organization_id", id));
    }
    Ok(())
}

/// Creates an organisation.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// Official code.
    pub code: Option<String>,
    /// Earlier codes.
    pub legacy_codes: Vec<String>,
    /// Full name.
    pub name: String,
    /// Symbol in document numbers.
    pub short_name: Option<String>,
    /// Kind.
    pub kind: OrganizationKind,
    /// The organisation above.
    pub parent_id: Option<OrganizationId>,
    /// First day; today otherwise.
    pub valid_from: Option<NaiveDate>,
}

impl Command for Create {
    type Target = ();
    type Output = Organization;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<()> {
        let place = self.parent_id.map(Place::of).unwrap_or_default();
        tx.permit(Action::ManageOrganization, &place).map(drop)
    }

    fn act(&self, tx: &mut Tx<'_>, (): ()) -> Result<Organization> {
        check_codes(self.code.as_deref(), &self.legacy_codes)?;
        dialect::hold_tree(tx.conn)?;
        check_holders(tx, self.code.as_deref(), &self.legacy_codes, None)?;
        let parent = parent_of(tx, self.parent_id)?;
        check_place(self.kind, parent.as_ref())?;
        let valid_from = self.valid_from.unwrap_or_else(|| tx.today());
        // A list of any day shows a unit below what was there on it.
        if let Some(above) = parent.filter(|parent| valid_from < parent.valid_from) {
            return Err(Error::invalid(vec![Fault::before(
                "/valid_from",
                above.valid_from,
            )]));
        }
        warn_of_namesake(tx, self.parent_id, &self.name, None)?;
        let organization = Organization {
            id: OrganizationId::generate(),
            code: self.code.clone(),
            legacy_codes: JsonText::of(&self.legacy_codes)?,
            name: self.name.clone(),
            sort_name: name_sort_key(&self.name),
            short_name: self.short_name.clone(),
            kind: self.kind,
            parent_id: self.parent_id,
            valid_from,
            valid_to: None,
            successor_id: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        organizations::insert(tx.conn, &organization)
            .map_err(dialect::unique(Code::OrganizationCodeTaken))?;
        organizations::index(tx.conn, &organization)?;
        let event = Event::new("organization.created", NOUN, organization.id)
            .version(1)
            .within(organization.id, None)
            .with("after", &organization);
        tx.record(event)?;
        Ok(organization)
    }
}

/// Changes names and codes; an absent member stays, `Some(None)` clears.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: OrganizationId,
    /// Official code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Option<String>>,
    /// Earlier codes.
    pub legacy_codes: Option<Vec<String>>,
    /// Full name.
    pub name: Option<String>,
    /// Symbol in document numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_name: Option<Option<String>>,
}

impl Command for Edit {
    type Target = Organization;
    type Output = Organization;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Organization> {
        manageable(tx, self.id)
    }

    fn version(target: &Organization) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, read_before_the_lock: Organization) -> Result<Organization> {
        let code = self.code.as_ref().and_then(Option::as_deref);
        let legacy = self.legacy_codes.as_deref().unwrap_or_default();
        check_codes(code, legacy)?;
        let before = held(tx, &read_before_the_lock)?;
        refuse(closed(tx, &before))?;
        check_holders(tx, code, legacy, Some(self.id))?;
        let mut after = before.clone();
        if let Some(code) = &self.code {
            after.code.clone_from(code);
        }
        if let Some(legacy) = &self.legacy_codes {
            after.legacy_codes = JsonText::of(legacy)?;
        }
        if let Some(name) = &self.name {
            warn_of_namesake(tx, before.parent_id, name, Some(self.id))?;
            after.name.clone_from(name);
            after.sort_name = name_sort_key(name);
        }
        if let Some(short_name) = &self.short_name {
            after.short_name.clone_from(short_name);
        }
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        keep(tx, &before, after, "organization.edited", None)
    }
}

/// Puts an organisation under another one; all rights move with it in the same transaction (AZN-04).
#[derive(Debug, Clone, serde::Serialize)]
pub struct Move {
    /// Which.
    pub id: OrganizationId,
    /// The new organisation above; none for the top.
    pub parent_id: Option<OrganizationId>,
    /// Why.
    pub reason: String,
}

impl Command for Move {
    type Target = Organization;
    type Output = Organization;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Organization> {
        let organization = manageable(tx, self.id)?;
        // As whoever creates a unit there: people and rights come with it.
        let place = self.parent_id.map(Place::of).unwrap_or_default();
        tx.permit_beside(Action::ManageOrganization, &place)?;
        Ok(organization)
    }

    fn version(target: &Organization) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, read_before_the_lock: Organization) -> Result<Organization> {
        let before = held(tx, &read_before_the_lock)?;
        refuse(closed(tx, &before))?;
        let parent = parent_of(tx, self.parent_id)?;
        if let Some(parent) = self.parent_id
            && organizations::is_below(tx.conn, parent, self.id)?
        {
            return Err(cycle("/parent_id"));
        }
        check_place(before.kind, parent.as_ref())?;
        if let Some(parent) = &parent {
            require_in_force(tx, parent)?;
        }
        warn_of_namesake(tx, self.parent_id, &before.name, Some(self.id))?;
        let after = Organization {
            parent_id: self.parent_id,
            ..before.clone()
        };
        let after = keep(tx, &before, after, "organization.moved", Some(&self.reason))?;
        organizations::relink(tx.conn, self.id)?;
        give_persons(tx, self.id)?;
        Ok(after)
    }
}

/// The organisation that a member names stands below this one, or follows it, already.
fn cycle(pointer: &str) -> Error {
    Error::new(Code::OrganizationCycle).fault(Fault::at(pointer, Code::OrganizationCycle))
}

/// The people and collectives of moved units follow them to the organisation that now has authority, each with an entry
/// of its own.
fn give_persons(tx: &mut Tx<'_>, root: OrganizationId) -> Result<()> {
    for unit in organizations::subtree(tx.conn, root)? {
        let Some(owner) = organizations::authority_of(tx.conn, unit.id)? else {
            continue;
        };
        let people = individuals::give_to(tx.conn, unit.id, owner.id, tx.now)
            .map_err(dialect::unique(Code::IndividualCodeTaken))?;
        for (before, after) in people {
            let event = Event::new("individual.edited", "individual", after.id)
                .version(after.version)
                .within(owner.id, Some(after.unit_id))
                .diff(&before, &after);
            tx.record(event)?;
        }
        let groups = collectives::give_to(tx.conn, unit.id, owner.id, tx.now)
            .map_err(dialect::unique(Code::CollectiveNameTaken))?;
        for (before, after) in groups {
            let event = Event::new("collective.edited", "collective", after.id)
                .version(after.version)
                .within(owner.id, Some(after.unit_id))
                .diff(&before, &after);
            tx.record(event)?;
        }
    }
    Ok(())
}

/// Ends an organisation, with its successor.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Close {
    /// Which.
    pub id: OrganizationId,
    /// Last day of its existence.
    pub valid_to: NaiveDate,
    /// Who takes over its rights and duties.
    pub successor_id: Option<OrganizationId>,
    /// Why.
    pub reason: String,
}

impl Command for Close {
    type Target = Organization;
    type Output = Organization;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Organization> {
        manageable(tx, self.id)
    }

    fn version(target: &Organization) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, read_before_the_lock: Organization) -> Result<Organization> {
        let before = held(tx, &read_before_the_lock)?;
        let names_successor = before.successor_id.is_none()
            && self.successor_id.is_some()
            && before.valid_to == Some(self.valid_to);
        if !names_successor {
            refuse(closed(tx, &before))?;
        }
        if self.valid_to < before.valid_from {
            return Err(Error::invalid(vec![Fault::before(
                "/valid_to",
                before.valid_from,
            )]));
        }
        if let Some(successor) = self.successor_id {
            referenced(tx, "/successor_id", successor)?;
            if organizations::is_successor(tx.conn, self.id, successor)? {
                return Err(cycle("/successor_id"));
            }
        }
        if let Some(above) = before.parent_id
            && let Some(end) = organizations::get(tx.conn, above)?
                .valid_to
                .filter(|end| self.valid_to > *end)
        {
            return Err(Error::invalid(vec![Fault::after("/valid_to", end)]));
        }
        if organizations::has_active_units(tx.conn, self.id, self.valid_to)? {
            return Err(Error::new(Code::OrganizationInUse));
        }
        // A number alone: who manages the tree reads no dossier (M-3).
        let open = submissions::unended(tx.conn, self.id)?;
        if open > 0 {
            tx.warn(Fault::new(Code::OrganizationOpenSubmissions).with("open", open));
        }
        let after = Organization {
            valid_to: Some(self.valid_to),
            successor_id: self.successor_id,
            ..before.clone()
        };
        keep(tx, &before, after, "organization.closed", Some(&self.reason))
    }
}

fn manageable(tx: &mut Tx<'_>, id: OrganizationId) -> Result<Organization> {
    let organization = organizations::get(tx.conn, id)?;
    let place = Place::of(id);
    tx.require(Action::ReadOrganization, &place)?;
    tx.permit(Action::ManageOrganization, &place)?;
    Ok(organization)
}

/// Takes the tree alone and reads the organisation again: what `load` saw may be over.
fn held(tx: &mut Tx<'_>, seen: &Organization) -> Result<Organization> {
    dialect::hold_tree(tx.conn)?;
    let organization = organizations::get(tx.conn, seen.id)?;
    if organization.version != seen.version {
        return Err(Error::stale(organization.version));
    }
    Ok(organization)
}

/// Stores the change with its next version, search words and journal entry.
fn keep(
    tx: &mut Tx<'_>,
    before: &Organization,
    after: Organization,
    kind: &'static str,
    reason: Option<&str>,
) -> Result<Organization> {
    let after = Organization {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    organizations::save_if(tx.conn, &after, before.version)?;
    organizations::index(tx.conn, &after)?;
    tx.changed(before, &after);
    let event = Event::new(kind, NOUN, after.id)
        .version(after.version)
        .within(after.id, None)
        .with("reason", reason)
        .diff(before, &after);
    tx.record(event)?;
    Ok(after)
}
