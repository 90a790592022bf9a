//! Taking places of a campaign's quota (R-Q1) inside decisions and forwardings, under the campaign's
//! exclusive lock.

use super::Tx;
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::CampaignId;
use crate::domain::plan::Plan;
use crate::domain::policy::{Action, Place};
use crate::domain::quota::{self, Counted, Headcount, Participants, SubjectKey};
use crate::store::decisions;
use crate::store::nominations::Nomination;

/// A nomination that asks for a place, with the form in which it would be rewarded.
pub fn counted(nomination: &Nomination, form: &str) -> Counted {
    Counted {
        nomination: nomination.id,
        subject: SubjectKey {
            kind: nomination.subject_kind,
            id: nomination.subject_id.0,
        },
        form: form.to_owned(),
        division: Some(nomination.division_id),
        used: nomination.state.has_used_quota(),
    }
}

/// Admits what is asked beside what already takes a place; one that has a place keeps it. With a reason
/// the one who may override goes beyond the limit.
///
/// # Errors
/// `quota.exceeded` with the readings; `access.forbidden` for an override without the right.
pub fn take(
    tx: &mut Tx<'_>,
    campaign: CampaignId,
    plan: &Plan,
    asked: &[Counted],
    override_reason: Option<&str>,
) -> Result<()> {
    let taken: Vec<Counted> = decisions::taking_places(tx.conn, campaign)?
        .iter()
        .map(|nomination| counted(nomination, &nomination.form))
        .collect();
    let participants = participants(tx, campaign, plan)?;
    let Err(exceeded) = quota::check(&plan.quota, &participants, &taken, asked) else {
        return Ok(());
    };
    if override_reason.is_some() {
        let owner = crate::store::campaigns::get(tx.conn, campaign)?.owner_organization_id;
        tx.permit(Action::OverrideQuota, &Place::of(owner))?;
        return Ok(());
    }
    let value = |value: serde_json::Result<serde_json::Value>| value.map_err(Error::internal);
    Err(Error::new(Code::QuotaExceeded)
        .with("reading", exceeded.which.as_str())
        .with("lines", value(serde_json::to_value(&exceeded.lines))?)
        .with("readings", value(serde_json::to_value(&exceeded.readings))?))
}

fn participants(tx: &mut Tx<'_>, campaign: CampaignId, plan: &Plan) -> Result<Participants> {
    let mut participants = Participants::default();
    for (kind, division, lines) in decisions::roll(tx.conn, campaign)? {
        let lines = u32::try_from(lines).map_err(Error::internal)?;
        add(&mut participants.total, kind, lines);
        add(
            participants.divisions.entry(Some(division)).or_default(),
            kind,
            lines,
        );
    }
    if let Some(manual) = plan.quota.manual {
        participants.total = manual;
    }
    Ok(participants)
}

fn add(headcount: &mut Headcount, kind: crate::domain::codes::SubjectKind, lines: u32) {
    use crate::domain::codes::SubjectKind;
    let group = match kind {
        SubjectKind::Collective => &mut headcount.collectives,
        SubjectKind::Individual => &mut headcount.individuals,
        SubjectKind::Household => &mut headcount.households,
    };
    *group = group.saturating_add(lines);
}
