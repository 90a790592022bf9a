//! The quota end to end (R-Q1): the plan's rule, the frozen roll, the council's confirmation, the issue.
//! The arithmetic itself is tested beside it (`domain/quota/tests.rs`).

use serde_json::{Value, json};
use thidua::domain::ids::NominationId;

use crate::support::campaigns::{Published, amend, document, frozen_with, plan_579, published_without_roll};
use crate::support::councils::{council, finish};
use crate::support::decisions::{drafted, numbered};
use crate::support::on_both;
use crate::support::submissions::{OWN_FORM, UPPER_FORM, Who};
use crate::support::walk::{awarded, consolidated, signed};
use crate::support::when;
use crate::support::world::{World, org, person};

on_both!(
    is_read_as_the_plan_says,
    is_not_enforced_over_what_was_only_warned_of,
    warns_where_the_plan_says_so,
    is_exceeded_by_the_director_with_a_reason,
    is_kept_by_voting_again,
    is_amended_by_whoever_may_exceed_it,
    is_not_shrunk_below_what_is_taken,
    tells_of_which_day_the_frozen_roll_is,
    has_a_line_for_each_form_from_the_beginning,
);

/// Waits for the confirmation of 2 collectives and 3 individuals, one of them for both forms: in the first
/// division 1 collective and 2 individuals, in the second 1 and 1. On the roll are 6 and 28, in each
/// division 1 and 5.
async fn scene(world: &World) -> (Published, String, Vec<String>) {
    let campaign = frozen_with(world, &json!({})).await;
    let own = [Who::Collective(2), Who::Person(16), Who::Person(21)].map(|who| (who, OWN_FORM));
    let one = consolidated(world, campaign.id, 1, &own).await;
    let own = [
        (Who::Collective(3), OWN_FORM),
        (Who::Person(12), OWN_FORM),
        (Who::Person(12), UPPER_FORM),
    ];
    let two = consolidated(world, campaign.id, 2, &own).await;
    let all = [one.nominations, two.nominations].concat();
    let council = council(world).await;
    let session = signed(world, &council, campaign.id, &all).await;
    (campaign, session, all)
}

async fn is_read_as_the_plan_says(world: World) {
    let (campaign, session, _) = scene(&world).await;
    let director = world.persona("director");
    let tag = director.get(&session).await.expect(200).etag();
    let all = |rest: Value| {
        let mut rule = json!({"scope": "COMBINED"});
        rule.as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        rule
    };
    // The rule, and the reading that refuses with the number of its exceeded lines.
    let cases: [(Value, Option<(&str, usize)>); 18] = [
        (json!({"basis_points": 0}), Some(("Q1", 2))),
        (json!({"basis_points": 10_000}), None),
        // 30 % of 6 is one collective, of 28 eight individuals.
        (json!({"basis_points": 3000}), Some(("Q1", 1))),
        // 5.1 and 4.76 of 34 for five subjects and six awards.
        (all(json!({"basis_points": 1500})), None),
        (all(json!({"basis_points": 1400})), Some(("Q2", 1))),
        (
            all(json!({"basis_points": 1500, "count": "AWARDS"})),
            Some(("Q2", 1)),
        ),
        (
            all(json!({"basis_points": 1500, "count": "DISTINCT_SUBJECTS"})),
            None,
        ),
        // 4.76 and 4.08.
        (all(json!({"basis_points": 1400, "rounding": "NEAREST"})), None),
        (
            all(json!({"basis_points": 1200, "rounding": "NEAREST"})),
            Some(("Q2", 1)),
        ),
        (all(json!({"basis_points": 1200, "rounding": "UP"})), None),
        (
            all(json!({"basis_points": 1500, "forms": "PER_FORM", "count": "AWARDS"})),
            None,
        ),
        (
            all(json!({"basis_points": 1400, "forms": "PER_FORM"})),
            Some(("Q3", 1)),
        ),
        (
            all(json!({"basis_points": 300, "forms": "LISTED", "form_list": [UPPER_FORM]})),
            None,
        ),
        (
            all(json!({"basis_points": 0, "forms": "LISTED", "form_list": [UPPER_FORM]})),
            Some(("Q2", 1)),
        ),
        (
            all(json!({"basis_points": 0, "forms": "LISTED", "form_list": [UPPER_FORM], "min_one": true})),
            None,
        ),
        // Three of six in the first division, two of six in the second.
        (all(json!({"basis_points": 5000, "unit": "DIVISION"})), None),
        (
            all(json!({"basis_points": 4000, "unit": "DIVISION"})),
            Some(("Q4", 1)),
        ),
        // No collective in either, one individual in each.
        (json!({"basis_points": 3000, "unit": "DIVISION"}), Some(("Q4", 3))),
    ];
    // Each rule alone: what it does not say falls back to its default.
    let clear = json!({"basis_points": null, "scope": null, "forms": null, "form_list": null, "count": null,
        "unit": null, "rounding": null, "min_one": null});
    for (own, refusal) in cases {
        let mut rule = clear.clone();
        rule.as_object_mut()
            .unwrap()
            .extend(own.as_object().unwrap().clone());
        // Always the current version's rule, whatever held when the dossiers were handed in (M-20).
        amend(&world, &campaign, &json!({"quota": rule})).await;
        let reply = director
            .ask("POST", &format!("{session}/confirm?dry_run=true"))
            .if_match(&tag)
            .json(&json!({}))
            .send()
            .await;
        let Some((which, lines)) = refusal else {
            assert_eq!(reply.status, 200, "{rule}: {}", reply.json);
            assert_eq!(reply.json["outcome"]["warnings"], json!([]), "{rule}");
            continue;
        };
        assert_eq!(reply.status, 409, "{rule}: {}", reply.json);
        let refused = reply.refused(409, "quota.exceeded").json;
        assert_eq!(refused["which"], which, "{rule}");
        assert_eq!(refused["readings"].as_array().unwrap().len(), 4);
        let named = refused["lines"].as_array().unwrap();
        assert_eq!(named.len(), lines, "{rule}: {named:?}");
        match (which, lines) {
            ("Q1", 1) => assert_eq!(named[0]["subject_kind"], "COLLECTIVE"),
            ("Q3", _) => assert_eq!(named[0]["form"], OWN_FORM),
            ("Q4", 1) => assert_eq!(named[0]["division"], json!(org::DIVISIONS[0])),
            _ => {}
        }
    }
}

/// What was only warned of was allowed by nobody: the plan does not begin to stop with more than it allows.
async fn is_not_enforced_over_what_was_only_warned_of(world: World) {
    let (campaign, session, _) = scene(&world).await;
    let rule = |enforcement: &str| json!({"quota": {"basis_points": 3000, "enforcement": enforcement}});
    amend(&world, &campaign, &rule("WARN")).await;
    let director = world.persona("director");
    director.act(&session, "confirm", &json!({})).await.expect(200);
    let body = json!({"document": document("751/SNgV-VP", when("2026-03-20")), "reason": "Điều chỉnh",
        "plan": rule("BLOCK")});
    let refused = director.act(&campaign.path, "amendments", &body).await;
    let refused = refused.refused(409, "quota.exceeded").json;
    let lines = refused["lines"].as_array().unwrap();
    assert_eq!(
        (lines.len(), &lines[0]["subject_kind"], &refused["which"]),
        (1, &json!("COLLECTIVE"), &json!("Q1"))
    );
}

/// A warning of an excess by two collectives, with its figures.
fn figures(outcome: &Value) {
    let warning = &outcome["warnings"][0];
    assert_eq!(warning["code"], "quota.exceeded", "{outcome}");
    assert_eq!(warning["params"]["which"], "Q1");
    assert_eq!(warning["params"]["readings"].as_array().unwrap().len(), 4);
    let lines = warning["params"]["lines"].as_array().unwrap();
    assert_eq!(
        (lines.len(), &lines[0]["subject_kind"]),
        (1, &json!("COLLECTIVE"))
    );
}

async fn warns_where_the_plan_says_so(world: World) {
    let (campaign, session, all) = scene(&world).await;
    let warn = json!({"quota": {"basis_points": 3000, "enforcement": "WARN"}});
    amend(&world, &campaign, &warn).await;
    let director = world.persona("director");
    let confirmed = director.act(&session, "confirm", &json!({})).await.expect(200);
    assert_eq!(confirmed.json["state"], "CONFIRMED");
    figures(&confirmed.json["outcome"]);
    let ids: Vec<NominationId> = [0, 1, 3].map(|index: usize| all[index].parse().unwrap()).to_vec();
    let decision = drafted(&world, campaign.id, &ids).await;
    numbered(&world, &decision, 1, when("2026-05-22")).await;
    let issued = world
        .persona("deputy")
        .act(&decision, "issue", &json!({}))
        .await
        .expect(200);
    figures(&issued.json["outcome"]);
    // What was handed in later takes no further place among collectives, so nothing is remarked of them.
    let individual = consolidated(&world, campaign.id, 3, &[(Who::Person(13), OWN_FORM)]).await;
    let council = confirmed.json["council_id"].as_str().unwrap();
    let next = signed(&world, council, campaign.id, &individual.nominations).await;
    let confirmed = director.act(&next, "confirm", &json!({})).await.expect(200);
    assert_eq!(confirmed.json["outcome"]["warnings"], json!([]));
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());
}

async fn is_exceeded_by_the_director_with_a_reason(world: World) {
    let (campaign, session, _) = scene(&world).await;
    let director = world.persona("director");
    director
        .act(&session, "confirm", &json!({}))
        .await
        .refused(409, "quota.exceeded");
    let reason = json!({"override_reason": "Thành tích đặc biệt xuất sắc"});
    let confirmed = director.act(&session, "confirm", &reason).await.expect(200);
    figures(&confirmed.json["outcome"]);
    let history = world
        .persona("auditor")
        .get(&format!("{}/history?limit=100", campaign.path))
        .await
        .expect(200);
    let entries = history.json["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["kind"] == "quota.overridden");
    let entry = entry.expect("the excess is in the journal");
    assert_eq!(
        (&entry["reason"], &entry["actor"]["role"]),
        (&json!("Thành tích đặc biệt xuất sắc"), &json!("DIRECTOR"))
    );
    assert_eq!(entry["details"]["readings"].as_array().unwrap().len(), 4);
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());

    // A plan cannot give the right to a role from which the policy withholds it.
    let mut body = plan_579()["campaign"].clone();
    body["plan"]["quota"]["override_role"] = json!("OFFICE_CHIEF");
    let refused = world.persona("chief").post("/v1/campaigns", &body).await;
    let refused = refused.refused(422, "body.invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/plan/quota/override_role");
}

/// A result that exceeds the quota is no dead end: the chair does not sign it, the council votes again (M-2).
async fn is_kept_by_voting_again(world: World) {
    let (_, session, all) = scene(&world).await;
    let (director, reviewer) = (world.persona("director"), world.persona("reviewer"));
    let refused = director.act(&session, "confirm", &json!({})).await;
    refused.refused(409, "quota.exceeded");
    let reason = json!({"reason": "Danh sách vượt tỷ lệ 30%"});
    let forbidden = reviewer.act(&session, "reopen", &reason).await;
    forbidden.refused(403, "access.forbidden");
    let without = director.act(&session, "reopen", &json!({})).await;
    without.refused(422, "body.invalid");
    let open = director.act(&session, "reopen", &reason).await.expect(200).json;
    assert_eq!(
        (&open["state"], &open["state_reason"]),
        (&json!("OPEN"), &reason["reason"])
    );
    for gone in ["closed_at", "secretary_signed_at"] {
        assert_eq!(open.get(gone), None, "{gone}");
    }
    let agenda = director.get(&format!("{session}/agenda")).await.expect(200).json;
    for line in agenda["items"].as_array().unwrap() {
        assert_eq!(line.get("outcome"), None, "{line}");
        assert_eq!(line.get("tally"), None, "{line}");
    }
    director
        .act(&session, "reopen", &reason)
        .await
        .refused(409, "state.transition_not_allowed");
    let other =
        json!({"nomination_ids": [all[0]], "outcome": "NOT_RECOMMENDED", "note": "Nhường tập thể khác"});
    let path = format!("{session}/consensus");
    reviewer.post(&path, &other).await.expect(200);
    // The minutes told of the first vote: they are written and signed anew.
    finish(&world, &session).await;
    director.act(&session, "confirm", &json!({})).await.expect(200);
    let lost = director
        .get(&format!("/v1/nominations/{}", all[0]))
        .await
        .expect(200);
    assert_eq!(lost.json["state"], "NOT_RECOMMENDED");
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());
}

/// An amendment is no way around the right to exceed the quota (R-Q1).
async fn is_amended_by_whoever_may_exceed_it(world: World) {
    let rule = json!({"basis_points": 3000, "scope": "COMBINED"});
    let campaign = frozen_with(&world, &json!({"quota": rule})).await;
    let chief = world.persona("chief");
    let body = |plan: Value| json!({"document": document("750/SNgV-VP", when("2026-03-20")), "reason": "Điều chỉnh", "plan": plan});
    let refused = chief
        .act(
            &campaign.path,
            "amendments",
            &body(json!({"quota": {"basis_points": 5000}})),
        )
        .await;
    let refused = refused.refused(403, "access.forbidden").json;
    assert_eq!(
        (&refused["required_role"], &refused["errors"][0]["pointer"]),
        (&json!("DIRECTOR"), &json!("/plan/quota"))
    );
    // A frozen roll keeps its day, so the end of the campaign is no way to another quota.
    let longer = body(json!({"period": {"to": when("2026-06-30")}}));
    let dry = format!("{}/amendments?dry_run=true", campaign.path);
    let asked = chief.ask("POST", &dry).if_match("*").json(&longer);
    assert_eq!(asked.send().await.status, 201);
    // Before that it is one, like the day itself.
    let open = published_without_roll(&world).await;
    for (plan, pointer) in [
        (longer["plan"].clone(), "/plan/period/to"),
        (
            json!({"participation": {"roll_date": when("2026-04-30")}}),
            "/plan/participation/roll_date",
        ),
    ] {
        let refused = chief.act(&open.path, "amendments", &body(plan)).await;
        let refused = refused.refused(403, "access.forbidden").json;
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    // The same quota once more is no change of it.
    let same = body(json!({"quota": {"basis_points": 3000}, "purposes": ["Bổ sung"]}));
    chief.act(&campaign.path, "amendments", &same).await.expect(201);
    amend(&world, &campaign, &json!({"quota": {"basis_points": 2000}})).await;
    let plan = chief.get(&campaign.path).await.expect(200).json["plan"].clone();
    assert_eq!(plan["quota"]["basis_points"], 2000);
    // What the amendment does not name stays.
    assert_eq!(plan["quota"]["scope"], "COMBINED");
}

/// R-Q1: neither a line off the roll nor an amendment leaves fewer places than are taken.
async fn is_not_shrunk_below_what_is_taken(world: World) {
    let campaign = published_without_roll(&world).await;
    let (chief, director) = (world.persona("chief"), world.persona("director"));
    let roll = format!("{}/participants", campaign.path);
    let add = async |number: u128| {
        let line = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(number)});
        let added = chief.post(&roll, &line).await.expect(201);
        added.header("location").unwrap().to_owned()
    };
    // 30 % of four is one.
    add(16).await;
    let (first, second) = (add(12).await, add(13).await);
    add(14).await;
    awarded(&world, campaign.id, Who::Person(16), 1).await;
    let amendment = |basis_points: u32| {
        json!({"document": document("700/SNgV-VP", when("2026-03-20")), "reason": "Điều chỉnh",
            "plan": {"quota": {"basis_points": basis_points}}})
    };
    let uncounted = json!({"counted": false});
    for refused in [
        chief.patch(&first, &uncounted).await,
        chief.delete(&second, "*").await,
        director.act(&campaign.path, "amendments", &amendment(2499)).await,
    ] {
        let refused = refused.refused(409, "quota.exceeded");
        assert_eq!(refused.json["which"], "Q1");
        assert_eq!(refused.json["readings"].as_array().unwrap().len(), 4);
    }
    let amended = director.act(&campaign.path, "amendments", &amendment(2500)).await;
    amended.expect(201);
    add(15).await;
    chief.patch(&first, &uncounted).await.expect(200);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// Of what is frozen the day does not move, and whoever freezes before the day of the plan is told so.
async fn tells_of_which_day_the_frozen_roll_is(world: World) {
    let campaign = published_without_roll(&world).await;
    let (chief, director) = (world.persona("chief"), world.persona("director"));
    chief
        .post(&format!("{}/participants/from-roll", campaign.path), &json!({}))
        .await
        .expect(200);
    let frozen = chief
        .act(&campaign.path, "participants/freeze", &json!({}))
        .await
        .expect(200);
    let warning = &frozen.json["outcome"]["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["params"]["date"]),
        (&json!("date.in_future"), &json!(when("2026-05-20")))
    );
    let path = format!("{}/quota", campaign.path);
    let day = async || chief.get(&path).await.expect(200).json["basis"]["roll_date"].clone();
    assert_eq!(day().await, when("2026-05-20"));
    let longer = json!({"document": document("700/SNgV-VP", when("2026-05-12")), "reason": "Kéo dài",
        "plan": {"period": {"to": when("2026-12-20")}}});
    director
        .act(&campaign.path, "amendments", &longer)
        .await
        .expect(201);
    assert_eq!(day().await, when("2026-05-20"));
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn has_a_line_for_each_form_from_the_beginning(world: World) {
    let campaign = frozen_with(&world, &json!({"quota": {"forms": "PER_FORM"}})).await;
    let path = format!("{}/quota", campaign.path);
    let shown = world.persona("chief").get(&path).await.expect(200).json;
    let readings = shown["readings"].as_array().unwrap();
    let enforced = readings
        .iter()
        .find(|reading| reading["enforced"] == true)
        .unwrap();
    assert_eq!(enforced["reading"], "Q3");
    let lines = enforced["lines"].as_array().unwrap();
    let forms: Vec<_> = lines.iter().map(|line| line["form"].as_str().unwrap()).collect();
    assert_eq!(forms, [UPPER_FORM, UPPER_FORM, OWN_FORM, OWN_FORM]);
    assert!(
        lines.iter().all(|line| line["limit"] == line["remaining"]),
        "{lines:?}"
    );
}
