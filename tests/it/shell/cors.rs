//! Scripts of other origins (COR-01 to COR-04), and the fields of every answer (SEC-01).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::{Value, json};
use thidua::shell::ShellSettings;

use super::{administrator, me, post_head};
use crate::support::held::hold_readers;
use crate::support::raw::{Line, RawReply};
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

/// Its refusal comes with every field that a script needs.
#[track_caller]
fn readable_raw(reply: &RawReply) {
    assert_eq!(
        reply.field("access-control-allow-origin"),
        Some(ORIGIN),
        "{reply:?}"
    );
    assert!(
        reply.field("access-control-expose-headers").is_some(),
        "{reply:?}"
    );
    let varies = |line: &str| line.starts_with("vary:") && line.contains("origin");
    assert!(reply.head.lines().any(varies), "{reply:?}");
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    assert!(reply.field("x-request-id").is_some());
}

/// ERR-08: what is refused before it is routed is read like everything else.
#[test]
fn a_script_reads_what_is_refused_at_the_door() {
    let settings = WorldSettings {
        connections: 1,
        waiting: 1,
        shell: |shell| {
            shell.allowed_origins = vec![ORIGIN.to_owned()];
            shell.body.idle = Duration::from_millis(300);
            shell.rates.address = 1;
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let administrator = administrator(&world);
        me(&administrator).await.expect(200);
        let send = |text: String| {
            let mut line = Line::open(world.base());
            line.send(text);
            line.reply()
        };
        let post = format!("{}Origin: {ORIGIN}\r\n", post_head(administrator.token()));
        let get = format!("GET /v1/me HTTP/1.1\r\nHost: thidua\r\nOrigin: {ORIGIN}\r\n");
        let most = 1024 * 1024;
        for (status, code, text) in [
            (
                408,
                "body.timeout",
                format!("{post}Content-Length: 100\r\n\r\n{{"),
            ),
            (
                413,
                "body.too_large",
                format!(
                    "{post}Content-Length: {}\r\n\r\n{}",
                    most + 1,
                    " ".repeat(most + 1)
                ),
            ),
            (
                431,
                "header.too_large",
                format!("{get}X-Long: {}\r\n\r\n", "a".repeat(16 * 1024)),
            ),
            (401, "token.missing", format!("{get}\r\n")),
            (429, "rate.exceeded", format!("{get}\r\n")),
        ] {
            readable_raw(&send(text).refused(status, code));
        }
        let (release, holding) = hold_readers(&world).await;
        let ask = || administrator.ask("GET", "/v1/me").header("origin", ORIGIN).send();
        let mut asked: FuturesUnordered<_> = (0..3).map(|_| ask()).collect();
        for _ in 0..2 {
            let refused = asked.next().await.unwrap().refused(503, "service.overloaded");
            readable(&refused);
            assert_eq!(refused.header("cache-control"), Some("no-store"));
            assert!(refused.header("x-request-id").is_some());
        }
        drop(release);
        holding.await.unwrap();
        readable(&asked.next().await.unwrap().expect(200));
    });
}

/// COR-02: there is no database, and a browser learns all the same what it may do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_needs_no_database() {
    let world = World::without_database_as(open()).await;
    let office = format!("/v1/organizations/{}", org::OFFICE);
    for (path, method) in [("/v1/me", "GET"), (office.as_str(), "PATCH")] {
        let asked = world.anonymous("OPTIONS", path).header("origin", ORIGIN);
        let asked = asked.header("access-control-request-method", method);
        let preflight = asked.send().await.expect(204);
        readable(&preflight);
        let methods = names(preflight.header("access-control-allow-methods").unwrap());
        assert!(methods.contains(&method.to_ascii_lowercase()), "{path}");
    }
    let asked = world
        .persona("nobody")
        .ask("GET", "/v1/me")
        .header("origin", ORIGIN);
    readable(&asked.send().await.refused(503, "service.database_unavailable"));
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
        // The viewer runs its own script and nothing of anybody else (C-26).
        for (path, status) in [
            ("/docs", 308),
            ("/docs/", 200),
            ("/docs/swagger-ui-bundle.js", 200),
        ] {
            let reply = world.anonymous("GET", path).send().await.expect(status);
            let policy = reply.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none';"), "{policy}");
            assert!(policy.ends_with("; frame-ancestors 'none'"), "{policy}");
            assert!(
                policy.contains("; script-src 'self' 'unsafe-inline';"),
                "{policy}"
            );
            let sources = policy.split(';').flat_map(|part| part.split_whitespace().skip(1));
            for source in sources {
                let own = ["'none'", "'self'", "'unsafe-inline'", "data:"];
                assert!(own.contains(&source), "{source} in {policy}");
            }
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
            assert!(reply.header("strict-transport-security").is_some());
            assert_eq!(reply.header("server"), None);
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
