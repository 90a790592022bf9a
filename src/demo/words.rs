//! What the service answers in codes and instants, in the words of the office.

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::Value;

use super::cast::{Cast, number, text};

/// Codes of the answers, as the people of the plan say them.
const WORDS: &[(&str, &str)] = &[
    // roles
    ("DIRECTOR", "Giám đốc"),
    ("OFFICE_CHIEF", "Chánh Văn phòng"),
    ("OFFICE_REVIEWER", "người thẩm định của Văn phòng"),
    ("CLERK", "Văn thư"),
    ("DIVISION_HEAD", "Trưởng phòng"),
    ("DIVISION_OFFICER", "người lập hồ sơ của phòng"),
    ("BOARD_OFFICER", "chuyên viên của Ban"),
    ("BOARD_SYSTEM", "hệ thống của Ban"),
    ("AUDITOR", "người kiểm tra"),
    // functions in the council
    ("CHAIR", "Chủ tịch Hội đồng"),
    ("VICE_CHAIR", "Phó Chủ tịch Hội đồng"),
    ("STANDING", "Ủy viên thường trực Hội đồng"),
    ("SECRETARY", "Thư ký Hội đồng"),
    ("MEMBER", "Ủy viên Hội đồng"),
    // award forms and papers
    ("GIAY_KHEN_SO", "Giấy khen của Giám đốc Sở"),
    ("BANG_KHEN_TINH", "Bằng khen của Chủ tịch UBND tỉnh"),
    ("TO_TRINH", "Tờ trình"),
    ("BAO_CAO", "Báo cáo thành tích"),
    // phases, votes, results, states
    ("NOT_STARTED", "chưa bắt đầu"),
    ("RUNNING", "đang diễn ra"),
    ("ENDED", "đã kết thúc"),
    ("AGREE", "tán thành"),
    ("DISAGREE", "không tán thành"),
    ("RECOMMENDED", "Hội đồng đề nghị khen"),
    ("NOT_RECOMMENDED", "Hội đồng không đề nghị khen"),
    ("AWAITING_DIRECTOR", "chờ Giám đốc quyết định"),
    ("AWARDED", "đã được khen"),
    ("INELIGIBLE", "không đủ điều kiện"),
    // subjects
    ("COLLECTIVE", "tập thể"),
    ("INDIVIDUAL", "cá nhân"),
    ("HOUSEHOLD", "hộ gia đình"),
];

/// A code in words; a code that the walk does not know stays as it is.
pub fn say(code: &str) -> &str {
    WORDS
        .iter()
        .find_map(|(known, word)| (*known == code).then_some(*word))
        .unwrap_or(code)
}

/// An instant as `00:00 ngày 25/5/2026 (giờ Việt Nam)`.
pub fn instant(text: &str) -> String {
    let Some(zone) = FixedOffset::east_opt(7 * 3600) else {
        return text.to_owned();
    };
    DateTime::parse_from_rfc3339(text).map_or_else(
        |_| text.to_owned(),
        |at| {
            let at = at.with_timezone(&zone);
            format!(
                "{} ngày {} (giờ Việt Nam)",
                at.format("%H:%M"),
                date(&at.format("%F").to_string())
            )
        },
    )
}

/// `2026-08-03` as `03/8/2026`: days below ten and the first two months get a zero in front, as in the
/// documents of the administration.
pub fn date(text: &str) -> String {
    use chrono::Datelike as _;
    text.parse::<NaiveDate>().map_or_else(
        |_| text.to_owned(),
        |day| {
            let month = match day.month() {
                month @ 1..=2 => format!("{month:02}"),
                month => month.to_string(),
            };
            format!("{:02}/{month}/{}", day.day(), day.year())
        },
    )
}

/// 1410000 as `1.410.000 đồng`.
pub fn dong(amount: i64) -> String {
    let digits = amount.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{grouped} đồng")
}

/// At most so many characters, cut after a word.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for word in text.split_whitespace() {
        if kept.chars().count() + word.chars().count() + 2 > most {
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    kept.push('…');
    if kept.matches('“').count() > kept.matches('”').count() {
        kept.push('”');
    }
    kept
}

/// The four readings of the quota, each on a line of its own: taken/limit.
pub fn readings(quota: &Value, cast: &Cast) -> String {
    let mut lines =
        vec!["xem số đã khen và giữ chỗ/giới hạn, theo bốn cách hiểu câu “không quá 30%”:".to_owned()];
    for reading in quota["readings"].as_array().into_iter().flatten() {
        let enforced = if reading["enforced"] == true {
            ", đang áp dụng"
        } else {
            ""
        };
        let name = text(reading, "/reading");
        let how = match name {
            "Q1" => "tập thể, cá nhân tính riêng",
            "Q2" => "tính chung",
            "Q3" => "từng hình thức khen",
            _ => "từng phòng",
        };
        lines.push(format!("{name} ({how}{enforced}): {}", groups(reading, cast)));
    }
    lines.join("\n")
}

/// Lines of one form or one division together: `Phòng Lãnh sự: tập thể 1/0 VƯỢT, cá nhân 1/1`.
fn groups(reading: &Value, cast: &Cast) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for line in reading["lines"].as_array().into_iter().flatten() {
        let division = line["division"].as_str().map(|id| cast.called_by_id(id));
        let form = line["form"].as_str().map(|form| say(form).to_owned());
        let whose = match division.or(form) {
            Some(name) => name,
            None if line["per_division"] == true => "không thuộc phòng nào".to_owned(),
            None => String::new(),
        };
        let words = figures(line);
        match groups.iter_mut().find(|(name, _)| *name == whose) {
            Some((_, words_of)) => words_of.push(words),
            None => groups.push((whose, vec![words])),
        }
    }
    if groups.is_empty() {
        return "chưa có đề nghị nào".to_owned();
    }
    let each: Vec<String> = groups
        .into_iter()
        .map(|(whose, words)| match whose.as_str() {
            "" => words.join(", "),
            _ => format!("{whose}: {}", words.join(", ")),
        })
        .collect();
    each.join("; ")
}

fn figures(line: &Value) -> String {
    let taken = number(line, "/used") + number(line, "/reserved");
    let kind = line["subject_kind"].as_str().map_or("chung", say);
    let exceeded = if line["exceeded"] == true { " VƯỢT" } else { "" };
    format!("{kind} {taken}/{}{exceeded}", number(line, "/limit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_dates_are_those_of_viet_nam() {
        let shown = instant("2026-05-24T17:00:00.000000Z");
        assert_eq!(shown, "00:00 ngày 25/5/2026 (giờ Việt Nam)");
        assert_eq!(date("2026-02-03"), "03/02/2026");
        assert_eq!(dong(1_410_000), "1.410.000 đồng");
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        assert_eq!(cut("một hai ba", 20), "một hai ba");
        assert_eq!(cut("một hai ba bốn", 10), "một hai…");
        assert_eq!(cut("một “hai ba bốn”", 11), "một “hai…”");
    }
}
