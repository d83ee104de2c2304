//! How much of a drive is left, and who may take work.

use terms::LocalDate;

use super::{Limits, Live, Mode, Slot, Standing};
use crate::{
    forecast::Capacity,
    policy::{Candidate, Duty},
    reason::Reason,
};

/// Documents that are kept for the reports that close shift and archive, whatever else is reserved.
const FOR_REPORTS: u32 = 10;

impl Live {
    /// What the drive can still take.
    pub(super) fn capacity(&self) -> Capacity {
        let at_bring_up = self.facts.status.last_document.get();
        let told = self
            .facts
            .documents_left
            .map(|left| left.saturating_sub(self.last_document.get() - at_bring_up));
        Capacity::of(self.last_document.get(), told, self.facts.until)
    }

    /// Looks whether it is nearly full or its life nearly over.
    fn look_at_resources(&mut self, limits: &Limits, today: LocalDate) {
        self.exhausted = self.exhaustion(limits, today);
    }

    fn exhaustion(&self, limits: &Limits, today: LocalDate) -> Option<String> {
        if let Some(why) = &self.used_up {
            return Some(why.clone());
        }
        let capacity = self.capacity();
        if capacity.documents_left <= limits.reserve_documents {
            return Some(format!(
                "{} documents are left, {} are kept in reserve",
                capacity.documents_left, limits.reserve_documents
            ));
        }
        let days = capacity.days_left(today)?;
        let until = self.facts.until?;
        (days <= limits.reserve_days).then(|| format!("the drive's life ends on {until}"))
    }

    /// Whether it may still form a correction.
    pub(super) fn has_reserve(&self, today: LocalDate) -> bool {
        let capacity = self.capacity();
        self.used_up.is_none()
            && capacity.documents_left > FOR_REPORTS
            && capacity.days_left(today).is_none_or(|days| days > 0)
    }
}

impl Slot {
    /// How the policy sees it today.
    pub(crate) fn candidate(&mut self, today: LocalDate) -> Candidate {
        if let Mode::Live(live) = &mut self.mode {
            live.look_at_resources(&self.limits, today);
        }
        let live = match &self.mode {
            Mode::Live(live) => Some(live),
            _ => None,
        };
        let may_work = |live: &Live| {
            // All drives wait for the journal.
            let is_free = match &live.blocked {
                None | Some((Reason::JournalRefuses(_), _)) => true,
                Some(_) => false,
            };
            let is_replaced = self.is_replaced(live.number());
            live.standing == Standing::Ready && is_free && !is_replaced && live.exhausted.is_none()
        };
        Candidate {
            is_fit: live.is_some_and(|live| may_work(live)),
            is_awaited: !self.is_known,
            is_spare: self.setup.spare,
            is_on_duty: self.duty == Duty::Works,
            shift_open: live.is_some_and(|live| live.shift_open),
        }
    }
}
