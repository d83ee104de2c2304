//! The end of a life: faults are over, and everything must come to its end.

use std::time::Duration;

use cassette::{Event, Order, Reason, SlotState};
use journal::ReceiptState;

use crate::{World, world::What};

/// So much simulated time everything may take once faults are over.
const PATIENCE: Duration = Duration::from_secs(2 * 3_600);
/// How often a person looks at the slots.
const LOOKS: u64 = 20;

impl World {
    /// Faults are over: puts right what people can put right, waits until everything has come to
    /// its end, and checks everything. Says how long it took.
    pub fn settle(&mut self) -> Duration {
        self.heal_all();
        // What was to be cut and was not reached.
        self.cut_later = None;
        self.disk.cut_power_at(u64::MAX);
        self.note(|| "-- faults are over".to_owned());
        self.wait_for_the_clock();
        if self.life.is_none() {
            self.at(Duration::ZERO, What::Start);
        }
        let began = self.now;
        // What was wished just now has begun then.
        self.run_for(Duration::from_secs(1));
        let mut seconds = 0;
        let settled = self.run_until(PATIENCE, |world| {
            seconds += 1;
            if seconds % LOOKS == 0 {
                world.call_a_person();
            }
            world.what_is_left().is_none()
        });
        let took = self.now - began;
        if !settled && let Some(left) = self.what_is_left() {
            let slots = self.slots_told();
            self.violate("L1", format!("after {took:?}: {left}; {slots}"));
        }
        if self.violations.is_empty() {
            self.check_end();
        }
        took
    }

    /// A clock that stood ahead has made documents of the future: no others are formed before it
    /// has come.
    fn wait_for_the_clock(&mut self) {
        let times = self.drives.iter_mut().flat_map(|drive| drive.documents());
        let last = times.map(|document| document.archived.time).max();
        let minutes = last.map_or(0, |last| last.minutes_since(self.wall.local()));
        if minutes > 0 {
            self.wall.pass(minutes * 60_000);
        }
    }

    /// Looks at what says that somebody should.
    fn call_a_person(&mut self) {
        let Some(life) = &self.life else { return };
        let views = life.views();
        self.tidy_up(&views);
        for view in views {
            let wire = usize::from(view.id.0) - 1;
            let place = self.wires[wire].drive;
            // The slot may not have noticed yet that another drive is in it.
            let read = self.drives.iter().find(|it| Some(it.number) == view.drive);
            let sound = read.is_some_and(crate::SimDrive::is_sound);
            match view.reason {
                Some(Reason::Faulty(_)) if view.state == SlotState::Faulty => {
                    if let Some(place) = place {
                        self.drives[place].lose_power();
                    }
                    self.tell_now(Event::Reprobe(view.id));
                }
                Some(
                    reason @ (Reason::Contradiction(_)
                    | Reason::UnknownDocuments { .. }
                    | Reason::MissingDocuments { .. }),
                ) if sound => {
                    self.violate("S3", format!("slot {}: {reason}", view.id));
                }
                Some(Reason::ClockJumped { .. }) => self.ask(Order::TrustClock),
                Some(Reason::UnknownDocuments { .. }) => self.ask(Order::Adopt(view.id)),
                _ => {}
            }
        }
    }

    /// What is not done yet, if anything.
    pub(crate) fn what_is_left(&mut self) -> Option<String> {
        let Some(life) = &self.life else {
            return Some("the process does not run".to_owned());
        };
        if !self.client.is_done() {
            return Some("billing waits for answers".to_owned());
        }
        let waiting = life.cassette.waiting();
        if waiting > 0 {
            return Some(format!("{waiting} receipts wait for a drive"));
        }
        let mut views = life.views().into_iter();
        if let Some(view) = views.find(|view| view.swap.is_some()) {
            return Some(format!("the swap in slot {} is under way", view.id));
        }
        let left = self.receipts_left().or_else(|| self.documents_left());
        let left = left.or_else(|| self.intents_left());
        left.or_else(|| self.unknown_left())
    }

    fn receipts_left(&self) -> Option<String> {
        let life = self.life.as_ref()?;
        let mut left = None;
        let read = life.reader.each_receipt(|receipt| {
            let done = match receipt.state {
                ReceiptState::Acknowledged => true,
                // It counts as done with its drive's documents.
                ReceiptState::Fiscalized => true,
                // Its intent must be on a drive that cannot be asked, see below.
                ReceiptState::InDoubt => true,
                // It was cancelled.
                ReceiptState::Refused => true,
                _ => false,
            };
            if !done {
                let why = receipt.reason.unwrap_or_default();
                left = Some(format!(
                    "receipt {} is {} {why}",
                    receipt.id,
                    receipt.state.name()
                ));
            }
            Ok(())
        });
        left.or_else(|| read.err().map(|error| error.to_string()))
    }

    fn documents_left(&self) -> Option<String> {
        let life = self.life.as_ref()?;
        let documents = match life.reader.documents() {
            Ok(documents) => documents,
            Err(error) => return Some(error.to_string()),
        };
        let sound = |number: &str| {
            let found = self.drives.iter().find(|it| it.number.as_str() == number);
            found.is_some_and(crate::SimDrive::is_sound)
        };
        let open = documents
            .into_iter()
            .find(|document| document.acknowledged_at.is_none() && sound(&document.drive));
        open.map(|document| {
            format!(
                "document {} of {} has no ticket",
                document.number, document.drive
            )
        })
    }

    fn intents_left(&self) -> Option<String> {
        let life = self.life.as_ref()?;
        let intents = match life.reader.open_intents() {
            Ok(intents) => intents,
            Err(error) => return Some(error.to_string()),
        };
        let mut intents = intents.into_iter().filter_map(|event| match event {
            Event::IntentLeft { drive, number, .. } => Some((drive, number)),
            _ => None,
        });
        let open = intents.find(|(drive, _)| {
            let drive = self.drives.iter().find(|it| it.number == *drive);
            drive.is_none_or(crate::SimDrive::is_sound)
        });
        open.map(|(drive, number)| format!("an intent for {number} of {drive} is open"))
    }
    /// Documents that sound drives have and the journal does not know.
    fn unknown_left(&mut self) -> Option<String> {
        let life = self.life.as_ref()?;
        let rows = match life.reader.documents() {
            Ok(rows) => rows,
            Err(error) => return Some(error.to_string()),
        };
        let own: Vec<usize> = self.own().collect();
        own.into_iter().find_map(|place| {
            let drive = &mut self.drives[place];
            let number = drive.number;
            let known = rows.iter().filter(|row| row.drive == number.as_str());
            let (known, last) = (known.count(), drive.last_document());
            let is_known = !drive.is_sound() || known == last.get() as usize;
            (!is_known).then(|| format!("drive {number} has {last} documents, {known} are known"))
        })
    }
}
