//! Prize money of one awarded subject: coefficient and base salary of the day that is printed on the
//! decision (R-D5, C-12), in the plan's order of rounding (A14).

use chrono::NaiveDate;

use super::Tx;
use crate::domain::codes::{RoundingOrder, SubjectKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::money;
use crate::domain::plan::Plan;
use crate::store::reference;

/// What is stored with an awarded item; later changes of the reference data have no effect on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prize {
    /// Effective coefficient in hundredths.
    pub coefficient_hundredths: i32,
    /// Base salary in đồng.
    pub base_salary_dong: i64,
    /// Amount in đồng.
    pub amount_dong: i64,
}

/// Coefficients and base salary of one form on one day.
pub struct Prices {
    base_salary_dong: i64,
    coefficients: Vec<(SubjectKind, i32)>,
    order: RoundingOrder,
}

impl Prices {
    /// Reads what is in force on a day.
    ///
    /// # Errors
    /// `decision.base_salary_unknown`, `decision.coefficient_unknown`.
    pub fn on(tx: &mut Tx<'_>, plan: &Plan, form: &str, day: NaiveDate) -> Result<Self> {
        let base_salary = reference::base_salary_on(tx.conn, day)?
            .ok_or_else(|| Error::new(Code::DecisionNoBaseSalary).with("date", day.to_string()))?;
        let mut coefficients = Vec::new();
        for kind in SubjectKind::ALL {
            let known = reference::coefficient(tx.conn, form, *kind, day)?;
            coefficients.extend(known.map(|hundredths| (*kind, hundredths)));
        }
        if coefficients.is_empty() {
            return Err(Error::new(Code::DecisionNoCoefficient).with("form", form));
        }
        Ok(Self {
            base_salary_dong: base_salary.amount_dong,
            coefficients,
            order: plan.rounding_order.unwrap_or(RoundingOrder::CoefficientFirst),
        })
    }

    fn coefficient(&self, kind: SubjectKind) -> Option<i32> {
        self.coefficients
            .iter()
            .find(|(of, _)| *of == kind)
            .map(|(_, hundredths)| *hundredths)
    }

    /// The prize of one kind of subject.
    ///
    /// # Errors
    /// `decision.coefficient_unknown` when the form knows no such subject.
    pub fn prize(&self, kind: SubjectKind) -> Result<Prize> {
        let unknown = || Error::new(Code::DecisionNoCoefficient).with("subject_kind", kind.as_str());
        let tenths = money::multiplier_tenths(kind);
        let individual = self.coefficient(SubjectKind::Individual);
        let own = self.coefficient(kind);
        // A coefficient that is the individual's times the kind's multiplier is multiplied here, so that
        // both orders of rounding mean what they say; a form's own coefficient is taken as it is.
        let derived = individual.filter(|base| own.is_none_or(|own| own * 10 == base * tenths));
        let (base, multiplier) = match (derived, own) {
            (Some(base), _) => (base, tenths),
            (None, Some(own)) => (own, 10),
            (None, None) => return Err(unknown()),
        };
        let amount_dong =
            money::amount(self.base_salary_dong, base, multiplier, self.order).map_err(Error::internal)?;
        Ok(Prize {
            coefficient_hundredths: own.unwrap_or(base * multiplier / 10),
            base_salary_dong: self.base_salary_dong,
            amount_dong,
        })
    }
}
