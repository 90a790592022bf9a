//! The quota "không quá 30% tổng số tập thể, cá nhân tham gia phong trào được khen thưởng"
//! (`domain.md` 5.8, R-Q1; `decisions.md` C-1).
//!
//! Pure arithmetic: who is counted is the caller's business (a nomination counts while
//! [`NominationState::counts_against_quota`](super::states::NominationState::counts_against_quota)). All
//! four readings of the sentence are computed, the configured one is enforced. The limit is a whole
//! number; "not more than 30 %" of T is the largest `a` with `10000 · a ≤ 3000 · T`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codes::{Enforcement, QuotaCount, QuotaForms, QuotaReading, QuotaScope, SubjectKind};
use super::ids::{NominationId, OrganizationId};

mod rule;
pub use rule::{QuotaRule, QuotaRuleFault, overriding_roles};

/// Participants by kind. Households are neither collectives nor individuals: they have a number and,
/// with SEPARATE, a limit of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Headcount {
    /// Tập thể.
    pub collectives: u32,
    /// Cá nhân.
    pub individuals: u32,
    /// Hộ gia đình.
    pub households: u32,
}

impl Headcount {
    /// Counts so many more of a kind.
    pub const fn add(&mut self, kind: SubjectKind, number: u32) {
        let place = match kind {
            SubjectKind::Collective => &mut self.collectives,
            SubjectKind::Individual => &mut self.individuals,
            SubjectKind::Household => &mut self.households,
        };
        *place = place.saturating_add(number);
    }

    /// The number of one group; none means all kinds.
    pub fn of(self, kind: Option<SubjectKind>) -> u64 {
        match kind {
            Some(SubjectKind::Collective) => self.collectives.into(),
            Some(SubjectKind::Individual) => self.individuals.into(),
            Some(SubjectKind::Household) => self.households.into(),
            None => SubjectKind::ALL.iter().map(|kind| self.of(Some(*kind))).sum(),
        }
    }
}

/// The frozen roll in numbers: the denominator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Participants {
    /// Of the whole launching organisation.
    pub total: Headcount,
    /// Of each division; none = those who belong to no division.
    pub divisions: BTreeMap<Option<OrganizationId>, Headcount>,
    /// Forms that the plan offers: a limit by form has a line of each, taken or not.
    pub forms: BTreeSet<String>,
}

/// Who is rewarded, whatever the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectKey {
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// Identifier of the individual or collective.
    pub id: Uuid,
}

/// A nomination that takes a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The nomination; one that is asked for replaces the counted one of the same identifier.
    pub nomination: NominationId,
    /// Who would be rewarded.
    pub subject: SubjectKey,
    /// Code of the award form.
    pub form: String,
    /// The subject's division, if any.
    pub division: Option<OrganizationId>,
    /// True once awarded (used, also after a revocation); false while the place is only reserved.
    pub used: bool,
}

/// One limit and what is taken of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QuotaLine {
    /// Kind of subjects; none = all kinds together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject_kind: Option<SubjectKind>,
    /// Award form; none = all covered forms together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub form: Option<String>,
    /// True when the line is that of one division (or of those without).
    pub per_division: bool,
    /// The division of a line per division; none there = those who belong to no division.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub division: Option<OrganizationId>,
    /// The denominator.
    pub participants: u64,
    /// The largest number allowed.
    pub limit: u64,
    /// Awarded.
    pub used: u64,
    /// Admitted, not yet awarded.
    pub reserved: u64,
    /// Places left; 0 when exceeded.
    pub remaining: u64,
    /// True when used and reserved together are more than the limit.
    pub exceeded: bool,
}

/// One reading of the sentence with all its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = QuotaReadingResult)]
pub struct Reading {
    /// Which reading.
    pub reading: QuotaReading,
    /// True for the one that the rule enforces.
    pub enforced: bool,
    /// True when a line is exceeded.
    pub exceeded: bool,
    /// The limits, in a stable order.
    pub lines: Vec<QuotaLine>,
}

/// The enforced reading does not admit what is asked (R-Q1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the quota would be exceeded by reading {which}")]
pub struct QuotaExceeded {
    /// All four readings as they would be.
    pub readings: Vec<Reading>,
    /// The reading that refused.
    pub which: QuotaReading,
    /// Its lines that are exceeded and that the act asks for.
    pub lines: Vec<QuotaLine>,
}

/// All four readings, in the order Q1 to Q4. Q3 follows the rule's scope, Q4 its scope and its forms.
pub fn readings(rule: &QuotaRule, participants: &Participants, counted: &[Counted]) -> Vec<Reading> {
    let counted: Vec<&Counted> = counted.iter().filter(|one| rule.covers(&one.form)).collect();
    QuotaReading::ALL
        .iter()
        .map(|reading| {
            let lines: Vec<QuotaLine> = groups(rule, participants, &counted, *reading)
                .into_iter()
                .map(|group| group.line(rule, participants, &counted))
                .collect();
            Reading {
                reading: *reading,
                enforced: *reading == rule.enforced(),
                exceeded: lines.iter().any(|line| line.exceeded),
                lines,
            }
        })
        .collect()
}

/// Admits `asked` beside what is `counted`, or says which reading refuses (R-Q1).
///
/// Refused is an act that asks for a place in a line of the enforced reading which is exceeded with it;
/// lines that the act does not touch do not matter, so an earlier override among collectives does not
/// stop individuals. With WARN nothing is refused and the readings show the excess.
pub fn check(
    rule: &QuotaRule,
    participants: &Participants,
    counted: &[Counted],
    asked: &[Counted],
) -> Result<Vec<Reading>, QuotaExceeded> {
    let replaced: BTreeSet<NominationId> = asked.iter().map(|one| one.nomination).collect();
    let together: Vec<Counted> = counted
        .iter()
        .filter(|one| !replaced.contains(&one.nomination))
        .chain(asked)
        .cloned()
        .collect();
    let readings = readings(rule, participants, &together);
    let lines = excess(rule, &readings, asked);
    if lines.is_empty() || rule.enforcement == Enforcement::Warn {
        return Ok(readings);
    }
    Err(QuotaExceeded {
        readings,
        which: rule.enforced(),
        lines,
    })
}

/// The lines of the enforced reading that are exceeded and that `asked` takes places in.
pub fn excess(rule: &QuotaRule, readings: &[Reading], asked: &[Counted]) -> Vec<QuotaLine> {
    readings
        .iter()
        .filter(|reading| reading.enforced)
        .flat_map(|reading| &reading.lines)
        .filter(|line| line.exceeded && asked.iter().any(|one| rule.covers(&one.form) && line.holds(one)))
        .cloned()
        .collect()
}

/// The lines of the enforced reading of `after` that are exceeded by more than they were `before`: a line that was
/// not there counts as not exceeded.
pub fn grown_excess(before: &[Reading], after: &[Reading]) -> Vec<QuotaLine> {
    let enforced = |readings: &[Reading]| -> Vec<QuotaLine> {
        let reading = readings.iter().find(|reading| reading.enforced);
        reading.map(|reading| reading.lines.clone()).unwrap_or_default()
    };
    let before = enforced(before);
    let beyond = |line: &QuotaLine| (line.used + line.reserved).saturating_sub(line.limit);
    enforced(after)
        .into_iter()
        .filter(|line| {
            let was = before.iter().find(|one| one.key() == line.key());
            beyond(line) > was.map_or(0, beyond)
        })
        .collect()
}

/// Whether `asked`, none of which is counted yet, would take more places than the kept readings leave; none
/// where they have no line for one of them.
pub fn would_exceed(rule: &QuotaRule, readings: &[Reading], asked: &[Counted]) -> Option<bool> {
    let asked: Vec<&Counted> = asked.iter().filter(|one| rule.covers(&one.form)).collect();
    let enforced = readings.iter().find(|reading| reading.enforced)?;
    let known = asked
        .iter()
        .all(|one| enforced.lines.iter().any(|line| line.holds(one)));
    known.then(|| {
        enforced.lines.iter().any(|line| {
            let inside = asked.iter().filter(|one| line.holds(one));
            let more = match rule.count {
                QuotaCount::Awards => inside.count(),
                QuotaCount::DistinctSubjects => inside.map(|one| one.subject).collect::<BTreeSet<_>>().len(),
            };
            number(more) > line.remaining
        })
    })
}

impl QuotaLine {
    /// What it counts.
    fn key(&self) -> (Option<SubjectKind>, Option<&str>, bool, Option<OrganizationId>) {
        let form = self.form.as_deref();
        (self.subject_kind, form, self.per_division, self.division)
    }

    fn holds(&self, one: &Counted) -> bool {
        let group = Group {
            kind: self.subject_kind,
            form: self.form.clone(),
            place: if self.per_division {
                Place::Division(self.division)
            } else {
                Place::Everywhere
            },
        };
        group.holds(one)
    }
}

/// Where a line counts.
#[derive(Clone, Copy)]
enum Place {
    Everywhere,
    /// In one division; none = among those who belong to no division.
    Division(Option<OrganizationId>),
}

/// What a line counts: a kind of subject and a form (none = all of them) in a place.
struct Group {
    kind: Option<SubjectKind>,
    form: Option<String>,
    place: Place,
}

impl Group {
    fn holds(&self, one: &Counted) -> bool {
        self.kind.is_none_or(|kind| kind == one.subject.kind)
            && self.form.as_ref().is_none_or(|form| *form == one.form)
            && match self.place {
                Place::Everywhere => true,
                Place::Division(division) => division == one.division,
            }
    }

    fn line(self, rule: &QuotaRule, participants: &Participants, counted: &[&Counted]) -> QuotaLine {
        let inside = counted.iter().filter(|one| self.holds(one));
        let (used, reserved) = match rule.count {
            QuotaCount::Awards => {
                let used = inside.clone().filter(|one| one.used).count();
                (number(used), number(inside.count() - used))
            }
            QuotaCount::DistinctSubjects => {
                let mut subjects: BTreeMap<SubjectKey, bool> = BTreeMap::new();
                for one in inside {
                    *subjects.entry(one.subject).or_default() |= one.used;
                }
                let used = subjects.values().filter(|used| **used).count();
                (number(used), number(subjects.len() - used))
            }
        };
        let (per_division, division, headcount) = match self.place {
            Place::Everywhere => (false, None, participants.total),
            Place::Division(division) => (
                true,
                division,
                participants.divisions.get(&division).copied().unwrap_or_default(),
            ),
        };
        let participants = headcount.of(self.kind);
        let limit = rule.limit(participants);
        let taken = used.saturating_add(reserved);
        QuotaLine {
            subject_kind: self.kind,
            form: self.form,
            per_division,
            division,
            participants,
            limit,
            used,
            reserved,
            remaining: limit.saturating_sub(taken),
            exceeded: taken > limit,
        }
    }
}

/// The groups of a reading: every kind × form × division that it tells apart.
fn groups(
    rule: &QuotaRule,
    participants: &Participants,
    counted: &[&Counted],
    reading: QuotaReading,
) -> Vec<Group> {
    let separate = match reading {
        QuotaReading::Q1 => true,
        QuotaReading::Q2 => false,
        QuotaReading::Q3 | QuotaReading::Q4 => rule.scope == QuotaScope::Separate,
    };
    let by_form = match reading {
        QuotaReading::Q1 | QuotaReading::Q2 => false,
        QuotaReading::Q3 => true,
        QuotaReading::Q4 => rule.forms == QuotaForms::PerForm,
    };
    let kinds: Vec<Option<SubjectKind>> = if separate {
        let order = [
            SubjectKind::Collective,
            SubjectKind::Individual,
            SubjectKind::Household,
        ];
        order
            .into_iter()
            .filter(|kind| is_used(*kind, participants, counted))
            .map(Some)
            .collect()
    } else {
        vec![None]
    };
    let forms: Vec<Option<String>> = if by_form {
        let seen = counted.iter().map(|one| one.form.clone());
        let offered = participants
            .forms
            .iter()
            .filter(|form| rule.covers(form))
            .cloned();
        let all: BTreeSet<String> = seen
            .chain(rule.form_list.iter().cloned())
            .chain(offered)
            .collect();
        all.into_iter().map(Some).collect()
    } else {
        vec![None]
    };
    let places: Vec<Place> = if reading == QuotaReading::Q4 {
        let seen = counted.iter().map(|one| one.division);
        let all: BTreeSet<Option<OrganizationId>> =
            seen.chain(participants.divisions.keys().copied()).collect();
        all.into_iter().map(Place::Division).collect()
    } else {
        vec![Place::Everywhere]
    };
    let mut groups = Vec::new();
    for place in &places {
        for form in &forms {
            for kind in &kinds {
                groups.push(Group {
                    kind: *kind,
                    form: form.clone(),
                    place: *place,
                });
            }
        }
    }
    groups
}

/// Households are shown only where there are any; collectives and individuals always.
fn is_used(kind: SubjectKind, participants: &Participants, counted: &[&Counted]) -> bool {
    kind != SubjectKind::Household
        || participants.total.households > 0
        || participants
            .divisions
            .values()
            .any(|division| division.households > 0)
        || counted.iter().any(|one| one.subject.kind == kind)
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
