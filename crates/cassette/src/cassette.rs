use std::{collections::BTreeMap, time::Duration};

use terms::{DocumentNumber, DriveNumber, Id};

use crate::{
    dispatch::{Dispatch, Job},
    event::{Effect, Event, Moment, SlotId, Token},
    notes::{Notes, Then},
    record::{DriveRecords, Record},
    slot::{Limits, Slot, SlotSetup, SlotView},
    surroundings::{Outbox, Settled, Surroundings, Wire},
};

/// All slots of one organisation, the queue before them, and the documents whose drive has gone.
///
/// ```text
///            Event                                Effect
///  queued ─────────┐   ┌───────────────┐   ┌──── send(slot, request)
///  reply(slot) ────┤   │ slot 1 … slot n│   ├──── store(record), load(drive)
///  stored, loaded ─┼──►│ dispatch       │──►┤
///  link, ОФД ──────┤   │ doubts         │   ├──── send to the ОФД
///  tick ───────────┘   └───────────────┘   └──── reopen(slot)
/// ```
#[derive(Debug)]
pub struct Cassette {
    slots: Vec<Slot>,
    /// One for each slot.
    wires: Vec<Wire>,
    dispatch: Dispatch,
    limits: Limits,
    outbox: Outbox,
    notes: Notes,
    doubts: BTreeMap<DriveNumber, Doubt>,
    wanted: Vec<Id>,
    draining: bool,
}

/// A receipt whose drive went away after it was asked to form it, or an intent of the program's
/// last life.
#[derive(Debug)]
struct Doubt {
    number: DocumentNumber,
    receipt: Id,
    /// None when the intent is of the program's last life: then only the journal knows it.
    job: Option<Job>,
    since: Duration,
    /// It stands in doubt in the journal, and later receipts of its account may go on.
    told: bool,
}

impl Cassette {
    /// A cassette whose wires are not open yet.
    pub fn new(setups: Vec<SlotSetup>, limits: Limits) -> Self {
        Self {
            wires: setups.iter().map(|_| Wire::default()).collect(),
            slots: setups
                .into_iter()
                .map(|setup| Slot::new(setup, limits.clone()))
                .collect(),
            dispatch: Dispatch::default(),
            limits,
            outbox: Outbox::default(),
            notes: Notes::default(),
            doubts: BTreeMap::new(),
            wanted: Vec::new(),
            draining: false,
        }
    }

    /// Takes an event and says what is to be done, in this order.
    pub fn handle(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        let held: Vec<_> = self.slots.iter().map(Slot::holds).collect();
        self.take_in(now, event);
        for (index, drive) in held.into_iter().enumerate() {
            if let Some(drive) = drive.filter(|_| self.slots[index].holds() != drive) {
                self.let_go(index, drive, now);
            }
        }
        for index in self.by_preference() {
            self.with_slot(index, now, |slot, around| slot.move_on(around));
        }
        std::mem::take(&mut self.outbox.effects)
    }

    /// Receipts that are queued again and whose jobs only the journal knows: read them and answer
    /// with [`Event::Queued`].
    pub fn take_wanted(&mut self) -> Vec<Id> {
        std::mem::take(&mut self.wanted)
    }

    /// The slots as people see them.
    pub fn views(&self) -> Vec<SlotView> {
        self.slots.iter().map(Slot::view).collect()
    }

    /// How many receipts wait for a drive.
    pub fn waiting(&self) -> usize {
        self.dispatch.len()
    }

    /// Whether nothing is under way in any slot and nothing waits for the journal.
    pub fn is_at_rest(&self) -> bool {
        self.notes.are_at_rest() && self.slots.iter().all(Slot::is_at_rest)
    }

    #[cfg(test)]
    pub(crate) fn notes_left(&self) -> usize {
        self.notes.len()
    }

    fn take_in(&mut self, now: Moment, event: Event) {
        match event {
            Event::Queued(jobs) => jobs.into_iter().for_each(|job| self.dispatch.push(job)),
            Event::IntentLeft {
                drive,
                number,
                receipt: Some(receipt),
                in_doubt,
            } => {
                let doubt = Doubt {
                    number,
                    receipt,
                    job: None,
                    since: now.mono,
                    told: in_doubt,
                };
                self.doubts.insert(drive, doubt);
            }
            // A report's intent concerns nobody but its drive, which is asked when it is here.
            Event::IntentLeft { receipt: None, .. } => {}
            Event::LinkOpened(id) => self.on(id, now, |slot, around| slot.link_opened(around)),
            Event::LinkLost(id, why) => {
                self.on(id, now, |slot, around| slot.link_lost(why, around));
            }
            Event::Reply(id, outcome) => self.on(id, now, |slot, around| {
                if around.wire.answered() {
                    slot.reply(outcome, around);
                }
            }),
            Event::Stored(token) => self.stored(now, token),
            Event::StoreFailed(token, why) => self.store_failed(now, token, &why),
            Event::Loaded(token, records) => self.loaded(now, token, *records),
            Event::LoadFailed(token, why) => {
                self.each(now, |slot, around| slot.load_failed(token, &why, around));
            }
            Event::OfdAnswered(token, answer) => {
                for slot in &mut self.slots {
                    slot.ofd_answered(token, &answer, now);
                }
            }
            Event::Register(id, registration) => {
                self.on(id, now, |slot, around| slot.register(*registration, around));
            }
            Event::Reprobe(id) => self.on(id, now, |slot, around| slot.reprobe(around)),
            Event::Drain => self.draining = true,
            Event::Tick => self.tick(now),
        }
    }

    /// Drives whose shift is open go first, so that a slack day opens few shifts; among them those
    /// that can hold most documents, so that the drives wear evenly.
    fn by_preference(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.slots.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(self.slots[*index].preference()));
        order
    }

    fn on(&mut self, id: SlotId, now: Moment, act: impl FnOnce(&mut Slot, &mut Surroundings<'_>)) {
        if let Some(index) = self.slots.iter().position(|slot| slot.id() == id) {
            self.with_slot(index, now, act);
        }
    }

    fn each(&mut self, now: Moment, mut act: impl FnMut(&mut Slot, &mut Surroundings<'_>)) {
        for index in 0..self.slots.len() {
            self.with_slot(index, now, &mut act);
        }
    }

    fn with_slot(
        &mut self,
        index: usize,
        now: Moment,
        act: impl FnOnce(&mut Slot, &mut Surroundings<'_>),
    ) {
        let opening = self.slots.iter().filter(|slot| slot.is_opening()).count();
        let slot = &mut self.slots[index];
        let mut around = Surroundings {
            slot: slot.id(),
            now,
            draining: self.draining,
            opening,
            wire: &mut self.wires[index],
            dispatch: &mut self.dispatch,
            notes: &self.notes,
            out: &mut self.outbox,
        };
        act(slot, &mut around);
        self.collect(now);
    }

    /// Takes what a slot left in the outbox besides effects.
    fn collect(&mut self, now: Moment) {
        for (token, note) in std::mem::take(&mut self.outbox.handed_over) {
            self.notes.take_over(token, note);
        }
        for (record, then) in std::mem::take(&mut self.outbox.notes) {
            self.notes.store(record, then, &mut self.outbox);
        }
        for settled in std::mem::take(&mut self.outbox.settled) {
            self.settled(settled);
        }
        for lost in std::mem::take(&mut self.outbox.lost) {
            let doubt = Doubt {
                number: lost.number,
                receipt: lost.receipt,
                job: lost.job,
                since: now.mono,
                told: false,
            };
            self.doubts.insert(lost.drive, doubt);
        }
    }

    fn stored(&mut self, now: Moment, token: Token) {
        match self.notes.stored(token) {
            Some(then) => self.go_on(then),
            None => self.each(now, |slot, around| slot.stored(token, around)),
        }
    }

    fn store_failed(&mut self, now: Moment, token: Token, why: &str) {
        let again = now.mono + self.limits.retry_after;
        if !self.notes.failed(token, again) {
            self.each(now, |slot, around| slot.store_failed(token, why, around));
        }
    }

    fn go_on(&mut self, then: Then) {
        match then {
            Then::Nothing => {}
            Then::GiveBack(job) => self.dispatch.give_back(*job),
            Then::Finished(key) => self.dispatch.finished(key),
            Then::Settled(settled) => self.settled(settled),
            Then::Store(record, then) => self.notes.store(*record, *then, &mut self.outbox),
        }
    }

    /// A drive has told what became of its intent.
    fn settled(&mut self, settled: Settled) {
        let doubt = self.doubts.remove(&settled.drive);
        let told = doubt.as_ref().is_some_and(|doubt| doubt.told);
        match (doubt.and_then(|doubt| doubt.job), settled.formed) {
            (Some(job), true) if !told => self.dispatch.finished(job.order_key),
            (Some(job), false) if !told => self.dispatch.give_back(job),
            // Its account went on meanwhile.
            (Some(job), false) => self.dispatch.push(job),
            (None, false) => self.wanted.extend(settled.receipt),
            (_, true) => {}
        }
    }

    fn loaded(&mut self, now: Moment, token: Token, records: DriveRecords) {
        let Some(index) = self.slots.iter().position(|slot| slot.awaits(token)) else {
            return;
        };
        let twice = self.is_held_elsewhere(index);
        self.with_slot(index, now, |slot, around| {
            slot.loaded(records, twice, around);
        });
    }

    /// A slot has left a drive that another one may be reading over a second wire.
    fn let_go(&mut self, index: usize, drive: DriveNumber, now: Moment) {
        for other in (0..self.slots.len()).filter(|other| *other != index) {
            self.with_slot(other, now, |slot, around| {
                slot.let_go_elsewhere(drive, around);
            });
        }
    }

    fn is_held_elsewhere(&self, index: usize) -> bool {
        let drive = self.slots[index].drive();
        let mut others = (0..self.slots.len()).filter(|other| *other != index);
        drive.is_some() && others.any(|other| self.slots[other].holds() == drive)
    }

    fn tick(&mut self, now: Moment) {
        self.notes.retry(now.mono, &mut self.outbox);
        let (slots, notes) = (&self.slots, &self.notes);
        let is_gone = |drive: DriveNumber| {
            !notes.concern(drive) && !slots.iter().any(|slot| slot.is_settling(drive))
        };
        let mut in_doubt = Vec::new();
        for (drive, doubt) in &mut self.doubts {
            let patience_is_over = now.mono.saturating_sub(doubt.since) >= self.limits.doubt_after;
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
            let key = doubt.job.as_ref().map(|job| job.order_key);
            in_doubt.push((record, key.map_or(Then::Nothing, Then::Finished)));
        }
        for (record, then) in in_doubt {
            self.notes.store(record, then, &mut self.outbox);
        }
    }
}
