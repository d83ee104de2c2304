//! Restorations: plans of restoring past settlements, with all their rows and their life.
//!
//! A plan is stored in slices and sealed; from then on only what has become of each row changes. A
//! row is carried out by [`Writer::advance_restoration`]: its operation is accepted and the row marked
//! in one transaction, and only if the operation becomes what was approved.

mod fingerprint;
mod read;
mod store;
mod watch;

use restoration::{Class, Hash, Kind, NotNow, Pace, PauseOn, RowState, State};
use terms::{Basis, Id, Kopecks, LocalDate};

use crate::{NewOperation, Reply, Writer, scribe::Lane};

pub use fingerprint::fingerprint;
pub use read::RestorationRowsOf;
pub(crate) use read::plan_hash;
pub use watch::{PendingReceipts, RestorationCount, ShareCounts, Troubles};

/// A plan that is about to be stored.
#[derive(Clone, Debug)]
pub struct NewRestoration {
    /// What it restores.
    pub kind: Kind,
    /// What was ordered, JSON: it is hashed as it stands.
    pub parameters: String,
    /// Why; days and documents are those of each row.
    pub basis: Basis,
    /// Who makes it.
    pub author: String,
    /// The key that it came with.
    pub api_key: Option<i64>,
    /// The files that its rows come from.
    pub files: Vec<RestorationFile>,
}

/// A file of a restoration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RestorationFile {
    /// As it was called.
    pub name: String,
    /// SHA-256 of what it consists of.
    pub sha256: [u8; 32],
    /// `sberbank`, `lanbilling`, `1c`, `csv`.
    pub kind: String,
    /// How it was read.
    pub profile: String,
    /// Payments in it.
    pub rows: u64,
    /// What they come to.
    pub amount: Kopecks,
}

/// A restoration without its rows.
#[derive(Clone, Debug)]
pub struct RestorationHead {
    /// Which one, from 1.
    pub id: i64,
    /// What it restores.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Why it waits, is paused or was abandoned.
    pub why: Option<String>,
    /// What was ordered, JSON.
    pub parameters: String,
    /// Why.
    pub basis: Basis,
    /// What it changes, JSON; none until it is sealed.
    pub summary: Option<String>,
    /// Who has made it.
    pub author: String,
    /// The key that it came with.
    pub api_key: Option<i64>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// The hash of the plan, once it is sealed.
    pub hash: Option<Hash>,
    /// Who has approved it.
    pub approved_by: Option<String>,
    /// When, milliseconds since 1970.
    pub approved_at: Option<i64>,
    /// How it was ordered to run last.
    pub run: Option<RestorationRun>,
    /// When it came to its end, milliseconds since 1970.
    pub ended_at: Option<i64>,
}

/// How a restoration was ordered to run.
#[derive(Clone, Debug)]
pub struct RestorationRun {
    /// Who has ordered it.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// So many rows are left until it pauses; none: all.
    pub left: Option<u64>,
    /// What it does about the shares.
    pub pace: Pace,
    /// When it pauses by itself.
    pub pause_on: PauseOn,
    /// The last entry of the history at that time: what went wrong since counts.
    pub history: i64,
    /// The rows that had changed by then.
    pub changed_before: u64,
    /// The receipts that were held or in doubt by then.
    pub held_before: u64,
}

/// One row of a restoration.
#[derive(Clone, Debug)]
pub struct RestorationRow {
    /// Its number, from 1: rows are carried out in this order.
    pub place: u64,
    /// What it is.
    pub class: Class,
    /// What has become of it.
    pub state: RowState,
    /// Why it is of this class or in this state; may be empty.
    pub reason: String,
    /// The key of the operation that it becomes.
    pub key: String,
    /// The day of the settlement.
    pub date: LocalDate,
    /// Its sum.
    pub amount: Kopecks,
    /// The account as it was told; empty: nobody knows.
    pub account: String,
    /// What tells of it.
    pub source: String,
    /// The place of its file, and the line there.
    pub line: Option<(u32, u32)>,
    /// The wrong receipt.
    pub wrong: Option<Id>,
    /// The body of the operation that it becomes, JSON.
    pub body: String,
    /// How many documents that needs.
    pub documents: u32,
    /// What its receipts say.
    pub fingerprint: Option<Hash>,
    /// The operation, once it is accepted.
    pub operation: Option<Id>,
}

/// Something that is done with a restoration.
#[derive(Clone, Debug)]
pub struct RestorationTurn {
    /// Which one.
    pub restoration: i64,
    /// What is done.
    pub step: RestorationStep,
    /// Who does it; none: the program.
    pub by: Option<String>,
    /// The key that it came with.
    pub api_key: Option<i64>,
    /// Why.
    pub why: Option<String>,
}

/// What can be done with a restoration.
#[derive(Clone, Debug)]
pub enum RestorationStep {
    /// All rows are stored.
    Seal {
        /// The hash of the plan.
        hash: Hash,
        /// What it changes, JSON.
        summary: String,
    },
    /// The plan of this hash may run.
    Approve(Hash),
    /// It begins.
    Run {
        /// So many rows; none: all.
        limit: Option<u64>,
        /// What it does about the shares.
        pace: Pace,
        /// When it pauses by itself.
        pause_on: PauseOn,
    },
    /// It stops for now.
    Pause,
    /// It goes on, with all rows that are left.
    Resume,
    /// Every row is over.
    Finish,
    /// It never goes on.
    Abandon,
}

/// What became of a turn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Turned {
    /// It is done.
    Done,
    /// There is no such restoration.
    Unknown,
    /// Its state does not allow it.
    NotNow(NotNow),
    /// The plan has this hash.
    OtherHash(Hash),
}

/// Rows that are to be carried out, all in one transaction.
#[derive(Clone, Debug)]
pub struct RestorationPacket {
    /// Of which restoration.
    pub restoration: i64,
    /// Their places, and what is to be done.
    pub rows: Vec<(u64, RowWork)>,
}

/// What is to be done with a row.
#[derive(Clone, Debug)]
pub enum RowWork {
    /// This is what it becomes now: it is accepted if it says what was approved.
    Submit(Box<NewOperation>),
    /// It has changed, as is known already.
    Changed(String),
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Advanced {
    /// Rows whose operation is in the journal now.
    pub accepted: u64,
    /// Rows that would become something else: nothing was formed.
    pub changed: u64,
    /// Rows that the rules refuse.
    pub refused: u64,
    /// The restoration does not run: nothing was done.
    pub is_stopped: bool,
}

impl Writer {
    /// Begins a plan; its rows follow. The answer is its number.
    pub fn open_restoration(&self, new: NewRestoration, reply: Reply<i64>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            store::open(pen, connection, &new)
        });
    }

    /// Stores the next rows of a plan that is being made.
    pub fn add_restoration_rows(
        &self,
        restoration: i64,
        rows: Vec<RestorationRow>,
        reply: Reply<()>,
    ) {
        let size = rows.len();
        self.queue(Lane::Billing, size, reply, move |_, connection, _| {
            store::add_rows(connection, restoration, &rows)
        });
    }

    /// Turns a restoration from one state to another, if its state allows that.
    pub fn turn_restoration(&self, turn: RestorationTurn, reply: Reply<Turned>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            store::turn(pen, connection, &turn)
        });
    }

    /// Says why a running restoration has nothing to do now, or that it has.
    pub fn note_restoration(&self, restoration: i64, why: Option<String>, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            store::note(connection, restoration, why.as_deref())
        });
    }

    /// Carries rows out: each operation is accepted and its row marked in the same transaction, or
    /// the row says why not.
    pub fn advance_restoration(&self, packet: RestorationPacket, reply: Reply<Advanced>) {
        let size = packet.rows.len();
        self.queue(
            Lane::Billing,
            size,
            reply,
            move |pen, connection, changes| store::advance(pen, connection, &packet, changes),
        );
    }
}
