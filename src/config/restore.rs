//! `[restore]`: restoring past settlements.

use std::{num::NonZeroU32, path::PathBuf};

use desk::{DeskError, MaxShare, PauseOn, RestoreRules};
use serde::Deserialize;

/// The most rows of one transaction: longer ones would keep billing waiting.
const PACKET_MAX: u32 = 5_000;

/// `[restore]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RestoreTable {
    one_person: bool,
    max_share_percent: Option<u8>,
    packet: Option<NonZeroU32>,
    pause_on: Option<String>,
    pub(super) letter: Option<PathBuf>,
    pub(super) act: Option<PathBuf>,
    tax_office: Option<String>,
    signer: Option<String>,
    measures: Vec<String>,
}

impl RestoreTable {
    /// What the desk has to know.
    ///
    /// # Errors
    /// When a value lies beyond its limits.
    pub(crate) fn read(&self) -> Result<RestoreRules, DeskError> {
        let default = RestoreRules::default();
        let packet = self.packet.unwrap_or(default.packet);
        if packet.get() > PACKET_MAX {
            return Err(DeskError::Setup {
                what: format!("restore.packet is {packet}: write 1 to {PACKET_MAX}"),
            });
        }
        let max_share = self.max_share_percent.map(MaxShare::new).transpose()?;
        let pause_on: Option<PauseOn> = self.pause_on.as_deref().map(str::parse).transpose()?;
        Ok(RestoreRules {
            one_person: self.one_person,
            max_share: max_share.unwrap_or(default.max_share),
            packet,
            pause_on: pause_on.unwrap_or(default.pause_on),
            letter: self.letter.clone(),
            act: self.act.clone(),
            tax_office: self.tax_office.clone(),
            signer: self.signer.clone(),
            measures: self.measures.clone(),
        })
    }
}
