//! The roll is frozen, the council meets, votes, signs its minutes; the result is confirmed.

use serde_json::json;

use super::cast::{self, Cast, count, text};
use super::stage::{Actor, Ask, Failure, Stage};
use super::words::{instant, say};

/// Voted on one by one.
const VOTED: [&str; 3] = ["đề nghị tập thể 1", "đề nghị cá nhân 5", "đề nghị cá nhân 15"];

/// Agreed on as a list.
const AGREED: [&str; 2] = ["đề nghị cá nhân 11", "đề nghị cá nhân 16"];

/// Five of seven are present: 5 · 3 ≥ 2 · 7.
const PRESENT: [usize; 5] = [0, 2, 3, 5, 6];

/// Plays both sessions: the one that votes, and the one that records consensus.
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
    let session = plan(stage, cast, ("phiên họp", "OPEN_VOTE"), &VOTED).await?;
    stage.at("2026-05-28T08:00:00")?;
    attendance(stage, cast, &session, &[0, 2, 3, 5]).await?;
    stage
        .step(
            Ask::act(cast::REVIEWER, &session, "open", json!({}))
                .ends(409)
                .because("4/7 thành viên, chưa đủ 2/3"),
            |_| String::new(),
        )
        .await?;
    open(stage, cast, &session).await?;
    vote(stage, cast, &session).await?;
    finish(stage, &session).await?;
    stage.chapter("Hội đồng thống nhất danh sách còn lại");
    let session = plan(stage, cast, ("phiên họp thứ hai", "CONSENSUS"), &AGREED).await?;
    open(stage, cast, &session).await?;
    agree(stage, cast, &session).await?;
    finish(stage, &session).await
}

async fn plan(
    stage: &mut Stage<'_>,
    cast: &mut Cast,
    (name, method): (&str, &str),
    list: &[&str],
) -> Result<String, Failure> {
    let body = json!({
        "council_id": cast.id("hội đồng")?, "campaign_id": cast.id("phong trào")?,
        "title": "Phiên xét khen thưởng phong trào thi đua 100 ngày đêm", "mode": "MEETING", "method": method,
        "held_at": "2026-05-28T01:00:00Z", "place": "Phòng họp Sở Ngoại vụ",
    });
    let made = stage
        .step(Ask::post(cast::REVIEWER, "/v1/review-sessions", body), |made| {
            format!(
                "với tư cách Thư ký, lập {name} {}, {}",
                instant(text(made, "/held_at")),
                if method == "CONSENSUS" {
                    "thống nhất theo danh sách"
                } else {
                    "biểu quyết công khai"
                }
            )
        })
        .await?;
    cast.keep(name, &made)?;
    let session = format!("/v1/review-sessions/{}", text(&made, "/id"));
    let agenda = format!("{session}/agenda");
    let body = json!({"nomination_ids": ids(cast, list)?});
    stage
        .step(Ask::post(cast::REVIEWER, &agenda, body).tagged(&session), |_| {
            format!("đưa {} đề nghị vào chương trình họp", list.len())
        })
        .await?;
    Ok(session)
}

fn ids(cast: &Cast, names: &[&str]) -> Result<Vec<String>, Failure> {
    names.iter().map(|name| cast.id(name)).collect()
}

async fn open(stage: &mut Stage<'_>, cast: &Cast, session: &str) -> Result<(), Failure> {
    attendance(stage, cast, session, &PRESENT).await?;
    stage
        .step(Ask::act(cast::REVIEWER, session, "open", json!({})), |_| {
            "khai mạc: 5/7 thành viên, đủ 2/3".to_owned()
        })
        .await
        .map(drop)
}

/// "Thống nhất" of those present for a list in one act, without single votes (R-V5).
async fn agree(stage: &mut Stage<'_>, cast: &Cast, session: &str) -> Result<(), Failure> {
    let path = format!("{session}/consensus");
    let body = json!({
        "nomination_ids": ids(cast, &AGREED)?, "outcome": "RECOMMENDED",
        "note": "Các thành viên dự họp thống nhất đề nghị khen thưởng theo danh sách",
    });
    stage
        .step(Ask::post(cast::REVIEWER, &path, body), |_| {
            format!("ghi nhận thống nhất cho {} đề nghị", AGREED.len())
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
        for name in VOTED {
            let path = format!("{session}/votes/{}", cast.id(name)?);
            let on_self = name == format!("đề nghị cá nhân {person}");
            let choice = if name == "đề nghị cá nhân 15" && person != 0 {
                "DISAGREE"
            } else {
                "AGREE"
            };
            let ask = Ask::put(voter, &path, json!({"choice": choice}))
                .ends(if on_self { 403 } else { 200 })
                .because(&format!(
                    "{} không được biểu quyết việc khen chính mình",
                    cast::name_of(person)
                ));
            stage
                .step(ask, |_| {
                    format!("{} việc khen {}", say(choice), cast.called(name))
                })
                .await?;
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
                        "{}: {}/{} thành viên tán thành, {}",
                        text(item, "/display_name"),
                        item["tally"]["agree"],
                        item["tally"]["base"],
                        say(text(item, "/tally/outcome"))
                    )
                })
                .collect();
            format!(
                "kết quả biểu quyết {} đề nghị:\n{}",
                count(list, "/items"),
                each.join("\n")
            )
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
            "với tư cách Thư ký, ký biên bản".to_owned()
        })
        .await?;
    stage
        .step(Ask::act(cast::DIRECTOR, session, "confirm", json!({})), |_| {
            "với tư cách Chủ tịch Hội đồng, xác nhận kết quả; tỷ lệ 30% được kiểm tra".to_owned()
        })
        .await
        .map(drop)
}
