//! Idempotency keys: the key row, the effect and the stored answer share one transaction (IDM-10).

use diesel::prelude::*;

use super::connection::Conn;
use super::dialect;
use super::schema::idempotency_keys as keys;
use super::sql_types::JsonText;
use crate::domain::error::{Code, Error, Result};
use crate::domain::time::Instant;

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
    /// End of its life.
    pub expires_at: Instant,
}

/// Claims the key: `None` when it is new, the stored answer when the same request was done before.
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
    if let Some(found) = find(conn, scope)? {
        if found.expires_at > now {
            return replay(found, fingerprint);
        }
        diesel::delete(of(scope)).execute(conn)?;
    }
    let inserted = dialect::with_short_wait(conn, |conn| {
        diesel::insert_into(keys::table)
            .values((
                keys::principal.eq(&scope.principal),
                keys::method.eq(&scope.method),
                keys::route.eq(&scope.route),
                keys::key.eq(&scope.key),
                keys::fingerprint.eq(fingerprint),
                keys::created_at.eq(now),
                keys::expires_at.eq(expires_at),
            ))
            .execute(conn)
    });
    match inserted {
        Ok(_) => Ok(None),
        Err(error) if dialect::is_unique_violation(&error) => {
            let found = find(conn, scope)?.ok_or_else(|| Error::new(Code::IdempotencyInProgress))?;
            replay(found, fingerprint)
        }
        Err(error) => {
            let error = Error::from(error);
            Err(if error.code == Code::DatabaseBusy {
                Error::new(Code::IdempotencyInProgress)
            } else {
                error
            })
        }
    }
}

fn replay(found: Stored, fingerprint: &str) -> Result<Option<Stored>> {
    if found.fingerprint == fingerprint {
        Ok(Some(found))
    } else {
        Err(Error::new(Code::IdempotencyKeyReused))
    }
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

fn find(conn: &mut Conn, scope: &Scope) -> Result<Option<Stored>> {
    Ok(of(scope)
        .select((
            keys::fingerprint,
            keys::status,
            keys::headers,
            keys::body,
            keys::expires_at,
        ))
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
