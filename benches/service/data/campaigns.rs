//! Campaigns with their plan and frozen roll, and what ends them: sessions, forwardings, decisions.

use chrono::{Days, NaiveDate};
use serde_json::json;
use thidua::app::JsonText;
use thidua::domain::codes::{
    Attendance, CampaignKind, CampaignScope, ConsensusOutcome, DecisionItemState, DecisionType,
    ParticipantSource, RoundingOrder, SessionMode, StaffKind, SubjectKind, VotingMethod,
};
use thidua::domain::ids::{
    AgendaItemId, CampaignId, CampaignVersionId, DecisionId, DecisionItemId, ForwardingId, ForwardingItemId,
    NominationId, OrganizationId, ParticipantId, ReviewSessionId, RuleSetId, SessionMemberId,
};
use thidua::domain::plan::Plan;
use thidua::domain::states::{CampaignState, DecisionState, ForwardingState, ReviewSessionState};
use thidua::domain::time::Instant;
use thidua::domain::votes::CouncilPolicy;
use thidua::domain::{money, text};
use thidua::store::campaigns::{Campaign, CampaignVersion};
use thidua::store::decisions::{Decision, DecisionItem};
use thidua::store::forwardings::{Forwarding, ForwardingItem};
use thidua::store::participants::Participant;
use thidua::store::review_sessions::{AgendaItem, ReviewSession, SessionMember};

use super::ids::{Kind, fixed};
use super::world::{self, Persona};
use super::{Maker, Object};
use crate::Outcome;
use crate::sizes::{NOMINEES, Numbers};

/// The form that departments decide.
pub const OWN_FORM: &str = "GIAY_KHEN_SO";
/// The form that the province decides.
pub const UPPER_FORM: &str = "BANG_KHEN_TINH";
/// Last day on which a numbered decision of generated data was signed.
const DECIDED_UNTIL: Option<NaiveDate> = NaiveDate::from_ymd_opt(2025, 12, 22);
/// Days over which the decisions of the campaigns are spread.
const DECIDED_WITHIN: u128 = 30;
/// Base salary and coefficient on these days (migration 0002).
const BASE_SALARY: i64 = 2_340_000;
const COEFFICIENT: i32 = 30;

/// A nominee as a decision prints it.
pub struct Nominee {
    pub nomination: NominationId,
    pub name: String,
    pub unit: String,
}

/// A campaign, and what its end will need.
pub struct Ongoing {
    pub id: CampaignId,
    /// Its department.
    pub of: u64,
    /// On the agenda of an open session.
    pub in_council: Vec<NominationId>,
    /// Considered in a confirmed session; whether recommended.
    pub considered: Vec<(NominationId, bool)>,
    /// Sent to the Board.
    pub forwarded: Vec<NominationId>,
    /// Named by a published decision.
    pub awarded: Vec<Nominee>,
    /// Before the Director, named by a decision that only has to be issued.
    pub stocked: Vec<Nominee>,
}

impl Ongoing {
    fn object(&self, noun: &'static str, id: impl Into<thidua::app::AnyId>) -> Object {
        Object {
            noun,
            id: id.into(),
            campaign: Some(self.id),
            owner: world::department(self.of),
            division: None,
        }
    }
}

/// The plan of a department's campaign.
fn plan(of: u64) -> Outcome<Plan> {
    let criterion =
        |code: &str, subject: &str, text: &str| json!({ "code": code, "subject": subject, "text": text });
    Ok(serde_json::from_value(json!({
        "criteria": [
            criterion("TT1", "COLLECTIVE", "Hoàn thành đúng tiến độ, bảo đảm chất lượng các nhiệm vụ được giao"),
            criterion("CN1", "INDIVIDUAL", "Hoàn thành tốt nhiệm vụ được giao"),
            criterion("CN2", "INDIVIDUAL", "Có sáng kiến, giải pháp hoặc cách làm hiệu quả"),
            criterion("CN3", "INDIVIDUAL", "Gương mẫu chấp hành kỷ luật, kỷ cương hành chính"),
        ],
        "award_options": [
            { "form": UPPER_FORM, "decider_organization_id": fixed(Kind::Above, 1),
              "decider_title": "Chủ tịch Ủy ban nhân dân tỉnh", "route": "UP" },
            { "form": OWN_FORM, "decider_organization_id": world::department(of),
              "decider_title": "Giám đốc Sở", "route": "SELF" },
        ],
        "period": { "from": "2025-07-01", "to": "2025-12-31" },
        "submission": {
            // Far away, so that drafts can be handed in whenever the benchmark runs.
            "deadline": { "expression": "BY_DATE", "date": "2098-12-31" },
            "intake_unit_id": world::office(of),
            "required_papers": [{ "procedure": "STANDARD", "kind": "TO_TRINH" }],
        },
        "council_id": world::council(of),
        "purposes": [super::text::prose(of, 600)],
        "requirements": [super::text::prose(of + 1, 600)],
        "award_standards": [super::text::prose(of + 2, 400)],
        "publish_on_website": true,
    }))?)
}

/// All campaigns, the small ones of the stocked decisions among them.
pub(super) fn ids(numbers: &Numbers) -> Vec<CampaignId> {
    (0..numbers.campaigns + numbers.decisions)
        .map(|number| CampaignId(fixed(Kind::Campaign, number)))
        .collect()
}

/// Makes the campaigns; the stocked ones stand after the others.
pub(super) fn make(maker: &mut Maker<'_>) -> Outcome<Vec<Ongoing>> {
    let numbers = maker.numbers;
    let mut all = Vec::new();
    for number in 0..numbers.campaigns + numbers.decisions {
        let of = if number < numbers.campaigns {
            number % numbers.departments
        } else {
            numbers.departments
        };
        all.push(campaign(maker, number, of)?);
        roll(maker, CampaignId(fixed(Kind::Campaign, number)), of)?;
    }
    Ok(all)
}

fn campaign(maker: &mut Maker<'_>, number: u64, of: u64) -> Outcome<Ongoing> {
    let ongoing = Ongoing {
        id: CampaignId(fixed(Kind::Campaign, number)),
        of,
        in_council: Vec::new(),
        considered: Vec::new(),
        forwarded: Vec::new(),
        awarded: Vec::new(),
        stocked: Vec::new(),
    };
    let object = ongoing.object("campaign", ongoing.id);
    let (chief, director, clerk) = (
        Persona::Chief(of).actor(),
        Persona::Director(of).actor(),
        Persona::Clerk(of).actor(),
    );
    let detail = || json!({});
    maker.happen("campaign.created", &object, 1, chief, None, detail());
    let made_at = maker.time.now();
    let asked = Some(("DRAFT", "IN_APPROVAL"));
    maker.happen("campaign.approval_requested", &object, 2, chief, asked, detail());
    let approved = Some(("IN_APPROVAL", "APPROVED"));
    maker.happen("campaign.approved", &object, 3, director, approved, detail());
    let published = Some(("APPROVED", "PUBLISHED"));
    maker.happen("campaign.published", &object, 4, clerk, published, detail());
    let published_at = maker.time.now();
    maker.happen("roll.frozen", &object, 5, chief, None, detail());
    let day = |month, day| NaiveDate::from_ymd_opt(2025, month, day);
    let name = format!("Phong trào thi đua 100 ngày đêm, đợt {}", number + 1);
    maker.bulk.index("campaign", ongoing.id, &name);
    maker.bulk.rows.campaigns.push(Campaign {
        id: ongoing.id,
        owner_organization_id: world::department(of),
        code: Some(format!("TD-{number}")),
        name,
        kind: CampaignKind::Thematic,
        scope: CampaignScope::Agency,
        state: CampaignState::Published,
        parent_campaign_id: None,
        // LAW22_ND152 (migration 0002).
        rule_set_id: RuleSetId(uuid::Uuid::from_u128(0x0199_0000_0000_7000_8000_0010_0000_0002)),
        intake_unit_id: Some(world::office(of)),
        council_id: Some(world::council(of)),
        terms_number: 1,
        period_from: day(7, 1),
        period_to: day(12, 31),
        opens_at: None,
        deadline_at: Some("2099-01-01T00:00:00Z".parse::<Instant>()?),
        launch_number: Some(format!("{}/KH-{}", number + 1, world::short_name(of))),
        launched_on: day(7, 5),
        issuer_name: Some(format!("Sở Mẫu {}", of + 1)),
        published_at: Some(published_at),
        roll_frozen_at: Some(maker.time.now()),
        final_report: None,
        state_reason: None,
        version: 5,
        created_at: made_at,
        updated_at: maker.time.now(),
    });
    maker.bulk.rows.campaign_versions.push(CampaignVersion {
        id: CampaignVersionId(fixed(Kind::Version, number)),
        campaign_id: ongoing.id,
        number: 1,
        plan: JsonText::of(&plan(of)?)?,
        document: None,
        reason: None,
        made_at,
    });
    Ok(ongoing)
}

fn roll(maker: &mut Maker<'_>, campaign: CampaignId, of: u64) -> Outcome<()> {
    let numbers = maker.numbers;
    for number in 0..world::individuals(&numbers, of) {
        let unit = world::division(of, world::division_of(&numbers, number));
        let name = world::individual_name(of, number);
        let sort_name = text::given_name_sort_key(&name);
        let subject = (SubjectKind::Individual, world::individual(of, number).0);
        line(maker, campaign, of, unit, subject, name, sort_name);
        maker.bulk.breathe()?;
    }
    for number in 0..world::collectives(&numbers) {
        let unit = world::division(of, number % numbers.divisions);
        let name = world::collective_name(number);
        let sort_name = text::name_sort_key(&name);
        let subject = (SubjectKind::Collective, world::collective(of, number).0);
        line(maker, campaign, of, unit, subject, name, sort_name);
    }
    Ok(())
}

fn line(
    maker: &mut Maker<'_>,
    campaign_id: CampaignId,
    of: u64,
    division_id: OrganizationId,
    (subject_kind, subject): (SubjectKind, uuid::Uuid),
    display_name: String,
    sort_name: String,
) {
    let staff_kind = (subject_kind == SubjectKind::Individual).then_some(StaffKind::CongChuc);
    maker.bulk.rows.participants.push(Participant {
        id: ParticipantId(maker.time.id()),
        campaign_id,
        owner_organization_id: world::department(of),
        division_id,
        subject_kind,
        subject_id: thidua::app::AnyId(subject),
        display_name,
        sort_name,
        staff_kind,
        joined_on: None,
        left_on: None,
        source: ParticipantSource::Roll,
        counted: true,
        frozen: true,
        version: 1,
        created_at: maker.time.now(),
        updated_at: maker.time.now(),
    });
}

/// Makes what ends the campaigns.
pub(super) fn finish(maker: &mut Maker<'_>, all: Vec<Ongoing>) -> Outcome<()> {
    for ongoing in &all {
        if !ongoing.considered.is_empty() {
            confirmed_session(maker, ongoing)?;
        }
        if !ongoing.in_council.is_empty() {
            open_session(maker, ongoing)?;
        }
        if !ongoing.forwarded.is_empty() {
            forwarding(maker, ongoing)?;
        }
        if !ongoing.awarded.is_empty() {
            decision(maker, ongoing, &ongoing.awarded, true)?;
        }
        // The lists of a hundred, no more.
        for nominees in ongoing.stocked.chunks_exact(usize::try_from(NOMINEES)?) {
            decision(maker, ongoing, nominees, false)?;
        }
        maker.bulk.breathe()?;
    }
    Ok(())
}

fn session(maker: &mut Maker<'_>, ongoing: &Ongoing, moves: &[(&str, &str, &str)]) -> Outcome<ReviewSession> {
    let chair = Persona::Member(ongoing.of, 0).actor();
    let created_at = maker.time.next();
    let id = ReviewSessionId(maker.time.id());
    let object = ongoing.object("review_session", id);
    maker.happen("review_session.created", &object, 1, chair, None, json!({}));
    let mut version = 1;
    for (kind, from, to) in moves.iter().copied() {
        version += 1;
        maker.happen(kind, &object, version, chair, Some((from, to)), json!({}));
    }
    for number in 0..world::MEMBERS {
        maker.bulk.rows.session_members.push(SessionMember {
            id: SessionMemberId(maker.time.id()),
            session_id: id,
            council_member_id: world::council_member(ongoing.of, number),
            individual_id: world::councillor(ongoing.of, number),
            display_name: format!("Ủy viên {}", number + 1),
            function: world::function(number),
            attendance: Some(Attendance::Present),
            substitute_id: None,
            substitute_name: None,
            note: None,
        });
    }
    let members = i32::try_from(world::MEMBERS)?;
    Ok(ReviewSession {
        id,
        council_id: world::council(ongoing.of),
        campaign_id: ongoing.id,
        owner_organization_id: world::department(ongoing.of),
        title: "Họp xét khen thưởng".to_owned(),
        state: ReviewSessionState::Open,
        mode: SessionMode::Meeting,
        method: VotingMethod::OpenVote,
        held_at: created_at,
        place: Some("Phòng họp số 1".to_owned()),
        policy: Some(JsonText::of(&CouncilPolicy::default())?),
        total_members: Some(members),
        present_members: Some(members),
        opened_at: Some(created_at),
        closed_at: None,
        confirmed_at: None,
        minutes: None,
        minutes_draft: None,
        secretary_signed_at: None,
        secretary_signed_by: None,
        chair_signed_by: None,
        quota_override_reason: None,
        state_reason: None,
        version,
        created_at,
        updated_at: maker.time.now(),
    })
}

const OPENED: (&str, &str, &str) = ("review_session.opened", "PLANNED", "OPEN");

fn open_session(maker: &mut Maker<'_>, ongoing: &Ongoing) -> Outcome<()> {
    let row = session(maker, ongoing, &[OPENED])?;
    for (nomination, ordinal) in ongoing.in_council.iter().zip(1..) {
        let item = agenda_item(maker, &row, *nomination, ordinal);
        maker.bulk.rows.agenda_items.push(item);
    }
    maker.bulk.rows.review_sessions.push(row);
    Ok(())
}

fn confirmed_session(maker: &mut Maker<'_>, ongoing: &Ongoing) -> Outcome<()> {
    let closed = ("review_session.closed", "OPEN", "CLOSED");
    let confirmed = ("review_session.confirmed", "CLOSED", "CONFIRMED");
    let row = session(maker, ongoing, &[OPENED, closed, confirmed])?;
    let row = ReviewSession {
        state: ReviewSessionState::Confirmed,
        closed_at: Some(row.updated_at),
        confirmed_at: Some(row.updated_at),
        minutes: Some(JsonText::of(&json!({ "text": "Hội đồng thống nhất." }))?),
        secretary_signed_at: Some(row.updated_at),
        secretary_signed_by: Some(Persona::Member(ongoing.of, 1).identity()),
        chair_signed_by: Some(Persona::Member(ongoing.of, 0).identity()),
        ..row
    };
    for ((nomination, recommended), ordinal) in ongoing.considered.iter().zip(1..) {
        let outcome = if *recommended {
            ConsensusOutcome::Recommended
        } else {
            ConsensusOutcome::NotRecommended
        };
        let item = AgendaItem {
            consensus: Some(outcome),
            consensus_note: Some("Thống nhất".to_owned()),
            outcome: Some(outcome.to_string()),
            ..agenda_item(maker, &row, *nomination, ordinal)
        };
        maker.bulk.rows.agenda_items.push(item);
    }
    maker.bulk.rows.review_sessions.push(row);
    Ok(())
}

fn agenda_item(
    maker: &mut Maker<'_>,
    session: &ReviewSession,
    nomination_id: NominationId,
    ordinal: i32,
) -> AgendaItem {
    AgendaItem {
        id: AgendaItemId(maker.time.id()),
        session_id: session.id,
        nomination_id,
        ordinal,
        live: true,
        form: None,
        form_reason: None,
        consensus_note: None,
        consensus: None,
        consenting: None,
        consensus_present: None,
        chair_consents: false,
        agree: None,
        disagree: None,
        abstain: None,
        absent: None,
        base_members: None,
        percentage_hundredths: None,
        outcome: None,
        outcome_reason: None,
    }
}

fn forwarding(maker: &mut Maker<'_>, ongoing: &Ongoing) -> Outcome<()> {
    let created_at = maker.time.next();
    let id = ForwardingId(maker.time.id());
    let object = ongoing.object("forwarding", id);
    let clerk = Persona::Clerk(ongoing.of).actor();
    maker.happen("forwarding.created", &object, 1, clerk, None, json!({}));
    maker.happen(
        "forwarding.sent",
        &object,
        2,
        clerk,
        Some(("DRAFT", "SENT")),
        json!({}),
    );
    let letter = json!({ "type": "TTr", "number_raw": "12/TTr-S", "issued_on": "2025-12-20" });
    maker.bulk.rows.forwardings.push(Forwarding {
        id,
        owner_organization_id: world::department(ongoing.of),
        receiver_organization_id: world::BOARD,
        campaign_id: ongoing.id,
        form: UPPER_FORM.to_owned(),
        state: ForwardingState::Sent,
        letter: Some(JsonText::of(&letter)?),
        signature: Some(signature()?),
        signed_at: Some(created_at),
        sent_at: Some(maker.time.now()),
        acknowledged_at: None,
        returned_at: None,
        receipt_number: None,
        decision_id: None,
        quota_override_reason: None,
        state_reason: None,
        version: 2,
        created_at,
        updated_at: maker.time.now(),
    });
    for (nomination, ordinal) in ongoing.forwarded.iter().zip(1..) {
        let id = ForwardingItemId(maker.time.id());
        maker.bulk.rows.forwarding_items.push(ForwardingItem {
            id,
            forwarding_id: ForwardingId(object.id.0),
            nomination_id: *nomination,
            ordinal,
            outcome: None,
            outcome_reason: None,
            live: true,
        });
    }
    Ok(())
}

fn signature() -> Outcome<JsonText> {
    Ok(JsonText::of(
        &json!({ "mode": "SELF", "title": "Giám đốc", "name": "Nguyễn Văn Mẫu" }),
    )?)
}

/// A decision for these nominees: published, or numbered and ready to be issued.
fn decision(maker: &mut Maker<'_>, ongoing: &Ongoing, nominees: &[Nominee], published: bool) -> Outcome<()> {
    let created_at = maker.time.next();
    let id = DecisionId(maker.time.id());
    let object = ongoing.object("decision", id);
    let clerk = Persona::Clerk(ongoing.of).actor();
    maker.happen("decision.created", &object, 1, clerk, None, json!({}));
    let moves = [
        ("decision.checked", "DRAFT", "CHECKED"),
        ("decision.signed", "CHECKED", "SIGNED"),
        ("decision.numbered", "SIGNED", "NUMBERED"),
        ("decision.issued", "NUMBERED", "ISSUED"),
        ("decision.published", "ISSUED", "PUBLISHED"),
    ];
    let mut version = 1;
    for (kind, from, to) in moves.into_iter().take(if published { 5 } else { 3 }) {
        version += 1;
        maker.happen(kind, &object, version, clerk, Some((from, to)), json!({}));
    }
    let now = maker.time.now();
    let earlier = u64::try_from(ongoing.id.0.as_u128() % DECIDED_WITHIN)?;
    let decided_on = DECIDED_UNTIL.and_then(|day| day.checked_sub_days(Days::new(earlier)));
    // One register of a department numbers all of its decisions.
    let number = i32::try_from(maker.bulk.entries())?;
    maker.bulk.rows.decisions.push(Decision {
        id,
        owner_organization_id: world::department(ongoing.of),
        campaign_id: ongoing.id,
        issuer_name: format!("Sở Mẫu {}", ongoing.of + 1),
        kind: DecisionType::Award,
        state: if published {
            DecisionState::Published
        } else {
            DecisionState::Numbered
        },
        title: "Về việc tặng Giấy khen".to_owned(),
        form: Some(OWN_FORM.to_owned()),
        session_id: None,
        original_id: None,
        forwarding_id: None,
        external: false,
        grounds: JsonText::raw("[]".to_owned()),
        achievement_from: NaiveDate::from_ymd_opt(2025, 7, 1),
        achievement_to: NaiveDate::from_ymd_opt(2025, 12, 31),
        signature: Some(signature()?),
        signed_at: Some(now),
        register: Some("QĐ".to_owned()),
        register_year: Some(2025),
        number: Some(number),
        number_raw: Some(format!("{number:02}/QĐ-{}", world::short_name(ongoing.of))),
        place: None,
        issued_on: decided_on,
        effective_on: decided_on,
        issued_at: published.then_some(now),
        published_at: published.then_some(now),
        ground: None,
        conclusion_reference: None,
        reason: None,
        quota_override_reason: None,
        state_reason: None,
        version,
        created_at,
        updated_at: now,
    });
    let amount = money::amount(BASE_SALARY, COEFFICIENT, 10, RoundingOrder::CoefficientFirst)?;
    for (nominee, ordinal) in nominees.iter().zip(1..) {
        let item = DecisionItemId(maker.time.id());
        if published {
            maker
                .bulk
                .index("honor", item, &format!("{} {}", nominee.name, nominee.unit));
        }
        maker.bulk.rows.decision_items.push(DecisionItem {
            id: item,
            decision_id: id,
            ordinal,
            nomination_id: Some(nominee.nomination),
            original_item_id: None,
            subject_kind: SubjectKind::Individual,
            subject_name: nominee.name.clone(),
            subject_position: Some("Chuyên viên".to_owned()),
            subject_unit: Some(nominee.unit.clone()),
            form: OWN_FORM.to_owned(),
            print_text: format!("{}, Chuyên viên, {}", nominee.name, nominee.unit),
            coefficient_hundredths: published.then_some(COEFFICIENT),
            base_salary_dong: published.then_some(BASE_SALARY),
            amount_dong: published.then_some(amount),
            state: DecisionItemState::Valid,
            live: true,
            correction: None,
        });
    }
    Ok(())
}
