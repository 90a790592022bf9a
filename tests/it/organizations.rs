//! Organisations over HTTP.

use serde_json::json;

use crate::support::on_both;
use crate::support::when;
use crate::support::world::{World, collective, issuer, org, person};

on_both!(
    are_found_without_accents_in_either_normal_form,
    are_made_changed_moved_and_closed,
    have_their_former_codes_for_themselves,
    are_moved_by_whoever_manages_both_places,
    take_nothing_new_once_they_have_ended,
    may_be_prepared_before_their_first_day,
    refuse_bad_input_with_every_violation,
    need_and_check_if_match,
    change_once_under_one_tag,
    replay_a_request_with_its_key,
    keep_nothing_in_a_dry_run,
    page_by_cursor,
    are_listed_in_vietnamese_order,
    unknown_paths_methods_and_parameters,
    of_two_moves_that_would_form_a_cycle_one_is_refused,
    a_list_during_a_move_shows_the_old_or_the_new_tree,
    of_two_moves_of_the_same_version_one_is_stale,
    stand_where_their_kind_may_stand,
);

async fn are_found_without_accents_in_either_normal_form(world: World) {
    let anyone = world.persona("nobody");
    let found = anyone.get("/v1/organizations?q=so%20ngoai").await.expect(200);
    assert_eq!(found.json["items"].as_array().unwrap().len(), 2, "{}", found.json);
    let nfd = "S%6F%CC%9B%CC%89%20Ngoa%CC%A3i%20vu%CC%A3";
    let same = anyone
        .get(&format!("/v1/organizations?q={nfd}&kind=DEPARTMENT"))
        .await
        .expect(200);
    assert_eq!(same.json["items"][0]["name"], "Sở Ngoại vụ");
}

/// What a token says of a code means one organisation.
async fn have_their_former_codes_for_themselves(world: World) {
    let administrator = world.persona("administrator");
    let edit = async |division: usize, codes: &[&str]| {
        let path = format!("/v1/organizations/{}", org::DIVISIONS[division]);
        administrator.patch(&path, &json!({"legacy_codes": codes})).await
    };
    edit(0, &["000.00.98.H14", "000.00.99.H14"]).await.expect(200);
    let refused = edit(1, &["000.00.97.H14", "000.00.99.H14"]).await;
    let refused = refused.refused(409, "organization.code_taken");
    assert_eq!(refused.json["errors"][0]["pointer"], "/legacy_codes/1");
    // Its own it may name again.
    edit(0, &["000.00.99.H14"]).await.expect(200);
    edit(1, &["000.00.98.H14"]).await.expect(200);
    let unit = json!({"name": "Phòng Mới", "kind": "DIVISION", "parent_id": org::DEPARTMENT, "code": "000.00.98.H14"});
    let refused = administrator.post("/v1/organizations", &unit).await;
    let refused = refused.refused(409, "organization.code_taken");
    assert_eq!(refused.json["errors"][0]["pointer"], "/code");
    let found = world
        .database(|conn| {
            ["000.00.99.H14", "000.00.99.h14", "000.00.9_.H14"]
                .map(|code| thidua::store::grants::organization_by_code(conn, code).unwrap())
        })
        .await;
    assert_eq!(found, [Some(org::DIVISIONS[0]), None, None]);
}

async fn are_made_changed_moved_and_closed(world: World) {
    let administrator = world.persona("administrator");
    let body =
        json!({"name": "Phòng Mới", "kind": "DIVISION", "parent_id": org::DEPARTMENT, "code": "H14.15.9"});
    let made = administrator.post("/v1/organizations", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(made.json["version"], 1);
    let shown = administrator.get(&path).await.expect(200);
    assert_eq!(shown.etag(), made.etag());
    assert_eq!(
        administrator
            .ask("GET", &path)
            .header("if-none-match", &shown.etag())
            .send()
            .await
            .expect(304)
            .bytes
            .len(),
        0
    );

    let edited = administrator
        .patch(&path, &json!({"name": "Phòng Mới Hơn", "code": null}))
        .await
        .expect(200);
    assert_eq!(edited.json["outcome"]["changed_fields"], json!(["code", "name"]));
    assert!(edited.json.get("code").is_none());

    administrator
        .act(
            &path,
            "move",
            &json!({"parent_id": org::OTHER_DEPARTMENT, "reason": "Sắp xếp"}),
        )
        .await
        .expect(200);
    let department = format!("/v1/organizations/{}", org::OTHER_DEPARTMENT);
    administrator
        .act(
            &department,
            "move",
            &json!({"parent_id": made.id(), "reason": "vòng"}),
        )
        .await
        .refused(409, "organization.cycle")
        .stands_at("/parent_id");
    administrator
        .act(
            &department,
            "close",
            &json!({"valid_to": when("2026-12-31"), "reason": "Hợp nhất"}),
        )
        .await
        .refused(409, "organization.in_use");
    let closed = administrator
        .act(
            &path,
            "close",
            &json!({"valid_to": when("2026-12-31"), "successor_id": org::OFFICE, "reason": "Hợp nhất"}),
        )
        .await
        .expect(200);
    // Until its last day a slip is put right.
    let blocked = |shown: &crate::support::Reply| {
        let acts = shown.json["allowed_actions"].as_array().unwrap().iter();
        acts.filter(|act| act["blocked_by"][0]["code"] == "organization.closed")
            .map(|act| act["action"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(blocked(&closed), Vec::<String>::new());
    // It does not outlive what is above it.
    let above = json!({"valid_to": when("2062-12-31"), "reason": "Hợp nhất"});
    let over = json!({"name": "Sở Sẽ Hợp Nhất", "kind": "DEPARTMENT", "parent_id": org::PROVINCE});
    let over = administrator.post("/v1/organizations", &over).await.expect(201);
    let unit = json!({"name": "Phòng Của Sở", "kind": "DIVISION", "parent_id": over.id()});
    let unit = administrator.post("/v1/organizations", &unit).await.expect(201);
    let (over, unit) = (over.header("location").unwrap(), unit.header("location").unwrap());
    let end = |day: &str| json!({"valid_to": day, "reason": "Hợp nhất"});
    administrator
        .act(unit, "close", &end("2026-12-30"))
        .await
        .expect(200);
    administrator
        .act(over, "close", &end("2026-12-31"))
        .await
        .expect(200);
    let later = administrator.act(unit, "close", &above).await;
    later.refused(422, "body.invalid").stands_at("/valid_to");
    let slip = json!({"valid_to": when("2062-12-31"), "reason": "Hợp nhất"});
    administrator.act(&path, "close", &slip).await.expect(200);
    let right = json!({"valid_to": when("2026-03-31"), "reason": "Hợp nhất"});
    administrator.act(&path, "close", &right).await.expect(200);
    // It has no units any more, and gets none.
    let below = json!({"parent_id": closed.id(), "reason": "Sắp xếp"});
    let unit = format!("/v1/organizations/{}", org::OTHER_DIVISION);
    let moved = administrator.act(&unit, "move", &below).await;
    moved.refused(409, "organization.closed");
    // After it only its successor is told, once.
    world.set_time(when("2026-04-02T02:00:00Z"));
    let shown = administrator.get(&path).await.expect(200);
    assert_eq!(blocked(&shown), ["edit", "move"]);
    let renamed = administrator.patch(&path, &json!({"name": "Phòng Khác"})).await;
    renamed.refused(409, "organization.closed");
    let longer = json!({"valid_to": when("2026-05-31"), "successor_id": org::OFFICE, "reason": "Hợp nhất"});
    let refused = administrator.act(&path, "close", &longer).await;
    refused.refused(409, "organization.closed");
    let mut succeeded = right.clone();
    succeeded["successor_id"] = json!(org::OFFICE);
    let told = administrator.act(&path, "close", &succeeded).await.expect(200);
    assert_eq!(told.json["successor_id"], json!(org::OFFICE));
    assert_eq!(blocked(&told), ["edit", "move", "close"]);
    let another = administrator.act(&path, "close", &succeeded).await;
    another.refused(409, "organization.closed");
}

/// A unit comes with its people: who may not create one at a place brings none there.
async fn are_moved_by_whoever_manages_both_places(world: World) {
    let grant = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "local",
        "role": "SYSTEM_ADMINISTRATOR", "organization_id": org::DEPARTMENT, "reason": "Quyết định phân công"});
    let administrator = world.persona("administrator");
    administrator.post("/v1/role-grants", &grant).await.expect(201);
    let local = world.persona("local");
    let unit = format!("/v1/organizations/{}", org::DIVISIONS[0]);
    let nowhere = uuid::Uuid::now_v7().to_string();
    for foreign in [Some(org::OTHER_DEPARTMENT.to_string()), None, Some(nowhere)] {
        let mut below = json!({"name": "Sở Mới", "kind": "DEPARTMENT"});
        let mut moved = json!({"reason": "Sắp xếp"});
        if let Some(parent) = &foreign {
            below["parent_id"] = json!(parent);
            moved["parent_id"] = json!(parent);
        }
        let created = local.post("/v1/organizations", &below).await;
        created.refused(403, "access.forbidden");
        let moved = local.act(&unit, "move", &moved).await;
        moved.refused(403, "access.forbidden");
    }
    let inside = json!({"parent_id": org::OFFICE, "reason": "Sắp xếp"});
    local.act(&unit, "move", &inside).await.expect(200);
    // Whoever comes with it to another organisation has an entry that says so.
    let across = json!({"parent_id": org::OTHER_DEPARTMENT, "reason": "Sắp xếp"});
    administrator.act(&unit, "move", &across).await.expect(200);
    for moved in [person(16).to_string(), collective(2).to_string()] {
        let entries = format!("/v1/audit-entries?object={moved}");
        let entries = world.persona("auditor").get(&entries).await.expect(200);
        let last = entries.json["items"].as_array().unwrap().last().unwrap();
        let owner = &last["changes"]["owner_organization_id"];
        assert_eq!(
            (&owner["after"], &last["object_version"]),
            (&json!(org::OTHER_DEPARTMENT), &json!(2)),
            "{last}"
        );
    }
}

async fn take_nothing_new_once_they_have_ended(world: World) {
    let administrator = world.persona("administrator");
    let unit = json!({"name": "Phòng Cũ", "kind": "DIVISION", "parent_id": org::DEPARTMENT});
    let made = administrator.post("/v1/organizations", &unit).await.expect(201);
    let (id, path) = (made.id(), made.header("location").unwrap().to_owned());
    let reviewer = world.persona("reviewer");
    let staff = json!({"unit_id": id, "full_name": "Nguyễn Văn Mẫu", "staff_kind": "CONG_CHUC", "leadership_class": "DIRECT_WORKER"});
    let own = reviewer.post("/v1/individuals", &staff).await.expect(201);
    let own = own.header("location").unwrap().to_owned();
    let close = json!({"valid_to": when("2026-03-20"), "reason": "Giải thể"});
    administrator.act(&path, "close", &close).await.expect(200);
    // Its last day is one of its days.
    reviewer.post("/v1/individuals", &staff).await.expect(201);
    world.set_time(when("2026-03-21T02:00:00Z"));
    let group = json!({"unit_id": id, "name": "Tổ mẫu", "kind": "COLLECTIVE"});
    for (path, body) in [("/v1/individuals", &staff), ("/v1/collectives", &group)] {
        let refused = reviewer.post(path, body).await;
        refused.refused(409, "organization.closed");
    }
    let elsewhere = format!("/v1/individuals/{}", person(20));
    let moved = reviewer.patch(&elsewhere, &json!({"unit_id": id})).await;
    moved.refused(409, "organization.closed");
    let list = json!({"rows": [staff], "atomic": false});
    let report = reviewer.post("/v1/individuals/import", &list).await;
    let refused = report.refused(422, "import.rejected");
    assert_eq!(refused.json["errors"][0]["code"], "organization.closed");
    // Who is there leaves, and may be changed until then.
    let change = json!({"unit_id": id, "position": "Chuyên viên"});
    reviewer.patch(&own, &change).await.expect(200);
    let leave = json!({"unit_id": org::OFFICE});
    reviewer.patch(&own, &leave).await.expect(200);

    let department = json!({"name": "Sở Cũ", "kind": "DEPARTMENT", "parent_id": org::PROVINCE});
    let ended = administrator
        .post("/v1/organizations", &department)
        .await
        .expect(201);
    let grant = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "chief",
        "role": "OFFICE_CHIEF", "organization_id": ended.id(), "reason": "Quyết định phân công"});
    administrator.post("/v1/role-grants", &grant).await.expect(201);
    let close = json!({"valid_to": when("2026-03-21"), "reason": "Giải thể"});
    let path = ended.header("location").unwrap().to_owned();
    administrator.act(&path, "close", &close).await.expect(200);
    world.set_time(when("2026-03-22T02:00:00Z"));
    let council = json!({"owner_organization_id": ended.id(), "name": "Hội đồng"});
    let chief = world.persona("chief");
    chief
        .post("/v1/councils", &council)
        .await
        .refused(409, "organization.closed");
    // Somebody may have to end what it began: said, not stopped.
    let mut clerk = grant.clone();
    clerk["role"] = json!("CLERK");
    let granted = administrator.post("/v1/role-grants", &clerk).await.expect(201);
    assert_eq!(
        granted.json["outcome"]["warnings"][0]["code"],
        "organization.closed"
    );
}

/// People are entered before the first day; a dossier comes from a unit that is there, and none stands below one
/// that comes later.
async fn may_be_prepared_before_their_first_day(world: World) {
    let administrator = world.persona("administrator");
    let body = json!({"name": "Phòng Mới", "kind": "DIVISION", "parent_id": org::DEPARTMENT,
        "valid_from": when("2026-09-01")});
    let unit = administrator.post("/v1/organizations", &body).await.expect(201);
    let below = |from: &str| json!({"name": "Tổ Một", "kind": "DIVISION", "parent_id": org::DEPARTMENT, "valid_from": from});
    let early = administrator
        .post("/v1/organizations", &below("1990-01-01"))
        .await;
    let early = early.refused(422, "body.invalid");
    assert_eq!(early.json["errors"][0]["pointer"], "/valid_from");
    administrator
        .post("/v1/organizations", &below(when("2026-09-02")))
        .await
        .expect(201);

    let agency = json!({"name": "Sở Mới", "kind": "DEPARTMENT", "parent_id": org::PROVINCE,
        "valid_from": when("2026-09-01")});
    let agency = administrator.post("/v1/organizations", &agency).await.expect(201);
    let moved = json!({"parent_id": agency.id(), "reason": "Sắp xếp lại"});
    let path = format!("/v1/organizations/{}", org::DIVISIONS[0]);
    administrator
        .act(&path, "move", &moved)
        .await
        .refused(409, "organization.closed");

    let person = json!({"full_name": "Nguyễn Thị Mẫu", "unit_id": unit.id(), "position": "Chuyên viên",
        "staff_kind": "CONG_CHUC", "leadership_class": "DIRECT_WORKER"});
    let reviewer = world.persona("reviewer");
    reviewer.post("/v1/individuals", &person).await.expect(201);
    let campaign = crate::support::submissions::campaign(&world).await;
    let dossier = json!({"campaign_id": campaign, "division_id": unit.id(), "procedure": "STANDARD",
        "received_channel": "PAPER", "handed_in_at": when("2026-03-20T01:30:00Z")});
    let refused = reviewer.post("/v1/submissions", &dossier).await;
    let refused = refused.refused(409, "organization.closed");
    let first: chrono::NaiveDate = when("2026-09-01").parse().unwrap();
    let sentence = first.format("Tổ chức chưa có hiệu lực: từ ngày %d/%m/%Y");
    assert_eq!(refused.json["detail"], sentence.to_string());
    // On that day it is there.
    world.set_time(when("2026-09-01T02:00:00Z"));
    let path = format!("/v1/organizations/{}", unit.id());
    administrator.act(&path, "move", &moved).await.expect(200);
}

async fn refuse_bad_input_with_every_violation(world: World) {
    let administrator = world.persona("administrator");
    let body = json!({"name": "", "kind": "CASTLE", "colour": "red", "code": "x"});
    let refused = administrator
        .ask("POST", "/v1/organizations")
        .header("accept-language", "en")
        .json(&body)
        .send()
        .await;
    let refused = refused.refused(422, "body.invalid");
    let mut found: Vec<(String, String)> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["pointer"].as_str().unwrap().to_owned(),
                error["code"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    found.sort();
    let expected = [
        ("/code", "field.pattern"),
        ("/colour", "field.unknown"),
        ("/kind", "field.choice"),
        ("/name", "text.empty"),
    ];
    assert_eq!(
        found,
        expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
    );
    assert_eq!(refused.header("content-language"), Some("en"));

    let twice = administrator
        .ask("POST", "/v1/organizations")
        .header("content-type", "application/json")
        .body("{\"name\":\"a\",\"name\":\"b\"}")
        .send()
        .await;
    twice.refused(400, "body.duplicate_member");
    let text = administrator
        .ask("POST", "/v1/organizations")
        .header("content-type", "text/plain")
        .body("{}")
        .send()
        .await;
    text.refused(415, "media_type.unsupported");
    world
        .persona("nobody")
        .post("/v1/organizations", &json!({"name": "A", "kind": "OTHER"}))
        .await
        .refused(403, "access.forbidden");
    world
        .anonymous("GET", "/v1/organizations")
        .send()
        .await
        .refused(401, "token.missing");
}

async fn need_and_check_if_match(world: World) {
    let administrator = world.persona("administrator");
    let path = format!("/v1/organizations/{}", org::OFFICE);
    let change = json!({"name": "Văn phòng"});
    let ask = || administrator.ask("PATCH", &path).json(&change);
    ask().send().await.refused(428, "etag.required");
    ask().if_match("\"9\"").send().await.refused(412, "etag.stale");
    ask().if_match("W/\"1\"").send().await.refused(412, "etag.weak");
    ask().if_match("1").send().await.refused(400, "header.invalid");
    ask().if_match("\"1\"").send().await.expect(200);
    ask().if_match("\"1\"").send().await.refused(412, "etag.stale");
    ask().if_match("*").send().await.expect(200);
    let hidden = format!("/v1/organizations/{}", uuid::Uuid::now_v7());
    administrator
        .ask("PATCH", &hidden)
        .if_match("\"9\"")
        .json(&change)
        .send()
        .await
        .refused(404, "resource.not_found");
}

async fn replay_a_request_with_its_key(world: World) {
    let administrator = world.persona("administrator");
    let body = json!({"name": "Một lần", "kind": "OTHER"});
    let first = administrator
        .ask("POST", "/v1/organizations")
        .key("k-1")
        .json(&body)
        .send()
        .await
        .expect(201);
    let again = administrator
        .ask("POST", "/v1/organizations")
        .key("\"k-1\"")
        .json(&body)
        .send()
        .await
        .expect(201);
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.etag(), first.etag());
    let other = json!({"name": "Hai lần", "kind": "OTHER"});
    administrator
        .ask("POST", "/v1/organizations")
        .key("k-1")
        .json(&other)
        .send()
        .await
        .refused(422, "idempotency.key_reused");
    world
        .persona("nobody")
        .ask("POST", "/v1/organizations")
        .key("k-1")
        .json(&body)
        .send()
        .await
        .refused(403, "access.forbidden");
    let all = administrator
        .get("/v1/organizations?q=mot%20lan")
        .await
        .expect(200);
    assert_eq!(all.json["items"].as_array().unwrap().len(), 1);
}

async fn keep_nothing_in_a_dry_run(world: World) {
    let administrator = world.persona("administrator");
    let body = json!({"name": "Chạy thử", "kind": "OTHER"});
    let tried = administrator
        .ask("POST", "/v1/organizations?dry_run=true")
        .key("k-2")
        .json(&body)
        .send()
        .await
        .expect(201);
    assert_eq!(tried.json["outcome"]["dry_run"], true);
    administrator
        .get(tried.header("location").unwrap())
        .await
        .refused(404, "resource.not_found");
    administrator
        .ask("POST", "/v1/organizations")
        .key("k-2")
        .json(&json!({"name": "Khác", "kind": "OTHER"}))
        .send()
        .await
        .expect(201);
}

async fn are_listed_in_vietnamese_order(world: World) {
    let ordered = [
        "Phòng An",
        "Phòng Ăn",
        "Phòng Ân",
        "Phòng Da",
        "Phòng Đa",
        "Phòng Mẫu",
        "Phòng On",
        "Phòng Ôn",
        "Phòng Ơn",
        "Phòng Un",
        "Phòng Ưn",
    ];
    let administrator = world.persona("administrator");
    for name in ordered.iter().rev().filter(|name| **name != "Phòng Mẫu") {
        let unit = json!({"name": name, "kind": "DIVISION", "parent_id": org::OTHER_DEPARTMENT});
        administrator.post("/v1/organizations", &unit).await.expect(201);
    }
    let mut path = format!("/v1/organizations?parent_id={}&limit=4", org::OTHER_DEPARTMENT);
    let mut found = Vec::new();
    loop {
        let page = administrator.get(&path).await.expect(200);
        let items = page.json["items"].as_array().unwrap().iter();
        found.extend(items.map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.json["next_cursor"].as_str() else {
            break;
        };
        path = format!(
            "/v1/organizations?parent_id={}&limit=4&cursor={cursor}",
            org::OTHER_DEPARTMENT
        );
    }
    assert_eq!(found, ordered);
}

async fn page_by_cursor(world: World) {
    let anyone = world.persona("nobody");
    let mut seen = Vec::new();
    let mut path = "/v1/organizations?limit=5".to_owned();
    loop {
        let page = anyone.get(&path).await.expect(200);
        seen.extend(
            page.json["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.json["next_cursor"].as_str() else {
            break;
        };
        assert!(page.header("link").unwrap().contains("rel=\"next\""));
        world
            .persona("auditor")
            .get(&format!("/v1/organizations?limit=5&cursor={cursor}"))
            .await
            .refused(400, "cursor.invalid");
        anyone
            .get(&format!("/v1/organizations?kind=OFFICE&cursor={cursor}"))
            .await
            .refused(400, "cursor.invalid");
        path = format!("/v1/organizations?limit=5&cursor={cursor}");
    }
    let unique: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (12, 12));
    anyone
        .get("/v1/organizations?limit=0")
        .await
        .refused(400, "query.invalid");
    anyone.get("/v1/organizations?limit=9999").await.expect(200);
}

async fn unknown_paths_methods_and_parameters(world: World) {
    let anyone = world.persona("nobody");
    anyone.get("/v1/castles").await.refused(404, "route.not_found");
    anyone
        .get("/v1/organizations/")
        .await
        .refused(404, "route.not_found");
    anyone
        .get("/v1/organizations/x")
        .await
        .refused(404, "route.not_found");
    let refused = anyone
        .ask("DELETE", "/v1/organizations")
        .send()
        .await
        .refused(405, "method.not_allowed");
    assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    anyone
        .ask("OPTIONS", "/v1/organizations")
        .send()
        .await
        .expect(204);
    let head = anyone.ask("HEAD", "/v1/organizations").send().await.expect(200);
    assert!(head.bytes.is_empty());
    let refused = anyone
        .get("/v1/organizations?colour=red&shape=round")
        .await
        .refused(400, "query.unknown");
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 2);
    anyone
        .get("/v1/organizations?q=a&q=b")
        .await
        .refused(400, "query.duplicate");
    let refused = anyone
        .get("/v1/organizations?kind=CASTLE")
        .await
        .refused(400, "query.invalid");
    assert_eq!(refused.json["errors"][0]["parameter"], "kind");
    world.anonymous("GET", "/livez").send().await.expect(200);
    world.anonymous("GET", "/readyz").send().await.expect(200);
    assert_eq!(
        world
            .anonymous("GET", "/openapi.json")
            .send()
            .await
            .expect(200)
            .json["openapi"],
        "3.1.0"
    );
}

/// AZN-05: also when both are on their way at the same time.
async fn of_two_moves_that_would_form_a_cycle_one_is_refused(world: World) {
    let administrator = world.persona("administrator");
    let path = |id: thidua::domain::ids::OrganizationId| format!("/v1/organizations/{id}");
    let shift = |from: thidua::domain::ids::OrganizationId, to: thidua::domain::ids::OrganizationId| {
        let body = json!({"parent_id": to, "reason": "Sắp xếp"});
        administrator
            .ask("POST", &format!("{}/move", path(from)))
            .if_match("*")
            .json(&body)
            .send()
    };
    let (one, other) = (org::DEPARTMENT, org::OTHER_DEPARTMENT);
    let (first, second) = tokio::join!(shift(one, other), shift(other, one));
    let (kept, refused) = if first.status == 200 {
        (first, second)
    } else {
        (second, first)
    };
    kept.expect(200);
    refused.refused(409, "organization.cycle");
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());
}

/// AZN-04: rights and rows are read in one snapshot, so nobody sees half of a moved subtree.
async fn a_list_during_a_move_shows_the_old_or_the_new_tree(world: World) {
    let administrator = world.persona("administrator");
    let chief = world.persona("chief");
    let unit = format!("/v1/organizations/{}/move", org::DIVISIONS[0]);
    let count = async || {
        let page = chief.get("/v1/individuals?limit=200").await.expect(200);
        page.json["items"].as_array().unwrap().len()
    };
    let before = count().await;
    // As often as the unit is away in the end.
    let moves = async {
        for round in 0..9 {
            let parent = if round % 2 == 0 {
                org::OTHER_DEPARTMENT
            } else {
                org::DEPARTMENT
            };
            let body = json!({"parent_id": parent, "reason": "Sắp xếp"});
            administrator
                .ask("POST", &unit)
                .if_match("*")
                .json(&body)
                .send()
                .await
                .expect(200);
        }
    };
    let lists = async {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..40 {
            seen.insert(count().await);
        }
        seen
    };
    let ((), seen) = tokio::join!(moves, lists);
    assert_eq!((before, count().await), (28, 23));
    assert!(seen.iter().all(|count| [23, 28].contains(count)), "{seen:?}");
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());
}

async fn of_two_moves_of_the_same_version_one_is_stale(world: World) {
    let administrator = world.persona("administrator");
    let ask = |to: thidua::domain::ids::OrganizationId| {
        administrator
            .ask("POST", &format!("/v1/organizations/{}/move", org::DIVISIONS[0]))
            .if_match("\"1\"")
            .json(&json!({"parent_id": to, "reason": "Sắp xếp"}))
            .send()
    };
    let (first, second) = tokio::join!(ask(org::OFFICE), ask(org::OTHER_DEPARTMENT));
    let (kept, refused) = if first.status == 200 {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(kept.expect(200).json["version"], 2);
    refused.refused(412, "etag.stale");
}

async fn change_once_under_one_tag(world: World) {
    let administrator = world.persona("administrator");
    let path = format!("/v1/organizations/{}", org::OFFICE);
    let edits = (0..20).map(|number| {
        let change = json!({"name": format!("Văn phòng {number}")});
        administrator
            .ask("PATCH", &path)
            .if_match("\"1\"")
            .json(&change)
            .send()
    });
    let replies = futures_util::future::join_all(edits).await;
    let done = replies.iter().filter(|reply| reply.status == 200).count();
    let stale = replies.iter().filter(|reply| reply.status == 412).count();
    assert_eq!((done, stale), (1, 19));
    assert_eq!(administrator.get(&path).await.expect(200).json["version"], 2);
}

async fn stand_where_their_kind_may_stand(world: World) {
    let administrator = world.persona("administrator");
    let path = "/v1/organizations";
    for body in [
        json!({"name": "Phòng Trên Không", "kind": "DIVISION"}),
        json!({"name": "Văn phòng", "kind": "OFFICE"}),
        json!({"name": "UBND tỉnh", "kind": "PROVINCE_PC", "parent_id": org::DIVISIONS[0]}),
    ] {
        let refused = administrator.post(path, &body).await.refused(422, "body.invalid");
        let error = &refused.json["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("/parent_id"), &json!("organization.kind_misplaced")),
            "{body}"
        );
    }
    let moved = json!({"parent_id": org::DIVISIONS[0], "reason": "Sắp xếp"});
    administrator
        .act(&format!("{path}/{}", org::OTHER_DEPARTMENT), "move", &moved)
        .await
        .refused(422, "body.invalid");
    let body = json!({"name": "Phòng Mới", "kind": "DIVISION", "parent_id": org::DEPARTMENT});
    let first = administrator.post(path, &body).await.expect(201);
    assert_eq!(first.json["outcome"]["warnings"], json!([]));
    let second = administrator.post(path, &body).await.expect(201);
    let warning = &second.json["outcome"]["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["params"]["organization_id"]),
        (&json!("organization.name_not_unique"), &first.json["id"])
    );
}
