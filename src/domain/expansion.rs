//! What an image becomes when a program opens it (UPL-04): more pixels than a machine has memory. Only what it says of
//! itself is read.

/// Most pixels of an image.
const MOST_PIXELS: u64 = 50_000_000;
/// A number at a place, most significant byte first; none behind the end.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    Some(part.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
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
