//! Signing and sending: papers, holds and quota are checked when the batch leaves the house.

use super::{Command, Forwarding, JsonText, Tx};
use super::{called_off, hold_unchanged, impossible, is_open, keep, move_all, next, nominations_of, target};
use crate::app::guards;
use crate::app::moves;
use crate::app::quota::{admit_overridden, check_quota, quota_fault};
use crate::domain::document::Signature;
use crate::domain::error::{Code, Fault, Result};
use crate::domain::ids::{ForwardingId, NominationId};
use crate::domain::policy::Action;
use crate::domain::quota::{Counted, Headcount};
use crate::domain::states::{ForwardingAct, ForwardingState, NOMINATION, NominationAct};
use crate::store::nominations::Nomination;
use crate::store::{campaigns, dialect, forwardings, quotas};

/// Signs the letter.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Sign {
    /// Which.
    pub id: ForwardingId,
    /// In whose place, title and name as printed.
    pub signature: Signature,
    /// Why the quota may be exceeded (R-Q1): whoever sends has no right to say so.
    pub quota_override_reason: Option<String>,
}

impl Command for Sign {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::SignForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Forwarding) -> Result<Forwarding> {
        let before = hold_unchanged(tx, &seen)?;
        if !is_open(before.state) {
            return Err(impossible(before.state));
        }
        let nominations = nominations_of(tx, &before)?;
        guards::refuse(unsignable(tx, &before, &nominations)?)?;
        let signer = tx.caller.individual_id;
        let named = nominations
            .iter()
            .any(|nomination| signer.is_some() && nomination.individual_id == signer);
        if named {
            // Told, not stopped (A16).
            tx.warn(Fault::new(Code::DutyConflict).says(
                "Người ký có tên trong danh sách; nên để cấp phó ký",
                "The signer is on the list; a deputy should sign",
            ));
        }
        let campaign = campaigns::get(tx.conn, before.campaign_id)?;
        let asked = asked(&before, &nominations);
        let overridden = match &self.quota_override_reason {
            None => {
                // Told, not stopped: a place may become free before it is sent, and the quota holds then (R-Q1).
                if let Some(exceeded) = quota_fault(tx, &campaign, &asked)? {
                    tx.warn(exceeded.says(
                        "Vượt tỷ lệ khen thưởng: không gửi được nếu không ký lại kèm lý do (quota_override_reason)",
                        "The quota is exceeded: it cannot be sent unless it is signed with a reason (quota_override_reason)",
                    ));
                }
                false
            }
            Some(reason) => check_quota(tx, &campaign, &asked, Some(reason))?,
        };
        let after = Forwarding {
            signature: Some(JsonText::of(&self.signature)?),
            signed_at: Some(tx.now),
            quota_override_reason: self.quota_override_reason.clone().filter(|_| overridden),
            ..before.clone()
        };
        let reason = after.quota_override_reason.clone();
        keep(tx, &before, after, "forwarding.signed", reason.as_deref())
    }
}

/// Sends a signed batch, or sends it again after a return.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Send {
    /// Which.
    pub id: ForwardingId,
    /// Why the quota may be exceeded (R-Q1).
    pub quota_override_reason: Option<String>,
}

impl Command for Send {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::SendForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Forwarding) -> Result<Forwarding> {
        let before = hold_unchanged(tx, &seen)?;
        let state = next(before.state, ForwardingAct::Send)?;
        let nominations = nominations_of(tx, &before)?;
        guards::refuse(obstacles(tx, &before, &nominations)?)?;
        let asked = asked(&before, &nominations);
        let reason = self.quota_override_reason.as_deref();
        let campaign = campaigns::get(tx.conn, before.campaign_id)?;
        let (kept, reason) = if before.quota_override_reason.is_some() {
            admit_overridden(tx, &campaign, &asked)?;
            (before.quota_override_reason.clone(), None)
        } else {
            let overridden = check_quota(tx, &campaign, &asked, reason)?;
            (
                self.quota_override_reason.clone().filter(|_| overridden),
                reason.filter(|_| overridden),
            )
        };
        warn_of_upstream_quota(tx, &before, &campaign, &nominations)?;
        forwardings::set_live(tx.conn, before.id, true)
            .map_err(dialect::unique(Code::ForwardingItemTaken))?;
        forwardings::address(tx.conn, before.id)?;
        move_all(tx, &before, "nomination.forwarded", NominationAct::Forward, None)?;
        let after = Forwarding {
            state,
            sent_at: Some(tx.now),
            acknowledged_at: None,
            receipt_number: None,
            quota_override_reason: kept,
            state_reason: None,
            ..before.clone()
        };
        keep(tx, &before, after, "forwarding.sent", reason)
    }
}

/// Takes a batch back that nobody has acknowledged: sent to the wrong place, or too early. It is a draft again, which
/// its receiver sees no more; one that the receiver had before and gave back is what it was then.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Recall {
    /// Which.
    pub id: ForwardingId,
    /// Why.
    pub reason: String,
}

impl Command for Recall {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::SendForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Forwarding) -> Result<Forwarding> {
        let before = hold_unchanged(tx, &seen)?;
        let known = before.returned_at.is_some();
        let act = if known {
            ForwardingAct::RecallResent
        } else {
            ForwardingAct::Recall
        };
        let state = next(before.state, act)?;
        let reason = Some(self.reason.as_str());
        let act = NominationAct::ReturnAbove;
        move_all(tx, &before, "nomination.recalled", act, reason)?;
        let after = Forwarding {
            state,
            sent_at: before.sent_at.filter(|_| known),
            signature: None,
            signed_at: None,
            quota_override_reason: None,
            state_reason: Some(self.reason.clone()),
            ..before.clone()
        };
        let after = keep(tx, &before, after, "forwarding.recalled", reason)?;
        if known {
            forwardings::set_live(tx.conn, after.id, false)?;
        } else {
            forwardings::take_address(tx.conn, after.id)?;
        }
        Ok(after)
    }
}

/// What stands in the way of signing: a campaign that was given up (5.3), nominations that went elsewhere, no letter
/// to sign (R-F1).
pub(super) fn unsignable(
    tx: &mut Tx<'_>,
    forwarding: &Forwarding,
    nominations: &[Nomination],
) -> Result<Vec<Fault>> {
    let mut faults: Vec<Fault> = called_off(tx, forwarding.campaign_id)?.into_iter().collect();
    faults.extend(gone(nominations));
    if forwarding.letter.is_none() {
        let missing = Fault::new(Code::ForwardingPapersMissing)
            .says(
                "Chưa có tờ trình để ký",
                "There is no letter yet that could be signed",
            )
            .with("paper", "TO_TRINH");
        faults.push(missing);
    }
    Ok(faults)
}

/// Those of a batch that came back which went up in another one since, or were decided on: it stays what it was.
pub(super) fn gone(nominations: &[Nomination]) -> Vec<Fault> {
    let stays = |one: &&Nomination| NOMINATION.next(one.state, NominationAct::Forward).is_none();
    let fault = |one: &Nomination| {
        Fault::new(Code::StateTransition)
            .says(
                "Có đề nghị trong tờ trình này đã được trình lại hoặc đã có kết quả; hãy lập tờ trình mới cho các đề nghị còn lại",
                "A nomination of this batch went up in another one or was decided on; make a new batch for the others",
            )
            .with("object", NOMINATION.noun)
            .with("current_state", one.state.as_str())
            .with("allowed_actions", NOMINATION.verbs(one.state))
            .with("nomination_id", one.id.to_string())
    };
    nominations.iter().filter(stays).map(fault).collect()
}

/// What stands in the way of sending, but for the quota: what keeps from signing, missing papers (R-F1) and holds
/// (R-N2).
fn obstacles(tx: &mut Tx<'_>, forwarding: &Forwarding, nominations: &[Nomination]) -> Result<Vec<Fault>> {
    let ids: Vec<NominationId> = nominations.iter().map(|nomination| nomination.id).collect();
    let minutes = forwardings::with_minutes(tx.conn, &ids)?;
    let reports = forwardings::with_report(tx.conn, &ids)?;
    let missing = |paper: &str| Fault::new(Code::ForwardingPapersMissing).with("paper", paper);
    // What is missing of a nomination is said with its name.
    let lacking = |paper: &str, of: &Nomination| {
        let name = &of.display_name;
        let told = if paper == "BAO_CAO" {
            (
                format!("Thiếu báo cáo thành tích của {name}"),
                format!("The achievement report of {name} is missing"),
            )
        } else {
            (
                format!("Thiếu biên bản họp Hội đồng về {name}"),
                format!("The minutes of the council on {name} are missing"),
            )
        };
        let fault = missing(paper).says(told.0, told.1);
        fault.with("nomination_id", of.id.to_string())
    };
    let mut faults: Vec<Fault> = called_off(tx, forwarding.campaign_id)?.into_iter().collect();
    faults.extend(gone(nominations));
    if forwarding.letter.is_none() {
        faults.push(missing("TO_TRINH").says("Chưa có tờ trình", "There is no letter yet"));
    }
    if forwarding.signature.is_none() {
        let unsigned = missing("SIGNATURE").says("Tờ trình chưa được ký", "The letter is not signed yet");
        faults.push(unsigned);
    }
    for nomination in nominations {
        for (paper, there) in [("BIEN_BAN_HOP", &minutes), ("BAO_CAO", &reports)] {
            if !there.contains(&nomination.id) {
                faults.push(lacking(paper, nomination));
            }
        }
    }
    for nomination in nominations.iter().filter(|one| one.hold_reason.is_some()) {
        let id = nomination.id.to_string();
        faults.push(Fault::new(Code::NominationHeld).with("nomination_id", id));
    }
    // What came back keeps no places: another batch may have taken one of its nominations since.
    if forwarding.state == ForwardingState::Returned {
        for id in forwardings::taken(tx.conn, &ids)? {
            faults.push(Fault::new(Code::ForwardingItemTaken).with("nomination_id", id.to_string()));
        }
    }
    Ok(faults)
}

/// The same with the quota, for `allowed_actions`.
pub(super) fn blocked(
    tx: &mut Tx<'_>,
    forwarding: &Forwarding,
    nominations: &[Nomination],
) -> Result<Vec<Fault>> {
    let faults = obstacles(tx, forwarding, nominations)?;
    if !faults.is_empty() || forwarding.quota_override_reason.is_some() {
        return Ok(faults);
    }
    let campaign = campaigns::get(tx.conn, forwarding.campaign_id)?;
    let fault = quota_fault(tx, &campaign, &asked(forwarding, nominations))?;
    Ok(fault.into_iter().collect())
}

/// The places of the quota that a batch takes.
fn asked(forwarding: &Forwarding, nominations: &[Nomination]) -> Vec<Counted> {
    nominations
        .iter()
        .map(|nomination| moves::counted(nomination, &forwarding.form))
        .collect()
}

/// A limit set above is only remarked: the level above keeps it itself (5.8). It holds for all forwardings
/// of the form together.
fn warn_of_upstream_quota(
    tx: &mut Tx<'_>,
    forwarding: &Forwarding,
    campaign: &campaigns::Campaign,
    nominations: &[Nomination],
) -> Result<()> {
    let plan = campaigns::current_plan(tx.conn, campaign)?;
    let form = forwarding.form.as_str();
    let Some(limit) = plan.upstream_quotas.iter().find(|limit| limit.form == form) else {
        return Ok(());
    };
    let above = quotas::above(tx.conn, campaign.id, form)?;
    let mut asked = Headcount::default();
    for nomination in nominations {
        asked.add(nomination.subject_kind, 1);
    }
    for line in limit.excess(above, asked) {
        let remark = Fault::new(Code::QuotaExceeded)
            .says(
                "Vượt số lượng cấp trên phân bổ",
                "More than the level above allots",
            )
            .with("subject_kind", line.subject_kind.as_str())
            .with("limit", line.limit)
            .with("above", line.above)
            .with("asked", line.asked);
        tx.warn(remark);
    }
    Ok(())
}
