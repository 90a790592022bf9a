//! Role grants, and what else gives a caller its authority: units below an organisation, seats.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::connection::Conn;
use super::filter;
use super::page::{After, Rows, Slice};
use super::schema::{
    council_members, councils, organization_ancestors, organizations, review_sessions, role_grants,
    session_members,
};
use crate::domain::caller::{Principal, PrincipalKind, Role};
use crate::domain::codes::{MembershipFunction, OrganizationKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CouncilId, IndividualId, OrganizationId, RoleGrantId};
use crate::domain::policy::Visibility;
use crate::domain::states::ReviewSessionState;
use crate::domain::time::Instant;

/// A role given to a principal at an organisation for a time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = role_grants, treat_none_as_null = true)]
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

/// An organisation below a grant's organisation.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Unit {
    /// The organisation.
    pub id: OrganizationId,
    /// The one above it.
    pub parent_id: Option<OrganizationId>,
    /// Whether it is an internal unit is decided by its kind.
    pub kind: OrganizationKind,
}

/// Roles of a principal at an instant.
///
/// # Errors
/// The driver's error.
pub fn in_force(
    conn: &mut Conn,
    principal: &Principal,
    now: Instant,
) -> Result<Vec<(Role, Option<OrganizationId>)>> {
    Ok(role_grants::table
        .filter(role_grants::issuer.eq(&principal.issuer))
        .filter(role_grants::subject.eq(&principal.subject))
        .filter(role_grants::principal_kind.eq(principal.kind))
        .filter(role_grants::valid_from.le(now))
        .filter(role_grants::valid_to.is_null().or(role_grants::valid_to.gt(now)))
        .select((role_grants::role, role_grants::organization_id))
        .load(conn)?)
}

/// Every organisation below the given ones.
///
/// # Errors
/// The driver's error.
pub fn units_below(conn: &mut Conn, roots: &BTreeSet<OrganizationId>) -> Result<Vec<Unit>> {
    Ok(organization_ancestors::table
        .inner_join(organizations::table.on(organizations::id.eq(organization_ancestors::organization_id)))
        .filter(organization_ancestors::ancestor_id.eq_any(roots.iter().copied().collect::<Vec<_>>()))
        .filter(organization_ancestors::depth.gt(0))
        .select((organizations::id, organizations::parent_id, organizations::kind))
        .distinct()
        .load(conn)?)
}

/// The organisation with this official code, current or legacy.
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
    // Codes are ASCII without quotes, so the JSON text contains them verbatim.
    let pattern = format!("%\"{}\"%", code.replace(['%', '_', '\\', '"'], ""));
    Ok(organizations::table
        .filter(organizations::legacy_codes.like(pattern))
        .select(organizations::id)
        .first(conn)
        .optional()?)
}

/// Councils of an individual on a day, with its function.
///
/// # Errors
/// The driver's error.
pub fn memberships(
    conn: &mut Conn,
    individual: IndividualId,
    day: chrono::NaiveDate,
) -> Result<Vec<(CouncilId, MembershipFunction)>> {
    let mut seats: Vec<(CouncilId, MembershipFunction)> = council_members::table
        .inner_join(councils::table.on(councils::id.eq(council_members::council_id)))
        .filter(councils::active.eq(true))
        .filter(council_members::individual_id.eq(individual))
        .filter(council_members::valid_from.le(day))
        .filter(
            council_members::valid_to
                .is_null()
                .or(council_members::valid_to.ge(day)),
        )
        .select((council_members::council_id, council_members::function))
        .load(conn)?;
    // A substitute sits for a member as long as the session is not closed (R-V3).
    let substituted: Vec<CouncilId> = session_members::table
        .inner_join(review_sessions::table.on(review_sessions::id.eq(session_members::session_id)))
        .filter(session_members::substitute_id.eq(individual))
        .filter(review_sessions::state.eq_any([ReviewSessionState::Planned, ReviewSessionState::Open]))
        .select(review_sessions::council_id)
        .distinct()
        .load(conn)?;
    seats.extend(
        substituted
            .into_iter()
            .map(|council| (council, MembershipFunction::Member)),
    );
    Ok(seats)
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
    if diesel::update(current).set(grant).execute(conn)? == 0 {
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
    let rows = query.load(conn)?;
    Ok(slice.cut(rows, |grant: &RoleGrant| After {
        key: String::new(),
        id: grant.id.0,
    }))
}
