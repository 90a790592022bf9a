//! Reviews over HTTP.

use serde_json::{Value, json};
use thidua::domain::ids::NominationId;
use thidua::domain::states::{NominationState, SubmissionState};
use thidua::store::{nominations, submissions};

use crate::support::councils::{Subject, eligible, received_dossier};
use crate::support::on_both;
use crate::support::world::World;

on_both!(
    take_the_dossier_into_appraisal_and_supersede,
    refuse_what_is_not_proven,
    are_not_made_by_the_drafter,
    are_seen_by_those_concerned,
    close_a_dossier_in_which_nothing_is_eligible,
);

const PERSON: Subject = Subject::Individual(16);
const GROUP: Subject = Subject::Collective(2);

async fn state_of(world: &World, id: NominationId) -> (NominationState, i64) {
    world
        .database(move |conn| {
            let row = nominations::get(conn, id).unwrap();
            (row.state, row.version)
        })
        .await
}

async fn take_the_dossier_into_appraisal_and_supersede(world: World) {
    let dossier = received_dossier(&world, &[PERSON, GROUP]).await;
    let nomination = dossier.nominations[&PERSON];
    let reviewer = world.persona("reviewer");
    let body = eligible(PERSON, nomination);
    let ask = || reviewer.ask("POST", "/v1/reviews").key("r-1").json(&body);
    let first = ask().send().await.expect(201);
    let again = ask().send().await.expect(201);
    assert_eq!(
        (first.bytes.clone(), again.header("idempotency-replayed")),
        (again.bytes.clone(), Some("true"))
    );
    assert_eq!(first.json["reviewer_role"], "OFFICE_REVIEWER");
    assert_eq!(state_of(&world, nomination).await, (NominationState::Eligible, 2));
    let submission = dossier.submission;
    let state = world
        .database(move |conn| submissions::get(conn, submission).unwrap().state)
        .await;
    assert_eq!(state, SubmissionState::Appraising);

    let against = json!({"nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "INELIGIBLE"});
    let refused = world
        .persona("chief")
        .post("/v1/reviews", &against)
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["code"], "review.reason_required");
    let mut against = against;
    against["legal_reason"] = json!("Đang bị kỷ luật");
    let second = world
        .persona("chief")
        .post("/v1/reviews", &against)
        .await
        .expect(201);
    assert_eq!(
        state_of(&world, nomination).await,
        (NominationState::Ineligible, 3)
    );
    let old = reviewer
        .get(&format!("/v1/reviews/{}", first.id()))
        .await
        .expect(200);
    assert_eq!(old.json["superseded_by"], second.json["id"]);
    let current = reviewer
        .get(&format!("/v1/reviews?nomination_id={nomination}&current=true"))
        .await
        .expect(200);
    assert_eq!(current.json["items"].as_array().unwrap().len(), 1);
    assert_eq!(current.json["items"][0]["id"], second.json["id"]);

    let supplement =
        json!({"nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "NEEDS_SUPPLEMENT"});
    reviewer.post("/v1/reviews", &supplement).await.expect(201);
    assert_eq!(state_of(&world, nomination).await, (NominationState::Proposed, 4));
    let kinds = world
        .database(|conn| {
            use diesel::prelude::*;
            use thidua::store::schema::journal_entries::dsl;
            dsl::journal_entries
                .order(dsl::id.asc())
                .select(dsl::kind)
                .load::<String>(conn)
                .unwrap()
        })
        .await;
    for kind in [
        "review.made",
        "submission.appraisal_begun",
        "nomination.found_eligible",
        "nomination.found_ineligible",
    ] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} in {kinds:?}");
    }
}

async fn refuse_what_is_not_proven(world: World) {
    let dossier = received_dossier(&world, &[PERSON, GROUP]).await;
    let reviewer = world.persona("reviewer");
    let nomination = dossier.nominations[&PERSON];
    let with = |checklist: Value| json!({"nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "ELIGIBLE", "checklist": checklist});
    let refused = reviewer
        .post("/v1/reviews", &with(json!([{"item": "CN1", "ok": false}])))
        .await
        .refused(409, "nomination.criteria_unmet");
    assert_eq!(refused.json["criteria"], json!(["CN1"]));
    assert_eq!(refused.json["errors"][0]["pointer"], "/checklist/0");
    let refused = reviewer
        .post("/v1/reviews", &with(json!([{"item": "TT1", "ok": true}, {"item": "CN1", "ok": true}, {"item": "CN1", "ok": true}])))
        .await
        .refused(422, "body.invalid");
    let codes: Vec<&str> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["field.reference", "field.duplicate"]);
    world
        .database(move |conn| {
            use diesel::prelude::*;
            use thidua::store::schema::attachments::dsl;
            diesel::delete(dsl::attachments.filter(dsl::nomination_id.eq(nomination)))
                .execute(conn)
                .unwrap();
        })
        .await;
    let refused = reviewer
        .post("/v1/reviews", &eligible(PERSON, nomination))
        .await
        .refused(409, "submission.papers_missing");
    assert_eq!(refused.json["papers"], json!(["BAO_CAO"]));
    let mut score = eligible(PERSON, nomination);
    score["kind"] = json!("SCORE");
    reviewer
        .post("/v1/reviews", &score)
        .await
        .refused(422, "review.kind_unsupported");
    // Nothing was kept of all that.
    assert_eq!(state_of(&world, nomination).await, (NominationState::Proposed, 1));

    let submission = dossier.submission;
    world
        .database(move |conn| {
            let mut row = submissions::get(conn, submission).unwrap();
            row.state = SubmissionState::Consolidated;
            submissions::save(conn, &row).unwrap();
        })
        .await;
    reviewer
        .post("/v1/reviews", &eligible(GROUP, dossier.nominations[&GROUP]))
        .await
        .refused(409, "state.transition_not_allowed");
}

async fn are_not_made_by_the_drafter(world: World) {
    let dossier = received_dossier(&world, &[PERSON]).await;
    let nomination = dossier.nominations[&PERSON];
    world
        .database(move |conn| {
            use diesel::prelude::*;
            use thidua::domain::ids::IdentityId;
            use thidua::store::schema::identities::dsl;
            let reviewer: IdentityId = dsl::identities
                .filter(dsl::subject.eq("reviewer"))
                .select(dsl::id)
                .first(conn)
                .unwrap();
            let mut row = nominations::get(conn, nomination).unwrap();
            row.drafted_by = reviewer;
            nominations::save(conn, &row).unwrap();
        })
        .await;
    let body = eligible(PERSON, nomination);
    world
        .persona("reviewer")
        .post("/v1/reviews", &body)
        .await
        .refused(403, "duty.conflict");
    world
        .persona("chief")
        .post("/v1/reviews", &body)
        .await
        .expect(201);
}

async fn are_seen_by_those_concerned(world: World) {
    let dossier = received_dossier(&world, &[PERSON]).await;
    let nomination = dossier.nominations[&PERSON];
    let body = eligible(PERSON, nomination);
    for (persona, status, code) in [
        ("head1", 403, "access.forbidden"),
        ("director", 403, "access.forbidden"),
        ("stranger", 404, "resource.not_found"),
        ("nominee", 403, "access.forbidden"),
    ] {
        world
            .persona(persona)
            .post("/v1/reviews", &body)
            .await
            .refused(status, code);
    }
    let made = world
        .persona("reviewer")
        .post("/v1/reviews", &body)
        .await
        .expect(201);
    let path = made.header("location").unwrap().to_owned();
    for (persona, status) in [
        ("head1", 200),
        ("auditor", 200),
        ("stranger", 404),
        ("nominee", 404),
    ] {
        world.persona(persona).get(&path).await.expect(status);
        let listed = world.persona(persona).get("/v1/reviews").await.expect(200);
        assert_eq!(
            listed.json["items"].as_array().unwrap().len(),
            usize::from(status == 200),
            "{persona}"
        );
    }
}

/// M-2, and the way back when such an appraisal is corrected.
async fn close_a_dossier_in_which_nothing_is_eligible(world: World) {
    let dossier = received_dossier(&world, &[PERSON, GROUP]).await;
    let reviewer = world.persona("reviewer");
    let path = format!("/v1/submissions/{}", dossier.submission);
    let state = async || reviewer.get(&path).await.expect(200).json["state"].clone();
    let against = |subject| {
        json!({
            "nomination_id": dossier.nominations[&subject], "kind": "APPRAISAL",
            "conclusion": "INELIGIBLE", "legal_reason": "Đang bị kỷ luật"
        })
    };
    reviewer.post("/v1/reviews", &against(PERSON)).await.expect(201);
    assert_eq!(state().await, "APPRAISING");
    reviewer.post("/v1/reviews", &against(GROUP)).await.expect(201);
    assert_eq!(state().await, "CLOSED");
    assert_eq!(world.unsound().await, Vec::<String>::new());

    let right = eligible(GROUP, dossier.nominations[&GROUP]);
    reviewer.post("/v1/reviews", &right).await.expect(201);
    assert_eq!(state().await, "APPRAISING");
    reviewer.post("/v1/reviews", &against(GROUP)).await.expect(201);
    assert_eq!(state().await, "CLOSED");
    // The same conclusion with another reason is a correction too.
    reviewer.post("/v1/reviews", &against(GROUP)).await.expect(201);
    assert_eq!(state().await, "CLOSED");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}
