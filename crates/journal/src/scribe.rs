use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    fs::File,
    sync::{Arc, mpsc::Receiver},
    time::{Duration, Instant},
};

use cassette::Job;
use engine::{Service, Setup};
use rusqlite::Connection;
use terms::{Id, IdSequence, ServiceCode};

use crate::{
    Change, Decider, Figures, JournalError, Reply, Result, Store,
    files::empty_log,
    key_index::{KeyIndex, Limits},
};

/// How many commands may wait before callers are held back; as many again wait sorted.
pub(crate) const QUEUE_MAX: usize = 4_096;
/// A transaction takes no further command once it has this many operations and records.
const BATCH_MAX: usize = 512;

/// Hears what receipts have changed and which jobs are new.
type OnCommit = Box<dyn FnMut(&[Change], Vec<Job>) + Send>;

/// The writing side of the journal: the connection and what waits to be written.
///
/// The [`Writer`](crate::Writer) queues commands; the scribe writes all that wait in one
/// transaction, and then answers. The program runs it in a thread of its own; a simulation calls
/// it when its clock says so.
pub struct Scribe {
    commands: Receiver<Queued>,
    waiting: Waiting,
    connection: Connection,
    pen: Pen,
    on_commit: OnCommit,
    figures: Arc<Figures>,
    log: Log,
    /// The row of this start, until it is written.
    start: Option<i64>,
    /// Let go when everything else is: fields are dropped in their order.
    _lock: Option<File>,
}

/// Whether what is in the write-ahead log is on the disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Log {
    /// It is.
    Trusted,
    /// It was left by the last life, whose disk may have failed.
    Found,
    /// The disk has failed since the log was emptied.
    Distrusted,
}

/// What the scribe holds besides its connection.
pub(crate) struct Pen {
    pub(crate) ids: IdSequence,
    pub(crate) keys: KeyIndex,
    pub(crate) setup: Setup,
    /// Milliseconds since 1970 at the beginning of the transaction.
    pub(crate) now: i64,
    /// Whether a charge was ever held: while none was, no key can belong to one.
    pub(crate) has_held: bool,
    decider: Box<dyn Decider>,
}

/// What a transaction has changed that others want to hear of once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) receipts: Vec<Change>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) new_keys: Vec<(i64, i64)>,
    /// The types of the operations that were accepted.
    pub(crate) operations: Vec<&'static str>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Files of payments that were loaded.
    pub(crate) imports: u64,
    /// The services before the transaction, if it has changed them.
    pub(crate) services_before: Option<BTreeMap<ServiceCode, Service>>,
}

/// A receipt's document has its ticket.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    /// When the document was formed, milliseconds since 1970.
    pub(crate) formed_at: i64,
}

/// How much had changed at some moment.
#[derive(Clone, Copy)]
struct Mark {
    receipts: usize,
    jobs: usize,
    keys: usize,
    operations: usize,
    acknowledged: usize,
    imports: u64,
}

impl Changes {
    fn mark(&self) -> Mark {
        Mark {
            receipts: self.receipts.len(),
            jobs: self.jobs.len(),
            keys: self.new_keys.len(),
            operations: self.operations.len(),
            acknowledged: self.acknowledged.len(),
            imports: self.imports,
        }
    }

    /// Forgets what has changed since.
    fn return_to(&mut self, mark: Mark, keys: &mut KeyIndex) {
        keys.forget(&self.new_keys[mark.keys..]);
        self.receipts.truncate(mark.receipts);
        self.jobs.truncate(mark.jobs);
        self.new_keys.truncate(mark.keys);
        self.operations.truncate(mark.operations);
        self.acknowledged.truncate(mark.acknowledged);
        self.imports = mark.imports;
    }
}

/// A command on its way to the scribe.
pub(crate) struct Queued {
    pub(crate) lane: Lane,
    /// How many operations or records it has.
    pub(crate) size: usize,
    pub(crate) command: Box<dyn Command>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lane {
    Cassette,
    Billing,
}

/// The commands that the scribe has taken from the queue.
#[derive(Default)]
struct Waiting {
    cassette: VecDeque<Queued>,
    billing: VecDeque<Queued>,
}

impl Scribe {
    /// Opens the journal for writing, creating or migrating it.
    pub(crate) fn open(
        store: &Store,
        limits: Limits,
        decider: Box<dyn Decider>,
        now_ms: i64,
        on_commit: OnCommit,
        commands: Receiver<Queued>,
    ) -> Result<Self> {
        let lock = store.lock()?;
        let connection = store.open_for_writing(now_ms)?;
        let pen = Pen::open(&connection, limits, decider, now_ms)?;
        let figures = Arc::new(Figures::open(&connection)?);
        Ok(Self {
            commands,
            waiting: Waiting::default(),
            connection,
            pen,
            on_commit,
            figures,
            log: Log::Found,
            start: Some(now_ms),
            _lock: lock,
        })
    }

    /// What it counts of its work.
    pub(crate) const fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// Makes the log safe to write on, before the first command comes.
    pub fn prepare(&mut self) {
        // The first command has it tried again, and is told of a failure.
        let _ = self.be_ready();
    }

    /// Waits for a command if none is there; says whether there is one. There will be none any more
    /// when the [`Writer`](crate::Writer) is gone.
    pub fn wait(&mut self) -> bool {
        if self.waiting.len() == 0 {
            match self.commands.recv() {
                Ok(first) => self.waiting.push(first),
                Err(_) => return false,
            }
        }
        true
    }

    /// Whether a command waits.
    pub fn has_work(&mut self) -> bool {
        self.waiting.fill(&self.commands);
        self.waiting.len() > 0
    }

    /// Writes what waits, as far as it fits in one transaction, and answers. `now_ms` is the time,
    /// milliseconds since 1970.
    pub fn write_batch(&mut self, now_ms: i64) {
        self.waiting.fill(&self.commands);
        let mut batch = self.waiting.take_batch();
        if batch.is_empty() {
            return;
        }
        let commands = batch.len();
        if let Err(why) = self.be_ready() {
            self.figures.note_failure();
            self.figures.note_finished(commands as u64);
            return refuse(batch, why);
        }
        let (connection, pen) = (&self.connection, &mut self.pen);
        pen.now = now_ms;
        let mut changes = Changes::default();
        let written = write_batch(&mut batch, connection, pen, &mut changes);
        self.figures.note_finished(commands as u64);
        match written {
            Ok(took) => {
                self.figures.note_commit(commands, took, now_ms, &changes);
                (self.on_commit)(&changes.receipts, changes.jobs);
                batch.into_iter().for_each(|command| command.finish(Ok(())));
            }
            Err(error) => {
                self.figures.note_failure();
                pen.keys.forget(&changes.new_keys);
                if let Some(services) = changes.services_before {
                    pen.setup.services = services;
                }
                if !connection.is_autocommit() {
                    // If this fails too, the next batch finds out by «begin».
                    let _ = connection.execute_batch("rollback");
                }
                if matches!(error, JournalError::Disk(_)) {
                    self.log = Log::Distrusted;
                }
                refuse(batch, error);
            }
        }
        // Nobody waits for this. If it fails, the keys stay in memory and it is tried again; a
        // disk that is full tells so to those who want to store.
        if let Err(JournalError::Disk(_)) = self.pen.keys.move_slice(&self.connection) {
            self.log = Log::Distrusted;
        }
    }

    /// What has to be done before anything is promised.
    fn be_ready(&mut self) -> Result<()> {
        self.trust_log()?;
        if let Some(at) = self.start {
            let row = (at, env!("CARGO_PKG_VERSION"));
            let sql = "insert into start (started_at, program) values (?1, ?2)";
            if let Err(error) = self
                .connection
                .execute(sql, row)
                .map_err(JournalError::from)
            {
                if matches!(error, JournalError::Disk(_)) {
                    self.log = Log::Distrusted;
                }
                return Err(error);
            }
            self.start = None;
        }
        Ok(())
    }

    /// Empties a log that is not trusted: everything in it is written to another place. While
    /// somebody reads for long, a log that was found is left as it is.
    fn trust_log(&mut self) -> Result<()> {
        if self.log != Log::Trusted {
            let is_empty = empty_log(&self.connection)?;
            if is_empty || self.log == Log::Found {
                self.log = Log::Trusted;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Scribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scribe")
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Pen {
    /// Reads what has to be known before the first operation.
    pub(crate) fn open(
        connection: &Connection,
        limits: Limits,
        decider: Box<dyn Decider>,
        now: i64,
    ) -> Result<Self> {
        let last: Option<i64> = connection.query_row(
            "select max(id) from (select max(id) as id from operation \
             union all select max(id) from receipt union all select max(id) from event \
             union all select max(id) from delivery union all select max(id) from held_charge)",
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
        let has_held =
            connection.query_row("select exists (select 1 from held_charge)", [], |row| {
                row.get(0)
            })?;
        let setup = Setup {
            config: decider.config(),
            services,
        };
        Ok(Self {
            ids,
            keys,
            setup,
            now,
            has_held,
            decider,
        })
    }

    /// Does work inside a command that can be undone alone: unless it says that it is to be kept, the
    /// journal is as it was before, and what the work has found out is the answer.
    pub(crate) fn attempt<T>(
        &mut self,
        connection: &Connection,
        changes: &mut Changes,
        work: impl FnOnce(&mut Self, &mut Changes) -> Result<(T, bool)>,
    ) -> Result<T> {
        let run = |sql: &str| connection.prepare_cached(sql)?.execute([]).map(|_| ());
        let mark = changes.mark();
        run("savepoint attempt")?;
        // After an error the command as a whole is undone, and this with it.
        let (found, keep) = work(self, changes)?;
        if !keep {
            changes.return_to(mark, &mut self.keys);
            run("rollback to attempt")?;
        }
        run("release attempt")?;
        Ok(found)
    }

    /// The document of a receipt that the program makes of itself.
    pub(crate) fn document(
        &self,
        receipt: &engine::Receipt,
        undone: &crate::Undone<'_>,
    ) -> std::result::Result<crate::NewDocument, crate::Refused> {
        self.decider.document(receipt, undone)
    }

    pub(crate) fn decide(
        &self,
        before: &engine::Before,
        event: &engine::Event,
    ) -> std::result::Result<crate::Decision, crate::Refused> {
        self.decider.decide(&self.setup, before, event)
    }

    pub(crate) fn judges_contracts(&self) -> bool {
        self.decider.judges_contracts()
    }

    pub(crate) fn judge(
        &self,
        contracts: &[engine::Contract],
        charge: &engine::Charge,
    ) -> crate::Judgement {
        self.decider.judge(contracts, charge)
    }

    pub(crate) fn ready(
        &self,
        key: &str,
        ready: &crate::ReadyReceipt,
    ) -> std::result::Result<crate::Decision, crate::Refused> {
        self.decider.ready(key, ready)
    }
}

impl Waiting {
    /// Takes what is in the queue.
    fn fill(&mut self, commands: &Receiver<Queued>) {
        while self.len() < QUEUE_MAX
            && let Ok(next) = commands.try_recv()
        {
            self.push(next);
        }
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

pub(crate) trait Command: Send {
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

/// What a command does, and who hears of it.
pub(crate) struct Work<T, W> {
    work: Option<W>,
    done: Option<Result<T>>,
    reply: Reply<T>,
}

impl<T, W> Work<T, W> {
    pub(crate) const fn new(work: W, reply: Reply<T>) -> Self {
        Self {
            work: Some(work),
            done: None,
            reply,
        }
    }
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

/// Answers all commands with the error.
fn refuse(batch: Vec<Box<dyn Command>>, error: JournalError) {
    for command in batch {
        let again = match &error {
            JournalError::Disk(why) => JournalError::Disk(why.clone()),
            JournalError::Database(why) => JournalError::Database(why.clone()),
            other => JournalError::Database(other.to_string()),
        };
        command.finish(Err(again));
    }
}

/// Executes and commits a batch; says how long the commit took.
fn write_batch(
    batch: &mut [Box<dyn Command>],
    connection: &Connection,
    pen: &mut Pen,
    changes: &mut Changes,
) -> Result<Duration> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]).map(|_| ());
    run("begin immediate")?;
    for command in batch {
        let mark = changes.mark();
        run("savepoint command")?;
        if command.execute(pen, connection, changes).is_ok() {
            run("release command")?;
            continue;
        }
        changes.return_to(mark, &mut pen.keys);
        // A full disk or an I/O error may have ended the whole transaction: then this fails, and
        // with it the batch.
        run("rollback to command")?;
        run("release command")?;
    }
    let begun = Instant::now();
    run("commit")?;
    Ok(begun.elapsed())
}
