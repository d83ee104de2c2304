//! A row of a restoration as the operation that it becomes.

use std::collections::BTreeMap;

use engine::{
    Account, Before, Change, Event, EventKind, JournalReceipt, Part, PartKind, RestorePayment,
    Setup, fix_of,
};
use journal::{NewOperation, RestorationHead, RestorationRow, RowWork};
use serde::Serialize;
use sha2::{Digest, Sha256};
use statements::{Kind, Row};
use terms::{AccountNumber, Basis, Id, LocalDate};

use super::{RestoreError, change::json};
use crate::{
    Desk, DeskError,
    imports::{BankFacts, Sorted},
};

/// The canonical body of a restored payment. Its account, day and sum stand where an ordinary one of
/// the same bank operation has them: whoever looks for that one finds this.
#[derive(Serialize)]
struct LostBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    key: &'a str,
    account: Option<&'a str>,
    paid: &'a str,
    parts: [PartBody; 1],
    bank: &'a BankFacts,
}

#[derive(Serialize)]
struct PartBody {
    kind: &'static str,
    amount: String,
}

/// The canonical body of a fix.
#[derive(Serialize)]
struct FixBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    key: &'a str,
    original: String,
    change: serde_json::Value,
}

/// The body of the operation that a lost settlement becomes.
pub(super) fn lost_body(kind: Kind, row: &Row<'_>, sorted: &Sorted) -> Result<String, DeskError> {
    json(&LostBody {
        kind: "restore_payment",
        key: &sorted.key,
        account: sorted.account.as_ref().map(AccountNumber::as_str),
        paid: &row.date.to_string(),
        parts: [PartBody {
            kind: PartKind::Cashless.name(),
            amount: row.amount.to_string(),
        }],
        bank: &BankFacts::of(kind, row),
    })
}

/// What a lost settlement is.
pub(super) fn lost_event(
    row: &RestorationRow,
    order: Option<String>,
    today: LocalDate,
) -> Result<Event, DeskError> {
    Ok(Event {
        id: row.key.clone(),
        date: today,
        kind: EventKind::RestorePayment(RestorePayment {
            account: row.account.parse()?,
            lost_date: row.date,
            parts: vec![Part {
                kind: PartKind::Cashless,
                amount: row.amount,
            }],
            order,
        }),
    })
}

/// The body of the operation that fixes a receipt.
pub(super) fn fix_body(
    (key, original): (&str, Id),
    change: serde_json::Value,
    kind: &EventKind,
) -> Result<String, DeskError> {
    json(&FixBody {
        kind: kind.name(),
        key,
        original: original.to_string(),
        change,
    })
}

/// A wrong receipt and the accounts that its fix may touch.
pub(super) struct Wrong {
    pub(super) journal: JournalReceipt,
    pub(super) accounts: BTreeMap<AccountNumber, Account>,
}

impl Wrong {
    /// As it stands now; none while it is no fiscal document.
    pub(super) fn read(desk: &Desk, id: Id, change: &Change) -> Result<Option<Self>, DeskError> {
        let Some(journal) = desk.reader().journal_receipt(id)? else {
            return Ok(None);
        };
        let mut accounts = BTreeMap::new();
        for number in [journal.receipt.account.as_ref(), change.account.as_ref()] {
            if let Some(number) = number
                && let Some(row) = desk.reader().account(number)?
            {
                accounts.insert(number.clone(), row.account);
            }
        }
        Ok(Some(Self { journal, accounts }))
    }

    /// The day of its settlement.
    pub(super) fn settled_on(&self) -> LocalDate {
        let journal = &self.journal;
        journal.settle_date.unwrap_or(journal.receipt.date)
    }

    /// The event that fixes it, and what that meets.
    pub(super) fn fix(
        self,
        key: &str,
        change: &Change,
        setup: &Setup,
        today: LocalDate,
    ) -> Result<(Event, Before), engine::Refusal> {
        let kind = fix_of(&self.journal, change, setup, &self.accounts)?;
        let event = Event {
            id: key.to_owned(),
            date: today,
            kind,
        };
        let before = Before {
            accounts: self.accounts,
            receipts: vec![self.journal],
            ..Before::default()
        };
        Ok((event, before))
    }
}

/// What is to be done with rows of a restoration, as things stand now.
pub(super) struct Carrying<'a> {
    pub(super) desk: &'a Desk,
    pub(super) head: &'a RestorationHead,
    /// What was wrong, if receipts are fixed.
    pub(super) change: Option<Change>,
    pub(super) setup: Setup,
}

impl Carrying<'_> {
    /// What is to be done with one row.
    pub(super) fn work(&self, row: &RestorationRow) -> Result<RowWork, DeskError> {
        let today = self.desk.clock().local().date();
        let event = match (&self.change, row.wrong) {
            (Some(change), Some(wrong)) => {
                let Some(wrong) = Wrong::read(self.desk, wrong, change)? else {
                    return Ok(RowWork::Changed("it is no fiscal document".to_owned()));
                };
                match wrong.fix(&row.key, change, &self.setup, today) {
                    Ok((event, _)) => event,
                    Err(refusal) => return Ok(RowWork::Changed(refusal.to_string())),
                }
            }
            (None, None) => {
                let order = self.head.basis.order.as_ref();
                lost_event(row, order.map(|order| order.number.clone()), today)?
            }
            _ => {
                let what = format!("row {} is of another kind", row.place);
                return Err(RestoreError::Basis(what).into());
            }
        };
        let basis = Basis {
            settlement_date: Some(row.date),
            source_doc: row.wrong.is_none().then(|| row.source.clone()),
            ..self.head.basis.clone()
        };
        Ok(RowWork::Submit(Box::new(NewOperation {
            key: row.key.clone(),
            body_hash: Sha256::digest(row.body.as_bytes()).into(),
            body: row.body.clone(),
            asked: event.into(),
            callback: None,
            basis: Some(Box::new(basis)),
            api_key: self.head.api_key,
            in_bulk: true,
        })))
    }
}
