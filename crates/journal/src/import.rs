//! Files of banks that become payments: loaded whole or not at all, and each file once.

mod read;

use rusqlite::Connection;
use terms::{Id, Kopecks};

use crate::{
    JournalError, NewOperation, Refused, Reply, Result, Submitted, Writer,
    record::read_id,
    scribe::{Changes, Lane, Pen},
};
use read::{by_hash, row};

/// A file that is to be loaded.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What is kept of it. Identifier, time and what was accepted are filled in when it is stored.
    pub file: ImportFileRow,
    /// The key that has sent it.
    pub api_key: Option<i64>,
    /// The payments, each with the line it stands on and its sum.
    pub operations: Vec<(u32, Kopecks, NewOperation)>,
    /// The rows that a person has to look at. Those that have the key of an operation above belong
    /// to it and are loaded with it.
    pub rows: Vec<ImportRow>,
}

/// A loaded file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportFileRow {
    /// Which one.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it consists of.
    pub sha256: [u8; 32],
    /// `sberbank`, `lanbilling`, `1c`, `csv`.
    pub kind: String,
    /// How it was read.
    pub profile: String,
    /// Milliseconds since 1970.
    pub loaded_at: i64,
    /// Who has loaded it.
    pub by: String,
    /// Payments in it.
    pub rows: u64,
    /// What they come to.
    pub amount: Kopecks,
    /// Operations that the load has made.
    pub accepted: u64,
    /// What these come to.
    pub accepted_amount: Kopecks,
    /// Payments that were known before.
    pub duplicates: u64,
    /// A registry: what the bank has passed on.
    pub transferred: Option<Kopecks>,
    /// By which payment order.
    pub order_number: Option<String>,
    /// Rows that wait for a person by now.
    pub waiting: u64,
}

/// A row that a person has to look at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportRow {
    /// The file's line.
    pub line: u32,
    /// `held`, `unmatched`, `business`, `wrong`, `refused`.
    pub class: String,
    /// Why, for people.
    pub reason: String,
    /// The key of the operation that it would become.
    pub key: String,
    /// The day of the payment, `YYYY-MM-DD`.
    pub date: String,
    /// Its sum.
    pub amount: Kopecks,
    /// The payer's account as the file has it; may be empty.
    pub account: String,
    /// The number of the bank's operation or document.
    pub number: String,
    /// What else the file says, JSON.
    pub body: String,
    /// What became of it.
    pub state: RowState,
    /// The operation, once it is loaded.
    pub operation: Option<Id>,
    /// Who has decided; none: the rules.
    pub by: Option<String>,
    /// Why.
    pub why: Option<String>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RowState {
    /// It waits for a person.
    Waiting,
    /// It is an operation.
    Loaded,
    /// It becomes none.
    Skipped,
}

impl RowState {
    /// The word used by journal and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Loaded => "loaded",
            Self::Skipped => "skipped",
        }
    }

    fn from_name(name: &str) -> Result<Self> {
        [Self::Waiting, Self::Loaded, Self::Skipped]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| JournalError::spoiled("import row", format!("state «{name}»")))
    }
}

/// What became of a load.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Imported {
    /// It is stored, or would be.
    Done {
        /// The file as it is stored; a trial has no identifier.
        file: Box<ImportFileRow>,
        /// The receipts that its operations need.
        receipts: u64,
    },
    /// The same bytes were loaded before: nothing was stored.
    Known(Box<ImportFileRow>),
    /// The rules refuse payments: nothing was stored.
    Refused(Vec<(u32, Refused)>),
}

/// A person's decision on a row.
#[derive(Clone, Debug)]
pub struct RowDecision {
    /// Which file.
    pub import: i64,
    /// Which line of it.
    pub line: u32,
    /// The operation that it becomes; none: it becomes none.
    pub operation: Option<NewOperation>,
    /// Who decides.
    pub by: String,
    /// Why.
    pub why: String,
}

/// What became of the decision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RowDecided {
    /// The row as it stands now.
    Done(Box<ImportRow>),
    /// It has been decided before: the row as it stands.
    NotWaiting(Box<ImportRow>),
    /// There is no such row.
    Unknown,
    /// The rules refuse the operation, or its key is another one's. Nothing has changed.
    Refused(Refused),
}

/// An operation as it was accepted.
#[derive(Clone, Debug)]
pub struct OperationBody {
    /// Its body, JSON.
    pub body: String,
    /// Whether it was taken back: then it counts no more.
    pub is_cancelled: bool,
}

/// A payment in the journal.
#[derive(Clone, Copy, Debug)]
pub struct PaymentOnAccount<'a> {
    /// The operation.
    pub id: Id,
    /// Its key.
    pub key: &'a str,
    /// The account.
    pub account: &'a str,
    /// What came.
    pub amount: i64,
    /// Its body, JSON.
    pub body: &'a str,
}

impl Writer {
    /// Loads a file: all of it in one transaction, or nothing. A trial does the same and undoes it.
    pub fn import(&self, new: NewImport, is_trial: bool, reply: Reply<Imported>) {
        let size = new.operations.len().max(1);
        self.queue(
            Lane::Billing,
            size,
            reply,
            move |pen, connection, changes| {
                pen.attempt(connection, changes, |pen, changes| {
                    let imported = import(pen, connection, &new, changes)?;
                    let keep = !is_trial && matches!(imported, Imported::Done { .. });
                    Ok((imported, keep))
                })
            },
        );
    }

    /// Stores what a person has decided about a row, with the operation that it becomes.
    pub fn decide_row(&self, decision: RowDecision, reply: Reply<RowDecided>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, changes| {
            pen.attempt(connection, changes, |pen, changes| {
                let decided = decide(pen, connection, &decision, changes)?;
                let keep = matches!(decided, RowDecided::Done(_));
                Ok((decided, keep))
            })
        });
    }

    /// The operations that have these keys, after all that was queued before.
    pub fn find_keys(&self, keys: Vec<String>, reply: Reply<Vec<Option<Id>>>) {
        let size = keys.len();
        self.queue(Lane::Billing, size, reply, move |pen, connection, _| {
            keys.iter()
                .map(|key| {
                    let found = pen.keys.find(connection, key)?;
                    found.map(read_id).transpose()
                })
                .collect()
        });
    }
}

fn import(
    pen: &mut Pen,
    connection: &Connection,
    new: &NewImport,
    changes: &mut Changes,
) -> Result<Imported> {
    if let Some(known) = by_hash(connection, &new.file.sha256)? {
        return Ok(Imported::Known(Box::new(known)));
    }
    let mut file = new.file.clone();
    file.loaded_at = pen.now;
    let (mut receipts, mut refused, mut accepted) = (0, Vec::new(), Vec::new());
    for (line, amount, operation) in &new.operations {
        match pen.submit(connection, operation, changes)? {
            Submitted::Accepted { receipts: of, .. } => {
                accepted.push(*amount);
                receipts += of.len() as u64;
            }
            // It came by another way since the file was looked at.
            Submitted::Repeated { .. } => file.duplicates += 1,
            Submitted::Conflict { id } | Submitted::Held { id } => {
                refused.push((*line, conflict(&operation.key, id)));
            }
            Submitted::Refused(why) => refused.push((*line, why)),
        }
    }
    if !refused.is_empty() {
        return Ok(Imported::Refused(refused));
    }
    file.accepted = accepted.len() as u64;
    file.accepted_amount = Kopecks::sum(accepted)
        .map_err(|why| JournalError::contradiction("an import", why.to_string()))?;
    file.id = store_file(connection, &file, new.api_key)?;
    for row in &new.rows {
        let operation = match row.state {
            RowState::Loaded => pen.keys.find(connection, &row.key)?,
            RowState::Waiting | RowState::Skipped => None,
        };
        store_row(connection, file.id, row, operation)?;
    }
    file.waiting = count_waiting(&new.rows);
    changes.imports += 1;
    Ok(Imported::Done {
        file: Box::new(file),
        receipts,
    })
}

fn count_waiting(rows: &[ImportRow]) -> u64 {
    let waiting = rows.iter().filter(|row| row.state == RowState::Waiting);
    waiting.count() as u64
}

fn store_file(connection: &Connection, file: &ImportFileRow, key: Option<i64>) -> Result<i64> {
    connection
        .prepare_cached(
            "insert into import_file (name, sha256, kind, profile, loaded_at, by, api_key, rows, \
             amount, accepted, accepted_amount, duplicates, transferred, order_number) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute((
            &file.name,
            &file.sha256,
            &file.kind,
            &file.profile,
            file.loaded_at,
            &file.by,
            key,
            file.rows as i64,
            file.amount.get(),
            file.accepted as i64,
            file.accepted_amount.get(),
            file.duplicates as i64,
            file.transferred.map(Kopecks::get),
            &file.order_number,
        ))?;
    Ok(connection.last_insert_rowid())
}

fn store_row(
    connection: &Connection,
    import: i64,
    row: &ImportRow,
    operation: Option<i64>,
) -> Result<()> {
    connection
        .prepare_cached(
            "insert into import_row (import, line, class, reason, key, date, amount, account, \
             number, body, state, operation) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute((
            import,
            row.line,
            &row.class,
            &row.reason,
            &row.key,
            &row.date,
            row.amount.get(),
            &row.account,
            &row.number,
            &row.body,
            row.state.name(),
            operation,
        ))?;
    Ok(())
}

fn decide(
    pen: &mut Pen,
    connection: &Connection,
    decision: &RowDecision,
    changes: &mut Changes,
) -> Result<RowDecided> {
    let Some(row) = row(connection, decision.import, decision.line)? else {
        return Ok(RowDecided::Unknown);
    };
    // What the rules have skipped a person may still load.
    let is_open = match row.state {
        RowState::Waiting => true,
        RowState::Skipped => row.by.is_none(),
        RowState::Loaded => false,
    };
    if !is_open {
        return Ok(RowDecided::NotWaiting(Box::new(row)));
    }
    let operation = match &decision.operation {
        None => None,
        Some(operation) => match pen.submit(connection, operation, changes)? {
            Submitted::Accepted { id, .. } | Submitted::Repeated { id } => Some(id),
            Submitted::Conflict { id } | Submitted::Held { id } => {
                return Ok(RowDecided::Refused(conflict(&operation.key, id)));
            }
            Submitted::Refused(why) => return Ok(RowDecided::Refused(why)),
        },
    };
    let state = match operation {
        Some(_) => RowState::Loaded,
        None => RowState::Skipped,
    };
    connection
        .prepare_cached(
            "update import_row set state = ?3, operation = ?4, by = ?5, why = ?6, decided_at = ?7 \
             where import = ?1 and line = ?2",
        )?
        .execute((
            decision.import,
            decision.line,
            state.name(),
            operation.map(Id::get),
            &decision.by,
            &decision.why,
            pen.now,
        ))?;
    Ok(RowDecided::Done(Box::new(ImportRow {
        state,
        operation,
        by: Some(decision.by.clone()),
        why: Some(decision.why.clone()),
        ..row
    })))
}

fn conflict(key: &str, id: Id) -> Refused {
    Refused {
        code: "conflict",
        message: format!("operation {id} has the key «{key}» and other contents"),
    }
}
