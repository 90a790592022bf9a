//! Decisions over HTTP.

use serde_json::json;
use thidua::domain::states::NominationState;

use crate::support::calendar::{rewards, turn, when, year};
use crate::support::decisions::{
    BANG_KHEN, GIAY_KHEN, Subject, Wanted, campaign, drafted, issued, items, nomination, nominations,
    numbered, plan, signature, signed, state_of,
};
use crate::support::on_both;
use crate::support::submissions::Who;
use crate::support::world::{World, org};

on_both!(
    live_from_draft_to_publication,
    take_only_what_was_considered,
    carry_out_the_session_that_they_name,
    take_a_nomination_and_a_subject_once,
    reward_nobody_twice,
    list_collectives_first,
    are_immutable_once_issued,
    are_returned_dropped_and_cancelled,
    have_unique_numbers,
    have_grounds_that_say_something,
    take_effect_from_their_day_on,
    have_a_plausible_day,
    correct_something,
    are_found_by_what_was_corrected_before_the_publication,
    check_authority_version_and_key,
    remark_a_signer_on_his_own_list,
    need_a_form_of_the_issuer,
    exceed_the_quota_only_with_a_reason,
    award_without_a_council_along_the_arrows,
    leave_alone_what_was_given_back,
    say_how_many_work_directly,
    hold_the_end_of_their_campaign,
    print_everyones_own_unit,
);

async fn live_from_draft_to_publication(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let path = drafted(&world, campaign, &[subject]).await;
    let reviewer = world.persona("reviewer");
    let draft = reviewer.get(&path).await.expect(200);
    assert_eq!(draft.json["state"], "DRAFT");
    assert_eq!(draft.json["achievement_from"], when("2026-02-10"));
    assert_eq!(draft.json["achievement_to"], when("2026-05-20"));
    let verbs: Vec<_> = draft.json["allowed_actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| act["action"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(verbs, ["edit", "add-items", "check", "cancel"]);

    reviewer
        .patch(&path, &json!({"title": "Về việc tặng Giấy khen"}))
        .await
        .expect(200);
    let refused = world
        .persona("deputy")
        .act(&path, "sign", &signature())
        .await
        .refused(409, "state.transition_not_allowed");
    assert_eq!(refused.json["object"], "decision");
    numbered(&world, &path, 615, when("2026-06-30")).await;
    let shown = reviewer.get(&path).await.expect(200);
    assert_eq!(shown.json["number_raw"], "615/QĐ-SNgV");
    assert_eq!(shown.json["signature"]["mode"], "KT");
    assert_eq!(state_of(&world, subject).await, NominationState::AwaitingDirector);

    world
        .persona("deputy")
        .act(&path, "issue", &json!({}))
        .await
        .expect(200);
    assert_eq!(state_of(&world, subject).await, NominationState::Awarded);
    let lines = items(&world, &path).await;
    assert_eq!(lines[0]["amount_dong"], rewards(when("2026-06-30")).0);
    assert_eq!(lines[0]["not_basis_for_merit_award"], true);
    world
        .persona("nobody")
        .get(&path)
        .await
        .refused(404, "resource.not_found");
    let published = world
        .persona("clerk")
        .act(&path, "publish", &json!({}))
        .await
        .expect(200);
    assert_eq!(published.json["state"], "PUBLISHED");
    world.persona("nobody").get(&path).await.expect(200);

    assert_eq!(world.unsound().await, Vec::<String>::new());
    // Who came on the list is told by the history (R-A1).
    let history = world
        .persona("director")
        .get(&format!("{path}/history"))
        .await
        .expect(200);
    let entries = history.json["items"].as_array().unwrap();
    let added = entries
        .iter()
        .find(|one| one["kind"] == "decision.items_added")
        .unwrap();
    assert!(
        !added["details"]["nomination_ids"].as_array().unwrap().is_empty(),
        "{added}"
    );
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let kinds = world.database(move |conn| journal_of(conn, id)).await;
    assert_eq!(
        kinds,
        [
            "decision.created",
            "decision.items_added",
            "decision.edited",
            "decision.checked",
            "decision.signed",
            "decision.numbered",
            "decision.issued",
            "decision.published"
        ]
    );
}

fn journal_of(conn: &mut thidua::store::Conn, id: uuid::Uuid) -> Vec<String> {
    use diesel::prelude::*;
    use thidua::store::schema::journal_entries;
    journal_entries::table
        .filter(journal_entries::object_id.eq(thidua::app::AnyId(id)))
        .order(journal_entries::id.asc())
        .select(journal_entries::kind)
        .load(conn)
        .unwrap()
}

async fn take_only_what_was_considered(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let states = [
        (NominationState::Proposed, "nomination.not_considered"),
        (NominationState::Eligible, "nomination.not_considered"),
        (NominationState::InCouncil, "nomination.not_considered"),
        (NominationState::NotRecommended, "nomination.not_considered"),
        (NominationState::NotAwarded, "nomination.not_considered"),
        (
            NominationState::Forwarded,
            "nomination.already_rewarded_or_pending",
        ),
        (NominationState::Awarded, "nomination.already_rewarded_or_pending"),
        (NominationState::DeclinedAbove, "nomination.fallback_not_allowed"),
    ];
    let wanted = states
        .iter()
        .zip(11..)
        .map(|((state, _), person)| Wanted::recommended(Subject::Person(person)).in_state(*state))
        .collect();
    let ids = nominations(&world, campaign, wanted).await;
    let good = nomination(&world, campaign, Wanted::discovered(Subject::Person(27))).await;
    let path = drafted(&world, campaign, &[good]).await;
    let refused = world
        .persona("reviewer")
        .post(&format!("{path}/items"), &json!({"nomination_ids": ids}))
        .await
        .refused(409, "nomination.not_considered");
    let found: Vec<_> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["pointer"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect();
    let pointers: Vec<_> = (0..states.len())
        .map(|index| format!("/nomination_ids/{index}"))
        .collect();
    let expected: Vec<_> = pointers
        .iter()
        .map(String::as_str)
        .zip(states.iter().map(|(_, code)| *code))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(items(&world, &path).await.len(), 1, "all or none");

    let other = super::decisions::campaign(&world, 6, 28, plan()).await;
    let stranger = nomination(&world, other, Wanted::recommended(Subject::Person(28))).await;
    world
        .persona("reviewer")
        .post(
            &format!("{path}/items"),
            &json!({"nomination_ids": [stranger], "original_item_ids": [uuid::Uuid::now_v7()]}),
        )
        .await
        .refused(422, "body.invalid");
    world
        .persona("reviewer")
        .post(&format!("{path}/items"), &json!({"nomination_ids": [stranger]}))
        .await
        .refused(422, "body.invalid");
}

async fn take_a_nomination_and_a_subject_once(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = vec![
        Wanted::discovered(Subject::Person(11)),
        Wanted::discovered(Subject::Person(12)),
        Wanted::discovered(Subject::Person(12))
            .with_form(BANG_KHEN)
            .in_state(NominationState::Forwarded),
    ];
    let ids = nominations(&world, campaign, wanted).await;
    let first = drafted(&world, campaign, &[ids[0]]).await;
    let other = nomination(&world, campaign, Wanted::discovered(Subject::Person(13))).await;
    let second = drafted(&world, campaign, &[other]).await;
    let reviewer = world.persona("reviewer");
    let add = |id| json!({ "nomination_ids": [id] });
    let told = async |path: &str| {
        let refused = reviewer.post(&format!("{path}/items"), &add(ids[0])).await;
        let refused = refused.refused(409, "decision.item_taken");
        refused.json["errors"][0]["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(told(&second).await, "Đề nghị đã có trong quyết định khác");
    assert_eq!(told(&first).await, "Đề nghị đã có trong quyết định này");
    reviewer
        .post(&format!("{second}/items"), &add(ids[1]))
        .await
        .refused(409, "nomination.already_rewarded_or_pending");
    // A cancelled decision gives its subjects free, and nothing in it is valid.
    world
        .persona("director")
        .act(&first, "cancel", &json!({"reason": "Gộp quyết định"}))
        .await
        .expect(200);
    assert_eq!(items(&world, &first).await[0]["state"], "CANCELLED");
    reviewer
        .post(&format!("{second}/items"), &add(ids[0]))
        .await
        .expect(201);
}

/// R-N3: also where neither of the two shows that it is pending before one of them is issued.
async fn reward_nobody_twice(world: World) {
    let mut terms = plan();
    terms.fallback_on_decline = true;
    let campaign = campaign(&world, 6, 28, terms).await;
    let wanted = vec![
        Wanted::discovered(Subject::Person(11))
            .with_form(BANG_KHEN)
            .in_state(NominationState::DeclinedAbove),
        Wanted::discovered(Subject::Person(11)),
    ];
    let ids = nominations(&world, campaign, wanted).await;
    let reviewer = world.persona("reviewer");
    let body = json!({"type": "AWARD", "campaign_id": campaign, "form": GIAY_KHEN, "title": "Về việc tặng"});
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    let list = format!("{path}/items");
    let both = reviewer.post(&list, &json!({"nomination_ids": ids})).await;
    let both = both.refused(409, "nomination.already_rewarded_or_pending");
    assert_eq!(both.json["errors"][0]["pointer"], "/nomination_ids/1");
    let add = async |id| reviewer.post(&list, &json!({"nomination_ids": [id]})).await;
    add(ids[0]).await.expect(201);
    let second = add(ids[1]).await;
    second.refused(409, "nomination.already_rewarded_or_pending");
    numbered(&world, &path, 1, when("2026-06-30")).await;
    // A reason that nothing was exceeded for is not kept.
    let reason = json!({"quota_override_reason": "Đề phòng"});
    let issued = world.persona("deputy").act(&path, "issue", &reason).await;
    assert_eq!(issued.expect(200).json.get("quota_override_reason"), None);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn list_collectives_first(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = vec![
        Wanted::recommended(Subject::Person(11)),
        Wanted::recommended(Subject::Collective(2)),
        Wanted::recommended(Subject::Person(12)),
        Wanted::recommended(Subject::Collective(3)),
    ];
    let ids = nominations(&world, campaign, wanted).await;
    let path = drafted(&world, campaign, &ids[..2]).await;
    let reviewer = world.persona("reviewer");
    let added = reviewer
        .post(&format!("{path}/items"), &json!({"nomination_ids": &ids[2..]}))
        .await
        .expect(201);
    assert_eq!(added.header("location"), Some(format!("{path}/items").as_str()));
    assert_eq!(added.etag(), reviewer.get(&path).await.expect(200).etag());
    let order: Vec<_> = items(&world, &path)
        .await
        .iter()
        .map(|item| (item["ordinal"].as_i64().unwrap(), item["nomination_id"].clone()))
        .collect();
    let expected: Vec<_> = [ids[1], ids[3], ids[0], ids[2]]
        .iter()
        .zip(1..)
        .map(|(id, ordinal)| (ordinal, json!(id)))
        .collect();
    assert_eq!(order, expected);
    // Taking one out closes the gap.
    let item = items(&world, &path).await[1]["id"].as_str().unwrap().to_owned();
    let tag = world.persona("reviewer").get(&path).await.expect(200).etag();
    world
        .persona("reviewer")
        .delete(&format!("{path}/items/{item}"), &tag)
        .await
        .expect(204);
    let ordinals: Vec<_> = items(&world, &path)
        .await
        .iter()
        .map(|item| item["ordinal"].clone())
        .collect();
    assert_eq!(ordinals, [json!(1), json!(2), json!(3)]);
    let page = world
        .persona("reviewer")
        .get(&format!("{path}/items?limit=2"))
        .await
        .expect(200);
    let cursor = page.json["next_cursor"].as_str().unwrap();
    let rest = world
        .persona("reviewer")
        .get(&format!("{path}/items?limit=2&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(rest.json["items"].as_array().unwrap().len(), 1);
}

async fn are_immutable_once_issued(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let ids = nominations(
        &world,
        campaign,
        vec![
            Wanted::recommended(Subject::Person(11)),
            Wanted::recommended(Subject::Person(12)),
        ],
    )
    .await;
    let path = issued(&world, campaign, &ids[..1], 1, when("2026-06-30")).await;
    let reviewer = world.persona("reviewer");
    reviewer
        .patch(&path, &json!({"title": "Khác"}))
        .await
        .refused(409, "decision.immutable");
    reviewer
        .post(&format!("{path}/items"), &json!({"nomination_ids": [ids[1]]}))
        .await
        .refused(409, "decision.immutable");
    world
        .persona("deputy")
        .act(&path, "issue", &json!({}))
        .await
        .refused(409, "state.transition_not_allowed");
    world
        .persona("deputy")
        .act(&path, "return", &json!({"reason": "Sai"}))
        .await
        .refused(409, "state.transition_not_allowed");
}

async fn are_returned_dropped_and_cancelled(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let ids = nominations(
        &world,
        campaign,
        vec![
            Wanted::recommended(Subject::Person(11)),
            Wanted::discovered(Subject::Person(12)),
            Wanted::recommended(Subject::Person(13)),
        ],
    )
    .await;
    let path = drafted(&world, campaign, &ids).await;
    let (chief, deputy) = (world.persona("chief"), world.persona("deputy"));
    chief.act(&path, "check", &json!({})).await.expect(200);
    world
        .persona("reviewer")
        .act(&path, "return", &json!({"reason": "Sai"}))
        .await
        .refused(403, "access.forbidden");
    let returned = chief
        .act(&path, "return", &json!({"reason": "Sai chức vụ"}))
        .await
        .expect(200);
    assert_eq!(
        (&returned.json["state"], &returned.json["state_reason"]),
        (&json!("DRAFT"), &json!("Sai chức vụ"))
    );
    chief.act(&path, "check", &json!({})).await.expect(200);

    // Whoever is on a list is dropped there; the refusal names the decision and the item.
    let listed = format!("/v1/nominations/{}", ids[0]);
    let reason = json!({"reason": "Đã có kết luận vi phạm"});
    let refused = deputy.act(&listed, "drop", &reason).await;
    let refused = refused.refused(409, "decision.item_taken").json;
    let held_by = path.rsplit('/').next().unwrap();
    let first = items(&world, &path).await[0]["id"].clone();
    assert_eq!(
        (&refused["decision_id"], &refused["item_id"]),
        (&json!(held_by), &first)
    );

    // The Director drops two, the one of them before any council.
    for index in [2, 1] {
        let item = items(&world, &path).await[index]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let tag = deputy.get(&path).await.expect(200).etag();
        let drop = format!("{path}/items/{item}/drop");
        deputy
            .ask("POST", &drop)
            .if_match(&tag)
            .json(&json!({"reason": "Chưa đủ thời gian"}))
            .send()
            .await
            .expect(200);
    }
    assert_eq!(state_of(&world, ids[1]).await, NominationState::NotAwarded);
    assert_eq!(state_of(&world, ids[2]).await, NominationState::NotAwarded);
    assert_eq!(items(&world, &path).await.len(), 1);

    deputy.act(&path, "sign", &signature()).await.expect(200);
    let item = items(&world, &path).await[0]["id"].as_str().unwrap().to_owned();
    let tag = deputy.get(&path).await.expect(200).etag();
    deputy
        .ask("POST", &format!("{path}/items/{item}/drop"))
        .if_match(&tag)
        .json(&json!({"reason": "Muộn"}))
        .send()
        .await
        .refused(409, "state.transition_not_allowed");
    let back = deputy
        .act(&path, "return", &json!({"reason": "Đổi người"}))
        .await
        .expect(200);
    assert!(back.json.get("signature").is_none() && back.json.get("signed_at").is_none());
    let cancelled = deputy
        .act(&path, "cancel", &json!({"reason": "Thôi"}))
        .await
        .expect(200);
    assert_eq!(cancelled.json["state"], "CANCELLED");
    assert_eq!(state_of(&world, ids[0]).await, NominationState::AwaitingDirector);
    assert_eq!(world.unsound().await, Vec::<String>::new());
    deputy
        .act(&path, "check", &json!({}))
        .await
        .refused(403, "access.forbidden");
    chief
        .act(&path, "check", &json!({}))
        .await
        .refused(409, "state.transition_not_allowed");
}

async fn have_unique_numbers(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let ids = nominations(
        &world,
        campaign,
        (11..14)
            .map(|person| Wanted::recommended(Subject::Person(person)))
            .collect(),
    )
    .await;
    issued(&world, campaign, &ids[..1], 5, turn(0, "12-30")).await;
    let path = drafted(&world, campaign, &ids[1..2]).await;
    signed(&world, &path).await;
    let clerk = world.persona("clerk");
    let number = |number: i32, day: &str| json!({"number": number, "issued_on": day});
    let next = format!(
        "/v1/decisions/next-number?organization_id={}&year={}",
        org::DEPARTMENT,
        year("2026-06-30")
    );
    assert_eq!(
        clerk.get(&next).await.expect(200).json["number_raw"],
        "06/QĐ-SNgV"
    );
    world
        .persona("stranger")
        .get(&next)
        .await
        .refused(403, "access.forbidden");
    // Who may prepare nowhere is told that, before anything that his body names is looked up.
    let nowhere = json!({"type": "AWARD", "campaign_id": uuid::Uuid::now_v7(), "title": "Về việc khen thưởng",
        "form": GIAY_KHEN});
    let refused = world.persona("nobody").post("/v1/decisions", &nowhere).await;
    refused.refused(403, "access.forbidden");
    // Who reads everywhere may ask of an organisation that is none.
    let nowhere = "/v1/decisions/next-number?organization_id=0199ffff-0000-7000-8000-00000000dead";
    let unknown = world.persona("auditor").get(nowhere).await;
    let unknown = unknown.refused(400, "query.invalid");
    assert_eq!(unknown.json["errors"][0]["parameter"], "organization_id");
    world.not_before(turn(0, "12-31"));
    let taken = clerk
        .act(&path, "number", &number(5, turn(0, "12-31")))
        .await
        .refused(409, "decision.number_taken");
    assert_eq!(taken.json["errors"][0]["pointer"], "/number");
    // A register is one, however it is typed; another one is printed as itself.
    let typed = json!({"number": 5, "register": "qđ", "issued_on": turn(0, "12-31")});
    clerk
        .act(&path, "number", &typed)
        .await
        .refused(409, "decision.number_taken");
    // Nor is it free again because the symbol behind it is another one today (R-D3).
    let renamed = async |name: &str| {
        let path = format!("/v1/organizations/{}", org::DEPARTMENT);
        let body = json!({"short_name": name});
        let administrator = world.persona("administrator");
        administrator.patch(&path, &body).await.expect(200);
    };
    renamed("SNgVu").await;
    clerk
        .act(&path, "number", &number(5, turn(0, "12-31")))
        .await
        .refused(409, "decision.number_taken");
    renamed("SNgV").await;
    let other = clerk.get(&format!("{next}&register=qđ-bđ")).await.expect(200);
    assert_eq!(
        (&other.json["register"], &other.json["number_raw"]),
        (&json!("QĐ-BĐ"), &json!("01/QĐ-BĐ-SNgV"))
    );
    // Signed in December, numbered in January: the year of the printed date counts (A18), and a new
    // register begins.
    let ahead = clerk.act(&path, "number", &number(5, turn(1, "01-04"))).await;
    let ahead = ahead.refused(422, "body.invalid").stands_at("/issued_on");
    assert_eq!(ahead.json["errors"][0]["params"]["maximum"], turn(0, "12-31"));
    world.not_before(turn(1, "01-04"));
    let given = clerk
        .act(&path, "number", &number(5, turn(1, "01-04")))
        .await
        .expect(200);
    assert_eq!(given.json["number_raw"], "05/QĐ-SNgV");
    let remarks = &given.json["outcome"]["warnings"];
    assert_eq!(
        (&remarks[0]["code"], &remarks[0]["params"]["expected"]),
        (&json!("decision.number_gap"), &json!(1))
    );
}

/// Nothing takes effect before the day that is printed on it.
async fn take_effect_from_their_day_on(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let path = drafted(&world, campaign, &[subject]).await;
    signed(&world, &path).await;
    let clerk = world.persona("clerk");
    world.not_before(when("2026-06-30"));
    let number =
        |effective: &str| json!({"number": 615, "issued_on": when("2026-06-30"), "effective_on": effective});
    let early = clerk.act(&path, "number", &number(when("2026-06-29"))).await;
    let early = early.refused(422, "body.invalid").stands_at("/effective_on");
    assert_eq!(early.json["errors"][0]["params"]["minimum"], when("2026-06-30"));
    let later = clerk
        .act(&path, "number", &number(when("2026-07-01")))
        .await
        .expect(200);
    assert_eq!(later.json["effective_on"], when("2026-07-01"));
}

/// The printed day decides the money, so a slip of it is seen before it is too late (R-D4, R-D5).
async fn have_a_plausible_day(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let path = drafted(&world, campaign, &[subject]).await;
    signed(&world, &path).await;
    let clerk = world.persona("clerk");
    let number = |day: &str| json!({"number": 1, "issued_on": day});
    let unknown = clerk.act(&path, "number", &number("1990-01-15")).await;
    assert_eq!(unknown.status, 409, "{}", unknown.json);
    assert_eq!(unknown.json["errors"][0]["pointer"], "/issued_on");
    let ahead = clerk.act(&path, "number", &number(when("2026-12-30"))).await;
    let ahead = ahead.refused(422, "body.invalid");
    assert_eq!(ahead.json["errors"][0]["pointer"], "/issued_on");
    // Signed on the 20th, dated the 2nd of the month.
    let given = clerk
        .act(&path, "number", &number(when("2026-03-02")))
        .await
        .expect(200);
    let remark = &given.json["outcome"]["warnings"][0];
    assert_eq!(
        (&remark["code"], &remark["pointer"], &remark["params"]["earlier"]),
        (
            &json!("date.before_earlier_step"),
            &json!("/issued_on"),
            &json!(when("2026-03-20"))
        )
    );
}

/// The share of direct workers is shown with the list that is decided on (R-P2).
async fn say_how_many_work_directly(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subjects = [
        Subject::Person(7),
        Subject::Person(11),
        Subject::Person(12),
        Subject::Collective(1),
        Subject::Collective(2),
    ];
    let wanted = subjects.map(Wanted::recommended).to_vec();
    let ids = nominations(&world, campaign, wanted).await;
    let path = drafted(&world, campaign, &ids[..4]).await;
    let reviewer = world.persona("reviewer");
    let share = json!({"direct_workers": 2, "leaders": 1, "share_hundredths": 6667});
    let told = reviewer.get(&path).await.expect(200);
    assert_eq!(told.json["direct_worker_share"], share);

    let collective = drafted(&world, campaign, &ids[4..]).await;
    let told = reviewer.get(&collective).await.expect(200);
    assert_eq!(
        told.json["direct_worker_share"],
        json!({"direct_workers": 0, "leaders": 0})
    );
}

/// What is being decided would award after the report of the end (5.3).
async fn hold_the_end_of_their_campaign(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let path = format!("/v1/campaigns/{campaign}");
    let reviewer = world.persona("reviewer");
    let body = json!({
        "type": "AWARD", "campaign_id": campaign, "form": GIAY_KHEN, "title": "Về việc tặng Giấy khen",
        "grounds": ["Căn cứ Luật Thi đua, khen thưởng"],
    });
    let draft = reviewer.post("/v1/decisions", &body).await.expect(201);
    let draft = draft.header("location").unwrap().to_owned();
    let chief = world.persona("chief");
    let report =
        json!({"final_report": {"type": "BC", "number_raw": "22/BC", "issued_on": when("2026-03-19")}});
    let refused = chief.act(&path, "conclude", &report).await;
    let refused = refused.refused(409, "campaign.under_way");
    assert_eq!(refused.json["decisions"], 1);
    let shown = chief.get(&path).await.expect(200);
    let acts = shown.json["allowed_actions"].as_array().unwrap();
    let conclude = acts.iter().find(|act| act["action"] == "conclude").unwrap();
    assert_eq!(conclude["blocked_by"][0]["code"], "campaign.under_way");
    world
        .persona("director")
        .act(&draft, "cancel", &json!({"reason": "Thôi"}))
        .await
        .expect(200);
    // A revocation may come after the end as well.
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let award = issued(&world, campaign, &[subject], 1, when("2026-03-20")).await;
    let body = json!({
        "type": "REVOCATION", "campaign_id": campaign, "original_id": award.rsplit('/').next().unwrap(),
        "title": "Về việc hủy bỏ", "ground": "FALSE_INFORMATION", "conclusion_reference": "Kết luận 12/KL-TTr",
        "reason": "Giấy tờ giả",
    });
    reviewer.post("/v1/decisions", &body).await.expect(201);
    chief.act(&path, "conclude", &report).await.expect(200);
}

/// A20: the unit of the roll is printed, and takes the place of the quota, whoever nominated.
async fn print_everyones_own_unit(world: World) {
    world.set_time(when("2026-05-22T02:00:00Z"));
    let mut terms = crate::support::submissions::plan();
    terms.quota.unit = thidua::domain::codes::QuotaUnit::Division;
    let campaign = crate::support::submissions::campaign_with(&world, terms).await;
    let chief = world.persona("chief");
    let body = json!({"campaign_id": campaign, "division_id": org::OFFICE, "procedure": "SIMPLIFIED",
        "received_channel": "PAPER", "handed_in_at": when("2026-05-22T01:00:00Z")});
    let dossier = chief.post("/v1/submissions", &body).await.expect(201);
    let path = dossier.header("location").unwrap().to_owned();
    let body = Who::Person(12).nomination(&dossier.id(), GIAY_KHEN);
    let nomination = chief.post("/v1/nominations", &body).await.expect(201);
    assert_eq!(nomination.json["division_id"], json!(org::OFFICE));
    assert_eq!(nomination.json["unit_id"], json!(org::DIVISIONS[1]));
    let document = json!({"type": "TTr", "number_raw": "01/TTr", "issued_on": when("2026-05-21")});
    for paper in [
        json!({"kind": "TO_TRINH", "document": document}),
        json!({"kind": "BAO_CAO", "nomination_id": nomination.id(), "document": document}),
    ] {
        chief
            .post(&format!("{path}/attachments"), &paper)
            .await
            .expect(201);
    }
    chief.act(&path, "submit", &json!({})).await.expect(200);
    let reviewer = world.persona("reviewer");
    reviewer.act(&path, "receive", &json!({})).await.expect(200);
    let review = json!({
        "nomination_id": nomination.id(), "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
        "checklist": [{"item": "CN1", "ok": true}]
    });
    reviewer.post("/v1/reviews", &review).await.expect(201);
    let decision = issued(
        &world,
        campaign,
        &[nomination.id().parse().unwrap()],
        1,
        when("2026-05-22"),
    )
    .await;
    let own = reviewer
        .get(&format!("/v1/organizations/{}", org::DIVISIONS[1]))
        .await
        .expect(200);
    assert_eq!(items(&world, &decision).await[0]["unit"], own.json["name"]);
    let quota = reviewer
        .get(&format!("/v1/campaigns/{campaign}/quota"))
        .await
        .expect(200);
    let readings = quota.json["readings"].as_array().unwrap();
    let own = readings.iter().find(|one| one["reading"] == "Q4").unwrap();
    let lines = own["lines"].as_array().unwrap();
    let used: Vec<_> = lines.iter().filter(|line| line["used"] != 0).collect();
    assert_eq!(used.len(), 1, "{}", quota.json);
    assert_eq!(used[0]["division"], json!(org::DIVISIONS[1]));
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// A correction names what differs from what was printed.
async fn correct_something(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let award = issued(&world, campaign, &[subject], 615, when("2026-06-30")).await;
    let printed = items(&world, &award).await[0].clone();
    let reviewer = world.persona("reviewer");
    let body = json!({
        "type": "CORRECTION", "campaign_id": campaign, "original_id": award.rsplit('/').next().unwrap(),
        "title": "Về việc đính chính", "reason": "Sai tên",
    });
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    assert_eq!(made.json.get("direct_worker_share"), None);
    let path = format!("{}/items", made.header("location").unwrap());
    let item = &printed["id"];
    for (corrections, pointer) in [
        (json!([]), "/corrections"),
        (json!([{"original_item_id": item}]), "/corrections/0"),
        (
            json!([{"original_item_id": item, "name": printed["name"]}]),
            "/corrections/0",
        ),
    ] {
        let refused = reviewer.post(&path, &json!({"corrections": corrections})).await;
        refused.refused(422, "body.invalid").stands_at(pointer);
    }
    let named = json!({"corrections": [{"original_item_id": item, "name": "Đàm Thị Chính"}]});
    reviewer.post(&path, &named).await.expect(201);
}

async fn are_found_by_what_was_corrected_before_the_publication(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = [11, 12].map(|number| Wanted::recommended(Subject::Person(number)));
    let subjects = nominations(&world, campaign, wanted.to_vec()).await;
    let award = issued(&world, campaign, &subjects, 615, when("2026-06-30")).await;
    let correction = crate::support::decisions::correction(&world, campaign, &award, 616).await;
    let deputy = world.persona("deputy");
    deputy.act(&correction, "issue", &json!({})).await.expect(200);
    let clerk = world.persona("clerk");
    clerk.act(&award, "publish", &json!({})).await.expect(200);
    let printed = items(&world, &award).await;
    let [wrong, other] = [0, 1].map(|item: usize| printed[item]["name"].as_str().unwrap());
    for (asked, shown) in [
        ("dam thi chinh", "Đàm Thị Chính"),
        (wrong, "Đàm Thị Chính"),
        (other, other),
    ] {
        let path = format!("/v1/honors?q={}", asked.replace(' ', "%20"));
        let found = world.anonymous("GET", &path).send().await.expect(200);
        let found = found.json["items"].as_array().unwrap();
        let names: Vec<_> = found.iter().map(|honor| &honor["name"]).collect();
        assert_eq!(names, [shown], "{asked}");
    }
}

async fn check_authority_version_and_key(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let body = json!({"type": "AWARD", "campaign_id": campaign, "form": GIAY_KHEN, "title": "Về việc tặng"});
    world
        .persona("head1")
        .post("/v1/decisions", &body)
        .await
        .refused(403, "access.forbidden");
    let reviewer = world.persona("reviewer");
    let make = || {
        reviewer
            .ask("POST", "/v1/decisions")
            .key("d-1")
            .json(&body)
            .send()
    };
    let (first, again) = (make().await.expect(201), make().await.expect(201));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let path = first.header("location").unwrap().to_owned();
    let chief = world.persona("chief");
    chief
        .act(&path, "check", &json!({}))
        .await
        .refused(409, "decision.empty");
    reviewer
        .post(&format!("{path}/items"), &json!({"nomination_ids": [subject]}))
        .await
        .expect(201);
    let check = format!("{path}/check");
    chief
        .ask("POST", &check)
        .send()
        .await
        .refused(428, "etag.required");
    chief
        .ask("POST", &check)
        .if_match("\"1\"")
        .send()
        .await
        .refused(412, "etag.stale");
    reviewer
        .act(&path, "check", &json!({}))
        .await
        .refused(403, "access.forbidden");
    for hidden in ["stranger", "head1", "board", "nobody"] {
        world
            .persona(hidden)
            .get(&path)
            .await
            .refused(404, "resource.not_found");
        let list = world.persona(hidden).get("/v1/decisions").await.expect(200);
        assert_eq!(list.json["items"], json!([]), "{hidden}");
    }
    let list = world
        .persona("auditor")
        .get("/v1/decisions?state=DRAFT&type=AWARD")
        .await
        .expect(200);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
    let english = chief
        .ask("POST", "/v1/decisions")
        .header("accept-language", "en")
        .json(&json!({"type": "REVOCATION", "campaign_id": campaign, "title": "Thu hồi", "form": GIAY_KHEN}))
        .send()
        .await
        .refused(422, "body.invalid");
    assert_eq!(
        english.json["errors"].as_array().unwrap().len(),
        5,
        "{}",
        english.json
    );
}

async fn remark_a_signer_on_his_own_list(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(1))).await;
    let path = drafted(&world, campaign, &[subject]).await;
    world
        .persona("chief")
        .act(&path, "check", &json!({}))
        .await
        .expect(200);
    let tried = |persona: &'static str| {
        let world = &world;
        let path = path.clone();
        async move {
            let signer = world.persona(persona);
            let tag = signer.get(&path).await.expect(200).etag();
            signer
                .ask("POST", &format!("{path}/sign?dry_run=true"))
                .if_match(&tag)
                .json(&signature())
                .send()
                .await
                .expect(200)
        }
    };
    let own = tried("director").await;
    assert_eq!(own.json["outcome"]["warnings"][0]["code"], "duty.conflict");
    let deputy = tried("deputy").await;
    assert_eq!(deputy.json["outcome"]["warnings"], json!([]));
}

async fn need_a_form_of_the_issuer(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let reviewer = world.persona("reviewer");
    for (form, code) in [
        (BANG_KHEN, "decision.form_mismatch"),
        ("GIAY_KHEN_XA", "nomination.form_not_offered"),
    ] {
        let body = json!({"type": "AWARD", "campaign_id": campaign, "form": form, "title": "Về việc tặng"});
        let refused = reviewer
            .post("/v1/decisions", &body)
            .await
            .refused(422, "body.invalid");
        assert_eq!(refused.json["errors"][0]["code"], code);
    }
    let body = json!({"type": "AWARD", "campaign_id": uuid::Uuid::now_v7(), "form": GIAY_KHEN, "title": "A"});
    let refused = reviewer
        .post("/v1/decisions", &body)
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/campaign_id");
}

async fn exceed_the_quota_only_with_a_reason(world: World) {
    // 30 % of 3 individuals is none at all.
    let campaign = campaign(&world, 6, 3, plan()).await;
    let subject = nomination(&world, campaign, Wanted::discovered(Subject::Person(11))).await;
    let path = drafted(&world, campaign, &[subject]).await;
    numbered(&world, &path, 1, when("2026-06-30")).await;
    let deputy = world.persona("deputy");
    let refused = deputy
        .act(&path, "issue", &json!({}))
        .await
        .refused(409, "quota.exceeded");
    assert_eq!(refused.json["readings"].as_array().unwrap().len(), 4);
    assert_eq!(state_of(&world, subject).await, NominationState::Eligible);
    let body = json!({"quota_override_reason": "Thành tích đột xuất"});
    let issued = deputy.act(&path, "issue", &body).await.expect(200);
    assert_eq!(issued.json["quota_override_reason"], "Thành tích đột xuất");
    assert_eq!(state_of(&world, subject).await, NominationState::Awarded);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// A dossier of the simplified procedure, received, the first of its nominations found eligible.
async fn simplified(
    world: &World,
    campaign: thidua::domain::ids::CampaignId,
    people: &[u128],
) -> (String, Vec<thidua::domain::ids::NominationId>) {
    let head = world.persona("head1");
    let body = json!({"campaign_id": campaign, "division_id": org::DIVISIONS[0], "procedure": "SIMPLIFIED"});
    let made = head.post("/v1/submissions", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    let document = json!({"type": "TTr", "number_raw": "01/TTr", "issued_on": when("2026-05-21")});
    let letter = json!({"kind": "TO_TRINH", "document": document});
    head.post(&format!("{path}/attachments"), &letter)
        .await
        .expect(201);
    let mut ids = Vec::new();
    for number in people {
        let body = Who::Person(*number).nomination(&made.id(), GIAY_KHEN);
        let id = head.post("/v1/nominations", &body).await.expect(201).id();
        let report = json!({"kind": "BAO_CAO", "nomination_id": id, "document": document});
        head.post(&format!("{path}/attachments"), &report)
            .await
            .expect(201);
        ids.push(id.parse().unwrap());
    }
    head.act(&path, "submit", &json!({})).await.expect(200);
    let reviewer = world.persona("reviewer");
    reviewer.act(&path, "receive", &json!({})).await.expect(200);
    let review = json!({
        "nomination_id": ids[0], "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
        "checklist": [{"item": "CN1", "ok": true}]
    });
    reviewer.post("/v1/reviews", &review).await.expect(201);
    (path, ids)
}

/// C-11: ELIGIBLE goes before the Director and is awarded, both inside the issue; M-2: the dossier closes
/// with the appraisal that ends the last of its nominations.
async fn award_without_a_council_along_the_arrows(world: World) {
    world.set_time(when("2026-05-22T02:00:00Z"));
    let campaign = crate::support::submissions::campaign(&world).await;
    let (dossier, ids) = simplified(&world, campaign, &[16, 21]).await;
    // Given up and drafted anew: the nomination stays where it was.
    let given_up = drafted(&world, campaign, &ids[..1]).await;
    let director = world.persona("director");
    director
        .act(&given_up, "cancel", &json!({"reason": "Gộp"}))
        .await
        .expect(200);
    assert_eq!(state_of(&world, ids[0]).await, NominationState::Eligible);
    issued(&world, campaign, &ids[..1], 1, when("2026-06-30")).await;
    let first = ids[0].0;
    let arrows = world.database(move |conn| arrows_of(conn, first)).await;
    let arrow = |from: &str, to: &str| (Some(from.to_owned()), Some(to.to_owned()));
    assert_eq!(
        arrows,
        [
            arrow("PROPOSED", "ELIGIBLE"),
            arrow("ELIGIBLE", "AWAITING_DIRECTOR"),
            arrow("AWAITING_DIRECTOR", "AWARDED"),
        ]
    );
    let reviewer = world.persona("reviewer");
    assert_eq!(
        reviewer.get(&dossier).await.expect(200).json["state"],
        "APPRAISING"
    );
    let against = json!({
        "nomination_id": ids[1], "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
        "legal_reason": "Đang bị kỷ luật"
    });
    reviewer.post("/v1/reviews", &against).await.expect(201);
    assert_eq!(reviewer.get(&dossier).await.expect(200).json["state"], "CLOSED");
    // Somebody in it was awarded; what was found of another can still be corrected, with the reason.
    reviewer.post("/v1/reviews", &against).await.expect(201);
    assert_eq!(reviewer.get(&dossier).await.expect(200).json["state"], "CLOSED");
    let right = json!({
        "nomination_id": ids[1], "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
        "checklist": [{"item": "CN1", "ok": true}], "note": "Kết luận kỷ luật đã được hủy"
    });
    reviewer.post("/v1/reviews", &right).await.expect(201);
    assert_eq!(
        reviewer.get(&dossier).await.expect(200).json["state"],
        "APPRAISING"
    );
    assert_eq!(state_of(&world, ids[0]).await, NominationState::Awarded);
    // It is not given back any more: what was awarded in it stays.
    reviewer
        .act(&dossier, "return", &json!({"reason": "Bổ sung"}))
        .await
        .refused(409, "state.transition_not_allowed");
    assert_eq!(world.unsound().await, Vec::<String>::new());
    issued(&world, campaign, &ids[1..], 2, when("2026-06-30")).await;
    assert_eq!(reviewer.get(&dossier).await.expect(200).json["state"], "CLOSED");
    // Awarded, it is not appraised.
    reviewer
        .post("/v1/reviews", &right)
        .await
        .refused(409, "state.transition_not_allowed");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

fn arrows_of(conn: &mut thidua::store::Conn, id: uuid::Uuid) -> Vec<(Option<String>, Option<String>)> {
    use diesel::prelude::*;
    use thidua::store::schema::journal_entries;
    journal_entries::table
        .filter(journal_entries::object_id.eq(thidua::app::AnyId(id)))
        .filter(journal_entries::to_state.is_not_null())
        .order(journal_entries::id.asc())
        .select((journal_entries::from_state, journal_entries::to_state))
        .load(conn)
        .unwrap()
}

/// What the division has back for supplement is not awarded behind its back.
async fn leave_alone_what_was_given_back(world: World) {
    world.set_time(when("2026-05-22T02:00:00Z"));
    let campaign = crate::support::submissions::campaign(&world).await;
    let (dossier, ids) = simplified(&world, campaign, &[16, 21]).await;
    let path = drafted(&world, campaign, &ids[..1]).await;
    numbered(&world, &path, 1, when("2026-05-22")).await;
    let reviewer = world.persona("reviewer");
    reviewer
        .act(&dossier, "return", &json!({"reason": "Bổ sung"}))
        .await
        .expect(200);
    let deputy = world.persona("deputy");
    deputy
        .act(&path, "issue", &json!({}))
        .await
        .refused(409, "nomination.not_considered");
    world
        .persona("head1")
        .act(&dossier, "submit", &json!({}))
        .await
        .expect(200);
    assert_eq!(world.unsound().await, Vec::<String>::new());
    reviewer.act(&dossier, "receive", &json!({})).await.expect(200);
    deputy.act(&path, "issue", &json!({})).await.expect(200);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn have_grounds_that_say_something(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let subject = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let path = drafted(&world, campaign, &[subject]).await;
    let reviewer = world.persona("reviewer");
    let long = "ă".repeat(5001);
    for (text, code) in [
        ("", "text.empty"),
        (" ", "text.empty"),
        (long.as_str(), "field.length"),
    ] {
        let grounds = json!({"grounds": ["Căn cứ Luật Thi đua, khen thưởng", text]});
        let refused = reviewer.patch(&path, &grounds).await.refused(422, "body.invalid");
        let error = &refused.json["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("/grounds/1"), &json!(code))
        );
    }
}

/// 5.2 `based_on`: what another session decided on is carried out by another decision.
async fn carry_out_the_session_that_they_name(world: World) {
    let campaign = campaign(&world, 6, 28, plan()).await;
    let wanted = [11, 12].map(|person| Wanted::recommended(Subject::Person(person)));
    let ids = nominations(&world, campaign, wanted.to_vec()).await;
    let discovered = nomination(&world, campaign, Wanted::discovered(Subject::Person(14))).await;
    for id in &ids {
        crate::support::forwardings::papers(&world, campaign, &[*id]).await;
    }
    let chief = world.persona("chief");
    let sessions = chief
        .get(&format!("/v1/review-sessions?campaign_id={campaign}"))
        .await
        .expect(200);
    let mut of = std::collections::BTreeMap::new();
    for session in sessions.json["items"].as_array().unwrap() {
        let id = session["id"].as_str().unwrap().to_owned();
        let agenda = chief
            .get(&format!("/v1/review-sessions/{id}/agenda"))
            .await
            .expect(200);
        of.insert(
            agenda.json["items"][0]["nomination_id"]
                .as_str()
                .unwrap()
                .to_owned(),
            id,
        );
    }
    let [first, second] = [&ids[0], &ids[1]].map(|id| of[&id.to_string()].clone());
    let reviewer = world.persona("reviewer");
    let body = json!({"type": "AWARD", "campaign_id": campaign, "form": GIAY_KHEN, "session_id": first,
        "title": "Về việc tặng Giấy khen", "grounds": ["Căn cứ Luật Thi đua, khen thưởng"]});
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    let path = format!("{}/items", made.header("location").unwrap());
    let refused = reviewer.post(&path, &json!({"nomination_ids": ids})).await;
    let refused = refused.refused(409, "decision.other_session");
    assert_eq!(refused.json["errors"][0]["pointer"], "/nomination_ids/1");
    assert_eq!(refused.json["session_id"], json!(second));
    let here = json!({"nomination_ids": [ids[0], discovered]});
    reviewer.post(&path, &here).await.expect(201);
}
