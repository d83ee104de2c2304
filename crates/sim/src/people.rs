//! People: what they order, what they do at the rack, and what they remember of it.

use std::collections::BTreeMap;

use cassette::{Ask, Event, NotObeyed, Order, Signed, SlotId, SlotState, SlotView, SwapStep};
use journal::ReceiptState;
use terms::{DocumentNumber, DriveNumber, Id, RegistrationReason, RegistrationReasons};

use crate::{Errand, SimDrive, World, drives::Make, life::Life, organisation, world::What};

/// Nobody replaces more drives in one life.
const SWAPS_MAX: u64 = 3;
/// After so many looks at a swap that does not go on it is abandoned, and after so many the drive is
/// pulled out all the same.
const ABANDONED_AFTER: u32 = 30;
const PULLED_AFTER: u32 = 60;

/// What people remember.
#[derive(Debug, Default)]
pub(crate) struct People {
    last_ask: u64,
    /// Orders that were not answered yet, in the words of [`Errand`].
    asked: BTreeMap<u64, &'static str>,
    /// Receipts of which somebody has ordered that they are formed anew.
    pub(crate) decisions: Vec<Decision>,
    /// How often somebody has looked at the swap in a socket.
    looks: BTreeMap<usize, u32>,
}

/// Somebody has ordered that a receipt is formed anew. Whether it was obeyed, the checkers do not
/// ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Decision {
    pub(crate) receipt: Id,
    /// The drive that may have it.
    pub(crate) drive: DriveNumber,
    /// As this document.
    pub(crate) number: DocumentNumber,
}

impl World {
    /// A person orders something.
    pub(crate) fn ask(&mut self, order: Order) {
        self.people.last_ask += 1;
        let ask = self.people.last_ask;
        self.people.asked.insert(ask, name(&order).name());
        let signed = Signed {
            by: "Дежурный".to_owned(),
            key: None,
            reason: "по журналу".to_owned(),
        };
        self.tell_now(Event::Ordered(Ask(ask), order, signed));
    }

    /// The cassette has obeyed, or says why not.
    pub(crate) fn hear_obeyed(&mut self, ask: Ask, answer: Result<(), NotObeyed>) {
        self.note(|| format!("order: {answer:?}"));
        let order = self.people.asked.remove(&ask.0);
        match answer {
            Ok(()) => self.counts.note(order.unwrap_or("unknown order")),
            Err(why) => self.counts.note(why.code()),
        }
    }

    /// One of the plan's errands is run, and another one later.
    pub(crate) fn errand(&mut self) {
        if !self.faulty {
            return;
        }
        let errands = self.shape.plan.errands.clone();
        let errand = self.chance.one_of(&errands);
        self.run(errand);
        let pause = self.shape.plan.pause;
        let after = self.chance.millis(50, 1_000 * pause);
        self.at(after, What::Errand);
    }

    /// A person does it now, if there is a reason to; now and then also without one.
    pub fn run(&mut self, errand: Errand) {
        let views = self.life.as_ref().map(Life::views).unwrap_or_default();
        if views.is_empty() {
            return;
        }
        let any = views[self.chance.place(views.len())].clone();
        let mut swaps: Vec<SlotView> = views.into_iter().filter(|it| it.swap.is_some()).collect();
        if self.chance.happens(100) {
            swaps.push(any.clone());
        }
        match errand {
            Errand::Swap => {
                if self.counts.of(Errand::Swap.name()) < SWAPS_MAX {
                    self.order_swap(wire(any.id));
                }
            }
            Errand::Rack => swaps.iter().for_each(|view| self.attend(view)),
            Errand::Abandon => {
                if let Some(view) = swaps.first() {
                    self.ask(Order::AbandonSwap(view.id));
                }
            }
            Errand::Confirm => {
                if let Some(view) = swaps.first() {
                    let place = self.chance.place(self.drives.len());
                    let any = self.drives[place].number;
                    let new = view.swap.as_ref().and_then(|swap| swap.new);
                    self.ask(Order::ConfirmDrive(view.id, new.unwrap_or(any)));
                }
            }
            Errand::Adopt => self.bring_or_adopt(any.id),
            Errand::Export => self.ask(Order::Export(any.id)),
            Errand::FormAnew => self.decide(),
            Errand::Release => self.release(),
            Errand::TrustClock => self.ask(Order::TrustClock),
        }
    }

    /// The drive in this socket shall be replaced by one that is registered for the same ККТ.
    pub fn order_swap(&mut self, wire: usize) {
        let Some(drive) = self.wires[wire].drive else {
            return;
        };
        let Some(rnm) = self.drives[drive].rnm() else {
            return;
        };
        let time = self.wall.local();
        let all = 0..self.drives.len();
        let registration = |place| organisation::registration(organisation::INN, place, time);
        let same = all.map(registration).find(|it| it.form.rnm == rnm);
        if let Some(mut same) = same {
            same.form.reasons = Some(RegistrationReasons::of([RegistrationReason::DriveChange]));
            self.ask(Order::Swap(slot(wire), Box::new(same)));
        }
    }

    /// Does what the swap of a slot needs of people.
    pub(crate) fn attend(&mut self, view: &SlotView) {
        let Some(swap) = &view.swap else { return };
        let wire = wire(view.id);
        let found = self.wires[wire].drive;
        match (swap.step, found) {
            (SwapStep::PullOut, Some(drive)) if self.drives[drive].number == swap.old => {
                if self.drives[drive].is_closed() {
                    self.put(wire, None);
                    self.drives[drive].put_aside = true;
                } else {
                    // It has failed before its archive was closed: perhaps it helps.
                    self.drives[drive].lose_power();
                    self.tell_now(Event::Reprobe(view.id));
                }
            }
            (SwapStep::PutIn, None) => {
                let blank = self.blank();
                self.counts.note(Errand::Rack.name());
                self.put(wire, Some(blank));
            }
            (SwapStep::PutIn, Some(drive)) if self.drives[drive].dead => self.put(wire, None),
            (SwapStep::Confirm, _) => {
                if let Some(new) = swap.new {
                    self.ask(Order::ConfirmDrive(view.id, new));
                }
            }
            _ => {}
        }
    }

    /// A drive that was never registered, out of its box.
    fn blank(&mut self) -> usize {
        let sockets = self.sockets();
        let mut own = self.own().filter(|place| !sockets.contains_key(place));
        let found = own.find(|place| self.drives[*place].last_document().get() == 0);
        found.unwrap_or_else(|| {
            let timer = self
                .shape
                .timers
                .then(|| Box::new(self.wall.timer()) as Box<_>);
            let blank = SimDrive::new(self.drives.len(), Make::default(), timer);
            self.drives.push(blank);
            self.drives.len() - 1
        })
    }

    /// Once a drive comes that has worked elsewhere; later somebody adopts it, or tries another one.
    fn bring_or_adopt(&mut self, id: SlotId) {
        let sockets = self.sockets();
        let is_newcomer = |place: &usize| self.drives[*place].is_newcomer;
        let newcomer = self.own().find(is_newcomer);
        let free = self.wires.iter().position(|wire| wire.drive.is_none());
        match (newcomer, free) {
            (None, Some(free)) => {
                let place = self.drives.len();
                let mut newcomer = SimDrive::new(place, Make::default(), None);
                let time = self.wall.local();
                newcomer.register(organisation::registration(organisation::INN, place, time));
                (newcomer.is_newcomer, newcomer.used_elsewhere) = (true, true);
                self.drives.push(newcomer);
                self.put(free, Some(place));
            }
            (newcomer, _) => {
                let found = newcomer.and_then(|place| sockets.get(&place).copied());
                self.ask(Order::Adopt(found.map_or(id, slot)));
            }
        }
    }

    /// The drive in this socket is replaced, by people who look every second. Says whether it was.
    pub fn replace_drive(&mut self, wire: usize) -> bool {
        let Some(old) = self.wires[wire].drive else {
            return false;
        };
        let mut looks = 0;
        self.run_until(std::time::Duration::from_secs(300), |world| {
            looks += 1;
            let views = world.life.as_ref().map(Life::views).unwrap_or_default();
            let Some(view) = views.get(wire) else {
                return false;
            };
            let number = world.drives[old].number;
            let is_new = view.drive.is_some_and(|drive| drive != number);
            if view.swap.is_some() {
                world.attend(view);
            } else if view.drive == Some(number) && looks % 5 == 1 {
                world.order_swap(wire);
            }
            use SlotState::{Ready, Resting, Working};
            view.swap.is_none() && is_new && matches!(view.state, Ready | Resting | Working)
        })
    }

    /// Somebody decides a doubt: the receipt is formed anew.
    fn decide(&mut self) {
        let doubts = self.doubts();
        if !doubts.is_empty() {
            let doubt = doubts[self.chance.place(doubts.len())];
            self.form_anew(doubt);
        }
    }

    fn form_anew(&mut self, doubt: Decision) {
        if !self.people.decisions.contains(&doubt) {
            self.people.decisions.push(doubt);
        }
        self.ask(Order::FormAnew(doubt.receipt));
    }

    /// The receipts in doubt, as the journal shows them.
    fn doubts(&self) -> Vec<Decision> {
        let Some(life) = &self.life else {
            return Vec::new();
        };
        let intents = life.reader.open_intents().unwrap_or_default();
        let doubt = |event| match event {
            Event::IntentLeft {
                drive,
                number,
                receipt: Some(receipt),
                in_doubt: true,
                ..
            } => Some(Decision {
                receipt,
                drive,
                number,
            }),
            _ => None,
        };
        intents.into_iter().filter_map(doubt).collect()
    }

    /// The drives that were asked for a document and have not told what became of it.
    fn intents(&self) -> Vec<DriveNumber> {
        let life = self.life.as_ref();
        let intents = life.and_then(|life| life.reader.open_intents().ok());
        let drive = |event| match event {
            Event::IntentLeft { drive, .. } => Some(drive),
            _ => None,
        };
        let intents = intents.unwrap_or_default().into_iter();
        intents.filter_map(drive).collect()
    }

    fn held(&self) -> Vec<Id> {
        let mut held = Vec::new();
        if let Some(life) = &self.life {
            let read = life.reader.each_receipt(|receipt| {
                if receipt.state == ReceiptState::Held {
                    held.push(receipt.id);
                }
                Ok(())
            });
            // Whoever cannot see them looks again later.
            if read.is_err() {
                held.clear();
            }
        }
        held
    }

    fn release(&mut self) {
        let held = self.held();
        if !held.is_empty() {
            let receipt = held[self.chance.place(held.len())];
            self.ask(Order::Release(receipt));
        }
    }

    /// Faults are over: people do what there is to do.
    pub(crate) fn tidy_up(&mut self, views: &[SlotView]) {
        self.bring_home();
        for view in views {
            let looks = self.people.looks.entry(wire(view.id)).or_default();
            *looks = if view.swap.is_some() { *looks + 1 } else { 0 };
            match *looks {
                0 => {}
                ABANDONED_AFTER => self.ask(Order::AbandonSwap(view.id)),
                PULLED_AFTER => self.put(wire(view.id), None),
                _ => self.attend(view),
            }
        }
        for receipt in self.held() {
            self.ask(Order::Release(receipt));
        }
        if self.shape.plan.doubts_decided {
            // What a drive can tell, nobody needs to decide.
            let cannot_tell = |doubt: &Decision| {
                let mut drives = self.drives.iter();
                drives.any(|drive| drive.number == doubt.drive && !drive.is_sound())
            };
            let doubts: Vec<Decision> = self.doubts().into_iter().filter(cannot_tell).collect();
            doubts.into_iter().for_each(|doubt| self.form_anew(doubt));
        }
        self.see_that_one_works(views);
    }

    /// Drives that lie about and are not done with go back into sockets: those that have documents,
    /// or may have.
    fn bring_home(&mut self) {
        let sockets = self.sockets();
        let asked = self.intents();
        let away: Vec<usize> = self.own().filter(|it| !sockets.contains_key(it)).collect();
        for drive in away {
            let it = &mut self.drives[drive];
            let is_used = it.last_document().get() > 0 || asked.contains(&it.number);
            let is_needed = is_used && !it.put_aside && !it.dead;
            let free = self.wires.iter().position(|wire| wire.drive.is_none());
            if let Some(free) = free.filter(|_| is_needed) {
                self.put(free, Some(drive));
            }
        }
    }

    /// When no drive is left that could work, a new one is registered.
    fn see_that_one_works(&mut self, views: &[SlotView]) {
        let waits = self
            .life
            .as_ref()
            .is_some_and(|it| it.cassette.waiting() > 0);
        let works = |view: &SlotView| {
            use SlotState::{Closed, Empty, Exhausted, Faulty, Foreign, InDoubt, Lost};
            !matches!(
                view.state,
                Closed | Empty | Exhausted | Faulty | Foreign | InDoubt | Lost
            )
        };
        let unregistered =
            |view: &&SlotView| view.state == SlotState::Unregistered && view.swap.is_none();
        if let Some(view) = views.iter().find(unregistered) {
            if let Some(drive) = self.wires[wire(view.id)].drive {
                let time = self.wall.local();
                let registration = organisation::registration(organisation::INN, drive, time);
                self.ask(Order::TrustClock);
                self.tell_now(Event::Register(view.id, Box::new(registration)));
            }
        } else if waits && !views.iter().any(works) {
            let free = self.wires.iter().position(|wire| wire.drive.is_none());
            if let Some(free) = free {
                let blank = self.blank();
                self.put(free, Some(blank));
            }
        }
    }

    /// Dead drives come back.
    pub fn revive(&mut self) {
        for place in 0..self.drives.len() {
            if std::mem::take(&mut self.drives[place].dead) {
                self.note(|| format!("drive {place} comes back"));
                self.counts.note("dead drive came back");
                self.drives[place].lose_power();
            }
        }
    }
}

const fn name(order: &Order) -> Errand {
    match order {
        Order::FormAnew(_) => Errand::FormAnew,
        Order::Release(_) => Errand::Release,
        Order::Swap(..) => Errand::Swap,
        Order::ConfirmDrive(..) => Errand::Confirm,
        Order::AbandonSwap(_) => Errand::Abandon,
        Order::Adopt(_) => Errand::Adopt,
        Order::Export(_) => Errand::Export,
        Order::TrustClock => Errand::TrustClock,
    }
}

const fn slot(wire: usize) -> SlotId {
    SlotId(wire as u8 + 1)
}

fn wire(slot: SlotId) -> usize {
    usize::from(slot.0) - 1
}
