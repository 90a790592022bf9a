//! Quorum, threshold and tally of a council (`domain.md` 1.7; R-V1 to R-V6). Integers only: a share is
//! compared by cross-multiplication, the percentage is for the minutes alone.

use serde::{Deserialize, Serialize};

use super::codes::{
    Attendance, PercentageBase, SessionMode, ThresholdComparison, TieBreak, VoteChoice,
    VotingMethod,
};

/// Fewest voters of a secret ballot; with less everyone's vote could be guessed (R-V6).
pub const SECRET_BALLOT_VOTERS: u32 = 3;

const WHOLE: u64 = 10_000;

/// Share of all members that must take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quorum {
    /// 2 in "2/3".
    pub numerator: u32,
    /// 3 in "2/3".
    pub denominator: u32,
}

/// The working rules of a council; a session keeps the ones that held when it was opened (R-V1).
/// Defaults: quorum 2/3, more than half of all members, open vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CouncilPolicy {
    /// Share of all members that must take part.
    pub quorum: Quorum,
    /// Share of agreeing votes in basis points, 0 to 10 000 (8000 = 80 %).
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

    /// True when `present` of `total` members are enough (R-V1); never without members.
    pub fn quorum_met(&self, present: u32, total: u32) -> bool {
        let Quorum {
            numerator,
            denominator,
        } = self.quorum;
        total > 0
            && u64::from(present) * u64::from(denominator)
                >= u64::from(total) * u64::from(numerator)
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
                agree > threshold
                    || (agree == threshold && self.tie_break == TieBreak::Chair && chair_agrees)
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
            total_members,
            present,
            absent,
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

    /// Recorded consent of those present for a list (R-V5).
    pub fn consensus(present: u32, total_members: u32) -> Self {
        Self {
            agree: present,
            absent: total_members.saturating_sub(present),
            total_members,
            present,
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(agree: u32, total: u32) -> Tally {
        let votes = std::iter::repeat_n(VoteChoice::Agree, usize::try_from(agree).unwrap());
        Tally::count(votes, agree, total, None)
    }

    fn at_least(threshold_basis_points: u16) -> CouncilPolicy {
        CouncilPolicy {
            threshold_basis_points,
            comparison: ThresholdComparison::AtLeast,
            ..CouncilPolicy::default()
        }
    }

    #[test]
    fn scenario_4_quorum_of_seven() {
        let policy = CouncilPolicy::default();
        for (present, total, met) in [
            (5, 7, true),
            (4, 7, false),
            (7, 7, true),
            (0, 7, false),
            (0, 0, false),
            (2, 3, true),
            (6, 9, true),
        ] {
            assert_eq!(
                policy.quorum_met(present, total),
                met,
                "{present} of {total}"
            );
        }
        let four_fifths = CouncilPolicy {
            quorum: Quorum {
                numerator: 80,
                denominator: 100,
            },
            ..policy
        };
        assert!(four_fifths.quorum_met(8, 10) && !four_fifths.quorum_met(7, 10));
    }

    #[test]
    fn scenario_4_thresholds() {
        let half = CouncilPolicy::default();
        for (policy, agree, total, passes, percentage) in [
            (&half, 4, 7, true, 5714),
            (&half, 3, 7, false, 4286),
            (&half, 3, 6, false, 5000),
            (&at_least(8000), 6, 7, true, 8571),
            (&at_least(8000), 5, 7, false, 7143),
            (&at_least(8000), 4, 5, true, 8000),
            (&at_least(9000), 9, 10, true, 9000),
            (&at_least(9000), 8, 10, false, 8000),
            (&at_least(9000), 7, 7, true, 10_000),
            (&half, 0, 0, false, 0),
        ] {
            let tally = tally(agree, total);
            assert_eq!(policy.passes(&tally), passes, "{agree} of {total}");
            assert_eq!(
                policy.percentage_hundredths(&tally),
                percentage,
                "{agree} of {total}"
            );
        }
    }

    #[test]
    fn scenario_5_the_base_stays_the_whole_council() {
        let six = std::iter::repeat_n(VoteChoice::Agree, 3).chain([VoteChoice::Disagree; 3]);
        let tally = Tally::count(six, 7, 7, None);
        assert!(tally.is_consistent());
        assert_eq!(CouncilPolicy::default().percentage_hundredths(&tally), 4286);
        let four = Tally {
            agree: 4,
            disagree: 2,
            ..tally
        };
        assert!(CouncilPolicy::default().passes(&four));
        let ballots = CouncilPolicy {
            threshold_base: PercentageBase::ValidBallots,
            ..CouncilPolicy::default()
        };
        assert_eq!(ballots.percentage_hundredths(&four), 6667);
    }

    #[test]
    fn the_base_is_data() {
        let votes = [
            VoteChoice::Agree,
            VoteChoice::Agree,
            VoteChoice::Agree,
            VoteChoice::Abstain,
        ];
        let tally = Tally::count(votes, 5, 7, None);
        assert_eq!((tally.absent, tally.valid()), (2, 4));
        for (threshold_base, base, passes) in [
            (PercentageBase::TotalMembers, 7, false),
            (PercentageBase::Present, 5, true),
            (PercentageBase::ValidBallots, 4, true),
        ] {
            let policy = CouncilPolicy {
                threshold_base,
                ..CouncilPolicy::default()
            };
            assert_eq!(
                (policy.base(&tally), policy.passes(&tally)),
                (base, passes),
                "{threshold_base}"
            );
        }
    }

    #[test]
    fn the_chair_breaks_an_exact_tie_only_where_the_policy_says_so() {
        let chair = CouncilPolicy {
            tie_break: TieBreak::Chair,
            ..CouncilPolicy::default()
        };
        for (policy, agree, vote, passes) in [
            (&CouncilPolicy::default(), 3, VoteChoice::Agree, false),
            (&chair, 3, VoteChoice::Agree, true),
            (&chair, 3, VoteChoice::Disagree, false),
            (&chair, 2, VoteChoice::Agree, false),
        ] {
            let tally = Tally {
                chair: Some(vote),
                ..tally(agree, 6)
            };
            assert_eq!(policy.passes(&tally), passes);
        }
    }

    #[test]
    fn who_counts_and_who_votes() {
        let policy = CouncilPolicy::default();
        let strict = CouncilPolicy {
            absent_in_writing: false,
            substitute_allowed: false,
            ..policy.clone()
        };
        for (policy, attendance, mode, counts, votes) in [
            (
                &policy,
                Attendance::Present,
                SessionMode::Meeting,
                true,
                true,
            ),
            (
                &policy,
                Attendance::Substitute,
                SessionMode::Meeting,
                true,
                true,
            ),
            (
                &policy,
                Attendance::Written,
                SessionMode::Meeting,
                false,
                true,
            ),
            (
                &policy,
                Attendance::Written,
                SessionMode::Written,
                true,
                true,
            ),
            (
                &policy,
                Attendance::Absent,
                SessionMode::Meeting,
                false,
                false,
            ),
            (
                &strict,
                Attendance::Substitute,
                SessionMode::Online,
                false,
                false,
            ),
            (
                &strict,
                Attendance::Written,
                SessionMode::Meeting,
                false,
                false,
            ),
            (
                &strict,
                Attendance::Written,
                SessionMode::Written,
                true,
                true,
            ),
        ] {
            assert_eq!(
                policy.counts_for_quorum(attendance, mode),
                counts,
                "{attendance} {mode}"
            );
            assert_eq!(
                policy.may_vote(attendance, mode),
                votes,
                "{attendance} {mode}"
            );
        }
    }

    #[test]
    fn consensus_is_the_consent_of_those_present() {
        let tally = Tally::consensus(5, 7);
        assert!(tally.is_consistent() && CouncilPolicy::default().passes(&tally));
        assert!(!CouncilPolicy::default().passes(&Tally::consensus(3, 7)));
    }

    #[test]
    fn policies_are_read_with_defaults_and_checked() {
        let read: CouncilPolicy = serde_json::from_str("{}").unwrap();
        assert_eq!(read, CouncilPolicy::default());
        for (json, fault) in [
            (
                r#"{"quorum":{"numerator":0,"denominator":3}}"#,
                Some(PolicyFault::Quorum),
            ),
            (
                r#"{"quorum":{"numerator":4,"denominator":3}}"#,
                Some(PolicyFault::Quorum),
            ),
            (
                r#"{"threshold_basis_points":10001}"#,
                Some(PolicyFault::Threshold),
            ),
            (
                r#"{"threshold_basis_points":10000}"#,
                Some(PolicyFault::Threshold),
            ),
            (
                r#"{"threshold_basis_points":0,"comparison":"AT_LEAST"}"#,
                Some(PolicyFault::Threshold),
            ),
            (
                r#"{"threshold_basis_points":10000,"comparison":"AT_LEAST"}"#,
                None,
            ),
            (
                r#"{"threshold_basis_points":8000,"comparison":"AT_LEAST","method":"SECRET_BALLOT"}"#,
                None,
            ),
        ] {
            let policy: CouncilPolicy = serde_json::from_str(json).unwrap();
            assert_eq!(policy.validate().err(), fault, "{json}");
        }
        assert!(serde_json::from_str::<CouncilPolicy>(r#"{"threshold":50}"#).is_err());
    }

    proptest! {
        #[test]
        fn one_more_agreeing_vote_never_turns_a_pass_into_a_failure(
            points in 0u16..=10_000, total in 1u32..50, agree in 0u32..50, at_least in any::<bool>()
        ) {
            let comparison = if at_least { ThresholdComparison::AtLeast } else { ThresholdComparison::MoreThan };
            let policy = CouncilPolicy { threshold_basis_points: points, comparison, ..CouncilPolicy::default() };
            let more = tally(agree + 1, total);
            prop_assert!(!policy.passes(&tally(agree, total)) || policy.passes(&more));
        }

        #[test]
        fn percentages_stay_within_half_a_hundredth(base in 1u32.., part in 0u32..) {
            let part = part % base;
            let shown = i128::from(percentage_hundredths(part, base));
            let exact = i128::from(part) * 10_000;
            prop_assert!(((shown * i128::from(base) - exact) * 2).abs() <= i128::from(base));
        }
    }
}
