//! The wires: drives over serial ports, ptys and TCP, and the ОФД over TCP.
//!
//! It moves bytes and keeps connections. What the bytes mean is decided by the machines of
//! `fn-proto` and `ofd-proto`; which command comes next, and what to do about a failure, is decided
//! above. It knows nothing about documents and keeps nothing on disk.
//!
//! A drive has a thread of its own with blocking reads: it wakes sooner than a task and sleeps
//! precisely. The ОФД has tasks, as its answers take seconds to minutes.

mod address;
mod drive;
mod ofd;
mod wire;

pub use address::{AddressError, DEFAULT_BAUD, DriveAddress, Endpoint};
pub use drive::{DriveLink, LinkEvent, LinkTimeouts};
pub use ofd::{OfdError, OfdLink};
