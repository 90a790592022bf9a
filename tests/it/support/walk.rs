//! The way of a dossier on plan 579, all of it over HTTP: proposed, appraised, consolidated, before the
//! council, awarded.

use serde_json::{Value, json};
use thidua::domain::ids::{CampaignId, NominationId};

use super::councils::{MEMBERS, attend, finish};
use super::decisions::{drafted, numbered};
use super::submissions::{Dossier, OWN_FORM, Who, draft};
use super::when;
use super::world::{Persona, World, org};

/// Criteria of plan 579 for a kind of subject, all met.
pub fn all_met(subject: Who) -> Value {
    let codes: &[&str] = match subject {
        Who::Person(_) => &["CN1", "CN2", "CN3"],
        Who::Collective(_) => &["TT1", "TT2", "TT3", "TT4"],
    };
    codes
        .iter()
        .map(|code| json!({"item": code, "ok": true}))
        .collect()
}

/// Attaches the letter of a dossier, and for each nomination a report and a proof of its criteria.
pub async fn papers(who: &Persona<'_>, dossier: &Dossier) {
    let document = json!({"type": "TTr", "number_raw": "01/TTr", "issued_on": when("2026-03-20")});
    let path = format!("{}/attachments", dossier.path);
    let letter = json!({"kind": "TO_TRINH", "document": document});
    who.post(&path, &letter).await.expect(201);
    for nomination in &dossier.nominations {
        for kind in ["BAO_CAO", "KHAC"] {
            let paper = json!({"kind": kind, "nomination_id": nomination, "document": document});
            who.post(&path, &paper).await.expect(201);
        }
    }
}

/// The office receives a handed-in dossier and finds these of its nominations eligible.
pub async fn appraised(world: &World, dossier: &Dossier, checklists: &[Value]) {
    let reviewer = world.persona("reviewer");
    reviewer
        .act(&dossier.path, "receive", &json!({}))
        .await
        .expect(200);
    for (nomination, checklist) in dossier.nominations.iter().zip(checklists) {
        let review = json!({
            "nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "ELIGIBLE", "checklist": checklist
        });
        reviewer.post("/v1/reviews", &review).await.expect(201);
    }
}

/// A dossier of the n-th division, 1 to 5, with these subjects and forms, consolidated.
pub async fn consolidated(
    world: &World,
    campaign: CampaignId,
    division: usize,
    wanted: &[(Who, &str)],
) -> Dossier {
    let head = world.persona(&format!("head{division}"));
    let mut dossier = draft(&head, campaign, org::DIVISIONS[division - 1]).await;
    for (subject, form) in wanted {
        let body = subject.nomination(&dossier.id, form);
        let made = head.post("/v1/nominations", &body).await.expect(201);
        dossier.nominations.push(made.id());
    }
    papers(&head, &dossier).await;
    head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    let checklists: Vec<Value> = wanted.iter().map(|(subject, _)| all_met(*subject)).collect();
    appraised(world, &dossier, &checklists).await;
    world
        .persona("reviewer")
        .act(&dossier.path, "consolidate", &json!({}))
        .await
        .expect(200);
    dossier
}

/// Plans a session of a council over these nominations; answers its path.
pub async fn planned(
    world: &World,
    council: &str,
    campaign: CampaignId,
    method: &str,
    nominations: &[String],
) -> String {
    let chief = world.persona("chief");
    let body = json!({
        "council_id": council, "campaign_id": campaign, "title": "Họp xét khen thưởng",
        "mode": "MEETING", "method": method, "held_at": when("2026-06-05T01:00:00Z")
    });
    let made = chief.post("/v1/review-sessions", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    let agenda = json!({"nomination_ids": nominations});
    chief.post(&format!("{path}/agenda"), &agenda).await.expect(201);
    path
}

/// Opens a session in which the whole council of seven is present.
pub async fn opened(world: &World, session: &str) {
    let everyone: Vec<u128> = MEMBERS.iter().map(|(number, _)| *number).collect();
    attend(world, session, &everyone).await;
    world
        .persona("reviewer")
        .act(session, "open", &json!({}))
        .await
        .expect(200);
}

/// A session that agreed on these nominations and waits for the chair's confirmation; answers its path.
pub async fn signed(world: &World, council: &str, campaign: CampaignId, nominations: &[String]) -> String {
    let session = planned(world, council, campaign, "CONSENSUS", nominations).await;
    opened(world, &session).await;
    let agreed = json!({"nomination_ids": nominations, "outcome": "RECOMMENDED", "note": "Thống nhất"});
    world
        .persona("reviewer")
        .post(&format!("{session}/consensus"), &agreed)
        .await
        .expect(200);
    finish(world, &session).await;
    session
}

/// A dossier over what the head of the agency discovered in the first division: made by the office,
/// empty.
pub async fn discovery(world: &World, campaign: CampaignId) -> Dossier {
    let body = json!({
        "campaign_id": campaign, "division_id": org::DIVISIONS[0], "procedure": "HEAD_DISCOVERED"
    });
    let made = world
        .persona("chief")
        .post("/v1/submissions", &body)
        .await
        .expect(201);
    Dossier {
        id: made.id(),
        path: made.header("location").unwrap().to_owned(),
        nominations: Vec::new(),
    }
}

/// Awards the department's form to a subject that its head discovered; answers the decision's path.
pub async fn awarded(world: &World, campaign: CampaignId, subject: Who, number: i32) -> String {
    let mut dossier = discovery(world, campaign).await;
    let chief = world.persona("chief");
    let body = subject.nomination(&dossier.id, OWN_FORM);
    let made = chief.post("/v1/nominations", &body).await.expect(201);
    dossier.nominations.push(made.id());
    papers(&chief, &dossier).await;
    chief.act(&dossier.path, "submit", &json!({})).await.expect(200);
    appraised(world, &dossier, &[all_met(subject)]).await;
    let ids: Vec<NominationId> = vec![dossier.nominations[0].parse().unwrap()];
    let path = drafted(world, campaign, &ids).await;
    numbered(world, &path, number, when("2026-06-30")).await;
    world
        .persona("deputy")
        .act(&path, "issue", &json!({}))
        .await
        .expect(200);
    path
}
