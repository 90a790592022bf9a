//! Scenario 6: a complaint against a nominee stops the decision; after "no violation" it goes on (R-N2).

use diesel::prelude::*;
use serde_json::json;
use thidua::domain::codes::HoldReason;
use thidua::domain::ids::NominationId;
use thidua::domain::states::NominationState;
use thidua::domain::time::Instant;
use thidua::store::schema::nominations;

use crate::support::decisions::{
    Subject, Wanted, campaign, drafted, nominations as make, numbered, plan, state_of,
};
use crate::support::on_both;
use crate::support::when;
use crate::support::world::World;

on_both!(a_held_nominee_stops_the_issue);

async fn set_hold(world: &World, id: NominationId, reason: Option<HoldReason>) {
    let since: Option<Instant> = reason.map(|_| when("2026-06-01T02:00:00Z").parse().unwrap());
    world
        .database(move |conn| {
            diesel::update(nominations::table.find(id))
                .set((
                    nominations::hold_reason.eq(reason),
                    nominations::hold_since.eq(since),
                ))
                .execute(conn)
                .unwrap();
        })
        .await;
}

async fn a_held_nominee_stops_the_issue(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = vec![
        Wanted::recommended(Subject::Person(11)),
        Wanted::recommended(Subject::Person(12)),
    ];
    let ids = make(&world, campaign, wanted).await;
    let path = drafted(&world, campaign, &ids).await;
    numbered(&world, &path, 1, when("2026-06-30")).await;
    set_hold(&world, ids[1], Some(HoldReason::Complaint)).await;

    let deputy = world.persona("deputy");
    let shown = deputy.get(&path).await.expect(200);
    let issue = &shown.json["allowed_actions"][0];
    assert_eq!(issue["action"], "issue");
    assert_eq!(issue["blocked_by"][0]["code"], "nomination.on_hold");
    let refused = deputy
        .act(&path, "issue", &json!({}))
        .await
        .refused(409, "nomination.on_hold");
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 1);
    for id in &ids {
        assert_eq!(state_of(&world, *id).await, NominationState::AwaitingDirector);
    }

    set_hold(&world, ids[1], None).await;
    deputy.act(&path, "issue", &json!({})).await.expect(200);
    for id in &ids {
        assert_eq!(state_of(&world, *id).await, NominationState::Awarded);
    }
}
