//! Collectives and households: kept by the standing office of their organisation.

use super::persons::{self, Home, Import, Placed, Report};
use super::{Command, Event, Possible, Rows, Slice, Tx};
use crate::domain::codes::SubjectKind;
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CollectiveId, OrganizationId};
use crate::domain::policy::Action;
use crate::domain::text::name_sort_key;
use crate::store::{collectives, dialect};

pub use crate::store::collectives::{Collective, Wanted};

const NOUN: &str = "collective";

/// Reads one collective.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: CollectiveId) -> Result<Collective> {
    let collective = collectives::get(tx.conn, id)?;
    tx.require(Action::ReadPerson, &persons::place_of_collective(&collective))?;
    Ok(collective)
}

/// A page of collectives in the Vietnamese order of names.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Collective>> {
    let visibility = tx.sees(Action::ReadPerson);
    collectives::list(tx.conn, &visibility, wanted, slice)
}

/// What the caller may do with it.
pub fn possible(tx: &Tx<'_>, collective: &Collective) -> Vec<Possible> {
    vec![tx.possible(
        "edit",
        Action::ManagePerson,
        &persons::place_of_collective(collective),
        Vec::new(),
    )]
}

/// A collective is no individual, and its women are among its members.
fn check(kind: SubjectKind, headcount: Option<i32>, women_count: Option<i32>, faults: &mut Vec<Fault>) {
    if kind == SubjectKind::Individual {
        faults.push(Fault::at("/kind", Code::FieldChoice).with("choices", vec!["COLLECTIVE", "HOUSEHOLD"]));
    }
    if let (Some(women), Some(all)) = (women_count, headcount)
        && women > all
    {
        faults.push(Fault::at("/women_count", Code::FieldRange).with("maximum", all));
    }
}

/// Creates a collective.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// The unit it is or belongs to; the owner follows from it.
    pub unit_id: OrganizationId,
    /// What it is.
    pub profile: Profile,
}

/// What is known of a collective beside its unit.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Profile {
    /// Name as printed.
    pub name: String,
    /// Collective or household.
    pub kind: SubjectKind,
    /// Number of members.
    pub headcount: Option<i32>,
    /// Women among them.
    pub women_count: Option<i32>,
}

impl Command for Create {
    type Target = Option<OrganizationId>;
    type Output = Collective;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Option<OrganizationId>> {
        persons::owner_permitted(tx, self.unit_id)
    }

    fn act(&self, tx: &mut Tx<'_>, owner: Option<OrganizationId>) -> Result<Collective> {
        let home = persons::home(self.unit_id, owner, "/unit_id");
        self.profile.store(tx, home, false)
    }
}

impl Profile {
    fn store(&self, tx: &mut Tx<'_>, home: Home, imported: bool) -> Result<Collective> {
        let mut faults = Vec::new();
        let home = home.map_err(|fault| faults.push(fault)).ok();
        let name = persons::name("/name", &self.name, &mut faults);
        check(self.kind, self.headcount, self.women_count, &mut faults);
        all_valid(faults)?;
        let (unit_id, owner_organization_id) = home.ok_or_else(Error::not_found)?;
        let collective = Collective {
            id: CollectiveId::generate(),
            owner_organization_id,
            unit_id,
            sort_name: name_sort_key(&name),
            name,
            kind: self.kind,
            headcount: self.headcount,
            women_count: self.women_count,
            active: true,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        // Inside a savepoint, so that one refused line leaves the others of an import alone.
        dialect::savepoint(tx.conn, |conn| collectives::insert(conn, &collective))
            .map_err(dialect::unique(Code::CollectiveNameTaken))?;
        collectives::index(tx.conn, &collective)?;
        let event = Event::new("collective.created", NOUN, collective.id)
            .version(1)
            .within(collective.owner_organization_id, Some(collective.unit_id))
            .with("after", &collective);
        tx.record(persons::imported(event, imported))?;
        Ok(collective)
    }
}

/// Creates a list of collectives in one transaction (M-32).
#[derive(Debug, Clone, serde::Serialize)]
pub struct ImportAll(pub Import<Placed<Profile>>);

impl Command for ImportAll {
    type Target = ();
    type Output = Report;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<()> {
        persons::permit_somewhere(tx)
    }

    fn act(&self, tx: &mut Tx<'_>, (): ()) -> Result<Report> {
        persons::import_placed(tx, &self.0, "/name", |tx, profile, home| {
            Ok(profile.store(tx, home, true)?.id.0)
        })
    }
}

/// Changes a collective; an absent member stays, `Some(None)` clears.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: CollectiveId,
    /// Its new unit.
    pub unit_id: Option<OrganizationId>,
    /// Name as printed.
    pub name: Option<String>,
    /// Number of members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headcount: Option<Option<i32>>,
    /// Women among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub women_count: Option<Option<i32>>,
    /// Whether it still exists.
    pub active: Option<bool>,
}

impl Command for Edit {
    type Target = (Collective, Option<OrganizationId>);
    type Output = Collective;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Self::Target> {
        let collective = read(tx, self.id)?;
        tx.permit(Action::ManagePerson, &persons::place_of_collective(&collective))?;
        let owner = match self.unit_id {
            Some(unit) if unit != collective.unit_id => persons::owner_permitted(tx, unit)?,
            _ => Some(collective.owner_organization_id),
        };
        Ok((collective, owner))
    }

    fn version((collective, _): &Self::Target) -> Option<i64> {
        Some(collective.version)
    }

    fn act(&self, tx: &mut Tx<'_>, (before, owner): Self::Target) -> Result<Collective> {
        let mut faults = Vec::new();
        let owner = persons::owner_known(owner, &mut faults);
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name = persons::name("/name", name, &mut faults);
            after.sort_name = name_sort_key(&after.name);
        }
        after.owner_organization_id = owner.unwrap_or(before.owner_organization_id);
        after.unit_id = self.unit_id.unwrap_or(before.unit_id);
        after.headcount = self.headcount.unwrap_or(before.headcount);
        after.women_count = self.women_count.unwrap_or(before.women_count);
        after.active = self.active.unwrap_or(before.active);
        check(after.kind, after.headcount, after.women_count, &mut faults);
        all_valid(faults)?;
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        let after = Collective {
            version: before.version + 1,
            updated_at: tx.now,
            ..after
        };
        collectives::save_if(tx.conn, &after, before.version)?;
        collectives::index(tx.conn, &after)?;
        tx.changed(&before, &after);
        let event = Event::new("collective.edited", NOUN, after.id)
            .version(after.version)
            .within(after.owner_organization_id, Some(after.unit_id))
            .diff(&before, &after);
        tx.record(event)?;
        Ok(after)
    }
}
