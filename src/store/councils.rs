//! Rows of `councils`, `council_members`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::filter;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{council_members, councils};
use super::sql_types::JsonText;
use crate::domain::codes::MembershipFunction;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CouncilId, CouncilMemberId, IndividualId, OrganizationId};
use crate::domain::policy::Visibility;
use crate::domain::time::Instant;

/// A council.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = councils, treat_none_as_null = true)]
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
    let found = directly!(conn => councils::table.find(id).select(Council::as_select()).first(conn));
    Ok(found.optional()?)
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

/// Stores a council that nobody changed since `version`.
///
/// # Errors
/// `etag.stale` when somebody did.
pub fn save_if(conn: &mut Conn, row: &Council, version: i64) -> Result<()> {
    let stored = diesel::update(councils::table.find(row.id).filter(councils::version.eq(version)))
        .set(row)
        .prepared()
        .execute(conn)?;
    if stored == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Keeps the council's row until the transaction ends: memberships are changed one after the other, and it is not
/// retired while a session opens.
///
/// # Errors
/// The driver's error.
pub fn lock(conn: &mut Conn, id: CouncilId) -> Result<()> {
    diesel::update(councils::table.find(id))
        .set(councils::active.eq(councils::active))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Which councils are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this organisation.
    pub owner_organization_id: Option<OrganizationId>,
    /// Working ones, or the others.
    pub active: Option<bool>,
}

/// A page of councils in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn list(conn: &mut Conn, seen: &Visibility, wanted: &Wanted, slice: &Slice) -> Result<Rows<Council>> {
    let mut query = councils::table
        .filter(filter::councils(seen))
        .order(councils::id.asc())
        .limit(slice.fetch())
        .select(Council::as_select())
        .into_boxed();
    if let Some(owner) = wanted.owner_organization_id {
        query = query.filter(councils::owner_organization_id.eq(owner));
    }
    if let Some(active) = wanted.active {
        query = query.filter(councils::active.eq(active));
    }
    if let Some(after) = &slice.after {
        query = query.filter(councils::id.gt(CouncilId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Council| After {
        key: String::new(),
        id: row.id.0,
    }))
}

/// A dated membership.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = council_members, treat_none_as_null = true)]
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
    let found =
        directly!(conn => council_members::table.find(id).select(CouncilMember::as_select()).first(conn));
    Ok(found.optional()?)
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
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// A page of a council's memberships in the order of their making, only those of one day if wanted.
///
/// # Errors
/// The driver's error.
pub fn list_members(
    conn: &mut Conn,
    council: CouncilId,
    on: Option<NaiveDate>,
    slice: &Slice,
) -> Result<Rows<CouncilMember>> {
    let mut query = council_members::table
        .filter(council_members::council_id.eq(council))
        .order(council_members::id.asc())
        .limit(slice.fetch())
        .select(CouncilMember::as_select())
        .into_boxed();
    if let Some(day) = on {
        query = query.filter(council_members::valid_from.le(day)).filter(
            council_members::valid_to
                .is_null()
                .or(council_members::valid_to.ge(day)),
        );
    }
    if let Some(after) = &slice.after {
        query = query.filter(council_members::id.gt(CouncilMemberId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &CouncilMember| After {
        key: String::new(),
        id: row.id.0,
    }))
}

/// All memberships of a council on a day.
///
/// # Errors
/// The driver's error.
pub fn members_on(conn: &mut Conn, council: CouncilId, day: NaiveDate) -> Result<Vec<CouncilMember>> {
    Ok(council_members::table
        .filter(council_members::council_id.eq(council))
        .filter(council_members::valid_from.le(day))
        .filter(
            council_members::valid_to
                .is_null()
                .or(council_members::valid_to.ge(day)),
        )
        .order(council_members::id.asc())
        .select(CouncilMember::as_select())
        .load(conn)?)
}

/// Memberships of a council that overlap a time.
///
/// # Errors
/// The driver's error.
pub fn members_between(
    conn: &mut Conn,
    council: CouncilId,
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<Vec<CouncilMember>> {
    let mut query = council_members::table
        .filter(council_members::council_id.eq(council))
        .filter(
            council_members::valid_to.is_null().or(council_members::valid_to
                .ge(from)
                // What was taken back before it began never was.
                .and(council_members::valid_to.ge(council_members::valid_from.nullable()))),
        )
        .select(CouncilMember::as_select())
        .into_boxed();
    if let Some(to) = to {
        query = query.filter(council_members::valid_from.le(to));
    }
    Ok(query.load(conn)?)
}
