//! Who takes part, and the opening: members of the day, quorum, frozen rules (R-V1).

use std::collections::BTreeMap;

use super::{
    ReviewSession, SessionMember, blocked, event, held, held_unchanged, keep, next, policy_of, present,
    review_sessions, target, within,
};
use crate::app::guards::{refuse, who_may_sit};
use crate::app::{Command, JsonText, Tx};
use crate::domain::codes::Attendance;
use crate::domain::error::{Code, Error, Fault, Place, Result, all_valid};
use crate::domain::ids::{CouncilMemberId, IndividualId, ReviewSessionId, SessionMemberId};
use crate::domain::policy::Action;
use crate::domain::states::{ReviewSessionAct, ReviewSessionState};
use crate::domain::votes::CouncilPolicy;
use crate::store::{campaigns, councils};

/// Reads who is entitled and who takes part; in a planned session also those of whom nothing is recorded
/// yet.
///
/// # Errors
/// `resource.not_found`.
pub fn read_attendance(tx: &mut Tx<'_>, id: ReviewSessionId) -> Result<Vec<SessionMember>> {
    let session = target(tx, id, Action::ReadSession)?;
    entitled(tx, &session)
}

/// The members of a session: while it is planned, those of its day, with what is recorded of them.
fn entitled(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<SessionMember>> {
    let known = review_sessions::members(tx.conn, session.id)?;
    if session.state != ReviewSessionState::Planned {
        return Ok(known);
    }
    let day = session.held_at.date(tx.config.zone);
    let members = councils::members_on(tx.conn, session.council_id, day)?;
    Ok(members
        .into_iter()
        .map(|member| {
            let recorded = known.iter().find(|row| row.council_member_id == member.id);
            recorded.cloned().unwrap_or_else(|| SessionMember {
                id: SessionMemberId::generate(),
                session_id: session.id,
                council_member_id: member.id,
                individual_id: member.individual_id,
                display_name: member.display_name,
                function: member.function,
                attendance: None,
                substitute_id: None,
                substitute_name: None,
                note: None,
            })
        })
        .collect())
}

/// Brings the members of a planned session up to those of its day.
fn sync(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<SessionMember>> {
    let known = review_sessions::members(tx.conn, session.id)?;
    let entitled = entitled(tx, session)?;
    for old in &known {
        if !entitled.iter().any(|member| member.id == old.id) {
            review_sessions::remove_member(tx.conn, old.id)?;
        }
    }
    for member in &entitled {
        if !known.iter().any(|old| old.id == member.id) {
            review_sessions::insert_session_member(tx.conn, member)?;
        }
    }
    review_sessions::members(tx.conn, session.id)
}

/// What stands in the way of opening: the roll, the agenda, the quorum (R-V1). Whom nobody recorded does
/// not come.
pub(super) fn obstacles(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let campaign = campaigns::get(tx.conn, session.campaign_id)?;
    if campaign.roll_frozen_at.is_none() {
        faults.push(Fault::new(Code::RollNotFrozen));
    }
    // An amendment may name another one after the session was planned.
    if campaign
        .council_id
        .is_some_and(|named| named != session.council_id)
    {
        faults.push(Fault::new(Code::SessionCouncilReplaced));
    }
    // Its seats went with it.
    if !councils::get(tx.conn, session.council_id)?.active {
        faults.push(Fault::new(Code::CouncilInactive));
    }
    if review_sessions::agenda(tx.conn, session.id)?.is_empty() {
        faults.push(Fault::new(Code::SessionAgendaEmpty));
    }
    // The rules that hold are those of the opening (R-V1, R-V5).
    if let Err(refused) = super::planning::check_method(session.method, &policy_of(tx, session)?) {
        faults.push(refused.into());
    }
    faults.extend(no_quorum(tx, session)?);
    faults.extend(outdated(tx, session)?);
    Ok(faults)
}

/// Attendance that was recorded while rules or mode permitted it and that they forbid now: it is recorded anew, or
/// whoever relied on it would be counted absent without a word.
fn outdated(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Fault>> {
    let policy = policy_of(tx, session)?;
    let mut faults = Vec::new();
    for member in entitled(tx, session)? {
        let Some(told) = member
            .attendance
            .and_then(|way| not_permitted(&policy, session, way))
            .and_then(|fault| fault.detail)
        else {
            continue;
        };
        let (name, id) = (&member.display_name, member.council_member_id.to_string());
        let fault = Fault::new(Code::SessionNotPresent).says(
            format!("{name}: {}; hãy ghi lại việc dự họp", told.vi),
            format!("{name}: {}; record the attendance again", told.en),
        );
        faults.push(fault.with("council_member_id", id));
    }
    Ok(faults)
}

/// Too few take part: asked when the session opens, and again when it is closed, since attendance may have
/// been recorded anew in between (R-V1).
pub(super) fn no_quorum(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Option<Fault>> {
    let policy = policy_of(tx, session)?;
    let members = entitled(tx, session)?;
    let here = present(&policy, &members, session.mode);
    let total = u32::try_from(members.len()).map_err(Error::internal)?;
    if policy.quorum_met(here, total) {
        return Ok(None);
    }
    let fault = Fault::new(Code::SessionQuorumNotMet)
        .with("present", here)
        .with("total", total)
        .with("numerator", policy.quorum.numerator)
        .with("denominator", policy.quorum.denominator);
    Ok(Some(fault))
}

/// How a member's voice stands in a result.
#[derive(Clone, Copy)]
enum Voice {
    Voted,
    Agreed,
}

/// Members whose voice stands in a result: those who voted, and everybody present once the session agreed on
/// a line. Nobody can make them absent afterwards (R-V3).
fn heard(
    tx: &mut Tx<'_>,
    session: &ReviewSession,
    members: &[SessionMember],
) -> Result<BTreeMap<SessionMemberId, Voice>> {
    let mut heard: BTreeMap<_, _> = review_sessions::votes_of(tx.conn, session.id)?
        .into_iter()
        .map(|vote| (vote.session_member_id, Voice::Voted))
        .collect();
    let agreed = review_sessions::agenda(tx.conn, session.id)?
        .iter()
        .any(|(item, _)| item.consensus.is_some());
    if agreed {
        let policy = policy_of(tx, session)?;
        let present = members
            .iter()
            .filter(|member| super::is_present(member, &policy, session.mode));
        heard.extend(present.map(|member| (member.id, Voice::Agreed)));
    }
    Ok(heard)
}

/// How one member takes part.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Attended {
    /// Which membership.
    pub council_member_id: CouncilMemberId,
    /// How.
    pub attendance: Attendance,
    /// Who sits for an absent member.
    pub substitute_individual_id: Option<IndividualId>,
    /// Why absent, or the paper that names the substitute.
    pub note: Option<String>,
}

/// Records attendance; members that are not named stay as they are.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Attend {
    /// Of which session.
    pub id: ReviewSessionId,
    /// Who and how.
    pub members: Vec<Attended>,
}

impl Command for Attend {
    type Target = ReviewSession;
    type Output = Vec<SessionMember>;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::RunSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<Vec<SessionMember>> {
        let session = held(tx, &seen)?;
        within(&session, &[ReviewSessionState::Planned, ReviewSessionState::Open])?;
        let members = if session.state == ReviewSessionState::Planned {
            sync(tx, &session)?
        } else {
            review_sessions::members(tx.conn, session.id)?
        };
        let policy = policy_of(tx, &session)?;
        let mut faults = Vec::new();
        let mut rows = Vec::new();
        for (index, attended) in self.members.iter().enumerate() {
            match self.row(tx, &session, &policy, &members, attended, index)? {
                Ok(row) => rows.push(row),
                Err(fault) => faults.push(fault),
            }
        }
        let heard = heard(tx, &session, &members)?;
        for (index, row) in rows.iter().enumerate() {
            // Who agreed was there; who voted may have done so in writing.
            let keeps = match heard.get(&row.id) {
                Some(Voice::Agreed) => super::is_present(row, &policy, session.mode),
                Some(Voice::Voted) => super::takes_part(row, &policy, session.mode),
                None => true,
            };
            if !keeps {
                faults.push(
                    Fault::at(format!("/members/{index}/attendance"), Code::FieldChoice).says(
                        "Người này đã biểu quyết hoặc đã cùng thống nhất, không ghi vắng mặt được nữa",
                        "This member has voted or agreed already and cannot be recorded absent any more",
                    ),
                );
            }
        }
        all_valid(faults)?;
        for row in &rows {
            review_sessions::save_session_member(tx.conn, row)?;
        }
        tx.record(event("review_session.attendance_recorded", &session).with("members", &rows))?;
        review_sessions::members(tx.conn, session.id)
    }
}

impl Attend {
    fn row(
        &self,
        tx: &mut Tx<'_>,
        session: &ReviewSession,
        policy: &CouncilPolicy,
        members: &[SessionMember],
        attended: &Attended,
        index: usize,
    ) -> Result<Result<SessionMember, Fault>> {
        let at = |member: &str, code| Ok(Err(Fault::at(format!("/members/{index}/{member}"), code)));
        let member = members
            .iter()
            .find(|member| member.council_member_id == attended.council_member_id);
        let Some(member) = member else {
            return at("council_member_id", Code::FieldReference);
        };
        let named = |other: &Attended| other.council_member_id == attended.council_member_id;
        if self.members.iter().filter(|other| named(other)).count() > 1 {
            return at("council_member_id", Code::FieldDuplicate);
        }
        let substituted = attended.attendance == Attendance::Substitute;
        if let Some(refused) = not_permitted(policy, session, attended.attendance) {
            let place = Some(Place::Pointer(format!("/members/{index}/attendance")));
            return Ok(Err(Fault { place, ..refused }));
        }
        let substitute = match (substituted, attended.substitute_individual_id) {
            (false, None) => None,
            (true, Some(id)) => who_may_sit(tx, id, session.owner_organization_id)?.filter(|one| one.active),
            (true, None) => return at("substitute_individual_id", Code::FieldRequired),
            (false, Some(_)) => return at("substitute_individual_id", Code::FieldReference),
        };
        // A substitute votes instead of, not besides, a member (R-V3): no member, and for one only.
        let sits = |id: IndividualId| {
            members.iter().any(|other| {
                other.individual_id == id || (other.id != member.id && other.substitute_id == Some(id))
            })
        };
        let twice = |id: IndividualId| {
            let same = |other: &&Attended| other.substitute_individual_id == Some(id);
            self.members.iter().filter(same).count() > 1
        };
        let usable = substitute
            .as_ref()
            .is_some_and(|one| !sits(one.id) && !twice(one.id));
        if substituted && !usable {
            return at("substitute_individual_id", Code::FieldReference);
        }
        Ok(Ok(SessionMember {
            attendance: Some(attended.attendance),
            substitute_id: substitute.as_ref().map(|one| one.id),
            substitute_name: substitute.map(|one| one.full_name),
            note: attended.note.clone(),
            ..member.clone()
        }))
    }
}

/// Why the working rules let nobody take part in this way: what they forbid would be counted as absence.
fn not_permitted(policy: &CouncilPolicy, session: &ReviewSession, way: Attendance) -> Option<Fault> {
    if way == Attendance::Absent || policy.may_vote(way, session.mode) {
        return None;
    }
    let fault = Fault::new(Code::FieldChoice);
    Some(match way {
        Attendance::Written => fault.says(
            "Quy chế của Hội đồng không cho thành viên vắng mặt gửi ý kiến bằng văn bản",
            "The council's policy does not let absent members answer in writing",
        ),
        _ => fault.says(
            "Quy chế của Hội đồng không cho cử người dự họp thay",
            "The council's policy does not let a substitute sit for a member",
        ),
    })
}

/// Begins to take votes.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Open {
    /// Which.
    pub id: ReviewSessionId,
}

impl Command for Open {
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
        councils::lock(tx.conn, before.council_id)?;
        let state = next(&before, ReviewSessionAct::Open)?;
        refuse(blocked(tx, &before, ReviewSessionAct::Open)?)?;
        let day = before.held_at.date(tx.config.zone);
        tx.warn_of_future(day, "/held_at");
        let mut members = sync(tx, &before)?;
        // Whom nobody recorded did not come.
        for member in members.iter_mut().filter(|member| member.attendance.is_none()) {
            member.attendance = Some(Attendance::Absent);
            review_sessions::save_session_member(tx.conn, member)?;
        }
        let policy = policy_of(tx, &before)?;
        let here = present(&policy, &members, before.mode);
        let total = u32::try_from(members.len()).map_err(Error::internal)?;
        let after = ReviewSession {
            state,
            policy: Some(JsonText::of(&policy)?),
            total_members: Some(i32::try_from(total).map_err(Error::internal)?),
            present_members: Some(i32::try_from(here).map_err(Error::internal)?),
            opened_at: Some(tx.now),
            ..before.clone()
        };
        keep(tx, &before, after, "review_session.opened", None)
    }
}
