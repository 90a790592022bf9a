//! Lists that are walked along an index of what comes into question for them, newest first: what has a word
//! (`search.rs`), what was sent to the caller. The rows are asked for by these ids, a portion at a time, with
//! every filter and right of the list; so a page costs what it passes over and not what there is.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::connection::{Backend, Conn};
use super::dialect;
use super::filter::Condition;
use super::page::Slice;
use super::prepared::Prepare as _;
use super::sql_types::{AnyId, Uid};
use crate::domain::error::Result;
use crate::domain::ids::OrganizationId;

/// Candidates of the first portion.
pub const FIRST: i64 = 128;
/// Candidates of the greatest portion; each has more than the one before.
const MOST: i64 = 4_096;
/// With more entries a statement is too rare to be kept prepared.
const KEPT: usize = 4;

/// A condition: the id in a column is one of these. One text whatever their number, so that the statement is
/// prepared once.
#[derive(Debug, Clone)]
pub struct Among {
    column: &'static str,
    before: &'static str,
    list: String,
    behind: &'static str,
}

impl Among {
    /// The condition on a column.
    pub fn of(conn: &Conn, column: &'static str, ids: &[AnyId]) -> Self {
        let (before, list, behind) = dialect::list_of_ids(conn, ids);
        Self {
            column,
            before,
            list,
            behind,
        }
    }
}

impl Expression for Among {
    type SqlType = Bool;
}

impl<T> AppearsOnTable<T> for Among {}

impl ValidGrouping<()> for Among {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Among {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for Among {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.column);
        out.push_sql(self.before);
        out.push_bind_param::<Text, _>(&self.list)?;
        out.push_sql(self.behind);
        Ok(())
    }
}

/// A condition that is checked row by row, beside the ids that are looked up.
struct Checked<T: 'static> {
    condition: Condition<T>,
    before: &'static str,
}

/// The rights of a list: with candidates, checked row by row.
pub fn rights<T: 'static>(conn: &Conn, among: Option<&Among>, condition: Condition<T>) -> Condition<T> {
    if among.is_none() {
        return condition;
    }
    let before = dialect::checked_by_row(conn);
    Box::new(Checked { condition, before })
}

impl<T> Expression for Checked<T> {
    type SqlType = Nullable<Bool>;
}

impl<T> AppearsOnTable<T> for Checked<T> {}

impl<T> SelectableExpression<T> for Checked<T> {}

impl<T> ValidGrouping<()> for Checked<T> {
    type IsAggregate = is_aggregate::No;
}

impl<T> QueryId for Checked<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> QueryFragment<Backend> for Checked<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.before);
        out.push_sql("(");
        self.condition.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// An index of ids in their order, under one or several entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Objects of a noun that have one of these entries in the table of words.
    Words {
        /// The noun.
        noun: &'static str,
        /// The entries.
        words: Vec<String>,
    },
    /// Nominations that were sent to one of these organisations.
    Nominations {
        /// The organisations.
        receivers: Vec<OrganizationId>,
        /// Only those that are FORWARDED now.
        awaited: bool,
    },
    /// Dossiers of such nominations.
    Submissions {
        /// The organisations.
        receivers: Vec<OrganizationId>,
    },
}

/// The newest ids of a source before one of them.
struct Newest<'s> {
    source: &'s Source,
    before: Option<AnyId>,
    most: i64,
}

impl QueryId for Newest<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Newest<'_> {
    type SqlType = Uid;
}

impl RunQueryDsl<Conn> for Newest<'_> {}

impl Source {
    fn entries(&self) -> usize {
        match self {
            Self::Words { words, .. } => words.len(),
            Self::Nominations { receivers, .. } | Self::Submissions { receivers } => receivers.len(),
        }
    }

    /// At most so many ids, the newest first, each once.
    ///
    /// # Errors
    /// The driver's error.
    pub fn newest(&self, conn: &mut Conn, before: Option<AnyId>, most: i64) -> Result<Vec<AnyId>> {
        let source = self;
        let newest = Newest { source, before, most };
        match self.entries() {
            0 => Ok(Vec::new()),
            1..=KEPT => Ok(newest.prepared().load(conn)?),
            _ => Ok(newest.load(conn)?),
        }
    }
}

impl Newest<'_> {
    /// The ids under one entry, as the index has them.
    fn part<'b>(&'b self, entry: usize, out: &mut AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let column = match self.source {
            Source::Words { noun, words } => {
                out.push_sql("SELECT object_id AS id FROM search_words WHERE noun = ");
                out.push_bind_param::<Text, _>(*noun)?;
                out.push_sql(" AND word = ");
                if let Some(word) = words.get(entry) {
                    out.push_bind_param::<Text, _>(word)?;
                }
                "object_id"
            }
            Source::Nominations { receivers, awaited } => {
                out.push_sql("SELECT nomination_id AS id FROM addressed WHERE ");
                out.push_sql(if *awaited { "awaited AND " } else { "" });
                receiver(receivers, entry, out)?;
                "nomination_id"
            }
            Source::Submissions { receivers } => {
                out.push_sql("SELECT DISTINCT submission_id AS id FROM addressed WHERE ");
                receiver(receivers, entry, out)?;
                "submission_id"
            }
        };
        if let Some(before) = &self.before {
            out.push_sql(" AND ");
            out.push_sql(column);
            out.push_sql(" < ");
            out.push_bind_param::<Uid, _>(before)?;
        }
        out.push_sql(" ORDER BY ");
        out.push_sql(column);
        out.push_sql(" DESC LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.most)
    }
}

fn receiver<'b>(
    receivers: &'b [OrganizationId],
    entry: usize,
    out: &mut AstPass<'_, 'b, Backend>,
) -> QueryResult<()> {
    out.push_sql("receiver_organization_id = ");
    match receivers.get(entry) {
        Some(receiver) => out.push_bind_param::<Uid, _>(receiver),
        None => Ok(()),
    }
}

impl QueryFragment<Backend> for Newest<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let entries = self.source.entries();
        if entries > KEPT {
            out.unsafe_to_cache_prepared();
        }
        if entries == 1 {
            return self.part(0, &mut out);
        }
        // Each part ends by itself, so that none is read to its end.
        for entry in 0..entries {
            out.push_sql(if entry == 0 {
                "SELECT id FROM ("
            } else {
                " UNION SELECT id FROM ("
            });
            self.part(entry, &mut out)?;
            out.push_sql(") AS part");
        }
        out.push_sql(" ORDER BY id DESC LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.most)
    }
}

/// What comes into question for a page, portion by portion.
#[derive(Debug)]
pub struct Candidates {
    source: Source,
    portion: Vec<AnyId>,
    /// Whether nothing comes after this portion.
    last: bool,
    most: i64,
}

impl Candidates {
    /// The candidates of a page of a list of which hardly any will be left out.
    ///
    /// # Errors
    /// The driver's error.
    pub fn of_page(conn: &mut Conn, source: Source, slice: &Slice) -> Result<Self> {
        let most = slice.fetch();
        let before = slice.after.as_ref().map(|after| AnyId(after.id));
        let portion = source.newest(conn, before, most)?;
        Ok(Self::begun(source, portion, most))
    }

    /// Candidates of which the first portion was read with `most`.
    pub fn begun(source: Source, portion: Vec<AnyId>, most: i64) -> Self {
        Self {
            last: portion.len() < usize::try_from(most).unwrap_or(usize::MAX),
            source,
            portion,
            most,
        }
    }

    /// The id up to which the portion reaches, where there is more behind it.
    pub fn reach(&self) -> Option<AnyId> {
        self.portion.last().copied().filter(|_| !self.last)
    }

    fn advance(&mut self, conn: &mut Conn) -> Result<bool> {
        let Some(before) = self.reach() else {
            return Ok(false);
        };
        self.most = (self.most * 4).min(MOST);
        let portion = self.source.newest(conn, Some(before), self.most)?;
        *self = Self::begun(self.source.clone(), portion, self.most);
        Ok(true)
    }
}

/// The rows of a page, newest first. `load` asks for at most so many rows, of these candidates only if there
/// are any; the rows of a list that is counted are asked for at once.
///
/// # Errors
/// The driver's error.
pub fn rows<T>(
    conn: &mut Conn,
    slice: &Slice,
    column: &'static str,
    candidates: Option<Candidates>,
    load: impl Fn(&mut Conn, Option<Among>, i64) -> QueryResult<Vec<T>>,
) -> Result<Vec<T>> {
    let Some(mut candidates) = candidates else {
        return Ok(load(conn, None, slice.fetch())?);
    };
    let mut rows = Vec::new();
    loop {
        if !candidates.portion.is_empty() {
            let among = Among::of(conn, column, &candidates.portion);
            let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            rows.extend(load(conn, Some(among), slice.fetch().saturating_sub(found))?);
        }
        let full = i64::try_from(rows.len()).is_ok_and(|found| found >= slice.fetch());
        if full || !candidates.advance(conn)? {
            return Ok(rows);
        }
    }
}
