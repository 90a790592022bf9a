//! Rows on their way into the database: gathered in memory, stored by the hundred with multi-row statements
//! inside large transactions, with the store's own row types. Journal entries get their position and the
//! hash of the entry before at once, as the sealer would give them.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};
use thidua::app::{AnyId, JsonText};
use thidua::domain::ids::{CampaignId, JournalEntryId};
use thidua::store::campaigns::{Campaign, CampaignVersion};
use thidua::store::collectives::Collective;
use thidua::store::connection::Conn;
use thidua::store::councils::{Council, CouncilMember};
use thidua::store::decisions::{Decision, DecisionItem};
use thidua::store::dialect;
use thidua::store::forwardings::{Forwarding, ForwardingItem};
use thidua::store::grants::RoleGrant;
use thidua::store::identities::Identity;
use thidua::store::individuals::Individual;
use thidua::store::journal::{self, Entry};
use thidua::store::nominations::Nomination;
use thidua::store::participants::Participant;
use thidua::store::quotas;
use thidua::store::review_sessions::{AgendaItem, ReviewSession, SessionMember};
use thidua::store::reviews::Review;
use thidua::store::schema;
use thidua::store::search;
use thidua::store::submissions::Submission;

use crate::Outcome;

/// Rows of one statement: below the 32 766 variables of SQLite and the 65 535 of PostgreSQL.
const AT_ONCE: usize = 1_000;
/// Rows after which the gathered ones are stored.
const GATHERED: usize = 20_000;
/// Flushes after which the transaction is ended.
const FLUSHES: usize = 10;

/// The erasable part of a journal entry.
#[derive(Insertable)]
#[diesel(table_name = schema::journal_details)]
pub struct Detail {
    entry_id: JournalEntryId,
    salt: String,
    content: JsonText,
}

/// A word under which something is found.
#[derive(Insertable)]
#[diesel(table_name = schema::search_words)]
pub struct Word {
    noun: &'static str,
    word: String,
    object_id: AnyId,
}

/// One buffer for each table, stored in this order.
macro_rules! tables {
    ($($table:ident: $row:ty,)+) => {
        /// The gathered rows.
        #[derive(Default)]
        pub struct Rows {
            $(#[allow(missing_docs, reason = "named like its table")] pub $table: Vec<$row>,)+
        }

        impl Rows {
            fn count(&self) -> usize {
                0 $(+ self.$table.len())+
            }

            fn store(&mut self, conn: &mut Conn) -> QueryResult<()> {
                $(
                    for rows in self.$table.chunks(AT_ONCE) {
                        let insert = diesel::insert_into(schema::$table::table).values(rows);
                        // The statement for many rows differs: one for each row on SQLite, prepared once.
                        match conn {
                            Conn::Sqlite(inner) => insert.execute(inner)?,
                            Conn::Postgres(inner) => insert.execute(inner)?,
                        };
                    }
                    self.$table.clear();
                )+
                Ok(())
            }
        }
    };
}

tables! {
    identities: Identity,
    role_grants: RoleGrant,
    individuals: Individual,
    collectives: Collective,
    councils: Council,
    council_members: CouncilMember,
    campaigns: Campaign,
    campaign_versions: CampaignVersion,
    participants: Participant,
    submissions: Submission,
    nominations: Nomination,
    reviews: Review,
    review_sessions: ReviewSession,
    session_members: SessionMember,
    agenda_items: AgendaItem,
    decisions: Decision,
    decision_items: DecisionItem,
    forwardings: Forwarding,
    forwarding_items: ForwardingItem,
    journal_entries: Entry,
    journal_details: Detail,
    search_words: Word,
}

/// Gathers and stores rows.
pub struct Bulk<'c> {
    conn: &'c mut Conn,
    /// What is to be stored.
    pub rows: Rows,
    position: i64,
    previous: String,
    flushes: usize,
}

impl<'c> Bulk<'c> {
    /// Begins to load an empty, migrated database. Until [`Bulk::finish`] it is neither durable nor are its
    /// foreign keys held: the file is thrown away when anything fails.
    pub fn begin(conn: &'c mut Conn) -> Outcome<Self> {
        match conn {
            Conn::Sqlite(inner) => inner.batch_execute(
                "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; \
                 PRAGMA cache_size = -1000000",
            )?,
            Conn::Postgres(inner) => {
                inner
                    .batch_execute("SET session_replication_role = replica; SET synchronous_commit = off")?;
            }
        }
        dialect::begin_write(conn)?;
        let (position, previous) = journal::head(conn).map_err(|error| error.to_string())?;
        Ok(Self {
            conn,
            rows: Rows::default(),
            position,
            previous,
            flushes: 0,
        })
    }

    /// The connection, for what the store itself inserts.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Adds a journal entry, sealed.
    pub fn record(&mut self, entry: Entry, detail: String) {
        self.position += 1;
        let salt = format!(
            "{:032x}",
            u128::from(self.position.unsigned_abs()) * 0x9E37_79B9_7F4A_7C15
        );
        let entry = Entry {
            detail_digest: journal::detail_digest(&salt, &detail),
            ..entry
        };
        let canonical = entry.canonical(self.position, &self.previous);
        let hash = hex::encode(Sha256::digest(canonical.as_bytes()));
        self.rows.journal_details.push(Detail {
            entry_id: entry.id,
            salt,
            content: JsonText::raw(detail),
        });
        self.rows.journal_entries.push(Entry {
            position: Some(self.position),
            previous_hash: Some(std::mem::replace(&mut self.previous, hash.clone())),
            hash: Some(hash),
            ..entry
        });
    }

    /// How many entries the journal has.
    pub fn entries(&self) -> u64 {
        self.position.unsigned_abs()
    }

    /// Adds the words under which an object is found.
    pub fn index(&mut self, noun: &'static str, object: impl Into<AnyId>, name: &str) {
        let object_id = object.into();
        let words = search::entries(noun, &[name]);
        self.rows.search_words.extend(words.into_iter().map(|word| Word {
            noun,
            word,
            object_id,
        }));
    }

    /// Stores what has been gathered when it is enough.
    pub fn breathe(&mut self) -> Outcome<()> {
        if self.rows.count() < GATHERED {
            return Ok(());
        }
        self.rows.store(self.conn)?;
        self.flushes += 1;
        if self.flushes.is_multiple_of(FLUSHES) {
            dialect::commit(self.conn)?;
            dialect::begin_write(self.conn)?;
        }
        Ok(())
    }

    /// Counts everything at once, as the sealer counts entry by entry.
    fn count(&mut self) -> Outcome<()> {
        self.conn.batch_execute(
            "INSERT INTO counted_objects (id, submission_id, campaign_id, division_id, noun, state, \
                subject_kind, form, marked) \
             SELECT id, id, campaign_id, division_id, 'submission', state, '', '', late FROM submissions; \
             INSERT INTO counted_objects (id, submission_id, campaign_id, division_id, noun, state, \
                subject_kind, form, marked) \
             SELECT id, submission_id, campaign_id, division_id, 'nomination', state, subject_kind, form, \
                hold_reason IS NOT NULL FROM nominations WHERE live; \
             INSERT INTO campaign_counts (campaign_id, division_id, noun, state, subject_kind, form, number, \
                marked) \
             SELECT campaign_id, division_id, noun, state, subject_kind, form, count(*), \
                sum(CASE WHEN marked THEN 1 ELSE 0 END) \
             FROM counted_objects \
             GROUP BY campaign_id, division_id, noun, state, subject_kind, form; \
             INSERT INTO projections (name, position, as_of) \
             SELECT 'statistics', position, occurred_at FROM journal_entries \
             WHERE position = (SELECT max(position) FROM journal_entries)",
        )?;
        Ok(())
    }

    /// Keeps what the acts that publish and send keep.
    fn keep(&mut self) -> Outcome<()> {
        self.conn.batch_execute(
            "INSERT INTO honors (item_id, issued_on, campaign_id, organization_id) \
             SELECT i.id, d.issued_on, d.campaign_id, d.owner_organization_id \
             FROM decision_items i JOIN decisions d ON d.id = i.decision_id WHERE d.state = 'PUBLISHED'; \
             INSERT INTO addressed (receiver_organization_id, nomination_id, submission_id, awaited) \
             SELECT f.receiver_organization_id, n.id, n.submission_id, n.state = 'FORWARDED' \
             FROM forwarding_items i JOIN forwardings f ON f.id = i.forwarding_id \
             JOIN nominations n ON n.id = i.nomination_id WHERE f.state <> 'DRAFT'",
        )?;
        Ok(())
    }

    /// Stores the rest and makes the database what the service expects. PostgreSQL gets its statistics, as
    /// autovacuum would give them; SQLite has none in production either.
    pub fn finish(mut self, campaigns: &[CampaignId]) -> Outcome<()> {
        self.rows.store(self.conn)?;
        for campaign in campaigns {
            quotas::keep(self.conn, *campaign)?;
        }
        self.count()?;
        self.keep()?;
        dialect::commit(self.conn)?;
        match self.conn {
            Conn::Sqlite(inner) => inner.batch_execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)",
            )?,
            Conn::Postgres(inner) => {
                inner.batch_execute("SET session_replication_role = origin")?;
                inner.batch_execute("VACUUM ANALYZE")?;
                inner.batch_execute("CHECKPOINT")?;
            }
        }
        Ok(())
    }
}
