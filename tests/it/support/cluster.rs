//! A private PostgreSQL server from the installed programs: `initdb` and `postgres`, a folder, a free port;
//! as root it drops to an unprivileged user. It ends with the process that started it, however that ends.
//! Shared by the tests (one temporary server a run) and the benchmark (a server whose folder is kept).

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::prelude::*;

/// What becomes of the folder when the server has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "the tests remove, the benchmark keeps")]
pub enum Afterwards {
    /// It is removed.
    Remove,
    /// It stays and can be started again.
    Keep,
}

/// Debian keeps the server's programs in a versioned folder outside of PATH.
pub fn programs() -> Option<PathBuf> {
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

/// User and group to run the server as when this process is root, which PostgreSQL refuses.
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

/// One of the server's programs, as the user under whom the server runs.
pub fn program(program: &Path) -> Command {
    command(program, unprivileged())
}

/// Gives a folder to the user under whom the server runs.
///
/// # Errors
/// A sentence that says what went wrong.
pub fn give_away(folder: &Path) -> Result<(), String> {
    match unprivileged() {
        None => Ok(()),
        Some((uid, gid)) => std::os::unix::fs::chown(folder, Some(uid), Some(gid))
            .map_err(|error| format!("the folder cannot be given away: {error}")),
    }
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command.current_dir("/").env("LC_ALL", "C").env("HOME", "/");
    command
}

/// Starts a server on `folder/data`, which is made when it is not there; answers the URL of the server
/// without a database.
///
/// # Errors
/// A sentence that says what went wrong.
pub fn start(
    programs: &Path,
    folder: &Path,
    settings: &[&str],
    afterwards: Afterwards,
) -> Result<String, String> {
    initialise(programs, folder)?;
    let port = free_port()?;
    let mut shell = launch(programs, folder, port, settings, afterwards)?;
    // The pipe stays open until this process ends.
    std::mem::forget(shell.stdin.take());
    Ok(format!("postgres://thidua@127.0.0.1:{port}"))
}

fn text(what: &str, error: std::io::Error) -> String {
    format!("{what}: {error}")
}

/// A port on which nobody listens, nor on its neighbour. It is below those that the system gives to whoever connects:
/// such a one could be taken before the server is there. Processes that run at the same time begin far from each other.
///
/// # Errors
/// A sentence that says what went wrong.
pub fn free_port() -> Result<u16, String> {
    const PAIRS: u32 = 10_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    for _ in 0..PAIRS {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let pair = std::process::id().wrapping_mul(997).wrapping_add(next) % PAIRS;
        let port = u16::try_from(10_000 + 2 * pair).map_err(|error| error.to_string())?;
        if free(port) && free(port + 1) {
            return Ok(port);
        }
    }
    Err("no free port".to_owned())
}

/// Makes `folder/data` when it is not there.
///
/// # Errors
/// A sentence that says what went wrong.
pub fn initialise(programs: &Path, folder: &Path) -> Result<(), String> {
    if !folder.join("data").exists() {
        give_away(folder)?;
        let made = program(&programs.join("initdb"))
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=thidua",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(folder.join("data"))
            .output()
            .map_err(|error| text("initdb", error))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
    }
    Ok(())
}

/// Starts a server on `folder/data` and waits until it answers; it ends when its standard input does.
///
/// # Errors
/// A sentence that says what went wrong.
pub fn launch(
    programs: &Path,
    folder: &Path,
    port: u16,
    settings: &[&str],
    afterwards: Afterwards,
) -> Result<Child, String> {
    // The shell waits for our end of its standard input: when this process is gone, so is the server.
    let script = "server_program=$1 folder=$2 port=$3 afterwards=$4; shift 4; \
         \"$server_program\" -D \"$folder/data\" -k '' -p \"$port\" -h 127.0.0.1 \"$@\" \
         >\"$folder/log\" 2>&1 & server=$!; cat >/dev/null; kill -INT $server; wait $server; \
         if [ \"$afterwards\" = Remove ]; then rm -rf \"$folder\"; fi";
    let mut shell = program(Path::new("/bin/sh"));
    shell
        .args(["-c", script, "sh"])
        .arg(programs.join("postgres"))
        .arg(folder)
        .arg(port.to_string())
        .arg(format!("{afterwards:?}"));
    for setting in settings {
        shell.args(["-c", setting]);
    }
    #[allow(
        clippy::zombie_processes,
        reason = "the shell outlives this process for a moment"
    )]
    let child = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| text("postgres", error))?;
    let url = format!("postgres://thidua@127.0.0.1:{port}/postgres");
    for _ in 0..400 {
        if PgConnection::establish(&url).is_ok() {
            return Ok(child);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!(
        "postgres did not start: {}",
        std::fs::read_to_string(folder.join("log")).unwrap_or_default()
    ))
}
