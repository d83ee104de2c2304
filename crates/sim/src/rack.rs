//! What the rack and the desk do in the product: feed the cassette, carry out its effects, start
//! and end a life.

use std::time::Duration;

use cassette::{Effect, Event, Record, Token};
use fn_proto::Answer;
use journal::Store;

use crate::{
    Breakage, World,
    client::ClientWhat,
    life::{Life, Out},
    world::What,
};

impl World {
    /// The process starts: as the desk opens.
    pub(crate) fn start(&mut self) {
        if self.life.is_some() {
            return;
        }
        self.generation += 1;
        let generation = self.generation;
        self.note(|| format!("life {generation} begins"));
        self.forget_answers();
        let at = (Store::in_vfs(self.disk.vfs()), self.wall.unix_ms());
        match Life::open(self.now, at, &self.setup, self.slots()) {
            Ok((life, left)) => {
                self.life = Some(life);
                if self.is_dark() {
                    return;
                }
                self.check_now();
                if self.is_dark() {
                    return;
                }
                for event in left {
                    self.at(Duration::ZERO, What::Tell(generation, event));
                }
                for wire in 0..self.wires.len() {
                    let after = self.chance.millis(0, 20);
                    self.at(after, What::OpenWire { wire, generation });
                }
                self.at(Duration::from_millis(100), What::Tick(generation));
            }
            Err(_) if self.is_dark() => {}
            Err(error) => {
                self.note(|| format!("it does not start: {error}"));
                if !self.ailments.disk() {
                    self.violate("L1", format!("the journal cannot be opened: {error}"));
                }
                self.at(Duration::from_secs(5), What::Start);
            }
        }
    }

    /// The process is gone at once; what the system has of its writes stays.
    pub(crate) fn kill(&mut self) {
        self.note(|| "killed".to_owned());
        self.counts.note("process killed");
        self.disk.kill_programs();
        self.end_life();
    }

    /// The power goes: of what was not synced nobody knows what stays.
    pub(crate) fn cut_power(&mut self) {
        self.note(|| "power cut".to_owned());
        self.counts.note("power cut");
        self.disk.cut_power();
        self.end_life();
        self.disk.restart();
        if let Some(cut) = self.cut_later.take() {
            self.cut(cut);
        }
        if self.chance.happens(500) {
            self.drives.iter_mut().for_each(crate::SimDrive::lose_power);
        }
    }

    fn end_life(&mut self) {
        // Whatever it does while it is dropped does not reach the disk any more.
        self.life = None;
        for wire in &mut self.wires {
            wire.hang_up();
        }
        let after = self.chance.millis(200, 3_000);
        self.at(after, What::Start);
    }

    /// Tells the cassette an event at once.
    pub(crate) fn tell_now(&mut self, event: Event) {
        self.at(Duration::ZERO, What::Tell(self.generation, event));
    }

    pub(crate) fn handle(&mut self, event: Event) {
        let now = self.moment();
        if !matches!(event, Event::Tick) {
            self.note(|| describe(&event));
        }
        if let Event::Reply(_, Ok(Answer::Status(status))) = &event {
            self.note_answer(status);
        }
        let Some(life) = &mut self.life else { return };
        let effects = life.cassette.handle(now, event);
        for effect in effects {
            if self.step() {
                return;
            }
            self.carry_out(effect);
            if self.life.is_none() {
                return;
            }
        }
        let Some(life) = &mut self.life else { return };
        for receipt in life.cassette.take_wanted() {
            let Some(life) = &self.life else { return };
            let job = life.reader.queued_job(receipt);
            if self.is_dark() {
                return;
            }
            match job {
                Ok(job) => self.tell_now(Event::Queued(job.into_iter().collect())),
                // The desk only logs it: the receipt is taken up at the next start.
                Err(error) if self.ailments.disk() => {
                    self.note(|| format!("receipt {receipt} cannot be read: {error}"));
                }
                Err(error) => self.violate("L1", format!("receipt {receipt}: {error}")),
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send(slot, request) => self.send(usize::from(slot.0) - 1, request),
            Effect::Reopen(slot) => self.reopen(usize::from(slot.0) - 1),
            Effect::Store(token, record) => self.store(token, record),
            Effect::Load(token, drive) => {
                let Some(life) = &self.life else { return };
                let sender = life.sender.clone();
                let reply = move |records: journal::Result<cassette::DriveRecords>| {
                    let event = match records {
                        Ok(records) => Event::Loaded(token, Box::new(records)),
                        Err(error) => Event::LoadFailed(token, error.to_string()),
                    };
                    let _ = sender.send(Out::Tell(event));
                };
                life.writer.drive_records(drive, Box::new(reply));
                self.plan_write();
            }
            Effect::Answer(ask, answer) => self.hear_obeyed(ask, answer),
            Effect::Archive(token, drive, step) => {
                let done = self.files.write(drive, step);
                self.tell_now(Event::Archived(token, done));
            }
            Effect::SendToOfd {
                token,
                drive,
                ffd,
                container,
                ..
            } => self.send_to_ofd(token, drive, ffd, container),
            Effect::HangUp(drive) => self.hang_up(drive),
        }
    }

    fn store(&mut self, token: Token, record: Record) {
        self.note(|| format!("store {}", name(&record)));
        if let Record::Intent { intent, .. } = &record
            && let Some(receipt) = intent.task.receipt()
        {
            self.note_intent(receipt, &intent.tlv);
        }
        if let Record::Cancelled { operation, .. } = &record {
            self.note_cancelling(*operation);
        }
        let Some(life) = &mut self.life else { return };
        let broken = match record {
            Record::Intent { .. } => Some(Breakage::IntentStoredLate),
            Record::Cancelled { .. } => Some(Breakage::CancellationStoredLate),
            _ => None,
        };
        if broken.is_some() && self.shape.breakage == broken {
            life.late.push(record);
            self.tell_now(Event::Stored(token));
        } else {
            for late in life.late.drain(..) {
                life.writer.store(late, Box::new(|_| {}));
            }
            let sender = life.sender.clone();
            let reply = move |stored: journal::Result<()>| {
                let event = match stored {
                    Ok(()) => Event::Stored(token),
                    Err(error) => Event::StoreFailed(token, error.to_string()),
                };
                let _ = sender.send(Out::Tell(event));
            };
            life.writer.store(record, Box::new(reply));
        }
        self.plan_write();
    }

    /// The scribe writes soon.
    pub(crate) fn plan_write(&mut self) {
        let after = match self.ailments.slow_disk {
            true => self.chance.millis(200, 3_000),
            false => self.chance.millis(1, 15),
        };
        let Some(life) = &mut self.life else { return };
        if !life.writes {
            life.writes = true;
            self.at(after, What::Write(self.generation));
        }
    }

    pub(crate) fn write(&mut self) {
        let now_ms = self.wall.unix_ms();
        let Some(life) = &mut self.life else { return };
        life.writes = false;
        life.scribe.write_batch(now_ms);
        let more = life.scribe.has_work();
        self.collect();
        if !self.is_dark() && more {
            self.plan_write();
        }
    }

    /// Takes what the journal's callbacks have said on its way.
    fn collect(&mut self) {
        let Some(life) = &mut self.life else { return };
        let said: Vec<Out> = life.out.try_iter().collect();
        let generation = self.generation;
        for out in said {
            match out {
                Out::Tell(event) => {
                    let after = self.chance.millis(0, 2);
                    let Some(life) = &mut self.life else { return };
                    life.told_until = life.told_until.max(self.now + after);
                    let after = life.told_until - self.now;
                    self.at(after, What::Tell(generation, event));
                }
                Out::Answer(answer) => {
                    // It is on the network now, whatever happens to the process.
                    let after = self.chance.millis(1, 30);
                    self.at(after, What::Client(ClientWhat::Answer(answer)));
                }
            }
        }
    }
}

fn name(record: &Record) -> String {
    match record {
        Record::Intent { drive, intent, .. } => {
            format!(
                "intent {:?} as {} of {drive}",
                intent.task.kind(),
                intent.number
            )
        }
        Record::Formed {
            drive, document, ..
        } => format!("formed {} of {drive}", document.number),
        Record::Void {
            drive,
            number,
            fate,
            cause,
            ..
        } => format!("void {number} of {drive}: {fate:?}: {cause}"),
        Record::InDoubt { drive, number, .. } => format!("in doubt {number} of {drive}"),
        Record::OfdAnswered { drive, number, .. } => format!("answer about {number} of {drive}"),
        Record::Acknowledged { drive, number, .. } => format!("acknowledged {number} of {drive}"),
        Record::SlotChanged {
            slot,
            state,
            reason,
            ..
        } => format!("slot {slot} {}: {reason:?}", state.name()),
        Record::FormAnew { receipt, drive, .. } => format!("form {receipt} anew, not by {drive}"),
        Record::Released { receipt, .. } => format!("release {receipt}"),
        Record::Cancelled { operation, .. } => format!("cancel {operation}"),
        Record::Swap {
            slot,
            drive,
            change,
        } => format!("swap of {drive} in {slot}: {change:?}"),
        Record::Found { drive, entry } => {
            format!("found {} on {drive}", entry.document.document.number)
        }
        Record::Adopted { drive, .. } => format!("adopted {drive}"),
        Record::ClockTrusted(_) => "clock trusted".to_owned(),
        Record::DriveErrors { drive, .. } => format!("errors of {drive}"),
        Record::DriveSeen { slot, facts } => format!("seen {} in {slot}", facts.status.drive),
    }
}

fn describe(event: &Event) -> String {
    match event {
        Event::Reply(slot, Ok(answer)) => {
            let text = format!("{answer:?}");
            let short: String = text.chars().take(100).collect();
            format!("reply {slot} {short}")
        }
        Event::Queued(jobs) => {
            let ids: Vec<String> = jobs.iter().map(|job| job.id.to_string()).collect();
            format!("queued {}", ids.join(" "))
        }
        Event::OfdAnswered(token, answer) => {
            format!(
                "ОФД answered {token:?}: {:?}",
                answer.as_ref().map(Vec::len)
            )
        }
        other => {
            let text = format!("{other:?}");
            text.chars().take(140).collect()
        }
    }
}
