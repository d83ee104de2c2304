//! Incidents: trouble that the rules of the watch have found, what people do about it, and who is
//! told.
//!
//! What a pass has found comes in by [`Inner::take`]. The journal keeps each incident with its
//! history, and the notices that are owed because of it, in one transaction.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
};

use audit::{Finding, IncidentKey, Looked, Tempos};
use journal::{IncidentSlice, IncidentsChanged, JournalError, WhoIsTold, Writer};

use crate::{DeskError, desk::Inner};

/// How many incidents and findings one transaction brings together.
const SLICE: usize = 256;

/// What the desk keeps of incidents besides the journal.
#[derive(Default)]
pub(crate) struct IncidentRoom {
    /// One pass after another: what is gathered of one is not sealed before its end.
    turn: Mutex<()>,
}

impl IncidentRoom {
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tempos(&self) -> Tempos {
        Tempos::default()
    }

    fn who_is_told(&self) -> WhoIsTold {
        Arc::new(|_| Vec::new())
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
                tempos: room.tempos(),
                utc_offset: self.setup().organisation.utc_offset.local_minus_utc(),
            };
            let of_slice = self.take_slice(slice)?;
            changed.opened += of_slice.opened;
            changed.changed += of_slice.changed;
            changed.closed += of_slice.closed;
            changed.told += of_slice.told;
            waiting = rest;
        }
        if changed != IncidentsChanged::default() {
            tracing::info!(
                opened = changed.opened,
                changed = changed.changed,
                closed = changed.closed,
                "incidents have changed"
            );
            self.ring();
        }
        Ok(())
    }

    fn take_slice(&self, slice: IncidentSlice) -> Result<IncidentsChanged, DeskError> {
        let told = self.incidents.who_is_told();
        self.ask_and_wait(|writer, reply| writer.take_findings(slice, told, reply))
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
