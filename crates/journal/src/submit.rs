//! Accepting operations: the one place where a receipt comes to be.

use std::collections::BTreeMap;

use engine::{Account, Before, BufferChange, Event, Plan, Service, UnidentifiedChange};
use rusqlite::{Connection, OptionalExtension};
use terms::{AccountNumber, Id, ServiceCode};

use crate::{
    JournalError, Refused, Result, account,
    writer::{Change, Changes, Pen, ReceiptState},
};

/// An operation as it comes to the journal.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// The caller's idempotency key; also the event's identifier.
    pub key: String,
    /// SHA-256 of the canonical body.
    pub body_hash: [u8; 32],
    /// The body, for the record.
    pub body: String,
    /// What is to happen.
    pub event: Event,
    /// The API key that sent it.
    pub api_key: Option<i64>,
}

/// What became of one submitted operation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Submitted {
    /// It is durable; its receipts are queued.
    Accepted {
        /// The operation.
        id: Id,
        /// Its receipts, in order.
        receipts: Vec<Id>,
    },
    /// The same key came with the same body before: that operation is the answer.
    Repeated {
        /// The first operation.
        id: Id,
    },
    /// The same key came with another body before. Nothing was stored.
    Conflict {
        /// The first operation.
        id: Id,
    },
    /// The rules refuse it. Nothing was stored.
    Refused(Refused),
}

impl Pen {
    /// Accepts one operation, or says why not.
    pub(crate) fn submit(
        &mut self,
        connection: &Connection,
        operation: &NewOperation,
        changes: &mut Changes,
    ) -> Result<Submitted> {
        if let Some(known) = self.keys.find(connection, &operation.key)? {
            return repeat_or_conflict(connection, known, operation);
        }
        let (before, rows) = load_accounts(connection, &operation.event)?;
        let decision = match self.decide(&before, &operation.event) {
            Ok(decision) => decision,
            Err(refused) => return Ok(Submitted::Refused(refused)),
        };
        let main = operation.event.needs().accounts.first().copied();
        if let Err(refused) = storable(&decision.plan, &before, main) {
            return Ok(Submitted::Refused(refused));
        }
        let after = &decision.plan.accounts;
        let delta = store_accounts(connection, &before, &rows, after, self.now)?;
        let main = main.and_then(|number| rows.get(number));
        let id = self.ids.next(self.now);
        let hash = self.keys.hash(&operation.key);
        connection
            .prepare_cached(
                "insert into operation (id, key, key_hash, body_hash, type, account, delta, body, \
                 records, receipts, api_key) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute((
                id.get(),
                &operation.key,
                hash,
                &operation.body_hash,
                operation.event.kind.name(),
                main,
                delta,
                &operation.body,
                &decision.records,
                decision.receipts.len() as i64,
                operation.api_key,
            ))?;
        self.keys.note(hash, id.get());
        changes.new_keys.push((hash, id.get()));
        let mut receipts = Vec::with_capacity(decision.receipts.len());
        let mut insert = connection.prepare_cached(
            "insert into receipt (id, operation, account, state, class, tax_system, sign, total, \
             body, tlv) values (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for receipt in &decision.receipts {
            let receipt_id = self.ids.next(self.now);
            insert.execute((
                receipt_id.get(),
                id.get(),
                main,
                receipt.class as i64,
                receipt.tax_system.bit(),
                receipt.sign.code(),
                receipt.total.get(),
                &receipt.body,
                &receipt.tlv,
            ))?;
            receipts.push(receipt_id);
            changes.receipts.push(Change {
                receipt: receipt_id,
                state: ReceiptState::Queued,
            });
            changes.jobs.push(cassette::Job {
                id: receipt_id,
                order_key: main.copied().unwrap_or_else(|| id.get()),
                class: receipt.class,
                tax_system: receipt.tax_system,
                operation: receipt.sign,
                total: receipt.total,
                tlv: receipt.tlv.clone(),
            });
        }
        Ok(Submitted::Accepted { id, receipts })
    }
}

/// Whether this schema has a place for everything that the plan changes: a plan that is stored in
/// part would lose money without a word.
fn storable(
    plan: &Plan,
    before: &Before,
    main: Option<&AccountNumber>,
) -> std::result::Result<(), Refused> {
    let other_account = plan.accounts.iter().find(|account| {
        let known = before.accounts.get(&account.number);
        Some(&account.number) != main && known.map(Account::saldo) != Some(account.saldo())
    });
    let what = if let Some(account) = other_account {
        format!("a change of the second account {}", account.number)
    } else if plan.buffer != BufferChange::None {
        "offsets that wait for a consolidated receipt".to_owned()
    } else if plan.unidentified != UnidentifiedChange::None {
        "payments whose payer is unknown".to_owned()
    } else if !plan.cancelled.is_empty() {
        "cancelled receipts".to_owned()
    } else {
        return Ok(());
    };
    Err(Refused {
        code: "not_offered",
        message: format!("the journal has no place for {what} yet"),
    })
}

fn repeat_or_conflict(
    connection: &Connection,
    known: i64,
    operation: &NewOperation,
) -> Result<Submitted> {
    let first: Vec<u8> = connection
        .prepare_cached("select body_hash from operation where id = ?1")?
        .query_row([known], |row| row.get(0))?;
    let id = Id::from_number(known).map_err(|error| JournalError::spoiled("operation", error))?;
    Ok(if first == operation.body_hash {
        Submitted::Repeated { id }
    } else {
        Submitted::Conflict { id }
    })
}

/// The accounts that an event needs, and their rows' keys. Unknown ones are simply absent.
pub(crate) fn load_accounts(
    connection: &Connection,
    event: &Event,
) -> Result<(Before, BTreeMap<AccountNumber, i64>)> {
    let mut before = Before::default();
    let mut rows = BTreeMap::new();
    for number in event.needs().accounts {
        let row: Option<(i64, String)> = connection
            .prepare_cached("select id, state from account where number = ?1")?
            .query_row([number.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((id, state)) = row {
            before
                .accounts
                .insert(number.clone(), account::from_json(number, &state)?);
            rows.insert(number.clone(), id);
        }
    }
    Ok((before, rows))
}

/// Stores the accounts after, and returns by how much their saldo changed in all, kopecks.
fn store_accounts(
    connection: &Connection,
    before: &Before,
    rows: &BTreeMap<AccountNumber, i64>,
    after: &[Account],
    now: i64,
) -> Result<i64> {
    let mut delta = 0_i128;
    for account in after {
        let id = rows.get(&account.number).ok_or_else(|| {
            JournalError::contradiction(
                format!("account {}", account.number),
                "it was changed without having been read",
            )
        })?;
        delta += account.saldo()
            - before
                .accounts
                .get(&account.number)
                .map_or(0, Account::saldo);
        connection
            .prepare_cached("update account set state = ?2, changed_at = ?3 where id = ?1")?
            .execute((id, account::to_json(account)?, now))?;
    }
    i64::try_from(delta).map_err(|_| {
        JournalError::contradiction("an operation", "the saldo changes beyond every sum")
    })
}

/// Stores services; later operations use them.
pub(crate) fn put_services(
    pen: &mut Pen,
    connection: &Connection,
    services: &BTreeMap<ServiceCode, Service>,
    changes: &mut Changes,
) -> Result<()> {
    for (code, service) in services {
        connection
            .prepare_cached(
                "insert into service (code, definition, changed_at) values (?1, ?2, ?3) \
                 on conflict (code) do update set definition = ?2, changed_at = ?3",
            )?
            .execute((code.as_str(), crate::service_to_json(service)?, pen.now))?;
    }
    let known = &mut pen.setup.services;
    changes.services_before.get_or_insert_with(|| known.clone());
    known.extend(
        services
            .iter()
            .map(|(code, service)| (code.clone(), service.clone())),
    );
    Ok(())
}

/// Opens an account, or changes the contact and payer of one that exists.
///
/// Opening debts, advances and the like belong to a new account; one that has had operations keeps
/// its own: then anything but contact and payer is refused.
pub(crate) fn put_account(pen: &Pen, connection: &Connection, new: &Account) -> Result<bool> {
    let known: Option<(i64, String)> = connection
        .prepare_cached("select id, state from account where number = ?1")?
        .query_row([new.number.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, state)) = known else {
        let saldo = i64::try_from(new.saldo()).map_err(|_| {
            JournalError::contradiction(format!("account {}", new.number), "its saldo is too large")
        })?;
        connection
            .prepare_cached(
                "insert into account (number, state, opening_saldo, changed_at) \
                 values (?1, ?2, ?3, ?4)",
            )?
            .execute((new.number.as_str(), account::to_json(new)?, saldo, pen.now))?;
        return Ok(true);
    };
    let merged = Account {
        contact: new.contact.clone(),
        payer_kind: new.payer_kind,
        ..account::from_json(&new.number, &state)?
    };
    let opens = *new
        != Account {
            contact: new.contact.clone(),
            payer_kind: new.payer_kind,
            ..Account::new(new.number.clone())
        };
    if opens && merged != *new {
        return Err(JournalError::contradiction(
            format!("the opening balances of account {}", new.number),
            "the account is open already; change its balance by operations",
        ));
    }
    connection
        .prepare_cached("update account set state = ?2, changed_at = ?3 where id = ?1")?
        .execute((id, account::to_json(&merged)?, pen.now))?;
    Ok(false)
}
