//! Rows of `attachments`.

use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::files::File;
use super::schema::{attachments, files};
use super::sql_types::JsonText;
use crate::domain::codes::AttachmentKind;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{AttachmentId, FileId, NominationId, SubmissionId};
use crate::domain::time::Instant;

/// A paper of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = attachments, treat_none_as_null = true)]
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
    let found = directly!(conn => attachments::table.find(id).select(Attachment::as_select()).first(conn));
    Ok(found.optional()?)
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

/// The papers of a dossier with their files, in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn of_submission(conn: &mut Conn, submission: SubmissionId) -> Result<Vec<(Attachment, Option<File>)>> {
    let found = directly!(conn => attachments::table
        .left_join(files::table.on(files::id.nullable().eq(attachments::file_id)))
        .filter(attachments::submission_id.eq(submission))
        .order(attachments::id.asc())
        .select((Attachment::as_select(), Option::<File>::as_select()))
        .load(conn));
    Ok(found?)
}

/// How many papers a dossier has.
///
/// # Errors
/// The driver's error.
pub fn count(conn: &mut Conn, submission: SubmissionId) -> Result<i64> {
    Ok(attachments::table
        .filter(attachments::submission_id.eq(submission))
        .count()
        .get_result(conn)?)
}

/// Removes one paper; its file stays.
///
/// # Errors
/// The driver's error.
pub fn delete(conn: &mut Conn, id: AttachmentId) -> Result<()> {
    diesel::delete(attachments::table.find(id)).execute(conn)?;
    Ok(())
}

/// Removes the papers of one nomination.
///
/// # Errors
/// The driver's error.
pub fn delete_of_nomination(conn: &mut Conn, nomination: NominationId) -> Result<()> {
    diesel::delete(attachments::table.filter(attachments::nomination_id.eq(nomination))).execute(conn)?;
    Ok(())
}

/// Removes all papers of a dossier.
///
/// # Errors
/// The driver's error.
pub fn delete_of_submission(conn: &mut Conn, submission: SubmissionId) -> Result<()> {
    diesel::delete(attachments::table.filter(attachments::submission_id.eq(submission))).execute(conn)?;
    Ok(())
}
