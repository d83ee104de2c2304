//! The parts of a request. Whatever is wrong with one is told as a [`Problem`].

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, request::Parts},
};
use schemars::JsonSchema;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::error::Category;

use crate::{BODY_MAX, Problem};

/// The body, UTF-8 of at most [`BODY_MAX`] bytes.
pub(crate) struct Body(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| match rejection.status() {
            status @ StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!("the body is longer than {BODY_MAX} bytes: send less at once");
                Problem::new(status, "body_too_large", detail)
            }
            _ => Problem::malformed(format!("the body did not come: {}", rejection.body_text())),
        })?;
        String::from_utf8(bytes.into())
            .map(Self)
            .map_err(|error| Problem::malformed(format!("the body is not UTF-8: {error}")))
    }
}

/// The query; parameters that are not known are refused.
pub(crate) struct Params<T>(pub(crate) T);

/// No parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(params)| Self(params))
            .map_err(|rejection| bad_query(rejection.body_text()))
    }
}

/// 400: the query is wrong.
pub(crate) fn bad_query(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
}

/// The segment of the path that names something.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(rejection) => Err(Problem::malformed(rejection.body_text())),
        }
    }
}

/// Reads JSON; the problem names the field.
pub(crate) fn read_json<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Problem> {
    // Keeping account of the field's path costs half of the reading; who is right needs none.
    serde_json::from_str(json).or_else(|_| read_json_by_path(json))
}

fn read_json_by_path<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().clone();
        let error = error.into_inner();
        if error.classify() != Category::Data {
            return no_json(&error);
        }
        // A wrong field may stand in a text that is no JSON further on.
        if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
            return no_json(&error);
        }
        let problem = Problem::bad_value(error.to_string());
        if path.iter().next().is_some() {
            problem.in_field(path.to_string())
        } else {
            problem
        }
    })?;
    reader.end().map_err(|error| no_json(&error))?;
    Ok(value)
}

fn no_json(error: &serde_json::Error) -> Problem {
    Problem::malformed(format!("the body is no JSON: {error}"))
}
