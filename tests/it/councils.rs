//! Councils over HTTP.

use serde_json::json;

use crate::support::councils::{council, council_with};
use crate::support::on_both;
use crate::support::when;
use crate::support::world::{World, org, person};

on_both!(
    are_set_up_changed_and_seen_by_their_members,
    have_nobody_twice_and_one_chair,
    memberships_have_a_place_and_a_tag,
    memberships_that_were_a_slip_are_taken_back,
    work_on_while_they_sit,
    refuse_impossible_rules_and_foreign_owners,
    lose_their_document_and_take_only_a_whole_one,
    seat_only_their_own_people,
);

async fn are_set_up_changed_and_seen_by_their_members(world: World) {
    let id = council(&world).await;
    let path = format!("/v1/councils/{id}");
    let chief = world.persona("chief");
    let shown = chief.get(&path).await.expect(200);
    assert_eq!(
        shown.json["policy"]["quorum"],
        json!({"numerator": 2, "denominator": 3})
    );
    assert_eq!(shown.json["version"], 1);

    let changed = chief
        .patch(&path, &json!({"name": "Hội đồng mới", "policy": {"threshold_basis_points": 8000, "comparison": "AT_LEAST"}}))
        .await
        .expect(200);
    assert_eq!(
        changed.json["outcome"]["changed_fields"],
        json!(["name", "policy"])
    );
    assert_eq!(changed.json["version"], 2);
    chief
        .ask("PATCH", &path)
        .if_match("\"1\"")
        .json(&json!({"name": "Cũ"}))
        .send()
        .await
        .refused(412, "etag.stale");

    // A member sees it by its seat, may not change it; another department does not see it.
    world.persona("head1").get(&path).await.expect(200);
    world
        .persona("head1")
        .ask("PATCH", &path)
        .if_match("*")
        .json(&json!({"name": "Khác"}))
        .send()
        .await
        .refused(403, "access.forbidden");
    for outsider in ["stranger", "head5", "nobody", "administrator"] {
        world
            .persona(outsider)
            .get(&path)
            .await
            .refused(404, "resource.not_found");
    }
    world.persona("auditor").get(&path).await.expect(200);
    let listed = world
        .persona("head1")
        .get("/v1/councils?active=true")
        .await
        .expect(200);
    assert_eq!(listed.json["items"].as_array().unwrap().len(), 1);
    let hidden = world.persona("stranger").get("/v1/councils").await.expect(200);
    assert_eq!(hidden.json["items"], json!([]));
}

async fn have_nobody_twice_and_one_chair(world: World) {
    let id = council(&world).await;
    let chief = world.persona("chief");
    let members = format!("/v1/councils/{id}/members");
    let add = |number: u128, function: &str, from: &str| json!({"individual_id": person(number), "function": function, "valid_from": from});
    chief
        .post(&members, &add(6, "MEMBER", when("2026-06-01")))
        .await
        .refused(409, "council.member_duplicate");
    chief
        .post(&members, &add(9, "CHAIR", when("2026-06-01")))
        .await
        .refused(409, "council.chair_taken");
    let mut reversed = add(9, "MEMBER", when("2026-06-01"));
    reversed["valid_to"] = json!(when("2026-05-31"));
    let refused = chief.post(&members, &reversed).await.refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/valid_to");

    let all = chief.get(&members).await.expect(200);
    let chair = all.json["items"][0].clone();
    assert_eq!(
        (
            all.json["items"].as_array().unwrap().len(),
            chair["function"].as_str()
        ),
        (7, Some("CHAIR"))
    );
    let end = format!("{members}/{}/end", chair["id"].as_str().unwrap());
    let body = json!({"valid_to": when("2026-05-31")});
    chief
        .ask("POST", &end)
        .json(&body)
        .send()
        .await
        .refused(428, "etag.required");
    let ended = chief
        .ask("POST", &end)
        .if_match("\"1\"")
        .json(&body)
        .send()
        .await
        .expect(200);
    assert_eq!(
        (ended.json["valid_to"].as_str(), ended.json["version"].as_i64()),
        (Some(when("2026-05-31")), Some(2))
    );
    chief
        .ask("POST", &end)
        .if_match("\"1\"")
        .json(&body)
        .send()
        .await
        .refused(412, "etag.stale");
    chief
        .post(&members, &add(9, "CHAIR", when("2026-06-01")))
        .await
        .expect(201);
    let then = chief
        .get(&format!("{members}?on={}", when("2026-06-02")))
        .await
        .expect(200);
    assert_eq!(then.json["items"].as_array().unwrap().len(), 7);
    world
        .persona("head1")
        .post(&members, &add(10, "MEMBER", when("2026-06-01")))
        .await
        .refused(403, "access.forbidden");
}

async fn memberships_have_a_place_and_a_tag(world: World) {
    let id = council(&world).await;
    let chief = world.persona("chief");
    let members = format!("/v1/councils/{id}/members");
    let body = json!({"individual_id": person(9), "function": "MEMBER", "valid_from": when("2026-01-01")});
    let added = chief.post(&members, &body).await.expect(201);
    let path = format!("{members}/{}", added.id());
    assert_eq!(added.header("location"), Some(path.as_str()));
    let shown = chief.get(&path).await.expect(200);
    assert_eq!(shown.etag(), added.etag());
    assert_eq!(shown.json["allowed_actions"][0]["href"], format!("{path}/end"));
    let same = chief
        .ask("GET", &path)
        .header("if-none-match", &shown.etag())
        .send();
    same.await.expect(304);

    // One tag, one end.
    let end = json!({"valid_to": when("2026-12-31")});
    let asks = (0..4).map(|_| {
        let ask = chief.ask("POST", &format!("{path}/end")).if_match(&shown.etag());
        ask.json(&end).send()
    });
    let answers = futures_util::future::join_all(asks).await;
    let (ended, stale): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(ended.len(), 1);
    for answer in stale {
        let answer = answer.refused(412, "etag.stale");
        assert_eq!(answer.header("etag"), Some("\"2\""));
    }
    assert_eq!(ended[0].json["outcome"]["changed_fields"], json!(["valid_to"]));
    assert_eq!(ended[0].etag(), chief.get(&path).await.expect(200).etag());

    // A membership is found in its own council only, and by who sees that.
    let other = council_with(&world, json!({}), &[]).await;
    let elsewhere = format!("/v1/councils/{other}/members/{}", added.id());
    chief.get(&elsewhere).await.refused(404, "resource.not_found");
    world
        .persona("stranger")
        .get(&path)
        .await
        .refused(404, "resource.not_found");
}

/// Entered by mistake it never begins, unless it has sat.
async fn memberships_that_were_a_slip_are_taken_back(world: World) {
    let id = council(&world).await;
    let chief = world.persona("chief");
    let members = format!("/v1/councils/{id}/members");
    let body = json!({"individual_id": person(9), "function": "MEMBER", "valid_from": when("2026-09-01")});
    let added = chief.post(&members, &body).await.expect(201);
    let path = format!("{members}/{}", added.id());
    let earlier = json!({"valid_to": when("2026-08-30")});
    chief
        .act(&path, "end", &earlier)
        .await
        .refused(422, "body.invalid");
    let never = json!({"valid_to": when("2026-08-31")});
    chief.act(&path, "end", &never).await.expect(200);
    // Its days are free again, those before it too.
    let right = json!({"individual_id": person(9), "function": "MEMBER", "valid_from": when("2026-08-01")});
    chief.post(&members, &right).await.expect(201);
}

/// R-V1: nobody takes the seats out of what has begun.
async fn work_on_while_they_sit(world: World) {
    use crate::support::campaigns::frozen_with;
    use crate::support::submissions::{OWN_FORM, Who};
    use crate::support::walk::{consolidated, opened, planned};
    let id = council(&world).await;
    let campaign = frozen_with(&world, &json!({})).await.id;
    let dossier = consolidated(&world, campaign, 1, &[(Who::Person(16), OWN_FORM)]).await;
    let session = planned(&world, &id, campaign, "OPEN_VOTE", &dossier.nominations).await;
    let chief = world.persona("chief");
    let path = format!("/v1/councils/{id}");
    let retired = json!({"active": false});
    chief.patch(&path, &retired).await.expect(200);
    chief.patch(&path, &json!({"active": true})).await.expect(200);
    opened(&world, &session).await;
    let refused = chief.patch(&path, &retired).await;
    refused
        .refused(409, "council.member_in_session")
        .stands_at("/active");
}

async fn refuse_impossible_rules_and_foreign_owners(world: World) {
    let chief = world.persona("chief");
    let body = |owner, policy| json!({"owner_organization_id": owner, "name": "Hội đồng", "policy": policy});
    let refused = chief
        .post(
            "/v1/councils",
            &body(org::OFFICE, json!({"quorum": {"numerator": 3, "denominator": 2}})),
        )
        .await
        .refused(422, "body.invalid");
    let mut pointers: Vec<&str> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/owner_organization_id", "/policy/quorum"]);
    chief
        .post("/v1/councils", &body(org::OTHER_DEPARTMENT, json!({})))
        .await
        .refused(403, "access.forbidden");
    // By rules that no session can be held with, sessions would be held otherwise.
    let made = format!("/v1/councils/{}", council(&world).await);
    for policy in [
        json!({"method": "SECRET_BALLOT"}),
        json!({"method": "WRITTEN"}),
        json!({"method": "CONSENSUS", "consensus_allowed": false}),
    ] {
        let new = body(org::DEPARTMENT, policy.clone());
        let patch = json!({"policy": policy});
        for reply in [
            chief.post("/v1/councils", &new).await,
            chief.patch(&made, &patch).await,
        ] {
            let refused = reply.refused(422, "session.method_unsupported");
            let expected = (
                "/policy/method".to_owned(),
                "session.method_unsupported".to_owned(),
            );
            assert_eq!(crate::support::pointers(&refused.json), [expected]);
        }
    }
}

/// PAT-02, ERR-03: `null` takes the document away; a new one is held against the schema as a whole.
async fn lose_their_document_and_take_only_a_whole_one(world: World) {
    let path = format!("/v1/councils/{}", council(&world).await);
    let chief = world.persona("chief");
    let document = json!({"type": "QĐ", "number_raw": "12/QĐ-SNgV", "issued_on": when("2026-01-05")});
    let set = chief
        .patch(&path, &json!({"document": document}))
        .await
        .expect(200);
    assert_eq!(set.json["document"], document);
    let taken = chief.patch(&path, &json!({"document": null})).await.expect(200);
    assert!(taken.json.get("document").is_none());
    assert_eq!(taken.json["outcome"]["changed_fields"], json!(["document"]));
    let partial = json!({"document": {"type": "QĐ"}});
    let refused = chief.patch(&path, &partial).await.refused(422, "body.invalid");
    let errors = refused.json["errors"].as_array().unwrap();
    let mut pointers: Vec<&str> = errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/document/issued_on", "/document/number_raw"]);
    // What stands in it already need not be said again.
    chief
        .patch(&path, &json!({"document": document}))
        .await
        .expect(200);
    let place = json!({"document": {"place": "Cao Bằng"}});
    let edited = chief.patch(&path, &place).await.expect(200);
    assert_eq!(edited.json["document"]["number_raw"], "12/QĐ-SNgV");
}

/// Whoever is of another organisation is as good as unknown (AZN-06): neither his name nor that he exists is told.
async fn seat_only_their_own_people(world: World) {
    use thidua::domain::ids::IndividualId;
    use thidua::store::individuals::{self, Individual};
    let foreign = world
        .database(|conn| {
            let one = individuals::get(conn, person(20)).unwrap();
            let one = Individual {
                id: IndividualId::generate(),
                owner_organization_id: org::BOARD,
                unit_id: org::BOARD,
                personnel_code: None,
                ..one
            };
            individuals::insert(conn, &one).unwrap();
            one.id
        })
        .await;
    let chief = world.persona("chief");
    let council = council(&world).await;
    for id in [foreign, IndividualId::generate()] {
        let member = json!({"individual_id": id, "function": "MEMBER", "valid_from": when("2026-01-01")});
        let refused = chief
            .post(&format!("/v1/councils/{council}/members"), &member)
            .await;
        let refused = refused.refused(422, "body.invalid").stands_at("/individual_id");
        assert_eq!(refused.json["errors"][0]["code"], "field.reference");
    }
}
