use super::*;
use crate::domain::codes::{QuotaUnit, Rounding};
use proptest::prelude::*;

const WHOLE: u64 = 10_000;

const GIAY_KHEN: &str = "GIAY_KHEN_SO";
const BANG_KHEN: &str = "BANG_KHEN_TINH";

fn roll(collectives: u32, individuals: u32) -> Participants {
    Participants {
        total: Headcount {
            collectives,
            individuals,
            households: 0,
        },
        divisions: BTreeMap::new(),
        forms: BTreeSet::new(),
    }
}

fn one(kind: SubjectKind, id: u128, form: &str) -> Counted {
    Counted {
        nomination: NominationId::generate(),
        subject: SubjectKey {
            kind,
            id: Uuid::from_u128(id),
        },
        form: form.to_owned(),
        division: None,
        used: false,
    }
}

fn many(collectives: u32, individuals: u32, form: &str) -> Vec<Counted> {
    let a = (0..collectives).map(|n| one(SubjectKind::Collective, n.into(), form));
    let b = (0..individuals).map(|n| one(SubjectKind::Individual, n.into(), form));
    a.chain(b).collect()
}

fn line(readings: &[Reading], reading: QuotaReading, kind: Option<SubjectKind>) -> QuotaLine {
    let found = readings.iter().find(|one| one.reading == reading).unwrap();
    found
        .lines
        .iter()
        .find(|line| line.subject_kind == kind)
        .unwrap()
        .clone()
}

fn refused(rule: &QuotaRule, roll: &Participants, counted: &[Counted], asked: &[Counted]) -> bool {
    check(rule, roll, counted, asked).is_err()
}

#[test]
fn the_table_of_limits() {
    for (t, i, collectives, individuals, together) in [
        (3, 25, 0, 7, 8),
        (4, 26, 1, 7, 9),
        (6, 28, 1, 8, 10),
        (7, 33, 2, 9, 12),
        (10, 40, 3, 12, 15),
    ] {
        let found = readings(&QuotaRule::default(), &roll(t, i), &[]);
        assert_eq!(
            line(&found, QuotaReading::Q1, Some(SubjectKind::Collective)).limit,
            collectives
        );
        assert_eq!(
            line(&found, QuotaReading::Q1, Some(SubjectKind::Individual)).limit,
            individuals
        );
        assert_eq!(line(&found, QuotaReading::Q2, None).limit, together);
        assert!(found.iter().all(|reading| !reading.exceeded));
    }
}

#[test]
fn scenario_3_one_collective_passes_and_two_do_not() {
    let rule = QuotaRule::default();
    let admitted = check(&rule, &roll(6, 28), &[], &many(1, 8, GIAY_KHEN)).unwrap();
    assert_eq!(
        line(&admitted, QuotaReading::Q1, Some(SubjectKind::Individual)).remaining,
        0
    );
    let refusal = check(&rule, &roll(6, 28), &[], &many(2, 8, GIAY_KHEN)).unwrap_err();
    assert_eq!(refusal.which, QuotaReading::Q1);
    assert_eq!(refusal.readings.len(), 4);
    assert_eq!(refusal.lines.len(), 1);
    let exceeded = refusal.lines.first().unwrap();
    assert_eq!(exceeded.subject_kind, Some(SubjectKind::Collective));
    assert_eq!(
        (
            exceeded.limit,
            exceeded.reserved,
            exceeded.used,
            exceeded.remaining
        ),
        (1, 2, 0, 0)
    );
    assert!(
        !refusal
            .readings
            .iter()
            .any(|one| one.reading == QuotaReading::Q2 && one.exceeded)
    );
}

#[test]
fn the_rule_decides_which_reading_is_enforced() {
    use {QuotaForms as F, QuotaScope as S, QuotaUnit as U};
    for (unit, forms, scope, reading) in [
        (U::Organization, F::All, S::Separate, QuotaReading::Q1),
        (U::Organization, F::Listed, S::Separate, QuotaReading::Q1),
        (U::Organization, F::All, S::Combined, QuotaReading::Q2),
        (U::Organization, F::PerForm, S::Separate, QuotaReading::Q3),
        (U::Organization, F::PerForm, S::Combined, QuotaReading::Q3),
        (U::Division, F::All, S::Separate, QuotaReading::Q4),
        (U::Division, F::PerForm, S::Combined, QuotaReading::Q4),
    ] {
        let rule = QuotaRule {
            scope,
            forms,
            unit,
            ..QuotaRule::default()
        };
        assert_eq!(rule.enforced(), reading);
        let enforced: Vec<QuotaReading> = readings(&rule, &roll(10, 10), &[])
            .iter()
            .filter(|r| r.enforced)
            .map(|r| r.reading)
            .collect();
        assert_eq!(enforced, [reading]);
    }
}

#[test]
fn combined_lets_one_kind_use_the_places_of_the_other() {
    let rule = QuotaRule {
        scope: QuotaScope::Combined,
        ..QuotaRule::default()
    };
    assert!(!refused(&rule, &roll(6, 28), &[], &many(2, 8, GIAY_KHEN)));
    assert!(refused(&rule, &roll(6, 28), &[], &many(3, 8, GIAY_KHEN)));
}

#[test]
fn per_form_gives_each_form_the_whole_limit() {
    let rule = QuotaRule {
        forms: QuotaForms::PerForm,
        ..QuotaRule::default()
    };
    let mut asked = many(1, 8, GIAY_KHEN);
    asked.extend(many(1, 8, BANG_KHEN));
    assert!(!refused(&rule, &roll(6, 28), &[], &asked));
    asked.push(one(SubjectKind::Individual, 99, BANG_KHEN));
    let refusal = check(&rule, &roll(6, 28), &[], &asked).unwrap_err();
    assert_eq!(refusal.lines.first().unwrap().form.as_deref(), Some(BANG_KHEN));
}

#[test]
fn listed_forms_leave_the_others_uncounted() {
    let form_list = BTreeSet::from([GIAY_KHEN.to_owned()]);
    let rule = QuotaRule {
        forms: QuotaForms::Listed,
        form_list,
        ..QuotaRule::default()
    };
    assert!(!refused(&rule, &roll(6, 28), &[], &many(6, 28, BANG_KHEN)));
    assert!(refused(&rule, &roll(6, 28), &[], &many(2, 0, GIAY_KHEN)));
}

#[test]
fn a_subject_counts_once_or_each_time() {
    let asked = [
        one(SubjectKind::Collective, 1, GIAY_KHEN),
        one(SubjectKind::Collective, 1, BANG_KHEN),
    ];
    assert!(!refused(&QuotaRule::default(), &roll(6, 28), &[], &asked));
    let rule = QuotaRule {
        count: QuotaCount::Awards,
        ..QuotaRule::default()
    };
    assert!(refused(&rule, &roll(6, 28), &[], &asked));
}

#[test]
fn used_and_reserved_are_shown_apart_and_both_count() {
    let mut counted = many(0, 8, GIAY_KHEN);
    for one in counted.iter_mut().take(3) {
        one.used = true;
    }
    let found = readings(&QuotaRule::default(), &roll(6, 28), &counted);
    let individuals = line(&found, QuotaReading::Q1, Some(SubjectKind::Individual));
    assert_eq!(
        (individuals.used, individuals.reserved, individuals.remaining),
        (3, 5, 0)
    );
    let ninth = [one(SubjectKind::Individual, 99, GIAY_KHEN)];
    assert!(refused(&QuotaRule::default(), &roll(6, 28), &counted, &ninth));
}

#[test]
fn asking_again_for_a_counted_nomination_takes_no_second_place() {
    let counted = many(1, 8, GIAY_KHEN);
    for count in QuotaCount::ALL {
        let rule = QuotaRule {
            count: *count,
            ..QuotaRule::default()
        };
        let mut again = counted.clone();
        again.iter_mut().for_each(|one| one.used = true);
        let found = check(&rule, &roll(6, 28), &counted, &again).unwrap();
        let individuals = line(&found, QuotaReading::Q1, Some(SubjectKind::Individual));
        assert_eq!((individuals.used, individuals.reserved), (8, 0));
    }
}

#[test]
fn an_excess_elsewhere_does_not_stop_the_act() {
    let counted = many(2, 0, GIAY_KHEN);
    let individual = [one(SubjectKind::Individual, 1, GIAY_KHEN)];
    let found = check(&QuotaRule::default(), &roll(6, 28), &counted, &individual).unwrap();
    assert!(found.first().unwrap().exceeded);
    assert!(refused(&QuotaRule::default(), &roll(6, 28), &counted, &counted));
}

#[test]
fn a_warning_refuses_nothing_and_shows_the_excess() {
    let rule = QuotaRule {
        enforcement: Enforcement::Warn,
        ..QuotaRule::default()
    };
    let found = check(&rule, &roll(6, 28), &[], &many(2, 8, GIAY_KHEN)).unwrap();
    assert!(found.first().unwrap().exceeded);
}

#[test]
fn each_division_for_itself() {
    let (a, b) = (OrganizationId::generate(), OrganizationId::generate());
    let mut roll = roll(2, 20);
    let ten = Headcount {
        collectives: 1,
        individuals: 10,
        households: 0,
    };
    roll.divisions = BTreeMap::from([(Some(a), ten), (Some(b), ten)]);
    let rule = QuotaRule {
        unit: QuotaUnit::Division,
        ..QuotaRule::default()
    };
    let mut asked = many(0, 4, GIAY_KHEN);
    asked.iter_mut().for_each(|one| one.division = Some(a));
    let refusal = check(&rule, &roll, &[], &asked).unwrap_err();
    assert_eq!(
        (refusal.which, refusal.lines.first().unwrap().division),
        (QuotaReading::Q4, Some(a))
    );
    asked.last_mut().unwrap().division = Some(b);
    assert!(!refused(&rule, &roll, &[], &asked));
    asked.last_mut().unwrap().division = None;
    assert!(
        refused(&rule, &roll, &[], &asked),
        "no participants outside the divisions"
    );
}

#[test]
fn rounding_and_the_first_place_are_data() {
    for (rounding, min_one, t, limit) in [
        (Rounding::Down, false, 3, 0),
        (Rounding::Nearest, false, 3, 1),
        (Rounding::Up, false, 3, 1),
        (Rounding::Down, true, 3, 1),
        (Rounding::Down, true, 0, 0),
        (Rounding::Nearest, false, 1, 0),
        (Rounding::Nearest, false, 5, 2),
        (Rounding::Up, false, 10, 3),
        (Rounding::Up, false, 11, 4),
    ] {
        let rule = QuotaRule {
            rounding,
            min_one,
            ..QuotaRule::default()
        };
        assert_eq!(rule.limit(t), limit, "{rounding} of {t}");
    }
}

#[test]
fn households_have_a_limit_of_their_own() {
    let mut roll = roll(6, 28);
    assert_eq!(
        readings(&QuotaRule::default(), &roll, &[])
            .first()
            .unwrap()
            .lines
            .len(),
        2
    );
    roll.total.households = 7;
    let found = readings(&QuotaRule::default(), &roll, &[]);
    assert_eq!(
        line(&found, QuotaReading::Q1, Some(SubjectKind::Household)).limit,
        2
    );
    assert_eq!(line(&found, QuotaReading::Q2, None).participants, 41);
}

#[test]
fn rules_are_read_with_defaults_and_checked() {
    let read: QuotaRule = serde_json::from_str("{}").unwrap();
    assert_eq!(read, QuotaRule::default());
    let again: QuotaRule = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(again, read);
    for (json, fault) in [
        (r#"{"basis_points":10001}"#, Some(QuotaRuleFault::BasisPoints)),
        (r#"{"forms":"LISTED"}"#, Some(QuotaRuleFault::FormList)),
        (
            r#"{"form_list":["GIAY_KHEN_SO"]}"#,
            Some(QuotaRuleFault::FormList),
        ),
        (r#"{"forms":"PER_FORM"}"#, None),
        (r#"{"forms":"PER_FORM","form_list":["GIAY_KHEN_SO"]}"#, None),
        (r#"{"forms":"LISTED","form_list":["GIAY_KHEN_SO"]}"#, None),
        (
            r#"{"override_role":"OFFICE_CHIEF"}"#,
            Some(QuotaRuleFault::OverrideRole),
        ),
        (r#"{"denominator":"MANUAL"}"#, Some(QuotaRuleFault::Manual)),
        (r#"{"manual":{"individuals":3}}"#, Some(QuotaRuleFault::Manual)),
        (
            r#"{"denominator":"REGISTERED","denominator_date":"2026-05-20"}"#,
            Some(QuotaRuleFault::DenominatorDate),
        ),
        (r#"{"denominator":"MANUAL","manual":{"individuals":3}}"#, None),
        (
            r#"{"denominator":"MANUAL","manual":{"individuals":3},"unit":"DIVISION"}"#,
            Some(QuotaRuleFault::ManualDivision),
        ),
        (r#"{"denominator_date":"2026-05-20","basis_points":10000}"#, None),
    ] {
        assert_eq!(
            serde_json::from_str::<QuotaRule>(json).unwrap().validate().err(),
            fault,
            "{json}"
        );
    }
    assert!(serde_json::from_str::<QuotaRule>(r#"{"percent":30}"#).is_err());
}

#[test]
fn heads_are_counted_by_kind() {
    let mut heads = Headcount::default();
    for (kind, number) in [
        (SubjectKind::Collective, 2),
        (SubjectKind::Individual, 3),
        (SubjectKind::Household, 5),
        (SubjectKind::Individual, 4),
    ] {
        heads.add(kind, number);
    }
    assert_eq!(
        [
            Some(SubjectKind::Collective),
            Some(SubjectKind::Individual),
            Some(SubjectKind::Household),
            None
        ]
        .map(|kind| heads.of(kind)),
        [2, 7, 5, 14]
    );
    heads.add(SubjectKind::Collective, u32::MAX);
    assert_eq!(heads.collectives, u32::MAX);
}

#[test]
fn what_is_kept_counts_a_subject_once_or_each_time() {
    let twice = [
        one(SubjectKind::Collective, 1, GIAY_KHEN),
        one(SubjectKind::Collective, 1, BANG_KHEN),
    ];
    for (count, exceeds) in [(QuotaCount::DistinctSubjects, false), (QuotaCount::Awards, true)] {
        let rule = QuotaRule {
            count,
            ..QuotaRule::default()
        };
        let kept = readings(&rule, &roll(6, 28), &[]);
        assert_eq!(would_exceed(&rule, &kept, &twice), Some(exceeds), "{count}");
        assert_eq!(refused(&rule, &roll(6, 28), &[], &twice), exceeds, "{count}");
    }
}

#[test]
fn awards_are_used_and_reserved_one_by_one() {
    let rule = QuotaRule {
        count: QuotaCount::Awards,
        ..QuotaRule::default()
    };
    let mut counted = many(0, 5, GIAY_KHEN);
    counted.extend(many(0, 1, BANG_KHEN));
    for one in counted.iter_mut().take(2) {
        one.used = true;
    }
    let found = readings(&rule, &roll(6, 28), &counted);
    let individuals = line(&found, QuotaReading::Q1, Some(SubjectKind::Individual));
    assert_eq!(
        (individuals.used, individuals.reserved, individuals.remaining),
        (2, 4, 2)
    );
}

#[test]
fn an_exceeded_line_without_any_place_asked_in_it_warns_of_nothing() {
    let kept = readings(&QuotaRule::default(), &roll(6, 28), &many(2, 0, GIAY_KHEN));
    for (asked, exceeds) in [
        (many(0, 8, GIAY_KHEN), false),
        (many(0, 9, GIAY_KHEN), true),
        (many(1, 0, GIAY_KHEN), true),
        (many(0, 0, GIAY_KHEN), false),
    ] {
        assert_eq!(
            would_exceed(&QuotaRule::default(), &kept, &asked),
            Some(exceeds),
            "{}",
            asked.len()
        );
    }
}

#[test]
fn households_are_shown_wherever_one_is() {
    let shown = |roll: &Participants, counted: &[Counted]| {
        readings(&QuotaRule::default(), roll, counted)
            .iter()
            .filter(|reading| reading.reading == QuotaReading::Q1)
            .flat_map(|reading| &reading.lines)
            .any(|line| line.subject_kind == Some(SubjectKind::Household))
    };
    let mut divided = roll(6, 28);
    let individuals = |households| Headcount {
        collectives: 1,
        individuals: 1,
        households,
    };
    divided.divisions.insert(None, individuals(0));
    assert!(!shown(&divided, &many(1, 1, GIAY_KHEN)));
    assert!(shown(&roll(6, 28), &[one(SubjectKind::Household, 1, GIAY_KHEN)]));
    divided.divisions.insert(None, individuals(1));
    assert!(shown(&divided, &[]));
}

proptest! {
    #[test]
    fn the_limit_is_the_exact_test(bp in 0u16..=10_000, t in 0u32.., a in 0u32..) {
        let rule = QuotaRule { basis_points: bp, ..QuotaRule::default() };
        let exact = WHOLE * u64::from(a) <= u64::from(bp) * u64::from(t);
        prop_assert_eq!(u64::from(a) <= rule.limit(t.into()), exact);
    }

    #[test]
    fn parts_rounded_down_never_exceed_the_whole(bp in 0u16..=10_000, t in 0u32.., i in 0u32..) {
        let rule = QuotaRule { basis_points: bp, ..QuotaRule::default() };
        let (t, i) = (u64::from(t), u64::from(i));
        prop_assert!(rule.limit(t) + rule.limit(i) <= rule.limit(t + i));
        prop_assert!(rule.limit(t) <= rule.limit(t + 1));
        let more = QuotaRule { basis_points: bp.saturating_add(1).min(10_000), ..rule.clone() };
        prop_assert!(rule.limit(t) <= more.limit(t));
    }

    #[test]
    fn a_list_that_passes_q1_passes_q2(bp in 0u16..=10_000, t in 0u32..60, i in 0u32..60, a in 0u32..20, b in 0u32..20) {
        let rule = QuotaRule { basis_points: bp, ..QuotaRule::default() };
        let found = readings(&rule, &roll(t, i), &many(a, b, GIAY_KHEN));
        let exceeded = |wanted| found.iter().any(|one| one.reading == wanted && one.exceeded);
        prop_assert!(exceeded(QuotaReading::Q1) || !exceeded(QuotaReading::Q2));
    }

    #[test]
    fn what_is_kept_warns_as_the_check_refuses(
        rule in prop_oneof![Just(QuotaUnit::Organization), Just(QuotaUnit::Division)]
            .prop_map(|unit| QuotaRule { unit, ..QuotaRule::default() }),
        t in 0u32..20, i in 0u32..20, a in 0u32..8, b in 0u32..8, c in 0u32..8, d in 0u32..8
    ) {
        let counted = many(a, b, GIAY_KHEN);
        let asked: Vec<Counted> = many(a + c, b + d, GIAY_KHEN)
            .into_iter()
            .filter(|one| !counted.iter().any(|known| known.subject == one.subject))
            .collect();
        let kept = readings(&rule, &roll(t, i), &counted);
        if let Some(warned) = would_exceed(&rule, &kept, &asked) {
            prop_assert_eq!(warned, refused(&rule, &roll(t, i), &counted, &asked));
        } else {
            prop_assert!(asked.iter().any(|one| !kept
                .iter()
                .filter(|reading| reading.enforced)
                .any(|reading| reading.lines.iter().any(|line| line.holds(one)))));
        }
    }

    #[test]
    fn asking_for_less_of_what_passes_passes(t in 0u32..60, i in 0u32..60, a in 0u32..20, b in 0u32..20, keep in 0usize..40) {
        let rule = QuotaRule::default();
        let asked = many(a, b, GIAY_KHEN);
        if check(&rule, &roll(t, i), &[], &asked).is_ok() {
            let fewer: Vec<Counted> = asked.into_iter().take(keep).collect();
            prop_assert!(check(&rule, &roll(t, i), &[], &fewer).is_ok());
        }
    }
}

#[test]
fn a_limit_by_form_has_a_line_of_each_form_that_is_offered() {
    let offered = Participants {
        forms: BTreeSet::from([GIAY_KHEN.to_owned(), BANG_KHEN.to_owned()]),
        ..roll(6, 28)
    };
    let rule = QuotaRule {
        forms: QuotaForms::PerForm,
        ..QuotaRule::default()
    };
    let before = readings(&rule, &offered, &[]);
    let lines = |reading| {
        let found = before.iter().find(|one| one.reading == reading).unwrap();
        found.lines.len()
    };
    assert_eq!((lines(QuotaReading::Q3), rule.enforced()), (4, QuotaReading::Q3));
    let first = line(&before, QuotaReading::Q3, Some(SubjectKind::Individual));
    assert_eq!((first.limit, first.remaining), (8, 8));
    // A form that the rule leaves out has none.
    let one = QuotaRule {
        form_list: BTreeSet::from([GIAY_KHEN.to_owned()]),
        forms: QuotaForms::Listed,
        ..QuotaRule::default()
    };
    assert!(
        readings(&one, &offered, &[])[2]
            .lines
            .iter()
            .all(|line| line.form.as_deref() == Some(GIAY_KHEN))
    );
}

#[test]
fn the_third_and_fourth_reading_follow_the_scope_and_the_fourth_the_forms() {
    let mut offered = Participants {
        forms: BTreeSet::from([GIAY_KHEN.to_owned(), BANG_KHEN.to_owned()]),
        ..roll(6, 28)
    };
    offered.divisions.insert(None, offered.total);
    for (forms, scope, third, fourth) in [
        (QuotaForms::All, QuotaScope::Separate, 4, 2),
        (QuotaForms::All, QuotaScope::Combined, 2, 1),
        (QuotaForms::PerForm, QuotaScope::Separate, 4, 4),
        (QuotaForms::PerForm, QuotaScope::Combined, 2, 2),
    ] {
        let rule = QuotaRule {
            scope,
            forms,
            ..QuotaRule::default()
        };
        let found = readings(&rule, &offered, &[]);
        let lines = |wanted| {
            let reading = found.iter().find(|one| one.reading == wanted).unwrap();
            reading.lines.len()
        };
        assert_eq!(
            (lines(QuotaReading::Q3), lines(QuotaReading::Q4)),
            (third, fourth),
            "{forms} {scope}"
        );
    }
}

/// What is taken already may stay, and none of it may become more by a change of the roll or the plan.
#[test]
fn only_an_excess_that_grows_is_one_more() {
    let rule = QuotaRule::default();
    let groups = |collectives, individuals| many(collectives, individuals, GIAY_KHEN);
    // 30 % of ten collectives and ten individuals are three of each.
    let read = |roll: &Participants, counted: &[Counted]| readings(&rule, roll, counted);
    let (ten, eight) = (roll(10, 10), roll(8, 10));
    let (within, beyond) = (groups(3, 3), groups(4, 3));
    for (before, after, grown) in [
        (read(&ten, &within), read(&ten, &within), None),
        // Of eight they are two.
        (read(&ten, &within), read(&eight, &within), Some(3)),
        (read(&ten, &beyond), read(&ten, &beyond), None),
        (read(&ten, &beyond), read(&eight, &beyond), Some(4)),
        (read(&eight, &beyond), read(&ten, &beyond), None),
        (Vec::new(), read(&ten, &beyond), Some(4)),
    ] {
        let lines = grown_excess(&before, &after);
        let found: Vec<_> = lines
            .iter()
            .map(|line| (line.subject_kind, line.reserved))
            .collect();
        let expected: Vec<_> = grown
            .map(|reserved| (Some(SubjectKind::Collective), reserved))
            .into_iter()
            .collect();
        assert_eq!(found, expected);
    }
    // Another form, kind or division is another line.
    let by_form = QuotaRule {
        forms: QuotaForms::PerForm,
        ..QuotaRule::default()
    };
    let other = many(4, 0, BANG_KHEN);
    let before = readings(&by_form, &ten, &beyond);
    let lines = grown_excess(&before, &readings(&by_form, &ten, &other));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].form.as_deref(), Some(BANG_KHEN));
}
