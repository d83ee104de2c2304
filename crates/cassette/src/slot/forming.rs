//! A live drive's answers, and what follows from them.

use std::time::Duration;

use fn_proto::{Answer, AnswerCode, Failure, Outcome, Reaction, Refusal};
use terms::{DocumentNumber, DriveNumber, OfdAnswer, OfdMessages, ShiftNumber};

use super::{
    Limits,
    live::{Activity, AfterSettling, Live, Next, Standing, lose, void_record},
};
use crate::{
    document::{DocumentRun, FormedDocument, RunStep, unexpected},
    event::{Effect, SlotId},
    notes::Then,
    pump::{Pump, PumpStep},
    reason::Reason,
    record::{Fate, Record, Task},
    settle::{Settle, SettleStep},
    surroundings::Surroundings,
};

/// After so many failures of a drive (codes 03h, 04h) it is taken out of service.
const FAILURES_MAX: u8 = 2;

/// After so many drives, or tries of one, have refused a receipt for a reason that should have
/// passed, it waits for a person: it must not keep the others waiting.
const GIVEN_UP_MAX: u8 = 3;

impl Live {
    /// Takes the drive's answer.
    ///
    /// # Errors
    /// When the drive cannot be talked to any more.
    pub(super) fn reply(
        &mut self,
        outcome: Outcome,
        limits: &Limits,
        pump: &mut Pump,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        self.heard_at = around.now.mono;
        match &mut self.activity {
            Activity::Running(run) => match run.reply(outcome) {
                RunStep::Send(request) => around.send(request),
                RunStep::Formed(formed) => {
                    self.failures = 0;
                    self.formed(&formed, around);
                }
                RunStep::Refused(refusal) => self.refused(&refusal, limits, around),
                RunStep::Uncertain(failure) => {
                    let why = failure.to_string();
                    let refused = false;
                    self.settle(AfterSettling::Begin { why, refused }, true, around);
                }
            },
            Activity::Settling { settle, .. } => match settle.reply(outcome) {
                SettleStep::Send(request) => around.send(request),
                SettleStep::Formed(formed) => self.formed(&formed, around),
                SettleStep::NotFormed => self.not_formed(limits, around),
                // Nobody else can have used it since it was asked last.
                SettleStep::Other(what) | SettleStep::Contradiction(what) => {
                    self.take_out(Reason::Contradiction(what), around);
                }
                SettleStep::Stuck(what) => self.take_out(Reason::Faulty(what), around),
                SettleStep::Unanswered(failure) => return Err(failure),
            },
            Activity::Pumping => return self.pumped(outcome, pump, around),
            Activity::Checking => return self.checked(outcome),
            Activity::Catching(number) => {
                let number = *number;
                return self.caught(number, outcome, around);
            }
            Activity::AskingErrors => return self.told_errors(outcome, around),
            Activity::Exporting(_) => return self.exported(outcome, around),
            Activity::CatchingUp(_) => return self.caught_up(outcome, around),
            Activity::Idle | Activity::Storing { .. } => {}
        }
        Ok(())
    }

    /// The answer to 35h: it is kept as the drive gives it (ФН protocol §9, Q16).
    fn told_errors(
        &mut self,
        outcome: Outcome,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        self.activity = Activity::Idle;
        let errors = match outcome {
            Ok(Answer::Bytes(errors)) => errors,
            Ok(answer) => return Err(unexpected("35h last errors", &answer)),
            // It has none to tell.
            Err(Failure::Refused(_)) => return Ok(()),
            Err(failure) => return Err(failure),
        };
        if let Standing::Unusable(Reason::Faulty(why)) = &mut self.standing {
            let bytes: String = errors.iter().map(|byte| format!("{byte:02X}")).collect();
            why.push_str("; its last errors (35h): ");
            why.push_str(&bytes);
        }
        let drive = self.number();
        around
            .out
            .note(Record::DriveErrors { drive, errors }, Then::Nothing);
        Ok(())
    }

    /// The answer to 41h.
    fn caught(
        &mut self,
        number: DocumentNumber,
        outcome: Outcome,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        self.activity = Activity::Idle;
        match outcome {
            Ok(Answer::FoundTicket { operator_sign, .. }) => {
                let record = Record::Acknowledged {
                    drive: self.facts.number(),
                    number,
                    answer: OfdAnswer::default(),
                    ticket: operator_sign.to_vec(),
                };
                self.store(record, Next::End(Then::Nothing), around);
            }
            // It stays as it is: sent by nobody we know.
            Err(Failure::Refused(refusal)) if refusal.code == AnswerCode::NO_DATA => {}
            Ok(answer) => return Err(unexpected("41h find ticket", &answer)),
            Err(failure) => return Err(failure),
        }
        // In both cases the drive will not send it.
        self.backlog = self.backlog.saturating_sub(1);
        Ok(())
    }

    /// The answer to 30h while nothing was under way.
    fn checked(&mut self, outcome: Outcome) -> Result<(), Failure> {
        let command = "30h status";
        let status = match outcome {
            Ok(Answer::Status(status)) => status,
            Ok(answer) => return Err(unexpected(command, &answer)),
            Err(failure) => return Err(failure),
        };
        let (number, last) = (self.facts.number(), self.last_document);
        if (status.drive, status.last_document) != (number, last) {
            let reason = format!(
                "it is drive {} after ФД {} instead of {number} after ФД {last}",
                status.drive, status.last_document
            );
            return Err(Failure::Unreadable { command, reason });
        }
        self.activity = Activity::Idle;
        Ok(())
    }

    fn pumped(
        &mut self,
        outcome: Outcome,
        pump: &mut Pump,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let drive = self.facts.number();
        let message_max = self.facts.generation().max_data();
        match pump.reply(around.now.mono, drive, message_max, outcome) {
            PumpStep::Send(request) => around.send(request),
            PumpStep::ToOfd {
                container,
                document,
            } => {
                let token = around.out.token();
                let ffd = self.facts.format();
                around.out.effects.push(Effect::SendToOfd {
                    token,
                    drive,
                    ofd: self.ofd(),
                    ffd,
                    container,
                });
                pump.sent(token, document);
                self.activity = Activity::Idle;
            }
            PumpStep::Acknowledged {
                document,
                answer,
                ticket,
            } => {
                self.backlog = self.backlog.saturating_sub(1);
                self.ofd_messages = self.ofd_messages.with(answer.messages);
                let record = Record::Acknowledged {
                    drive,
                    number: document,
                    answer,
                    ticket,
                };
                self.store(record, Next::End(Then::Nothing), around);
            }
            // It should have some: perhaps another drive was in the socket for a moment. What is
            // true is read at a bring-up.
            PumpStep::Empty if self.standing == Standing::Ready => {
                let reason = format!("nothing, but {} documents lack their ticket", self.backlog);
                let command = "22h begin message";
                return Err(Failure::Unreadable { command, reason });
            }
            PumpStep::Empty => {
                self.backlog = 0;
                self.activity = Activity::Idle;
            }
            PumpStep::Free => self.activity = Activity::Idle,
            PumpStep::Parted => {
                around.out.effects.push(Effect::HangUp(drive));
                self.activity = Activity::Idle;
            }
            PumpStep::Unanswered(failure) => return Err(failure),
        }
        Ok(())
    }

    fn formed(&mut self, formed: &FormedDocument, around: &mut Surroundings<'_>) {
        let Some(run) = self.take_run() else { return };
        self.last_document = formed.document.number;
        self.last_time = Some(formed.time);
        self.backlog = self.backlog.saturating_add(1);
        let mut formed = *formed;
        match &run.intent.task {
            Task::OpenShift => {
                (self.shift_open, self.shift_opened) = (true, Some(formed.time));
                self.shift = formed.shift;
                self.ofd_messages = OfdMessages::default();
            }
            Task::CloseShift => {
                (self.shift_open, self.shift_opened, self.close_shift) = (false, None, false);
            }
            Task::Receipt { .. } if formed.shift == ShiftNumber::default() => {
                formed.shift = self.shift;
            }
            Task::Receipt { .. } => {}
            // What it now is has to be read from it.
            Task::Registration(_) | Task::CloseArchive(_) => {
                self.standing = Standing::Outdated;
                around.out.effects.push(Effect::Reopen(around.slot));
            }
        }
        let record = formed_record(around.slot, self.facts.number(), run.intent.task, &formed);
        let then = run
            .job
            .map_or(Then::Nothing, |job| Then::Finished(job.order_key));
        self.store(record, Next::End(then), around);
    }

    /// The drive said no to a command of the document. It may still hold a begun document, and
    /// after codes 03h and 04h at the finish even a formed one: so it is asked in any case.
    fn refused(&mut self, refusal: &Refusal, limits: &Limits, around: &mut Surroundings<'_>) {
        let soon = around.now.mono + limits.retry_after;
        let why = refusal.to_string();
        let give_up = |fate, block| AfterSettling::GiveUp {
            fate,
            cause: why.clone(),
            block,
        };
        let requeue = |reason, until| give_up(Fate::Requeue, Some((reason, until)));
        let reaction = refusal.code.reaction_with(self.facts.status.warnings);
        let then = match reaction {
            // A damaged line makes 01h of a good command (ФН protocol §4.6).
            Reaction::Resync | Reaction::NotSupported => AfterSettling::Begin {
                why: why.clone(),
                refused: true,
            },
            Reaction::CloseShiftAndRepeat => {
                self.close_shift = true;
                give_up(Fate::Requeue, None)
            }
            // With nothing to send it is full (ФН protocol §4.6, code 14h).
            Reaction::SendToOfd if self.backlog > 0 => {
                requeue(Reason::AwaitsOfd(why.clone()), soon)
            }
            Reaction::FixClock => requeue(Reason::Refused(why.clone()), soon),
            Reaction::SlotSuspect => {
                self.has_failed = true;
                self.failures = self.failures.saturating_add(1);
                if self.failures >= FAILURES_MAX {
                    self.standing = Standing::Unusable(Reason::Faulty(why.clone()));
                }
                requeue(Reason::Faulty(why.clone()), soon)
            }
            Reaction::SlotExhausted | Reaction::SendToOfd if self.used_up.is_none() => {
                self.used_up = Some(why.clone());
                give_up(Fate::Requeue, None)
            }
            // It does not even close its shift.
            Reaction::SlotExhausted | Reaction::SendToOfd => {
                requeue(Reason::Exhausted(why.clone()), Duration::MAX)
            }
            _ => give_up(Fate::Hold(why.clone()), None),
        };
        self.settle(then, reaction != Reaction::SlotSuspect, around);
    }

    /// Asks what became of the document. After the drive has failed at the finish it may not be
    /// cancelled (ФН protocol §2.5, code 03h).
    fn settle(
        &mut self,
        then: AfterSettling,
        may_be_cancelled: bool,
        around: &mut Surroundings<'_>,
    ) {
        let Some(run) = self.take_run() else { return };
        let mut settle = Settle::new(self.facts.number(), run.intent.clone());
        if run.may_be_formed() && !may_be_cancelled {
            settle = settle.without_cancelling();
        }
        self.ask(run, settle, then, around);
    }

    pub(super) fn ask(
        &mut self,
        run: DocumentRun,
        settle: Settle,
        then: AfterSettling,
        around: &mut Surroundings<'_>,
    ) {
        self.activity = Activity::Settling {
            settle: Box::new(settle),
            run: Box::new(run),
            then,
        };
        around.send(Settle::FIRST);
    }

    fn not_formed(&mut self, limits: &Limits, around: &mut Surroundings<'_>) {
        let activity = std::mem::replace(&mut self.activity, Activity::Idle);
        let Activity::Settling { mut run, then, .. } = activity else {
            self.activity = activity;
            return;
        };
        let soon = around.now.mono + limits.retry_after;
        let (fate, cause, block) = match then {
            AfterSettling::Begin { .. } if run.attempts < limits.attempts_max => {
                around.send(run.begin());
                self.activity = Activity::Running(run);
                return;
            }
            AfterSettling::Begin { why, refused } => {
                let cause = format!("given up after {} attempts: {why}", run.attempts);
                let key = run.job.as_ref().map(|job| job.order_key);
                let key = key.filter(|_| refused);
                let too_often =
                    key.is_some_and(|key| around.dispatch.given_up(key) >= GIVEN_UP_MAX);
                let fate = if too_often {
                    Fate::Hold(cause.clone())
                } else {
                    Fate::Requeue
                };
                let block = Some((Reason::Faulty(cause.clone()), soon));
                (fate, cause, block)
            }
            AfterSettling::GiveUp { fate, cause, block } => (fate, cause, block),
        };
        let is_report = run.intent.task.receipt().is_none();
        // A report that is refused would be refused again at once.
        let refused = is_report.then(|| (Reason::Refused(cause.clone()), soon));
        self.blocked = block.or(refused);
        self.void(*run, fate, cause, around);
    }

    /// Stores that the document was not formed and will not be.
    pub(super) fn void(
        &mut self,
        run: DocumentRun,
        fate: Fate,
        cause: String,
        around: &mut Surroundings<'_>,
    ) {
        let is_held = matches!(fate, Fate::Hold(_));
        let record = void_record(self.facts.number(), &run.intent, fate, cause);
        let then = match run.job {
            Some(job) if is_held => Then::Finished(job.order_key),
            job => Then::give_back(job),
        };
        self.store(record, Next::End(then), around);
    }

    /// The drive forms no more documents, and what became of this one a person has to find out.
    fn take_out(&mut self, reason: Reason, around: &mut Surroundings<'_>) {
        if let Some(run) = self.take_run() {
            self.standing = Standing::Unusable(reason);
            lose(self.facts.number(), run, around);
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
