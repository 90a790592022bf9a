//! The probes: what readiness looks at, and that it says no when it must.

use std::process::Stdio;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use thidua::store::connection::Location;
use thidua::store::tx::DbSettings;

use crate::support::process::Process;
use crate::support::promises;
use crate::support::proxy::{Mode, Proxy};
use crate::support::world::{Reply, World, issuer, org};
use crate::support::{Database, on_both, run, runtime};

on_both! { a_healthy_service_is_ready, probes_of_a_ready_service_tell_nothing_else }

const PROBES: [&str; 3] = ["/livez", "/readyz", "/startupz"];

async fn readiness(world: &World) -> Reply {
    world.anonymous("GET", "/readyz").send().await
}

fn check<'r>(reply: &'r Reply, name: &str) -> &'r serde_json::Value {
    let checks = reply.json["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap()
}

async fn a_healthy_service_is_ready(world: World) {
    let ready = readiness(&world).await.expect(200);
    assert_eq!(ready.json["status"], "ready");
    for name in ["database", "migrations", "clock", "jwks", "draining"] {
        assert_eq!(check(&ready, name)["passed"], true, "{name}");
    }
    // Only a server has a clock of its own.
    let skew = &check(&ready, "clock")["skew_milliseconds"];
    assert_eq!(skew.is_i64(), world.database == Database::Postgres, "{skew}");
    let started = world.anonymous("GET", "/startupz").send().await.expect(200);
    assert_eq!(started.json["status"], "started");
    let alive = world.anonymous("GET", "/livez").send().await.expect(200);
    assert_eq!(alive.header("cache-control"), Some("no-store"));
    assert_eq!(alive.json["status"], "alive");
    // Whoever asks adds what it likes, to get past a cache; nothing else is promised.
    for path in PROBES {
        let odd = world.anonymous("GET", &format!("{path}?nope=1&nope=")).send();
        odd.await.expect(200);
        let promised = &promises::operation("GET", path).unwrap()["responses"];
        assert!(promised["400"].is_null() && promised["200"].is_object(), "{path}");
    }
    let document = world.anonymous("GET", "/openapi.json?x=1").send().await;
    document.expect(200);
}

/// C-13: business time is the service's own, so a clock that has gone astray must not decide deadlines.
#[test]
fn a_clock_far_from_the_databases_makes_the_service_unready() {
    run(Database::Postgres, |world: World| async move {
        world
            .database(|conn| {
                conn.batch_execute(
                    "CREATE SCHEMA astray; \
                     CREATE FUNCTION astray.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS \
                        'SELECT pg_catalog.clock_timestamp() + interval ''6 seconds'''; \
                     DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = astray, pg_catalog, public', \
                        current_database()); END $$",
                )
                .unwrap();
            })
            .await;
        // Another process, whose connections see the database as it is now.
        let world = world.second();
        let unready = readiness(&world).await.expect(503);
        assert_eq!(unready.json["status"], "unready");
        let clock = check(&unready, "clock");
        assert_eq!(clock["passed"], false);
        let skew = clock["skew_milliseconds"].as_i64().unwrap();
        assert!((-7_000..=-5_000).contains(&skew), "{skew}");
        assert_eq!(check(&unready, "database")["passed"], true);
    });
}

/// A schema of another form than the binary's is no schema to work on (M-26).
#[test]
fn a_foreign_schema_makes_the_service_unready() {
    run(Database::Sqlite, |world: World| async move {
        world
            .database(|conn| {
                conn.batch_execute("UPDATE __thidua_migrations SET fingerprint = 'another'")
                    .unwrap();
            })
            .await;
        let unready = readiness(&world).await.expect(503);
        assert_eq!(check(&unready, "migrations")["passed"], false);
    });
}

/// A restart of the database closes every pooled connection; who asks next does not pay for it (DBF-01).
#[test]
fn connections_that_the_database_closed_are_replaced_before_anything_is_done() {
    run(Database::Postgres, |world: World| async move {
        let administrator = world.persona("administrator");
        let unit = |number: usize| {
            json!({
                "kind": "DIVISION", "name": format!("Phòng thử {number}"),
                "parent_id": org::DEPARTMENT,
            })
        };
        // Several connections, as after a busy hour.
        let many: Vec<_> = (0..6).map(&unit).collect();
        let made = many
            .iter()
            .map(|body| administrator.post("/v1/organizations", body));
        for made in futures_util::future::join_all(made).await {
            made.expect(201);
        }
        world
            .database(|conn| {
                conn.batch_execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .unwrap();
            })
            .await;
        administrator
            .post("/v1/organizations", &unit(7))
            .await
            .expect(201);
        administrator.get("/v1/organizations").await.expect(200);
    });
}

/// PRB-03: whoever asks learns whether the service works, and nothing of what it is made of or where that is.
async fn tell_nothing_else(world: &World) {
    for path in PROBES {
        let reply = world.anonymous("GET", path).send().await;
        for field in ["server", "x-powered-by", "via", "www-authenticate"] {
            assert_eq!(reply.header(field), None, "{path}");
        }
        let text = String::from_utf8(reply.bytes).unwrap();
        for secret in [
            env!("CARGO_PKG_VERSION"),
            "127.0.0.1",
            "localhost",
            "://",
            "/",
            "postgres",
            "sqlite",
            "SQL",
            "thidua",
        ] {
            assert!(!text.contains(secret), "{path} tells {secret}: {text}");
        }
        let checks = reply.json["checks"].as_array().unwrap();
        for member in checks.iter().flat_map(|check| check.as_object().unwrap().keys()) {
            assert!(
                ["name", "passed", "skew_milliseconds"].contains(&member.as_str()),
                "{path} tells {member}"
            );
        }
    }
}

async fn probes_of_a_ready_service_tell_nothing_else(world: World) {
    tell_nothing_else(&world).await;
}

/// Those of one that is not ready, either; and that it has not started (SHD-06) is no reason to end it (PRB-01).
#[test]
fn probes_of_an_unready_service_tell_nothing_else() {
    runtime().block_on(async {
        let world = World::without_database().await;
        world.anonymous("GET", "/livez").send().await.expect(200);
        for path in ["/readyz", "/startupz"] {
            let unready = world.anonymous("GET", path).send().await.expect(503);
            assert_eq!(unready.json["status"], "unready");
            assert_eq!(check(&unready, "database")["passed"], false, "{path}");
        }
        tell_nothing_else(&world).await;
    });
}

/// PRB-02: however many ask, the database is asked once a second; and what is told is no older than that.
#[test]
fn the_database_is_asked_once_for_many() {
    run(Database::Postgres, |world: World| async move {
        let Location::Postgres(url) = &world.settings.location else {
            panic!("a server");
        };
        let (proxy, through) = Proxy::before_database(url).await;
        let service = world.reaching(DbSettings {
            location: Location::Postgres(through),
            ..world.settings.clone()
        });
        readiness(&service).await.expect(200);
        let before = proxy.asked();
        for _ in 0..10 {
            let asked = (0..100).map(|_| readiness(&service));
            for reply in futures_util::future::join_all(asked).await {
                reply.expect(200);
            }
        }
        let asked = proxy.asked() - before;
        // Each would be several questions; others that are asked meanwhile are the workers'.
        assert!(asked < 1000, "{asked} questions");
        proxy.set(Mode::Refuse);
        let unready = loop {
            let reply = readiness(&service).await;
            if reply.status == 503 {
                break reply;
            }
        };
        for (name, passed) in [("database", false), ("jwks", true), ("draining", true)] {
            assert_eq!(check(&unready, name)["passed"], passed, "{name}");
        }
        service.anonymous("GET", "/livez").send().await.expect(200);
        proxy.set(Mode::Pass);
        while readiness(&service).await.status != 200 {}
    });
}

/// SHD-06: a service has started once the keys of its issuers were asked for, whatever the answer was.
#[test]
fn a_service_has_not_started_before_it_asked_for_keys() {
    runtime().block_on(async {
        let keys = issuer().url().strip_prefix("http://").unwrap().parse().unwrap();
        let proxy = Proxy::before(keys).await;
        proxy.set(Mode::Swallow);
        let uri = format!("http://{}/jwks.json", proxy.address());
        let folder = tempfile::tempdir().unwrap();
        let settings = [("THIDUA__AUTH__ISSUERS__MAIN__JWKS_URI", uri.as_str())];
        let mut process = Process::spawn(folder.path(), &settings, Stdio::null());
        let base = process.base().to_owned();
        let ask = |path: &str| reqwest::get(format!("{base}{path}"));
        let started = loop {
            match ask("/startupz").await {
                Ok(answer) => break answer,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        assert_eq!(started.status(), 503);
        let started: Value = started.json().await.unwrap();
        assert_eq!(
            started["checks"],
            json!([
                {"name": "database", "passed": true},
                {"name": "migrations", "passed": true},
                {"name": "keys_asked", "passed": false},
            ])
        );
        assert_eq!(ask("/livez").await.unwrap().status(), 200);
        proxy.set(Mode::Refuse);
        while ask("/startupz").await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Started, alive, and not ready: without keys nobody can be answered.
        assert_eq!(ask("/readyz").await.unwrap().status(), 503);
        assert_eq!(ask("/livez").await.unwrap().status(), 200);
        proxy.set(Mode::Pass);
        process.ready().await;
    });
}
