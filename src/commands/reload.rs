//! What a running service takes up without a restart: SIGHUP reads the settings again, logs by the filter that they name
//! now (OBS-09), and refuses or takes writes as they say (DBF-08). Nothing else of them changes.

use thidua::settings::Settings;
use thidua::store::tx::Db;
use thidua::telemetry;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for SIGHUP, which ends a process that does not.
///
/// # Errors
/// The signal cannot be listened for.
pub fn listen() -> std::io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Takes up what the settings say at each SIGHUP, until the task is aborted.
pub fn follow(mut hangups: Signal, db: Db) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            take_up(&db);
        }
    })
}

/// Faulty settings change nothing.
fn take_up(db: &Db) {
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(faults) => {
            let faults = faults.join("; ");
            tracing::warn!(faults, "the settings are faulty; nothing changes");
            return;
        }
    };
    let read_only = settings.database.read_only;
    if db.set_read_only(read_only) {
        tracing::warn!(read_only, "whether writes are refused was read again");
    }
    match telemetry::refilter(&settings.log.filter) {
        // A filter may keep this back; that is what it was asked for.
        Ok(()) => tracing::info!(filter = settings.log.filter, "the log's filter was read again"),
        Err(fault) => tracing::warn!(fault, "the log's filter stays"),
    }
}
