//! `/v1/files`: evidence files in three steps (declare, upload, complete) and their download.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use base64::Engine as _;
use futures_util::StreamExt as _;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::{self, Body, Nothing};
use super::call::{Call, Id};
use super::problem::{Language, Problem};
use super::shell::Shell;
use crate::app::Tx;
use crate::app::files::{self, File};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::file::FileType;
use crate::domain::ids::{FileId, OrganizationId};
use crate::domain::states::{FileAct, FileState};
use crate::domain::time::Instant;
use crate::storage::Storage;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(declare)
        .service(get)
        .service(remove)
        .service(upload)
        .service(complete)
        .service(download);
}

/// An evidence file.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = File)]
pub struct FileView {
    /// Identifier.
    pub id: FileId,
    /// The organisation with authority above the division.
    pub owner_organization_id: OrganizationId,
    /// The division whose dossier it is for.
    pub division_id: OrganizationId,
    /// Name with extension.
    #[schema(example = "Báo cáo thành tích.pdf")]
    pub name: String,
    /// Declared media type, held against the content.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// Size in bytes.
    #[schema(minimum = 1, example = 48213)]
    pub size_bytes: i64,
    /// SHA-256 in lower-case hexadecimal digits.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub sha256: String,
    /// How far the upload is.
    pub state: FileState,
    /// Until when the upload must be complete; absent afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<Instant>,
    /// When it was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub completed_at: Option<Instant>,
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

impl Resource for FileView {
    type Record = File;
    const PATH: &'static str = "/v1/files";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        files::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, file: File, language: Language) -> Result<Self> {
        let possible = files::possible(tx, &file)?;
        let actions = answer::actions(Self::PATH, file.id.0, &possible, language);
        Ok(Self {
            id: file.id,
            owner_organization_id: file.owner_organization_id,
            division_id: file.division_id,
            name: file.name,
            media_type: file.media_type,
            size_bytes: file.size_bytes,
            sha256: file.sha256,
            state: file.state,
            expires_at: file.expires_at,
            completed_at: file.completed_at,
            version: file.version,
            created_at: file.created_at,
            updated_at: file.updated_at,
            allowed_actions: Some(actions),
            outcome: None,
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

/// A file that is going to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Báo cáo thành tích.pdf", "media_type": "application/pdf", "size_bytes": 48213,
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "division_id": "01990000-0000-7000-8000-000100000098"
}))]
struct DeclareFile {
    /// Name with the extension of its type; no path.
    #[schema(min_length = 1, max_length = 1000)]
    name: String,
    /// PDF, JPEG, PNG, DOCX or XLSX by its media type.
    #[schema(min_length = 1, max_length = 200)]
    media_type: String,
    /// Size in bytes.
    #[schema(minimum = 1)]
    size_bytes: i64,
    /// SHA-256 in lower-case hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// The division whose dossier it is for.
    division_id: OrganizationId,
}

/// The bytes of a file.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary, as = FileContent)]
#[expect(dead_code, reason = "stands for the bytes in the document")]
struct Content(Vec<u8>);

/// Declare a file
///
/// First step of an upload. The content must follow before `expires_at`.
#[utoipa::path(tag = "files", operation_id = "declareFile", request_body = DeclareFile,
    extensions(("x-action" = json!("DRAFT_SUBMISSION"))),
    responses((status = 201, description = "Declared.", body = FileView)))]
#[post("/v1/files")]
async fn declare(call: Call, body: Body<DeclareFile>) -> Reply {
    let Body(body) = body;
    call.create::<FileView, _>(files::Declare {
        name: body.name,
        media_type: body.media_type,
        size_bytes: body.size_bytes,
        sha256: body.sha256,
        division_id: body.division_id,
    })
    .await
}

/// Show a file
///
/// For the uploader, and for whoever may read a submission or nomination to which it is attached.
#[utoipa::path(tag = "files", operation_id = "getFile",
    params(("id" = FileId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_SUBMISSION"))),
    responses((status = 200, description = "The file.", body = FileView)))]
#[get("/v1/files/{id}")]
async fn get(call: Call, id: Id<FileId>) -> Reply {
    call.show::<FileView, _>(move |tx| files::read(tx, id.0)).await
}

/// Delete a file
///
/// By the uploader, while it is attached to nothing.
#[utoipa::path(tag = "files", operation_id = "deleteFile",
    params(("id" = FileId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Deleted.")))]
#[delete("/v1/files/{id}")]
async fn remove(call: Call, id: Id<FileId>) -> Reply {
    call.remove(files::Delete { id: id.0 }).await
}

/// Upload the content
///
/// Second step: exactly the declared bytes, by number and SHA-256; repeating it before completion replaces them.
/// `dry_run` is refused, because bytes cannot be taken back in a transaction.
#[utoipa::path(tag = "files", operation_id = "uploadFileContent",
    request_body(content = Content, content_type = "application/octet-stream", description = "The bytes."),
    params(("id" = FileId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Uploaded.", body = FileView)))]
#[put("/v1/files/{id}/content")]
async fn upload(
    call: Call,
    id: Id<FileId>,
    request: HttpRequest,
    storage: web::Data<Storage>,
    shell: web::Data<Shell>,
    payload: web::Payload,
) -> Reply {
    call.refuse_dry_run()?;
    call.require_version()?;
    let file = call
        .peek(move |tx| files::expected(tx, id.0, FileAct::Upload))
        .await?;
    check_type(&request, &file.media_type)?;
    let size = u64::try_from(file.size_bytes).map_err(Error::internal)?;
    // A content that says it is too long is refused before its first byte.
    let announced = header_text(&request, header::CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|length| length > size) {
        return Err(Error::too_large(Code::FileTooLarge, size).into());
    }
    let storage_key = Storage::new_key(id.0);
    let passes = shell.upload(call.caller()?).await?;
    let content = payload.map(|chunk| chunk.map_err(|error| body::broken(&error)));
    storage.receive(&storage_key, size, &file.sha256, content).await?;
    drop(passes);
    call.change::<FileView, _>(files::Upload {
        id: id.0,
        sha256: file.sha256,
        storage_key,
    })
    .await
}

/// Complete an upload
///
/// Third step: size, SHA-256 and type of the content are held against what was declared.
#[utoipa::path(tag = "files", operation_id = "completeFile", request_body = Nothing,
    params(("id" = FileId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("DRAFT_SUBMISSION")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Complete; it can be attached.", body = FileView)))]
#[post("/v1/files/{id}/complete")]
async fn complete(
    call: Call,
    id: Id<FileId>,
    storage: web::Data<Storage>,
    shell: web::Data<Shell>,
    _nothing: Body<Nothing>,
) -> Reply {
    call.require_version()?;
    let file = call
        .peek(move |tx| files::expected(tx, id.0, FileAct::Complete))
        .await?;
    let evidence = match (&file.storage_key, file.state) {
        (Some(key), FileState::Uploaded) => {
            // The whole content is read.
            let _passes = shell.upload(call.caller()?).await?;
            Some(storage.inspect(key).await?)
        }
        _ => None,
    };
    call.change::<FileView, _>(files::Complete {
        id: id.0,
        storage_key: file.storage_key,
        evidence,
    })
    .await
}

/// Download the content
///
/// Always as an attachment; byte ranges are answered with 206.
#[utoipa::path(tag = "files", operation_id = "downloadFileContent",
    params(("id" = FileId, Path, description = "Identifier."),
        ("Range" = Option<String>, Header)),
    extensions(("x-action" = json!("READ_SUBMISSION")), ("x-problems" = json!([409, 416]))),
    responses(
        (status = 200, description = "The whole content. Under the declared type.",
            content((Content = "application/pdf"), (Content = "image/jpeg"), (Content = "image/png"),
                (Content = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
                (Content = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
            headers(("Content-Disposition" = String),
                ("Accept-Ranges" = String),
                ("Repr-Digest" = String))),
        (status = 206, description = "The asked part of it. Under the declared type.",
            content((Content = "application/pdf"), (Content = "image/jpeg"), (Content = "image/png"),
                (Content = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
                (Content = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
            headers(("Content-Disposition" = String),
                ("Accept-Ranges" = String),
                ("Repr-Digest" = String)))))]
#[get("/v1/files/{id}/content")]
async fn download(call: Call, id: Id<FileId>, request: HttpRequest, storage: web::Data<Storage>) -> Reply {
    let (file, key) = call.peek(move |tx| files::content(tx, id.0)).await?;
    let tag = format!("\"{}\"", file.sha256);
    if call
        .if_none_match()
        .is_some_and(|field| answer::names(field, &tag))
    {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .insert_header((header::CACHE_CONTROL, "private"))
            .finish());
    }
    let size = u64::try_from(file.size_bytes).map_err(Error::internal)?;
    let range = wanted_range(&request, &tag, size)?;
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    let content = storage.read(&key, range.clone()).await?;
    let status = match range {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private"))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        // Not compressed on the way: tag, ranges and digest are those of the stored bytes.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
        .insert_header((header::CONTENT_DISPOSITION, disposition(&file.name)))
        .insert_header(("Repr-Digest", repr_digest(&file.sha256)?))
        .content_type(file.media_type);
    if let Some(range) = range {
        let field = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        response.insert_header((header::CONTENT_RANGE, field));
    }
    Ok(response.body(SizedStream::new(length, content)))
}

fn header_text(request: &HttpRequest, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The content is sent as it is, under its declared type or as bytes.
fn check_type(request: &HttpRequest, declared: &str) -> Result<(), Problem> {
    body::check_coding(request)?;
    match header_text(request, header::CONTENT_TYPE) {
        None => Ok(()),
        Some(given) if given.eq_ignore_ascii_case("application/octet-stream") => Ok(()),
        Some(given) if given.eq_ignore_ascii_case(declared) => Ok(()),
        Some(given) if given.parse::<FileType>().is_ok() => {
            let fault = Fault::header("Content-Type", Code::FileTypeMismatch);
            Err(Error::new(Code::FileTypeMismatch).fault(fault).into())
        }
        Some(_) => Err(body::unsupported(
            "Content-Type",
            &[declared, "application/octet-stream"],
        )),
    }
}

/// RFC 8187: everything but plain letters, digits and a few signs is percent-encoded.
fn disposition(name: &str) -> String {
    use std::fmt::Write as _;
    let mut field = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            field.push(char::from(byte));
        } else {
            let _ = write!(field, "%{byte:02X}");
        }
    }
    field
}

/// RFC 9530.
fn repr_digest(sha256: &str) -> Result<String> {
    let bytes = hex::decode(sha256).map_err(Error::internal)?;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    Ok(format!("sha-256=:{text}:"))
}

/// The part that is asked for; none for the whole. A field of another unit or form, several ranges, or
/// an `If-Range` of another content ask for the whole (RFC 9110 14.2).
fn wanted_range(request: &HttpRequest, tag: &str, size: u64) -> Result<Option<Range<u64>>> {
    if header_text(request, header::IF_RANGE).is_some_and(|condition| condition != tag) {
        return Ok(None);
    }
    match header_text(request, header::RANGE).and_then(|field| range_of(field, size)) {
        None => Ok(None),
        Some(range) if range.start < range.end => Ok(Some(range)),
        Some(_) => Err(Error::new(Code::RangeNotSatisfiable).with("size_bytes", size)),
    }
}

/// `bytes=a-b`, `bytes=a-` or `bytes=-n`; an empty range when it lies outside.
fn range_of(field: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = field.strip_prefix("bytes=")?.trim().split_once('-')?;
    if first.is_empty() {
        let count: u64 = last.parse().ok()?;
        return Some(size.saturating_sub(count)..size);
    }
    let start: u64 = first.parse().ok()?;
    let end = if last.is_empty() {
        size
    } else {
        let last: u64 = last.parse().ok()?;
        if last < start {
            return None;
        }
        last.saturating_add(1).min(size)
    };
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_rfc_9110_has_them() {
        for (field, expected) in [
            ("bytes=0-3", Some(0..4)),
            ("bytes=4-", Some(4..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=8-99", Some(8..10)),
            ("bytes=3-1", None),
            ("bytes=a-b", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(range_of(field, 10), expected, "{field}");
        }
        let outside = range_of("bytes=10-", 10).expect("a range");
        assert!(outside.is_empty());
    }

    #[test]
    fn names_are_encoded_for_the_header() {
        assert_eq!(
            disposition("Báo cáo.pdf"),
            "attachment; filename*=UTF-8''B%C3%A1o%20c%C3%A1o.pdf"
        );
        assert_eq!(disposition("a\"b;c"), "attachment; filename*=UTF-8''a%22b%3Bc");
    }
}
