//! Recorded histories (CON-03): some steps of a campaign one after the other, then several acts at once, again and
//! again. For each history a serial order is looked for that is true to time (what was answered before another act was
//! asked comes before it) and in which the model says of every act what the service said; then the service must stand
//! where such an order ends. The long form: `THIDUA_HISTORY_CAMPAIGNS=200 cargo test --test it -- histories::`; it
//! prints its seed, which `THIDUA_MODEL_SEED` repeats.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::ReferenceStateMachine;

use super::driver::Service;
use super::model::{Act, Model, is_untimely};
use super::{Expected, Rules, number};
use crate::support::{Database, announce, postgres};

/// Campaigns in `cargo test`.
const FEW: u64 = 2;
/// Times that several acts are asked at once in a campaign, after as many acts one by one each time.
const ROUNDS: usize = 12;
const ONE_BY_ONE: usize = 3;
const AT_ONCE: usize = 6;

/// An act with its answer.
#[derive(Debug, Clone)]
pub struct Answered {
    pub act: Act,
    pub began: Instant,
    pub ended: Instant,
    pub status: u16,
    pub code: String,
}

impl Answered {
    /// What the campaign is after it, where the model says the same of it.
    fn after(&self, model: &Model) -> Option<Model> {
        match model.after(self.act) {
            // Somebody else was faster on the same object: nothing is changed, whatever it would have been.
            _ if self.status == 412 => Some(model.clone()),
            Ok(after) => (self.status < 300).then_some(after),
            // What went away while the request was under way is not there, or is past its time: both are true.
            Err(codes) => {
                let code = vec![self.code.as_str()];
                let untimely = is_untimely(&codes) && is_untimely(&code);
                (untimely || codes.contains(&code[0])).then(|| model.clone())
            }
        }
    }
}

/// The states in which a history may have ended that began in one of some states; none where no serial order
/// explains it. Two orders may explain it and differ in what only later acts show.
fn ends(from: &[Model], history: &[Answered]) -> Vec<Model> {
    let mut ends = Vec::new();
    let mut seen: Vec<(u32, Model)> = Vec::new();
    let mut open: Vec<(u32, Model)> = from.iter().map(|model| (0, model.clone())).collect();
    while let Some(here) = open.pop() {
        if seen.contains(&here) {
            continue;
        }
        let (done, model) = &here;
        let left: Vec<usize> = (0..history.len()).filter(|one| done & (1 << one) == 0).collect();
        if left.is_empty() && !ends.contains(model) {
            ends.push(model.clone());
        }
        for one in &left {
            let late = |other: &usize| history[*other].ended < history[*one].began;
            if !left.iter().any(late)
                && let Some(after) = history[*one].after(model)
            {
                open.push((done | (1 << one), after));
            }
        }
        seen.push(here);
    }
    ends
}

/// What it makes gets its number when the answer comes, so that two of them at once could not be told apart.
const fn makes(act: Act) -> bool {
    matches!(
        act,
        Act::PlanSession { .. }
            | Act::PrepareAward
            | Act::PrepareRevocation(_)
            | Act::PrepareCorrection(_)
            | Act::PrepareForwarding { .. }
            | Act::RecordDecision { .. }
    )
}

/// Acts for the same moment; about every third is asked by two hands.
fn at_once(state: &Expected, runner: &mut TestRunner) -> Vec<Act> {
    let strategy = Rules::transitions(state);
    let mut acts: Vec<Act> = Vec::new();
    for _ in 0..100 {
        if acts.len() >= AT_ONCE {
            break;
        }
        let act = strategy.new_tree(runner).unwrap().current();
        let alone = matches!(act, Act::PassDeadline | Act::RemoveForwarding(_));
        if alone || (makes(act) && acts.iter().any(|other| makes(*other))) {
            continue;
        }
        acts.push(act);
        if !makes(act) && any::<u8>().new_tree(runner).unwrap().current() < 85 {
            acts.push(act);
        }
    }
    acts
}

/// The history as lines, with the microseconds since its beginning.
fn told(history: &[Answered]) -> String {
    let Some(start) = history.iter().map(|one| one.began).min() else {
        return String::new();
    };
    let line = |one: &Answered| {
        let [began, ended] = [one.began, one.ended].map(|at| (at - start).as_micros());
        format!("{began}..{ended} {:?}: {} {}\n", one.act, one.status, one.code)
    };
    history.iter().map(line).collect()
}

/// Whether the service stands where the model does.
fn agrees(service: &Service, model: &Model) -> bool {
    let compare = || {
        service.compare(model);
        service.compare_acts(model);
    };
    catch_unwind(AssertUnwindSafe(compare)).is_ok()
}

/// One campaign. Returns how many acts were asked at once, and how many of these changed something.
fn play(database: Database, seed: u64) -> (usize, usize) {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    });
    let mut state = Rules::init_state().new_tree(&mut runner).unwrap().current();
    let mut service = Service::start(database, &state.model, &state.prelude);
    let mut standing = vec![state.model.clone()];
    let (mut asked, mut changed) = (0, 0);
    for _ in 0..ROUNDS {
        for _ in 0..ONE_BY_ONE {
            let act = Rules::transitions(&state)
                .new_tree(&mut runner)
                .unwrap()
                .current();
            let history = service.ask_at_once(&[act]);
            let after = ends(&standing, &history);
            assert!(
                !after.is_empty(),
                "{}is not explained from {standing:?}",
                told(&history)
            );
            standing = after;
            state.model = standing[0].clone();
        }
        let acts = at_once(&state, &mut runner);
        let history = service.ask_at_once(&acts);
        asked += history.len();
        changed += history.iter().filter(|one| one.status < 300).count();
        let ends = ends(&standing, &history);
        assert!(
            !ends.is_empty(),
            "no serial order explains\n{}from {standing:?}",
            told(&history)
        );
        standing = ends.iter().filter(|end| agrees(&service, end)).cloned().collect();
        assert!(
            !standing.is_empty(),
            "the service stands at none of {ends:?}\nafter\n{}",
            told(&history)
        );
        state.model = standing[0].clone();
    }
    service.finish();
    (asked, changed)
}

fn run(database: Database) {
    if postgres::is_missing_for(database) {
        return;
    }
    let campaigns = number("THIDUA_HISTORY_CAMPAIGNS");
    let first = number("THIDUA_MODEL_SEED").unwrap_or_else(rand::random);
    let (mut asked, mut changed) = (0, 0);
    for campaign in 0..campaigns.unwrap_or(FEW) {
        let seed = first.wrapping_add(campaign);
        let played = catch_unwind(|| play(database, seed));
        let (more, done) = played.unwrap_or_else(|_| panic!("THIDUA_MODEL_SEED={seed} (above)"));
        (asked, changed) = (asked + more, changed + done);
    }
    announce(&format!(
        "histories from THIDUA_MODEL_SEED={first}: {asked} acts at once, {changed} done"
    ));
    assert!(changed > 0, "nothing was done");
}

#[test]
fn sqlite() {
    run(Database::Sqlite);
}

#[test]
fn postgres() {
    run(Database::Postgres);
}

#[test]
fn what_no_order_explains_is_told() {
    let model = [Model::new(2, false)];
    let start = Instant::now();
    let at = |millis: u64| start + std::time::Duration::from_millis(millis);
    let answered = |act, began, ended, status, code: &str| Answered {
        act,
        began: at(began),
        ended: at(ended),
        status,
        code: code.to_owned(),
    };
    let refused = "state.transition_not_allowed";
    let submitted = |began, ended, status| {
        let code = if status < 300 { "" } else { refused };
        answered(Act::Submit(0), began, ended, status, code)
    };
    // One of two wins, whichever.
    let won = ends(&model, &[submitted(0, 9, 409), submitted(1, 8, 200)]);
    assert_eq!(won, [model[0].after(Act::Submit(0)).unwrap()]);
    assert!(ends(&model, &[submitted(0, 9, 200), submitted(1, 8, 200)]).is_empty());
    // It was answered before the other began: nobody can have been before it.
    assert!(ends(&model, &[submitted(0, 3, 409), submitted(5, 8, 200)]).is_empty());
    let received = answered(Act::Receive(0), 5, 8, 200, "");
    assert!(ends(&model, &[submitted(6, 9, 200), received.clone()]).len() == 1);
    assert!(ends(&model, &[submitted(9, 12, 200), received]).is_empty());
    // Another reason than the model's is no explanation.
    let other = answered(Act::Receive(0), 0, 1, 409, "quota.exceeded");
    assert!(ends(&model, &[other]).is_empty());
}
