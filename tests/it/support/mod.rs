//! What tests stand on: a world (organisations, people, roles) behind a running server, and personas.

pub mod calendar;
pub mod campaigns;
pub mod cluster;
pub mod councils;
pub mod decisions;
pub mod disk;
pub mod examples;
pub mod files;
pub mod forwardings;
pub mod held;
pub mod next_release;
pub mod node;
pub mod planted;
pub mod pooler;
pub mod postgres;
pub mod process;
pub mod promises;
pub mod proxy;
pub mod raw;
pub mod served;
pub mod servers;
pub mod snapshot;
pub mod submissions;
pub mod walk;
pub mod world;

use std::future::Future;

use serde_json::Value;

pub use calendar::when;
pub use world::{Reply, World, WorldSettings};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A private copy of a migrated, seeded file.
    Sqlite,
    /// A private database made from a migrated, seeded template.
    Postgres,
}

/// Says something that is seen even when the test passes (libtest hides `eprintln!` then).
pub fn announce(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// Whether a missing part of the test environment is a failure.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Where a problem document finds faults, and which.
pub fn pointers(problem: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (text(&error["pointer"]), text(&error["code"])))
        .collect()
}

/// A problem without what names the request.
pub fn nameless(mut problem: Value) -> Value {
    let members = problem.as_object_mut().unwrap();
    members.remove("instance");
    members.remove("trace_id");
    problem
}

/// A runtime of one test.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// Runs one test in a world of its own.
pub fn run<F, T>(database: Database, test: F)
where
    F: FnOnce(World) -> T,
    T: Future<Output = ()>,
{
    run_with(database, WorldSettings::default(), test);
}

/// Runs one test in a world of its own with other settings.
pub fn run_with<F, T>(database: Database, settings: WorldSettings, test: F)
where
    F: FnOnce(World) -> T,
    T: Future<Output = ()>,
{
    if postgres::is_missing_for(database) {
        return;
    }
    runtime().block_on(async {
        let world = World::start(database, settings).await;
        let name = world.database_name();
        test(world).await;
        if let Some(name) = name {
            tokio::task::spawn_blocking(move || postgres::drop_database(&name))
                .await
                .unwrap();
        }
    });
}

/// Declares tests that run on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { crate::support::run(crate::support::Database::Sqlite, super::$name); })+
        }
        mod postgres {
            $(#[test] fn $name() { crate::support::run(crate::support::Database::Postgres, super::$name); })+
        }
    };
}
pub(crate) use on_both;
