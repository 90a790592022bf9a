//! The deadline hour (N21): ten times as many as in the worst normal hour, for a minute or ten.

use std::cell::Cell;

use serde_json::json;

use crate::Outcome;
use crate::crowd::{Crowd, Habits};
use crate::stage::{Memory, Stage};
use crate::tally::Report;
use crate::visits::Class;

/// How many times the normal rate.
pub const TIMES: f64 = 10.0;

/// Plays it.
pub async fn play(stage: &Stage<'_>, report: &mut Report) -> Outcome<()> {
    let mut service = stage.service(&[]).await?;
    let memory = Memory::of(service.pid());
    let habits = Habits {
        again: true,
        odd: true,
        unbroken: true,
    };
    let crowd = Crowd::new(service.address, &stage.visits(true), habits);
    let rate = stage.wanted.normal * TIMES;
    let seconds = crowd.come(rate, stage.wanted.time(), &Cell::new(false)).await;
    let within = crowd.tally.sum(|of| &of.accepted) as f64 / seconds;
    crowd.leave().await;
    if let Some(status) = service.ended()? {
        report.fault(&format!("the service ended: {status}"));
    }
    let came = crowd.tally.sum(|of| &of.came);
    report.line(format!(
        "{rate:.0} a second for {seconds:.0} s: {:.0} a second came, {within:.0} a second accepted meanwhile",
        came as f64 / seconds
    ));
    crowd.tally.tell(report);
    let handed = crowd.tally.of(Class::HandIn);
    let (saved, first) = (crowd.tally.of(Class::Save), handed.took.millis(0.99));
    report.goal(
        handed.accepted.get() == handed.came.get(),
        format!(
            "every hand-in got through: {} of {}",
            handed.accepted.get(),
            handed.came.get()
        ),
    );
    report.goal(
        handed.refused.get() * saved.came.get() <= saved.refused.get() * handed.came.get(),
        "hand-ins are refused less often than savings".to_owned(),
    );
    report.figure("hand_in_p99_ms", json!(first));
    report.line(format!(
        "memory of the service: {:.0} MiB before, {:.0} MiB at most",
        memory.before,
        memory.most()
    ));
    report.figure("memory_mib", json!([memory.before, memory.most()]));
    let acknowledged = crowd.acknowledged.take();
    stage.settle(&acknowledged, report).await
}
