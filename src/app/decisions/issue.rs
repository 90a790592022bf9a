//! Putting a decision in force: quota, money and states change here, all under the campaign's exclusive
//! lock and on rows that were read after it (R-Q1, R-D5, R-R1).

use std::collections::{BTreeMap, BTreeSet};

use super::award::{self, Candidate};
use super::{Command, Decision, DecisionItem, Tx};
use super::{action, hold_unchanged, keep, next, plan_of, recovery, target};
use crate::app::guards::{refuse, told};
use crate::app::moves::{self, Cause};
use crate::app::prize;
use crate::app::quota::{check_quota, quota_fault};
use crate::domain::codes::{DecisionItemState, DecisionType, Route};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{DecisionId, DecisionItemId, NominationId};
use crate::domain::plan::Plan;
use crate::domain::states::{DecisionAct, NominationAct, NominationState};
use crate::store::nominations::{self, Nomination};
use crate::store::{campaigns, decisions, dialect, search};

/// Puts a numbered decision in force.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Issue {
    /// Which.
    pub id: DecisionId,
    /// Why the quota may be exceeded (R-Q1).
    pub quota_override_reason: Option<String>,
}

impl Command for Issue {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, action(DecisionAct::Issue))
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Decision) -> Result<Decision> {
        let before = hold_unchanged(tx, &seen)?;
        let state = next(before.state, DecisionAct::Issue)?;
        // What follows an award takes no place of the quota.
        if before.kind != DecisionType::Award && self.quota_override_reason.is_some() {
            let stray = Fault::at("/quota_override_reason", Code::FieldUnknown);
            return Err(Error::invalid(vec![stray]));
        }
        let items = decisions::items(tx.conn, before.id)?;
        refuse(obstacles(tx, &before, &items)?)?;
        let overridden = match before.kind {
            DecisionType::Award => award_all(tx, &before, &items, self.quota_override_reason.as_deref())?,
            DecisionType::Revocation => {
                revoke_all(tx, &before, &items)?;
                false
            }
            DecisionType::Correction => {
                correct_all(tx, &items)?;
                false
            }
        };
        let after = Decision {
            state,
            issued_at: Some(tx.now),
            quota_override_reason: self.quota_override_reason.clone().filter(|_| overridden),
            ..before.clone()
        };
        let reason = after.quota_override_reason.clone();
        keep(tx, &before, after, "decision.issued", reason.as_deref())
    }
}

/// An item of an award with its nomination.
struct Line<'a> {
    item: &'a DecisionItem,
    candidate: &'a Candidate,
}

/// What stands in the way of issuing, but for the quota, which may be overridden.
fn obstacles(tx: &mut Tx<'_>, decision: &Decision, items: &[DecisionItem]) -> Result<Vec<Fault>> {
    if items.is_empty() {
        return Ok(vec![Fault::new(Code::DecisionEmpty)]);
    }
    if decision.kind != DecisionType::Award {
        return told(originals(tx, items));
    }
    let plan = plan_of(tx, decision.campaign_id)?;
    let form = award::form(decision)?;
    let candidates = award::candidates(tx, decision, &nomination_ids(items))?;
    let mut faults = lines(items, &candidates, &plan, form).1;
    if let Some(day) = decision.issued_on {
        match prize::Prices::on(tx, &plan, form, day) {
            Ok(prices) => {
                for item in items {
                    faults.extend(told(prices.prize(item.subject_kind))?);
                }
            }
            Err(error) => faults.extend(told::<()>(Err(error))?),
        }
    }
    Ok(faults)
}

/// The same with the quota, for `allowed_actions`.
pub(super) fn blocked(tx: &mut Tx<'_>, decision: &Decision) -> Result<Vec<Fault>> {
    let items = decisions::items(tx.conn, decision.id)?;
    let faults = obstacles(tx, decision, &items)?;
    if !faults.is_empty() || decision.kind != DecisionType::Award {
        return Ok(faults);
    }
    let form = award::form(decision)?;
    let candidates = award::candidates(tx, decision, &nomination_ids(&items))?;
    let asked: Vec<_> = candidates
        .values()
        .map(|one| moves::counted(&one.nomination, form))
        .collect();
    let campaign = campaigns::get(tx.conn, decision.campaign_id)?;
    quota_fault(tx, &campaign, &asked).map(|fault| fault.into_iter().collect())
}

fn nomination_ids(items: &[DecisionItem]) -> Vec<NominationId> {
    items.iter().filter_map(|item| item.nomination_id).collect()
}

/// The items that may be awarded, and why the others may not: held (R-N2), or no longer where they were
/// when they were added (R-D1, R-N3).
fn lines<'a>(
    items: &'a [DecisionItem],
    candidates: &'a BTreeMap<NominationId, Candidate>,
    plan: &Plan,
    form: &str,
) -> (Vec<Line<'a>>, Vec<Fault>) {
    let mut lines = Vec::new();
    let mut faults = Vec::new();
    let mut rewarded = BTreeSet::new();
    for item in items {
        let candidate = item.nomination_id.and_then(|id| candidates.get(&id));
        let obstacle = match candidate {
            None => Some(Code::NominationNotConsidered),
            Some(one) if one.nomination.hold_reason.is_some() => Some(Code::NominationHeld),
            // One decision rewards nobody twice (R-N3), which the state of his other nomination does not show before.
            Some(one) if !rewarded.insert(moves::subject(&one.nomination)) => {
                Some(Code::NominationRewardedOrPending)
            }
            Some(one) => one.obstacle(plan, form),
        };
        match (candidate, obstacle) {
            (Some(candidate), None) => lines.push(Line { item, candidate }),
            (_, code) => faults.push(
                Fault::new(code.unwrap_or(Code::NominationNotConsidered))
                    .with("item_id", item.id.to_string())
                    .with("ordinal", item.ordinal),
            ),
        }
    }
    (lines, faults)
}

/// Answers whether the quota was exceeded for it.
fn award_all(
    tx: &mut Tx<'_>,
    decision: &Decision,
    items: &[DecisionItem],
    override_reason: Option<&str>,
) -> Result<bool> {
    let plan = plan_of(tx, decision.campaign_id)?;
    let form = award::form(decision)?;
    let ids = nomination_ids(items);
    let candidates = award::candidates(tx, decision, &ids)?;
    let (lines, _) = lines(items, &candidates, &plan, form);
    let asked: Vec<_> = lines
        .iter()
        .map(|line| moves::counted(&line.candidate.nomination, form))
        .collect();
    let campaign = campaigns::get(tx.conn, decision.campaign_id)?;
    let overridden = check_quota(tx, &campaign, &asked, override_reason)?;
    let day = decision
        .issued_on
        .ok_or_else(|| Error::internal("a numbered decision without a date"))?;
    dialect::hold_reference_shared(tx.conn)?;
    let prices = prize::Prices::on(tx, &plan, form, day)?;
    for line in &lines {
        award_one(tx, decision, line, form, &prices)?;
    }
    moves::close_settled(tx, &ids)?;
    Ok(overridden)
}

fn award_one(
    tx: &mut Tx<'_>,
    decision: &Decision,
    line: &Line<'_>,
    form: &str,
    prices: &prize::Prices,
) -> Result<()> {
    let prize = prices.prize(line.item.subject_kind)?;
    let priced = DecisionItem {
        coefficient_hundredths: Some(prize.coefficient_hundredths),
        base_salary_dong: Some(prize.base_salary_dong),
        amount_dong: Some(prize.amount_dong),
        ..line.item.clone()
    };
    decisions::save_decision_item(tx.conn, &priced)?;
    let before = &line.candidate.nomination;
    let fallen_back = before.state == NominationState::DeclinedAbove;
    let changed = Nomination {
        form: form.to_owned(),
        route: if fallen_back {
            Route::SelfDecided
        } else {
            before.route
        },
        ..before.clone()
    };
    let cause = Cause {
        kind: "nomination.awarded",
        by: Some(decision.id.into()),
        reason: None,
    };
    moves::advance(tx, before, changed, line.candidate.awarding(), cause).map(drop)
}

/// The original items of revocation or correction items, re-read under the lock.
fn originals(tx: &mut Tx<'_>, items: &[DecisionItem]) -> Result<Vec<DecisionItem>> {
    let mut originals = Vec::new();
    let mut faults = Vec::new();
    for item in items {
        let id = item
            .original_item_id
            .ok_or_else(|| Error::internal("a following item without an original"))?;
        let original = decisions::get_decision_item(tx.conn, id)?;
        if original.state == DecisionItemState::Revoked {
            faults.push(Fault::new(Code::DecisionItemNotValid).with("item_id", item.id.to_string()));
        }
        originals.push(original);
    }
    refuse(faults)?;
    Ok(originals)
}

/// Marks an original item, and the corrections of it that were in force.
fn mark(tx: &mut Tx<'_>, original: &DecisionItem, state: DecisionItemState) -> Result<()> {
    let marked = DecisionItem {
        state,
        ..original.clone()
    };
    decisions::save_decision_item(tx.conn, &marked)?;
    for (row, of) in decisions::followers(tx.conn, &[original.id], DecisionType::Correction)? {
        if row.state == DecisionItemState::Valid && decisions::IN_FORCE.contains(&of) {
            decisions::save_decision_item(tx.conn, &DecisionItem { state, ..row })?;
        }
    }
    Ok(())
}

/// Items and nominations become REVOKED; money and objects are to be returned (R-R1).
fn revoke_all(tx: &mut Tx<'_>, decision: &Decision, items: &[DecisionItem]) -> Result<()> {
    let due_on = recovery::due_on(tx)?;
    for original in originals(tx, items)? {
        mark(tx, &original, DecisionItemState::Revoked)?;
        recovery::open(tx, decision, &original, due_on)?;
        let Some(nomination) = original.nomination_id else {
            continue;
        };
        let before = nominations::get(tx.conn, nomination)?;
        let cause = Cause {
            kind: "nomination.revoked",
            by: Some(decision.id.into()),
            reason: decision.reason.as_deref(),
        };
        moves::advance(tx, &before, before.clone(), &[NominationAct::Revoke], cause)?;
    }
    Ok(())
}

/// What was printed wrongly gives way to the correction's item; the original stays as it was issued.
fn correct_all(tx: &mut Tx<'_>, items: &[DecisionItem]) -> Result<()> {
    for (item, original) in items.iter().zip(originals(tx, items)?) {
        mark(tx, &original, DecisionItemState::Corrected)?;
        index_corrected(tx, original.id, &original, item)?;
    }
    Ok(())
}

/// The honour is found under the printed and under the corrected name.
fn index_corrected(
    tx: &mut Tx<'_>,
    id: DecisionItemId,
    original: &DecisionItem,
    corrected: &DecisionItem,
) -> Result<()> {
    let unit = |item: &DecisionItem| item.subject_unit.clone().unwrap_or_default();
    let texts = [
        original.subject_name.clone(),
        unit(original),
        corrected.subject_name.clone(),
        unit(corrected),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    search::index(tx.conn, decisions::HONOR, id, &texts)
}
