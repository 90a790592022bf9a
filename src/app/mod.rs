//! Use cases: what the service does, as synchronous functions inside one transaction.
//!
//! Everything that changes data goes through one door, [`App::write`]: grants → load and require →
//! idempotency key → `If-Match` → act → journal → the finished answer → commit (C-2). A use case is a
//! [`Command`]: `load` finds the target and asks the policy, `act` checks the rules and changes rows.
//! No use case calls another one; a noun may use another noun's *store* functions.

pub mod callers;
pub mod campaigns;
pub mod check;
pub mod closing;
pub mod collectives;
pub mod councils;
pub mod cursor;
pub mod decisions;
pub mod dossiers;
mod event;
pub mod files;
pub mod forwardings;
mod guards;
pub mod honors;
pub mod individuals;
pub mod journal;
pub mod me;
mod moves;
pub mod nominations;
pub mod organizations;
pub mod participants;
pub mod persons;
mod pipeline;
mod prize;
pub mod quota;
pub mod reference;
mod request;
pub mod review_sessions;
pub mod reviews;
pub mod role_grants;
pub mod statistics;
pub mod submissions;
mod tx;
pub mod vitals;

pub use event::{Event, changed_fields};
pub use pipeline::{App, Command, Config, Find};
pub use request::{Answer, Bootstrap, Origin, Precondition, Request};
pub use tx::{Outcome, Possible, Tx, Warning, Way};

pub use crate::store::page::{After, Rows, Slice};
pub use crate::store::search;
pub use crate::store::sql_types::{AnyId, JsonText};
