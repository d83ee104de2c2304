//! The cassette: `GET /v1/cassette`.

use axum::{Json, extract::State};
use desk::{CassetteView, Desk, Severity, SlotView, Warning};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    Problem,
    request::{Nothing, Params},
};

#[derive(JsonSchema, Serialize)]
pub(crate) struct CassetteAnswer {
    inn: String,
    name: String,
    /// How the drives share the work: `parallel`, `sequential`, `parallel+spare`.
    policy: &'static str,
    /// Receipts that wait for a drive.
    waiting: usize,
    /// Numbers of the known drives that are asked or read first, as they may hold receipts which
    /// wait: nobody forms one meanwhile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked_first: Vec<String>,
    /// Documents that all drives form in a day, seen over the last weeks.
    documents_per_day: f64,
    /// The day on which no drive is left, if that is in sight.
    ends_on: Option<String>,
    /// True while a drive in it is emulated: its documents have no legal force.
    emulated: bool,
    slots: Vec<SlotAnswer>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct SlotAnswer {
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
    /// The ОФД that its drive is registered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    ofd: Option<OfdJson>,
    /// What a person should see to, though the slot works.
    warnings: Vec<WarningJson>,
    /// When the drive will end.
    #[serde(skip_serializing_if = "Option::is_none")]
    outlook: Option<OutlookAnswer>,
    /// The drive that has gone from here without having been closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_fn_number: Option<String>,
    /// The replacement of its drive.
    #[serde(skip_serializing_if = "Option::is_none")]
    swap: Option<SwapAnswer>,
    /// While its documents are read into files: the last one that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    exported_fd: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct OfdJson {
    inn: String,
    /// As configured; none when this ОФД is not.
    name: Option<String>,
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    /// Whether drives are registered with it now.
    current: bool,
}

#[derive(JsonSchema, Serialize)]
struct WarningJson {
    code: &'static str,
    text_ru: String,
    text_en: String,
}

#[derive(JsonSchema, Serialize)]
struct OutlookAnswer {
    days_left: Option<i64>,
    documents_per_day: f64,
    ends_on: Option<String>,
    /// What ends first: `documents` or `days`.
    by: &'static str,
    /// `warning` or `critical`.
    severity: Option<&'static str>,
}

#[derive(JsonSchema, Serialize)]
struct SwapAnswer {
    old_fn_number: String,
    new_fn_number: Option<String>,
    step: &'static str,
    /// Who has to do something: `drive`, `ofd`, `technician`, `operator`.
    awaits: &'static str,
    /// What is to be done, in words.
    text_ru: &'static str,
    text_en: &'static str,
    trouble: Option<String>,
    unacknowledged: u32,
    exported_fd: Option<u32>,
    last_fd: Option<u32>,
    /// Whether it may be abandoned so that the old drive works on.
    can_be_undone: bool,
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
        policy: view.policy.name(),
        waiting: view.waiting,
        asked_first: view.asked_first,
        documents_per_day: view.documents_per_day,
        ends_on: view.ends_on,
        emulated: view.emulated,
        slots: view.slots.into_iter().map(slot).collect(),
    }))
}

pub(crate) fn slot(view: SlotView) -> SlotAnswer {
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
        ofd: view.ofd.map(|ofd| OfdJson {
            inn: ofd.inn,
            name: ofd.name,
            address: ofd.address,
            site: ofd.site,
            current: ofd.current,
        }),
        warnings: view.warnings.iter().map(warning).collect(),
        outlook: view.outlook.map(|outlook| OutlookAnswer {
            days_left: outlook.days_left,
            documents_per_day: outlook.documents_per_day,
            ends_on: outlook.ends_on,
            by: outlook.by.name(),
            severity: outlook.severity.map(Severity::name),
        }),
        lost_fn_number: view.lost,
        swap: view.swap.map(|swap| SwapAnswer {
            old_fn_number: swap.old.to_string(),
            new_fn_number: swap.new.map(|drive| drive.to_string()),
            step: swap.step.name(),
            awaits: swap.step.awaits().name(),
            text_ru: swap.step.ru(),
            text_en: swap.step.en(),
            trouble: swap.trouble,
            unacknowledged: swap.backlog,
            exported_fd: swap.exported.map(terms::DocumentNumber::get),
            last_fd: swap.last_document.map(terms::DocumentNumber::get),
            can_be_undone: swap.step.can_be_undone(),
        }),
        exported_fd: view.exported,
    }
}

fn warning(warning: &Warning) -> WarningJson {
    WarningJson {
        code: warning.code(),
        text_ru: warning.ru(),
        text_en: warning.to_string(),
    }
}
