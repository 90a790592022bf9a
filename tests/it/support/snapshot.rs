//! Texts that may change only on purpose: compared with the file of that name.

use std::path::{Path, PathBuf};

/// Set to `1` to write the files anew instead of comparing.
const RENEW: &str = "UPDATE_SNAPSHOTS";

/// Folder of the snapshots.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots")
}

/// Whether the kept texts are to be written anew.
pub fn renewing() -> bool {
    std::env::var(RENEW).is_ok_and(|value| value == "1")
}

/// Compares a text with its snapshot.
#[track_caller]
pub fn same(name: &str, text: &str) {
    let path = folder().join(name);
    if renewing() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<String> = lines(&kept, text, "-").chain(lines(text, &kept, "+")).collect();
    assert!(
        kept == text,
        "tests/it/snapshots/{name} differs:\n{}\nIf that is wanted: {RENEW}=1 cargo test --test it, and look at the difference.",
        changed.join("\n")
    );
}

fn lines<'t>(one: &'t str, other: &'t str, sign: &'t str) -> impl Iterator<Item = String> + 't {
    one.lines()
        .filter(move |line| !other.lines().any(|present| present == *line))
        .map(move |line| format!("{sign} {line}"))
}

/// A list that may only shrink: everything found must stand in it, and nothing else may.
#[track_caller]
pub fn shrinking(name: &str, found: &std::collections::BTreeSet<String>) {
    let path = folder().join(name);
    let kept: std::collections::BTreeSet<String> = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let new: Vec<&String> = found.difference(&kept).collect();
    assert!(
        new.is_empty(),
        "not in tests/it/snapshots/{name}, which may only shrink: {new:#?}"
    );
    if renewing() {
        let left: Vec<&str> = kept.intersection(found).map(String::as_str).collect();
        std::fs::write(
            &path,
            format!("# This list may only shrink.\n{}\n", left.join("\n")),
        )
        .unwrap();
        return;
    }
    let gone: Vec<&String> = kept.difference(found).collect();
    assert!(
        gone.is_empty(),
        "done; take it out of tests/it/snapshots/{name}: {gone:#?}"
    );
}
