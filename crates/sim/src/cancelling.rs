//! Billing and people take operations back of which nothing is formed.

use cassette::{Ask, Order};
use journal::{Cancellable, OperationRow, ReceiptState};
use terms::Id;

use crate::{Errand, World};

impl World {
    /// Somebody cancels one of the operations, mostly one of the last: what waits is young.
    pub(crate) fn cancel_some(&mut self) {
        let known: Vec<usize> = (0..self.client.sent.len())
            .filter(|place| {
                let sent = &self.client.sent[*place];
                sent.accepted.is_some() && !sent.forgotten
            })
            .collect();
        if known.is_empty() {
            return;
        }
        let young = known.len().min(3);
        let place = if self.chance.happens(800) {
            known[known.len() - 1 - self.chance.place(young)]
        } else {
            known[self.chance.place(known.len())]
        };
        self.cancel(place);
    }

    /// The desk looks at the journal first, and then asks the cassette.
    fn cancel(&mut self, place: usize) {
        let Some(id) = self.client.sent[place].accepted else {
            return;
        };
        let Some(life) = &self.life else { return };
        match life.reader.cancellable(id) {
            Ok(Ok(Cancellable::Now(withdrawal))) => {
                self.client.sent[place].cancel_asked = true;
                self.people.cancelling.insert(self.people.next_ask(), place);
                self.ask(Order::Cancel(withdrawal));
            }
            Ok(Ok(Cancellable::Already(_))) => {}
            Ok(Err(why)) => self.counts.note(why.code()),
            Err(error) if self.ailments.disk() || self.is_dark() => self.note(|| error.to_string()),
            Err(error) => self.violate("L1", format!("operation {id} cannot be weighed: {error}")),
        }
    }

    /// An order has been obeyed: perhaps it was to cancel an operation.
    pub(crate) fn hear_cancelled(&mut self, ask: Ask) {
        if let Some(place) = self.people.cancelling.remove(&ask.0) {
            let sent = &mut self.client.sent[place];
            (sent.cancel_told, sent.cancelled) = (true, true);
            self.counts.note(CANCELLED);
        }
    }

    /// A receipt is about to be cancelled that a drive may have: see [`World::note_intent`].
    pub(crate) fn note_cancelling(&mut self, operation: Id) {
        let Some(life) = &self.life else { return };
        let found = life.reader.operation(operation).ok().flatten();
        let receipts = found.map_or(Vec::new(), |found| found.receipts);
        for receipt in receipts {
            self.note_intent(receipt.id, &receipt.tlv);
        }
    }

    /// S1 and S2: what was cancelled stays so and has no document, and nobody but those who were
    /// asked to has cancelled anything.
    pub(crate) fn check_cancelled(&mut self, place: usize, found: &OperationRow) {
        let sent = &mut self.client.sent[place];
        let (asked, told) = (sent.cancel_asked, sent.cancel_told);
        sent.cancelled = found.cancelled.is_some();
        let key = sent.key.clone();
        if found.cancelled.is_none() {
            if told {
                self.violate("S2", format!("{key} was cancelled, and is not"));
            }
            return;
        }
        if !asked {
            self.violate(
                "S2",
                format!("{key} is cancelled, and nobody has asked for it"),
            );
        }
        let is_left = |receipt: &journal::ReceiptRow| {
            receipt.state != ReceiptState::Refused || receipt.document.is_some()
        };
        if let Some(left) = found.receipts.iter().find(|receipt| is_left(receipt)) {
            let what = format!("{key} is cancelled, its receipt is {}", left.state.name());
            self.violate("S1", what);
        }
    }
}

/// An operation that was cancelled, as billing was told.
pub(crate) const CANCELLED: &str = Errand::Cancel.name();
