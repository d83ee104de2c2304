//! The paths of the face.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Path, Request, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use desk::{Desk, OperationView, Scope, Signed};
use serde_json::{Map, Value, json};

use super::{
    answer::Fault,
    gate::{self, Login, Visitor},
    monitoring,
    register::{no_body, read_json, register},
    report::{self, Registered, letter, waits_for_device},
    schema,
    setup::{OnlineSetup, Protocol},
    stamp, uuid,
};

/// The largest body, bytes.
pub(super) const BODY_MAX: usize = 1024 * 1024;

/// What every request needs.
#[derive(Clone)]
pub(super) struct Face {
    pub(super) desk: Desk,
    pub(super) setup: Arc<OnlineSetup>,
}

/// The face under one prefix.
#[derive(Clone)]
struct Entry {
    face: Face,
    protocol: Protocol,
}

/// The face: to be merged with the others. It has no fallback of its own outside its prefixes. Of a
/// set-up that [`OnlineSetup::check`] has not let pass it may panic.
pub fn router(desk: Desk, setup: OnlineSetup) -> Router {
    let face = Face {
        desk,
        setup: Arc::new(setup),
    };
    let monitoring = Router::new()
        .route(
            "/api/auth/v1/gettoken",
            get(log_in_anywhere).post(log_in_anywhere),
        )
        .route("/api/kkt/v1/cash-registers", get(registers))
        .route(
            "/api/kkt/v1/cash-registers/{serial}",
            get(register_of_serial),
        )
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(face.clone());
    face.setup
        .prefixes
        .iter()
        .fold(monitoring, |router, prefix| {
            let entry = Entry {
                face: face.clone(),
                protocol: prefix.protocol,
            };
            router.nest(&prefix.path, under_prefix(entry))
        })
}

fn under_prefix(entry: Entry) -> Router {
    Router::new()
        .route("/getToken", get(log_in).post(log_in))
        .route("/schema/{name}", get(get_schema))
        .route("/{group}/report/{uuid}", get(get_report))
        .route("/{group}/{operation}", post(post_document))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(entry)
}

async fn log_in(State(Entry { face, protocol }): State<Entry>, request: Request) -> Response {
    let token = async {
        let from = visitor(&request).from;
        // The token first: whoever does not log in learns nothing of the organisation.
        let token = read_login(request).await?.token(&face, from)?;
        gate::check_protocol(&face, protocol)?;
        Ok(token)
    };
    told(&face, token.await.map(|token| token_answer(&face, &token)))
}

/// The monitoring interface knows no versions.
async fn log_in_anywhere(State(face): State<Face>, request: Request) -> Response {
    let from = visitor(&request).from;
    let token = async { read_login(request).await?.token(&face, from) };
    told(&face, token.await.map(|token| token_answer(&face, &token)))
}

fn visitor(request: &Request) -> Visitor {
    Visitor::of(request.headers(), request.uri(), request.extensions())
}

async fn read_login(request: Request) -> Result<Login, Fault> {
    if request.method() == axum::http::Method::GET {
        let query = gate::query(request.uri());
        let query: Map<_, _> = query
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        return Login::read(&Value::Object(query));
    }
    let body = read_body(request).await?;
    Login::read(&read_json(&body)?)
}

async fn read_body(request: Request) -> Result<Bytes, Fault> {
    let bytes = Bytes::from_request(request, &()).await;
    bytes.map_err(|rejection| no_body(rejection.into_response().status()))
}

fn token_answer(face: &Face, token: &str) -> Response {
    let timestamp = stamp::now(&face.desk);
    Json(json!({"error": null, "token": token, "timestamp": timestamp})).into_response()
}

async fn post_document(
    State(Entry { face, protocol }): State<Entry>,
    Path(place): Path<(String, String)>,
    visitor: Visitor,
    request: Request,
) -> Response {
    let answer = async {
        let body = read_body(request).await?;
        register(&face, protocol, place, &visitor, &body).await
    };
    told(&face, answer.await)
}

/// A body that comes with it is not read: some clients send one.
async fn get_report(
    State(Entry { face, protocol }): State<Entry>,
    Path((group, uuid)): Path<(String, String)>,
    visitor: Visitor,
) -> Response {
    let report = async {
        let holder = visitor.holder(&face)?;
        gate::check_scope(&holder, &[Scope::Push, Scope::Correct, Scope::Read])?;
        let group = gate::group(&face, &group, &holder, protocol)?;
        let unknown = || Fault::unknown_uuid(format!("no document has the uuid {uuid:.64}"));
        let id = uuid::to_operation(&uuid).ok_or_else(unknown)?;
        let is_of_group = |operation: &OperationView| {
            Registered::of(operation).is_some_and(|it| it.group == group.code)
        };
        let operation = face.desk.operation(id)?.filter(is_of_group);
        let operation = operation.ok_or_else(unknown)?;
        let operation = give_up_in_time(&face, operation).await?;
        letter(&face.desk, &operation)?.ok_or_else(unknown)
    };
    told(
        &face,
        report.await.map(|report| Json(report).into_response()),
    )
}

/// A document that no device has taken in time is withdrawn, so that it can be told as failed (ATOL
/// Online protocol §4). What cannot be withdrawn goes on waiting.
async fn give_up_in_time(face: &Face, operation: OperationView) -> Result<OperationView, Fault> {
    let patience = face.setup.wait_timeout.as_secs();
    let waited = stamp::unix_seconds() - operation.id.unix_ms() / 1000;
    if !waits_for_device(&operation) || waited < i64::try_from(patience).unwrap_or(i64::MAX) {
        return Ok(operation);
    }
    let signed = Signed {
        by: "ATOL Online".to_owned(),
        reason: report::TIMED_OUT.to_owned(),
        key: None,
    };
    // If a drive has got it meanwhile, it goes on waiting.
    Ok(face
        .desk
        .cancel(operation.id, signed)
        .await
        .unwrap_or(operation))
}

async fn get_schema(
    State(Entry { face, protocol }): State<Entry>,
    Path(name): Path<String>,
) -> Response {
    let json = [(header::CONTENT_TYPE, "application/schema+json")];
    match schema::schema(protocol, &name) {
        Some(schema) => (json, schema).into_response(),
        None => not_found("there are the schemas sell and correction").answer(&face.desk),
    }
}

async fn registers(State(face): State<Face>, visitor: Visitor) -> Response {
    let list = async {
        let holder = visitor.holder(&face)?;
        gate::check_scope(&holder, &[Scope::Read])?;
        let number = |name| {
            let text = gate::parameter(&visitor.uri, name);
            let number = text.map(|text| text.parse()).transpose();
            number.map_err(|_| Fault::bad_request(format!("{name} is a whole number")))
        };
        let (limit, offset) = (number("limit")?, number("offset")?);
        monitoring::list(&face.desk, &first_group(&face, &holder), limit, offset).await
    };
    told(&face, list.await.map(|list| Json(list).into_response()))
}

async fn register_of_serial(
    State(face): State<Face>,
    Path(serial): Path<String>,
    visitor: Visitor,
) -> Response {
    let found = async {
        let holder = visitor.holder(&face)?;
        gate::check_scope(&holder, &[Scope::Read])?;
        let found =
            monitoring::of_serial(&face.desk, &first_group(&face, &holder), &serial).await?;
        found.ok_or_else(|| not_found("there is no register of this serial number"))
    };
    let hal = [(header::CONTENT_TYPE, "application/hal+json")];
    told(
        &face,
        found.await.map(|it| (hal, it.to_string()).into_response()),
    )
}

/// All groups are the same registers: the first that the holder may use names them.
fn first_group(face: &Face, holder: &desk::KeyIdentity) -> String {
    let mut groups = face.setup.groups.iter();
    let own = groups.find(|group| group.keys.is_empty() || group.keys.contains(&holder.name));
    own.map_or_else(String::new, |group| group.code.clone())
}

async fn nothing_here(State(Entry { face, .. }): State<Entry>, uri: Uri) -> Response {
    let path = uri.path();
    not_found(format!("there is nothing at {path:.80} for this method")).answer(&face.desk)
}

fn not_found(text: impl Into<String>) -> Fault {
    Fault::bad_request(text).with_http(StatusCode::NOT_FOUND)
}

fn told(face: &Face, answer: Result<Response, Fault>) -> Response {
    answer.unwrap_or_else(|fault| fault.answer(&face.desk))
}
