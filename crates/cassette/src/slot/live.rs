use std::time::Duration;

use fn_proto::{Failure, Outcome, Reaction, Refusal};
use terms::{DocumentNumber, DriveNumber, LocalDateTime, TaxSystems};

use super::{Limits, Lost, SlotSetup, Surroundings, Then};
use crate::{
    dispatch::Job,
    document::{DocumentRun, FormedDocument, RunStep},
    event::{SlotId, Token},
    probe::DriveFacts,
    pump::{Pump, PumpStep},
    reason::Reason,
    record::{DriveRecords, Fate, Intent, Record, Registration, Task},
    settle::{Settle, SettleStep},
};

/// A drive that was read and judged: what it may do here, and what it is doing.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) facts: DriveFacts,
    pub(super) standing: Standing,
    pub(super) last_document: DocumentNumber,
    pub(super) last_time: Option<LocalDateTime>,
    pub(super) shift_open: bool,
    pub(super) shift_opened: Option<LocalDateTime>,
    /// Documents without ticket.
    pub(super) backlog: u32,
    /// Why no new document is begun, and until when.
    pub(super) blocked: Option<(Reason, Duration)>,
    activity: Activity,
    close_shift: bool,
}

/// Whether a drive may form documents here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    Ready,
    Unregistered,
    Unusable(Reason),
}

#[derive(Debug)]
enum Activity {
    Idle,
    /// A record must be durable before anything else; on failure it is tried again then.
    Storing {
        token: Token,
        record: Box<Record>,
        next: Next,
        retry_at: Option<Duration>,
    },
    Running(Box<DocumentRun>),
    /// The answer was lost, or the drive refused: it is asked what it has.
    Settling {
        settle: Box<Settle>,
        run: Box<DocumentRun>,
        then: AfterSettling,
    },
    Pumping,
}

/// What follows a stored record.
#[derive(Debug)]
enum Next {
    Begin(Box<DocumentRun>),
    /// The document is done; the receipt's account may go on.
    Done(Option<i64>),
}

/// What follows when the drive turns out not to have the document.
#[derive(Debug)]
enum AfterSettling {
    BeginAnew(String),
    GiveUp {
        fate: Fate,
        cause: String,
        block: Option<(Reason, Duration)>,
    },
}

impl Live {
    pub(super) fn new(facts: DriveFacts, records: DriveRecords, standing: Standing) -> Self {
        let queued = facts
            .exchange
            .map_or(0, |exchange| u32::from(exchange.queued));
        let known = u32::try_from(records.unacknowledged.len()).unwrap_or(u32::MAX);
        Self {
            last_document: facts.status.last_document,
            last_time: facts.status.last_time,
            shift_open: facts.status.shift_open,
            shift_opened: records.shift_opened.filter(|_| facts.status.shift_open),
            backlog: queued.max(known),
            facts,
            standing,
            blocked: None,
            activity: Activity::Idle,
            close_shift: false,
        }
    }

    pub(super) fn unusable(facts: DriveFacts, records: DriveRecords, reason: Reason) -> Self {
        Self::new(facts, records, Standing::Unusable(reason))
    }

    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.activity, Activity::Idle)
    }

    pub(super) const fn is_pumping(&self) -> bool {
        matches!(self.activity, Activity::Pumping)
    }

    /// The record that waits for the journal, if the journal has refused it.
    pub(super) const fn store_refused(&self) -> bool {
        matches!(
            self.activity,
            Activity::Storing {
                retry_at: Some(_),
                ..
            }
        )
    }

    pub(super) fn stored(
        &mut self,
        token: Token,
        setup: &SlotSetup,
        limits: &Limits,
        pump: &mut Pump,
        around: &mut Surroundings<'_>,
    ) {
        match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Storing {
                token: awaited,
                next,
                ..
            } if awaited == token => match next {
                Next::Begin(mut run) => {
                    around.out.send(setup.id, run.begin());
                    self.activity = Activity::Running(run);
                }
                Next::Done(order_key) => {
                    if let Some(key) = order_key {
                        around.dispatch.finished(key);
                    }
                    self.move_on(setup, limits, pump, around);
                }
            },
            other => self.activity = other,
        }
    }

    pub(super) fn store_failed(&mut self, token: Token, why: &str, again: Duration) {
        if let Activity::Storing {
            token: awaited,
            retry_at,
            ..
        } = &mut self.activity
            && *awaited == token
        {
            *retry_at = Some(again);
            self.blocked = Some((Reason::JournalRefuses(why.to_owned()), again));
        }
    }

    /// The wire is gone: whatever was under way ends here.
    pub(super) fn abandon(self, why: &str, around: &mut Surroundings<'_>) {
        let drive = self.facts.number();
        let run = match self.activity {
            // An intent that was asked for is durable by the time its voiding is: the journal
            // keeps the order. A formed document's record likewise: it is under way.
            Activity::Storing {
                next: Next::Begin(run),
                retry_at: None,
                ..
            } => run,
            Activity::Storing {
                next: Next::Begin(run),
                ..
            } => {
                if let Some(job) = run.job {
                    around.dispatch.give_back(job);
                }
                return;
            }
            Activity::Storing {
                record,
                next: Next::Done(key),
                retry_at,
                ..
            } => {
                let then = key.map_or(Then::Nothing, Then::Finished);
                if retry_at.is_some() {
                    around.out.note(*record, then);
                } else if let Then::Finished(key) = then {
                    around.dispatch.finished(key);
                }
                return;
            }
            Activity::Running(run) | Activity::Settling { run, .. } => run,
            Activity::Idle | Activity::Pumping => return,
        };
        let (number, receipt) = (run.intent.number, run.intent.task.receipt());
        if run.may_be_formed() {
            if let Some(receipt) = receipt {
                let order_key = run.job.map(|job| job.order_key);
                around.out.lost.push(Lost {
                    drive,
                    number,
                    receipt,
                    order_key,
                });
            }
            return;
        }
        // The finishing command was never sent, so the drive cannot have the document.
        let cause = format!("the wire was lost before the document was finished: {why}");
        let record = Record::Void {
            drive,
            number,
            receipt,
            fate: Fate::Requeue,
            cause,
        };
        let then = run
            .job
            .map_or(Then::Nothing, |job| Then::GiveBack(Box::new(job)));
        around.out.note(record, then);
    }

    /// Begins the registration if the drive has none.
    pub(super) fn register(
        &mut self,
        registration: Registration,
        limits: &Limits,
        around: &mut Surroundings<'_>,
    ) {
        if self.standing != Standing::Unregistered || !self.is_idle() {
            return;
        }
        if let Some(time) = self.document_time(limits, around) {
            let form = fn_proto::RegistrationForm {
                time,
                ..registration.form
            };
            let task = Task::Registration(Box::new(form));
            self.intend(task, registration.tlv, None, time, around);
        }
    }

    /// Looks for something to do.
    pub(super) fn move_on(
        &mut self,
        setup: &SlotSetup,
        limits: &Limits,
        pump: &mut Pump,
        around: &mut Surroundings<'_>,
    ) {
        let now = around.now.mono;
        if let Activity::Storing {
            token,
            record,
            retry_at: retry @ Some(_),
            ..
        } = &mut self.activity
            && retry.is_some_and(|at| now >= at)
        {
            *token = around.out.store((**record).clone());
            *retry = None;
        }
        if self
            .blocked
            .as_ref()
            .is_some_and(|(_, until)| now >= *until)
        {
            self.blocked = None;
        }
        if !self.is_idle() {
            return;
        }
        let ofd_first = pump.has_ticket() || self.backlog > limits.backlog_max;
        if !(ofd_first && self.pump(setup, pump, around)) && !self.work(setup, limits, around) {
            self.pump(setup, pump, around);
        }
    }

    fn pump(&mut self, setup: &SlotSetup, pump: &mut Pump, around: &mut Surroundings<'_>) -> bool {
        let wanted = pump.wants_drive(around.now.mono, self.backlog);
        if wanted {
            around.out.send(setup.id, pump.start());
            self.activity = Activity::Pumping;
        }
        wanted
    }

    /// Begins the next document, if there is one to begin.
    fn work(&mut self, setup: &SlotSetup, limits: &Limits, around: &mut Surroundings<'_>) -> bool {
        if self.standing != Standing::Ready || self.blocked.is_some() {
            return false;
        }
        if self.shift_is_due(limits, around.now.local) {
            let tlv = setup.close_shift_tlv.clone();
            return self.begin(Task::CloseShift, tlv, limits, around);
        }
        let systems = self.facts.registration.as_ref();
        let systems = systems.and_then(|it| TaxSystems::from_bits(it.tax_systems).ok());
        let Some(systems) = systems.filter(|_| !around.draining) else {
            return false;
        };
        if !self.shift_open {
            if !around.dispatch.has_work(systems) {
                return false;
            }
            let tlv = setup.open_shift_tlv.clone();
            return self.begin(Task::OpenShift, tlv, limits, around);
        }
        let Some(time) = self.document_time(limits, around) else {
            return false;
        };
        let Some(mut job) = around.dispatch.take(systems) else {
            return false;
        };
        let tlv = std::mem::take(&mut job.tlv);
        let task = Task::Receipt {
            id: job.id,
            operation: job.operation,
            total: job.total,
        };
        self.intend(task, tlv, Some(job), time, around)
    }

    fn begin(
        &mut self,
        task: Task,
        tlv: Vec<u8>,
        limits: &Limits,
        around: &mut Surroundings<'_>,
    ) -> bool {
        match self.document_time(limits, around) {
            Some(time) => self.intend(task, tlv, None, time, around),
            None => false,
        }
    }

    /// Stores the intent; the drive is touched once it is durable.
    fn intend(
        &mut self,
        task: Task,
        tlv: Vec<u8>,
        job: Option<Job>,
        time: LocalDateTime,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let number = self.last_document.next();
        let intent = Intent {
            task,
            number,
            time,
            tlv,
        };
        let job = job.map(|job| Job {
            tlv: intent.tlv.clone(),
            ..job
        });
        let slot = around.slot;
        match DocumentRun::new(intent.clone(), job.clone(), self.facts.message_max().into()) {
            Ok(run) => {
                let record = Record::Intent {
                    slot,
                    drive: self.facts.number(),
                    intent,
                };
                let next = Next::Begin(Box::new(run));
                self.store(record, next, around);
                true
            }
            Err(why) => {
                let reason = Reason::Refused(format!("a document cannot be cut: {why}"));
                self.blocked = Some((reason, Duration::MAX));
                if let Some(job) = job {
                    around.dispatch.give_back(job);
                }
                false
            }
        }
    }

    fn store(&mut self, record: Record, next: Next, around: &mut Surroundings<'_>) {
        let token = around.out.store(record.clone());
        let record = Box::new(record);
        self.activity = Activity::Storing {
            token,
            record,
            next,
            retry_at: None,
        };
    }

    /// The time of the next document: now, but never before the drive's last one (code 07h).
    fn document_time(
        &mut self,
        limits: &Limits,
        around: &Surroundings<'_>,
    ) -> Option<LocalDateTime> {
        let now = around.now.local;
        let last = self.last_time.unwrap_or(now);
        if last.minutes_since(now) > limits.clock_behind_max_minutes {
            let until = around.now.mono + limits.retry_after;
            self.blocked = Some((Reason::ClockBehind { last, now }, until));
            return None;
        }
        Some(now.max(last))
    }

    fn shift_is_due(&self, limits: &Limits, now: LocalDateTime) -> bool {
        let Some(opened) = self.shift_opened.filter(|_| self.shift_open) else {
            return self.close_shift && self.shift_open;
        };
        let passed = limits.shift_close_at.is_some_and(|(hour, minute)| {
            let closing = |day: terms::LocalDate| day.at(hour, minute).ok();
            [closing(opened.date()), closing(now.date())]
                .into_iter()
                .flatten()
                .any(|moment| opened < moment && moment <= now)
        });
        self.close_shift || passed || now.minutes_since(opened) >= limits.shift_max_minutes
    }

    /// Takes the drive's answer.
    ///
    /// # Errors
    /// When the drive cannot be talked to any more.
    pub(super) fn reply(
        &mut self,
        outcome: Outcome,
        setup: &SlotSetup,
        limits: &Limits,
        pump: &mut Pump,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let slot = setup.id;
        match &mut self.activity {
            Activity::Running(run) => match run.reply(outcome) {
                RunStep::Send(request) => around.out.send(slot, request),
                RunStep::Formed(formed) => self.formed(&formed, around),
                RunStep::Refused(refusal) => self.refused(&refusal, limits, around),
                RunStep::Uncertain(failure) => {
                    self.settle(AfterSettling::BeginAnew(failure.to_string()), around);
                }
            },
            Activity::Settling { settle, .. } => match settle.reply(outcome) {
                SettleStep::Send(request) => around.out.send(slot, request),
                SettleStep::Formed(formed) => self.formed(&formed, around),
                SettleStep::NotFormed => self.not_formed(limits, around),
                SettleStep::Contradiction(what) => self.contradiction(what, around),
                SettleStep::Unanswered(failure) => return Err(failure),
            },
            Activity::Pumping => return self.pumped(outcome, pump, around),
            Activity::Idle | Activity::Storing { .. } => {}
        }
        Ok(())
    }

    fn pumped(
        &mut self,
        outcome: Outcome,
        pump: &mut Pump,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let drive = self.facts.number();
        match pump.reply(around.now.mono, self.facts.message_max(), outcome) {
            PumpStep::Send(request) => around.out.send(around.slot, request),
            PumpStep::ToOfd {
                container,
                document,
            } => {
                let token = around.out.token();
                let ffd = self.facts.ffd.unwrap_or(terms::FfdVersion::V1_05);
                let effect = crate::Effect::SendToOfd {
                    token,
                    drive,
                    ffd,
                    container,
                };
                around.out.effects.push(effect);
                pump.sent(token, document);
                self.activity = Activity::Idle;
            }
            PumpStep::Acknowledged {
                document,
                ofd_code,
                ticket,
            } => {
                self.backlog = self.backlog.saturating_sub(1);
                let ofd_code = Some(ofd_code);
                let record = Record::Acknowledged {
                    drive,
                    number: document,
                    ofd_code,
                    ticket,
                };
                self.store(record, Next::Done(None), around);
            }
            PumpStep::Empty => {
                self.backlog = 0;
                self.activity = Activity::Idle;
            }
            PumpStep::Free => self.activity = Activity::Idle,
            PumpStep::Unanswered(failure) => return Err(failure),
        }
        Ok(())
    }

    fn formed(&mut self, formed: &FormedDocument, around: &mut Surroundings<'_>) {
        let Some(run) = self.take_run() else { return };
        self.last_document = formed.document.number;
        self.last_time = Some(formed.time);
        self.backlog = self.backlog.saturating_add(1);
        match &run.intent.task {
            Task::OpenShift => {
                (self.shift_open, self.shift_opened) = (true, Some(formed.time));
            }
            Task::CloseShift => {
                (self.shift_open, self.shift_opened, self.close_shift) = (false, None, false);
            }
            Task::Receipt { .. } => {}
            // What it now is has to be read from it.
            Task::Registration(_) => {
                let reason = Reason::NotReadable("it was registered just now".to_owned());
                self.standing = Standing::Unusable(reason);
                around.out.effects.push(crate::Effect::Reopen(around.slot));
            }
        }
        let (drive, task) = (self.facts.number(), run.intent.task);
        let record = formed_record(around.slot, drive, task, formed);
        self.store(record, Next::Done(run.job.map(|job| job.order_key)), around);
    }

    /// The drive said no to a command of the document. It may still hold a begun document, and
    /// after codes 03h and 04h at the finish even a formed one: so it is asked in any case.
    fn refused(&mut self, refusal: &Refusal, limits: &Limits, around: &mut Surroundings<'_>) {
        let soon = around.now.mono + limits.retry_after;
        let why = refusal.to_string();
        let requeue = |reason, until| AfterSettling::GiveUp {
            fate: Fate::Requeue,
            cause: why.clone(),
            block: Some((reason, until)),
        };
        let then = match refusal.code.reaction() {
            Reaction::Resync => AfterSettling::BeginAnew(why.clone()),
            Reaction::CloseShiftAndRepeat => {
                self.close_shift = true;
                AfterSettling::GiveUp {
                    fate: Fate::Requeue,
                    cause: why.clone(),
                    block: None,
                }
            }
            Reaction::SendToOfd => requeue(Reason::AwaitsOfd(why.clone()), soon),
            Reaction::FixClock => requeue(Reason::Refused(why.clone()), soon),
            Reaction::SlotSuspect => requeue(Reason::Faulty(why.clone()), soon),
            Reaction::SlotExhausted => requeue(Reason::Exhausted(why.clone()), Duration::MAX),
            _ => AfterSettling::GiveUp {
                fate: Fate::Hold(why.clone()),
                cause: why.clone(),
                block: None,
            },
        };
        self.settle(then, around);
    }

    fn settle(&mut self, then: AfterSettling, around: &mut Surroundings<'_>) {
        let Some(run) = self.take_run() else { return };
        let settle = Box::new(Settle::new(run.intent.clone()));
        self.activity = Activity::Settling {
            settle,
            run: Box::new(run),
            then,
        };
        around.out.send(around.slot, Settle::FIRST);
    }

    fn not_formed(&mut self, limits: &Limits, around: &mut Surroundings<'_>) {
        let activity = std::mem::replace(&mut self.activity, Activity::Idle);
        let Activity::Settling { mut run, then, .. } = activity else {
            return;
        };
        let soon = around.now.mono + limits.retry_after;
        let (fate, cause, block) = match then {
            AfterSettling::BeginAnew(_) if run.attempts < limits.attempts_max => {
                around.out.send(around.slot, run.begin());
                self.activity = Activity::Running(run);
                return;
            }
            AfterSettling::BeginAnew(why) => {
                let cause = format!("given up after {} attempts: {why}", run.attempts);
                let block = Some((Reason::Faulty(cause.clone()), soon));
                (Fate::Requeue, cause, block)
            }
            AfterSettling::GiveUp { fate, cause, block } => (fate, cause, block),
        };
        let receipt = run.intent.task.receipt();
        // A report that is refused would be refused again at once.
        let refused = || Some((Reason::Refused(cause.clone()), soon));
        self.blocked = block.or_else(|| if receipt.is_none() { refused() } else { None });
        let then = match (run.job, &fate) {
            (Some(job), Fate::Requeue) => Then::GiveBack(Box::new(job)),
            (Some(job), Fate::Hold(_)) => Then::Finished(job.order_key),
            (None, _) => Then::Nothing,
        };
        let (drive, number) = (self.facts.number(), run.intent.number);
        around.out.note(
            Record::Void {
                drive,
                number,
                receipt,
                fate,
                cause,
            },
            then,
        );
    }

    fn contradiction(&mut self, what: String, around: &mut Surroundings<'_>) {
        let Some(run) = self.take_run() else { return };
        self.standing = Standing::Unusable(Reason::Contradiction(what));
        if let Some(receipt) = run.intent.task.receipt() {
            around.out.lost.push(Lost {
                drive: self.facts.number(),
                number: run.intent.number,
                receipt,
                order_key: run.job.map(|job| job.order_key),
            });
        }
    }

    fn take_run(&mut self) -> Option<DocumentRun> {
        match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Running(run) | Activity::Settling { run, .. } => Some(*run),
            other => {
                self.activity = other;
                None
            }
        }
    }
}

/// What is journaled when a drive has formed a document.
pub(super) fn formed_record(
    slot: SlotId,
    drive: DriveNumber,
    task: Task,
    formed: &FormedDocument,
) -> Record {
    Record::Formed {
        slot,
        drive,
        task,
        time: formed.time,
        document: formed.document,
        shift: formed.shift,
        receipt_number: formed.receipt_number,
    }
}
