//! Operations that will go (DEP-01): what the document, the answers and the numbers say of them.

use chrono::{Days, NaiveDate, NaiveTime};

/// Days that clients have at least.
const NOTICE_DAYS: u64 = 180;

/// Every operation that will go.
pub const DEPRECATED: &[Deprecated] = &[];

/// An operation that will go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// Its `operationId`.
    pub operation: &'static str,
    /// Day from which on nobody should build on it: `2027-01-15`.
    pub since: &'static str,
    /// Day from which on it may be gone, 180 days later at the earliest.
    pub sunset: &'static str,
    /// Address of what tells of it, and of what takes its place.
    pub notice: &'static str,
}

impl Deprecated {
    /// What is wrong with the row, if anything.
    pub fn fault(&self) -> Option<String> {
        let Some((since, sunset)) = day(self.since).zip(day(self.sunset)) else {
            return Some(format!("{}: a day is written as 2027-01-15", self.operation));
        };
        let earliest = since.checked_add_days(Days::new(NOTICE_DAYS));
        if earliest.is_none_or(|earliest| sunset < earliest) {
            return Some(format!(
                "{}: goes less than {NOTICE_DAYS} days after it is deprecated",
                self.operation
            ));
        }
        // It stands between angle brackets in a header field.
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"".contains(&byte);
        let address = self.notice.starts_with("https://") && self.notice.bytes().all(plain);
        (!address).then(|| format!("{}: the notice has no address", self.operation))
    }

    /// Second since 1970 with which it became deprecated (RFC 9745); none where the day cannot be read.
    pub fn since_second(&self) -> Option<i64> {
        Some(day(self.since)?.and_time(NaiveTime::MIN).and_utc().timestamp())
    }

    /// The day of its end as HTTP writes times (RFC 8594, RFC 9110 5.6.7); none where it cannot be read.
    pub fn sunset_time(&self) -> Option<String> {
        let midnight = day(self.sunset)?.and_time(NaiveTime::MIN);
        Some(midnight.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Deprecated = Deprecated {
        operation: "listThings",
        since: "2027-01-15",
        sunset: "2027-07-14",
        notice: "https://example.gov.vn/thidua/listThings",
    };

    #[test]
    fn every_row_gives_notice_for_long_enough() {
        let faults: Vec<String> = DEPRECATED.iter().filter_map(Deprecated::fault).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn faults_of_a_row_are_told() {
        assert_eq!(ROW.fault(), None);
        let with = |since, sunset, notice| Deprecated {
            since,
            sunset,
            notice,
            ..ROW
        };
        for (row, said) in [
            (with(ROW.since, "2027-07-13", ROW.notice), "less than 180 days"),
            (with(ROW.since, "2026-07-14", ROW.notice), "less than 180 days"),
            (with("2027-1-32", ROW.sunset, ROW.notice), "a day is written"),
            (with(ROW.since, "", ROW.notice), "a day is written"),
            (with(ROW.since, ROW.sunset, ""), "no address"),
            (
                with(ROW.since, ROW.sunset, "http://example.gov.vn/"),
                "no address",
            ),
            (
                with(ROW.since, ROW.sunset, "https://example.gov.vn/a b"),
                "no address",
            ),
            (
                with(ROW.since, ROW.sunset, "https://example.gov.vn/>;"),
                "no address",
            ),
        ] {
            let fault = row.fault().unwrap_or_default();
            assert!(
                fault.starts_with("listThings: ") && fault.contains(said),
                "{fault}"
            );
        }
    }

    #[test]
    fn days_are_written_as_their_fields_want_them() {
        assert_eq!(ROW.since_second(), Some(1_799_971_200));
        assert_eq!(
            ROW.sunset_time().as_deref(),
            Some("Wed, 14 Jul 2027 00:00:00 GMT")
        );
    }
}
