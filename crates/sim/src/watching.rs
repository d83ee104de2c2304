//! What a test can ask a world.

use std::collections::BTreeMap;

use cassette::{SlotState, SlotView};
use emulator::drive::DumpedDocument;

use crate::{Counts, Violation, World, life::Life};

impl World {
    /// Steps so far: effects, frames, messages.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Commands sent so far.
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// Exchanges with the ОФД begun so far.
    pub const fn exchanges(&self) -> u64 {
        self.exchanges
    }

    /// Steps of the disk so far.
    pub fn disk_steps(&self) -> u64 {
        self.disk.steps()
    }

    /// What was found so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How often what happened.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// A number that stands for all that has happened: two lives of one seed have the same.
    pub const fn fingerprint(&self) -> u64 {
        self.hash
    }

    /// What the slots say, for messages.
    pub(crate) fn slots_told(&self) -> String {
        let Some(life) = &self.life else {
            return "the process does not run".to_owned();
        };
        let slot = |view: SlotView| {
            let why = view
                .reason
                .map_or_else(String::new, |why| format!(": {why}"));
            format!(
                "slot {} {}{why}, backlog {}",
                view.id,
                view.state.name(),
                view.backlog
            )
        };
        life.views()
            .into_iter()
            .map(slot)
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// The state of each slot, and the stable code of why it does not work.
    pub fn states(&self) -> Vec<(SlotState, Option<&'static str>)> {
        let views = self.life.as_ref().map(Life::views).unwrap_or_default();
        let state = |view: SlotView| (view.state, view.reason.map(|reason| reason.code()));
        views.into_iter().map(state).collect()
    }

    /// How many receipts the journal has in each state.
    pub fn receipts(&self) -> BTreeMap<&'static str, u64> {
        let life = self.life.as_ref().expect("the process runs");
        let tally = life.reader.tally().expect("the journal can be read");
        let states = tally.receipts.into_iter();
        states.map(|(state, count)| (state.name(), count)).collect()
    }

    /// The archive of a drive.
    pub fn archive(&mut self, drive: usize) -> Vec<DumpedDocument> {
        self.drives[drive].documents()
    }

    /// The drive in this socket dies for ever.
    pub fn kill_drive(&mut self, drive: usize) {
        self.drives[drive].dead = true;
    }

    /// Days pass at once; a person says that the wall clock is right.
    pub fn let_days_pass(&mut self, days: i64) {
        self.wall.pass(days * 24 * 3_600_000);
        self.ask(cassette::Order::TrustClock);
    }
}
