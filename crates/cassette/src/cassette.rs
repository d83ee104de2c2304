use std::collections::{BTreeMap, VecDeque};

use terms::{DriveNumber, Id};

use crate::{
    clock::ClockWatch,
    dispatch::Dispatch,
    doubts::{Doubt, Doubts},
    event::{Effect, Event, Moment, SlotId, Token},
    notes::{Failed, Notes, Then},
    order::{Ask, Order, Signed},
    policy::Duty,
    record::DriveRecords,
    roll_call::RollCall,
    slot::{Limits, Slot, SlotSetup, SlotView},
    surroundings::{Outbox, Settled, Surroundings, Wire},
};

mod orders;

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
    doubts: Doubts,
    clock: ClockWatch,
    wanted: Vec<Id>,
    /// Wanted receipts for which their line is kept free, and its order key.
    expected: BTreeMap<Id, i64>,
    /// Orders that wait for the one before them.
    orders: VecDeque<(Ask, Order, Signed)>,
    draining: bool,
    roll_call: RollCall,
    /// A drive may hold receipts that wait here, and is being read or waited for.
    is_catching_up: bool,
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
            doubts: Doubts::default(),
            clock: ClockWatch::default(),
            wanted: Vec::new(),
            expected: BTreeMap::new(),
            orders: VecDeque::new(),
            draining: false,
            roll_call: RollCall::default(),
            is_catching_up: false,
        }
    }

    /// Takes an event and says what is to be done, in this order.
    pub fn handle(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.clock.look(now, self.limits.clock_jump_max_minutes);
        let held: Vec<_> = self.slots.iter().map(Slot::holds).collect();
        self.take_in(now, event);
        for (index, drive) in held.into_iter().enumerate() {
            if let Some(drive) = drive.filter(|_| self.slots[index].holds() != drive) {
                self.let_go(index, drive, now);
            }
        }
        self.call_the_roll(now);
        self.assign_duty(now);
        for index in self.by_preference() {
            self.with_slot(index, now, |slot, around| slot.move_on(around));
        }
        for index in 0..self.slots.len() {
            let in_doubt = self.is_in_doubt(index);
            self.with_slot(index, now, |slot, around| slot.tell(in_doubt, around));
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
        let view = |index: usize| self.slots[index].view(self.is_in_doubt(index));
        (0..self.slots.len()).map(view).collect()
    }

    /// How many receipts wait for a drive.
    pub fn waiting(&self) -> usize {
        self.dispatch.len()
    }

    /// How many receipts of each class wait for a drive, in the order of [`Class::ALL`].
    ///
    /// [`Class::ALL`]: crate::Class::ALL
    pub const fn waiting_by_class(&self) -> [usize; 4] {
        self.dispatch.by_class()
    }

    /// The known drives that are asked or read first, as they may hold receipts which wait: nobody
    /// forms one meanwhile.
    pub fn asked_first(&self, now: Moment) -> Vec<DriveNumber> {
        self.roll_call.waited_for(now.mono).collect()
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
            Event::Queued(jobs) => jobs.into_iter().for_each(|job| {
                if self.expected.remove(&job.id).is_some() {
                    self.dispatch.give_back(job);
                } else {
                    self.dispatch.push(job);
                }
            }),
            Event::FoundFormed(ids) => ids.into_iter().for_each(|id| self.found_formed(id)),
            Event::DriveLeft {
                drive,
                last_document,
                is_in_slot,
            } => self
                .roll_call
                .expect(now.mono, drive, last_document, is_in_slot),
            Event::IntentLeft {
                drive,
                number,
                receipt: Some(receipt),
                order_key,
                in_doubt,
            } => {
                if !in_doubt {
                    self.dispatch.hold(order_key);
                }
                let doubt = Doubt {
                    number,
                    receipt,
                    order_key,
                    job: None,
                    since: now.mono,
                    told: in_doubt,
                };
                self.doubts.add(drive, doubt);
            }
            // A report's intent concerns nobody but its drive, which is asked when it is here.
            Event::IntentLeft { receipt: None, .. } => {}
            Event::SwapLeft(id, swap) => self.on(id, now, |slot, _| slot.resume_swap(*swap)),
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
                self.each(now, |slot, around| {
                    slot.ofd_answered(token, &answer, around)
                });
            }
            Event::Register(id, registration) => {
                self.on(id, now, |slot, around| slot.register(*registration, around));
            }
            Event::Ordered(ask, order, signed) => self.ordered(now, ask, order, signed),
            Event::Archived(token, done) => {
                self.each(now, |slot, around| slot.archived(token, &done, around));
            }
            Event::Reprobe(id) => self.on(id, now, |slot, around| slot.reprobe(around)),
            Event::Drain => self.draining = true,
            Event::Tick => self.tick(now),
        }
    }

    /// Drives that may hold receipts that wait are read before anybody forms one.
    fn call_the_roll(&mut self, now: Moment) {
        for (drive, heard) in self.slots.iter().filter_map(Slot::heard) {
            self.roll_call.hear(now.mono, drive, heard);
        }
        self.is_catching_up = self.roll_call.is_under_way(now.mono);
    }

    /// A drive that was read has this receipt. If another drive was asked for it, that one still
    /// tells whether it has it, too; nobody waits for it any more.
    fn found_formed(&mut self, id: Id) {
        if let Some((drive, doubt)) = self.doubts.find(id) {
            let free = (!doubt.told).then_some(doubt.order_key);
            self.doubts.remove(drive);
            free.into_iter().for_each(|key| self.dispatch.finished(key));
        }
        if let Some(key) = self.expected.remove(&id) {
            self.dispatch.finished(key);
        }
        self.dispatch.found_formed(id);
    }

    /// Says to each slot whether its drive is given receipts.
    fn assign_duty(&mut self, now: Moment) {
        let today = now.local.date();
        let candidates: Vec<_> = self
            .slots
            .iter_mut()
            .map(|slot| slot.candidate(today))
            .collect();
        let on_duty = self.limits.policy.on_duty(&candidates);
        // What is kept for corrections in drives that are nearly full is for the time when no
        // other drive is left.
        let otherwise = if on_duty.contains(&true) {
            Duty::Rests
        } else {
            Duty::Corrections
        };
        for (slot, on_duty) in self.slots.iter_mut().zip(on_duty) {
            slot.duty = if on_duty { Duty::Works } else { otherwise };
        }
    }

    /// Drives whose shift is open go first, so that a slack day opens few shifts; then those that
    /// have less to send, and among them those that can hold most documents, so that the drives
    /// wear evenly.
    fn by_preference(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.slots.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(self.slots[*index].preference()));
        order
    }

    fn on(&mut self, id: SlotId, now: Moment, act: impl FnOnce(&mut Slot, &mut Surroundings<'_>)) {
        if let Some(index) = self.place(id) {
            self.with_slot(index, now, act);
        }
    }

    fn place(&self, id: SlotId) -> Option<usize> {
        self.slots.iter().position(|slot| slot.id() == id)
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
            is_catching_up: self.is_catching_up,
            clock: self.clock.reason(now),
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
                order_key: lost.job.as_ref().map_or(0, |job| job.order_key),
                job: lost.job,
                since: now.mono,
                told: false,
            };
            self.doubts.add(lost.drive, doubt);
        }
    }

    fn stored(&mut self, now: Moment, token: Token) {
        match self.notes.stored(token) {
            Some(then) => self.go_on(now, then),
            None => self.each(now, |slot, around| slot.stored(token, around)),
        }
    }

    fn store_failed(&mut self, now: Moment, token: Token, why: &str) {
        let again = now.mono + self.limits.retry_after;
        match self.notes.failed(token, again) {
            Failed::AgainLater => {}
            Failed::Order(ask) => self.not_ordered(now, ask, why),
            Failed::NotHere => self.each(now, |slot, around| slot.store_failed(token, why, around)),
        }
    }

    fn go_on(&mut self, now: Moment, then: Then) {
        match then {
            Then::Nothing => {}
            Then::GiveBack(job) => self.dispatch.give_back(*job),
            Then::Finished(key) => self.dispatch.finished(key),
            Then::Settled(settled) => self.settled(settled),
            Then::Store(record, then) => self.notes.store(*record, *then, &mut self.outbox),
            Then::Obey(ask, deed) => self.obey(now, ask, *deed),
        }
    }

    /// A drive has told what became of its intent.
    fn settled(&mut self, settled: Settled) {
        let Some(doubt) = self.doubts.remove(settled.drive) else {
            self.wanted
                .extend(settled.receipt.filter(|_| !settled.formed));
            return;
        };
        match (doubt.job, settled.formed) {
            (_, true) if !doubt.told => self.dispatch.finished(doubt.order_key),
            (Some(job), false) if !doubt.told => self.dispatch.give_back(job),
            // Its account went on meanwhile.
            (Some(job), false) => self.dispatch.push(job),
            (None, false) => {
                self.wanted.extend(settled.receipt);
                if !doubt.told {
                    let wanted = settled.receipt.map(|id| (id, doubt.order_key));
                    self.expected.extend(wanted);
                }
            }
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
        // A drive that is here is lost nowhere.
        if let Some(drive) = self.slots[index].drive() {
            for other in (0..self.slots.len()).filter(|other| *other != index) {
                self.slots[other].forget_lost(drive);
            }
        }
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

    /// Whether the drive that this slot has lost may have a receipt of which nobody knows.
    fn is_in_doubt(&self, index: usize) -> bool {
        let lost = self.slots[index].lost();
        lost.is_some_and(|drive| self.doubts.is_told(drive))
    }

    fn tick(&mut self, now: Moment) {
        self.notes.retry(now.mono, &mut self.outbox);
        let (slots, notes) = (&self.slots, &self.notes);
        let is_gone = |drive: DriveNumber| {
            !notes.concern(drive) && !slots.iter().any(|slot| slot.is_settling(drive))
        };
        let told = self.doubts.tell(now.mono, self.limits.doubt_after, is_gone);
        for (record, then) in told {
            self.notes.store(record, then, &mut self.outbox);
        }
    }
}
