//! A row of a file as an operation, and as a row that a person has to look at.

use engine::{Channel, Event, EventKind, Part, PartKind, Payment};
use journal::{ImportRow, NewOperation, RowState};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use statements::{Kind, Row};
use terms::{AccountNumber, Kopecks, LocalDate, Period};

use super::{ImportError, ReceiptDay, matching::Sorted};
use crate::{DeskError, KeyIdentity};

/// What the bank says about a payment besides sum, day and account.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BankFacts {
    /// The kind of the file.
    source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    number: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    payer: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    payer_inn: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    payer_account: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    purpose: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<String>,
}

/// The canonical body of the operation: what does not depend on the file that has brought it.
#[derive(Serialize)]
struct Body<'a> {
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

impl BankFacts {
    pub(crate) fn of(kind: Kind, row: &Row<'_>) -> Self {
        Self {
            source: kind.name().to_owned(),
            number: row.number.clone().into_owned(),
            payer: row.payer.clone().into_owned(),
            payer_inn: row.payer_inn.clone().into_owned(),
            payer_account: row.payer_account.clone().into_owned(),
            purpose: row.purpose.clone().into_owned(),
            period: row.period.map(|period| period.to_string()),
        }
    }
}

/// The payment that a row is.
pub(super) fn new_operation(
    kind: Kind,
    row: &Row<'_>,
    sorted: &Sorted,
    day: ReceiptDay,
    today: LocalDate,
    sender: Option<&KeyIdentity>,
) -> Result<NewOperation, DeskError> {
    let money = Money {
        key: &sorted.key,
        account: sorted.account.clone(),
        paid: row.date,
        amount: row.amount,
        period: row.period,
    };
    let operation = money.operation(&BankFacts::of(kind, row), day, today, sender)?;
    if let Some(sender) = sender {
        let allowed = sender.may_submit(&operation.asked);
        allowed.map_err(ImportError::RowRefused)?;
    }
    Ok(operation)
}

/// The payment that a kept row is, on the account that a person has named: the order of a person,
/// whose key need not be one that submits.
pub(super) fn operation_of_row(
    row: &ImportRow,
    account: AccountNumber,
    day: ReceiptDay,
    today: LocalDate,
    sender: Option<&KeyIdentity>,
) -> Result<NewOperation, DeskError> {
    let facts: BankFacts = serde_json::from_str(&row.body).map_err(|error| spoiled(row, &error))?;
    let period = facts.period.as_deref().map(str::parse::<Period>);
    let money = Money {
        key: &row.key,
        account: Some(account),
        paid: row.date.parse()?,
        amount: row.amount,
        period: period.transpose()?,
    };
    money.operation(&facts, day, today, sender)
}

fn spoiled(row: &ImportRow, error: &serde_json::Error) -> DeskError {
    DeskError::Journal(journal::JournalError::Spoiled {
        row: format!("import row of line {}", row.line),
        why: error.to_string(),
    })
}

struct Money<'a> {
    key: &'a str,
    account: Option<AccountNumber>,
    paid: LocalDate,
    amount: Kopecks,
    period: Option<Period>,
}

impl Money<'_> {
    fn operation(
        self,
        bank: &BankFacts,
        day: ReceiptDay,
        today: LocalDate,
        sender: Option<&KeyIdentity>,
    ) -> Result<NewOperation, DeskError> {
        let body = json(&Body {
            kind: "payment",
            key: self.key,
            account: self.account.as_ref().map(AccountNumber::as_str),
            paid: &self.paid.to_string(),
            parts: [PartBody {
                kind: PartKind::Cashless.name(),
                amount: self.amount.to_string(),
            }],
            bank,
        })?;
        let event = Event {
            id: self.key.to_owned(),
            date: match day {
                ReceiptDay::Loaded => today,
                ReceiptDay::Paid => self.paid,
            },
            kind: EventKind::Payment(Payment {
                account: self.account,
                parts: vec![Part {
                    kind: PartKind::Cashless,
                    amount: self.amount,
                }],
                channel: Channel::BankRegistry,
                explicit: Vec::new(),
                purpose_period: self.period,
            }),
        };
        Ok(NewOperation {
            key: self.key.to_owned(),
            body_hash: Sha256::digest(body.as_bytes()).into(),
            body,
            asked: event.into(),
            api_key: sender.map(|key| key.id),
            callback: None,
            basis: None,
            in_bulk: true,
        })
    }
}

/// A row that a person has to look at.
pub(super) fn new_row(
    kind: Kind,
    row: &Row<'_>,
    sorted: &Sorted,
    state: RowState,
) -> Result<ImportRow, DeskError> {
    Ok(ImportRow {
        line: row.line,
        class: sorted.class.name().to_owned(),
        reason: sorted.reason.clone().into_owned(),
        key: sorted.key.clone(),
        date: row.date.to_string(),
        amount: row.amount,
        account: row.account.clone().into_owned(),
        number: row.number.clone().into_owned(),
        body: json(&BankFacts::of(kind, row))?,
        state,
        operation: None,
        by: None,
        why: None,
    })
}

fn json(value: &impl Serialize) -> Result<String, DeskError> {
    // Structs of texts: this does not fail.
    serde_json::to_string(value).map_err(|error| DeskError::Setup {
        what: error.to_string(),
    })
}
