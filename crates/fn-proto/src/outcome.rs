use thiserror::Error;

use crate::{Answer, AnswerCode};

/// How an exchange with a drive ended.
pub type Outcome = Result<Answer, Failure>;

/// Why an exchange gave no answer of success.
///
/// Only [`Failure::Refused`] proves that the drive read the command and did not carry it out. After
/// any other failure the command may or may not have been carried out: ask the drive (ФН protocol
/// §1.6), never repeat a finishing command.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Failure {
    /// The drive answered with an error code.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A frame with a right CRC came whose content is not what the protocol says.
    #[error("the drive's answer to {command} cannot be read: {reason}")]
    Unreadable {
        /// The command, as people write it: `30h status`.
        command: &'static str,
        /// What is wrong, with offset.
        reason: String,
    },
    /// Bytes came, but no whole frame with a right CRC, also after asking again.
    #[error("the drive's answer to {command} is garbled")]
    Garbled {
        /// The command.
        command: &'static str,
    },
    /// Nothing came in time.
    #[error("the drive did not answer {command} in time")]
    Silent {
        /// The command.
        command: &'static str,
    },
    /// The wire is gone: the port was closed, the device unplugged, the connection reset.
    #[error("the wire to the drive is gone: {reason}")]
    LinkDown {
        /// What the system said.
        reason: String,
    },
}

/// A drive's «no»: the code and what the drive said beyond it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the drive refused {command} with code {code}")]
pub struct Refusal {
    /// The command.
    pub command: &'static str,
    /// The code, without the warning bit.
    pub code: AnswerCode,
    /// Extra data: a tag, a reason, as the code defines.
    pub data: Vec<u8>,
}
