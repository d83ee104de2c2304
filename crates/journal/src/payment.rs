//! The row twin of a payment whose payer is unknown: one JSON document. Sums are kopecks.

use engine::{ExplicitItem, ExplicitTarget, Part, Payment};
use serde::{Deserialize, Serialize};
use terms::Kopecks;

use crate::{JournalError, Result};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PaymentRow {
    parts: Vec<(String, i64)>,
    channel: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    explicit: Vec<ExplicitRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose_period: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ExplicitRow {
    to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    amount: i64,
}

/// The payment as it is stored.
pub(crate) fn to_json(payment: &Payment) -> Result<String> {
    let explicit = |item: &ExplicitItem| {
        let (to, id) = match &item.target {
            ExplicitTarget::Debt(id) => ("debt", Some(id.clone())),
            ExplicitTarget::Penalty(id) => ("penalty", Some(id.clone())),
            ExplicitTarget::WrittenOff(id) => ("written_off", Some(id.clone())),
            ExplicitTarget::Advance(service) => {
                ("advance", service.as_ref().map(ToString::to_string))
            }
        };
        ExplicitRow {
            to: to.to_owned(),
            id,
            amount: item.amount.get(),
        }
    };
    let row = PaymentRow {
        parts: payment
            .parts
            .iter()
            .map(|part| (part.kind.name().to_owned(), part.amount.get()))
            .collect(),
        channel: payment.channel.name().to_owned(),
        explicit: payment.explicit.iter().map(explicit).collect(),
        purpose_period: payment.purpose_period.map(|period| period.to_string()),
    };
    serde_json::to_string(&row).map_err(|error| JournalError::spoiled("payment", error))
}

/// Reads a stored payment back; `id` names it in the message.
pub(crate) fn from_json(id: &str, json: &str) -> Result<Payment> {
    let spoiled = |why: String| JournalError::spoiled(format!("unidentified {id}"), why);
    let row: PaymentRow = serde_json::from_str(json).map_err(|error| spoiled(error.to_string()))?;
    read_payment(row).map_err(|error| spoiled(error.to_string()))
}

fn read_payment(row: PaymentRow) -> terms::Result<Payment> {
    let part = |(kind, amount): (String, i64)| {
        Ok(Part {
            kind: kind.parse()?,
            amount: Kopecks::new(amount)?,
        })
    };
    let explicit = |row: ExplicitRow| {
        let target = match (row.to.as_str(), row.id) {
            ("debt", Some(id)) => ExplicitTarget::Debt(id),
            ("penalty", Some(id)) => ExplicitTarget::Penalty(id),
            ("written_off", Some(id)) => ExplicitTarget::WrittenOff(id),
            ("advance", service) => {
                ExplicitTarget::Advance(service.map(|code| code.parse()).transpose()?)
            }
            (other, _) => return Err(terms::TermError::new("explicit item", other, "unknown")),
        };
        Ok(ExplicitItem {
            target,
            amount: Kopecks::new(row.amount)?,
        })
    };
    Ok(Payment {
        account: None,
        parts: row
            .parts
            .into_iter()
            .map(part)
            .collect::<terms::Result<_>>()?,
        channel: row.channel.parse()?,
        explicit: row
            .explicit
            .into_iter()
            .map(explicit)
            .collect::<terms::Result<_>>()?,
        purpose_period: row
            .purpose_period
            .map(|period| period.parse())
            .transpose()?,
    })
}
