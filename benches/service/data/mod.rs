//! The data generator: fills an empty, migrated database with data that passes the service's own `check`.
//! Every dossier has a history in the sealed journal that leads to its state; awards stand in published
//! decisions within the quota; what is before a council stands on an agenda.
//!
//! [`world`] makes organisations, people and callers, [`campaigns`] campaigns with their rolls and what
//! ends them, [`dossiers`] submissions with nominations and reviews. [`bulk`] stores the rows.

mod bulk;
mod campaigns;
mod dossiers;
pub mod ids;
pub mod text;
pub mod world;

use std::path::Path;

use sha2::{Digest as _, Sha256};
use thidua::app::AnyId;
use thidua::domain::caller::Role;
use thidua::domain::ids::{CampaignId, IdentityId, JournalEntryId, OrganizationId};
use thidua::store::connection::Conn;
use thidua::store::journal::Entry;

use crate::Outcome;
use crate::sizes::Numbers;
use bulk::Bulk;
use ids::Timeline;

/// Fills the database.
pub fn generate(conn: &mut Conn, numbers: &Numbers) -> Outcome<()> {
    let happenings = numbers.journal.max(numbers.submissions * 12) + numbers.drafts * 12;
    let mut maker = Maker {
        bulk: Bulk::begin(conn)?,
        time: Timeline::new(happenings),
        numbers: *numbers,
    };
    world::make(&mut maker)?;
    let mut campaigns = campaigns::make(&mut maker)?;
    dossiers::make(&mut maker, &mut campaigns)?;
    campaigns::finish(&mut maker, campaigns)?;
    maker.bulk.finish(&campaigns::ids(numbers))
}

/// What changes the result: the migrations and the generator itself, as eight hexadecimal digits.
pub fn fingerprint() -> Outcome<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join("migrations"), root.join("benches/service/data")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.push(root.join("benches/service/sizes.rs"));
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(std::fs::read(file)?);
    }
    Ok(hex::encode(hash.finalize()).chars().take(8).collect())
}

/// The generator at work.
struct Maker<'c> {
    bulk: Bulk<'c>,
    time: Timeline,
    numbers: Numbers,
}

/// What a journal entry is about.
struct Object {
    noun: &'static str,
    id: AnyId,
    campaign: Option<CampaignId>,
    owner: OrganizationId,
    division: Option<OrganizationId>,
}

/// Who acts.
#[derive(Clone, Copy)]
struct Actor {
    identity: IdentityId,
    role: Role,
}

impl Maker<'_> {
    /// Journals what happened to an object at the next instant.
    fn happen(
        &mut self,
        kind: &str,
        object: &Object,
        version: i64,
        actor: Actor,
        moved: Option<(&str, &str)>,
        detail: serde_json::Value,
    ) {
        let occurred_at = self.time.next();
        let id = self.time.id();
        let entry = Entry {
            id: JournalEntryId(id),
            position: None,
            kind: kind.to_owned(),
            object_noun: object.noun.to_owned(),
            object_id: object.id,
            object_version: Some(version),
            campaign_id: object.campaign,
            owner_organization_id: Some(object.owner),
            division_id: object.division,
            actor_id: actor.identity,
            actor_role: Some(actor.role),
            on_behalf_of: None,
            from_state: moved.map(|(from, _)| from.to_owned()),
            to_state: moved.map(|(_, to)| to.to_owned()),
            occurred_at,
            request_id: id.to_string(),
            detail_digest: String::new(),
            previous_hash: None,
            hash: None,
        };
        self.bulk.record(entry, detail.to_string());
    }
}
