//! The wire protocol between a ККТ and its fiscal drive (ФН): frames, commands, answers and what
//! to do about answer codes (ФН protocol).
//!
//! Offered is what a fiscal server needs from an FN-1.2 drive in FFD 1.1 and 1.2: state (10h,
//! 20h, 30h…3Fh, A7h), registration and re-registration (A2h, A3h), shifts, receipts and correction
//! receipts, the exchange with the ОФД, the archive and its closing (04h, 05h). Reports on
//! settlements and marked goods are not; their archive records are read.
//!
//! The crate does no I/O and reads no clock: bytes come in and go out as slices, time is an
//! argument. It knows nothing about the content of documents.

mod answer;
mod archive;
mod bytes;
mod code;
mod counters;
mod dispatch;
mod frame;
mod generation;
mod outcome;
mod registration;
mod request;
mod session;
mod signed_record;
mod state;
mod status;

pub use answer::{Answer, Formed};
pub use archive::{ArchivedDetails, ArchivedDocument};
pub use code::{AnswerCode, Reaction};
pub use counters::{
    CountedSum, CounterScope, Counters, OperationCounts, PaymentSums, SettlementCounters,
    SignCounters, SignCounts, SignTotals, VatSums,
};
pub use dispatch::{Device, Rejection, respond};
pub use frame::{
    CrcMismatch, Decoder, ENQ, Frame, MAX_DATA, MAX_FRAME, OVERHEAD, encode_answer, encode_request,
};
pub use generation::Generation;
pub use outcome::{Failure, Outcome, Refusal};
pub use registration::{
    ChangeReason, RegistrationForm, RegistrationForm105, RegistrationKind, RegistrationTotals,
};
pub use request::{BYTE_GAP, Request, TimeoutClass};
pub use session::{Session, Step, Timeouts};
pub use signed_record::{ArchiveRecord, SignedRecord};
pub use state::{CurrentDocument, DocumentKind, Phase, WarningFlags};
pub use status::{ExchangeStatus, ShiftStatus, Status};
