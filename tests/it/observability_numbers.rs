//! What the numbers and the lines say of a request, and that nobody outside chooses how many series there are (OBS-01,
//! OBS-05, OBS-06).

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::caller::PrincipalKind;
use thidua::domain::error::Code;
use thidua::domain::policy::Action;
use thidua::operations;
use thidua::store::connection::Location;

use crate::support::files::{declaration, pdf};
use crate::support::held::hold_readers;
use crate::support::process::{self, Process};
use crate::support::world::{World, org, token};
use crate::support::{Database, WorldSettings, promises, run, run_with};

/// Values that a label may have.
enum Values {
    /// These.
    Of(BTreeSet<String>),
    /// One, which the build or the settings choose.
    One,
}

fn of<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Values {
    Values::Of(values.into_iter().map(Into::into).collect())
}

/// Every label, and which values it may have.
fn labels() -> BTreeMap<&'static str, Values> {
    let routes = promises::operations().into_iter().map(|(_, path, _)| path);
    let methods = promises::operations().into_iter().map(|(method, _, _)| method);
    [
        ("method", of(methods.chain(["other".to_owned()]))),
        ("route", of(routes.chain(["unknown".to_owned()]))),
        ("status_class", of(["2xx", "3xx", "4xx", "5xx"])),
        ("code", of(Code::ALL.iter().map(|code| code.as_str()))),
        ("pool", of(["reader", "writer"])),
        ("result", of(["good", "failed"])),
        ("issuer", of(["test"])),
        ("kind", of(["RSA", "P-256", "P-384", "Ed25519"])),
        ("action", of(Action::ALL.iter().map(|action| action.as_str()))),
        ("reason", of(["not_allowed", "not_visible"])),
        ("version", Values::One),
        ("commit", Values::One),
        ("schema", Values::One),
    ]
    .into()
}

/// What is counted, and by which labels (OBS-05); `le` of a histogram is left out. More is counted where there is a standby,
/// a collector or an operation that will go.
const NUMBERS: [(&str, &[&str]); 29] = [
    (
        "http_server_request_duration_seconds",
        &["method", "route", "status_class"],
    ),
    ("http_server_active_requests", &[]),
    ("thidua_answers", &["status_class"]),
    ("thidua_problems", &["code"]),
    ("thidua_idempotent_replays", &[]),
    ("thidua_abandoned_requests", &[]),
    ("thidua_db_pool_size", &["pool"]),
    ("thidua_db_pool_open_connections", &["pool"]),
    ("thidua_db_pool_in_use", &["pool"]),
    ("thidua_db_pool_waiting", &["pool"]),
    ("thidua_db_pool_queued", &["pool"]),
    ("thidua_db_pool_timeouts", &["pool"]),
    ("thidua_db_pool_retries", &["pool"]),
    ("thidua_db_pool_busy", &["pool"]),
    ("thidua_db_pool_wait_seconds", &["pool"]),
    ("thidua_access_denials", &["action", "reason"]),
    ("thidua_jwks_keys", &["issuer", "kind"]),
    ("thidua_jwks_usable", &["issuer"]),
    ("thidua_jwks_age_seconds", &["issuer"]),
    ("thidua_jwks_fetches", &["issuer", "result"]),
    ("thidua_jwks_unknown_keys", &["issuer"]),
    ("thidua_database_up", &[]),
    ("thidua_read_only", &[]),
    ("thidua_schema_current", &[]),
    ("thidua_clock_skew_seconds", &[]),
    ("thidua_journal_unsealed_entries", &[]),
    ("thidua_journal_oldest_unsealed_seconds", &[]),
    ("process_start_time_seconds", &[]),
    ("thidua_build_info", &["version", "commit", "schema"]),
];

/// A line of the numbers: name, labels, value.
fn parsed(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels
        .trim_end_matches('}')
        .split("\",")
        .filter(|label| !label.is_empty());
    let labels = labels
        .map(|label| {
            let (name, value) = label.split_once("=\"").unwrap();
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        })
        .collect();
    (name.to_owned(), labels, value.parse().unwrap())
}

/// The numbers of a world, as its operations room sees them.
async fn scrape(world: &World) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let room = operations::start(listener, &world.parts).unwrap();
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    room.abort();
    text
}

fn value(metrics: &str, wanted: &str, label: (&str, &str)) -> f64 {
    let lines = metrics.lines().filter(|line| !line.starts_with('#')).map(parsed);
    let mut found = lines.filter(|(name, labels, _)| {
        name == wanted && labels.get(label.0).is_some_and(|value| value == label.1)
    });
    found.next().map_or(0.0, |(_, _, value)| value)
}

/// OBS-05: what is refused, sent away, tried again and given up is counted, and every number has the labels that it is
/// known for, with values from a fixed few.
fn everything_is_counted(database: Database) {
    let settings = WorldSettings {
        connections: 1,
        waiting: 1,
        shell: |shell| shell.rates.caller = 50,
        ..WorldSettings::default()
    };
    run_with(database, settings, |world: World| async move {
        let (nobody, admin) = (world.persona("nobody"), world.persona("administrator"));
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng đếm"});
        for _ in 0..2 {
            let asked = admin.ask("POST", "/v1/organizations").key("twice").json(&body);
            asked.send().await.expect(201);
        }
        nobody.post("/v1/organizations", &body).await.expect(403);
        // More than there is room for.
        let (release, holding) = hold_readers(&world).await;
        let asked = futures_util::future::join_all((0..5).map(|_| nobody.get("/v1/me")));
        let released = async {
            while value(
                &scrape(&world).await,
                "thidua_problems_total",
                ("code", "service.overloaded"),
            ) < 1.0
            {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            drop(release);
        };
        tokio::join!(asked, released);
        holding.await.unwrap();
        // More than it may.
        while nobody.get("/v1/me").await.status != 429 {}
        world.anonymous("ODD", "/nothing").send().await;
        if let Location::Sqlite(path) = world.settings.location.clone() {
            let mut other = SqliteConnection::establish(&path).unwrap();
            // The service may be sealing what was written.
            other
                .batch_execute("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE")
                .unwrap();
            let asked = admin.post("/v1/organizations", &body).await;
            asked.refused(503, "service.busy");
        }
        let metrics = scrape(&world).await;
        for (name, label, least) in [
            ("thidua_problems_total", ("code", "rate.exceeded"), 1.0),
            ("thidua_problems_total", ("code", "service.overloaded"), 1.0),
            ("thidua_answers_total", ("status_class", "5xx"), 1.0),
        ] {
            assert!(
                value(&metrics, name, label) >= least,
                "{name} {label:?} in\n{metrics}"
            );
        }
        assert!(
            metrics.contains("thidua_idempotent_replays_total 1\n"),
            "{metrics}"
        );
        if database == Database::Sqlite {
            assert!(
                value(&metrics, "thidua_db_pool_busy_total", ("pool", "writer")) >= 1.0,
                "{metrics}"
            );
        }
        let (numbers, labels) = (BTreeMap::from(NUMBERS), labels());
        let told: BTreeSet<&str> = metrics
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
            .collect();
        for name in numbers.keys() {
            assert!(told.contains(name), "{name} in\n{metrics}");
        }
        for line in metrics.lines().filter(|line| !line.starts_with('#')) {
            let (name, found, _) = parsed(line);
            let family = ["_total", "_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .filter(|family| told.contains(family))
                .unwrap_or(&name);
            let known = numbers
                .get(family)
                .unwrap_or_else(|| panic!("{family} is not known"));
            let found: BTreeMap<_, _> = found.iter().filter(|(label, _)| *label != "le").collect();
            let names: BTreeSet<&str> = found.keys().map(|label| label.as_str()).collect();
            assert_eq!(names, known.iter().copied().collect(), "{line}");
            for (label, value) in found {
                if let Values::Of(allowed) = &labels[label.as_str()] {
                    assert!(allowed.contains(value), "{line}");
                }
            }
        }
    });
}

#[test]
fn everything_is_counted_on_sqlite() {
    everything_is_counted(Database::Sqlite);
}

#[test]
fn everything_is_counted_on_postgres() {
    everything_is_counted(Database::Postgres);
}

/// OBS-01: the line of a request names for which organisation it was made, and nothing of what was sent.
#[test]
fn a_line_names_the_organisation_and_no_file() {
    run(Database::Sqlite, |mut world: World| async move {
        world.stop().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = std::fs::File::create(&path).unwrap();
        let url = process::url(&world.settings.location);
        let settings = [("THIDUA__DATABASE__URL", url.as_str())];
        let mut process = Process::spawn(folder.path(), &settings, Stdio::from(log));
        process.ready().await;
        let announced = declaration("ho-so-kin.pdf", &pdf("kín"), org::DIVISIONS[0]);
        let asked = reqwest::Client::new()
            .post(format!("{}/v1/files", process.base()))
            .bearer_auth(token("officer1", PrincipalKind::User))
            .header("x-request-id", "declares")
            .json(&announced);
        assert_eq!(asked.send().await.unwrap().status(), 201);
        let log = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &Value| line["request_id"] == "declares")
            .collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        for (member, value) in [
            ("organization", json!(org::DIVISIONS[0])),
            ("route", json!("/v1/files")),
            ("status", json!(201)),
            ("code", Value::Null),
        ] {
            assert_eq!(line[member], value, "{member} in {line}");
        }
        let digest = announced["sha256"].as_str().unwrap();
        for secret in ["ho-so-kin", digest, "officer1"] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    });
}
