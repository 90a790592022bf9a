//! Votes: one for each member and nomination, changed until the closing (R-V3), never on oneself (C-8).

use super::{
    ReviewSession, SessionMember, Vote, event, holds_seat, policy_of, review_sessions, target, within,
};
use crate::app::guards::told;
use crate::app::{Command, Tx};
use crate::domain::caller::Role;
use crate::domain::codes::{Attendance, ReceivedChannel, VoteChoice, VotingMethod};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CouncilMemberId, IndividualId, NominationId, ReviewSessionId, VoteId};
use crate::domain::policy::Action;
use crate::domain::states::ReviewSessionState;
use crate::domain::votes::CouncilPolicy;
use crate::store::nominations::Nomination;
use crate::store::{collectives, dialect, individuals};

/// A vote with whose it is and on what.
#[derive(Debug, Clone)]
pub struct VoteLine {
    /// The vote.
    pub vote: Vote,
    /// The member whose vote it is.
    pub member: SessionMember,
    /// The nomination.
    pub nomination_id: NominationId,
}

/// Votes that the caller may see: its own; those of all members once the session is closed, for the
/// secretary, the chair, the office that runs it and the auditor (AZN-07).
///
/// # Errors
/// `resource.not_found`.
pub fn read_votes(tx: &mut Tx<'_>, id: ReviewSessionId) -> Result<Vec<VoteLine>> {
    let session = target(tx, id, Action::ReadSession)?;
    let place = super::place_of(&session);
    let closed = matches!(
        session.state,
        ReviewSessionState::Closed | ReviewSessionState::Confirmed
    );
    let every = closed
        && (tx.may(Action::RunSession, &place)
            || tx.may(Action::ConfirmSession, &place)
            || tx.may_as(&[Role::Auditor], Action::ReadSession, &place));
    let members = review_sessions::members(tx.conn, id)?;
    let agenda = review_sessions::agenda(tx.conn, id)?;
    let mut lines = Vec::new();
    for vote in review_sessions::votes_of(tx.conn, id)? {
        let member = members.iter().find(|member| member.id == vote.session_member_id);
        let item = agenda.iter().find(|(item, _)| item.id == vote.agenda_item_id);
        let (Some(member), Some((_, nomination))) = (member, item) else {
            continue;
        };
        let own = vote.cast_by == tx.caller.identity_id
            || (tx.caller.individual_id.is_some() && voter(member) == tx.caller.individual_id);
        if own || every {
            lines.push(VoteLine {
                member: member.clone(),
                nomination_id: nomination.id,
                vote,
            });
        }
    }
    Ok(lines)
}

/// Who votes for a membership: the member, or the substitute instead.
const fn voter(member: &SessionMember) -> Option<IndividualId> {
    match member.attendance {
        Some(Attendance::Substitute) => member.substitute_id,
        _ => Some(member.individual_id),
    }
}

/// Casts a vote, or changes it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Cast {
    /// In which session.
    pub id: ReviewSessionId,
    /// On which nomination.
    pub nomination_id: NominationId,
    /// How.
    pub choice: VoteChoice,
    /// PAPER: a written answer, entered by the secretary for `member_id`.
    pub channel: ReceivedChannel,
    /// Whose written answer it is.
    pub member_id: Option<CouncilMemberId>,
}

impl Command for Cast {
    type Target = ReviewSession;
    type Output = VoteLine;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        let action = if self.member_id.is_some() {
            Action::RunSession
        } else {
            Action::Vote
        };
        let session = target(tx, self.id, action)?;
        review_sessions::agenda_line(tx.conn, self.id, self.nomination_id)?;
        Ok(session)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<VoteLine> {
        dialect::hold_shared(tx.conn, seen.campaign_id)?;
        let session = review_sessions::get(tx.conn, self.id)?;
        within(&session, &[ReviewSessionState::Open])?;
        if session.method == VotingMethod::Consensus {
            return Err(Error::new(Code::SessionConsensus));
        }
        if self.member_id.is_some() != (self.channel == ReceivedChannel::Paper) {
            let channel = match self.member_id {
                Some(_) => ReceivedChannel::Paper,
                None => ReceivedChannel::Online,
            };
            let fault = Fault::at("/channel", Code::FieldChoice).with("choices", vec![channel.as_str()]);
            return Err(Error::invalid(vec![fault]));
        }
        let (item, nomination) = review_sessions::agenda_line(tx.conn, self.id, self.nomination_id)?;
        let policy = policy_of(tx, &session)?;
        let member = match self.member_id {
            Some(id) => self.absent_member(tx, &session, &policy, id)?,
            None => own_membership(tx, &session, &policy)?,
        };
        if concerned(tx, &policy, &member, &nomination)? {
            return Err(Error::new(Code::DutyConflict).says(
                "Thành viên không biểu quyết về chính mình hoặc trường hợp mà quy chế của hội đồng buộc đứng ngoài (R-V5)",
                "A member does not vote on himself, or where the council's policy makes him stand aside (R-V5)",
            ));
        }
        let vote = Vote {
            id: VoteId::generate(),
            session_id: session.id,
            agenda_item_id: item.id,
            session_member_id: member.id,
            choice: self.choice,
            channel: self.channel,
            cast_by: tx.caller.identity_id,
            cast_at: tx.now,
            changes: 0,
        };
        let vote = review_sessions::cast(tx.conn, &vote)?;
        // The choice itself stays out of the journal: others read it before the session is closed.
        let event = event("review_session.vote_cast", &session)
            .with("nomination_id", nomination.id)
            .with("council_member_id", member.council_member_id)
            .with("channel", self.channel);
        tx.record(event)?;
        Ok(VoteLine {
            vote,
            member,
            nomination_id: nomination.id,
        })
    }
}

impl Cast {
    /// The absent member whose written answer the secretary enters (R-V4).
    fn absent_member(
        &self,
        tx: &mut Tx<'_>,
        session: &ReviewSession,
        policy: &CouncilPolicy,
        id: CouncilMemberId,
    ) -> Result<SessionMember> {
        if !holds_seat(tx, session.council_id, Role::CouncilSecretary) {
            return Err(
                Error::new(Code::AccessForbidden).with("required_role", Role::CouncilSecretary.as_str())
            );
        }
        let members = review_sessions::members(tx.conn, session.id)?;
        let member = members.into_iter().find(|member| member.council_member_id == id);
        let Some(member) = member else {
            return Err(Error::invalid(vec![Fault::at(
                "/member_id",
                Code::FieldReference,
            )]));
        };
        let written = member.attendance == Some(Attendance::Written)
            && policy.may_vote(Attendance::Written, session.mode);
        if written {
            Ok(member)
        } else {
            Err(Error::new(Code::SessionNotPresent).says(
                "Chỉ ghi phiếu giấy cho thành viên vắng mặt gửi ý kiến bằng văn bản",
                "A paper vote is entered only for a member who is recorded as answering in writing",
            ))
        }
    }
}

/// Lines on which somebody who takes part gave no vote, told when the session is closed; whom a line concerns is not
/// asked. It does not stop the closing: who is silent does not keep the others from deciding (R-V2).
pub(super) fn silent(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Fault>> {
    if session.method == VotingMethod::Consensus {
        return Ok(Vec::new());
    }
    let policy = policy_of(tx, session)?;
    let mut members = review_sessions::members(tx.conn, session.id)?;
    members.retain(|member| super::takes_part(member, &policy, session.mode));
    let votes = review_sessions::votes_of(tx.conn, session.id)?;
    let mut remarks = Vec::new();
    for (item, nomination) in review_sessions::agenda(tx.conn, session.id)? {
        let mut silent = Vec::new();
        for member in &members {
            let voted = votes
                .iter()
                .any(|vote| vote.agenda_item_id == item.id && vote.session_member_id == member.id);
            if !voted && !concerned(tx, &policy, member, &nomination)? {
                silent.push(member.council_member_id.to_string());
            }
        }
        if silent.is_empty() {
            continue;
        }
        let (count, name) = (silent.len(), &nomination.display_name);
        let remark = Fault::new(Code::SessionVotesMissing).says(
            format!("{count} thành viên dự họp chưa biểu quyết về {name}"),
            format!("{count} members who take part have not voted on {name}"),
        );
        let remark = remark.with("nomination_id", nomination.id.to_string());
        remarks.push(remark.with("council_member_ids", silent));
    }
    Ok(remarks)
}

/// What stands in the way of the caller's vote, whatever the nomination: it is no member, or not present.
pub(super) fn obstacles(tx: &mut Tx<'_>, session: &ReviewSession) -> Result<Vec<Fault>> {
    let policy = policy_of(tx, session)?;
    told(own_membership(tx, session, &policy))
}

/// The membership for which the caller votes: its own, or that of the absent member it sits for.
fn own_membership(tx: &mut Tx<'_>, session: &ReviewSession, policy: &CouncilPolicy) -> Result<SessionMember> {
    let Some(caller) = tx.caller.individual_id else {
        return Err(Error::new(Code::SessionNotMember));
    };
    let members = review_sessions::members(tx.conn, session.id)?;
    if let Some(member) = members.iter().find(|member| voter(member) == Some(caller)) {
        let here = member
            .attendance
            .is_some_and(|attendance| policy.counts_for_quorum(attendance, session.mode));
        return if here {
            Ok(member.clone())
        } else {
            Err(Error::new(Code::SessionNotPresent))
        };
    }
    let substituted = members.iter().any(|member| member.individual_id == caller);
    Err(Error::new(if substituted {
        Code::SessionNotPresent
    } else {
        Code::SessionNotMember
    }))
}

/// Whether a line concerns the member itself: nobody decides on himself, neither as member nor as
/// substitute; by the rules not on the own collective either (C-8, scenario 5).
pub(super) fn concerned(
    tx: &mut Tx<'_>,
    policy: &CouncilPolicy,
    member: &SessionMember,
    nomination: &Nomination,
) -> Result<bool> {
    let voters: Vec<IndividualId> = [Some(member.individual_id), voter(member)]
        .into_iter()
        .flatten()
        .collect();
    if nomination
        .individual_id
        .is_some_and(|nominee| voters.contains(&nominee))
    {
        return Ok(true);
    }
    let (true, Some(collective)) = (policy.own_collective_votes_blocked, nomination.collective_id) else {
        return Ok(false);
    };
    let unit = collectives::get(tx.conn, collective)?.unit_id;
    for voter in voters {
        if individuals::get(tx.conn, voter)?.unit_id == unit {
            return Ok(true);
        }
    }
    Ok(false)
}
