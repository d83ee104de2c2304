//! `GET /openapi.json`, the description, and `GET /docs`, which shows it to people. Neither needs a
//! key: they tell nothing about whom this cassette serves. The page loads nothing from elsewhere.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use desk::Desk;

use crate::description;

/// Written once: it does not change while the program runs.
static DESCRIPTION: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", description()));

/// The page needs its own script and styles, and the description.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Their paths.
pub(crate) fn router() -> Router<Desk> {
    let html = "text/html; charset=utf-8";
    let css = "text/css; charset=utf-8";
    let script = "text/javascript; charset=utf-8";
    let page = move || file(html, include_str!("docs/docs.html"));
    let styles = move || file(css, include_str!("docs/docs.css"));
    let script = move || file(script, include_str!("docs/docs.js"));
    Router::new()
        .route(
            "/openapi.json",
            get(|| file("application/json", &DESCRIPTION)),
        )
        .route("/docs", get(page))
        .route("/docs/docs.css", get(styles))
        .route("/docs/docs.js", get(script))
}

async fn file(media: &'static str, content: &'static str) -> Response {
    let fixed = HeaderValue::from_static;
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, fixed(media)),
        (header::CONTENT_SECURITY_POLICY, fixed(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::CACHE_CONTROL, fixed("no-cache")),
    ];
    (headers, content).into_response()
}
