//! How everything stands, for machines that ask without a key: `GET /health` and `GET /ready`.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desk::{Desk, HealthReason};
use schemars::JsonSchema;
use serde::Serialize;

/// Whether `/ready` also asks for a slot that forms documents; to be found in the extensions of a
/// request. Without it: not.
#[derive(Clone, Copy, Debug)]
pub struct ReadyNeedsSlot(pub bool);

#[derive(JsonSchema, Serialize)]
pub(crate) struct Health {
    /// `ok`, or the code of the reason why nothing can be formed or accepted: `no_slot`,
    /// `journal_failed`, `journal_silent`, `rack_silent`.
    status: &'static str,
    slots: usize,
    /// Slots that can form documents.
    slots_at_work: usize,
    /// Receipts that wait for a drive.
    waiting: usize,
    /// True while a drive is emulated: its documents have no legal force.
    emulated: bool,
    /// What somebody should see to, the worst first.
    reasons: Vec<ReasonJson>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct Readiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// Why it is not ready.
    reasons: Vec<ReasonJson>,
}

#[derive(JsonSchema, Serialize)]
struct ReasonJson {
    /// A word that stays, such as `slot_down`.
    code: &'static str,
    /// `warning` or `critical`.
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<u8>,
    text_ru: String,
    text_en: String,
}

/// `GET /health`: 200 while documents can be formed, 503 otherwise. While only slots are missing,
/// operations are accepted all the same.
pub(crate) async fn health(State(desk): State<Desk>) -> Response {
    let view = desk.health().await;
    let health = Health {
        status: view.halt().unwrap_or("ok"),
        slots: view.slots,
        slots_at_work: view.slots_at_work,
        waiting: view.waiting,
        emulated: view.emulated,
        reasons: view.reasons.iter().cloned().map(reason).collect(),
    };
    (status(view.is_well()), Json(health)).into_response()
}

/// `GET /ready`: 200 while operations are accepted, 503 otherwise.
pub(crate) async fn ready(
    State(desk): State<Desk>,
    needs_slot: Option<Extension<ReadyNeedsSlot>>,
) -> Response {
    let needs_slot = needs_slot.is_some_and(|Extension(ReadyNeedsSlot(needs))| needs);
    let reasons = desk.health().await.not_ready(needs_slot);
    let is_ready = reasons.is_empty();
    let readiness = Readiness {
        status: if is_ready { "ready" } else { "not_ready" },
        reasons: reasons.into_iter().map(reason).collect(),
    };
    (status(is_ready), Json(readiness)).into_response()
}

const fn status(is_well: bool) -> StatusCode {
    match is_well {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn reason(reason: HealthReason) -> ReasonJson {
    ReasonJson {
        code: reason.code,
        severity: reason.severity.name(),
        slot: reason.slot,
        text_ru: reason.ru,
        text_en: reason.en,
    }
}
