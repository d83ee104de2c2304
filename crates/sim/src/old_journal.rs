//! An old copy of the journal is put back, and what the drives have done since it does not know.

use cassette::{Order, SlotId};
use faulty_disk::Snapshot;
use terms::DocumentNumber;

use crate::{Act, Errand, World, acts::Healing};

/// Whether a cassette reads what its drives know more than its journal, before it forms anything.
///
/// While it does not, a receipt that waited in the copy, and that a drive has formed since, may be
/// formed again by another drive: such receipts are counted, and are no violation.
pub const CATCHES_UP: bool = false;

/// What a person orders for a drive that knows more than the journal, once there is such an order.
pub(crate) const fn adoption(_: SlotId) -> Option<Order> {
    None
}

/// An old copy of the journal, and what was done until then.
#[derive(Debug)]
pub struct Backup {
    files: Snapshot,
    /// Operations that billing had sent.
    operations: usize,
    /// The last document of each drive.
    documents: Vec<DocumentNumber>,
    swaps: u64,
}

impl World {
    /// A copy of the journal as it stands on the disk.
    pub fn back_up(&mut self) -> Backup {
        Backup {
            files: self.disk.snapshot(),
            operations: self.client.sent.len(),
            documents: self
                .drives
                .iter_mut()
                .map(|it| it.last_document())
                .collect(),
            swaps: self.counts.of(Errand::Swap.name()),
        }
    }

    /// The process is killed, and an old copy of its journal is put back. What billing was answered
    /// since then, nobody knows any more.
    pub fn restore(&mut self, backup: &Backup) {
        self.counts.note(Act::OldJournal.name());
        self.kill();
        self.is_restored = true;
        self.disk.restore(&backup.files);
        for (place, sent) in self.client.sent.iter_mut().enumerate() {
            sent.forgotten |= place >= backup.operations;
            if !CATCHES_UP {
                // Another drive may form them.
                sent.documents.clear();
            }
        }
        for place in 0..self.drives.len() {
            let knows_more = self.knows_more(place, backup);
            let is_new = backup
                .documents
                .get(place)
                .is_none_or(|last| last.get() == 0);
            self.drives[place].used_elsewhere |= knows_more && (is_new || !CATCHES_UP);
        }
    }

    fn knows_more(&mut self, place: usize, backup: &Backup) -> bool {
        let then = backup.documents.get(place).copied().unwrap_or_default();
        self.drives[place].last_document() != then
    }

    /// The act begins: a copy is made, once nothing is under way between billing and the program.
    pub(crate) fn copy_journal(&mut self) {
        let is_quiet = self.life.is_some() && self.client.is_done();
        if self.backup.is_none() && !self.is_restored && is_quiet {
            self.backup = Some(self.back_up());
            self.heal_later(Healing::OldJournal, 40_000);
        }
    }

    /// The copy is put back, once nothing is under way; not when no drive could go on.
    pub(crate) fn put_copy_back(&mut self) {
        let Some(backup) = self.backup.take() else {
            return;
        };
        if self.life.is_none() || !self.client.is_done() {
            self.backup = Some(backup);
            return self.heal_later(Healing::OldJournal, 2_000);
        }
        let own: Vec<usize> = self.own().collect();
        let goes_on = own.into_iter().any(|place| {
            let is_same = CATCHES_UP || !self.knows_more(place, &backup);
            let is_good = self.drives[place].is_sound() && !self.drives[place].put_aside;
            is_same && is_good && self.drives[place].lasts() && !self.drives[place].is_closed()
        });
        let swapped = self.counts.of(Errand::Swap.name()) != backup.swaps;
        if goes_on && (CATCHES_UP || !swapped) {
            self.restore(&backup);
        }
    }

    /// Something that must not be; or, after an old journal was put back, that is known to happen.
    pub(crate) fn formed_twice(&mut self, what: String) {
        if self.is_restored && !CATCHES_UP {
            self.counts
                .note("receipt formed twice after an old journal");
        } else {
            self.violate("S1", what);
        }
    }
}
