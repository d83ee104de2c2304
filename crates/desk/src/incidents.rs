//! Incidents: trouble that the rules of the watch have found, what people do about it, and who is
//! told.
//!
//! What a pass has found comes in by [`Inner::take`]. The journal keeps each incident with its
//! history, and the notices that are owed because of it, in one transaction. [`routing`] says who is
//! told when, [`teller`] is the task that sends, `notify` speaks to the other side. A notice goes out
//! at least once: after a crash between the other side's answer and its storing it goes out again.

mod act;
mod message;
mod quiet;
mod routing;
mod teller;
mod view;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    time::Duration,
};

use audit::{Finding, IncidentKey, Looked, Tempos};
use journal::{IncidentSlice, IncidentsChanged, JournalError, WhoIsTold, Writer};
use notify::Post;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::{Desk, DeskError, desk::Inner};

pub use act::IncidentActError;
pub use quiet::QuietHours;
pub use routing::ChannelSetup;
pub use view::{ChannelTried, ChannelView, IncidentHistory, IncidentView};

/// How many incidents and findings one transaction brings together.
const SLICE: usize = 256;
/// The longest name of a channel, bytes.
const NAME_MAX: usize = 64;

/// Who is told of incidents, and when again.
#[derive(Clone, Debug)]
pub struct TellingSetup {
    /// When to tell again, and when the next ones.
    pub tempos: Tempos,
    /// Messages are gathered for so long before they go out; critical ones are not.
    pub gather: Duration,
    /// After so long a notice that nobody takes is given up.
    pub patience: Duration,
    /// Where the panel is found, without a slash at the end: for links.
    pub panel: Option<String>,
    /// The channels, each of another name.
    pub channels: Vec<ChannelSetup>,
}

impl Default for TellingSetup {
    fn default() -> Self {
        Self {
            tempos: Tempos::default(),
            gather: Duration::from_secs(30),
            patience: Duration::from_secs(3 * 24 * 3600),
            panel: None,
            channels: Vec::new(),
        }
    }
}

/// What the desk keeps of incidents besides the journal.
#[derive(Default)]
pub(crate) struct IncidentRoom {
    /// One pass after another: what is gathered of one is not sealed before its end.
    turn: Mutex<()>,
    telling: OnceLock<Telling>,
}

/// The telling of an open desk.
struct Telling {
    setup: Arc<TellingSetup>,
    post: Post,
    wake: Arc<Notify>,
    stop: watch::Sender<bool>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl IncidentRoom {
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tempos(&self) -> Tempos {
        let telling = self.telling.get();
        telling.map_or_else(Tempos::default, |telling| telling.setup.tempos)
    }

    /// Something may be due.
    fn wake(&self) {
        if let Some(telling) = self.telling.get() {
            telling.wake.notify_one();
        }
    }
}

impl Inner {
    /// Takes what a pass has found: opens incidents, keeps them, closes those that it has looked at and
    /// not found. It waits for the journal: to be called on a thread for blocking work.
    ///
    /// # Errors
    /// When the journal cannot read or store. Then a part may be stored; the next pass brings the rest.
    pub(crate) fn take(&self, findings: Vec<Finding>, looked: &Looked) -> Result<(), DeskError> {
        let room = &self.incidents;
        let _turn = room.turn();
        let mut waiting: BTreeMap<IncidentKey, Vec<Finding>> = BTreeMap::new();
        for key in self.reader().lasting_incidents(looked)? {
            waiting.entry(key).or_default();
        }
        for finding in findings {
            waiting.entry(finding.key()).or_default().push(finding);
        }
        let changed = self.take_all(waiting, looked)?;
        if changed != IncidentsChanged::default() {
            tracing::info!(
                opened = changed.opened,
                changed = changed.changed,
                closed = changed.closed,
                "incidents have changed"
            );
            self.ring();
            room.wake();
        }
        Ok(())
    }

    /// Brings findings and open incidents together, slice by slice; whoever calls it has the turn.
    fn take_all(
        &self,
        mut waiting: BTreeMap<IncidentKey, Vec<Finding>>,
        looked: &Looked,
    ) -> Result<IncidentsChanged, DeskError> {
        let looked = Arc::new(looked.clone());
        let mut changed = IncidentsChanged::default();
        while !waiting.is_empty() {
            let rest = match waiting.keys().nth(SLICE).cloned() {
                Some(first) => waiting.split_off(&first),
                None => BTreeMap::new(),
            };
            let slice = IncidentSlice {
                open: waiting.keys().cloned().collect(),
                findings: waiting.into_values().flatten().collect(),
                looked: looked.clone(),
                tempos: self.incidents.tempos(),
                utc_offset: self.setup().organisation.utc_offset.local_minus_utc(),
            };
            let told = self.who_is_told();
            let of_slice =
                self.ask_and_wait(|writer, reply| writer.take_findings(slice, told, reply))?;
            changed.opened += of_slice.opened;
            changed.changed += of_slice.changed;
            changed.closed += of_slice.closed;
            changed.told += of_slice.told;
            waiting = rest;
        }
        Ok(changed)
    }

    fn who_is_told(&self) -> WhoIsTold {
        let Some(telling) = self.incidents.telling.get() else {
            return Arc::new(|_| Vec::new());
        };
        let setup = telling.setup.clone();
        let offset = self.setup().organisation.utc_offset;
        Arc::new(move |about| routing::route(&setup.channels, setup.gather, offset, about))
    }

    /// Gives the journal's writer a command and waits for the answer on this thread.
    fn ask_and_wait<T: Send + 'static>(
        &self,
        command: impl FnOnce(&Writer, journal::Reply<T>),
    ) -> Result<T, DeskError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let send = move |value| {
            // It is waited for until it comes.
            let _ = reply.send(value);
        };
        command(&self.writer, Box::new(send));
        Ok(answer.recv().map_err(|_| JournalError::Stopped)??)
    }
}

impl Desk {
    /// Makes the channels known and starts to tell. To be called once.
    ///
    /// # Errors
    /// When the set-up cannot be used, or telling has begun already.
    pub async fn open_telling(&self, setup: TellingSetup) -> Result<(), DeskError> {
        check_names(&setup.channels)?;
        let wake = Arc::new(Notify::new());
        let (stop, stopped) = watch::channel(false);
        let telling = Telling {
            setup: Arc::new(setup),
            post: Post::new()?,
            wake: wake.clone(),
            stop,
            task: tokio::sync::Mutex::default(),
        };
        let parts = (telling.setup.clone(), telling.post.clone());
        let room = &self.inner.incidents;
        if room.telling.set(telling).is_err() {
            let what = "notices are told already".to_owned();
            return Err(DeskError::Setup { what });
        }
        let teller = teller::Teller::new(self.clone(), parts, wake);
        if let Some(telling) = room.telling.get() {
            *telling.task.lock().await = Some(tokio::spawn(teller.run(stopped)));
        }
        Ok(())
    }

    /// Ends the notices that are under way; those that wait go out after the next start.
    pub(crate) async fn close_telling(&self) {
        let Some(telling) = self.inner.incidents.telling.get() else {
            return;
        };
        telling.stop.send_replace(true);
        if let Some(task) = telling.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task that tells of incidents has failed");
        }
    }
}

fn check_names(channels: &[ChannelSetup]) -> Result<(), DeskError> {
    for (place, channel) in channels.iter().enumerate() {
        let name = &channel.name;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let wrong = if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(is_plain) {
            format!("its name has 1 to {NAME_MAX} letters a-z, digits, - _ and .")
        } else if channels[..place].iter().any(|other| other.name == *name) {
            "there are two of this name".to_owned()
        } else {
            continue;
        };
        let what = format!("the channel «{name}»: {wrong}");
        return Err(DeskError::Setup { what });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
