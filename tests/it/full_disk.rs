//! A disk that is full, and one that is not to be written (DUR-05): writes are refused with 503, reads go on,
//! readiness says so, nothing that was acknowledged is lost, and it works again without a restart.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::store::Conn;
use thidua::store::connection::Location;
use thidua::store::tx::DbSettings;

use crate::support::disk::Disk;
use crate::support::runtime;
use crate::support::servers::{Server, each_once, reaching, until};
use crate::support::world::{Reply, World, org};
use crate::support::{announce, cluster};

/// A file on the disk.
fn file(disk: &Disk) -> DbSettings {
    DbSettings {
        location: Location::Sqlite(disk.path().join("thidua.db").display().to_string()),
        ..reaching("")
    }
}

async fn make(world: &World, key: &str) -> Reply {
    let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": key});
    let admin = world.persona("administrator");
    let asked = admin.ask("POST", "/v1/organizations").key(key).json(&body);
    asked.send().await
}

/// Waits for readiness or its end; answers the checks.
async fn ready(world: &World, wanted: bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..300 {
        let reply = world.anonymous("GET", "/readyz").send().await;
        if (reply.status == 200) == wanted {
            return reply.json["checks"].clone();
        }
        last = reply.json;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("readiness did not become {wanted}: {last}");
}

fn check<'c>(checks: &'c Value, name: &str) -> &'c Value {
    let checks = checks.as_array().unwrap();
    &checks.iter().find(|check| check["name"] == name).unwrap()["passed"]
}

const ROUNDS: usize = 3;
const REFUSALS: usize = 8;

async fn fills_up(world: &World, disk: &Disk) {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let mut made = 0;
    for round in 0..ROUNDS {
        let first = format!("round-{round}");
        told.insert(first.clone(), make(world, &first).await.expect(201).id());
        disk.fill();
        // What the files hold already is used first.
        let mut refused = Vec::new();
        for number in 0..5000 {
            let key = format!("full-{round}-{number}");
            let reply = make(world, &key).await;
            if reply.status == 201 {
                told.insert(key, reply.id());
                made += 1;
                continue;
            }
            let reply = reply.refused(503, "service.database_unavailable");
            assert!(reply.header("retry-after").is_some());
            refused.push(key);
            if refused.len() == REFUSALS {
                break;
            }
        }
        assert_eq!(refused.len(), REFUSALS, "the disk is full");
        let checks = ready(world, false).await;
        assert_eq!(
            (check(&checks, "room"), check(&checks, "database")),
            (&json!(false), &json!(true))
        );
        let admin = world.persona("administrator");
        let list = admin.get("/v1/organizations?q=round").await.expect(200);
        assert_eq!(list.json["items"].as_array().unwrap().len(), round + 1);
        admin.get("/v1/me").await.expect(200);
        world.anonymous("GET", "/livez").send().await.expect(200);
        disk.empty();
        ready(world, true).await;
        for key in refused {
            let id = make(world, &key).await.expect(201).id();
            told.insert(key, id);
        }
    }
    let count = told.len();
    world
        .database(|conn| {
            if matches!(conn, Conn::Sqlite(_)) {
                conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
                let sound: Sound = diesel::sql_query("PRAGMA integrity_check")
                    .get_result(conn)
                    .unwrap();
                assert_eq!(sound.integrity_check, "ok");
            }
        })
        .await;
    each_once(world, &["round-", "full-"], told).await;
    announce(&format!(
        "full disk on {:?}: {ROUNDS} rounds, {count} writes acknowledged, {made} of them on the full disk, none lost or \
         doubled",
        world.database
    ));
}

#[derive(QueryableByName)]
struct Sound {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

#[test]
fn that_is_full_refuses_writes_and_reads_on_with_the_embedded_database() {
    let Some(disk) = Disk::of(24) else { return };
    runtime().block_on(async move {
        let world = World::start_on(file(&disk)).await;
        fills_up(&world, &disk).await;
    });
}

/// The data of the database lie on the small disk; the log of the server lies elsewhere.
#[test]
fn that_is_full_refuses_writes_and_reads_on_with_a_server() {
    let Some(disk) = Disk::of(48) else { return };
    let Some(server) = Server::primary(&["autovacuum=off"]) else {
        return;
    };
    cluster::give_away(disk.path()).unwrap();
    runtime().block_on(async move {
        server.run(&format!(
            "CREATE TABLESPACE small LOCATION '{}'",
            disk.path().display()
        ));
        server.run("CREATE DATABASE thidua TABLESPACE small");
        let world = World::start_on(reaching(&server.url("thidua"))).await;
        fills_up(&world, &disk).await;
        drop(world);
        drop(server);
    });
}

/// Remounted after an error, as Linux does by default: the service starts nothing anew, and works when it is
/// repaired.
#[test]
fn that_is_not_to_be_written_is_answered_for() {
    let Some(disk) = Disk::of(24) else { return };
    runtime().block_on(async move {
        let settings = file(&disk);
        let world = World::start_on(settings.clone()).await;
        let before = make(&world, "before").await.expect(201).id();
        drop(world);
        tokio::task::block_in_place(|| until("nobody writes", || disk.read_only(true)));
        let world = World::on(settings).await;
        for number in 0..3 {
            let refused = make(&world, &format!("refused-{number}")).await;
            let refused = refused.refused(503, "service.database_unavailable");
            assert!(refused.header("retry-after").is_some());
        }
        ready(&world, false).await;
        world.anonymous("GET", "/livez").send().await.expect(200);
        assert!(disk.read_only(false));
        ready(&world, true).await;
        make(&world, "refused-0").await.expect(201);
        assert_eq!(
            make(&world, "before").await.expect(201).id(),
            before,
            "the key is known"
        );
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}
