//! What an agent pays on to suppliers: `GET /v1/suppliers`, `GET` and `POST /v1/payouts`,
//! `GET /v1/payouts/{id}`, `…/register`, `…/documents`, `POST …/agree`, `…/drop`.

use axum::{Extension, Json, extract::State, http::StatusCode, response::Response};
use desk::{
    Desk, KeyIdentity, PayoutError, PayoutRow, PayoutService, PayoutView, Signed, SupplierStanding,
    TableForm,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{Inn, Period};

use crate::{
    Problem,
    contracts::file,
    imports::ListQuery,
    money::Money,
    orders::signed,
    request::{Body, Nothing, Params, Segment, read_json},
    value::{Object, Text},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayoutParams {
    /// Those made before this one.
    #[serde(default)]
    before: Option<i64>,
    /// The most in the answer; usual: 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormatQuery {
    /// Left out: csv.
    #[serde(default)]
    format: Option<Text<TableForm>>,
}

/// Payouts to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayoutRequest {
    /// Of all documents formed up to the end of this month; it has begun.
    period: Text<Period>,
    /// The ИНН of the only supplier; left out: all of them.
    #[serde(default)]
    supplier: Option<Text<Inn>>,
    /// Who makes them; left out: the name of the key.
    #[serde(default)]
    by: Option<String>,
}

/// What is paid on to one supplier.
#[derive(JsonSchema, Serialize)]
pub(crate) struct PayoutAnswer {
    id: i64,
    period: String,
    supplier_inn: String,
    supplier_name: String,
    amount: Money,
    /// Lines of receipts.
    lines: u64,
    #[schemars(extend("enum" = ["draft", "agreed", "dropped"]))]
    state: &'static str,
    made_at_ms: i64,
    made_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at_ms: Option<i64>,
}

/// A payout with what it has of each service.
#[derive(JsonSchema, Serialize)]
pub(crate) struct PayoutDetails {
    #[serde(flatten)]
    payout: PayoutAnswer,
    services: Vec<PayoutServiceAnswer>,
}

#[derive(JsonSchema, Serialize)]
struct PayoutServiceAnswer {
    service: String,
    receipts: u64,
    income: Money,
    refunds: Money,
    amount: Money,
}

/// What stands for a supplier. The four sums are all that its lines have brought, less refunds.
#[derive(JsonSchema, Serialize)]
pub(crate) struct SupplierAnswer {
    supplier_inn: String,
    supplier_name: String,
    /// Confirmed by the ОФД and in no payout; below zero when more went back than came.
    ready: Money,
    /// Not confirmed yet, or refused by the ОФД.
    pending: Money,
    /// In drafts.
    drafted: Money,
    /// Paid out.
    agreed: Money,
}

/// `GET /v1/suppliers`.
pub(crate) async fn suppliers(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Vec<SupplierAnswer>>, Problem> {
    let standings = desk.supplier_standings().await?;
    let answer = |standing: SupplierStanding| SupplierAnswer {
        supplier_inn: standing.supplier.to_string(),
        supplier_name: standing.name,
        ready: Money(standing.ready),
        pending: Money(standing.pending),
        drafted: Money(standing.drafted),
        agreed: Money(standing.agreed),
    };
    Ok(Json(standings.into_iter().map(answer).collect()))
}

/// `GET /v1/payouts`: the newest first.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(query): Params<PayoutParams>,
) -> Result<Json<Vec<PayoutAnswer>>, Problem> {
    let limit = ListQuery::checked(query.limit)?;
    let payouts = desk.payouts(query.before, limit).await?;
    Ok(Json(payouts.into_iter().map(PayoutAnswer::of).collect()))
}

/// `POST /v1/payouts`: 201 with the drafts that were made, perhaps none.
pub(crate) async fn post(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<(StatusCode, Json<Vec<PayoutAnswer>>), Problem> {
    let Object(request) = read_json::<Object<PayoutRequest>>(&body)?;
    let signed = Signed {
        by: request.by.unwrap_or_else(|| sender.name.clone()),
        reason: String::new(),
        key: Some(sender.id),
    };
    let supplier = request.supplier.map(|Text(inn)| inn);
    let made = desk.make_payouts(request.period.0, supplier, signed);
    let made = made.await?.into_iter().map(PayoutAnswer::of).collect();
    Ok((StatusCode::CREATED, Json(made)))
}

/// `GET /v1/payouts/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PayoutDetails>, Problem> {
    let PayoutView { row, services } = desk.payout(payout_id(&id)?).await?;
    let service = |it: PayoutService| -> Result<PayoutServiceAnswer, Problem> {
        Ok(PayoutServiceAnswer {
            amount: Money(it.income.sub(it.refunds)?),
            service: it.service,
            receipts: it.receipts,
            income: Money(it.income),
            refunds: Money(it.refunds),
        })
    };
    Ok(Json(PayoutDetails {
        payout: PayoutAnswer::of(row),
        services: services
            .into_iter()
            .map(service)
            .collect::<Result<_, _>>()?,
    }))
}

/// `GET /v1/payouts/{id}/register?format=`: a row for each service.
pub(crate) async fn register(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(query): Params<FormatQuery>,
) -> Result<Response, Problem> {
    let (id, form) = (payout_id(&id)?, query.form());
    let table = desk.payout_register(id, form).await?;
    Ok(file(table, form, &format!("payout-{id}")))
}

/// `GET /v1/payouts/{id}/documents?format=`: a row for each line of a receipt.
pub(crate) async fn documents(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(query): Params<FormatQuery>,
) -> Result<Response, Problem> {
    let (id, form) = (payout_id(&id)?, query.form());
    let table = desk.payout_documents(id, form).await?;
    Ok(file(table, form, &format!("payout-{id}-documents")))
}

/// `POST /v1/payouts/{id}/agree`: it is paid out.
pub(crate) async fn agree(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<PayoutAnswer>, Problem> {
    let row = desk.agree_payout(payout_id(&id)?, signed(&body, &sender)?);
    Ok(Json(PayoutAnswer::of(row.await?)))
}

/// `POST /v1/payouts/{id}/drop`: its lines wait again.
pub(crate) async fn drop(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<PayoutAnswer>, Problem> {
    let row = desk.drop_payout(payout_id(&id)?, signed(&body, &sender)?);
    Ok(Json(PayoutAnswer::of(row.await?)))
}

fn payout_id(id: &str) -> Result<i64, Problem> {
    id.parse()
        .map_err(|_| Problem::not_found("unknown_payout", format!("«{id:.40}» is no payout")))
}

/// Why an act on payouts is not done.
pub(crate) fn problem(error: &PayoutError) -> Problem {
    let detail = error.to_string();
    match error {
        PayoutError::Unknown(_) => Problem::not_found("unknown_payout", detail),
        PayoutError::NoDraft { .. } => Problem::new(StatusCode::CONFLICT, "payout_ended", detail),
        PayoutError::NotBegun(_) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "period_ahead", detail)
        }
    }
}

impl FormatQuery {
    fn form(&self) -> TableForm {
        let form = self.format.as_ref();
        form.map_or(TableForm::Csv, |Text(form)| *form)
    }
}

impl PayoutAnswer {
    fn of(row: PayoutRow) -> Self {
        let (by, why, at) = match row.ended {
            Some((by, why, at)) => (Some(by), Some(why), Some(at)),
            None => (None, None, None),
        };
        Self {
            id: row.id,
            period: row.period.to_string(),
            supplier_inn: row.supplier.to_string(),
            supplier_name: row.name,
            amount: Money(row.amount),
            lines: row.lines,
            state: row.state.name(),
            made_at_ms: row.made_at,
            made_by: row.made_by,
            ended_by: by,
            ended_why: why,
            ended_at_ms: at,
        }
    }
}
