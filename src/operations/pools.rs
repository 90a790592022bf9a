//! The pools' numbers, read when they are asked for.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::store::load::Snapshot;
use crate::store::tx::Db;

/// Both pools of a database.
pub struct Pools(pub Db);

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pools")
    }
}

type Read = fn(&Snapshot) -> i64;

impl Collector for Pools {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let pools = self.0.load();
        let gauges: [(&str, &str, Read); 5] = [
            ("size", "Most connections", |pool| i64::from(pool.size)),
            ("open_connections", "Connections that are open", |pool| {
                i64::from(pool.open)
            }),
            ("in_use", "Pieces of work that have their turn", |pool| {
                i64::from(pool.in_use)
            }),
            ("waiting", "Requests that wait for their turn", |pool| {
                pool.load.waiting.get()
            }),
            (
                "queued",
                "Pieces of work that have their turn and wait for a thread",
                |pool| pool.load.queued.get(),
            ),
        ];
        for (name, help, read) in gauges {
            let name = format!("thidua_db_pool_{name}");
            let mut metric = encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?;
            for pool in &pools {
                ConstGauge::new(read(pool)).encode(metric.encode_family(&[("pool", pool.name)])?)?;
            }
        }
        let help = "Requests whose patience ended before their turn";
        let name = "thidua_db_pool_timeouts";
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for pool in &pools {
            let labels = [("pool", pool.name)];
            pool.load.timeouts.encode(metric.encode_family(&labels)?)?;
        }
        let help = "Transactions that were begun again after a conflict or a busy database";
        let name = "thidua_db_pool_retries";
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for pool in &pools {
            let labels = [("pool", pool.name)];
            pool.load.retries.encode(metric.encode_family(&labels)?)?;
        }
        let help = "Pieces of work that were given up because the database was busy";
        let name = "thidua_db_pool_busy";
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for pool in &pools {
            let labels = [("pool", pool.name)];
            pool.load.busy.encode(metric.encode_family(&labels)?)?;
        }
        let help = "How long requests waited for their turn";
        let name = "thidua_db_pool_wait_seconds";
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for pool in &pools {
            let labels = [("pool", pool.name)];
            pool.load.wait.encode(metric.encode_family(&labels)?)?;
        }
        if let Some(answered) = self.0.answered() {
            let help = "Reads that the copy may answer, by who did: the copy, or the primary for this reason";
            let mut metric =
                encoder.encode_descriptor("thidua_db_copy_reads", help, None, MetricType::Counter)?;
            for (by, count) in [
                ("copy", &answered.copy),
                ("behind", &answered.behind),
                ("busy", &answered.busy),
                ("away", &answered.away),
            ] {
                count.encode(metric.encode_family(&[("answered", by)])?)?;
            }
        }
        Ok(())
    }
}
