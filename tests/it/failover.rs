//! The primary dies and its standby takes over (DBF-04): the same processes go on, nothing that was acknowledged
//! is lost, nothing is done twice. And a server that may no longer be written to is answered for.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::prelude::*;
use serde_json::json;
use thidua::domain::caller::PrincipalKind;
use thidua::store::connection::Location;
use thidua::store::schema::organizations;

use crate::support::announce;
use crate::support::process::Process;
use crate::support::runtime;
use crate::support::servers::{Server, each_once, reaching, until};
use crate::support::world::{World, org, token};

fn division(name: &str) -> serde_json::Value {
    json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": name})
}

/// What one client was told: the key of each request with the id that it was answered.
#[derive(Default)]
struct Told {
    made: Vec<(String, String)>,
    refused: usize,
    unknown: usize,
    recovered: Option<Duration>,
}

/// Writes until it has been answered `after` times after the failover; each request is repeated with its key
/// until it is answered.
async fn write(
    base: String,
    name: usize,
    failed: tokio::sync::watch::Receiver<Option<std::time::Instant>>,
    after: usize,
) -> Told {
    let http = reqwest::Client::builder()
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap();
    let token = token("administrator", PrincipalKind::User);
    let mut told = Told::default();
    let mut left = after;
    for number in 0.. {
        let key = format!("writer-{name}-{number}");
        let id = loop {
            let failover = *failed.borrow();
            let sent = http
                .post(format!("{base}/v1/organizations"))
                .bearer_auth(&token)
                .header("idempotency-key", &key)
                .json(&division(&key))
                .send()
                .await;
            let Ok(answer) = sent else {
                told.unknown += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (status, retry) = (
                answer.status().as_u16(),
                answer.headers().contains_key("retry-after"),
            );
            let body: serde_json::Value = answer.json().await.unwrap();
            if status == 201 {
                if let Some(at) = failover {
                    told.recovered.get_or_insert(at.elapsed());
                    left -= 1;
                }
                break body["id"].as_str().unwrap().to_owned();
            }
            let waits = status == 503 || body["code"] == "idempotency.in_progress";
            assert!(waits && retry, "{status} {body}");
            told.refused += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        told.made.push((key, id));
        if left == 0 {
            return told;
        }
    }
    told
}

/// Rounds of the long form (see `faults.rs`) are many; each needs two servers.
fn rounds() -> usize {
    std::env::var("THIDUA_FAULT_ROUNDS")
        .ok()
        .and_then(|text| text.parse::<usize>().ok())
        .map_or(1, |rounds| rounds.div_ceil(10))
}

#[test]
fn goes_on_with_the_standby_that_takes_over() {
    for _ in 0..rounds() {
        let Some(primary) = Server::primary(&["autovacuum=off"]) else {
            return;
        };
        runtime().block_on(fails_over(primary));
    }
}

async fn fails_over(mut primary: Server) {
    let own = primary.database("thidua");
    drop(World::start_on(own).await);
    let standby = primary.standby("heir");
    // From here on an answer means that both have it.
    primary.run("ALTER SYSTEM SET synchronous_standby_names = 'heir'");
    primary.run("SELECT pg_reload_conf()");
    until("the standby is synchronous", || {
        primary.number("SELECT count(*) AS number FROM pg_stat_replication WHERE sync_state = 'sync'") == 1
    });
    let both = both(&primary, &standby);
    let location = Location::Postgres(both.clone());
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = tokio::join!(
        Process::serve(&location, folder.path()),
        Process::serve(&location, folder.path())
    );
    let (failing, failed) = tokio::sync::watch::channel(None);
    let writers: Vec<_> = (0..16)
        .map(|name| {
            let base = if name % 2 == 0 { one.base() } else { two.base() };
            tokio::spawn(write(base.to_owned(), name, failed.clone(), 5))
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(rand::random_range(700..1500))).await;
    // As a cluster manager does it: the old primary is gone first.
    let failover = tokio::task::spawn_blocking(move || {
        primary.kill();
        standby.promote();
        failing.send(Some(std::time::Instant::now())).unwrap();
        [primary, standby]
    });
    let mut told = Vec::new();
    for writer in writers {
        told.push(writer.await.unwrap());
    }
    drop((one, two));
    let _servers = failover.await.unwrap();
    let world = World::on(reaching(&both)).await;
    let count = compare(&world, &told).await;
    let slowest = told.iter().filter_map(|told| told.recovered).max().unwrap();
    let refused: usize = told.iter().map(|told| told.refused).sum();
    let unknown: usize = told.iter().map(|told| told.unknown).sum();
    announce(&format!(
        "failover: {count} writes, {refused} refused with 503 and {unknown} without an answer on the way, none lost or \
             doubled; every client wrote again {slowest:?} after the promotion"
    ));
}

/// What was acknowledged is there with the id that was told, once, and the whole is sound.
async fn compare(world: &World, told: &[Told]) -> usize {
    let told: BTreeMap<String, String> = told.iter().flat_map(|told| told.made.clone()).collect();
    let count = told.len();
    each_once(world, &["writer-"], told).await;
    count
}

/// A primary that was told to take no more writes (a switchover, a full disk): 503 with `Retry-After`, reads go on,
/// and it works again by itself.
#[test]
fn a_server_that_takes_no_writes_is_answered_for() {
    let Some(primary) = Server::primary(&[]) else {
        return;
    };
    runtime().block_on(async move {
        let world = World::start_on(primary.database("thidua")).await;
        let admin = world.persona("administrator");
        for round in 0..3 {
            primary.run("ALTER SYSTEM SET default_transaction_read_only = on");
            primary.run("SELECT pg_reload_conf()");
            // Each of the connections hears of it when it gets to it.
            let mut refused = 0;
            for number in 0..200 {
                let name = format!("Phòng {round}-{number}");
                let made = admin.post("/v1/organizations", &division(&name)).await;
                if made.status == 201 {
                    continue;
                }
                let made = made.refused(503, "service.database_unavailable");
                assert!(made.header("retry-after").is_some());
                refused += 1;
                if refused == 5 {
                    break;
                }
            }
            assert_eq!(refused, 5);
            // Nothing can be stored (DUR-05).
            let mut asked = 0;
            loop {
                let ready = admin.get("/readyz").await;
                let checks = ready.json["checks"].as_array().unwrap().clone();
                let passed =
                    |name: &str| checks.iter().find(|check| check["name"] == name).unwrap()["passed"].clone();
                if ready.status == 503 {
                    assert_eq!((passed("room"), passed("database")), (json!(false), json!(true)));
                    break;
                }
                asked += 1;
                assert!(asked < 500, "ready, and takes no writes");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            admin.get("/v1/organizations").await.expect(200);
            admin.get("/v1/me").await.expect(200);
            primary.run("ALTER SYSTEM RESET default_transaction_read_only");
            primary.run("SELECT pg_reload_conf()");
        }
    });
}

/// A switchover by hand: the old primary lives on and refuses writes. The connections to it work, and have to go
/// all the same.
#[test]
fn leaves_a_server_that_lives_on_but_takes_no_writes() {
    let Some(primary) = Server::primary(&[]) else {
        return;
    };
    runtime().block_on(async move {
        drop(World::start_on(primary.database("thidua")).await);
        let standby = primary.standby("heir");
        let both = both(&primary, &standby);
        let world = World::on(reaching(&both)).await;
        let admin = world.persona("administrator");
        // Several connections, as after a busy hour.
        let many: Vec<_> = (0..8)
            .map(|number| division(&format!("Trước {number}")))
            .collect();
        let made = many.iter().map(|body| admin.post("/v1/organizations", body));
        for made in futures_util::future::join_all(made).await {
            made.expect(201);
        }
        primary.run("ALTER SYSTEM SET default_transaction_read_only = on");
        primary.run("SELECT pg_reload_conf()");
        until("no session writes there", || {
            primary.number("SELECT (current_setting('transaction_read_only') = 'on')::int::bigint AS number")
                == 1
        });
        standby.catch_up(&primary);
        standby.promote();
        let (mut made, mut refused) = (0, 0);
        for number in 0..40 {
            let reply = admin
                .post("/v1/organizations", &division(&format!("Sau {number}")))
                .await;
            if reply.status == 201 {
                made += 1;
                continue;
            }
            reply.refused(503, "service.database_unavailable");
            refused += 1;
        }
        // One for each connection to the old one.
        assert!(refused <= 4 && made >= 36, "{made} made, {refused} refused");
        let there = world.database(|conn| {
            organizations::table
                .filter(organizations::name.like("Sau %"))
                .count()
                .get_result::<i64>(conn)
                .unwrap()
        });
        assert_eq!(there.await, made);
    });
}

/// A URL that finds the primary, whichever of the two it is.
fn both(primary: &Server, standby: &Server) -> String {
    format!(
        "postgres://thidua@{},{}/thidua?target_session_attrs=read-write",
        primary.authority(),
        standby.authority()
    )
}
