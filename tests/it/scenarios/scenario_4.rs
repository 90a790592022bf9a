//! Council of 7: 5 present are a quorum, 4 are not; 4 of 7 pass more than half, 6 of 7 pass 80 %, 5 of 7
//! do not (R-V1, R-V2).

use serde_json::{Value, json};

use crate::support::councils::{
    Dossier, MEMBERS, Subject, attend, consolidated_dossier, council_with, persona_of, planned, vote,
};
use crate::support::on_both;
use crate::support::world::World;

on_both!(quorum_is_two_thirds_of_all, half_and_eighty_percent);

const NOMINEE: Subject = Subject::Individual(16);

async fn session_of(world: &World, dossier: &Dossier, policy: Value) -> String {
    let council = council_with(world, policy, &MEMBERS).await;
    planned(world, &council, dossier, "OPEN_VOTE").await
}

async fn quorum_is_two_thirds_of_all(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let session = session_of(&world, &dossier, json!({})).await;
    let secretary = world.persona("reviewer");
    attend(&world, &session, &[1, 2, 3, 4]).await;
    let refused = secretary
        .act(&session, "open", &json!({}))
        .await
        .refused(409, "session.quorum_not_met");
    assert_eq!(
        (refused.json["present"].as_i64(), refused.json["total"].as_i64()),
        (Some(4), Some(7))
    );
    attend(&world, &session, &[1, 2, 3, 4, 6]).await;
    let open = secretary.act(&session, "open", &json!({})).await.expect(200);
    assert_eq!(
        (
            open.json["present_members"].as_i64(),
            open.json["total_members"].as_i64()
        ),
        (Some(5), Some(7))
    );
}

async fn half_and_eighty_percent(world: World) {
    let eighty = json!({"threshold_basis_points": 8000, "comparison": "AT_LEAST"});
    let cases = [
        (json!({}), 4, 5714, "RECOMMENDED"),
        (json!({}), 3, 4286, "NOT_RECOMMENDED"),
        (eighty.clone(), 6, 8571, "RECOMMENDED"),
        (eighty, 5, 7143, "NOT_RECOMMENDED"),
    ];
    for (policy, agreeing, share, outcome) in cases {
        let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
        let session = session_of(&world, &dossier, policy).await;
        let secretary = world.persona("reviewer");
        let everyone: Vec<u128> = MEMBERS.iter().map(|(number, _)| *number).collect();
        attend(&world, &session, &everyone).await;
        secretary.act(&session, "open", &json!({})).await.expect(200);
        let nomination = dossier.nominations[&NOMINEE];
        secretary
            .act(&session, "close", &json!({}))
            .await
            .refused(409, "session.item_undecided");
        for (index, number) in everyone.iter().enumerate() {
            let choice = if index < agreeing { "AGREE" } else { "DISAGREE" };
            vote(&world, persona_of(*number), &session, nomination, choice)
                .await
                .expect(200);
        }
        secretary.act(&session, "close", &json!({})).await.expect(200);
        vote(&world, "head1", &session, nomination, "AGREE")
            .await
            .refused(409, "state.transition_not_allowed");
        let agenda = secretary.get(&format!("{session}/agenda")).await.expect(200);
        let tally = &agenda.json["items"][0]["tally"];
        assert_eq!(
            (tally["percentage_hundredths"].as_i64(), tally["base"].as_i64()),
            (Some(share), Some(7))
        );
        assert_eq!(tally["outcome"], outcome);
    }
}
