//! The quota as a shared rule of the acts that take places (R-Q1): confirming a council's result,
//! forwarding, issuing. Not a use case: the act that calls it holds the campaign alone.

use super::{Event, Tx};
use crate::domain::codes::QuotaReading;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::policy::Action;
use crate::domain::quota::{self, Counted, Reading};
use crate::store::campaigns::Campaign;
use crate::store::{filter, quotas};

/// Admits `asked` beside what is counted already, or refuses with all four readings.
///
/// With `enforcement = WARN` the excess is a warning. With a reason and the right to override, the
/// excess is admitted and journalled.
///
/// # Errors
/// `quota.exceeded` with `readings`, `which` and `lines`; `access.forbidden` for an override without
/// the right.
pub fn check_quota(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    asked: &[Counted],
    override_reason: Option<&str>,
) -> Result<()> {
    let (rule, participants, counted) = quotas::standing(tx.conn, campaign.id)?;
    let exceeded = match quota::check(&rule, &participants, &counted, asked) {
        Ok(readings) => {
            warn_of_excess(tx, &readings);
            return Ok(());
        }
        Err(exceeded) => exceeded,
    };
    let value = |value: serde_json::Result<serde_json::Value>| value.map_err(Error::internal);
    let readings = value(serde_json::to_value(&exceeded.readings))?;
    let Some(reason) = override_reason else {
        return Err(Error::new(Code::QuotaExceeded)
            .with("which", exceeded.which.as_str())
            .with("lines", value(serde_json::to_value(&exceeded.lines))?)
            .with("readings", readings));
    };
    let place = filter::place_of_campaign(
        campaign.owner_organization_id,
        campaign.council_id,
        campaign.state,
    );
    tx.permit(Action::OverrideQuota, &place)?;
    tx.warn(excess(exceeded.which));
    let event = Event::new("quota.overridden", "campaign", campaign.id)
        .within(campaign.owner_organization_id, None)
        .campaign(campaign.id)
        .with("reason", reason)
        .with("readings", readings);
    tx.record(event)
}

fn warn_of_excess(tx: &mut Tx<'_>, readings: &[Reading]) {
    let enforced = readings
        .iter()
        .find(|reading| reading.enforced && reading.exceeded);
    if let Some(reading) = enforced {
        tx.warn(excess(reading.reading));
    }
}

fn excess(which: QuotaReading) -> Fault {
    Fault::new(Code::QuotaExceeded).with("which", which.as_str())
}
