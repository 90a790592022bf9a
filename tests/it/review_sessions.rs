//! Review sessions over HTTP: what the scenarios do not tell.

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::codes::HoldReason;
use thidua::domain::ids::{CampaignId, NominationId};
use thidua::store::{nominations, schema};

use crate::support::campaigns::{document, frozen_with};
use crate::support::councils::{
    Dossier, MEMBERS, Subject, attend, confirmable, consolidated_dossier, council, council_with, finish,
    persona_of, planned, received_dossier, states_of, vote,
};
use crate::support::on_both;
use crate::support::pointers;
use crate::support::submissions::{OWN_FORM, UPPER_FORM, Who};
use crate::support::walk::{self, consolidated, opened};
use crate::support::when;
use crate::support::world::{Reply, World, issuer, person};

on_both!(
    take_a_nomination_one_at_a_time_and_give_it_back,
    are_opened_only_with_roll_and_agenda,
    let_a_substitute_vote_instead,
    take_written_answers_from_the_secretary,
    hold_blocks_the_confirmation,
    go_on_without_what_is_on_hold,
    tell_who_did_not_vote,
    keep_what_was_written_when_they_are_opened_again,
    are_attended_only_as_the_rules_permit,
    one_member_has_one_vote_however_often_it_is_sent,
    a_vote_races_with_the_closing,
    keep_the_voice_of_who_voted,
    refuse_other_ways_of_voting,
    agree_on_a_list_in_one_act,
    agree_with_those_who_are_present,
    keep_the_form_that_they_consider,
    let_nobody_vote_on_the_own_collective_where_the_rules_say_so,
    close_the_dossier_when_nothing_is_left,
    are_listed_and_changed_while_planned,
    need_members_and_the_council_of_the_plan,
    are_planned_by_the_office_and_run_by_the_secretary,
);

const NOMINEE: Subject = Subject::Individual(16);

async fn open_session(world: &World, dossier: &Dossier) -> String {
    let council = council(world).await;
    let session = planned(world, &council, dossier, "OPEN_VOTE").await;
    let everyone: Vec<u128> = MEMBERS.iter().map(|(number, _)| *number).collect();
    attend(world, &session, &everyone).await;
    world
        .persona("reviewer")
        .act(&session, "open", &json!({}))
        .await
        .expect(200);
    session
}

async fn members_of(world: &World, session: &str) -> Vec<Value> {
    let shown = world
        .persona("chief")
        .get(&format!("{session}/attendance"))
        .await
        .expect(200);
    shown.json["items"].as_array().unwrap().clone()
}

async fn take_a_nomination_one_at_a_time_and_give_it_back(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let chief = world.persona("chief");
    let first = planned(&world, &council, &dossier, "OPEN_VOTE").await;
    let body = json!({
        "council_id": council, "campaign_id": dossier.campaign, "title": "Họp lần hai", "mode": "MEETING",
        "method": "OPEN_VOTE", "held_at": when("2026-06-06T01:00:00Z")
    });
    let second = chief.post("/v1/review-sessions", &body).await.expect(201);
    let second = second.header("location").unwrap().to_owned();
    let agenda = json!({"nomination_ids": [dossier.nominations[&NOMINEE]]});
    let told = async |path: &str| {
        let refused = chief.post(&format!("{path}/agenda"), &agenda).await;
        let refused = refused
            .refused(409, "session.item_taken")
            .stands_at("/nomination_ids/0");
        refused.json["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(told(&second).await, "Đề nghị đã có trong phiên họp khác");
    assert_eq!(
        told(&first).await,
        "Đề nghị đã có trong chương trình của phiên họp này"
    );

    let tag = chief.get(&first).await.expect(200).etag();
    let line = format!("{first}/agenda/{}", dossier.nominations[&NOMINEE]);
    chief.delete(&line, &tag).await.expect(204);
    assert_eq!(states_of(&world, &dossier).await, ["ELIGIBLE"]);
    let put = chief.post(&format!("{second}/agenda"), &agenda).await.expect(201);
    let place = put.header("location").unwrap();
    assert_eq!(place, format!("{second}/agenda"));
    assert_eq!(
        put.json["direct_worker_share"],
        json!({"direct_workers": 1, "leaders": 0, "share_hundredths": 10_000})
    );
    assert_eq!(chief.get(place).await.expect(200).json, put.json);
    let cancelled = chief
        .act(&second, "cancel", &json!({"reason": "Hoãn"}))
        .await
        .expect(200);
    assert_eq!(
        (
            cancelled.json["state"].as_str(),
            cancelled.json["state_reason"].as_str()
        ),
        (Some("CANCELLED"), Some("Hoãn"))
    );
    assert_eq!(states_of(&world, &dossier).await, ["ELIGIBLE"]);
    // What a session that was called off considered nobody carries out.
    let award = json!({"type": "AWARD", "campaign_id": dossier.campaign, "form": "GIAY_KHEN_SO",
        "session_id": second.rsplit('/').next().unwrap(), "title": "Về việc tặng Giấy khen",
        "grounds": ["Căn cứ Luật Thi đua, khen thưởng"]});
    let refused = world.persona("reviewer").post("/v1/decisions", &award).await;
    refused.refused(422, "body.invalid").stands_at("/session_id");
    chief.post(&format!("{first}/agenda"), &agenda).await.expect(201);
    let refused = world
        .persona("reviewer")
        .act(&second, "open", &json!({}))
        .await
        .refused(409, "state.transition_not_allowed");
    assert_eq!(refused.json["object"], "review_session");

    world
        .persona("head1")
        .post(&format!("{first}/agenda"), &agenda)
        .await
        .refused(403, "access.forbidden");
    for outsider in ["stranger", "nominee", "head5"] {
        world
            .persona(outsider)
            .get(&first)
            .await
            .refused(404, "resource.not_found");
    }
}

async fn are_opened_only_with_roll_and_agenda(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "OPEN_VOTE").await;
    attend(&world, &session, &[1, 2, 3, 4, 6]).await;
    let secretary = world.persona("reviewer");
    let campaign = dossier.campaign;
    let freeze = |frozen: bool| {
        world.database(move |conn| {
            use schema::campaigns::dsl;
            let at: Option<thidua::domain::time::Instant> =
                frozen.then(|| when("2026-06-01T00:00:00Z").parse().unwrap());
            diesel::update(dsl::campaigns.find(campaign))
                .set(dsl::roll_frozen_at.eq(at))
                .execute(conn)
                .unwrap();
        })
    };
    freeze(false).await;
    secretary
        .act(&session, "open", &json!({}))
        .await
        .refused(409, "roll.not_frozen");
    freeze(true).await;
    let line = format!("{session}/agenda/{}", dossier.nominations[&NOMINEE]);
    secretary
        .ask("DELETE", &line)
        .send()
        .await
        .refused(428, "etag.required");
    secretary.delete(&line, "*").await.expect(204);
    secretary
        .act(&session, "open", &json!({}))
        .await
        .refused(409, "session.agenda_empty");
}

async fn let_a_substitute_vote_instead(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let session = open_session(&world, &dossier).await;
    let nomination = dossier.nominations[&NOMINEE];
    vote(&world, "head5", &session, nomination, "AGREE")
        .await
        .refused(404, "resource.not_found");
    // What was voted on stays on the agenda: a vote is evidence.
    vote(&world, "director", &session, nomination, "AGREE")
        .await
        .expect(200);
    let line = format!("{session}/agenda/{nomination}");
    let refused = world.persona("chief").delete(&line, "*").await;
    refused.refused(409, "session.item_voted");
    let member = members_of(&world, &session)
        .await
        .into_iter()
        .find(|member| member["individual_id"] == json!(person(8)))
        .unwrap();
    let seat = |substitute: u128| {
        json!({"members": [{"council_member_id": member["council_member_id"], "attendance": "SUBSTITUTE",
            "substitute_individual_id": person(substitute)}]})
    };
    let put = |body: Value| {
        let secretary = world.persona("reviewer");
        let path = format!("{session}/attendance");
        async move { secretary.ask("PUT", &path).json(&body).send().await }
    };
    // A member has a vote of its own already.
    put(seat(7)).await.refused(422, "body.invalid");
    put(seat(10)).await.expect(200);
    world.persona("head5").get(&session).await.expect(200);
    vote(&world, "head5", &session, nomination, "AGREE")
        .await
        .expect(200);
    vote(&world, "head3", &session, nomination, "AGREE")
        .await
        .refused(409, "session.not_present");
}

async fn take_written_answers_from_the_secretary(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let session = open_session(&world, &dossier).await;
    let nomination = dossier.nominations[&NOMINEE];
    let member = members_of(&world, &session)
        .await
        .into_iter()
        .find(|member| member["individual_id"] == json!(person(8)))
        .unwrap();
    let ballot = json!({"choice": "AGREE", "channel": "PAPER", "member_id": member["council_member_id"]});
    let path = format!("{session}/votes/{nomination}");
    let secretary = world.persona("reviewer");
    secretary
        .ask("PUT", &path)
        .json(&ballot)
        .send()
        .await
        .refused(409, "session.not_present");
    let written =
        json!({"members": [{"council_member_id": member["council_member_id"], "attendance": "WRITTEN"}]});
    secretary
        .ask("PUT", &format!("{session}/attendance"))
        .json(&written)
        .send()
        .await
        .expect(200);
    world
        .persona("chief")
        .ask("PUT", &path)
        .json(&ballot)
        .send()
        .await
        .refused(403, "access.forbidden");
    secretary.ask("PUT", &path).json(&ballot).send().await.expect(200);
    // Whoever voted in writing stays that, and is not made absent.
    let attendance = format!("{session}/attendance");
    let again = secretary.ask("PUT", &attendance).json(&written);
    again.send().await.expect(200);
    let mut absent = written.clone();
    absent["members"][0]["attendance"] = json!("ABSENT");
    let gone = secretary.ask("PUT", &attendance).json(&absent).send().await;
    gone.refused(422, "body.invalid");
    vote(&world, "director", &session, nomination, "AGREE")
        .await
        .expect(200);
    secretary.act(&session, "close", &json!({})).await.expect(200);
    let tag = secretary.get(&session).await.expect(200).etag();
    let minutes = json!({"course": "Thảo luận.", "conclusion": "Kết luận."});
    secretary
        .ask("PUT", &format!("{session}/minutes"))
        .if_match(&tag)
        .json(&minutes)
        .send()
        .await
        .expect(200);
    let refused = secretary
        .act(&session, "sign", &json!({}))
        .await
        .refused(409, "session.minutes_missing");
    assert_eq!(refused.json["missing"], "written_opinions");
    let agenda = secretary.get(&format!("{session}/agenda")).await.expect(200);
    let tally = &agenda.json["items"][0]["tally"];
    assert_eq!(
        (tally["agree"].as_i64(), tally["outcome"].as_str()),
        (Some(2), Some("NOT_RECOMMENDED"))
    );
    let told = tally["reason"].as_str().unwrap();
    assert!(told.starts_with("Đồng ý 2/"), "{told}");
    let ask = secretary.ask("GET", &format!("{session}/agenda"));
    let english = ask.header("accept-language", "en").send().await.expect(200);
    let told = english.json["items"][0]["tally"]["reason"].as_str().unwrap();
    assert!(
        told.starts_with("2 of ") && told.ends_with("required share"),
        "{told}"
    );
}

/// One on hold does not keep the others waiting: it leaves the agenda although it was voted.
async fn go_on_without_what_is_on_hold(world: World) {
    let other = Subject::Individual(23);
    let dossier = received_dossier(&world, &[NOMINEE, other]).await;
    let session = confirmable(&world, &dossier).await;
    finish(&world, &session).await;
    let (director, chief, reviewer) = (
        world.persona("director"),
        world.persona("chief"),
        world.persona("reviewer"),
    );
    let held = dossier.nominations[&NOMINEE];
    let hold = json!({"reason": "COMPLAINT", "note": "Có đơn"});
    chief
        .act(&format!("/v1/nominations/{held}"), "hold", &hold)
        .await
        .expect(200);
    let refused = director.act(&session, "confirm", &json!({})).await;
    let refused = refused.refused(409, "nomination.on_hold");
    assert!(
        refused.json["detail"].as_str().unwrap().contains("mở lại"),
        "{}",
        refused.json
    );
    let reason = json!({"reason": "Một đề nghị đang tạm dừng"});
    director.act(&session, "reopen", &reason).await.expect(200);
    // What was counted before is told by the history alone.
    world.seal().await;
    let history = director.get(&format!("{session}/history")).await.expect(200);
    let entries = history.json["items"].as_array().unwrap();
    let closed = entries
        .iter()
        .find(|one| one["kind"] == "review_session.closed")
        .unwrap();
    let results = closed["details"]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "{closed}");
    assert!(
        results
            .iter()
            .all(|one| one["outcome"] == "RECOMMENDED" && one["agree"].is_number())
    );
    let remove = async |id: &NominationId| {
        let tag = chief.get(&session).await.expect(200).etag();
        chief.delete(&format!("{session}/agenda/{id}"), &tag).await
    };
    remove(&dossier.nominations[&other])
        .await
        .refused(409, "session.item_voted");
    remove(&held).await.expect(204);
    // Nobody voted on another form.
    let form = json!({"form": "BANG_KHEN_TINH", "form_reason": "Thành tích vượt trội"});
    let line = format!("{session}/agenda/{}", dossier.nominations[&other]);
    let tag = reviewer.get(&session).await.expect(200).etag();
    let changed = reviewer
        .ask("PATCH", &line)
        .if_match(&tag)
        .json(&form)
        .send()
        .await;
    changed.refused(409, "session.item_voted");
    finish(&world, &session).await;
    director.act(&session, "confirm", &json!({})).await.expect(200);
    let mut states = states_of(&world, &dossier).await;
    states.sort_unstable();
    assert_eq!(states, ["AWAITING_DIRECTOR", "ELIGIBLE"]);
}

async fn hold_blocks_the_confirmation(world: World) {
    let dossier = received_dossier(&world, &[NOMINEE]).await;
    let session = confirmable(&world, &dossier).await;
    finish(&world, &session).await;
    let nomination = dossier.nominations[&NOMINEE];
    let hold = |held: bool| {
        world.database(move |conn| {
            let mut row = nominations::get(conn, nomination).unwrap();
            row.hold_reason = held.then_some(HoldReason::Complaint);
            row.hold_since = held.then(|| when("2026-06-05T02:00:00Z").parse().unwrap());
            nominations::save(conn, &row).unwrap();
        })
    };
    let director = world.persona("director");
    hold(true).await;
    let refused = director
        .act(&session, "confirm", &json!({}))
        .await
        .refused(409, "nomination.on_hold");
    assert_eq!(refused.json["nomination_ids"], json!([nomination]));
    // A member is told that it is on hold, not why.
    for (reader, reason) in [("head1", json!(null)), ("chief", json!("COMPLAINT"))] {
        let reader = world.persona(reader);
        let minutes = reader.get(&format!("{session}/minutes")).await.expect(200);
        let agenda = reader.get(&format!("{session}/agenda")).await.expect(200);
        for line in [&minutes.json["agenda"][0], &agenda.json["items"][0]] {
            assert_eq!((&line["on_hold"], &line["hold_reason"]), (&json!(true), &reason));
        }
    }
    // What was counted is no result before the chair has signed it (R-V7).
    let candidates = format!("/v1/campaigns/{}/candidates", dossier.campaign);
    let counted = async || {
        let shown = director.get(&candidates).await.expect(200);
        shown.json["items"][0]["council_result_hundredths"].clone()
    };
    assert_eq!(counted().await, json!(null));
    hold(false).await;
    world
        .persona("chief")
        .act(&session, "confirm", &json!({}))
        .await
        .refused(403, "access.forbidden");
    director.act(&session, "confirm", &json!({})).await.expect(200);
    assert_eq!(states_of(&world, &dossier).await, ["AWAITING_DIRECTOR"]);
    assert_eq!(counted().await, json!(10_000));
    let minutes = world
        .persona("head1")
        .get(&format!("{session}/minutes"))
        .await
        .expect(200);
    assert_eq!(minutes.json["agenda"][0]["tally"]["agree"], 7);
    assert!(minutes.json["chair_signed_at"].is_string());
}

async fn one_member_has_one_vote_however_often_it_is_sent(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let session = open_session(&world, &dossier).await;
    let nomination = dossier.nominations[&NOMINEE];
    // What lost its last line is called off, not closed.
    let line = format!("{session}/agenda/{nomination}");
    let chief = world.persona("chief");
    let tag = chief.get(&session).await.expect(200).etag();
    chief.delete(&line, &tag).await.expect(204);
    world
        .persona("reviewer")
        .act(&session, "close", &json!({}))
        .await
        .refused(409, "session.agenda_empty");
    let agenda = json!({"nomination_ids": [nomination]});
    chief
        .post(&format!("{session}/agenda"), &agenda)
        .await
        .expect(201);
    let votes = (0..50).map(|_| vote(&world, "head1", &session, nomination, "AGREE"));
    for reply in futures_util::future::join_all(votes).await {
        reply.expect(200);
    }
    let (rows, changes): (i64, i32) = world
        .database(|conn| {
            use schema::votes::dsl;
            let rows = dsl::votes.count().get_result(conn).unwrap();
            (rows, dsl::votes.select(dsl::changes).first(conn).unwrap())
        })
        .await;
    assert_eq!((rows, changes), (1, 49));
    // Who sits in it was settled when it was opened.
    let shown = world.persona("chief").get(&session).await.expect(200);
    let members = format!(
        "/v1/councils/{}/members",
        shown.json["council_id"].as_str().unwrap()
    );
    let listed = world.persona("chief").get(&members).await.expect(200);
    let member = listed.json["items"].as_array().unwrap().iter();
    let member = member
        .clone()
        .find(|one| one["individual_id"] == json!(person(6)));
    let member = format!("{members}/{}", member.unwrap()["id"].as_str().unwrap());
    world
        .persona("chief")
        .act(&member, "end", &json!({"valid_to": when("2026-03-19")}))
        .await
        .refused(409, "council.member_in_session");
    // An account that has voted is not taken off to vote for another one.
    let account = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "head1"});
    world
        .persona("chief")
        .act(
            &format!("/v1/individuals/{}", person(6)),
            "unlink-identity",
            &account,
        )
        .await
        .refused(409, "identity.in_session");
}

/// R-V1, R-V3: nobody is made absent after the vote, and a session that lost its quorum is not closed.
async fn keep_the_voice_of_who_voted(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let session = open_session(&world, &dossier).await;
    let nomination = dossier.nominations[&NOMINEE];
    vote(&world, "head1", &session, nomination, "AGREE")
        .await
        .expect(200);
    let (voter, others): (Vec<_>, Vec<_>) = members_of(&world, &session)
        .await
        .into_iter()
        .partition(|member| member["individual_id"] == json!(person(6)));
    let absent = async |members: &[Value]| {
        let rows: Vec<Value> = members
            .iter()
            .map(|member| json!({"council_member_id": member["council_member_id"], "attendance": "ABSENT"}))
            .collect();
        world
            .persona("reviewer")
            .ask("PUT", &format!("{session}/attendance"))
            .json(&json!({"members": rows}))
            .send()
            .await
    };
    let refused = absent(&voter).await.refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/members/0/attendance");
    absent(&others[..4]).await.expect(200);
    world
        .persona("reviewer")
        .act(&session, "close", &json!({}))
        .await
        .refused(409, "session.quorum_not_met");
}

async fn a_vote_races_with_the_closing(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let session = open_session(&world, &dossier).await;
    let nomination = dossier.nominations[&NOMINEE];
    vote(&world, "director", &session, nomination, "AGREE")
        .await
        .expect(200);
    let voters: Vec<&str> = MEMBERS
        .iter()
        .skip(1)
        .map(|(number, _)| persona_of(*number))
        .collect();
    let votes = voters
        .iter()
        .map(|voter| vote(&world, voter, &session, nomination, "AGREE"));
    let secretary = world.persona("reviewer");
    let nothing = json!({});
    let (closed, votes) = futures_util::join!(
        secretary.act(&session, "close", &nothing),
        futures_util::future::join_all(votes)
    );
    closed.expect(200);
    let mut counted = 1;
    for reply in votes {
        if reply.status == 200 {
            counted += 1;
        } else {
            reply.refused(409, "state.transition_not_allowed");
        }
    }
    // Every accepted vote is in the tally, no refused one is.
    let agenda = secretary.get(&format!("{session}/agenda")).await.expect(200);
    assert_eq!(agenda.json["items"][0]["tally"]["agree"].as_i64(), Some(counted));
}

/// Codes of what blocks an act.
fn blocked_by(shown: &Reply, name: &str) -> Vec<String> {
    let acts = shown.json["allowed_actions"].as_array().unwrap();
    let act = acts
        .iter()
        .find(|act| act["action"] == name)
        .expect("it is offered");
    let codes = act["blocked_by"].as_array().unwrap().iter();
    codes
        .map(|fault| fault["code"].as_str().unwrap().to_owned())
        .collect()
}

async fn refuse_other_ways_of_voting(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let chief = world.persona("chief");
    for method in ["SECRET_BALLOT", "WRITTEN"] {
        let body = json!({
            "council_id": council, "campaign_id": dossier.campaign, "title": "Họp", "mode": "MEETING",
            "method": method, "held_at": when("2026-06-06T01:00:00Z")
        });
        chief
            .post("/v1/review-sessions", &body)
            .await
            .refused(422, "session.method_unsupported");
    }
    let secretary = world.persona("reviewer");
    let session = planned(&world, &council, &dossier, "CONSENSUS").await;
    attend(&world, &session, &[1, 2, 3, 4, 6]).await;
    secretary.act(&session, "open", &json!({})).await.expect(200);
    let nomination = dossier.nominations[&NOMINEE];
    vote(&world, "director", &session, nomination, "AGREE")
        .await
        .refused(409, "session.consensus");
    let line = format!("{session}/agenda/{nomination}");
    let form = |form: &str| json!({"form": form, "form_reason": "Hội đồng đề nghị"});
    secretary
        .ask("PATCH", &line)
        .if_match("*")
        .json(&form("HUAN_CHUONG"))
        .send()
        .await
        .refused(422, "nomination.form_not_offered")
        .stands_at("/form");
    let changed = secretary
        .ask("PATCH", &line)
        .if_match("*")
        .json(&form("BANG_KHEN_TINH"))
        .send()
        .await
        .expect(200);
    assert_eq!(changed.json["items"][0]["form"], "BANG_KHEN_TINH");
    let agreed = json!({"nomination_ids": [nomination], "outcome": "RECOMMENDED", "note": "Thống nhất"});
    secretary
        .post(&format!("{session}/consensus"), &agreed)
        .await
        .expect(200);
    finish(&world, &session).await;
    world
        .persona("director")
        .act(&session, "confirm", &json!({}))
        .await
        .expect(200);
    // The province decides this form, so it waits for the forwarding.
    assert_eq!(states_of(&world, &dossier).await, ["RECOMMENDED"]);
}

async fn agree_on_a_list_in_one_act(world: World) {
    let (own, other, collective) = (
        Subject::Individual(6),
        Subject::Individual(16),
        Subject::Collective(3),
    );
    let dossier = consolidated_dossier(&world, &[own, other, collective]).await;
    let [own, other, collective] = [own, other, collective].map(|subject| dossier.nominations[&subject]);
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "CONSENSUS").await;
    let path = format!("{session}/consensus");
    let (chief, secretary) = (world.persona("chief"), world.persona("reviewer"));
    let list = |ids: Value, outcome: &str| json!({"nomination_ids": ids, "outcome": outcome, "note": "Thống nhất cao"});
    secretary
        .post(&path, &list(json!([own]), "RECOMMENDED"))
        .await
        .refused(409, "state.transition_not_allowed");
    opened(&world, &session).await;
    world
        .persona("head1")
        .post(&path, &list(json!([own]), "RECOMMENDED"))
        .await
        .refused(403, "access.forbidden");
    // Every line that cannot be recorded is named, and none is.
    let stray = uuid::Uuid::now_v7();
    let refused = secretary
        .post(&path, &list(json!([own, stray, own]), "RECOMMENDED"))
        .await
        .refused(422, "body.invalid");
    let named = pointers(&refused.json);
    let named: Vec<_> = named
        .iter()
        .map(|(at, code)| (at.as_str(), code.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("/nomination_ids/1", "field.reference"),
            ("/nomination_ids/2", "field.duplicate")
        ]
    );
    secretary
        .post(&path, &list(json!([]), "RECOMMENDED"))
        .await
        .refused(422, "body.invalid");
    let undecided = secretary
        .act(&session, "close", &json!({}))
        .await
        .refused(409, "session.item_undecided");
    assert_eq!(undecided.json["nomination_ids"].as_array().unwrap().len(), 3);

    let all = list(json!([own, other, collective]), "RECOMMENDED");
    let agenda = secretary.post(&path, &all).await.expect(200);
    let lines = agenda.json["items"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["consensus"] == "RECOMMENDED"));
    // Until the closing a line may be recorded again.
    secretary
        .post(&path, &list(json!([collective]), "NOT_RECOMMENDED"))
        .await
        .expect(200);
    finish(&world, &session).await;
    world
        .persona("director")
        .act(&session, "confirm", &json!({}))
        .await
        .expect(200);
    let agenda = chief.get(&format!("{session}/agenda")).await.expect(200);
    let tally = |id| {
        let lines = agenda.json["items"].as_array().unwrap();
        let line = lines.iter().find(|line| line["nomination_id"] == json!(id));
        let tally = &line.unwrap()["tally"];
        ["agree", "disagree", "base"].map(|count| tally[count].as_i64().unwrap())
    };
    // One of the seven stands on his own line, where he has no part (C-8).
    assert_eq!(tally(own), [6, 0, 7]);
    assert_eq!(tally(other), [7, 0, 7]);
    assert_eq!(tally(collective), [0, 7, 7]);
    let settled = chief
        .get(&format!("/v1/nominations/{collective}"))
        .await
        .expect(200);
    assert_eq!(
        (&settled.json["state"], &settled.json["state_reason"]),
        (&json!("NOT_RECOMMENDED"), &json!("Thống nhất cao"))
    );
    let history = chief
        .get(&format!("{session}/history?limit=100"))
        .await
        .expect(200);
    let entries = history.json["items"].as_array().unwrap().iter();
    let recorded: Vec<&Value> = entries
        .filter(|entry| entry["kind"] == "review_session.consensus_recorded")
        .collect();
    assert_eq!(recorded.len(), 2);
    assert_eq!(recorded[0]["details"]["present"].as_array().unwrap().len(), 7);
}

/// The plan keeps what a council considers somebody for.
async fn keep_the_form_that_they_consider(world: World) {
    let campaign = frozen_with(&world, &json!({})).await;
    let dossier = consolidated(&world, campaign.id, 1, &[(Who::Person(16), OWN_FORM)]).await;
    let council = council(&world).await;
    let session = walk::planned(&world, &council, campaign.id, "OPEN_VOTE", &dossier.nominations).await;
    let line = format!("{session}/agenda/{}", dossier.nominations[0]);
    let form = json!({"form": UPPER_FORM, "form_reason": "Hội đồng đề nghị"});
    let reviewer = world.persona("reviewer");
    let ask = reviewer.ask("PATCH", &line).if_match("*");
    ask.json(&form).send().await.expect(200);
    let director = world.persona("director");
    let shown = director.get(&campaign.path).await.expect(200);
    let options = shown.json["plan"]["award_options"].as_array().unwrap();
    let rest: Vec<&Value> = options
        .iter()
        .filter(|option| option["form"] != UPPER_FORM)
        .collect();
    let amendment = json!({"document": document("700/SNgV-VP", when("2026-05-12")), "reason": "Bỏ hình thức",
        "plan": {"award_options": rest}});
    let refused = director.act(&campaign.path, "amendments", &amendment).await;
    let refused = refused.refused(409, "campaign.form_in_use");
    assert_eq!(refused.json["nomination_ids"], json!(dossier.nominations));
}

/// R-V5: those who were present agreed; an answer in writing is none of them, and who comes later was not there.
async fn agree_with_those_who_are_present(world: World) {
    let subject = Subject::Individual(16);
    let dossier = consolidated_dossier(&world, &[subject]).await;
    let nomination = dossier.nominations[&subject];
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "CONSENSUS").await;
    attend(&world, &session, &[1, 2, 3, 4, 6]).await;
    let secretary = world.persona("reviewer");
    let members = members_of(&world, &session).await;
    let absent: Vec<&Value> = members
        .iter()
        .filter(|member| member["attendance"] == "ABSENT")
        .map(|member| &member["council_member_id"])
        .collect();
    let record = async |member: &Value, way: &str| {
        let body = json!({"members": [{"council_member_id": member, "attendance": way}]});
        let path = format!("{session}/attendance");
        secretary.ask("PUT", &path).json(&body).send().await.expect(200);
    };
    record(absent[0], "WRITTEN").await;
    secretary.act(&session, "open", &json!({})).await.expect(200);
    let agreed = json!({"nomination_ids": [nomination], "outcome": "RECOMMENDED", "note": "Thống nhất"});
    let consensus = format!("{session}/consensus");
    // Whoever comes later has no part in it: enough have to be there when it is agreed (R-V1).
    let present = members
        .iter()
        .find(|member| member["attendance"] == "PRESENT")
        .map(|member| &member["council_member_id"])
        .unwrap();
    record(present, "ABSENT").await;
    let shown = secretary.get(&session).await.expect(200);
    assert_eq!(blocked_by(&shown, "record-consensus"), ["session.quorum_not_met"]);
    secretary
        .post(&consensus, &agreed)
        .await
        .refused(409, "session.quorum_not_met");
    record(present, "PRESENT").await;
    secretary.post(&consensus, &agreed).await.expect(200);
    record(absent[1], "PRESENT").await;
    secretary.act(&session, "close", &json!({})).await.expect(200);
    // The minutes tell who was there for the count, not for the opening alone.
    let closed = secretary.get(&session).await.expect(200);
    assert_eq!(closed.json["present_members"], 6);
    let agenda = secretary.get(&format!("{session}/agenda")).await.expect(200);
    let tally = &agenda.json["items"][0]["tally"];
    assert_eq!(
        (&tally["agree"], &tally["absent"], &tally["base"]),
        (&json!(5), &json!(2), &json!(7)),
        "{tally}"
    );
}

async fn let_nobody_vote_on_the_own_collective_where_the_rules_say_so(world: World) {
    let campaign = frozen_with(&world, &json!({})).await.id;
    let wanted = [(Who::Collective(3), OWN_FORM), (Who::Collective(3), UPPER_FORM)];
    let dossier = consolidated(&world, campaign, 2, &wanted).await;
    for (index, blocked) in [(0, true), (1, false)] {
        let rules = json!({"own_collective_votes_blocked": blocked});
        let council = council_with(&world, rules, &MEMBERS).await;
        let nomination = &dossier.nominations[index..=index];
        let session = walk::planned(&world, &council, campaign, "OPEN_VOTE", nomination).await;
        opened(&world, &session).await;
        let nomination = nomination[0].parse().unwrap();
        // The head of the second division, and one of another unit.
        let own = vote(&world, "head2", &session, nomination, "AGREE").await;
        if blocked {
            own.refused(403, "duty.conflict");
        } else {
            own.expect(200);
        }
        vote(&world, "head1", &session, nomination, "AGREE")
            .await
            .expect(200);
    }
}

async fn close_the_dossier_when_nothing_is_left(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let session = open_session(&world, &dossier).await;
    for (number, _) in MEMBERS {
        vote(
            &world,
            persona_of(number),
            &session,
            dossier.nominations[&NOMINEE],
            "DISAGREE",
        )
        .await
        .expect(200);
    }
    finish(&world, &session).await;
    world
        .persona("director")
        .act(&session, "confirm", &json!({}))
        .await
        .expect(200);
    assert_eq!(states_of(&world, &dossier).await, ["NOT_RECOMMENDED"]);
    let submission = dossier.submission;
    let (state, reason) = world
        .database(move |conn| {
            use schema::nominations::dsl;
            let reason: Option<String> = dsl::nominations
                .filter(dsl::submission_id.eq(submission))
                .select(dsl::state_reason)
                .first(conn)
                .unwrap();
            (
                thidua::store::submissions::get(conn, submission)
                    .unwrap()
                    .state
                    .as_str(),
                reason,
            )
        })
        .await;
    assert_eq!(state, "CLOSED");
    assert_eq!(
        reason.as_deref(),
        Some("Đồng ý 0/7 (0,00%), không đạt tỷ lệ quy định")
    );
}

async fn are_listed_and_changed_while_planned(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "OPEN_VOTE").await;
    let secretary = world.persona("reviewer");
    let list = secretary
        .get("/v1/review-sessions?state=PLANNED")
        .await
        .expect(200);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
    let edited = secretary
        .patch(
            &session,
            &json!({"title": "Phiên xét khen thưởng", "place": "Phòng họp tầng 2"}),
        )
        .await
        .expect(200);
    assert_eq!(edited.json["place"], "Phòng họp tầng 2");
    secretary
        .patch(&session, &json!({"title": ""}))
        .await
        .refused(422, "body.invalid");
    let outsider = world.persona("stranger");
    outsider.get(&session).await.refused(404, "resource.not_found");
    let none = outsider.get("/v1/review-sessions").await.expect(200);
    assert_eq!(none.json["items"], json!([]));
}

/// The plan of a campaign names this council.
async fn names_council(world: &World, campaign: CampaignId, council: &str) {
    let named = thidua::domain::ids::CouncilId(council.parse().unwrap());
    world
        .database(move |conn| {
            use diesel::prelude::*;
            use schema::campaigns::dsl;
            diesel::update(dsl::campaigns.find(campaign))
                .set(dsl::council_id.eq(named))
                .execute(conn)
                .unwrap();
        })
        .await;
}

async fn need_members_and_the_council_of_the_plan(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let (empty, full) = (council_with(&world, json!({}), &[]).await, council(&world).await);
    let chief = world.persona("chief");
    let session = |council: &str, held_at: &str| {
        json!({
            "council_id": council, "campaign_id": dossier.campaign, "title": "Họp", "mode": "MEETING",
            "method": "OPEN_VOTE", "held_at": held_at
        })
    };
    let path = "/v1/review-sessions";
    // Nobody at all, and nobody yet: its members are members from 2026 on.
    for body in [
        session(&empty, when("2026-06-05T01:00:00Z")),
        session(&full, when("2025-12-30T01:00:00Z")),
    ] {
        let refused = chief.post(path, &body).await.refused(409, "council.empty");
        assert_eq!(refused.json["errors"][0]["pointer"], "/council_id");
    }
    let made = chief
        .post(path, &session(&full, when("2026-06-05T01:00:00Z")))
        .await
        .expect(201);
    let made = made.header("location").unwrap().to_owned();
    let refused = chief
        .patch(&made, &json!({"held_at": when("2025-12-30T01:00:00Z")}))
        .await;
    let refused = refused.refused(409, "council.empty");
    assert_eq!(refused.json["errors"][0]["pointer"], "/held_at");

    // The plan names another council.
    names_council(&world, dossier.campaign, &full).await;
    let other = council_with(&world, json!({}), &[(9, "CHAIR"), (10, "SECRETARY")]).await;
    let refused = chief
        .post(path, &session(&other, when("2026-06-05T01:00:00Z")))
        .await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/council_id");

    // Nor does one that was planned before: an amendment may name another council.
    names_council(&world, dossier.campaign, &other).await;
    let secretary = world.persona("reviewer");
    let shown = secretary.get(&made).await.expect(200);
    assert!(
        blocked_by(&shown, "open").contains(&"session.council_replaced".to_owned()),
        "{}",
        shown.json
    );
    let refused = secretary.act(&made, "open", &json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.json);
}

/// 5.5: the office prepares the list; opening, attendance and minutes are the secretary's.
async fn are_planned_by_the_office_and_run_by_the_secretary(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let council = council(&world).await;
    let session = planned(&world, &council, &dossier, "OPEN_VOTE").await;
    attend(&world, &session, &[1, 2, 3, 4, 6, 7, 8]).await;
    let chief = world.persona("chief");
    chief
        .patch(&session, &json!({"title": "Họp xét"}))
        .await
        .expect(200);
    chief
        .act(&session, "open", &json!({}))
        .await
        .refused(403, "access.forbidden");
    let shown = chief.get(&session).await.expect(200);
    let blocked = |verb: &str| {
        let acts = shown.json["allowed_actions"].as_array().unwrap();
        let act = acts.iter().find(|act| act["action"] == verb).unwrap();
        !act["blocked_by"].as_array().unwrap().is_empty()
    };
    assert!(blocked("open") && !blocked("edit") && !blocked("cancel"));
    world
        .persona("reviewer")
        .act(&session, "open", &json!({}))
        .await
        .expect(200);
}

/// R-V2: the figures of a line make up the council, and whoever closes is told who took part and did not vote.
async fn tell_who_did_not_vote(world: World) {
    let (quiet, other) = (Subject::Individual(8), Subject::Individual(23));
    let dossier = consolidated_dossier(&world, &[quiet, other]).await;
    let rules = json!({"threshold_base": "VALID_BALLOTS"});
    let council = council_with(&world, rules, &MEMBERS).await;
    let session = planned(&world, &council, &dossier, "OPEN_VOTE").await;
    // Person 8 is a member himself, and present: his own line is none of his.
    attend(&world, &session, &[1, 2, 3, 4, 8]).await;
    let secretary = world.persona("reviewer");
    secretary.act(&session, "open", &json!({})).await.expect(200);
    let own = dossier.nominations[&quiet];
    vote(&world, "director", &session, own, "AGREE").await.expect(200);
    let refused = secretary.act(&session, "close", &json!({})).await;
    let refused = refused.refused(409, "session.item_undecided");
    let told = refused.json["detail"].as_str().unwrap();
    assert!(told.contains(&crate::support::world::name_of(23)), "{told}");

    for number in [1, 2, 3, 4, 8] {
        let (who, line) = (persona_of(number), dossier.nominations[&other]);
        vote(&world, who, &session, line, "DISAGREE").await.expect(200);
    }
    let closed = secretary.act(&session, "close", &json!({})).await.expect(200);
    let warnings = closed.json["outcome"]["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["code"], "session.votes_missing");
    assert_eq!(warnings[0]["params"]["nomination_id"], json!(own));
    let members = members_of(&world, &session).await;
    let silent: Vec<&Value> = members
        .iter()
        .filter(|member| {
            [2, 3, 4]
                .iter()
                .any(|number| member["individual_id"] == json!(person(*number)))
        })
        .map(|member| &member["council_member_id"])
        .collect();
    let told = warnings[0]["params"]["council_member_ids"].as_array().unwrap();
    assert_eq!(told.len(), 3);
    assert!(silent.iter().all(|id| told.contains(*id)), "{told:?} {silent:?}");

    for path in ["agenda", "minutes"] {
        let shown = secretary.get(&format!("{session}/{path}")).await.expect(200);
        let items = shown.json.get("items").unwrap_or(&shown.json["agenda"]);
        for (line, not_voted) in [(own, 4), (dossier.nominations[&other], 0)] {
            let items = items.as_array().unwrap();
            let item = items
                .iter()
                .find(|item| item["nomination_id"] == json!(line))
                .unwrap();
            let tally = &item["tally"];
            assert_eq!(tally["not_voted"], json!(not_voted), "{path} {tally}");
            let figures = ["agree", "disagree", "abstain", "absent", "not_voted"];
            let sum: i64 = figures.iter().map(|name| tally[name].as_i64().unwrap()).sum();
            assert_eq!(sum, 7, "{path} {tally}");
        }
    }
}

/// R-V7: the counts and signatures are void when a session is opened again; the text is corrected, not typed anew.
async fn keep_what_was_written_when_they_are_opened_again(world: World) {
    let dossier = received_dossier(&world, &[NOMINEE]).await;
    let session = confirmable(&world, &dossier).await;
    finish(&world, &session).await;
    let (director, secretary) = (world.persona("director"), world.persona("reviewer"));
    let path = format!("{session}/minutes");
    let written = secretary.get(&path).await.expect(200).json["written"].clone();
    let reason = json!({"reason": "Sửa biên bản"});
    for _ in 0..2 {
        director.act(&session, "reopen", &reason).await.expect(200);
        let shown = secretary.get(&path).await.expect(200);
        assert_eq!(shown.json["draft"], written);
        assert!(shown.json.get("written").is_none());
        secretary.act(&session, "close", &json!({})).await.expect(200);
    }
    let refused = secretary.act(&session, "sign", &json!({})).await;
    let refused = refused.refused(409, "session.minutes_missing");
    assert_eq!(refused.json["missing"], "minutes");
    let told = refused.json["detail"].as_str().unwrap();
    assert!(told.contains("Chưa lập biên bản"), "{told}");
    let tag = secretary.get(&session).await.expect(200).etag();
    let put = secretary
        .ask("PUT", &path)
        .if_match(&tag)
        .json(&written)
        .send()
        .await;
    put.expect(200);
    let shown = secretary.get(&path).await.expect(200);
    assert_eq!(shown.json["written"], written);
    assert!(shown.json.get("draft").is_none());
    secretary.act(&session, "sign", &json!({})).await.expect(200);
}

/// R-V3, R-V4: what the working rules forbid is refused where it is recorded, not counted as absence afterwards.
async fn are_attended_only_as_the_rules_permit(world: World) {
    let dossier = consolidated_dossier(&world, &[NOMINEE]).await;
    let rules = json!({"absent_in_writing": false, "substitute_allowed": false});
    let council = council_with(&world, rules, &MEMBERS).await;
    let session = planned(&world, &council, &dossier, "OPEN_VOTE").await;
    let member = members_of(&world, &session).await[0]["council_member_id"].clone();
    let secretary = world.persona("reviewer");
    let path = format!("{session}/attendance");
    for attended in [
        json!({"council_member_id": member, "attendance": "WRITTEN"}),
        json!({"council_member_id": member, "attendance": "SUBSTITUTE", "substitute_individual_id": person(10)}),
    ] {
        let ask = secretary.ask("PUT", &path).json(&json!({"members": [attended]}));
        let refused = ask.send().await.refused(422, "body.invalid");
        assert_eq!(
            pointers(&refused.json),
            [("/members/0/attendance".to_owned(), "field.choice".to_owned())]
        );
        let told = refused.json["errors"][0]["detail"].as_str().unwrap();
        assert!(told.starts_with("Quy chế của Hội đồng không cho"), "{told}");
    }
    // Rules that change before the opening are those that hold.
    let chief = world.persona("chief");
    let rules = format!("/v1/councils/{council}");
    let permit = |writing: bool| json!({"policy": {"absent_in_writing": writing}});
    chief.patch(&rules, &permit(true)).await.expect(200);
    attend(&world, &session, &[2, 3, 4, 6, 7, 8]).await;
    let record = async |way: &str| {
        let attended = json!({"council_member_id": member, "attendance": way});
        let ask = secretary.ask("PUT", &path).json(&json!({"members": [attended]}));
        ask.send().await.expect(200);
    };
    record("WRITTEN").await;
    chief.patch(&rules, &permit(false)).await.expect(200);
    let refused = secretary.act(&session, "open", &json!({})).await;
    let refused = refused.refused(409, "session.not_present");
    assert_eq!(refused.json["council_member_id"], member);
    record("ABSENT").await;
    let by_consent = json!({"method": "CONSENSUS"});
    secretary.patch(&session, &by_consent).await.expect(200);
    let consent = |allowed: bool| json!({"policy": {"consensus_allowed": allowed}});
    chief.patch(&rules, &consent(false)).await.expect(200);
    let refused = secretary.act(&session, "open", &json!({})).await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["code"], "session.method_unsupported");
    chief.patch(&rules, &consent(true)).await.expect(200);
    secretary.act(&session, "open", &json!({})).await.expect(200);
}
