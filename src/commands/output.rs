//! The one place of the binary that writes to the terminal.

use std::io::Write as _;

/// Writes to standard output; a closed pipe is no error.
pub fn print(text: &str) {
    let _closed_pipe = std::io::stdout().write_all(text.as_bytes());
}

/// Writes a line to standard error.
pub fn complain(text: &str) {
    let _closed_pipe = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
