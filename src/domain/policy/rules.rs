//! The table: which role may do what, and how far.

use super::Action;
use crate::domain::caller::Role;
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// How far a rule reaches, seen from the grant.
    Reach {
        /// Every object of this kind.
        Everything = "EVERYTHING",
        /// Objects owned by the grant's organisation or one of its internal units (O).
        Owner = "OWNER",
        /// Objects of the grant's division (D).
        Division = "DIVISION",
        /// Objects before the caller's council (C).
        Council = "COUNCIL",
        /// What was forwarded to the grant's organisation (M-4).
        Addressed = "ADDRESSED",
        /// What concerns the caller as an individual.
        Own = "OWN",
        /// What is published (P).
        Published = "PUBLISHED",
    }
}

/// One line of the table: the role may do these actions within this reach.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Who.
    pub role: Role,
    /// How far.
    pub reach: Reach,
    /// What.
    pub actions: &'static [Action],
}

const fn rule(role: Role, reach: Reach, actions: &'static [Action]) -> Rule {
    Rule { role, reach, actions }
}

/// The whole authorisation of the service (`domain.md` 5.5 with M-3, M-4, M-29, C-7). The order counts: an
/// act that several roles of a caller allow is done in the first of them.
pub const RULES: &[Rule] = &[
    // Everyone with a valid token is a possible nominee and reads what is public.
    rule(
        Role::Nominee,
        Reach::Everything,
        &[Action::ReadOrganization, Action::ReadReference],
    ),
    rule(
        Role::Nominee,
        Reach::Published,
        &[Action::ReadCampaign, Action::ReadDecision],
    ),
    rule(
        Role::Nominee,
        Reach::Own,
        &[Action::ReadPerson, Action::ReadNomination],
    ),
    // The division proposes; its head hands in.
    rule(
        Role::DivisionOfficer,
        Reach::Division,
        &[
            Action::ReadPerson,
            Action::ReadParticipant,
            Action::ReadSubmission,
            Action::DraftSubmission,
            Action::ReadNomination,
            Action::ReadReview,
        ],
    ),
    rule(
        Role::DivisionHead,
        Reach::Division,
        &[
            Action::ReadPerson,
            Action::ReadParticipant,
            Action::ReadSubmission,
            Action::DraftSubmission,
            Action::SubmitSubmission,
            Action::ReadNomination,
            Action::ReadReview,
        ],
    ),
    // The standing office receives, appraises, consolidates and prepares.
    rule(
        Role::OfficeReviewer,
        Reach::Owner,
        &[
            Action::ReadPerson,
            Action::ManagePerson,
            Action::ReadCampaign,
            Action::DraftCampaign,
            Action::ReadParticipant,
            Action::ManageParticipant,
            Action::ReadQuota,
            Action::ReadStatistics,
            Action::ReadSubmission,
            Action::DraftSubmission,
            Action::SubmitSubmission,
            Action::ReceiveSubmission,
            Action::ConsolidateSubmission,
            Action::ReadNomination,
            Action::ProposeHold,
            Action::ReadReview,
            Action::Appraise,
            Action::ReadCouncil,
            Action::ReadSession,
            Action::PlanSession,
            Action::ReadDecision,
            Action::PrepareDecision,
            Action::ReadForwarding,
            Action::PrepareForwarding,
        ],
    ),
    rule(
        Role::OfficeChief,
        Reach::Owner,
        &[
            Action::ReadPerson,
            Action::ManagePerson,
            Action::LinkIdentity,
            Action::ReadCampaign,
            Action::DraftCampaign,
            Action::ReadParticipant,
            Action::ManageParticipant,
            Action::AdmitParticipant,
            Action::ReadQuota,
            Action::ReadStatistics,
            Action::ReadSubmission,
            Action::DraftSubmission,
            Action::SubmitSubmission,
            Action::ReceiveSubmission,
            Action::AdmitLate,
            Action::ConsolidateSubmission,
            Action::ReadNomination,
            Action::HoldNomination,
            Action::ReadReview,
            Action::Appraise,
            Action::ReadCouncil,
            Action::ManageCouncil,
            Action::ReadSession,
            Action::PlanSession,
            Action::ReadDecision,
            Action::PrepareDecision,
            Action::CheckDecision,
            Action::RecoverAward,
            Action::ReadForwarding,
            Action::PrepareForwarding,
            Action::ReadJournal,
        ],
    ),
    // The council considers what is before it. Secretary and chair vote in their seats as members.
    rule(
        Role::CouncilMember,
        Reach::Council,
        &[
            Action::ReadCampaign,
            Action::ReadQuota,
            Action::ReadStatistics,
            Action::ReadNomination,
            Action::ReadReview,
            Action::ReadCouncil,
            Action::ReadSession,
            Action::Vote,
        ],
    ),
    rule(
        Role::CouncilSecretary,
        Reach::Council,
        &[
            Action::ReadCampaign,
            Action::ReadQuota,
            Action::ReadStatistics,
            Action::ReadNomination,
            Action::ReadReview,
            Action::ReadCouncil,
            Action::ReadSession,
            Action::PlanSession,
            Action::RunSession,
            Action::Vote,
        ],
    ),
    rule(
        Role::CouncilChair,
        Reach::Council,
        &[
            Action::ReadCampaign,
            Action::ReadQuota,
            Action::ReadStatistics,
            Action::ReadNomination,
            Action::ReadReview,
            Action::ReadCouncil,
            Action::ReadSession,
            Action::Vote,
            Action::ConfirmSession,
        ],
    ),
    // The Director approves, decides and signs.
    rule(
        Role::Director,
        Reach::Owner,
        &[
            Action::ReadPerson,
            Action::ReadCampaign,
            Action::DraftCampaign,
            Action::ApproveCampaign,
            Action::CancelCampaign,
            Action::ReadParticipant,
            Action::ReadQuota,
            Action::ReadStatistics,
            Action::OverrideQuota,
            Action::ReadSubmission,
            Action::ReadNomination,
            Action::HoldNomination,
            Action::DropNomination,
            Action::ReadReview,
            Action::ReadCouncil,
            Action::ManageCouncil,
            Action::ReadSession,
            Action::ReadDecision,
            Action::PrepareDecision,
            Action::SignDecision,
            Action::IssueDecision,
            Action::RecoverAward,
            Action::ReadForwarding,
            Action::SignForwarding,
            Action::ReadJournal,
        ],
    ),
    // The clerk numbers, publishes and sends.
    rule(
        Role::Clerk,
        Reach::Owner,
        &[
            Action::ReadCampaign,
            Action::PublishCampaign,
            Action::ReadDecision,
            Action::NumberDecision,
            Action::ReadForwarding,
            Action::SendForwarding,
        ],
    ),
    // The Board: its own province's campaigns, and what was forwarded to it.
    rule(
        Role::BoardOfficer,
        Reach::Owner,
        &[
            Action::ReadCampaign,
            Action::DraftCampaign,
            Action::PublishCampaign,
            Action::ReadDecision,
            Action::PrepareDecision,
            Action::NumberDecision,
        ],
    ),
    rule(
        Role::BoardOfficer,
        Reach::Addressed,
        &[
            Action::ReadSubmission,
            Action::ReadNomination,
            Action::ReadReview,
            Action::HoldNomination,
            // Revocation and correction of what was decided on it.
            Action::ReadDecision,
            Action::PrepareDecision,
            Action::ReadForwarding,
            Action::AnswerForwarding,
        ],
    ),
    rule(
        Role::BoardSystem,
        Reach::Addressed,
        &[
            Action::ReadSubmission,
            Action::ReadNomination,
            Action::ReadReview,
            Action::HoldNomination,
            Action::ReadForwarding,
            Action::AnswerForwarding,
        ],
    ),
    rule(
        Role::ChairmanOffice,
        Reach::Owner,
        &[
            Action::ReadCampaign,
            Action::ApproveCampaign,
            Action::CancelCampaign,
            Action::ReadDecision,
            Action::PrepareDecision,
            Action::CheckDecision,
            Action::SignDecision,
            Action::NumberDecision,
            Action::IssueDecision,
            Action::RecoverAward,
        ],
    ),
    rule(
        Role::ChairmanOffice,
        Reach::Addressed,
        &[Action::ReadForwarding, Action::AnswerForwarding],
    ),
    // The auditor reads everything, the administrator no business data by right.
    rule(
        Role::Auditor,
        Reach::Owner,
        &[
            Action::ReadRoleGrant,
            Action::ReadPerson,
            Action::ReadCampaign,
            Action::ReadParticipant,
            Action::ReadQuota,
            Action::ReadStatistics,
            Action::ReadSubmission,
            Action::ReadNomination,
            Action::ReadReview,
            Action::ReadCouncil,
            Action::ReadSession,
            Action::ReadDecision,
            Action::ReadForwarding,
            Action::ReadJournal,
        ],
    ),
    rule(
        Role::SystemAdministrator,
        Reach::Owner,
        &[
            Action::ManageOrganization,
            Action::ManageReference,
            Action::ReadRoleGrant,
            Action::ManageRoleGrant,
        ],
    ),
];
