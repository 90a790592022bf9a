//! Before the plan: organisations, people, roles.

use serde_json::{Value, json};

use super::cast::{self, Cast, STAFF, count, name_of};
use super::stage::{Actor, Ask, Failure, Stage};
use super::words::say;

/// Code, name, symbol, kind, code of the organisation above.
const ORGANIZATIONS: [(&str, &str, Option<&str>, &str, Option<&str>); 10] = [
    (
        "H14",
        "Ủy ban nhân dân tỉnh Cao Bằng",
        Some("UBND"),
        "PROVINCE_PC",
        None,
    ),
    ("H14.12", "Sở Nội vụ", Some("SNV"), "HOME_AFFAIRS", Some("H14")),
    (
        "H14.12.1",
        "Ban Thi đua - Khen thưởng",
        Some("BTĐKT"),
        "EMULATION_BOARD",
        Some("H14.12"),
    ),
    ("H14.15", "Sở Ngoại vụ", Some("SNgV"), "DEPARTMENT", Some("H14")),
    (
        "H14.15.1",
        "Văn phòng Sở Ngoại vụ",
        None,
        "OFFICE",
        Some("H14.15"),
    ),
    ("H14.15.2", "Phòng Lãnh sự", None, "DIVISION", Some("H14.15")),
    (
        "H14.15.3",
        "Phòng Hợp tác quốc tế",
        None,
        "DIVISION",
        Some("H14.15"),
    ),
    (
        "H14.15.4",
        "Phòng Quản lý biên giới",
        None,
        "DIVISION",
        Some("H14.15"),
    ),
    ("H14.15.5", "Phòng Lễ tân", None, "DIVISION", Some("H14.15")),
    (
        "H14.15.6",
        "Phòng Thông tin đối ngoại",
        None,
        "DIVISION",
        Some("H14.15"),
    ),
];

/// Who holds which role where, by code.
const GRANTS: [(Actor, &str, Option<&str>); 14] = [
    (cast::DIRECTOR, "DIRECTOR", Some("H14.15")),
    (cast::DEPUTY, "DIRECTOR", Some("H14.15")),
    (cast::CHIEF, "OFFICE_CHIEF", Some("H14.15")),
    (cast::REVIEWER, "OFFICE_REVIEWER", Some("H14.15")),
    (cast::CLERK, "CLERK", Some("H14.15")),
    (cast::HEADS[0], "DIVISION_HEAD", Some("H14.15.2")),
    (cast::HEADS[1], "DIVISION_HEAD", Some("H14.15.3")),
    (cast::HEADS[2], "DIVISION_HEAD", Some("H14.15.4")),
    (cast::HEADS[3], "DIVISION_HEAD", Some("H14.15.5")),
    (cast::HEADS[4], "DIVISION_HEAD", Some("H14.15.6")),
    (cast::OFFICER, "DIVISION_OFFICER", Some("H14.15.2")),
    (cast::BOARD, "BOARD_OFFICER", Some("H14.12.1")),
    (cast::BOARD_SYSTEM, "BOARD_SYSTEM", Some("H14.12.1")),
    (cast::AUDITOR, "AUDITOR", None),
];

/// Whose account belongs to which of the people.
const ACCOUNTS: [(Actor, usize); 11] = [
    (cast::DIRECTOR, 0),
    (cast::DEPUTY, 1),
    (cast::CHIEF, 2),
    (cast::REVIEWER, 3),
    (cast::CLERK, 4),
    (cast::HEADS[0], 5),
    (cast::HEADS[1], 6),
    (cast::HEADS[2], 7),
    (cast::HEADS[3], 8),
    (cast::HEADS[4], 9),
    (cast::OFFICER, 10),
];

/// Plays the preparation.
///
/// # Errors
/// The first step that ends otherwise.
pub async fn play(stage: &mut Stage<'_>, cast: &mut Cast, issuer: &str) -> Result<(), Failure> {
    stage.chapter("Chuẩn bị: cơ quan, con người, vai trò");
    stage.at("2026-01-05T08:00:00")?;
    organizations(stage, cast).await?;
    roles(stage, cast, issuer).await?;
    people(stage, cast).await?;
    accounts(stage, cast, issuer).await
}

async fn organizations(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    for (code, name, short_name, kind, parent) in ORGANIZATIONS {
        let mut body = json!({"code": code, "name": name, "kind": kind, "valid_from": "2021-01-01"});
        if let Some(short_name) = short_name {
            set(&mut body, "short_name", json!(short_name));
        }
        if let Some(parent) = parent {
            set(&mut body, "parent_id", json!(cast.id(parent)?));
        }
        let made = stage
            .step(Ask::post(cast::ADMINISTRATOR, "/v1/organizations", body), |_| {
                format!("lập {name}, mã {code}")
            })
            .await?;
        cast.keep_called(code, &made, name)?;
    }
    Ok(())
}

async fn roles(stage: &mut Stage<'_>, cast: &Cast, issuer: &str) -> Result<(), Failure> {
    for (actor, role, place) in GRANTS {
        let mut body = json!({
            "principal_kind": if actor.machine { "CLIENT" } else { "USER" },
            "issuer": issuer, "subject": actor.subject, "role": role, "reason": "Phân công năm 2026",
        });
        if let Some(code) = place {
            set(&mut body, "organization_id", json!(cast.id(code)?));
        }
        let mut said = format!(
            "giao {} (tài khoản {}) vai trò {}",
            actor.title,
            actor.subject,
            say(role)
        );
        if actor == cast::DEPUTY {
            said.push_str(" để ký thay");
        }
        let place_name = place.map(|code| cast.called(code));
        for part in place_name
            .as_deref()
            .map_or([" toàn tỉnh", ""], |name| [" tại ", name])
        {
            said.push_str(part);
        }
        stage
            .step(Ask::post(cast::ADMINISTRATOR, "/v1/role-grants", body), |_| said)
            .await?;
    }
    Ok(())
}

/// Unit of each of the 28: five of the office, five heads, eighteen officers in turn.
fn unit_of(number: usize) -> &'static str {
    const DIVISIONS: [&str; 5] = ["H14.15.2", "H14.15.3", "H14.15.4", "H14.15.5", "H14.15.6"];
    match number {
        0..=4 => "H14.15.1",
        _ => DIVISIONS.get(number % 5).copied().unwrap_or("H14.15.1"),
    }
}

fn rank_of(number: usize) -> (&'static str, &'static str) {
    match number {
        0 => ("Giám đốc", "DEPARTMENT_LEADER"),
        1 => ("Phó Giám đốc", "DEPARTMENT_LEADER"),
        2 => ("Chánh Văn phòng", "OTHER_LEADER"),
        5..=9 => ("Trưởng phòng", "OTHER_LEADER"),
        _ => ("Chuyên viên", "DIRECT_WORKER"),
    }
}

async fn people(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for number in 0..STAFF {
        let (position, class) = rank_of(number);
        rows.push(json!({
            "unit_id": cast.id(unit_of(number))?, "full_name": name_of(number), "position": position,
            "staff_kind": "CONG_CHUC", "leadership_class": class, "personnel_code": format!("NV{:03}", number + 1),
        }));
    }
    let report = stage
        .step(
            Ask::post(cast::CHIEF, "/v1/individuals/import", json!({"rows": rows})),
            |report| format!("nhập {} công chức, viên chức, người lao động", report["stored"]),
        )
        .await?;
    keep_rows(cast, "người", &report);
    let mut rows = Vec::new();
    for (code, name, _, kind, _) in ORGANIZATIONS {
        if matches!(kind, "OFFICE" | "DIVISION") {
            rows.push(json!({
                "unit_id": cast.id(code)?, "name": format!("Tập thể {name}"), "kind": "COLLECTIVE",
                "headcount": 5, "women_count": 2,
            }));
        }
    }
    let report = stage
        .step(
            Ask::post(cast::CHIEF, "/v1/collectives/import", json!({"rows": rows})),
            |report| format!("nhập {} tập thể", report["stored"]),
        )
        .await?;
    keep_rows(cast, "tập thể", &report);
    let found = "/v1/individuals?q=mau%20mot";
    stage
        .step(Ask::get(cast::CHIEF, found), |page| {
            format!("gõ không dấu “mau mot” tìm thấy {} người", count(page, "/items"))
        })
        .await
        .map(drop)
}

fn keep_rows(cast: &mut Cast, name: &str, report: &Value) {
    for (index, row) in report["rows"].as_array().into_iter().flatten().enumerate() {
        if let Some(id) = row["id"].as_str() {
            cast.keep_id(&format!("{name} {index}"), id);
        }
    }
}

async fn accounts(stage: &mut Stage<'_>, cast: &Cast, issuer: &str) -> Result<(), Failure> {
    for (actor, number) in ACCOUNTS {
        let path = format!("/v1/individuals/{}", cast.id(&format!("người {number}"))?);
        let body = json!({"principal_kind": "USER", "issuer": issuer, "subject": actor.subject});
        let said = format!("ghi nhận tài khoản {} là của {}", actor.subject, name_of(number));
        stage
            .step(Ask::act(cast::CHIEF, &path, "link-identity", body), |_| said)
            .await?;
    }
    Ok(())
}

fn set(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
