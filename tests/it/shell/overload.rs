//! More than the service can do (OVL-01, OVL-03, OVL-04): refused at once, and never for the probes.

use std::cell::Cell;
use std::time::Duration;

use diesel::prelude::*;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use serde_json::json;
use thidua::store::schema::journal_entries as entries;

use super::{me, post_head};
use crate::support::files::{complete_pdf, declaration, pdf};
use crate::support::held::{hold_readers, hold_writers, waiting};
use crate::support::raw::Line;
use crate::support::submissions::{Who, campaign, draft, propose};
use crate::support::world::{Reply, World, org};
use crate::support::{Database, WorldSettings, run_with};

#[track_caller]
fn overloaded(reply: &Reply) {
    assert_eq!(
        (reply.status, reply.json["code"].as_str()),
        (503, Some("service.overloaded"))
    );
    assert_eq!(
        reply.json["type"],
        "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"
    );
    assert!(reply.header("retry-after").is_some());
}

fn one_waits(database: Database) {
    let settings = WorldSettings {
        connections: 1,
        waiting: 1,
        ..WorldSettings::default()
    };
    run_with(database, settings, |world: World| async move {
        let nobody = world.persona("nobody");
        me(&nobody).await.expect(200);
        let (release, holding) = hold_readers(&world).await;
        let mut asked: FuturesUnordered<_> = (0..5).map(|_| me(&nobody)).collect();
        for _ in 0..4 {
            overloaded(&asked.next().await.unwrap());
        }
        // A busy service is alive and ready, and whoever needs no database is answered.
        for probe in ["/livez", "/readyz", "/startupz"] {
            world.anonymous("GET", probe).send().await.expect(200);
        }
        world.anonymous("GET", "/openapi.json").send().await.expect(200);
        world.bearer("a.b.c").get("/v1/me").await.expect(401);
        drop(release);
        holding.await.unwrap();
        asked.next().await.unwrap().expect(200);
        me(&nobody).await.expect(200);
    });
}

#[test]
fn who_finds_the_queue_full_is_refused_at_once_on_sqlite() {
    one_waits(Database::Sqlite);
}

#[test]
fn who_finds_the_queue_full_is_refused_at_once_on_postgres() {
    one_waits(Database::Postgres);
}

/// The deadline hour (N21): the queue of the writers is full, and a dossier is handed in all the same, before most
/// of those who came earlier.
fn a_dossier_goes_first(database: Database) {
    let settings = WorldSettings {
        connections: 1,
        waiting: 3,
        ..WorldSettings::default()
    };
    run_with(database, settings, |world: World| async move {
        let campaign = campaign(&world).await;
        let head = world.persona("head1");
        let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
        propose(&head, &mut dossier, &[Who::Person(16)]).await;
        let tag = head.get(&dossier.path).await.expect(200).etag();
        let path = format!("{}/submit", dossier.path);
        let administrator = world.persona("administrator");
        world.seal().await;
        let (release, holding) = hold_writers(&world).await;
        let refused = Cell::new(0);
        let body = json!({"name": "Phòng thử", "kind": "DIVISION", "parent_id": org::DEPARTMENT});
        let other = async || {
            let reply = administrator.post("/v1/organizations", &body).await;
            if reply.status == 503 {
                refused.set(refused.get() + 1);
            } else {
                reply.expect(201);
            }
        };
        let crowd = join_all((0..6).map(|_| other()));
        let submit = async {
            while refused.get() < 3 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // Who only tries it waits in the crowd.
            let tried = head.ask("POST", &format!("{path}?dry_run=true"));
            overloaded(&tried.if_match(&tag).json(&json!({})).send().await);
            // The service's own work waits beside them, if there is any.
            let before = waiting(&world);
            let submit = async {
                let submit = head.ask("POST", &path).if_match(&tag).json(&json!({}));
                let reply = submit.send().await.expect(200);
                assert_eq!(reply.json["state"], "SUBMITTED");
            };
            let letting_go = async {
                while waiting(&world) <= before {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                drop(release);
            };
            tokio::join!(submit, letting_go);
        };
        tokio::join!(crowd, submit);
        holding.await.unwrap();
        assert_eq!(refused.get(), 3, "three of six find the queue full");
        let done = world.database(|conn| {
            let newest = entries::table.order(entries::id.desc()).limit(4);
            let kinds: Vec<String> = newest.select(entries::kind).load(conn).unwrap();
            kinds
        });
        let mut done = done.await;
        done.reverse();
        // One of the crowd stood at the door already.
        let (other, handed_in) = ("organization.created", "submission.submitted");
        assert_eq!(done, [other, handed_in, other, other]);
    });
}

#[test]
fn a_dossier_is_handed_in_before_the_crowd_on_sqlite() {
    a_dossier_goes_first(Database::Sqlite);
}

#[test]
fn a_dossier_is_handed_in_before_the_crowd_on_postgres() {
    a_dossier_goes_first(Database::Postgres);
}

/// Bodies under way share a room (OVL-05); what finds none is told at once, and small ones need none.
fn large_bodies_find_no_room(database: Database) {
    let settings = WorldSettings {
        shell: |shell| shell.body_memory = 128 * 1024,
        ..WorldSettings::default()
    };
    run_with(database, settings, |world: World| async move {
        let nobody = world.persona("nobody");
        let head = |length: usize| format!("{}Content-Length: {length}\r\n\r\n", post_head(nobody.token()));
        let large = |length: usize| json!({"name": "a".repeat(length), "kind": "OTHER"}).to_string();
        let body = large(60_000);
        let (most, rest) = body.split_at(60_000);
        let mut first = Line::open(world.base());
        first.send(head(body.len()) + most);
        let body = large(80_000);
        // Until the first has arrived there is room.
        let refused = loop {
            let mut second = Line::open(world.base());
            second.send(head(body.len()) + &body);
            let reply = second.reply();
            if reply.status == 503 {
                break reply;
            }
            assert_eq!(reply.status, 422);
        };
        assert!(refused.field("retry-after").is_some());
        refused.refused(503, "service.overloaded");
        nobody
            .post(
                "/v1/organizations",
                &json!({"name": "Phòng thử", "kind": "OTHER"}),
            )
            .await
            .expect(403);
        first.send(rest);
        assert_eq!(first.reply().status, 422);
        let mut third = Line::open(world.base());
        third.send(head(body.len()) + &body);
        assert_eq!(third.reply().status, 422);
    });
}

#[test]
fn large_bodies_share_a_room_on_sqlite() {
    large_bodies_find_no_room(Database::Sqlite);
}

#[test]
fn large_bodies_share_a_room_on_postgres() {
    large_bodies_find_no_room(Database::Postgres);
}

#[test]
fn searches_crowd_out_nothing_else() {
    let settings = WorldSettings {
        connections: 1,
        shell: |shell| {
            shell.searches = 1;
            shell.waiting = 0;
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let chief = world.persona("chief");
        let search = || chief.get("/v1/individuals?q=nguyen");
        search().await.expect(200);
        let (release, holding) = hold_readers(&world).await;
        let mut searches: FuturesUnordered<_> = (0..4).map(|_| search()).collect();
        for _ in 0..3 {
            overloaded(&searches.next().await.unwrap());
        }
        // A list that is counted is as dear.
        let counted = chief
            .ask("GET", "/v1/individuals")
            .header("prefer", "count=exact");
        overloaded(&counted.send().await);
        // The same list without a search waits for its turn.
        let plain = chief.get("/v1/individuals");
        let release = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(release);
        };
        let (plain, ()) = tokio::join!(plain, release);
        plain.expect(200);
        searches.next().await.unwrap().expect(200);
        holding.await.unwrap();
        search().await.expect(200);
    });
}

/// While nearly everybody is sent away, whoever is sent away is told to stay away longer (OVL-02).
#[test]
fn the_more_are_sent_away_the_later_they_come_again() {
    let settings = WorldSettings {
        connections: 1,
        shell: |shell| {
            shell.searches = 1;
            shell.waiting = 0;
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let chief = world.persona("chief");
        let search = || chief.get("/v1/individuals?q=nguyen");
        let (release, holding) = hold_readers(&world).await;
        let mut waits = Box::pin(search());
        let later = async {
            // The first ones come again soon; how many there are is counted by the second.
            for _ in 0..1_000_000 {
                let refused = search().await;
                overloaded(&refused);
                let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=60).contains(&seconds), "{seconds}");
                if seconds > 5 {
                    return;
                }
            }
            panic!("nobody was told to come later than after five seconds");
        };
        tokio::select! {
            biased;
            reply = &mut waits => panic!("answered with {}", reply.status),
            () = later => {}
        }
        drop(release);
        holding.await.unwrap();
        waits.await.expect(200);
    });
}

#[test]
fn uploads_have_a_number_of_their_own() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.uploads = 1;
            shell.waiting = 0;
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let officer = world.persona("officer1");
        let bytes = pdf("một");
        let announced = declaration("a.pdf", &bytes, org::DIVISIONS[0]);
        let (first, second) = (
            officer.post("/v1/files", &announced).await.expect(201),
            officer.post("/v1/files", &announced).await.expect(201),
        );
        let put = || {
            officer
                .ask("PUT", &format!("/v1/files/{}/content", second.id()))
                .if_match(&second.etag())
                .header("content-type", "application/octet-stream")
                .body(bytes.clone())
                .send()
        };
        let mut line = Line::open(world.base());
        line.send(format!(
            "PUT /v1/files/{}/content HTTP/1.1\r\nHost: thidua\r\nAuthorization: Bearer {}\r\nIf-Match: {}\r\n\
             Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
            first.id(),
            officer.token(),
            first.etag(),
            bytes.len()
        ));
        // Once the first is inside, the second finds no place; it may be repeated as often as it likes.
        loop {
            assert!(
                !line.hears(Duration::from_millis(300)),
                "the first waits for its own bytes only"
            );
            let reply = put().await;
            if reply.status == 503 {
                overloaded(&reply);
                break;
            }
            assert!([200, 412].contains(&reply.status), "{}", reply.json);
        }
        me(&officer).await.expect(200);
        line.send(&bytes);
        assert_eq!(line.reply().status, 200);
        assert!([200, 412].contains(&put().await.status));
    });
}

/// Uploads last as long as their clients take: those of one caller do not take every place.
#[test]
fn a_caller_has_few_uploads_at_a_time() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.waiting = 0;
            // They stay inside however slow the machine is.
            shell.body.idle = Duration::from_secs(120);
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let (slow, other) = (world.persona("officer1"), world.persona("officer2"));
        let bytes = pdf("nhiều");
        let announced = declaration("a.pdf", &bytes, org::DIVISIONS[0]);
        let mut lines = Vec::new();
        for _ in 0..4 {
            let declared = slow.post("/v1/files", &announced).await.expect(201);
            let mut line = Line::open(world.base());
            line.send(format!(
                "PUT /v1/files/{}/content HTTP/1.1\r\nHost: thidua\r\nAuthorization: Bearer {}\r\n\
                 If-Match: {}\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
                declared.id(),
                slow.token(),
                declared.etag(),
                bytes.len()
            ));
            lines.push(line);
        }
        let fifth = slow.post("/v1/files", &announced).await.expect(201);
        let put = || {
            slow.ask("PUT", &format!("/v1/files/{}/content", fifth.id()))
                .if_match(&fifth.etag())
                .header("content-type", "application/octet-stream")
                .body(bytes.clone())
                .send()
        };
        // As long as not all four are inside, it may be let in.
        let mut tries = 0;
        loop {
            let reply = put().await;
            if reply.status == 503 {
                overloaded(&reply);
                break;
            }
            assert!([200, 412].contains(&reply.status), "{}", reply.json);
            tries += 1;
            assert!(tries < 400, "no limit was met");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        complete_pdf(&other, "b.pdf", org::DIVISIONS[1]).await;
        for line in &mut lines {
            line.send(&bytes);
            assert_eq!(line.reply().status, 200);
        }
        complete_pdf(&slow, "c.pdf", org::DIVISIONS[0]).await;
    });
}
