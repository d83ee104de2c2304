//! The machines against a small world: model drives, a model journal and a model ОФД with a fake
//! clock. `stories` tells what a person would see; `lives` runs random lives with faults and looks
//! at drives and journal from outside.

mod bring_up;
mod checkers;
mod drive;
mod hands;
mod jobs;
mod journal;
mod lives;
mod old_journal;
mod operators;
mod orders;
mod policies;
mod queue;
mod stories;
mod world;
