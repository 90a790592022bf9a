//! The plan is drafted, approved, numbered and published; the roll is taken.

use serde_json::{Value, json};

use super::cast::{self, Cast, number, text};
use super::stage::{Ask, Failure, Stage};
use super::words::{cut, instant, readings, say};

/// The plan's facts S1–S25 as data; organisations stand as `@code`.
const PLAN: &str = include_str!("plan_579.json");

/// Plays the launch.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter("Kế hoạch 579/KH-SNgV: dự thảo, duyệt, ban hành");
    council(stage, cast).await?;
    stage.at("2026-03-18T09:00:00")?;
    let mut facts: Value = serde_json::from_str(PLAN).map_err(|error| Failure(error.to_string()))?;
    resolve(&mut facts, cast)?;
    let launch_document = facts["launch_document"].take();
    let mut body = facts["campaign"].take();
    if let Some(plan) = body.get_mut("plan").and_then(Value::as_object_mut) {
        plan.insert("council_id".to_owned(), json!(cast.id("hội đồng")?));
    }
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/campaigns", body), |c| {
            format!("dự thảo kế hoạch {}", cut(text(c, "/name"), 75))
        })
        .await?;
    cast.keep("phong trào", &made)?;
    let campaign = format!("/v1/campaigns/{}", cast.id("phong trào")?);
    stage
        .step(
            Ask::act(cast::CHIEF, &campaign, "request-approval", json!({})),
            |_| "trình duyệt kế hoạch".to_owned(),
        )
        .await?;
    stage.at("2026-03-20T08:00:00")?;
    stage
        .step(Ask::act(cast::DEPUTY, &campaign, "approve", json!({})), |_| {
            "duyệt kế hoạch thay Giám đốc".to_owned()
        })
        .await?;
    let publication = json!({"launch_document": launch_document});
    stage
        .step(
            Ask::act(cast::REVIEWER, &campaign, "publish", publication.clone())
                .ends(403)
                .because("ban hành là việc của Văn thư"),
            |_| String::new(),
        )
        .await?;
    stage
        .step(Ask::act(cast::CLERK, &campaign, "publish", publication), |c| {
            format!(
                "ban hành số {}: {} ngày thi đua, phong trào {}, hạn nộp trước {}",
                text(c, "/launch_number"),
                number(c, "/days"),
                say(text(c, "/phase")),
                instant(text(c, "/deadline_at"))
            )
        })
        .await?;
    roll(stage, cast, &campaign).await
}

/// Replaces every `@code` by the id of that organisation.
fn resolve(value: &mut Value, cast: &Cast) -> Result<(), Failure> {
    match value {
        Value::String(text) => {
            if let Some(code) = text.strip_prefix('@') {
                *text = cast.id(code)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                resolve(item, cast)?;
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                resolve(member, cast)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Seven members: chair, vice-chair, secretary, four members.
const MEMBERS: [(usize, &str); 7] = [
    (0, "CHAIR"),
    (1, "VICE_CHAIR"),
    (2, "STANDING"),
    (3, "SECRETARY"),
    (5, "MEMBER"),
    (6, "MEMBER"),
    (7, "MEMBER"),
];

async fn council(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("2026-01-12T09:00:00")?;
    let body = json!({
        "owner_organization_id": cast.id("H14.15")?, "name": "Hội đồng Thi đua - Khen thưởng Sở Ngoại vụ",
        "policy": {},
        "document": {"type": "QĐ", "number_raw": "15/QĐ-SNgV", "issued_on": "2026-01-12", "place": "Cao Bằng"},
    });
    let made = stage
        .step(Ask::post(cast::CHIEF, "/v1/councils", body), |_| {
            "lập Hội đồng: họp khi đủ 2/3, thông qua khi quá nửa tổng số thành viên".to_owned()
        })
        .await?;
    cast.keep("hội đồng", &made)?;
    let members = format!("/v1/councils/{}/members", cast.id("hội đồng")?);
    for (person, function) in MEMBERS {
        let body = json!({
            "individual_id": cast.id(&format!("người {person}"))?, "function": function, "valid_from": "2026-01-12",
        });
        let made = stage
            .step(Ask::post(cast::CHIEF, &members, body), |_| {
                format!("cử {} làm {}", cast::name_of(person), say(function))
            })
            .await?;
        cast.keep(&format!("thành viên {person}"), &made)?;
    }
    Ok(())
}

async fn roll(stage: &mut Stage<'_>, cast: &Cast, campaign: &str) -> Result<(), Failure> {
    stage.at("2026-03-23T09:00:00")?;
    let from_roll = format!("{campaign}/participants/from-roll");
    stage
        .step(Ask::post(cast::CHIEF, &from_roll, json!({})), |report| {
            format!(
                "đưa toàn thể {} tập thể, cá nhân vào danh sách tham gia",
                report["stored"]
            )
        })
        .await?;
    let quota = format!("{campaign}/quota");
    stage
        .step(Ask::get(cast::DIRECTOR, &quota), |shown| readings(shown, cast))
        .await
        .map(drop)
}
