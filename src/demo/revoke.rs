//! What was awarded on false information is revoked, and what was paid is recovered.

use serde_json::json;

use super::cast::{self, Cast, number, text};
use super::stage::{Ask, Failure, Stage};
use super::words::{date, dong};

/// Plays the revocation.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-07-20T08:00:00")?;
    let body = json!({
        "type": "REVOCATION", "campaign_id": cast.id("phong trào")?, "original_id": cast.id("quyết định")?,
        "title": "Hủy bỏ một phần Quyết định 712/QĐ-SNgV", "ground": "FALSE_INFORMATION",
        "conclusion_reference": "Kết luận số 15/KL-TTr ngày 17/7/2026",
        "reason": "Báo cáo thành tích có nội dung không đúng sự thật",
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/decisions", body), |_| {
            "dự thảo quyết định hủy bỏ một phần Quyết định 712/QĐ-SNgV, căn cứ Kết luận số 15/KL-TTr ngày 17/7/2026"
                .to_owned()
        })
        .await?;
    let decision = format!("/v1/decisions/{}", text(&made, "/id"));
    let body = json!({"original_item_ids": [cast.id("mục bị hủy")?]});
    let ask = Ask::post(cast::REVIEWER, &format!("{decision}/items"), body).tagged(&decision);
    stage
        .step(ask, |_| {
            format!(
                "hủy việc khen {}, các trường hợp khác giữ nguyên",
                cast.called("mục bị hủy")
            )
        })
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
    let body = json!({"number": 801, "register": "QĐ", "issued_on": "2026-07-20", "place": "Cao Bằng"});
    stage
        .step(Ask::act(cast::CLERK, &decision, "number", body), |d| {
            format!("vào sổ Quyết định {}", text(d, "/number_raw"))
        })
        .await?;
    stage
        .step(Ask::act(cast::DIRECTOR, &decision, "issue", json!({})), |_| {
            "ban hành quyết định hủy bỏ".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::CLERK, &decision, "publish", json!({})), |_| {
            "công bố quyết định hủy bỏ".to_owned()
        })
        .await?;
    let tasks = stage
        .step(Ask::get(cast::CHIEF, "/v1/recovery-tasks"), |list| {
            format!(
                "xem việc thu hồi: {}, hạn 15 ngày làm việc, đến ngày {}",
                dong(number(list, "/items/0/amount_dong")),
                date(text(list, "/items/0/due_on"))
            )
        })
        .await?;
    let task = format!("/v1/recovery-tasks/{}", text(&tasks, "/items/0/id"));
    stage.at("2026-08-03T08:00:00")?;
    let body = json!({"completed_on": "2026-08-03", "note": "Đã nộp lại tiền thưởng và Giấy khen"});
    stage
        .step(Ask::act(cast::CHIEF, &task, "complete", body), |_| {
            "ghi nhận đã thu hồi xong tiền thưởng và Giấy khen".to_owned()
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
            format!("đọc danh sách công khai, trong đó {revoked} trường hợp ghi rõ đã hủy bỏ")
        })
        .await
        .map(drop)
}
