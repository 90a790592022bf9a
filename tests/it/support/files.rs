//! Evidence files, for tests that need one.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use thidua::domain::ids::OrganizationId;
use thidua::storage::Storage;

use super::world::Persona;

/// Keys of all contents that a store has.
pub async fn contents(storage: &Storage) -> Vec<String> {
    storage.older_than(Duration::ZERO).try_collect().await.unwrap()
}

/// A small valid PDF with a word in it, so that two files differ.
pub fn pdf(word: &str) -> Vec<u8> {
    format!("%PDF-1.7\n% {word}\n%%EOF\n").into_bytes()
}

/// What announces these bytes as a PDF.
pub fn declaration(name: &str, bytes: &[u8], division: OrganizationId) -> Value {
    json!({
        "name": name, "media_type": "application/pdf", "size_bytes": bytes.len(),
        "sha256": hex::encode(Sha256::digest(bytes)), "division_id": division
    })
}

/// Declares, uploads and completes a PDF; answers its id.
pub async fn complete_pdf(uploader: &Persona<'_>, name: &str, division: OrganizationId) -> String {
    let bytes = pdf(name);
    let declared = uploader
        .post("/v1/files", &declaration(name, &bytes, division))
        .await
        .expect(201);
    let path = format!("/v1/files/{}", declared.id());
    let uploaded = uploader
        .ask("PUT", &format!("{path}/content"))
        .if_match(&declared.etag())
        .header("content-type", "application/octet-stream")
        .body(bytes)
        .send()
        .await
        .expect(200);
    uploader
        .ask("POST", &format!("{path}/complete"))
        .if_match(&uploaded.etag())
        .send()
        .await
        .expect(200);
    declared.id()
}
