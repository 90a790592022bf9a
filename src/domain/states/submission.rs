//! The life of a dossier (`domain.md` 5.4, `decisions.md` M-2).

use crate::domain::machine::{Machine, Transition};
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Stored state of a submission.
    SubmissionState {
        /// Being written by the proposing unit.
        Draft = "DRAFT",
        /// Handed in; the receiver has not opened it.
        Submitted = "SUBMITTED",
        /// Entered in the standing office's register.
        Received = "RECEIVED",
        /// At least one of its nominations has been reviewed.
        Appraising = "APPRAISING",
        /// Its nominations stand in the consolidated list.
        Consolidated = "CONSOLIDATED",
        /// Every nomination has reached its end.
        Closed = "CLOSED",
        /// Given back for supplement, with deadline and reason.
        Returned = "RETURNED",
        /// Taken back by the proposing unit.
        Withdrawn = "WITHDRAWN",
    }
}

text_enum! {
    /// What can be done with a submission.
    SubmissionAct {
        /// Hand it in, or hand it in again after a return.
        Submit = "SUBMIT",
        /// Take it back to draft while the receiver has not opened it.
        Recall = "RECALL",
        /// Enter it in the register.
        Receive = "RECEIVE",
        /// Give it back for supplement.
        Return = "RETURN",
        /// The first review of one of its nominations.
        BeginAppraisal = "BEGIN_APPRAISAL",
        /// Put its nominations into the consolidated list.
        Consolidate = "CONSOLIDATE",
        /// Take it out of the campaign, by the proposing unit, before it is consolidated.
        Withdraw = "WITHDRAW",
        /// The last nomination has reached its end (inside that act).
        Close = "CLOSE",
        /// An appraisal that found somebody in a closed dossier ineligible is corrected, with the reason.
        Reopen = "REOPEN",
    }
}

impl SubmissionState {
    /// True while nominations and attachments belong to the proposing unit and may be edited (M-1, M-12).
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }

    /// True while the dossier is before the standing office and its nominations may be appraised.
    pub const fn is_under_appraisal(self) -> bool {
        matches!(self, Self::Received | Self::Appraising)
    }

    /// True while the dossier is the standing office's, whether already in the consolidated list or not.
    pub const fn is_before_office(self) -> bool {
        matches!(self, Self::Received | Self::Appraising | Self::Consolidated)
    }
}

/// The machine of submissions. A dossier may close before it is consolidated: all its nominations can be
/// found ineligible, and procedures without a council end without the list. A closed dossier opens again
/// when an appraisal that found somebody in it ineligible is corrected. Handed in again after a return, what was appraised before can be
/// decided, and consolidated, while the dossier is only RECEIVED: its reviews stay (M-30).
pub const SUBMISSION: Machine<SubmissionState, SubmissionAct> = Machine {
    noun: "submission",
    initial: SubmissionState::Draft,
    transitions: &[
        Transition {
            from: &[SubmissionState::Draft, SubmissionState::Returned],
            act: SubmissionAct::Submit,
            to: SubmissionState::Submitted,
        },
        Transition {
            from: &[SubmissionState::Submitted],
            act: SubmissionAct::Recall,
            to: SubmissionState::Draft,
        },
        Transition {
            from: &[SubmissionState::Submitted],
            act: SubmissionAct::Receive,
            to: SubmissionState::Received,
        },
        Transition {
            from: &[
                SubmissionState::Submitted,
                SubmissionState::Received,
                SubmissionState::Appraising,
            ],
            act: SubmissionAct::Return,
            to: SubmissionState::Returned,
        },
        Transition {
            from: &[SubmissionState::Received],
            act: SubmissionAct::BeginAppraisal,
            to: SubmissionState::Appraising,
        },
        Transition {
            from: &[SubmissionState::Received, SubmissionState::Appraising],
            act: SubmissionAct::Consolidate,
            to: SubmissionState::Consolidated,
        },
        Transition {
            from: &[
                SubmissionState::Draft,
                SubmissionState::Submitted,
                SubmissionState::Received,
                SubmissionState::Appraising,
                SubmissionState::Returned,
            ],
            act: SubmissionAct::Withdraw,
            to: SubmissionState::Withdrawn,
        },
        Transition {
            from: &[
                SubmissionState::Received,
                SubmissionState::Appraising,
                SubmissionState::Consolidated,
            ],
            act: SubmissionAct::Close,
            to: SubmissionState::Closed,
        },
        Transition {
            from: &[SubmissionState::Closed],
            act: SubmissionAct::Reopen,
            to: SubmissionState::Appraising,
        },
    ],
    inner: &[
        SubmissionAct::BeginAppraisal,
        SubmissionAct::Close,
        SubmissionAct::Reopen,
    ],
};
