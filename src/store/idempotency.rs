//! Idempotency keys: the key row, the effect and the stored answer share one transaction (IDM-10).

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Text;

use super::connection::{Backend, Conn};
use super::prepared::Prepare as _;
use super::schema::idempotency_keys as keys;
use super::sql_types::{JsonText, Stamp};
use crate::domain::error::{Code, Error, Result};
use crate::domain::time::Instant;

/// Bytes by which room is tried.
const TRIAL: usize = 65536;

/// Whose key it is and for what (IDM-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Kind, issuer and subject of the caller.
    pub principal: String,
    /// HTTP method.
    pub method: String,
    /// Route template.
    pub route: String,
    /// The key without quotes.
    pub key: String,
}

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Stored {
    /// Digest of the request.
    pub fingerprint: String,
    /// HTTP status.
    pub status: Option<i32>,
    /// Header fields.
    pub headers: Option<JsonText>,
    /// Body.
    pub body: Option<JsonText>,
}

/// Takes a key that is new or whose life is over, in one statement; the query builder has no conflict clause
/// for both databases.
struct Take<'a> {
    scope: &'a Scope,
    fingerprint: &'a str,
    now: Instant,
    expires_at: Instant,
}

impl QueryId for Take<'_> {
    type QueryId = Take<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<Conn> for Take<'_> {}

impl QueryFragment<Backend> for Take<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO idempotency_keys (principal, method, route, key, fingerprint, created_at, expires_at) \
             VALUES (",
        );
        let scope = self.scope;
        for text in [&scope.principal, &scope.method, &scope.route, &scope.key] {
            out.push_bind_param::<Text, str>(text)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<Text, str>(self.fingerprint)?;
        out.push_sql(", ");
        out.push_bind_param::<Stamp, Instant>(&self.now)?;
        out.push_sql(", ");
        out.push_bind_param::<Stamp, Instant>(&self.expires_at)?;
        out.push_sql(
            ") ON CONFLICT (principal, method, route, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
             created_at = excluded.created_at, expires_at = excluded.expires_at, \
             status = NULL, headers = NULL, body = NULL \
             WHERE idempotency_keys.expires_at <= excluded.created_at",
        );
        Ok(())
    }
}

/// Claims the key: `None` when it is new, the stored answer when the same request was done before. While
/// the first request with it runs it is waited for, as long as for any row.
///
/// # Errors
/// `idempotency.key_reused` for another request, `idempotency.in_progress` while the first one runs.
pub fn claim(
    conn: &mut Conn,
    scope: &Scope,
    fingerprint: &str,
    now: Instant,
    expires_at: Instant,
) -> Result<Option<Stored>> {
    let take = Take {
        scope,
        fingerprint,
        now,
        expires_at,
    };
    let in_progress = || Error::new(Code::IdempotencyInProgress);
    match take.execute(conn).map_err(Error::from) {
        Ok(0) => replay(find(conn, scope)?.ok_or_else(in_progress)?, fingerprint),
        Ok(_) => Ok(None),
        Err(error) if error.code == Code::DatabaseBusy => Err(in_progress()),
        Err(error) => Err(error),
    }
}

fn replay(found: Stored, fingerprint: &str) -> Result<Option<Stored>> {
    if found.fingerprint == fingerprint {
        Ok(Some(found))
    } else {
        Err(Error::new(Code::IdempotencyKeyReused))
    }
}

/// The stored answer of a finished request, without claiming the key: for a request whose target is gone.
///
/// # Errors
/// `idempotency.key_reused` for another request.
pub fn finished(conn: &mut Conn, scope: &Scope, fingerprint: &str, now: Instant) -> Result<Option<Stored>> {
    let found: Option<Stored> = of(scope)
        .filter(keys::expires_at.gt(now))
        .select((keys::fingerprint, keys::status, keys::headers, keys::body))
        .first(conn)
        .optional()?;
    found.map_or(Ok(None), |found| replay(found, fingerprint))
}

/// Stores the finished answer with its key.
///
/// # Errors
/// The driver's error.
pub fn complete(
    conn: &mut Conn,
    scope: &Scope,
    status: u16,
    headers: &JsonText,
    body: &JsonText,
) -> Result<()> {
    diesel::update(of(scope))
        .set((
            keys::status.eq(i32::from(status)),
            keys::headers.eq(headers),
            keys::body.eq(body),
        ))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Removes keys whose life is over; answers how many (IDM-09).
///
/// # Errors
/// The driver's error.
pub fn sweep(conn: &mut Conn, now: Instant) -> Result<usize> {
    Ok(diesel::delete(keys::table.filter(keys::expires_at.le(now))).execute(conn)?)
}

/// Stores as much as a large answer, and takes it away again: whether there is room for a write.
///
/// # Errors
/// The driver's error.
pub fn try_room(conn: &mut Conn, now: Instant) -> Result<()> {
    let scope = Scope {
        principal: "thidua".to_owned(),
        method: "TRIAL".to_owned(),
        route: String::new(),
        key: uuid::Uuid::new_v4().to_string(),
    };
    claim(conn, &scope, "", now, now)?;
    // Nothing that PostgreSQL would make small.
    let noise: String = (0..TRIAL / 32)
        .map(|_| uuid::Uuid::new_v4().simple().to_string())
        .collect();
    let text = JsonText::raw(noise);
    complete(conn, &scope, 204, &JsonText::raw(String::new()), &text)?;
    diesel::delete(of(&scope)).execute(conn)?;
    Ok(())
}

fn find(conn: &mut Conn, scope: &Scope) -> Result<Option<Stored>> {
    Ok(of(scope)
        .select((keys::fingerprint, keys::status, keys::headers, keys::body))
        .first(conn)
        .optional()?)
}

type Of<'a> = diesel::dsl::Find<keys::table, (&'a str, &'a str, &'a str, &'a str)>;

fn of(scope: &Scope) -> Of<'_> {
    keys::table.find((
        scope.principal.as_str(),
        scope.method.as_str(),
        scope.route.as_str(),
        scope.key.as_str(),
    ))
}
