//! A small file system of a test's own, which it fills and makes read-only. Only root may mount one; who cannot
//! is told that the test is left out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::announce;

/// Mounted until it is dropped.
pub struct Disk {
    folder: tempfile::TempDir,
}

fn mount(arguments: &[&str]) -> bool {
    Command::new("mount")
        .args(arguments)
        .output()
        .is_ok_and(|out| out.status.success())
}

impl Disk {
    /// A disk of this size.
    pub fn of(megabytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let place = folder.path().display().to_string();
        if mount(&["-t", "tmpfs", "-o", &size, "tmpfs", &place]) {
            return Some(Self { folder });
        }
        announce("A test with a disk of its own was LEFT OUT: no file system can be mounted here.");
        None
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut file = std::fs::File::create(self.ballast()).unwrap();
        for block in [1 << 20, 4096, 1] {
            let block = vec![0x55; block];
            while file.write_all(&block).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    /// Makes it read-only or writable; whether that was possible: nobody may have a file open for writing.
    pub fn read_only(&self, read_only: bool) -> bool {
        let how = if read_only { "remount,ro" } else { "remount,rw" };
        mount(&["-o", how, &self.path().display().to_string()])
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
