//! What an operation has changed besides making receipts: noted when it is accepted, so that it can
//! be taken back while nothing is formed.

use std::collections::BTreeMap;

use engine::{AccountChange, BufferChange, EntryChange, Plan, UnidentifiedChange};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, Id, Kopecks};

use crate::{
    JournalError, NotCancellable, Result,
    account::{self, DebtRow, InvoiceRow, LotRow, PenaltyRow, SettledRow, each},
    before::Loaded,
    payment,
};

/// The stored form, one JSON document.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Effects {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    accounts: BTreeMap<String, AccountRow>,
    /// Rows of offsets that it has added: the first one, and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offsets: Option<(i64, i64)>,
    /// Between which rows the offsets lie that it has closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<(i64, i64)>,
    /// Whether it is money of an unknown payer that waits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unidentified: bool,
    /// The payment whose payer it has named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identified: Option<IdentifiedRow>,
    /// Receipts that it has taken back or replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cancelled: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AccountRow {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    debts: Vec<ChangeRow<DebtRow>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    penalties: Vec<ChangeRow<PenaltyRow>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    advances: Vec<ChangeRow<LotRow>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settled: Vec<ChangeRow<SettledRow>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    written_off: Vec<ChangeRow<DebtRow>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    invoices: Vec<ChangeRow<InvoiceRow>>,
}

/// An entry that was changed: as it was, with what was left of it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ChangeRow<R> {
    at: usize,
    before: R,
    after: i64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct IdentifiedRow {
    id: String,
    date: String,
    payment: String,
}

impl Effects {
    /// What storing the plan is about to change; ask before it is stored.
    pub(crate) fn of(connection: &Connection, loaded: &Loaded, plan: &Plan) -> Result<Self> {
        let before = &loaded.before;
        let changes = plan.changes(|number| before.accounts.get(number));
        let accounts = changes.iter();
        let accounts = accounts.map(|change| (change.account.to_string(), account_row(change)));
        let mut effects = Self {
            accounts: accounts.collect(),
            cancelled: plan.cancelled.clone(),
            ..Self::default()
        };
        match &plan.buffer {
            BufferChange::None => {}
            BufferChange::Add(lines) => {
                // One connection writes: the next rows are those after the last one.
                let last: i64 = connection
                    .prepare_cached("select coalesce(max(id), 0) from offset_line")?
                    .query_row([], |row| row.get(0))?;
                effects.offsets = Some((last + 1, lines.len() as i64));
            }
            BufferChange::Close(period) => {
                let ends: (Option<i64>, Option<i64>) = connection
                    .prepare_cached(
                        "select min(id), max(id) from offset_line \
                         where close = ?1 and closed_by is null",
                    )?
                    .query_row([period.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
                effects.closed = ends.0.zip(ends.1);
            }
        }
        match &plan.unidentified {
            UnidentifiedChange::None => {}
            UnidentifiedChange::Add(_) => effects.unidentified = true,
            UnidentifiedChange::Remove(id) => {
                let mut waiting = before.unidentified.iter();
                if let Some(waiting) = waiting.find(|waiting| waiting.id == *id) {
                    effects.identified = Some(IdentifiedRow {
                        id: id.clone(),
                        date: waiting.date.to_string(),
                        payment: payment::to_json(&waiting.payment)?,
                    });
                }
            }
        }
        Ok(effects)
    }

    /// As it is stored; none when nothing was changed.
    pub(crate) fn to_json(&self) -> Result<Option<String>> {
        let json = serde_json::to_string(self)
            .map_err(|error| JournalError::spoiled("effects of an operation", error))?;
        Ok((json != "{}").then_some(json))
    }

    /// Reads [`Effects::to_json`].
    pub(crate) fn from_json(operation: Id, json: Option<&str>) -> Result<Self> {
        let Some(json) = json else {
            return Ok(Self::default());
        };
        serde_json::from_str(json)
            .map_err(|error| JournalError::spoiled(format!("operation {operation}"), error))
    }

    /// The changes of the accounts.
    pub(crate) fn account_changes(&self, operation: Id) -> Result<Vec<AccountChange>> {
        let spoiled = |why| JournalError::spoiled(format!("operation {operation}"), why);
        let changes = self.accounts.iter();
        changes
            .map(|(number, row)| read_account(number, row).map_err(spoiled))
            .collect()
    }

    /// The offsets that it has added: service, month, sum.
    pub(crate) fn buffered(&self, connection: &Connection) -> Result<Vec<(String, String, i64)>> {
        let Some((first, count)) = self.offsets else {
            return Ok(Vec::new());
        };
        let mut rows = connection.prepare_cached(
            "select service, period, amount from offset_line where id >= ?1 and id < ?1 + ?2",
        )?;
        let rows = rows.query_map((first, count), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What the offsets come to that it has closed, kopecks.
    pub(crate) fn consolidated(&self, operation: Id, connection: &Connection) -> Result<i64> {
        let Some((first, last)) = self.closed else {
            return Ok(0);
        };
        Ok(connection
            .prepare_cached(
                "select coalesce(sum(amount), 0) from offset_line \
                 where id between ?1 and ?2 and closed_by = ?3",
            )?
            .query_row((first, last, operation.get()), |row| row.get(0))?)
    }

    /// Whether what it has added beside the accounts is still as it was.
    pub(crate) fn are_unused(
        &self,
        connection: &Connection,
        key: &str,
    ) -> Result<std::result::Result<(), NotCancellable>> {
        let used = |what: &str| Ok(Err(NotCancellable::UsedSince(what.to_owned())));
        if let Some((first, count)) = self.offsets {
            let waiting: i64 = connection
                .prepare_cached(
                    "select count(*) from offset_line \
                     where id >= ?1 and id < ?1 + ?2 and event = ?3 and closed_by is null",
                )?
                .query_row((first, count, key), |row| row.get(0))?;
            if waiting != count {
                return used(
                    "its offsets stand in a consolidated receipt: cancel that period_close first, \
                     or send recalc once it is formed",
                );
            }
        }
        if self.unidentified {
            let waits: Option<i64> = connection
                .prepare_cached("select 1 from unidentified where id = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            if waits.is_none() {
                return used("its payer was identified: cancel that identify first");
            }
        }
        Ok(Ok(()))
    }

    /// Takes back everything but the changes of the accounts. `payment` is the operation of the
    /// payment that was identified.
    pub(crate) fn undo(
        &self,
        connection: &Connection,
        (operation, key): (Id, &str),
        payment: Option<i64>,
    ) -> Result<()> {
        if let Some((first, count)) = self.offsets {
            connection
                .prepare_cached("delete from offset_line where id >= ?1 and id < ?1 + ?2")?
                .execute((first, count))?;
        }
        if let Some((first, last)) = self.closed {
            connection
                .prepare_cached(
                    "update offset_line set closed_by = null \
                     where id between ?1 and ?2 and closed_by = ?3",
                )?
                .execute((first, last, operation.get()))?;
        }
        if self.unidentified {
            connection
                .prepare_cached("delete from unidentified where id = ?1")?
                .execute([key])?;
        }
        if let Some(row) = &self.identified {
            connection
                .prepare_cached(
                    "insert into unidentified (id, date, payment, operation) \
                     values (?1, ?2, ?3, ?4)",
                )?
                .execute((&row.id, &row.date, &row.payment, payment))?;
        }
        for receipt in &self.cancelled {
            let id: Id = receipt
                .parse()
                .map_err(|why| JournalError::spoiled(format!("operation {operation}"), why))?;
            connection
                .prepare_cached(
                    "update receipt set cancelled_by = null where id = ?1 and cancelled_by = ?2",
                )?
                .execute((id.get(), operation.get()))?;
        }
        Ok(())
    }

    /// The key of the payment that it has identified.
    pub(crate) fn identified(&self) -> Option<&str> {
        self.identified.as_ref().map(|row| row.id.as_str())
    }
}

fn account_row(change: &AccountChange) -> AccountRow {
    AccountRow {
        debts: rows(&change.debts, account::debt_row),
        penalties: rows(&change.penalties, account::penalty_row),
        advances: rows(&change.advances, account::lot_row),
        settled: rows(&change.settled, account::settled_row),
        written_off: rows(&change.written_off, account::debt_row),
        invoices: rows(&change.invoices, account::invoice_row),
    }
}

fn rows<T, R>(changes: &[EntryChange<T>], row: impl Fn(&T) -> R) -> Vec<ChangeRow<R>> {
    let change = |change: &EntryChange<T>| ChangeRow {
        at: change.place,
        before: row(&change.before),
        after: change.after.get(),
    };
    changes.iter().map(change).collect()
}

fn read_account(number: &str, row: &AccountRow) -> terms::Result<AccountChange> {
    let account: AccountNumber = number.parse()?;
    Ok(AccountChange {
        account,
        debts: read(&row.debts, account::read_debt)?,
        penalties: read(&row.penalties, account::read_penalty)?,
        advances: read(&row.advances, account::read_lot)?,
        settled: read(&row.settled, account::read_settled)?,
        written_off: read(&row.written_off, account::read_debt)?,
        invoices: read(&row.invoices, account::read_invoice)?,
    })
}

fn read<R: Clone, T>(
    rows: &[ChangeRow<R>],
    entry: impl Fn(R) -> terms::Result<T>,
) -> terms::Result<Vec<EntryChange<T>>> {
    each(rows.iter().collect(), |row: &ChangeRow<R>| {
        Ok(EntryChange {
            place: row.at,
            before: entry(row.before.clone())?,
            after: Kopecks::new(row.after)?,
        })
    })
}
