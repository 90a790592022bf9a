//! Prize money (tiền thưởng): coefficient × base salary, rounded up to the next 10 000 đồng
//! (ND152 Art. 49, 50, 54, 55; `domain.md` 1.11; R-D5). Whole đồng, no fractions anywhere.

use super::codes::{RoundingOrder, SubjectKind};

/// Amounts are rounded up to this many đồng (ND152 Art. 49).
pub const ROUNDING_STEP_DONG: i64 = 10_000;

/// Why there is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyFault {
    /// The base salary is zero or negative.
    #[error("the base salary must be positive")]
    BaseSalary,
    /// The coefficient or the multiplier is negative.
    #[error("coefficient and multiplier must not be negative")]
    Coefficient,
    /// The amount does not fit.
    #[error("the amount is too large")]
    TooLarge,
}

/// What a kind of subject gets of the individual's amount, in tenths: individual 10, household 15,
/// collective 20 (ND152 Art. 54, 55).
pub const fn multiplier_tenths(kind: SubjectKind) -> i32 {
    match kind {
        SubjectKind::Individual => 10,
        SubjectKind::Household => 15,
        SubjectKind::Collective => 20,
    }
}

/// Prize money in đồng.
///
/// `base_salary_dong` is the one in force on the date printed on the decision (C-12);
/// `coefficient_hundredths` is the individual's (0.3 → 30) or, with a multiplier of 10, the form's own;
/// `multiplier_tenths` is that of the subject's kind.
pub fn amount(
    base_salary_dong: i64,
    coefficient_hundredths: i32,
    multiplier_tenths: i32,
    order: RoundingOrder,
) -> Result<i64, MoneyFault> {
    if base_salary_dong <= 0 {
        return Err(MoneyFault::BaseSalary);
    }
    if coefficient_hundredths < 0 || multiplier_tenths < 0 {
        return Err(MoneyFault::Coefficient);
    }
    // 63 + 31 + 31 bits fit into 127.
    let individual = i128::from(base_salary_dong) * i128::from(coefficient_hundredths);
    let multiplier = i128::from(multiplier_tenths);
    let dong = match order {
        RoundingOrder::CoefficientFirst => rounded_up(individual * multiplier, 1000),
        RoundingOrder::DoubleRounded => rounded_up(rounded_up(individual, 100) * multiplier, 10),
    };
    i64::try_from(dong).map_err(|_| MoneyFault::TooLarge)
}

/// `numerator / denominator` đồng, rounded up to the step; both are not negative.
fn rounded_up(numerator: i128, denominator: i128) -> i128 {
    let step = i128::from(ROUNDING_STEP_DONG);
    let unit = denominator * step;
    let whole = numerator / unit;
    (if numerator % unit == 0 { whole } else { whole + 1 }) * step
}

/// The amount as documents print it: `1.410.000`.
pub fn display_dong(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::from(if amount < 0 { "-" } else { "" });
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OLD: i64 = 2_340_000;
    const NEW: i64 = 2_530_000;

    #[test]
    fn the_published_vectors() {
        use RoundingOrder::{CoefficientFirst, DoubleRounded};
        use SubjectKind::{Collective, Household, Individual};
        for (base, coefficient, kind, order, dong) in [
            (OLD, 30, Individual, CoefficientFirst, 710_000),
            (OLD, 30, Collective, CoefficientFirst, 1_410_000),
            (OLD, 30, Household, CoefficientFirst, 1_060_000),
            (OLD, 150, Individual, CoefficientFirst, 3_510_000),
            (OLD, 150, Collective, CoefficientFirst, 7_020_000),
            (OLD, 150, Household, CoefficientFirst, 5_270_000),
            (NEW, 30, Individual, CoefficientFirst, 760_000),
            (NEW, 30, Collective, CoefficientFirst, 1_520_000),
            (NEW, 150, Individual, CoefficientFirst, 3_800_000),
            (NEW, 150, Collective, CoefficientFirst, 7_590_000),
            (NEW, 150, Household, CoefficientFirst, 5_700_000),
            (OLD, 30, Collective, DoubleRounded, 1_420_000),
            (NEW, 150, Collective, DoubleRounded, 7_600_000),
            (OLD, 30, Individual, DoubleRounded, 710_000),
            (OLD, 30, Household, DoubleRounded, 1_070_000),
            (OLD, 0, Individual, CoefficientFirst, 0),
        ] {
            let found = amount(base, coefficient, multiplier_tenths(kind), order);
            assert_eq!(found, Ok(dong), "{base} × {coefficient} {kind} {order}");
        }
    }

    #[test]
    fn a_form_with_its_own_coefficient_takes_the_multiplier_ten() {
        let order = RoundingOrder::CoefficientFirst;
        assert_eq!(amount(OLD, 60, 10, order), amount(OLD, 30, 20, order));
        assert_eq!(amount(OLD, 225, 10, order), amount(OLD, 150, 15, order));
        assert_eq!(amount(OLD, 1200, 10, order), Ok(28_080_000));
    }

    #[test]
    fn impossible_input_is_refused() {
        let order = RoundingOrder::DoubleRounded;
        assert_eq!(amount(0, 30, 10, order), Err(MoneyFault::BaseSalary));
        assert_eq!(amount(-1, 30, 10, order), Err(MoneyFault::BaseSalary));
        assert_eq!(amount(1, -1, 10, order), Err(MoneyFault::Coefficient));
        assert_eq!(amount(1, 1, -1, order), Err(MoneyFault::Coefficient));
        assert_eq!(
            amount(i64::MAX, i32::MAX, i32::MAX, order),
            Err(MoneyFault::TooLarge)
        );
        assert_eq!(
            amount(i64::MAX, i32::MAX, i32::MAX, RoundingOrder::CoefficientFirst),
            Err(MoneyFault::TooLarge)
        );
    }

    #[test]
    fn amounts_are_printed_with_dots() {
        for (amount, text) in [
            (0, "0"),
            (999, "999"),
            (710_000, "710.000"),
            (1_410_000, "1.410.000"),
            (-1_000, "-1.000"),
        ] {
            assert_eq!(display_dong(amount), text);
        }
    }

    proptest! {
        #[test]
        fn rounded_up_by_less_than_one_step(base in 1i64..100_000_000, coefficient in 0i32..10_000, tenths in 0i32..100) {
            let dong = amount(base, coefficient, tenths, RoundingOrder::CoefficientFirst).unwrap();
            let exact = i128::from(base) * i128::from(coefficient) * i128::from(tenths);
            prop_assert_eq!(dong % ROUNDING_STEP_DONG, 0);
            prop_assert!(i128::from(dong) * 1000 >= exact);
            prop_assert!(i128::from(dong - ROUNDING_STEP_DONG) * 1000 < exact);
        }

        #[test]
        fn rounding_twice_never_pays_less(base in 1i64..100_000_000, coefficient in 0i32..10_000, tenths in 0i32..100) {
            let once = amount(base, coefficient, tenths, RoundingOrder::CoefficientFirst).unwrap();
            let twice = amount(base, coefficient, tenths, RoundingOrder::DoubleRounded).unwrap();
            prop_assert!(once <= twice);
        }
    }
}
