use std::{borrow::Cow, num::NonZeroU32};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::{DeskError, ExportError, JournalError, KeyRefusal, NotCancellable, NotObeyed, Refused};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer, ser::SerializeMap};
use thiserror::Error;

/// What a problem quotes of the caller's words is cut to this many characters.
const DETAIL_MAX: usize = 1_000;
const FIELD_MAX: usize = 200;

/// An error answer (RFC 9457): `type`, `title`, `status`, `code`, `detail`, and where they are
/// known `field` and `operation`. The codes are listed in the documentation of the crate.
#[derive(Clone, Debug, Error)]
#[error("{code}: {detail}")]
pub struct Problem {
    pub(crate) status: StatusCode,
    /// Stable: callers branch on it.
    pub(crate) code: &'static str,
    /// What happened, to which object, and what to do.
    pub(crate) detail: String,
    /// The way to the field of the request that is to blame, such as `parts[0].amount`.
    pub(crate) field: Option<String>,
    /// The operation that the problem is about.
    pub(crate) operation: Option<String>,
    /// After how many seconds it is worth coming again: the header `Retry-After`.
    pub(crate) retry_after: Option<NonZeroU32>,
    /// The lines of a file that are to blame. Boxed: a problem travels in many results.
    pub(crate) errors: Option<Box<Blames>>,
}

/// Lines of a file that are to blame.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Blames(Vec<Blame>);

/// A line of a file that is to blame.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Blame {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) field: String,
    pub(crate) detail: String,
}

impl Problem {
    /// A problem with a stable code; the detail says what happened, to which object, and what to do.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: cut(detail.into(), DETAIL_MAX),
            field: None,
            operation: None,
            retry_after: None,
            errors: None,
        }
    }

    /// 400: there is no JSON to look into.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 422: a field is missing or unknown, or its value breaks its rule.
    pub(crate) fn bad_value(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_value", detail)
    }

    /// 404.
    pub(crate) fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// The same, blaming a field.
    #[must_use]
    pub(crate) fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(cut(field.into(), FIELD_MAX));
        self
    }

    /// The same, blaming lines of a file.
    #[must_use]
    pub(crate) fn blaming(mut self, errors: Vec<Blame>) -> Self {
        self.errors = (!errors.is_empty()).then(|| Box::new(Blames(errors)));
        self
    }
}

fn cut(text: String, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format_args!("urn:kassette:problem:{}", self.code))?;
        let title = self.status.canonical_reason().unwrap_or("Error");
        map.serialize_entry("title", title)?;
        map.serialize_entry("status", &self.status.as_u16())?;
        map.serialize_entry("code", self.code)?;
        map.serialize_entry("detail", &self.detail)?;
        if let Some(field) = &self.field {
            map.serialize_entry("field", field)?;
        }
        if let Some(operation) = &self.operation {
            map.serialize_entry("operation", operation)?;
        }
        if let Some(errors) = &self.errors {
            map.serialize_entry("errors", errors)?;
        }
        map.end()
    }
}

impl JsonSchema for Problem {
    fn schema_name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        crate::openapi::problem_schema()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status, self.retry_after);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.get()));
        }
        response
    }
}

/// The rules have refused an operation. An identifier that is taken is the same conflict whether
/// the key or an entry of the account holds it.
impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = match refused.code {
            "conflict" => StatusCode::CONFLICT,
            "wrong_scope" => StatusCode::FORBIDDEN,
            "internal" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, refused.code, refused.message)
    }
}

impl From<KeyRefusal> for Problem {
    fn from(refusal: KeyRefusal) -> Self {
        let status = match refusal {
            KeyRefusal::Unknown | KeyRefusal::Expired(_) => StatusCode::UNAUTHORIZED,
            KeyRefusal::WrongOrganisation(_) | KeyRefusal::WrongAddress(_) => StatusCode::FORBIDDEN,
            KeyRefusal::TooManyRequests { .. } | KeyRefusal::TooManyTries { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
        };
        let mut problem = Self::new(status, refusal.code(), refusal.to_string());
        problem.retry_after = refusal.retry_after();
        problem
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let detail = error.to_string();
        match error {
            DeskError::Journal(JournalError::Contradiction { .. }) | DeskError::OpenAlready(_) => {
                Self::new(StatusCode::CONFLICT, "conflict", detail)
            }
            DeskError::TooLong { .. }
            | DeskError::TooManyDays { .. }
            | DeskError::Export(ExportError::Days { .. }) => {
                Self::new(StatusCode::BAD_REQUEST, "bad_query", detail)
            }
            DeskError::Export(ExportError::TooLong) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_long", detail)
            }
            DeskError::Import(error) => crate::imports::problem(error),
            DeskError::Golive(error) => crate::golive::problem(&error),
            DeskError::Reconcile(error) => crate::reconciliations::problem(&error),
            DeskError::Restore(error) => crate::restorations::problem(&error),
            DeskError::Contracts(error) => crate::contracts::problem(&error),
            DeskError::HeldCharge(error) => crate::held_charges::problem(&error),
            DeskError::Payout(error) => crate::payouts::problem(&error),
            DeskError::Table(_) => Self::new(StatusCode::CONFLICT, "bad_table", detail),
            DeskError::Term(_) => Self::bad_value(detail),
            DeskError::UnknownSlot(_) => Self::not_found("unknown_slot", detail),
            DeskError::UnknownReceipt(_) => Self::not_found("unknown_receipt", detail),
            DeskError::UnknownWebhook(_) => Self::not_found("unknown_webhook", detail),
            DeskError::UnknownDelivery(_) => Self::not_found("unknown_delivery", detail),
            DeskError::TooManyFollow(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", detail)
            }
            DeskError::WrongState { .. } => Self::new(StatusCode::CONFLICT, "wrong_state", detail),
            DeskError::NotRegistrable { .. } => {
                Self::new(StatusCode::CONFLICT, "not_registrable", detail)
            }
            DeskError::NotCancellable(NotCancellable::Unknown(_)) => {
                Self::not_found("unknown_operation", detail)
            }
            DeskError::NotCancellable(why) => Self::new(StatusCode::CONFLICT, why.code(), detail),
            DeskError::NotSigned(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_signed", detail)
            }
            DeskError::NotObeyed(NotObeyed::NoSuchSlot) => Self::not_found("unknown_slot", detail),
            DeskError::NotObeyed(why) => Self::new(StatusCode::CONFLICT, why.code(), detail),
            DeskError::Stopping | DeskError::Journal(JournalError::Stopped) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail)
            }
            _ => {
                tracing::error!(error = %detail, "a request failed");
                // A failed commit or a failed look at what was committed: both are possible.
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "journal",
                    "the journal failed, the log says why; what was sent may be stored or not: \
                     send it again as it was, a known key is not accepted twice",
                )
            }
        }
    }
}

impl From<terms::TermError> for Problem {
    fn from(error: terms::TermError) -> Self {
        Self::bad_value(error.to_string())
    }
}
