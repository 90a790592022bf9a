//! Short servers on a copy of our own PostgreSQL database, with the tokens of our own callers: Fastify and pg,
//! FastAPI with SQLAlchemy and asyncpg. Both are asked alike.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use diesel::connection::SimpleConnection as _;

use super::{Asked, FIRST_PAGE, install};
use crate::Outcome;
use crate::databases::{Copied, Generated};
use crate::operations::{Operation, Targets, Tokens};
use crate::service::{Issuer, Service, free_address};

/// Name of the one.
pub const FASTIFY: &str = "fastify";
/// Name of the other.
pub const FASTAPI: &str = "fastapi";

const NOMINATIONS: &str = "/nominations";

/// What their operations need: an index for the list, and a table for new rows that refers to nothing.
const TABLES: &str = "CREATE INDEX peer_by_state ON nominations (state, id); \
     CREATE TABLE peer_nominations (LIKE nominations, PRIMARY KEY (id)); \
     CREATE INDEX ON peer_nominations (state, id); \
     CREATE INDEX ON peer_nominations (division_id, state, id); \
     ANALYZE nominations; CHECKPOINT";

/// A server on the copy, which all of them share.
pub struct OnPostgres<'s> {
    /// Its name.
    pub name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: PathBuf,
    copied: Rc<Copied<'s>>,
    issuer: String,
}

/// Makes the copy of a generated database.
pub fn copy<'s>(generated: &Generated<'s>, issuer: &Issuer) -> Outcome<Rc<Copied<'s>>> {
    let copied = generated.copy_as("work_peers", issuer.url())?;
    copied.open()?.batch_execute(TABLES)?;
    Ok(Rc::new(copied))
}

impl<'s> OnPostgres<'s> {
    /// Installs one of them.
    pub fn prepare(name: &'static str, copied: &Rc<Copied<'s>>, issuer: &Issuer) -> Outcome<Self> {
        let (program, arguments, folder) = if name == FASTIFY {
            let script = "server.mjs";
            let folder = install::from_npm(name, script)?;
            (PathBuf::from("node"), vec![script.into()], folder)
        } else {
            let folder = install::from_pip(name)?;
            std::fs::copy(install::source(name).join("app.py"), folder.join("app.py"))?;
            let quiet = ["-m", "uvicorn", "app:app", "--no-access-log"];
            (interpreter()?, quiet.map(OsString::from).to_vec(), folder)
        };
        Ok(Self {
            name,
            program,
            arguments,
            folder,
            copied: Rc::clone(copied),
            issuer: issuer.url().to_owned(),
        })
    }

    /// Starts it.
    pub async fn start(&self) -> Outcome<Service> {
        let address = free_address()?;
        let port = address.port().to_string();
        let mut command = super::program(&self.program);
        command.args(&self.arguments);
        if self.name == FASTAPI {
            command.args(["--host", "127.0.0.1", "--port", &port]);
        }
        command
            .current_dir(&self.folder)
            .env("NODE_ENV", "production")
            .env("DATABASE_URL", &self.copied.url)
            .env("ISSUER", &self.issuer)
            .env("PORT", &port);
        Service::launch(command, address, "/ready").await
    }
}

/// What is asked of them.
pub fn operations(tokens: &Tokens, targets: &Targets) -> Vec<Operation> {
    let asked = Asked {
        by_id: "/nominations/",
        lists: vec![(FIRST_PAGE, format!("{NOMINATIONS}?state=ELIGIBLE&limit=50"))],
        create: (NOMINATIONS, 201),
        ids: targets.nominations.iter().map(|(id, _)| id.to_string()).collect(),
        tokens: tokens.values().map(Rc::clone).collect(),
    };
    asked.operations()
}

/// Python itself: what PATH has may be a script that looks for it, which would count as cold start.
fn interpreter() -> Outcome<PathBuf> {
    let mut command = Command::new("python3");
    let output = command
        .args(["-c", "import sys; print(sys.executable)"])
        .output()?;
    Ok(Path::new(String::from_utf8(output.stdout)?.trim()).to_owned())
}
