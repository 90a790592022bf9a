//! Review acts on nominations. An appraisal (thẩm định) is the standing office's check of subject,
//! criteria and papers (R-N1); it is never changed, a later one supersedes it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Command, Event, JsonText, Rows, Slice, Tx, closing, dossiers, guards};
use crate::domain::caller::Role;
use crate::domain::codes::{AppraisalConclusion, AttachmentKind, ReviewKind};
use crate::domain::error::{self, Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{NominationId, ReviewId};
use crate::domain::papers;
use crate::domain::plan::Plan;
use crate::domain::policy::{Action, Place, Visibility};
use crate::domain::states::{
    NOMINATION, NominationAct, NominationState, SUBMISSION, SubmissionAct, SubmissionState,
};
use crate::store::nominations::{self, Nomination};
use crate::store::reviews;
use crate::store::submissions::{self, Submission};
use crate::store::{campaigns, dialect, filter, journal};

pub use crate::store::reviews::{Review, Wanted};

const NOUN: &str = "review";

/// One line of the checklist: a criterion of the plan or a kind of paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckItem {
    /// Code of a criterion of the plan, or kind of a paper.
    #[schema(min_length = 1, max_length = 40, example = "TT1")]
    pub item: String,
    /// Whether it is met, or there.
    pub ok: bool,
    /// What the reviewer saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub note: Option<String>,
}

/// Reads one review.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: ReviewId) -> Result<Review> {
    let review = reviews::get(tx.conn, id)?;
    let nomination = nominations::get(tx.conn, review.nomination_id)?;
    let place = place_of(tx, &nomination)?;
    tx.require(Action::ReadReview, &place)?;
    Ok(review)
}

/// A page of reviews in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Review>> {
    let seen = tx.sees(Action::ReadReview);
    reviews::list(tx.conn, &seen, wanted, slice)
}

fn place_of(tx: &mut Tx<'_>, nomination: &Nomination) -> Result<Place> {
    let regard = tx.regard();
    filter::place_of_nomination(
        tx.conn,
        regard,
        nomination.id,
        nomination.owner_organization_id,
        nomination.division_id,
        nomination.individual_id,
    )
}

/// Reviews a nomination.
#[derive(Debug, Clone, Serialize)]
pub struct Create {
    /// Which.
    pub nomination_id: NominationId,
    /// Kind of act.
    pub kind: ReviewKind,
    /// What was checked.
    pub checklist: Vec<CheckItem>,
    /// What it comes to.
    pub conclusion: AppraisalConclusion,
    /// The legal reason against it.
    pub legal_reason: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

impl Command for Create {
    type Target = (Nomination, Role);
    type Output = Review;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<(Nomination, Role)> {
        let missing = |error: Error| error.missing_at("/nomination_id");
        let nomination = nominations::get(tx.conn, self.nomination_id).map_err(missing)?;
        let place = place_of(tx, &nomination)?;
        // Who sees it but does not appraise is told so.
        tx.require(Action::ReadNomination, &place).map_err(missing)?;
        let role = tx.permit(Action::Appraise, &place)?;
        Ok((nomination, role))
    }

    fn version((nomination, _): &Self::Target) -> Option<i64> {
        Some(nomination.version)
    }

    fn act(&self, tx: &mut Tx<'_>, (seen, role): (Nomination, Role)) -> Result<Review> {
        // Scores of members come with their own rules; the kind has its place.
        if self.kind == ReviewKind::Score {
            return Err(Error::new(Code::ReviewKindUnsupported));
        }
        dialect::hold_shared(tx.conn, seen.campaign_id)?;
        let (nomination, submission) = self.enter(tx, &seen)?;
        let plan = plan_of(tx, &submission)?;
        self.check_body(&plan, &nomination, &submission)?;
        if self.conclusion == AppraisalConclusion::Eligible {
            self.check_eligible(tx, &plan, &nomination, &submission)?;
        }
        let own = tx.caller.individual_id;
        if own.is_some() && own == nomination.individual_id {
            // Recorded, not stopped (C-8): a small office has nobody else.
            tx.warn(Fault::new(Code::DutyConflict).says(
                "Người thẩm định cũng là người được đề nghị; nên để người khác thẩm định",
                "The reviewer is the nominee; somebody else should appraise",
            ));
        }
        let review = self.keep(tx, &nomination, &submission, role)?;
        self.settle(tx, &nomination, &review)?;
        // The dossier's row is held since the beginning: two last appraisals come one after the other.
        closing::close_if_settled(tx, submission.id)?;
        Ok(review)
    }
}

/// Whether a nomination may be appraised where its dossier stands: before the office; in the consolidated list
/// until it is on an agenda, so that what comes to light then has an end; or found ineligible in a dossier that
/// closed, so that such an appraisal can be corrected until the campaign is concluded.
pub fn is_appraisable(nomination: &Nomination, submission: &Submission) -> bool {
    let ineligible = nomination.state == NominationState::Ineligible;
    let reopened = SUBMISSION.next(submission.state, SubmissionAct::Reopen);
    let listed = submission.state == SubmissionState::Consolidated;
    nomination.live
        && (submission.state.is_under_appraisal()
            || (listed && (ineligible || nomination.state == NominationState::Eligible))
            || (reopened.is_some() && ineligible))
}

/// What stands in the way of an appraisal, whatever it concludes.
///
/// # Errors
/// The driver's error.
pub fn obstacles(tx: &mut Tx<'_>, nomination: &Nomination, submission: &Submission) -> Result<Vec<Fault>> {
    let mut faults = guards::told(dossiers::campaign_in_force(tx, submission))?;
    // C-8: the one who drafted it does not appraise it.
    if nomination.drafted_by == tx.caller.identity_id {
        faults.push(Fault::new(Code::DutyConflict).says(
            "Người lập hồ sơ không thẩm định chính đề nghị đó",
            "Whoever drafted a nomination does not appraise it",
        ));
    } else if tx.sees(Action::Appraise) != Visibility::default()
        // The first one may have made no more than an empty row.
        && journal::did(tx.conn, nomination.id.into(), tx.caller.identity_id, "nomination.edited")?
    {
        faults.push(Fault::new(Code::DutyConflict).says(
            "Người đã sửa nội dung đề nghị không thẩm định chính đề nghị đó",
            "Whoever has written in a nomination does not appraise it",
        ));
    }
    Ok(faults)
}

/// The plan that was in force when the dossier was handed in (M-20).
fn plan_of(tx: &mut Tx<'_>, submission: &Submission) -> Result<Plan> {
    let number = match submission.terms_number {
        Some(number) => number,
        None => campaigns::get(tx.conn, submission.campaign_id)?.terms_number,
    };
    campaigns::version_of(tx.conn, submission.campaign_id, number)?
        .plan
        .read()
}

impl Create {
    /// Takes the dossier into appraisal and keeps its row, so that it is not returned or withdrawn meanwhile; one
    /// that is in the consolidated list stays there.
    fn enter(&self, tx: &mut Tx<'_>, seen: &Nomination) -> Result<(Nomination, Submission)> {
        let before = submissions::hold(tx.conn, seen.submission_id)?;
        guards::refuse(obstacles(tx, seen, &before)?)?;
        let nomination = nominations::get(tx.conn, seen.id)?;
        // Somebody else's appraisal that this one waited for.
        tx.request.hold(nomination.version)?;
        let impossible = || {
            let verbs = SUBMISSION.verbs(before.state);
            Error::transition(SUBMISSION.noun, before.state.as_str(), verbs)
        };
        // What is in the consolidated list has its papers: it is found eligible or not, nothing else.
        let supplement = self.conclusion == AppraisalConclusion::NeedsSupplement;
        let listed = before.state == SubmissionState::Consolidated;
        if !is_appraisable(&nomination, &before) || (listed && supplement) {
            return Err(impossible());
        }
        let (act, kind) = match before.state {
            SubmissionState::Received => (SubmissionAct::BeginAppraisal, "submission.appraisal_begun"),
            SubmissionState::Closed => (SubmissionAct::Reopen, "submission.reopened"),
            _ => return Ok((nomination, before)),
        };
        let state = SUBMISSION.next(before.state, act).ok_or_else(impossible)?;
        let why = self.legal_reason.as_ref().or(self.note.as_ref());
        let reason = why.filter(|_| act == SubmissionAct::Reopen);
        // What became of the others in a dossier that opens again stays; why it does is said.
        if act == SubmissionAct::Reopen && reason.is_none() {
            let missing = Fault::at("/note", Code::ReviewReasonRequired).says(
                "Phải nêu lý do sửa kết quả thẩm định trong hồ sơ đã khép lại",
                "Say why an appraisal in a closed dossier is corrected",
            );
            return Err(Error::invalid(vec![missing]));
        }
        let after = Submission {
            state,
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        submissions::save_if(tx.conn, before.version, &after)?;
        let event = dossiers::event(tx, kind, &after)
            .moved(before.state, after.state)
            .with("reason", reason);
        tx.record(event)?;
        Ok((nomination, after))
    }

    /// Whether the checklist names each thing once and only things of this plan, and whether a refusal
    /// says why.
    fn check_body(&self, plan: &Plan, nomination: &Nomination, submission: &Submission) -> Result<()> {
        let papers = plan.papers(submission.procedure, &nomination.form);
        let known: BTreeSet<&str> = plan
            .criteria_for(nomination.subject_kind)
            .map(|criterion| criterion.code.as_str())
            .chain(papers.iter().map(|paper| paper.kind.as_str()))
            .collect();
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, check) in self.checklist.iter().enumerate() {
            let pointer = format!("/checklist/{index}/item");
            if !known.contains(check.item.as_str()) {
                faults.push(Fault::at(pointer, Code::FieldReference));
            } else if !seen.insert(check.item.as_str()) {
                faults.push(Fault::at(pointer, Code::FieldDuplicate));
            }
        }
        if self.conclusion == AppraisalConclusion::Ineligible && self.legal_reason.is_none() {
            faults.push(Fault::at("/legal_reason", Code::ReviewReasonRequired));
        }
        all_valid(faults)
    }

    /// R-N1: all mandatory criteria are marked met and proven, all required papers are there.
    fn check_eligible(
        &self,
        tx: &mut Tx<'_>,
        plan: &Plan,
        nomination: &Nomination,
        submission: &Submission,
    ) -> Result<()> {
        let mut there = reviews::papers_of(tx.conn, submission.id)?;
        if submission.letter.is_some() {
            // A letter named in the dossier itself is its tờ trình.
            there.push((AttachmentKind::ToTrinh, None));
        }
        let proven = papers::proves(&there, nomination.id);
        let (mut unmet, mut unproven) = (Vec::new(), Vec::new());
        let mut faults = Vec::new();
        for criterion in plan
            .criteria_for(nomination.subject_kind)
            .filter(|criterion| criterion.mandatory)
        {
            let code = criterion.code.as_str();
            let pointer = self.place_of(code);
            if !self.checklist.iter().any(|check| check.ok && check.item == code) {
                let fault = Fault::at(pointer, Code::NominationCriteriaUnmet);
                faults.push(fault.with("criterion", code));
                unmet.push(code);
            } else if criterion.evidence_required && !proven {
                faults.push(Fault {
                    place: Some(error::Place::Pointer(pointer)),
                    ..papers::evidence_missing(code, nomination.id)
                });
                unproven.push(code);
            }
        }
        let lacking = self.lacking_papers(plan, nomination, submission, &there);
        for paper in &lacking {
            faults.push(Fault {
                place: Some(error::Place::Pointer(self.place_of(paper.kind.as_str()))),
                ..paper.fault()
            });
        }
        // The first of them names the refusal; what is missing of each kind stands beside it.
        let code = match (unmet.is_empty(), unproven.is_empty(), lacking.is_empty()) {
            (false, ..) => Code::NominationCriteriaUnmet,
            (_, false, _) => Code::NominationEvidenceMissing,
            (.., false) => Code::SubmissionPapersMissing,
            _ => return Ok(()),
        };
        let mut refusal = Error {
            faults,
            ..Error::new(code)
        };
        let criteria = if unmet.is_empty() { unproven } else { unmet };
        if !criteria.is_empty() {
            refusal = refusal.with("criteria", criteria);
        }
        if !lacking.is_empty() {
            let papers: Vec<&str> = lacking.iter().map(|paper| paper.kind.as_str()).collect();
            refusal = refusal.with("papers", papers);
        }
        Err(refusal)
    }

    /// The line of the checklist for a criterion or paper; the checklist where there is none.
    fn place_of(&self, item: &str) -> String {
        let line = self.checklist.iter().position(|check| check.item == item);
        line.map_or_else(|| "/checklist".to_owned(), |index| format!("/checklist/{index}"))
    }

    /// Required papers that are not there, or that the checklist says are not as they should be, each once.
    fn lacking_papers(
        &self,
        plan: &Plan,
        nomination: &Nomination,
        submission: &Submission,
        there: &[papers::Paper],
    ) -> Vec<papers::Missing> {
        let nominations = [(nomination.id, nomination.form.as_str())];
        let mut lacking = papers::missing(plan, submission.procedure, &nominations, there);
        let refused = self.checklist.iter().filter(|check| !check.ok);
        for kind in refused.filter_map(|check| check.item.parse::<AttachmentKind>().ok()) {
            if lacking.iter().all(|paper| paper.kind != kind) {
                lacking.push(papers::Missing {
                    kind,
                    nomination: Some(nomination.id),
                });
            }
        }
        lacking
    }

    fn keep(
        &self,
        tx: &mut Tx<'_>,
        nomination: &Nomination,
        submission: &Submission,
        role: Role,
    ) -> Result<Review> {
        let review = Review {
            id: ReviewId::generate(),
            nomination_id: nomination.id,
            campaign_id: nomination.campaign_id,
            owner_organization_id: nomination.owner_organization_id,
            division_id: nomination.division_id,
            kind: self.kind,
            submission_round: submission.round,
            terms_number: submission.terms_number.unwrap_or(1),
            reviewer_id: tx.caller.identity_id,
            reviewer_role: role,
            checklist: JsonText::of(&self.checklist)?,
            conclusion: self.conclusion,
            legal_reason: self.legal_reason.clone(),
            note: self.note.clone(),
            superseded_by: None,
            created_at: tx.now,
        };
        let earlier = reviews::current(tx.conn, nomination.id, self.kind)?;
        reviews::insert(tx.conn, &review)?;
        if let Some(earlier) = &earlier {
            reviews::supersede(tx.conn, earlier.id, review.id)?;
        }
        let event = Event::new("review.made", NOUN, review.id)
            .version(1)
            .within(review.owner_organization_id, Some(review.division_id))
            .campaign(review.campaign_id)
            .with("supersedes", earlier.map(|earlier| earlier.id))
            .with("after", &review);
        tx.record(event)?;
        Ok(review)
    }

    /// Moves the nomination where the conclusion leads; a confirmed state stays as it is (M-12).
    fn settle(&self, tx: &mut Tx<'_>, before: &Nomination, review: &Review) -> Result<()> {
        let (act, kind) = match self.conclusion {
            AppraisalConclusion::Eligible => (NominationAct::FindEligible, "nomination.found_eligible"),
            AppraisalConclusion::Ineligible => (NominationAct::FindIneligible, "nomination.found_ineligible"),
            AppraisalConclusion::NeedsSupplement => {
                (NominationAct::AskSupplement, "nomination.supplement_asked")
            }
        };
        let state = NOMINATION.next(before.state, act).ok_or_else(|| {
            Error::transition(
                NOMINATION.noun,
                before.state.as_str(),
                NOMINATION.verbs(before.state),
            )
        })?;
        if state == before.state {
            return Ok(());
        }
        let after = Nomination {
            state,
            state_reason: self.legal_reason.clone(),
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        reviews::move_nomination(tx.conn, &after, before.version)?;
        let event = Event::new(kind, "nomination", after.id)
            .version(after.version)
            .within(after.owner_organization_id, Some(after.division_id))
            .campaign(after.campaign_id)
            .moved(before.state, after.state)
            .with("review_id", review.id)
            .with("reason", &self.legal_reason);
        tx.record(event)
    }
}
