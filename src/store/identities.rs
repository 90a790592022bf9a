//! Known identities: who has used the service, and which individual is behind (M-5).

use diesel::prelude::*;

use super::connection::Conn;
use super::dialect;
use super::prepared::Prepare as _;
use super::schema::identities;
use crate::domain::caller::{Principal, PrincipalKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{IdentityId, IndividualId};
use crate::domain::time::Instant;

/// A known (issuer, subject) pair.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable)]
#[diesel(treat_none_as_default_value = false, table_name = identities)]
pub struct Identity {
    /// Pseudonymous id, used in the journal.
    pub id: IdentityId,
    /// Person or machine.
    pub principal_kind: PrincipalKind,
    /// `iss`.
    pub issuer: String,
    /// `sub` of a person, client id of a machine.
    pub subject: String,
    /// The individual behind it.
    pub individual_id: Option<IndividualId>,
    /// Display name last seen in a token.
    pub display_name: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// First seen.
    pub created_at: Instant,
    /// Last change.
    pub updated_at: Instant,
}

/// The identity of a principal, if it was seen before.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, principal: &Principal) -> Result<Option<Identity>> {
    Ok(identities::table
        .filter(identities::principal_kind.eq(principal.kind))
        .filter(identities::issuer.eq(&principal.issuer))
        .filter(identities::subject.eq(&principal.subject))
        .select(Identity::as_select())
        .first(conn)
        .optional()?)
}

/// Remembers a principal, and whether it was not known before; two requests at once remember it once.
///
/// # Errors
/// The driver's error.
pub fn remember(conn: &mut Conn, principal: &Principal, now: Instant) -> Result<(Identity, bool)> {
    let individual_id = named_by_claim(conn, principal)?;
    let mut identity = Identity {
        id: IdentityId::generate(),
        principal_kind: principal.kind,
        issuer: principal.issuer.clone(),
        subject: principal.subject.clone(),
        individual_id,
        display_name: principal.display_name.clone(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    loop {
        let inserted = dialect::savepoint(conn, |conn| {
            diesel::insert_into(identities::table)
                .values(&identity)
                .execute(conn)
        });
        match inserted {
            Ok(_) => return Ok((identity, true)),
            Err(error) if !dialect::is_unique_violation(&error) => return Err(error.into()),
            Err(error) => {
                if let Some(known) = find(conn, principal)? {
                    return Ok((known, false));
                }
                // Another account of the issuer has become that individual's meanwhile.
                if identity.individual_id.take().is_none() {
                    return Err(error.into());
                }
            }
        }
    }
}

/// Links an identity that nobody has linked or unlinked to the individual whom a trusted claim names: whom, and whether
/// it was done here and not by another request at the same time.
///
/// # Errors
/// The driver's error.
pub fn link_by_claim(
    conn: &mut Conn,
    id: IdentityId,
    principal: &Principal,
    now: Instant,
) -> Result<Option<(IndividualId, bool)>> {
    let Some(individual) = named_by_claim(conn, principal)? else {
        return Ok(None);
    };
    let linked = dialect::savepoint(conn, |conn| {
        diesel::update(identities::table)
            .filter(identities::id.eq(id))
            .filter(identities::individual_id.is_null())
            .filter(identities::version.eq(1))
            .set((
                identities::individual_id.eq(individual),
                identities::version.eq(identities::version + 1),
                identities::updated_at.eq(now),
            ))
            .execute(conn)
    });
    match linked {
        Ok(linked) => Ok(Some((individual, linked == 1))),
        // Another account of the issuer has become that individual's meanwhile.
        Err(error) if dialect::is_unique_violation(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The one active individual with the personnel code of a principal whom nobody has linked or unlinked (the issuer's
/// claim is configured as trusted).
///
/// # Errors
/// The driver's error.
pub fn named_by_claim(conn: &mut Conn, principal: &Principal) -> Result<Option<IndividualId>> {
    use super::schema::individuals;
    let Some(code) = &principal.personnel_code else {
        return Ok(None);
    };
    let found: Vec<IndividualId> = individuals::table
        .filter(individuals::personnel_code.eq(code))
        .filter(individuals::active.eq(true))
        .select(individuals::id)
        .limit(2)
        .load(conn)?;
    // Two organisations may use the same code: then nobody is meant.
    let [named] = found.as_slice() else {
        return Ok(None);
    };
    // What the office took apart stays apart.
    if find(conn, principal)?.is_some_and(|known| known.version != 1) {
        return Ok(None);
    }
    // One account of an issuer for one person, as where the office links.
    let taken = of_individual(conn, *named)?
        .iter()
        .any(|other| other.principal_kind == principal.kind && other.issuer == principal.issuer);
    Ok((!taken).then_some(*named))
}

/// Identities linked to an individual.
///
/// # Errors
/// The driver's error.
pub fn of_individual(conn: &mut Conn, individual: IndividualId) -> Result<Vec<Identity>> {
    Ok(identities::table
        .filter(identities::individual_id.eq(individual))
        .order(identities::id.asc())
        .select(Identity::as_select())
        .load(conn)?)
}

/// Links an identity to an individual, unless it belongs to another one.
///
/// # Errors
/// `identity.already_linked`; `individual.already_linked` where another account of the issuer became the individual's
/// at the same time.
pub fn link(conn: &mut Conn, id: IdentityId, individual: IndividualId, now: Instant) -> Result<()> {
    let free = identities::table.find(id).filter(
        identities::individual_id
            .is_null()
            .or(identities::individual_id.eq(individual)),
    );
    let linked = diesel::update(free)
        .set((
            identities::individual_id.eq(individual),
            identities::version.eq(identities::version + 1),
            identities::updated_at.eq(now),
        ))
        .prepared()
        .execute(conn)
        .map_err(dialect::unique(Code::IndividualLinked))?;
    if linked == 0 {
        return Err(Error::new(Code::IdentityTaken));
    }
    Ok(())
}

/// Takes the link of an identity away.
///
/// # Errors
/// The driver's error.
pub fn unlink(conn: &mut Conn, id: IdentityId, now: Instant) -> Result<()> {
    diesel::update(identities::table.find(id))
        .set((
            identities::individual_id.eq(None::<IndividualId>),
            identities::version.eq(identities::version + 1),
            identities::updated_at.eq(now),
        ))
        .prepared()
        .execute(conn)?;
    Ok(())
}
