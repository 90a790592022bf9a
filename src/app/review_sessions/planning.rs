//! A session is planned, changed while planned, and called off.

use super::{
    ReviewSession, event, held_unchanged, keep, move_nomination, next, place_of, review_sessions, target,
    within,
};
use crate::app::{Command, Tx};
use crate::domain::codes::{SessionMode, VotingMethod};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CampaignId, CouncilId, ReviewSessionId};
use crate::domain::policy::Action;
use crate::domain::states::{CampaignState, NominationAct, ReviewSessionAct, ReviewSessionState};
use crate::domain::time::Instant;
use crate::domain::votes::CouncilPolicy;
use crate::store::councils::{self, Council};
use crate::store::{campaigns, dialect, filter};

/// A session is held as the working rules permit.
pub(super) fn check_method(method: VotingMethod, policy: &CouncilPolicy) -> Result<()> {
    if policy.permits(method) {
        return Ok(());
    }
    let refused = Error::new(Code::SessionMethodUnsupported);
    if method == VotingMethod::Consensus {
        return Err(refused.says(
            "Quy chế của Hội đồng không cho ghi nhận thống nhất thay biểu quyết",
            "The council's policy does not let consent be recorded instead of votes",
        ));
    }
    Err(refused)
}

/// Nobody could attend or vote in a council without members on the day.
fn check_members(tx: &mut Tx<'_>, council: CouncilId, held_at: Instant, pointer: &str) -> Result<()> {
    let day = held_at.date(tx.config.zone);
    if councils::members_on(tx.conn, council, day)?.is_empty() {
        let fault = Fault::at(pointer, Code::CouncilEmpty);
        return Err(Error::new(Code::CouncilEmpty).fault(fault));
    }
    Ok(())
}

/// Plans a session.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// Of which council.
    pub council_id: CouncilId,
    /// Over which campaign.
    pub campaign_id: CampaignId,
    /// Title.
    pub title: String,
    /// How it is held.
    pub mode: SessionMode,
    /// How votes are taken.
    pub method: VotingMethod,
    /// When.
    pub held_at: Instant,
    /// Where.
    pub place: Option<String>,
}

impl Command for Create {
    type Target = Council;
    type Output = ReviewSession;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Council> {
        let missing = |error: Error| error.missing_at("/council_id");
        let council = councils::get(tx.conn, self.council_id).map_err(missing)?;
        let place = filter::place_of_council(council.owner_organization_id, council.id);
        tx.require(Action::PlanSession, &place).map_err(missing)?;
        Ok(council)
    }

    fn act(&self, tx: &mut Tx<'_>, council: Council) -> Result<ReviewSession> {
        check_method(self.method, &council.policy.read()?)?;
        if !council.active {
            return Err(Error::new(Code::CouncilInactive));
        }
        dialect::hold_shared(tx.conn, self.campaign_id)?;
        let campaign = campaigns::find(tx.conn, self.campaign_id)?
            .filter(|campaign| campaign.owner_organization_id == council.owner_organization_id);
        let Some(campaign) = campaign else {
            let fault = Fault::at("/campaign_id", Code::FieldReference);
            return Err(Error::invalid(vec![fault]));
        };
        if campaign.council_id.is_some_and(|named| named != council.id) {
            let fault = Fault::at("/council_id", Code::FieldReference).says(
                "Kế hoạch của phong trào nêu một Hội đồng khác",
                "The plan of the campaign names another council",
            );
            return Err(Error::invalid(vec![fault]));
        }
        if campaign.state != CampaignState::Published {
            return Err(Error::new(Code::CampaignNotPublished));
        }
        check_members(tx, council.id, self.held_at, "/council_id")?;
        let session = self.made(tx, &council);
        review_sessions::insert(tx.conn, &session)?;
        tx.record(event("review_session.created", &session).with("after", &session))?;
        Ok(session)
    }
}

impl Create {
    fn made(&self, tx: &Tx<'_>, council: &Council) -> ReviewSession {
        ReviewSession {
            id: ReviewSessionId::generate(),
            council_id: council.id,
            campaign_id: self.campaign_id,
            owner_organization_id: council.owner_organization_id,
            title: self.title.clone(),
            state: ReviewSessionState::Planned,
            mode: self.mode,
            method: self.method,
            held_at: self.held_at,
            place: self.place.clone(),
            policy: None,
            total_members: None,
            present_members: None,
            opened_at: None,
            closed_at: None,
            confirmed_at: None,
            minutes: None,
            minutes_draft: None,
            secretary_signed_at: None,
            secretary_signed_by: None,
            chair_signed_by: None,
            quota_override_reason: None,
            state_reason: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        }
    }
}

/// Changes a planned session; an absent member stays.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: ReviewSessionId,
    /// Title.
    pub title: Option<String>,
    /// How it is held.
    pub mode: Option<SessionMode>,
    /// How votes are taken.
    pub method: Option<VotingMethod>,
    /// When.
    pub held_at: Option<Instant>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Option<String>>,
}

impl Command for Edit {
    type Target = ReviewSession;
    type Output = ReviewSession;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        target(tx, self.id, Action::PlanSession)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<ReviewSession> {
        let before = held_unchanged(tx, &seen)?;
        within(&before, &[ReviewSessionState::Planned])?;
        let mut after = before.clone();
        if let Some(title) = &self.title {
            after.title.clone_from(title);
        }
        if let Some(method) = self.method {
            let policy = councils::get(tx.conn, before.council_id)?.policy.read()?;
            check_method(method, &policy)?;
            after.method = method;
        }
        after.mode = self.mode.unwrap_or(before.mode);
        if let Some(held_at) = self.held_at {
            check_members(tx, before.council_id, held_at, "/held_at")?;
            after.held_at = held_at;
        }
        if let Some(place) = &self.place {
            after.place.clone_from(place);
        }
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        keep(tx, &before, after, "review_session.edited", None)
    }
}

/// Calls a session off; its nominations can be put on another agenda.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Cancel {
    /// Which.
    pub id: ReviewSessionId,
    /// Why.
    pub reason: String,
}

impl Command for Cancel {
    type Target = ReviewSession;
    type Output = ReviewSession;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<ReviewSession> {
        let session = review_sessions::get(tx.conn, self.id)?;
        tx.require(Action::PlanSession, &place_of(&session))?;
        Ok(session)
    }

    fn version(target: &ReviewSession) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: ReviewSession) -> Result<ReviewSession> {
        let before = held_unchanged(tx, &seen)?;
        let state = next(&before, ReviewSessionAct::Cancel)?;
        for (_, nomination) in review_sessions::agenda(tx.conn, before.id)? {
            move_nomination(
                tx,
                &before,
                &nomination,
                NominationAct::TakeOffAgenda,
                "nomination.taken_off_agenda",
                |_| {},
            )?;
        }
        review_sessions::give_up_agenda(tx.conn, before.id)?;
        let after = ReviewSession {
            state,
            state_reason: Some(self.reason.clone()),
            ..before.clone()
        };
        keep(tx, &before, after, "review_session.cancelled", Some(&self.reason))
    }
}
