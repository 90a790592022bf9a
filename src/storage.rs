//! Where the contents of evidence files lie: a folder or an S3 bucket. Bytes are streamed, never held
//! whole, and never moved inside a transaction (M-15): first the bytes under a new key, then the row;
//! removal is the sweeper's.

mod bucket;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, WriteMultipart};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::archive;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::expansion::{self, Photograph};
use crate::domain::file::{Evidence, FileType, Sniffed};
use crate::domain::ids::FileId;
use crate::domain::time::{Clock, SystemClock};

/// Parts of an upload that may be under way while the next one is gathered, each of 5 MiB: with as many uploads as are
/// let in, this is what they hold of the memory (OVL-05).
const PARTS_UNDER_WAY: usize = 1;
/// First bytes that are kept for recognising the type.
const HEAD_BYTES: usize = 4096;
/// Last bytes that are kept for finding the directory of an archive; Office writes no comment behind it.
const TAIL_BYTES: usize = 32;
/// Begins an archive.
const ARCHIVE: &[u8] = b"PK";

/// The store of contents. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Storage {
    /// Opens `file:<path>` (the folder is made) or `s3://bucket/prefix` (the rest from the variables `AWS_…`,
    /// of the environment unless others are given). Nothing is connected yet.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn open(url: &str, variables: Option<HashMap<String, String>>) -> std::result::Result<Self, String> {
        if let Some(path) = url.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            std::fs::create_dir_all(path).map_err(|error| format!("storage.url: {path}: {error}"))?;
            let store =
                LocalFileSystem::new_with_prefix(path).map_err(|error| format!("storage.url: {error}"))?;
            return Ok(Self {
                store: Arc::new(store.with_automatic_cleanup(true).with_fsync(true)),
                prefix: Path::default(),
            });
        }
        let (store, prefix) = bucket::open(url, variables)?;
        Ok(Self {
            store: Arc::new(store),
            prefix,
        })
    }

    /// What is wrong with a place, as far as it can be told without going there.
    pub fn fault(url: &str) -> Option<String> {
        if let Some(path) = url.strip_prefix("file:") {
            return path
                .is_empty()
                .then(|| "storage.url: file: needs a folder: file:var/files".to_owned());
        }
        bucket::open(url, None).err()
    }

    /// Asks the store once whether the place exists and lets itself be read. That it cannot be reached is no
    /// refusal: it may come back, and everything but files works without it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn probe(&self) -> std::result::Result<(), String> {
        use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
        let Err(error) = self.store.get(&self.path("absent")).await else {
            return Ok(());
        };
        match error {
            NotFound { source, .. } if source.to_string().contains("NoSuchBucket") => {
                Err("storage.url: there is no such bucket".to_owned())
            }
            NotFound { .. } => Ok(()),
            PermissionDenied { .. } | Unauthenticated { .. } => Err(
                "storage.url: the object store refuses these credentials; they must be known to it and may \
                 list the bucket, read, write and delete objects in it"
                    .to_owned(),
            ),
            error => {
                tracing::warn!(%error, "the file storage cannot be reached; files are refused until it can");
                Ok(())
            }
        }
    }

    fn path(&self, key: &str) -> Path {
        Path::from(format!("{}/{key}", self.prefix))
    }

    /// A new key for a content of this file: it says whose it is, so that a database which never knew the file does
    /// not take it for a left one.
    pub fn new_key(file: FileId) -> String {
        format!("{}.{}", file.0, Uuid::new_v4())
    }

    /// The file for which a key was made; none where it is not one of [`Storage::new_key`].
    pub fn file_of(key: &str) -> Option<FileId> {
        let (file, content) = key.split_once('.')?;
        Uuid::try_parse(content).ok()?;
        Uuid::try_parse(file).ok().map(FileId)
    }

    /// Takes in exactly `size` bytes with this SHA-256 under a new key. Nothing stays when it fails.
    ///
    /// # Errors
    /// `file.too_large` at the first excess byte, `file.size_mismatch`, `file.digest_mismatch`, `body.syntax` when the
    /// client broke off, `file.storage_unavailable`.
    pub async fn receive<S>(&self, key: &str, size: u64, sha256: &str, mut content: S) -> Result<()>
    where
        S: Stream<Item = Result<Bytes>> + Unpin,
    {
        let upload = self
            .store
            .put_multipart(&self.path(key))
            .await
            .map_err(unavailable)?;
        let mut writer = WriteMultipart::new(upload);
        let (mut received, mut digest) = (0_u64, Sha256::new());
        let outcome = loop {
            match content.next().await {
                None if received == size => {
                    // Told now: who repeats the request with its key is not answered that these bytes were kept.
                    break if hex::encode(digest.finalize()) == sha256 {
                        Ok(())
                    } else {
                        let fault = Fault::at("", Code::FileDigestMismatch);
                        Err(Error::new(Code::FileDigestMismatch).fault(fault))
                    };
                }
                None => {
                    let fault = Fault::at("", Code::FileSizeMismatch)
                        .with("declared_bytes", size)
                        .with("received_bytes", received);
                    break Err(Error::new(Code::FileSizeMismatch)
                        .with("declared_bytes", size)
                        .with("received_bytes", received)
                        .fault(fault));
                }
                Some(Err(broken)) => break Err(broken),
                Some(Ok(chunk)) => {
                    received = received.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                    if received > size {
                        break Err(Error::too_large(Code::FileTooLarge, size));
                    }
                    digest.update(&chunk);
                    if let Err(error) = writer.wait_for_capacity(PARTS_UNDER_WAY).await {
                        break Err(unavailable(error));
                    }
                    writer.put(chunk);
                }
            }
        };
        match outcome {
            Ok(()) => writer.finish().await.map(drop).map_err(unavailable),
            Err(refusal) => {
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, "an interrupted upload could not be dropped");
                }
                Err(refusal)
            }
        }
    }

    /// Reads a stored content through and says what it is.
    ///
    /// # Errors
    /// `file.storage_unavailable`.
    pub async fn inspect(&self, key: &str) -> Result<Evidence> {
        let mut content = self.read(key, None).await?;
        let mut inspection = Inspection::default();
        while let Some(chunk) = content.try_next().await? {
            inspection.add(&chunk);
        }
        let directory = match inspection.directory() {
            Some(range) => self.part(key, range).await?,
            None => Vec::new(),
        };
        Ok(inspection.finish(&directory))
    }

    /// A part of a content, whole; what lies behind its end is not there.
    async fn part(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if range.is_empty() {
            return Ok(bytes);
        }
        let mut content = self.read(key, Some(range)).await?;
        while let Some(chunk) = content.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// The bytes of a content, or of a part of it.
    ///
    /// # Errors
    /// `file.storage_unavailable`.
    pub async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Unpin + use<>> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let found = self
            .store
            .get_opts(&self.path(key), options)
            .await
            .map_err(unavailable)?;
        Ok(found.into_stream().map_err(unavailable))
    }

    /// Keys of the contents that have lain here for longer than `age`, as the store lists them: there may be more than
    /// memory should hold. What has no key as they are made here, or were made before, was put there by somebody else.
    ///
    /// # Errors
    /// `file.storage_unavailable`.
    pub fn older_than(&self, age: Duration) -> impl Stream<Item = Result<String>> {
        let now = SystemClock.now().utc();
        let old = move |object: &ObjectMeta| {
            let lain = now.signed_duration_since(object.last_modified).to_std();
            lain.is_ok_and(|lain| lain >= age)
        };
        let key = |object: &ObjectMeta| {
            let parts = object.location.prefix_match(&self.prefix)?;
            let key: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
            let key = key.join("/");
            (Self::file_of(&key).is_some() || Uuid::try_parse(&key).is_ok()).then_some(key)
        };
        self.store
            .list(Some(&self.prefix))
            .map_err(unavailable)
            .try_filter_map(move |object| {
                std::future::ready(Ok(old(&object).then(|| key(&object)).flatten()))
            })
    }

    /// Removes a content; one that is gone already is no fault.
    ///
    /// # Errors
    /// `file.storage_unavailable`.
    pub async fn remove(&self, key: &str) -> Result<()> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` hands over"
)]
fn unavailable(error: object_store::Error) -> Error {
    Error {
        cause: Some(error.to_string()),
        ..Error::new(Code::FileStorageUnavailable)
    }
}

/// Reads a content piece by piece.
#[derive(Default)]
pub struct Inspection {
    digest: Sha256,
    size: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
    photograph: Photograph,
}

impl Inspection {
    /// Takes in the next piece.
    pub fn add(&mut self, chunk: &[u8]) {
        self.digest.update(chunk);
        self.size = self
            .size
            .saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(chunk.iter().take(missing));
        self.photograph.add(chunk);
        let mut tail = std::mem::take(&mut self.tail);
        tail.extend_from_slice(
            chunk
                .get(chunk.len().saturating_sub(TAIL_BYTES)..)
                .unwrap_or_default(),
        );
        self.tail = tail.split_off(tail.len().saturating_sub(TAIL_BYTES));
    }

    /// Where the directory lies, if the content is an archive that has one; its bytes are asked for by
    /// [`Inspection::finish`].
    pub fn directory(&self) -> Option<Range<u64>> {
        let range = archive::directory(&self.tail).filter(|_| self.head.starts_with(ARCHIVE))?;
        (range.end <= self.size).then_some(range)
    }

    /// What all pieces together are; of an archive with the bytes of its directory, of anything else with none.
    pub fn finish(self, directory: &[u8]) -> Evidence {
        let (kind, excessive) = if self.head.starts_with(ARCHIVE) {
            archive::read(directory)
        } else {
            let kind = sniff(&self.head);
            let excessive = match kind {
                Sniffed::Accepted(FileType::Png) => expansion::is_large_png(&self.head),
                Sniffed::Accepted(FileType::Jpeg) => self.photograph.is_large(),
                _ => false,
            };
            (kind, excessive)
        };
        Evidence {
            size_bytes: i64::try_from(self.size).unwrap_or(i64::MAX),
            sha256: hex::encode(self.digest.finalize()),
            kind,
            excessive,
        }
    }
}

/// What the beginning of a content says that it is.
fn sniff(head: &[u8]) -> Sniffed {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let markup = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if markup.starts_with("<svg") || markup.starts_with("<!") || markup.starts_with("<html") {
        return Sniffed::Refused;
    }
    match infer::get(head) {
        None => Sniffed::Unknown,
        // It finds a PDF behind up to 1024 bytes of anything, and then the file is something else as well.
        Some(found) if found.mime_type() == FileType::Pdf.as_str() && !begins_as_pdf(head) => {
            Sniffed::Unknown
        }
        Some(found) => found
            .mime_type()
            .parse()
            .map_or(Sniffed::Refused, Sniffed::Accepted),
    }
}

/// Some programs write a byte order mark or white space before a PDF.
fn begins_as_pdf(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"%PDF")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(pieces: &[&[u8]]) -> Sniffed {
        let mut inspection = Inspection::default();
        for piece in pieces {
            inspection.add(piece);
        }
        inspection.finish(&[]).kind
    }

    #[test]
    fn types_are_recognised_by_their_bytes() {
        assert_eq!(kind(&[b"%PDF-1.7\n"]), Sniffed::Accepted(FileType::Pdf));
        assert_eq!(
            kind(&[b"\x89PNG\r\n\x1a\n0000"]),
            Sniffed::Accepted(FileType::Png)
        );
        assert_eq!(
            kind(&[b"\xff\xd8\xff\xe0JFIF"]),
            Sniffed::Accepted(FileType::Jpeg)
        );
        assert_eq!(kind(&[b"MZ\x90\x00 executable"]), Sniffed::Refused);
        assert_eq!(kind(&[b"  <svg xmlns='x'/>"]), Sniffed::Refused);
        assert_eq!(kind(&[b"<!DOCTYPE html><p>"]), Sniffed::Refused);
        assert_eq!(kind(&[b"Rar!\x1a\x07\x00"]), Sniffed::Refused);
        assert_eq!(kind(&[b"just words"]), Sniffed::Unknown);
        assert_eq!(
            kind(&[b"\xef\xbb\xbf\r\n%PDF-1.7\n"]),
            Sniffed::Accepted(FileType::Pdf)
        );
        for behind in [&b"<script>alert(1)</script>%PDF-1.7\n"[..], b"%pdf%PDF-1.7\n"] {
            assert_eq!(kind(&[behind]), Sniffed::Unknown);
        }
    }

    #[test]
    fn the_directory_of_an_archive_is_asked_for() {
        let asked = |pieces: &[&[u8]]| {
            let mut inspection = Inspection::default();
            pieces.iter().for_each(|piece| inspection.add(piece));
            inspection.directory()
        };
        let mut end = b"PK\x05\x06".to_vec();
        end.extend([0; 8]);
        end.extend(6_u32.to_le_bytes());
        end.extend(4_u32.to_le_bytes());
        end.extend([0; 2]);
        let (first, second) = end.split_at(3);
        assert_eq!(asked(&[b"PK\x03\x04", b"member", first, second]), Some(4..10));
        assert_eq!(asked(&[b"%PDF", b"member", &end]), None, "no archive");
        assert_eq!(asked(&[b"PK\x03\x04", b"member", first]), None, "cut off");
        assert_eq!(
            asked(&[b"PK", &end[..16], &900_u32.to_le_bytes(), &[0; 2]]),
            None,
            "it says elsewhere"
        );
    }
}
