//! The wires: drives over serial ports, ptys and TCP, and the ОФД over TCP.
//!
//! It moves bytes and keeps connections. What the bytes mean is decided by the machines of
//! `fn-proto` and `ofd-proto`; which command comes next, and what to do about a failure, is decided
//! above. It knows nothing about documents and keeps nothing on disk.
//!
//! A slot's wire is fixed, or it is found: then [`Ports`] says which of the allowed ports a link
//! opens, and which drive it keeps. A drive is known by its number, never by its port.
//!
//! A drive has a thread of its own with blocking reads: it wakes sooner than a task and sleeps
//! precisely. The ОФД has tasks, as its answers take seconds to minutes.

mod address;
mod converse;
mod drive;
mod exchange;
mod finder;
mod ofd;
mod pattern;
mod ports;
mod scan;
mod survey;
mod tap;
mod trouble;
mod wire;

pub use address::{AddressError, DEFAULT_BAUD, DriveAddress, Endpoint, SlotAddress};
pub use converse::converse;
pub use drive::{DriveLink, LinkEvent, LinkTimeouts};
pub use finder::Habits;
pub use ofd::{OfdError, OfdLink};
pub use ofd_proto::{ExchangeError, ExchangeTimeouts as OfdTimeouts};
pub use pattern::{PatternError, PortPattern, PortRules};
pub use ports::Ports;
pub use survey::{Sight, SurveyedDrive, SurveyedPort, UsbDevice, survey};
pub use tap::{Tap, TapPiece};
pub use trouble::PortTrouble;
