//! The journal: one unsealed entry in the transaction of each change; sealing gives committed entries
//! consecutive positions and links each to its predecessor by SHA-256.
//!
//! An entry row holds ids and states only. Names, before/after and reasons lie in `journal_details`
//! under a salted digest, so erasing a detail leaves the chain verifiable (M-9). The bytes that are
//! hashed are the lines of [`Entry::canonical`]; this format must never change.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};
use sha2::{Digest, Sha256};

use super::connection::{Backend, Conn, directly};
use super::page::{After, Rows, Slice};
use super::schema::{journal_details, journal_entries};
use super::sql_types::{AnyId, JsonText, Uid};
use crate::domain::caller::Role;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CampaignId, IdentityId, JournalEntryId, OrganizationId};
use crate::domain::policy::Visibility;
use crate::domain::time::Instant;

/// One change, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(treat_none_as_default_value = false, table_name = journal_entries)]
pub struct Entry {
    /// Identifier.
    pub id: JournalEntryId,
    /// Position in the sealed journal, from 1 without gaps; none until sealed.
    pub position: Option<i64>,
    /// What happened, for example `submission.submitted`.
    pub kind: String,
    /// Noun of the object.
    pub object_noun: String,
    /// The object.
    pub object_id: AnyId,
    /// Its version after the change, where it has one.
    pub object_version: Option<i64>,
    /// The campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The organisation that owns it.
    pub owner_organization_id: Option<OrganizationId>,
    /// The division it belongs to.
    pub division_id: Option<OrganizationId>,
    /// Who did it (pseudonymous).
    pub actor_id: IdentityId,
    /// In which role.
    pub actor_role: Option<Role>,
    /// On whose behalf: the division for which the office entered a paper dossier.
    pub on_behalf_of: Option<OrganizationId>,
    /// State before.
    pub from_state: Option<String>,
    /// State after.
    pub to_state: Option<String>,
    /// Business instant of the request.
    pub occurred_at: Instant,
    /// The request, as in the logs and in problem documents.
    pub request_id: String,
    /// SHA-256 of the salted detail, in hex.
    pub detail_digest: String,
    /// Hash of the entry before this one.
    pub previous_hash: Option<String>,
    /// Hash of this entry.
    pub hash: Option<String>,
}

impl Entry {
    /// The bytes that are hashed: one `name=value` line a column, absent values empty.
    pub fn canonical(&self, position: i64, previous_hash: &str) -> String {
        let text = |value: Option<String>| value.unwrap_or_default();
        [
            format!("position={position}"),
            format!("previous_hash={previous_hash}"),
            format!("id={}", self.id),
            format!("kind={}", self.kind),
            format!("object_noun={}", self.object_noun),
            format!("object_id={}", self.object_id.0),
            format!(
                "object_version={}",
                text(self.object_version.map(|version| version.to_string()))
            ),
            format!("campaign_id={}", text(self.campaign_id.map(|id| id.to_string()))),
            format!(
                "owner_organization_id={}",
                text(self.owner_organization_id.map(|id| id.to_string()))
            ),
            format!("division_id={}", text(self.division_id.map(|id| id.to_string()))),
            format!("actor_id={}", self.actor_id),
            format!(
                "actor_role={}",
                text(self.actor_role.map(|role| role.to_string()))
            ),
            format!(
                "on_behalf_of={}",
                text(self.on_behalf_of.map(|id| id.to_string()))
            ),
            format!("from_state={}", text(self.from_state.clone())),
            format!("to_state={}", text(self.to_state.clone())),
            format!("occurred_at={}", self.occurred_at),
            format!("request_id={}", self.request_id),
            format!("detail_digest={}", self.detail_digest),
        ]
        .join("\n")
    }
}

fn hex_digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Digest of a detail under its salt.
pub fn detail_digest(salt: &str, content: &str) -> String {
    hex_digest(format!("{salt}\n{content}").as_bytes())
}

/// Inserts an unsealed entry and its detail; fills in the digest.
///
/// # Errors
/// The driver's error.
pub fn append(conn: &mut Conn, entry: Entry, detail: &JsonText) -> Result<()> {
    let salt = hex::encode(rand::random::<[u8; 16]>());
    let entry = Entry {
        detail_digest: detail_digest(&salt, detail.as_str()),
        ..entry
    };
    let id = entry.id;
    directly!(conn => diesel::insert_into(journal_entries::table)
        .values(&entry)
        .execute(conn))?;
    let detail = (
        journal_details::entry_id.eq(id),
        journal_details::salt.eq(salt),
        journal_details::content.eq(detail),
    );
    directly!(conn => diesel::insert_into(journal_details::table)
        .values(detail)
        .execute(conn))?;
    Ok(())
}

/// Whether entries wait for a seal.
///
/// # Errors
/// The driver's error.
pub fn has_unsealed(conn: &mut Conn) -> Result<bool> {
    let waiting: Option<JournalEntryId> = journal_entries::table
        .filter(journal_entries::position.is_null())
        .select(journal_entries::id)
        .first(conn)
        .optional()?;
    Ok(waiting.is_some())
}

/// How many entries wait for a seal, and since when the oldest does.
///
/// # Errors
/// The driver's error.
pub fn unsealed(conn: &mut Conn) -> Result<(i64, Option<Instant>)> {
    let waiting = journal_entries::table.filter(journal_entries::position.is_null());
    let count = waiting.count().get_result(conn)?;
    let oldest = waiting
        .order(journal_entries::occurred_at.asc())
        .select(journal_entries::occurred_at)
        .first(conn)
        .optional()?;
    Ok((count, oldest))
}

/// Seals up to `batch` committed entries; answers how many. The caller holds the sealer's lock.
///
/// # Errors
/// The driver's error.
pub fn seal(conn: &mut Conn, batch: i64) -> Result<usize> {
    let (mut position, mut previous) = head(conn)?;
    let waiting: Vec<Entry> = journal_entries::table
        .filter(journal_entries::position.is_null())
        .order((journal_entries::occurred_at.asc(), journal_entries::id.asc()))
        .limit(batch)
        .select(Entry::as_select())
        .load(conn)?;
    let mut seals = Vec::with_capacity(waiting.len());
    for entry in waiting {
        position += 1;
        let hash = hex_digest(entry.canonical(position, &previous).as_bytes());
        seals.push(Sealed {
            entry: entry.id,
            position,
            previous_hash: std::mem::replace(&mut previous, hash.clone()),
            hash,
        });
    }
    if !seals.is_empty() {
        Seals(&seals).execute(conn)?;
    }
    Ok(seals.len())
}

/// What sealing adds to an entry.
struct Sealed {
    entry: JournalEntryId,
    position: i64,
    previous_hash: String,
    hash: String,
}

/// The seals of a batch in one statement; both databases name the columns of `VALUES` alike.
struct Seals<'a>(&'a [Sealed]);

impl QueryId for Seals<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Seals<'_> {}

impl QueryFragment<Backend> for Seals<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        // A text for each size of a batch: not worth a prepared statement each.
        out.unsafe_to_cache_prepared();
        out.push_sql(
            "UPDATE journal_entries SET position = seal.column2, previous_hash = seal.column3, \
             hash = seal.column4 FROM (VALUES ",
        );
        for (index, seal) in self.0.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { ", (" });
            out.push_bind_param::<Uid, _>(&seal.entry)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(&seal.position)?;
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(&seal.previous_hash)?;
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(&seal.hash)?;
            out.push_sql(")");
        }
        out.push_sql(") AS seal WHERE journal_entries.id = seal.column1");
        Ok(())
    }
}

/// Position and hash of the last sealed entry; (0, 64 zeros) before the first.
///
/// # Errors
/// The driver's error.
pub fn head(conn: &mut Conn) -> Result<(i64, String)> {
    let last: Option<(Option<i64>, Option<String>)> = journal_entries::table
        .filter(journal_entries::position.is_not_null())
        .order(journal_entries::position.desc())
        .select((journal_entries::position, journal_entries::hash))
        .first(conn)
        .optional()?;
    Ok(match last {
        Some((Some(position), Some(hash))) => (position, hash),
        _ => (0, "0".repeat(64)),
    })
}

/// An entry with its detail; the detail is absent once it was erased.
pub type Detailed = (Entry, Option<JsonText>);

/// Entries of one object, oldest first, unsealed ones included (M-11). Without a visibility the caller
/// has shown already that the object may be read.
///
/// # Errors
/// The driver's error.
pub fn of_object(
    conn: &mut Conn,
    object: AnyId,
    visibility: Option<&Visibility>,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Detailed>> {
    let mut query = narrowed(visibility, wanted)
        .filter(journal_entries::object_id.eq(object))
        .order(journal_entries::id.asc())
        .limit(slice.fetch());
    if let Some(after) = &slice.after {
        query = query.filter(journal_entries::id.gt(JournalEntryId(after.id)));
    }
    if let Some(position) = wanted.after_position {
        query = query.filter(journal_entries::position.gt(position));
    }
    let rows = slice.rows::<Detailed, _>(conn, query)?;
    Ok(slice.cut(rows, |(entry, _)| After {
        key: String::new(),
        id: entry.id.0,
    }))
}

/// Whether somebody has done this to an object.
///
/// # Errors
/// The driver's error.
pub fn did(conn: &mut Conn, object: AnyId, actor: IdentityId, kind: &str) -> Result<bool> {
    let entry = journal_entries::table
        .filter(journal_entries::object_id.eq(object))
        .filter(journal_entries::actor_id.eq(actor))
        .filter(journal_entries::kind.eq(kind));
    Ok(diesel::select(diesel::dsl::exists(entry)).get_result(conn)?)
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// By this actor.
    pub actor_id: Option<IdentityId>,
    /// Sealed after this position.
    pub after_position: Option<i64>,
    /// Not of these kinds.
    pub without: &'static [&'static str],
}

/// A page of sealed entries in the order of their positions.
///
/// # Errors
/// `cursor.foreign` (410) where the entry after which the page begins does not stand at its position: the database was
/// restored to an earlier state, and its positions were given to other entries since (BKP-03, FED-07).
pub fn sealed(
    conn: &mut Conn,
    visibility: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Detailed>> {
    let position = |after: &After| after.key.parse::<i64>().ok();
    let after = slice.after.as_ref().and_then(position).unwrap_or(0);
    if let Some(last) = &slice.after {
        let known = journal_entries::table
            .filter(journal_entries::id.eq(JournalEntryId(last.id)))
            .filter(journal_entries::position.eq(after));
        if !diesel::select(diesel::dsl::exists(known)).get_result::<bool>(conn)? {
            let fault = Fault::parameter("cursor", Code::CursorForeign);
            return Err(Error::new(Code::CursorForeign).fault(fault));
        }
    }
    let after = after.max(wanted.after_position.unwrap_or(0));
    let query = narrowed(Some(visibility), wanted)
        .filter(journal_entries::position.gt(after))
        .order(journal_entries::position.asc())
        .limit(slice.fetch());
    let rows = slice.rows::<Detailed, _>(conn, query)?;
    Ok(slice.cut(rows, |(entry, _)| After {
        key: entry.position.unwrap_or_default().to_string(),
        id: entry.id.0,
    }))
}

type Joined = diesel::helper_types::LeftJoinOn<
    journal_entries::table,
    journal_details::table,
    diesel::dsl::Eq<journal_details::entry_id, journal_entries::id>,
>;
type Selected = (
    diesel::dsl::AsSelect<Entry, Backend>,
    diesel::dsl::Nullable<journal_details::content>,
);
type Narrowed = diesel::dsl::IntoBoxed<'static, diesel::dsl::Select<Joined, Selected>, Backend>;

/// Entries with their details, as far as the caller sees and wants them.
fn narrowed(visibility: Option<&Visibility>, wanted: &Wanted) -> Narrowed {
    let mut query = journal_entries::table
        .left_join(journal_details::table.on(journal_details::entry_id.eq(journal_entries::id)))
        .select((Entry::as_select(), journal_details::content.nullable()))
        .into_boxed();
    if let Some(visibility) = visibility.filter(|visibility| !visibility.everything) {
        query = query.filter(journal_entries::owner_organization_id.eq_any(visibility.owners.clone()));
    }
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(journal_entries::campaign_id.eq(campaign));
    }
    if let Some(kind) = &wanted.kind {
        query = query.filter(journal_entries::kind.eq(kind.clone()));
    }
    if let Some(actor) = wanted.actor_id {
        query = query.filter(journal_entries::actor_id.eq(actor));
    }
    if !wanted.without.is_empty() {
        query = query.filter(journal_entries::kind.ne_all(wanted.without));
    }
    query
}

/// Walks the sealed journal and answers every fault found, at most 100 (TAM-03).
///
/// # Errors
/// The driver's error.
pub fn verify(conn: &mut Conn) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let (mut expected, mut previous) = (1_i64, "0".repeat(64));
    loop {
        let batch: Vec<(Entry, Option<String>, Option<JsonText>)> = journal_entries::table
            .left_join(journal_details::table.on(journal_details::entry_id.eq(journal_entries::id)))
            .filter(journal_entries::position.ge(expected))
            .order(journal_entries::position.asc())
            .limit(500)
            .select((
                Entry::as_select(),
                journal_details::salt.nullable(),
                journal_details::content.nullable(),
            ))
            .load(conn)?;
        if batch.is_empty() || faults.len() >= 100 {
            return Ok(faults);
        }
        for (entry, salt, content) in batch {
            let position = entry.position.unwrap_or_default();
            if position != expected {
                faults.push(format!("journal position {expected} is missing"));
            }
            let hash = hex_digest(entry.canonical(position, &previous).as_bytes());
            if entry.hash.as_deref() != Some(hash.as_str())
                || entry.previous_hash.as_deref() != Some(&previous)
            {
                faults.push(format!("journal position {position} does not match its hash"));
            }
            if let (Some(salt), Some(content)) = (salt, content)
                && detail_digest(&salt, content.as_str()) != entry.detail_digest
            {
                faults.push(format!("the detail of journal position {position} was changed"));
            }
            previous = entry.hash.unwrap_or_default();
            expected = position.saturating_add(1);
        }
    }
}
