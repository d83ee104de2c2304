//! Worked examples of the receipt rules, as files: small histories of personal accounts with the
//! receipts that must come out of them (receipt rules §3.1).
//!
//! [`Casebook::read`] takes a file of the schema `receipt-examples/1`, [`Example::compute`] lets the
//! engine live through one, [`results_json`] writes what came out as `receipt-results/1`, and
//! [`Example::differences`] compares it with what the example expects. [`Scenarios::read`] takes
//! the questions «which receipt do I need?» (`receipt-scenarios/1`).
//!
//! Nothing here decides anything about receipts: all of that is the engine's. The crate does no
//! I/O, reads no clock, and does not panic, whatever the file holds.

mod account;
mod book;
mod compare;
mod error;
mod event;
mod field;
mod outcome;
mod receipt;
mod scenario;
mod setup;

pub use book::{
    Casebook, Example, MAX_ACCOUNTS, MAX_EVENTS, MAX_EXAMPLES, MAX_FILE_BYTES, MAX_ITEMS,
};
pub use compare::Difference;
pub use error::CasebookError;
pub use outcome::{Outcome, Refused, results_json};
pub use scenario::{Basis, BothLanguages, Confidence, MAX_SCENARIOS, Scenario, Scenarios, Worked};
