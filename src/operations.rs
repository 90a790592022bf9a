//! The listener for the operations room, apart from the public one: numbers for Prometheus, and which build
//! this is (OBS-05, OBS-11). It knows no callers and no tokens; the network keeps others away from it.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::app::vitals;
use crate::domain::time::{Clock as _, Instant, SystemClock};
use crate::server::Parts;

mod pools;

/// The commit that the binary was built from, where the build was told (`Dockerfile`).
const COMMIT: &str = match option_env!("THIDUA_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};
/// When it was built, where the build was told: a clock read by the build would make each one another.
const BUILT_AT: &str = match option_env!("THIDUA_BUILT_AT") {
    Some(at) => at,
    None => "unknown",
};

type Fraction = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Issuer {
    issuer: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Fetch {
    issuer: String,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KeyKind {
    issuer: String,
    kind: &'static str,
}

/// What is asked for when somebody asks for the numbers.
#[derive(Default)]
struct Asked {
    jwks_usable: Family<Issuer, Gauge>,
    jwks_age: Family<Issuer, Fraction>,
    jwks_fetches: Family<Fetch, Counter>,
    jwks_unknown: Family<Issuer, Counter>,
    jwks_keys: Family<KeyKind, Gauge>,
    database_up: Gauge,
    schema_current: Gauge,
    read_only: Gauge,
    skew: Fraction,
    unsealed: Gauge,
    oldest: Fraction,
}

struct Room {
    parts: Parts,
    registry: Registry,
    asked: Asked,
}

/// Serves on a listener until the task is aborted.
///
/// # Errors
/// The listener's error.
pub fn start(listener: TcpListener, parts: &Parts) -> std::io::Result<tokio::task::JoinHandle<()>> {
    let room = web::Data::new(Room::new(parts));
    let factory = move || {
        ActixApp::new()
            .app_data(room.clone())
            .route("/metrics", web::get().to(metrics))
            .route("/version", web::get().to(version))
    };
    // One thread: nobody waits here but a scraper.
    let server = HttpServer::new(factory).workers(1).disable_signals();
    let server = server.shutdown_timeout(1).listen(listener)?.run();
    Ok(tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the listener for metrics ended");
        }
    }))
}

impl Room {
    fn new(parts: &Parts) -> Self {
        let mut registry = Registry::default();
        // A gauge, not an info: that kind is unknown to readers of the older text format.
        let build = Family::<[(&str, &str); 3], Gauge>::default();
        let labels = [
            ("version", env!("CARGO_PKG_VERSION")),
            ("commit", COMMIT),
            ("schema", vitals::schema_version()),
        ];
        build.get_or_create(&labels).set(1);
        registry.register("thidua_build_info", "Which build this is", build);
        let started = Fraction::default();
        let epoch = Instant::from_micros(0).unwrap_or(Instant::MIN);
        started.set(SystemClock.now().since(epoch).as_secs_f64());
        registry.register("process_start_time_seconds", "When the process started", started);
        parts.observer.requests.register(&mut registry);
        if let Some(spans) = &parts.observer.spans {
            spans.register(&mut registry);
        }
        registry.register_collector(Box::new(pools::Pools(parts.app.db.clone())));
        let asked = Asked::default();
        asked.register(&mut registry);
        Self {
            parts: parts.clone(),
            registry,
            asked,
        }
    }
}

impl Asked {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "thidua_jwks_usable",
            "1 when tokens of the issuer can be verified",
            self.jwks_usable.clone(),
        );
        registry.register(
            "thidua_jwks_age_seconds",
            "Time since the last good fetch of the issuer's keys",
            self.jwks_age.clone(),
        );
        registry.register(
            "thidua_jwks_fetches",
            "Fetches of the issuer's keys",
            self.jwks_fetches.clone(),
        );
        registry.register(
            "thidua_jwks_unknown_keys",
            "Tokens that named an unknown key",
            self.jwks_unknown.clone(),
        );
        registry.register(
            "thidua_jwks_keys",
            "Usable keys of the issuer, by what they are made of",
            self.jwks_keys.clone(),
        );
        registry.register(
            "thidua_database_up",
            "1 when the database answered this scrape within a second",
            self.database_up.clone(),
        );
        registry.register(
            "thidua_schema_current",
            "1 when this build serves on the schema",
            self.schema_current.clone(),
        );
        registry.register(
            "thidua_read_only",
            "1 while writes are refused (database.read_only)",
            self.read_only.clone(),
        );
        registry.register(
            "thidua_clock_skew_seconds",
            "How far this machine's clock is ahead of the database's",
            self.skew.clone(),
        );
        registry.register(
            "thidua_journal_unsealed_entries",
            "Entries of the journal that wait for their seal",
            self.unsealed.clone(),
        );
        registry.register(
            "thidua_journal_oldest_unsealed_seconds",
            "How long the oldest of them has waited",
            self.oldest.clone(),
        );
    }

    /// Asks for what nobody counts.
    async fn refresh(&self, parts: &Parts) {
        for status in parts.verifier.key_status() {
            let issuer = Issuer {
                issuer: status.issuer,
            };
            self.jwks_usable
                .get_or_create(&issuer)
                .set(i64::from(status.usable));
            if let Some(age) = status.age {
                self.jwks_age.get_or_create(&issuer).set(age.as_secs_f64());
            }
            let unknown = self.jwks_unknown.get_or_create_owned(&issuer);
            unknown.inner().store(status.unknown_keys, Ordering::Relaxed);
            for (kind, count) in status.keys {
                let issuer = issuer.issuer.clone();
                let keys = self.jwks_keys.get_or_create_owned(&KeyKind { issuer, kind });
                keys.set(i64::try_from(count).unwrap_or(i64::MAX));
            }
            for (result, count) in [("good", status.fetches_good), ("failed", status.fetches_failed)] {
                let issuer = issuer.issuer.clone();
                let fetches = self.jwks_fetches.get_or_create_owned(&Fetch { issuer, result });
                fetches.inner().store(count, Ordering::Relaxed);
            }
        }
        self.read_only.set(i64::from(parts.app.db.is_read_only()));
        match parts.app.vitals().await {
            Ok(vitals) => {
                self.database_up.set(1);
                self.schema_current.set(i64::from(vitals.serves_on_schema));
                let micros = vitals.skew.unwrap_or(0);
                let seconds = Duration::from_micros(micros.unsigned_abs()).as_secs_f64();
                self.skew.set(if micros < 0 { -seconds } else { seconds });
                self.unsealed.set(vitals.unsealed);
                self.oldest.set(vitals.oldest.as_secs_f64());
            }
            Err(error) => {
                // What it said last stays: a gap would end an alert about the journal.
                self.database_up.set(0);
                let cause = error.cause.as_deref().unwrap_or(error.code.as_str());
                tracing::warn!(cause, "the database did not answer for the metrics");
            }
        }
    }
}

async fn metrics(room: web::Data<Room>) -> HttpResponse {
    room.asked.refresh(&room.parts).await;
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &room.registry) {
        Ok(()) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[derive(serde::Serialize)]
struct Version {
    version: &'static str,
    commit: &'static str,
    built_at: &'static str,
    schema: &'static str,
}

async fn version() -> HttpResponse {
    HttpResponse::Ok().json(Version {
        version: env!("CARGO_PKG_VERSION"),
        commit: COMMIT,
        built_at: BUILT_AT,
        schema: vitals::schema_version(),
    })
}
