//! The life of a council's review session (`decisions.md` M-2): the secretary signs, the chair's
//! signature is the confirmation (R-V7, R-Q1).

use crate::domain::machine::{Machine, Transition};
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Stored state of a review session.
    ReviewSessionState {
        /// Date and agenda are being prepared.
        Planned = "PLANNED",
        /// Votes are taken; policy and roll are frozen.
        Open = "OPEN",
        /// No vote is taken any more; minutes are written and signed.
        Closed = "CLOSED",
        /// The chair has signed; the result holds.
        Confirmed = "CONFIRMED",
        /// Did not take place.
        Cancelled = "CANCELLED",
    }
}

text_enum! {
    /// What can be done with a review session.
    ReviewSessionAct {
        /// Begin to take votes (roll frozen, quorum met).
        Open = "OPEN",
        /// Stop taking votes.
        Close = "CLOSE",
        /// Vote again, with a reason: the count, and a signature under it, are void.
        Reopen = "REOPEN",
        /// The secretary signs the minutes; the state stays.
        Sign = "SIGN",
        /// The chair signs; every agenda item gets its result.
        Confirm = "CONFIRM",
        /// Call it off, with a reason; its items leave the agenda.
        Cancel = "CANCEL",
    }
}

/// The machine of review sessions.
pub const REVIEW_SESSION: Machine<ReviewSessionState, ReviewSessionAct> = Machine {
    noun: "review_session",
    initial: ReviewSessionState::Planned,
    transitions: &[
        Transition {
            from: &[ReviewSessionState::Planned],
            act: ReviewSessionAct::Open,
            to: ReviewSessionState::Open,
        },
        Transition {
            from: &[ReviewSessionState::Open],
            act: ReviewSessionAct::Close,
            to: ReviewSessionState::Closed,
        },
        Transition {
            from: &[ReviewSessionState::Closed],
            act: ReviewSessionAct::Reopen,
            to: ReviewSessionState::Open,
        },
        Transition {
            from: &[ReviewSessionState::Closed],
            act: ReviewSessionAct::Sign,
            to: ReviewSessionState::Closed,
        },
        Transition {
            from: &[ReviewSessionState::Closed],
            act: ReviewSessionAct::Confirm,
            to: ReviewSessionState::Confirmed,
        },
        Transition {
            from: &[ReviewSessionState::Planned, ReviewSessionState::Open],
            act: ReviewSessionAct::Cancel,
            to: ReviewSessionState::Cancelled,
        },
    ],
    inner: &[],
};
