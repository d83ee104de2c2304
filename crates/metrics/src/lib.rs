//! The face for machines that watch: `GET /metrics`, in the text form of OpenMetrics, which Prometheus
//! and what is like it read.
//!
//! What is shown is counted as it is done, or found by an index ([`desk::Desk::figures`]): a look costs
//! the same on ten accounts as on a million. All figures stand in [`CATALOGUE`], from which
//! `docs/metrics.md` is made; one that is not there cannot be shown.
//!
//! **Invariant:** no label holds what callers choose: no account, key, path or address. Labels are
//! words of the program, numbers of slots and drives, and names of the configuration.

mod catalogue;
mod figure;
mod page;
mod requests;
mod router;

pub use catalogue::CATALOGUE;
pub use figure::{Figure, Kind};
pub use requests::Requests;
pub use router::{Access, router};
