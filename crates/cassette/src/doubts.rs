use std::{collections::BTreeMap, time::Duration};

use terms::{DocumentNumber, DriveNumber, Id};

use crate::{dispatch::Job, notes::Then, record::Record};

/// A receipt whose drive went away after it was asked to form it, or an intent of the program's
/// last life.
#[derive(Debug)]
pub(crate) struct Doubt {
    pub(crate) number: DocumentNumber,
    pub(crate) receipt: Id,
    /// Its place in the queue.
    pub(crate) order_key: i64,
    /// None when the intent is of the program's last life: then only the journal knows it.
    pub(crate) job: Option<Job>,
    pub(crate) since: Duration,
    /// It stands in doubt in the journal, and later receipts of its account may go on.
    pub(crate) told: bool,
}

/// The receipts of which nobody knows now whether their drives have formed them: at most one for
/// each drive.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    open: BTreeMap<DriveNumber, Doubt>,
}

impl Doubts {
    pub(crate) fn add(&mut self, drive: DriveNumber, doubt: Doubt) {
        self.open.insert(drive, doubt);
    }

    /// Its drive has told what became of it, or a person has decided.
    pub(crate) fn remove(&mut self, drive: DriveNumber) -> Option<Doubt> {
        self.open.remove(&drive)
    }

    /// Whether a receipt stands in doubt because of this drive, and people were told.
    pub(crate) fn is_told(&self, drive: DriveNumber) -> bool {
        self.open.get(&drive).is_some_and(|doubt| doubt.told)
    }

    /// The drive that may have this receipt.
    pub(crate) fn find(&self, receipt: Id) -> Option<(DriveNumber, &Doubt)> {
        let mut all = self.open.iter();
        all.find(|(_, doubt)| doubt.receipt == receipt)
            .map(|(drive, doubt)| (*drive, doubt))
    }

    /// Those whose drive has been away for too long: each is told once.
    pub(crate) fn tell(
        &mut self,
        now: Duration,
        patience: Duration,
        is_gone: impl Fn(DriveNumber) -> bool,
    ) -> Vec<(Record, Then)> {
        let mut told = Vec::new();
        for (drive, doubt) in &mut self.open {
            let patience_is_over = now.saturating_sub(doubt.since) >= patience;
            if doubt.told || !patience_is_over || !is_gone(*drive) {
                continue;
            }
            doubt.told = true;
            let record = Record::InDoubt {
                drive: *drive,
                number: doubt.number,
                receipt: doubt.receipt,
                cause: "its drive has gone and cannot be asked".to_owned(),
            };
            told.push((record, Then::Finished(doubt.order_key)));
        }
        told
    }
}
