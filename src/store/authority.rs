//! Everything that decides what a caller may do, in one statement: who it is, which roles it holds where,
//! how far they reach, and in which councils it sits. Every request reads it anew in its own transaction
//! (CLM-08), so it is the most frequent statement of the service; it is written by hand because the query
//! builder's `UNION` does not pass through the two-database connection.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Date, Integer, Nullable, Text};

use super::connection::{Backend, Conn};
use super::sql_types::{AnyId, Stamp, Uid};
use crate::domain::caller::{HeldGrant, Principal, Role};
use crate::domain::codes::MembershipFunction;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CouncilId, IdentityId, IndividualId, OrganizationId};
use crate::domain::time::Instant;

/// What is stored about a principal, as of the transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authority {
    /// Its identity, when it has been seen before, and the individual behind it.
    pub identity: Option<(IdentityId, Option<IndividualId>)>,
    /// Stored roles in force, with what they cover.
    pub grants: Vec<HeldGrant>,
    /// Councils in which it sits, with its function; a substitute sits as a member.
    pub seats: Vec<(CouncilId, MembershipFunction)>,
}

/// The statement; its text never changes, so it is prepared once for each connection.
struct AuthorityOf<'a> {
    principal: &'a Principal,
    now: Instant,
    day: NaiveDate,
}

const IDENTITY: i32 = 0;
const GRANT: i32 = 1;
const SEAT: i32 = 2;

impl QueryId for AuthorityOf<'_> {
    type QueryId = AuthorityOf<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AuthorityOf<'_> {
    type SqlType = (Integer, Nullable<Text>, Nullable<Uid>, Nullable<Uid>);
}

impl RunQueryDsl<Conn> for AuthorityOf<'_> {}

impl AuthorityOf<'_> {
    /// `… = this principal`, for the table of that alias.
    fn is_principal<'b>(&'b self, alias: &str, out: &mut AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        for (column, value) in [
            ("principal_kind", self.principal.kind.as_str()),
            ("issuer", self.principal.issuer.as_str()),
            ("subject", self.principal.subject.as_str()),
        ] {
            out.push_sql(alias);
            out.push_sql(".");
            out.push_sql(column);
            out.push_sql(" = ");
            out.push_bind_param::<Text, str>(value)?;
            out.push_sql(" AND ");
        }
        Ok(())
    }
}

impl QueryFragment<Backend> for AuthorityOf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("SELECT 0 AS part, NULL AS word, i.id AS place, i.individual_id AS below FROM identities i WHERE ");
        self.is_principal("i", &mut out)?;
        out.push_sql(
            "1 = 1 UNION ALL SELECT 1, g.role, g.organization_id, a.organization_id FROM role_grants g \
             LEFT JOIN organization_ancestors a ON a.ancestor_id = g.organization_id AND a.internal WHERE ",
        );
        self.is_principal("g", &mut out)?;
        out.push_sql("g.valid_from <= ");
        out.push_bind_param::<Stamp, Instant>(&self.now)?;
        out.push_sql(" AND (g.valid_to IS NULL OR g.valid_to > ");
        out.push_bind_param::<Stamp, Instant>(&self.now)?;
        out.push_sql(
            ") UNION ALL SELECT 2, m.function, m.council_id, NULL FROM identities i \
             JOIN council_members m ON m.individual_id = i.individual_id \
             JOIN councils c ON c.id = m.council_id AND c.active WHERE ",
        );
        self.is_principal("i", &mut out)?;
        out.push_sql("m.valid_from <= ");
        out.push_bind_param::<Date, NaiveDate>(&self.day)?;
        out.push_sql(" AND (m.valid_to IS NULL OR m.valid_to >= ");
        out.push_bind_param::<Date, NaiveDate>(&self.day)?;
        // A substitute sits for a member as long as the session is not closed (R-V3).
        out.push_sql(
            ") UNION ALL SELECT 2, 'MEMBER', r.council_id, NULL FROM identities i \
             JOIN session_members s ON s.substitute_id = i.individual_id \
             JOIN review_sessions r ON r.id = s.session_id WHERE ",
        );
        self.is_principal("i", &mut out)?;
        out.push_sql("r.state IN ('PLANNED', 'OPEN')");
        Ok(())
    }
}

/// What is stored about a principal at an instant, which falls on `day` in the installation's zone.
///
/// # Errors
/// The driver's error.
pub fn of(conn: &mut Conn, principal: &Principal, now: Instant, day: NaiveDate) -> Result<Authority> {
    type Row = (i32, Option<String>, Option<AnyId>, Option<AnyId>);
    let rows: Vec<Row> = AuthorityOf { principal, now, day }.load(conn)?;
    let mut authority = Authority::default();
    let mut grants: BTreeMap<(Role, Option<OrganizationId>), Vec<OrganizationId>> = BTreeMap::new();
    for (part, word, place, below) in rows {
        match (part, word, place) {
            (IDENTITY, _, Some(id)) => {
                authority.identity = Some((IdentityId(id.0), below.map(|id| IndividualId(id.0))));
            }
            (GRANT, Some(role), place) => {
                let role = role.parse().map_err(Error::internal)?;
                let place = place.map(|id| OrganizationId(id.0));
                let covers = grants.entry((role, place)).or_default();
                covers.extend(below.map(|id| OrganizationId(id.0)));
            }
            (SEAT, Some(function), Some(council)) => {
                let function = function.parse().map_err(Error::internal)?;
                let seat = (CouncilId(council.0), function);
                // A substitute in several sessions of a council has one seat in it.
                if !authority.seats.contains(&seat) {
                    authority.seats.push(seat);
                }
            }
            other => {
                return Err(Error::internal(format!(
                    "a caller's authority has a part {other:?}"
                )));
            }
        }
    }
    authority.grants = grants
        .into_iter()
        .map(|((role, organization_id), covers)| HeldGrant {
            role,
            organization_id,
            covers,
        })
        .collect();
    Ok(authority)
}
