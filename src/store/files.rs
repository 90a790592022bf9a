//! Rows of `files`.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error::DatabaseError};

use super::connection::{Conn, directly};
use super::prepared::Prepare as _;
use super::schema::{attachments, files, journal_entries};
use super::sql_types::AnyId;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{FileId, IdentityId, NominationId, OrganizationId, SubmissionId};
use crate::domain::states::FileState;
use crate::domain::time::Instant;

/// Stored content with its digest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = files, treat_none_as_null = true)]
pub struct File {
    /// Identifier.
    pub id: FileId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The division it belongs to.
    pub division_id: OrganizationId,
    /// Uploaded by.
    pub uploaded_by: IdentityId,
    /// Name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size bytes.
    pub size_bytes: i64,
    /// Sha256.
    pub sha256: String,
    /// State; changes through the machine only.
    pub state: FileState,
    /// Storage key.
    pub storage_key: Option<String>,
    /// Expires at.
    pub expires_at: Option<Instant>,
    /// Completed at.
    pub completed_at: Option<Instant>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The File with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: FileId) -> Result<Option<File>> {
    let found = directly!(conn => files::table.find(id).select(File::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The File with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: FileId) -> Result<File> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new File.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &File) -> QueryResult<()> {
    diesel::insert_into(files::table).values(row).execute(conn)?;
    Ok(())
}

/// Stores a changed file if nobody else changed it since it was read.
///
/// # Errors
/// `etag.stale`, the driver's error.
pub fn save_if(conn: &mut Conn, row: &File, version_before: i64) -> Result<()> {
    let changed = diesel::update(
        files::table
            .find(row.id)
            .filter(files::version.eq(version_before)),
    )
    .set(row)
    .prepared()
    .execute(conn)?;
    if changed == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Removes a file.
///
/// # Errors
/// `etag.stale` when somebody else changed it, `file.immutable` when it was attached meanwhile.
pub fn delete(conn: &mut Conn, row: &File) -> Result<()> {
    let removed = diesel::delete(files::table.find(row.id).filter(files::version.eq(row.version)))
        .execute(conn)
        .map_err(|error| match error {
            DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Error::new(Code::FileImmutable),
            other => Error::from(other),
        })?;
    if removed == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Ends uploads whose time is over; their contents are no longer named. Answers how many.
///
/// # Errors
/// The driver's error.
pub fn expire(conn: &mut Conn, now: Instant) -> Result<usize> {
    let open = [FileState::Declared, FileState::Uploaded];
    Ok(diesel::update(
        files::table
            .filter(files::state.eq_any(open))
            .filter(files::expires_at.le(now)),
    )
    .set((
        files::state.eq(FileState::Expired),
        files::storage_key.eq(None::<String>),
        files::version.eq(files::version + 1),
        files::updated_at.eq(now),
    ))
    .execute(conn)?)
}

/// Which of these storage keys are in use.
///
/// # Errors
/// The driver's error.
pub fn named(conn: &mut Conn, keys: &[String]) -> Result<Vec<String>> {
    let found: Vec<Option<String>> = files::table
        .filter(files::storage_key.eq_any(keys.to_vec()))
        .select(files::storage_key)
        .load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

/// All complete files, in the order of their identifiers.
///
/// # Errors
/// The driver's error.
pub fn complete(conn: &mut Conn) -> Result<Vec<File>> {
    Ok(files::table
        .filter(files::state.eq(FileState::Complete))
        .order(files::id)
        .select(File::as_select())
        .load(conn)?)
}

/// Which of these files were ever declared here; the journal keeps those whose row is gone.
///
/// # Errors
/// The driver's error.
pub fn known(conn: &mut Conn, ids: &[FileId]) -> Result<HashSet<FileId>> {
    let objects: Vec<AnyId> = ids.iter().copied().map(AnyId::from).collect();
    let told: Vec<AnyId> = journal_entries::table
        .filter(journal_entries::object_id.eq_any(objects))
        .select(journal_entries::object_id)
        .distinct()
        .load(conn)?;
    let told: HashSet<AnyId> = told.into_iter().collect();
    let known = |id: &FileId| told.contains(&AnyId::from(*id));
    Ok(ids.iter().copied().filter(known).collect())
}

/// What a file is attached to.
///
/// # Errors
/// The driver's error.
pub fn uses(conn: &mut Conn, id: FileId) -> Result<Vec<(SubmissionId, Option<NominationId>)>> {
    Ok(attachments::table
        .filter(attachments::file_id.eq(id))
        .select((attachments::submission_id, attachments::nomination_id))
        .load(conn)?)
}
