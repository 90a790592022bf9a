//! What stands in the way of an act: one list per act, which `allowed_actions` shows and with which the
//! act refuses (U22). A rule shared by all nouns, not a use case.

use chrono::NaiveDate;

use super::Tx;
use crate::domain::error::{Class, Code, Error, Fault, Result};
use crate::domain::ids::{IndividualId, OrganizationId};
use crate::store::individuals::{self, Individual};
use crate::store::organizations::{self, Organization};

/// What a rule refuses, as a list of one; a fault of the service passes on.
///
/// # Errors
/// Faults of the service.
pub fn told<T>(outcome: Result<T>) -> Result<Vec<Fault>> {
    match outcome {
        Ok(_) => Ok(Vec::new()),
        Err(error) if matches!(error.code.class(), Class::Internal | Class::Unavailable) => Err(error),
        Err(error) => Ok(vec![Fault::from(error)]),
    }
}

/// Nothing new comes to what has ended.
///
/// # Errors
/// `organization.closed`.
pub fn require_open(tx: &Tx<'_>, organization: &Organization) -> Result<()> {
    if organization.has_ended(tx.today()) {
        return Err(Error::new(Code::OrganizationClosed));
    }
    Ok(())
}

/// What is done now is done by or for what exists today: not ended, and its first day has come. People and rights
/// may be entered before it, so that a reorganisation can be prepared.
///
/// # Errors
/// `organization.closed`.
pub fn require_in_force(tx: &Tx<'_>, organization: &Organization) -> Result<()> {
    if organization.valid_from > tx.today() {
        return Err(Error::new(Code::OrganizationClosed).says(
            format!(
                "Tổ chức chưa có hiệu lực: từ ngày {}",
                organization.valid_from.format("%d/%m/%Y")
            ),
            format!("The organisation is in force from {}", organization.valid_from),
        ));
    }
    require_open(tx, organization)
}

/// A day that is printed has come.
///
/// # Errors
/// `body.invalid` at the pointer.
pub fn not_ahead(tx: &Tx<'_>, day: NaiveDate, pointer: &'static str) -> Result<()> {
    let today = tx.today();
    if day > today {
        return Err(Error::invalid(vec![Fault::after(pointer, today)]));
    }
    Ok(())
}

/// Somebody who can sit in a council of `owner`: of that organisation or of one below it. Whoever is of another
/// one is as good as unknown there, so that his name is not told (AZN-06).
///
/// # Errors
/// The driver's error.
pub fn who_may_sit(
    tx: &mut Tx<'_>,
    individual: IndividualId,
    owner: OrganizationId,
) -> Result<Option<Individual>> {
    let Some(found) = individuals::find(tx.conn, individual)? else {
        return Ok(None);
    };
    let below = organizations::is_below(tx.conn, found.owner_organization_id, owner)?;
    Ok(Some(found).filter(|_| below))
}

/// One refusal for everything that stands in the way; its code, sentence and figures are those of the
/// first.
///
/// # Errors
/// The refusal, unless there is no fault.
pub fn refuse(faults: Vec<Fault>) -> Result<()> {
    let Some(first) = faults.first() else {
        return Ok(());
    };
    let code = if first.code.class() == Class::Invalid {
        Code::BodyInvalid
    } else {
        first.code
    };
    Err(Error {
        detail: first.detail.clone().filter(|_| code == first.code),
        members: first.params.clone(),
        faults,
        ..Error::new(code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_service_stands_in_nobodys_way() {
        assert_eq!(told(Ok(())).unwrap(), []);
        let closed = Error::new(Code::OrganizationClosed);
        assert_eq!(
            told::<()>(Err(closed)).unwrap(),
            [Fault::new(Code::OrganizationClosed)]
        );
        for fault in [Error::internal("broken"), Error::new(Code::DatabaseUnavailable)] {
            let code = fault.code;
            assert_eq!(told::<()>(Err(fault)).unwrap_err().code, code);
        }
    }

    #[test]
    fn the_first_of_all_that_stands_in_the_way_gives_its_name() {
        assert!(refuse(Vec::new()).is_ok());
        let full = Fault::new(Code::QuotaExceeded)
            .says("Vượt tỷ lệ", "Too many")
            .with("left", 0);
        let range = Fault::at("/day", Code::FieldRange).says("Sai ngày", "A wrong day");
        let refused = refuse(vec![full.clone(), range.clone()]).unwrap_err();
        assert_eq!(
            (refused.code, refused.detail),
            (Code::QuotaExceeded, full.detail.clone())
        );
        assert_eq!((refused.members, refused.faults.len()), (full.params.clone(), 2));
        // What is wrong with the body is said of the body, and its sentence is that of the place.
        let refused = refuse(vec![range, full]).unwrap_err();
        assert_eq!((refused.code, refused.detail), (Code::BodyInvalid, None));
    }
}
