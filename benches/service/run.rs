//! One run: rounds over the databases, in each a fresh service and all operations, so that what changes with
//! time on the machine meets all of them alike (A B A B A B). Peers have their place after the database that they
//! are measured beside.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use thidua::domain::time::{Clock as _, SystemClock};
use thidua::store::connection::Conn;
use thidua::store::journal;

use crate::data::world;
use crate::databases::{self, Copied, Database, Server, generated};
use crate::load::{self, Phase};
use crate::operations::{self, LeftOut, Operation, Targets};
use crate::peers::{self, PEERS, Peer};
use crate::report::{OfDatabase, OfOperation, OfPeer, Report, Sample, median};
use crate::service::{CORE, GENERATOR_CORE, Issuer, Service};
use crate::sizes::Size;
use crate::{Outcome, process, say};

/// What is measured how long.
pub struct Wanted {
    /// Size of the data.
    pub size: Size,
    /// On which databases.
    pub databases: Vec<Database>,
    /// Rounds.
    pub rounds: u32,
    /// Length of each phase.
    pub phase: Duration,
    /// Most requests of each phase.
    pub most: u64,
    /// Whether the data is checked again at the end.
    pub check: bool,
    /// The service.
    pub binary: PathBuf,
    /// Only operations whose name contains this.
    pub only: Option<String>,
    /// Whether the peers are measured as well.
    pub peers: bool,
    /// PocketBase's program, where it is not to be installed.
    pub pocketbase: Option<PathBuf>,
}

/// What is under test.
enum Subject<'s> {
    Service(Database, Copied<'s>),
    Peer(Peer<'s>),
}

/// A subject through all rounds.
struct Lane<'s> {
    subject: Subject<'s>,
    server: Option<&'s Server>,
    operations: Vec<Operation>,
    cold_starts: Vec<f64>,
    idle: Vec<f64>,
    found: OfDatabase,
}

/// Runs everything.
pub async fn run(wanted: &Wanted) -> Outcome<Report> {
    // The server and whatever it starts later inherit the core.
    process::pin(std::process::id(), CORE);
    let server = if wanted.databases.contains(&Database::Postgres) {
        let started = Server::start()?;
        if started.is_none() {
            say("PostgreSQL is left out: no initdb was found");
        }
        started
    } else {
        None
    };
    let pinned = process::pin(std::process::id(), GENERATOR_CORE);
    let issuer = Issuer::start()?;
    let numbers = wanted.size.numbers();
    let tokens = Rc::new(issuer.tokens(&world::personas(&numbers))?);
    let mut lanes = Vec::new();
    let mut peers_left_out = BTreeMap::new();
    for database in &wanted.databases {
        let server = match database {
            Database::Sqlite => None,
            Database::Postgres if server.is_none() => continue,
            Database::Postgres => server.as_ref(),
        };
        say(&format!("{}: preparing", database.name()));
        let generated = generated(wanted.size.name(), &numbers, server)?;
        let copied = generated.copy(issuer.url())?;
        let targets = Rc::new(Targets::read(&mut copied.open()?, &numbers)?);
        let service = Service::start(&wanted.binary, &copied.url, &issuer).await?;
        let phases = u64::from(wanted.rounds) * 2;
        let (operations, left_out) =
            operations::all(service.address, &tokens, &numbers, &targets, phases, wanted.peers).await?;
        let mut lane = Lane::new(Subject::Service(*database, copied), server, operations);
        lane.select(wanted.only.as_deref(), left_out);
        lanes.push(lane);
        if !wanted.peers {
            continue;
        }
        drop(service);
        for (name, prepared) in peers::prepare(wanted, &generated, &issuer, &tokens, &targets).await {
            match prepared {
                Ok((peer, operations)) => {
                    let mut lane = Lane::new(Subject::Peer(peer), server, operations);
                    lane.select(wanted.only.as_deref(), Vec::new());
                    lanes.push(lane);
                }
                Err(error) => {
                    say(&format!("{name} is left out: {error}"));
                    peers_left_out.insert(name.to_owned(), error.to_string());
                }
            }
        }
    }
    for (name, beside) in PEERS {
        let known = peers_left_out.contains_key(name) || lanes.iter().any(|lane| lane.name() == name);
        if wanted.peers && !known {
            let reason = format!(
                "it is measured beside {}, which is not in this run",
                beside.name()
            );
            say(&format!("{name} is left out: {reason}"));
            peers_left_out.insert(name.to_owned(), reason);
        }
    }
    for round in 1..=wanted.rounds {
        for lane in &mut lanes {
            say(&format!("round {round} of {}: {}", wanted.rounds, lane.name()));
            match lane.round(wanted, &issuer).await {
                // What the service has shown is not lost with a peer.
                Err(error) if matches!(lane.subject, Subject::Peer(_)) => lane.fail(&error.to_string()),
                outcome => outcome?,
            }
        }
    }
    let (mut databases, mut beside) = (BTreeMap::new(), BTreeMap::new());
    for mut lane in lanes {
        lane.conclude();
        let (name, found) = (lane.name().to_owned(), lane.found);
        match lane.subject {
            Subject::Service(_, copied) => {
                if wanted.check {
                    databases::check(&mut copied.open()?)?;
                }
                databases.insert(name, found);
            }
            Subject::Peer(peer) => {
                let of = peer.beside().name().to_owned();
                beside.insert(name, OfPeer { beside: of, found });
            }
        }
    }
    Ok(Report {
        taken_at: SystemClock.now().to_string(),
        machine: format!("{}, {} cores", process::processor(), process::cores()),
        pinned,
        size: wanted.size.name().to_owned(),
        rounds: wanted.rounds,
        seconds: wanted.phase.as_secs_f64(),
        databases,
        peers: beside,
        peers_left_out,
    })
}

impl<'s> Lane<'s> {
    fn new(subject: Subject<'s>, server: Option<&'s Server>, operations: Vec<Operation>) -> Self {
        Self {
            subject,
            server,
            operations,
            cold_starts: Vec::new(),
            idle: Vec::new(),
            found: OfDatabase::default(),
        }
    }

    const fn name(&self) -> &'static str {
        match &self.subject {
            Subject::Service(database, _) => database.name(),
            Subject::Peer(peer) => peer.name(),
        }
    }

    fn fail(&mut self, failure: &str) {
        for found in &mut self.found.operations {
            found.failure.get_or_insert_with(|| failure.to_owned());
        }
    }

    fn select(&mut self, only: Option<&str>, left_out: Vec<LeftOut>) {
        let chosen = |name: &str| only.is_none_or(|part| name.contains(part));
        self.operations.retain(|operation| chosen(operation.name));
        self.found.operations = self
            .operations
            .iter()
            .map(|operation| OfOperation {
                name: operation.name.to_owned(),
                remark: operation.remark.clone(),
                ..OfOperation::default()
            })
            .collect();
        self.found.left_out = left_out
            .into_iter()
            .filter(|operation| chosen(operation.name))
            .map(|operation| (operation.name.to_owned(), operation.reason))
            .collect();
    }

    async fn round(&mut self, wanted: &Wanted, issuer: &Issuer) -> Outcome<()> {
        let service = match &self.subject {
            Subject::Service(_, copied) => Service::start(&wanted.binary, &copied.url, issuer).await?,
            Subject::Peer(peer) => peer.start().await?,
        };
        self.cold_starts.push(service.cold_start.as_secs_f64() * 1e3);
        self.idle.push(process::memory(service.pid()));
        let mut conn = match &self.subject {
            Subject::Service(_, copied) => Some(copied.open()?),
            Subject::Peer(_) => None,
        };
        for (operation, found) in self.operations.iter().zip(&mut self.found.operations) {
            if found.failure.is_some() {
                continue;
            }
            match measure(&service, self.server, operation, wanted, &mut conn).await? {
                Ok(sample) => found.rounds.push(sample),
                Err(failure) => found.failure = Some(failure),
            }
            found.answer_bytes = operation.answered.get();
        }
        let loaded = process::memory(service.pid());
        self.found.memory_loaded_mib = self.found.memory_loaded_mib.max(loaded);
        Ok(())
    }

    fn conclude(&mut self) {
        self.found.cold_start_ms = median(self.cold_starts.iter().copied());
        self.found.memory_idle_mib = median(self.idle.iter().copied());
        self.found.operations.iter_mut().for_each(OfOperation::conclude);
    }
}

/// CPU time of the service, of the database, and of the core on which both run.
fn used(service: &Service, server: Option<&Server>) -> [f64; 3] {
    [
        process::cpu(service.pid()),
        server.map_or(0.0, |server| process::cpu_with_children(server.pid)),
        process::busy(CORE),
    ]
}

/// One operation in one round: a little to warm up, saturation, half load.
async fn measure(
    service: &Service,
    server: Option<&Server>,
    operation: &Operation,
    wanted: &Wanted,
    conn: &mut Option<Conn>,
) -> Outcome<Result<Sample, String>> {
    let address = service.address;
    let most = operation.most.min(wanted.most);
    if operation.most == u64::MAX {
        let (time, share) = (wanted.phase / operation.warm_up, u64::from(operation.warm_up));
        let warm = load::closed(address, operation, time, most / share).await?;
        if let Some(failure) = failed(&warm) {
            return Ok(Err(failure));
        }
        sealed(operation, conn).await?;
    }
    let before = used(service, server);
    let began = std::time::Instant::now();
    let full = load::closed(address, operation, wanted.phase, most).await?;
    // Sealing is part of what a write costs, and happens a moment later.
    sealed(operation, conn).await?;
    let elapsed = began.elapsed().as_secs_f64() * 1e3;
    let after = used(service, server);
    if let Some(failure) = failed(&full) {
        return Ok(Err(failure));
    }
    if full.done == 0 {
        return Ok(Err("there was nothing to ask for".to_owned()));
    }
    let [service_ms, database_ms, busy] = [0, 1, 2].map(|index| after[index] - before[index]);
    let throughput = full.done as f64 / full.seconds;
    let mut requests = full.done;
    let mut latencies = full.latencies;
    if operation.half_load {
        let half = load::open(address, operation, throughput / 2.0, wanted.phase, most).await?;
        if let Some(failure) = failed(&half) {
            return Ok(Err(failure));
        }
        sealed(operation, conn).await?;
        requests += half.done;
        latencies = half.latencies;
    }
    let millis = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
    Ok(Ok(Sample {
        throughput,
        service_ms: service_ms / full.done as f64,
        database_ms: database_ms / full.done as f64,
        p50_ms: millis(0.5),
        p99_ms: millis(0.99),
        foreign: ((busy - service_ms - database_ms) / elapsed).max(0.0),
        requests,
    }))
}

fn failed(phase: &Phase) -> Option<String> {
    let failure = phase.failure.as_deref().unwrap_or_default();
    (phase.failed > 0).then(|| format!("{} of {}: {failure}", phase.failed, phase.failed + phase.done))
}

/// Waits until what an operation wrote is sealed; peers have no journal.
async fn sealed(operation: &Operation, conn: &mut Option<Conn>) -> Outcome<()> {
    let Some(conn) = conn.as_mut().filter(|_| operation.writes) else {
        return Ok(());
    };
    while journal::has_unsealed(conn)? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
