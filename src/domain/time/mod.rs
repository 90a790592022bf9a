//! Time as the rules see it: instants, clocks, working days, deadlines, campaign periods.
//!
//! Instants are UTC, cut to microseconds; plain dates belong to the installation's one zone, which is
//! always a parameter (`decisions.md` M-8). Nothing here reads a clock except
//! [`SystemClock`](clock::SystemClock).

use chrono::Datelike as _;

mod calendar;
mod clock;
mod deadline;
mod instant;
mod period;

pub use calendar::{Calendar, DayKind, is_weekend};
pub use clock::{Clock, SettableClock, SystemClock};
pub use deadline::{Deadline, DeadlineRule};
pub use instant::{Instant, InstantFault};
pub use period::{CampaignPeriod, PeriodFault, intake};

/// Whether a text is a date (`2026-05-25`) of a year that business has: 1900 to 2199. Anything else is a slip of
/// the pen.
pub fn is_business_date(text: &str) -> bool {
    text.parse::<chrono::NaiveDate>()
        .is_ok_and(|date| in_business_years(date.year()) && date.to_string() == text)
}

/// Whether a text is a time (RFC 3339) of such a year.
pub fn is_business_time(text: &str) -> bool {
    text.parse::<Instant>()
        .is_ok_and(|at| in_business_years(at.utc().year()))
}

fn in_business_years(year: i32) -> bool {
    (1900..=2199).contains(&year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_years_that_business_has() {
        for (text, right) in [
            ("2026-05-25", true),
            ("1900-01-01", true),
            ("2199-12-31", true),
            ("0206-05-25", false),
            ("1899-12-31", false),
            ("2200-01-01", false),
            ("2026-02-29", false),
            ("2026-5-25", false),
            ("+2026-05-5", false),
            ("2026-05-25T00:00:00Z", false),
        ] {
            assert_eq!(is_business_date(text), right, "{text}");
        }
        for (text, right) in [
            ("2026-05-25T17:00:00+07:00", true),
            ("1900-01-01T00:00:00+07:00", false),
            ("0026-05-25T17:00:00Z", false),
            ("2026-05-25", false),
        ] {
            assert_eq!(is_business_time(text), right, "{text}");
        }
    }
}
