//! Rows of `attachments`.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::attachments;
use super::sql_types::JsonText;
use crate::domain::codes::AttachmentKind;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{AttachmentId, FileId, NominationId, SubmissionId};
use crate::domain::time::Instant;

/// A paper of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = attachments, treat_none_as_null = true)]
pub struct Attachment {
    /// Identifier.
    pub id: AttachmentId,
    /// Submission id.
    pub submission_id: SubmissionId,
    /// Nomination id.
    pub nomination_id: Option<NominationId>,
    /// Kind.
    pub kind: AttachmentKind,
    /// File id.
    pub file_id: Option<FileId>,
    /// Document.
    pub document: Option<JsonText>,
    /// Note.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Instant,
}

/// The Attachment with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: AttachmentId) -> Result<Option<Attachment>> {
    Ok(attachments::table
        .find(id)
        .select(Attachment::as_select())
        .first(conn)
        .optional()?)
}

/// The Attachment with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: AttachmentId) -> Result<Attachment> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Attachment.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Attachment) -> QueryResult<()> {
    diesel::insert_into(attachments::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Attachment.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Attachment) -> QueryResult<()> {
    diesel::update(attachments::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}
