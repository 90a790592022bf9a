//! Every state × every act of every machine: what is not in the list here is impossible.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::*;
use crate::domain::machine::Machine;

/// Compares the machine with the complete list of its arrows, both ways, and checks its shape.
fn exact<S, A>(machine: &Machine<S, A>, states: &[S], acts: &[A], arrows: &str)
where
    S: Copy + PartialEq + Display + 'static,
    A: Copy + PartialEq + Display + 'static,
{
    let wanted: BTreeSet<String> = arrows
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|l| !l.is_empty())
        .collect();
    let mut found = BTreeSet::new();
    for state in states {
        for act in acts {
            let rows = machine
                .transitions
                .iter()
                .filter(|row| row.act == *act && row.from.contains(state))
                .count();
            assert!(rows <= 1, "{}: {state} {act} stands twice", machine.noun);
            let next = machine.next(*state, *act);
            assert_eq!(next.is_some(), machine.allowed(*state).contains(act));
            if let Some(to) = next {
                found.insert(format!("{state} {act} {to}"));
            }
        }
        assert_eq!(machine.is_final(*state), machine.allowed(*state).is_empty());
    }
    assert_eq!(found, wanted, "{}", machine.noun);
    reachable(machine, states);
}

/// No state is an island.
fn reachable<S, A>(machine: &Machine<S, A>, states: &[S])
where
    S: Copy + PartialEq + Display + 'static,
    A: Copy + PartialEq + Display + 'static,
{
    let mut seen = vec![machine.initial];
    let mut at = 0;
    while let Some(state) = seen.get(at).copied() {
        for act in machine.allowed(state) {
            let to = machine.next(state, act).unwrap();
            if !seen.contains(&to) {
                seen.push(to);
            }
        }
        at += 1;
    }
    assert_eq!(
        seen.len(),
        states.len(),
        "{}: some state cannot be reached",
        machine.noun
    );
}

#[test]
fn campaign() {
    exact(
        &CAMPAIGN,
        CampaignState::ALL,
        CampaignAct::ALL,
        "DRAFT REQUEST_APPROVAL IN_APPROVAL
         IN_APPROVAL RETURN DRAFT
         APPROVED RETURN DRAFT
         IN_APPROVAL APPROVE APPROVED
         APPROVED PUBLISH PUBLISHED
         PUBLISHED CONCLUDE CONCLUDED
         CONCLUDED ARCHIVE ARCHIVED
         DRAFT CANCEL CANCELLED
         IN_APPROVAL CANCEL CANCELLED
         APPROVED CANCEL CANCELLED
         PUBLISHED CANCEL CANCELLED",
    );
}

#[test]
fn submission() {
    exact(
        &SUBMISSION,
        SubmissionState::ALL,
        SubmissionAct::ALL,
        "DRAFT SUBMIT SUBMITTED
         RETURNED SUBMIT SUBMITTED
         SUBMITTED RECALL DRAFT
         SUBMITTED RECEIVE RECEIVED
         SUBMITTED RETURN RETURNED
         RECEIVED RETURN RETURNED
         APPRAISING RETURN RETURNED
         RECEIVED BEGIN_APPRAISAL APPRAISING
         RECEIVED CONSOLIDATE CONSOLIDATED
         APPRAISING CONSOLIDATE CONSOLIDATED
         DRAFT WITHDRAW WITHDRAWN
         SUBMITTED WITHDRAW WITHDRAWN
         RECEIVED WITHDRAW WITHDRAWN
         APPRAISING WITHDRAW WITHDRAWN
         RETURNED WITHDRAW WITHDRAWN
         RECEIVED CLOSE CLOSED
         APPRAISING CLOSE CLOSED
         CONSOLIDATED CLOSE CLOSED
         CLOSED REOPEN APPRAISING",
    );
}

#[test]
fn nomination() {
    exact(
        &NOMINATION,
        NominationState::ALL,
        NominationAct::ALL,
        "PROPOSED FIND_ELIGIBLE ELIGIBLE
         ELIGIBLE FIND_ELIGIBLE ELIGIBLE
         INELIGIBLE FIND_ELIGIBLE ELIGIBLE
         PROPOSED FIND_INELIGIBLE INELIGIBLE
         ELIGIBLE FIND_INELIGIBLE INELIGIBLE
         INELIGIBLE FIND_INELIGIBLE INELIGIBLE
         PROPOSED ASK_SUPPLEMENT PROPOSED
         ELIGIBLE ASK_SUPPLEMENT PROPOSED
         INELIGIBLE ASK_SUPPLEMENT PROPOSED
         ELIGIBLE PUT_ON_AGENDA IN_COUNCIL
         IN_COUNCIL TAKE_OFF_AGENDA ELIGIBLE
         IN_COUNCIL RECOMMEND RECOMMENDED
         IN_COUNCIL NOT_RECOMMEND NOT_RECOMMENDED
         RECOMMENDED ROUTE_TO_DIRECTOR AWAITING_DIRECTOR
         ELIGIBLE ROUTE_TO_DIRECTOR AWAITING_DIRECTOR
         RECOMMENDED FORWARD FORWARDED
         RETURNED_ABOVE FORWARD FORWARDED
         AWAITING_DIRECTOR AWARD AWARDED
         FORWARDED AWARD AWARDED
         RECOMMENDED NOT_AWARD NOT_AWARDED
         AWAITING_DIRECTOR NOT_AWARD NOT_AWARDED
         RETURNED_ABOVE NOT_AWARD NOT_AWARDED
         FORWARDED DECLINE_ABOVE DECLINED_ABOVE
         FORWARDED RETURN_ABOVE RETURNED_ABOVE
         DECLINED_ABOVE FALL_BACK AWAITING_DIRECTOR
         AWARDED REVOKE REVOKED",
    );
}

#[test]
fn review_session() {
    exact(
        &REVIEW_SESSION,
        ReviewSessionState::ALL,
        ReviewSessionAct::ALL,
        "PLANNED OPEN OPEN
         OPEN CLOSE CLOSED
         CLOSED REOPEN OPEN
         CLOSED SIGN CLOSED
         CLOSED CONFIRM CONFIRMED
         PLANNED CANCEL CANCELLED
         OPEN CANCEL CANCELLED",
    );
}

#[test]
fn decision() {
    exact(
        &DECISION,
        DecisionState::ALL,
        DecisionAct::ALL,
        "DRAFT CHECK CHECKED
         CHECKED RETURN DRAFT
         SIGNED RETURN DRAFT
         CHECKED SIGN SIGNED
         SIGNED NUMBER NUMBERED
         NUMBERED ISSUE ISSUED
         ISSUED PUBLISH PUBLISHED
         DRAFT CANCEL CANCELLED
         CHECKED CANCEL CANCELLED
         SIGNED CANCEL CANCELLED
         NUMBERED CANCEL CANCELLED",
    );
}

#[test]
fn forwarding() {
    exact(
        &FORWARDING,
        ForwardingState::ALL,
        ForwardingAct::ALL,
        "DRAFT SEND SENT
         RETURNED SEND SENT
         SENT ACKNOWLEDGE ACKNOWLEDGED
         SENT RECALL DRAFT
         SENT RECALL_RESENT RETURNED
         ACKNOWLEDGED RECORD_DECISION DECIDED
         ACKNOWLEDGED RETURN RETURNED
         ACKNOWLEDGED DECLINE DECLINED",
    );
}

#[test]
fn file() {
    exact(
        &FILE,
        FileState::ALL,
        FileAct::ALL,
        "DECLARED UPLOAD UPLOADED
         UPLOADED UPLOAD UPLOADED
         UPLOADED COMPLETE COMPLETE
         DECLARED EXPIRE EXPIRED
         UPLOADED EXPIRE EXPIRED",
    );
}

#[test]
fn quota_counts_by_the_list_of_the_rule() {
    let counted: Vec<&str> = NominationState::ALL
        .iter()
        .filter(|s| s.counts_against_quota())
        .map(|s| s.as_str())
        .collect();
    assert_eq!(
        counted,
        [
            "RECOMMENDED",
            "AWAITING_DIRECTOR",
            "FORWARDED",
            "RETURNED_ABOVE",
            "AWARDED",
            "REVOKED"
        ]
    );
    for state in NominationState::ALL {
        assert!(!state.has_used_quota() || state.counts_against_quota());
    }
}

#[test]
fn every_nomination_state_is_open_or_settled_and_machine_ends_are_settled() {
    for state in NominationState::ALL.iter().filter(|s| NOMINATION.is_final(**s)) {
        assert!(state.is_settled(), "{state}");
    }
}

#[test]
fn only_draft_and_returned_submissions_are_edited() {
    let editable: Vec<&str> = SubmissionState::ALL
        .iter()
        .filter(|s| s.is_editable())
        .map(|s| s.as_str())
        .collect();
    assert_eq!(editable, ["DRAFT", "RETURNED"]);
}

#[test]
fn what_a_nomination_counts_for_follows_from_its_state() {
    use NominationState as S;
    let questions: [(_, fn(S) -> bool, _); 5] = [
        (
            "may still be awarded",
            S::may_still_be_awarded,
            vec![
                S::Proposed,
                S::Eligible,
                S::InCouncil,
                S::Recommended,
                S::AwaitingDirector,
                S::Forwarded,
                S::ReturnedAbove,
                S::DeclinedAbove,
            ],
        ),
        ("has used quota", S::has_used_quota, vec![S::Awarded, S::Revoked]),
        (
            "counts above",
            S::counts_above,
            vec![S::Forwarded, S::Awarded, S::Revoked],
        ),
        (
            "is settled",
            S::is_settled,
            vec![
                S::Ineligible,
                S::NotRecommended,
                S::DeclinedAbove,
                S::Awarded,
                S::NotAwarded,
                S::Revoked,
            ],
        ),
        (
            "is rewarded or pending",
            S::is_rewarded_or_pending,
            vec![
                S::Recommended,
                S::AwaitingDirector,
                S::Forwarded,
                S::ReturnedAbove,
                S::Awarded,
            ],
        ),
    ];
    for (name, question, expected) in questions {
        let found: Vec<NominationState> = S::ALL.iter().copied().filter(|state| question(*state)).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn where_a_submission_lies_follows_from_its_state() {
    use SubmissionState as S;
    for state in S::ALL {
        let appraised = matches!(state, S::Received | S::Appraising);
        assert_eq!(state.is_under_appraisal(), appraised, "{state}");
        assert_eq!(
            state.is_before_office(),
            appraised || *state == S::Consolidated,
            "{state}"
        );
    }
}
