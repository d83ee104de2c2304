//! Who may come in.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use desk::{Desk, KeyIdentity, Scope};

use crate::Problem;

/// Lets in who shows a valid bearer key, and notes who it is.
pub(crate) async fn authenticate(
    State(desk): State<Desk>,
    mut request: Request,
    next: Next,
) -> Response {
    match shown_key(request.headers()).and_then(|key| desk.who(key)) {
        Some(identity) => {
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        None => Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "show a valid key: «Authorization: Bearer <key>»; keys are made by «kassette key add»",
        )
        .into_response(),
    }
}

/// Keeps keys of other scopes from changing what billing owns; whatever they ask is answered.
pub(crate) async fn for_billing(request: Request, next: Next) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    if asks || has_scope(&request, Scope::Billing) {
        return next.run(request).await;
    }
    wrong_scope(Scope::Billing)
}

/// Lets only keys of the rack's scope give orders.
pub(crate) async fn for_rack(request: Request, next: Next) -> Response {
    if has_scope(&request, Scope::Rack) {
        return next.run(request).await;
    }
    wrong_scope(Scope::Rack)
}

fn has_scope(request: &Request, scope: Scope) -> bool {
    let identity = request.extensions().get::<KeyIdentity>();
    identity.is_some_and(|identity| identity.scope == scope)
}

fn wrong_scope(scope: Scope) -> Response {
    let name = scope.name();
    Problem::new(
        StatusCode::FORBIDDEN,
        "wrong_scope",
        format!(
            "this needs a key of the scope «{name}»; one is made by «kassette key add NAME \
             --scope {name}»"
        ),
    )
    .into_response()
}

fn shown_key(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = shown.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(key.trim_start())
}
