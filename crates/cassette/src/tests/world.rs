//! The world round a cassette: wires, drives, journal, ОФД, clock, and what can go wrong with them.
//!
//! Fault model. A wire may lose a command or an answer, garble it, break at any moment and come
//! back; commands under way when it breaks reach the drive, are refused, or reach whatever drive is
//! there when it is open again. A drive may restart (a begun document is lost), fail with code 03h
//! having formed the document or not, be pulled out without the wire noticing, and come back in any
//! slot at the earliest two seconds later, and not between an answer and the next command; or be
//! seen over two wires at once. The journal may
//! refuse to store or to read, and never forgets. The ОФД may fail or send another's ticket. The
//! clock may jump. The program may stop at any moment: of what it has asked for, any beginning of
//! each queue may have been carried out.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use fn_proto::{AnswerCode, Failure, Outcome, Refusal, Request};
use ofd_proto::{Container, ContainerHeader, Sender};
use terms::{DocumentNumber, DriveNumber, LocalDateTime};

pub(super) use super::jobs::{job, receipt_object, slot_id};
use super::{
    drive::{Drive, user},
    journal::Journal,
};
use crate::{
    ArchiveEntry, ArchiveStep, Ask, Cassette, Effect, Event, Job, Limits, Moment, NotObeyed,
    Record, Signed, SlotId, SlotSetup, SlotView, Token,
};

/// Nothing that is asked of the machines may take longer.
const QUIET_STEPS_MAX: usize = 20_000;

pub(super) const OPEN_SHIFT_TLV: [u8; 5] = [0xFD, 0x03, 1, 0, 0x41];
pub(super) const CLOSE_ARCHIVE_TLV: [u8; 5] = [0xFD, 0x03, 1, 0, 0x43];
pub(super) const CLOSE_SHIFT_TLV: [u8; 5] = [0xFD, 0x03, 1, 0, 0x42];

/// A fault that strikes one exchange with a drive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    CommandLost,
    AnswerLost,
    AnswerGarbled,
    AnswerUnreadable,
    /// The drive does what it is told and answers 03h.
    FailsAfter,
    /// The drive answers 03h instead.
    FailsBefore,
}

impl Fault {
    pub(super) const ALL: [Self; 6] = [
        Self::CommandLost,
        Self::AnswerLost,
        Self::AnswerGarbled,
        Self::AnswerUnreadable,
        Self::FailsAfter,
        Self::FailsBefore,
    ];
}

#[derive(Debug)]
pub(super) struct Wire {
    /// Which drive is behind it.
    pub(super) drive: Option<usize>,
    pub(super) open: bool,
    pub(super) orders: VecDeque<Order>,
    pub(super) opens_at: Option<Duration>,
}

#[derive(Debug)]
pub(super) enum Order {
    Send(Request),
    Reopen,
}

#[derive(Debug)]
pub(super) enum Errand {
    Store(Token, Record),
    Load(Token, DriveNumber),
}

/// Where the next step is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Source {
    Inbox,
    Journal,
    Ofd,
    Wire(usize),
}

pub(super) struct World {
    pub(super) cassette: Cassette,
    pub(super) drives: Vec<Drive>,
    pub(super) wires: Vec<Wire>,
    pub(super) journal: Journal,
    pub(super) violations: Vec<String>,
    /// Whether it is watched that drives do nothing that was not durably intended.
    pub(super) watches_drives: bool,
    pub(super) time: Duration,
    pub(super) local: LocalDateTime,
    /// The latest that `local` was.
    pub(super) latest: LocalDateTime,
    /// So many records, and then so many questions, are refused next.
    pub(super) store_failures: u32,
    pub(super) load_failures: u32,
    /// What the ОФД answers next instead of the right ticket.
    pub(super) ofd_failures: u32,
    pub(super) wrong_tickets: u32,
    /// The document in its tickets.
    pub(super) ofd_says: Vec<u8>,
    /// What strikes the exchanges with drives from now on.
    pub(super) faults: VecDeque<Option<Fault>>,
    pub(super) log: Option<Vec<String>>,
    /// The files that keep drives' documents, and which of them are complete.
    pub(super) files: BTreeMap<DriveNumber, Vec<ArchiveEntry>>,
    pub(super) sealed: BTreeSet<DriveNumber>,
    /// So many steps of an export fail next.
    pub(super) file_failures: u32,
    /// How orders were answered.
    pub(super) answers: Vec<(Ask, Result<(), NotObeyed>)>,
    /// Documents as the ОФД got them.
    pub(super) ofd_got: Vec<(DriveNumber, u32)>,
    pub(super) limits: Limits,
    pub(super) inbox: VecDeque<Event>,
    pub(super) journal_queue: VecDeque<Errand>,
    pub(super) ofd_queue: VecDeque<(Token, DriveNumber, Vec<u8>)>,
    pub(super) started: Duration,
    /// When a drive was pulled out last.
    pub(super) pulled_at: Duration,
}

impl World {
    /// A cassette of registered drives, one in each of the first slots, and some empty slots.
    pub(super) fn new(drives: usize, slots: usize, limits: Limits) -> Self {
        let local: LocalDateTime = "2026-11-02T08:00".parse().unwrap();
        let yesterday = local.plus_minutes(-24 * 60).unwrap();
        let drives = (0..drives)
            .map(|place| Drive::registered(place, yesterday))
            .collect();
        Self::of(drives, slots, limits, local)
    }

    pub(super) fn of(
        drives: Vec<Drive>,
        slots: usize,
        limits: Limits,
        local: LocalDateTime,
    ) -> Self {
        let mut journal = Journal::default();
        for drive in &drives {
            for document in &drive.archive {
                journal.adopt(drive.number, document.kind, document.formed);
            }
        }
        let wires = (0..slots).map(|place| Wire {
            drive: Some(place).filter(|place| *place < drives.len()),
            open: true,
            orders: VecDeque::new(),
            opens_at: None,
        });
        let wires: Vec<Wire> = wires.collect();
        let mut world = Self {
            cassette: new_cassette(slots, &limits),
            drives,
            wires,
            journal,
            violations: Vec::new(),
            watches_drives: true,
            time: Duration::ZERO,
            local,
            latest: local,
            store_failures: 0,
            load_failures: 0,
            ofd_failures: 0,
            wrong_tickets: 0,
            ofd_says: Vec::new(),
            faults: VecDeque::new(),
            log: None,
            files: BTreeMap::new(),
            sealed: BTreeSet::new(),
            file_failures: 0,
            answers: Vec::new(),
            ofd_got: Vec::new(),
            limits,
            inbox: VecDeque::new(),
            journal_queue: VecDeque::new(),
            ofd_queue: VecDeque::new(),
            started: Duration::ZERO,
            pulled_at: Duration::ZERO,
        };
        world.greet();
        world
    }

    pub(super) fn greet(&mut self) {
        for (place, wire) in self.wires.iter().enumerate() {
            let slot = slot_id(place);
            self.inbox.push_back(if wire.open {
                Event::LinkOpened(slot)
            } else {
                Event::LinkLost(slot, "closed".to_owned())
            });
        }
    }

    pub(super) fn now(&self) -> Moment {
        Moment {
            mono: self.time - self.started,
            local: self.local,
        }
    }

    pub(super) fn submit(&mut self, jobs: Vec<Job>) {
        for job in &jobs {
            self.journal.submit(job.clone());
        }
        self.tell(Event::Queued(jobs));
    }

    /// Something happens that the cassette hears of after what has happened before.
    pub(super) fn tell(&mut self, event: Event) {
        self.inbox.push_back(event);
    }

    pub(super) fn views(&self) -> Vec<SlotView> {
        self.cassette.views()
    }

    /// Where something waits to be done.
    pub(super) fn sources(&self) -> Vec<Source> {
        let wires = (0..self.wires.len()).filter(|place| !self.wires[*place].orders.is_empty());
        [
            (!self.inbox.is_empty(), Source::Inbox),
            (!self.journal_queue.is_empty(), Source::Journal),
            (!self.ofd_queue.is_empty(), Source::Ofd),
        ]
        .into_iter()
        .filter_map(|(waits, source)| waits.then_some(source))
        .chain(wires.map(Source::Wire))
        .collect()
    }

    pub(super) fn step(&mut self, source: Source) {
        match source {
            Source::Inbox => {
                if let Some(event) = self.inbox.pop_front() {
                    self.handle(event);
                }
            }
            Source::Journal => self.serve_journal(true),
            Source::Ofd => self.serve_ofd(),
            Source::Wire(place) => {
                let fault = self.faults.pop_front().flatten();
                self.serve_wire(place, fault);
            }
        }
    }

    pub(super) fn handle(&mut self, event: Event) {
        self.note(|| format!("{event:?}"));
        let now = self.now();
        for effect in self.cassette.handle(now, event) {
            self.note(|| format!("    {effect:?}"));
            match effect {
                Effect::Send(slot, request) => {
                    self.order(slot, Order::Send(request));
                }
                Effect::Reopen(slot) => self.order(slot, Order::Reopen),
                Effect::Store(token, record) => {
                    self.journal_queue.push_back(Errand::Store(token, record));
                }
                Effect::Load(token, drive) => {
                    self.journal_queue.push_back(Errand::Load(token, drive));
                }
                Effect::SendToOfd {
                    token,
                    drive,
                    container,
                    ..
                } => self.ofd_queue.push_back((token, drive, container)),
                Effect::HangUp(drive) => self.note(|| format!("  hang up for {drive}")),
                Effect::Answer(ask, answer) => self.answers.push((ask, answer)),
                Effect::Archive(token, drive, step) => {
                    let done = self.write_files(drive, step);
                    self.inbox.push_back(Event::Archived(token, done));
                }
            }
        }
        for id in self.cassette.take_wanted() {
            let jobs = self.journal.queued_job(id).into_iter().collect();
            self.inbox.push_back(Event::Queued(jobs));
        }
    }

    fn write_files(
        &mut self,
        drive: DriveNumber,
        step: ArchiveStep,
    ) -> Result<DocumentNumber, String> {
        if self.file_failures > 0 {
            self.file_failures -= 1;
            return Err("the disk is full".to_owned());
        }
        let files = self.files.entry(drive).or_default();
        match step {
            ArchiveStep::Open => {
                let complete = files.iter().take_while(|it| it.operator_sign.is_some());
                files.truncate(complete.count());
            }
            ArchiveStep::Add(entry) => {
                let number = entry.document.document.number;
                if number.get() as usize != files.len() + 1 {
                    self.violations
                        .push(format!("{drive}: files get ФД {number}"));
                }
                files.push(*entry);
            }
            ArchiveStep::Seal => {
                self.sealed.insert(drive);
            }
        }
        Ok(DocumentNumber(self.files[&drive].len() as u32))
    }

    /// A person orders something.
    pub(super) fn ask(&mut self, order: crate::Order) {
        let signed = Signed {
            by: "Дежурный".to_owned(),
            key: None,
            reason: "по журналу".to_owned(),
        };
        self.tell(Event::Ordered(
            Ask(self.answers.len() as u64),
            order,
            signed,
        ));
    }

    fn order(&mut self, slot: SlotId, order: Order) {
        self.wires[usize::from(slot.0) - 1].orders.push_back(order);
    }

    pub(super) fn serve_journal(&mut self, answers: bool) {
        let event = match self.journal_queue.pop_front() {
            Some(Errand::Store(token, _)) if self.store_failures > 0 => {
                self.store_failures -= 1;
                Event::StoreFailed(token, "the disk is full".to_owned())
            }
            Some(Errand::Store(token, record)) => {
                self.journal.store(&record);
                let settled = std::mem::take(&mut self.journal.settled);
                if answers && !settled.is_empty() {
                    self.inbox.push_back(Event::FoundFormed(settled));
                }
                Event::Stored(token)
            }
            Some(Errand::Load(token, _)) if self.load_failures > 0 => {
                self.load_failures -= 1;
                Event::LoadFailed(token, "the disk cannot be read".to_owned())
            }
            Some(Errand::Load(token, drive)) => {
                Event::Loaded(token, Box::new(self.journal.load(drive)))
            }
            None => return,
        };
        if answers {
            self.inbox.push_back(event);
        }
    }

    fn serve_ofd(&mut self) {
        let Some((token, drive, container)) = self.ofd_queue.pop_front() else {
            return;
        };
        let header = ContainerHeader::decode(&container).unwrap();
        let answer = if self.ofd_failures > 0 {
            self.ofd_failures -= 1;
            Err("the ОФД does not answer".to_owned())
        } else {
            self.ofd_got.push((drive, header.document.get()));
            let mut number = header.document;
            if self.wrong_tickets > 0 {
                self.wrong_tickets -= 1;
                number = number.next();
            }
            let ticket = Container::new(
                Sender::Ofd,
                7,
                drive,
                number,
                [0; 8],
                self.ofd_says.clone(),
                [0; 8],
            );
            Ok(ticket.unwrap().encode().unwrap())
        };
        self.inbox.push_back(Event::OfdAnswered(token, answer));
    }

    pub(super) fn serve_wire(&mut self, place: usize, fault: Option<Fault>) {
        let slot = slot_id(place);
        match self.wires[place].orders.pop_front() {
            Some(Order::Send(_)) if !self.wires[place].open => {
                let reason = "closed".to_owned();
                let outcome = Err(Failure::LinkDown { reason });
                self.inbox.push_back(Event::Reply(slot, outcome));
            }
            Some(Order::Send(request)) => {
                let outcome = self.exchange(place, &request, fault);
                self.note(|| format!("  slot {slot}: {request:?} {fault:?} -> {outcome:?}"));
                self.inbox.push_back(Event::Reply(slot, outcome));
            }
            Some(Order::Reopen) => {
                let wire = &self.wires[place];
                let event = if wire.open || wire.opens_at.is_none() {
                    self.wires[place].open = true;
                    Event::LinkOpened(slot)
                } else {
                    Event::LinkLost(slot, "still closed".to_owned())
                };
                self.inbox.push_back(event);
            }
            None => {}
        }
    }

    fn exchange(&mut self, place: usize, request: &Request, fault: Option<Fault>) -> Outcome {
        let command = "a command";
        let refused = || {
            let (code, data) = (AnswerCode::DRIVE_FAILURE, Vec::new());
            Err(Failure::Refused(Refusal {
                command,
                code,
                data,
            }))
        };
        let outcome = match (self.wires[place].drive, fault) {
            (None, _) | (_, Some(Fault::CommandLost)) => return Err(Failure::Silent { command }),
            (_, Some(Fault::FailsBefore)) => return refused(),
            (Some(drive), _) => self.execute(drive, request),
        };
        match fault {
            Some(Fault::AnswerLost) => Err(Failure::Silent { command }),
            Some(Fault::AnswerGarbled) => Err(Failure::Garbled { command }),
            Some(Fault::AnswerUnreadable) => Err(Failure::Unreadable {
                command,
                reason: "offset 3".to_owned(),
            }),
            Some(Fault::FailsAfter) => refused(),
            _ => outcome,
        }
    }

    /// The drive executes; from outside it is watched that the intent was durable before.
    fn execute(&mut self, place: usize, request: &Request) -> Outcome {
        let drive = &mut self.drives[place];
        let was_begun = drive.begun.is_some();
        let data = drive.begun.as_ref().map(|begun| begun.data.clone());
        let before = drive.last();
        let outcome = drive.execute(request);
        let (number, expected) = (drive.number, before.next());
        if !self.watches_drives {
            return outcome;
        }
        if drive.last() > before {
            let intent = self.journal.intents.get(&number);
            let is_intended = intent.is_some_and(|intent| {
                let kind = drive.archive.last().map(|document| document.kind);
                intent.number == expected
                    && Some(intent.task.kind()) == kind
                    && Some(&intent.tlv) == data.as_ref()
            });
            if !is_intended {
                let what = format!("{number} formed ФД {expected} by {request:?}, but {intent:?}");
                self.violations.push(what);
            }
        } else if !was_begun && drive.begun.is_some() {
            if !self.journal.was_intended(number, expected) {
                let what = format!("{number} began ФД {expected}, which nobody intended");
                self.violations.push(what);
            }
        } else if was_begun
            && self
                .wires
                .iter()
                .filter(|it| it.drive == Some(place))
                .count()
                == 1
            && matches!(request, Request::BeginMessage | Request::PassTicket(_))
        {
            // Over a second wire a late command may begin what nobody awaits.
            let what = format!("{number} heard {request:?} while a document was begun");
            self.violations.push(what);
        }
        outcome
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.time += time;
        let minutes = |time: Duration| (time.as_secs() / 60) as i64;
        let passed = minutes(self.time) - minutes(self.time - time);
        self.set_clock(passed);
        for place in 0..self.wires.len() {
            if self.wires[place].opens_at.is_some_and(|at| self.time >= at) {
                self.wires[place].opens_at = None;
                if !std::mem::replace(&mut self.wires[place].open, true) {
                    self.tell(Event::LinkOpened(slot_id(place)));
                }
            }
        }
        self.tell(Event::Tick);
    }

    /// The wall clock is set, and a person says that it is right.
    pub(super) fn jump(&mut self, minutes: i64) {
        self.set_clock(minutes);
        self.ask(crate::Order::TrustClock);
    }

    /// The wall clock is set.
    pub(super) fn set_clock(&mut self, minutes: i64) {
        self.local = self.local.plus_minutes(minutes).unwrap();
        self.latest = self.latest.max(self.local);
    }

    /// Does what there is to do until nothing is left; time stands still.
    pub(super) fn settle(&mut self) {
        for turn in 0..QUIET_STEPS_MAX {
            let sources = self.sources();
            match sources.len() {
                0 => return,
                count => self.step(sources[turn % count]),
            }
        }
        let what = format!("the machines do not come to rest: {:?}", self.views());
        self.violations.push(what);
    }

    /// Lets time pass, second by second.
    pub(super) fn live(&mut self, seconds: u32) {
        self.settle();
        for _ in 0..seconds {
            self.pass(Duration::from_secs(1));
            self.settle();
        }
    }

    pub(super) fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push(what());
        }
    }
}

pub(super) fn new_cassette(slots: usize, limits: &Limits) -> Cassette {
    let setups = (0..slots).map(|place| SlotSetup {
        id: slot_id(place),
        operators: vec!["7704211201".parse().unwrap()],
        user_inn: user(),
        ffd: terms::FfdVersion::V1_2,
        open_shift_tlv: OPEN_SHIFT_TLV.to_vec(),
        close_shift_tlv: CLOSE_SHIFT_TLV.to_vec(),
        close_archive_tlv: CLOSE_ARCHIVE_TLV.to_vec(),
        spare: place % 2 == 1,
        last_drive: None,
    });
    Cassette::new(setups.collect(), limits.clone())
}
