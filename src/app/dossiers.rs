//! What every act on a dossier, its nominations and its papers asks first: where it stands, who may act
//! for its proposing unit, and whether its campaign is in force. Shared rules, not use cases.

use std::sync::Arc;

use super::guards::{refuse, require_open, told};
use super::tx::Terms;
use super::{Event, Tx};
use crate::domain::caller::Role;
use crate::domain::codes::{Procedure, Route};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CampaignId, SubmissionId};
use crate::domain::plan::{AwardOption, Plan};
use crate::domain::policy::{Action, Place};
use crate::domain::states::CampaignState;
use crate::store::nominations::Nomination;
use crate::store::submissions::Submission;
use crate::store::{filter, submissions};

/// Noun of a dossier in the journal.
pub const NOUN: &str = "submission";

/// Where a dossier stands.
///
/// # Errors
/// The driver's error.
pub fn place(tx: &mut Tx<'_>, submission: &Submission) -> Result<Place> {
    let regard = tx.regard();
    filter::place_of_submission(
        tx.conn,
        regard,
        submission.id,
        submission.owner_organization_id,
        submission.division_id,
    )
}

/// A dossier with which the caller may do this.
///
/// # Errors
/// `resource.not_found`, `access.forbidden`.
pub fn permitted(tx: &mut Tx<'_>, id: SubmissionId, action: Action) -> Result<Submission> {
    let submission = submissions::get(tx.conn, id)?;
    let place = place(tx, &submission)?;
    tx.require(action, &place)?;
    Ok(submission)
}

/// A dossier with which the caller may do what its proposing unit does: the unit itself, or the
/// standing office where the office entered it (M-29).
///
/// # Errors
/// `resource.not_found`, `access.forbidden`.
pub fn proposed(tx: &mut Tx<'_>, id: SubmissionId, action: Action) -> Result<Submission> {
    let submission = submissions::get(tx.conn, id)?;
    require_proposed(tx, &submission, action)?;
    Ok(submission)
}

/// As [`proposed`], of a dossier that is known.
///
/// # Errors
/// `resource.not_found`, `access.forbidden`.
pub fn require_proposed(tx: &mut Tx<'_>, submission: &Submission, action: Action) -> Result<()> {
    let place = place(tx, submission)?;
    tx.require(action, &place)?;
    let roles = acting(tx, submission)?;
    if let Some(fault) = standing(tx, &roles, &place, action).into_iter().next() {
        return Err(Error::new(fault.code).with("required_action", action.as_str()));
    }
    tx.require_as(&roles, action, &place)?;
    Ok(())
}

/// The roles that act for the proposing unit: the office for what it entered itself and for a unit that has ended, the
/// unit for what the head of the agency did not discover, which is the part of the head of the office alone.
///
/// # Errors
/// The driver's error.
pub fn acting(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Role>> {
    let discovered = submission.procedure == Procedure::HeadDiscovered;
    let unit = UNIT.iter().filter(|_| !discovered);
    // Whether the unit is still there is looked up for the office alone: nobody else could act in its place.
    let stands_in =
        submission.on_behalf || (in_office(tx, submission) && !unit_ended(tx, submission)?.is_empty());
    let office = OFFICE
        .iter()
        .filter(|role| stands_in && (!discovered || **role == Role::OfficeChief));
    Ok(unit.chain(office).copied().collect())
}

/// Whether the caller is of the office that the dossier lies before.
pub fn in_office(tx: &Tx<'_>, submission: &Submission) -> bool {
    let place = Place::in_division(submission.owner_organization_id, submission.division_id);
    tx.may_as(OFFICE, Action::DraftSubmission, &place)
}

/// Why the caller may not act for the proposing unit, whose part these roles have ([`acting`]), although the policy lets
/// him.
pub fn standing(tx: &Tx<'_>, roles: &[Role], place: &Place, action: Action) -> Vec<Fault> {
    if tx.may_as(roles, action, place) || !tx.may(action, place) {
        Vec::new()
    } else {
        vec![Fault::new(Code::AccessForbidden).with("required_action", action.as_str())]
    }
}

/// The standing office's roles.
pub const OFFICE: &[Role] = &[Role::OfficeReviewer, Role::OfficeChief];
/// The proposing unit's roles.
const UNIT: &[Role] = &[Role::DivisionOfficer, Role::DivisionHead];

/// One of the standing office's roles.
pub fn is_office(role: Role) -> bool {
    OFFICE.contains(&role)
}

/// Whether the campaign takes dossiers and appraises them.
///
/// # Errors
/// `campaign.not_published`.
pub fn campaign_in_force(tx: &mut Tx<'_>, submission: &Submission) -> Result<()> {
    in_campaign(tx, submission.campaign_id)
}

/// The same for what belongs to a dossier.
///
/// # Errors
/// `campaign.not_published`.
pub fn in_campaign(tx: &mut Tx<'_>, campaign: CampaignId) -> Result<()> {
    match tx.campaign_state(campaign)? {
        CampaignState::Published => Ok(()),
        _ => Err(Error::new(Code::CampaignNotPublished)),
    }
}

/// Why nobody works on a draft: what could never be handed in is not changed either. Its campaign is not in force,
/// or its unit has ended, which hands in nothing any more, as it begins nothing new; the office does in its place.
///
/// # Errors
/// The driver's error.
pub fn undraftable(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Fault>> {
    let mut faults = told(campaign_in_force(tx, submission))?;
    if !in_office(tx, submission) {
        faults.extend(unit_ended(tx, submission)?);
    }
    Ok(faults)
}

/// The proposing unit has ended.
///
/// # Errors
/// The driver's error.
fn unit_ended(tx: &mut Tx<'_>, submission: &Submission) -> Result<Vec<Fault>> {
    let unit = tx.unit(submission.division_id)?;
    told(require_open(tx, &unit))
}

/// What comes without a council although the form is decided above, which takes only what a council recommended
/// (R-F1): told before it is received, not when it is to be forwarded.
pub fn needs_council(procedure: Procedure, nomination: &Nomination) -> Option<Fault> {
    let apart = procedure.without_council() && nomination.route == Route::Up;
    apart.then(|| {
        let fault = Fault::new(Code::NominationNotConsidered).says(
            "Hình thức này do cấp trên quyết định: chỉ trình lên được sau khi Hội đồng thống nhất, dù hồ sơ theo thủ tục không qua Hội đồng",
            "This form is decided above: it is forwarded only after the council has recommended it, although the procedure is one without a council",
        );
        fault.with("nomination_id", nomination.id.to_string())
    })
}

/// The option of the plan for a form.
///
/// # Errors
/// `nomination.form_not_offered` at `pointer` with those that there are.
pub fn offered<'a>(plan: &'a Plan, form: &str, pointer: &str) -> Result<&'a AwardOption> {
    plan.option(form).ok_or_else(|| {
        let choices: Vec<&str> = plan
            .award_options
            .iter()
            .map(|option| option.form.as_str())
            .collect();
        let fault = Fault::at(pointer, Code::NominationFormNotOffered).with("choices", choices);
        Error::new(Code::NominationFormNotOffered).fault(fault)
    })
}

/// The campaign while it takes dossiers, with its current terms.
///
/// # Errors
/// `campaign.not_published`.
pub fn in_force(tx: &mut Tx<'_>, submission: &Submission) -> Result<Arc<Terms>> {
    let terms = tx.terms(submission.campaign_id)?;
    campaign_in_force(tx, submission)?;
    Ok(terms)
}

/// As [`in_force`], where a draft is worked on: all of [`undraftable`] is refused at once.
///
/// # Errors
/// What [`undraftable`] tells.
pub fn draftable(tx: &mut Tx<'_>, submission: &Submission) -> Result<Arc<Terms>> {
    let terms = tx.terms(submission.campaign_id)?;
    refuse(undraftable(tx, submission)?)?;
    Ok(terms)
}

/// Why it is on hold, and that a hold is proposed, is told to those who appraise or decide it; the unit
/// and the nominee see only that it is on hold.
pub fn sees_hold(tx: &Tx<'_>, place: &Place) -> bool {
    [Action::Appraise, Action::HoldNomination, Action::PrepareDecision]
        .into_iter()
        .any(|action| tx.may(action, place))
}

/// An event about a dossier, with on whose behalf it happened.
pub fn event(tx: &Tx<'_>, kind: &'static str, submission: &Submission) -> Event {
    let event = Event::new(kind, NOUN, submission.id)
        .version(submission.version)
        .within(submission.owner_organization_id, Some(submission.division_id))
        .campaign(submission.campaign_id);
    let by_office = tx.role().is_some_and(is_office);
    Event {
        on_behalf_of: (submission.on_behalf && by_office).then_some(submission.division_id),
        ..event
    }
}
