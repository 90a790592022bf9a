//! PgBouncer in transaction mode before a server: installed, or named by `THIDUA_TEST_PGBOUNCER`. It knows prepared
//! statements from 1.21 on; with an older one, or none, a test says that it is left out.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::servers::Server;
use super::{announce, cluster};

const VARIABLE: &str = "THIDUA_TEST_PGBOUNCER";
const OLDEST: (u32, u32) = (1, 21);

/// A pooler; it ends when it is dropped.
pub struct Pooler {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    process: Child,
}

/// The program, where it is new enough.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from("/usr/sbin/pgbouncer"));
    let says = Command::new(&path).arg("--version").output();
    let says = says.map_or_else(
        |_| String::new(),
        |out| String::from_utf8_lossy(&out.stdout).into_owned(),
    );
    let version = says.lines().next().unwrap_or_default();
    let mut numbers = version
        .trim_start_matches("PgBouncer ")
        .split('.')
        .map_while(|number| number.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found >= OLDEST {
        return Some(path);
    }
    let found = if version.is_empty() { "none" } else { version };
    announce(&format!(
        "Tests behind PgBouncer LEFT OUT: 1.21 or newer is needed, there is {found} ({VARIABLE} names another)."
    ));
    None
}

impl Pooler {
    /// Before a server, with fewer connections to it than a service has to the pooler.
    pub fn before(server: &Server) -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let port = cluster::free_port().unwrap();
        let (host, server_port) = server
            .authority()
            .split_once(':')
            .map(|(h, p)| (h.to_owned(), p.to_owned()))
            .unwrap();
        let settings = format!(
            "[databases]\nthidua = host={host} port={server_port} dbname=thidua user=thidua\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\nmax_prepared_statements = 200\ndefault_pool_size = 3\n"
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), settings).unwrap();
        cluster::give_away(folder.path()).unwrap();
        let process = start(&program, folder.path(), port);
        Some(Self {
            program,
            folder,
            port,
            process,
        })
    }

    /// URL of the database behind it.
    pub fn url(&self) -> String {
        format!("postgres://thidua@127.0.0.1:{}/thidua", self.port)
    }

    /// SIGKILL, and another one in its place.
    pub fn restart(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.process = start(&self.program, self.folder.path(), self.port);
    }
}

fn start(program: &Path, folder: &Path, port: u16) -> Child {
    let mut command = cluster::program(program);
    command
        .arg(folder.join("pgbouncer.ini"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut process = command.spawn().expect("pgbouncer starts");
    for _ in 0..400 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return process;
        }
        assert!(process.try_wait().unwrap().is_none(), "pgbouncer ended");
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("pgbouncer does not listen");
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
