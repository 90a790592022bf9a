//! Random campaigns: whatever is asked of the service in whatever order, it says and becomes what the model says.
//! The long form: `THIDUA_MODEL_SEQUENCES=1000 cargo test --test it -- campaign_model::sqlite`; it prints its seed,
//! which `THIDUA_MODEL_SEED` repeats. Not in the model: amendments, several forms of a subject, written votes.
//!
//! Shown to be caught within 50 sequences, each taken out of the service alone: the quota at the council's
//! confirmation, at the issue and at the sending; that a word to exceed it is asked for; holds at the same three
//! places; the deadline; a locked dossier; a vote on oneself; a changed vote counted once; unsigned minutes;
//! `If-Match`; a second award and a second forwarding of one nomination; places of what is revoked or returned above;
//! the public list after a revocation and a correction; an entry of the journal.

mod acts;
mod council;
mod decisions;
mod driver;
mod forwardings;
mod histories;
mod model;
mod requests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::support::{Database, announce, postgres};
use driver::Service;
use model::{Act, Model};

/// Steps of a sequence.
const STEPS: usize = 50;
/// Sequences in `cargo test`, and between two words of the long form.
const FEW: u32 = 5;

/// The model with what it says of the last act.
#[derive(Debug, Clone)]
pub struct Expected {
    model: Model,
    refused: Option<model::Refusal>,
    /// What happened before the first step, so that the way is shorter.
    prelude: Vec<Act>,
}

/// How far a campaign is at its first step.
#[derive(Debug, Clone, Copy)]
struct Start {
    consolidated: [bool; model::DOSSIERS],
    /// Which nominations of the council's way a first session recommends.
    recommended: Option<[bool; 2 * model::EACH]>,
    /// One that is on hold from then on.
    held: Option<usize>,
}

impl Start {
    fn prelude(self) -> Vec<Act> {
        let consolidated = |d: usize| self.consolidated[d] || (self.recommended.is_some() && d < 2);
        let mut acts = Vec::new();
        for dossier in (0..model::DOSSIERS).filter(|d| consolidated(*d)) {
            acts.extend([Act::Submit(dossier), Act::Receive(dossier)]);
            acts.extend(Model::lines(dossier).map(|n| Act::Appraise(n, model::Conclusion::Eligible)));
            acts.push(Act::Consolidate(dossier));
        }
        let recommended = self.recommended.unwrap_or_default();
        let passed: Vec<usize> = (0..recommended.len()).filter(|n| recommended[*n]).collect();
        if !passed.is_empty() {
            acts.extend(Self::session(&passed));
        }
        acts.extend(self.held.map(Act::Hold));
        acts
    }

    fn session(passed: &[usize]) -> Vec<Act> {
        let mut acts = Vec::new();
        acts.push(Act::PlanSession { consensus: true });
        acts.extend(passed.iter().map(|n| Act::PutOnAgenda(0, *n)));
        acts.push(Act::OpenSession(0));
        acts.extend(passed.iter().map(|n| Act::Consent {
            session: 0,
            nomination: *n,
            agree: true,
        }));
        let end = [
            Act::CloseSession(0),
            Act::WriteMinutes(0),
            Act::SignMinutes(0),
            Act::ConfirmOver(0),
        ];
        acts.extend(end);
        acts
    }
}

struct Rules;

impl ReferenceStateMachine for Rules {
    type State = Expected;
    type Transition = Act;

    fn init_state() -> BoxedStrategy<Expected> {
        let recommended = prop::option::weighted(0.4, any::<[bool; 2 * model::EACH]>());
        let held = prop::option::weighted(0.4, 0..model::DOSSIERS * model::EACH);
        let start = (any::<[bool; model::DOSSIERS]>(), recommended, held);
        let limit = prop::sample::select(vec![1_usize, 1, 2, 2, 3]);
        (limit, any::<bool>(), start)
            .prop_map(|(limit, fallback, (consolidated, recommended, held))| {
                let prelude = Start {
                    consolidated,
                    recommended,
                    held,
                }
                .prelude();
                let begun = Model::new(limit, fallback);
                let model = prelude.iter().fold(begun, |model, act| {
                    model.after(*act).expect("a way that is allowed")
                });
                Expected {
                    model,
                    refused: None,
                    prelude,
                }
            })
            .boxed()
    }

    /// Mostly what is allowed, so that campaigns get far; every fifth act is refused.
    fn transitions(state: &Expected) -> BoxedStrategy<Act> {
        // A campaign may come to an end at which nothing is allowed any more. Of what is refused, what a rule
        // refuses is worth more than what comes at the wrong time.
        let outcomes: Vec<(u32, Act, Judged)> = state
            .model
            .acts()
            .into_iter()
            .flat_map(|(weight, acts)| acts.into_iter().map(move |act| (weight, act)))
            .map(|(weight, act)| (weight, act, Judged::of(&state.model, act)))
            .collect();
        let of = |often: u32, wanted: &dyn Fn(&Judged) -> bool| {
            let mut kinds: BTreeMap<String, (u32, Vec<Act>)> = BTreeMap::new();
            for (weight, act, _) in outcomes.iter().filter(|(.., judged)| wanted(judged)) {
                let kind = kinds.entry(name_of(*act)).or_insert((*weight, Vec::new()));
                kind.1.push(*act);
            }
            let kinds: Vec<_> = kinds
                .into_values()
                .map(|(weight, acts)| (weight, prop::sample::select(acts).boxed()))
                .collect();
            (!kinds.is_empty()).then(|| (often, prop::strategy::Union::new_weighted(kinds).boxed()))
        };
        // Every rule that would refuse something now is tried, not only those that refuse much.
        let rules: BTreeSet<&str> = outcomes.iter().filter_map(|(.., judged)| judged.rule()).collect();
        let by_rule: Vec<_> = rules
            .into_iter()
            .filter_map(|rule| of(weight_of(rule), &|judged| judged.rule() == Some(rule)))
            .collect();
        let by_rule =
            (!by_rule.is_empty()).then(|| (8, prop::strategy::Union::new_weighted(by_rule).boxed()));
        let all = [
            of(22, &|judged| matches!(judged, Judged::Changes)),
            of(1, &|judged| matches!(judged, Judged::Repeats)),
            by_rule,
            of(1, &|judged| matches!(judged, Judged::Untimely)),
        ];
        prop::strategy::Union::new_weighted(all.into_iter().flatten().collect()).boxed()
    }

    fn apply(state: Expected, act: &Act) -> Expected {
        match state.model.after(*act) {
            Ok(model) => Expected {
                model,
                refused: None,
                ..state
            },
            Err(codes) => Expected {
                refused: Some(codes),
                ..state
            },
        }
    }

    fn preconditions(state: &Expected, act: &Act) -> bool {
        state.model.knows(*act)
    }
}

struct Driven<const POSTGRES: bool>;

impl<const POSTGRES: bool> StateMachineTest for Driven<POSTGRES> {
    type SystemUnderTest = Service;
    type Reference = Rules;

    fn init_test(expected: &Expected) -> Service {
        let database = if POSTGRES {
            Database::Postgres
        } else {
            Database::Sqlite
        };
        Service::start(database, &expected.model, &expected.prelude)
    }

    fn apply(mut service: Service, expected: &Expected, act: Act) -> Service {
        let reply = service.ask(act);
        let code = reply.json["code"].as_str();
        let as_said = match &expected.refused {
            None => reply.status < 300,
            Some(codes) => (400..500).contains(&reply.status) && codes.contains(&code.unwrap_or_default()),
        };
        TRIED.with_borrow_mut(|tried| {
            let (done, refused) = tried.entry(name_of(act)).or_default();
            *if expected.refused.is_none() { done } else { refused } += 1;
            for code in expected.refused.iter().flatten() {
                tried.entry((*code).to_owned()).or_default().1 += 1;
            }
        });
        let promised = match &expected.refused {
            Some(codes) => format!("is refused with {}", codes.join(" or ")),
            None => "is allowed".to_owned(),
        };
        assert!(
            as_said,
            "promised: {act:?} {promised}; answered: {} {}",
            reply.status, reply.json
        );
        let over = match act {
            Act::SignForwarding { forwarding: f, .. } | Act::SendForwarding(f) => {
                Some(expected.model.forwardings[f].over)
            }
            Act::Confirm(s) | Act::ConfirmOver(s) => Some(expected.model.sessions[s].over),
            Act::Issue(k) | Act::IssueOver(k) => Some(expected.model.decisions[k].over),
            _ => None,
        };
        if let (Some(over), None) = (over, &expected.refused) {
            assert_eq!(
                reply.json["quota_override_reason"].is_string(),
                over,
                "promised: the word to exceed the quota is kept where it is exceeded"
            );
        }
        if let (Act::SendForwarding(f), None) = (act, &expected.refused) {
            let remarks = reply.json["outcome"]["warnings"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let told = remarks.iter().find(|one| one["params"].get("above").is_some());
            let told = told.map(|one| (one["params"]["above"].clone(), one["params"]["asked"].clone()));
            let due = expected.model.beyond_upstream(f);
            let due = due.map(|(above, asked)| (above.into(), asked.into()));
            assert_eq!(
                told, due,
                "promised: what is more than the level above allots is remarked"
            );
        }
        service
    }

    fn check_invariants(service: &Service, expected: &Expected) {
        // That a refusal changed nothing shows after the next act that is allowed.
        if expected.refused.is_none() {
            service.compare(&expected.model);
        }
        let stuck = expected.model.stuck();
        assert_eq!(
            stuck, None,
            "nobody can bring this dossier to its end: {:?}",
            expected.model
        );
    }

    fn teardown(service: Service, expected: Expected) {
        service.compare(&expected.model);
        service.compare_acts(&expected.model);
        service.finish();
    }
}

/// What the model says of an act, as far as the choice of the next one depends on it.
enum Judged {
    Changes,
    /// Allowed, and nothing is otherwise than before.
    Repeats,
    Refused(&'static str),
    Untimely,
}

impl Judged {
    fn of(model: &Model, act: Act) -> Self {
        match model.after(act) {
            Ok(after) if after == *model => Self::Repeats,
            Ok(_) => Self::Changes,
            Err(codes) if model::is_untimely(&codes) => Self::Untimely,
            Err(codes) => Self::Refused(codes[0]),
        }
    }

    const fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Refused(rule) => Some(*rule),
            _ => None,
        }
    }
}

/// How often a rule is tried where it would refuse something: what hangs on many steps before is seldom there.
fn weight_of(rule: &str) -> u32 {
    match rule {
        "quota.exceeded" => 8,
        "nomination.on_hold" | "decision.item_taken" | "forwarding.item_taken" => 3,
        "nomination.already_rewarded_or_pending" | "duty.conflict" => 3,
        "submission.window_closed" | "submission.supplement_closed" => 3,
        _ => 1,
    }
}

/// The kind of an act.
fn name_of(act: Act) -> String {
    format!("{act:?}").split(['(', ' ']).next().unwrap().to_owned()
}

thread_local! {
    /// How often each kind of act was done and was refused.
    static TRIED: RefCell<BTreeMap<String, (u64, u64)>> = RefCell::default();
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().expect("a number"))
}

fn run<const POSTGRES: bool>() {
    if POSTGRES && postgres::wanted().is_none() {
        return;
    }
    let sequences = number("THIDUA_MODEL_SEQUENCES");
    // The short form's few sequences come as far as the long form's.
    let first = number("THIDUA_MODEL_SEED").unwrap_or(if sequences.is_some() { rand::random() } else { 3 });
    let wanted = sequences.unwrap_or(FEW.into());
    let (mut done, mut seed) = (0, first);
    while done < wanted {
        let config = Config {
            cases: FEW,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_shrink_iters: 300,
            ..Config::default()
        };
        let inputs = Rules::sequential_strategy(STEPS..=STEPS);
        let outcome = TestRunner::new(config.clone()).run(&inputs, |(state, acts, seen)| {
            Driven::<POSTGRES>::test_sequential(config.clone(), state, acts, seen);
            Ok(())
        });
        if let Err(fault) = outcome {
            panic!("THIDUA_MODEL_SEED={seed}: {fault}");
        }
        done += u64::from(FEW);
        seed = seed.wrapping_add(1);
        if sequences.is_some() && (done % 50 == 0 || done >= wanted) {
            let tried = TRIED.with_borrow(Clone::clone);
            announce(&format!(
                "{done} sequences of {STEPS} steps from THIDUA_MODEL_SEED={first}: {tried:?}"
            ));
        }
    }
    // Sequences that never get anywhere would show nothing.
    for far in ["Confirm", "Issue", "Publish", "Withdraw", "Release"] {
        let done = TRIED.with_borrow(|tried| tried.get(far).map_or(0, |(done, _)| *done));
        assert!(done > 0, "no sequence came to {far}");
    }
}

#[test]
fn sqlite() {
    run::<false>();
}

#[test]
fn postgres() {
    run::<true>();
}
