//! Operations: `POST /v1/operations`, `POST /v1/operations:cancel`, `GET /v1/operations/{id}` and
//! lists.

mod answer;
mod corrections;
mod events;
mod fix;
mod list;
mod payments;
mod ready;
mod request;
mod schema;

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desk::{
    Asked, Desk, DeskError, Event, Fixing, HeldChargeError, KeyIdentity, NewOperation,
    OperationView, Scope, Signed, Submitted,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{Id, LocalDate, TermError};

use crate::{
    OPERATIONS_MAX, Problem,
    request::{Body, Nothing, Params, Segment, bad_query, read_json},
};
pub(crate) use answer::{
    CancellationAnswer, OperationAnswer, OperationDetails, PreviewAnswer, RecordAnswer,
};
pub(crate) use fix::{FixBody, FixedOrPreview, fix};
pub(crate) use list::{OperationParams, OperationsOrOne, get as list};
pub use request::read_operation;
use request::{Elements, Wanted, read_wanted};
pub(crate) use schema::{OperationBody, OperationOrArray};

/// The longest a caller may wait for receipts, seconds.
const WAIT_MAX: u64 = 30;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiting {
    /// Seconds to wait until the receipts are formed.
    #[schemars(range(max = 30))]
    wait: Option<u64>,
}

/// `POST /v1/operations:cancel`: which operation, who, and why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelBody {
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    id: Option<String>,
    by: String,
    reason: String,
}

/// One element of the answer to an array.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
pub(crate) enum Element {
    Done(OperationAnswer),
    Problem(Problem),
}

/// `POST /v1/operations`: one operation, or an array of them.
pub(crate) async fn post(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(waiting): Params<Waiting>,
    Body(body): Body,
) -> Result<Response, Problem> {
    let patience = waiting.patience()?;
    let today = desk.clock().local().date();
    if body.trim_start().starts_with('[') {
        let elements = post_many(&desk, &sender, &body, patience, today).await?;
        return Ok((StatusCode::OK, Json(elements)).into_response());
    }
    let read = read_wanted(&body, today);
    let answer = submit_one(&desk, &sender, read, patience).await?;
    Ok((answer.status(), Json(answer)).into_response())
}

/// Submits one operation.
async fn submit_one(
    desk: &Desk,
    sender: &KeyIdentity,
    read: Result<Wanted, Problem>,
    patience: Option<Duration>,
) -> Result<OperationAnswer, Problem> {
    let answer = submit(desk, sender, vec![read], patience).await?.pop();
    answer.ok_or(DeskError::Stopping)?
}

/// `POST /v1/preview`: what one operation would become now; nothing is stored. The same code
/// decides, on the state as it stands.
pub(crate) async fn preview(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<PreviewAnswer>, Problem> {
    let wanted = read_wanted(&body, desk.clock().local().date())?;
    Ok(Json(previewed(&desk, wanted).await?))
}

/// What an operation would become now.
async fn previewed(desk: &Desk, wanted: Wanted) -> Result<PreviewAnswer, Problem> {
    let Wanted {
        mut operation,
        fixing,
    } = wanted;
    if let Some((date, fixing)) = fixing {
        operation.asked = fixed(desk, (&operation.key, date), &fixing).await?;
    }
    PreviewAnswer::of(desk.preview(&operation).await??)
}

/// Each element is answered for itself, in its place; problems carry the status that the operation
/// alone would have had.
async fn post_many(
    desk: &Desk,
    sender: &KeyIdentity,
    body: &str,
    patience: Option<Duration>,
    today: LocalDate,
) -> Result<Vec<Element>, Problem> {
    let Elements { items, count } = read_json::<Elements<'_, OPERATIONS_MAX>>(body)?;
    if count > OPERATIONS_MAX {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many_operations",
            format!("{count} operations; send at most {OPERATIONS_MAX} at once"),
        ));
    }
    let read = items.into_iter().map(|item| read_wanted(item.get(), today));
    let answers = submit(desk, sender, read.collect(), patience).await?;
    let element = |answer: Result<_, _>| answer.map_or_else(Element::Problem, Element::Done);
    Ok(answers.into_iter().map(element).collect())
}

/// Submits what could be read, waits for all receipts together, and answers each in its place.
async fn submit(
    desk: &Desk,
    sender: &KeyIdentity,
    read: Vec<Result<Wanted, Problem>>,
    patience: Option<Duration>,
) -> Result<Vec<Result<OperationAnswer, Problem>>, Problem> {
    let mut operations = Vec::with_capacity(read.len());
    let mut keys = Vec::with_capacity(read.len());
    for read in read {
        let operation = match read {
            Ok(wanted) => computed(desk, sender, wanted).await,
            Err(problem) => Err(problem),
        };
        keys.push(operation.map(|operation| {
            let key = operation.key.clone();
            operations.push(operation);
            key
        }));
    }
    let mut submitted = desk.submit(operations, Some(sender)).await?.into_iter();
    let mut standings = Vec::with_capacity(keys.len());
    for key in keys {
        standings.push(match key {
            Ok(key) => standing(key, submitted.next().ok_or(DeskError::Stopping)?),
            Err(problem) => Err(problem),
        });
    }
    if let Some(patience) = patience {
        let mut receipts = Vec::new();
        for standing in standings.iter().flatten() {
            receipts.extend(standing.receipts(desk)?);
        }
        desk.wait(&receipts, patience).await?;
    }
    let answer = |standing: Standing| match standing {
        Standing::New { id, key, receipts } if patience.is_none() => {
            Ok(OperationAnswer::accepted(id, key, &receipts))
        }
        Standing::Held(id) => {
            let held = desk.held_charge(id)?.ok_or(HeldChargeError::Unknown(id));
            Ok(OperationAnswer::held(&held.map_err(DeskError::from)?))
        }
        Standing::New { id, .. } | Standing::Known(id) => {
            Ok(OperationAnswer::stored(&stored(desk, id)?))
        }
    };
    Ok(standings
        .into_iter()
        .map(|standing| standing.and_then(answer))
        .collect())
}

/// The operation, with what has to be computed first. What the sender may not submit is not looked
/// into: the desk says so. And so it does of one that is known: it may be what has corrected the
/// receipt.
async fn computed(
    desk: &Desk,
    sender: &KeyIdentity,
    wanted: Wanted,
) -> Result<NewOperation, Problem> {
    let Wanted {
        mut operation,
        fixing,
    } = wanted;
    if let Some((date, fixing)) = fixing
        && sender.scopes.contains(Scope::Correct)
    {
        match fixed(desk, (&operation.key, date), &fixing).await {
            Ok(asked) => operation.asked = asked,
            Err(problem) if desk.operation_by_key(&operation.key).await?.is_none() => {
                return Err(problem);
            }
            Err(_) => {}
        }
    }
    Ok(operation)
}

/// What corrects a receipt as things stand now.
async fn fixed(
    desk: &Desk,
    (key, date): (&str, LocalDate),
    fixing: &Fixing,
) -> Result<Asked, Problem> {
    let kind = match desk.fix_event(fixing.receipt, &fixing.change).await {
        Err(error @ DeskError::UnknownReceipt(_)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::new(status, "unknown_receipt", error.to_string()));
        }
        fixed => fixed??,
    };
    let id = key.to_owned();
    Ok(Event { id, date, kind }.into())
}

/// An operation that is in the journal.
enum Standing {
    /// It has just been accepted.
    New {
        id: Id,
        key: String,
        receipts: Vec<Id>,
    },
    /// It was there before.
    Known(Id),
    /// It is none: no contract allows the charge.
    Held(Id),
}

impl Standing {
    fn receipts(&self, desk: &Desk) -> Result<Vec<Id>, Problem> {
        match self {
            Self::New { receipts, .. } => Ok(receipts.clone()),
            Self::Held(_) => Ok(Vec::new()),
            Self::Known(id) => {
                let operation = stored(desk, *id)?;
                Ok(operation
                    .receipts
                    .iter()
                    .map(|receipt| receipt.id)
                    .collect())
            }
        }
    }
}

fn standing(key: String, submitted: Submitted) -> Result<Standing, Problem> {
    match submitted {
        Submitted::Accepted { id, receipts } => Ok(Standing::New { id, key, receipts }),
        Submitted::Repeated { id } => Ok(Standing::Known(id)),
        Submitted::Held { id } => Ok(Standing::Held(id)),
        Submitted::Conflict { id } => {
            let detail = format!(
                "the key «{key}» belongs to operation {id}, which has another body; nothing was \
                 stored: choose a new key for a new operation"
            );
            let mut problem = Problem::new(StatusCode::CONFLICT, "conflict", detail);
            problem.operation = Some(id.to_string());
            Err(problem.in_field("key"))
        }
        Submitted::Refused(refused) => Err(Problem::from(refused)),
    }
}

fn stored(desk: &Desk, id: Id) -> Result<OperationView, Problem> {
    desk.operation(id)?
        .ok_or_else(|| unknown(format!("there is no operation {id}")))
}

fn no_key(key: &str) -> Problem {
    unknown(format!("no operation has the key «{key}»"))
}

fn unknown(detail: String) -> Problem {
    Problem::not_found("unknown_operation", detail)
}

/// `POST /v1/operations:cancel`: takes an operation back of which nothing is formed. Said twice, it
/// is answered twice the same.
pub(crate) async fn cancel(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<OperationAnswer>, Problem> {
    let CancelBody {
        key,
        id,
        by,
        reason,
    } = read_json(&body)?;
    let id = match (key, id) {
        (Some(key), None) => {
            let found = desk.operation_by_key(&key).await?;
            found.ok_or_else(|| no_key(&key))?.id
        }
        (None, Some(id)) => id
            .parse()
            .map_err(|error: TermError| unknown(error.to_string()))?,
        _ => {
            let detail = "name the operation by its key or by its id, and not by both";
            return Err(Problem::bad_value(detail).in_field("key"));
        }
    };
    let key = Some(sender.id);
    let operation = desk.cancel(id, Signed { by, reason, key }).await?;
    Ok(Json(OperationAnswer::stored(&operation)))
}

/// `GET /v1/operations/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<OperationDetails>, Problem> {
    let id = id
        .parse()
        .map_err(|error: TermError| unknown(error.to_string()))?;
    OperationDetails::with_basis(&desk, stored(&desk, id)?).map(Json)
}

impl Waiting {
    /// How long to wait; none when no waiting was asked for.
    pub(crate) fn patience(&self) -> Result<Option<Duration>, Problem> {
        match self.wait {
            None | Some(0) => Ok(None),
            Some(seconds) if seconds <= WAIT_MAX => Ok(Some(Duration::from_secs(seconds))),
            Some(seconds) => Err(bad_query(format!(
                "wait is {seconds} seconds; it is at most {WAIT_MAX}: ask later with GET instead"
            ))
            .in_field("wait")),
        }
    }
}
