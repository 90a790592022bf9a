//! The hold: a flag beside the state while discipline, an investigation or a complaint is pending
//! (R-N2). It stops what comes later, not what is there. A reviewer of the office proposes it, the chief
//! sets it or dismisses the proposal (5.5); a proposal alone stops nothing.

use super::{Nomination, event, permitted, unchanged};
use crate::app::dossiers::in_campaign;
use crate::app::guards::{refuse, told};
use crate::app::{Command, Tx};
use crate::domain::codes::HoldReason;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::NominationId;
use crate::domain::policy::Action;
use crate::domain::states::NOMINATION;
use crate::store::{dialect, nominations};

/// Proposes a hold to those who may set it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ProposeHold {
    /// Which.
    pub id: NominationId,
    /// Why.
    pub reason: HoldReason,
    /// What is known, for those who decide.
    pub note: Option<String>,
}

impl Command for ProposeHold {
    type Target = Nomination;
    type Output = Nomination;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Nomination> {
        permitted(tx, self.id, Action::ProposeHold)
    }

    fn version(target: &Nomination) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Nomination) -> Result<Nomination> {
        let before = alone(tx, &seen)?;
        holdable(&before)?;
        refuse(over(tx, &before)?)?;
        if before.hold_proposed_at.is_some() {
            return Err(Error::new(Code::NominationHoldProposed));
        }
        let after = Nomination {
            proposed_hold_reason: Some(self.reason),
            proposed_hold_note: self.note.clone(),
            hold_proposed_at: Some(tx.now),
            ..before.clone()
        };
        keep_silently(tx, &before, &after, "nomination.hold_proposed", None)?;
        Ok(after)
    }
}

/// Dismisses a proposed hold with the reason.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DismissHoldProposal {
    /// Which.
    pub id: NominationId,
    /// Why nothing is held.
    pub conclusion: String,
}

impl Command for DismissHoldProposal {
    type Target = Nomination;
    type Output = Nomination;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Nomination> {
        permitted(tx, self.id, Action::HoldNomination)
    }

    fn version(target: &Nomination) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Nomination) -> Result<Nomination> {
        let before = alone(tx, &seen)?;
        if before.hold_proposed_at.is_none() {
            return Err(Error::new(Code::NominationHoldNotProposed));
        }
        let after = before.clone().without_hold_proposal();
        let kind = "nomination.hold_proposal_dismissed";
        keep_silently(tx, &before, &after, kind, Some(&self.conclusion))?;
        Ok(after)
    }
}

/// What is over, or held already, is not held.
fn holdable(nomination: &Nomination) -> Result<()> {
    if !nomination.live || !nomination.state.may_still_be_awarded() {
        return Err(Error::transition(
            NOMINATION.noun,
            nomination.state.as_str(),
            Vec::new(),
        ));
    }
    if nomination.hold_reason.is_some() {
        return Err(Error::new(Code::NominationHeld));
    }
    Ok(())
}

/// A hold stops what comes later (R-N2): in a campaign that is not in force nothing does.
pub(super) fn over(tx: &mut Tx<'_>, nomination: &Nomination) -> Result<Vec<Fault>> {
    told(in_campaign(tx, nomination.campaign_id))
}

/// Puts a nomination on hold; a proposal of it is answered by that.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Hold {
    /// Which.
    pub id: NominationId,
    /// Why.
    pub reason: HoldReason,
    /// What is known, for those who decide.
    pub note: Option<String>,
}

impl Command for Hold {
    type Target = Nomination;
    type Output = Nomination;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Nomination> {
        permitted(tx, self.id, Action::HoldNomination)
    }

    fn version(target: &Nomination) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Nomination) -> Result<Nomination> {
        dialect::hold_shared(tx.conn, before.campaign_id)?;
        holdable(&before)?;
        refuse(over(tx, &before)?)?;
        let after = Nomination {
            hold_reason: Some(self.reason),
            hold_note: self.note.clone(),
            hold_since: Some(tx.now),
            ..before.clone().without_hold_proposal()
        };
        keep(tx, &before, after, "nomination.held", None)
    }
}

/// Takes the hold away with what was found.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Release {
    /// Which.
    pub id: NominationId,
    /// What the competent authority concluded.
    pub conclusion: String,
}

impl Command for Release {
    type Target = Nomination;
    type Output = Nomination;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Nomination> {
        permitted(tx, self.id, Action::HoldNomination)
    }

    fn version(target: &Nomination) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Nomination) -> Result<Nomination> {
        dialect::hold_shared(tx.conn, before.campaign_id)?;
        if before.hold_reason.is_none() {
            return Err(Error::new(Code::NominationNotHeld));
        }
        let after = Nomination {
            hold_reason: None,
            hold_note: None,
            hold_since: None,
            ..before.clone()
        };
        keep(tx, &before, after, "nomination.released", Some(&self.conclusion))
    }
}

fn keep(
    tx: &mut Tx<'_>,
    before: &Nomination,
    after: Nomination,
    kind: &'static str,
    conclusion: Option<&str>,
) -> Result<Nomination> {
    let after = Nomination {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    keep_silently(tx, before, &after, kind, conclusion)?;
    Ok(after)
}

/// Without a new version: that something happened would tell the unit and the nominee of a proposal. The tag of those
/// who are told follows from what they are shown.
fn keep_silently(
    tx: &mut Tx<'_>,
    before: &Nomination,
    after: &Nomination,
    kind: &'static str,
    conclusion: Option<&str>,
) -> Result<()> {
    nominations::save_if(tx.conn, before.version, after)?;
    tx.changed(before, after);
    let kept = event(kind, after)
        .with("conclusion", conclusion)
        .diff(before, after);
    tx.record(kept)
}

/// The nomination with its campaign held alone: two proposals at once have one version.
fn alone(tx: &mut Tx<'_>, seen: &Nomination) -> Result<Nomination> {
    dialect::hold(tx.conn, seen.campaign_id)?;
    unchanged(tx, seen)
}
