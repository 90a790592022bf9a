//! What an installation of an earlier release brings along: its settings file starts this one (MIG-08); and how this one
//! bears the schema of the next (MIG-04, MIG-06).

use std::path::PathBuf;
use std::process::Stdio;

use diesel::connection::SimpleConnection as _;
use thidua::store::connection::{Manager, Use};
use thidua::store::dialect::{self, Schema};

use crate::commands::{text, thidua};
use crate::support::next_release::{Further, NextRelease};
use crate::support::process::{self, Process};
use crate::support::world::issuer;
use crate::support::{World, campaigns, on_both, runtime};

/// Settings files as earlier states documented them; one is added with each release and none is changed.
fn kept() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/settings_of_before");
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 4, "{files:?}");
    files
}

#[test]
fn a_settings_file_of_before_is_accepted() {
    for file in kept() {
        let folder = tempfile::tempdir().unwrap();
        let name = file.display().to_string();
        // That of the compose file has its secrets from the environment.
        let variables = [
            ("THIDUA_CONFIG", name.as_str()),
            ("THIDUA__SECRETS__CURSOR_KEY", "0123456789abcdef0123456789abcdef"),
        ];
        let checked = thidua(folder.path(), &["check-config"], &variables);
        assert_eq!(
            checked.status.code(),
            Some(0),
            "{name}: {}",
            text(&checked.stderr)
        );
        // It was read, and not passed over.
        let source = std::fs::read_to_string(&file).unwrap();
        let listen = source
            .lines()
            .find_map(|line| line.strip_prefix("listen = "))
            .unwrap();
        let listen = format!("server.listen = {}", listen.trim_matches('"'));
        assert!(text(&checked.stdout).contains(&listen), "{name}");
    }
}

#[test]
fn the_service_starts_with_a_settings_file_of_before() {
    for file in kept() {
        let folder = tempfile::tempdir().unwrap();
        let (name, keys) = (
            file.display().to_string(),
            format!("{}/jwks.json", issuer().url()),
        );
        // Places that only that machine had.
        let settings = [
            ("THIDUA_CONFIG", name.as_str()),
            ("THIDUA__DATABASE__URL", "sqlite:thidua.db"),
            ("THIDUA__STORAGE__URL", "file:files"),
            ("THIDUA__AUTH__ISSUERS__MAIN__JWKS_URI", keys.as_str()),
        ];
        runtime().block_on(async {
            let mut process = Process::spawn(folder.path(), &settings, Stdio::null());
            process.ready().await;
            let asked = reqwest::get(format!("{}/v1/me", process.base())).await.unwrap();
            assert_eq!(asked.status(), 401, "{name}");
        });
    }
}

const EXPANDS: Further = Further {
    name: "0003_mottos",
    up: "-- serves-from: 0002\n\
         ALTER TABLE campaigns ADD COLUMN motto TEXT;\n\
         CREATE TABLE mottos (id TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL);",
    down: "DROP TABLE mottos; ALTER TABLE campaigns DROP COLUMN motto;",
    metadata: None,
};

const CONTRACTS: Further = Further {
    name: "0003_without_address",
    up: "ALTER TABLE organizations ADD COLUMN address TEXT;",
    down: "ALTER TABLE organizations DROP COLUMN address;",
    metadata: None,
};

fn migrate(world: &World, further: &Further) -> Schema {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = Manager::new(world.settings.location.clone(), Use::Write)
        .open()
        .unwrap();
    // As it was before releases could say on what they serve.
    conn.batch_execute("ALTER TABLE __thidua_migrations DROP COLUMN serves_from")
        .unwrap();
    assert_eq!(dialect::schema(&mut conn).unwrap(), Schema::Current);
    let ran = dialect::migrate_by(&mut conn, &NextRelease::with(folder.path(), further)).unwrap();
    assert_eq!(ran, ["0003"]);
    dialect::schema(&mut conn).unwrap()
}

/// What a command needs beside the database.
fn settings(url: &str) -> [(&'static str, &str); 4] {
    [
        ("THIDUA__DATABASE__URL", url),
        ("THIDUA__SECRETS__CURSOR_KEY", "0123456789abcdef0123456789abcdef"),
        ("THIDUA__AUTH__ISSUERS__MAIN__URL", "https://sso.example"),
        ("THIDUA__AUTH__ISSUERS__MAIN__AUDIENCE", "thidua-api"),
    ]
}

/// MIG-04: one replica of the next release has migrated; those of this one serve until they are replaced, and one that is
/// started anew serves too and leaves the schema alone.
async fn serves_on_the_schema_of_the_next_release(world: World) {
    assert_eq!(migrate(&world, &EXPANDS), Schema::Ahead("0003".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let process = Process::serve(&world.settings.location, folder.path()).await;
    let ready: serde_json::Value = reqwest::get(format!("{}/readyz", process.base()))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(ready["status"], "ready", "{ready}");
    assert!(world.parts.app.vitals().await.unwrap().serves_on_schema);
    campaigns::published(&world).await;
    let url = process::url(&world.settings.location);
    for command in ["migrate", "check"] {
        let ran = thidua(folder.path(), &[command], &settings(&url));
        assert_eq!(ran.status.code(), Some(0), "{command}: {}", text(&ran.stderr));
    }
    assert!(world.parts.app.vitals().await.unwrap().serves_on_schema);
}

/// A migration that does not say so takes the service from whoever does not know it (MIG-06).
async fn leaves_a_schema_that_does_not_let_it_serve(world: World) {
    assert_eq!(migrate(&world, &CONTRACTS), Schema::Newer("0003".to_owned()));
    assert!(!world.parts.app.vitals().await.unwrap().serves_on_schema);
    let folder = tempfile::tempdir().unwrap();
    let url = process::url(&world.settings.location);
    for command in ["serve", "migrate", "check"] {
        let ran = thidua(folder.path(), &[command], &settings(&url));
        let said = text(&ran.stderr);
        assert_ne!(ran.status.code(), Some(0), "{command}");
        assert!(
            said.contains("migration 0003") && said.contains("newer thidua"),
            "{command}: {said}"
        );
    }
}

on_both!(
    serves_on_the_schema_of_the_next_release,
    leaves_a_schema_that_does_not_let_it_serve,
);
