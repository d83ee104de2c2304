//! The wire protocol between a ККТ and its fiscal drive (ФН): frames, commands, answers and what
//! to do about answer codes (ФН protocol).
//!
//! Offered are all commands of both generations of drives in FFD 1.0 to 1.2, in both directions: a
//! host writes commands and reads answers, a drive (see [`Device`]) reads commands and writes
//! answers. Not offered are marked goods and their keys, which utilities and providers do not sell;
//! [`command_name`] names those commands.
//!
//! [`Session`] is the machine of one exchange, [`SpeedRaise`] that of the line's speed,
//! [`Generation`] says what differs between drives, and [`Log`] tells in words what somebody has
//! recorded on a wire.
//!
//! Where sources contradict each other (ФН protocol §9), the doc comment of what is concerned names
//! the question by its number and says what is done.
//!
//! The crate does no I/O and reads no clock: bytes come in and go out as slices, time is an
//! argument. It knows nothing about the content of documents.

mod answer;
mod archive;
mod bytes;
mod code;
mod command_name;
mod counters;
mod dispatch;
mod frame;
mod generation;
mod outcome;
mod registration;
mod request;
mod session;
mod signed_record;
mod speed;
mod state;
mod status;
mod transcript;

pub use answer::{Answer, Formed};
pub use archive::{ArchivedDetails, ArchivedDocument};
pub mod work_mode;

pub use code::{AnswerCode, Reaction};
pub use command_name::command_name;
pub use counters::{
    CountedSum, CounterScope, Counters, OperationCounts, PaymentSums, SettlementCounters,
    SignCounters, SignCounts, SignTotals, VatSums,
};
pub use dispatch::{Device, Rejection, respond};
pub use frame::{
    CrcMismatch, Decoder, ENQ, Frame, MAX_DATA, MAX_FRAME, OVERHEAD, encode_answer, encode_request,
};
pub use generation::Generation;
pub use outcome::{Failure, Outcome, ReceivedPayments, Refusal, RefusalDetail, TicketFault};
pub use registration::{
    ChangeReason, RegistrationForm, RegistrationForm105, RegistrationKind, RegistrationTotals,
};
pub use request::{BYTE_GAP, Request, TimeoutClass};
pub use session::{Session, Step, Timeouts};
pub use signed_record::{ArchiveRecord, SignedRecord};
pub use speed::{LineSpeed, POWER_ON_SPEED, SpeedRaise, SpeedStep};
pub use state::{CurrentDocument, DocumentKind, Phase, WarningFlags};
pub use status::{ExchangeStatus, ShiftStatus, Status};
pub use transcript::{Direction, Entry, Field, Log, LogLine, LogTooLong, Told};
