//! Emulation campaigns and commendations (thi đua, khen thưởng) of a Vietnamese province.
//!
//! Floors, from the ground up: [`domain`] (pure rules), [`store`] (rows and SQL), [`app`] (use cases),
//! `api` (HTTP). Beside them: `identity` (who is calling), `storage` (contents of files), `worker` (seals
//! the journal, sweeps), `settings`, `server`, `operations` (metrics), `telemetry` (log and counters, known to every
//! floor but `domain`), and `demo`, which knows nothing but the public API. Arrows run down only;
//! `tests/it/house.rs` holds them.

pub mod api;
pub mod app;
pub mod demo;
pub mod domain;
pub mod gate;
pub mod identity;
pub mod operations;
pub mod server;
pub mod settings;
pub mod shell;
pub mod storage;
pub mod store;
pub mod telemetry;
pub mod worker;
