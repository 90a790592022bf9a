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
        assert_eq!(policy.quorum_met(present, total), met, "{present} of {total}");
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
fn sessions_vote_openly_or_by_consensus_where_the_rules_allow_it() {
    for consensus_allowed in [true, false] {
        let policy = CouncilPolicy {
            consensus_allowed,
            ..CouncilPolicy::default()
        };
        for (method, permitted) in [
            (VotingMethod::OpenVote, true),
            (VotingMethod::Consensus, consensus_allowed),
            (VotingMethod::SecretBallot, false),
            (VotingMethod::Written, false),
        ] {
            assert_eq!(policy.permits(method), permitted, "{method} {consensus_allowed}");
        }
    }
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
        (&policy, Attendance::Present, SessionMode::Meeting, true, true),
        (&policy, Attendance::Substitute, SessionMode::Meeting, true, true),
        (&policy, Attendance::Written, SessionMode::Meeting, false, true),
        (&policy, Attendance::Written, SessionMode::Written, true, true),
        (&policy, Attendance::Absent, SessionMode::Meeting, false, false),
        (&strict, Attendance::Substitute, SessionMode::Online, false, false),
        (&strict, Attendance::Written, SessionMode::Meeting, false, false),
        (&strict, Attendance::Written, SessionMode::Written, true, true),
    ] {
        assert_eq!(
            policy.counts_for_quorum(attendance, mode),
            counts,
            "{attendance} {mode}"
        );
        assert_eq!(policy.may_vote(attendance, mode), votes, "{attendance} {mode}");
    }
}

#[test]
fn consensus_is_the_consent_of_those_present() {
    use ConsensusOutcome::{NotRecommended, Recommended};
    for (outcome, consenting, present, passes) in [
        (Recommended, 5, 5, true),
        // One of those present is the nominee himself.
        (Recommended, 4, 5, true),
        (Recommended, 3, 3, false),
        (NotRecommended, 7, 7, false),
    ] {
        let tally = Tally::consensus(outcome, consenting, true, present, 7);
        assert!(tally.is_consistent() && tally.valid() == consenting);
        assert_eq!(
            CouncilPolicy::default().passes(&tally),
            passes,
            "{outcome} {consenting}"
        );
    }
}

/// R-V2: what is agreed by exactly the half goes as the chair, if he is one of them.
#[test]
fn a_tie_of_those_who_agree_is_the_chairs() {
    use ConsensusOutcome::{NotRecommended, Recommended};
    let rules = |tie_break| CouncilPolicy {
        tie_break,
        ..CouncilPolicy::default()
    };
    for (outcome, chair, tie_break, passes) in [
        (Recommended, true, TieBreak::Chair, true),
        (Recommended, false, TieBreak::Chair, false),
        (Recommended, true, TieBreak::None, false),
        (NotRecommended, true, TieBreak::Chair, false),
    ] {
        let tally = Tally::consensus(outcome, 4, chair, 6, 8);
        assert_eq!(
            rules(tie_break).passes(&tally),
            passes,
            "{outcome} {chair} {tie_break:?}"
        );
    }
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
        (r#"{"quorum":{"numerator":3,"denominator":3}}"#, None),
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

#[test]
fn the_count_keeps_the_vote_of_the_chair() {
    for chair in [None, Some(VoteChoice::Agree), Some(VoteChoice::Abstain)] {
        let tally = Tally::count([VoteChoice::Disagree], 1, 2, chair);
        assert_eq!(tally.chair, chair);
    }
}

#[test]
fn a_count_that_cannot_be_is_noticed() {
    let good = Tally {
        agree: 2,
        disagree: 1,
        abstain: 1,
        absent: 2,
        total_members: 7,
        present: 5,
        chair: None,
    };
    assert!(good.is_consistent());
    for (bad, why) in [
        (
            Tally { agree: 4, ..good },
            "more votes than members who took part",
        ),
        (
            Tally {
                present: 8,
                absent: 0,
                ..good
            },
            "more took part than there are",
        ),
        (Tally { absent: 3, ..good }, "somebody is counted twice"),
        (Tally { absent: 1, ..good }, "somebody is not counted"),
    ] {
        assert!(!bad.is_consistent(), "{why}");
    }
}

#[test]
fn a_share_that_does_not_suffice_is_told_in_whole_and_hundredths() {
    let sentence = not_reached(3, 7, 4206);
    assert_eq!(
        (sentence.vi.as_ref(), sentence.en.as_ref()),
        (
            "Đồng ý 3/7 (42,06%), không đạt tỷ lệ quy định",
            "3 of 7 agreed (42.06%), below the required share"
        )
    );
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
