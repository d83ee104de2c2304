//! `[atol_local]`: the local web requests of ATOL.

use std::net::SocketAddr;

use atol::local::{BadPath, LocalSetup, Paths};
use serde::Deserialize;

/// `[atol_local]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AtolLocalTable {
    /// Whether the face is there at all.
    pub(crate) enabled: bool,
    /// A listener of its own; none: it is found where billing connects.
    pub(crate) listen: Option<SocketAddr>,
    /// No login for callers from this machine.
    trust_loopback: bool,
    /// A receipt at its drive is told as `inProgress`.
    in_progress: bool,
    v1_path: Option<String>,
    v2_path: Option<String>,
    stat_path: Option<String>,
}

impl AtolLocalTable {
    /// What the face has to know; none when it is not wanted.
    ///
    /// # Errors
    /// When a path cannot be used.
    pub(crate) fn setup(&self) -> Result<Option<LocalSetup>, BadPath> {
        let (v1, v2, stat) = (
            self.v1_path.as_deref().unwrap_or("/requests"),
            self.v2_path.as_deref().unwrap_or("/api/v2"),
            self.stat_path.as_deref().unwrap_or("/stat/requests"),
        );
        let paths = Paths::new(v1, v2, stat)?;
        Ok(self.enabled.then_some(LocalSetup {
            paths,
            trust_loopback: self.trust_loopback,
            tells_in_progress: self.in_progress,
        }))
    }
}
