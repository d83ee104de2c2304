//! What is said about an operation.

use axum::http::StatusCode;
use desk::{Account, AccountView, OperationView, Preview, ReceiptState, ReceiptView, Record};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use terms::{Id, Kopecks};

use crate::{
    Problem,
    accounts::AccountAnswer,
    money::Money,
    receipts::{ReceiptAnswer, ReceiptContent},
};

/// An operation that was accepted, now or before.
#[derive(Serialize)]
pub(super) struct OperationAnswer {
    id: String,
    key: String,
    receipts: Vec<ReceiptStanding>,
}

/// A receipt's identifier and state.
#[derive(Serialize)]
struct ReceiptStanding {
    id: String,
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
        }
    }

    /// An operation as the journal has it.
    pub(super) fn stored(operation: &OperationView) -> Self {
        let standing = |receipt: &ReceiptView| ReceiptStanding::new(receipt.id, receipt.state);
        Self {
            id: operation.id.to_string(),
            key: operation.key.clone(),
            receipts: operation.receipts.iter().map(standing).collect(),
        }
    }

    /// 201 when all its receipts are formed, 202 while they are not.
    pub(super) fn status(&self) -> StatusCode {
        if self.receipts.iter().all(|receipt| receipt.formed) {
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
#[derive(Serialize)]
pub(crate) struct OperationDetails {
    id: String,
    key: String,
    #[serde(rename = "type")]
    kind: String,
    account: Option<String>,
    accepted_at_ms: i64,
    /// The operation as it was accepted.
    operation: Box<RawValue>,
    /// What has no receipt, and why.
    non_fiscal: Vec<RecordAnswer>,
    receipts: Vec<ReceiptAnswer>,
}

/// Something without a receipt, and why.
#[derive(Serialize)]
struct RecordAnswer {
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
#[derive(Serialize)]
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
            Ok(AccountAnswer::of(AccountView { account, saldo }))
        };
        Ok(Self {
            receipts: preview
                .receipts
                .into_iter()
                .map(ReceiptContent::of)
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
    pub(crate) fn of(operation: OperationView) -> Result<Self, Problem> {
        let spoiled = |error: serde_json::Error| {
            tracing::error!(operation = %operation.id, %error, "a stored operation cannot be read");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "journal",
                format!(
                    "operation {} cannot be read from the journal: run «kassette check»",
                    operation.id
                ),
            )
        };
        let records: Vec<StoredRecord> =
            serde_json::from_str(&operation.records).map_err(spoiled)?;
        let body = serde_json::from_str(&operation.body).map_err(spoiled)?;
        Ok(Self {
            id: operation.id.to_string(),
            accepted_at_ms: operation.id.unix_ms(),
            key: operation.key,
            kind: operation.kind,
            account: operation.account,
            operation: body,
            non_fiscal: records
                .into_iter()
                .map(RecordAnswer::of)
                .collect::<terms::Result<_>>()?,
            receipts: operation
                .receipts
                .into_iter()
                .map(ReceiptAnswer::of)
                .collect(),
        })
    }
}

impl RecordAnswer {
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
