//! Wire schemas of the domain's words. `domain` knows nothing of OpenAPI, so they are given here: closed
//! lists as `enum` (opened for answers by `openapi.rs`, OAS-07), identifiers, instants.

#![allow(clippy::wildcard_imports, reason = "every word of the domain has a schema")]

use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::caller::{PrincipalKind, Role};
use crate::domain::codes::*;
use crate::domain::document::DocumentRef;
use crate::domain::ids::*;
use crate::domain::merge_patch::MergePatch;
use crate::domain::policy::{Action, Reach};
use crate::domain::states::*;
use crate::domain::text::OrganizationCode;
use crate::domain::time::{DeadlineRule, Instant};

macro_rules! code_schemas {
    ($($name:ident: $description:literal),+ $(,)?) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .description(Some($description))
                    .enum_values(Some($name::CODES.iter().copied()))
                    .into()
            }
        }
        impl ToSchema for $name {}
    )+};
}

code_schemas!(
    Role: "Role of a caller.",
    Action: "What can be asked of the service.",
    Reach: "How far a permission reaches.",
    PrincipalKind: "Person or machine client.",
    DecisionType: "Kind of decision.",
    DecisionItemState: "State of one item of a decision.",
    RevocationGround: "Ground of a revocation (Luật TĐKT Art. 93(2) a–d).",
    SignatureMode: "In what capacity the signer signs (KT., TL., …).",
    RoundingOrder: "Order of multiplying and rounding of prize money.",
    QuotaScope: "Whether collectives and individuals are limited separately.",
    QuotaForms: "Which award forms share a limit.",
    QuotaCount: "What is counted.",
    QuotaUnit: "Within what the limit holds.",
    Rounding: "Rounding of the limit.",
    Denominator: "Where the number of participants comes from.",
    Enforcement: "Whether the quota blocks or warns.",
    QuotaReading: "One of the four readings of the quota clause.",
    CampaignKind: "By theme or regular.",
    CampaignScope: "Reach of a campaign.",
    ParticipationMode: "Who takes part.",
    ParticipantSource: "How a participant came onto the roll.",
    CampaignPhase: "Phase derived from the period.",
    Intake: "Whether dossiers are received, derived from the window.",
    LatePolicy: "What becomes of late dossiers.",
    DurationClass: "Duration class of form 0601.",
    LegalBasisRole: "What a legal ground is for the campaign.",
    RecipientPurpose: "Why a recipient gets the plan.",
    CriterionSubject: "Whom a criterion is for.",
    Route: "Decided by the launching organisation or above.",
    OrganizationKind: "Kind of organisation or unit.",
    SubjectKind: "What can be rewarded.",
    StaffKind: "Employment of an individual.",
    LeadershipClass: "Position class of form 0603.",
    Sex: "Sex as registered.",
    MembershipFunction: "Function in a council.",
    SessionMode: "How a session meets.",
    Attendance: "Attendance of a member.",
    VoteChoice: "Choice of a vote.",
    VotingMethod: "How a session votes.",
    ConsensusOutcome: "What those present agree on.",
    PercentageBase: "Base of a percentage.",
    ThresholdComparison: "At least, or more than.",
    TieBreak: "Who breaks a tie.",
    Procedure: "Procedure of a dossier.",
    AttachmentKind: "Kind of paper.",
    ReviewKind: "Kind of review act.",
    AppraisalConclusion: "Conclusion of an appraisal.",
    HoldReason: "Reason of a hold.",
    ReceivedChannel: "How a dossier came in.",
    DecisionState: "State of a decision.",
    FileState: "State of a file.",
    CampaignState: "State of a campaign.",
    SubmissionState: "State of a submission.",
    NominationState: "State of a nomination.",
    ForwardingState: "State of a forwarding.",
    ReviewSessionState: "State of a review session.",
);

/// Only names what it changes; the document's members are made of that schema (`openapi/patches.rs`).
impl<T: ToSchema> PartialSchema for MergePatch<T> {
    fn schema() -> RefOr<Schema> {
        let of = utoipa::openapi::extensions::ExtensionsBuilder::new().add("x-patch-of", T::name());
        ObjectBuilder::new().extensions(Some(of.build())).into()
    }
}

impl<T: ToSchema> ToSchema for MergePatch<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Patch", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

/// The schema of a member that `null` takes away: of an object its patch, of a closed list its values and `null`.
/// It is made of the whole's (`openapi/patches.rs`), as those inside of a plan are.
pub struct Clearable<T>(std::marker::PhantomData<T>);

/// A reference to a document that `null` takes away.
pub type DocumentRefClearable = Clearable<DocumentRef>;
/// A sex that `null` takes away.
pub type SexClearable = Clearable<Sex>;

impl<T: ToSchema> PartialSchema for Clearable<T> {
    fn schema() -> RefOr<Schema> {
        let of = utoipa::openapi::extensions::ExtensionsBuilder::new().add("x-clearable-of", T::name());
        ObjectBuilder::new().extensions(Some(of.build())).into()
    }
}

impl<T: ToSchema> ToSchema for Clearable<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        super::openapi::clearable_name(&T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

macro_rules! id_schemas {
    ($($name:ident),+ $(,)?) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                    .description(Some("Identifier (UUID)."))
                    .into()
            }
        }
        impl ToSchema for $name {}
    )+};
}

id_schemas!(
    OrganizationId,
    RoleGrantId,
    IdentityId,
    IndividualId,
    CollectiveId,
    CampaignId,
    CampaignVersionId,
    ParticipantId,
    SubmissionId,
    NominationId,
    AttachmentId,
    FileId,
    ReviewId,
    CouncilId,
    CouncilMemberId,
    ReviewSessionId,
    SessionMemberId,
    AgendaItemId,
    VoteId,
    DecisionId,
    DecisionItemId,
    ForwardingId,
    ForwardingItemId,
    RecoveryTaskId,
    JournalEntryId,
    RuleSetId,
    ReferenceId,
);

/// In the current or in the older form; the bound holds for both.
impl PartialSchema for OrganizationCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .max_length(Some(OrganizationCode::MAX_LENGTH))
            .pattern(Some(
                r"^([A-Y][0-9]{2}(\.[A-Z0-9]+)*|[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2})$",
            ))
            .description(Some("Official code: `H14.15`, or the old form `000.00.15.H14`."))
            .examples([serde_json::json!("H14.15")])
            .into()
    }
}

impl ToSchema for OrganizationCode {}

/// One object instead of a union: generated clients handle it better (OAS-09).
impl PartialSchema for DeadlineRule {
    fn schema() -> RefOr<Schema> {
        let text = |description: &str| {
            ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::String))
                .description(Some(description))
        };
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Object))
            .description(Some("A deadline as the document words it."))
            .property(
                "expression",
                text(
                    "`BEFORE_DATE`: trước ngày; `BY_DATE`: chậm nhất ngày; `AT_INSTANT`: exclusive instant.",
                )
                .enum_values(Some(["BEFORE_DATE", "BY_DATE", "AT_INSTANT"])),
            )
            .property(
                "date",
                text("Day named by the document, for the first two.")
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
            )
            .property(
                "instant",
                text("First instant that is late, for the third.")
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
            )
            .property(
                "shift_to_next_working_day",
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::Boolean))
                    .description(Some("Moves a last day off to the next working day.")),
            )
            .required("expression")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .examples([serde_json::json!({"expression": "BEFORE_DATE", "date": "2026-05-25"})])
            .into()
    }
}

impl ToSchema for DeadlineRule {}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("Instant, RFC 3339 in UTC."))
            .into()
    }
}

impl ToSchema for Instant {}
