//! Campaigns for tests: the real plan 579 (`src/demo/plan_579.json`), brought as far as a test needs.

use serde_json::{Value, json};
use thidua::domain::ids::CampaignId;

use super::calendar::{moved, when};
use super::world::{World, org};

/// A published campaign.
#[derive(Debug, Clone)]
pub struct Published {
    /// Identifier.
    pub id: CampaignId,
    /// Path of the campaign.
    pub path: String,
}

/// Plan 579 with the world's organisations in place of their codes: `campaign` is the body of the
/// creation, `launch_document` that of the publication.
pub fn plan_579() -> Value {
    let text = include_str!("../../../src/demo/plan_579.json");
    let placeholders = [
        ("@H14.15.1", org::OFFICE),
        ("@H14.15", org::DEPARTMENT),
        ("@H14.12", org::HOME_AFFAIRS),
        ("@H14", org::PROVINCE),
    ];
    let text = placeholders.iter().fold(text.to_owned(), |text, (code, id)| {
        text.replace(&format!("\"{code}\""), &format!("\"{id}\""))
    });
    serde_json::from_str(&moved(&text)).unwrap()
}

/// A document reference with a number.
pub fn document(number: &str, issued_on: &str) -> Value {
    json!({"type": "BC", "number_raw": number, "issued_on": issued_on})
}

/// Plan 579 as a draft of the office chief; answers its path.
pub async fn drafted(world: &World) -> String {
    let made = world
        .persona("chief")
        .post("/v1/campaigns", &plan_579()["campaign"])
        .await
        .expect(201);
    made.header("location").unwrap().to_owned()
}

/// Plan 579 approved by the Director; answers its path.
pub async fn approved(world: &World) -> String {
    let path = drafted(world).await;
    approve(world, &path).await;
    path
}

async fn approve(world: &World, path: &str) {
    let nothing = json!({});
    for (persona, verb) in [("chief", "request-approval"), ("director", "approve")] {
        let persona = world.persona(persona);
        persona.act(path, verb, &nothing).await.expect(200);
    }
}

/// Plan 579, published, without a council, with an empty roll.
pub async fn published_without_roll(world: &World) -> Published {
    let path = approved(world).await;
    publish(world, path).await
}

async fn publish(world: &World, path: String) -> Published {
    let clerk = world.persona("clerk");
    let mut document = plan_579()["launch_document"].clone();
    let first = clerk
        .act(&path, "publish", &json!({"launch_document": document}))
        .await;
    let published = if first.json["code"] == "campaign.number_taken" {
        // A second campaign of the world has a number of its own.
        let (_, random) = path.rsplit_once('-').unwrap();
        document["number_raw"] = json!(format!("{}/KH-SNgV", u64::from_str_radix(random, 16).unwrap()));
        clerk
            .act(&path, "publish", &json!({"launch_document": document}))
            .await
            .expect(200)
    } else {
        first.expect(200)
    };
    Published {
        id: published.id().parse().unwrap(),
        path,
    }
}

/// Plan 579, published, with the whole staff on its roll (6 collectives, 28 individuals), not frozen.
pub async fn published(world: &World) -> Published {
    let campaign = published_without_roll(world).await;
    let path = format!("{}/participants/from-roll", campaign.path);
    let report = world.persona("chief").post(&path, &json!({})).await.expect(200);
    assert_eq!(report.json["stored"], 34);
    campaign
}

/// A campaign of its own on plan 579 with these members of the plan in place of the plan's, published,
/// with the whole staff on its roll, frozen.
pub async fn frozen_with(world: &World, members: &Value) -> Published {
    let mut body = plan_579()["campaign"].clone();
    body.as_object_mut().unwrap().remove("code");
    for (name, value) in members.as_object().unwrap() {
        body["plan"][name] = value.clone();
    }
    let chief = world.persona("chief");
    let made = chief.post("/v1/campaigns", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    approve(world, &path).await;
    let campaign = publish(world, path).await;
    let roll = format!("{}/participants/from-roll", campaign.path);
    chief.post(&roll, &json!({})).await.expect(200);
    chief
        .act(&campaign.path, "participants/freeze", &json!({}))
        .await
        .expect(200);
    campaign
}

/// Amends the plan of a published campaign.
pub async fn amend(world: &World, campaign: &Published, members: &Value) {
    // Every amendment is a document with a number of its own; the quota is the Director's.
    let director = world.persona("director");
    let made = director
        .get(&format!("{}/amendments", campaign.path))
        .await
        .expect(200);
    let number = format!("{}/SNgV-VP", 700 + made.json["items"].as_array().unwrap().len());
    let body =
        json!({"document": document(&number, when("2026-03-20")), "reason": "Điều chỉnh", "plan": members});
    director
        .act(&campaign.path, "amendments", &body)
        .await
        .expect(201);
}
