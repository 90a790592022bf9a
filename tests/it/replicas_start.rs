//! Replicas that start at once on a database that nobody has migrated, or that an earlier release has (MIG-01).
//!
//! The long form: `THIDUA_START_ROUNDS=50 cargo test --test it -- replicas_start::`.

use std::process::Stdio;

use thidua::store::connection::{Conn, Location, Manager, Use};
use thidua::store::dialect::{self, Schema};

use crate::support::next_release::NextRelease;
use crate::support::process::Process;
use crate::support::{postgres, runtime};

const REPLICAS: usize = 5;

fn rounds() -> usize {
    std::env::var("THIDUA_START_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
}

fn open(url: &str) -> Conn {
    let location = Location::Postgres(url.to_owned());
    Manager::new(location, Use::Write).open().unwrap()
}

/// Starts all of them on a database as `prepare` leaves it; each must become ready, none may end.
fn all_become_ready(prepare: impl Fn(&mut Conn)) {
    let Some(cluster) = postgres::wanted() else {
        return;
    };
    for round in 0..rounds() {
        let name = cluster.create_empty();
        let url = cluster.url(&name);
        prepare(&mut open(&url));
        let folder = tempfile::tempdir().unwrap();
        let settings = [("THIDUA__DATABASE__URL", url.as_str())];
        let mut processes: Vec<Process> = (0..REPLICAS)
            .map(|_| Process::spawn(folder.path(), &settings, Stdio::null()))
            .collect();
        runtime().block_on(async {
            for process in &mut processes {
                process.ready().await;
            }
        });
        let mut conn = open(&url);
        assert_eq!(
            dialect::schema(&mut conn).unwrap(),
            Schema::Current,
            "round {round}"
        );
        drop(processes);
        drop(conn);
        postgres::drop_database(&name);
    }
}

#[test]
fn on_an_empty_database_all_become_ready() {
    all_become_ready(|conn| assert!(dialect::schema(conn).is_err(), "there is nothing yet"));
}

#[test]
fn on_the_schema_of_an_earlier_release_all_become_ready() {
    all_become_ready(|conn| {
        let folder = tempfile::tempdir().unwrap();
        let earlier = NextRelease::before(folder.path(), "0002");
        assert_eq!(dialect::migrate_by(conn, &earlier).unwrap(), ["0001"]);
        assert_eq!(dialect::schema(conn).unwrap(), Schema::Older);
    });
}
