//! The checkers: they stand outside and look at drives and journal, never at what the machines
//! believe; only at the end must the machines have nothing left to do.

use fn_proto::{DocumentKind, Phase};
use terms::DriveNumber;

use super::{
    drive::Drive,
    journal::{Row, State},
    stories::replacement,
    world::{World, receipt_object, slot_id},
};
use crate::{Event, Order, Reason, SlotId, SlotState, SwapStep, SwapView};

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
                self.put_used_ones_back(gone);
                self.call_a_person(gone);
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
        // New drives that were put in too early: the old one is to be closed first.
        for place in 0..self.wires.len() {
            let swap = self.journal.swaps.get(&slot_id(place));
            let is_early = swap.is_none_or(|swap| !swap.is_exported);
            let drive = self.wires[place].drive.filter(|_| is_early);
            if let Some(blank) = drive.filter(|it| self.drives[*it].archive.is_empty()) {
                self.pull(blank);
            }
        }
        self.live(3);
        let mut seen = Vec::new();
        for wire in &mut self.wires {
            wire.drive.take_if(|drive| seen.contains(drive));
            seen.extend(wire.drive);
        }
        self.put_used_ones_back(gone);
    }

    /// Drives that work, or that are not closed to the end, belong into the rack.
    fn put_used_ones_back(&mut self, gone: Option<usize>) {
        let is_used = |drive: &usize| {
            let it = &self.drives[*drive];
            !it.archive.is_empty() && !self.journal.exported.contains(&it.number)
        };
        let mut used: Vec<usize> = (0..self.drives.len()).filter(is_used).collect();
        used.sort_by_key(|drive| !self.has_something_left(*drive));
        for drive in used.into_iter().filter(|drive| Some(*drive) != gone) {
            if self.is_anywhere(drive) {
                continue;
            }
            let free = self.wires.iter().position(|wire| wire.drive.is_none());
            match free {
                Some(place) => self.put(drive, place),
                // A new drive has taken its place before it was closed.
                None if self.has_something_left(drive) => self.make_room(),
                None => {}
            }
        }
    }

    /// Takes a drive out that has nothing left to say, for one that has.
    fn make_room(&mut self) {
        let behind = self.wires.iter().filter_map(|wire| wire.drive);
        let mut behind = behind.filter(|drive| !self.has_something_left(*drive));
        let done = behind.next();
        if let Some(done) = done {
            self.pull(done);
        }
    }

    fn has_something_left(&self, drive: usize) -> bool {
        let number = self.drives[drive].number;
        let is_unsent = |row: &Row| !row.acknowledged;
        self.journal.intents.contains_key(&number) || self.rows(number).iter().any(is_unsent)
    }

    /// Looks at the slots whose reason says that somebody should, and does what swaps wait for.
    fn call_a_person(&mut self, gone: Option<usize>) {
        for view in self.views() {
            match view.reason {
                Some(Reason::Faulty(_)) if view.state == SlotState::Faulty => {
                    // Before it is pulled out: it may have got over it.
                    self.tell(Event::Reprobe(view.id));
                    continue;
                }
                Some(
                    reason @ (Reason::Contradiction(_)
                    | Reason::UnknownDocuments { .. }
                    | Reason::MissingDocuments { .. }),
                ) => self.violations.push(format!("slot {}: {reason}", view.id)),
                Some(Reason::ClockJumped { .. }) => self.ask(Order::TrustClock),
                _ => {}
            }
            match (view.swap, view.state) {
                (Some(swap), _) => self.go_on_with(view.id, &swap, gone),
                (None, SlotState::Closed) => {
                    self.ask(Order::Swap(view.id, Box::new(replacement())));
                }
                (None, SlotState::Unregistered) => {
                    self.tell(Event::Register(view.id, Box::new(replacement())));
                }
                (None, _) => {}
            }
        }
        let is_left = self.drives.iter().any(|drive| drive.phase == Phase::Fiscal);
        if !is_left {
            self.put_a_blank_in();
        }
    }

    fn is_elsewhere(&self, drive: DriveNumber, place: usize) -> bool {
        let mut wires = self.wires.iter().enumerate();
        wires.any(|(other, wire)| {
            let number = wire.drive.map(|drive| self.drives[drive].number);
            other != place && number == Some(drive)
        })
    }

    /// Every drive was closed. If no new one is left, one is bought.
    fn put_a_blank_in(&mut self) {
        let is_blank = |drive: &usize| self.drives[*drive].archive.is_empty();
        let mut blank = (0..self.drives.len()).find(|it| is_blank(it) && !self.is_anywhere(*it));
        if blank.is_none() && self.drives.iter().all(|drive| !drive.archive.is_empty()) {
            let time = self.local.plus_minutes(-24 * 60).unwrap();
            self.drives.push(Drive::blank(self.drives.len(), time));
            blank = Some(self.drives.len() - 1);
        }
        let free = self.wires.iter().position(|wire| wire.drive.is_none());
        if let (Some(blank), Some(place)) = (blank, free) {
            self.put(blank, place);
        }
    }

    fn go_on_with(&mut self, id: SlotId, swap: &SwapView, gone: Option<usize>) {
        let place = usize::from(id.0) - 1;
        match (swap.step, swap.new) {
            (SwapStep::PullOut, _) => {
                if let Some(drive) = self.wires[place].drive {
                    self.pull(drive);
                }
            }
            // The old drive works in another slot.
            (SwapStep::PutIn | SwapStep::Confirm, _) if self.is_elsewhere(swap.old, place) => {
                self.ask(Order::AbandonSwap(id));
            }
            (SwapStep::PutIn, _) => {
                let blank = (0..self.drives.len())
                    .find(|it| self.drives[*it].archive.is_empty() && !self.is_anywhere(*it));
                match blank {
                    Some(blank) if self.wires[place].drive.is_none() => self.put(blank, place),
                    // Its place is taken, or there is none to put in.
                    _ => self.ask(Order::AbandonSwap(id)),
                }
            }
            (SwapStep::Confirm, Some(new)) => {
                let is_gone = gone.is_some_and(|gone| self.drives[gone].number == swap.old);
                let is_exported = self.journal.exported.contains(&swap.old);
                match self.wires[place].drive {
                    // Too early: the old drive is to be closed first.
                    Some(blank) if !is_exported && !is_gone => self.pull(blank),
                    _ => self.ask(Order::ConfirmDrive(id, new)),
                }
            }
            _ => {}
        }
    }

    pub(super) fn violation(&self) -> Option<String> {
        let all = self.violations.iter().chain(&self.journal.violations);
        all.into_iter().next().cloned()
    }

    fn rows(&self, drive: DriveNumber) -> &[Row] {
        let rows = self.journal.documents.get(&drive);
        rows.map_or(&[], Vec::as_slice)
    }

    /// What is not done yet, if anything.
    fn what_is_left(&self, gone: Option<usize>) -> Option<String> {
        let gone_number = gone.map(|gone| self.drives[gone].number);
        for (id, receipt) in &self.journal.receipts {
            let is_on_gone = self.journal.intents.iter().any(|(drive, intent)| {
                Some(*drive) == gone_number
                    && intent.task.receipt() == Some(*id)
                    && !intent.given_up
            });
            let expected = if is_on_gone {
                State::InDoubt
            } else {
                State::Fiscalized
            };
            if ![expected, State::Cancelled].contains(&receipt.state) {
                return Some(format!("receipt {id} is {:?}", receipt.state));
            }
        }
        for drive in &self.drives {
            let rows = self.rows(drive.number);
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
        if let Some((slot, swap)) = self.journal.swaps.first_key_value() {
            return Some(format!("slot {slot}: {swap:?}"));
        }
        let (waiting, notes) = (self.cassette.waiting(), self.cassette.notes_left());
        (waiting + notes > 0).then(|| format!("{waiting} receipts, {notes} records wait"))
    }

    /// Compares drives and journal from outside.
    pub(super) fn check(&self, gone: Option<usize>) -> Result<(), String> {
        if let Some(violation) = self.violation() {
            return Err(violation);
        }
        for (ask, receipts) in &self.cancellations {
            let is_done = self.answers.contains(&(*ask, Ok(())));
            let is_cancelled = |id| self.journal.receipts[id].state == State::Cancelled;
            if is_done && !receipts.iter().all(is_cancelled) {
                return Err(format!("{receipts:?} were cancelled, and are not"));
            }
        }
        for (id, receipt) in &self.journal.receipts {
            let object = receipt_object(*id);
            let documents: usize = self
                .drives
                .iter()
                .flat_map(|drive| &drive.archive)
                .filter(|document| document.data.starts_with(&object))
                .count();
            let doubled = self.journal.doubled.iter().filter(|it| *it == id).count();
            // What a drive that is gone has beside the one that a person has ordered is not known.
            let unknown = self
                .journal
                .intents
                .values()
                .filter(|it| it.given_up && it.task.receipt() == Some(*id))
                .count();
            let (least, most) = match receipt.state {
                State::Fiscalized => (1 + doubled, 1 + doubled + unknown),
                State::InDoubt => (0, 1),
                _ => (0, 0),
            };
            if !(least..=most).contains(&documents) {
                return Err(format!(
                    "receipt {id}, {:?}: {documents} documents",
                    receipt.state
                ));
            }
        }
        for (place, drive) in self.drives.iter().enumerate() {
            let rows = self.rows(drive.number);
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
        for (drive, files) in &self.files {
            let of_drive = self.drives.iter().find(|it| it.number == *drive);
            let archive = of_drive.map_or(&[][..], |it| it.archive.as_slice());
            let agree = files.iter().zip(archive).all(|(entry, document)| {
                entry.document.document == document.formed && entry.tlv.ends_with(&document.data)
            });
            // Of a drive that fails what can be read is kept.
            let is_closed = of_drive.is_some_and(|it| it.phase == Phase::ArchiveOnly);
            let has_all = files.len() == archive.len()
                && files
                    .iter()
                    .all(|it| it.operator_sign.is_some() || !is_closed);
            let is_whole = !self.journal.exported.contains(drive) || has_all;
            if !agree || !is_whole {
                return Err(format!("the files of {drive} differ from it: {files:?}"));
            }
        }
        Ok(())
    }
}
