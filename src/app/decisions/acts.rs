//! Check, return, sign, publish, cancel. Numbering and issuing have files of their own.

use super::{Command, Decision, JsonText, Tx};
use super::{action, hold_unchanged, keep, next, not_empty, place, target};
use crate::domain::codes::DecisionType;
use crate::domain::document::Signature;
use crate::domain::error::{Code, Fault, Result};
use crate::domain::ids::{DecisionId, NominationId};
use crate::domain::policy::Action;
use crate::domain::states::DecisionAct;
use crate::store::decisions;

/// Confirms that content and list are right.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Check {
    /// Which.
    pub id: DecisionId,
}

impl Command for Check {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, action(DecisionAct::Check))
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Decision) -> Result<Decision> {
        let state = next(before.state, DecisionAct::Check)?;
        not_empty(tx, &before)?;
        let after = Decision {
            state,
            state_reason: None,
            ..before.clone()
        };
        keep(tx, &before, after, "decision.checked", None)
    }
}

/// Gives a decision back to the drafter before it has a number; a signature is gone with it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Return {
    /// Which.
    pub id: DecisionId,
    /// Why.
    pub reason: String,
}

impl Command for Return {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        let decision = target(tx, self.id, Action::ReadDecision)?;
        let place = place(tx, &decision)?;
        if tx.may(Action::CheckDecision, &place) {
            tx.require(Action::CheckDecision, &place)?;
        } else {
            tx.require(Action::SignDecision, &place)?;
        }
        Ok(decision)
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Decision) -> Result<Decision> {
        let after = Decision {
            state: next(before.state, DecisionAct::Return)?,
            state_reason: Some(self.reason.clone()),
            signature: None,
            signed_at: None,
            ..before.clone()
        };
        keep(tx, &before, after, "decision.returned", Some(&self.reason))
    }
}

/// Signs a checked decision.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Sign {
    /// Which.
    pub id: DecisionId,
    /// In whose place, title and name as printed.
    pub signature: Signature,
}

impl Command for Sign {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, action(DecisionAct::Sign))
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Decision) -> Result<Decision> {
        // Alone, so that no dossier on its list is withdrawn meanwhile.
        let before = hold_unchanged(tx, &seen)?;
        let state = next(before.state, DecisionAct::Sign)?;
        not_empty(tx, &before)?;
        warn_about_own_case(tx, &before)?;
        let after = Decision {
            state,
            signature: Some(JsonText::of(&self.signature)?),
            signed_at: Some(tx.now),
            ..before.clone()
        };
        keep(tx, &before, after, "decision.signed", None)
    }
}

/// Who signs a list that names himself is told so, not stopped (A16).
fn warn_about_own_case(tx: &mut Tx<'_>, decision: &Decision) -> Result<()> {
    let Some(signer) = tx.caller.individual_id else {
        return Ok(());
    };
    let ids: Vec<NominationId> = decisions::items(tx.conn, decision.id)?
        .into_iter()
        .filter_map(|item| item.nomination_id)
        .collect();
    let named = decisions::candidates(tx.conn, decision.campaign_id, &ids)?
        .into_iter()
        .any(|(nomination, ..)| nomination.individual_id == Some(signer));
    if named {
        tx.warn(Fault::new(Code::DutyConflict).says(
            "Người ký có tên trong danh sách; nên để cấp phó ký",
            "The signer is on the list; a deputy should sign",
        ));
    }
    Ok(())
}

/// Makes an issued decision public (R-D6).
#[derive(Debug, Clone, serde::Serialize)]
pub struct Publish {
    /// Which.
    pub id: DecisionId,
}

impl Command for Publish {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, action(DecisionAct::Publish))
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Decision) -> Result<Decision> {
        // A correction is issued under the same lock: either its names are here already, or it finds the honours there.
        let before = hold_unchanged(tx, &seen)?;
        let after = Decision {
            state: next(before.state, DecisionAct::Publish)?,
            published_at: Some(tx.now),
            ..before.clone()
        };
        if before.kind == DecisionType::Award {
            honor_all(tx, &before)?;
        }
        keep(tx, &before, after, "decision.published", None)
    }
}

/// Puts the subjects of an award into the list of honours, found by what was printed and by what was corrected since.
fn honor_all(tx: &mut Tx<'_>, award: &Decision) -> Result<()> {
    let items = decisions::items(tx.conn, award.id)?;
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    let mut corrections = decisions::followers(tx.conn, &ids, DecisionType::Correction)?;
    corrections.retain(|(_, state)| decisions::IN_FORCE.contains(state));
    for item in &items {
        let corrected = corrections.iter().map(|(correction, _)| correction);
        let corrected = corrected.filter(|correction| correction.original_item_id == Some(item.id));
        let texts: Vec<&str> = std::iter::once(item)
            .chain(corrected)
            .flat_map(|line| {
                [
                    line.subject_name.as_str(),
                    line.subject_unit.as_deref().unwrap_or_default(),
                ]
            })
            .collect();
        decisions::honor(tx.conn, award, item.id, &texts)?;
    }
    Ok(())
}

/// Gives a decision up before it is issued; its subjects are free for another one.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Cancel {
    /// Which.
    pub id: DecisionId,
    /// Why.
    pub reason: String,
}

impl Command for Cancel {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, action(DecisionAct::Cancel))
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Decision) -> Result<Decision> {
        let before = hold_unchanged(tx, &seen)?;
        let after = Decision {
            state: next(before.state, DecisionAct::Cancel)?,
            state_reason: Some(self.reason.clone()),
            ..before.clone()
        };
        decisions::release_items(tx.conn, before.id)?;
        keep(tx, &before, after, "decision.cancelled", Some(&self.reason))
    }
}
