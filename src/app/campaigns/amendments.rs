//! Changing published terms: a new version of the plan with a document of its own (5.3, M-20).

use super::{Campaign, NOUN, Shown, held, keep, mirrored, rules, target};
use crate::app::guards::refuse;
use crate::app::quota::permit_override;
use crate::app::{Command, Event, JsonText, Tx};
use crate::domain::document::DocumentRef;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CampaignId, CampaignVersionId};
use crate::domain::plan::{Plan, PlanPatch};
use crate::domain::policy::Action;
use crate::domain::states::CampaignState;
use crate::store::{campaigns, quotas};

/// Amends a published campaign.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Amend {
    /// Which.
    pub id: CampaignId,
    /// The document that amends.
    pub document: DocumentRef,
    /// Why.
    pub reason: String,
    /// Members of the plan that change.
    pub plan: PlanPatch,
}

impl Command for Amend {
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
        if before.campaign.state != CampaignState::Published {
            return Err(Error::new(Code::CampaignNotPublished));
        }
        if self.plan.names("launch_document") {
            let fault = Fault::at("/plan/launch_document", Code::FieldReadOnly);
            return Err(Error::invalid(vec![fault]));
        }
        let plan = tx.merged(Some(&before.plan), &self.plan, "/plan")?;
        if plan == before.plan {
            return Err(Error::invalid(vec![nothing_changes()]));
        }
        rules::check_plan(tx, before.campaign.owner_organization_id, &plan)?;
        check_terms(&before, &plan)?;
        rules::check_forms(tx, &before.campaign, &before.plan, &plan)?;
        if let Some(pointer) = quota_change(&before, &plan) {
            permit_quota(tx, &before, pointer)?;
        }
        let next = Campaign {
            terms_number: before.campaign.terms_number + 1,
            ..before.campaign.clone()
        };
        let after = mirrored(tx, next, &plan)?;
        if after.deadline_at <= after.published_at {
            let fault = Fault::at("/plan/submission/deadline", Code::CampaignDeadlinePast);
            return Err(Error::new(Code::CampaignDeadlinePast).fault(fault));
        }
        rules::check_period(tx, &before.campaign, &after)?;
        rules::check_number(tx, &after, &self.document, "/document/number_raw")?;
        tx.warn_of_future(self.document.issued_on, "/document/issued_on");
        let launched = before.campaign.launched_on;
        if let Some(launched) = launched.filter(|launched| self.document.issued_on < *launched) {
            return Err(Error::invalid(vec![Fault::before(
                "/document/issued_on",
                launched,
            )]));
        }
        let version = campaigns::CampaignVersion {
            id: CampaignVersionId::generate(),
            campaign_id: self.id,
            number: after.terms_number,
            plan: JsonText::of(&plan)?,
            document: Some(JsonText::of(&self.document)?),
            reason: Some(self.reason.clone()),
            made_at: tx.now,
        };
        campaigns::insert_campaign_version(tx.conn, &version)?;
        let event = Event::new("campaign.amended", NOUN, self.id)
            .with("reason", &self.reason)
            .with("document", &self.document)
            .with("plan", crate::app::changed_fields(&before.plan, &plan));
        let campaign = keep(tx, &before.campaign, after, event)?;
        tx.outcome.changed_fields.push("plan".to_owned());
        Ok(Shown { campaign, plan })
    }
}

fn nothing_changes() -> Fault {
    Fault::at("/plan", Code::FieldRequired).says(
        "Quyết định sửa đổi phải thay đổi ít nhất một nội dung của kế hoạch",
        "An amendment changes at least one member of the plan",
    )
}

/// The member by which an amendment sets another quota: its rule, or the day of its denominator.
fn quota_change(before: &Shown, plan: &Plan) -> Option<&'static str> {
    if before.plan.quota != plan.quota {
        return Some("/plan/quota");
    }
    let frozen = before.campaign.roll_frozen_at.is_some();
    if frozen || quotas::roll_date(&before.plan) == quotas::roll_date(plan) {
        return None;
    }
    if before.plan.participation == plan.participation {
        Some("/plan/period/to")
    } else {
        Some("/plan/participation/roll_date")
    }
}

/// Whoever may exceed the quota may set another one; else an amendment would be the way around R-Q1.
fn permit_quota(tx: &Tx<'_>, before: &Shown, pointer: &str) -> Result<()> {
    let place = super::place(&before.campaign);
    permit_override(tx, &before.plan.quota, &place)
        .map_err(|error| error.fault(Fault::at(pointer, Code::AccessForbidden)))
}

/// A published plan stays complete, and a frozen roll keeps its day and its members.
fn check_terms(before: &Shown, plan: &Plan) -> Result<()> {
    let missing = plan.missing_for_publication();
    if !missing.is_empty() {
        return Err(Error {
            faults: missing,
            ..Error::new(Code::CampaignIncomplete)
        });
    }
    if before.campaign.roll_frozen_at.is_none() {
        return Ok(());
    }
    let (old, new) = (&before.plan.quota, &plan.quota);
    let changed = [
        (
            "/plan/participation",
            before.plan.participation != plan.participation,
        ),
        ("/plan/quota/denominator", old.denominator != new.denominator),
        (
            "/plan/quota/denominator_date",
            old.denominator_date != new.denominator_date,
        ),
    ];
    let faults = changed
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(pointer, _)| Fault::at(pointer, Code::RollFrozen));
    refuse(faults.collect())
}
