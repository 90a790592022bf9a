//! Papers of a dossier: attached and removed while the unit may edit it, and attached to what waits to go up:
//! what the level above asks for is given before the batch is sent again.

use super::{Reads, Submission, read};
use crate::app::dossiers::{campaign_in_force, event, is_office, permitted, proposed, undraftable};
use crate::app::guards::{refuse, told};
use crate::app::{Command, Event, JsonText, Tx};
use crate::domain::codes::{AttachmentKind, Route};
use crate::domain::document::DocumentRef;
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{AttachmentId, FileId, NominationId, SubmissionId};
use crate::domain::policy::Action;
use crate::domain::states::{FileState, NOMINATION, NominationAct, NominationState, SubmissionState};
use crate::store::attachments::{self, Attachment};
use crate::store::files::{self, File};
use crate::store::nominations::{self, Nomination};
use crate::store::{dialect, submissions};

/// A paper with its file, if it has one.
pub type Paper = (Attachment, Option<File>);

/// The papers of a dossier as a whole and of those of its nominations that the caller may read, in the
/// order of their making.
///
/// # Errors
/// `resource.not_found`.
pub fn papers(tx: &mut Tx<'_>, id: SubmissionId) -> Result<Vec<Paper>> {
    let submission = read(tx, id)?;
    let reads = Reads::of(tx, &submission)?;
    let mut papers = attachments::of_submission(tx.conn, submission.id)?;
    papers.retain(|(paper, _)| paper.nomination_id.is_none_or(|of| reads.covers(of)));
    Ok(papers)
}

/// One paper of a dossier.
///
/// # Errors
/// `resource.not_found`.
pub fn paper(tx: &mut Tx<'_>, id: SubmissionId, paper: AttachmentId) -> Result<Paper> {
    let mut papers = papers(tx, id)?.into_iter();
    papers
        .find(|(one, _)| one.id == paper)
        .ok_or_else(Error::not_found)
}

/// Adds a paper: a file, or a reference to a document.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Attach {
    /// The dossier.
    pub submission_id: SubmissionId,
    /// What it is.
    pub kind: AttachmentKind,
    /// The nomination it belongs to.
    pub nomination_id: Option<NominationId>,
    /// Its file.
    pub file_id: Option<FileId>,
    /// A document kept elsewhere.
    pub document: Option<DocumentRef>,
    /// Note.
    pub note: Option<String>,
}

impl Command for Attach {
    type Target = Submission;
    type Output = Paper;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        let submission = permitted(tx, self.submission_id, Action::DraftSubmission)?;
        // What is asked for above the office gives as well as the unit.
        if submission.state == SubmissionState::Consolidated {
            return Ok(submission);
        }
        proposed(tx, self.submission_id, Action::DraftSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, target: Submission) -> Result<Paper> {
        dialect::hold_shared(tx.conn, target.campaign_id)?;
        let supplements = self.supplements(tx, &target)?;
        let submission = if supplements {
            submissions::touch_consolidated(tx.conn, target.id, tx.now)?
        } else {
            submissions::touch(tx.conn, target.id, tx.now)?
        };
        // Somebody else's change that this one waited for.
        tx.request.hold(submission.version - 1)?;
        // What waits to go up is the office's as well, whether its unit is still there or not.
        let over = if supplements {
            told(campaign_in_force(tx, &submission))?
        } else {
            undraftable(tx, &submission)?
        };
        refuse(over)?;
        let file = self.checked(tx, &submission)?;
        // What is asked for above is given however much there is already.
        if !supplements {
            refuse(full(tx, &submission)?)?;
        }
        let paper = Attachment {
            id: AttachmentId::generate(),
            submission_id: submission.id,
            nomination_id: self.nomination_id,
            kind: self.kind,
            file_id: self.file_id,
            document: self.document.as_ref().map(JsonText::of).transpose()?,
            note: self.note.clone(),
            created_at: tx.now,
        };
        attachments::insert(tx.conn, &paper)?;
        let attached = event(tx, "submission.paper_attached", &submission)
            .with("attachment", &paper)
            .with("sha256", file.as_ref().map(|file| &file.sha256));
        tx.record(attached)?;
        Ok((paper, file))
    }
}

/// As many papers as a dossier may have.
pub(super) fn full(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Fault>> {
    let most = tx.config.max_attachments;
    let full = attachments::count(tx.conn, submission.id)? >= most;
    let fault = full.then(|| Fault::new(Code::FileCountExceeded).with("maximum", most));
    Ok(fault.into_iter().collect())
}

/// Whether a nomination waits to be sent above, for the first time or again.
fn waits_to_go_up(nomination: &Nomination) -> bool {
    use NominationState::{Recommended, ReturnedAbove};
    nomination.live
        && nomination.route == Route::Up
        && [Recommended, ReturnedAbove].contains(&nomination.state)
}

/// Whether the papers of some nomination of a consolidated dossier can be supplemented.
pub(super) fn takes_supplements(tx: &mut Tx<'_>, submission: &Submission) -> Result<bool> {
    if submission.state != SubmissionState::Consolidated {
        return Ok(false);
    }
    let nominations = nominations::of_submission(tx.conn, submission.id)?;
    Ok(nominations.iter().any(waits_to_go_up))
}

impl Attach {
    /// Whether it supplements what waits to go up.
    fn supplements(&self, tx: &mut Tx<'_>, submission: &Submission) -> Result<bool> {
        if submission.state != SubmissionState::Consolidated {
            return Ok(false);
        }
        let Some(id) = self.nomination_id else {
            return Err(Error::new(Code::SubmissionLocked)
                .says(
                    "Hồ sơ đã tổng hợp chỉ nhận thêm tài liệu của một đề nghị đang chờ trình; nêu đề nghị đó",
                    "A consolidated dossier takes papers of a nomination that waits to go up; name it",
                )
                .fault(Fault::at("/nomination_id", Code::FieldRequired)));
        };
        let nomination = nominations::find(tx.conn, id)?;
        Ok(nomination.is_some_and(|one| one.submission_id == submission.id && waits_to_go_up(&one)))
    }

    /// The file, complete and of the same unit; the nomination, of the same dossier.
    fn checked(&self, tx: &mut Tx<'_>, submission: &Submission) -> Result<Option<File>> {
        let mut faults = Vec::new();
        if self.file_id.is_none() && self.document.is_none() {
            faults.push(Fault::at("/file_id", Code::FieldRequired));
        }
        if let Some(id) = self.nomination_id
            && nominations::find(tx.conn, id)?.is_none_or(|line| line.submission_id != submission.id)
        {
            faults.push(Fault::at("/nomination_id", Code::FieldReference));
        }
        let file = match self.file_id {
            Some(id) => files::find(tx.conn, id)?,
            None => None,
        };
        let ours = file.as_ref().is_none_or(|file| {
            file.division_id == submission.division_id
                || (tx.role().is_some_and(is_office)
                    && file.owner_organization_id == submission.owner_organization_id)
        });
        if self.file_id.is_some() && (file.is_none() || !ours) {
            faults.push(Fault::at("/file_id", Code::FieldReference));
        }
        all_valid(faults)?;
        if file
            .as_ref()
            .is_some_and(|file| file.state != FileState::Complete)
        {
            let fault = Fault::at("/file_id", Code::FileNotComplete);
            return Err(Error::new(Code::FileNotComplete).fault(fault));
        }
        Ok(file)
    }
}

/// Removes a paper; its file stays.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Detach {
    /// The dossier.
    pub submission_id: SubmissionId,
    /// The paper.
    pub id: AttachmentId,
}

impl Command for Detach {
    type Target = (Submission, Attachment);
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<(Submission, Attachment)> {
        let submission = proposed(tx, self.submission_id, Action::DraftSubmission)?;
        let paper = attachments::get(tx.conn, self.id)?;
        if paper.submission_id == submission.id {
            Ok((submission, paper))
        } else {
            Err(Error::not_found())
        }
    }

    fn version((dossier, _): &Self::Target) -> Option<i64> {
        Some(dossier.version)
    }

    fn act(&self, tx: &mut Tx<'_>, (target, paper): (Submission, Attachment)) -> Result<()> {
        dialect::hold_shared(tx.conn, target.campaign_id)?;
        let submission = submissions::touch(tx.conn, target.id, tx.now)?;
        // Somebody else's change that this one waited for.
        tx.request.hold(submission.version - 1)?;
        refuse(undraftable(tx, &submission)?)?;
        let paper = attachments::get(tx.conn, paper.id)?;
        attachments::delete(tx.conn, paper.id)?;
        let removed = event(tx, "submission.paper_removed", &submission).with("attachment", &paper);
        tx.record(removed)?;
        ask_again(tx, &submission, Some(&paper))
    }
}

/// What was found eligible with a paper is appraised again without it (M-30); without a paper named, all that was.
pub(super) fn ask_again(tx: &mut Tx<'_>, submission: &Submission, paper: Option<&Attachment>) -> Result<()> {
    let of_one = paper.and_then(|paper| paper.nomination_id);
    let concerned =
        |one: &Nomination| one.state == NominationState::Eligible && of_one.is_none_or(|of| of == one.id);
    let nominations = nominations::of_submission(tx.conn, submission.id)?;
    for before in nominations.into_iter().filter(concerned) {
        let state = NOMINATION
            .next(before.state, NominationAct::AskSupplement)
            .ok_or_else(|| Error::new(Code::SubmissionLocked))?;
        let after = Nomination {
            state,
            state_reason: None,
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        nominations::save_if(tx.conn, before.version, &after)?;
        let event = Event::new("nomination.supplement_asked", "nomination", after.id)
            .version(after.version)
            .within(after.owner_organization_id, Some(after.division_id))
            .campaign(after.campaign_id)
            .moved(before.state, after.state)
            .with("attachment_id", paper.map(|paper| paper.id));
        tx.record(event)?;
    }
    Ok(())
}
