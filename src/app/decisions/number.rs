//! Number and date: entered by the clerk after signing, unique for issuer, register and year of the
//! printed date (R-D3, A18), also beside the decisions that are recorded of it. The register itself lives
//! outside, so a gap is only remarked.

use chrono::{Datelike as _, NaiveDate};

use super::{Command, Decision, Tx};
use super::{action, hold_unchanged, keep, next, not_empty, plan_of, target};
use crate::app::guards::not_ahead;
use crate::app::prize::Prices;
use crate::domain::codes::DecisionType;
use crate::domain::document::DocumentNumber;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{DecisionId, OrganizationId};
use crate::domain::policy::{Action, Place};
use crate::domain::states::DecisionAct;
use crate::store::{decisions, dialect, organizations};

/// Enters number and date.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Number {
    /// Which.
    pub id: DecisionId,
    /// Running number.
    pub number: i32,
    /// Register of the issuer.
    pub register: String,
    /// Date as printed; decides the register's year and the prize money.
    pub issued_on: NaiveDate,
    /// Place as printed.
    pub place: Option<String>,
    /// In force from; the date itself otherwise.
    pub effective_on: Option<NaiveDate>,
}

impl Command for Number {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, action(DecisionAct::Number))
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Decision) -> Result<Decision> {
        let before = hold_unchanged(tx, &seen)?;
        let state = next(before.state, DecisionAct::Number)?;
        if self.effective_on.is_some_and(|day| day < self.issued_on) {
            let fault = Fault::before("/effective_on", self.issued_on);
            return Err(Error::invalid(vec![fault]));
        }
        self.check_day(tx, &before)?;
        not_empty(tx, &before)?;
        let (owner, year) = (before.owner_organization_id, self.issued_on.year());
        let register = folded(&self.register);
        let printed = printed(tx, owner, &register, self.number)?;
        // What was recorded of this issuer has its number in the same register.
        dialect::hold_register(tx.conn, owner)?;
        let alike = decisions::numbered_alike(tx.conn, owner, &register, year, &printed)?;
        if !alike.is_empty() || decisions::is_number_given(tx.conn, owner, &register, year, self.number)? {
            return Err(Error::new(Code::DecisionNumberTaken));
        }
        let expected = decisions::highest_number(tx.conn, owner, &register, year)?.saturating_add(1);
        if self.number != expected {
            tx.warn(Fault::new(Code::DecisionNumberGap).with("expected", expected));
        }
        let after = Decision {
            state,
            register: Some(register),
            register_year: Some(year),
            number: Some(self.number),
            number_raw: Some(printed),
            issued_on: Some(self.issued_on),
            place: self.place.clone(),
            effective_on: Some(self.effective_on.unwrap_or(self.issued_on)),
            ..before.clone()
        };
        keep(tx, &before, after, "decision.numbered", None)
    }
}

impl Number {
    /// The day decides the prize money and is printed: it is not before what is revoked, and legal figures are
    /// known for it, because a number that cannot be issued is lost to the register.
    fn check_day(&self, tx: &mut Tx<'_>, decision: &Decision) -> Result<()> {
        // A number is given on the day that is printed, or after it. What is issued with a day to come could not be
        // corrected or revoked before that day.
        not_ahead(tx, self.issued_on, "/issued_on")?;
        if let Some(signed) = decision.signed_at {
            let signed = signed.date(tx.config.zone);
            tx.warn_if_before(self.issued_on, signed, "/issued_on");
        }
        if let Some(original) = decision.original_id {
            let original = decisions::get(tx.conn, original)?.issued_on;
            if let Some(original) = original.filter(|original| self.issued_on < *original) {
                return Err(Error::invalid(vec![Fault::before("/issued_on", original)]));
            }
        }
        if let (DecisionType::Award, Some(form)) = (decision.kind, &decision.form) {
            let plan = plan_of(tx, decision.campaign_id)?;
            Prices::on(tx, &plan, form, self.issued_on).map_err(|error| {
                let code = error.code;
                error.fault(Fault::at("/issued_on", code))
            })?;
        }
        Ok(())
    }
}

/// One register, however its name is typed: symbols are printed in capitals.
fn folded(register: &str) -> String {
    register.trim().to_uppercase()
}

/// The number as the decision prints it, with the register before the issuer: `05/QĐ-SNgV`.
fn printed(tx: &mut Tx<'_>, issuer: OrganizationId, register: &str, number: i32) -> Result<String> {
    let organization = organizations::get(tx.conn, issuer)?;
    let abbreviation = organization
        .short_name
        .or(organization.code)
        .unwrap_or(organization.name);
    let number = DocumentNumber {
        number: u32::try_from(number).unwrap_or(0),
        letter: None,
        year: None,
        symbol: format!("{register}-{abbreviation}"),
    };
    Ok(number.to_string())
}

/// A proposal for the clerk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextNumber {
    /// The issuer.
    pub organization_id: OrganizationId,
    /// The register.
    pub register: String,
    /// Its year.
    pub year: i32,
    /// The number after the highest one given.
    pub number: i32,
    /// As it would be printed.
    pub number_raw: String,
}

/// The next number of a register; not reserved, the clerk's entry decides.
///
/// # Errors
/// `access.forbidden`, or `query.invalid` for whom reads everywhere and names no organisation.
pub fn next_number(
    tx: &mut Tx<'_>,
    organization_id: OrganizationId,
    register: &str,
    year: Option<i32>,
) -> Result<NextNumber> {
    tx.permit(Action::ReadDecision, &Place::of(organization_id))?;
    if organizations::find(tx.conn, organization_id)?.is_none() {
        let unknown = Fault::parameter("organization_id", Code::FieldReference);
        return Err(Error::new(Code::QueryInvalid).fault(unknown));
    }
    let year = year.unwrap_or_else(|| tx.today().year());
    let register = folded(register);
    let number = decisions::highest_number(tx.conn, organization_id, &register, year)?.saturating_add(1);
    Ok(NextNumber {
        organization_id,
        number_raw: printed(tx, organization_id, &register, number)?,
        register,
        year,
        number,
    })
}
