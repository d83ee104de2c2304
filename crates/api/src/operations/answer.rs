//! What is said about an operation.

use axum::http::StatusCode;
use desk::{
    Account, AccountView, Cancellation, Desk, HeldCharge, OperationView, Preview, ReceiptState,
    ReceiptView, Record,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use terms::{Id, Kopecks};

use crate::{
    Problem,
    accounts::AccountAnswer,
    basis::BasisRequest,
    held_charges::HeldStanding,
    money::Money,
    receipts::{ReceiptAnswer, ReceiptContent},
};

/// An operation that was accepted, now or before.
#[derive(JsonSchema, Serialize)]
pub(crate) struct OperationAnswer {
    id: String,
    key: String,
    receipts: Vec<ReceiptStanding>,
    #[serde(flatten)]
    cancelled: Option<CancellationAnswer>,
    /// No contract of the account allows the charge: it is no operation, and `id` is the held
    /// charge's.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<HeldStanding>,
}

/// Who has taken it back before anything of it was formed.
#[derive(JsonSchema, Serialize)]
pub(crate) struct CancellationAnswer {
    cancelled_by: String,
    cancelled_at_ms: i64,
    cancel_reason: String,
}

impl CancellationAnswer {
    pub(crate) fn of(cancelled: &Cancellation) -> Self {
        Self {
            cancelled_by: cancelled.by.clone(),
            cancelled_at_ms: cancelled.at,
            cancel_reason: cancelled.reason.clone(),
        }
    }
}

/// A receipt's identifier and state.
#[derive(JsonSchema, Serialize)]
struct ReceiptStanding {
    id: String,
    #[schemars(schema_with = "crate::openapi::receipt_state")]
    state: &'static str,
    #[serde(skip)]
    formed: bool,
}

impl OperationAnswer {
    /// An operation that was accepted just now.
    pub(super) fn accepted(id: Id, key: String, receipts: &[Id]) -> Self {
        let standing = |id| ReceiptStanding::new(id, ReceiptState::Queued);
        Self {
            id: id.to_string(),
            key,
            receipts: receipts.iter().copied().map(standing).collect(),
            cancelled: None,
            held: None,
        }
    }

    /// A charge that no contract allows, as it stands.
    pub(super) fn held(held: &HeldCharge) -> Self {
        Self {
            id: held.id.to_string(),
            key: held.key.clone(),
            receipts: Vec::new(),
            cancelled: None,
            held: Some(HeldStanding::of(held)),
        }
    }

    /// An operation as the journal has it.
    pub(super) fn stored(operation: &OperationView) -> Self {
        let standing = |receipt: &ReceiptView| ReceiptStanding::new(receipt.id, receipt.state);
        Self {
            id: operation.id.to_string(),
            key: operation.key.clone(),
            receipts: operation.receipts.iter().map(standing).collect(),
            cancelled: operation.cancelled.as_ref().map(CancellationAnswer::of),
            held: None,
        }
    }

    /// 201 when all its receipts are formed, 202 while they are not or a person has to decide, 200
    /// when they never will be.
    pub(super) fn status(&self) -> StatusCode {
        if let Some(held) = &self.held {
            match held.is_waiting() {
                true => StatusCode::ACCEPTED,
                false => StatusCode::OK,
            }
        } else if self.cancelled.is_some() {
            StatusCode::OK
        } else if self.receipts.iter().all(|receipt| receipt.formed) {
            StatusCode::CREATED
        } else {
            StatusCode::ACCEPTED
        }
    }
}

impl ReceiptStanding {
    fn new(id: Id, state: ReceiptState) -> Self {
        Self {
            id: id.to_string(),
            state: state.name(),
            formed: state.is_formed(),
        }
    }
}

/// An operation with everything about it.
#[derive(JsonSchema, Serialize)]
pub(crate) struct OperationDetails {
    id: String,
    key: String,
    #[serde(rename = "type")]
    kind: String,
    account: Option<String>,
    accepted_at_ms: i64,
    /// The name of the key that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_by: Option<String>,
    /// The operation as it was accepted.
    #[schemars(schema_with = "crate::openapi::any_object")]
    operation: Box<RawValue>,
    /// Why it corrects, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<BasisRequest>,
    /// What has no receipt, and why.
    non_fiscal: Vec<RecordAnswer>,
    receipts: Vec<ReceiptAnswer>,
    #[serde(flatten)]
    cancelled: Option<CancellationAnswer>,
}

/// Something without a receipt, and why.
#[derive(JsonSchema, Serialize)]
pub(crate) struct RecordAnswer {
    kind: String,
    account: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    amount: Money,
    why_ru: String,
    why_en: String,
}

/// The same as the journal keeps it; sums are kopecks.
#[derive(Deserialize)]
struct StoredRecord {
    kind: String,
    account: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    amount: i64,
    why_ru: String,
    why_en: String,
}

/// What an operation would become.
#[derive(JsonSchema, Serialize)]
pub(crate) struct PreviewAnswer {
    receipts: Vec<ReceiptContent>,
    non_fiscal: Vec<RecordAnswer>,
    /// The changed accounts as they would be.
    accounts: Vec<AccountAnswer>,
}

impl PreviewAnswer {
    pub(super) fn of(preview: Preview) -> Result<Self, Problem> {
        let record = |record: Record| RecordAnswer {
            kind: record.kind.name().to_owned(),
            account: record.account.map(|account| account.to_string()),
            reference: record.reference,
            amount: Money(record.amount),
            why_ru: record.kind.why_ru().to_owned(),
            why_en: record.kind.why_en().to_owned(),
        };
        let account = |account: Account| {
            let saldo = desk::saldo(&account)?;
            Ok(AccountAnswer::of(AccountView {
                account,
                saldo,
                opened_by: None,
                set_by: None,
            }))
        };
        Ok(Self {
            receipts: preview
                .receipts
                .into_iter()
                .map(|receipt| ReceiptContent::of(receipt, Vec::new()))
                .collect(),
            non_fiscal: preview.records.into_iter().map(record).collect(),
            accounts: preview
                .accounts
                .into_iter()
                .map(account)
                .collect::<terms::Result<_>>()?,
        })
    }
}

impl OperationDetails {
    /// With its basis, if it corrects.
    pub(crate) fn with_basis(desk: &Desk, operation: OperationView) -> Result<Self, Problem> {
        let basis = desk.basis(operation.id)?;
        Ok(Self {
            basis: basis.as_ref().map(BasisRequest::of),
            ..Self::of(operation)?
        })
    }

    pub(crate) fn of(operation: OperationView) -> Result<Self, Problem> {
        let non_fiscal = RecordAnswer::all(&operation)?;
        let body =
            serde_json::from_str(&operation.body).map_err(|error| spoiled(operation.id, &error))?;
        Ok(Self {
            id: operation.id.to_string(),
            cancelled: operation.cancelled.as_ref().map(CancellationAnswer::of),
            accepted_at_ms: operation.id.unix_ms(),
            sent_by: operation.sent_by,
            key: operation.key,
            kind: operation.kind,
            account: operation.account,
            operation: body,
            basis: None,
            non_fiscal,
            receipts: operation
                .receipts
                .into_iter()
                .map(ReceiptAnswer::of)
                .collect(),
        })
    }
}

fn spoiled(operation: Id, error: &serde_json::Error) -> Problem {
    tracing::error!(%operation, %error, "a stored operation cannot be read");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "journal",
        format!("operation {operation} cannot be read from the journal: run «kassette check»"),
    )
}

impl RecordAnswer {
    /// All that has no receipt in an operation.
    pub(crate) fn all(operation: &OperationView) -> Result<Vec<Self>, Problem> {
        let records: Vec<StoredRecord> = serde_json::from_str(&operation.records)
            .map_err(|error| spoiled(operation.id, &error))?;
        let read = records.into_iter().map(Self::of);
        Ok(read.collect::<terms::Result<_>>()?)
    }

    fn of(record: StoredRecord) -> terms::Result<Self> {
        Ok(Self {
            kind: record.kind,
            account: record.account,
            reference: record.reference,
            amount: Money(Kopecks::new(record.amount)?),
            why_ru: record.why_ru,
            why_en: record.why_en,
        })
    }
}
