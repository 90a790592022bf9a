//! Closing, minutes, signatures: the tally is frozen at the closing, the result holds when the chair has
//! confirmed it (R-V2, R-V7, R-Q1).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::voting::silent;
use super::{
    AgendaItem, ReviewSession, SessionMember, Vote, blocked, held_unchanged, keep, keep_with,
    move_nomination, next, number_of, policy_of, review_sessions, secretary, target, within,
};
use crate::app::closing::close_if_settled;
use crate::app::guards::refuse;
use crate::app::moves;
use crate::app::quota::{check_quota, quota_fault};
use crate::app::{Command, JsonText, Tx};
use crate::domain::codes::{Attendance, ConsensusOutcome, MembershipFunction, Route, VotingMethod};
use crate::domain::document::DocumentRef;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{ReviewSessionId, SubmissionId};
use crate::domain::plan::Plan;
use crate::domain::policy::Action;
use crate::domain::quota::Counted;
use crate::domain::states::{
    NominationAct, NominationState, REVIEW_SESSION, ReviewSessionAct, ReviewSessionState,
};
use crate::domain::votes::{CouncilPolicy, Tally, not_reached};
use crate::store::campaigns;
use crate::store::nominations::Nomination;

/// Stops taking votes and counts them.
#[derive(Debug, Clone, Serialize)]
pub struct Close {
    /// Which.
    pub id: ReviewSessionId,
}

impl Command for Close {
    type Target = ReviewSession;
    type Output = ReviewSession;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::RunSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<ReviewSession> {
        let before = held_unchanged(tx, &seen)?;
        let state = next(&before, ReviewSessionAct::Close)?;
        refuse(blocked(tx, &before, ReviewSessionAct::Close)?)?;
        let policy = policy_of(tx, &before)?;
        for remark in silent(tx, &before)? {
            tx.warn(remark);
        }
        let mut results = Vec::new();
        for (item, _, tally) in tallies(tx, &before)? {
            if let Some(tally) = tally {
                let counted = counted_item(&policy, &item, &tally)?;
                review_sessions::save_agenda_item(tx.conn, &counted)?;
                let (agree, disagree, abstain) = (counted.agree, counted.disagree, counted.abstain);
                results.push(serde_json::json!({
                    "nomination_id": counted.nomination_id, "agree": agree, "disagree": disagree,
                    "abstain": abstain, "absent": counted.absent, "outcome": counted.outcome,
                }));
            }
        }
        let members = review_sessions::members(tx.conn, before.id)?;
        let here = super::present(&policy, &members, before.mode);
        let after = ReviewSession {
            state,
            closed_at: Some(tx.now),
            // Some may have come late: the minutes tell who was there for the count.
            present_members: Some(i32::try_from(here).map_err(Error::internal)?),
            ..before.clone()
        };
        // A reopened session counts anew, and no row tells what was counted before.
        keep_with(tx, &before, after, "review_session.closed", None, |event| {
            event.with("results", &results)
        })
    }
}

/// Takes votes again where the chair does not sign what was counted, for example because it exceeds the
/// quota. Votes stay until they are changed; the counts, the minutes that told them and the secretary's
/// signature are void (R-V7). What the secretary wrote stays as a draft of the next minutes.
#[derive(Debug, Clone, Serialize)]
pub struct Reopen {
    /// Which.
    pub id: ReviewSessionId,
    /// Why.
    pub reason: String,
}

impl Command for Reopen {
    type Target = ReviewSession;
    type Output = ReviewSession;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::ConfirmSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<ReviewSession> {
        let before = held_unchanged(tx, &seen)?;
        let state = next(&before, ReviewSessionAct::Reopen)?;
        for (item, _) in review_sessions::agenda(tx.conn, before.id)? {
            review_sessions::save_agenda_item(tx.conn, &uncounted(item))?;
        }
        let after = ReviewSession {
            state,
            closed_at: None,
            secretary_signed_at: None,
            secretary_signed_by: None,
            minutes: None,
            // Opened twice without new minutes: the older text is still the latest.
            minutes_draft: before.minutes.clone().or_else(|| before.minutes_draft.clone()),
            state_reason: Some(self.reason.clone()),
            ..before.clone()
        };
        keep(tx, &before, after, "review_session.reopened", Some(&self.reason))
    }
}

/// The line as it was before its votes were counted.
fn uncounted(item: AgendaItem) -> AgendaItem {
    AgendaItem {
        agree: None,
        disagree: None,
        abstain: None,
        absent: None,
        base_members: None,
        percentage_hundredths: None,
        outcome: None,
        outcome_reason: None,
        ..item
    }
}

/// The tally of a line that was agreed on; none while nothing was recorded.
fn agreed(members: &[SessionMember], item: &AgendaItem) -> Option<Tally> {
    let number = |count: Option<i32>| count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let (consenting, present) = (number(item.consenting), number(item.consensus_present));
    let total = number_of(members, |_| true);
    item.consensus
        .map(|outcome| Tally::consensus(outcome, consenting, item.chair_consents, present, total))
}

/// Every line with its tally so far.
fn tallies(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<(AgendaItem, Nomination, Option<Tally>)>> {
    let policy = policy_of(tx, session)?;
    let members = review_sessions::members(tx.conn, session.id)?;
    let votes = review_sessions::votes_of(tx.conn, session.id)?;
    let mut lines = Vec::new();
    for (item, nomination) in review_sessions::agenda(tx.conn, session.id)? {
        let tally = if session.method == VotingMethod::Consensus {
            agreed(&members, &item)
        } else {
            tally(session, &policy, &members, &votes, &item)
        };
        lines.push((item, nomination, tally));
    }
    Ok(lines)
}

/// What stands in the way of closing: lines without a result.
pub(super) fn undecided(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Fault>> {
    let tallies = tallies(tx, session)?;
    // What lost its last line is called off, not closed.
    if tallies.is_empty() {
        return Ok(vec![Fault::new(Code::SessionAgendaEmpty)]);
    }
    let undecided: Vec<Nomination> = tallies
        .into_iter()
        .filter(|(_, _, tally)| tally.is_none())
        .map(|(_, nomination, _)| nomination)
        .collect();
    if undecided.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = undecided.iter().map(|one| one.id.to_string()).collect();
    let names = some_of(undecided.iter().map(|one| one.display_name.as_str()));
    let fault = Fault::new(Code::SessionItemUndecided).says(
        format!("Chưa có ai biểu quyết hoặc thống nhất về: {names}"),
        format!("Nothing was voted or agreed on: {names}"),
    );
    Ok(vec![fault.with("nomination_ids", ids)])
}

/// The first few names of a list, for a sentence.
fn some_of<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const NAMED: usize = 5;
    let more = names.len().saturating_sub(NAMED);
    let told = names.take(NAMED).collect::<Vec<_>>().join("; ");
    if more == 0 {
        return told;
    }
    format!("{told}; … (+{more})")
}

/// The tally of one line; none while nobody voted.
fn tally(
    session: &ReviewSession,
    policy: &CouncilPolicy,
    members: &[SessionMember],
    votes: &[Vote],
    item: &AgendaItem,
) -> Option<Tally> {
    let may_vote = |member: &SessionMember| super::takes_part(member, policy, session.mode);
    let took_part = number_of(members, may_vote);
    let total = number_of(members, |_| true);
    let counted: Vec<(&Vote, &SessionMember)> = votes
        .iter()
        .filter(|vote| vote.agenda_item_id == item.id)
        .filter_map(|vote| {
            let member = members
                .iter()
                .find(|member| member.id == vote.session_member_id)?;
            may_vote(member).then_some((vote, member))
        })
        .collect();
    let chair = counted
        .iter()
        .find(|(_, member)| member.function == MembershipFunction::Chair)
        .map(|(vote, _)| vote.choice);
    let choices = counted.iter().map(|(vote, _)| vote.choice);
    (!counted.is_empty()).then(|| Tally::count(choices, took_part, total, chair))
}

fn counted_item(policy: &CouncilPolicy, item: &AgendaItem, tally: &Tally) -> Result<AgendaItem> {
    let number = |value: u32| i32::try_from(value).map(Some).map_err(Error::internal);
    let outcome = if policy.passes(tally) {
        NominationState::Recommended
    } else {
        NominationState::NotRecommended
    };
    let base = policy.base(tally);
    let share = policy.percentage_hundredths(tally);
    let agreed = item.consensus == Some(ConsensusOutcome::NotRecommended);
    let reason = (outcome == NominationState::NotRecommended).then(|| match &item.consensus_note {
        Some(note) if agreed => note.clone(),
        _ => not_reached(tally.agree, base, share).vi.into_owned(),
    });
    Ok(AgendaItem {
        agree: number(tally.agree)?,
        disagree: number(tally.disagree)?,
        abstain: number(tally.abstain)?,
        absent: number(tally.absent)?,
        base_members: number(base)?,
        percentage_hundredths: number(share)?,
        outcome: Some(outcome.as_str().to_owned()),
        outcome_reason: reason,
        ..item.clone()
    })
}

/// An opinion in the minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    /// Who.
    #[schema(min_length = 1, max_length = 200)]
    pub by: String,
    /// What.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
}

/// What the secretary writes into the minutes; the figures come from the session (R-V7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// Course of the meeting.
    #[schema(min_length = 1, max_length = 20000)]
    pub course: String,
    /// Opinions given in the meeting.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub opinions: Vec<Opinion>,
    /// Opinions of absent members in writing; due when a member answered in writing.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub written_opinions: Vec<Opinion>,
    /// What the publication of the list for comments brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 10000)]
    pub public_comment_report: Option<String>,
    /// Conclusion of the chair.
    #[schema(min_length = 1, max_length = 10000)]
    pub conclusion: String,
    /// The minutes as a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub document: Option<DocumentRef>,
}

/// Members of a closed session who took part and gave no vote on a line, those who stood aside among them (R-V2):
/// with the other figures of the line they make up the council.
pub fn not_voted(session: &ReviewSession, item: &AgendaItem) -> i32 {
    let told = [item.agree, item.disagree, item.abstain, item.absent];
    let told = told.into_iter().flatten().fold(0, i32::saturating_add);
    session.total_members.unwrap_or(told).saturating_sub(told).max(0)
}

/// The minutes with what the session itself knows.
pub struct MinutesRecord {
    /// The session: method, instants, signatures.
    pub session: ReviewSession,
    /// Attendance.
    pub members: Vec<SessionMember>,
    /// Counts and results.
    pub agenda: Vec<(AgendaItem, Nomination)>,
}

/// Reads the minutes.
///
/// # Errors
/// `resource.not_found`.
pub fn read_minutes(tx: &mut Tx<'_>, id: ReviewSessionId) -> Result<MinutesRecord> {
    let session = target(tx, id, Action::ReadSession)?;
    Ok(MinutesRecord {
        members: review_sessions::members(tx.conn, id)?,
        agenda: review_sessions::agenda(tx.conn, id)?,
        session,
    })
}

/// Writes the minutes of a closed session, until they are signed.
#[derive(Debug, Clone, Serialize)]
pub struct WriteMinutes {
    /// Of which session.
    pub id: ReviewSessionId,
    /// What they say.
    pub minutes: Minutes,
}

impl Command for WriteMinutes {
    type Target = ReviewSession;
    type Output = ReviewSession;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::RunSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<ReviewSession> {
        let before = held_unchanged(tx, &seen)?;
        within(&before, &[ReviewSessionState::Closed])?;
        unsigned(&before)?;
        let after = ReviewSession {
            minutes: Some(JsonText::of(&self.minutes)?),
            minutes_draft: None,
            ..before.clone()
        };
        keep(tx, &before, after, "review_session.minutes_written", None)
    }
}

/// The secretary signs the minutes.
#[derive(Debug, Clone, Serialize)]
pub struct Sign {
    /// Of which session.
    pub id: ReviewSessionId,
}

impl Command for Sign {
    type Target = ReviewSession;
    type Output = ReviewSession;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        let session = target(tx, self.id, Action::RunSession)?;
        secretary(tx, &session)?;
        Ok(session)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<ReviewSession> {
        let before = held_unchanged(tx, &seen)?;
        let state = next(&before, ReviewSessionAct::Sign)?;
        unsigned(&before)?;
        refuse(blocked(tx, &before, ReviewSessionAct::Sign)?)?;
        let after = ReviewSession {
            state,
            secretary_signed_at: Some(tx.now),
            secretary_signed_by: Some(tx.caller.identity_id),
            ..before.clone()
        };
        keep(tx, &before, after, "review_session.signed", None)
    }
}

/// What the secretary has signed is neither written nor signed again; a session that is opened again is.
fn unsigned(session: &ReviewSession) -> Result<()> {
    if session.secretary_signed_at.is_none() {
        return Ok(());
    }
    let verbs = REVIEW_SESSION.verbs(session.state);
    let others = verbs.into_iter().filter(|verb| verb != "sign").collect();
    Err(
        Error::transition(REVIEW_SESSION.noun, session.state.as_str(), others).says(
            "Biên bản đã được thư ký ký",
            "The secretary has signed the minutes",
        ),
    )
}

/// R-V7: what the minutes must contain beside what the session itself knows.
pub(super) fn check_minutes(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<()> {
    let incomplete = |missing: &str| Error::new(Code::SessionMinutesMissing).with("missing", missing);
    let Some(minutes) = &session.minutes else {
        return Err(incomplete("minutes").says(
            "Chưa lập biên bản của lần kết thúc này (PUT minutes)",
            "The minutes of this closing are not written yet (PUT minutes)",
        ));
    };
    let minutes: Minutes = minutes.read()?;
    let members = review_sessions::members(tx.conn, session.id)?;
    let in_writing: Vec<&str> = members
        .iter()
        .filter(|member| member.attendance == Some(Attendance::Written))
        .map(|member| member.display_name.as_str())
        .collect();
    if !in_writing.is_empty() && minutes.written_opinions.is_empty() {
        let names = some_of(in_writing.into_iter());
        return Err(incomplete("written_opinions").says(
            format!("Biên bản thiếu ý kiến bằng văn bản (written_opinions) của: {names}"),
            format!("The minutes lack the written opinions (written_opinions) of: {names}"),
        ));
    }
    Ok(())
}

/// The chair signs: every nomination of the agenda gets its result.
#[derive(Debug, Clone, Serialize)]
pub struct Confirm {
    /// Which.
    pub id: ReviewSessionId,
    /// Why the quota may be exceeded; the Director's word (R-Q1).
    pub override_reason: Option<String>,
}

impl Command for Confirm {
    type Target = ReviewSession;
    type Output = ReviewSession;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::ConfirmSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<ReviewSession> {
        let before = held_unchanged(tx, &seen)?;
        let state = next(&before, ReviewSessionAct::Confirm)?;
        refuse(unconfirmable(tx, &before)?)?;
        let agenda = review_sessions::agenda(tx.conn, before.id)?;
        let campaign = campaigns::get(tx.conn, before.campaign_id)?;
        let overridden = check_quota(tx, &campaign, &asked(&agenda), self.override_reason.as_deref())?;
        let plan = campaigns::current_plan(tx.conn, &campaign)?;
        for (item, nomination) in &agenda {
            settle(tx, &before, item, nomination, &plan)?;
        }
        let dossiers: BTreeSet<SubmissionId> = agenda
            .iter()
            .map(|(_, nomination)| nomination.submission_id)
            .collect();
        for dossier in dossiers {
            close_if_settled(tx, dossier)?;
        }
        let after = ReviewSession {
            state,
            confirmed_at: Some(tx.now),
            chair_signed_by: Some(tx.caller.identity_id),
            quota_override_reason: self.override_reason.clone().filter(|_| overridden),
            ..before.clone()
        };
        let reason = after.quota_override_reason.clone();
        keep(tx, &before, after, "review_session.confirmed", reason.as_deref())
    }
}

/// What stands in the way of confirming, but for the quota: the secretary's signature, and holds (R-N2).
pub(super) fn unconfirmable(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    if session.secretary_signed_at.is_none() {
        faults.push(Fault::new(Code::SessionNotSigned));
    }
    let on_hold: Vec<String> = review_sessions::agenda(tx.conn, session.id)?
        .iter()
        .filter(|(_, nomination)| nomination.hold_reason.is_some())
        .map(|(_, nomination)| nomination.id.to_string())
        .collect();
    if !on_hold.is_empty() {
        let held = Fault::new(Code::NominationHeld).says(
            "Có đề nghị đang tạm dừng; chờ giải tỏa, hoặc mở lại phiên họp và đưa đề nghị đó ra khỏi chương trình",
            "A nomination is on hold; wait for its release, or reopen the session and take it off the agenda",
        );
        faults.push(held.with("nomination_ids", on_hold));
    }
    Ok(faults)
}

/// The quota, where nobody overrides it.
pub(super) fn quota_obstacle(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Fault>> {
    let agenda = review_sessions::agenda(tx.conn, session.id)?;
    let campaign = campaigns::get(tx.conn, session.campaign_id)?;
    quota_fault(tx, &campaign, &asked(&agenda)).map(|fault| fault.into_iter().collect())
}

/// The places that the recommended nominations take.
fn asked(agenda: &[(AgendaItem, Nomination)]) -> Vec<Counted> {
    agenda
        .iter()
        .filter(|(item, _)| passed(item))
        .map(place)
        .collect()
}

fn passed(item: &AgendaItem) -> bool {
    item.outcome.as_deref() == Some(NominationState::Recommended.as_str())
}

/// The place of the quota that a recommended nomination takes.
fn place((item, nomination): &(AgendaItem, Nomination)) -> Counted {
    moves::counted(nomination, item.form.as_deref().unwrap_or(&nomination.form))
}

/// Gives one nomination its result: recommended, and on to the Director where he decides it himself;
/// or not recommended, with the reason.
fn settle(
    tx: &mut Tx<'_>,
    session: &ReviewSession,
    item: &AgendaItem,
    nomination: &Nomination,
    plan: &Plan,
) -> Result<()> {
    if !passed(item) {
        let reason = item.outcome_reason.clone();
        let (act, kind) = (NominationAct::NotRecommend, "nomination.not_recommended");
        move_nomination(tx, session, nomination, act, kind, |after| {
            after.state_reason = reason;
        })?;
        return Ok(());
    }
    let form = item.form.as_deref().unwrap_or(&nomination.form);
    // An amendment keeps the forms that nominations rest on; who decides on this one is the plan's word of today.
    let route = plan
        .option(form)
        .ok_or_else(|| {
            Error::new(Code::NominationFormNotOffered).with("nomination_id", nomination.id.to_string())
        })?
        .route;
    let recommended = move_nomination(
        tx,
        session,
        nomination,
        NominationAct::Recommend,
        "nomination.recommended",
        |after| {
            if let Some(form) = &item.form {
                after.form.clone_from(form);
                after.form_reason.clone_from(&item.form_reason);
                after.route = route;
            }
        },
    )?;
    if recommended.route == Route::SelfDecided {
        move_nomination(
            tx,
            session,
            &recommended,
            NominationAct::RouteToDirector,
            "nomination.routed_to_director",
            |_| {},
        )?;
    }
    Ok(())
}
