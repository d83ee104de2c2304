//! The HTTP face for billing.
//!
//! It speaks JSON and RFC 9457 problems, and knows nothing but the desk: no SQL, no drive, no rule
//! of receipts. Requests and answers are twins of the desk's values, so that inner types may change
//! without breaking a caller. Unknown fields are refused; money is read as decimal digits.

mod accounts;
mod auth;
mod cassette;
mod money;
mod operations;
mod problem;
mod receipts;
mod router;
mod services;

pub use money::Money;
pub use problem::Problem;
pub use router::{BODY_MAX, OPERATIONS_MAX, router};
