use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::answer::{Outcome, Word};

/// The most requests that are remembered.
const REQUESTS_MAX: usize = 4_096;

/// Requests that have no receipt, with what their tasks were answered: those about the state, and
/// those that were refused. It is a memory and no store: the oldest are forgotten, and all at a
/// restart. Nothing is lost thereby that could ever become a document.
#[derive(Debug, Default)]
pub(super) struct Recent {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// None while it is being answered.
    by_uuid: HashMap<String, Option<Vec<Outcome>>>,
    /// In the order they were answered.
    order: VecDeque<String>,
}

/// A uuid that is taken while its request is being answered; let go, it is free again.
#[derive(Debug)]
pub(super) struct Reservation {
    recent: Arc<Recent>,
    uuid: String,
}

impl Reservation {
    /// Keeps what the request was answered.
    pub(super) fn keep(self, outcomes: Vec<Outcome>) {
        let mut kept = self.recent.lock();
        kept.by_uuid.insert(self.uuid.clone(), Some(outcomes));
        kept.order.push_back(self.uuid.clone());
        if kept.order.len() > REQUESTS_MAX
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.by_uuid.remove(&oldest);
        }
        // Before the reservation itself goes, which looks once more.
        drop(kept);
    }
}

/// The journal has the request, or nothing came of it.
impl Drop for Reservation {
    fn drop(&mut self) {
        let mut kept = self.recent.lock();
        if let Some(None) = kept.by_uuid.get(&self.uuid) {
            kept.by_uuid.remove(&self.uuid);
        }
    }
}

impl Recent {
    /// Takes a uuid for a request that is about to be answered; none when it is taken.
    pub(super) fn reserve(self: &Arc<Self>, uuid: &str) -> Option<Reservation> {
        let mut kept = self.lock();
        if kept.by_uuid.contains_key(uuid) {
            return None;
        }
        kept.by_uuid.insert(uuid.to_owned(), None);
        Some(Reservation {
            recent: self.clone(),
            uuid: uuid.to_owned(),
        })
    }

    /// What a request was answered, if it is remembered.
    pub(super) fn get(&self, uuid: &str) -> Option<Vec<Outcome>> {
        self.lock().by_uuid.get(uuid).cloned().flatten()
    }

    /// How many requests are remembered that were answered, and that were not.
    pub(super) fn count(&self) -> (u64, u64) {
        let kept = self.lock();
        let answered = kept.by_uuid.values().flatten();
        let failed = |outcomes: &&Vec<Outcome>| outcomes.iter().any(|it| it.word == Word::Error);
        let failed = answered.clone().filter(failed).count() as u64;
        (answered.count() as u64 - failed, failed)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_and_no_uuid_is_taken_twice() {
        let recent = Arc::new(Recent::default());
        for number in 0..=REQUESTS_MAX {
            let reservation = recent.reserve(&number.to_string()).unwrap();
            assert!(recent.reserve(&number.to_string()).is_none());
            reservation.keep(vec![Outcome::ready(None)]);
        }
        assert_eq!(recent.get("0"), None);
        assert!(recent.get("1").is_some());
        assert!(recent.reserve("1").is_none());
        assert_eq!(recent.count(), (REQUESTS_MAX as u64, 0));
        drop(recent.reserve("new").unwrap());
        assert!(recent.reserve("new").is_some(), "it was let go");
    }
}
