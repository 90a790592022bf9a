//! Deadlines as documents phrase them, and as instants (`domain.md` 5.7, R-S1).

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Calendar, Instant};

/// A deadline as the plan expresses it. JSON: `{"expression": "BEFORE_DATE", "date": "2026-05-25"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "expression", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum DeadlineRule {
    /// "trước ngày …": the last day is the day before.
    BeforeDate {
        /// The day named by the document; it is already late.
        date: NaiveDate,
        /// Move a last day off to the end of the next working day.
        #[serde(default, skip_serializing_if = "is_false")]
        shift_to_next_working_day: bool,
    },
    /// "chậm nhất ngày …", "đến hết ngày …": the day itself is the last.
    ByDate {
        /// The last day.
        date: NaiveDate,
        /// Move a last day off to the end of the next working day.
        #[serde(default, skip_serializing_if = "is_false")]
        shift_to_next_working_day: bool,
    },
    /// An instant, exclusive.
    AtInstant {
        /// The first instant that is late.
        instant: Instant,
    },
}

/// What nobody said is not told either, so that a merge patch may give the deadline another expression.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl DeadlineRule {
    /// Members that only other expressions than this one have.
    pub fn members_of_others(expression: &str) -> &'static [&'static str] {
        match expression {
            "AT_INSTANT" => &["date", "shift_to_next_working_day"],
            "BEFORE_DATE" | "BY_DATE" => &["instant"],
            _ => &[],
        }
    }

    /// The first instant that is late.
    pub fn instant(&self, zone: Tz, calendar: &Calendar) -> Instant {
        let (last, shift) = match *self {
            Self::AtInstant { instant } => return instant,
            Self::ByDate {
                date,
                shift_to_next_working_day,
            } => (date, shift_to_next_working_day),
            Self::BeforeDate {
                date,
                shift_to_next_working_day,
            } => (
                date.pred_opt().unwrap_or(NaiveDate::MIN),
                shift_to_next_working_day,
            ),
        };
        let last = if shift {
            calendar.working_day_from(last)
        } else {
            last
        };
        Instant::end_of_day(last, zone)
    }

    /// The computed deadline.
    pub fn deadline(&self, zone: Tz, calendar: &Calendar) -> Deadline {
        Deadline(self.instant(zone, calendar))
    }
}

/// A computed deadline: the first instant that is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Deadline(pub Instant);

impl Deadline {
    /// True when something received at `at` is in time: strictly before the deadline (C-13).
    pub fn accepts(self, at: Instant) -> bool {
        at < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::tests::{calendar_2026, day};
    use super::*;

    const ZONE: Tz = chrono_tz::Asia::Ho_Chi_Minh;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn rules_become_exclusive_instants() {
        for (json, instant) in [
            (
                r#"{"expression":"BEFORE_DATE","date":"2026-05-25"}"#,
                "2026-05-25T00:00:00+07:00",
            ),
            (
                r#"{"expression":"BY_DATE","date":"2026-05-25"}"#,
                "2026-05-26T00:00:00+07:00",
            ),
            (
                r#"{"expression":"BEFORE_DATE","date":"2026-05-25","shift_to_next_working_day":true}"#,
                "2026-05-26T00:00:00+07:00",
            ),
            (
                r#"{"expression":"BY_DATE","date":"2026-05-01","shift_to_next_working_day":true}"#,
                "2026-05-05T00:00:00+07:00",
            ),
            (
                r#"{"expression":"BY_DATE","date":"2026-05-22","shift_to_next_working_day":true}"#,
                "2026-05-23T00:00:00+07:00",
            ),
            (
                r#"{"expression":"AT_INSTANT","instant":"2026-05-22T17:00:00+07:00"}"#,
                "2026-05-22T10:00:00Z",
            ),
        ] {
            let rule: DeadlineRule = serde_json::from_str(json).unwrap();
            assert_eq!(rule.instant(ZONE, &calendar_2026()), at(instant), "{json}");
            let again: DeadlineRule = serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
            assert_eq!(again, rule);
        }
    }

    #[test]
    fn unclear_rules_are_refused() {
        for json in [
            r#"{"expression":"BEFORE_DATE"}"#,
            r#"{"expression":"AFTER_DATE","date":"2026-05-25"}"#,
            r#"{"expression":"BEFORE_DATE","date":"2026-02-30"}"#,
            r#"{"expression":"BEFORE_DATE","date":"2026-05-25","hour":7}"#,
            r#"{"expression":"AT_INSTANT","instant":"2026-05-22T17:00:00"}"#,
            r#"{"date":"2026-05-25"}"#,
        ] {
            assert!(serde_json::from_str::<DeadlineRule>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_plan_is_strict_at_the_first_instant_of_the_day() {
        let rule = DeadlineRule::BeforeDate {
            date: day("2026-05-25"),
            shift_to_next_working_day: false,
        };
        let deadline = rule.deadline(ZONE, &Calendar::default());
        for (received, in_time) in [
            ("2026-05-24T23:59:59.999+07:00", true),
            ("2026-05-24T23:59:59.999999+07:00", true),
            ("2026-05-24T16:59:59Z", true),
            ("2026-05-24T17:00:00Z", false),
            ("2026-05-25T00:00:00+07:00", false),
            ("2026-05-25T00:00:00.000001+07:00", false),
        ] {
            assert_eq!(deadline.accepts(at(received)), in_time, "{received}");
        }
    }

    #[test]
    fn the_edge_of_the_calendar_is_no_fault() {
        let rule = DeadlineRule::BeforeDate {
            date: NaiveDate::MIN,
            shift_to_next_working_day: true,
        };
        assert_eq!(rule.instant(ZONE, &Calendar::default()), Instant::MIN);
    }

    #[test]
    fn an_expression_knows_the_members_of_the_others() {
        for (expression, members) in [
            ("AT_INSTANT", vec!["date", "shift_to_next_working_day"]),
            ("BEFORE_DATE", vec!["instant"]),
            ("BY_DATE", vec!["instant"]),
            ("AFTER_DATE", vec![]),
        ] {
            assert_eq!(
                DeadlineRule::members_of_others(expression),
                members,
                "{expression}"
            );
        }
    }

    #[test]
    fn a_shift_is_told_only_where_there_is_one() {
        let rule = |shift_to_next_working_day| DeadlineRule::ByDate {
            date: day("2026-05-25"),
            shift_to_next_working_day,
        };
        for (shift, json) in [
            (false, r#"{"expression":"BY_DATE","date":"2026-05-25"}"#),
            (
                true,
                r#"{"expression":"BY_DATE","date":"2026-05-25","shift_to_next_working_day":true}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&rule(shift)).unwrap(), json);
        }
    }
}
