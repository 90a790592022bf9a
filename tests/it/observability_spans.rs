//! Spans for a collector (OBS-04): the running binary, and a collector that keeps what it is sent.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use thidua::domain::caller::PrincipalKind;

use crate::support::process::free_address;
use crate::support::served::Served;
use crate::support::world::{BOOTSTRAP, token};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// What a collector was sent: address, content type, message.
type Received = Arc<Mutex<Vec<(String, String, Vec<u8>)>>>;

struct Collector {
    base: String,
    received: Received,
}

impl Collector {
    /// A collector that answers so.
    fn start(status: u16, answer: ExportTraceServiceResponse) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let received = Received::default();
        let kept = Arc::clone(&received);
        let server = HttpServer::new(move || {
            let (kept, answer) = (Arc::clone(&kept), answer.encode_to_vec());
            App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                let kind = request.headers().get("content-type");
                let kind = kind.map(|kind| kind.to_str().unwrap().to_owned());
                kept.lock().unwrap().push((
                    request.uri().to_string(),
                    kind.unwrap_or_default(),
                    body.to_vec(),
                ));
                let status = actix_web::http::StatusCode::from_u16(status).unwrap();
                let answer = HttpResponse::build(status).body(answer.clone());
                async move { answer }
            }))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap();
        tokio::spawn(server.run());
        Self { base, received }
    }

    fn good() -> Self {
        Self::start(200, ExportTraceServiceResponse::default())
    }

    fn messages(&self) -> Vec<ExportTraceServiceRequest> {
        let received = self.received.lock().unwrap();
        let messages = received.iter().map(|(address, kind, body)| {
            assert_eq!(
                (address.as_str(), kind.as_str()),
                ("/v1/traces", "application/x-protobuf")
            );
            ExportTraceServiceRequest::decode(body.as_slice()).unwrap()
        });
        messages.collect()
    }

    fn resources(&self) -> Vec<Resource> {
        let messages = self.messages().into_iter();
        messages
            .flat_map(|message| message.resource_spans)
            .map(|of| of.resource.unwrap())
            .collect()
    }

    fn spans(&self) -> Vec<Span> {
        let messages = self.messages().into_iter();
        messages
            .flat_map(|message| message.resource_spans)
            .flat_map(|of| of.scope_spans)
            .flat_map(|of| of.spans)
            .collect()
    }

    /// The spans, when there are so many.
    async fn wait(&self, number: usize) -> Vec<Span> {
        until(|| async { self.spans().len() >= number }).await;
        self.spans()
    }

    /// A service that sends to it.
    async fn served(&self, more: &str) -> Served {
        sending(&self.base, more).await
    }
}

async fn sending(base: &str, more: &str) -> Served {
    Served::start(&format!("[telemetry]\notlp_endpoint = \"{base}\"\n{more}")).await
}

/// Whatever does not come in a minute will not.
async fn until<F: Future<Output = bool>>(there: impl Fn() -> F) {
    for _ in 0..1200 {
        if there().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not come");
}

fn get(served: &Served, path: &str) -> reqwest::RequestBuilder {
    reqwest::Client::new().get(format!("{}{path}", served.base))
}

fn parent(flags: &str) -> String {
    format!("00-{TRACE}-{CALLER}-{flags}")
}

fn shown(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

fn value(metrics: &str, series: &str) -> u64 {
    let rest = metrics.lines().find_map(|line| line.strip_prefix(series));
    let rest = rest.unwrap_or_else(|| panic!("{series} in\n{metrics}"));
    rest.trim().parse().unwrap()
}

fn dropped(metrics: &str, reason: &str) -> u64 {
    value(
        metrics,
        &format!("thidua_spans_dropped_total{{reason=\"{reason}\"}}"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_span_in_the_trace_of_its_caller_and_no_personal_data() {
    let collector = Collector::good();
    let served = collector.served("").await;
    let administrator = token(BOOTSTRAP, PrincipalKind::User);
    let refused = get(&served, "/v1/campaigns/ma-so-kin?q=Nguyen-Van-Kin")
        .bearer_auth("not.a.token")
        .header("traceparent", parent("01"))
        .header("tracestate", "vendor=bi-mat")
        .header("x-request-id", "Tran-Thi-Kin")
        .send()
        .await
        .unwrap();
    let status = refused.status().as_u16();
    let problem: serde_json::Value = refused.json().await.unwrap();
    get(&served, "/v1/individuals?q=Nguyen-Van-Kin")
        .bearer_auth(&administrator)
        .send()
        .await
        .unwrap();
    let method = reqwest::Method::from_bytes(b"NGUYEN").unwrap();
    reqwest::Client::new()
        .request(method, format!("{}/v1/le-thi-kin", served.base))
        .send()
        .await
        .unwrap();
    let spans = collector.wait(3).await;

    assert_eq!(spans.len(), 3, "the probes have none: {spans:?}");
    let span = spans
        .iter()
        .find(|span| hex::encode(&span.trace_id) == TRACE)
        .unwrap();
    assert_eq!(problem["trace_id"], TRACE);
    assert_eq!(hex::encode(&span.parent_span_id), CALLER);
    let line = &served.lines_of("Tran-Thi-Kin")[0];
    assert_eq!(line["span_id"], hex::encode(&span.span_id));
    assert_eq!(span.kind(), SpanKind::Server);
    assert!(span.name.starts_with("GET /v1/campaigns/{"), "{}", span.name);
    for (key, value) in [
        ("http.request.method", "GET".to_owned()),
        ("http.route", line["route"].as_str().unwrap().to_owned()),
        ("http.response.status_code", status.to_string()),
    ] {
        assert_eq!(shown(&span.attributes, key), Some(value), "{key}");
    }
    assert!(0 < span.start_time_unix_nano && span.start_time_unix_nano <= span.end_time_unix_nano);
    let roots = spans.iter().filter(|span| span.parent_span_id.is_empty());
    assert_eq!(roots.count(), 2);
    let resource = &collector.resources()[0].attributes;
    for (key, value) in [
        ("service.name", "thidua"),
        ("service.version", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(shown(resource, key).as_deref(), Some(value));
    }

    let sent: Vec<u8> = collector
        .received
        .lock()
        .unwrap()
        .iter()
        .flat_map(|(_, _, body)| body.clone())
        .collect();
    let sent = String::from_utf8_lossy(&sent).to_lowercase();
    for secret in [
        "kin",
        "nguyen",
        "not.a.token",
        "bi-mat",
        BOOTSTRAP,
        "127.0.0.1",
        &administrator[..20],
    ] {
        assert!(!sent.contains(&secret.to_lowercase()), "{secret} in {sent}");
    }
    until(|| async { value(&served.scrape().await, "thidua_spans_exported_total") == 3 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_decides_about_his_trace_and_the_share_about_new_ones() {
    let collector = Collector::good();
    let mut served = collector.served("otlp_root_share = 0.0\n").await;
    for flags in ["00", "01"] {
        let asked = get(&served, "/v1/nothing").header("traceparent", parent(flags));
        asked.send().await.unwrap();
    }
    get(&served, "/v1/nothing").send().await.unwrap();
    // What waits is sent before the process ends.
    served.signal("TERM");
    assert!(served.ended().success());
    let spans = collector.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!(hex::encode(&spans[0].trace_id), TRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_requests_are_answered_and_their_spans_counted() {
    let mut served = sending(&format!("http://{}", free_address()), "").await;
    for number in 1..=2 {
        for _ in 0..20 {
            assert_eq!(get(&served, "/v1/nothing").send().await.unwrap().status(), 404);
        }
        until(|| async { dropped(&served.scrape().await, "unsent") == number * 20 }).await;
    }
    assert_eq!(value(&served.scrape().await, "thidua_spans_exported_total"), 0);
    let told = served.log().matches("the collector takes no spans").count();
    assert_eq!(told, 1, "an outage is one line: {}", served.log());
    get(&served, "/v1/nothing").send().await.unwrap();
    served.signal("TERM");
    assert!(served.ended().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_collector_does_not_take_is_counted() {
    let collector = Collector::start(503, ExportTraceServiceResponse::default());
    let served = collector.served("").await;
    get(&served, "/v1/nothing").send().await.unwrap();
    until(|| async { dropped(&served.scrape().await, "unsent") == 1 }).await;

    let partly = ExportTracePartialSuccess {
        rejected_spans: 1,
        error_message: "too old".to_owned(),
    };
    let collector = Collector::start(
        200,
        ExportTraceServiceResponse {
            partial_success: Some(partly),
        },
    );
    let served = collector.served("").await;
    get(&served, "/v1/nothing").send().await.unwrap();
    until(|| async { dropped(&served.scrape().await, "refused") == 1 }).await;
}

/// A collector that takes connections and says nothing holds up no request and not the end of the process.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_collector_holds_nothing_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut served = sending(&base, "[limits]\naddress_requests = 0\n").await;
    // More than wait and are under way together.
    let (client, address) = (reqwest::Client::new(), format!("{}/v1/nothing", served.base));
    for _ in 0..2600 {
        assert_eq!(client.get(&address).send().await.unwrap().status(), 404);
    }
    let metrics = served.scrape().await;
    assert_eq!(value(&metrics, "thidua_spans_exported_total"), 0);
    until(|| async { dropped(&served.scrape().await, "unsent") > 0 }).await;
    client.get(&address).send().await.unwrap();
    served.signal("TERM");
    assert!(served.ended().success());
    drop(listener);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_by_default() {
    let mut served = Served::start("").await;
    let sampled = get(&served, "/v1/nothing").header("traceparent", parent("01"));
    sampled.send().await.unwrap();
    let metrics = served.scrape().await;
    assert!(!metrics.contains("thidua_spans"), "{metrics}");
    served.signal("TERM");
    assert!(served.ended().success());
    assert!(!served.log().contains("collector"), "{}", served.log());
}
