//! An old copy of the journal is put back, and what the drives have done since it does not know.

use faulty_disk::Snapshot;
use terms::DocumentNumber;

use crate::{Act, Errand, World, acts::Healing};

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
        }
        for place in 0..self.drives.len() {
            let knows_more = self.knows_more(place, backup);
            let is_new = backup
                .documents
                .get(place)
                .is_none_or(|last| last.get() == 0);
            // Of a drive that is new since then the journal does not know whose it is.
            self.drives[place].used_elsewhere |= knows_more && is_new;
            self.drives[place].is_ahead |= knows_more;
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
            let is_good = self.drives[place].is_sound() && !self.drives[place].put_aside;
            is_good && self.drives[place].lasts() && !self.drives[place].is_closed()
        });
        let swapped = self.counts.of(Errand::Swap.name()) != backup.swaps;
        if goes_on && !swapped {
            self.restore(&backup);
        }
    }

    /// Whether a drive that knows more than the old journal has not been read yet.
    pub(crate) fn is_one_ahead(&self) -> bool {
        self.drives.iter().any(|drive| drive.is_ahead)
    }

    /// S1: billing was told of another document, before the copy was put back.
    pub(crate) fn told_otherwise(&mut self, what: String) {
        if !self.is_one_ahead() {
            self.violate("S1", what);
        }
    }

    /// S1: a receipt has more documents than it may have. While the drive that has formed it since
    /// the copy cannot be read, nobody can know that: this is counted.
    pub(crate) fn formed_twice(&mut self, what: String) {
        if self.is_one_ahead() {
            self.counts.note(FORMED_TWICE);
        } else {
            self.violate("S1", what);
        }
    }
}

/// What happens when a drive that knows more than an old journal cannot be read.
const FORMED_TWICE: &str = "formed again, as the drive that has it is away";
