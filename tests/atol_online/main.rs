//! ATOL Online as a client of it sees Kassette: real HTTP on one side, emulated drives on real wires
//! on the other. The tests follow the conformance list (ATOL Online protocol §13).

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod amounts;
mod bodies;
mod crash;
mod documents;
mod letters;
mod logins;
mod once;
mod results;
#[path = "../rig/mod.rs"]
mod rig;
mod shop;
#[expect(dead_code, reason = "its other half is for the tests of billing")]
#[path = "../http/stand.rs"]
mod stand;
