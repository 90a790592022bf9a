//! Keyset pages: `limit + 1` rows after a key, never an offset (LST-01, LST-02).

use std::sync::OnceLock;

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::connection::{Backend, Conn};
use super::prepared::{Prepare as _, Prepared};
use crate::domain::error::Result;

/// Statements of lists with no more than this are kept prepared: each form of one costs every connection memory
/// on both sides. Filters that are given:
pub const COMMON_FILTERS: usize = 2;
/// Words that are looked for:
pub const COMMON_WORDS: usize = 4;
/// Organisations and councils that the caller reaches:
pub const COMMON_BREADTH: usize = 8;

/// Where the next page begins: the sort key and the id of the last row shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct After {
    /// Text sort key; empty where the id alone orders the list.
    #[serde(rename = "k")]
    pub key: String,
    /// Id of the last row.
    #[serde(rename = "i")]
    pub id: Uuid,
}

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Rows of the page, 1 to 200.
    pub limit: i64,
    /// Continue after this row.
    pub after: Option<After>,
    /// Where the rows are counted instead of read: how many there are.
    counted: Option<OnceLock<i64>>,
}

/// How many rows a query finds.
struct Counting<Q>(Q);

impl<Q> Query for Counting<Q> {
    type SqlType = BigInt;
}

impl<Q> RunQueryDsl<Conn> for Counting<Q> {}

impl<Q> QueryId for Counting<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for Counting<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

impl Slice {
    /// A page.
    pub const fn page(limit: i64, after: Option<After>) -> Self {
        Self {
            limit,
            after,
            counted: None,
        }
    }

    /// The whole list, whose rows are only counted; the count ends one beyond `most`.
    pub const fn counting(most: i64) -> Self {
        Self {
            limit: most,
            after: None,
            counted: Some(OnceLock::new()),
        }
    }

    /// Whether the rows are only counted.
    pub const fn is_counting(&self) -> bool {
        self.counted.is_some()
    }

    /// How many rows were counted; none where there are more than it was to count.
    pub fn counted(&self) -> Option<i64> {
        let counted = self.counted.as_ref()?.get().copied().unwrap_or(0);
        (counted <= self.limit).then_some(counted)
    }

    /// The rows of a page by a statement of which few forms are common: `common` tells that this is one of
    /// them, which is kept prepared.
    ///
    /// # Errors
    /// The driver's error.
    pub fn common_rows<T, Q>(&self, conn: &mut Conn, query: Q, common: bool) -> QueryResult<Vec<T>>
    where
        Q: for<'q> LoadQuery<'q, Conn, T> + QueryFragment<Backend> + Query,
        Prepared<Q>: for<'q> LoadQuery<'q, Conn, T>,
    {
        if common && self.counted.is_none() {
            return query.prepared().load(conn);
        }
        self.rows(conn, query)
    }

    /// The rows of a page; where they are to be counted, the same query is asked only for how many it finds.
    ///
    /// # Errors
    /// The driver's error.
    pub fn rows<'q, T, Q>(&self, conn: &mut Conn, query: Q) -> QueryResult<Vec<T>>
    where
        Q: LoadQuery<'q, Conn, T> + QueryFragment<Backend>,
    {
        let Some(counted) = &self.counted else {
            return query.load(conn);
        };
        let found = Counting(query).get_result(conn)?;
        counted.get_or_init(|| found);
        Ok(Vec::new())
    }

    /// How many rows to fetch: one more tells whether there is a next page.
    pub const fn fetch(&self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// Cuts the extra row off and says where the next page begins.
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> After) -> Rows<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(key) } else { None };
        Rows { rows, next }
    }
}

/// One page of rows.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<After>,
}

impl<T> Rows<T> {
    /// The same page with every row presented.
    ///
    /// # Errors
    /// The first row that cannot be presented.
    pub fn try_map<U>(self, present: impl FnMut(T) -> Result<U>) -> Result<Rows<U>> {
        let rows = self.rows.into_iter().map(present).collect::<Result<_>>()?;
        Ok(Rows {
            rows,
            next: self.next,
        })
    }
}
