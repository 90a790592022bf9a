//! Reviews over HTTP.

use serde_json::{Value, json};
use thidua::app::JsonText;
use thidua::domain::caller::{PrincipalKind, Role};
use thidua::domain::ids::NominationId;
use thidua::domain::states::{CampaignState, NominationState, SubmissionState};
use thidua::store::{campaigns, nominations, submissions};

use crate::support::campaigns::document;
use crate::support::councils::{Subject, eligible, received_dossier};
use crate::support::on_both;
use crate::support::submissions::{Who, campaign, draft, propose};
use crate::support::when;
use crate::support::world::{Reply, World, org, seed_grant};

on_both!(
    take_the_dossier_into_appraisal_and_supersede,
    refuse_what_is_not_proven,
    are_not_made_by_the_drafter,
    are_not_made_by_whoever_wrote_in_the_nomination,
    of_oneself_are_remarked,
    are_seen_by_those_concerned,
    close_a_dossier_in_which_nothing_is_eligible,
    are_not_made_in_a_concluded_campaign,
    answer_what_was_handed_in_again_before_the_campaign_is_concluded,
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
    let error = &refused.json["errors"][0];
    assert_eq!(
        (&error["pointer"], &error["params"]["kind"]),
        (&json!("/checklist/1"), &json!("BAO_CAO"))
    );
    // Beside a criterion that is not met.
    let unmet = with(json!([{"item": "CN1", "ok": false}]));
    let refused = reviewer
        .post("/v1/reviews", &unmet)
        .await
        .refused(409, "nomination.criteria_unmet");
    assert_eq!(refused.json["papers"], json!(["BAO_CAO"]));
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 2);
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

/// Who made the row may have written no more than its title.
async fn are_not_made_by_whoever_wrote_in_the_nomination(world: World) {
    let (head, reviewer) = (world.persona("head1"), world.persona("reviewer"));
    let unit = org::DIVISIONS[0];
    world
        .database(move |conn| {
            seed_grant(
                conn,
                PrincipalKind::User,
                "reviewer",
                Role::DivisionOfficer,
                Some(unit),
            );
        })
        .await;
    let mut dossier = draft(&head, campaign(&world).await, unit).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let nomination = &dossier.nominations[0];
    let path = format!("/v1/nominations/{nomination}");
    let words = json!({"achievement_summary": "Viết lại toàn bộ"});
    reviewer.patch(&path, &words).await.expect(200);
    head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    let chief = world.persona("chief");
    chief.act(&dossier.path, "receive", &json!({})).await.expect(200);
    let shown = reviewer.get(&path).await.expect(200);
    let mut actions = shown.json["allowed_actions"].as_array().unwrap().iter();
    let appraise = actions.find(|action| action["action"] == "appraise").unwrap();
    assert_eq!(appraise["blocked_by"][0]["code"], "duty.conflict", "{appraise}");
    let body = json!({"nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
        "legal_reason": "Không đạt"});
    reviewer
        .post("/v1/reviews", &body)
        .await
        .refused(403, "duty.conflict");
    chief.post("/v1/reviews", &body).await.expect(201);
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

    // What closed opens again only with the reason.
    let group = format!("/v1/nominations/{}", dossier.nominations[&GROUP]);
    assert_eq!(blocked(&reviewer.get(&group).await, "appraise"), Some(vec![]));
    let mut right = eligible(GROUP, dossier.nominations[&GROUP]);
    let silent = reviewer.post("/v1/reviews", &right).await;
    let silent = silent.refused(422, "body.invalid");
    assert_eq!(silent.json["errors"][0]["pointer"], "/note");
    assert_eq!(silent.json["errors"][0]["code"], "review.reason_required");
    right["note"] = json!("Kết luận kỷ luật đã được hủy");
    reviewer.post("/v1/reviews", &right).await.expect(201);
    assert_eq!(state().await, "APPRAISING");
    let history = reviewer.get(&format!("{path}/history")).await.expect(200);
    let entries = history.json["items"].as_array().unwrap();
    let reopened = entries
        .iter()
        .find(|entry| entry["kind"] == "submission.reopened")
        .unwrap();
    assert_eq!(reopened["reason"], "Kết luận kỷ luật đã được hủy");
    reviewer.post("/v1/reviews", &against(GROUP)).await.expect(201);
    assert_eq!(state().await, "CLOSED");
    // The same conclusion with another reason is a correction too.
    reviewer.post("/v1/reviews", &against(GROUP)).await.expect(201);
    assert_eq!(state().await, "CLOSED");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// What blocks an act, if it is listed.
fn blocked(shown: &Reply, act: &str) -> Option<Vec<String>> {
    let acts = shown.json["allowed_actions"].as_array().unwrap();
    let found = acts.iter().find(|one| one["action"] == act)?;
    let codes = found["blocked_by"].as_array().unwrap().iter();
    Some(
        codes
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect(),
    )
}

async fn are_not_made_in_a_concluded_campaign(world: World) {
    let dossier = received_dossier(&world, &[PERSON, GROUP]).await;
    let reviewer = world.persona("reviewer");
    let first = eligible(PERSON, dossier.nominations[&PERSON]);
    reviewer.post("/v1/reviews", &first).await.expect(201);
    let campaign = dossier.campaign;
    world
        .database(move |conn| {
            let mut row = campaigns::get(conn, campaign).unwrap();
            row.state = CampaignState::Concluded;
            row.final_report = JsonText::of(&document("901/BC-SNgV", when("2026-07-15"))).ok();
            campaigns::save_if(conn, &row, row.version).unwrap();
        })
        .await;
    let group = format!("/v1/nominations/{}", dossier.nominations[&GROUP]);
    assert_eq!(
        blocked(&reviewer.get(&group).await, "appraise"),
        Some(vec!["campaign.not_published".to_owned()])
    );
    reviewer
        .post("/v1/reviews", &eligible(GROUP, dossier.nominations[&GROUP]))
        .await
        .refused(409, "campaign.not_published");
}

/// 5.3: no nomination is open at the end, whatever the round before said of it.
async fn answer_what_was_handed_in_again_before_the_campaign_is_concluded(world: World) {
    let dossier = received_dossier(&world, &[PERSON, GROUP]).await;
    world.set_time(when("2026-05-22T02:00:00Z"));
    let (reviewer, head, chief) = (
        world.persona("reviewer"),
        world.persona("head1"),
        world.persona("chief"),
    );
    let path = format!("/v1/submissions/{}", dossier.submission);
    let against = json!({
        "nomination_id": dossier.nominations[&PERSON], "kind": "APPRAISAL",
        "conclusion": "INELIGIBLE", "legal_reason": "Đang bị kỷ luật"
    });
    reviewer.post("/v1/reviews", &against).await.expect(201);
    let supplement = json!({"reason": "Bổ sung báo cáo"});
    reviewer.act(&path, "return", &supplement).await.expect(200);
    let group = format!("/v1/nominations/{}", dossier.nominations[&GROUP]);
    let tag = head.get(&group).await.expect(200).etag();
    head.delete(&group, &tag).await.expect(204);
    head.act(&path, "submit", &json!({})).await.expect(200);

    let campaign = format!("/v1/campaigns/{}", dossier.campaign);
    let report = json!({"final_report": document("901/BC-SNgV", when("2026-07-15"))});
    let conclude = async || chief.act(&campaign, "conclude", &report).await;
    for act in ["receive", ""] {
        let open = conclude().await.refused(409, "campaign.open_nominations");
        assert_eq!(open.json["nomination_ids"], json!([dossier.nominations[&PERSON]]));
        if !act.is_empty() {
            reviewer.act(&path, act, &json!({})).await.expect(200);
        }
    }
    reviewer.post("/v1/reviews", &against).await.expect(201);
    assert_eq!(reviewer.get(&path).await.expect(200).json["state"], "CLOSED");
    conclude().await.expect(200);
    let person = format!("/v1/nominations/{}", dossier.nominations[&PERSON]);
    assert_eq!(
        blocked(&reviewer.get(&person).await, "appraise"),
        Some(vec!["campaign.not_published".to_owned()])
    );
    reviewer
        .post("/v1/reviews", &against)
        .await
        .refused(409, "campaign.not_published");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// C-8: who appraises himself is told, not stopped; a small office may have nobody else.
async fn of_oneself_are_remarked(world: World) {
    let dossier = received_dossier(&world, &[PERSON]).await;
    let nomination = dossier.nominations[&PERSON];
    let body = eligible(PERSON, nomination);
    let other = world
        .persona("chief")
        .ask("POST", "/v1/reviews?dry_run=true")
        .json(&body)
        .send()
        .await;
    assert_eq!(other.expect(201).json["outcome"]["warnings"], json!([]));
    world
        .database(move |conn| {
            use diesel::prelude::*;
            use thidua::store::schema::identities::dsl;
            let own = nominations::get(conn, nomination).unwrap().individual_id;
            let reviewer = dsl::identities.filter(dsl::subject.eq("reviewer"));
            diesel::update(dsl::identities.filter(dsl::individual_id.eq(own)))
                .set(dsl::individual_id.eq(None::<thidua::domain::ids::IndividualId>))
                .execute(conn)
                .unwrap();
            diesel::update(reviewer)
                .set(dsl::individual_id.eq(own))
                .execute(conn)
                .unwrap();
        })
        .await;
    let made = world
        .persona("reviewer")
        .post("/v1/reviews", &body)
        .await
        .expect(201);
    assert_eq!(made.json["outcome"]["warnings"][0]["code"], "duty.conflict");
}
