use std::fmt;

use encoding_rs::IBM866;
use thiserror::Error;

use crate::{Answer, AnswerCode, Reaction, WarningFlags, state::coded};

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
pub struct Refusal {
    /// The command.
    pub command: &'static str,
    /// The code, without the warning bit.
    pub code: AnswerCode,
    /// Extra data: a tag, a reason, as the code defines.
    pub data: Vec<u8>,
}

/// What a drive says beyond a code (ФН protocol §4.6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RefusalDetail {
    /// 0Bh, 0Ch, 3Ch: the tag.
    Tag(u16),
    /// 0Dh in answer to 16h: which sums of payment did come.
    PaymentsReceived(ReceivedPayments),
    /// 20h: what is wrong with the ОФД's answer.
    Ticket(TicketFault),
    /// 23h: what the key server said.
    KeyServer {
        /// The server's code.
        code: u16,
        /// Its text.
        text: String,
    },
}

coded! {
    /// Why a drive refuses the answer of the ОФД: the reason of code 20h (ФН protocol §2.6, and §2.8
    /// for 7).
    TicketFault {
        /// The sign.
        Sign = 1, "wrong fiscal sign";
        /// The form.
        Format = 2, "wrong format";
        /// Another document than was sent.
        DocumentNumber = 3, "wrong document number";
        /// Another drive.
        DriveNumber = 4, "wrong drive number";
        /// Damaged on the way.
        Crc = 5, "wrong CRC";
        /// Another ОФД; not in FN-1.
        OfdInn = 6, "wrong ИНН of the ОФД";
        /// Damaged on the way; in answers about marked goods.
        Length = 7, "wrong length";
    }
}

impl TicketFault {
    /// Whether the line is to blame, and passing the same answer again may help.
    pub const fn is_of_the_line(self) -> bool {
        matches!(self, Self::Crc | Self::Length)
    }
}

/// Which of the five sums of payment a drive has received: bits of the byte after 0Dh.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ReceivedPayments(pub u8);

impl ReceivedPayments {
    /// Tags in the order of the bits: cash, electronic, prepaid, credit, exchange.
    pub const TAGS: [u16; 5] = [1031, 1081, 1215, 1216, 1217];

    /// Tags that the drive has not received.
    pub fn missing(self) -> impl Iterator<Item = u16> {
        let tags = Self::TAGS.into_iter().enumerate();
        tags.filter(move |(bit, _)| self.0 & 1 << bit == 0)
            .map(|(_, tag)| tag)
    }
}

impl Refusal {
    /// What the drive said beyond the code; none when the code has nothing, or something else than
    /// the specification says.
    pub fn detail(&self) -> Option<RefusalDetail> {
        match (self.code, &self.data[..]) {
            (
                AnswerCode::FORBIDDEN_TAG
                | AnswerCode::DUPLICATE_TAG
                | AnswerCode::MARKING_TAG_MISSING,
                [low, high],
            ) => Some(RefusalDetail::Tag(u16::from_le_bytes([*low, *high]))),
            (AnswerCode::DATA_MISSING, [bits]) => {
                Some(RefusalDetail::PaymentsReceived(ReceivedPayments(*bits)))
            }
            (AnswerCode::TICKET_REFUSED, [reason]) => {
                Some(RefusalDetail::Ticket(TicketFault::from_code(*reason)))
            }
            (AnswerCode::KEYS_REFUSED, [a, b, c, d, text @ ..])
                if usize::from(u16::from_le_bytes([*c, *d])) == text.len() =>
            {
                let (text, _) = IBM866.decode_without_bom_handling(text);
                Some(RefusalDetail::KeyServer {
                    code: u16::from_le_bytes([*a, *b]),
                    text: text.into_owned(),
                })
            }
            _ => None,
        }
    }

    /// What to do about it when the drive warns of `warnings` (30h): that of the code, and for 20h
    /// by its reason.
    pub fn reaction_with(&self, warnings: WarningFlags) -> Reaction {
        match self.detail() {
            Some(RefusalDetail::Ticket(fault)) if fault.is_of_the_line() => {
                Reaction::PassTicketAgain
            }
            _ => self.code.reaction_with(warnings),
        }
    }
}

/// `the drive refused 07h pass data with code 0Ch duplicate tag: tag 1055`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the drive refused {} with code {}",
            self.command, self.code
        )?;
        match self.detail() {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for RefusalDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, "tag {tag}"),
            Self::PaymentsReceived(received) => {
                let missing: Vec<_> = received.missing().map(|tag| tag.to_string()).collect();
                match &missing[..] {
                    [] => f.write_str("no sum of payment is missing"),
                    tags => write!(f, "sums of payment missing: {}", tags.join(", ")),
                }
            }
            Self::Ticket(fault) => fault.fmt(f),
            Self::KeyServer { code, text } => write!(f, "code {code}, «{text}»"),
        }
    }
}
