//! What a drill is played on: a copy of generated data, callers, the service; and what must be true afterwards.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use thidua::app::{AnyId, JsonText};
use thidua::domain::ids::SubmissionId;
use thidua::domain::states::SubmissionState;
use thidua::store::Conn;
use thidua::store::journal;
use thidua::store::schema::{journal_entries, submissions};

use crate::crowd::Acknowledged;
use crate::data::world::{self, Persona};
use crate::databases::{self, Copied, Server, generated};
use crate::service::{Issuer, Service};
use crate::sizes::{Numbers, Size};
use crate::tally::Report;
use crate::targets::Targets;
use crate::visits::Visits;
use crate::{Outcome, process};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Until the sealer has sealed what was written.
const SEALED: Duration = Duration::from_mins(1);

/// What is wanted of a drill.
pub struct Wanted {
    /// The service.
    pub binary: PathBuf,
    /// How long its load lasts.
    pub seconds: f64,
    /// Requests a second of a normal hour.
    pub normal: f64,
    /// Connections that are held.
    pub connections: usize,
    /// Only whether it works.
    pub smoke: bool,
}

impl Wanted {
    /// The length of the load.
    pub fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// A time of a drill, short in the smoke form.
    pub fn at_most(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(if self.smoke { seconds.min(2.0) } else { seconds })
    }
}

/// The stage.
pub struct Stage<'s> {
    /// What is wanted.
    pub wanted: &'s Wanted,
    /// Whoever signs the callers' tokens.
    pub issuer: &'s Issuer,
    /// The data.
    pub copied: Copied<'s>,
    /// The callers.
    pub tokens: Rc<HashMap<Persona, Rc<str>>>,
    targets: Rc<Targets>,
}

impl<'s> Stage<'s> {
    /// Copies the data, generated when it is not there, with enough drafts for so many hand-ins.
    pub fn set(
        wanted: &'s Wanted,
        server: Option<&'s Server>,
        issuer: &'s Issuer,
        hand_ins: u64,
    ) -> Outcome<Self> {
        // A quarter of them is saved instead, by steps so that data made once serves often.
        let drafts = (hand_ins * 3 / 2).max(64).next_power_of_two();
        let (size, province) = if wanted.smoke {
            ("rushxs", Size::Xs.numbers())
        } else {
            let province = Numbers {
                departments: 10,
                divisions: 10,
                campaigns: 10,
                submissions: 1_000,
                reviews: 5_000,
                journal: 20_000,
                drafts,
                decisions: 1,
            };
            ("rush", province)
        };
        let numbers = Numbers { drafts, ..province };
        let copied = generated(&format!("{size}{drafts}"), &numbers, server)?.copy(issuer.url())?;
        let targets = Targets::read(&mut copied.open()?, &numbers)?;
        Ok(Self {
            wanted,
            issuer,
            tokens: Rc::new(issuer.tokens(&world::personas(&numbers))?),
            targets: Rc::new(targets),
            copied,
        })
    }

    /// The service on the data, with further settings.
    pub async fn service(&self, settings: &[(&str, &str)]) -> Outcome<Service> {
        Service::start_with(&self.wanted.binary, &self.copied.url, self.issuer, settings).await
    }

    /// What the visitors want.
    pub fn visits(&self, hands_in: bool) -> Rc<Visits> {
        Rc::new(Visits::new(
            Rc::clone(&self.tokens),
            Rc::clone(&self.targets),
            hands_in,
        ))
    }

    /// Holds what was acknowledged against what is there, and the data against the service's own `check`.
    pub async fn settle(&self, acknowledged: &[Acknowledged], report: &mut Report) -> Outcome<()> {
        let mut conn = self.copied.open()?;
        let began = Instant::now();
        while journal::has_unsealed(&mut conn)? {
            if began.elapsed() > SEALED {
                report.fault("the journal is not sealed a minute after the last write");
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        let rows: Vec<(SubmissionId, i32, Option<JsonText>)> = submissions::table
            .filter(submissions::state.eq(SubmissionState::Submitted))
            .select((submissions::id, submissions::round, submissions::receipt))
            .load(&mut conn)?;
        let rows: HashMap<SubmissionId, (i32, Option<JsonText>)> = rows
            .into_iter()
            .map(|(id, round, receipt)| (id, (round, receipt)))
            .collect();
        let entries: Vec<AnyId> = journal_entries::table
            .filter(journal_entries::kind.eq("submission.submitted"))
            .select(journal_entries::object_id)
            .load(&mut conn)?;
        let mut times: HashMap<AnyId, u32> = HashMap::new();
        for id in entries {
            *times.entry(id).or_default() += 1;
        }
        let mut told = std::collections::HashSet::new();
        for one in acknowledged {
            told.insert(one.id);
            let Some((round, Some(receipt))) = rows.get(&one.id) else {
                report.fault(&format!("{} was acknowledged and is not handed in", one.id));
                continue;
            };
            let receipt: serde_json::Value = receipt.read().map_err(|error| error.to_string())?;
            if receipt["code"] != one.code.as_str() || receipt["digest"] != one.digest.as_str() {
                report.fault(&format!("{} has another receipt than was acknowledged", one.id));
            }
            let times = times.get(&AnyId::from(one.id)).copied().unwrap_or_default();
            if (*round, times) != (1, 1) {
                report.fault(&format!("{} was handed in {times} times, round {round}", one.id));
            }
        }
        let drafts = self.targets.drafts.iter();
        let silent = drafts
            .filter(|draft| rows.contains_key(&draft.id) && !told.contains(&draft.id))
            .count();
        report.line(format!(
            "acknowledged hand-ins found once, with receipt and digest: {} of {}; there without an answer: {silent}",
            acknowledged.len().saturating_sub(report.faults()),
            acknowledged.len(),
        ));
        // The locks are taken in one order everywhere (CON-06).
        if let Conn::Postgres(server) = &mut conn {
            let deadlocks = diesel::dsl::sql::<BigInt>(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
            );
            match deadlocks.get_result::<i64>(server)? {
                0 => report.line("no deadlock".to_owned()),
                some => report.fault(&format!("{some} deadlocks")),
            }
        }
        match databases::check(&mut conn) {
            Ok(()) => report.line("check: no fault in the data, the journal's chain whole".to_owned()),
            Err(error) => report.fault(&format!("check: {error}")),
        }
        Ok(())
    }
}

/// Memory of the service while something is going on.
pub struct Memory {
    /// At the beginning, in MiB.
    pub before: f64,
    most: Rc<Cell<f64>>,
    task: tokio::task::JoinHandle<()>,
}

impl Memory {
    /// Looks at it until it is dropped.
    pub fn of(pid: u32) -> Self {
        let before = process::memory(pid);
        let most = Rc::new(Cell::new(before));
        let seen = Rc::clone(&most);
        let task = tokio::task::spawn_local(async move {
            loop {
                seen.set(seen.get().max(process::memory(pid)));
                tokio::time::sleep(LOOK).await;
            }
        });
        Self { before, most, task }
    }

    /// The most so far.
    pub fn most(&self) -> f64 {
        self.most.get()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.task.abort();
    }
}
