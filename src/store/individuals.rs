//! Rows of `individuals`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::filter;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::individuals;
use super::search;
use crate::domain::codes::{LeadershipClass, Sex, StaffKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{IndividualId, OrganizationId};
use crate::domain::policy::Visibility;
use crate::domain::time::Instant;

const NOUN: &str = "individual";

/// A natural person who can be rewarded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = individuals, treat_none_as_null = true)]
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
    #[serde(skip)]
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
    let found = directly!(conn => individuals::table.find(id).select(Individual::as_select()).first(conn));
    Ok(found.optional()?)
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

/// Stores a changed individual if nobody changed it since `version`.
///
/// # Errors
/// `etag.stale`, `individual.personnel_code_taken`.
pub fn save_if(conn: &mut Conn, row: &Individual, version: i64) -> Result<()> {
    let current = individuals::table
        .find(row.id)
        .filter(individuals::version.eq(version));
    let changed = diesel::update(current)
        .set(row)
        .prepared()
        .execute(conn)
        .map_err(super::dialect::unique(Code::IndividualCodeTaken))?;
    if changed == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Keeps the words under which an individual is found.
///
/// # Errors
/// The driver's error.
pub fn index(conn: &mut Conn, row: &Individual) -> Result<()> {
    search::index(conn, NOUN, row.id, &[&row.full_name])
}

/// Gives the individuals of a unit to the organisation that has authority over it (AZN-04). Their version rises:
/// whoever read them before would write the former owner back. Answers them as they were and are.
///
/// # Errors
/// The driver's error; a unique violation means that two of them share a personnel code there.
pub fn give_to(
    conn: &mut Conn,
    unit: OrganizationId,
    owner: OrganizationId,
    now: Instant,
) -> QueryResult<Vec<(Individual, Individual)>> {
    let others = individuals::table
        .filter(individuals::unit_id.eq(unit))
        .filter(individuals::owner_organization_id.ne(owner));
    let before = others
        .order(individuals::id.asc())
        .select(Individual::as_select())
        .load(conn)?;
    if before.is_empty() {
        return Ok(Vec::new());
    }
    diesel::update(others)
        .set((
            individuals::owner_organization_id.eq(owner),
            individuals::version.eq(individuals::version + 1),
            individuals::updated_at.eq(now),
        ))
        .execute(conn)?;
    // As stored: somebody may have changed one of them in between.
    let ids: Vec<_> = before.iter().map(|one| one.id).collect();
    let after = individuals::table
        .filter(individuals::id.eq_any(ids))
        .order(individuals::id.asc())
        .select(Individual::as_select())
        .load(conn)?;
    Ok(before.into_iter().zip(after).collect())
}

/// Which individuals are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// With these words in the name.
    pub words: Vec<String>,
    /// Of this unit.
    pub unit_id: Option<OrganizationId>,
    /// Of these kinds of employment.
    pub staff_kinds: Vec<StaffKind>,
    /// Of these position classes.
    pub leadership_classes: Vec<LeadershipClass>,
    /// Active, or no longer.
    pub active: Option<bool>,
}

/// A page of individuals in the Vietnamese order of names, given name first.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    visibility: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Individual>> {
    let mut query = individuals::table
        .filter(filter::individuals(visibility))
        .order((individuals::sort_name.asc(), individuals::id.asc()))
        .limit(slice.fetch())
        .select(Individual::as_select())
        .into_boxed();
    if let Some(named) = search::having(conn, NOUN, "individuals.id", &wanted.words)? {
        query = query.filter(named);
    }
    if let Some(unit) = wanted.unit_id {
        query = query.filter(individuals::unit_id.eq(unit));
    }
    if !wanted.staff_kinds.is_empty() {
        query = query.filter(individuals::staff_kind.eq_any(wanted.staff_kinds.clone()));
    }
    if !wanted.leadership_classes.is_empty() {
        query = query.filter(individuals::leadership_class.eq_any(wanted.leadership_classes.clone()));
    }
    if let Some(active) = wanted.active {
        query = query.filter(individuals::active.eq(active));
    }
    if let Some(after) = &slice.after {
        let (key, id) = (after.key.clone(), IndividualId(after.id));
        query = query.filter(
            individuals::sort_name
                .gt(key.clone())
                .or(individuals::sort_name.eq(key).and(individuals::id.gt(id))),
        );
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Individual| After {
        key: row.sort_name.clone(),
        id: row.id.0,
    }))
}
