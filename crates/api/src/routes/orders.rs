//! Paths of what people order.

use serde_json::{Value, json};
use terms::Id;

use super::{Route, post, tagged};
use crate::{
    cassette::SlotAnswer,
    orders::{self, ConfirmBody, RegisterBody, Signature, SwapBody},
    value::Text,
};

const WHO: &str = "Who orders it, and why: both are journaled with the key.";
/// What may stand against an order about a receipt.
const AGAINST_RECEIPT: &[&str] = &[
    "wrong_state",
    "not_in_doubt",
    "drive_is_asked",
    "being_formed",
    "in_doubt",
    "drives_are_asked",
    "journal",
];
/// What may stand against an order at the rack.
const AGAINST_SLOT: &[&str] = &[
    "wrong_state",
    "no_drive",
    "not_ours",
    "swap_under_way",
    "no_swap",
    "too_late",
    "not_awaited",
    "nothing_to_adopt",
    "not_registrable",
    "drive_is_asked",
    "drives_are_asked",
    "journal",
];

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![form_anew(), release(), trust_clock()];
    routes.extend(swaps());
    routes.extend(slots());
    tagged("orders", routes)
}

fn signature() -> Value {
    json!({"by": "Дежурный инженер", "reason": "по графику"})
}

/// An order about a receipt.
fn receipt(route: Route) -> Route {
    route
        .at::<Text<Id>>("id", "The receipt's identifier.")
        .takes::<Signature>(WHO)
        .answers_as(204, "", "It is done.")
        .problem(404, &["unknown_receipt"])
        .problem(409, AGAINST_RECEIPT)
        .problem(422, &["not_signed"])
}

/// An order at a slot.
fn slot(route: Route) -> Route {
    route
        .at::<u8>("slot", "The slot's number, from 1.")
        .answers::<SlotAnswer>(200, "The slot as it stands now.")
        .problem(404, &["unknown_slot"])
        .problem(409, AGAINST_SLOT)
}

fn form_anew() -> Route {
    let path = "/v1/receipts/{id}/form-anew";
    receipt(post(path, orders::form_anew))
        .is(
            "formReceiptAnew",
            "Let another drive form a receipt in doubt",
        )
        .notes(
            "Only when its drive will never tell: if it tells later, a return receipt undoes it.",
        )
        .example(
            80,
            "One that is no longer in doubt",
            "/v1/receipts/{receipt}/form-anew",
            signature(),
            409,
        )
}

fn release() -> Route {
    receipt(post("/v1/receipts/{id}/release", orders::release))
        .is("releaseReceipt", "Try a held receipt again")
        .example(
            81,
            "One that is not held",
            "/v1/receipts/{receipt}/release",
            signature(),
            409,
        )
}

fn trust_clock() -> Route {
    post("/v1/clock/trust", orders::trust_clock)
        .is("trustClock", "The clock that was set is right")
        .takes::<Signature>(WHO)
        .answers_as(204, "", "It is trusted.")
        .problem(409, &["clock_is_right", "journal"])
        .problem(422, &["not_signed"])
        .example(
            82,
            "It was never wrong",
            "/v1/clock/trust",
            signature(),
            409,
        )
}

fn swaps() -> [Route; 3] {
    let confirmed = json!({
        "by": "Дежурный инженер", "reason": "по графику", "fn_number": "9999078900000001"
    });
    [
        slot(post("/v1/cassette/{slot}/swap", orders::swap))
            .is("beginSwap", "Replace the drive of a slot, step by step")
            .takes::<SwapBody>(WHO)
            .problem(422, &["not_signed"])
            .example(
                83,
                "Of a slot that is not there",
                "/v1/cassette/9/swap",
                signature(),
                404,
            ),
        slot(post("/v1/cassette/{slot}/swap/confirm", orders::confirm))
            .is("confirmSwap", "The drive that was put in is the right one")
            .takes::<ConfirmBody>(WHO)
            .problem(422, &["not_signed"])
            .example(
                84,
                "There is no swap",
                "/v1/cassette/1/swap/confirm",
                confirmed,
                409,
            ),
        slot(post("/v1/cassette/{slot}/swap/abandon", orders::abandon))
            .is("abandonSwap", "Give a swap up")
            .takes::<Signature>(WHO)
            .problem(422, &["not_signed"])
            .example(
                85,
                "There is no swap",
                "/v1/cassette/1/swap/abandon",
                signature(),
                409,
            ),
    ]
}

fn slots() -> [Route; 4] {
    let registration = json!({"serial": "KASSETTE0001", "rnm": "0000000001048512"});
    [
        slot(post("/v1/cassette/{slot}/adopt", orders::adopt))
            .is("adoptDrive", "Take a drive in after use elsewhere")
            .takes::<Signature>(WHO)
            .problem(422, &["not_signed"])
            .example(
                86,
                "One that is ours",
                "/v1/cassette/1/adopt",
                signature(),
                409,
            ),
        slot(post("/v1/cassette/{slot}/export", orders::export))
            .is("exportDrive", "Read the documents of a drive into files")
            .takes::<Signature>(WHO)
            .problem(422, &["not_signed"])
            .example(
                87,
                "Of a slot that is not there",
                "/v1/cassette/9/export",
                signature(),
                404,
            ),
        slot(post("/v1/cassette/{slot}/register", orders::register))
            .is("registerDrive", "Register the drive of a slot")
            .takes::<RegisterBody>("The register's serial number and its РНМ.")
            .example(
                88,
                "A РНМ that does not fit the serial number",
                "/v1/cassette/1/register",
                registration,
                409,
            ),
        slot(post("/v1/cassette/{slot}/reprobe", orders::reprobe))
            .is("reprobeSlot", "Look at a slot anew")
            .example(89, "A slot", "/v1/cassette/1/reprobe", None, 200),
    ]
}
