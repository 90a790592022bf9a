//! Archives, as which Office documents are kept: what their directory says of the members (APPNOTE 4.3). Programs read
//! nothing else to find them, and nothing is unpacked here (UPL-03, UPL-04).

use std::ops::Range;

use super::file::{FileType, Sniffed};

/// Most members of an Office document.
const MOST_MEMBERS: u64 = 10_000;
/// Most bytes of all its members, unpacked.
const MOST_INFLATED: u64 = 200 * 1024 * 1024;
/// Most bytes unpacked for each packed.
const MOST_RATIO: u64 = 100;
/// Longest directory of an archive that is read: so many members with long names.
const LONGEST_DIRECTORY: u64 = 4 * 1024 * 1024;

/// Bytes of the last record of an archive (APPNOTE 4.3.16).
const END_BYTES: usize = 22;
/// Begins it.
const END: &[u8] = b"PK\x05\x06";
/// Begins the entry of a member in the directory (APPNOTE 4.3.12).
const ENTRY: &[u8] = b"PK\x01\x02";
/// Bytes of an entry before its texts.
const ENTRY_BYTES: usize = 46;

/// A number at a place, least significant byte first; none behind the end.
fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    Some(
        part.iter()
            .rev()
            .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
    )
}

/// Where the directory of an archive lies, from the end of the archive; none where it does not say so or is longer than
/// any that is accepted.
pub fn directory(tail: &[u8]) -> Option<Range<u64>> {
    let at = tail.windows(END.len()).rposition(|part| part == END)?;
    let record = tail.get(at..at.checked_add(END_BYTES)?)?;
    let (size, begin) = (little(record, 12, 4)?, little(record, 16, 4)?);
    (size <= LONGEST_DIRECTORY).then_some(begin..begin.saturating_add(size))
}

/// What the directory of an archive says of it: which document it is, and whether it is too much once it is opened. An
/// archive that is no Office document, has macros or a directory that cannot be read is refused.
pub fn read(directory: &[u8]) -> (Sniffed, bool) {
    let (mut rest, mut members, mut packed, mut inflated) = (directory, 0_u64, 0_u64, 0_u64);
    let (mut types, mut word, mut excel, mut macros) = (false, false, false, false);
    while !rest.is_empty() {
        let Some((member, behind)) = next(rest) else {
            return (Sniffed::Refused, false);
        };
        // A member of 4 GiB and more has its sizes elsewhere, and counts as that large here.
        packed = packed.saturating_add(member.packed);
        inflated = inflated.saturating_add(member.inflated);
        members = members.saturating_add(1);
        // Office finds its parts by their names without regard to case.
        let name = member.name.to_ascii_lowercase();
        types |= name == b"[content_types].xml";
        word |= name == b"word/document.xml";
        excel |= name == b"xl/workbook.xml";
        macros |= name.ends_with(b"vbaproject.bin");
        rest = behind;
    }
    let kind = match (types, word, excel, macros) {
        (true, true, false, false) => Sniffed::Accepted(FileType::Docx),
        (true, false, true, false) => Sniffed::Accepted(FileType::Xlsx),
        _ => Sniffed::Refused,
    };
    let excessive =
        members > MOST_MEMBERS || inflated > MOST_INFLATED || inflated > packed.saturating_mul(MOST_RATIO);
    (kind, excessive)
}

/// A member, as the directory has it.
struct Member<'d> {
    packed: u64,
    inflated: u64,
    name: &'d [u8],
}

/// The member with which a directory begins, and the rest of it; none where it begins otherwise or is cut off.
fn next(directory: &[u8]) -> Option<(Member<'_>, &[u8])> {
    let length = |at| usize::try_from(little(directory, at, 2)?).ok();
    let behind_name = ENTRY_BYTES.checked_add(length(28)?)?;
    let end = behind_name.checked_add(length(30)?)?.checked_add(length(32)?)?;
    directory.starts_with(ENTRY).then_some(())?;
    let member = Member {
        packed: little(directory, 20, 4)?,
        inflated: little(directory, 24, 4)?,
        name: directory.get(ENTRY_BYTES..behind_name)?,
    };
    Some((member, directory.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(packed: u32, inflated: u32, name: &str) -> Vec<u8> {
        let mut bytes = vec![0; ENTRY_BYTES];
        bytes[..4].copy_from_slice(ENTRY);
        bytes[20..24].copy_from_slice(&packed.to_le_bytes());
        bytes[24..28].copy_from_slice(&inflated.to_le_bytes());
        bytes[28..30].copy_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes
    }

    fn document(members: &[&str]) -> Vec<u8> {
        members.iter().flat_map(|name| entry(1, 1, name)).collect()
    }

    #[test]
    fn documents_are_told_by_their_members() {
        let (word, excel) = (
            Sniffed::Accepted(FileType::Docx),
            Sniffed::Accepted(FileType::Xlsx),
        );
        let types = "[Content_Types].xml";
        for (members, kind) in [
            (&[types, "word/document.xml"][..], word),
            (&[types, "xl/workbook.xml"], excel),
            (&["[CONTENT_TYPES].XML", "Word/Document.xml"], word),
            // A table or a letter that is kept in the other one is a member like others.
            (&[types, "word/document.xml", "word/embeddings/table.xlsx"], word),
            (
                &[types, "word/document.xml", "word/embeddings/xl/workbook.xml"],
                word,
            ),
            (&[types, "word/document.xml", "xl/workbook.xml"], Sniffed::Refused),
            (&["word/document.xml"], Sniffed::Refused),
            (&[types], Sniffed::Refused),
            (&["letter.txt"], Sniffed::Refused),
            (
                &[types, "word/document.xml", "word/vbaProject.bin"],
                Sniffed::Refused,
            ),
            (&[types, "xl/workbook.xml", "XL/VBAPROJECT.BIN"], Sniffed::Refused),
            (&[types, "xl/workbook.xml", "vbaProject.bin"], Sniffed::Refused),
        ] {
            assert_eq!(read(&document(members)), (kind, false), "{members:?}");
        }
        // Texts behind the name are none of it.
        let mut commented = document(&["word/document.xml"]);
        commented[32..34].copy_from_slice(&1_u16.to_le_bytes());
        commented.push(b'!');
        let whole = [commented, document(&[types])].concat();
        assert_eq!(read(&whole), (word, false));
    }

    #[test]
    fn archives_say_to_how_much_they_unpack() {
        let many = |number: usize| entry(1, 1, "a").repeat(number);
        let large = 200 * 1024 * 1024;
        for (directory, excessive) in [
            (entry(1_000, 100_000, "word/document.xml"), false),
            (entry(1_000, 100_001, "word/document.xml"), true),
            (entry(large, large, "a"), false),
            (entry(large, large + 1, "a"), true),
            ([entry(large, large, "a"), entry(1, 1, "b")].concat(), true),
            (entry(u32::MAX, u32::MAX, "a"), true),
            (many(10_000), false),
            (many(10_001), true),
        ] {
            assert_eq!(read(&directory).1, excessive, "{} bytes", directory.len());
        }
    }

    #[test]
    fn a_directory_that_cannot_be_read_is_refused() {
        let whole = document(&["[Content_Types].xml", "word/document.xml"]);
        for (directory, why) in [
            (Vec::new(), "nothing"),
            (whole[..whole.len() - 1].to_vec(), "cut off"),
            ([whole.clone(), b"PK".to_vec()].concat(), "something behind"),
            ([whole.clone(), vec![0; 46]].concat(), "something else behind"),
        ] {
            assert_eq!(read(&directory), (Sniffed::Refused, false), "{why}");
        }
        assert_eq!(read(&whole).0, Sniffed::Accepted(FileType::Docx));
    }

    #[test]
    fn the_directory_is_found_from_the_end() {
        let record = |size: u32, begin: u32| {
            let mut bytes = vec![0; END_BYTES];
            bytes[..4].copy_from_slice(END);
            bytes[12..16].copy_from_slice(&size.to_le_bytes());
            bytes[16..20].copy_from_slice(&begin.to_le_bytes());
            [b"behind".to_vec(), bytes].concat()
        };
        assert_eq!(directory(&record(300, 1_000)), Some(1_000..1_300));
        assert_eq!(directory(&record(4 * 1024 * 1024, 0)), Some(0..4 * 1024 * 1024));
        assert_eq!(directory(&record(4 * 1024 * 1024 + 1, 0)), None);
        assert_eq!(directory(&record(300, 1_000)[..27]), None, "cut off");
        assert_eq!(directory(b"no archive"), None);
    }
}
