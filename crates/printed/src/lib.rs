//! The human form of fiscal documents: what would stand on paper if Kassette had a printer.
//!
//! [`Printed`] is the model: rows from top to bottom, each with the tags it shows, as the tables of
//! the format ask for it (FFD documents §8, column P). It is made from a document as a drive stores
//! it ([`Printed::of`]), from what the journal knows of a receipt ([`FormedReceipt`]), or from any
//! TLV at all ([`Printed::listing`]). It is shown as text of 48 columns, as a page of HTML, and its
//! QR code as SVG.
//!
//! Invariants:
//! - It adds nothing: a row says what the document says, or what the caller has told in
//!   [`Surroundings`]. Sums are never computed here.
//! - A document of an emulated or debug drive says on every form that it is not a fiscal one.
//! - Rendering does not fail and does not panic, whatever a document holds.

mod formed;
mod html;
mod line;
mod listing;
mod model;
mod qr;
mod receipt;
mod registration;
mod reports;
mod rows;
mod text;
mod words;

pub use formed::FormedReceipt;
pub use listing::{Entry, entries};
pub use model::{Content, Printed, Row, Section, Surroundings};
pub use qr::{QR_SIZE_MM, qr_image, qr_svg};
pub use text::COLUMNS;
pub use words::{is_money, meaning, value_in_words};
