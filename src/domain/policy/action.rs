//! Everything that can be asked of the service, as the policy names it.

use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Everything that can be asked of the service.
    Action {
        /// Read the tree of organisations.
        ReadOrganization = "READ_ORGANIZATION",
        /// Create, change, move and close organisations.
        ManageOrganization = "MANAGE_ORGANIZATION",
        /// Read award forms, base salaries, holidays and rule sets.
        ReadReference = "READ_REFERENCE",
        /// Change reference data.
        ManageReference = "MANAGE_REFERENCE",
        /// Read who holds which role.
        ReadRoleGrant = "READ_ROLE_GRANT",
        /// Grant and end roles.
        ManageRoleGrant = "MANAGE_ROLE_GRANT",
        /// Read individuals and collectives.
        ReadPerson = "READ_PERSON",
        /// Create and change individuals and collectives.
        ManagePerson = "MANAGE_PERSON",
        /// Link a sign-on identity to an individual.
        LinkIdentity = "LINK_IDENTITY",
        /// Read a campaign.
        ReadCampaign = "READ_CAMPAIGN",
        /// Draft a campaign, ask for approval, amend, conclude and archive it.
        DraftCampaign = "DRAFT_CAMPAIGN",
        /// Approve a campaign or return it.
        ApproveCampaign = "APPROVE_CAMPAIGN",
        /// Number and publish a campaign.
        PublishCampaign = "PUBLISH_CAMPAIGN",
        /// Cancel a campaign.
        CancelCampaign = "CANCEL_CAMPAIGN",
        /// Read the roll of participants.
        ReadParticipant = "READ_PARTICIPANT",
        /// Keep and freeze the roll.
        ManageParticipant = "MANAGE_PARTICIPANT",
        /// Admit a subject after the freeze, with a reason (R-S5).
        AdmitParticipant = "ADMIT_PARTICIPANT",
        /// Read the quota, its basis and headroom.
        ReadQuota = "READ_QUOTA",
        /// Read how many dossiers, nominations and awards a campaign has.
        ReadStatistics = "READ_STATISTICS",
        /// Exceed the quota with a reason (R-Q1).
        OverrideQuota = "OVERRIDE_QUOTA",
        /// Read a submission and its papers.
        ReadSubmission = "READ_SUBMISSION",
        /// Draft and edit a submission, its nominations and attachments.
        DraftSubmission = "DRAFT_SUBMISSION",
        /// Submit, recall and withdraw a submission.
        SubmitSubmission = "SUBMIT_SUBMISSION",
        /// Receive a submission, return it, and enter paper dossiers.
        ReceiveSubmission = "RECEIVE_SUBMISSION",
        /// Admit a late submission (C-7).
        AdmitLate = "ADMIT_LATE",
        /// Put a submission into the consolidated list.
        ConsolidateSubmission = "CONSOLIDATE_SUBMISSION",
        /// Read a nomination.
        ReadNomination = "READ_NOMINATION",
        /// Propose a hold to those who may set it (R-N2).
        ProposeHold = "PROPOSE_HOLD",
        /// Set and clear a hold, dismiss a proposal of one (R-N2).
        HoldNomination = "HOLD_NOMINATION",
        /// Drop what the council recommended (R-D2).
        DropNomination = "DROP_NOMINATION",
        /// Read review acts.
        ReadReview = "READ_REVIEW",
        /// Appraise a nomination.
        Appraise = "APPRAISE",
        /// Read a council and its members.
        ReadCouncil = "READ_COUNCIL",
        /// Set up a council and its members.
        ManageCouncil = "MANAGE_COUNCIL",
        /// Read a review session, its agenda and results.
        ReadSession = "READ_SESSION",
        /// Plan a session and its agenda, change them while planned, call it off.
        PlanSession = "PLAN_SESSION",
        /// Open and close a session; attendance, forms, consensus, minutes.
        RunSession = "RUN_SESSION",
        /// Cast a vote.
        Vote = "VOTE",
        /// Confirm the council's result.
        ConfirmSession = "CONFIRM_SESSION",
        /// Read a decision.
        ReadDecision = "READ_DECISION",
        /// Prepare a decision.
        PrepareDecision = "PREPARE_DECISION",
        /// Check a prepared decision.
        CheckDecision = "CHECK_DECISION",
        /// Sign a decision or return it.
        SignDecision = "SIGN_DECISION",
        /// Number and publish a decision.
        NumberDecision = "NUMBER_DECISION",
        /// Issue or cancel a decision.
        IssueDecision = "ISSUE_DECISION",
        /// Follow up the recovery of objects and money.
        RecoverAward = "RECOVER_AWARD",
        /// Read a forwarding to the province.
        ReadForwarding = "READ_FORWARDING",
        /// Prepare a forwarding.
        PrepareForwarding = "PREPARE_FORWARDING",
        /// Sign a forwarding's letter.
        SignForwarding = "SIGN_FORWARDING",
        /// Send a signed forwarding.
        SendForwarding = "SEND_FORWARDING",
        /// Acknowledge, return or decline a received forwarding, record the Chairman's decision.
        AnswerForwarding = "ANSWER_FORWARDING",
        /// Read the journal.
        ReadJournal = "READ_JOURNAL",
    }
}

impl Action {
    /// The reading action of the same noun: whoever may not even read gets "not found" (finding 9).
    #[must_use]
    pub const fn reading(self) -> Self {
        match self {
            Self::ReadOrganization | Self::ManageOrganization => Self::ReadOrganization,
            Self::ReadReference | Self::ManageReference => Self::ReadReference,
            Self::ReadRoleGrant | Self::ManageRoleGrant => Self::ReadRoleGrant,
            Self::ReadPerson | Self::ManagePerson | Self::LinkIdentity => Self::ReadPerson,
            Self::ReadCampaign
            | Self::DraftCampaign
            | Self::ApproveCampaign
            | Self::PublishCampaign
            | Self::CancelCampaign => Self::ReadCampaign,
            Self::ReadParticipant | Self::ManageParticipant | Self::AdmitParticipant => Self::ReadParticipant,
            Self::ReadQuota | Self::OverrideQuota => Self::ReadQuota,
            Self::ReadStatistics => Self::ReadStatistics,
            Self::ReadSubmission
            | Self::DraftSubmission
            | Self::SubmitSubmission
            | Self::ReceiveSubmission
            | Self::AdmitLate
            | Self::ConsolidateSubmission => Self::ReadSubmission,
            Self::ReadNomination | Self::ProposeHold | Self::HoldNomination | Self::DropNomination => {
                Self::ReadNomination
            }
            Self::ReadReview | Self::Appraise => Self::ReadReview,
            Self::ReadCouncil | Self::ManageCouncil => Self::ReadCouncil,
            Self::ReadSession | Self::PlanSession | Self::RunSession | Self::Vote | Self::ConfirmSession => {
                Self::ReadSession
            }
            Self::ReadDecision
            | Self::PrepareDecision
            | Self::CheckDecision
            | Self::SignDecision
            | Self::NumberDecision
            | Self::IssueDecision
            | Self::RecoverAward => Self::ReadDecision,
            Self::ReadForwarding
            | Self::PrepareForwarding
            | Self::SignForwarding
            | Self::SendForwarding
            | Self::AnswerForwarding => Self::ReadForwarding,
            Self::ReadJournal => Self::ReadJournal,
        }
    }

    /// Whether this action only reads.
    pub fn is_read(self) -> bool {
        self.reading() == self
    }
}
