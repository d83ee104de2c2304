//! Tables for the books: `GET /v1/exports/{table}`, with an ending that names the format.

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::{Desk, ExportFormat, ExportKind, ExportOrder};
use schemars::JsonSchema;
use serde::Deserialize;
use terms::LocalDate;

use crate::{
    Problem,
    request::{Params, Segment},
    value::Text,
};

/// How many shifts lie within the days and differ from what their drives have settled.
const DIFFER: HeaderName = HeaderName::from_static("x-shifts-that-differ");

/// `GET /v1/exports/{table}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportParams {
    /// The first day of the documents, at the place of settlement; of offsets: of the charges.
    from: Text<LocalDate>,
    /// The last day; usual: the first one.
    to: Option<Text<LocalDate>>,
}

/// `GET /v1/exports/{table}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(segment): Segment,
    Params(params): Params<ExportParams>,
) -> Result<Response, Problem> {
    let (kind, format) = segment.split_once('.').unwrap_or((&segment, "csv"));
    let unknown = |error: terms::TermError| Problem::not_found("unknown_table", error.to_string());
    let kind: ExportKind = kind.parse().map_err(unknown)?;
    let format: ExportFormat = format.parse().map_err(unknown)?;
    let from = params.from.0;
    let order = ExportOrder {
        kind,
        from,
        to: params.to.map_or(from, |to| to.0),
        format,
    };
    let (bytes, exported) = desk.bring_out(order).await?;
    let attached = format!("attachment; filename=\"{}\"", order.file_name());
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(format.media()),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&attached)
                .map_err(|error| Problem::bad_value(error.to_string()))?,
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (DIFFER, HeaderValue::from(exported.shifts_that_differ)),
    ];
    Ok((StatusCode::OK, headers, bytes).into_response())
}
