//! Role grants, and how far they reach.

use diesel::prelude::*;

use super::connection::Conn;
use super::filter;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{organization_ancestors, organizations, role_grants};
use super::sql_types::JsonText;
use crate::domain::caller::{PrincipalKind, Role};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{OrganizationId, RoleGrantId};
use crate::domain::policy::Visibility;
use crate::domain::time::Instant;

/// A role given to a principal at an organisation for a time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = role_grants, treat_none_as_null = true)]
pub struct RoleGrant {
    /// Identifier.
    pub id: RoleGrantId,
    /// Person or machine.
    pub principal_kind: PrincipalKind,
    /// `iss`.
    pub issuer: String,
    /// `sub` of a person, client id of a machine.
    pub subject: String,
    /// The role.
    pub role: Role,
    /// Where; none for the whole province.
    pub organization_id: Option<OrganizationId>,
    /// From this instant.
    pub valid_from: Instant,
    /// Until before this instant; open otherwise.
    pub valid_to: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// Made.
    pub created_at: Instant,
    /// Last change.
    pub updated_at: Instant,
}

/// The organisation and its internal units: how far a grant at it reaches (M-4).
///
/// # Errors
/// The driver's error.
pub fn covered(conn: &mut Conn, root: OrganizationId) -> Result<Vec<OrganizationId>> {
    Ok(organization_ancestors::table
        .filter(organization_ancestors::ancestor_id.eq(root))
        .filter(organization_ancestors::internal.eq(true))
        .select(organization_ancestors::organization_id)
        .load(conn)?)
}

/// The one organisation with this official code, current or legacy.
///
/// # Errors
/// The driver's error.
pub fn organization_by_code(conn: &mut Conn, code: &str) -> Result<Option<OrganizationId>> {
    let current: Option<OrganizationId> = organizations::table
        .filter(organizations::code.eq(code))
        .select(organizations::id)
        .first(conn)
        .optional()?;
    if current.is_some() {
        return Ok(current);
    }
    let holders = legacy_holders(conn, code)?;
    // A code of two organisations gives nothing at either.
    Ok(match holders.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// The organisations that had this code before.
///
/// # Errors
/// The driver's error.
pub fn legacy_holders(conn: &mut Conn, code: &str) -> Result<Vec<OrganizationId>> {
    // Codes are ASCII without quotes, so the JSON text contains them verbatim; the text finds them, their parts say
    // which are the same.
    let pattern = format!("%\"{}\"%", code.replace(['%', '_', '\\', '"'], ""));
    let found: Vec<(OrganizationId, JsonText)> = organizations::table
        .filter(organizations::legacy_codes.like(pattern))
        .order(organizations::id.asc())
        .select((organizations::id, organizations::legacy_codes))
        .load(conn)?;
    let mut holders = Vec::new();
    for (id, codes) in found {
        if codes.read::<Vec<String>>()?.iter().any(|one| one == code) {
            holders.push(id);
        }
    }
    Ok(holders)
}

/// A grant by its id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: RoleGrantId) -> Result<RoleGrant> {
    role_grants::table
        .find(id)
        .select(RoleGrant::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(Error::not_found)
}

/// Stores a new grant.
///
/// # Errors
/// The driver's error.
pub fn insert(conn: &mut Conn, grant: &RoleGrant) -> Result<()> {
    diesel::insert_into(role_grants::table)
        .values(grant)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed grant if nobody changed it since `version`.
///
/// # Errors
/// `etag.stale`.
pub fn save_if(conn: &mut Conn, grant: &RoleGrant, version: i64) -> Result<()> {
    let current = role_grants::table
        .find(grant.id)
        .filter(role_grants::version.eq(version));
    if diesel::update(current).set(grant).prepared().execute(conn)? == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Whether the principal holds the role there at some instant of the time span.
///
/// # Errors
/// The driver's error.
pub fn overlaps(conn: &mut Conn, wanted: &RoleGrant) -> Result<bool> {
    let mut query = role_grants::table
        .filter(role_grants::issuer.eq(&wanted.issuer))
        .filter(role_grants::subject.eq(&wanted.subject))
        .filter(role_grants::principal_kind.eq(wanted.principal_kind))
        .filter(role_grants::role.eq(wanted.role))
        .filter(role_grants::id.ne(wanted.id))
        .filter(
            role_grants::valid_to
                .is_null()
                .or(role_grants::valid_to.gt(wanted.valid_from)),
        )
        .select(role_grants::id)
        .into_boxed();
    query = match wanted.organization_id {
        Some(organization) => query.filter(role_grants::organization_id.eq(organization)),
        None => query.filter(role_grants::organization_id.is_null()),
    };
    if let Some(end) = wanted.valid_to {
        query = query.filter(role_grants::valid_from.lt(end));
    }
    Ok(query.first::<RoleGrantId>(conn).optional()?.is_some())
}

/// Which grants are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this subject or client.
    pub subject: Option<String>,
    /// Of this role.
    pub role: Option<Role>,
    /// At this organisation.
    pub organization_id: Option<OrganizationId>,
    /// In force at this instant.
    pub in_force_at: Option<Instant>,
}

/// A page of grants, oldest first.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    visibility: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<RoleGrant>> {
    let mut query = role_grants::table
        .filter(filter::role_grants(visibility))
        .order(role_grants::id.asc())
        .limit(slice.fetch())
        .select(RoleGrant::as_select())
        .into_boxed();
    if let Some(subject) = &wanted.subject {
        query = query.filter(role_grants::subject.eq(subject.clone()));
    }
    if let Some(role) = wanted.role {
        query = query.filter(role_grants::role.eq(role));
    }
    if let Some(organization) = wanted.organization_id {
        query = query.filter(role_grants::organization_id.eq(organization));
    }
    if let Some(at) = wanted.in_force_at {
        query = query
            .filter(role_grants::valid_from.le(at))
            .filter(role_grants::valid_to.is_null().or(role_grants::valid_to.gt(at)));
    }
    if let Some(after) = &slice.after {
        query = query.filter(role_grants::id.gt(RoleGrantId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |grant: &RoleGrant| After {
        key: String::new(),
        id: grant.id.0,
    }))
}

/// Whether anybody holds one of these roles at an organisation now.
///
/// # Errors
/// The driver's error.
pub fn is_manned(
    conn: &mut Conn,
    organization: OrganizationId,
    roles: &[Role],
    now: Instant,
) -> Result<bool> {
    let held = role_grants::table
        .filter(role_grants::organization_id.eq(organization))
        .filter(role_grants::role.eq_any(roles.to_vec()))
        .filter(role_grants::valid_from.le(now))
        .filter(role_grants::valid_to.is_null().or(role_grants::valid_to.gt(now)));
    Ok(diesel::select(diesel::dsl::exists(held)).get_result(conn)?)
}
