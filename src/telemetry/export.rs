//! Spans on their way to an OpenTelemetry collector (OBS-04). A request leaves a few numbers in a bounded queue and
//! goes on; one task sends them. What finds no room or cannot be sent is dropped and counted, never waited for.
//!
//! OpenTelemetry's own batch processor has a thread of its own and counts what it drops in a line at its end only.

use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use prost::Message as _;
use reqwest::Url;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::metrics::{Operation, PROBES};
use super::otlp::{self, Span};
use super::trace::Trace;

/// Spans that wait at most, about 150 bytes each.
const QUEUE: usize = 2048;
/// Spans of one message.
const BATCH: usize = 512;
/// How long a span waits for others.
const PERIOD: Duration = Duration::from_secs(1);
/// For one exchange with the collector.
const TIMEOUT: Duration = Duration::from_secs(5);
/// For the last ones, when the process ends.
pub const FLUSH: Duration = Duration::from_secs(3);
/// Most bytes of the collector's answer that are read.
const MOST_ANSWER: usize = 64 * 1024;

/// Where spans go, and of which traces.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Where the collector takes traces.
    pub traces: Url,
    /// Share of the traces that begin here.
    pub roots: f64,
}

impl Target {
    /// The target of a collector's base address.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn new(base: &str, roots: f64) -> Result<Self, String> {
        let fault = || {
            format!("{base:?} is no address of a collector: http or https, without user, query and fragment")
        };
        let mut traces = Url::parse(base).map_err(|_| fault())?;
        let plain = traces.username().is_empty()
            && traces.password().is_none()
            && traces.query().is_none()
            && traces.fragment().is_none();
        if !["http", "https"].contains(&traces.scheme()) || !plain {
            return Err(fault());
        }
        traces
            .path_segments_mut()
            .map_err(|()| fault())?
            .pop_if_empty()
            .extend(["v1", "traces"]);
        Ok(Self { traces, roots })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// What became of spans.
#[derive(Debug)]
struct Counts {
    exported: Counter,
    dropped: Family<Reason, Counter>,
    /// No room in the queue.
    queue_full: Counter,
    /// The collector was not reached, or did not take the message.
    unsent: Counter,
    /// The collector took the message but not these spans of it.
    refused: Counter,
}

impl Default for Counts {
    fn default() -> Self {
        let dropped = Family::<Reason, Counter>::default();
        // From the beginning on: of a series that is born with its first drop, Prometheus sees no increase.
        let of = |reason| dropped.get_or_create_owned(&Reason { reason });
        Self {
            exported: Counter::default(),
            queue_full: of("queue_full"),
            unsent: of("unsent"),
            refused: of("refused"),
            dropped,
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<VecDeque<Span>>,
    /// A message is full.
    full: Notify,
    counts: Counts,
}

impl Shared {
    fn add(&self, span: Span) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= QUEUE {
            drop(waiting);
            self.counts.queue_full.inc();
            return;
        }
        waiting.push_back(span);
        let full = waiting.len() == BATCH;
        drop(waiting);
        if full {
            self.full.notify_one();
        }
    }

    /// The spans of the next message, and how many are left.
    fn take(&self) -> (Vec<Span>, usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let most = waiting.len().min(BATCH);
        (waiting.drain(..most).collect(), waiting.len())
    }
}

/// Where requests leave their spans.
#[derive(Debug)]
pub struct Spans {
    shared: Arc<Shared>,
    roots: f64,
}

impl Spans {
    /// Decides about a trace that begins here.
    pub fn sample(&self, trace: &mut Trace) {
        trace.sample(self.roots);
    }

    /// Leaves the span of a request that ends now with this status and, where it was refused, this code. Probes leave
    /// none.
    pub fn leave(
        &self,
        trace: &Trace,
        method: &str,
        operation: Option<Operation>,
        outcome: (u16, Option<&'static str>),
        took: Duration,
    ) {
        let probe = operation.is_some_and(|operation| operation.index < PROBES.len());
        if trace.is_sampled() && !probe {
            self.shared.add(Span::of(trace, method, operation, outcome, took));
        }
    }

    /// Names the numbers.
    pub fn register(&self, registry: &mut Registry) {
        let counts = &self.shared.counts;
        registry.register(
            "thidua_spans_exported",
            "Spans that the collector took",
            counts.exported.clone(),
        );
        registry.register(
            "thidua_spans_dropped",
            "Spans that the collector never had, by reason",
            counts.dropped.clone(),
        );
    }
}

/// The task that sends.
#[derive(Debug)]
pub struct Exporting {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

/// Starts to send on the runtime of the caller.
///
/// # Errors
/// TLS cannot be set up.
pub fn start(target: &Target) -> Result<(Spans, Exporting), String> {
    let shared = Arc::<Shared>::default();
    let sender = Sender {
        shared: Arc::clone(&shared),
        client: client(&target.traces)?,
        address: target.traces.clone(),
        resource: otlp::resource(),
        failing: false,
    };
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(sender.run(stopped));
    let roots = target.roots;
    Ok((Spans { shared, roots }, Exporting { task, stop }))
}

impl Exporting {
    /// Sends what waits, in bounded time.
    pub async fn stop(self) {
        // The task cannot have ended by itself.
        let _told = self.stop.send(());
        let abort = self.task.abort_handle();
        if tokio::time::timeout(FLUSH, self.task).await.is_err() {
            abort.abort();
            tracing::warn!("the last spans were not sent in time");
        }
    }
}

/// No redirects and no proxy from the environment: spans go where the settings say.
fn client(address: &Url) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(TIMEOUT);
    if address.scheme() == "http" {
        // A machine without any certificate store must still start.
        builder = builder.tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|fault| format!("telemetry.otlp_endpoint: TLS cannot be set up: {fault}"))
}

struct Sender {
    shared: Arc<Shared>,
    client: reqwest::Client,
    address: Url,
    resource: Resource,
    /// Whether the last message was not taken: an outage is one line of the log, not one for each message.
    failing: bool,
}

impl Sender {
    async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let shared = Arc::clone(&self.shared);
        let mut period = tokio::time::interval(PERIOD);
        period.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let stopping = tokio::select! {
                _ = &mut stop => true,
                _ = period.tick() => false,
                () = shared.full.notified() => false,
            };
            // Full messages, and one that is not; at the end all.
            let enough = if stopping { 1 } else { BATCH };
            loop {
                let (batch, left) = shared.take();
                let taken = batch.is_empty() || self.send(&batch).await;
                if left < enough {
                    break;
                }
                if stopping && !taken {
                    shared.counts.unsent.inc_by(number(left));
                    break;
                }
            }
            if stopping {
                return;
            }
        }
    }

    /// Sends one message, and says whether it was taken. It is not tried again: the log has a line of each request
    /// anyway, and what waits for a dead collector would only keep newer spans out.
    async fn send(&mut self, batch: &[Span]) -> bool {
        let spans = number(batch.len());
        let counts = &self.shared.counts;
        match self.post(batch).await {
            Ok(refused) => {
                let refused = refused.min(spans);
                counts.refused.inc_by(refused);
                counts.exported.inc_by(spans.saturating_sub(refused));
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the collector takes spans again");
                }
                true
            }
            Err(cause) => {
                counts.unsent.inc_by(spans);
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::warn!(cause, "the collector takes no spans; they are dropped");
                }
                false
            }
        }
    }

    /// How many of these spans the collector refused.
    async fn post(&self, batch: &[Span]) -> Result<u64, String> {
        let message = otlp::request(self.resource.clone(), batch).encode_to_vec();
        let request = self.client.post(self.address.clone());
        let request = request.header("content-type", "application/x-protobuf");
        let mut answer = request.body(message).send().await.map_err(chain)?;
        if !answer.status().is_success() {
            return Err(format!("it answered {}", answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(chain)? {
            if body.len().saturating_add(chunk.len()) > MOST_ANSWER {
                return Ok(0);
            }
            body.extend_from_slice(&chunk);
        }
        // What is no such message says nothing against the spans: the status was good.
        let answer = ExportTraceServiceResponse::decode(body.as_slice()).unwrap_or_default();
        let refused = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
        Ok(u64::try_from(refused).unwrap_or(0))
    }
}

fn number(spans: usize) -> u64 {
    u64::try_from(spans).unwrap_or(u64::MAX)
}

/// An error with its causes; the outermost one of a client only names the address.
fn chain(error: reqwest::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_go_below_the_address_of_the_collector() {
        for (base, traces) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("https://otel.example/in", "https://otel.example/in/v1/traces"),
        ] {
            assert_eq!(Target::new(base, 1.0).unwrap().traces.as_str(), traces);
        }
        for bad in [
            "127.0.0.1:4318",
            "localhost:4318",
            "grpc://otel:4317",
            "http://",
            "http://user:secret@otel:4318",
            "http://otel:4318/?key=secret",
            "http://otel:4318/#a",
        ] {
            assert!(Target::new(bad, 1.0).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_queue_is_bounded_and_what_finds_no_room_is_counted() {
        let shared = Arc::<Shared>::default();
        let spans = Spans {
            shared: Arc::clone(&shared),
            roots: 1.0,
        };
        let leave = |probe: bool| {
            let mut trace = Trace::begun();
            spans.sample(&mut trace);
            let operation = probe.then_some(Operation {
                method: "GET",
                route: "/livez",
                index: 0,
            });
            spans.leave(&trace, "GET", operation, (200, None), Duration::ZERO);
        };
        leave(true);
        assert_eq!(shared.take().0.len(), 0, "a probe");
        spans.leave(&Trace::begun(), "GET", None, (200, None), Duration::ZERO);
        assert_eq!(shared.take().0.len(), 0, "not sampled");
        for _ in 0..QUEUE + 3 {
            leave(false);
        }
        assert_eq!(shared.counts.queue_full.get(), 3);
        let (batch, left) = shared.take();
        assert_eq!((batch.len(), left), (BATCH, QUEUE - BATCH));
    }
}
