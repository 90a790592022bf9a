//! Evidence files in a bucket (`storage.url = "s3://…"`), against a server that speaks S3.
//!
//! Needs `node` and `npm` (`support/node.rs`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use thidua::storage::Storage;
use thidua::worker;

use crate::commands::{GOOD, text, thidua};
use crate::support::files::{complete_pdf, contents, declaration, pdf};
use crate::support::world::{Persona, Reply, World, WorldSettings, org};
use crate::support::{Database, node};

const DIVISION: thidua::domain::ids::OrganizationId = org::DIVISIONS[0];
/// Above the part of a multipart upload (5 MiB), so that there are two.
const LARGE: usize = 6 * 1024 * 1024;

/// The server, which may be ended and started again on the same port with what it kept.
struct Bucket {
    node: PathBuf,
    kept: tempfile::TempDir,
    process: Option<node::Process>,
    port: u64,
}

impl Bucket {
    /// A server with its empty bucket `files`; none where it cannot be had.
    fn start() -> Option<Self> {
        static INSTALLED: OnceLock<Option<PathBuf>> = OnceLock::new();
        let node = INSTALLED.get_or_init(|| node::installed("s3_server", "server.mjs"));
        let mut bucket = Self {
            node: node.clone()?,
            kept: tempfile::tempdir().unwrap(),
            process: None,
            port: 0,
        };
        bucket.resume();
        Some(bucket)
    }

    fn resume(&mut self) {
        let (folder, port) = (self.kept.path().display().to_string(), self.port.to_string());
        let (process, started) = node::Process::start(&self.node, &["server.mjs", &folder, &port]);
        self.process = Some(process);
        self.port = started["port"].as_u64().unwrap();
    }

    fn end(&mut self) {
        self.process = None;
    }

    /// What an operator sets for it.
    fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "S3RVER".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "S3RVER".to_owned()),
        ]
    }

    fn open(&self, url: &str) -> Storage {
        let variables = self.variables().map(|(name, value)| (name.to_owned(), value));
        Storage::open(url, Some(variables.into())).unwrap()
    }

    async fn world(&self, url: &str) -> World {
        let settings = WorldSettings {
            max_file_bytes: 10 * 1024 * 1024,
            ..WorldSettings::default()
        };
        World::start_storing(Database::Sqlite, settings, self.open(url)).await
    }

    /// The keys in the bucket, as the server keeps them.
    fn keys(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root).unwrap().display().to_string();
                if path.is_dir() {
                    walk(&path, root, found);
                } else if let Some(key) = name.strip_suffix("._S3rver_object") {
                    found.push(key.to_owned());
                }
            }
        }
        let root = self.kept.path().join("files");
        let mut found = Vec::new();
        walk(&root, &root, &mut found);
        found.sort();
        found
    }
}

async fn put(persona: &Persona<'_>, path: &str, tag: &str, bytes: Vec<u8>) -> Reply {
    persona
        .ask("PUT", &format!("{path}/content"))
        .if_match(tag)
        .body(bytes)
        .send()
        .await
}

async fn complete(persona: &Persona<'_>, path: &str, tag: &str) -> Reply {
    persona
        .ask("POST", &format!("{path}/complete"))
        .if_match(tag)
        .send()
        .await
}

/// A PDF that is larger than one part.
fn large_pdf() -> Vec<u8> {
    let mut bytes = pdf("lớn");
    let numbers = 0..u32::try_from(LARGE / 4).unwrap();
    bytes.extend(numbers.flat_map(u32::to_be_bytes));
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_into_a_bucket_and_come_out_whole_and_in_part() {
    let Some(bucket) = Bucket::start() else { return };
    let world = bucket.world("s3://files/tinh/so").await;
    let officer = world.persona("officer1");
    let bytes = large_pdf();
    let declared = officer
        .post("/v1/files", &declaration("Báo cáo.pdf", &bytes, DIVISION))
        .await
        .expect(201);
    let path = format!("/v1/files/{}", declared.id());
    let uploaded = put(&officer, &path, &declared.etag(), bytes.clone())
        .await
        .expect(200);
    let key = bucket.keys().pop().unwrap();
    assert!(key.starts_with("tinh/so/"), "{key}");
    let done = complete(&officer, &path, &uploaded.etag()).await.expect(200);

    let content = format!("{path}/content");
    let whole = officer.get(&content).await.expect(200);
    assert!(whole.bytes == bytes, "the same bytes");
    assert_eq!(
        whole.etag(),
        format!("\"{}\"", done.json["sha256"].as_str().unwrap())
    );
    let part = |range: &str| officer.ask("GET", &content).header("range", range).send();
    let size = bytes.len();
    // Over the border of the two parts; the end; the beginning.
    let border = 5 * 1024 * 1024;
    for (range, from, to) in [
        (
            format!("bytes={}-{}", border - 4, border + 3),
            border - 4,
            border + 4,
        ),
        ("bytes=-10".to_owned(), size - 10, size),
        ("bytes=0-1".to_owned(), 0, 2),
    ] {
        let got = part(&range).await.expect(206);
        assert_eq!(got.bytes, bytes[from..to], "{range}");
        let field = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(got.header("content-range"), Some(field.as_str()));
    }
    part(&format!("bytes={size}-"))
        .await
        .refused(416, "range.not_satisfiable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_as_declared_is_refused_in_a_bucket_too() {
    let Some(bucket) = Bucket::start() else { return };
    let world = bucket.world("s3://files").await;
    let officer = world.persona("officer1");
    let good = pdf("một");
    let lie = b"\x89PNG\r\n\x1a\n00000000".to_vec();
    let program = b"MZ\x90\x00aaaaaaaaaaaa".to_vec();
    for (declared, sent, status, code) in [
        (&lie, lie.clone(), 422, "file.type_mismatch"),
        (&program, program.clone(), 415, "file.type_not_allowed"),
    ] {
        let made = officer
            .post("/v1/files", &declaration("a.pdf", declared, DIVISION))
            .await
            .expect(201);
        let path = format!("/v1/files/{}", made.id());
        let uploaded = put(&officer, &path, &made.etag(), sent).await.expect(200);
        complete(&officer, &path, &uploaded.etag())
            .await
            .refused(status, code);
        officer
            .get(&format!("{path}/content"))
            .await
            .refused(409, "file.not_complete");
    }
    let kept = bucket.keys();
    let made = officer
        .post("/v1/files", &declaration("a.pdf", &good, DIVISION))
        .await
        .expect(201);
    let path = format!("/v1/files/{}", made.id());
    // Counted while they come in: too many, too few.
    for (pieces, status, code) in [
        (vec![good.clone(), vec![b'+']], 413, "file.too_large"),
        (vec![good[..5].to_vec()], 422, "file.size_mismatch"),
        (vec![good.to_ascii_uppercase()], 422, "file.digest_mismatch"),
    ] {
        let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
        let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        officer
            .ask("PUT", &format!("{path}/content"))
            .if_match(&made.etag())
            .body(stream)
            .send()
            .await
            .refused(status, code);
    }
    assert_eq!(
        bucket.keys(),
        kept,
        "nothing stays of what was refused on its way in"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_removes_what_no_file_names_and_nothing_else() {
    let Some(bucket) = Bucket::start() else { return };
    for url in ["s3://files", "s3://files/tinh"] {
        let world = bucket.world(url).await;
        let (app, storage) = (&world.parts.app, &world.parts.storage);
        let officer = world.persona("officer1");
        let kept = complete_pdf(&officer, "kept.pdf", DIVISION).await;
        let deleted = complete_pdf(&officer, "deleted.pdf", DIVISION).await;
        let bytes = pdf("bỏ dở");
        let abandoned = officer
            .post("/v1/files", &declaration("a.pdf", &bytes, DIVISION))
            .await
            .expect(201);
        let path = format!("/v1/files/{}", abandoned.id());
        put(&officer, &path, &abandoned.etag(), bytes).await.expect(200);
        // Of another program that uses the same bucket.
        let foreign = bucket.open(&format!("{url}/backup"));
        let pieces = futures_util::stream::iter([Ok("2026".into())]);
        let sha256 = hex::encode(Sha256::digest(b"2026"));
        foreign.receive("monday.tar", 4, &sha256, pieces).await.unwrap();
        assert_eq!(contents(storage).await.len(), 3);

        let at = format!("/v1/files/{deleted}");
        let tag = officer.get(&at).await.expect(200).etag();
        officer.delete(&at, &tag).await.expect(204);
        world.set_time("2026-03-21T03:00:00Z");
        let hour = Duration::from_hours(1);
        assert_eq!(worker::sweep_files(app, storage, hour).await.unwrap(), 0);
        assert_eq!(
            worker::sweep_files(app, storage, Duration::ZERO).await.unwrap(),
            2
        );
        assert_eq!(officer.get(&path).await.expect(200).json["state"], "EXPIRED");
        officer
            .get(&format!("/v1/files/{kept}/content"))
            .await
            .expect(200);
        let left = bucket.keys();
        let backup = url.trim_start_matches("s3://files").trim_start_matches('/');
        let backup = Path::new(backup).join("backup/monday.tar");
        assert!(left.contains(&backup.display().to_string()), "{left:?}");
        // Removing what is gone already is no fault.
        storage
            .remove("00000000-0000-4000-8000-000000000000")
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_store_files_wait_and_nothing_is_half_done() {
    let Some(mut bucket) = Bucket::start() else { return };
    let world = bucket.world("s3://files").await;
    let officer = world.persona("officer1");
    let there = complete_pdf(&officer, "a.pdf", DIVISION).await;
    let declare = async |bytes: &[u8]| {
        officer
            .post("/v1/files", &declaration("b.pdf", bytes, DIVISION))
            .await
            .expect(201)
    };
    let bytes = pdf("hai");
    let waiting = declare(&bytes).await;
    let waiting = put(
        &officer,
        &format!("/v1/files/{}", waiting.id()),
        &waiting.etag(),
        bytes.clone(),
    )
    .await
    .expect(200);
    let waiting_path = format!("/v1/files/{}", waiting.id());

    bucket.end();
    let large = large_pdf();
    let (small_file, large_file) = (declare(&bytes).await, declare(&large).await);
    let refused = |reply: Reply| {
        let reply = reply.refused(503, "file.storage_unavailable");
        assert!(reply.header("retry-after").is_some());
        assert!(!reply.json.to_string().contains("127.0.0.1"), "{}", reply.json);
    };
    let upload = async |file: &Reply, bytes: &[u8]| {
        officer
            .ask("PUT", &format!("/v1/files/{}/content", file.id()))
            .if_match(&file.etag())
            .key(&file.id())
            .body(bytes.to_vec())
            .send()
            .await
    };
    refused(upload(&small_file, &bytes).await);
    refused(upload(&large_file, &large).await);
    refused(complete(&officer, &waiting_path, &waiting.etag()).await);
    refused(officer.get(&format!("/v1/files/{there}/content")).await);
    let sweep = worker::sweep_files(&world.parts.app, &world.parts.storage, Duration::ZERO).await;
    assert!(sweep.is_err());
    // The rest works, so the process stays in service.
    world.anonymous("GET", "/readyz").send().await.expect(200);
    for (file, state) in [
        (&small_file, "DECLARED"),
        (&large_file, "DECLARED"),
        (&waiting, "UPLOADED"),
    ] {
        let now = officer.get(&format!("/v1/files/{}", file.id())).await.expect(200);
        assert_eq!(
            (now.json["state"].as_str(), now.etag()),
            (Some(state), file.etag())
        );
    }

    bucket.resume();
    for (file, bytes) in [(&small_file, &bytes), (&large_file, &large)] {
        let uploaded = upload(file, bytes).await.expect(200);
        assert_eq!(uploaded.header("idempotency-replayed"), None);
        let path = format!("/v1/files/{}", file.id());
        complete(&officer, &path, &uploaded.etag()).await.expect(200);
    }
    complete(&officer, &waiting_path, &waiting.etag())
        .await
        .expect(200);
    officer
        .get(&format!("/v1/files/{there}/content"))
        .await
        .expect(200);
    assert_eq!(bucket.keys().len(), 4);
}

/// The variables of an operator: complete settings, a bucket, and what a test changes in them.
fn settings(bucket: &Bucket, url: &str, changes: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut variables: Vec<_> = GOOD
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    variables.extend(bucket.variables());
    variables.push(("THIDUA__STORAGE__URL", url.to_owned()));
    // Taken already: what should be refused before it listens ends in any case.
    variables.push(("THIDUA__SERVER__LISTEN", format!("127.0.0.1:{}", bucket.port)));
    variables.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let kept = changes.iter().filter(|(_, value)| !value.is_empty());
    variables.extend(kept.map(|(name, value)| (*name, (*value).to_owned())));
    variables
}

#[test]
fn a_start_with_a_bucket_that_cannot_serve_is_refused_in_a_sentence() {
    let Some(bucket) = Bucket::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (command, url, changes, code, sentence) in [
        ("serve", "s3://elsewhere", &[][..], 1, "there is no such bucket"),
        (
            "serve",
            "s3://files",
            &[("AWS_ACCESS_KEY_ID", "nobody")][..],
            1,
            "refuses these credentials",
        ),
        (
            "check-config",
            "s3://files",
            &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")][..],
            78,
            "no credentials: set AWS_ACCESS_KEY_ID",
        ),
        (
            "check-config",
            "s3://files",
            &[("AWS_ALLOW_HTTP", "")][..],
            78,
            "AWS_ALLOW_HTTP=true",
        ),
        (
            "check-config",
            "s3://",
            &[][..],
            78,
            "must be followed by a bucket",
        ),
        ("check-config", "s3://files/tinh", &[][..], 0, ""),
    ] {
        let variables = settings(&bucket, url, changes);
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let ended = thidua(folder.path(), &[command], &variables);
        let said = text(&ended.stderr);
        assert_eq!(
            ended.status.code(),
            Some(code),
            "{command} {url} {changes:?}: {said}"
        );
        assert!(said.contains(sentence), "{said}");
        assert!(!text(&ended.stdout).contains("S3RVER"));
    }
}

/// Any order of starting will do: a store that cannot be reached yet is awaited.
#[test]
fn a_start_does_not_wait_for_the_store() {
    let Some(mut bucket) = Bucket::start() else { return };
    bucket.end();
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Command::new(env!("CARGO_BIN_EXE_thidua"))
        .arg("serve")
        .current_dir(folder.path())
        .envs(settings(
            &bucket,
            "s3://files",
            &[("THIDUA__SERVER__LISTEN", "127.0.0.1:0")],
        ))
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let log = std::io::BufReader::new(serving.stderr.take().unwrap());
    let lines: Vec<String> = std::io::BufRead::lines(log)
        .map_while(Result::ok)
        .take_while(|line| !line.contains("\"serving\""))
        .collect();
    let exited = serving.try_wait().unwrap();
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert_eq!(exited, None, "{lines:?}");
    let told = json!("the file storage cannot be reached; files are refused until it can").to_string();
    assert!(lines.iter().any(|line| line.contains(&told)), "{lines:?}");
}
