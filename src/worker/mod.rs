//! What runs beside the server, through `app` like any client: sealing the journal and counting with it,
//! sweeping.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::domain::error::{Code, Result};
use crate::storage::Storage;

/// How long an unsealed entry waits at most when another process wrote it.
const SEAL_EVERY: Duration = Duration::from_millis(200);
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// How long a content may lie without a row: its row follows within the request that brought it.
const ORPHAN_AGE: Duration = Duration::from_hours(1);
/// How many contents are asked about at once.
const BATCH: usize = 500;

/// Starts the workers of this process, which sweep as often as usual. Each ends the piece of work that it is at and takes no other one once
/// `stop` says so (SHD-05); what is left is for another process, or for the next start.
pub fn start(app: &App, storage: &Storage, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    start_sweeping(app, storage, stop, SWEEP_EVERY)
}

/// As [`start`], with another time between two sweeps.
pub fn start_sweeping(
    app: &App,
    storage: &Storage,
    stop: &watch::Receiver<bool>,
    every: Duration,
) -> Vec<JoinHandle<()>> {
    vec![
        tokio::spawn(seal(app.clone(), stop.clone())),
        tokio::spawn(sweep(app.clone(), storage.clone(), stop.clone(), every)),
    ]
}

/// Waits for `rest`, but no longer than until the process stops; answers whether it does.
async fn stops(stop: &mut watch::Receiver<bool>, rest: impl Future<Output = ()>) -> bool {
    tokio::select! {
        // Who could say so is gone: so is the server.
        _ = stop.wait_for(|stopped| *stopped) => true,
        () = rest => false,
    }
}

/// Seals what is committed: woken by this process's own writes, polling for those of others (C-18).
async fn seal(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let rest = match app.seal().await {
            Ok(0) => {
                let woken = async {
                    let _woken_or_not = tokio::time::timeout(SEAL_EVERY, app.written.notified()).await;
                };
                if stops(&mut stop, woken).await {
                    return;
                }
                // A short rest gathers the writes of a burst into one batch.
                Duration::from_millis(20)
            }
            Ok(_) => continue,
            // Maintenance: what was written before waits.
            Err(error) if error.code == Code::ServiceReadOnly => Duration::from_secs(1),
            Err(error) => {
                tracing::warn!(%error, "the journal could not be sealed; trying again");
                Duration::from_secs(1)
            }
        };
        if stops(&mut stop, tokio::time::sleep(rest)).await {
            return;
        }
    }
}

/// Removes what has expired.
async fn sweep(app: App, storage: Storage, mut stop: watch::Receiver<bool>, every: Duration) {
    while !stops(&mut stop, tokio::time::sleep(every)).await {
        // A store of many contents is swept for minutes: the stop does not wait for it, and nothing is half done between
        // two of them.
        if stops(&mut stop, sweep_once(&app, &storage)).await {
            return;
        }
    }
}

async fn sweep_once(app: &App, storage: &Storage) {
    match app.sweep_keys().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "expired idempotency keys removed"),
        Err(error) => tracing::warn!(%error, "expired keys could not be removed; trying again later"),
    }
    match sweep_files(app, storage, ORPHAN_AGE).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "contents without a file removed"),
        Err(error) => tracing::warn!(%error, "files could not be swept; trying again later"),
    }
}

/// Ends uploads that were not completed in time, then removes every content older than `age` that no
/// file names any more: replaced, deleted, expired, or left by an interrupted request (UPL-10, M-15).
/// Answers how many were removed. Contents of files that this database never knew stay: it was restored as of an
/// earlier instant, or the place of the files is another installation's.
///
/// # Errors
/// The driver's or the store's error; what was not removed is found by the next sweep.
pub async fn sweep_files(app: &App, storage: &Storage, age: Duration) -> Result<usize> {
    app.expire_uploads().await?;
    let (mut removed, mut foreign) = (0, 0_usize);
    let mut old = pin!(storage.older_than(age).try_chunks(BATCH));
    while let Some(keys) = old.try_next().await.map_err(|broken| broken.1)? {
        let named = app.named_contents(keys.clone()).await?;
        let left: Vec<&String> = keys.iter().filter(|key| !named.contains(key)).collect();
        if left.is_empty() {
            continue;
        }
        let of_files = left.iter().filter_map(|key| Storage::file_of(key)).collect();
        let known = app.known_files(of_files).await?;
        for key in left {
            if Storage::file_of(key).is_some_and(|file| !known.contains(&file)) {
                foreign = foreign.saturating_add(1);
                continue;
            }
            storage.remove(key).await?;
            removed += 1;
        }
    }
    if foreign > 0 {
        tracing::warn!(
            count = foreign,
            "contents of files that this database never knew are left where they are"
        );
    }
    Ok(removed)
}
