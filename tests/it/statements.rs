//! Statements are prepared once for each connection: preparing costs the database as much as executing.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use thidua::domain::caller::{Principal, PrincipalKind, SignOn};
use thidua::domain::ids::{CampaignId, NominationId, OrganizationId};
use thidua::domain::time::{Clock as _, SystemClock};
use thidua::store::authority::Asked;
use thidua::store::{Conn, dialect, idempotency, nominations, statistics};

use crate::support::world::World;
use crate::support::{Database, run};

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = BigInt)]
    kept: i64,
}

fn kept(conn: &mut Conn, like: &str) -> i64 {
    let asked = format!("SELECT count(*) AS kept FROM pg_prepared_statements WHERE statement LIKE '{like}'");
    let row: Kept = diesel::sql_query(asked).get_result(conn).unwrap();
    row.kept
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
            ["%pg_advisory_xact_lock(%", "UPDATE \"idempotency_keys\"%"].map(|like| kept(conn, like))
        });
        assert_eq!(kept.await, [1, 1]);
    });
}

/// What is found together with its reader's authority is the longest text of all.
#[test]
fn what_is_read_in_one_statement_is_kept() {
    run(Database::Postgres, |world: World| async move {
        let kept = world.database(|conn| {
            let principal = Principal {
                kind: PrincipalKind::User,
                issuer: "https://sso.example.gov.vn".to_owned(),
                subject: "nobody".to_owned(),
                display_name: None,
                client_id: None,
                personnel_code: None,
                token_grants: Vec::new(),
                sign_on: SignOn::default(),
            };
            let now = SystemClock.now();
            let asked = Asked {
                principal: &principal,
                now,
                day: now.utc().date_naive(),
            };
            for _ in 0..2 {
                nominations::with_authority(conn, NominationId::generate(), asked).unwrap_err();
                statistics::with_authority(conn, CampaignId::generate(), asked).unwrap_err();
            }
            kept(conn, "% AS authority%")
        });
        assert_eq!(kept.await, 2);
    });
}
