//! The cassette: `GET /v1/cassette`, and `GET /health`.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desk::{CassetteView, Desk, SlotState, SlotView};
use serde::Serialize;

use crate::{
    Problem,
    request::{Nothing, Params},
};

#[derive(Serialize)]
pub(crate) struct CassetteAnswer {
    inn: String,
    name: String,
    /// Receipts that wait for a drive.
    waiting: usize,
    /// True while a drive in it is emulated: its documents have no legal force.
    emulated: bool,
    slots: Vec<SlotAnswer>,
}

#[derive(Serialize)]
struct SlotAnswer {
    slot: u8,
    address: String,
    /// Where the drive of a slot without a fixed address is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    fn_number: Option<String>,
    emulated: bool,
    rnm: Option<String>,
    version: Option<String>,
    until: Option<String>,
    documents_left: Option<u32>,
    last_fd: Option<u32>,
    last_time: Option<String>,
    shift_open: bool,
    unacknowledged: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ofd_trouble: Option<String>,
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    slots: usize,
    slots_at_work: usize,
    waiting: usize,
    emulated: bool,
}

/// `GET /v1/cassette`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<CassetteAnswer>, Problem> {
    let view: CassetteView = desk.cassette().await?;
    Ok(Json(CassetteAnswer {
        inn: view.inn,
        name: view.name,
        waiting: view.waiting,
        emulated: view.emulated,
        slots: view.slots.into_iter().map(slot).collect(),
    }))
}

/// `GET /health`: 200 while at least one slot can form documents, 503 otherwise. Operations are
/// accepted in both cases.
pub(crate) async fn health(State(desk): State<Desk>) -> Result<Response, Problem> {
    let view = desk.cassette().await?;
    let at_work = |slot: &&SlotView| matches!(slot.state, SlotState::Ready | SlotState::Working);
    let slots_at_work = view.slots.iter().filter(at_work).count();
    let well = slots_at_work > 0;
    let health = Health {
        status: if well { "ok" } else { "no_slot" },
        slots: view.slots.len(),
        slots_at_work,
        waiting: view.waiting,
        emulated: view.emulated,
    };
    let status = if well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Ok((status, Json(health)).into_response())
}

fn slot(view: SlotView) -> SlotAnswer {
    SlotAnswer {
        slot: view.slot,
        address: view.address.to_string(),
        port: view.port.map(|port| port.to_string()),
        state: view.state.name(),
        reason_code: view.reason.as_ref().map(|reason| reason.code()),
        reason: view.reason.map(|reason| reason.to_string()),
        fn_number: view.drive,
        emulated: view.emulated,
        rnm: view.rnm,
        version: view.version,
        until: view.until,
        documents_left: view.documents_left,
        last_fd: view.last_document,
        last_time: view.last_time,
        shift_open: view.shift_open,
        unacknowledged: view.backlog,
        ofd_trouble: view.ofd_trouble,
    }
}
