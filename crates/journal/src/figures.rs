//! What the journal counts of its own work since the program's start. Nothing here is stored, and
//! nobody has to read a table to know it.

mod histogram;
mod read;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rusqlite::Connection;
use terms::Id;

use crate::{
    Change, ReceiptState, Result,
    flow::standing,
    scribe::{Acknowledged, Changes},
};

pub use histogram::{Histogram, HistogramView};
pub use read::{Counted, LettersOwed, Sizes, UnsentOf};

/// Bounds of what lasts as long as a write to a disk, seconds.
const WRITE_BOUNDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];
/// Bounds of operations and records in one transaction.
const BATCH_BOUNDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
/// Bounds of what waits for a drive, seconds.
const DRIVE_BOUNDS: &[f64] = &[
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 10_800.0, 86_400.0,
];
/// Bounds of what waits for the ОФД, seconds: up to the thirty days after which a drive forms no
/// more (ККТ–ОФД protocol §6).
const OFD_BOUNDS: &[f64] = &[
    1.0,
    5.0,
    15.0,
    60.0,
    300.0,
    1_800.0,
    10_800.0,
    86_400.0,
    432_000.0,
    2_592_000.0,
];

/// What the writer has done since it was opened; everybody may look at it at any time.
#[derive(Debug)]
pub struct Figures {
    tallies: Mutex<Tallies>,
    /// Commands that were queued and are not finished.
    queued: AtomicU64,
    finished: AtomicU64,
    batches: AtomicU64,
    failures: AtomicU64,
    commit: Histogram,
    batch: Histogram,
    fiscalized: Histogram,
    acknowledged: Histogram,
}

#[derive(Debug, Default)]
struct Tallies {
    operations: BTreeMap<&'static str, u64>,
    receipts: [u64; ReceiptState::ALL.len()],
    imports: u64,
    /// Receipts that are held or in doubt.
    standing: BTreeMap<Id, ReceiptState>,
}

/// A look at the [`Figures`].
#[derive(Clone, Debug)]
pub struct FiguresView {
    /// Operations accepted since the start, by type.
    pub operations: BTreeMap<&'static str, u64>,
    /// How often a receipt has reached each state since the start, in the order of
    /// [`ReceiptState::ALL`].
    pub receipts: [u64; ReceiptState::ALL.len()],
    /// Files of payments loaded since the start.
    pub imports: u64,
    /// Receipts that are held now.
    pub held: u64,
    /// Receipts that are in doubt now.
    pub in_doubt: u64,
    /// Commands that wait for the writer or are being written.
    pub queued: u64,
    /// Transactions that were tried since the start, also those that failed.
    pub batches: u64,
    /// Transactions that failed since the start.
    pub failures: u64,
    /// How long commits took, with the sync of the disk: seconds.
    pub commit: HistogramView,
    /// Commands in one transaction.
    pub batch: HistogramView,
    /// From a receipt's acceptance to its document, seconds.
    pub fiscalized: HistogramView,
    /// From a receipt's document to the ticket of the ОФД, seconds.
    pub acknowledged: HistogramView,
}

impl Figures {
    /// Nothing is done yet; what is held and in doubt is read once.
    pub(crate) fn open(connection: &Connection) -> Result<Self> {
        let tallies = Tallies {
            standing: standing(connection)?.receipts.into_iter().collect(),
            ..Tallies::default()
        };
        Ok(Self {
            tallies: Mutex::new(tallies),
            queued: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            commit: Histogram::new(WRITE_BOUNDS),
            batch: Histogram::new(BATCH_BOUNDS),
            fiscalized: Histogram::new(DRIVE_BOUNDS),
            acknowledged: Histogram::new(OFD_BOUNDS),
        })
    }

    /// How many transactions were tried: when this grows, the writer is alive.
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// How everything stands now.
    pub fn view(&self) -> FiguresView {
        // What is finished was queued before: read in this order there are never more finished.
        let finished = self.finished.load(Ordering::Acquire);
        let queued = self.queued.load(Ordering::Acquire);
        let tallies = self.tallies();
        let standing = |state| {
            let of_it = tallies.standing.values().filter(|it| **it == state);
            of_it.count() as u64
        };
        FiguresView {
            operations: tallies.operations.clone(),
            receipts: tallies.receipts,
            imports: tallies.imports,
            held: standing(ReceiptState::Held),
            in_doubt: standing(ReceiptState::InDoubt),
            queued: queued.saturating_sub(finished),
            batches: self.batches(),
            failures: self.failures.load(Ordering::Relaxed),
            commit: self.commit.view(),
            batch: self.batch.view(),
            fiscalized: self.fiscalized.view(),
            acknowledged: self.acknowledged.view(),
        }
    }

    /// A command is on its way.
    pub(crate) fn note_queued(&self) {
        self.queued.fetch_add(1, Ordering::AcqRel);
    }

    /// Commands are answered, whatever the answer is.
    pub(crate) fn note_finished(&self, commands: u64) {
        self.finished.fetch_add(commands, Ordering::AcqRel);
    }

    /// A transaction has failed.
    pub(crate) fn note_failure(&self) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// A transaction of so many commands is durable; the commit took so long. `now` is its time,
    /// milliseconds since 1970.
    pub(crate) fn note_commit(&self, commands: usize, took: Duration, now: i64, changes: &Changes) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.commit.observe(took.as_secs_f64());
        self.batch.observe(commands as f64);
        for Change {
            receipt,
            state,
            is_found,
        } in &changes.receipts
        {
            if *state == ReceiptState::Fiscalized && !is_found {
                self.fiscalized.observe(seconds(receipt.unix_ms(), now));
            }
        }
        for Acknowledged { formed_at } in &changes.acknowledged {
            self.acknowledged.observe(seconds(*formed_at, now));
        }
        self.tallies().note(changes);
    }

    fn tallies(&self) -> MutexGuard<'_, Tallies> {
        // Each change is whole; a panic elsewhere leaves nothing half done.
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tallies {
    fn note(&mut self, changes: &Changes) {
        for kind in &changes.operations {
            *self.operations.entry(kind).or_default() += 1;
        }
        self.imports += changes.imports;
        for Change { receipt, state, .. } in &changes.receipts {
            self.receipts[*state as usize] += 1;
            match state {
                ReceiptState::Held | ReceiptState::InDoubt => {
                    self.standing.insert(*receipt, *state);
                }
                _ => {
                    self.standing.remove(receipt);
                }
            }
        }
    }
}

/// From one moment to another, both in milliseconds; none when a clock was set back between them.
fn seconds(from: i64, to: i64) -> f64 {
    to.saturating_sub(from).max(0) as f64 / 1_000.0
}
