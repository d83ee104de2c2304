//! Papers for the accountant and the tax office.
//!
//! - [`Table`]: rows under typed columns, as CSV for Russian Excel ([`Table::csv`]) and as XLSX
//!   ([`Table::xlsx`]). Whatever shows a table to people exports it through this.
//! - [`Template`]: a letter or an act that an organisation may word for itself; [`DEFAULT_LETTER`]
//!   and [`DEFAULT_ACT`] are built in.
//! - [`Dossier`]: the document set for the tax office after past settlements were restored (receipt
//!   rules §4.6), as files or as one ZIP with their hashes.
//! - [`Report`]: texts and tables under headings, as a page to print and as a workbook.
//! - [`mask_name`], [`mask_contact`]: payers as they stand in papers that leave the house.
//!
//! Invariants: the same input gives the same bytes, in every file and in the archive. Money is
//! computed in kopecks and written as a number, never as text; nothing of a table is a formula but
//! its totals. No text from outside becomes a formula, a tag of HTML or a line of its own. Nothing
//! is left out silently: what does not fit is an error.

mod archive;
mod dossier;
mod extract;
mod mask;
mod page;
mod particulars;
mod reconciliation;
mod register;
mod returns;
mod table;
mod template;
mod totals;
mod words;
mod xlsx;

pub use archive::{File, PaperError, zip};
pub use dossier::Dossier;
pub use extract::{Extract, ExtractRow};
pub use mask::{mask_contact, mask_name};
pub use page::{Report, ReportPart};
pub use particulars::{ActOfOffice, OrderOfOffice, Particulars, RegisterOfOffice};
pub use reconciliation::{Compared, Reconciliation};
pub use register::{CorrectedSettlement, FormedDocument, OfdStatus};
pub use returns::ReturnRow;
pub use table::{Cell, Column, ColumnKind, Table, TableError};
pub use template::{DEFAULT_ACT, DEFAULT_LETTER, Template, TemplateError};
pub use totals::{TotalsLine, TotalsSum};
