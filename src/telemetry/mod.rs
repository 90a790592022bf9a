//! What the service tells of itself: one line an event to standard error, the place of each request in a
//! trace, and numbers.

use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

pub mod export;
mod lines;
pub mod metrics;
mod otlp;
pub mod pseudonym;
pub mod seen;
pub mod trace;

use export::Spans;
use lines::Lines;
use metrics::RequestMetrics;
use pseudonym::Pseudonyms;

/// What a server needs to tell of its requests.
pub struct Observer {
    /// Numbers.
    pub requests: RequestMetrics,
    /// Names for callers.
    pub pseudonyms: Pseudonyms,
    /// Spans for a collector, where there is one.
    pub spans: Option<Spans>,
}

impl Observer {
    /// An observer that knows the installation's secret.
    pub fn new(secret: &[u8]) -> Self {
        Self {
            requests: RequestMetrics::default(),
            pseudonyms: Pseudonyms::new(secret),
            spans: None,
        }
    }
}

/// Exchanges the filter while the service runs.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Installs the subscriber; a second call changes nothing.
pub fn start(filter: &str, json: bool) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Lines { json })
        .with_ansi(false)
        .with_writer(std::io::stderr);
    let installed = tracing_subscriber::registry().with(filter).with(lines).try_init();
    if installed.is_ok() {
        let _first = FILTER.set(handle);
        std::panic::set_hook(Box::new(note_panic));
    }
}

/// What is wrong with a filter, if anything.
pub fn filter_fault(filter: &str) -> Option<String> {
    let fault = EnvFilter::try_new(filter).err()?;
    Some(format!("{filter:?} is no filter: {fault}"))
}

/// Logs by another filter from now on (OBS-09).
///
/// # Errors
/// What is wrong with the filter; the former one stays.
pub fn refilter(filter: &str) -> Result<(), String> {
    let wanted = EnvFilter::try_new(filter).map_err(|fault| fault.to_string())?;
    let handle = FILTER.get().ok_or("no log was started")?;
    handle.reload(wanted).map_err(|fault| fault.to_string())
}

/// Of a panic only the place is told: its text may quote what somebody sent. Where it costs a request its
/// answer, the line of the request tells it; work that outlived its request has a line of its own.
fn note_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let told = seen::with(|seen| seen.panicked(place.clone()));
    if told != Some(true) {
        tracing::error!(place, "a thread panicked");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::telemetry::seen::{Seen, within};
    use crate::telemetry::trace::Trace;

    #[test]
    fn a_panic_is_told_by_its_place_and_with_the_request_that_it_met() {
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            note_panic(panic);
            former(panic);
        }));
        let seen = Arc::new(Seen::new(Trace::begun(), "one".to_owned()));
        let met = within(Some(Arc::clone(&seen)), || {
            std::panic::catch_unwind(|| std::panic::panic_any("Nguyen Van Kin"))
        });
        assert!(met.is_err());
        let place = seen.panicked.get().expect("a place");
        assert!(place.starts_with("src/telemetry/mod.rs:"), "{place}");
        let closed = Seen::new(Trace::begun(), "two".to_owned());
        closed.tell();
        assert!(!closed.panicked(place.clone()), "it needs a line of its own");
        assert_eq!(closed.panicked.get(), None);
    }
}
