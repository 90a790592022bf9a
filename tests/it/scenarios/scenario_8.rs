//! Scenario 8: who is forwarded for a Bằng khen gets no Giấy khen meanwhile; after a refusal above he may,
//! when the plan falls back (R-N3, A4).

use serde_json::{Value, json};
use thidua::domain::states::NominationState;

use crate::support::calendar::{rewards, when};
use crate::support::decisions::{
    BANG_KHEN, GIAY_KHEN, Subject, Wanted, campaign, items, nomination, numbered, plan, state_of,
};
use crate::support::forwardings::{acknowledged, ready};
use crate::support::on_both;
use crate::support::world::World;

on_both!(declined_above_falls_back, declined_above_without_fall_back);

async fn empty_award(world: &World, campaign: thidua::domain::ids::CampaignId) -> String {
    let body = json!({"type": "AWARD", "campaign_id": campaign, "form": GIAY_KHEN, "title": "Về việc tặng"});
    let made = world
        .persona("reviewer")
        .post("/v1/decisions", &body)
        .await
        .expect(201);
    made.header("location").unwrap().to_owned()
}

async fn scene(world: &World, fallback: bool) -> (String, String, thidua::domain::ids::NominationId, Value) {
    let mut terms = plan();
    terms.fallback_on_decline = fallback;
    let campaign = campaign(world, 6, 28, terms).await;
    let wanted = Wanted::recommended(Subject::Person(11))
        .with_form(BANG_KHEN)
        .in_state(NominationState::Recommended);
    let id = nomination(world, campaign, wanted).await;
    let forwarding = ready(world, campaign, &[id]).await;
    acknowledged(world, &forwarding).await;
    (
        empty_award(world, campaign).await,
        forwarding,
        id,
        json!({"nomination_ids": [id]}),
    )
}

async fn declined_above_falls_back(world: World) {
    let (award, forwarding, id, add) = scene(&world, true).await;
    let reviewer = world.persona("reviewer");
    reviewer
        .post(&format!("{award}/items"), &add)
        .await
        .refused(409, "nomination.already_rewarded_or_pending");
    world
        .persona("board")
        .act(&forwarding, "decline", &json!({"reason": "Chưa đủ tiêu chuẩn"}))
        .await
        .expect(200);
    assert_eq!(state_of(&world, id).await, NominationState::DeclinedAbove);
    reviewer.post(&format!("{award}/items"), &add).await.expect(201);
    numbered(&world, &award, 1, when("2026-06-30")).await;
    // What may still be awarded may be held (R-N2).
    let (chief, deputy) = (world.persona("chief"), world.persona("deputy"));
    let nomination = format!("/v1/nominations/{id}");
    let why = json!({"reason": "COMPLAINT", "note": "Có đơn"});
    chief.act(&nomination, "hold", &why).await.expect(200);
    let held = deputy.act(&award, "issue", &json!({})).await;
    held.refused(409, "nomination.on_hold");
    let conclusion = json!({"conclusion": "Không vi phạm"});
    chief.act(&nomination, "release", &conclusion).await.expect(200);
    deputy.act(&award, "issue", &json!({})).await.expect(200);
    assert_eq!(state_of(&world, id).await, NominationState::Awarded);
    assert_eq!(world.unsound().await, Vec::<String>::new());
    let line = &items(&world, &award).await[0];
    assert_eq!(
        (&line["form"], &line["amount_dong"]),
        (&json!(GIAY_KHEN), &json!(rewards(when("2026-06-30")).0))
    );
}

async fn declined_above_without_fall_back(world: World) {
    let (award, forwarding, _, add) = scene(&world, false).await;
    world
        .persona("board")
        .act(&forwarding, "decline", &json!({"reason": "Chưa đủ tiêu chuẩn"}))
        .await
        .expect(200);
    world
        .persona("reviewer")
        .post(&format!("{award}/items"), &add)
        .await
        .refused(409, "nomination.fallback_not_allowed");
}
