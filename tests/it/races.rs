//! Many clients at once: the last places of the quota, and one number for two clerks.
//!
//! `THIDUA_RACE_ROUNDS=100 cargo test --test it races::` plays the long version.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use serde_json::json;
use thidua::domain::caller::PrincipalKind;
use thidua::domain::codes::{LeadershipClass, StaffKind};
use thidua::domain::ids::{CampaignId, DecisionId, IndividualId};
use thidua::domain::states::NominationState;
use thidua::domain::text;
use thidua::store::schema::{decisions, individuals, nominations};
use thidua::store::{Conn, dialect};

use crate::support::decisions::{
    Subject, Wanted, drafted, insert_campaign, insert_nomination, insert_numbered, nominations as make, plan,
    signed,
};
use crate::support::postgres::deadlocks;
use crate::support::when;
use crate::support::world::{World, org, token};
use crate::support::{Database, WorldSettings, run_with};

const CLIENTS: usize = 200;
/// 30 % of 40 individuals.
const LIMIT: usize = 12;

/// How often a race is run.
pub fn rounds() -> usize {
    std::env::var("THIDUA_RACE_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10)
}

const SETTINGS: WorldSettings = WorldSettings {
    connections: 8,
    now: "2026-06-30T02:00:00Z",
    max_file_bytes: 1024 * 1024,
    waiting: 256,
    shell: |_| {},
    auth: |_| {},
};

#[test]
fn the_last_places_on_postgres() {
    run_with(Database::Postgres, SETTINGS, last_places);
}

#[test]
fn the_last_places_on_sqlite() {
    run_with(Database::Sqlite, SETTINGS, last_places);
}

#[test]
fn one_number_for_two_clerks_on_postgres() {
    run_with(Database::Postgres, SETTINGS, one_number);
}

#[test]
fn one_number_for_two_clerks_on_sqlite() {
    run_with(Database::Sqlite, SETTINGS, one_number);
}

/// People of the races, made once for all rounds.
fn people(conn: &mut Conn) -> Vec<IndividualId> {
    (0..CLIENTS)
        .map(|number| {
            let (id, name) = (IndividualId::generate(), format!("Người Mẫu {number}"));
            let made: thidua::domain::time::Instant = when("2026-01-01T00:00:00Z").parse().unwrap();
            diesel::insert_into(individuals::table)
                .values((
                    individuals::id.eq(id),
                    individuals::owner_organization_id.eq(org::DEPARTMENT),
                    individuals::unit_id.eq(org::DIVISIONS[0]),
                    individuals::full_name.eq(&name),
                    individuals::sort_name.eq(text::given_name_sort_key(&name)),
                    individuals::position.eq("Chuyên viên"),
                    individuals::staff_kind.eq(StaffKind::CongChuc),
                    individuals::leadership_class.eq(LeadershipClass::DirectWorker),
                    individuals::active.eq(true),
                    individuals::version.eq(1_i64),
                    individuals::created_at.eq(made),
                    individuals::updated_at.eq(made),
                ))
                .execute(conn)
                .unwrap();
            id
        })
        .collect()
}

/// A campaign with 200 decisions, numbered, of one discovered subject each.
fn round(conn: &mut Conn, people: &[IndividualId], first: i32) -> (CampaignId, Vec<DecisionId>) {
    // As the service begins its writes: SQLite's one write lock at once.
    dialect::begin_write(conn).unwrap();
    let campaign = insert_campaign(conn, 6, 40, &plan());
    let ids = people
        .iter()
        .zip(first..)
        .map(|(person, number)| {
            let wanted = Wanted::discovered(Subject::Individual(*person));
            let nomination = insert_nomination(conn, campaign, wanted);
            insert_numbered(conn, campaign, nomination, number)
        })
        .collect();
    dialect::commit(conn).unwrap();
    (campaign, ids)
}

fn awarded(conn: &mut Conn, campaign: CampaignId) -> (i64, i64) {
    let used = nominations::table
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::state.eq(NominationState::Awarded))
        .count()
        .get_result(conn)
        .unwrap();
    let issued = decisions::table
        .filter(decisions::campaign_id.eq(campaign))
        .filter(decisions::issued_at.is_not_null())
        .count()
        .get_result(conn)
        .unwrap();
    (used, issued)
}

/// Issues one decision, repeating what the service asks to repeat; every third client loses its first
/// answer and asks again with its key.
async fn issue(client: reqwest::Client, url: String, token: Arc<String>, index: usize) -> (u16, String) {
    let ask = || {
        client
            .post(&url)
            .bearer_auth(token.as_str())
            .header("if-match", "\"1\"")
            .header("idempotency-key", format!("race-{url}"))
            .json(&json!({}))
            .send()
    };
    let answered = async || loop {
        let answer = ask().await.expect("the service answers");
        match answer.status().as_u16() {
            503 => {}
            // A connection of the pool that was never used has just come to its end (RFC 9110, 15.5.9).
            408 if answer.content_length() == Some(0) => continue,
            _ => return answer,
        }
        assert!(
            answer.headers().contains_key("retry-after"),
            "503 says when to come back"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let answer = answered().await;
    let status = answer.status().as_u16();
    let body: serde_json::Value = answer.json().await.unwrap();
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    if status == 200 && index.is_multiple_of(3) {
        let again = answered().await;
        assert_eq!(again.status().as_u16(), 200);
        assert_eq!(again.headers()["idempotency-replayed"], "true");
    }
    (status, code)
}

async fn last_places(world: World) {
    let second = match world.database {
        Database::Postgres => Some(world.second()),
        Database::Sqlite => None,
    };
    let bases: Vec<String> = std::iter::once(world.base().to_owned())
        .chain(second.as_ref().map(|second| second.base().to_owned()))
        .collect();
    let people = Arc::new(world.database(people).await);
    let token = Arc::new(token("director", PrincipalKind::User));
    let client = reqwest::Client::builder()
        .timeout(Duration::from_mins(5))
        .build()
        .unwrap();
    let mut number = 1;
    for turn in 0..rounds() {
        let crowd = Arc::clone(&people);
        let (campaign, ids) = world.database(move |conn| round(conn, &crowd, number)).await;
        number += i32::try_from(CLIENTS).unwrap();
        let asked = ids.iter().enumerate().map(|(index, id)| {
            let url = format!("{}/v1/decisions/{id}/issue", bases[index % bases.len()]);
            tokio::spawn(issue(client.clone(), url, Arc::clone(&token), index))
        });
        let asked: Vec<_> = asked.collect();
        let mut answers = Vec::new();
        for task in asked {
            answers.push(task.await.unwrap());
        }
        let succeeded = answers.iter().filter(|(status, _)| *status == 200).count();
        let refused = answers
            .iter()
            .filter(|(status, code)| *status == 409 && code == "quota.exceeded")
            .count();
        assert_eq!(
            (succeeded, refused),
            (LIMIT, CLIENTS - LIMIT),
            "round {turn}: {answers:?}"
        );
        let limit = i64::try_from(LIMIT).unwrap();
        let found = world.database(move |conn| awarded(conn, campaign)).await;
        assert_eq!(found, (limit, limit), "round {turn}");
    }
    assert_eq!(world.unsound().await, Vec::<String>::new());
    assert_eq!(world.database(deadlocks).await, 0, "CON-06");
}

async fn one_number(world: World) {
    let campaign = world.database(|conn| insert_campaign(conn, 6, 40, &plan())).await;
    let wanted = vec![
        Wanted::recommended(Subject::Person(11)),
        Wanted::recommended(Subject::Person(12)),
    ];
    let ids = make(&world, campaign, wanted).await;
    let mut paths = Vec::new();
    for id in ids {
        let path = drafted(&world, campaign, &[id]).await;
        signed(&world, &path).await;
        paths.push(path);
    }
    let clerk = world.persona("clerk");
    world.not_before(when("2026-06-30"));
    let body = json!({"number": 7, "issued_on": when("2026-06-30")});
    let (first, second) = tokio::join!(
        clerk.act(&paths[0], "number", &body),
        clerk.act(&paths[1], "number", &body)
    );
    let (given, refused) = if first.status == 200 {
        (first, second)
    } else {
        (second, first)
    };
    given.expect(200);
    refused.refused(409, "decision.number_taken");
    assert_eq!(world.database(deadlocks).await, 0, "CON-06");
}
