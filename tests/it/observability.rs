//! What the operations room sees (OBS-01 to OBS-11): lines of the running binary, its metrics, its version.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use thidua::domain::caller::PrincipalKind;
use thidua::store::connection::{Location, Manager, Use};

use crate::support::promises::tells_nothing_inner;
use crate::support::served::Served;
use crate::support::world::{BOOTSTRAP, World, token};
use crate::support::{Database, announce, in_ci, run};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn parent(trace: &str) -> String {
    format!("00-{trace}-b7ad6b7169203331-01")
}

/// A request to the served binary, with a request id of its own.
pub fn ask(served: &Served, method: &str, path: &str, id: &str) -> reqwest::RequestBuilder {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    reqwest::Client::new()
        .request(method, format!("{}{path}", served.base))
        .header("x-request-id", id)
}

pub fn administrator() -> String {
    token(BOOTSTRAP, PrincipalKind::User)
}

/// Breaks the service's database below it, so that what asks for campaigns meets an error.
fn break_database(served: &Served) {
    let location = Location::Sqlite(served.database().display().to_string());
    let mut conn = Manager::new(location, Use::Write).open().unwrap();
    conn.batch_execute("PRAGMA foreign_keys = OFF; ALTER TABLE organizations RENAME TO gone")
        .unwrap();
}

/// OBS-01, OBS-07: one line a request with all that is known of it, and nothing that was sent.
#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_one_line_without_personal_data() {
    let served = Served::start("").await;
    let body = json!({
        "kind": "DEPARTMENT", "name": "Sở Bí Mật", "code": "H99.77",
        "parent_id": null, "short_name": "SBM",
    });
    let made = ask(&served, "POST", "/v1/organizations?dry_run=true", "one")
        .bearer_auth(administrator())
        .header("traceparent", parent(TRACE))
        .json(&body)
        .send()
        .await
        .unwrap();
    let status = made.status().as_u16();
    ask(&served, "GET", "/v1/individuals?q=Nguyen-Van-Kin", "two")
        .bearer_auth(administrator())
        .send()
        .await
        .unwrap();
    let refused = ask(&served, "GET", "/v1/campaigns/ma-so-kin", "three")
        .header("authorization", "Bearer not.a.token")
        .send()
        .await
        .unwrap();
    assert!(refused.status().is_client_error());

    let lines = served.lines_of("one");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    for (member, value) in [
        ("level", json!("INFO")),
        ("service", json!("thidua")),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("trace_id", json!(TRACE)),
        ("method", json!("POST")),
        ("route", json!("/v1/organizations")),
        ("status", json!(status)),
        ("client", json!("portal")),
    ] {
        assert_eq!(line[member], value, "{member} in {line}");
    }
    assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    assert_eq!(line["subject"].as_str().unwrap().len(), 16);
    for number in ["duration_ms", "bytes", "pool_wait_ms"] {
        assert!(line[number].is_number(), "{number} in {line}");
    }
    // A coding changes nothing of what is told: how long the content is.
    for (id, coding) in [("plain", "identity"), ("coded", "gzip")] {
        let answer = ask(&served, "GET", "/v1/meta/errors", id)
            .bearer_auth(administrator())
            .header("accept-encoding", coding)
            .send();
        let answer = answer.await.unwrap();
        assert_eq!(answer.headers().contains_key("content-encoding"), id == "coded");
        answer.bytes().await.unwrap();
    }
    let long = |id: &str| served.lines_of(id)[0]["bytes"].as_u64().unwrap();
    assert!(long("plain") > 1000);
    assert_eq!(long("plain"), long("coded"));
    let subject = |id: &str| served.lines_of(id)[0]["subject"].clone();
    assert_eq!(subject("one"), subject("two"), "one person, one pseudonym");
    let line = &served.lines_of("three")[0];
    assert_eq!(
        (&line["level"], &line["status"]),
        (&json!("INFO"), &json!(refused.status().as_u16()))
    );
    assert!(line["code"].is_string() && line["subject"].is_null(), "{line}");

    let log = served.log();
    for secret in [
        "Bí Mật",
        "H99.77",
        "Nguyen-Van-Kin",
        "ma-so-kin",
        "not.a.token",
        BOOTSTRAP,
        "(mẫu)",
        &administrator()[..20],
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// OBS-07, ERR-05: what the service owes an answer for is one line of level error, with its cause and the trace
/// that the client was told, and nothing of the cause in the answer.
#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_the_service_is_one_line_with_its_cause() {
    let served = Served::start("").await;
    break_database(&served);
    let failed = ask(&served, "GET", "/v1/organizations", "failed")
        .bearer_auth(administrator())
        .send()
        .await
        .unwrap();
    assert_eq!(failed.status(), 500);
    let problem = failed.text().await.unwrap();
    tells_nothing_inner(&problem);
    let problem: Value = serde_json::from_str(&problem).unwrap();
    // A probe that says no is what it was asked for.
    let unready = ask(&served, "GET", "/readyz", "probed").send().await.unwrap();
    let level = if unready.status() == 503 { "WARN" } else { "INFO" };
    assert_eq!(served.lines_of("probed")[0]["level"], level);
    let lines = served.lines_of("failed");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["trace_id"], problem["trace_id"]);
    assert_eq!(line["code"], "service.internal");
    assert!(
        line["cause"].as_str().unwrap().contains("no such table"),
        "{line}"
    );
    let errors: Vec<_> = served.lines();
    let errors = errors.iter().filter(|line| line["level"] == "ERROR");
    assert_eq!(errors.count(), 1, "no error without need: {}", served.log());
}

/// OBS-02: whatever stands in a request, a line stays a line and no value is long.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_lines_of_his_own_into_the_log() {
    let served = Served::start("").await;
    let address = served.base.trim_start_matches("http://").to_owned();
    let forged = "{\"level\":\"ERROR\",\"forged\":true}";
    let long = "x".repeat(1_000_000);
    let requests = [
        format!(
            "GET /v1/%0d%0a{} HTTP/1.1\r\n",
            forged.replace(['{', '}', '"'], "%22")
        ),
        format!("GET /v1/nothing HTTP/1.1\r\nx-request-id: a\x1b[31m{forged}\r\n"),
        format!("GET /v1/nothing HTTP/1.1\r\ntraceparent: 00-{TRACE}-\x1b[31m\ttracestate\r\n"),
        format!("GET /v1/nothing HTTP/1.1\r\nauthorization: Bearer \u{202e}{forged}\r\n"),
        format!("GET /v1/nothing HTTP/1.1\r\ntracestate: {long}\r\n"),
        format!("GET /v1/nothing HTTP/1.1\r\nidempotency-key: {}\r\n", "\u{9b}31m"),
        "FORGED\x1b[31m /v1/nothing HTTP/1.1\r\n".to_owned(),
        "GET /v1/nothing?q=%1b%5b31m%0aforged HTTP/1.1\r\n".to_owned(),
    ];
    tokio::task::spawn_blocking(move || {
        for request in requests {
            let mut stream = std::net::TcpStream::connect(&address).unwrap();
            // The server may close before it has read a megabyte.
            let _ = stream.write_all(format!("{request}host: x\r\nconnection: close\r\n\r\n").as_bytes());
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
        }
    })
    .await
    .unwrap();
    let log = served.log();
    for line in log.lines() {
        assert!(line.len() < 4096, "{} bytes", line.len());
        assert!(line.chars().all(|character| !character.is_control()), "{line}");
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(event.get("forged").is_none(), "{line}");
    }
    assert!(!log.contains('\u{202e}') && !log.contains("[31m"), "{log}");
}

/// OBS-03: the caller's trace is the service's, in the problem and in the log; what is no trace is replaced.
#[test]
fn a_trace_goes_on_where_it_is_one() {
    run(Database::Sqlite, |world: World| async move {
        let traced = |value: String| {
            let request = world.anonymous("GET", "/v1/nothing");
            async move { request.header("traceparent", &value).send().await.json["trace_id"].clone() }
        };
        assert_eq!(traced(parent(TRACE)).await, TRACE);
        let mut seen = BTreeSet::new();
        for bad in [
            "".to_owned(),
            parent(&"0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            parent(&TRACE.to_uppercase()),
            "nonsense".to_owned(),
            format!("ff{}", &parent(TRACE)[2..]),
        ] {
            let new = traced(bad.clone()).await.as_str().unwrap().to_owned();
            assert!(
                new != TRACE && new.len() == 32 && new != "0".repeat(32),
                "{bad}: {new}"
            );
            assert!(seen.insert(new), "{bad}");
        }
        // Two fields are no trace, even when they are the same.
        let twice = world
            .anonymous("GET", "/v1/nothing")
            .header("traceparent", &parent(TRACE));
        let twice = twice.header("traceparent", &parent(TRACE)).send().await;
        assert_ne!(twice.json["trace_id"], TRACE);
    });
}

/// OBS-03: the client's own id of a request comes back where it is one; otherwise it gets one of the service.
#[test]
fn an_id_of_a_request_comes_back_where_it_is_one() {
    run(Database::Sqlite, |world: World| async move {
        let answered = async |id: &str| {
            let request = world.anonymous("GET", "/v1/nothing").header("x-request-id", id);
            request
                .send()
                .await
                .header("x-request-id")
                .expect("an id")
                .to_owned()
        };
        for own in ["a", "_", "-", "Ab_9-", &"x".repeat(64)] {
            assert_eq!(answered(own).await, own);
        }
        let mut seen = BTreeSet::new();
        for bad in ["", ".", "a.b", "a b", "a/b", "a,b", &"x".repeat(65)] {
            let new = answered(bad).await;
            let is_one = (1..=64).contains(&new.len())
                && new
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
            assert!(is_one && new != bad, "{bad:?}: {new}");
            assert!(seen.insert(new), "{bad:?}");
        }
    });
}

/// OBS-03: a fetch of keys that a request waits for carries its trace to the issuer.
#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_of_keys_carries_the_trace_of_the_request_that_waits_for_it() {
    use std::sync::{Arc, Mutex};

    use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
    use thidua::identity::Verifier;
    use thidua::identity::settings::{AuthSettings, IssuerSettings};
    use thidua::telemetry::seen::{Seen, during};
    use thidua::telemetry::trace::Trace;

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&received);
    let keys = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "kid": "one", "alg": "EdDSA", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }]});
    let server = HttpServer::new(move || {
        let (kept, keys) = (Arc::clone(&kept), keys.clone());
        App::new().default_service(web::to(move |request: HttpRequest| {
            let trace = request.headers().get("traceparent");
            let trace = trace.map(|value| value.to_str().unwrap().to_owned());
            let state = request.headers().get("tracestate").is_some();
            kept.lock()
                .unwrap()
                .push(format!("{} {state}", trace.unwrap_or_default()));
            let keys = keys.clone();
            async move { HttpResponse::Ok().json(keys) }
        }))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    let mut settings = AuthSettings::default();
    settings.issuers.insert(
        "test".to_owned(),
        IssuerSettings {
            url: url.clone(),
            audience: "thidua-api".to_owned(),
            jwks_uri: Some(format!("{url}/keys")),
            insecure_http: true,
            ..IssuerSettings::default()
        },
    );
    let verifier = Verifier::new(&settings).unwrap();
    verifier.refresh().await;
    let now = chrono::Utc::now().timestamp();
    let encode = |value: Value| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let token = format!(
        "{}.{}.{}",
        encode(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "unknown"})),
        encode(
            json!({"iss": url, "aud": "thidua-api", "sub": "a", "iat": now, "exp": now + 600, "jti": "1", "client_id": "c"})
        ),
        "A".repeat(86),
    );
    let trace = Trace::continued(
        [parent(TRACE).as_bytes()].into_iter(),
        [&b"vendor=1"[..]].into_iter(),
    );
    let seen = Arc::new(Seen::new(trace, "request".to_owned()));
    let refused = during(Some(seen), verifier.verify(&token, chrono::Utc::now())).await;
    assert!(refused.is_err());
    handle.stop(false).await;
    running.await.unwrap().unwrap();
    let received = received.lock().unwrap().clone();
    assert_eq!(received[0], " false", "nobody's trace");
    assert!(received[1].starts_with(&format!("00-{TRACE}-")), "{received:?}");
    assert!(received[1].ends_with("-01 true") && !received[1].contains("b7ad6b7169203331"));
}

/// The value of a series that begins so.
pub fn value(metrics: &str, series: &str) -> Option<f64> {
    let rest = metrics.lines().find_map(|line| line.strip_prefix(series))?;
    rest.rsplit(' ').next().unwrap().parse().ok()
}

fn series(metrics: &str) -> BTreeSet<String> {
    let lines = metrics.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap().0.to_owned())
        .collect()
}

/// OBS-05, OBS-11: the numbers and the build are on the second listener, and only there.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_listener_shows_numbers_and_the_build() {
    let served = Served::start("").await;
    let key = |request: reqwest::RequestBuilder| {
        request
            .bearer_auth(administrator())
            .header("idempotency-key", "twice")
            .json(&json!({
                "day": "2027-09-02", "working": false, "name_vi": "Quốc khánh", "name_en": "National Day",
            }))
    };
    for number in ["first", "second"] {
        let made = key(ask(&served, "POST", "/v1/reference/holidays", number))
            .send()
            .await
            .unwrap();
        assert!(made.status().is_success(), "{}", made.text().await.unwrap());
    }
    ask(
        &served,
        "GET",
        "/v1/individuals/01990000-0000-7000-8000-000000000001",
        "absent",
    )
    .bearer_auth(administrator())
    .send()
    .await
    .unwrap();
    // A preflight takes nearly no time, and takes no part in how long changes take.
    ask(&served, "OPTIONS", "/v1/reference/holidays", "before")
        .header("origin", "https://thidua.example.vn")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    let metrics = served.scrape().await;
    let changes = "http_server_request_duration_seconds_count{method=\"POST\",route=\"/v1/reference/holidays\",status_class=\"2xx\"}";
    assert_eq!(value(&metrics, changes), Some(2.0), "{metrics}");
    let at_least = |series: &str, least: f64| {
        let found = value(&metrics, series);
        assert!(
            found.is_some_and(|value| value >= least),
            "{series} is {found:?} in\n{metrics}"
        );
    };
    for (series, least) in [
        (
            "http_server_request_duration_seconds_count{method=\"GET\",route=\"/v1/individuals/{id}\",status_class=\"4xx\"}",
            1.0,
        ),
        (
            "http_server_request_duration_seconds_bucket{le=\"0.005\",method=\"GET\",route=\"/readyz\",status_class=\"2xx\"}",
            0.0,
        ),
        (
            "http_server_request_duration_seconds_bucket{le=\"10.0\",method=\"GET\",route=\"/readyz\",status_class=\"2xx\"}",
            1.0,
        ),
        ("http_server_active_requests", 0.0),
        ("thidua_answers_total{status_class=\"5xx\"}", 0.0),
        ("thidua_answers_total{status_class=\"2xx\"}", 2.0),
        ("thidua_problems_total{code=\"", 1.0),
        ("thidua_idempotent_replays_total", 1.0),
        ("thidua_db_pool_size{pool=\"writer\"}", 1.0),
        ("thidua_db_pool_size{pool=\"reader\"}", 8.0),
        ("thidua_db_pool_open_connections{pool=\"reader\"}", 1.0),
        ("thidua_db_pool_in_use{pool=\"writer\"}", 0.0),
        ("thidua_db_pool_waiting{pool=\"writer\"}", 0.0),
        ("thidua_db_pool_timeouts_total{pool=\"writer\"}", 0.0),
        ("thidua_db_pool_retries_total{pool=\"writer\"}", 0.0),
        ("thidua_db_pool_wait_seconds_count{pool=\"reader\"}", 1.0),
        ("thidua_jwks_usable{issuer=\"main\"}", 1.0),
        ("thidua_jwks_age_seconds{issuer=\"main\"}", 0.0),
        ("thidua_jwks_fetches_total{issuer=\"main\",result=\"good\"}", 1.0),
        (
            "thidua_jwks_fetches_total{issuer=\"main\",result=\"failed\"}",
            0.0,
        ),
        ("thidua_jwks_unknown_keys_total{issuer=\"main\"}", 0.0),
        ("thidua_jwks_keys{issuer=\"main\",kind=\"P-256\"}", 1.0),
        ("thidua_jwks_keys{issuer=\"main\",kind=\"RSA\"}", 0.0),
        ("thidua_database_up", 1.0),
        ("thidua_schema_current", 1.0),
        ("thidua_clock_skew_seconds", 0.0),
        ("thidua_journal_unsealed_entries", 0.0),
        ("thidua_journal_oldest_unsealed_seconds", 0.0),
        ("process_start_time_seconds", 1.0),
    ] {
        at_least(series, least);
    }
    assert!(metrics.contains("thidua_build_info{version="), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));

    let version = reqwest::get(format!("{}/version", served.metrics)).await.unwrap();
    let version: Value = version.json().await.unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    for member in ["commit", "built_at", "schema"] {
        assert!(version[member].is_string(), "{version}");
    }
    for path in ["/metrics", "/version"] {
        let public = reqwest::get(format!("{}{path}", served.base)).await.unwrap();
        assert_eq!(public.status(), 404, "{path}");
    }

    break_database(&served);
    let schema = Location::Sqlite(served.database().display().to_string());
    let mut conn = Manager::new(schema, Use::Write).open().unwrap();
    conn.batch_execute("ALTER TABLE journal_entries RENAME TO gone_too")
        .unwrap();
    let metrics = served.scrape().await;
    assert_eq!(value(&metrics, "thidua_database_up"), Some(0.0), "{metrics}");
}

/// OBS-06: who asks for odd things makes no series.
#[tokio::test(flavor = "multi_thread")]
async fn odd_paths_and_methods_share_one_series() {
    let served = Served::start("").await;
    let requests = |metrics: &str| -> BTreeSet<String> {
        let all = series(metrics).into_iter();
        all.filter(|name| name.starts_with("http_server_request_duration_seconds_count"))
            .collect()
    };
    let client = reqwest::Client::new();
    client
        .get(format!("{}/v1/nothing", served.base))
        .send()
        .await
        .unwrap();
    let before = requests(&served.scrape().await);
    for number in 0..1_000 {
        let method = match number % 4 {
            0 => "GET".to_owned(),
            1 => "DELETE".to_owned(),
            _ => format!("ODD{number}"),
        };
        let path = match number % 3 {
            0 => format!("/{number}"),
            1 => format!("/v1/campaigns/{number}/{number}"),
            _ => "/livez".to_owned(),
        };
        if path == "/livez" && method == "GET" {
            continue;
        }
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        client
            .request(method, format!("{}{path}?{number}", served.base))
            .send()
            .await
            .unwrap();
    }
    let after = requests(&served.scrape().await);
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.len() <= 2, "{new:?}");
}

fn deploy(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(file);
    std::fs::read_to_string(path).unwrap()
}

/// OBS-10: whoever is woken finds what to do, each alert is fired by a test of the rules, and rules and
/// dashboard ask for nothing that the service does not tell.
#[tokio::test(flavor = "multi_thread")]
async fn alerts_have_a_runbook_and_a_test_and_ask_for_what_there_is() {
    let (rules, tested, runbook) = (
        deploy("prometheus/alerts.yml"),
        deploy("prometheus/alerts_test.yml"),
        deploy("runbook.md"),
    );
    let alerts: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert!(alerts.len() > 10);
    for alert in &alerts {
        let heading = format!("\n## {alert}\n");
        let (_, section) = runbook
            .split_once(&heading)
            .unwrap_or_else(|| panic!("{alert} in the runbook"));
        let section = section.split("\n## ").next().unwrap();
        assert!(section.contains("\nDo: ") || section.contains("Look and do: ") || section.contains("```sh"));
        assert!(section.contains("Drill: "), "{alert}");
        assert!(rules.contains(&format!(
            "runbook_url: deploy/runbook.md#{}\n",
            alert.to_lowercase()
        )));
        let fired = format!("- alertname: {alert}\n        eval_time: 12h\n        exp_alerts:\n");
        let silent = format!("- alertname: {alert}\n        eval_time: 12h\n        exp_alerts: []\n");
        assert!(tested.contains(&fired) && tested.contains(&silent), "{alert}");
    }
    for heading in runbook.lines().filter_map(|line| line.strip_prefix("## ")) {
        assert!(alerts.contains(&heading), "{heading} is no alert");
    }

    // Nobody listens there: what is told of spans is there where some are to be sent.
    let served = Served::start("[telemetry]\notlp_endpoint = \"http://127.0.0.1:9\"\n").await;
    // One of each kind that is only there once it has happened.
    let refused = ask(&served, "GET", "/v1/campaigns", "refused")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let metrics = served.scrape().await;
    let dashboard: Value = serde_json::from_str(&deploy("grafana/thidua.json")).unwrap();
    let asked = format!("{rules}{dashboard}");
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == ':';
    let names: BTreeSet<&str> = asked
        .split(|character: char| !word(character))
        .filter(|name| {
            ["thidua_", "http_server_", "process_"]
                .iter()
                .any(|start| name.starts_with(start))
        })
        // Written by the job that makes backups.
        .filter(|name| *name != "thidua_backup_last_success_timestamp_seconds")
        .collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let told = [format!("\n{name}{{"), format!("\n{name} ")]
            .iter()
            .any(|start| metrics.contains(start));
        assert!(told, "{name} in\n{metrics}");
    }
}

/// OBS-10: every alert is fired by its rule, and none while all is well.
#[test]
fn every_alert_fires() {
    let promtool = |arguments: &[&str]| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus");
        std::process::Command::new("promtool")
            .args(arguments)
            .current_dir(folder)
            .output()
    };
    if promtool(&["--version"]).is_err() {
        assert!(
            !in_ci(),
            "the alerts are part of CI, but there is no promtool (Debian: prometheus)"
        );
        announce("the alerts are not fired: there is no promtool (Debian: prometheus)");
        return;
    }
    for arguments in [
        ["check", "config", "prometheus.yml"],
        ["check", "rules", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ] {
        let done = promtool(&arguments).unwrap();
        let said = [done.stdout, done.stderr].concat();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
    }
}

/// OBS-09: the filter of the log is read again on SIGHUP; faulty settings change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_speaks_louder_after_a_hangup() {
    let served = Served::start("[log]\nfilter = \"warn\"\n").await;
    let get = |id: &'static str| ask(&served, "GET", "/livez", id).send();
    get("quiet").await.unwrap();
    assert!(served.lines_of("quiet").is_empty());
    let hang_up = |settings: &str| {
        std::fs::write(served.settings(), settings).unwrap();
        served.signal("HUP");
    };
    let until_said = |text: &'static str| {
        let served = &served;
        async move {
            while !served.log().contains(text) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    };
    hang_up("[log]\nfilter = \"thidua=loud\"\n");
    until_said("the settings are faulty").await;
    get("still-quiet").await.unwrap();
    assert!(served.lines_of("still-quiet").is_empty());
    hang_up("[log]\nfilter = \"info\"\n");
    until_said("the log's filter was read again").await;
    get("loud").await.unwrap();
    assert_eq!(served.lines_of("loud").len(), 1);
}
