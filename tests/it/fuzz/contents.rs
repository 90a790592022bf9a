//! Contents of evidence files: what they are found to be does not depend on how they arrive, and a changed file
//! of one kind is never taken for another.

use proptest::prelude::*;
use proptest::sample::Index;
use sha2::{Digest, Sha256};
use thidua::domain::file::{FileType, Sniffed};
use thidua::storage::Inspection;

use super::mutation::mutated;
use super::{corpus, target};

const WORDS: &[&[u8]] = &[
    b"%PDF-1.7",
    b"%%EOF",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"[Content_Types].xml",
    b"word/document.xml",
    b"xl/workbook.xml",
    b"vbaProject.bin",
    b"<svg",
    b"<!DOCTYPE html>",
    b"MZ",
    b"GIF89a",
    b"\x7fELF",
    b"\xef\xbb\xbf",
    b"\0\0\0\0",
];

/// Where the directory of an archive lies in a content, if anywhere.
fn directory(bytes: &[u8]) -> &[u8] {
    let mut inspection = Inspection::default();
    inspection.add(bytes);
    let range = inspection.directory().unwrap_or_default();
    let place = |at| usize::try_from(at).unwrap();
    &bytes[place(range.start)..place(range.end)]
}

fn inspect<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> thidua::domain::file::Evidence {
    let (mut inspection, mut bytes) = (Inspection::default(), Vec::new());
    for piece in pieces {
        inspection.add(piece);
        bytes.extend_from_slice(piece);
    }
    inspection.finish(directory(&bytes))
}

/// What a file of this type begins with.
const fn beginning(found: FileType) -> &'static [u8] {
    match found {
        FileType::Pdf => b"%PDF",
        FileType::Jpeg => b"\xff\xd8\xff",
        FileType::Png => b"\x89PNG",
        FileType::Docx | FileType::Xlsx => b"PK",
    }
}

/// What a kept file is, by its extension.
fn kept_type(name: &str) -> Option<FileType> {
    let known = FileType::ALL.iter().copied();
    known.clone().find(|one| {
        name.rsplit_once('.')
            .is_some_and(|(_, extension)| one.extensions().contains(&extension))
    })
}

#[test]
fn kept_files_are_what_they_are_called() {
    for (name, bytes) in corpus("contents") {
        let found = inspect([bytes.as_slice()]).kind;
        match kept_type(&name) {
            Some(kind) => assert_eq!(found, Sniffed::Accepted(kind), "{name}"),
            None => assert!(!matches!(found, Sniffed::Accepted(_)), "{name}: {found:?}"),
        }
    }
}

#[test]
fn changed_files() {
    let kept = corpus("contents");
    let types: Vec<Option<FileType>> = kept.iter().map(|(name, _)| kept_type(name)).collect();
    let bytes: Vec<Vec<u8>> = kept.into_iter().map(|(_, bytes)| bytes).collect();
    let inputs = (
        mutated(bytes, WORDS, 6),
        prop::collection::vec(any::<Index>(), 0..5),
    );
    target("contents", 500, inputs, |((chosen, bytes), cuts)| {
        let whole = inspect([bytes.as_slice()]);
        prop_assert_eq!(whole.size_bytes, i64::try_from(bytes.len()).unwrap());
        prop_assert_eq!(&whole.sha256, &hex::encode(Sha256::digest(&bytes)));
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let pieces = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        prop_assert_eq!(&inspect(pieces), &whole, "in pieces {:?}", places);
        if let Sniffed::Accepted(found) = whole.kind {
            // White space may stand before a PDF, as some scanners write it.
            let begins = match found {
                FileType::Pdf => bytes.trim_ascii_start(),
                _ => &bytes,
            };
            let begins = begins
                .strip_prefix(b"\xef\xbb\xbf")
                .unwrap_or(begins)
                .trim_ascii_start();
            prop_assert!(begins.starts_with(beginning(found)), "{found} begins otherwise");
            // Office looks for its parts without regard to case, and so does what looks at a content.
            let has = |word: &[u8]| {
                let mut parts = directory(&bytes).windows(word.len());
                parts.any(|part| part.eq_ignore_ascii_case(word))
            };
            prop_assert!(found != FileType::Docx || has(b"word/document.xml"));
            prop_assert!(found != FileType::Xlsx || has(b"xl/workbook.xml"));
            // As long as it begins as it did, it is what it was or nothing.
            if let Some(own) = types[chosen]
                && !matches!(own, FileType::Docx | FileType::Xlsx)
                && bytes.starts_with(beginning(own))
            {
                prop_assert_eq!(found, own);
            }
        }
        for declared in FileType::ALL {
            let agrees = whole.kind.agrees(*declared).is_ok();
            prop_assert_eq!(agrees, whole.kind == Sniffed::Accepted(*declared));
        }
        Ok(())
    });
}
