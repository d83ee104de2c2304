use std::collections::BTreeMap;

use engine::{Before, BufferLine, JournalReceipt, Receipt, Record, Refusal, Unidentified, apply};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use terms::{AccountNumber, FiscalSign, Kopecks};

use crate::{
    CasebookError, Example,
    account::AccountAfterRow,
    field::Text,
    receipt::{ReceiptRow, RecordRow},
};

const SCHEMA: &str = "receipt-results/1";

/// What came out of an example.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The documents of all events, in order.
    pub receipts: Vec<Receipt>,
    /// What happened without a receipt.
    pub records: Vec<Record>,
    /// The state afterwards: when an event was refused, the one just before it.
    ///
    /// Receipts of earlier events stand in its journal as `J1`, `J2` and so on, counted after those
    /// that the example began with, so that a later event can name them. No drive has formed them:
    /// their fiscal sign is that number.
    pub after: Before,
    /// The refusal that ended it.
    pub refused: Option<Refused>,
}

/// An event that was refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// The event's id.
    pub event: String,
    /// Why.
    pub refusal: Refusal,
}

impl Outcome {
    pub(crate) fn of(example: &Example) -> Self {
        let mut outcome = Self {
            receipts: Vec::new(),
            records: Vec::new(),
            after: example.before.clone(),
            refused: None,
        };
        for event in &example.events {
            let mut plan = match apply(&example.setup, &outcome.after, event) {
                Ok(plan) => plan,
                Err(refusal) => {
                    let event = event.id.clone();
                    outcome.refused = Some(Refused { event, refusal });
                    break;
                }
            };
            let receipts = std::mem::take(&mut plan.receipts);
            outcome.records.append(&mut plan.records);
            outcome.after.keep(plan);
            for receipt in receipts {
                outcome.note(receipt);
            }
        }
        outcome
    }

    fn note(&mut self, receipt: Receipt) {
        let number = self.after.receipts.len() + 1;
        self.after.receipts.push(JournalReceipt {
            id: format!("J{number}"),
            fiscal_sign: FiscalSign(u32::try_from(number).unwrap_or(u32::MAX)),
            receipt: receipt.clone(),
            settle_date: None,
            cancelled: false,
        });
        self.receipts.push(receipt);
    }
}

/// The results of examples, by their ids, as `receipt-results/1`.
///
/// # Errors
/// When one of them cannot be written as JSON.
pub fn results_json<'a>(
    outcomes: impl IntoIterator<Item = (&'a str, &'a Outcome)>,
) -> Result<String, CasebookError> {
    let row = |(id, outcome): (&'a str, &'a Outcome)| ResultRow {
        id,
        outcome: outcome.into(),
    };
    let results = ResultsRow {
        schema: SCHEMA,
        results: outcomes.into_iter().map(row).collect(),
    };
    serde_json::to_string_pretty(&results).map_err(|error| CasebookError::Unwritten {
        why: error.to_string(),
    })
}

#[derive(Serialize)]
struct ResultsRow<'a> {
    schema: &'static str,
    results: Vec<ResultRow<'a>>,
}

#[derive(Serialize)]
struct ResultRow<'a> {
    id: &'a str,
    #[serde(flatten)]
    outcome: OutcomeRow,
}

/// An outcome as it is written, expected or found.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomeRow {
    pub(crate) error: Option<String>,
    pub(crate) receipts: Vec<ReceiptRow>,
    pub(crate) non_fiscal: Vec<RecordRow>,
    pub(crate) after: AfterRow,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AfterRow {
    pub(crate) accounts: BTreeMap<Text<AccountNumber>, AccountAfterRow>,
    /// Offsets that still wait for their consolidated receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) buffer: Option<Value>,
    /// Payments whose payer is still unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unidentified: Option<Value>,
}

impl From<&Outcome> for OutcomeRow {
    fn from(outcome: &Outcome) -> Self {
        let accounts = outcome.after.accounts.iter();
        let refused = outcome.refused.as_ref();
        Self {
            error: refused.map(|refused| refused.refusal.code().to_owned()),
            receipts: outcome.receipts.iter().map(Into::into).collect(),
            non_fiscal: outcome.records.iter().map(Into::into).collect(),
            after: AfterRow {
                accounts: accounts
                    .map(|(number, account)| (Text(number.clone()), account.into()))
                    .collect(),
                buffer: list(&outcome.after.buffer, waiting_offset),
                unidentified: list(&outcome.after.unidentified, waiting_payment),
            },
        }
    }
}

/// None for an empty list.
fn list<T>(entries: &[T], write: impl Fn(&T) -> Value) -> Option<Value> {
    (!entries.is_empty()).then(|| entries.iter().map(write).collect())
}

fn waiting_offset(line: &BufferLine) -> Value {
    json!({
        "close": line.close.to_string(),
        "event": line.event,
        "date": line.date.to_string(),
        "account": line.account.as_str(),
        "service": line.service.as_str(),
        "period": line.period.to_string(),
        "vat": line.vat.name(),
        "amount": line.amount.get(),
    })
}

fn waiting_payment(waiting: &Unidentified) -> Value {
    let parts = waiting.payment.parts.iter().map(|part| part.amount);
    json!({
        "id": waiting.id,
        "date": waiting.date.to_string(),
        // The engine has summed them up before: they stay in the range of money.
        "amount": Kopecks::sum(parts).unwrap_or_default().get(),
    })
}
