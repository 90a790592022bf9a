//! The one integration test binary: the real HTTP server on real databases.
//!
//! Every test of a `on_both!` list runs on SQLite and on PostgreSQL. PostgreSQL is the server named by
//! `THIDUA_TEST_POSTGRES_URL`, or a private cluster made with the installed `initdb`; without either the
//! PostgreSQL half is left out, which the output says plainly and which fails with `CI=true`.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "tests fail loudly"
)]

mod commands;
mod compose;
mod support;

mod allowed_actions;
mod authorization;
mod backup;
mod callers;
mod campaign_model;
mod campaigns;
mod contract;
mod contract_components;
mod councils;
mod database;
mod decisions;
mod deprecation;
mod exactly_once;
mod failover;
mod faults;
mod files;
mod forwardings;
mod full_disk;
mod fuzz;
mod health;
mod house;
mod io_errors;
mod journal;
mod lists;
mod meta;
mod migrations;
mod nominations;
mod observability;
mod observability_numbers;
mod observability_refusals;
mod observability_spans;
mod oidc;
mod organizations;
mod participants;
mod persons;
mod policy;
mod pooler;
mod preconditions;
mod problems;
mod problems_places;
mod quota;
mod races;
mod races_of_two;
mod reference;
mod replicas_start;
mod review_sessions;
mod reviews;
mod role_grants;
mod s3;
mod scenarios;
mod search;
mod shell;
mod standby;
mod statements;
mod statistics;
mod step_up;
mod submissions;
mod token_attacks;
mod upgrade;
mod visibility;
