//! Dossiers on their way: a published campaign, drafts, hand-ins, received ones, with their nominations.

use serde_json::{Value, json};
use thidua::app::{AnyId, JsonText};
use thidua::domain::codes::{
    CampaignKind, CampaignScope, LatePolicy, ParticipantSource, Route, StaffKind, SubjectKind,
};
use thidua::domain::ids::{CampaignId, CampaignVersionId, OrganizationId, ParticipantId, RuleSetId};
use thidua::domain::plan::{AwardOption, Criterion, Period, Plan};
use thidua::domain::states::CampaignState;
use thidua::domain::text;
use thidua::domain::time::Instant;
use thidua::store::{campaigns, participants};

use super::when;
use super::world::{COLLECTIVES, PERSONS, Persona, World, collective, name_of, org, person, unit_of};

/// Form decided by the department.
pub const OWN_FORM: &str = "GIAY_KHEN_SO";
/// Form decided by the province.
pub const UPPER_FORM: &str = "BANG_KHEN_TINH";

/// Who is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The n-th individual of the world.
    Person(u128),
    /// The n-th collective of the world.
    Collective(u128),
}

impl Who {
    /// The body of a nomination.
    pub fn nomination(self, submission: &str, form: &str) -> Value {
        let mut body = json!({
            "submission_id": submission, "proposed_form": form,
            "achievement_summary": "Hoàn thành xuất sắc nhiệm vụ 100 ngày đêm"
        });
        match self {
            Self::Person(number) => {
                body["individual_id"] = json!(person(number));
                body["criteria"] = json!([{"code": "CN1", "met": true, "evidence": "Báo cáo"}]);
            }
            Self::Collective(number) => {
                body["collective_id"] = json!(collective(number));
                body["criteria"] = json!([{"code": "TT1", "met": true}]);
            }
        }
        body
    }
}

/// A dossier and its nominations, in the order in which they were proposed.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// Identifier.
    pub id: String,
    /// `/v1/submissions/{id}`.
    pub path: String,
    /// Identifiers of its nominations.
    pub nominations: Vec<String>,
}

/// Terms of the fixture's campaign; a test changes what it needs.
pub fn plan() -> Plan {
    let option = |form: &str, decider, route| AwardOption {
        form: form.to_owned(),
        decider_organization_id: decider,
        decider_title: "Thủ trưởng cơ quan".to_owned(),
        route,
    };
    let criterion = |code: &str, subject: &str| Criterion {
        code: code.to_owned(),
        subject: serde_json::from_value(json!(subject)).unwrap(),
        text: "Hoàn thành tốt nhiệm vụ".to_owned(),
        mandatory: true,
        evidence_required: false,
    };
    let mut plan = Plan {
        award_options: vec![
            option(OWN_FORM, org::DEPARTMENT, Route::SelfDecided),
            option(UPPER_FORM, org::PROVINCE, Route::Up),
        ],
        criteria: vec![criterion("TT1", "COLLECTIVE"), criterion("CN1", "INDIVIDUAL")],
        period: Some(Period {
            from: when("2026-02-10").parse().unwrap(),
            to: when("2026-05-20").parse().unwrap(),
        }),
        ..Plan::default()
    };
    plan.submission.late_policy = LatePolicy::AcceptWithApproval;
    plan
}

/// A published campaign of the department on these terms: from 10/02 to 20/05/2026, deadline
/// "trước ngày 25/5/2026", everybody on the roll.
pub async fn campaign_with(world: &World, plan: Plan) -> CampaignId {
    world
        .database(move |conn| {
            let at: Instant = when("2026-03-20T01:00:00Z").parse().unwrap();
            let id = CampaignId::generate();
            let row = campaigns::Campaign {
                id,
                owner_organization_id: org::DEPARTMENT,
                code: None,
                name: "Phong trào thi đua mẫu".to_owned(),
                kind: CampaignKind::Thematic,
                scope: CampaignScope::Agency,
                state: CampaignState::Published,
                parent_campaign_id: None,
                rule_set_id: rule_set(conn),
                intake_unit_id: Some(org::OFFICE),
                council_id: None,
                terms_number: 1,
                period_from: plan.period.map(|period| period.from),
                period_to: plan.period.map(|period| period.to),
                opens_at: None,
                deadline_at: Some(when("2026-05-24T17:00:00Z").parse().unwrap()),
                launch_number: Some("579/KH-SNgV".to_owned()),
                launched_on: Some(when("2026-03-20").parse().unwrap()),
                issuer_name: Some("Sở Ngoại vụ".to_owned()),
                published_at: Some(at),
                roll_frozen_at: None,
                final_report: None,
                state_reason: None,
                version: 1,
                created_at: at,
                updated_at: at,
            };
            campaigns::insert(conn, &row).unwrap();
            let version = campaigns::CampaignVersion {
                id: CampaignVersionId::generate(),
                campaign_id: id,
                number: 1,
                plan: JsonText::of(&plan).unwrap(),
                document: None,
                reason: None,
                made_at: at,
            };
            campaigns::insert_campaign_version(conn, &version).unwrap();
            for number in 1..=PERSONS {
                let subject = (SubjectKind::Individual, person(number).into());
                enrol(conn, id, subject, unit_of(number), &name_of(number));
            }
            for number in 1..=COLLECTIVES {
                let unit = usize::try_from(number).unwrap().checked_sub(2);
                let unit = unit.map_or(org::OFFICE, |index| org::DIVISIONS[index]);
                let subject = (SubjectKind::Collective, collective(number).into());
                enrol(conn, id, subject, unit, &format!("Tập thể {number}"));
            }
            id
        })
        .await
}

/// A published campaign on the usual terms.
pub async fn campaign(world: &World) -> CampaignId {
    campaign_with(world, plan()).await
}

fn rule_set(conn: &mut thidua::store::connection::Conn) -> RuleSetId {
    use diesel::prelude::*;
    use thidua::store::schema::rule_sets;
    rule_sets::table.select(rule_sets::id).first(conn).unwrap()
}

/// Puts a subject on the roll.
pub fn enrol(
    conn: &mut thidua::store::connection::Conn,
    campaign: CampaignId,
    (subject_kind, subject_id): (SubjectKind, AnyId),
    division: OrganizationId,
    name: &str,
) {
    let at: Instant = when("2026-03-20T01:00:00Z").parse().unwrap();
    let row = participants::Participant {
        id: ParticipantId::generate(),
        campaign_id: campaign,
        owner_organization_id: org::DEPARTMENT,
        division_id: division,
        subject_kind,
        subject_id,
        display_name: name.to_owned(),
        sort_name: text::name_sort_key(name),
        staff_kind: (subject_kind == SubjectKind::Individual).then_some(StaffKind::CongChuc),
        joined_on: None,
        left_on: None,
        source: ParticipantSource::Roll,
        counted: true,
        frozen: false,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    participants::insert(conn, &row).unwrap();
}

/// Begins a dossier of a division.
pub async fn draft(who: &Persona<'_>, campaign: CampaignId, division: OrganizationId) -> Dossier {
    let body = json!({"campaign_id": campaign, "division_id": division, "procedure": "STANDARD"});
    let made = who.post("/v1/submissions", &body).await.expect(201);
    Dossier {
        id: made.id(),
        path: made.header("location").unwrap().to_owned(),
        nominations: Vec::new(),
    }
}

/// Proposes subjects for the department's own form.
pub async fn propose(who: &Persona<'_>, dossier: &mut Dossier, subjects: &[Who]) {
    for subject in subjects {
        let body = subject.nomination(&dossier.id, OWN_FORM);
        let made = who.post("/v1/nominations", &body).await.expect(201);
        dossier.nominations.push(made.id());
    }
}

/// A dossier of the n-th division, 1 to 5, handed in by its head; the head itself may not be proposed.
pub async fn submitted(world: &World, campaign: CampaignId, division: usize, subjects: &[Who]) -> Dossier {
    let head = world.persona(&format!("head{division}"));
    let mut dossier = draft(&head, campaign, org::DIVISIONS[division - 1]).await;
    propose(&head, &mut dossier, subjects).await;
    head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    dossier
}

/// As [`submitted`], and entered in the office's register.
pub async fn received(world: &World, campaign: CampaignId, division: usize, subjects: &[Who]) -> Dossier {
    let dossier = submitted(world, campaign, division, subjects).await;
    world
        .persona("reviewer")
        .act(&dossier.path, "receive", &json!({}))
        .await
        .expect(200);
    dossier
}

/// As [`received`], with all papers, and every nomination found eligible by the office.
pub async fn eligible(world: &World, campaign: CampaignId, division: usize, subjects: &[Who]) -> Dossier {
    let head = world.persona(&format!("head{division}"));
    let mut dossier = draft(&head, campaign, org::DIVISIONS[division - 1]).await;
    propose(&head, &mut dossier, subjects).await;
    let document = json!({"type": "TTr", "number_raw": "01/TTr", "issued_on": when("2026-03-20")});
    let papers = format!("{}/attachments", dossier.path);
    let letter = json!({"kind": "TO_TRINH", "document": document});
    head.post(&papers, &letter).await.expect(201);
    for nomination in &dossier.nominations {
        let report = json!({"kind": "BAO_CAO", "nomination_id": nomination, "document": document});
        head.post(&papers, &report).await.expect(201);
    }
    head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    let reviewer = world.persona("reviewer");
    reviewer
        .act(&dossier.path, "receive", &json!({}))
        .await
        .expect(200);
    for (nomination, subject) in dossier.nominations.iter().zip(subjects) {
        let criterion = match subject {
            Who::Person(_) => "CN1",
            Who::Collective(_) => "TT1",
        };
        let review = json!({
            "nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
            "checklist": [{"item": criterion, "ok": true}]
        });
        reviewer.post("/v1/reviews", &review).await.expect(201);
    }
    dossier
}
