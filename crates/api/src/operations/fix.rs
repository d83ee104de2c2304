//! `POST /v1/receipts/{id}/fix`: one wrong receipt, the everyday case.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desk::{Desk, KeyIdentity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{Id, TermError};

use super::{OperationAnswer, PreviewAnswer, Waiting, previewed, request::canonical, submit_one};
use crate::{
    Problem,
    basis::BasisRequest,
    change::ChangeRequest,
    operations::read_wanted,
    request::{Body, Params, Segment, read_json},
    value::Object,
};

/// What was wrong in a receipt, and why it is corrected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FixOneRequest")]
pub(crate) struct FixBody {
    change: Object<ChangeRequest>,
    basis: Object<BasisRequest>,
    /// Only say what would be formed.
    #[serde(default)]
    dry_run: bool,
}

/// What is answered with 200.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) enum FixedOrPreview {
    /// With `dry_run`: what would be formed.
    Preview(PreviewAnswer),
    /// Without: the operation, which was cancelled.
    Operation(OperationAnswer),
}

/// The operation that it becomes, as it could have been pushed.
#[derive(Serialize)]
struct Pushed<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    key: &'a str,
    original: String,
    change: &'a ChangeRequest,
    basis: &'a BasisRequest,
}

/// `POST /v1/receipts/{id}/fix`.
pub(crate) async fn fix(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(waiting): Params<Waiting>,
    Body(body): Body,
) -> Result<Response, Problem> {
    let patience = waiting.patience()?;
    let unknown = |error: TermError| Problem::not_found("unknown_receipt", error.to_string());
    let id: Id = id.parse().map_err(unknown)?;
    let Object(FixBody {
        change: Object(change),
        basis: Object(basis),
        dry_run,
    }) = read_json(&body)?;
    let key = desk.fix_key(id, &change.change()?).await?.ok_or_else(|| {
        let detail =
            format!("receipt {id} is no fiscal document yet: cancel its operation instead");
        Problem::new(StatusCode::CONFLICT, "not_formed", detail)
    })?;
    let pushed = canonical(&Pushed {
        kind: "fix_receipt",
        key: &key,
        original: id.to_string(),
        change: &change,
        basis: &basis,
    })?;
    let wanted = read_wanted(&pushed, desk.clock().local().date())?;
    if dry_run {
        return Ok(Json(previewed(&desk, wanted).await?).into_response());
    }
    let answer = submit_one(&desk, &sender, Ok(wanted), patience).await?;
    Ok((answer.status(), Json(answer)).into_response())
}
