//! Search without accents: every word of the query begins a word of the name (M-18). One b-tree
//! serves both databases alike; substring search would need extensions that differ.

use diesel::dsl::{And, Filter, GtEq, Lt, Select};
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::search_words;
use super::sql_types::AnyId;
use crate::domain::error::Result;
use crate::domain::text;

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
    let words: std::collections::BTreeSet<String> =
        texts.iter().flat_map(|text| text::search_words(text)).collect();
    for word in words {
        diesel::insert_into(search_words::table)
            .values((
                search_words::noun.eq(noun),
                search_words::word.eq(word),
                search_words::object_id.eq(id),
            ))
            .execute(conn)?;
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
