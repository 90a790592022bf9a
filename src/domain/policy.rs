//! Who may do what where: one table ([`RULES`]), printed into `tests/it/snapshots/policy-matrix.txt`.
//!
//! A rule says that a role may do an action within a [`Reach`]. What a caller reaches is one value,
//! [`Visibility`]: [`Visibility::covers`] answers for one object, `store/filter.rs` turns the same
//! value into a `WHERE`; a property test holds the two together (AZN-14).

use super::caller::{Caller, Role};
use super::ids::{CouncilId, IndividualId, OrganizationId};
use super::vocabulary::text_enum;

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
            Self::ReadSubmission
            | Self::DraftSubmission
            | Self::SubmitSubmission
            | Self::ReceiveSubmission
            | Self::AdmitLate
            | Self::ConsolidateSubmission => Self::ReadSubmission,
            Self::ReadNomination | Self::ProposeHold | Self::HoldNomination => Self::ReadNomination,
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

/// The whole authorisation of the service (`domain.md` 5.5 with M-3, M-4, M-29, C-7).
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
    // The council considers what is before it.
    rule(
        Role::CouncilSecretary,
        Reach::Council,
        &[
            Action::ReadCampaign,
            Action::ReadQuota,
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
        Role::CouncilMember,
        Reach::Council,
        &[
            Action::ReadCampaign,
            Action::ReadQuota,
            Action::ReadNomination,
            Action::ReadReview,
            Action::ReadCouncil,
            Action::ReadSession,
            Action::Vote,
        ],
    ),
    rule(
        Role::CouncilChair,
        Reach::Council,
        &[
            Action::ReadCampaign,
            Action::ReadQuota,
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
            Action::OverrideQuota,
            Action::ReadSubmission,
            Action::ReadNomination,
            Action::HoldNomination,
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

/// Where an object stands, as far as authority is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The organisation that owns it.
    pub owner: Option<OrganizationId>,
    /// The division it belongs to.
    pub division: Option<OrganizationId>,
    /// Councils that it is before.
    pub councils: Vec<CouncilId>,
    /// Organisations that it was forwarded to (from SENT on).
    pub receivers: Vec<OrganizationId>,
    /// The individual whom it concerns.
    pub individual: Option<IndividualId>,
    /// Whether it is public.
    pub published: bool,
}

impl Place {
    /// An object of an organisation.
    pub fn of(owner: OrganizationId) -> Self {
        Self {
            owner: Some(owner),
            ..Self::default()
        }
    }

    /// An object of a division of an organisation.
    pub fn in_division(owner: OrganizationId, division: OrganizationId) -> Self {
        Self {
            owner: Some(owner),
            division: Some(division),
            ..Self::default()
        }
    }
}

/// The parts of a place that must be looked up, as far as any role of a caller looks at them. What no role
/// looks at may be left out of the [`Place`]: the decision is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regard {
    /// Whether councils matter.
    pub councils: bool,
    /// Whether receivers of forwardings matter.
    pub receivers: bool,
}

impl Regard {
    /// Everything, for any caller.
    pub const ALL: Self = Self {
        councils: true,
        receivers: true,
    };

    /// What matters for this caller.
    pub fn of(caller: &Caller) -> Self {
        let matters = |reach: Reach| {
            RULES
                .iter()
                .any(|rule| rule.reach == reach && caller.holds(rule.role))
        };
        Self {
            councils: matters(Reach::Council),
            receivers: matters(Reach::Addressed),
        }
    }
}

/// The answer of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes, in this role.
    Allow(Role),
    /// The caller sees the object but may not do this: 403.
    Forbid,
    /// The caller does not see the object: 404.
    Hide,
}

/// Everything that a caller reaches with one action; the same value becomes a `WHERE` in lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visibility {
    /// Every object.
    pub everything: bool,
    /// Objects owned by these organisations.
    pub owners: Vec<OrganizationId>,
    /// Objects of these divisions.
    pub divisions: Vec<OrganizationId>,
    /// Objects before these councils.
    pub councils: Vec<CouncilId>,
    /// Objects forwarded to these organisations.
    pub receivers: Vec<OrganizationId>,
    /// Objects that concern this individual.
    pub individual: Option<IndividualId>,
    /// Published objects.
    pub published: bool,
}

impl Visibility {
    /// Whether the place is within.
    pub fn covers(&self, place: &Place) -> bool {
        self.everything
            || place.owner.is_some_and(|owner| self.owners.contains(&owner))
            || place
                .division
                .is_some_and(|division| self.divisions.contains(&division))
            || place
                .councils
                .iter()
                .any(|council| self.councils.contains(council))
            || place
                .receivers
                .iter()
                .any(|receiver| self.receivers.contains(receiver))
            || (place.individual.is_some() && place.individual == self.individual)
            || (self.published && place.published)
    }

    fn add(&mut self, rule: &Rule, caller: &Caller) {
        match rule.reach {
            Reach::Everything => self.everything = true,
            Reach::Published => self.published = true,
            Reach::Own => self.individual = caller.individual_id,
            Reach::Council => self.councils.extend(
                caller
                    .seats
                    .iter()
                    .filter(|seat| seat.role == rule.role)
                    .map(|seat| seat.council_id),
            ),
            Reach::Owner | Reach::Division | Reach::Addressed => {
                for grant in caller.grants.iter().filter(|grant| grant.role == rule.role) {
                    if grant.organization_id.is_none() {
                        self.everything = true;
                        continue;
                    }
                    let list = match rule.reach {
                        Reach::Owner => &mut self.owners,
                        Reach::Division => &mut self.divisions,
                        _ => &mut self.receivers,
                    };
                    list.extend(grant.covers.iter().copied());
                }
            }
        }
    }
}

/// What the caller reaches with `action`, over all of its roles.
pub fn visibility(caller: &Caller, action: Action) -> Visibility {
    let mut reached = Visibility::default();
    for rule in RULES.iter().filter(|rule| rule.actions.contains(&action)) {
        reached.add(rule, caller);
    }
    reached
}

/// Decides one action at one place. The first rule of the table that covers the place names the role.
pub fn decide(caller: &Caller, action: Action, place: &Place) -> Decision {
    for rule in RULES.iter().filter(|rule| rule.actions.contains(&action)) {
        let mut reached = Visibility::default();
        reached.add(rule, caller);
        if reached.covers(place) {
            return Decision::Allow(rule.role);
        }
    }
    if visibility(caller, action.reading()).covers(place) && !action.is_read() {
        Decision::Forbid
    } else {
        Decision::Hide
    }
}

/// Whether this very role reaches the place with the action, whatever the caller's other roles say.
pub fn reaches_as(caller: &Caller, role: Role, action: Action, place: &Place) -> bool {
    let mut reached = Visibility::default();
    for rule in RULES
        .iter()
        .filter(|rule| rule.role == role && rule.actions.contains(&action))
    {
        reached.add(rule, caller);
    }
    reached.covers(place)
}

/// The matrix action × role as text, one line per action; frozen by a test and served by the meta
/// endpoint.
pub fn matrix() -> String {
    use std::fmt::Write as _;
    let mut text = String::from("# action: role(reach) …\n");
    for action in Action::ALL {
        let _ = write!(text, "{action}:");
        for rule in RULES.iter().filter(|rule| rule.actions.contains(action)) {
            let _ = write!(text, " {}({})", rule.role, rule.reach);
        }
        text.push('\n');
    }
    text
}
