//! What the sealer writes, each in one statement for many rows; the query builder has none of them for both
//! databases.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text};

use super::{NAME, Row, words};
use crate::domain::statistics::{Group, Tally};
use crate::domain::time::Instant;
use crate::store::connection::{Backend, Conn};
use crate::store::sql_types::{Stamp, Uid};

/// Inserts or replaces what was counted last of objects.
pub(super) struct Remember<'a>(pub &'a [Row]);

/// Adds differences to the counts.
pub(super) struct Add<'a>(pub &'a [(Group, Tally)]);

/// Notes how far the projection has come.
pub(super) struct Reached {
    pub position: i64,
    pub as_of: Instant,
}

macro_rules! statement {
    ($($name:ty),+) => {$(
        impl QueryId for $name {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl RunQueryDsl<Conn> for $name {}
    )+};
}
statement!(Remember<'_>, Add<'_>, Reached);

impl QueryFragment<Backend> for Remember<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        // A text for each number of rows: not worth a prepared statement each.
        out.unsafe_to_cache_prepared();
        out.push_sql(
            "INSERT INTO counted_objects (id, submission_id, campaign_id, division_id, noun, state, \
             subject_kind, form, marked) VALUES ",
        );
        for (index, row) in self.0.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { ", (" });
            out.push_bind_param::<Uid, _>(&row.id)?;
            out.push_sql(", ");
            out.push_bind_param::<Uid, _>(&row.submission_id)?;
            out.push_sql(", ");
            out.push_bind_param::<Uid, _>(&row.campaign_id)?;
            out.push_sql(", ");
            out.push_bind_param::<Uid, _>(&row.division_id)?;
            for text in [&row.noun, &row.state, &row.subject_kind, &row.form] {
                out.push_sql(", ");
                out.push_bind_param::<Text, _>(text)?;
            }
            out.push_sql(", ");
            out.push_bind_param::<Bool, _>(&row.marked)?;
            out.push_sql(")");
        }
        out.push_sql(
            " ON CONFLICT (id) DO UPDATE SET submission_id = excluded.submission_id, \
             campaign_id = excluded.campaign_id, division_id = excluded.division_id, state = excluded.state, \
             subject_kind = excluded.subject_kind, form = excluded.form, marked = excluded.marked",
        );
        Ok(())
    }
}

impl QueryFragment<Backend> for Add<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(
            "INSERT INTO campaign_counts (campaign_id, division_id, noun, state, subject_kind, form, number, \
             marked) VALUES ",
        );
        for (index, (group, tally)) in self.0.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { ", (" });
            out.push_bind_param::<Uid, _>(&group.campaign_id)?;
            out.push_sql(", ");
            out.push_bind_param::<Uid, _>(&group.division_id)?;
            for text in words(&group.kind) {
                out.push_sql(", ");
                out.push_bind_param::<Text, str>(text)?;
            }
            for number in [&tally.number, &tally.marked] {
                out.push_sql(", ");
                out.push_bind_param::<BigInt, _>(number)?;
            }
            out.push_sql(")");
        }
        // Groups that nobody is in any more stay with 0: there are few, and most come back.
        out.push_sql(
            " ON CONFLICT (campaign_id, division_id, noun, state, subject_kind, form) DO UPDATE \
             SET number = campaign_counts.number + excluded.number, \
             marked = campaign_counts.marked + excluded.marked",
        );
        Ok(())
    }
}

impl QueryFragment<Backend> for Reached {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("INSERT INTO projections (name, position, as_of) VALUES (");
        out.push_bind_param::<Text, str>(NAME)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.position)?;
        out.push_sql(", ");
        out.push_bind_param::<Stamp, _>(&self.as_of)?;
        out.push_sql(
            ") ON CONFLICT (name) DO UPDATE SET position = excluded.position, as_of = excluded.as_of",
        );
        Ok(())
    }
}
