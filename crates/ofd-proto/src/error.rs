use std::time::Duration;

use terms::{DocumentNumber, DriveNumber, TermError};
use thiserror::Error;

use crate::{MAX_BODY_LEN, PaddedNumber, Sender};

/// Bytes that are not a container, or values that do not fit into one (ККТ–ОФД protocol §5).
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ContainerError {
    /// Fewer bytes than the header has.
    #[error("the container has {got} bytes, its header alone has 32")]
    Truncated {
        /// Bytes that were given.
        got: usize,
    },
    /// The length field (offset 0) differs from the number of bytes.
    #[error("the container says at offset 0 that it has {stated} bytes, but {got} were given")]
    WrongLength {
        /// The field's value, which counts the header too.
        stated: u16,
        /// Bytes that were given.
        got: usize,
    },
    /// The check code (offset 2) differs.
    #[error("the container's check code is {stated:04X}h, its bytes give {computed:04X}h")]
    WrongCheckCode {
        /// The field's value.
        stated: u16,
        /// CRC-16 over all bytes but the field.
        computed: u16,
    },
    /// The container type (offset 4) is neither A5h nor 5Ah.
    #[error("the container's type at offset 4 is {0:02X}h; only A5h and 5Ah exist")]
    UnknownType(u8),
    /// The format version (offset 6) does not promise a header of 32 bytes.
    #[error("the container's format version at offset 6 is {0:02X}h; only 00h…0Fh are known")]
    UnknownFormat(u8),
    /// The drive's number (offset 9) is not BCD digits, filled up with halves F.
    #[error("the container's drive number at offset 9 cannot be read: {0}")]
    BadDriveNumber(TermError),
    /// The document's length (offset 30) does not leave exactly a sign block of ten bytes.
    #[error(
        "the container says at offset 30 that its document has {stated} bytes, but {got} follow \
         the header (document and 10 bytes of signs); it may be encrypted"
    )]
    WrongDocumentLength {
        /// The field's value.
        stated: u16,
        /// Bytes after the header.
        got: usize,
    },
    /// The document does not fit.
    #[error("a container of {0} bytes is too long, at most {MAX_BODY_LEN} can be sent")]
    TooLong(usize),
    /// The document's number needs more than three bytes.
    #[error("document number {0} does not fit into a container, at most 16777215 does")]
    NumberTooGreat(DocumentNumber),
}

/// Bytes that are not a session message (ККТ–ОФД protocol §2–§4).
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SessionError {
    /// The first four bytes are not `2A 08 41 0A`.
    #[error("the message starts with {0:02X?}, not with the signature 2A 08 41 0A")]
    WrongSignature([u8; 4]),
    /// The session protocol (offset 4) is not `81 A2`.
    #[error("the session protocol at offset 4 is {0:02X?}, not 81 A2")]
    WrongSessionVersion([u8; 2]),
    /// The version of the document protocol (offset 6) is none of those that are known.
    #[error(
        "the document protocol's version at offset 6 is {0:02X?}; known are 01 05, 01 10, 01 20 and \
         of old 01 00, 00 01, 00 02"
    )]
    UnknownVersion([u8; 2]),
    /// The drive's number (offset 8) is not digits, filled up with spaces.
    #[error("the drive number at offset 8 of the session header cannot be read: {0}")]
    BadDriveNumber(TermError),
    /// The body is longer than 32 KiB.
    #[error("the message says it has a body of {0} bytes, at most {MAX_BODY_LEN} are allowed")]
    TooLong(usize),
    /// Bits of the flags (offset 26) that the protocol forbids.
    #[error("the flags {0:04X}h at offset 26 hold a forbidden combination")]
    ForbiddenFlags(u16),
    /// A check code was asked for by the flags and differs.
    #[error("the message's check code is {stated:04X}h, its bytes give {computed:04X}h")]
    WrongCheckCode {
        /// The field's value.
        stated: u16,
        /// What the bytes give.
        computed: u16,
    },
    /// The stream ended inside a message.
    #[error("the stream ended after {got} bytes of a message")]
    Truncated {
        /// Bytes of the unfinished message.
        got: usize,
    },
}

/// Why one exchange with the ОФД brought no confirmation. The document stays in the drive's queue
/// and is sent again later.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ExchangeError {
    /// What the drive gave to be sent is not a container of that drive.
    #[error("the drive's own message cannot be sent: {0}")]
    BadRequest(ContainerError),
    /// The drive's message carries the number of another drive.
    #[error("the message is of drive {got}, but it was to be sent for drive {expected}")]
    RequestOfOtherDrive {
        /// The drive it was to be sent for.
        expected: DriveNumber,
        /// The drive in the container.
        got: PaddedNumber,
    },
    /// No connection in time.
    #[error("the ОФД did not accept the connection within {0:?}")]
    ConnectTimeout(Duration),
    /// The connection was refused or broke before the document was sent.
    #[error("the ОФД cannot be reached: {0}")]
    Unreachable(String),
    /// No whole answer in time.
    #[error("the ОФД did not answer within {waited:?} ({received} bytes of an answer came)")]
    AnswerTimeout {
        /// How long.
        waited: Duration,
        /// Bytes that came.
        received: usize,
    },
    /// The ОФД closed the connection before its answer was whole.
    #[error("the ОФД closed the connection ({received} bytes of an answer came)")]
    Closed {
        /// Bytes that came.
        received: usize,
    },
    /// The answer is not a session message.
    #[error("the ОФД's answer cannot be read: {0}")]
    BadAnswer(#[from] SessionError),
    /// The answer's container is damaged.
    #[error("the ОФД's confirmation cannot be read: {0}")]
    BadConfirmation(ContainerError),
    /// The answer speaks another protocol version than the request.
    #[error("the ОФД answered with protocol version {got:02X?} to a request of {expected:02X?}")]
    OtherVersion {
        /// Bytes of the request.
        expected: [u8; 2],
        /// Bytes of the answer.
        got: [u8; 2],
    },
    /// The answer is for another drive.
    #[error("the ОФД's answer is for drive {got}, not for {expected}")]
    OtherDrive {
        /// The drive that asked.
        expected: PaddedNumber,
        /// The drive in the answer.
        got: PaddedNumber,
    },
    /// The answer confirms another document.
    #[error("the ОФД's answer confirms document {got}, not document {expected}")]
    OtherDocument {
        /// The document that was sent.
        expected: DocumentNumber,
        /// The document in the answer.
        got: DocumentNumber,
    },
    /// The answer's container is of the kind that a ККТ sends.
    #[error("the ОФД's answer holds a container of a {0}, not of an ОФД")]
    NotAConfirmation(Sender),
    /// The answer has no container: the document was not accepted.
    #[error("the ОФД answered without a confirmation; the document counts as not delivered")]
    NoConfirmation,
}
