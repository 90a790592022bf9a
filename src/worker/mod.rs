//! What runs beside the server, through `app` like any client: sealing the journal, sweeping.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::app::App;

/// How long an unsealed entry waits at most when another process wrote it.
const SEAL_EVERY: Duration = Duration::from_millis(200);
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Starts the workers of this process; aborting a handle stops its worker between two pieces of work.
pub fn start(app: &App) -> Vec<JoinHandle<()>> {
    vec![tokio::spawn(seal(app.clone())), tokio::spawn(sweep(app.clone()))]
}

/// Seals what is committed: woken by this process's own writes, polling for those of others (C-18).
async fn seal(app: App) {
    loop {
        match app.seal().await {
            Ok(0) => {
                let _woken_or_not = tokio::time::timeout(SEAL_EVERY, app.written.notified()).await;
                // A short rest gathers the writes of a burst into one batch.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the journal could not be sealed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Removes what has expired.
async fn sweep(app: App) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        match app.sweep_keys().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "expired idempotency keys removed"),
            Err(error) => tracing::warn!(%error, "expired keys could not be removed; trying again later"),
        }
    }
}
