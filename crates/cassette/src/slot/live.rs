use std::time::Duration;

use fn_proto::{Phase, Request};
use terms::{DocumentNumber, DriveNumber, Inn, LocalDateTime, OfdMessages, ShiftNumber};

use super::{Limits, SlotSetup, export::Export};
use crate::{
    archive::ArchiveRead,
    document::DocumentRun,
    event::Token,
    notes::{Note, Then},
    policy::Duty,
    probe::DriveFacts,
    pump::Pump,
    reason::Reason,
    record::{DriveRecords, Fate, Intent, Record, Registering, Registration, Task},
    settle::Settle,
    surroundings::{Lost, Surroundings},
};

/// A drive that was not heard of for so long is asked whether it is still there: somebody may have
/// pulled it out, or put another one in its place, without the wire noticing.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// A drive that was read and judged: what it may do here, and what it is doing.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) facts: DriveFacts,
    pub(super) standing: Standing,
    pub(super) last_document: DocumentNumber,
    pub(super) last_time: Option<LocalDateTime>,
    pub(super) shift_open: bool,
    pub(super) shift_opened: Option<LocalDateTime>,
    /// The open shift, or the last one. The answer to 16h does not name it.
    pub(super) shift: ShiftNumber,
    /// Documents without ticket.
    pub(super) backlog: u32,
    /// What the ОФД has said since the shift was opened.
    pub(super) ofd_messages: OfdMessages,
    /// Why no new document is begun, and until when.
    pub(super) blocked: Option<(Reason, Duration)>,
    pub(super) activity: Activity,
    /// The drive has said that its shift is too old.
    pub(super) close_shift: bool,
    /// How often the drive has failed (codes 03h, 04h) since it last formed a document.
    pub(super) failures: u8,
    /// Documents whose ticket the drive may have but the journal has not, the first one last: the
    /// program stopped, or the drive was lost, between the two.
    pub(super) without_ticket: Vec<DocumentNumber>,
    /// When it was heard of last.
    pub(super) heard_at: Duration,
    /// The drive has said that it is full or that its life is over.
    pub(super) used_up: Option<String>,
    /// Why it takes no more receipts: it is nearly full, or its life nearly over.
    pub(super) exhausted: Option<String>,
    /// The drive has failed: it is asked for its last errors.
    pub(super) has_failed: bool,
    /// The last document that the journal knows.
    pub(super) known_up_to: DocumentNumber,
    /// How far its documents are read into files.
    pub(super) export: Export,
    /// The export was begun when no document or ticket could come any more.
    pub(super) export_is_final: bool,
}

/// What the slot wants of its drive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) duty: Duty,
    /// It is to be replaced.
    pub(super) retires: bool,
    /// Its archive may be closed for that.
    pub(super) may_close: bool,
    /// Its documents are to be read into files.
    pub(super) export: bool,
}

/// Whether a drive may form documents here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    Ready,
    /// It is known, but holds documents that the journal does not know: they are read first.
    Behind,
    /// What was read of it is out of date: it is looked at anew.
    Outdated,
    Unregistered,
    Unusable(Reason),
}

#[derive(Debug)]
pub(super) enum Activity {
    Idle,
    /// A record must be durable before anything else; if the journal refuses, it is stored again at
    /// `retry_at`.
    Storing {
        token: Token,
        record: Box<Record>,
        next: Next,
        retry_at: Option<Duration>,
    },
    Running(Box<DocumentRun>),
    /// The drive is asked what it has: before a document, after a lost answer, after a refusal.
    Settling {
        settle: Box<Settle>,
        run: Box<DocumentRun>,
        then: AfterSettling,
    },
    Pumping,
    /// The drive is asked whether it is still there.
    Checking,
    /// The drive is asked for the ticket of a document that it no longer wants to send.
    Catching(DocumentNumber),
    /// The drive is asked for its last errors.
    AskingErrors,
    /// A document is read to be kept in files.
    Exporting(Box<ArchiveRead>),
    /// A document is read that the journal does not know.
    CatchingUp(Box<ArchiveRead>),
}

/// What follows a stored record.
#[derive(Debug)]
pub(super) enum Next {
    /// The intent is durable: the drive may be touched.
    Begin(Box<DocumentRun>),
    /// The document has come to its end.
    End(Then),
}

/// What follows when the drive turns out not to have the document.
#[derive(Debug)]
pub(super) enum AfterSettling {
    /// It is begun, or begun anew.
    Begin {
        /// Why it is not formed yet.
        why: String,
        /// Whether the drive has refused it, and not only been silent.
        refused: bool,
    },
    GiveUp {
        fate: Fate,
        cause: String,
        block: Option<(Reason, Duration)>,
    },
}

impl Live {
    pub(super) fn new(
        facts: DriveFacts,
        records: DriveRecords,
        standing: Standing,
        now: Duration,
    ) -> Self {
        let queued = facts
            .exchange
            .map_or(0, |exchange| u32::from(exchange.queued));
        let first_to_send = match facts.exchange {
            Some(exchange) if exchange.queued > 0 => exchange.first,
            Some(_) => facts.status.last_document.next(),
            // It has taken all tickets, and does not answer 20h any more.
            None if facts.status.phase == Phase::ArchiveOnly => facts.status.last_document.next(),
            None => DocumentNumber(1),
        };
        let known_up_to = records.last_document;
        let unacknowledged = records.unacknowledged.iter().rev().copied();
        let without_ticket = unacknowledged
            .filter(|number| *number < first_to_send)
            .collect();
        let known = u32::try_from(records.unacknowledged.len()).unwrap_or(u32::MAX);
        Self {
            last_document: facts.status.last_document,
            last_time: facts.status.last_time,
            shift_open: facts.status.shift_open,
            shift_opened: records.shift_opened.filter(|_| facts.status.shift_open),
            shift: facts.shift.map_or(ShiftNumber(0), |it| it.shift),
            backlog: queued.max(known),
            ofd_messages: records.ofd_messages,
            facts,
            standing,
            blocked: None,
            activity: Activity::Idle,
            close_shift: false,
            failures: 0,
            without_ticket,
            heard_at: now,
            used_up: None,
            exhausted: None,
            has_failed: false,
            known_up_to,
            export: Export::default(),
            export_is_final: false,
        }
    }

    pub(super) const fn number(&self) -> DriveNumber {
        self.facts.number()
    }

    /// The ОФД that its registration names; a drive of the first generation does not tell (43h).
    pub(super) fn ofd(&self) -> Option<Inn> {
        self.facts.registration.as_ref().and_then(|it| it.ofd_inn)
    }

    /// The ОФД that its documents would go to, if nobody knows where that is.
    pub(super) fn unknown_ofd(&self, setup: &SlotSetup) -> Option<Inn> {
        self.ofd().filter(|inn| !setup.operators.contains(inn))
    }

    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.activity, Activity::Idle)
    }

    /// Whether it forms no document now.
    pub(super) const fn is_free(&self) -> bool {
        matches!(
            self.activity,
            Activity::Idle
                | Activity::Pumping
                | Activity::Checking
                | Activity::Catching(_)
                | Activity::AskingErrors
                | Activity::Exporting(_)
                | Activity::CatchingUp(_)
        )
    }

    /// Whether it opens a shift, and has not taken a receipt yet.
    pub(super) fn is_opening(&self) -> bool {
        self.task() == Some(&Task::OpenShift)
    }

    /// Whether a record waits for the journal, which has refused it.
    pub(super) const fn store_refused(&self) -> bool {
        matches!(
            self.activity,
            Activity::Storing {
                retry_at: Some(_),
                ..
            }
        )
    }

    pub(super) fn stored(&mut self, token: Token, around: &mut Surroundings<'_>) {
        match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Storing {
                token: awaited,
                next,
                ..
            } if awaited == token => {
                self.blocked
                    .take_if(|(reason, _)| matches!(reason, Reason::JournalRefuses(_)));
                match next {
                    Next::Begin(run) => self.begin_run(*run, around),
                    Next::End(Then::GiveBack(job)) => around.dispatch.give_back(*job),
                    Next::End(Then::Finished(key)) => around.dispatch.finished(key),
                    Next::End(_) => {}
                }
            }
            other => self.activity = other,
        }
    }

    /// The intent is durable. The drive is asked first whether it is still the one that was read.
    fn begin_run(&mut self, run: DocumentRun, around: &mut Surroundings<'_>) {
        if let Some(why) = run.cannot_be_cut() {
            let cause = format!("the document cannot be cut into messages: {why}");
            let reason = Reason::Refused(cause.clone());
            if run.intent.task.receipt().is_none() {
                // A report is the same each time.
                self.blocked = Some((reason, Duration::MAX));
            }
            return self.void(run, Fate::Hold(cause.clone()), cause, around);
        }
        let then = AfterSettling::Begin {
            why: "it was not begun".to_owned(),
            refused: false,
        };
        let settle = Settle::new(self.facts.number(), run.intent.clone());
        self.ask(run, settle, then, around);
    }

    pub(super) fn store_failed(
        &mut self,
        token: Token,
        why: &str,
        again: Duration,
        around: &mut Surroundings<'_>,
    ) {
        match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Storing {
                token: awaited,
                record,
                next,
                ..
            } if awaited == token => match next {
                // The drive knows nothing of it yet: another one may take it.
                Next::Begin(run) => {
                    self.blocked = Some((Reason::JournalRefuses(why.to_owned()), again));
                    if let Some(job) = run.job {
                        around.dispatch.give_back(job);
                    }
                }
                next @ Next::End(_) => {
                    // Until it is stored, see [`Live::stored`].
                    let reason = Reason::JournalRefuses(why.to_owned());
                    self.blocked = Some((reason, Duration::MAX));
                    self.activity = Activity::Storing {
                        token,
                        record,
                        next,
                        retry_at: Some(again),
                    };
                }
            },
            other => self.activity = other,
        }
    }

    /// The drive cannot be talked to any more: whatever was under way ends here.
    pub(super) fn abandon(self, why: &str, around: &mut Surroundings<'_>) {
        let drive = self.facts.number();
        let lost = |run: &DocumentRun| {
            let cause = format!("the wire was lost before the document was finished: {why}");
            void_record(drive, &run.intent, Fate::Requeue, cause)
        };
        match self.activity {
            Activity::Storing {
                token,
                record,
                next,
                retry_at,
            } => {
                let then = match next {
                    // Whether it will be durable is not known: when it is, it is voided.
                    Next::Begin(run) => {
                        Then::Store(Box::new(lost(&run)), Box::new(Then::give_back(run.job)))
                    }
                    Next::End(then) => then,
                };
                let note = Note {
                    record: *record,
                    then,
                    retry_at,
                };
                around.out.handed_over.push((token, note));
            }
            Activity::Running(run) | Activity::Settling { run, .. } if run.may_be_formed() => {
                lose(drive, *run, around);
            }
            // The finishing command was never sent, so the drive cannot have the document.
            Activity::Running(run) | Activity::Settling { run, .. } => {
                around.out.note(lost(&run), Then::give_back(run.job));
            }
            Activity::Idle
            | Activity::Pumping
            | Activity::Checking
            | Activity::Catching(_)
            | Activity::AskingErrors
            | Activity::Exporting(_)
            | Activity::CatchingUp(_) => {}
        }
    }

    /// Begins the registration if the drive has none.
    pub(super) fn register(
        &mut self,
        registration: Registration,
        limits: &Limits,
        around: &mut Surroundings<'_>,
    ) {
        let may_begin = self.standing == Standing::Unregistered && self.blocked.is_none();
        if !may_begin || !self.is_idle() {
            return;
        }
        if let Some(time) = self.document_time(limits, around) {
            let form = fn_proto::RegistrationForm {
                time,
                ..registration.form
            };
            let ffd = registration.ffd;
            let task = Task::Registration(Box::new(Registering { ffd, form }));
            self.intend(task, registration.tlv, None, time, around);
        }
    }

    /// Looks for something to do.
    pub(super) fn move_on(
        &mut self,
        setup: &SlotSetup,
        limits: &Limits,
        wanted: &Wanted,
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
        let clock_is_right = around.clock.is_none();
        self.blocked.take_if(|(reason, until)| match reason {
            // Until it is right again: a drive that waits for its registration looks no second time.
            Reason::ClockJumped { .. } => clock_is_right,
            _ => now >= *until,
        });
        if !self.is_idle() {
            return;
        }
        if std::mem::take(&mut self.has_failed) {
            around.send(Request::LastErrors);
            self.activity = Activity::AskingErrors;
            return;
        }
        if self.may_send()
            && let Some(number) = self.without_ticket.pop()
        {
            around.send(Request::FindTicket(number));
            self.activity = Activity::Catching(number);
            return;
        }
        if self.standing == Standing::Behind && !around.draining {
            self.catch_up(around);
            return;
        }
        let ofd_first = pump.has_ticket() || self.backlog > limits.backlog_max;
        let found = (ofd_first && self.pump(setup, pump, around))
            || self.work(setup, limits, wanted, around)
            || self.pump(setup, pump, around)
            || (wanted.export
                && !around.draining
                // The other slot reads it.
                && self.standing != Standing::Unusable(Reason::SeenTwice)
                && self.export_on(around));
        let is_silent = now.saturating_sub(self.heard_at) >= SILENCE_MAX;
        if !found && is_silent && !around.draining {
            around.send(Request::Status);
            self.activity = Activity::Checking;
        }
    }

    fn pump(&mut self, setup: &SlotSetup, pump: &mut Pump, around: &mut Surroundings<'_>) -> bool {
        let now = around.now.mono;
        let to_send = match self.unknown_ofd(setup) {
            Some(_) => 0,
            None => self.backlog,
        };
        let may_go_on = if pump.has_ticket() {
            // What the ОФД said must be durable before the drive forgets it.
            !around.notes.concern(self.number())
        } else {
            !around.draining
        };
        let wanted = may_go_on && self.may_send() && pump.wants_drive(now, to_send);
        if wanted {
            around.send(pump.start(now, to_send));
            self.activity = Activity::Pumping;
        }
        wanted
    }

    /// Whether its documents are ours to be sent: also those of a drive that forms no more.
    const fn may_send(&self) -> bool {
        match &self.standing {
            Standing::Ready => true,
            Standing::Unregistered | Standing::Behind | Standing::Outdated => false,
            Standing::Unusable(reason) => matches!(
                reason,
                Reason::ArchiveClosed
                    | Reason::MissingDocuments { .. }
                    | Reason::OtherFormat(_)
                    | Reason::UnknownDocuments { .. }
            ),
        }
    }

    pub(super) fn store(&mut self, record: Record, next: Next, around: &mut Surroundings<'_>) {
        self.activity = Activity::Storing {
            token: around.out.store(record.clone()),
            record: Box::new(record),
            next,
            retry_at: None,
        };
    }
}

/// The drive may have the document, but it cannot be asked.
pub(super) fn lose(drive: DriveNumber, run: DocumentRun, around: &mut Surroundings<'_>) {
    if let Some(receipt) = run.intent.task.receipt() {
        around.out.lost.push(Lost {
            drive,
            number: run.intent.number,
            receipt,
            job: run.job,
        });
    }
}

pub(super) fn void_record(
    drive: DriveNumber,
    intent: &Intent,
    fate: Fate,
    cause: String,
) -> Record {
    Record::Void {
        drive,
        number: intent.number,
        receipt: intent.task.receipt(),
        fate,
        cause,
    }
}
