//! A member who is a nominee cannot vote on his own line; the base stays all members (C-8).

use serde_json::json;

use crate::support::councils::{
    MEMBERS, Subject, attend, consolidated_dossier, council, persona_of, planned, vote,
};
use crate::support::on_both;
use crate::support::world::World;

on_both!(nobody_votes_on_himself);

async fn nobody_votes_on_himself(world: World) {
    let (own, other) = (Subject::Individual(6), Subject::Individual(16));
    let dossier = consolidated_dossier(&world, &[own, other]).await;
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "OPEN_VOTE").await;
    let secretary = world.persona("reviewer");
    let everyone: Vec<u128> = MEMBERS.iter().map(|(number, _)| *number).collect();
    attend(&world, &session, &everyone).await;
    secretary.act(&session, "open", &json!({})).await.expect(200);
    let (own, other) = (dossier.nominations[&own], dossier.nominations[&other]);
    vote(&world, "head1", &session, own, "AGREE")
        .await
        .refused(403, "duty.conflict");
    vote(&world, "head1", &session, other, "AGREE").await.expect(200);
    for number in everyone.iter().filter(|number| **number != 6) {
        vote(&world, persona_of(*number), &session, own, "AGREE")
            .await
            .expect(200);
    }
    // Changed until the closing, one row; others' votes are not seen before it.
    let again = vote(&world, "head1", &session, other, "DISAGREE")
        .await
        .expect(200);
    assert_eq!(
        (again.json["choice"].as_str(), again.json["changes"].as_i64()),
        (Some("DISAGREE"), Some(1))
    );
    let seen = world
        .persona("head1")
        .get(&format!("{session}/votes"))
        .await
        .expect(200);
    assert_eq!(seen.json["items"].as_array().unwrap().len(), 1);
    let auditor = world.persona("auditor");
    let hidden = auditor.get(&format!("{session}/votes")).await.expect(200);
    assert_eq!(hidden.json["items"], json!([]));
    // Nor in what is told of the session (AZN-07).
    world.seal().await;
    for (reader, path) in [
        ("auditor", format!("{session}/history?limit=200")),
        ("reviewer", format!("{session}/history?limit=200")),
        ("auditor", "/v1/audit-entries?limit=200".to_owned()),
    ] {
        let page = world.persona(reader).get(&path).await.expect(200);
        let told = page.json.to_string();
        assert!(told.contains("review_session.vote_cast"), "{path}: {told}");
        assert!(page.json.get("next_cursor").is_none(), "all of it");
        for choice in ["AGREE", "DISAGREE", "ABSTAIN"] {
            assert!(!told.contains(choice), "{choice} for {reader} in {path}: {told}");
        }
    }
    secretary.act(&session, "close", &json!({})).await.expect(200);
    let all = auditor.get(&format!("{session}/votes")).await.expect(200);
    assert_eq!(all.json["items"].as_array().unwrap().len(), 7);
    let agenda = secretary.get(&format!("{session}/agenda")).await.expect(200);
    let line = agenda.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["nomination_id"] == json!(own));
    let tally = &line.unwrap()["tally"];
    assert_eq!(
        (tally["agree"].as_i64(), tally["base"].as_i64()),
        (Some(6), Some(7))
    );
}
