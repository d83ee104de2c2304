//! Kassette as billing sees it: real HTTP on one side, emulated drives and an emulated ОФД on real
//! wires on the other.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod bad_requests;
mod banks;
mod cancel;
mod contracts;
mod events;
mod exports;
mod feed;
mod fixes;
mod formats;
mod golive;
mod imports;
mod key_limits;
mod keys;
mod lists;
mod once;
mod openapi;
mod paper;
mod payouts;
mod ports;
mod rack;
mod ready;
mod reconcile;
mod refusals;
mod remarks;
mod restorations;
mod restoring;
mod service_level;
mod stand;
mod story;
mod trouble;
mod watch;
mod webhooks;
