//! Forwardings over HTTP.

use serde_json::json;
use thidua::domain::ids::{NominationId, OrganizationId};
use thidua::domain::states::NominationState;
use thidua::domain::time::Clock as _;

use crate::support::calendar::{turn, when, year};
use crate::support::councils::council;
use crate::support::decisions::{
    BANG_KHEN, GIAY_KHEN, Subject, Wanted, campaign, drafted, items, nomination, nominations, plan,
    signature, signed, state_of,
};
use crate::support::forwardings::{acknowledged, papers, prepared, ready};
use crate::support::on_both;
use crate::support::submissions::{Who, eligible};
use crate::support::world::{BOARD_CLIENT, Reply, World, name_of, org};

on_both!(
    are_decided_above,
    are_seen_by_the_receiver_from_sent_on,
    need_their_papers,
    take_only_what_was_recommended_for_the_form,
    go_to_an_organisation_above_only,
    are_returned_and_sent_again,
    stay_as_they_came_back,
    keep_the_quota,
    are_spared_what_the_head_drops,
    remark_a_limit_set_above,
    are_signed_under_a_letter_only,
    show_of_a_dossier_only_what_was_forwarded,
    are_followed_by_a_revocation_of_the_issuer,
    are_answered_together_by_one_decision,
    are_held_and_released_by_the_receivers_system,
    keep_their_campaign_from_being_given_up,
    are_taken_back_before_they_are_acknowledged,
    are_decided_for_nobody_on_hold,
    are_supplemented_before_they_are_sent_again,
);

fn recommended(person: u128) -> Wanted {
    Wanted::recommended(Subject::Person(person))
        .with_form(BANG_KHEN)
        .in_state(NominationState::Recommended)
}

/// 5.3: a campaign is given up before any decision. What is being decided must come to its end first; what came back
/// does not go up any more.
async fn keep_their_campaign_from_being_given_up(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(11)).await;
    let other = nomination(&world, campaign, Wanted::recommended(Subject::Person(12))).await;
    let (path, director) = (format!("/v1/campaigns/{campaign}"), world.persona("director"));
    let cancel = json!({"reason": "Không tổ chức nữa"});
    let under_way = async |sessions: i32, decisions: i32, forwardings: i32| {
        let refused = director.act(&path, "cancel", &cancel).await;
        let problem = refused.refused(409, "campaign.under_way").json;
        assert_eq!(
            (
                &problem["sessions"],
                &problem["decisions"],
                &problem["forwardings"]
            ),
            (&json!(sessions), &json!(decisions), &json!(forwardings))
        );
        let named = ["session_ids", "decision_ids", "forwarding_ids"];
        let named = named.map(|name| problem[name].as_array().unwrap().len());
        let counts = [sessions, decisions, forwardings].map(|count| usize::try_from(count).unwrap());
        assert_eq!(named, counts);
        let told = problem["detail"].as_str().unwrap();
        assert!(told.contains(&format!("{sessions} phiên họp")), "{told}");
        let shown = director.get(&path).await.expect(200);
        let acts = shown.json["allowed_actions"].as_array().unwrap();
        let act = acts.iter().find(|act| act["action"] == "cancel").unwrap();
        assert_eq!(act["blocked_by"][0]["code"], "campaign.under_way");
    };
    let council = council(&world).await;
    let meeting = json!({"council_id": council, "campaign_id": campaign, "title": "Họp xét khen thưởng",
        "mode": "MEETING", "method": "OPEN_VOTE", "held_at": when("2026-06-05T01:00:00Z")});
    let chief = world.persona("chief");
    let meeting = chief.post("/v1/review-sessions", &meeting).await.expect(201);
    let meeting = meeting.header("location").unwrap().to_owned();
    under_way(1, 0, 0).await;
    chief
        .act(&meeting, "cancel", &json!({"reason": "Hoãn"}))
        .await
        .expect(200);

    let decision = drafted(&world, campaign, &[other]).await;
    signed(&world, &decision).await;
    let forwarding = ready(&world, campaign, &[id]).await;
    under_way(0, 1, 0).await;
    acknowledged(&world, &forwarding).await;
    under_way(0, 1, 1).await;
    director
        .act(&decision, "cancel", &json!({"reason": "Thôi"}))
        .await
        .expect(200);
    under_way(0, 0, 1).await;
    let back = json!({"reason": "Phong trào thôi tổ chức"});
    world
        .persona("board")
        .act(&forwarding, "return", &back)
        .await
        .expect(200);
    director.act(&path, "cancel", &cancel).await.expect(200);

    let deputy = world.persona("deputy");
    deputy
        .act(&forwarding, "sign", &signature())
        .await
        .refused(409, "campaign.not_published");
    world
        .persona("clerk")
        .act(&forwarding, "send", &json!({}))
        .await
        .refused(409, "campaign.not_published");
    let again = json!({"campaign_id": campaign, "form": BANG_KHEN, "receiver_organization_id": org::BOARD,
        "nomination_ids": [id]});
    world
        .persona("reviewer")
        .post("/v1/forwardings", &again)
        .await
        .refused(409, "campaign.not_published");
}

async fn are_decided_above(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    world.not_before(when("2026-07-31"));
    let ids = nominations(&world, campaign, vec![recommended(11), recommended(12)]).await;
    let path = ready(&world, campaign, &ids).await;
    acknowledged(&world, &path).await;
    let board = world.board_system();
    assert_eq!(
        board.get(&path).await.expect(200).json["direct_worker_share"],
        json!({"direct_workers": 2, "leaders": 0, "share_hundredths": 10_000})
    );
    let answer = |items: serde_json::Value| {
        json!({
            "number_raw": "812/QĐ-UBND", "issued_on": when("2026-07-15"), "title": "Về việc tặng Bằng khen",
            "decider": {"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"}, "items": items,
        })
    };
    let incomplete = answer(json!([{"nomination_id": ids[0], "outcome": "DECLINED"}]));
    let refused = board
        .act(&path, "record-decision", &incomplete)
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 2);

    let whole = answer(json!([
        {"nomination_id": ids[0], "outcome": "AWARDED"},
        {"nomination_id": ids[1], "outcome": "DECLINED", "reason": "Hết chỉ tiêu"},
    ]));
    let tag = board.get(&path).await.expect(200).etag();
    let record = || {
        board
            .ask("POST", &format!("{path}/record-decision"))
            .if_match(&tag)
            .key("r-1")
            .json(&whole)
            .send()
    };
    let (first, again) = (record().await.expect(200), record().await.expect(200));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    // A machine is in the journal under the name of its client (CLM-06).
    world.seal().await;
    let auditor = world.persona("auditor");
    let entries = auditor
        .get("/v1/audit-entries?kind=forwarding.acknowledged")
        .await
        .expect(200);
    let entry = &entries.json["items"][0];
    assert_eq!(entry["origin"]["subject"], BOARD_CLIENT, "{entry}");
    assert_eq!(first.json["state"], "DECIDED");
    assert_eq!(first.json["items"][1]["outcome_reason"], "Hết chỉ tiêu");
    assert_eq!(state_of(&world, ids[0]).await, NominationState::Awarded);
    assert_eq!(state_of(&world, ids[1]).await, NominationState::DeclinedAbove);

    let decision = format!("/v1/decisions/{}", first.json["decision_id"].as_str().unwrap());
    let shown = world.persona("nobody").get(&decision).await.expect(200);
    assert_eq!(
        (
            &shown.json["external"],
            &shown.json["organization_id"],
            &shown.json["state"]
        ),
        (&json!(true), &json!(org::PROVINCE), &json!("PUBLISHED"))
    );
    let line = &items(&world, &decision).await[0];
    assert_eq!(line["amount_dong"], 3_800_000);
    let honors = world
        .anonymous(
            "GET",
            &format!("/v1/honors?form={BANG_KHEN}&organization_id={}", org::PROVINCE),
        )
        .header("accept-language", "en")
        .send()
        .await
        .expect(200);
    assert_eq!(honors.json["items"].as_array().unwrap().len(), 1);
    assert_eq!(honors.json["items"][0]["decision_number"], "812/QĐ-UBND");
}

async fn are_seen_by_the_receiver_from_sent_on(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let ids = nominations(&world, campaign, vec![recommended(11), recommended(12)]).await;
    let path = ready(&world, campaign, &ids[..1]).await;
    let board = world.persona("board");
    board.get(&path).await.refused(404, "resource.not_found");
    assert_eq!(
        board.get("/v1/forwardings").await.expect(200).json["items"],
        json!([])
    );
    world
        .persona("stranger")
        .get(&path)
        .await
        .refused(404, "resource.not_found");
    world
        .persona("head1")
        .get(&path)
        .await
        .refused(404, "resource.not_found");
    world
        .persona("reviewer")
        .act(&path, "send", &json!({}))
        .await
        .refused(403, "access.forbidden");
    world
        .persona("clerk")
        .act(&path, "send", &json!({}))
        .await
        .expect(200);
    assert_eq!(state_of(&world, ids[0]).await, NominationState::Forwarded);
    let seen = board.get(&path).await.expect(200);
    assert_eq!(seen.json["items"][0]["nomination_id"], json!(ids[0]));
    // R-F1: the minutes go with it, the lines about others do not.
    let minutes = board.get(&format!("{path}/minutes")).await.expect(200);
    let lines = minutes.json["items"][0]["minutes"]["agenda"].as_array().unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["nomination_id"], json!(ids[0]));
    assert_eq!(
        board.get("/v1/forwardings?state=SENT").await.expect(200).json["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    world
        .persona("chairman")
        .get(&path)
        .await
        .refused(404, "resource.not_found");
    board
        .act(&path, "decline", &json!({"reason": "Không"}))
        .await
        .refused(409, "state.transition_not_allowed");
    board
        .act(&path, "sign", &signature())
        .await
        .refused(403, "access.forbidden");
}

async fn need_their_papers(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(1)).await;
    let path = prepared(&world, campaign, &[id]).await;
    let clerk = world.persona("clerk");
    let refused = clerk
        .act(&path, "send", &json!({}))
        .await
        .refused(409, "forwarding.papers_missing");
    let missing: Vec<_> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["params"]["paper"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(missing, ["SIGNATURE", "BIEN_BAN_HOP", "BAO_CAO"]);
    // Of whom a paper is missing is said in the sentence.
    let told = refused.json["errors"][2]["detail"].as_str().unwrap();
    assert_eq!(told, format!("Thiếu báo cáo thành tích của {}", name_of(1)));
    papers(&world, campaign, &[id]).await;
    // The Director is on the list himself (A16).
    let signed = world
        .persona("director")
        .act(&path, "sign", &signature())
        .await
        .expect(200);
    assert_eq!(signed.json["outcome"]["warnings"][0]["code"], "duty.conflict");
    // Another letter takes the signature with it.
    let letter =
        json!({"letter": {"type": "TTr", "number_raw": "716/TTr-SNgV", "issued_on": when("2026-06-06")}});
    let edited = world.persona("reviewer").patch(&path, &letter).await.expect(200);
    assert!(edited.json.get("signature").is_none());
    // Its day has not come in this test.
    let remark = &edited.json["outcome"]["warnings"][0];
    assert_eq!(
        (&remark["code"], &remark["pointer"]),
        (&json!("date.in_future"), &json!("/letter/issued_on"))
    );
    // Today has.
    let today = world.clock.now().date(world.parts.app.config.zone).to_string();
    let dated = json!({"letter": {"type": "TTr", "number_raw": "716/TTr-SNgV", "issued_on": today}});
    let reviewer = world.persona("reviewer");
    let tried = reviewer.ask("PATCH", &format!("{path}?dry_run=true"));
    let tried = tried.if_match("*").json(&dated).send().await.expect(200);
    assert_eq!(tried.json["outcome"]["warnings"], json!([]));
    clerk
        .act(&path, "send", &json!({}))
        .await
        .refused(409, "forwarding.papers_missing");
    world
        .persona("deputy")
        .act(&path, "sign", &signature())
        .await
        .expect(200);
    clerk.act(&path, "send", &json!({})).await.expect(200);
}

async fn take_only_what_was_recommended_for_the_form(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = vec![
        recommended(11).in_state(NominationState::Eligible),
        recommended(12).in_state(NominationState::Awarded),
        recommended(13).with_form(GIAY_KHEN),
        recommended(14),
    ];
    let ids = nominations(&world, campaign, wanted).await;
    let body = |form: &str, ids: &[thidua::domain::ids::NominationId]| json!({"campaign_id": campaign, "form": form, "receiver_organization_id": org::BOARD, "nomination_ids": ids});
    let reviewer = world.persona("reviewer");
    let refused = reviewer
        .post("/v1/forwardings", &body(BANG_KHEN, &ids))
        .await
        .refused(409, "nomination.not_considered");
    let codes: Vec<_> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        codes,
        [
            "nomination.not_considered",
            "nomination.already_rewarded_or_pending",
            "forwarding.form_mismatch"
        ]
    );
    reviewer
        .post("/v1/forwardings", &body(GIAY_KHEN, &ids[2..3]))
        .await
        .refused(422, "body.invalid");
    let path = prepared(&world, campaign, &ids[3..]).await;
    reviewer
        .post("/v1/forwardings", &body(BANG_KHEN, &ids[3..]))
        .await
        .refused(409, "forwarding.item_taken");
    let tag = reviewer.get(&path).await.expect(200).etag();
    reviewer.delete(&path, &tag).await.expect(204);
    prepared(&world, campaign, &ids[3..]).await;
    world
        .persona("head1")
        .post("/v1/forwardings", &body(BANG_KHEN, &ids[3..]))
        .await
        .refused(403, "access.forbidden");
}

/// M-4: nobody in a unit, and nobody in the own organisation, could answer.
async fn go_to_an_organisation_above_only(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(14)).await;
    let reviewer = world.persona("reviewer");
    for receiver in [
        org::DIVISIONS[1],
        org::OFFICE,
        org::DEPARTMENT,
        OrganizationId::generate(),
    ] {
        let body = json!({"campaign_id": campaign, "form": BANG_KHEN, "receiver_organization_id": receiver,
            "nomination_ids": [id]});
        let refused = reviewer.post("/v1/forwardings", &body).await;
        let refused = refused.refused(422, "body.invalid");
        refused.stands_at("/receiver_organization_id");
    }
    let end = |day: &'static str| {
        world.database(move |conn| {
            use diesel::prelude::*;
            use thidua::store::schema::organizations::dsl;
            diesel::update(dsl::organizations.find(org::BOARD))
                .set((
                    dsl::valid_from.eq("2020-01-01".parse::<chrono::NaiveDate>().unwrap()),
                    dsl::valid_to.eq(day.parse::<chrono::NaiveDate>().unwrap()),
                ))
                .execute(conn)
                .unwrap();
        })
    };
    // Ended it is nobody's receiver; until its last day it is one.
    end("2020-12-31").await;
    let body = json!({"campaign_id": campaign, "form": BANG_KHEN, "receiver_organization_id": org::BOARD,
        "nomination_ids": [id]});
    let refused = reviewer.post("/v1/forwardings", &body).await;
    refused
        .refused(422, "body.invalid")
        .stands_at("/receiver_organization_id");
    end("2090-12-31").await;
    prepared(&world, campaign, &[id]).await;
}

async fn are_returned_and_sent_again(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(11)).await;
    let path = ready(&world, campaign, &[id]).await;
    acknowledged(&world, &path).await;
    let board = world.persona("board");
    let returned = board
        .act(&path, "return", &json!({"reason": "Thiếu báo cáo"}))
        .await
        .expect(200);
    assert_eq!(
        (&returned.json["state"], &returned.json["state_reason"]),
        (&json!("RETURNED"), &json!("Thiếu báo cáo"))
    );
    assert_eq!(state_of(&world, id).await, NominationState::ReturnedAbove);
    world
        .persona("deputy")
        .act(&path, "sign", &signature())
        .await
        .expect(200);
    acknowledged(&world, &path).await;
    assert_eq!(state_of(&world, id).await, NominationState::Forwarded);
    board
        .act(&path, "return", &json!({"reason": "Vẫn thiếu"}))
        .await
        .expect(200);
    // It may also go with another batch; then the first one cannot be sent any more.
    prepared(&world, campaign, &[id]).await;
    world
        .persona("deputy")
        .act(&path, "sign", &signature())
        .await
        .expect(200);
    // Told before it is tried, and of whom.
    let clerk = world.persona("clerk");
    let shown = clerk.get(&path).await.expect(200).json;
    let acts = shown["allowed_actions"].as_array().unwrap();
    let send = acts.iter().find(|act| act["action"] == "send").unwrap();
    let taken = &send["blocked_by"][0];
    assert_eq!(
        (&taken["code"], &taken["params"]["nomination_id"]),
        (&json!("forwarding.item_taken"), &json!(id))
    );
    let refused = clerk.act(&path, "send", &json!({})).await;
    let refused = refused.refused(409, "forwarding.item_taken");
    assert_eq!(refused.json["errors"][0]["params"]["nomination_id"], json!(id));
}

/// What went up in another batch and was decided on leaves the one that came back as it was.
async fn stay_as_they_came_back(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    world.not_before(when("2026-07-31"));
    let id = nomination(&world, campaign, recommended(11)).await;
    let first = ready(&world, campaign, &[id]).await;
    let clerk = world.persona("clerk");
    acknowledged(&world, &first).await;
    world
        .persona("board")
        .act(&first, "return", &json!({"reason": "Thiếu báo cáo"}))
        .await
        .expect(200);
    let second = ready(&world, campaign, &[id]).await;
    acknowledged(&world, &second).await;
    world
        .board_system()
        .act(
            &second,
            "record-decision",
            &recorded("812/QĐ-UBND", when("2026-07-15"), &[id]),
        )
        .await
        .expect(200);
    let shown = clerk.get(&first).await.expect(200);
    let acts = shown.json["allowed_actions"].as_array().unwrap();
    let send = acts.iter().find(|act| act["action"] == "send").unwrap();
    assert_eq!(send["blocked_by"][0]["code"], "state.transition_not_allowed");
    let refused = clerk.act(&first, "send", &json!({})).await;
    let refused = refused.refused(409, "state.transition_not_allowed");
    assert_eq!(refused.json["nomination_id"], json!(id));
    world
        .persona("deputy")
        .act(&first, "sign", &signature())
        .await
        .refused(409, "state.transition_not_allowed");
}

async fn keep_the_quota(world: World) {
    // 30 % of 3 individuals is none at all.
    let campaign = campaign(&world, 6, 3, plan()).await;
    let id = nomination(&world, campaign, recommended(11)).await;
    let path = ready(&world, campaign, &[id]).await;
    world
        .persona("clerk")
        .act(&path, "send", &json!({}))
        .await
        .refused(409, "quota.exceeded");
    // The clerk sends, but may not exceed.
    world
        .persona("clerk")
        .act(&path, "send", &json!({"quota_override_reason": "Đột xuất"}))
        .await
        .refused(403, "access.forbidden");
    // The Director says so when he signs; the clerk then sends, and the journal names who exceeded.
    let (director, clerk) = (world.persona("director"), world.persona("clerk"));
    let mut word = signature();
    word["quota_override_reason"] = json!("Thành tích đột xuất");
    let signed = director.act(&path, "sign", &word).await.expect(200);
    assert_eq!(signed.json["quota_override_reason"], "Thành tích đột xuất");
    assert_eq!(signed.json["outcome"]["warnings"][0]["code"], "quota.exceeded");
    // Another letter is another list to sign: the word went with the signature.
    let other =
        json!({"letter": {"type": "TTr", "number_raw": "716/TTr-SNgV", "issued_on": when("2026-06-05")}});
    let edited = world.persona("reviewer").patch(&path, &other).await.expect(200);
    assert_eq!(edited.json.get("quota_override_reason"), None);
    let unsaid = director.act(&path, "sign", &signature()).await.expect(200);
    let remark = &unsaid.json["outcome"]["warnings"][0];
    assert_eq!(remark["code"], "quota.exceeded");
    let told = remark["detail"].as_str().unwrap();
    assert!(told.contains("quota_override_reason"), "{told}");
    clerk
        .act(&path, "send", &json!({}))
        .await
        .refused(409, "quota.exceeded");
    director.act(&path, "sign", &word).await.expect(200);
    let sent = clerk.act(&path, "send", &json!({})).await.expect(200);
    assert_eq!(sent.json["quota_override_reason"], "Thành tích đột xuất");
    assert_eq!(sent.json["outcome"]["warnings"][0]["code"], "quota.exceeded");
    let history = format!("/v1/campaigns/{campaign}/history?limit=100");
    let history = world.persona("auditor").get(&history).await.expect(200);
    let entries = history.json["items"].as_array().unwrap();
    let roles: Vec<_> = entries
        .iter()
        .filter(|entry| entry["kind"] == "quota.overridden")
        .map(|entry| entry["actor"]["role"].clone())
        .collect();
    assert_eq!(roles, ["DIRECTOR", "DIRECTOR"]);
}

/// R-D2: what the council recommended for a form of the level above is dropped by the head as well.
async fn are_spared_what_the_head_drops(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let ids = nominations(&world, campaign, vec![recommended(11), recommended(12)]).await;
    let path = ready(&world, campaign, &ids).await;
    let (director, chief) = (world.persona("director"), world.persona("chief"));
    let held = format!("/v1/nominations/{}", ids[0]);
    let hold = json!({"reason": "COMPLAINT", "note": "Có đơn"});
    chief.act(&held, "hold", &hold).await.expect(200);
    // The complaint was right: nothing has to go up first.
    let reason = json!({"reason": "Đã có kết luận vi phạm"});
    chief
        .act(&held, "drop", &reason)
        .await
        .refused(403, "access.forbidden");
    let offered = director.get(&held).await.expect(200);
    let acts = offered.json["allowed_actions"].as_array().unwrap().clone();
    assert!(
        acts.iter()
            .any(|act| act["action"] == "drop" && act["blocked_by"] == json!([])),
        "{acts:?}"
    );
    let dropped = director.act(&held, "drop", &reason).await.expect(200);
    assert_eq!(
        (
            &dropped.json["state"],
            &dropped.json["state_reason"],
            &dropped.json["on_hold"]
        ),
        (&json!("NOT_AWARDED"), &reason["reason"], &json!(false))
    );
    director
        .act(&held, "drop", &reason)
        .await
        .refused(409, "state.transition_not_allowed");
    let clerk = world.persona("clerk");
    clerk
        .act(&path, "send", &json!({}))
        .await
        .refused(409, "state.transition_not_allowed");
    let tag = chief.get(&path).await.expect(200).etag();
    world.persona("reviewer").delete(&path, &tag).await.expect(204);
    // Given back from above, the other one ends here, too.
    let second = ready(&world, campaign, &ids[1..]).await;
    acknowledged(&world, &second).await;
    let back = json!({"reason": "Thiếu báo cáo"});
    world
        .board_system()
        .act(&second, "return", &back)
        .await
        .expect(200);
    let other = format!("/v1/nominations/{}", ids[1]);
    director.act(&other, "drop", &reason).await.expect(200);
}

async fn remark_a_limit_set_above(world: World) {
    let mut terms = plan();
    terms.upstream_quotas = vec![thidua::domain::plan::UpstreamQuota {
        form: BANG_KHEN.to_owned(),
        collectives: 0,
        individuals: 2,
    }];
    let campaign = campaign(&world, 6, 28, terms).await;
    let people = [11, 12, 13, 14, 15].map(recommended);
    let ids = nominations(&world, campaign, people.to_vec()).await;
    let (board, clerk) = (world.board_system(), world.persona("clerk"));
    let warnings = |sent: &Reply| {
        let outcome = sent.json["outcome"].clone();
        outcome["warnings"].as_array().cloned().unwrap_or_default()
    };
    // The level above keeps its limit itself (5.8): told, not stopped. All forwardings count together.
    let first = ready(&world, campaign, &ids[..2]).await;
    let sent = clerk.act(&first, "send", &json!({})).await.expect(200);
    assert_eq!(warnings(&sent), Vec::<serde_json::Value>::new());
    let second = ready(&world, campaign, &ids[2..3]).await;
    let sent = clerk.act(&second, "send", &json!({})).await.expect(200);
    assert_eq!(sent.json["state"], "SENT");
    let told = warnings(&sent);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["code"], "quota.exceeded");
    assert_eq!(
        told[0]["params"],
        json!({"subject_kind": "INDIVIDUAL", "limit": 2, "above": 2, "asked": 1})
    );
    // What was given back or refused takes no place.
    for (path, verb) in [(&first, "return"), (&second, "decline")] {
        let receipt = json!({"receipt_number": "1204/BTĐKT"});
        board.act(path, "acknowledge", &receipt).await.expect(200);
        let reason = json!({"reason": "Thiếu báo cáo"});
        board.act(path, verb, &reason).await.expect(200);
    }
    let third = ready(&world, campaign, &ids[3..]).await;
    let sent = clerk.act(&third, "send", &json!({})).await.expect(200);
    assert_eq!(warnings(&sent), Vec::<serde_json::Value>::new());
    // What is awarded keeps its place.
    let receipt = json!({"receipt_number": "1205/BTĐKT"});
    board.act(&third, "acknowledge", &receipt).await.expect(200);
    let recorded = recorded("812/QĐ-UBND", when("2026-03-20"), &ids[3..]);
    board.act(&third, "record-decision", &recorded).await.expect(200);
    let deputy = world.persona("deputy");
    deputy.act(&first, "sign", &signature()).await.expect(200);
    let sent = clerk.act(&first, "send", &json!({})).await.expect(200);
    let params = &warnings(&sent)[0]["params"];
    assert_eq!((&params["above"], &params["asked"]), (&json!(2), &json!(2)));
}

/// The Chairman's decision over these, all awarded.
fn recorded(number: &str, day: &str, ids: &[NominationId]) -> serde_json::Value {
    let items: Vec<_> = ids
        .iter()
        .map(|id| json!({"nomination_id": id, "outcome": "AWARDED"}))
        .collect();
    json!({
        "number_raw": number, "issued_on": day, "title": "Về việc tặng Bằng khen",
        "decider": {"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"}, "items": items,
    })
}

async fn are_signed_under_a_letter_only(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(11)).await;
    let body = json!({
        "campaign_id": campaign, "form": BANG_KHEN, "receiver_organization_id": org::BOARD,
        "nomination_ids": [id],
    });
    let reviewer = world.persona("reviewer");
    let made = reviewer.post("/v1/forwardings", &body).await.expect(201);
    let path = made.header("location").unwrap();
    let deputy = world.persona("deputy");
    deputy
        .act(path, "sign", &signature())
        .await
        .refused(409, "forwarding.papers_missing");
    let shown = deputy.get(path).await.expect(200);
    let acts = shown.json["allowed_actions"].as_array().unwrap();
    let sign = acts.iter().find(|act| act["action"] == "sign").unwrap();
    assert_eq!(sign["blocked_by"][0]["code"], "forwarding.papers_missing");
    let letter =
        json!({"letter": {"type": "TTr", "number_raw": "715/TTr-SNgV", "issued_on": when("2026-06-05")}});
    reviewer.patch(path, &letter).await.expect(200);
    deputy.act(path, "sign", &signature()).await.expect(200);
    // Without its letter nothing is signed (PAT-02).
    let none = json!({"letter": null});
    let taken = reviewer.patch(path, &none).await.expect(200);
    assert!(taken.json.get("letter").is_none() && taken.json.get("signature").is_none());
    assert_eq!(
        taken.json["outcome"]["changed_fields"],
        json!(["letter", "signature", "signed_at"])
    );
    deputy
        .act(path, "sign", &signature())
        .await
        .refused(409, "forwarding.papers_missing");
    let partial = json!({"letter": {"number_raw": "715/TTr-SNgV"}});
    let refused = reviewer.patch(path, &partial).await.refused(422, "body.invalid");
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 2);
    reviewer
        .patch(path, &json!({}))
        .await
        .refused(422, "body.invalid")
        .stands_at("/letter");
}

/// M-4: the receiver reads of a dossier what was forwarded to it, however it asks.
async fn show_of_a_dossier_only_what_was_forwarded(world: World) {
    use thidua::store::{attachments, nominations};
    world.set_time(when("2026-05-22T02:00:00Z"));
    let terms = crate::support::submissions::campaign(&world).await;
    let people = [Who::Person(16), Who::Person(21)];
    let dossier = eligible(&world, terms, 1, &people).await;
    let ids: Vec<NominationId> = dossier.nominations.iter().map(|id| id.parse().unwrap()).collect();
    let sent = ids[0];
    world
        .database(move |conn| {
            let row = nominations::get(conn, sent).unwrap();
            let row = nominations::Nomination {
                form: BANG_KHEN.to_owned(),
                route: thidua::domain::codes::Route::Up,
                state: NominationState::Recommended,
                ..row
            };
            nominations::save(conn, &row).unwrap();
        })
        .await;
    let path = ready(&world, terms, &ids[..1]).await;
    acknowledged(&world, &path).await;
    let board = world.persona("board");
    let hidden = ids[1].to_string();
    let texts = |list: &serde_json::Value, member: &str| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one[member].as_str().unwrap_or("-").to_owned())
            .collect()
    };
    board
        .get(&format!("/v1/nominations/{hidden}"))
        .await
        .refused(404, "resource.not_found");
    let lines = board
        .get(&format!("{}?include=nominations", dossier.path))
        .await
        .expect(200);
    assert_eq!(texts(&lines.json["nominations"], "id"), [sent.to_string()]);
    let receipt = board.get(&format!("{}/receipt", dossier.path)).await.expect(200);
    assert_eq!(texts(&receipt.json["nominations"], "id"), [sent.to_string()]);
    let own = world.persona("reviewer");
    let whole = own.get(&format!("{}/receipt", dossier.path)).await.expect(200);
    assert_eq!(whole.json["digest"], receipt.json["digest"]);
    assert_eq!(whole.json["nominations"].as_array().unwrap().len(), 2);
    let papers = board
        .get(&format!("{}/attachments", dossier.path))
        .await
        .expect(200);
    let of = texts(&papers.json["items"], "nomination_id");
    assert!(
        of.contains(&"-".to_owned()) && of.contains(&sent.to_string()),
        "{of:?}"
    );
    let history = board.get(&format!("{}/history", dossier.path)).await.expect(200);
    assert!(!history.json["items"].as_array().unwrap().is_empty());
    for answer in [&lines, &receipt, &papers, &history] {
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(!text.contains(&hidden) && !text.contains(&name_of(21)), "{text}");
    }
    // The whole stays what it was for those whose dossier it is.
    let all = own
        .get(&format!("{}/attachments", dossier.path))
        .await
        .expect(200);
    let id = dossier.id.parse().unwrap();
    let stored = world
        .database(move |conn| attachments::of_submission(conn, id).unwrap().len())
        .await;
    assert_eq!(all.json["items"].as_array().unwrap().len(), stored);
}

/// R-R1, 5.5: the Chairman's office revokes what the Chairman awarded; the Board prepares it.
async fn are_followed_by_a_revocation_of_the_issuer(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    world.not_before(when("2026-07-31"));
    let ids = nominations(&world, campaign, vec![recommended(11), recommended(12)]).await;
    let path = ready(&world, campaign, &ids).await;
    acknowledged(&world, &path).await;
    let whole = recorded("812/QĐ-UBND", when("2026-06-15"), &ids);
    let decided = world
        .board_system()
        .act(&path, "record-decision", &whole)
        .await
        .expect(200);
    let award = format!("/v1/decisions/{}", decided.json["decision_id"].as_str().unwrap());
    let revocation = json!({
        "type": "REVOCATION", "campaign_id": campaign,
        "original_id": decided.json["decision_id"], "title": "Về việc hủy bỏ Bằng khen",
        "ground": "FALSE_INFORMATION", "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả",
    });
    let (board, chairman) = (world.persona("board"), world.persona("chairman"));
    for other in ["reviewer", "clerk", "director"] {
        let other = world.persona(other);
        other
            .post("/v1/decisions", &revocation)
            .await
            .refused(403, "access.forbidden");
    }
    let made = board.post("/v1/decisions", &revocation).await.expect(201);
    let path = made.header("location").unwrap();
    let first = items(&world, &award).await[0]["id"].clone();
    let add = json!({"original_item_ids": [first]});
    board.post(&format!("{path}/items"), &add).await.expect(201);
    board
        .act(path, "check", &json!({}))
        .await
        .refused(403, "access.forbidden");
    world
        .persona("reviewer")
        .get(path)
        .await
        .refused(404, "resource.not_found");
    for (verb, body) in [
        ("check", json!({})),
        ("sign", signature()),
        ("number", json!({"number": 900, "issued_on": when("2026-06-20")})),
        ("issue", json!({})),
        ("publish", json!({})),
    ] {
        chairman.act(path, verb, &body).await.expect(200);
    }
    assert_eq!(items(&world, &award).await[0]["state"], "REVOKED");
    let states = [state_of(&world, ids[0]).await, state_of(&world, ids[1]).await];
    assert!(states.contains(&NominationState::Revoked) && states.contains(&NominationState::Awarded));
    let tasks = chairman.get("/v1/recovery-tasks").await.expect(200);
    assert_eq!(tasks.json["items"].as_array().unwrap().len(), 1);
    // Nothing is given back before it was revoked.
    let task = format!(
        "/v1/recovery-tasks/{}",
        tasks.json["items"][0]["id"].as_str().unwrap()
    );
    let early = json!({"completed_on": when("2026-03-20"), "note": "Đã nộp lại"});
    let refused = chairman.act(&task, "complete", &early).await;
    let refused = refused.refused(422, "body.invalid").json;
    assert_eq!(refused["errors"][0]["pointer"], "/completed_on");
    assert_eq!(refused["errors"][0]["params"]["minimum"], when("2026-06-20"));
    assert_eq!(world.unsound().await, Vec::<String>::new());

    // The Chairman's office prepares one itself, too; the issuer is that of the original, named or not.
    let mut named = revocation.clone();
    named["organization_id"] = json!(org::PROVINCE);
    for body in [&revocation, &named] {
        let made = chairman.post("/v1/decisions", body).await.expect(201);
        assert_eq!(made.json["organization_id"], json!(org::PROVINCE));
    }
    named["organization_id"] = json!(org::DEPARTMENT);
    let wrong = world.persona("reviewer").post("/v1/decisions", &named).await;
    wrong.refused(403, "decision.not_issuer");
}

/// 4.4: issuer, number and date say which decision it is; one may answer what several departments sent.
async fn are_answered_together_by_one_decision(world: World) {
    let (first, second) = (
        campaign(&world, 6, 28, plan()).await,
        campaign(&world, 6, 28, plan()).await,
    );
    let mut sent = Vec::new();
    for (campaign, people) in [(first, [11, 12]), (second, [13, 14])] {
        let ids = nominations(&world, campaign, people.map(recommended).to_vec()).await;
        // The same campaign may send more than once, too.
        for id in ids {
            let path = ready(&world, campaign, &[id]).await;
            acknowledged(&world, &path).await;
            sent.push((path, id));
        }
    }
    world.not_before(when("2026-06-16"));
    world.not_before(when("2026-07-31"));
    let board = world.board_system();
    let record = async |place: usize, number: &str, day: &str| {
        let (path, id) = &sent[place];
        board
            .act(path, "record-decision", &recorded(number, day, &[*id]))
            .await
    };
    record(0, "0812/QĐ-UBND", when("2026-06-15")).await.expect(200);
    let refused = record(1, "812/QĐ-UBND", when("2026-06-16")).await;
    let refused = refused.refused(409, "decision.recorded_otherwise");
    assert_eq!(refused.json["errors"][0]["pointer"], "/issued_on");
    assert_eq!(
        refused.json["errors"][0]["params"]["recorded"],
        when("2026-06-15")
    );
    // However it is typed it is the same number.
    for typed in ["Số: 812/QĐ-UBND", "812/QĐ\u{2013}UBND", "812 / QĐ-UBND"] {
        let refused = record(1, typed, when("2026-06-16")).await;
        refused.refused(409, "decision.recorded_otherwise");
    }
    let same = record(1, "812/QĐ-UBND", when("2026-06-15")).await.expect(200);
    assert_eq!(same.json["outcome"]["warnings"], json!([]));
    // Another year has another register.
    world.not_before(turn(1, "01-15"));
    record(2, "812/QĐ-UBND", turn(1, "01-15")).await.expect(200);
    let (path, id) = &sent[3];
    let mut other_words = recorded("812/QĐ-UBND", when("2026-06-15"), &[*id]);
    other_words["title"] = json!("V/v tặng Bằng khen");
    other_words["decider"]["name"] = json!("Trần Thị Mẫu");
    let told = board.act(path, "record-decision", &other_words).await.expect(200);
    let told = told.json["outcome"]["warnings"].as_array().unwrap().clone();
    let places: Vec<_> = told
        .iter()
        .map(|one| (one["pointer"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            ("/title", "decision.recorded_otherwise"),
            ("/decider/name", "decision.recorded_otherwise")
        ]
    );
    // A forwarding is answered once.
    record(1, "812/QĐ-UBND", when("2026-06-15"))
        .await
        .refused(409, "state.transition_not_allowed");

    let visitor = world.persona("nobody");
    let list = format!(
        "/v1/decisions?number_raw=812/QĐ-UBND&year={}&organization_id={}",
        year("2026-06-15"),
        org::PROVINCE
    );
    let list = visitor.get(&list).await.expect(200);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 2);
    let honors = format!(
        "/v1/honors?organization_id={}&year={}",
        org::PROVINCE,
        year("2026-06-15")
    );
    let honors = visitor.get(&honors).await.expect(200);
    assert_eq!(honors.json["items"].as_array().unwrap().len(), 3);
    assert_eq!(world.unsound().await, Vec::<String>::new());
    revoked_in_one_of_them(&world, &sent[3]).await;
}

/// A revocation follows what was recorded with one forwarding; its number is the issuer's own.
async fn revoked_in_one_of_them(world: &World, (path, id): &(String, NominationId)) {
    let chairman = world.persona("chairman");
    let decided = world.persona("clerk").get(path).await.expect(200).json;
    let award = decided["decision_id"].as_str().unwrap();
    let revocation = json!({
        "type": "REVOCATION", "campaign_id": decided["campaign_id"], "original_id": award,
        "title": "Về việc hủy bỏ Bằng khen", "ground": "FALSE_INFORMATION",
        "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả",
    });
    let made = chairman.post("/v1/decisions", &revocation).await.expect(201);
    let made = made.header("location").unwrap();
    let line = items(world, &format!("/v1/decisions/{award}")).await[0]["id"].clone();
    let add = json!({"original_item_ids": [line]});
    chairman.post(&format!("{made}/items"), &add).await.expect(201);
    chairman.act(made, "check", &json!({})).await.expect(200);
    chairman.act(made, "sign", &signature()).await.expect(200);
    let number = |number: i32| json!({"number": number, "issued_on": when("2026-06-20")});
    let (printed, given) = (chairman.get(made).await.etag(), number(812));
    let dry = chairman
        .ask("POST", &format!("{made}/number?dry_run=true"))
        .if_match(&printed)
        .json(&given)
        .send()
        .await;
    // It stands in the province's register already, although it was only recorded here.
    dry.refused(409, "decision.number_taken");
    chairman.act(made, "number", &number(900)).await.expect(200);
    chairman.act(made, "issue", &json!({})).await.expect(200);
    assert_eq!(state_of(world, *id).await, NominationState::Revoked);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// 5.5 has one column for officer and system of the Board.
async fn are_held_and_released_by_the_receivers_system(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    world.not_before(when("2026-07-31"));
    let ids = nominations(&world, campaign, vec![recommended(11), recommended(12)]).await;
    let path = ready(&world, campaign, &ids[..1]).await;
    acknowledged(&world, &path).await;
    let board = world.board_system();
    let complaint = json!({"reason": "COMPLAINT", "note": "Có đơn"});
    let (sent, kept) = (
        format!("/v1/nominations/{}", ids[0]),
        format!("/v1/nominations/{}", ids[1]),
    );
    board.get(&kept).await.refused(404, "resource.not_found");
    let held = board.act(&sent, "hold", &complaint).await.expect(200);
    assert_eq!(held.json["on_hold"], true);
    // Who may set it is told why it is there.
    assert_eq!(held.json["hold"]["note"], "Có đơn");
    assert_eq!(board.get(&sent).await.json["hold"]["reason"], "COMPLAINT");
    let conclusion = json!({"conclusion": "Không có vi phạm"});
    let free = board.act(&sent, "release", &conclusion).await.expect(200);
    assert_eq!(free.json["on_hold"], false);
}

/// Sent to the wrong place, or too early: as long as nobody has confirmed the receipt.
async fn are_taken_back_before_they_are_acknowledged(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(11)).await;
    papers(&world, campaign, &[id]).await;
    let clerk = world.persona("clerk");
    let deputy = world.persona("deputy");
    // Nobody there has a role in which to answer.
    let body = json!({
        "campaign_id": campaign, "form": BANG_KHEN, "receiver_organization_id": org::OTHER_DEPARTMENT,
        "nomination_ids": [id],
        "letter": {"type": "TTr", "number_raw": "715/TTr-SNgV", "issued_on": when("2026-03-20")},
    });
    let made = world
        .persona("reviewer")
        .post("/v1/forwardings", &body)
        .await
        .expect(201);
    let remark = &made.json["outcome"]["warnings"][0];
    assert_eq!(
        (&remark["code"], &remark["pointer"]),
        (
            &json!("forwarding.receiver_unmanned"),
            &json!("/receiver_organization_id")
        )
    );
    let path = made.header("location").unwrap().to_owned();
    deputy.act(&path, "sign", &signature()).await.expect(200);
    clerk.act(&path, "send", &json!({})).await.expect(200);
    let reason = json!({"reason": "Gửi nhầm nơi nhận"});
    let recalled = clerk.act(&path, "recall", &reason).await.expect(200);
    assert_eq!(
        (&recalled.json["state"], &recalled.json["state_reason"]),
        (&json!("DRAFT"), &json!("Gửi nhầm nơi nhận"))
    );
    assert!(recalled.json.get("signature").is_none() && recalled.json.get("sent_at").is_none());
    assert_eq!(state_of(&world, id).await, NominationState::ReturnedAbove);
    let tag = recalled.etag();
    world.persona("reviewer").delete(&path, &tag).await.expect(204);

    let path = prepared(&world, campaign, &[id]).await;
    deputy.act(&path, "sign", &signature()).await.expect(200);
    clerk.act(&path, "send", &json!({})).await.expect(200);
    let board = world.persona("board");
    board.get(&format!("/v1/nominations/{id}")).await.expect(200);
    clerk.act(&path, "recall", &reason).await.expect(200);
    board.get(&path).await.refused(404, "resource.not_found");
    board
        .get(&format!("/v1/nominations/{id}"))
        .await
        .refused(404, "resource.not_found");
    deputy.act(&path, "sign", &signature()).await.expect(200);
    acknowledged(&world, &path).await;
    board.get(&format!("/v1/nominations/{id}")).await.expect(200);
    clerk
        .act(&path, "recall", &reason)
        .await
        .refused(409, "state.transition_not_allowed");
    // What the receiver had registered and given back is that again.
    board
        .act(&path, "return", &json!({"reason": "Thiếu"}))
        .await
        .expect(200);
    deputy.act(&path, "sign", &signature()).await.expect(200);
    clerk.act(&path, "send", &json!({})).await.expect(200);
    let back = clerk.act(&path, "recall", &reason).await.expect(200);
    assert_eq!(back.json["state"], "RETURNED");
    assert!(back.json["returned_at"].is_string());
    board.get(&path).await.expect(200);
    // It went up under a letter, which is changed and not taken away.
    let none = json!({"letter": null});
    let refused = world.persona("reviewer").patch(&path, &none).await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(
        (
            &refused.json["errors"][0]["pointer"],
            &refused.json["errors"][0]["code"]
        ),
        (&json!("/letter"), &json!("field.required"))
    );
    // Without its nomination no paper comes to a dossier that waits.
    let shown = board.get(&format!("/v1/nominations/{id}")).await.expect(200);
    let dossier = shown.json["submission_id"].as_str().unwrap();
    let paper = json!({"kind": "KHAC",
        "document": {"type": "BC", "number_raw": "13/BC-LS", "issued_on": when("2026-03-18")}});
    let refused = world
        .persona("reviewer")
        .post(&format!("/v1/submissions/{dossier}/attachments"), &paper)
        .await;
    refused
        .refused(409, "submission.locked")
        .stands_at("/nomination_id");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// R-N2.
async fn are_decided_for_nobody_on_hold(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(11)).await;
    let path = ready(&world, campaign, &[id]).await;
    acknowledged(&world, &path).await;
    let chief = world.persona("chief");
    let nomination = format!("/v1/nominations/{id}");
    let hold = json!({"reason": "COMPLAINT", "note": "Có đơn"});
    chief.act(&nomination, "hold", &hold).await.expect(200);
    let decision = json!({
        "number_raw": "812/QĐ-UBND", "issued_on": when("2026-03-20"), "title": "Về việc tặng Bằng khen",
        "decider": {"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"},
        "items": [{"nomination_id": id, "outcome": "AWARDED"}]
    });
    let board = world.persona("board");
    board
        .act(&path, "record-decision", &decision)
        .await
        .refused(409, "nomination.on_hold")
        .stands_at("/items/0/outcome");
    chief
        .act(&nomination, "release", &json!({"conclusion": "Không có vi phạm"}))
        .await
        .expect(200);
    board.act(&path, "record-decision", &decision).await.expect(200);
}

/// What the level above asks for is given before the batch goes up again.
async fn are_supplemented_before_they_are_sent_again(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let id = nomination(&world, campaign, recommended(11)).await;
    let path = ready(&world, campaign, &[id]).await;
    let reviewer = world.persona("reviewer");
    let shown = reviewer.get(&format!("/v1/nominations/{id}")).await.expect(200);
    let dossier = format!(
        "/v1/submissions/{}",
        shown.json["submission_id"].as_str().unwrap()
    );
    let paper = json!({"kind": "BAO_CAO", "nomination_id": id,
        "document": {"type": "BC", "number_raw": "13/BC-LS", "issued_on": when("2026-03-18")}});
    let attach = async |whose: &str| {
        let papers = format!("{dossier}/attachments");
        world.persona(whose).post(&papers, &paper).await
    };
    attach("reviewer").await.expect(201);
    acknowledged(&world, &path).await;
    attach("reviewer").await.refused(409, "submission.locked");
    let reason = json!({"reason": "Thiếu xác nhận của cơ quan thuế"});
    world
        .persona("board")
        .act(&path, "return", &reason)
        .await
        .expect(200);
    let shown = reviewer.get(&dossier).await.expect(200);
    let acts = shown.json["allowed_actions"].as_array().unwrap();
    assert!(acts.iter().any(|act| act["action"] == "attach"), "{acts:?}");
    attach("reviewer").await.expect(201);
    attach("head1").await.expect(201);
    attach("head2").await.refused(404, "resource.not_found");
    let papers = world
        .persona("board")
        .get(&format!("{dossier}/attachments"))
        .await
        .expect(200);
    assert!(papers.json["items"].as_array().unwrap().len() >= 4);
}
