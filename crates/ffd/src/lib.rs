//! Fiscal documents (ФФД): the table of tags, TLV, documents as typed values, and format-logic
//! control.
//!
//! The crate does no I/O, reads no clock and knows neither drives' commands nor containers of the
//! operator. It never guesses: bytes that are not exactly a document are refused with the tag and
//! the offset, and a text that the code page lacks is refused with the character.

mod additional;
mod agent;
mod archive;
mod buyer;
mod cashless_payment;
pub mod check;
mod condition;
mod confirmation;
mod correction;
mod counters;
mod country;
pub mod cp866;
mod current_state;
mod document;
mod drive_tags;
mod error;
mod fields;
mod form;
mod fraction;
mod industry;
mod line;
mod line_details;
mod parties;
mod path;
mod payments;
mod product_code;
mod qr;
mod quantity;
mod reader;
mod receipt;
mod receipt_details;
mod registration;
mod reregistration;
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
mod written_date;

pub use additional::Additional;
pub use agent::{Agent, AgentData, AgentKinds, ReceiptAgent};
pub use archive::{CloseArchive, StoredCloseArchive};
pub use buyer::{Buyer, BuyerDetails, IdentityDocument, IdentityKind};
pub use cashless_payment::CashlessPayment;
pub use condition::Condition;
pub use confirmation::{OperatorConfirmation, operator_answer};
pub use correction::{Correction, CorrectionPaper};
pub use counters::{BriefCounters, Counter, Counters};
pub use country::CountryCode;
pub use current_state::{CurrentState, StoredCurrentState};
pub use document::{Document, Head, host_limit};
pub use drive_tags::{drive_tags, is_formed_by_drive};
pub use error::{DecodeError, DecodeProblem, EncodeError, ParseError};
pub use form::Form;
pub use fraction::Fraction;
pub use industry::{FoivId, IndustryProperty, OperationalProperty};
pub use line::Line;
pub use line_details::{LineDetails, Unsaid};
pub use parties::{Cashier, Place, UserProperty};
pub use path::{Step, TagPath};
pub use payments::Payments;
pub use product_code::{BinaryProductCode, ProductCode, ProductCodeKind};
pub use qr::QrText;
pub use quantity::Quantity;
pub use reader::{Field, MAX_DOCUMENT_LEN, Reader};
pub use receipt::{Receipt, StoredReceipt};
pub use receipt_details::ReceiptDetails;
pub use registration::{RegistrationFacts, RegistrationReport, StoredRegistration};
pub use reregistration::ReregistrationReason;
pub use shift::{CloseShift, OpenShift, StoredCloseShift, StoredOpenShift, Warnings};
pub use split::{SplitError, split_for_drive};
pub use tag::Tag;
pub use tag_table::{Length, Obligation, Presence, TagInfo, ValueKind, all_tags, required_tags};
pub use tree::{Element, MAX_DEPTH, Tree, Value};
pub use unix_time::UnixTime;
pub use usage_conditions::UsageConditions;
pub use vat_totals::VatTotals;
pub use writer::Writer;
pub use written_date::WrittenDate;
