//! Whatever happens in whatever order, the counts are those of the objects that are there, and the answer's
//! sums agree.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn campaign(number: u128) -> CampaignId {
    CampaignId(Uuid::from_u128(number))
}

fn counted() -> impl Strategy<Value = Counted> {
    let kind = prop_oneof![
        prop::sample::select(SubmissionState::ALL).prop_map(Kind::Submission),
        (
            prop::sample::select(NominationState::ALL),
            prop::sample::select(SubjectKind::ALL),
            prop::sample::select(&["GIAY_KHEN", "BANG_KHEN"][..]),
        )
            .prop_map(|(state, subject_kind, form)| Kind::Nomination {
                state,
                subject_kind,
                form: form.to_owned(),
            }),
    ];
    (0..4_u128, kind, any::<bool>()).prop_map(|(division, kind, marked)| Counted {
        group: Group {
            campaign_id: campaign(1),
            division_id: OrganizationId(Uuid::from_u128(division)),
            kind,
        },
        marked,
    })
}

fn add(counts: &mut BTreeMap<Group, Tally>, more: BTreeMap<Group, Tally>) {
    for (group, tally) in more {
        let sum = counts.entry(group).or_default();
        sum.number += tally.number;
        sum.marked += tally.marked;
    }
}

proptest! {
    #[test]
    fn counts_are_those_of_the_objects_that_are_there(
        history in prop::collection::vec(
            prop::collection::vec((0..12_usize, prop::option::weighted(0.8, counted())), 0..8), 0..8)
    ) {
        let mut objects: BTreeMap<usize, Counted> = BTreeMap::new();
        let mut counts: BTreeMap<Group, Tally> = BTreeMap::new();
        for batch in history {
            // An object that changed several times is seen once, as it is at the end.
            let batch: BTreeMap<usize, Option<Counted>> = batch.into_iter().collect();
            let changes = batch.iter().map(|(id, after)| (objects.get(id), after.as_ref()));
            add(&mut counts, differences(changes));
            for (id, after) in batch {
                match after {
                    Some(after) => objects.insert(id, after),
                    None => objects.remove(&id),
                };
            }
        }
        counts.retain(|_, tally| *tally != Tally::default());
        let anew = differences(objects.values().map(|object| (None, Some(object))));
        prop_assert_eq!(&counts, &anew);

        let told = summary(counts.into_iter().map(|(group, tally)| (group.division_id, group.kind, tally)));
        let number = |submission: bool, marked: bool| objects.values().filter(|object| {
            matches!(object.group.kind, Kind::Submission(_)) == submission && (object.marked || !marked)
        }).map(|_| 1).sum::<u64>();
        prop_assert_eq!(told.submissions.total, number(true, false));
        prop_assert_eq!(told.submissions.late, number(true, true));
        prop_assert_eq!(told.nominations.total, number(false, false));
        prop_assert_eq!(told.nominations.on_hold, number(false, true));
        let sum = |of: &dyn Fn(&DivisionCounts) -> u64| told.divisions.iter().map(of).sum::<u64>();
        prop_assert_eq!(told.submissions.total, sum(&|division| division.submissions.total));
        prop_assert_eq!(told.submissions.late, sum(&|division| division.submissions.late));
        prop_assert_eq!(told.nominations.total, sum(&|division| division.nominations.total));
        prop_assert_eq!(told.nominations.on_hold, sum(&|division| division.nominations.on_hold));
        for line in &told.nominations.by_state {
            let of = |counts: &NominationCounts| {
                let found = counts.by_state.iter().find(|other| other.state == line.state);
                found.map_or(0, |other| other.count)
            };
            prop_assert_eq!(line.count, sum(&|division| of(&division.nominations)));
        }
        prop_assert_eq!(told.nominations.total, told.nominations.by_subject_kind.iter().map(|line| line.count).sum::<u64>());
        prop_assert_eq!(told.nominations.total, told.nominations.by_form.iter().map(|line| line.count).sum::<u64>());
        let awarded = told.nominations.by_state.iter().find(|line| line.state == NominationState::Awarded);
        prop_assert_eq!(
            awarded.map_or(0, |line| line.count),
            told.awards.iter().map(|line| line.count).sum::<u64>()
        );
    }
}

#[test]
fn what_stays_as_it_is_changes_no_count() {
    let object = Counted {
        group: Group {
            campaign_id: campaign(1),
            division_id: OrganizationId(Uuid::from_u128(1)),
            kind: Kind::Submission(SubmissionState::Draft),
        },
        marked: false,
    };
    assert!(differences([(Some(&object), Some(&object)), (None, None)]).is_empty());
}
