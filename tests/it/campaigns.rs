//! Campaigns over HTTP.

use chrono_tz::Asia::Ho_Chi_Minh;
use serde_json::{Value, json};
use thidua::domain::time::Instant;

use crate::support::campaigns::{approved, document, drafted, frozen_with, plan_579, published_without_roll};
use crate::support::on_both;
use crate::support::pointers;
use crate::support::submissions::{OWN_FORM, Who, draft, propose, received};
use crate::support::walk::awarded;
use crate::support::when;
use crate::support::world::{World, org};

on_both!(
    are_drafted_edited_and_removed,
    are_hidden_until_they_are_published,
    go_back_to_the_drafter_with_a_reason,
    are_not_approved_while_incomplete,
    are_published_with_the_deadline_of_that_day,
    are_not_published_after_the_deadline,
    refuse_deciders_without_authority_and_foreign_units,
    stand_below_a_campaign_of_the_same_or_a_higher_organisation,
    change_published_terms_only_by_amendment,
    are_concluded_with_a_report_and_filed,
    are_given_up_with_a_reason,
    end_only_when_nothing_is_open_and_are_kept_once_decided,
    do_not_wait_for_what_can_be_handed_in_no_more,
    keep_the_forms_that_nominations_rest_on,
    need_the_right_role_and_version,
    refuse_dates_that_contradict_each_other,
    refuse_rules_of_the_quota_that_contradict_themselves,
    say_for_which_subjects_criteria_are_missing,
    go_nowhere_with_a_deadline_that_is_over,
    have_a_number_of_their_own,
    are_told_all_that_a_changed_plan_lacks,
    say_something_in_every_item_of_the_plan,
);

fn actions(campaign: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    campaign["allowed_actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| {
            let blocked = action["blocked_by"].as_array().unwrap();
            let codes = blocked.iter().map(|fault| text(&fault["code"])).collect();
            (text(&action["action"]), codes)
        })
        .collect()
}

async fn are_drafted_edited_and_removed(world: World) {
    let path = drafted(&world).await;
    let chief = world.persona("chief");
    let edited = chief
        .patch(
            &path,
            &json!({"code": null, "plan": {"purposes": ["Một mục đích"]}}),
        )
        .await
        .expect(200);
    assert_eq!(edited.json["outcome"]["changed_fields"], json!(["code", "plan"]));
    assert_eq!(edited.json["plan"]["purposes"], json!(["Một mục đích"]));
    // What stood there before is not lost with it (R-A1).
    let history = chief.get(&format!("{path}/history?limit=100")).await.expect(200);
    let entries = history.json["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["kind"] == "campaign.edited");
    let before = &entry.unwrap()["details"]["plan_before"]["purposes"];
    assert!(
        before.is_array() && *before != json!(["Một mục đích"]),
        "{before}"
    );
    assert_eq!(edited.json["plan"]["criteria"].as_array().unwrap().len(), 7);
    let reversed = json!({"plan": {"period": {"from": when("2026-05-20"), "to": when("2026-02-10")}}});
    let refused = chief.patch(&path, &reversed).await.refused(422, "body.invalid");
    assert_eq!(
        pointers(&refused.json),
        [(
            "/plan/period/to".to_owned(),
            "campaign.period_reversed".to_owned()
        )]
    );
    let unknown = json!({"plan": {"colour": "red"}});
    chief.patch(&path, &unknown).await.refused(422, "body.invalid");
    let body = json!({"owner_organization_id": org::DEPARTMENT, "code": "X", "name": "A", "kind": "REGULAR", "scope": "AGENCY"});
    chief.post("/v1/campaigns", &body).await.expect(201);
    let again = chief.post("/v1/campaigns", &body).await;
    again.refused(409, "campaign.code_taken");

    let tag = chief.get(&path).await.expect(200).etag();
    chief.delete(&path, &tag).await.expect(204);
    chief.get(&path).await.refused(404, "resource.not_found");
}

async fn are_hidden_until_they_are_published(world: World) {
    let path = drafted(&world).await;
    for stranger in ["nobody", "head1", "board", "stranger", "administrator"] {
        let persona = world.persona(stranger);
        persona.get(&path).await.refused(404, "resource.not_found");
        let list = persona.get("/v1/campaigns").await.expect(200);
        assert_eq!(list.json["items"], json!([]), "{stranger}");
        let hidden = persona.ask("DELETE", &path).if_match("\"99\"").send().await;
        hidden.refused(404, "resource.not_found");
    }
    for insider in ["reviewer", "director", "clerk", "auditor"] {
        world.persona(insider).get(&path).await.expect(200);
    }
    world
        .persona("clerk")
        .act(&path, "request-approval", &json!({}))
        .await
        .refused(403, "access.forbidden");
    let foreign = json!({"owner_organization_id": org::OTHER_DEPARTMENT, "name": "A", "kind": "THEMATIC", "scope": "AGENCY"});
    let refused = world.persona("chief").post("/v1/campaigns", &foreign).await;
    refused.refused(403, "access.forbidden");
}

async fn go_back_to_the_drafter_with_a_reason(world: World) {
    let path = drafted(&world).await;
    let (chief, director) = (world.persona("chief"), world.persona("director"));
    // What has ended launches nothing.
    let end = |day: Option<&'static str>| {
        world.database(move |conn| {
            use diesel::prelude::*;
            use thidua::store::schema::organizations::dsl;
            let day = day.map(|day| day.parse::<chrono::NaiveDate>().unwrap());
            diesel::update(dsl::organizations.find(org::DEPARTMENT))
                .set(dsl::valid_to.eq(day))
                .execute(conn)
                .unwrap();
        })
    };
    end(Some(when("2026-03-01"))).await;
    let over = chief.act(&path, "request-approval", &json!({})).await;
    over.refused(409, "organization.closed");
    end(None).await;
    let asked = chief.act(&path, "request-approval", &json!({})).await.expect(200);
    assert_eq!(asked.json["state"], "IN_APPROVAL");
    let refused = chief
        .patch(&path, &json!({"name": "Khác"}))
        .await
        .refused(409, "state.transition_not_allowed");
    assert_eq!(
        (&refused.json["object"], &refused.json["current_state"]),
        (&json!("campaign"), &json!("IN_APPROVAL"))
    );
    assert_eq!(
        refused.json["allowed_actions"],
        json!(["return", "approve", "cancel"])
    );
    let silent = director.act(&path, "return", &json!({})).await;
    silent.refused(422, "body.invalid");
    let returned = director
        .act(&path, "return", &json!({"reason": "Bổ sung"}))
        .await
        .expect(200);
    assert_eq!(
        (&returned.json["state"], &returned.json["state_reason"]),
        (&json!("DRAFT"), &json!("Bổ sung"))
    );
}

async fn are_not_approved_while_incomplete(world: World) {
    let chief = world.persona("chief");
    let body = json!({"owner_organization_id": org::DEPARTMENT, "name": "Chưa đủ", "kind": "THEMATIC", "scope": "AGENCY"});
    let made = chief.post("/v1/campaigns", &body).await.expect(201);
    let path = made.header("location").unwrap();
    let blocked = actions(&made.json);
    let request = blocked
        .iter()
        .find(|(verb, _)| verb == "request-approval")
        .unwrap();
    assert_eq!(request.1, ["campaign.incomplete"]);
    let refused = chief
        .act(path, "request-approval", &json!({}))
        .await
        .refused(409, "campaign.incomplete");
    let missing: Vec<String> = pointers(&refused.json).into_iter().map(|(at, _)| at).collect();
    for member in [
        "/plan/period",
        "/plan/award_options",
        "/plan/submission/intake_unit_id",
        "/plan/submission/deadline",
        "/plan/legal_basis",
        "/plan/criteria",
    ] {
        assert!(missing.contains(&member.to_owned()), "{member}: {missing:?}");
    }
}

/// M-8: days that came into the calendar after the last edit of the draft count.
async fn are_published_with_the_deadline_of_that_day(world: World) {
    let mut body = plan_579()["campaign"].clone();
    body.as_object_mut().unwrap().remove("code");
    body["plan"]["submission"]["deadline"] = json!({
        "expression": "BY_DATE", "date": when("2026-05-25"), "shift_to_next_working_day": true
    });
    let chief = world.persona("chief");
    let made = chief.post("/v1/campaigns", &body).await.expect(201);
    let path = made.header("location").unwrap();
    let director = world.persona("director");
    chief.act(path, "request-approval", &json!({})).await.expect(200);
    let approved = director.act(path, "approve", &json!({})).await.expect(200);
    let before: Instant = approved.json["deadline_at"].as_str().unwrap().parse().unwrap();
    // The last day on which it could be handed in is a holiday from now on.
    let last = before.date(Ho_Chi_Minh).pred_opt().unwrap();
    let holiday = json!({"day": last, "working": false, "name_vi": "Nghỉ", "name_en": "Holiday"});
    let administrator = world.persona("administrator");
    let added = administrator.post("/v1/reference/holidays", &holiday).await;
    added.expect(201);
    let expected = chief.post("/v1/campaigns", &body).await.expect(201).json["deadline_at"].clone();
    assert_ne!(expected, approved.json["deadline_at"]);

    // Between the two the act is offered, and done.
    world.set_time(&before.to_string());
    let clerk = world.persona("clerk");
    let shown = clerk.get(path).await.expect(200);
    assert!(actions(&shown.json).contains(&("publish".to_owned(), Vec::new())));
    let launch = json!({"launch_document": plan_579()["launch_document"]});
    let published = clerk.act(path, "publish", &launch).await.expect(200);
    assert_eq!(published.json["deadline_at"], expected);
    assert_eq!(chief.get(path).await.expect(200).json["deadline_at"], expected);
}

async fn are_not_published_after_the_deadline(world: World) {
    let path = approved(&world).await;
    world.set_time(when("2026-05-24T17:00:00Z"));
    let clerk = world.persona("clerk");
    let launch = json!({"launch_document": plan_579()["launch_document"]});
    let refused = clerk.act(&path, "publish", &launch).await;
    refused.refused(409, "campaign.deadline_not_after_publication");
    let shown = clerk.get(&path).await.expect(200);
    assert!(
        actions(&shown.json).contains(&(
            "publish".to_owned(),
            vec!["campaign.deadline_not_after_publication".to_owned()]
        )),
        "{}",
        shown.json["allowed_actions"]
    );
}

async fn refuse_deciders_without_authority_and_foreign_units(world: World) {
    let mut body = plan_579()["campaign"].clone();
    // The department cannot decide the province's form; the province does not decide here.
    body["plan"]["award_options"][0]["decider_organization_id"] = json!(org::DEPARTMENT);
    body["plan"]["award_options"][1]["route"] = json!("UP");
    body["plan"]["submission"]["intake_unit_id"] = json!(org::OTHER_DIVISION);
    let refused = world.persona("chief").post("/v1/campaigns", &body).await;
    let refused = refused.refused(422, "body.invalid");
    let authority = "campaign.decider_without_authority";
    let expected = [
        ("/plan/award_options/0/decider_organization_id", authority),
        ("/plan/award_options/0/route", authority),
        ("/plan/award_options/1/route", authority),
        ("/plan/submission/intake_unit_id", "field.reference"),
    ];
    assert_eq!(
        pointers(&refused.json),
        expected.map(|(at, code)| (at.to_owned(), code.to_owned()))
    );
}

async fn stand_below_a_campaign_of_the_same_or_a_higher_organisation(world: World) {
    let chief = world.persona("chief");
    let body = |name: &str, parent: Option<&str>| {
        let mut body = json!({"owner_organization_id": org::DEPARTMENT, "name": name, "kind": "THEMATIC", "scope": "AGENCY"});
        if let Some(parent) = parent {
            body["parent_campaign_id"] = json!(parent);
        }
        body
    };
    let above = chief.post("/v1/campaigns", &body("Trên", None)).await.expect(201);
    let below = chief
        .post("/v1/campaigns", &body("Dưới", Some(&above.id())))
        .await
        .expect(201);
    let cycle = json!({"parent_campaign_id": below.id()});
    chief
        .patch(above.header("location").unwrap(), &cycle)
        .await
        .refused(409, "campaign.parent_cycle")
        .stands_at("/parent_campaign_id");
    let list = chief
        .get(&format!("/v1/campaigns?parent_campaign_id={}", above.id()))
        .await
        .expect(200);
    assert_eq!(list.json["items"][0]["id"], below.id());
    above_another_is_not_removed(&world, &above.id(), &below.id()).await;
    let other = published_without_roll(&world).await;
    let mut foreign = body("Sở khác", Some(&other.id.to_string()));
    foreign["owner_organization_id"] = json!(org::OTHER_DEPARTMENT);
    let refused = world.persona("stranger").post("/v1/campaigns", &foreign).await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(
        pointers(&refused.json),
        [(
            "/parent_campaign_id".to_owned(),
            "campaign.parent_level".to_owned()
        )]
    );
}

/// What stands below it would lose the campaign above; shown beforehand, and refused in a dry run as well.
async fn above_another_is_not_removed(world: &World, above: &str, below: &str) {
    let chief = world.persona("chief");
    let path = format!("/v1/campaigns/{above}");
    let shown = chief.get(&path).await.expect(200);
    assert!(actions(&shown.json).contains(&("delete".to_owned(), vec!["campaign.is_parent".to_owned()])));
    let dry = chief.delete(&format!("{path}?dry_run=true"), &shown.etag()).await;
    dry.refused(409, "campaign.is_parent");
    chief
        .delete(&path, &shown.etag())
        .await
        .refused(409, "campaign.is_parent");
    chief
        .delete(&format!("/v1/campaigns/{below}"), "\"1\"")
        .await
        .expect(204);
    let shown = chief.get(&path).await.expect(200);
    assert!(actions(&shown.json).contains(&("delete".to_owned(), Vec::new())));
    chief.delete(&path, &shown.etag()).await.expect(204);
}

async fn change_published_terms_only_by_amendment(world: World) {
    let campaign = published_without_roll(&world).await;
    let chief = world.persona("chief");
    let edit = chief.patch(&campaign.path, &json!({"name": "Khác"})).await;
    edit.refused(409, "campaign.terms_locked");
    let before = chief.get(&campaign.path).await.expect(200).json["plan"].clone();
    let submission = json!({"deadline": {"date": when("2026-06-01")}});
    let amendment = json!({"document": document("700/SNgV-VP", when("2026-05-12")), "reason": "Gia hạn", "plan": {"submission": submission}});
    let amended = chief
        .act(&campaign.path, "amendments", &amendment)
        .await
        .expect(201);
    assert_eq!(amended.json["deadline_at"], when("2026-05-31T17:00:00.000000Z"));
    assert_eq!(amended.json["terms_number"], 2);
    // A merge patch: all but the day is as it was (RFC 7396).
    let mut expected = before;
    expected["submission"]["deadline"]["date"] = json!(when("2026-06-01"));
    assert_eq!(amended.json["plan"], expected);
    let place = format!("{}/versions/2", campaign.path);
    assert_eq!(amended.header("location"), Some(place.as_str()));
    assert_eq!(amended.etag(), chief.get(&campaign.path).await.expect(200).etag());
    let version = chief.get(&place).await.expect(200);
    assert_eq!(version.json["reason"], "Gia hạn");
    assert_eq!(
        amended.json["plan"]["launch_document"]["number_raw"],
        "579/KH-SNgV"
    );
    // What a deadline lacks is named, in an amendment as in a draft.
    let dateless = json!({"submission": {"deadline": {"date": null}}});
    let refused = chief
        .act(
            &campaign.path,
            "amendments",
            &json!({"document": document("703/SNgV-VP", when("2026-05-12")), "reason": "Gia hạn", "plan": dateless}),
        )
        .await;
    let refused = refused
        .refused(422, "body.invalid")
        .stands_at("/plan/submission/deadline/date");
    assert_eq!(refused.json["errors"][0]["code"], "field.required");
    let early = json!({"document": document("701/SNgV-VP", when("2026-05-12")), "reason": "Rút ngắn",
        "plan": {"submission": {"deadline": {"date": when("2026-03-20")}}}});
    let refused = chief.act(&campaign.path, "amendments", &early).await;
    refused.refused(409, "campaign.deadline_not_after_publication");
    // Another way of saying when: what nobody said of the old one is not in the way.
    let other = json!({"document": document("702/SNgV-VP", when("2026-05-12")), "reason": "Gia hạn", "plan": {"submission":
        {"deadline": {"expression": "AT_INSTANT", "instant": when("2026-06-02T10:00:00Z")}}}});
    let dry = format!("{}/amendments?dry_run=true", campaign.path);
    let reply = chief.ask("POST", &dry).if_match("*").json(&other).send().await;
    assert_eq!(
        reply.expect(201).json["deadline_at"],
        when("2026-06-02T10:00:00.000000Z")
    );
    let older = json!({"document": document("702/SNgV-VP", when("2025-12-31")), "reason": "Bổ sung", "plan": {"purposes": ["Khác"]}});
    let refused = chief.act(&campaign.path, "amendments", &older).await;
    refused
        .refused(422, "body.invalid")
        .stands_at("/document/issued_on");
    let nothing =
        json!({"document": document("702/SNgV-VP", when("2026-05-12")), "reason": "Gia hạn", "plan": {}});
    let refused = chief.act(&campaign.path, "amendments", &nothing).await;
    refused.refused(422, "body.invalid").stands_at("/plan");
    let unwhole = json!({"document": document("702/SNgV-VP", when("2026-05-12")), "reason": "Bỏ", "plan": {"period": {"to": null}}});
    let refused = chief.act(&campaign.path, "amendments", &unwhole).await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(
        (
            &refused.json["errors"][0]["pointer"],
            &refused.json["errors"][0]["code"]
        ),
        (&json!("/plan/period/to"), &json!("field.required"))
    );
    let taken = json!({"document": document("702/SNgV-VP", when("2026-05-12")), "reason": "Bỏ", "plan": {"council_id": null, "purposes": ["Bổ sung"]}});
    let dry = format!("{}/amendments?dry_run=true", campaign.path);
    let reply = chief.ask("POST", &dry).if_match("*").json(&taken).send().await;
    assert_eq!(reply.expect(201).json["plan"].get("council_id"), None);
    let empty = json!({"document": document("702/SNgV-VP", when("2026-05-12")), "reason": "Bỏ", "plan": {"award_options": []}});
    let refused = chief.act(&campaign.path, "amendments", &empty).await;
    refused.refused(409, "campaign.incomplete");
    let head = world
        .persona("head1")
        .act(&campaign.path, "amendments", &amendment)
        .await;
    head.refused(403, "access.forbidden");

    let anyone = world.persona("nobody");
    let amendments = format!("{}/amendments", campaign.path);
    let listed = anyone.get(&amendments).await.expect(200);
    let items = listed.json["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["reason"]), (1, &json!("Gia hạn")));
    let versions = format!("{}/versions", campaign.path);
    let page = anyone.get(&format!("{versions}?limit=1")).await.expect(200);
    assert_eq!(page.json["items"][0]["number"], 1);
    let cursor = page.json["next_cursor"].as_str().unwrap();
    let next = anyone.get(&format!("{versions}?limit=1&cursor={cursor}")).await;
    assert_eq!(next.expect(200).json["items"][0]["number"], 2);
    let first = anyone.get(&format!("{versions}/1")).await.expect(200);
    assert_eq!(
        first.json["plan"]["submission"]["deadline"]["date"],
        when("2026-05-25")
    );
    anyone
        .get(&format!("{versions}/3"))
        .await
        .refused(404, "resource.not_found");
    anyone
        .get(&format!("{versions}/x"))
        .await
        .refused(404, "resource.not_found");
}

async fn are_concluded_with_a_report_and_filed(world: World) {
    let campaign = published_without_roll(&world).await;
    let chief = world.persona("chief");
    let silent = chief.act(&campaign.path, "conclude", &json!({})).await;
    silent.refused(422, "body.invalid");
    let dry = format!("{}/conclude?dry_run=true", campaign.path);
    let old = json!({"final_report": document("901/BC-SNgV", "2020-01-01")});
    let told = chief.ask("POST", &dry).if_match("*").json(&old).send().await;
    let remark = told.expect(200).json["outcome"]["warnings"][0].clone();
    assert_eq!(
        (&remark["code"], &remark["pointer"]),
        (
            &json!("date.before_earlier_step"),
            &json!("/final_report/issued_on")
        )
    );
    // On the very day it is none.
    let first = remark["params"]["earlier"].as_str().unwrap();
    let same = json!({"final_report": document("901/BC-SNgV", first)});
    let told = chief.ask("POST", &dry).if_match("*").json(&same).send().await;
    assert_eq!(told.expect(200).json["outcome"]["warnings"], json!([]));
    let report = json!({"final_report": document("901/BC-SNgV", when("2026-07-15"))});
    let concluded = chief.act(&campaign.path, "conclude", &report).await.expect(200);
    assert_eq!(concluded.json["state"], "CONCLUDED");
    assert_eq!(concluded.json["final_report"]["number_raw"], "901/BC-SNgV");
    assert_eq!(concluded.json["intake"], "CLOSED");
    let filed = chief.act(&campaign.path, "archive", &json!({})).await.expect(200);
    assert_eq!(filed.json["state"], "ARCHIVED");
    let done = chief.act(&campaign.path, "archive", &json!({})).await;
    done.refused(409, "state.transition_not_allowed");
}

async fn are_given_up_with_a_reason(world: World) {
    let path = drafted(&world).await;
    let cancel = json!({"reason": "Không tổ chức nữa"});
    let chief = world.persona("chief").act(&path, "cancel", &cancel).await;
    chief.refused(403, "access.forbidden");
    let given_up = world
        .persona("director")
        .act(&path, "cancel", &cancel)
        .await
        .expect(200);
    assert_eq!(
        (&given_up.json["state"], &given_up.json["state_reason"]),
        (&json!("CANCELLED"), &json!("Không tổ chức nữa"))
    );
    assert_eq!(given_up.json["allowed_actions"], json!([]));
    world
        .persona("head1")
        .get(&path)
        .await
        .refused(404, "resource.not_found");
    // Who took part in what was called off reads why.
    let running = frozen_with(&world, &json!({})).await;
    world
        .persona("director")
        .act(&running.path, "cancel", &cancel)
        .await
        .expect(200);
    let read = world.persona("head1").get(&running.path).await.expect(200);
    assert_eq!(read.json["state_reason"], "Không tổ chức nữa");
    let listed = world
        .persona("head1")
        .get("/v1/campaigns?state=CANCELLED")
        .await
        .expect(200);
    assert_eq!(listed.json["items"].as_array().unwrap().len(), 1);
}

/// A unit that forgets its dossier does not keep the whole campaign open.
async fn do_not_wait_for_what_can_be_handed_in_no_more(world: World) {
    let campaign = frozen_with(&world, &json!({})).await;
    let (chief, reviewer) = (world.persona("chief"), world.persona("reviewer"));
    let head = world.persona("head1");
    let mut forgotten = draft(&head, campaign.id, org::DIVISIONS[0]).await;
    propose(&head, &mut forgotten, &[Who::Person(16)]).await;
    let answered = received(&world, campaign.id, 2, &[Who::Person(17)]).await;
    let back = json!({"reason": "Thiếu minh chứng"});
    reviewer.act(&answered.path, "return", &back).await.expect(200);
    let report = json!({"final_report": document("901/BC-SNgV", when("2026-07-15"))});
    let conclude = async |day: &str, open: i32| {
        world.set_time(&format!("{day}T02:00:00Z"));
        let refused = chief.act(&campaign.path, "conclude", &report).await;
        let refused = refused.refused(409, "campaign.open_nominations");
        assert_eq!(refused.json["open"], open, "{day}");
    };
    conclude(when("2026-05-24"), 2).await;
    world.set_time(when("2026-05-26T02:00:00Z"));
    let more = json!({"reason": "Mất điện", "until": when("2026-05-28T10:00:00Z")});
    chief.act(&forgotten.path, "admit-late", &more).await.expect(200);
    conclude(when("2026-05-27"), 1).await;
    world.set_time(when("2026-06-20T02:00:00Z"));
    chief.act(&campaign.path, "conclude", &report).await.expect(200);
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());
}

/// An amendment that takes a form away would leave its nominations without an end.
async fn keep_the_forms_that_nominations_rest_on(world: World) {
    let campaign = frozen_with(&world, &json!({})).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign.id, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let chief = world.persona("chief");
    let shown = chief.get(&campaign.path).await.expect(200);
    let options = shown.json["plan"]["award_options"].as_array().unwrap().clone();
    let rest: Vec<Value> = options
        .into_iter()
        .filter(|option| option["form"] != OWN_FORM)
        .collect();
    let amendment = json!({"document": document("700/SNgV-VP", when("2026-05-12")), "reason": "Bỏ hình thức",
        "plan": {"award_options": rest}});
    let refused = chief.act(&campaign.path, "amendments", &amendment).await;
    let refused = refused.refused(409, "campaign.form_in_use");
    assert_eq!(refused.json["nomination_ids"], json!(dossier.nominations));
    let submitted = {
        let mut other = draft(&head, campaign.id, org::DIVISIONS[0]).await;
        propose(&head, &mut other, &[Who::Person(21)]).await;
        other
    };
    let tag = head.get(&dossier.path).await.expect(200).etag();
    head.delete(&dossier.path, &tag).await.expect(204);
    // After the deadline a draft holds nothing up. Let in late, it finds its form gone.
    world.set_time(when("2026-05-26T02:00:00Z"));
    chief
        .act(&campaign.path, "amendments", &amendment)
        .await
        .expect(201);
    let waiver = json!({"reason": "Mất điện", "until": when("2026-05-27T17:00:00Z")});
    chief
        .act(&submitted.path, "admit-late", &waiver)
        .await
        .expect(200);
    let refused = head.act(&submitted.path, "submit", &json!({})).await;
    let refused = refused.refused(422, "body.invalid");
    let fault = &refused.json["errors"][0];
    assert_eq!(fault["code"], "nomination.form_not_offered", "{}", refused.json);
    assert_eq!(fault["params"]["nomination_id"], json!(submitted.nominations[0]));
}

async fn end_only_when_nothing_is_open_and_are_kept_once_decided(world: World) {
    let campaign = frozen_with(&world, &json!({})).await;
    let (chief, director, head) = (
        world.persona("chief"),
        world.persona("director"),
        world.persona("head1"),
    );
    let mut dossier = draft(&head, campaign.id, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16), Who::Person(21)]).await;
    let report = json!({"final_report": document("901/BC-SNgV", when("2026-07-15"))});
    let open = chief
        .act(&campaign.path, "conclude", &report)
        .await
        .refused(409, "campaign.open_nominations");
    assert_eq!(open.json["open"], 2);
    assert_eq!(open.json["nomination_ids"], json!(dossier.nominations));
    // Everyone reads a published campaign, but not which nominations it has.
    let shown = world.persona("nobody").get(&campaign.path).await.expect(200);
    let text = String::from_utf8(shown.bytes).unwrap();
    assert!(!text.contains(&dossier.nominations[0]));
    // Nor how many: that it is not over is said without the figure.
    assert!(
        text.contains("campaign.open_nominations") && !text.contains("\"open\""),
        "{text}"
    );

    let cancel = json!({"reason": "Không tổ chức nữa"});
    let path = format!("{}/cancel?dry_run=true", campaign.path);
    let tag = director.get(&campaign.path).await.expect(200).etag();
    let dry = director
        .ask("POST", &path)
        .if_match(&tag)
        .json(&cancel)
        .send()
        .await;
    dry.expect(200);
    awarded(&world, campaign.id, Who::Person(11), 615).await;
    director
        .act(&campaign.path, "cancel", &cancel)
        .await
        .refused(409, "campaign.has_decisions");
    let shown = director.get(&campaign.path).await.expect(200);
    assert!(actions(&shown.json).contains(&("cancel".to_owned(), vec!["campaign.has_decisions".to_owned()])));

    let tag = head.get(&dossier.path).await.expect(200).etag();
    head.delete(&dossier.path, &tag).await.expect(204);
    chief.act(&campaign.path, "conclude", &report).await.expect(200);
}

async fn need_the_right_role_and_version(world: World) {
    let path = drafted(&world).await;
    let chief = world.persona("chief");
    let ask = || {
        chief
            .ask("POST", &format!("{path}/request-approval"))
            .json(&json!({}))
    };
    ask().send().await.refused(428, "etag.required");
    ask().if_match("\"9\"").send().await.refused(412, "etag.stale");
    let first = ask().if_match("\"1\"").key("once").send().await.expect(200);
    let again = ask().if_match("\"1\"").key("once").send().await.expect(200);
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let approve = chief.act(&path, "approve", &json!({})).await;
    approve.refused(403, "access.forbidden");
    let kinds = world
        .database(|conn| {
            use diesel::prelude::*;
            use thidua::store::schema::journal_entries::dsl;
            dsl::journal_entries
                .filter(dsl::object_noun.eq("campaign"))
                .order(dsl::occurred_at.asc())
                .select((dsl::kind, dsl::from_state, dsl::to_state))
                .load::<(String, Option<String>, Option<String>)>(conn)
                .unwrap()
        })
        .await;
    let expected = [
        ("campaign.created", None, None),
        ("campaign.approval_requested", Some("DRAFT"), Some("IN_APPROVAL")),
    ];
    let owned = |text: Option<&str>| text.map(str::to_owned);
    assert_eq!(
        kinds,
        expected.map(|(kind, from, to)| (kind.to_owned(), owned(from), owned(to)))
    );
}

async fn refuse_dates_that_contradict_each_other(world: World) {
    let chief = world.persona("chief");
    let path = drafted(&world).await;
    let submission = json!({
        "deadline": {"expression": "BEFORE_DATE", "date": when("2026-05-25")}, "intake_unit_id": org::OFFICE,
        "opens_at": when("2026-05-26T00:00:00Z")
    });
    let plan = json!({
        "submission": submission,
        "upstream_deadline": {"expression": "BY_DATE", "date": when("2026-05-01")},
        "participation": {"roll_date": when("2036-05-20")}, "quota": {"denominator_date": when("2026-05-20")}
    });
    let refused = chief.patch(&path, &json!({"plan": plan})).await;
    let refused = refused.refused(422, "body.invalid");
    let expected = [
        "/plan/submission/opens_at",
        "/plan/upstream_deadline",
        "/plan/quota/denominator_date",
        "/plan/participation/roll_date",
    ];
    let found = pointers(&refused.json);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (pointer, (at, code)) in expected.into_iter().zip(found) {
        assert_eq!(
            (pointer, "campaign.dates_contradict"),
            (at.as_str(), code.as_str())
        );
    }
}

/// What could not be published is neither asked for nor approved, and an approved plan can go back.
async fn go_nowhere_with_a_deadline_that_is_over(world: World) {
    let (chief, director) = (world.persona("chief"), world.persona("director"));
    let (fresh, asked, path) = (
        drafted(&world).await,
        drafted_as(&world, "B").await,
        drafted_as(&world, "C").await,
    );
    chief
        .act(&asked, "request-approval", &json!({}))
        .await
        .expect(200);
    chief.act(&path, "request-approval", &json!({})).await.expect(200);
    director.act(&path, "approve", &json!({})).await.expect(200);
    world.set_time(when("2026-05-24T17:00:00Z"));
    for (who, path, verb) in [
        (&chief, &fresh, "request-approval"),
        (&director, &asked, "approve"),
    ] {
        let refused = who.act(path, verb, &json!({})).await;
        let refused = refused.refused(409, "campaign.deadline_not_after_publication");
        assert_eq!(refused.json["errors"][0]["pointer"], "/plan/submission/deadline");
    }
    world
        .persona("clerk")
        .act(&path, "return", &json!({"reason": "Quá hạn"}))
        .await
        .refused(403, "access.forbidden");
    director
        .act(&path, "return", &json!({}))
        .await
        .refused(422, "body.invalid");
    let back = director
        .act(&path, "return", &json!({"reason": "Hạn nộp đã qua"}))
        .await
        .expect(200);
    assert_eq!(
        (&back.json["state"], &back.json["state_reason"]),
        (&json!("DRAFT"), &json!("Hạn nộp đã qua"))
    );
}

/// Plan 579 once more, under another code.
async fn drafted_as(world: &World, code: &str) -> String {
    let mut body = plan_579()["campaign"].clone();
    body["code"] = json!(code);
    let made = world
        .persona("chief")
        .post("/v1/campaigns", &body)
        .await
        .expect(201);
    made.header("location").unwrap().to_owned()
}

async fn refuse_rules_of_the_quota_that_contradict_themselves(world: World) {
    let chief = world.persona("chief");
    let path = drafted(&world).await;
    for (rule, pointer, code) in [
        (json!({"basis_points": 10_001}), "/basis_points", "field.range"),
        (json!({"forms": "LISTED"}), "/form_list", "field.required"),
        (
            json!({"form_list": ["GIAY_KHEN_SO"]}),
            "/form_list",
            "field.range",
        ),
        (json!({"denominator": "MANUAL"}), "/manual", "field.required"),
        (
            json!({"manual": {"collectives": 6, "individuals": 28}}),
            "/manual",
            "field.range",
        ),
        (
            json!({"denominator": "MANUAL", "manual": {"collectives": 6, "individuals": 28},
                   "denominator_date": when("2026-05-20")}),
            "/denominator_date",
            "field.range",
        ),
        (
            json!({"override_role": "AUDITOR"}),
            "/override_role",
            "field.choice",
        ),
        (
            json!({"forms": "LISTED", "form_list": ["GIAY_KHEN_SO", "GIAY_KHEN_SOO"]}),
            "/form_list/1",
            "nomination.form_not_offered",
        ),
    ] {
        let refused = chief.patch(&path, &json!({"plan": {"quota": rule}})).await;
        let refused = refused.refused(422, "body.invalid");
        let expected = (format!("/plan/quota{pointer}"), code.to_owned());
        assert_eq!(pointers(&refused.json), [expected], "{rule}");
    }
    // A limit or a paper for a form that is not offered would be without effect.
    let plan = json!({
        "upstream_quotas": [{"form": "XX", "collectives": 1, "individuals": 1}],
        "submission": {"required_papers": [
            {"procedure": "STANDARD", "kind": "BAO_CAO", "form": "GIAY_KHEN_SO"},
            {"procedure": "STANDARD", "kind": "BAO_CAO", "form": "YY"},
        ]},
    });
    let refused = chief.patch(&path, &json!({ "plan": plan })).await;
    let refused = refused.refused(422, "body.invalid");
    let code = || "nomination.form_not_offered".to_owned();
    assert_eq!(
        pointers(&refused.json),
        [
            ("/plan/upstream_quotas/0/form".to_owned(), code()),
            ("/plan/submission/required_papers/1/form".to_owned(), code()),
        ]
    );
}

async fn say_for_which_subjects_criteria_are_missing(world: World) {
    let chief = world.persona("chief");
    let path = drafted(&world).await;
    let criteria = json!([{"code": "CN1", "subject": "INDIVIDUAL", "text": "Hoàn thành nhiệm vụ"}]);
    for (criteria, expected) in [
        (criteria, vec!["COLLECTIVE"]),
        (json!([]), vec!["COLLECTIVE", "INDIVIDUAL"]),
    ] {
        chief
            .patch(&path, &json!({"plan": {"criteria": criteria}}))
            .await
            .expect(200);
        let refused = chief.act(&path, "request-approval", &json!({})).await;
        let refused = refused.refused(409, "campaign.incomplete");
        let subjects: Vec<&str> = refused.json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|error| error["pointer"] == "/plan/criteria")
            .map(|error| error["params"]["subject"].as_str().unwrap())
            .collect();
        assert_eq!(subjects, expected);
        let errors = refused.json["errors"].as_array().unwrap();
        let told: std::collections::BTreeSet<&str> = errors
            .iter()
            .map(|error| error["detail"].as_str().unwrap())
            .collect();
        assert_eq!(told.len(), errors.len(), "{told:?}");
        let shown = chief.get(&path).await.expect(200);
        let acts = shown.json["allowed_actions"].as_array().unwrap();
        let act = acts
            .iter()
            .find(|act| act["action"] == "request-approval")
            .unwrap();
        assert_eq!(
            act["blocked_by"][0]["params"]["missing"],
            json!(["/plan/criteria"])
        );
    }
}

/// 2.3: a number is given once in a year, to a plan or to what amends one.
async fn have_a_number_of_their_own(world: World) {
    let campaign = published_without_roll(&world).await;
    let (chief, clerk) = (world.persona("chief"), world.persona("clerk"));
    let other = drafted_as(&world, "B").await;
    chief
        .act(&other, "request-approval", &json!({}))
        .await
        .expect(200);
    world
        .persona("director")
        .act(&other, "approve", &json!({}))
        .await
        .expect(200);
    let amendment = |number: &str| json!({"document": document(number, when("2026-03-20")), "reason": "Bổ sung", "plan": {"monitoring": ["Kiểm tra"]}});
    let refused = chief
        .act(&campaign.path, "amendments", &amendment("579/KH-SNgV"))
        .await;
    let refused = refused.refused(409, "campaign.number_taken");
    assert_eq!(refused.json["errors"][0]["pointer"], "/document/number_raw");
    chief
        .act(&campaign.path, "amendments", &amendment("700/KH-SNgV"))
        .await
        .expect(201);
    for taken in ["579/KH-SNgV", "0579/KH-SNgV", "700/KH-SNgV"] {
        let mut launch = plan_579()["launch_document"].clone();
        launch["number_raw"] = json!(taken);
        let refused = clerk
            .act(&other, "publish", &json!({"launch_document": launch}))
            .await;
        let refused = refused.refused(409, "campaign.number_taken");
        assert_eq!(
            refused.json["errors"][0]["pointer"],
            "/launch_document/number_raw"
        );
    }
    let mut launch = plan_579()["launch_document"].clone();
    launch["number_raw"] = json!("580/KH-SNgV");
    clerk
        .act(&other, "publish", &json!({"launch_document": launch}))
        .await
        .expect(200);
}

/// ERR-03: what a merge patch makes is held against the schema as what is sent whole.
async fn are_told_all_that_a_changed_plan_lacks(world: World) {
    let chief = world.persona("chief");
    let mut body =
        json!({"owner_organization_id": org::DEPARTMENT, "name": "A", "kind": "REGULAR", "scope": "AGENCY"});
    let made = chief.post("/v1/campaigns", &body).await.expect(201);
    let plan = json!({
        "launch_document": {"type": "KH"}, "period": {"from": when("2026-08-01")},
        "upstream_deadline": {"shift_to_next_working_day": true}
    });
    body["plan"] = plan.clone();
    let whole = chief.post("/v1/campaigns", &body).await;
    let mut expected = pointers(&whole.refused(422, "body.invalid").json);
    expected.sort();
    assert_eq!(expected.len(), 4, "{expected:?}");
    let path = made.header("location").unwrap();
    let mut patch = plan.clone();
    patch["period"]["to"] = Value::Null;
    for plan in [plan, patch] {
        let refused = chief.patch(path, &json!({"plan": plan})).await;
        let mut told = pointers(&refused.refused(422, "body.invalid").json);
        told.sort();
        assert_eq!(told, expected);
    }
    let campaign = published_without_roll(&world).await;
    let amendment = json!({
        "document": document("702/SNgV-VP", when("2026-05-12")), "reason": "Bỏ",
        "plan": {"period": {"from": null, "to": null}}
    });
    let refused = chief.act(&campaign.path, "amendments", &amendment).await;
    let mut told = pointers(&refused.refused(422, "body.invalid").json);
    told.sort();
    let required = |pointer: &str| (pointer.to_owned(), "field.required".to_owned());
    assert_eq!(told, [required("/plan/period/from"), required("/plan/period/to")]);
}

/// TXT-03: items of lists are texts as any other.
async fn say_something_in_every_item_of_the_plan(world: World) {
    let path = drafted(&world).await;
    let chief = world.persona("chief");
    let group = |item: &str| json!([{"number": "1", "title": "Thi đua", "items": ["Một", item]}]);
    let long = "ă".repeat(5001);
    for (text, code) in [
        ("", "text.empty"),
        (" ", "text.empty"),
        (long.as_str(), "field.length"),
    ] {
        let plan = json!({
            "purposes": ["Một", text], "requirements": [text], "award_standards": [text], "monitoring": [text],
            "content_groups": group(text), "quota": {"forms": "LISTED", "form_list": [text]}
        });
        let mut expected = [
            "/plan/award_standards/0",
            "/plan/content_groups/0/items/1",
            "/plan/monitoring/0",
            "/plan/purposes/1",
            "/plan/quota/form_list/0",
            "/plan/requirements/0",
        ]
        .map(|pointer| (pointer.to_owned(), code.to_owned()));
        expected.sort();
        let mut body = plan_579()["campaign"].clone();
        body["plan"] = plan.clone();
        for refused in [
            chief.patch(&path, &json!({"plan": plan})).await,
            chief.post("/v1/campaigns", &body).await,
        ] {
            let mut told = pointers(&refused.refused(422, "body.invalid").json);
            told.sort();
            assert_eq!(told, expected, "{code}");
        }
    }
    let most = json!({"plan": {"purposes": ["ă".repeat(5000), "Hai\ndòng"]}});
    chief.patch(&path, &most).await.expect(200);
}
