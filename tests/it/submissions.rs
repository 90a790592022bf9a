//! Dossiers over HTTP: drafting, handing in, the office's acts, papers, receipt.

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::app::JsonText;
use thidua::domain::codes::{LatePolicy, SubjectKind};
use thidua::domain::ids::IndividualId;
use thidua::domain::states::CampaignState;
use thidua::store::individuals::{self, Individual};
use thidua::store::schema;

use crate::support::calendar::{when, working_days_after};
use crate::support::on_both;
use crate::support::pointers;
use crate::support::submissions::{
    OWN_FORM, UPPER_FORM, Who, campaign, campaign_with, draft, eligible, enrol, plan, propose, received,
    submitted,
};
use crate::support::world::{Reply, World, org, person};

on_both!(
    go_from_draft_to_register_with_receipt,
    are_seen_and_touched_by_whom_the_policy_names,
    belong_to_a_unit_of_the_launching_organisation,
    are_locked_once_handed_in,
    are_returned_and_answered_within_the_supplement_period,
    stay_out_or_come_in_late_as_the_plan_says,
    on_paper_count_from_their_arrival,
    free_their_subjects_when_withdrawn,
    are_told_when_what_is_taken_back_cannot_come_in_again,
    are_consolidated_when_all_are_appraised,
    are_not_consolidated_in_a_campaign_that_was_given_up,
    are_left_alone_in_a_campaign_that_was_given_up,
    are_the_offices_when_their_unit_has_ended,
    are_consolidated_as_they_were_appraised_before,
    say_early_that_a_council_is_needed,
    warn_or_stop_when_papers_are_missing,
    take_only_so_many_papers,
    change_version_with_every_part,
    fifty_identical_submits_have_one_effect,
    a_hundred_edits_with_one_tag_have_one_winner,
    name_the_criterion_whose_evidence_is_missing,
    are_appraised_again_without_a_paper,
);

const AFTER_THE_END: &str = "2026-05-22T02:00:00Z";

fn codes(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["code"].as_str().unwrap().to_owned())
        .collect()
}

fn warnings(reply: &Reply) -> Vec<String> {
    codes(&reply.json["outcome"]["warnings"])
}

fn action(reply: &Reply, name: &str) -> Option<Vec<String>> {
    let actions = reply.json["allowed_actions"].as_array().unwrap();
    let one = actions.iter().find(|action| action["action"] == name)?;
    Some(codes(&one["blocked_by"]))
}

async fn go_from_draft_to_register_with_receipt(world: World) {
    let campaign = campaign(&world).await;
    let (officer, head) = (world.persona("officer1"), world.persona("head1"));
    let mut dossier = draft(&officer, campaign, org::DIVISIONS[0]).await;
    let shown = head.get(&dossier.path).await.expect(200);
    assert_eq!(
        action(&shown, "submit"),
        Some(vec!["submission.empty".to_owned()])
    );
    head.act(&dossier.path, "submit", &json!({}))
        .await
        .refused(409, "submission.empty");
    head.get(&format!("{}/receipt", dossier.path))
        .await
        .refused(404, "resource.not_found");
    propose(&officer, &mut dossier, &[Who::Collective(2), Who::Person(16)]).await;
    officer
        .act(&dossier.path, "submit", &json!({}))
        .await
        .refused(403, "access.forbidden");

    let early = head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    assert_eq!(early.json["state"], "SUBMITTED");
    assert_eq!(early.json["late"], false);
    assert_eq!(early.json["terms_number"], 1);
    assert_eq!(early.json["round"], 1);
    let told = warnings(&early);
    assert!(
        told.contains(&"submission.before_campaign_end".to_owned()),
        "{told:?}"
    );
    assert!(told.contains(&"submission.papers_missing".to_owned()), "{told:?}");
    let first = head.get(&format!("{}/receipt", dossier.path)).await.expect(200);

    head.act(&dossier.path, "recall", &json!({})).await.expect(200);
    world.set_time(when(AFTER_THE_END));
    let again = head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    assert!(!warnings(&again).contains(&"submission.before_campaign_end".to_owned()));
    let english = head
        .ask("GET", &format!("{}/receipt", dossier.path))
        .header("accept-language", "en")
        .send()
        .await
        .expect(200);
    assert_eq!(english.json["round"], 2);
    assert_eq!(english.json["code"].as_str().unwrap().len(), 10);
    assert_ne!(english.json["code"], first.json["code"]);
    // Both sides can compute it from what they are shown.
    let mut receipt = english.json.clone();
    for member in ["digest", "warnings"] {
        receipt.as_object_mut().unwrap().remove(member);
    }
    assert_eq!(english.json["digest"], digest_of(&receipt));
    let line = &english.json["nominations"][0];
    let shown = head
        .get(&format!("/v1/nominations/{}", line["id"].as_str().unwrap()))
        .await
        .expect(200);
    let said = [
        "achievement_summary",
        "collective_id",
        "criteria",
        "display_name",
        "individual_id",
        "position",
        "proposed_form",
        "subject_kind",
    ];
    assert_eq!(line["sha256"], digest_of(&part(&shown.json, &said)));
    let dossier_shown = head.get(&dossier.path).await.expect(200);
    assert_eq!(
        english.json["sha256"],
        digest_of(&part(&dossier_shown.json, &["letter", "note", "procedure"]))
    );
    assert_eq!(english.json["nominations"].as_array().unwrap().len(), 2);
    assert_eq!(
        english.json["warnings"][0]["detail"],
        "Required papers are missing"
    );

    let reviewer = world.persona("reviewer");
    let one = reviewer
        .act(&dossier.path, "receive", &json!({}))
        .await
        .expect(200);
    assert_eq!(one.json["received_no"], 1);
    let second = received(&world, campaign, 2, &[Who::Person(12)]).await;
    let second = reviewer.get(&second.path).await.expect(200);
    assert_eq!(second.json["received_no"], 2);
    let refused = head
        .act(&dossier.path, "recall", &json!({}))
        .await
        .refused(409, "state.transition_not_allowed");
    assert_eq!(refused.json["object"], "submission");
    let lines = reviewer
        .get(&format!("{}?include=nominations", dossier.path))
        .await
        .expect(200);
    assert_eq!(lines.json["nominations"].as_array().unwrap().len(), 2);
    let list = reviewer
        .get(&format!("/v1/submissions?campaign_id={campaign}&state=RECEIVED"))
        .await
        .expect(200);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 2);
}

async fn are_seen_and_touched_by_whom_the_policy_names(world: World) {
    let campaign = campaign(&world).await;
    let dossier = submitted(&world, campaign, 1, &[Who::Person(16)]).await;
    for stranger in [
        "head2",
        "stranger",
        "other-head",
        "board",
        "nobody",
        "nominee",
        "administrator",
    ] {
        let stranger = world.persona(stranger);
        stranger
            .get(&dossier.path)
            .await
            .refused(404, "resource.not_found");
        let list = stranger.get("/v1/submissions").await.expect(200);
        assert_eq!(list.json["items"], json!([]));
    }
    for reader in ["officer1", "director", "auditor", "reviewer", "chief"] {
        world.persona(reader).get(&dossier.path).await.expect(200);
    }
    world
        .persona("director")
        .act(&dossier.path, "receive", &json!({}))
        .await
        .refused(403, "access.forbidden");
    // The office does not act for a unit that hands in itself.
    let reviewer = world.persona("reviewer");
    reviewer
        .act(&dossier.path, "recall", &json!({}))
        .await
        .refused(403, "access.forbidden");
    let shown = reviewer.get(&dossier.path).await.expect(200);
    assert_eq!(
        action(&shown, "recall"),
        Some(vec!["access.forbidden".to_owned()])
    );
    assert_eq!(action(&shown, "receive"), Some(Vec::new()));
}

async fn belong_to_a_unit_of_the_launching_organisation(world: World) {
    let mut terms = plan();
    terms.submission.invited_unit_ids = vec![org::OTHER_DIVISION];
    let (closed, open) = (campaign(&world).await, campaign_with(&world, terms).await);
    let outsider = world.persona("other-head");
    let body = |campaign| json!({"campaign_id": campaign, "division_id": org::OTHER_DIVISION, "procedure": "STANDARD"});
    outsider
        .post("/v1/submissions", &body(closed))
        .await
        .refused(422, "submission.unit_not_invited");
    let invited = outsider.post("/v1/submissions", &body(open)).await.expect(201);
    // It names its own people, as far as they are on the roll (R-S2).
    let guest = world
        .database(move |conn| {
            let one = individuals::get(conn, person(20)).unwrap();
            let guest = Individual {
                id: IndividualId::generate(),
                owner_organization_id: org::OTHER_DEPARTMENT,
                unit_id: org::OTHER_DIVISION,
                personnel_code: None,
                ..one
            };
            individuals::insert(conn, &guest).unwrap();
            let subject = (SubjectKind::Individual, guest.id.into());
            enrol(conn, open, subject, org::OTHER_DIVISION, &guest.full_name);
            guest.id
        })
        .await;
    let named = json!({"submission_id": invited.id(), "individual_id": guest, "proposed_form": OWN_FORM,
        "achievement_summary": "Hoàn thành tốt", "criteria": []});
    outsider.post("/v1/nominations", &named).await.expect(201);
    // The office enters for it what came on paper: it knows these people from the roll, and no others.
    let reviewer = world.persona("reviewer");
    let paper = json!({"campaign_id": open, "division_id": org::OTHER_DIVISION, "procedure": "STANDARD",
        "received_channel": "PAPER", "handed_in_at": when("2026-03-20T01:00:00Z")});
    let entered = reviewer.post("/v1/submissions", &paper).await.expect(201);
    let mut other = named.clone();
    other["submission_id"] = json!(entered.id());
    let tag = outsider
        .get(invited.header("location").unwrap())
        .await
        .expect(200)
        .etag();
    outsider
        .delete(invited.header("location").unwrap(), &tag)
        .await
        .expect(204);
    let known = reviewer.post("/v1/nominations", &other).await.expect(201);
    assert_eq!(known.json["individual_id"], json!(guest));
    // Uninvited before it is handed in, it proposes no more (R-S2).
    world
        .database(move |conn| {
            let of_campaign = schema::campaign_versions::campaign_id.eq(open);
            diesel::update(schema::campaign_versions::table.filter(of_campaign))
                .set(schema::campaign_versions::plan.eq(JsonText::of(&plan()).unwrap()))
                .execute(conn)
                .unwrap();
        })
        .await;
    let path = entered.header("location").unwrap();
    let refused = reviewer.act(path, "submit", &json!({})).await;
    assert!(
        codes(&refused.json["errors"]).contains(&"submission.unit_not_invited".to_owned()),
        "{}",
        refused.json
    );
    let foreign = json!({"campaign_id": closed, "division_id": org::DIVISIONS[1], "procedure": "STANDARD"});
    world
        .persona("head1")
        .post("/v1/submissions", &foreign)
        .await
        .refused(403, "access.forbidden");
    let unknown = json!({
        "campaign_id": uuid::Uuid::now_v7(), "division_id": org::DIVISIONS[0], "procedure": "STANDARD"
    });
    let refused = world.persona("head1").post("/v1/submissions", &unknown).await;
    assert_eq!(
        refused.refused(422, "body.invalid").json["errors"][0]["pointer"],
        "/campaign_id"
    );
    // Only the chief of the office enters what the head of the agency discovered.
    let found =
        json!({"campaign_id": closed, "division_id": org::DIVISIONS[0], "procedure": "HEAD_DISCOVERED"});
    for other in ["head1", "reviewer"] {
        world
            .persona(other)
            .post("/v1/submissions", &found)
            .await
            .refused(403, "access.forbidden");
    }
    let made = world
        .persona("chief")
        .post("/v1/submissions", &found)
        .await
        .expect(201);
    assert_eq!(made.json["on_behalf"], true);
    // Nor is anybody put into it, or is it handed in, by others.
    let one = Who::Person(16).nomination(&made.id(), OWN_FORM);
    reviewer
        .post("/v1/nominations", &one)
        .await
        .refused(403, "access.forbidden");
    world
        .persona("chief")
        .post("/v1/nominations", &one)
        .await
        .expect(201);
    let path = made.header("location").unwrap();
    reviewer
        .act(path, "submit", &json!({}))
        .await
        .refused(403, "access.forbidden");
}

async fn are_locked_once_handed_in(world: World) {
    let campaign = campaign(&world).await;
    let dossier = submitted(&world, campaign, 1, &[Who::Person(16)]).await;
    let head = world.persona("head1");
    head.patch(&dossier.path, &json!({"note": "thêm"}))
        .await
        .refused(409, "submission.locked");
    let tag = head.get(&dossier.path).await.etag();
    head.delete(&dossier.path, &tag)
        .await
        .refused(409, "submission.locked");
    head.post(
        "/v1/nominations",
        &Who::Person(21).nomination(&dossier.id, OWN_FORM),
    )
    .await
    .refused(409, "submission.locked");
    let paper = json!({"kind": "KHAC", "document": {"type": "BB", "number_raw": "1/BB", "issued_on": when("2026-03-20")}});
    head.post(&format!("{}/attachments", dossier.path), &paper)
        .await
        .refused(409, "submission.locked");
    let nomination = format!("/v1/nominations/{}", dossier.nominations[0]);
    head.patch(&nomination, &json!({"achievement_summary": "khác"}))
        .await
        .refused(409, "submission.locked");
    // A draft goes, one that was handed in stays.
    let loose = draft(&head, campaign, org::DIVISIONS[0]).await;
    head.delete(&loose.path, "\"1\"").await.expect(204);
    head.get(&loose.path).await.refused(404, "resource.not_found");
}

async fn are_returned_and_answered_within_the_supplement_period(world: World) {
    let campaign = campaign(&world).await;
    world.set_time(when("2026-05-21T03:00:00Z"));
    let dossier = received(&world, campaign, 1, &[Who::Person(16)]).await;
    let (head, reviewer) = (world.persona("head1"), world.persona("reviewer"));
    // As written, Thursday 21/5: three working days end on Tuesday 26/5 at 24:00 (domain 5.4).
    let returned = reviewer
        .act(&dossier.path, "return", &json!({"reason": "Thiếu báo cáo"}))
        .await
        .expect(200);
    assert_eq!(returned.json["state"], "RETURNED");
    let last = working_days_after(when("2026-05-21"), 3);
    assert_eq!(
        returned.json["supplement_due_at"],
        format!("{last}T17:00:00.000000Z")
    );
    world.set_time(&format!("{last}T17:00:00Z"));
    head.act(&dossier.path, "submit", &json!({}))
        .await
        .refused(409, "submission.supplement_closed");
    world.set_time(&format!("{last}T16:59:59Z"));
    let proposed = Who::Person(21).nomination(&dossier.id, OWN_FORM);
    let late = head.post("/v1/nominations", &proposed).await.expect(201);
    let remarks = late.json["outcome"]["warnings"].as_array().unwrap();
    let remarked = remarks
        .iter()
        .any(|remark| remark["code"] == "nomination.after_deadline");
    // As written it is two days later; without a weekend between it is the deadline's own day.
    assert_eq!(remarked, last.as_str() > when("2026-05-24"), "{remarks:?}");
    let again = head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    assert_eq!(again.json["late"], false);
    assert_eq!(
        again.json["first_submitted_at"],
        returned.json["first_submitted_at"]
    );
    let received = reviewer
        .act(&dossier.path, "receive", &json!({}))
        .await
        .expect(200);
    assert_eq!(received.json["received_no"], 1);
    reviewer
        .act(&dossier.path, "return", &json!({"reason": ""}))
        .await
        .refused(422, "body.invalid");
}

async fn stay_out_or_come_in_late_as_the_plan_says(world: World) {
    let late_at = when("2026-05-24T17:00:00Z");
    for (policy, accepted) in [(LatePolicy::Reject, false), (LatePolicy::AcceptFlagged, true)] {
        world.set_time(when(AFTER_THE_END));
        let mut terms = plan();
        terms.submission.late_policy = policy;
        let campaign = campaign_with(&world, terms).await;
        let head = world.persona("head1");
        let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
        propose(&head, &mut dossier, &[Who::Person(16)]).await;
        world.set_time(late_at);
        let waiver = json!({"reason": "Mất điện", "until": when("2026-05-26T17:00:00Z")});
        world
            .persona("chief")
            .act(&dossier.path, "admit-late", &waiver)
            .await
            .refused(409, "submission.late_not_admissible");
        let reply = head.act(&dossier.path, "submit", &json!({})).await;
        if accepted {
            assert_eq!(reply.expect(200).json["late"], true);
        } else {
            reply.refused(409, "submission.window_closed");
        }
    }
}

async fn on_paper_count_from_their_arrival(world: World) {
    let campaign = campaign(&world).await;
    world.set_time(when("2026-05-25T02:00:00Z"));
    let reviewer = world.persona("reviewer");
    let mut body =
        json!({"campaign_id": campaign, "division_id": org::DIVISIONS[2], "procedure": "STANDARD"});
    let refused = reviewer
        .post("/v1/submissions", &body)
        .await
        .refused(422, "body.invalid");
    assert_eq!(
        codes(&refused.json["errors"]),
        ["field.required", "field.required"]
    );
    body["received_channel"] = json!("PAPER");
    body["handed_in_at"] = json!(when("2026-05-25T03:00:00Z"));
    let future = reviewer
        .post("/v1/submissions", &body)
        .await
        .refused(422, "body.invalid");
    assert_eq!(future.json["errors"][0]["pointer"], "/handed_in_at");
    body["handed_in_at"] = json!(when("2026-05-24T23:30:00+07:00"));
    let made = reviewer.post("/v1/submissions", &body).await.expect(201);
    assert_eq!(made.json["handed_in_at"], when("2026-05-24T16:30:00.000000Z"));
    let path = made.header("location").unwrap().to_owned();
    reviewer
        .post(
            "/v1/nominations",
            &Who::Person(18).nomination(&made.id(), OWN_FORM),
        )
        .await
        .expect(201);
    let submitted = reviewer.act(&path, "submit", &json!({})).await.expect(200);
    assert_eq!(submitted.json["late"], false);
    assert_eq!(submitted.json["on_behalf"], true);
    assert_eq!(
        submitted.json["submitted_at"],
        when("2026-05-24T16:30:00.000000Z")
    );
    assert_eq!(submitted.json["handed_in_at"], submitted.json["submitted_at"]);
    let receipt = reviewer.get(&format!("{path}/receipt")).await.expect(200);
    assert!(receipt.json["recorded_at"].as_str().unwrap() > receipt.json["submitted_at"].as_str().unwrap());
    // A unit's own dossier has no such time.
    let head = world.persona("head1");
    let made = reviewer
        .post(
            "/v1/submissions",
            &json!({"campaign_id": campaign, "division_id": org::DIVISIONS[0], "procedure": "STANDARD",
                "received_channel": "PAPER", "handed_in_at": when("2026-05-24T16:30:00Z")}),
        )
        .await
        .expect(201);
    let entered = made.header("location").unwrap().to_owned();
    reviewer
        .post(
            "/v1/nominations",
            &Who::Person(16).nomination(&made.id(), OWN_FORM),
        )
        .await
        .expect(201);
    // Nor does the unit attest when the paper came: for it the time is over.
    head.act(&entered, "submit", &json!({}))
        .await
        .refused(409, "submission.window_closed");
    let attested = json!({"handed_in_at": when("2026-05-24T16:30:00Z")});
    let refused = head.act(&entered, "submit", &attested).await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/handed_in_at");
    let submitted = reviewer.act(&entered, "submit", &json!({})).await.expect(200);
    assert_eq!(submitted.json["late"], false);
    // What answers a return is not dated before what was returned: its period would bind nobody.
    reviewer.act(&path, "receive", &json!({})).await.expect(200);
    let reason = json!({"reason": "Thiếu báo cáo"});
    reviewer.act(&path, "return", &reason).await.expect(200);
    let before = json!({"handed_in_at": when("2026-05-24T16:29:59Z")});
    let refused = reviewer.act(&path, "submit", &before).await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(
        refused.json["errors"][0]["params"]["minimum"],
        when("2026-05-24T16:30:00.000000Z")
    );
    // What the unit takes back comes in when it hands it in.
    head.act(&entered, "recall", &json!({})).await.expect(200);
    head.act(&entered, "submit", &json!({}))
        .await
        .refused(409, "submission.window_closed");
    let body = json!({"campaign_id": campaign, "division_id": org::DIVISIONS[0], "procedure": "STANDARD",
        "handed_in_at": when("2026-05-20T03:00:00Z")});
    head.post("/v1/submissions", &body)
        .await
        .refused(422, "body.invalid");
}

/// 5.4: the deadline is held against what is handed in again; and nothing moves in a campaign that is over.
async fn are_told_when_what_is_taken_back_cannot_come_in_again(world: World) {
    world.set_time(when(AFTER_THE_END));
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let one = submitted(&world, campaign, 1, &[Who::Person(16)]).await;
    let recall = async || {
        let ask = head.ask("POST", &format!("{}/recall?dry_run=true", one.path));
        ask.if_match("*").send().await.expect(200)
    };
    assert_eq!(warnings(&recall().await), Vec::<String>::new());
    world.set_time(when("2026-05-25T02:00:00Z"));
    let over = recall().await;
    assert_eq!(warnings(&over), ["submission.window_closed"]);
    let told = &over.json["outcome"]["warnings"][0];
    assert_eq!(told["params"]["deadline_at"], when("2026-05-24T17:00:00.000000Z"));
    assert_eq!(action(&head.get(&one.path).await, "recall"), Some(vec![]));

    world
        .database(move |conn| {
            let mut row = thidua::store::campaigns::get(conn, campaign).unwrap();
            row.state = CampaignState::Cancelled;
            row.state_reason = Some("Hoãn".to_owned());
            let seen = row.version;
            thidua::store::campaigns::save_if(conn, &row, seen).unwrap();
        })
        .await;
    let over = vec!["campaign.not_published".to_owned()];
    let shown = head.get(&one.path).await.expect(200);
    assert_eq!(action(&shown, "recall"), Some(over));
    let refused = head.act(&one.path, "recall", &json!({})).await;
    refused.refused(409, "campaign.not_published");
    // It has no other end (5.4).
    assert_eq!(action(&shown, "withdraw"), Some(vec![]));
    let withdrawn = head.act(&one.path, "withdraw", &json!({"reason": "Thôi"})).await;
    assert_eq!(withdrawn.expect(200).json["state"], "WITHDRAWN");
}

async fn free_their_subjects_when_withdrawn(world: World) {
    let campaign = campaign(&world).await;
    let dossier = received(&world, campaign, 1, &[Who::Person(16)]).await;
    let (one, two) = (world.persona("head1"), world.persona("head1"));
    let mut other = draft(&two, campaign, org::DIVISIONS[0]).await;
    two.post(
        "/v1/nominations",
        &Who::Person(16).nomination(&other.id, OWN_FORM),
    )
    .await
    .refused(409, "nomination.duplicate");
    one.act(&dossier.path, "withdraw", &json!({}))
        .await
        .refused(422, "body.invalid");
    let gone = one
        .act(&dossier.path, "withdraw", &json!({"reason": "Đề nghị ở đợt sau"}))
        .await
        .expect(200);
    assert_eq!(gone.json["state"], "WITHDRAWN");
    let nomination = one
        .get(&format!("/v1/nominations/{}", dossier.nominations[0]))
        .await
        .expect(200);
    assert_eq!(nomination.json["live"], false);
    propose(&two, &mut other, &[Who::Person(16)]).await;
}

async fn are_consolidated_when_all_are_appraised(world: World) {
    let campaign = campaign(&world).await;
    let dossier = eligible(&world, campaign, 1, &[Who::Person(16), Who::Collective(2)]).await;
    let reviewer = world.persona("reviewer");
    let candidates = reviewer
        .get(&format!("/v1/campaigns/{campaign}/candidates"))
        .await
        .expect(200);
    assert_eq!(candidates.json["items"].as_array().unwrap().len(), 2);
    assert_eq!(candidates.json["direct_worker_share"]["share_hundredths"], 10_000);
    assert_eq!(candidates.json["items"][0]["leadership_class"], "DIRECT_WORKER");
    let listed = reviewer
        .get(&format!("{}?include=nominations", dossier.path))
        .await
        .expect(200);
    assert_eq!(
        listed.json["direct_worker_share"],
        candidates.json["direct_worker_share"]
    );
    let none = world
        .persona("nominee")
        .get(&format!("/v1/campaigns/{campaign}/candidates"))
        .await
        .expect(200);
    assert_eq!(none.json["items"], json!([]));
    let done = reviewer
        .act(&dossier.path, "consolidate", &json!({}))
        .await
        .expect(200);
    assert_eq!(done.json["state"], "CONSOLIDATED");
    world
        .persona("head1")
        .act(&dossier.path, "withdraw", &json!({"reason": "thôi"}))
        .await
        .refused(409, "state.transition_not_allowed");
    let waiting = received(&world, campaign, 2, &[Who::Person(17)]).await;
    reviewer
        .act(&waiting.path, "consolidate", &json!({}))
        .await
        .refused(409, "submission.not_appraised");
    let shown = reviewer.get(&waiting.path).await.expect(200);
    assert_eq!(
        action(&shown, "consolidate"),
        Some(vec!["submission.not_appraised".to_owned()])
    );

    // What comes to light in the consolidated list has an end before the council.
    let found = |conclusion: &str| {
        json!({"nomination_id": dossier.nominations[0], "kind": "APPRAISAL", "conclusion": conclusion,
            "legal_reason": "Đang bị xem xét kỷ luật", "checklist": [{"item": "CN1", "ok": true}]})
    };
    reviewer
        .post("/v1/reviews", &found("NEEDS_SUPPLEMENT"))
        .await
        .refused(409, "state.transition_not_allowed");
    reviewer
        .post("/v1/reviews", &found("INELIGIBLE"))
        .await
        .expect(201);
    let of_state = async |path: &str| reviewer.get(path).await.expect(200).json["state"].clone();
    let nomination = format!("/v1/nominations/{}", dossier.nominations[0]);
    assert_eq!(of_state(&nomination).await, "INELIGIBLE");
    assert_eq!(of_state(&dossier.path).await, "CONSOLIDATED");
    reviewer.post("/v1/reviews", &found("ELIGIBLE")).await.expect(201);
    assert_eq!(of_state(&nomination).await, "ELIGIBLE");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn are_not_consolidated_in_a_campaign_that_was_given_up(world: World) {
    let campaign = campaign(&world).await;
    let dossier = eligible(&world, campaign, 1, &[Who::Person(16)]).await;
    let path = format!("/v1/campaigns/{campaign}");
    world
        .persona("director")
        .act(&path, "cancel", &json!({"reason": "Không tổ chức nữa"}))
        .await
        .expect(200);
    let reviewer = world.persona("reviewer");
    let shown = reviewer.get(&dossier.path).await.expect(200);
    let acts = shown.json["allowed_actions"].as_array().unwrap();
    let act = acts.iter().find(|act| act["action"] == "consolidate").unwrap();
    assert_eq!(act["blocked_by"][0]["code"], "campaign.not_published");
    reviewer
        .act(&dossier.path, "consolidate", &json!({}))
        .await
        .refused(409, "campaign.not_published");
}

async fn warn_or_stop_when_papers_are_missing(world: World) {
    world.set_time(when(AFTER_THE_END));
    let mut terms = plan();
    terms.submission.papers_required_at_submit = true;
    let campaign = campaign_with(&world, terms).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let refused = head
        .act(&dossier.path, "submit", &json!({}))
        .await
        .refused(409, "submission.papers_missing");
    let kinds: Vec<&str> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["params"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["TO_TRINH", "BAO_CAO"]);
    let at = |url: &str| json!({"letter": {"type": "TTr", "number_raw": "01/TTr", "issued_on": when("2026-05-21"), "url": url}});
    // Portals make a link of it.
    for url in [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vanban",
        "https://a b",
    ] {
        let refused = head
            .patch(&dossier.path, &at(url))
            .await
            .refused(422, "body.invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], "/letter/url", "{url}");
    }
    let letter = at("https://vanban.example.gov.vn/01-TTr?ban=goc#trang-2");
    head.patch(&dossier.path, &letter).await.expect(200);
    // It is optional: `null` takes it away (PAT-02), and a new one is whole (ERR-03).
    let none = json!({"letter": null});
    let taken = head.patch(&dossier.path, &none).await.expect(200);
    assert!(taken.json.get("letter").is_none());
    let partial = json!({"letter": {"type": "TTr"}});
    let refused = head
        .patch(&dossier.path, &partial)
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 2);
    head.patch(&dossier.path, &letter).await.expect(200);
    let file = crate::support::files::complete_pdf(&head, "bao-cao.pdf", org::DIVISIONS[0]).await;
    let foreign =
        crate::support::files::complete_pdf(&world.persona("head2"), "khac.pdf", org::DIVISIONS[1]).await;
    let papers = format!("{}/attachments", dossier.path);
    let report =
        |file: &str| json!({"kind": "BAO_CAO", "nomination_id": dossier.nominations[0], "file_id": file});
    let refused = head
        .post(&papers, &report(&foreign))
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/file_id");
    let nothing = head.post(&papers, &json!({"kind": "BAO_CAO"})).await;
    nothing.refused(422, "body.invalid");
    let added = head.post(&papers, &report(&file)).await.expect(201);
    assert_eq!(added.json["file"]["id"], file.as_str());
    let own = added.header("location").unwrap();
    assert_eq!(head.get(own).await.expect(200).json, added.json);
    let submitted = head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    assert_eq!(warnings(&submitted), Vec::<String>::new());
    let receipt = head.get(&format!("{}/receipt", dossier.path)).await.expect(200);
    assert_eq!(receipt.json["files"][0]["sha256"], added.json["file"]["sha256"]);
    let listed = head.get(&papers).await.expect(200);
    assert_eq!(listed.json["items"].as_array().unwrap().len(), 1);
    head.delete(added.header("location").unwrap(), "*")
        .await
        .refused(409, "submission.locked");
}

async fn take_only_so_many_papers(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let papers = format!("{}/attachments", dossier.path);
    let paper = json!({"kind": "KHAC", "document": {"type": "BB", "number_raw": "1/BB", "issued_on": when("2026-03-20")}});
    let mut last = String::new();
    // The world's settings allow 20.
    for _ in 0..20 {
        last = head.post(&papers, &paper).await.expect(201).id();
    }
    let refused = head
        .post(&papers, &paper)
        .await
        .refused(409, "file.count_exceeded");
    assert_eq!(refused.json["maximum"], 20);
    head.delete(&format!("{papers}/{last}"), "*").await.expect(204);
    head.post(&papers, &paper).await.expect(201);
}

async fn change_version_with_every_part(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let version = async || head.get(&dossier_path(&dossier.id)).await.expect(200).json["version"].clone();
    assert_eq!(version().await, 1);
    let stale = head.get(&dossier_path(&dossier.id)).await.etag();
    let made = head
        .post(
            "/v1/nominations",
            &Who::Person(16).nomination(&dossier.id, OWN_FORM),
        )
        .await
        .expect(201);
    assert_eq!(version().await, 2);
    let nomination = made.header("location").unwrap().to_owned();
    head.patch(&nomination, &json!({"achievement_summary": "Có sáng kiến"}))
        .await
        .expect(200);
    assert_eq!(version().await, 3);
    let document = json!({"type": "BB", "number_raw": "1/BB", "issued_on": when("2026-03-20")});
    let paper = head
        .post(
            &format!("{}/attachments", dossier_path(&dossier.id)),
            &json!({"kind": "BIEN_BAN_HOP", "document": document}),
        )
        .await
        .expect(201);
    assert_eq!(version().await, 4);
    let tag = head.get(&dossier_path(&dossier.id)).await.etag();
    head.delete(paper.header("location").unwrap(), &tag)
        .await
        .expect(204);
    assert_eq!(version().await, 5);
    let tag = head.get(&nomination).await.etag();
    head.delete(&nomination, &tag).await.expect(204);
    assert_eq!(version().await, 6);
    head.ask("POST", &format!("{}/submit", dossier_path(&dossier.id)))
        .if_match(&stale)
        .json(&json!({}))
        .send()
        .await
        .refused(412, "etag.stale");
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
}

fn dossier_path(id: &str) -> String {
    format!("/v1/submissions/{id}")
}

async fn fifty_identical_submits_have_one_effect(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let tag = head.get(&dossier.path).await.etag();
    let path = format!("{}/submit", dossier.path);
    let ask = || head.ask("POST", &path).if_match(&tag).json(&json!({}));
    let replies = futures_util::future::join_all((0..50).map(|_| ask().key("one").send())).await;
    let bodies: std::collections::BTreeSet<Vec<u8>> = replies
        .iter()
        .filter(|reply| reply.status == 200)
        .map(|reply| reply.bytes.clone())
        .collect();
    assert_eq!(bodies.len(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(reply.json["code"], "idempotency.in_progress", "{}", reply.json);
    }
    let shown = head.get(&dossier.path).await.expect(200);
    assert_eq!(shown.json["round"], 1);
    // Without a key the second one meets what the first one did.
    ask().send().await.refused(412, "etag.stale");
    head.act(&dossier.path, "submit", &json!({}))
        .await
        .refused(409, "state.transition_not_allowed");
    let id = dossier.id.parse::<thidua::domain::ids::SubmissionId>().unwrap();
    let kinds = world
        .database(move |conn| {
            let slice = thidua::app::Slice::page(50, None);
            let entries = thidua::store::journal::of_object(
                conn,
                id.into(),
                None,
                &thidua::app::journal::Wanted::default(),
                &slice,
            )
            .unwrap();
            entries.rows.into_iter().map(|row| row.0.kind).collect::<Vec<_>>()
        })
        .await;
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "submission.submitted")
            .count(),
        1,
        "{kinds:?}"
    );
}

async fn a_hundred_edits_with_one_tag_have_one_winner(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let tag = head.get(&dossier.path).await.etag();
    let edits = (0..100).map(|number| {
        head.ask("PATCH", &dossier.path)
            .if_match(&tag)
            .json(&json!({"note": format!("ghi chú {number}")}))
            .send()
    });
    let mut statuses = std::collections::BTreeMap::new();
    for reply in futures_util::future::join_all(edits).await {
        *statuses.entry(reply.status).or_insert(0) += 1;
    }
    assert_eq!(statuses, [(200, 1), (412, 99)].into());
}

/// A8: met is not yet proven.
async fn name_the_criterion_whose_evidence_is_missing(world: World) {
    let mut terms = plan();
    terms
        .criteria
        .iter_mut()
        .for_each(|criterion| criterion.evidence_required = true);
    let campaign = campaign_with(&world, terms).await;
    // Told when it is proposed and when it is handed in, asked for when it is found eligible.
    world.set_time(when(AFTER_THE_END));
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let proposed = Who::Person(16).nomination(&dossier.id, OWN_FORM);
    let proposed = head.post("/v1/nominations", &proposed).await.expect(201);
    assert_eq!(warnings(&proposed), ["nomination.evidence_missing"]);
    dossier.nominations.push(proposed.id());
    let handed_in = head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    let told = handed_in.json["outcome"]["warnings"].as_array().unwrap();
    let told = told
        .iter()
        .find(|told| told["code"] == "nomination.evidence_missing");
    let params = &told.unwrap()["params"];
    assert_eq!(
        *params,
        json!({"criterion": "CN1", "nomination_id": dossier.nominations[0]})
    );
    world
        .persona("reviewer")
        .act(&dossier.path, "receive", &json!({}))
        .await
        .expect(200);
    let review = json!({
        "nomination_id": dossier.nominations[0], "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
        "checklist": [{"item": "CN1", "ok": true}]
    });
    let reviewer = world.persona("reviewer");
    let refused = reviewer
        .post("/v1/reviews", &review)
        .await
        .refused(409, "nomination.evidence_missing");
    assert_eq!(refused.json["criteria"], json!(["CN1"]));
    // The papers that are missing as well are named with it, not one after the other.
    assert_eq!(refused.json["papers"], json!(["TO_TRINH", "BAO_CAO"]));
    let errors = refused.json["errors"].as_array().unwrap();
    let told = pointers(&refused.json);
    let told: Vec<_> = told
        .iter()
        .map(|(at, code)| (at.as_str(), code.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("/checklist/0", "nomination.evidence_missing"),
            ("/checklist", "submission.papers_missing"),
            ("/checklist", "submission.papers_missing")
        ]
    );
    assert_eq!(errors[2]["params"]["kind"], "BAO_CAO");
    let error = &refused.json["errors"][0];
    assert_eq!(
        (&error["pointer"], &error["params"]["criterion"]),
        (&json!("/checklist/0"), &json!("CN1"))
    );
    let detail = error["detail"].as_str().unwrap();
    assert!(
        detail.contains("CN1") && detail.contains("evidence_required"),
        "{detail}"
    );
}

/// The members that are there.
fn part(whole: &Value, names: &[&str]) -> Value {
    let there = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), whole.get(name)?.clone())));
    Value::Object(there.collect())
}

/// As RFC 8785 writes what has names in ASCII and whole numbers only: members are kept in order here.
fn digest_of(value: &Value) -> String {
    hex::encode(<sha2::Sha256 as sha2::Digest>::digest(value.to_string()))
}

/// M-30: what was found eligible with a paper is not eligible without it.
async fn are_appraised_again_without_a_paper(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = eligible(&world, campaign, 1, &[Who::Person(16), Who::Person(21)]).await;
    let reviewer = world.persona("reviewer");
    let state = async |of: &str| {
        let shown = reviewer.get(&format!("/v1/nominations/{of}")).await.expect(200);
        shown.json["state"].as_str().unwrap().to_owned()
    };
    let reason = json!({"reason": "Bổ sung"});
    reviewer.act(&dossier.path, "return", &reason).await.expect(200);
    let papers = head
        .get(&format!("{}/attachments", dossier.path))
        .await
        .expect(200);
    let of_first = papers.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|paper| paper["nomination_id"] == json!(dossier.nominations[0]))
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = head.get(&dossier.path).await.expect(200);
    head.delete(&format!("{}/attachments/{of_first}", dossier.path), &shown.etag())
        .await
        .expect(204);
    assert_eq!(state(&dossier.nominations[0]).await, "PROPOSED");
    assert_eq!(state(&dossier.nominations[1]).await, "ELIGIBLE");
    // A note changes nothing of it; another letter, or another procedure, does.
    let edit = async |body: Value| {
        let patched = head.patch(&dossier.path, &body).await;
        patched.expect(200);
    };
    edit(json!({"note": "Đã bổ sung"})).await;
    assert_eq!(state(&dossier.nominations[1]).await, "ELIGIBLE");
    edit(json!({"letter": {"number_raw": "09/TTr-LS", "type": "TTr", "issued_on": when("2026-05-22")}}))
        .await;
    assert_eq!(state(&dossier.nominations[1]).await, "PROPOSED");
    // What somebody was rewarded for is asked by the person.
    let own = reviewer
        .get(&format!("/v1/nominations?individual_id={}", person(16)))
        .await
        .expect(200);
    assert_eq!(own.json["items"][0]["id"], json!(dossier.nominations[0]));
    assert_eq!(own.json["items"].as_array().unwrap().len(), 1);
}

/// 5.3, 5.4: what can never be handed in is not worked on, and nothing is held that leads nowhere.
async fn are_left_alone_in_a_campaign_that_was_given_up(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let document = json!({"type": "TTr", "number_raw": "01/TTr", "issued_on": when("2026-03-20")});
    let paper = json!({"kind": "TO_TRINH", "document": document});
    let papers = format!("{}/attachments", dossier.path);
    let attached = head.post(&papers, &paper).await.expect(201).id();
    let cancel = json!({"reason": "Không tổ chức nữa"});
    let director = world.persona("director");
    let path = format!("/v1/campaigns/{campaign}");
    director.act(&path, "cancel", &cancel).await.expect(200);

    let over = Some(vec!["campaign.not_published".to_owned()]);
    let shown = head.get(&dossier.path).await.expect(200);
    for verb in ["edit", "add-nomination", "attach", "submit"] {
        assert_eq!(action(&shown, verb), over, "{verb}");
    }
    let nomination = format!("/v1/nominations/{}", dossier.nominations[0]);
    let shown = head.get(&nomination).await.expect(200);
    for verb in ["edit", "delete"] {
        assert_eq!(action(&shown, verb), over, "{verb}");
    }
    let another = Who::Person(21).nomination(&dossier.id, OWN_FORM);
    for reply in [
        head.patch(&dossier.path, &json!({"note": "Ghi chú"})).await,
        head.post("/v1/nominations", &another).await,
        head.post(&papers, &paper).await,
        head.delete(&format!("{papers}/{attached}"), "*").await,
        head.patch(&nomination, &json!({"achievement_summary": "Khác"}))
            .await,
        head.delete(&nomination, "*").await,
    ] {
        reply.refused(409, "campaign.not_published");
    }
    let hold = json!({"reason": "COMPLAINT", "note": "Có đơn"});
    for (who, verb) in [("chief", "hold"), ("reviewer", "propose-hold")] {
        let office = world.persona(who);
        let shown = office.get(&nomination).await.expect(200);
        assert_eq!(action(&shown, verb), over, "{verb}");
        let refused = office.act(&nomination, verb, &hold).await;
        refused.refused(409, "campaign.not_published");
    }
    // A draft that nobody handed in is still thrown away.
    assert_eq!(action(&head.get(&dossier.path).await, "delete"), Some(vec![]));
    let tag = head.get(&dossier.path).await.expect(200).etag();
    head.delete(&dossier.path, &tag).await.expect(204);
}

/// A unit that has ended hands in nothing, as it begins nothing new; who ends it is told how much is open.
async fn are_the_offices_when_their_unit_has_ended(world: World) {
    let campaign = campaign(&world).await;
    let (head, reviewer) = (world.persona("head1"), world.persona("reviewer"));
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let before = received(&world, campaign, 1, &[Who::Person(21)]).await;
    let administrator = world.persona("administrator");
    let unit = format!("/v1/organizations/{}", org::DIVISIONS[0]);
    let close =
        json!({"valid_to": when("2026-03-20"), "successor_id": org::DIVISIONS[1], "reason": "Sắp xếp"});
    let closed = administrator.act(&unit, "close", &close).await.expect(200);
    assert_eq!(warnings(&closed), ["organization.open_submissions"]);
    assert_eq!(closed.json["outcome"]["warnings"][0]["params"]["open"], 2);

    world.set_time(when("2026-03-22T02:00:00Z"));
    let over = Some(vec!["organization.closed".to_owned()]);
    let shown = head.get(&dossier.path).await.expect(200);
    for verb in ["edit", "add-nomination", "attach", "submit"] {
        assert_eq!(action(&shown, verb), over, "{verb}");
    }
    let another = Who::Person(22).nomination(&dossier.id, OWN_FORM);
    for reply in [
        head.patch(&dossier.path, &json!({"note": "Ghi chú"})).await,
        head.post("/v1/nominations", &another).await,
        head.act(&dossier.path, "submit", &json!({})).await,
    ] {
        reply.refused(409, "organization.closed");
    }
    // The office acts in its place: what it returns it completes and hands in itself.
    let shown = reviewer.get(&before.path).await.expect(200);
    assert_eq!(action(&shown, "return"), Some(vec![]));
    reviewer
        .act(&before.path, "return", &json!({"reason": "Thiếu"}))
        .await
        .expect(200);
    let chief = world.persona("chief");
    let paper = json!({"kind": "TO_TRINH",
        "document": {"type": "TTr", "number_raw": "01/TTr", "issued_on": when("2026-03-20")}});
    let papers = format!("{}/attachments", before.path);
    chief.post(&papers, &paper).await.expect(201);
    let shown = chief.get(&before.path).await.expect(200);
    assert_eq!(action(&shown, "submit"), Some(vec![]));
    chief.act(&before.path, "submit", &json!({})).await.expect(200);
    // Of a unit that is there it does not.
    let other = submitted(&world, campaign, 2, &[Who::Person(12)]).await;
    let reason = json!({"reason": "Đơn vị đã sáp nhập"});
    chief
        .act(&other.path, "withdraw", &reason)
        .await
        .refused(403, "access.forbidden");
    chief.act(&dossier.path, "withdraw", &reason).await.expect(200);
}

/// M-30: reviews stay through a return, so what is appraised already needs no other one.
async fn are_consolidated_as_they_were_appraised_before(world: World) {
    let campaign = campaign(&world).await;
    let dossier = eligible(&world, campaign, 1, &[Who::Person(16)]).await;
    let (head, reviewer) = (world.persona("head1"), world.persona("reviewer"));
    let reason = json!({"reason": "Bổ sung tờ trình"});
    reviewer.act(&dossier.path, "return", &reason).await.expect(200);
    head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    let received = reviewer
        .act(&dossier.path, "receive", &json!({}))
        .await
        .expect(200);
    assert_eq!(received.json["state"], "RECEIVED");
    assert_eq!(action(&received, "consolidate"), Some(vec![]));
    let done = reviewer
        .act(&dossier.path, "consolidate", &json!({}))
        .await
        .expect(200);
    assert_eq!(done.json["state"], "CONSOLIDATED");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// R-D1, R-F1: without a council goes only what is decided here; said when it is proposed, handed in and received.
async fn say_early_that_a_council_is_needed(world: World) {
    world.set_time(when(AFTER_THE_END));
    let campaign = campaign(&world).await;
    let (chief, reviewer) = (world.persona("chief"), world.persona("reviewer"));
    let dossier = crate::support::walk::discovery(&world, campaign).await;
    let code = "nomination.not_considered".to_owned();
    let mut named = Vec::new();
    for (person, form) in [(16, UPPER_FORM), (21, OWN_FORM)] {
        let body = Who::Person(person).nomination(&dossier.id, form);
        let made = chief.post("/v1/nominations", &body).await.expect(201);
        let told = warnings(&made).contains(&code);
        assert_eq!(told, form == UPPER_FORM, "{form}");
        named.push(made.id());
    }
    for (who, verb) in [(&chief, "submit"), (&reviewer, "receive")] {
        let done = who.act(&dossier.path, verb, &json!({})).await.expect(200);
        let remarks = done.json["outcome"]["warnings"].as_array().unwrap();
        let of: Vec<&Value> = remarks
            .iter()
            .filter(|remark| remark["code"] == "nomination.not_considered")
            .map(|remark| &remark["params"]["nomination_id"])
            .collect();
        assert_eq!(of, [&json!(named[0])], "{verb}");
    }
}
