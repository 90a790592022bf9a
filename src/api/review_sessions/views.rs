//! Wire forms of sessions, agenda, attendance, votes and minutes.

use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answer::{self, AllowedAction, OutcomeView, Resource};
use crate::api::problem::Language;
use crate::app::Tx;
use crate::app::nominations::{self, Nomination};
use crate::app::review_sessions::{
    self, AgendaItem, Lines, Minutes, MinutesRecord, ReviewSession, SessionMember, VoteLine,
};
use crate::domain::codes::{
    Attendance, ConsensusOutcome, HoldReason, MembershipFunction, ReceivedChannel, SessionMode, SubjectKind,
    VoteChoice, VotingMethod,
};
use crate::domain::error::Result;
use crate::domain::ids::{
    CampaignId, CouncilId, CouncilMemberId, IndividualId, NominationId, OrganizationId, ReviewSessionId,
};
use crate::domain::ranking::DirectWorkerShare;
use crate::domain::states::{NominationState, ReviewSessionState};
use crate::domain::time::Instant;
use crate::domain::votes::{CouncilPolicy, not_reached};

/// A meeting of a council over an agenda of nominations.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = ReviewSession)]
pub struct ReviewSessionView {
    /// Identifier.
    pub id: ReviewSessionId,
    /// The council.
    pub council_id: CouncilId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation that the council advises.
    pub owner_organization_id: OrganizationId,
    /// Title.
    pub title: String,
    /// State.
    pub state: ReviewSessionState,
    /// How it is held.
    pub mode: SessionMode,
    /// How votes are taken.
    pub method: VotingMethod,
    /// When it is held.
    pub held_at: Instant,
    /// Where it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub place: Option<String>,
    /// Working rules as of the opening; absent before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub policy: Option<CouncilPolicy>,
    /// All members of the council on the day; absent before the opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total_members: Option<i32>,
    /// Those who counted for the quorum: at the opening, and once it is closed at the closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub present_members: Option<i32>,
    /// When it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub opened_at: Option<Instant>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_at: Option<Instant>,
    /// When the secretary signed the minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub secretary_signed_at: Option<Instant>,
    /// When the chair confirmed the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub confirmed_at: Option<Instant>,
    /// Why the quota was exceeded, by the Director's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub quota_override_reason: Option<String>,
    /// Why it was called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state_reason: Option<String>,
    /// Version for `If-Match`; votes, attendance and agenda do not change it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

impl ReviewSessionView {
    pub(super) fn item(session: ReviewSession) -> Result<Self> {
        Ok(Self {
            id: session.id,
            council_id: session.council_id,
            campaign_id: session.campaign_id,
            owner_organization_id: session.owner_organization_id,
            title: session.title,
            state: session.state,
            mode: session.mode,
            method: session.method,
            held_at: session.held_at,
            place: session.place,
            policy: session.policy.map(|policy| policy.read()).transpose()?,
            total_members: session.total_members,
            present_members: session.present_members,
            opened_at: session.opened_at,
            closed_at: session.closed_at,
            secretary_signed_at: session.secretary_signed_at,
            confirmed_at: session.confirmed_at,
            quota_override_reason: session.quota_override_reason,
            state_reason: session.state_reason,
            version: session.version,
            created_at: session.created_at,
            updated_at: session.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for ReviewSessionView {
    type Record = ReviewSession;
    const PATH: &'static str = "/v1/review-sessions";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        review_sessions::read(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: ReviewSession, language: Language) -> Result<Self> {
        let possible = review_sessions::possible(tx, &record)?;
        let actions = answer::actions(Self::PATH, record.id.0, &possible, language);
        Ok(Self {
            allowed_actions: Some(actions),
            ..Self::item(record)?
        })
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// How a nomination fared.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct TallyView {
    /// Đồng ý.
    #[schema(minimum = 0)]
    pub agree: i32,
    /// Không đồng ý.
    #[schema(minimum = 0)]
    pub disagree: i32,
    /// Ý kiến khác.
    #[schema(minimum = 0)]
    pub abstain: i32,
    /// Members who took no part.
    #[schema(minimum = 0)]
    pub absent: i32,
    /// Members who took part and gave no vote, those who stood aside among them; all figures together are the council.
    #[schema(minimum = 0)]
    pub not_voted: i32,
    /// What the share is measured against.
    #[schema(minimum = 0)]
    pub base: i32,
    /// Share of agreeing votes in hundredths of a percent: 8571 is 85,71 %.
    #[schema(minimum = 0, maximum = 10000)]
    pub percentage_hundredths: i32,
    /// What the council recommends; it holds once the session is confirmed.
    pub outcome: NominationState,
    /// Why it is not recommended: as the minutes say it, or the figures in the language of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
}

/// One line of the agenda.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct AgendaLine {
    /// The nomination.
    pub nomination_id: NominationId,
    /// Place on the agenda, from 1.
    #[schema(minimum = 1)]
    pub ordinal: i32,
    /// Kind of the one proposed.
    pub subject_kind: SubjectKind,
    /// Name of the one proposed.
    pub display_name: String,
    /// Form considered.
    pub form: String,
    /// Why the council considers another form than the proposed one (A3).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub form_reason: Option<String>,
    /// State of the nomination now.
    pub state: NominationState,
    /// Whether it is on hold now; a held line blocks the confirmation (R-N2).
    pub on_hold: bool,
    /// Why it is on hold, for those who appraise or decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hold_reason: Option<HoldReason>,
    /// What those present agreed on, where it was recorded (R-V5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consensus: Option<ConsensusOutcome>,
    /// What the minutes say of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consensus_note: Option<String>,
    /// Counts and result; absent until the session is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tally: Option<TallyView>,
}

/// The agenda of a session.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct Agenda {
    /// The lines in their order.
    pub items: Vec<AgendaLine>,
    /// Those who work directly against those who lead, among the individuals.
    pub direct_worker_share: DirectWorkerShare,
}

/// Why it is not recommended: what the minutes say, or the figures in the language of the answer. What is
/// stored of them is the sentence of the record, in Vietnamese.
fn reason(item: &AgendaItem, language: Language) -> Option<String> {
    let stored = item.outcome_reason.as_ref()?;
    let agreed = item.consensus == Some(ConsensusOutcome::NotRecommended) && item.consensus_note.is_some();
    let number = |value: Option<i32>| u32::try_from(value?).ok();
    let figures = (
        number(item.agree),
        number(item.base_members),
        number(item.percentage_hundredths),
    );
    let (false, (Some(agree), Some(base), Some(share))) = (agreed, figures) else {
        return Some(stored.clone());
    };
    Some(language.of(&not_reached(agree, base, share)).to_owned())
}

fn line(
    tx: &mut Tx<'_>,
    session: Option<&ReviewSession>,
    (item, nomination): (AgendaItem, Nomination),
    language: Language,
) -> Result<AgendaLine> {
    let outcome = item.outcome.as_deref().map(str::parse::<NominationState>);
    let outcome = outcome
        .transpose()
        .map_err(crate::domain::error::Error::internal)?;
    let reason = reason(&item, language);
    let told =
        nomination.hold_reason.is_some() && nominations::sees_hold(tx, &nominations::near_place(&nomination));
    let not_voted = session.map_or(0, |session| review_sessions::not_voted(session, &item));
    let tally = outcome.map(|outcome| TallyView {
        agree: item.agree.unwrap_or(0),
        disagree: item.disagree.unwrap_or(0),
        abstain: item.abstain.unwrap_or(0),
        absent: item.absent.unwrap_or(0),
        not_voted,
        base: item.base_members.unwrap_or(0),
        percentage_hundredths: item.percentage_hundredths.unwrap_or(0),
        outcome,
        reason,
    });
    Ok(AgendaLine {
        nomination_id: nomination.id,
        ordinal: item.ordinal,
        subject_kind: nomination.subject_kind,
        display_name: nomination.display_name,
        form: item.form.unwrap_or(nomination.form),
        form_reason: item.form_reason,
        state: nomination.state,
        on_hold: nomination.hold_reason.is_some(),
        hold_reason: nomination.hold_reason.filter(|_| told),
        consensus: item.consensus,
        consensus_note: item.consensus_note,
        tally,
    })
}

fn agenda_lines(
    tx: &mut Tx<'_>,
    session: Option<&ReviewSession>,
    lines: Lines,
    language: Language,
) -> Result<Vec<AgendaLine>> {
    lines
        .into_iter()
        .map(|found| line(tx, session, found, language))
        .collect()
}

impl Agenda {
    pub(super) fn of(tx: &mut Tx<'_>, lines: Lines, language: Language) -> Result<Self> {
        let counted = lines.iter().find(|(item, _)| item.outcome.is_some());
        let session = match counted.map(|(item, _)| item.session_id) {
            Some(id) => Some(review_sessions::read(tx, id)?),
            None => None,
        };
        let nominated = lines.iter().map(|(_, nomination)| nomination.id);
        Ok(Self {
            direct_worker_share: nominations::direct_workers(tx, nominated)?,
            items: agenda_lines(tx, session.as_ref(), lines, language)?,
        })
    }
}

/// A member entitled in the session.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = SessionMember)]
pub struct SessionMemberView {
    /// The membership.
    pub council_member_id: CouncilMemberId,
    /// Who.
    pub individual_id: IndividualId,
    /// Name at the time.
    pub display_name: String,
    /// Function at the time.
    pub function: MembershipFunction,
    /// How the member takes part; absent until it is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attendance: Option<Attendance>,
    /// Who votes instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub substitute_individual_id: Option<IndividualId>,
    /// Name of the substitute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub substitute_name: Option<String>,
    /// Why absent, or the paper that names the substitute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// Who is entitled and how they take part.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct AttendanceList {
    /// The members of the day.
    pub items: Vec<SessionMemberView>,
}

impl AttendanceList {
    pub(super) fn of(members: Vec<SessionMember>) -> Self {
        let items = members.into_iter().map(|member| SessionMemberView {
            council_member_id: member.council_member_id,
            individual_id: member.individual_id,
            display_name: member.display_name,
            function: member.function,
            attendance: member.attendance,
            substitute_individual_id: member.substitute_id,
            substitute_name: member.substitute_name,
            note: member.note,
        });
        Self {
            items: items.collect(),
        }
    }
}

/// A member's vote on one nomination.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Vote)]
pub struct VoteView {
    /// The nomination.
    pub nomination_id: NominationId,
    /// Whose vote it is.
    pub council_member_id: CouncilMemberId,
    /// Name of the member.
    pub display_name: String,
    /// How.
    pub choice: VoteChoice,
    /// ONLINE, or PAPER when the secretary entered a written answer.
    pub channel: ReceivedChannel,
    /// When it was last cast.
    pub cast_at: Instant,
    /// How often it was cast again.
    #[schema(minimum = 0)]
    pub changes: i32,
}

impl From<VoteLine> for VoteView {
    fn from(line: VoteLine) -> Self {
        Self {
            nomination_id: line.nomination_id,
            council_member_id: line.member.council_member_id,
            display_name: line.member.display_name,
            choice: line.vote.choice,
            channel: line.vote.channel,
            cast_at: line.vote.cast_at,
            changes: line.vote.changes,
        }
    }
}

/// Votes that the caller may see.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct VoteList {
    /// In the order of their making.
    pub items: Vec<VoteView>,
}

/// The minutes: what the secretary wrote, and what the session itself knows (R-V7).
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct MinutesView {
    /// What the secretary wrote; absent until it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub written: Option<Minutes>,
    /// What was written before the session was opened again, to be corrected and written anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub draft: Option<Minutes>,
    /// Who took part and how.
    pub attendance: Vec<SessionMemberView>,
    /// How votes were taken.
    pub method: VotingMethod,
    /// All members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total_members: Option<i32>,
    /// Those who counted for the quorum.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub present_members: Option<i32>,
    /// Counts and results.
    pub agenda: Vec<AgendaLine>,
    /// When the secretary signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub secretary_signed_at: Option<Instant>,
    /// When the chair signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub chair_signed_at: Option<Instant>,
}

impl MinutesView {
    /// The minutes in one language.
    ///
    /// # Errors
    /// A damaged row.
    pub fn of(tx: &mut Tx<'_>, record: MinutesRecord, language: Language) -> Result<Self> {
        let session = record.session;
        let agenda = agenda_lines(tx, Some(&session), record.agenda, language)?;
        Ok(Self {
            draft: session.minutes_draft.map(|draft| draft.read()).transpose()?,
            written: session.minutes.map(|minutes| minutes.read()).transpose()?,
            attendance: AttendanceList::of(record.members).items,
            method: session.method,
            total_members: session.total_members,
            present_members: session.present_members,
            agenda,
            secretary_signed_at: session.secretary_signed_at,
            chair_signed_at: session.confirmed_at,
        })
    }
}
