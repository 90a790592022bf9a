//! The journal: history of objects, positions under concurrent writers, tampering, the checker.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::app::{AnyId, JsonText};
use thidua::domain::ids::{CampaignId, JournalEntryId, NominationId, SubmissionId};
use thidua::domain::states::{CampaignState, NominationState, SubmissionState};
use thidua::domain::time::{Clock as _, Instant};
use thidua::store::connection::Conn;
use thidua::store::tx::Finish;
use thidua::store::{dialect, journal, schema};

use crate::support::calendar::{WRITTEN_FOR, start, when};
use crate::support::councils::{Subject, received_dossier};
use crate::support::world::{World, issuer, name_of, org, person, signed, unsigned};
use crate::support::{on_both, planted};

on_both!(
    history_tells_who_what_when_and_why,
    history_is_for_those_who_may_read_the_object,
    the_journal_is_read_in_the_order_of_its_positions,
    who_reads_the_journal,
    the_journal_tells_from_where,
    positions_are_contiguous_under_concurrent_writers,
    changed_and_deleted_entries_are_refused_or_found,
    an_erased_detail_leaves_the_chain_whole,
    the_checker_passes_a_clean_world_and_names_what_was_broken,
    the_checker_names_every_kind_of_violation,
    what_waits_for_its_seal_is_counted,
);

fn items(reply: &crate::support::Reply) -> &Vec<Value> {
    reply.json["items"].as_array().unwrap()
}

async fn history_tells_who_what_when_and_why(world: World) {
    let reviewer = world.persona("reviewer");
    let target = format!("/v1/individuals/{}", person(20));
    reviewer
        .patch(&target, &json!({"position": "Chuyên viên chính"}))
        .await
        .expect(200);
    let history = reviewer.get(&format!("{target}/history")).await.expect(200);
    let entry = &items(&history)[0];
    assert_eq!(entry["kind"], "individual.edited");
    assert_eq!(entry["object_id"], json!(person(20)));
    assert_eq!(entry["object_version"], 2);
    assert_eq!(entry["actor"]["name"], "reviewer (mẫu)");
    // A token without a name: that of the individual behind it.
    let (header, mut claims) = unsigned("reviewer");
    claims.as_object_mut().unwrap().remove("name");
    let nameless = world.bearer(&signed(&header, &claims));
    let other = format!("/v1/individuals/{}", person(21));
    let edit = json!({"position": "Chuyên viên chính"});
    nameless.patch(&other, &edit).await.expect(200);
    let told = reviewer.get(&format!("{other}/history")).await.expect(200);
    assert_eq!(items(&told)[0]["actor"]["name"], name_of(4));
    assert_eq!(entry["actor"]["role"], "OFFICE_REVIEWER");
    assert_eq!(entry["actor"]["client_id"], "portal");
    assert_eq!(
        entry["changes"]["position"],
        json!({"before": "Chuyên viên", "after": "Chuyên viên chính"})
    );
    let occurred: Instant = entry["occurred_at"].as_str().unwrap().parse().unwrap();
    assert!((start(WRITTEN_FOR)..=world.clock.now()).contains(&occurred));
    assert_eq!(entry["detail_digest"].as_str().unwrap().len(), 64);
    // Shown at once, with a position only when sealed (M-11). The worker may be faster than this test.
    world.seal().await;
    let history = reviewer.get(&format!("{target}/history")).await.expect(200);
    let entry = &items(&history)[0];
    assert_eq!(entry["position"], 1);
    assert_eq!(entry["hash"].as_str().unwrap().len(), 64);
    assert_eq!(entry["previous_hash"], "0".repeat(64));

    let unit = format!("/v1/organizations/{}", org::DIVISIONS[0]);
    world
        .persona("administrator")
        .act(
            &unit,
            "move",
            &json!({"parent_id": org::OFFICE, "reason": "Sắp xếp lại"}),
        )
        .await
        .expect(200);
    let history = world
        .persona("nobody")
        .get(&format!("{unit}/history"))
        .await
        .expect(200);
    assert_eq!(items(&history)[0]["reason"], "Sắp xếp lại");
}

async fn history_is_for_those_who_may_read_the_object(world: World) {
    let nothing = uuid::Uuid::now_v7();
    let auditor = world.persona("auditor");
    for noun in [
        "organizations",
        "individuals",
        "collectives",
        "role-grants",
        "campaigns",
        "submissions",
        "nominations",
        "councils",
        "review-sessions",
        "decisions",
        "forwardings",
    ] {
        auditor
            .get(&format!("/v1/{noun}/{nothing}/history"))
            .await
            .refused(404, "resource.not_found");
    }
    let target = format!("/v1/individuals/{}/history", person(20));
    world.persona("head5").get(&target).await.expect(200);
    world
        .persona("head1")
        .get(&target)
        .await
        .refused(404, "resource.not_found");
    world
        .persona("stranger")
        .get(&target)
        .await
        .refused(404, "resource.not_found");
}

async fn the_journal_is_read_in_the_order_of_its_positions(world: World) {
    let reviewer = world.persona("reviewer");
    for number in 0..5 {
        let body = json!({"unit_id": org::OFFICE, "name": format!("Tổ {number}"), "kind": "COLLECTIVE"});
        reviewer.post("/v1/collectives", &body).await.expect(201);
    }
    let target = format!("/v1/individuals/{}", person(20));
    reviewer
        .patch(&target, &json!({"position": "Khác"}))
        .await
        .expect(200);
    world.seal().await;
    let auditor = world.persona("auditor");
    let mut positions = Vec::new();
    let mut next = "/v1/audit-entries?limit=4".to_owned();
    loop {
        let page = auditor.get(&next).await.expect(200);
        positions.extend(
            items(&page)
                .iter()
                .map(|entry| entry["position"].as_i64().unwrap()),
        );
        let Some(cursor) = page.json["next_cursor"].as_str() else {
            break;
        };
        next = format!("/v1/audit-entries?limit=4&cursor={cursor}");
    }
    assert_eq!(positions, [1, 2, 3, 4, 5, 6]);
    // Whoever keeps a copy goes on behind the last entry that it has.
    let behind = |position: i64| format!("/v1/audit-entries?limit=1&after_position={position}");
    let nothing = auditor.get(&behind(6)).await.expect(200);
    assert_eq!(nothing.json, json!({"items": []}));
    let page = auditor.get(&behind(4)).await.expect(200);
    assert_eq!(items(&page)[0]["position"], 5);
    let cursor = page.json["next_cursor"].as_str().unwrap();
    let last = auditor.get(&format!("{}&cursor={cursor}", behind(4))).await;
    let last = last.expect(200);
    assert_eq!(items(&last)[0]["position"], 6);
    assert!(last.json.get("next_cursor").is_none());
    auditor
        .get(&format!("{}&cursor={cursor}", behind(3)))
        .await
        .refused(400, "cursor.invalid");
    for wrong in ["-1", "x"] {
        let query = format!("/v1/audit-entries?after_position={wrong}");
        auditor.get(&query).await.refused(400, "query.invalid");
    }
    let edits = auditor
        .get("/v1/audit-entries?kind=individual.edited")
        .await
        .expect(200);
    assert_eq!(items(&edits).len(), 1);
    let actor = items(&edits)[0]["actor"]["id"].as_str().unwrap();
    let own = auditor
        .get(&format!(
            "/v1/audit-entries?actor_id={actor}&object={}",
            person(20)
        ))
        .await
        .expect(200);
    assert_eq!(items(&own).len(), 1);
    let position = items(&own)[0]["position"].as_i64().unwrap();
    for (after, found) in [(position - 1, 1), (position, 0)] {
        let query = format!("/v1/audit-entries?object={}&after_position={after}", person(20));
        assert_eq!(items(&auditor.get(&query).await.expect(200)).len(), found);
    }
    let none = auditor
        .get(&format!("/v1/audit-entries?campaign_id={}", uuid::Uuid::now_v7()))
        .await
        .expect(200);
    assert_eq!(items(&none).len(), 0);
}

async fn who_reads_the_journal(world: World) {
    let target = format!("/v1/individuals/{}", person(20));
    world
        .persona("reviewer")
        .patch(&target, &json!({"position": "Khác"}))
        .await
        .expect(200);
    let body = json!({"name": "Sở Thử", "kind": "DEPARTMENT"});
    world
        .persona("administrator")
        .post("/v1/organizations", &body)
        .await
        .expect(201);
    world.seal().await;
    for (subject, count) in [("auditor", 2), ("chief", 1), ("director", 1), ("stranger", 0)] {
        let page = world.persona(subject).get("/v1/audit-entries").await.expect(200);
        assert_eq!(items(&page).len(), count, "{subject}");
    }
    let by_object = format!("/v1/audit-entries?object={}", person(20));
    let hidden = world.persona("stranger").get(&by_object).await.expect(200);
    assert_eq!(items(&hidden).len(), 0);
    for subject in ["nobody", "reviewer", "head1", "administrator"] {
        world
            .persona(subject)
            .get("/v1/audit-entries")
            .await
            .refused(403, "access.forbidden");
    }
}

/// OBS-08: who (iss, sub, client), from where, in which trace; for who reads the journal, not for everyone who
/// sees the object.
async fn the_journal_tells_from_where(world: World) {
    let target = format!("/v1/individuals/{}", person(20));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let reviewer = world.persona("reviewer");
    reviewer
        .ask("PATCH", &target)
        .header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"))
        .if_match("*")
        .json(&json!({"position": "Khác"}))
        .send()
        .await
        .expect(200);
    let unit = json!({"name": "Sở Thử", "kind": "DEPARTMENT"});
    world
        .persona("administrator")
        .post("/v1/organizations", &unit)
        .await
        .expect(201);
    world.seal().await;
    let page = world
        .persona("auditor")
        .get("/v1/audit-entries")
        .await
        .expect(200);
    let [edit, created] = &items(&page)[..] else {
        panic!("two entries");
    };
    let expected = json!({
        "issuer": issuer().url(), "subject": "reviewer", "address": "127.0.0.1", "trace_id": trace,
    });
    assert_eq!(edit["origin"], expected);
    assert_eq!(created["origin"]["subject"], "administrator");
    assert_ne!(created["origin"]["trace_id"], edit["origin"]["trace_id"]);
    for subject in ["auditor", "reviewer"] {
        let history = world
            .persona(subject)
            .get(&format!("{target}/history"))
            .await
            .expect(200);
        let entry = &items(&history)[0];
        assert_eq!(entry["kind"], "individual.edited");
        assert!(entry.get("origin").is_none(), "{subject}");
    }
}

async fn positions_are_contiguous_under_concurrent_writers(world: World) {
    const WRITERS: usize = 16;
    const WRITES: usize = 20;
    let reviewer = world.persona("reviewer");
    let writer = |writer: usize| {
        let reviewer = reviewer.clone();
        let app = world.parts.app.clone();
        async move {
            for number in 0..WRITES {
                let body = json!({"unit_id": org::OFFICE, "kind": "COLLECTIVE",
                                  "name": format!("Tổ {writer}-{number}")});
                reviewer.post("/v1/collectives", &body).await.expect(201);
                if number % 5 == 0 {
                    app.seal().await.unwrap();
                }
            }
        }
    };
    futures_util::future::join_all((0..WRITERS).map(writer)).await;
    world.seal().await;
    let (positions, faults) = world
        .database(|conn| {
            let positions: Vec<Option<i64>> = schema::journal_entries::table
                .select(schema::journal_entries::position)
                .order(schema::journal_entries::position.asc())
                .load(conn)
                .unwrap();
            (positions, journal::verify(conn).unwrap())
        })
        .await;
    let expected: Vec<Option<i64>> = (1..=i64::try_from(WRITERS * WRITES).unwrap()).map(Some).collect();
    assert_eq!(positions, expected);
    assert_eq!(faults, Vec::<String>::new());
}

async fn changed_and_deleted_entries_are_refused_or_found(world: World) {
    let reviewer = world.persona("reviewer");
    for number in 0..4 {
        let body = json!({"unit_id": org::OFFICE, "name": format!("Tổ {number}"), "kind": "COLLECTIVE"});
        reviewer.post("/v1/collectives", &body).await.expect(201);
    }
    world.seal().await;
    let tries = [
        "UPDATE journal_entries SET kind = 'collective.edited' WHERE position = 2",
        "UPDATE journal_entries SET position = 9 WHERE position = 4",
        "DELETE FROM journal_entries WHERE position = 3",
    ];
    world
        .database(move |conn| {
            for sql in tries {
                let refused = dialect::savepoint(conn, |conn| conn.batch_execute(sql).map(drop));
                assert!(refused.is_err(), "{sql}");
            }
            assert_eq!(journal::verify(conn).unwrap(), Vec::<String>::new());
        })
        .await;
    let tampered = [
        (
            "UPDATE journal_entries SET kind = 'collective.edited' WHERE position = 2",
            "position 2",
        ),
        (
            "UPDATE journal_entries SET object_noun = 'x' WHERE position = 2",
            "position 2",
        ),
        (
            "UPDATE journal_entries SET object_version = 7 WHERE position = 2",
            "position 2",
        ),
        (
            "UPDATE journal_entries SET actor_role = 'DIRECTOR' WHERE position = 2",
            "position 2",
        ),
        (
            "UPDATE journal_entries SET to_state = 'AWARDED' WHERE position = 2",
            "position 2",
        ),
        (
            "UPDATE journal_entries SET request_id = 'x' WHERE position = 2",
            "position 2",
        ),
        (
            "UPDATE journal_entries SET detail_digest = 'x' WHERE position = 2",
            "position 2",
        ),
        (
            "UPDATE journal_entries SET hash = 'x' WHERE position = 4",
            "position 4",
        ),
        (
            "UPDATE journal_details SET content = '{}' WHERE entry_id = (SELECT id FROM journal_entries WHERE position = 1)",
            "position 1",
        ),
        (
            "DELETE FROM journal_details WHERE entry_id = (SELECT id FROM journal_entries WHERE position = 3); \
          DELETE FROM journal_entries WHERE position = 3",
            "position 3",
        ),
    ];
    world
        .database(move |conn| {
            without_trigger(conn);
            for (sql, place) in tampered {
                let found = conn.transaction::<Vec<String>, diesel::result::Error, _>(|conn| {
                    conn.batch_execute(sql)?;
                    let found = journal::verify(conn).unwrap();
                    assert!(
                        found.iter().any(|fault| fault.contains(place)),
                        "{sql}: {found:?}"
                    );
                    Err(diesel::result::Error::RollbackTransaction)
                });
                assert!(found.is_err());
            }
        })
        .await;
}

async fn an_erased_detail_leaves_the_chain_whole(world: World) {
    let reviewer = world.persona("reviewer");
    let target = format!("/v1/individuals/{}", person(20));
    reviewer
        .patch(&target, &json!({"position": "Khác"}))
        .await
        .expect(200);
    world.seal().await;
    world
        .database(|conn| {
            conn.batch_execute("DELETE FROM journal_details").unwrap();
            assert_eq!(journal::verify(conn).unwrap(), Vec::<String>::new());
        })
        .await;
    let history = reviewer.get(&format!("{target}/history")).await.expect(200);
    let entry = &items(&history)[0];
    assert!(entry.get("changes").is_none() && entry["actor"].get("name").is_none());
    assert!(entry["actor"]["id"].is_string());
}

async fn the_checker_passes_a_clean_world_and_names_what_was_broken(world: World) {
    let reviewer = world.persona("reviewer");
    let body = json!({"unit_id": org::OFFICE, "name": "Tổ mẫu", "kind": "COLLECTIVE"});
    reviewer.post("/v1/collectives", &body).await.expect(201);
    let unit = format!("/v1/organizations/{}", org::DIVISIONS[4]);
    world
        .persona("administrator")
        .act(
            &unit,
            "move",
            &json!({"parent_id": org::OTHER_DEPARTMENT, "reason": "Sắp xếp"}),
        )
        .await
        .expect(200);
    world.seal().await;
    assert_eq!(world.parts.app.check().await.unwrap(), Vec::<String>::new());
    let broken = |sql: &'static str| {
        world.database(move |conn| {
            without_trigger(conn);
            conn.batch_execute(sql).unwrap();
        })
    };
    broken("UPDATE journal_entries SET kind = 'x.y' WHERE position = 1").await;
    broken("DELETE FROM organization_ancestors WHERE depth = 2").await;
    let found = world.parts.app.check().await.unwrap();
    assert!(
        found.iter().any(|fault| fault.contains("journal position 1")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|fault| fault.contains("its ancestors")),
        "{found:?}"
    );
}

/// Lets a test do what the trigger forbids.
fn without_trigger(conn: &mut Conn) {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "DROP TRIGGER IF EXISTS journal_entries_kept; DROP TRIGGER IF EXISTS journal_entries_sealed_once;"
        }
        Conn::Postgres(_) => "ALTER TABLE journal_entries DISABLE TRIGGER USER;",
    };
    conn.batch_execute(sql).unwrap();
}

async fn the_checker_names_every_kind_of_violation(world: World) {
    let subjects = [
        Subject::Collective(2),
        Subject::Collective(3),
        Subject::Individual(11),
    ];
    let dossier = received_dossier(&world, &subjects).await;
    let (campaign, submission) = (dossier.campaign, dossier.submission);
    let nominations = subjects.map(|subject| dossier.nominations[&subject]);
    world.seal().await;
    let clean = world.parts.app.check().await.unwrap();
    // The dossier was put there without its way, which is all that can be said against it: nobody told the
    // statistics either.
    let (histories, others): (Vec<_>, Vec<_>) = clean.iter().partition(|fault| fault.contains("its history"));
    assert_eq!(histories.len(), 2);
    assert!(
        others
            .iter()
            .all(|fault| fault.contains("the statistics do not count it")),
        "{clean:?}"
    );
    world
        .database(move |conn| {
            use schema::{campaigns, nominations as table, participants, quota_standings, submissions};
            diesel::update(submissions::table.find(submission))
                .set(submissions::state.eq(SubmissionState::Closed))
                .execute(conn)
                .unwrap();
            diesel::update(table::table.filter(table::id.eq_any(nominations[..2].to_vec())))
                .set(table::state.eq(NominationState::Awarded))
                .execute(conn)
                .unwrap();
            diesel::update(campaigns::table.find(campaign))
                .set(campaigns::roll_frozen_at.eq(None::<Instant>))
                .execute(conn)
                .unwrap();
            diesel::update(participants::table.filter(participants::campaign_id.eq(campaign)))
                .set(participants::counted.eq(true))
                .execute(conn)
                .unwrap();
            thidua::store::quotas::keep(conn, campaign).unwrap();
            diesel::update(quota_standings::table.find(campaign))
                .set(quota_standings::left_out.eq(7))
                .execute(conn)
                .unwrap();
            planted::decision(conn, campaign, Some(nominations[2]), |_| {});
            planted::votes(conn, campaign, nominations[2]);
        })
        .await;
    let mut provoked = clean;
    let found = world.parts.app.check().await.unwrap();
    provoked.extend_from_slice(&found);
    for wanted in [
        "is CLOSED, but a nomination is not settled",
        "its history in the journal does not lead to AWARDED",
        "its quota is exceeded by reading Q1",
        "what is kept of its quota is not what it comes to",
        "is AWARDED, but no decision in force says so",
        "is PROPOSED, but its award is in force",
        "its amount is not coefficient",
        &format!("its base salary is not that of {}", when("2026-06-30")),
        "the year of its register is not that of its date",
        "is frozen on a roll that is not",
        "its tally is not the sum of its votes",
        "belongs to another session than its item or member",
    ] {
        assert!(
            found.iter().any(|fault| fault.contains(wanted)),
            "{wanted}: {found:#?}"
        );
    }
    world
        .database(move |conn| {
            use schema::campaigns;
            diesel::update(campaigns::table.find(campaign))
                .set((
                    campaigns::state.eq(CampaignState::Cancelled),
                    campaigns::state_reason.eq("Thôi"),
                    campaigns::parent_campaign_id.eq(campaign),
                ))
                .execute(conn)
                .unwrap();
        })
        .await;
    let found = world.parts.app.check().await.unwrap();
    provoked.extend_from_slice(&found);
    for wanted in [
        "lies below itself",
        "is CANCELLED, but decisions were issued in it",
    ] {
        assert!(
            found.iter().any(|fault| fault.contains(wanted)),
            "{wanted}: {found:#?}"
        );
    }
    provoked.extend(what_the_database_would_not_take(&world, campaign, submission, nominations).await);
    for sentence in sentences() {
        assert!(
            provoked.iter().any(|fault| says(fault, &sentence)),
            "a test has to provoke {sentence:?}; there are {provoked:#?}"
        );
    }
}

/// What the checker says after more was broken, part of which constraints and the triggers of the journal forbid.
async fn what_the_database_would_not_take(
    world: &World,
    campaign: CampaignId,
    submission: SubmissionId,
    nominations: [NominationId; 3],
) -> Vec<String> {
    // One dossier that is nobody's, and one entry that leads from nowhere.
    received_dossier(world, &[]).await;
    let draft = json!({"name": "Thi đua", "kind": "THEMATIC", "scope": "AGENCY",
        "owner_organization_id": org::DEPARTMENT});
    let chief = world.persona("chief");
    let draft: CampaignId = chief
        .post("/v1/campaigns", &draft)
        .await
        .expect(201)
        .id()
        .parse()
        .unwrap();
    world.seal().await;
    world
        .database(move |conn| {
            use schema::{
                addressed, campaign_counts, honors, journal_entries, nominations as table, organizations,
                submissions,
            };
            without_trigger(conn);
            diesel::update(journal_entries::table.filter(journal_entries::object_id.eq(AnyId::from(draft))))
                .set((
                    journal_entries::from_state.eq("CLOSED"),
                    journal_entries::to_state.eq("DRAFT"),
                ))
                .execute(conn)
                .unwrap();
            diesel::update(organizations::table.find(org::OTHER_DIVISION))
                .set(organizations::parent_id.eq(org::OTHER_DIVISION))
                .execute(conn)
                .unwrap();
            diesel::update(submissions::table.find(submission))
                .set(submissions::state.eq(SubmissionState::Appraising))
                .execute(conn)
                .unwrap();
            diesel::update(table::table.filter(table::submission_id.eq(submission)))
                .set((table::state.eq(NominationState::Awarded), table::live.eq(false)))
                .execute(conn)
                .unwrap();
            let twin: AnyId = table::table
                .find(nominations[0])
                .select(table::subject_id)
                .first(conn)
                .unwrap();
            diesel::update(table::table.find(nominations[1]))
                .set(table::subject_id.eq(twin))
                .execute(conn)
                .unwrap();
            let mut number = 1;
            let mut award = |conn: &mut Conn, nomination, raw: &str, external, day: &str| {
                number += 1;
                planted::decision(conn, campaign, nomination, |decision| {
                    decision.number = Some(number);
                    decision.number_raw = Some(raw.to_owned());
                    decision.external = external;
                    decision.issued_on = day.parse().ok();
                })
            };
            let day = when("2026-06-30");
            let honored = award(conn, Some(nominations[0]), "02/QĐ-SNgV", false, day);
            award(conn, Some(nominations[1]), "03/QĐ-SNgV", false, day);
            award(conn, None, "01/QĐ-SNgV", true, day);
            award(conn, None, "09/QĐ-UBND", true, day);
            award(conn, None, "09/QĐ-UBND", true, when("2026-06-29"));
            diesel::insert_into(honors::table)
                .values((
                    honors::item_id.eq(honored),
                    honors::issued_on.eq(day.parse::<chrono::NaiveDate>().unwrap()),
                    honors::campaign_id.eq(campaign),
                    honors::organization_id.eq(org::DEPARTMENT),
                ))
                .execute(conn)
                .unwrap();
            diesel::insert_into(addressed::table)
                .values((
                    addressed::receiver_organization_id.eq(org::BOARD),
                    addressed::nomination_id.eq(nominations[0]),
                    addressed::submission_id.eq(submission),
                    addressed::awaited.eq(true),
                ))
                .execute(conn)
                .unwrap();
            diesel::insert_into(campaign_counts::table)
                .values((
                    campaign_counts::campaign_id.eq(campaign),
                    campaign_counts::division_id.eq(org::DIVISIONS[0]),
                    campaign_counts::noun.eq("submission"),
                    campaign_counts::state.eq("RECEIVED"),
                    campaign_counts::subject_kind.eq(""),
                    campaign_counts::form.eq(""),
                    campaign_counts::number.eq(1_i64),
                    campaign_counts::marked.eq(0_i64),
                ))
                .execute(conn)
                .unwrap();
            planted::votes_twice(conn);
        })
        .await;
    let mut found = world.parts.app.check().await.unwrap();
    world
        .database(move |conn| {
            use schema::submissions;
            diesel::update(submissions::table.find(submission))
                .set(submissions::state.eq(SubmissionState::Submitted))
                .execute(conn)
                .unwrap();
        })
        .await;
    found.extend(world.parts.app.check().await.unwrap());
    found
}

/// Every sentence of the checker as its source has it, with braces in place of what differs.
fn sentences() -> Vec<String> {
    let source = include_str!("../../src/app/check.rs");
    let said = source.split("faults.push(").skip(1);
    assert!(
        said.clone().all(|rest| rest.trim_start().starts_with("format!(")),
        "what this test does not read"
    );
    let all: Vec<String> = source
        .split("format!(")
        .skip(1)
        .map(|rest| {
            let sentence = rest.trim_start().strip_prefix('"').expect("a sentence");
            sentence.split('"').next().unwrap().to_owned()
        })
        .collect();
    assert!(all.len() > 25, "{all:#?}");
    all
}

/// Whether a fault is this sentence: word by word, with one word in place of braces.
fn says(fault: &str, sentence: &str) -> bool {
    let (fault, sentence): (Vec<_>, Vec<_>) = (fault.split(' ').collect(), sentence.split(' ').collect());
    fault.len() == sentence.len()
        && fault.iter().zip(sentence).all(|(said, written)| {
            let Some((before, rest)) = written.split_once('{') else {
                return *said == written;
            };
            let after = rest.split_once('}').unwrap().1;
            said.strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .is_some_and(|what| !what.is_empty())
        })
}

/// How much waits and since when, which the health of the service tells; the oldest need not be the first that came.
async fn what_waits_for_its_seal_is_counted(world: World) {
    let target = format!("/v1/individuals/{}", person(20));
    let edit = json!({"position": "Khác"});
    world.persona("reviewer").patch(&target, &edit).await.expect(200);
    world.seal().await;
    let counted = world.parts.app.db.write(|conn| {
        let sealed: journal::Entry = schema::journal_entries::table
            .select(journal::Entry::as_select())
            .first(conn)?;
        let mut counted = vec![journal::unsealed(conn)?];
        for hours in [2, 1] {
            let entry = journal::Entry {
                id: JournalEntryId::generate(),
                position: None,
                previous_hash: None,
                hash: None,
                occurred_at: sealed.occurred_at.plus(Duration::from_hours(hours)),
                ..sealed.clone()
            };
            journal::append(conn, entry, &JsonText::raw("{}".to_owned()))?;
            counted.push(journal::unsealed(conn)?);
        }
        Ok(((sealed.occurred_at, counted), Finish::Rollback))
    });
    let (began, counted) = counted.await.unwrap();
    let after = |hours| Some(began.plus(Duration::from_hours(hours)));
    assert_eq!(counted, [(0, None), (1, after(2)), (2, after(1))]);
}
