//! `/v1/submissions/{id}/attachments`.

use actix_web::{HttpRequest, delete, get, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Routes;
use super::answer::Reply;
use super::body::Body;
use super::call::{Call, Id, path_id};
use crate::app::submissions::{self, Paper};
use crate::domain::codes::AttachmentKind;
use crate::domain::document::DocumentRef;
use crate::domain::error::Result;
use crate::domain::ids::{AttachmentId, FileId, NominationId, SubmissionId};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config.service(list).service(attach).service(get).service(detach);
}

/// A paper of a dossier.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentView {
    /// Identifier.
    pub id: AttachmentId,
    /// The dossier.
    pub submission_id: SubmissionId,
    /// The nomination it belongs to; absent when it is of the whole dossier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub nomination_id: Option<NominationId>,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its file, read at `/v1/files/{id}/content`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file: Option<AttachedFile>,
    /// A document kept elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub document: Option<DocumentRef>,
    /// Note.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// When it was attached.
    pub created_at: Instant,
}

/// The file of a paper.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct AttachedFile {
    /// Identifier.
    pub id: FileId,
    /// Name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    #[schema(minimum = 0)]
    pub size_bytes: i64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl AttachmentView {
    fn of((paper, file): Paper) -> Result<Self> {
        Ok(Self {
            id: paper.id,
            submission_id: paper.submission_id,
            nomination_id: paper.nomination_id,
            kind: paper.kind,
            file: file.map(|file| AttachedFile {
                id: file.id,
                name: file.name,
                media_type: file.media_type,
                size_bytes: file.size_bytes,
                sha256: file.sha256,
            }),
            document: paper.document.map(|document| document.read()).transpose()?,
            note: paper.note,
            created_at: paper.created_at,
        })
    }
}

/// The papers of a dossier.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct AttachmentList {
    /// In the order of their making; never more than the service takes of one dossier.
    pub items: Vec<AttachmentView>,
}

/// Papers of a submission
#[utoipa::path(tag = "submissions", operation_id = "listAttachments",
    params(("id" = SubmissionId, Path, description = "The submission.")),
    extensions(("x-action" = json!("READ_SUBMISSION"))),
    responses((status = 200, description = "The papers.", body = AttachmentList)))]
#[get("/v1/submissions/{id}/attachments")]
async fn list(call: Call, id: Id<SubmissionId>) -> Reply {
    call.show_part(move |tx, _| {
        let whole = submissions::read(tx, id.0)?;
        let papers = submissions::papers(tx, id.0)?;
        let items = papers
            .into_iter()
            .map(AttachmentView::of)
            .collect::<Result<_>>()?;
        Ok((whole.version, AttachmentList { items }))
    })
    .await
}

/// A paper: a complete file, or a reference to a document.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "BAO_CAO", "file_id": "01990000-0000-7000-8000-000000000003"}))]
struct AddAttachment {
    /// What it is.
    kind: AttachmentKind,
    /// The nomination it belongs to; absent when it is of the whole dossier.
    #[schema(nullable = false)]
    nomination_id: Option<NominationId>,
    /// Its file; complete, and of the same unit.
    #[schema(nullable = false)]
    file_id: Option<FileId>,
    /// A document kept elsewhere.
    #[schema(nullable = false)]
    document: Option<DocumentRef>,
    /// Note.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    note: Option<String>,
}

/// Attach a paper
///
/// While the submission may be edited; gives the submission its next version.
#[utoipa::path(tag = "submissions", operation_id = "addAttachment", request_body = AddAttachment,
    params(("id" = SubmissionId, Path, description = "The submission.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!("if-sent"))),
    responses((status = 201, description = "Attached.", body = AttachmentView)))]
#[post("/v1/submissions/{id}/attachments")]
async fn attach(call: Call, id: Id<SubmissionId>, body: Body<AddAttachment>) -> Reply {
    let Body(body) = body;
    let command = submissions::Attach {
        submission_id: id.0,
        kind: body.kind,
        nomination_id: body.nomination_id,
        file_id: body.file_id,
        document: body.document,
        note: body.note,
    };
    call.add(command, |tx, paper, _| {
        let view = AttachmentView::of(paper)?;
        let location = format!("/v1/submissions/{}/attachments/{}", view.submission_id, view.id);
        let whole = submissions::read(tx, view.submission_id)?;
        Ok((location, whole.version, view))
    })
    .await
}

/// One paper of a submission
#[utoipa::path(tag = "submissions", operation_id = "getAttachment",
    params(("id" = SubmissionId, Path, description = "The submission."),
        ("attachment_id" = AttachmentId, Path, description = "The paper.")),
    extensions(("x-action" = json!("READ_SUBMISSION"))),
    responses((status = 200, description = "The paper.", body = AttachmentView)))]
#[get("/v1/submissions/{id}/attachments/{attachment_id}")]
async fn get(call: Call, id: Id<SubmissionId>, request: HttpRequest) -> Reply {
    let paper = path_id(&request, "attachment_id")?;
    call.show_part(move |tx, _| {
        let whole = submissions::read(tx, id.0)?;
        Ok((
            whole.version,
            AttachmentView::of(submissions::paper(tx, id.0, paper)?)?,
        ))
    })
    .await
}

/// Remove a paper
///
/// While the submission may be edited; its file stays. `If-Match` names the submission's version, as the tags of
/// its papers do.
#[utoipa::path(tag = "submissions", operation_id = "removeAttachment",
    params(("id" = SubmissionId, Path, description = "The submission."),
        ("attachment_id" = AttachmentId, Path, description = "The paper.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/submissions/{id}/attachments/{attachment_id}")]
async fn detach(call: Call, id: Id<SubmissionId>, request: HttpRequest) -> Reply {
    let command = submissions::Detach {
        submission_id: id.0,
        id: path_id(&request, "attachment_id")?,
    };
    call.remove(command).await
}
