//! Everything that decides what a caller may do, in one statement: who it is, which roles it holds where,
//! how far they reach, and in which councils it sits. Every request reads it anew in its own transaction
//! (CLM-08), so it is the most frequent statement of the service; it is written by hand because the query
//! builder's `UNION` does not pass through the two-database connection.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Date, HasSqlType, Integer, Nullable, Text};
use uuid::Uuid;

use super::connection::{Conn, directly};
use super::dialect;
use super::sql_types::{AnyId, Stamp, Uid};
use crate::domain::caller::{HeldGrant, Principal, Role};
use crate::domain::codes::MembershipFunction;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CouncilId, IdentityId, IndividualId, OrganizationId};
use crate::domain::states::ReviewSessionState;
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

/// Whose authority is asked for, and when: an instant, which falls on `day` in the installation's zone.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// When.
    pub now: Instant,
    /// On which day that is.
    pub day: NaiveDate,
}

/// The statement; its text never changes, so it is prepared once for each connection.
struct AuthorityOf<'a>(Asked<'a>);

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

impl<C> RunQueryDsl<C> for AuthorityOf<'_> {}

impl Asked<'_> {
    /// `… = this principal`, for the table of that alias.
    fn is_principal<'b, DB>(&'b self, alias: &str, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Text>,
        str: ToSql<Text, DB>,
    {
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

impl<DB> QueryFragment<DB> for AuthorityOf<'_>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<Stamp> + HasSqlType<Date>,
    str: ToSql<Text, DB>,
    Instant: ToSql<Stamp, DB>,
    NaiveDate: ToSql<Date, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let asked = &self.0;
        out.push_sql("SELECT 0 AS part, NULL AS word, i.id AS place, i.individual_id AS below FROM identities i WHERE ");
        asked.is_principal("i", &mut out)?;
        out.push_sql(
            "1 = 1 UNION ALL SELECT 1, g.role, g.organization_id, a.organization_id FROM role_grants g \
             LEFT JOIN organization_ancestors a ON a.ancestor_id = g.organization_id AND a.internal WHERE ",
        );
        asked.is_principal("g", &mut out)?;
        out.push_sql("g.valid_from <= ");
        out.push_bind_param::<Stamp, Instant>(&asked.now)?;
        out.push_sql(" AND (g.valid_to IS NULL OR g.valid_to > ");
        out.push_bind_param::<Stamp, Instant>(&asked.now)?;
        out.push_sql(
            ") UNION ALL SELECT 2, m.function, m.council_id, NULL FROM identities i \
             JOIN council_members m ON m.individual_id = i.individual_id \
             JOIN councils c ON c.id = m.council_id AND c.active WHERE ",
        );
        asked.is_principal("i", &mut out)?;
        out.push_sql("m.valid_from <= ");
        out.push_bind_param::<Date, NaiveDate>(&asked.day)?;
        out.push_sql(" AND (m.valid_to IS NULL OR m.valid_to >= ");
        out.push_bind_param::<Date, NaiveDate>(&asked.day)?;
        // A substitute sits for a member as long as the session is not closed (R-V3).
        out.push_sql(
            ") UNION ALL SELECT 2, 'MEMBER', r.council_id, NULL FROM identities i \
             JOIN session_members s ON s.substitute_id = i.individual_id \
             JOIN review_sessions r ON r.id = s.session_id WHERE ",
        );
        asked.is_principal("i", &mut out)?;
        out.push_sql("r.state IN ('PLANNED', 'OPEN')");
        Ok(())
    }
}

/// The authority as one value, beside what a statement reads: both are then of one snapshot, without a transaction.
/// The rows of the other form as a text; `NULL` when there are none.
pub(super) struct Beside<'a> {
    of: AuthorityOf<'a>,
    around: (&'static str, &'static str),
}

impl<'a> Beside<'a> {
    pub(super) fn of(conn: &Conn, asked: Asked<'a>) -> Self {
        Self {
            of: AuthorityOf(asked),
            around: dialect::authority_as_text(conn),
        }
    }
}

impl QueryId for Beside<'_> {
    type QueryId = Beside<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Expression for Beside<'_> {
    type SqlType = Nullable<Text>;
}

impl<Q> AppearsOnTable<Q> for Beside<'_> {}
impl<Q> SelectableExpression<Q> for Beside<'_> {}

impl ValidGrouping<()> for Beside<'_> {
    type IsAggregate = is_aggregate::Never;
}

impl<'a, DB> QueryFragment<DB> for Beside<'a>
where
    DB: Backend,
    AuthorityOf<'a>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.around.0);
        self.of.walk_ast(out.reborrow())?;
        out.push_sql(self.around.1);
        Ok(())
    }
}

type Row = (i32, Option<String>, Option<AnyId>, Option<AnyId>);

/// What is stored about a principal.
///
/// # Errors
/// The driver's error.
pub fn of(conn: &mut Conn, asked: Asked<'_>) -> Result<Authority> {
    let rows: QueryResult<Vec<Row>> = directly!(conn => AuthorityOf(asked).load(conn));
    gathered(rows?)
}

/// The seats that an individual's identity would have, were it linked.
///
/// # Errors
/// The driver's error.
pub fn seats_of(
    conn: &mut Conn,
    individual: IndividualId,
    day: NaiveDate,
) -> Result<Vec<(CouncilId, MembershipFunction)>> {
    use super::schema::{council_members, councils, review_sessions, session_members};
    let mut seats: Vec<(CouncilId, MembershipFunction)> = council_members::table
        .inner_join(councils::table.on(councils::id.eq(council_members::council_id)))
        .filter(councils::active)
        .filter(council_members::individual_id.eq(individual))
        .filter(council_members::valid_from.le(day))
        .filter(
            council_members::valid_to
                .is_null()
                .or(council_members::valid_to.ge(day)),
        )
        .select((council_members::council_id, council_members::function))
        .load(conn)?;
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

/// The authority that came as a value beside something else ([`Beside`]).
pub(super) fn from_beside(value: Option<&str>) -> Result<Authority> {
    let rows = value.into_iter().flat_map(|text| text.split(';')).map(row);
    gathered(rows.collect::<Result<_>>()?)
}

/// A row of the text; no word of it, which is a code, has a comma or a semicolon.
fn row(text: &str) -> Result<Row> {
    let mut columns = text.split(',');
    let mut next = || columns.next().filter(|column| !column.is_empty());
    let part = next().unwrap_or_default().parse().map_err(Error::internal)?;
    let word = next().map(str::to_owned);
    let mut id = || next().map(Uuid::try_parse).transpose().map_err(Error::internal);
    Ok((part, word, id()?.map(AnyId), id()?.map(AnyId)))
}

fn gathered(rows: Vec<Row>) -> Result<Authority> {
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
