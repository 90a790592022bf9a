//! Random campaigns: whatever is asked of the service in whatever order, it says and becomes what the model says.
//! The long form: `THIDUA_MODEL_SEQUENCES=1000 cargo test --test it -- campaign_model::sqlite`; it prints its seed,
//! which `THIDUA_MODEL_SEED` repeats. Not in the model: forwarding, corrections, deadlines, several forms of a subject.

mod acts;
mod council;
mod decisions;
mod driver;
mod model;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::support::{Database, announce, in_ci, postgres};
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
}

struct Rules;

impl ReferenceStateMachine for Rules {
    type State = Expected;
    type Transition = Act;

    fn init_state() -> BoxedStrategy<Expected> {
        (1..=3_usize, any::<[bool; model::DOSSIERS]>())
            .prop_map(|(limit, consolidated)| Expected {
                model: Model::new(limit, consolidated),
                refused: None,
            })
            .boxed()
    }

    /// Mostly what is allowed, so that campaigns get far; every fifth act is refused.
    fn transitions(state: &Expected) -> BoxedStrategy<Act> {
        // A campaign may come to an end at which nothing is allowed any more. Of what is refused, what a rule
        // refuses is worth more than what comes at the wrong time.
        let of = |often: u32, wanted: fn(&Result<Model, model::Refusal>) -> bool| {
            let kinds = state.model.acts().into_iter().filter_map(move |(weight, acts)| {
                let acts: Vec<Act> = acts
                    .into_iter()
                    .filter(|act| wanted(&state.model.after(*act)))
                    .collect();
                (!acts.is_empty()).then(|| (weight, prop::sample::select(acts).boxed()))
            });
            let kinds: Vec<_> = kinds.collect();
            (!kinds.is_empty()).then(|| (often, prop::strategy::Union::new_weighted(kinds).boxed()))
        };
        let all = [
            of(16, Result::is_ok),
            of(8, |after| {
                after.as_ref().is_err_and(|codes| codes == &["quota.exceeded"])
            }),
            of(3, |after| {
                after.as_ref().is_err_and(|codes| !model::is_untimely(codes))
            }),
            of(1, |after| after.as_ref().is_err_and(model::is_untimely)),
        ];
        prop::strategy::Union::new_weighted(all.into_iter().flatten().collect()).boxed()
    }

    fn apply(state: Expected, act: &Act) -> Expected {
        match state.model.after(*act) {
            Ok(model) => Expected { model, refused: None },
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
        Service::start(database, &expected.model)
    }

    fn apply(mut service: Service, expected: &Expected, act: Act) -> Service {
        let reply = service.ask(act);
        let code = reply.json["code"].as_str();
        let as_said = match &expected.refused {
            None => reply.status < 300,
            Some(codes) => (400..500).contains(&reply.status) && codes.contains(&code.unwrap_or_default()),
        };
        TRIED.with_borrow_mut(|tried| {
            let name = format!("{act:?}").split(['(', ' ']).next().unwrap().to_owned();
            let (done, refused) = tried.entry(name).or_default();
            *if expected.refused.is_none() { done } else { refused } += 1;
            for code in expected.refused.iter().flatten() {
                tried.entry((*code).to_owned()).or_default().1 += 1;
            }
        });
        let said = expected.refused.as_ref();
        assert!(
            as_said,
            "{act:?}: {} instead of {said:?}: {}",
            reply.status, reply.json
        );
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
    if POSTGRES && postgres::cluster().is_none() {
        assert!(
            !in_ci(),
            "PostgreSQL tests are part of CI, but there is no PostgreSQL"
        );
        return;
    }
    let sequences = number("THIDUA_MODEL_SEQUENCES");
    let first = number("THIDUA_MODEL_SEED").unwrap_or(if sequences.is_some() { rand::random() } else { 1 });
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
