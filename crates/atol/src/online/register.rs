//! `POST {prefix}/{group}/{operation}` (ATOL Online protocol §3).

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::{Asked, NewOperation, OperationView, Scope, Submitted};
use serde_json::{Value, json};
use terms::Id;

use super::{
    answer::Fault,
    correction,
    fields::Reading,
    gate::{self, Visitor},
    refusal,
    request::{self, BAD_CALLBACK, Case, Registration},
    router::Face,
    setup::Protocol,
    stamp, uuid,
    words::Operation,
};

/// Registers a document; the answer tells its uuid.
pub(super) async fn register(
    face: &Face,
    protocol: Protocol,
    (code, operation): (String, String),
    visitor: &Visitor,
    body: &[u8],
) -> Result<Response, Fault> {
    let holder = visitor.holder(face)?;
    let group = gate::group(face, &code, &holder, protocol)?;
    let operation = Operation::from_name(protocol, &operation).ok_or_else(|| {
        let name = protocol.name();
        Fault::unknown_operation(format!("{name} has no operation {operation:.40}"))
    })?;
    let scope = match operation.is_correction {
        true => Scope::Correct,
        false => Scope::Push,
    };
    gate::check_scope(&holder, &[scope])?;
    check_type(&visitor.headers)?;
    let body = read_json(body)?;
    let case = Case {
        protocol,
        operation,
        group,
        setup: face.desk.setup(),
    };
    let reading = Reading::of(protocol, &face.setup);
    let external_id = request::external_id(&body, &reading)?;
    let key = request::key(group, &external_id);
    let stored = request::stored(&case, &body);
    if let Some(first) = face.desk.operation_by_key(&key).await? {
        return Err(known(&external_id, &first, &stored));
    }
    let registration = Registration::read(&body, &case, &reading)?;
    let paper = correction::paper(&body);
    let basis = desk::ready_basis(&registration.ready, &external_id, paper.as_deref());
    let new = NewOperation {
        key,
        body: stored.clone(),
        asked: Asked::Receipt(Box::new(registration.ready)),
        callback: registration.callback,
        basis: basis.map(Box::new),
    };
    let submitted = face.desk.submit(vec![new], Some(&holder)).await?;
    match submitted.into_iter().next() {
        Some(Submitted::Accepted { id, .. }) => Ok(accepted(face, id, registration.bad_callback)),
        Some(Submitted::Repeated { id } | Submitted::Conflict { id } | Submitted::Held { id }) => {
            Err(match face.desk.operation(id)? {
                Some(first) => known(&external_id, &first, &stored),
                None => Fault::known(&external_id, uuid::of_operation(id)),
            })
        }
        Some(Submitted::Refused(refused)) => Err(refusal::fault(&refused, operation.root())),
        None => Err(Fault::server("the document was not taken: try again")),
    }
}

fn accepted(face: &Face, id: Id, bad_callback: bool) -> Response {
    let mut answer = json!({
        "uuid": uuid::of_operation(id),
        "timestamp": stamp::now(&face.desk),
        "error": null,
        "status": "wait",
    });
    if bad_callback {
        answer["warnings"] = json!({"callback_url": BAD_CALLBACK});
    }
    Json(answer).into_response()
}

/// The first document counts, whatever the body says now.
fn known(external_id: &str, first: &OperationView, stored: &str) -> Fault {
    if !same(&first.body, stored) {
        tracing::warn!(
            external_id,
            operation = %first.id,
            "a client of ATOL Online sends another document under a known external_id: the first \
             one stays"
        );
    }
    Fault::known(external_id, uuid::of_operation(first.id))
}

/// Whether two registrations ask for the same. Their own time is not part of it: clients write the
/// moment at which they send.
fn same(first: &str, second: &str) -> bool {
    let asked = |stored: &str| {
        let mut value: Value = serde_json::from_str(stored).unwrap_or(Value::Null);
        if let Some(request) = value.get_mut("request").and_then(Value::as_object_mut) {
            request.remove("timestamp");
        }
        value
    };
    first == second || asked(first) == asked(second)
}

/// A missing charset is fine, and so is a missing type; another type is not.
fn check_type(headers: &HeaderMap) -> Result<(), Fault> {
    let Some(given) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let given = given.to_str().unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Fault::wrong_type(format!(
        "the content type is {kind:.60}: send application/json; charset=utf-8"
    )))
}

/// Reads a body, UTF-8 of a JSON value.
pub(super) fn read_json(body: &[u8]) -> Result<Value, Fault> {
    // A byte order mark is no JSON, but some clients write it.
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    serde_json::from_slice(body)
        .map_err(|error| Fault::bad_request(format!("the body is no JSON: {error}")))
}

/// The body is longer than the limit, or did not come.
pub(super) fn no_body(status: StatusCode) -> Fault {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::bad_request(format!(
            "the body is longer than {} bytes",
            super::router::BODY_MAX
        ))
        .with_http(status),
        _ => Fault::bad_request("the body did not come"),
    }
}
