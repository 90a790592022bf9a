//! Keyset pages: `limit + 1` rows after a key, never an offset (LST-01, LST-02).

use uuid::Uuid;

use crate::domain::error::Result;

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
}

impl Slice {
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
