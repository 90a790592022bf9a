//! Rows of `collectives`.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::collectives;
use crate::domain::codes::SubjectKind;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CollectiveId, OrganizationId};
use crate::domain::time::Instant;

/// A collective or household that can be rewarded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = collectives, treat_none_as_null = true)]
pub struct Collective {
    /// Identifier.
    pub id: CollectiveId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// Unit id.
    pub unit_id: OrganizationId,
    /// Name.
    pub name: String,
    /// Sort key of the name.
    pub sort_name: String,
    /// Kind.
    pub kind: SubjectKind,
    /// Headcount.
    pub headcount: Option<i32>,
    /// Women count.
    pub women_count: Option<i32>,
    /// Active.
    pub active: bool,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Collective with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: CollectiveId) -> Result<Option<Collective>> {
    Ok(collectives::table
        .find(id)
        .select(Collective::as_select())
        .first(conn)
        .optional()?)
}

/// The Collective with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: CollectiveId) -> Result<Collective> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Collective.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Collective) -> QueryResult<()> {
    diesel::insert_into(collectives::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Collective.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Collective) -> QueryResult<()> {
    diesel::update(collectives::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}
