use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use desk::Desk;

use crate::Problem;

/// Lets in who shows a valid bearer key, and notes who it is.
pub(crate) async fn authenticate(
    State(desk): State<Desk>,
    mut request: Request,
    next: Next,
) -> Response {
    let shown = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    match shown.and_then(|key| desk.who(key)) {
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
