use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use desk::{Desk, DeskError, Signed};
use serde_json::json;

use super::{
    Face, LocalSetup, accept,
    answer::{Fault, results},
    devices,
    door::{self, Caller},
    journaled::Journaled,
    parts::{BODY_MAX, Segment},
    stat,
    task::code,
};

/// The paths of this face, to be merged with those of others.
pub fn router(desk: Desk, setup: LocalSetup) -> Router {
    let paths = setup.paths.clone();
    let face = Face::new(desk, setup);
    let v2 = paths.v2();
    let mut router = Router::new();
    for root in [paths.v1().to_owned(), format!("{v2}/requests")] {
        let one = || get(look).delete(withdraw).fallback(only_look);
        let all = || post(accept::post).fallback(only_accept);
        // Some clients end their paths with a slash (ATOL web requests §9.1).
        router = router
            .route(&root, all())
            .route(&format!("{root}/"), all())
            .route(&format!("{root}/{{uuid}}"), one())
            .route(&format!("{root}/{{uuid}}/"), one());
    }
    let devices = || post(devices::add).fallback(only_post);
    let activate = || post(devices::activate).fallback(only_post);
    router
        .route(paths.stat(), get(stat::get).fallback(only_get))
        .route(&format!("{v2}/devices"), devices())
        .route(
            &format!("{v2}/devices/{{device}}"),
            put(devices::change).fallback(only_put),
        )
        .route(&format!("{v2}/activateDevice"), activate())
        .layer(middleware::from_fn_with_state(face.clone(), door::enter))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(face)
}

/// The same with what the server of the protocol has besides, for a listener of its own: `/` is a
/// ping without login, and what is at no path is told in JSON, too.
pub fn own_router(desk: Desk, setup: LocalSetup) -> Router {
    let ping = || async { Json(json!({"name": "Kassette"})) };
    router(desk, setup)
        .route("/", get(ping).fallback(only_get))
        .fallback(nothing_here)
}

/// `GET` of a request: what has become of each of its tasks.
async fn look(State(face): State<Face>, Segment(uuid): Segment) -> Result<Response, Fault> {
    if let Some(outcomes) = face.recent.get(&uuid) {
        return Ok(results(&outcomes));
    }
    match Journaled::find(&face, &uuid).await? {
        Some(request) => Ok(results(&request.outcomes(&face).await?)),
        None => Err(Fault::unknown(&uuid)),
    }
}

/// `DELETE` of a request: 200 while its receipt waits, 405 afterwards.
async fn withdraw(
    State(face): State<Face>,
    Extension(Caller(caller)): Extension<Caller>,
    Segment(uuid): Segment,
) -> Result<Response, Fault> {
    const TOO_LATE: &str = "Задание уже выполняется или выполнено";
    if face.recent.get(&uuid).is_some() {
        return Err(Fault::not_allowed(TOO_LATE, "GET, HEAD"));
    }
    let Some(request) = Journaled::find(&face, &uuid).await? else {
        return Err(Fault::unknown(&uuid));
    };
    if !request.waits() {
        return Err(Fault::not_allowed(TOO_LATE, "GET, HEAD"));
    }
    let by = caller.as_ref().map_or("ATOL", |key| &key.name).to_owned();
    let signed = Signed {
        by,
        reason: "DELETE".to_owned(),
        key: caller.map(|key| key.id),
    };
    match face.desk.cancel(request.operation_id(), signed).await {
        Ok(_) => Ok(StatusCode::OK.into_response()),
        Err(DeskError::NotCancellable(_) | DeskError::NotObeyed(_)) => {
            Err(Fault::not_allowed(TOO_LATE, "GET, HEAD"))
        }
        Err(error) => Err(error.into()),
    }
}

async fn only_accept() -> Fault {
    Fault::not_allowed("Список заданий не выдается", "POST")
}

async fn only_look() -> Fault {
    Fault::not_allowed("Задание можно посмотреть или отозвать", "GET, HEAD, DELETE")
}

async fn only_get() -> Fault {
    Fault::not_allowed("Здесь можно только смотреть", "GET, HEAD")
}

async fn only_post() -> Fault {
    Fault::not_allowed("Здесь можно только передавать", "POST")
}

async fn only_put() -> Fault {
    Fault::not_allowed("Здесь можно только менять", "PUT")
}

async fn nothing_here(uri: Uri) -> Fault {
    let path: String = uri.path().chars().take(100).collect();
    let why = format!("По адресу «{path}» ничего нет");
    Fault::new(StatusCode::NOT_FOUND, code::BAD_PARAMETER, why)
}
