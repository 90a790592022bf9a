//! References to official documents, their numbers, and how numbers and dates are printed
//! (`domain.md` 2.2, 2.3). The number as printed is the truth; its parts are only for search, order and
//! uniqueness. It contains `/`, so it is never part of a path.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::codes::SignatureMode;
use super::merge_patch::MergePatch;

/// The parts of a document number such as `579/KH-SNgV`, `86/2025/QĐ-UBND` or `2902/BNV-VP`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentNumber {
    /// Running number in its register, 0 to 999 999.
    pub number: u32,
    /// Letter after the number (`05a`).
    pub letter: Option<char>,
    /// Year, printed by legal normative documents only.
    pub year: Option<u16>,
    /// Type and issuer (`KH-SNgV`); case matters.
    pub symbol: String,
}

impl DocumentNumber {
    /// Reads a number as people print it: with `Số:` in front, blanks, another dash or a full stop.
    pub fn printed(raw: &str) -> Option<Self> {
        Self::parse(&plainly(raw))
    }

    /// Reads a printed number, tolerantly: spaces around it do not matter. None does not mean that the
    /// number is wrong, only that it has no recognised parts.
    pub fn parse(raw: &str) -> Option<Self> {
        let parts: Vec<&str> = raw.trim().split('/').collect();
        let (number, year, symbol) = match parts.as_slice() {
            [number, symbol] => (number, None, symbol),
            [number, year, symbol] => (number, Some(year), symbol),
            _ => return None,
        };
        let year = match year {
            Some(year) if is_digits(year, 4..=4) => Some(year.parse().ok()?),
            Some(_) => return None,
            None => None,
        };
        let letter = number.chars().last().filter(char::is_ascii_alphabetic);
        let digits = letter.map_or(*number, |letter| number.trim_end_matches(letter));
        let length = digits.len() + letter.map_or(0, char::len_utf8);
        if !is_digits(digits, 1..=6) || length != number.len() || !is_symbol(symbol) {
            return None;
        }
        Some(Self {
            number: digits.parse().ok()?,
            letter,
            year,
            symbol: (*symbol).to_owned(),
        })
    }
}

impl fmt::Display for DocumentNumber {
    /// As printed: numbers below 10 get a leading zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.number)?;
        if let Some(letter) = self.letter {
            write!(f, "{letter}")?;
        }
        if let Some(year) = self.year {
            write!(f, "/{year:04}")?;
        }
        write!(f, "/{}", self.symbol)
    }
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.chars().all(|character| character.is_ascii_digit())
}

/// Groups of letters, digits, `&` and `.`, joined by single hyphens.
fn is_symbol(text: &str) -> bool {
    text.split('-').all(|group| {
        !group.is_empty()
            && group
                .chars()
                .all(|c| c.is_alphabetic() || c.is_ascii_digit() || matches!(c, '&' | '.'))
    })
}

/// Who signed, and in whose place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// In whose place.
    pub mode: SignatureMode,
    /// Title of the one who signed (`Phó Giám đốc`).
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Full name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// A reference to an official document inside or outside the service (`domain.md` 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRef {
    /// Type abbreviation: `KH`, `QĐ`, `TTr`, `BB` …
    #[serde(rename = "type")]
    #[schema(min_length = 1, max_length = 20, example = "KH")]
    pub document_type: String,
    /// The number exactly as printed, NFC.
    #[schema(min_length = 1, max_length = 100, example = "579/KH-SNgV")]
    pub number_raw: String,
    /// Date of issue.
    pub issued_on: NaiveDate,
    /// Place of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub place: Option<String>,
    /// Trích yếu.
    #[serde(rename = "abstract", default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub abstract_text: Option<String>,
    /// Name of the issuing organisation as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub issuer: Option<String>,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signature: Option<Signature>,
    /// Where the text can be read: portals make a link of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        max_length = 500,
        pattern = "^https?://[^\\s/]+(/\\S*)?$",
        example = "https://vanban.example.gov.vn/579-KH-SNgV"
    )]
    pub url: Option<String>,
}

/// Members of a reference that change.
pub type DocumentRefPatch = MergePatch<DocumentRef>;

impl DocumentRef {
    /// The recognised parts of the number, if any.
    pub fn number(&self) -> Option<DocumentNumber> {
        DocumentNumber::parse(&self.number_raw)
    }

    /// Whether both carry the same number and symbol of the same year's register, however they are
    /// printed (`05` is `5`); numbers restart with the year.
    pub fn same_number(&self, other: &Self) -> bool {
        same_number(&self.number_raw, &other.number_raw) && self.issued_on.year() == other.issued_on.year()
    }
}

/// Whether two printed numbers are the same one: by their parts where both have them (`05` is `5`), as
/// printed otherwise. How it is typed makes no other number of it: spaces, the kind of dash, `Số` in front of it
/// and a full stop behind it.
pub fn same_number(one: &str, other: &str) -> bool {
    let (one, other) = (plainly(one), plainly(other));
    match (DocumentNumber::parse(&one), DocumentNumber::parse(&other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn plainly(printed: &str) -> String {
    let plain: String = printed
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| match letter {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            other => other,
        })
        .collect();
    let plain = plain.trim_end_matches('.');
    let named = ["Số:", "số:", "SỐ:", "Số", "số", "SỐ"];
    let number = named.iter().find_map(|name| plain.strip_prefix(name));
    number.unwrap_or(plain).to_owned()
}

/// A date as lists print it: `20/5/2026`, `05/02/2026` (days below 10 and months 1 and 2 get a zero).
pub fn display_date(date: NaiveDate) -> String {
    format!("{}/{}/{}", padded_day(date), padded_month(date), date.year())
}

/// A date as documents print it: `ngày 20 tháng 3 năm 2026`, `ngày 05 tháng 02 năm 2026`.
pub fn display_long_date(date: NaiveDate) -> String {
    format!(
        "ngày {} tháng {} năm {}",
        padded_day(date),
        padded_month(date),
        date.year()
    )
}

/// Place and date of a document: `Cao Bằng, ngày 20 tháng 3 năm 2026`.
pub fn display_place_and_date(place: &str, date: NaiveDate) -> String {
    format!("{place}, {}", display_long_date(date))
}

/// Reads a Vietnamese date with or without zeros: `10/02/2026`, `10/2/2026`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.trim().split('/').collect();
    let [day, month, year] = parts.as_slice() else {
        return None;
    };
    if !is_digits(day, 1..=2) || !is_digits(month, 1..=2) || !is_digits(year, 4..=4) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn padded_day(date: NaiveDate) -> String {
    format!("{:02}", date.day())
}

fn padded_month(date: NaiveDate) -> String {
    let month = date.month();
    if month <= 2 {
        format!("{month:02}")
    } else {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_is_the_same_however_it_is_typed() {
        for (other, same) in [
            ("579/KH-SNgV", true),
            ("0579/KH-SNgV", true),
            (" 579 / KH - SNgV", true),
            ("579\u{a0}/KH\u{2013}SNgV.", true),
            ("Số: 579/KH-SNgV", true),
            ("số 579/KH\u{2212}SNgV", true),
            ("579a/KH-SNgV", false),
            ("579/KH-SNV", false),
            ("579", false),
            ("57 9/KH-SNgV", true),
        ] {
            assert_eq!(same_number("579/KH-SNgV", other), same, "{other}");
        }
        // What has no number in front is compared as it is printed.
        assert!(same_number("12-KH/TU", "12 \u{2013} KH/TU"));
        assert!(!same_number("12-KH/TU", "13-KH/TU"));
    }

    #[test]
    fn all_printed_forms_are_read() {
        for (raw, number, letter, year, symbol, printed) in [
            ("579/KH-SNgV", 579, None, None, "KH-SNgV", "579/KH-SNgV"),
            (" 2902/BNV-VP ", 2902, None, None, "BNV-VP", "2902/BNV-VP"),
            (
                "86/2025/QĐ-UBND",
                86,
                None,
                Some(2025),
                "QĐ-UBND",
                "86/2025/QĐ-UBND",
            ),
            ("5/QĐ-SNgV", 5, None, None, "QĐ-SNgV", "05/QĐ-SNgV"),
            (
                "05a/TTr-SNV-TĐKT",
                5,
                Some('a'),
                None,
                "TTr-SNV-TĐKT",
                "05a/TTr-SNV-TĐKT",
            ),
            (
                "148/TTr-SLĐTB&XH",
                148,
                None,
                None,
                "TTr-SLĐTB&XH",
                "148/TTr-SLĐTB&XH",
            ),
            ("06/2022/QH15", 6, None, Some(2022), "QH15", "06/2022/QH15"),
            ("6/2022", 6, None, None, "2022", "06/2022"),
        ] {
            let parsed = DocumentNumber::parse(raw).unwrap();
            assert_eq!(
                (parsed.number, parsed.letter, parsed.year),
                (number, letter, year),
                "{raw}"
            );
            assert_eq!(parsed.symbol, symbol, "{raw}");
            assert_eq!(parsed.to_string(), printed, "{raw}");
        }
    }

    #[test]
    fn what_has_no_parts_is_no_fault() {
        for raw in [
            "",
            "579",
            "/KH-SNgV",
            "579/",
            "1234567/KH",
            "12ab/KH",
            "aa/KH",
            "579/KH--SNgV",
            "579/KH-",
            "579/25/KH",
            "579/KH SNgV",
            "1/2/3/4",
            "-5/KH",
            "579 /KH",
        ] {
            assert_eq!(DocumentNumber::parse(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn a_number_is_read_as_people_print_it() {
        for raw in [
            "812/QĐ-UBND",
            "Số: 0812/QĐ-UBND.",
            "812 / QĐ\u{2013}UBND",
            "SỐ 812/QĐ-UBND",
        ] {
            let read = DocumentNumber::printed(raw).map(|read| (read.number, read.symbol));
            assert_eq!(read, Some((812, "QĐ-UBND".to_owned())), "{raw}");
        }
        assert_eq!(DocumentNumber::printed("không số"), None);
    }

    #[test]
    fn the_same_number_may_be_printed_otherwise() {
        for (one, other, same) in [
            ("5/QĐ-UBND", "05/QĐ-UBND", true),
            (" 812/QĐ-UBND", "812/QĐ-UBND", true),
            ("812/QĐ-UBND", "812/QĐ-SNV", false),
            ("812/QĐ-UBND", "812a/QĐ-UBND", false),
            ("số 812", "số 812 ", true),
            ("số 812", "812/QĐ-UBND", false),
        ] {
            assert_eq!(same_number(one, other), same, "{one} and {other}");
        }
    }

    #[test]
    fn dates_are_printed_with_the_official_zeros() {
        for (date, short, long) in [
            ("2026-03-20", "20/3/2026", "ngày 20 tháng 3 năm 2026"),
            ("2026-02-05", "05/02/2026", "ngày 05 tháng 02 năm 2026"),
            ("2026-01-10", "10/01/2026", "ngày 10 tháng 01 năm 2026"),
            ("2026-12-01", "01/12/2026", "ngày 01 tháng 12 năm 2026"),
        ] {
            assert_eq!(
                (
                    display_date(day(date)).as_str(),
                    display_long_date(day(date)).as_str()
                ),
                (short, long)
            );
        }
        let plan = display_place_and_date("Cao Bằng", day("2026-03-20"));
        assert_eq!(plan, "Cao Bằng, ngày 20 tháng 3 năm 2026");
    }

    #[test]
    fn imported_dates_may_have_zeros_or_not() {
        for (text, date) in [
            ("10/02/2026", Some("2026-02-10")),
            ("10/2/2026", Some("2026-02-10")),
            (" 1/1/2026 ", Some("2026-01-01")),
            ("31/2/2026", None),
            ("2026-02-10", None),
            ("10/2/26", None),
            ("+1/2/2026", None),
        ] {
            assert_eq!(parse_date(text), date.map(day), "{text}");
        }
    }

    #[test]
    fn references_keep_their_json_names() {
        let json = r#"{"type":"KH","number_raw":"579/KH-SNgV","issued_on":"2026-03-20","place":"Cao Bằng","abstract":"Phát động phong trào thi đua","issuer":"Sở Ngoại vụ","signature":{"mode":"KT","title":"Phó Giám đốc","name":"Tô Thị Trang"}}"#;
        let read: DocumentRef = serde_json::from_str(json).unwrap();
        assert_eq!(read.number().unwrap().symbol, "KH-SNgV");
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let short = r#"{"type":"QĐ","number_raw":"641","issued_on":"2026-03-12"}"#;
        assert_eq!(
            serde_json::to_string(&serde_json::from_str::<DocumentRef>(short).unwrap()).unwrap(),
            short
        );
    }

    proptest! {
        #[test]
        fn a_printed_number_reads_back(number in 0u32..=999_999, letter in prop::option::of("[a-zA-Z]"),
                                       year in prop::option::of(1900u16..=2100), symbol in "[A-Za-zĐđ]{1,5}(-[A-Za-zĐđ&.]{1,5}){0,2}") {
            let letter = letter.and_then(|text| text.chars().next());
            let made = DocumentNumber { number, letter, year, symbol };
            prop_assert_eq!(DocumentNumber::parse(&made.to_string()), Some(made));
        }

        #[test]
        fn any_text_is_read_without_panic(raw in "\\PC{0,30}") {
            let _ = DocumentNumber::parse(&raw);
            let _ = parse_date(&raw);
        }

        #[test]
        fn printed_dates_read_back(days in 0i32..40_000) {
            let date = NaiveDate::from_num_days_from_ce_opt(720_000 + days).unwrap();
            prop_assert_eq!(parse_date(&display_date(date)), Some(date));
        }
    }

    #[test]
    fn registers_begin_anew_with_the_year() {
        let printed = |number: &str, issued_on: &str| DocumentRef {
            document_type: "QĐ".to_owned(),
            number_raw: number.to_owned(),
            issued_on: day(issued_on),
            place: None,
            abstract_text: None,
            issuer: None,
            signature: None,
            url: None,
        };
        let one = printed("5/QĐ-UBND", "2026-03-20");
        for (number, issued_on, same) in [
            ("05/QĐ-UBND", "2026-12-31", true),
            ("05/QĐ-UBND", "2025-03-20", false),
            ("06/QĐ-UBND", "2026-03-20", false),
        ] {
            assert_eq!(
                one.same_number(&printed(number, issued_on)),
                same,
                "{number} of {issued_on}"
            );
        }
    }
}
