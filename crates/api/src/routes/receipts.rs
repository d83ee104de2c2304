//! Paths of receipts.

use serde_json::json;
use terms::Id;

use super::{Answer, Form, Route, get, post, tagged};
use crate::{
    list::ListAnswer,
    operations::{self, FixBody, FixedOrPreview, OperationAnswer, Waiting},
    receipts::{self, ReceiptAnswer, ReceiptParams},
    value::Text,
};

pub(super) fn routes() -> Vec<Route> {
    tagged("receipts", vec![list(), one(), fix()])
}

fn list() -> Route {
    get("/v1/receipts", receipts::list)
        .is("listReceipts", "Receipts, the newest first")
        .notes(
            "Any filters together. Days are those of the place of settlement, both ends included; \
             `receipt_number` is counted within a `shift`, so both are named.",
        )
        .paged::<ReceiptParams>()
        .answers::<ListAnswer<ReceiptAnswer>>(200, "A page.")
        .example(
            30,
            "Formed receipts of an account",
            "/v1/receipts?account=100001&state=fiscalized,acknowledged",
            None,
            200,
        )
        .example(
            31,
            "By the sum on a paper",
            "/v1/receipts?total=1550.00&sign=1",
            None,
            200,
        )
}

fn one() -> Route {
    let mut route = get("/v1/receipts/{id}", receipts::get)
        .is(
            "getReceipt",
            "A receipt: lines with their reasons, document, letters",
        )
        .at::<Text<Id>>("id", "The receipt's identifier.")
        .answers::<ReceiptAnswer>(200, "The receipt.")
        .problem(404, &["unknown_receipt", "unknown_form"])
        .example(32, "A receipt", "/v1/receipts/{receipt}", None, 200)
        .example(33, "Its page", "/v1/receipts/{receipt}.html", None, 200)
        .example(34, "Its text", "/v1/receipts/{receipt}.txt", None, 200)
        .example(35, "Its QR code", "/v1/receipts/{receipt}.svg", None, 200)
        .example(36, "Its TLV", "/v1/receipts/{receipt}.tlv", None, 200);
    route.about.forms = forms();
    route
}

/// The same for people and for programs that read TLV.
fn forms() -> Vec<Form> {
    let waits = "There is no document yet: what it waits for, in the same form.";
    let svg = Answer::of(200, "image/svg+xml", "The QR code of the document.");
    vec![
        Form {
            ending: ".html",
            id: "getReceiptPage",
            summary: "The document as a page",
            answers: vec![
                Answer::of(200, "text/html", "The page; it needs nothing but itself."),
                Answer::of(409, "text/html", waits),
            ],
        },
        Form {
            ending: ".txt",
            id: "getReceiptText",
            summary: "The document as text, 48 columns",
            answers: vec![
                Answer::of(200, "text/plain", "The text."),
                Answer::of(409, "text/plain", waits),
            ],
        },
        Form {
            ending: ".svg",
            id: "getReceiptQr",
            summary: "The QR code of the document",
            answers: vec![svg],
        },
        Form {
            ending: ".tlv",
            id: "getReceiptTlv",
            summary: "What is passed to the drive, bytes of TLV",
            answers: vec![Answer::of(200, "application/octet-stream", "The bytes.")],
        },
    ]
}

fn fix() -> Route {
    let wrong_kind = json!({
        "change": {"kind": "cash"},
        "basis": {"reason": "wrong_kind", "comment": "оплата в кассе, а не по карте"},
        "dry_run": true
    });
    let same = json!({
        "change": {"kind": "cashless"}, "basis": {"reason": "wrong_kind"}, "dry_run": true
    });
    post("/v1/receipts/{id}/fix", operations::fix)
        .is("fixReceipt", "Fix one receipt that is wrong")
        .notes(
            "It is reversed, and the right one is formed; `change` says what was wrong, everything \
             else was right. The same change again is the same operation. Many receipts are fixed by \
             a plan: `POST /v1/restorations:fix`.",
        )
        .at::<Text<Id>>("id", "The wrong receipt's identifier.")
        .query::<Waiting>()
        .takes::<FixBody>("What was wrong, and why it is corrected.")
        .answers::<FixedOrPreview>(
            200,
            "With `dry_run`: what would be formed. Or the operation, which was cancelled.",
        )
        .answers::<OperationAnswer>(201, "Both documents are formed.")
        .answers::<OperationAnswer>(202, "It is stored, its receipts are on the way.")
        .problem(404, &["unknown_receipt"])
        .problem(409, &["not_formed", "conflict"])
        .problem(422, &[])
        .example(
            37,
            "What if it was paid in cash?",
            "/v1/receipts/{receipt}/fix",
            wrong_kind,
            200,
        )
        .example(
            38,
            "It says that already",
            "/v1/receipts/{receipt}/fix",
            same,
            422,
        )
}
