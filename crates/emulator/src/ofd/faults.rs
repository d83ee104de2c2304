use std::time::Duration;

/// What an emulated ОФД does wrong. The default is nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OfdFaults {
    /// Close each new connection at once, and open ones at their next message.
    pub refuse_connections: bool,
    /// Take documents, note them, and never answer.
    pub silent: bool,
    /// Send half of the answer, then close.
    pub close_mid_message: bool,
    /// Wait so long before each answer.
    pub delay: Duration,
    /// Answer with the confirmation of the next document's number.
    pub other_document: bool,
    /// Send each confirmation twice.
    pub duplicate: bool,
    /// Answer with this code (tag 1022), whatever the document: 14 is a refusal by format-logic
    /// control, 11 «not recognised».
    pub code: Option<u8>,
}
