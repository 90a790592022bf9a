//! What an installation of an earlier release brings along: its settings file starts this one (MIG-08).

use std::path::PathBuf;
use std::process::Stdio;

use crate::commands::{text, thidua};
use crate::support::process::Process;
use crate::support::runtime;
use crate::support::world::issuer;

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
