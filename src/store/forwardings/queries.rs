//! Lists and special queries of forwardings.

use diesel::prelude::*;

use super::{Forwarding, ForwardingItem};
use crate::domain::codes::AttachmentKind;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CampaignId, ForwardingId, NominationId, OrganizationId, SubmissionId};
use crate::domain::states::{ForwardingState, NominationState, ReviewSessionState};
use crate::store::connection::Conn;
use crate::store::filter::Condition;
use crate::store::page::{After, Rows, Slice};
use crate::store::prepared::Prepare as _;
use crate::store::review_sessions::ReviewSession;
use crate::store::schema::{
    addressed, agenda_items, attachments, forwarding_items, forwardings, nominations, review_sessions,
};

/// Stores a changed forwarding, unless somebody else changed it since `before`.
///
/// # Errors
/// `etag.stale`.
pub fn save_if(conn: &mut Conn, row: &Forwarding, before: i64) -> Result<()> {
    let saved = diesel::update(
        forwardings::table
            .filter(forwardings::id.eq(row.id))
            .filter(forwardings::version.eq(before)),
    )
    .set(row)
    .prepared()
    .execute(conn)?;
    if saved == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Removes a forwarding that was never sent, with its items.
///
/// # Errors
/// The driver's error.
pub fn remove(conn: &mut Conn, id: ForwardingId) -> Result<()> {
    diesel::delete(forwarding_items::table.filter(forwarding_items::forwarding_id.eq(id))).execute(conn)?;
    diesel::delete(forwardings::table.find(id)).execute(conn)?;
    Ok(())
}

/// Which forwardings are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Sent to this organisation.
    pub receiver_id: Option<OrganizationId>,
    /// In these states.
    pub states: Vec<ForwardingState>,
}

/// A page of forwardings, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    visible: Condition<forwardings::table>,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Forwarding>> {
    let mut query = forwardings::table
        .filter(visible)
        .order(forwardings::id.desc())
        .limit(slice.fetch())
        .select(Forwarding::as_select())
        .into_boxed();
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(forwardings::campaign_id.eq(campaign));
    }
    if let Some(receiver) = wanted.receiver_id {
        query = query.filter(forwardings::receiver_organization_id.eq(receiver));
    }
    if !wanted.states.is_empty() {
        query = query.filter(forwardings::state.eq_any(wanted.states.clone()));
    }
    if let Some(after) = &slice.after {
        query = query.filter(forwardings::id.lt(ForwardingId(after.id)));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Forwarding| After {
        key: String::new(),
        id: row.id.0,
    }))
}

/// The items of a forwarding in their order.
///
/// # Errors
/// The driver's error.
pub fn items(conn: &mut Conn, forwarding: ForwardingId) -> Result<Vec<ForwardingItem>> {
    Ok(forwarding_items::table
        .filter(forwarding_items::forwarding_id.eq(forwarding))
        .order(forwarding_items::ordinal.asc())
        .select(ForwardingItem::as_select())
        .load(conn)?)
}

/// Which of these nominations stand in a forwarding that is on its way.
///
/// # Errors
/// The driver's error.
pub fn taken(conn: &mut Conn, wanted: &[NominationId]) -> Result<Vec<NominationId>> {
    Ok(forwarding_items::table
        .filter(forwarding_items::nomination_id.eq_any(wanted.to_vec()))
        .filter(forwarding_items::live.eq(true))
        .select(forwarding_items::nomination_id)
        .load(conn)?)
}

/// Takes or frees the places of all items of a forwarding.
///
/// # Errors
/// The driver's error; a unique violation means that another forwarding took a nomination meanwhile.
pub fn set_live(conn: &mut Conn, forwarding: ForwardingId, live: bool) -> QueryResult<()> {
    diesel::update(forwarding_items::table.filter(forwarding_items::forwarding_id.eq(forwarding)))
        .set(forwarding_items::live.eq(live))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Lets the receiver of a forwarding see its nominations from now on: what it was sent it may always see.
///
/// # Errors
/// The driver's error.
pub fn address(conn: &mut Conn, forwarding: ForwardingId) -> Result<()> {
    let known = addressed::table
        .filter(addressed::receiver_organization_id.eq(forwardings::receiver_organization_id))
        .filter(addressed::nomination_id.eq(nominations::id));
    let sent = forwarding_items::table
        .inner_join(forwardings::table.on(forwardings::id.eq(forwarding_items::forwarding_id)))
        .inner_join(nominations::table.on(nominations::id.eq(forwarding_items::nomination_id)))
        .filter(forwardings::id.eq(forwarding))
        .filter(diesel::dsl::not(diesel::dsl::exists(known)))
        .order(forwarding_items::id.asc());
    let sent: Vec<(OrganizationId, NominationId, SubmissionId, NominationState)> = sent
        .select((
            forwardings::receiver_organization_id,
            nominations::id,
            nominations::submission_id,
            nominations::state,
        ))
        .load(conn)?;
    for (receiver, nomination, submission, state) in sent {
        diesel::insert_into(addressed::table)
            .values((
                addressed::receiver_organization_id.eq(receiver),
                addressed::nomination_id.eq(nomination),
                addressed::submission_id.eq(submission),
                addressed::awaited.eq(state == NominationState::Forwarded),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes from the receiver what it saw of a batch that is a draft again, but for what another batch brought it.
///
/// # Errors
/// The driver's error.
pub fn take_address(conn: &mut Conn, forwarding: ForwardingId) -> Result<()> {
    let batch = forwarding_items::table.filter(forwarding_items::forwarding_id.eq(forwarding));
    let nominations: Vec<NominationId> = batch.select(forwarding_items::nomination_id).load(conn)?;
    let receiver: OrganizationId = forwardings::table
        .find(forwarding)
        .select(forwardings::receiver_organization_id)
        .first(conn)?;
    let kept: Vec<NominationId> = forwarding_items::table
        .inner_join(forwardings::table.on(forwardings::id.eq(forwarding_items::forwarding_id)))
        .filter(forwarding_items::nomination_id.eq_any(nominations.clone()))
        .filter(forwardings::receiver_organization_id.eq(receiver))
        .filter(forwardings::state.ne(ForwardingState::Draft))
        .select(forwarding_items::nomination_id)
        .load(conn)?;
    for nomination in nominations.iter().filter(|one| !kept.contains(one)) {
        let row = addressed::table
            .filter(addressed::receiver_organization_id.eq(receiver))
            .filter(addressed::nomination_id.eq(nomination));
        diesel::delete(row).execute(conn)?;
    }
    Ok(())
}

/// Which of these nominations stand in the signed minutes of a confirmed session.
///
/// # Errors
/// The driver's error.
pub fn with_minutes(conn: &mut Conn, wanted: &[NominationId]) -> Result<Vec<NominationId>> {
    Ok(agenda_items::table
        .inner_join(review_sessions::table.on(review_sessions::id.eq(agenda_items::session_id)))
        .filter(agenda_items::nomination_id.eq_any(wanted.to_vec()))
        .filter(review_sessions::state.eq(ReviewSessionState::Confirmed))
        .select(agenda_items::nomination_id)
        .distinct()
        .load(conn)?)
}

/// The confirmed sessions that considered some of these nominations, in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn sessions_behind(conn: &mut Conn, wanted: &[NominationId]) -> Result<Vec<ReviewSession>> {
    Ok(review_sessions::table
        .filter(review_sessions::state.eq(ReviewSessionState::Confirmed))
        .filter(
            review_sessions::id.eq_any(
                agenda_items::table
                    .filter(agenda_items::nomination_id.eq_any(wanted.to_vec()))
                    .select(agenda_items::session_id),
            ),
        )
        .order(review_sessions::id.asc())
        .select(ReviewSession::as_select())
        .load(conn)?)
}

/// Which of these nominations have a report of their achievements.
///
/// # Errors
/// The driver's error.
pub fn with_report(conn: &mut Conn, wanted: &[NominationId]) -> Result<Vec<NominationId>> {
    let own = attachments::nomination_id
        .is_null()
        .nullable()
        .or(attachments::nomination_id.eq(nominations::id.nullable()));
    Ok(nominations::table
        .inner_join(attachments::table.on(attachments::submission_id.eq(nominations::submission_id)))
        .filter(nominations::id.eq_any(wanted.to_vec()))
        .filter(attachments::kind.eq(AttachmentKind::BaoCao))
        .filter(own)
        .select(nominations::id)
        .distinct()
        .load(conn)?)
}
