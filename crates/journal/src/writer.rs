use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{self, SyncSender, TrySendError},
    },
    thread::JoinHandle,
};

use cassette::{DriveRecords, Job, Record, SlotId};
use engine::{Account, Service};
use rusqlite::Connection;
use terms::{DriveNumber, Id, Rnm, ServiceCode};

use crate::{
    Decider, Figures, JournalError, NewOperation, Result, Scribe, Store, Submitted, drive,
    key_index::Limits,
    keys,
    record::{self, History},
    scribe::{Changes, Lane, Pen, QUEUE_MAX, Queued, Work},
    submit::{put_account, put_services},
    unix_ms,
};

/// The state of a receipt, everywhere the same.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ReceiptState {
    /// It waits for a drive.
    Queued,
    /// A drive is forming it.
    OnDrive,
    /// It waits for a person.
    Held,
    /// Its drive may or may not have formed it.
    InDoubt,
    /// Nothing was formed, and nothing will be.
    Refused,
    /// It is a fiscal document.
    Fiscalized,
    /// The ОФД has confirmed it.
    Acknowledged,
}

impl ReceiptState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::OnDrive,
        Self::Held,
        Self::InDoubt,
        Self::Refused,
        Self::Fiscalized,
        Self::Acknowledged,
    ];

    /// The word used by API, journal and panel.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::OnDrive => "on_drive",
            Self::Held => "held",
            Self::InDoubt => "in_doubt",
            Self::Refused => "refused",
            Self::Fiscalized => "fiscalized",
            Self::Acknowledged => "acknowledged",
        }
    }

    /// Reads [`ReceiptState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it will not be asked for again: it is a document, or never will be one.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Fiscalized | Self::Acknowledged | Self::Refused)
    }

    /// Whether a fiscal document exists.
    pub const fn is_formed(self) -> bool {
        matches!(self, Self::Fiscalized | Self::Acknowledged)
    }
}

/// A receipt has reached a state, durably.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Change {
    /// Which one.
    pub receipt: Id,
    /// What it is now.
    pub state: ReceiptState,
    /// It was queued, and its document was found on a drive: nobody need form it.
    pub is_found: bool,
}

impl Change {
    /// The ordinary one.
    pub(crate) const fn of(receipt: Id, state: ReceiptState) -> Self {
        Self {
            receipt,
            state,
            is_found: false,
        }
    }
}

/// Takes the answer to a command, on the writer's thread: it must be quick and must not wait.
pub type Reply<T> = Box<dyn FnOnce(Result<T>) + Send>;

/// The handle of the journal's one writer: the [`Scribe`], which has the writing connection and
/// runs in a thread.
///
/// All methods only queue the command; the answer comes by the reply, once it is durable.
///
/// There are two lanes, and each keeps its order. What the cassette stores and asks
/// ([`Writer::store`], [`Writer::drive_records`]) overtakes everything else: a drive stands still
/// meanwhile, and in a month-end rush thousands of operations may wait.
#[derive(Debug)]
pub struct Writer {
    queue: Option<SyncSender<Queued>>,
    figures: Arc<Figures>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Opens the journal for writing, creating or migrating it, and starts the thread.
    ///
    /// `on_commit` hears, on the writer's thread and in order, what receipts have changed and which
    /// jobs are new; it must be quick and must not wait.
    ///
    /// # Errors
    /// When another process has it open, it is newer than the program, or it cannot be made
    /// durable.
    pub fn open(
        store: &Store,
        decider: impl Decider,
        on_commit: impl FnMut(&[Change], Vec<Job>) + Send + 'static,
    ) -> Result<Self> {
        Self::open_with(store, Limits::default(), decider, on_commit)
    }

    /// The same without a thread and without a clock: the caller tells the scribe when to write,
    /// and what time it is then. `now_ms` is the time of the opening, milliseconds since 1970.
    ///
    /// Nobody makes room in the queue meanwhile: at most 4 096 commands may wait.
    ///
    /// # Errors
    /// See [`Writer::open`].
    pub fn with_scribe(
        store: &Store,
        decider: impl Decider,
        now_ms: i64,
        on_commit: impl FnMut(&[Change], Vec<Job>) + Send + 'static,
    ) -> Result<(Self, Scribe)> {
        Self::with_scribe_and(store, Limits::default(), decider, now_ms, on_commit)
    }

    fn with_scribe_and(
        store: &Store,
        limits: Limits,
        decider: impl Decider,
        now_ms: i64,
        on_commit: impl FnMut(&[Change], Vec<Job>) + Send + 'static,
    ) -> Result<(Self, Scribe)> {
        let (queue, commands) = mpsc::sync_channel(QUEUE_MAX);
        let decider = Box::new(decider);
        let on_commit = Box::new(on_commit);
        let scribe = Scribe::open(store, limits, decider, now_ms, on_commit, commands)?;
        let writer = Self {
            queue: Some(queue),
            figures: scribe.figures().clone(),
            thread: None,
        };
        Ok((writer, scribe))
    }

    pub(crate) fn open_with(
        store: &Store,
        limits: Limits,
        decider: impl Decider,
        on_commit: impl FnMut(&[Change], Vec<Job>) + Send + 'static,
    ) -> Result<Self> {
        let (mut writer, mut scribe) =
            Self::with_scribe_and(store, limits, decider, unix_ms(), on_commit)?;
        let run = move || {
            scribe.prepare();
            while scribe.wait() {
                scribe.write_batch(unix_ms());
            }
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(run)
            .map_err(|source| JournalError::File {
                action: "start the writer of",
                path: store.database(),
                source,
            })?;
        writer.thread = Some(thread);
        Ok(writer)
    }

    /// What it counts of its work.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Asks for a sign of life: the answer comes as soon as a transaction has come to its end. It never
    /// waits: when the queue is full there is no answer, and [`Figures::batches`] says whether the
    /// writer works.
    pub fn ping(&self, reply: Reply<()>) {
        let nothing = |_: &mut Pen, _: &Connection, _: &mut Changes| Ok(());
        let command = Box::new(Work::new(nothing, reply));
        let queued = Queued {
            lane: Lane::Cassette,
            size: 1,
            command,
        };
        let Some(queue) = &self.queue else {
            return queued.command.finish(Err(JournalError::Stopped));
        };
        self.figures.note_queued();
        match queue.try_send(queued) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.figures.note_finished(1),
            Err(TrySendError::Disconnected(queued)) => {
                self.figures.note_finished(1);
                queued.command.finish(Err(JournalError::Stopped));
            }
        }
    }

    /// Submits operations: each is accepted, repeated, in conflict or refused for itself, and all
    /// share one transaction.
    pub fn submit(&self, operations: Vec<NewOperation>, reply: Reply<Vec<Submitted>>) {
        let size = operations.len();
        self.queue(
            Lane::Billing,
            size,
            reply,
            move |pen, connection, changes| {
                operations
                    .iter()
                    .map(|operation| pen.submit(connection, operation, changes))
                    .collect()
            },
        );
    }

    /// Stores what the cassette wants to be durable.
    pub fn store(&self, record: Record, reply: Reply<()>) {
        self.queue(Lane::Cassette, 1, reply, move |pen, connection, changes| {
            record::store(pen, connection, &record, changes)
        });
    }

    /// Remembers which ККТ lives in a slot. The history says with which `key` (its row) that was
    /// ordered, if with one.
    pub fn put_register(
        &self,
        slot: SlotId,
        rnm: Rnm,
        serial: String,
        key: Option<i64>,
        reply: Reply<()>,
    ) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            if key.is_some() {
                let detail = format!("РНМ {rnm}, serial number {serial}");
                let entry = History {
                    slot: Some(slot),
                    key,
                    ..History::new("registration_ordered", &detail)
                };
                entry.write(connection, pen.now)?;
            }
            connection
                .prepare_cached(
                    "insert into register (slot, rnm, serial) values (?1, ?2, ?3) \
                     on conflict (slot) do update set rnm = ?2, serial = ?3",
                )?
                .execute((slot.0, rnm.to_string(), serial))?;
            Ok(())
        });
    }

    /// What is known of a drive, after all records queued before.
    pub fn drive_records(&self, drive: DriveNumber, reply: Reply<DriveRecords>) {
        self.queue(Lane::Cassette, 1, reply, move |_, connection, _| {
            drive::records_of(connection, drive)
        });
    }

    /// Declares services, or changes them, as the holder of `key` (its row) wants; later operations
    /// use them.
    pub fn put_services(
        &self,
        services: BTreeMap<ServiceCode, Service>,
        key: Option<i64>,
        reply: Reply<()>,
    ) {
        let size = services.len();
        self.queue(
            Lane::Billing,
            size,
            reply,
            move |pen, connection, changes| put_services(pen, connection, &services, key, changes),
        );
    }

    /// Opens accounts, or changes the contact and payer of those that exist, as the holder of `key`
    /// (its row) wants; all or none. The answer says of each whether it is new.
    pub fn put_accounts(&self, accounts: Vec<Account>, key: Option<i64>, reply: Reply<Vec<bool>>) {
        let size = accounts.len();
        self.queue(Lane::Billing, size, reply, move |pen, connection, _| {
            accounts
                .iter()
                .map(|account| put_account(pen, connection, account, key))
                .collect()
        });
    }

    /// Notes when keys (their rows) were used last, milliseconds since 1970.
    pub fn note_key_uses(&self, uses: Vec<(i64, i64)>, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            keys::note_uses(connection, &uses)
        });
    }

    /// The operation with this idempotency key, after all operations queued before.
    pub fn find_key(&self, key: String, reply: Reply<Option<Id>>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            pen.keys
                .find(connection, &key)?
                .map(record::read_id)
                .transpose()
        });
    }

    /// The services as they stand, after everything about them that was queued before.
    pub fn services(&self, reply: Reply<BTreeMap<ServiceCode, Service>>) {
        self.queue(Lane::Billing, 1, reply, |pen, _, _| {
            Ok(pen.setup.services.clone())
        });
    }

    pub(crate) fn queue<T, W>(&self, lane: Lane, size: usize, reply: Reply<T>, work: W)
    where
        T: Send + 'static,
        W: FnOnce(&mut Pen, &Connection, &mut Changes) -> Result<T> + Send + 'static,
    {
        let command = Box::new(Work::new(work, reply));
        let queued = Queued {
            lane,
            size,
            command,
        };
        self.figures.note_queued();
        let refused = match &self.queue {
            Some(queue) => queue.send(queued).err().map(|error| error.0),
            None => Some(queued),
        };
        if let Some(queued) = refused {
            self.figures.note_finished(1);
            queued.command.finish(Err(JournalError::Stopped));
        }
    }
}

impl Drop for Writer {
    /// The thread writes what is queued, then stops.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
