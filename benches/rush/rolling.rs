//! Three replicas on one PostgreSQL behind a balancer, each restarted in turn under load (SHD-02).

use std::cell::Cell;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::crowd::{Crowd, Habits};
use crate::proxy::Proxy;
use crate::service::Service;
use crate::stage::Stage;
use crate::tally::Report;
use crate::{Outcome, say};

/// Requests a second.
pub const RATE: f64 = 200.0;
/// Most that three restarts may take.
pub const LONGEST: Duration = Duration::from_mins(3);
const REPLICAS: usize = 3;
/// SHD-01: drain, then what is under way.
const ENDED: Duration = Duration::from_secs(40);
const LOOK: Duration = Duration::from_millis(50);

/// Plays it.
pub async fn play(stage: &Stage<'_>, report: &mut Report) -> Outcome<()> {
    let drain = if stage.wanted.smoke { "3" } else { "5" };
    let settings = [("THIDUA__SERVER__DRAIN_SECONDS", drain)];
    let mut replicas = Vec::new();
    for _ in 0..REPLICAS {
        replicas.push(stage.service(&settings).await?);
    }
    let addresses: Vec<_> = replicas.iter().map(|replica| replica.address).collect();
    let proxy = Proxy::start(&addresses).await?;
    let habits = Habits {
        again: false,
        odd: false,
        unbroken: true,
    };
    let crowd = Crowd::new(proxy.address, &stage.visits(true), habits);
    let rate = if stage.wanted.smoke { 50.0 } else { RATE };
    let enough = Rc::new(Cell::new(false));
    let (coming, until) = (Rc::clone(&crowd), Rc::clone(&enough));
    let coming = tokio::task::spawn_local(async move { coming.come(rate, LONGEST, &until).await });
    let mut took = Vec::new();
    for (index, replica) in replicas.iter_mut().enumerate() {
        tokio::time::sleep(stage.wanted.at_most(3.0)).await;
        let began = Instant::now();
        match terminated(replica).await? {
            Some(0) => {}
            other => report.fault(&format!("replica {index} ended with {other:?}")),
        }
        took.push(began.elapsed().as_secs_f64());
        *replica = stage.service(&settings).await?;
        proxy.replace(index, replica.address);
    }
    tokio::time::sleep(stage.wanted.at_most(5.0)).await;
    enough.set(true);
    let seconds = coming.await?;
    crowd.leave().await;
    proxy.stop();
    let (came, accepted) = (crowd.tally.sum(|of| &of.came), crowd.tally.sum(|of| &of.accepted));
    report.line(format!(
        "{rate:.0} a second for {seconds:.0} s over {REPLICAS} restarts (each ended after {}): {came} came, {} failed",
        took.iter().map(|took| format!("{took:.1} s")).collect::<Vec<_>>().join(", "),
        came - accepted
    ));
    crowd.tally.tell(report);
    report.line(format!(
        "another replica was asked because one took no connection: {} times",
        proxy.refused.get()
    ));
    // Nothing was overloaded: a refusal is a failed request as well.
    if accepted != came {
        report.fault(&format!("{} of {came} requests failed", came - accepted));
    }
    report.figure("failed", json!(came - accepted));
    let acknowledged = crowd.acknowledged.take();
    stage.settle(&acknowledged, report).await
}

/// Ends a replica as a supervisor does; its exit code.
async fn terminated(replica: &mut Service) -> Outcome<Option<i32>> {
    let pid = replica.pid().to_string();
    Command::new("kill").args(["-TERM", &pid]).status()?;
    let began = Instant::now();
    while began.elapsed() < ENDED {
        if let Some(status) = replica.ended()? {
            return Ok(status.code());
        }
        tokio::time::sleep(LOOK).await;
    }
    say("a replica did not end in time");
    Ok(None)
}
