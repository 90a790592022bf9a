//! Heads and bodies that are too large or too slow (LIM-02, NET-01, NET-02, NET-04), and what JSON can do to
//! a parser (LIM-01, NET-07, NET-08).

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use futures_util::StreamExt as _;
use serde_json::json;
use thidua::domain::caller::PrincipalKind;
use thidua::shell::{BodyPace, ShellSettings};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{administrator, me, post_head, unit};
use crate::support::files::{contents, declaration, pdf};
use crate::support::process::Process;
use crate::support::raw::Line;
use crate::support::world::{World, org, token};
use crate::support::{Database, WorldSettings, announce, run, run_with, runtime};

/// Waits so shortly for the bytes of a body that a test need not.
fn hurried() -> WorldSettings {
    WorldSettings {
        shell: |shell| shell.body.idle = Duration::from_millis(300),
        ..WorldSettings::default()
    }
}

#[test]
fn a_head_that_never_ends_is_408() {
    let settings = WorldSettings {
        shell: |shell| shell.head = Duration::from_millis(200),
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let mut line = Line::open(world.base());
        line.send("GET /v1/me HTTP/1.1\r\nHost: thi");
        let reply = line.reply();
        assert_eq!(reply.status, 408, "{}", reply.head);
        assert_eq!(line.rest(), b"");
    });
}

#[test]
fn a_body_that_pauses_is_408_and_the_connection_ends() {
    run_with(Database::Sqlite, hurried(), |world: World| async move {
        let token = administrator(&world).token().to_owned();
        for (head, part) in [
            ("Content-Length: 100\r\n\r\n", "{\"name\":"),
            ("Transfer-Encoding: chunked\r\n\r\n", "8\r\n{\"name\":\r\n"),
            ("Content-Length: 100\r\n\r\n", ""),
        ] {
            let mut line = Line::open(world.base());
            line.send(format!("{}{head}{part}", post_head(&token)));
            let reply = line.reply().refused(408, "body.timeout");
            assert_eq!(reply.field("connection"), Some("close"), "{}", reply.head);
            assert_eq!(reply.field("retry-after"), Some("1"));
            assert_eq!(line.rest(), b"", "{head}");
        }
    });
}

#[test]
fn a_body_that_drips_has_its_time_too() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.body.grace = Duration::from_millis(500);
            shell.body.bytes_per_second = 1_000_000;
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let token = administrator(&world).token().to_owned();
        let mut line = Line::open(world.base());
        line.send(format!("{}Content-Length: 100000\r\n\r\n", post_head(&token)));
        // Never a long pause, never an end.
        while line.send(" ") && !line.hears(Duration::from_millis(50)) {}
        line.reply().refused(408, "body.timeout");
        assert_eq!(line.rest(), b"");
    });
}

#[test]
fn a_body_in_pieces_is_a_body() {
    run(Database::Sqlite, |world: World| async move {
        let nobody = world.persona("nobody").token().to_owned();
        let body = unit();
        let mut line = Line::open(world.base());
        line.send(format!(
            "{}Content-Length: {}\r\n\r\n",
            post_head(&nobody),
            body.len()
        ));
        for piece in body.as_bytes().chunks(10) {
            line.send(piece);
            std::thread::sleep(Duration::from_millis(5));
        }
        line.reply().refused(403, "access.forbidden");
        // The connection goes on.
        line.send("GET /v1/me HTTP/1.1\r\nHost: thidua\r\n\r\n");
        line.reply().refused(401, "token.missing");
    });
}

/// A handler whose storage stalls after the first piece; it tells when it waits for the client again.
async fn stalls(mut body: web::Payload, waits: web::Data<UnboundedSender<()>>) -> HttpResponse {
    let first = body.next().await;
    assert!(first.is_some_and(|piece| piece.is_ok()));
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut next = body.next();
    let mut piece = match futures_util::poll!(&mut next) {
        std::task::Poll::Ready(piece) => piece,
        std::task::Poll::Pending => {
            waits.send(()).unwrap();
            next.await
        }
    };
    while let Some(Ok(_)) = piece {
        piece = body.next().await;
    }
    match piece {
        None => HttpResponse::NoContent().finish(),
        Some(_) => HttpResponse::RequestTimeout().finish(),
    }
}

/// The client's time is what the service waits for it, not what the service itself needs meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_does_not_pay_for_a_slow_service() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let settings = ShellSettings {
        body: BodyPace {
            idle: Duration::from_secs(20),
            grace: Duration::from_secs(2),
            bytes_per_second: 1_000_000,
        },
        ..ShellSettings::default()
    };
    let shell = web::Data::new(thidua::api::Shell::new(&settings, Arc::default()));
    let (waits, mut waiting) = unbounded_channel::<()>();
    let waits = web::Data::new(waits);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shell.clone())
            .app_data(waits.clone())
            .route("/slow", web::post().to(stalls))
            .wrap(from_fn(thidua::api::admit))
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
    line.send("POST /slow HTTP/1.1\r\nHost: thidua\r\nContent-Length: 8\r\n\r\n");
    // The service waits for the first piece: from here on its clock could run.
    assert!(!line.hears(Duration::from_millis(100)));
    line.send("half");
    // A bound on the test, not on the service: a fault of this kind would make it wait for ever.
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting.recv()).await;
    assert_eq!(
        waited,
        Ok(Some(())),
        "it waits for the client, not for its own delay"
    );
    line.send("half");
    assert_eq!(line.reply().status, 204);
    drop(line);
    handle.stop(false).await;
    running.await.unwrap().unwrap();
}

/// Who is refused before the body is read does not hold a connection with it.
#[test]
fn a_refused_body_is_not_waited_for() {
    run(Database::Sqlite, |world: World| async move {
        for framing in [
            "Content-Length: 100\r\n\r\n{",
            "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        ] {
            let mut line = Line::open(world.base());
            line.send(format!("{}{framing}", post_head("a.b.c")));
            let reply = line.reply().refused(401, "token.invalid");
            assert_eq!(reply.field("connection"), Some("close"), "{framing}");
            assert_eq!(line.rest(), b"");
        }
    });
}

#[test]
fn an_upload_that_pauses_leaves_nothing() {
    run_with(Database::Sqlite, hurried(), |world: World| async move {
        let officer = world.persona("officer1");
        let bytes = pdf("chậm");
        let declared = officer
            .post("/v1/files", &declaration("a.pdf", &bytes, org::DIVISIONS[0]))
            .await
            .expect(201);
        let path = format!("/v1/files/{}", declared.id());
        let mut line = Line::open(world.base());
        line.send(format!(
            "PUT {path}/content HTTP/1.1\r\nHost: thidua\r\nAuthorization: Bearer {}\r\nIf-Match: {}\r\n\
             Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n%PDF",
            officer.token(),
            declared.etag(),
            bytes.len()
        ));
        line.reply().refused(408, "body.timeout");
        assert_eq!(line.rest(), b"");
        assert_eq!(
            officer.get(&path).await.expect(200).json["state"],
            declared.json["state"]
        );
        assert_eq!(contents(&world.parts.storage).await, Vec::<String>::new());
    });
}

#[test]
fn heads_have_their_sizes() {
    run(Database::Sqlite, |world: World| async move {
        let get = |target: &str, fields: &str| {
            let mut line = Line::open(world.base());
            line.send(format!("GET {target} HTTP/1.1\r\nHost: thidua\r\n{fields}\r\n"));
            line.reply()
        };
        let target = |length: usize| format!("/v1/honors?q={}", "a".repeat(length - "/v1/honors?q=".len()));
        get(&target(8193), "").refused(414, "uri.too_long");
        get(&target(8192), "").refused(400, "query.invalid");
        let field = |length: usize| format!("X-Long: {}\r\n", "a".repeat(length - "x-long".len()));
        get("/v1/me", &field(16 * 1024 + 1)).refused(431, "header.too_large");
        get("/v1/me", &field(16 * 1024)).refused(401, "token.missing");
        get("/v1/me", &field(13_200).repeat(5)).refused(431, "header.too_large");
        let many = |count: usize| {
            (0..count)
                .map(|number| format!("X-{number}: 1\r\n"))
                .collect::<String>()
        };
        get("/v1/me", &many(95)).refused(401, "token.missing");
        // What the framework itself answers has no body; it is no success either, and ends the connection.
        for (target, fields, status) in [
            ("/v1/me", many(96), 431),
            ("/v1/me", field(140_000), 431),
            (target(66_000).as_str(), String::new(), 400),
        ] {
            let reply = get(target, &fields);
            assert_eq!(reply.status, status, "{}", reply.head);
            assert_eq!(reply.field("connection"), Some("close"));
        }
    });
}

#[test]
fn idle_connections_end() {
    let settings = WorldSettings {
        shell: |shell| shell.keep_alive = Duration::from_millis(500),
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let mut line = Line::open(world.base());
        line.send("GET /livez HTTP/1.1\r\nHost: thidua\r\n\r\n");
        assert_eq!(line.reply().status, 200);
        assert_eq!(line.rest(), b"");
    });
}

/// The framework itself would keep such a connection for ever.
#[test]
fn half_a_head_after_an_answer_does_not_keep_a_connection() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.keep_alive = Duration::from_secs(1);
            shell.head = Duration::from_secs(1);
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let mut line = Line::open(world.base());
        line.send("GET /livez HTTP/1.1\r\nHost: thidua\r\n\r\n");
        assert_eq!(line.reply().status, 200);
        line.send("GET /livez HTTP/1.1\r\nHost: thi");
        assert_eq!(line.rest(), b"");
        // A request that is under way for longer is left alone.
        let nobody = world.persona("nobody").token().to_owned();
        let body = unit();
        let (first, last) = body.split_at(5);
        let mut line = Line::open(world.base());
        line.send(format!(
            "{}Content-Length: {}\r\n\r\n{first}",
            post_head(&nobody),
            body.len()
        ));
        assert!(!line.hears(Duration::from_secs(3)));
        line.send(last);
        line.reply().refused(403, "access.forbidden");
    });
}

/// Nor would it mind a client that never takes its answer.
#[test]
fn who_never_reads_its_answer_keeps_no_connection() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.keep_alive = Duration::from_millis(300);
            shell.head = Duration::from_millis(300);
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let mut line = Line::open(world.base());
        // More than the buffers of both sides hold.
        line.send("GET /openapi.json HTTP/1.1\r\nHost: thidua\r\n\r\n".repeat(40));
        let mut tries = 0;
        while line.send("G") {
            tries += 1;
            assert!(tries < 400, "the connection is kept");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}

#[test]
fn connections_beyond_the_limit_wait() {
    let settings = WorldSettings {
        shell: |shell| shell.max_connections = 1,
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let mut first = Line::open(world.base());
        first.send("GET /livez HTTP/1.1\r\nHost: thidua\r\n\r\n");
        assert_eq!(first.reply().status, 200);
        let mut second = Line::open(world.base());
        second.send("GET /livez HTTP/1.1\r\nHost: thidua\r\n\r\n");
        assert!(!second.hears(Duration::from_millis(300)));
        drop(first);
        assert_eq!(second.reply().status, 200);
    });
}

/// Names of members that are all one to a weak hash: `Aa` and `BB` are, to those of Java, PHP and old Perl.
fn of_one_hash(pairs: u32) -> String {
    let name = |number: u32| -> String {
        let pair = |place: u32| if number >> place & 1 == 0 { "Aa" } else { "BB" };
        (0..pairs).map(pair).collect()
    };
    (0..1 << pairs)
        .map(|number| format!("\"{}\":1,", name(number)))
        .collect()
}

/// Most memory that a process has had, in KiB.
fn most_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// NET-07: what a bad body takes is given back. Of a hundred bodies of a megabyte not a third is kept.
#[test]
fn json_bombs_leave_no_memory_behind() {
    let folder = tempfile::tempdir().unwrap();
    let process = runtime().block_on(async {
        let mut process = Process::spawn(folder.path(), &[], Stdio::null());
        process.ready().await;
        process
    });
    let most = 1024 * 1024;
    let members: String = (0..80_000).map(|number| format!("\"m{number}\":1,")).collect();
    let bombs = [
        vec![b'['; most],
        format!("{{{members}\"name\":1}}").into_bytes(),
        format!("{{\"name\":{}}}", "9".repeat(most - 20)).into_bytes(),
        format!("{{\"name\":\"{}\"}}", "\\u0061".repeat(170_000)).into_bytes(),
    ];
    let head = post_head(&token("nobody", PrincipalKind::User));
    let throw = |times: usize| {
        for body in bombs.iter().cycle().take(times * bombs.len()) {
            let mut line = Line::open(process.base());
            line.send(format!("{head}Content-Length: {}\r\n\r\n", body.len()));
            line.send(body);
            assert_eq!(line.reply().status, 422);
        }
    };
    let bare = most_memory(process.id());
    throw(3);
    let before = most_memory(process.id());
    throw(25);
    let after = most_memory(process.id());
    announce(&format!(
        "bad bodies of a megabyte: {} KiB at most, then {} KiB more",
        before - bare,
        after - before
    ));
    assert!(after - before < 32 * 1024, "{before} KiB became {after} KiB");
}

/// LIM-01, NET-07, NET-08: each is refused, none costs more than its bytes: what took the square of them would not be
/// answered in time.
#[test]
fn json_bombs_are_refused() {
    run(Database::Sqlite, |world: World| async move {
        let administrator = administrator(&world);
        let nested =
            |depth: usize| format!("{{\"name\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
        let members: String = (0..80_000).map(|number| format!("\"m{number}\":1,")).collect();
        let colliding: String = (0..80_000)
            .map(|number| format!("\"{}\":1,", number % 3))
            .collect();
        let unreadable: String = (0..55_000)
            .map(|number| format!("\"{number}\":\"\\u0001\","))
            .collect();
        let most = 1024 * 1024;
        for (name, body, status, code) in [
            ("depth 32", nested(32), 422, "body.invalid"),
            ("depth 100 000", nested(100_000), 422, "body.invalid"),
            ("depth 500 000, open", vec![b'['; 500_000], 422, "body.invalid"),
            (
                "many members",
                format!("{{{members}\"name\":1}}").into_bytes(),
                422,
                "body.invalid",
            ),
            (
                "the same members",
                format!("{{{colliding}\"name\":1}}").into_bytes(),
                400,
                "body.duplicate_member",
            ),
            (
                "members that are unknown and no text",
                format!("{{{unreadable}\"name\":1}}").into_bytes(),
                422,
                "body.invalid",
            ),
            (
                "members of one hash",
                format!("{{{}\"name\":1}}", of_one_hash(14)).into_bytes(),
                422,
                "body.invalid",
            ),
            (
                "a long number",
                format!("{{\"name\":{}}}", "9".repeat(most - 20)).into_bytes(),
                422,
                "body.invalid",
            ),
            (
                "a long fraction",
                format!("{{\"name\":0.{}}}", "1".repeat(most - 20)).into_bytes(),
                422,
                "body.invalid",
            ),
            (
                "escapes",
                format!("{{\"name\":\"{}\"}}", "\\u0061".repeat(170_000)).into_bytes(),
                422,
                "body.invalid",
            ),
            ("a number of 10 MB", vec![b'9'; 10_000_000], 413, "body.too_large"),
            (
                "a million members",
                format!("{{{}", "\"a\":1,".repeat(1_000_000)).into_bytes(),
                413,
                "body.too_large",
            ),
            (
                "a million escapes",
                format!("\"{}", "\\u0061".repeat(1_000_000)).into_bytes(),
                413,
                "body.too_large",
            ),
        ] {
            // A body that is refused before its end may cost the connection; the answer comes all the same.
            let mut line = Line::open(world.base());
            let head = format!(
                "{}Content-Length: {}\r\n\r\n",
                post_head(administrator.token()),
                body.len()
            );
            line.send(head);
            line.send(&body);
            let reply = line.reply();
            assert_eq!(
                (reply.status, reply.json["code"].as_str()),
                (status, Some(code)),
                "{name}: {reply:?}"
            );
        }
        me(&administrator).await.expect(200);
        let refused = administrator
            .post("/v1/organizations", &json!({"name": vec![1; 300_000]}))
            .await;
        refused.refused(422, "body.invalid");
    });
}

/// LIM-01: a body that does not say how long it will be is not read for longer than it may be.
#[test]
fn a_body_without_an_end_is_refused_where_it_is_too_long() {
    run(Database::Sqlite, |world: World| async move {
        let token = administrator(&world).token().to_owned();
        let mut line = Line::open(world.base());
        line.send(format!("{}Transfer-Encoding: chunked\r\n\r\n", post_head(&token)));
        let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
        // A megabyte is taken, and one byte more is not; the end never comes.
        for _ in 0..64 {
            assert!(line.send(&chunk), "a megabyte is not too much");
        }
        assert!(!line.hears(Duration::from_millis(300)));
        line.send("1\r\n \r\n");
        let reply = line.reply().refused(413, "body.too_large");
        assert_eq!(reply.json["limit_bytes"], 1024 * 1024);
        assert_eq!(reply.field("connection"), Some("close"), "{}", reply.head);
        assert_eq!(line.rest(), b"");
    });
}

/// LIM-01: what is 32 levels deep is read, and one level more is not; in both forms nothing else is told apart.
#[test]
fn a_body_is_32_levels_deep_at_most() {
    run(Database::Sqlite, |world: World| async move {
        let administrator = administrator(&world);
        // The object around is a level, too.
        for (arrays, too_deep) in [(31, false), (32, true)] {
            let body = format!(
                "{{\"kind\":\"OTHER\",\"name\":{}{}}}",
                "[".repeat(arrays),
                "]".repeat(arrays)
            );
            let asked = administrator.ask("POST", "/v1/organizations");
            let asked = asked.header("content-type", "application/json").body(body);
            let reply = asked.send().await.refused(422, "body.invalid");
            let fault = &reply.json["errors"][0];
            assert_eq!(
                fault["params"]["maximum"] == 32,
                too_deep,
                "{arrays}: {}",
                reply.json
            );
            assert_eq!(
                fault["code"] == "field.range",
                too_deep,
                "{arrays}: {}",
                reply.json
            );
        }
    });
}

/// LIM-01: more than 1 000 items or 200 members are nowhere taken (the document bounds every list and closes every
/// object, see `contract_components`).
#[test]
fn long_lists_and_wide_objects_are_refused() {
    run(Database::Sqlite, |world: World| async move {
        let administrator = administrator(&world);
        let purposes = vec!["Mục đích"; 1001];
        let campaign = json!({
            "name": "Phong trào", "kind": "THEMATIC", "scope": "AGENCY", "owner_organization_id": org::DEPARTMENT,
            "plan": {"purposes": purposes},
        });
        let director = world.persona("chief");
        let reply = director
            .post("/v1/campaigns", &campaign)
            .await
            .refused(422, "body.invalid");
        assert_eq!(
            reply.json["errors"].as_array().unwrap().len(),
            1,
            "{}",
            reply.json
        );
        let reply = reply.stands_at("/plan/purposes");
        assert_eq!(reply.json["errors"][0]["code"], "field.length");
        let mut wide = json!({"name": "Phòng thử", "kind": "OTHER"});
        for number in 0..201 {
            wide[format!("m{number}")] = json!(1);
        }
        let reply = administrator.post("/v1/organizations", &wide).await;
        reply.refused(422, "body.invalid");
    });
}
