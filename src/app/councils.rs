//! Councils (Hội đồng Thi đua - Khen thưởng): their working rules and dated memberships. Seats follow
//! from membership (M-3), so a change of members changes who sees and votes from the next request on.

use chrono::NaiveDate;

use super::guards::who_may_sit;
use super::{Command, Event, JsonText, Possible, Rows, Slice, Tx};
use crate::domain::codes::MembershipFunction;
use crate::domain::document::{DocumentRef, DocumentRefPatch};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CouncilId, CouncilMemberId, IndividualId, OrganizationId};
use crate::domain::policy::{Action, Place};
use crate::domain::votes::{CouncilPolicy, CouncilPolicyPatch, PolicyFault};
use crate::store::{councils, filter, organizations, review_sessions};

pub use crate::store::councils::{Council, CouncilMember, Wanted};

const NOUN: &str = "council";

fn place_of(council: &Council) -> Place {
    filter::place_of_council(council.owner_organization_id, council.id)
}

/// Reads one council.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: CouncilId) -> Result<Council> {
    let council = councils::get(tx.conn, id)?;
    tx.require(Action::ReadCouncil, &place_of(&council))?;
    Ok(council)
}

/// A page of councils.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Council>> {
    let seen = tx.sees(Action::ReadCouncil);
    councils::list(tx.conn, &seen, wanted, slice)
}

/// A page of a council's memberships, only those of one day if wanted.
///
/// # Errors
/// `resource.not_found`.
pub fn list_members(
    tx: &mut Tx<'_>,
    id: CouncilId,
    on: Option<NaiveDate>,
    slice: &Slice,
) -> Result<Rows<CouncilMember>> {
    read(tx, id)?;
    councils::list_members(tx.conn, id, on, slice)
}

/// Reads one membership of a council.
///
/// # Errors
/// `resource.not_found`.
pub fn read_member(tx: &mut Tx<'_>, council: CouncilId, id: CouncilMemberId) -> Result<CouncilMember> {
    read(tx, council)?;
    member_of(tx, council, id)
}

fn member_of(tx: &mut Tx<'_>, council: CouncilId, id: CouncilMemberId) -> Result<CouncilMember> {
    let member = councils::find_council_member(tx.conn, id)?;
    member
        .filter(|member| member.council_id == council)
        .ok_or_else(Error::not_found)
}

/// What the caller may do with a membership.
///
/// # Errors
/// The driver's error.
pub fn possible_of_member(tx: &mut Tx<'_>, member: &CouncilMember) -> Result<Vec<Possible>> {
    let council = councils::get(tx.conn, member.council_id)?;
    let place = place_of(&council);
    Ok(vec![tx.possible(
        "end",
        Action::ManageCouncil,
        &place,
        Vec::new(),
    )])
}

/// What the caller may do with it.
pub fn possible(tx: &Tx<'_>, council: &Council) -> Vec<Possible> {
    let place = place_of(council);
    let inactive = (!council.active).then(|| Fault::new(Code::CouncilInactive));
    let member = inactive.into_iter().collect();
    let add = tx.possible("add-member", Action::ManageCouncil, &place, member);
    vec![
        tx.possible("edit", Action::ManageCouncil, &place, Vec::new()),
        add.below("POST", "members").unversioned(),
    ]
}

fn manageable(tx: &mut Tx<'_>, id: CouncilId) -> Result<Council> {
    let council = councils::get(tx.conn, id)?;
    tx.require(Action::ManageCouncil, &place_of(&council))?;
    Ok(council)
}

fn policy_fault(policy: &CouncilPolicy) -> Option<Fault> {
    let pointer = match policy.validate().err()? {
        PolicyFault::Quorum => "/policy/quorum",
        PolicyFault::Threshold => "/policy/threshold_basis_points",
    };
    Some(Fault::at(pointer, Code::FieldRange))
}

/// Rules by which no session could be held are refused at once: sessions would be held otherwise.
fn check_policy(policy: &CouncilPolicy) -> Result<()> {
    if policy.permits(policy.method) {
        return Ok(());
    }
    let code = Code::SessionMethodUnsupported;
    Err(Error::new(code).fault(Fault::at("/policy/method", code)))
}

/// Sets up a council.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// The organisation that it advises.
    pub owner_organization_id: OrganizationId,
    /// Name.
    pub name: String,
    /// Working rules.
    pub policy: CouncilPolicy,
    /// The document that sets it up.
    pub document: Option<DocumentRef>,
}

impl Command for Create {
    type Target = ();
    type Output = Council;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.permit(Action::ManageCouncil, &Place::of(self.owner_organization_id))
            .map(drop)
    }

    fn act(&self, tx: &mut Tx<'_>, (): ()) -> Result<Council> {
        let mut faults: Vec<Fault> = policy_fault(&self.policy).into_iter().collect();
        let owner = organizations::find(tx.conn, self.owner_organization_id)?;
        if owner.as_ref().is_none_or(|owner| owner.kind.is_internal_unit()) {
            faults.push(Fault::at("/owner_organization_id", Code::FieldReference));
        }
        all_valid(faults)?;
        check_policy(&self.policy)?;
        if let Some(owner) = &owner {
            super::guards::require_in_force(tx, owner)?;
        }
        let council = Council {
            id: CouncilId::generate(),
            owner_organization_id: self.owner_organization_id,
            name: self.name.clone(),
            policy: JsonText::of(&self.policy)?,
            document: self.document.as_ref().map(JsonText::of).transpose()?,
            active: true,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        councils::insert(tx.conn, &council)?;
        let event = Event::new("council.created", NOUN, council.id)
            .version(1)
            .within(council.owner_organization_id, None)
            .with("after", &council);
        tx.record(event)?;
        Ok(council)
    }
}

/// Changes a council; an absent member stays.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: CouncilId,
    /// Name.
    pub name: Option<String>,
    /// Working rules; sessions that were opened keep theirs (R-V1).
    pub policy: Option<CouncilPolicyPatch>,
    /// The document that sets it up; `Some(None)` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Option<DocumentRefPatch>>,
    /// Whether it works.
    pub active: Option<bool>,
}

impl Command for Edit {
    type Target = Council;
    type Output = Council;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Council> {
        manageable(tx, self.id)
    }

    fn version(target: &Council) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Council) -> Result<Council> {
        let mut after = Council {
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        if let Some(patch) = &self.policy {
            let policy = tx.merged(Some(&before.policy.read()?), patch, "/policy")?;
            all_valid(policy_fault(&policy).into_iter().collect())?;
            check_policy(&policy)?;
            after.policy = JsonText::of(&policy)?;
        }
        if let Some(patch) = &self.document {
            after.document = tx.patched(before.document.as_ref(), patch.as_ref(), "/document")?;
        }
        after.active = self.active.unwrap_or(before.active);
        if before.active && !after.active {
            councils::lock(tx.conn, before.id)?;
            // Its seats go with it, and nobody could end what has begun.
            if review_sessions::council_is_sitting(tx.conn, before.id)? {
                return Err(Error::new(Code::CouncilMemberInSession)
                    .says(
                        "Hội đồng còn phiên họp đã mở mà chưa xác nhận kết quả; kết thúc phiên đó trước",
                        "The council has a session that was opened and is not confirmed; end that first",
                    )
                    .fault(Fault::at("/active", Code::CouncilMemberInSession)));
            }
        }
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        councils::save_if(tx.conn, &after, before.version)?;
        tx.changed(&before, &after);
        let event = Event::new("council.edited", NOUN, after.id)
            .version(after.version)
            .within(after.owner_organization_id, None)
            .diff(&before, &after);
        tx.record(event)?;
        Ok(after)
    }
}

/// Makes somebody a member for a time.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AddMember {
    /// Of which council.
    pub council_id: CouncilId,
    /// Who.
    pub individual_id: IndividualId,
    /// As what.
    pub function: MembershipFunction,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
}

impl Command for AddMember {
    type Target = Council;
    type Output = CouncilMember;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Council> {
        manageable(tx, self.council_id)
    }

    fn version(target: &Council) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Council) -> Result<CouncilMember> {
        councils::lock(tx.conn, seen.id)?;
        let council = councils::get(tx.conn, seen.id)?;
        tx.request.hold(council.version)?;
        if !council.active {
            return Err(Error::new(Code::CouncilInactive));
        }
        let individual = self.candidate(tx, &council)?;
        self.check_free(tx)?;
        let member = CouncilMember {
            id: CouncilMemberId::generate(),
            council_id: council.id,
            individual_id: self.individual_id,
            display_name: individual,
            function: self.function,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        councils::insert_council_member(tx.conn, &member)?;
        let event = Event::new("council.member_added", NOUN, council.id)
            .version(council.version)
            .within(council.owner_organization_id, None)
            .with("member", &member);
        tx.record(event)?;
        Ok(member)
    }
}

impl AddMember {
    /// Name of the individual, who must be active.
    fn candidate(&self, tx: &mut Tx<'_>, council: &Council) -> Result<String> {
        let mut faults = Vec::new();
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            faults.push(Fault::before("/valid_to", self.valid_from));
        }
        let individual = who_may_sit(tx, self.individual_id, council.owner_organization_id)?;
        if individual.is_none() {
            faults.push(Fault::at("/individual_id", Code::FieldReference));
        }
        all_valid(faults)?;
        let individual = individual.ok_or_else(Error::not_found)?;
        if !individual.active {
            return Err(Error::new(Code::IndividualInactive));
        }
        Ok(individual.full_name)
    }

    /// Nobody twice at a time, and one chair at a time.
    fn check_free(&self, tx: &mut Tx<'_>) -> Result<()> {
        let others = councils::members_between(tx.conn, self.council_id, self.valid_from, self.valid_to)?;
        if others
            .iter()
            .any(|other| other.individual_id == self.individual_id)
        {
            return Err(Error::new(Code::CouncilMemberDuplicate));
        }
        let chair = MembershipFunction::Chair;
        if self.function == chair && others.iter().any(|other| other.function == chair) {
            return Err(Error::new(Code::CouncilChairTaken).says(
                "Hội đồng đã có Chủ tịch trong thời gian này",
                "The council has a chair already in this time",
            ));
        }
        Ok(())
    }
}

/// Ends a membership.
#[derive(Debug, Clone, serde::Serialize)]
pub struct EndMember {
    /// Of which council.
    pub council_id: CouncilId,
    /// Which membership.
    pub member_id: CouncilMemberId,
    /// Last day.
    pub valid_to: NaiveDate,
}

impl Command for EndMember {
    type Target = (Council, CouncilMember);
    type Output = CouncilMember;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<(Council, CouncilMember)> {
        let council = manageable(tx, self.council_id)?;
        let member = member_of(tx, council.id, self.member_id)?;
        Ok((council, member))
    }

    fn version(target: &(Council, CouncilMember)) -> Option<i64> {
        Some(target.1.version)
    }

    fn act(&self, tx: &mut Tx<'_>, (council, seen): (Council, CouncilMember)) -> Result<CouncilMember> {
        councils::lock(tx.conn, council.id)?;
        let before = councils::get_council_member(tx.conn, self.member_id)?;
        // Another end may have come between the reading and the lock.
        if before.version != seen.version {
            return Err(Error::stale(before.version));
        }
        // An end is only ever brought forward: a later one would be a new membership. One that ends the day before it
        // begins was entered by mistake and never is.
        let never = before.valid_from.pred_opt() == Some(self.valid_to)
            && !review_sessions::has_sat(tx.conn, before.id)?;
        if self.valid_to < before.valid_from && !never {
            return Err(Error::invalid(vec![Fault::before(
                "/valid_to",
                before.valid_from,
            )]));
        }
        if let Some(present) = before.valid_to.filter(|to| self.valid_to > *to) {
            return Err(Error::invalid(vec![Fault::after("/valid_to", present)]));
        }
        // Who sits in it was settled when it was opened (R-V1): nobody is taken out of it by another day's end.
        if self.valid_to < tx.today() && review_sessions::seats_in_open(tx.conn, before.id)? {
            return Err(Error::new(Code::CouncilMemberInSession)
                .fault(Fault::at("/valid_to", Code::CouncilMemberInSession)));
        }
        let after = CouncilMember {
            valid_to: Some(self.valid_to),
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        councils::save_council_member(tx.conn, &after)?;
        tx.changed(&before, &after);
        let event = Event::new("council.member_ended", NOUN, council.id)
            .version(council.version)
            .within(council.owner_organization_id, None)
            .with("member_id", after.id)
            .diff(&before, &after);
        tx.record(event)?;
        Ok(after)
    }
}
