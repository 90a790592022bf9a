//! The agenda: eligible nominations of consolidated dossiers (R-N1), each before one session at a time.

use super::{
    AgendaItem, ReviewSession, SessionMember, event, held, move_nomination, policy_of, review_sessions,
    target, voting::concerned, within,
};
use crate::app::dossiers::offered;
use crate::app::guards::{refuse, told};
use crate::app::{Command, Tx};
use crate::domain::codes::{ConsensusOutcome, MembershipFunction, VotingMethod};
use crate::domain::error::{Code, Error, Fault, Place, Result, all_valid};
use crate::domain::ids::{AgendaItemId, CouncilMemberId, NominationId, ReviewSessionId};
use crate::domain::policy::Action;
use crate::domain::states::{
    NOMINATION, NominationAct, NominationState, ReviewSessionState, SUBMISSION, SubmissionState,
};
use crate::store::nominations::{self, Nomination};
use crate::store::{campaigns, dialect, submissions};

use ReviewSessionState::{Open, Planned};

/// Lines of an agenda with their nominations.
pub type Lines = Vec<(AgendaItem, Nomination)>;

/// Reads the agenda, with the results once the session is closed.
///
/// # Errors
/// `resource.not_found`.
pub fn read_agenda(tx: &mut Tx<'_>, id: ReviewSessionId) -> Result<Lines> {
    target(tx, id, Action::ReadSession)?;
    review_sessions::agenda(tx.conn, id)
}

/// Puts nominations on the agenda.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Add {
    /// Of which session.
    pub id: ReviewSessionId,
    /// Which, in this order.
    pub nomination_ids: Vec<NominationId>,
}

impl Command for Add {
    type Target = ReviewSession;
    type Output = Lines;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::PlanSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<Lines> {
        let session = held(tx, &seen)?;
        within(&session, &[Planned, Open])?;
        let mut faults = Vec::new();
        let mut wanted: Vec<Nomination> = Vec::new();
        for (index, id) in self.nomination_ids.iter().enumerate() {
            let pointer = format!("/nomination_ids/{index}");
            match nominations::find(tx.conn, *id)? {
                Some(one) if one.campaign_id != session.campaign_id => {
                    faults.push(Fault::at(pointer, Code::FieldReference));
                }
                Some(one) if wanted.iter().any(|other| other.id == one.id) => {
                    faults.push(Fault::at(pointer, Code::FieldDuplicate));
                }
                Some(one) => wanted.push(one),
                None => faults.push(Fault::at(pointer, Code::FieldReference)),
            }
        }
        all_valid(faults)?;
        let last = review_sessions::agenda(tx.conn, session.id)?
            .iter()
            .map(|(item, _)| item.ordinal)
            .max();
        let mut ordinal = last.unwrap_or(0);
        let mut faults = Vec::new();
        for (index, nomination) in wanted.iter().enumerate() {
            for fault in told(check(tx, &session, nomination))? {
                let pointer = format!("/nomination_ids/{index}");
                faults.push(Fault {
                    place: Some(Place::Pointer(pointer)),
                    ..fault
                });
            }
        }
        refuse(faults)?;
        for nomination in &wanted {
            ordinal += 1;
            put(tx, &session, nomination, ordinal)?;
        }
        review_sessions::agenda(tx.conn, session.id)
    }
}

/// Whether a nomination can be put on the agenda.
fn check(tx: &mut Tx<'_>, session: &ReviewSession, nomination: &Nomination) -> Result<()> {
    let about = |code| Error::new(code).with("nomination_id", nomination.id.to_string());
    if nomination.state == NominationState::InCouncil {
        let taken = about(Code::SessionItemTaken);
        let agenda = review_sessions::agenda(tx.conn, session.id)?;
        return Err(if agenda.iter().any(|(_, one)| one.id == nomination.id) {
            taken.says(
                "Đề nghị đã có trong chương trình của phiên họp này",
                "The nomination is on this agenda already",
            )
        } else {
            taken
        });
    }
    if nomination.hold_reason.is_some() {
        return Err(about(Code::NominationHeld));
    }
    if NOMINATION
        .next(nomination.state, NominationAct::PutOnAgenda)
        .is_none()
    {
        let state = nomination.state;
        return Err(
            Error::transition(NOMINATION.noun, state.as_str(), NOMINATION.verbs(state))
                .with("nomination_id", nomination.id.to_string()),
        );
    }
    // The council gets the consolidated list, nothing before it.
    let submission = submissions::get(tx.conn, nomination.submission_id)?;
    if submission.state != SubmissionState::Consolidated {
        let state = submission.state;
        return Err(
            Error::transition(SUBMISSION.noun, state.as_str(), SUBMISSION.verbs(state))
                .with("nomination_id", nomination.id.to_string())
                .with("submission_id", submission.id.to_string()),
        );
    }
    Ok(())
}

fn put(tx: &mut Tx<'_>, session: &ReviewSession, nomination: &Nomination, ordinal: i32) -> Result<()> {
    let item = AgendaItem {
        id: AgendaItemId::generate(),
        session_id: session.id,
        nomination_id: nomination.id,
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
    };
    move_nomination(
        tx,
        session,
        nomination,
        NominationAct::PutOnAgenda,
        "nomination.put_on_agenda",
        |_| {},
    )?;
    review_sessions::insert_agenda_item(tx.conn, &item).map_err(dialect::unique(Code::SessionItemTaken))
}

/// Takes a nomination off the agenda.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Remove {
    /// Of which session.
    pub id: ReviewSessionId,
    /// Which.
    pub nomination_id: NominationId,
}

impl Command for Remove {
    type Target = ReviewSession;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        let session = target(tx, self.id, Action::PlanSession)?;
        review_sessions::agenda_line(tx.conn, self.id, self.nomination_id)?;
        Ok(session)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<()> {
        let session = held(tx, &seen)?;
        within(&session, &[Planned, Open])?;
        let (item, nomination) = review_sessions::agenda_line(tx.conn, self.id, self.nomination_id)?;
        // What the council said of it is evidence; it says something else, or the whole session is called off.
        // What was put on hold since must not keep the others waiting (R-N2).
        if nomination.hold_reason.is_none() && has_been_voted(tx, &item)? {
            return Err(Error::new(Code::SessionItemVoted));
        }
        review_sessions::remove_agenda_item(tx.conn, item.id)?;
        move_nomination(
            tx,
            &session,
            &nomination,
            NominationAct::TakeOffAgenda,
            "nomination.taken_off_agenda",
            |_| {},
        )
        .map(drop)
    }
}

fn has_been_voted(tx: &mut Tx<'_>, item: &AgendaItem) -> Result<bool> {
    Ok(item.consensus.is_some() || review_sessions::has_votes(tx.conn, item.id)?)
}

/// The council proposes another form for a nomination (A3); it holds once the result is confirmed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ChangeForm {
    /// Of which session.
    pub id: ReviewSessionId,
    /// Which nomination.
    pub nomination_id: NominationId,
    /// Form of the plan.
    pub form: String,
    /// Why.
    pub form_reason: String,
}

impl Command for ChangeForm {
    type Target = ReviewSession;
    type Output = Lines;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        let session = target(tx, self.id, Action::RunSession)?;
        review_sessions::agenda_line(tx.conn, self.id, self.nomination_id)?;
        Ok(session)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<Lines> {
        let session = held(tx, &seen)?;
        within(&session, &[Planned, Open])?;
        let campaign = campaigns::get(tx.conn, session.campaign_id)?;
        let plan = campaigns::current_plan(tx.conn, &campaign)?;
        offered(&plan, &self.form, "/form")?;
        let (before, _) = review_sessions::agenda_line(tx.conn, self.id, self.nomination_id)?;
        let after = AgendaItem {
            form: Some(self.form.clone()),
            form_reason: Some(self.form_reason.clone()),
            ..before.clone()
        };
        if tx.unchanged(&before, &after) {
            return review_sessions::agenda(tx.conn, session.id);
        }
        // Nobody has voted on the other form.
        if has_been_voted(tx, &before)? {
            return Err(Error::new(Code::SessionItemVoted).says(
                "Đã biểu quyết hoặc thống nhất về hình thức đang đề nghị; muốn xét hình thức khác phải đưa vào phiên họp khác",
                "The present form was voted or agreed on; another form needs another session",
            ));
        }
        review_sessions::save_agenda_item(tx.conn, &after)?;
        let event = event("review_session.form_changed", &session)
            .with("nomination_id", self.nomination_id)
            .diff(&before, &after);
        tx.record(event)?;
        review_sessions::agenda(tx.conn, session.id)
    }
}

/// Records what those present agree on for a list of nominations (R-V5), for all of them or for none.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Consent {
    /// Of which session.
    pub id: ReviewSessionId,
    /// Which nominations.
    pub nomination_ids: Vec<NominationId>,
    /// What is agreed.
    pub outcome: ConsensusOutcome,
    /// What the minutes say.
    pub note: String,
}

impl Command for Consent {
    type Target = ReviewSession;
    type Output = Lines;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::RunSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<Lines> {
        let session = held(tx, &seen)?;
        within(&session, &[Open])?;
        if session.method != VotingMethod::Consensus {
            return Err(Error::new(Code::SessionMethodUnsupported));
        }
        let agenda = review_sessions::agenda(tx.conn, session.id)?;
        all_valid(self.faults(&agenda))?;
        // Whoever comes later has no part in what is agreed now, so now there have to be enough (R-V1).
        refuse(super::attendance::no_quorum(tx, &session)?.into_iter().collect())?;
        let policy = policy_of(tx, &session)?;
        let members = review_sessions::members(tx.conn, session.id)?;
        let present: Vec<SessionMember> = members
            .into_iter()
            .filter(|member| super::is_present(member, &policy, session.mode))
            .collect();
        for (before, nomination) in agenda {
            if !self.nomination_ids.contains(&before.nomination_id) {
                continue;
            }
            // Whom it concerns has no part in it, as in a vote (C-8).
            let (mut consenting, mut chair) = (0, false);
            for member in &present {
                if !concerned(tx, &policy, member, &nomination)? {
                    consenting += 1;
                    chair |= member.function == MembershipFunction::Chair;
                }
            }
            let after = AgendaItem {
                consensus: Some(self.outcome),
                consensus_note: Some(self.note.clone()),
                consenting: Some(consenting),
                chair_consents: chair,
                consensus_present: Some(i32::try_from(present.len()).map_err(Error::internal)?),
                ..before
            };
            review_sessions::save_agenda_item(tx.conn, &after)?;
        }
        let present: Vec<CouncilMemberId> = present.iter().map(|member| member.council_member_id).collect();
        let event = event("review_session.consensus_recorded", &session)
            .with("nomination_ids", &self.nomination_ids)
            .with("outcome", self.outcome)
            .with("present", present)
            .with("note", &self.note);
        tx.record(event)?;
        review_sessions::agenda(tx.conn, session.id)
    }
}

impl Consent {
    /// Every line that cannot be recorded: not on this agenda, or named twice.
    fn faults(&self, agenda: &[(AgendaItem, Nomination)]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut named = std::collections::BTreeSet::new();
        for (index, id) in self.nomination_ids.iter().enumerate() {
            let pointer = format!("/nomination_ids/{index}");
            if !agenda.iter().any(|(item, _)| item.nomination_id == *id) {
                faults.push(Fault::at(pointer, Code::FieldReference));
            } else if !named.insert(*id) {
                faults.push(Fault::at(pointer, Code::FieldDuplicate));
            }
        }
        faults
    }
}
