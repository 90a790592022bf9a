//! PostgreSQL servers of one test's own, which it kills, promotes and fills: a primary and its standbys.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use thidua::domain::ids::OrganizationId;
use thidua::store::connection::Location;
use thidua::store::schema::organizations;
use thidua::store::tx::DbSettings;

use super::cluster::{self, Afterwards};
use super::world::World;
use super::{announce, in_ci};

/// A server with a folder of its own.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    shell: Option<Child>,
}

/// What a real server would not do without, but tests on a machine that does not fail.
const FAST: [&str; 3] = ["fsync=off", "log_min_messages=fatal", "shared_buffers=32MB"];

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

impl Server {
    /// A primary, started; none where there is no PostgreSQL, which is said.
    pub fn primary(settings: &[&str]) -> Option<Self> {
        let Some(programs) = cluster::programs() else {
            assert!(!in_ci(), "tests with servers of their own are part of CI");
            announce("Tests with PostgreSQL servers of their own LEFT OUT: no initdb found.");
            return None;
        };
        let mut server = Self::new(programs, folder(), settings);
        cluster::initialise(&server.programs, &server.folder).unwrap();
        server.start();
        Some(server)
    }

    fn new(programs: PathBuf, folder: PathBuf, settings: &[&str]) -> Self {
        Self {
            programs,
            folder,
            port: cluster::free_port().unwrap(),
            settings: FAST.iter().chain(settings).map(ToString::to_string).collect(),
            shell: None,
        }
    }

    /// A streaming standby of this server, started; `name` is its `application_name`.
    pub fn standby(&self, name: &str) -> Self {
        let mut standby = Self::new(self.programs.clone(), folder(), &[]);
        cluster::give_away(&standby.folder).unwrap();
        let from = format!(
            "host=127.0.0.1 port={} user=thidua application_name={name}",
            self.port
        );
        standby.copy(&from, &["--write-recovery-conf"]);
        standby.start();
        standby
    }

    /// A base backup of this server, in the folder of a server that is not started.
    pub fn backup(&self) -> Self {
        let copy = Self::new(self.programs.clone(), folder(), &[]);
        cluster::give_away(&copy.folder).unwrap();
        copy.copy(&format!("host=127.0.0.1 port={} user=thidua", self.port), &[]);
        copy
    }

    /// Starts a base backup, recovers from archived log to where the settings say, and waits until that is done.
    pub fn recover(&mut self, settings: &[String]) {
        self.settings.extend_from_slice(settings);
        let signal = self.data().join("recovery.signal");
        std::fs::write(&signal, "").unwrap();
        cluster::give_away(&signal).unwrap();
        self.start();
        until("the server is restored", || {
            self.number("SELECT pg_is_in_recovery()::int::bigint AS number") == 0
        });
    }

    /// Fills the folder by `pg_basebackup`.
    fn copy(&self, from: &str, more: &[&str]) {
        let copied = cluster::program(&self.programs.join("pg_basebackup"))
            .args(["--checkpoint=fast", "--no-sync", "--dbname", from, "--pgdata"])
            .arg(self.data())
            .args(more)
            .output()
            .unwrap();
        assert!(
            copied.status.success(),
            "{}",
            String::from_utf8_lossy(&copied.stderr)
        );
    }

    /// Starts it, for the first time or again, on the same port.
    pub fn start(&mut self) {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        let shell = cluster::launch(
            &self.programs,
            &self.folder,
            self.port,
            &settings,
            Afterwards::Keep,
        );
        self.shell = Some(shell.unwrap());
    }

    /// Its processes: the first, and those that it has started; none where it has ended.
    pub fn processes(&self) -> Vec<u32> {
        let Ok(file) = std::fs::read_to_string(self.data().join("postmaster.pid")) else {
            return Vec::new();
        };
        let first = file.lines().next().unwrap();
        let started = std::process::Command::new("pgrep").args(["-P", first]).output();
        let started = String::from_utf8(started.unwrap().stdout).unwrap();
        let all = std::iter::once(first).chain(started.lines());
        all.map(|process| process.parse().unwrap()).collect()
    }

    /// SIGKILL to the server, where it has not ended by itself, and to its processes, which it leaves behind.
    pub fn kill(&mut self) {
        let processes = self.processes();
        for process in &processes {
            let _may_have_ended = std::process::Command::new("kill")
                .args(["-9", &process.to_string()])
                .stderr(std::process::Stdio::null())
                .status();
        }
        self.end();
        until("its processes have ended", || {
            processes
                .iter()
                .all(|process| !std::path::Path::new(&format!("/proc/{process}/cmdline")).exists())
        });
    }

    /// Ends it in an orderly way.
    pub fn end(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            shell.wait().unwrap();
        }
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        self.run("SELECT pg_promote(true, 60)");
    }

    /// Runs statements on the database `postgres`.
    pub fn run(&self, sql: &str) {
        self.connection("postgres")
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The instant of the server's clock, as its settings take it.
    pub fn now(&self) -> String {
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
            "clock_timestamp()::text",
        ))
        .get_result(&mut self.connection("postgres"))
        .unwrap()
    }

    /// The number that a query of one column `number` finds.
    pub fn number(&self, sql: &str) -> i64 {
        diesel::sql_query(sql)
            .get_result::<Number>(&mut self.connection("postgres"))
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .number
    }

    fn connection(&self, database: &str) -> PgConnection {
        PgConnection::establish(&self.url(database)).expect("the server answers")
    }

    /// URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://thidua@{}/{database}", self.authority())
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Makes an empty database and answers how a service reaches it.
    pub fn database(&self, name: &str) -> DbSettings {
        self.run(&format!("CREATE DATABASE {name}"));
        reaching(&self.url(name))
    }

    /// Stops what the standby does with what it gets, until it is resumed.
    pub fn pause(&self) {
        self.run("SELECT pg_wal_replay_pause()");
        until("replay is paused", || {
            self.number("SELECT (pg_get_wal_replay_pause_state() = 'paused')::int::bigint AS number") == 1
        });
    }

    /// Goes on after [`Server::pause`].
    pub fn resume(&self) {
        self.run("SELECT pg_wal_replay_resume()");
    }

    /// Waits until this standby has replayed what `primary` has written up to now.
    pub fn catch_up(&self, primary: &Self) {
        let written = primary.number("SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint AS number");
        until("the standby has caught up", || {
            self.number("SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint AS number") >= written
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn folder() -> PathBuf {
    let made = tempfile::Builder::new().prefix("thidua-own-").tempdir();
    made.expect("a folder").keep()
}

/// How a service of a test reaches a database.
pub fn reaching(url: &str) -> DbSettings {
    DbSettings {
        location: Location::Postgres(url.to_owned()),
        replica: None,
        readers: 4,
        writers: 4,
        patience: Duration::from_secs(10),
        work: Duration::from_secs(30),
        waiting: 256,
    }
}

/// The divisions that a test made, by the beginnings of their names, are those that were acknowledged, each once with
/// the id that was told, and the whole is sound.
pub async fn each_once(world: &World, begin: &'static [&str], told: BTreeMap<String, String>) {
    world
        .database(move |conn| {
            let rows: Vec<(OrganizationId, String)> = organizations::table
                .select((organizations::id, organizations::name))
                .load(conn)
                .unwrap();
            let made =
                |(_, name): &&(OrganizationId, String)| begin.iter().any(|begin| name.starts_with(begin));
            let rows: Vec<_> = rows.iter().filter(made).collect();
            assert_eq!(rows.len(), told.len(), "each once");
            for (id, name) in rows {
                assert_eq!(told.get(name), Some(&id.to_string()), "{name}");
            }
        })
        .await;
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

/// Waits for what must come.
pub fn until(what: &str, mut come: impl FnMut() -> bool) {
    for _ in 0..1200 {
        if come() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("in a minute it did not come: {what}");
}
