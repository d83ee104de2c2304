//! The checkers: they stand outside and look at drives and journal, never at what the machines
//! believe; only at the end must the machines have nothing left to do.

use fn_proto::DocumentKind;

use super::{
    journal::State,
    world::{World, receipt_object},
};
use crate::{Event, Reason, SlotState};

impl World {
    /// Faults are over, drives but one are back, a person looks at what asks for one. Says how many
    /// seconds it took until everything was done, or what is not.
    pub(super) fn recover(&mut self, gone: Option<usize>) -> Result<u32, String> {
        self.faults.clear();
        (self.store_failures, self.load_failures) = (0, 0);
        (self.ofd_failures, self.wrong_tickets) = (0, 0);
        self.live(2);
        self.put_all_back(gone);
        let seconds_max = 1_200;
        for second in 0..seconds_max {
            if let Some(violation) = self.violation() {
                return Err(violation);
            }
            if self.what_is_left(gone).is_none() {
                return Ok(second);
            }
            if second % 20 == 0 {
                self.call_a_person();
            }
            self.live(1);
        }
        let left = self.what_is_left(gone).unwrap_or_default();
        Err(format!(
            "after {seconds_max} s: {left}; {:#?}",
            self.cassette
        ))
    }

    fn put_all_back(&mut self, gone: Option<usize>) {
        if let Some(gone) = gone {
            self.pull(gone);
            self.live(3);
        }
        let mut seen = Vec::new();
        for wire in &mut self.wires {
            wire.drive.take_if(|drive| seen.contains(drive));
            seen.extend(wire.drive);
        }
        for drive in (0..self.drives.len()).filter(|drive| Some(*drive) != gone) {
            let free = self.wires.iter().position(|wire| wire.drive.is_none());
            if let Some(place) = free.filter(|_| !self.is_anywhere(drive)) {
                self.put(drive, place);
            }
        }
    }

    /// Looks at the slots whose reason says that somebody should.
    fn call_a_person(&mut self) {
        for view in self.views() {
            match view.reason {
                Some(Reason::Faulty(_)) if view.state == SlotState::Unusable => {
                    self.tell(Event::Reprobe(view.id));
                }
                Some(
                    reason @ (Reason::Contradiction(_)
                    | Reason::UnknownDocuments { .. }
                    | Reason::MissingDocuments { .. }),
                ) => self.violations.push(format!("slot {}: {reason}", view.id)),
                _ => {}
            }
        }
    }

    pub(super) fn violation(&self) -> Option<String> {
        let all = self.violations.iter().chain(&self.journal.violations);
        all.into_iter().next().cloned()
    }

    /// What is not done yet, if anything.
    fn what_is_left(&self, gone: Option<usize>) -> Option<String> {
        let gone_number = gone.map(|gone| self.drives[gone].number);
        for (id, receipt) in &self.journal.receipts {
            let is_on_gone = self.journal.intents.iter().any(|(drive, intent)| {
                Some(*drive) == gone_number && intent.task.receipt() == Some(*id)
            });
            let expected = if is_on_gone {
                State::InDoubt
            } else {
                State::Fiscalized
            };
            if receipt.state != expected {
                return Some(format!("receipt {id} is {:?}", receipt.state));
            }
        }
        for drive in &self.drives {
            let rows = &self.journal.documents[&drive.number];
            if Some(drive.number) == gone_number {
                continue;
            }
            if self.journal.intents.contains_key(&drive.number) {
                return Some(format!("{} has an open intent", drive.number));
            }
            if rows.iter().any(|row| !row.acknowledged) {
                return Some(format!("{} has documents without ticket", drive.number));
            }
        }
        let (waiting, notes) = (self.cassette.waiting(), self.cassette.notes_left());
        (waiting + notes > 0).then(|| format!("{waiting} receipts, {notes} records wait"))
    }

    /// Compares drives and journal from outside.
    pub(super) fn check(&self, gone: Option<usize>) -> Result<(), String> {
        if let Some(violation) = self.violation() {
            return Err(violation);
        }
        for (id, receipt) in &self.journal.receipts {
            let object = receipt_object(*id);
            let documents: usize = self
                .drives
                .iter()
                .flat_map(|drive| &drive.archive)
                .filter(|document| document.data.starts_with(&object))
                .count();
            let expected = match receipt.state {
                State::Fiscalized => documents == 1,
                State::InDoubt => documents <= 1,
                _ => documents == 0,
            };
            if !expected {
                return Err(format!(
                    "receipt {id}, {:?}: {documents} documents",
                    receipt.state
                ));
            }
        }
        for (place, drive) in self.drives.iter().enumerate() {
            let rows = &self.journal.documents[&drive.number];
            let archived = drive.archive.iter().map(|it| (it.kind, it.formed));
            let known = rows.iter().map(|row| (row.kind, row.formed));
            if Some(place) != gone && !archived.clone().eq(known.clone()) {
                return Err(format!(
                    "{}: {:?} but {rows:?}",
                    drive.number, drive.archive
                ));
            }
            // What a drive that is gone has is known, but for the last document at the most.
            if known.clone().count() > archived.clone().count()
                || !known.clone().eq(archived.clone().take(known.count()))
                || archived.count() > rows.len() + 1
            {
                return Err(format!("{}, gone: {rows:?}", drive.number));
            }
            for (document, row) in drive.archive.iter().zip(rows) {
                let is_its = row.receipt.is_none_or(|id| {
                    [DocumentKind::Receipt, DocumentKind::Correction].contains(&document.kind)
                        && document.data.starts_with(&receipt_object(id))
                });
                if !is_its || (row.acknowledged && document.ticket.is_none()) {
                    return Err(format!("{}: {row:?} but {document:?}", drive.number));
                }
            }
        }
        Ok(())
    }
}
