//! Lists as a whole: what holds for each of them.

use serde_json::json;

use crate::support::campaigns::published;
use crate::support::councils::{Subject, consolidated_dossier, council, planned};
use crate::support::on_both;
use crate::support::promises::operations;
use crate::support::world::World;

on_both!(are_counted_for_their_caller, take_no_filter_without_a_value);

/// LST-03: as many as the caller would walk over, no more.
async fn are_counted_for_their_caller(world: World) {
    let dossier = consolidated_dossier(&world, &[Subject::Individual(16), Subject::Collective(2)]).await;
    let council = council(&world).await;
    planned(&world, &council, &dossier, "CONSENSUS").await;
    let campaign = published(&world).await;
    world.seal().await;
    let mut paths: Vec<String> = operations()
        .into_iter()
        .filter(|(method, path, operation)| {
            let named = |name: &str| operation["parameters"].to_string().contains(name);
            method == "GET" && !path.contains('{') && named("parameters/Prefer")
        })
        .map(|(_, path, _)| path)
        .collect();
    assert!(paths.len() >= 12, "{paths:?}");
    paths.extend([
        format!("{}/versions", campaign.path),
        format!("{}/history", campaign.path),
        format!("{}/participants?q=van+phong", campaign.path),
        format!("{}/participants", campaign.path),
        format!("/v1/councils/{council}/members"),
        format!("/v1/submissions/{}/attachments", dossier.submission),
    ]);
    let mut counted = 0;
    for who in ["chief", "head1", "auditor", "nobody"] {
        let persona = world.persona(who);
        for path in &paths {
            let with = |rest: &str| {
                let sign = if path.contains('?') { '&' } else { '?' };
                format!("{path}{sign}{rest}")
            };
            let ask = persona
                .ask("GET", &with("limit=1"))
                .header("prefer", "count=exact");
            let first = ask.send().await;
            if first.status != 200 {
                continue;
            }
            let whole = persona.get(&with("limit=200")).await.expect(200);
            let items = whole.json["items"].as_array().unwrap().len();
            assert!(whole.json.get("next_cursor").is_none() && whole.json.get("total").is_none());
            assert_eq!(first.json["total"], items, "{who} {path}");
            assert_eq!(first.header("preference-applied"), Some("count=exact"));
            assert_eq!(
                first.json["items"].as_array().unwrap().len(),
                items.min(1),
                "{path}"
            );
            counted += usize::from(items > 1);
        }
    }
    assert!(counted > 12, "{counted}");
    // Whatever else is preferred is passed over.
    let ask = world.persona("chief").ask("GET", "/v1/organizations");
    let other = ask.header("prefer", "return=minimal").send().await.expect(200);
    assert_eq!(other.header("preference-applied"), None);
}

/// A filter whose value got lost is a mistake, not the whole list (LST-07).
async fn take_no_filter_without_a_value(world: World) {
    let auditor = world.persona("auditor");
    let mut asked = 0;
    for (method, path, operation) in operations() {
        if method != "GET" || path.contains('{') {
            continue;
        }
        let own = operation["parameters"].as_array().into_iter().flatten();
        for parameter in own.filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            if matches!(name, "limit" | "cursor") {
                continue;
            }
            let mut values = vec!["", "%20"];
            if parameter["schema"]["type"] == "array" {
                values.extend(["X,", ",X"]);
            }
            for value in values {
                let query = format!("{path}?{name}={value}");
                let refused = auditor.get(&query).await.refused(400, "query.invalid");
                let errors = refused.json["errors"].as_array().unwrap();
                assert!(
                    errors.iter().any(|error| error["parameter"] == name),
                    "{query}: {errors:?}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 60, "{asked}");
    for query in [
        "/v1/role-grants?subject=",
        "/v1/decisions?number_raw=",
        "/v1/organizations?code=",
        "/v1/nominations?form=GIAY_KHEN_SO,",
        "/v1/honors?form=",
        "/v1/honors?q=",
    ] {
        let refused = auditor.get(query).await.refused(400, "query.invalid");
        assert_ne!(refused.json["errors"], json!([]), "{query}");
    }
}
