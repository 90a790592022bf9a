//! Forwardings over HTTP.

use serde_json::json;
use thidua::domain::states::NominationState;

use crate::support::decisions::{
    BANG_KHEN, GIAY_KHEN, Subject, Wanted, campaign, items, nomination, nominations, plan, signature,
    state_of,
};
use crate::support::forwardings::{acknowledged, papers, prepared, ready};
use crate::support::on_both;
use crate::support::world::{World, org};

on_both!(
    are_decided_above,
    are_seen_by_the_receiver_from_sent_on,
    need_their_papers,
    take_only_what_was_recommended_for_the_form,
    are_returned_and_sent_again,
    keep_the_quota,
    remark_a_limit_set_above,
);

fn recommended(person: u128) -> Wanted {
    Wanted::recommended(Subject::Person(person))
        .with_form(BANG_KHEN)
        .in_state(NominationState::Recommended)
}

async fn are_decided_above(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let ids = nominations(&world, campaign, vec![recommended(11), recommended(12)]).await;
    let path = ready(&world, campaign, &ids).await;
    acknowledged(&world, &path).await;
    let board = world.board_system();
    let answer = |items: serde_json::Value| {
        json!({
            "number_raw": "812/QĐ-UBND", "issued_on": "2026-07-15", "title": "Về việc tặng Bằng khen",
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
    papers(&world, campaign, &[id]).await;
    // The Director is on the list himself (A16).
    let signed = world
        .persona("director")
        .act(&path, "sign", &signature())
        .await
        .expect(200);
    assert_eq!(signed.json["outcome"]["warnings"][0]["code"], "duty.conflict");
    // Another letter takes the signature with it.
    let letter = json!({"letter": {"type": "TTr", "number_raw": "716/TTr-SNgV", "issued_on": "2026-06-06"}});
    let edited = world.persona("reviewer").patch(&path, &letter).await.expect(200);
    assert!(edited.json.get("signature").is_none());
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
    world
        .persona("clerk")
        .act(&path, "send", &json!({}))
        .await
        .refused(409, "forwarding.item_taken");
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
}

async fn remark_a_limit_set_above(world: World) {
    let mut terms = plan();
    terms.upstream_quotas = vec![thidua::domain::plan::UpstreamQuota {
        form: BANG_KHEN.to_owned(),
        collectives: 0,
        individuals: 1,
    }];
    let campaign = campaign(&world, 6, 28, terms).await;
    let ids = nominations(&world, campaign, vec![recommended(11), recommended(12)]).await;
    let path = ready(&world, campaign, &ids).await;
    // The level above keeps its limit itself (5.8): told, not stopped.
    let sent = world
        .persona("clerk")
        .act(&path, "send", &json!({}))
        .await
        .expect(200);
    assert_eq!(sent.json["state"], "SENT");
    let warnings = sent.json["outcome"]["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["code"], "quota.exceeded");
    assert_eq!(
        warnings[0]["params"],
        json!({"subject_kind": "INDIVIDUAL", "limit": 1, "asked": 2})
    );
}
