//! Paths of tables and of files of banks.

use serde_json::{Value, json};

use super::{Route, get, post, tagged};
use crate::{
    imports::{
        self, DecisionBody, DetailsAnswer, FileAnswer, ImportAnswer, ImportQuery, ListQuery,
        RowAnswer,
    },
    tables::{self, BalancesAnswer, BalancesQuery, OffsetsQuery},
};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = tagged("tables", vec![balances(), offsets()]);
    routes.extend(tagged("imports", vec![load(), list(), one(), decide()]));
    routes
}

fn balances() -> Route {
    let table = "account;contact;item;id;service;period;amount;credit;date;kind\n\
                 100002;second@example.ru;debt;d1;INET;2026-10;650,00;yes;;\n";
    post("/v1/balances", tables::post_balances)
        .is("postBalances", "Opening balances from a table; all or none")
        .query::<BalancesQuery>()
        .takes_bytes(
            "text/csv",
            "The table in UTF-8; columns are told apart by their headings.",
        )
        .answers::<BalancesAnswer>(200, "What was opened.")
        .problem(409, &["conflict"])
        .problem(422, &["bad_table"])
        .example(
            10,
            "An account with a debt",
            "/v1/balances?dry_run=true",
            Value::from(table),
            200,
        )
}

fn offsets() -> Route {
    get("/v1/offsets", tables::get_offsets)
        .is(
            "getOffsets",
            "The register behind a month's consolidated receipt",
        )
        .query::<OffsetsQuery>()
        .answers_as(200, "text/csv", "The table.")
        .example(11, "November", "/v1/offsets?period=2026-11", None, 200)
}

fn load() -> Route {
    let file = "1CClientBankExchange\nВерсияФормата=1.03\nКонецФайла\n";
    let body = imports::post_file();
    Route {
        handler: body,
        ..post("/v1/imports", imports::post)
    }
    .is("postImport", "Load a file of payments as it is")
    .notes(
        "The body is the file, whatever its encoding, at most 64 MiB. It is loaded whole or not at \
         all, and each payment becomes an operation once, however often the file comes.",
    )
    .query::<ImportQuery>()
    .takes_bytes("application/octet-stream", "The file.")
    .answers::<ImportAnswer>(200, "Only looked at, or loaded before.")
    .answers::<ImportAnswer>(201, "Loaded whole.")
    .problem(409, &["conflict"])
    .problem(
        422,
        &[
            "bad_file",
            "rows_refused",
            "unknown_kind",
            "unknown_profile",
            "not_our_account",
            "not_signed",
        ],
    )
    .example(
        50,
        "A file of a kind that nobody knows",
        "/v1/imports?name=payments.txt&profile=nobody&dry_run=true",
        Value::from(file),
        422,
    )
}

fn list() -> Route {
    get("/v1/imports", imports::list)
        .is("listImports", "The loaded files, the newest first")
        .query::<ListQuery>()
        .answers::<Vec<FileAnswer>>(200, "The files.")
        .example(51, "The last ten", "/v1/imports?limit=10", None, 200)
}

fn one() -> Route {
    get("/v1/imports/{id}", imports::get)
        .is(
            "getImport",
            "A file with the rows that a person has to look at",
        )
        .at::<i64>("id", "The file's number.")
        .answers::<DetailsAnswer>(200, "The file.")
        .problem(404, &["unknown_import"])
        .example(52, "One that is not there", "/v1/imports/1", None, 404)
}

fn decide() -> Route {
    let skip = json!({"by": "Оператор", "reason": "наш собственный перевод", "skip": true});
    post("/v1/imports/{id}/rows/{line}", imports::decide)
        .is(
            "decideImportRow",
            "Decide about a row: its account, or skip it",
        )
        .at::<i64>("id", "The file's number.")
        .at::<u32>("line", "The row's line in the file.")
        .takes::<DecisionBody>("Exactly one of `account` and `skip`, with a name and a reason.")
        .answers::<RowAnswer>(200, "The row, decided.")
        .problem(404, &["unknown_import", "unknown_row"])
        .problem(409, &["row_decided", "conflict"])
        .problem(422, &[])
        .example(
            53,
            "A row that is not there",
            "/v1/imports/1/rows/2",
            skip,
            404,
        )
}
