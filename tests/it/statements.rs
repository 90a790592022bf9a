//! Statements are prepared once for each connection: preparing costs the database as much as executing.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use thidua::domain::ids::{CampaignId, OrganizationId};
use thidua::domain::time::{Clock as _, SystemClock};
use thidua::store::{dialect, idempotency};

use crate::support::world::World;
use crate::support::{Database, run};

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = BigInt)]
    kept: i64,
}

/// Changes and locks are, too, of which the query builder thinks that their text may differ.
#[test]
fn what_is_only_executed_is_kept() {
    run(Database::Postgres, |world: World| async move {
        let kept = world.database(|conn| {
            for _ in 0..2 {
                conn.transaction(|conn| {
                    dialect::hold(conn, CampaignId::generate())?;
                    dialect::hold_register(conn, OrganizationId::generate())
                })
                .unwrap();
                idempotency::try_room(conn, SystemClock.now()).unwrap();
            }
            let kept = |like: &str| {
                format!("SELECT count(*) AS kept FROM pg_prepared_statements WHERE statement LIKE '{like}'")
            };
            ["%pg_advisory_xact_lock(%", "UPDATE \"idempotency_keys\"%"].map(|like| {
                let row: Kept = diesel::sql_query(kept(like)).get_result(conn).unwrap();
                row.kept
            })
        });
        assert_eq!(kept.await, [1, 1]);
    });
}
