//! Review sessions: a council's meeting over an agenda of nominations. The secretary runs it, members
//! vote, the secretary signs the minutes, the chair's signature confirms the result (R-V1 to R-V7, R-Q1).
//!
//! Every act that changes a session holds its campaign alone; a vote holds it shared. So a vote is
//! either cast before the closing and counted, or refused.

mod agenda;
mod attendance;
mod planning;
mod results;
mod voting;

pub use agenda::{Add, ChangeForm, Consent, Lines, Remove, read_agenda};
pub use attendance::{Attend, Attended, Open, read_attendance};
pub use planning::{Cancel, Create, Edit};
pub use results::{
    Close, Confirm, Minutes, MinutesRecord, Opinion, Reopen, Sign, WriteMinutes, not_voted, read_minutes,
};
pub use voting::{Cast, VoteLine, read_votes};

use super::guards::told;
use super::{Event, Possible, Rows, Slice, Tx};
use crate::domain::caller::Role;
use crate::domain::codes::{SessionMode, VotingMethod};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CouncilId, ReviewSessionId};
use crate::domain::policy::{Action, Place};
use crate::domain::states::{
    NOMINATION, NominationAct, REVIEW_SESSION, ReviewSessionAct, ReviewSessionState,
};
use crate::domain::votes::CouncilPolicy;
use crate::store::nominations::Nomination;
use crate::store::{councils, dialect, filter, review_sessions, reviews};

pub use crate::store::review_sessions::{AgendaItem, ReviewSession, SessionMember, Vote, Wanted};

const NOUN: &str = "review_session";

fn place_of(session: &ReviewSession) -> Place {
    filter::place_of_council(session.owner_organization_id, session.council_id)
}

/// Reads one session.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: ReviewSessionId) -> Result<ReviewSession> {
    target(tx, id, Action::ReadSession)
}

/// A page of sessions.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<ReviewSession>> {
    let seen = tx.sees(Action::ReadSession);
    review_sessions::list(tx.conn, &seen, wanted, slice)
}

fn target(tx: &mut Tx<'_>, id: ReviewSessionId, action: Action) -> Result<ReviewSession> {
    let session = review_sessions::get(tx.conn, id)?;
    tx.require(action, &place_of(&session))?;
    Ok(session)
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Possible>> {
    use ReviewSessionState::{Closed, Open, Planned};
    let place = place_of(session);
    let mut acts = Vec::new();
    let mut offer = |act: Possible| acts.push(act);
    let run = |tx: &Tx<'_>, verb, rules| tx.possible(verb, Action::RunSession, &place, rules);
    let plan = |tx: &Tx<'_>, verb, rules| tx.possible(verb, Action::PlanSession, &place, rules);
    if session.state == Planned {
        offer(plan(tx, "edit", Vec::new()));
    }
    if matches!(session.state, Planned | Open) {
        let add = plan(tx, "add-to-agenda", Vec::new()).below("POST", "agenda");
        offer(add.unversioned());
        let record = run(tx, "record-attendance", Vec::new()).below("PUT", "attendance");
        offer(record.unversioned());
    }
    match (session.state, session.method) {
        (Open, VotingMethod::Consensus) => {
            let rules = attendance::no_quorum(tx, session)?.into_iter().collect();
            let consent = run(tx, "record-consensus", rules);
            offer(consent.below("POST", "consensus").unversioned());
        }
        (Open, _) => {
            let rules = voting::obstacles(tx, session)?;
            let vote = tx.possible("vote", Action::Vote, &place, rules);
            offer(vote.below("PUT", "votes/{nomination_id}").unversioned());
        }
        _ => {}
    }
    let signed = session.secretary_signed_at.is_some();
    if session.state == Closed && !signed {
        offer(run(tx, "write-minutes", Vec::new()).below("PUT", "minutes"));
    }
    for act in REVIEW_SESSION.allowed(session.state) {
        let (verb, action) = match act {
            ReviewSessionAct::Open => ("open", Action::RunSession),
            ReviewSessionAct::Close => ("close", Action::RunSession),
            ReviewSessionAct::Reopen => ("reopen", Action::ConfirmSession),
            ReviewSessionAct::Cancel => ("cancel", Action::PlanSession),
            // Signed minutes are not signed again.
            ReviewSessionAct::Sign if signed => continue,
            ReviewSessionAct::Sign => ("sign", Action::RunSession),
            ReviewSessionAct::Confirm => ("confirm", Action::ConfirmSession),
        };
        let mut rules = Vec::new();
        if act == ReviewSessionAct::Sign && tx.may(Action::RunSession, &place) {
            rules.extend(told(secretary(tx, session))?);
        }
        rules.extend(blocked(tx, session, act)?);
        offer(tx.possible(verb, action, &place, rules));
    }
    Ok(acts)
}

/// What stands in the way of an act besides the caller's rights: shown by [`possible`], refused by the act.
fn blocked(tx: &mut Tx<'_>, session: &ReviewSession, act: ReviewSessionAct) -> Result<Vec<Fault>> {
    match act {
        ReviewSessionAct::Open => attendance::obstacles(tx, session),
        ReviewSessionAct::Close => {
            let mut faults: Vec<Fault> = attendance::no_quorum(tx, session)?.into_iter().collect();
            faults.extend(results::undecided(tx, session)?);
            Ok(faults)
        }
        ReviewSessionAct::Sign => told(results::check_minutes(tx, session)),
        ReviewSessionAct::Confirm => {
            let faults = results::unconfirmable(tx, session)?;
            if faults.is_empty() {
                results::quota_obstacle(tx, session)
            } else {
                Ok(faults)
            }
        }
        ReviewSessionAct::Reopen | ReviewSessionAct::Cancel => Ok(Vec::new()),
    }
}

/// The minutes are signed by the secretary, and by nobody in his place (R-V7).
fn secretary(tx: &Tx<'_>, session: &ReviewSession) -> Result<()> {
    if holds_seat(tx, session.council_id, Role::CouncilSecretary) {
        Ok(())
    } else {
        Err(Error::new(Code::AccessForbidden).with("required_role", Role::CouncilSecretary.as_str()))
    }
}

/// Holds the campaign alone and reads the session again; a condition that was sent must hold for it.
fn held(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<ReviewSession> {
    dialect::hold(tx.conn, session.campaign_id)?;
    let again = review_sessions::get(tx.conn, session.id)?;
    tx.request.hold(again.version)?;
    Ok(again)
}

/// As [`held`], for acts with `If-Match`: what the client saw must still be there.
fn held_unchanged(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<ReviewSession> {
    let again = held(tx, session)?;
    if again.version == session.version {
        Ok(again)
    } else {
        Err(Error::stale(again.version))
    }
}

fn refused(state: ReviewSessionState) -> Error {
    Error::transition(REVIEW_SESSION.noun, state.as_str(), REVIEW_SESSION.verbs(state))
}

fn next(session: &ReviewSession, act: ReviewSessionAct) -> Result<ReviewSessionState> {
    REVIEW_SESSION
        .next(session.state, act)
        .ok_or_else(|| refused(session.state))
}

/// The session must be in one of these states.
fn within(session: &ReviewSession, states: &[ReviewSessionState]) -> Result<()> {
    if states.contains(&session.state) {
        Ok(())
    } else {
        Err(refused(session.state))
    }
}

/// The working rules: those frozen at the opening, before it those of the council.
fn policy_of(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<CouncilPolicy> {
    match &session.policy {
        Some(policy) => policy.read(),
        None => councils::get(tx.conn, session.council_id)?.policy.read(),
    }
}

/// Members who count by `counts`, as a number.
fn number_of(members: &[SessionMember], counts: impl Fn(&SessionMember) -> bool) -> u32 {
    u32::try_from(members.iter().filter(|member| counts(member)).count()).unwrap_or(u32::MAX)
}

/// Those who count for the quorum.
fn present(policy: &CouncilPolicy, members: &[SessionMember], mode: SessionMode) -> u32 {
    number_of(members, |member| is_present(member, policy, mode))
}

/// Whether a member is there: in the room or by substitute, or with an answer where all answer in writing.
fn is_present(member: &SessionMember, policy: &CouncilPolicy, mode: SessionMode) -> bool {
    member
        .attendance
        .is_some_and(|attendance| policy.counts_for_quorum(attendance, mode))
}

/// Whether a member takes part in what the session decides: in the room, by substitute or in writing.
fn takes_part(member: &SessionMember, policy: &CouncilPolicy, mode: SessionMode) -> bool {
    member
        .attendance
        .is_some_and(|attendance| policy.may_vote(attendance, mode))
}

fn holds_seat(tx: &Tx<'_>, council: CouncilId, role: Role) -> bool {
    tx.caller
        .seats
        .iter()
        .any(|seat| seat.council_id == council && seat.role == role)
}

/// Stores the session with its next version and its journal entry.
fn keep(
    tx: &mut Tx<'_>,
    before: &ReviewSession,
    after: ReviewSession,
    kind: &'static str,
    reason: Option<&str>,
) -> Result<ReviewSession> {
    keep_with(tx, before, after, kind, reason, |event| event)
}

/// As [`keep`], with what the entry has to tell besides the members of the session itself.
fn keep_with(
    tx: &mut Tx<'_>,
    before: &ReviewSession,
    after: ReviewSession,
    kind: &'static str,
    reason: Option<&str>,
    telling: impl FnOnce(Event) -> Event,
) -> Result<ReviewSession> {
    let after = ReviewSession {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    review_sessions::save_if(tx.conn, &after, before.version)?;
    tx.changed(before, &after);
    let mut event = event(kind, &after).with("reason", reason).diff(before, &after);
    if before.state != after.state {
        event = event.moved(before.state, after.state);
    }
    tx.record(telling(event))?;
    Ok(after)
}

fn event(kind: &'static str, session: &ReviewSession) -> Event {
    Event::new(kind, NOUN, session.id)
        .version(session.version)
        .within(session.owner_organization_id, None)
        .campaign(session.campaign_id)
}

/// Moves a nomination and records it; `change` sets what else is due.
fn move_nomination(
    tx: &mut Tx<'_>,
    session: &ReviewSession,
    before: &Nomination,
    act: NominationAct,
    kind: &'static str,
    change: impl FnOnce(&mut Nomination),
) -> Result<Nomination> {
    let state = NOMINATION.next(before.state, act).ok_or_else(|| {
        Error::transition(
            NOMINATION.noun,
            before.state.as_str(),
            NOMINATION.verbs(before.state),
        )
        .with("nomination_id", before.id.to_string())
    })?;
    let mut after = Nomination {
        state,
        version: before.version + 1,
        updated_at: tx.now,
        ..before.clone()
    };
    change(&mut after);
    reviews::move_nomination(tx.conn, &after, before.version)?;
    let event = Event::new(kind, "nomination", after.id)
        .version(after.version)
        .within(after.owner_organization_id, Some(after.division_id))
        .campaign(after.campaign_id)
        .moved(before.state, after.state)
        .with("session_id", session.id)
        .with("reason", &after.state_reason);
    tx.record(event)?;
    Ok(after)
}
