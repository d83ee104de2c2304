use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::pulse::Pulse;

/// The connections that there are, at most so many.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    held: Mutex<Held>,
    /// A place has become free, or a connection idle.
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Held {
    last: u64,
    by: BTreeMap<u64, Holder>,
    /// That all are at work has been said; said anew after it was otherwise.
    is_told: bool,
}

#[derive(Debug)]
struct Holder {
    pulse: Arc<Pulse>,
    leave: Arc<Notify>,
    is_asked: bool,
}

/// The place of one connection; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    /// What the connection is doing.
    pub(super) pulse: Arc<Pulse>,
    leave: Arc<Notify>,
}

impl Places {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: Mutex::default(),
            changed: Arc::default(),
        })
    }

    /// Takes a place. If there is none, the connection that has been idle longest is asked to
    /// leave; if all are at work, it waits.
    pub(super) async fn take(self: &Arc<Self>) -> Place {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(place) = self.try_take() {
                return place;
            }
            changed.await;
        }
    }

    /// Asks the connection that has been idle longest to leave.
    pub(super) fn ask_one_to_leave(&self) {
        self.held().ask_one_to_leave();
    }

    /// Waits until nobody is there.
    pub(super) async fn emptied(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.held().by.is_empty() {
                return;
            }
            changed.await;
        }
    }

    fn try_take(self: &Arc<Self>) -> Option<Place> {
        let mut held = self.held();
        if held.by.len() >= self.most {
            if !held.ask_one_to_leave() && !held.is_told {
                held.is_told = true;
                let most = self.most;
                tracing::warn!("all {most} connections are at work: new ones wait");
            }
            return None;
        }
        held.is_told = false;
        held.last += 1;
        let (number, pulse) = (held.last, Pulse::new(Arc::clone(&self.changed)));
        let leave = Arc::new(Notify::new());
        let holder = Holder {
            pulse: Arc::clone(&pulse),
            leave: Arc::clone(&leave),
            is_asked: false,
        };
        held.by.insert(number, holder);
        Some(Place {
            places: Arc::clone(self),
            number,
            pulse,
            leave,
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Whether somebody has been asked, now or before, and has not answered yet.
    fn ask_one_to_leave(&mut self) -> bool {
        let idle = self.by.values_mut().filter(|holder| !holder.is_asked);
        let idle = idle.filter_map(|holder| Some((holder.pulse.idle_since()?, holder)));
        if let Some((_, holder)) = idle.min_by_key(|(since, _)| *since) {
            holder.is_asked = true;
            holder.leave.notify_one();
            return true;
        }
        self.by.values().any(|holder| holder.is_asked)
    }
}

impl Place {
    /// Ends when the place is wanted by another, while the connection is idle.
    pub(super) async fn wanted(&self) {
        loop {
            self.leave.notified().await;
            if self.pulse.idle_since().is_some() {
                return;
            }
            // A request has come in meanwhile: somebody else has to leave.
            if let Some(holder) = self.places.held().by.get_mut(&self.number) {
                holder.is_asked = false;
            }
            self.places.changed.notify_waiters();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.held().by.remove(&self.number);
        self.places.changed.notify_waiters();
    }
}
