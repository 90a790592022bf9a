//! Spans in OpenTelemetry's own messages (OTLP 1), named by its semantic conventions for HTTP servers.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{self as wire, ResourceSpans, ScopeSpans, Status};

use super::metrics::Operation;
use super::trace::Trace;
use crate::domain::time::{Clock as _, Instant, SystemClock};

/// Methods that are told; anybody can invent others.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
];
/// In the flags of a span: it is known whether its parent is remote, and it is.
const KNOWS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// One answered request: numbers, and texts of this program, so that nothing that was sent gets out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Trace, own span, caller's span, flags.
    place: (u128, u64, Option<u64>, u8),
    method: &'static str,
    route: Option<&'static str>,
    status: u16,
    code: Option<&'static str>,
    ended: Instant,
    took: Duration,
}

impl Span {
    /// A request that ends now.
    pub(super) fn of(
        trace: &Trace,
        method: &str,
        operation: Option<Operation>,
        (status, code): (u16, Option<&'static str>),
        took: Duration,
    ) -> Self {
        let known = METHODS.into_iter().find(|known| *known == method);
        Self {
            place: trace.place(),
            method: known.unwrap_or("_OTHER"),
            route: operation.map(|operation| operation.route),
            status,
            code,
            ended: SystemClock.now(),
            took,
        }
    }

    fn message(&self) -> wire::Span {
        let (trace, span, caller, flags) = self.place;
        let nanos = |at: Instant| u64::try_from(at.micros()).unwrap_or(0).saturating_mul(1000);
        let failed = self.status >= 500;
        let mut attributes = vec![
            text("http.request.method", self.method),
            attribute(
                "http.response.status_code",
                Value::IntValue(i64::from(self.status)),
            ),
        ];
        attributes.extend(self.route.map(|route| text("http.route", route)));
        if failed {
            let status = self.status.to_string();
            attributes.push(text("error.type", self.code.unwrap_or(&status)));
        }
        let method = if self.method == "_OTHER" {
            "HTTP"
        } else {
            self.method
        };
        wire::Span {
            trace_id: trace.to_be_bytes().to_vec(),
            span_id: span.to_be_bytes().to_vec(),
            parent_span_id: caller
                .map(|caller| caller.to_be_bytes().to_vec())
                .unwrap_or_default(),
            flags: u32::from(flags) | KNOWS_REMOTE | if caller.is_some() { IS_REMOTE } else { 0 },
            name: match self.route {
                Some(route) => format!("{method} {route}"),
                None => method.to_owned(),
            },
            kind: SpanKind::Server.into(),
            start_time_unix_nano: nanos(self.ended.minus(self.took)),
            end_time_unix_nano: nanos(self.ended),
            attributes,
            status: failed.then(|| Status {
                code: StatusCode::Error.into(),
                message: String::new(),
            }),
            ..wire::Span::default()
        }
    }
}

/// Who tells: the service, and one of its processes.
pub(super) fn resource() -> Resource {
    let instance = uuid::Uuid::new_v4().to_string();
    Resource {
        attributes: vec![
            text("service.name", "thidua"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", &instance),
        ],
        ..Resource::default()
    }
}

/// The message that carries these spans.
pub(super) fn request(resource: Resource, spans: &[Span]) -> ExportTraceServiceRequest {
    let scope = InstrumentationScope {
        name: "thidua".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let spans = ScopeSpans {
        scope: Some(scope),
        spans: spans.iter().map(Span::message).collect(),
        ..ScopeSpans::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![spans],
            ..ResourceSpans::default()
        }],
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(method: &str, status: u16, code: Option<&'static str>) -> wire::Span {
        let operation = (method == "GET").then_some(Operation {
            method: "GET",
            route: "/v1/campaigns/{id}",
            index: 7,
        });
        let took = Duration::from_millis(20);
        Span::of(&Trace::begun(), method, operation, (status, code), took).message()
    }

    fn shown(span: &wire::Span, key: &str) -> Option<String> {
        let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
        match found.value.clone()?.value? {
            Value::StringValue(text) => Some(text),
            Value::IntValue(number) => Some(number.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_span_is_named_by_its_route_and_failed_where_the_service_did() {
        let good = message("GET", 404, Some("resource.not_found"));
        assert_eq!(good.name, "GET /v1/campaigns/{id}");
        assert_eq!(shown(&good, "http.route").as_deref(), Some("/v1/campaigns/{id}"));
        assert_eq!(shown(&good, "http.response.status_code").as_deref(), Some("404"));
        assert_eq!((shown(&good, "error.type"), &good.status), (None, &None));
        assert!(good.parent_span_id.is_empty() && good.flags == KNOWS_REMOTE);
        assert_eq!((good.trace_id.len(), good.span_id.len()), (16, 8));
        assert_eq!(good.end_time_unix_nano - good.start_time_unix_nano, 20_000_000);
        for (code, told) in [(Some("service.internal"), "service.internal"), (None, "503")] {
            let bad = message("GET", 503, code);
            assert_eq!(shown(&bad, "error.type").as_deref(), Some(told));
            assert_eq!(bad.status.unwrap().code(), StatusCode::Error);
        }
    }

    #[test]
    fn an_invented_method_is_not_told() {
        let span = message("NGUYEN", 405, None);
        assert_eq!(span.name, "HTTP");
        assert_eq!(shown(&span, "http.request.method").as_deref(), Some("_OTHER"));
    }
}
