//! Gets the peers' programs through pip and npm, in the versions that the repository pins by their hashes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Outcome, databases, say};

/// What the repository has of a peer.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/service/peers")
        .join(name)
}

/// Where a peer is installed.
pub fn folder(name: &str) -> Outcome<PathBuf> {
    let folder = databases::folder()?.join("peers").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The folder with the packages of a `requirements.txt`.
pub fn from_pip(name: &str) -> Outcome<PathBuf> {
    let (folder, wanted) = (folder(name)?, source(name).join("requirements.txt"));
    once(name, &folder, &wanted, || {
        let mut command = Command::new("python3");
        command
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args([
                "--no-deps",
                "--only-binary",
                ":all:",
                "--require-hashes",
                "--upgrade",
            ])
            .arg("--target")
            .arg(&folder)
            .arg("--requirement")
            .arg(&wanted);
        run(&mut command)
    })?;
    Ok(folder)
}

/// The folder with a script and the packages of its `package-lock.json`.
pub fn from_npm(name: &str, script: &str) -> Outcome<PathBuf> {
    let (folder, source) = (folder(name)?, source(name));
    for file in ["package.json", "package-lock.json", script] {
        std::fs::copy(source.join(file), folder.join(file))?;
    }
    run(Command::new("node").arg("--version"))?;
    once(name, &folder, &source.join("package-lock.json"), || {
        let mut command = Command::new("npm");
        command
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder);
        run(&mut command)
    })?;
    Ok(folder)
}

/// Installs what a file lists, unless that has been done.
fn once(name: &str, folder: &Path, listed: &Path, install: impl FnOnce() -> Outcome<()>) -> Outcome<()> {
    let (done, listed) = (folder.join("installed"), std::fs::read(listed)?);
    if std::fs::read(&done).is_ok_and(|former| former == listed) {
        return Ok(());
    }
    say(&format!("{name}: installing"));
    install()?;
    Ok(std::fs::write(done, listed)?)
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Outcome<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} failed: {}", said.trim()).into())
}
