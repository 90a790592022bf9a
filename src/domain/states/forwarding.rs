//! The life of a batch sent to the higher level (`decisions.md` M-2, R-F1). The higher level answers only
//! what it has acknowledged.

use crate::domain::machine::{Machine, Transition};
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Stored state of a forwarding.
    ForwardingState {
        /// Being prepared; the receiver sees nothing yet.
        Draft = "DRAFT",
        /// Sent; the receiver sees it with its dossiers.
        Sent = "SENT",
        /// The receiver has confirmed the receipt.
        Acknowledged = "ACKNOWLEDGED",
        /// The higher level's decision is recorded.
        Decided = "DECIDED",
        /// Given back for supplement; can be sent again.
        Returned = "RETURNED",
        /// Refused.
        Declined = "DECLINED",
    }
}

text_enum! {
    /// What can be done with a forwarding.
    ForwardingAct {
        /// Send it, or send it again after a return.
        Send = "SEND",
        /// Take it back before the receiver has confirmed the receipt, with a reason.
        Recall = "RECALL",
        /// What taking back means for one that the receiver had before and gave back: it is that again.
        RecallResent = "RECALL_RESENT",
        /// Confirm the receipt.
        Acknowledge = "ACKNOWLEDGE",
        /// Record the higher level's decision.
        RecordDecision = "RECORD_DECISION",
        /// Give it back, with a reason.
        Return = "RETURN",
        /// Refuse it, with a reason.
        Decline = "DECLINE",
    }
}

/// The machine of forwardings.
pub const FORWARDING: Machine<ForwardingState, ForwardingAct> = Machine {
    noun: "forwarding",
    initial: ForwardingState::Draft,
    transitions: &[
        Transition {
            from: &[ForwardingState::Draft, ForwardingState::Returned],
            act: ForwardingAct::Send,
            to: ForwardingState::Sent,
        },
        Transition {
            from: &[ForwardingState::Sent],
            act: ForwardingAct::Recall,
            to: ForwardingState::Draft,
        },
        Transition {
            from: &[ForwardingState::Sent],
            act: ForwardingAct::RecallResent,
            to: ForwardingState::Returned,
        },
        Transition {
            from: &[ForwardingState::Sent],
            act: ForwardingAct::Acknowledge,
            to: ForwardingState::Acknowledged,
        },
        Transition {
            from: &[ForwardingState::Acknowledged],
            act: ForwardingAct::RecordDecision,
            to: ForwardingState::Decided,
        },
        Transition {
            from: &[ForwardingState::Acknowledged],
            act: ForwardingAct::Return,
            to: ForwardingState::Returned,
        },
        Transition {
            from: &[ForwardingState::Acknowledged],
            act: ForwardingAct::Decline,
            to: ForwardingState::Declined,
        },
    ],
    inner: &[ForwardingAct::RecallResent],
};
