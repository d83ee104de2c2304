//! A life of the program's process: everything that is gone when it is killed.

use std::{
    collections::BTreeMap,
    sync::mpsc::{self, Receiver, Sender},
    time::Duration,
};

use cassette::{Cassette, Event, Job, SlotView};
use desk::{Ledger, Setup};
use fn_proto::Request;
use journal::{Change, Reader, Scribe, Store, Writer};
use terms::DriveNumber;

use crate::{client::Answer, ofd::OfdLink, organisation::slot_setups, wire::Host};

/// A deliberate defect of the world's shell, to check the checkers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Breakage {
    /// An intent is said to be stored at once, and is stored with what comes of it.
    IntentStoredLate,
    /// The disk says that it has synced, and has not.
    SyncsIgnored,
    /// A document whose finishing command was not answered is formed once more.
    FinishRepeated,
    /// A document is stored as acknowledged before its drive has taken the ticket.
    AcknowledgedEarly,
    /// A cancellation is said to be stored at once, and is stored with what comes later.
    CancellationStoredLate,
}

impl Breakage {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::IntentStoredLate,
        Self::SyncsIgnored,
        Self::FinishRepeated,
        Self::AcknowledgedEarly,
        Self::CancellationStoredLate,
    ];
}

/// What the journal's callbacks have said.
pub(crate) enum Out {
    Tell(Event),
    Answer(Answer),
}

pub(crate) struct Life {
    pub(crate) started: Duration,
    pub(crate) cassette: Cassette,
    pub(crate) writer: Writer,
    pub(crate) scribe: Scribe,
    pub(crate) reader: Reader,
    pub(crate) sender: Sender<Out>,
    pub(crate) out: Receiver<Out>,
    /// The host's ends of the wires.
    pub(crate) hosts: Vec<Host>,
    pub(crate) ofd: BTreeMap<DriveNumber, OfdLink>,
    /// A writing of the scribe is under way.
    pub(crate) writes: bool,
    /// When the last message of the journal arrives: its messages keep their order.
    pub(crate) told_until: Duration,
    /// Commands of the document that each wire's drive is forming, for [`Breakage`].
    pub(crate) commands: Vec<Vec<Request>>,
    /// Intents that a broken shell has not stored yet.
    pub(crate) late: Vec<cassette::Record>,
    /// Commands that a broken shell still has to send.
    pub(crate) repeats: Vec<Vec<Request>>,
}

impl Life {
    /// Opens the journal and says what the last life has left, as the desk does.
    pub(crate) fn open(
        now: Duration,
        (store, now_ms): (Store, i64),
        setup: &Setup,
        (slots, spare): (usize, usize),
    ) -> journal::Result<(Self, Vec<Event>)> {
        let (sender, out) = mpsc::channel();
        let tell = sender.clone();
        let on_commit = move |changes: &[Change], jobs: Vec<Job>| {
            if !jobs.is_empty() {
                let _ = tell.send(Out::Tell(Event::Queued(jobs)));
            }
            let found = changes.iter().filter(|change| change.is_found);
            let found: Vec<_> = found.map(|change| change.receipt).collect();
            if !found.is_empty() {
                let _ = tell.send(Out::Tell(Event::FoundFormed(found)));
            }
        };
        let (writer, scribe) = Writer::with_scribe(&store, Ledger::of(setup), now_ms, on_commit)?;
        let reader = Reader::new(store);
        let mut left = reader.drives_left()?;
        left.extend(reader.open_intents()?);
        left.extend(reader.open_swaps()?);
        left.push(Event::Queued(reader.queued_jobs()?));
        let life = Self {
            started: now,
            cassette: Cassette::new(
                slot_setups(setup, slots, spare, &reader.last_drives()?),
                setup.limits.clone(),
            ),
            writer,
            scribe,
            reader,
            sender,
            out,
            hosts: (0..slots).map(|_| Host::closed()).collect(),
            ofd: BTreeMap::new(),
            writes: false,
            told_until: now,
            commands: vec![Vec::new(); slots],
            late: Vec::new(),
            repeats: vec![Vec::new(); slots],
        };
        Ok((life, left))
    }

    pub(crate) fn views(&self) -> Vec<SlotView> {
        self.cassette.views()
    }
}
