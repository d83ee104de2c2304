//! Accounts: `GET` and `PUT /v1/accounts/{number}`, lists and statements.

mod list;
mod request;
mod statement;

use axum::{Extension, Json, extract::State, http::StatusCode};
use desk::{Account, AccountView, Debt, Desk, DeskError, Invoice, KeyIdentity, Lot, Penalty};
use schemars::JsonSchema;
use serde::Serialize;
use terms::AccountNumber;

use crate::{
    Problem,
    money::Money,
    request::{Body, Nothing, Params, Segment},
};
pub(crate) use list::{AccountItem, AccountParams, list};
pub(crate) use request::AccountRequest;
use request::read_account;
pub(crate) use statement::{
    StatementAnswer, StatementParams, csv as statement_csv, get as statement,
};

/// An account as it stands.
#[derive(JsonSchema, Serialize)]
pub(crate) struct AccountAnswer {
    number: String,
    contact: Option<String>,
    payer_kind: &'static str,
    /// Advances less debts and penalties.
    saldo: Money,
    debts: Vec<DebtAnswer>,
    penalties: Vec<PenaltyAnswer>,
    advances: Vec<LotAnswer>,
    settled: Vec<SettledAnswer>,
    written_off: Vec<DebtAnswer>,
    invoices: Vec<InvoiceAnswer>,
    /// The key that has opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_by: Option<String>,
    /// The key that has changed its contact or payer last.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct DebtAnswer {
    id: String,
    service: String,
    period: String,
    open: Money,
    vat: &'static str,
    credit: bool,
}

#[derive(JsonSchema, Serialize)]
struct PenaltyAnswer {
    id: String,
    service: String,
    open: Money,
}

#[derive(JsonSchema, Serialize)]
struct LotAnswer {
    id: String,
    service: Option<String>,
    period: Option<String>,
    amount: Money,
    vat: &'static str,
    date: String,
    kind: &'static str,
    method: u8,
}

#[derive(JsonSchema, Serialize)]
struct SettledAnswer {
    service: String,
    period: String,
    amount: Money,
    vat: &'static str,
}

#[derive(JsonSchema, Serialize)]
struct InvoiceAnswer {
    service: String,
    period: String,
    amount: Money,
}

/// `GET /v1/accounts/{number}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(number): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<AccountAnswer>, Problem> {
    answer(&desk, &read_number(&number)?).map(Json)
}

/// `PUT /v1/accounts/{number}`: 201 when it was opened, 200 when contact and payer of an open one
/// were set.
pub(crate) async fn put(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(number): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<(StatusCode, Json<AccountAnswer>), Problem> {
    let number = read_number(&number)?;
    let services = desk.services().await?;
    let account: Account = read_account(&number, &body, &services)?;
    let opened = desk.put_accounts(vec![account], Some(&sender)).await? == [true];
    let status = if opened {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(answer(&desk, &number)?)))
}

pub(crate) fn read_number(number: &str) -> Result<AccountNumber, Problem> {
    let number = number.parse().map_err(DeskError::from);
    number.map_err(|error| Problem::from(error).in_field("number"))
}

fn answer(desk: &Desk, number: &AccountNumber) -> Result<AccountAnswer, Problem> {
    desk.account(number)?
        .map(AccountAnswer::of)
        .ok_or_else(|| unknown(number))
}

pub(crate) fn unknown(number: &AccountNumber) -> Problem {
    let detail = format!("there is no account {number}: open it by PUT /v1/accounts/{number}");
    Problem::not_found("unknown_account", detail)
}

impl AccountAnswer {
    pub(crate) fn of(view: AccountView) -> Self {
        let account = view.account;
        let penalty = |penalty: Penalty| PenaltyAnswer {
            id: penalty.id,
            service: penalty.service.to_string(),
            open: Money(penalty.open),
        };
        let lot = |lot: Lot| LotAnswer {
            id: lot.id,
            service: lot.service.map(|service| service.to_string()),
            period: lot.period.map(|period| period.to_string()),
            amount: Money(lot.amount),
            vat: lot.vat.name(),
            date: lot.date.to_string(),
            kind: lot.kind.name(),
            method: lot.method.code(),
        };
        let invoice = |invoice: Invoice| InvoiceAnswer {
            service: invoice.service.to_string(),
            period: invoice.period.to_string(),
            amount: Money(invoice.amount),
        };
        Self {
            number: account.number.to_string(),
            contact: account.contact,
            payer_kind: account.payer_kind.name(),
            saldo: Money(view.saldo),
            debts: account.debts.into_iter().map(debt_answer).collect(),
            penalties: account.penalties.into_iter().map(penalty).collect(),
            advances: account.advances.into_iter().map(lot).collect(),
            settled: account
                .settled
                .into_iter()
                .map(|settled| SettledAnswer {
                    service: settled.service.to_string(),
                    period: settled.period.to_string(),
                    amount: Money(settled.amount),
                    vat: settled.vat.name(),
                })
                .collect(),
            written_off: account.written_off.into_iter().map(debt_answer).collect(),
            invoices: account.invoices.into_iter().map(invoice).collect(),
            opened_by: view.opened_by,
            set_by: view.set_by,
        }
    }
}

fn debt_answer(debt: Debt) -> DebtAnswer {
    DebtAnswer {
        id: debt.id,
        service: debt.service.to_string(),
        period: debt.period.to_string(),
        open: Money(debt.open),
        vat: debt.vat.name(),
        credit: debt.credit,
    }
}
