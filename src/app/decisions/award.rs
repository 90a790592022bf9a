//! Which nominations an award decision may name (R-D1, R-N3, A4): the same rules when an item is added
//! and again, under the campaign's lock, when the decision is issued.

use std::collections::BTreeMap;

use super::{Decision, Tx};
use crate::domain::codes::{Procedure, Route};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::NominationId;
use crate::domain::plan::Plan;
use crate::domain::states::{NominationAct, NominationState, SubmissionState};
use crate::store::decisions;
use crate::store::nominations::Nomination;

/// A nomination with what the rules need to know of it.
pub(super) struct Candidate {
    /// The nomination.
    pub nomination: Nomination,
    /// Procedure of its dossier.
    procedure: Procedure,
    /// State of its dossier.
    dossier: SubmissionState,
    /// Another nomination of the same subject is rewarded or pending in this campaign (R-N3).
    rivalled: bool,
}

/// Reads nominations of the decision's campaign with a constant number of statements.
pub(super) fn candidates(
    tx: &mut Tx<'_>,
    decision: &Decision,
    ids: &[NominationId],
) -> Result<BTreeMap<NominationId, Candidate>> {
    let found = decisions::candidates(tx.conn, decision.campaign_id, ids)?;
    let subjects: Vec<_> = found.iter().map(|(one, ..)| one.subject_id).collect();
    let pending = decisions::rewarded_or_pending(tx.conn, decision.campaign_id, &subjects)?;
    Ok(found
        .into_iter()
        .map(|(nomination, procedure, dossier)| {
            let rivalled = pending.iter().any(|(id, kind, subject)| {
                *id != nomination.id && *kind == nomination.subject_kind && *subject == nomination.subject_id
            });
            let candidate = Candidate {
                nomination,
                procedure,
                dossier,
                rivalled,
            };
            (candidate.nomination.id, candidate)
        })
        .collect())
}

impl Candidate {
    /// Why it may not stand in an award decision of this form; none when it may.
    pub(super) fn obstacle(&self, plan: &Plan, form: &str) -> Option<Code> {
        use NominationState as State;
        let decided_here = self.nomination.route == Route::SelfDecided;
        let refused = match self.nomination.state {
            State::AwaitingDirector => None,
            State::Recommended if decided_here => None,
            // Not while its dossier is given back, handed in anew or withdrawn.
            State::Eligible if self.procedure.without_council() && self.dossier.is_before_office() => None,
            State::DeclinedAbove if plan.fallback_on_decline => None,
            State::DeclinedAbove => Some(Code::NominationFallbackOff),
            state if state.is_rewarded_or_pending() => Some(Code::NominationRewardedOrPending),
            _ => Some(Code::NominationNotConsidered),
        };
        // After a refusal above the own form is another one by definition (A4).
        let own_form = self.nomination.state == State::DeclinedAbove || self.nomination.form == form;
        refused
            .or_else(|| self.rivalled.then_some(Code::NominationRewardedOrPending))
            .or_else(|| (!own_form).then_some(Code::DecisionFormMismatch))
    }

    /// What happens to it when it is awarded.
    pub(super) const fn awarding(&self) -> &'static [NominationAct] {
        match self.nomination.state {
            NominationState::Recommended | NominationState::Eligible => {
                &[NominationAct::RouteToDirector, NominationAct::Award]
            }
            NominationState::DeclinedAbove => &[NominationAct::FallBack, NominationAct::Award],
            _ => &[NominationAct::Award],
        }
    }

    /// What happens to it when the Director drops it (R-D2); nothing after a refusal above, which
    /// remains the last word on it.
    pub(super) const fn dropping(&self) -> &'static [NominationAct] {
        match self.nomination.state {
            NominationState::Eligible => &[NominationAct::RouteToDirector, NominationAct::NotAward],
            NominationState::DeclinedAbove => &[],
            _ => &[NominationAct::NotAward],
        }
    }
}

/// The form of an award decision.
pub(super) fn form(decision: &Decision) -> Result<&str> {
    decision
        .form
        .as_deref()
        .ok_or_else(|| Error::internal("an award decision without a form"))
}
