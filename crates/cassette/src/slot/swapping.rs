//! A slot whose drive is being replaced: at which step that stands, and what follows.

use fn_proto::Phase;
use terms::DriveNumber;

use super::{
    Mode, Slot,
    export::Export,
    live::{Activity, Live, Standing},
};
use crate::{
    event::Token,
    notes::Then,
    order::NotObeyed,
    reason::Reason,
    record::{Record, SwapChange, Task},
    surroundings::Surroundings,
    swap::{Swap, SwapDeed, SwapStep, SwapView},
};

impl Slot {
    /// A swap of the program's last life goes on.
    pub(crate) fn resume_swap(&mut self, swap: Swap) {
        self.swap = Some(swap);
    }

    /// The drive that would be replaced.
    pub(crate) fn may_be_swapped(&self) -> Result<DriveNumber, NotObeyed> {
        if let Some(swap) = &self.swap {
            return Err(NotObeyed::SwapUnderWay(swap.old));
        }
        match &self.mode {
            Mode::Live(live) => match &live.standing {
                Standing::Ready | Standing::Unusable(Reason::ArchiveClosed | Reason::Faulty(_)) => {
                    Ok(live.number())
                }
                _ => Err(NotObeyed::NotOurs),
            },
            _ => Err(NotObeyed::NoDrive),
        }
    }

    /// The drive that is replaced by `new`, if `new` waits to be confirmed.
    pub(crate) fn may_be_confirmed(&self, new: DriveNumber) -> Result<DriveNumber, NotObeyed> {
        let swap = self.swap.as_ref().ok_or(NotObeyed::NoSwap)?;
        let is_awaited =
            self.drive() == Some(new) && self.swap_step(swap) == Some(SwapStep::Confirm);
        is_awaited
            .then_some(swap.old)
            .ok_or(NotObeyed::NotAwaited(new))
    }

    /// The drive whose swap may be abandoned: until the report on the closing of its archive is
    /// begun.
    pub(crate) fn may_be_abandoned(&self) -> Result<DriveNumber, NotObeyed> {
        let swap = self.swap.as_ref().ok_or(NotObeyed::NoSwap)?;
        let is_closing = |live: &Live| matches!(live.task(), Some(Task::CloseArchive(_)));
        if matches!(&self.mode, Mode::Live(live) if is_closing(live)) {
            return Err(NotObeyed::TooLate(swap.old));
        }
        Ok(swap.old)
    }

    /// Somebody has ordered that its swap is abandoned, and that is being stored: until it is, or
    /// cannot be, the swap goes no further.
    pub(crate) const fn hold_closing(&mut self, held: bool) {
        self.holds_closing = held;
    }

    /// Whether this drive is being replaced.
    pub(super) fn is_replaced(&self, drive: DriveNumber) -> bool {
        self.swap.as_ref().is_some_and(|swap| swap.old == drive)
    }

    pub(crate) fn swap(&mut self, deed: SwapDeed) {
        match (deed, &mut self.swap) {
            (SwapDeed::Begin(swap), _) => {
                self.swap = Some(*swap);
                // What an earlier swap has read does not count for this one.
                if let Mode::Live(live) = &mut self.mode {
                    live.export_is_final = false;
                }
            }
            (SwapDeed::Confirm(drive), Some(swap)) => swap.confirmed = Some(drive),
            (SwapDeed::Confirm(_), None) => {}
            (SwapDeed::Abandon, _) => (self.swap, self.holds_closing) = (None, false),
        }
    }

    /// Begins to read the drive's documents into files.
    pub(crate) fn export(&mut self) -> Result<(), NotObeyed> {
        let Mode::Live(live) = &mut self.mode else {
            return Err(NotObeyed::NoDrive);
        };
        live.export = Export::NotBegun;
        self.export = Some(live.number());
        Ok(())
    }

    pub(crate) fn archived(
        &mut self,
        token: Token,
        done: &Result<terms::DocumentNumber, String>,
        around: &Surroundings<'_>,
    ) {
        let again = around.now.mono + self.limits.retry_after;
        if let Mode::Live(live) = &mut self.mode {
            live.archived(token, done, again);
        }
    }

    /// What follows from where the swap stands; nothing while it is being stored that it is
    /// abandoned.
    pub(super) fn move_swap_on(&mut self, around: &mut Surroundings<'_>) {
        if self.holds_closing {
            return;
        }
        if let Mode::Live(live) = &self.mode
            && self.export == Some(live.number())
            && matches!(live.export, Export::Done)
        {
            self.export = None;
            self.note_export(around);
        }
        let step = self.swap.as_ref().and_then(|swap| self.swap_step(swap));
        let Some(swap) = &mut self.swap else { return };
        let Mode::Live(live) = &mut self.mode else {
            return;
        };
        match step {
            Some(SwapStep::Export) if !live.export_is_final => {
                (live.export, live.export_is_final) = (Export::NotBegun, true);
                self.export = Some(swap.old);
            }
            Some(SwapStep::Register) => {
                let registration = (*swap.registration).clone();
                live.register(registration, &self.limits, around);
            }
            None => {
                let (drive, new) = (swap.old, live.number());
                let record = Record::Swap {
                    slot: self.setup.id,
                    drive,
                    change: SwapChange::Done(new),
                };
                around.out.note(record, Then::Nothing);
                self.swap = None;
            }
            Some(_) => {}
        }
    }

    /// Only what was read when no more could come is the whole archive.
    fn note_export(&mut self, around: &mut Surroundings<'_>) {
        let (Mode::Live(live), Some(swap)) = (&self.mode, &mut self.swap) else {
            return;
        };
        if swap.old != live.number() || !live.export_is_final || !live.is_closed() {
            return;
        }
        swap.is_exported = true;
        let record = Record::Swap {
            slot: self.setup.id,
            drive: swap.old,
            change: SwapChange::Exported,
        };
        around.out.note(record, Then::Nothing);
    }

    /// The step at which a swap stands, by what the slot sees; none when its end is reached.
    fn swap_step(&self, swap: &Swap) -> Option<SwapStep> {
        let Mode::Live(live) = &self.mode else {
            return Some(SwapStep::PutIn);
        };
        if live.number() == swap.old {
            return Some(live.closing_step(swap.is_exported));
        }
        match &live.standing {
            Standing::Ready | Standing::Behind => None,
            Standing::Outdated => Some(SwapStep::Register),
            Standing::Unregistered if swap.confirmed == Some(live.number()) => {
                Some(SwapStep::Register)
            }
            Standing::Unregistered => Some(SwapStep::Confirm),
            // Not the drive that was meant: the technician sees why.
            Standing::Unusable(_) => Some(SwapStep::PutIn),
        }
    }

    pub(super) fn swap_view(&self) -> Option<SwapView> {
        let swap = self.swap.as_ref()?;
        let step = self.swap_step(swap)?;
        let live = match &self.mode {
            Mode::Live(live) => Some(live),
            _ => None,
        };
        let old = live.filter(|live| live.number() == swap.old);
        let trouble = match (step, old) {
            (SwapStep::Send | SwapStep::SendClosing, _) => self.ofd_trouble(),
            (SwapStep::Export, Some(live)) => match &live.export {
                Export::Failed { why, .. } => Some(why.clone()),
                _ => None,
            },
            (SwapStep::PutIn, None) if !swap.is_exported => Some(format!(
                "drive {} has gone before its documents were kept: put it in again if you can",
                swap.old
            )),
            (SwapStep::PullOut, Some(live)) if live.backlog > 0 => Some(format!(
                "{} of its documents have no ticket of the ОФД: it has failed and does not send \
                 them; switch it off and on and look at the slot anew first",
                live.backlog
            )),
            _ => live
                .and_then(|live| live.trouble())
                .map(|reason| reason.to_string()),
        };
        Some(SwapView {
            old: swap.old,
            step,
            trouble,
            backlog: old.map_or(0, |live| live.backlog),
            exported: old.and_then(|live| live.export.up_to()),
            last_document: old.map(|live| live.last_document),
            new: live
                .map(|live| live.number())
                .filter(|drive| *drive != swap.old),
        })
    }
}

impl Live {
    /// Where the old drive stands on its way out.
    fn closing_step(&self, is_exported: bool) -> SwapStep {
        let is_closed = matches!(
            self.facts.status.phase,
            Phase::PostFiscal | Phase::ArchiveOnly
        );
        if is_closed {
            return match (self.backlog, is_exported) {
                (1.., _) => SwapStep::SendClosing,
                (0, false) => SwapStep::Export,
                (0, true) => SwapStep::PullOut,
            };
        }
        if let Some(task) = self.task() {
            return match task {
                Task::CloseArchive(_) => SwapStep::CloseArchive,
                Task::CloseShift => SwapStep::CloseShift,
                _ => SwapStep::Drain,
            };
        }
        // A drive that fails is not closed: what can be read of it is kept, unless it recovers.
        if matches!(self.standing, Standing::Unusable(Reason::Faulty(_))) {
            return if self.export_is_final && matches!(self.export, Export::Done) {
                SwapStep::PullOut
            } else {
                SwapStep::Export
            };
        }
        match (self.shift_open, self.backlog) {
            (true, _) => SwapStep::CloseShift,
            (false, 1..) => SwapStep::Send,
            (false, 0) => SwapStep::CloseArchive,
        }
    }

    const fn is_closed(&self) -> bool {
        matches!(
            self.facts.status.phase,
            Phase::PostFiscal | Phase::ArchiveOnly
        )
    }

    /// What stands in the way of its next document.
    fn trouble(&self) -> Option<&Reason> {
        let blocked = self.blocked.as_ref().map(|(reason, _)| reason);
        match &self.standing {
            Standing::Unusable(Reason::ArchiveClosed) => None,
            Standing::Unusable(reason) => Some(reason),
            Standing::Ready | Standing::Behind | Standing::Outdated | Standing::Unregistered => {
                blocked
            }
        }
    }

    /// What it is asked to form just now.
    pub(super) fn task(&self) -> Option<&Task> {
        match &self.activity {
            Activity::Storing { record, .. } => match &**record {
                Record::Intent { intent, .. } => Some(&intent.task),
                Record::Formed { task, .. } => Some(task),
                _ => None,
            },
            Activity::Running(run) | Activity::Settling { run, .. } => Some(&run.intent.task),
            _ => None,
        }
    }
}
