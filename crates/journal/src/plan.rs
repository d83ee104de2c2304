//! Storing all that a plan changes: what is stored in part would lose money without a word.

use std::collections::BTreeMap;

use engine::{Account, BufferChange, Plan, UnidentifiedChange};
use rusqlite::Connection;
use terms::{AccountNumber, Id};

use crate::{JournalError, Result, account, before::Loaded, payment};

/// The changes of an operation that is about to be stored.
pub(crate) struct Storing<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) loaded: &'a Loaded,
    pub(crate) plan: &'a Plan,
    pub(crate) operation: Id,
    pub(crate) now: i64,
}

impl Storing<'_> {
    /// By how much the saldo of each changed account changes, kopecks.
    pub(crate) fn deltas(&self) -> Result<BTreeMap<&AccountNumber, i64>> {
        let delta = |account: &'_ Account| {
            let before = self.loaded.before.accounts.get(&account.number);
            i64::try_from(account.saldo() - before.map_or(0, Account::saldo)).map_err(|_| {
                let what = format!("account {}", account.number);
                JournalError::contradiction(what, "its saldo changes beyond every sum")
            })
        };
        self.plan
            .accounts
            .iter()
            .map(|account| Ok((&account.number, delta(account)?)))
            .collect()
    }

    /// Stores everything but the operation and its receipts, which are stored before.
    pub(crate) fn store(&self) -> Result<()> {
        self.accounts()?;
        self.offsets()?;
        self.unidentified()?;
        for receipt in &self.plan.cancelled {
            let id: Id = receipt
                .parse()
                .map_err(|why| JournalError::contradiction("a cancellation", why))?;
            let changed = self
                .connection
                .prepare_cached(
                    "update receipt set cancelled_by = ?2 where id = ?1 and cancelled_by is null",
                )?
                .execute((id.get(), self.operation.get()))?;
            expect_one(changed, &format!("the cancellation of receipt {receipt}"))?;
        }
        Ok(())
    }

    fn accounts(&self) -> Result<()> {
        let deltas = self.deltas()?;
        for account in &self.plan.accounts {
            let row = self.row(&account.number)?;
            self.connection
                .prepare_cached(
                    "update account set state = ?2, changed_at = ?3, saldo = ?4 where id = ?1",
                )?
                .execute((row, account::to_json(account)?, self.now, saldo(account)?))?;
            let delta = deltas.get(&account.number).copied().unwrap_or(0);
            if delta != 0 && Some(&account.number) != self.loaded.main.as_ref() {
                self.connection
                    .prepare_cached(
                        "insert into side_entry (operation, account, delta) values (?1, ?2, ?3)",
                    )?
                    .execute((self.operation.get(), row, delta))?;
            }
        }
        Ok(())
    }

    fn row(&self, number: &AccountNumber) -> Result<i64> {
        self.loaded.rows.get(number).copied().ok_or_else(|| {
            let what = format!("account {number}");
            JournalError::contradiction(what, "it was changed without having been read")
        })
    }

    fn offsets(&self) -> Result<()> {
        match &self.plan.buffer {
            BufferChange::None => Ok(()),
            BufferChange::Add(lines) => {
                let mut insert = self.connection.prepare_cached(
                    "insert into offset_line (close, event, date, account, service, period, vat, \
                     amount) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?;
                for line in lines {
                    insert.execute((
                        line.close.to_string(),
                        &line.event,
                        line.date.to_string(),
                        line.account.as_str(),
                        line.service.as_str(),
                        line.period.to_string(),
                        line.vat.name(),
                        line.amount.get(),
                    ))?;
                }
                Ok(())
            }
            BufferChange::Close(period) => {
                self.connection
                    .prepare_cached(
                        "update offset_line set closed_by = ?2 \
                         where close = ?1 and closed_by is null",
                    )?
                    .execute((period.to_string(), self.operation.get()))?;
                Ok(())
            }
        }
    }

    fn unidentified(&self) -> Result<()> {
        match &self.plan.unidentified {
            UnidentifiedChange::None => Ok(()),
            UnidentifiedChange::Add(money) => {
                self.connection
                    .prepare_cached(
                        "insert into unidentified (id, date, payment, operation) \
                         values (?1, ?2, ?3, ?4)",
                    )?
                    .execute((
                        &money.id,
                        money.date.to_string(),
                        payment::to_json(&money.payment)?,
                        self.operation.get(),
                    ))?;
                Ok(())
            }
            UnidentifiedChange::Remove(id) => {
                let removed = self
                    .connection
                    .prepare_cached("delete from unidentified where id = ?1")?
                    .execute([id])?;
                expect_one(removed, &format!("the identification of payment {id}"))
            }
        }
    }
}

/// Advances less debts and penalties, kopecks.
pub(crate) fn saldo(account: &Account) -> Result<i64> {
    i64::try_from(account.saldo()).map_err(|_| {
        let what = format!("account {}", account.number);
        JournalError::contradiction(what, "its saldo is too large")
    })
}

fn expect_one(changed: usize, what: &str) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    Err(JournalError::contradiction(
        what,
        "it is not there, or was done before",
    ))
}
