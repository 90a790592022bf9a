//! What nobody meant to send: inputs made from a small kept corpus by mutation, held against what must be true of
//! every input. In `cargo test` a few hundred of each with a fixed seed; the long form, for so many seconds with a
//! seed that it prints: `THIDUA_FUZZ_SECONDS=600 cargo test --test it -- fuzz::tokens::`; `THIDUA_FUZZ_SEED`
//! repeats one.
//!
//! Blind to coverage: what guides a mutation by the code that it reaches needs an instrumented build of
//! everything, or a nightly compiler. What is found is kept as a row of a table or a file of the corpus.

mod contents;
mod documents;
mod languages;
mod mutation;
mod queries;
mod tokens;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use crate::support::announce;

/// The outcome of one input.
type Checked = Result<(), TestCaseError>;

/// Inputs that are tried between two looks at the clock.
const BATCH: u32 = 256;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().expect("a number"))
}

/// Tries `few` inputs, or as many as the long form has time for.
fn target<S: Strategy>(name: &str, few: u32, inputs: S, check: impl Fn(S::Value) -> Checked) {
    let long = number("THIDUA_FUZZ_SECONDS").map(Duration::from_secs);
    let first = number("THIDUA_FUZZ_SEED").unwrap_or(if long.is_some() { rand::random() } else { 1 });
    let begun = Instant::now();
    let (mut tried, mut seed) = (0_u64, first);
    loop {
        let cases = if long.is_some() { BATCH } else { few };
        let config = Config {
            cases,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_global_rejects: cases * 8,
            ..Config::default()
        };
        if let Err(fault) = TestRunner::new(config).run(&inputs, &check) {
            panic!("{name}, THIDUA_FUZZ_SEED={seed}: {fault}");
        }
        tried += u64::from(cases);
        seed = seed.wrapping_add(1);
        if long.is_none_or(|long| begun.elapsed() >= long) {
            break;
        }
    }
    if long.is_some() {
        let seconds = begun.elapsed().as_secs();
        announce(&format!(
            "{name}: {tried} inputs in {seconds} s from THIDUA_FUZZ_SEED={first}"
        ));
    }
}

/// The kept inputs of one kind, in the order of their names.
fn corpus(kind: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/fuzz/corpus")
        .join(kind);
    let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "the corpus of {kind} is empty");
    found
}

/// The kept lines of one kind.
fn lines(kind: &str) -> Vec<String> {
    let texts = corpus(kind)
        .into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap());
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}
