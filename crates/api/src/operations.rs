//! Operations: `POST /v1/operations`, `GET /v1/operations/{id}` and `?key=`.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desk::{
    Channel, Charge, ChargeLine, Desk, Event, EventKind, ExplicitItem, ExplicitTarget, KeyIdentity,
    NewOperation, OperationView, Part, PartKind, Payment, ReceiptState, Submitted,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use terms::{Id, LocalDate};

use crate::{Money, OPERATIONS_MAX, Problem, receipts::ReceiptAnswer};

/// The longest a caller may wait for receipts, seconds.
const WAIT_MAX: u64 = 30;

/// What tells an operation's shape.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PaymentRequest {
    #[serde(rename = "type")]
    kind: String,
    key: String,
    account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    parts: Vec<PartRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    explicit: Vec<ExplicitRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose_period: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PartRequest {
    kind: String,
    amount: Money,
}

/// One of `debt`, `penalty`, `written_off` (an identifier) or `advance` (a service, or null).
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ExplicitRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    penalty: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written_off: Option<String>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    advance: Option<Option<String>>,
    amount: Money,
}

/// Tells an absent field from one that is null.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ChargeRequest {
    #[serde(rename = "type")]
    kind: String,
    key: String,
    account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    lines: Vec<ChargeLineRequest>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ChargeLineRequest {
    service: String,
    period: String,
    amount: Money,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiting {
    /// Seconds to wait until the receipts are formed.
    wait: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByKey {
    key: String,
}

/// An operation in an answer.
#[derive(Serialize)]
pub(crate) struct OperationAnswer {
    id: String,
    key: String,
    receipts: Vec<ReceiptStanding>,
}

/// A receipt's identifier and state.
#[derive(Serialize)]
struct ReceiptStanding {
    id: String,
    state: &'static str,
}

/// One element of the answer to an array.
#[derive(Serialize)]
#[serde(untagged)]
enum Element {
    Done(OperationAnswer),
    Problem(Problem),
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
    operation: serde_json::Value,
    /// What has no receipt, and why.
    non_fiscal: Vec<RecordAnswer>,
    receipts: Vec<ReceiptAnswer>,
}

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

/// `POST /v1/operations`: one operation, or an array of them.
pub(crate) async fn post(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Query(waiting): Query<Waiting>,
    body: Bytes,
) -> Result<Response, Problem> {
    let patience = waiting.wait.unwrap_or(0);
    if patience > WAIT_MAX {
        return Err(Problem::malformed(format!(
            "wait is at most {WAIT_MAX} seconds"
        )));
    }
    let patience = Duration::from_secs(patience);
    let today = desk.clock().local().date();
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        let items: Vec<&RawValue> = serde_json::from_slice(&body)
            .map_err(|error| Problem::malformed(format!("the body is no JSON array: {error}")))?;
        return post_many(&desk, &sender, items, patience, today).await;
    }
    let text = std::str::from_utf8(&body)
        .map_err(|error| Problem::malformed(format!("the body is not UTF-8: {error}")))?;
    let operation = read_operation(text, today)?;
    let key = operation.key.clone();
    let submitted = desk.submit(vec![operation], Some(&sender)).await?.pop();
    let Some(submitted) = submitted else {
        return Err(Problem::from(desk::DeskError::Stopping));
    };
    let answer = outcome(&desk, key, submitted, patience).await?;
    let formed = answer
        .receipts
        .iter()
        .all(|receipt| ["fiscalized", "acknowledged"].contains(&receipt.state));
    let status = if formed {
        StatusCode::CREATED
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, Json(answer)).into_response())
}

/// Each element is answered for itself, in its place; problems carry the status that the operation
/// alone would have had.
async fn post_many(
    desk: &Desk,
    sender: &KeyIdentity,
    items: Vec<&RawValue>,
    patience: Duration,
    today: LocalDate,
) -> Result<Response, Problem> {
    if items.len() > OPERATIONS_MAX {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many_operations",
            format!(
                "{} operations; send at most {OPERATIONS_MAX} at once",
                items.len()
            ),
        ));
    }
    let read: Vec<_> = items
        .into_iter()
        .map(|item| read_operation(item.get(), today))
        .collect();
    let good: Vec<NewOperation> = read
        .iter()
        .filter_map(|item| item.as_ref().ok().cloned())
        .collect();
    let mut submitted = desk.submit(good, Some(sender)).await?.into_iter();
    let mut elements = Vec::with_capacity(read.len());
    for item in read {
        let answer = match item {
            Err(problem) => Err(problem),
            Ok(operation) => match submitted.next() {
                Some(submitted) => outcome(desk, operation.key, submitted, patience).await,
                None => Err(Problem::from(desk::DeskError::Stopping)),
            },
        };
        elements.push(answer.map_or_else(Element::Problem, Element::Done));
    }
    Ok((StatusCode::OK, Json(elements)).into_response())
}

/// What became of a submitted operation, in the caller's words.
async fn outcome(
    desk: &Desk,
    key: String,
    submitted: Submitted,
    patience: Duration,
) -> Result<OperationAnswer, Problem> {
    let (id, receipts) = match submitted {
        Submitted::Accepted { id, receipts } if patience.is_zero() => {
            let state = ReceiptState::Queued.name();
            let receipts = receipts
                .iter()
                .map(|id| ReceiptStanding {
                    id: id.to_string(),
                    state,
                })
                .collect();
            return Ok(OperationAnswer {
                id: id.to_string(),
                key,
                receipts,
            });
        }
        Submitted::Accepted { id, receipts } => (id, receipts),
        Submitted::Repeated { id } => (id, stored(desk, id)?.receipts_ids()),
        Submitted::Conflict { id } => {
            let mut problem = Problem::new(
                StatusCode::CONFLICT,
                "conflict",
                format!(
                    "the key «{key}» belongs to operation {id}, which has another body; \
                     nothing was stored: choose a new key for a new operation"
                ),
            );
            problem.operation = Some(id.to_string());
            return Err(problem);
        }
        Submitted::Refused(refused) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::new(status, refused.code, refused.message));
        }
    };
    if !patience.is_zero() {
        desk.wait(&receipts, patience).await?;
    }
    let operation = stored(desk, id)?;
    let state = |receipt: &desk::ReceiptView| ReceiptStanding {
        id: receipt.id.to_string(),
        state: receipt.state.name(),
    };
    let receipts = operation.receipts.iter().map(state).collect();
    Ok(OperationAnswer {
        id: id.to_string(),
        key,
        receipts,
    })
}

trait ReceiptIds {
    fn receipts_ids(&self) -> Vec<Id>;
}

impl ReceiptIds for OperationView {
    fn receipts_ids(&self) -> Vec<Id> {
        self.receipts.iter().map(|receipt| receipt.id).collect()
    }
}

fn stored(desk: &Desk, id: Id) -> Result<OperationView, Problem> {
    desk.operation(id)?.ok_or_else(|| {
        Problem::not_found("unknown_operation", format!("there is no operation {id}"))
    })
}

/// `GET /v1/operations/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Json<OperationDetails>, Problem> {
    let id: Id = id.parse().map_err(|error: terms::TermError| {
        Problem::not_found("unknown_operation", error.to_string())
    })?;
    details(stored(&desk, id)?).map(Json)
}

/// `GET /v1/operations?key=`.
pub(crate) async fn get_by_key(
    State(desk): State<Desk>,
    Query(ByKey { key }): Query<ByKey>,
) -> Result<Json<OperationDetails>, Problem> {
    let operation = desk.operation_by_key(&key).await?.ok_or_else(|| {
        Problem::not_found(
            "unknown_operation",
            format!("no operation has the key «{key}»"),
        )
    })?;
    details(operation).map(Json)
}

fn details(operation: OperationView) -> Result<OperationDetails, Problem> {
    #[derive(Deserialize)]
    struct Record {
        kind: String,
        account: Option<String>,
        #[serde(rename = "ref")]
        reference: Option<String>,
        amount: i64,
        why_ru: String,
        why_en: String,
    }
    let spoiled = |error: serde_json::Error| {
        tracing::error!(operation = %operation.id, %error, "a stored operation cannot be read");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "journal", "see the log")
    };
    let records: Vec<Record> = serde_json::from_str(&operation.records).map_err(spoiled)?;
    let body = serde_json::from_str(&operation.body).map_err(spoiled)?;
    let records = records
        .into_iter()
        .map(|record| {
            Ok(RecordAnswer {
                kind: record.kind,
                account: record.account,
                reference: record.reference,
                amount: Money(terms::Kopecks::new(record.amount)?),
                why_ru: record.why_ru,
                why_en: record.why_en,
            })
        })
        .collect::<terms::Result<_>>()
        .map_err(desk::DeskError::from)?;
    Ok(OperationDetails {
        id: operation.id.to_string(),
        accepted_at_ms: operation.id.unix_ms(),
        key: operation.key,
        kind: operation.kind,
        account: operation.account,
        operation: body,
        non_fiscal: records,
        receipts: operation
            .receipts
            .into_iter()
            .map(ReceiptAnswer::of)
            .collect(),
    })
}

/// Reads one operation; `today` is its date unless it says another.
fn read_operation(json: &str, today: LocalDate) -> Result<NewOperation, Problem> {
    let unreadable = |error: serde_json::Error| {
        Problem::malformed(format!("the operation cannot be read: {error}"))
    };
    let Kind { kind } = serde_json::from_str(json).map_err(unreadable)?;
    let (key, body, event) = match kind.as_str() {
        "payment" => {
            let request: PaymentRequest = serde_json::from_str(json).map_err(unreadable)?;
            let body = serde_json::to_string(&request).map_err(unreadable)?;
            let key = request.key.clone();
            (key, body, payment(request, today))
        }
        "charge" => {
            let request: ChargeRequest = serde_json::from_str(json).map_err(unreadable)?;
            let body = serde_json::to_string(&request).map_err(unreadable)?;
            let key = request.key.clone();
            (key, body, charge(request, today))
        }
        other => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unknown_type",
                format!("type «{other:.40}» is none of: payment, charge"),
            ));
        }
    };
    let event = event.map_err(desk::DeskError::from)?;
    Ok(NewOperation { key, body, event })
}

fn payment(request: PaymentRequest, today: LocalDate) -> terms::Result<Event> {
    let part = |part: PartRequest| {
        Ok(Part {
            kind: part.kind.parse::<PartKind>()?,
            amount: part.amount.0,
        })
    };
    let explicit = |item: ExplicitRequest| {
        let target = match (item.debt, item.penalty, item.written_off, item.advance) {
            (Some(id), None, None, None) => ExplicitTarget::Debt(id),
            (None, Some(id), None, None) => ExplicitTarget::Penalty(id),
            (None, None, Some(id), None) => ExplicitTarget::WrittenOff(id),
            (None, None, None, Some(service)) => {
                ExplicitTarget::Advance(service.map(|code| code.parse()).transpose()?)
            }
            _ => {
                let rule = "exactly one of debt, penalty, written_off, advance";
                return Err(terms::TermError::new("explicit item", "", rule));
            }
        };
        Ok(ExplicitItem {
            target,
            amount: item.amount.0,
        })
    };
    let channel = request
        .channel
        .as_deref()
        .map_or(Ok(Channel::BankRegistry), str::parse)?;
    let kind = EventKind::Payment(Payment {
        account: Some(request.account.parse()?),
        parts: request
            .parts
            .into_iter()
            .map(part)
            .collect::<terms::Result<_>>()?,
        channel,
        explicit: request
            .explicit
            .into_iter()
            .map(explicit)
            .collect::<terms::Result<_>>()?,
        purpose_period: request
            .purpose_period
            .map(|period| period.parse())
            .transpose()?,
    });
    Ok(Event {
        id: request.key,
        date: date(request.date, today)?,
        kind,
    })
}

fn charge(request: ChargeRequest, today: LocalDate) -> terms::Result<Event> {
    let line = |line: ChargeLineRequest| {
        Ok(ChargeLine {
            service: line.service.parse()?,
            period: line.period.parse()?,
            amount: line.amount.0,
        })
    };
    let kind = EventKind::Charge(Charge {
        account: request.account.parse()?,
        lines: request
            .lines
            .into_iter()
            .map(line)
            .collect::<terms::Result<_>>()?,
    });
    Ok(Event {
        id: request.key,
        date: date(request.date, today)?,
        kind,
    })
}

fn date(given: Option<String>, today: LocalDate) -> terms::Result<LocalDate> {
    given.map_or(Ok(today), |date| date.parse())
}
