//! Quorum, threshold and tally of a council (`domain.md` 1.7; R-V1 to R-V6). Integers only: a share is
//! compared by cross-multiplication, the percentage is for the minutes alone.

use serde::{Deserialize, Serialize};

use super::codes::{
    Attendance, ConsensusOutcome, PercentageBase, SessionMode, ThresholdComparison, TieBreak, VoteChoice,
    VotingMethod,
};
use super::error::Sentence;
use super::merge_patch::MergePatch;

/// Fewest voters of a secret ballot; with less everyone's vote could be guessed (R-V6).
pub const SECRET_BALLOT_VOTERS: u32 = 3;

const WHOLE: u64 = 10_000;

/// Share of all members that must take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quorum {
    /// 2 in "2/3".
    #[schema(minimum = 1, maximum = 100)]
    pub numerator: u32,
    /// 3 in "2/3".
    #[schema(minimum = 1, maximum = 100)]
    pub denominator: u32,
}

/// The working rules of a council; a session keeps the ones that held when it was opened (R-V1).
/// Defaults: quorum 2/3, more than half of all members, open vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a separate sentence of the working rules"
)]
pub struct CouncilPolicy {
    /// Share of all members that must take part.
    pub quorum: Quorum,
    /// Share of agreeing votes in basis points, 0 to 10 000 (8000 = 80 %).
    #[schema(minimum = 0, maximum = 10000)]
    pub threshold_basis_points: u16,
    /// Reached or exceeded.
    pub comparison: ThresholdComparison,
    /// What the share is measured against.
    pub threshold_base: PercentageBase,
    /// How votes are taken.
    pub method: VotingMethod,
    /// Absent members may answer in writing (R-V4).
    pub absent_in_writing: bool,
    /// An absent member may send a substitute named in writing (R-V3).
    pub substitute_allowed: bool,
    /// What decides when the share is exactly a threshold that must be exceeded.
    pub tie_break: TieBreak,
    /// Nobody votes on the own collective (C-8); voting on oneself is always blocked.
    pub own_collective_votes_blocked: bool,
    /// The secretary may record "thống nhất" for a list instead of votes (R-V5).
    pub consensus_allowed: bool,
}

/// Members of a policy that change.
pub type CouncilPolicyPatch = MergePatch<CouncilPolicy>;

impl Default for CouncilPolicy {
    fn default() -> Self {
        Self {
            quorum: Quorum {
                numerator: 2,
                denominator: 3,
            },
            threshold_basis_points: 5000,
            comparison: ThresholdComparison::MoreThan,
            threshold_base: PercentageBase::TotalMembers,
            method: VotingMethod::OpenVote,
            absent_in_writing: true,
            substitute_allowed: true,
            tie_break: TieBreak::None,
            own_collective_votes_blocked: false,
            consensus_allowed: true,
        }
    }
}

/// What is impossible in a [`CouncilPolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// The quorum is no share between 0 (excluded) and 1.
    #[error("the quorum must be a share above 0 and at most 1")]
    Quorum,
    /// The threshold can be met by nobody or is above 10 000 basis points.
    #[error("the threshold must lie between 0 and 10000 basis points and be possible to reach")]
    Threshold,
}

/// Why a share of agreeing votes does not suffice.
pub fn not_reached(agree: u32, base: u32, hundredths: u32) -> Sentence {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    Sentence::new(
        format!("Đồng ý {agree}/{base} ({whole},{part:02}%), không đạt tỷ lệ quy định"),
        format!("{agree} of {base} agreed ({whole}.{part:02}%), below the required share"),
    )
}

impl CouncilPolicy {
    /// Refuses a policy that cannot be applied.
    pub fn validate(&self) -> Result<(), PolicyFault> {
        let Quorum {
            numerator,
            denominator,
        } = self.quorum;
        let points = u64::from(self.threshold_basis_points);
        let impossible = points > WHOLE
            || (points == WHOLE && self.comparison == ThresholdComparison::MoreThan)
            || (points == 0 && self.comparison == ThresholdComparison::AtLeast);
        if numerator == 0 || numerator > denominator {
            Err(PolicyFault::Quorum)
        } else if impossible {
            Err(PolicyFault::Threshold)
        } else {
            Ok(())
        }
    }

    /// True when sessions are held with this way of voting. Secret ballots and written polls need tables and terms of
    /// their own (R-V4, R-V6), so neither a session nor the working rules name them yet.
    pub const fn permits(&self, method: VotingMethod) -> bool {
        match method {
            VotingMethod::OpenVote => true,
            VotingMethod::Consensus => self.consensus_allowed,
            VotingMethod::SecretBallot | VotingMethod::Written => false,
        }
    }

    /// True when `present` of `total` members are enough (R-V1); never without members.
    pub fn quorum_met(&self, present: u32, total: u32) -> bool {
        let Quorum {
            numerator,
            denominator,
        } = self.quorum;
        total > 0 && u64::from(present) * u64::from(denominator) >= u64::from(total) * u64::from(numerator)
    }

    /// True when a member who took part in this way counts for the quorum: in the room, or by a
    /// substitute where that is allowed; written answers only where the whole session is in writing.
    pub fn counts_for_quorum(&self, attendance: Attendance, mode: SessionMode) -> bool {
        match attendance {
            Attendance::Present => true,
            Attendance::Substitute => self.substitute_allowed,
            Attendance::Written => mode == SessionMode::Written,
            Attendance::Absent => false,
        }
    }

    /// True when a member who took part in this way has a vote.
    pub fn may_vote(&self, attendance: Attendance, mode: SessionMode) -> bool {
        match attendance {
            Attendance::Written => self.absent_in_writing || mode == SessionMode::Written,
            other => self.counts_for_quorum(other, mode),
        }
    }

    /// The number that agreeing votes are measured against.
    pub fn base(&self, tally: &Tally) -> u32 {
        match self.threshold_base {
            PercentageBase::TotalMembers => tally.total_members,
            PercentageBase::Present => tally.present,
            PercentageBase::ValidBallots => tally.valid(),
        }
    }

    /// True when the tally is in favour (R-V2). The quorum is a question of its own.
    pub fn passes(&self, tally: &Tally) -> bool {
        let base = self.base(tally);
        let agree = u64::from(tally.agree) * WHOLE;
        let threshold = u64::from(base) * u64::from(self.threshold_basis_points);
        if base == 0 {
            return false;
        }
        match self.comparison {
            ThresholdComparison::AtLeast => agree >= threshold,
            ThresholdComparison::MoreThan => {
                let chair_agrees = tally.chair == Some(VoteChoice::Agree);
                agree > threshold || (agree == threshold && self.tie_break == TieBreak::Chair && chair_agrees)
            }
        }
    }

    /// The share of agreeing votes for the minutes, in hundredths of a percent (8571 = 85.71 %), rounded
    /// to the nearest; 0 without a base (R-V2). Never used for a comparison.
    pub fn percentage_hundredths(&self, tally: &Tally) -> u32 {
        percentage_hundredths(tally.agree, self.base(tally))
    }
}

/// `part` of `base` in hundredths of a percent, halves up; 0 when the base is 0.
pub fn percentage_hundredths(part: u32, base: u32) -> u32 {
    let (part, base) = (u64::from(part), u64::from(base));
    let doubled = part * WHOLE * 2 + base;
    doubled
        .checked_div(base * 2)
        .and_then(|share| u32::try_from(share).ok())
        .unwrap_or(0)
}

/// The count of votes on one nomination. The base stays the whole council even when a member may not
/// vote on this line (scenario 5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Đồng ý.
    pub agree: u32,
    /// Không đồng ý.
    pub disagree: u32,
    /// Ý kiến khác.
    pub abstain: u32,
    /// Members who took no part.
    pub absent: u32,
    /// All members of the council.
    pub total_members: u32,
    /// Members who took part: in the room, by substitute or in writing.
    pub present: u32,
    /// The chair's own vote where votes carry names.
    pub chair: Option<VoteChoice>,
}

impl Tally {
    /// Counts votes; `present` of `total_members` took part.
    pub fn count(
        votes: impl IntoIterator<Item = VoteChoice>,
        present: u32,
        total_members: u32,
        chair: Option<VoteChoice>,
    ) -> Self {
        let absent = total_members.saturating_sub(present);
        let mut tally = Self {
            absent,
            total_members,
            present,
            chair,
            ..Self::default()
        };
        for vote in votes {
            let counter = match vote {
                VoteChoice::Agree => &mut tally.agree,
                VoteChoice::Disagree => &mut tally.disagree,
                VoteChoice::Abstain => &mut tally.abstain,
            };
            *counter = counter.saturating_add(1);
        }
        tally
    }

    /// What those present agreed on (R-V5): every one of the `consenting`, who are those present but for
    /// whom the line concerns (C-8); whether the `chair` is one of them decides where the rules break a tie so.
    pub fn consensus(
        outcome: ConsensusOutcome,
        consenting: u32,
        chair: bool,
        present: u32,
        total_members: u32,
    ) -> Self {
        let (agree, disagree, choice) = match outcome {
            ConsensusOutcome::Recommended => (consenting, 0, VoteChoice::Agree),
            ConsensusOutcome::NotRecommended => (0, consenting, VoteChoice::Disagree),
        };
        Self {
            agree,
            disagree,
            absent: total_members.saturating_sub(present),
            total_members,
            present,
            chair: chair.then_some(choice),
            ..Self::default()
        }
    }

    /// Votes given.
    pub fn valid(&self) -> u32 {
        self.agree
            .saturating_add(self.disagree)
            .saturating_add(self.abstain)
    }

    /// True when no more votes were given than members took part, and no more took part than there are.
    pub fn is_consistent(&self) -> bool {
        self.valid() <= self.present
            && self.present <= self.total_members
            && self.absent == self.total_members - self.present
    }
}

#[cfg(test)]
mod tests;
