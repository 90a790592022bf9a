//! The roll of a campaign: who takes part (S6), and thereby the denominator of the quota (5.8). It is
//! kept by the standing office until it is frozen.

mod import;
mod lines;

use super::{Command, Event, Possible, Rows, Slice, Tx};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::policy::{Action, Place};
use crate::domain::states::CampaignState;
use crate::store::campaigns::{self, Campaign};
use crate::store::{dialect, filter, participants, quotas};

pub use crate::store::participants::{Participant, Wanted};
pub use import::{FromRoll, ImportLines};
pub use lines::{Add, Admit, Change, Line, Remove};

const NOUN: &str = "participant";

/// A page of a roll by name.
///
/// # Errors
/// `resource.not_found`.
pub fn list(
    tx: &mut Tx<'_>,
    campaign: CampaignId,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Participant>> {
    visible(tx, campaign)?;
    let visibility = tx.sees(Action::ReadParticipant);
    participants::list(tx.conn, campaign, &visibility, wanted, slice)
}

/// Reads one line.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: ParticipantId) -> Result<Participant> {
    let participant = participants::get(tx.conn, id)?;
    tx.require(Action::ReadParticipant, &place(&participant))?;
    Ok(participant)
}

/// What the caller may do with a line.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, participant: &Participant) -> Result<Vec<Possible>> {
    let campaign = campaigns::get(tx.conn, participant.campaign_id)?;
    let place = place(participant);
    let locked: Vec<Fault> = locked(&campaign)
        .map(|error| Fault::new(error.code))
        .into_iter()
        .collect();
    let mut removal = locked.clone();
    if participants::is_nominated(tx.conn, participant)? {
        removal.push(Fault::new(Code::ParticipantInUse));
    }
    Ok(vec![
        tx.possible("edit", Action::ManageParticipant, &place, locked),
        tx.possible("delete", Action::ManageParticipant, &place, removal),
    ])
}

/// The quota of a campaign in all readings, with what its figures rest on.
#[derive(Debug, Clone)]
pub struct Quota {
    /// The campaign.
    pub campaign: Campaign,
    /// What it comes to.
    pub standing: quotas::Standing,
}

/// Reads the quota.
///
/// # Errors
/// `resource.not_found`, `access.forbidden`.
pub fn quota(tx: &mut Tx<'_>, id: CampaignId) -> Result<Quota> {
    let campaign = visible(tx, id)?;
    tx.permit(Action::ReadQuota, &place_of(&campaign))?;
    let standing = quotas::kept_or_counted(tx.conn, id)?;
    Ok(Quota { campaign, standing })
}

/// Freezes the roll: from now on the denominator does not change.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Freeze {
    /// Of which campaign.
    pub campaign_id: CampaignId,
}

impl Command for Freeze {
    type Target = Campaign;
    type Output = Campaign;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        manageable(tx, self.campaign_id)
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Campaign) -> Result<Campaign> {
        dialect::hold(tx.conn, seen.id)?;
        let before = campaigns::get(tx.conn, seen.id)?;
        if before.version != seen.version {
            return Err(Error::stale(before.version));
        }
        if before.state != CampaignState::Published {
            return Err(Error::new(Code::CampaignNotPublished));
        }
        if let Some(error) = locked(&before) {
            return Err(error);
        }
        let plan = campaigns::current_plan(tx.conn, &before)?;
        if !participants::has_denominator(tx.conn, &before, &plan)? {
            return Err(Error::new(Code::RollEmpty));
        }
        if let Some(day) = quotas::roll_date(&plan).filter(|day| *day > tx.today()) {
            // Whoever joins until then can only be admitted without being counted.
            let early = Fault::new(Code::DateInFuture).says(
                "Ngày chốt danh sách theo kế hoạch còn ở tương lai; ai tham gia sau hôm nay sẽ không được tính",
                "The day of the roll lies in the future; whoever joins after today will not count",
            );
            tx.warn(early.with("date", day.to_string()));
        }
        participants::freeze(tx.conn, &before, &plan)?;
        let after = Campaign {
            roll_frozen_at: Some(tx.now),
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        campaigns::save_if(tx.conn, &after, before.version)?;
        let participants = quotas::participants_of(tx.conn, &after, &plan)?;
        let event = Event::new("roll.frozen", "campaign", after.id)
            .version(after.version)
            .within(after.owner_organization_id, None)
            .campaign(after.id)
            .with("roll_date", quotas::roll_date(&plan))
            .with("participants", participants.total);
        tx.record(event)?;
        Ok(after)
    }
}

fn place(participant: &Participant) -> Place {
    Place::in_division(participant.owner_organization_id, participant.division_id)
}

fn place_of(campaign: &Campaign) -> Place {
    filter::place_of_campaign(
        campaign.owner_organization_id,
        campaign.council_id,
        campaign.published_at,
    )
}

fn visible(tx: &mut Tx<'_>, id: CampaignId) -> Result<Campaign> {
    let campaign = campaigns::get(tx.conn, id)?;
    tx.require(Action::ReadCampaign, &place_of(&campaign))?;
    Ok(campaign)
}

/// The campaign whose roll the caller keeps.
fn manageable(tx: &mut Tx<'_>, id: CampaignId) -> Result<Campaign> {
    let campaign = visible(tx, id)?;
    tx.permit(
        Action::ManageParticipant,
        &Place::of(campaign.owner_organization_id),
    )?;
    Ok(campaign)
}

/// Why the roll cannot be changed any more.
fn locked(campaign: &Campaign) -> Option<Error> {
    match campaign.state {
        CampaignState::Concluded | CampaignState::Archived | CampaignState::Cancelled => {
            Some(Error::new(Code::CampaignNotPublished))
        }
        _ if campaign.roll_frozen_at.is_some() => Some(Error::new(Code::RollFrozen)),
        _ => None,
    }
}

/// Keeps the freeze away while the roll is changed, and sees whether it was frozen meanwhile.
fn open_roll(tx: &mut Tx<'_>, id: CampaignId) -> Result<Campaign> {
    dialect::hold_shared(tx.conn, id)?;
    still_open(tx, id)
}

/// As [`open_roll`], where the act holds the campaign already.
fn still_open(tx: &mut Tx<'_>, id: CampaignId) -> Result<Campaign> {
    let campaign = campaigns::get(tx.conn, id)?;
    match locked(&campaign) {
        Some(error) => Err(error),
        None => Ok(campaign),
    }
}
