use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::{DeskError, JournalError};
use serde::Serialize;

/// An error answer (RFC 9457). `code` is stable; `detail` tells what happened, to which object, and
/// what to do.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// A name of the problem's kind: `urn:kassette:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What happened.
    pub detail: String,
    /// The identifier of the operation that the problem is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

impl Problem {
    /// A problem with a stable code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:kassette:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            operation: None,
        }
    }

    /// 400: the request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 404.
    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let problem = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
        if status == StatusCode::UNAUTHORIZED {
            let bearer = header::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match &error {
            DeskError::Journal(JournalError::Contradiction { .. }) => {
                Self::new(StatusCode::CONFLICT, "conflict", error.to_string())
            }
            DeskError::Term(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_value",
                error.to_string(),
            ),
            DeskError::UnknownSlot(_) => Self::not_found("unknown_slot", error.to_string()),
            DeskError::Stopping | DeskError::Journal(JournalError::Stopped) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                error.to_string(),
            ),
            _ => {
                // The chain is for the log; the caller learns that nothing was stored.
                tracing::error!(%error, "a request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "journal",
                    "the journal cannot serve the request; nothing was stored; see the log",
                )
            }
        }
    }
}
