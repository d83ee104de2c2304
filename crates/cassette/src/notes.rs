use std::{collections::BTreeMap, time::Duration};

use terms::{DriveNumber, Id};

use crate::{
    dispatch::Job,
    event::{SlotId, Token},
    order::Ask,
    record::Record,
    surroundings::{Outbox, Settled},
    swap::SwapDeed,
};

/// A record on its way to the journal.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) record: Record,
    pub(crate) then: Then,
    /// When it is stored again, if the journal has refused it.
    pub(crate) retry_at: Option<Duration>,
}

/// What follows once a record is durable.
#[derive(Debug)]
pub(crate) enum Then {
    Nothing,
    /// The receipt may go to any drive.
    GiveBack(Box<Job>),
    /// The receipt's account may go on.
    Finished(i64),
    /// The intent of a drive that came back is settled.
    Settled(Settled),
    /// An order is journaled: it is obeyed and answered.
    Obey(Ask, Box<Deed>),
    /// Another record follows.
    Store(Box<Record>, Box<Then>),
}

/// What an order comes to once it is journaled.
#[derive(Debug)]
pub(crate) enum Deed {
    /// The receipt is queued again.
    Want(Id),
    /// The receipts are never formed.
    Withdraw(Vec<Id>),
    /// A swap begins, goes on or ends.
    Swap(SlotId, SwapDeed),
    /// The drive is looked at anew.
    Reprobe(SlotId),
    /// The wall clock is right.
    TrustClock,
}

impl Then {
    /// The receipt may go to any drive, if it is one.
    pub(crate) fn give_back(job: Option<Job>) -> Self {
        job.map_or(Self::Nothing, |job| Self::GiveBack(Box::new(job)))
    }
}

/// What a refusal of the journal means.
pub(crate) enum Failed {
    /// The record is another's.
    NotHere,
    AgainLater,
    /// This order cannot be obeyed.
    Order(Ask),
}

/// Records on their way to the journal that no slot waits for: a slot has lost its drive meanwhile,
/// or only tells what it sees.
///
/// While a record about a drive's documents is here, nobody may read what the journal knows of that
/// drive: it would act on what is about to change.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    open: BTreeMap<Token, Note>,
}

impl Notes {
    /// Whether the journal does not know yet what the swap in this slot has come to.
    pub(crate) fn are_about_swap(&self, slot: SlotId) -> bool {
        let of_swap =
            |note: &Note| matches!(note.record, Record::Swap { slot: of, .. } if of == slot);
        self.open.values().any(of_swap)
    }

    pub(crate) fn store(&mut self, record: Record, then: Then, out: &mut Outbox) {
        // What a slot was in before is of no interest any more if the journal would not have it.
        self.open
            .retain(|_, old| old.retry_at.is_none() || !record.supersedes(&old.record));
        let token = out.store(record.clone());
        let retry_at = None;
        let note = Note {
            record,
            then,
            retry_at,
        };
        self.open.insert(token, note);
    }

    /// Takes a record over from whoever waited for it until now.
    pub(crate) fn take_over(&mut self, token: Token, note: Note) {
        self.open.insert(token, note);
    }

    /// What follows now that this record is durable; none if it is not here.
    pub(crate) fn stored(&mut self, token: Token) -> Option<Then> {
        self.open.remove(&token).map(|note| note.then)
    }

    /// Notes a refusal of the journal: the record is tried again at `again`. An order's record is
    /// not: whoever gave the order is answered.
    pub(crate) fn failed(&mut self, token: Token, again: Duration) -> Failed {
        match self.open.get_mut(&token) {
            None => Failed::NotHere,
            Some(Note {
                then: Then::Obey(ask, _),
                ..
            }) => {
                let ask = *ask;
                self.open.remove(&token);
                Failed::Order(ask)
            }
            Some(note) => {
                note.retry_at = Some(again);
                Failed::AgainLater
            }
        }
    }

    /// Stores again what was refused and is due.
    pub(crate) fn retry(&mut self, now: Duration, out: &mut Outbox) {
        let is_due = |note: &Note| note.retry_at.is_some_and(|at| now >= at);
        while let Some(token) = self
            .open
            .iter()
            .find_map(|(token, note)| is_due(note).then_some(*token))
        {
            if let Some(note) = self.open.remove(&token) {
                self.store(note.record, note.then, out);
            }
        }
    }

    /// Whether a record about this drive's documents is on its way.
    pub(crate) fn concern(&self, drive: DriveNumber) -> bool {
        self.open
            .values()
            .any(|note| note.record.about_documents_of() == Some(drive))
    }

    /// Whether an order is on its way.
    pub(crate) fn hold_an_order(&self) -> bool {
        let mut open = self.open.values();
        open.any(|note| matches!(note.then, Then::Obey(..)))
    }

    /// Whether all that can be stored now is stored.
    pub(crate) fn are_at_rest(&self) -> bool {
        self.open.values().all(|note| note.retry_at.is_some())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}
