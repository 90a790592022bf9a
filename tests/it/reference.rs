//! Reference data over HTTP.

use serde_json::{Value, json};

use crate::support::on_both;
use crate::support::world::World;

on_both!(
    is_there_from_the_start,
    base_salaries_follow_each_other,
    days_of_the_calendar_are_kept_by_the_administrator,
);

async fn is_there_from_the_start(world: World) {
    let anyone = world.persona("nobody");
    let codes = |page: &Value, member: &str| -> Vec<Value> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item[member].clone())
            .collect()
    };
    for (day, expected) in [
        ("2025-06-30", vec!["LAW22_ND98"]),
        ("2026-05-20", vec!["LAW22_ND152"]),
        ("2026-10-01", vec!["LAW22_ND152", "LAW26_ND152"]),
        ("2027-03-01", vec!["LAW26_ND152"]),
    ] {
        let page = anyone
            .get(&format!("/v1/reference/rule-sets?on={day}"))
            .await
            .expect(200);
        assert_eq!(codes(&page.json, "code"), expected, "{day}");
    }
    for (day, amount) in [("2026-06-30", 2_340_000), ("2026-07-01", 2_530_000)] {
        let page = anyone
            .get(&format!("/v1/reference/base-salaries?on={day}"))
            .await
            .expect(200);
        assert_eq!(codes(&page.json, "amount_dong"), [json!(amount)], "{day}");
    }
    let forms = anyone.get("/v1/reference/award-forms").await.expect(200);
    let form = forms.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|form| form["code"] == "BANG_KHEN_TINH")
        .unwrap();
    let hundredths: Vec<(Value, Value)> = form["coefficients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["subject_kind"].clone(), one["hundredths"].clone()))
        .collect();
    assert_eq!(
        hundredths,
        [("COLLECTIVE", 300), ("HOUSEHOLD", 225), ("INDIVIDUAL", 150)]
            .map(|(kind, value)| (json!(kind), json!(value)))
    );
    let one = format!("/v1/reference/award-forms/{}", form["id"].as_str().unwrap());
    assert_eq!(
        anyone.get(&one).await.expect(200).json["decider_kind"],
        "PROVINCE_PC"
    );
    let days = anyone.get("/v1/reference/holidays?limit=5").await.expect(200);
    let cursor = days.json["next_cursor"].as_str().unwrap();
    let next = anyone
        .get(&format!("/v1/reference/holidays?limit=5&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(next.json["items"][0]["day"], "2026-02-20");
    let sets = anyone.get("/v1/reference/rule-sets").await.expect(200);
    let first = sets.json["items"][0]["id"].as_str().unwrap().to_owned();
    let shown = anyone
        .get(&format!("/v1/reference/rule-sets/{first}"))
        .await
        .expect(200);
    assert_eq!(shown.json["id"], first);
}

async fn base_salaries_follow_each_other(world: World) {
    let path = "/v1/reference/base-salaries";
    let administrator = world.persona("administrator");
    let body = |from: &str| json!({"amount_dong": 2_780_000, "valid_from": from, "source": "Nghị định mới"});
    let chief = world.persona("chief").post(path, &body("2027-07-01")).await;
    chief.refused(403, "access.forbidden");
    for taken in ["2026-07-01", "2026-06-30", "2020-01-01"] {
        let refused = administrator.post(path, &body(taken)).await;
        refused.refused(409, "reference.overlap").stands_at("/valid_from");
    }
    let added = administrator.post(path, &body("2027-07-01")).await.expect(201);
    administrator
        .get(added.header("location").unwrap())
        .await
        .expect(200);
    let before = administrator
        .get(&format!("{path}?on=2027-06-30"))
        .await
        .expect(200);
    assert_eq!(before.json["items"][0]["valid_to"], "2027-06-30");
    assert_eq!(before.json["items"].as_array().unwrap().len(), 1);
    // A slip is taken back while nothing was priced by it, and what it ended is in force again.
    let place = added.header("location").unwrap();
    let earlier = format!("{path}/{}", before.json["items"][0]["id"].as_str().unwrap());
    let followed = administrator.delete(&earlier, "*").await;
    followed.refused(409, "reference.in_use");
    let chief = world.persona("chief").delete(place, "*").await;
    chief.refused(403, "access.forbidden");
    administrator.delete(place, &added.etag()).await.expect(204);
    let again = administrator.get(&earlier).await.expect(200);
    assert_eq!(again.json.get("valid_to"), None);
    administrator.post(path, &body("2027-05-01")).await.expect(201);
}

async fn days_of_the_calendar_are_kept_by_the_administrator(world: World) {
    let path = "/v1/reference/holidays";
    let administrator = world.persona("administrator");
    let body = json!({"day": "2027-01-01", "working": false, "name_vi": "Tết Dương lịch", "name_en": "New Year's Day"});
    let chief = world.persona("chief").post(path, &body).await;
    chief.refused(403, "access.forbidden");
    let added = administrator.post(path, &body).await.expect(201);
    let again = administrator.post(path, &body).await;
    again.refused(409, "reference.overlap").stands_at("/day");
    let day = added.header("location").unwrap();
    // A day of the week is worked without a row, Friday 01/01/2027 as well; a Saturday is worked by a row, and a
    // holiday may fall on a Sunday.
    let worked = json!({"day": "2026-09-03", "working": true, "name_vi": "Làm bù", "name_en": "Worked"});
    for refused in [
        administrator.post(path, &worked).await,
        administrator.patch(day, &json!({"working": true})).await,
    ] {
        let refused = refused.refused(422, "body.invalid");
        let error = &refused.json["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("/working"), &json!("field.choice"))
        );
    }
    for (saturday_or_sunday, working) in [("2026-08-22", true), ("2026-09-06", false)] {
        let body =
            json!({"day": saturday_or_sunday, "working": working, "name_vi": "Ngày", "name_en": "Day"});
        let made = administrator.post(path, &body).await;
        assert!(matches!(made.status, 201 | 409), "{}", made.json);
    }
    let edited = administrator
        .patch(day, &json!({"name_vi": "Nghỉ"}))
        .await
        .expect(200);
    assert_eq!(edited.json["outcome"]["changed_fields"], json!(["name_vi"]));
    administrator
        .delete(day, "\"1\"")
        .await
        .refused(412, "etag.stale");
    administrator.delete(day, &edited.etag()).await.expect(204);
    administrator.get(day).await.refused(404, "resource.not_found");
}
