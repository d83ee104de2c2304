//! `GET /v1/accounts/{number}/statement`, and the same as CSV.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use desk::{Desk, Order, StatementEventView, StatementView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, LocalDate};

use super::{AccountAnswer, read_number, unknown};
use crate::{
    Problem,
    list::{ListAnswer, Listing},
    money::Money,
    operations::{CancellationAnswer, RecordAnswer},
    receipts::ReceiptAnswer,
    request::{Params, Segment},
    value::Text,
};

/// Over which days of acceptance, both included.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementParams {
    /// The first day.
    from: Option<Text<LocalDate>>,
    /// The last day.
    to: Option<Text<LocalDate>>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct StatementAnswer {
    /// Advances less debts and penalties at the beginning of the time.
    opening: Money,
    /// The same at its end: `opening` and the deltas of all events.
    closing: Money,
    /// How many events there are on all pages.
    count: u64,
    #[serde(flatten)]
    events: ListAnswer<EventAnswer>,
    /// What the account has and owes now, by service.
    services: Vec<ServiceAnswer>,
    /// The account as it stands now.
    account: AccountAnswer,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "StatementEvent")]
pub(crate) struct EventAnswer {
    operation: String,
    key: String,
    #[serde(rename = "type")]
    kind: String,
    /// The day that it is of.
    date: String,
    accepted_at_ms: i64,
    /// By how much it has changed the saldo; nothing, if it was cancelled.
    delta: Money,
    /// The saldo after it.
    saldo: Money,
    receipts: Vec<ReceiptAnswer>,
    /// What has no receipt, and why.
    non_fiscal: Vec<RecordAnswer>,
    #[serde(flatten)]
    cancelled: Option<CancellationAnswer>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ServiceBalance")]
struct ServiceAnswer {
    /// Null: advances for all services.
    service: Option<String>,
    advances: Money,
    debts: Money,
    penalties: Money,
}

/// `GET /v1/accounts/{number}/statement`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(number): Segment,
    listing: Listing<StatementParams>,
) -> Result<Json<StatementAnswer>, Problem> {
    let number = read_number(&number)?;
    let page = listing.page(Order::Ascending)?;
    let order = page.order;
    let statement = desk.statement(number.clone(), listing.of.days(), page);
    let statement = statement.await?.ok_or_else(|| unknown(&number))?;
    let services = statement.by_service()?;
    let services = services
        .into_iter()
        .map(|(service, balance)| ServiceAnswer {
            service: service.map(|service| service.to_string()),
            advances: Money(balance.advances),
            debts: Money(balance.debts),
            penalties: Money(balance.penalties),
        });
    let StatementView {
        account,
        opening,
        closing,
        count,
        events,
    } = statement;
    let rows = events.rows.into_iter().map(EventAnswer::of);
    let events = desk::Listed {
        rows: rows.collect::<Result<_, _>>()?,
        next: events.next,
    };
    Ok(Json(StatementAnswer {
        opening: Money(opening),
        closing: Money(closing),
        count,
        events: listing.answer(order, events),
        services: services.collect(),
        account: AccountAnswer::of(account),
    }))
}

/// `GET /v1/accounts/{number}/statement.csv`: all events of the time in one table.
pub(crate) async fn csv(
    State(desk): State<Desk>,
    Segment(number): Segment,
    Params(of): Params<StatementParams>,
) -> Result<Response, Problem> {
    let number: AccountNumber = read_number(&number)?;
    let table = desk.statement_csv(number.clone(), of.days()).await?;
    let table = table.ok_or_else(|| unknown(&number))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, table).into_response())
}

impl StatementParams {
    fn days(&self) -> (Option<LocalDate>, Option<LocalDate>) {
        let day = |day: &Option<Text<LocalDate>>| day.as_ref().map(|Text(day)| *day);
        (day(&self.from), day(&self.to))
    }
}

impl EventAnswer {
    fn of(event: StatementEventView) -> Result<Self, Problem> {
        let operation = event.operation;
        Ok(Self {
            cancelled: operation.cancelled.as_ref().map(CancellationAnswer::of),
            operation: operation.id.to_string(),
            accepted_at_ms: operation.id.unix_ms(),
            non_fiscal: RecordAnswer::all(&operation)?,
            key: operation.key,
            kind: operation.kind,
            date: event.date.to_string(),
            delta: Money(event.delta),
            saldo: Money(event.saldo),
            receipts: operation
                .receipts
                .into_iter()
                .map(ReceiptAnswer::of)
                .collect(),
        })
    }
}
