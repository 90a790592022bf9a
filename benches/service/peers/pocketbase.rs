//! PocketBase with the nominations as one collection, as its documentation would have it; settings are its own,
//! its log of requests among them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::json;

use super::{Asked, FIRST_PAGE, FIRST_PAGE_COUNTED, install};
use crate::Outcome;
use crate::http::{Client, Request};
use crate::operations::Operation;
use crate::service::{Service, free_address};

/// Its name.
pub const NAME: &str = "pocketbase";

const RECORDS: &str = "/api/collections/nominations/records";

/// PocketBase on its data.
pub struct PocketBase {
    program: PathBuf,
    data: PathBuf,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = diesel::sql_types::Text)]
    id: String,
}

impl PocketBase {
    /// Makes its data from a generated SQLite file. `program`: where it is, when it is not to be installed.
    pub async fn prepare(program: Option<&Path>, generated: &Path) -> Outcome<(Self, Vec<Operation>)> {
        let program = match program {
            Some(program) => program.to_owned(),
            None => install::from_pip(NAME)?.join("bin/pocketbase"),
        };
        let data = install::folder(NAME)?.join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        let peer = Self { program, data };
        let password = uuid::Uuid::now_v7().to_string();
        let mut migrate = Command::new(&peer.program);
        migrate.args(["migrate", "up"]).env("BENCH_PASSWORD", &password);
        install::run(peer.placed(&mut migrate))?;
        let ids = peer.fill(generated)?;
        let token = peer.token(&password).await?;
        let page = |more: &str| format!("{RECORDS}?filter=state%3D%27ELIGIBLE%27&sort=id&perPage=50{more}");
        let asked = Asked {
            by_id: "/api/collections/nominations/records/",
            lists: vec![(FIRST_PAGE, page("&skipTotal=1")), (FIRST_PAGE_COUNTED, page(""))],
            create: (RECORDS, 200),
            ids,
            tokens: vec![token],
        };
        Ok((peer, asked.operations()))
    }

    fn placed<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .arg("--dir")
            .arg(&self.data)
            .arg("--migrationsDir")
            .arg(install::source(NAME).join("migrations"))
    }

    /// Copies the nominations, gives them ids of PocketBase's own format, and reads these.
    fn fill(&self, generated: &Path) -> Outcome<Vec<String>> {
        let mut conn = SqliteConnection::establish(&self.data.join("data.db").display().to_string())?;
        let source = generated.display().to_string().replace('\'', "''");
        conn.batch_execute(&format!(
            "PRAGMA synchronous = OFF; ATTACH '{source}' AS source; BEGIN; {}; COMMIT; DETACH source; ANALYZE; \
             PRAGMA wal_checkpoint(TRUNCATE)",
            copy()
        ))?;
        let ids: Vec<Id> = diesel::sql_query("SELECT id FROM nominations ORDER BY rowid").load(&mut conn)?;
        Ok(ids.into_iter().map(|row| row.id).collect())
    }

    async fn token(&self, password: &str) -> Outcome<Rc<str>> {
        let running = self.start().await?;
        let body = json!({ "identity": "user@example.org", "password": password }).to_string();
        let path = "/api/collections/users/auth-with-password".to_owned();
        let request = Request {
            method: "POST",
            body: Some(body),
            ..Request::public(path)
        };
        let answer = Client::connect(running.address).await?.send(&request).await?;
        let answer = answer.json()?;
        let token = answer["token"].as_str();
        Ok(Rc::from(token.ok_or_else(|| format!("no token: {answer}"))?))
    }

    /// Starts it.
    pub async fn start(&self) -> Outcome<Service> {
        let address = free_address()?;
        let mut command = super::program(&self.program);
        command.arg("serve").arg(format!("--http={address}"));
        self.placed(&mut command);
        Service::launch(command, address, "/api/health").await
    }
}

/// The statement that copies: identifiers as texts with dashes, instants as PocketBase writes them, '' for NULL.
fn copy() -> String {
    let mut columns = vec!["id".to_owned()];
    let mut values = vec!["lower(substr(hex(randomblob(8)), 1, 15))".to_owned()];
    let mut add = |names: &[&str], value: &dyn Fn(&str) -> String| {
        for name in names {
            columns.push((*name).to_owned());
            values.push(format!("coalesce({}, '')", value(name)));
        }
    };
    let identifiers = [
        "submission_id",
        "campaign_id",
        "owner_organization_id",
        "division_id",
        "unit_id",
        "subject_id",
        "individual_id",
        "collective_id",
        "drafted_by",
    ];
    add(&identifiers, &|name| {
        let parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)];
        let parts = parts.map(|(from, length)| format!("substr(lower(hex({name})), {from}, {length})"));
        format!("nullif({}, '----')", parts.join(" || '-' || "))
    });
    let texts = [
        "subject_kind",
        "display_name",
        "position",
        "proposed_form",
        "form",
        "form_reason",
        "route",
        "achievement_summary",
        "criteria",
        "state",
        "state_reason",
        "hold_reason",
        "hold_note",
        "live",
        "version",
    ];
    add(&texts, &str::to_owned);
    add(&["created_at", "updated_at"], &|name| {
        format!("strftime('%Y-%m-%d %H:%M:%fZ', {name})")
    });
    format!(
        "INSERT INTO main.nominations ({}) SELECT {} FROM source.nominations ORDER BY source.nominations.id",
        columns.join(", "),
        values.join(", ")
    )
}
