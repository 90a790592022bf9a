//! Rows of `collectives`.

use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::filter;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::collectives;
use super::search;
use crate::domain::codes::SubjectKind;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CollectiveId, OrganizationId};
use crate::domain::policy::Visibility;
use crate::domain::time::Instant;

const NOUN: &str = "collective";

/// A collective or household that can be rewarded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = collectives, treat_none_as_null = true)]
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
    #[serde(skip)]
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
    let found = directly!(conn => collectives::table.find(id).select(Collective::as_select()).first(conn));
    Ok(found.optional()?)
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

/// Stores a changed collective if nobody changed it since `version`.
///
/// # Errors
/// `etag.stale`, `collective.name_taken`.
pub fn save_if(conn: &mut Conn, row: &Collective, version: i64) -> Result<()> {
    let current = collectives::table
        .find(row.id)
        .filter(collectives::version.eq(version));
    let changed = diesel::update(current)
        .set(row)
        .prepared()
        .execute(conn)
        .map_err(super::dialect::unique(Code::CollectiveNameTaken))?;
    if changed == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Keeps the words under which a collective is found.
///
/// # Errors
/// The driver's error.
pub fn index(conn: &mut Conn, row: &Collective) -> Result<()> {
    search::index(conn, NOUN, row.id, &[&row.name])
}

/// Gives the collectives of a unit to the organisation that has authority over it (AZN-04). Their version rises:
/// whoever read them before would write the former owner back. Answers them as they were and are.
///
/// # Errors
/// The driver's error; a unique violation means that the name is taken there.
pub fn give_to(
    conn: &mut Conn,
    unit: OrganizationId,
    owner: OrganizationId,
    now: Instant,
) -> QueryResult<Vec<(Collective, Collective)>> {
    let others = collectives::table
        .filter(collectives::unit_id.eq(unit))
        .filter(collectives::owner_organization_id.ne(owner));
    let before = others
        .order(collectives::id.asc())
        .select(Collective::as_select())
        .load(conn)?;
    if before.is_empty() {
        return Ok(Vec::new());
    }
    diesel::update(others)
        .set((
            collectives::owner_organization_id.eq(owner),
            collectives::version.eq(collectives::version + 1),
            collectives::updated_at.eq(now),
        ))
        .execute(conn)?;
    // As stored: somebody may have changed one of them in between.
    let ids: Vec<_> = before.iter().map(|one| one.id).collect();
    let after = collectives::table
        .filter(collectives::id.eq_any(ids))
        .order(collectives::id.asc())
        .select(Collective::as_select())
        .load(conn)?;
    Ok(before.into_iter().zip(after).collect())
}

/// Which collectives are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// With these words in the name.
    pub words: Vec<String>,
    /// Of this unit.
    pub unit_id: Option<OrganizationId>,
    /// Of these kinds.
    pub kinds: Vec<SubjectKind>,
    /// Active, or no longer.
    pub active: Option<bool>,
}

/// A page of collectives in the Vietnamese order of names.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    visibility: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Collective>> {
    let mut query = collectives::table
        .filter(filter::collectives(visibility))
        .order((collectives::sort_name.asc(), collectives::id.asc()))
        .limit(slice.fetch())
        .select(Collective::as_select())
        .into_boxed();
    if let Some(named) = search::having(conn, NOUN, "collectives.id", &wanted.words)? {
        query = query.filter(named);
    }
    if let Some(unit) = wanted.unit_id {
        query = query.filter(collectives::unit_id.eq(unit));
    }
    if !wanted.kinds.is_empty() {
        query = query.filter(collectives::kind.eq_any(wanted.kinds.clone()));
    }
    if let Some(active) = wanted.active {
        query = query.filter(collectives::active.eq(active));
    }
    if let Some(after) = &slice.after {
        let (key, id) = (after.key.clone(), CollectiveId(after.id));
        query = query.filter(
            collectives::sort_name
                .gt(key.clone())
                .or(collectives::sort_name.eq(key).and(collectives::id.gt(id))),
        );
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Collective| After {
        key: row.sort_name.clone(),
        id: row.id.0,
    }))
}
