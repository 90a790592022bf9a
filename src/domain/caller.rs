//! Who is calling: the proven identity ([`Principal`]) and, once the stored grants were read in the
//! request's own transaction, the caller with its authority ([`Caller`]).

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
}

/// A role that a trusted issuer states in the token, at the organisation named by its claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenGrant {
    /// The role after the issuer's mapping.
    pub role: Role,
    /// Official code of the organisation (current or legacy form); none for province-wide roles.
    pub organization_code: Option<String>,
}
