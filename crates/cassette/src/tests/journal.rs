//! A journal in memory with the promises of the real one: records are stored in order, and one that
//! contradicts what is stored is refused; here that is a violation, since nothing of the kind may
//! ever be asked.

use std::collections::{BTreeMap, BTreeSet};

use fn_proto::{DocumentKind, Formed};
use terms::{DocumentNumber, DriveNumber, Id, OfdMessages};

use crate::{
    ArchiveEntry, DriveRecords, Event, Fate, Intent, Job, Reason, Record, SlotId, SlotState, Swap,
    SwapChange, Task,
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Queued,
    OnDrive,
    Held,
    InDoubt,
    Fiscalized,
    Cancelled,
}

/// What a broken journal does; to check the checkers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Breakage {
    /// Intents are confirmed and not stored.
    DropsIntents,
    /// An intent is confirmed at once and stored only before the next record.
    StoresIntentsLate,
    /// Formed documents are confirmed and not stored.
    DropsFormed,
    /// After a restart a receipt with an intent counts as queued.
    ForgetsIntents,
}

impl Breakage {
    pub(super) const ALL: [Self; 4] = [
        Self::DropsIntents,
        Self::StoresIntentsLate,
        Self::DropsFormed,
        Self::ForgetsIntents,
    ];
}

#[derive(Clone, Debug)]
pub(super) struct Receipt {
    pub(super) job: Job,
    pub(super) state: State,
    /// It was in doubt, and its account went on.
    overtaken: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) kind: DocumentKind,
    pub(super) receipt: Option<Id>,
    pub(super) formed: Formed,
    pub(super) acknowledged: bool,
    time: terms::LocalDateTime,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    pub(super) receipts: BTreeMap<Id, Receipt>,
    pub(super) intents: BTreeMap<DriveNumber, Intent>,
    pub(super) documents: BTreeMap<DriveNumber, Vec<Row>>,
    pub(super) slot_changes: Vec<(SlotId, SlotState, Option<Reason>)>,
    pub(super) holds: Vec<String>,
    pub(super) swaps: BTreeMap<SlotId, Swap>,
    /// Drives whose documents are all kept in files before they are pulled out.
    pub(super) exported: BTreeSet<DriveNumber>,
    /// Receipts that a second drive turned out to have, too.
    pub(super) doubled: Vec<Id>,
    /// Queued receipts that were found on drives; the cassette is told.
    pub(super) settled: Vec<Id>,
    /// Drives that were used elsewhere: up to where.
    pub(super) bases: BTreeMap<DriveNumber, DocumentNumber>,
    /// The receipts of operations that somebody wants to cancel.
    pub(super) operations: BTreeMap<Id, Vec<Id>>,
    /// What people have ordered, in words.
    pub(super) signed: Vec<String>,
    pub(super) violations: Vec<String>,
    pub(super) breakage: Option<Breakage>,
    /// Every document that was ever intended.
    intended: BTreeSet<(DriveNumber, DocumentNumber)>,
    late: Option<(DriveNumber, Intent)>,
}

impl Journal {
    pub(super) fn submit(&mut self, job: Job) {
        let receipt = Receipt {
            state: State::Queued,
            overtaken: false,
            job,
        };
        self.receipts.insert(receipt.job.id, receipt);
    }

    pub(super) fn queued_job(&self, id: Id) -> Option<Job> {
        let receipt = self.receipts.get(&id)?;
        (receipt.state == State::Queued).then(|| receipt.job.clone())
    }

    pub(super) fn was_intended(&self, drive: DriveNumber, number: DocumentNumber) -> bool {
        self.intended.contains(&(drive, number))
    }

    /// What the program finds at its start.
    pub(super) fn restart(&mut self) -> Vec<Event> {
        self.late = None;
        let forgets = self.breakage == Some(Breakage::ForgetsIntents);
        if forgets {
            self.intents.clear();
        }
        let mut events = Vec::new();
        for drive in self.documents.keys() {
            events.push(Event::DriveLeft {
                drive: *drive,
                last_document: self.last(*drive),
                is_in_slot: true,
            });
        }
        for (drive, intent) in &self.intents {
            let receipt = intent.task.receipt();
            let receipt_row = receipt.and_then(|id| self.receipts.get_mut(&id));
            let in_doubt = receipt_row.is_some_and(|row| row.state == State::InDoubt);
            events.push(Event::IntentLeft {
                drive: *drive,
                number: intent.number,
                receipt: receipt.filter(|_| !intent.given_up),
                order_key: receipt.map_or(0, |id| self.receipts[&id].job.order_key),
                in_doubt,
            });
        }
        let is_waiting = |state| state == State::Queued || (forgets && state == State::OnDrive);
        let waiting = self.receipts.values_mut().filter(|it| is_waiting(it.state));
        let jobs = waiting
            .map(|receipt| {
                receipt.state = State::Queued;
                receipt.job.clone()
            })
            .collect();
        events.push(Event::Queued(jobs));
        for (slot, swap) in &self.swaps {
            events.push(Event::SwapLeft(*slot, Box::new(swap.clone())));
        }
        events
    }

    pub(super) fn load(&self, drive: DriveNumber) -> DriveRecords {
        let rows = self.documents.get(&drive).map_or(&[][..], Vec::as_slice);
        let shift = rows.iter().rev().find(|row| {
            let kinds = [DocumentKind::ShiftOpening, DocumentKind::ShiftClosing];
            kinds.contains(&row.kind)
        });
        DriveRecords {
            last_document: self.last(drive),
            intent: self.intents.get(&drive).cloned(),
            unacknowledged: rows
                .iter()
                .filter(|row| !row.acknowledged)
                .map(|row| row.formed.number)
                .collect(),
            shift_opened: shift
                .filter(|row| row.kind == DocumentKind::ShiftOpening)
                .map(|row| row.time),
            was_blank: false,
            ofd_messages: OfdMessages::default(),
        }
    }

    /// Why a record cannot be stored that the cassette may well ask for: what was found on a drive,
    /// or may be on one that was given up, is seen only here.
    pub(super) fn refuses(&self, record: &Record) -> Option<String> {
        let Record::Cancelled { operation, .. } = record else {
            return None;
        };
        let is_given_up = |id: &Id| {
            let mut intents = self.intents.values();
            intents.any(|it| it.given_up && it.task.receipt() == Some(*id))
        };
        let refused = |id: &&Id| {
            let state = self.receipts[*id].state;
            matches!(state, State::Fiscalized | State::Cancelled)
                || self.doubled.contains(*id)
                || is_given_up(id)
        };
        let refused = self.operations[operation].iter().find(refused)?;
        Some(format!("receipt {refused} cannot be cancelled"))
    }

    pub(super) fn store(&mut self, record: &Record) {
        if let Some((drive, intent)) = self.late.take() {
            self.intents.insert(drive, intent);
        }
        match record {
            Record::Intent { drive, intent, .. } => self.intent(*drive, intent),
            Record::Formed {
                drive,
                task,
                time,
                document,
                ..
            } => self.formed(*drive, task, *time, *document),
            Record::Void {
                drive,
                number,
                receipt,
                fate,
                cause,
            } => {
                if self.close_intent(*drive, *number, "void") {
                    return;
                }
                if let Fate::Hold(_) = fate {
                    self.holds.push(cause.clone());
                }
                let state = match fate {
                    Fate::Requeue => State::Queued,
                    Fate::Hold(_) => State::Held,
                };
                if let Some(id) = receipt {
                    self.change(*id, &[State::OnDrive, State::InDoubt], state);
                }
            }
            Record::InDoubt { drive, receipt, .. } => {
                match self.intents.get(drive) {
                    None => self.violate(format!("in doubt without an intent: {receipt}")),
                    Some(intent) if intent.given_up => return,
                    Some(_) => {}
                }
                self.change(*receipt, &[State::OnDrive], State::InDoubt);
            }
            Record::OfdAnswered { .. } => {}
            Record::Acknowledged { drive, number, .. } => self.acknowledged(*drive, *number),
            Record::SlotChanged {
                slot,
                state,
                reason,
                ..
            } => self.slot_changes.push((*slot, *state, reason.clone())),
            Record::FormAnew {
                drive,
                receipt,
                signed,
                ..
            } => {
                match self.intents.get_mut(drive) {
                    Some(intent) if intent.task.receipt() == Some(*receipt) => {
                        intent.given_up = true;
                    }
                    _ => self.violate(format!("{drive} has no intent for {receipt}")),
                }
                self.change(*receipt, &[State::InDoubt], State::Queued);
                self.signed.push(format!("{signed:?}"));
            }
            Record::Found { drive, entry } => self.found(*drive, entry),
            Record::Adopted {
                drive,
                last_document,
                ..
            } => {
                self.bases.insert(*drive, *last_document);
            }
            Record::Released { receipt, signed } => {
                self.change(*receipt, &[State::Held], State::Queued);
                self.signed.push(format!("{signed:?}"));
            }
            Record::Cancelled { operation, signed } => {
                for id in self.operations[operation].clone() {
                    self.change(id, &[State::Queued, State::Held], State::Cancelled);
                }
                self.signed.push(format!("{signed:?}"));
            }
            Record::Swap {
                slot,
                drive,
                change,
            } => self.swap(*slot, *drive, change),
            Record::ClockTrusted(signed) => self.signed.push(format!("{signed:?}")),
            Record::DriveErrors { .. } | Record::DriveSeen { .. } => {}
        }
    }

    /// A queued receipt of the same contents counts as formed, or else one that another drive was
    /// asked for.
    fn found(&mut self, drive: DriveNumber, entry: &ArchiveEntry) {
        let mut found = None;
        for states in [&[State::Queued][..], &[State::OnDrive, State::InDoubt]] {
            let is_it = |receipt: &&mut Receipt| {
                states.contains(&receipt.state) && entry.is_formed_of(&receipt.job.tlv)
            };
            found = found.or_else(|| {
                let receipt = self.receipts.values_mut().find(is_it)?;
                receipt.state = State::Fiscalized;
                Some(receipt.job.id)
            });
        }
        for intent in self.intents.values_mut() {
            intent.given_up |= found.is_some() && intent.task.receipt() == found;
        }
        self.settled.extend(found);
        let rows = self.documents.entry(drive).or_default();
        rows.push(Row {
            kind: entry.document.kind,
            receipt: found,
            formed: entry.document.document,
            acknowledged: false,
            time: entry.document.time,
        });
    }

    fn swap(&mut self, slot: SlotId, drive: DriveNumber, change: &SwapChange) {
        let known = self.swaps.get_mut(&slot);
        match (change, known) {
            (SwapChange::Ordered(registration, _), None) => {
                let swap = Swap {
                    old: drive,
                    registration: registration.clone(),
                    is_exported: false,
                    confirmed: None,
                };
                self.swaps.insert(slot, swap);
            }
            (SwapChange::Exported, Some(swap)) if swap.old == drive => {
                swap.is_exported = true;
                self.exported.insert(drive);
            }
            (SwapChange::Confirmed(new, _), Some(swap)) if swap.old == drive => {
                swap.confirmed = Some(*new);
            }
            (SwapChange::Done(_) | SwapChange::Abandoned(_), Some(swap)) if swap.old == drive => {
                self.swaps.remove(&slot);
            }
            (change, known) => {
                let what = format!("slot {slot}, {drive}: {change:?} after {known:?}");
                self.violate(what);
            }
        }
    }

    /// The last document that is known, or that was there before.
    fn last(&self, drive: DriveNumber) -> DocumentNumber {
        let rows = self.documents.get(&drive).map_or(0, Vec::len) as u32;
        let base = self.bases.get(&drive).map_or(0, |base| base.get());
        DocumentNumber(base + rows)
    }

    fn intent(&mut self, drive: DriveNumber, intent: &Intent) {
        let last = self.last(drive).get();
        if intent.number != DocumentNumber(last + 1) || self.intents.contains_key(&drive) {
            self.violate(format!(
                "{drive}: an intent for ФД {} after ФД {last}, beside {:?}",
                intent.number,
                self.intents.get(&drive)
            ));
        }
        if let Some(id) = intent.task.receipt() {
            self.check_order(id);
            self.change(id, &[State::Queued], State::OnDrive);
        }
        self.intended.insert((drive, intent.number));
        match self.breakage {
            Some(Breakage::DropsIntents) => {}
            Some(Breakage::StoresIntentsLate) => self.late = Some((drive, intent.clone())),
            _ => {
                self.intents.insert(drive, intent.clone());
            }
        }
    }

    /// Receipts of one order key are formed one after another.
    fn check_order(&mut self, id: Id) {
        let key = self.receipts[&id].job.order_key;
        let before: Vec<Id> = self
            .receipts
            .range(..id)
            .filter(|(_, other)| {
                let waits = matches!(other.state, State::Queued | State::OnDrive);
                other.job.order_key == key && waits && !other.overtaken
            })
            .map(|(other, _)| *other)
            .collect();
        if !before.is_empty() {
            self.violate(format!("receipt {id} goes before {before:?}"));
        }
    }

    fn formed(
        &mut self,
        drive: DriveNumber,
        task: &Task,
        time: terms::LocalDateTime,
        formed: Formed,
    ) {
        if self.breakage == Some(Breakage::DropsFormed) {
            return;
        }
        let given_up = self.close_intent(drive, formed.number, "a formed document");
        if let Some(id) = task.receipt().filter(|_| given_up) {
            self.doubled.push(id);
        } else if let Some(id) = task.receipt() {
            self.change(id, &[State::OnDrive, State::InDoubt], State::Fiscalized);
        }
        let rows = self.documents.entry(drive).or_default();
        rows.push(Row {
            kind: task.kind(),
            receipt: task.receipt(),
            formed,
            acknowledged: false,
            time,
        });
        if self.last(drive) != formed.number {
            self.violate(format!("{drive}: a gap before ФД {}", formed.number));
        }
    }

    /// A document that the drive had before this journal's time.
    pub(super) fn adopt(&mut self, drive: DriveNumber, kind: DocumentKind, formed: Formed) {
        self.documents.entry(drive).or_default().push(Row {
            kind,
            receipt: None,
            formed,
            acknowledged: false,
            time: "2026-01-01T00:00".parse().unwrap(),
        });
    }

    fn acknowledged(&mut self, drive: DriveNumber, number: DocumentNumber) {
        let rows = self.documents.entry(drive).or_default();
        let next = rows.iter_mut().find(|row| !row.acknowledged);
        match next {
            Some(row) if row.formed.number == number => row.acknowledged = true,
            other => {
                let what = format!("{drive}: ticket of ФД {number} while {other:?} is next");
                self.violate(what);
            }
        }
    }

    /// Says whether a person has given it up.
    fn close_intent(&mut self, drive: DriveNumber, number: DocumentNumber, what: &str) -> bool {
        let closed = self.intents.remove(&drive);
        let given_up = closed.as_ref().is_some_and(|intent| intent.given_up);
        if closed.is_none_or(|intent| intent.number != number) {
            self.violate(format!("{drive}: {what}, ФД {number}, without its intent"));
        }
        given_up
    }

    fn change(&mut self, id: Id, from: &[State], to: State) {
        let Some(receipt) = self.receipts.get_mut(&id) else {
            return self.violate(format!("receipt {id} is not known"));
        };
        let was = std::mem::replace(&mut receipt.state, to);
        receipt.overtaken |= to == State::InDoubt;
        if !from.contains(&was) {
            self.violate(format!("receipt {id} goes from {was:?} to {to:?}"));
        }
    }

    fn violate(&mut self, what: String) {
        self.violations.push(what);
    }
}
