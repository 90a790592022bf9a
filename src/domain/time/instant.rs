//! A point in time, UTC, cut to microseconds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A point in time in UTC, exact to the microsecond, within the years 1 to 9999.
///
/// The cut is made here because one database keeps nanoseconds and the other does not: a value read
/// back must equal the value written. As text it always has 27 characters
/// (`2026-05-24T17:00:00.000000Z`), so texts sort like instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(DateTime<Utc>);

/// Why a text is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstantFault {
    /// Not RFC 3339, or without offset (API-07).
    #[error("not an RFC 3339 timestamp with an offset")]
    Syntax,
    /// Outside the years 1 to 9999 in UTC.
    #[error("outside the years 1 to 9999")]
    Range,
}

impl Instant {
    /// The first instant that can be represented.
    pub const MIN: Self = Self(bound(1, 1, 1, 0, 0));
    /// The last instant that can be represented; stands for "never" where a rule has no end.
    pub const MAX: Self = Self(bound(9999, 12, 31, 86_399, 999_999_000));

    /// The instant of a date and time, cut to microseconds and kept inside [`Self::MIN`], [`Self::MAX`].
    pub fn new(at: DateTime<Utc>) -> Self {
        // A leap second is counted into the next second.
        let cut = DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at);
        Self(cut.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The instant of a number of microseconds since 1970-01-01T00:00:00Z, if it is in range.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros)
            .map(Self)
            .filter(|at| (Self::MIN..=Self::MAX).contains(at))
    }

    /// The same point in time for other libraries.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The calendar date in `zone`.
    pub fn date(self, zone: Tz) -> NaiveDate {
        self.0.with_timezone(&zone).date_naive()
    }

    /// The calendar year in `zone`.
    pub fn year(self, zone: Tz) -> i32 {
        self.date(zone).year()
    }

    /// The first instant of a calendar day in `zone`; where the clocks skip midnight, the first one after.
    pub fn start_of_day(date: NaiveDate, zone: Tz) -> Self {
        let midnight = date.and_time(NaiveTime::MIN);
        let quarter = TimeDelta::minutes(15);
        std::iter::successors(Some(midnight), |local| local.checked_add_signed(quarter))
            .take(4 * 25)
            .find_map(|local| zone.from_local_datetime(&local).earliest())
            .map_or_else(
                || Self::new(midnight.and_utc()),
                |at| Self::new(at.with_timezone(&Utc)),
            )
    }

    /// The first instant after a calendar day in `zone`: the exclusive end "24:00".
    pub fn end_of_day(date: NaiveDate, zone: Tz) -> Self {
        date.succ_opt()
            .map_or(Self::MAX, |next| Self::start_of_day(next, zone))
    }

    /// Later by `duration`; stays at [`Self::MAX`] when it would pass it.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        TimeDelta::from_std(duration)
            .ok()
            .and_then(|delta| self.0.checked_add_signed(delta))
            .map_or(Self::MAX, Self::new)
    }

    /// Earlier by `duration`; stays at [`Self::MIN`] when it would pass it.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        TimeDelta::from_std(duration)
            .ok()
            .and_then(|delta| self.0.checked_sub_signed(delta))
            .map_or(Self::MIN, Self::new)
    }

    /// Time passed since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }
}

const fn bound(year: i32, month: u32, day: u32, second: u32, nano: u32) -> DateTime<Utc> {
    let Some(date) = NaiveDate::from_ymd_opt(year, month, day) else {
        return DateTime::<Utc>::MAX_UTC;
    };
    let Some(time) = NaiveTime::from_num_seconds_from_midnight_opt(second, nano) else {
        return DateTime::<Utc>::MAX_UTC;
    };
    date.and_time(time).and_utc()
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Instant {
    type Err = InstantFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains(['T', 't']) {
            return Err(InstantFault::Syntax);
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| InstantFault::Syntax)?;
        Self::from_micros(at.timestamp_micros()).ok_or(InstantFault::Range)
    }
}

impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONE: Tz = chrono_tz::Asia::Ho_Chi_Minh;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn every_offset_is_read_and_z_is_written() {
        for text in [
            "2026-05-25T00:00:00+07:00",
            "2026-05-24T17:00:00Z",
            "2026-05-24t17:00:00z",
            "2026-05-24T17:00:00.0000009Z",
            "2026-05-24T12:00:00-05:00",
        ] {
            assert_eq!(at(text).to_string(), "2026-05-24T17:00:00.000000Z", "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for (text, fault) in [
            ("2026-05-24T17:00:00", InstantFault::Syntax),
            ("2026-05-24 17:00:00Z", InstantFault::Syntax),
            ("2026-05-24", InstantFault::Syntax),
            ("2026-02-30T00:00:00Z", InstantFault::Syntax),
            ("", InstantFault::Syntax),
            ("+12026-05-24T17:00:00Z", InstantFault::Syntax),
            ("0001-01-01T00:00:00+07:00", InstantFault::Range),
            ("9999-12-31T23:59:59-01:00", InstantFault::Range),
        ] {
            assert_eq!(text.parse::<Instant>(), Err(fault), "{text}");
        }
    }

    #[test]
    fn the_bounds_are_what_they_say() {
        assert_eq!(Instant::MIN.to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Instant::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Instant::MAX.plus(Duration::from_secs(1)), Instant::MAX);
        assert_eq!(Instant::MIN.minus(Duration::MAX), Instant::MIN);
        assert_eq!(Instant::new(DateTime::<Utc>::MAX_UTC), Instant::MAX);
    }

    #[test]
    fn a_leap_second_counts_into_the_next_second() {
        assert_eq!(
            at("2016-12-31T23:59:60Z").to_string(),
            "2017-01-01T00:00:00.000000Z"
        );
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        let date = NaiveDate::from_ymd_opt(2026, 5, 25).unwrap();
        assert_eq!(Instant::start_of_day(date, ZONE), at("2026-05-24T17:00:00Z"));
        assert_eq!(Instant::end_of_day(date, ZONE), at("2026-05-25T17:00:00Z"));
        assert_eq!(
            at("2026-05-24T16:59:59.999999Z").date(ZONE),
            date.pred_opt().unwrap()
        );
        assert_eq!(at("2026-05-24T17:00:00Z").date(ZONE), date);
        assert_eq!(at("2025-12-31T17:00:00Z").year(ZONE), 2026);
    }

    #[test]
    fn a_skipped_midnight_or_day_begins_at_the_next_instant() {
        let date = NaiveDate::from_ymd_opt(2018, 11, 4).unwrap();
        let start = Instant::start_of_day(date, chrono_tz::America::Sao_Paulo);
        assert_eq!(start, at("2018-11-04T01:00:00-02:00"));
        let skipped = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap();
        let apia = chrono_tz::Pacific::Apia;
        assert_eq!(
            Instant::start_of_day(skipped, apia),
            Instant::end_of_day(skipped, apia)
        );
        assert_eq!(Instant::end_of_day(NaiveDate::MAX, ZONE), Instant::MAX);
    }

    #[test]
    fn json_refuses_a_missing_offset() {
        assert!(serde_json::from_str::<Instant>("\"2026-05-24T17:00:00\"").is_err());
        let json = serde_json::to_string(&at("2026-05-24T17:00:00Z")).unwrap();
        assert_eq!(json, "\"2026-05-24T17:00:00.000000Z\"");
        assert_eq!(
            serde_json::from_str::<Instant>(&json).unwrap(),
            at("2026-05-24T17:00:00Z")
        );
    }

    #[test]
    fn instants_are_moved_and_compared_exactly() {
        let noon = at("2026-05-24T12:00:00Z");
        let minute = Duration::from_mins(1);
        assert_eq!(noon.plus(minute), at("2026-05-24T12:01:00Z"));
        assert_eq!(noon.minus(minute), at("2026-05-24T11:59:00Z"));
        assert_eq!(noon.plus(minute).since(noon), minute);
        assert_eq!(noon.since(noon.plus(minute)), Duration::ZERO);
        assert_eq!(noon.utc().timestamp_micros(), noon.micros());
        assert_eq!(Instant::from_micros(Instant::MAX.micros() + 1), None);
        assert_eq!(Instant::from_micros(Instant::MIN.micros() - 1), None);
    }

    proptest! {
        #[test]
        fn text_and_instant_agree(a in -62_135_596_800_000_000i64..=253_402_300_799_999_999,
                                  b in -62_135_596_800_000_000i64..=253_402_300_799_999_999) {
            let (a, b) = (Instant::from_micros(a).unwrap(), Instant::from_micros(b).unwrap());
            prop_assert_eq!(a.to_string().len(), 27);
            prop_assert_eq!(at(&a.to_string()), a);
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
        }
    }
}
