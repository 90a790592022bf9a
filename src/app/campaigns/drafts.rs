//! Writing a plan: create, change and remove a draft.

use super::{CAMPAIGN, Campaign, NOUN, Shown, held, keep, mirrored, not_in_this_state, rules, target};
use crate::app::guards::refuse;
use crate::app::{Command, Event, JsonText, Tx};
use crate::domain::codes::{CampaignKind, CampaignScope};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CampaignId, CampaignVersionId, OrganizationId};
use crate::domain::plan::{Plan, PlanPatch};
use crate::domain::policy::{Action, Place};
use crate::domain::states::CampaignState;
use crate::store::{campaigns, dialect};

/// Creates a draft.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// The launching organisation.
    pub owner_organization_id: OrganizationId,
    /// Own code.
    pub code: Option<String>,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: CampaignKind,
    /// Reach.
    pub scope: CampaignScope,
    /// The campaign above.
    pub parent_campaign_id: Option<CampaignId>,
    /// The plan as far as it is known.
    pub plan: Plan,
}

impl Command for Create {
    type Target = ();
    type Output = Shown;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<()> {
        let place = Place::of(self.owner_organization_id);
        tx.permit(Action::DraftCampaign, &place).map(drop)
    }

    fn act(&self, tx: &mut Tx<'_>, (): ()) -> Result<Shown> {
        rules::check_owner(tx, self.owner_organization_id)?;
        if self.parent_campaign_id.is_some() {
            dialect::hold_campaign_tree(tx.conn)?;
        }
        rules::check_parent(tx, self.owner_organization_id, None, self.parent_campaign_id)?;
        rules::check_plan(tx, self.owner_organization_id, &self.plan)?;
        let today = tx.today();
        let rule_set_id = rules::rule_set(tx, today, None)?;
        let campaign = mirrored(tx, self.row(tx, rule_set_id), &self.plan)?;
        campaigns::insert(tx.conn, &campaign).map_err(dialect::unique(Code::CampaignCodeTaken))?;
        let version = campaigns::CampaignVersion {
            id: CampaignVersionId::generate(),
            campaign_id: campaign.id,
            number: 1,
            plan: JsonText::of(&self.plan)?,
            document: None,
            reason: None,
            made_at: tx.now,
        };
        campaigns::insert_campaign_version(tx.conn, &version)?;
        campaigns::index(tx.conn, &campaign)?;
        let event = Event::new("campaign.created", NOUN, campaign.id)
            .version(1)
            .within(campaign.owner_organization_id, None)
            .campaign(campaign.id)
            .with("after", &campaign);
        tx.record(event)?;
        Ok(Shown {
            campaign,
            plan: self.plan.clone(),
        })
    }
}

impl Create {
    fn row(&self, tx: &Tx<'_>, rule_set_id: crate::domain::ids::RuleSetId) -> Campaign {
        Campaign {
            id: CampaignId::generate(),
            owner_organization_id: self.owner_organization_id,
            code: self.code.clone(),
            name: self.name.clone(),
            kind: self.kind,
            scope: self.scope,
            state: CAMPAIGN.initial,
            parent_campaign_id: self.parent_campaign_id,
            rule_set_id,
            intake_unit_id: None,
            council_id: None,
            terms_number: 1,
            period_from: None,
            period_to: None,
            opens_at: None,
            deadline_at: None,
            launch_number: None,
            launched_on: None,
            issuer_name: None,
            published_at: None,
            roll_frozen_at: None,
            final_report: None,
            state_reason: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        }
    }
}

/// Changes a draft; an absent member stays, `Some(None)` clears.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: CampaignId,
    /// Own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Option<String>>,
    /// Name.
    pub name: Option<String>,
    /// Kind.
    pub kind: Option<CampaignKind>,
    /// Reach.
    pub scope: Option<CampaignScope>,
    /// The campaign above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_campaign_id: Option<Option<CampaignId>>,
    /// Members of the plan that change.
    pub plan: Option<PlanPatch>,
}

impl Command for Edit {
    type Target = Campaign;
    type Output = Shown;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        target(tx, self.id, Action::DraftCampaign)
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Campaign) -> Result<Shown> {
        let before = held(tx, &seen)?;
        match before.campaign.state {
            CampaignState::Draft => {}
            CampaignState::Published | CampaignState::Concluded | CampaignState::Archived => {
                return Err(Error::new(Code::CampaignTermsLocked));
            }
            other => return Err(not_in_this_state(other)),
        }
        let plan = match &self.plan {
            Some(patch) => tx.merged(Some(&before.plan), patch, "/plan")?,
            None => before.plan.clone(),
        };
        let after = self.changed(&before.campaign);
        if self.parent_campaign_id.is_some() {
            dialect::hold_campaign_tree(tx.conn)?;
        }
        rules::check_parent(
            tx,
            after.owner_organization_id,
            Some(self.id),
            after.parent_campaign_id,
        )?;
        rules::check_plan(tx, after.owner_organization_id, &plan)?;
        let after = mirrored(tx, after, &plan)?;
        if plan == before.plan && tx.unchanged(&before.campaign, &after) {
            return Ok(before);
        }
        campaigns::save_plan(tx.conn, self.id, after.terms_number, &plan)?;
        let event = Event::new("campaign.edited", NOUN, self.id)
            .with("plan", crate::app::changed_fields(&before.plan, &plan))
            .with(
                "plan_before",
                Some(&before.plan).filter(|before| **before != plan),
            );
        let campaign = keep(tx, &before.campaign, after, event)?;
        if plan != before.plan {
            tx.outcome.changed_fields.push("plan".to_owned());
        }
        Ok(Shown { campaign, plan })
    }
}

impl Edit {
    fn changed(&self, before: &Campaign) -> Campaign {
        let mut after = before.clone();
        if let Some(code) = &self.code {
            after.code.clone_from(code);
        }
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        after.kind = self.kind.unwrap_or(after.kind);
        after.scope = self.scope.unwrap_or(after.scope);
        after.parent_campaign_id = self.parent_campaign_id.unwrap_or(after.parent_campaign_id);
        after
    }
}

/// Removes a draft that was never published.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Delete {
    /// Which.
    pub id: CampaignId,
}

impl Command for Delete {
    type Target = Campaign;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        target(tx, self.id, Action::DraftCampaign)
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Campaign) -> Result<()> {
        let Shown { campaign, .. } = held(tx, &seen)?;
        if campaign.state != CampaignState::Draft {
            return Err(not_in_this_state(campaign.state));
        }
        dialect::hold_campaign_tree(tx.conn)?;
        refuse(rules::irremovable(tx, &campaign)?)?;
        campaigns::delete(tx.conn, campaign.id)?;
        let event = Event::new("campaign.deleted", NOUN, campaign.id)
            .version(campaign.version + 1)
            .within(campaign.owner_organization_id, None)
            .campaign(campaign.id)
            .with("before", &campaign);
        tx.record(event)
    }
}
