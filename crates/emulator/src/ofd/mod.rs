//! An ОФД in software: takes documents over TCP, checks what can be checked without keys, answers
//! with confirmations (ККТ–ОФД protocol §6–§8).
//!
//! It is not an ОФД: it verifies no signs, its own signs are made up
//! (the first bytes of HMAC-SHA-256 in the layout of real ones), and it takes documents of debug
//! drives (9999…) only. Every document it got stands in a log of JSON lines, which is also its
//! memory: after a restart it knows which document of which drive comes next.

mod faults;
mod judgement;
mod log;
mod operator;
mod server;
mod ticket;

pub use faults::{OfdFaults, UnknownFault};
pub use log::{LogError, Received, Sums, Verdict, read_log};
pub use operator::{Operator, OperatorError};
pub use server::{OfdEmulator, OfdSettings, StartError};
pub use ticket::TicketError;
