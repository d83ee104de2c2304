//! Paths of operations.

use serde_json::json;
use terms::Id;

use super::{Route, get, post, tagged};
use crate::{
    operations::{
        self, CancelBody, Element, OperationAnswer, OperationBody, OperationDetails,
        OperationOrArray, OperationParams, OperationsOrOne, PreviewAnswer, Waiting,
    },
    value::Text,
};

/// Why an operation is refused by the rules of receipts and by its own form.
const REFUSALS: &[&str] = &[];

pub(super) fn routes() -> Vec<Route> {
    let operations = vec![push(), list(), one(), preview(), cancel()];
    tagged("operations", operations)
}

fn push() -> Route {
    let payment = json!({
        "type": "payment", "key": "pay-2026-11-20-1", "account": "100001", "date": "2026-11-20",
        "parts": [{"kind": "cashless", "amount": "1550.00"}]
    });
    let charge = json!({
        "type": "charge", "key": "charge-2026-11", "account": "100001", "date": "2026-11-30",
        "lines": [{"service": "INET", "period": "2026-11", "amount": "700.00"}]
    });
    let ready = json!({
        "type": "receipt", "key": "ready-1", "sign": 1, "sno": 1, "date": "2026-11-20",
        "contact": "abonent@example.ru",
        "lines": [{
            "name": "Подключение", "amount": "500.00", "method": 4, "subject": 4, "vat_code": 11
        }],
        "payments": {"cashless": "500.00"}
    });
    let several = json!([
        {
            "type": "payment", "key": "pay-2026-11-21-1", "account": "100001",
            "date": "2026-11-21", "parts": [{"kind": "cash", "amount": 10}]
        },
        {
            "type": "payment", "key": "pay-2026-11-21-2", "account": "999999",
            "date": "2026-11-21", "parts": [{"kind": "cash", "amount": 10}]
        }
    ]);
    let to_cancel = json!({
        "type": "payment", "key": "pay-unknown-1", "account": null, "date": "2026-11-21",
        "parts": [{"kind": "cashless", "amount": "300.00"}], "channel": "bank_registry"
    });
    post("/v1/operations", operations::post)
        .is("pushOperations", "Push an operation, or an array of them")
        .notes(
            "What it becomes is computed and stored before the answer. `key` is the idempotency \
             key, for ever: the same body again is answered again, another body is a `conflict`. \
             After a lost answer or a 5xx, send the same again. An array is answered in place, \
             element by element; a refused one is a problem that stands in the array.",
        )
        .query::<Waiting>()
        .takes::<OperationOrArray>("An operation, told apart by `type`, or at most 1 000 of them.")
        .answers::<Vec<Element>>(
            200,
            "An array was sent, or an operation that was cancelled.",
        )
        .answers::<OperationAnswer>(201, "All its receipts are formed, or it needs none.")
        .answers::<OperationAnswer>(202, "It is stored, its receipts are on the way.")
        .problem(409, &["conflict"])
        .problem(413, &["too_many_operations"])
        .problem(422, REFUSALS)
        .example(4, "A payment", "/v1/operations?wait=30", payment, 201)
        .example(5, "A charge", "/v1/operations?wait=30", charge, 201)
        .example(
            6,
            "A receipt with ready lines",
            "/v1/operations?wait=30",
            ready,
            201,
        )
        .example(
            7,
            "Two at once, of which one is refused",
            "/v1/operations",
            several,
            200,
        )
        .example(
            8,
            "Money of an unknown payer",
            "/v1/operations?wait=30",
            to_cancel,
            201,
        )
}

fn list() -> Route {
    get("/v1/operations", operations::list)
        .is("listOperations", "One operation by its key, or a list")
        .notes("With `key`, and nothing else, the operation itself is answered; otherwise a page.")
        .paged::<OperationParams>()
        .answers::<OperationsOrOne>(200, "The operation with this key, or a page.")
        .problem(404, &["unknown_operation"])
        .example(
            20,
            "By its key",
            "/v1/operations?key=pay-2026-11-20-1",
            None,
            200,
        )
        .example(
            21,
            "Payments of an account",
            "/v1/operations?account=100001&type=payment&limit=10",
            None,
            200,
        )
}

fn one() -> Route {
    get("/v1/operations/{id}", operations::get)
        .is("getOperation", "An operation with its receipts")
        .at::<Text<Id>>("id", "The operation's identifier.")
        .answers::<OperationDetails>(200, "The operation.")
        .problem(404, &["unknown_operation"])
        .example(22, "An operation", "/v1/operations/{operation}", None, 200)
}

fn preview() -> Route {
    let payment = json!({
        "type": "payment", "key": "pay-2026-11-20-1", "account": "100001", "date": "2026-11-20",
        "parts": [{"kind": "cashless", "amount": "1550.00"}]
    });
    post("/v1/preview", operations::preview)
        .is("previewOperation", "What an operation would become now")
        .notes("Nothing is stored. The same code decides, on the state as it stands.")
        .takes::<OperationBody>("The operation.")
        .answers::<PreviewAnswer>(200, "Receipts, what has none, and the accounts after it.")
        .problem(409, &["conflict"])
        .problem(422, REFUSALS)
        .example(
            3,
            "What would this payment become?",
            "/v1/preview",
            payment,
            200,
        )
}

fn cancel() -> Route {
    let unknown = json!({
        "key": "never-sent", "by": "Дежурный инженер", "reason": "отправлено по ошибке"
    });
    post("/v1/operations:cancel", operations::cancel)
        .is(
            "cancelOperation",
            "Cancel an operation of which nothing is formed",
        )
        .notes(
            "Name it by `key` or by `id`. Its receipts become `refused` and will never be formed; \
             its accounts are as if it had not been. Said twice, it is answered twice the same.",
        )
        .takes::<CancelBody>("Which operation, who, and why.")
        .answers::<OperationAnswer>(200, "The operation, cancelled.")
        .problem(404, &["unknown_operation"])
        .problem(
            409,
            &[
                "formed_already",
                "being_formed",
                "in_doubt",
                "drives_are_asked",
                "used_since",
                "journal",
            ],
        )
        .problem(422, &["not_signed"])
        .example(
            23,
            "An operation that is not there",
            "/v1/operations:cancel",
            unknown,
            404,
        )
}
