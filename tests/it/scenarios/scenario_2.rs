//! Scenario 2 (`domain.md` 5.11): the deadline "trước ngày 25/5/2026", to the microsecond.

use std::time::Duration;

use serde_json::json;
use thidua::domain::ids::CampaignId;
use thidua::store::connection::Conn;
use thidua::store::{dialect, journal, statistics};

use crate::support::held::{hold_after, waiting};
use crate::support::postgres::waiting_for_a_lock;
use crate::support::submissions::{Dossier, Who, campaign, draft, propose};
use crate::support::when;
use crate::support::world::{World, org};
use crate::support::{Database, WorldSettings, on_both, run_with};

on_both!(
    the_deadline_is_strict_and_the_chief_may_admit_late,
    each_instant_of_the_rule
);

async fn drafted(world: &World, campaign: CampaignId, division: usize) -> Dossier {
    let head = world.persona(&format!("head{division}"));
    let mut dossier = draft(&head, campaign, org::DIVISIONS[division - 1]).await;
    let first = 10 + u128::try_from(division).unwrap();
    let subjects = [
        Who::Collective(u128::try_from(division + 1).unwrap()),
        Who::Person(first),
        Who::Person(first + 5),
        Who::Person(first + 10),
    ];
    propose(&head, &mut dossier, &subjects).await;
    dossier
}

async fn the_deadline_is_strict_and_the_chief_may_admit_late(world: World) {
    world.set_time(when("2026-05-22T02:00:00Z"));
    let campaign = campaign(&world).await;
    let (one, two) = (
        drafted(&world, campaign, 1).await,
        drafted(&world, campaign, 2).await,
    );
    world.set_time(when("2026-05-24T23:59:00+07:00"));
    let in_time = world
        .persona("head1")
        .act(&one.path, "submit", &json!({}))
        .await
        .expect(200);
    assert_eq!(in_time.json["late"], false);

    // Nothing is admitted late for a time at which it is not late.
    let chief = world.persona("chief");
    let too_soon = json!({"reason": "Mất điện", "until": when("2026-05-25T00:00:00+07:00")});
    let refused = chief.act(&two.path, "admit-late", &too_soon).await;
    refused.refused(422, "body.invalid").stands_at("/until");

    world.set_time(when("2026-05-25T00:00:00+07:00"));
    let head = world.persona("head2");
    let refused = head
        .act(&two.path, "submit", &json!({}))
        .await
        .refused(409, "submission.window_closed");
    assert_eq!(refused.json["deadline_at"], when("2026-05-24T17:00:00.000000Z"));
    let waiver = json!({"reason": "Mất điện diện rộng", "until": when("2026-05-26T00:00:00+07:00")});
    for other in ["reviewer", "director", "head2"] {
        world
            .persona(other)
            .act(&two.path, "admit-late", &waiver)
            .await
            .refused(403, "access.forbidden");
    }
    chief
        .act(
            &two.path,
            "admit-late",
            &json!({"until": when("2026-05-26T00:00:00+07:00")}),
        )
        .await
        .refused(422, "body.invalid");
    chief.act(&two.path, "admit-late", &waiver).await.expect(200);
    let late = head.act(&two.path, "submit", &json!({})).await.expect(200);
    assert_eq!(late.json["late"], true);
    assert_eq!(late.json["late_reason"], "Mất điện diện rộng");
    let receipt = head.get(&format!("{}/receipt", two.path)).await.expect(200);
    assert_eq!(receipt.json["late"], true);
    assert_eq!(receipt.json["nominations"].as_array().unwrap().len(), 4);
}

async fn each_instant_of_the_rule(world: World) {
    let instants = [
        (when("2026-05-24T23:59:59.999+07:00"), true),
        (when("2026-05-24T16:59:59Z"), true),
        (when("2026-05-24T16:59:59.999Z"), true),
        (when("2026-05-24T17:00:00Z"), false),
        (when("2026-05-25T00:00:00+07:00"), false),
    ];
    world.set_time(when("2026-05-22T02:00:00Z"));
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let tag = head.get(&dossier.path).await.etag();
    let path = format!("{}/submit?dry_run=true", dossier.path);
    for (at, accepted) in instants {
        world.clock.stand(at.parse().unwrap());
        let reply = head
            .ask("POST", &path)
            .if_match(&tag)
            .json(&json!({}))
            .send()
            .await;
        if accepted {
            assert_eq!(reply.expect(200).json["late"], false, "{at}");
        } else {
            reply.refused(409, "submission.window_closed");
        }
    }
}

/// What a hand-in waits for while the deadline passes.
#[derive(Clone, Copy, PartialEq)]
enum Waits {
    /// All connections for writes are taken.
    ForAConnection,
    /// It has one, and somebody acts on the campaign alone.
    ForTheCampaign,
}

/// Whether a hand-in has come as far as to wait.
async fn one_waits(world: &World, what: Waits) -> bool {
    match (world.database, what) {
        (Database::Postgres, Waits::ForTheCampaign) => world.database(waiting_for_a_lock).await == 1,
        _ => waiting(world) == 1,
    }
}

/// CON-02 as C-13 settles it: the instant of a hand-in is the one at which it has been read. Whoever was there in time
/// and had to wait for the service is not late.
fn a_hand_in_that_waits_is_in_time(database: Database, what: Waits) {
    let settings = WorldSettings {
        connections: if what == Waits::ForAConnection { 1 } else { 2 },
        ..WorldSettings::default()
    };
    run_with(database, settings, move |mut world: World| async move {
        world.set_time(when("2026-05-22T02:00:00Z"));
        let campaign = campaign(&world).await;
        let (one, two) = (
            drafted(&world, campaign, 1).await,
            drafted(&world, campaign, 2).await,
        );
        // Nothing is left to seal, so that nobody waits for a connection but the hand-in.
        world.stop().await;
        let busy =
            |conn: &mut Conn| journal::has_unsealed(conn).unwrap() || statistics::is_behind(conn).unwrap();
        while world.database(busy).await {
            world.parts.app.seal().await.unwrap();
        }
        let world = world.second();
        let (last, deadline) = (when("2026-05-24T16:59:59.999999Z"), when("2026-05-24T17:00:00Z"));
        world.clock.stand(last.parse().unwrap());
        let (head, other) = (world.persona("head1"), world.persona("head2"));
        let tag = head.get(&one.path).await.expect(200).etag();
        let path = format!("{}/submit", one.path);
        let (release, _holding) = hold_after(&world, move |conn| dialect::hold(conn, campaign)).await;
        let submit = head.ask("POST", &path).if_match(&tag).json(&json!({})).send();
        let passes = async {
            while !one_waits(&world, what).await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            world.clock.stand(deadline.parse().unwrap());
            drop(release);
        };
        let (in_time, ()) = tokio::join!(submit, passes);
        let in_time = in_time.expect(200);
        assert_eq!(in_time.json["late"], false);
        assert_eq!(in_time.json["submitted_at"], last);
        // Who comes now is late.
        let late = other.act(&two.path, "submit", &json!({})).await;
        late.refused(409, "submission.window_closed");
    });
}

#[test]
fn who_waits_for_a_connection_is_in_time_on_sqlite() {
    a_hand_in_that_waits_is_in_time(Database::Sqlite, Waits::ForAConnection);
}

#[test]
fn who_waits_for_a_connection_is_in_time_on_postgres() {
    a_hand_in_that_waits_is_in_time(Database::Postgres, Waits::ForAConnection);
}

#[test]
fn who_waits_for_the_campaign_is_in_time_on_postgres() {
    a_hand_in_that_waits_is_in_time(Database::Postgres, Waits::ForTheCampaign);
}
