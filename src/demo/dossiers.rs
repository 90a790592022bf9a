//! The divisions hand in, the office receives and appraises.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cast::{self, Cast, count, text};
use super::stage::{Actor, Ask, Failure, Stage};

/// Plays the dossiers.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter("Các phòng nộp hồ sơ trước ngày 25/5/2026");
    first_division(stage, cast).await?;
    late_division(stage, cast).await?;
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
    let made = stage
        .step(Ask::post(who, "/v1/submissions", body), |_| {
            "mở hồ sơ đề nghị khen thưởng".to_owned()
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
            format!("đề nghị {} ({form})", text(n, "/display_name"))
        })
        .await?;
    cast.keep(&format!("đề nghị {kind} {number}"), &made)
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
        .map(|code| json!({"code": code, "met": true}))
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
            format!("khai báo tệp {}", text(f, "/name"))
        })
        .await?;
    let file = format!("/v1/files/{}", text(&declared, "/id"));
    stage
        .upload(who, &format!("{file}/content"), "application/pdf", bytes)
        .await?;
    stage
        .step(Ask::act(who, &file, "complete", json!({})), |_| {
            "đã tải lên, mã băm khớp".to_owned()
        })
        .await?;
    let mut body = json!({"kind": kind, "file_id": text(&declared, "/id")});
    if let (Some(nomination), Some(members)) = (nomination, body.as_object_mut()) {
        members.insert("nomination_id".to_owned(), json!(nomination));
    }
    let path = format!("{submission}/attachments");
    stage
        .step(Ask::post(who, &path, body).tagged(submission), |_| {
            format!("đính kèm {kind}")
        })
        .await
        .map(drop)
}

async fn first_division(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
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
    for person in [10, 15, 20] {
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
        "đề nghị cá nhân 10",
        "đề nghị cá nhân 15",
        "đề nghị cá nhân 20",
    ] {
        let nomination = cast.id(name)?;
        paper(stage, cast::OFFICER, &submission, "BAO_CAO", Some(&nomination)).await?;
    }
    stage
        .step(
            Ask::act(cast::OFFICER, &submission, "submit", json!({})).ends(403),
            |_| String::new(),
        )
        .await?;
    stage.at("2026-05-24T23:59:00")?;
    stage
        .step(Ask::act(cast::HEADS[0], &submission, "submit", json!({})), |s| {
            format!("đã nộp lúc 23:59, biên nhận {}", text(s, "/receipt/code"))
        })
        .await
        .map(drop)
}

async fn late_division(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-05-24T22:00:00")?;
    let head = cast::HEADS[1];
    let submission = draft(stage, cast, head, "H14.15.3", "hồ sơ 2").await?;
    nominate(stage, cast, head, &submission, ("cá nhân", 6), "GIAY_KHEN_SO").await?;
    nominate(stage, cast, head, &submission, ("cá nhân", 11), "GIAY_KHEN_SO").await?;
    nominate(stage, cast, head, &submission, ("cá nhân", 12), "BANG_KHEN_TINH").await?;
    paper(stage, head, &submission, "TO_TRINH", None).await?;
    for name in ["đề nghị cá nhân 6", "đề nghị cá nhân 11", "đề nghị cá nhân 12"] {
        let nomination = cast.id(name)?;
        paper(stage, head, &submission, "BAO_CAO", Some(&nomination)).await?;
    }
    stage.at("2026-05-25T00:00:00")?;
    stage
        .step(Ask::act(head, &submission, "submit", json!({})).ends(409), |_| {
            String::new()
        })
        .await?;
    stage.at("2026-05-25T08:30:00")?;
    let body =
        json!({"reason": "Đường truyền của phòng bị gián đoạn đêm 24/5", "until": "2026-05-25T10:00:00Z"});
    stage
        .step(Ask::act(cast::CHIEF, &submission, "admit-late", body), |_| {
            "Chánh Văn phòng cho nộp muộn, có lý do".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(head, &submission, "submit", json!({})), |s| {
            format!("đã nộp, ghi nhận nộp muộn: late = {}", s["late"])
        })
        .await
        .map(drop)
}

async fn office(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-05-25T14:00:00")?;
    let paths = ["hồ sơ 1", "hồ sơ 2"].map(|name| cast.id(name).map(|id| format!("/v1/submissions/{id}")));
    for path in paths {
        let path = path?;
        stage
            .step(Ask::act(cast::REVIEWER, &path, "receive", json!({})), |s| {
                format!("tiếp nhận, số đến {}", s["received_no"])
            })
            .await?;
    }
    let first = format!("/v1/submissions/{}", cast.id("hồ sơ 1")?);
    let body = json!({"reason": "Đề nghị bổ sung thông tin thành tích của cá nhân"});
    stage
        .step(Ask::act(cast::REVIEWER, &first, "return", body), |s| {
            format!("trả lại để bổ sung, hạn {}", text(s, "/supplement_due_at"))
        })
        .await?;
    stage.at("2026-05-26T10:00:00")?;
    stage
        .step(Ask::act(cast::HEADS[0], &first, "submit", json!({})), |_| {
            "đã bổ sung và nộp lại".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::REVIEWER, &first, "receive", json!({})), |_| {
            "tiếp nhận lại".to_owned()
        })
        .await?;
    for (name, kind) in [
        ("đề nghị tập thể 1", "COLLECTIVE"),
        ("đề nghị cá nhân 10", "INDIVIDUAL"),
        ("đề nghị cá nhân 15", "INDIVIDUAL"),
        ("đề nghị cá nhân 6", "INDIVIDUAL"),
        ("đề nghị cá nhân 11", "INDIVIDUAL"),
        ("đề nghị cá nhân 12", "INDIVIDUAL"),
    ] {
        appraise(stage, cast, name, kind).await?;
    }
    let body = json!({
        "nomination_id": cast.id("đề nghị cá nhân 20")?, "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
        "legal_reason": "Chưa đủ thời gian công tác trong phong trào", "checklist": [],
    });
    stage
        .step(Ask::post(cast::REVIEWER, "/v1/reviews", body), |_| {
            "không đủ điều kiện, có căn cứ".to_owned()
        })
        .await?;
    for name in ["hồ sơ 1", "hồ sơ 2"] {
        let path = format!("/v1/submissions/{}", cast.id(name)?);
        stage
            .step(Ask::act(cast::REVIEWER, &path, "consolidate", json!({})), |_| {
                "đưa vào danh sách tổng hợp".to_owned()
            })
            .await?;
    }
    let candidates = format!("/v1/campaigns/{}/candidates", cast.id("phong trào")?);
    stage
        .step(Ask::get(cast::REVIEWER, &candidates), |list| {
            format!(
                "gợi ý thứ tự {} đề nghị (người trực tiếp trước)",
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
            format!("{name}: đủ tiêu chí, đủ thành phần")
        })
        .await
        .map(drop)
}
