//! The campaign's period and what is derived from it: days, phase, intake, duration class.

use chrono::{Months, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Deadline, Instant};
use crate::domain::codes::{CampaignPhase, DurationClass, Intake};

/// First and last day of a campaign, both included (R-C1). Nothing forbids a start in the past or a
/// dossier deadline after the end (R-C2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Days", deny_unknown_fields)]
pub struct CampaignPeriod {
    from: NaiveDate,
    to: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    from: NaiveDate,
    to: NaiveDate,
}

/// The last day lies before the first (R-C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the period ends on {to}, before it begins on {from}")]
pub struct PeriodFault {
    /// First day as given.
    pub from: NaiveDate,
    /// Last day as given.
    pub to: NaiveDate,
}

impl CampaignPeriod {
    /// A period of both days and all between.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self, PeriodFault> {
        if to < from {
            Err(PeriodFault { from, to })
        } else {
            Ok(Self { from, to })
        }
    }

    /// First day.
    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// Last day.
    pub fn to(self) -> NaiveDate {
        self.to
    }

    /// Number of days, both ends counted; at least 1 (R-C1).
    pub fn days(self) -> i64 {
        (self.to - self.from).num_days().saturating_add(1)
    }

    /// True when the date lies in the period.
    pub fn contains(self, date: NaiveDate) -> bool {
        (self.from..=self.to).contains(&date)
    }

    /// True when the two periods share a day (R-N3: overlapping achievement periods).
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// Where `now` lies; the last day runs until 24:00 in `zone`.
    pub fn phase(self, now: Instant, zone: Tz) -> CampaignPhase {
        let today = now.date(zone);
        if today < self.from {
            CampaignPhase::NotStarted
        } else if today <= self.to {
            CampaignPhase::Running
        } else {
            CampaignPhase::Ended
        }
    }

    /// Class of form 0601 (Thông tư 02/2023/TT-BNV): full calendar years, both ends counted.
    pub fn duration_class(self) -> DurationClass {
        let year = |n: u32| {
            self.from
                .checked_add_months(Months::new(12 * n))
                .unwrap_or(NaiveDate::MAX)
        };
        let end = self.to.succ_opt().unwrap_or(NaiveDate::MAX);
        match end {
            end if end < year(1) => DurationClass::UnderOneYear,
            end if end == year(1) => DurationClass::OneYear,
            end if end < year(3) => DurationClass::OneToThreeYears,
            end if end < year(5) => DurationClass::ThreeToFiveYears,
            _ => DurationClass::FiveYearsAndMore,
        }
    }
}

impl TryFrom<Days> for CampaignPeriod {
    type Error = PeriodFault;

    fn try_from(days: Days) -> Result<Self, Self::Error> {
        Self::new(days.from, days.to)
    }
}

/// Whether dossiers are taken at `now`. `opens_at` is the stated opening or, by default, the
/// publication; none means not published. Without a deadline the intake stays open.
pub fn intake(now: Instant, opens_at: Option<Instant>, deadline: Option<Deadline>) -> Intake {
    match (opens_at, deadline) {
        (None, _) => Intake::NotOpen,
        (Some(opens_at), _) if now < opens_at => Intake::NotOpen,
        (_, Some(deadline)) if !deadline.accepts(now) => Intake::Closed,
        _ => Intake::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::tests::day;
    use super::*;

    const ZONE: Tz = chrono_tz::Asia::Ho_Chi_Minh;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn period(from: &str, to: &str) -> CampaignPeriod {
        CampaignPeriod::new(day(from), day(to)).unwrap()
    }

    #[test]
    fn the_plan_has_exactly_100_days() {
        assert_eq!(period("2026-02-10", "2026-05-20").days(), 100);
        assert_eq!(period("2026-02-10", "2026-02-10").days(), 1);
        assert!(CampaignPeriod::new(day("2026-02-10"), day("2026-02-09")).is_err());
    }

    #[test]
    fn phase_and_intake_follow_the_plan() {
        let period = period("2026-02-10", "2026-05-20");
        let published = Some(at("2026-03-20T09:00:00+07:00"));
        let deadline = Some(Deadline(at("2026-05-25T00:00:00+07:00")));
        for (now, phase, open) in [
            (
                "2026-02-09T23:59:59+07:00",
                CampaignPhase::NotStarted,
                Intake::NotOpen,
            ),
            (
                "2026-02-10T00:00:00+07:00",
                CampaignPhase::Running,
                Intake::NotOpen,
            ),
            ("2026-03-20T09:00:00+07:00", CampaignPhase::Running, Intake::Open),
            (
                "2026-05-20T23:59:59.999999+07:00",
                CampaignPhase::Running,
                Intake::Open,
            ),
            ("2026-05-21T00:00:00+07:00", CampaignPhase::Ended, Intake::Open),
            ("2026-05-24T23:59:59+07:00", CampaignPhase::Ended, Intake::Open),
            ("2026-05-25T00:00:00+07:00", CampaignPhase::Ended, Intake::Closed),
        ] {
            assert_eq!(period.phase(at(now), ZONE), phase, "{now}");
            assert_eq!(intake(at(now), published, deadline), open, "{now}");
        }
        assert_eq!(
            intake(at("2026-05-25T00:00:00Z"), None, deadline),
            Intake::NotOpen
        );
        assert_eq!(intake(at("2036-05-25T00:00:00Z"), published, None), Intake::Open);
    }

    #[test]
    fn duration_classes_are_those_of_the_form() {
        for (from, to, class) in [
            ("2026-02-10", "2026-05-20", DurationClass::UnderOneYear),
            ("2026-01-01", "2026-12-30", DurationClass::UnderOneYear),
            ("2026-01-01", "2026-12-31", DurationClass::OneYear),
            ("2028-02-29", "2029-02-27", DurationClass::OneYear),
            ("2026-01-01", "2027-01-01", DurationClass::OneToThreeYears),
            ("2026-01-01", "2028-12-30", DurationClass::OneToThreeYears),
            ("2026-01-01", "2028-12-31", DurationClass::ThreeToFiveYears),
            ("2026-01-01", "2030-12-30", DurationClass::ThreeToFiveYears),
            ("2026-01-01", "2030-12-31", DurationClass::FiveYearsAndMore),
        ] {
            assert_eq!(period(from, to).duration_class(), class, "{from} {to}");
        }
    }

    #[test]
    fn json_keeps_the_order_of_the_days() {
        let json = r#"{"from":"2026-02-10","to":"2026-05-20"}"#;
        let read: CampaignPeriod = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        assert!(
            serde_json::from_str::<CampaignPeriod>(r#"{"from":"2026-05-20","to":"2026-02-10"}"#).is_err()
        );
    }

    #[test]
    fn periods_overlap_when_they_share_a_day() {
        let a = period("2026-02-10", "2026-05-20");
        assert!(a.overlaps(period("2026-05-20", "2026-12-31")));
        assert!(!a.overlaps(period("2026-05-21", "2026-12-31")));
        assert!(a.contains(day("2026-05-20")) && !a.contains(day("2026-05-21")));
    }

    #[test]
    fn a_period_has_its_days_as_given() {
        let plan = period("2026-02-10", "2026-05-20");
        assert_eq!((plan.from(), plan.to()), (day("2026-02-10"), day("2026-05-20")));
        assert!(plan.contains(plan.from()) && !plan.contains(day("2026-02-09")));
        assert!(plan.overlaps(period("2025-01-01", "2026-02-10")));
        assert!(!plan.overlaps(period("2025-01-01", "2026-02-09")));
        assert!(period("2026-03-01", "2026-03-01").overlaps(plan));
        let opens = at("2026-03-20T09:00:00+07:00");
        assert_eq!(intake(opens, Some(opens), None), Intake::Open);
    }
}
