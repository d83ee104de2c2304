//! Files of our own: built into the program. Their path holds a hash of all of them, so that they
//! are kept for ever and never stale, and modules find one another by relative names.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// Name, type and content of each.
const FILES: &[(&str, &str, &str)] = &[
    (
        "style.css",
        "text/css; charset=utf-8",
        include_str!("../assets/style.css"),
    ),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/app.js"),
    ),
    (
        "drop.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/drop.js"),
    ),
    (
        "search.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/search.js"),
    ),
    (
        "icons.svg",
        "image/svg+xml",
        include_str!("../assets/icons.svg"),
    ),
    (
        "favicon.svg",
        "image/svg+xml",
        include_str!("../assets/favicon.svg"),
    ),
];
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, content) in FILES {
        hash.update(name);
        hash.update(content);
    }
    let hash = hash.finalize();
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
});

/// Where a file is found.
pub(crate) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{hash}/{name}", get(file))
}

/// A page that was rendered by another version asks for what is gone: it is not given another file.
async fn file(Path((hash, name)): Path<(String, String)>) -> Response {
    let found = FILES.iter().find(|(known, ..)| *known == name);
    match found.filter(|_| hash == *HASH) {
        Some((_, kind, content)) => {
            let kind = HeaderValue::from_static(kind);
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, FOR_EVER),
            ];
            (headers, *content).into_response()
        }
        None => Failure::NotFound.into_response(),
    }
}
