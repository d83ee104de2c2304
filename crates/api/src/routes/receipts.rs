//! Paths of receipts.

use terms::Id;

use super::{Answer, Form, Route, get, tagged};
use crate::{
    list::ListAnswer,
    receipts::{self, ReceiptAnswer, ReceiptParams},
    value::Text,
};

pub(super) fn routes() -> Vec<Route> {
    tagged("receipts", vec![list(), one()])
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
