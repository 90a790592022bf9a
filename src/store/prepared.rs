//! Statements that are prepared once for each connection although the query builder would not keep them.

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;

use super::connection::{Conn, directly};

/// A statement that is kept by its text.
///
/// The query builder prepares every `UPDATE` and every raw statement anew, because their text may depend on
/// their values. Ours do not, or have few forms; the text is the key, so that a wrong plan is impossible.
/// Preparing costs the database as much as executing.
#[derive(Debug)]
pub struct Prepared<Q>(Q);

/// Gives statements [`prepared`](Prepare::prepared).
pub trait Prepare: Sized {
    /// Keeps the statement prepared by its text. Not for lists of values, each length of which is a text.
    fn prepared(self) -> Prepared<Self> {
        Prepared(self)
    }
}

impl<Q> Prepare for Q {}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Sqlite> + QueryFragment<Pg>> Prepared<Q> {
    /// Does an `INSERT`, `UPDATE` or `DELETE` and answers how many rows it took. The query builder runs what it only
    /// counts by reference, asks behind this wrapper, and prepares it anew: so each row is returned instead.
    ///
    /// # Errors
    /// The driver's error.
    pub fn execute(self, conn: &mut Conn) -> QueryResult<usize> {
        let rows: QueryResult<Vec<i32>> = directly!(conn => Counted(self.0).load(conn));
        rows.map(|rows| rows.len())
    }
}

/// A statement that answers a row for each that it takes.
#[derive(Debug)]
struct Counted<Q>(Q);

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Counted<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" RETURNING 1");
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Counted<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Counted<Q> {
    type SqlType = Integer;
}

impl<Q, C> RunQueryDsl<C> for Counted<Q> {}

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}
