//! Where generated databases lie: made once for each size, named by the fingerprint of the generator and the
//! migrations, and copied for each run, so that every run begins with the same rows.

use std::path::{Path, PathBuf};
use std::time::Instant;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use thidua::store::connection::{Conn, Location, Manager, Use};
use thidua::store::{dialect, schema};

use crate::cluster::{self, Afterwards};
use crate::data::{self, world};
use crate::sizes::Numbers;
use crate::{Outcome, say};

/// Which database a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// Embedded.
    Sqlite,
    /// Production.
    Postgres,
}

impl Database {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The folder of everything that the benchmark keeps.
pub fn folder() -> Outcome<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A PostgreSQL server of the benchmark's own, on which every commit is durable as in production. Vacuum
/// and checkpoints are put off, because what they cost depends on when they happen.
pub struct Server {
    base: String,
    /// Its first process.
    pub pid: u32,
}

const SETTINGS: [&str; 8] = [
    "shared_buffers=512MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=1h",
    "autovacuum=off",
    "max_connections=100",
    "effective_cache_size=4GB",
    "maintenance_work_mem=256MB",
    "log_min_messages=fatal",
];

impl Server {
    /// Starts the server; none where PostgreSQL is not installed.
    pub fn start() -> Outcome<Option<Self>> {
        let Some(programs) = cluster::programs() else {
            return Ok(None);
        };
        let folder = folder()?.join("postgres");
        std::fs::create_dir_all(&folder)?;
        let pid_file = folder.join("data/postmaster.pid");
        // The server of a run before may be writing its last checkpoint.
        for _ in 0..100 {
            if !pid_file.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let base = cluster::start(&programs, &folder, &SETTINGS, Afterwards::Keep)?;
        let text = std::fs::read_to_string(&pid_file)?;
        let pid = text.lines().next().unwrap_or_default().trim().parse()?;
        Ok(Some(Self { base, pid }))
    }

    fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base)
    }

    fn run(&self, sql: &str) -> Outcome<()> {
        Ok(PgConnection::establish(&self.url("postgres"))?.batch_execute(sql)?)
    }

    fn has(&self, name: &str) -> Outcome<bool> {
        let mut conn = PgConnection::establish(&self.url("postgres"))?;
        let found = diesel::sql_query("SELECT 1 FROM pg_database WHERE datname = $1")
            .bind::<diesel::sql_types::Text, _>(name)
            .execute(&mut conn)?;
        Ok(found > 0)
    }
}

/// A generated database.
pub enum Generated<'s> {
    /// A file.
    Sqlite(PathBuf),
    /// A database of the server.
    Postgres(&'s Server, String),
}

/// A copy of a generated database that a run may change; removed when it is dropped.
pub struct Copied<'s> {
    /// How the service reaches it.
    pub url: String,
    place: Generated<'s>,
}

/// The generated database of a size: the one that is there, or a new one.
pub fn generated<'s>(size: &str, numbers: &Numbers, server: Option<&'s Server>) -> Outcome<Generated<'s>> {
    let name = format!("thidua_{size}_{}", data::fingerprint()?);
    // What is half done has another name, of its own where two sizes are made at a time.
    let partial = format!("partial_{size}");
    let began = Instant::now();
    let place = match server {
        None => {
            let path = folder()?.join(format!("{name}.db"));
            if path.exists() {
                return Ok(Generated::Sqlite(path));
            }
            forget_others(size)?;
            let partial = folder()?.join(format!("{partial}.db"));
            remove_sqlite(&partial);
            fill(Location::Sqlite(partial.display().to_string()), numbers)?;
            std::fs::rename(&partial, &path)?;
            Generated::Sqlite(path)
        }
        Some(server) => {
            if server.has(&name)? {
                return Ok(Generated::Postgres(server, name));
            }
            server.run(&format!("DROP DATABASE IF EXISTS {partial} WITH (FORCE)"))?;
            server.run(&format!("CREATE DATABASE {partial}"))?;
            fill(Location::Postgres(server.url(&partial)), numbers)?;
            server.run(&format!("ALTER DATABASE {partial} RENAME TO {name}"))?;
            Generated::Postgres(server, name)
        }
    };
    say(&format!(
        "generated size {size} in {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    Ok(place)
}

fn fill(location: Location, numbers: &Numbers) -> Outcome<()> {
    let mut conn = Manager::new(location, Use::Write).open()?;
    dialect::migrate(&mut conn)?;
    data::generate(&mut conn, numbers)?;
    check(&mut conn)
}

/// Holds the data against the service's own invariants, journal included.
pub fn check(conn: &mut Conn) -> Outcome<()> {
    let faults = thidua::app::check::run(conn)?;
    match faults.first() {
        None => Ok(()),
        Some(first) => Err(format!("the data has {} faults, the first: {first}", faults.len()).into()),
    }
}

/// Files of an older generator are of no use any more.
fn forget_others(size: &str) -> Outcome<()> {
    let prefix = format!("thidua_{size}_");
    for entry in std::fs::read_dir(folder()?)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with(&prefix) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn remove_sqlite(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _may_not_be_there = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
}

impl<'s> Generated<'s> {
    /// Makes a copy in which the callers' issuer is `issuer`.
    pub fn copy(&self, issuer: &str) -> Outcome<Copied<'s>> {
        self.copy_as("work", issuer)
    }

    /// As [`Generated::copy`], under a name of its own.
    pub fn copy_as(&self, copy: &str, issuer: &str) -> Outcome<Copied<'s>> {
        let copied = match self {
            Self::Sqlite(path) => {
                let work = folder()?.join(format!("{copy}.db"));
                remove_sqlite(&work);
                std::fs::copy(path, &work)?;
                Copied {
                    url: format!("sqlite:{}", work.display()),
                    place: Generated::Sqlite(work),
                }
            }
            Self::Postgres(server, name) => {
                server.run(&format!("DROP DATABASE IF EXISTS {copy} WITH (FORCE)"))?;
                server.run(&format!(
                    "CREATE DATABASE {copy} TEMPLATE {name} STRATEGY FILE_COPY"
                ))?;
                server.run("CHECKPOINT")?;
                Copied {
                    url: server.url(copy),
                    place: Generated::Postgres(server, copy.to_owned()),
                }
            }
        };
        let mut conn = copied.open()?;
        diesel::update(schema::identities::table)
            .set(schema::identities::issuer.eq(issuer))
            .filter(schema::identities::issuer.eq(world::ISSUER))
            .execute(&mut conn)?;
        diesel::update(schema::role_grants::table)
            .set(schema::role_grants::issuer.eq(issuer))
            .filter(schema::role_grants::issuer.eq(world::ISSUER))
            .execute(&mut conn)?;
        Ok(copied)
    }
}

impl Copied<'_> {
    /// A connection of the benchmark's own.
    pub fn open(&self) -> Outcome<Conn> {
        Ok(Manager::new(Location::parse(&self.url)?, Use::Write).open()?)
    }
}

impl Drop for Copied<'_> {
    fn drop(&mut self) {
        match &self.place {
            Generated::Sqlite(path) => remove_sqlite(path),
            Generated::Postgres(server, name) => {
                if let Err(error) = server.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
                    say(&format!("the copy could not be removed: {error}"));
                }
            }
        }
    }
}
