//! The acts that lead a campaign through its states (5.3).

use super::{Campaign, NOUN, Shown, action, held, keep, mirrored, not_in_this_state, rules, target};
use crate::app::{Command, Event, JsonText, Tx};
use crate::domain::codes::Route;
use crate::domain::document::DocumentRef;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::CampaignId;
use crate::domain::states::{CAMPAIGN, CampaignAct};
use crate::domain::time::Instant;
use crate::store::{campaigns, organizations};

/// What is done with a campaign.
#[derive(Debug, Clone, serde::Serialize)]
pub enum Step {
    /// Hands the draft to the one who approves.
    RequestApproval,
    /// Gives it back to the drafter.
    Return {
        /// Why.
        reason: String,
    },
    /// Approves it.
    Approve,
    /// Numbers and publishes the plan.
    Publish {
        /// The plan's document with its number and date.
        launch_document: Box<DocumentRef>,
    },
    /// Closes it with the final review.
    Conclude {
        /// Report of the final review (báo cáo tổng kết).
        final_report: Box<DocumentRef>,
    },
    /// Files it.
    Archive,
    /// Gives it up.
    Cancel {
        /// Why.
        reason: String,
    },
}

impl Step {
    const fn act(&self) -> CampaignAct {
        match self {
            Self::RequestApproval => CampaignAct::RequestApproval,
            Self::Return { .. } => CampaignAct::Return,
            Self::Approve => CampaignAct::Approve,
            Self::Publish { .. } => CampaignAct::Publish,
            Self::Conclude { .. } => CampaignAct::Conclude,
            Self::Archive => CampaignAct::Archive,
            Self::Cancel { .. } => CampaignAct::Cancel,
        }
    }

    const fn event(&self) -> &'static str {
        match self {
            Self::RequestApproval => "campaign.approval_requested",
            Self::Return { .. } => "campaign.returned",
            Self::Approve => "campaign.approved",
            Self::Publish { .. } => "campaign.published",
            Self::Conclude { .. } => "campaign.concluded",
            Self::Archive => "campaign.archived",
            Self::Cancel { .. } => "campaign.cancelled",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Return { reason } | Self::Cancel { reason } => Some(reason),
            _ => None,
        }
    }
}

/// One act on a campaign.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Act {
    /// Which.
    pub id: CampaignId,
    /// What.
    pub step: Step,
}

impl Command for Act {
    type Target = Campaign;
    type Output = Shown;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        target(tx, self.id, action(self.step.act()))
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Campaign) -> Result<Shown> {
        let mut shown = held(tx, &seen)?;
        let before = shown.campaign.clone();
        let act = self.step.act();
        let state = CAMPAIGN
            .next(before.state, act)
            .ok_or_else(|| not_in_this_state(before.state))?;
        rules::enforce(tx, &shown, act)?;
        let mut after = Campaign {
            state,
            state_reason: self.step.reason().map(str::to_owned),
            ..before.clone()
        };
        match &self.step {
            Step::Publish { launch_document } => publish(tx, &mut after, &mut shown, launch_document)?,
            Step::Conclude { final_report } => {
                if let Some(from) = before.period_from {
                    tx.warn_if_before(final_report.issued_on, from, "/final_report/issued_on");
                }
                after.final_report = Some(JsonText::of(final_report.as_ref())?);
            }
            _ => {}
        }
        let event = Event::new(self.step.event(), NOUN, before.id)
            .moved(before.state, state)
            .with("reason", self.step.reason());
        let campaign = keep(tx, &before, after, event)?;
        Ok(Shown {
            campaign,
            plan: shown.plan,
        })
    }
}

/// The instant, the printed number, the issuer's name and the rules of that day are kept for good:
/// later changes of law or organisation do not touch them (A17, scenario 13).
fn publish(tx: &mut Tx<'_>, after: &mut Campaign, shown: &mut Shown, document: &DocumentRef) -> Result<()> {
    // The deadline is that of the calendar on the day of publication, not of the last edit (M-8).
    *after = mirrored(tx, after.clone(), &shown.plan)?;
    rules::check_number(tx, after, document, "/launch_document/number_raw")?;
    tx.warn_of_future(document.issued_on, "/launch_document/issued_on");
    // R-C3, for the date as printed: nobody can hand in by a plan that is issued after its deadline.
    let issued = Instant::start_of_day(document.issued_on, tx.config.zone);
    if after.deadline_at.is_some_and(|deadline| deadline <= issued) {
        let fault = Fault::at("/launch_document/issued_on", Code::CampaignDeadlinePast);
        return Err(Error::new(Code::CampaignDeadlinePast).fault(fault));
    }
    let owner = organizations::get(tx.conn, after.owner_organization_id)?;
    after.rule_set_id = rules::rule_set(tx, document.issued_on, Some("/launch_document/issued_on"))?;
    after.issuer_name = Some(owner.name);
    after.launch_number = Some(document.number_raw.clone());
    after.launched_on = Some(document.issued_on);
    after.published_at = Some(tx.now);
    shown.plan.launch_document = Some(document.clone());
    campaigns::save_plan(tx.conn, after.id, after.terms_number, &shown.plan)?;
    let goes_up = shown
        .plan
        .award_options
        .iter()
        .any(|option| option.route == Route::Up);
    if goes_up && shown.plan.upstream_deadline.is_none() {
        let reminder = Fault::at("/plan/upstream_deadline", Code::FieldRequired).says(
            "Kế hoạch chưa nêu hạn trình cấp trên",
            "The plan does not say when to forward to the level above",
        );
        tx.warn(reminder);
    }
    Ok(())
}
