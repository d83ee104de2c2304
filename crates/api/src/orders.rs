//! What people order at the rack and about receipts: each order is signed with a name and a reason,
//! both are journaled.

use axum::{Extension, Json, extract::State, http::StatusCode};
use desk::{Desk, HistoryOf, KeyIdentity, NextRegister, RegistrationOrder, Signed, SlotId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{DriveNumber, Id, Rnm, TermError};

use crate::{
    Problem,
    cassette::{self, SlotAnswer},
    request::{Body, Nothing, Params, Segment, bad_query, read_json},
};

/// The most entries of the history in one answer.
const HISTORY_MAX: u32 = 1_000;
const HISTORY_DEFAULT: u32 = 100;

/// Who orders, and why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signature {
    /// The name of whoever orders it.
    by: String,
    /// Why.
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwapBody {
    by: String,
    reason: String,
    /// Tag 1037 of the next drive's registration; left out: that of the old one.
    #[serde(default)]
    rnm: Option<String>,
    /// Tag 1013; left out: that of the old one.
    #[serde(default)]
    serial: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmBody {
    by: String,
    reason: String,
    /// The number of the drive that was put in.
    fn_number: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterBody {
    serial: String,
    rnm: String,
}

/// `GET /v1/history`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryParams {
    /// The slot's number.
    slot: Option<u8>,
    /// The receipt's identifier.
    receipt: Option<String>,
    /// The most entries in the answer; usual: 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct HistoryAnswer {
    at_ms: i64,
    what: String,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fn_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// Who has decided it; left out: the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// The name of the key that it was ordered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// `POST /v1/receipts/{id}/form-anew`.
pub(crate) async fn form_anew(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    desk.form_anew(receipt(&id)?, signed(&body, &sender)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/receipts/{id}/release`.
pub(crate) async fn release(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    desk.release(receipt(&id)?, signed(&body, &sender)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/cassette/{slot}/swap`.
pub(crate) async fn swap(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(place): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<SlotAnswer>, Problem> {
    let SwapBody {
        by,
        reason,
        rnm,
        serial,
    } = read_json(&body)?;
    let rnm = rnm.map(|rnm| rnm.parse::<Rnm>());
    let next = NextRegister {
        rnm: rnm.transpose().map_err(in_field("rnm"))?,
        serial,
    };
    let signed = Signature { by, reason }.with(&sender);
    let view = desk.swap(slot(&place)?, &next, signed).await?;
    Ok(Json(cassette::slot(view)))
}

/// `POST /v1/cassette/{slot}/swap/confirm`.
pub(crate) async fn confirm(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(place): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<SlotAnswer>, Problem> {
    let ConfirmBody {
        by,
        reason,
        fn_number,
    } = read_json(&body)?;
    let drive: DriveNumber = fn_number.parse().map_err(in_field("fn_number"))?;
    let signed = Signature { by, reason }.with(&sender);
    let view = desk.confirm_drive(slot(&place)?, drive, signed).await?;
    Ok(Json(cassette::slot(view)))
}

/// `POST /v1/cassette/{slot}/swap/abandon`.
pub(crate) async fn abandon(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(place): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<SlotAnswer>, Problem> {
    let view = desk
        .abandon_swap(slot(&place)?, signed(&body, &sender)?)
        .await?;
    Ok(Json(cassette::slot(view)))
}

/// `POST /v1/cassette/{slot}/adopt`.
pub(crate) async fn adopt(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(place): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<SlotAnswer>, Problem> {
    let view = desk.adopt(slot(&place)?, signed(&body, &sender)?).await?;
    Ok(Json(cassette::slot(view)))
}

/// `POST /v1/cassette/{slot}/export`.
pub(crate) async fn export(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(place): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<SlotAnswer>, Problem> {
    let view = desk.export(slot(&place)?, signed(&body, &sender)?).await?;
    Ok(Json(cassette::slot(view)))
}

/// `POST /v1/cassette/{slot}/register`.
pub(crate) async fn register(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(place): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<SlotAnswer>, Problem> {
    let RegisterBody { serial, rnm } = read_json(&body)?;
    let rnm = rnm.parse().map_err(in_field("rnm"))?;
    let order = RegistrationOrder { serial, rnm };
    let view = desk.register(slot(&place)?, &order, Some(&sender)).await?;
    Ok(Json(cassette::slot(view)))
}

/// `POST /v1/cassette/{slot}/reprobe`.
pub(crate) async fn reprobe(
    State(desk): State<Desk>,
    Segment(place): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<SlotAnswer>, Problem> {
    let view = desk.reprobe(slot(&place)?).await?;
    Ok(Json(cassette::slot(view)))
}

/// `POST /v1/clock/trust`.
pub(crate) async fn trust_clock(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    desk.trust_clock(signed(&body, &sender)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/history`.
pub(crate) async fn history(
    State(desk): State<Desk>,
    Params(params): Params<HistoryParams>,
) -> Result<Json<Vec<HistoryAnswer>>, Problem> {
    let receipt = params.receipt.map(|id| id.parse::<Id>()).transpose();
    let limit = params.limit.unwrap_or(HISTORY_DEFAULT);
    if !(1..=HISTORY_MAX).contains(&limit) {
        return Err(bad_query(format!("limit is 1 to {HISTORY_MAX}")));
    }
    let of = HistoryOf {
        slot: params.slot.map(SlotId),
        receipt: receipt.map_err(|error| bad_query(error.to_string()))?,
        limit,
    };
    let answer = |entry: desk::HistoryEntry| HistoryAnswer {
        at_ms: entry.at,
        what: entry.what,
        detail: entry.detail,
        slot: entry.slot,
        fn_number: entry.drive,
        receipt: entry.receipt.map(|id| id.to_string()),
        by: entry.by,
        key: entry.key,
    };
    Ok(Json(desk.history(of)?.into_iter().map(answer).collect()))
}

pub(crate) fn signed(body: &str, sender: &KeyIdentity) -> Result<Signed, Problem> {
    Ok(read_json::<Signature>(body)?.with(sender))
}

impl Signature {
    fn with(self, sender: &KeyIdentity) -> Signed {
        Signed {
            by: self.by,
            reason: self.reason,
            key: Some(sender.id),
        }
    }
}

fn receipt(id: &str) -> Result<Id, Problem> {
    id.parse()
        .map_err(|error: TermError| Problem::not_found("unknown_receipt", error.to_string()))
}

fn slot(place: &str) -> Result<SlotId, Problem> {
    place.parse().map(SlotId).map_err(|_| {
        let detail = format!("«{place}» is no slot; slots are counted from 1");
        Problem::not_found("unknown_slot", detail)
    })
}

fn in_field(field: &'static str) -> impl Fn(TermError) -> Problem {
    move |error| Problem::bad_value(error.to_string()).in_field(field)
}
