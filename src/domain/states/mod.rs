//! States, acts and machines of every noun that has a life (`domain.md` 5.3, 5.4; `decisions.md` C-11, M-2).
//!
//! Each file holds one noun: its closed list of states, its closed list of acts, and one constant
//! [`Machine`](super::machine::Machine). Guards that need data stand with the use cases.

mod campaign;
mod decision;
mod file;
mod forwarding;
mod nomination;
mod session;
mod submission;
#[cfg(test)]
mod tests;

pub use campaign::{CAMPAIGN, CampaignAct, CampaignState};
pub use decision::{DECISION, DecisionAct, DecisionState};
pub use file::{FILE, FileAct, FileState};
pub use forwarding::{FORWARDING, ForwardingAct, ForwardingState};
pub use nomination::{NOMINATION, NominationAct, NominationState};
pub use session::{REVIEW_SESSION, ReviewSessionAct, ReviewSessionState};
pub use submission::{SUBMISSION, SubmissionAct, SubmissionState};
