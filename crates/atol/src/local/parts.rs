//! The parts of a request. Whatever is wrong with one is told as a [`Fault`].

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;

use super::{answer::Fault, task::code};

/// The largest body, bytes.
pub(super) const BODY_MAX: usize = 1024 * 1024;

/// The body, at most [`BODY_MAX`] bytes.
pub(super) struct Body(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let bytes = Bytes::from_request(request, state).await;
        bytes
            .map(Self)
            .map_err(|rejection| match rejection.status() {
                status @ StatusCode::PAYLOAD_TOO_LARGE => {
                    let why = format!("Тело запроса длиннее {BODY_MAX} байт");
                    Fault::new(status, code::PARSE, why)
                }
                _ => Fault::bad(format!("Тело запроса не дошло: {}", rejection.body_text())),
            })
    }
}

/// `?deviceID=`; other parameters are nobody's.
pub(super) struct Device(pub(super) Option<String>);

#[derive(Deserialize)]
struct DeviceQuery {
    #[serde(rename = "deviceID")]
    device: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let query = Query::<DeviceQuery>::try_from_uri(&parts.uri);
        let Query(query) = query.map_err(|rejection| Fault::bad(rejection.body_text()))?;
        Ok(Self(query.device.filter(|device| !device.is_empty())))
    }
}

/// The segment of the path that names something.
pub(super) struct Segment(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(rejection) => Err(Fault::bad(rejection.body_text())),
        }
    }
}
