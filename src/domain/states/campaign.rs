//! The life of a campaign (`domain.md` 5.3). Phase and intake are derived from dates, never states.

use crate::domain::machine::{Machine, Transition};
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Stored state of a campaign.
    CampaignState {
        /// Being written by the launching organisation.
        Draft = "DRAFT",
        /// Before the one who approves.
        InApproval = "IN_APPROVAL",
        /// Approved, not yet numbered and published.
        Approved = "APPROVED",
        /// In force; its terms change only by an amendment.
        Published = "PUBLISHED",
        /// Final review (tổng kết) done; no open nomination is left.
        Concluded = "CONCLUDED",
        /// Filed.
        Archived = "ARCHIVED",
        /// Given up before any decision.
        Cancelled = "CANCELLED",
    }
}

text_enum! {
    /// What can be done with a campaign.
    CampaignAct {
        /// Hand the draft to the one who approves.
        RequestApproval = "REQUEST_APPROVAL",
        /// Give it back to the drafter, with a reason, until it is published.
        Return = "RETURN",
        /// Approve it.
        Approve = "APPROVE",
        /// Number and publish the plan.
        Publish = "PUBLISH",
        /// Close it with the final review's report.
        Conclude = "CONCLUDE",
        /// File it.
        Archive = "ARCHIVE",
        /// Give it up, with a reason. "Before any decision" is a guard.
        Cancel = "CANCEL",
    }
}

/// The machine of campaigns.
pub const CAMPAIGN: Machine<CampaignState, CampaignAct> = Machine {
    noun: "campaign",
    initial: CampaignState::Draft,
    transitions: &[
        Transition {
            from: &[CampaignState::Draft],
            act: CampaignAct::RequestApproval,
            to: CampaignState::InApproval,
        },
        Transition {
            from: &[CampaignState::InApproval, CampaignState::Approved],
            act: CampaignAct::Return,
            to: CampaignState::Draft,
        },
        Transition {
            from: &[CampaignState::InApproval],
            act: CampaignAct::Approve,
            to: CampaignState::Approved,
        },
        Transition {
            from: &[CampaignState::Approved],
            act: CampaignAct::Publish,
            to: CampaignState::Published,
        },
        Transition {
            from: &[CampaignState::Published],
            act: CampaignAct::Conclude,
            to: CampaignState::Concluded,
        },
        Transition {
            from: &[CampaignState::Concluded],
            act: CampaignAct::Archive,
            to: CampaignState::Archived,
        },
        Transition {
            from: &[
                CampaignState::Draft,
                CampaignState::InApproval,
                CampaignState::Approved,
                CampaignState::Published,
            ],
            act: CampaignAct::Cancel,
            to: CampaignState::Cancelled,
        },
    ],
    inner: &[],
};
