//! Rows of `files`.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::files;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{FileId, IdentityId, OrganizationId};
use crate::domain::states::FileState;
use crate::domain::time::Instant;

/// Stored content with its digest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = files, treat_none_as_null = true)]
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
    Ok(files::table
        .find(id)
        .select(File::as_select())
        .first(conn)
        .optional()?)
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

/// Stores a changed File.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &File) -> QueryResult<()> {
    diesel::update(files::table.find(row.id)).set(row).execute(conn)?;
    Ok(())
}
