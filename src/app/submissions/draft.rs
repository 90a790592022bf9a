//! Making, changing and removing a draft.

use super::{Submission, keep, papers::ask_again};
use crate::app::dossiers::{NOUN, OFFICE, event, is_office, proposed, undraftable};
use crate::app::guards::{refuse, require_in_force};
use crate::app::{Command, Event, JsonText, Tx};
use crate::domain::caller::Role;
use crate::domain::codes::{Procedure, ReceivedChannel};
use crate::domain::document::{DocumentRef, DocumentRefPatch};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CampaignId, OrganizationId, SubmissionId};
use crate::domain::plan::Plan;
use crate::domain::policy::{Action, Place, Visibility};
use crate::domain::states::{CampaignState, SUBMISSION};
use crate::domain::time::Instant;
use crate::store::campaigns::{self, Campaign};
use crate::store::{attachments, dialect, filter, nominations, organizations, submissions};

/// Begins a dossier.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The proposing unit.
    pub division_id: OrganizationId,
    /// Procedure.
    pub procedure: Procedure,
    /// Letter of the unit.
    pub letter: Option<DocumentRef>,
    /// Note to the office.
    pub note: Option<String>,
    /// How it reached the office, which enters it on the unit's behalf.
    pub received_channel: Option<ReceivedChannel>,
    /// When it reached the office.
    pub handed_in_at: Option<Instant>,
}

impl Command for Create {
    type Target = (Campaign, bool);
    type Output = Submission;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<(Campaign, bool)> {
        let unknown = || Error::invalid(vec![Fault::at("/campaign_id", Code::FieldReference)]);
        if tx.sees(Action::DraftSubmission) == Visibility::default() {
            tx.permit(Action::DraftSubmission, &Place::default())?;
        }
        let campaign = campaigns::find(tx.conn, self.campaign_id)?.ok_or_else(unknown)?;
        let seen = filter::place_of_campaign(
            campaign.owner_organization_id,
            campaign.council_id,
            campaign.published_at,
        );
        if !tx.may(Action::ReadCampaign, &seen) {
            return Err(unknown());
        }
        let place = Place::in_division(campaign.owner_organization_id, self.division_id);
        tx.permit(Action::DraftSubmission, &place)?;
        // What the head of the agency discovered is proposed by the head of the office alone.
        let discovered = self.procedure == Procedure::HeadDiscovered;
        // Who is of the unit and of the office enters as the office what came to it on paper.
        let paper = self
            .received_channel
            .is_some_and(|channel| channel != ReceivedChannel::Online);
        let roles = if discovered {
            &[Role::OfficeChief]
        } else if paper && tx.may_as(OFFICE, Action::DraftSubmission, &place) {
            OFFICE
        } else {
            Role::ALL
        };
        let role = tx.require_as(roles, Action::DraftSubmission, &place)?;
        Ok((campaign, is_office(role)))
    }

    fn act(&self, tx: &mut Tx<'_>, (campaign, by_office): (Campaign, bool)) -> Result<Submission> {
        dialect::hold_shared(tx.conn, campaign.id)?;
        let campaign = campaigns::get(tx.conn, campaign.id)?;
        if campaign.state != CampaignState::Published {
            return Err(Error::new(Code::CampaignNotPublished));
        }
        let plan = campaigns::current_plan(tx.conn, &campaign)?;
        check_unit(tx, &campaign, &plan, self.division_id)?;
        all_valid(self.channel_faults(by_office, tx.now))?;
        let submission = Submission {
            id: SubmissionId::generate(),
            campaign_id: campaign.id,
            owner_organization_id: campaign.owner_organization_id,
            division_id: self.division_id,
            procedure: self.procedure,
            state: SUBMISSION.initial,
            letter: self.letter.as_ref().map(JsonText::of).transpose()?,
            note: self.note.clone(),
            round: 0,
            terms_number: None,
            first_submitted_at: None,
            // What came on paper counts from its arrival, which is known before it is entered.
            submitted_at: self.handed_in_at,
            receipt: None,
            received_at: None,
            received_no: None,
            received_channel: self.received_channel.unwrap_or(ReceivedChannel::Online),
            on_behalf: by_office,
            late: false,
            late_reason: None,
            late_until: None,
            return_reason: None,
            supplement_due_at: None,
            state_reason: None,
            drafted_by: tx.caller.identity_id,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        submissions::insert(tx.conn, &submission)?;
        let created = event(tx, "submission.created", &submission).with("after", &submission);
        tx.record(created)?;
        Ok(submission)
    }
}

impl Create {
    /// The office names how and when a dossier arrived; a unit hands in online.
    fn channel_faults(&self, by_office: bool, now: Instant) -> Vec<Fault> {
        let mut faults = Vec::new();
        let paper = by_office && self.procedure != Procedure::HeadDiscovered;
        match self.received_channel {
            None if paper => faults.push(Fault::at("/received_channel", Code::FieldRequired)),
            Some(ReceivedChannel::Online) if paper => {
                let others = ReceivedChannel::ALL
                    .iter()
                    .filter(|one| **one != ReceivedChannel::Online);
                let others: Vec<&str> = others.map(|one| one.as_str()).collect();
                faults.push(Fault::at("/received_channel", Code::FieldChoice).with("choices", others));
            }
            Some(channel) if !paper && channel != ReceivedChannel::Online => {
                let online = vec![ReceivedChannel::Online.as_str()];
                faults.push(Fault::at("/received_channel", Code::FieldChoice).with("choices", online));
            }
            _ => {}
        }
        match self.handed_in_at {
            None if paper => faults.push(Fault::at("/handed_in_at", Code::FieldRequired)),
            Some(_) if !paper => faults.push(Fault::at("/handed_in_at", Code::FieldUnknown).says(
                "Chỉ nêu khi Văn phòng nhập hồ sơ nhận trên giấy",
                "Only for what the office enters because it came on paper",
            )),
            Some(at) if at > now => faults.push(Fault::after("/handed_in_at", now)),
            _ => {}
        }
        faults
    }
}

/// R-S2: a unit of the launching organisation, or one that the plan invites.
fn check_unit(tx: &mut Tx<'_>, campaign: &Campaign, plan: &Plan, division: OrganizationId) -> Result<()> {
    let unit = organizations::find(tx.conn, division)?
        .ok_or_else(|| Error::invalid(vec![Fault::at("/division_id", Code::FieldReference)]))?;
    if !proposes_in(tx, campaign, plan, division)? {
        return Err(Error::new(Code::SubmissionUnit).fault(Fault::at("/division_id", Code::SubmissionUnit)));
    }
    require_in_force(tx, &unit)
}

/// Whether a unit proposes in a campaign: one of the launching organisation's own, or one that the plan invites (R-S2).
pub(super) fn proposes_in(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    plan: &Plan,
    division: OrganizationId,
) -> Result<bool> {
    if plan.submission.invited_unit_ids.contains(&division) {
        return Ok(true);
    }
    let unit = organizations::get(tx.conn, division)?;
    let owner = organizations::authority_of(tx.conn, division)?;
    let own = owner.is_some_and(|owner| owner.id == campaign.owner_organization_id);
    Ok(unit.kind.is_internal_unit() && own)
}

/// Changes a draft or returned dossier; an absent member stays, `Some(None)` clears.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: SubmissionId,
    /// Procedure.
    pub procedure: Option<Procedure>,
    /// Letter of the unit; `Some(None)` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letter: Option<Option<DocumentRefPatch>>,
    /// Note to the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Option<String>>,
}

impl Command for Edit {
    type Target = Submission;
    type Output = Submission;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        proposed(tx, self.id, Action::DraftSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<Submission> {
        // Shared, so that the campaign is not given up meanwhile.
        dialect::hold_shared(tx.conn, before.campaign_id)?;
        if !before.state.is_editable() {
            return Err(Error::new(Code::SubmissionLocked));
        }
        refuse(undraftable(tx, &before)?)?;
        // A dossier does not become, or cease to be, a discovery of the head.
        if let Some(procedure) = self.procedure
            && procedure != before.procedure
            && [procedure, before.procedure].contains(&Procedure::HeadDiscovered)
        {
            return Err(Error::invalid(vec![Fault::at("/procedure", Code::FieldChoice)]));
        }
        let mut after = before.clone();
        if let Some(procedure) = self.procedure {
            after.procedure = procedure;
        }
        if let Some(patch) = &self.letter {
            after.letter = tx.patched(before.letter.as_ref(), patch.as_ref(), "/letter")?;
        }
        if let Some(note) = &self.note {
            after.note.clone_from(note);
        }
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        let papers = before.procedure != after.procedure || before.letter != after.letter;
        let after = keep(tx, &before, after, "submission.edited", None)?;
        // Which papers are asked for, or the letter among them, is otherwise than it was appraised (M-30).
        if papers {
            ask_again(tx, &after, None)?;
        }
        // The campaign was found in force, and is held so.
        tx.know(after.clone(), CampaignState::Published);
        Ok(after)
    }
}

/// Removes a draft that was never handed in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Delete {
    /// Which.
    pub id: SubmissionId,
}

impl Command for Delete {
    type Target = Submission;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Submission> {
        proposed(tx, self.id, Action::DraftSubmission)
    }

    fn version(target: &Submission) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Submission) -> Result<()> {
        if !before.state.is_editable() || before.first_submitted_at.is_some() {
            return Err(Error::new(Code::SubmissionLocked));
        }
        attachments::delete_of_submission(tx.conn, before.id)?;
        for nomination in nominations::of_submission(tx.conn, before.id)? {
            nominations::delete(tx.conn, nomination.id)?;
        }
        submissions::delete(tx.conn, &before)?;
        let event = Event::new("submission.deleted", NOUN, before.id)
            .within(before.owner_organization_id, Some(before.division_id))
            .campaign(before.campaign_id)
            .with("before", &before);
        tx.record(event)
    }
}
