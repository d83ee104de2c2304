//! Paths of accounts and services.

use std::collections::BTreeMap;

use serde_json::json;
use terms::AccountNumber;

use super::{Route, get, put, tagged};
use crate::{
    accounts::{
        self, AccountAnswer, AccountItem, AccountParams, AccountRequest, StatementAnswer,
        StatementParams,
    },
    list::ListAnswer,
    services::{self, Declared, ServiceJson},
    value::Text,
};

const NUMBER: &str = "The account's number, as billing writes it.";

pub(super) fn routes() -> Vec<Route> {
    let accounts = vec![list(), one(), open(), statement(), statement_csv()];
    let services = vec![all_services(), declare()];
    let mut routes = tagged("accounts", accounts);
    routes.extend(tagged("services", services));
    routes
}

fn list() -> Route {
    get("/v1/accounts", accounts::list)
        .is("listAccounts", "Accounts by number")
        .paged::<AccountParams>()
        .answers::<ListAnswer<AccountItem>>(200, "A page.")
        .example(40, "Who owes", "/v1/accounts?saldo=debt", None, 200)
}

fn one() -> Route {
    get("/v1/accounts/{number}", accounts::get)
        .is("getAccount", "An account as it stands")
        .at::<Text<AccountNumber>>("number", NUMBER)
        .answers::<AccountAnswer>(200, "The account.")
        .problem(404, &["unknown_account"])
        .problem(422, &["bad_value"])
        .example(41, "An account", "/v1/accounts/100001", None, 200)
        .example(
            42,
            "One that was never opened",
            "/v1/accounts/999999",
            None,
            404,
        )
}

fn open() -> Route {
    let account = json!({
        "contact": "abonent@example.ru",
        "debts": [{
            "id": "debt-2026-10", "service": "INET", "period": "2026-10", "open": "650.00",
            "credit": true
        }],
        "advances": [{
            "id": "advance-1", "service": "TV", "amount": 100, "date": "2026-10-05",
            "kind": "cash"
        }]
    });
    let contact = json!({"contact": "+79110000000"});
    put("/v1/accounts/{number}", accounts::put)
        .is(
            "putAccount",
            "Open an account, or set contact and payer of an open one",
        )
        .notes(
            "Balances of an open account change by operations: others than it has are a conflict.",
        )
        .at::<Text<AccountNumber>>("number", NUMBER)
        .takes::<AccountRequest>("Contact, payer and opening balances.")
        .answers::<AccountAnswer>(200, "It was open; contact and payer are set.")
        .answers::<AccountAnswer>(201, "It is opened.")
        .problem(409, &["conflict"])
        .problem(422, &["unknown_service"])
        .example(
            2,
            "With a debt and an advance",
            "/v1/accounts/100001",
            account,
            201,
        )
        .example(43, "Another contact", "/v1/accounts/100001", contact, 200)
}

fn statement() -> Route {
    get("/v1/accounts/{number}/statement", accounts::statement)
        .is("getStatement", "The life of an account over some days")
        .notes(
            "Opening saldo, events with their deltas, receipts and what has none, closing saldo.",
        )
        .at::<Text<AccountNumber>>("number", NUMBER)
        .paged::<StatementParams>()
        .answers::<StatementAnswer>(200, "A page of its events.")
        .problem(404, &["unknown_account"])
        .problem(422, &["bad_value"])
        .example(
            44,
            "Everything since a day",
            "/v1/accounts/100001/statement?from=2026-01-01",
            None,
            200,
        )
}

fn statement_csv() -> Route {
    get(
        "/v1/accounts/{number}/statement.csv",
        accounts::statement_csv,
    )
    .is("getStatementTable", "The same as one table")
    .at::<Text<AccountNumber>>("number", NUMBER)
    .query::<StatementParams>()
    .answers_as(200, "text/csv", "The table.")
    .problem(404, &["unknown_account"])
    .problem(422, &["bad_value"])
    .example(
        45,
        "A table",
        "/v1/accounts/100001/statement.csv",
        None,
        200,
    )
}

fn all_services() -> Route {
    get("/v1/services", services::get)
        .is("getServices", "All services by code")
        .answers::<BTreeMap<String, ServiceJson>>(200, "The services.")
        .example(46, "All services", "/v1/services", None, 200)
}

fn declare() -> Route {
    let services = json!({
        "INET": {
            "name": "Доступ в интернет",
            "vat": [{"from": "2019-01-01", "rate": "20"}, {"from": "2026-01-01", "rate": "22"}],
            "sno": 1, "priority": 1, "weight": "600.00"
        },
        "TV": {"name": "Телевидение", "vat": "none", "sno": 1, "priority": 2, "weight": 300}
    });
    put("/v1/services", services::put)
        .is("putServices", "Declare or change services; all or none")
        .notes("Those that are not named stay as they are.")
        .takes::<Declared>("Services by code, at most 1 000.")
        .answers::<BTreeMap<String, ServiceJson>>(200, "All services as they stand now.")
        .example(1, "Two services", "/v1/services", services, 200)
}
