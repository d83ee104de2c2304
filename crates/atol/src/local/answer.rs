//! Answers: always JSON, refusals as `{"error": {"code", "description"}}` (ATOL web requests §9.2;
//! that v1 has the same form is \[unverified\]).

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::DeskError;
use serde_json::{Value, json};

use super::task::{TaskError, code};

/// A request that is not answered as it was meant.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    code: u16,
    description: String,
    /// The methods of this path, when the method is to blame.
    allow: Option<&'static str>,
}

impl Fault {
    pub(super) fn new(status: StatusCode, code: u16, description: impl Into<String>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
            allow: None,
        }
    }

    /// 400: the request cannot be read.
    pub(super) fn bad(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::PARSE, description)
    }

    /// 404: there is no such request.
    pub(super) fn unknown(uuid: &str) -> Self {
        let shown: String = uuid.chars().take(64).collect();
        Self::new(
            StatusCode::NOT_FOUND,
            code::BAD_PARAMETER,
            format!("Задания с uuid «{shown}» нет"),
        )
    }

    /// 405: this is not done here, or not any more.
    pub(super) fn not_allowed(description: impl Into<String>, allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                code::NOT_SUPPORTED,
                description,
            )
        }
    }
}

/// The journal failed, or the program is stopping: the same may be sent again.
impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Self {
        tracing::error!(error = %error, "a web request of ATOL cannot be answered");
        let status = match error {
            DeskError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, code::INTERNAL, error.to_string())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = json!({"error": {"code": self.code, "description": self.description}});
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, header::HeaderValue::from_static(allow));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Basic realm=\"kassette\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// The status words of ATOL web requests §9.3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Word {
    /// It has not begun.
    Wait,
    /// A drive is forming it.
    InProgress,
    /// It is done.
    Ready,
    /// It will not be done.
    Error,
    /// A task before it has failed, so it was not begun.
    Interrupted,
    /// Nobody knows yet, or a person has to look: ask again.
    Blocked,
    /// It was withdrawn.
    Canceled,
}

impl Word {
    const fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::InProgress => "inProgress",
            Self::Ready => "ready",
            Self::Error => "error",
            Self::Interrupted => "interrupted",
            Self::Blocked => "blocked",
            Self::Canceled => "canceled",
        }
    }
}

/// What has become of one task.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) word: Word,
    error: Option<TaskError>,
    result: Option<Value>,
}

impl Outcome {
    pub(super) const fn of(word: Word) -> Self {
        Self {
            word,
            error: None,
            result: None,
        }
    }

    pub(super) const fn ready(result: Option<Value>) -> Self {
        Self {
            word: Word::Ready,
            error: None,
            result,
        }
    }

    pub(super) const fn with_error(word: Word, error: TaskError) -> Self {
        Self {
            word,
            error: Some(error),
            result: None,
        }
    }

    /// A task after one that has failed.
    pub(super) fn interrupted() -> Self {
        let why = "Выполнение прервано: предыдущее задание завершилось ошибкой";
        Self::with_error(Word::Interrupted, TaskError::new(code::INTERRUPTED, why))
    }

    /// Vendors that copied v1 have the error flat beside it (ATOL web requests §9.1): both are told.
    fn json(&self) -> Value {
        let (code, description) = match &self.error {
            Some(error) => (error.code, error.description.as_str()),
            None => (0, "Ошибок нет"),
        };
        json!({
            "status": self.word.name(),
            "error": {"code": code, "description": description},
            "errorCode": code,
            "errorDescription": description,
            "result": self.result,
        })
    }
}

/// `{"results": […]}`.
pub(super) fn results(outcomes: &[Outcome]) -> Response {
    let results: Vec<Value> = outcomes.iter().map(Outcome::json).collect();
    Json(json!({ "results": results })).into_response()
}
