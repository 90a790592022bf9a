//! Working days: Monday to Friday, changed by rows of reference data (`domain.md` 1.9).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use chrono_tz::Tz;

use super::Instant;
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// What a row of the holiday table makes of its date.
    DayKind {
        /// A public holiday or a day off in lieu.
        Holiday = "HOLIDAY",
        /// A weekend day worked in exchange for another day.
        WorkingDay = "WORKING_DAY",
    }
}

/// Saturday or Sunday.
pub fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The working days of the installation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar(BTreeMap<NaiveDate, DayKind>);

impl Calendar {
    /// A calendar of Monday to Friday, changed by `rows`; a later row for the same date wins.
    pub fn new(rows: impl IntoIterator<Item = (NaiveDate, DayKind)>) -> Self {
        Self(rows.into_iter().collect())
    }

    /// True when the date is worked.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        match self.0.get(&date) {
            Some(kind) => matches!(kind, DayKind::WorkingDay),
            None => !is_weekend(date),
        }
    }

    /// The date itself when it is worked, otherwise the next day that is.
    pub fn working_day_from(&self, date: NaiveDate) -> NaiveDate {
        date.iter_days()
            .find(|day| self.is_working_day(*day))
            .unwrap_or(NaiveDate::MAX)
    }

    /// The last day of a period of `days` working days after `date`, by the civil code's counting: the
    /// day of the event is not counted, counting starts the next day. A period of no days ends on the
    /// date itself or, when that is not worked, on the next working day.
    pub fn add_working_days(&self, date: NaiveDate, days: u16) -> NaiveDate {
        (0..days).fold(self.working_day_from_event(date, days), |last, _| {
            last.succ_opt()
                .map_or(NaiveDate::MAX, |next| self.working_day_from(next))
        })
    }

    /// The last day of a period of `days` calendar days after `date`: the day of the event is not
    /// counted, and an end on a day off moves to the next working day.
    pub fn add_days(&self, date: NaiveDate, days: u16) -> NaiveDate {
        let last = date
            .checked_add_days(chrono::Days::new(days.into()))
            .unwrap_or(NaiveDate::MAX);
        self.working_day_from(last)
    }

    /// The exclusive end (24:00 of the last day) of a period of working days that begins with an event
    /// at `event`.
    pub fn due(&self, event: Instant, days: u16, zone: Tz) -> Instant {
        Instant::end_of_day(self.add_working_days(event.date(zone), days), zone)
    }

    fn working_day_from_event(&self, date: NaiveDate, days: u16) -> NaiveDate {
        if days == 0 {
            self.working_day_from(date)
        } else {
            date
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Days off and swap days of 2026 (`domain.md` 1.9).
    pub fn calendar_2026() -> Calendar {
        let off = [
            "2026-01-01",
            "2026-02-16",
            "2026-02-17",
            "2026-02-18",
            "2026-02-19",
            "2026-02-20",
            "2026-04-27",
            "2026-04-30",
            "2026-05-01",
            "2026-08-31",
            "2026-09-01",
            "2026-09-02",
        ];
        let rows = off.iter().map(|text| (day(text), DayKind::Holiday));
        Calendar::new(rows.chain([(day("2026-08-22"), DayKind::WorkingDay)]))
    }

    #[test]
    fn working_days_follow_week_and_table() {
        let calendar = calendar_2026();
        for (date, worked) in [
            ("2026-05-22", true),
            ("2026-05-23", false),
            ("2026-05-24", false),
            ("2026-05-25", true),
            ("2026-04-30", false),
            ("2026-08-22", true),
            ("2026-08-31", false),
            ("2026-09-03", true),
        ] {
            assert_eq!(calendar.is_working_day(day(date)), worked, "{date}");
        }
    }

    #[test]
    fn periods_do_not_count_the_day_of_the_event() {
        let calendar = calendar_2026();
        for (event, days, last) in [
            ("2026-05-25", 1, "2026-05-26"),
            ("2026-05-22", 1, "2026-05-25"),
            ("2026-05-23", 1, "2026-05-25"),
            ("2026-05-21", 3, "2026-05-26"),
            ("2026-02-13", 3, "2026-02-25"),
            ("2026-04-24", 5, "2026-05-06"),
            ("2026-08-20", 3, "2026-08-24"),
            ("2026-06-30", 15, "2026-07-21"),
            ("2026-05-24", 0, "2026-05-25"),
            ("2026-05-25", 0, "2026-05-25"),
        ] {
            assert_eq!(
                calendar.add_working_days(day(event), days),
                day(last),
                "{event} + {days}"
            );
        }
    }

    #[test]
    fn calendar_days_end_on_a_working_day() {
        let calendar = calendar_2026();
        for (event, days, last) in [
            ("2026-05-20", 2, "2026-05-22"),
            ("2026-05-20", 3, "2026-05-25"),
            ("2026-04-20", 10, "2026-05-04"),
        ] {
            assert_eq!(calendar.add_days(day(event), days), day(last), "{event} + {days}");
        }
    }

    #[test]
    fn a_period_ends_at_24_hours_of_its_last_day() {
        let zone = chrono_tz::Asia::Ho_Chi_Minh;
        let event: Instant = "2026-05-21T23:59:59+07:00".parse().unwrap();
        let end: Instant = "2026-05-27T00:00:00+07:00".parse().unwrap();
        assert_eq!(calendar_2026().due(event, 3, zone), end);
    }

    #[test]
    fn the_end_of_the_calendar_is_no_fault() {
        assert_eq!(
            Calendar::default().add_working_days(NaiveDate::MAX, 5),
            NaiveDate::MAX
        );
    }

    proptest! {
        #[test]
        fn between_event_and_end_lie_exactly_n_working_days(start in 0u64..1000, n in 0u16..60) {
            let calendar = calendar_2026();
            let event = day("2025-06-01") + chrono::Days::new(start);
            let last = calendar.add_working_days(event, n);
            let counted = event.iter_days().skip(1).take_while(|d| *d <= last)
                .filter(|d| calendar.is_working_day(*d)).count();
            prop_assert!(calendar.is_working_day(last));
            if n > 0 { prop_assert_eq!(counted, usize::from(n)); }
            prop_assert!(n == 0 || calendar.add_working_days(event, n + 1) > last);
        }
    }
}
