//! What a content becomes when a program opens it (UPL-04): archives that unpack to gigabytes, images of more pixels
//! than a machine has memory. Only what the content says of itself is read; nothing is unpacked.

use std::ops::Range;

/// Most members of an Office document.
const MOST_MEMBERS: u64 = 10_000;
/// Most bytes of all its members, unpacked.
const MOST_INFLATED: u64 = 200 * 1024 * 1024;
/// Most bytes unpacked for each packed.
const MOST_RATIO: u64 = 100;
/// Most pixels of an image.
const MOST_PIXELS: u64 = 50_000_000;
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

/// As [`little`], most significant byte first.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    Some(part.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

/// Where the directory of an archive lies, from the end of the archive; none where it does not say so or is longer than
/// any that is accepted.
pub fn directory(tail: &[u8]) -> Option<Range<u64>> {
    let at = tail.windows(END.len()).rposition(|part| part == END)?;
    let record = tail.get(at..at.checked_add(END_BYTES)?)?;
    let (size, begin) = (little(record, 12, 4)?, little(record, 16, 4)?);
    (size <= LONGEST_DIRECTORY).then_some(begin..begin.saturating_add(size))
}

/// Whether an archive with this directory unpacks to too much, or does not say to how much.
pub fn is_excessive(directory: &[u8]) -> bool {
    let (mut rest, mut members, mut packed, mut inflated) = (directory, 0_u64, 0_u64, 0_u64);
    while !rest.is_empty() {
        let entry = || {
            let texts = little(rest, 28, 2)?
                .saturating_add(little(rest, 30, 2)?)
                .saturating_add(little(rest, 32, 2)?);
            let length = ENTRY_BYTES.saturating_add(usize::try_from(texts).ok()?);
            Some((little(rest, 20, 4)?, little(rest, 24, 4)?, rest.get(length..)?))
        };
        let Some((small, large, behind)) = entry().filter(|_| rest.starts_with(ENTRY)) else {
            return true;
        };
        // A member of 4 GiB and more has its sizes elsewhere, and counts as that large here.
        (packed, inflated) = (packed.saturating_add(small), inflated.saturating_add(large));
        members = members.saturating_add(1);
        rest = behind;
    }
    members == 0
        || members > MOST_MEMBERS
        || inflated > MOST_INFLATED
        || inflated > packed.saturating_mul(MOST_RATIO)
}

/// Whether a PNG of which this is the beginning has too many pixels.
pub fn is_large_png(head: &[u8]) -> bool {
    let pixels = || Some(big(head, 16, 4)?.saturating_mul(big(head, 20, 4)?));
    pixels().is_some_and(|pixels| pixels > MOST_PIXELS)
}

/// Reads the size of a JPEG, which comes in pieces: behind its marks, of which photographs have many (T.81 B.2.2).
#[derive(Debug, Default)]
pub struct Photograph {
    /// Bytes before the next mark.
    skip: usize,
    /// What is there of the mark.
    mark: Vec<u8>,
    begun: bool,
    /// Its size is known, or none will come.
    over: bool,
    pixels: u64,
}

impl Photograph {
    /// Takes in the next piece.
    pub fn add(&mut self, piece: &[u8]) {
        let mut rest = piece;
        if !self.begun && !rest.is_empty() {
            // The two bytes with which every JPEG begins.
            (self.begun, self.skip) = (true, 2);
        }
        while !self.over && !rest.is_empty() {
            let skipped = self.skip.min(rest.len());
            self.skip = self.skip.saturating_sub(skipped);
            rest = rest.get(skipped..).unwrap_or_default();
            let missing = self.wanted().saturating_sub(self.mark.len()).min(rest.len());
            let (part, behind) = rest.split_at_checked(missing).unwrap_or_default();
            if self.skip == 0 {
                self.mark.extend(part);
                rest = behind;
                self.read();
            }
        }
    }

    /// Whether it has too many pixels.
    pub const fn is_large(&self) -> bool {
        self.pixels > MOST_PIXELS
    }

    /// Bytes of a mark that are looked at.
    fn wanted(&self) -> usize {
        if self.mark.get(1).copied().is_some_and(is_frame) {
            9
        } else {
            4
        }
    }

    fn read(&mut self) {
        match (self.mark.first(), self.mark.get(1)) {
            (Some(0xFF), Some(0xFF)) => {
                // Any number of them may stand before a mark.
                self.mark.remove(0);
            }
            // What follows is no mark any more.
            (Some(0xFF), Some(0xD9 | 0xDA)) => self.over = true,
            (Some(0xFF), Some(mark)) => {
                if self.mark.len() < self.wanted() {
                    return;
                }
                if is_frame(*mark) {
                    let size = || Some(big(&self.mark, 5, 2)?.saturating_mul(big(&self.mark, 7, 2)?));
                    self.pixels = size().unwrap_or(0);
                    self.over = true;
                } else {
                    let length = big(&self.mark, 2, 2).and_then(|length| usize::try_from(length).ok());
                    self.skip = length.unwrap_or(0).saturating_sub(2);
                    self.mark.clear();
                }
            }
            (Some(0xFF), None) | (None, _) => {}
            (Some(_), _) => self.over = true,
        }
    }
}

/// Marks that begin a frame and tell its size; the three others of the range tell of tables.
const fn is_frame(mark: u8) -> bool {
    matches!(mark, 0xC0..=0xCF) && !matches!(mark, 0xC4 | 0xC8 | 0xCC)
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
            // Nothing, cut off, something else.
            (Vec::new(), true),
            (entry(1, 1, "abc")[..48].to_vec(), true),
            ([entry(1, 1, "a"), b"PK".to_vec()].concat(), true),
            (vec![0; 46], true),
        ] {
            assert_eq!(is_excessive(&directory), excessive, "{} bytes", directory.len());
        }
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

    #[test]
    fn images_say_how_many_pixels_they_have() {
        let png = |wide: u32, high: u32| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
            bytes.extend(wide.to_be_bytes());
            bytes.extend(high.to_be_bytes());
            bytes
        };
        for (wide, high, large) in [
            (10_000, 5_000, false),
            (10_000, 5_001, true),
            (u32::MAX, u32::MAX, true),
        ] {
            assert_eq!(is_large_png(&png(wide, high)), large);
        }
        assert!(!is_large_png(b"\x89PNG"));
        let jpeg = |mark: u8, wide: u16, high: u16| {
            let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1, 0x01, 0x00];
            // A preview with marks of its own, which are not looked at.
            bytes.extend([0xFF, 0xC0].repeat(127));
            bytes.extend([0xFF, 0xFF, 0xFF, mark, 0, 17, 8]);
            bytes.extend(high.to_be_bytes());
            bytes.extend(wide.to_be_bytes());
            bytes.extend([0xFF, 0xDA, 0, 2, 0xFF, 0xC0, 0, 17, 8, 0xFF, 0xFF, 0xFF, 0xFF]);
            bytes
        };
        for (mark, wide, high, large) in [
            (0xC0, 10_000, 5_000, false),
            (0xC0, 10_000, 5_001, true),
            (0xC2, u16::MAX, u16::MAX, true),
            // A table: the frame is missing, and what follows the scan is none.
            (0xC4, u16::MAX, u16::MAX, false),
        ] {
            let bytes = jpeg(mark, wide, high);
            for size in [1, 2, 3, 7, bytes.len()] {
                let mut photograph = Photograph::default();
                bytes.chunks(size).for_each(|piece| photograph.add(piece));
                assert_eq!(photograph.is_large(), large, "{mark:x} in pieces of {size}");
            }
        }
    }
}
