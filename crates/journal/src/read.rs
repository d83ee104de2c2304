use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use cassette::{Class, Job};
use engine::{Account, BufferLine, Receipt};
use rusqlite::{Connection, OptionalExtension, Row};
use terms::{
    AccountNumber, DocumentNumber, DriveNumber, FfdVersion, Id, Kopecks, OfdAnswer, OperationSign,
    Period, TaxSystem,
};

use crate::{
    CancellationRow, JournalError, ReceiptState, Result, Store, account, before, cancellation,
    receipt, record::read_id, ticket::read_answer,
};

/// How many connections are kept when nobody reads.
const IDLE_MAX: usize = 8;

/// Read-only connections, opened as they are needed and kept.
#[derive(Debug)]
pub struct Reader {
    store: Store,
    idle: Mutex<Vec<Connection>>,
}

/// An accepted operation.
#[derive(Clone, Debug)]
pub struct OperationRow {
    /// Which one; it also says when it was accepted.
    pub id: Id,
    /// The caller's idempotency key.
    pub key: String,
    /// `payment`, `charge`, …
    pub kind: String,
    /// The account it is about.
    pub account: Option<String>,
    /// The name of the key that it came with; none: the program itself has sent it.
    pub sent_by: Option<String>,
    /// The body as it was accepted, JSON.
    pub body: String,
    /// What has no receipt, a JSON array.
    pub records: String,
    /// Its receipts, in order.
    pub receipts: Vec<ReceiptRow>,
    /// Who has cancelled it, if somebody has.
    pub cancelled: Option<CancellationRow>,
}

/// A receipt and what has become of it.
#[derive(Clone, Debug)]
pub struct ReceiptRow {
    /// Which one.
    pub id: Id,
    /// The operation it belongs to.
    pub operation: Id,
    /// The account it is about.
    pub account: Option<String>,
    /// Where it stands.
    pub state: ReceiptState,
    /// Why it is held, in doubt or refused; an acknowledged one: by the ОФД.
    pub reason: Option<String>,
    /// Tag 1054.
    pub sign: OperationSign,
    /// Tag 1020.
    pub total: Kopecks,
    /// Lines, payments, reasons.
    pub receipt: Receipt,
    /// The operation that took it back or replaced it.
    pub cancelled_by: Option<Id>,
    /// The receipt whose second document this one undoes.
    pub return_of: Option<Id>,
    /// What is passed to the drive.
    pub tlv: Vec<u8>,
    /// The fiscal document, once it is formed.
    pub document: Option<DocumentRow>,
}

/// A fiscal document.
#[derive(Clone, Debug)]
pub struct DocumentRow {
    /// In which drive.
    pub drive: String,
    /// Whether that drive is emulated or a debug one: then the document has no legal force.
    pub emulated: bool,
    /// Номер ФД.
    pub number: DocumentNumber,
    /// What it is: `registration`, `open_shift`, `receipt`, `close_shift`.
    pub task: String,
    /// The receipt, if it is one.
    pub receipt: Option<Id>,
    /// Its time, as in the document.
    pub time: String,
    /// ФПД.
    pub fiscal_sign: u32,
    /// Its shift.
    pub shift: u16,
    /// Its number within the shift, for receipts.
    pub receipt_number: Option<u16>,
    /// What the ОФД has said about it, as far as the ticket came through us.
    pub ofd: OfdAnswer,
    /// When the ticket was stored, milliseconds since 1970.
    pub acknowledged_at: Option<i64>,
}

/// An account as it stands.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Its state.
    pub account: Account,
    /// Advances less debts it was opened with.
    pub opening_saldo: Kopecks,
    /// The name of the key that has opened it; none: the program itself has.
    pub opened_by: Option<String>,
    /// The name of the key that has changed its contact or payer last; none: nobody's.
    pub set_by: Option<String>,
}

/// An entry of the history.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// Milliseconds since 1970.
    pub at: i64,
    /// The slot it is about.
    pub slot: Option<u8>,
    /// The drive it is about.
    pub drive: Option<String>,
    /// The receipt it is about.
    pub receipt: Option<Id>,
    /// What happened, in a word.
    pub what: String,
    /// More of it.
    pub detail: String,
    /// Who has decided it; none: the program.
    pub by: Option<String>,
    /// The name of the key that it was ordered with; none: it came from the program itself.
    pub key: Option<String>,
}

/// How many of what there are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Operations accepted.
    pub operations: u64,
    /// Receipts by state.
    pub receipts: Vec<(ReceiptState, u64)>,
    /// Receipts formed, and acknowledged, by drive.
    pub drives: Vec<(String, u64, u64)>,
}

/// What is read of a receipt `r`, its document `d` in the drive `v`, and its account `a`.
macro_rules! receipt_fields {
    () => {
        "select r.id, r.operation, a.number as account, r.state, r.reason, r.sign, r.total, r.body, \
         r.tlv, r.cancelled_by, r.return_of, v.number as drive, v.emulated, d.number, d.task, \
         d.receipt, d.time, d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, \
         d.ofd_text, d.acknowledged_at"
    };
}
pub(crate) const RECEIPT_FIELDS: &str = receipt_fields!();
const RECEIPT: &str = concat!(
    receipt_fields!(),
    " from receipt r left join account a on a.id = r.account \
     left join document d on d.drive = r.drive and d.number = r.document \
     left join drive v on v.id = r.drive"
);

impl Reader {
    /// Reads the journal in `store`; the file has to exist.
    pub const fn new(store: Store) -> Self {
        Self {
            store,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        self.store.database()
    }

    /// An operation with its receipts.
    ///
    /// # Errors
    /// When the database fails or a row is spoiled; so for all methods here.
    pub fn operation(&self, id: Id) -> Result<Option<OperationRow>> {
        self.at_once(|connection| operation_row(connection, id))
    }

    /// A receipt.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn receipt(&self, id: Id) -> Result<Option<ReceiptRow>> {
        self.with(|connection| receipt_row(connection, id))
    }

    /// Calls `each` with every receipt, in order.
    ///
    /// # Errors
    /// See [`Reader::operation`]; also when `each` fails.
    pub fn each_receipt(&self, mut each: impl FnMut(ReceiptRow) -> Result<()>) -> Result<()> {
        self.with(|connection| {
            let mut receipts = connection.prepare(&format!("{RECEIPT} order by r.id"))?;
            let mut rows = receipts.query([])?;
            while let Some(row) = rows.next()? {
                each(read_receipt(row)?)?;
            }
            Ok(())
        })
    }

    /// An account as it stands.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn account(&self, number: &AccountNumber) -> Result<Option<AccountRow>> {
        self.with(|connection| account_row(connection, number))
    }

    /// What the engine needs to know to decide on an event, as it stands now.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn before(&self, event: &engine::Event) -> Result<engine::Before> {
        self.at_once(|connection| Ok(before::load(connection, event)?.before))
    }

    /// The offsets of a month that wait for its consolidated receipt or are in it, in the order
    /// they came: the register that stands behind the receipt.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn offsets(&self, close: Period) -> Result<Vec<BufferLine>> {
        self.with(|connection| before::offsets(connection, close, false))
    }

    /// The receipts that wait for a drive, in order.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn queued_jobs(&self) -> Result<Vec<Job>> {
        self.with(|connection| {
            // The first conditions are those of the partial index.
            let pending =
                "state <> 'fiscalized' and state <> 'acknowledged' and state <> 'refused'";
            jobs(
                connection,
                &format!("{pending} and state = 'queued' and id > ?1"),
                0,
            )
        })
    }

    /// The job of one receipt, if it waits for a drive.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn queued_job(&self, receipt: Id) -> Result<Option<Job>> {
        self.with(|connection| {
            Ok(jobs(connection, "id = ?1 and state = 'queued'", receipt.get())?.pop())
        })
    }

    /// The intents that wait for their end: drive, number, receipt, whether it is in doubt.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn open_intents(&self) -> Result<Vec<cassette::Event>> {
        self.with(|connection| {
            let mut rows = connection.prepare(
                "select v.number, i.number, i.receipt, r.state, coalesce(r.order_key, 0) \
                 from intent i join drive v on v.id = i.drive left join receipt r on r.id = i.receipt \
                 where i.given_up_at is null",
            )?;
            let mut rows = rows.query([])?;
            let mut intents = Vec::new();
            while let Some(row) = rows.next()? {
                let receipt: Option<i64> = row.get(2)?;
                let state: Option<String> = row.get(3)?;
                intents.push(cassette::Event::IntentLeft {
                    drive: read_drive(&row.get::<_, String>(0)?)?,
                    number: DocumentNumber(row.get(1)?),
                    receipt: receipt.map(read_id).transpose()?,
                    order_key: row.get(4)?,
                    in_doubt: state.as_deref() == Some(ReceiptState::InDoubt.name()),
                });
            }
            Ok(intents)
        })
    }

    /// The version of the format (tag 1209) of the receipts that are not formed yet; none when
    /// there are none. They all have one, as it may change only while none waits.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn pending_format(&self) -> Result<Option<FfdVersion>> {
        self.with(|connection| {
            let code: Option<u8> = connection
                .prepare_cached(
                    "select json_extract(body, '$.ffd') from receipt \
                     where state <> 'fiscalized' and state <> 'acknowledged' \
                     and state <> 'refused' limit 1",
                )?
                .query_row([], |row| row.get(0))
                .optional()?;
            let read = |code| {
                FfdVersion::from_code(code)
                    .map_err(|why| JournalError::spoiled("receipt", why.to_string()))
            };
            code.map(read).transpose()
        })
    }

    /// The documents of all drives, each drive's in its order.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn documents(&self) -> Result<Vec<DocumentRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare(
                "select v.number as drive, v.emulated, d.number, d.task, d.receipt, d.time, \
                 d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, d.ofd_text, d.acknowledged_at \
                 from document d join drive v on v.id = d.drive order by v.id, d.number",
            )?;
            let mut rows = rows.query([])?;
            let mut documents = Vec::new();
            while let Some(row) = rows.next()? {
                documents.push(read_document(row)?);
            }
            Ok(documents)
        })
    }

    /// How many of what there are; reads the whole tables.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn tally(&self) -> Result<Tally> {
        self.at_once(|connection| {
            let operations =
                connection.query_row("select count(*) from operation", [], |row| count(row, 0))?;
            let mut by_state = Vec::new();
            let mut rows =
                connection.prepare("select state, count(*) from receipt group by state")?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let state = read_state(&row.get::<_, String>(0)?)?;
                by_state.push((state, count(row, 1)?));
            }
            let mut drives = connection.prepare(
                "select v.number, count(d.receipt), \
                 count(case when d.acknowledged_at is not null then d.receipt end) \
                 from drive v left join document d on d.drive = v.id \
                 group by v.id order by v.number",
            )?;
            let drives = drives
                .query_map([], |row| Ok((row.get(0)?, count(row, 1)?, count(row, 2)?)))?
                .collect::<std::result::Result<_, _>>()?;
            Ok(Tally {
                operations,
                receipts: by_state,
                drives,
            })
        })
    }

    /// Like [`Reader::with`], for several statements: they all see one state.
    pub(crate) fn at_once<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.with(|connection| {
            // The state is that of the first statement; it is let go when this is dropped.
            let state = connection.unchecked_transaction()?;
            read(&state)
        })
    }

    pub(crate) fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.store.open_for_reading()?,
        };
        let outcome = read(&connection);
        self.keep(connection);
        outcome
    }

    /// Takes a connection for the next reading.
    pub(crate) fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }
}

/// An operation with its receipts.
pub(crate) fn operation_row(connection: &Connection, id: Id) -> Result<Option<OperationRow>> {
    let row = connection
        .prepare_cached(
            "select o.key, o.type, a.number, o.body, o.records, o.receipts, k.name \
             from operation o left join account a on a.id = o.account \
             left join api_key k on k.id = o.api_key where o.id = ?1",
        )?
        .query_row([id.get()], |row| {
            let count: i64 = row.get(5)?;
            let operation = OperationRow {
                id,
                key: row.get(0)?,
                kind: row.get(1)?,
                account: row.get(2)?,
                body: row.get(3)?,
                records: row.get(4)?,
                sent_by: row.get(6)?,
                receipts: Vec::new(),
                cancelled: None,
            };
            Ok((operation, count))
        })
        .optional()?;
    let Some((mut operation, count)) = row else {
        return Ok(None);
    };
    operation.cancelled = cancellation::find(connection, id)?;
    // Receipts get the identifiers that follow their operation's.
    let mut receipts =
        connection.prepare_cached(&format!("{RECEIPT} where r.id > ?1 order by r.id limit ?2"))?;
    let mut rows = receipts.query((id.get(), count))?;
    while let Some(row) = rows.next()? {
        operation.receipts.push(read_receipt(row)?);
    }
    // And those that undo a second document of one of them.
    let mut returns = connection.prepare_cached(&format!(
        "{RECEIPT} where r.return_of > ?1 and r.return_of <= ?1 + ?2 order by r.id"
    ))?;
    let mut rows = returns.query((id.get(), count))?;
    while let Some(row) = rows.next()? {
        operation.receipts.push(read_receipt(row)?);
    }
    Ok(Some(operation))
}

/// An account.
pub(crate) fn account_row(
    connection: &Connection,
    number: &AccountNumber,
) -> Result<Option<AccountRow>> {
    let row: Option<(String, i64, _, _)> = connection
        .prepare_cached(
            "select a.state, a.opening_saldo, o.name, s.name from account a \
             left join api_key o on o.id = a.opened_by \
             left join api_key s on s.id = a.set_by where a.number = ?1",
        )?
        .query_row([number.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    row.map(|(state, opening, opened_by, set_by)| {
        Ok(AccountRow {
            opened_by,
            set_by,
            account: account::from_json(number, &state)?,
            opening_saldo: Kopecks::new(opening)
                .map_err(|why| JournalError::spoiled("account", why))?,
        })
    })
    .transpose()
}

/// A receipt.
pub(crate) fn receipt_row(connection: &Connection, id: Id) -> Result<Option<ReceiptRow>> {
    let mut receipt = connection.prepare_cached(&format!("{RECEIPT} where r.id = ?1"))?;
    let mut rows = receipt.query([id.get()])?;
    rows.next()?.map(read_receipt).transpose()
}

fn jobs(connection: &Connection, condition: &str, argument: i64) -> Result<Vec<Job>> {
    let mut rows = connection.prepare(&format!(
        "select id, order_key, class, tax_system, sign, total, tlv, correction \
         from receipt where {condition} order by id"
    ))?;
    let mut rows = rows.query([argument])?;
    let mut jobs = Vec::new();
    let spoiled = |why: terms::TermError| JournalError::spoiled("receipt", why);
    while let Some(row) = rows.next()? {
        jobs.push(Job {
            id: read_id(row.get(0)?)?,
            order_key: row.get(1)?,
            class: Class::from_code(row.get(2)?)
                .ok_or_else(|| JournalError::spoiled("receipt", "unknown class"))?,
            tax_system: TaxSystem::from_bit(row.get(3)?).map_err(spoiled)?,
            operation: OperationSign::from_code(row.get(4)?).map_err(spoiled)?,
            total: Kopecks::new(row.get(5)?).map_err(spoiled)?,
            tlv: row.get(6)?,
            correction: row.get(7)?,
        });
    }
    Ok(jobs)
}

pub(crate) fn read_receipt(row: &Row<'_>) -> Result<ReceiptRow> {
    let spoiled = |why: terms::TermError| JournalError::spoiled("receipt", why);
    // A formed receipt whose document is missing can still be shown; the check tells of it.
    let formed = row.get::<_, Option<i64>>("number")?.is_some();
    let id = read_id(row.get("id")?)?;
    Ok(ReceiptRow {
        id,
        operation: read_id(row.get("operation")?)?,
        account: row.get("account")?,
        state: read_state(&row.get::<_, String>("state")?)?,
        reason: row.get("reason")?,
        sign: OperationSign::from_code(row.get("sign")?).map_err(spoiled)?,
        total: Kopecks::new(row.get("total")?).map_err(spoiled)?,
        receipt: receipt::from_json(format!("receipt {id}"), &row.get::<_, String>("body")?)?,
        cancelled_by: row
            .get::<_, Option<i64>>("cancelled_by")?
            .map(read_id)
            .transpose()?,
        return_of: row
            .get::<_, Option<i64>>("return_of")?
            .map(read_id)
            .transpose()?,
        tlv: row.get("tlv")?,
        document: formed.then(|| read_document(row)).transpose()?,
    })
}

pub(crate) fn read_document(row: &Row<'_>) -> Result<DocumentRow> {
    Ok(DocumentRow {
        drive: row.get("drive")?,
        emulated: row.get("emulated")?,
        number: DocumentNumber(row.get("number")?),
        task: row.get("task")?,
        receipt: row
            .get::<_, Option<i64>>("receipt")?
            .map(read_id)
            .transpose()?,
        time: row.get("time")?,
        fiscal_sign: row.get("fiscal_sign")?,
        shift: row.get("shift")?,
        receipt_number: row.get("receipt_number")?,
        ofd: read_answer(row)?,
        acknowledged_at: row.get("acknowledged_at")?,
    })
}

pub(crate) fn read_state(name: &str) -> Result<ReceiptState> {
    ReceiptState::from_name(name)
        .ok_or_else(|| JournalError::spoiled("receipt", format!("unknown state {name}")))
}

pub(crate) fn read_drive(number: &str) -> Result<DriveNumber> {
    number
        .parse()
        .map_err(|why| JournalError::spoiled("drive", why))
}

/// The answer to a `count(…)`, which is never negative.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}
