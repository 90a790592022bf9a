//! Papers of a dossier: attached and removed while the unit may edit it.

use super::{Reads, Submission, read};
use crate::app::dossiers::{event, proposed, undraftable};
use crate::app::guards::refuse;
use crate::app::{Command, JsonText, Tx};
use crate::domain::codes::AttachmentKind;
use crate::domain::document::DocumentRef;
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{AttachmentId, FileId, NominationId, SubmissionId};
use crate::domain::policy::Action;
use crate::domain::states::FileState;
use crate::store::attachments::{self, Attachment};
use crate::store::files::{self, File};
use crate::store::{dialect, nominations, submissions};

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
        proposed(tx, self.submission_id, Action::DraftSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, target: Submission) -> Result<Paper> {
        dialect::hold_shared(tx.conn, target.campaign_id)?;
        let submission = submissions::touch(tx.conn, target.id, tx.now)?;
        // Somebody else's change that this one waited for.
        tx.request.hold(submission.version - 1)?;
        refuse(undraftable(tx, &submission)?)?;
        let file = self.checked(tx, &submission)?;
        refuse(full(tx, &submission)?)?;
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

impl Attach {
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
                || (submission.on_behalf && file.owner_organization_id == submission.owner_organization_id)
        });
        if self.file_id.is_some() && (file.is_none() || !ours) {
            faults.push(Fault::at("/file_id", Code::FieldReference));
        }
        all_valid(faults)?;
        if file
            .as_ref()
            .is_some_and(|file| file.state != FileState::Complete)
        {
            return Err(Error::new(Code::FileNotComplete));
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
        tx.record(removed)
    }
}
