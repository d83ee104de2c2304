//! One slot: a wire, the register that lives there and the drive in it.

mod catching_up;
mod export;
mod forming;
mod judge;
mod limits;
mod live;
mod resources;
mod swapping;
mod view;
mod working;

use std::time::Duration;

use fn_proto::{AnswerCode, CurrentDocument, Failure, Outcome, Phase, Request};
use terms::DriveNumber;

use crate::{
    event::{Effect, SlotId, Token},
    notes::{Note, Then},
    policy::Duty,
    probe::{DriveFacts, Probe, ProbeStep},
    pump::Pump,
    reason::{Reason, SlotState},
    record::{DriveRecords, Fate, Record, Registration},
    settle::{Settle, SettleStep},
    surroundings::{Settled, Surroundings},
    swap::Swap,
};
pub use limits::{Limits, SlotSetup};
use live::{Live, Standing, Wanted};
pub use view::SlotView;

/// A begun document and a half-read message: a drive has at most these two to be dropped.
const TIDYINGS_MAX: u8 = 2;

/// A slot's machine. [`crate::Cassette`] feeds it.
///
/// ```text
/// NoLink ◄──► Opening ──► Probing ──► Loading ──┬─► Settling ─► Recording ─► Probing
///                ▲           │          │       ├─► Tidying ───────────────► Probing
///                └───── Unreadable ◄────┘       └─► Live
/// ```
///
/// From everywhere it goes to `NoLink` when the wire is lost and to `Probing` when it is opened.
#[derive(Debug)]
pub struct Slot {
    setup: SlotSetup,
    limits: Limits,
    mode: Mode,
    pump: Pump,
    /// How often the drive was tidied since its wire was opened.
    tidyings: u8,
    /// What was told last, so that only changes are journaled.
    told: Option<(SlotState, Option<Reason>)>,
    /// What its drive is given to do.
    pub(crate) duty: Duty,
    /// Its wire has been tried to its end since the program's start.
    is_known: bool,
    /// The drive that has gone from here without having been closed.
    lost: Option<DriveNumber>,
    /// Its drive is being replaced.
    swap: Option<Swap>,
    /// An order to abandon it is on its way to the journal.
    holds_closing: bool,
    /// The drive whose documents somebody wants in files.
    export: Option<DriveNumber>,
}

#[derive(Debug)]
enum Mode {
    NoLink(String),
    /// The wire is being opened anew: it comes back, or the news that it does not.
    Opening,
    Probing(Probe),
    /// The drive was no good; the wire is opened anew then.
    Unreadable {
        why: String,
        until: Duration,
    },
    /// The journal is asked what it knows of the drive; not yet while records about it are on their
    /// way.
    Loading {
        token: Option<Token>,
        facts: Box<DriveFacts>,
    },
    /// The journal holds an intent for this drive: the drive is asked.
    Settling {
        settle: Settle,
        facts: Box<DriveFacts>,
        records: Box<DriveRecords>,
    },
    /// What became of the intent is being stored; if the journal refuses, again at `retry_at`.
    Recording {
        token: Token,
        record: Box<Record>,
        settled: Settled,
        facts: Box<DriveFacts>,
        retry_at: Option<Duration>,
    },
    /// A document begun in an earlier life, or a message half read, is dropped.
    Tidying(Box<DriveFacts>),
    Live(Box<Live>),
}

impl Slot {
    /// A slot whose wire is not open yet.
    pub fn new(setup: SlotSetup, limits: Limits) -> Self {
        Self {
            lost: setup.last_drive,
            pump: Pump::new(setup.id.0.into()),
            setup,
            limits,
            mode: Mode::NoLink("not opened yet".to_owned()),
            tidyings: 0,
            told: None,
            duty: Duty::default(),
            is_known: false,
            swap: None,
            holds_closing: false,
            export: None,
        }
    }

    /// Which place it is.
    pub const fn id(&self) -> SlotId {
        self.setup.id
    }

    /// The drive in it, if it was read.
    pub fn drive(&self) -> Option<DriveNumber> {
        match &self.mode {
            Mode::Loading { facts, .. }
            | Mode::Settling { facts, .. }
            | Mode::Recording { facts, .. }
            | Mode::Tidying(facts) => Some(facts.number()),
            Mode::Live(live) => Some(live.facts.number()),
            Mode::NoLink(_) | Mode::Opening | Mode::Probing(_) | Mode::Unreadable { .. } => None,
        }
    }

    /// The drive that has gone from here without having been closed.
    pub(crate) const fn lost(&self) -> Option<DriveNumber> {
        self.lost
    }

    /// A drive that was lost here is somewhere else.
    pub(crate) fn forget_lost(&mut self, drive: DriveNumber) {
        self.lost.take_if(|lost| *lost == drive);
    }

    /// The drive in it, if it could form documents for us.
    fn drive_at_work(&self) -> Option<DriveNumber> {
        match &self.mode {
            Mode::Live(live) if live.facts.status.phase == Phase::Fiscal => {
                let is_ours = match &live.standing {
                    Standing::Ready | Standing::Behind | Standing::Outdated => true,
                    Standing::Unregistered => false,
                    Standing::Unusable(reason) => !reason.is_foreign(),
                };
                Some(live.number()).filter(|_| is_ours)
            }
            _ => None,
        }
    }

    /// The drive that nobody else may use now.
    pub(crate) fn holds(&self) -> Option<DriveNumber> {
        let reads_only = matches!(self.mode, Mode::Loading { .. }) || self.is_second_wire();
        self.drive().filter(|_| !reads_only)
    }

    /// Whether another slot had the same drive when this one read it.
    pub(crate) fn is_second_wire(&self) -> bool {
        matches!(&self.mode, Mode::Live(live)
            if live.standing == Standing::Unusable(Reason::SeenTwice))
    }

    /// Whether it is about to find out what became of an intent of this drive.
    pub(crate) fn is_settling(&self, drive: DriveNumber) -> bool {
        let settles = matches!(
            self.mode,
            Mode::Loading { .. } | Mode::Settling { .. } | Mode::Recording { .. }
        );
        settles && self.drive() == Some(drive)
    }

    /// Whether it waits for this answer of the journal.
    pub(crate) fn awaits(&self, token: Token) -> bool {
        matches!(&self.mode, Mode::Loading { token: awaited, .. } if *awaited == Some(token))
    }

    pub(crate) fn link_opened(&mut self, around: &mut Surroundings<'_>) {
        self.leave("it was opened anew", around);
        self.tidyings = 0;
        self.probe(around);
    }

    pub(crate) fn link_lost(&mut self, why: String, around: &mut Surroundings<'_>) {
        self.leave(&why, around);
        self.mode = Mode::NoLink(why);
        self.is_known = true;
    }

    pub(crate) fn reprobe(&mut self, around: &mut Surroundings<'_>) {
        let is_free = match &self.mode {
            Mode::Live(live) => live.is_idle(),
            Mode::NoLink(_) | Mode::Unreadable { .. } => true,
            _ => false,
        };
        if is_free {
            self.reopen("it is looked at anew", around);
        }
    }

    /// Another slot has let go of a drive: what was read meanwhile may be out of date.
    pub(crate) fn let_go_elsewhere(&mut self, drive: DriveNumber, around: &mut Surroundings<'_>) {
        let may_be_it = match &self.mode {
            Mode::Probing(probe) => probe.drive().is_none_or(|read| read == drive),
            Mode::Loading { facts, .. } => facts.number() == drive,
            Mode::Live(_) => self.is_second_wire() && self.drive() == Some(drive),
            _ => false,
        };
        if may_be_it {
            self.leave("its drive is read anew", around);
            self.probe(around);
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
                ProbeStep::Send(request) => around.send(request),
                ProbeStep::Done(facts) => self.mode = Mode::Loading { token: None, facts },
                ProbeStep::Failed(why) => self.unreadable(why, around),
            },
            Mode::Settling { settle, .. } => match settle.reply(outcome) {
                SettleStep::Send(request) => around.send(request),
                SettleStep::Unanswered(failure) => self.unreadable(failure.to_string(), around),
                other => self.settled(other, around),
            },
            Mode::Tidying(_) => match outcome {
                Ok(_) => self.probe(around),
                // Nothing to cancel (ФН protocol §2.2, INFERRED).
                Err(Failure::Refused(refusal)) if refusal.code == AnswerCode::WRONG_STATE => {
                    self.probe(around);
                }
                Err(failure) => self.unreadable(failure.to_string(), around),
            },
            Mode::Live(live) => {
                let went = live.reply(outcome, &self.limits, &mut self.pump, around);
                // The ladder of ФН protocol §1.6: a silent drive gets its wire opened anew.
                if let Err(failure) = went {
                    self.reopen(&failure.to_string(), around);
                }
            }
            Mode::NoLink(_)
            | Mode::Opening
            | Mode::Unreadable { .. }
            | Mode::Loading { .. }
            | Mode::Recording { .. } => {}
        }
    }

    pub(crate) fn stored(&mut self, token: Token, around: &mut Surroundings<'_>) {
        match &mut self.mode {
            Mode::Live(live) => live.stored(token, around),
            Mode::Recording {
                token: awaited,
                settled,
                ..
            } if *awaited == token => {
                around.out.settled.push(*settled);
                self.probe(around);
            }
            _ => {}
        }
    }

    pub(crate) fn store_failed(&mut self, token: Token, why: &str, around: &mut Surroundings<'_>) {
        let again = around.now.mono + self.limits.retry_after;
        match &mut self.mode {
            Mode::Live(live) => live.store_failed(token, why, again, around),
            Mode::Recording {
                token: awaited,
                retry_at,
                ..
            } if *awaited == token => *retry_at = Some(again),
            _ => {}
        }
    }

    /// Takes what the journal knows of the drive; call it only when the slot [`Slot::awaits`] it.
    pub(crate) fn loaded(
        &mut self,
        records: DriveRecords,
        seen_elsewhere: bool,
        around: &mut Surroundings<'_>,
    ) {
        let mode = std::mem::replace(&mut self.mode, Mode::Opening);
        let Mode::Loading { facts, .. } = mode else {
            self.mode = mode;
            return;
        };
        if around.notes.concern(facts.number()) {
            // Another slot has left the drive since the journal was asked.
            self.mode = Mode::Loading { token: None, facts };
            return;
        }
        let seen = Record::DriveSeen {
            slot: self.setup.id,
            facts: facts.clone(),
        };
        around.out.note(seen, Then::Nothing);
        if seen_elsewhere {
            self.unusable(*facts, records, Reason::SeenTwice, around);
        } else if let Some(intent) = records.intent.clone() {
            self.mode = Mode::Settling {
                settle: Settle::new(facts.number(), intent),
                facts,
                records: Box::new(records),
            };
            around.send(Settle::FIRST);
        } else if facts.status.current != CurrentDocument::None {
            self.tidy(facts, Request::CancelDocument, around);
        } else if facts.exchange.is_some_and(|exchange| exchange.reading) {
            self.tidy(facts, Request::CancelMessage, around);
        } else {
            self.go_live(*facts, records, around);
        }
    }

    pub(crate) fn load_failed(&mut self, token: Token, why: &str, around: &Surroundings<'_>) {
        if self.awaits(token) {
            let why = format!("the journal does not say what it knows of it: {why}");
            self.unreadable(why, around);
        }
    }

    pub(crate) fn ofd_answered(
        &mut self,
        token: Token,
        answer: &Result<Vec<u8>, String>,
        around: &mut Surroundings<'_>,
    ) {
        let said = self.pump.answered(around.now.mono, token, answer);
        if let (Some((number, answer)), Some(drive)) = (said, self.drive())
            && answer.is_notable()
        {
            let record = Record::OfdAnswered {
                drive,
                number,
                answer,
            };
            around.out.note(record, Then::Nothing);
        }
    }

    /// Looks for something to do; call it after every event.
    pub(crate) fn move_on(&mut self, around: &mut Surroundings<'_>) {
        let now = around.now.mono;
        match &mut self.mode {
            Mode::Unreadable { until, .. } if now >= *until => {
                self.reopen("it is tried again", around);
            }
            Mode::Loading {
                token: token @ None,
                facts,
            } if !around.notes.concern(facts.number()) => {
                let fresh = around.out.token();
                let load = Effect::Load(fresh, facts.number());
                around.out.effects.push(load);
                *token = Some(fresh);
            }
            Mode::Recording {
                token,
                record,
                retry_at,
                ..
            } if retry_at.is_some_and(|at| now >= at) => {
                *token = around.out.store((**record).clone());
                *retry_at = None;
            }
            Mode::Live(live) => {
                let wanted = Wanted {
                    duty: self.duty,
                    retires: self.swap.as_ref().is_some_and(|it| it.old == live.number()),
                    may_close: !self.holds_closing,
                    export: self.export == Some(live.number()),
                };
                live.move_on(&self.setup, &self.limits, &wanted, &mut self.pump, around);
            }
            _ => {}
        }
        self.move_swap_on(around);
    }

    /// Whatever was under way ends here; what it leaves behind goes to the cassette.
    fn leave(&mut self, why: &str, around: &mut Surroundings<'_>) {
        around.wire.give_up();
        if let Some(drive) = self.drive()
            && self.pump.is_connected()
        {
            around.out.effects.push(Effect::HangUp(drive));
        }
        self.pump.reset();
        if let Some(drive) = self.drive_at_work() {
            self.lost = Some(drive);
        }
        match std::mem::replace(&mut self.mode, Mode::Opening) {
            Mode::Live(live) => live.abandon(why, around),
            Mode::Recording {
                token,
                record,
                settled,
                retry_at,
                ..
            } => {
                let note = Note {
                    record: *record,
                    then: Then::Settled(settled),
                    retry_at,
                };
                around.out.handed_over.push((token, note));
            }
            _ => {}
        }
    }

    fn reopen(&mut self, why: &str, around: &mut Surroundings<'_>) {
        self.leave(why, around);
        around.out.effects.push(Effect::Reopen(self.setup.id));
    }

    fn probe(&mut self, around: &mut Surroundings<'_>) {
        self.mode = Mode::Probing(Probe::new());
        around.send(Probe::FIRST);
    }

    fn unreadable(&mut self, why: String, around: &Surroundings<'_>) {
        let until = around.now.mono + self.limits.retry_after;
        self.mode = Mode::Unreadable { why, until };
        self.is_known = true;
    }

    fn unusable(
        &mut self,
        facts: DriveFacts,
        records: DriveRecords,
        reason: Reason,
        around: &Surroundings<'_>,
    ) {
        self.enter(facts, records, Standing::Unusable(reason), around);
    }

    fn enter(
        &mut self,
        facts: DriveFacts,
        records: DriveRecords,
        standing: Standing,
        around: &Surroundings<'_>,
    ) {
        let live = Live::new(facts, records, standing, around.now.mono);
        self.mode = Mode::Live(Box::new(live));
        (self.is_known, self.lost) = (true, None);
    }

    fn tidy(&mut self, facts: Box<DriveFacts>, request: Request, around: &mut Surroundings<'_>) {
        if self.tidyings == TIDYINGS_MAX {
            let what = facts.status.current;
            let why = format!("what was begun cannot be dropped; its begun document: {what}");
            return self.unreadable(why, around);
        }
        self.tidyings += 1;
        self.mode = Mode::Tidying(facts);
        around.send(request);
    }

    /// The drive has told what became of the intent: note it, then read the drive anew.
    fn settled(&mut self, step: SettleStep, around: &mut Surroundings<'_>) {
        let mode = std::mem::replace(&mut self.mode, Mode::Opening);
        let Mode::Settling {
            settle,
            facts,
            records,
        } = mode
        else {
            self.mode = mode;
            return;
        };
        let (drive, intent) = (facts.number(), settle.into_intent());
        // A receipt that another drive forms is not queued again.
        let receipt = intent.task.receipt().filter(|_| !intent.given_up);
        let (record, formed) = match step {
            SettleStep::Formed(document) => {
                let record = forming::formed_record(self.setup.id, drive, intent.task, &document);
                (record, true)
            }
            SettleStep::Contradiction(what) => {
                let reason = Reason::Contradiction(what);
                return self.unusable(*facts, *records, reason, around);
            }
            step => {
                // What it has formed instead is read next: see [`Slot::heard`].
                let cause = match step {
                    SettleStep::Other(what) => what,
                    _ => "the drive says that it has not formed the document".to_owned(),
                };
                let record = Record::Void {
                    drive,
                    number: intent.number,
                    receipt: intent.task.receipt(),
                    fate: Fate::Requeue,
                    cause,
                };
                (record, false)
            }
        };
        self.mode = Mode::Recording {
            token: around.out.store(record.clone()),
            record: Box::new(record),
            settled: Settled {
                drive,
                receipt,
                formed,
            },
            facts,
            retry_at: None,
        };
    }

    fn go_live(&mut self, facts: DriveFacts, records: DriveRecords, around: &mut Surroundings<'_>) {
        let standing = judge::judge(&facts, &records, &self.setup);
        self.enter(facts, records, standing, around);
    }

    /// Journals a change of state. Ready and working are one here: they change with each document;
    /// and what lasts only while the drive is read is not told.
    pub(crate) fn tell(&mut self, in_doubt: bool, around: &mut Surroundings<'_>) {
        let (state, reason) = match self.state(in_doubt) {
            (SlotState::Probing, _) => return,
            (SlotState::Working, reason) => (SlotState::Ready, reason),
            other => other,
        };
        if self
            .told
            .as_ref()
            .is_some_and(|told| (told.0, &told.1) == (state, &reason))
        {
            return;
        }
        self.told = Some((state, reason.clone()));
        let record = Record::SlotChanged {
            slot: self.setup.id,
            drive: self.drive(),
            state,
            reason,
        };
        around.out.note(record, Then::Nothing);
    }
}
