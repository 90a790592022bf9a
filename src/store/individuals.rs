//! Rows of `individuals`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::individuals;
use crate::domain::codes::{LeadershipClass, Sex, StaffKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{IndividualId, OrganizationId};
use crate::domain::time::Instant;

/// A natural person who can be rewarded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = individuals, treat_none_as_null = true)]
pub struct Individual {
    /// Identifier.
    pub id: IndividualId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// Unit id.
    pub unit_id: OrganizationId,
    /// Full name.
    pub full_name: String,
    /// Sort key of the name.
    pub sort_name: String,
    /// Honorific.
    pub honorific: Option<String>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Position.
    pub position: Option<String>,
    /// Staff kind.
    pub staff_kind: StaffKind,
    /// Leadership class.
    pub leadership_class: LeadershipClass,
    /// Personnel code.
    pub personnel_code: Option<String>,
    /// Active.
    pub active: bool,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Individual with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: IndividualId) -> Result<Option<Individual>> {
    Ok(individuals::table
        .find(id)
        .select(Individual::as_select())
        .first(conn)
        .optional()?)
}

/// The Individual with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: IndividualId) -> Result<Individual> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Individual.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Individual) -> QueryResult<()> {
    diesel::insert_into(individuals::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Individual.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Individual) -> QueryResult<()> {
    diesel::update(individuals::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}
