use std::{str::FromStr, time::Duration};

use terms::{OfdCode, OfdMessages};
use thiserror::Error;

/// What an emulated ОФД does wrong. The default is nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OfdFaults {
    /// Close each new connection at once, and open ones at their next message.
    pub refuse_connections: bool,
    /// Take documents, note them, and never answer.
    pub silent: bool,
    /// Send half of the answer, then close.
    pub close_mid_message: bool,
    /// Close the connection after each answer, as many real servers do: no fault in fact.
    pub close_after_answer: bool,
    /// Send answers in pieces of so many bytes, each on its own.
    pub pieces: Option<usize>,
    /// Wait so long before each answer.
    pub delay: Duration,
    /// Answer with the confirmation of the next document's number.
    pub other_document: bool,
    /// Answer for another drive, in both headers.
    pub other_drive: bool,
    /// Damage the check code of the confirmation's container.
    pub wrong_crc: bool,
    /// Send each confirmation twice.
    pub duplicate: bool,
    /// Answer with a header alone, as if no document had come.
    pub no_confirmation: bool,
    /// Answer with this code (tag 1022), whatever the document: 14 is a refusal by format-logic
    /// control, 11 «not recognised».
    pub code: Option<OfdCode>,
    /// Say this (tag 1206) in each confirmation.
    pub messages: OfdMessages,
}

/// A text that is no fault.
#[derive(Debug, Error)]
#[error(
    "«{0}» is no fault of an ОФД; write refuse-connections, silent, close-mid-message, \
     close-after-answer, pieces=BYTES, delay=MILLISECONDS, other-document, other-drive, wrong-crc, \
     duplicate, no-confirmation, code=CODE or messages=BITSh"
)]
pub struct UnknownFault(String);

impl OfdFaults {
    /// These faults and one more, as the command line writes it.
    ///
    /// ```
    /// use emulator::ofd::OfdFaults;
    /// let faults = OfdFaults::default().with("code=14")?.with("messages=04h")?;
    /// assert_eq!(faults.code, Some(terms::OfdCode::FORMAT_REFUSED));
    /// assert_eq!(faults.messages.bits(), 4);
    /// # Ok::<(), emulator::ofd::UnknownFault>(())
    /// ```
    ///
    /// # Errors
    /// When the text is none.
    pub fn with(mut self, text: &str) -> Result<Self, UnknownFault> {
        let unknown = || UnknownFault(text.to_owned());
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        match (name, value) {
            ("refuse-connections", None) => self.refuse_connections = true,
            ("silent", None) => self.silent = true,
            ("close-mid-message", None) => self.close_mid_message = true,
            ("close-after-answer", None) => self.close_after_answer = true,
            ("other-document", None) => self.other_document = true,
            ("other-drive", None) => self.other_drive = true,
            ("wrong-crc", None) => self.wrong_crc = true,
            ("duplicate", None) => self.duplicate = true,
            ("no-confirmation", None) => self.no_confirmation = true,
            ("pieces", Some(bytes)) => {
                let bytes: Option<usize> = bytes.parse().ok().filter(|bytes| *bytes > 0);
                self.pieces = Some(bytes.ok_or_else(unknown)?);
            }
            ("delay", Some(ms)) => {
                self.delay = Duration::from_millis(ms.parse().map_err(|_| unknown())?);
            }
            ("code", Some(code)) => {
                self.code = Some(OfdCode(code.parse().map_err(|_| unknown())?));
            }
            ("messages", Some(bits)) => {
                let bits = bits.strip_suffix('h').ok_or_else(unknown)?;
                let bits = u8::from_str_radix(bits, 16).map_err(|_| unknown())?;
                self.messages = OfdMessages::from_bits(bits);
            }
            _ => return Err(unknown()),
        }
        Ok(self)
    }
}

impl FromStr for OfdFaults {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        Self::default().with(text)
    }
}
