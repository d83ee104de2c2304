//! Paths of contracts, of charges outside them, and of payouts.

use serde_json::{Value, json};
use terms::{AccountNumber, Id};

use super::{Route, get, post, put, tagged};
use crate::{
    contracts::{
        self, ContractAnswer, ContractMonthAnswer, ContractsRequest, ContractsTableAnswer,
        EndingAnswer, EndingQuery, MonthParams, MonthTableQuery,
    },
    held_charges::{self, HeldAnswer, HeldParams},
    list::ListAnswer,
    orders::Signature,
    payouts::{
        self, FormatQuery, PayoutAnswer, PayoutDetails, PayoutParams, PayoutRequest, SupplierAnswer,
    },
    tables::BalancesQuery,
    value::Text,
};

const WHO: &str = "Who decides, and why: both are journaled with the key.";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) fn routes() -> Vec<Route> {
    let contracts = vec![
        of_account(),
        set(),
        table(),
        ending(),
        report(),
        report_table(),
    ];
    let held = vec![held_list(), held_one(), release(), refuse()];
    let payouts = vec![
        suppliers(),
        payout_list(),
        make(),
        payout(),
        register(),
        documents(),
        agree(),
        give_up(),
    ];
    let mut routes = tagged("contracts", contracts);
    routes.extend(tagged("contracts", held));
    routes.extend(tagged("payouts", payouts));
    routes
}

fn signature() -> Value {
    json!({"by": "Главный бухгалтер", "reason": "согласовано"})
}

fn of_account() -> Route {
    get("/v1/accounts/{number}/contracts", contracts::get)
        .is(
            "getContracts",
            "The contracts of an account by their first days",
        )
        .at::<Text<AccountNumber>>("number", "The account's number.")
        .answers::<Vec<ContractAnswer>>(200, "Its contracts.")
        .problem(404, &["unknown_account"])
        .problem(422, &["bad_value"])
        .example(
            111,
            "Its contracts",
            "/v1/accounts/100001/contracts",
            None,
            200,
        )
}

fn set() -> Route {
    let contracts = json!({
        "contracts": [{
            "number": "ИНТ-100001/26", "from": "2026-01-01", "to": "2026-12-31",
            "services": ["INET"], "price_list": "Базовый 2026"
        }],
        "by": "Отдел договоров"
    });
    put("/v1/accounts/{number}/contracts", contracts::put)
        .is("putContracts", "Give an account exactly these contracts")
        .notes(
            "Contracts that are not named are gone, and the history tells of them. On no day may two \
             be about one service. What becomes of a charge that none allows says `[contracts]` of \
             the configuration; an account without contracts is not judged.",
        )
        .at::<Text<AccountNumber>>("number", "The account's number.")
        .takes::<ContractsRequest>("All its contracts, at most 1 000.")
        .answers::<Vec<ContractAnswer>>(200, "Its contracts now.")
        .problem(404, &["unknown_account"])
        .problem(422, &["unknown_service", "bad_contract", "not_signed"])
        .example(
            110,
            "One of a year",
            "/v1/accounts/100001/contracts",
            contracts,
            200,
        )
}

fn table() -> Route {
    let table = "account;number;from;to;services;price_list;comment\n\
                 100001;ИНТ-100001/26;2026-01-01;2026-12-31;INET;Базовый 2026;\n";
    post("/v1/contracts", contracts::post_table)
        .is("postContracts", "Contracts from a table; all or none")
        .notes("The rows of an account are all its contracts; accounts that are not there keep theirs.")
        .query::<BalancesQuery>()
        .takes_bytes(
            "text/csv",
            "The table in UTF-8; columns are told apart by their headings.",
        )
        .answers::<ContractsTableAnswer>(200, "What was set.")
        .problem(404, &["unknown_account"])
        .problem(422, &["bad_table", "unknown_service", "bad_contract"])
        .example(
            112,
            "One contract",
            "/v1/contracts?dry_run=true",
            Value::from(table),
            200,
        )
}

fn ending() -> Route {
    get("/v1/contracts/ending", contracts::ending)
        .is(
            "listEndingContracts",
            "Contracts that end soon, the first to end first",
        )
        .notes("Those that another contract follows are left out; at most 1 000.")
        .query::<EndingQuery>()
        .answers::<Vec<EndingAnswer>>(200, "The contracts.")
        .problem(422, &["bad_value"])
        .example(
            113,
            "Within two months",
            "/v1/contracts/ending?days=60",
            None,
            200,
        )
}

fn report() -> Route {
    get("/v1/contracts/report", contracts::report)
        .is("getContractReport", "What contracts have come to in a month")
        .notes(
            "`debt_start + charged − offset − paid + other = debt_end`. To a month belongs what was \
             accepted on its days, as in statements; to a contract the services that it is about \
             then. Penalties and advances of the common pool belong to none.",
        )
        .paged::<MonthParams>()
        .answers::<ListAnswer<ContractMonthAnswer>>(200, "A page.")
        .example(
            114,
            "November",
            "/v1/contracts/report?period=2026-11",
            None,
            200,
        )
}

fn report_table() -> Route {
    get("/v1/contracts/report/table", contracts::report_table)
        .is(
            "getContractReportTable",
            "The same of all contracts as one table",
        )
        .query::<MonthTableQuery>()
        .answers_as(200, "text/csv", "The table.")
        .answers_as(200, XLSX, "The table.")
        .example(
            115,
            "November",
            "/v1/contracts/report/table?period=2026-11",
            None,
            200,
        )
}

fn held_list() -> Route {
    get("/v1/held-charges", held_charges::list)
        .is(
            "listHeldCharges",
            "Charges that no contract allows, the oldest first",
        )
        .query::<HeldParams>()
        .answers::<Vec<HeldAnswer>>(200, "The charges.")
        .example(116, "Those that wait", "/v1/held-charges", None, 200)
}

/// A path of one held charge.
fn held(route: Route) -> Route {
    route
        .at::<Text<Id>>("id", "The held charge's identifier.")
        .answers::<HeldAnswer>(200, "The charge as it stands.")
        .problem(404, &["unknown_charge"])
}

fn held_one() -> Route {
    held(get("/v1/held-charges/{id}", held_charges::get))
        .is("getHeldCharge", "A held charge")
        .example(
            117,
            "One that is not there",
            "/v1/held-charges/{operation}",
            None,
            404,
        )
}

fn release() -> Route {
    held(post("/v1/held-charges/{id}/release", held_charges::release))
        .is("releaseHeldCharge", "Accept a held charge as it was sent")
        .takes::<Signature>(WHO)
        .problem(409, &["charge_decided"])
        .problem(422, &[])
        .example(
            118,
            "One that is not there",
            "/v1/held-charges/{operation}/release",
            signature(),
            404,
        )
}

fn refuse() -> Route {
    held(post("/v1/held-charges/{id}/refuse", held_charges::refuse))
        .is("refuseHeldCharge", "Refuse a held charge for ever")
        .takes::<Signature>(WHO)
        .problem(409, &["charge_decided"])
        .problem(422, &["not_signed"])
        .example(
            119,
            "One that is not there",
            "/v1/held-charges/{operation}/refuse",
            signature(),
            404,
        )
}

fn suppliers() -> Route {
    get("/v1/suppliers", payouts::suppliers)
        .is(
            "listSuppliers",
            "What stands for the suppliers behind agents' lines",
        )
        .answers::<Vec<SupplierAnswer>>(200, "The suppliers by ИНН.")
        .example(120, "All", "/v1/suppliers", None, 200)
}

fn payout_list() -> Route {
    get("/v1/payouts", payouts::list)
        .is("listPayouts", "Payouts to suppliers, the newest first")
        .query::<PayoutParams>()
        .answers::<Vec<PayoutAnswer>>(200, "The payouts.")
        .example(121, "The last ten", "/v1/payouts?limit=10", None, 200)
}

fn make() -> Route {
    post("/v1/payouts", payouts::post)
        .is("makePayouts", "Make drafts of what is owed to suppliers")
        .notes(
            "Of every line with an agent in a document that was formed up to the end of the month and \
             confirmed by the ОФД, and that is in no payout. What went back is taken off; where more \
             went back than came, it waits.",
        )
        .takes::<PayoutRequest>("The month, and perhaps the supplier.")
        .answers::<Vec<PayoutAnswer>>(201, "The drafts; none when nothing is owed.")
        .problem(422, &["period_ahead", "not_signed"])
        .example(
            122,
            "Of October",
            "/v1/payouts",
            json!({"period": "2026-10", "by": "Бухгалтер"}),
            201,
        )
}

/// A path of one payout.
fn one(route: Route) -> Route {
    route
        .at::<i64>("id", "The payout's number.")
        .problem(404, &["unknown_payout"])
}

fn payout() -> Route {
    one(get("/v1/payouts/{id}", payouts::get))
        .is("getPayout", "A payout with what it has of each service")
        .answers::<PayoutDetails>(200, "The payout.")
        .example(123, "One that is not there", "/v1/payouts/1", None, 404)
}

fn register() -> Route {
    one(get("/v1/payouts/{id}/register", payouts::register))
        .is(
            "getPayoutRegister",
            "The register of a payout: a row for each service",
        )
        .query::<FormatQuery>()
        .answers_as(200, "text/csv", "The table.")
        .answers_as(200, XLSX, "The table.")
        .example(
            124,
            "One that is not there",
            "/v1/payouts/1/register",
            None,
            404,
        )
}

fn documents() -> Route {
    one(get("/v1/payouts/{id}/documents", payouts::documents))
        .is(
            "getPayoutDocuments",
            "The documents of a payout: a row for each line",
        )
        .query::<FormatQuery>()
        .answers_as(200, "text/csv", "The table.")
        .answers_as(200, XLSX, "The table.")
        .example(
            125,
            "One that is not there",
            "/v1/payouts/1/documents",
            None,
            404,
        )
}

fn agree() -> Route {
    one(post("/v1/payouts/{id}/agree", payouts::agree))
        .is("agreePayout", "A draft is paid out")
        .takes::<Signature>(WHO)
        .answers::<PayoutAnswer>(200, "The payout.")
        .problem(409, &["payout_ended"])
        .problem(422, &["not_signed"])
        .example(
            126,
            "One that is not there",
            "/v1/payouts/1/agree",
            signature(),
            404,
        )
}

fn give_up() -> Route {
    one(post("/v1/payouts/{id}/drop", payouts::drop))
        .is(
            "dropPayout",
            "A draft is not paid out: its lines wait again",
        )
        .takes::<Signature>(WHO)
        .answers::<PayoutAnswer>(200, "The payout.")
        .problem(409, &["payout_ended"])
        .problem(422, &["not_signed"])
        .example(
            127,
            "One that is not there",
            "/v1/payouts/1/drop",
            signature(),
            404,
        )
}
