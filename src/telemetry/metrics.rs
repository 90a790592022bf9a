//! Numbers of the requests (OBS-05). They are counted whether or not anybody asks for them; who asks is
//! answered by `operations`.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::error::Code;
use crate::domain::policy::Denied;

/// OpenTelemetry's advice for the duration of HTTP requests, in seconds.
const BUCKETS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Classes of answers; an informational one is none.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// Clients that are told apart among those of operations that will go: a proven token names them, but an issuer may have
/// any number of them.
const CLIENTS: usize = 100;
/// Operations whose series are found by their index; more would be found by their names.
const INDEXED: usize = 256;

/// Asked by machines; that they say no is no failed request.
pub const PROBES: [&str; 3] = ["/livez", "/readyz", "/startupz"];

/// An operation that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Method.
    pub method: &'static str,
    /// Path template.
    pub route: &'static str,
    /// Its own number among the operations; the probes come first.
    pub index: usize,
}

/// A histogram of seconds.
pub fn seconds() -> Histogram {
    Histogram::new(BUCKETS)
}

/// What a request is counted under. Every value is one of a fixed few, so that nobody makes series by
/// asking for odd things (OBS-06).
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// Method of a documented operation; `other` for all else.
    pub method: &'static str,
    /// Path template of a documented operation; `unknown` for all else.
    pub route: &'static str,
    /// `2xx` and so on.
    pub status_class: &'static str,
}

/// What every answer is counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    status_class: &'static str,
}

/// What a refusal is counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemLabels {
    code: &'static str,
}

/// What a refusal of the policy is counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DenialLabels {
    action: &'static str,
    reason: &'static str,
}

/// What a request for an operation that will go is counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeprecatedLabels {
    operation: &'static str,
    client: String,
}

/// Numbers of the requests of one server.
pub struct RequestMetrics {
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
    /// The same series by operation and class, so that no request looks for its own.
    series: Box<[[OnceLock<Histogram>; CLASSES.len()]]>,
    answers: Family<AnswerLabels, Counter>,
    /// The same by class.
    answered: [Counter; CLASSES.len()],
    /// Requests under way.
    pub active: Gauge,
    problems: Family<ProblemLabels, Counter>,
    denials: Family<DenialLabels, Counter>,
    deprecated: Family<DeprecatedLabels, Counter>,
    /// Clients that were told apart so far.
    clients: Mutex<HashSet<String>>,
    /// Answers that were given again to the same idempotency key.
    pub replays: Counter,
    /// Requests whose client went away before the answer.
    pub abandoned: Counter,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        // From the beginning on: of a series that is born with its first error, Prometheus sees no increase.
        let answers = Family::<AnswerLabels, Counter>::default();
        let answered =
            CLASSES.map(|status_class| answers.get_or_create_owned(&AnswerLabels { status_class }));
        Self {
            answers,
            answered,
            series: (0..INDEXED).map(|_| Default::default()).collect(),
            durations: Family::new_with_constructor(seconds),
            active: Gauge::default(),
            problems: Family::default(),
            denials: Family::default(),
            deprecated: Family::default(),
            clients: Mutex::default(),
            replays: Counter::default(),
            abandoned: Counter::default(),
        }
    }
}

impl RequestMetrics {
    /// Counts an answered request.
    pub fn answered(&self, operation: Option<Operation>, status: u16, took: Duration) {
        let class = usize::from((status / 100).clamp(2, 5) - 2);
        let (Some(status_class), Some(counter)) = (CLASSES.get(class), self.answered.get(class)) else {
            return;
        };
        if operation.is_none_or(|operation| operation.index >= PROBES.len()) {
            counter.inc();
        }
        let labelled = || {
            self.durations.get_or_create_owned(&RequestLabels {
                method: operation.map_or("other", |operation| operation.method),
                route: operation.map_or("unknown", |operation| operation.route),
                status_class,
            })
        };
        let series = operation.and_then(|operation| self.series.get(operation.index)?.get(class));
        match series {
            Some(series) => series.get_or_init(labelled).observe(took.as_secs_f64()),
            None => labelled().observe(took.as_secs_f64()),
        }
    }

    /// Counts a refusal.
    pub fn refused(&self, code: Code) {
        let labels = ProblemLabels { code: code.as_str() };
        self.problems.get_or_create(&labels).inc();
    }

    /// Counts a refusal of the policy (AZN-13).
    pub fn denied(&self, denied: Denied) {
        let labels = DenialLabels {
            action: denied.action.as_str(),
            reason: denied.reason.as_str(),
        };
        self.denials.get_or_create(&labels).inc();
    }

    /// Counts a request for an operation that will go, so that whoever still asks for it can be told.
    pub fn deprecated(&self, operation: &'static str, client: Option<&str>) {
        let client = client
            .map_or("unknown", |client| self.told_apart(client))
            .to_owned();
        let labels = DeprecatedLabels { operation, client };
        self.deprecated.get_or_create(&labels).inc();
    }

    fn told_apart<'c>(&self, client: &'c str) -> &'c str {
        let mut known = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(client) || (known.len() < CLIENTS && known.insert(client.to_owned())) {
            client
        } else {
            "other"
        }
    }

    /// Names the numbers.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_server_request_duration_seconds",
            "Time from the head of a request to the head of its answer",
            self.durations.clone(),
        );
        registry.register(
            "thidua_answers",
            "Answers by the class of their status, without the probes'",
            self.answers.clone(),
        );
        registry.register(
            "http_server_active_requests",
            "Requests under way",
            self.active.clone(),
        );
        registry.register(
            "thidua_problems",
            "Refusals by their code, see /v1/meta/errors",
            self.problems.clone(),
        );
        registry.register(
            "thidua_access_denials",
            "Refusals of the policy, by what was asked for and whether the caller sees the object at all",
            self.denials.clone(),
        );
        registry.register(
            "thidua_deprecated_requests",
            "Requests for operations that will go, by operation and client",
            self.deprecated.clone(),
        );
        registry.register(
            "thidua_idempotent_replays",
            "Answers given again to the same idempotency key",
            self.replays.clone(),
        );
        registry.register(
            "thidua_abandoned_requests",
            "Requests whose client went away before the answer",
            self.abandoned.clone(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_what_will_go_are_bounded() {
        let metrics = RequestMetrics::default();
        for number in 0..1000 {
            metrics.deprecated("listThings", Some(&format!("client-{number}")));
        }
        metrics.deprecated("listThings", Some("client-7"));
        metrics.deprecated("listThings", None);
        let count = |client: &str| {
            let client = client.to_owned();
            let labels = DeprecatedLabels {
                operation: "listThings",
                client,
            };
            metrics.deprecated.get(&labels).map(|counter| counter.get())
        };
        assert_eq!((count("client-7"), count("client-99")), (Some(2), Some(1)));
        assert_eq!((count("client-100"), count("other")), (None, Some(900)));
        assert_eq!(count("unknown"), Some(1));
    }
}
