//! Search without accents: every word of the query begins a word of the name (M-18). One b-tree
//! serves both databases alike; substring search would need extensions that differ.

use std::collections::BTreeSet;

use diesel::dsl::{And, Filter, GtEq, Lt, Select};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Text;

use super::connection::{Backend, Conn};
use super::schema::search_words;
use super::sql_types::{AnyId, Uid};
use crate::domain::error::Result;
use crate::domain::text;

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
    let words: BTreeSet<String> = texts.iter().flat_map(|text| text::search_words(text)).collect();
    let words: Vec<String> = words.into_iter().collect();
    if !words.is_empty() {
        let words = &words;
        Words { noun, id, words }.execute(conn)?;
    }
    Ok(())
}

type NounIs = diesel::dsl::Eq<search_words::noun, String>;
type Begins = And<GtEq<search_words::word, String>, Lt<search_words::word, String>>;
/// Ids of the objects of a noun that have a word with this beginning.
pub type Having = Select<Filter<Filter<search_words::table, NounIs>, Begins>, search_words::object_id>;

/// Ids of the objects of `noun` with a word that begins with `word`.
pub fn having(noun: &str, word: String) -> Having {
    let end = format!("{word}\u{10FFFF}");
    search_words::table
        .filter(search_words::noun.eq(noun.to_owned()))
        .filter(search_words::word.ge(word).and(search_words::word.lt(end)))
        .select(search_words::object_id)
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
