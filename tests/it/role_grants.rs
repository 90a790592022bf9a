//! Role grants and the caller's own view over HTTP.

use serde_json::{Value, json};

use crate::support::on_both;
use crate::support::when;
use crate::support::world::{BOOTSTRAP, World, issuer, org, person};

on_both!(
    a_granted_role_opens_and_an_ended_one_closes_with_the_next_request,
    the_administrator_of_the_settings_grants_and_reads_nothing_else,
    what_cannot_be_granted,
    grants_do_not_overlap_even_when_two_are_made_at_once,
    grants_are_listed_and_seen_by_few,
    a_grant_for_later_waits_and_ends_by_itself,
    the_caller_sees_itself,
    an_issuer_that_is_not_configured_is_remarked,
    a_role_of_divisions_at_a_whole_organisation_is_remarked,
    nobody_grants_himself_a_part,
);

fn grant(subject: &str, role: &str, organization: Option<&str>) -> Value {
    let mut body = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": subject,
                          "role": role, "reason": "Quyết định phân công"});
    if let Some(organization) = organization {
        body["organization_id"] = json!(organization);
    }
    body
}

async fn an_issuer_that_is_not_configured_is_remarked(world: World) {
    let administrator = world.persona("administrator");
    let mut body = grant("later", "CLERK", Some(&department()));
    let known = administrator.post("/v1/role-grants", &body).await.expect(201);
    assert_eq!(known.json["outcome"]["warnings"], json!([]));
    body["issuer"] = json!("https://sso.example.gov.vn/realms/tinh/");
    let foreign = administrator.post("/v1/role-grants", &body).await.expect(201);
    let warnings = foreign.json["outcome"]["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        (&warnings[0]["code"], &warnings[0]["pointer"]),
        (&json!("grant.issuer_unknown"), &json!("/issuer"))
    );
    // A remark belongs to the answer, not to the grant.
    let shown = administrator
        .get(foreign.header("location").unwrap())
        .await
        .expect(200);
    assert!(shown.json.get("outcome").is_none());
    assert_eq!(shown.json["issuer"], body["issuer"]);
}

/// A head of a division at the whole department could hand in for everybody.
async fn a_role_of_divisions_at_a_whole_organisation_is_remarked(world: World) {
    let administrator = world.persona("administrator");
    let body = grant("later", "DIVISION_HEAD", Some(&department()));
    let made = administrator.post("/v1/role-grants", &body).await.expect(201);
    let warnings = made.json["outcome"]["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(
        (&warnings[0]["code"], &warnings[0]["pointer"]),
        (&json!("grant.role_misplaced"), &json!("/organization_id"))
    );
    let body = grant("later", "DIVISION_HEAD", Some(&org::DIVISIONS[0].to_string()));
    let made = administrator.post("/v1/role-grants", &body).await.expect(201);
    assert_eq!(made.json["outcome"]["warnings"], json!([]));
}

fn department() -> String {
    org::DEPARTMENT.to_string()
}

async fn a_granted_role_opens_and_an_ended_one_closes_with_the_next_request(world: World) {
    let administrator = world.persona("administrator");
    let newcomer = world.persona("newcomer");
    let target = format!("/v1/individuals/{}", person(20));
    newcomer.get(&target).await.refused(404, "resource.not_found");
    let made = administrator
        .post(
            "/v1/role-grants",
            &grant("newcomer", "OFFICE_REVIEWER", Some(&department())),
        )
        .await
        .expect(201);
    newcomer.get(&target).await.expect(200);
    let own = format!("/v1/role-grants/{}", made.id());
    let ended = administrator
        .act(&own, "end", &json!({"reason": "Chuyển công tác"}))
        .await
        .expect(200);
    assert!(ended.json["valid_to"].is_string());
    assert_eq!(ended.json["version"], 2);
    newcomer.get(&target).await.refused(404, "resource.not_found");
    let twice = administrator
        .act(&own, "end", &json!({"reason": "Lần nữa"}))
        .await
        .refused(409, "state.transition_not_allowed");
    assert_eq!(twice.json["object"], "role_grant");
    assert_eq!(
        administrator.get(&own).await.expect(200).json["allowed_actions"][0]["blocked_by"][0]["code"],
        "state.transition_not_allowed"
    );
    administrator
        .ask("POST", &format!("{own}/end"))
        .json(&json!({"reason": "Không có thẻ"}))
        .send()
        .await
        .refused(428, "etag.required");
}

async fn the_administrator_of_the_settings_grants_and_reads_nothing_else(world: World) {
    let bootstrap = world.persona(BOOTSTRAP);
    bootstrap
        .post(
            "/v1/role-grants",
            &grant("first-chief", "OFFICE_CHIEF", Some(&department())),
        )
        .await
        .expect(201);
    world
        .persona("first-chief")
        .get("/v1/individuals")
        .await
        .expect(200);
    let persons = bootstrap.get("/v1/individuals").await.expect(200);
    assert_eq!(persons.json["items"], json!([]));
    bootstrap
        .get(&format!("/v1/individuals/{}", person(1)))
        .await
        .refused(404, "resource.not_found");
    bootstrap
        .post(
            "/v1/collectives",
            &json!({"unit_id": org::OFFICE, "name": "Tổ", "kind": "COLLECTIVE"}),
        )
        .await
        .refused(403, "access.forbidden");
    let me = bootstrap.get("/v1/me").await.expect(200);
    assert_eq!(me.json["roles"][0]["role"], "SYSTEM_ADMINISTRATOR");
    let business = me.json["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .any(|permission| {
            let action = permission["action"].as_str().unwrap();
            action.contains("SUBMISSION") || action.contains("NOMINATION") || action.contains("VOTE")
        });
    assert!(!business, "{}", me.json["permissions"]);
}

async fn what_cannot_be_granted(world: World) {
    let administrator = world.persona("administrator");
    for role in ["COUNCIL_CHAIR", "COUNCIL_SECRETARY", "COUNCIL_MEMBER", "NOMINEE"] {
        administrator
            .post("/v1/role-grants", &grant("x", role, Some(&department())))
            .await
            .refused(422, "grant.role_not_grantable");
    }
    let refused = administrator
        .post("/v1/role-grants", &grant("x", "DIRECTOR", None))
        .await
        .refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/organization_id");
    let nowhere = uuid::Uuid::now_v7().to_string();
    administrator
        .post("/v1/role-grants", &grant("x", "DIRECTOR", Some(&nowhere)))
        .await
        .refused(422, "body.invalid");
    // A role of the whole organisation would reach nothing at one of its units; a machine's is no person's.
    let unit = org::DIVISIONS[0].to_string();
    for role in ["DIRECTOR", "CLERK", "OFFICE_CHIEF", "OFFICE_REVIEWER"] {
        let misplaced = administrator
            .post("/v1/role-grants", &grant("x", role, Some(&unit)))
            .await;
        let misplaced = misplaced.refused(422, "body.invalid");
        assert_eq!(
            misplaced.json["errors"][0]["pointer"], "/organization_id",
            "{role}"
        );
        assert_eq!(
            misplaced.json["errors"][0]["code"], "grant.role_misplaced",
            "{role}"
        );
    }
    let person = grant("x", "BOARD_SYSTEM", Some(&department()));
    let person = administrator.post("/v1/role-grants", &person).await;
    let person = person.refused(422, "body.invalid");
    assert_eq!(person.json["errors"][0]["pointer"], "/principal_kind");
    let mut reversed = grant("x", "AUDITOR", None);
    reversed["valid_to"] = json!("2020-01-01T00:00:00Z");
    administrator
        .post("/v1/role-grants", &reversed)
        .await
        .refused(422, "body.invalid");
    for subject in ["director", "chief", "auditor", "nobody"] {
        world
            .persona(subject)
            .post("/v1/role-grants", &grant(subject, "SYSTEM_ADMINISTRATOR", None))
            .await
            .refused(403, "access.forbidden");
    }
}

async fn grants_do_not_overlap_even_when_two_are_made_at_once(world: World) {
    let administrator = world.persona("administrator");
    let body = grant("newcomer", "CLERK", Some(&department()));
    let asks = (0..6).map(|_| administrator.post("/v1/role-grants", &body));
    let answers = futures_util::future::join_all(asks).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "grant.duplicate").stands_at("/role");
    }
    let elsewhere = grant("newcomer", "CLERK", Some(&org::OTHER_DEPARTMENT.to_string()));
    administrator
        .post("/v1/role-grants", &elsewhere)
        .await
        .expect(201);
}

async fn grants_are_listed_and_seen_by_few(world: World) {
    let administrator = world.persona("administrator");
    let count = |reply: &Value| reply["items"].as_array().unwrap().len();
    let all = administrator.get("/v1/role-grants?limit=200").await.expect(200);
    assert_eq!(count(&all.json), 19);
    let heads = administrator
        .get("/v1/role-grants?role=DIVISION_HEAD")
        .await
        .expect(200);
    assert_eq!(count(&heads.json), 6);
    let one = administrator
        .get(&format!(
            "/v1/role-grants?subject=chief&organization_id={}",
            org::DEPARTMENT
        ))
        .await
        .expect(200);
    assert_eq!(count(&one.json), 1);
    let before = administrator
        .get("/v1/role-grants?in_force_at=2024-12-31T00:00:00Z")
        .await
        .expect(200);
    assert_eq!(count(&before.json), 0);
    let audited = world.persona("auditor").get("/v1/role-grants").await.expect(200);
    assert_eq!(count(&audited.json), 19);
    let path = format!("/v1/role-grants/{}", one.json["items"][0]["id"].as_str().unwrap());
    world
        .persona("auditor")
        .act(&path, "end", &json!({"reason": "Không được"}))
        .await
        .refused(403, "access.forbidden");
    for subject in ["chief", "nobody"] {
        let none = world.persona(subject).get("/v1/role-grants").await.expect(200);
        assert_eq!(count(&none.json), 0);
        world
            .persona(subject)
            .get(&path)
            .await
            .refused(404, "resource.not_found");
    }
}

async fn a_grant_for_later_waits_and_ends_by_itself(world: World) {
    let administrator = world.persona("administrator");
    let mut body = grant("newcomer", "OFFICE_CHIEF", Some(&department()));
    body["valid_from"] = json!(when("2026-04-01T00:00:00Z"));
    body["valid_to"] = json!(when("2026-05-01T00:00:00Z"));
    let made = administrator.post("/v1/role-grants", &body).await.expect(201);
    let target = format!("/v1/individuals/{}", person(20));
    let newcomer = world.persona("newcomer");
    newcomer.get(&target).await.refused(404, "resource.not_found");
    let own = format!("/v1/role-grants/{}", made.id());
    for wrong in [when("2026-03-01T00:00:00Z"), when("2026-06-01T00:00:00Z")] {
        administrator
            .act(&own, "end", &json!({"valid_to": wrong, "reason": "Sai"}))
            .await
            .refused(422, "body.invalid");
    }
    world.set_time(when("2026-04-01T00:00:00Z"));
    newcomer.get(&target).await.expect(200);
    world.set_time(when("2026-05-01T00:00:00Z"));
    newcomer.get(&target).await.refused(404, "resource.not_found");
}

async fn the_caller_sees_itself(world: World) {
    let chief = world.persona("chief").get("/v1/me").await.expect(200);
    assert_eq!(chief.json["subject"], "chief");
    assert_eq!(chief.json["issuer"], issuer().url());
    assert_eq!(chief.json["kind"], "USER");
    assert_eq!(chief.json["individual"]["id"], json!(person(3)));
    assert_eq!(
        chief.json["roles"],
        json!([{"role": "OFFICE_CHIEF", "organization_id": org::DEPARTMENT,
                "organization_name": "Sở Ngoại vụ"}])
    );
    let reach = |reply: &Value, action: &str| {
        reply["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|permission| permission["action"] == action)
            .map(|permission| permission["reaches"].clone())
    };
    assert_eq!(reach(&chief.json, "LINK_IDENTITY"), Some(json!(["OWNER"])));
    assert_eq!(reach(&chief.json, "READ_PERSON"), Some(json!(["OWNER", "OWN"])));
    assert_eq!(reach(&chief.json, "SIGN_DECISION"), None);
    let auditor = world.persona("auditor").get("/v1/me").await.expect(200);
    assert_eq!(reach(&auditor.json, "READ_JOURNAL"), Some(json!(["EVERYTHING"])));
    let nobody = world.persona("never-seen").get("/v1/me").await.expect(200);
    assert!(nobody.json.get("identity_id").is_none() && nobody.json.get("individual").is_none());
    assert_eq!(nobody.json["roles"], json!([]));
    assert_eq!(
        reach(&nobody.json, "READ_ORGANIZATION"),
        Some(json!(["EVERYTHING"]))
    );
    let machine = world.board_system().get("/v1/me").await.expect(200);
    assert_eq!(machine.json["kind"], "CLIENT");
    world
        .anonymous("GET", "/v1/me")
        .send()
        .await
        .refused(401, "token.missing");
}

/// M-3: who administers takes no part in the business by his own hand.
async fn nobody_grants_himself_a_part(world: World) {
    let administrator = world.persona("administrator");
    let grant = |role: &str| {
        json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "administrator", "role": role,
            "organization_id": org::DEPARTMENT, "reason": "Thử"})
    };
    let refused = administrator
        .post("/v1/role-grants", &grant("OFFICE_CHIEF"))
        .await;
    refused.refused(403, "duty.conflict").stands_at("/subject");
    administrator.get("/v1/individuals").await.expect(200);
}
