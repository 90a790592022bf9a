//! Forwardings: what the organisation proposes to the level above (R-F1). Prepared by the office, signed
//! by the Director, sent by the clerk; answered by the receiver, who sees it from SENT on (M-4).

mod answers;
mod send;

use std::collections::BTreeSet;

use super::guards;
use super::moves::{self, Cause};
use super::{Command, Event, JsonText, Possible, Rows, Slice, Tx};
use crate::domain::caller::Role;
use crate::domain::codes::Route;
use crate::domain::document::{DocumentRef, DocumentRefPatch};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CampaignId, ForwardingId, ForwardingItemId, NominationId, OrganizationId};
use crate::domain::policy::{Action, Place, RULES};
use crate::domain::states::{
    CampaignState, FORWARDING, ForwardingAct, ForwardingState, NominationAct, NominationState,
};
use crate::store::campaigns::{self, Campaign};
use crate::store::nominations::Nomination;
use crate::store::review_sessions::{self, AgendaItem, ReviewSession, SessionMember};
use crate::store::{decisions, dialect, filter, forwardings, grants, organizations};

pub use answers::{Acknowledge, Answered, Decider, Decline, Outcome, RecordDecision, Return};
pub use send::{Recall, Send, Sign};

pub use crate::store::forwardings::{Forwarding, ForwardingItem, Wanted};

const NOUN: &str = "forwarding";

/// Reads one forwarding.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: ForwardingId) -> Result<Forwarding> {
    target(tx, id, Action::ReadForwarding)
}

/// A page of forwardings, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Forwarding>> {
    let visible = filter::forwardings(&tx.sees(Action::ReadForwarding));
    forwardings::list(tx.conn, visible, wanted, slice)
}

/// The items of a forwarding that was read.
///
/// # Errors
/// The driver's error.
pub fn items(tx: &mut Tx<'_>, forwarding: &Forwarding) -> Result<Vec<ForwardingItem>> {
    forwardings::items(tx.conn, forwarding.id)
}

fn place(forwarding: &Forwarding) -> Place {
    filter::place_of_forwarding(
        forwarding.owner_organization_id,
        forwarding.receiver_organization_id,
        forwarding.state,
    )
}

fn target(tx: &mut Tx<'_>, id: ForwardingId, action: Action) -> Result<Forwarding> {
    let forwarding = forwardings::get(tx.conn, id)?;
    tx.require(action, &place(&forwarding))?;
    Ok(forwarding)
}

const fn verb(act: ForwardingAct) -> &'static str {
    match act {
        ForwardingAct::Send => "send",
        ForwardingAct::Recall | ForwardingAct::RecallResent => "recall",
        ForwardingAct::Acknowledge => "acknowledge",
        ForwardingAct::RecordDecision => "record-decision",
        ForwardingAct::Return => "return",
        ForwardingAct::Decline => "decline",
    }
}

/// Whether letter and signature may still change: before it is sent, or sent again.
const fn is_open(state: ForwardingState) -> bool {
    matches!(state, ForwardingState::Draft | ForwardingState::Returned)
}

fn impossible(state: ForwardingState) -> Error {
    let own = if is_open(state) {
        vec!["edit", "sign"]
    } else {
        Vec::new()
    };
    let own = own.into_iter().map(str::to_owned);
    let verbs = own.chain(FORWARDING.verbs(state)).collect();
    Error::transition(FORWARDING.noun, state.as_str(), verbs)
}

fn next(state: ForwardingState, act: ForwardingAct) -> Result<ForwardingState> {
    FORWARDING.next(state, act).ok_or_else(|| impossible(state))
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, forwarding: &Forwarding) -> Result<Vec<Possible>> {
    let place = place(forwarding);
    let mut possible = Vec::new();
    // Only what may still go has anything to do with the state of its nominations.
    let open = is_open(forwarding.state);
    let nominations = if open {
        nominations_of(tx, forwarding)?
    } else {
        Vec::new()
    };
    if open {
        let gone = send::gone(&nominations);
        possible.push(tx.possible("edit", Action::PrepareForwarding, &place, gone));
        let unsignable = send::unsignable(tx, forwarding, &nominations)?;
        possible.push(tx.possible("sign", Action::SignForwarding, &place, unsignable));
    }
    if forwarding.state == ForwardingState::Draft {
        possible.push(tx.possible("delete", Action::PrepareForwarding, &place, Vec::new()));
    }
    for act in FORWARDING.allowed(forwarding.state) {
        let (action, rules) = match act {
            ForwardingAct::Send => (
                Action::SendForwarding,
                send::blocked(tx, forwarding, &nominations)?,
            ),
            ForwardingAct::RecallResent => continue,
            ForwardingAct::Recall => (Action::SendForwarding, Vec::new()),
            _ => (Action::AnswerForwarding, Vec::new()),
        };
        possible.push(tx.possible(verb(act), action, &place, rules));
    }
    Ok(possible)
}

/// What was given up is not forwarded any more (5.3).
fn called_off(tx: &mut Tx<'_>, campaign: CampaignId) -> Result<Option<Fault>> {
    let state = campaigns::state_of(tx.conn, campaign)?;
    Ok((state == CampaignState::Cancelled).then(|| Fault::new(Code::CampaignNotPublished)))
}

/// Holds the campaign alone and reads the forwarding again; the version that `If-Match` was compared
/// with must still be the current one.
fn hold_unchanged(tx: &mut Tx<'_>, seen: &Forwarding) -> Result<Forwarding> {
    dialect::hold(tx.conn, seen.campaign_id)?;
    let forwarding = forwardings::get(tx.conn, seen.id)?;
    if forwarding.version != seen.version {
        return Err(Error::stale(forwarding.version));
    }
    Ok(forwarding)
}

fn keep(
    tx: &mut Tx<'_>,
    before: &Forwarding,
    after: Forwarding,
    kind: &'static str,
    reason: Option<&str>,
) -> Result<Forwarding> {
    let after = Forwarding {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    forwardings::save_if(tx.conn, &after, before.version)?;
    tx.changed(before, &after);
    let mut event = Event::new(kind, NOUN, after.id)
        .version(after.version)
        .within(after.owner_organization_id, None)
        .campaign(after.campaign_id)
        .with("reason", reason)
        .diff(before, &after);
    if before.state != after.state {
        event = event.moved(before.state, after.state);
    }
    tx.record(event)?;
    Ok(after)
}

/// A session that considered nominations of a batch, who took part, and its lines about them.
pub type SessionBehind = (ReviewSession, Vec<SessionMember>, Vec<(AgendaItem, Nomination)>);

/// The minutes that go up with a batch (R-F1), without the lines about nominations that do not.
///
/// # Errors
/// `resource.not_found`.
pub fn minutes(tx: &mut Tx<'_>, id: ForwardingId) -> Result<Vec<SessionBehind>> {
    let forwarding = target(tx, id, Action::ReadForwarding)?;
    let items = forwardings::items(tx.conn, forwarding.id)?;
    let ids: Vec<NominationId> = items.iter().map(|item| item.nomination_id).collect();
    let mut behind = Vec::new();
    for session in forwardings::sessions_behind(tx.conn, &ids)? {
        let members = review_sessions::members(tx.conn, session.id)?;
        let mut agenda = review_sessions::agenda(tx.conn, session.id)?;
        agenda.retain(|(_, nomination)| ids.contains(&nomination.id));
        behind.push((session, members, agenda));
    }
    Ok(behind)
}

/// The nominations of a forwarding in its order.
fn nominations_of(tx: &mut Tx<'_>, forwarding: &Forwarding) -> Result<Vec<Nomination>> {
    let items = forwardings::items(tx.conn, forwarding.id)?;
    let ids: Vec<NominationId> = items.iter().map(|item| item.nomination_id).collect();
    let found = decisions::candidates(tx.conn, forwarding.campaign_id, &ids)?;
    Ok(ids
        .iter()
        .filter_map(|id| found.iter().find(|(nomination, ..)| nomination.id == *id))
        .map(|(nomination, ..)| nomination.clone())
        .collect())
}

/// Moves all nominations of a forwarding alike.
fn move_all(
    tx: &mut Tx<'_>,
    forwarding: &Forwarding,
    kind: &'static str,
    act: NominationAct,
    reason: Option<&str>,
) -> Result<Vec<NominationId>> {
    let mut moved = Vec::new();
    for before in nominations_of(tx, forwarding)? {
        let cause = Cause {
            kind,
            by: Some(forwarding.id.into()),
            reason,
        };
        moved.push(moves::advance(tx, &before, before.clone(), &[act], cause)?.id);
    }
    Ok(moved)
}

/// Prepares a batch of one award form for the level above.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Award form.
    pub form: String,
    /// Who receives it.
    pub receiver_organization_id: OrganizationId,
    /// Nominations, in their order.
    pub nomination_ids: Vec<NominationId>,
    /// The letter (tờ trình), if it is known.
    pub letter: Option<DocumentRef>,
}

impl Command for Create {
    type Target = Campaign;
    type Output = Forwarding;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        tx.permit_somewhere(Action::PrepareForwarding)?;
        let campaign = campaigns::find(tx.conn, self.campaign_id)?
            .filter(|campaign| {
                let owner = campaign.owner_organization_id;
                let place = filter::place_of_campaign(owner, campaign.council_id, campaign.published_at);
                tx.may(Action::ReadCampaign, &place)
            })
            .ok_or_else(|| Error::invalid(vec![Fault::at("/campaign_id", Code::FieldReference)]))?;
        tx.permit(
            Action::PrepareForwarding,
            &Place::of(campaign.owner_organization_id),
        )?;
        Ok(campaign)
    }

    fn act(&self, tx: &mut Tx<'_>, campaign: Campaign) -> Result<Forwarding> {
        dialect::hold(tx.conn, campaign.id)?;
        let campaign = campaigns::get(tx.conn, campaign.id)?;
        if campaign.state == CampaignState::Cancelled {
            return Err(Error::new(Code::CampaignNotPublished));
        }
        self.check_terms(tx, &campaign)?;
        self.warn_if_unmanned(tx)?;
        guards::refuse(self.unfit(tx)?)?;
        if let Some(letter) = &self.letter {
            tx.warn_of_future(letter.issued_on, "/letter/issued_on");
        }
        let forwarding = Forwarding {
            id: ForwardingId::generate(),
            owner_organization_id: campaign.owner_organization_id,
            receiver_organization_id: self.receiver_organization_id,
            campaign_id: campaign.id,
            form: self.form.clone(),
            state: FORWARDING.initial,
            letter: self.letter.as_ref().map(JsonText::of).transpose()?,
            signature: None,
            signed_at: None,
            sent_at: None,
            acknowledged_at: None,
            returned_at: None,
            receipt_number: None,
            decision_id: None,
            quota_override_reason: None,
            state_reason: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        forwardings::insert(tx.conn, &forwarding)?;
        for (nomination_id, ordinal) in self.nomination_ids.iter().zip(1_i32..) {
            let item = ForwardingItem {
                id: ForwardingItemId::generate(),
                forwarding_id: forwarding.id,
                nomination_id: *nomination_id,
                ordinal,
                outcome: None,
                outcome_reason: None,
                live: true,
            };
            forwardings::insert_forwarding_item(tx.conn, &item)
                .map_err(dialect::unique(Code::ForwardingItemTaken))?;
        }
        let event = Event::new("forwarding.created", NOUN, forwarding.id)
            .version(1)
            .within(forwarding.owner_organization_id, None)
            .campaign(forwarding.campaign_id)
            .with("after", &forwarding)
            .with("nomination_ids", &self.nomination_ids);
        tx.record(event)?;
        Ok(forwarding)
    }
}

impl Create {
    /// A form that the plan decides above, a receiver that exists, each nomination once.
    fn check_terms(&self, tx: &mut Tx<'_>, campaign: &Campaign) -> Result<()> {
        let plan = campaigns::current_plan(tx.conn, campaign)?;
        let mut faults = Vec::new();
        match plan.option(&self.form) {
            None => faults.push(Fault::at("/form", Code::NominationFormNotOffered)),
            Some(option) if option.route != Route::Up => {
                faults.push(Fault::at("/form", Code::ForwardingFormMismatch));
            }
            Some(_) => {}
        }
        let receiver = organizations::find(tx.conn, self.receiver_organization_id)?;
        // A unit has no authority of its own: nobody there could answer (M-4).
        if receiver.as_ref().is_none_or(|one| {
            one.id == campaign.owner_organization_id
                || guards::require_in_force(tx, one).is_err()
                || one.kind.is_internal_unit()
        }) {
            faults.push(Fault::at("/receiver_organization_id", Code::FieldReference));
        }
        let mut seen = BTreeSet::new();
        for (index, id) in self.nomination_ids.iter().enumerate() {
            if !seen.insert(id.0) {
                faults.push(Fault::at(
                    format!("/nomination_ids/{index}"),
                    Code::FieldDuplicate,
                ));
            }
        }
        all_valid(faults)
    }

    /// A receiver at which nobody could answer is a slip of the pen, or comes before its grants.
    fn warn_if_unmanned(&self, tx: &mut Tx<'_>) -> Result<()> {
        let answering: Vec<Role> = RULES
            .iter()
            .filter(|rule| rule.actions.contains(&Action::AnswerForwarding))
            .map(|rule| rule.role)
            .collect();
        if !grants::is_manned(tx.conn, self.receiver_organization_id, &answering, tx.now)? {
            tx.warn(Fault::at(
                "/receiver_organization_id",
                Code::ForwardingReceiverUnmanned,
            ));
        }
        Ok(())
    }

    /// Nominations that may not be forwarded (R-F1, R-N3), one fault each.
    fn unfit(&self, tx: &mut Tx<'_>) -> Result<Vec<Fault>> {
        let found = decisions::candidates(tx.conn, self.campaign_id, &self.nomination_ids)?;
        let subjects: Vec<_> = found.iter().map(|(one, ..)| one.subject_id).collect();
        let pending = decisions::rewarded_or_pending(tx.conn, self.campaign_id, &subjects)?;
        let taken = forwardings::taken(tx.conn, &self.nomination_ids)?;
        let mut faults = Vec::new();
        for (index, id) in self.nomination_ids.iter().enumerate() {
            let code = match found.iter().find(|(one, ..)| one.id == *id) {
                None => Some(Code::FieldReference),
                Some((one, ..)) => {
                    let rivalled = pending.iter().any(|(other, kind, subject)| {
                        other != id && *kind == one.subject_kind && *subject == one.subject_id
                    });
                    self.obstacle(one, rivalled, taken.contains(id))
                }
            };
            faults.extend(code.map(|code| Fault::at(format!("/nomination_ids/{index}"), code)));
        }
        Ok(faults)
    }

    fn obstacle(&self, nomination: &Nomination, rivalled: bool, taken: bool) -> Option<Code> {
        use NominationState as State;
        match nomination.state {
            _ if taken => Some(Code::ForwardingItemTaken),
            State::Recommended | State::ReturnedAbove if rivalled => Some(Code::NominationRewardedOrPending),
            State::Recommended | State::ReturnedAbove => {
                let fits = nomination.route == Route::Up && nomination.form == self.form;
                (!fits).then_some(Code::ForwardingFormMismatch)
            }
            state if state.is_rewarded_or_pending() => Some(Code::NominationRewardedOrPending),
            _ => Some(Code::NominationNotConsidered),
        }
    }
}

/// Changes the letter before the forwarding is sent; a signature under another letter is void.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: ForwardingId,
    /// Members of the letter (tờ trình) that change; none takes it away.
    pub letter: Option<DocumentRefPatch>,
}

impl Command for Edit {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::PrepareForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Forwarding) -> Result<Forwarding> {
        if !is_open(before.state) {
            return Err(impossible(before.state));
        }
        guards::refuse(send::gone(&nominations_of(tx, &before)?))?;
        let after = Forwarding {
            letter: tx.patched(before.letter.as_ref(), self.letter.as_ref(), "/letter")?,
            ..before.clone()
        };
        // It went up with one; the letter is changed, not taken away.
        if after.letter.is_none() && before.sent_at.is_some() {
            return Err(Error::invalid(vec![Fault::at("/letter", Code::FieldRequired)]));
        }
        if let Some(letter) = &after.letter {
            let letter: DocumentRef = letter.read()?;
            tx.warn_of_future(letter.issued_on, "/letter/issued_on");
        }
        // The letter that was signed: its signature stays.
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        let after = Forwarding {
            signature: None,
            signed_at: None,
            quota_override_reason: None,
            ..after
        };
        keep(tx, &before, after, "forwarding.edited", None)
    }
}

/// Removes a draft; its nominations are free for another one.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Remove {
    /// Which.
    pub id: ForwardingId,
}

impl Command for Remove {
    type Target = Forwarding;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::PrepareForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Forwarding) -> Result<()> {
        let before = hold_unchanged(tx, &seen)?;
        if before.state != ForwardingState::Draft {
            return Err(impossible(before.state));
        }
        forwardings::remove(tx.conn, before.id)?;
        let event = Event::new("forwarding.deleted", NOUN, before.id)
            .version(before.version)
            .within(before.owner_organization_id, None)
            .campaign(before.campaign_id)
            .with("before", &before);
        tx.record(event)
    }
}
