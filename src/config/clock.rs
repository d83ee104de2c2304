//! `[clock]`: what the computer's clock is compared with.

use serde::Deserialize;

use super::Config;

/// `[clock]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClockTable {
    ntp_servers: Vec<String>,
}

impl Config {
    /// The time servers that the doctor asks, `host` or `host:port`.
    pub(crate) fn ntp_servers(&self) -> &[String] {
        &self.clock.ntp_servers
    }
}
