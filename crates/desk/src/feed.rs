//! The feed of events: what has happened to receipts, read from the journal, with a bell that rings
//! when something new is durable.

use std::sync::Arc;

use journal::ReceiptState;
use terms::Id;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{Desk, DeskError};

pub use journal::{EventRow as ReceiptEvent, FormedAs};

/// How many events are read at once.
const PAGE: u32 = 256;

/// The bell and the places of those who follow.
pub(crate) struct Feed {
    pub(crate) bell: Arc<watch::Sender<()>>,
    places: Arc<Semaphore>,
    places_max: usize,
}

/// Which events somebody wants to hear of; what is left empty leaves nothing out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EventFilter {
    /// Only of receipts of this account.
    pub account: Option<String>,
    /// Only these states.
    pub states: Vec<ReceiptState>,
    /// Only of operations of these types.
    pub kinds: Vec<String>,
}

/// Somebody who reads the feed as it grows.
pub struct Follower {
    desk: Desk,
    filter: EventFilter,
    after: Id,
    bell: watch::Receiver<()>,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    pub(crate) fn with_places(places_max: u16) -> Self {
        let places_max = usize::from(places_max);
        Self {
            bell: Arc::new(watch::Sender::new(())),
            places: Arc::new(Semaphore::new(places_max)),
            places_max,
        }
    }
}

impl EventFilter {
    fn takes(&self, event: &ReceiptEvent) -> bool {
        let account = self.account.as_ref();
        account.is_none_or(|account| event.account.as_ref() == Some(account))
            && (self.states.is_empty() || self.states.contains(&event.state))
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
    }
}

impl Follower {
    /// Up to which event everything was told that passes the filter.
    pub const fn after(&self) -> Id {
        self.after
    }

    /// The next events, in order. It waits until there are some; a long stretch in which nothing
    /// passes the filter gives an empty list, and [`Follower::after`] has moved on.
    ///
    /// It may be dropped while it waits: nothing is lost then.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn next(&mut self) -> Result<Vec<ReceiptEvent>, DeskError> {
        loop {
            // Before the look: what comes after it rings once more.
            self.bell.mark_unchanged();
            let mut events = self.desk.reader().events(self.after, PAGE)?;
            let is_full = events.len() == PAGE as usize;
            if let Some(last) = events.last() {
                self.after = last.id;
            }
            events.retain(|event| self.filter.takes(event));
            if is_full || !events.is_empty() {
                return Ok(events);
            }
            if self.bell.changed().await.is_err() {
                return Err(DeskError::Stopping);
            }
        }
    }
}

impl Desk {
    /// Follows the feed from the event `after` on, or from now on.
    ///
    /// # Errors
    /// When as many follow already as the set-up allows, or the journal cannot be read.
    pub fn follow(&self, filter: EventFilter, after: Option<Id>) -> Result<Follower, DeskError> {
        let feed = self.feed();
        let place = feed.places.clone().try_acquire_owned();
        let place = place.map_err(|_| DeskError::TooManyFollow(feed.places_max))?;
        let bell = feed.bell.subscribe();
        let after = match after {
            Some(after) => after,
            None => self.reader().last_event()?,
        };
        Ok(Follower {
            desk: self.clone(),
            filter,
            after,
            bell,
            _place: place,
        })
    }
}
