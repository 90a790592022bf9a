//! Which entries of the table of words a query stands for.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};

use super::end_of;
use crate::domain::error::Result;
use crate::store::connection::{Backend, Conn};
use crate::store::prepared::Prepare as _;
use crate::store::walk::Source;

/// Words of a query of which pairs are made: the longest, which are the rarest as a rule.
const PAIRED_WORDS: usize = 4;
/// Most entries that a beginning may stand for.
const BROAD: i32 = 16;

/// One or two words of a query that an object has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term<'q> {
    /// Of which noun.
    noun: &'static str,
    first: &'q str,
    /// The one behind it in their order, where they are a pair.
    second: Option<&'q str>,
}

/// The words of a query of which none begins another one: what has the longer word has the shorter.
pub(super) fn essential(words: &[String]) -> Vec<&str> {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.sort_unstable();
    let behind: Vec<&str> = words.iter().copied().skip(1).chain([""]).collect();
    words
        .into_iter()
        .zip(behind)
        .filter(|(word, next)| !next.starts_with(word))
        .map(|(word, _)| word)
        .collect()
}

/// The terms of a query, those first that are likely to be rare. What has two words has them as a pair in
/// their order, because neither begins the other.
pub(super) fn of<'q>(noun: &'static str, words: &'q [String], paired: bool) -> Vec<Term<'q>> {
    let mut words = essential(words);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    if paired {
        words.truncate(PAIRED_WORDS);
    }
    let mut terms = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !paired || words.len() == 1 {
            terms.push(Term {
                noun,
                first: word,
                second: None,
            });
            continue;
        }
        for other in words.iter().skip(index + 1) {
            terms.push(Term {
                noun,
                first: word.min(other),
                second: Some(word.max(other)),
            });
        }
    }
    terms
}

/// The entries that begin with a term, one step of the index each.
struct Entries<'q> {
    noun: &'static str,
    first: &'q str,
    end_of_first: String,
    second: Option<&'q str>,
}

impl QueryId for Entries<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Entries<'_> {
    type SqlType = Text;
}

impl RunQueryDsl<Conn> for Entries<'_> {}

impl QueryFragment<Backend> for Entries<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let next = "(SELECT min(s.word) FROM search_words s WHERE s.noun = ";
        out.push_sql("WITH RECURSIVE one (word, step) AS (SELECT ");
        out.push_sql(next);
        out.push_bind_param::<Text, str>(self.noun)?;
        out.push_sql(" AND s.word >= ");
        out.push_bind_param::<Text, str>(self.first)?;
        out.push_sql(" AND s.word < ");
        out.push_bind_param::<Text, _>(&self.end_of_first)?;
        out.push_sql("), 0 UNION ALL SELECT ");
        out.push_sql(next);
        out.push_bind_param::<Text, str>(self.noun)?;
        out.push_sql(" AND s.word > one.word AND s.word < ");
        out.push_bind_param::<Text, _>(&self.end_of_first)?;
        out.push_sql("), one.step + 1 FROM one WHERE one.word IS NOT NULL AND one.step < ");
        out.push_bind_param::<Integer, _>(&BROAD)?;
        out.push_sql(")");
        let Some(second) = self.second else {
            out.push_sql(" SELECT word FROM one WHERE word IS NOT NULL");
            return Ok(());
        };
        // From each word that begins with the first on to those behind it that begin with the second. One
        // beginning too many tells that it is broad, whatever is behind.
        out.push_sql(", two (word, beginning, step) AS (SELECT ");
        out.push_sql(next);
        out.push_bind_param::<Text, str>(self.noun)?;
        out.push_sql(" AND s.word >= ' ' || one.word || ' ' || ");
        out.push_bind_param::<Text, str>(second)?;
        out.push_sql(" AND s.word < ' ' || one.word || ' ' || ");
        out.push_bind_param::<Text, str>(second)?;
        out.push_sql(" || '\u{10FFFF}'), ' ' || one.word || ' ' || ");
        out.push_bind_param::<Text, str>(second)?;
        out.push_sql(", CASE WHEN one.step < ");
        out.push_bind_param::<Integer, _>(&BROAD)?;
        out.push_sql(" THEN 0 ELSE -1 END FROM one WHERE one.word IS NOT NULL UNION ALL SELECT ");
        out.push_sql(next);
        out.push_bind_param::<Text, str>(self.noun)?;
        out.push_sql(
            " AND s.word > two.word AND s.word < two.beginning || '\u{10FFFF}'), two.beginning, two.step + 1 \
             FROM two WHERE two.word IS NOT NULL AND two.step BETWEEN 0 AND ",
        );
        out.push_bind_param::<Integer, _>(&BROAD)?;
        out.push_sql(
            ") SELECT CASE WHEN step < 0 THEN '' ELSE word END FROM two WHERE step < 0 OR word IS NOT NULL",
        );
        Ok(())
    }
}

impl Term<'_> {
    /// The entries that the term stands for, to be walked; none where they are very many.
    ///
    /// # Errors
    /// The driver's error.
    pub(super) fn source(&self, conn: &mut Conn) -> Result<Option<Source>> {
        let entries = Entries {
            noun: self.noun,
            first: self.first,
            end_of_first: end_of(self.first),
            second: self.second,
        };
        let words: Vec<String> = entries.prepared().load(conn)?;
        let broad =
            words.len() > usize::try_from(BROAD).unwrap_or(usize::MAX) || words.iter().any(String::is_empty);
        Ok((!broad).then_some(Source::Words {
            noun: self.noun,
            words,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{essential, of};

    fn words(query: &str) -> Vec<String> {
        query.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_word_that_begins_another_adds_nothing() {
        assert_eq!(essential(&words("an anh van v an")), ["anh", "van"]);
        assert_eq!(essential(&words("nguyen")), ["nguyen"]);
    }

    #[test]
    fn pairs_stand_in_the_order_of_their_words() {
        let query = words("nguyen van an");
        let pairs: Vec<_> = of("nomination", &query, true)
            .iter()
            .map(|term| (term.first, term.second))
            .collect();
        assert_eq!(
            pairs,
            [
                ("nguyen", Some("van")),
                ("an", Some("nguyen")),
                ("an", Some("van"))
            ]
        );
        assert_eq!(of("campaign", &query, false).len(), 3);
        assert_eq!(of("nomination", &words("an"), true).len(), 1);
    }
}
