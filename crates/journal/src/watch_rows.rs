//! What the watch reads of accounts: each with all that has happened on it, one account after
//! another. A slice is one reading transaction, so that a long pass does not keep the write-ahead log
//! from being cut; of one account all is in memory, of the others nothing.

mod documents;
mod machine;

use engine::{Account, AccountChange};
use rusqlite::{CachedStatement, Connection, Row};
use terms::{AccountNumber, DocumentNumber, DriveNumber, Id, Kopecks, OperationSign};

use crate::{
    JournalError, Reader, ReceiptState, Result, Writer, account,
    effects::Effects,
    read::{read_drive, read_state},
    record::read_id,
    scribe::Lane,
    writer::Reply,
};

pub use documents::{WatchedDocument, WatchedLine, WatchedReceipt};
pub use machine::{ArrivalRow, DriveLifeRow, DueRow, FoundShift, OffsetsRow, OpenShiftRow};

/// The operation up to which accounts are watched, in `progress`.
const WATCHED_UPTO: &str = "watched_upto";
/// When everything was looked at last.
const WATCHED_FULLY_AT: &str = "watched_fully_at";

/// An account with all that has happened on it.
#[derive(Clone, Debug)]
pub struct WatchedAccount {
    /// Its row: accounts are walked in this order.
    pub row: i64,
    /// As it stands.
    pub account: Account,
    /// Advances less debts it was opened with, kopecks.
    pub opening_saldo: Kopecks,
    /// The operations that have changed it, in their order; none that was cancelled.
    pub operations: Vec<WatchedOperation>,
}

/// An operation on an account.
#[derive(Clone, Debug)]
pub struct WatchedOperation {
    /// Which one; it also says when it was accepted.
    pub id: Id,
    /// `payment`, `charge`, …
    pub kind: String,
    /// The caller's idempotency key.
    pub key: String,
    /// The name of the API key that it came with; none: the program itself has sent it.
    pub sent_by: Option<String>,
    /// The body as it was accepted, JSON.
    pub body: String,
    /// Whether it is about this account, and does not only touch it (a move between two).
    pub is_main: bool,
    /// How the saldo of this account changed, kopecks.
    pub delta: i64,
    /// What it has changed on this account, entry by entry; none: nothing.
    pub change: Option<AccountChange>,
    /// Its receipts, if it has brought money.
    pub receipts: Vec<MoneyReceiptRow>,
}

/// A receipt of an operation that has brought money.
#[derive(Clone, Debug)]
pub struct MoneyReceiptRow {
    /// Which one.
    pub id: Id,
    /// Where it stands.
    pub state: ReceiptState,
    /// Tag 1054.
    pub sign: OperationSign,
    /// Tag 1020.
    pub total: Kopecks,
    /// The document, once it is formed.
    pub document: Option<(DriveNumber, DocumentNumber)>,
    /// The type of the operation that has taken it back or replaced it.
    pub undone_by: Option<String>,
}

impl Reader {
    /// Calls `each` with at most `most` accounts after the row `after`, in the order of their rows;
    /// says whether there may be more.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here. Also when `each` fails.
    pub fn watch_accounts(
        &self,
        after: i64,
        most: u32,
        mut each: impl FnMut(WatchedAccount) -> Result<()>,
    ) -> Result<bool> {
        self.at_once(|connection| {
            let mut statements = Statements::of(connection)?;
            let mut accounts = connection.prepare_cached(
                "select id, number, state, opening_saldo from account where id > ?1 \
                 order by id limit ?2",
            )?;
            let mut rows = accounts.query((after, most))?;
            let mut seen = 0;
            while let Some(row) = rows.next()? {
                seen += 1;
                each(statements.account(row)?)?;
            }
            Ok(seen == most)
        })
    }

    /// Calls `each` with the accounts of these rows.
    ///
    /// # Errors
    /// See [`Reader::watch_accounts`].
    pub fn watch_these_accounts(
        &self,
        accounts: &[i64],
        mut each: impl FnMut(WatchedAccount) -> Result<()>,
    ) -> Result<()> {
        self.at_once(|connection| {
            let mut statements = Statements::of(connection)?;
            let mut one = connection.prepare_cached(
                "select id, number, state, opening_saldo from account where id = ?1",
            )?;
            for account in accounts {
                let mut rows = one.query([account])?;
                if let Some(row) = rows.next()? {
                    each(statements.account(row)?)?;
                }
            }
            Ok(())
        })
    }

    /// The rows of the accounts that operations after `after` up to and with `upto` have touched, and
    /// those whose operations were cancelled after that moment, each once, in order. A cancelled
    /// operation changes its account long after it was accepted.
    ///
    /// # Errors
    /// See [`Reader::watch_accounts`].
    pub fn touched_accounts(&self, after: Id, upto: Id) -> Result<Vec<i64>> {
        self.at_once(|connection| {
            let mut rows = connection.prepare_cached(
                "select account from operation where id > ?1 and id <= ?2 and account is not null \
                 union select account from side_entry where operation > ?1 and operation <= ?2 \
                 union select o.account from cancellation c join operation o on o.id = c.operation \
                   where c.at >= ?3 and o.account is not null \
                 union select s.account from cancellation c join side_entry s \
                   on s.operation = c.operation where c.at >= ?3 order by 1",
            )?;
            let rows =
                rows.query_map((after.get(), upto.get(), after.unix_ms()), |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The newest operation; of an empty journal an identifier before all others.
    ///
    /// # Errors
    /// See [`Reader::watch_accounts`].
    pub fn last_operation(&self) -> Result<Id> {
        self.with(|connection| {
            let last: Option<i64> =
                connection.query_row("select max(id) from operation", [], |row| row.get(0))?;
            read_id(last.unwrap_or(0))
        })
    }

    /// The operation up to which accounts are watched; none before the first pass.
    ///
    /// # Errors
    /// See [`Reader::watch_accounts`].
    pub fn watched_upto(&self) -> Result<Option<Id>> {
        self.progress(WATCHED_UPTO)?.map(read_id).transpose()
    }

    /// When everything was looked at last, milliseconds since 1970.
    ///
    /// # Errors
    /// See [`Reader::watch_accounts`].
    pub fn watched_fully_at(&self) -> Result<Option<i64>> {
        self.progress(WATCHED_FULLY_AT)
    }

    fn progress(&self, name: &str) -> Result<Option<i64>> {
        self.with(|connection| {
            let mut rows =
                connection.prepare_cached("select value from progress where name = ?1")?;
            let mut rows = rows.query([name])?;
            Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
        })
    }
}

impl Writer {
    /// Remembers up to which operation accounts are watched, and when everything was looked at last,
    /// milliseconds since 1970, if it was.
    pub fn put_watched(&self, upto: Id, fully_at: Option<i64>, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            let mut put = connection.prepare_cached(
                "insert into progress (name, value) values (?1, ?2) \
                 on conflict (name) do update set value = ?2",
            )?;
            put.execute((WATCHED_UPTO, upto.get()))?;
            if let Some(at) = fully_at {
                put.execute((WATCHED_FULLY_AT, at))?;
            }
            Ok(())
        });
    }
}

/// What is asked for each account, prepared once.
struct Statements<'a> {
    operations: CachedStatement<'a>,
    sides: CachedStatement<'a>,
    receipts: CachedStatement<'a>,
}

impl<'a> Statements<'a> {
    fn of(connection: &'a Connection) -> Result<Self> {
        let columns = "o.id, o.type, o.key, k.name, o.body, o.effects, o.receipts";
        let kept = "not exists (select 1 from cancellation c where c.operation = o.id)";
        Ok(Self {
            operations: connection.prepare_cached(&format!(
                "select {columns}, o.delta from operation o indexed by operation_account \
                 left join api_key k on k.id = o.api_key where o.account = ?1 and {kept} \
                 order by o.id"
            ))?,
            sides: connection.prepare_cached(&format!(
                "select {columns}, s.delta from side_entry s indexed by side_entry_account \
                 join operation o on o.id = s.operation left join api_key k on k.id = o.api_key \
                 where s.account = ?1 and {kept} order by o.id"
            ))?,
            receipts: connection.prepare_cached(
                "select r.state, r.sign, r.total, v.number, r.document, u.type, r.id from receipt r \
                 left join drive v on v.id = r.drive left join operation u on u.id = r.cancelled_by \
                 where r.id > ?1 and r.id <= ?1 + ?2 order by r.id",
            )?,
        })
    }

    fn account(&mut self, row: &Row<'_>) -> Result<WatchedAccount> {
        let spoiled = |why: terms::TermError| JournalError::spoiled("account", why);
        let id: i64 = row.get(0)?;
        let number: AccountNumber = row
            .get_ref(1)?
            .as_str()
            .map_err(text)?
            .parse()
            .map_err(spoiled)?;
        let account = account::from_json(&number, row.get_ref(2)?.as_str().map_err(text)?)?;
        let mut operations = self.operations_of(id, &number, true)?;
        let sides = self.operations_of(id, &number, false)?;
        if !sides.is_empty() {
            operations.extend(sides);
            operations.sort_by_key(|operation| operation.id);
        }
        Ok(WatchedAccount {
            row: id,
            account,
            opening_saldo: Kopecks::new(row.get(3)?).map_err(spoiled)?,
            operations,
        })
    }

    fn operations_of(
        &mut self,
        account: i64,
        number: &AccountNumber,
        is_main: bool,
    ) -> Result<Vec<WatchedOperation>> {
        let statement = match is_main {
            true => &mut self.operations,
            false => &mut self.sides,
        };
        let mut rows = statement.query([account])?;
        let mut operations = Vec::new();
        while let Some(row) = rows.next()? {
            let id = read_id(row.get(0)?)?;
            let kind: String = row.get(1)?;
            let effects = row.get_ref(5)?.as_str_or_null().map_err(text)?;
            let changes = Effects::from_json(id, effects)?.account_changes(id)?;
            let brings_money = matches!(kind.as_str(), "payment" | "identify" | "restore_payment");
            let receipts: u32 = row.get(6)?;
            operations.push(WatchedOperation {
                id,
                key: row.get(2)?,
                sent_by: row.get(3)?,
                body: row.get(4)?,
                is_main,
                delta: row.get(7)?,
                change: changes.into_iter().find(|change| change.account == *number),
                receipts: match brings_money && is_main && receipts > 0 {
                    true => receipts_of(&mut self.receipts, id, receipts)?,
                    false => Vec::new(),
                },
                kind,
            });
        }
        Ok(operations)
    }
}

fn receipts_of(
    statement: &mut CachedStatement<'_>,
    operation: Id,
    count: u32,
) -> Result<Vec<MoneyReceiptRow>> {
    let spoiled = |why: terms::TermError| JournalError::spoiled("receipt", why);
    let mut rows = statement.query((operation.get(), count))?;
    let mut receipts = Vec::new();
    while let Some(row) = rows.next()? {
        let drive: Option<String> = row.get(3)?;
        let drive = drive.as_deref().map(read_drive).transpose()?;
        let number: Option<u32> = row.get(4)?;
        receipts.push(MoneyReceiptRow {
            id: read_id(row.get(6)?)?,
            state: read_state(row.get_ref(0)?.as_str().map_err(text)?)?,
            sign: OperationSign::from_code(row.get(1)?).map_err(spoiled)?,
            total: Kopecks::new(row.get(2)?).map_err(spoiled)?,
            document: drive.zip(number.map(DocumentNumber)),
            undone_by: row.get(5)?,
        });
    }
    Ok(receipts)
}

/// A column that has to be text and is not.
fn text(error: rusqlite::types::FromSqlError) -> JournalError {
    JournalError::spoiled("(a column of text)", error)
}
