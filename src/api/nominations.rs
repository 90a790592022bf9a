//! `/v1/nominations`, and the candidates of a campaign.

use actix_web::{delete, get, patch, post};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::{Csv, Query};
use crate::app::nominations::{self, Assessment, CandidateList, Nomination, Subject};
use crate::app::{Tx, search};
use crate::domain::codes::{LeadershipClass, Route, SubjectKind};
use crate::domain::error::Result;
use crate::domain::ids::{
    CampaignId, CollectiveId, IndividualId, NominationId, OrganizationId, SubmissionId,
};
use crate::domain::ranking::DirectWorkerShare;
use crate::domain::states::NominationState;
use crate::domain::time::Instant;

mod hold;

pub use hold::{HoldView, ProposedHoldView};

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(create)
        .service(get)
        .service(edit)
        .service(remove)
        .configure(hold::routes)
        .service(candidates);
}

/// One subject proposed in a dossier.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Nomination)]
pub struct NominationView {
    /// Identifier.
    pub id: NominationId,
    /// The dossier.
    pub submission_id: SubmissionId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The launching organisation.
    pub owner_organization_id: OrganizationId,
    /// The proposing unit.
    pub division_id: OrganizationId,
    /// The subject's unit, as the roll names it.
    pub unit_id: OrganizationId,
    /// Kind of subject.
    pub subject_kind: SubjectKind,
    /// The individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub individual_id: Option<IndividualId>,
    /// The collective or household.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub collective_id: Option<CollectiveId>,
    /// Subject's name when it was proposed.
    pub display_name: String,
    /// Position when it was proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub position: Option<String>,
    /// The form that the unit proposes.
    #[schema(example = "GIAY_KHEN_SO")]
    pub proposed_form: String,
    /// The form now; the council may change it with a reason.
    #[schema(example = "GIAY_KHEN_SO")]
    pub form: String,
    /// Why it differs from the proposed form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub form_reason: Option<String>,
    /// Decided here or above.
    pub route: Route,
    /// What was achieved, as it would be printed.
    pub achievement_summary: String,
    /// The criteria one by one, as the unit sees them.
    #[schema(value_type = Vec<CriterionAssessment>)]
    pub criteria: Box<RawValue>,
    /// State.
    pub state: NominationState,
    /// Why it came into its state, where a reason is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state_reason: Option<String>,
    /// Whether it takes its subject's place in the campaign; false once withdrawn.
    pub live: bool,
    /// Whether it is on hold.
    pub on_hold: bool,
    /// Why and since when it is on hold; for those only who appraise or decide it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hold: Option<HoldView>,
    /// A hold that the office's reviewer proposes; for the same readers, until it is set or dismissed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proposed_hold: Option<ProposedHoldView>,
    /// Version for `If-Match`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

/// The unit's view of one criterion of the plan.
#[derive(Debug, Clone, serde::Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionAssessment {
    /// Code of the criterion in the plan.
    #[schema(min_length = 1, max_length = 40, example = "CN1")]
    code: String,
    /// Whether it is met.
    met: bool,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    evidence: Option<String>,
}

impl From<CriterionAssessment> for Assessment {
    fn from(body: CriterionAssessment) -> Self {
        Self {
            code: body.code,
            met: body.met,
            evidence: body.evidence,
        }
    }
}

impl NominationView {
    fn item(nomination: Nomination, told: bool) -> Result<Self> {
        let told_hold = match (nomination.hold_reason, nomination.hold_since) {
            (Some(reason), Some(since)) if told => Some(HoldView {
                reason,
                note: nomination.hold_note,
                since,
            }),
            _ => None,
        };
        let proposed_hold = match (nomination.proposed_hold_reason, nomination.hold_proposed_at) {
            (Some(reason), Some(proposed_at)) if told => Some(ProposedHoldView {
                reason,
                note: nomination.proposed_hold_note,
                proposed_at,
            }),
            _ => None,
        };
        Ok(Self {
            id: nomination.id,
            submission_id: nomination.submission_id,
            campaign_id: nomination.campaign_id,
            owner_organization_id: nomination.owner_organization_id,
            division_id: nomination.division_id,
            unit_id: nomination.unit_id,
            subject_kind: nomination.subject_kind,
            individual_id: nomination.individual_id,
            collective_id: nomination.collective_id,
            display_name: nomination.display_name,
            position: nomination.position,
            proposed_form: nomination.proposed_form,
            form: nomination.form,
            form_reason: nomination.form_reason,
            route: nomination.route,
            achievement_summary: nomination.achievement_summary,
            criteria: nomination.criteria.into_raw()?,
            state: nomination.state,
            state_reason: nomination.state_reason,
            live: nomination.live,
            on_hold: nomination.hold_reason.is_some(),
            hold: told_hold,
            proposed_hold,
            version: nomination.version,
            created_at: nomination.created_at,
            updated_at: nomination.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for NominationView {
    type Record = Nomination;
    const PATH: &'static str = "/v1/nominations";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        nominations::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Nomination, language: Language) -> Result<Self> {
        let possible = nominations::possible(tx, &record)?;
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        let held = record.hold_reason.is_some() || record.hold_proposed_at.is_some();
        let place = nominations::place(tx, &record)?;
        let told = held && nominations::sees_hold(tx, &place);
        Ok(Self {
            allowed_actions: Some(actions),
            ..Self::item(record, told)?
        })
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Words of the subject's name, without regard to accents and case.
    #[param(max_length = 100, nullable = false, example = "nguyen mau")]
    q: Option<String>,
    /// Of this campaign.
    #[param(nullable = false)]
    campaign_id: Option<CampaignId>,
    /// Of this dossier.
    #[param(nullable = false)]
    submission_id: Option<SubmissionId>,
    /// Of this unit.
    #[param(nullable = false)]
    division_id: Option<OrganizationId>,
    /// Of this individual: with `state=AWARDED`, what it was awarded.
    #[param(nullable = false)]
    individual_id: Option<IndividualId>,
    /// Of this collective.
    #[param(nullable = false)]
    collective_id: Option<CollectiveId>,
    /// States, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<NominationState>>, style = Form, explode = false, nullable = false, example = json!(["ELIGIBLE", "IN_COUNCIL"]))]
    state: Csv<NominationState>,
    /// Kinds of subject, comma-separated.
    #[serde(default)]
    #[param(value_type = Option<Vec<SubjectKind>>, style = Form, explode = false, nullable = false, example = json!(["COLLECTIVE"]))]
    subject_kind: Csv<SubjectKind>,
    /// Codes of current award forms, comma-separated. Forms are reference data: of one that there is not
    /// there are no nominations.
    #[serde(default)]
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, nullable = false, example = json!(["GIAY_KHEN_SO"]))]
    form: Csv<String>,
    /// On hold (`true`), or not.
    #[param(nullable = false)]
    on_hold: Option<bool>,
}

/// Nominations
///
/// Newest first; a nominee sees its own.
#[utoipa::path(tag = "submissions", operation_id = "listNominations", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_NOMINATION"))),
    responses((status = 200, description = "A page.", body = Page<NominationView>)))]
#[get("/v1/nominations")]
async fn list(call: Call, filters: Query<Filters>) -> Reply {
    let Query(filters) = filters;
    let wanted = nominations::Wanted {
        words: filters.q.as_deref().map(search::words).unwrap_or_default(),
        campaign_id: filters.campaign_id,
        submission_id: filters.submission_id,
        division_id: filters.division_id,
        individual_id: filters.individual_id,
        collective_id: filters.collective_id,
        states: filters.state.0,
        subject_kinds: filters.subject_kind.0,
        forms: filters.form.0,
        on_hold: filters.on_hold,
    };
    call.list(move |tx, slice| {
        let page = nominations::list(tx, &wanted, slice)?;
        page.try_map(|row| {
            let told = nominations::tells_hold(tx, &row)?;
            NominationView::item(row, told)
        })
    })
    .await
}

/// One nomination
#[utoipa::path(tag = "submissions", operation_id = "getNomination",
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_NOMINATION"))),
    responses((status = 200, description = "The nomination.", body = NominationView)))]
#[get("/v1/nominations/{id}")]
async fn get(call: Call, id: Id<NominationId>) -> Reply {
    call.show_found::<NominationView, _, _>(nominations::find(id.0), nominations::read_found)
        .await
}

/// A subject proposed; exactly one of `individual_id` and `collective_id`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "submission_id": "01990000-0000-7000-8000-000000000001",
    "individual_id": "01990000-0000-7000-8000-000000000002",
    "proposed_form": "GIAY_KHEN_SO",
    "achievement_summary": "Hoàn thành xuất sắc nhiệm vụ 100 ngày đêm",
    "criteria": [{"code": "CN1", "met": true, "evidence": "Báo cáo kết quả công tác"}]
}))]
struct CreateNomination {
    /// The dossier.
    submission_id: SubmissionId,
    /// The individual.
    #[schema(nullable = false)]
    individual_id: Option<IndividualId>,
    /// The collective or household.
    #[schema(nullable = false)]
    collective_id: Option<CollectiveId>,
    /// Award form; one that the plan offers.
    #[schema(min_length = 1, max_length = 40)]
    proposed_form: String,
    /// What was achieved, as it would be printed.
    #[schema(min_length = 1, max_length = 4000)]
    achievement_summary: String,
    /// The criteria one by one.
    #[serde(default)]
    #[schema(max_items = 100)]
    criteria: Vec<CriterionAssessment>,
}

/// Propose a subject
///
/// While the submission may be edited; gives the submission its next version, against which `If-Match` is
/// held.
#[utoipa::path(tag = "submissions", operation_id = "createNomination", request_body = CreateNomination,
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "Created.", body = NominationView)))]
#[post("/v1/nominations")]
async fn create(call: Call, body: Body<CreateNomination>) -> Reply {
    let Body(body) = body;
    let subject = match (body.individual_id, body.collective_id) {
        (Some(id), None) => Some(Subject::Individual(id)),
        (None, Some(id)) => Some(Subject::Collective(id)),
        _ => None,
    };
    call.create::<NominationView, _>(nominations::Propose {
        submission_id: body.submission_id,
        subject,
        proposed_form: body.proposed_form,
        achievement_summary: body.achievement_summary,
        criteria: body.criteria.into_iter().map(Assessment::from).collect(),
    })
    .await
}

/// Changes of a nomination; absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"achievement_summary": "Hoàn thành xuất sắc nhiệm vụ, có sáng kiến"}))]
struct EditNomination {
    /// Award form; one that the plan offers.
    #[schema(nullable = false, min_length = 1, max_length = 40)]
    proposed_form: Option<String>,
    /// What was achieved, as it would be printed.
    #[schema(nullable = false, min_length = 1, max_length = 4000)]
    achievement_summary: Option<String>,
    /// The criteria one by one; replaced whole.
    #[schema(nullable = false, max_items = 100)]
    criteria: Option<Vec<CriterionAssessment>>,
}

/// Change a nomination
///
/// While its submission may be edited. One that was appraised is appraised again.
#[utoipa::path(tag = "submissions", operation_id = "editNomination", request_body = EditNomination,
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = NominationView)))]
#[patch("/v1/nominations/{id}")]
async fn edit(call: Call, id: Id<NominationId>, body: Body<EditNomination>) -> Reply {
    let Body(body) = body;
    let criteria = body
        .criteria
        .map(|criteria| criteria.into_iter().map(Assessment::from).collect());
    call.change::<NominationView, _>(nominations::Edit {
        id: id.0,
        proposed_form: body.proposed_form,
        achievement_summary: body.achievement_summary,
        criteria,
    })
    .await
}

/// Remove a nomination
///
/// While its submission may be edited and nobody has appraised it.
#[utoipa::path(tag = "submissions", operation_id = "deleteNomination",
    params(("id" = NominationId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/nominations/{id}")]
async fn remove(call: Call, id: Id<NominationId>) -> Reply {
    call.remove(nominations::Delete { id: id.0 }).await
}

/// Candidates in a suggested order.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct Candidates {
    /// In the suggested order; a human decides.
    pub items: Vec<CandidateView>,
    /// Those who work directly against those who lead.
    pub direct_worker_share: DirectWorkerShare,
}

/// A candidate with its suggested place.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Candidate)]
pub struct CandidateView {
    /// Place, 1 first; equal candidates share a place.
    #[schema(minimum = 1)]
    pub rank: u32,
    /// Whether the rules do not tell it from another one: the chair decides.
    pub tied: bool,
    /// The nomination.
    pub nomination_id: NominationId,
    /// Kind of subject.
    pub subject_kind: SubjectKind,
    /// Subject's name at the time.
    pub display_name: String,
    /// Current award form.
    pub form: String,
    /// State.
    pub state: NominationState,
    /// Position class of an individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub leadership_class: Option<LeadershipClass>,
    /// Agreeing votes in hundredths of a percent, where the council has voted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub council_result_hundredths: Option<i32>,
}

impl Candidates {
    fn of(found: CandidateList) -> Self {
        let items = found.ranked.into_iter().map(|(ranked, standing)| CandidateView {
            rank: ranked.rank,
            tied: ranked.tied,
            nomination_id: standing.nomination.id,
            subject_kind: standing.nomination.subject_kind,
            display_name: standing.nomination.display_name,
            form: standing.nomination.form,
            state: standing.nomination.state,
            leadership_class: standing.leadership_class,
            council_result_hundredths: standing.percentage_hundredths,
        });
        Self {
            items: items.collect(),
            direct_worker_share: found.share,
        }
    }
}

/// Candidates in a suggested order
///
/// Higher council result, then direct workers, then women or collectives of mostly women; information
/// only, with the share of direct workers.
#[utoipa::path(tag = "submissions", operation_id = "listCandidates",
    params(("id" = CampaignId, Path, description = "The campaign.")),
    extensions(("x-action" = json!("READ_CAMPAIGN"))),
    responses((status = 200, description = "The candidates.", body = Candidates)))]
#[get("/v1/campaigns/{id}/candidates")]
async fn candidates(call: Call, id: Id<CampaignId>) -> Reply {
    call.compute(move |tx, _| Ok(Candidates::of(nominations::candidates(tx, id.0)?)))
        .await
}
