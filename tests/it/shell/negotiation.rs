//! Media types, codings, paths (NEG-01 to NEG-04, LIM-03), and time that grows no faster than what is sent
//! (NET-08).

use std::io::Read as _;

use serde_json::json;

use super::administrator;
use crate::support::raw::Line;
use crate::support::world::{World, org};
use crate::support::{Database, WorldSettings, run, run_with};

#[test]
fn what_the_client_takes_is_asked_before_anything_is_done() {
    run(Database::Sqlite, |world: World| async move {
        let nobody = world.persona("nobody");
        for (accept, status) in [
            ("*/*", 200),
            ("application/*", 200),
            ("application/json", 200),
            ("APPLICATION/JSON; charset=utf-8", 200),
            ("text/html, application/json;q=0.1", 200),
            ("text/html, */*;q=0.1", 200),
            ("application/problem+json", 200),
            ("no media type", 200),
            ("", 200),
            ("text/html", 406),
            ("text/*, image/png", 406),
            ("application/json;q=0", 406),
            ("text/html, application/json;q=0, */*;q=0.5", 406),
            ("application/json;q=0, application/problem+json;q=0, */*", 406),
            ("*/*;q=0", 406),
            ("application/xml", 406),
        ] {
            let reply = nobody.ask("GET", "/v1/me").header("accept", accept).send().await;
            assert_eq!(reply.status, status, "{accept}");
            if status == 406 {
                reply.refused(406, "media_type.not_acceptable");
            }
        }
        let administrator = administrator(&world);
        let before = administrator.get("/v1/organizations").await.json["items"].clone();
        administrator
            .ask("POST", "/v1/organizations")
            .header("accept", "text/csv")
            .header("content-type", "application/json")
            .body(super::unit())
            .send()
            .await
            .refused(406, "media_type.not_acceptable");
        assert_eq!(administrator.get("/v1/organizations").await.json["items"], before);
        let unknown = nobody.ask("GET", "/v1/nothing").header("accept", "text/html");
        unknown.send().await.refused(404, "route.not_found");
    });
}

#[test]
fn bodies_are_json_in_utf_8_as_they_are() {
    run(Database::Sqlite, |world: World| async move {
        let administrator = administrator(&world);
        let office = format!("/v1/organizations/{}", org::OFFICE);
        for (method, fields, accepted) in [
            ("POST", &[("content-type", "text/plain")][..], "accept"),
            ("POST", &[("content-type", "application/xml")], "accept"),
            (
                "POST",
                &[("content-type", "application/json; charset=utf-16")],
                "accept",
            ),
            (
                "POST",
                &[("content-type", "application/merge-patch+json")],
                "accept",
            ),
            ("POST", &[], "accept"),
            (
                "PATCH",
                &[("content-type", "application/json-patch+json")],
                "accept-patch",
            ),
            (
                "POST",
                &[("content-type", "application/json"), ("content-encoding", "gzip")],
                "accept-encoding",
            ),
            (
                "POST",
                &[("content-type", "application/json"), ("content-encoding", "odd")],
                "accept-encoding",
            ),
        ] {
            let path = if method == "PATCH" {
                office.as_str()
            } else {
                "/v1/organizations"
            };
            let mut ask = administrator.ask(method, path).if_match("*").body(super::unit());
            for (name, value) in fields {
                ask = ask.header(name, value);
            }
            let reply = ask.send().await.refused(415, "media_type.unsupported");
            assert!(reply.header(accepted).is_some(), "{fields:?}");
        }
    });
}

#[test]
fn long_answers_are_compressed_when_asked() {
    run(Database::Sqlite, |world: World| async move {
        let chief = world.persona("chief");
        let plain = chief.get("/v1/individuals").await.expect(200);
        assert!(plain.bytes.len() > 1024);
        assert_eq!(plain.header("content-encoding"), None);
        let ask = |accept: &str| {
            let mut line = Line::open(world.base());
            line.send(format!(
                "GET /v1/individuals HTTP/1.1\r\nHost: thidua\r\nAuthorization: Bearer {}\r\n\
                 Accept-Encoding: {accept}\r\nConnection: close\r\n\r\n",
                chief.token()
            ));
            line.rest()
        };
        let gzip = ask("gzip");
        let head = String::from_utf8_lossy(&gzip).to_lowercase();
        assert!(head.contains("\r\ncontent-encoding: gzip\r\n"), "{head}");
        assert!(
            head.lines()
                .any(|line| line.starts_with("vary: ") && line.contains("accept-encoding"))
        );
        assert!(gzip.len() < plain.bytes.len());
        // Who takes no coding that there is gets a refusal of the one form.
        let none = chief
            .ask("GET", "/v1/individuals")
            .header("accept-encoding", "identity;q=0, *;q=0");
        none.send().await.refused(406, "media_type.not_acceptable");
    });
}

/// NEG-04: a coding changes nothing of what a tag is good for.
#[test]
fn the_tag_of_a_compressed_answer_is_one() {
    run(Database::Sqlite, |world: World| async move {
        let chief = world.persona("chief");
        let campaign = json!({
            "name": "Phong trào", "kind": "THEMATIC", "scope": "AGENCY", "owner_organization_id": org::DEPARTMENT,
            "plan": {"purposes": vec!["Mục đích của phong trào"; 40]},
        });
        let made = chief.post("/v1/campaigns", &campaign).await.expect(201);
        let path = made.header("location").unwrap().to_owned();
        let zipped = || chief.ask("GET", &path).header("accept-encoding", "gzip");
        let first = zipped().send().await.expect(200);
        assert_eq!(first.header("content-encoding"), Some("gzip"));
        let vary: Vec<&str> = first
            .headers
            .get_all("vary")
            .iter()
            .map(|line| line.to_str().unwrap())
            .collect();
        assert!(
            vary.join(",").to_lowercase().contains("accept-encoding"),
            "{vary:?}"
        );
        let plain = chief.get(&path).await.expect(200);
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(first.json, plain.json);
        let tag = first.etag();
        let same = zipped().header("if-none-match", &tag).send().await.expect(304);
        assert_eq!(same.header("etag"), Some(tag.as_str()));
        assert_eq!(
            (same.bytes, same.headers.get("content-encoding")),
            (Vec::new(), None)
        );
        let change = || json!({"name": "Phong trào có thẻ nén"});
        let ask = |tag: &str| chief.ask("PATCH", &path).if_match(tag).json(&change());
        let changed = ask(&tag)
            .header("accept-encoding", "gzip")
            .send()
            .await
            .expect(200);
        assert_ne!(changed.etag(), tag);
        ask(&tag).send().await.refused(412, "etag.stale");
        let anew = zipped().header("if-none-match", &tag).send().await.expect(200);
        assert_eq!(anew.etag(), changed.etag());
    });
}

/// Paths that no operation has, and identifiers that are none.
const ODD: [&str; 20] = [
    "/v1/organizations/1",
    "/v1/organizations/abc",
    "/v1/organizations/%00",
    "/v1/organizations/%2F",
    "/v1/organizations/%FF%FE",
    "/v1/organizations/%ZZ",
    "/v1/organizations/..%2F..%2Fetc",
    "/v1/organizations/0199000000007000800000010000009",
    "/v1/organizations/{01990000-0000-7000-8000-000100000097}",
    "/v1//organizations",
    "/v1/organizations/",
    "//v1/organizations",
    "/v1/%6F%00rganizations",
    "/v1/organizations/%E1%BA%A4",
    "/v1/files/%00/content",
    "/v1/organizations/01990000-0000-7000-8000-0001000000%00",
    "/v1/organizations/%2e%2e",
    "/V1/organizations",
    "/",
    "/v1/organizations/01990000-0000-7000-8000-000100000097%20",
];

fn odd_paths(world: &World) {
    let token = administrator(world).token().to_owned();
    for path in ODD {
        let mut line = Line::open(world.base());
        line.send(format!(
            "GET {path} HTTP/1.1\r\nHost: thidua\r\nAuthorization: Bearer {token}\r\n\r\n"
        ));
        let reply = line.reply();
        assert_eq!(reply.status, 404, "{path}: {reply:?}");
        assert!(
            ["route.not_found", "resource.not_found"].contains(&reply.json["code"].as_str().unwrap()),
            "{path}"
        );
    }
}

/// A part and a whole of the same bytes; nothing of them is a path of another one.
#[test]
fn odd_paths_are_404() {
    run(Database::Sqlite, |world: World| async move {
        odd_paths(&world);
        for query in ["q=%00", "q=%ff", "cursor=%00", "limit=%31%00"] {
            administrator(&world)
                .get(&format!("/v1/individuals?{query}"))
                .await
                .expect(400);
        }
    });
}

/// LIM-03: nobody asks the database for what cannot be there: it is away, and the answers are the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_paths_need_no_database() {
    odd_paths(&World::without_database().await);
}

/// CFG-03: an installation may keep the document and its viewer to itself; probes it cannot do without.
#[test]
fn the_document_and_its_viewer_can_be_left_out() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.documentation = false;
            shell.allowed_origins = vec!["https://portal.example.gov.vn".to_owned()];
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        for path in ["/openapi.json", "/docs", "/docs/", "/docs/index.html"] {
            for method in ["GET", "OPTIONS", "POST"] {
                let reply = world.anonymous(method, path).send().await;
                reply.refused(404, "route.not_found");
            }
            let preflight = world
                .anonymous("OPTIONS", path)
                .header("origin", "https://portal.example.gov.vn")
                .header("access-control-request-method", "GET");
            preflight.send().await.refused(404, "route.not_found");
        }
        for probe in ["/livez", "/readyz", "/startupz"] {
            world.anonymous("GET", probe).send().await.expect(200);
        }
        administrator(&world).get("/v1/me").await.expect(200);
    });
}

/// Patterns, wildcards and repetitions are words like others; one that a search by patterns would never come to the end
/// of, too (NET-08).
#[test]
fn no_word_of_a_search_is_a_program() {
    run(Database::Sqlite, |world: World| async move {
        let chief = world.persona("chief");
        for word in [
            "(a%2B)%2B%24".to_owned(),
            format!("(a%7Ca)*b{}", "a".repeat(80)),
            format!("{}%24", "(x%2Bx%2B)%2B".repeat(12)),
            format!("{}!", "a".repeat(90)),
            "%25".repeat(90),
            "_".repeat(90),
            "a%20".repeat(45),
            "%27%20OR%201%3D1--".to_owned(),
            "%CC%81".repeat(16),
            "a%CC%81".repeat(30),
        ] {
            let reply = chief.get(&format!("/v1/individuals?q={word}")).await;
            assert!([200, 400].contains(&reply.status), "{word}: {}", reply.json);
        }
    });
}

#[test]
fn escapes_in_a_path_are_resolved_before_anything_is_looked_up() {
    run(Database::Sqlite, |world: World| async move {
        let chief = world.persona("chief").token().to_owned();
        let ask = |method: &str, path: &str| {
            let mut line = Line::open(world.base());
            line.send(format!(
                "{method} {path} HTTP/1.1\r\nHost: thidua\r\nAuthorization: Bearer {chief}\r\n\r\n"
            ));
            line.reply()
        };
        for (plain, escaped) in [
            ("/v1/campaigns", "/v1/%63ampaigns"),
            ("/v1/decisions/next-number", "/v1/decisions/next%2Dnumber"),
            ("/v1/campaigns?colour=red", "/v1/c%61mpaigns?colour=red"),
            ("/openapi.json", "/openapi%2Ejson"),
        ] {
            let (plain, escaped) = (ask("GET", plain), ask("GET", escaped));
            assert_eq!(plain.status, escaped.status, "{escaped:?}");
            assert_eq!(plain.json["code"], escaped.json["code"]);
            assert!(plain.status < 500 && plain.status != 404, "{plain:?}");
        }
        let allowed = |path: &str| ask("OPTIONS", path).field("allow").map(str::to_owned);
        assert_eq!(allowed("/v1/%63ampaigns"), allowed("/v1/campaigns"));
        assert!(allowed("/v1/%63ampaigns").is_some());
    });
}

#[test]
fn the_document_and_its_viewer_are_sent_again_only_when_they_changed() {
    run(Database::Sqlite, |world: World| async move {
        for path in [
            "/openapi.json",
            "/docs/",
            "/docs/swagger-ui-bundle.js",
            "/docs/swagger-initializer.js",
        ] {
            let ask = || world.anonymous("GET", path);
            let plain = ask().send().await.expect(200);
            let tag = plain.header("etag").expect("a tag").to_owned();
            assert_eq!(plain.header("content-encoding"), None, "{path}");
            for _ in 0..2 {
                let zipped = ask().header("accept-encoding", "gzip").send().await.expect(200);
                assert_eq!(zipped.header("content-encoding"), Some("gzip"), "{path}");
                assert_eq!(zipped.header("etag"), Some(tag.as_str()));
                let mut unzipped = Vec::new();
                let mut decoder = flate2::read::GzDecoder::new(zipped.bytes.as_slice());
                decoder.read_to_end(&mut unzipped).unwrap();
                assert!(unzipped == plain.bytes, "{path}");
            }
            for known in [tag.as_str(), "*"] {
                let same = ask().header("if-none-match", known).send().await.expect(304);
                assert_eq!(same.header("etag"), Some(tag.as_str()));
                assert_eq!(same.bytes, b"");
            }
            let stale = ask().header("if-none-match", "\"h-0\"").send().await;
            assert!(stale.expect(200).bytes == plain.bytes);
        }
        world.anonymous("GET", "/docs/nothing").send().await.expect(404);
    });
}
