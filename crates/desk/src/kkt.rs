//! Which register a drive serves.

use crate::{Desk, DeskError};

/// What is known of the ККТ that a drive serves, or served last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KktView {
    /// РНМ, tag 1037.
    pub rnm: Option<String>,
    /// Its serial number (tag 1013), if it lives in a slot.
    pub serial: Option<String>,
}

impl Desk {
    /// The ККТ of a drive; nothing is known of that of a drive which was never seen.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn kkt_of(&self, drive: &str) -> Result<KktView, DeskError> {
        let row = self.reader().kkt_of(drive)?.unwrap_or_default();
        Ok(KktView {
            rnm: row.rnm,
            serial: row.serial,
        })
    }
}
