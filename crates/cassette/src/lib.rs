//! The cassette: which document goes to which drive, and what became of it.
//!
//! Everything here is a machine with one entry, *(state, event, now) → effects*: [`Cassette`] holds
//! the [`Slot`] machines (bring-up, shift keeping, one document at a time, recovery, exchange with
//! the ОФД) and the [`Dispatch`] queue. The shell (room `desk`) carries out the effects: it sends
//! requests over wires, stores records in the journal, talks to the ОФД.
//!
//! Invariants of absence: no I/O, no clock, no randomness, no thread, no SQL; it knows nothing of
//! accounts, debts or HTTP. A receipt is an identifier, a TLV list, an operation sign and a total.
//!
//! The promise kept here is *once*: the intent «this document becomes ФД n of this drive» is stored
//! before the drive is touched, and after any doubt the drive is asked before anything is repeated.

mod archive;
mod cassette;
mod clock;
mod dispatch;
mod document;
mod doubts;
mod event;
mod forecast;
mod notes;
mod order;
mod policy;
mod probe;
mod pump;
mod reason;
mod record;
mod roll_call;
mod settle;
mod slot;
mod surroundings;
mod swap;
#[cfg(test)]
mod tests;
mod warning;

pub use archive::{ArchiveEntry, ArchiveStep};
pub use cassette::Cassette;
pub use dispatch::{Class, Dispatch, Fit, Job};
pub use event::{Effect, Event, Moment, SlotId, Token};
pub use forecast::{Capacity, Forecast, Severity, Threshold, cassette_end, forecast};
pub use order::{Ask, NotObeyed, Order, Signed, Withdrawal};
pub use policy::Policy;
pub use probe::{DriveFacts, Probe, ProbeStep};
pub use reason::{Reason, SlotState};
pub use record::{DriveRecords, Fate, Intent, Record, Registering, Registration, SwapChange, Task};
pub use slot::{Limits, Slot, SlotSetup, SlotView};
pub use swap::{Awaits, Swap, SwapStep, SwapView};
pub use warning::Warning;
