//! Files of banks and billings become rows of payments.
//!
//! | kind | what it is | its bank number |
//! |---|---|---|
//! | [`Kind::Sberbank`] | Sberbank's daily registry of payments, `;` separated, with a line of totals | operation number |
//! | [`Kind::ClientBank`] | a bank statement in the form 1CClientBankExchange 1.01…1.03 | document number, not unique |
//! | [`Kind::Lanbilling`] | LANBilling's own registry | payment number |
//! | [`Kind::Table`] | any table with a header: CSV by `;`, `,` or tabs | the column `number`, if there is one |
//!
//! What billing exports for a reconciliation is another table: [`read_billing`].
//!
//! The way: [`decode`] the bytes, [`detect`] the kind, [`read`] the rows. Rows borrow from the text.
//!
//! Invariants: a file is read whole or not at all. Totals that a file names are those of its rows, to
//! the kopeck; a file without the ending that its kind has was cut short and is refused. What is read
//! is never bent: account numbers keep their leading zeros, sums are whole kopecks. Nobody here
//! knows accounts, receipts or duplicates: that is decided above. No bytes make it panic.

mod billing;
mod client_bank;
mod detect;
mod encoding;
mod error;
mod field;
mod file_name;
mod lanbilling;
mod parsed;
mod profile;
mod sberbank;
mod table;

pub use billing::{BillingRecord, BillingRow, BillingTotals, is_billing, read_billing};
pub use detect::detect;
pub use encoding::{Encoding, decode};
pub use error::{ERRORS_MAX, StatementError, Unreadable};
pub use file_name::RegistryName;
pub use parsed::{About, Kind, Parsed, PaymentOrder, Row, TimeOfDay, Totals};
pub use profile::{Columns, Place, Profile, ReceiptSum};

/// The largest file, bytes.
pub const FILE_MAX: usize = 64 * 1024 * 1024;
/// The most lines of one file.
pub const LINES_MAX: u32 = 2_000_000;
/// The most payments of one file: they are loaded all or none, in one transaction.
pub const ROWS_MAX: usize = 200_000;
/// The longest line, bytes.
pub const LINE_MAX: usize = 16 * 1024;
/// The most fields of one line.
pub const FIELDS_MAX: usize = 64;

/// Reads the rows of a file.
///
/// The profile says where Sberbank's registry of a contract has which field; other kinds know
/// their fields by themselves.
///
/// # Errors
/// Everything that is wrong with the file, at most [`ERRORS_MAX`] entries, each with its line; then
/// nothing of it may be used.
pub fn read<'a>(text: &'a str, kind: Kind, profile: &Profile) -> Result<Parsed<'a>, Unreadable> {
    match kind {
        Kind::Sberbank => sberbank::read(text, profile),
        Kind::Lanbilling => lanbilling::read(text),
        Kind::ClientBank => client_bank::read(text),
        Kind::Table => table::read(text),
    }
}
