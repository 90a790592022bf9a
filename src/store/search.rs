//! Search without accents: every word of the query begins a word of the name (M-18). One b-tree
//! serves both databases alike; substring search would need extensions that differ.
//!
//! What grows with the years is also kept under each two of its words: a common family name and a common
//! given name together are rare, so a query of several words begins with few objects ([`terms`]).

use std::collections::BTreeSet;

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};

use super::connection::{Backend, Conn};
use super::page::Slice;
use super::schema::search_words;
use super::sql_types::{AnyId, Uid};
use super::walk::{self, Among, Candidates};
use crate::domain::error::Result;
use crate::domain::text;

mod terms;

/// Nouns whose objects are kept under pairs of words.
const PAIRED: [&str; 3] = ["nomination", "individual", "honor"];
/// Objects that are named to a list which is not ordered by their ids.
const FEW: i64 = 500;

/// All words of an object in one statement; the query builder has no insert of several rows for both
/// databases.
struct Words<'a> {
    noun: &'a str,
    id: AnyId,
    words: &'a [String],
}

impl QueryId for Words<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Words<'_> {}

impl QueryFragment<Backend> for Words<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        // A text for each number of words: not worth a prepared statement each.
        out.unsafe_to_cache_prepared();
        out.push_sql("INSERT INTO search_words (noun, word, object_id) VALUES ");
        for (index, word) in self.words.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { ", (" });
            out.push_bind_param::<Text, str>(self.noun)?;
            out.push_sql(", ");
            out.push_bind_param::<Text, str>(word)?;
            out.push_sql(", ");
            out.push_bind_param::<Uid, _>(&self.id)?;
            out.push_sql(")");
        }
        Ok(())
    }
}

/// Under what an object of a noun is found: its words and, of some nouns, each two of them in their order.
/// No word begins with a space, so that pairs stand apart from words.
pub fn entries(noun: &str, texts: &[&str]) -> Vec<String> {
    let words: BTreeSet<String> = texts.iter().flat_map(|text| text::search_words(text)).collect();
    let mut entries: Vec<String> = words.iter().cloned().collect();
    if PAIRED.contains(&noun) {
        for (index, first) in words.iter().enumerate() {
            let others = words.iter().skip(index + 1);
            entries.extend(others.map(|second| format!(" {first} {second}")));
        }
    }
    entries
}

/// Replaces the words under which an object is found.
///
/// # Errors
/// The driver's error.
pub fn index(conn: &mut Conn, noun: &str, id: impl Into<AnyId>, texts: &[&str]) -> Result<()> {
    let id = id.into();
    diesel::delete(
        search_words::table
            .filter(search_words::object_id.eq(id))
            .filter(search_words::noun.eq(noun)),
    )
    .execute(conn)?;
    // In portions: SQLite limits how many values one statement may carry.
    for words in entries(noun, texts).chunks(1_000) {
        Words { noun, id, words }.execute(conn)?;
    }
    Ok(())
}

/// The words of a query, folded like the names. Signs alone (`%`, `_`) are a word that no name begins with,
/// not the absence of a question (LST-07).
pub fn words(query: &str) -> Vec<String> {
    let words: Vec<String> = text::search_words(query).into_iter().collect();
    if words.is_empty() && !query.trim().is_empty() {
        return vec![query.trim().to_owned()];
    }
    words
}

/// What begins with a word sorts before this.
fn end_of(beginning: &str) -> String {
    format!("{beginning}\u{10FFFF}")
}

/// A condition: the object whose id stands in a column has words that begin with all of these. Asked for
/// object by object, so that a list that is walked in its order needs no more of the words than it walks.
#[derive(Debug)]
pub struct Having {
    noun: &'static str,
    column: &'static str,
    /// From and before.
    ranges: Vec<(String, String)>,
    among: Option<Among>,
}

impl Having {
    fn all(noun: &'static str, column: &'static str, words: &[String]) -> Self {
        let words = terms::essential(words);
        Self {
            noun,
            column,
            ranges: words
                .into_iter()
                .map(|word| (word.to_owned(), end_of(word)))
                .collect(),
            among: None,
        }
    }
}

impl Expression for Having {
    type SqlType = Bool;
}

impl<T> AppearsOnTable<T> for Having {}

impl ValidGrouping<()> for Having {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Having {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for Having {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("(1 = 1");
        if let Some(among) = &self.among {
            out.push_sql(" AND ");
            among.walk_ast(out.reborrow())?;
        }
        for (from, before) in &self.ranges {
            out.push_sql(" AND EXISTS (SELECT 1 FROM search_words WHERE search_words.object_id = ");
            out.push_sql(self.column);
            out.push_sql(" AND search_words.noun = ");
            out.push_bind_param::<Text, str>(self.noun)?;
            out.push_sql(" AND search_words.word >= ");
            out.push_bind_param::<Text, _>(from)?;
            out.push_sql(" AND search_words.word < ");
            out.push_bind_param::<Text, _>(before)?;
            out.push_sql(")");
        }
        out.push_sql(")");
        Ok(())
    }
}

/// The condition of a search on a list in whatever order; none where no words are wanted. Where few objects
/// come into question they are named in it.
///
/// # Errors
/// The driver's error.
pub fn having(
    conn: &mut Conn,
    noun: &'static str,
    column: &'static str,
    words: &[String],
) -> Result<Option<Having>> {
    if words.is_empty() {
        return Ok(None);
    }
    let mut condition = Having::all(noun, column, words);
    for term in terms::of(noun, words, PAIRED.contains(&noun)) {
        let Some(source) = term.source(conn)? else {
            continue;
        };
        let found = source.newest(conn, None, FEW)?;
        if found.len() < usize::try_from(FEW).unwrap_or(usize::MAX) {
            condition.among = Some(Among::of(conn, column, &found));
            break;
        }
    }
    Ok(Some(condition))
}

/// The condition of a search on a list whose [`candidates`] are walked; none where no words are wanted.
pub fn having_all(noun: &'static str, column: &'static str, words: &[String]) -> Option<Having> {
    (!words.is_empty()).then(|| Having::all(noun, column, words))
}

/// What comes into question for a page of a search, newest first: the objects of the term of which the newest
/// reach furthest back, so of the rarest one. None where no words are wanted, or only beginnings of very many.
///
/// # Errors
/// The driver's error.
pub fn candidates(
    conn: &mut Conn,
    noun: &'static str,
    words: &[String],
    slice: &Slice,
) -> Result<Option<Candidates>> {
    let before = slice.after.as_ref().map(|after| AnyId(after.id));
    let mut best: Option<Candidates> = None;
    for term in terms::of(noun, words, PAIRED.contains(&noun)) {
        let Some(source) = term.source(conn)? else {
            continue;
        };
        let portion = source.newest(conn, before, walk::FIRST)?;
        let found = Candidates::begun(source, portion, walk::FIRST);
        if found.reach().is_none() {
            return Ok(Some(found));
        }
        if best.as_ref().is_none_or(|best| found.reach() < best.reach()) {
            best = Some(found);
        }
    }
    Ok(best)
}
