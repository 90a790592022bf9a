//! Lists as a whole: what holds for each of them.

use crate::support::campaigns::published;
use crate::support::councils::{Subject, consolidated_dossier, council, planned};
use crate::support::on_both;
use crate::support::promises::operations;
use crate::support::world::World;

on_both!(are_counted_for_their_caller);

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
