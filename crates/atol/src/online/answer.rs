//! Errors as the protocol tells them.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desk::{Desk, DeskError};
use serde_json::{Value, json};

use super::{stamp, uuid};

/// An error of the protocol (ATOL Online protocol §6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    code: i32,
    kind: &'static str,
    http: StatusCode,
    status: Option<&'static str>,
    text: String,
    uuid: Option<String>,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $code:literal $http:ident $status:expr;)*) => {
        impl Fault {
            $($(#[$doc])*
            pub(super) fn $name(text: impl Into<String>) -> Self {
                Self {
                    code: $code,
                    kind: "system",
                    http: StatusCode::$http,
                    status: $status,
                    text: text.into(),
                    uuid: None,
                }
            })*
        }
    };
}

faults! {
    /// The token is missing or was never issued.
    missing_token = 10 UNAUTHORIZED None;
    /// The token is older than a day.
    expired_token = 11 UNAUTHORIZED None;
    /// No such login, or not its password.
    wrong_login = 12 UNAUTHORIZED None;
    /// The login's body is wrong.
    bad_login = 13 BAD_REQUEST None;
    /// The login may not do this.
    blocked = 14 FORBIDDEN None;
    /// There is no such group for this login.
    foreign_group = 20 UNAUTHORIZED None;
    /// The organisation works by another version of the protocol.
    other_protocol = 21 UNAUTHORIZED None;
    /// No such document is known.
    unknown_uuid = 30 BAD_REQUEST Some("fail");
    /// No such operation is known.
    unknown_operation = 31 BAD_REQUEST None;
    /// The document is refused; nothing was stored.
    refused = 32 BAD_REQUEST Some("fail");
    /// The request is no request.
    bad_request = 40 BAD_REQUEST None;
    /// The content type is not JSON.
    wrong_type = 41 UNSUPPORTED_MEDIA_TYPE None;
    /// Our own failure.
    server = 50 INTERNAL_SERVER_ERROR None;
}

impl Fault {
    /// A field of the document is wrong; nothing was stored.
    pub(super) fn field(path: &str, rule: impl std::fmt::Display) -> Self {
        Self::refused(format!("{path}: {rule}"))
    }

    /// The `external_id` is known already.
    pub(super) fn known(external_id: &str, uuid: String) -> Self {
        Self {
            code: 33,
            kind: "system",
            http: StatusCode::BAD_REQUEST,
            status: Some("wait"),
            text: format!("external_id {external_id} is known already: see its uuid"),
            uuid: Some(uuid),
        }
    }

    /// What the cloud would tell in the report, as its registers find it out: here it is known at
    /// once, and nothing was stored. `kind` is `driver` or `agent`.
    pub(super) fn device(code: i32, kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            kind,
            http: StatusCode::BAD_REQUEST,
            status: Some("fail"),
            text: text.into(),
            uuid: None,
        }
    }

    /// What it says.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The same error under another HTTP status.
    pub(super) fn with_http(self, http: StatusCode) -> Self {
        Self { http, ..self }
    }

    /// The answer.
    pub(super) fn answer(self, desk: &Desk) -> Response {
        let mut body = json!({
            "error": error(&next_error_id(), self.code, &self.text, self.kind),
            "timestamp": stamp::now(desk),
        });
        if let Some(status) = self.status {
            body["status"] = status.into();
        }
        if let Some(uuid) = self.uuid {
            body["uuid"] = uuid.into();
        }
        (self.http, Json(body)).into_response()
    }
}

/// The object `error`.
pub(super) fn error(id: &str, code: i32, text: &str, kind: &str) -> Value {
    json!({"error_id": id, "code": code, "text": text, "type": kind})
}

fn next_error_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let count = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    uuid::of_error(&[b"refusal ", &stamp::unix_seconds().to_be_bytes(), &count])
}

impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Self {
        tracing::error!(%error, "a request of ATOL Online could not be answered");
        let http = match error {
            DeskError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::server("the server cannot do it now: try again later").with_http(http)
    }
}
