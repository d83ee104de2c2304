use terms::{DocumentNumber, DriveNumber, LocalDateTime};

use super::{Mode, Slot, live::Standing};
use crate::{
    event::SlotId,
    probe::DriveFacts,
    reason::{Reason, SlotState},
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
    /// Documents without ticket of the ОФД.
    pub backlog: u32,
    /// Why the last exchange with the ОФД failed.
    pub ofd_trouble: Option<String>,
}

impl Slot {
    /// A slot as people see it.
    pub fn view(&self) -> SlotView {
        let (state, reason) = self.state();
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
            backlog: live.map_or(0, |live| live.backlog),
            ofd_trouble: self.pump.trouble.clone(),
        }
    }

    pub(super) fn state(&self) -> (SlotState, Option<Reason>) {
        match &self.mode {
            Mode::NoLink(why) => (SlotState::Empty, Some(Reason::NoLink(why.clone()))),
            Mode::Unreadable { why, .. } => {
                (SlotState::Empty, Some(Reason::NotReadable(why.clone())))
            }
            Mode::Opening
            | Mode::Probing(_)
            | Mode::Loading { .. }
            | Mode::Settling { .. }
            | Mode::Recording { .. }
            | Mode::Tidying(_) => (SlotState::Probing, None),
            Mode::Live(live) => match (&live.standing, &live.blocked) {
                (Standing::Unusable(reason), _) => (SlotState::Unusable, Some(reason.clone())),
                (Standing::Unregistered, blocked) => {
                    let reason = blocked.as_ref().map(|(reason, _)| reason.clone());
                    (SlotState::Unregistered, reason)
                }
                (Standing::Ready, Some((reason, _))) => (SlotState::Blocked, Some(reason.clone())),
                (Standing::Ready, None) if live.is_free() => (SlotState::Ready, None),
                (Standing::Ready, None) => (SlotState::Working, None),
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

    /// How gladly it is given a receipt: whether its shift is open, how many documents still fit.
    pub(crate) fn preference(&self) -> (bool, u32) {
        match &self.mode {
            Mode::Live(live) => (live.shift_open, live.documents_left()),
            _ => (false, 0),
        }
    }
}
