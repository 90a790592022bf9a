//! What happens once however often it is asked for, and whoever does it (EXO-01, EXO-04), and for how long that is known (IDM-09).

use std::collections::BTreeSet;
use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use actix_web::web::Bytes;
use diesel::prelude::*;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use thidua::domain::ids::OrganizationId;
use thidua::store::Conn;
use thidua::store::schema::{idempotency_keys, journal_entries, organizations};
use thidua::store::sql_types::AnyId;
use thidua::worker::{start_sweeping, sweep_files};
use uuid::Uuid;

use crate::support::files::{complete_pdf, contents, declaration, pdf};
use crate::support::on_both;
use crate::support::world::{World, org};

on_both!(
    fifty_identical_requests_make_one_resource,
    two_sweepers_at_once_do_it_once,
    a_sweep_that_is_broken_off_is_done_again,
    a_key_that_has_expired_goes_away_by_itself
);

/// EXO-01.
async fn fifty_identical_requests_make_one_resource(world: World) {
    let admin = world.persona("administrator");
    let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng một lần"});
    let ask = || {
        admin
            .ask("POST", "/v1/organizations")
            .key("once")
            .json(&body)
            .send()
    };
    let replies = futures_util::future::join_all((0..50).map(|_| ask())).await;
    let (made, others): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    let bodies: BTreeSet<&[u8]> = made.iter().map(|reply| reply.bytes.as_slice()).collect();
    assert_eq!(bodies.len(), 1);
    let first = made
        .iter()
        .filter(|reply| reply.header("idempotency-replayed").is_none());
    assert_eq!(first.count(), 1, "one was the first");
    for reply in others {
        reply.refused(409, "idempotency.in_progress");
    }
    let again = ask().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.bytes, made[0].bytes);
    let id: OrganizationId = again.id().parse().unwrap();
    let effects = world
        .database(move |conn| {
            let rows: i64 = organizations::table
                .filter(organizations::name.eq("Phòng một lần"))
                .count()
                .get_result(conn)
                .unwrap();
            let entries: i64 = journal_entries::table
                .filter(journal_entries::object_id.eq(AnyId::from(id)))
                .count()
                .get_result(conn)
                .unwrap();
            let keys: i64 = idempotency_keys::table.count().get_result(conn).unwrap();
            (rows, entries, keys)
        })
        .await;
    assert_eq!(effects, (1, 1, 1), "one row, one entry in the journal, one key");
}

/// Contents that no file names, as interrupted requests leave them.
async fn left_behind(world: &World, number: usize) {
    for _ in 0..number {
        let key = Uuid::new_v4().to_string();
        let content = futures_util::stream::iter([Ok(Bytes::from_static(b"abc"))]);
        let sha256 = hex::encode(Sha256::digest(b"abc"));
        let storage = &world.parts.storage;
        storage.receive(&key, 3, &sha256, content).await.unwrap();
    }
}

/// EXO-04: two processes that sweep at one time do what one of them would.
async fn two_sweepers_at_once_do_it_once(world: World) {
    let officer = world.persona("officer1");
    let kept = complete_pdf(&officer, "giữ.pdf", org::DIVISIONS[0]).await;
    let mut declared = Vec::new();
    for number in 0..10 {
        let announced = declaration("bỏ.pdf", &pdf(&number.to_string()), org::DIVISIONS[0]);
        let asked = officer
            .ask("POST", "/v1/files")
            .key(&format!("declared-{number}"));
        declared.push(asked.json(&announced).send().await.expect(201).id());
    }
    left_behind(&world, 20).await;
    // Everything that expires has expired.
    world.clock.advance(Duration::from_hours(24 * 30));
    let second = world.second();
    let (one, other) = (&world.parts.app, &second.parts.app);
    let storage = &world.parts.storage;
    let (here, there) = tokio::join!(
        sweep_files(one, storage, Duration::ZERO),
        sweep_files(other, storage, Duration::ZERO)
    );
    assert!(here.unwrap() + there.unwrap() >= 20);
    let (here, there) = tokio::join!(one.sweep_keys(), other.sweep_keys());
    assert_eq!(
        here.unwrap() + there.unwrap(),
        10,
        "each key is removed by one of them"
    );
    assert_eq!(contents(&world.parts.storage).await.len(), 1);
    officer
        .get(&format!("/v1/files/{kept}/content"))
        .await
        .expect(200);
    for id in declared {
        let ended = officer.get(&format!("/v1/files/{id}")).await.expect(200);
        assert_eq!(
            (&ended.json["state"], &ended.json["version"]),
            (&json!("EXPIRED"), &json!(2))
        );
    }
    assert_eq!(sweep_files(one, storage, Duration::ZERO).await.unwrap(), 0);
    assert_eq!(one.sweep_keys().await.unwrap(), 0);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// IDM-09: a key whose time has come goes away by itself; what it was given for may be asked for anew.
async fn a_key_that_has_expired_goes_away_by_itself(world: World) {
    let admin = world.persona("administrator");
    let make = async |key: &str| {
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": key});
        let asked = admin.ask("POST", "/v1/organizations").key(key).json(&body);
        asked.send().await.expect(201).id()
    };
    let first = make("early").await;
    world.clock.advance(Duration::from_hours(48));
    make("late").await;
    world.clock.advance(Duration::from_hours(24));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = start_sweeping(
        &world.parts.app,
        &world.parts.storage,
        &stopped,
        Duration::from_millis(50),
    );
    let keys = async || -> Vec<String> {
        let of = |conn: &mut Conn| {
            let known = idempotency_keys::table.select(idempotency_keys::key);
            known.order(idempotency_keys::key.asc()).load(conn).unwrap()
        };
        world.database(of).await
    };
    for _ in 0..1200 {
        if keys().await == ["late"] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.send(true).unwrap();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(keys().await, ["late"], "the one that is over, and only that");
    assert_ne!(make("early").await, first);
}

/// What a piece of work comes to, unless it is broken off before it goes on for the time after `steps`.
async fn broken_off<F: Future>(work: F, steps: usize) -> Option<F::Output> {
    let mut work = std::pin::pin!(work);
    let mut left = steps;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// EXO-04: wherever a sweeper ends, the next one does what is left.
async fn a_sweep_that_is_broken_off_is_done_again(world: World) {
    let officer = world.persona("officer1");
    complete_pdf(&officer, "giữ.pdf", org::DIVISIONS[0]).await;
    let announced = declaration("bỏ.pdf", &pdf("bỏ"), org::DIVISIONS[0]);
    let (app, storage) = (&world.parts.app, &world.parts.storage);
    for steps in 1..1000 {
        let declared = officer.post("/v1/files", &announced).await.expect(201).id();
        left_behind(&world, 2).await;
        world.clock.advance(Duration::from_hours(25));
        let ended = broken_off(sweep_files(app, storage, Duration::ZERO), steps).await;
        let whole = ended.is_some();
        sweep_files(app, storage, Duration::ZERO).await.unwrap();
        assert_eq!(
            contents(&world.parts.storage).await.len(),
            1,
            "broken off after {steps}"
        );
        let shown = officer.get(&format!("/v1/files/{declared}")).await.expect(200);
        assert_eq!(
            (&shown.json["state"], &shown.json["version"]),
            (&json!("EXPIRED"), &json!(2))
        );
        if whole {
            assert!(steps > 3, "it waits for the database and the storage");
            return;
        }
    }
    panic!("a sweep never ended");
}
