//! Who is calling: the proven identity ([`Principal`]) and, once the stored grants were read in the
//! request's own transaction, the caller with its authority ([`Caller`]).

use super::ids::{CouncilId, IdentityId, IndividualId, OrganizationId};
use super::vocabulary::text_enum;

text_enum! {
    /// A role that a grant can give (`domain.md` 5.5). Council roles follow from dated membership and
    /// NOMINEE from the link between an identity and an individual; they are never granted.
    Role {
        /// Chuyên viên phòng: drafts dossiers of its division.
        DivisionOfficer = "DIVISION_OFFICER",
        /// Trưởng phòng: submits dossiers of its division.
        DivisionHead = "DIVISION_HEAD",
        /// Chuyên viên Văn phòng: receives and appraises.
        OfficeReviewer = "OFFICE_REVIEWER",
        /// Chánh Văn phòng: heads the standing office.
        OfficeChief = "OFFICE_CHIEF",
        /// Chủ tịch Hội đồng.
        CouncilChair = "COUNCIL_CHAIR",
        /// Thư ký Hội đồng.
        CouncilSecretary = "COUNCIL_SECRETARY",
        /// Thành viên Hội đồng.
        CouncilMember = "COUNCIL_MEMBER",
        /// Giám đốc (hoặc Phó Giám đốc ký thay).
        Director = "DIRECTOR",
        /// Văn thư: numbers, seals, sends, files.
        Clerk = "CLERK",
        /// Chuyên viên Ban Thi đua - Khen thưởng.
        BoardOfficer = "BOARD_OFFICER",
        /// The Board's own system (machine client).
        BoardSystem = "BOARD_SYSTEM",
        /// Văn phòng UBND tỉnh.
        ChairmanOffice = "CHAIRMAN_OFFICE",
        /// A person who may read its own nominations.
        Nominee = "NOMINEE",
        /// Reads the journal of everything.
        Auditor = "AUDITOR",
        /// Grants roles and keeps reference data; reads no business data by right.
        SystemAdministrator = "SYSTEM_ADMINISTRATOR",
    }
}

text_enum! {
    /// What stands behind a token: a person, or a machine with client credentials (CLM-06).
    PrincipalKind {
        /// A person, known by (issuer, `sub`).
        User = "USER",
        /// A machine client, known by (issuer, client id).
        Client = "CLIENT",
    }
}

/// The identity that a verified token proves (CLM-05). It carries no authority of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Person or machine.
    pub kind: PrincipalKind,
    /// `iss`, byte-equal to a configured issuer.
    pub issuer: String,
    /// `sub` of a person, client id of a machine.
    pub subject: String,
    /// Display name from the token; may change or repeat, never used for a decision.
    pub display_name: Option<String>,
    /// Client that obtained the token (`azp` or `client_id`).
    pub client_id: Option<String>,
    /// Personnel code from the issuer's configured trusted claim, if any (`decisions.md` M-5).
    pub personnel_code: Option<String>,
    /// Roles that the issuer itself grants; empty unless the issuer is configured as trusted to grant.
    pub token_grants: Vec<TokenGrant>,
    /// How the person signed on.
    pub sign_on: SignOn,
}

/// How a person signed on, as far as the issuer's settings ask for it (CLM-09); a machine has no sign-on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SignOn {
    /// What it amounts to, in the issuer's own words (`acr`).
    pub strength: Option<String>,
    /// Second since 1970 at which it happened (`auth_time`).
    pub at: Option<i64>,
}

/// A role that a trusted issuer states in the token, at the organisation named by its claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenGrant {
    /// The role after the issuer's mapping.
    pub role: Role,
    /// Official code of the organisation (current or legacy form); none for province-wide roles.
    pub organization_code: Option<String>,
}

/// A role held at an organisation, as of the request's transaction (CLM-08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldGrant {
    /// The role.
    pub role: Role,
    /// The organisation of the grant; none for the whole province.
    pub organization_id: Option<OrganizationId>,
    /// The organisation and its internal units (OFFICE, DIVISION), never another organisation with
    /// authority of its own (M-4). Empty when the grant covers the whole province.
    pub covers: Vec<OrganizationId>,
}

/// A seat in a council on the day of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The council.
    pub council_id: CouncilId,
    /// Chair, secretary or member. Chair and secretary hold a second seat as member.
    pub role: Role,
}

/// The caller of one request with its authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The service's own pseudonymous id of the identity.
    pub identity_id: IdentityId,
    /// The proven identity.
    pub principal: Principal,
    /// The individual behind it, if linked (M-5).
    pub individual_id: Option<IndividualId>,
    /// Roles in force now. Everyone also holds NOMINEE, which needs no grant.
    pub grants: Vec<HeldGrant>,
    /// Council seats held today.
    pub seats: Vec<Seat>,
}

impl Caller {
    /// Whether the caller holds the role anywhere.
    pub fn holds(&self, role: Role) -> bool {
        role == Role::Nominee
            || self.grants.iter().any(|grant| grant.role == role)
            || self.seats.iter().any(|seat| seat.role == role)
    }
}
