//! Conditions and keys over HTTP: `If-Match` where it is not needed, `*` among many, replays.

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::caller::Role;
use thidua::store::schema::role_grants;

use crate::support::campaigns;
use crate::support::councils::{Subject, consolidated_dossier, council, planned};
use crate::support::on_both;
use crate::support::submissions::{OWN_FORM, Who, campaign, draft, propose, submitted};
use crate::support::when;
use crate::support::world::{World, collective, org, person};

on_both!(
    hold_wherever_they_are_sent,
    that_are_stale_are_answered_with_what_there_is,
    of_parts_are_those_of_the_whole,
    of_any_version_hold_among_many,
    of_what_is_made_hold_for_what_the_body_names,
    of_an_edit_that_changes_nothing_stay_as_they_are,
    of_a_removal_are_answered_again,
    are_not_replayed_for_a_member_that_is_cleared,
    are_replayed_in_the_language_of_the_answer,
);

const NOMINEE: Subject = Subject::Individual(16);

fn paper() -> Value {
    json!({"kind": "KHAC", "document": {"type": "BB", "number_raw": "1/BB", "issued_on": when("2026-03-20")}})
}

async fn hold_wherever_they_are_sent(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "CONSENSUS").await;
    let nomination = dossier.nominations[&NOMINEE];
    let line = format!("{session}/agenda/{nomination}");
    let agenda = json!({"nomination_ids": [nomination]});
    let agreed = json!({"nomination_ids": [nomination], "outcome": "RECOMMENDED", "note": "Thống nhất"});
    let form = json!({"form": "BANG_KHEN_TINH", "form_reason": "Hội đồng đề nghị"});
    let reviewer = world.persona("reviewer");
    for (method, path, body) in [
        ("PUT", format!("{session}/attendance"), json!({"members": []})),
        ("POST", format!("{session}/agenda"), agenda),
        ("POST", format!("{session}/consensus"), agreed),
        ("PATCH", line.clone(), form.clone()),
        ("DELETE", line.clone(), Value::Null),
    ] {
        let persona = if path.contains("agenda") {
            "chief"
        } else {
            "reviewer"
        };
        let persona = if method == "PATCH" { "reviewer" } else { persona };
        let ask = world.persona(persona).ask(method, &path).if_match("\"999\"");
        let ask = if body.is_null() { ask } else { ask.json(&body) };
        ask.send().await.refused(412, "etag.stale");
    }
    let without = reviewer.ask("PATCH", &line).json(&form).send().await;
    without.refused(428, "etag.required");
    let tag = reviewer.get(&session).await.expect(200).etag();
    let sent = reviewer
        .ask("PUT", &format!("{session}/attendance"))
        .if_match(&tag);
    sent.json(&json!({"members": []})).send().await.expect(200);
    // A read has none of them, so that no form of one is wrong.
    for tag in ["W/\"1\"", "\"999\"", "17"] {
        let read = reviewer.ask("GET", "/v1/review-sessions").if_match(tag);
        read.send().await.expect(200);
    }

    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let papers = format!("{}/attachments", dossier.path);
    let stale = head.get(&dossier.path).await.expect(200).etag();
    let attach = |tag: &str| head.ask("POST", &papers).if_match(tag).json(&paper()).send();
    let added = attach(&stale).await.expect(201);
    attach(&stale).await.refused(412, "etag.stale");
    let added = added.header("location").unwrap();
    head.delete(added, &stale).await.refused(412, "etag.stale");
    head.ask("DELETE", added)
        .send()
        .await
        .refused(428, "etag.required");
    let tag = head.get(&dossier.path).await.expect(200).etag();
    head.delete(added, &tag).await.expect(204);
}

/// A condition that is sent holds or is refused, also where something is made.
async fn of_what_is_made_hold_for_what_the_body_names(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let tag = head.get(&dossier.path).await.expect(200).etag();
    let body = |who: u128| {
        json!({"submission_id": dossier.id, "individual_id": person(who), "proposed_form": OWN_FORM,
            "achievement_summary": "Hoàn thành xuất sắc nhiệm vụ"})
    };
    let make = |tag: &str, body: Value| {
        let ask = head.ask("POST", "/v1/nominations").if_match(tag);
        ask.json(&body).send()
    };
    make(&tag, body(11)).await.expect(201);
    // The nomination gave the dossier its next version.
    make(&tag, body(16)).await.refused(412, "etag.stale");
    make("*", body(16)).await.expect(201);

    let shown = submitted(&world, campaign, 2, &[Who::Person(12)]).await;
    world
        .persona("reviewer")
        .act(&shown.path, "receive", &json!({}))
        .await
        .expect(200);
    let review = json!({"nomination_id": shown.nominations[0], "kind": "APPRAISAL",
        "conclusion": "NEEDS_SUPPLEMENT", "note": "Thiếu báo cáo"});
    let reviewer = world.persona("reviewer");
    let make = |tag: &str| {
        reviewer
            .ask("POST", "/v1/reviews")
            .if_match(tag)
            .json(&review)
            .send()
    };
    make("\"99\"").await.refused(412, "etag.stale");
    let tag = reviewer
        .get(&format!("/v1/nominations/{}", shown.nominations[0]))
        .await
        .expect(200)
        .etag();
    make(&tag).await.expect(201);

    // What belongs to nothing that has a version.
    let unit = json!({"name": "Đơn vị mới", "kind": "OTHER"});
    let administrator = world.persona("administrator");
    let ask = |tag: &str| administrator.ask("POST", "/v1/organizations").if_match(tag);
    let refused = ask("\"1\"")
        .json(&unit)
        .send()
        .await
        .refused(400, "header.invalid");
    assert_eq!(refused.json["errors"][0]["header"], "If-Match");
    // Of a change the other condition is not known, and is not passed over either (RFC 9110 13.1.2).
    let other = administrator
        .ask("POST", "/v1/organizations")
        .header("if-none-match", "*");
    let other = other.json(&unit).send().await.refused(400, "header.invalid");
    assert_eq!(other.json["errors"][0]["header"], "If-None-Match");
    ask("*").json(&unit).send().await.expect(201);
}

/// An edit that changes nothing makes no version and no entry, whatever is edited.
async fn of_an_edit_that_changes_nothing_stay_as_they_are(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "CONSENSUS").await;
    let published = campaigns::published(&world).await;
    let chief = world.persona("chief");
    let mut plan = campaigns::plan_579()["campaign"].clone();
    plan.as_object_mut().unwrap().remove("code");
    let plan = chief.post("/v1/campaigns", &plan).await.expect(201);
    let plan = plan.header("location").unwrap().to_owned();
    let lines = format!("{}/participants?limit=1", published.path);
    let line = chief.get(&lines).await.expect(200).json["items"][0].clone();
    let line = format!("/v1/participants/{}", line["id"].as_str().unwrap());
    let head = world.persona("head1");
    let mut unit = draft(&head, published.id, org::DIVISIONS[0]).await;
    propose(&head, &mut unit, &[Who::Person(11)]).await;
    let nomination = format!("/v1/nominations/{}", unit.nominations[0]);
    let summary = head.get(&nomination).await.expect(200).json["achievement_summary"].clone();
    let administrator = world.persona("administrator");
    let holiday =
        json!({"day": when("2027-01-01"), "working": false, "name_vi": "Tết", "name_en": "New Year"});
    let holiday = administrator
        .post("/v1/reference/holidays", &holiday)
        .await
        .expect(201);
    let holiday = holiday.header("location").unwrap().to_owned();
    for (who, path, body) in [
        (
            "administrator",
            format!("/v1/organizations/{}", org::DEPARTMENT),
            json!({}),
        ),
        ("administrator", holiday, json!({"name_vi": "Tết"})),
        ("chief", format!("/v1/individuals/{}", person(11)), json!({})),
        ("chief", format!("/v1/collectives/{}", collective(2)), json!({})),
        ("chief", format!("/v1/councils/{council}"), json!({})),
        ("chief", plan, json!({"plan": {}})),
        ("chief", line, json!({"counted": true})),
        ("chief", session, json!({})),
        ("head1", unit.path.clone(), json!({})),
        ("head1", nomination, json!({"achievement_summary": summary})),
    ] {
        let persona = world.persona(who);
        let before = persona.get(&path).await.expect(200);
        let entries = entries(&world).await;
        let after = persona.patch(&path, &body).await.expect(200);
        assert_eq!(after.etag(), before.etag(), "{path}");
        assert_eq!(after.json["version"], before.json["version"], "{path}");
        assert_eq!(after.json["updated_at"], before.json["updated_at"], "{path}");
        assert_eq!(after.json["outcome"]["changed_fields"], json!([]), "{path}");
        assert_eq!(self::entries(&world).await, entries, "{path}");
    }
    // The rules are asked all the same.
    let locked = chief.patch(&published.path, &json!({})).await;
    locked.refused(409, "campaign.terms_locked");
}

/// U7: whoever was overtaken puts both together without asking again.
async fn that_are_stale_are_answered_with_what_there_is(world: World) {
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign(&world).await, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(16)]).await;
    let note = json!({"note": "Ghi chú"});
    head.patch(&dossier.path, &note).await.expect(200);
    let stale = head
        .ask("PATCH", &dossier.path)
        .if_match("\"1\"")
        .json(&json!({"note": "Khác"}));
    let stale = stale.send().await.refused(412, "etag.stale");
    let now = head.get(&dossier.path).await.expect(200);
    assert_eq!(stale.json["current"]["note"], "Ghi chú");
    assert_eq!(stale.json["current"]["version"], now.json["version"]);
    assert_eq!(
        stale.json["current"]["allowed_actions"],
        now.json["allowed_actions"]
    );
    // An act below an object is answered with that object.
    let act = head
        .ask("POST", &format!("{}/submit", dossier.path))
        .if_match("\"1\"")
        .json(&json!({}));
    let act = act.send().await.refused(412, "etag.stale");
    assert_eq!(act.json["current"]["id"], json!(dossier.id));
    // In the language that was asked for; nothing is shown that the caller could not read.
    let held = format!("/v1/nominations/{}", dossier.nominations[0]);
    let hold = json!({"reason": "COMPLAINT", "note": "Có đơn"});
    world.persona("chief").act(&held, "hold", &hold).await.expect(200);
    let edit = head
        .ask("PATCH", &held)
        .if_match("\"99\"")
        .json(&json!({"achievement_summary": "Có sáng kiến"}));
    let edit = edit.send().await.refused(412, "etag.stale");
    assert_eq!(
        edit.json["current"].get("hold"),
        head.get(&held).await.expect(200).json.get("hold")
    );
}

/// CND-01, CND-03: the tag that a part shows is the one that its acts ask for.
async fn of_parts_are_those_of_the_whole(world: World) {
    let head = world.persona("head1");
    let dossier = draft(&head, campaign(&world).await, org::DIVISIONS[0]).await;
    let papers = format!("{}/attachments", dossier.path);
    let made = head.post(&papers, &paper()).await.expect(201);
    let place = made.header("location").unwrap().to_owned();
    let shown = head.get(&place).await.expect(200);
    assert_eq!(shown.etag(), made.etag());
    let same = head
        .ask("GET", &place)
        .header("if-none-match", &shown.etag())
        .send()
        .await;
    same.expect(304);
    head.delete(&place, &shown.etag()).await.expect(204);
    let listed = head.get(&papers).await.expect(200);
    let again = head.post(&papers, &paper()).await.expect(201);
    let place = again.header("location").unwrap().to_owned();
    head.delete(&place, &listed.etag())
        .await
        .refused(412, "etag.stale");

    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "CONSENSUS").await;
    let reviewer = world.persona("reviewer");
    let attendance = format!("{session}/attendance");
    let tag = reviewer.get(&attendance).await.expect(200).etag();
    let none = reviewer
        .ask("PUT", &attendance)
        .if_match(&tag)
        .json(&json!({"members": []}));
    none.send().await.expect(200);
    let chief = world.persona("chief");
    let tag = chief.get(&format!("{session}/agenda")).await.expect(200).etag();
    let line = format!("{session}/agenda/{}", dossier.nominations[&NOMINEE]);
    chief.delete(&line, &tag).await.expect(204);
}

async fn entries(world: &World) -> i64 {
    use diesel::prelude::*;
    use thidua::store::schema::journal_entries::dsl;
    let count = |conn: &mut _| dsl::journal_entries.count().get_result(conn).unwrap();
    world.database(count).await
}

/// CND-03: `*` asks for no version, so no other client's change may fail it.
async fn of_any_version_hold_among_many(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let before = head.get(&dossier.path).await.expect(200).json["version"].as_i64();
    let changes = (0..40).map(|number| {
        let body = json!({"letter": {"type": "TTr", "number_raw": format!("{number}/TTr"),
            "issued_on": when("2026-05-21")}});
        let ask = head.ask("PATCH", &dossier.path).if_match("*").json(&body);
        ask.send()
    });
    for changed in futures_util::future::join_all(changes).await {
        changed.expect(200);
    }
    let after = head.get(&dossier.path).await.expect(200).json["version"].as_i64();
    assert_eq!(after, before.map(|version| version + 40));
}

/// IDM-03, and IDM-06: of the same caller and the same path only.
async fn of_a_removal_are_answered_again(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    let papers = format!("{}/attachments", dossier.path);
    let mut places = Vec::new();
    for _ in 0..2 {
        let added = head.post(&papers, &paper()).await.expect(201);
        places.push(added.header("location").unwrap().to_owned());
    }
    let remove = |who: &str, place: &str| {
        let ask = world.persona(who).ask("DELETE", place);
        ask.if_match("*").key("remove-1").send()
    };
    let first = remove("head1", &places[0]).await.expect(204);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = remove("head1", &places[0]).await.expect(204);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    remove("head1", &places[1])
        .await
        .refused(422, "idempotency.key_reused");
    remove("chief", &places[0]).await.refused(403, "access.forbidden");
    head.delete(&places[0], "*")
        .await
        .refused(404, "resource.not_found");
    head.delete(&places[1], "*").await.expect(204);
    // The key was that of another removal, whether this target is still there or not (IDM-04).
    remove("head1", &places[1])
        .await
        .refused(422, "idempotency.key_reused");
    let other = head.ask("DELETE", &places[1]).if_match("*").key("remove-2");
    other.send().await.refused(404, "resource.not_found");
    // Whoever still sees the whole, but may not take from it any more, is told nothing of what was done (IDM-07).
    let moved = world.database(|conn| {
        diesel::update(role_grants::table.filter(role_grants::subject.eq("head1")))
            .set((
                role_grants::role.eq(Role::OfficeChief),
                role_grants::organization_id.eq(Some(org::DEPARTMENT)),
            ))
            .execute(conn)
            .unwrap()
    });
    assert_eq!(moved.await, 1);
    remove("head1", &places[0]).await.refused(403, "access.forbidden");
}

/// IDM-04: to clear a member is another request than to leave it as it is.
async fn are_not_replayed_for_a_member_that_is_cleared(world: World) {
    let chief = world.persona("chief");
    let path = format!("/v1/individuals/{}", person(16));
    let edit = |body: Value| {
        let ask = chief.ask("PATCH", &path).if_match("*").key("cleared-1");
        ask.json(&body).send()
    };
    edit(json!({"position": "Chuyên viên"})).await.expect(200);
    let again = edit(json!({"position": "Chuyên viên"})).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    edit(json!({"position": "Chuyên viên", "honorific": null}))
        .await
        .refused(422, "idempotency.key_reused");
}

async fn are_replayed_in_the_language_of_the_answer(world: World) {
    let administrator = world.persona("administrator");
    let make = |language: &str| {
        let ask = administrator.ask("POST", "/v1/organizations").key("language-1");
        let ask = ask.header("accept-language", language);
        ask.json(&json!({"name": "Một lần", "kind": "OTHER"})).send()
    };
    let first = make("en").await.expect(201);
    let again = make("vi").await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.bytes, again.bytes);
    for answer in [first, again] {
        assert_eq!(answer.header("content-language"), Some("en"));
    }
}
