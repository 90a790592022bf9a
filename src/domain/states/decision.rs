//! The life of a decision (`decisions.md` M-2): number and date are entered by the clerk after signing;
//! quota, money and AWARDED happen at ISSUE (R-Q1, R-D3, R-D5).

use crate::domain::machine::{Machine, Transition};
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Stored state of a decision.
    DecisionState {
        /// Being written.
        Draft = "DRAFT",
        /// Content and list checked.
        Checked = "CHECKED",
        /// Signed by the one who decides.
        Signed = "SIGNED",
        /// Numbered and dated in the register.
        Numbered = "NUMBERED",
        /// In force; immutable from here on (R-D4).
        Issued = "ISSUED",
        /// On the website and sent to the Board (R-D6).
        Published = "PUBLISHED",
        /// Given up before it was issued.
        Cancelled = "CANCELLED",
    }
}

text_enum! {
    /// What can be done with a decision.
    DecisionAct {
        /// Confirm that content and list are right.
        Check = "CHECK",
        /// Give it back to the drafter, with a reason, before it has a number.
        Return = "RETURN",
        /// Sign it.
        Sign = "SIGN",
        /// Enter number and date.
        Number = "NUMBER",
        /// Put it in force.
        Issue = "ISSUE",
        /// Make it public.
        Publish = "PUBLISH",
        /// Give it up, with a reason, before it is issued.
        Cancel = "CANCEL",
    }
}

/// The machine of decisions.
pub const DECISION: Machine<DecisionState, DecisionAct> = Machine {
    noun: "decision",
    initial: DecisionState::Draft,
    transitions: &[
        Transition {
            from: &[DecisionState::Draft],
            act: DecisionAct::Check,
            to: DecisionState::Checked,
        },
        Transition {
            from: &[DecisionState::Checked, DecisionState::Signed],
            act: DecisionAct::Return,
            to: DecisionState::Draft,
        },
        Transition {
            from: &[DecisionState::Checked],
            act: DecisionAct::Sign,
            to: DecisionState::Signed,
        },
        Transition {
            from: &[DecisionState::Signed],
            act: DecisionAct::Number,
            to: DecisionState::Numbered,
        },
        Transition {
            from: &[DecisionState::Numbered],
            act: DecisionAct::Issue,
            to: DecisionState::Issued,
        },
        Transition {
            from: &[DecisionState::Issued],
            act: DecisionAct::Publish,
            to: DecisionState::Published,
        },
        Transition {
            from: &[
                DecisionState::Draft,
                DecisionState::Checked,
                DecisionState::Signed,
                DecisionState::Numbered,
            ],
            act: DecisionAct::Cancel,
            to: DecisionState::Cancelled,
        },
    ],
    inner: &[],
};
