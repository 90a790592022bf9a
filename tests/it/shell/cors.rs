//! Scripts of other origins (COR-01 to COR-04), and the fields of every answer (SEC-01).

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use thidua::shell::ShellSettings;

use super::{administrator, post_head};
use crate::support::raw::Line;
use crate::support::world::{Reply, World, org};
use crate::support::{Database, WorldSettings, run, run_with};

const ORIGIN: &str = "https://portal.example.gov.vn";

fn open() -> WorldSettings {
    WorldSettings {
        shell: |shell| {
            shell.allowed_origins = vec!["http://localhost:3000".to_owned(), ORIGIN.to_owned()];
            shell.behind_tls = true;
        },
        ..WorldSettings::default()
    }
}

fn names(field: &str) -> Vec<String> {
    field
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .collect()
}

fn vary(reply: &Reply) -> Vec<String> {
    let fields = reply.headers.get_all("vary").iter();
    fields.flat_map(|field| names(field.to_str().unwrap())).collect()
}

#[track_caller]
fn readable(reply: &Reply) {
    assert_eq!(
        reply.header("access-control-allow-origin"),
        Some(ORIGIN),
        "{}",
        reply.json
    );
    let exposed = names(reply.header("access-control-expose-headers").unwrap());
    for field in [
        "etag",
        "link",
        "location",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "deprecation",
        "sunset",
        "x-request-id",
        "idempotency-replayed",
        "content-language",
        "content-disposition",
    ] {
        assert!(exposed.iter().any(|name| name == field), "{field}");
    }
    assert!(vary(reply).contains(&"origin".to_owned()));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
}

#[test]
fn a_listed_origin_reads_every_answer() {
    run_with(Database::Sqlite, open(), |world: World| async move {
        let administrator = administrator(&world);
        let ask = |method: &str, path: &str| administrator.ask(method, path).header("origin", ORIGIN);
        let office = format!("/v1/organizations/{}", org::OFFICE);
        let tag = administrator.get(&office).await.etag();
        let empty = json!({});
        for (status, asked) in [
            (200, ask("GET", "/v1/me")),
            (200, ask("HEAD", "/v1/me")),
            (200, ask("GET", "/openapi.json")),
            (200, ask("GET", "/readyz")),
            (304, ask("GET", &office).header("if-none-match", &tag)),
            (400, ask("GET", "/v1/me?colour=red")),
            (401, world.anonymous("GET", "/v1/me").header("origin", ORIGIN)),
            (
                401,
                world
                    .bearer("a.b.c")
                    .ask("GET", "/v1/me")
                    .header("origin", ORIGIN),
            ),
            (
                403,
                world
                    .persona("nobody")
                    .ask("POST", "/v1/organizations")
                    .header("origin", ORIGIN)
                    .json(&json!({"name": "x", "kind": "OTHER"})),
            ),
            (404, ask("GET", "/v1/nothing")),
            (
                404,
                ask("OPTIONS", "/v1/nothing").header("access-control-request-method", "GET"),
            ),
            (
                404,
                ask("GET", "/v1/organizations/0199ffff-0000-7000-8000-00000000dead"),
            ),
            (405, ask("PUT", &office)),
            (406, ask("GET", "/v1/me").header("accept", "text/html")),
            (
                412,
                ask("PATCH", &office)
                    .if_match("\"99\"")
                    .json(&json!({"name": "x"})),
            ),
            (414, ask("GET", &format!("/v1/me?x={}", "a".repeat(9000)))),
            (
                415,
                ask("POST", "/v1/organizations")
                    .header("content-type", "text/csv")
                    .body("a"),
            ),
            (422, ask("POST", "/v1/organizations").json(&empty)),
            (428, ask("PATCH", &office).json(&json!({"name": "x"}))),
        ] {
            readable(&asked.send().await.expect(status));
        }
    });
}

/// The names of the header fields of answers, wherever the document has them.
fn described(part: &Value, fields: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            if let Some(Value::Object(headers)) = members.get("headers") {
                fields.extend(headers.keys().map(|name| name.to_ascii_lowercase()));
            }
            members.values().for_each(|member| described(member, fields));
        }
        Value::Array(items) => items.iter().for_each(|item| described(item, fields)),
        _ => {}
    }
}

#[test]
fn a_script_reads_every_field_that_the_document_names() {
    run_with(Database::Sqlite, open(), |world: World| async move {
        let asked = world.anonymous("GET", "/openapi.json").header("origin", ORIGIN);
        let document = asked.send().await.expect(200);
        let exposed = names(document.header("access-control-expose-headers").unwrap());
        let mut fields = BTreeSet::new();
        described(&document.json["paths"], &mut fields);
        described(&document.json["components"]["responses"], &mut fields);
        let components = document.json["components"]["headers"].as_object().unwrap();
        assert!(fields.len() >= components.len(), "{fields:?}");
        // These every script may read (Fetch, CORS-safelisted response-header names).
        fields.remove("cache-control");
        fields.remove("content-language");
        for field in fields {
            assert!(exposed.contains(&field), "{field}");
        }
    });
}

#[test]
fn no_other_origin_reads_any() {
    run_with(Database::Sqlite, open(), |world: World| async move {
        for origin in [
            "null",
            "*",
            "https://portal.example.gov.vn.evil.vn",
            "https://evil-portal.example.gov.vn",
            "http://portal.example.gov.vn",
            "https://portal.example.gov.vn:8443",
            "https://PORTAL.example.gov.vn",
            "https://portal.example.gov.vn/",
            "",
        ] {
            let reply = world
                .persona("nobody")
                .ask("GET", "/v1/me")
                .header("origin", origin)
                .send()
                .await
                .expect(200);
            assert_eq!(reply.header("access-control-allow-origin"), None, "{origin}");
            assert!(vary(&reply).contains(&"origin".to_owned()));
            let preflight = world
                .anonymous("OPTIONS", "/v1/me")
                .header("origin", origin)
                .header("access-control-request-method", "GET")
                .send()
                .await
                .expect(204);
            for field in ["origin", "methods", "headers", "credentials"] {
                assert_eq!(
                    preflight.header(&format!("access-control-allow-{field}")),
                    None,
                    "{origin}"
                );
            }
        }
        let mut line = Line::open(world.base());
        line.send(format!(
            "GET /v1/me HTTP/1.1\r\nHost: thidua\r\nOrigin: {ORIGIN}\r\nOrigin: https://evil.vn\r\n\r\n"
        ));
        assert_eq!(line.reply().field("access-control-allow-origin"), None);
    });
    // Without the setting there is nothing of it.
    run(Database::Sqlite, |world: World| async move {
        let reply = world
            .persona("nobody")
            .ask("GET", "/v1/me")
            .header("origin", ORIGIN)
            .send()
            .await
            .expect(200);
        assert_eq!(reply.header("access-control-allow-origin"), None);
        assert_eq!(reply.header("strict-transport-security"), None);
        let mut line = Line::open(world.base());
        line.send(format!(
            "{}Origin: {ORIGIN}\r\nContent-Length: 0\r\n\r\n",
            post_head("x")
        ));
        assert_eq!(line.reply().field("access-control-expose-headers"), None);
    });
}

#[test]
fn a_preflight_names_the_methods_of_its_route() {
    run_with(Database::Sqlite, open(), |world: World| async move {
        let office = format!("/v1/organizations/{}", org::OFFICE);
        for (path, method, methods) in [
            ("/v1/me", "GET", &["get", "head"][..]),
            (office.as_str(), "PATCH", &["get", "head", "patch"]),
            ("/v1/organizations", "POST", &["get", "head", "post"]),
            ("/openapi.json", "GET", &["get", "head"]),
        ] {
            let reply = world
                .anonymous("OPTIONS", path)
                .header("origin", ORIGIN)
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "authorization,if-match")
                .send()
                .await
                .expect(204);
            readable(&reply);
            assert_eq!(
                names(reply.header("access-control-allow-methods").unwrap()),
                methods,
                "{path}"
            );
            let fields = names(reply.header("access-control-allow-headers").unwrap());
            for field in [
                "authorization",
                "content-type",
                "if-match",
                "if-none-match",
                "idempotency-key",
                "accept-language",
                "prefer",
                "traceparent",
                "tracestate",
            ] {
                assert!(fields.iter().any(|name| name == field), "{field}");
            }
            assert_eq!(reply.header("access-control-max-age"), Some("7200"));
            for field in [
                "origin",
                "access-control-request-method",
                "access-control-request-headers",
            ] {
                assert!(vary(&reply).contains(&field.to_owned()), "{field}");
            }
            assert_eq!(reply.header("ratelimit"), None);
        }
    });
}

#[test]
fn every_answer_has_the_fields_of_security() {
    run_with(Database::Sqlite, open(), |world: World| async move {
        for (method, path) in [
            ("GET", "/v1/me"),
            ("GET", "/livez"),
            ("GET", "/v1/nothing"),
            ("OPTIONS", "/v1/me"),
        ] {
            let reply = world.anonymous(method, path).send().await;
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(
                reply.header("content-security-policy"),
                Some("default-src 'none'; frame-ancestors 'none'")
            );
            assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
            assert_eq!(
                reply.header("strict-transport-security"),
                Some("max-age=31536000; includeSubDomains")
            );
            for field in ["server", "x-powered-by", "via", "set-cookie"] {
                assert_eq!(reply.header(field), None, "{field}");
            }
        }
    });
}

async fn panics() -> HttpResponse {
    panic!("secret of the house")
}

/// ERR-07, ERR-08: the answer of a panic is read like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_of_a_panic_is_read_too() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let settings = ShellSettings {
        allowed_origins: vec![ORIGIN.to_owned()],
        ..ShellSettings::default()
    };
    let shell = web::Data::new(thidua::api::Shell::new(&settings, Arc::default()));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shell.clone())
            .route("/panic", web::get().to(panics))
            .wrap(from_fn(thidua::api::finish))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    let mut line = Line::open(&base);
    for _ in 0..2 {
        line.send(format!(
            "GET /panic HTTP/1.1\r\nHost: thidua\r\nOrigin: {ORIGIN}\r\n\r\n"
        ));
        let reply = line.reply().refused(500, "service.internal");
        assert_eq!(reply.field("access-control-allow-origin"), Some(ORIGIN));
        assert!(reply.field("access-control-expose-headers").is_some());
        assert!(reply.field("x-request-id").is_some());
        assert_eq!(reply.json["trace_id"].as_str().map(str::len), Some(32));
        assert_eq!(reply.field("x-content-type-options"), Some("nosniff"));
    }
    drop(line);
    handle.stop(false).await;
    running.await.unwrap().unwrap();
}
