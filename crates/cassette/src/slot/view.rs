use terms::{DocumentNumber, DriveNumber, Inn, LocalDateTime, ShiftNumber};

use super::{
    Mode, Slot,
    live::{Live, Standing},
};
use crate::{
    event::SlotId,
    forecast::Capacity,
    policy::Duty,
    probe::DriveFacts,
    reason::{Reason, SlotState},
    record::Task,
    swap::SwapView,
    warning::Warning,
};

/// A slot as people see it.
#[derive(Clone, Debug)]
pub struct SlotView {
    /// Which place it is.
    pub id: SlotId,
    /// What it is doing.
    pub state: SlotState,
    /// Why it is not at work.
    pub reason: Option<Reason>,
    /// The drive in it.
    pub drive: Option<DriveNumber>,
    /// What the drive said at its bring-up.
    pub facts: Option<Box<DriveFacts>>,
    /// The last document formed.
    pub last_document: Option<DocumentNumber>,
    /// When it was formed.
    pub last_time: Option<LocalDateTime>,
    /// Whether a shift is open.
    pub shift_open: bool,
    /// The open shift, or the last closed one.
    pub shift: Option<ShiftNumber>,
    /// When the open shift was opened, if the journal knows.
    pub shift_opened: Option<LocalDateTime>,
    /// What the drive can still take.
    pub capacity: Option<Capacity>,
    /// Documents without ticket of the ОФД.
    pub backlog: u32,
    /// Why the last exchange with the ОФД failed.
    pub ofd_trouble: Option<String>,
    /// The ОФД that the drive's registration names.
    pub ofd: Option<Inn>,
    /// What a person should see to, though the slot works.
    pub warnings: Vec<Warning>,
    /// The drive that has gone from here without having been closed.
    pub lost: Option<DriveNumber>,
    /// The replacement of its drive.
    pub swap: Option<SwapView>,
    /// How far the drive's documents are read into files, while they are.
    pub exported: Option<DocumentNumber>,
}

impl Slot {
    /// A slot as people see it.
    pub(crate) fn view(&self, in_doubt: bool) -> SlotView {
        let (state, reason) = self.state(in_doubt);
        let live = match &self.mode {
            Mode::Live(live) => Some(live),
            _ => None,
        };
        let facts = match &self.mode {
            Mode::Loading { facts, .. }
            | Mode::Settling { facts, .. }
            | Mode::Recording { facts, .. }
            | Mode::Tidying(facts) => Some(facts.clone()),
            _ => live.map(|live| Box::new(live.facts.clone())),
        };
        SlotView {
            id: self.setup.id,
            state,
            reason,
            drive: self.drive(),
            facts,
            last_document: live.map(|live| live.last_document),
            last_time: live.and_then(|live| live.last_time),
            shift_open: live.is_some_and(|live| live.shift_open),
            shift: live.map(|live| live.shift),
            shift_opened: live.and_then(|live| live.shift_opened),
            capacity: live.map(|live| live.capacity()),
            backlog: live.map_or(0, |live| live.backlog),
            ofd_trouble: self.ofd_trouble(),
            ofd: live.and_then(|live| live.ofd()),
            warnings: live.map_or_else(Vec::new, |live| self.warnings(live)),
            lost: self.lost,
            swap: self.swap_view(),
            exported: live
                .filter(|live| self.export == Some(live.number()))
                .and_then(|live| live.export.up_to()),
        }
    }

    /// Why its documents do not reach their ОФД.
    pub(super) fn ofd_trouble(&self) -> Option<String> {
        let unknown = match &self.mode {
            Mode::Live(live) if live.backlog > 0 => live.unknown_ofd(&self.setup),
            _ => None,
        };
        let unknown = unknown.map(|inn| Warning::NoOfdAddress(inn).to_string());
        unknown.or_else(|| self.pump.trouble.clone())
    }

    fn warnings(&self, live: &Live) -> Vec<Warning> {
        let sends = live.standing == Standing::Ready || live.backlog > 0;
        let unknown = live.unknown_ofd(&self.setup).filter(|_| sends);
        let said = live.ofd_messages.iter().map(Warning::Ofd);
        unknown
            .map(Warning::NoOfdAddress)
            .into_iter()
            .chain(said)
            .collect()
    }

    /// Its state; `in_doubt` when the drive it has lost may have a receipt.
    pub(super) fn state(&self, in_doubt: bool) -> (SlotState, Option<Reason>) {
        let gone = match (self.lost, in_doubt) {
            (Some(_), true) => SlotState::InDoubt,
            (Some(_), false) => SlotState::Lost,
            (None, _) => SlotState::Empty,
        };
        match &self.mode {
            Mode::NoLink(_) if !self.is_known => (SlotState::Probing, None),
            Mode::NoLink(why) => (gone, Some(Reason::NoLink(why.clone()))),
            Mode::Unreadable { why, .. } => (gone, Some(Reason::NotReadable(why.clone()))),
            Mode::Opening
            | Mode::Probing(_)
            | Mode::Loading { .. }
            | Mode::Settling { .. }
            | Mode::Recording { .. }
            | Mode::Tidying(_) => (SlotState::Probing, None),
            Mode::Live(live) => self.live_state(live),
        }
    }

    fn live_state(&self, live: &Live) -> (SlotState, Option<Reason>) {
        let blocked = live.blocked.as_ref().map(|(reason, _)| reason.clone());
        let retires = self.is_replaced(live.number());
        match &live.standing {
            Standing::Unusable(reason) => {
                let state = match reason {
                    Reason::ArchiveClosed if live.backlog > 0 => SlotState::Closing,
                    Reason::ArchiveClosed => SlotState::Closed,
                    reason if reason.is_foreign() => SlotState::Foreign,
                    _ => SlotState::Faulty,
                };
                (state, Some(reason.clone()))
            }
            Standing::Outdated => (SlotState::Probing, None),
            Standing::Unregistered => (SlotState::Unregistered, blocked),
            Standing::Behind => {
                let (drive, journal) = (live.last_document, live.known_up_to);
                (
                    SlotState::Probing,
                    Some(Reason::UnknownDocuments { drive, journal }),
                )
            }
            Standing::Ready if retires => {
                let is_closing = matches!(live.task(), Some(Task::CloseArchive(_)));
                let state = if is_closing {
                    SlotState::Closing
                } else {
                    SlotState::Draining
                };
                (state, blocked.or(Some(Reason::Replaced)))
            }
            Standing::Ready => match (blocked, &live.exhausted) {
                (Some(reason @ Reason::Exhausted(_)), _) => (SlotState::Exhausted, Some(reason)),
                (Some(reason), _) => (SlotState::Blocked, Some(reason)),
                (None, Some(why)) => (SlotState::Exhausted, Some(Reason::Exhausted(why.clone()))),
                (None, None) if !live.is_free() => (SlotState::Working, None),
                (None, None) if self.duty == Duty::Works => (SlotState::Ready, None),
                (None, None) => (SlotState::Resting, Some(Reason::NotOnDuty)),
            },
        }
    }

    /// Whether nothing is under way: the program may stop without leaving an intent behind.
    pub(crate) fn is_at_rest(&self) -> bool {
        match &self.mode {
            Mode::Live(live) => live.is_idle() || live.store_refused(),
            Mode::Recording { retry_at, .. } => retry_at.is_some(),
            _ => true,
        }
    }

    /// Whether its drive is opening a shift, or about to.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(&self.mode, Mode::Live(live) if live.is_opening())
    }

    /// How gladly it is given a receipt: whether its shift is open, whether little waits to be sent,
    /// how many documents still fit.
    pub(crate) fn preference(&self) -> (bool, bool, u32) {
        match &self.mode {
            Mode::Live(live) => {
                let has_little_to_send = live.backlog <= self.limits.backlog_max;
                let left = live.capacity().documents_left;
                (live.shift_open, has_little_to_send, left)
            }
            _ => (false, false, 0),
        }
    }
}
