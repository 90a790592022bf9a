//! Backups under load and what comes back of them (BKP-01, BKP-04): everything that was acknowledged before,
//! whole, and usable.

use std::process::Command;

use serde_json::json;
use thidua::store::connection::Location;

use crate::commands::{GOOD, text, thidua};
use crate::support::process::{Process, url};
use crate::support::world::{World, org};
use crate::support::{Database, cluster, postgres, run};

/// Makes organisations until it is stopped; answers how many were acknowledged.
async fn write(world: &World, name: &str, number: usize) {
    let admin = world.persona("bootstrap");
    let writes = (0..number).map(|index| {
        let body =
            json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": format!("{name} {index}")});
        let admin = &admin;
        async move { admin.post("/v1/organizations", &body).await.expect(201) }
    });
    futures_util::future::join_all(writes).await;
}

/// What a service on the restored database shows of the organisations that were made before the backup.
async fn comes_back(location: &Location, folder: &std::path::Path) {
    let mut variables = GOOD.to_vec();
    let place = url(location);
    variables.push(("THIDUA__DATABASE__URL", &place));
    let checked = thidua(folder, &["check"], &variables);
    assert_eq!(
        checked.status.code(),
        Some(0),
        "{}{}",
        text(&checked.stdout),
        text(&checked.stderr)
    );
    let process = Process::serve(location, folder).await;
    let token = crate::support::world::token("bootstrap", thidua::domain::caller::PrincipalKind::User);
    let found: serde_json::Value = reqwest::Client::new()
        .get(format!("{}/v1/organizations?q=Truoc&limit=100", process.base()))
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 20, "{found}");
}

#[test]
fn of_the_embedded_database_is_one_command_under_load() {
    run(Database::Sqlite, |world: World| async move {
        write(&world, "Trước", 20).await;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("backup.db");
        let mut variables = GOOD.to_vec();
        let place = url(&world.settings.location);
        variables.push(("THIDUA__DATABASE__URL", &place));
        let copied = {
            let (inside, target, variables) = (
                folder.path().to_owned(),
                target.display().to_string(),
                variables
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect::<Vec<_>>(),
            );
            tokio::task::spawn_blocking(move || {
                let variables: Vec<(&str, &str)> = variables
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                thidua(&inside, &["backup", &target], &variables)
            })
        };
        let ((), copied) = tokio::join!(write(&world, "Trong", 40), copied);
        let copied = copied.unwrap();
        assert_eq!(copied.status.code(), Some(0), "{}", text(&copied.stderr));
        comes_back(&Location::Sqlite(target.display().to_string()), folder.path()).await;
        // A backup never overwrites one.
        let again = thidua(
            folder.path(),
            &["backup", &target.display().to_string()],
            &variables,
        );
        assert_eq!(again.status.code(), Some(1));
        assert!(
            text(&again.stderr).contains("exists already"),
            "{}",
            text(&again.stderr)
        );
    });
}

#[test]
fn of_a_server_is_its_own_and_comes_back() {
    run(Database::Postgres, |world: World| async move {
        write(&world, "Trước", 20).await;
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("dump");
        let Location::Postgres(source) = world.settings.location.clone() else {
            panic!("a server");
        };
        let program = |name: &str| {
            let found = cluster::programs().map(|folder| folder.join(name));
            Command::new(found.filter(|path| path.is_file()).unwrap_or_else(|| name.into()))
        };
        let dumped = {
            let mut command = program("pg_dump");
            command
                .args(["--format=custom", "--file"])
                .arg(&dump)
                .arg(&source);
            tokio::task::spawn_blocking(move || command.output().unwrap())
        };
        let ((), dumped) = tokio::join!(write(&world, "Trong", 40), dumped);
        let dumped = dumped.unwrap();
        assert!(dumped.status.success(), "{}", text(&dumped.stderr));
        let cluster = postgres::cluster().expect("checked before");
        let name = cluster.create_empty();
        let restored = program("pg_restore")
            .args(["--no-owner", "--exit-on-error", "--dbname", &cluster.url(&name)])
            .arg(&dump)
            .output()
            .unwrap();
        assert!(restored.status.success(), "{}", text(&restored.stderr));
        comes_back(&Location::Postgres(cluster.url(&name)), folder.path()).await;
        postgres::drop_database(&name);
        // The command says where to look.
        let mut variables = GOOD.to_vec();
        variables.push(("THIDUA__DATABASE__URL", &source));
        let refused = thidua(folder.path(), &["backup", "copy.db"], &variables);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            text(&refused.stderr).contains("pg_dump"),
            "{}",
            text(&refused.stderr)
        );
    });
}
