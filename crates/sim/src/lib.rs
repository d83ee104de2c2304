//! A world in one thread: the whole program with drives, an ОФД, wires, a disk and a client, under
//! a fake clock and one seed.
//!
//! The machines, formats, the engine and the journal are those of the product, unchanged. What is
//! not the product's is what the shells do: [`World`] carries out the cassette's effects as the
//! rack of `desk` does, runs sessions over its wires as `links` does, and tells the journal's
//! scribe when to write. Everything that can go wrong outside goes wrong here: commands and answers
//! are lost, cut and late, wires are unplugged, drives die, the ОФД is away, clocks jump, the
//! process is killed and the power cut, also in the midst of a write.
//!
//! [`Violation`]s are found by checkers that stand outside: they read the drives' archives, the
//! ОФД's log, the journal's file and the client's notes of what was answered, and never what the
//! machines believe.
//!
//! The same seed gives the same life, event by event: there is no thread, no clock and no
//! randomness but the world's own.

#![expect(
    clippy::expect_used,
    reason = "for tests only: a world that cannot go on fails its test"
)]

mod acts;
mod cancelling;
mod chance;
mod checkers;
mod client;
mod clock;
mod drives;
mod faults;
mod files;
mod life;
mod ofd;
mod old_journal;
mod organisation;
mod people;
mod rack;
mod seeds;
mod settling;
mod watching;
mod wire;
mod world;

pub use chance::Chance;
pub use checkers::Violation;
pub use clock::Wall;
pub use drives::SimDrive;
pub use faults::{Act, ClientFault, Counts, Errand, OfdFault, Plan, WireFault};
pub use life::Breakage;
pub use old_journal::Backup;
pub use seeds::{Company, Seeds, live};
pub use world::{Cut, Shape, World};
