//! Closed lists of codes that the rules themselves know. Award forms are not among them: they are
//! effective-dated rows of reference data (`GIAY_KHEN_SO`, `BANG_KHEN_TINH` …, `decisions.md` M-21).

mod campaign;
mod council;
mod decision;
mod dossier;
mod quota;
mod subject;

pub use campaign::{
    CampaignKind, CampaignPhase, CampaignScope, CriterionSubject, DurationClass, Intake, LatePolicy,
    LegalBasisRole, ParticipantSource, ParticipationMode, RecipientPurpose, Route,
};
pub use council::{
    Attendance, ConsensusOutcome, MembershipFunction, PercentageBase, SessionMode, ThresholdComparison,
    TieBreak, VoteChoice, VotingMethod,
};
pub use decision::{DecisionItemState, DecisionType, RevocationGround, RoundingOrder, SignatureMode};
pub use dossier::{AppraisalConclusion, AttachmentKind, HoldReason, Procedure, ReceivedChannel, ReviewKind};
pub use quota::{
    Denominator, Enforcement, QuotaCount, QuotaForms, QuotaReading, QuotaScope, QuotaUnit, Rounding,
};
pub use subject::{LeadershipClass, OrganizationKind, Sex, StaffKind, SubjectKind};
