//! Which document a drive begins next, and when.

use terms::{LocalDate, LocalDateTime, TaxSystems};

use super::{
    Limits, SlotSetup,
    live::{Live, Next, Standing, Wanted},
};
use crate::{
    dispatch::{Fit, Job},
    document::DocumentRun,
    policy::Duty,
    reason::Reason,
    record::{Intent, Record, Task},
    surroundings::Surroundings,
};

impl Live {
    /// Begins the next document, if there is one to begin.
    pub(super) fn work(
        &mut self,
        setup: &SlotSetup,
        limits: &Limits,
        wanted: &Wanted,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let may_begin = self.standing == Standing::Ready && self.blocked.is_none();
        if !may_begin || around.draining || around.is_catching_up {
            return false;
        }
        let fit = self.fit(wanted, around.now.local.date());
        let offered = fit.map_or(0, |fit| around.dispatch.offered(fit));
        let is_done = wanted.retires || (offered == 0 && self.exhausted.is_some());
        if self.shift_is_due(limits, around.now.local) || (self.shift_open && is_done) {
            let tlv = setup.close_shift_tlv.clone();
            return self.begin(Task::CloseShift, tlv, limits, around);
        }
        if wanted.retires {
            return wanted.may_close && self.close_archive(setup, limits, around);
        }
        let Some(fit) = fit else {
            return false;
        };
        if !self.shift_open {
            // Those that open a shift already will take a receipt each.
            if offered <= around.opening {
                return false;
            }
            let tlv = setup.open_shift_tlv.clone();
            return self.begin(Task::OpenShift, tlv, limits, around);
        }
        let Some(time) = self.document_time(limits, around) else {
            return false;
        };
        let Some(job) = around.dispatch.take(fit) else {
            return false;
        };
        let tlv = job.tlv.clone();
        let task = Task::Receipt {
            correction: job.correction,
            id: job.id,
            operation: job.operation,
            total: job.total,
        };
        self.intend(task, tlv, Some(job), time, around);
        true
    }

    /// Which receipts it may take now.
    fn fit(&self, wanted: &Wanted, today: LocalDate) -> Option<Fit> {
        let systems = self.facts.registration.as_ref()?.tax_systems;
        let systems = TaxSystems::from_bits(systems).ok()?;
        let is_exhausted = self.exhausted.is_some();
        let may_take = match wanted.duty {
            _ if wanted.retires => false,
            Duty::Works => !is_exhausted,
            Duty::Corrections => is_exhausted && self.has_reserve(today),
            Duty::Rests => false,
        };
        may_take.then_some(Fit {
            systems,
            corrections_only: is_exhausted,
        })
    }

    /// Closes the archive once all documents before have their tickets: with one unsent the drive
    /// would refuse (ФН protocol §2.3, code 09h).
    fn close_archive(
        &mut self,
        setup: &SlotSetup,
        limits: &Limits,
        around: &mut Surroundings<'_>,
    ) -> bool {
        match &self.facts.registration {
            Some(registration) if self.backlog == 0 => {
                let (rnm, tlv) = (registration.rnm, setup.close_archive_tlv.clone());
                self.begin(Task::CloseArchive(rnm), tlv, limits, around)
            }
            _ => false,
        }
    }

    fn begin(
        &mut self,
        task: Task,
        tlv: Vec<u8>,
        limits: &Limits,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let time = self.document_time(limits, around);
        if let Some(time) = time {
            self.intend(task, tlv, None, time, around);
        }
        time.is_some()
    }

    /// Stores the intent; the drive is touched once it is durable.
    pub(super) fn intend(
        &mut self,
        task: Task,
        tlv: Vec<u8>,
        job: Option<Job>,
        time: LocalDateTime,
        around: &mut Surroundings<'_>,
    ) {
        let intent = Intent {
            task,
            number: self.last_document.next(),
            time,
            tlv,
            given_up: false,
        };
        let record = Record::Intent {
            slot: around.slot,
            drive: self.facts.number(),
            intent: intent.clone(),
        };
        let run = DocumentRun::new(intent, job, self.facts.generation());
        self.store(record, Next::Begin(Box::new(run)), around);
    }

    /// The time of the next document: now, but never before the drive's last one (code 07h).
    pub(super) fn document_time(
        &mut self,
        limits: &Limits,
        around: &Surroundings<'_>,
    ) -> Option<LocalDateTime> {
        let now = around.now.local;
        let last = self.last_time.unwrap_or(now);
        if let Some(reason) = &around.clock {
            let until = around.now.mono + limits.retry_after;
            self.blocked = Some((reason.clone(), until));
            return None;
        }
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
            let closing = |day: LocalDate| day.at(hour, minute).ok();
            [closing(opened.date()), closing(now.date())]
                .into_iter()
                .flatten()
                .any(|moment| opened < moment && moment <= now)
        });
        self.close_shift || passed || now.minutes_since(opened) >= limits.shift_max_minutes
    }
}
