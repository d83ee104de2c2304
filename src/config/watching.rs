//! `[metrics]` and `[log]`: what those see who watch the program.

use std::{fs, path::Path};

use desk::DeskError;
use ipnet::IpNet;
use serde::Deserialize;

use super::http::networks;
use crate::log::LogFormat;

/// `[metrics]`: the figures for Prometheus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MetricsTable {
    enabled: bool,
    #[serde(deserialize_with = "networks")]
    networks: Vec<IpNet>,
}

/// `[log]`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogTable {
    format: LogFormat,
}

/// What has to be known before the configuration is read: what is wrong with it is logged, too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Beforehand {
    log: LogTable,
}

impl Default for MetricsTable {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1/128"];
        Self {
            enabled: true,
            networks: loopback.iter().filter_map(|it| it.parse().ok()).collect(),
        }
    }
}

impl MetricsTable {
    /// Who may read the figures; none: they are not there.
    ///
    /// # Errors
    /// When there are too many networks.
    pub(crate) fn access(&self) -> Result<Option<metrics::Access>, DeskError> {
        if self.networks.len() > 64 {
            let what = format!(
                "[metrics]: networks names {}; write at most 64",
                self.networks.len()
            );
            return Err(DeskError::Setup { what });
        }
        let networks = self.networks.clone();
        Ok(self.enabled.then_some(metrics::Access { networks }))
    }
}

/// How the log of a server with this configuration is written. A file that cannot be read is told of
/// by whoever needs it.
pub(crate) fn log_format(path: &Path) -> LogFormat {
    let beforehand = fs::read_to_string(path).ok();
    let beforehand = beforehand.and_then(|text| toml::from_str::<Beforehand>(&text).ok());
    beforehand.unwrap_or_default().log.format
}
