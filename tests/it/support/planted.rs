//! Rows that break the rules, put there below the service: for the checker, which has to find them.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::Value;
use thidua::app::JsonText;
use thidua::domain::codes::{
    DecisionItemState, DecisionType, MembershipFunction, ReceivedChannel, SessionMode, SubjectKind,
    VoteChoice, VotingMethod,
};
use thidua::domain::ids::{
    AgendaItemId, CampaignId, CouncilId, CouncilMemberId, DecisionId, DecisionItemId, IdentityId,
    NominationId, ReviewSessionId, SessionMemberId, VoteId,
};
use thidua::domain::states::{DecisionState, ReviewSessionState};
use thidua::domain::time::Instant;
use thidua::store::{Conn, decisions, schema};

use super::when;
use super::world::{org, person};

/// An award in force with wrong money in a register of the wrong year, otherwise as a test wants it.
pub fn decision(
    conn: &mut Conn,
    campaign_id: CampaignId,
    nomination: Option<NominationId>,
    change: impl FnOnce(&mut decisions::Decision),
) -> DecisionItemId {
    let now: Instant = when("2026-06-30T02:00:00Z").parse().unwrap();
    let day = when("2026-06-30").parse().ok();
    let id = DecisionId::generate();
    let mut decision = decisions::Decision {
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
    change(&mut decision);
    decisions::insert(conn, &decision).unwrap();
    let item = decisions::DecisionItem {
        id: DecisionItemId::generate(),
        decision_id: id,
        ordinal: 1,
        nomination_id: nomination,
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
    item.id
}

/// The same votes once more, which the database would not take.
pub fn votes_twice(conn: &mut Conn) {
    let (free, id) = match conn {
        Conn::Sqlite(_) => (
            "PRAGMA foreign_keys = OFF; CREATE TABLE freed AS SELECT * FROM votes; DROP TABLE votes; \
             ALTER TABLE freed RENAME TO votes;",
            "randomblob(16)",
        ),
        Conn::Postgres(_) => (
            "ALTER TABLE votes DROP CONSTRAINT votes_once;",
            "gen_random_uuid()",
        ),
    };
    conn.batch_execute(&format!(
        "{free} INSERT INTO votes SELECT {id}, session_id, agenda_item_id, session_member_id, choice, channel, cast_by, \
         cast_at, changes FROM votes"
    ))
    .unwrap();
}

/// Two sessions, a vote of a member of the one on an item of the other, and a tally without votes.
pub fn votes(conn: &mut Conn, campaign_id: CampaignId, nomination: NominationId) {
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
            schema::agenda_items::chair_consents.eq(false),
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
