//! Fastify and pg on a copy of our own PostgreSQL database, with the tokens of our own callers.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use diesel::connection::SimpleConnection as _;

use super::{Asked, FIRST_PAGE, install};
use crate::Outcome;
use crate::databases::{Copied, Generated};
use crate::operations::{Operation, Targets, Tokens};
use crate::service::{Issuer, Service, free_address};

/// Its name.
pub const NAME: &str = "fastify";

const SCRIPT: &str = "server.mjs";
const NOMINATIONS: &str = "/nominations";

/// What its operations need: an index for the list, and a table for new rows that refers to nothing.
const TABLES: &str = "CREATE INDEX peer_by_state ON nominations (state, id); \
     CREATE TABLE peer_nominations (LIKE nominations, PRIMARY KEY (id)); \
     CREATE INDEX ON peer_nominations (state, id); \
     CREATE INDEX ON peer_nominations (division_id, state, id); \
     ANALYZE nominations; CHECKPOINT";

/// Fastify on its copy.
pub struct Fastify<'s> {
    folder: PathBuf,
    copied: Copied<'s>,
    issuer: String,
}

impl<'s> Fastify<'s> {
    /// Installs it and makes its copy of a generated database.
    pub fn prepare(
        generated: &Generated<'s>,
        issuer: &Issuer,
        tokens: &Tokens,
        targets: &Targets,
    ) -> Outcome<(Self, Vec<Operation>)> {
        let folder = install::from_npm(NAME, SCRIPT)?;
        let copied = generated.copy_as("work_fastify", issuer.url())?;
        copied.open()?.batch_execute(TABLES)?;
        let asked = Asked {
            by_id: "/nominations/",
            lists: vec![(FIRST_PAGE, format!("{NOMINATIONS}?state=ELIGIBLE&limit=50"))],
            create: (NOMINATIONS, 201),
            ids: targets.nominations.iter().map(|(id, _)| id.to_string()).collect(),
            tokens: tokens.values().map(Rc::clone).collect(),
        };
        let peer = Self {
            folder,
            copied,
            issuer: issuer.url().to_owned(),
        };
        Ok((peer, asked.operations()))
    }

    /// Starts it.
    pub async fn start(&self) -> Outcome<Service> {
        let address = free_address()?;
        let mut command = super::program(Path::new("node"));
        command
            .arg(SCRIPT)
            .current_dir(&self.folder)
            .env("NODE_ENV", "production")
            .env("DATABASE_URL", &self.copied.url)
            .env("ISSUER", &self.issuer)
            .env("PORT", address.port().to_string());
        Service::launch(command, address, "/ready").await
    }
}
