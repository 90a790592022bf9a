//! Suggestions for the order of candidates (R-P1) and the share of direct workers (R-P2). Information
//! only: a human decides (Law 2022 Art. 5; ND152 Art. 4(6)).

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::codes::LeadershipClass;

/// Women in a collective's staff from which it has priority, in tenths (70 %; R-P1).
const WOMEN_MAJORITY_TENTHS: u64 = 7;

/// What the order looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Candidate<K> {
    /// Whose place it is, usually the nomination's identifier; never compared.
    pub key: K,
    /// Agreeing votes in hundredths of a percent, 0 to 10 000.
    pub council_result: u32,
    /// Works directly (`DIRECT_WORKER`) rather than leads; false for collectives.
    pub direct_worker: bool,
    /// Works in a border or difficult area.
    pub difficult_area: bool,
    /// A woman, or a collective with at least 70 % women.
    pub women: bool,
    /// Place given by the chair, 1 first; none where the chair has not decided.
    pub chair_order: Option<u32>,
}

/// A candidate with its suggested place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked<K> {
    /// Place, 1 first; equal candidates share a place, the next one skips.
    pub rank: u32,
    /// True when the rules do not tell it from another candidate: the chair decides.
    pub tied: bool,
    /// The candidate.
    pub candidate: Candidate<K>,
}

/// The suggested order (R-P1): higher council result; direct worker before leader; difficult area;
/// woman or collective of mostly women; then the chair's decision. Equal candidates keep their order.
pub fn suggest<K>(mut candidates: Vec<Candidate<K>>) -> Vec<Ranked<K>> {
    candidates.sort_by(compare);
    let mut ranked: Vec<Ranked<K>> = Vec::with_capacity(candidates.len());
    let mut place: u32 = 0;
    for candidate in candidates {
        place = place.saturating_add(1);
        let mut next = Ranked {
            rank: place,
            tied: false,
            candidate,
        };
        if let Some(last) = ranked.last_mut()
            && compare(&last.candidate, &next.candidate).is_eq()
        {
            last.tied = true;
            next.tied = true;
            next.rank = last.rank;
        }
        ranked.push(next);
    }
    ranked
}

fn compare<K>(a: &Candidate<K>, b: &Candidate<K>) -> Ordering {
    let key = |one: &Candidate<K>| {
        (
            Reverse(one.council_result),
            Reverse(one.direct_worker),
            Reverse(one.difficult_area),
            Reverse(one.women),
            one.chair_order.unwrap_or(u32::MAX),
        )
    };
    key(a).cmp(&key(b))
}

/// True when at least 70 % of the staff are women (R-P1); never for an empty staff.
pub fn mostly_women(women: u32, headcount: u32) -> bool {
    headcount > 0 && u64::from(women) * 10 >= u64::from(headcount) * WOMEN_MAJORITY_TENTHS
}

/// Direct workers against leaders among the individuals of a list; information, no rule (R-P2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectWorkerShare {
    /// Individuals who work directly (`DIRECT_WORKER`).
    #[schema(minimum = 0)]
    pub direct_workers: u32,
    /// Individuals who lead (any other class).
    #[schema(minimum = 0)]
    pub leaders: u32,
    /// Direct workers among both, in hundredths of a percent; absent without individuals.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub share_hundredths: Option<u32>,
}

/// Counts direct workers and leaders; collectives are left out by the caller (R-P2).
pub fn direct_worker_share(individuals: impl IntoIterator<Item = LeadershipClass>) -> DirectWorkerShare {
    let mut share = DirectWorkerShare::default();
    for class in individuals {
        let counter = match class {
            LeadershipClass::DirectWorker => &mut share.direct_workers,
            _ => &mut share.leaders,
        };
        *counter = counter.saturating_add(1);
    }
    let all = share.direct_workers.saturating_add(share.leaders);
    share.share_hundredths =
        (all > 0).then(|| super::votes::percentage_hundredths(share.direct_workers, all));
    share
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(key: &'static str, council_result: u32) -> Candidate<&'static str> {
        Candidate {
            key,
            council_result,
            direct_worker: false,
            difficult_area: false,
            women: false,
            chair_order: None,
        }
    }

    #[test]
    fn each_rule_decides_only_where_the_ones_before_do_not() {
        let ranked = suggest(vec![
            plain("last", 8571),
            Candidate {
                chair_order: Some(2),
                ..plain("chair second", 8571)
            },
            Candidate {
                chair_order: Some(1),
                ..plain("chair first", 8571)
            },
            Candidate {
                women: true,
                ..plain("woman", 8571)
            },
            Candidate {
                difficult_area: true,
                ..plain("border", 8571)
            },
            Candidate {
                direct_worker: true,
                ..plain("direct", 8571)
            },
            plain("result", 10_000),
            Candidate {
                direct_worker: true,
                difficult_area: true,
                women: true,
                ..plain("low", 5714)
            },
        ]);
        let order: Vec<&str> = ranked.iter().map(|one| one.candidate.key).collect();
        assert_eq!(
            order,
            [
                "result",
                "direct",
                "border",
                "woman",
                "chair first",
                "chair second",
                "last",
                "low"
            ]
        );
        assert!(ranked.iter().all(|one| !one.tied));
        assert_eq!(ranked.last().unwrap().rank, 8);
    }

    #[test]
    fn equal_candidates_share_a_place_and_keep_their_order() {
        let ranked = suggest(vec![
            plain("a", 5714),
            plain("b", 8571),
            plain("c", 8571),
            plain("d", 5714),
        ]);
        let found: Vec<(u32, bool, &str)> = ranked
            .iter()
            .map(|one| (one.rank, one.tied, one.candidate.key))
            .collect();
        assert_eq!(
            found,
            [(1, true, "b"), (1, true, "c"), (3, true, "a"), (3, true, "d")]
        );
        assert!(suggest::<u8>(vec![]).is_empty());
    }

    #[test]
    fn seven_tenths_are_enough() {
        for (women, headcount, mostly) in [(7, 10, true), (6, 10, false), (5, 7, true), (0, 0, false)] {
            assert_eq!(mostly_women(women, headcount), mostly, "{women} of {headcount}");
        }
    }

    #[test]
    fn direct_workers_are_counted_against_leaders() {
        let share = direct_worker_share([
            LeadershipClass::DirectWorker,
            LeadershipClass::DirectWorker,
            LeadershipClass::OtherLeader,
        ]);
        assert_eq!((share.direct_workers, share.leaders), (2, 1));
        assert_eq!(share.share_hundredths, Some(6667));
        assert_eq!(direct_worker_share([]), DirectWorkerShare::default());
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_results_never_rise(results in prop::collection::vec((0u32..=4, any::<[bool; 3]>()), 0..20)) {
            let candidates: Vec<Candidate<usize>> = results.iter().enumerate().map(|(key, (result, [direct_worker, difficult_area, women]))| Candidate {
                key, council_result: *result, direct_worker: *direct_worker, difficult_area: *difficult_area, women: *women, chair_order: None,
            }).collect();
            let ranked = suggest(candidates);
            let mut keys: Vec<usize> = ranked.iter().map(|one| one.candidate.key).collect();
            for pair in ranked.windows(2) {
                prop_assert!(pair[0].candidate.council_result >= pair[1].candidate.council_result);
                prop_assert!(pair[0].rank <= pair[1].rank);
            }
            keys.sort_unstable();
            prop_assert_eq!(keys, (0..results.len()).collect::<Vec<_>>());
        }
    }
}
