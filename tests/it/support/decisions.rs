//! Campaigns and nominations as decisions find them, and decisions on their way to the issue. Rows are
//! made below the service where only their state matters to the test.

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::app::{AnyId, JsonText};
use thidua::domain::codes::{
    CampaignKind, CampaignScope, DecisionItemState, DecisionType, ParticipantSource, Procedure,
    ReceivedChannel, Route, SubjectKind,
};
use thidua::domain::ids::{
    CampaignId, CampaignVersionId, CollectiveId, DecisionId, DecisionItemId, IdentityId, IndividualId,
    NominationId, ParticipantId, RuleSetId, SubmissionId,
};
use thidua::domain::plan::{AwardOption, Period, Plan};
use thidua::domain::states::{CampaignState, DecisionState, NominationState, SubmissionState};
use thidua::domain::time::Instant;
use thidua::store::campaigns::{self, Campaign, CampaignVersion};
use thidua::store::connection::Conn;
use thidua::store::decisions::{self, Decision, DecisionItem};
use thidua::store::nominations::{self, Nomination};
use thidua::store::participants::{self, Participant};
use thidua::store::submissions::{self, Submission};
use thidua::store::{dialect, schema};
use uuid::Uuid;

use super::calendar::{when, year};
use super::world::{World, collective, name_of, org, person, unit_of};

/// The Director's form.
pub const GIAY_KHEN: &str = "GIAY_KHEN_SO";
/// The Chairman's form.
pub const BANG_KHEN: &str = "BANG_KHEN_TINH";

/// Who is nominated.
#[derive(Debug, Clone, Copy)]
pub enum Subject {
    /// The n-th individual of the world.
    Person(u128),
    /// The n-th collective of the world.
    Collective(u128),
    /// An individual that the test made itself.
    Individual(IndividualId),
}

/// A nomination to be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Who.
    pub subject: Subject,
    /// Award form.
    pub form: &'static str,
    /// State.
    pub state: NominationState,
    /// Procedure of its dossier.
    pub procedure: Procedure,
}

impl Wanted {
    /// Recommended by the council, before the Director.
    pub fn recommended(subject: Subject) -> Self {
        Self {
            subject,
            form: GIAY_KHEN,
            state: NominationState::AwaitingDirector,
            procedure: Procedure::Standard,
        }
    }

    /// Found by the head himself, appraised, without a council.
    pub fn discovered(subject: Subject) -> Self {
        Self {
            state: NominationState::Eligible,
            procedure: Procedure::HeadDiscovered,
            ..Self::recommended(subject)
        }
    }

    /// In another state.
    pub fn in_state(self, state: NominationState) -> Self {
        Self { state, ..self }
    }

    /// With another form.
    pub fn with_form(self, form: &'static str) -> Self {
        Self { form, ..self }
    }
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The plan of the seed as far as decisions read it.
pub fn plan() -> Plan {
    let option = |form: &str, decider, title: &str, route| AwardOption {
        form: form.to_owned(),
        decider_organization_id: decider,
        decider_title: title.to_owned(),
        route,
    };
    Plan {
        award_options: vec![
            option(
                GIAY_KHEN,
                org::DEPARTMENT,
                "Giám đốc Sở Ngoại vụ",
                Route::SelfDecided,
            ),
            option(BANG_KHEN, org::PROVINCE, "Chủ tịch UBND tỉnh", Route::Up),
        ],
        period: Some(Period {
            from: when("2026-02-10").parse().unwrap(),
            to: when("2026-05-20").parse().unwrap(),
        }),
        ..Plan::default()
    }
}

/// A published campaign with a frozen roll of so many collectives and individuals.
pub async fn campaign(world: &World, collectives: usize, individuals: usize, plan: Plan) -> CampaignId {
    world
        .database(move |conn| insert_campaign(conn, collectives, individuals, &plan))
        .await
}

/// As [`campaign`], on a connection.
pub fn insert_campaign(conn: &mut Conn, collectives: usize, individuals: usize, plan: &Plan) -> CampaignId {
    let rule_set_id: RuleSetId = schema::rule_sets::table
        .order(schema::rule_sets::valid_from.desc())
        .select(schema::rule_sets::id)
        .first(conn)
        .unwrap();
    let published = at(when("2026-03-20T02:00:00Z"));
    let campaign = Campaign {
        id: CampaignId::generate(),
        owner_organization_id: org::DEPARTMENT,
        code: None,
        name: "Phong trào thi đua “100 ngày đêm”".to_owned(),
        kind: CampaignKind::Thematic,
        scope: CampaignScope::Agency,
        state: CampaignState::Published,
        parent_campaign_id: None,
        rule_set_id,
        intake_unit_id: Some(org::OFFICE),
        council_id: None,
        terms_number: 1,
        period_from: plan.period.map(|period| period.from),
        period_to: plan.period.map(|period| period.to),
        opens_at: None,
        deadline_at: Some(at(when("2026-05-24T17:00:00Z"))),
        launch_number: Some("579/KH-SNgV".to_owned()),
        launched_on: Some(when("2026-03-20").parse().unwrap()),
        issuer_name: Some("Sở Ngoại vụ".to_owned()),
        published_at: Some(published),
        roll_frozen_at: Some(published),
        final_report: None,
        state_reason: None,
        version: 1,
        created_at: published,
        updated_at: published,
    };
    campaigns::insert(conn, &campaign).unwrap();
    let terms = CampaignVersion {
        id: CampaignVersionId::generate(),
        campaign_id: campaign.id,
        number: 1,
        plan: JsonText::of(plan).unwrap(),
        document: None,
        reason: None,
        made_at: published,
    };
    campaigns::insert_campaign_version(conn, &terms).unwrap();
    for index in 0..collectives + individuals {
        let kind = if index < collectives {
            SubjectKind::Collective
        } else {
            SubjectKind::Individual
        };
        insert_participant(conn, campaign.id, kind, index);
    }
    campaign.id
}

fn insert_participant(conn: &mut Conn, campaign: CampaignId, kind: SubjectKind, index: usize) {
    let name = format!("Dòng {index:03}");
    let line = Participant {
        id: ParticipantId::generate(),
        campaign_id: campaign,
        owner_organization_id: org::DEPARTMENT,
        division_id: org::DIVISIONS[index % 5],
        subject_kind: kind,
        subject_id: AnyId(Uuid::now_v7()),
        display_name: name.clone(),
        sort_name: name,
        staff_kind: None,
        joined_on: None,
        left_on: None,
        source: ParticipantSource::Roll,
        counted: true,
        frozen: true,
        version: 1,
        created_at: at(when("2026-03-20T02:00:00Z")),
        updated_at: at(when("2026-03-20T02:00:00Z")),
    };
    participants::insert(conn, &line).unwrap();
}

/// Nominations of a campaign, each in a dossier of its own.
pub async fn nominations(world: &World, campaign: CampaignId, wanted: Vec<Wanted>) -> Vec<NominationId> {
    world
        .database(move |conn| {
            // As the service begins its writes: SQLite's one write lock at once.
            dialect::begin_write(conn).unwrap();
            let ids = wanted
                .into_iter()
                .map(|wanted| insert_nomination(conn, campaign, wanted))
                .collect();
            dialect::commit(conn).unwrap();
            ids
        })
        .await
}

/// One nomination.
pub async fn nomination(world: &World, campaign: CampaignId, wanted: Wanted) -> NominationId {
    nominations(world, campaign, vec![wanted]).await[0]
}

fn drafter(conn: &mut Conn) -> IdentityId {
    schema::identities::table
        .filter(schema::identities::subject.eq("officer1"))
        .select(schema::identities::id)
        .first(conn)
        .unwrap()
}

fn insert_submission(conn: &mut Conn, campaign: CampaignId, wanted: Wanted) -> SubmissionId {
    let before: i64 = schema::submissions::table
        .filter(schema::submissions::campaign_id.eq(campaign))
        .count()
        .get_result(conn)
        .unwrap();
    let handed_in = at(when("2026-05-22T02:00:00Z"));
    let submission = Submission {
        id: SubmissionId::generate(),
        campaign_id: campaign,
        owner_organization_id: org::DEPARTMENT,
        division_id: org::DIVISIONS[0],
        procedure: wanted.procedure,
        state: SubmissionState::Consolidated,
        letter: None,
        note: None,
        round: 1,
        terms_number: Some(1),
        first_submitted_at: Some(handed_in),
        submitted_at: Some(handed_in),
        receipt: None,
        received_at: Some(handed_in),
        received_no: Some(i32::try_from(before).unwrap() + 1),
        received_channel: ReceivedChannel::Online,
        on_behalf: false,
        late: false,
        late_reason: None,
        late_until: None,
        return_reason: None,
        supplement_due_at: None,
        state_reason: None,
        drafted_by: drafter(conn),
        version: 1,
        created_at: handed_in,
        updated_at: handed_in,
    };
    submissions::insert(conn, &submission).unwrap();
    submission.id
}

/// One nomination, on a connection.
pub fn insert_nomination(conn: &mut Conn, campaign: CampaignId, wanted: Wanted) -> NominationId {
    let submission_id = insert_submission(conn, campaign, wanted);
    let (individual_id, collective_id, name, unit): (_, Option<CollectiveId>, _, _) = match wanted.subject {
        Subject::Person(number) => (Some(person(number)), None, name_of(number), unit_of(number)),
        Subject::Collective(number) => (
            None,
            Some(collective(number)),
            format!("Tập thể {number}"),
            org::DIVISIONS[0],
        ),
        Subject::Individual(id) => (Some(id), None, "Người Mẫu".to_owned(), org::DIVISIONS[0]),
    };
    let route = if wanted.form == BANG_KHEN {
        Route::Up
    } else {
        Route::SelfDecided
    };
    let row = Nomination {
        id: NominationId::generate(),
        submission_id,
        campaign_id: campaign,
        owner_organization_id: org::DEPARTMENT,
        division_id: unit,
        unit_id: unit,
        subject_kind: if individual_id.is_some() {
            SubjectKind::Individual
        } else {
            SubjectKind::Collective
        },
        subject_id: individual_id
            .map(AnyId::from)
            .or(collective_id.map(AnyId::from))
            .unwrap(),
        individual_id,
        collective_id,
        display_name: name,
        position: individual_id.map(|_| "Chuyên viên".to_owned()),
        proposed_form: wanted.form.to_owned(),
        form: wanted.form.to_owned(),
        form_reason: None,
        route,
        achievement_summary: "Có thành tích xuất sắc trong phong trào".to_owned(),
        criteria: JsonText::of::<[String]>(&[]).unwrap(),
        state: wanted.state,
        state_reason: None,
        live: true,
        hold_reason: None,
        hold_note: None,
        hold_since: None,
        proposed_hold_reason: None,
        proposed_hold_note: None,
        hold_proposed_at: None,
        drafted_by: drafter(conn),
        version: 1,
        created_at: at(when("2026-05-22T02:00:00Z")),
        updated_at: at(when("2026-05-22T02:00:00Z")),
    };
    nominations::insert(conn, &row).unwrap();
    row.id
}

/// The stored state of a nomination.
pub async fn state_of(world: &World, id: NominationId) -> NominationState {
    world
        .database(move |conn| nominations::get(conn, id).unwrap().state)
        .await
}

/// A draft of an award over these nominations; answers its path.
pub async fn drafted(world: &World, campaign: CampaignId, ids: &[NominationId]) -> String {
    let reviewer = world.persona("reviewer");
    let body = json!({
        "type": "AWARD", "campaign_id": campaign, "form": GIAY_KHEN,
        "title": "Về việc tặng Giấy khen của Giám đốc Sở Ngoại vụ",
        "grounds": ["Căn cứ Luật Thi đua, khen thưởng"],
    });
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    reviewer
        .post(&format!("{path}/items"), &json!({"nomination_ids": ids}))
        .await
        .expect(201);
    path
}

/// The body of a signature.
pub fn signature() -> Value {
    json!({"signature": {"mode": "KT", "title": "Phó Giám đốc", "name": "Nguyễn Thị Mẫu"}})
}

/// Takes a draft to SIGNED.
pub async fn signed(world: &World, path: &str) {
    world
        .persona("chief")
        .act(path, "check", &json!({}))
        .await
        .expect(200);
    world
        .persona("deputy")
        .act(path, "sign", &signature())
        .await
        .expect(200);
}

/// Takes a draft to NUMBERED.
pub async fn numbered(world: &World, path: &str, number: i32, issued_on: &str) {
    signed(world, path).await;
    world.not_before(issued_on);
    world
        .persona("clerk")
        .act(path, "number", &json!({"number": number, "issued_on": issued_on}))
        .await
        .expect(200);
}

/// An award in force over these nominations; answers its path.
pub async fn issued(
    world: &World,
    campaign: CampaignId,
    ids: &[NominationId],
    number: i32,
    issued_on: &str,
) -> String {
    let path = drafted(world, campaign, ids).await;
    numbered(world, &path, number, issued_on).await;
    world
        .persona("deputy")
        .act(&path, "issue", &json!({}))
        .await
        .expect(200);
    path
}

/// The items of a decision.
pub async fn items(world: &World, path: &str) -> Vec<Value> {
    let page = world
        .persona("reviewer")
        .get(&format!("{path}/items"))
        .await
        .expect(200);
    page.json["items"].as_array().unwrap().clone()
}

/// Revokes the first item of an award by a decision of this number; answers the recovery task.
pub async fn recovery_task(
    world: &World,
    campaign: CampaignId,
    award: &str,
    number: i32,
    issued_on: &str,
) -> String {
    let reviewer = world.persona("reviewer");
    let body = json!({
        "type": "REVOCATION", "campaign_id": campaign, "original_id": award.rsplit('/').next().unwrap(),
        "title": "Về việc hủy bỏ", "ground": "FALSE_INFORMATION",
        "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả",
    });
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    let revocation = made.header("location").unwrap().to_owned();
    let wrong = json!({"original_item_ids": [items(world, award).await[0]["id"]]});
    let path = format!("{revocation}/items");
    reviewer.post(&path, &wrong).await.expect(201);
    numbered(world, &revocation, number, issued_on).await;
    let deputy = world.persona("deputy");
    deputy.act(&revocation, "issue", &json!({})).await.expect(200);
    let tasks = reviewer.get("/v1/recovery-tasks").await.expect(200);
    tasks.json["items"][0]["id"].as_str().unwrap().to_owned()
}

/// A numbered award over one nomination, made below the service; its version is 1.
pub fn insert_numbered(
    conn: &mut Conn,
    campaign: CampaignId,
    nomination: NominationId,
    number: i32,
) -> DecisionId {
    let made = at(when("2026-06-30T01:00:00Z"));
    let decision = Decision {
        id: DecisionId::generate(),
        owner_organization_id: org::DEPARTMENT,
        campaign_id: campaign,
        issuer_name: "Sở Ngoại vụ".to_owned(),
        kind: DecisionType::Award,
        state: DecisionState::Numbered,
        title: "Về việc tặng Giấy khen".to_owned(),
        form: Some(GIAY_KHEN.to_owned()),
        session_id: None,
        original_id: None,
        forwarding_id: None,
        external: false,
        grounds: JsonText::of::<[String]>(&[]).unwrap(),
        achievement_from: None,
        achievement_to: None,
        signature: Some(JsonText::of(&signature()["signature"]).unwrap()),
        signed_at: Some(made),
        register: Some("QĐ".to_owned()),
        register_year: Some(year("2026-06-30")),
        number: Some(number),
        number_raw: Some(format!("{number:02}/QĐ-SNgV")),
        place: None,
        issued_on: Some(when("2026-06-30").parse().unwrap()),
        effective_on: None,
        issued_at: None,
        published_at: None,
        ground: None,
        conclusion_reference: None,
        reason: None,
        quota_override_reason: None,
        state_reason: None,
        version: 1,
        created_at: made,
        updated_at: made,
    };
    decisions::insert(conn, &decision).unwrap();
    let item = DecisionItem {
        id: DecisionItemId::generate(),
        decision_id: decision.id,
        ordinal: 1,
        nomination_id: Some(nomination),
        original_item_id: None,
        subject_kind: SubjectKind::Individual,
        subject_name: "Người Mẫu".to_owned(),
        subject_position: None,
        subject_unit: None,
        form: GIAY_KHEN.to_owned(),
        print_text: "Có thành tích".to_owned(),
        coefficient_hundredths: None,
        base_salary_dong: None,
        amount_dong: None,
        state: DecisionItemState::Valid,
        live: true,
        correction: None,
    };
    decisions::insert_decision_item(conn, &item).unwrap();
    decision.id
}

/// A correction of the first name of an award to "Đàm Thị Chính", numbered; answers its path.
pub async fn correction(world: &World, campaign: CampaignId, award: &str, number: i32) -> String {
    let reviewer = world.persona("reviewer");
    let body = json!({
        "type": "CORRECTION", "campaign_id": campaign, "original_id": award.rsplit('/').next().unwrap(),
        "title": "Về việc đính chính", "reason": "Sai tên",
    });
    let made = reviewer.post("/v1/decisions", &body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    let right = json!({"original_item_id": items(world, award).await[0]["id"], "name": "Đàm Thị Chính"});
    let right = json!({"corrections": [right]});
    reviewer.post(&format!("{path}/items"), &right).await.expect(201);
    numbered(world, &path, number, when("2026-07-01")).await;
    path
}
