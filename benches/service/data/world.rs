//! Organisations with their people, and the callers with their roles and council seats.

use chrono::NaiveDate;
use thidua::app::JsonText;
use thidua::domain::caller::{PrincipalKind, Role};
use thidua::domain::codes::{LeadershipClass, MembershipFunction, OrganizationKind, StaffKind, SubjectKind};
use thidua::domain::ids::{
    CollectiveId, CouncilId, CouncilMemberId, IdentityId, IndividualId, OrganizationId, RoleGrantId,
};
use thidua::domain::text;
use thidua::domain::time::Instant;
use thidua::domain::votes::CouncilPolicy;
use thidua::store::collectives::Collective;
use thidua::store::councils::{Council, CouncilMember};
use thidua::store::grants::RoleGrant;
use thidua::store::identities::Identity;
use thidua::store::individuals::Individual;
use thidua::store::organizations::{self, Organization};

use super::ids::{Kind, fixed};
use super::text::name;
use super::{Actor, Maker};
use crate::Outcome;
use crate::sizes::{NOMINATIONS, Numbers};

/// Issuer of the callers in a generated database; each run puts its own in its place.
pub const ISSUER: &str = "http://127.0.0.1:1";
/// Members of a department's council.
pub const MEMBERS: u64 = 9;
/// Individuals on the roll of a stocked campaign: of these 30 % are more than a hundred.
pub const STOCK_ROLL: u64 = 350;
/// Numbers below this are nominees, from here on those who act.
const ACTING: u64 = 900_000;

/// A department; the one after the last keeps the stocked decisions.
pub const fn department(number: u64) -> OrganizationId {
    OrganizationId(fixed(Kind::Department, number))
}

/// A division of a department.
pub const fn division(department: u64, number: u64) -> OrganizationId {
    OrganizationId(fixed(Kind::Division, department * 100 + number))
}

/// The standing office of a department.
pub const fn office(department: u64) -> OrganizationId {
    OrganizationId(fixed(Kind::Office, department))
}

/// The emulation board of the province.
pub const BOARD: OrganizationId = OrganizationId(fixed(Kind::Above, 3));

/// The council of a department.
pub const fn council(department: u64) -> CouncilId {
    CouncilId(fixed(Kind::Council, department))
}

/// A member of a department's council.
pub const fn council_member(department: u64, number: u64) -> CouncilMemberId {
    CouncilMemberId(fixed(Kind::Member, department * 100 + number))
}

/// A nominee of a department.
pub const fn individual(department: u64, number: u64) -> IndividualId {
    IndividualId(fixed(Kind::Individual, department * 1_000_000 + number))
}

/// The individual behind a council member.
pub const fn councillor(department: u64, number: u64) -> IndividualId {
    individual(department, ACTING + number)
}

/// A collective of a department.
pub const fn collective(department: u64, number: u64) -> CollectiveId {
    CollectiveId(fixed(Kind::Collective, department * 1_000_000 + number))
}

/// Name of a nominee.
pub fn individual_name(department: u64, number: u64) -> String {
    name(department * 1_000_000 + number)
}

/// Name of a collective.
pub fn collective_name(number: u64) -> String {
    format!("Tổ công tác số {}", number + 1)
}

/// Name of a division.
pub fn division_name(department: u64, number: u64) -> String {
    format!("Phòng Nghiệp vụ {} Sở {}", number + 1, department + 1)
}

/// Symbol of a department in document numbers.
pub fn short_name(department: u64) -> String {
    format!("S{:02}", department + 1)
}

/// Who calls the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Persona {
    /// Officer of a division.
    Officer(u64, u64),
    /// Head of a division.
    Head(u64, u64),
    /// Reviewer in the standing office of a department.
    Reviewer(u64),
    /// Head of the standing office.
    Chief(u64),
    /// Director of a department.
    Director(u64),
    /// Clerk of a department.
    Clerk(u64),
    /// Council member of a department.
    Member(u64, u64),
    /// Officer of the Board.
    Board,
    /// Reads everything.
    Auditor,
}

impl Persona {
    /// `sub` of its tokens.
    pub fn subject(self) -> String {
        match self {
            Self::Officer(department, number) => format!("officer-{department}-{number}"),
            Self::Head(department, number) => format!("head-{department}-{number}"),
            Self::Reviewer(department) => format!("reviewer-{department}"),
            Self::Chief(department) => format!("chief-{department}"),
            Self::Director(department) => format!("director-{department}"),
            Self::Clerk(department) => format!("clerk-{department}"),
            Self::Member(department, number) => format!("member-{department}-{number}"),
            Self::Board => "board".to_owned(),
            Self::Auditor => "auditor".to_owned(),
        }
    }

    const fn number(self) -> u64 {
        match self {
            Self::Officer(department, number) => department * 1_000 + number,
            Self::Head(department, number) => department * 1_000 + 100 + number,
            Self::Member(department, number) => department * 1_000 + 200 + number,
            Self::Reviewer(department) => department * 1_000 + 300,
            Self::Chief(department) => department * 1_000 + 301,
            Self::Director(department) => department * 1_000 + 302,
            Self::Clerk(department) => department * 1_000 + 303,
            Self::Board => 999_001,
            Self::Auditor => 999_002,
        }
    }

    /// Its identity.
    pub const fn identity(self) -> IdentityId {
        IdentityId(fixed(Kind::Identity, self.number()))
    }

    /// Its role and where it holds it; members hold a seat instead.
    const fn grant(self) -> Option<(Role, Option<OrganizationId>)> {
        match self {
            Self::Officer(of, number) => Some((Role::DivisionOfficer, Some(division(of, number)))),
            Self::Head(of, number) => Some((Role::DivisionHead, Some(division(of, number)))),
            Self::Reviewer(of) => Some((Role::OfficeReviewer, Some(department(of)))),
            Self::Chief(of) => Some((Role::OfficeChief, Some(department(of)))),
            Self::Director(of) => Some((Role::Director, Some(department(of)))),
            Self::Clerk(of) => Some((Role::Clerk, Some(department(of)))),
            Self::Member(..) => None,
            Self::Board => Some((Role::BoardOfficer, Some(BOARD))),
            Self::Auditor => Some((Role::Auditor, None)),
        }
    }

    /// As the journal names it.
    pub(super) fn actor(self) -> Actor {
        Actor {
            identity: self.identity(),
            role: self.grant().map_or(Role::CouncilChair, |(role, _)| role),
        }
    }
}

/// Every caller of a size.
pub fn personas(numbers: &Numbers) -> Vec<Persona> {
    let mut all = vec![Persona::Board, Persona::Auditor];
    for department in 0..=numbers.departments {
        all.extend([
            Persona::Reviewer(department),
            Persona::Chief(department),
            Persona::Director(department),
            Persona::Clerk(department),
        ]);
        for number in 0..numbers.divisions {
            all.push(Persona::Officer(department, number));
            all.push(Persona::Head(department, number));
        }
        all.extend((0..MEMBERS).map(|number| Persona::Member(department, number)));
    }
    all
}

/// Nominees of a department: five for each dossier of one campaign.
pub const fn individuals(numbers: &Numbers, of: u64) -> u64 {
    if of == numbers.departments {
        STOCK_ROLL
    } else {
        (numbers.per_campaign() + numbers.drafts_per_campaign()) * NOMINATIONS
    }
}

/// Collectives of a department.
pub const fn collectives(numbers: &Numbers) -> u64 {
    numbers.per_campaign() / 4 + 1
}

/// The division of a nominee, by number: a dossier's nominees are of the dossier's division.
pub const fn division_of(numbers: &Numbers, individual: u64) -> u64 {
    (individual / NOMINATIONS) % numbers.divisions
}

/// Before anything of the campaigns.
pub fn beginning() -> Instant {
    Instant::from_micros(1_735_689_600_000_000).unwrap_or(Instant::MIN)
}

fn first_day() -> NaiveDate {
    beginning().utc().date_naive()
}

/// Makes the world.
pub(super) fn make(maker: &mut Maker<'_>) -> Outcome<()> {
    let numbers = maker.numbers;
    let above = |number| OrganizationId(fixed(Kind::Above, number));
    organization(
        maker,
        above(1),
        "UBND tỉnh Cao Bằng",
        Some("UBND"),
        OrganizationKind::ProvincePc,
        None,
    )?;
    let home = OrganizationKind::HomeAffairs;
    organization(maker, above(2), "Sở Nội vụ", Some("SNV"), home, Some(above(1)))?;
    let board = OrganizationKind::EmulationBoard;
    organization(
        maker,
        BOARD,
        "Ban Thi đua - Khen thưởng",
        Some("BTĐKT"),
        board,
        Some(above(2)),
    )?;
    for of in 0..=numbers.departments {
        department_with_people(maker, of, above(1))?;
    }
    for persona in personas(&numbers) {
        caller(maker, persona);
    }
    maker.bulk.breathe()
}

fn organization(
    maker: &mut Maker<'_>,
    id: OrganizationId,
    name: &str,
    short_name: Option<&str>,
    kind: OrganizationKind,
    parent_id: Option<OrganizationId>,
) -> Outcome<()> {
    let row = Organization {
        id,
        code: None,
        legacy_codes: JsonText::raw("[]".to_owned()),
        name: name.to_owned(),
        sort_name: text::name_sort_key(name),
        short_name: short_name.map(str::to_owned),
        kind,
        parent_id,
        valid_from: first_day(),
        valid_to: None,
        successor_id: None,
        version: 1,
        created_at: beginning(),
        updated_at: beginning(),
    };
    organizations::insert(maker.bulk.conn(), &row)?;
    maker.bulk.index("organization", id, name);
    Ok(())
}

fn department_with_people(maker: &mut Maker<'_>, of: u64, province: OrganizationId) -> Outcome<()> {
    let numbers = maker.numbers;
    let name = format!("Sở Mẫu {}", of + 1);
    let kind = OrganizationKind::Department;
    organization(
        maker,
        department(of),
        &name,
        Some(&short_name(of)),
        kind,
        Some(province),
    )?;
    let name = format!("Văn phòng Sở Mẫu {}", of + 1);
    organization(
        maker,
        office(of),
        &name,
        None,
        OrganizationKind::Office,
        Some(department(of)),
    )?;
    for number in 0..numbers.divisions {
        let name = division_name(of, number);
        let kind = OrganizationKind::Division;
        organization(
            maker,
            division(of, number),
            &name,
            None,
            kind,
            Some(department(of)),
        )?;
    }
    for number in 0..individuals(&numbers, of) {
        let unit = division(of, division_of(&numbers, number));
        person(
            maker,
            of,
            number,
            unit,
            LeadershipClass::DirectWorker,
            "Chuyên viên",
        );
        maker.bulk.breathe()?;
    }
    for number in 0..collectives(&numbers) {
        group(maker, of, number);
    }
    for number in 0..MEMBERS {
        person(
            maker,
            of,
            ACTING + number,
            office(of),
            LeadershipClass::OtherLeader,
            "Ủy viên Hội đồng",
        );
    }
    seats(maker, of)
}

fn person(
    maker: &mut Maker<'_>,
    of: u64,
    number: u64,
    unit_id: OrganizationId,
    leadership_class: LeadershipClass,
    position: &str,
) {
    let full_name = individual_name(of, number);
    maker.bulk.index("individual", individual(of, number), &full_name);
    maker.bulk.rows.individuals.push(Individual {
        id: individual(of, number),
        owner_organization_id: department(of),
        unit_id,
        sort_name: text::given_name_sort_key(&full_name),
        full_name,
        honorific: None,
        birth_date: None,
        sex: None,
        position: Some(position.to_owned()),
        staff_kind: StaffKind::CongChuc,
        leadership_class,
        personnel_code: Some(format!("NV{number:06}")),
        active: true,
        version: 1,
        created_at: beginning(),
        updated_at: beginning(),
    });
}

fn group(maker: &mut Maker<'_>, of: u64, number: u64) {
    let name = collective_name(number);
    maker.bulk.index("collective", collective(of, number), &name);
    maker.bulk.rows.collectives.push(Collective {
        id: collective(of, number),
        owner_organization_id: department(of),
        unit_id: division(of, number % maker.numbers.divisions),
        sort_name: text::name_sort_key(&name),
        name,
        kind: SubjectKind::Collective,
        headcount: Some(7),
        women_count: Some(3),
        active: true,
        version: 1,
        created_at: beginning(),
        updated_at: beginning(),
    });
}

fn seats(maker: &mut Maker<'_>, of: u64) -> Outcome<()> {
    maker.bulk.rows.councils.push(Council {
        id: council(of),
        owner_organization_id: department(of),
        name: format!("Hội đồng Thi đua - Khen thưởng Sở Mẫu {}", of + 1),
        policy: JsonText::of(&CouncilPolicy::default())?,
        document: None,
        active: true,
        version: 1,
        created_at: beginning(),
        updated_at: beginning(),
    });
    for number in 0..MEMBERS {
        maker.bulk.rows.council_members.push(CouncilMember {
            id: council_member(of, number),
            council_id: council(of),
            individual_id: councillor(of, number),
            display_name: individual_name(of, ACTING + number),
            function: function(number),
            valid_from: first_day(),
            valid_to: None,
            version: 1,
            created_at: beginning(),
            updated_at: beginning(),
        });
    }
    maker.bulk.breathe()
}

/// Function of a council member.
pub const fn function(number: u64) -> MembershipFunction {
    match number {
        0 => MembershipFunction::Chair,
        1 => MembershipFunction::Secretary,
        _ => MembershipFunction::Member,
    }
}

fn caller(maker: &mut Maker<'_>, persona: Persona) {
    let individual_id = match persona {
        Persona::Member(of, number) => Some(councillor(of, number)),
        _ => None,
    };
    maker.bulk.rows.identities.push(Identity {
        id: persona.identity(),
        principal_kind: PrincipalKind::User,
        issuer: ISSUER.to_owned(),
        subject: persona.subject(),
        individual_id,
        display_name: None,
        version: 1,
        created_at: beginning(),
        updated_at: beginning(),
    });
    if let Some((role, organization_id)) = persona.grant() {
        maker.bulk.rows.role_grants.push(RoleGrant {
            id: RoleGrantId(fixed(Kind::Grant, persona.number())),
            principal_kind: PrincipalKind::User,
            issuer: ISSUER.to_owned(),
            subject: persona.subject(),
            role,
            organization_id,
            valid_from: beginning(),
            valid_to: None,
            reason: None,
            version: 1,
            created_at: beginning(),
            updated_at: beginning(),
        });
    }
}
