//! Evidence files over HTTP: three steps, types and names, download, who may read, sweeping.

use std::time::Duration;

use diesel::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thidua::domain::ids::{AttachmentId, CampaignId, FileId, SubmissionId};
use thidua::storage::Storage;
use thidua::store::schema;
use thidua::worker;

use crate::support::files::{complete_pdf, contents, declaration, pdf};
use crate::support::on_both;
use crate::support::when;
use crate::support::world::{Persona, Reply, World, org};

on_both!(
    come_in_three_steps_and_go_out_as_an_attachment,
    are_refused_at_declaration,
    are_refused_by_their_content,
    are_accepted_as_they_are,
    stop_at_the_first_excess_byte,
    are_read_by_the_uploader_and_the_readers_of_the_dossier,
    need_their_version_and_replay,
    are_deleted_while_nothing_names_them,
    vanish_when_not_completed_in_time,
);

const DIVISION: thidua::domain::ids::OrganizationId = org::DIVISIONS[0];

async fn put(persona: &Persona<'_>, path: &str, tag: &str, bytes: Vec<u8>) -> Reply {
    persona
        .ask("PUT", &format!("{path}/content"))
        .if_match(tag)
        .header("content-type", "application/octet-stream")
        .body(bytes)
        .send()
        .await
}

async fn come_in_three_steps_and_go_out_as_an_attachment(world: World) {
    let officer = world.persona("officer1");
    let bytes = pdf("một");
    let declared = officer
        .post(
            "/v1/files",
            &declaration("Báo cáo \"A\".pdf".replace('"', "").as_str(), &bytes, DIVISION),
        )
        .await
        .expect(201);
    assert_eq!(declared.json["state"], "DECLARED");
    assert_eq!(declared.json["owner_organization_id"], json!(org::DEPARTMENT));
    assert!(declared.json["expires_at"].is_string());
    let path = declared.header("location").unwrap().to_owned();
    officer
        .get(&format!("{path}/content"))
        .await
        .refused(409, "file.not_complete");
    officer
        .ask("POST", &format!("{path}/complete"))
        .if_match(&declared.etag())
        .send()
        .await
        .refused(409, "state.transition_not_allowed");
    let dry = officer
        .ask("PUT", &format!("{path}/content?dry_run=true"))
        .if_match(&declared.etag())
        .body(bytes.clone())
        .send()
        .await;
    dry.refused(400, "dry_run.unsupported");
    let uploaded = put(&officer, &path, &declared.etag(), bytes.clone())
        .await
        .expect(200);
    assert_eq!(uploaded.json["state"], "UPLOADED");
    let complete = officer
        .ask("POST", &format!("{path}/complete"))
        .if_match(&uploaded.etag())
        .send()
        .await
        .expect(200);
    assert_eq!(complete.json["state"], "COMPLETE");
    assert!(complete.json.get("expires_at").is_none());

    let content = format!("{path}/content");
    let got = officer.get(&content).await.expect(200);
    assert_eq!(got.bytes, bytes);
    assert_eq!(got.header("content-encoding"), None);
    // It is in whatever language it is in, and the document does not say otherwise.
    assert_eq!(got.header("content-language"), None);
    for status in ["200", "206"] {
        let promised = &crate::support::promises::operation("GET", &content).unwrap()["responses"][status];
        assert!(promised["headers"]["Vary"].is_object());
        assert!(promised["headers"]["Content-Language"].is_null(), "{status}");
    }
    for (name, value) in [
        ("content-type", "application/pdf"),
        (
            "content-disposition",
            "attachment; filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20A.pdf",
        ),
        ("content-security-policy", "sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(got.header(name), Some(value), "{name}");
    }
    assert_eq!(
        got.etag(),
        format!("\"{}\"", complete.json["sha256"].as_str().unwrap())
    );
    assert!(got.header("repr-digest").unwrap().starts_with("sha-256=:"));
    let same = officer
        .ask("GET", &content)
        .header("if-none-match", &got.etag())
        .send()
        .await
        .expect(304);
    assert!(same.bytes.is_empty());
    let part = officer
        .ask("GET", &content)
        .header("range", "bytes=1-3")
        .header("accept-encoding", "gzip")
        .send()
        .await
        .expect(206);
    assert_eq!(part.bytes, b"PDF");
    assert_eq!(
        part.header("content-range"),
        Some(format!("bytes 1-3/{}", bytes.len()).as_str())
    );
    let outside = officer
        .ask("GET", &content)
        .header("range", "bytes=9999-")
        .send()
        .await
        .refused(416, "range.not_satisfiable");
    assert_eq!(
        outside.header("content-range"),
        Some(format!("bytes */{}", bytes.len()).as_str())
    );
    officer
        .ask("GET", &content)
        .header("range", "bytes=1-3")
        .header("if-range", "\"other\"")
        .send()
        .await
        .expect(200);
    // A complete file takes no second content.
    put(&officer, &path, &complete.etag(), bytes)
        .await
        .refused(409, "state.transition_not_allowed");
}

async fn are_refused_at_declaration(world: World) {
    let officer = world.persona("officer1");
    let with = |member: &str, value: Value| {
        let mut body = declaration("a.pdf", b"%PDF-1.7", DIVISION);
        body[member] = value;
        body
    };
    for (body, status, code, inner) in [
        (with("size_bytes", json!(2_000_000)), 413, "file.too_large", ""),
        (
            with("media_type", json!("image/svg+xml")),
            415,
            "file.type_not_allowed",
            "",
        ),
        (
            with("media_type", json!("text/html")),
            415,
            "file.type_not_allowed",
            "",
        ),
        (
            with("media_type", json!("application/zip")),
            415,
            "file.type_not_allowed",
            "",
        ),
        (
            with(
                "media_type",
                json!("application/vnd.ms-word.document.macroEnabled.12"),
            ),
            415,
            "file.type_not_allowed",
            "",
        ),
        (
            with("name", json!("a.exe")),
            422,
            "body.invalid",
            "file.type_mismatch",
        ),
        (
            with("name", json!("../../x.pdf")),
            422,
            "body.invalid",
            "field.pattern",
        ),
        (
            with("name", json!("nul.pdf")),
            422,
            "body.invalid",
            "field.pattern",
        ),
        (
            with("name", json!(format!("{}.pdf", "ế".repeat(200)))),
            422,
            "body.invalid",
            "field.length",
        ),
        (with("size_bytes", json!(0)), 422, "body.invalid", "field.range"),
        (with("sha256", json!("abc")), 422, "body.invalid", "field.pattern"),
    ] {
        let reply = officer.post("/v1/files", &body).await.refused(status, code);
        if code == "file.type_not_allowed" {
            let said = reply.json["detail"].as_str().unwrap();
            for accepted in reply.json["accepted_types"].as_array().unwrap() {
                assert!(said.contains(accepted.as_str().unwrap()), "{said}");
            }
        }
        if !inner.is_empty() {
            assert_eq!(reply.json["errors"][0]["code"], inner, "{}", reply.json);
        }
    }
    // For another division, another department, and for one that is not there: the same answer.
    for division in [
        json!(org::DIVISIONS[1]),
        json!(org::OTHER_DIVISION),
        json!(FileId::generate()),
    ] {
        officer
            .post("/v1/files", &with("division_id", division))
            .await
            .refused(403, "access.forbidden");
    }
    let decomposed = with("name", json!("Ba\u{301}o ca\u{301}o.pdf"));
    let made = officer.post("/v1/files", &decomposed).await.expect(201);
    assert_eq!(made.json["name"], "Báo cáo.pdf");
}

fn kept(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fuzz/corpus/contents");
    std::fs::read(folder.join(name)).unwrap()
}

/// A kept content in which four bytes are others, so far behind the beginning of a word.
fn changed(name: &str, word: &[u8], behind: usize, four: [u8; 4]) -> Vec<u8> {
    let mut bytes = kept(name);
    let at = bytes.windows(word.len()).position(|part| part == word).unwrap() + behind;
    bytes[at..at + 4].copy_from_slice(&four);
    bytes
}

/// An archive of these members, stored as they are, as an Office document embeds another one.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        // Version, flags, method, time, day and checksum are alike in both places (APPNOTE 4.3.7, 4.3.12).
        let mut common = [20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
        common.extend([long(content.len()), long(content.len())].concat());
        common.extend([short(name.len()), short(0)].concat());
        directory.extend(
            [
                b"PK\x01\x02\x14\0",
                &common[..],
                &[0; 10],
                &long(bytes.len()),
                name.as_bytes(),
            ]
            .concat(),
        );
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), content].concat());
    }
    let (begin, count) = (bytes.len(), short(members.len()));
    bytes.extend(&directory);
    bytes.extend(
        [
            b"PK\x05\x06",
            &[0; 4][..],
            &count,
            &count,
            &long(directory.len()),
            &long(begin),
            &[0; 2],
        ]
        .concat(),
    );
    bytes
}

async fn are_accepted_as_they_are(world: World) {
    let officer = world.persona("officer1");
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let table = kept("table.xlsx");
    let with_a_table = archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", b"<document/>"),
        ("word/embeddings/table.xlsx", &table),
    ]);
    for (declared_as, name, bytes) in [
        (docx, "letter.docx", kept("letter.docx")),
        (xlsx, "table.xlsx", table),
        (docx, "table.docx", with_a_table),
        ("image/jpeg", "point.jpg", kept("point.jpg")),
        ("image/png", "point.png", kept("point.png")),
    ] {
        let mut body = declaration(name, &bytes, DIVISION);
        body["media_type"] = json!(declared_as);
        let declared = officer.post("/v1/files", &body).await.expect(201);
        let path = format!("/v1/files/{}", declared.id());
        let uploaded = put(&officer, &path, &declared.etag(), bytes).await.expect(200);
        let asked = officer.ask("POST", &format!("{path}/complete"));
        asked.if_match(&uploaded.etag()).send().await.expect(200);
    }
}

async fn are_refused_by_their_content(world: World) {
    let officer = world.persona("officer1");
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    for (declared_as, name, bytes, status, code) in [
        (
            "application/pdf",
            "a.pdf",
            b"\x89PNG\r\n\x1a\n00000000".to_vec(),
            422,
            "file.type_mismatch",
        ),
        (
            "application/pdf",
            "a.pdf",
            b"plain words only".to_vec(),
            422,
            "file.type_mismatch",
        ),
        (
            "application/pdf",
            "a.pdf",
            b"<svg xmlns='x'></svg>".to_vec(),
            415,
            "file.type_not_allowed",
        ),
        (
            "image/png",
            "a.png",
            b"MZ\x90\x00aaaaaaaaaaaa".to_vec(),
            415,
            "file.type_not_allowed",
        ),
        (
            docx,
            "a.docx",
            b"PK\x03\x04 letter.txt".to_vec(),
            415,
            "file.type_not_allowed",
        ),
        (
            docx,
            "a.docx",
            archive(&[
                ("[Content_Types].xml", b"<Types/>"),
                ("word/document.xml", b"<document/>"),
                ("word/vbaProject.bin", b"Sub"),
            ]),
            415,
            "file.type_not_allowed",
        ),
        // UPL-04: small as they come, and more than a machine bears once they are opened.
        (
            docx,
            "a.docx",
            changed("letter.docx", b"PK\x01\x02", 24, 100_000_000_u32.to_le_bytes()),
            422,
            "file.excessive",
        ),
        (
            docx,
            "a.docx",
            changed("letter.docx", b"PK\x05\x06", 16, 100_000_u32.to_le_bytes()),
            415,
            "file.type_not_allowed",
        ),
        (
            "image/png",
            "a.png",
            changed("point.png", b"IHDR", 4, 200_000_000_u32.to_be_bytes()),
            422,
            "file.excessive",
        ),
    ] {
        let mut body = declaration(name, &bytes, DIVISION);
        body["media_type"] = json!(declared_as);
        let declared = officer.post("/v1/files", &body).await.expect(201);
        let path = format!("/v1/files/{}", declared.id());
        let uploaded = put(&officer, &path, &declared.etag(), bytes).await.expect(200);
        officer
            .ask("POST", &format!("{path}/complete"))
            .if_match(&uploaded.etag())
            .send()
            .await
            .refused(status, code);
    }
    let declared = officer
        .post("/v1/files", &declaration("a.pdf", &pdf("một"), DIVISION))
        .await
        .expect(201);
    let path = format!("/v1/files/{}", declared.id());
    let other = pdf("hai");
    let uploaded = put(&officer, &path, &declared.etag(), other).await;
    assert_eq!(pdf("hai").len() + 2, pdf("một").len());
    uploaded.refused(422, "file.size_mismatch");
    let mut same_length = pdf("một");
    same_length[10] = b'#';
    // With one key: who sends the right bytes as the same request has them stored.
    let keyed = |bytes: Vec<u8>| {
        let asked = officer.ask("PUT", &format!("{path}/content"));
        asked.if_match(&declared.etag()).key("one").body(bytes).send()
    };
    keyed(same_length).await.refused(422, "file.digest_mismatch");
    let uploaded = keyed(pdf("một")).await.expect(200);
    assert_eq!(uploaded.header("idempotency-replayed"), None);
    // Repeating the upload before completion replaces the content.
    let again = put(&officer, &path, &uploaded.etag(), pdf("một"))
        .await
        .expect(200);
    officer
        .ask("POST", &format!("{path}/complete"))
        .if_match(&again.etag())
        .send()
        .await
        .expect(200);
}

async fn stop_at_the_first_excess_byte(world: World) {
    let officer = world.persona("officer1");
    let declared = officer
        .post("/v1/files", &declaration("a.pdf", b"%PDF-1.7", DIVISION))
        .await
        .expect(201);
    let path = format!("/v1/files/{}", declared.id());
    put(&officer, &path, &declared.etag(), b"%PDF-1.7+".to_vec())
        .await
        .refused(413, "file.too_large");
    // Without a length it is counted while it comes in.
    let pieces = vec![
        Ok::<_, std::io::Error>(b"%PDF".to_vec()),
        Ok(b"-1.7".to_vec()),
        Ok(b"+".to_vec()),
    ];
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    officer
        .ask("PUT", &format!("{path}/content"))
        .if_match(&declared.etag())
        .body(stream)
        .send()
        .await
        .refused(413, "file.too_large");
    for (field, value, header, accepted) in [
        (
            "content-type",
            "text/html",
            "accept",
            "application/pdf, application/octet-stream",
        ),
        ("content-encoding", "gzip", "accept-encoding", "identity"),
    ] {
        let refused = officer
            .ask("PUT", &format!("{path}/content"))
            .if_match(&declared.etag())
            .header("accept-language", "en")
            .header(field, value)
            .body("%PDF-1.7")
            .send()
            .await
            .refused(415, "media_type.unsupported");
        assert_eq!(refused.header(header), Some(accepted));
        let said = refused.json["detail"].as_str().unwrap();
        assert!(said.ends_with(&accepted.replace(", ", " or ")), "{said}");
    }
    assert_eq!(contents(&world.parts.storage).await, Vec::<String>::new());
}

/// Puts a submitted dossier of the first division into the database that names the file.
async fn attach(world: &World, file: &str) {
    let file = FileId(file.parse().unwrap());
    world
        .database(move |conn| {
            use schema::{attachments, campaigns, rule_sets, submissions};
            let now: thidua::domain::time::Instant = when("2026-03-20T02:00:00Z").parse().unwrap();
            let rules: thidua::domain::ids::RuleSetId =
                rule_sets::table.select(rule_sets::id).first(conn).unwrap();
            let drafter: thidua::domain::ids::IdentityId = schema::files::table
                .find(file)
                .select(schema::files::uploaded_by)
                .first(conn)
                .unwrap();
            let (campaign, submission) = (CampaignId::generate(), SubmissionId::generate());
            diesel::insert_into(campaigns::table)
                .values((
                    campaigns::id.eq(campaign),
                    campaigns::owner_organization_id.eq(org::DEPARTMENT),
                    campaigns::name.eq("Phong trào"),
                    campaigns::kind.eq("THEMATIC"),
                    campaigns::scope.eq("AGENCY"),
                    campaigns::state.eq("DRAFT"),
                    campaigns::rule_set_id.eq(rules),
                    campaigns::terms_number.eq(1),
                    campaigns::version.eq(1_i64),
                    campaigns::created_at.eq(now),
                    campaigns::updated_at.eq(now),
                ))
                .execute(conn)
                .unwrap();
            diesel::insert_into(submissions::table)
                .values((
                    submissions::id.eq(submission),
                    submissions::campaign_id.eq(campaign),
                    submissions::owner_organization_id.eq(org::DEPARTMENT),
                    submissions::division_id.eq(DIVISION),
                    submissions::procedure.eq("SIMPLIFIED"),
                    submissions::state.eq("DRAFT"),
                    submissions::round.eq(1),
                    submissions::received_channel.eq("ONLINE"),
                    submissions::on_behalf.eq(false),
                    submissions::late.eq(false),
                    submissions::drafted_by.eq(drafter),
                    submissions::version.eq(1_i64),
                    submissions::created_at.eq(now),
                    submissions::updated_at.eq(now),
                ))
                .execute(conn)
                .unwrap();
            diesel::insert_into(attachments::table)
                .values((
                    attachments::id.eq(AttachmentId::generate()),
                    attachments::submission_id.eq(submission),
                    attachments::kind.eq("BAO_CAO"),
                    attachments::file_id.eq(file),
                    attachments::created_at.eq(now),
                ))
                .execute(conn)
                .unwrap();
        })
        .await;
}

async fn are_read_by_the_uploader_and_the_readers_of_the_dossier(world: World) {
    let officer = world.persona("officer1");
    let id = complete_pdf(&officer, "a.pdf", DIVISION).await;
    let path = format!("/v1/files/{id}");
    let content = format!("{path}/content");
    let absent = format!("/v1/files/{}/content", FileId::generate());
    for other in [
        "head1",
        "reviewer",
        "head2",
        "stranger",
        "administrator",
        "nobody",
    ] {
        let hidden = world
            .persona(other)
            .get(&content)
            .await
            .refused(404, "resource.not_found");
        let missing = world
            .persona(other)
            .get(&absent)
            .await
            .refused(404, "resource.not_found");
        // The same document but for the names of path and request (AZN-03).
        let shape = |reply: &Reply| {
            let mut body = reply.json.clone();
            body["instance"] = Value::Null;
            body["trace_id"] = Value::Null;
            body
        };
        assert_eq!(shape(&hidden), shape(&missing));
    }
    attach(&world, &id).await;
    for reader in ["officer1", "head1", "reviewer", "chief", "director", "auditor"] {
        world.persona(reader).get(&content).await.expect(200);
        world.persona(reader).get(&path).await.expect(200);
    }
    for other in ["head2", "stranger", "board", "clerk", "nobody"] {
        world
            .persona(other)
            .get(&content)
            .await
            .refused(404, "resource.not_found");
    }
    // Whoever sees it may still not change it.
    let shown = world.persona("head1").get(&path).await.expect(200);
    assert_eq!(
        shown.json["allowed_actions"][0]["blocked_by"][0]["code"],
        "access.forbidden"
    );
    world
        .persona("head1")
        .delete(&path, &shown.etag())
        .await
        .refused(403, "access.forbidden");
    // What is attached stays.
    let tag = officer.get(&path).await.expect(200).etag();
    officer.delete(&path, &tag).await.refused(409, "file.immutable");
    // Who has left the unit reads nothing of it any more, not even what he brought (UPL-11).
    let loose = format!("/v1/files/{}", complete_pdf(&officer, "b.pdf", DIVISION).await);
    world
        .database(|conn| {
            use schema::role_grants;
            diesel::delete(role_grants::table.filter(role_grants::subject.eq("officer1")))
                .execute(conn)
                .unwrap();
        })
        .await;
    for path in [&path, &content, &loose] {
        officer.get(path).await.refused(404, "resource.not_found");
    }
}

async fn need_their_version_and_replay(world: World) {
    let officer = world.persona("officer1");
    let bytes = pdf("một");
    let declared = officer
        .post("/v1/files", &declaration("a.pdf", &bytes, DIVISION))
        .await
        .expect(201);
    let path = format!("/v1/files/{}", declared.id());
    let ask = || officer.ask("PUT", &format!("{path}/content")).body(bytes.clone());
    ask().send().await.refused(428, "etag.required");
    ask().if_match("\"7\"").send().await.refused(412, "etag.stale");
    let first = ask().if_match("\"1\"").key("k").send().await.expect(200);
    let again = ask().if_match("\"1\"").key("k").send().await.expect(200);
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let finish = || {
        officer
            .ask("POST", &format!("{path}/complete"))
            .if_match("\"2\"")
            .key("c")
    };
    finish().send().await.expect(200);
    assert_eq!(
        finish().send().await.expect(200).header("idempotency-replayed"),
        Some("true")
    );
}

async fn are_deleted_while_nothing_names_them(world: World) {
    let officer = world.persona("officer1");
    let id = complete_pdf(&officer, "a.pdf", DIVISION).await;
    let path = format!("/v1/files/{id}");
    assert_eq!(contents(&world.parts.storage).await.len(), 1);
    let tag = officer.get(&path).await.expect(200).etag();
    officer.delete(&path, "\"1\"").await.refused(412, "etag.stale");
    officer.delete(&path, &tag).await.expect(204);
    officer.get(&path).await.refused(404, "resource.not_found");
    // The content goes with the sweep, not inside the transaction.
    let (app, storage) = (&world.parts.app, &world.parts.storage);
    assert_eq!(
        worker::sweep_files(app, storage, Duration::from_hours(1))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        worker::sweep_files(app, storage, Duration::ZERO).await.unwrap(),
        1
    );
    assert!(contents(storage).await.is_empty());
    // Of a file that this database never knew: it was restored as of an earlier instant, or the place is another's.
    let foreign = Storage::new_key(FileId::generate());
    let bytes = bytes::Bytes::from(pdf("sau"));
    let size = u64::try_from(bytes.len()).unwrap();
    let sha256 = hex::encode(Sha256::digest(&bytes));
    storage
        .receive(&foreign, size, &sha256, futures_util::stream::iter([Ok(bytes)]))
        .await
        .unwrap();
    assert_eq!(
        worker::sweep_files(app, storage, Duration::ZERO).await.unwrap(),
        0
    );
    assert_eq!(contents(storage).await, [foreign]);
    let kinds: Vec<String> = world
        .database(move |conn| {
            use schema::journal_entries as entries;
            entries::table
                .filter(entries::object_noun.eq("file"))
                .order(entries::id.asc())
                .select(entries::kind)
                .load(conn)
                .unwrap()
        })
        .await;
    assert_eq!(
        kinds,
        ["file.declared", "file.uploaded", "file.completed", "file.deleted"]
    );
}

async fn vanish_when_not_completed_in_time(world: World) {
    let officer = world.persona("officer1");
    let kept = complete_pdf(&officer, "kept.pdf", DIVISION).await;
    let bytes = pdf("một");
    let declared = officer
        .post("/v1/files", &declaration("a.pdf", &bytes, DIVISION))
        .await
        .expect(201);
    let path = format!("/v1/files/{}", declared.id());
    let uploaded = put(&officer, &path, &declared.etag(), bytes).await.expect(200);
    world.set_time(when("2026-03-22T03:00:00Z"));
    officer
        .ask("POST", &format!("{path}/complete"))
        .if_match(&uploaded.etag())
        .send()
        .await
        .refused(409, "file.expired");
    let (app, storage) = (&world.parts.app, &world.parts.storage);
    assert_eq!(
        worker::sweep_files(app, storage, Duration::ZERO).await.unwrap(),
        1
    );
    assert_eq!(officer.get(&path).await.expect(200).json["state"], "EXPIRED");
    officer
        .get(&format!("/v1/files/{kept}/content"))
        .await
        .expect(200);
}
