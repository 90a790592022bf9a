//! Awards that the head discovers: no council, but never more than the quota.

use serde_json::json;

use super::cast::{self, Cast, count, text};
use super::decide::amounts;
use super::dossiers;
use super::stage::{Ask, Failure, Stage};
use super::words::{readings, say};

/// Whom the head discovered and by which decision it is to be rewarded.
struct Case {
    /// Name under which the nomination is kept.
    kept: &'static str,
    /// Member of the nomination and name under which the subject is kept.
    subject: (&'static str, &'static str),
    kind: &'static str,
    achievement: &'static str,
    title: &'static str,
    number: u32,
}

const PROMPT: Case = Case {
    kept: "đề nghị kịp thời",
    subject: ("individual_id", "người 12"),
    kind: "INDIVIDUAL",
    achievement: "Xử lý kịp thời một vụ việc phát sinh tại cửa khẩu",
    title: "Tặng Giấy khen biểu dương kịp thời",
    number: 713,
};

const EXCESS: Case = Case {
    kept: "đề nghị ngoài tỷ lệ",
    subject: ("collective_id", "tập thể 2"),
    kind: "COLLECTIVE",
    achievement: "Phục vụ tốt các đoàn công tác",
    title: "Tặng Giấy khen đợt bổ sung",
    number: 714,
};

/// One person is rewarded at once, within the quota.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn prompt_award(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-06-10T10:00:00")?;
    let decision = prepare(stage, cast, &PROMPT).await?;
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "issue", json!({})), |_| {
            "ban hành quyết định biểu dương kịp thời".to_owned()
        })
        .await?;
    stage
        .step(Ask::get(cast::DIRECTOR, &format!("{decision}/items")), |list| {
            format!("xem tiền thưởng: {}", amounts(list))
        })
        .await?;
    stage
        .step(Ask::act(cast::CLERK, &decision, "publish", json!({})), |_| {
            "công bố quyết định biểu dương kịp thời".to_owned()
        })
        .await?;
    ending(stage, cast, PROMPT.kept).await?;
    stage
        .step(Ask::public("/v1/honors"), |list| {
            format!(
                "đọc danh sách công khai, nay có {} lượt khen",
                count(list, "/items")
            )
        })
        .await
        .map(drop)
}

/// One collective more than the quota allows.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn over_the_quota(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-06-10T14:00:00")?;
    let decision = prepare(stage, cast, &EXCESS).await?;
    let refused = stage
        .step(
            Ask::act(cast::DIRECTOR, &decision, "issue", json!({}))
                .ends(409)
                .because("tập thể thứ hai, mà 30% của 6 tập thể chỉ là 1"),
            |_| String::new(),
        )
        .await?;
    if refused["code"] != "quota.exceeded" {
        return Err(Failure(format!(
            "refused with {} instead of quota.exceeded",
            refused["code"]
        )));
    }
    let quota = format!("/v1/campaigns/{}/quota", cast.id("phong trào")?);
    stage
        .step(Ask::get(cast::DIRECTOR, &quota), |shown| readings(shown, cast))
        .await?;
    let body = json!({"reason": "Vượt tỷ lệ 30%"});
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "cancel", body), |d| {
            format!(
                "hủy Quyết định {} đã ký, đã vào sổ nhưng chưa ban hành, vì vượt tỷ lệ 30%",
                text(d, "/number_raw")
            )
        })
        .await?;
    let body = json!({
        "nomination_id": cast.id(EXCESS.kept)?, "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
        "legal_reason": "Không còn chỉ tiêu theo Mục III.3 Kế hoạch 579/KH-SNgV", "checklist": [],
    });
    stage
        .step(Ask::post(cast::REVIEWER, "/v1/reviews", body), |_| {
            format!(
                "kết luận lại {}: không còn chỉ tiêu theo Mục III.3 của Kế hoạch",
                cast.called(EXCESS.kept)
            )
        })
        .await?;
    ending(stage, cast, EXCESS.kept).await
}

/// How the nomination ends.
async fn ending(stage: &mut Stage<'_>, cast: &Cast, kept: &str) -> Result<(), Failure> {
    let nomination = format!("/v1/nominations/{}", cast.id(kept)?);
    stage
        .step(Ask::get(cast::REVIEWER, &nomination), |n| {
            format!(
                "xem đề nghị khen {}: {}",
                text(n, "/display_name"),
                say(text(n, "/state"))
            )
        })
        .await
        .map(drop)
}

/// A dossier and a decision that is signed and numbered; the path of the decision.
async fn prepare(stage: &mut Stage<'_>, cast: &mut Cast, case: &Case) -> Result<String, Failure> {
    dossier(stage, cast, case).await?;
    dossiers::appraise(stage, cast, case.kept, case.kind).await?;
    let body = json!({
        "type": "AWARD", "campaign_id": cast.id("phong trào")?, "form": "GIAY_KHEN_SO",
        "title": case.title, "grounds": ["Nghị định 152/2025/NĐ-CP Điều 33(8)"],
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/decisions", body), |_| {
            format!("dự thảo quyết định “{}”", case.title)
        })
        .await?;
    let decision = format!("/v1/decisions/{}", text(&made, "/id"));
    let body = json!({"nomination_ids": [cast.id(case.kept)?]});
    let ask = Ask::post(cast::REVIEWER, &format!("{decision}/items"), body).tagged(&decision);
    stage
        .step(ask, |_| format!("đưa {} vào dự thảo", cast.called(case.kept)))
        .await?;
    stage
        .step(Ask::act(cast::CHIEF, &decision, "check", json!({})), |_| {
            "rà soát dự thảo".to_owned()
        })
        .await?;
    let body = json!({"signature": {"mode": "SELF", "title": "Giám đốc", "name": cast::name_of(0)}});
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "sign", body), |_| {
            "ký quyết định".to_owned()
        })
        .await?;
    let body =
        json!({"number": case.number, "register": "QĐ", "issued_on": "2026-06-10", "place": "Cao Bằng"});
    stage
        .step(Ask::act(cast::CLERK, &decision, "number", body), |d| {
            format!("vào sổ Quyết định {}", text(d, "/number_raw"))
        })
        .await?;
    Ok(decision)
}

async fn dossier(stage: &mut Stage<'_>, cast: &mut Cast, case: &Case) -> Result<(), Failure> {
    let body = json!({
        "campaign_id": cast.id("phong trào")?, "division_id": cast.id("H14.15.1")?,
        "procedure": "HEAD_DISCOVERED", "note": "Do Thủ trưởng phát hiện",
    });
    let made = stage
        .step(Ask::post(cast::CHIEF, "/v1/submissions", body), |_| {
            "lập hồ sơ do Thủ trưởng phát hiện, không qua Hội đồng".to_owned()
        })
        .await?;
    let submission = format!("/v1/submissions/{}", text(&made, "/id"));
    let (member, subject) = case.subject;
    let mut body = json!({
        "submission_id": text(&made, "/id"), "proposed_form": "GIAY_KHEN_SO",
        "achievement_summary": case.achievement,
    });
    if let Some(members) = body.as_object_mut() {
        members.insert(member.to_owned(), json!(cast.id(subject)?));
    }
    let nomination = stage
        .step(Ask::post(cast::CHIEF, "/v1/nominations", body), |n| {
            format!(
                "đề nghị tặng {} cho {}",
                say("GIAY_KHEN_SO"),
                text(n, "/display_name")
            )
        })
        .await?;
    cast.keep_called(case.kept, &nomination, text(&nomination, "/display_name"))?;
    dossiers::paper(stage, cast::CHIEF, &submission, "TO_TRINH", None).await?;
    dossiers::paper(stage, cast::CHIEF, &submission, "BAO_CAO", None).await?;
    if case.kind == "COLLECTIVE" {
        dossiers::own_plan(stage, cast::CHIEF, &submission, &cast.id(case.kept)?).await?;
    }
    let body = json!({"reason": "Thủ trưởng phát hiện sau hạn nộp", "until": "2026-06-10T10:00:00Z"});
    for (act, body, said) in [
        (
            "admit-late",
            body,
            "cho nộp sau hạn, vì Thủ trưởng phát hiện sau hạn nộp",
        ),
        ("submit", json!({}), "nộp hồ sơ"),
        ("receive", json!({}), "tiếp nhận hồ sơ"),
    ] {
        stage
            .step(Ask::act(cast::CHIEF, &submission, act, body), |_| said.to_owned())
            .await?;
    }
    Ok(())
}
