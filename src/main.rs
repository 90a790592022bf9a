//! The one binary: `serve`, `migrate`, `check-config`, `openapi`, …

mod commands;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use commands::output::{complain, print};
use thidua::domain::time::SystemClock;
use thidua::identity::Verifier;
use thidua::operations;
use thidua::server::{self, Parts, Unprepared};
use thidua::settings::Settings;
use thidua::storage::Storage;
use thidua::store::tx::{Db, DbSettings};
use thidua::telemetry::{self, Observer, export};

/// Exit code of a faulty configuration (sysexits `EX_CONFIG`).
const CONFIG_FAULT: u8 = 78;
/// How long threads of a process that ends may go on.
const LAST_BREATH: Duration = Duration::from_millis(500);
/// How long a database that is not there is given until it is asked again.
const AGAIN: Duration = Duration::from_secs(1);

#[derive(Parser)]
#[command(
    version,
    about = "Phong trào thi đua, khen thưởng / emulation campaigns and commendations"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve requests.
    Serve,
    /// Bring the database schema up to date.
    Migrate,
    /// Check the settings, report every fault, print what is in effect.
    CheckConfig,
    /// Check every invariant of the data, read-only, and name each violation.
    Check {
        /// Also read every piece of evidence and hold it against its digest.
        #[arg(long)]
        files: bool,
    },
    /// Write a whole, checked copy of the embedded database to a new file, while it is in use.
    Backup {
        /// The new file.
        target: std::path::PathBuf,
    },
    /// Write the OpenAPI document to standard output.
    Openapi,
    /// Play the real plan 579 through the API on an embedded database, then keep serving.
    Demo(commands::demo::DemoArguments),
    /// Print a token for somebody of the running demo.
    Token(commands::demo::TokenArguments),
    /// Ask a running service on this machine whether it is ready.
    Healthcheck,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Openapi => print_document(),
        Command::CheckConfig => with_settings(|settings| {
            print(&settings.describe());
            ExitCode::SUCCESS
        }),
        Command::Migrate => with_settings(migrate),
        Command::Check { files } => with_settings(|settings| check(settings, files)),
        Command::Backup { target } => with_settings(|settings| backup(settings, &target)),
        Command::Serve => with_settings(serve),
        Command::Demo(arguments) => commands::demo::run(&arguments),
        Command::Token(arguments) => commands::demo::token(&arguments),
        Command::Healthcheck => with_settings(healthcheck),
    }
}

fn with_settings(run: impl FnOnce(&Settings) -> ExitCode) -> ExitCode {
    match Settings::load() {
        Ok(settings) => run(&settings),
        Err(faults) => {
            for fault in faults {
                complain(&format!("configuration: {fault}"));
            }
            ExitCode::from(CONFIG_FAULT)
        }
    }
}

fn print_document() -> ExitCode {
    match serde_json::to_string_pretty(&thidua::api::openapi::document()) {
        Ok(text) => {
            print(&format!("{text}\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn migrate(settings: &Settings) -> ExitCode {
    let outcome = settings
        .db()
        .and_then(|db| server::prepare_schema(&db, true).map_err(String::from));
    match outcome {
        Ok(ran) if ran.is_empty() => {
            print("the schema is current\n");
            ExitCode::SUCCESS
        }
        Ok(ran) => {
            print(&format!("migrations run: {}\n", ran.join(", ")));
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

/// A copy of which every invariant holds, or none (BKP-01).
fn backup(settings: &Settings, target: &std::path::Path) -> ExitCode {
    let outcome = settings.db().and_then(|db| {
        server::refuse_schema(&db)?;
        let copy = server::back_up(&db, target)?;
        violations(&copy, None)
    });
    report(
        outcome,
        &format!("{} holds everything; every invariant holds\n", target.display()),
    )
}

/// Exit code 1 and one line for each violation (BKP-05).
fn check(settings: &Settings, files: bool) -> ExitCode {
    let outcome = settings.db().and_then(|db| {
        // What holds of a schema that this binary does not know, it cannot say (MIG-06).
        server::refuse_schema(&db)?;
        let storage = files.then(|| Storage::open(&settings.storage.url, None));
        violations(&db, storage.transpose()?.as_ref())
    });
    let good = if files {
        "every invariant holds, and all evidence is there\n"
    } else {
        "every invariant holds\n"
    };
    report(outcome, good)
}

fn violations(db: &DbSettings, evidence: Option<&Storage>) -> Result<Vec<String>, String> {
    let db = Db::new(db);
    let runtime = runtime().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let checked = db.inspect(thidua::app::check::run).await;
        let mut faults = checked.map_err(|error| error.to_string())?;
        if let Some(storage) = evidence {
            faults.extend(commands::contents::faults(&db, storage).await?);
        }
        Ok(faults)
    })
}

fn report(outcome: Result<Vec<String>, String>, good: &str) -> ExitCode {
    match outcome {
        Ok(faults) if faults.is_empty() => {
            print(good);
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            for fault in faults {
                print(&format!("{fault}\n"));
            }
            ExitCode::FAILURE
        }
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

fn serve(settings: &Settings) -> ExitCode {
    telemetry::start(&settings.log.filter, settings.log.format == "json");
    let outcome = runtime().map_err(|error| error.to_string()).and_then(|runtime| {
        let outcome = runtime.block_on(run(settings));
        // A thread that is still in the database must not hold the process.
        runtime.shutdown_timeout(LAST_BREATH);
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: &Settings) -> Result<(), String> {
    // First: until somebody listens, SIGHUP ends the process, and SIGTERM does nothing in a container, where it is the
    // first process; migrations may take their time.
    let hangups = commands::reload::listen().map_err(|error| error.to_string())?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| error.to_string())?;
    let db = settings.db()?;
    let migrates = settings.database.migrate && !settings.database.read_only;
    let prepared = match server::prepare_schema(&db, migrates) {
        Ok(_) => true,
        Err(Unprepared::Refused(sentence)) => return Err(sentence),
        Err(Unprepared::Away(sentence)) => {
            tracing::warn!(cause = sentence, "serving without the database until it is there");
            false
        }
    };
    let verifier = Verifier::new(&settings.auth)?;
    let storage = Storage::open(&settings.storage.url, None)?;
    storage.probe().await?;
    let mut parts = Parts {
        shell: settings.shell(),
        ..Parts::new(&db, settings.app()?, Arc::new(SystemClock), verifier, storage)
    };
    parts.app.db.set_prepared(prepared);
    parts.app.db.set_read_only(settings.database.read_only);
    let hangups = commands::reload::follow(hangups, parts.app.db.clone());
    let exporting = match settings.telemetry.target()? {
        None => None,
        Some(target) => {
            let (spans, exporting) = export::start(&target)?;
            parts.observer = Arc::new(Observer {
                spans: Some(spans),
                ..Observer::new(&parts.app.config.cursor_key)
            });
            Some(exporting)
        }
    };
    let listener = std::net::TcpListener::bind(&settings.server.listen)
        .map_err(|error| format!("{} cannot be listened on: {error}", settings.server.listen))?;
    let metrics = match settings.metrics.listen.as_str() {
        "" => None,
        address => {
            let listener = std::net::TcpListener::bind(address)
                .map_err(|error| format!("metrics.listen: {address} cannot be listened on: {error}"))?;
            Some(operations::start(listener, &parts).map_err(|error| error.to_string())?)
        }
    };
    let mut running =
        server::start(listener, settings.server.workers, &parts).map_err(|error| error.to_string())?;
    tracing::info!(address = %settings.server.listen, "serving");
    tokio::select! {
        ended = running.wait() => return ended.map_err(|error| error.to_string()),
        refused = prepare(db, migrates, &parts.app.db), if !prepared => return Err(refused),
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("stopping");
    let flush = exporting.as_ref().map_or(Duration::ZERO, |_| export::FLUSH);
    let stopping = async {
        running
            .stop(Duration::from_secs(settings.server.drain_seconds))
            .await;
        if let Some(exporting) = exporting {
            exporting.stop().await;
        }
    };
    // What has not ended by then never will: its transactions are rolled back (SHD-04).
    let longest = settings
        .server
        .drain_seconds
        .saturating_add(settings.server.finish_seconds)
        .saturating_add(2);
    let ended = tokio::select! {
        () = stopping => Ok(()),
        () = tokio::time::sleep(Duration::from_secs(longest).saturating_add(flush)) => Err("stopped with requests under way".to_owned()),
        _ = terminate.recv() => Err("stopped at once at the second signal".to_owned()),
        _ = tokio::signal::ctrl_c() => Err("stopped at once at the second signal".to_owned()),
    };
    // Last, so that the end is seen as well.
    for task in metrics.into_iter().chain([hangups]) {
        task.abort();
    }
    ended
}

/// Prepares the schema as soon as the database is there (DBF-05), and has then nothing more to say; answers why it never
/// will be.
async fn prepare(settings: DbSettings, migrates: bool, db: &Db) -> String {
    let mut known = String::new();
    loop {
        tokio::time::sleep(AGAIN).await;
        let settings = settings.clone();
        let tried = tokio::task::spawn_blocking(move || server::prepare_schema(&settings, migrates));
        match tried.await {
            Ok(Ok(_)) => {
                db.set_prepared(true);
                tracing::info!("the database is there");
                return std::future::pending().await;
            }
            Ok(Err(Unprepared::Away(sentence))) if sentence == known => {}
            Ok(Err(Unprepared::Away(sentence))) => {
                tracing::warn!(cause = sentence, "the database is not there yet");
                known = sentence;
            }
            Ok(Err(Unprepared::Refused(sentence))) => return sentence,
            Err(error) => return error.to_string(),
        }
    }
}

/// For containers: no other tool is needed in the image.
fn healthcheck(settings: &Settings) -> ExitCode {
    match asked_whether_ready(&settings.server.listen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

fn asked_whether_ready(listen: &str) -> Result<(), String> {
    let mut address = listen
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| format!("{listen} is no address with a port"))?;
    // Where it listens everywhere, it does so here.
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let url = format!("http://{address}/readyz");
    let answer = runtime().map_err(|error| error.to_string())?.block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(3))
            .build()?;
        let answer = client.get(&url).send().await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
    });
    match answer {
        Ok((status, _)) if status.is_success() => Ok(()),
        Ok((status, checks)) => Err(format!("{url} answers {status}: {checks}")),
        Err(error) => Err(format!("{url} does not answer: {error}")),
    }
}
