//! T = 6, I = 28: the council confirms 1 collective and 8 individuals; 2 and 8 are refused with the four
//! readings (R-Q1).

use serde_json::json;

use crate::support::councils::{Subject, confirmable, finish, received_dossier, states_of};
use crate::support::on_both;
use crate::support::world::World;

on_both!(
    one_collective_and_eight_pass,
    two_collectives_and_eight_are_refused
);

fn subjects(collectives: u128) -> Vec<Subject> {
    let collectives = (2..2 + collectives).map(Subject::Collective);
    collectives.chain((11..19).map(Subject::Individual)).collect()
}

async fn one_collective_and_eight_pass(world: World) {
    let dossier = received_dossier(&world, &subjects(1)).await;
    let session = confirmable(&world, &dossier).await;
    finish(&world, &session).await;
    let director = world.persona("director");
    let confirmed = director.act(&session, "confirm", &json!({})).await.expect(200);
    assert_eq!(confirmed.json["state"], "CONFIRMED");
    assert_eq!(states_of(&world, &dossier).await, vec!["AWAITING_DIRECTOR"; 9]);
}

async fn two_collectives_and_eight_are_refused(world: World) {
    let dossier = received_dossier(&world, &subjects(2)).await;
    let session = confirmable(&world, &dossier).await;
    finish(&world, &session).await;
    let director = world.persona("director");
    let refused = director
        .act(&session, "confirm", &json!({}))
        .await
        .refused(409, "quota.exceeded");
    assert_eq!(refused.json["readings"].as_array().unwrap().len(), 4);
    assert_eq!(states_of(&world, &dossier).await, vec!["IN_COUNCIL"; 10]);
    let reason = json!({"override_reason": "Thành tích đặc biệt xuất sắc"});
    let confirmed = director.act(&session, "confirm", &reason).await.expect(200);
    assert_eq!(confirmed.json["outcome"]["warnings"][0]["code"], "quota.exceeded");
    assert_eq!(states_of(&world, &dossier).await, vec!["AWAITING_DIRECTOR"; 10]);
}
