//! The receipt of a hand-in (U43, M-23): what arrived when, with a digest over all of it, so that both
//! sides can prove later what was handed in: every figure can be computed from what the API shows.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::hand_in::Handed;
use super::{Reads, Submission, read};
use crate::app::{JsonText, Tx};
use crate::domain::canonical;
use crate::domain::codes::AttachmentKind;
use crate::domain::error::{Error, Fault, Result};
use crate::domain::ids::{AttachmentId, FileId, NominationId, SubmissionId};
use crate::domain::time::Instant;
use crate::store::attachments::Attachment;
use crate::store::files::File;
use crate::store::nominations::Nomination;

/// Letters and digits that cannot be taken for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What the office confirms to have been given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Short code of this hand-in.
    pub code: String,
    /// The dossier.
    pub submission_id: SubmissionId,
    /// The how-manieth hand-in, from 1.
    pub round: i32,
    /// The instant that counts for the deadline.
    pub submitted_at: Instant,
    /// When the service took the act in.
    pub recorded_at: Instant,
    /// Whether it was late.
    pub late: bool,
    /// The version of the plan under which it was handed in.
    pub terms_number: i32,
    /// SHA-256 over letter, note and procedure.
    pub sha256: String,
    /// SHA-256 over the receipt without itself and the remarks, in hexadecimal digits.
    pub digest: String,
    /// The nominations.
    pub nominations: Vec<ReceiptLine>,
    /// The papers.
    pub files: Vec<ReceiptFile>,
    /// What was remarked.
    pub warnings: Vec<ReceiptWarning>,
}

/// A nomination of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// Identifier.
    pub id: NominationId,
    /// Subject's name.
    pub display_name: String,
    /// Award form proposed.
    pub form: String,
    /// SHA-256 over what was said of the subject.
    pub sha256: String,
}

/// A paper of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptFile {
    /// Identifier of the paper.
    pub attachment_id: AttachmentId,
    /// What it is.
    pub kind: AttachmentKind,
    /// The nomination it belongs to.
    pub nomination_id: Option<NominationId>,
    /// Its file.
    pub file_id: Option<FileId>,
    /// Name of the file.
    pub name: Option<String>,
    /// SHA-256 of the file.
    pub sha256: Option<String>,
    /// Size of the file.
    pub size_bytes: Option<i64>,
}

/// A remark of a receipt, in both languages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptWarning {
    /// Code.
    pub code: String,
    /// Sentence in Vietnamese.
    pub vi: String,
    /// Sentence in English.
    pub en: String,
    /// Figures and names.
    pub params: serde_json::Map<String, serde_json::Value>,
}

/// The receipt of the last hand-in of a dossier, with the lines, papers and remarks of those nominations
/// that the caller may read; the digest is that of the whole.
///
/// # Errors
/// `resource.not_found` when it was never handed in.
pub fn receipt(tx: &mut Tx<'_>, id: SubmissionId) -> Result<Receipt> {
    let submission = read(tx, id)?;
    let reads = Reads::of(tx, &submission)?;
    let mut receipt: Receipt = submission.receipt.ok_or_else(Error::not_found)?.read()?;
    receipt.nominations.retain(|line| reads.covers(line.id));
    receipt
        .files
        .retain(|file| file.nomination_id.is_none_or(|of| reads.covers(of)));
    receipt.warnings.retain(|warning| {
        let of = warning.params.get("nomination_id");
        of.and_then(|of| of.as_str()?.parse().ok())
            .is_none_or(|of| reads.covers(of))
    });
    Ok(receipt)
}

/// Makes the receipt of a hand-in; the remarks made so far are part of it.
pub(super) fn issue(tx: &Tx<'_>, submission: &Submission, handed: &Handed) -> Result<JsonText> {
    let Handed { lines, papers } = handed;
    let mut receipt = Receipt {
        code: code(submission.id, submission.round),
        submission_id: submission.id,
        round: submission.round,
        submitted_at: submission.submitted_at.unwrap_or(tx.now),
        recorded_at: tx.now,
        late: submission.late,
        terms_number: submission.terms_number.unwrap_or_default(),
        sha256: dossier(submission)?,
        digest: String::new(),
        nominations: lines.iter().map(line).collect::<Result<_>>()?,
        files: papers.iter().map(file).collect(),
        warnings: tx.outcome.warnings.iter().map(warning).collect(),
    };
    receipt.digest = digest(&receipt)?;
    JsonText::of(&receipt)
}

/// Ten characters that name one hand-in of one dossier.
fn code(id: SubmissionId, round: i32) -> String {
    let mut hash = Sha256::new();
    hash.update(id.0.as_bytes());
    hash.update(round.to_be_bytes());
    hash.finalize()
        .iter()
        .take(10)
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// SHA-256 over the canonical text of some members, in hexadecimal digits.
fn fingerprint(members: serde_json::Value) -> String {
    hex::encode(Sha256::digest(canonical::text(&members)))
}

/// Over the receipt as it is shown, but for the digest itself and the remarks, which have two languages.
fn digest(receipt: &Receipt) -> Result<String> {
    let mut members = serde_json::to_value(receipt).map_err(Error::internal)?;
    if let Some(members) = members.as_object_mut() {
        members.retain(|name, _| !["digest", "warnings"].contains(&name.as_str()));
    }
    Ok(fingerprint(members))
}

fn dossier(submission: &Submission) -> Result<String> {
    let letter: Option<serde_json::Value> = submission.letter.as_ref().map(JsonText::read).transpose()?;
    Ok(fingerprint(json!({
        "letter": letter,
        "note": submission.note,
        "procedure": submission.procedure,
    })))
}

fn line(nomination: &Nomination) -> Result<ReceiptLine> {
    let criteria: serde_json::Value = nomination.criteria.read()?;
    Ok(ReceiptLine {
        id: nomination.id,
        display_name: nomination.display_name.clone(),
        form: nomination.form.clone(),
        sha256: fingerprint(json!({
            "achievement_summary": nomination.achievement_summary,
            "collective_id": nomination.collective_id,
            "criteria": criteria,
            "display_name": nomination.display_name,
            "individual_id": nomination.individual_id,
            "position": nomination.position,
            "proposed_form": nomination.proposed_form,
            "subject_kind": nomination.subject_kind,
        })),
    })
}

fn file((paper, file): &(Attachment, Option<File>)) -> ReceiptFile {
    ReceiptFile {
        attachment_id: paper.id,
        kind: paper.kind,
        nomination_id: paper.nomination_id,
        file_id: paper.file_id,
        name: file.as_ref().map(|file| file.name.clone()),
        sha256: file.as_ref().map(|file| file.sha256.clone()),
        size_bytes: file.as_ref().map(|file| file.size_bytes),
    }
}

fn warning(fault: &Fault) -> ReceiptWarning {
    let (vi, en) = match &fault.detail {
        Some(sentence) => (sentence.vi.to_string(), sentence.en.to_string()),
        None => (fault.code.title_vi().to_owned(), fault.code.title_en().to_owned()),
    };
    ReceiptWarning {
        code: fault.code.as_str().to_owned(),
        vi,
        en,
        params: fault.params.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_one_round_of_one_dossier() {
        let (one, two) = (SubmissionId::generate(), SubmissionId::generate());
        assert_eq!(code(one, 1), code(one, 1));
        assert_ne!(code(one, 1), code(one, 2));
        assert_ne!(code(one, 1), code(two, 1));
        let made = code(one, 1);
        assert!(made.len() == 10 && made.bytes().all(|byte| ALPHABET.contains(&byte)));
    }
}
