//! What the kernel says about processes: their CPU time, memory, and on which core they run.

use std::process::{Command, Stdio};

/// The kernel counts CPU time in hundredths of a second for every Linux user space.
const TICK_MILLIS: f64 = 10.0;

/// Fields of `/proc/<pid>/stat` after the name, which may contain anything.
fn stat(pid: u32) -> Option<Vec<u64>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    // The first field is the state, a letter; negative numbers are of no interest.
    Some(
        rest.split_whitespace()
            .map(|field| field.parse().unwrap_or(0))
            .collect(),
    )
}

fn millis(fields: &[u64], which: std::ops::Range<usize>) -> f64 {
    fields.get(which).unwrap_or_default().iter().sum::<u64>() as f64 * TICK_MILLIS
}

/// CPU milliseconds that a process has used, in user space and in the kernel, with its ended threads.
pub fn cpu(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |fields| millis(&fields, 11..13))
}

/// CPU milliseconds of a process, its children and those of them that have ended: a PostgreSQL cluster.
pub fn cpu_with_children(pid: u32) -> f64 {
    let own = stat(pid).map_or(0.0, |fields| millis(&fields, 11..15));
    let children = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(stat)
        .filter(|fields| fields.get(1) == Some(&u64::from(pid)))
        .map(|fields| millis(&fields, 11..13))
        .sum::<f64>();
    own + children
}

/// Milliseconds that a core has been busy.
pub fn busy(core: usize) -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let name = format!("cpu{core} ");
    let fields: Vec<u64> = text
        .lines()
        .find_map(|line| line.strip_prefix(&name))
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    [0, 1, 2, 5, 6, 7]
        .iter()
        .filter_map(|index| fields.get(*index))
        .sum::<u64>() as f64
        * TICK_MILLIS
}

/// Resident memory in MiB.
pub fn memory(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0.0);
    kib / 1024.0
}

/// Lets a process with all of its threads run on one core only; children that it makes later follow.
/// False where there is no `taskset` or only one core.
pub fn pin(pid: u32, core: usize) -> bool {
    cores() > core
        && cores() > 1
        && Command::new("taskset")
            .args(["-apc", &core.to_string(), &pid.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

/// Cores of the machine.
pub fn cores() -> usize {
    std::fs::read_to_string("/proc/stat")
        .unwrap_or_default()
        .lines()
        .filter(|line| line.starts_with("cpu") && !line.starts_with("cpu "))
        .count()
}

/// Name of the processor.
pub fn processor() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned())
        .unwrap_or_default()
}
