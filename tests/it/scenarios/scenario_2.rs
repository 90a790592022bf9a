//! Scenario 2 (`domain.md` 5.11): the deadline "trước ngày 25/5/2026", to the microsecond.

use serde_json::json;

use crate::support::on_both;
use crate::support::submissions::{Dossier, Who, campaign, draft, propose};
use crate::support::when;
use crate::support::world::{World, org};

on_both!(
    the_deadline_is_strict_and_the_chief_may_admit_late,
    each_instant_of_the_rule
);

async fn drafted(world: &World, campaign: thidua::domain::ids::CampaignId, division: usize) -> Dossier {
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
