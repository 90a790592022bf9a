//! Rows and SQL: the only floor that names diesel. Functions take a connection, never open a
//! transaction of their own ([`tx::Db`] does), and are called by `app` alone.
//!
//! `get` errors when the row is absent, `find` returns an `Option`, `hold` locks.

pub mod connection;
pub mod dialect;
pub mod filter;
pub mod grants;
pub mod idempotency;
pub mod identities;
pub mod journal;
pub mod organizations;
pub mod page;
pub mod schema;
pub mod search;
pub mod sql_types;
pub mod tx;

pub use connection::{Backend, Conn};
