//! One slot: a wire, the register that lives there and the drive in it.

mod live;
mod view;

use std::time::Duration;

use fn_proto::{CurrentDocument, Failure, Outcome, Phase, Request};
use terms::{DriveNumber, Inn, LocalDateTime};

use crate::{
    dispatch::{Dispatch, Job},
    event::{Effect, Moment, SlotId, Token},
    probe::{DriveFacts, Probe, ProbeStep},
    pump::Pump,
    reason::{Reason, SlotState},
    record::{DriveRecords, Fate, Record, Registration},
    settle::{Settle, SettleStep},
};
use live::Live;
pub use view::SlotView;

/// What a slot is for.
#[derive(Clone, Debug)]
pub struct SlotSetup {
    /// Which place it is.
    pub id: SlotId,
    /// Whose drives belong here.
    pub user_inn: Inn,
    /// What the host passes for an open shift report.
    pub open_shift_tlv: Vec<u8>,
    /// What the host passes for a close shift report.
    pub close_shift_tlv: Vec<u8>,
}

/// Limits and habits of a slot; times are as the wall clock of the place of settlement.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A shift is closed at this age, minutes. The law's limit is 24 hours.
    pub shift_max_minutes: i64,
    /// A shift is closed when this time of day (hour, minute) is passed; none: by age only.
    pub shift_close_at: Option<(u8, u8)>,
    /// Above this many documents without ticket the ОФД goes before new documents.
    pub backlog_max: u32,
    /// How often a document is begun anew before it is held for a person.
    pub attempts_max: u8,
    /// How far the clock may stand before the drive's last document, minutes; the document then
    /// takes the last one's time. The drive itself allows 5 minutes (code 17h).
    pub clock_behind_max_minutes: i64,
    /// How long after a refusal that may pass by itself the slot tries again.
    pub retry_after: Duration,
    /// How long a drive may be away before its document is shown as in doubt.
    pub doubt_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            shift_max_minutes: 23 * 60 + 50,
            shift_close_at: None,
            backlog_max: 20,
            attempts_max: 3,
            clock_behind_max_minutes: 5,
            retry_after: Duration::from_secs(5),
            doubt_after: Duration::from_secs(10),
        }
    }
}

/// A slot's machine. [`crate::Cassette`] feeds it.
#[derive(Debug)]
pub struct Slot {
    setup: SlotSetup,
    limits: Limits,
    mode: Mode,
    pump: Pump,
    /// What was told last, so that only changes are journaled.
    told: Option<(SlotState, Option<Reason>)>,
}

#[derive(Debug)]
enum Mode {
    NoLink(String),
    Probing(Probe),
    /// The drive was no good; the wire is opened anew then.
    Unreadable {
        why: String,
        until: Duration,
    },
    Loading {
        token: Token,
        facts: Box<DriveFacts>,
    },
    /// The journal holds an intent for this drive: the drive is asked.
    Settling {
        settle: Settle,
        facts: Box<DriveFacts>,
        records: Box<DriveRecords>,
    },
    /// A document begun in an earlier life, or a message half read, is dropped.
    Tidying,
    /// Documents whose ticket the drive may have but the journal has not (§ store lost in a crash).
    Catching {
        live: Box<Live>,
        ahead: Vec<terms::DocumentNumber>,
    },
    Live(Box<Live>),
}

/// What a slot may reach while it handles an event.
pub(crate) struct Surroundings<'a> {
    pub(crate) slot: SlotId,
    pub(crate) now: Moment,
    pub(crate) draining: bool,
    pub(crate) dispatch: &'a mut Dispatch,
    pub(crate) out: &'a mut Outbox,
}

/// Effects in their order, and tokens for them.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) effects: Vec<Effect>,
    /// Records that nobody waits for in a slot: the cassette sees to them.
    pub(crate) notes: Vec<(Record, Then)>,
    /// A document whose drive has gone, to be watched.
    pub(crate) lost: Vec<Lost>,
    /// Drives whose intent is settled.
    pub(crate) settled: Vec<DriveNumber>,
    next_token: u64,
}

/// What follows once a record is durable.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    Nothing,
    /// The receipt may go to any drive.
    GiveBack(Box<Job>),
    /// The receipt's account may go on.
    Finished(i64),
    /// The receipt is queued again, but only the journal knows its job.
    Fetch(terms::Id),
}

#[derive(Clone, Debug)]
pub(crate) struct Lost {
    pub(crate) drive: DriveNumber,
    pub(crate) number: terms::DocumentNumber,
    pub(crate) receipt: terms::Id,
    pub(crate) order_key: Option<i64>,
}

impl Outbox {
    pub(crate) fn token(&mut self) -> Token {
        self.next_token += 1;
        Token(self.next_token)
    }

    pub(crate) fn send(&mut self, slot: SlotId, request: Request) {
        self.effects.push(Effect::Send(slot, request));
    }

    pub(crate) fn store(&mut self, record: Record) -> Token {
        let token = self.token();
        self.effects.push(Effect::Store(token, record));
        token
    }

    pub(crate) fn note(&mut self, record: Record, then: Then) {
        self.notes.push((record, then));
    }
}

impl Slot {
    /// A slot whose wire is not open yet.
    pub fn new(setup: SlotSetup, limits: Limits) -> Self {
        Self {
            setup,
            limits,
            mode: Mode::NoLink("not opened yet".to_owned()),
            pump: Pump::default(),
            told: None,
        }
    }

    /// Which place it is.
    pub const fn id(&self) -> SlotId {
        self.setup.id
    }

    /// The drive in it, if it was read.
    pub fn drive(&self) -> Option<DriveNumber> {
        match &self.mode {
            Mode::Loading { facts, .. } | Mode::Settling { facts, .. } => Some(facts.number()),
            Mode::Catching { live, .. } | Mode::Live(live) => Some(live.facts.number()),
            _ => None,
        }
    }

    pub(crate) fn link_opened(&mut self, around: &mut Surroundings<'_>) {
        if matches!(self.mode, Mode::Live(_)) {
            self.link_lost("it was opened anew".to_owned(), around);
        }
        self.probe(around);
    }

    pub(crate) fn link_lost(&mut self, why: String, around: &mut Surroundings<'_>) {
        let mode = std::mem::replace(&mut self.mode, Mode::NoLink(why.clone()));
        self.pump.reset();
        if let Mode::Live(live) = mode {
            live.abandon(&why, around);
        }
    }

    pub(crate) fn reprobe(&mut self, around: &mut Surroundings<'_>) {
        let busy = match &self.mode {
            Mode::Live(live) => !live.is_idle(),
            Mode::NoLink(_) | Mode::Unreadable { .. } => false,
            _ => true,
        };
        if !busy {
            self.reopen("looked at anew", around);
        }
    }

    pub(crate) fn register(&mut self, registration: Registration, around: &mut Surroundings<'_>) {
        if let Mode::Live(live) = &mut self.mode {
            live.register(registration, &self.limits, around);
        }
    }

    pub(crate) fn reply(&mut self, outcome: Outcome, around: &mut Surroundings<'_>) {
        // The news of the lost wire follows, and says the same.
        if matches!(outcome, Err(Failure::LinkDown { .. })) {
            return;
        }
        match &mut self.mode {
            Mode::Probing(probe) => match probe.reply(outcome) {
                ProbeStep::Send(request) => around.out.send(self.setup.id, request),
                ProbeStep::Done(facts) => self.load(facts, around),
                ProbeStep::Failed(why) => self.unreadable(why, around),
            },
            Mode::Settling { settle, .. } => match settle.reply(outcome) {
                SettleStep::Send(request) => around.out.send(self.setup.id, request),
                SettleStep::Unanswered(failure) => self.unreadable(failure.to_string(), around),
                other => self.settled(other, around),
            },
            Mode::Tidying => self.probe(around),
            Mode::Catching { .. } => self.caught(outcome, around),
            Mode::Live(_) => self.live_reply(outcome, around),
            Mode::NoLink(_) | Mode::Unreadable { .. } | Mode::Loading { .. } => {}
        }
    }

    pub(crate) fn stored(&mut self, token: Token, around: &mut Surroundings<'_>) {
        if let Mode::Live(live) = &mut self.mode {
            live.stored(token, &self.setup, &self.limits, &mut self.pump, around);
        }
    }

    pub(crate) fn store_failed(&mut self, token: Token, why: &str, around: &Surroundings<'_>) {
        if let Mode::Live(live) = &mut self.mode {
            live.store_failed(token, why, around.now.mono + self.limits.retry_after);
        }
    }

    pub(crate) fn loaded(
        &mut self,
        token: Token,
        records: Box<DriveRecords>,
        seen_elsewhere: bool,
        around: &mut Surroundings<'_>,
    ) {
        let Mode::Loading {
            token: awaited,
            facts,
        } = &self.mode
        else {
            return;
        };
        if *awaited != token {
            return;
        }
        let facts = facts.clone();
        let slot = self.setup.id;
        around.out.note(
            Record::DriveSeen {
                slot,
                facts: facts.clone(),
            },
            Then::Nothing,
        );
        if seen_elsewhere {
            self.mode = Mode::Live(Box::new(Live::unusable(
                *facts,
                *records,
                Reason::SeenTwice,
            )));
        } else if let Some(intent) = records.intent.clone() {
            self.mode = Mode::Settling {
                settle: Settle::new(intent),
                facts,
                records,
            };
            around.out.send(slot, Settle::FIRST);
        } else if facts.status.current != CurrentDocument::None {
            self.mode = Mode::Tidying;
            around.out.send(slot, Request::CancelDocument);
        } else if facts.exchange.is_some_and(|exchange| exchange.reading) {
            self.mode = Mode::Tidying;
            around.out.send(slot, Request::CancelMessage);
        } else {
            self.go_live(*facts, *records, around);
        }
    }

    pub(crate) fn load_failed(&mut self, token: Token, why: &str, around: &Surroundings<'_>) {
        if matches!(&self.mode, Mode::Loading { token: awaited, .. } if *awaited == token) {
            self.unreadable(
                format!("the journal does not say what it knows of it: {why}"),
                around,
            );
        }
    }

    pub(crate) fn ofd_answered(
        &mut self,
        token: Token,
        answer: Result<Vec<u8>, String>,
        now: Moment,
    ) {
        self.pump.answered(now.mono, token, answer);
    }

    /// Looks for something to do; call it after every event.
    pub(crate) fn move_on(&mut self, around: &mut Surroundings<'_>) {
        match &mut self.mode {
            Mode::Unreadable { until, .. } if around.now.mono >= *until => {
                self.reopen("tried again", around);
            }
            Mode::Live(live) => {
                live.move_on(&self.setup, &self.limits, &mut self.pump, around);
            }
            _ => {}
        }
        self.tell(around);
    }

    fn probe(&mut self, around: &mut Surroundings<'_>) {
        self.pump.reset();
        self.mode = Mode::Probing(Probe::new());
        around.out.send(self.setup.id, Probe::FIRST);
    }

    fn reopen(&mut self, why: &str, around: &mut Surroundings<'_>) {
        self.mode = Mode::NoLink(why.to_owned());
        self.pump.reset();
        around.out.effects.push(Effect::Reopen(self.setup.id));
    }

    fn unreadable(&mut self, why: String, around: &Surroundings<'_>) {
        self.pump.reset();
        let until = around.now.mono + self.limits.retry_after;
        self.mode = Mode::Unreadable { why, until };
    }

    fn load(&mut self, facts: Box<DriveFacts>, around: &mut Surroundings<'_>) {
        let token = around.out.token();
        around.out.effects.push(Effect::Load(token, facts.number()));
        self.mode = Mode::Loading { token, facts };
    }

    /// The drive has told what became of the intent: note it, then read the drive anew.
    fn settled(&mut self, step: SettleStep, around: &mut Surroundings<'_>) {
        let mode = std::mem::replace(&mut self.mode, Mode::Tidying);
        let Mode::Settling { facts, records, .. } = mode else {
            return;
        };
        let Some(intent) = records.intent.clone() else {
            return;
        };
        let (slot, drive) = (self.setup.id, facts.number());
        match step {
            SettleStep::Formed(formed) => {
                let record = live::formed_record(slot, drive, intent.task, &formed);
                around.out.note(record, Then::Nothing);
            }
            SettleStep::Contradiction(what) => {
                let reason = Reason::Contradiction(what);
                self.mode = Mode::Live(Box::new(Live::unusable(*facts, *records, reason)));
                return;
            }
            _ => {
                let receipt = intent.task.receipt();
                let record = Record::Void {
                    drive,
                    number: intent.number,
                    receipt,
                    fate: Fate::Requeue,
                    cause: "the drive says that it has not formed the document".to_owned(),
                };
                around
                    .out
                    .note(record, receipt.map_or(Then::Nothing, Then::Fetch));
            }
        }
        around.out.settled.push(drive);
        self.probe(around);
    }

    fn go_live(&mut self, facts: DriveFacts, records: DriveRecords, around: &mut Surroundings<'_>) {
        let standing = self.judge(&facts, &records, around.now.local);
        let first = facts.exchange.map_or(terms::DocumentNumber(1), |exchange| {
            if exchange.queued == 0 {
                facts.status.last_document.next()
            } else {
                exchange.first
            }
        });
        let mut ahead: Vec<_> = records
            .unacknowledged
            .iter()
            .copied()
            .filter(|number| *number < first)
            .collect();
        ahead.reverse();
        let live = Box::new(Live::new(facts, records, standing));
        match ahead.last() {
            None => self.mode = Mode::Live(live),
            Some(number) => {
                around.out.send(self.setup.id, Request::FindTicket(*number));
                self.mode = Mode::Catching { live, ahead };
            }
        }
    }

    /// The answer to 41h about a document that the drive no longer wants to send.
    fn caught(&mut self, outcome: Outcome, around: &mut Surroundings<'_>) {
        let Mode::Catching { live, ahead } = &mut self.mode else {
            return;
        };
        let Some(number) = ahead.pop() else { return };
        match outcome {
            Ok(fn_proto::Answer::FoundTicket { operator_sign, .. }) => {
                let record = Record::Acknowledged {
                    drive: live.facts.number(),
                    number,
                    ofd_code: None,
                    ticket: operator_sign.to_vec(),
                };
                live.backlog = live.backlog.saturating_sub(1);
                around.out.note(record, Then::Nothing);
            }
            // Without a ticket it stays as it is: sent by nobody we know.
            Ok(_) | Err(Failure::Refused(_)) => {}
            Err(failure) => return self.unreadable(failure.to_string(), around),
        }
        match ahead.last() {
            Some(next) => around.out.send(self.setup.id, Request::FindTicket(*next)),
            None => {
                let mode = std::mem::replace(&mut self.mode, Mode::Tidying);
                if let Mode::Catching { live, .. } = mode {
                    self.mode = Mode::Live(live);
                }
            }
        }
    }

    /// Whether the drive may form documents here.
    fn judge(
        &self,
        facts: &DriveFacts,
        records: &DriveRecords,
        now: LocalDateTime,
    ) -> live::Standing {
        use live::Standing::{Ready, Unregistered, Unusable};
        let (drive, journal) = (facts.status.last_document, records.last_document);
        if drive > journal {
            return Unusable(Reason::UnknownDocuments { drive, journal });
        }
        if drive < journal {
            return Unusable(Reason::MissingDocuments { drive, journal });
        }
        match facts.status.phase {
            Phase::Ready => return Unregistered,
            Phase::Fiscal => {}
            Phase::PostFiscal | Phase::ArchiveOnly => return Unusable(Reason::ArchiveClosed),
            other => return Unusable(Reason::NotReadable(format!("phase {other}"))),
        }
        let Some(registration) = &facts.registration else {
            return Unusable(Reason::NotReadable(
                "it does not show its registration".to_owned(),
            ));
        };
        if registration.user_inn != self.setup.user_inn {
            return Unusable(Reason::OtherOrganisation {
                found: registration.user_inn,
                expected: self.setup.user_inn,
            });
        }
        if facts.ffd != Some(terms::FfdVersion::V1_2) {
            let found = facts
                .ffd
                .map_or_else(|| "1.05 or older".to_owned(), |ffd| ffd.to_string());
            return Unusable(Reason::OtherFormat(format!(
                "it works by ФФД {found}, not 1.2"
            )));
        }
        if registration.work_mode & 0b10 != 0 {
            return Unusable(Reason::Autonomous);
        }
        match facts.until {
            Some(until) if until < now.date() => Unusable(Reason::Expired(until)),
            _ => Ready,
        }
    }

    fn live_reply(&mut self, outcome: Outcome, around: &mut Surroundings<'_>) {
        let Mode::Live(live) = &mut self.mode else {
            return;
        };
        let went = live.reply(outcome, &self.setup, &self.limits, &mut self.pump, around);
        if let Err(failure) = went {
            // The ladder of the protocol: a silent drive gets its wire opened anew.
            let why = failure.to_string();
            if let Mode::Live(live) = std::mem::replace(&mut self.mode, Mode::NoLink(why.clone())) {
                live.abandon(&why, around);
            }
            self.pump.reset();
            around.out.effects.push(Effect::Reopen(self.setup.id));
        }
    }

    /// Journals a change of state. Ready and working are one here: they change with each document.
    fn tell(&mut self, around: &mut Surroundings<'_>) {
        let (state, reason) = self.state();
        let state = if state == SlotState::Working {
            SlotState::Ready
        } else {
            state
        };
        if self
            .told
            .as_ref()
            .is_some_and(|told| (told.0, &told.1) == (state, &reason))
        {
            return;
        }
        self.told = Some((state, reason.clone()));
        let (slot, drive) = (self.setup.id, self.drive());
        around.out.note(
            Record::SlotChanged {
                slot,
                drive,
                state,
                reason,
            },
            Then::Nothing,
        );
    }
}
