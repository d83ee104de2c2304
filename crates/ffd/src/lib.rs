//! Fiscal documents (ФФД): the table of tags, TLV, documents as typed values, and format-logic
//! control.
//!
//! The crate does no I/O, reads no clock and knows neither drives' commands nor containers of the
//! operator. It never guesses: bytes that are not exactly a document are refused with the tag and
//! the offset, and a text that the code page lacks is refused with the character.

mod agent;
mod archive;
pub mod check;
mod condition;
mod confirmation;
mod correction;
pub mod cp866;
mod document;
mod drive_tags;
mod error;
mod fields;
mod form;
mod line;
mod parties;
mod path;
mod payments;
mod qr;
mod quantity;
mod reader;
mod receipt;
mod registration;
mod shift;
mod split;
mod tag;
mod tag_table;
#[cfg(test)]
mod tests;
mod tree;
mod unix_time;
mod usage_conditions;
mod vat_totals;
mod writer;

pub use agent::{Agent, AgentKinds};
pub use archive::{CloseArchive, StoredCloseArchive};
pub use condition::Condition;
pub use confirmation::OperatorConfirmation;
pub use correction::Correction;
pub use document::{Document, Head, host_limit};
pub use drive_tags::is_formed_by_drive;
pub use error::{DecodeError, DecodeProblem, EncodeError, ParseError};
pub use form::Form;
pub use line::Line;
pub use parties::{Buyer, Cashier, Place, UserProperty};
pub use path::{Step, TagPath};
pub use payments::Payments;
pub use qr::QrText;
pub use quantity::Quantity;
pub use reader::{Field, MAX_DOCUMENT_LEN, Reader};
pub use receipt::{Receipt, StoredReceipt};
pub use registration::{RegistrationFacts, RegistrationReport, StoredRegistration};
pub use shift::{CloseShift, OpenShift, StoredCloseShift, StoredOpenShift, Warnings};
pub use split::{SplitError, split_for_drive};
pub use tag::Tag;
pub use tag_table::{Length, Obligation, Presence, TagInfo, ValueKind, all_tags, required_tags};
pub use tree::{Element, MAX_DEPTH, Tree, Value};
pub use unix_time::UnixTime;
pub use usage_conditions::UsageConditions;
pub use vat_totals::VatTotals;
pub use writer::Writer;
