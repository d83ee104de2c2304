//! Tables as CSV: `POST /v1/balances` and `GET /v1/offsets`.

use axum::{
    Extension, Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::{Account, Desk, KeyIdentity, offsets_csv, read_balances, total_saldo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::Period;

use crate::{
    Problem,
    money::Money,
    request::{Body, Params},
    value::Text,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BalancesQuery {
    /// Only look whether the table can be taken.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OffsetsQuery {
    /// The month whose consolidated receipt takes the offsets.
    period: Text<Period>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct BalancesAnswer {
    /// Accounts in the table.
    accounts: usize,
    /// How many of them were opened now; the others were open so already.
    opened: u64,
    /// Advances less debts of all of them.
    saldo: Money,
    dry_run: bool,
}

/// `POST /v1/balances`: opening balances, CSV; all of them or none. For large tables there is
/// `kassette import balances`.
pub(crate) async fn post_balances(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(query): Params<BalancesQuery>,
    Body(table): Body,
) -> Result<Json<BalancesAnswer>, Problem> {
    let accounts: Vec<Account> =
        read_balances(&table, &desk.services().await?).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_table",
                format!("nothing was imported: {}", lines.join("; ")),
            )
        })?;
    let (count, saldo) = (accounts.len(), Money(total_saldo(&accounts)?));
    let opened = if query.dry_run {
        0
    } else {
        desk.open_accounts(accounts, Some(&sender), |_| {}).await?
    };
    Ok(Json(BalancesAnswer {
        accounts: count,
        opened,
        saldo,
        dry_run: query.dry_run,
    }))
}

/// `GET /v1/offsets?period=YYYY-MM`: the register behind a consolidated receipt, CSV.
pub(crate) async fn get_offsets(
    State(desk): State<Desk>,
    Params(query): Params<OffsetsQuery>,
) -> Result<Response, Problem> {
    let table = offsets_csv(&desk.offsets(query.period.0)?);
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], table).into_response())
}
