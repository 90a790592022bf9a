//! No scenario: that all of them happen when they are told to (TIM-04).

use std::time::Duration;

use serde_json::json;
use thidua::domain::time::Instant;

use crate::support::on_both;
use crate::support::world::{World, org};

on_both!(the_world_begins_when_it_is_told);

async fn the_world_begins_when_it_is_told(world: World) {
    let told = std::env::var("THIDUA_TEST_START").unwrap_or("2026-03-20T02:00:00Z".to_owned());
    let body = json!({"unit_id": org::OFFICE, "name": "Tổ mẫu", "kind": "COLLECTIVE"});
    let chief = world.persona("chief");
    let made = chief.post("/v1/collectives", &body).await.expect(201);
    let made: Instant = made.json["created_at"].as_str().unwrap().parse().unwrap();
    let begin: Instant = told.parse().unwrap();
    assert!(
        (begin..begin.plus(Duration::from_mins(30))).contains(&made),
        "{made}"
    );
}
