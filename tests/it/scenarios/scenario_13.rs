//! Scenario 13: the department is merged into another: the award keeps its issuer, the successor can
//! revoke it, a stranger cannot.

use serde_json::json;
use thidua::domain::caller::{PrincipalKind, Role};
use thidua::domain::states::NominationState;

use crate::support::decisions::{
    Subject, Wanted, campaign, issued, items, nomination, plan, signature, state_of,
};
use crate::support::on_both;
use crate::support::when;
use crate::support::world::{World, org, seed_grant};

on_both!(the_successor_revokes);

async fn the_successor_revokes(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let award = issued(&world, campaign, &[id], 615, when("2026-06-30")).await;
    world
        .persona("clerk")
        .act(&award, "publish", &json!({}))
        .await
        .expect(200);
    let line = items(&world, &award).await[0]["id"].clone();
    for (subject, role) in [("new-director", Role::Director), ("new-clerk", Role::Clerk)] {
        world
            .database(move |conn| {
                let at = Some(org::OTHER_DEPARTMENT);
                seed_grant(conn, PrincipalKind::User, subject, role, at);
            })
            .await;
    }

    let chief = world.persona("stranger");
    let body = json!({
        "type": "REVOCATION", "campaign_id": campaign, "organization_id": org::OTHER_DEPARTMENT,
        "original_id": award.rsplit('/').next().unwrap(), "title": "Về việc hủy bỏ",
        "ground": "FRAUD", "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Khai man",
    });
    chief
        .post("/v1/decisions", &body)
        .await
        .refused(403, "decision.not_issuer");

    world
        .database(|conn| {
            let mut closed = thidua::store::organizations::get(conn, org::DEPARTMENT).unwrap();
            closed.valid_to = Some(when("2026-12-31").parse().unwrap());
            closed.successor_id = Some(org::OTHER_DEPARTMENT);
            thidua::store::organizations::save_if(conn, &closed, closed.version).unwrap();
        })
        .await;
    let made = chief.post("/v1/decisions", &body).await.expect(201);
    assert_eq!(made.json["issuer_name"], "Sở Mẫu");
    let path = made.header("location").unwrap().to_owned();
    chief
        .post(&format!("{path}/items"), &json!({"original_item_ids": [line]}))
        .await
        .expect(201);
    chief.act(&path, "check", &json!({})).await.expect(200);
    let director = world.persona("new-director");
    director.act(&path, "sign", &signature()).await.expect(200);
    world.not_before(when("2027-01-15"));
    world
        .persona("new-clerk")
        .act(
            &path,
            "number",
            &json!({"number": 3, "issued_on": when("2027-01-15")}),
        )
        .await
        .expect(200);
    let revoked = director.act(&path, "issue", &json!({})).await.expect(200);
    assert_eq!(revoked.json["number_raw"], "03/QĐ-SM");
    assert_eq!(state_of(&world, id).await, NominationState::Revoked);

    let shown = world.persona("nobody").get(&award).await.expect(200);
    assert_eq!(shown.json["issuer_name"], "Sở Ngoại vụ");
    assert_eq!(shown.json["number_raw"], "615/QĐ-SNgV");
}
