use std::{
    collections::{BTreeMap, VecDeque},
    sync::mpsc::{self, Receiver, SyncSender},
    thread::JoinHandle,
};

use cassette::{DriveRecords, Job, Record, SlotId};
use engine::{Account, Service, Setup};
use rusqlite::Connection;
use terms::{DriveNumber, Id, IdSequence, Rnm, ServiceCode};

use crate::{
    Decider, JournalError, NewOperation, Result, Store, Submitted, drive,
    key_index::{KeyIndex, Limits},
    record,
    submit::{put_account, put_services},
    unix_ms,
};

/// How many commands may wait before callers are held back; as many again wait sorted.
const QUEUE_MAX: usize = 4_096;
/// A transaction takes no further command once it has this many operations and records.
const BATCH_MAX: usize = 512;

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
}

/// Takes the answer to a command, on the writer's thread: it must be quick and must not wait.
pub type Reply<T> = Box<dyn FnOnce(Result<T>) + Send>;

/// The journal's one writer: a thread with the writing connection.
///
/// All methods only queue the command; the answer comes by the reply, once it is durable.
///
/// There are two lanes, and each keeps its order. What the cassette stores and asks
/// ([`Writer::store`], [`Writer::drive_records`]) overtakes everything else: a drive stands still
/// meanwhile, and in a month-end rush thousands of operations may wait.
#[derive(Debug)]
pub struct Writer {
    queue: Option<SyncSender<Queued>>,
    thread: Option<JoinHandle<()>>,
}

/// What the writing thread holds besides its connection.
pub(crate) struct Pen {
    pub(crate) ids: IdSequence,
    pub(crate) keys: KeyIndex,
    pub(crate) setup: Setup,
    /// Milliseconds since 1970 at the beginning of the transaction.
    pub(crate) now: i64,
    decider: Box<dyn Decider>,
}

/// What a transaction has changed that others want to hear of once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) receipts: Vec<Change>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) new_keys: Vec<(i64, i64)>,
    /// The services before the transaction, if it has changed them.
    pub(crate) services_before: Option<BTreeMap<ServiceCode, Service>>,
}

/// A command on its way to the thread.
struct Queued {
    lane: Lane,
    /// How many operations or records it has.
    size: usize,
    command: Box<dyn Command>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lane {
    Cassette,
    Billing,
}

/// The commands that the thread has taken from the queue.
#[derive(Default)]
struct Waiting {
    cassette: VecDeque<Queued>,
    billing: VecDeque<Queued>,
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

    pub(crate) fn open_with(
        store: &Store,
        limits: Limits,
        decider: impl Decider,
        mut on_commit: impl FnMut(&[Change], Vec<Job>) + Send + 'static,
    ) -> Result<Self> {
        let lock = store.lock()?;
        let connection = store.open_for_writing(unix_ms())?;
        connection.execute(
            "insert into start (started_at, program) values (?1, ?2)",
            (unix_ms(), env!("CARGO_PKG_VERSION")),
        )?;
        let mut pen = Pen::open(&connection, limits, Box::new(decider))?;
        let (queue, commands) = mpsc::sync_channel(QUEUE_MAX);
        let run = move || {
            write_on(&commands, &connection, &mut pen, &mut on_commit);
            drop((connection, lock));
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(run)
            .map_err(|source| {
                let path = store.database();
                JournalError::File {
                    action: "start the writer of",
                    path,
                    source,
                }
            })?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
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

    /// Remembers which ККТ lives in a slot.
    pub fn put_register(&self, slot: SlotId, rnm: Rnm, serial: String, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
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

    /// Declares services, or changes them; later operations use them.
    pub fn put_services(&self, services: BTreeMap<ServiceCode, Service>, reply: Reply<()>) {
        let size = services.len();
        self.queue(
            Lane::Billing,
            size,
            reply,
            move |pen, connection, changes| put_services(pen, connection, &services, changes),
        );
    }

    /// Opens accounts, or changes the contact and payer of those that exist; all or none. The
    /// answer says of each whether it is new.
    pub fn put_accounts(&self, accounts: Vec<Account>, reply: Reply<Vec<bool>>) {
        let size = accounts.len();
        self.queue(Lane::Billing, size, reply, move |pen, connection, _| {
            accounts
                .iter()
                .map(|account| put_account(pen, connection, account))
                .collect()
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

    fn queue<T, W>(&self, lane: Lane, size: usize, reply: Reply<T>, work: W)
    where
        T: Send + 'static,
        W: FnOnce(&mut Pen, &Connection, &mut Changes) -> Result<T> + Send + 'static,
    {
        let command = Box::new(Work {
            work: Some(work),
            done: None,
            reply,
        });
        let queued = Queued {
            lane,
            size,
            command,
        };
        let refused = match &self.queue {
            Some(queue) => queue.send(queued).err().map(|error| error.0),
            None => Some(queued),
        };
        if let Some(queued) = refused {
            queued.command.finish(Err(JournalError::Stopped));
        }
    }
}

impl Drop for Writer {
    /// Writes what is queued, then stops.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported already.
            let _ = thread.join();
        }
    }
}

impl Pen {
    fn open(connection: &Connection, limits: Limits, decider: Box<dyn Decider>) -> Result<Self> {
        let last: Option<i64> = connection.query_row(
            "select max(id) from (select max(id) as id from operation \
             union all select max(id) from receipt)",
            [],
            |row| row.get(0),
        )?;
        let last = last
            .map(|last| Id::from_number(last).map_err(|why| JournalError::spoiled("id", why)))
            .transpose()?;
        let mut services = BTreeMap::new();
        let mut rows = connection.prepare("select code, definition from service")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (code, definition): (String, String) = (row.get(0)?, row.get(1)?);
            let service = crate::service_from_json(&code, &definition)?;
            let code = code
                .parse()
                .map_err(|why| JournalError::spoiled("service", why))?;
            services.insert(code, service);
        }
        let (ids, keys) = (IdSequence::after(last), KeyIndex::open(connection, limits)?);
        let setup = Setup {
            config: decider.config(),
            services,
        };
        Ok(Self {
            ids,
            keys,
            setup,
            now: unix_ms(),
            decider,
        })
    }

    /// The document of a receipt that the program makes of itself.
    pub(crate) fn document(
        &self,
        receipt: &engine::Receipt,
    ) -> std::result::Result<crate::NewDocument, crate::Refused> {
        self.decider.document(receipt)
    }

    pub(crate) fn decide(
        &self,
        before: &engine::Before,
        event: &engine::Event,
    ) -> std::result::Result<crate::Decision, crate::Refused> {
        self.decider.decide(&self.setup, before, event)
    }
}

impl Waiting {
    /// Waits for a command if there is none, and takes what else is there; says whether there is
    /// one.
    fn fill(&mut self, commands: &Receiver<Queued>) -> bool {
        if self.len() == 0 {
            match commands.recv() {
                Ok(first) => self.push(first),
                Err(_) => return false,
            }
        }
        while self.len() < QUEUE_MAX
            && let Ok(next) = commands.try_recv()
        {
            self.push(next);
        }
        true
    }

    fn push(&mut self, queued: Queued) {
        match queued.lane {
            Lane::Cassette => self.cassette.push_back(queued),
            Lane::Billing => self.billing.push_back(queued),
        }
    }

    fn len(&self) -> usize {
        self.cassette.len() + self.billing.len()
    }

    /// The commands of the next transaction, in the order of their execution.
    fn take_batch(&mut self) -> Vec<Box<dyn Command>> {
        let (mut batch, mut size) = (Vec::new(), 0);
        while size < BATCH_MAX
            && let Some(next) = self
                .cassette
                .pop_front()
                .or_else(|| self.billing.pop_front())
        {
            size += next.size.max(1);
            batch.push(next.command);
        }
        batch
    }
}

trait Command: Send {
    /// Does the work inside the transaction; on an error its changes are rolled back.
    fn execute(
        &mut self,
        pen: &mut Pen,
        connection: &Connection,
        changes: &mut Changes,
    ) -> std::result::Result<(), ()>;

    /// Answers: with what the work gave if the transaction is durable, else with the error.
    fn finish(self: Box<Self>, committed: Result<()>);
}

struct Work<T, W> {
    work: Option<W>,
    done: Option<Result<T>>,
    reply: Reply<T>,
}

impl<T, W> Command for Work<T, W>
where
    T: Send,
    W: FnOnce(&mut Pen, &Connection, &mut Changes) -> Result<T> + Send,
{
    fn execute(
        &mut self,
        pen: &mut Pen,
        connection: &Connection,
        changes: &mut Changes,
    ) -> std::result::Result<(), ()> {
        let Some(work) = self.work.take() else {
            return Err(());
        };
        let done = work(pen, connection, changes);
        let outcome = if done.is_ok() { Ok(()) } else { Err(()) };
        self.done = Some(done);
        outcome
    }

    fn finish(self: Box<Self>, committed: Result<()>) {
        let answer = match (self.done, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(JournalError::Stopped),
        };
        (self.reply)(answer);
    }
}

/// The thread: everything that waits goes into one transaction, until the queue is closed.
fn write_on(
    commands: &Receiver<Queued>,
    connection: &Connection,
    pen: &mut Pen,
    on_commit: &mut dyn FnMut(&[Change], Vec<Job>),
) {
    let mut waiting = Waiting::default();
    while waiting.fill(commands) {
        let mut batch = waiting.take_batch();
        pen.now = unix_ms();
        let mut changes = Changes::default();
        match write_batch(&mut batch, connection, pen, &mut changes) {
            Ok(()) => {
                on_commit(&changes.receipts, changes.jobs);
                batch.into_iter().for_each(|command| command.finish(Ok(())));
            }
            Err(error) => {
                pen.keys.forget(&changes.new_keys);
                if let Some(services) = changes.services_before {
                    pen.setup.services = services;
                }
                if !connection.is_autocommit() {
                    // If this fails too, the next batch finds out by «begin».
                    let _ = connection.execute_batch("rollback");
                }
                let why = match error {
                    JournalError::Database(why) => why,
                    other => other.to_string(),
                };
                for command in batch {
                    command.finish(Err(JournalError::Database(why.clone())));
                }
            }
        }
        // Nobody waits for this. If it fails, the keys stay in memory and it is tried again; a
        // disk that is full tells so to those who want to store.
        let _ = pen.keys.move_slice(connection);
    }
}

/// Executes and commits a batch.
fn write_batch(
    batch: &mut [Box<dyn Command>],
    connection: &Connection,
    pen: &mut Pen,
    changes: &mut Changes,
) -> Result<()> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]).map(|_| ());
    run("begin immediate")?;
    for command in batch {
        let (receipts, jobs, keys) = (
            changes.receipts.len(),
            changes.jobs.len(),
            changes.new_keys.len(),
        );
        run("savepoint command")?;
        if command.execute(pen, connection, changes).is_ok() {
            run("release command")?;
            continue;
        }
        pen.keys.forget(&changes.new_keys[keys..]);
        changes.receipts.truncate(receipts);
        changes.jobs.truncate(jobs);
        changes.new_keys.truncate(keys);
        // A full disk or an I/O error may have ended the whole transaction: then this fails, and
        // with it the batch.
        run("rollback to command")?;
        run("release command")?;
    }
    run("commit")?;
    Ok(())
}

#[cfg(test)]
mod tests;
