//! The quota as a shared rule of the acts that take places (R-Q1): confirming a council's result,
//! forwarding, issuing. Not a use case: the act that calls it holds the campaign alone.

use super::guards::refuse;
use super::{Event, Tx};
use crate::domain::codes::QuotaReading;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::policy::{Action, Place};
use crate::domain::quota::{self, Counted, QuotaExceeded, QuotaLine, QuotaRule, Reading};
use crate::store::campaigns::Campaign;
use crate::store::{filter, quotas};

/// Admits `asked` beside what is counted already, or refuses with all four readings.
///
/// With `enforcement = WARN` the excess is a warning. With a reason and the right to override, the
/// excess is admitted, remarked and journalled. Answers whether it was overridden.
///
/// # Errors
/// `quota.exceeded` with `readings`, `which` and `lines`; `access.forbidden` for an override without
/// the right.
pub fn check_quota(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    asked: &[Counted],
    override_reason: Option<&str>,
) -> Result<bool> {
    let (rule, admitted) = held_to(tx, campaign, asked)?;
    let exceeded = match admitted {
        Ok(readings) => {
            // With WARN the act passes; whoever acts sees by what it exceeds.
            let lines = quota::excess(&rule, &readings, asked);
            if !lines.is_empty() {
                tx.warn(remark(rule.enforced(), &lines, &readings)?);
            }
            return Ok(false);
        }
        Err(exceeded) => exceeded,
    };
    let remark = refusal(&exceeded)?;
    let Some(reason) = override_reason else {
        return refuse(vec![remark]).map(|()| false);
    };
    let place = filter::place_of_campaign(
        campaign.owner_organization_id,
        campaign.council_id,
        campaign.published_at,
    );
    tx.permit_beside(Action::OverrideQuota, &place)?;
    permit_override(tx, &rule, &place)?;
    let role = rule.override_role;
    tx.warn(remark);
    let event = Event::new("quota.overridden", "campaign", campaign.id)
        .within(campaign.owner_organization_id, None)
        .campaign(campaign.id)
        .in_role(role)
        .with("reason", reason)
        .with("readings", &exceeded.readings);
    tx.record(event)?;
    Ok(true)
}

/// Admits what exceeds because somebody with the right to it has said so before; it stays remarked.
///
/// # Errors
/// The driver's error.
pub fn admit_overridden(tx: &mut Tx<'_>, campaign: &Campaign, asked: &[Counted]) -> Result<()> {
    if let Some(remark) = quota_fault(tx, campaign, asked)? {
        tx.warn(remark);
    }
    Ok(())
}

/// The role that the rule lets exceed it, held at the very place of the campaign.
///
/// # Errors
/// `access.forbidden` with `required_role`.
pub fn permit_override(tx: &Tx<'_>, rule: &QuotaRule, place: &Place) -> Result<()> {
    let role = rule.override_role;
    if tx.may_as(&[role], Action::OverrideQuota, place) {
        Ok(())
    } else {
        Err(Error::new(Code::AccessForbidden).with("required_role", role.as_str()))
    }
}

/// The excess with its figures: the reading that is enforced, its lines, and all four readings.
fn remark(which: QuotaReading, lines: &[QuotaLine], readings: &[Reading]) -> Result<Fault> {
    let value = |value: serde_json::Result<serde_json::Value>| value.map_err(Error::internal);
    Ok(Fault::new(Code::QuotaExceeded)
        .with("which", which.as_str())
        .with("lines", value(serde_json::to_value(lines))?)
        .with("readings", value(serde_json::to_value(readings))?))
}

/// The quota as an obstacle, where nobody overrides it.
///
/// # Errors
/// The driver's error.
pub fn quota_fault(tx: &mut Tx<'_>, campaign: &Campaign, asked: &[Counted]) -> Result<Option<Fault>> {
    match held_to(tx, campaign, asked)?.1 {
        Ok(_) => Ok(None),
        Err(exceeded) => refusal(&exceeded).map(Some),
    }
}

fn held_to(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    asked: &[Counted],
) -> Result<(QuotaRule, std::result::Result<Vec<Reading>, QuotaExceeded>)> {
    let (rule, participants, counted) = quotas::standing(tx.conn, campaign.id)?;
    let admitted = quota::check(&rule, &participants, &counted, asked);
    Ok((rule, admitted))
}

fn refusal(exceeded: &QuotaExceeded) -> Result<Fault> {
    remark(exceeded.which, &exceeded.lines, &exceeded.readings)
}
