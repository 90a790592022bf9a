//! Individuals: kept by the standing office of their organisation, read by their division, the office
//! and themselves. Personal data is kept to what a decision prints; there is no national number.

use chrono::NaiveDate;

use super::persons::{self, Home, Import, Placed, Report};
use super::{Command, Event, Possible, Rows, Slice, Tx};
use crate::domain::caller::{Principal, PrincipalKind, SignOn};
use crate::domain::codes::{LeadershipClass, Sex, StaffKind};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{IdentityId, IndividualId, OrganizationId};
use crate::domain::policy::Action;
use crate::domain::text::given_name_sort_key;
use crate::store::{dialect, identities, individuals, review_sessions};

pub use crate::store::identities::Identity;
pub use crate::store::individuals::{Individual, Wanted};

const NOUN: &str = "individual";

/// Reads one individual.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: IndividualId) -> Result<Individual> {
    let individual = individuals::get(tx.conn, id)?;
    tx.require(Action::ReadPerson, &persons::place_of_individual(&individual))?;
    Ok(individual)
}

/// A page of individuals in the Vietnamese order of names.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Individual>> {
    let visibility = tx.sees(Action::ReadPerson);
    individuals::list(tx.conn, &visibility, wanted, slice)
}

/// What the caller may do with it, which has these identities.
pub fn possible(tx: &Tx<'_>, individual: &Individual, linked: &[Identity]) -> Vec<Possible> {
    let place = persons::place_of_individual(individual);
    let mut possible = vec![
        tx.possible("edit", Action::ManagePerson, &place, Vec::new()),
        tx.possible(
            "link-identity",
            Action::LinkIdentity,
            &place,
            inactive(individual),
        ),
    ];
    if !linked.is_empty() {
        possible.push(tx.possible("unlink-identity", Action::LinkIdentity, &place, Vec::new()));
    }
    possible
}

/// The identities linked to it, for callers who may link; none for others.
///
/// # Errors
/// The driver's error.
pub fn linked(tx: &mut Tx<'_>, individual: &Individual) -> Result<Option<Vec<Identity>>> {
    if !tx.may(Action::LinkIdentity, &persons::place_of_individual(individual)) {
        return Ok(None);
    }
    identities::of_individual(tx.conn, individual.id).map(Some)
}

fn inactive(individual: &Individual) -> Vec<Fault> {
    if individual.active {
        Vec::new()
    } else {
        vec![Fault::new(Code::IndividualInactive)]
    }
}

fn check_birth_date(tx: &Tx<'_>, date: Option<NaiveDate>, faults: &mut Vec<Fault>) {
    if date.is_some_and(|date| date > tx.today()) {
        faults.push(Fault::after("/birth_date", tx.today()));
    }
}

/// Creates an individual.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// The unit it works in; the owner follows from it.
    pub unit_id: OrganizationId,
    /// Who it is.
    pub profile: Profile,
}

/// What is known of an individual beside its unit.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Profile {
    /// Full name.
    pub full_name: String,
    /// How it is addressed on documents.
    pub honorific: Option<String>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// Sex as registered.
    pub sex: Option<Sex>,
    /// Position.
    pub position: Option<String>,
    /// Employment.
    pub staff_kind: StaffKind,
    /// Position class.
    pub leadership_class: LeadershipClass,
    /// Personnel code of the organisation.
    pub personnel_code: Option<String>,
}

impl Command for Create {
    type Target = Option<OrganizationId>;
    type Output = Individual;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Option<OrganizationId>> {
        persons::owner_permitted(tx, self.unit_id)
    }

    fn act(&self, tx: &mut Tx<'_>, owner: Option<OrganizationId>) -> Result<Individual> {
        let home = persons::home(self.unit_id, owner, "/unit_id");
        self.profile.store(tx, home, false)
    }
}

impl Profile {
    fn store(&self, tx: &mut Tx<'_>, home: Home, imported: bool) -> Result<Individual> {
        let mut faults = Vec::new();
        let home = home.map_err(|fault| faults.push(fault)).ok();
        let full_name = persons::name("/full_name", &self.full_name, &mut faults);
        check_birth_date(tx, self.birth_date, &mut faults);
        all_valid(faults)?;
        let (unit_id, owner_organization_id) = home.ok_or_else(Error::not_found)?;
        let individual = Individual {
            id: IndividualId::generate(),
            owner_organization_id,
            unit_id,
            sort_name: given_name_sort_key(&full_name),
            full_name,
            honorific: self.honorific.clone(),
            birth_date: self.birth_date,
            sex: self.sex,
            position: self.position.clone(),
            staff_kind: self.staff_kind,
            leadership_class: self.leadership_class,
            personnel_code: self.personnel_code.clone(),
            active: true,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        // Inside a savepoint, so that one refused line leaves the others of an import alone.
        dialect::savepoint(tx.conn, |conn| individuals::insert(conn, &individual))
            .map_err(dialect::unique(Code::IndividualCodeTaken))?;
        individuals::index(tx.conn, &individual)?;
        let event = Event::new("individual.created", NOUN, individual.id)
            .version(1)
            .within(individual.owner_organization_id, Some(individual.unit_id))
            .with("after", &individual);
        tx.record(persons::imported(event, imported))?;
        Ok(individual)
    }
}

/// Creates a list of individuals in one transaction (M-32).
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
        persons::import_placed(tx, &self.0, "/personnel_code", |tx, profile, home| {
            Ok(profile.store(tx, home, true)?.id.0)
        })
    }
}

/// Changes an individual; an absent member stays, `Some(None)` clears.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: IndividualId,
    /// Its new unit.
    pub unit_id: Option<OrganizationId>,
    /// Full name.
    pub full_name: Option<String>,
    /// How it is addressed on documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub honorific: Option<Option<String>>,
    /// Birth date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Option<NaiveDate>>,
    /// Sex as registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Option<Sex>>,
    /// Position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Option<String>>,
    /// Employment.
    pub staff_kind: Option<StaffKind>,
    /// Position class.
    pub leadership_class: Option<LeadershipClass>,
    /// Personnel code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personnel_code: Option<Option<String>>,
    /// Whether it still belongs to the staff.
    pub active: Option<bool>,
}

impl Command for Edit {
    type Target = (Individual, Option<OrganizationId>);
    type Output = Individual;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Self::Target> {
        let individual = read(tx, self.id)?;
        tx.permit(Action::ManagePerson, &persons::place_of_individual(&individual))?;
        let owner = match self.unit_id {
            Some(unit) if unit != individual.unit_id => persons::owner_permitted(tx, unit)?,
            _ => Some(individual.owner_organization_id),
        };
        Ok((individual, owner))
    }

    fn version((individual, _): &Self::Target) -> Option<i64> {
        Some(individual.version)
    }

    fn act(&self, tx: &mut Tx<'_>, (before, owner): Self::Target) -> Result<Individual> {
        let mut faults = Vec::new();
        let owner = persons::owner_known(owner, &mut faults);
        let mut after = before.clone();
        if let Some(name) = &self.full_name {
            after.full_name = persons::name("/full_name", name, &mut faults);
            after.sort_name = given_name_sort_key(&after.full_name);
        }
        check_birth_date(tx, self.birth_date.flatten(), &mut faults);
        all_valid(faults)?;
        after.owner_organization_id = owner.unwrap_or(before.owner_organization_id);
        self.apply(&mut after);
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        keep(tx, &before, after, |after| {
            Event::new("individual.edited", NOUN, after.id).diff(&before, after)
        })
    }
}

impl Edit {
    fn apply(&self, row: &mut Individual) {
        row.unit_id = self.unit_id.unwrap_or(row.unit_id);
        row.staff_kind = self.staff_kind.unwrap_or(row.staff_kind);
        row.leadership_class = self.leadership_class.unwrap_or(row.leadership_class);
        row.active = self.active.unwrap_or(row.active);
        row.birth_date = self.birth_date.unwrap_or(row.birth_date);
        row.sex = self.sex.unwrap_or(row.sex);
        if let Some(honorific) = &self.honorific {
            row.honorific.clone_from(honorific);
        }
        if let Some(position) = &self.position {
            row.position.clone_from(position);
        }
        if let Some(code) = &self.personnel_code {
            row.personnel_code.clone_from(code);
        }
    }
}

/// Says who is behind a sign-on identity (M-5).
#[derive(Debug, Clone, serde::Serialize)]
pub struct Link {
    /// Which individual.
    pub id: IndividualId,
    /// Person or machine.
    pub principal_kind: PrincipalKind,
    /// `iss` of its tokens.
    pub issuer: String,
    /// `sub` of its tokens.
    pub subject: String,
    /// Take the link away instead.
    pub unlink: bool,
}

impl Command for Link {
    type Target = Individual;
    type Output = Individual;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Individual> {
        let individual = read(tx, self.id)?;
        tx.permit(Action::LinkIdentity, &persons::place_of_individual(&individual))?;
        Ok(individual)
    }

    fn version(target: &Individual) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Individual) -> Result<Individual> {
        let principal = Principal {
            kind: self.principal_kind,
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            display_name: None,
            client_id: None,
            personnel_code: None,
            token_grants: Vec::new(),
            sign_on: SignOn::default(),
        };
        let known = identities::find(tx.conn, &principal)?;
        let (identity, kind) = if self.unlink {
            let linked = known.filter(|identity| identity.individual_id == Some(self.id));
            let linked =
                linked.ok_or_else(|| Error::invalid(vec![Fault::at("/subject", Code::FieldReference)]))?;
            self.check_unlink(tx, linked.id)?;
            identities::unlink(tx.conn, linked.id, tx.now)?;
            (linked, "individual.identity_unlinked")
        } else {
            if !before.active {
                return Err(Error::new(Code::IndividualInactive));
            }
            // Seats follow from the link: a machine is nobody and has none.
            if self.principal_kind != PrincipalKind::User {
                let person = vec![PrincipalKind::User.as_str()];
                let fault = Fault::at("/principal_kind", Code::FieldChoice).with("choices", person);
                return Err(Error::invalid(vec![fault]));
            }
            let identity = match known {
                Some(identity) => identity,
                None => identities::remember(tx.conn, &principal, tx.now)?.0,
            };
            self.check_link(tx, &identity)?;
            identities::link(tx.conn, identity.id, self.id, tx.now)?;
            // As with a grant: it may be linked before its issuer is configured, a slip must be seen.
            if !tx.config.issuers.contains(&self.issuer) {
                tx.warn(Fault::at("/issuer", Code::GrantIssuerUnknown).says(
                    "Cấu hình hiện nay không nhận mã thông báo nào của issuer này; liên kết chỉ dùng được khi issuer được khai báo",
                    "No token of this issuer is accepted by the present configuration; the link serves nobody until the issuer is configured",
                ));
            }
            (identity, "individual.identity_linked")
        };
        keep(tx, &before, before.clone(), |after| {
            Event::new(kind, NOUN, after.id)
                .with("identity_id", identity.id)
                .with("principal_kind", identity.principal_kind)
                .with("issuer", &identity.issuer)
                .with("subject", &identity.subject)
        })
    }
}

/// Records that a trusted claim of the caller's token linked it to an individual.
///
/// # Errors
/// The driver's error.
pub fn linked_by_claim(tx: &mut Tx<'_>, id: IndividualId) -> Result<()> {
    let individual = individuals::get(tx.conn, id)?;
    let principal = &tx.caller.principal;
    let event = Event::new("individual.identity_linked", NOUN, id)
        .with("identity_id", tx.caller.identity_id)
        .with("principal_kind", principal.kind)
        .with("issuer", &principal.issuer)
        .with("subject", &principal.subject)
        .with("personnel_code", &individual.personnel_code)
        .version(individual.version)
        .within(individual.owner_organization_id, Some(individual.unit_id));
    tx.record(event)
}

impl Link {
    /// One account of an issuer for one person: whoever had two would vote twice.
    fn check_link(&self, tx: &mut Tx<'_>, identity: &Identity) -> Result<()> {
        let same = |other: &Identity| {
            other.id != identity.id
                && other.principal_kind == identity.principal_kind
                && other.issuer == identity.issuer
        };
        if identities::of_individual(tx.conn, self.id)?.iter().any(same) {
            return Err(Error::new(Code::IndividualLinked));
        }
        if identity.id == tx.caller.identity_id {
            // A small office has nobody else for the first time; moving it afterwards is another one's part.
            tx.warn(Fault::at("/subject", Code::DutyConflict).says(
                "Tài khoản được gắn là của chính người thực hiện; nên để người khác làm",
                "The account that is linked is the caller's own; somebody else should do it",
            ));
        }
        Ok(())
    }

    /// Council roles and the rule that nobody decides on himself follow from the link: nobody takes off his own, and
    /// none votes for one member after the other.
    fn check_unlink(&self, tx: &mut Tx<'_>, identity: IdentityId) -> Result<()> {
        if identity == tx.caller.identity_id {
            return Err(Error::new(Code::DutyConflict).says(
                "Không tự gỡ tài khoản của chính mình; việc này do một Chánh Văn phòng khác làm, do quản trị viên giao vai trò",
                "Nobody takes the link of his own account away; another head of the office does, whom an administrator appoints",
            ));
        }
        if review_sessions::has_voted_in_open(tx.conn, identity)? {
            return Err(Error::new(Code::IdentitySeated));
        }
        Ok(())
    }
}

/// Stores the change with its next version, search words and journal entry.
fn keep(
    tx: &mut Tx<'_>,
    before: &Individual,
    after: Individual,
    event: impl FnOnce(&Individual) -> Event,
) -> Result<Individual> {
    let after = Individual {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    individuals::save_if(tx.conn, &after, before.version)?;
    if after.full_name != before.full_name {
        individuals::index(tx.conn, &after)?;
    }
    tx.changed(before, &after);
    let event = event(&after)
        .version(after.version)
        .within(after.owner_organization_id, Some(after.unit_id));
    tx.record(event)?;
    Ok(after)
}
