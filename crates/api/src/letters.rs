//! The letters of the form `v1`: an envelope of Standard Webhooks with what `GET` would answer.

use desk::{DeliveryView, Desk, DeskError, FORM_V1, LetterError, Letters, rfc3339};
use serde::Serialize;

use crate::{operations::OperationDetails, receipts::ReceiptAnswer};

/// Writes letters of the form `v1`: to webhooks, and for callbacks of this form.
#[derive(Clone, Copy, Debug, Default)]
pub struct LettersV1;

#[derive(Serialize)]
struct Envelope<T> {
    /// `receipt.` and what the receipt became, or `operation.settled`.
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    /// As it stands when the letter is sent.
    data: T,
}

impl Letters for LettersV1 {
    fn form(&self) -> &str {
        FORM_V1
    }

    fn body(&self, desk: &Desk, delivery: &DeliveryView) -> Result<String, LetterError> {
        if let (Some((event, state)), Some(receipt)) = (delivery.event, delivery.receipt) {
            let view = desk.receipt(receipt)?;
            let view = view.ok_or(DeskError::UnknownReceipt(receipt))?;
            return Ok(serde_json::to_string(&Envelope {
                kind: format!("receipt.{}", state.name()),
                timestamp: rfc3339(event.unix_ms()),
                data: ReceiptAnswer::of(view),
            })?);
        }
        let operation = delivery.operation.ok_or("it tells of nothing")?;
        let view = desk.operation(operation)?;
        let view = view.ok_or_else(|| format!("there is no operation {operation}"))?;
        Ok(serde_json::to_string(&Envelope {
            kind: "operation.settled".to_owned(),
            timestamp: rfc3339(delivery.id.unix_ms()),
            data: OperationDetails::of(view)?,
        })?)
    }
}
