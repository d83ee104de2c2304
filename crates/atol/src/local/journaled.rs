//! Requests with a receipt: what the journal says has become of them.

use desk::{DeskError, OperationView, ReceiptState, ReceiptView};
use serde_json::{Value, json};
use terms::Id;

use super::{
    Face,
    answer::{Outcome, Word},
    request::{Posted, key},
    status,
    task::{Kind, TaskError, code},
};

/// A request that the journal knows.
#[derive(Debug)]
pub(super) struct Journaled {
    operation: OperationView,
    posted: Posted,
}

impl Journaled {
    /// The request with this uuid, if it has a receipt.
    pub(super) async fn find(face: &Face, uuid: &str) -> Result<Option<Self>, DeskError> {
        let operation = face.desk.operation_by_key(&key(uuid)).await?;
        Ok(operation.and_then(|operation| {
            let posted = Posted::of_body(&operation.body)?;
            (posted.uuid == uuid).then_some(Self { operation, posted })
        }))
    }

    /// The operation of its receipt.
    pub(super) const fn operation_id(&self) -> Id {
        self.operation.id
    }

    /// What has become of its tasks. Those before the receipt were done before it was accepted;
    /// those behind it wait for it. Questions are answered by the state as it is now.
    pub(super) async fn outcomes(&self, face: &Face) -> Result<Vec<Outcome>, DeskError> {
        let mut outcomes = Vec::with_capacity(self.posted.tasks.len());
        let mut receipt = None;
        for task in &self.posted.tasks {
            let kind = Kind::of(task);
            let outcome = match (kind, receipt) {
                (Ok(Kind::Receipt { .. }), None) => {
                    let outcome = self.of_receipt(face)?;
                    receipt = Some(outcome.word);
                    outcome
                }
                (_, Some(Word::Wait | Word::InProgress | Word::Blocked)) => Outcome::of(Word::Wait),
                (_, Some(Word::Error | Word::Interrupted | Word::Canceled)) => {
                    Outcome::interrupted()
                }
                (Err(error), _) => Outcome::with_error(Word::Error, error),
                (Ok(kind), done) => {
                    let device = self.posted.device.as_deref();
                    match (status::answer(face, device, kind).await?, done) {
                        (Ok(result), _) => Outcome::ready(result),
                        // It was answered when the request came; now the drive is away.
                        (Err(_), None) => Outcome::ready(None),
                        (Err(error), Some(_)) => Outcome::with_error(Word::Error, error),
                    }
                }
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Whether its receipt waits for a drive, so that it could still be taken back.
    pub(super) fn waits(&self) -> bool {
        let receipt = self.operation.receipts.first();
        receipt.is_some_and(|it| matches!(it.state, ReceiptState::Queued | ReceiptState::Held))
    }

    fn of_receipt(&self, face: &Face) -> Result<Outcome, DeskError> {
        let Some(receipt) = self.operation.receipts.first() else {
            return Ok(Outcome::ready(None));
        };
        let reason = || receipt.reason.clone().unwrap_or_default();
        Ok(match receipt.state {
            ReceiptState::Queued => Outcome::of(Word::Wait),
            ReceiptState::OnDrive if face.setup.tells_in_progress => Outcome::of(Word::InProgress),
            ReceiptState::OnDrive => Outcome::of(Word::Wait),
            // Not an error: a person may let it go on, and then there would be two.
            ReceiptState::Held => {
                let why = format!("Чек ждет решения человека: {}", reason());
                Outcome::with_error(Word::Blocked, TaskError::new(code::DRIVE, why))
            }
            ReceiptState::InDoubt => {
                let why = format!("Неизвестно, оформлен ли чек: {}", reason());
                Outcome::with_error(Word::Blocked, TaskError::new(code::NO_LINK, why))
            }
            ReceiptState::Refused => {
                let why = format!("Чек отозван и не будет оформлен: {}", reason());
                Outcome::with_error(Word::Canceled, TaskError::new(code::INTERRUPTED, why))
            }
            ReceiptState::Fiscalized | ReceiptState::Acknowledged => {
                Outcome::ready(fiscal_params(face, receipt)?)
            }
        })
    }
}

fn fiscal_params(face: &Face, receipt: &ReceiptView) -> Result<Option<Value>, DeskError> {
    let Some(document) = &receipt.document else {
        return Ok(None);
    };
    let register = face.desk.register_of(&document.drive)?;
    let total: Value = serde_json::from_str(&receipt.receipt.total.to_string()).unwrap_or_default();
    Ok(Some(json!({
        "fiscalParams": {
            "total": total,
            "fiscalDocumentNumber": document.number,
            "fiscalDocumentDateTime": face.zoned(&document.time),
            "fiscalDocumentSign": document.fiscal_sign.to_string(),
            "fiscalReceiptNumber": document.receipt_number,
            "fnNumber": document.drive,
            "registrationNumber": register.rnm,
            "shiftNumber": document.shift,
            "fnsUrl": face.desk.setup().organisation.fns_site,
        },
        "warnings": null,
    })))
}
