//! Text as it is taken in (TXT-01 to TXT-04) and folded for search and order (`domain.md` 4.7).
//!
//! All text is NFC, trimmed at both ends and counted in Unicode scalar values. Nothing inside is
//! changed: official text is never corrected.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use super::error::{Code, Fault};

/// How strictly a text is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// Names, titles, file names: one line, no invisible characters.
    Name,
    /// Free text: lines and tabs are allowed.
    Prose,
}

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Longer than allowed.
    #[error("the text has {length} characters, at most {max} are allowed")]
    TooLong {
        /// Largest length, in Unicode scalar values after NFC.
        max: usize,
        /// Length found.
        length: usize,
    },
    /// A control character, a line break where none is allowed, one that turns the direction of writing,
    /// that nobody sees.
    #[error("the text contains the character U+{:04X}", u32::from(*.0))]
    Character(char),
}

impl TextFault {
    /// The violation at a place of the body.
    pub fn at(self, pointer: impl Into<String>) -> Fault {
        match self {
            Self::Empty => Fault::at(pointer, Code::TextEmpty),
            Self::TooLong { max, length } => Fault::at(pointer, Code::FieldLength)
                .with("maximum", max)
                .with("length", length),
            Self::Character(character) => {
                let point = format!("U+{:04X}", u32::from(character));
                Fault::at(pointer, Code::TextControlCharacter)
                    .says(
                        format!("Văn bản có ký tự điều khiển hoặc ký tự ẩn {point}"),
                        format!("The text has the control or invisible character {point}"),
                    )
                    .with("character", point)
            }
        }
    }
}

/// The text as it is stored: NFC, trimmed, checked; at most `max` scalar values, at least one.
pub fn normalise(input: &str, kind: TextKind, max: usize) -> Result<String, TextFault> {
    let text = normalise_optional(input, kind, max)?;
    if text.is_empty() {
        Err(TextFault::Empty)
    } else {
        Ok(text)
    }
}

/// As [`normalise`], but nothing is a value too.
pub fn normalise_optional(input: &str, kind: TextKind, max: usize) -> Result<String, TextFault> {
    let composed: String = input.nfc().collect();
    let text = composed.trim();
    let length = length(text);
    if length > max {
        return Err(TextFault::TooLong { max, length });
    }
    match text.chars().find_map(|character| fault(character, kind)) {
        Some(fault) => Err(fault),
        None => Ok(text.to_owned()),
    }
}

/// One line of visible characters, as names, titles and numbers are (TXT-02).
pub fn is_single_line(text: &str) -> bool {
    normalise_optional(text, TextKind::Name, usize::MAX).is_ok()
}

/// Length in Unicode scalar values (TXT-03).
pub fn length(text: &str) -> usize {
    text.chars().count()
}

fn fault(character: char, kind: TextKind) -> Option<TextFault> {
    let line = matches!(character, '\n' | '\t') && kind == TextKind::Prose;
    match character {
        _ if line => None,
        '\u{2028}' | '\u{2029}' if kind != TextKind::Prose => Some(TextFault::Character(character)),
        _ if character.is_control() => Some(TextFault::Character(character)),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Some(TextFault::Character(character)),
        _ if is_noncharacter(character) => Some(TextFault::Character(character)),
        _ if kind != TextKind::Prose && is_invisible(character) => Some(TextFault::Character(character)),
        _ => None,
    }
}

fn is_noncharacter(character: char) -> bool {
    let point = u32::from(character);
    (0xFDD0..=0xFDEF).contains(&point) || point & 0xFFFE == 0xFFFE
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206A}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn is_mark(character: char) -> bool {
    ('\u{0300}'..='\u{036F}').contains(&character)
}

/// The text as it is compared in a search: without marks, đ as d, lower case, single spaces. Old and
/// new tone placement (`hoà`, `hòa`) become the same.
pub fn fold_search(text: &str) -> String {
    let letters: String = text
        .nfd()
        .filter(|character| !is_mark(*character))
        .flat_map(char::to_lowercase)
        .filter(|character| !is_mark(*character))
        .map(|character| if character == 'đ' { 'd' } else { character })
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The folded words of a text, as they are put into the search index (`decisions.md` M-18): runs of
/// letters and digits.
pub fn search_words(text: &str) -> BTreeSet<String> {
    fold_search(text)
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// True when every word of `query` begins a word of `name` (`decisions.md` M-18).
pub fn matches_search(name: &str, query: &str) -> bool {
    let words = search_words(name);
    search_words(query)
        .iter()
        .all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
}

/// A key whose byte order is the Vietnamese order of names: first letters (a ă â b … d đ … o ô ơ …),
/// then tones (ngang, huyền, hỏi, ngã, sắc, nặng). Upper and lower case are the same.
pub fn name_sort_key(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    sort_key(&[&words])
}

/// As [`name_sort_key`], by given name (the last word) first, then by the words before it.
pub fn given_name_sort_key(full_name: &str) -> String {
    let words: Vec<&str> = full_name.split_whitespace().collect();
    match words.split_last() {
        Some((given, before)) => sort_key(&[&[given], before]),
        None => String::new(),
    }
}

/// Parts end with `!`, words with `,`; both sort before every letter, the first before the second.
fn sort_key(parts: &[&[&str]]) -> String {
    let mut letters = String::new();
    let mut tones = String::new();
    for part in parts {
        for (position, word) in part.iter().enumerate() {
            if position > 0 {
                letters.push(',');
            }
            push_word(word, &mut letters, &mut tones);
        }
        letters.push('!');
    }
    letters + &tones
}

/// Each letter becomes two characters (the base letter and a digit for ă, â, đ, ê, ô, ơ, ư), each tone
/// one digit.
fn push_word(word: &str, letters: &mut String, tones: &mut String) {
    let lower: String = word.chars().flat_map(char::to_lowercase).collect();
    for letter in lower.nfc() {
        let mut base = letter;
        let mut quality = '0';
        let mut tone = '0';
        for (position, character) in std::iter::once(letter).nfd().enumerate() {
            match character {
                '\u{0300}' => tone = '1',
                '\u{0309}' => tone = '2',
                '\u{0303}' => tone = '3',
                '\u{0301}' => tone = '4',
                '\u{0323}' => tone = '5',
                '\u{0306}' => quality = '1',
                '\u{0302}' => quality = '2',
                '\u{031B}' => quality = '3',
                _ if position == 0 => base = character,
                _ => {}
            }
        }
        if base == 'đ' {
            (base, quality) = ('d', '1');
        }
        letters.push(base);
        letters.push(quality);
        tones.push(tone);
    }
}

/// An official organisation code (mã định danh điện tử, Quyết định 20/2020/QĐ-TTg Art. 4), in the
/// current form `H14.05` or the older one `000.00.05.H14`. Both are names of an organisation, never its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganizationCode(String);

/// The text is no organisation code in either form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an organisation code such as H14.05 or 000.00.05.H14")]
pub struct OrganizationCodeFault;

impl OrganizationCode {
    /// Longest current code.
    pub const MAX_LENGTH: usize = 35;

    /// The code as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the older form, which has the province at its end.
    pub fn is_legacy(&self) -> bool {
        is_legacy_code(&self.0)
    }
}

impl FromStr for OrganizationCode {
    type Err = OrganizationCodeFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if is_current_code(text) || is_legacy_code(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(OrganizationCodeFault)
        }
    }
}

impl fmt::Display for OrganizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for OrganizationCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for OrganizationCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// `^[A-Y][0-9]{2}$`: ministry or province.
fn is_level_one(group: &str) -> bool {
    let mut characters = group.chars();
    matches!(characters.next(), Some('A'..='Y'))
        && group.len() == 3
        && characters.all(|character| character.is_ascii_digit())
}

fn is_current_code(text: &str) -> bool {
    let mut groups = text.split('.');
    let group_fits = |group: &str| {
        !group.is_empty()
            && group
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    text.len() <= OrganizationCode::MAX_LENGTH
        && groups.next().is_some_and(is_level_one)
        && groups.all(group_fits)
}

/// `^[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}$`.
fn is_legacy_code(text: &str) -> bool {
    let digits = |group: Option<&str>, length: usize| {
        group.is_some_and(|group| group.len() == length && group.chars().all(|c| c.is_ascii_digit()))
    };
    let mut groups = text.split('.');
    digits(groups.next(), 3)
        && digits(groups.next(), 2)
        && digits(groups.next(), 2)
        && groups.next().is_some_and(is_level_one)
        && groups.next().is_none()
}

#[cfg(test)]
mod tests;
