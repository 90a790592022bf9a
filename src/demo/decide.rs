//! The Director decides, the province decides, something is revoked, the campaign is concluded.

use serde_json::{Value, json};

use super::cast::{self, Cast, count, number, text};
use super::stage::{Ask, Failure, Stage};

/// Plays the last act.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter("Giám đốc quyết định Giấy khen");
    award(stage, cast).await?;
    stage.chapter("Quá tỷ lệ 30% thì không ban hành được");
    over_the_quota(stage, cast).await?;
    stage.chapter("Trình Chủ tịch UBND tỉnh tặng Bằng khen");
    forward(stage, cast).await?;
    stage.chapter("Hủy bỏ một phần quyết định");
    revoke(stage, cast).await?;
    stage.chapter("Tổng kết, công khai, kiểm tra");
    conclude(stage, cast).await
}

async fn award(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-06-08T08:00:00")?;
    let body = json!({
        "type": "AWARD", "campaign_id": cast.id("phong trào")?, "form": "GIAY_KHEN_SO",
        "title": "Tặng Giấy khen của Giám đốc Sở Ngoại vụ trong phong trào thi đua 100 ngày đêm",
        "session_id": cast.id("phiên họp")?,
        "grounds": ["Luật Thi đua, khen thưởng ngày 15/6/2022", "Kế hoạch số 579/KH-SNgV ngày 20/3/2026"],
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/decisions", body), |_| {
            "đã dự thảo quyết định".to_owned()
        })
        .await?;
    cast.keep("quyết định", &made)?;
    let decision = format!("/v1/decisions/{}", cast.id("quyết định")?);
    let ids = awaiting(stage, cast).await?;
    let items = format!("{decision}/items");
    let body = json!({"nomination_ids": ids});
    stage
        .step(Ask::post(cast::REVIEWER, &items, body).tagged(&decision), |_| {
            format!(
                "đưa {} đối tượng được Hội đồng thống nhất vào quyết định",
                ids.len()
            )
        })
        .await?;
    stage
        .step(Ask::act(cast::CHIEF, &decision, "check", json!({})), |_| {
            "Chánh Văn phòng đã rà soát".to_owned()
        })
        .await?;
    let body = json!({"signature": {"mode": "KT", "title": "Phó Giám đốc", "name": cast::name_of(1)}});
    stage
        .step(Ask::act(cast::DEPUTY, &decision, "sign", body), |_| {
            "đã ký thay Giám đốc (KT.)".to_owned()
        })
        .await?;
    stage.at("2026-06-10T09:00:00")?;
    let body = json!({"number": 712, "register": "QĐ", "issued_on": "2026-06-10", "place": "Cao Bằng"});
    stage
        .step(Ask::act(cast::CLERK, &decision, "number", body), |d| {
            format!("vào sổ số {}", text(d, "/number_raw"))
        })
        .await?;
    held(stage, cast, &decision).await?;
    let issued = stage
        .step(Ask::act(cast::DIRECTOR, &decision, "issue", json!({})), |_| {
            "đã ban hành".to_owned()
        })
        .await?;
    let shown = stage
        .step(Ask::get(cast::DIRECTOR, &items), |list| {
            let each: Vec<String> = list["items"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|item| format!("{} {} đ", text(item, "/name"), dong(number(item, "/amount_dong"))))
                .collect();
            format!("tiền thưởng theo lương cơ sở ngày 10/6/2026: {}", each.join("; "))
        })
        .await?;
    if let Some(item) = shown["items"].as_array().and_then(|items| items.last()) {
        cast.keep("mục bị hủy", item)?;
    }
    if issued["state"] != "ISSUED" {
        return Err(Failure(format!("the decision is {}", issued["state"])));
    }
    stage
        .step(Ask::act(cast::CLERK, &decision, "publish", json!({})), |_| {
            "đã công bố".to_owned()
        })
        .await?;
    stage
        .step(Ask::public("/v1/honors"), |list| {
            format!(
                "công khai {} lượt khen, không cần đăng nhập",
                count(list, "/items")
            )
        })
        .await
        .map(drop)
}

/// 1410000 as `1.410.000`.
fn dong(amount: i64) -> String {
    let digits = amount.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

async fn awaiting(stage: &mut Stage<'_>, cast: &Cast) -> Result<Vec<String>, Failure> {
    let path = format!(
        "/v1/nominations?campaign_id={}&state=AWAITING_DIRECTOR",
        cast.id("phong trào")?
    );
    let list = stage
        .step(Ask::get(cast::REVIEWER, &path), |list| {
            format!("{} đề nghị chờ Giám đốc", count(list, "/items"))
        })
        .await?;
    Ok(list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| text(item, "/id").to_owned())
        .collect())
}

/// A complaint comes in: nobody is rewarded while it is examined (R-N2).
async fn held(stage: &mut Stage<'_>, cast: &Cast, decision: &str) -> Result<(), Failure> {
    let nomination = format!("/v1/nominations/{}", cast.id("đề nghị cá nhân 5")?);
    let body = json!({"reason": "COMPLAINT", "note": "Có đơn khiếu nại gửi Sở ngày 09/6/2026"});
    stage
        .step(
            Ask::act(cast::REVIEWER, &nomination, "propose-hold", body.clone()),
            |_| "đề xuất tạm dừng".to_owned(),
        )
        .await?;
    stage
        .step(Ask::act(cast::CHIEF, &nomination, "hold", body), |_| {
            "tạm dừng: có đơn khiếu nại".to_owned()
        })
        .await?;
    stage
        .step(
            Ask::act(cast::DIRECTOR, decision, "issue", json!({})).ends(409),
            |_| String::new(),
        )
        .await?;
    let body = json!({"conclusion": "Xác minh: không có vi phạm"});
    stage
        .step(Ask::act(cast::CHIEF, &nomination, "release", body), |_| {
            "xác minh không có vi phạm, tiếp tục".to_owned()
        })
        .await
        .map(drop)
}

/// Collectives discovered by the head need no council, but never more than the quota is awarded.
async fn over_the_quota(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    let decision = format!("/v1/decisions/{}", extra_decision(stage, cast).await?);
    let refused = stage
        .step(
            Ask::act(cast::DIRECTOR, &decision, "issue", json!({})).ends(409),
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
    stage.step(Ask::get(cast::DIRECTOR, &quota), readings).await?;
    let body = json!({"reason": "Vượt tỷ lệ 30%"});
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "cancel", body), |_| {
            "hủy dự thảo".to_owned()
        })
        .await?;
    let nomination = format!("/v1/nominations/{}", cast.id("đề nghị ngoài tỷ lệ")?);
    let body = json!({
        "nomination_id": cast.id("đề nghị ngoài tỷ lệ")?, "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
        "legal_reason": "Không còn chỉ tiêu theo Mục III.3 Kế hoạch 579/KH-SNgV", "checklist": [],
    });
    stage
        .step(Ask::post(cast::REVIEWER, "/v1/reviews", body), |_| {
            "kết luận: không còn chỉ tiêu".to_owned()
        })
        .await?;
    stage
        .step(Ask::get(cast::REVIEWER, &nomination), |n| {
            format!("đề nghị kết thúc ở {}", text(n, "/state"))
        })
        .await
        .map(drop)
}

/// A readable line of the four readings.
pub fn readings(quota: &Value) -> String {
    let each: Vec<String> = quota["readings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|reading| {
            let lines: Vec<String> = reading["lines"]
                .as_array()
                .into_iter()
                .flatten()
                .take(3)
                .map(|line| {
                    format!(
                        "{} {}+{}/{}",
                        line["subject_kind"].as_str().unwrap_or("tất cả"),
                        line["used"],
                        line["reserved"],
                        line["limit"]
                    )
                })
                .collect();
            let mark = if reading["enforced"] == true { "*" } else { "" };
            format!("{}{mark} [{}]", text(reading, "/reading"), lines.join(", "))
        })
        .collect();
    format!("đã khen+giữ chỗ/giới hạn theo bốn cách hiểu: {}", each.join(" "))
}

async fn extra_decision(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<String, Failure> {
    let body = json!({
        "campaign_id": cast.id("phong trào")?, "division_id": cast.id("H14.15.1")?, "procedure": "HEAD_DISCOVERED",
        "note": "Tập thể do Thủ trưởng phát hiện",
    });
    let made = stage
        .step(Ask::post(cast::CHIEF, "/v1/submissions", body), |_| {
            "lập hồ sơ do Thủ trưởng phát hiện".to_owned()
        })
        .await?;
    let submission = format!("/v1/submissions/{}", text(&made, "/id"));
    let body = json!({
        "submission_id": text(&made, "/id"), "collective_id": cast.id("tập thể 2")?,
        "proposed_form": "GIAY_KHEN_SO", "achievement_summary": "Phục vụ tốt các đoàn công tác",
    });
    let nomination = stage
        .step(Ask::post(cast::CHIEF, "/v1/nominations", body), |_| {
            "đề nghị thêm một tập thể".to_owned()
        })
        .await?;
    cast.keep("đề nghị ngoài tỷ lệ", &nomination)?;
    super::dossiers::paper(stage, cast::CHIEF, &submission, "TO_TRINH", None).await?;
    super::dossiers::paper(stage, cast::CHIEF, &submission, "BAO_CAO", None).await?;
    super::dossiers::own_plan(stage, cast::CHIEF, &submission, &cast.id("đề nghị ngoài tỷ lệ")?).await?;
    let body = json!({"reason": "Thủ trưởng phát hiện sau hạn nộp", "until": "2026-06-10T10:00:00Z"});
    stage
        .step(Ask::act(cast::CHIEF, &submission, "admit-late", body), |_| {
            "cho nộp sau hạn".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::CHIEF, &submission, "submit", json!({})), |_| {
            "đã nộp".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::CHIEF, &submission, "receive", json!({})), |_| {
            "đã tiếp nhận".to_owned()
        })
        .await?;
    super::dossiers::appraise(stage, cast, "đề nghị ngoài tỷ lệ", "COLLECTIVE").await?;
    let body = json!({
        "type": "AWARD", "campaign_id": cast.id("phong trào")?, "form": "GIAY_KHEN_SO",
        "title": "Tặng Giấy khen đợt bổ sung", "grounds": ["Nghị định 152/2025/NĐ-CP Điều 33(8)"],
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/decisions", body), |_| {
            "dự thảo quyết định bổ sung".to_owned()
        })
        .await?;
    let decision = format!("/v1/decisions/{}", text(&made, "/id"));
    let body = json!({"nomination_ids": [cast.id("đề nghị ngoài tỷ lệ")?]});
    let ask = Ask::post(cast::REVIEWER, &format!("{decision}/items"), body).tagged(&decision);
    stage.step(ask, |_| "đưa tập thể vào".to_owned()).await?;
    stage
        .step(Ask::act(cast::CHIEF, &decision, "check", json!({})), |_| {
            "đã rà soát".to_owned()
        })
        .await?;
    let body = json!({"signature": {"mode": "SELF", "title": "Giám đốc", "name": cast::name_of(0)}});
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "sign", body), |_| {
            "đã ký".to_owned()
        })
        .await?;
    let body = json!({"number": 713, "register": "QĐ", "issued_on": "2026-06-10", "place": "Cao Bằng"});
    stage
        .step(Ask::act(cast::CLERK, &decision, "number", body), |d| {
            format!("số {}", text(d, "/number_raw"))
        })
        .await?;
    Ok(text(&made, "/id").to_owned())
}

async fn forward(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-06-12T08:00:00")?;
    let body = json!({
        "campaign_id": cast.id("phong trào")?, "form": "BANG_KHEN_TINH",
        "receiver_organization_id": cast.id("H14.12.1")?, "nomination_ids": [cast.id("đề nghị cá nhân 16")?],
        "letter": {"type": "TTr", "number_raw": "720/TTr-SNgV", "issued_on": "2026-06-12", "place": "Cao Bằng"},
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/forwardings", body), |_| {
            "lập tờ trình đề nghị tặng Bằng khen".to_owned()
        })
        .await?;
    cast.keep("tờ trình", &made)?;
    let forwarding = format!("/v1/forwardings/{}", cast.id("tờ trình")?);
    stage
        .step(Ask::get(cast::BOARD, &forwarding).ends(404), |_| String::new())
        .await?;
    let body = json!({"signature": {"mode": "SELF", "title": "Giám đốc", "name": cast::name_of(0)}});
    stage
        .step(Ask::act(cast::DIRECTOR, &forwarding, "sign", body), |_| {
            "đã ký tờ trình".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::CLERK, &forwarding, "send", json!({})), |_| {
            "đã gửi Ban TĐKT; giữ chỗ trong tỷ lệ".to_owned()
        })
        .await?;
    stage.at("2026-06-15T09:00:00")?;
    let body = json!({"receipt_number": "TĐKT-2026-0042"});
    stage
        .step(
            Ask::act(cast::BOARD_SYSTEM, &forwarding, "acknowledge", body),
            |_| "đã tiếp nhận TĐKT-2026-0042".to_owned(),
        )
        .await?;
    stage.at("2026-07-02T10:00:00")?;
    let body = json!({
        "number_raw": "1501/QĐ-UBND", "issued_on": "2026-07-01",
        "title": "Tặng Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh",
        "decider": {"title": "Chủ tịch Ủy ban nhân dân tỉnh", "name": "Người Ký Mẫu"},
        "items": [{"nomination_id": cast.id("đề nghị cá nhân 16")?, "outcome": "AWARDED"}],
    });
    stage
        .step(
            Ask::act(cast::BOARD_SYSTEM, &forwarding, "record-decision", body),
            |_| {
                "Chủ tịch UBND tỉnh tặng Bằng khen, Quyết định 1501/QĐ-UBND (lương cơ sở mới từ 01/7)"
                    .to_owned()
            },
        )
        .await
        .map(drop)
}

async fn revoke(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-07-20T08:00:00")?;
    let body = json!({
        "type": "REVOCATION", "campaign_id": cast.id("phong trào")?, "original_id": cast.id("quyết định")?,
        "title": "Hủy bỏ một phần Quyết định 712/QĐ-SNgV", "ground": "FALSE_INFORMATION",
        "conclusion_reference": "Kết luận số 15/KL-TTr ngày 17/7/2026",
        "reason": "Báo cáo thành tích có nội dung không đúng sự thật",
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/decisions", body), |_| {
            "dự thảo quyết định hủy bỏ".to_owned()
        })
        .await?;
    let decision = format!("/v1/decisions/{}", text(&made, "/id"));
    let body = json!({"original_item_ids": [cast.id("mục bị hủy")?]});
    let ask = Ask::post(cast::REVIEWER, &format!("{decision}/items"), body).tagged(&decision);
    stage
        .step(ask, |_| "hủy một mục, các mục khác giữ nguyên".to_owned())
        .await?;
    stage
        .step(Ask::act(cast::CHIEF, &decision, "check", json!({})), |_| {
            "đã rà soát".to_owned()
        })
        .await?;
    let body = json!({"signature": {"mode": "SELF", "title": "Giám đốc", "name": cast::name_of(0)}});
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "sign", body), |_| {
            "đã ký".to_owned()
        })
        .await?;
    let body = json!({"number": 801, "register": "QĐ", "issued_on": "2026-07-20", "place": "Cao Bằng"});
    stage
        .step(Ask::act(cast::CLERK, &decision, "number", body), |d| {
            format!("số {}", text(d, "/number_raw"))
        })
        .await?;
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "issue", json!({})), |_| {
            "đã ban hành".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::CLERK, &decision, "publish", json!({})), |_| {
            "đã công bố".to_owned()
        })
        .await?;
    let tasks = stage
        .step(Ask::get(cast::CHIEF, "/v1/recovery-tasks"), |list| {
            format!(
                "thu hồi {} đ, hạn 15 ngày làm việc: {}",
                dong(number(list, "/items/0/amount_dong")),
                text(list, "/items/0/due_on")
            )
        })
        .await?;
    let task = format!("/v1/recovery-tasks/{}", text(&tasks, "/items/0/id"));
    stage.at("2026-08-03T08:00:00")?;
    let body = json!({"completed_on": "2026-08-03", "note": "Đã nộp lại tiền thưởng và Giấy khen"});
    stage
        .step(Ask::act(cast::CHIEF, &task, "complete", body), |_| {
            "đã thu hồi xong".to_owned()
        })
        .await?;
    stage
        .step(Ask::public("/v1/honors"), |list| {
            let revoked = list["items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|item| item["state"] == "REVOKED")
                .count();
            format!("danh sách công khai ghi {revoked} mục đã hủy bỏ")
        })
        .await
        .map(drop)
}

async fn conclude(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-08-10T08:00:00")?;
    let campaign = format!("/v1/campaigns/{}", cast.id("phong trào")?);
    let body =
        json!({"final_report": {"type": "BC", "number_raw": "850/BC-SNgV", "issued_on": "2026-08-10"}});
    stage
        .step(Ask::act(cast::CHIEF, &campaign, "conclude", body), |_| {
            "đã tổng kết phong trào".to_owned()
        })
        .await?;
    let history = format!("{campaign}/history");
    stage
        .step(Ask::get(cast::CHIEF, &history), |list| {
            format!("nhật ký của phong trào: {} mục", count(list, "/items"))
        })
        .await?;
    stage
        .step(Ask::get(cast::AUDITOR, "/v1/audit-entries?limit=200"), |list| {
            format!(
                "người kiểm tra đọc {} mục đã niêm phong đầu tiên, đúng thứ tự",
                count(list, "/items")
            )
        })
        .await
        .map(drop)
}
