//! The roll is frozen, the council meets, votes, signs its minutes; the result is confirmed.

use serde_json::json;

use super::cast::{self, Cast, count, text};
use super::stage::{Actor, Ask, Failure, Stage};

const AGENDA: [&str; 5] = [
    "đề nghị tập thể 1",
    "đề nghị cá nhân 5",
    "đề nghị cá nhân 15",
    "đề nghị cá nhân 11",
    "đề nghị cá nhân 16",
];

/// Five of seven are present: 5 · 3 ≥ 2 · 7.
const PRESENT: [usize; 5] = [0, 2, 3, 5, 6];

/// Plays the session.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter("Hội đồng Thi đua - Khen thưởng xét");
    stage.at("2026-05-27T08:00:00")?;
    let freeze = format!("/v1/campaigns/{}/participants/freeze", cast.id("phong trào")?);
    let campaign = format!("/v1/campaigns/{}", cast.id("phong trào")?);
    stage
        .step(
            Ask::post(cast::CHIEF, &freeze, json!({})).tagged(&campaign),
            |_| "chốt danh sách tham gia tại ngày 20/5/2026".to_owned(),
        )
        .await?;
    let session = plan(stage, cast).await?;
    open(stage, cast, &session).await?;
    vote(stage, cast, &session).await?;
    finish(stage, &session).await
}

async fn plan(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<String, Failure> {
    let body = json!({
        "council_id": cast.id("hội đồng")?, "campaign_id": cast.id("phong trào")?,
        "title": "Phiên xét khen thưởng phong trào thi đua 100 ngày đêm", "mode": "MEETING", "method": "OPEN_VOTE",
        "held_at": "2026-05-28T01:00:00Z", "place": "Phòng họp Sở Ngoại vụ",
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/review-sessions", body), |_| {
            "thư ký lập phiên họp".to_owned()
        })
        .await?;
    cast.keep("phiên họp", &made)?;
    let session = format!("/v1/review-sessions/{}", text(&made, "/id"));
    let mut ids = Vec::new();
    for name in AGENDA {
        ids.push(cast.id(name)?);
    }
    let agenda = format!("{session}/agenda");
    stage
        .step(
            Ask::post(cast::REVIEWER, &agenda, json!({"nomination_ids": ids})).tagged(&session),
            |_| format!("đưa {} đề nghị vào chương trình", AGENDA.len()),
        )
        .await?;
    Ok(session)
}

async fn open(stage: &mut Stage<'_>, cast: &Cast, session: &str) -> Result<(), Failure> {
    stage.at("2026-05-28T08:00:00")?;
    attendance(stage, cast, session, &[0, 2, 3, 5]).await?;
    stage
        .step(
            Ask::act(cast::REVIEWER, session, "open", json!({})).ends(409),
            |_| String::new(),
        )
        .await?;
    attendance(stage, cast, session, &PRESENT).await?;
    stage
        .step(Ask::act(cast::REVIEWER, session, "open", json!({})), |_| {
            "khai mạc: 5/7 thành viên, đủ 2/3".to_owned()
        })
        .await
        .map(drop)
}

async fn attendance(
    stage: &mut Stage<'_>,
    cast: &Cast,
    session: &str,
    present: &[usize],
) -> Result<(), Failure> {
    let mut list = Vec::new();
    for person in [0, 1, 2, 3, 5, 6, 7] {
        let attendance = if present.contains(&person) {
            "PRESENT"
        } else {
            "ABSENT"
        };
        list.push(json!({
            "council_member_id": cast.id(&format!("thành viên {person}"))?, "attendance": attendance,
        }));
    }
    let path = format!("{session}/attendance");
    let said = format!("ghi nhận {} thành viên dự họp", present.len());
    stage
        .step(
            Ask::put(cast::REVIEWER, &path, json!({"members": list})).tagged(session),
            |_| said,
        )
        .await
        .map(drop)
}

async fn vote(stage: &mut Stage<'_>, cast: &Cast, session: &str) -> Result<(), Failure> {
    let voters: [(Actor, usize); 5] = [
        (cast::DIRECTOR, 0),
        (cast::CHIEF, 2),
        (cast::REVIEWER, 3),
        (cast::HEADS[0], 5),
        (cast::HEADS[1], 6),
    ];
    for (voter, person) in voters {
        for name in AGENDA {
            let path = format!("{session}/votes/{}", cast.id(name)?);
            let on_self = name == format!("đề nghị cá nhân {person}");
            let choice = if name == "đề nghị cá nhân 15" && person != 0 {
                "DISAGREE"
            } else {
                "AGREE"
            };
            let ask = Ask::put(voter, &path, json!({"choice": choice})).ends(if on_self { 403 } else { 200 });
            stage.step(ask, |_| format!("{name}: {choice}")).await?;
        }
    }
    Ok(())
}

async fn finish(stage: &mut Stage<'_>, session: &str) -> Result<(), Failure> {
    stage
        .step(Ask::act(cast::REVIEWER, session, "close", json!({})), |_| {
            "kết thúc biểu quyết".to_owned()
        })
        .await?;
    let agenda = format!("{session}/agenda");
    stage
        .step(Ask::get(cast::REVIEWER, &agenda), |list| {
            let each: Vec<String> = list["items"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|item| {
                    format!(
                        "{}/{} {}",
                        item["tally"]["agree"],
                        item["tally"]["base"],
                        text(item, "/tally/outcome")
                    )
                })
                .collect();
            format!("kết quả {} nội dung: {}", count(list, "/items"), each.join("; "))
        })
        .await?;
    let minutes = format!("{session}/minutes");
    let body = json!({
        "course": "Hội đồng nghe Văn phòng báo cáo kết quả thẩm định, thảo luận và biểu quyết từng trường hợp.",
        "opinions": [{"by": cast::name_of(2), "text": "Nhất trí với danh sách tổng hợp"}], "conclusion": "Đề nghị Giám đốc Sở quyết định theo kết quả biểu quyết.",
    });
    stage
        .step(Ask::put(cast::REVIEWER, &minutes, body).tagged(session), |_| {
            "lập biên bản".to_owned()
        })
        .await?;
    stage
        .step(
            Ask::act(cast::DIRECTOR, session, "confirm", json!({})).ends(409),
            |_| String::new(),
        )
        .await?;
    stage
        .step(Ask::act(cast::REVIEWER, session, "sign", json!({})), |_| {
            "thư ký ký biên bản".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::DIRECTOR, session, "confirm", json!({})), |_| {
            "Chủ tịch Hội đồng xác nhận; tỷ lệ 30% được kiểm tra".to_owned()
        })
        .await
        .map(drop)
}
