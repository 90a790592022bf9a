//! Moving nominations from within decisions and forwardings: their acts are never called alone
//! (`domain.md` 5.4), they happen inside the act that causes them.

use super::{AnyId, Event, Tx, closing};
use crate::domain::error::{Error, Result};
use crate::domain::ids::NominationId;
use crate::domain::quota::{Counted, SubjectKey};
use crate::domain::states::{NOMINATION, NominationAct, NominationState};
use crate::store::decisions;
use crate::store::nominations::{self, Nomination};

/// What causes a move: kind of event, the object that causes it, and the reason where one is due.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Kind of the journal entry of the nomination.
    pub kind: &'static str,
    /// The decision or forwarding; none where the nomination alone is meant.
    pub by: Option<AnyId>,
    /// Why, where a reason is due.
    pub reason: Option<&'a str>,
}

/// Who would be rewarded.
pub fn subject(nomination: &Nomination) -> SubjectKey {
    SubjectKey {
        kind: nomination.subject_kind,
        id: nomination.subject_id.0,
    }
}

/// A nomination that asks for a place of the quota, with the form in which it would be rewarded.
pub fn counted(nomination: &Nomination, form: &str) -> Counted {
    Counted {
        nomination: nomination.id,
        subject: subject(nomination),
        form: form.to_owned(),
        division: Some(nomination.unit_id),
        used: nomination.state.has_used_quota(),
    }
}

/// The state after some acts in a row.
///
/// # Errors
/// `state.transition_not_allowed`.
pub fn after(state: NominationState, acts: &[NominationAct]) -> Result<NominationState> {
    acts.iter().try_fold(state, |state, act| {
        NOMINATION
            .next(state, *act)
            .ok_or_else(|| Error::transition(NOMINATION.noun, state.as_str(), NOMINATION.verbs(state)))
    })
}

/// Moves a nomination through some acts in a row, each with its version and its journal entry, so that
/// the journal shows arrows of the machine only. The last entry is of the cause's kind. Other members
/// may already differ between `before` and `changed` (the form after a refusal above).
///
/// # Errors
/// `state.transition_not_allowed`, the driver's error.
pub fn advance(
    tx: &mut Tx<'_>,
    before: &Nomination,
    changed: Nomination,
    acts: &[NominationAct],
    cause: Cause<'_>,
) -> Result<Nomination> {
    let mut from = before.clone();
    for (index, act) in acts.iter().enumerate() {
        let state = after(from.state, &[*act])?;
        let moved = Nomination {
            state,
            state_reason: cause.reason.map(str::to_owned),
            version: from.version + 1,
            updated_at: tx.now,
            ..changed.clone()
        };
        // What has ended waits for nothing any more.
        let moved = if state.may_still_be_awarded() {
            moved
        } else {
            moved.without_hold()
        };
        nominations::save(tx.conn, &moved)?;
        if [from.state, moved.state].contains(&NominationState::Forwarded) {
            nominations::await_answer(tx.conn, moved.id, moved.state == NominationState::Forwarded)?;
        }
        let last = index + 1 == acts.len();
        let kind = if last {
            cause.kind
        } else {
            passing(*act, cause.kind)
        };
        let event = Event::new(kind, "nomination", moved.id)
            .version(moved.version)
            .within(moved.owner_organization_id, Some(moved.division_id))
            .campaign(moved.campaign_id)
            .moved(from.state, moved.state)
            .with("by", cause.by)
            .with("reason", cause.reason)
            .diff(&from, &moved);
        tx.record(event)?;
        from = moved;
    }
    Ok(from)
}

/// Kind of the entry of a step on the way to the last one.
const fn passing(act: NominationAct, last: &'static str) -> &'static str {
    match act {
        NominationAct::RouteToDirector => "nomination.routed_to_director",
        NominationAct::FallBack => "nomination.fallen_back",
        _ => last,
    }
}

/// Closes the dossiers of these nominations of which nothing is awaited any more (M-2).
///
/// # Errors
/// The driver's error.
pub fn close_settled(tx: &mut Tx<'_>, settled: &[NominationId]) -> Result<()> {
    for dossier in decisions::submissions_of(tx.conn, settled)? {
        closing::close_if_settled(tx, dossier)?;
    }
    Ok(())
}
