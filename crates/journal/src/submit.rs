//! Accepting operations: the one place where a receipt comes to be.

use std::collections::BTreeMap;

use cassette::Class;
use engine::{Account, Event, Plan, Service};
use rusqlite::{Connection, OptionalExtension};
use terms::{AccountNumber, Basis, Id, LocalDate, ServiceCode};

use crate::{
    Decision, JournalError, Refused, Result, account, basis,
    before::{self, Loaded},
    effects::Effects,
    payout,
    plan::{Storing, saldo},
    receipt,
    record::History,
    scribe::{Changes, Pen},
    writer::{Change, ReceiptState},
};

/// An operation as it comes to the journal.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// The caller's idempotency key; also the identifier of an event.
    pub key: String,
    /// SHA-256 of the canonical body.
    pub body_hash: [u8; 32],
    /// The body, for the record.
    pub body: String,
    /// What is to happen.
    pub asked: Asked,
    /// The API key that sent it.
    pub api_key: Option<i64>,
    /// Who is to be told once its receipts are settled, besides those who are told of everything.
    pub callback: Option<Callback>,
    /// Why it corrects, if it does; what follows from the settlement may be open.
    pub basis: Option<Box<Basis>>,
    /// It came together with others: nobody waits for its receipts, even if it is a payment.
    pub in_bulk: bool,
}

/// Who is to be told of one operation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Callback {
    /// Where the letter goes: an absolute URL of http or https.
    pub url: String,
    /// Which face writes the letter, and how: a name that the face knows.
    pub form: String,
}

/// What an operation asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every operation is an event: a box would cost each an allocation"
)]
pub enum Asked {
    /// Something has happened on an account: the rules say which receipts it needs.
    Event(Event),
    /// A receipt whose lines the caller has computed: only the format's rules judge it, and no
    /// account changes.
    Receipt(Box<ReadyReceipt>),
}

/// A receipt whose lines the caller has computed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReadyReceipt {
    /// The day of the settlement.
    pub date: LocalDate,
    /// The account that it is told of; it must be open.
    pub account: Option<AccountNumber>,
    /// What it says. What belongs to the organisation (place, name, cashier, sites) is added where
    /// it is left out, and the version of the format is always the organisation's.
    pub receipt: ffd::Receipt,
}

impl Asked {
    /// The type of the operation.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Event(event) => event.kind.name(),
            Self::Receipt(_) => "receipt",
        }
    }
}

impl From<Event> for Asked {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
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
    /// No contract of its account allows the charge: it is no operation, but waits for a person,
    /// or did ([`Reader::held_charge`](crate::Reader::held_charge)). The same key is answered so
    /// as long as it is no operation.
    Held {
        /// The held charge.
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
        let submitted = self.submit_if(connection, operation, |_| true, changes)?;
        // Every plan is wanted.
        submitted.ok_or_else(|| {
            JournalError::contradiction("an operation", "it is neither accepted nor refused")
        })
    }

    /// Accepts one operation if its plan is wanted, or says why not; none: it is not wanted, and
    /// nothing was stored.
    pub(crate) fn submit_if(
        &mut self,
        connection: &Connection,
        operation: &NewOperation,
        is_wanted: impl FnOnce(&Plan) -> bool,
        changes: &mut Changes,
    ) -> Result<Option<Submitted>> {
        if let Some(known) = self.keys.find(connection, &operation.key)? {
            return repeat_or_conflict(connection, known, operation).map(Some);
        }
        if let Some(held) = self.known_held(connection, operation)? {
            return Ok(Some(held));
        }
        self.take(connection, operation, is_wanted, true, changes)
    }

    /// The same for one whose key is free; `judged`: the account's contracts have a say.
    pub(crate) fn take(
        &mut self,
        connection: &Connection,
        operation: &NewOperation,
        is_wanted: impl FnOnce(&Plan) -> bool,
        judged: bool,
        changes: &mut Changes,
    ) -> Result<Option<Submitted>> {
        let (loaded, decision) = self.weigh(connection, operation)?;
        let decision = match decision {
            Ok(decision) => decision,
            Err(refused) => return Ok(Some(Submitted::Refused(refused))),
        };
        if !is_wanted(&decision.plan) {
            return Ok(None);
        }
        let basis = match basis::of(connection, operation, &loaded, &decision)? {
            Ok(basis) => basis,
            Err(refused) => return Ok(Some(Submitted::Refused(refused))),
        };
        if judged && let Some(judged) = self.judged(connection, operation, &loaded)? {
            return Ok(Some(judged));
        }
        let id = self.accept(connection, operation, (&loaded, &decision), changes)?;
        if let Some(basis) = basis {
            basis::store(connection, id, &basis)?;
        }
        let receipts =
            self.queue_receipts(connection, (id, operation), &loaded, decision, changes)?;
        if let Some(callback) = &operation.callback {
            // After the receipts: their identifiers follow the operation's.
            self.promise(connection, id, callback)?;
        }
        Ok(Some(Submitted::Accepted { id, receipts }))
    }

    /// Stores the operation and all that it changes on accounts.
    fn accept(
        &mut self,
        connection: &Connection,
        operation: &NewOperation,
        (loaded, decision): (&Loaded, &Decision),
        changes: &mut Changes,
    ) -> Result<Id> {
        let main = loaded.main_row();
        let id = self.ids.next(self.now);
        let storing = Storing {
            connection,
            loaded,
            plan: &decision.plan,
            operation: id,
            now: self.now,
        };
        let deltas = storing.deltas()?;
        let effects = Effects::of(connection, loaded, &decision.plan)?;
        let delta = loaded
            .main
            .as_ref()
            .and_then(|number| deltas.get(number))
            .copied();
        let hash = self.keys.hash(&operation.key);
        connection
            .prepare_cached(
                "insert into operation (id, key, key_hash, body_hash, type, account, delta, body, \
                 records, receipts, api_key, effects) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                id.get(),
                &operation.key,
                hash,
                &operation.body_hash,
                operation.asked.name(),
                main,
                delta.unwrap_or(0),
                &operation.body,
                &decision.records,
                decision.documents.len() as i64,
                operation.api_key,
                effects.to_json()?,
            ))?;
        self.keys.note(hash, id.get());
        changes.new_keys.push((hash, id.get()));
        changes.operations.push(operation.asked.name());
        storing.store()?;
        Ok(id)
    }

    /// Stores its receipts: they wait for a drive from now on.
    fn queue_receipts(
        &mut self,
        connection: &Connection,
        (id, operation): (Id, &NewOperation),
        loaded: &Loaded,
        decision: Decision,
        changes: &mut Changes,
    ) -> Result<Vec<Id>> {
        let mut receipts = Vec::with_capacity(decision.documents.len());
        let mut insert = connection.prepare_cached(
            "insert into receipt (id, operation, account, state, class, correction, tax_system, \
             sign, total, body, tlv, order_key) \
             values (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        let order_key = loaded.main_row().unwrap_or_else(|| id.get());
        for (receipt, document) in decision.plan.receipts.iter().zip(decision.documents) {
            let class = match document.class {
                Class::Payment if operation.in_bulk => Class::Registry,
                class => class,
            };
            let receipt_id = self.ids.next(self.now);
            insert.execute((
                receipt_id.get(),
                id.get(),
                receipt
                    .account
                    .as_ref()
                    .and_then(|number| loaded.rows.get(number)),
                class.code(),
                receipt.correction.is_some(),
                receipt.tax_system.bit(),
                receipt.operation.code(),
                receipt.total.get(),
                receipt::to_json(receipt)?,
                &document.tlv,
                order_key,
            ))?;
            payout::note_lines(connection, receipt_id, receipt)?;
            receipts.push(receipt_id);
            let queued = Change::of(receipt_id, ReceiptState::Queued);
            changes.receipts.push(queued);
            changes.jobs.push(cassette::Job {
                id: receipt_id,
                order_key,
                class,
                correction: receipt.correction.is_some(),
                tax_system: receipt.tax_system,
                operation: receipt.operation,
                total: receipt.total,
                tlv: document.tlv,
            });
        }
        Ok(receipts)
    }

    /// What the operation meets, and what it becomes.
    fn weigh(
        &self,
        connection: &Connection,
        operation: &NewOperation,
    ) -> Result<(Loaded, std::result::Result<Decision, Refused>)> {
        match &operation.asked {
            Asked::Event(event) => {
                let loaded = before::load(connection, event)?;
                let decision = self.decide(&loaded.before, event);
                Ok((loaded, decision))
            }
            Asked::Receipt(ready) => {
                let loaded = before::load_for(connection, ready)?;
                let decision = match &ready.account {
                    Some(number) if !loaded.rows.contains_key(number) => Err(Refused {
                        code: "unknown_account",
                        message: format!(
                            "there is no account {number}: open it, or leave the account out"
                        ),
                    }),
                    _ => self.ready(&operation.key, ready),
                };
                Ok((loaded, decision))
            }
        }
    }
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

/// Stores services; later operations use them. The history names those that have changed.
pub(crate) fn put_services(
    pen: &mut Pen,
    connection: &Connection,
    services: &BTreeMap<ServiceCode, Service>,
    key: Option<i64>,
    changes: &mut Changes,
) -> Result<()> {
    let known = &pen.setup.services;
    let is_new = |(code, service): &(&ServiceCode, &Service)| known.get(*code) != Some(*service);
    let new: Vec<&str> = services
        .iter()
        .filter(is_new)
        .map(|(code, _)| code.as_str())
        .collect();
    if !new.is_empty() {
        let codes = new.join(", ");
        let entry = History {
            key,
            ..History::new("services_changed", &codes)
        };
        entry.write(connection, pen.now)?;
    }
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
pub(crate) fn put_account(
    pen: &Pen,
    connection: &Connection,
    new: &Account,
    key: Option<i64>,
) -> Result<bool> {
    let known: Option<(i64, String)> = connection
        .prepare_cached("select id, state from account where number = ?1")?
        .query_row([new.number.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, state)) = known else {
        connection
            .prepare_cached(
                "insert into account (number, state, opening_saldo, saldo, contact, changed_at, \
                 opened_by) values (?1, ?2, ?3, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                new.number.as_str(),
                account::to_json(new)?,
                saldo(new)?,
                &new.contact,
                pen.now,
                key,
            ))?;
        return Ok(true);
    };
    let known = account::from_json(&new.number, &state)?;
    let is_set = known.contact != new.contact || known.payer_kind != new.payer_kind;
    let merged = Account {
        contact: new.contact.clone(),
        payer_kind: new.payer_kind,
        ..known
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
    if !is_set {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "update account set state = ?2, changed_at = ?3, contact = ?4, set_by = ?5 \
             where id = ?1",
        )?
        .execute((
            id,
            account::to_json(&merged)?,
            pen.now,
            &merged.contact,
            key,
        ))?;
    Ok(false)
}
