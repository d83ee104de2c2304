//! A fiscal drive in software.
//!
//! It answers the commands of [`fn_proto`] as the specification says a drive does: phases, order of
//! commands, times, limits, the archive and the queue for the ОФД. It runs in process, over a
//! pseudo-terminal or over TCP, keeps its archive in a state file that survives `kill -9`, can
//! take the time a real drive takes, and can be told to fail.
//!
//! It is **not** a fiscal device. Its number begins with 9999, its version says EMULATOR, and its
//! signs are HMAC-SHA-256 under a key in its [`Passport`]: they have the layout of real signs and
//! prove nothing to anybody. Encryption and marked goods, which need keys, are refused at
//! registration.

mod archive;
mod begun;
mod counters;
mod document;
mod dump;
mod error;
mod exchange;
mod fault;
mod forming;
mod log;
mod machine;
mod memory;
mod passport;
mod port;
mod record;
mod registration;
mod server;
mod sign;
mod ticket;
mod timing;

pub use dump::{Dump, DumpedDocument, dump};
pub use error::DriveError;
pub use fault::{Fault, FaultKind, Faults};
pub use log::Durability;
pub use machine::{Drive, Timer, VERSION_TEXT};
pub use passport::Passport;
pub use port::{Port, TimedAnswer};
pub use server::{Place, Server};
pub use timing::Timing;
