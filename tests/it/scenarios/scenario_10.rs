//! Scenario 10: one item of a decision is revoked: the public list says so, its recovery is due in 15
//! working days, the original stays as it was issued (R-R1, R-D4).

use serde_json::json;
use thidua::domain::states::NominationState;

use crate::support::calendar::{rewards, when, working_days_after, year};
use crate::support::decisions::{
    Subject, Wanted, campaign, issued, items, nominations, numbered, plan, signed, state_of,
};
use crate::support::on_both;
use crate::support::world::World;

on_both!(one_item_is_revoked, one_item_is_corrected);

async fn one_item_is_revoked(world: World) {
    world.set_time(when("2026-07-01T02:00:00Z"));
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = vec![
        Wanted::recommended(Subject::Person(11)),
        Wanted::recommended(Subject::Person(12)),
    ];
    let ids = nominations(&world, campaign, wanted).await;
    let award = issued(&world, campaign, &ids, 615, when("2026-06-30")).await;
    let clerk = world.persona("clerk");
    clerk.act(&award, "publish", &json!({})).await.expect(200);
    let lines = items(&world, &award).await;
    let original: &str = award.rsplit('/').next().unwrap();

    let reviewer = world.persona("reviewer");
    let body = json!({
        "type": "REVOCATION", "campaign_id": campaign, "original_id": original, "title": "Về việc hủy bỏ",
        "ground": "FALSE_INFORMATION", "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả",
    });
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    let revocation = made.header("location").unwrap().to_owned();
    let add = json!({"original_item_ids": [lines[1]["id"]]});
    reviewer
        .post(&format!("{revocation}/items"), &add)
        .await
        .expect(201);
    reviewer
        .post(&format!("{revocation}/items"), &add)
        .await
        .refused(409, "decision.item_taken");
    signed(&world, &revocation).await;
    // Nothing is revoked before it was decided.
    world.not_before(when("2026-07-01"));
    let number = |day: &str| json!({"number": 616, "issued_on": day});
    let early = clerk
        .act(&revocation, "number", &number(when("2026-06-29")))
        .await;
    let early = early.refused(422, "body.invalid").stands_at("/issued_on");
    assert_eq!(early.json["errors"][0]["params"]["minimum"], when("2026-06-30"));
    clerk
        .act(&revocation, "number", &number(when("2026-07-01")))
        .await
        .expect(200);
    world
        .persona("deputy")
        .act(&revocation, "issue", &json!({}))
        .await
        .expect(200);

    // Whoever reads it only because it is published is told the ground, not what was found out.
    clerk.act(&revocation, "publish", &json!({})).await.expect(200);
    let list = format!("/v1/decisions?campaign_id={campaign}&type=REVOCATION");
    for (who, reason) in [("nobody", json!(null)), ("reviewer", json!("Giấy tờ giả"))] {
        let reader = world.persona(who);
        let one = reader.get(&revocation).await.expect(200).json;
        let listed = reader.get(&list).await.expect(200).json["items"][0].clone();
        for shown in [one, listed] {
            assert_eq!(
                (&shown["ground"], &shown["reason"]),
                (&json!("FALSE_INFORMATION"), &reason)
            );
            assert_eq!(shown["conclusion_reference"].is_null(), reason.is_null());
        }
    }
    assert_eq!(state_of(&world, ids[0]).await, NominationState::Awarded);
    assert_eq!(state_of(&world, ids[1]).await, NominationState::Revoked);
    let shown = reviewer.get(&award).await.expect(200);
    assert_eq!(shown.json["number_raw"], "615/QĐ-SNgV");
    assert_eq!(shown.json["state"], "PUBLISHED");
    let states: Vec<_> = items(&world, &award)
        .await
        .iter()
        .map(|item| item["state"].clone())
        .collect();
    assert_eq!(states, [json!("VALID"), json!("REVOKED")]);

    let public = world.anonymous("GET", "/v1/honors").send().await.expect(200);
    assert_eq!(public.header("cache-control"), Some("public, max-age=60"));
    // CND-09: never with credentials.
    let known = world.persona("chief").get("/v1/honors").await.expect(200);
    assert_eq!(known.header("cache-control"), Some("private, no-cache"));
    let honors = public.json["items"].as_array().unwrap();
    assert_eq!(honors.len(), 2);
    assert_eq!(honors[1]["state"], "REVOKED");
    assert_eq!(honors[1]["decision_number"], "615/QĐ-SNgV");
    assert_eq!(honors[1]["form_name"], "Giấy khen của Giám đốc Sở");
    for honor in honors {
        let members: Vec<&String> = honor.as_object().unwrap().keys().collect();
        let secret = [
            "id",
            "amount_dong",
            "birth_date",
            "nomination_id",
            "individual_id",
        ];
        assert!(
            members.iter().all(|name| !secret.contains(&name.as_str())),
            "{honor}"
        );
    }

    let tasks = reviewer.get("/v1/recovery-tasks").await.expect(200);
    let task = &tasks.json["items"][0];
    // As written: Wednesday 1 July 2026 and 22 July.
    assert_eq!(
        (&task["due_on"], &task["amount_dong"]),
        (
            &json!(working_days_after(when("2026-07-01"), 15)),
            &json!(rewards(when("2026-06-30")).0)
        )
    );
    let path = format!("/v1/recovery-tasks/{}", task["id"].as_str().unwrap());
    world
        .persona("stranger")
        .get(&path)
        .await
        .refused(404, "resource.not_found");
    let done = json!({"completed_on": when("2026-07-01"), "note": "Đã nộp lại"});
    clerk
        .act(&path, "complete", &done)
        .await
        .refused(403, "access.forbidden");
    let chief = world.persona("chief");
    chief
        .act(
            &path,
            "complete",
            &json!({"completed_on": when("2026-07-02"), "note": "Mai"}),
        )
        .await
        .refused(422, "body.invalid");
    let completed = chief.act(&path, "complete", &done).await.expect(200);
    assert_eq!(completed.json["state"], "COMPLETED");
    chief
        .act(&path, "complete", &done)
        .await
        .refused(409, "state.transition_not_allowed");

    // What is revoked is not revoked again.
    let again = reviewer.post("/v1/decisions", &body).await.expect(201);
    reviewer
        .post(&format!("{}/items", again.header("location").unwrap()), &add)
        .await
        .refused(409, "decision.item_not_valid");
}

async fn one_item_is_corrected(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let ids = nominations(&world, campaign, vec![Wanted::recommended(Subject::Person(11))]).await;
    let award = issued(&world, campaign, &ids, 615, when("2026-06-30")).await;
    world
        .persona("clerk")
        .act(&award, "publish", &json!({}))
        .await
        .expect(200);
    let printed = items(&world, &award).await[0].clone();
    let reviewer = world.persona("reviewer");
    let body = json!({
        "type": "CORRECTION", "campaign_id": campaign, "original_id": award.rsplit('/').next().unwrap(),
        "title": "Về việc đính chính", "reason": "Sai tên",
    });
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    let correction = made.header("location").unwrap().to_owned();
    let corrected = json!({"corrections": [{"original_item_id": printed["id"], "name": "Đàm Thị Chính"}]});
    reviewer
        .post(&format!("{correction}/items"), &corrected)
        .await
        .expect(201);
    numbered(&world, &correction, 616, when("2026-07-01")).await;
    world
        .persona("deputy")
        .act(&correction, "issue", &json!({}))
        .await
        .expect(200);

    let after = items(&world, &award).await[0].clone();
    assert_eq!(
        (&after["state"], &after["name"]),
        (&json!("CORRECTED"), &printed["name"])
    );
    assert_eq!(state_of(&world, ids[0]).await, NominationState::Awarded);
    let found = world
        .anonymous(
            "GET",
            &format!("/v1/honors?q=dam%20thi%20chinh&year={}", year("2026-06-30")),
        )
        .send()
        .await
        .expect(200);
    let honor = &found.json["items"][0];
    assert_eq!(
        (&honor["name"], &honor["state"]),
        (&json!("Đàm Thị Chính"), &json!("CORRECTED"))
    );
    assert_eq!(honor["position"], printed["position"]);
}
