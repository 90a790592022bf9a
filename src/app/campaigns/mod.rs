//! Campaigns: drafted by the standing office, approved by the Director, numbered and published by the
//! clerk (`domain.md` 5.3). After publication the terms change only through an amendment.

mod acts;
mod amendments;
mod drafts;
mod rules;

use super::{Event, Possible, Rows, Slice, Tx};
use crate::domain::codes::{CampaignPhase, Intake};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::CampaignId;
use crate::domain::plan::Plan;
use crate::domain::policy::{Action, Place};
use crate::domain::states::{CAMPAIGN, CampaignAct, CampaignState};
use crate::domain::time::{CampaignPeriod, Deadline, Instant, intake};
use crate::store::{campaigns, dialect, filter, participants};

pub use crate::store::campaigns::{Campaign, CampaignVersion, Wanted};
pub use acts::{Act, Step};
pub use amendments::Amend;
pub use drafts::{Create, Delete, Edit};

const NOUN: &str = "campaign";

/// A campaign with the plan of its current version.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The campaign.
    pub campaign: Campaign,
    /// Its current plan.
    pub plan: Plan,
}

/// Reads one campaign.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: CampaignId) -> Result<Shown> {
    let campaign = campaigns::get(tx.conn, id)?;
    tx.require(Action::ReadCampaign, &place(&campaign))?;
    let plan = campaigns::current_plan(tx.conn, &campaign)?;
    Ok(Shown { campaign, plan })
}

/// A page of campaigns, the latest made first.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Campaign>> {
    let visibility = tx.sees(Action::ReadCampaign);
    let wanted = Wanted {
        today: tx.today(),
        ..wanted.clone()
    };
    campaigns::list(tx.conn, &visibility, &wanted, slice)
}

/// Versions of a campaign's plan, from a number on.
///
/// # Errors
/// `resource.not_found`.
pub fn versions(tx: &mut Tx<'_>, id: CampaignId, from: i32, slice: &Slice) -> Result<Rows<CampaignVersion>> {
    read(tx, id)?;
    campaigns::versions(tx.conn, id, from, slice)
}

/// One version of a campaign's plan.
///
/// # Errors
/// `resource.not_found`.
pub fn version(tx: &mut Tx<'_>, id: CampaignId, number: i32) -> Result<CampaignVersion> {
    read(tx, id)?;
    campaigns::version_of(tx.conn, id, number)
}

/// Where a campaign stands for the policy.
pub fn place(campaign: &Campaign) -> Place {
    filter::place_of_campaign(
        campaign.owner_organization_id,
        campaign.council_id,
        campaign.published_at,
    )
}

/// The period, once both days are known.
pub fn period(campaign: &Campaign) -> Option<CampaignPeriod> {
    CampaignPeriod::new(campaign.period_from?, campaign.period_to?).ok()
}

/// Phase on the day of the request; derived, never stored.
pub fn phase(tx: &Tx<'_>, campaign: &Campaign) -> Option<CampaignPhase> {
    period(campaign).map(|period| period.phase(tx.now, tx.config.zone))
}

/// Whether dossiers are taken now; derived, never stored. Dossiers open with the publication unless
/// the plan says otherwise (5.7), and close with the campaign.
pub fn intake_at(campaign: &Campaign, now: Instant) -> Intake {
    match campaign.state {
        CampaignState::Published => intake(
            now,
            campaign.opens_at.or(campaign.published_at),
            campaign.deadline_at.map(Deadline),
        ),
        CampaignState::Concluded | CampaignState::Archived | CampaignState::Cancelled => Intake::Closed,
        CampaignState::Draft | CampaignState::InApproval | CampaignState::Approved => Intake::NotOpen,
    }
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, shown: &Shown) -> Result<Vec<Possible>> {
    let campaign = &shown.campaign;
    let place = place(campaign);
    let mut all = Vec::new();
    if campaign.state == CampaignState::Draft {
        all.push(tx.possible("edit", Action::DraftCampaign, &place, Vec::new()));
        let irremovable = rules::irremovable(tx, campaign)?;
        all.push(tx.possible("delete", Action::DraftCampaign, &place, irremovable));
    }
    for act in CAMPAIGN.allowed(campaign.state) {
        let guards = rules::guards(tx, shown, act)?;
        all.push(tx.possible(verb(act), action(act), &place, guards));
    }
    if campaign.state == CampaignState::Published {
        let amend = tx.possible("amend", Action::DraftCampaign, &place, Vec::new());
        all.push(amend.below("POST", "amendments"));
        let owner = Place::of(campaign.owner_organization_id);
        let frozen = || match campaign.roll_frozen_at {
            Some(_) => vec![Fault::new(Code::RollFrozen)],
            None => Vec::new(),
        };
        let roll = |verb| tx.possible(verb, Action::ManageParticipant, &owner, frozen());
        all.push(
            roll("add-participant")
                .below("POST", "participants")
                .unversioned(),
        );
        let mut rules = frozen();
        let may = tx.may(Action::ManageParticipant, &owner);
        if may && rules.is_empty() && !participants::has_denominator(tx.conn, campaign, &shown.plan)? {
            rules.push(Fault::new(Code::RollEmpty));
        }
        let freeze = tx.possible("freeze-roll", Action::ManageParticipant, &owner, rules);
        all.push(freeze.below("POST", "participants/freeze"));
        if campaign.roll_frozen_at.is_some() {
            let admit = tx.possible("admit-participant", Action::AdmitParticipant, &owner, Vec::new());
            all.push(admit.below("POST", "participants/admit").unversioned());
        }
    }
    Ok(all)
}

/// Last segment of the path of an act.
const fn verb(act: CampaignAct) -> &'static str {
    match act {
        CampaignAct::RequestApproval => "request-approval",
        CampaignAct::Return => "return",
        CampaignAct::Approve => "approve",
        CampaignAct::Publish => "publish",
        CampaignAct::Conclude => "conclude",
        CampaignAct::Archive => "archive",
        CampaignAct::Cancel => "cancel",
    }
}

/// What an act asks of the policy.
const fn action(act: CampaignAct) -> Action {
    match act {
        CampaignAct::RequestApproval | CampaignAct::Conclude | CampaignAct::Archive => Action::DraftCampaign,
        CampaignAct::Return | CampaignAct::Approve => Action::ApproveCampaign,
        CampaignAct::Publish => Action::PublishCampaign,
        CampaignAct::Cancel => Action::CancelCampaign,
    }
}

/// Finds a campaign for an act: invisible → 404, visible but not allowed → 403.
fn target(tx: &mut Tx<'_>, id: CampaignId, action: Action) -> Result<Campaign> {
    let campaign = campaigns::get(tx.conn, id)?;
    let place = place(&campaign);
    tx.require(Action::ReadCampaign, &place)?;
    tx.require(action, &place)?;
    Ok(campaign)
}

/// Takes the campaign alone and reads it again: what `load` saw may be over.
fn held(tx: &mut Tx<'_>, seen: &Campaign) -> Result<Shown> {
    dialect::hold(tx.conn, seen.id)?;
    let campaign = campaigns::get(tx.conn, seen.id)?;
    if campaign.version != seen.version {
        return Err(Error::stale(campaign.version));
    }
    let plan = campaigns::current_plan(tx.conn, &campaign)?;
    Ok(Shown { campaign, plan })
}

/// Refuses an act that the state does not permit, naming what it permits.
fn not_in_this_state(state: CampaignState) -> Error {
    Error::transition(CAMPAIGN.noun, state.as_str(), CAMPAIGN.verbs(state))
}

/// The first instant that is late, by the calendar as it stands now (M-8).
fn deadline(tx: &mut Tx<'_>, plan: &Plan) -> Result<Option<Instant>> {
    let Some(rule) = plan.submission.deadline else {
        return Ok(None);
    };
    let calendar = crate::store::reference::calendar(tx.conn)?;
    Ok(Some(rule.instant(tx.config.zone, &calendar)))
}

/// Repeats in the columns what is queried or enforced of the plan (M-20).
fn mirrored(tx: &mut Tx<'_>, campaign: Campaign, plan: &Plan) -> Result<Campaign> {
    Ok(Campaign {
        intake_unit_id: plan.submission.intake_unit_id,
        council_id: plan.council_id,
        period_from: plan.period.map(|period| period.from),
        period_to: plan.period.map(|period| period.to),
        opens_at: plan.submission.opens_at,
        deadline_at: deadline(tx, plan)?,
        ..campaign
    })
}

/// Stores the change with its next version, search words and journal entry.
fn keep(tx: &mut Tx<'_>, before: &Campaign, after: Campaign, event: Event) -> Result<Campaign> {
    let after = Campaign {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    campaigns::save_if(tx.conn, &after, before.version)?;
    if before.name != after.name || before.code != after.code {
        campaigns::index(tx.conn, &after)?;
    }
    tx.changed(before, &after);
    let event = event
        .version(after.version)
        .within(after.owner_organization_id, None)
        .campaign(after.id)
        .diff(before, &after);
    tx.record(event)?;
    Ok(after)
}
