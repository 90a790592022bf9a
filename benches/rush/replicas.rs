//! Two replicas on one PostgreSQL behind HAProxy with the configuration of `deploy/`: what a request costs with one and
//! with two of them, and what becomes of the work of one that is killed.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;

use crate::balancer::Balancer;
use crate::crowd::{Crowd, Habits};
use crate::service::{Service, free_address};
use crate::stage::Stage;
use crate::tally::Report;
use crate::{Outcome, process};

/// Requests a second while a replica is killed.
pub const RATE: f64 = 100.0;
/// How long they come then.
pub const LONGEST: Duration = Duration::from_secs(20);
/// People who press at once.
const PRESS: usize = 32;

/// Plays it.
pub async fn play(stage: &Stage<'_>, report: &mut Report) -> Outcome<()> {
    let one = stage.service(&[]).await?;
    let Some(balancer) = Balancer::start([one.address, free_address()?]).await? else {
        report.line("left out: HAProxy is not installed".to_owned());
        return Ok(());
    };
    pressed(stage, report, &balancer, &[&one]).await?;
    drop(balancer);
    let two = stage.service(&[]).await?;
    let Some(balancer) = Balancer::start([one.address, two.address]).await? else {
        return Ok(());
    };
    pressed(stage, report, &balancer, &[&one, &two]).await?;

    // People who come again as they are told, and of whom some ask twice or lose an answer.
    let habits = Habits {
        again: true,
        odd: true,
        unbroken: false,
    };
    let crowd = Crowd::new(balancer.address, &stage.visits(true), habits);
    let rate = if stage.wanted.smoke { 50.0 } else { RATE };
    let time = stage.wanted.at_most(LONGEST.as_secs_f64());
    let coming = Rc::clone(&crowd);
    let coming = tokio::task::spawn_local(async move { coming.come(rate, time, &Cell::new(false)).await });
    tokio::time::sleep(time / 2).await;
    drop(one);
    let seconds = coming.await?;
    crowd.leave().await;
    let (came, accepted) = (crowd.tally.sum(|of| &of.came), crowd.tally.sum(|of| &of.accepted));
    report.line(format!(
        "{rate:.0} a second for {seconds:.0} s, one of two killed in the middle: {came} came, {} did not get what they wanted",
        came - accepted
    ));
    crowd.tally.tell(report);
    if accepted != came {
        report.fault(&format!("{} of {came} never got through", came - accepted));
    }
    // The other one seals what both wrote.
    let acknowledged = crowd.acknowledged.take();
    stage.settle(&acknowledged, report).await
}

/// What the replicas do when they are pressed, and what of it each of them.
async fn pressed(
    stage: &Stage<'_>,
    report: &mut Report,
    balancer: &Balancer,
    replicas: &[&Service],
) -> Outcome<()> {
    let habits = Habits {
        again: false,
        odd: false,
        unbroken: true,
    };
    let crowd = || Crowd::new(balancer.address, &stage.visits(false), habits);
    crowd().press(PRESS, stage.wanted.at_most(3.0)).await;
    let spent = || {
        replicas
            .iter()
            .map(|replica| process::cpu(replica.pid()))
            .collect::<Vec<_>>()
    };
    let before = spent();
    let crowd = crowd();
    let seconds = crowd.press(PRESS, stage.wanted.at_most(15.0)).await;
    let spent: Vec<f64> = spent()
        .iter()
        .zip(&before)
        .map(|(now, before)| now - before)
        .collect();
    let (came, accepted) = (crowd.tally.sum(|of| &of.came), crowd.tally.sum(|of| &of.accepted));
    if accepted != came {
        report.fault(&format!("{} of {came} requests failed", came - accepted));
    }
    let total: f64 = spent.iter().sum();
    let shares: Vec<String> = spent
        .iter()
        .map(|spent| format!("{:.0} %", spent / total * 100.0))
        .collect();
    let (speed, each) = (accepted as f64 / seconds, total / accepted as f64);
    report.line(format!(
        "{} behind HAProxy: {speed:.0} requests/s, {each:.3} ms CPU of the service each, shared {}",
        if replicas.len() == 1 {
            "one replica"
        } else {
            "two replicas"
        },
        shares.join(" : ")
    ));
    report.figure(
        &format!("pressed_{}", replicas.len()),
        json!({ "requests_per_second": speed, "cpu_ms": each, "shares": spent }),
    );
    crowd.tally.tell_faults(report);
    Ok(())
}
