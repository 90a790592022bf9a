//! The plan of a campaign as data: everything that plan 579 says (facts S1–S25 of `domain.md` 5.1), as
//! one document a version (M-20). The form that is stored is the form that is sent, so the schema is
//! derived here. Rules that need the database (decider's authority, parent) are in `app/campaigns`.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::codes::{
    AttachmentKind, CriterionSubject, LatePolicy, LegalBasisRole, ParticipationMode, Procedure,
    RecipientPurpose, RoundingOrder, Route, StaffKind, SubjectKind,
};
use super::document::DocumentRef;
use super::error::{Code, Fault};
use super::ids::{CouncilId, OrganizationId};
use super::merge_patch::MergePatch;
use super::quota::{QuotaRule, QuotaRuleFault, overriding_roles};
use super::time::{Calendar, CampaignPeriod, DeadlineRule, Instant};

mod upstream;
pub use upstream::{UpstreamExcess, UpstreamQuota};

/// The plan of a campaign. In a draft every part may still be absent; publication asks for what
/// `domain.md` 5.3 lists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// The document that launches the campaign (S1, S2, S25). Number and date are given at publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub launch_document: Option<DocumentRef>,
    /// Text of the plan as received, never corrected; a corrected text beside it (`domain.md` 2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 60000)]
    pub text_as_received: Option<String>,
    /// Corrected text, with what was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 60000)]
    pub text_corrected: Option<String>,
    /// Legal grounds and related plans (S4, S5).
    #[schema(max_items = 50)]
    pub legal_basis: Vec<LegalBasis>,
    /// Purposes, in order (S7).
    #[schema(max_items = 50)]
    pub purposes: Vec<String>,
    /// Requirements, in order (S8).
    #[schema(max_items = 50)]
    pub requirements: Vec<String>,
    /// What the emulation is about (S9).
    #[schema(max_items = 50)]
    pub content_groups: Vec<ContentGroup>,
    /// Criteria for collectives and individuals (S10, S11).
    #[schema(max_items = 100)]
    pub criteria: Vec<Criterion>,
    /// Award forms offered (S12).
    #[schema(max_items = 20)]
    pub award_options: Vec<AwardOption>,
    /// Standards of awarding, and guidance that may still come (S13).
    #[schema(max_items = 50)]
    pub award_standards: Vec<String>,
    /// Guidance of the competent authority, attached when it is known (A9).
    #[schema(max_items = 20)]
    pub external_guidance: Vec<DocumentRef>,
    /// The quota (S14); the defaults of `domain.md` 5.8.
    pub quota: QuotaRule,
    /// A limit set above for an award form, if known.
    #[schema(max_items = 20)]
    pub upstream_quotas: Vec<UpstreamQuota>,
    /// Whom to prefer (S15, S16).
    #[schema(max_items = 20)]
    pub priorities: Vec<Priority>,
    /// First and last day, both inclusive (S17).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub period: Option<Period>,
    /// When and where dossiers are handed in (S18).
    pub submission: SubmissionTerms,
    /// When the launching organisation must forward to the province (A11).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub upstream_deadline: Option<DeadlineRule>,
    /// Who takes part (S6, S23).
    pub participation: Participation,
    /// How the office follows, urges and checks (S20).
    #[schema(max_items = 50)]
    pub monitoring: Vec<String>,
    /// The council that considers the list (S21, S22).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub council_id: Option<CouncilId>,
    /// Who gets the plan (S24).
    #[schema(max_items = 50)]
    pub recipients: Vec<Recipient>,
    /// Whether the plan is published on the website (S24).
    pub publish_on_website: bool,
    /// Order of multiplying and rounding prize money (A14).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rounding_order: Option<RoundingOrder>,
    /// After a decline above, another form may be decided here (A4).
    pub fallback_on_decline: bool,
}

/// Members of a plan that change.
pub type PlanPatch = MergePatch<Plan>;

/// A legal ground or related plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// The document.
    pub document: DocumentRef,
    /// What it is for this campaign.
    pub role: LegalBasisRole,
    /// The document that it carries out in turn (388/KH-UBND for 478/KH-SNgV).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent: Option<DocumentRef>,
}

/// A group of emulation contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentGroup {
    /// Number as printed.
    #[schema(min_length = 1, max_length = 20)]
    pub number: String,
    /// Title.
    #[schema(min_length = 1, max_length = 500)]
    pub title: String,
    /// Items, in order.
    #[schema(max_items = 50)]
    pub items: Vec<String>,
}

/// A criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Code within the plan, for example `TT1`; assessments name it.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9._-]+$")]
    pub code: String,
    /// Whom it is for.
    pub subject: CriterionSubject,
    /// Text as in the plan.
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
    /// Must be met (R-N1).
    #[serde(default = "yes")]
    pub mandatory: bool,
    /// A file or document must prove it (A8): before a nomination is found ELIGIBLE, its dossier has at least
    /// one paper of that nomination that is not its report (BAO_CAO). Proposing and handing in without it are
    /// remarked, the appraisal is refused, all with `nomination.evidence_missing`; looked at only where the
    /// criterion is mandatory.
    #[serde(default)]
    pub evidence_required: bool,
}

const fn yes() -> bool {
    true
}

/// An award form of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AwardOption {
    /// Code of the form in `/v1/reference/award-forms`.
    #[schema(min_length = 1, max_length = 40, example = "GIAY_KHEN_SO")]
    pub form: String,
    /// Who decides it.
    pub decider_organization_id: OrganizationId,
    /// Title of the decider as printed.
    #[schema(min_length = 1, max_length = 200, example = "Giám đốc Sở Ngoại vụ")]
    pub decider_title: String,
    /// Decided here (SELF) or forwarded (UP).
    pub route: Route,
}

/// Whom to prefer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Priority {
    /// Kind of subject.
    pub subject: SubjectKind,
    /// Text as in the plan.
    #[schema(min_length = 1, max_length = 1000)]
    pub text: String,
    /// Direct workers before leaders (R-P1).
    #[serde(default)]
    pub direct_workers_first: bool,
}

/// First and last day, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day.
    #[schema(example = "2026-02-10")]
    pub from: NaiveDate,
    /// Last day.
    #[schema(example = "2026-05-20")]
    pub to: NaiveDate,
}

/// When, where and with which papers dossiers are handed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubmissionTerms {
    /// First instant; from publication when absent (5.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub opens_at: Option<Instant>,
    /// The deadline as the plan words it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deadline: Option<DeadlineRule>,
    /// What becomes of late dossiers.
    pub late_policy: LatePolicy,
    /// The unit that takes them in (Văn phòng).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub intake_unit_id: Option<OrganizationId>,
    /// Units that may propose beside the divisions of the launching organisation.
    #[schema(max_items = 200)]
    pub invited_unit_ids: Vec<OrganizationId>,
    /// Papers by procedure; those of `domain.md` 1.6 when empty.
    #[schema(max_items = 40)]
    pub required_papers: Vec<RequiredPaper>,
    /// Whether missing papers already block the hand-in (C-6).
    pub papers_required_at_submit: bool,
    /// Working days for a supplement (5.4).
    #[schema(minimum = 1, maximum = 60)]
    pub supplement_working_days: u16,
    /// Nominees may propose themselves (A10).
    pub self_nomination: bool,
}

impl Default for SubmissionTerms {
    fn default() -> Self {
        Self {
            opens_at: None,
            deadline: None,
            late_policy: LatePolicy::AcceptWithApproval,
            intake_unit_id: None,
            invited_unit_ids: Vec::new(),
            required_papers: Vec::new(),
            papers_required_at_submit: false,
            supplement_working_days: 3,
            self_nomination: false,
        }
    }
}

/// A paper that a dossier must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredPaper {
    /// Procedure.
    pub procedure: Procedure,
    /// Kind of paper.
    pub kind: AttachmentKind,
    /// One for each nomination, or one for the whole dossier.
    #[serde(default)]
    pub per_nomination: bool,
    /// Only for this award form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 40)]
    pub form: Option<String>,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Participation {
    /// The whole staff, or by registration.
    pub mode: ParticipationMode,
    /// Kinds of staff; all when empty.
    #[schema(max_items = 10)]
    pub staff_kinds: Vec<StaffKind>,
    /// Day whose roll is the denominator; the last day of the campaign when absent (5.8). The same as
    /// `quota.denominator_date`: give one of them, or the same day in both.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub roll_date: Option<NaiveDate>,
}

impl Default for Participation {
    fn default() -> Self {
        Self {
            mode: ParticipationMode::AllStaff,
            staff_kinds: Vec::new(),
            roll_date: None,
        }
    }
}

/// Who gets the plan and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// As printed.
    #[schema(min_length = 1, max_length = 300)]
    pub text: String,
    /// The organisation, where it is one of the tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<OrganizationId>,
    /// Why.
    pub purpose: RecipientPurpose,
}

/// How far from the campaign the day of its roll may lie, so that a slip of the year is noticed.
const ROLL_WITHIN_DAYS: u64 = 183;

impl Plan {
    /// Faults of the content itself, whatever the state; pointers are relative to the plan.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Some(period) = self.period
            && CampaignPeriod::new(period.from, period.to).is_err()
        {
            faults.push(Fault::at("/period/to", Code::CampaignPeriodReversed));
        }
        if let Err(fault) = self.quota.validate() {
            let (member, there) = match fault {
                QuotaRuleFault::BasisPoints => ("/quota/basis_points", true),
                QuotaRuleFault::FormList => ("/quota/form_list", !self.quota.form_list.is_empty()),
                QuotaRuleFault::Manual => ("/quota/manual", self.quota.manual.is_some()),
                QuotaRuleFault::ManualDivision => ("/quota/unit", true),
                QuotaRuleFault::DenominatorDate => ("/quota/denominator_date", true),
                QuotaRuleFault::OverrideRole => ("/quota/override_role", true),
            };
            // What belongs to another choice may not be there; what belongs to this one must.
            let code = if there {
                Code::FieldRange
            } else {
                Code::FieldRequired
            };
            faults.push(match fault {
                QuotaRuleFault::OverrideRole => {
                    let roles: Vec<&str> = overriding_roles().iter().map(|role| role.as_str()).collect();
                    Fault::at(member, Code::FieldChoice).with("choices", roles)
                }
                _ => Fault::at(member, code),
            });
        }
        let mut codes = std::collections::BTreeSet::new();
        for (index, criterion) in self.criteria.iter().enumerate() {
            if !codes.insert(criterion.code.as_str()) {
                faults.push(Fault::at(format!("/criteria/{index}/code"), Code::FieldDuplicate));
            }
        }
        let mut forms = std::collections::BTreeSet::new();
        for (index, option) in self.award_options.iter().enumerate() {
            if !forms.insert(option.form.as_str()) {
                faults.push(Fault::at(
                    format!("/award_options/{index}/form"),
                    Code::FieldDuplicate,
                ));
            }
        }
        faults.extend(self.unoffered());
        faults
    }

    /// Forms that a limit or a paper names and that the plan does not offer: a slip of the pen there would leave
    /// the quota without effect. A plan that offers nothing yet is not complete.
    fn unoffered(&self) -> Vec<Fault> {
        let quota = self.quota.form_list.iter().enumerate();
        let above = self.upstream_quotas.iter().enumerate();
        let papers = self.submission.required_papers.iter().enumerate();
        let named = quota
            .map(|(index, form)| (format!("/quota/form_list/{index}"), form))
            .chain(above.map(|(index, limit)| (format!("/upstream_quotas/{index}/form"), &limit.form)))
            .chain(papers.filter_map(|(index, paper)| {
                let form = paper.form.as_ref()?;
                Some((format!("/submission/required_papers/{index}/form"), form))
            }));
        let choices: Vec<&str> = self
            .award_options
            .iter()
            .map(|option| option.form.as_str())
            .collect();
        if choices.is_empty() {
            return Vec::new();
        }
        named
            .filter(|(_, form)| !choices.contains(&form.as_str()))
            .map(|(pointer, _)| {
                Fault::at(pointer, Code::NominationFormNotOffered).with("choices", choices.clone())
            })
            .collect()
    }

    /// Dates of the plan that contradict each other; pointers are relative to the plan. What the real
    /// plan has is no contradiction: a start before the signing, a deadline after the period's end (R-C2).
    pub fn contradictions(&self, zone: Tz, calendar: &Calendar) -> Vec<Fault> {
        let fault = |pointer: &str, vi: &'static str, en: &'static str| {
            Fault::at(pointer, Code::CampaignDatesContradict).says(vi, en)
        };
        let mut faults = Vec::new();
        let instant = |rule: DeadlineRule| rule.instant(zone, calendar);
        let deadline = self.submission.deadline.map(instant);
        if let (Some(opens), Some(closes)) = (self.submission.opens_at, deadline)
            && opens >= closes
        {
            faults.push(fault(
                "/submission/opens_at",
                "Thời điểm nhận hồ sơ phải trước hạn nộp",
                "Dossiers must be taken from before the deadline on",
            ));
        }
        if let (Some(own), Some(above)) = (deadline, self.upstream_deadline.map(instant))
            && above < own
        {
            faults.push(fault(
                "/upstream_deadline",
                "Hạn trình cấp trên không được trước hạn nộp hồ sơ",
                "The deadline above may not lie before the one for dossiers",
            ));
        }
        if let (Some(one), Some(other)) = (self.participation.roll_date, self.quota.denominator_date)
            && one != other
        {
            faults.push(fault(
                "/quota/denominator_date",
                "Ngày chốt danh sách và ngày tính tỷ lệ là một; hãy nêu một ngày",
                "The day of the roll and the day of the quota's denominator are one; name one day",
            ));
        }
        for (day, pointer) in [
            (self.participation.roll_date, "/participation/roll_date"),
            (self.quota.denominator_date, "/quota/denominator_date"),
        ] {
            let (Some(day), Some(period)) = (day, self.period) else {
                continue;
            };
            let room = chrono::Days::new(ROLL_WITHIN_DAYS);
            let first = period.from.checked_sub_days(room);
            let last = period.to.checked_add_days(room);
            if first.is_some_and(|first| day < first) || last.is_some_and(|last| day > last) {
                faults.push(fault(
                    pointer,
                    "Ngày chốt danh sách cách thời gian phát động quá nửa năm",
                    "The day of the roll is more than half a year away from the campaign",
                ));
            }
        }
        faults
    }

    /// What publication still lacks (`domain.md` 5.3), one fault each. The launch document's number and
    /// date come with the publication itself.
    pub fn missing_for_publication(&self) -> Vec<Fault> {
        let mut missing = Vec::new();
        let mut need = |present: bool, pointer: &str| {
            if !present {
                missing.push(Fault::at(pointer, Code::FieldRequired));
            }
        };
        need(self.period.is_some(), "/plan/period");
        need(!self.award_options.is_empty(), "/plan/award_options");
        need(
            self.submission.intake_unit_id.is_some(),
            "/plan/submission/intake_unit_id",
        );
        need(self.submission.deadline.is_some(), "/plan/submission/deadline");
        need(!self.legal_basis.is_empty(), "/plan/legal_basis");
        for kind in [SubjectKind::Collective, SubjectKind::Individual] {
            let named = self
                .criteria
                .iter()
                .any(|criterion| criterion.subject.applies_to(kind));
            if !named {
                let (vi, en) = match kind {
                    SubjectKind::Collective => ("tập thể", "collectives"),
                    _ => ("cá nhân", "individuals"),
                };
                let fault = Fault::at("/plan/criteria", Code::FieldRequired).says(
                    format!("Kế hoạch chưa có tiêu chí nào cho {vi}"),
                    format!("The plan has no criterion for {en}"),
                );
                missing.push(fault.with("subject", kind.as_str()));
            }
        }
        missing
    }

    /// The offer of one award form.
    pub fn option(&self, form: &str) -> Option<&AwardOption> {
        self.award_options.iter().find(|option| option.form == form)
    }

    /// Criteria for one kind of subject.
    pub fn criteria_for(&self, kind: SubjectKind) -> impl Iterator<Item = &Criterion> {
        self.criteria
            .iter()
            .filter(move |criterion| criterion.subject.applies_to(kind))
    }

    /// Papers of a procedure and form: the plan's own list, or those of `domain.md` 1.6. Minutes of a
    /// division are asked for but do not block below the council (A12), so they are not among them.
    pub fn papers(&self, procedure: Procedure, form: &str) -> Vec<RequiredPaper> {
        let own = &self.submission.required_papers;
        let list = if own.is_empty() {
            default_papers()
        } else {
            own.clone()
        };
        list.into_iter()
            .filter(|paper| {
                paper.procedure == procedure && paper.form.as_deref().is_none_or(|only| only == form)
            })
            .collect()
    }
}

fn default_papers() -> Vec<RequiredPaper> {
    let paper = |procedure, kind, per_nomination| RequiredPaper {
        procedure,
        kind,
        per_nomination,
        form: None,
    };
    vec![
        paper(Procedure::Standard, AttachmentKind::ToTrinh, false),
        paper(Procedure::Standard, AttachmentKind::BaoCao, true),
        paper(Procedure::Simplified, AttachmentKind::ToTrinh, false),
        paper(Procedure::Simplified, AttachmentKind::BaoCao, true),
        paper(Procedure::HeadDiscovered, AttachmentKind::ToTrinh, false),
        paper(Procedure::HeadDiscovered, AttachmentKind::BaoCao, false),
    ]
}

#[cfg(test)]
mod tests;
