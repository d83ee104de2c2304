//! Who may come in, and what the holder of a key may do.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use desk::{Desk, KeyIdentity, KeyRefusal, Scope};

use crate::Problem;

/// What changes something, by its path; one of the scopes suffices. Whatever is not here needs
/// [`Scope::Admin`]: a path that somebody forgets is closed.
const CHANGES: [(&str, &[Scope]); 24] = [
    // Each operation is judged for itself, by the desk.
    ("/v1/operations", &[Scope::Push, Scope::Correct]),
    ("/v1/preview", &[Scope::Push, Scope::Correct]),
    ("/v1/operations:cancel", &[Scope::Correct]),
    ("/v1/accounts/{number}", &[Scope::Push]),
    ("/v1/accounts/{number}/contracts", &[Scope::Push]),
    ("/v1/contracts", &[Scope::Push]),
    ("/v1/held-charges/{id}/release", &[Scope::Correct]),
    ("/v1/held-charges/{id}/refuse", &[Scope::Correct]),
    ("/v1/payouts", &[Scope::Correct]),
    ("/v1/payouts/{id}/agree", &[Scope::Correct]),
    ("/v1/payouts/{id}/drop", &[Scope::Correct]),
    ("/v1/services", &[Scope::Push]),
    ("/v1/balances", &[Scope::Push]),
    ("/v1/imports", &[Scope::Push]),
    // What nobody could match is decided by people.
    ("/v1/imports/{id}/rows/{line}", &[Scope::Push, Scope::Admin]),
    ("/v1/receipts/{id}/fix", &[Scope::Correct]),
    // It changes nothing, and it reads what billing itself has.
    ("/v1/reconciliations", &[Scope::Push, Scope::Correct]),
    // That who approves is another one is judged by the desk.
    ("/v1/restorations:lost", &[Scope::Correct]),
    ("/v1/restorations:fix", &[Scope::Correct]),
    ("/v1/restorations/{id}/approve", &[Scope::Correct]),
    ("/v1/restorations/{id}/run", &[Scope::Correct]),
    ("/v1/restorations/{id}/pause", &[Scope::Correct]),
    ("/v1/restorations/{id}/resume", &[Scope::Correct]),
    ("/v1/restorations/{id}/abandon", &[Scope::Correct]),
];

/// Lets in who shows a valid bearer key, and notes who it is.
pub(crate) async fn authenticate(
    State(desk): State<Desk>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let from = peer.map(|ConnectInfo(address)| address.ip());
    let entered = match shown_key(request.headers()) {
        Some(key) => desk.enter(key, from),
        None => Err(KeyRefusal::Unknown),
    };
    match entered {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        Err(refusal) => Problem::from(refusal).into_response(),
    }
}

/// Lets a request pass whose key has a scope for it.
pub(crate) async fn authorize(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    let needed = needed(request.method(), path);
    match request.extensions().get::<KeyIdentity>() {
        Some(key) if key.scopes.contains_any(needed) => next.run(request).await,
        Some(key) => wrong_scope(key, needed).into_response(),
        None => Problem::from(KeyRefusal::Unknown).into_response(),
    }
}

/// The scopes of which one suffices for a request.
pub(crate) fn needed(method: &Method, path: &str) -> &'static [Scope] {
    if matches!(*method, Method::GET | Method::HEAD) {
        return &[Scope::Read];
    }
    let found = CHANGES.iter().find(|(known, _)| *known == path);
    found.map_or(&[Scope::Admin], |(_, scopes)| scopes)
}

fn wrong_scope(key: &KeyIdentity, needed: &[Scope]) -> Problem {
    let names: Vec<&str> = needed.iter().map(|scope| scope.name()).collect();
    Problem::new(
        StatusCode::FORBIDDEN,
        "wrong_scope",
        format!(
            "this needs a key with the scope «{}»; the key «{}» has {}",
            names.join("» or «"),
            key.name,
            key.scopes
        ),
    )
}

/// The key of the header; an empty one is none.
fn shown_key(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = shown.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}
