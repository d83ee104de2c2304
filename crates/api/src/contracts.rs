//! Contracts of accounts: `GET` and `PUT /v1/accounts/{number}/contracts`, `POST /v1/contracts`,
//! `GET /v1/contracts/ending`, `…/report`, `…/report/table`.

use std::collections::BTreeSet;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::{
    Contract, ContractEnding, ContractMonth, ContractRow, ContractSetter, ContractsError, Desk,
    DeskError, KeyIdentity, NewContracts, Order, TableForm, read_contracts,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, LocalDate, Period, ServiceCode};

use crate::{
    Problem,
    accounts::read_number,
    list::{ListAnswer, Listing},
    money::Money,
    request::{Body, Nothing, Params, Segment, bad_query, read_json},
    tables::BalancesQuery,
    value::{Label, Object, Text},
};

/// The most contracts in one answer about what ends.
const ENDING_MAX: u32 = 1_000;
/// The longest texts, bytes: two for each character.
const TEXT_BYTES: usize = 2 * Contract::TEXT_MAX;
const NUMBER_BYTES: usize = 2 * Contract::NUMBER_MAX;

/// All contracts that an account is to have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractsRequest {
    #[schemars(length(max = 1000))]
    contracts: Vec<Object<ContractJson>>,
    /// The person who sets them.
    #[serde(default)]
    by: Option<String>,
}

/// A contract.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Contract")]
pub(crate) struct ContractJson {
    number: Label<NUMBER_BYTES>,
    /// Its first day.
    from: Text<LocalDate>,
    /// Its last day; left out: until it is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Text<LocalDate>>,
    /// What it is about; left out or empty: all services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    services: Vec<Text<ServiceCode>>,
    /// The price list that it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price_list: Option<Label<TEXT_BYTES>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<Label<TEXT_BYTES>>,
}

/// A contract, and who has set it.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ContractAnswer {
    #[serde(flatten)]
    contract: ContractJson,
    set_at_ms: i64,
    /// The person who has set it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
    /// The key that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// A contract that ends soon.
#[derive(JsonSchema, Serialize)]
pub(crate) struct EndingAnswer {
    account: String,
    /// How many days are left; 0: it is the last one.
    days: i32,
    contract: ContractAnswer,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndingQuery {
    /// Within so many days; left out: as long before as people are told of it.
    days: Option<u16>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonthParams {
    /// The month.
    period: Text<Period>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonthTableQuery {
    /// The month.
    period: Text<Period>,
    /// Left out: csv.
    #[serde(default)]
    format: Option<Text<TableForm>>,
}

/// What a table of contracts has come to.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ContractsTableAnswer {
    accounts: usize,
    contracts: usize,
    dry_run: bool,
}

/// A contract over a month: `debt_start + charged − offset − paid + other = debt_end`.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ContractMonthAnswer {
    account: String,
    contract: ContractJson,
    debt_start: Money,
    charged: Money,
    /// What of it advances have covered.
    offset: Money,
    /// What payments have paid of debts.
    paid: Money,
    /// Recalculations, write-offs, moves, corrections.
    other: Money,
    debt_end: Money,
    /// Money in lines of formed receipts.
    received: Money,
    /// Money that went back by formed receipts.
    returned: Money,
    receipts: u64,
}

/// `GET /v1/accounts/{number}/contracts`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(number): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Vec<ContractAnswer>>, Problem> {
    answer(&desk, &read_number(&number)?)
}

/// `PUT /v1/accounts/{number}/contracts`: the account has exactly these from now on.
pub(crate) async fn put(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(number): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<Vec<ContractAnswer>>, Problem> {
    let account = read_number(&number)?;
    let Object(ContractsRequest { contracts, by }) = read_json(&body)?;
    let contracts = contracts.into_iter().map(|Object(json)| json.contract());
    let new = NewContracts {
        account: account.clone(),
        contracts: contracts.collect(),
    };
    let key = Some(sender.id);
    desk.put_contracts(vec![new], ContractSetter { by, key })
        .await?;
    answer(&desk, &account)
}

/// `POST /v1/contracts`: a table, CSV; all of it or nothing.
pub(crate) async fn post_table(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(query): Params<BalancesQuery>,
    Body(table): Body,
) -> Result<Json<ContractsTableAnswer>, Problem> {
    let new = read_contracts(&table).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_table",
            format!("nothing was imported: {}", lines.join("; ")),
        )
    })?;
    let (accounts, contracts) = (new.len(), new.iter().map(|it| it.contracts.len()).sum());
    if query.dry_run {
        desk.check_contracts(&new).await?;
        for it in &new {
            if desk.contracts(&it.account)?.is_none() {
                let error = ContractsError::UnknownAccount(it.account.clone());
                return Err(DeskError::from(error).into());
            }
        }
    } else {
        let key = Some(sender.id);
        desk.put_contracts(new, ContractSetter { by: None, key })
            .await?;
    }
    Ok(Json(ContractsTableAnswer {
        accounts,
        contracts,
        dry_run: query.dry_run,
    }))
}

/// `GET /v1/contracts/ending`: those that end first come first.
pub(crate) async fn ending(
    State(desk): State<Desk>,
    Params(query): Params<EndingQuery>,
) -> Result<Json<Vec<EndingAnswer>>, Problem> {
    let ending = desk.contracts_ending(query.days, ENDING_MAX).await?;
    let answer = |ending: ContractEnding| EndingAnswer {
        account: ending.row.account.to_string(),
        days: ending.days,
        contract: ContractAnswer::of(ending.row),
    };
    Ok(Json(ending.into_iter().map(answer).collect()))
}

/// `GET /v1/contracts/report?period=YYYY-MM`.
pub(crate) async fn report(
    State(desk): State<Desk>,
    listing: Listing<MonthParams>,
) -> Result<Json<ListAnswer<ContractMonthAnswer>>, Problem> {
    let page = listing.page::<i64>(Order::Ascending)?;
    if page.order == Order::Descending {
        let rule = "contracts come in the order in which they were set";
        return Err(bad_query(rule).in_field("order"));
    }
    let month = listing.of.period.0;
    let months = desk.contract_months(month, page.after, page.limit).await?;
    let answered = months.map(ContractMonthAnswer::of);
    Ok(Json(listing.answer(page.order, answered)))
}

/// `GET /v1/contracts/report/table?period=YYYY-MM&format=`.
pub(crate) async fn report_table(
    State(desk): State<Desk>,
    Params(query): Params<MonthTableQuery>,
) -> Result<Response, Problem> {
    let form = query.format.map_or(TableForm::Csv, |Text(form)| form);
    let month = query.period.0;
    let table = desk.contract_table(month, form).await?;
    Ok(file(table, form, &format!("contracts-{month}")))
}

/// A table as a file of this name.
pub(crate) fn file(table: Vec<u8>, form: TableForm, name: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media()));
    let name = format!("attachment; filename=\"{name}.{form}\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    (headers, table).into_response()
}

/// Why contracts are not set.
pub(crate) fn problem(error: &ContractsError) -> Problem {
    let detail = error.to_string();
    let unprocessable = |code| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, &*detail);
    match error {
        ContractsError::UnknownAccount(_) => Problem::not_found("unknown_account", detail),
        ContractsError::UnknownService { .. } => unprocessable("unknown_service"),
        ContractsError::Wrong { .. } | ContractsError::TooMany { .. } => {
            unprocessable("bad_contract")
        }
    }
}

fn answer(desk: &Desk, account: &AccountNumber) -> Result<Json<Vec<ContractAnswer>>, Problem> {
    let rows = desk
        .contracts(account)?
        .ok_or_else(|| crate::accounts::unknown(account))?;
    Ok(Json(rows.into_iter().map(ContractAnswer::of).collect()))
}

impl ContractJson {
    fn contract(self) -> Contract {
        let services: BTreeSet<ServiceCode> =
            self.services.into_iter().map(|Text(code)| code).collect();
        Contract {
            number: self.number.0,
            from: self.from.0,
            to: self.to.map(|Text(to)| to),
            services,
            price_list: self.price_list.map(|Label(text)| text),
            comment: self.comment.map(|Label(text)| text),
        }
    }

    fn of(contract: Contract) -> Self {
        Self {
            number: Label(contract.number),
            from: Text(contract.from),
            to: contract.to.map(Text),
            services: contract.services.into_iter().map(Text).collect(),
            price_list: contract.price_list.map(Label),
            comment: contract.comment.map(Label),
        }
    }
}

impl ContractAnswer {
    fn of(row: ContractRow) -> Self {
        Self {
            contract: ContractJson::of(row.contract),
            set_at_ms: row.set_at,
            set_by: row.set_by,
            key: row.key,
        }
    }
}

impl ContractMonthAnswer {
    fn of(month: ContractMonth) -> Self {
        Self {
            account: month.account.to_string(),
            contract: ContractJson::of(month.contract),
            debt_start: Money(month.debt_start),
            charged: Money(month.charged),
            offset: Money(month.offset),
            paid: Money(month.paid),
            other: Money(month.other),
            debt_end: Money(month.debt_end),
            received: Money(month.received),
            returned: Money(month.returned),
            receipts: month.receipts,
        }
    }
}
