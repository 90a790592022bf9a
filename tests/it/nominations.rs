//! Nominations over HTTP.

use serde_json::json;
use thidua::store::schema;

use crate::support::campaigns::frozen_with;
use crate::support::on_both;
use crate::support::submissions::{OWN_FORM, UPPER_FORM, Who, campaign, draft, eligible, received};
use crate::support::walk::awarded;
use crate::support::when;
use crate::support::world::{World, org, person};

on_both!(
    are_made_found_changed_and_removed,
    refuse_what_the_plan_and_the_roll_do_not_allow,
    are_held_and_released_and_tell_the_reason_to_few,
    are_proposed_for_a_hold_by_the_reviewer,
    tell_of_no_hold_when_they_end,
    tell_of_other_awards_for_the_same_time,
    are_read_by_the_nominee,
    that_were_appraised_are_appraised_again_when_changed,
);

async fn are_made_found_changed_and_removed(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let made = head
        .post(
            "/v1/nominations",
            &Who::Person(16).nomination(&dossier.id, UPPER_FORM),
        )
        .await
        .expect(201);
    assert_eq!(made.json["route"], "UP");
    assert_eq!(made.json["state"], "PROPOSED");
    assert_eq!(made.json["position"], "Chuyên viên");
    assert_eq!(made.json["criteria"][0]["code"], "CN1");
    let path = made.header("location").unwrap().to_owned();
    head.get(&path).await.expect(200);
    let changed = head
        .patch(&path, &json!({"proposed_form": OWN_FORM}))
        .await
        .expect(200);
    assert_eq!(changed.json["route"], "SELF");
    assert_eq!(changed.json["form"], OWN_FORM);
    let word = made.json["display_name"]
        .as_str()
        .unwrap()
        .split(' ')
        .nth(2)
        .unwrap();
    for (query, found) in [
        (format!("q={word}"), 1),
        (
            format!("campaign_id={campaign}&state=PROPOSED&form={OWN_FORM}"),
            1,
        ),
        ("subject_kind=COLLECTIVE".to_owned(), 0),
        ("on_hold=true".to_owned(), 0),
        (format!("submission_id={}", dossier.id), 1),
    ] {
        let list = head.get(&format!("/v1/nominations?{query}")).await.expect(200);
        assert_eq!(list.json["items"].as_array().unwrap().len(), found, "{query}");
    }
    let tag = head.get(&path).await.etag();
    head.delete(&path, "\"1\"").await.refused(412, "etag.stale");
    head.delete(&path, &tag).await.expect(204);
    head.get(&path).await.refused(404, "resource.not_found");
}

async fn refuse_what_the_plan_and_the_roll_do_not_allow(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let propose = async |body: &serde_json::Value| head.post("/v1/nominations", body).await;
    let good = Who::Person(16).nomination(&dossier.id, OWN_FORM);
    let refused = propose(&Who::Person(16).nomination(&dossier.id, "HUAN_CHUONG")).await;
    let refused = refused.refused(422, "nomination.form_not_offered");
    assert_eq!(refused.json["errors"][0]["pointer"], "/proposed_form");
    let mut wrong = good.clone();
    wrong["criteria"] = json!([
        {"code": "TT1", "met": true}, {"code": "CN1", "met": true}, {"code": "CN1", "met": false}
    ]);
    let refused = propose(&wrong).await.refused(422, "body.invalid");
    let pointers: Vec<&str> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/criteria/0/code", "/criteria/2/code"]);
    let mut two = good.clone();
    two["collective_id"] = json!(crate::support::world::collective(2));
    propose(&two).await.refused(422, "body.invalid");
    // A person and a collective of another division: not seen, so not told apart from nobody (AZN-10).
    let hidden = propose(&Who::Person(12).nomination(&dossier.id, OWN_FORM)).await;
    let hidden = hidden.refused(422, "body.invalid");
    assert_eq!(hidden.json["errors"][0]["code"], "field.reference");
    assert_eq!(hidden.json["errors"][0]["pointer"], "/individual_id");
    let nobody = json!({"submission_id": dossier.id, "proposed_form": OWN_FORM,
        "achievement_summary": "Có thành tích", "criteria": [],
        "individual_id": "01990000-0000-7000-8000-00000000dead"});
    let nobody = propose(&nobody).await.refused(422, "body.invalid");
    assert_eq!(nobody.json["errors"], hidden.json["errors"]);
    // A10: nobody proposes himself.
    let own = propose(&Who::Person(6).nomination(&dossier.id, OWN_FORM)).await;
    let own = own.refused(403, "duty.conflict");
    let at = |code: &str| [("/individual_id".to_owned(), code.to_owned())];
    assert_eq!(crate::support::pointers(&own.json), at("duty.conflict"));
    // Of what he achieved he writes himself; what he is to get is not his to say.
    let officer = world.persona("officer1");
    let made = officer
        .post(
            "/v1/nominations",
            &Who::Person(6).nomination(&dossier.id, OWN_FORM),
        )
        .await
        .expect(201);
    let path = format!("/v1/nominations/{}", made.id());
    let head = world.persona("head1");
    let words = head
        .patch(&path, &json!({"achievement_summary": "Đã làm nhiều"}))
        .await;
    words.expect(200);
    let higher = head.patch(&path, &json!({"proposed_form": UPPER_FORM})).await;
    higher.refused(403, "duty.conflict").stands_at("/proposed_form");
    let tag = officer.get(&path).await.expect(200).etag();
    officer.delete(&path, &tag).await.expect(204);
    world
        .database(move |conn| {
            use diesel::prelude::*;
            let line = schema::participants::table
                .filter(schema::participants::subject_id.eq(thidua::app::AnyId::from(person(21))));
            diesel::delete(line).execute(conn).unwrap();
        })
        .await;
    let gone = propose(&Who::Person(21).nomination(&dossier.id, OWN_FORM)).await;
    let gone = gone.refused(409, "nomination.not_participant");
    assert_eq!(
        crate::support::pointers(&gone.json),
        at("nomination.not_participant")
    );
    // R-S5: in time, from both ends.
    let of_person = |number: u128| {
        use diesel::prelude::*;
        schema::participants::table
            .filter(schema::participants::subject_id.eq(thidua::app::AnyId::from(person(number))))
    };
    let joins = |day: &'static str| {
        world.database(move |conn| {
            use diesel::prelude::*;
            let day: chrono::NaiveDate = day.parse().unwrap();
            let line = diesel::update(of_person(16)).set(schema::participants::joined_on.eq(day));
            line.execute(conn).unwrap();
        })
    };
    joins(when("2026-05-21")).await;
    propose(&good).await.refused(409, "nomination.not_participant");
    joins(when("2026-05-20")).await;
    propose(&good).await.expect(201);
    let twice = propose(&good).await.refused(409, "nomination.duplicate");
    assert_eq!(twice.json["errors"][0]["pointer"], "/individual_id");
    propose(&Who::Person(16).nomination(&dossier.id, UPPER_FORM))
        .await
        .expect(201);
    world
        .persona("head2")
        .post("/v1/nominations", &good)
        .await
        .refused(404, "resource.not_found");
}

async fn are_held_and_released_and_tell_the_reason_to_few(world: World) {
    let campaign = campaign(&world).await;
    let dossier = received(&world, campaign, 1, &[Who::Person(16)]).await;
    let path = format!("/v1/nominations/{}", dossier.nominations[0]);
    let (head, chief) = (world.persona("head1"), world.persona("chief"));
    let reason = json!({"reason": "COMPLAINT", "note": "Đơn đang giải quyết"});
    head.act(&path, "hold", &reason)
        .await
        .refused(403, "access.forbidden");
    chief
        .act(&path, "release", &json!({"conclusion": "không"}))
        .await
        .refused(409, "nomination.not_on_hold");
    let held = chief.act(&path, "hold", &reason).await.expect(200);
    assert_eq!(held.json["hold"]["reason"], "COMPLAINT");
    chief
        .act(&path, "hold", &reason)
        .await
        .refused(409, "nomination.on_hold");
    for other in ["head1", "nominee"] {
        let seen = world.persona(other).get(&path).await.expect(200);
        assert_eq!(seen.json["on_hold"], true);
        assert!(seen.json.get("hold").is_none(), "{}", seen.json);
        assert!(!String::from_utf8(seen.bytes).unwrap().contains("COMPLAINT"));
    }
    let list = world
        .persona("reviewer")
        .get("/v1/nominations?on_hold=true")
        .await
        .expect(200);
    assert_eq!(list.json["items"][0]["hold"]["note"], "Đơn đang giải quyết");
    // Found ineligible meanwhile, it is held as it was, and its release is offered.
    let against = json!({"nomination_id": dossier.nominations[0], "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
        "legal_reason": "Chưa đủ thời gian công tác"});
    world
        .persona("reviewer")
        .post("/v1/reviews", &against)
        .await
        .expect(201);
    let shown = chief.get(&path).await.expect(200);
    let mut acts = shown.json["allowed_actions"].as_array().unwrap().iter();
    let release = acts.find(|act| act["action"] == "release").unwrap();
    assert_eq!(release["blocked_by"], json!([]));
    let free = chief
        .act(&path, "release", &json!({"conclusion": "Không có vi phạm"}))
        .await
        .expect(200);
    assert_eq!(free.json["on_hold"], false);
    assert_eq!(free.json["version"], 4);
}

async fn are_proposed_for_a_hold_by_the_reviewer(world: World) {
    let campaign = campaign(&world).await;
    let dossier = received(&world, campaign, 1, &[Who::Person(16)]).await;
    let path = format!("/v1/nominations/{}", dossier.nominations[0]);
    let (reviewer, chief) = (world.persona("reviewer"), world.persona("chief"));
    let proposal = json!({"reason": "COMPLAINT", "note": "Văn phòng nhận được đơn"});
    for other in ["chief", "director", "head1", "nominee"] {
        world
            .persona(other)
            .act(&path, "propose-hold", &proposal)
            .await
            .refused(403, "access.forbidden");
    }
    let dismissal = json!({"conclusion": "Đơn nặc danh, không xem xét"});
    chief
        .act(&path, "dismiss-hold-proposal", &dismissal)
        .await
        .refused(409, "nomination.hold_not_proposed");
    let proposed = reviewer.act(&path, "propose-hold", &proposal).await.expect(200);
    assert_eq!(proposed.json["on_hold"], false);
    assert_eq!(proposed.json["proposed_hold"]["reason"], "COMPLAINT");
    assert_eq!(proposed.json["proposed_hold"]["note"], "Văn phòng nhận được đơn");
    reviewer
        .act(&path, "propose-hold", &proposal)
        .await
        .refused(409, "nomination.hold_already_proposed");
    let verbs = |shown: &serde_json::Value| -> Vec<String> {
        let actions = shown["allowed_actions"].as_array().unwrap().iter();
        let open = actions.filter(|action| action["blocked_by"] == json!([]));
        open.map(|action| action["action"].as_str().unwrap().to_owned())
            .collect()
    };
    let seen = chief.get(&path).await.expect(200);
    assert_eq!(seen.json["proposed_hold"]["reason"], "COMPLAINT");
    assert_eq!(verbs(&seen.json), ["appraise", "hold", "dismiss-hold-proposal"]);
    reviewer
        .act(&path, "dismiss-hold-proposal", &dismissal)
        .await
        .refused(403, "access.forbidden");
    let dismissed = chief
        .act(&path, "dismiss-hold-proposal", &dismissal)
        .await
        .expect(200);
    assert!(dismissed.json.get("proposed_hold").is_none());
    let again = reviewer.get(&path).await.expect(200);
    assert_eq!(verbs(&again.json), ["appraise", "propose-hold"]);

    // The second proposal is answered by the hold itself.
    reviewer.act(&path, "propose-hold", &proposal).await.expect(200);
    for other in ["head1", "nominee"] {
        let seen = world.persona(other).get(&path).await.expect(200);
        let text = String::from_utf8(seen.bytes).unwrap();
        assert!(
            !text.contains("COMPLAINT") && !text.contains("dismiss-hold-proposal"),
            "{text}"
        );
    }
    let held = chief.act(&path, "hold", &proposal).await.expect(200);
    assert_eq!(held.json["hold"]["reason"], "COMPLAINT");
    assert!(held.json.get("proposed_hold").is_none());
    reviewer
        .act(&path, "propose-hold", &proposal)
        .await
        .refused(409, "nomination.on_hold");

    // The history tells each reader what the nomination tells it.
    let history = format!("{path}/history");
    let kinds = |reply: &crate::support::Reply| -> Vec<String> {
        let entries = reply.json["items"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["kind"].as_str().unwrap().to_owned())
            .filter(|kind| kind.contains("hold") || kind.contains("held"))
            .collect()
    };
    for other in ["chief", "auditor"] {
        let all = world.persona(other).get(&history).await.expect(200);
        assert_eq!(
            kinds(&all),
            [
                "nomination.hold_proposed",
                "nomination.hold_proposal_dismissed",
                "nomination.hold_proposed",
                "nomination.held"
            ]
        );
    }
    for other in ["head1", "nominee"] {
        let ask = world.persona(other).ask("GET", &history);
        let part = ask.header("prefer", "count=exact").send().await.expect(200);
        assert_eq!(kinds(&part), ["nomination.held"]);
        // Neither a number of entries nor a version that is missing tells of the others.
        let entries = part.json["items"].as_array().unwrap();
        assert_eq!(part.json["total"], entries.len());
        let versions = entries
            .iter()
            .filter_map(|entry| entry["object_version"].as_u64());
        let versions: Vec<u64> = versions.collect();
        assert!(
            versions.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{versions:?}"
        );
        assert!(!String::from_utf8(part.bytes).unwrap().contains("COMPLAINT"));
    }
}

/// What ends takes its hold, or the proposal of one, away: its entry tells that to those only who knew of it.
async fn tell_of_no_hold_when_they_end(world: World) {
    use crate::support::decisions::{Subject, Wanted, campaign, issued, nominations, plan};
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = [16, 21].map(|number| Wanted::recommended(Subject::Person(number)));
    let ids = nominations(&world, campaign, wanted.to_vec()).await;
    let (reviewer, chief) = (world.persona("reviewer"), world.persona("chief"));
    let [dropped, awarded] = [0, 1].map(|index: usize| format!("/v1/nominations/{}", ids[index]));
    let complaint = json!({"reason": "COMPLAINT", "note": "Đơn của bà Mẫu"});
    chief.act(&dropped, "hold", &complaint).await.expect(200);
    let reason = json!({"reason": "Không đủ thuyết phục"});
    let director = world.persona("director");
    director.act(&dropped, "drop", &reason).await.expect(200);
    reviewer
        .act(&awarded, "propose-hold", &complaint)
        .await
        .expect(200);
    issued(&world, campaign, &ids[1..], 615, when("2026-06-30")).await;

    for (path, last, readers) in [
        (&dropped, "nomination.dropped", vec!["head1", "nominee"]),
        (&awarded, "nomination.awarded", vec!["head1"]),
    ] {
        let history = format!("{path}/history");
        for reader in readers {
            let part = world.persona(reader).get(&history).await.expect(200);
            let entries = part.json["items"].as_array().unwrap();
            let end = entries.iter().find(|entry| entry["kind"] == last).unwrap();
            // The rest of the entry is told.
            assert!(end["changes"]["state"].is_object(), "{reader}: {end}");
            let text = part.json.to_string();
            for secret in ["bà Mẫu", "COMPLAINT", "hold_"] {
                assert!(!text.contains(secret), "{reader} reads {secret}: {text}");
            }
        }
        for reader in ["chief", "auditor"] {
            let whole = world.persona(reader).get(&history).await.expect(200);
            let entries = whole.json["items"].as_array().unwrap();
            let end = entries.iter().find(|entry| entry["kind"] == last).unwrap();
            assert!(end.to_string().contains("bà Mẫu"), "{reader}: {end}");
        }
    }
}

async fn tell_of_other_awards_for_the_same_time(world: World) {
    let awarding = frozen_with(&world, &json!({})).await;
    awarded(&world, awarding.id, Who::Person(16), 615).await;
    // Back before the deadlines of the campaigns that follow.
    world.set_time(when("2026-03-20T02:00:00Z"));
    let overlapping = frozen_with(
        &world,
        &json!({"period": {"from": when("2026-05-20"), "to": when("2026-12-31")}}),
    )
    .await;
    let later = frozen_with(
        &world,
        &json!({"period": {"from": when("2026-05-21"), "to": when("2026-12-31")}}),
    )
    .await;
    let head = world.persona("head1");
    for (campaign, told) in [(&awarding, true), (&overlapping, true), (&later, false)] {
        let dossier = draft(&head, campaign.id, org::DIVISIONS[0]).await;
        let body = Who::Person(16).nomination(&dossier.id, UPPER_FORM);
        let made = head.post("/v1/nominations", &body).await.expect(201);
        let warnings = made.json["outcome"]["warnings"].as_array().unwrap();
        if told {
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert_eq!(warnings[0]["code"], "nomination.already_rewarded_or_pending");
            assert_eq!(warnings[0]["params"]["form"], OWN_FORM);
        } else {
            assert!(warnings.is_empty(), "{warnings:?}");
        }
        // Another subject has no such history.
        let body = Who::Person(21).nomination(&dossier.id, UPPER_FORM);
        let other = head.post("/v1/nominations", &body).await.expect(201);
        assert_eq!(other.json["outcome"]["warnings"], json!([]));
    }
}

async fn are_read_by_the_nominee(world: World) {
    let campaign = campaign(&world).await;
    let dossier = received(&world, campaign, 1, &[Who::Person(16), Who::Person(21)]).await;
    let nominee = world.persona("nominee");
    let own = nominee.get("/v1/nominations").await.expect(200);
    assert_eq!(own.json["items"].as_array().unwrap().len(), 1);
    assert_eq!(own.json["items"][0]["id"], dossier.nominations[0].as_str());
    nominee
        .get(&format!("/v1/nominations/{}", dossier.nominations[1]))
        .await
        .refused(404, "resource.not_found");
    nominee
        .patch(
            &format!("/v1/nominations/{}", dossier.nominations[0]),
            &json!({"achievement_summary": "tôi"}),
        )
        .await
        .refused(403, "access.forbidden");
}

async fn that_were_appraised_are_appraised_again_when_changed(world: World) {
    let campaign = campaign(&world).await;
    let dossier = eligible(&world, campaign, 1, &[Who::Person(16), Who::Collective(2)]).await;
    let (head, reviewer) = (world.persona("head1"), world.persona("reviewer"));
    reviewer
        .act(&dossier.path, "return", &json!({"reason": "Bổ sung"}))
        .await
        .expect(200);
    let path = format!("/v1/nominations/{}", dossier.nominations[0]);
    let tag = head.get(&path).await.etag();
    head.delete(&path, &tag).await.refused(409, "submission.locked");
    let changed = head
        .patch(&path, &json!({"achievement_summary": "Có sáng kiến"}))
        .await
        .expect(200);
    assert_eq!(changed.json["state"], "PROPOSED");
    let other = head
        .get(&format!("/v1/nominations/{}", dossier.nominations[1]))
        .await
        .expect(200);
    assert_eq!(other.json["state"], "ELIGIBLE");
}
