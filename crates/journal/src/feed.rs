//! The feed: every change of a receipt's state, in the order in which the changes became durable.
//!
//! Events have identifiers of the sequence that operations and receipts get theirs from, given out
//! inside the transaction by the one writer. So whoever has read up to an identifier has read
//! everything before it, and nothing before it appears later. That a receipt is queued when it is
//! accepted costs intake nothing: its own row is that event.

use rusqlite::{Connection, OptionalExtension, Row};
use terms::{DocumentNumber, Id};

use crate::{
    JournalError, Reader, ReceiptState, Result, outbox,
    read::read_state,
    record::{Page, read_id},
    writer::Change,
};

/// Both tables of the feed from `?1` on, at most `?2` events, each read along its primary key.
pub(crate) const FEED: &str = "select id, receipt, state, reason from event where id > ?1 \
     union all select id, id, 'queued', null from receipt where id > ?1 order by 1 limit ?2";

/// A receipt has reached a state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventRow {
    /// Which event; it also says when it happened.
    pub id: Id,
    /// The receipt.
    pub receipt: Id,
    /// The operation it belongs to.
    pub operation: Id,
    /// That operation's idempotency key.
    pub key: String,
    /// That operation's type.
    pub kind: String,
    /// The account that the receipt is about.
    pub account: Option<String>,
    /// What the receipt became.
    pub state: ReceiptState,
    /// Why it was held, in doubt or refused then; an acknowledged one: by the ОФД.
    pub reason: Option<String>,
    /// Its fiscal document, in the states that have one.
    pub document: Option<FormedAs>,
}

/// The numbers of a fiscal document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FormedAs {
    /// Номер ФН.
    pub drive: String,
    /// Whether that drive is emulated or a debug one.
    pub emulated: bool,
    /// Номер ФД.
    pub number: DocumentNumber,
    /// ФПД.
    pub fiscal_sign: u32,
}

impl Page<'_> {
    /// Writes the event of a change that was made just now, and notes it for those who wait.
    pub(crate) fn changed(&mut self, change: Change, reason: Option<&str>) -> Result<()> {
        let id = self.pen.ids.next(self.pen.now);
        self.connection
            .prepare_cached(
                "insert into event (id, receipt, state, reason) values (?1, ?2, ?3, ?4)",
            )?
            .execute((id.get(), change.receipt.get(), change.state.name(), reason))?;
        self.count_latency(change.receipt, change.state)?;
        self.changes.receipts.push(change);
        if change.state.is_settled() {
            outbox::keep_promise(self.pen, self.connection, change.receipt)?;
        }
        Ok(())
    }
}

impl Reader {
    /// What has happened after the event `after`, in order, at most `limit` events.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn events(&self, after: Id, limit: u32) -> Result<Vec<EventRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(&format!(
                "select e.id, e.receipt, e.state, e.reason, r.operation, o.key, o.type, \
                 a.number as account, v.number as drive, v.emulated, d.number, d.fiscal_sign \
                 from ({FEED}) e join receipt r on r.id = e.receipt \
                 join operation o on o.id = r.operation left join account a on a.id = r.account \
                 left join document d on d.drive = r.drive and d.number = r.document \
                 left join drive v on v.id = r.drive order by e.id"
            ))?;
            let mut rows = rows.query((after.get(), limit))?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(read_event(row)?);
            }
            Ok(events)
        })
    }

    /// One event.
    pub fn event(&self, id: Id) -> Result<Option<EventRow>> {
        let Some(before) = id
            .get()
            .checked_sub(1)
            .and_then(|it| Id::from_number(it).ok())
        else {
            return Ok(None);
        };
        let found = self.events(before, 1)?.pop();
        Ok(found.filter(|event| event.id == id))
    }

    /// The newest event; of an empty journal an identifier before all others.
    pub fn last_event(&self) -> Result<Id> {
        self.with(|connection| last_event(connection).and_then(read_id))
    }
}

/// The newest event, 0 if there is none.
pub(crate) fn last_event(connection: &Connection) -> Result<i64> {
    let last: Option<Option<i64>> = connection
        .prepare_cached(
            "select max(id) from (select max(id) as id from event union all select max(id) from receipt)",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.flatten().unwrap_or(0))
}

fn read_event(row: &Row<'_>) -> Result<EventRow> {
    let state = read_state(&row.get::<_, String>("state")?)?;
    let number: Option<u32> = row.get("number")?;
    let document = match number {
        Some(number) if state.is_formed() => Some(FormedAs {
            drive: row
                .get::<_, Option<String>>("drive")?
                .ok_or_else(|| JournalError::spoiled("document", "its drive is not there"))?,
            emulated: row.get("emulated")?,
            number: DocumentNumber(number),
            fiscal_sign: row.get("fiscal_sign")?,
        }),
        _ => None,
    };
    Ok(EventRow {
        id: read_id(row.get("id")?)?,
        receipt: read_id(row.get("receipt")?)?,
        operation: read_id(row.get("operation")?)?,
        key: row.get("key")?,
        kind: row.get("type")?,
        account: row.get("account")?,
        state,
        reason: row.get("reason")?,
        document,
    })
}
