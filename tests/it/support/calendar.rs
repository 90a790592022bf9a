//! The day on which a world begins. Tests are written for 20 March 2026; with `THIDUA_TEST_START` they begin at
//! another instant, and all their dates move along by whole days (TIM-04). The law does not move: its rows have
//! their validity, and what follows from them is computed for the day that it is asked about.

use std::sync::OnceLock;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Timelike as _, Utc, Weekday};
use chrono_tz::Asia::Ho_Chi_Minh;
use thidua::domain::time::Instant;

/// Business time at the start of a world, as the tests are written.
pub const WRITTEN_FOR: &str = "2026-03-20T02:00:00Z";

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_utc()
}

fn begin() -> DateTime<Utc> {
    static BEGIN: OnceLock<DateTime<Utc>> = OnceLock::new();
    *BEGIN.get_or_init(|| {
        let begin = instant(&std::env::var("THIDUA_TEST_START").unwrap_or(WRITTEN_FOR.to_owned()));
        // What fixtures did earlier on that day, moved by whole days, lies before it.
        let hour = begin.with_timezone(&Ho_Chi_Minh).hour();
        assert!(hour >= 9, "THIDUA_TEST_START is before nine o'clock in Việt Nam");
        begin
    })
}

/// Days by which this run is away from the one that the tests are written for.
fn days() -> u64 {
    let day = |at: DateTime<Utc>| at.with_timezone(&Ho_Chi_Minh).date_naive();
    let days = (day(begin()) - day(instant(WRITTEN_FOR))).num_days();
    u64::try_from(days).expect("tests travel forward only")
}

/// Business time at the start of a world of this run; the hour is that of `THIDUA_TEST_START`.
pub fn start(wanted: &str) -> Instant {
    if wanted == WRITTEN_FOR {
        return Instant::new(begin());
    }
    when(wanted).parse().unwrap()
}

/// A date, or an instant that begins with one, of a test, as it is in this run.
pub fn when(written: &str) -> &'static str {
    let (date, rest) = written.split_at(10);
    let date: NaiveDate = date.parse().unwrap();
    let moved = date.checked_add_days(Days::new(days())).unwrap();
    format!("{moved}{rest}").leak()
}

/// The year of a date of a test.
pub fn year(written: &str) -> i32 {
    when(written)[..4].parse().unwrap()
}

/// A day at the turn of the year in which 30 June of the tests lies in this run, or of a later one.
pub fn turn(later: i32, day: &str) -> &'static str {
    format!("{}-{day}", year("2026-06-30") + later).leak()
}

/// A JSON text with every date in it as it is in this run.
pub fn moved(json: &str) -> String {
    let mut pieces: Vec<&str> = json.split('"').collect();
    for piece in &mut pieces {
        if piece.len() == 10 && piece.parse::<NaiveDate>().is_ok() {
            *piece = when(piece);
        }
    }
    pieces.join("\"")
}

/// The base salary that the service ships for a day from July 2024 on. This and what follows is independent of
/// the service on purpose.
pub fn base_salary(day: &str) -> i64 {
    if day < "2026-07-01" { 2_340_000 } else { 2_530_000 }
}

/// What a Giấy khen of a department that is printed on this day brings an individual and a collective: 0.3 and
/// 0.6 of the base salary, rounded up to 10 000 đồng.
pub fn rewards(printed: &str) -> (i64, i64) {
    let of = |tenths: i64| (base_salary(printed) * tenths + 99_999) / 100_000 * 10_000;
    (of(3), of(6))
}

/// The last of so many working days after a day, by the holidays that the service ships from May 2026 on.
pub fn working_days_after(day: &str, number: usize) -> String {
    const OFF: [&str; 3] = ["2026-08-31", "2026-09-01", "2026-09-02"];
    let worked = |day: &NaiveDate| {
        let text = day.to_string();
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        text == "2026-08-22" || !weekend && !OFF.contains(&text.as_str())
    };
    let begin: NaiveDate = day.parse().unwrap();
    let mut days = begin.iter_days().skip(1).filter(worked);
    days.nth(number - 1).unwrap().to_string()
}
