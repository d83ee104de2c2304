//! A fiscal drive in software.
//!
//! It answers the commands of [`fn_proto`] as the specification says a drive does: phases, order of
//! commands, times, limits, the archive and the queue for the ОФД. It runs in process, over a
//! pseudo-terminal or over TCP, keeps its archive in a state file that survives `kill -9`, can
//! take the time a real drive takes, and can be told to fail.
//!
//! Both generations are there, FN-1 and FN-1.2 ([`Passport::generation`]), the latter in FFD 1.05, 1.1
//! or 1.2, as it is registered. What the specification leaves open is decided where it is done, and
//! marked INFERRED.
//!
//! It is **not** a fiscal device. Its number begins with 9999, its version says EMULATOR, and its
//! signs are HMAC-SHA-256 under a key in its [`Passport`]: they have the layout of real signs and
//! prove nothing to anybody. Encryption and marked goods, which need keys, are refused at
//! registration, and the commands of marking answer 32h.

mod archive;
mod begun;
mod counters;
mod counting;
mod document;
mod dump;
mod error;
mod exchange;
mod export;
mod fault;
mod forming;
mod generation;
mod item;
mod loading;
mod log;
mod machine;
mod memory;
mod passport;
mod port;
mod record;
mod registering;
mod registration;
mod reports;
mod server;
mod sign;
mod ticket;
mod timer;
mod timing;

pub use dump::{Dump, DumpedDocument, dump};
pub use error::DriveError;
pub use fault::{Fault, FaultKind, Faults};
pub use fn_proto::Generation;
pub use loading::Archive;
pub use log::Durability;
pub use machine::{Drive, VERSION_TEXT};
pub use passport::Passport;
pub use port::{Port, TimedAnswer};
pub use server::{Place, Server};
pub use timer::{Timer, running_timer};
pub use timing::Timing;
