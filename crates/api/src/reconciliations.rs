//! Reconciliations: billing, journal, drives, ОФД and bank are compared over some days.

mod answer;
mod order;

use axum::{
    Extension, Json,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use desk::{
    Desk, KeyIdentity, Order, ReconcileError, ReconciliationRowsOf, TableForm, files::FILE_MAX,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Problem,
    imports::ListQuery,
    list::{ListAnswer, Listing},
    request::{Nothing, Params, Segment, bad_query},
};
pub(crate) use answer::{
    ReconciliationAnswer, ReconciliationListedAnswer, ReconciliationRowAnswer,
};
pub(crate) use order::ReconcileForm;
use order::ReconcileParts;

/// Which rows are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReconciliationRowParams")]
pub(crate) struct RowParams {
    /// Of this comparison: its place in the reconciliation, from 1.
    result: Option<u32>,
    /// Of this kind, such as `left_only`, `right_only`, `sum`, `service`, `vat`.
    #[schemars(length(max = 32))]
    kind: Option<String>,
    /// Of this account.
    #[schemars(length(max = 256))]
    account: Option<String>,
}

/// `POST /v1/reconciliations` with a limit of size for files.
pub(crate) fn post() -> MethodRouter<Desk> {
    axum::routing::post(begin).layer(DefaultBodyLimit::max(FILE_MAX))
}

/// `POST /v1/reconciliations`: a form with the order and the files.
pub(crate) async fn begin(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(Nothing {}): Params<Nothing>,
    parts: ReconcileParts,
) -> Result<Response, Problem> {
    let view = desk.reconcile(parts.order(sender)?).await?;
    Ok((StatusCode::ACCEPTED, Json(ReconciliationAnswer::of(view)?)).into_response())
}

/// `GET /v1/reconciliations`: the newest first.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Vec<ReconciliationListedAnswer>>, Problem> {
    let listed = desk.reconciliations(query.limit()?)?;
    let listed = listed.into_iter().map(ReconciliationListedAnswer::of);
    Ok(Json(listed.collect()))
}

/// `GET /v1/reconciliations/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<ReconciliationAnswer>, Problem> {
    let view = desk.reconciliation(reconciliation(&id)?)?;
    Ok(Json(ReconciliationAnswer::of(view)?))
}

/// `GET /v1/reconciliations/{id}/rows`.
pub(crate) async fn rows(
    State(desk): State<Desk>,
    Segment(id): Segment,
    listing: Listing<RowParams>,
) -> Result<Json<ListAnswer<ReconciliationRowAnswer>>, Problem> {
    let page = listing.page::<u64>(Order::Ascending)?;
    if page.order != Order::Ascending {
        return Err(bad_query("rows come in the order of the comparisons").in_field("order"));
    }
    let of = ReconciliationRowsOf {
        result: listing.of.result,
        kind: listing.of.kind.clone(),
        account: listing.of.account.clone(),
        after: page.after.unwrap_or(0),
        limit: page.limit,
    };
    let listed = desk.reconciliation_rows(reconciliation(&id)?, &of)?;
    let mut rows = Vec::with_capacity(listed.rows.len());
    for row in listed.rows {
        rows.push(ReconciliationRowAnswer::of(row)?);
    }
    let listed = desk::Listed {
        rows,
        next: listed.next,
    };
    Ok(Json(listing.answer(page.order, listed)))
}

/// `GET /v1/reconciliations/{id}/xlsx`.
pub(crate) async fn xlsx(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Response, Problem> {
    table(&desk, &id, TableForm::Xlsx).await
}

/// `GET /v1/reconciliations/{id}/csv`.
pub(crate) async fn csv(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Response, Problem> {
    table(&desk, &id, TableForm::Csv).await
}

async fn table(desk: &Desk, id: &str, form: TableForm) -> Result<Response, Problem> {
    let id = reconciliation(id)?;
    let made = desk.clone();
    let made = tokio::task::spawn_blocking(move || made.reconciliation_table(id, form)).await;
    let bytes = made.map_err(|_| desk::DeskError::Stopping)??;
    let mut headers = HeaderMap::new();
    let fixed = HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, fixed(form.media()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    let name = format!(
        "attachment; filename=\"reconciliation-{id}.{}\"",
        form.name()
    );
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok((headers, bytes).into_response())
}

fn reconciliation(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| {
        let detail = format!("«{id:.40}» is no reconciliation: they are counted from 1");
        Problem::not_found("unknown_reconciliation", detail)
    })
}

/// Why nothing is compared.
pub(crate) fn problem(error: &ReconcileError) -> Problem {
    let status = match error {
        ReconcileError::Unknown(_) => StatusCode::NOT_FOUND,
        ReconcileError::Busy(_) => StatusCode::CONFLICT,
        ReconcileError::BadDays { .. }
        | ReconcileError::BadFile { .. }
        | ReconcileError::TooManyFiles(_)
        | ReconcileError::NoDrive { .. }
        | ReconcileError::Table(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, error.code(), error.to_string())
}
