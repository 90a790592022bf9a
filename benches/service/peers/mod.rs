//! What a user would pick instead of the service, measured beside it: in the same rounds, on the same core, with
//! the same load and the same accounting. What counts are the ratios of one run.
//!
//! - [`pocketbase`] beside SQLite: one collection with the rows of our nominations, filled by SQL. The program comes
//!   as a wheel from PyPI, or from `--pocketbase`.
//! - [`postgres`] beside PostgreSQL: short servers that read our own `nominations`, of Fastify and pg with the
//!   packages of npm, and of FastAPI, SQLAlchemy and asyncpg with those of PyPI.
//!
//! PostgREST and TrailBase are missing: crates.io, PyPI, npm and Debian have clients of them, but not the servers.
//!
//! The peers do less, and nothing slows them down that a user would not have: no rights by organisation, no
//! preconditions, no idempotency, no versions, no journal, and only the indices that their own operations need.
//! PocketBase flushes nothing to the disk at a commit (`synchronous = NORMAL`), the service does.

mod install;
pub mod pocketbase;
pub mod postgres;

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use serde_json::json;

use crate::data::text;
use crate::databases::{Database, Generated};
use crate::http::Request;
use crate::operations::{self, Operation, SAVED_BYTES, Targets, Tokens, pick};
use crate::run::Wanted;
use crate::service::{Issuer, Service, has, on_core};
use crate::{Outcome, say};
use pocketbase::PocketBase;
use postgres::OnPostgres;

/// Divisions over which created rows are spread.
const DIVISIONS: u64 = 50;

const BY_ID: &str = "nomination by id";
const FIRST_PAGE: &str = "list of 50, first page";
/// With the number of all rows, which the service does not count.
const FIRST_PAGE_COUNTED: &str = "list of 50, first page, with total";
const CREATED: &str = "nomination created";

/// Operations of peers, each with the operation of the service to which it is held.
pub const COMPARED: [(&str, &str); 4] = [
    (BY_ID, "nomination by id"),
    (FIRST_PAGE, "list of 50, first page, auditor"),
    (FIRST_PAGE_COUNTED, "list of 50, first page, auditor"),
    (CREATED, operations::CREATED),
];

/// All peers, each with the database on which the service is that it is measured beside.
pub const PEERS: [(&str, Database); 3] = [
    (pocketbase::NAME, Database::Sqlite),
    (postgres::FASTIFY, Database::Postgres),
    (postgres::FASTAPI, Database::Postgres),
];

/// A peer that can be started.
pub enum Peer<'s> {
    /// PocketBase.
    PocketBase(PocketBase),
    /// A server of Fastify or FastAPI.
    OnPostgres(OnPostgres<'s>),
}

impl Peer<'_> {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PocketBase(_) => pocketbase::NAME,
            Self::OnPostgres(peer) => peer.name,
        }
    }

    /// See [`PEERS`].
    pub const fn beside(&self) -> Database {
        match self {
            Self::PocketBase(_) => Database::Sqlite,
            Self::OnPostgres(_) => Database::Postgres,
        }
    }

    /// Starts it.
    pub async fn start(&self) -> Outcome<Service> {
        match self {
            Self::PocketBase(peer) => peer.start().await,
            Self::OnPostgres(peer) => peer.start().await,
        }
    }
}

/// A peer with its operations, or why it cannot be had.
type Prepared<'s> = (&'static str, Outcome<(Peer<'s>, Vec<Operation>)>);

/// Prepares the peers that are measured beside the service on a generated database.
pub async fn prepare<'s>(
    wanted: &Wanted,
    generated: &Generated<'s>,
    issuer: &Issuer,
    tokens: &Tokens,
    targets: &Targets,
) -> Vec<Prepared<'s>> {
    let Generated::Sqlite(path) = generated else {
        say("peers on postgres: preparing");
        let copied = postgres::copy(generated, issuer).map_err(|error| error.to_string());
        let names = [postgres::FASTIFY, postgres::FASTAPI].into_iter();
        return names
            .map(|name| {
                let peer = copied.clone().map_err(Into::into);
                let peer = peer.and_then(|copied| OnPostgres::prepare(name, &copied, issuer));
                let asked = |peer| (Peer::OnPostgres(peer), postgres::operations(tokens, targets));
                (name, peer.map(asked))
            })
            .collect();
    };
    say(&format!("{}: preparing", pocketbase::NAME));
    let peer = PocketBase::prepare(wanted.pocketbase.as_deref(), path).await;
    let peer = peer.map(|(peer, asked)| (Peer::PocketBase(peer), asked));
    vec![(pocketbase::NAME, peer)]
}

/// How one peer is asked.
struct Asked {
    /// Before the id.
    by_id: &'static str,
    /// Pages of 50 by state.
    lists: Vec<(&'static str, String)>,
    /// Where rows are made, and what is answered then.
    create: (&'static str, u16),
    /// Its ids, each as often as any other.
    ids: Vec<String>,
    /// Its callers.
    tokens: Vec<Rc<str>>,
}

impl Asked {
    fn operations(self) -> Vec<Operation> {
        let Self {
            by_id,
            lists,
            create: (path, status),
            ids,
            tokens,
        } = self;
        let tokens = Rc::new(tokens);
        let with = Rc::clone(&tokens);
        let mut operations = vec![Operation::reading(BY_ID, move |number| {
            let id = pick(&ids, number)?;
            Some(Request::get(format!("{by_id}{id}"), pick(&with, number)?))
        })];
        for (name, path) in lists {
            let with = Rc::clone(&tokens);
            operations.push(Operation::reading(name, move |number| {
                Some(Request::get(path.clone(), pick(&with, number)?))
            }));
        }
        operations.push(Operation::creating(CREATED, status, false, move |number| {
            let token = pick(&tokens, number)?;
            Some(Request::change("POST", path.to_owned(), token, row(number)))
        }));
        for operation in &mut operations {
            // Whole phases: what is compiled while it runs has long been compiled in production.
            operation.warm_up = 1;
        }
        operations
    }
}

/// A new row: as much text as the service gets when a dossier is created.
fn row(number: u64) -> String {
    let some = |kind: u64, number: u64| format!("00000000-0000-7000-8{kind:03x}-{number:012x}");
    let criterion = |code: &str| json!({ "code": code, "met": true, "evidence": text::prose(number, 100) });
    let criteria = json!([criterion("CN1"), criterion("CN2"), criterion("CN3")]);
    json!({
        "submission_id": uuid::Uuid::now_v7(),
        "campaign_id": some(1, number % DIVISIONS),
        "owner_organization_id": some(2, 1),
        "division_id": some(3, number % DIVISIONS),
        "unit_id": some(3, number % DIVISIONS),
        "subject_kind": "INDIVIDUAL",
        "subject_id": some(4, number),
        "individual_id": some(4, number),
        "display_name": text::name(number),
        "position": "Chuyên viên",
        "proposed_form": "GIAY_KHEN_SO",
        "form": "GIAY_KHEN_SO",
        "route": "SELF",
        "achievement_summary": text::prose(number, SAVED_BYTES),
        "criteria": criteria.to_string(),
        "state": "PROPOSED",
        "drafted_by": some(5, number % DIVISIONS),
    })
    .to_string()
}

/// A peer's program on the service's core; it ends with this process, however that ends.
fn program(program: &Path) -> Command {
    if !has("setpriv") {
        return on_core(program);
    }
    let mut command = on_core(Path::new("setpriv"));
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}
