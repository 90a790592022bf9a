//! The result file, the table, and the comparison of two results.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Outcome, ratios};

/// More than this is called worse.
pub const TOLERANCE: f64 = 0.10;

/// Everything that one run found.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// When, UTC.
    pub taken_at: String,
    /// Processor and number of cores.
    pub machine: String,
    /// Whether service and generator had a core each.
    pub pinned: bool,
    /// Size of the data.
    pub size: String,
    /// Rounds.
    pub rounds: u32,
    /// Seconds of each phase.
    pub seconds: f64,
    /// By name of the database.
    pub databases: BTreeMap<String, OfDatabase>,
    /// What a user would pick instead, by name; only where it was asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub peers: BTreeMap<String, OfPeer>,
    /// Peers that could not be had, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub peers_left_out: BTreeMap<String, String>,
}

/// What was found of a peer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OfPeer {
    /// The database of the service that it is measured beside.
    pub beside: String,
    /// Figures of the peer in the place of the service's.
    pub found: OfDatabase,
}

/// What was found on one database.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OfDatabase {
    /// Milliseconds from the start of the process to the first 200 of `/readyz`, median.
    pub cold_start_ms: f64,
    /// Resident memory of the service before the first request in MiB, median.
    pub memory_idle_mib: f64,
    /// After the last request, largest.
    pub memory_loaded_mib: f64,
    /// In the order in which they were asked.
    pub operations: Vec<OfOperation>,
    /// What the service does not have.
    pub left_out: BTreeMap<String, String>,
}

/// What was found of one operation: medians over the rounds, and the rounds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OfOperation {
    /// Its name.
    pub name: String,
    /// Medians.
    pub median: Sample,
    /// Bytes of the last answer.
    #[serde(default)]
    pub answer_bytes: usize,
    /// What the figures are to be read with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// What went wrong, if anything; then the figures mean nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// One for each round.
    pub rounds: Vec<Sample>,
}

/// The figures of one round.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Sample {
    /// Requests a second at saturation.
    pub throughput: f64,
    /// CPU milliseconds of the service for one request, sealing of the journal included.
    pub service_ms: f64,
    /// CPU milliseconds of PostgreSQL for one request; 0 on SQLite, which is part of the service.
    pub database_ms: f64,
    /// Latency at half load in milliseconds, from the moment at which the request was due.
    pub p50_ms: f64,
    /// The same.
    pub p99_ms: f64,
    /// Share of the service's core that other processes took, 0 to 1.
    pub foreign: f64,
    /// Requests at saturation and at half load.
    pub requests: u64,
}

/// The median; of an even number the lower middle, so that it is a figure that was seen.
pub fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len().saturating_sub(1) / 2;
    figures.get(middle).copied().unwrap_or_default()
}

impl OfOperation {
    /// Takes the medians. Rounds in which other processes took more than a tenth of the service's core are
    /// left out, unless there is no other.
    pub fn conclude(&mut self) {
        let quiet: Vec<Sample> = self
            .rounds
            .iter()
            .filter(|sample| sample.foreign <= TOLERANCE)
            .cloned()
            .collect();
        let taken = if quiet.is_empty() {
            self.rounds.clone()
        } else {
            quiet
        };
        let of = |figure: fn(&Sample) -> f64| median(taken.iter().map(figure));
        self.median = Sample {
            throughput: of(|sample| sample.throughput),
            service_ms: of(|sample| sample.service_ms),
            database_ms: of(|sample| sample.database_ms),
            p50_ms: of(|sample| sample.p50_ms),
            p99_ms: of(|sample| sample.p99_ms),
            foreign: of(|sample| sample.foreign),
            requests: taken.iter().map(|sample| sample.requests).sum(),
        };
    }
}

impl OfDatabase {
    /// Writes a Markdown table; `whose`: what runs beside the database.
    fn table(&self, text: &mut String, whose: &str) -> std::fmt::Result {
        write!(
            text,
            "cold start {:.0} ms, memory idle {:.0} MiB, after load {:.0} MiB\n\n\
             | operation | requests/s | CPU ms {whose} | CPU ms database | p50 ms | p99 ms | |\n\
             |---|---:|---:|---:|---:|---:|---|\n",
            self.cold_start_ms, self.memory_idle_mib, self.memory_loaded_mib
        )?;
        for operation in &self.operations {
            let sample = &operation.median;
            if let Some(failure) = &operation.failure {
                let failure: String = failure.chars().take(160).collect();
                writeln!(text, "| {} | FAILED | | | | | {failure} |", operation.name)?;
                continue;
            }
            let mut remark = operation.remark.clone().unwrap_or_default();
            if sample.foreign > TOLERANCE {
                write!(remark, " busy machine: {:.0} % foreign", sample.foreign * 100.0)?;
            }
            writeln!(
                text,
                "| {} | {:.0} | {:.3} | {:.3} | {:.2} | {:.2} | {} |",
                operation.name,
                sample.throughput,
                sample.service_ms,
                sample.database_ms,
                sample.p50_ms,
                sample.p99_ms,
                remark.trim()
            )?;
        }
        for (operation, reason) in &self.left_out {
            writeln!(text, "| {operation} | left out | | | | | {reason} |")?;
        }
        Ok(())
    }
}

impl Sample {
    /// CPU milliseconds of service and database for one request.
    pub fn cpu_ms(&self) -> f64 {
        self.service_ms + self.database_ms
    }
}

impl Report {
    /// Reads a result file.
    pub fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Writes a result file.
    pub fn write(&self, path: &Path) -> Outcome<()> {
        Ok(std::fs::write(path, serde_json::to_vec_pretty(self)?)?)
    }

    /// Operations that failed.
    pub fn failures(&self) -> usize {
        let peers = self.peers.values().map(|peer| &peer.found);
        let all = self.databases.values().chain(peers);
        all.flat_map(|found| &found.operations)
            .filter(|found| found.failure.is_some())
            .count()
    }

    /// The result as a Markdown table for each database and each peer.
    pub fn table(&self) -> Outcome<String> {
        let mut text = String::new();
        for (name, found) in &self.databases {
            write!(text, "\n### {name}, size {}\n\n", self.size)?;
            found.table(&mut text, "service")?;
        }
        for (name, peer) in &self.peers {
            let beside = &peer.beside;
            write!(
                text,
                "\n### peer: {name}, size {}, beside {beside}\n\n",
                self.size
            )?;
            peer.found.table(&mut text, "peer")?;
        }
        for (name, reason) in &self.peers_left_out {
            write!(text, "\npeer {name} left out: {reason}\n")?;
        }
        ratios::tables(self, &mut text)?;
        Ok(text)
    }

    /// What is worse than in an earlier result by more than a tenth, one sentence each.
    pub fn worse_than(&self, earlier: &Self) -> Vec<String> {
        let mut worse = Vec::new();
        if self.size != earlier.size {
            worse.push(format!(
                "the sizes differ ({} and {}): nothing can be said",
                earlier.size, self.size
            ));
            return worse;
        }
        for (name, found) in &self.databases {
            let Some(before) = earlier.databases.get(name) else {
                continue;
            };
            let mut more = |what: &str, old: f64, new: f64, unit: &str| {
                if old > 0.0 && new > old * (1.0 + TOLERANCE) {
                    worse.push(format!(
                        "{name}: {what} {old:.3} → {new:.3} {unit} (+{:.0} %)",
                        (new / old - 1.0) * 100.0
                    ));
                }
            };
            more("cold start", before.cold_start_ms, found.cold_start_ms, "ms");
            more(
                "memory, idle",
                before.memory_idle_mib,
                found.memory_idle_mib,
                "MiB",
            );
            more(
                "memory, after load",
                before.memory_loaded_mib,
                found.memory_loaded_mib,
                "MiB",
            );
            for operation in &found.operations {
                let same = |other: &&OfOperation| other.name == operation.name;
                let Some(other) = before.operations.iter().find(same) else {
                    continue;
                };
                let (old, new) = (&other.median, &operation.median);
                let of = |what: &str| format!("{}, {what}", operation.name);
                more(
                    &of("CPU of service and database"),
                    old.cpu_ms(),
                    new.cpu_ms(),
                    "ms",
                );
                more(
                    &of("time for one request at saturation"),
                    1e3 / old.throughput,
                    1e3 / new.throughput,
                    "ms",
                );
                more(&of("p50 at half load"), old.p50_ms, new.p50_ms, "ms");
                more(&of("p99 at half load"), old.p99_ms, new.p99_ms, "ms");
            }
            for operation in found.operations.iter().filter(|found| found.failure.is_some()) {
                worse.push(format!("{name}: {} failed", operation.name));
            }
        }
        worse
    }
}
