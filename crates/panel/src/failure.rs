//! What goes wrong, as people are told it.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desk::{DeskError, Language, PeopleError};

use crate::texts::FailureTexts;

/// Why a page is not shown, or nothing was done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// There is nothing at this path.
    NotFound,
    /// The path does not know this method.
    WrongMethod,
    /// Somebody is logged in who may not do this.
    Forbidden,
    /// A form without the token of its session: from another site, or from before a login.
    NotOurs,
    /// A form that cannot be read, or that no page of ours sends.
    BadForm,
    /// A form that is too large.
    TooLarge,
    /// The server has failed; its log says how.
    Internal,
}

impl Failure {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forbidden | Self::NotOurs => StatusCode::FORBIDDEN,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What has happened, and what to do.
    pub(crate) fn words(&self, language: Language) -> (String, String) {
        let t = FailureTexts::of(language);
        let (what, remedy) = match self {
            Self::NotFound => (t.not_found, t.not_found_remedy),
            Self::WrongMethod | Self::BadForm => (t.bad_form, t.bad_form_remedy),
            Self::Forbidden => (t.forbidden, t.forbidden_remedy),
            Self::NotOurs => (t.not_ours, t.not_ours_remedy),
            Self::TooLarge => (t.too_large, t.too_large_remedy),
            Self::Internal => (t.internal, t.internal_remedy),
        };
        (what.into(), remedy.into())
    }
}

/// The page of a failure is made by [`guard`](crate::guard), which knows who is asking.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        tracing::error!(%error, "a page of the panel has failed");
        Self::Internal
    }
}

impl From<PeopleError> for Failure {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Desk(error) => error.into(),
            // Pages tell of the others beside their fields; what is left is a form of nobody.
            _ => Self::BadForm,
        }
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page of the panel cannot be rendered");
        Self::Internal
    }
}
