//! What the journal tells of files of payments, and of what is needed to judge one.

use rusqlite::{Connection, OptionalExtension, Row};
use terms::{AccountNumber, Id, Kopecks};

use super::{ImportFileRow, ImportRow, OperationBody, PaymentOnAccount, RowState};
use crate::{JournalError, Reader, Result, record::read_id};

const FILE: &str = "select id, name, sha256, kind, profile, loaded_at, by, rows, amount, accepted, \
     accepted_amount, duplicates, transferred, order_number, \
     (select count(*) from import_row r where r.import = f.id and r.state = 'waiting') \
     from import_file f";
const ROW: &str = "select line, class, reason, key, date, amount, account, number, body, state, \
     operation, by, why from import_row";

impl Reader {
    /// The loaded files, the newest first.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn imports(&self, limit: u32) -> Result<Vec<ImportFileRow>> {
        self.with(|connection| {
            let sql = format!("{FILE} order by id desc limit ?1");
            let mut files = connection.prepare_cached(&sql)?;
            let mut rows = files.query([limit])?;
            let mut files = Vec::new();
            while let Some(row) = rows.next()? {
                files.push(read_file(row)?);
            }
            Ok(files)
        })
    }

    /// A loaded file with the rows that a person has to look at, in the order of its lines.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn import(&self, id: i64) -> Result<Option<(ImportFileRow, Vec<ImportRow>)>> {
        self.at_once(|connection| {
            let Some(file) = file(connection, "where id = ?1", [id])? else {
                return Ok(None);
            };
            let sql = format!("{ROW} where import = ?1 order by line");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([id])?;
            let mut read = Vec::new();
            while let Some(row) = rows.next()? {
                read.push(read_row(row)?);
            }
            Ok(Some((file, read)))
        })
    }

    /// One row that a person has to look at.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn import_row(&self, import: i64, line: u32) -> Result<Option<ImportRow>> {
        self.with(|connection| row(connection, import, line))
    }

    /// The file of these bytes, if it was loaded.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn import_of(&self, sha256: &[u8; 32]) -> Result<Option<ImportFileRow>> {
        self.with(|connection| by_hash(connection, sha256))
    }

    /// The registry whose money a payment order of this number has brought.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn registry_of_order(&self, number: &str, sum: Kopecks) -> Result<Option<ImportFileRow>> {
        self.with(|connection| {
            let place = "where order_number = ?1 and transferred = ?2";
            file(connection, place, (number, sum.get()))
        })
    }

    /// Rows of statements that are a payment order of this number and sum, with their files and the
    /// words for what became of them.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn rows_of_order(&self, number: &str, sum: Kopecks) -> Result<Vec<(i64, ImportRow)>> {
        self.with(|connection| {
            let sql = format!(
                "{} where number = ?1 and amount = ?2 and \
                 import in (select id from import_file where kind = '1c')",
                ROW.replacen("select ", "select import, ", 1)
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query((number, sum.get()))?;
            let mut read = Vec::new();
            while let Some(row) = rows.next()? {
                read.push((row.get(0)?, read_row_at(row, 1)?));
            }
            Ok(read)
        })
    }

    /// The body of an operation.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn operation_body(&self, id: Id) -> Result<Option<OperationBody>> {
        self.with(|connection| {
            let mut body = connection.prepare_cached(
                "select body, exists (select 1 from cancellation c where c.operation = o.id) \
                 from operation o where id = ?1",
            )?;
            let body = body.query_row([id.get()], |row| {
                Ok(OperationBody {
                    body: row.get(0)?,
                    is_cancelled: row.get(1)?,
                })
            });
            Ok(body.optional()?)
        })
    }

    /// Of each account whether it is open.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn are_open<'a>(
        &self,
        numbers: impl IntoIterator<Item = &'a AccountNumber>,
    ) -> Result<Vec<bool>> {
        self.at_once(|connection| {
            let mut look = connection.prepare_cached("select 1 from account where number = ?1")?;
            numbers
                .into_iter()
                .map(|number| Ok(look.exists([number.as_str()])?))
                .collect()
        })
    }

    /// Calls `each` with the payments on accounts that were accepted since `since`, milliseconds
    /// since 1970, and are not cancelled.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn each_payment_since(
        &self,
        since: i64,
        mut each: impl FnMut(PaymentOnAccount<'_>),
    ) -> Result<()> {
        let first = terms::IdSequence::after(None).next(since.max(0)).get();
        self.with(|connection| {
            let mut payments = connection.prepare_cached(
                "select o.id, o.key, a.number, o.delta, o.body from operation o \
                 join account a on a.id = o.account where o.id >= ?1 and o.type = 'payment' \
                 and not exists (select 1 from cancellation c where c.operation = o.id)",
            )?;
            let mut rows = payments.query([first])?;
            while let Some(row) = rows.next()? {
                let text = |column| {
                    row.get_ref(column)?
                        .as_str()
                        .map_err(|error| JournalError::spoiled("operation", error))
                };
                each(PaymentOnAccount {
                    id: read_id(row.get(0)?)?,
                    key: text(1)?,
                    account: text(2)?,
                    amount: row.get(3)?,
                    body: text(4)?,
                });
            }
            Ok(())
        })
    }
}

pub(super) fn by_hash(connection: &Connection, sha256: &[u8; 32]) -> Result<Option<ImportFileRow>> {
    file(connection, "where sha256 = ?1", [sha256.as_slice()])
}

fn file(
    connection: &Connection,
    place: &str,
    values: impl rusqlite::Params,
) -> Result<Option<ImportFileRow>> {
    let mut file = connection.prepare_cached(&format!("{FILE} {place}"))?;
    let mut rows = file.query(values)?;
    rows.next()?.map(read_file).transpose()
}

pub(super) fn row(connection: &Connection, import: i64, line: u32) -> Result<Option<ImportRow>> {
    let sql = format!("{ROW} where import = ?1 and line = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((import, line))?;
    rows.next()?.map(read_row).transpose()
}

fn read_file(row: &Row<'_>) -> Result<ImportFileRow> {
    let sum = |kopecks| Kopecks::new(kopecks).map_err(|why| JournalError::spoiled("import", why));
    let count = |column| -> Result<u64> {
        let count: i64 = row.get(column)?;
        u64::try_from(count).map_err(|why| JournalError::spoiled("import", why))
    };
    let transferred: Option<i64> = row.get(12)?;
    Ok(ImportFileRow {
        id: row.get(0)?,
        name: row.get(1)?,
        sha256: row.get(2)?,
        kind: row.get(3)?,
        profile: row.get(4)?,
        loaded_at: row.get(5)?,
        by: row.get(6)?,
        rows: count(7)?,
        amount: sum(row.get(8)?)?,
        accepted: count(9)?,
        accepted_amount: sum(row.get(10)?)?,
        duplicates: count(11)?,
        transferred: transferred.map(sum).transpose()?,
        order_number: row.get(13)?,
        waiting: count(14)?,
    })
}

fn read_row(row: &Row<'_>) -> Result<ImportRow> {
    read_row_at(row, 0)
}

/// The row whose columns begin at `first`.
fn read_row_at(row: &Row<'_>, first: usize) -> Result<ImportRow> {
    let amount = Kopecks::new(row.get(first + 5)?);
    let (state, operation): (String, Option<i64>) = (row.get(first + 9)?, row.get(first + 10)?);
    Ok(ImportRow {
        line: row.get(first)?,
        class: row.get(first + 1)?,
        reason: row.get(first + 2)?,
        key: row.get(first + 3)?,
        date: row.get(first + 4)?,
        amount: amount.map_err(|why| JournalError::spoiled("import row", why))?,
        account: row.get(first + 6)?,
        number: row.get(first + 7)?,
        body: row.get(first + 8)?,
        state: RowState::from_name(&state)?,
        operation: operation.map(read_id).transpose()?,
        by: row.get(first + 11)?,
        why: row.get(first + 12)?,
    })
}
