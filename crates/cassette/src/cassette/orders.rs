//! What people order, and whether it can be obeyed.

use terms::Id;

use super::Cassette;
use crate::{
    event::{Effect, Moment, SlotId},
    notes::{Deed, Then},
    order::{Ask, NotObeyed, Order, Signed, Withdrawal},
    record::{Record, SwapChange},
    swap::{Swap, SwapDeed},
};

impl Cassette {
    /// Orders are obeyed one after another: each is weighed on what those before have changed.
    pub(super) fn ordered(&mut self, now: Moment, ask: Ask, order: Order, signed: Signed) {
        self.orders.push_back((ask, order, signed));
        self.next_order(now);
    }

    fn next_order(&mut self, now: Moment) {
        while !self.notes.hold_an_order()
            && let Some((ask, order, signed)) = self.orders.pop_front()
        {
            match self.weigh(now, order, signed) {
                Ok(Some((record, deed))) => {
                    let then = Then::Obey(ask, Box::new(deed));
                    self.notes.store(record, then, &mut self.outbox);
                }
                Ok(None) => self.answer(ask, Ok(())),
                Err(why) => self.answer(ask, Err(why)),
            }
        }
    }

    /// The journal refuses to store an order.
    pub(super) fn not_ordered(&mut self, now: Moment, ask: Ask, why: &str) {
        self.answer(ask, Err(NotObeyed::JournalRefuses(why.to_owned())));
        // Only one order is on its way at a time.
        self.slots
            .iter_mut()
            .for_each(|slot| slot.hold_closing(false));
        self.dispatch.restore();
        self.next_order(now);
    }

    /// What has to be journaled first, and what then follows; nothing when the order is obeyed at
    /// once.
    fn weigh(
        &mut self,
        now: Moment,
        order: Order,
        signed: Signed,
    ) -> Result<Option<(Record, Deed)>, NotObeyed> {
        if let Order::Swap(id, _) | Order::ConfirmDrive(id, _) | Order::AbandonSwap(id) = order
            && self.notes.are_about_swap(id)
        {
            let why = "what the swap has come to is still to be stored: order it again in a moment";
            return Err(NotObeyed::JournalRefuses(why.to_owned()));
        }
        Ok(Some(match order {
            Order::FormAnew(receipt) => self.form_anew(receipt, signed)?,
            Order::Release(receipt) => (Record::Released { receipt, signed }, Deed::Want(receipt)),
            Order::Cancel(withdrawal) => self.cancel(withdrawal, signed)?,
            Order::Swap(id, registration) => {
                let slot = self.slot(id)?;
                let old = slot.may_be_swapped()?;
                let record = Record::Swap {
                    slot: id,
                    drive: old,
                    change: SwapChange::Ordered(registration.clone(), signed),
                };
                let swap = Swap {
                    old,
                    registration,
                    is_exported: false,
                    confirmed: None,
                };
                (record, Deed::Swap(id, SwapDeed::Begin(Box::new(swap))))
            }
            Order::ConfirmDrive(id, drive) => {
                let old = self.slot(id)?.may_be_confirmed(drive)?;
                let record = Record::Swap {
                    slot: id,
                    drive: old,
                    change: SwapChange::Confirmed(drive, signed),
                };
                (record, Deed::Swap(id, SwapDeed::Confirm(drive)))
            }
            Order::AbandonSwap(id) => {
                let place = self.place(id).ok_or(NotObeyed::NoSuchSlot)?;
                let old = self.slots[place].may_be_abandoned()?;
                self.slots[place].hold_closing(true);
                let record = Record::Swap {
                    slot: id,
                    drive: old,
                    change: SwapChange::Abandoned(signed),
                };
                (record, Deed::Swap(id, SwapDeed::Abandon))
            }
            Order::Adopt(id) => {
                let (drive, last_document) = self.slot(id)?.may_be_adopted()?;
                let record = Record::Adopted {
                    drive,
                    last_document,
                    signed,
                };
                (record, Deed::Reprobe(id))
            }
            Order::Export(id) => {
                let place = self.place(id).ok_or(NotObeyed::NoSuchSlot)?;
                self.slots[place].export()?;
                return Ok(None);
            }
            Order::TrustClock if self.clock.reason(now).is_none() => {
                return Err(NotObeyed::ClockIsRight);
            }
            Order::TrustClock => (Record::ClockTrusted(signed), Deed::TrustClock),
        }))
    }

    /// Only for a receipt that stands in doubt for all to see, and whose drive nobody asks just
    /// now: what the drive says counts more than what a person believes.
    fn form_anew(&self, receipt: Id, signed: Signed) -> Result<(Record, Deed), NotObeyed> {
        let found = self.doubts.find(receipt).filter(|(_, doubt)| doubt.told);
        let (drive, doubt) = found.ok_or(NotObeyed::NotInDoubt)?;
        let is_asked = self.slots.iter().any(|slot| slot.is_settling(drive));
        if is_asked || self.notes.concern(drive) {
            return Err(NotObeyed::DriveIsAsked(drive));
        }
        let record = Record::FormAnew {
            drive,
            number: doubt.number,
            receipt,
            signed,
        };
        Ok((record, Deed::Want(receipt)))
    }

    /// Only while all its receipts wait. From here on no drive gets one of them, unless the journal
    /// refuses: an intent that is on its way there was asked for before, and is seen here.
    fn cancel(
        &mut self,
        withdrawal: Withdrawal,
        signed: Signed,
    ) -> Result<(Record, Deed), NotObeyed> {
        let Withdrawal {
            operation,
            receipts,
            order_key,
        } = withdrawal;
        if self.is_catching_up && !receipts.is_empty() {
            return Err(NotObeyed::DrivesAreAsked);
        }
        for receipt in &receipts {
            if self.doubts.find(*receipt).is_some() {
                return Err(NotObeyed::InDoubt(*receipt));
            }
            if self.dispatch.is_taken(*receipt, order_key) {
                return Err(NotObeyed::BeingFormed(*receipt));
            }
        }
        for receipt in &receipts {
            self.dispatch.withhold(*receipt, order_key);
        }
        let record = Record::Cancelled { operation, signed };
        Ok((record, Deed::Withdraw(receipts)))
    }

    fn slot(&self, id: SlotId) -> Result<&crate::Slot, NotObeyed> {
        let place = self.place(id).ok_or(NotObeyed::NoSuchSlot)?;
        Ok(&self.slots[place])
    }

    /// The order is durable.
    pub(super) fn obey(&mut self, now: Moment, ask: Ask, deed: Deed) {
        match deed {
            Deed::Want(receipt) => {
                if let Some((drive, _)) = self.doubts.find(receipt) {
                    self.doubts.remove(drive);
                }
                self.wanted.push(receipt);
            }
            Deed::Withdraw(receipts) => receipts.into_iter().for_each(|receipt| {
                // Its line was kept free for it.
                if let Some(key) = self.expected.remove(&receipt) {
                    self.dispatch.finished(key);
                }
                self.dispatch.cancelled(receipt);
            }),
            Deed::Swap(id, deed) => self.on(id, now, |slot, _| slot.swap(deed)),
            Deed::Reprobe(id) => self.on(id, now, |slot, around| slot.reprobe(around)),
            Deed::TrustClock => self.clock.trust(now),
        }
        self.answer(ask, Ok(()));
        self.next_order(now);
    }

    fn answer(&mut self, ask: Ask, answer: Result<(), NotObeyed>) {
        self.outbox.effects.push(Effect::Answer(ask, answer));
    }
}
