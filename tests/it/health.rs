//! The probes: what readiness looks at, and that it says no when it must.

use diesel::connection::SimpleConnection as _;
use serde_json::json;

use crate::support::promises;
use crate::support::world::{Reply, World, org};
use crate::support::{Database, on_both, run};

on_both! { a_healthy_service_is_ready }

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
    for path in ["/livez", "/readyz", "/startupz"] {
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
