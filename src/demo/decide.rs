//! The Director decides, the province decides, something is revoked, the campaign is concluded.

use serde_json::{Value, json};

use super::cast::{self, Cast, count, number, text};
use super::stage::{Ask, Failure, Stage};
use super::words::dong;
use super::{discovered, revoke};

/// Plays the last act.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter("Giám đốc quyết định Giấy khen");
    award(stage, cast).await?;
    stage.chapter("Biểu dương kịp thời, không qua Hội đồng");
    discovered::prompt_award(stage, cast).await?;
    stage.chapter("Quá tỷ lệ 30% thì không ban hành được");
    discovered::over_the_quota(stage, cast).await?;
    stage.chapter("Trình Chủ tịch UBND tỉnh tặng Bằng khen");
    forward(stage, cast).await?;
    stage.chapter("Hủy bỏ một phần quyết định");
    revoke::play(stage, cast).await?;
    stage.chapter("Tổng kết, công khai, kiểm tra");
    conclude(stage, cast).await
}

async fn award(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-06-08T08:00:00")?;
    // It carries out both sessions of the council, so it names neither alone.
    let body = json!({
        "type": "AWARD", "campaign_id": cast.id("phong trào")?, "form": "GIAY_KHEN_SO",
        "title": "Tặng Giấy khen của Giám đốc Sở Ngoại vụ trong phong trào thi đua 100 ngày đêm",
        "grounds": ["Luật Thi đua, khen thưởng ngày 15/6/2022", "Kế hoạch số 579/KH-SNgV ngày 20/3/2026"],
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/decisions", body), |_| {
            "dự thảo quyết định tặng Giấy khen theo biên bản của Hội đồng".to_owned()
        })
        .await?;
    cast.keep("quyết định", &made)?;
    let decision = format!("/v1/decisions/{}", cast.id("quyết định")?);
    let ids = awaiting(stage, cast).await?;
    let items = format!("{decision}/items");
    let body = json!({"nomination_ids": ids});
    stage
        .step(Ask::post(cast::REVIEWER, &items, body).tagged(&decision), |_| {
            format!("đưa {} đối tượng được Hội đồng thống nhất vào dự thảo", ids.len())
        })
        .await?;
    stage
        .step(Ask::act(cast::CHIEF, &decision, "check", json!({})), |_| {
            "rà soát dự thảo".to_owned()
        })
        .await?;
    let body = json!({"signature": {"mode": "KT", "title": "Phó Giám đốc", "name": cast::name_of(1)}});
    stage
        .step(Ask::act(cast::DEPUTY, &decision, "sign", body), |_| {
            "ký thay Giám đốc (KT.)".to_owned()
        })
        .await?;
    stage.at("2026-06-10T09:00:00")?;
    let body = json!({"number": 712, "register": "QĐ", "issued_on": "2026-06-10", "place": "Cao Bằng"});
    stage
        .step(Ask::act(cast::CLERK, &decision, "number", body), |d| {
            format!("vào sổ Quyết định {}", text(d, "/number_raw"))
        })
        .await?;
    held(stage, cast, &decision).await?;
    let issued = stage
        .step(Ask::act(cast::DIRECTOR, &decision, "issue", json!({})), |_| {
            "ban hành quyết định".to_owned()
        })
        .await?;
    let shown = stage
        .step(Ask::get(cast::DIRECTOR, &items), |list| {
            format!(
                "xem tiền thưởng theo lương cơ sở ngày 10/6/2026: {}",
                amounts(list)
            )
        })
        .await?;
    if let Some(item) = shown["items"].as_array().and_then(|items| items.last()) {
        cast.keep_called("mục bị hủy", item, text(item, "/name"))?;
    }
    if issued["state"] != "ISSUED" {
        return Err(Failure(format!("the decision is {}", issued["state"])));
    }
    stage
        .step(Ask::act(cast::CLERK, &decision, "publish", json!({})), |_| {
            "công bố quyết định".to_owned()
        })
        .await?;
    stage
        .step(Ask::public("/v1/honors"), |list| {
            format!(
                "đọc danh sách công khai {} lượt khen, không cần đăng nhập",
                count(list, "/items")
            )
        })
        .await
        .map(drop)
}

async fn awaiting(stage: &mut Stage<'_>, cast: &Cast) -> Result<Vec<String>, Failure> {
    let path = format!(
        "/v1/nominations?campaign_id={}&state=AWAITING_DIRECTOR",
        cast.id("phong trào")?
    );
    let list = stage
        .step(Ask::get(cast::REVIEWER, &path), |list| {
            format!(
                "xem {} đề nghị đang chờ Giám đốc quyết định",
                count(list, "/items")
            )
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
            format!(
                "tạm dừng việc khen {}: có đơn khiếu nại",
                cast.called("đề nghị cá nhân 5")
            )
        })
        .await?;
    stage
        .step(
            Ask::act(cast::DIRECTOR, decision, "issue", json!({}))
                .ends(409)
                .because(&format!(
                    "đang xem xét khiếu nại về {}",
                    cast.called("đề nghị cá nhân 5")
                )),
            |_| String::new(),
        )
        .await?;
    let body = json!({"conclusion": "Xác minh: không có vi phạm"});
    stage
        .step(Ask::act(cast::CHIEF, &nomination, "release", body), |_| {
            "xác minh không có vi phạm, cho tiếp tục".to_owned()
        })
        .await
        .map(drop)
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
            format!(
                "lập Tờ trình 720/TTr-SNgV đề nghị tặng Bằng khen cho {}",
                cast.called("đề nghị cá nhân 16")
            )
        })
        .await?;
    cast.keep("tờ trình", &made)?;
    let forwarding = format!("/v1/forwardings/{}", cast.id("tờ trình")?);
    stage
        .step(
            Ask::get(cast::BOARD, &forwarding)
                .ends(404)
                .because("tờ trình chưa gửi thì nơi nhận chưa thấy"),
            |_| String::new(),
        )
        .await?;
    let body = json!({"signature": {"mode": "SELF", "title": "Giám đốc", "name": cast::name_of(0)}});
    stage
        .step(Ask::act(cast::DIRECTOR, &forwarding, "sign", body), |_| {
            "ký tờ trình".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::CLERK, &forwarding, "send", json!({})), |_| {
            "gửi tờ trình sang Ban TĐKT; giữ một chỗ trong tỷ lệ".to_owned()
        })
        .await?;
    stage.at("2026-06-15T09:00:00")?;
    let body = json!({"receipt_number": "TĐKT-2026-0042"});
    stage
        .step(
            Ask::act(cast::BOARD_SYSTEM, &forwarding, "acknowledge", body),
            |f| format!("tiếp nhận, số {}", text(f, "/receipt_number")),
        )
        .await?;
    stage.at("2026-07-02T10:00:00")?;
    let body = json!({
        "number_raw": "1501/QĐ-UBND", "issued_on": "2026-07-01",
        "title": "Tặng Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh",
        "decider": {"title": "Chủ tịch Ủy ban nhân dân tỉnh", "name": "Người Ký Mẫu"},
        "items": [{"nomination_id": cast.id("đề nghị cá nhân 16")?, "outcome": "AWARDED"}],
    });
    let decided = stage
        .step(
            Ask::act(cast::BOARD_SYSTEM, &forwarding, "record-decision", body),
            |_| {
                format!(
                    "ghi nhận Quyết định 1501/QĐ-UBND: Chủ tịch UBND tỉnh tặng Bằng khen cho {}",
                    cast.called("đề nghị cá nhân 16")
                )
            },
        )
        .await?;
    let items = format!("/v1/decisions/{}/items", text(&decided, "/decision_id"));
    stage
        .step(Ask::get(cast::DIRECTOR, &items), |list| {
            format!(
                "xem tiền thưởng theo lương cơ sở mới từ ngày 01/7/2026: {}",
                amounts(list)
            )
        })
        .await
        .map(drop)
}

/// Who gets how much by a decision.
pub fn amounts(list: &Value) -> String {
    let each: Vec<String> = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| format!("{} {}", text(item, "/name"), dong(number(item, "/amount_dong"))))
        .collect();
    each.join("; ")
}

async fn conclude(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-08-10T08:00:00")?;
    let campaign = format!("/v1/campaigns/{}", cast.id("phong trào")?);
    let body =
        json!({"final_report": {"type": "BC", "number_raw": "850/BC-SNgV", "issued_on": "2026-08-10"}});
    stage
        .step(Ask::act(cast::CHIEF, &campaign, "conclude", body), |_| {
            "tổng kết phong trào bằng Báo cáo 850/BC-SNgV".to_owned()
        })
        .await?;
    let history = format!("{campaign}/history");
    stage
        .step(Ask::get(cast::CHIEF, &history), |list| {
            format!("xem nhật ký của phong trào: {} mục", count(list, "/items"))
        })
        .await?;
    stage
        .step(Ask::get(cast::AUDITOR, "/v1/audit-entries?limit=200"), |list| {
            format!(
                "đọc {} mục đầu tiên của nhật ký đã niêm phong, đúng thứ tự",
                count(list, "/items")
            )
        })
        .await
        .map(drop)
}
