//! What an evidence file may be: its name, its type, and what its first bytes say (UPL-02, UPL-03,
//! UPL-05).

use super::error::{Code, Fault};
use super::text::{self, TextKind};
use super::vocabulary::text_enum;

text_enum! {
    /// The media types that are accepted.
    FileType {
        /// PDF.
        Pdf = "application/pdf",
        /// JPEG image.
        Jpeg = "image/jpeg",
        /// PNG image.
        Png = "image/png",
        /// Word document without macros.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// Excel workbook without macros.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

impl FileType {
    /// Extensions that agree with the type.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
        }
    }
}

/// Longest file name, in Unicode scalar values.
const LONGEST_NAME: usize = 200;

/// The name as it is stored: NFC, one line, no path, no name that a system reserves (UPL-05).
///
/// # Errors
/// The violation, at `pointer`.
pub fn name(pointer: &str, text: &str) -> Result<String, Fault> {
    let name = text::normalise(text, TextKind::Name, LONGEST_NAME).map_err(|fault| fault.at(pointer))?;
    let forbidden = name
        .chars()
        .any(|letter| matches!(letter, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'));
    if forbidden || name.starts_with('.') || name.ends_with('.') || is_reserved(&name) {
        return Err(Fault::at(pointer, Code::FieldPattern).says(
            "Tên tệp không được có các ký tự / \\ : * ? \" < > |, không bắt đầu hay kết thúc bằng dấu chấm, không trùng tên thiết bị (CON, NUL …)",
            "A file name has none of / \\ : * ? \" < > |, neither begins nor ends with a dot, and is no name of a device (CON, NUL …)",
        ));
    }
    Ok(name)
}

/// Whether a system would open a device instead of a file of this name.
fn is_reserved(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_uppercase();
    if ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str()) {
        return true;
    }
    ["COM", "LPT"].iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(char::is_numeric))
    })
}

/// Whether the extension of a name agrees with the type.
pub fn extension_agrees(name: &str, declared: FileType) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        declared
            .extensions()
            .contains(&extension.to_ascii_lowercase().as_str())
    })
}

/// What a stored content turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Bytes.
    pub size_bytes: i64,
    /// SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// What the bytes say that it is.
    pub kind: Sniffed,
    /// Whether it is too much once it is opened (UPL-04).
    pub excessive: bool,
}

/// What the bytes of a content say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// One of the accepted types.
    Accepted(FileType),
    /// Known, and never accepted: archive, executable, markup, Office with macros …
    Refused,
    /// Nothing that is recognised.
    Unknown,
}

impl Sniffed {
    /// Holds what was found against what was declared.
    ///
    /// # Errors
    /// `file.type_not_allowed` or `file.type_mismatch`.
    pub fn agrees(self, declared: FileType) -> Result<(), Code> {
        match self {
            Self::Accepted(found) if found == declared => Ok(()),
            Self::Accepted(_) | Self::Unknown => Err(Code::FileTypeMismatch),
            Self::Refused => Err(Code::FileTypeNotAllowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_and_no_paths() {
        let refused = |text: &str| name("/name", text).err().map(|fault| fault.code);
        assert_eq!(
            name("/name", "  Ba\u{0301}o ca\u{0301}o.pdf "),
            Ok("Báo cáo.pdf".to_owned())
        );
        for wrong in [
            "../../x.pdf",
            "a/b.pdf",
            "a\\b.pdf",
            ".pdf",
            "x.",
            "con.pdf",
            "LPT1.docx",
            "COM².pdf",
            "a:b.pdf",
            "nul",
            "Aux .pdf",
            "com٣.pdf",
        ] {
            assert_eq!(refused(wrong), Some(Code::FieldPattern), "{wrong}");
        }
        assert_eq!(refused("a\u{0}b.pdf"), Some(Code::TextControlCharacter));
        assert_eq!(refused("a\u{202e}fdp.exe"), Some(Code::TextControlCharacter));
        assert_eq!(refused(" "), Some(Code::TextEmpty));
        assert_eq!(refused(&"ế".repeat(201)), Some(Code::FieldLength));
        assert!(
            ["COMMUNE.pdf", "CONG VAN.pdf", "COM.pdf", "COM12.pdf", "COMA.pdf",]
                .iter()
                .all(|right| refused(right).is_none())
        );
    }

    #[test]
    fn extensions_agree_without_regard_to_case() {
        assert!(extension_agrees("a.b.JPEG", FileType::Jpeg));
        assert!(!extension_agrees("a.pdf.exe", FileType::Pdf));
        assert!(!extension_agrees("pdf", FileType::Pdf));
    }

    #[test]
    fn every_type_has_its_extensions() {
        for (name, declared) in [
            ("a.pdf", FileType::Pdf),
            ("a.jpg", FileType::Jpeg),
            ("a.jpeg", FileType::Jpeg),
            ("a.png", FileType::Png),
            ("a.docx", FileType::Docx),
            ("a.xlsx", FileType::Xlsx),
        ] {
            for other in FileType::ALL {
                assert_eq!(
                    extension_agrees(name, *other),
                    *other == declared,
                    "{name} {other}"
                );
            }
        }
    }

    #[test]
    fn what_was_found_is_held_against_what_was_declared() {
        for (found, outcome) in [
            (Sniffed::Accepted(FileType::Pdf), Ok(())),
            (Sniffed::Accepted(FileType::Png), Err(Code::FileTypeMismatch)),
            (Sniffed::Unknown, Err(Code::FileTypeMismatch)),
            (Sniffed::Refused, Err(Code::FileTypeNotAllowed)),
        ] {
            assert_eq!(found.agrees(FileType::Pdf), outcome, "{found:?}");
        }
    }
}
