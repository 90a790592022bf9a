//! Individuals and collectives over HTTP, and lists of them.

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::on_both;
use crate::support::when;
use crate::support::world::{Reply, World, collective, issuer, name_of, org, person};

on_both!(
    individuals_are_made_changed_and_deactivated,
    names_are_brought_to_nfc_and_invisible_characters_refused,
    who_sees_whom,
    who_keeps_whom,
    are_ordered_by_given_name_and_found_without_accents,
    two_edits_of_the_same_version_keep_one,
    a_move_of_the_unit_takes_its_people_along,
    collectives_are_made_changed_and_refused,
    a_list_is_stored_whole_or_not_at_all,
    csv_and_json_lists_give_the_same_answer,
    a_list_that_is_not_atomic_keeps_the_right_lines,
    lists_that_cannot_be_read,
    a_csv_report_names_the_lines_of_the_file,
    units_of_a_list_are_named_by_their_code,
    media_types_that_are_accepted_are_told,
    an_identity_is_linked_once_and_opens_what_is_its_own,
    nobody_moves_his_own_account,
    personal_data_is_kept_by_nobody,
);

fn anyone(unit: impl serde::Serialize, name: &str, code: &str) -> Value {
    json!({"unit_id": unit, "full_name": name, "staff_kind": "CONG_CHUC",
           "leadership_class": "DIRECT_WORKER", "personnel_code": code})
}

fn path(id: impl std::fmt::Display) -> String {
    format!("/v1/individuals/{id}")
}

async fn individuals_are_made_changed_and_deactivated(world: World) {
    let reviewer = world.persona("reviewer");
    let mut body = anyone(org::DIVISIONS[0], "Lý Thị Mẫu Mới", "NV900");
    body["birth_date"] = json!("1990-02-10");
    body["sex"] = json!("FEMALE");
    let made = reviewer.post("/v1/individuals", &body).await.expect(201);
    assert_eq!(made.json["owner_organization_id"], json!(org::DEPARTMENT));
    assert_eq!(made.json["active"], true);
    let own = path(made.id());
    let shown = reviewer.get(&own).await.expect(200);
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    assert!(shown.json.get("identities").is_none(), "only for those who link");

    let edited = reviewer
        .patch(
            &own,
            &json!({"unit_id": org::DIVISIONS[1], "birth_date": null, "sex": null, "position": "Chuyên viên chính"}),
        )
        .await
        .expect(200);
    assert_eq!(
        edited.json["outcome"]["changed_fields"],
        json!(["birth_date", "position", "sex", "unit_id"])
    );
    assert!(edited.json.get("birth_date").is_none() && edited.json.get("sex").is_none());
    let gone = reviewer.patch(&own, &json!({"active": false})).await.expect(200);
    assert_eq!(
        (&gone.json["active"], &gone.json["version"]),
        (&json!(false), &json!(3))
    );
    let left = reviewer.get("/v1/individuals?active=false").await.expect(200);
    assert_eq!(left.json["items"].as_array().unwrap().len(), 1);

    body["full_name"] = json!("Người Khác");
    reviewer
        .post("/v1/individuals", &body)
        .await
        .refused(409, "individual.personnel_code_taken");
    let wrong = json!({"unit_id": uuid::Uuid::now_v7(), "full_name": "A", "staff_kind": "CONG_CHUC",
                       "leadership_class": "DIRECT_WORKER", "birth_date": when("2030-01-01")});
    let refused = reviewer
        .post("/v1/individuals", &wrong)
        .await
        .refused(422, "body.invalid");
    let pointers: Vec<&str> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/unit_id", "/birth_date"]);
    let national = json!({"unit_id": org::OFFICE, "full_name": "A", "staff_kind": "CONG_CHUC",
                          "leadership_class": "DIRECT_WORKER", "national_id": "004090000001"});
    let refused = reviewer
        .post("/v1/individuals", &national)
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["code"], "field.unknown");
}

async fn names_are_brought_to_nfc_and_invisible_characters_refused(world: World) {
    let reviewer = world.persona("reviewer");
    let nfd = "To\u{302} Thi\u{323} Ma\u{302}\u{303}u";
    let made = reviewer
        .post("/v1/individuals", &anyone(org::OFFICE, nfd, "NV901"))
        .await
        .expect(201);
    assert_eq!(made.json["full_name"], "Tô Thị Mẫu");
    let refused = reviewer
        .post("/v1/individuals", &anyone(org::OFFICE, "Tô\u{200B} Thị", "NV902"))
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["code"], "text.single_line");
    assert_eq!(refused.json["errors"][0]["pointer"], "/full_name");
    let refused = reviewer
        .patch(&path(made.id()), &json!({"full_name": "A\nB"}))
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/full_name");
}

async fn who_sees_whom(world: World) {
    let count = |page: crate::support::Reply| page.json["items"].as_array().unwrap().len();
    let all = world
        .persona("chief")
        .get("/v1/individuals?limit=200")
        .await
        .expect(200);
    assert_eq!(count(all), 28);
    let division = world
        .persona("head1")
        .get("/v1/individuals?limit=200")
        .await
        .expect(200);
    assert!(
        division.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["unit_id"] == json!(org::DIVISIONS[0]))
    );
    assert_eq!(count(division), 5);
    let own = world.persona("nominee").get("/v1/individuals").await.expect(200);
    assert_eq!(own.json["items"][0]["id"], json!(person(16)));
    assert_eq!(count(own), 1);
    for subject in ["nobody", "stranger", "board", "administrator"] {
        let nothing = world.persona(subject).get("/v1/individuals").await.expect(200);
        assert_eq!(count(nothing), 0, "{subject}");
        world
            .persona(subject)
            .get(&path(person(16)))
            .await
            .refused(404, "resource.not_found");
    }
    world
        .persona("head1")
        .get(&path(person(7)))
        .await
        .refused(404, "resource.not_found");
    world.persona("nominee").get(&path(person(16))).await.expect(200);
}

async fn who_keeps_whom(world: World) {
    let head = world.persona("head1");
    let body = anyone(org::DIVISIONS[0], "Người Mẫu", "NV903");
    head.post("/v1/individuals", &body)
        .await
        .refused(403, "access.forbidden");
    head.patch(&path(person(6)), &json!({"position": "X"}))
        .await
        .refused(403, "access.forbidden");
    let hidden = head
        .ask("PATCH", &path(person(7)))
        .if_match("\"9\"")
        .json(&json!({"position": "X"}))
        .send()
        .await;
    hidden.refused(404, "resource.not_found");
    let reviewer = world.persona("reviewer");
    reviewer
        .post(
            "/v1/individuals",
            &anyone(org::OTHER_DIVISION, "Người Mẫu", "NV903"),
        )
        .await
        .refused(403, "access.forbidden");
    reviewer
        .patch(&path(person(20)), &json!({"unit_id": org::OTHER_DIVISION}))
        .await
        .refused(403, "access.forbidden");
    let nobody = world.persona("nobody");
    nobody
        .post(
            "/v1/individuals",
            &anyone(uuid::Uuid::now_v7(), "Người Mẫu", "NV903"),
        )
        .await
        .refused(403, "access.forbidden");
    reviewer
        .ask("PATCH", &path(person(20)))
        .json(&json!({"position": "X"}))
        .send()
        .await
        .refused(428, "etag.required");
}

async fn are_ordered_by_given_name_and_found_without_accents(world: World) {
    let chief = world.persona("chief");
    for (name, code) in [("Tô Thị Ánh", "N1"), ("Nguyễn Văn Ân", "N2"), ("Lê Đức An", "N3")] {
        chief
            .post("/v1/individuals", &anyone(org::OFFICE, name, code))
            .await
            .expect(201);
    }
    let first = chief.get("/v1/individuals?limit=3").await.expect(200);
    let names: Vec<&str> = first.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["full_name"].as_str().unwrap())
        .collect();
    // Given names of the world begin with a digit.
    assert!(
        names
            .iter()
            .all(|name| name.ends_with(|c: char| c.is_ascii_digit()))
    );
    let mut seen = Vec::new();
    let mut next = "/v1/individuals?limit=10".to_owned();
    loop {
        let page = chief.get(&next).await.expect(200);
        let items = page.json["items"].as_array().unwrap().clone();
        seen.extend(
            items
                .iter()
                .map(|item| item["full_name"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.json["next_cursor"].as_str() else {
            break;
        };
        next = format!("/v1/individuals?limit=10&cursor={cursor}");
    }
    assert_eq!(seen.len(), 31);
    assert_eq!(seen[28..], ["Lê Đức An", "Tô Thị Ánh", "Nguyễn Văn Ân"]);
    let found = chief.get("/v1/individuals?q=to%20thi%20anh").await.expect(200);
    assert_eq!(found.json["items"][0]["full_name"], "Tô Thị Ánh");
    assert_eq!(found.json["items"].as_array().unwrap().len(), 1);
    let officers = chief
        .get(&format!(
            "/v1/individuals?unit_id={}&leadership_class=OTHER_LEADER&staff_kind=CONG_CHUC",
            org::DIVISIONS[2]
        ))
        .await
        .expect(200);
    assert_eq!(officers.json["items"][0]["full_name"], name_of(8));
    assert_eq!(officers.json["items"].as_array().unwrap().len(), 1);
}

async fn two_edits_of_the_same_version_keep_one(world: World) {
    let reviewer = world.persona("reviewer");
    let target = path(person(20));
    let asks = (0..6).map(|number| {
        reviewer
            .ask("PATCH", &target)
            .if_match("\"1\"")
            .json(&json!({"position": format!("Vị trí {number}")}))
            .send()
    });
    let answers = futures_util::future::join_all(asks).await;
    let kept = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(kept, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        answer.refused(412, "etag.stale");
    }
    assert_eq!(reviewer.get(&target).await.expect(200).json["version"], 2);
}

async fn a_move_of_the_unit_takes_its_people_along(world: World) {
    let unit = format!("/v1/organizations/{}", org::DIVISIONS[4]);
    let group = format!("/v1/collectives/{}", collective(6));
    let paths = [path(person(10)), group];
    let auditor = world.persona("auditor");
    let mut before = Vec::new();
    for path in &paths {
        before.push(auditor.get(path).await.expect(200));
    }
    world
        .persona("administrator")
        .act(
            &unit,
            "move",
            &json!({"parent_id": org::OTHER_DEPARTMENT, "reason": "Sắp xếp"}),
        )
        .await
        .expect(200);
    world
        .persona("chief")
        .get(&path(person(10)))
        .await
        .refused(404, "resource.not_found");
    let moved = world.persona("stranger").get(&path(person(10))).await.expect(200);
    assert_eq!(moved.json["owner_organization_id"], json!(org::OTHER_DEPARTMENT));
    // They are others than they were: what was read before the move is stale.
    let stranger = world.persona("stranger");
    for (path, before) in paths.iter().zip(&before) {
        let after = stranger.get(path).await.expect(200);
        assert_eq!(after.json["version"], 2, "{path}");
        let refused = stranger.ask("PATCH", path).if_match(&before.etag());
        let refused = refused.json(&json!({"active": false})).send().await;
        refused.refused(412, "etag.stale");
    }
    // Within its organisation nobody's owner changes, nor anybody's version.
    let unit = format!("/v1/organizations/{}", org::DIVISIONS[0]);
    let within = json!({"parent_id": org::OFFICE, "reason": "Sắp xếp"});
    let administrator = world.persona("administrator");
    administrator.act(&unit, "move", &within).await.expect(200);
    let stayed = auditor.get(&path(person(11))).await.expect(200);
    assert_eq!(stayed.json["version"], 1);
}

async fn collectives_are_made_changed_and_refused(world: World) {
    let reviewer = world.persona("reviewer");
    let body = json!({"unit_id": org::DIVISIONS[0], "name": "Tổ công tác mẫu", "kind": "COLLECTIVE",
                      "headcount": 4.0, "women_count": 1});
    let made = reviewer.post("/v1/collectives", &body).await.expect(201);
    let own = made.header("location").unwrap().to_owned();
    let edited = reviewer
        .patch(
            &own,
            &json!({"name": "Tổ công tác", "women_count": null, "active": false}),
        )
        .await
        .expect(200);
    assert_eq!(
        edited.json["outcome"]["changed_fields"],
        json!(["active", "name", "women_count"])
    );
    let found = reviewer
        .get("/v1/collectives?q=to%20cong&active=false")
        .await
        .expect(200);
    assert_eq!(found.json["items"].as_array().unwrap().len(), 1);

    let taken = json!({"unit_id": org::OFFICE, "name": "TỔ CÔNG TÁC", "kind": "COLLECTIVE"});
    reviewer
        .post("/v1/collectives", &taken)
        .await
        .refused(409, "collective.name_taken");
    let wrong = json!({"unit_id": org::OFFICE, "name": "Khác", "kind": "INDIVIDUAL",
                       "headcount": 2, "women_count": 3});
    let refused = reviewer
        .post("/v1/collectives", &wrong)
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"].as_array().unwrap().len(), 2);
    world
        .persona("head2")
        .get(&own)
        .await
        .refused(404, "resource.not_found");
    world
        .persona("head1")
        .patch(&own, &json!({"headcount": 9}))
        .await
        .refused(403, "access.forbidden");
}

async fn a_list_is_stored_whole_or_not_at_all(world: World) {
    let reviewer = world.persona("reviewer");
    let rows = json!([
        anyone(org::OFFICE, "Người Thứ Nhất", "I1"),
        anyone(org::OFFICE, "Người\u{200B} Thứ Hai", "I2"),
        anyone(org::OTHER_DIVISION, "Người Thứ Ba", "I3"),
        {"unit_id": org::OFFICE, "full_name": "Người Thứ Tư", "staff_kind": "X", "colour": "red"},
        anyone(org::OFFICE, "Người Thứ Năm", "I1"),
        anyone(uuid::Uuid::now_v7(), "Người Thứ Sáu", "I6"),
    ]);
    let body = json!({"rows": rows});
    let refused = reviewer
        .post("/v1/individuals/import", &body)
        .await
        .refused(422, "import.rejected");
    assert_eq!(refused.json["rejected_rows"], json!([2, 3, 4, 5, 6]));
    let mut faults: Vec<(String, String)> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            let text = |name: &str| fault[name].as_str().unwrap().to_owned();
            (text("pointer"), text("code"))
        })
        .collect();
    faults.sort();
    let expected = [
        ("/rows/1/full_name", "text.single_line"),
        ("/rows/2/unit_id", "access.forbidden"),
        ("/rows/3/colour", "field.unknown"),
        ("/rows/3/leadership_class", "field.required"),
        ("/rows/3/staff_kind", "field.choice"),
        ("/rows/4/personnel_code", "individual.personnel_code_taken"),
        ("/rows/5/unit_id", "field.reference"),
    ];
    assert_eq!(faults, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let none = reviewer.get("/v1/individuals?q=nguoi%20thu").await.expect(200);
    assert_eq!(none.json["items"].as_array().unwrap().len(), 0);

    let good = json!({"rows": [anyone(org::OFFICE, "Người Thứ Nhất", "I1"),
                               anyone(org::DIVISIONS[3], "Người Thứ Hai", "I2")]});
    let tried = reviewer
        .post("/v1/individuals/import?dry_run=true", &good)
        .await
        .expect(200);
    assert_eq!(
        (&tried.json["dry_run"], &tried.json["stored"]),
        (&json!(true), &json!(2))
    );
    let none = reviewer.get("/v1/individuals?q=nguoi%20thu").await.expect(200);
    assert_eq!(none.json["items"].as_array().unwrap().len(), 0);
    let stored = reviewer
        .ask("POST", "/v1/individuals/import")
        .key("list-1")
        .json(&good)
        .send()
        .await
        .expect(200);
    let again = reviewer
        .ask("POST", "/v1/individuals/import")
        .key("list-1")
        .json(&good)
        .send()
        .await
        .expect(200);
    assert_eq!(stored.bytes, again.bytes);
    let both = reviewer.get("/v1/individuals?q=nguoi%20thu").await.expect(200);
    assert_eq!(both.json["items"].as_array().unwrap().len(), 2);
    world
        .persona("head1")
        .post("/v1/individuals/import", &good)
        .await
        .refused(403, "access.forbidden");
}

async fn csv_and_json_lists_give_the_same_answer(world: World) {
    let reviewer = world.persona("reviewer");
    let send = |text: String| {
        reviewer
            .ask("POST", "/v1/individuals/import")
            .header("content-type", "text/csv; charset=utf-8")
            .body(text)
            .send()
    };
    let unit = org::OFFICE;
    let header = "\u{FEFF}unit_id;full_name;birth_date;staff_kind;leadership_class;personnel_code";
    let bad = format!(
        "{header}\n{unit};Người Một;10/02/1990;CONG_CHUC;DIRECT_WORKER;C1\n\
         {unit};Người Hai;31/02/1990;CONG_CHUC;DIRECT_WORKER;C2\n"
    );
    let refused = send(bad).await.refused(422, "import.rejected");
    assert_eq!(refused.json["rejected_rows"], json!([2]));
    assert_eq!(refused.json["errors"][0]["pointer"], "/rows/1/birth_date");
    let same = json!({"rows": [
        {"unit_id": unit, "full_name": "Người Một", "birth_date": "1990-02-10", "staff_kind": "CONG_CHUC",
         "leadership_class": "DIRECT_WORKER", "personnel_code": "C1"},
        {"unit_id": unit, "full_name": "Người Hai", "birth_date": "31/02/1990", "staff_kind": "CONG_CHUC",
         "leadership_class": "DIRECT_WORKER", "personnel_code": "C2"}]});
    let as_json = reviewer
        .post("/v1/individuals/import", &same)
        .await
        .refused(422, "import.rejected");
    // The same, but for the line of the file.
    let mut in_csv = refused.json["errors"].clone();
    assert_eq!(in_csv[0]["params"]["line"], 3);
    in_csv[0]["params"].as_object_mut().unwrap().remove("line");
    // A sheet writes days as people do, and is told so.
    let told = in_csv[0]["detail"].take();
    assert!(
        told.as_str().unwrap().contains("2026-05-25 hoặc 25/05/2026"),
        "{told}"
    );
    in_csv[0]["detail"] = as_json.json["errors"][0]["detail"].clone();
    assert_ne!(in_csv[0]["detail"], told);
    assert_eq!(as_json.json["errors"], in_csv);

    let good = format!(
        "{header}\r\n{unit};\"Người; Một\";10/2/1990;CONG_CHUC;DIRECT_WORKER;C1\r\n\
         {unit};Người Hai;1991-02-10;CONG_CHUC;DIRECT_WORKER;\r\n"
    );
    let stored = send(good).await.expect(200);
    assert_eq!(stored.json["stored"], 2);
    let one = stored.json["rows"][0]["id"].as_str().unwrap();
    let one = reviewer.get(&path(one)).await.expect(200);
    assert_eq!(one.json["birth_date"], "1990-02-10");
    assert_eq!(one.json["full_name"], "Người; Một");
    let two = stored.json["rows"][1]["id"].as_str().unwrap();
    let two = reviewer.get(&path(two)).await.expect(200);
    assert!(two.json.get("personnel_code").is_none());

    let groups = format!(
        "unit_id,name,kind,headcount,women_count\n{unit},Tổ một,COLLECTIVE,5,2\n{unit},Tổ hai,COLLECTIVE,x,\n"
    );
    let refused = reviewer
        .ask("POST", "/v1/collectives/import")
        .header("content-type", "text/csv")
        .body(groups)
        .send()
        .await
        .refused(422, "import.rejected");
    assert_eq!(refused.json["errors"][0]["pointer"], "/rows/1/headcount");
    assert_eq!(refused.json["errors"][0]["code"], "field.type");
}

async fn a_list_that_is_not_atomic_keeps_the_right_lines(world: World) {
    let reviewer = world.persona("reviewer");
    let group = |name: &str| json!({"unit_id": org::OFFICE, "name": name, "kind": "COLLECTIVE"});
    let body = json!({"atomic": false, "rows": [group("Tổ A"), group("Tổ A"), group("Tổ B")]});
    let stored = reviewer.post("/v1/collectives/import", &body).await.expect(200);
    assert_eq!(
        (&stored.json["stored"], &stored.json["rejected"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        stored.json["rows"][1]["errors"][0]["code"],
        "collective.name_taken"
    );
    assert!(stored.json["rows"][1].get("id").is_none());
    let found = reviewer.get("/v1/collectives?q=to").await.expect(200);
    assert_eq!(found.json["items"].as_array().unwrap().len(), 2);
    // Nothing at all could be stored: a refusal, also when the list is not atomic.
    reviewer
        .post("/v1/collectives/import", &body)
        .await
        .refused(422, "import.rejected");
    let csv = format!(
        "unit_id,name,kind\n{},Tổ C,COLLECTIVE\n{},Tổ C,COLLECTIVE\n",
        org::OFFICE,
        org::OFFICE
    );
    let stored = reviewer
        .ask("POST", "/v1/collectives/import?atomic=false")
        .header("content-type", "text/csv")
        .body(csv)
        .send()
        .await
        .expect(200);
    assert_eq!(stored.json["stored"], 1);
}

async fn a_csv_report_names_the_lines_of_the_file(world: World) {
    let reviewer = world.persona("reviewer");
    let unit = org::OFFICE;
    // A header; a name over two lines; two empty lines; a wrong kind; a good last line.
    let lines = [
        "unit_id,name,kind".to_owned(),
        format!("{unit},\"Tổ\nmột\",COLLECTIVE"),
        String::new(),
        String::new(),
        format!("{unit},Tổ hai,X"),
        format!("{unit},Tổ ba,COLLECTIVE"),
    ];
    for end in ["\n", "\r\n"] {
        let send = |path: &str| {
            reviewer
                .ask("POST", path)
                .header("content-type", "text/csv")
                .body(lines.join(end))
                .send()
        };
        let refused = send("/v1/collectives/import")
            .await
            .refused(422, "import.rejected");
        assert_eq!(refused.json["rejected_rows"], json!([1, 2]));
        assert_eq!(refused.json["rejected_lines"], json!([2, 6]));
        let params: Vec<&Value> = refused.json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| &error["params"]["line"])
            .collect();
        assert_eq!(params, [2, 6]);
        let report = send("/v1/collectives/import?atomic=false&dry_run=true")
            .await
            .expect(200);
        let numbers: Vec<(u64, u64)> = report.json["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["row"].as_u64().unwrap(), row["line"].as_u64().unwrap()))
            .collect();
        assert_eq!(numbers, [(1, 2), (2, 6), (3, 7)]);
    }
    let rows = json!({"rows": [{"unit_id": unit, "name": "Tổ ba", "kind": "COLLECTIVE"}]});
    let report = reviewer.post("/v1/collectives/import", &rows).await.expect(200);
    assert!(report.json["rows"][0].get("line").is_none());
}

async fn units_of_a_list_are_named_by_their_code(world: World) {
    let reviewer = world.persona("reviewer");
    let group = |name: &str, unit: Value| {
        let mut line = json!({"name": name, "kind": "COLLECTIVE"});
        line.as_object_mut()
            .unwrap()
            .extend(unit.as_object().unwrap().clone());
        line
    };
    let rows = json!({"rows": [
        group("Tổ một", json!({"unit_code": "H14.15.2"})),
        group("Tổ hai", json!({"unit_code": "H14.15.99"})),
        group("Tổ ba", json!({"unit_code": "H14.15.2", "unit_id": org::DIVISIONS[0]})),
        group("Tổ bốn", json!({})),
        group("Tổ năm", json!({"unit_code": "H14.16.1"})),
    ]});
    let refused = reviewer
        .post("/v1/collectives/import", &rows)
        .await
        .refused(422, "import.rejected");
    let faults: Vec<(&str, &str)> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            (
                fault["pointer"].as_str().unwrap(),
                fault["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        faults,
        [
            ("/rows/1/unit_code", "field.reference"),
            ("/rows/2/unit_code", "field.choice"),
            ("/rows/3/unit_id", "field.required"),
            ("/rows/4/unit_code", "access.forbidden"),
        ]
    );
    let csv = "unit_code,full_name,staff_kind,leadership_class,personnel_code\n\
               H14.15.2,Người Một,CONG_CHUC,DIRECT_WORKER,U1\nH14.15.1,Người Hai,CONG_CHUC,DIRECT_WORKER,U2\n";
    let stored = reviewer
        .ask("POST", "/v1/individuals/import")
        .header("content-type", "text/csv")
        .body(csv)
        .send()
        .await
        .expect(200);
    for (index, unit) in [org::DIVISIONS[0], org::OFFICE].into_iter().enumerate() {
        let made = path(stored.json["rows"][index]["id"].as_str().unwrap());
        let made = reviewer.get(&made).await.expect(200);
        assert_eq!(made.json["unit_id"], json!(unit));
        assert_eq!(made.json["owner_organization_id"], json!(org::DEPARTMENT));
    }
}

async fn media_types_that_are_accepted_are_told(world: World) {
    let reviewer = world.persona("reviewer");
    for (method, target, field, accepted) in [
        (
            "POST",
            "/v1/individuals/import".to_owned(),
            "accept",
            "application/json, text/csv",
        ),
        ("POST", "/v1/individuals".to_owned(), "accept", "application/json"),
        (
            "PATCH",
            path(person(20)),
            "accept-patch",
            "application/merge-patch+json, application/json",
        ),
    ] {
        let ask = |name: &str, value: &str| {
            let ask = reviewer.ask(method, &target).if_match("*");
            ask.header("accept-language", "en")
                .header(name, value)
                .body("{}")
                .send()
        };
        let refused = ask("content-type", "application/xml").await;
        let refused = refused.refused(415, "media_type.unsupported");
        assert_eq!(refused.header(field), Some(accepted), "{method} {target}");
        let said = refused.json["detail"].as_str().unwrap();
        assert!(said.ends_with(&accepted.replace(", ", " or ")), "{said}");
        assert_eq!(refused.json["errors"][0]["header"], "Content-Type");
        let coded = ask("content-encoding", "gzip").await;
        let coded = coded.refused(415, "media_type.unsupported");
        assert_eq!(coded.header("accept-encoding"), Some("identity"));
        assert!(coded.header("accept").is_none());
    }
}

async fn lists_that_cannot_be_read(world: World) {
    let reviewer = world.persona("reviewer");
    for (body, pointer, code) in [
        (json!({"rows": []}), "/rows", "field.length"),
        (json!({}), "/rows", "field.required"),
        (json!({"rows": {}}), "/rows", "field.type"),
        (json!({"rows": [{}], "atomic": "no"}), "/atomic", "field.type"),
        (json!({"rows": [{}], "colour": 1}), "/colour", "field.unknown"),
    ] {
        let refused = reviewer
            .post("/v1/individuals/import", &body)
            .await
            .refused(422, "body.invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], pointer);
        assert_eq!(refused.json["errors"][0]["code"], code);
    }
    let send = |media_type: &str, text: Vec<u8>| {
        reviewer
            .ask("POST", "/v1/individuals/import")
            .header("content-type", media_type)
            .body(text)
            .send()
    };
    send("text/csv", b"colour\nred\n".to_vec())
        .await
        .refused(422, "body.invalid");
    send("text/csv", b"full_name,full_name\na,b\n".to_vec())
        .await
        .refused(400, "body.duplicate_member")
        .stands_at("/full_name");
    let latin = send("text/csv", b"full_name\nTr\xe2n\n".to_vec()).await;
    let latin = latin.refused(400, "body.syntax");
    assert_eq!(latin.json["line"], 2);
    assert_eq!(latin.json["errors"][0]["params"]["encoding"], "UTF-8");
    for (text, line) in [
        ("full_name\nA\n\"B\nC\n", 3),
        ("full_name\n\"A\"\n\"B", 3),
        ("\"full_name\nA\n", 1),
    ] {
        let unclosed = send("text/csv", text.into()).await.refused(400, "body.syntax");
        assert_eq!(unclosed.json["line"], line, "{text}");
    }
    send("text/csv; charset=utf-16", b"a\n".to_vec())
        .await
        .refused(415, "media_type.unsupported");
    send("application/xml", b"<a/>".to_vec())
        .await
        .refused(415, "media_type.unsupported");
    reviewer
        .ask("POST", "/v1/individuals/import?atomic=perhaps")
        .json(&json!({"rows": [{}]}))
        .send()
        .await
        .refused(400, "query.invalid");
    let many: String = std::iter::once("full_name\n".to_owned())
        .chain((0..5001).map(|number| format!("A {number}\n")))
        .collect();
    let refused = send("text/csv", many.into_bytes())
        .await
        .refused(422, "body.invalid");
    // As many as there may be are told, as with a list of none, and as in JSON.
    let rows = vec![json!({}); 5001];
    let json = reviewer
        .post("/v1/individuals/import", &json!({"rows": rows}))
        .await;
    let none = send("text/csv", b"full_name\n".to_vec()).await;
    let empty = send("text/csv", b"\n\n".to_vec()).await;
    for refused in [refused, json, none, empty] {
        let refused = refused.refused(422, "body.invalid");
        let error = &refused.json["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["params"]),
            (&json!("/rows"), &json!({"minimum": 1, "maximum": 5000}))
        );
        assert!(error["detail"].as_str().unwrap().contains("5000"));
    }
}

fn acts(shown: &Reply) -> Vec<String> {
    let acts = shown.json["allowed_actions"].as_array().unwrap().iter();
    acts.map(|act| act["action"].as_str().unwrap().to_owned())
        .collect()
}

async fn an_identity_is_linked_once_and_opens_what_is_its_own(world: World) {
    let chief = world.persona("chief");
    let own = path(person(20));
    let newcomer = world.persona("newcomer");
    newcomer.get(&own).await.refused(404, "resource.not_found");
    let identity = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "newcomer"});
    world
        .persona("reviewer")
        .act(&own, "link-identity", &identity)
        .await
        .refused(403, "access.forbidden");
    let linked = chief.act(&own, "link-identity", &identity).await.expect(200);
    assert_eq!(linked.json["identities"][0]["subject"], "newcomer");
    assert_eq!(linked.json["version"], 2);
    assert_eq!(linked.json["outcome"]["warnings"], json!([]));
    // There is something to unlink only where something is linked.
    assert!(acts(&linked).contains(&"unlink-identity".to_owned()));
    let other = chief.get(&path(person(21))).await.expect(200);
    assert_eq!(acts(&other), ["edit", "link-identity"]);
    let foreign = json!({"principal_kind": "USER", "issuer": "https://sso.example.gov.vn/", "subject": "x"});
    let remarked = chief
        .act(&path(person(22)), "link-identity", &foreign)
        .await
        .expect(200);
    let remark = &remarked.json["outcome"]["warnings"][0];
    assert_eq!(
        (&remark["code"], &remark["pointer"]),
        (&json!("grant.issuer_unknown"), &json!("/issuer"))
    );
    newcomer.get(&own).await.expect(200);
    // A machine has no seat to vote from.
    let machine = json!({"principal_kind": "CLIENT", "issuer": issuer().url(), "subject": "may-bo-phieu"});
    let refused = chief.act(&path(person(21)), "link-identity", &machine).await;
    refused.refused(422, "body.invalid").stands_at("/principal_kind");
    // Which account it is is told to whoever may link one.
    let history = format!("{own}/history");
    let seen = newcomer.get(&history).await.expect(200);
    assert!(!String::from_utf8(seen.bytes).unwrap().contains("newcomer"));
    let told = chief.get(&history).await.expect(200);
    assert!(String::from_utf8(told.bytes).unwrap().contains("newcomer"));
    // Nobody has two accounts of one issuer: he would vote twice.
    let second = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "second"});
    chief
        .act(&own, "link-identity", &second)
        .await
        .refused(409, "individual.already_linked");
    chief
        .act(&path(person(21)), "link-identity", &identity)
        .await
        .refused(409, "identity.already_linked");
    chief
        .act(&path(person(21)), "unlink-identity", &identity)
        .await
        .refused(422, "body.invalid");
    chief.act(&own, "unlink-identity", &identity).await.expect(200);
    newcomer.get(&own).await.refused(404, "resource.not_found");
    chief.patch(&own, &json!({"active": false})).await.expect(200);
    chief
        .act(&own, "link-identity", &identity)
        .await
        .refused(409, "individual.inactive");
}

/// Council roles, and that nobody decides on himself, follow from the link.
async fn nobody_moves_his_own_account(world: World) {
    let chief = world.persona("chief");
    let account =
        |subject: &str| json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": subject});
    chief
        .act(&path(person(3)), "unlink-identity", &account("chief"))
        .await
        .refused(403, "duty.conflict");
    chief
        .act(&path(person(20)), "link-identity", &account("chief"))
        .await
        .refused(409, "identity.already_linked");
    // For the first time there may be nobody else: it is remarked.
    world
        .database(|conn| {
            diesel::sql_query("UPDATE identities SET individual_id = NULL WHERE subject = 'chief'")
                .execute(conn)
                .unwrap();
        })
        .await;
    let linked = chief
        .act(&path(person(3)), "link-identity", &account("chief"))
        .await
        .expect(200);
    assert_eq!(linked.json["outcome"]["warnings"][0]["code"], "duty.conflict");
}

/// CND-09.
async fn personal_data_is_kept_by_nobody(world: World) {
    let (reviewer, auditor) = (world.persona("reviewer"), world.persona("auditor"));
    let own = path(person(20));
    for (who, place) in [
        (&reviewer, "/v1/individuals"),
        (&reviewer, own.as_str()),
        (&reviewer, &own.replace("individuals", "%69ndividuals")),
        (&reviewer, &format!("{own}/history")),
        (&auditor, "/v1/audit-entries"),
    ] {
        let shown = who.get(place).await.expect(200);
        assert_eq!(shown.header("cache-control"), Some("no-store"), "{place}");
    }
}
