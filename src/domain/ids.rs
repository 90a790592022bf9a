//! The identifiers of all nouns: a UUID each, and no two nouns can be mixed up.

use super::vocabulary::typed_id;

typed_id! {
    /// An organisation or one of its internal units (phòng, Văn phòng).
    OrganizationId,
    /// A role given to a principal at an organisation.
    RoleGrantId,
    /// A known (issuer, subject) pair.
    IdentityId,
    /// A natural person who can be rewarded.
    IndividualId,
    /// A collective (tập thể) or household that can be rewarded.
    CollectiveId,
    /// An emulation campaign (phong trào thi đua).
    CampaignId,
    /// One version of a campaign's plan.
    CampaignVersionId,
    /// A subject's line in a campaign's roll.
    ParticipantId,
    /// A dossier (hồ sơ đề nghị khen thưởng).
    SubmissionId,
    /// One subject proposed in a dossier.
    NominationId,
    /// A paper of a dossier.
    AttachmentId,
    /// Stored content with its digest.
    FileId,
    /// A review act on a nomination (appraisal or score).
    ReviewId,
    /// A council (Hội đồng Thi đua - Khen thưởng).
    CouncilId,
    /// A dated membership of a council.
    CouncilMemberId,
    /// A council's meeting over an agenda.
    ReviewSessionId,
    /// A council member entitled in one review session.
    SessionMemberId,
    /// A nomination on a session's agenda.
    AgendaItemId,
    /// One member's vote on one nomination.
    VoteId,
    /// A decision (quyết định).
    DecisionId,
    /// One rewarded subject of a decision.
    DecisionItemId,
    /// A batch sent to the higher level (tờ trình).
    ForwardingId,
    /// One nomination of a forwarding.
    ForwardingItemId,
    /// Return of objects and money after a revocation.
    RecoveryTaskId,
    /// An entry of the journal.
    JournalEntryId,
    /// An effective-dated set of legal rules.
    RuleSetId,
    /// A row of reference data (award form, base salary, holiday …).
    ReferenceId,
}
