//! Receipts of hand-ins.

use utoipa::ToSchema;

use super::answer::Parameters;
use super::problem::Language;
use crate::app::JsonText;
use crate::app::submissions::{Receipt, ReceiptFile, ReceiptLine, ReceiptWarning};
use crate::domain::codes::AttachmentKind;
use crate::domain::error::Result;
use crate::domain::ids::{AttachmentId, FileId, NominationId, SubmissionId};
use crate::domain::time::Instant;

/// What the office confirms to have been given.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Receipt)]
pub struct ReceiptView {
    /// Short code of this hand-in.
    #[schema(example = "7Q2M9KX4TB")]
    pub code: String,
    /// The dossier.
    pub submission_id: SubmissionId,
    /// Which hand-in of the dossier it is, from 1.
    #[schema(minimum = 1)]
    pub round: i32,
    /// The instant that counts for the deadline.
    pub submitted_at: Instant,
    /// When the service took the act in.
    pub recorded_at: Instant,
    /// Whether it was late.
    pub late: bool,
    /// The version of the plan under which it was handed in.
    #[schema(minimum = 1)]
    pub terms_number: i32,
    /// SHA-256 over `letter`, `note` and `procedure` of the dossier as they were shown then.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// SHA-256, in hexadecimal digits, over the whole receipt without `digest` and `warnings`, written as
    /// RFC 8785 has it (members in the order of their names, no white space, UTF-8). Whoever is shown a part
    /// of the nominations gets the digest of the whole.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub digest: String,
    /// The nominations.
    pub nominations: Vec<ReceiptLineView>,
    /// The papers.
    pub files: Vec<ReceiptFileView>,
    /// What was remarked.
    pub warnings: Vec<ReceiptWarningView>,
}

/// A receipt in short, as the dossier shows it.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct ReceiptSummary {
    /// Short code of this hand-in.
    pub code: String,
    /// The instant that counts for the deadline, by the server's clock.
    pub submitted_at: Instant,
    /// SHA-256 over the receipt, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub digest: String,
}

impl ReceiptSummary {
    /// Reads it from the stored receipt.
    ///
    /// # Errors
    /// A damaged row.
    pub fn read(stored: &JsonText) -> Result<Self> {
        let receipt: Receipt = stored.read()?;
        Ok(Self {
            code: receipt.code,
            submitted_at: receipt.submitted_at,
            digest: receipt.digest,
        })
    }
}

/// A nomination of a receipt.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = ReceiptLine)]
pub struct ReceiptLineView {
    /// Identifier.
    pub id: NominationId,
    /// Subject's name.
    pub display_name: String,
    /// Award form proposed.
    pub form: String,
    /// SHA-256 over `achievement_summary`, `collective_id`, `criteria`, `display_name`, `individual_id`, `position`,
    /// `proposed_form` and `subject_kind` of the nomination as they were shown then, written as RFC 8785 has it;
    /// what it does not have is left out.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
}

/// A paper of a receipt.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = ReceiptFile)]
pub struct ReceiptFileView {
    /// Identifier of the paper.
    pub attachment_id: AttachmentId,
    /// What it is.
    pub kind: AttachmentKind,
    /// The nomination it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub nomination_id: Option<NominationId>,
    /// Its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file_id: Option<FileId>,
    /// Name of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// SHA-256 of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sha256: Option<String>,
    /// Size of the file in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub size_bytes: Option<i64>,
}

/// A remark of a receipt.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = ReceiptWarning)]
pub struct ReceiptWarningView {
    /// Stable code, see `/v1/meta/errors`.
    #[schema(example = "submission.papers_missing")]
    pub code: String,
    /// Sentence in the language of the answer.
    pub detail: String,
    /// Figures and names of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Parameters>)]
    pub params: Option<serde_json::Value>,
}

impl ReceiptView {
    /// The receipt in one language.
    pub fn of(receipt: Receipt, language: Language) -> Self {
        Self {
            code: receipt.code,
            submission_id: receipt.submission_id,
            round: receipt.round,
            submitted_at: receipt.submitted_at,
            recorded_at: receipt.recorded_at,
            late: receipt.late,
            terms_number: receipt.terms_number,
            sha256: receipt.sha256,
            digest: receipt.digest,
            nominations: receipt.nominations.into_iter().map(line).collect(),
            files: receipt.files.into_iter().map(file).collect(),
            warnings: receipt
                .warnings
                .into_iter()
                .map(|warning| remark(warning, language))
                .collect(),
        }
    }
}

fn line(line: ReceiptLine) -> ReceiptLineView {
    ReceiptLineView {
        id: line.id,
        display_name: line.display_name,
        form: line.form,
        sha256: line.sha256,
    }
}

fn file(file: ReceiptFile) -> ReceiptFileView {
    ReceiptFileView {
        attachment_id: file.attachment_id,
        kind: file.kind,
        nomination_id: file.nomination_id,
        file_id: file.file_id,
        name: file.name,
        sha256: file.sha256,
        size_bytes: file.size_bytes,
    }
}

fn remark(warning: ReceiptWarning, language: Language) -> ReceiptWarningView {
    ReceiptWarningView {
        code: warning.code,
        detail: match language {
            Language::Vi => warning.vi,
            Language::En => warning.en,
        },
        params: Some(serde_json::Value::Object(warning.params))
            .filter(|params| params.as_object().is_some_and(|members| !members.is_empty())),
    }
}
