use rusqlite::Connection;
use terms::{AccountNumber, Id, Kopecks};

use super::{Listed, Order, Page, Span, read_place, read_rows};
use crate::{
    JournalError, Reader, Result,
    read::{AccountRow, OperationRow, account_row, operation_row},
};

/// Which statement is wanted.
#[derive(Clone, Debug)]
pub struct StatementOf {
    /// The account.
    pub account: AccountNumber,
    /// Over which time: that of acceptance.
    pub span: Span,
}

/// The life of an account over some time.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The account as it stands now.
    pub account: AccountRow,
    /// Advances less debts and penalties at the beginning of the time.
    pub opening: Kopecks,
    /// The same at its end: the opening saldo and what all events of the time have changed.
    pub closing: Kopecks,
    /// How many events the time holds, on all pages.
    pub count: u64,
    /// A page of the events.
    pub events: Listed<StatementEvent, Id>,
}

/// Something that happened on an account.
#[derive(Clone, Debug)]
pub struct StatementEvent {
    /// The operation; of its receipts those of this account.
    pub operation: OperationRow,
    /// By how much it has changed the saldo; nothing, if it was cancelled.
    pub delta: Kopecks,
    /// The saldo after it.
    pub saldo: Kopecks,
}

impl Reader {
    /// The life of an account, in the order of acceptance; none when there is no such account.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn statement(&self, of: &StatementOf, page: &Page<Id>) -> Result<Option<Statement>> {
        self.at_once(|connection| statement(connection, of, page))
    }
}

/// An operation's identifier, its delta, the saldo after it.
type Entry = (i64, i64, i64);

pub(super) fn statement(
    connection: &Connection,
    of: &StatementOf,
    page: &Page<Id>,
) -> Result<Option<Statement>> {
    let number = &of.account;
    let found = read_rows(
        connection,
        "select id from account where number = ?",
        [number.to_string().into()],
        |row| Ok(row.get(0)?),
    )?;
    let (Some(row), Some(account)) = (found.into_iter().next(), account_row(connection, number)?)
    else {
        return Ok(None);
    };
    let opened = account.opening_saldo.get();
    let mut entries = entries(connection, row, opened)?;
    let (low, high) = of.span.ids();
    let saldo_at = |bound: i64| {
        let before = entries.partition_point(|(id, ..)| *id < bound);
        let last = before.checked_sub(1).and_then(|last| entries.get(last));
        last.map_or(opened, |(.., saldo)| *saldo)
    };
    let (opening, closing) = (kopecks(saldo_at(low))?, kopecks(saldo_at(high))?);
    entries.retain(|(id, ..)| (low..high).contains(id));
    let count = entries.len() as u64;
    let after = page.after.map(Id::get);
    match page.order {
        Order::Ascending => entries.retain(|(id, ..)| after.is_none_or(|after| *id > after)),
        Order::Descending => {
            entries.retain(|(id, ..)| after.is_none_or(|after| *id < after));
            entries.reverse();
        }
    }
    let mut ids = Vec::new();
    for (id, delta, saldo) in entries.into_iter().take(page.limit as usize + 1) {
        ids.push((read_place(id)?, delta, saldo));
    }
    let events = page.of(ids, |(id, ..)| *id);
    Ok(Some(Statement {
        account,
        opening,
        closing,
        count,
        events: events.try_map(|entry| event(connection, number, entry))?,
    }))
}

/// All that has happened on the account: what each operation has changed, and what was there then.
/// What was cancelled has changed nothing.
fn entries(connection: &Connection, account: i64, opened: i64) -> Result<Vec<Entry>> {
    let mut entries = read_rows(
        connection,
        "select id, case when c.operation is null then delta else 0 end from \
         (select id, delta from operation where account = ? union all \
         select operation, delta from side_entry where account = ?) \
         left join cancellation c on c.operation = id",
        [account.into(), account.into()],
        |row| Ok((row.get(0)?, row.get(1)?, 0)),
    )?;
    entries.sort_unstable();
    let mut saldo = opened;
    for (_, delta, after) in &mut entries {
        saldo = saldo
            .checked_add(*delta)
            .ok_or_else(|| JournalError::spoiled("account", "its operations exceed every sum"))?;
        *after = saldo;
    }
    Ok(entries)
}

fn event(
    connection: &Connection,
    account: &AccountNumber,
    (id, delta, saldo): (Id, i64, i64),
) -> Result<StatementEvent> {
    let mut operation = operation_row(connection, id)?
        .ok_or_else(|| JournalError::spoiled(format!("operation {id}"), "it is not there"))?;
    let is_own = |of: Option<&str>| of == Some(account.as_str());
    operation
        .receipts
        .retain(|receipt| is_own(receipt.account.as_deref()));
    Ok(StatementEvent {
        operation,
        delta: kopecks(delta)?,
        saldo: kopecks(saldo)?,
    })
}

fn kopecks(kopecks: i64) -> Result<Kopecks> {
    Kopecks::new(kopecks).map_err(|why| JournalError::spoiled("account", why))
}
