//! All paths of the panel.

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use desk::Desk;

use crate::{assets, failure::Failure, guard, live, pages};

/// The panel, to be merged with the other faces. It has no fallback: see [`dress_problems`].
pub fn router(desk: &Desk) -> Router {
    let guarded = middleware::from_fn_with_state(desk.clone(), guard::guard);
    pages::routes()
        .merge(live::routes())
        .layer(guarded)
        .merge(assets::routes())
        .layer(middleware::from_fn(guard::protect))
}

/// Whether files are sent to this path: its requests may be as large as a file.
pub fn takes_files(path: &str) -> bool {
    [
        pages::BALANCES,
        pages::FILES,
        pages::REGISTRIES,
        pages::RECONCILED,
    ]
    .contains(&path)
}

/// Lays itself around all faces: a path that nobody knows is told to a browser as a page, to
/// everybody else as the faces tell it.
pub fn dress_problems(desk: &Desk, faces: Router) -> Router {
    faces.layer(middleware::from_fn_with_state(desk.clone(), dress))
}

async fn dress(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT);
    let accepts = accepts.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let is_browser = request.method() == Method::GET
        && accepts.contains("text/html")
        && !request.uri().path().starts_with("/v1/");
    if !is_browser {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if response.status() != StatusCode::NOT_FOUND || is_page {
        return response;
    }
    guard::failed(desk, &parts, &Failure::NotFound).await
}
