//! `[watch]`: what Kassette compares by itself, and who is told.

use serde::Deserialize;

use super::telling::{ChannelTable, TellingTable};

/// `[watch]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WatchTable {
    /// When people are told again.
    pub(super) telling: TellingTable,
    /// How they are told.
    pub(super) channel: Vec<ChannelTable>,
}
