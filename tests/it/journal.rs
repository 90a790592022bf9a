//! The journal: history of objects, positions under concurrent writers, tampering, the checker.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::app::JsonText;
use thidua::domain::codes::{
    DecisionItemState, DecisionType, MembershipFunction, ReceivedChannel, SessionMode, SubjectKind,
    VoteChoice, VotingMethod,
};
use thidua::domain::ids::{
    AgendaItemId, CampaignId, CouncilId, CouncilMemberId, DecisionId, DecisionItemId, IdentityId,
    NominationId, ReviewSessionId, SessionMemberId, VoteId,
};
use thidua::domain::states::{
    CampaignState, DecisionState, NominationState, ReviewSessionState, SubmissionState,
};
use thidua::domain::time::{Clock as _, Instant};
use thidua::store::connection::Conn;
use thidua::store::{decisions, dialect, journal, schema};

use crate::support::calendar::{WRITTEN_FOR, start, when};
use crate::support::councils::{Subject, received_dossier};
use crate::support::on_both;
use crate::support::world::{World, issuer, name_of, org, person, signed, unsigned};

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
    let nominations: Vec<_> = subjects
        .iter()
        .map(|subject| dossier.nominations[subject])
        .collect();
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
            plant_decision(conn, campaign, nominations[2]);
            plant_votes(conn, campaign, nominations[2]);
        })
        .await;
    let found = world.parts.app.check().await.unwrap();
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
    for wanted in [
        "lies below itself",
        "is CANCELLED, but decisions were issued in it",
    ] {
        assert!(
            found.iter().any(|fault| fault.contains(wanted)),
            "{wanted}: {found:#?}"
        );
    }
}

/// A decision with wrong money in a register of the wrong year.
fn plant_decision(conn: &mut Conn, campaign_id: CampaignId, nomination: NominationId) {
    let now: Instant = when("2026-06-30T02:00:00Z").parse().unwrap();
    let day = when("2026-06-30").parse().ok();
    let id = DecisionId::generate();
    let decision = decisions::Decision {
        id,
        owner_organization_id: org::DEPARTMENT,
        campaign_id,
        issuer_name: "Sở Ngoại vụ".to_owned(),
        kind: DecisionType::Award,
        state: DecisionState::Issued,
        title: "Quyết định mẫu".to_owned(),
        form: Some("GIAY_KHEN_SO".to_owned()),
        session_id: None,
        original_id: None,
        forwarding_id: None,
        external: false,
        grounds: JsonText::of::<[Value]>(&[]).unwrap(),
        achievement_from: None,
        achievement_to: None,
        signature: Some(JsonText::raw("{}".to_owned())),
        signed_at: Some(now),
        register: Some("QĐ".to_owned()),
        register_year: Some(2025),
        number: Some(1),
        number_raw: Some("01/QĐ-SNgV".to_owned()),
        place: None,
        issued_on: day,
        effective_on: day,
        issued_at: Some(now),
        published_at: None,
        ground: None,
        conclusion_reference: None,
        reason: None,
        quota_override_reason: None,
        state_reason: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    decisions::insert(conn, &decision).unwrap();
    let item = decisions::DecisionItem {
        id: DecisionItemId::generate(),
        decision_id: id,
        ordinal: 1,
        nomination_id: Some(nomination),
        original_item_id: None,
        subject_kind: SubjectKind::Individual,
        subject_name: "Người Mẫu".to_owned(),
        subject_position: None,
        subject_unit: None,
        form: "GIAY_KHEN_SO".to_owned(),
        print_text: "Người Mẫu".to_owned(),
        coefficient_hundredths: Some(30),
        base_salary_dong: Some(1),
        amount_dong: Some(710_000),
        state: DecisionItemState::Valid,
        live: true,
        correction: None,
    };
    decisions::insert_decision_item(conn, &item).unwrap();
}

/// Two sessions, a vote of a member of the one on an item of the other, and a tally without votes.
fn plant_votes(conn: &mut Conn, campaign_id: CampaignId, nomination: NominationId) {
    use thidua::store::{councils, review_sessions as store};
    let now: Instant = when("2026-06-01T02:00:00Z").parse().unwrap();
    let council = CouncilId::generate();
    let row = councils::Council {
        id: council,
        owner_organization_id: org::DEPARTMENT,
        name: "Hội đồng mẫu".to_owned(),
        policy: JsonText::raw("{}".to_owned()),
        document: None,
        active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    councils::insert(conn, &row).unwrap();
    let member = councils::CouncilMember {
        id: CouncilMemberId::generate(),
        council_id: council,
        individual_id: person(1),
        display_name: "Người Mẫu".to_owned(),
        function: MembershipFunction::Chair,
        valid_from: when("2026-01-01").parse().unwrap(),
        valid_to: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    councils::insert_council_member(conn, &member).unwrap();
    let sessions = [ReviewSessionId::generate(), ReviewSessionId::generate()];
    for id in sessions {
        diesel::insert_into(schema::review_sessions::table)
            .values((
                schema::review_sessions::id.eq(id),
                schema::review_sessions::council_id.eq(council),
                schema::review_sessions::campaign_id.eq(campaign_id),
                schema::review_sessions::owner_organization_id.eq(org::DEPARTMENT),
                schema::review_sessions::title.eq("Phiên mẫu"),
                schema::review_sessions::state.eq(ReviewSessionState::Closed),
                schema::review_sessions::mode.eq(SessionMode::Meeting),
                schema::review_sessions::method.eq(VotingMethod::OpenVote),
                schema::review_sessions::held_at.eq(now),
                schema::review_sessions::opened_at.eq(now),
                schema::review_sessions::closed_at.eq(now),
                schema::review_sessions::policy.eq("{}"),
                schema::review_sessions::total_members.eq(1),
                schema::review_sessions::present_members.eq(1),
                schema::review_sessions::version.eq(1_i64),
                schema::review_sessions::created_at.eq(now),
                schema::review_sessions::updated_at.eq(now),
            ))
            .execute(conn)
            .unwrap();
    }
    let session_member = SessionMemberId::generate();
    diesel::insert_into(schema::session_members::table)
        .values((
            schema::session_members::id.eq(session_member),
            schema::session_members::session_id.eq(sessions[1]),
            schema::session_members::council_member_id.eq(member.id),
            schema::session_members::individual_id.eq(person(1)),
            schema::session_members::display_name.eq("Người Mẫu"),
            schema::session_members::function.eq(MembershipFunction::Chair),
        ))
        .execute(conn)
        .unwrap();
    let item = AgendaItemId::generate();
    diesel::insert_into(schema::agenda_items::table)
        .values((
            schema::agenda_items::id.eq(item),
            schema::agenda_items::session_id.eq(sessions[0]),
            schema::agenda_items::nomination_id.eq(nomination),
            schema::agenda_items::ordinal.eq(1),
            schema::agenda_items::live.eq(true),
            schema::agenda_items::agree.eq(3),
            schema::agenda_items::disagree.eq(0),
            schema::agenda_items::abstain.eq(0),
        ))
        .execute(conn)
        .unwrap();
    let cast_by: IdentityId = schema::identities::table
        .filter(schema::identities::subject.eq("director"))
        .select(schema::identities::id)
        .first(conn)
        .unwrap();
    let vote = store::Vote {
        id: VoteId::generate(),
        session_id: sessions[0],
        agenda_item_id: item,
        session_member_id: session_member,
        choice: VoteChoice::Agree,
        channel: ReceivedChannel::Online,
        cast_by,
        cast_at: now,
        changes: 0,
    };
    store::cast(conn, &vote).unwrap();
}
