//! Rows and SQL: the only floor that names diesel. Functions take a connection, never open a
//! transaction of their own ([`tx::Db`] does), and are called by `app` alone.
//!
//! `get` errors when the row is absent, `find` returns an `Option`, `hold` locks.

pub mod attachments;
pub mod authority;
pub mod campaigns;
pub mod check;
pub mod collectives;
pub mod connection;
pub mod councils;
pub mod decisions;
pub mod dialect;
pub mod files;
pub mod filter;
pub mod forwardings;
pub mod grants;
pub mod idempotency;
pub mod identities;
pub mod individuals;
pub mod journal;
pub mod load;
pub mod nominations;
pub mod organizations;
pub mod page;
pub mod participants;
pub mod prepared;
pub mod quotas;
pub mod reference;
pub mod review_sessions;
pub mod reviews;
pub mod schema;
pub mod search;
pub mod sql_types;
pub mod statistics;
pub mod submissions;
pub mod tx;
pub mod walk;

pub use connection::{Backend, Conn};
