//! `POST`: a request is carried out as far as it can be at once, and its receipt is accepted.

use axum::{Extension, Json, extract::State, http::StatusCode, response::IntoResponse};
use desk::{
    Asked, DeskError, KeyIdentity, NewOperation, ReadyReceipt, Submitted,
    ready::{Place, Receipt},
};
use serde_json::{Value, json};

use super::{
    Face,
    answer::{Fault, Outcome, Word},
    door::Caller,
    parts::{Body, Device},
    request::{Posted, key},
    slots, status,
    task::{Facts, Kind, TaskError, code, correction_paper, of_refusal, receipt},
};

/// How a request was carried out.
enum Done {
    /// Its receipt is durable: the journal answers for it from now on.
    Journaled,
    /// The uuid was known.
    Known,
    /// It has no receipt; these are the answers.
    Answered(Vec<Outcome>),
}

/// What became of one task.
enum Step {
    Outcome(Outcome),
    Journaled,
    Known,
}

/// 201 when the request is accepted; what came of its tasks is asked for later.
pub(super) async fn post(
    State(face): State<Face>,
    Extension(Caller(sender)): Extension<Caller>,
    Device(device): Device,
    Body(body): Body,
) -> Result<impl IntoResponse, Fault> {
    let posted = Posted::read(&body, device)?;
    slots::check_device(&face.desk, posted.device.as_deref()).await?;
    // Let go when the caller hangs up, too: the journal knows whether the receipt was accepted.
    let Some(reservation) = face.recent.reserve(&posted.uuid) else {
        return Err(known(&posted.uuid));
    };
    let earlier = face.desk.operation_by_key(&key(&posted.uuid)).await?;
    if earlier.is_some() {
        return Err(known(&posted.uuid));
    }
    match carry_out(&face, &posted, sender.as_ref()).await? {
        Done::Journaled => drop(reservation),
        Done::Known => return Err(known(&posted.uuid)),
        Done::Answered(outcomes) => reservation.keep(outcomes),
    }
    let standing = face.lately.look(&face.desk).await?;
    // What `number` counts is (unverified): here the requests that wait.
    let told = json!({
        "uuid": posted.uuid,
        "number": standing.pending,
        "isBlocked": standing.blocked.is_some(),
        "blockedUUID": standing.blocked,
    });
    Ok((StatusCode::CREATED, Json(told)))
}

fn known(uuid: &str) -> Fault {
    let shown: String = uuid.chars().take(128).collect();
    let why = format!("Задание с uuid «{shown}» уже есть");
    Fault::new(StatusCode::CONFLICT, code::BAD_PARAMETER, why)
}

async fn carry_out(
    face: &Face,
    posted: &Posted,
    sender: Option<&KeyIdentity>,
) -> Result<Done, DeskError> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(posted.tasks.len());
    for task in &posted.tasks {
        let failed = |it: &Outcome| matches!(it.word, Word::Error | Word::Interrupted);
        if outcomes.last().is_some_and(failed) {
            outcomes.push(Outcome::interrupted());
            continue;
        }
        let step = match Kind::of(task) {
            Err(error) => refused(error),
            Ok(Kind::Receipt {
                sign,
                is_correction,
            }) => match receipt(task, (sign, is_correction), &facts(face)) {
                Ok(receipt) => submit(face, posted, (task, receipt), sender).await?,
                Err(error) => refused(error),
            },
            Ok(kind) => match status::answer(face, posted.device.as_deref(), kind).await? {
                Ok(result) => Step::Outcome(Outcome::ready(result)),
                Err(error) => refused(error),
            },
        };
        match step {
            Step::Outcome(outcome) => outcomes.push(outcome),
            Step::Journaled => return Ok(Done::Journaled),
            Step::Known => return Ok(Done::Known),
        }
    }
    Ok(Done::Answered(outcomes))
}

fn refused(error: TaskError) -> Step {
    Step::Outcome(Outcome::with_error(Word::Error, error))
}

fn facts(face: &Face) -> Facts {
    let setup = face.desk.setup();
    let organisation = &setup.organisation;
    Facts {
        ffd: setup.ffd(),
        tax_systems: organisation.tax_systems,
        place: Place {
            address: organisation.address.clone(),
            place: organisation.place.clone(),
        },
    }
}

async fn submit(
    face: &Face,
    posted: &Posted,
    (task, receipt): (&Value, Receipt),
    sender: Option<&KeyIdentity>,
) -> Result<Step, DeskError> {
    let ready = ReadyReceipt {
        date: face.desk.clock().local().date(),
        account: None,
        receipt,
    };
    let basis = desk::ready_basis(&ready, &posted.uuid, correction_paper(task).as_deref());
    let operation = NewOperation {
        key: key(&posted.uuid),
        body: posted.body(),
        asked: Asked::Receipt(Box::new(ready)),
        callback: None,
        basis: basis.map(Box::new),
    };
    let submitted = face.desk.submit(vec![operation], sender).await?;
    Ok(match submitted.into_iter().next() {
        Some(Submitted::Accepted { .. }) => Step::Journaled,
        Some(Submitted::Repeated { .. } | Submitted::Conflict { .. } | Submitted::Held { .. }) => {
            Step::Known
        }
        Some(Submitted::Refused(why)) => refused(of_refusal(&why)),
        None => return Err(DeskError::Stopping),
    })
}
