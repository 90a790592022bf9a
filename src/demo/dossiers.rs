//! The divisions hand in, the office receives and appraises.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cast::{self, Cast, count, text};
use super::stage::{Actor, Ask, Failure, Stage};
use super::words::{instant, say};

/// Plays the dossiers.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter("Các phòng nộp hồ sơ trước ngày 25/5/2026");
    let first = first_division(stage, cast).await?;
    let second = second_division(stage, cast).await?;
    hand_in(stage, &first).await?;
    hand_in_late(stage, &second).await?;
    stage.chapter("Văn phòng tiếp nhận, thẩm định, tổng hợp");
    office(stage, cast).await
}

async fn draft(
    stage: &mut Stage<'_>,
    cast: &mut Cast,
    who: Actor,
    unit: &str,
    name: &str,
) -> Result<String, Failure> {
    let body = json!({
        "campaign_id": cast.id("phong trào")?, "division_id": cast.id(unit)?, "procedure": "STANDARD",
    });
    let place = cast.called(unit);
    let made = stage
        .step(Ask::post(who, "/v1/submissions", body), |_| {
            format!("mở hồ sơ đề nghị khen thưởng của {place}")
        })
        .await?;
    cast.keep(name, &made)?;
    Ok(format!("/v1/submissions/{}", text(&made, "/id")))
}

/// Nominates the n-th individual or collective; `name` is kept.
async fn nominate(
    stage: &mut Stage<'_>,
    cast: &mut Cast,
    who: Actor,
    submission: &str,
    subject: (&str, usize),
    form: &str,
) -> Result<(), Failure> {
    let (kind, number) = subject;
    let (code, member, known) = match kind {
        "cá nhân" => ("INDIVIDUAL", "individual_id", format!("người {number}")),
        _ => ("COLLECTIVE", "collective_id", format!("tập thể {number}")),
    };
    let id = submission.rsplit('/').next().unwrap_or_default();
    let mut body = json!({
        "submission_id": id, "proposed_form": form,
        "achievement_summary": "Hoàn thành xuất sắc nhiệm vụ trong 100 ngày đêm thi đua",
        "criteria": criteria(code),
    });
    if let Some(members) = body.as_object_mut() {
        members.insert(member.to_owned(), json!(cast.id(&known)?));
    }
    let made = stage
        .step(Ask::post(who, "/v1/nominations", body), |n| {
            format!("đề nghị tặng {} cho {}", say(form), text(n, "/display_name"))
        })
        .await?;
    cast.keep_called(
        &format!("đề nghị {kind} {number}"),
        &made,
        text(&made, "/display_name"),
    )
}

/// Codes of the plan's criteria, all said to be met.
fn criteria(kind: &str) -> Value {
    let codes: &[&str] = if kind == "INDIVIDUAL" {
        &["CN1", "CN2", "CN3"]
    } else {
        &["TT1", "TT2", "TT3", "TT4"]
    };
    codes
        .iter()
        .map(|code| json!({"code": code, "met": true, "evidence": "Báo cáo thành tích kèm theo"}))
        .collect()
}

/// Uploads a paper and attaches it.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn paper(
    stage: &mut Stage<'_>,
    who: Actor,
    submission: &str,
    kind: &str,
    nomination: Option<&str>,
) -> Result<(), Failure> {
    let bytes = format!("%PDF-1.4\n% {kind} {}\n%%EOF\n", nomination.unwrap_or(submission)).into_bytes();
    let shown = stage.silent(who, submission).await?;
    let body = json!({
        "name": format!("{}.pdf", kind.to_lowercase()), "media_type": "application/pdf", "size_bytes": bytes.len(),
        "sha256": hex::encode(Sha256::digest(&bytes)), "division_id": shown["division_id"],
    });
    let declared = stage
        .step(Ask::post(who, "/v1/files", body), |f| {
            format!("khai báo tệp {} ({})", text(f, "/name"), say(kind))
        })
        .await?;
    let file = format!("/v1/files/{}", text(&declared, "/id"));
    stage
        .upload(who, &format!("{file}/content"), "application/pdf", bytes)
        .await?;
    stage
        .step(Ask::act(who, &file, "complete", json!({})), |_| {
            "mã băm của tệp khớp, tệp dùng được".to_owned()
        })
        .await?;
    let mut body = json!({"kind": kind, "file_id": text(&declared, "/id")});
    if let (Some(nomination), Some(members)) = (nomination, body.as_object_mut()) {
        members.insert("nomination_id".to_owned(), json!(nomination));
    }
    let path = format!("{submission}/attachments");
    stage
        .step(Ask::post(who, &path, body).tagged(submission), |_| {
            format!("đính kèm {}", say(kind))
        })
        .await
        .map(drop)
}

/// Attaches a reference to the collective's own plan, which proves the criterion TT2 (A8).
///
/// # Errors
/// If the service refuses.
pub async fn own_plan(
    stage: &mut Stage<'_>,
    who: Actor,
    submission: &str,
    nomination: &str,
) -> Result<(), Failure> {
    let body = json!({
        "kind": "KHAC", "nomination_id": nomination, "note": "Kế hoạch triển khai của phòng",
        "document": {"type": "KH", "number_raw": "12/KH-P", "issued_on": "2026-03-25"},
    });
    let path = format!("{submission}/attachments");
    let ask = Ask::post(who, &path, body).tagged(submission);
    stage
        .step(ask, |_| "dẫn chiếu kế hoạch triển khai của phòng".to_owned())
        .await
        .map(drop)
}

async fn first_division(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<String, Failure> {
    stage.at("2026-05-22T14:00:00")?;
    let submission = draft(stage, cast, cast::OFFICER, "H14.15.2", "hồ sơ 1").await?;
    nominate(
        stage,
        cast,
        cast::OFFICER,
        &submission,
        ("tập thể", 1),
        "GIAY_KHEN_SO",
    )
    .await?;
    let own = json!({
        "submission_id": cast.id("hồ sơ 1")?, "individual_id": cast.id("người 10")?,
        "proposed_form": "GIAY_KHEN_SO", "achievement_summary": "Tự đề nghị",
    });
    stage
        .step(
            Ask::post(cast::OFFICER, "/v1/nominations", own)
                .ends(403)
                .because(&format!("{} tự đề nghị khen chính mình", cast::name_of(10))),
            |_| String::new(),
        )
        .await?;
    for person in [5, 15, 20] {
        nominate(
            stage,
            cast,
            cast::OFFICER,
            &submission,
            ("cá nhân", person),
            "GIAY_KHEN_SO",
        )
        .await?;
    }
    paper(stage, cast::OFFICER, &submission, "TO_TRINH", None).await?;
    for name in [
        "đề nghị tập thể 1",
        "đề nghị cá nhân 5",
        "đề nghị cá nhân 15",
        "đề nghị cá nhân 20",
    ] {
        let nomination = cast.id(name)?;
        paper(stage, cast::OFFICER, &submission, "BAO_CAO", Some(&nomination)).await?;
    }
    own_plan(stage, cast::OFFICER, &submission, &cast.id("đề nghị tập thể 1")?).await?;
    stage
        .step(
            Ask::act(cast::OFFICER, &submission, "submit", json!({}))
                .ends(403)
                .because("nộp hồ sơ là việc của Trưởng phòng"),
            |_| String::new(),
        )
        .await?;
    Ok(submission)
}

async fn second_division(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<String, Failure> {
    stage.at("2026-05-24T22:00:00")?;
    let head = cast::HEADS[1];
    let submission = draft(stage, cast, head, "H14.15.3", "hồ sơ 2").await?;
    nominate(stage, cast, head, &submission, ("cá nhân", 11), "GIAY_KHEN_SO").await?;
    nominate(stage, cast, head, &submission, ("cá nhân", 16), "BANG_KHEN_TINH").await?;
    paper(stage, head, &submission, "TO_TRINH", None).await?;
    for name in ["đề nghị cá nhân 11", "đề nghị cá nhân 16"] {
        let nomination = cast.id(name)?;
        paper(stage, head, &submission, "BAO_CAO", Some(&nomination)).await?;
    }
    Ok(submission)
}

/// In the last minute before the deadline.
async fn hand_in(stage: &mut Stage<'_>, submission: &str) -> Result<(), Failure> {
    stage.at("2026-05-24T23:59:00")?;
    stage
        .step(Ask::act(cast::HEADS[0], submission, "submit", json!({})), |_| {
            "nộp hồ sơ lúc 23:59, còn một phút trong hạn".to_owned()
        })
        .await?;
    receipt(stage, cast::HEADS[0], submission).await
}

/// After the deadline: refused, admitted with a reason, handed in late.
async fn hand_in_late(stage: &mut Stage<'_>, submission: &str) -> Result<(), Failure> {
    let head = cast::HEADS[1];
    stage.at("2026-05-25T00:00:00")?;
    stage
        .step(Ask::act(head, submission, "submit", json!({})).ends(409), |_| {
            String::new()
        })
        .await?;
    stage.at("2026-05-25T08:30:00")?;
    let reason = "Đường truyền của phòng bị gián đoạn đêm 24/5";
    let until = "2026-05-25T10:00:00Z";
    let body = json!({"reason": reason, "until": until});
    stage
        .step(Ask::act(cast::CHIEF, submission, "admit-late", body), |_| {
            format!("cho nộp muộn đến {}, lý do: {reason}", instant(until))
        })
        .await?;
    stage
        .step(Ask::act(head, submission, "submit", json!({})), |s| {
            let late = if s["late"] == true {
                "ghi nhận nộp muộn"
            } else {
                "trong hạn"
            };
            format!("nộp hồ sơ, {late}")
        })
        .await?;
    receipt(stage, head, submission).await
}

async fn receipt(stage: &mut Stage<'_>, who: Actor, submission: &str) -> Result<(), Failure> {
    stage
        .step(Ask::get(who, &format!("{submission}/receipt")), |receipt| {
            format!(
                "giấy biên nhận {}: nộp {}, {} đề nghị, {} tệp",
                text(receipt, "/code"),
                instant(text(receipt, "/submitted_at")),
                count(receipt, "/nominations"),
                count(receipt, "/files")
            )
        })
        .await
        .map(drop)
}

/// The dossiers and the divisions that hand them in.
const DOSSIERS: [(&str, &str); 2] = [("hồ sơ 1", "H14.15.2"), ("hồ sơ 2", "H14.15.3")];

async fn office(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-05-25T14:00:00")?;
    for (name, unit) in DOSSIERS {
        let path = format!("/v1/submissions/{}", cast.id(name)?);
        let place = cast.called(unit);
        stage
            .step(Ask::act(cast::REVIEWER, &path, "receive", json!({})), |s| {
                format!("tiếp nhận hồ sơ của {place}, số đến {}", s["received_no"])
            })
            .await?;
    }
    let first = format!("/v1/submissions/{}", cast.id("hồ sơ 1")?);
    let body = json!({"reason": "Đề nghị bổ sung thông tin thành tích của cá nhân"});
    stage
        .step(Ask::act(cast::REVIEWER, &first, "return", body), |s| {
            format!(
                "trả lại để bổ sung thông tin thành tích, hạn bổ sung trước {}",
                instant(text(s, "/supplement_due_at"))
            )
        })
        .await?;
    stage.at("2026-05-26T10:00:00")?;
    stage
        .step(Ask::act(cast::HEADS[0], &first, "submit", json!({})), |_| {
            "bổ sung và nộp lại".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::REVIEWER, &first, "receive", json!({})), |_| {
            "tiếp nhận lại".to_owned()
        })
        .await?;
    for (name, kind) in [
        ("đề nghị tập thể 1", "COLLECTIVE"),
        ("đề nghị cá nhân 5", "INDIVIDUAL"),
        ("đề nghị cá nhân 15", "INDIVIDUAL"),
        ("đề nghị cá nhân 11", "INDIVIDUAL"),
        ("đề nghị cá nhân 16", "INDIVIDUAL"),
    ] {
        appraise(stage, cast, name, kind).await?;
    }
    let body = json!({
        "nomination_id": cast.id("đề nghị cá nhân 20")?, "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
        "legal_reason": "Chưa đủ thời gian công tác trong phong trào", "checklist": [],
    });
    stage
        .step(Ask::post(cast::REVIEWER, "/v1/reviews", body), |_| {
            format!(
                "thẩm định {}: không đủ điều kiện, chưa đủ thời gian công tác trong phong trào",
                cast.called("đề nghị cá nhân 20")
            )
        })
        .await?;
    for (name, unit) in DOSSIERS {
        let path = format!("/v1/submissions/{}", cast.id(name)?);
        let place = cast.called(unit);
        stage
            .step(Ask::act(cast::REVIEWER, &path, "consolidate", json!({})), |_| {
                format!("đưa hồ sơ của {place} vào danh sách tổng hợp")
            })
            .await?;
    }
    let candidates = format!("/v1/campaigns/{}/candidates", cast.id("phong trào")?);
    stage
        .step(Ask::get(cast::REVIEWER, &candidates), |list| {
            format!(
                "gợi ý thứ tự {} đề nghị, người trực tiếp thực hiện nhiệm vụ trước",
                count(list, "/items")
            )
        })
        .await
        .map(drop)
}

/// The office finds a nomination eligible.
///
/// # Errors
/// If the service refuses.
pub async fn appraise(stage: &mut Stage<'_>, cast: &Cast, name: &str, kind: &str) -> Result<(), Failure> {
    let codes: &[&str] = if kind == "INDIVIDUAL" {
        &["CN1", "CN2", "CN3"]
    } else {
        &["TT1", "TT2", "TT3", "TT4"]
    };
    let mut checklist: Vec<Value> = codes
        .iter()
        .map(|code| json!({"item": code, "ok": true}))
        .collect();
    checklist.extend(["TO_TRINH", "BAO_CAO"].map(|paper| json!({"item": paper, "ok": true})));
    let body = json!({
        "nomination_id": cast.id(name)?, "kind": "APPRAISAL", "conclusion": "ELIGIBLE", "checklist": checklist,
    });
    stage
        .step(Ask::post(cast::REVIEWER, "/v1/reviews", body), |_| {
            format!(
                "thẩm định {}: đủ tiêu chí, đủ thành phần hồ sơ",
                cast.called(name)
            )
        })
        .await
        .map(drop)
}
