//! The ККТ–ОФД protocol (ККТ–ОФД protocol §1–§7): how fiscal documents reach the operator and how
//! its confirmations come back.
//!
//! ```text
//! TCP
//! └─ Message            one document or one confirmation
//!    ├─ SessionHeader   30 bytes, made by the ККТ
//!    └─ Container       made by the drive (or by the ОФД); opaque to the ККТ
//!       ├─ ContainerHeader   32 bytes, never encrypted
//!       ├─ document          TLV
//!       └─ sign block        10 bytes
//! ```
//!
//! The crate does no I/O, reads no clock and rolls no dice: time and randomness are arguments. It
//! knows nothing about the TLV inside a document, makes no signs and verifies none.

mod backoff;
mod container;
mod error;
mod exchange;
mod message;
mod number;
mod session;

pub use backoff::Backoff;
pub use container::{Container, ContainerHeader, SIGN_BLOCK_LEN, Sender};
pub use error::{ContainerError, ExchangeError, SessionError};
pub use exchange::{Event, Exchange, ExchangeTimeouts, Step};
pub use message::{Decoder, Message};
pub use number::PaddedNumber;
pub use session::{CheckMode, Flags, MAX_BODY_LEN, Priority, ProtocolVersion, SessionHeader};
