//! `Accept-Language`: whatever it says, the answer is in one of the two languages, by the rules of RFC 9110.

use proptest::prelude::*;
use thidua::api::problem::Language;

use super::mutation::mutated_text;
use super::{lines, target};

const WORDS: &[&[u8]] = &[
    b"vi",
    b"en",
    b"fr",
    b"*",
    b"vi-VN",
    b"en-GB",
    b",",
    b";",
    b";q=",
    b"q=0",
    b"q=1",
    b"0.5",
    b"1.000",
    b"0.0001",
    b"q=2",
    b"\t",
    b" ",
    b";Q=0.4",
    b"zh-Hant-TW",
    b"\xe1\xbb\x87",
];

#[test]
fn preferences() {
    let kept = lines("languages");
    target("languages", 2000, mutated_text(kept, WORDS, 8), |header| {
        let preferred = Language::preferred(&header);
        prop_assert!(["vi", "en"].contains(&preferred.tag()));
        if !header.to_ascii_lowercase().contains("en") {
            prop_assert_eq!(preferred, Language::Vi, "nothing asks for English");
        }
        // Tags and parameter names are compared without regard to case (RFC 9110 5.6.6, RFC 4647 2).
        prop_assert_eq!(Language::preferred(&header.to_ascii_uppercase()), preferred);
        // What is wanted least, or not at all, changes nothing; neither does white space around a comma.
        prop_assert_eq!(Language::preferred(&format!("{header},fr;q=0.001")), preferred);
        prop_assert_eq!(Language::preferred(&header.replace(',', " \t, ")), preferred);
        Ok(())
    });
}

/// What is said plainly is followed, whatever stands beside it.
#[test]
fn plain_preferences() {
    let weights = (
        1..=1000_u32,
        1..=1000_u32,
        any::<bool>(),
        "[a-df-u]{2,3}(-[A-Z]{2})?",
    );
    target("plain preferences", 500, weights, |(vi, en, first, other)| {
        let weight = |thousandths: u32| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        let (vi_part, en_part) = (format!("vi-VN;q={}", weight(vi)), format!("en;q={}", weight(en)));
        let header = if first {
            format!("{other}, {vi_part}, {en_part}")
        } else {
            format!("{en_part}, {other};q=0.9, {vi_part}")
        };
        let english = en > vi || (en == vi && !first);
        let expected = if english { Language::En } else { Language::Vi };
        prop_assert_eq!(Language::preferred(&header), expected, "{}", header);
        Ok(())
    });
}
