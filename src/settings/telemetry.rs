//! `[telemetry]`: where spans go.

use serde::Deserialize;

use crate::telemetry::export::Target;

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// Base address of the collector; empty = nothing is sent.
    pub otlp_endpoint: String,
    /// Share of the traces that begin here, 0 to 1.
    pub otlp_root_share: f64,
}

impl Telemetry {
    /// Everything that is wrong although each value has its type.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = self.target().err().into_iter().collect();
        if !(0.0..=1.0).contains(&self.otlp_root_share) {
            faults.push("telemetry.otlp_root_share: must lie between 0 and 1".to_owned());
        }
        faults
    }

    /// Where spans go, if anywhere.
    ///
    /// # Errors
    /// The fault of the address; `load` has reported it already.
    pub fn target(&self) -> Result<Option<Target>, String> {
        match self.otlp_endpoint.as_str() {
            "" => Ok(None),
            base => Target::new(base, self.otlp_root_share)
                .map(Some)
                .map_err(|fault| format!("telemetry.otlp_endpoint: {fault}")),
        }
    }
}
