//! The statistics of a campaign: what is counted together, what a change adds to the counts and takes from
//! them, and the answer that follows from them (C-17). Who keeps the counts, and when, is not said here.

use std::collections::BTreeMap;

use serde::Serialize;

use super::codes::SubjectKind;
use super::ids::{CampaignId, OrganizationId};
use super::states::{NominationState, SubmissionState};

#[cfg(test)]
mod tests;

/// What is counted together within a division.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Dossiers in a state.
    Submission(SubmissionState),
    /// Nominations of a state, kind of subject and current form; those of withdrawn dossiers are not counted.
    Nomination {
        /// Their state.
        state: NominationState,
        /// Kind of their subjects.
        subject_kind: SubjectKind,
        /// Their current award form.
        form: String,
    },
}

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The division.
    pub division_id: OrganizationId,
    /// What.
    pub kind: Kind,
}

/// One object as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Where.
    pub group: Group,
    /// A late dossier, or a nomination on hold.
    pub marked: bool,
}

/// How many objects of a group there are, or more or fewer than before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub number: i64,
    /// Late dossiers, or nominations on hold, among them.
    pub marked: i64,
}

/// What changed objects add to the counts and take from them, each seen before and after; what stays as it
/// is stands in no line.
pub fn differences<'a>(
    changes: impl IntoIterator<Item = (Option<&'a Counted>, Option<&'a Counted>)>,
) -> BTreeMap<Group, Tally> {
    let mut all: BTreeMap<Group, Tally> = BTreeMap::new();
    for (before, after) in changes {
        for (object, sign) in [(before, -1), (after, 1)] {
            let Some(object) = object else { continue };
            let tally = all.entry(object.group.clone()).or_default();
            tally.number += sign;
            tally.marked += if object.marked { sign } else { 0 };
        }
    }
    all.retain(|_, tally| *tally != Tally::default());
    all
}

/// Dossiers in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SubmissionStateCount {
    /// The state.
    pub state: SubmissionState,
    /// How many.
    pub count: u64,
}

/// Dossiers in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SubmissionCounts {
    /// All, drafts and withdrawn ones included.
    pub total: u64,
    /// Those handed in late.
    pub late: u64,
    /// By state, in the order of their life; states without any are left out.
    pub by_state: Vec<SubmissionStateCount>,
}

/// Nominations in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NominationStateCount {
    /// The state.
    pub state: NominationState,
    /// How many.
    pub count: u64,
}

/// Nominations of a kind of subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SubjectKindCount {
    /// Kind of the subjects.
    pub subject_kind: SubjectKind,
    /// How many.
    pub count: u64,
}

/// Nominations for a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FormCount {
    /// Code of the current award form.
    pub form: String,
    /// How many.
    pub count: u64,
}

/// Nominations in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NominationCounts {
    /// All, those of drafts included, those of withdrawn dossiers not.
    pub total: u64,
    /// Those on hold.
    pub on_hold: u64,
    /// By state, in the order of their life; states without any are left out.
    pub by_state: Vec<NominationStateCount>,
    /// By kind of subject.
    pub by_subject_kind: Vec<SubjectKindCount>,
    /// By current award form.
    pub by_form: Vec<FormCount>,
}

/// Awards of a form to a kind of subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardCount {
    /// Code of the award form.
    pub form: String,
    /// Kind of the subjects.
    pub subject_kind: SubjectKind,
    /// How many.
    pub count: u64,
}

/// A division in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DivisionCounts {
    /// The division.
    pub division_id: OrganizationId,
    /// Its dossiers.
    pub submissions: SubmissionCounts,
    /// Its nominations.
    pub nominations: NominationCounts,
}

/// A campaign in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All dossiers.
    pub submissions: SubmissionCounts,
    /// All nominations.
    pub nominations: NominationCounts,
    /// Awards that stand, by form and kind of subject.
    pub awards: Vec<AwardCount>,
    /// Each division that has any.
    pub divisions: Vec<DivisionCounts>,
}

/// Dossiers and nominations while they are added up.
#[derive(Debug, Default)]
struct Sums {
    submissions: BTreeMap<SubmissionState, u64>,
    late: u64,
    nominations: BTreeMap<NominationState, u64>,
    on_hold: u64,
    subject_kinds: BTreeMap<SubjectKind, u64>,
    forms: BTreeMap<String, u64>,
}

impl Sums {
    fn add(&mut self, kind: &Kind, number: u64, marked: u64) {
        match kind {
            Kind::Submission(state) => {
                *self.submissions.entry(*state).or_default() += number;
                self.late += marked;
            }
            Kind::Nomination {
                state,
                subject_kind,
                form,
            } => {
                *self.nominations.entry(*state).or_default() += number;
                self.on_hold += marked;
                *self.subject_kinds.entry(*subject_kind).or_default() += number;
                *self.forms.entry(form.clone()).or_default() += number;
            }
        }
    }

    fn told(self) -> (SubmissionCounts, NominationCounts) {
        let submissions = SubmissionCounts {
            total: self.submissions.values().sum(),
            late: self.late,
            by_state: list(self.submissions, |state, count| SubmissionStateCount {
                state,
                count,
            }),
        };
        let nominations = NominationCounts {
            total: self.nominations.values().sum(),
            on_hold: self.on_hold,
            by_state: list(self.nominations, |state, count| NominationStateCount {
                state,
                count,
            }),
            by_subject_kind: list(self.subject_kinds, |subject_kind, count| SubjectKindCount {
                subject_kind,
                count,
            }),
            by_form: list(self.forms, |form, count| FormCount { form, count }),
        };
        (submissions, nominations)
    }
}

fn list<K, T>(counts: BTreeMap<K, u64>, line: impl Fn(K, u64) -> T) -> Vec<T> {
    counts.into_iter().map(|(key, count)| line(key, count)).collect()
}

/// The statistics that follow from the counts of a campaign.
pub fn summary(counts: impl IntoIterator<Item = (OrganizationId, Kind, Tally)>) -> Statistics {
    let mut all = Sums::default();
    let mut divisions: BTreeMap<OrganizationId, Sums> = BTreeMap::new();
    let mut awards: BTreeMap<(String, SubjectKind), u64> = BTreeMap::new();
    for (division, kind, tally) in counts {
        let (Ok(number @ 1..), Ok(marked)) = (u64::try_from(tally.number), u64::try_from(tally.marked))
        else {
            continue;
        };
        all.add(&kind, number, marked);
        divisions.entry(division).or_default().add(&kind, number, marked);
        if let Kind::Nomination {
            state: NominationState::Awarded,
            subject_kind,
            form,
        } = kind
        {
            *awards.entry((form, subject_kind)).or_default() += number;
        }
    }
    let (submissions, nominations) = all.told();
    let of_division = |(division_id, sums): (OrganizationId, Sums)| {
        let (submissions, nominations) = sums.told();
        DivisionCounts {
            division_id,
            submissions,
            nominations,
        }
    };
    Statistics {
        submissions,
        nominations,
        awards: list(awards, |(form, subject_kind), count| AwardCount {
            form,
            subject_kind,
            count,
        }),
        divisions: divisions.into_iter().map(of_division).collect(),
    }
}
