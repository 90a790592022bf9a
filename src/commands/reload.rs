//! What a running service takes up without a restart: SIGHUP reads the settings again and logs by the
//! filter that they name now (OBS-09). Nothing else of them changes.

use thidua::settings::Settings;
use thidua::telemetry;
use tokio::signal::unix::{SignalKind, signal};

/// Listens for SIGHUP until the task is aborted.
///
/// # Errors
/// The signal cannot be listened for.
pub fn listen() -> std::io::Result<tokio::task::JoinHandle<()>> {
    let mut hangups = signal(SignalKind::hangup())?;
    Ok(tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            take_up();
        }
    }))
}

/// Faulty settings change nothing.
fn take_up() {
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(faults) => {
            let faults = faults.join("; ");
            tracing::warn!(faults, "the settings are faulty; the log's filter stays");
            return;
        }
    };
    match telemetry::refilter(&settings.log.filter) {
        // A filter may keep this back; that is what it was asked for.
        Ok(()) => tracing::info!(filter = settings.log.filter, "the log's filter was read again"),
        Err(fault) => tracing::warn!(fault, "the log's filter stays"),
    }
}
