//! Five times what the service can do (OVL-02), then back to half of it.

use std::cell::Cell;
use std::time::Duration;

use serde_json::json;

use crate::Outcome;
use crate::balancer::Balancer;
use crate::crowd::{Crowd, Habits};
use crate::service::free_address;
use crate::stage::{Memory, Stage};
use crate::tally::Report;

const TIMES: f64 = 5.0;
/// People who press at once to find the capacity.
const PRESS: usize = 64;
/// Until when it is to be itself again.
const BACK: u32 = 5;
const SECOND: Duration = Duration::from_secs(1);

/// Plays it.
pub async fn play(stage: &Stage<'_>, proxy: bool, report: &mut Report) -> Outcome<()> {
    let mut service = stage.service(&[]).await?;
    let balancer = if proxy {
        let Some(balancer) = Balancer::start([service.address, free_address()?]).await? else {
            report.line("left out: HAProxy is not installed".to_owned());
            return Ok(());
        };
        Some(balancer)
    } else {
        None
    };
    let address = balancer
        .as_ref()
        .map_or(service.address, |balancer| balancer.address);
    let visits = stage.visits(false);
    let habits = |again| Habits {
        again,
        odd: false,
        unbroken: true,
    };
    let endless = Cell::new(false);
    let crowd = |again| Crowd::new(address, &visits, habits(again));
    crowd(false).press(PRESS, stage.wanted.at_most(5.0)).await;
    let pressing = crowd(false);
    let seconds = pressing.press(PRESS, stage.wanted.at_most(15.0)).await;
    let capacity = pressing.tally.sum(|of| &of.accepted) as f64 / seconds;
    let normal = crowd(false);
    normal
        .come(capacity / 2.0, stage.wanted.at_most(15.0), &endless)
        .await;
    normal.leave().await;
    let usual = normal.tally.took.millis(0.99);
    report.line(format!(
        "capacity {capacity:.0} a second ({PRESS} at once: p99 {:.1} ms); at half of it p99 {usual:.1} ms",
        pressing.tally.took.millis(0.99)
    ));

    let memory = Memory::of(service.pid());
    let rush = crowd(true);
    let seconds = rush.come(capacity * TIMES, stage.wanted.time(), &endless).await;
    let goodput = rush.tally.sum(|of| &of.accepted) as f64 / seconds;
    let came = rush.tally.sum(|of| &of.came) as f64 / seconds;
    // Nobody comes any more but as usual, while those of the rush still come again.
    let mut back = None;
    for second in 1..=BACK * 2 {
        let after = crowd(false);
        after.come(capacity / 2.0, SECOND, &endless).await;
        after.leave().await;
        after.tally.tell_faults(report);
        if after.tally.took.millis(0.99) <= usual * 2.0 && after.tally.sum(|of| &of.refused) == 0 {
            back = Some(second);
            break;
        }
    }
    rush.leave().await;
    if let Some(status) = service.ended()? {
        report.fault(&format!("the service ended: {status}"));
    }
    report.line(format!(
        "{:.0} a second wanted for {seconds:.0} s: {came:.0} a second came, and those who came again",
        capacity * TIMES
    ));
    rush.tally.tell(report);
    for tally in [&pressing.tally, &normal.tally] {
        tally.tell_faults(report);
    }
    let took = rush.tally.took.millis(0.99);
    let grown = memory.most() / memory.before - 1.0;
    report.goal(
        came >= capacity * TIMES * 0.95,
        format!("the generator brought {:.1} times the capacity", came / capacity),
    );
    report.goal(
        goodput >= capacity * 0.8,
        format!(
            "goodput {goodput:.0} a second, {:.0} % of the capacity (80)",
            goodput / capacity * 100.0
        ),
    );
    report.goal(
        took <= usual * 2.0,
        format!(
            "p99 of what was accepted {took:.0} ms, {:.1} times the usual (2)",
            took / usual
        ),
    );
    report.goal(
        grown < 0.2,
        format!(
            "memory {:.0} to {:.0} MiB, {:.0} % more (20)",
            memory.before,
            memory.most(),
            grown * 100.0
        ),
    );
    report.goal(
        back.is_some_and(|second| second <= BACK),
        format!(
            "itself again after {} s ({BACK})",
            back.map_or_else(|| format!("more than {}", BACK * 2), |second| second.to_string())
        ),
    );
    report.figure("capacity", json!(capacity));
    report.figure("goodput", json!(goodput));
    stage.settle(&[], report).await
}
