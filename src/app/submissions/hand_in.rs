//! Handing in, recalling and withdrawing: what the head of the proposing unit does (R-S1, R-S3, 5.7).

use super::draft::proposes_in;
use super::{Submission, keep, next, receipt};
use crate::app::dossiers::{campaign_in_force, in_force, in_office, needs_council, proposed, undraftable};
use crate::app::guards::{refuse, told};
use crate::app::moves;
use crate::app::tx::Terms;
use crate::app::{Command, Tx};
use crate::domain::codes::{AttachmentKind, LatePolicy, Procedure};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::SubmissionId;
use crate::domain::papers::{self, Paper, missing};
use crate::domain::plan::Plan;
use crate::domain::policy::Action;
use crate::domain::quota::{self, Counted, Reading};
use crate::domain::states::{CampaignState, NOMINATION, NominationState, SubmissionAct, SubmissionState};
use crate::domain::time::{Deadline, Instant};
use crate::store::attachments::Attachment;
use crate::store::campaigns::Campaign;
use crate::store::files::File;
use crate::store::nominations::Nomination;
use crate::store::{attachments, decisions, dialect, nominations, quotas, submissions};

/// Hands the dossier in, or hands it in again after a return.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Submit {
    /// Which.
    pub id: SubmissionId,
    /// When it reached the office, for what the office enters on behalf of a unit.
    pub handed_in_at: Option<Instant>,
}

impl Command for Submit {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;
    const FIRST: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        proposed(tx, self.id, Action::SubmitSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        dialect::hold_shared(tx.conn, before.campaign_id)?;
        let state = next(&before, SubmissionAct::Submit)?;
        let counted = self.counted_at(tx, &before)?;
        let handed = Handed::of(tx, &before)?;
        refuse(unready(tx, &before, &handed, counted)?)?;
        let terms = in_force(tx, &before)?;
        let late = admitted(&before, &terms, counted, tx.now)?;
        // Where the campaign does not ask for them at once, missing papers are remarks (C-6).
        let unproven = handed.unproven(&terms.plan);
        for remark in handed.missing(&before, &terms.plan).into_iter().chain(unproven) {
            tx.warn(remark);
        }
        handed.warn_of_council(tx, before.procedure);
        warn_if_early(tx, &terms.campaign, counted);
        warn_of_quota(tx, &terms, &handed.lines)?;
        let mut after = Submission {
            state,
            round: before.round + 1,
            terms_number: Some(terms.campaign.terms_number),
            first_submitted_at: before.first_submitted_at.or(Some(counted)),
            submitted_at: Some(counted),
            late,
            ..before.clone()
        };
        after.receipt = Some(receipt::issue(tx, &after, &handed)?);
        keep(tx, &before, after, "submission.submitted", None)
    }
}

impl Submit {
    /// The instant that counts: the server's receipt of the act, or the paper's receipt by the office, which
    /// nobody else attests.
    fn counted_at(&self, tx: &Tx<'_>, before: &Submission) -> Result<Instant> {
        let now = tx.now;
        let paper =
            before.on_behalf && before.procedure != Procedure::HeadDiscovered && in_office(tx, before);
        let Some(at) = self.handed_in_at else {
            let entered = before
                .submitted_at
                .filter(|_| paper && before.state == SubmissionState::Draft);
            return Ok(entered.unwrap_or(now));
        };
        if !paper {
            return Err(Error::invalid(vec![Fault::at(
                "/handed_in_at",
                Code::FieldUnknown,
            )]));
        }
        if at > now {
            return Err(Error::invalid(vec![Fault::at("/handed_in_at", Code::FieldRange)]));
        }
        // What answers a return came after what was returned; the period for it could be dated away otherwise.
        if let Some(last) = before.submitted_at.filter(|last| at < *last)
            && before.state == SubmissionState::Returned
        {
            return Err(Error::invalid(vec![Fault::before("/handed_in_at", last)]));
        }
        Ok(at)
    }
}

/// What stands in the way of handing in what counts from an instant: shown by `allowed_actions`, refused by
/// [`Submit`].
fn unready(
    tx: &mut Tx<'_>,
    submission: &Submission,
    handed: &Handed,
    counted: Instant,
) -> Result<Vec<Fault>> {
    let terms = tx.terms(submission.campaign_id)?;
    let closed = undraftable(tx, submission)?;
    if !closed.is_empty() {
        return Ok(closed);
    }
    let mut faults = told(admitted(submission, &terms, counted, tx.now))?;
    if handed.lines.is_empty() {
        faults.push(Fault::new(Code::SubmissionEmpty));
    } else if terms.plan.submission.papers_required_at_submit {
        faults.extend(handed.missing(submission, &terms.plan));
    }
    faults.extend(handed.unoffered(&terms.plan));
    // The plan may have been amended since the draft was begun, and the unit moved (R-S2).
    let first = submission.first_submitted_at.is_none();
    if first && !proposes_in(tx, &terms.campaign, &terms.plan, submission.division_id)? {
        faults.push(Fault::new(Code::SubmissionUnit));
    }
    Ok(faults)
}

/// What is in a dossier.
pub(super) struct Handed {
    /// Its nominations.
    pub lines: Vec<Nomination>,
    /// Its papers with their files.
    pub papers: Vec<(Attachment, Option<File>)>,
}

impl Handed {
    /// What is forwarded by nobody as it is handed in.
    pub(super) fn warn_of_council(&self, tx: &mut Tx<'_>, procedure: Procedure) {
        for remark in self
            .lines
            .iter()
            .filter_map(|line| needs_council(procedure, line))
        {
            tx.warn(remark);
        }
    }

    pub(super) fn of(tx: &mut Tx<'_>, submission: &Submission) -> Result<Self> {
        Ok(Self {
            lines: nominations::of_submission(tx.conn, submission.id)?,
            papers: attachments::of_submission(tx.conn, submission.id)?,
        })
    }

    /// Nominations for a form that an amendment has taken away since: nobody could decide on them.
    fn unoffered(&self, plan: &Plan) -> Vec<Fault> {
        let open = |line: &&Nomination| line.live && line.state.may_still_be_awarded();
        let gone = self
            .lines
            .iter()
            .filter(open)
            .filter(|line| plan.option(&line.form).is_none());
        let fault = |line: &Nomination| {
            let name = &line.display_name;
            Fault::new(Code::NominationFormNotOffered)
                .says(
                    format!("{name}: hình thức đề nghị không còn trong kế hoạch; chọn hình thức khác hoặc bỏ đề nghị này"),
                    format!("{name}: the plan does not offer this form any more; choose another one or remove the nomination"),
                )
                .with("nomination_id", line.id.to_string())
        };
        gone.map(fault).collect()
    }

    /// Criteria whose evidence is not there; asked for when a nomination is found eligible (R-N1).
    fn unproven(&self, plan: &Plan) -> Vec<Fault> {
        let papers: Vec<Paper> = self
            .papers
            .iter()
            .map(|(paper, _)| (paper.kind, paper.nomination_id))
            .collect();
        let of_line = |line: &Nomination| papers::unproven(plan, line.subject_kind, line.id, &papers);
        self.lines.iter().flat_map(of_line).collect()
    }

    /// Papers that the plan asks for and that are not there.
    fn missing(&self, submission: &Submission, plan: &Plan) -> Vec<Fault> {
        let mut papers: Vec<Paper> = self
            .papers
            .iter()
            .map(|(paper, _)| (paper.kind, paper.nomination_id))
            .collect();
        if submission.letter.is_some() {
            papers.push((AttachmentKind::ToTrinh, None));
        }
        let named: Vec<_> = self
            .lines
            .iter()
            .map(|line| (line.id, line.form.as_str()))
            .collect();
        missing(plan, submission.procedure, &named, &papers)
            .into_iter()
            .map(papers::Missing::fault)
            .collect()
    }
}

/// Whether the dossier may come in now, and whether it is late (5.7). The deadline is that of the
/// current terms, and the first valid hand-in is what is held against it: an answer to a return has
/// its own period.
fn admitted(before: &Submission, terms: &Terms, counted: Instant, now: Instant) -> Result<bool> {
    let Terms { campaign, plan } = terms;
    let opens = campaign.opens_at.or(campaign.published_at);
    if opens.is_some_and(|opens| counted < opens) {
        return Err(Error::new(Code::SubmissionWindowNotOpen).with("opens_at", text(opens)));
    }
    let in_time = campaign
        .deadline_at
        .is_none_or(|deadline| Deadline(deadline).accepts(counted));
    if in_time {
        return Ok(false);
    }
    let waived = before.late_until.is_some_and(|until| now < until);
    if let (Some(due), Some(_)) = (before.supplement_due_at, before.first_submitted_at) {
        return if counted < due {
            Ok(before.late)
        } else if waived {
            Ok(true)
        } else {
            Err(Error::new(Code::SubmissionSupplementClosed).with("supplement_due_at", text(Some(due))))
        };
    }
    let accepted = match plan.submission.late_policy {
        LatePolicy::Reject => false,
        LatePolicy::AcceptFlagged => true,
        LatePolicy::AcceptWithApproval => waived,
    };
    if accepted {
        return Ok(true);
    }
    Err(Error::new(Code::SubmissionWindowClosed)
        .with("deadline_at", text(campaign.deadline_at))
        .with("received_at", text(Some(counted))))
}

fn text(at: Option<Instant>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// Results are complete only when the campaign has ended (5.7).
fn warn_if_early(tx: &mut Tx<'_>, campaign: &Campaign, counted: Instant) {
    let day = counted.date(tx.config.zone);
    if campaign.period_to.is_some_and(|last| day <= last) {
        tx.warn(Fault::new(Code::SubmissionBeforeEnd));
    }
}

/// Units propose freely, the council and the decision are held to the quota (5.8): here it is a remark.
fn warn_of_quota(tx: &mut Tx<'_>, terms: &Terms, lines: &[Nomination]) -> Result<()> {
    let rule = &terms.plan.quota;
    let asked: Vec<Counted> = lines
        .iter()
        .map(|line| moves::counted(line, &line.form))
        .collect();
    let kept: Vec<Reading> = quotas::kept_or_counted(tx.conn, terms.campaign.id)?
        .readings
        .read()?;
    let exceeded = if let Some(exceeded) = quota::would_exceed(rule, &kept, &asked) {
        exceeded
    } else {
        let participants = quotas::participants_of(tx.conn, &terms.campaign, &terms.plan)?;
        let counted = quotas::counted(tx.conn, terms.campaign.id)?;
        match quota::check(rule, &participants, &counted, &asked) {
            Err(_) => true,
            Ok(readings) => !quota::excess(rule, &readings, &asked).is_empty(),
        }
    };
    if exceeded {
        // Without figures: the unit does not read the quota.
        tx.warn(Fault::new(Code::QuotaExceeded).with("which", rule.enforced().as_str()));
    }
    Ok(())
}

/// What stands in the way of an act besides the caller's rights, for `allowed_actions`: the same
/// functions that refuse it.
pub(super) fn obstacles(tx: &mut Tx<'_>, submission: &Submission, act: SubmissionAct) -> Result<Vec<Fault>> {
    match act {
        SubmissionAct::Submit => {
            let command = Submit {
                id: submission.id,
                handed_in_at: None,
            };
            let counted = command.counted_at(tx, submission)?;
            let handed = Handed::of(tx, submission)?;
            unready(tx, submission, &handed, counted)
        }
        SubmissionAct::Return => {
            let mut faults = told(before_council(tx, submission))?;
            // Of a unit that has ended the office answers itself.
            faults.extend(told(campaign_in_force(tx, submission))?);
            Ok(faults)
        }
        SubmissionAct::Withdraw => {
            let mut faults = told(before_council(tx, submission))?;
            // What was given up with its campaign may still be taken back: it has no other end.
            if tx.campaign_state(submission.campaign_id)? != CampaignState::Cancelled {
                faults.extend(told(campaign_in_force(tx, submission))?);
            }
            faults.extend(signed_for(tx, submission)?);
            Ok(faults)
        }
        SubmissionAct::Receive => told(campaign_in_force(tx, submission)),
        SubmissionAct::Recall => undraftable(tx, submission),
        SubmissionAct::Consolidate => {
            let mut faults = told(campaign_in_force(tx, submission))?;
            faults.extend(told(super::office::all_appraised(tx, submission))?);
            Ok(faults)
        }
        _ => Ok(Vec::new()),
    }
}

/// A nomination that stands before the council or further holds its dossier where it is.
fn before_council(tx: &mut Tx<'_>, submission: &Submission) -> Result<()> {
    let movable = [
        NominationState::Proposed,
        NominationState::Eligible,
        NominationState::Ineligible,
    ];
    let lines = nominations::states_of_submission(tx.conn, submission.id)?;
    if let Some((id, state)) = lines.into_iter().find(|(_, state)| !movable.contains(state)) {
        return Err(
            Error::transition(NOMINATION.noun, state.as_str(), NOMINATION.verbs(state))
                .with("nomination_id", id.to_string()),
        );
    }
    Ok(())
}

/// What the Director has signed is not taken from under his decision for good: its number would be spent for nothing.
/// What is given back comes back, and the decision waits for it.
fn signed_for(tx: &mut Tx<'_>, submission: &Submission) -> Result<Option<Fault>> {
    let signed = decisions::signed_for(tx.conn, submission.id)?;
    Ok(signed.map(|nomination| {
        Fault::new(Code::DecisionItemTaken)
            .says(
                "Một đề nghị của hồ sơ đang có trong quyết định đã ký; rút được sau khi quyết định đó được trả lại hoặc hủy",
                "A nomination of the dossier is on the list of a signed decision; withdraw it after that decision is returned or cancelled",
            )
            .with("nomination_id", nomination.to_string())
    }))
}

/// Takes the dossier back to draft while the receiver has not opened it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Recall {
    /// Which.
    pub id: SubmissionId,
}

impl Command for Recall {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        proposed(tx, self.id, Action::SubmitSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        dialect::hold_shared(tx.conn, before.campaign_id)?;
        let state = next(&before, SubmissionAct::Recall)?;
        refuse(obstacles(tx, &before, SubmissionAct::Recall)?)?;
        let after = Submission {
            state,
            // When what the office entered came stays known, or is named anew; an online hand-in is undone.
            submitted_at: before.submitted_at.filter(|_| before.on_behalf),
            ..before.clone()
        };
        warn_if_over(tx, &after)?;
        keep(tx, &before, after, "submission.recalled", None)
    }
}

/// What is taken back is handed in anew, and the deadline is held against that (5.4): a remark where it could
/// not be handed in again at this instant.
fn warn_if_over(tx: &mut Tx<'_>, recalled: &Submission) -> Result<()> {
    let terms = in_force(tx, recalled)?;
    let again = Submit {
        id: recalled.id,
        handed_in_at: None,
    };
    let counted = again.counted_at(tx, recalled)?;
    for over in told(admitted(recalled, &terms, counted, tx.now))? {
        // It opens again by itself.
        if over.code == Code::SubmissionWindowNotOpen {
            continue;
        }
        tx.warn(over.says(
            "Đã rút về sau khi hết hạn; hồ sơ chỉ nộp lại được khi được cho nộp muộn hoặc gia hạn",
            "Taken back after the time was over; it can be handed in again only if it is admitted late or the time is extended",
        ));
    }
    Ok(())
}

/// Takes the dossier out of the campaign.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Withdraw {
    /// Which.
    pub id: SubmissionId,
    /// Why.
    pub reason: String,
}

impl Command for Withdraw {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        proposed(tx, self.id, Action::SubmitSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        dialect::hold(tx.conn, before.campaign_id)?;
        let before = unchanged(tx, before)?;
        let state = next(&before, SubmissionAct::Withdraw)?;
        refuse(obstacles(tx, &before, SubmissionAct::Withdraw)?)?;
        let after = Submission {
            state,
            state_reason: Some(self.reason.clone()),
            ..before.clone()
        };
        nominations::give_up(tx.conn, before.id, tx.now)?;
        keep(tx, &before, after, "submission.withdrawn", Some(&self.reason))
    }
}

/// The dossier read again after a lock was waited for; a change in between is a stale tag.
pub(super) fn unchanged(tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
    let current = submissions::get(tx.conn, before.id)?;
    if current.version == before.version {
        Ok(current)
    } else {
        Err(Error::stale(current.version))
    }
}
