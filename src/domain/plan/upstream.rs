//! The limit that the level above sets for a form (5.8).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::codes::SubjectKind;
use crate::domain::quota::Headcount;

/// A limit set above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamQuota {
    /// Award form.
    #[schema(min_length = 1, max_length = 40)]
    pub form: String,
    /// Most collectives.
    #[schema(minimum = 0)]
    pub collectives: u32,
    /// Most individuals.
    #[schema(minimum = 0)]
    pub individuals: u32,
}

/// One kind of subject of which more goes up than the level above allots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamExcess {
    /// Kind of subjects.
    pub subject_kind: SubjectKind,
    /// Most that the level above allots.
    pub limit: u32,
    /// Sent earlier and not given back or refused.
    pub above: u32,
    /// Sent now.
    pub asked: u32,
}

impl UpstreamQuota {
    /// What exceeds the limit when `asked` goes up beside what is `above` already (5.8). Kinds that are not
    /// asked for are not told again.
    pub fn excess(&self, above: Headcount, asked: Headcount) -> Vec<UpstreamExcess> {
        [
            (
                SubjectKind::Collective,
                self.collectives,
                above.collectives,
                asked.collectives,
            ),
            (
                SubjectKind::Individual,
                self.individuals,
                above.individuals,
                asked.individuals,
            ),
        ]
        .into_iter()
        .filter(|(_, limit, above, asked)| *asked > 0 && above.saturating_add(*asked) > *limit)
        .map(|(subject_kind, limit, above, asked)| UpstreamExcess {
            subject_kind,
            limit,
            above,
            asked,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_above_counts_what_went_up_before() {
        let limit = UpstreamQuota {
            form: "BANG_KHEN_TINH".to_owned(),
            collectives: 1,
            individuals: 3,
        };
        let count = |collectives, individuals| Headcount {
            collectives,
            individuals,
            households: 0,
        };
        for (above, asked, exceeded) in [
            ((0, 0), (1, 3), vec![]),
            ((0, 0), (0, 4), vec![SubjectKind::Individual]),
            ((0, 2), (0, 1), vec![]),
            ((0, 2), (0, 2), vec![SubjectKind::Individual]),
            (
                (1, 3),
                (1, 1),
                vec![SubjectKind::Collective, SubjectKind::Individual],
            ),
            // What exceeds it already is told of the kind that goes up now, and of no other.
            ((2, 0), (0, 1), vec![]),
            ((0, u32::MAX), (0, 1), vec![SubjectKind::Individual]),
        ] {
            let found = limit.excess(count(above.0, above.1), count(asked.0, asked.1));
            let kinds: Vec<_> = found.iter().map(|line| line.subject_kind).collect();
            assert_eq!(kinds, exceeded, "{above:?} and {asked:?}");
        }
    }
}
