//! Rows of `councils`, `council_members`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{council_members, councils};
use super::sql_types::JsonText;
use crate::domain::codes::MembershipFunction;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CouncilId, CouncilMemberId, IndividualId, OrganizationId};
use crate::domain::time::Instant;

/// A council.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = councils, treat_none_as_null = true)]
pub struct Council {
    /// Identifier.
    pub id: CouncilId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// Name.
    pub name: String,
    /// Policy.
    pub policy: JsonText,
    /// Document.
    pub document: Option<JsonText>,
    /// Active.
    pub active: bool,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Council with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: CouncilId) -> Result<Option<Council>> {
    Ok(councils::table
        .find(id)
        .select(Council::as_select())
        .first(conn)
        .optional()?)
}

/// The Council with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: CouncilId) -> Result<Council> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Council.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Council) -> QueryResult<()> {
    diesel::insert_into(councils::table).values(row).execute(conn)?;
    Ok(())
}

/// Stores a changed Council.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Council) -> QueryResult<()> {
    diesel::update(councils::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// A dated membership.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = council_members, treat_none_as_null = true)]
pub struct CouncilMember {
    /// Identifier.
    pub id: CouncilMemberId,
    /// Council id.
    pub council_id: CouncilId,
    /// Individual id.
    pub individual_id: IndividualId,
    /// Name at the time.
    pub display_name: String,
    /// Function.
    pub function: MembershipFunction,
    /// Valid from.
    pub valid_from: NaiveDate,
    /// Valid to.
    pub valid_to: Option<NaiveDate>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The CouncilMember with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_council_member(conn: &mut Conn, id: CouncilMemberId) -> Result<Option<CouncilMember>> {
    Ok(council_members::table
        .find(id)
        .select(CouncilMember::as_select())
        .first(conn)
        .optional()?)
}

/// The CouncilMember with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_council_member(conn: &mut Conn, id: CouncilMemberId) -> Result<CouncilMember> {
    find_council_member(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new CouncilMember.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_council_member(conn: &mut Conn, row: &CouncilMember) -> QueryResult<()> {
    diesel::insert_into(council_members::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed CouncilMember.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save_council_member(conn: &mut Conn, row: &CouncilMember) -> QueryResult<()> {
    diesel::update(council_members::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}
