//! Proposing, changing and removing a subject while the unit may edit the dossier (R-S4, R-S5, A10).

use serde::{Deserialize, Serialize};

use super::{NOUN, Nomination, event, require_permitted, rewarded_fault, unchanged};
use crate::app::dossiers::{draftable, needs_council, offered, proposed, require_proposed, undraftable};
use crate::app::guards::refuse;
use crate::app::persons;
use crate::app::{AnyId, Command, Event, JsonText, Tx};
use crate::domain::codes::SubjectKind;
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CollectiveId, IndividualId, NominationId, OrganizationId, SubmissionId};
use crate::domain::papers;
use crate::domain::plan::{AwardOption, Plan};
use crate::domain::policy::{Action, Place};
use crate::domain::states::{NOMINATION, NominationAct, NominationState};
use crate::store::campaigns::Campaign;
use crate::store::submissions::Submission;
use crate::store::{attachments, collectives, dialect, individuals, nominations, participants, submissions};

/// The unit's own view of one criterion of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Code of the criterion.
    pub code: String,
    /// Whether it is met.
    pub met: bool,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// Who is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Subject {
    /// An individual.
    Individual(IndividualId),
    /// A collective or household.
    Collective(CollectiveId),
}

/// What is known of a subject when it is proposed.
struct Named {
    /// The member that names it.
    pointer: &'static str,
    kind: SubjectKind,
    id: AnyId,
    name: String,
    position: Option<String>,
}

/// Adds a subject to a dossier.
#[derive(Debug, Clone, Serialize)]
pub struct Propose {
    /// The dossier.
    pub submission_id: SubmissionId,
    /// Who; none where the body named nobody or two.
    pub subject: Option<Subject>,
    /// For which award form.
    pub proposed_form: String,
    /// What was achieved, as it would be printed.
    pub achievement_summary: String,
    /// The criteria one by one.
    pub criteria: Vec<Assessment>,
}

impl Command for Propose {
    type Target = Submission;
    type Output = Nomination;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        proposed(tx, self.submission_id, Action::DraftSubmission)
            .map_err(|error| error.missing_at("/submission_id"))
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, target: Submission) -> Result<Nomination> {
        dialect::hold_shared(tx.conn, target.campaign_id)?;
        let submission = submissions::touch(tx.conn, target.id, tx.now)?;
        // Somebody else's change that this one waited for.
        tx.request.hold(submission.version - 1)?;
        let terms = draftable(tx, &submission)?;
        let (campaign, plan) = (&terms.campaign, &terms.plan);
        let named = self.named(tx, &submission)?;
        all_valid(assessment_faults(plan, named.kind, &self.criteria))?;
        let option = offered(plan, &self.proposed_form, "/proposed_form")?;
        let unit = check_subject(tx, campaign, plan, &named)?;
        let nomination = self.row(tx, &submission, unit, option, &named)?;
        nominations::insert(tx.conn, &nomination)
            .map_err(dialect::unique_at(Code::NominationDuplicate, named.pointer))?;
        nominations::index(tx.conn, &nomination)?;
        if submission.first_submitted_at.is_some() && campaign.deadline_at.is_some_and(|end| end <= tx.now) {
            tx.warn(Fault::new(Code::NominationAfterDeadline));
        }
        // What is proposed now has no paper yet: told at once what the appraisal will ask for.
        for remark in papers::unproven(plan, nomination.subject_kind, nomination.id, &[]) {
            tx.warn(remark);
        }
        if let Some(remark) = needs_council(submission.procedure, &nomination) {
            tx.warn(remark);
        }
        tx.record(event("nomination.created", &nomination).with("after", &nomination))?;
        tx.know(submission, terms.campaign.state);
        Ok(nomination)
    }
}

/// Whether the caller knows the subject: whom he does not see is not told apart from nobody (AZN-10). The office that
/// enters the paper of an invited unit knows its people from the roll.
fn sees(
    tx: &mut Tx<'_>,
    submission: &Submission,
    place: &Place,
    (kind, subject): (SubjectKind, AnyId),
) -> Result<bool> {
    if tx.may(Action::ReadPerson, place) {
        return Ok(true);
    }
    let line = participants::of_subject(tx.conn, submission.campaign_id, kind, subject)?;
    let line = line.map(|line| Place::in_division(line.owner_organization_id, line.division_id));
    Ok(line.is_some_and(|place| tx.may(Action::ReadParticipant, &place)))
}

impl Propose {
    /// The subject as the service knows it.
    fn named(&self, tx: &mut Tx<'_>, submission: &Submission) -> Result<Named> {
        let unknown = |pointer: &str| Error::invalid(vec![Fault::at(pointer, Code::FieldReference)]);
        match self.subject {
            None => Err(Error::invalid(vec![
                Fault::at("/individual_id", Code::FieldRequired).says(
                    "Nêu đúng một đối tượng: individual_id hoặc collective_id",
                    "Name exactly one subject: individual_id or collective_id",
                ),
            ])),
            Some(Subject::Individual(id)) => {
                let person = individuals::find(tx.conn, id)?
                    .filter(|one| proposes(submission, one.owner_organization_id, one.unit_id))
                    .ok_or_else(|| unknown("/individual_id"))?;
                let place = persons::place_of_individual(&person);
                if !sees(
                    tx,
                    submission,
                    &place,
                    (SubjectKind::Individual, person.id.into()),
                )? {
                    return Err(unknown("/individual_id"));
                }
                Ok(Named {
                    pointer: "/individual_id",
                    kind: SubjectKind::Individual,
                    id: person.id.into(),
                    name: person.full_name,
                    position: person.position,
                })
            }
            Some(Subject::Collective(id)) => {
                let collective = collectives::find(tx.conn, id)?
                    .filter(|one| proposes(submission, one.owner_organization_id, one.unit_id))
                    .ok_or_else(|| unknown("/collective_id"))?;
                let place = persons::place_of_collective(&collective);
                if !sees(tx, submission, &place, (collective.kind, collective.id.into()))? {
                    return Err(unknown("/collective_id"));
                }
                Ok(Named {
                    pointer: "/collective_id",
                    kind: collective.kind,
                    id: collective.id.into(),
                    name: collective.name,
                    position: None,
                })
            }
        }
    }

    fn row(
        &self,
        tx: &Tx<'_>,
        submission: &Submission,
        unit_id: OrganizationId,
        option: &AwardOption,
        named: &Named,
    ) -> Result<Nomination> {
        let (individual_id, collective_id) = match self.subject {
            Some(Subject::Individual(id)) => (Some(id), None),
            Some(Subject::Collective(id)) => (None, Some(id)),
            None => (None, None),
        };
        Ok(Nomination {
            id: NominationId::generate(),
            submission_id: submission.id,
            campaign_id: submission.campaign_id,
            owner_organization_id: submission.owner_organization_id,
            division_id: submission.division_id,
            unit_id,
            subject_kind: named.kind,
            subject_id: named.id,
            individual_id,
            collective_id,
            display_name: named.name.clone(),
            position: named.position.clone(),
            proposed_form: option.form.clone(),
            form: option.form.clone(),
            form_reason: None,
            route: option.route,
            achievement_summary: self.achievement_summary.clone(),
            criteria: JsonText::of(&self.criteria)?,
            state: NOMINATION.initial,
            state_reason: None,
            live: true,
            hold_reason: None,
            hold_note: None,
            hold_since: None,
            proposed_hold_reason: None,
            proposed_hold_note: None,
            hold_proposed_at: None,
            drafted_by: tx.caller.identity_id,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        })
    }
}

/// Whether a subject of this owner and unit can be in a dossier: of the campaign's owner, or of the unit that was
/// invited and hands in for itself (R-S2).
fn proposes(submission: &Submission, owner: OrganizationId, unit: OrganizationId) -> bool {
    owner == submission.owner_organization_id || [owner, unit].contains(&submission.division_id)
}

/// Every assessment names a criterion of the plan for this kind of subject, each once.
fn assessment_faults(plan: &Plan, kind: SubjectKind, criteria: &[Assessment]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (index, assessment) in criteria.iter().enumerate() {
        let pointer = format!("/criteria/{index}/code");
        if !plan
            .criteria_for(kind)
            .any(|criterion| criterion.code == assessment.code)
        {
            faults.push(Fault::at(pointer, Code::FieldReference));
        } else if !seen.insert(assessment.code.as_str()) {
            faults.push(Fault::at(pointer, Code::FieldDuplicate));
        }
    }
    faults
}

/// Nobody proposes himself, or what he is to get; of what he achieved he may write himself (R-S5, A10).
fn refuse_own(tx: &Tx<'_>, plan: &Plan, subject: AnyId, pointer: &'static str) -> Result<()> {
    let caller = tx.caller.individual_id.map(AnyId::from);
    if caller != Some(subject) || plan.submission.self_nomination {
        return Ok(());
    }
    let fault = Fault::at(pointer, Code::DutyConflict).says(
        "Kế hoạch không cho phép tự đề nghị: người lập hồ sơ chính là người được đề nghị (R-S5)",
        "The plan does not permit nominating oneself: the drafter is the nominee (R-S5)",
    );
    Err(Error {
        detail: fault.detail.clone(),
        ..Error::new(Code::DutyConflict).fault(fault)
    })
}

/// R-S5 and A10 stop it, R-N3 remarks. Gives the unit in which the subject stands on the roll.
fn check_subject(tx: &mut Tx<'_>, campaign: &Campaign, plan: &Plan, named: &Named) -> Result<OrganizationId> {
    refuse_own(tx, plan, named.id, named.pointer)?;
    let period = (campaign.period_from, campaign.period_to);
    let unit = nominations::unit_on_the_roll(tx.conn, campaign.id, named.kind, named.id, period)?
        .ok_or_else(|| {
            let code = Code::NominationNotParticipant;
            Error::new(code).fault(Fault::at(named.pointer, code))
        })?;
    for (name, form) in nominations::rewarded_or_pending(tx.conn, campaign.id, named.id, period)? {
        tx.warn(rewarded_fault(&name, &form));
    }
    Ok(unit)
}

/// Changes a nomination while its dossier may be edited.
#[derive(Debug, Clone, Serialize)]
pub struct Edit {
    /// Which.
    pub id: NominationId,
    /// For which award form.
    pub proposed_form: Option<String>,
    /// What was achieved.
    pub achievement_summary: Option<String>,
    /// The criteria one by one.
    pub criteria: Option<Vec<Assessment>>,
}

impl Command for Edit {
    type Target = Nomination;
    type Output = Nomination;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Nomination> {
        editable(tx, self.id)
    }

    fn version(target: &Nomination) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Nomination) -> Result<Nomination> {
        dialect::hold_shared(tx.conn, seen.campaign_id)?;
        // A hold may have been proposed or dismissed meanwhile, which gives no version.
        let before = unchanged(tx, &seen)?;
        let submission = submissions::get(tx.conn, before.submission_id)?;
        if !submission.state.is_editable() {
            return Err(Error::new(Code::SubmissionLocked));
        }
        let terms = draftable(tx, &submission)?;
        let mut after = Nomination {
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        if let Some(criteria) = &self.criteria {
            all_valid(assessment_faults(&terms.plan, before.subject_kind, criteria))?;
            after.criteria = JsonText::of(criteria)?;
        }
        if let Some(form) = &self.proposed_form {
            let option = offered(&terms.plan, form, "/proposed_form")?;
            if option.form != before.proposed_form {
                refuse_own(tx, &terms.plan, before.subject_id, "/proposed_form")?;
            }
            after.proposed_form.clone_from(&option.form);
            after.form.clone_from(&option.form);
            after.form_reason = None;
            after.route = option.route;
        }
        if let Some(summary) = &self.achievement_summary {
            after.achievement_summary.clone_from(summary);
        }
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        let submission = submissions::touch(tx.conn, before.submission_id, tx.now)?;
        // What was appraised is not what it was: it is appraised again (M-30).
        if before.state != NominationState::Proposed {
            after.state = NOMINATION
                .next(before.state, NominationAct::AskSupplement)
                .ok_or_else(|| Error::new(Code::SubmissionLocked))?;
            after.state_reason = None;
        }
        nominations::save_if(tx.conn, before.version, &after)?;
        tx.changed(&before, &after);
        let mut edited = event("nomination.edited", &after).diff(&before, &after);
        if before.state != after.state {
            edited = edited.moved(before.state, after.state);
        }
        tx.record(edited)?;
        tx.know(submission, terms.campaign.state);
        Ok(after)
    }
}

/// Removes a nomination that nobody has reviewed yet.
#[derive(Debug, Clone, Serialize)]
pub struct Delete {
    /// Which.
    pub id: NominationId,
}

impl Command for Delete {
    type Target = Nomination;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Nomination> {
        editable(tx, self.id)
    }

    fn version(target: &Nomination) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Nomination) -> Result<()> {
        dialect::hold_shared(tx.conn, before.campaign_id)?;
        let submission = submissions::touch(tx.conn, before.submission_id, tx.now)?;
        refuse(undraftable(tx, &submission)?)?;
        // Somebody else's change that this one waited for.
        let current = nominations::get(tx.conn, before.id)?;
        if current.version != before.version {
            return Err(Error::stale(current.version));
        }
        refuse(irremovable(tx, &before)?)?;
        attachments::delete_of_nomination(tx.conn, before.id)?;
        nominations::delete(tx.conn, before.id)?;
        let removed = Event::new("nomination.deleted", NOUN, before.id)
            .within(before.owner_organization_id, Some(before.division_id))
            .campaign(before.campaign_id)
            .with("before", &before);
        tx.record(removed)
    }
}

/// What was appraised stays: its reviews name it.
pub(super) fn irremovable(tx: &mut Tx<'_>, nomination: &Nomination) -> Result<Vec<Fault>> {
    if !nominations::is_reviewed(tx.conn, nomination.id)? {
        return Ok(Vec::new());
    }
    let fault = Fault::new(Code::SubmissionLocked).says(
        "Đề nghị đã được thẩm định, không xoá được; có thể sửa hoặc rút cả hồ sơ",
        "The nomination has been appraised and cannot be removed; edit it or withdraw the submission",
    );
    Ok(vec![fault])
}

/// A nomination whose dossier the caller may edit, as far as rights go.
fn editable(tx: &mut Tx<'_>, id: NominationId) -> Result<Nomination> {
    let found = nominations::with_submission(tx.conn, id)?;
    require_permitted(tx, &found.nomination, Action::DraftSubmission)?;
    require_proposed(tx, &found.submission, Action::DraftSubmission)?;
    Ok(found.nomination)
}
