//! Scenario 9: two decisions over discovered nominations, issued at the same time, that together exceed
//! the quota: exactly one succeeds (C-1).

use serde_json::json;
use thidua::domain::states::NominationState;

use crate::support::decisions::{Subject, Wanted, campaign, drafted, nominations, numbered, plan, state_of};
use crate::support::on_both;
use crate::support::when;
use crate::support::world::World;

on_both!(exactly_one_of_two_succeeds);

async fn exactly_one_of_two_succeeds(world: World) {
    // 30 % of 10 individuals: 3 places for 2 + 2.
    let campaign = campaign(&world, 6, 10, plan()).await;
    let wanted = (11..15)
        .map(|person| Wanted::discovered(Subject::Person(person)))
        .collect();
    let ids = nominations(&world, campaign, wanted).await;
    let first = drafted(&world, campaign, &ids[..2]).await;
    let second = drafted(&world, campaign, &ids[2..]).await;
    numbered(&world, &first, 1, when("2026-06-30")).await;
    numbered(&world, &second, 2, when("2026-06-30")).await;
    let (director, deputy) = (world.persona("director"), world.persona("deputy"));
    let body = json!({});
    let (one, other) = tokio::join!(
        director.act(&first, "issue", &body),
        deputy.act(&second, "issue", &body)
    );
    let (won, lost, winners, losers) = if one.status == 200 {
        (one, other, &ids[..2], &ids[2..])
    } else {
        (other, one, &ids[2..], &ids[..2])
    };
    won.expect(200);
    let lost = lost.refused(409, "quota.exceeded");
    assert_eq!(lost.json["readings"].as_array().unwrap().len(), 4);
    for id in winners {
        assert_eq!(state_of(&world, *id).await, NominationState::Awarded);
    }
    for id in losers {
        assert_eq!(state_of(&world, *id).await, NominationState::Eligible);
    }
    assert_eq!(world.unsound().await, Vec::<String>::new());
}
