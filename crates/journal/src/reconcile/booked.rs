//! What was booked: operations with their receipts and what they have changed, and the documents of
//! drives, streamed in their order.

use std::collections::BTreeMap;

use engine::{AccountChange, EntryChange, Receipt};
use rusqlite::Connection;
use terms::{DocumentNumber, Id, Kopecks, OperationSign};

use crate::{
    JournalError, Reader, ReceiptState, Result,
    effects::Effects,
    read::{count, read_document, read_state},
    receipt,
    record::read_id,
};

/// An accepted operation that was not cancelled, with all that it has led to.
#[derive(Clone, Debug)]
pub struct BookedRow {
    /// Which one; it also says when it was accepted.
    pub id: Id,
    /// The caller's idempotency key.
    pub key: String,
    /// `payment`, `charge`, …
    pub kind: String,
    /// The account it is about.
    pub account: Option<String>,
    /// How the account's saldo has changed, kopecks.
    pub delta: i64,
    /// The body as it was accepted, JSON.
    pub body: String,
    /// What has no receipt, a JSON array.
    pub records: String,
    /// Its receipts, without those that undo a second document.
    pub receipts: Vec<BookedReceipt>,
    /// How the saldo of further accounts has changed.
    pub further: Vec<(String, i64)>,
    /// How the advances of accounts have changed, and their credit debts, open and written off.
    pub moved: BTreeMap<String, Moved>,
    /// What it has put into the buffer of offsets: service, month, sum.
    pub buffered: Vec<(String, String, i64)>,
    /// What of the buffer stands in its receipts, if it closes a month.
    pub consolidated: i64,
    /// It is money whose payer is still unknown.
    pub waits_for_payer: bool,
}

/// How an operation has moved what an account has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Moved {
    /// Advances, kopecks.
    pub advances: i64,
    /// Debts for which a credit receipt stands, open and written off.
    pub credit: i64,
}

/// A receipt of an operation.
#[derive(Clone, Debug)]
pub struct BookedReceipt {
    /// Which one.
    pub id: Id,
    /// Where it stands.
    pub state: ReceiptState,
    /// Tag 1054.
    pub sign: OperationSign,
    /// What it says.
    pub receipt: Receipt,
}

/// A document of a drive.
#[derive(Clone, Debug)]
pub struct ShiftDocument {
    /// The document.
    pub document: crate::DocumentRow,
    /// Sign and contents of the receipt that it is, also of one that another drive has formed, too.
    pub receipt: Option<(OperationSign, Receipt)>,
}

impl Reader {
    /// Calls `each` with the operations that were accepted since `since` (milliseconds since 1970) and
    /// are not cancelled, in their order. All come from one state of the journal.
    ///
    /// # Errors
    /// See [`Reader::operation`]; also when `each` fails.
    pub fn each_booked(
        &self,
        since: i64,
        mut each: impl FnMut(BookedRow) -> Result<()>,
    ) -> Result<()> {
        self.at_once(|connection| {
            let mut operations = connection.prepare_cached(
                "select o.id, o.key, o.type, a.number, o.delta, o.body, o.records, o.effects, \
                 o.receipts, exists (select 1 from unidentified u where u.id = o.key) \
                 from operation o left join account a on a.id = o.account \
                 where o.id >= ?1 and not exists \
                 (select 1 from cancellation c where c.operation = o.id) order by o.id",
            )?;
            let mut rows = operations.query([Id::since(since).get()])?;
            while let Some(row) = rows.next()? {
                let id = read_id(row.get(0)?)?;
                let effects: Option<String> = row.get(7)?;
                let effects = Effects::from_json(id, effects.as_deref())?;
                let (account, waits_for_payer) = (row.get(3)?, row.get(9)?);
                each(BookedRow {
                    id,
                    key: row.get(1)?,
                    kind: row.get(2)?,
                    account,
                    delta: row.get(4)?,
                    body: row.get(5)?,
                    records: row.get(6)?,
                    receipts: receipts(connection, id, row.get(8)?)?,
                    further: further(connection, id)?,
                    moved: moved(effects.account_changes(id)?),
                    buffered: effects.buffered(connection)?,
                    consolidated: effects.consolidated(id, connection)?,
                    waits_for_payer,
                })?;
            }
            Ok(())
        })
    }

    /// The operation of a receipt: its key.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn key_of_receipt(&self, receipt: Id) -> Result<Option<String>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select o.key from receipt r join operation o on o.id = r.operation where r.id = ?1",
            )?;
            let mut rows = rows.query([receipt.get()])?;
            Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
        })
    }

    /// The accounts with their saldo, kopecks, by number.
    pub fn each_saldo(&self, mut each: impl FnMut(&str, i64) -> Result<()>) -> Result<()> {
        self.with(|connection| {
            let mut rows =
                connection.prepare_cached("select number, saldo from account order by number")?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let number: String = row.get(0)?;
                each(&number, row.get(1)?)?;
            }
            Ok(())
        })
    }

    /// The drives whose documents are journaled: number, and the last document that each held when it
    /// was taken in after having been used elsewhere.
    pub fn drive_bases(&self) -> Result<Vec<(String, u32)>> {
        self.with(|connection| {
            let mut rows =
                connection.prepare_cached("select number, base from drive order by number")?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Calls `each` with the documents of a drive, in their order: number, ФПД, whether the ОФД has
    /// confirmed it.
    pub fn each_number(
        &self,
        drive: &str,
        mut each: impl FnMut(DocumentNumber, u32, bool),
    ) -> Result<()> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select d.number, d.fiscal_sign, d.acknowledged_at is not null from document d \
                 join drive v on v.id = d.drive where v.number = ?1 order by d.number",
            )?;
            let mut rows = rows.query([drive])?;
            while let Some(row) = rows.next()? {
                each(DocumentNumber(row.get(0)?), row.get(1)?, row.get(2)?);
            }
            Ok(())
        })
    }

    /// The closing reports of a drive between two days (both included, as its documents say them).
    pub fn closing_reports(
        &self,
        drive: &str,
        (from, to): (&str, &str),
    ) -> Result<Vec<crate::DocumentRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select v.number as drive, v.emulated, d.number, d.task, d.receipt, d.time, \
                 d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, d.ofd_text, \
                 d.acknowledged_at from document d join drive v on v.id = d.drive \
                 where v.number = ?1 and d.task = 'close_shift' \
                 and substr(d.time, 1, 10) between ?2 and ?3 order by d.number",
            )?;
            let mut rows = rows.query((drive, from, to))?;
            let mut reports = Vec::new();
            while let Some(row) = rows.next()? {
                reports.push(read_document(row)?);
            }
            Ok(reports)
        })
    }

    /// Calls `each` with the documents of the shift that ends with the document `closing`.
    pub fn each_of_shift(
        &self,
        drive: &str,
        closing: DocumentNumber,
        mut each: impl FnMut(ShiftDocument) -> Result<()>,
    ) -> Result<()> {
        self.at_once(|connection| {
            let (row, first): (i64, u32) = connection
                .prepare_cached(
                    "select v.id, coalesce((select max(d.number) from document d \
                     where d.drive = v.id and d.task = 'open_shift' and d.number < ?2), 0) \
                     from drive v where v.number = ?1",
                )?
                .query_row((drive, closing.get()), |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut rows = connection.prepare_cached(
                "select v.number as drive, v.emulated, d.number, d.task, d.receipt, d.time, \
                 d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, d.ofd_text, \
                 d.acknowledged_at, r.sign as sign, r.body as body \
                 from document d join drive v on v.id = d.drive \
                 left join receipt r on r.id = coalesce(d.receipt, d.doubles) \
                 where d.drive = ?1 and d.number between ?2 and ?3 order by d.number",
            )?;
            let mut rows = rows.query((row, first, closing.get()))?;
            while let Some(row) = rows.next()? {
                each(shift_document(row)?)?;
            }
            Ok(())
        })
    }

    /// Calls `each` with the documents whose time lies between two days, drive by drive.
    pub fn each_document(
        &self,
        (from, to): (&str, &str),
        mut each: impl FnMut(ShiftDocument) -> Result<()>,
    ) -> Result<()> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select v.number as drive, v.emulated, d.number, d.task, d.receipt, d.time, \
                 d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, d.ofd_text, \
                 d.acknowledged_at, r.sign as sign, r.body as body \
                 from document d join drive v on v.id = d.drive \
                 left join receipt r on r.id = coalesce(d.receipt, d.doubles) \
                 where substr(d.time, 1, 10) between ?1 and ?2 order by v.id, d.number",
            )?;
            let mut rows = rows.query((from, to))?;
            while let Some(row) = rows.next()? {
                each(shift_document(row)?)?;
            }
            Ok(())
        })
    }

    /// How many operations were accepted since a moment: what there is to read.
    pub fn booked_since(&self, since: i64) -> Result<u64> {
        self.with(|connection| {
            Ok(connection
                .prepare_cached("select count(*) from operation where id >= ?1")?
                .query_row([Id::since(since).get()], |row| count(row, 0))?)
        })
    }
}

fn shift_document(row: &rusqlite::Row<'_>) -> Result<ShiftDocument> {
    let document = read_document(row)?;
    let body: Option<String> = row.get("body")?;
    let receipt = match body {
        None => None,
        Some(body) => {
            let name = format!("document {} of drive {}", document.number, document.drive);
            Some((sign(row.get("sign")?)?, receipt::from_json(name, &body)?))
        }
    };
    Ok(ShiftDocument { document, receipt })
}

fn sign(code: u8) -> Result<OperationSign> {
    OperationSign::from_code(code).map_err(|why| JournalError::spoiled("receipt", why))
}

fn receipts(connection: &Connection, operation: Id, many: i64) -> Result<Vec<BookedReceipt>> {
    let mut rows = connection.prepare_cached(
        "select id, state, sign, body from receipt where id > ?1 and return_of is null \
         order by id limit ?2",
    )?;
    let mut rows = rows.query((operation.get(), many))?;
    let mut receipts = Vec::new();
    while let Some(row) = rows.next()? {
        let id = read_id(row.get(0)?)?;
        receipts.push(BookedReceipt {
            id,
            state: read_state(&row.get::<_, String>(1)?)?,
            sign: sign(row.get(2)?)?,
            receipt: receipt::from_json(format!("receipt {id}"), &row.get::<_, String>(3)?)?,
        });
    }
    Ok(receipts)
}

fn further(connection: &Connection, operation: Id) -> Result<Vec<(String, i64)>> {
    let mut rows = connection.prepare_cached(
        "select a.number, e.delta from side_entry e join account a on a.id = e.account \
         where e.operation = ?1",
    )?;
    let rows = rows.query_map([operation.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn moved(changes: Vec<AccountChange>) -> BTreeMap<String, Moved> {
    let of = |change: AccountChange| {
        let credit = |entries: &[EntryChange<engine::Debt>]| -> i64 {
            let credit = entries.iter().filter(|entry| entry.before.credit);
            credit.map(|entry| by(entry.after, entry.before.open)).sum()
        };
        let advances = change.advances.iter();
        let moved = Moved {
            advances: advances
                .map(|entry| by(entry.after, entry.before.amount))
                .sum(),
            credit: credit(&change.debts) + credit(&change.written_off),
        };
        (change.account.to_string(), moved)
    };
    changes.into_iter().map(of).collect()
}

const fn by(after: Kopecks, before: Kopecks) -> i64 {
    after.get() - before.get()
}
