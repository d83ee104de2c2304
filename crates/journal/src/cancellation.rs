//! Operations that are taken back before anything of them is formed.

use cassette::{Signed, Withdrawal};
use engine::Account;
use rusqlite::{Connection, OptionalExtension};
use terms::{AccountNumber, Id, Kopecks};
use thiserror::Error;

use crate::{
    JournalError, Reader, ReceiptState, Result, account,
    effects::Effects,
    plan::saldo,
    record::{History, Page, read_id},
};

/// How an operation stands that somebody wants to cancel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cancellable {
    /// Nothing of it is formed: as far as the journal knows, it may be cancelled.
    Now(Withdrawal),
    /// It is cancelled already.
    Already(CancellationRow),
}

/// Who has cancelled an operation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CancellationRow {
    /// Milliseconds since 1970.
    pub at: i64,
    /// The person's name.
    pub by: String,
    /// The reason given.
    pub reason: String,
}

/// Why an operation cannot be cancelled; nothing has changed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotCancellable {
    /// There is no such operation.
    #[error("there is no operation {0}")]
    Unknown(Id),
    /// A receipt of it is a fiscal document, or another drive has formed it before.
    #[error(
        "receipt {0} is formed already: what is formed is undone by refund, cancel_payment or \
         fix_receipt"
    )]
    FormedAlready(Id),
    /// A drive is about to form a receipt of it.
    #[error("a drive is forming receipt {0}: look at it again in a moment")]
    BeingFormed(Id),
    /// A drive may have formed a receipt of it.
    #[error(
        "a drive may have formed receipt {0}, and has not told yet: wait until the drive is back"
    )]
    InDoubt(Id),
    /// What it has changed was used.
    #[error("{0}")]
    UsedSince(String),
}

impl NotCancellable {
    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_operation",
            Self::FormedAlready(_) => "formed_already",
            Self::BeingFormed(_) => "being_formed",
            Self::InDoubt(_) => "in_doubt",
            Self::UsedSince(_) => "used_since",
        }
    }
}

/// What there is to do for a cancellation.
struct Weighed {
    key: String,
    withdrawal: Withdrawal,
    effects: Effects,
    /// The changed accounts as they will be, with their rows.
    accounts: Vec<(i64, Account)>,
}

enum Weighing {
    May(Box<Weighed>),
    Already(CancellationRow),
    Not(NotCancellable),
}

impl Reader {
    /// Whether an operation may be cancelled, as the journal stands now. The cassette may know more:
    /// it is asked next, and what it asks to be stored is weighed once more.
    ///
    /// # Errors
    /// When the database fails or a row is spoiled.
    pub fn cancellable(
        &self,
        operation: Id,
    ) -> Result<std::result::Result<Cancellable, NotCancellable>> {
        self.at_once(|connection| {
            Ok(match weigh(connection, operation)? {
                Weighing::May(weighed) => Ok(Cancellable::Now(weighed.withdrawal)),
                Weighing::Already(row) => Ok(Cancellable::Already(row)),
                Weighing::Not(why) => Err(why),
            })
        })
    }
}

/// The cancellation of an operation, if it is cancelled.
pub(crate) fn find(connection: &Connection, operation: Id) -> Result<Option<CancellationRow>> {
    let row = connection
        .prepare_cached("select at, by, reason from cancellation where operation = ?1")?
        .query_row([operation.get()], |row| {
            Ok(CancellationRow {
                at: row.get(0)?,
                by: row.get(1)?,
                reason: row.get(2)?,
            })
        })
        .optional()?;
    Ok(row)
}

fn weigh(connection: &Connection, operation: Id) -> Result<Weighing> {
    let row: Option<(String, i64, Option<String>)> = connection
        .prepare_cached("select key, receipts, effects from operation where id = ?1")?
        .query_row([operation.get()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((key, count, effects)) = row else {
        return Ok(Weighing::Not(NotCancellable::Unknown(operation)));
    };
    if let Some(already) = find(connection, operation)? {
        return Ok(Weighing::Already(already));
    }
    let withdrawal = match withdrawal(connection, operation, count)? {
        Ok(withdrawal) => withdrawal,
        Err(why) => return Ok(Weighing::Not(why)),
    };
    let effects = Effects::from_json(operation, effects.as_deref())?;
    if let Err(why) = effects.are_unused(connection, &key)? {
        return Ok(Weighing::Not(why));
    }
    let mut accounts = Vec::new();
    for change in effects.account_changes(operation)? {
        let (row, now) = read_account(connection, &change.account)?;
        let account = engine::take_back(&now, &change).and_then(in_range);
        match account {
            Ok(account) => accounts.push((row, account)),
            Err(refusal) => {
                let why = NotCancellable::UsedSince(refusal.to_string());
                return Ok(Weighing::Not(why));
            }
        }
    }
    Ok(Weighing::May(Box::new(Weighed {
        key,
        withdrawal,
        effects,
        accounts,
    })))
}

/// The receipts of an operation, if all of them wait and no drive can have one of them.
fn withdrawal(
    connection: &Connection,
    operation: Id,
    count: i64,
) -> Result<std::result::Result<Withdrawal, NotCancellable>> {
    let mut withdrawal = Withdrawal {
        operation,
        receipts: Vec::new(),
        order_key: 0,
    };
    // A receipt that was sent to another drive has left an intent behind, and perhaps a document,
    // which a return receipt undoes.
    let mut receipts = connection.prepare_cached(
        "select r.id, r.state, r.order_key, \
         exists (select 1 from intent i where i.receipt = r.id), \
         exists (select 1 from receipt b where b.return_of = r.id) \
         from receipt r where r.id > ?1 order by r.id limit ?2",
    )?;
    let mut rows = receipts.query((operation.get(), count))?;
    while let Some(row) = rows.next()? {
        let (id, state) = (read_id(row.get(0)?)?, row.get::<_, String>(1)?);
        let (is_intended, is_doubled): (bool, bool) = (row.get(3)?, row.get(4)?);
        use ReceiptState::{Held, InDoubt, OnDrive, Queued};
        let not = match ReceiptState::from_name(&state) {
            Some(InDoubt) => Some(NotCancellable::InDoubt(id)),
            Some(OnDrive) => Some(NotCancellable::BeingFormed(id)),
            Some(Queued | Held) if is_doubled => Some(NotCancellable::FormedAlready(id)),
            Some(Queued | Held) if is_intended => Some(NotCancellable::InDoubt(id)),
            Some(Queued | Held) => None,
            _ => Some(NotCancellable::FormedAlready(id)),
        };
        if let Some(not) = not {
            return Ok(Err(not));
        }
        withdrawal.receipts.push(id);
        withdrawal.order_key = row.get(2)?;
    }
    Ok(Ok(withdrawal))
}

fn in_range(account: Account) -> std::result::Result<Account, engine::Refusal> {
    let saldo = i64::try_from(account.saldo()).unwrap_or(i64::MAX);
    Kopecks::new(saldo)?;
    Ok(account)
}

fn read_account(connection: &Connection, number: &AccountNumber) -> Result<(i64, Account)> {
    let row: Option<(i64, String)> = connection
        .prepare_cached("select id, state from account where number = ?1")?
        .query_row([number.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (row, state) = row.ok_or_else(|| {
        JournalError::spoiled(format!("account {number}"), "an operation changed it")
    })?;
    Ok((row, account::from_json(number, &state)?))
}

impl Page<'_> {
    /// The receipts of an operation will never be formed, and what it has changed is as it was. It
    /// is weighed here, behind everything that was to be stored before: an intent, a document that
    /// was found, an operation that uses what this one has changed.
    pub(crate) fn cancelled(&mut self, operation: Id, signed: &Signed) -> Result<()> {
        let refuse = |why: String| {
            JournalError::contradiction(format!("the cancellation of operation {operation}"), why)
        };
        let weighed = match weigh(self.connection, operation)? {
            Weighing::May(weighed) => weighed,
            Weighing::Already(row) => {
                return Err(refuse(format!("{} has cancelled it already", row.by)));
            }
            Weighing::Not(why) => return Err(refuse(why.to_string())),
        };
        let Weighed {
            key,
            withdrawal,
            effects,
            accounts,
        } = *weighed;
        for (row, account) in accounts {
            self.connection
                .prepare_cached(
                    "update account set state = ?2, changed_at = ?3, saldo = ?4 where id = ?1",
                )?
                .execute((
                    row,
                    account::to_json(&account)?,
                    self.pen.now,
                    saldo(&account)?,
                ))?;
        }
        let payment = match effects.identified() {
            Some(payment) => self.pen.keys.find(self.connection, payment)?,
            None => None,
        };
        effects.undo(self.connection, (operation, &key), payment)?;
        self.connection
            .prepare_cached(
                "insert into cancellation (operation, at, by, reason) values (?1, ?2, ?3, ?4)",
            )?
            .execute((operation.get(), self.pen.now, &signed.by, &signed.reason))?;
        let reason = format!("cancelled by {}: {}", signed.by, signed.reason);
        let detail = format!("operation {operation}, key «{key}»: {}", signed.reason);
        let entry = History {
            by: Some(&signed.by),
            key: signed.key,
            ..History::new("cancelled", &detail)
        };
        let from = [ReceiptState::Queued, ReceiptState::Held];
        for receipt in &withdrawal.receipts {
            self.receipt_from(*receipt, &from, ReceiptState::Refused, Some(&reason))?;
            self.tell(&History {
                receipt: Some(*receipt),
                ..entry
            })?;
        }
        if withdrawal.receipts.is_empty() {
            self.tell(&entry)?;
        }
        Ok(())
    }
}
