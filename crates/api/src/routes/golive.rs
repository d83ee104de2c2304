//! Paths of the audit before the switch and of its programme.

use serde_json::{Value, json};

use super::{Route, get, post, tagged};
use crate::golive::{self, GoliveAnswer, PlanBody, StepBody, XLSX};

pub(super) fn routes() -> Vec<Route> {
    tagged("golive", vec![now(), check(), protocol(), plan(), step()])
}

fn now() -> Route {
    get("/v1/golive", golive::get)
        .is("getGolive", "How ready everything is for the switch")
        .notes(
            "Receipts of each kind are formed on an emulated drive in memory. ОФД, webhooks and \
             billing's balances count as they were looked at last: `POST` looks again.",
        )
        .answers::<GoliveAnswer>(200, "Checks, steps and test receipts.")
        .example(300, "How ready are we?", "/v1/golive", None, 200)
}

fn check() -> Route {
    let table = "account;contact;item;id;service;period;amount;credit;date;kind\n\
                 100002;second@example.ru;debt;d1;INET;2026-10;650,00;yes;;\n";
    Route {
        handler: golive::check_file(),
        ..post("/v1/golive", golive::check)
    }
    .is(
        "checkGolive",
        "Ask the ОФД and the webhooks, too, and compare billing's balances",
    )
    .notes("An empty body compares no balances.")
    .takes_bytes(
        "text/csv",
        "The table of `POST /v1/balances`, as billing has it now; it is only compared.",
    )
    .answers::<GoliveAnswer>(200, "Checks, steps and test receipts.")
    .example(
        301,
        "With billing's file",
        "/v1/golive",
        Value::from(table),
        200,
    )
}

fn protocol() -> Route {
    get("/v1/golive/protocol", golive::protocol)
        .is("getGoliveProtocol", "The same as an XLSX, to be signed")
        .answers_as(200, XLSX, "The protocol, in Russian.")
}

fn plan() -> Route {
    let body = json!({
        "switch_on": "2026-12-01", "receipts_a_month": 20_000, "by": "Анна Главбухова"
    });
    post("/v1/golive/plan", golive::plan)
        .is("planGolive", "Plan the day of the switch, or move it")
        .takes::<PlanBody>("The day, and who plans it: it is in the trail.")
        .answers::<GoliveAnswer>(200, "With the day planned.")
        .problem(422, &["not_signed"])
        .example(302, "On 1 December", "/v1/golive/plan", body, 200)
}

fn step() -> Route {
    let body = json!({"by": "Анна Главбухова", "note": "№ 17 от 20.10.2026"});
    post("/v1/golive/steps/{step}", golive::step)
        .is("tickGoliveStep", "Say that a step is done")
        .notes("Only of those that a person has to say: the others are done when checks show it.")
        .at::<String>("step", "The step, such as `ofd_contract`.")
        .takes::<StepBody>("Who says so: it is in the trail.")
        .answers::<GoliveAnswer>(200, "With the step done.")
        .problem(404, &["unknown_step"])
        .problem(409, &["shown_by_checks"])
        .problem(422, &["not_signed"])
        .example(
            303,
            "The contract is signed",
            "/v1/golive/steps/ofd_contract",
            body,
            200,
        )
}
