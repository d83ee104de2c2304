//! Reconciliations: what was compared, what both sides came to, and what does not match.
//!
//! They are stored beside everything else and change nothing of it. The rows that are compared come
//! from [`Reader::each_booked`] and [`Reader::each_document`].

mod booked;
mod read;

use rusqlite::Connection;
use terms::{Kopecks, LocalDate, named};

use crate::{
    JournalError, Reply, Result, Writer,
    scribe::{Lane, Pen},
};

pub use booked::{BookedReceipt, BookedRow, Moved, ShiftDocument};
pub use read::ReconciliationRowsOf;

named! {
    /// Where a reconciliation stands.
    ReconciliationState("state of a reconciliation") {
        /// It is under way.
        Running = "running",
        /// It has come to its end, whether all agrees or not.
        Done = "done",
        /// It could not be done.
        Failed = "failed",
        /// The program stopped meanwhile.
        Interrupted = "interrupted",
    }
}

named! {
    /// Whose file was compared.
    FileRole("role of a file") {
        /// Billing's export.
        Billing = "billing",
        /// A registry or statement of a bank or an acquirer.
        Bank = "bank",
        /// The archive of a drive.
        Archive = "archive",
    }
}

/// A reconciliation that is about to begin.
#[derive(Clone, Debug)]
pub struct NewReconciliation {
    /// The first day.
    pub from: LocalDate,
    /// The last day.
    pub to: LocalDate,
    /// Who has ordered it.
    pub by: String,
    /// The key that it came with.
    pub api_key: Option<i64>,
    /// The files.
    pub files: Vec<ReconciliationFile>,
}

/// A file that was compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReconciliationFile {
    /// Whose.
    pub role: FileRole,
    /// As it was called.
    pub name: String,
    /// SHA-256 of what it consists of.
    pub sha256: [u8; 32],
    /// `sberbank`, `lanbilling`, `1c`, `csv`, `billing`; of an archive the drive's number.
    pub kind: String,
    /// Rows in it.
    pub rows: u64,
    /// What they come to; nothing for an archive.
    pub amount: Kopecks,
}

/// A reconciliation without what was found.
#[derive(Clone, Debug)]
pub struct ReconciliationHead {
    /// Which one, from 1.
    pub id: i64,
    /// The first day.
    pub from: LocalDate,
    /// The last day.
    pub to: LocalDate,
    /// Where it stands.
    pub state: ReconciliationState,
    /// Why it failed.
    pub why: Option<String>,
    /// Who has ordered it.
    pub by: String,
    /// Milliseconds since 1970.
    pub started_at: i64,
    /// Milliseconds since 1970.
    pub ended_at: Option<i64>,
    /// What was compared.
    pub results: u64,
    /// How many of these comparisons do not hold.
    pub broken: u64,
}

/// One comparison.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReconciliationResult {
    /// From 1.
    pub place: u32,
    /// `E1` … `E8`.
    pub equation: String,
    /// Which two sides, in a word.
    pub what: String,
    /// A drive; empty: the organisation.
    pub object: String,
    /// Whether both sides agree, in total and row by row.
    pub holds: bool,
    /// Rows of the left side.
    pub left_rows: u64,
    /// Their sum, kopecks.
    pub left_sum: i64,
    /// Rows of the right side.
    pub right_rows: u64,
    /// Their sum, kopecks.
    pub right_sum: i64,
    /// Rows that do not match.
    pub mismatches: u64,
    /// So many of these are kept.
    pub kept: u64,
    /// What was not compared, and why: a JSON array.
    pub notes: String,
}

/// A row that does not match.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReconciliationRow {
    /// From 1, over all comparisons.
    pub place: u64,
    /// The comparison's place.
    pub result: u32,
    /// In what: `left_only`, `right_only`, `sum`, `service`, `vat`, …
    pub kind: String,
    /// What both sides know it by.
    pub key: String,
    /// The account; empty: none. So for all texts here.
    pub account: String,
    /// The day.
    pub day: String,
    /// Where it came from.
    pub source: String,
    /// The number that people find it by.
    pub reference: String,
    /// What the left side has, kopecks; none: nothing.
    pub left_sum: Option<i64>,
    /// What the right side has.
    pub right_sum: Option<i64>,
    /// More of it.
    pub detail: String,
}

/// How a reconciliation ends.
#[derive(Clone, Debug)]
pub enum ReconciliationEnd {
    /// All was compared.
    Done(Vec<ReconciliationResult>),
    /// It could not be done.
    Failed(String),
    /// The program stops.
    Interrupted,
}

impl Writer {
    /// Notes that a reconciliation begins; its number.
    pub fn begin_reconciliation(&self, new: NewReconciliation, reply: Reply<i64>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            begin(pen, connection, &new)
        });
    }

    /// Adds rows that do not match.
    pub fn add_reconciliation_rows(&self, id: i64, rows: Vec<ReconciliationRow>, reply: Reply<()>) {
        let size = rows.len();
        self.queue(Lane::Billing, size, reply, move |_, connection, _| {
            add_rows(connection, id, &rows)
        });
    }

    /// Adds a file that was read while it ran: the archive of a drive.
    pub fn add_reconciliation_file(&self, id: i64, file: ReconciliationFile, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            let place: i64 = connection
                .prepare_cached(
                    "select coalesce(max(place), 0) + 1 from reconciliation_file \
                     where reconciliation = ?1",
                )?
                .query_row([id], |row| row.get(0))?;
            add_file(connection, (id, place), &file)
        });
    }

    /// Ends a reconciliation that is running.
    pub fn end_reconciliation(&self, id: i64, end: ReconciliationEnd, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            finish(pen, connection, id, &end)
        });
    }

    /// Notes that reconciliations of an earlier start were interrupted; how many.
    pub fn interrupt_reconciliations(&self, reply: Reply<u64>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            let left: Vec<i64> = connection
                .prepare_cached("select id from reconciliation where state = 'running'")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for id in left {
                forget_rows(connection, id)?;
            }
            let ended = connection
                .prepare_cached(
                    "update reconciliation set state = 'interrupted', ended_at = ?1 \
                     where state = 'running'",
                )?
                .execute([pen.now])?;
            Ok(ended as u64)
        });
    }
}

fn begin(pen: &Pen, connection: &Connection, new: &NewReconciliation) -> Result<i64> {
    connection
        .prepare_cached(
            "insert into reconciliation (from_day, to_day, state, by, api_key, started_at) \
             values (?1, ?2, 'running', ?3, ?4, ?5)",
        )?
        .execute((
            new.from.to_string(),
            new.to.to_string(),
            &new.by,
            new.api_key,
            pen.now,
        ))?;
    let id = connection.last_insert_rowid();
    for (place, file) in (1_i64..).zip(&new.files) {
        add_file(connection, (id, place), file)?;
    }
    Ok(id)
}

fn add_file(
    connection: &Connection,
    (id, place): (i64, i64),
    file: &ReconciliationFile,
) -> Result<()> {
    connection
        .prepare_cached(
            "insert into reconciliation_file (reconciliation, place, role, name, sha256, kind, \
             rows, amount) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            id,
            place,
            file.role.name(),
            &file.name,
            &file.sha256,
            &file.kind,
            file.rows as i64,
            file.amount.get(),
        ))?;
    Ok(())
}

fn add_rows(connection: &Connection, id: i64, rows: &[ReconciliationRow]) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "insert into reconciliation_row (reconciliation, place, result, kind, key, account, day, \
         source, reference, left_sum, right_sum, detail) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for row in rows {
        insert.execute((
            id,
            row.place as i64,
            row.result,
            &row.kind,
            &row.key,
            &row.account,
            &row.day,
            &row.source,
            &row.reference,
            row.left_sum,
            row.right_sum,
            &row.detail,
        ))?;
    }
    Ok(())
}

fn forget_rows(connection: &Connection, id: i64) -> Result<()> {
    connection
        .prepare_cached("delete from reconciliation_row where reconciliation = ?1")?
        .execute([id])?;
    Ok(())
}

fn finish(pen: &Pen, connection: &Connection, id: i64, end: &ReconciliationEnd) -> Result<()> {
    let (state, why) = match end {
        ReconciliationEnd::Done(_) => (ReconciliationState::Done, None),
        ReconciliationEnd::Failed(why) => (ReconciliationState::Failed, Some(why)),
        ReconciliationEnd::Interrupted => (ReconciliationState::Interrupted, None),
    };
    let ended = connection
        .prepare_cached(
            "update reconciliation set state = ?2, why = ?3, ended_at = ?4 \
             where id = ?1 and state = 'running'",
        )?
        .execute((id, state.name(), why, pen.now))?;
    if ended != 1 {
        let what = format!("the end of reconciliation {id}");
        return Err(JournalError::contradiction(what, "it is not running"));
    }
    let ReconciliationEnd::Done(results) = end else {
        // Half of what does not match would mislead.
        forget_rows(connection, id)?;
        return Ok(());
    };
    let mut insert = connection.prepare_cached(
        "insert into reconciliation_result (reconciliation, place, equation, what, object, holds, \
         left_rows, left_sum, right_rows, right_sum, mismatches, kept, notes) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for result in results {
        insert.execute((
            id,
            result.place,
            &result.equation,
            &result.what,
            &result.object,
            result.holds,
            result.left_rows as i64,
            result.left_sum,
            result.right_rows as i64,
            result.right_sum,
            result.mismatches as i64,
            result.kept as i64,
            &result.notes,
        ))?;
    }
    Ok(())
}
