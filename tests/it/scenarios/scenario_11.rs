//! 11: a search without accents finds the name, and text in the other normal form finds the same record.

use serde_json::json;

use crate::support::on_both;
use crate::support::world::{World, org};

on_both!(a_name_is_found_without_accents_and_in_either_normal_form);

async fn a_name_is_found_without_accents_and_in_either_normal_form(world: World) {
    let chief = world.persona("chief");
    let body = json!({"unit_id": org::OFFICE, "full_name": "Tô Thị Trang", "staff_kind": "CONG_CHUC",
                      "leadership_class": "DEPARTMENT_LEADER", "position": "Phó Giám đốc"});
    let made = chief.post("/v1/individuals", &body).await.expect(201);
    let ids = |reply: crate::support::Reply| -> Vec<String> {
        let items = reply.json["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let nfd = "To%CC%82%20Thi%CC%A3%20Trang";
    let nfc = "T%C3%B4%20Th%E1%BB%8B%20Trang";
    for query in ["to%20thi%20trang", "TRANG%20to", nfd, nfc, "tra"] {
        let found = chief.get(&format!("/v1/individuals?q={query}")).await.expect(200);
        assert_eq!(ids(found), [made.id()], "{query}");
    }
    // "t" and "thi" begin words of the name, "rang" does not.
    let none = chief.get("/v1/individuals?q=rang").await.expect(200);
    assert_eq!(ids(none), Vec::<String>::new());

    // A name sent in NFD is the same record as its NFC form: the same bytes come back, and the same
    // request in the other form is a replay, not a second person.
    let name = |text: &str| json!({"unit_id": org::OFFICE, "name": text, "kind": "COLLECTIVE"});
    let send = |text: &'static str| {
        chief
            .ask("POST", "/v1/collectives")
            .key("to-mau")
            .json(&name(text))
            .send()
    };
    let first = send("T\u{1ED5} L\u{1EC5} t\u{E2}n").await.expect(201);
    let again = send("To\u{302}\u{309} Le\u{302}\u{303} ta\u{302}n")
        .await
        .expect(201);
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    chief
        .post(
            "/v1/collectives",
            &name("To\u{302}\u{309} Le\u{302}\u{303} ta\u{302}n"),
        )
        .await
        .refused(409, "collective.name_taken");
}
