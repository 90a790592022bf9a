//! Conditions and keys over HTTP: `If-Match` where it is not needed, `*` among many, replays.

use serde_json::json;

use crate::support::on_both;
use crate::support::world::World;

on_both!(
    are_replayed_in_the_language_of_the_answer,
);

async fn are_replayed_in_the_language_of_the_answer(world: World) {
    let administrator = world.persona("administrator");
    let make = |language: &str| {
        let ask = administrator.ask("POST", "/v1/organizations").key("language-1");
        let ask = ask.header("accept-language", language);
        ask.json(&json!({"name": "Một lần", "kind": "OTHER"})).send()
    };
    let first = make("en").await.expect(201);
    let again = make("vi").await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.bytes, again.bytes);
    for answer in [first, again] {
        assert_eq!(answer.header("content-language"), Some("en"));
    }
}
