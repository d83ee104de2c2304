//! ATOL Online v4 (ФФД 1.05) and v5 (ФФД 1.2): the protocol that other vendors of cloud registers
//! speak, too.
//!
//! A registration becomes a ready receipt of the desk: no account changes, and only the format's
//! rules judge it. What is refused at once is not stored and does not occupy its `external_id`.
//!
//! **Invariant:** (group, `external_id`) is one operation for ever; whoever sends it again gets the
//! first `uuid`, whatever the body.
//!
//! **Invariant:** a report says «fail» only when the document will never be formed, and «done» only
//! when it is in a drive. Everything else is «wait» with code 34.
//!
//! **Invariant:** every answer but 200 is JSON with an `error`.
//!
//! Bodies are read as JSON values by `fields::Fields` and not by derived types: the two versions
//! share most fields, differ in what they refuse, and a client must be told the path of the field.

mod agent;
mod answer;
mod client;
mod correction;
mod fields;
mod gate;
mod items;
mod letters;
mod monitoring;
mod payments;
mod receipt;
mod refusal;
mod register;
mod report;
mod request;
mod router;
mod schema;
mod setup;
mod stamp;
mod token;
mod uuid;
mod words;

pub use letters::OnlineLetters;
pub use report::letter;
pub use router::router;
pub use setup::{Group, OnlineSetup, Prefix, Protocol, SetupError, TOKEN_SECRET_LEN};
