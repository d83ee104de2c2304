//! What hands do to wires and drives, and what stops the program.

use std::time::Duration;

use fn_proto::Failure;

use super::world::{World, new_cassette, slot_id};
use crate::Event;

impl World {
    pub(super) fn lose_link(&mut self, place: usize, for_how_long: Duration) {
        let wire = &mut self.wires[place];
        wire.opens_at = Some(self.time + for_how_long);
        if std::mem::replace(&mut wire.open, false) {
            self.tell(Event::LinkLost(slot_id(place), "unplugged".to_owned()));
        }
    }

    /// The answers that are on their way get lost.
    pub(super) fn cassette_misses_replies(&mut self) {
        for event in &mut self.inbox {
            if let Event::Reply(_, outcome) = event {
                *outcome = Err(Failure::Silent {
                    command: "a command",
                });
            }
        }
    }

    /// Pulls a drive out of every slot; its power is gone.
    pub(super) fn pull(&mut self, drive: usize) {
        for wire in &mut self.wires {
            wire.drive.take_if(|behind| *behind == drive);
        }
        self.drives[drive].restart();
        self.pulled_at = self.time;
    }

    pub(super) fn is_anywhere(&self, drive: usize) -> bool {
        self.wires.iter().any(|wire| wire.drive == Some(drive))
    }

    /// Puts it where nothing is, if a hand could have been so fast.
    pub(super) fn put(&mut self, drive: usize, place: usize) {
        let hand = Duration::from_secs(2);
        let slot = slot_id(place);
        let answers = |event: &Event| matches!(event, Event::Reply(id, _) if *id == slot);
        let wire = &mut self.wires[place];
        let is_quiet = wire.orders.is_empty() && !self.inbox.iter().any(answers);
        if wire.drive.is_none() && is_quiet && self.time >= self.pulled_at + hand {
            wire.drive = Some(drive);
        }
    }

    /// The program stops; of what it has asked for, the first `executed` commands of each wire and
    /// the first `stored` records are carried out. Then it starts again.
    pub(super) fn crash(&mut self, executed: usize, stored: usize) {
        self.note(|| format!("CRASH, {executed} commands executed, {stored} records stored"));
        for place in 0..self.wires.len() {
            for _ in 0..executed {
                self.serve_wire(place, None);
            }
            self.wires[place].orders.clear();
        }
        for _ in 0..stored {
            self.serve_journal(false);
        }
        self.journal_queue.clear();
        self.ofd_queue.clear();
        self.inbox.clear();
        self.file_failures = 0;
        self.started = self.time;
        self.cassette = new_cassette(self.wires.len(), &self.limits);
        let left = self.journal.restart();
        self.inbox.extend(left);
        self.greet();
    }
}
