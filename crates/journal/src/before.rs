//! What the engine needs to know before it decides on an event.

use std::collections::BTreeMap;

use engine::{Before, BufferLine, Event, EventKind, JournalReceipt, Unidentified};
use rusqlite::{Connection, OptionalExtension};
use terms::{AccountNumber, FiscalSign, Id, Kopecks, Period, TermError};

use crate::{JournalError, ReadyReceipt, ReceiptState, Result, account, payment, receipt};

/// The state before an event, and the keys of the accounts' rows. What is not there is absent: the
/// engine says so.
pub(crate) struct Loaded {
    pub(crate) before: Before,
    pub(crate) rows: BTreeMap<AccountNumber, i64>,
    /// The event's main account: the one that its receipts belong to.
    pub(crate) main: Option<AccountNumber>,
}

/// Loads what the event needs.
pub(crate) fn load(connection: &Connection, event: &Event) -> Result<Loaded> {
    let needs = event.needs();
    let mut loaded = Loaded {
        before: Before::default(),
        rows: BTreeMap::new(),
        main: match &event.kind {
            // The receipt is the debtor's, or the one whose advance moves.
            EventKind::Move(moved) => Some(moved.to_account.clone()),
            _ => needs.accounts.first().copied().cloned(),
        },
    };
    for id in needs.receipts {
        if let Some(original) = journal_receipt(connection, id)? {
            // A wrong receipt is undone on its own account, whatever the right one is of.
            if let Some(number) = &original.receipt.account {
                loaded.account(connection, number)?;
                loaded.main.get_or_insert_with(|| number.clone());
            }
            loaded.before.receipts.push(original);
        }
    }
    for number in needs.accounts {
        loaded.account(connection, number)?;
    }
    if let Some(payment) = needs.unidentified {
        loaded
            .before
            .unidentified
            .extend(unidentified(connection, payment)?);
    }
    if let Some(close) = needs.buffer {
        loaded.before.buffer = offsets(connection, close, true)?;
    }
    Ok(loaded)
}

/// Loads what a ready receipt needs: the row of its account.
pub(crate) fn load_for(connection: &Connection, ready: &ReadyReceipt) -> Result<Loaded> {
    let mut loaded = Loaded {
        before: Before::default(),
        rows: BTreeMap::new(),
        main: ready.account.clone(),
    };
    if let Some(number) = &ready.account {
        loaded.account(connection, number)?;
    }
    Ok(loaded)
}

impl Loaded {
    /// The row of the main account, if there is one.
    pub(crate) fn main_row(&self) -> Option<i64> {
        self.main
            .as_ref()
            .and_then(|number| self.rows.get(number))
            .copied()
    }

    fn account(&mut self, connection: &Connection, number: &AccountNumber) -> Result<()> {
        if self.rows.contains_key(number) {
            return Ok(());
        }
        let row: Option<(i64, String)> = connection
            .prepare_cached("select id, state from account where number = ?1")?
            .query_row([number.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((id, state)) = row {
            let account = account::from_json(number, &state)?;
            self.before.accounts.insert(number.clone(), account);
            self.rows.insert(number.clone(), id);
        }
        Ok(())
    }
}

/// A receipt as the engine takes it back; none while it is no fiscal document.
pub(crate) fn journal_receipt(connection: &Connection, id: &str) -> Result<Option<JournalReceipt>> {
    let Ok(number) = id.parse::<Id>() else {
        return Ok(None);
    };
    let row: Option<(String, String, Option<u32>, bool)> = connection
        .prepare_cached(
            "select r.state, r.body, d.fiscal_sign, r.cancelled_by is not null from receipt r \
             left join document d on d.drive = r.drive and d.number = r.document where r.id = ?1",
        )?
        .query_row([number.get()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((state, body, Some(sign), cancelled)) = row else {
        return Ok(None);
    };
    if !ReceiptState::from_name(&state).is_some_and(ReceiptState::is_formed) {
        return Ok(None);
    }
    let receipt = receipt::from_json(format!("receipt {id}"), &body)?;
    Ok(Some(JournalReceipt {
        id: id.to_owned(),
        fiscal_sign: FiscalSign(sign),
        settle_date: receipt
            .correction
            .as_ref()
            .map(|correction| correction.date),
        receipt,
        cancelled,
    }))
}

fn unidentified(connection: &Connection, id: &str) -> Result<Option<Unidentified>> {
    let row: Option<(String, String)> = connection
        .prepare_cached("select date, payment from unidentified where id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(date, payment)| {
        let spoiled = |why: TermError| JournalError::spoiled(format!("unidentified {id}"), why);
        Ok(Unidentified {
            id: id.to_owned(),
            date: date.parse().map_err(spoiled)?,
            payment: payment::from_json(id, &payment)?,
        })
    })
    .transpose()
}

/// The offsets of a month, in the order they came: those that wait, or all of them.
pub(crate) fn offsets(
    connection: &Connection,
    close: Period,
    waiting: bool,
) -> Result<Vec<BufferLine>> {
    let mut rows = connection.prepare_cached(
        "select event, date, account, service, period, vat, amount from offset_line \
         where close = ?1 and (closed_by is null or not ?2) order by id",
    )?;
    let mut rows = rows.query((close.to_string(), waiting))?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let texts: [String; 6] = [
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
        ];
        let line = read_offset(close, texts, row.get(6)?);
        lines.push(line.map_err(|why| JournalError::spoiled("offset line", why))?);
    }
    Ok(lines)
}

fn read_offset(close: Period, texts: [String; 6], amount: i64) -> terms::Result<BufferLine> {
    let [event, date, account, service, period, vat] = texts;
    Ok(BufferLine {
        close,
        event,
        date: date.parse()?,
        account: account.parse()?,
        service: service.parse()?,
        period: period.parse()?,
        vat: vat.parse()?,
        amount: Kopecks::new(amount)?,
    })
}
