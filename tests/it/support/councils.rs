//! Councils, dossiers before the standing office, and the way through a review session.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::app::{AnyId, JsonText};
use thidua::domain::codes::{
    AttachmentKind, CampaignKind, CampaignScope, ParticipantSource, Procedure, ReceivedChannel, Route,
    StaffKind, SubjectKind,
};
use thidua::domain::document::DocumentRef;
use thidua::domain::ids::{
    AttachmentId, CampaignId, CampaignVersionId, IdentityId, NominationId, ParticipantId, RuleSetId,
    SubmissionId,
};
use thidua::domain::plan::{AwardOption, Criterion, Plan};
use thidua::domain::states::{CampaignState, NominationState, SubmissionState};
use thidua::domain::time::Instant;
use thidua::store::connection::Conn;
use thidua::store::{attachments, campaigns, nominations, participants, schema, submissions};

use super::when;
use super::world::{COLLECTIVES, PERSONS, World, collective, name_of, org, person, unit_of};

/// Who is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The n-th collective of the world.
    Collective(u128),
    /// The n-th individual of the world.
    Individual(u128),
}

/// A campaign with one dossier before the standing office.
pub struct Dossier {
    /// The campaign: published, its roll frozen (6 collectives, 28 individuals).
    pub campaign: CampaignId,
    /// The dossier, RECEIVED, with all its papers.
    pub submission: SubmissionId,
    /// Its nominations, PROPOSED, drafted by `officer1`.
    pub nominations: BTreeMap<Subject, NominationId>,
}

fn start() -> Instant {
    when("2026-03-01T00:00:00Z").parse().unwrap()
}

fn plan() -> Plan {
    let criterion = |code: &str, subject: &str, mandatory| Criterion {
        code: code.to_owned(),
        subject: serde_json::from_value(json!(subject)).unwrap(),
        text: "Hoàn thành tốt nhiệm vụ".to_owned(),
        mandatory,
        evidence_required: false,
    };
    Plan {
        criteria: vec![
            criterion("TT1", "COLLECTIVE", true),
            criterion("CN1", "INDIVIDUAL", true),
            criterion("CN2", "INDIVIDUAL", false),
        ],
        award_options: vec![
            AwardOption {
                form: "GIAY_KHEN_SO".to_owned(),
                decider_organization_id: org::DEPARTMENT,
                decider_title: "Giám đốc Sở Ngoại vụ".to_owned(),
                route: Route::SelfDecided,
            },
            AwardOption {
                form: "BANG_KHEN_TINH".to_owned(),
                decider_organization_id: org::PROVINCE,
                decider_title: "Chủ tịch UBND tỉnh".to_owned(),
                route: Route::Up,
            },
        ],
        ..Plan::default()
    }
}

fn seed_campaign(conn: &mut Conn, id: CampaignId) {
    campaigns::insert(
        conn,
        &campaigns::Campaign {
            id,
            owner_organization_id: org::DEPARTMENT,
            code: None,
            name: "Phong trào mẫu".to_owned(),
            kind: CampaignKind::ALL[0],
            scope: CampaignScope::ALL[0],
            state: CampaignState::Published,
            parent_campaign_id: None,
            rule_set_id: RuleSetId(uuid::Uuid::from_u128(0x0199_0000_0000_7000_8000_0010_0000_0002)),
            intake_unit_id: Some(org::OFFICE),
            council_id: None,
            terms_number: 1,
            period_from: when("2026-02-10").parse().ok(),
            period_to: when("2026-05-20").parse().ok(),
            opens_at: None,
            deadline_at: when("2026-05-24T17:00:00Z").parse().ok(),
            launch_number: Some("579/KH-SNgV".to_owned()),
            launched_on: when("2026-03-20").parse().ok(),
            issuer_name: Some("Sở Ngoại vụ".to_owned()),
            published_at: Some(start()),
            roll_frozen_at: Some(start()),
            final_report: None,
            state_reason: None,
            version: 1,
            created_at: start(),
            updated_at: start(),
        },
    )
    .unwrap();
    campaigns::insert_campaign_version(
        conn,
        &campaigns::CampaignVersion {
            id: CampaignVersionId::generate(),
            campaign_id: id,
            number: 1,
            plan: JsonText::of(&plan()).unwrap(),
            document: None,
            reason: None,
            made_at: start(),
        },
    )
    .unwrap();
}

fn seed_roll(conn: &mut Conn, campaign_id: CampaignId) {
    let subjects = (1..=COLLECTIVES)
        .map(Subject::Collective)
        .chain((1..=PERSONS).map(Subject::Individual));
    for subject in subjects {
        let (subject_kind, subject_id, display_name) = describe(subject);
        let row = participants::Participant {
            id: ParticipantId::generate(),
            campaign_id,
            owner_organization_id: org::DEPARTMENT,
            division_id: org::DIVISIONS[0],
            subject_kind,
            subject_id,
            sort_name: display_name.clone(),
            display_name,
            staff_kind: Some(StaffKind::CongChuc),
            joined_on: None,
            left_on: None,
            source: ParticipantSource::ALL[0],
            counted: true,
            frozen: true,
            version: 1,
            created_at: start(),
            updated_at: start(),
        };
        participants::insert(conn, &row).unwrap();
    }
}

fn describe(subject: Subject) -> (SubjectKind, AnyId, String) {
    match subject {
        Subject::Collective(number) => (
            SubjectKind::Collective,
            collective(number).into(),
            format!("Tập thể {number}"),
        ),
        Subject::Individual(number) => (SubjectKind::Individual, person(number).into(), name_of(number)),
    }
}

fn seed_submission(conn: &mut Conn, campaign_id: CampaignId, drafted_by: IdentityId) -> SubmissionId {
    let id = SubmissionId::generate();
    let row = submissions::Submission {
        id,
        campaign_id,
        owner_organization_id: org::DEPARTMENT,
        division_id: org::DIVISIONS[0],
        procedure: Procedure::Standard,
        state: SubmissionState::Received,
        letter: None,
        note: None,
        round: 1,
        terms_number: Some(1),
        first_submitted_at: Some(start()),
        submitted_at: Some(start()),
        receipt: None,
        received_at: Some(start()),
        received_no: Some(1),
        received_channel: ReceivedChannel::Online,
        on_behalf: false,
        late: false,
        late_reason: None,
        late_until: None,
        return_reason: None,
        supplement_due_at: None,
        state_reason: None,
        drafted_by,
        version: 1,
        created_at: start(),
        updated_at: start(),
    };
    submissions::insert(conn, &row).unwrap();
    id
}

fn seed_nomination(
    conn: &mut Conn,
    campaign_id: CampaignId,
    submission_id: SubmissionId,
    subject: Subject,
    drafted_by: IdentityId,
) -> NominationId {
    let (subject_kind, subject_id, display_name) = describe(subject);
    let (individual_id, collective_id) = match subject {
        Subject::Individual(number) => (Some(person(number)), None),
        Subject::Collective(number) => (None, Some(collective(number))),
    };
    let division_id = match subject {
        Subject::Individual(number) => unit_of(number),
        Subject::Collective(_) => org::DIVISIONS[0],
    };
    let row = nominations::Nomination {
        id: NominationId::generate(),
        submission_id,
        campaign_id,
        owner_organization_id: org::DEPARTMENT,
        division_id,
        unit_id: division_id,
        subject_kind,
        subject_id,
        individual_id,
        collective_id,
        display_name,
        position: None,
        proposed_form: "GIAY_KHEN_SO".to_owned(),
        form: "GIAY_KHEN_SO".to_owned(),
        form_reason: None,
        route: Route::SelfDecided,
        achievement_summary: "Thành tích mẫu".to_owned(),
        criteria: JsonText::of::<[Value]>(&[]).unwrap(),
        state: NominationState::Proposed,
        state_reason: None,
        live: true,
        hold_reason: None,
        hold_note: None,
        hold_since: None,
        proposed_hold_reason: None,
        proposed_hold_note: None,
        hold_proposed_at: None,
        drafted_by,
        version: 1,
        created_at: start(),
        updated_at: start(),
    };
    nominations::insert(conn, &row).unwrap();
    row.id
}

fn seed_paper(conn: &mut Conn, submission_id: SubmissionId, of: Option<NominationId>, kind: AttachmentKind) {
    let document = DocumentRef {
        document_type: "BC".to_owned(),
        number_raw: "01/BC-PLS".to_owned(),
        issued_on: when("2026-03-01").parse().unwrap(),
        place: None,
        abstract_text: None,
        issuer: None,
        signature: None,
        url: None,
    };
    let row = attachments::Attachment {
        id: AttachmentId::generate(),
        submission_id,
        nomination_id: of,
        kind,
        file_id: None,
        document: Some(JsonText::of(&document).unwrap()),
        note: None,
        created_at: start(),
    };
    attachments::insert(conn, &row).unwrap();
}

/// Puts a dossier with these subjects before the standing office.
pub async fn received_dossier(world: &World, subjects: &[Subject]) -> Dossier {
    let subjects = subjects.to_vec();
    world
        .database(move |conn| {
            let drafted_by: IdentityId = schema::identities::table
                .filter(schema::identities::subject.eq("officer1"))
                .select(schema::identities::id)
                .first(conn)
                .unwrap();
            let campaign = CampaignId::generate();
            seed_campaign(conn, campaign);
            seed_roll(conn, campaign);
            let submission = seed_submission(conn, campaign, drafted_by);
            seed_paper(conn, submission, None, AttachmentKind::ToTrinh);
            let mut made = BTreeMap::new();
            for subject in subjects {
                let id = seed_nomination(conn, campaign, submission, subject, drafted_by);
                seed_paper(conn, submission, Some(id), AttachmentKind::BaoCao);
                made.insert(subject, id);
            }
            Dossier {
                campaign,
                submission,
                nominations: made,
            }
        })
        .await
}

/// The body of an appraisal that finds a subject eligible.
pub fn eligible(subject: Subject, nomination: NominationId) -> Value {
    let criterion = match subject {
        Subject::Collective(_) => "TT1",
        Subject::Individual(_) => "CN1",
    };
    json!({
        "nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
        "checklist": [{"item": criterion, "ok": true}, {"item": "BAO_CAO", "ok": true}]
    })
}

/// Members of [`council`], by number of the person: chair, secretary, members.
pub const MEMBERS: [(u128, &str); 7] = [
    (1, "CHAIR"),
    (2, "VICE_CHAIR"),
    (3, "STANDING"),
    (4, "SECRETARY"),
    (6, "MEMBER"),
    (7, "MEMBER"),
    (8, "MEMBER"),
];

/// Sets up a council of seven with the usual working rules; answers its id.
pub async fn council(world: &World) -> String {
    council_with(world, json!({}), &MEMBERS).await
}

/// Sets up a council with these rules and members; answers its id.
pub async fn council_with(world: &World, policy: Value, members: &[(u128, &str)]) -> String {
    let chief = world.persona("chief");
    let body = json!({
        "owner_organization_id": org::DEPARTMENT, "name": "Hội đồng Thi đua - Khen thưởng", "policy": policy
    });
    let id = chief.post("/v1/councils", &body).await.expect(201).id();
    for (number, function) in members {
        let body =
            json!({"individual_id": person(*number), "function": function, "valid_from": when("2026-01-01")});
        chief
            .post(&format!("/v1/councils/{id}/members"), &body)
            .await
            .expect(201);
    }
    id
}

/// The persona behind the n-th individual.
pub fn persona_of(number: u128) -> &'static str {
    let found = super::world::PERSONAS
        .iter()
        .find(|(_, _, _, individual)| *individual == Some(number));
    found.expect("a persona").0
}

/// As [`received_dossier`], found eligible by the office and consolidated.
pub async fn consolidated_dossier(world: &World, subjects: &[Subject]) -> Dossier {
    let dossier = received_dossier(world, subjects).await;
    consolidate(world, &dossier).await;
    dossier
}

/// Finds every nomination of a dossier eligible and puts it into the consolidated list.
pub async fn consolidate(world: &World, dossier: &Dossier) {
    for (subject, nomination) in &dossier.nominations {
        let body = eligible(*subject, *nomination);
        world
            .persona("reviewer")
            .post("/v1/reviews", &body)
            .await
            .expect(201);
    }
    let submission = dossier.submission;
    world
        .database(move |conn| {
            let mut row = submissions::get(conn, submission).unwrap();
            row.state = SubmissionState::Consolidated;
            row.version += 1;
            submissions::save(conn, &row).unwrap();
        })
        .await;
}

/// Plans a session over the whole dossier; answers its path.
pub async fn planned(world: &World, council: &str, dossier: &Dossier, method: &str) -> String {
    let chief = world.persona("chief");
    let body = json!({
        "council_id": council, "campaign_id": dossier.campaign, "title": "Họp xét khen thưởng",
        "mode": "MEETING", "method": method, "held_at": when("2026-06-05T01:00:00Z")
    });
    let made = chief.post("/v1/review-sessions", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    let nominations: Vec<&NominationId> = dossier.nominations.values().collect();
    let agenda = json!({"nomination_ids": nominations});
    chief.post(&format!("{path}/agenda"), &agenda).await.expect(201);
    path
}

/// Records these individuals as present, all other members as absent.
pub async fn attend(world: &World, session: &str, present: &[u128]) {
    let secretary = world.persona("reviewer");
    let path = format!("{session}/attendance");
    let known = secretary
        .ask("PUT", &path)
        .json(&json!({"members": []}))
        .send()
        .await
        .expect(200);
    let here: Vec<String> = present.iter().map(|number| person(*number).to_string()).collect();
    let members: Vec<Value> = known.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| {
            let there = here.iter().any(|id| member["individual_id"].as_str() == Some(id));
            let attendance = if there { "PRESENT" } else { "ABSENT" };
            json!({"council_member_id": member["council_member_id"], "attendance": attendance})
        })
        .collect();
    secretary
        .ask("PUT", &path)
        .json(&json!({"members": members}))
        .send()
        .await
        .expect(200);
}

/// A persona votes.
pub async fn vote(
    world: &World,
    persona: &str,
    session: &str,
    nomination: NominationId,
    choice: &str,
) -> super::Reply {
    world
        .persona(persona)
        .ask("PUT", &format!("{session}/votes/{nomination}"))
        .json(&json!({"choice": choice}))
        .send()
        .await
}

/// Takes a received dossier to an open session in which the whole council of seven has agreed.
pub async fn confirmable(world: &World, dossier: &Dossier) -> String {
    consolidate(world, dossier).await;
    let council = council(world).await;
    let session = planned(world, &council, dossier, "CONSENSUS").await;
    let everyone: Vec<u128> = MEMBERS.iter().map(|(number, _)| *number).collect();
    attend(world, &session, &everyone).await;
    let secretary = world.persona("reviewer");
    secretary.act(&session, "open", &json!({})).await.expect(200);
    let list: Vec<&NominationId> = dossier.nominations.values().collect();
    let agreed = json!({"nomination_ids": list, "outcome": "RECOMMENDED", "note": "Thống nhất"});
    secretary
        .post(&format!("{session}/consensus"), &agreed)
        .await
        .expect(200);
    session
}

/// Closes a session, writes its minutes and signs them as secretary.
pub async fn finish(world: &World, session: &str) {
    let secretary = world.persona("reviewer");
    secretary.act(session, "close", &json!({})).await.expect(200);
    secretary
        .act(session, "sign", &json!({}))
        .await
        .refused(409, "session.minutes_missing");
    let tag = secretary.get(session).await.expect(200).etag();
    let minutes = json!({"course": "Thảo luận và biểu quyết.", "conclusion": "Thống nhất đề nghị."});
    secretary
        .ask("PUT", &format!("{session}/minutes"))
        .if_match(&tag)
        .json(&minutes)
        .send()
        .await
        .expect(200);
    world
        .persona("director")
        .act(session, "confirm", &json!({}))
        .await
        .refused(409, "session.not_signed");
    secretary.act(session, "sign", &json!({})).await.expect(200);
    // What is signed is not signed again, nor offered to be.
    let again = secretary.act(session, "sign", &json!({})).await;
    let again = again.refused(409, "state.transition_not_allowed");
    assert_eq!(again.json["allowed_actions"], json!(["reopen", "confirm"]));
}

/// States of a dossier's nominations.
pub async fn states_of(world: &World, dossier: &Dossier) -> Vec<&'static str> {
    let ids: Vec<NominationId> = dossier.nominations.values().copied().collect();
    world
        .database(move |conn| {
            ids.into_iter()
                .map(|id| nominations::get(conn, id).unwrap().state.as_str())
                .collect()
        })
        .await
}
