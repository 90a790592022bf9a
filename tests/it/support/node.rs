//! Servers of others that tests talk to, from npm.
//!
//! They need `node` and `npm`. Without them a test says so and passes; with `CI=true` it fails instead, so
//! that the check cannot be lost unnoticed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{announce, in_ci};

/// The folder of a server of `tests/it` with its packages; none where they cannot be had.
pub fn installed(name: &str, script: &str) -> Option<PathBuf> {
    match install(name, script) {
        Ok(folder) => Some(folder),
        Err(cause) => {
            let sentence = format!("The tests against {name} were not run: {cause}");
            assert!(!in_ci(), "{sentence}");
            announce(&sentence);
            None
        }
    }
}

fn install(name: &str, script: &str) -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let done = folder.join("installed.json");
    let lock = std::fs::read(source.join("package-lock.json")).unwrap();
    for file in ["package.json", "package-lock.json", script] {
        std::fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    let ran = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!(
                "{program} failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )),
            Err(fault) => Err(format!("{program} cannot be run: {fault}")),
        }
    };
    ran("node", &["--version"])?;
    if std::fs::read(&done).is_ok_and(|former| former == lock) {
        return Ok(folder);
    }
    ran("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    std::fs::write(done, lock).unwrap();
    Ok(folder)
}

/// A running server; it ends when its standard input is closed, at the latest when it is dropped.
pub struct Process(Child);

impl Process {
    /// Starts a script and waits for the line of JSON with which it says that it listens.
    pub fn start(folder: &Path, arguments: &[&str]) -> (Self, Value) {
        let mut process = Command::new("node")
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let started = serde_json::from_str(&line).expect("the server says where it listens");
        (Self(process), started)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
