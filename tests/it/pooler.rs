//! The service behind PgBouncer in transaction mode: statements of a connection come to any session of the server,
//! so nothing may rest on a session.

use serde_json::json;
use thidua::store::connection::Location;

use crate::commands::{GOOD, text, thidua};
use crate::support::campaigns::frozen_with;
use crate::support::pooler::Pooler;
use crate::support::process::Process;
use crate::support::runtime;
use crate::support::servers::{Server, reaching};
use crate::support::submissions::Who;
use crate::support::walk::awarded;
use crate::support::world::{World, org};

fn behind_a_pooler<F, T>(test: F)
where
    F: FnOnce(Pooler) -> T,
    T: Future<Output = ()>,
{
    let Some(server) = Server::primary(&["max_connections=20"]) else {
        return;
    };
    let Some(pooler) = Pooler::before(&server) else {
        return;
    };
    let runtime = runtime();
    runtime.block_on(async {
        // The schema is made at the server itself.
        drop(World::start_on(server.database("thidua")).await);
        test(pooler).await;
    });
}

fn division(name: &str) -> serde_json::Value {
    json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": name})
}

/// Two services, more connections than sessions, the whole way of a dossier between many small writes.
#[test]
fn in_transaction_mode_works_as_a_server_does() {
    behind_a_pooler(|pooler| async move {
        let world = World::on(reaching(&pooler.url())).await;
        let second = world.second();
        let campaign = frozen_with(&world, &json!({})).await;
        let busy = async {
            for round in 0..10 {
                let (one, two) = (world.persona("administrator"), second.persona("administrator"));
                let bodies: Vec<_> = (0..12)
                    .map(|number| division(&format!("Phòng {round}-{number}")))
                    .collect();
                let made = bodies.iter().enumerate().map(|(number, body)| {
                    let who = if number % 2 == 0 { &one } else { &two };
                    who.post("/v1/organizations", body)
                });
                for made in futures_util::future::join_all(made).await {
                    made.expect(201);
                }
            }
        };
        let walk = awarded(&world, campaign.id, Who::Person(16), 7);
        let ((), decision) = tokio::join!(busy, walk);
        second.persona("chief").get(&decision).await.expect(200);
        // One key, many hands: one effect.
        let body = division("Một lần");
        let admin = second.persona("administrator");
        let same = (0..10).map(|_| {
            admin
                .ask("POST", "/v1/organizations")
                .key("once")
                .json(&body)
                .send()
        });
        let replies = futures_util::future::join_all(same).await;
        let ids: std::collections::BTreeSet<String> = replies
            .into_iter()
            .filter(|reply| reply.status == 201)
            .map(|reply| reply.id())
            .collect();
        assert_eq!(ids.len(), 1);
        let found = admin.get("/v1/organizations?q=phong&limit=200").await.expect(200);
        assert!(found.json["items"].as_array().unwrap().len() >= 120);
        world.anonymous("GET", "/readyz").send().await.expect(200);
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}

/// `serve` and `check` as an operator runs them, and a pooler that is restarted.
#[test]
fn in_transaction_mode_is_served_and_checked_through() {
    behind_a_pooler(|mut pooler| async move {
        let location = Location::Postgres(pooler.url());
        let folder = tempfile::tempdir().unwrap();
        let process = Process::serve(&location, folder.path()).await;
        drop(process);
        let url = pooler.url();
        let mut variables = GOOD.to_vec();
        variables.push(("THIDUA__DATABASE__URL", &url));
        let checked = thidua(folder.path(), &["check"], &variables);
        let said = format!("{}{}", text(&checked.stdout), text(&checked.stderr));
        assert_eq!(checked.status.code(), Some(0), "{said}");
        let world = World::on(reaching(&url)).await;
        let admin = world.persona("administrator");
        admin
            .post("/v1/organizations", &division("Trước"))
            .await
            .expect(201);
        tokio::task::block_in_place(|| pooler.restart());
        admin
            .post("/v1/organizations", &division("Sau"))
            .await
            .expect(201);
        admin.get("/v1/organizations").await.expect(200);
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}
