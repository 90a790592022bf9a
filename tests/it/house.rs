//! The rules of the house, read from the sources themselves: which floor knows which, how long a file
//! may be, where the two databases may differ, where a clock may be read (architecture).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::support::announce;

/// A smell, said aloud.
const WARN_LINES: usize = 400;
/// A fault.
const MOST_LINES: usize = 600;

struct Source {
    /// Path below `src/`.
    path: String,
    text: String,
}

impl Source {
    /// The first folder, or the file itself.
    fn floor(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs")
            || self.path.contains("/tests/")
            || self.path == "identity/testing.rs"
    }

    /// The lines that end up in the binary, with comments left out and numbered from 1. A module
    /// `#[cfg(test)] mod tests { … }` ends its file.
    fn code(&self) -> Vec<(usize, String)> {
        let mut lines = Vec::new();
        for (index, line) in self.text.lines().enumerate() {
            if line.trim() == "#[cfg(test)]" {
                let next = self.text.lines().nth(index + 1).unwrap_or_default();
                if next.ends_with("mod tests {") {
                    break;
                }
            }
            let code = line.trim_start();
            if !code.starts_with("//") {
                lines.push((index + 1, line.to_owned()));
            }
        }
        lines
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let folder = root().join("src");
    let mut files = Vec::new();
    walk(&folder, &mut files);
    files.sort();
    let sources: Vec<Source> = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| Source {
            path: path.strip_prefix(&folder).unwrap().display().to_string(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect();
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

#[track_caller]
fn none(rule: &str, mut found: Vec<String>) {
    found.sort();
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Every place where production code contains one of the words.
fn places(wanted: impl Fn(&Source) -> bool, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| !source.is_test() && wanted(source))
    {
        for (number, line) in source.code() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("src/{}:{number}: {word}", source.path));
            }
        }
    }
    found
}

/// Floors and crates that a floor must not name.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "crate::store",
            "crate::app",
            "crate::api",
            "crate::identity",
            "crate::server",
            "crate::settings",
            "crate::worker",
            "crate::storage",
            "crate::telemetry",
            "diesel",
            "actix",
            "tokio",
            "reqwest",
            "object_store",
        ],
    ),
    (
        "store",
        &[
            "crate::app",
            "crate::api",
            "crate::identity",
            "crate::server",
            "crate::settings",
            "crate::worker",
            "crate::storage",
            "actix",
            "utoipa",
        ],
    ),
    (
        "app",
        &[
            "crate::api",
            "crate::identity",
            "crate::server",
            "crate::settings",
            "crate::worker",
            "crate::storage",
            "actix",
            "diesel",
        ],
    ),
    (
        "api",
        &["crate::server", "crate::settings", "crate::worker", "diesel"],
    ),
    (
        "identity",
        &[
            "crate::store",
            "crate::app",
            "crate::api",
            "crate::server",
            "crate::worker",
            "diesel",
        ],
    ),
    (
        "storage",
        &[
            "crate::store",
            "crate::app",
            "crate::api",
            "crate::server",
            "crate::identity",
            "diesel",
            "actix",
        ],
    ),
    (
        "worker",
        &[
            "crate::store",
            "crate::api",
            "crate::identity",
            "crate::server",
            "diesel",
            "actix",
        ],
    ),
    (
        "settings",
        &["crate::api", "crate::server", "crate::worker", "actix"],
    ),
    (
        "telemetry",
        &[
            "crate::store",
            "crate::app",
            "crate::api",
            "crate::identity",
            "crate::server",
            "crate::settings",
            "crate::worker",
            "crate::storage",
            "diesel",
            "actix",
        ],
    ),
    (
        "operations",
        &[
            "crate::store::schema",
            "crate::api",
            "crate::settings",
            "crate::worker",
            "diesel",
        ],
    ),
    ("demo", &["crate::store", "crate::app", "crate::api", "diesel"]),
];

#[test]
fn imports_run_down_only() {
    let mut found = Vec::new();
    for (floor, words) in FORBIDDEN {
        found.extend(places(|source| source.floor() == *floor, words));
    }
    // Health asks the database whether its schema is current; nothing else of `api` knows `store`.
    found.extend(places(
        |source| source.floor() == "api" && source.path != "api/health.rs",
        &["crate::store"],
    ));
    none("a floor names another one that it must not know", found);
}

#[test]
fn the_domain_is_pure() {
    // A document that is stored and sent in the same form may derive its published schema; nothing more,
    // on this floor or the one of the use cases.
    let mut found = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| ["domain", "app"].contains(&source.floor()) && !source.is_test())
    {
        for (number, line) in source.code() {
            let derived = line.contains("ToSchema") || line.contains("#[schema(");
            let waits = ["async fn", ".await", "std::fs", "std::net", "std::env"]
                .iter()
                .any(|word| line.contains(word));
            if (waits && source.floor() == "domain") || (line.contains("utoipa") && !derived) {
                found.push(format!("src/{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    none("the domain does no input or output", found);
}

#[test]
fn a_use_case_calls_no_other_use_case() {
    // What several nouns stand on and what is no use case by itself.
    let shared = [
        "callers", "closing", "cursor", "dossiers", "guards", "moves", "persons", "pipeline", "prize",
        "event", "quota", "request", "tx", "mod",
    ];
    let all = sources();
    let nouns: BTreeSet<&str> = all
        .iter()
        .filter_map(|source| source.path.strip_prefix("app/"))
        .map(|rest| rest.split('/').next().unwrap())
        .map(|name| name.strip_suffix(".rs").unwrap_or(name))
        .filter(|noun| !shared.contains(noun))
        .collect();
    assert!(nouns.contains("organizations"));
    let mut found = Vec::new();
    for source in all
        .iter()
        .filter(|source| source.floor() == "app" && !source.is_test())
    {
        let own = source.path["app/".len()..].split(['/', '.']).next().unwrap();
        for (number, line) in source.code() {
            for noun in nouns.iter().filter(|noun| **noun != own) {
                let named = [
                    format!("crate::app::{noun}"),
                    format!("super::{noun}::"),
                    format!("use super::{noun}"),
                ];
                let inside = source.path.matches('/').count() > 1;
                if named.iter().any(|name| line.contains(name.as_str()))
                    && !(inside && line.contains(&format!("super::{noun}")) && !line.contains("super::super"))
                {
                    found.push(format!("src/{}:{number}: {noun}", source.path));
                }
            }
        }
    }
    none("a use case calls another noun's use case", found);
}

#[test]
fn files_stay_short() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        // `table!` blocks and code tables are data.
        if ["store/schema.rs", "domain/error.rs"].contains(&source.path.as_str()) {
            continue;
        }
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            found.push(format!("src/{} has {lines} lines", source.path));
        } else if lines > WARN_LINES {
            announce(&format!(
                "house: src/{} has {lines} lines (more than {WARN_LINES})",
                source.path
            ));
        }
    }
    none(&format!("more than {MOST_LINES} lines"), found);
}

#[test]
fn the_databases_differ_in_one_place() {
    let own = ["store/dialect.rs", "store/connection.rs"];
    none(
        "only the dialect tells the databases apart",
        places(
            |source| !own.contains(&source.path.as_str()) && !source.path.starts_with("store/dialect/"),
            &["Conn::Sqlite", "Conn::Postgres"],
        ),
    );
}

/// CON-07: a write has the lock of the embedded database from its beginning. The driver's own `transaction` would take
/// it in the middle, and fail there.
#[test]
fn transactions_begin_in_one_place() {
    none(
        "only the dialect begins a transaction",
        places(
            |source| source.path != "store/dialect.rs" && !source.path.starts_with("store/dialect/"),
            &[
                ".transaction(",
                "::transaction(",
                ".transaction::<",
                "immediate_transaction",
                "exclusive_transaction",
                "begin_transaction",
                "begin_test_transaction",
                "\"BEGIN ",
                "\"BEGIN\"",
                "\"BEGIN;",
            ],
        ),
    );
}

/// CON-05: a standby answers what is only shown. Whoever writes on what was read has read it at the primary.
#[test]
fn few_reads_may_come_from_a_standby() {
    let known = [
        "store/tx/copy.rs",
        "app/pipeline.rs",
        "api/call.rs",
        "api/honors.rs",
    ];
    none(
        "only lists and honours are read anywhere",
        places(
            |source| !known.contains(&source.path.as_str()),
            &["read_anywhere", "read_public"],
        ),
    );
}

#[test]
fn clocks_are_read_in_one_place() {
    none(
        "business time comes from the clock of the application",
        places(
            |source| source.path != "domain/time/clock.rs" && source.floor() != "identity",
            &["Utc::now", "Local::now", "SystemTime::now"],
        ),
    );
}

#[test]
fn nothing_gives_up_or_prints() {
    none(
        "production code answers with errors and logs",
        places(
            |_| true,
            &[
                ".unwrap()",
                ".expect(",
                "println!",
                "print!(",
                "dbg!",
                "todo!",
                "unimplemented!",
                "panic!(",
                "unreachable!",
            ],
        ),
    );
}

#[test]
fn every_migration_has_its_twin() {
    let list = |database: &str| {
        let folder = root().join("migrations").join(database);
        let mut files = Vec::new();
        walk(&folder, &mut files);
        files
            .into_iter()
            .map(|path| path.strip_prefix(&folder).unwrap().to_owned())
            .collect::<BTreeSet<PathBuf>>()
    };
    let (sqlite, postgres) = (list("sqlite"), list("postgres"));
    assert_eq!(sqlite, postgres);
    let folders: BTreeSet<_> = sqlite
        .iter()
        .map(|path| path.parent().unwrap().to_owned())
        .collect();
    assert_eq!(sqlite.len(), folders.len() * 2, "up.sql and down.sql each");
}

/// The licences of everything that is built here, against the list in `deny.toml`; and nothing that the
/// design has ruled out. Read from the lock file by cargo itself, so it needs no network and no tool.
#[test]
fn every_dependency_has_an_accepted_licence() {
    /// Ruled out, and why.
    const BANNED: [(&str, &str); 7] = [
        ("actix-governor", "GPL-3.0-or-later"),
        ("rsa", "RUSTSEC-2023-0071, no fix"),
        ("diesel-async", "hands on connections inside an open transaction"),
        ("dotenv", "unmaintained"),
        ("serde_yml", "unsound, RUSTSEC-2025-0068"),
        ("casbin", "rules are a table in code"),
        ("validator", "errors without pointers"),
    ];
    let deny = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, rest) = deny.split_once("\nallow = [").unwrap();
    let (list, _) = rest.split_once("\n]").unwrap();
    let accepted: Vec<spdx::Licensee> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"'))
        .map(|line| line.split('"').next().unwrap())
        .map(|licence| spdx::Licensee::parse(licence).unwrap())
        .collect();
    assert!(accepted.len() > 5);
    let packages = packages();
    assert!(packages.len() > 100);
    let mut found = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            found.push(format!("{name} is ruled out: {why}"));
        }
        let Some(licence) = package["license"].as_str() else {
            found.push(format!("{name} names no licence"));
            continue;
        };
        let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX).unwrap();
        if !expression.evaluate(|wanted| accepted.iter().any(|licensee| licensee.satisfies(wanted))) {
            found.push(format!("{name}: {licence} is not in deny.toml's list"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// SUP-01: everything that is built comes from the one registry and is held to its checksum; nothing from a folder or a
/// repository that may change below us.
#[test]
fn every_dependency_comes_from_the_registry() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages: Vec<&str> = lock.split("\n[[package]]\n").skip(1).collect();
    assert!(packages.len() > 100);
    for package in packages {
        let member = |name: &str| {
            let mut lines = package.lines();
            lines.find_map(|line| line.strip_prefix(&format!("{name} = \""))?.strip_suffix('"'))
        };
        if member("name") == Some("thidua") {
            continue;
        }
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(member("source"), Some(registry), "{package}");
        assert_eq!(member("checksum").map(str::len), Some(64), "{package}");
    }
}

/// Every package that is compiled for this machine, ours among them.
fn packages() -> Vec<serde_json::Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let version = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let told = std::process::Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// `.cargo/config.toml`: whoever compiles in another folder, or with flags of his own, gets a service that prepares
/// most statements anew at each execution. That works, but nobody should measure it.
#[test]
fn sqlite_is_compiled_as_the_house_says() {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    let used: Vec<Used> = diesel::sql_query(
        "SELECT sqlite_compileoption_used('ENABLE_QPSG') AS used \
         UNION ALL SELECT sqlite_compileoption_used('ENABLE_MEMORY_MANAGEMENT')",
    )
    .load(&mut connection)
    .unwrap();
    let used: Vec<i32> = used.into_iter().map(|one| one.used).collect();
    assert_eq!(used, [1, 0], "see .cargo/config.toml");
}

#[derive(QueryableByName)]
struct Used {
    #[diesel(sql_type = Integer)]
    used: i32,
}

/// IDM-04: the fingerprint of a request tells a member that is cleared from one that is left as it is.
#[test]
fn a_member_that_can_be_cleared_is_left_out_where_it_is_absent() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.floor() == "app") {
        let lines = source.code();
        for pair in lines.windows(2) {
            let [(_, before), (number, line)] = pair else {
                continue;
            };
            let clears = line.trim_start().starts_with("pub ") && line.contains(": Option<Option<");
            if clears && !before.contains("skip_serializing_if") {
                faults.push(format!("{}:{number}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:?}");
}
