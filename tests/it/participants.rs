//! The roll and the quota over HTTP.

use serde_json::{Value, json};
use thidua::domain::ids::IndividualId;
use thidua::store::individuals::{self, Individual};

use crate::support::campaigns::{frozen_with, plan_579, published, published_without_roll};
use crate::support::decisions::{drafted, items, numbered};
use crate::support::on_both;
use crate::support::pointers;
use crate::support::submissions::{OWN_FORM, Who, campaign_with, draft, plan, propose};
use crate::support::walk::{appraised, discovery, papers};
use crate::support::when;
use crate::support::world::{World, collective, org, person};

on_both!(
    the_whole_staff_comes_onto_the_roll_once,
    the_whole_staff_comes_onto_the_roll_once_from_two_at_once,
    lines_are_added_changed_and_removed,
    who_is_nominated_stays_in_the_time_of_the_campaign,
    a_list_is_stored_whole_or_by_row,
    a_code_of_two_organisations_means_nobody,
    a_division_sees_its_own_lines,
    a_frozen_roll_does_not_change,
    a_subject_is_admitted_after_the_freeze_without_being_counted,
    a_frozen_line_outside_of_the_campaign_is_put_right,
    a_draft_names_nobody_elsewhere,
    a_household_is_a_subject_of_its_own,
    the_quota_shows_all_readings_and_its_basis,
    who_left_before_the_day_does_not_count,
);

async fn the_whole_staff_comes_onto_the_roll_once(world: World) {
    let campaign = published(&world).await;
    let chief = world.persona("chief");
    let from_roll = format!("{}/participants/from-roll", campaign.path);
    let again = chief.post(&from_roll, &json!({})).await.expect(200);
    assert_eq!(again.json["stored"], 0);
    let roll = format!("{}/participants", campaign.path);
    let first = chief.get(&format!("{roll}?limit=20")).await.expect(200);
    let cursor = first.json["next_cursor"].as_str().unwrap();
    let rest = chief
        .get(&format!("{roll}?limit=20&cursor={cursor}"))
        .await
        .expect(200);
    let count = |reply: &Value| reply["items"].as_array().unwrap().len();
    assert_eq!((count(&first.json), count(&rest.json)), (20, 14));
    let groups = chief
        .get(&format!("{roll}?subject_kind=COLLECTIVE"))
        .await
        .expect(200);
    assert_eq!(count(&groups.json), 6);
    let found = chief
        .get(&format!("{roll}?q=van+phong+so+ngoai"))
        .await
        .expect(200);
    assert_eq!(found.json["items"][0]["display_name"], "Văn phòng Sở Ngoại vụ");
    let division = chief
        .get(&format!("{roll}?division_id={}", org::OFFICE))
        .await
        .expect(200);
    assert_eq!(count(&division.json), 6);
}

async fn lines_are_added_changed_and_removed(world: World) {
    let campaign = published_without_roll(&world).await;
    let roll = format!("{}/participants", campaign.path);
    let chief = world.persona("chief");
    let body =
        json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16), "joined_on": when("2026-03-01")});
    let added = chief.post(&roll, &body).await.expect(201);
    let path = added.header("location").unwrap().to_owned();
    assert_eq!(chief.get(&path).await.expect(200).etag(), added.etag());
    let again = chief.post(&roll, &body).await.refused(409, "roll.duplicate");
    again.stands_at("/subject_id");
    let coded = |code: &str| json!({"subject_kind": "INDIVIDUAL", "personnel_code": code});
    let again = chief.post(&roll, &coded("NV016")).await;
    again.refused(409, "roll.duplicate").stands_at("/personnel_code");
    let unknown = chief.post(&roll, &coded("NV999")).await;
    unknown.refused(422, "body.invalid").stands_at("/personnel_code");
    // Two names may mean two persons: even where they mean one, neither is taken.
    for code in ["NV017", "NV018"] {
        let mut both = coded(code);
        both["subject_id"] = json!(person(17));
        let both = chief.post(&roll, &both).await.refused(422, "body.invalid");
        both.stands_at("/personnel_code");
    }
    let wrong_kind = json!({"subject_kind": "COLLECTIVE", "subject_id": person(17)});
    chief.post(&roll, &wrong_kind).await.refused(422, "body.invalid");
    let nobody = json!({"subject_kind": "INDIVIDUAL"});
    chief.post(&roll, &nobody).await.refused(422, "body.invalid");

    let reversed = chief.patch(&path, &json!({"left_on": when("2026-02-01")})).await;
    reversed.refused(422, "body.invalid");
    let changed = chief
        .patch(&path, &json!({"left_on": when("2026-04-30"), "joined_on": null}))
        .await
        .expect(200);
    assert_eq!(
        changed.json["outcome"]["changed_fields"],
        json!(["joined_on", "left_on"])
    );
    let stale = chief
        .ask("PATCH", &path)
        .if_match("\"1\"")
        .json(&json!({"counted": false}));
    stale.send().await.refused(412, "etag.stale");
    let head = world.persona("head1").post(&roll, &body).await;
    head.refused(403, "access.forbidden");
    chief.delete(&path, &changed.etag()).await.expect(204);
    chief.get(&path).await.refused(404, "resource.not_found");
}

/// R-S5: whoever is nominated stays on the roll for the time of the campaign.
async fn who_is_nominated_stays_in_the_time_of_the_campaign(world: World) {
    let campaign = published_without_roll(&world).await;
    let chief = world.persona("chief");
    let body = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16)});
    let added = chief
        .post(&format!("{}/participants", campaign.path), &body)
        .await
        .expect(201);
    let line = added.header("location").unwrap().to_owned();
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign.id, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let before_it = json!({"left_on": when("2026-01-31")});
    let refused = chief.patch(&line, &before_it).await;
    refused.refused(409, "participant.in_use");
    // Nor does another time of the campaign leave him without a part in it.
    let until = json!({"joined_on": when("2026-03-15")});
    let tag = chief.get(&line).await.expect(200).etag();
    chief
        .ask("PATCH", &line)
        .if_match(&tag)
        .json(&until)
        .send()
        .await
        .expect(200);
    let shown = chief.get(&campaign.path).await.expect(200);
    let mut period = shown.json["plan"]["period"].clone();
    period["to"] = json!(when("2026-03-14"));
    let amendment = json!({"document": {"type": "QD", "number_raw": "702/QĐ-SNgV", "issued_on": when("2026-03-20")},
        "reason": "Rút ngắn", "plan": {"period": period}});
    let refused = world
        .persona("director")
        .act(&campaign.path, "amendments", &amendment)
        .await;
    let refused = refused.refused(409, "participant.in_use");
    assert_eq!(refused.json["errors"][0]["pointer"], "/plan/period");
    assert_eq!(refused.json["nomination_ids"], json!(dossier.nominations));
    chief.patch(&line, &json!({"joined_on": null})).await.expect(200);
    chief
        .patch(&line, &json!({"left_on": when("2026-04-30")}))
        .await
        .expect(200);
    let tag = head.get(&dossier.path).await.expect(200).etag();
    head.delete(&dossier.path, &tag).await.expect(204);
    chief.patch(&line, &before_it).await.expect(200);
}

async fn a_list_is_stored_whole_or_by_row(world: World) {
    let campaign = published_without_roll(&world).await;
    let import = format!("{}/participants/import", campaign.path);
    let chief = world.persona("chief");
    let rows = json!([
        {"subject_kind": "INDIVIDUAL", "personnel_code": "NV016"},
        {"subject_kind": "COLLECTIVE", "subject_id": collective(2)},
        {"subject_kind": "INDIVIDUAL", "personnel_code": "NV999"},
        {"subject_kind": "INDIVIDUAL", "subject_id": person(16)},
    ]);
    // A spreadsheet writes its own TRUE.
    let sheet = "subject_kind,personnel_code,counted\nINDIVIDUAL,NV017,TRUE\n";
    let ask = chief.ask("POST", &format!("{import}?dry_run=true"));
    let ask = ask.header("content-type", "text/csv").body(sheet);
    assert_eq!(ask.send().await.expect(200).json["stored"], 1);
    // Of a line that is nothing but faults a few are told, and of a list no more than of any body.
    let line: serde_json::Map<String, Value> = (0..60).map(|n| (format!("m{n}"), json!(1))).collect();
    let faulty = json!({"rows": vec![Value::Object(line); 40]});
    let refused = chief.post(&import, &faulty).await.refused(422, "import.rejected");
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 100);
    assert_eq!(refused.json["rejected_rows"].as_array().unwrap().len(), 40);
    assert_eq!(refused.json["errors"][10]["params"]["row"], 2);
    let refused = chief
        .post(&import, &json!({"rows": rows}))
        .await
        .refused(422, "import.rejected");
    let places: Vec<&str> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["/rows/2/personnel_code", "/rows/3/subject_id"]);
    let roll = format!("{}/participants", campaign.path);
    assert_eq!(chief.get(&roll).await.expect(200).json["items"], json!([]));

    let report = chief
        .post(&import, &json!({"rows": rows, "atomic": false}))
        .await
        .expect(200);
    assert_eq!(
        (&report.json["stored"], &report.json["rejected"]),
        (&json!(2), &json!(2))
    );
    let codes: Vec<&Value> = (0..4)
        .map(|row| &report.json["rows"][row]["errors"][0]["code"])
        .collect();
    assert_eq!(
        codes,
        [
            &Value::Null,
            &Value::Null,
            &json!("field.reference"),
            &json!("roll.duplicate")
        ]
    );
    let roll = chief.get(&roll).await.expect(200);
    assert_eq!(roll.json["items"].as_array().unwrap().len(), 2);
}

/// Codes are an organisation's own: two of those whose people may take part may both use one.
async fn the_whole_staff_comes_onto_the_roll_once_from_two_at_once(world: World) {
    let campaign = published_without_roll(&world).await;
    let from_roll = format!("{}/participants/from-roll", campaign.path);
    let (first, second) = (world.persona("chief"), world.persona("reviewer"));
    let body = json!({});
    let (first, second) = tokio::join!(first.post(&from_roll, &body), second.post(&from_roll, &body));
    let mut stored = [first, second].map(|reply| reply.expect(200).json["stored"].as_u64().unwrap());
    stored.sort_unstable();
    assert_eq!(stored, [0, 34]);
}

async fn a_code_of_two_organisations_means_nobody(world: World) {
    let mut terms = plan();
    terms.submission.invited_unit_ids = vec![org::OTHER_DEPARTMENT];
    let campaign = campaign_with(&world, terms).await;
    world
        .database(|conn| {
            let one = individuals::get(conn, person(20)).unwrap();
            let guest = |code: &str| Individual {
                id: IndividualId::generate(),
                owner_organization_id: org::OTHER_DEPARTMENT,
                unit_id: org::OTHER_DIVISION,
                personnel_code: Some(code.to_owned()),
                ..one.clone()
            };
            individuals::insert(conn, &guest("NV020")).unwrap();
            individuals::insert(conn, &guest("KHAC-1")).unwrap();
        })
        .await;
    let roll = format!("/v1/campaigns/{campaign}/participants");
    let chief = world.persona("chief");
    let coded = |code: &str| json!({"subject_kind": "INDIVIDUAL", "personnel_code": code});
    let either = chief
        .post(&roll, &coded("NV020"))
        .await
        .refused(422, "body.invalid");
    either.stands_at("/personnel_code");
    let rows = json!({"rows": [coded("NV020"), coded("KHAC-1")]});
    let either = chief.post(&format!("{roll}/import"), &rows).await;
    let faults = pointers(&either.refused(422, "import.rejected").json);
    let (place, _) = &faults[0];
    assert_eq!((faults.len(), place.as_str()), (1, "/rows/0/personnel_code"));
    chief.post(&roll, &coded("KHAC-1")).await.expect(201);
}

async fn a_division_sees_its_own_lines(world: World) {
    let campaign = published(&world).await;
    let roll = format!("{}/participants", campaign.path);
    let own = world.persona("head1").get(&roll).await.expect(200);
    let items = own.json["items"].as_array().unwrap();
    assert!(!items.is_empty());
    assert!(
        items
            .iter()
            .all(|line| line["division_id"] == json!(org::DIVISIONS[0]))
    );
    let nothing = world.persona("nobody").get(&roll).await.expect(200);
    assert_eq!(nothing.json["items"], json!([]));
    let line = format!("/v1/participants/{}", items[0]["id"].as_str().unwrap());
    world.persona("head1").get(&line).await.expect(200);
    world
        .persona("head2")
        .get(&line)
        .await
        .refused(404, "resource.not_found");
    let edit = world
        .persona("head1")
        .patch(&line, &json!({"counted": false}))
        .await;
    edit.refused(403, "access.forbidden");
}

async fn a_frozen_roll_does_not_change(world: World) {
    let chief = world.persona("chief");
    // A roll of nobody would be a quota of nothing for good.
    let empty = published_without_roll(&world).await;
    let refused = chief.act(&empty.path, "participants/freeze", &json!({})).await;
    refused.refused(409, "roll.empty");
    // Nor does a roll count of which nobody counts.
    let lines = format!("{}/participants", empty.path);
    let somebody = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16)});
    let somebody = chief.post(&lines, &somebody).await.expect(201);
    let uncounted = json!({"counted": false});
    let somebody = format!("/v1/participants/{}", somebody.id());
    chief.patch(&somebody, &uncounted).await.expect(200);
    let refused = chief.act(&empty.path, "participants/freeze", &json!({})).await;
    refused.refused(409, "roll.empty");
    let campaign = frozen_with(&world, &json!({})).await;
    let roll = format!("{}/participants", campaign.path);
    let lines = chief.get(&roll).await.expect(200);
    let line = format!(
        "/v1/participants/{}",
        lines.json["items"][0]["id"].as_str().unwrap()
    );
    chief
        .patch(&line, &json!({"counted": false}))
        .await
        .refused(409, "roll.frozen");
    let body = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(1)});
    chief.post(&roll, &body).await.refused(409, "roll.frozen");
    let from_roll = chief.post(&format!("{roll}/from-roll"), &json!({})).await;
    from_roll.refused(409, "roll.frozen");
    let again = chief.act(&campaign.path, "participants/freeze", &json!({})).await;
    again.refused(409, "roll.frozen");
    let shown = chief.get(&line).await.expect(200);
    assert_eq!(
        shown.json["allowed_actions"][0]["blocked_by"][0]["code"],
        "roll.frozen"
    );
    let participation = json!({"document": {"type": "CV", "number_raw": "7/CV", "issued_on": when("2026-05-12")},
        "reason": "Đổi ngày chốt", "plan": {"participation": {"roll_date": when("2026-04-30")}}});
    let refused = chief.act(&campaign.path, "amendments", &participation).await;
    let refused = refused.refused(409, "roll.frozen");
    assert_eq!(
        pointers(&refused.json),
        [("/plan/participation".to_owned(), "roll.frozen".to_owned())]
    );
    let denominator = json!({"document": {"type": "CV", "number_raw": "8/CV", "issued_on": when("2026-05-12")},
        "reason": "Đổi ngày chốt", "plan": {"quota": {"denominator_date": when("2026-04-30")}}});
    let refused = chief.act(&campaign.path, "amendments", &denominator).await;
    let refused = refused.refused(409, "roll.frozen");
    assert_eq!(
        pointers(&refused.json),
        [(
            "/plan/quota/denominator_date".to_owned(),
            "roll.frozen".to_owned()
        )]
    );
}

async fn a_subject_is_admitted_after_the_freeze_without_being_counted(world: World) {
    let (chief, head) = (world.persona("chief"), world.persona("head1"));
    let open = published_without_roll(&world).await;
    let campaign = frozen_with(&world, &json!({})).await;
    let newcomer = json!({
        "unit_id": org::DIVISIONS[0], "full_name": "Người Mới Đến", "staff_kind": "CONG_CHUC",
        "leadership_class": "DIRECT_WORKER"
    });
    let newcomer = chief.post("/v1/individuals", &newcomer).await.expect(201).id();
    let dossier = draft(&head, campaign.id, org::DIVISIONS[0]).await;
    let mut nomination = Who::Person(16).nomination(&dossier.id, OWN_FORM);
    nomination["individual_id"] = json!(newcomer);
    head.post("/v1/nominations", &nomination)
        .await
        .refused(409, "nomination.not_participant");

    let admission =
        json!({"subject_kind": "INDIVIDUAL", "subject_id": newcomer, "reason": "Chuyển đến sau ngày chốt"});
    let path = format!("{}/participants/admit", campaign.path);
    for other in ["reviewer", "director", "head1"] {
        world
            .persona(other)
            .post(&path, &admission)
            .await
            .refused(403, "access.forbidden");
    }
    let mut silent = admission.clone();
    silent.as_object_mut().unwrap().remove("reason");
    chief.post(&path, &silent).await.refused(422, "body.invalid");
    // Before the freeze the roll simply takes everyone.
    chief
        .post(&format!("{}/participants/admit", open.path), &admission)
        .await
        .refused(409, "roll.not_frozen");
    let before = chief.get(&format!("{}/quota", campaign.path)).await.expect(200);
    let admitted = chief.post(&path, &admission).await.expect(201);
    assert_eq!(
        (&admitted.json["counted"], &admitted.json["frozen"]),
        (&json!(false), &json!(false))
    );
    chief.post(&path, &admission).await.refused(409, "roll.duplicate");
    let after = chief.get(&format!("{}/quota", campaign.path)).await.expect(200);
    assert_eq!(limits(&before.json, 0), limits(&after.json, 0));
    head.post("/v1/nominations", &nomination).await.expect(201);
    let journal = world
        .persona("auditor")
        .get(&format!("/v1/audit-entries?object={}", admitted.id()))
        .await
        .expect(200);
    assert_eq!(journal.json["items"][0]["kind"], "participant.admitted");
    assert_eq!(journal.json["items"][0]["reason"], "Chuyển đến sau ngày chốt");
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());
}

/// R-S5: a slip in the days of a frozen line is no dead end; what it counts for stays.
async fn a_frozen_line_outside_of_the_campaign_is_put_right(world: World) {
    let campaign = published_without_roll(&world).await;
    let (chief, head) = (world.persona("chief"), world.persona("head1"));
    let roll = format!("{}/participants", campaign.path);
    let line = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16), "left_on": when("2025-06-01")});
    chief.post(&roll, &line).await.expect(201);
    let other = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(17)});
    chief.post(&roll, &other).await.expect(201);
    chief
        .act(&campaign.path, "participants/freeze", &json!({}))
        .await
        .expect(200);
    let dossier = draft(&head, campaign.id, org::DIVISIONS[0]).await;
    let nomination = Who::Person(16).nomination(&dossier.id, OWN_FORM);
    let refused = head.post("/v1/nominations", &nomination).await;
    refused.refused(409, "nomination.not_participant");
    let quota = async || {
        let shown = chief.get(&format!("{}/quota", campaign.path)).await.expect(200);
        limits(&shown.json, 0)
    };
    let before = quota().await;
    // Two names may mean two persons, here as elsewhere.
    let both = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16), "personnel_code": "NV016", "reason": "Nhập nhầm"});
    let refused = chief.post(&format!("{roll}/admit"), &both).await;
    refused.refused(422, "body.invalid").stands_at("/personnel_code");
    let admission =
        json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16), "reason": "Nhập nhầm ngày"});
    let admitted = chief.post(&format!("{roll}/admit"), &admission).await.expect(201);
    assert_eq!(
        (admitted.json.get("left_on"), &admitted.json["version"]),
        (None, &json!(2))
    );
    assert_eq!(quota().await, before);
    head.post("/v1/nominations", &nomination).await.expect(201);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// A draft that nobody but its author knows tells him of nobody elsewhere, and leaves no names behind.
async fn a_draft_names_nobody_elsewhere(world: World) {
    let (reviewer, mut body) = (world.persona("reviewer"), plan_579()["campaign"].clone());
    body["plan"]["submission"]["invited_unit_ids"] = json!([org::OTHER_DEPARTMENT]);
    let made = reviewer.post("/v1/campaigns", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    world
        .database(|conn| {
            let mut other = individuals::get(conn, person(20)).unwrap();
            let before = other.version;
            other.owner_organization_id = org::OTHER_DEPARTMENT;
            other.unit_id = org::OTHER_DEPARTMENT;
            other.version += 1;
            individuals::save_if(conn, &other, before).unwrap();
        })
        .await;
    let roll = format!("{path}/participants");
    let foreign = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(20)});
    let refused = reviewer.post(&roll, &foreign).await;
    refused.refused(422, "body.invalid").stands_at("/subject_id");
    let own = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16)});
    reviewer.post(&roll, &own).await.expect(201);
    let tag = reviewer.get(&path).await.expect(200).etag();
    reviewer.delete(&path, &tag).await.expect(204);
    let left: i64 = world
        .database(|conn| {
            use diesel::prelude::*;
            use thidua::store::schema::search_words::dsl;
            dsl::search_words
                .filter(dsl::noun.eq("participant"))
                .count()
                .get_result(conn)
                .unwrap()
        })
        .await;
    assert_eq!(left, 0);
}

async fn a_household_is_a_subject_of_its_own(world: World) {
    let chief = world.persona("chief");
    let body =
        json!({"unit_id": org::DIVISIONS[0], "name": "Hộ ông Mẫu", "kind": "HOUSEHOLD", "headcount": 4});
    let household = chief.post("/v1/collectives", &body).await.expect(201).id();
    let mut criteria = plan_579()["campaign"]["plan"]["criteria"].clone();
    criteria.as_array_mut().unwrap().push(json!({
        "code": "HO1", "subject": "HOUSEHOLD", "text": "Gương mẫu chấp hành chủ trương của Đảng"
    }));
    let terms = json!({"criteria": criteria, "quota": {"basis_points": 3000, "min_one": true}});
    let campaign = frozen_with(&world, &terms).await;
    let quota = chief.get(&format!("{}/quota", campaign.path)).await.expect(200);
    let kinds = [("COLLECTIVE", 1), ("INDIVIDUAL", 8), ("HOUSEHOLD", 1)];
    assert_eq!(
        limits(&quota.json, 0),
        kinds.map(|(kind, limit)| (json!(kind), limit))
    );

    let mut dossier = discovery(&world, campaign.id).await;
    let proposal = json!({
        "submission_id": dossier.id, "collective_id": household, "proposed_form": OWN_FORM,
        "achievement_summary": "Hiến đất làm đường", "criteria": [{"code": "HO1", "met": true}]
    });
    let made = chief.post("/v1/nominations", &proposal).await.expect(201);
    assert_eq!(made.json["subject_kind"], "HOUSEHOLD");
    dossier.nominations.push(made.id());
    papers(&chief, &dossier).await;
    chief.act(&dossier.path, "submit", &json!({})).await.expect(200);
    appraised(&world, &dossier, &[json!([{"item": "HO1", "ok": true}])]).await;
    let decision = drafted(&world, campaign.id, &[dossier.nominations[0].parse().unwrap()]).await;
    numbered(&world, &decision, 7, when("2026-06-30")).await;
    let deputy = world.persona("deputy");
    deputy.act(&decision, "issue", &json!({})).await.expect(200);
    let item = &items(&world, &decision).await[0];
    assert_eq!(
        (&item["subject_kind"], &item["name"]),
        (&json!("HOUSEHOLD"), &json!("Hộ ông Mẫu"))
    );
    assert!(item["amount_dong"].as_i64().unwrap() > 0, "{item}");
    let list = chief
        .get("/v1/nominations?subject_kind=HOUSEHOLD&state=AWARDED")
        .await
        .expect(200);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
}

fn limits(quota: &Value, reading: usize) -> Vec<(Value, u64)> {
    quota["readings"][reading]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["subject_kind"].clone(), line["limit"].as_u64().unwrap()))
        .collect()
}

async fn the_quota_shows_all_readings_and_its_basis(world: World) {
    let campaign = published(&world).await;
    let path = format!("{}/quota", campaign.path);
    let before = world.persona("director").get(&path).await.expect(200).json;
    assert_eq!(before["basis"]["frozen"], false);
    assert_eq!(before["basis"]["roll_date"], when("2026-05-20"));
    assert_eq!(
        before["basis"]["participants"],
        json!({"collectives": 6, "individuals": 28, "households": 0})
    );
    // T = 6, I = 28 (5.8): 1 and 8 apart, 10 together.
    assert_eq!(
        limits(&before, 0),
        [(json!("COLLECTIVE"), 1), (json!("INDIVIDUAL"), 8)]
    );
    assert_eq!(limits(&before, 1), [(Value::Null, 10)]);
    assert_eq!(before["readings"][0]["enforced"], true);
    assert_eq!(before["readings"].as_array().unwrap().len(), 4);
    world
        .persona("head1")
        .get(&path)
        .await
        .refused(403, "access.forbidden");
    let chief = world.persona("chief");
    let froze = chief.act(&campaign.path, "participants/freeze", &json!({})).await;
    let froze = froze.expect(200).json;
    assert_eq!(froze["basis"]["frozen"], true);
    assert_eq!(froze["readings"], before["readings"]);
}

async fn who_left_before_the_day_does_not_count(world: World) {
    let campaign = published(&world).await;
    let chief = world.persona("chief");
    let lines = chief
        .get(&format!(
            "{}/participants?subject_kind=INDIVIDUAL&limit=4",
            campaign.path
        ))
        .await
        .expect(200);
    let line = |index: usize| {
        format!(
            "/v1/participants/{}",
            lines.json["items"][index]["id"].as_str().unwrap()
        )
    };
    for (index, change) in [
        json!({"left_on": when("2026-05-19")}),
        json!({"left_on": when("2026-05-20")}),
        json!({"joined_on": when("2026-05-21")}),
        json!({"counted": false}),
    ]
    .iter()
    .enumerate()
    {
        chief.patch(&line(index), change).await.expect(200);
    }
    let froze = chief.act(&campaign.path, "participants/freeze", &json!({})).await;
    let basis = froze.expect(200).json["basis"].clone();
    assert_eq!(basis["participants"]["individuals"], 25);
    assert_eq!(basis["left_out"], 3);
    let states: Vec<Value> = [0, 1, 2, 3]
        .map(&line)
        .to_vec()
        .iter()
        .map(|path| json!(path))
        .collect();
    for (path, counts) in states.iter().zip([false, true, false, false]) {
        let shown = chief.get(path.as_str().unwrap()).await.expect(200);
        assert_eq!(shown.json["frozen"], counts, "{}", shown.json);
    }
}
