//! Scenario 1: the seed's campaign.

use serde_json::json;

use crate::support::calendar::{when, year};
use crate::support::campaigns::{plan_579, published_without_roll};
use crate::support::on_both;
use crate::support::world::World;

on_both!(scenario_1_the_plan_with_all_its_facts);

async fn scenario_1_the_plan_with_all_its_facts(world: World) {
    let campaign = published_without_roll(&world).await;
    let anyone = world.persona("nobody");
    let shown = anyone.get(&campaign.path).await.expect(200).json;
    assert_eq!(
        (&shown["state"], &shown["days"]),
        (&json!("PUBLISHED"), &json!(100))
    );
    assert_eq!(shown["duration_class"], "UNDER_1_YEAR");
    assert_eq!(shown["deadline_at"], when("2026-05-24T17:00:00.000000Z"));
    assert_eq!(shown["launch_number"], "579/KH-SNgV");
    assert_eq!(shown["issuer_name"], "Sở Ngoại vụ");

    // What was sent is what is read, fact by fact (S1 to S25).
    let sent = plan_579();
    assert_eq!(shown["name"], sent["campaign"]["name"]);
    assert_eq!(shown["plan"]["launch_document"], sent["launch_document"]);
    for (member, value) in sent["campaign"]["plan"].as_object().unwrap() {
        let read = &shown["plan"][member];
        match member.as_str() {
            "quota" => assert_eq!(read["basis_points"], value["basis_points"]),
            "priorities" => assert_eq!(read[1], value[1]),
            "submission" => assert_eq!(read["deadline"]["date"], value["deadline"]["date"]),
            _ => assert_eq!(read, value, "{member}"),
        }
    }
    let received = shown["plan"]["text_as_received"].as_str().unwrap();
    let corrected = shown["plan"]["text_corrected"].as_str().unwrap();
    assert!(received.contains("tạo chuyên biến") && corrected.contains("tạo chuyển biến"));

    for (now, phase, intake) in [
        (when("2026-03-21T05:00:00Z"), "RUNNING", "OPEN"),
        (when("2026-05-20T16:59:50Z"), "RUNNING", "OPEN"),
        (when("2026-05-20T17:00:00Z"), "ENDED", "OPEN"),
        (when("2026-05-24T16:59:50Z"), "ENDED", "OPEN"),
        (when("2026-05-24T17:00:00Z"), "ENDED", "CLOSED"),
    ] {
        world.set_time(now);
        let shown = anyone.get(&campaign.path).await.expect(200).json;
        assert_eq!(
            (&shown["phase"], &shown["intake"]),
            (&json!(phase), &json!(intake)),
            "{now}"
        );
        let listed = anyone
            .get(&format!(
                "/v1/campaigns?phase={phase}&year={}&q=100+ngay+dem",
                year("2026-03-20")
            ))
            .await;
        assert_eq!(listed.expect(200).json["items"][0]["id"], shown["id"], "{now}");
    }
}
