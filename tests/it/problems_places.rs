//! ERR-03: a refusal names the place; TXT-02, LST-07: what texts and queries may be.

use serde_json::{Value, json};

use crate::support::on_both;
use crate::support::submissions::{Who, campaign, draft, propose};
use crate::support::world::{Reply, World, org};

on_both!(
    name_the_place,
    bodies_that_need_nothing_may_be_absent,
    queries_are_held_against_their_schemas,
    a_hand_in_answers_its_receipt,
);

fn places(reply: &Reply) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = reply.json["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| {
            let place = ["pointer", "parameter", "header"]
                .iter()
                .find_map(|kind| error[kind].as_str());
            (place.unwrap_or("-").to_owned(), text(&error["code"]))
        })
        .collect()
}

async fn name_the_place(world: World) {
    let administrator = world.persona("administrator");
    let raw = async |body: &str| {
        let ask = administrator.ask("POST", "/v1/organizations");
        let ask = ask.header("content-type", "application/json");
        ask.body(body.to_owned()).send().await
    };
    for (body, status, pointer, code) in [
        (
            r#"{"name":"A","name":"B"}"#.to_owned(),
            400,
            "/name",
            "body.duplicate_member",
        ),
        (r#"{"name":1e400}"#.to_owned(), 422, "/name", "field.range"),
        (r#"{"name":"\ud800"}"#.to_owned(), 422, "/name", "field.format"),
        (r#"{"name":tru}"#.to_owned(), 400, "/name", "body.syntax"),
    ] {
        let reply = raw(&body).await.expect(status);
        assert_eq!(places(&reply), [(pointer.to_owned(), code.to_owned())], "{body}");
    }
    let all = json!({"name": "", "kind": "X", "code": "@", "valid_from": "x", "foo": 1});
    let all = administrator.post("/v1/organizations", &all).await.expect(422);
    let found = places(&all);
    for pointer in ["/name", "/kind", "/code", "/valid_from", "/foo"] {
        assert!(
            found.iter().any(|(place, _)| place == pointer),
            "{pointer} {}",
            all.json
        );
    }
    let hidden = json!({"name": "Ph\u{200b}\nòng", "short_name": "A\u{200b}\nB", "kind": "DIVISION",
        "parent_id": org::DEPARTMENT});
    let hidden = administrator.post("/v1/organizations", &hidden).await.expect(422);
    let single = |pointer: &str| (pointer.to_owned(), "text.single_line".to_owned());
    let mut found = places(&hidden);
    found.sort();
    assert_eq!(found, [single("/name"), single("/short_name")]);

    let slip = json!({"name": "Phòng A", "kind": "DIVISION", "parent_id": org::DEPARTMENT,
        "valid_from": "0206-05-25"});
    let slip = administrator.post("/v1/organizations", &slip).await.expect(422);
    assert_eq!(
        places(&slip),
        [("/valid_from".to_owned(), "field.format".to_owned())]
    );
    let mistaken = json!({"name": 7, "kind": "DIVISION", "parent_id": org::DEPARTMENT});
    let mistaken = administrator
        .post("/v1/organizations", &mistaken)
        .await
        .expect(422);
    assert_eq!(
        mistaken.json["errors"][0]["params"]["expected"],
        json!(["string"])
    );

    // One violation a text.
    let nul = json!({"name": "A\u{0}B", "kind": "DIVISION", "parent_id": org::DEPARTMENT});
    let nul = administrator.post("/v1/organizations", &nul).await.expect(422);
    let control = ("/name".to_owned(), "text.control_character".to_owned());
    assert_eq!(places(&nul), [control]);

    let unit =
        json!({"name": "Phòng A", "kind": "DIVISION", "parent_id": org::DEPARTMENT, "code": "H14.15.99"});
    let made = administrator.post("/v1/organizations", &unit).await.expect(201);
    let taken = administrator.post("/v1/organizations", &unit).await;
    let taken = taken.refused(409, "organization.code_taken");
    assert_eq!(places(&taken)[0].0, "/code");
    let path = format!("/v1/organizations/{}", made.id());
    let edit = json!({"name": "Phòng B"});
    let without = administrator.ask("PATCH", &path).json(&edit).send().await;
    assert_eq!(places(&without.refused(428, "etag.required"))[0].0, "If-Match");
    let stale = administrator
        .ask("PATCH", &path)
        .if_match("\"99\"")
        .json(&edit)
        .send()
        .await;
    assert_eq!(places(&stale.refused(412, "etag.stale"))[0].0, "If-Match");
}

async fn bodies_that_need_nothing_may_be_absent(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(11)]).await;
    let path = format!("{}/submit", dossier.path);
    head.ask("POST", &path).if_match("*").send().await.expect(200);
    // An act that needs something names what it needs, also to one who sends nothing at all.
    let back = format!("{}/return", dossier.path);
    let reviewer = world.persona("reviewer");
    let bare = reviewer.ask("POST", &back).if_match("*").send().await.expect(422);
    assert!(
        places(&bare).contains(&("/reason".to_owned(), "field.required".to_owned())),
        "{}",
        bare.json
    );
}

async fn queries_are_held_against_their_schemas(world: World) {
    let chief = world.persona("chief");
    let long = format!("/v1/individuals?q={}", "a".repeat(101));
    let long = chief.get(&long).await.refused(400, "query.invalid");
    assert_eq!(places(&long), [("q".to_owned(), "field.length".to_owned())]);
    for sign in ["%25", "_", "%25%25"] {
        let page = chief.get(&format!("/v1/individuals?q={sign}")).await.expect(200);
        assert_eq!(page.json["items"], json!([]), "{sign}");
    }
    let bytes = chief
        .get("/v1/individuals?q=%ff")
        .await
        .refused(400, "query.invalid");
    assert_eq!(places(&bytes)[0].0, "q");
    // An absent parameter that must be there is named, and so is a value of a closed list that is none.
    let place = |name: &str, code: &str| (name.to_owned(), code.to_owned());
    for (path, expected) in [
        (
            "/v1/decisions/next-number".to_owned(),
            place("organization_id", "field.required"),
        ),
        (
            "/v1/decisions/next-number?organization_id=&year=2026".to_owned(),
            place("organization_id", "field.required"),
        ),
        (
            "/v1/audit-entries?kind=zzz".to_owned(),
            place("kind", "field.choice"),
        ),
        ("/v1/decisions?type=ZZZ".to_owned(), place("type", "field.choice")),
        (
            "/v1/recovery-tasks?state=ZZZ".to_owned(),
            place("state", "field.pattern"),
        ),
        (
            "/v1/organizations?limit=-99999999999999999999".to_owned(),
            place("limit", "field.range"),
        ),
    ] {
        let refused = chief.get(&path).await.refused(400, "query.invalid");
        assert_eq!(places(&refused), [expected], "{path}");
    }
    // What would have been right is said, to people and to programs.
    let wrong = chief.get("/v1/nominations?state=ELIGIBLE,FOO").await;
    let wrong = wrong.refused(400, "query.invalid");
    assert_eq!(places(&wrong), [place("state", "field.choice")]);
    assert!(
        wrong.json["errors"][0]["params"]["choices"]
            .to_string()
            .contains("IN_COUNCIL")
    );
    let detail = wrong.json["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("PROPOSED, ELIGIBLE"), "{detail}");
    chief
        .get("/v1/nominations?state=ELIGIBLE,%20IN_COUNCIL")
        .await
        .expect(200);
    // A filter whose value got lost is not taken for no filter.
    for (path, name, code) in [
        ("/v1/nominations?state=", "state", "field.choice"),
        ("/v1/nominations?campaign_id=", "campaign_id", "field.format"),
        ("/v1/nominations?on_hold=", "on_hold", "field.type"),
        ("/v1/nominations?q=", "q", "text.empty"),
        ("/v1/nominations?form=GIAY_KHEN_SO,", "form", "text.empty"),
    ] {
        let empty = chief.get(path).await.refused(400, "query.invalid");
        assert_eq!(places(&empty), [place(name, code)], "{path}");
    }
    let control = chief.get("/v1/nominations?q=a%C2%9Bb").await;
    assert_eq!(places(&control.refused(400, "query.invalid"))[0].0, "q");
    // A path of its own is no identifier, whatever the method.
    let other = chief
        .ask("PATCH", "/v1/decisions/next-number")
        .json(&json!({}))
        .send()
        .await;
    let other = other.refused(405, "method.not_allowed");
    assert_eq!(other.header("allow"), Some("GET, HEAD, OPTIONS"));
    // Award forms are data: one that there is not has no honours.
    let none = world.anonymous("GET", "/v1/honors?form=NOPE").send().await;
    assert_eq!(none.expect(200).json["items"], json!([]));
    let whole = chief.get("/v1/organizations?limit=200").await.expect(200);
    let huge = "/v1/organizations?limit=99999999999999999999";
    assert_eq!(chief.get(huge).await.expect(200).json, whole.json);
}

async fn a_hand_in_answers_its_receipt(world: World) {
    let campaign = campaign(&world).await;
    let head = world.persona("head1");
    let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
    propose(&head, &mut dossier, &[Who::Person(11)]).await;
    let before = head.get(&dossier.path).await.expect(200);
    assert!(before.json["receipt"].is_null());
    let handed_in = head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    let whole = head.get(&format!("{}/receipt", dossier.path)).await.expect(200);
    for member in ["code", "submitted_at", "digest"] {
        assert!(
            handed_in.json["receipt"][member].is_string(),
            "{}",
            handed_in.json
        );
        assert_eq!(handed_in.json["receipt"][member], whole.json[member]);
    }
}
