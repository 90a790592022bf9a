//! U22: `allowed_actions` is what happens. Every noun in every state of the fixture is shown to several
//! callers, and each act that is listed is tried as a dry run: without obstacle it succeeds, with obstacles
//! it is refused with the first of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::authorization::fixture::Fixture;
use crate::support::campaigns::{document, plan_579};
use crate::support::decisions::signature;
use crate::support::world::World;
use crate::support::{Database, announce, run};

const CALLERS: [&str; 11] = [
    "director", "deputy", "chief", "reviewer", "clerk", "head1", "head2", "officer1", "nominee", "auditor",
    "board",
];

/// Collection, and the objects of the fixture that stand in it.
pub const OBJECTS: [(&str, &str); 16] = [
    (
        "submissions",
        "draft submitted appraised submission forwarded_submission",
    ),
    (
        "nominations",
        "nomination held proposed listed waiting forwarded recommended received_nomination",
    ),
    (
        "campaigns",
        "plan before_council whole_plan in_approval approved launched concluded campaign intake",
    ),
    (
        "review-sessions",
        "session gathered voting consenting minuted signed_session",
    ),
    ("decisions", "decision listing checked signed numbered issued"),
    ("forwardings", "preparing ready sent received above"),
    ("councils", "council"),
    ("councils/<council>/members", "member"),
    ("files", "complete declared"),
    ("organizations", "unit"),
    ("collectives", "group"),
    ("participants", "participant"),
    ("recovery-tasks", "task"),
    ("role-grants", "grant"),
    ("reference/base-salaries", "base_salary"),
    ("reference/holidays", "holiday"),
];

/// What an act needs beside its name; none where it is not tried here.
fn body(noun: &str, act: &str, own: &str) -> Option<Value> {
    let paper = json!({"type": "KH", "number_raw": "1/KH-P", "issued_on": "2026-03-01"});
    let body = match (noun, act) {
        // Bytes, and bodies that only their own tests can make.
        ("files", "upload") | ("forwardings", "record-decision") => return None,
        ("submissions", "edit") => json!({"note": "Ghi chú"}),
        ("submissions", "admit-late") => json!({"reason": "Mất điện", "until": "2026-05-26T17:00:00Z"}),
        ("submissions", "add-nomination") => json!({
            "submission_id": own, "collective_id": "<group>", "proposed_form": "GIAY_KHEN_SO",
            "achievement_summary": "Hoàn thành nhiệm vụ", "criteria": [{"code": "TT1", "met": true}]
        }),
        ("submissions", "attach") => json!({"kind": "KHAC", "document": paper}),
        ("nominations", "edit") => json!({"achievement_summary": "Có sáng kiến"}),
        ("nominations", "hold" | "propose-hold") => json!({"reason": "COMPLAINT", "note": "Có đơn"}),
        ("nominations", "drop") => json!({"reason": "Đã có kết luận vi phạm"}),
        ("nominations", "release" | "dismiss-hold-proposal") => json!({"conclusion": "Không có vi phạm"}),
        ("nominations", "appraise") => json!({
            "nomination_id": own, "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
            "legal_reason": "Chưa đủ thời gian công tác", "checklist": [{"item": "CN1", "ok": false}]
        }),
        ("campaigns", "publish") => json!({"launch_document": plan_579()["launch_document"]}),
        ("campaigns", "conclude") => json!({"final_report": document("901/BC-SNgV", "2026-07-15")}),
        ("campaigns", "amend") => {
            json!({"document": paper, "reason": "Bổ sung", "plan": {"purposes": ["Mục đích"]}})
        }
        ("campaigns", "admit-participant") => {
            json!({"subject_kind": "INDIVIDUAL", "subject_id": "<colleague>", "reason": "Mới chuyển đến"})
        }
        ("campaigns", "add-participant") => {
            json!({"subject_kind": "INDIVIDUAL", "subject_id": "<colleague>"})
        }
        ("review-sessions", "edit") => json!({"title": "Họp lại"}),
        ("review-sessions", "add-to-agenda") => json!({"nomination_ids": ["<waiting>"]}),
        ("review-sessions", "record-attendance") => json!({"members": []}),
        ("review-sessions", "reopen") => json!({"reason": "Biểu quyết lại"}),
        ("review-sessions", "vote") => json!({"choice": "AGREE"}),
        ("review-sessions", "record-consensus") => json!({
            "nomination_ids": ["<consented>"], "outcome": "RECOMMENDED", "note": "Thống nhất"
        }),
        ("review-sessions", "write-minutes") => json!({"course": "Thảo luận.", "conclusion": "Thống nhất."}),
        ("decisions", "edit") => json!({"title": "Tặng Giấy khen đợt 2"}),
        ("decisions", "add-items") => json!({"nomination_ids": ["<recommended>"]}),
        ("decisions" | "forwardings", "sign") => signature(),
        ("decisions", "number") => json!({"number": 690, "issued_on": "2026-03-20"}),
        ("forwardings", "edit") => json!({"letter": paper}),
        ("forwardings", "acknowledge") => json!({"receipt_number": "12"}),
        ("councils", "add-member") => {
            json!({"individual_id": "<head>", "function": "MEMBER", "valid_from": "2026-01-01"})
        }
        ("councils/<council>/members", "end") => json!({"valid_to": "2026-12-31"}),
        ("organizations", "move") => json!({"parent_id": "<department>", "reason": "Sắp xếp"}),
        ("organizations", "close") => json!({"valid_to": "2026-12-31", "reason": "Giải thể"}),
        ("collectives", "edit") => json!({"headcount": 5}),
        ("participants", "edit") => json!({}),
        ("recovery-tasks", "complete") => json!({"completed_on": "2026-03-20", "note": "Đã nộp lại"}),
        ("reference/holidays", "edit") => json!({"name_vi": "Nghỉ bù"}),
        (_, "edit") => json!({"name": "Tên khác"}),
        ("forwardings", "recall") => json!({"reason": "Gửi nhầm nơi nhận"}),
        (_, "return" | "withdraw" | "cancel" | "decline" | "end") => json!({"reason": "Có lý do"}),
        _ => json!({}),
    };
    Some(body)
}

/// Refusals of what the body names, which no list of acts can foresee.
const OF_THE_BODY: [&str; 3] = ["roll.duplicate", "body.invalid", "nomination.duplicate"];

#[test]
fn are_what_happens() {
    run(Database::Sqlite, |world: World| async move {
        let fixture = Fixture::build(&world).await;
        let (mut wrong, mut cases, mut listed) = (Vec::new(), 0, BTreeSet::new());
        for (collection, names) in OBJECTS {
            for name in names.split(' ') {
                let path = format!("/v1/{}/{}", fixture.filled(collection), fixture.id(name));
                for subject in CALLERS {
                    let caller = world.persona(subject);
                    let shown = caller.get(&path).await;
                    if shown.status != 200 {
                        continue;
                    }
                    for act in shown.json["allowed_actions"].as_array().unwrap() {
                        let verb = act["action"].as_str().unwrap();
                        let Some(body) = body(collection, verb, fixture.id(name)) else {
                            continue;
                        };
                        let is_new = listed.insert(format!("{collection}:{verb}"));
                        // The fixture's other plans were made below the service, and lack what a plan needs.
                        if verb == "amend" && name != "launched" {
                            continue;
                        }
                        cases += 1;
                        let nomination = match name {
                            "voting" => fixture.id("voted"),
                            "consenting" => fixture.id("consented"),
                            _ => "",
                        };
                        let href = act["href"]
                            .as_str()
                            .unwrap()
                            .replace("{nomination_id}", nomination);
                        let method = act["method"].as_str().unwrap();
                        let needs_match = act["requires"].as_array().unwrap().contains(&json!("If-Match"));
                        let ask = || {
                            let ask = caller.ask(method, &format!("{href}?dry_run=true"));
                            match method {
                                "DELETE" => ask,
                                _ => ask.json(&fixture.filled_body(&body)),
                            }
                        };
                        // Whoever sends none is told so before anything is looked up.
                        if is_new && needs_match {
                            let without = ask().send().await;
                            if without.json["code"] != "etag.required" {
                                wrong.push(format!("{verb} of {collection} needs no If-Match"));
                            }
                        }
                        let ask = if needs_match { ask().if_match("*") } else { ask() };
                        let reply = ask.send().await;
                        let first = &act["blocked_by"][0]["code"];
                        let code = &reply.json["code"];
                        let right = if first.is_null() {
                            (200..300).contains(&reply.status)
                                || code.as_str().is_some_and(|code| OF_THE_BODY.contains(&code))
                        } else {
                            reply.status >= 400 && code == first
                        };
                        if !right {
                            wrong.push(format!(
                                "{name} ({collection}) {verb} as {subject}: told {first}, is {} {}",
                                reply.status, reply.json
                            ));
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for act in [
            "nominations:appraise",
            "submissions:add-nomination",
            "submissions:attach",
            "review-sessions:vote",
            "review-sessions:add-to-agenda",
            "review-sessions:record-attendance",
            "review-sessions:write-minutes",
            "decisions:add-items",
            "campaigns:amend",
            "campaigns:freeze-roll",
        ] {
            assert!(listed.contains(act), "{act} is never listed");
        }
        announce(&format!("allowed actions: {} acts, {cases} cases", listed.len()));
    });
}
