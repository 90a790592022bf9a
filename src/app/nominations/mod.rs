//! Proposed subjects: part of their dossier while the unit may edit it ([`draft`]), on their own
//! afterwards; put on hold and released ([`hold`]); dropped by the head ([`drop`]); suggested in an order
//! ([`candidates`]).

mod candidates;
mod draft;
mod drop;
mod hold;

pub use candidates::{CandidateList, candidates, direct_workers};
pub use draft::{Assessment, Delete, Edit, Propose, Subject};
pub use drop::Drop;
pub use hold::{DismissHoldProposal, Hold, ProposeHold, Release};

pub use crate::store::nominations::{Found, Nomination, Wanted};

pub use super::dossiers::sees_hold;
use super::dossiers::{acting, standing, undraftable};
use super::{Event, Find, Possible, Rows, Slice, Tx, reviews};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::NominationId;
use crate::domain::policy::{Action, Place};
use crate::store::authority::Asked;
use crate::store::connection::Conn;
use crate::store::{filter, nominations};

const NOUN: &str = "nomination";

/// Reads one nomination.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: NominationId) -> Result<Nomination> {
    let found = nominations::with_submission(tx.conn, id)?;
    read_found(tx, found)
}

/// How a nomination is found together with its caller's authority.
pub fn find(id: NominationId) -> impl Find<Found> {
    move |conn: &mut Conn, asked: Asked<'_>| nominations::with_authority(conn, id, asked)
}

/// As [`read`], of what was [found](find) already.
///
/// # Errors
/// `resource.not_found`.
pub fn read_found(tx: &mut Tx<'_>, found: Found) -> Result<Nomination> {
    let Found {
        nomination,
        submission,
        campaign_state,
    } = found;
    let place = place(tx, &nomination)?;
    tx.require(Action::ReadNomination, &place)?;
    tx.know(submission, campaign_state);
    Ok(nomination)
}

/// A page of nominations, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Nomination>> {
    let seen = tx.sees(Action::ReadNomination);
    nominations::list(tx.conn, &seen, wanted, slice)
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, nomination: &Nomination) -> Result<Vec<Possible>> {
    let place = place(tx, nomination)?;
    let submission = tx.dossier(nomination.submission_id)?;
    let mut acts = Vec::new();
    if submission.state.is_editable() {
        let roles = acting(tx, &submission)?;
        let own = standing(tx, &roles, &place, Action::DraftSubmission);
        let drafting = |tx: &Tx<'_>, verb, rules: Vec<Fault>| {
            let rules = own.iter().cloned().chain(rules).collect();
            tx.possible(verb, Action::DraftSubmission, &place, rules)
        };
        let closed = undraftable(tx, &submission)?;
        acts.push(drafting(tx, "edit", closed.clone()));
        let mut rules = closed;
        rules.extend(draft::irremovable(tx, nomination)?);
        acts.push(drafting(tx, "delete", rules));
    }
    if reviews::is_appraisable(nomination, &submission) {
        let rules = reviews::obstacles(tx, nomination, &submission)?;
        let appraise = tx.possible("appraise", Action::Appraise, &place, rules);
        acts.push(appraise.at("POST", "/v1/reviews").unversioned());
    }
    if !nomination.live || !nomination.state.may_still_be_awarded() {
        // What was held before it was found ineligible is still held, and may be released.
        if nomination.live && nomination.hold_reason.is_some() {
            acts.push(tx.possible("release", Action::HoldNomination, &place, Vec::new()));
        }
        return Ok(acts);
    }
    if drop::is_droppable(nomination) {
        let listed = drop::listed(tx, nomination)?;
        acts.push(tx.possible(
            "drop",
            Action::DropNomination,
            &place,
            listed.into_iter().collect::<Vec<_>>(),
        ));
    }
    // Asked for those alone whom it concerns.
    let holds = tx.may(Action::ProposeHold, &place) || tx.may(Action::HoldNomination, &place);
    let over = if holds {
        hold::over(tx, nomination)?
    } else {
        Vec::new()
    };
    let mut offer = |verb, action| {
        // What is over is not held any more; what is held may still be released.
        let rules = match verb {
            "hold" | "propose-hold" => over.clone(),
            _ => Vec::new(),
        };
        acts.push(tx.possible(verb, action, &place, rules));
    };
    if nomination.hold_reason.is_some() {
        offer("release", Action::HoldNomination);
        return Ok(acts);
    }
    offer("hold", Action::HoldNomination);
    // Whoever is not told of a proposal does not learn of it here either.
    if nomination.hold_proposed_at.is_some() && sees_hold(tx, &place) {
        offer("dismiss-hold-proposal", Action::HoldNomination);
    } else {
        offer("propose-hold", Action::ProposeHold);
    }
    Ok(acts)
}

/// Where a nomination stands, as far as the row tells: lists ask the database nothing for each of their rows.
pub fn near_place(nomination: &Nomination) -> Place {
    Place::in_division(nomination.owner_organization_id, nomination.division_id)
}

/// Whether the caller is told of a hold, or of a proposed one, on a line of a list: what the row tells decides, but
/// for whom it was addressed to.
///
/// # Errors
/// The driver's error.
pub fn tells_hold(tx: &mut Tx<'_>, row: &Nomination) -> Result<bool> {
    if row.hold_reason.is_none() && row.hold_proposed_at.is_none() {
        return Ok(false);
    }
    let addressed = !tx.sees(Action::ReadNomination).receivers.is_empty();
    let place = if addressed {
        place(tx, row)?
    } else {
        near_place(row)
    };
    Ok(sees_hold(tx, &place))
}

/// Where a nomination stands.
///
/// # Errors
/// The driver's error.
pub fn place(tx: &mut Tx<'_>, nomination: &Nomination) -> Result<Place> {
    let regard = tx.regard();
    filter::place_of_nomination(
        tx.conn,
        regard,
        nomination.id,
        nomination.owner_organization_id,
        nomination.division_id,
        nomination.individual_id,
    )
}

/// The nomination read again after a lock was waited for; a change in between is a stale tag.
fn unchanged(tx: &mut Tx<'_>, seen: &Nomination) -> Result<Nomination> {
    let current = nominations::get(tx.conn, seen.id)?;
    if current.version == seen.version {
        Ok(current)
    } else {
        Err(Error::stale(current.version))
    }
}

/// A nomination with which the caller may do this.
fn permitted(tx: &mut Tx<'_>, id: NominationId, action: Action) -> Result<Nomination> {
    let nomination = nominations::get(tx.conn, id)?;
    require_permitted(tx, &nomination, action)?;
    Ok(nomination)
}

fn require_permitted(tx: &mut Tx<'_>, nomination: &Nomination, action: Action) -> Result<()> {
    let place = place(tx, nomination)?;
    tx.require(Action::ReadNomination, &place)?;
    tx.permit(action, &place)?;
    Ok(())
}

fn event(kind: &'static str, nomination: &Nomination) -> Event {
    Event::new(kind, NOUN, nomination.id)
        .version(nomination.version)
        .within(nomination.owner_organization_id, Some(nomination.division_id))
        .campaign(nomination.campaign_id)
}

/// The same subject elsewhere, as a remark (R-N3).
fn rewarded_fault(campaign: &str, form: &str) -> Fault {
    Fault::new(Code::NominationRewardedOrPending)
        .with("campaign", campaign)
        .with("form", form)
}
