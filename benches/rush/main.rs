//! Drills of the bad hours: what `cargo test` cannot hold, because it takes minutes and its figures are times.
//!
//! ```sh
//! cargo bench --bench rush -- --drill deadline                   # the last minute before a deadline
//! cargo bench --bench rush -- --drill deadline --minutes 10      # the long form
//! cargo bench --bench rush -- --drill rolling --database postgres
//! cargo bench --bench rush -- --smoke                            # all of them, a few seconds each
//! ```
//!
//! - [`deadline`] (N21): ten times the load of a nation's worst hour; whoever is refused comes again when he was told
//!   to. Every hand-in that was acknowledged is there once.
//! - [`overload`] (OVL-02): five times what the service can do, and how soon it is itself again; with `--proxy` behind
//!   HAProxy.
//! - [`replicas`]: two of them behind HAProxy with the configuration of `deploy/`; one is killed.
//! - [`rolling`] (SHD-02): three replicas behind a balancer, restarted in turn.
//! - [`held`] (NET-03, OVL-05): a thousand connections that hardly send, a thousand that send the largest body.
//!
//! What must hold whatever the machine is a *fault* when it does not, and the exit code is 1: nothing acknowledged is
//! lost or there twice, the data passes `check`, and no answer is 5xx but 503 with `Retry-After`. Times and sizes are
//! goals: printed as met or missed. Clients are counted from the moment at which they were due, as in the benchmark.

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
#[path = "../service/data/mod.rs"]
mod data;
#[allow(dead_code, reason = "the benchmark looks at the server's CPU time")]
#[path = "../service/databases.rs"]
mod databases;
#[path = "../service/http.rs"]
mod http;
#[allow(dead_code, reason = "the benchmark measures more of them")]
#[path = "../service/process.rs"]
mod process;
#[allow(dead_code, reason = "the benchmark starts it without settings")]
#[path = "../service/service.rs"]
mod service;
#[allow(dead_code, reason = "the drills have sizes of their own")]
#[path = "../service/sizes.rs"]
mod sizes;
#[allow(dead_code, reason = "the benchmark asks for more")]
#[path = "../service/operations/targets.rs"]
mod targets;

mod balancer;
mod crowd;
mod deadline;
mod held;
mod overload;
mod proxy;
mod replicas;
mod rolling;
mod stage;
mod tally;
mod visits;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use databases::{Database, Server};
use service::{CORE, GENERATOR_CORE, Issuer};
use stage::{Stage, Wanted};
use tally::Report;

/// A result, or why there is none.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Requests a second of the nation's worst hour: 6 hand-ins, 60 draft savings, 300 reads (ARCHITECTURE.md, "How it
/// grows").
const NORMAL: f64 = 366.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Drill {
    Deadline,
    Overload,
    Replicas,
    Rolling,
    Slow,
    Bodies,
}

const DRILLS: [Drill; 6] = [
    Drill::Deadline,
    Drill::Overload,
    Drill::Replicas,
    Drill::Rolling,
    Drill::Slow,
    Drill::Bodies,
];

#[derive(Parser)]
#[command(about = "Plays the bad hours of the service; see benches/rush/main.rs")]
struct Arguments {
    /// Which; all of them when absent.
    #[arg(long, value_enum)]
    drill: Option<Drill>,
    /// On which database; both when absent.
    #[arg(long, value_enum)]
    database: Option<Database>,
    /// How long the load lasts.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Requests a second of a normal hour; the deadline has ten times as many.
    #[arg(long, default_value_t = NORMAL)]
    normal: f64,
    /// The overload is played behind HAProxy with the configuration of `deploy/`.
    #[arg(long)]
    proxy: bool,
    /// The service, where it is not the one that cargo has built.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_thidua"), hide_default_value = true)]
    binary: PathBuf,
    /// Where the figures go as JSON.
    #[arg(long)]
    output: Option<PathBuf>,
    /// A few seconds of each: shows that everything still works. Its figures mean nothing.
    #[arg(long)]
    smoke: bool,
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
            say(&format!("the drill could not be done: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Does what is asked for; false when something that must hold did not.
fn go(arguments: &Arguments) -> Outcome<bool> {
    let wanted = if arguments.smoke {
        Wanted {
            binary: arguments.binary.clone(),
            seconds: 3.0,
            normal: 20.0,
            connections: 40,
            smoke: true,
        }
    } else {
        Wanted {
            binary: arguments.binary.clone(),
            seconds: (arguments.minutes * 60.0).clamp(1.0, 3600.0),
            normal: arguments.normal.clamp(1.0, 10_000.0),
            connections: 1_000,
            smoke: false,
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut reports = Vec::new();
    let databases = arguments
        .database
        .map_or_else(|| vec![Database::Sqlite, Database::Postgres], |one| vec![one]);
    // The server and the service inherit the one core, the generator has the other.
    process::pin(std::process::id(), CORE);
    let server = if databases.contains(&Database::Postgres) {
        Server::start()?
    } else {
        None
    };
    process::pin(std::process::id(), GENERATOR_CORE);
    let issuer = Issuer::start()?;
    for database in databases {
        let server = match database {
            Database::Sqlite => None,
            Database::Postgres if server.is_none() => {
                say("PostgreSQL is left out: no initdb was found");
                continue;
            }
            Database::Postgres => server.as_ref(),
        };
        for drill in DRILLS {
            if arguments.drill.is_some_and(|one| one != drill) {
                continue;
            }
            if matches!(drill, Drill::Replicas | Drill::Rolling) && database == Database::Sqlite {
                say(&format!("{drill:?} is left out on SQLite: it has one process"));
                continue;
            }
            say(&format!("{drill:?} on {}: preparing", database.name()));
            let stage = Stage::set(&wanted, server, &issuer, hand_ins(drill, &wanted))?;
            let mut report = Report::new(format!("{drill:?}").to_lowercase(), database.name());
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                match drill {
                    Drill::Deadline => deadline::play(&stage, &mut report).await,
                    Drill::Overload => overload::play(&stage, arguments.proxy, &mut report).await,
                    Drill::Replicas => replicas::play(&stage, &mut report).await,
                    Drill::Rolling => rolling::play(&stage, &mut report).await,
                    Drill::Slow => held::slow(&stage, &mut report).await,
                    Drill::Bodies => held::bodies(&stage, &mut report).await,
                }
            })?;
            // Without its clients' tasks before the copy is removed.
            drop(local);
            say(&report.text());
            reports.push(report);
        }
    }
    if let Some(path) = &arguments.output {
        let figures: Vec<_> = reports.iter().map(Report::json).collect();
        std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
    }
    Ok(reports.iter().all(Report::sound))
}

/// Dossiers that a drill hands in at most; what there are always is enough for the smoke form.
fn hand_ins(drill: Drill, wanted: &Wanted) -> u64 {
    let visits = match drill {
        Drill::Deadline => wanted.normal * deadline::TIMES * wanted.seconds,
        Drill::Replicas if !wanted.smoke => replicas::RATE * replicas::LONGEST.as_secs_f64(),
        Drill::Rolling if !wanted.smoke => rolling::RATE * rolling::LONGEST.as_secs_f64(),
        _ => 0.0,
    };
    (visits / visits::CYCLE as f64).ceil() as u64
}
