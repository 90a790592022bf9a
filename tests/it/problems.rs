//! Refusals: one shape, one status for each class, both languages, no inner words; and what is refused
//! before the database is asked at all (ERR-01 to ERR-07, ERR-10).

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

use crate::support::promises::tells_nothing_inner;
use crate::support::world::{Reply, World, org};
use crate::support::{Database, on_both, run};

on_both!(have_one_shape_and_both_languages);

#[track_caller]
fn is_problem(reply: &Reply) {
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json; charset=utf-8"),
        "{}",
        reply.status
    );
    assert_eq!(reply.json["status"], json!(reply.status));
    for member in ["type", "title", "detail", "instance", "code", "trace_id"] {
        assert!(reply.json[member].is_string(), "{member} in {}", reply.json);
    }
    let code = reply.json["code"].as_str().unwrap();
    assert_eq!(reply.json["type"], format!("/v1/meta/errors#{code}"));
    assert_eq!(reply.json["trace_id"].as_str().unwrap().len(), 32);
    assert!(reply.header("x-request-id").is_some());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("vary").unwrap().contains("Accept-Language"));
    tells_nothing_inner(&String::from_utf8_lossy(&reply.bytes));
}

/// What a client branches on (ERR-06), and the sentences for a human.
fn branches_and_sentences(problem: &Value) -> (Value, Vec<String>) {
    let faults = problem["errors"].as_array().into_iter().flatten();
    let (places, sentences): (Vec<Value>, Vec<String>) = faults
        .map(|fault| {
            let place = json!([fault["code"], fault["pointer"], fault["parameter"]]);
            (place, fault["detail"].as_str().unwrap().to_owned())
        })
        .unzip();
    let branches = json!([problem["type"], problem["code"], problem["status"], places]);
    (branches, sentences)
}

async fn have_one_shape_and_both_languages(world: World) {
    let administrator = world.persona("administrator");
    let nobody = world.persona("nobody");
    let path = format!("/v1/organizations/{}", org::OFFICE);
    let name = json!({"name": "Văn phòng"});
    // Lines of one list are one list (RFC 9110 5.3).
    let lines = nobody
        .ask("GET", &path)
        .header("accept-language", "fr")
        .header("accept-language", "en")
        .send()
        .await;
    assert_eq!(lines.header("content-language"), Some("en"));
    let mut told = BTreeMap::new();
    for language in ["vi", "en"] {
        let post = |body: &'static str| {
            administrator
                .ask("POST", "/v1/organizations")
                .header("accept-language", language)
                .header("content-type", "application/json")
                .body(body)
        };
        let patch = |tag: &str| {
            administrator
                .ask("PATCH", &path)
                .header("accept-language", language)
                .if_match(tag)
                .json(&name)
        };
        let get = |path: &str| nobody.ask("GET", path).header("accept-language", language);
        let created = json!({"name": "x", "kind": "OTHER"});
        let forbidden = nobody
            .ask("POST", "/v1/organizations")
            .header("accept-language", language)
            .json(&created);
        let replies = [
            (post("{").send().await, 400, "body.syntax"),
            (post("{\"name\":1}").send().await, 422, "body.invalid"),
            (
                get("/v1/organizations?limit=x").send().await,
                400,
                "query.invalid",
            ),
            (
                world
                    .anonymous("GET", "/v1/organizations")
                    .header("accept-language", language)
                    .send()
                    .await,
                401,
                "token.missing",
            ),
            (forbidden.send().await, 403, "access.forbidden"),
            (get("/v1/nothing").send().await, 404, "route.not_found"),
            (
                get("/v1/organizations/0199ffff-0000-7000-8000-00000000dead")
                    .send()
                    .await,
                404,
                "resource.not_found",
            ),
            (patch("\"9\"").send().await, 412, "etag.stale"),
            (
                administrator
                    .ask("PATCH", &path)
                    .header("accept-language", language)
                    .json(&name)
                    .send()
                    .await,
                428,
                "etag.required",
            ),
            (
                nobody
                    .ask("PUT", &path)
                    .header("accept-language", language)
                    .send()
                    .await,
                405,
                "method.not_allowed",
            ),
            (
                administrator
                    .ask("POST", "/v1/organizations")
                    .header("accept-language", language)
                    .header("content-type", "text/csv")
                    .body("a,b")
                    .send()
                    .await,
                415,
                "media_type.unsupported",
            ),
            (
                administrator
                    .ask("POST", "/v1/organizations")
                    .header("accept-language", language)
                    .header("content-type", "application/json")
                    .body(vec![b' '; 1024 * 1024 + 1])
                    .send()
                    .await,
                413,
                "body.too_large",
            ),
        ];
        for (reply, status, code) in replies {
            let reply = reply.refused(status, code);
            is_problem(&reply);
            told.entry(language)
                .or_insert_with(Vec::new)
                .push(branches_and_sentences(&reply.json));
            assert_eq!(reply.header("content-language"), Some(language));
            let known = thidua::domain::error::Code::ALL
                .iter()
                .find(|known| known.as_str() == code)
                .unwrap();
            let title = if language == "vi" {
                known.title_vi()
            } else {
                known.title_en()
            };
            assert_eq!(reply.json["title"], title);
            if status == 413 {
                let detail = reply.json["detail"].as_str().unwrap();
                assert!(detail.contains("1048576 byte"), "{detail}");
                assert_eq!(reply.json["limit_bytes"], 1_048_576);
            }
        }
    }
    let (mut members, mut parameters) = (0, 0);
    for ((branches, vi), (same, en)) in told["vi"].iter().zip(&told["en"]) {
        assert_eq!(branches, same);
        for (vi, en) in vi.iter().zip(en) {
            assert_ne!(vi, en, "{branches}");
        }
        for place in branches[3].as_array().unwrap() {
            members += usize::from(place[1].is_string());
            parameters += usize::from(place[2].is_string());
        }
    }
    assert!(members > 0 && parameters > 0, "{members} {parameters}");
    // The client's own id of the request comes back, if it is one.
    let given = nobody
        .ask("GET", "/v1/nothing")
        .header("x-request-id", "abc-1")
        .send()
        .await;
    assert_eq!(given.header("x-request-id"), Some("abc-1"));
    let odd = nobody
        .ask("GET", "/v1/nothing")
        .header("x-request-id", "a b")
        .send()
        .await;
    assert_ne!(odd.header("x-request-id"), Some("a b"));
}

#[test]
fn a_hundred_violations_at_most() {
    run(Database::Sqlite, |world: World| async move {
        let members: serde_json::Map<_, _> =
            (0..150).map(|number| (format!("m{number}"), json!(1))).collect();
        let reply = world
            .persona("administrator")
            .post("/v1/organizations", &json!(members))
            .await
            .refused(422, "body.invalid");
        assert_eq!(reply.json["errors"].as_array().unwrap().len(), 100);
    });
}

/// The database is not there at all: whatever is still answered took no connection (ERR-10).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_by_itself_needs_no_database() {
    let world = World::without_database().await;
    let administrator = world.persona("administrator");
    let path = format!("/v1/organizations/{}", org::OFFICE);
    let post = |body: &'static str| {
        administrator
            .ask("POST", "/v1/organizations")
            .header("content-type", "application/json")
            .body(body)
    };
    world
        .anonymous("GET", "/v1/organizations")
        .send()
        .await
        .refused(401, "token.missing");
    world
        .bearer("a.b.c")
        .get("/v1/organizations")
        .await
        .refused(401, "token.invalid");
    world
        .bearer("a.b.c")
        .get("/v1/nothing")
        .await
        .refused(404, "route.not_found");
    post("{").send().await.refused(400, "body.syntax");
    post("{\"name\":\"\"}").send().await.refused(422, "body.invalid");
    administrator
        .get("/v1/organizations?colour=red")
        .await
        .refused(400, "query.unknown");
    administrator
        .get("/v1/organizations?limit=0")
        .await
        .refused(400, "query.invalid");
    administrator
        .ask("PATCH", &path)
        .json(&json!({"name": "x"}))
        .send()
        .await
        .refused(428, "etag.required");
    administrator
        .ask("PUT", &path)
        .send()
        .await
        .refused(405, "method.not_allowed");
    world.anonymous("OPTIONS", &path).send().await.expect(204);
    world.anonymous("GET", "/livez").send().await.expect(200);
    world.anonymous("GET", "/readyz").send().await.expect(503);

    let down = administrator.get("/v1/organizations").await;
    let down = down.refused(503, "service.database_unavailable");
    is_problem(&down);
    assert!(down.header("retry-after").is_some());
}

async fn panics() -> HttpResponse {
    panic!("secret of the house")
}

/// One request on an open connection; answers status line and body.
fn exchange(stream: &mut std::net::TcpStream, path: &str) -> (String, String) {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: thidua\r\n\r\n").unwrap();
    let mut head = Vec::new();
    let mut byte = [0_u8];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("the connection stays open");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length: usize = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        })
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (
        head.lines().next().unwrap().to_owned(),
        String::from_utf8(body).unwrap(),
    )
}

/// A panic costs the client neither an answer nor its connection (ERR-07).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_a_problem_on_the_same_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = HttpServer::new(|| {
        App::new()
            .route("/panic", web::get().to(panics))
            .route(
                "/fine",
                web::get().to(|| async { HttpResponse::Ok().body("fine") }),
            )
            .wrap(from_fn(thidua::api::finish))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .unwrap()
    .run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    let (first, second) = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        (exchange(&mut stream, "/panic"), exchange(&mut stream, "/fine"))
    })
    .await
    .unwrap();
    handle.stop(false).await;
    running.await.unwrap().unwrap();
    assert!(first.0.contains(" 500 "), "{}", first.0);
    let problem: Value = serde_json::from_str(&first.1).unwrap();
    assert_eq!(problem["code"], "service.internal");
    assert!(problem["trace_id"].is_string() && !first.1.contains("secret"));
    assert!(second.0.contains(" 200 ") && second.1 == "fine", "{second:?}");
}
