//! Organisations, their tree and its closure.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::dialect;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{organization_ancestors as ancestors, organizations};
use super::search;
use super::sql_types::JsonText;
use crate::domain::codes::OrganizationKind;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::OrganizationId;
use crate::domain::time::Instant;

const NOUN: &str = "organization";

/// An organisation or internal unit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = organizations, treat_none_as_null = true)]
pub struct Organization {
    /// Identifier.
    pub id: OrganizationId,
    /// Official code (mã định danh điện tử), if it has one.
    pub code: Option<String>,
    /// Earlier codes, a JSON list.
    pub legacy_codes: JsonText,
    /// Full name.
    pub name: String,
    /// Sort key of the name, in Vietnamese order.
    #[serde(skip)]
    pub sort_name: String,
    /// Symbol in document numbers, for example `SNgV`.
    pub short_name: Option<String>,
    /// Kind; decides whether it is an internal unit.
    pub kind: OrganizationKind,
    /// The organisation above.
    pub parent_id: Option<OrganizationId>,
    /// First day of its existence.
    pub valid_from: chrono::NaiveDate,
    /// Last day of its existence.
    pub valid_to: Option<chrono::NaiveDate>,
    /// Who took over its rights and duties.
    pub successor_id: Option<OrganizationId>,
    /// Version for `If-Match`.
    pub version: i64,
    /// Made.
    pub created_at: Instant,
    /// Last change.
    pub updated_at: Instant,
}

impl Organization {
    /// Whether its last day is over.
    pub fn has_ended(&self, today: chrono::NaiveDate) -> bool {
        self.valid_to.is_some_and(|last| last < today)
    }
}

/// Its name as it is printed now, if it is there; what prints it keeps it whatever becomes of the organisation.
///
/// # Errors
/// The driver's error.
pub fn name_of(conn: &mut Conn, id: OrganizationId) -> Result<Option<String>> {
    Ok(find(conn, id)?.map(|organization| organization.name))
}

/// An organisation, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: OrganizationId) -> Result<Option<Organization>> {
    let found =
        directly!(conn => organizations::table.find(id).select(Organization::as_select()).first(conn));
    Ok(found.optional()?)
}

/// An organisation.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: OrganizationId) -> Result<Organization> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// The organisations that have these official codes now.
///
/// # Errors
/// The driver's error.
pub fn with_codes(conn: &mut Conn, codes: &BTreeSet<&str>) -> Result<BTreeMap<String, OrganizationId>> {
    let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(String, OrganizationId)> = organizations::table
        .filter(organizations::code.eq_any(codes))
        .select((organizations::code.assume_not_null(), organizations::id))
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// Stores a new organisation with its place in the tree and its search words.
///
/// # Errors
/// The driver's error; a unique violation means that the code is taken.
pub fn insert(conn: &mut Conn, organization: &Organization) -> QueryResult<()> {
    diesel::insert_into(organizations::table)
        .values(organization)
        .execute(conn)?;
    link_below(conn, organization.id, organization.kind, organization.parent_id)
}

/// Stores a changed organisation if nobody changed it since `read_version` was read.
///
/// # Errors
/// `etag.stale` when somebody did, `organization.code_taken`, the driver's error.
pub fn save_if(conn: &mut Conn, organization: &Organization, read_version: i64) -> Result<()> {
    let changed = diesel::update(organizations::table.find(organization.id))
        .filter(organizations::version.eq(read_version))
        .set(organization)
        .prepared()
        .execute(conn)
        .map_err(dialect::unique(Code::OrganizationCodeTaken))?;
    if changed == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Keeps the words under which an organisation is found.
///
/// # Errors
/// The driver's error.
pub fn index(conn: &mut Conn, organization: &Organization) -> Result<()> {
    let texts = [
        organization.name.as_str(),
        organization.short_name.as_deref().unwrap_or_default(),
    ];
    search::index(conn, NOUN, organization.id, &texts)
}

/// Writes the closure rows of one organisation: itself and everything above its parent. A row is internal
/// while no organisation with authority of its own lies between, the lower end included: that is how far
/// a grant at the upper end reaches (M-4).
fn link_below(
    conn: &mut Conn,
    id: OrganizationId,
    kind: OrganizationKind,
    parent: Option<OrganizationId>,
) -> QueryResult<()> {
    let mut above = vec![(id, 0, true)];
    if let Some(parent) = parent {
        let upper: Vec<(OrganizationId, i32, bool)> = ancestors::table
            .filter(ancestors::organization_id.eq(parent))
            .select((ancestors::ancestor_id, ancestors::depth, ancestors::internal))
            .load(conn)?;
        above.extend(
            upper.into_iter().map(|(ancestor, depth, internal)| {
                (ancestor, depth + 1, internal && kind.is_internal_unit())
            }),
        );
    }
    for (ancestor, depth, internal) in above {
        diesel::insert_into(ancestors::table)
            .values((
                ancestors::organization_id.eq(id),
                ancestors::ancestor_id.eq(ancestor),
                ancestors::depth.eq(depth),
                ancestors::internal.eq(internal),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Whether `id` lies below `ancestor`, itself included.
///
/// # Errors
/// The driver's error.
pub fn is_below(conn: &mut Conn, id: OrganizationId, ancestor: OrganizationId) -> Result<bool> {
    let row = ancestors::table
        .find((id, ancestor))
        .select(ancestors::depth)
        .first::<i32>(conn)
        .optional()?;
    Ok(row.is_some())
}

/// Everything below an organisation, itself included, nearest first.
///
/// # Errors
/// The driver's error.
pub fn subtree(conn: &mut Conn, root: OrganizationId) -> Result<Vec<Organization>> {
    Ok(organizations::table
        .inner_join(ancestors::table.on(ancestors::organization_id.eq(organizations::id)))
        .filter(ancestors::ancestor_id.eq(root))
        .order((ancestors::depth.asc(), organizations::id.asc()))
        .select(Organization::as_select())
        .load(conn)?)
}

/// Makes the closure of a moved subtree anew; the caller holds the tree.
///
/// # Errors
/// The driver's error.
pub fn relink(conn: &mut Conn, root: OrganizationId) -> Result<()> {
    let moved = subtree(conn, root)?;
    let ids: Vec<OrganizationId> = moved.iter().map(|organization| organization.id).collect();
    diesel::delete(ancestors::table.filter(ancestors::organization_id.eq_any(ids))).execute(conn)?;
    // Parents come before their children, so each finds its parent's rows complete.
    for organization in moved {
        let parent = find(conn, organization.id)?.and_then(|current| current.parent_id);
        link_below(conn, organization.id, organization.kind, parent)?;
    }
    Ok(())
}

/// Whether an organisation has units that still exist on a day.
///
/// # Errors
/// The driver's error.
pub fn has_active_units(conn: &mut Conn, id: OrganizationId, day: chrono::NaiveDate) -> Result<bool> {
    let unit: Option<OrganizationId> = organizations::table
        .filter(organizations::parent_id.eq(id))
        .filter(
            organizations::valid_to
                .is_null()
                .or(organizations::valid_to.gt(day)),
        )
        .select(organizations::id)
        .first(conn)
        .optional()?;
    Ok(unit.is_some())
}

/// A sibling of this name that still exists on a day.
///
/// # Errors
/// The driver's error.
pub fn namesake(
    conn: &mut Conn,
    parent: Option<OrganizationId>,
    name: &str,
    own: Option<OrganizationId>,
    day: chrono::NaiveDate,
) -> Result<Option<OrganizationId>> {
    let mut query = organizations::table
        .filter(organizations::name.eq(name.to_owned()))
        .filter(
            organizations::valid_to
                .is_null()
                .or(organizations::valid_to.gt(day)),
        )
        .select(organizations::id)
        .into_boxed();
    query = match parent {
        Some(parent) => query.filter(organizations::parent_id.eq(parent)),
        None => query.filter(organizations::parent_id.is_null()),
    };
    if let Some(own) = own {
        query = query.filter(organizations::id.ne(own));
    }
    Ok(query.first(conn).optional()?)
}

/// The nearest organisation with authority of its own: itself, or the first one above that is no
/// internal unit (M-4).
///
/// # Errors
/// The driver's error.
pub fn authority_of(conn: &mut Conn, id: OrganizationId) -> Result<Option<Organization>> {
    Ok(with_authority(conn, id)?.map(|(_, authority)| authority))
}

/// An organisation and the one with authority over it, which may be the same.
///
/// # Errors
/// The driver's error.
pub fn with_authority(conn: &mut Conn, id: OrganizationId) -> Result<Option<(Organization, Organization)>> {
    let above: Vec<Organization> = organizations::table
        .inner_join(ancestors::table.on(ancestors::ancestor_id.eq(organizations::id)))
        .filter(ancestors::organization_id.eq(id))
        .order(ancestors::depth.asc())
        .select(Organization::as_select())
        .load(conn)?;
    // The nearest is the organisation itself.
    let itself = above.first().cloned();
    let authority = above.into_iter().find(|one| !one.kind.is_internal_unit());
    Ok(itself.zip(authority))
}

/// Whether `successor` is `original` or took over its rights, directly or through others.
///
/// # Errors
/// The driver's error.
pub fn is_successor(conn: &mut Conn, successor: OrganizationId, original: OrganizationId) -> Result<bool> {
    let mut current = original;
    for _ in 0..32 {
        if current == successor {
            return Ok(true);
        }
        match find(conn, current)?.and_then(|organization| organization.successor_id) {
            Some(next) => current = next,
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// Which organisations are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// With these words in name or symbol.
    pub words: Vec<String>,
    /// Of these kinds.
    pub kinds: Vec<OrganizationKind>,
    /// Directly below this one.
    pub parent_id: Option<OrganizationId>,
    /// With this current code.
    pub code: Option<String>,
    /// Existing on this day.
    pub on: Option<chrono::NaiveDate>,
}

/// A page of organisations by name.
///
/// # Errors
/// The driver's error.
pub fn list(conn: &mut Conn, wanted: &Wanted, slice: &Slice) -> Result<Rows<Organization>> {
    let mut query = organizations::table
        .order((organizations::sort_name.asc(), organizations::id.asc()))
        .limit(slice.fetch())
        .select(Organization::as_select())
        .into_boxed();
    if let Some(named) = search::having(conn, NOUN, "organizations.id", &wanted.words)? {
        query = query.filter(named);
    }
    if !wanted.kinds.is_empty() {
        query = query.filter(organizations::kind.eq_any(wanted.kinds.clone()));
    }
    if let Some(parent) = wanted.parent_id {
        query = query.filter(organizations::parent_id.eq(parent));
    }
    if let Some(code) = &wanted.code {
        query = query.filter(organizations::code.eq(code.clone()));
    }
    if let Some(day) = wanted.on {
        query = query.filter(organizations::valid_from.le(day)).filter(
            organizations::valid_to
                .is_null()
                .or(organizations::valid_to.ge(day)),
        );
    }
    if let Some(after) = &slice.after {
        let (key, id) = (after.key.clone(), OrganizationId(after.id));
        query = query.filter(
            organizations::sort_name
                .gt(key.clone())
                .or(organizations::sort_name.eq(key).and(organizations::id.gt(id))),
        );
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Organization| After {
        key: row.sort_name.clone(),
        id: row.id.0,
    }))
}
