//! A private PostgreSQL for the tests: the installed `initdb` and `postgres`, a temporary folder, a free
//! port; as root it drops to an unprivileged user. It ends with the test process, however that ends.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::announce;

const URL_VARIABLE: &str = "THIDUA_TEST_POSTGRES_URL";

/// A server on which databases can be made.
pub struct Cluster {
    base: String,
}

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// The cluster of this process, started at first use; none where there is no PostgreSQL.
pub fn cluster() -> Option<&'static Cluster> {
    CLUSTER
        .get_or_init(|| match std::env::var(URL_VARIABLE) {
            Ok(url) => Some(Cluster {
                base: url.trim_end_matches('/').to_owned(),
            }),
            Err(_) => match binaries() {
                Some(folder) => Some(start(&folder)),
                None => {
                    announce(&format!(
                        "\nPostgreSQL tests LEFT OUT: no initdb found and {URL_VARIABLE} is not set.\n"
                    ));
                    None
                }
            },
        })
        .as_ref()
}

impl Cluster {
    /// URL of one database.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base)
    }

    fn run(&self, sql: &str) {
        let mut connection = PgConnection::establish(&self.url("postgres")).expect("the cluster answers");
        connection
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// An empty database with a name of its own.
    pub fn create_empty(&self) -> String {
        let name = unique("e");
        self.run(&format!("CREATE DATABASE {name}"));
        name
    }

    /// A private copy of a template.
    pub fn create_from(&self, template: &str) -> String {
        let name = unique("t");
        self.run(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        name
    }
}

fn unique(prefix: &str) -> String {
    format!(
        "thidua_{prefix}_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Removes a test's database, whoever is still connected.
pub fn drop_database(name: &str) {
    if let Some(cluster) = cluster() {
        cluster.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

/// Debian keeps the server's programs in a versioned folder outside of PATH.
fn binaries() -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut versioned: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versioned.sort();
    versioned.reverse();
    versioned
        .into_iter()
        .chain(in_path)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// User and group to run the server as when the tests run as root, which PostgreSQL refuses.
fn unprivileged() -> Option<(u32, u32)> {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout == b"0\n");
    if !is_root {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|wanted| {
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command.current_dir("/").env("LC_ALL", "C").env("HOME", "/");
    command
}

fn start(folder: &Path) -> Cluster {
    let user = unprivileged();
    let data = tempfile::Builder::new()
        .prefix("thidua-pg-")
        .tempdir_in(std::env::temp_dir())
        .expect("a folder")
        .keep();
    if let Some((uid, gid)) = user {
        std::os::unix::fs::chown(&data, Some(uid), Some(gid)).expect("the folder is given away");
    }
    let made = command(&folder.join("initdb"), user)
        .args([
            "--no-sync",
            "--auth=trust",
            "--username=thidua",
            "--encoding=UTF8",
            "--locale=C",
            "-D",
        ])
        .arg(data.join("data"))
        .output()
        .expect("initdb runs");
    assert!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // The shell waits for our end of its standard input: when this process is gone, so is the server.
    let script = "\"$1\" -D \"$2/data\" -k \"$2\" -p \"$3\" -h 127.0.0.1 -c fsync=off -c full_page_writes=off \
         -c synchronous_commit=on -c max_connections=400 -c shared_buffers=128MB -c log_min_messages=fatal \
         >\"$2/log\" 2>&1 & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf \"$2\"";
    #[allow(
        clippy::zombie_processes,
        reason = "the shell outlives this process for a moment"
    )]
    let mut child = command(Path::new("/bin/sh"), user)
        .args(["-c", script, "sh"])
        .arg(folder.join("postgres"))
        .arg(&data)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("postgres runs");
    // The pipe stays open until this process ends.
    std::mem::forget(child.stdin.take());
    let base = format!("postgres://thidua@127.0.0.1:{port}");
    for _ in 0..200 {
        if PgConnection::establish(&format!("{base}/postgres")).is_ok() {
            return Cluster { base };
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!(
        "postgres did not start: {}",
        std::fs::read_to_string(data.join("log")).unwrap_or_default()
    );
}
