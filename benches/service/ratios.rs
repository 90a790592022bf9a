//! The service held to its peers, in figures of one run: another run is another machine.

use std::fmt::Write as _;

use crate::peers::COMPARED;
use crate::report::{OfDatabase, OfOperation, OfPeer, Report, TOLERANCE};

/// Writes a Markdown table of ratios for each peer.
pub fn tables(report: &Report, text: &mut String) -> std::fmt::Result {
    for (name, peer) in &report.peers {
        if let Some(service) = report.databases.get(&peer.beside) {
            table(text, name, peer, service)?;
        }
    }
    Ok(())
}

fn table(text: &mut String, name: &str, peer: &OfPeer, service: &OfDatabase) -> std::fmt::Result {
    write!(
        text,
        "\n### service on {} : {name}\n\nBelow 1 the service needs less (of requests/s: above 1 it does more); p50 and \
         p99 are each at half of its own requests/s. The peer does less in each of them.\n\n\
         | operation of the peer : of the service | CPU ms | CPU ratio | requests/s | p50 | p99 | bytes answered | |\n\
         |---|---:|---:|---:|---:|---:|---:|---|\n",
        peer.beside
    )?;
    for (theirs, ours) in COMPARED {
        let (Some(theirs), Some(ours)) = (measured(&peer.found, theirs), measured(service, ours)) else {
            continue;
        };
        let (a, b) = (&ours.median, &theirs.median);
        writeln!(
            text,
            "| {} : {} | {:.3} : {:.3} | {} | {} | {} | {} | {} : {} | {} |",
            theirs.name,
            ours.name,
            a.cpu_ms(),
            b.cpu_ms(),
            ratio(a.cpu_ms(), b.cpu_ms()),
            ratio(a.throughput, b.throughput),
            ratio(a.p50_ms, b.p50_ms),
            ratio(a.p99_ms, b.p99_ms),
            ours.answer_bytes,
            theirs.answer_bytes,
            if a.foreign.max(b.foreign) > TOLERANCE {
                "busy machine: only CPU holds"
            } else {
                ""
            },
        )?;
    }
    let (a, b) = (service, &peer.found);
    write!(
        text,
        "\nCold start {}, memory idle {}, after load {} (the service was asked for all of its operations).\n",
        ratio(a.cold_start_ms, b.cold_start_ms),
        ratio(a.memory_idle_mib, b.memory_idle_mib),
        ratio(a.memory_loaded_mib, b.memory_loaded_mib),
    )
}

/// An operation that was measured without a failure.
fn measured<'f>(found: &'f OfDatabase, name: &str) -> Option<&'f OfOperation> {
    let found = found.operations.iter().find(|operation| operation.name == name)?;
    (found.failure.is_none() && !found.rounds.is_empty()).then_some(found)
}

fn ratio(service: f64, peer: f64) -> String {
    if peer > 0.0 {
        format!("{:.2}", service / peer)
    } else {
        "–".to_owned()
    }
}
