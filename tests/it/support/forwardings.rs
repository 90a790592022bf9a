//! Forwardings on their way: papers below the service, acts over HTTP.

use serde_json::json;
use thidua::app::JsonText;
use thidua::domain::codes::{AttachmentKind, ConsensusOutcome, SessionMode, VotingMethod};
use thidua::domain::ids::{
    AgendaItemId, AttachmentId, CampaignId, CouncilId, NominationId, OrganizationId, ReviewSessionId,
};
use thidua::domain::states::ReviewSessionState;
use thidua::domain::time::Instant;
use thidua::store::attachments::{self, Attachment};
use thidua::store::connection::Conn;
use thidua::store::councils::{self, Council};
use thidua::store::nominations;
use thidua::store::review_sessions::{self, AgendaItem, ReviewSession};

use super::decisions::{BANG_KHEN, signature};
use super::when;
use super::world::{World, org};

fn text(value: &serde_json::Value) -> JsonText {
    JsonText::of(value).unwrap()
}

/// The minutes of a confirmed session and a report of each nomination.
pub async fn papers(world: &World, campaign: CampaignId, ids: &[NominationId]) {
    let ids = ids.to_vec();
    world
        .database(move |conn| {
            let session = confirmed_session(conn, campaign);
            for (id, ordinal) in ids.iter().zip(1..) {
                insert_agenda_item(conn, session, *id, ordinal);
                insert_report(conn, *id);
            }
        })
        .await;
}

fn confirmed_session(conn: &mut Conn, campaign: CampaignId) -> ReviewSessionId {
    let at: Instant = when("2026-06-01T02:00:00Z").parse().unwrap();
    let council = Council {
        id: CouncilId::generate(),
        owner_organization_id: org::DEPARTMENT,
        name: "Hội đồng Thi đua - Khen thưởng".to_owned(),
        policy: text(&json!({})),
        document: None,
        active: true,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    councils::insert(conn, &council).unwrap();
    let session = ReviewSession {
        id: ReviewSessionId::generate(),
        council_id: council.id,
        campaign_id: campaign,
        owner_organization_id: org::DEPARTMENT,
        title: "Phiên họp xét khen thưởng".to_owned(),
        state: ReviewSessionState::Confirmed,
        mode: SessionMode::Meeting,
        method: VotingMethod::Consensus,
        held_at: at,
        place: None,
        policy: Some(text(&json!({}))),
        total_members: Some(7),
        present_members: Some(7),
        opened_at: Some(at),
        closed_at: Some(at),
        confirmed_at: Some(at),
        minutes: Some(text(
            &json!({"course": "Hội đồng thảo luận", "conclusion": "Thống nhất đề nghị"}),
        )),
        minutes_draft: None,
        secretary_signed_at: Some(at),
        secretary_signed_by: None,
        chair_signed_by: None,
        quota_override_reason: None,
        state_reason: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    review_sessions::insert(conn, &session).unwrap();
    session.id
}

fn insert_agenda_item(conn: &mut Conn, session: ReviewSessionId, id: NominationId, ordinal: i32) {
    let item = AgendaItem {
        id: AgendaItemId::generate(),
        session_id: session,
        nomination_id: id,
        ordinal,
        live: false,
        form: None,
        form_reason: None,
        consensus_note: None,
        consensus: Some(ConsensusOutcome::Recommended),
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
    };
    review_sessions::insert_agenda_item(conn, &item).unwrap();
}

fn insert_report(conn: &mut Conn, id: NominationId) {
    let nomination = nominations::get(conn, id).unwrap();
    let report = Attachment {
        id: AttachmentId::generate(),
        submission_id: nomination.submission_id,
        nomination_id: Some(id),
        kind: AttachmentKind::BaoCao,
        file_id: None,
        document: Some(text(
            &json!({"type": "BC", "number_raw": "12/BC-LS", "issued_on": when("2026-05-22")}),
        )),
        note: None,
        created_at: when("2026-05-22T02:00:00Z").parse().unwrap(),
    };
    attachments::insert(conn, &report).unwrap();
}

/// A draft with its letter to the Board; answers its path.
pub async fn prepared(world: &World, campaign: CampaignId, ids: &[NominationId]) -> String {
    addressed(world, campaign, ids, org::BOARD).await
}

/// A draft with its letter to this receiver; answers its path.
pub async fn addressed(
    world: &World,
    campaign: CampaignId,
    ids: &[NominationId],
    receiver: OrganizationId,
) -> String {
    let body = json!({
        "campaign_id": campaign, "form": BANG_KHEN, "receiver_organization_id": receiver,
        "nomination_ids": ids,
        "letter": {"type": "TTr", "number_raw": "715/TTr-SNgV", "issued_on": when("2026-06-05")},
    });
    let made = world
        .persona("reviewer")
        .post("/v1/forwardings", &body)
        .await
        .expect(201);
    made.header("location").unwrap().to_owned()
}

/// A draft that only waits to be sent: papers, letter, signature; answers its path.
pub async fn ready(world: &World, campaign: CampaignId, ids: &[NominationId]) -> String {
    papers(world, campaign, ids).await;
    let path = prepared(world, campaign, ids).await;
    world
        .persona("deputy")
        .act(&path, "sign", &signature())
        .await
        .expect(200);
    path
}

/// Sends what is ready and has the Board acknowledge it.
pub async fn acknowledged(world: &World, path: &str) {
    world
        .persona("clerk")
        .act(path, "send", &json!({}))
        .await
        .expect(200);
    world
        .board_system()
        .act(path, "acknowledge", &json!({"receipt_number": "1204/BTĐKT"}))
        .await
        .expect(200);
}
