//! The trade's words as types: money, VAT, tax systems, numbers, dates, identifiers.
//!
//! Every bounded quantity checks its range when it is made, so the floors above never meet an
//! impossible value. The crate does no I/O, reads no clock and knows nothing about formats,
//! accounts or drives' commands.

mod account;
mod basis;
mod crc16;
pub mod deadline;
mod error;
mod fiscal;
mod ids;
mod inn;
mod money;
mod named;
mod ofd;
mod reasons;
mod rnm;
mod saying;
mod settlement;
mod tax;
mod time;
mod vat;

pub use account::{AccountNumber, ServiceCode};
pub use basis::{Act, Basis, OrderOfOffice, ReasonCode, WrongDocument};
pub use crc16::crc16;
pub use error::{Result, TermError};
pub use fiscal::{DocumentNumber, DriveNumber, FiscalSign, ReceiptNumber, ShiftNumber};
pub use ids::{Id, IdSequence};
pub use inn::Inn;
pub use money::{Kopecks, div_round_half_up};
pub use ofd::{OfdAnswer, OfdCode, OfdMessage, OfdMessages};
pub use reasons::{RegistrationReason, RegistrationReasons};
pub use rnm::Rnm;
pub use saying::Saying;
pub use settlement::{FfdVersion, OperationSign, PaymentMethod, SettlementSubject};
pub use tax::{TaxSystem, TaxSystems};
pub use time::{LocalDate, LocalDateTime, Period};
pub use vat::{VatCode, VatRate};
