//! Probes: no token, no versions, no addresses (PRB-01, PRB-02, PRB-03).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, web};
use utoipa::ToSchema;

use super::Routes;
use super::observe::Unready;
use crate::app::{App, vitals};
use crate::identity::Verifier;
use crate::store::dialect;
use crate::store::tx::Standing;

/// The farthest that this machine's clock may be from the database's (C-13): beyond it, deadlines and
/// the times in the journal could not be believed.
const MOST_SKEW: Duration = Duration::from_secs(5);

/// What readiness depends on.
pub struct Readiness {
    app: App,
    verifier: Verifier,
    draining: Arc<AtomicBool>,
    last: tokio::sync::Mutex<Option<(Instant, Report)>>,
    /// Whether it was ever started: a database that is away later is no reason to start anew.
    started: AtomicBool,
}

impl Readiness {
    /// Readiness of this process.
    pub fn new(app: App, verifier: Verifier, draining: Arc<AtomicBool>) -> Self {
        Self {
            app,
            verifier,
            draining,
            last: tokio::sync::Mutex::new(None),
            started: AtomicBool::new(false),
        }
    }

    /// The checks, asked at most once a second, each for at most a second.
    async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        // A good answer holds for a second; a bad one is asked again soon, so that a service is ready as
        // soon as its keys are there.
        if let Some((at, report)) = last.as_ref()
            && at.elapsed() < Duration::from_millis(if report.passed() { 1000 } else { 50 })
        {
            return Report {
                draining: self.draining.load(Ordering::Relaxed),
                ..report.clone()
            };
        }
        let asked = self
            .app
            .db
            .probe(|conn| Ok((dialect::schema(conn)?, vitals::skew(conn)?)));
        // Without the copy the primary answers everything: readiness neither depends on it nor waits for it.
        let (answer, copy) = tokio::join!(
            tokio::time::timeout(Duration::from_secs(1), asked),
            tokio::time::timeout(Duration::from_millis(300), self.app.db.copy_standing()),
        );
        let known = answer.ok().and_then(Result::ok);
        let away = Standing {
            usable: false,
            behind: None,
        };
        let report = Report {
            database: known.is_some(),
            migrations: known.as_ref().is_some_and(|(schema, _)| schema.serves()),
            room: known.is_some() && self.app.finds_room().await,
            skew: known.and_then(|(_, skew)| skew).map(|micros| micros / 1000),
            jwks: self.verifier.ready(),
            draining: self.draining.load(Ordering::Relaxed),
            copy: copy.unwrap_or(Some(away)),
        };
        *last = Some((Instant::now(), report.clone()));
        report
    }
}

#[derive(Debug, Clone)]
struct Report {
    database: bool,
    migrations: bool,
    /// Whether what is written can be stored.
    room: bool,
    /// Milliseconds by which this machine's clock is ahead of the database's.
    skew: Option<i64>,
    jwks: bool,
    draining: bool,
    copy: Option<Standing>,
}

impl Report {
    fn passed(&self) -> bool {
        self.database && self.migrations && self.room && self.clock() && self.jwks
    }

    fn clock(&self) -> bool {
        self.skew
            .is_none_or(|skew| u128::from(skew.unsigned_abs()) <= MOST_SKEW.as_millis())
    }
}

/// State of the process.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthView {
    /// `ready`, `alive`, `started` or `unready`.
    #[schema(example = "ready")]
    pub status: String,
    /// The single checks; empty for liveness, and once started.
    pub checks: Vec<CheckView>,
}

/// One check.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(as = HealthCheck)]
pub struct CheckView {
    /// `database`, `migrations`, `room` (what is written can be stored), `clock`, `jwks` or `draining`; at the start also `keys_asked`. `copy` where
    /// lists and statistics may come from a standby: whether it is there; the service is ready without it.
    #[schema(example = "database")]
    pub name: String,
    /// Whether it is as it should be.
    pub passed: bool,
    /// With `clock`: milliseconds by which the service's clock is ahead of the database's; more than 5 000
    /// either way is too much. Absent where the database is embedded and shares the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 3)]
    pub skew_milliseconds: Option<i64>,
    /// With `copy`: bytes of the primary's log that the standby has not replayed yet; while there are any, the
    /// primary answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 0)]
    pub behind_bytes: Option<i64>,
}

/// Not needed to be ready.
const COPY: &str = "copy";

/// Registers the probes.
pub fn routes(config: &mut impl Routes) {
    config.service(live).service(ready).service(started);
}

/// Liveness
///
/// 200 while the process makes progress; depends on nothing outside.
#[utoipa::path(tag = "service", operation_id = "getLiveness", security(()), responses(
    (status = 200, description = "Alive.", body = HealthView)))]
#[get("/livez")]
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(HealthView {
        status: "alive".to_owned(),
        checks: Vec::new(),
    })
}

/// Readiness
///
/// 200 when requests can be served: database reachable, its schema one that this version serves on, room for
/// what is written, clock within 5 seconds of the database's, keys of every issuer there.
#[utoipa::path(tag = "service", operation_id = "getReadiness", security(()), responses(
    (status = 200, description = "Ready.", body = HealthView),
    (status = 503, description = "Not ready.", body = HealthView)))]
#[get("/readyz")]
async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    respond(&readiness.report().await)
}

/// Start-up
///
/// 200 from the moment on at which the database was reachable with a schema to serve on and the keys of every
/// issuer were asked for, whatever happens later; for orchestrators that ask separately.
#[utoipa::path(tag = "service", operation_id = "getStartup", security(()), responses(
    (status = 200, description = "Started.", body = HealthView),
    (status = 503, description = "Not started.", body = HealthView)))]
#[get("/startupz")]
async fn started(readiness: web::Data<Readiness>) -> HttpResponse {
    let was = readiness.started.load(Ordering::Relaxed);
    let checks = if was {
        Vec::new()
    } else {
        let report = readiness.report().await;
        vec![
            ("database", report.database),
            ("migrations", report.migrations),
            ("keys_asked", readiness.verifier.asked()),
        ]
    };
    let passed = checks.iter().all(|(_, passed)| *passed);
    readiness.started.fetch_or(passed, Ordering::Relaxed);
    let checks = checks.into_iter().map(|(name, passed)| CheckView {
        name: name.to_owned(),
        passed,
        skew_milliseconds: None,
        behind_bytes: None,
    });
    answer(passed, "started", checks.collect())
}

fn respond(report: &Report) -> HttpResponse {
    let checks = [
        ("database", report.database),
        ("migrations", report.migrations),
        ("room", report.room),
        ("clock", report.clock()),
        ("jwks", report.jwks),
        ("draining", !report.draining),
    ];
    let passed = checks.iter().all(|(_, passed)| *passed);
    let checks = checks.map(|(name, passed)| CheckView {
        name: name.to_owned(),
        passed,
        skew_milliseconds: report.skew.filter(|_| name == "clock"),
        behind_bytes: None,
    });
    let copy = report.copy.map(|copy| CheckView {
        name: COPY.to_owned(),
        passed: copy.usable,
        skew_milliseconds: None,
        behind_bytes: copy.behind,
    });
    answer(passed, "ready", checks.into_iter().chain(copy).collect())
}

fn answer(passed: bool, good: &str, checks: Vec<CheckView>) -> HttpResponse {
    let body = HealthView {
        status: if passed { good } else { "unready" }.to_owned(),
        checks,
    };
    if passed {
        return HttpResponse::Ok().json(body);
    }
    let failed = body
        .checks
        .iter()
        .filter(|check| !check.passed && check.name != COPY);
    let names: Vec<&str> = failed.map(|check| check.name.as_str()).collect();
    let unready = Unready(format!("not ready: {}", names.join(", ")));
    let mut response = HttpResponse::ServiceUnavailable().json(body);
    response.extensions_mut().insert(unready);
    response
}
