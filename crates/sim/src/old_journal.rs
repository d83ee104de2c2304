//! An old copy of the journal is put back, and what the drives have done since it does not know.

use std::{collections::BTreeSet, time::Duration};

use faulty_disk::Snapshot;
use fn_proto::Status;
use terms::{DocumentNumber, DriveNumber, Id};

use crate::{Act, Errand, SimDrive, World, acts::Healing};

/// So long after a start the others wait for a drive that was never heard of.
const SILENCE: Duration = Duration::from_secs(10);
/// So long they wait for one that is away when it is known that the journal is old.
const ABSENCE: Duration = Duration::from_secs(60);

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

/// Documents that may belong to nobody.
#[derive(Debug, Default)]
pub(crate) struct Orphans {
    documents: BTreeSet<(DriveNumber, DocumentNumber)>,
    /// Operations that may have such documents all the same: they are as old as the copy.
    operations: BTreeSet<Id>,
}

impl Orphans {
    /// Whether the document cannot be of a receipt of this operation.
    pub(crate) fn is_of_another(&self, document: (DriveNumber, DocumentNumber), of: Id) -> bool {
        self.documents.contains(&document) && !self.operations.contains(&of)
    }
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
        self.note_orphans(backup);
        self.disk.restore(&backup.files);
        for (place, sent) in self.client.sent.iter_mut().enumerate() {
            sent.forgotten |= place >= backup.operations;
            // So with what was cancelled.
            (sent.cancel_told, sent.cancelled) = (false, false);
        }
        for place in 0..self.drives.len() {
            let knows_more = self.knows_more(place, backup);
            let is_new = backup
                .documents
                .get(place)
                .is_none_or(|last| last.get() == 0);
            // Of a drive that is new since then the journal does not know whose it is.
            self.drives[place].used_elsewhere |= knows_more && is_new;
            // So it is with one that was taken in since then.
            self.drives[place].is_unknown |=
                knows_more && (is_new || self.drives[place].is_newcomer);
            self.drives[place].is_ahead |= knows_more;
            self.drives[place].copied = backup.documents.get(place).copied().unwrap_or_default();
        }
    }

    /// What the drives have formed since the copy for operations that are forgotten belongs to
    /// nobody any more, though a later operation may make a receipt of the same contents.
    fn note_orphans(&mut self, backup: &Backup) {
        for place in self.own() {
            let then = backup.documents.get(place).copied().unwrap_or_default();
            let drive = &mut self.drives[place];
            let (number, last) = (drive.number, drive.last_document());
            let since = (then.get() + 1..=last.get()).map(|it| (number, DocumentNumber(it)));
            self.orphans.documents.extend(since);
        }
        let before = self.client.sent[..backup.operations].iter();
        self.orphans.operations = before.filter_map(|sent| sent.accepted).collect();
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

    /// The cassette hears from a drive how many documents it has.
    pub(crate) fn note_answer(&mut self, status: &Status) {
        let now = self.now;
        let found = self.drives.iter_mut().find(|it| it.number == status.drive);
        let Some(drive) = found.filter(|drive| drive.is_ahead) else {
            return;
        };
        drive.told_at = Some(now);
        // One more than known may be what an intent of the copy has become.
        if status.last_document > drive.copied.next() {
            self.is_old_since.get_or_insert(now);
        }
    }

    /// A process starts: whom it has heard of, it has forgotten.
    pub(crate) fn forget_answers(&mut self) {
        self.is_old_since = None;
        for drive in &mut self.drives {
            drive.told_at = None;
        }
    }

    /// A receipt is about to be formed that a drive has already. What a drive has that is not
    /// reached, the journal cannot know. For one that is silent from the start the others wait ten
    /// seconds, and a minute more once another drive has shown that the journal is old; for one that
    /// has been heard of, and of which they know by that what it may have, a minute since then. Of a
    /// drive that came to this rack or was taken in after the copy was made, the journal does not
    /// even know whose it was: it is not read before a person says so. Only a receipt that is formed in spite of all that may turn out to be formed twice:
    /// what is noted here excuses it.
    pub(crate) fn note_intent(&mut self, receipt: Id, tlv: &[u8]) {
        let Some(life) = &self.life else { return };
        let (now, started) = (self.now, life.started);
        let passed = |since: Duration, most| now.saturating_sub(since) >= most;
        let is_old_since = self.is_old_since;
        let cannot_be_known = |drive: &SimDrive| match drive.told_at {
            _ if drive.is_unknown => true,
            Some(told) => passed(told, ABSENCE),
            None => {
                let is_waited_for = is_old_since.is_some_and(|since| !passed(since, ABSENCE));
                passed(started, SILENCE) && !is_waited_for
            }
        };
        let own: Vec<usize> = self.own().collect();
        for place in own {
            let drive = &mut self.drives[place];
            if drive.is_ahead && cannot_be_known(drive) {
                let mut documents = drive.documents().into_iter();
                if documents.any(|document| document.tlv.ends_with(tlv)) {
                    self.risked.insert(receipt);
                }
            }
        }
    }

    /// S1: billing is told of another document than before.
    pub(crate) fn told_otherwise(&mut self, receipt: Id, now: bool, what: String) {
        let is_not_read_yet = !now && self.is_restored;
        if !is_not_read_yet && !self.risked.contains(&receipt) {
            self.violate("S1", what);
        }
    }

    /// S1: a receipt has more documents than it may have.
    pub(crate) fn formed_twice(&mut self, receipt: Id, what: String) {
        if self.risked.contains(&receipt) {
            self.counts.note(FORMED_TWICE);
        } else {
            self.violate("S1", what);
        }
    }
}

/// What happens when a drive that knows more than an old journal cannot be read.
const FORMED_TWICE: &str = "formed again, as the drive that has it is away";
